//! A cursor: the records of a query, one at a time, from one snapshot.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Seen, Space, is_unreadable};
use crate::record::{Record, RecordRef, key, meta};

use super::batch::Batch;
use super::mask::Mask;
use super::open::Inner;
use super::plan::Plan;
use super::position::{self, ABSENT, THERE};
use super::query::{Condition, Query};
use super::snapshot::Snapshot;
use super::sorted::{KEPT_PLACES_MAX, Runs, Sorter, Window};

/// How many keys of an index, or records, are read at a time: at first, and at most. More of them would not be in the
/// processor's caches any more when they are given.
const BATCH_MIN: usize = 64;
const BATCH_MAX: usize = 256;
/// Records in a row are read until they take this much, so that long ones fill no memory. Unit: bytes.
const BATCH_BYTES_MAX: usize = 1 << 20;
/// From how many records on, by their ids, two threads are worth their while: reading so many takes far longer than to
/// start one.
const HALVED_MIN: u64 = 4096;

/// Keys from one on, and until another or the end.
pub(super) type Range = (Vec<u8>, Option<Vec<u8>>);

/// The records of a query in their order, from the snapshot at which the query began.
pub struct Cursor {
    snapshot: Arc<Snapshot>,
    query: Query,
    plan: Plan,
    /// What is read and not yet given.
    ready: Batch,
    /// The batch before, whose memory the next one uses.
    spare: Batch,
    /// Where the query went on, when it did: the place of a record, exclusive.
    begun_behind: Option<Vec<u8>>,
    /// Where reading goes on: a bound on keys, exclusive.
    bound: Option<Vec<u8>>,
    /// The least key from which an ascending order goes on: behind keys that cannot be read.
    resume: Option<Vec<u8>>,
    left: u64,
    batch: usize,
    exhausted: bool,
    /// Whether the records without a value are being read, where the index leaves them out.
    in_absent: bool,
    /// The records that are sorted and not yet read, of a plan that does not sort.
    window: Window,
    runs: Arc<Runs>,
    /// What is hidden from who reads.
    mask: Option<Mask>,
    /// Whether a condition is on a field that may be hidden, so that it is checked on what the reader sees.
    is_checked_again: bool,
    /// Whether the order is by such a field, so that records are masked before they are sorted.
    is_masked_first: bool,
    /// Whether the records that are ready were masked.
    is_ready_masked: bool,
    /// The place of the record given last, of one from whom something may be hidden: that of a record which the reader is not
    /// shown would tell of it.
    shown_last: Option<Vec<u8>>,
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor").field("entity", &self.query.entity).field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Cursor {
    pub(super) fn new(inner: &Inner, query: Query, plan: Plan, mask: Option<Mask>) -> Result<Self> {
        let may_hide = |field: u16| mask.as_ref().is_some_and(|mask| mask.may_hide(query.entity, field));
        let begun_behind = match query.position.as_deref() {
            Some(position) => position::open(&query, &plan, position)?,
            None => None,
        };
        let (in_absent, bound) = match (plan.absent_apart, &begun_behind) {
            (None, place) => (false, place.clone()),
            (Some(_), None) => (plan.order == Order::Ascending, None),
            (Some(_), Some(place)) => {
                let (part, key) = place.split_first().ok_or_else(position::not_of_this_query)?;
                (*part == ABSENT, Some(key.to_vec()))
            }
        };
        Ok(Self {
            snapshot: inner.snapshot()?,
            ready: Batch::default(),
            spare: Batch::default(),
            begun_behind,
            bound,
            resume: None,
            in_absent,
            window: Window::default(),
            runs: Arc::clone(&inner.sorted),
            is_ready_masked: false,
            shown_last: None,
            left: query.limit.unwrap_or(u64::MAX),
            batch: BATCH_MIN,
            exhausted: false,
            is_checked_again: query.conditions.iter().any(|condition| may_hide(condition.field)),
            is_masked_first: !plan.sorted && query.order.is_some_and(|(field, _)| may_hide(field)),
            mask,
            plan,
            query,
        })
    }

    /// The next record, `None` at the end.
    ///
    /// # Errors
    /// `Corrupt` and what else the store answers. Once it has said so of records that cannot be read, the next step goes on with
    /// those that follow them, where an index or the ids give the order. After any other error the cursor stays where it is.
    pub fn step(&mut self) -> Result<Option<Record>> {
        if self.left == 0 {
            return Ok(None);
        }
        loop {
            while self.ready.is_empty() && !self.exhausted {
                self.fill()?;
            }
            let Some(record) = self.ready.give() else { return Ok(None) };
            if let Some(record) = self.seen(record)? {
                self.left -= 1;
                return Ok(Some(record));
            }
        }
    }

