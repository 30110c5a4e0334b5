//! Writes in the order in which they were made, found by key, and undone from the last one backwards.
//!
//! Keys and values lie one after the other in one buffer; a hash table finds the newest write of a key. A transaction
//! with very many writes so costs one pass over them, and they are sorted once, at its end.

use std::collections::{BTreeSet, btree_set};
use std::hash::BuildHasher;
use std::ops::Bound;
use std::sync::atomic::{AtomicU32, Ordering};

use foldhash::fast::RandomState;

use super::{Space, is_empty_range};

/// How much room a transaction has from its first write on: what one command writes, so that it grows no further.
const BYTES_FEW: usize = 8 << 10;
const WRITES_FEW: usize = 32;

/// No write, where the number of one could stand.
const NONE: u32 = u32::MAX;

/// One write: a key and its value, or its removal.
#[derive(Debug, Clone, Copy)]
struct Write {
    /// Where the key begins; the value follows it.
    at: usize,
    key_len: u32,
    /// `None` removes the key.
    value_len: Option<u32>,
    hash: u32,
    /// The write of the same key before this one.
    older: u32,
    space: Space,
    /// Whether a later write has the same key.
    replaced: bool,
}

/// What is to become of a key: a value, or `None` for its removal.
pub(super) type Change<'p> = (&'p [u8], Option<&'p [u8]>);

/// The pending changes of a range, from either end.
pub(super) enum Range<'p> {
    /// Of keys whose order is kept.
    Kept { pending: &'p Pending, space: Space, keys: btree_set::Range<'p, Vec<u8>> },
    /// Of keys that were looked for among all.
    Found(std::vec::IntoIter<Change<'p>>),
}

impl<'p> Iterator for Range<'p> {
    type Item = Change<'p>;

    fn next(&mut self) -> Option<Change<'p>> {
        match self {
            Range::Found(found) => found.next(),
            Range::Kept { pending, space, keys } => keys.find_map(|key| pending.change(*space, key)),
        }
    }
}

impl DoubleEndedIterator for Range<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Range::Found(found) => found.next_back(),
            Range::Kept { pending, space, keys } => keys.rev().find_map(|key| pending.change(*space, key)),
        }
    }
}

/// How many keys of pending writes scans looked at on this thread, for tests of what scans cost.
#[cfg(any(test, feature = "testing"))]
pub(crate) mod look {
    use std::cell::Cell;

    thread_local! {
        static LOOKED: Cell<u64> = const { Cell::new(0) };
    }

    pub(super) fn at(keys: usize) {
        LOOKED.set(LOOKED.get() + keys as u64);
    }

    /// How many, since the thread began.
    pub(crate) fn count() -> u64 {
        LOOKED.get()
    }
}

#[cfg(not(any(test, feature = "testing")))]
mod look {
    pub(super) fn at(_: usize) {}
}

/// The keys of a space that begin alike, in their order: those that were scanned, from the first scan on. Most keys of a
/// transaction are of indexes that nothing in it scans.
#[derive(Debug, Default)]
struct Ordered {
    /// The beginning that the last scan wanted and did not find kept.
    wanted: AtomicU32,
    kept: Vec<(Beginning, BTreeSet<Vec<u8>>)>,
}

/// How keys begin: up to three bytes, which say the entity and the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Beginning(u32);

impl Beginning {
    const LEN_MAX: usize = 3;

    /// What all keys with `from <= key < until` begin with.
    fn of_range(from: &[u8], until: Option<&[u8]>) -> Self {
        let is_common = |len: &usize| {
            let common = &from[..*len];
            // Behind all keys that begin so comes the first that does not.
            let ends_with_it = |until: &[u8]| until.starts_with(common) || is_next(common, until);
            common.is_empty() || until.is_some_and(ends_with_it)
        };
        let len = (0..=from.len().min(Self::LEN_MAX)).rev().find(is_common).unwrap_or_default();
        let mut bytes = [0; 4];
        bytes[0] = u8::try_from(len + 1).expect("invariant: it is one to four");
        bytes[1..=len].copy_from_slice(&from[..len]);
        Self(u32::from_be_bytes(bytes))
    }

