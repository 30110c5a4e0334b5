//! What is committed: the same for the same seed, and small enough to compare whole.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::error::Result;
use crate::port::{Order, Space, Store};
use crate::testing::random::Random;

/// Everything in a store, by space and key.
pub type Contents = BTreeMap<(Space, Vec<u8>), Vec<u8>>;

/// One change: a value, or `None` to remove the key.
pub type Change = (Space, Vec<u8>, Option<Vec<u8>>);

const KEYS: u64 = 30;
/// The values of a long story: the first commits put as many, which take several groups of pages. Unit: bytes.
const LONG_VALUE_BYTES: u64 = 2 << 20;
const LONG_KEYS: u64 = 5;

/// A sequence of commits without end, and the contents after each.
#[derive(Debug)]
pub struct Story {
    seed: u64,
    long: bool,
    after: Vec<Contents>,
}

impl Story {
    /// The story of a seed. Nothing is there before the first commit.
    pub fn new(seed: u64) -> Self {
        Self { seed, long: false, after: vec![Contents::new()] }
    }

    /// One with values so long that the database file has several groups of pages, which come and go.
    pub fn long(seed: u64) -> Self {
        Self { long: true, ..Self::new(seed) }
    }

    /// The changes of a commit; they are counted from 1.
    pub fn changes(&self, number: u64) -> Vec<Change> {
        let mut random = Random::new(self.seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut changes = vec![(Space::Meta, b"newest".to_vec(), Some(number.to_le_bytes().to_vec()))];
        for _ in 0..=random.below(6) {
            let space = Space::ALL[1 + random.index(Space::ALL.len() - 1)];
            let key = format!("key {}", random.below(KEYS)).into_bytes();
            let len = if random.one_in(60) { 5000 } else { random.below(400) };
            let value = (!random.one_in(4)).then(|| (0..len).map(|_| random.any().to_le_bytes()[0]).collect());
            changes.push((space, key, value));
        }
        if self.long && (number <= LONG_KEYS || random.one_in(2)) {
            let key = if number <= LONG_KEYS { number } else { 1 + random.below(LONG_KEYS) };
            let stays = number <= LONG_KEYS || !random.one_in(2);
            let len = random.below(LONG_VALUE_BYTES / 2) + LONG_VALUE_BYTES / 2;
            let value = stays.then(|| (0..len).map(|at| (number + at / 512).to_le_bytes()[0]).collect());
            changes.push((Space::Record, format!("long {key}").into_bytes(), value));
        }
        changes
    }

    /// The contents after so many commits.
    pub fn after(&mut self, number: u64) -> &Contents {
        let number = usize::try_from(number).expect("invariant: a story in memory");
        while self.after.len() <= number {
            let next = self.after.len();
            let mut contents = self.after[next - 1].clone();
            apply(&mut contents, &self.changes(next as u64));
            self.after.push(contents);
        }
        &self.after[number]
    }
}

/// Applies changes as a store should.
pub(super) fn apply(contents: &mut Contents, changes: &[Change]) {
    for (space, key, value) in changes {
        match value {
            Some(value) => drop(contents.insert((*space, key.clone()), value.clone())),
            None => drop(contents.remove(&(*space, key.clone()))),
        }
    }
}

/// Commits changes in one transaction.
///
/// # Errors
/// What the store answers.
pub fn commit(store: &dyn Store, changes: &[Change]) -> Result<()> {
    let mut txn = store.begin_write()?;
    for (space, key, value) in changes {
        match value {
            Some(value) => txn.put(*space, key, value)?,
            None => txn.delete(*space, key)?,
        }
    }
    txn.commit()
}

/// Everything that a store shows.
///
/// # Errors
/// What the store answers.
pub fn contents(store: &dyn Store) -> Result<Contents> {
    let read = store.begin_read()?;
    let mut contents = Contents::new();
    for space in Space::ALL {
        read.scan(space, b"", None, Order::Ascending, &mut |key, value| {
            contents.insert((space, key.to_vec()), value.to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(contents)
}

/// The number of the last commit that contents tell of.
pub(super) fn newest(contents: &Contents) -> u64 {
    let held = contents.get(&(Space::Meta, b"newest".to_vec()));
    held.map_or(0, |bytes| u64::from_le_bytes(bytes.as_slice().try_into().expect("a commit's number has eight bytes")))
}
