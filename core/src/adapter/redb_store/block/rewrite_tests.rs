//! Blocks against a plain sorted map: batches of changes, then every read and what must hold of the blocks themselves.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use proptest::prelude::*;
use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use super::super::layer::{Entry, Layer, Newest};
use super::super::table::{self, Reading};
use super::form::Block;
use super::{Floor, JOURNAL_PAGE_LEN, LEAF_OVERHEAD_LEN, PAGE_LEN, bound_of, key_of};
use crate::port::{Order, Space};

const SPACE: Space = Space::Index;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;
type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

fn database() -> Database {
    let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
    table::write_durably(&database, |transaction| table::create(transaction, &Space::ALL)).unwrap();
    database
}

fn write(database: &Database, changes: &Changes) {
    write_in(SPACE, database, changes);
}

fn write_in(space: Space, database: &Database, changes: &Changes) {
    let changes = changes.iter().map(|(key, value)| (key.as_slice(), value.as_deref()));
    table::write_durably(database, |transaction| table::write(transaction, space, changes)).unwrap();
}

fn write_to_both(database: &Database, model: &mut Model, changes: &Changes) {
    write(database, changes);
    for (key, value) in changes {
        match value {
            Some(value) => drop(model.insert(key.clone(), value.clone())),
            None => drop(model.remove(key)),
        }
    }
}

/// The blocks as they are in the file, the least bound first.
fn blocks(database: &Database) -> Vec<(Vec<u8>, Vec<u8>)> {
    blocks_in(SPACE, database)
}

fn blocks_in(space: Space, database: &Database) -> Vec<(Vec<u8>, Vec<u8>)> {
    let transaction = database.begin_read().unwrap();
    let table = transaction.open_table(table::table(space)).unwrap();
    let pairs = table.iter().unwrap().rev().map(|pair| pair.unwrap());
    pairs.map(|(key, block)| (bound_of(key.value()).to_vec(), block.value().to_vec())).collect()
}

/// What holds of the blocks of a space, whatever was written: each is readable, sorted, within its bounds and, unless it has
/// one pair, within a page.
fn check_blocks(blocks: &[(Vec<u8>, Vec<u8>)]) {
    for (at, (bound, bytes)) in blocks.iter().enumerate() {
        let block = Block::read(bytes).unwrap();
        let keys: Vec<Vec<u8>> = (0..block.count()).map(|at| key(&block, at)).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "the pairs are sorted");
        assert!(*bound <= keys[0], "the bound is not above the first key");
        if let Some((next, _)) = blocks.get(at + 1) {
            assert!(keys.last().unwrap() < next, "the next bound is above the last key");
        }
        let page_len = LEAF_OVERHEAD_LEN + bound.len() + bytes.len();
        assert!(page_len <= PAGE_LEN || block.count() == 1, "{} pairs take {page_len}", block.count());
    }
}

fn key(block: &Block<'_>, at: usize) -> Vec<u8> {
    let mut key = Vec::new();
    block.copy_key(at, &mut key).unwrap();
    key
}

fn scanned(
    base: &Reading,
    newer: &[Layer],
    from: &[u8],
    until: Option<&[u8]>,
    order: Order,
    most: usize,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut shown = Vec::new();
    let newest = Newest::new(newer.iter(), SPACE, from, until, order);
    base.scan(SPACE, (from, until), order, newest, &mut |key, value| {
        shown.push((key.to_vec(), value.to_vec()));
        Ok(if shown.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })
    .unwrap();
    shown
}

/// Compares ranges of the file, and of layers over it, with those of the model.
fn check_scans(base: &Reading, newer: &[Layer], model: &Model, bounds: &[Vec<u8>]) {
    let pair = |(key, value): (&Vec<u8>, &Vec<u8>)| (key.clone(), value.clone());
    for (at, from) in bounds.iter().enumerate() {
        for until in bounds[at + 1..].iter().map(Some).chain([None]).step_by(3) {
            if until.is_some_and(|until| until <= from) {
                continue;
            }
            let end = until.map_or(Bound::Unbounded, Bound::Excluded);
            let mut expected: Vec<_> = model.range::<Vec<u8>, _>((Bound::Included(from), end)).map(pair).collect();
            let until = until.map(Vec::as_slice);
            for order in [Order::Ascending, Order::Descending] {
                assert_eq!(scanned(base, newer, from, until, order, usize::MAX), expected);
                let some = expected.len() / 2 + 1;
                let first = &expected[..some.min(expected.len())];
                assert_eq!(scanned(base, newer, from, until, order, some), first);
                expected.reverse();
            }
        }
    }
}

fn check_gets(base: &Reading, model: &Model, keys: impl Iterator<Item = Vec<u8>>) {
    for key in keys {
        let mut found = None;
        let there = base.get(SPACE, &key, &mut |value| found = Some(value.to_vec())).unwrap();
        assert_eq!(there, found.is_some());
        assert_eq!(found.as_ref(), model.get(&key), "key {key:02x?}");
    }
}

/// Keys that crowd together, so that batches meet: few beginnings, some of them long, and one that is empty.
fn a_key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        40 => (0..4_u8, 0..2000_u16).prop_map(|(index, id)| [&[index][..], &id.to_be_bytes()].concat()),
        20 => (0..3_u8, "[a-c]{0,5}").prop_map(|(index, text)| [&[index][..], text.as_bytes()].concat()),
        2 => (0..40_u8, 0..9000_usize).prop_map(|(last, len)| [vec![2; len], vec![last]].concat()),
        1 => Just(Vec::new()),
        1 => (0..300_usize).prop_map(|len| vec![255; len]),
    ]
}

