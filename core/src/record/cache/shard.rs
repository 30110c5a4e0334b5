//! A part of the cache: records by key, bounded in bytes, of which those go first that were not asked for again.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::domain::EntityKind;

use super::super::layout::Record;
use super::CacheStatistics;

/// What an entry takes beside its stored bytes, about: its places in the map and in the ring, and what the allocator adds.
const ENTRY_BYTES: usize = 128;

/// A number for the key of a record; `None` for an id that no record gets.
pub(super) fn key_of(entity: EntityKind, id: u64) -> Option<u64> {
    (id < 1 << 56).then(|| u64::from(entity.number()) << 56 | id)
}

pub(super) struct Shard {
    entries: HashMap<u64, Entry, BuildHasherDefault<Mixer>>,
    /// The keys in the order in which the hand passes them.
    ring: Vec<u64>,
    hand: usize,
    bytes: usize,
    bytes_max: usize,
    /// The head of the journal behind the last change of a record that may be here.
    changed: u64,
    hits: u64,
    misses: u64,
}

/// 24 bytes, so that it lies in one line of the processor's cache with its key.
struct Entry {
    record: Record,
    place: u32,
    /// Whether it was asked for since the hand passed.
    asked: bool,
}

fn bytes_of(record: &Record) -> usize {
    record.as_bytes().len() + ENTRY_BYTES
}

impl Shard {
    pub(super) fn new(bytes_max: usize) -> Self {
        let (entries, ring) = (HashMap::default(), Vec::new());
        Self { entries, ring, hand: 0, bytes: 0, bytes_max, changed: 0, hits: 0, misses: 0 }
    }

    /// Adds what the part has to the whole.
    pub(super) fn add_to(&self, whole: &mut CacheStatistics) {
        whole.records += self.entries.len() as u64;
        whole.bytes += self.bytes as u64;
        whole.bytes_max += self.bytes_max as u64;
        whole.hits += self.hits;
        whole.misses += self.misses;
    }

    pub(super) fn get(&mut self, key: u64, head: u64) -> Option<Record> {
        let found = self.get_at_first(key, head);
        self.misses += u64::from(found.is_none());
        found
    }

    /// The same for who asks again, on a snapshot, when there is none.
    pub(super) fn get_at_first(&mut self, key: u64, head: u64) -> Option<Record> {
        let found = self.find(key, head);
        self.hits += u64::from(found.is_some());
        found
    }

    fn find(&mut self, key: u64, head: u64) -> Option<Record> {
        let entry = self.entries.get_mut(&key)?;
        bring_near(entry.record.as_bytes());
        if entry.record.as_ref().sequence() > head {
            return None;
        }
        entry.asked = true;
        Some(entry.record.clone())
    }

    pub(super) fn keep(&mut self, key: u64, record: &Record, head: u64) {
        let bytes = bytes_of(record);
        if head < self.changed || bytes > self.bytes_max || self.entries.contains_key(&key) {
            return;
        }
        while self.bytes + bytes > self.bytes_max {
            self.make_room();
        }
        let Ok(place) = u32::try_from(self.ring.len()) else { return };
        self.bytes += bytes;
        self.entries.insert(key, Entry { record: record.clone(), place, asked: false });
        self.ring.push(key);
    }

    /// Passes one entry: it stays once more when it was asked for.
    fn make_room(&mut self) {
        let at = if self.hand < self.ring.len() { self.hand } else { 0 };
        self.hand = at + 1;
        let Some(key) = self.ring.get(at).copied() else { return };
        match self.entries.get_mut(&key).filter(|entry| entry.asked) {
            Some(entry) => entry.asked = false,
            None => {
                self.take_out(key);
                self.hand = at;
            }
        }
    }

    /// Takes a record out that changes, and refuses it from readers of a snapshot before `head`.
    pub(super) fn remove(&mut self, key: u64, head: u64) {
        self.changed = self.changed.max(head);
        self.take_out(key);
    }