    fn is_of(self, key: &[u8]) -> bool {
        let [len, bytes @ ..] = self.0.to_be_bytes();
        key.starts_with(&bytes[..usize::from(len) - 1])
    }
}

/// Whether `key` is the first that is above all that begin with `common`.
fn is_next(common: &[u8], key: &[u8]) -> bool {
    let last = common.iter().rposition(|byte| *byte < u8::MAX);
    last.is_some_and(|at| key.len() == at + 1 && key[..at] == common[..at] && key[at] == common[at] + 1)
}

/// The writes of a transaction.
#[derive(Debug, Default)]
pub(super) struct Pending {
    bytes: Vec<u8>,
    writes: Vec<Write>,
    table: Table,
    ordered: [Ordered; Space::ALL.len()],
    /// How many keys there are, by space.
    keys: [usize; Space::ALL.len()],
    /// How long the keys and values are that are not replaced. Unit: bytes.
    live_bytes: usize,
    /// Writes from this one on may be changed in place, for nobody can ask for the state before them.
    marked: usize,
}

impl Pending {
    pub(super) fn is_empty_in(&self, space: Space) -> bool {
        self.keys[space.index()] == 0
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.keys.iter().sum()
    }

    /// How long keys and values are. Unit: bytes.
    pub(super) fn live_bytes(&self) -> usize {
        self.live_bytes
    }

    /// The newest write of a key: `None` when there is none, `Some(None)` when it removes the key.
    pub(super) fn get(&self, space: Space, key: &[u8]) -> Option<Option<&[u8]>> {
        let found = self.find(space, key, self.table.hash(space, key));
        self.write(found).map(|write| self.value(write))
    }

