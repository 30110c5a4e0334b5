//! Orders that no index gives: the records behind a place, sorted in bounded memory, and what is kept of that for the
//! next page.
//!
//! | asked for | reads | memory |
//! |---|---|---|
//! | the first page of `n` records | every record that the conditions leave | places and records of about `2 n` |
//! | a cursor that goes on | every record once for each 64 MiB of places | 64 MiB of places, 64 MiB of records |
//! | the second page, by position | every record | up to 65,536 places, which are kept |
//! | a page behind, by position | its own records | |
//!
//! A query without a limit that goes on behind a position is read as pages are, until the places that are kept end.
//!
//! What is kept belongs to one committed state. After a commit, and when it ends, the next page reads every record again.
//! At most [`RUNS_MAX`] runs are kept, each of at most [`KEPT_BYTES_MAX`].

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::port::Order;
use crate::record::Record;

use super::query::Query;

/// How much the places of a window take. Unit: bytes.
const PLACES_BYTES_MAX: usize = 64 << 20;
/// Records of a window are kept with their places up to this much; of more the places alone are. Unit: bytes.
const RECORDS_BYTES_MAX: usize = 64 << 20;
/// What a place takes beside its own bytes. Unit: bytes.
const PLACE_BYTES: usize = 64;
/// How many places are kept for the pages that follow, and how much they take.
pub(super) const KEPT_PLACES_MAX: usize = 65_536;
const KEPT_BYTES_MAX: usize = 4 << 20;
/// How many queries places are kept of.
const RUNS_MAX: usize = 4;

/// A record in its order: the ordered form of its value and its id.
pub(super) struct Entry {
    pub(super) place: Vec<u8>,
    /// `None` when it is to be read by its id.
    pub(super) record: Option<Record>,
}

/// Takes up records in any order and gives the first of them in the order asked for.
pub(super) struct Sorter {
    order: Order,
    /// Records at this place and before it were given.
    behind: Option<Vec<u8>>,
    /// How many are wanted.
    len_max: usize,
    entries: Vec<Entry>,
    places_bytes: usize,
    records_bytes: usize,
    keeps_records: bool,
    /// How much the places, and the records, may take. Unit: bytes.
    places_bytes_max: usize,
    records_bytes_max: usize,
    /// The last place that can still be among those that are wanted.
    last: Option<Vec<u8>>,
}

impl Sorter {
    /// For at most so many records behind a place, with records or with their places alone.
    pub(super) fn new(order: Order, behind: Option<Vec<u8>>, len_max: usize, keeps_records: bool) -> Self {
        Self {
            order,
            behind,
            len_max: len_max.max(1),
            entries: Vec::new(),
            places_bytes: 0,
            records_bytes: 0,
            keeps_records,
            places_bytes_max: PLACES_BYTES_MAX,
            records_bytes_max: RECORDS_BYTES_MAX,
            last: None,
        }
    }

    /// Whether a record at a place is wanted as far as it is known.
    pub(super) fn wants(&self, place: &[u8]) -> bool {
        let is = |a: &[u8], b: &[u8], wanted: Ordering| compare(self.order, a, b) == wanted;
        self.behind.as_ref().is_none_or(|behind| is(place, behind, Ordering::Greater))
            && self.last.as_ref().is_none_or(|last| is(place, last, Ordering::Less))
    }

    /// Whether records are kept, so that who has one gives it.
    pub(super) fn keeps_records(&self) -> bool {
        self.keeps_records
    }

    /// Takes up a record that is wanted.
    pub(super) fn push(&mut self, place: &[u8], record: Option<Record>) {
        self.places_bytes += place.len() + PLACE_BYTES;
        self.records_bytes += record.as_ref().map_or(0, |record| record.as_ref().as_bytes().len());
        self.entries.push(Entry { place: place.to_vec(), record: record.filter(|_| self.keeps_records) });
        if self.records_bytes > self.records_bytes_max {
            self.keeps_records = false;
            self.records_bytes = 0;
            self.entries.iter_mut().for_each(|entry| entry.record = None);
        }
        if self.entries.len() >= self.len_max.saturating_mul(2) {
            self.cut(self.len_max);
        } else if self.places_bytes > 2 * self.places_bytes_max {
            self.cut(self.entries.len() / 2);
        }
    }

    /// Drops all but the first ones.
    fn cut(&mut self, len: usize) {
        let order = self.order;
        if len == 0 || len >= self.entries.len() {
            return;
        }
        self.entries.select_nth_unstable_by(len - 1, |a, b| compare(order, &a.place, &b.place));
        self.entries.truncate(len);
        self.last = self.entries.last().map(|entry| entry.place.clone());
        self.places_bytes = self.entries.iter().map(|entry| entry.place.len() + PLACE_BYTES).sum();
        self.records_bytes = self.entries.iter().flat_map(|e| &e.record).map(|r| r.as_ref().as_bytes().len()).sum();
    }

    /// The first records in their order.
    pub(super) fn window(mut self) -> Window {
        let order = self.order;
        self.cut(self.len_max);
        self.entries.sort_unstable_by(|a, b| compare(order, &a.place, &b.place));
        Window { is_last: self.last.is_none(), entries: self.entries.into() }
    }
}

