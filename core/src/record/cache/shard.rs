//! A part of the cache: records by key, bounded in bytes, of which those go first that were not asked for again.
//!
//! The records lie one behind the other in one piece of memory, and a table of four bytes a record says where. A get waits
//! for memory where it touches what no cache of the processor holds, and the table mostly is in one. Finding the page of an
//! address takes time, too, and less when pages are large; so most of the ring asks for such pages.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use memmap2::MmapMut;

use crate::domain::EntityKind;

use super::super::layout::Record;
use super::super::record_ref::RecordRef;
use super::CacheStatistics;

/// How many bytes the processor takes from memory at once. Records begin at such places.
const LINE_BYTES: usize = 64;
/// The length of a record, which stands before it.
const LENGTH_BYTES: usize = 4;
/// The greatest shard, in bytes: a slot names a line in 17 bits.
pub(super) const SHARD_BYTES_MAX: usize = LINE_BYTES << 17;
/// From where on a ring asks for large pages of memory: one that holds little takes no more than it holds.
#[cfg(target_os = "linux")]
const LARGE_PAGES_FROM: usize = 2 * 1024 * 1024;
/// One slot of the table for so many bytes of records.
const BYTES_PER_SLOT: usize = 256;
/// How many slots may hold a key: those in one line of the processor's cache.
const SLOTS_PER_BUCKET: usize = 16;
/// How many lines of a record are brought near at once; processors wait for about as many.
const LINES_NEAR: usize = 8;

/// A number for the key of a record; `None` for an id that no record gets.
pub(super) fn key_of(entity: EntityKind, id: u64) -> Option<u64> {
    (id < 1 << 56).then(|| u64::from(entity.number()) << 56 | id)
}

/// The line where a record begins, 17 bits, then 13 bits of its key's hash, whether it was asked for since the tail last
/// passed, and whether there is one.
#[derive(Clone, Copy)]
struct Slot(u32);

impl Slot {
    const EMPTY: Self = Self(0);
    const THERE: u32 = 1;
    const ASKED: u32 = 2;
    const HASH: u32 = 0x7ffc;
    const LINE_SHIFT: u32 = 15;

    fn new(at: usize, hash: u32) -> Self {
        let line = u32::try_from(at / LINE_BYTES).expect("invariant: a shard has at most 2^17 lines");
        Self(line << Self::LINE_SHIFT | hash & Self::HASH | Self::THERE)
    }

    fn may_hold(self, hash: u32) -> bool {
        self.0 & (Self::HASH | Self::THERE) == hash & Self::HASH | Self::THERE
    }

    fn is_there(self) -> bool {
        self.0 & Self::THERE != 0
    }

    fn is_asked(self) -> bool {
        self.0 & Self::ASKED != 0
    }

    /// The place of the record, in bytes.
    fn at(self) -> usize {
        (self.0 >> Self::LINE_SHIFT) as usize * LINE_BYTES
    }
}

/// The slots of all keys. Readers note in them what they asked for, many at once.
struct Slots(Vec<AtomicU32>);

impl Slots {
    fn get(&self, place: usize) -> Slot {
        Slot(self.0[place].load(Ordering::Relaxed))
    }

    fn set(&mut self, place: usize, slot: Slot) {
        *self.0[place].get_mut() = slot.0;
    }

    fn ask(&self, place: usize) {
        if !self.get(place).is_asked() {
            self.0[place].fetch_or(Slot::ASKED, Ordering::Relaxed);
        }
    }

    fn clear(&mut self) {
        self.0.iter_mut().for_each(|slot| *slot.get_mut() = Slot::EMPTY.0);
    }
}