    fn take_out(&mut self, key: u64) {
        let Some(entry) = self.entries.remove(&key) else { return };
        self.bytes -= bytes_of(&entry.record);
        let place = entry.place as usize;
        self.ring.swap_remove(place);
        if let Some(moved) = self.ring.get(place).and_then(|key| self.entries.get_mut(key)) {
            moved.place = entry.place;
        }
    }

    pub(super) fn clear(&mut self, head: u64) {
        self.entries.clear();
        self.ring.clear();
        (self.hand, self.bytes, self.changed) = (0, 0, self.changed.max(head));
    }
}

/// How many bytes the processor takes from memory at once.
const LINE_BYTES: usize = 64;

/// Reads a byte of every line of a record, all at once. The record is about to be read, and it is the waiting for one line
/// after the other that a get from memory would cost.
fn bring_near(bytes: &[u8]) {
    let lines = bytes.iter().step_by(LINE_BYTES).take(LINES_MAX);
    std::hint::black_box(lines.fold(0, |seen, byte| seen ^ byte));
}

/// How many lines are brought near; processors wait for about as many at once.
const LINES_MAX: usize = 16;

/// Spreads keys that follow each other. Nobody gains by choosing ids that meet: they are given out in order.
#[derive(Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{Instant, Value};
    use crate::record::{Draft, Header};

    fn record(id: u64, sequence: u64) -> Record {
        let at = Instant::from_us(0).unwrap();
        let header = Header { entity: EntityKind::Customer, id, revision: 1, sequence, created_at: at, updated_at: at };
        Record::encode(&Draft { header, values: BTreeMap::from([(4, Value::Text("王".repeat(10)))]) }).unwrap()
    }

    /// A shard that has room for a number of these records.
    fn shard(room: usize) -> Shard {
        Shard::new(room * bytes_of(&record(1, 1)))
    }

    fn held(shard: &Shard) -> Vec<u64> {
        let mut held: Vec<u64> = shard.entries.keys().copied().collect();
        held.sort_unstable();
        assert_eq!(shard.bytes, shard.entries.values().map(|entry| bytes_of(&entry.record)).sum::<usize>());
        assert!(shard.bytes <= shard.bytes_max && shard.ring.len() == shard.entries.len());
        assert!(shard.entries.iter().all(|(key, entry)| shard.ring[entry.place as usize] == *key));
        held
    }

    #[test]
    fn what_was_asked_for_stays_and_what_was_not_makes_room() {
        let mut shard = shard(3);
        for id in 1..=3 {
            shard.keep(id, &record(id, 1), 1);
        }
        assert!(shard.get(1, 1).is_some() && shard.get(3, 1).is_some());
        shard.keep(4, &record(4, 1), 1);
        assert_eq!(held(&shard), [1, 3, 4]);
        shard.keep(5, &record(5, 1), 1);
        shard.keep(6, &record(6, 1), 1);
        assert_eq!(held(&shard).len(), 3);
        shard.remove(6, 2);
        assert_eq!(held(&shard).len(), 2);
        shard.clear(3);
        assert!(held(&shard).is_empty());
    }

    #[test]
    fn a_reader_of_an_older_snapshot_neither_gets_a_newer_record_nor_leaves_an_older_one() {
        let mut shard = shard(3);
        shard.keep(1, &record(1, 5), 7);
        assert!(shard.get(1, 4).is_none() && shard.get(1, 5).is_some());
        shard.remove(1, 8);
        shard.keep(1, &record(1, 5), 7);
        assert!(shard.get(1, 9).is_none());
        shard.keep(1, &record(1, 8), 8);
        assert_eq!(shard.get(1, 9).unwrap().header().sequence, 8);
    }

    #[test]
    fn a_record_that_has_no_room_is_not_kept() {
        let mut shard = Shard::new(100);
        shard.keep(1, &record(1, 1), 1);
        assert!(held(&shard).is_empty());
    }
}