    /// Adds a write.
    pub(super) fn push(&mut self, space: Space, key: &[u8], value: Option<&[u8]>) {
        let hash = self.table.hash(space, key);
        let older = self.find(space, key, hash);
        if self.overwrite(older, value) {
            return;
        }
        if older == NONE {
            self.note_order(space, key);
            self.keys[space.index()] += 1;
        } else {
            self.set_replaced(older, true);
        }
        if self.writes.is_empty() {
            self.bytes.reserve(BYTES_FEW);
            self.writes.reserve(WRITES_FEW);
        }
        let number = number(self.writes.len());
        let at = self.bytes.len();
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value.unwrap_or_default());
        let (key_len, value_len) = (number_of(key), value.map(number_of));
        self.writes.push(Write { at, key_len, value_len, hash, older, space, replaced: false });
        self.live_bytes += key.len() + value.map_or(0, <[u8]>::len);
        self.table.set(&self.writes, number);
    }

    /// How many writes there are; a number to go back to.
    pub(super) fn mark(&mut self) -> usize {
        self.marked = self.writes.len();
        self.marked
    }

    /// Undoes every write since a mark.
    pub(super) fn undo_to(&mut self, mark: usize) {
        while self.writes.len() > mark {
            let last = number(self.writes.len() - 1);
            self.table.unset(&self.writes, last);
            let Some(write) = self.writes.pop() else { return };
            self.live_bytes -= write.len();
            if write.older == NONE {
                self.keys[write.space.index()] -= 1;
                let key = &self.bytes[write.at..][..write.key_len as usize];
                let kept = &mut self.ordered[write.space.index()].kept;
                for (_, keys) in kept.iter_mut().filter(|(beginning, _)| beginning.is_of(key)) {
                    keys.remove(key);
                }
            } else {
                self.set_replaced(write.older, false);
            }
            self.bytes.truncate(write.at);
        }
        self.marked = self.marked.min(mark);
    }

    /// What becomes of the keys of a space, in their order.
    pub(super) fn sorted(&self, space: Space) -> Vec<Change<'_>> {
        let mut order: Vec<(u128, &Write)> = Vec::with_capacity(self.keys[space.index()]);
        let live = self.writes.iter().filter(|write| write.space == space && !write.replaced);
        order.extend(live.map(|write| (prefix(self.key(write)), write)));
        order.sort_by_key(|(prefix, _)| *prefix);
        for same in order.chunk_by_mut(|a, b| a.0 == b.0) {
            // Keys that begin alike end in an id, and most were written in the order of their ids.
            if !same.is_sorted_by_key(|(_, write)| self.key(write)) {
                same.sort_unstable_by(|a, b| self.key(a.1).cmp(self.key(b.1)));
            }
        }
        order.into_iter().map(|(_, write)| (self.key(write), self.value(write))).collect()
    }

    /// What becomes of the keys with `from <= key < until`, in their order. Where that is kept, only the keys are looked at
    /// that are taken.
    pub(super) fn range(&self, space: Space, from: &[u8], until: Option<&[u8]>) -> Range<'_> {
        if is_empty_range(from, until) {
            return Range::Found(Vec::new().into_iter());
        }
        let ordered = &self.ordered[space.index()];
        let beginning = Beginning::of_range(from, until);
        let Some((_, keys)) = ordered.kept.iter().find(|(kept, _)| *kept == beginning) else {
            ordered.wanted.store(beginning.0, Ordering::Relaxed);
            let within = |key: &[u8]| key >= from && until.is_none_or(|until| key < until);
            let live = self.writes.iter().filter(|write| write.space == space && !write.replaced);
            let change = |write| (self.key(write), self.value(write));
            let mut found: Vec<Change<'_>> = live.map(change).filter(|(key, _)| within(key)).collect();
            look::at(found.len());
            found.sort_unstable_by_key(|(key, _)| *key);
            return Range::Found(found.into_iter());
        };
        let until = until.map_or(Bound::Unbounded, Bound::Excluded);
        Range::Kept { pending: self, space, keys: keys.range::<[u8], _>((Bound::Included(from), until)) }
    }

    /// What becomes of a key whose order is kept.
    fn change<'p>(&'p self, space: Space, key: &'p [u8]) -> Option<Change<'p>> {
        look::at(1);
        self.get(space, key).map(|value| (key, value))
    }

    fn write(&self, number: u32) -> Option<&Write> {
        if number == NONE { None } else { self.writes.get(number as usize) }
    }

    fn find(&self, space: Space, key: &[u8], hash: u32) -> u32 {
        self.table
            .find(hash, |number| self.write(number).is_some_and(|held| held.space == space && self.key(held) == key))
    }

    fn key(&self, write: &Write) -> &[u8] {
        &self.bytes[write.at..][..write.key_len as usize]
    }

    fn value(&self, write: &Write) -> Option<&[u8]> {
        write.value_len.map(|len| &self.bytes[write.at + write.key_len as usize..][..len as usize])
    }

    /// Replaces a value by one of the same length where it lies, when nobody can ask for it any more.
    fn overwrite(&mut self, older: u32, value: Option<&[u8]>) -> bool {
        let (Some(write), Some(value)) = (self.write(older).copied(), value) else { return false };
        if (older as usize) < self.marked || write.value_len.map(|len| len as usize) != Some(value.len()) {
            return false;
        }
        let at = write.at + write.key_len as usize;
        self.bytes[at..at + value.len()].copy_from_slice(value);
        true
    }

    fn set_replaced(&mut self, older: u32, replaced: bool) {
        let write = &mut self.writes[older as usize];
        write.replaced = replaced;
        match replaced {
            true => self.live_bytes -= write.len(),
            false => self.live_bytes += write.len(),
        }
    }

    /// Keeps the order of keys up to date, once a scan has asked for it.
    fn note_order(&mut self, space: Space, key: &[u8]) {
        let wanted = std::mem::take(self.ordered[space.index()].wanted.get_mut());
        let is_kept = |(beginning, _): &(Beginning, _)| beginning.0 == wanted;
        if wanted != 0 && !self.ordered[space.index()].kept.iter().any(is_kept) {
            let beginning = Beginning(wanted);
            let live = self.writes.iter().filter(|write| write.space == space && !write.replaced);
            let keys =
                live.map(|write| self.key(write)).filter(|key| beginning.is_of(key)).map(<[u8]>::to_vec).collect();
            self.ordered[space.index()].kept.push((beginning, keys));
        }
        for (_, keys) in self.ordered[space.index()].kept.iter_mut().filter(|(beginning, _)| beginning.is_of(key)) {
            keys.insert(key.to_vec());
        }
    }
}