pub(super) struct Shard {
    slots: Slots,
    /// A ring of records, each behind its length; there from the first record on. What changed stays where it was, without
    /// a slot, until the tail passes.
    ring: Option<MmapMut>,
    /// Where the next record goes.
    head: usize,
    /// The oldest record. It is at 0 until the ring is full for the first time.
    tail: usize,
    /// While the head goes round before the tail: where the records behind the tail end.
    end: Option<usize>,
    bytes_max: usize,
    /// The head of the journal behind the last change of a record that may be here.
    changed: u64,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Shard {
    /// An empty shard for so many bytes, at most [`SHARD_BYTES_MAX`].
    pub(super) fn new(bytes_max: usize) -> Self {
        let buckets = (bytes_max / BYTES_PER_SLOT / SLOTS_PER_BUCKET).max(1);
        let slots = (0..buckets * SLOTS_PER_BUCKET).map(|_| AtomicU32::new(Slot::EMPTY.0)).collect();
        let bytes_max = bytes_max.min(SHARD_BYTES_MAX) / LINE_BYTES * LINE_BYTES;
        let (hits, misses) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { slots: Slots(slots), ring: None, head: 0, tail: 0, end: None, bytes_max, changed: 0, hits, misses }
    }

    /// Adds what the part has to the whole.
    pub(super) fn add_to(&self, whole: &mut CacheStatistics) {
        let places = 0..self.slots.0.len();
        whole.records += places.filter(|place| self.slots.get(*place).is_there()).count() as u64;
        whole.bytes += (self.head + self.end.map_or(0, |end| end - self.tail)) as u64;
        whole.bytes_max += self.bytes_max as u64;
        whole.hits += self.hits.load(Ordering::Relaxed);
        whole.misses += self.misses.load(Ordering::Relaxed);
    }

    pub(super) fn get(&self, key: u64, head: u64) -> Option<RecordRef<'_>> {
        let found = self.get_at_first(key, head);
        if found.is_none() {
            self.misses.fetch_add(1, Ordering::Relaxed);
        }
        found
    }

    /// The same for who asks again, on a snapshot, when there is none.
    pub(super) fn get_at_first(&self, key: u64, head: u64) -> Option<RecordRef<'_>> {
        let (place, record) = self.find(key)?;
        if record.sequence() > head {
            return None;
        }
        self.slots.ask(place);
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(record)
    }

    pub(super) fn keep(&mut self, key: u64, record: &Record, head: u64) {
        let bytes = record.as_bytes();
        let (Ok(length), size) = (u32::try_from(bytes.len()), size_of(bytes.len())) else { return };
        if head < self.changed || size > self.bytes_max || self.find(key).is_some() || !self.has_ring() {
            return;
        }
        self.make_room(size);
        let at = self.head;
        let room = &mut self.ring_mut()[at..at + size];
        room[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
        room[LENGTH_BYTES..][..bytes.len()].copy_from_slice(bytes);
        self.head += size;
        let (mut bucket, hash) = self.bucket(key);
        let place = bucket.clone().find(|place| !self.slots.get(*place).is_there());
        let place = place.or_else(|| bucket.clone().find(|place| !self.slots.get(*place).is_asked()));
        if let Some(place) = place.or_else(|| bucket.next()) {
            self.slots.set(place, Slot::new(at, hash));
        }
    }

    /// Takes a record out that changes, and refuses it from readers of a snapshot before `head`. A record whose hash is the
    /// same may go with it, so that none has to be looked at.
    pub(super) fn remove(&mut self, key: u64, head: u64) {
        self.changed = self.changed.max(head);
        let (bucket, hash) = self.bucket(key);
        for place in bucket {
            if self.slots.get(place).may_hold(hash) {
                self.slots.set(place, Slot::EMPTY);
            }
        }
    }

    pub(super) fn clear(&mut self, head: u64) {
        self.slots.clear();
        (self.head, self.tail, self.end) = (0, 0, None);
        self.changed = self.changed.max(head);
    }

    /// The slots that may hold a key, and its hash.
    fn bucket(&self, key: u64) -> (Range<usize>, u32) {
        // Nobody gains by choosing ids that meet: they are given out in order.
        let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let buckets = self.slots.0.len() / SLOTS_PER_BUCKET;
        let first = (mixed >> 32) as usize % buckets * SLOTS_PER_BUCKET;
        (first..first + SLOTS_PER_BUCKET, ((mixed ^ mixed >> 32) >> 8) as u32)
    }

    /// The slot of a key, and its record.
    fn find(&self, key: u64) -> Option<(usize, RecordRef<'_>)> {
        let (mut bucket, hash) = self.bucket(key);
        bucket.find_map(|place| {
            let slot = self.slots.get(place);
            let record = slot.may_hold(hash).then(|| self.record(slot.at()))?;
            (key_at(record) == Some(key)).then_some((place, record))
        })
    }

    /// The record at a place.
    fn record(&self, at: usize) -> RecordRef<'_> {
        let ring = self.ring.as_ref().expect("invariant: a slot is filled once there is a ring");
        let bytes = &ring[at..];
        bring_near(bytes);
        let (length, bytes) = bytes.split_first_chunk().expect("invariant: a record lies behind its length");
        RecordRef::of_checked(&bytes[..u32::from_le_bytes(*length) as usize])
    }

    /// Whether there is a ring; it is made when there is none and the system has the memory.
    fn has_ring(&mut self) -> bool {
        if self.ring.is_none() {
            self.ring = MmapMut::map_anon(self.bytes_max).ok();
            #[cfg(target_os = "linux")]
            if let Some(ring) = &self.ring
                && self.bytes_max > LARGE_PAGES_FROM
            {
                // A system that has no large pages refuses; then they are small.
                let _ =
                    ring.advise_range(memmap2::Advice::HugePage, LARGE_PAGES_FROM, self.bytes_max - LARGE_PAGES_FROM);
            }
        }
        self.ring.is_some()
    }

    fn ring_mut(&mut self) -> &mut MmapMut {
        self.ring.as_mut().expect("invariant: who changes the ring asked for it")
    }

    /// Makes room at the head for a number of bytes, at most as many as the shard may have.
    fn make_room(&mut self, size: usize) {
        loop {
            match self.end {
                None if self.head + size <= self.bytes_max => return,
                None => (self.end, self.head) = (Some(self.head), 0),
                Some(_) if self.head + size <= self.tail => return,
                Some(end) if self.tail == end => (self.end, self.tail) = (None, 0),
                Some(_) => self.pass(),
            }
        }
    }

    /// Passes the record at the tail: it moves to the head when it was asked for, and goes otherwise.
    fn pass(&mut self) {
        let from = self.tail;
        let record = self.record(from);
        let (size, key) = (size_of(record.as_bytes().len()), key_at(record));
        self.tail += size;
        let Some(key) = key else { return };
        let (mut bucket, hash) = self.bucket(key);
        let is_it = |slot: Slot| slot.is_there() && slot.at() == from;
        let Some(place) = bucket.find(|place| is_it(self.slots.get(*place))) else { return };
        if self.slots.get(place).is_asked() {
            let to = self.head;
            self.ring_mut().copy_within(from..from + size, to);
            self.slots.set(place, Slot::new(to, hash));
            self.head += size;
        } else {
            self.slots.set(place, Slot::EMPTY);
        }
    }
}

