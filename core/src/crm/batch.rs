//! Records read ahead by a cursor, with their places, and the ids whose records are still to be read.

use crate::error::Result;
use crate::record::{Record, RecordRef};

/// Some records in the order of a query, each with its place.
#[derive(Default)]
pub(super) struct Batch {
    /// The ids of an index, whose records are not read yet.
    ids: Vec<u64>,
    /// The records in their order; one that was given is `None`.
    records: Vec<Option<Record>>,
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

    /// Whether every record was given.
    pub(super) fn is_empty(&self) -> bool {
        self.given == self.records.len()
    }

    pub(super) fn push(&mut self, place: &[u8], record: Record) {
        self.records.push(Some(record));
        self.push_place(place);
    }

    pub(super) fn push_id(&mut self, place: &[u8], id: u64) {
        self.ids.push(id);
        self.push_place(place);
    }

    fn push_place(&mut self, place: &[u8]) {
        self.places.extend_from_slice(place);
        self.ends.push(self.places.len());
    }

    /// Takes the records of the ids from the cache, reads the others in the order of their ids, which is the one in which
    /// they lie, and drops those that do not meet the conditions.
    pub(super) fn load(
        &mut self,
        cached: impl Fn(u64) -> Option<Record>,
        read: impl Fn(u64) -> Result<Record>,
        meets: impl Fn(RecordRef<'_>) -> bool,
    ) -> Result<()> {
        let mut found: Vec<Option<Record>> = self.ids.iter().map(|id| cached(*id)).collect();
        let mut missing: Vec<usize> = (0..found.len()).filter(|at| found[*at].is_none()).collect();
        missing.sort_unstable_by_key(|at| self.ids[*at]);
        for at in missing {
            found[at] = Some(read(self.ids[at])?);
        }
        for record in &mut found {
            *record = record.take_if(|record| meets(record.as_ref()));
        }
        if found.iter().all(Option::is_some) {
            self.records = found;
            return Ok(());
        }
        let read_ahead = std::mem::take(self);
        for (at, record) in found.into_iter().enumerate() {
            if let Some(record) = record {
                self.push(read_ahead.place(at), record);
            }
        }
        Ok(())
    }

    fn place(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[start..self.ends[at]]
    }

    /// The next record.
    pub(super) fn give(&mut self) -> Option<Record> {
        let record = self.records.get_mut(self.given)?.take();
        self.given += 1;
        record
    }

    /// The place of the record given last.
    pub(super) fn place_given(&self) -> Option<&[u8]> {
        match self.given.checked_sub(1) {
            Some(at) => Some(self.place(at)),
            None => self.before.as_deref(),
        }
    }

    /// Goes on with another batch.
    pub(super) fn refill(&mut self, batch: Self) {
        let before = self.place_given().map(<[u8]>::to_vec);
        *self = Self { before, ..batch };
    }
}
