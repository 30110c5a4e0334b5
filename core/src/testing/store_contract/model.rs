//! A store against a sorted map, in random steps.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use super::{Pair, StoreFixture, delete, dump, pairs, put, value};
use crate::port::{Order, ReadTxn, Space, Store, WriteTxn};

const TRANSACTIONS: u32 = 80;
const STEPS_MAX: u64 = 24;
const SNAPSHOTS_MAX: usize = 4;

/// What is expected to be there, by space.
type Model = [BTreeMap<Vec<u8>, Vec<u8>>; Space::ALL.len()];

/// Random transactions, some dropped, with snapshots kept through some of them and the store reopened at times, show
/// the same as a sorted map. `SEED=<number>` repeats a run; the seed is part of every message.
pub fn a_store_behaves_like_a_sorted_map(fixture: &dyn StoreFixture) {
    let seed = seed();
    let mut random = Random(seed);
    let mut model = Model::default();
    let mut store = fixture.open();
    let mut snapshots: Vec<(Box<dyn ReadTxn>, Model)> = Vec::new();
    for _ in 0..TRANSACTIONS {
        transact(store.as_ref(), &mut model, &mut random, seed);
        match random.below(8) {
            0 => store = reopened(fixture, store, &mut snapshots, random.below(2) == 0),
            1 | 2 if snapshots.len() < SNAPSHOTS_MAX => {
                snapshots.push((store.begin_read().expect("a sound store begins a snapshot"), model.clone()));
            }
            3 if !snapshots.is_empty() => drop(snapshots.swap_remove(0)),
            _ => {}
        }
        for (snapshot, expected) in &snapshots {
            compare(snapshot.as_ref(), expected, &mut random, seed);
        }
    }
    snapshots.clear();
    let store = reopened(fixture, store, &mut snapshots, true);
    let expected: Vec<Vec<Pair>> = model.into_iter().map(|map| map.into_iter().collect()).collect();
    assert_eq!(dump(store.as_ref()), expected, "SEED={seed}");
}

fn reopened(
    fixture: &dyn StoreFixture,
    store: Arc<dyn Store>,
    snapshots: &mut Vec<(Box<dyn ReadTxn>, Model)>,
    close: bool,
) -> Arc<dyn Store> {
    snapshots.clear();
    if close {
        store.close().expect("a store without transactions closes");
    }
    drop(store);
    fixture.open()
}

fn transact(store: &dyn Store, model: &mut Model, random: &mut Random, seed: u64) {
    let mut txn = store.begin_write().expect("a sound store begins a transaction");
    let mut expected = model.clone();
    for _ in 0..random.below(STEPS_MAX) {
        step(txn.as_mut(), &mut expected, random, seed);
    }
    if random.below(4) == 0 {
        drop(txn);
    } else {
        txn.commit().expect("an undisturbed commit succeeds");
        *model = expected;
    }
}

fn step(txn: &mut dyn WriteTxn, model: &mut Model, random: &mut Random, seed: u64) {
    let (space, key) = (random.space(), random.key());
    match random.below(8) {
        0..4 => {
            let value = random.value();
            put(txn, space, &key, &value);
            model[space.index()].insert(key, value);
        }
        4 | 5 => {
            let there = model[space.index()].remove(&key).is_some();
            assert_eq!(delete(txn, space, &key), there, "SEED={seed}");
        }
        _ => compare(txn, model, random, seed),
    }
}

/// Compares one random get and one random scan.
fn compare(txn: &(impl ReadTxn + ?Sized), model: &Model, random: &mut Random, seed: u64) {
    let (space, from, until) = (random.space(), random.key(), random.key());
    let map = &model[space.index()];
    assert_eq!(value(txn, space, &from).as_ref(), map.get(&from), "SEED={seed}");
    let until = (random.below(4) != 0).then_some(until);
    let order = if random.below(2) == 0 { Order::Ascending } else { Order::Descending };
    let mut expected: Vec<Pair> = map
        .iter()
        .filter(|(key, _)| **key >= from && until.as_ref().is_none_or(|until| *key < until))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if order == Order::Descending {
        expected.reverse();
    }
    assert_eq!(pairs(txn, space, &from, until.as_deref(), order), expected, "SEED={seed}");
}

/// The seed of this run: that of the environment, or a random one.
fn seed() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test is repeated by a seed from the environment")]
    let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    #[expect(clippy::print_stderr, reason = "a random test prints its seed")]
    {
        eprintln!("SEED={seed}");
    }
    seed
}

/// SplitMix64: small, and the same on every platform.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn byte_of(&mut self, bytes: &[u8]) -> u8 {
        bytes[usize::try_from(self.below(bytes.len() as u64)).expect("invariant: below the length of a slice")]
    }

    fn space(&mut self) -> Space {
        if self.below(2) == 0 { Space::Record } else { Space::Unique }
    }

    /// Few bytes and short keys, so that the same ones come again.
    fn key(&mut self) -> Vec<u8> {
        (0..self.below(4)).map(|_| self.byte_of(b"\x00\x01a\x7f\x80\xff")).collect()
    }

    fn value(&mut self) -> Vec<u8> {
        let len = if self.below(20) == 0 { self.below(20_000) } else { self.below(40) };
        (0..len).map(|_| self.byte_of(b"value")).collect()
    }
}