/// What a record takes in the ring.
fn size_of(length: usize) -> usize {
    (LENGTH_BYTES + length).next_multiple_of(LINE_BYTES)
}

fn key_at(record: RecordRef<'_>) -> Option<u64> {
    key_of(record.entity(), record.id())
}

/// Reads a byte of every line, all at once. The record is about to be read, and it is the waiting for one line after the
/// other that a get from memory would cost.
fn bring_near(bytes: &[u8]) {
    let lines = bytes.iter().step_by(LINE_BYTES).take(LINES_NEAR);
    std::hint::black_box(lines.fold(0, |seen, byte| seen ^ byte));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{Instant, Value};
    use crate::record::{Draft, Header};
    use proptest::prelude::*;

    fn record(id: u64, sequence: u64, length: usize) -> Record {
        let at = Instant::from_us(0).unwrap();
        let header = Header { entity: EntityKind::Customer, id, revision: 1, sequence, created_at: at, updated_at: at };
        Record::encode(&Draft { header, values: BTreeMap::from([(4, Value::Text("x".repeat(length)))]) }).unwrap()
    }

    fn key(id: u64) -> u64 {
        key_of(EntityKind::Customer, id).unwrap()
    }

    fn keep(shard: &mut Shard, id: u64, sequence: u64, length: usize, head: u64) {
        shard.keep(key(id), &record(id, sequence, length), head);
    }

    /// The ids that are held. Looking does not count as asking.
    fn held(shard: &Shard, ids: u64) -> Vec<u64> {
        (1..=ids).filter(|id| shard.find(key(*id)).is_some()).collect()
    }

    /// A shard that has room for a number of records of 30 characters.
    fn shard(room: usize) -> Shard {
        Shard::new(room * size_of(record(1, 1, 30).as_bytes().len()))
    }

    #[test]
    fn what_was_asked_for_stays_and_what_was_not_makes_room() {
        let mut shard = shard(3);
        for id in 1..=3 {
            keep(&mut shard, id, 1, 30, 1);
        }
        assert!(shard.get(key(1), 1).is_some() && shard.get(key(3), 1).is_some());
        keep(&mut shard, 4, 1, 30, 1);
        assert_eq!(held(&shard, 6), [1, 3, 4]);
        keep(&mut shard, 5, 1, 30, 1);
        keep(&mut shard, 6, 1, 30, 1);
        assert_eq!(held(&shard, 6), [3, 5, 6]);
        shard.remove(key(6), 2);
        assert_eq!(held(&shard, 6), [3, 5]);
        shard.clear(3);
        assert!(held(&shard, 6).is_empty());
    }

    #[test]
    fn a_reader_of_an_older_snapshot_neither_gets_a_newer_record_nor_leaves_an_older_one() {
        let mut shard = shard(3);
        keep(&mut shard, 1, 5, 30, 7);
        assert!(shard.get(key(1), 4).is_none() && shard.get(key(1), 5).is_some());
        shard.remove(key(1), 8);
        keep(&mut shard, 1, 5, 30, 7);
        assert!(shard.get(key(1), 9).is_none());
        keep(&mut shard, 1, 8, 30, 8);
        assert_eq!(shard.get(key(1), 9).unwrap().header().sequence, 8);
    }

    #[test]
    fn a_record_that_has_no_room_is_not_kept() {
        for bytes in [0, 100, 191] {
            let mut shard = Shard::new(bytes);
            keep(&mut shard, 1, 1, 100, 1);
            assert!(held(&shard, 1).is_empty());
        }
    }

    #[test]
    fn a_full_bucket_lets_one_go_that_was_not_asked_for() {
        let mut shard = Shard::new(SLOTS_PER_BUCKET * BYTES_PER_SLOT);
        let ids = SLOTS_PER_BUCKET as u64 + 1;
        for id in 1..ids {
            keep(&mut shard, id, 1, 30, 1);
            assert!(id == 5 || shard.get(key(id), 1).is_some());
        }
        keep(&mut shard, ids, 1, 30, 1);
        assert_eq!(held(&shard, ids), (1..=ids).filter(|id| *id != 5).collect::<Vec<_>>());
    }

    #[derive(Debug, Clone)]
    enum Step {
        Keep(u64, usize),
        Get(u64),
        Remove(u64),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        let id = 1_u64..40;
        prop_oneof![
            20 => (id.clone(), 0_usize..600).prop_map(|(id, length)| Step::Keep(id, length)),
            20 => id.clone().prop_map(Step::Get),
            5 => id.prop_map(Step::Remove),
            1 => Just(Step::Clear),
        ]
    }

    proptest! {
        /// The reference knows every record that may be kept: what the shard gives is that one, or nothing.
        #[test]
        fn what_is_given_is_what_was_kept_last(bytes in 300_usize..6_000, steps in prop::collection::vec(step(), 1..300)) {
            let mut shard = Shard::new(bytes);
            let mut kept: BTreeMap<u64, Record> = BTreeMap::new();
            for (i, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Keep(id, length) => {
                        let record = record(id, 1, length);
                        let before = shard.find(key(id)).is_some();
                        shard.keep(key(id), &record, i as u64);
                        let now = shard.find(key(id)).is_some();
                        prop_assert_eq!(now, before || size_of(record.as_bytes().len()) <= shard.bytes_max);
                        if now && !before {
                            kept.insert(id, record);
                        }
                    }
                    Step::Get(id) => {
                        if let Some(found) = shard.get(key(id), i as u64) {
                            prop_assert_eq!(Some(found.as_bytes()), kept.get(&id).map(Record::as_bytes));
                        }
                    }
                    Step::Remove(id) => {
                        shard.remove(key(id), i as u64);
                        prop_assert!(shard.get(key(id), i as u64).is_none());
                        kept.remove(&id);
                    }
                    Step::Clear => {
                        shard.clear(i as u64);
                        kept.clear();
                    }
                }
                prop_assert!(shard.ring.as_ref().is_none_or(|ring| ring.len() <= bytes));
                for id in held(&shard, 40) {
                    prop_assert!(kept.contains_key(&id));
                }
            }
        }
    }
}