fn compare(order: Order, a: &[u8], b: &[u8]) -> Ordering {
    match order {
        Order::Ascending => a.cmp(b),
        Order::Descending => b.cmp(a),
    }
}

/// Records in their order, to be given one after the other.
#[derive(Default)]
pub(super) struct Window {
    pub(super) entries: VecDeque<Entry>,
    /// Whether none follows behind them.
    pub(super) is_last: bool,
}

/// The places of a query behind one of them, in one committed state.
struct Run {
    /// Without limit and position.
    query: Query,
    head: u64,
    order: Order,
    /// The place behind which it begins.
    behind: Vec<u8>,
    places: Vec<Vec<u8>>,
    is_last: bool,
}

/// What is kept of orders that no index gives.
#[derive(Default)]
pub(crate) struct Runs(Mutex<VecDeque<Arc<Run>>>);

impl Runs {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Run>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The places behind one of them, at most as many as are wanted; `None` when fewer than `least` are known, and more may be.
    pub(super) fn window(
        &self,
        query: &Query,
        head: u64,
        behind: &[u8],
        least: usize,
        wanted: usize,
    ) -> Option<Window> {
        let run = self.lock().iter().find(|run| run.is_of(query, head)).map(Arc::clone)?;
        if compare(run.order, behind, &run.behind) == Ordering::Less {
            return None;
        }
        let first = run.places.partition_point(|place| compare(run.order, place, behind) != Ordering::Greater);
        let left = &run.places[first..];
        if left.len() < least && !run.is_last {
            return None;
        }
        let entry = |place: &Vec<u8>| Entry { place: place.clone(), record: None };
        Some(Window {
            entries: left.iter().take(wanted).map(entry).collect(),
            is_last: run.is_last && left.len() <= wanted,
        })
    }

    /// Keeps the places of a window for the pages that follow.
    pub(super) fn keep(&self, query: &Query, head: u64, order: Order, behind: &[u8], window: &Window) {
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            bytes += entry.place.len() + PLACE_BYTES;
            bytes <= KEPT_BYTES_MAX
        };
        let places: Vec<Vec<u8>> = window.entries.iter().take_while(fits).map(|entry| entry.place.clone()).collect();
        let is_last = window.is_last && places.len() == window.entries.len();
        let query = bare(query);
        let mut runs = self.lock();
        runs.retain(|run| run.query != query);
        runs.truncate(RUNS_MAX - 1);
        runs.push_front(Arc::new(Run { query, head, order, behind: behind.to_vec(), places, is_last }));
    }
}

impl Run {
    fn is_of(&self, query: &Query, head: u64) -> bool {
        let q = &self.query;
        self.head == head && (q.entity, &q.conditions, q.order) == (query.entity, &query.conditions, query.order)
    }
}

fn bare(query: &Query) -> Query {
    Query { limit: None, position: None, ..query.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A window is bounded by what its places take, too; the next one begins behind it.
    #[test]
    fn windows_that_are_full_follow_each_other() {
        for order in [Order::Ascending, Order::Descending] {
            let all: Vec<Vec<u8>> = (0..1_000_u32).map(|n| (n * 7_919 % 10_007).to_be_bytes().to_vec()).collect();
            let mut sorted = all.clone();
            sorted.sort_unstable_by(|a, b| compare(order, a, b));
            let (mut found, mut behind, mut passes) = (Vec::new(), None, 0);
            loop {
                let mut sorter = Sorter::new(order, behind, usize::MAX, true);
                sorter.places_bytes_max = 100 * (4 + PLACE_BYTES);
                for place in &all {
                    if sorter.wants(place) {
                        sorter.push(place, None);
                    }
                    assert!(sorter.entries.len() <= 201);
                }
                let window = sorter.window();
                let is_last = window.is_last;
                found.extend(places(window));
                (behind, passes) = (found.last().cloned(), passes + 1);
                if is_last {
                    break;
                }
            }
            assert_eq!(found, sorted);
            assert!((5..=10).contains(&passes), "{passes}");
        }
    }

    fn places(window: Window) -> Vec<Vec<u8>> {
        window.entries.into_iter().map(|entry| entry.place).collect()
    }

    #[test]
    fn a_sorter_gives_the_first_ones_behind_a_place_whatever_comes() {
        for order in [Order::Ascending, Order::Descending] {
            for len_max in [1, 2, 7, 60, 500] {
                let all: Vec<Vec<u8>> = (0..250_u32).map(|n| vec![u8::try_from(n * 37 % 251).unwrap()]).collect();
                let mut sorted = all.clone();
                sorted.sort_unstable_by(|a, b| compare(order, a, b));
                let (behind, rest) = (sorted[9].clone(), &sorted[10..]);
                let mut sorter = Sorter::new(order, Some(behind), len_max, true);
                for place in &all {
                    if sorter.wants(place) {
                        sorter.push(place, None);
                    }
                    assert!(sorter.entries.len() < 2 * len_max);
                }
                let window = sorter.window();
                assert_eq!(window.is_last, rest.len() <= len_max);
                assert_eq!(places(window), rest[..len_max.min(rest.len())]);
            }
        }
    }
}
