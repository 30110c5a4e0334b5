//! Records read ahead by a cursor, with their places, and the ids whose records are still to be read.

use std::ops::Range;

use crate::error::Result;
use crate::record::{Record, RecordRef};

/// A record of a batch.
enum Held {
    /// Where it lies in the memory of the batch. A record of its own is made of it when it is given.
    At(Range<usize>),
    /// One that is a record of its own already, until it is given.
    Own(Record),
}

/// Some records in the order of a query, each with its place. Those that were read for it lie one behind the other in memory
/// that the next batch uses again.
#[derive(Default)]
pub(super) struct Batch {
    /// The ids of an index, whose records are not read yet.
    ids: Vec<u64>,
    /// The records, which were checked, in any order.
    bytes: Vec<u8>,
    /// The records in the order of the query.
    records: Vec<Held>,
    /// The places of all, one after the other, and where each ends.
    places: Vec<u8>,
    ends: Vec<usize>,
    given: usize,
    /// The place of the record given last, when it was of the batch before.
    before: Option<Vec<u8>>,
}

impl Batch {
    /// How many records or ids there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// What the records take that were read for it. Unit: bytes.
    pub(super) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether every record was given.
    pub(super) fn is_empty(&self) -> bool {
        self.given == self.records.len()
    }

    /// Takes a copy of a record.
    ///
    /// # Errors
    /// `Corrupt` when a value of it is damaged.
    pub(super) fn push(&mut self, place: &[u8], record: RecordRef<'_>) -> Result<()> {
        record.check_values()?;
        let at = self.copy(record);
        self.records.push(Held::At(at));
        self.push_place(place);
        Ok(())
    }

    /// Takes a record over.
    pub(super) fn push_own(&mut self, place: &[u8], record: Record) {
        self.records.push(Held::Own(record));
        self.push_place(place);
    }

    pub(super) fn push_id(&mut self, place: &[u8], id: u64) {
        self.ids.push(id);
        self.push_place(place);
    }

    fn copy(&mut self, record: RecordRef<'_>) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(record.as_bytes());
        start..self.bytes.len()
    }

    fn push_place(&mut self, place: &[u8]) {
        self.places.extend_from_slice(place);
        self.ends.push(self.places.len());
    }

    /// Takes the records of the ids from the cache, reads the others in the order of their ids, which is the one in which
    /// they lie, and drops those that do not meet the conditions. `cached` shows a record if it has it.
    pub(super) fn load(
        &mut self,
        cached: impl Fn(u64, &mut dyn FnMut(RecordRef<'_>)) -> bool,
        read: impl Fn(u64) -> Result<Record>,
        meets: impl Fn(RecordRef<'_>) -> bool,
    ) -> Result<()> {
        let ids = std::mem::take(&mut self.ids);
        let mut missing = Vec::new();
        for (at, id) in ids.iter().enumerate() {
            self.records.push(Held::At(0..0));
            if !cached(*id, &mut |record| self.records[at] = Held::At(self.copy(record))) {
                missing.push(at);
            }
        }
        missing.sort_unstable_by_key(|at| ids[*at]);
        for at in missing {
            self.records[at] = Held::At(self.copy(read(ids[at])?.as_ref()));
        }
        self.ids = ids;
        self.keep(meets);
        Ok(())
    }

    /// Drops the records, and the places of those, that do not meet the conditions.
    fn keep(&mut self, meets: impl Fn(RecordRef<'_>) -> bool) {
        if self.records.iter().all(|held| meets(self.record(held))) {
            return;
        }
        let (records, ends) = (std::mem::take(&mut self.records), std::mem::take(&mut self.ends));
        let places = std::mem::take(&mut self.places);
        let begins = std::iter::once(0).chain(ends.iter().copied());
        for (held, place) in records.into_iter().zip(begins.zip(&ends)) {
            if meets(self.record(&held)) {
                self.records.push(held);
                self.push_place(&places[place.0..*place.1]);
            }
        }
    }

    fn record<'h>(&'h self, held: &'h Held) -> RecordRef<'h> {
        match held {
            Held::At(at) => RecordRef::of_checked(&self.bytes[at.clone()]),
            Held::Own(record) => record.as_ref(),
        }
    }

    /// The place of the last one.
    pub(super) fn last_place(&self) -> Option<&[u8]> {
        self.ends.len().checked_sub(1).map(|at| self.place(at))
    }

    fn place(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[start..self.ends[at]]
    }

    /// The next record.
    pub(super) fn give(&mut self) -> Option<Record> {
        let held = std::mem::replace(self.records.get_mut(self.given)?, Held::At(0..0));
        self.given += 1;
        Some(match held {
            Held::At(at) => Record::of_checked(RecordRef::of_checked(&self.bytes[at])),
            Held::Own(record) => record,
        })
    }

    /// Takes the record given last back: it is the next one again.
    pub(super) fn take_back(&mut self, record: Record) {
        self.given -= 1;
        self.records[self.given] = Held::Own(record);
    }

    /// The place of the record given last.
    pub(super) fn place_given(&self) -> Option<&[u8]> {
        match self.given.checked_sub(1) {
            Some(at) => Some(self.place(at)),
            None => self.before.as_deref(),
        }
    }

    /// Empties it, to be filled with what follows on another.
    pub(super) fn begin_behind(&mut self, other: &Self) {
        self.before = other.place_given().map(<[u8]>::to_vec);
        self.clear();
    }

    /// Empties it; the place of the record given last stays.
    pub(super) fn clear(&mut self) {
        self.given = 0;
        self.bytes.clear();
        self.records.clear();
        self.ids.clear();
        self.places.clear();
        self.ends.clear();
    }
}
