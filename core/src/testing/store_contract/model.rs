//! A store against a sorted map, in random steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Pair, StoreFixture, delete, dump, pairs, put, value};
use crate::port::{Order, ReadTxn, Space, Store, WriteTxn};
use crate::testing::random::{Random, seed};

const TRANSACTIONS: u32 = 80;
const STEPS_MAX: u64 = 24;
const SNAPSHOTS_MAX: usize = 4;

/// What is expected to be there, by space.
type Model = [BTreeMap<Vec<u8>, Vec<u8>>; Space::ALL.len()];

/// Random transactions, some dropped, with snapshots kept through some of them and the store reopened at times, show
/// the same as a sorted map. `SEED=<number>` repeats a run; the seed is part of every message.
pub fn a_store_behaves_like_a_sorted_map(fixture: &dyn StoreFixture) {
    let seed = seed();
    let mut random = Random::new(seed);
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
    let (space, key) = (space(random), key(random));
    match random.below(8) {
        0..4 => {
            let value = any_value(random);
            put(txn, space, &key, &value);
            model[space.index()].insert(key, value);
        }
        4 | 5 => {
            model[space.index()].remove(&key);
            delete(txn, space, &key);
        }
        _ => compare(txn, model, random, seed),
    }
}

/// Compares one random get and one random scan.
fn compare(txn: &(impl ReadTxn + ?Sized), model: &Model, random: &mut Random, seed: u64) {
    let (space, from, until) = (space(random), key(random), key(random));
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

fn byte_of(random: &mut Random, bytes: &[u8]) -> u8 {
    bytes[random.index(bytes.len())]
}

fn space(random: &mut Random) -> Space {
    if random.one_in(2) { Space::Record } else { Space::Unique }
}

/// Few bytes and short keys, so that the same ones come again.
fn key(random: &mut Random) -> Vec<u8> {
    (0..random.below(4)).map(|_| byte_of(random, b"\x00\x01a\x7f\x80\xff")).collect()
}

fn any_value(random: &mut Random) -> Vec<u8> {
    let len = if random.one_in(20) { random.below(20_000) } else { random.below(40) };
    (0..len).map(|_| byte_of(random, b"value")).collect()
}