fn a_value() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        6 => Just(Some(Vec::new())),
        6 => (0..200_usize, any::<u8>()).prop_map(|(len, byte)| Some(vec![byte; len])),
        2 => (0..1500_usize, any::<u8>()).prop_map(|(len, byte)| Some(vec![byte; len])),
        1 => (3900..20_000_usize, any::<u8>()).prop_map(|(len, byte)| Some(vec![byte; len])),
        5 => Just(None),
    ]
}

fn some_changes() -> impl Strategy<Value = Changes> {
    let dense = (0..4_u8, 0..1800_u16, 1..600_u16, 0..3_u8).prop_map(|(index, first, count, what)| {
        let value = |id: u16| [Some(Vec::new()), Some(vec![7; usize::from(id) % 90]), None][usize::from(what)].clone();
        (first..first + count).map(|id| ([&[index][..], &id.to_be_bytes()].concat(), value(id))).collect()
    });
    prop_oneof![4 => prop::collection::btree_map(a_key(), a_value(), 0..120), 3 => dense]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn batches_of_changes_leave_what_a_sorted_map_has(batches in prop::collection::vec(some_changes(), 1..14), newer in
        prop::collection::vec(some_changes(), 0..3), bounds in prop::collection::btree_set(a_key(), 3..8)) {
        let database = database();
        let mut model = Model::new();
        for batch in &batches {
            write_to_both(&database, &mut model, batch);
            check_blocks(&blocks(&database));
        }
        let base = Reading::begin(&database).unwrap();
        let asked = batches.iter().flat_map(BTreeMap::keys).chain(&bounds);
        check_gets(&base, &model, asked.cloned().chain([Vec::new(), vec![255; 400]]));
        let bounds: Vec<Vec<u8>> = [Vec::new()].into_iter().chain(bounds).collect();
        check_scans(&base, &[], &model, &bounds);
        // The newest layer is the first, and hides the others.
        let mut layers = Vec::new();
        for batch in &newer {
            let mut layer = Layer::default();
            for (key, value) in batch {
                layer.insert(SPACE, Entry::alone(key, value.as_deref()));
            }
            layers.insert(0, layer);
            for (key, value) in batch {
                match value {
                    Some(value) => drop(model.insert(key.clone(), value.clone())),
                    None => drop(model.remove(key)),
                }
            }
        }
        check_scans(&base, &layers, &model, &bounds);
    }
}

fn number_key(number: u32) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// How much of the pages of all blocks is used. Unit: percent.
fn fill(blocks: &[(Vec<u8>, Vec<u8>)]) -> usize {
    let used: usize = blocks.iter().map(|(bound, block)| LEAF_OVERHEAD_LEN + bound.len() + block.len()).sum();
    used * 100 / (blocks.len() * PAGE_LEN)
}

#[test]
fn what_comes_in_order_leaves_full_blocks() {
    let (database, mut model) = (database(), Model::new());
    for batch in 0..60_u32 {
        let changes = (0..50).map(|n| (number_key(batch * 50 + n), Some(vec![7; 100]))).collect();
        write_to_both(&database, &mut model, &changes);
    }
    let blocks = blocks(&database);
    check_blocks(&blocks);
    assert!(fill(&blocks) >= 95, "fill {} %", fill(&blocks));
}