    /// The record that is ready as its reader sees it; `None` when the reader is not shown it. After an error it is ready again.
    fn seen(&mut self, record: Record) -> Result<Option<Record>> {
        if self.mask.is_none() {
            return Ok(Some(record));
        }
        let seen = match self.is_ready_masked {
            true => Ok(Some(record)),
            false => self.shown(record.clone()).inspect_err(|_| self.ready.take_back(record)),
        }?;
        if seen.is_some() {
            self.shown_last = self.ready.place_given().map(<[u8]>::to_vec);
        }
        Ok(seen)
    }

    /// The record as its reader sees it; `None` when so it does not meet the conditions.
    fn shown(&self, record: Record) -> Result<Option<Record>> {
        let Some(mask) = &self.mask else { return Ok(Some(record)) };
        let record = mask.apply(&*self.snapshot, record)?;
        let holds = !self.is_checked_again || self.query.conditions.iter().all(|condition| condition.holds(&record));
        Ok(holds.then_some(record))
    }

    /// Where the same query goes on behind the record given last, in this process or another. It holds the values of
    /// the fields that the query orders by.
    pub fn position(&self) -> Vec<u8> {
        let given = if self.mask.is_some() { self.shown_last.as_deref() } else { self.ready.place_given() };
        position::of(&self.query, &self.plan, given.or(self.begun_behind.as_deref()))
    }