impl Write {
    fn len(&self) -> usize {
        self.key_len as usize + self.value_len.unwrap_or(0) as usize
    }
}

/// The first bytes of a key as a number of the same order. The first three say which index it is.
fn prefix(key: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let len = key.len().min(16);
    bytes[..len].copy_from_slice(&key[..len]);
    u128::from_be_bytes(bytes)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).ok().filter(|number| *number != NONE).expect("invariant: a transaction has below 2^32 writes")
}

fn number_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("invariant: a key or value is shorter than 4 GiB")
}

/// An open hash table of the newest write of each key. Entries are taken out in the reverse order of their coming, so
/// that no chain of probes is ever broken.
#[derive(Debug, Default)]
struct Table {
    state: RandomState,
    /// A power of two of them, at most half of them in use: the hash of a key, and the number of its newest write.
    slots: Vec<(u32, u32)>,
    used: usize,
}

impl Table {
    fn hash(&self, space: Space, key: &[u8]) -> u32 {
        (self.state.hash_one(key) >> 32) as u32 ^ (space as u32).wrapping_mul(0x9e37_79b9)
    }

    fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> u32 {
        let mut at = hash as usize;
        loop {
            match self.slots.get(at & self.slots.len().wrapping_sub(1)) {
                None | Some(&(_, NONE)) => return NONE,
                Some(&(held, number)) if held == hash && is_it(number) => return number,
                Some(_) => at += 1,
            }
        }
    }

    /// Enters a write, in the place of the older one of its key if there is one.
    fn set(&mut self, writes: &[Write], number: u32) {
        if (self.used + 1) * 2 > self.slots.len() {
            self.grow(writes, number);
        }
        self.enter(&writes[number as usize], number);
    }

    fn enter(&mut self, write: &Write, number: u32) {
        self.used += usize::from(write.older == NONE);
        *self.place(write.hash, write.older) = (write.hash, number);
    }

    /// Takes the last write out and puts the older one of its key back.
    fn unset(&mut self, writes: &[Write], number: u32) {
        let write = &writes[number as usize];
        self.used -= usize::from(write.older == NONE);
        *self.place(write.hash, number) = (write.hash, write.older);
    }