/// An entry of some hundred bytes leaves much of a page empty behind it, and little of four.
#[test]
fn blocks_of_the_journal_are_longer_so_that_its_entries_fill_them() {
    let of = |space, len| {
        let database = database();
        for batch in 0..40_u32 {
            write_in(space, &database, &(0..50).map(|n| (number_key(batch * 50 + n), Some(vec![7; 900]))).collect());
        }
        let blocks = blocks_in(space, &database);
        assert!(blocks.iter().all(|(bound, block)| LEAF_OVERHEAD_LEN + bound.len() + block.len() <= len));
        fill(&blocks) * PAGE_LEN / len
    };
    let (journal, other) = (of(Space::Journal, JOURNAL_PAGE_LEN), of(SPACE, PAGE_LEN));
    assert!(journal >= 96 && other <= 90, "fill {journal} % and {other} %");
}

#[test]
fn what_comes_in_no_order_leaves_blocks_two_thirds_full_and_one_batch_of_it_full_ones() {
    let (database, mut model) = (database(), Model::new());
    let scattered = |number: u32| number_key(number.wrapping_mul(2_654_435_761));
    for batch in 0..80_u32 {
        let changes = (0..100).map(|n| (scattered(batch * 100 + n), Some(vec![7; 20]))).collect();
        write_to_both(&database, &mut model, &changes);
    }
    let after_many = blocks(&database);
    check_blocks(&after_many);
    assert!(fill(&after_many) >= 66, "fill {} %", fill(&after_many));
    write_to_both(&database, &mut model, &(8000..16_000).map(|n| (scattered(n), Some(vec![7; 20]))).collect());
    let after_one = blocks(&database);
    check_blocks(&after_one);
    assert!(fill(&after_one) >= 95, "fill {} %", fill(&after_one));
}

#[test]
fn blocks_that_shrink_are_merged_and_the_empty_ones_removed() {
    let (database, mut model) = (database(), Model::new());
    write_to_both(&database, &mut model, &(0..6000).map(|n| (number_key(n), Some(vec![7; 60]))).collect());
    let before = blocks(&database).len();
    for part in 0..10_u32 {
        let gone = (0..6000).filter(|n| n % 10 == part && n % 60 != 59).map(|n| (number_key(n), None)).collect();
        write_to_both(&database, &mut model, &gone);
        check_blocks(&blocks(&database));
    }
    let after = blocks(&database);
    assert_eq!(model.len(), 100);
    assert!(after.len() * 20 < before, "{} blocks of {before}", after.len());
    check_gets(&Reading::begin(&database).unwrap(), &model, (0..6000).map(number_key));
    write_to_both(&database, &mut model, &(0..6000).map(|n| (number_key(n), None)).collect());
    assert!(blocks(&database).is_empty());
}

#[test]
fn a_change_without_effect_writes_nothing() {
    let database = database();
    write(&database, &(0..2000).map(|n| (number_key(n * 2), Some(vec![7; 20]))).collect());
    let before = blocks(&database);
    write(&database, &(0..2000).map(|n| (number_key(n * 2 + 1), None)).collect());
    assert_eq!(blocks(&database), before);
}

/// The quick way to a key rests on how redb searches, which it does not promise. Another version of redb may make it useless;
/// it cannot make it wrong, for what it finds is not taken for the block of a key unless the key is in it.
#[test]
fn the_quick_way_to_a_key_finds_its_block() {
    let database = database();
    write(&database, &(0..9000).map(|n| (number_key(n), Some(vec![7; 60]))).collect());
    let transaction = database.begin_read().unwrap();
    let table = transaction.open_table(TableDefinition::<Floor, &[u8]>::new(SPACE.name())).unwrap();
    let is_found = |n: &u32| {
        let block = table.get(number_key(*n).as_slice()).unwrap();
        block.is_some_and(|block| Block::read(block.value()).unwrap().get(&number_key(*n)).unwrap().is_some())
    };
    // The last block may lie in one leaf with another.
    let found = (0..9000).filter(is_found).count();
    assert!(found >= 8900, "{found} of 9000 keys");
}

/// Before the pairs of blocks that are read were compared, a damaged block could be written again, unsorted, as a sound one.
#[test]
fn a_block_that_is_not_sorted_is_refused_and_not_written_again() {
    let database = database();
    write(&database, &(0..9).map(|n| (number_key(n * 2), Some(Vec::new()))).collect());
    let mut block = blocks(&database).remove(0).1;
    let len = block.len();
    block[len - 1] = 0;
    table::write_durably(&database, |transaction| {
        let mut table = transaction.open_table(table::table(SPACE)).unwrap();
        table.insert(key_of(b"").as_slice(), block.as_slice()).unwrap();
        Ok(())
    })
    .unwrap();
    let written = table::write_durably(&database, |transaction| {
        table::write(transaction, SPACE, [(&number_key(99)[..], Some(&b""[..]))].into_iter())
    });
    assert_eq!(written.unwrap_err().kind(), crate::error::ErrorKind::Corrupt);
}