    /// How the query is answered.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Counts what is left as its reader sees it.
    pub(super) fn count_steps(mut self) -> Result<u64> {
        let mut count = 0;
        while self.step()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    /// Counts what is left for one who sees everything, from the index alone when that answers the query.
    pub(super) fn count_rest(self) -> Result<u64> {
        if !self.plan.sorted || self.plan.absent_apart.is_some() {
            return self.count_steps();
        }
        let mut count = 0;
        if self.plan.covered {
            let (from, until) = self.range();
            self.snapshot.scan(self.plan.space, &from, until.as_deref(), self.plan.order, &mut |_, _| {
                count += 1;
                Ok(ControlFlow::Continue(()))
            })?;
        } else {
            self.each(&mut |_| {
                count += 1;
                Ok(())
            })?;
        }
        Ok(count)
    }

    /// The range of keys that is left; all of it when places are not keys.
    pub(super) fn range(&self) -> Range {
        let (first, end) = match self.in_absent {
            true => key::records(self.query.entity),
            false => (self.plan.from.clone(), self.plan.until.clone()),
        };
        let first = first.max(self.resume.clone().unwrap_or_default());
        match (self.bound.as_ref().filter(|_| self.plan.sorted), self.plan.order) {
            (None, _) => (first, end),
            (Some(bound), Order::Ascending) => {
                let mut from = bound.clone();
                from.push(0);
                (from.max(first), end)
            }
            (Some(bound), Order::Descending) => {
                let until = match end {
                    Some(end) => end.min(bound.clone()),
                    None => bound.clone(),
                };
                (first, Some(until))
            }
        }
    }

    /// Goes on with the other part of an order whose index leaves out records without a value; false when there is none.
    fn next_part(&mut self) -> bool {
        let is_first = self.in_absent == (self.plan.order == Order::Ascending);
        let goes_on = self.plan.absent_apart.is_some() && is_first;
        if goes_on {
            self.in_absent = !self.in_absent;
            (self.bound, self.resume) = (None, None);
        }
        goes_on
    }

    /// Reads on: some keys of the index, or records. What it read may hold no record that meets the conditions.
    fn fill(&mut self) -> Result<()> {
        let mut batch = std::mem::take(&mut self.spare);
        batch.begin_behind(&self.ready);
        let wanted = self.batch.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.batch = (self.batch * 2).min(BATCH_MAX);
        if self.plan.sorted {
            self.fill_in_order(&mut batch, wanted)?;
        } else {
            self.fill_sorted(&mut batch, wanted)?;
        }
        self.spare = std::mem::replace(&mut self.ready, batch);
        Ok(())
    }

    fn fill_in_order(&mut self, batch: &mut Batch, wanted: usize) -> Result<()> {
        let (from, until) = self.range();
        let space = if self.in_absent { Space::Record } else { self.plan.space };
        let without = self.plan.absent_apart.filter(|_| self.in_absent);
        let part = self.plan.absent_apart.map(|_| if self.in_absent { ABSENT } else { THERE });
        let (mut last, mut ended, mut room) = (None, true, Vec::new());
        let scanned = self.snapshot.scan(space, &from, until.as_deref(), self.plan.order, &mut |key, value| {
            let place = position::place(part, key, &mut room);
            let taken = match space {
                Space::Record => self.take(batch, without, place, value),
                space => id_behind(space, key, value).map(|id| batch.push_id(place, id)),
            };
            if taken.is_ok() && batch.len() < wanted && batch.bytes_len() < BATCH_BYTES_MAX {
                return Ok(ControlFlow::Continue(()));
            }
            (last, ended) = (Some(key.to_vec()), false);
            taken.map(|()| ControlFlow::Break(()))
        });
        if let Err(error) = scanned {
            if !is_damage(&error) {
                return Err(error);
            }
            // What was read before it is given first. Its place is its key, behind the part if there is one.
            let Some(place) = batch.last_place() else {
                match last {
                    Some(key) => self.bound = Some(key),
                    None => self.pass_gap(space, (&from, until.as_deref()))?,
                }
                return Err(error);
            };
            (last, ended) = (Some(place[usize::from(part.is_some())..].to_vec()), false);
        }
        if space != Space::Record
            && let Err(error) = self.load(batch)
        {
            if is_damage(&error) && wanted > 1 {
                // One at a time, so that each that can be read is given.
                batch.clear();
                self.batch = 1;
                return self.fill_in_order(batch, 1);
            }
            if is_damage(&error) {
                self.bound = last.or_else(|| self.bound.take());
            }
            return Err(error);
        }
        if last.is_some() {
            self.bound = last;
        }
        self.exhausted = ended && !self.next_part();
        Ok(())
    }

    /// Takes a record that is read where it lies, if it meets the conditions and lacks the field `without`.
    #[inline]
    fn take(&self, batch: &mut Batch, without: Option<u16>, place: &[u8], value: &[u8]) -> Result<()> {
        let record = RecordRef::open(value)?;
        let is_wanted = without.is_none_or(|field| record.value(field).is_none()) && self.meets(record);
        if is_wanted { batch.push(place, record) } else { Ok(()) }
    }

    /// Goes on behind the keys of a range that cannot be read, of those that come next.
    fn pass_gap(&mut self, space: Space, (from, until): (&[u8], Option<&[u8]>)) -> Result<()> {
        let (order, mut next) = (self.plan.order, None);
        self.snapshot.read_through(space, &mut |seen| {
            if let Seen::Gap(gap) = seen
                && gap.until.as_deref().is_none_or(|end| from < end)
                && until.is_none_or(|until| gap.from.as_slice() < until)
            {
                next = Some((gap.from.clone(), gap.until.clone()));
                if order == Order::Ascending {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        match (next, order) {
            (Some((_, Some(end))), Order::Ascending) => self.resume = Some(end),
            (Some((first, _)), Order::Descending) if first.as_slice() > from => self.bound = Some(first),
            (Some(_), _) => self.exhausted = !self.next_part(),
            (None, _) => {}
        }
        Ok(())
    }

    fn load(&self, batch: &mut Batch) -> Result<()> {
        let entity = self.query.entity;
        batch.load(
            |id, visit| self.snapshot.show_cached(entity, id, visit),
            |id| self.snapshot.record(entity, id)?.ok_or_else(dangling),
            |record| self.meets(record),
        )
    }

    /// Gives the next ones of an order that no index gives (`sorted.rs`).
    fn fill_sorted(&mut self, batch: &mut Batch, wanted: usize) -> Result<()> {
        if self.window.entries.is_empty() {
            self.window = self.next_window()?;
        }
        let mut has_records = false;
        for entry in self.window.entries.drain(..wanted.min(self.window.entries.len())) {
            has_records = entry.record.is_some();
            match entry.record {
                Some(record) => batch.push_own(&entry.place, record),
                None => batch.push_id(&entry.place, id_behind(Space::Index, &entry.place, &[])?),
            }
            self.bound = Some(entry.place);
        }
        if !has_records {
            self.load(batch)?;
        }
        self.is_ready_masked = has_records && self.is_masked_first;
        self.exhausted = self.window.entries.is_empty() && self.window.is_last;
        Ok(())
    }

    /// Sorts what lies behind the bound, in bounded memory.
    fn next_window(&self) -> Result<Window> {
        let Some((field, order)) = self.query.order else { return Ok(Window { is_last: true, ..Window::default() }) };
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX);
        // A query that goes on behind a position may be let go after a page, whether it has a limit or not.
        let goes_on = self.query.limit.is_some() || self.bound == self.begun_behind;
        let page = self.bound.as_deref().filter(|_| self.mask.is_none() && goes_on);
        let least = self.query.limit.map_or(1, |_| wanted);
        let known = page.and_then(|behind| self.runs.window(&self.query, self.snapshot.head(), behind, least, wanted));
        if let Some(known) = known {
            return Ok(known);
        }
        let len_max = match (page, self.query.limit) {
            (None, _) => wanted,
            (Some(_), None) => KEPT_PLACES_MAX,
            (Some(_), Some(_)) => wanted.max(KEPT_PLACES_MAX),
        };
        let mut sorter = Sorter::new(order, self.bound.clone(), len_max, page.is_none());
        let mut place = Vec::new();
        self.each(&mut |record| {
            let masked = if self.is_masked_first { self.shown(record.to_record()?)? } else { None };
            if self.is_masked_first && masked.is_none() {
                return Ok(());
            }
            place.clear();
            key::push_value(&mut place, masked.as_ref().map_or(record, |masked| masked.as_ref()).value(field));
            place.extend_from_slice(&record.id().to_be_bytes());
            if sorter.wants(&place) {
                let own = masked
                    .map_or_else(|| sorter.keeps_records().then(|| record.to_record()).transpose(), |m| Ok(Some(m)));
                sorter.push(&place, own?);
            }
            Ok(())
        })?;
        let window = sorter.window();
        if let Some(behind) = page {
            self.runs.keep(&self.query, self.snapshot.head(), order, behind, &window);
        }
        Ok(window)
    }

    /// Shows every record that is left and meets the conditions where it lies, in any order and whatever the limit. Of a
    /// plan that is not sorted it shows what lies before the position, too.
    pub(super) fn each(&self, visit: &mut dyn FnMut(RecordRef<'_>) -> Result<()>) -> Result<()> {
        self.each_in(self.range(), visit)
    }

    /// The same, of those alone whose keys are in a range: what is left, or a half of it.
    pub(super) fn each_in(
        &self,
        (from, until): Range,
        visit: &mut dyn FnMut(RecordRef<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut ids = Vec::new();
        let space = self.plan.space;
        self.snapshot.scan(space, &from, until.as_deref(), self.plan.order, &mut |key, value| {
            if space == Space::Record {
                self.show(RecordRef::open(value)?, visit)?;
            } else {
                ids.push(id_behind(space, key, value)?);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        ids.sort_unstable();
        for id in ids {
            let there = self.snapshot.show(self.query.entity, id, &mut |record| self.show(record, visit))?;
            if !there {
                return Err(dangling());
            }
        }
        Ok(())
    }

    /// What is left, in two halves by the ids, when records themselves are read and there are many.
    pub(super) fn halves(&self) -> Result<Option<[Range; 2]>> {
        let (from, until) = self.range();
        if self.plan.space != Space::Record {
            return Ok(None);
        }
        let mut ends = [None; 2];
        for (end, order) in ends.iter_mut().zip([Order::Ascending, Order::Descending]) {
            self.snapshot.scan(Space::Record, &from, until.as_deref(), order, &mut |key, _| {
                *end = key::id_at_end(key);
                Ok(ControlFlow::Break(()))
            })?;
        }
        let [Some(first), Some(last)] = ends else { return Ok(None) };
        if last.saturating_sub(first) < HALVED_MIN {
            return Ok(None);
        }
        let middle = key::record(self.query.entity, first.midpoint(last)).to_vec();
        Ok(Some([(from, Some(middle.clone())), (middle, until)]))
    }

    fn show(&self, record: RecordRef<'_>, visit: &mut dyn FnMut(RecordRef<'_>) -> Result<()>) -> Result<()> {
        if self.meets(record) { visit(record) } else { Ok(()) }
    }

    fn meets(&self, record: RecordRef<'_>) -> bool {
        let holds = |condition: &Condition| match &self.mask {
            Some(mask) => mask.may_hold(self.query.entity, condition, &record),
            None => condition.holds(&record),
        };
        self.plan.covered || self.query.conditions.iter().all(holds)
    }
}

/// The id in a pair of an index or of the unique keys.
fn id_behind(space: Space, key: &[u8], value: &[u8]) -> Result<u64> {
    match space {
        Space::Unique => meta::number(value),
        _ => key::id_at_end(key).ok_or_else(dangling),
    }
}

/// Whether an error is one of what the store holds, beside which the rest can be read.
fn is_damage(error: &Error) -> bool {
    error.kind() == ErrorKind::Corrupt || is_unreadable(error)
}

fn dangling() -> Error {
    Error::new(ErrorKind::Corrupt, "an index names a record that is not there")
}