    /// The slot that holds a number, from the place of a hash on.
    fn place(&mut self, hash: u32, number: u32) -> &mut (u32, u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at].1 != number {
            at = (at + 1) & mask;
        }
        &mut self.slots[at]
    }

    /// Makes the table larger and enters every write before `end` again, in their order.
    fn grow(&mut self, writes: &[Write], end: u32) {
        let len = (self.slots.len() * 2).max(2 * WRITES_FEW);
        self.slots.clear();
        self.slots.resize(len, (0, NONE));
        self.used = 0;
        for (write, number) in writes.iter().zip(0..end) {
            self.enter(write, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    type Model = BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>;

    fn key(number: u8) -> Vec<u8> {
        vec![number; usize::from(number % 20)]
    }

    fn owned(changes: Vec<Change<'_>>) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        changes.into_iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect()
    }

    fn compare(pending: &Pending, model: &Model) {
        let lens = model.iter().map(|((_, key), value)| key.len() + value.as_ref().map_or(0, Vec::len));
        assert_eq!((pending.len(), pending.live_bytes()), (model.len(), lens.sum()));
        for space in [Space::Meta, Space::Index] {
            let held = model.iter().filter(|((held, _), _)| *held == space);
            let all: Vec<_> = held.map(|((_, key), value)| (key.clone(), value.clone())).collect();
            assert_eq!(owned(pending.sorted(space)), all);
            assert_eq!(pending.is_empty_in(space), all.is_empty());
            for number in 0..=255 {
                let found = model.get(&(space, key(number)));
                assert_eq!(pending.get(space, &key(number)).map(|v| v.map(<[u8]>::to_vec)), found.cloned());
            }
        }
    }

    proptest! {
        /// Whatever is written, marked and undone, the writes are those of a sorted map that is copied at each mark.
        #[test]
        fn behaves_like_a_sorted_map_that_is_copied_at_marks(
            steps in proptest::collection::vec((0_u8..12, any::<u8>(), any::<u8>()), 1..300),
            scans: bool,
        ) {
            let (mut pending, mut model, mut marks) = (Pending::default(), Model::new(), Vec::new());
            for (step, a, b) in steps {
                let space = if a < 128 { Space::Meta } else { Space::Index };
                match step {
                    0 => marks.push((pending.mark(), model.clone())),
                    1 if !marks.is_empty() => {
                        marks.truncate(usize::from(a) % marks.len() + 1);
                        let (mark, copy) = marks.last().cloned().unwrap();
                        pending.undo_to(mark);
                        model = copy;
                    }
                    2 | 3 => {
                        pending.push(space, &key(b), None);
                        model.insert((space, key(b)), None);
                    }
                    4 if scans => {
                        // Some ranges lie among keys that begin alike.
                        let (from, until) = (key(a), if b % 3 == 0 { key(b) } else { [key(a), vec![b]].concat() });
                        let held = model.iter().filter(|((held, key), _)| *held == space && *key >= from && *key < until);
                        let expected: Vec<_> = held.map(|((_, key), value)| (key.clone(), value.clone())).collect();
                        let backwards: Vec<_> = owned(pending.range(space, &from, Some(&until)).rev().collect());
                        prop_assert!(backwards.iter().rev().eq(&expected));
                        prop_assert_eq!(owned(pending.range(space, &from, Some(&until)).collect()), expected);
                    }
                    _ => {
                        let value = vec![a; usize::from(step / 2)];
                        pending.push(space, &key(b), Some(&value));
                        model.insert((space, key(b)), Some(value));
                    }
                }
            }
            compare(&pending, &model);
        }
    }

    #[test]
    fn a_range_knows_how_its_keys_begin() {
        let of = |from: &[u8], until: Option<&[u8]>| {
            let found = Beginning::of_range(from, until).0.to_be_bytes();
            found[1..usize::from(found[0])].to_vec()
        };
        assert_eq!(of(&[3, 0, 7, 1, 9], Some(&[3, 0, 7, 1, 9, 5])), [3, 0, 7]);
        assert_eq!(of(&[3, 0, 7, 1], Some(&[3, 0, 8])), [3, 0, 7]);
        assert_eq!(of(&[3, 0, 7, 1], Some(&[3, 0, 8, 0])), [3, 0]);
        assert_eq!(of(&[3, 0, 7, 1], Some(&[3, 1])), [3, 0]);
        assert_eq!(of(&[3, 0, 255, 1], Some(&[3, 1])), [3, 0, 255]);
        assert_eq!(of(&[3, 255, 255], Some(&[4])), [3, 255, 255]);
        assert_eq!(of(&[3, 0], Some(&[4])), [3]);
        assert!(of(&[3, 0, 7], Some(&[5])).is_empty());
        assert!([of(&[3, 0, 7], None), of(&[], Some(&[5])), of(&[3, 0, 7], Some(&[]))].iter().all(Vec::is_empty));
    }

    #[test]
    fn very_many_writes_are_found_and_undone() {
        let mut pending = Pending::default();
        let put = |pending: &mut Pending, n: u32| pending.push(Space::Record, &n.to_be_bytes(), Some(&n.to_le_bytes()));
        (0..5_000).for_each(|n| put(&mut pending, n));
        let mark = pending.mark();
        (4_000..50_000).for_each(|n| put(&mut pending, n));
        pending.undo_to(mark);
        assert_eq!(pending.len(), 5_000);
        (0..5_000_u32)
            .for_each(|n| assert_eq!(pending.get(Space::Record, &n.to_be_bytes()), Some(Some(&n.to_le_bytes()[..]))));
        assert_eq!(pending.get(Space::Record, &5_000_u32.to_be_bytes()), None);
        assert!(pending.sorted(Space::Record).is_sorted_by_key(|(key, _)| *key));
    }
}
