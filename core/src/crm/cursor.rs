//! A cursor: the records of a query, one at a time, from one snapshot.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::Fields;
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::{Record, key, meta, table};

use super::plan::Plan;
use super::query::Query;
use super::session::Session;

const BATCH_MIN: usize = 16;
const BATCH_MAX: usize = 1024;

/// The records of a query in their order, from the snapshot at which the query began.
pub struct Cursor {
    snapshot: Arc<dyn ReadTxn>,
    query: Query,
    plan: Plan,
    /// What is read and not yet given: the place of a record and the record.
    ready: VecDeque<(Vec<u8>, Record)>,
    /// The place of the record given last.
    place: Option<Vec<u8>>,
    /// Where reading goes on: a bound on keys, exclusive.
    bound: Option<Vec<u8>>,
    left: u64,
    batch: usize,
    exhausted: bool,
    /// Who reads, when plugins may hide fields from whoever does.
    reader: Option<Session>,
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor").field("entity", &self.query.entity).field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Cursor {
    pub(super) fn new(snapshot: Arc<dyn ReadTxn>, query: Query, plan: Plan, reader: Option<Session>) -> Result<Self> {
        let bound = match query.position.as_deref() {
            Some(position) => open_position(&query, position)?,
            None => None,
        };
        Ok(Self {
            snapshot,
            plan,
            ready: VecDeque::new(),
            place: bound.clone(),
            bound,
            left: query.limit.unwrap_or(u64::MAX),
            batch: BATCH_MIN,
            exhausted: false,
            reader,
            query,
        })
    }

    /// The next record, `None` at the end.
    ///
    /// # Errors
    /// `Corrupt` and what else the store answers. After an error the cursor stays where it is.
    pub fn step(&mut self) -> Result<Option<Record>> {
        if self.left == 0 {
            return Ok(None);
        }
        if self.ready.is_empty() && !self.exhausted {
            self.fill()?;
        }
        let Some((place, mut record)) = self.ready.pop_front() else { return Ok(None) };
        if let Some(reader) = &self.reader {
            record = reader.masked(&*self.snapshot, record)?;
        }
        self.place = Some(place);
        self.left -= 1;
        Ok(Some(record))
    }

    /// Where the same query goes on behind the record given last, in this process or another. It holds the values of
    /// the fields that the query orders by.
    pub fn position(&self) -> Vec<u8> {
        let mut position = fingerprint(&self.query).to_be_bytes().to_vec();
        if let Some(place) = &self.place {
            position.push(1);
            position.extend_from_slice(place);
        }
        position
    }

    /// How the query is answered.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Counts what is left, from the index alone when that answers the query.
    pub(super) fn count_rest(mut self) -> Result<u64> {
        if !self.plan.covered || !self.plan.sorted {
            let mut count = 0;
            while self.step()?.is_some() {
                count += 1;
            }
            return Ok(count);
        }
        let mut count = 0;
        let (from, until) = self.range();
        self.snapshot.scan(self.plan.space, &from, until.as_deref(), self.plan.order, &mut |_, _| {
            count += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(count)
    }

    /// The range of keys that is left.
    fn range(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        match (&self.bound, self.plan.order) {
            (None, _) => (self.plan.from.clone(), self.plan.until.clone()),
            (Some(bound), Order::Ascending) => {
                let mut from = bound.clone();
                from.push(0);
                (from.max(self.plan.from.clone()), self.plan.until.clone())
            }
            (Some(bound), Order::Descending) => {
                let until = match &self.plan.until {
                    Some(until) => until.min(bound).clone(),
                    None => bound.clone(),
                };
                (self.plan.from.clone(), Some(until))
            }
        }
    }

    fn fill(&mut self) -> Result<()> {
        if !self.plan.sorted {
            self.exhausted = true;
            return self.fill_sorted();
        }
        let wanted = self.batch.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.batch = (self.batch * 2).min(BATCH_MAX);
        let (from, until) = self.range();
        let (mut batch, mut last, mut ended) = (VecDeque::new(), None, true);
        self.snapshot.scan(self.plan.space, &from, until.as_deref(), self.plan.order, &mut |key, value| {
            if let Some(record) = self.admit(key, value)? {
                batch.push_back((key.to_vec(), record));
            }
            if batch.len() < wanted {
                return Ok(ControlFlow::Continue(()));
            }
            (last, ended) = (Some(key.to_vec()), false);
            Ok(ControlFlow::Break(()))
        })?;
        (self.ready, self.exhausted) = (batch, ended);
        if last.is_some() {
            self.bound = last;
        }
        Ok(())
    }

    /// Reads and sorts all that is left, for an order that no index gives.
    fn fill_sorted(&mut self) -> Result<()> {
        let Some((field, order)) = self.query.order else { return Ok(()) };
        let mut all = Vec::new();
        let (from, until) = (&self.plan.from, self.plan.until.as_deref());
        self.snapshot.scan(self.plan.space, from, until, Order::Ascending, &mut |key, value| {
            if let Some(record) = self.admit(key, value)? {
                let mut place = Vec::new();
                key::push_value(&mut place, record.get(field));
                place.extend_from_slice(&record.id().to_be_bytes());
                all.push((place, record));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        all.sort_unstable_by(|a, b| match order {
            Order::Ascending => a.0.cmp(&b.0),
            Order::Descending => b.0.cmp(&a.0),
        });
        if let Some(bound) = &self.bound {
            all.retain(|(place, _)| match order {
                Order::Ascending => place > bound,
                Order::Descending => place < bound,
            });
        }
        self.ready = all.into();
        Ok(())
    }

    /// The record behind a pair of the scan, when it meets every condition.
    fn admit(&self, key: &[u8], value: &[u8]) -> Result<Option<Record>> {
        let by_id = |id| table::load(&*self.snapshot, self.query.entity, id)?.ok_or_else(dangling);
        let record = match self.plan.space {
            Space::Record => Record::decode(value)?,
            Space::Unique => by_id(meta::number(value)?)?,
            _ => by_id(key::id_at_end(key).ok_or_else(dangling)?)?,
        };
        let meets = self.plan.covered || self.query.conditions.iter().all(|condition| condition.holds(&record));
        Ok(meets.then_some(record))
    }
}

fn dangling() -> Error {
    Error::new(ErrorKind::Corrupt, "an index names a record that is not there")
}

/// A number that tells queries apart, so that a position is used with its own.
fn fingerprint(query: &Query) -> u32 {
    let (entity, order) = (query.entity, query.order);
    crc32fast::hash(format!("{entity:?} {:?} {order:?}", query.conditions).as_bytes())
}

/// The place in a position; `None` for a position before the first record.
fn open_position(query: &Query, position: &[u8]) -> Result<Option<Vec<u8>>> {
    let refused = || Error::new(ErrorKind::InvalidArgument, "the position is not one of this query");
    let (found, rest) = position.split_first_chunk::<4>().ok_or_else(refused)?;
    if u32::from_be_bytes(*found) != fingerprint(query) {
        return Err(refused());
    }
    match rest.split_first() {
        Some((1, place)) => Ok(Some(place.to_vec())),
        None => Ok(None),
        Some(_) => Err(refused()),
    }
}
