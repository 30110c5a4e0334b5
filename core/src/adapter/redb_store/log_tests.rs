//! The log through the store: the contract under every tuning, what is left after a crash, and what is refused.

#![expect(clippy::disallowed_methods, reason = "the tests copy and damage files")]

use std::fs;
use std::sync::Arc;

use super::log::{LogDisk, Measures, RealDisk};
use super::tests::{Folder, at_once, open, refusal};
use super::*;
use crate::port::{Space, Store};
use crate::testing::store_contract::{self, StoreFixture, dump};

/// Slots so small that a few commits fill one.
const SMALL: Tuning = Tuning {
    measures: Measures { slot_bytes: 4096, slots: 3, chunk_bytes: 1024 },
    batch_bytes_max: 2048,
    background: true,
};

/// Where the first batch lies. Unit: bytes.
const HEADER: usize = 8192;

fn open_tuned(path: &Path, options: &RedbOptions, tuning: Tuning) -> Result<RedbStore> {
    file::ensure_exists(path, options)?;
    let (database, named) = file::open_waiting(path, options)?;
    let place = open::Place { path: path.to_owned(), named: Some(named) };
    open::assemble(place, database, Box::new(RealDisk::beside(path)), options, tuning)
}

struct Tuned(Folder, Tuning, Durability);

impl StoreFixture for Tuned {
    fn open(&self) -> Arc<dyn Store> {
        let options = RedbOptions { durability: self.2, ..at_once() };
        Arc::new(open_tuned(&self.0.path(), &options, self.1).unwrap())
    }
}

#[test]
fn keeps_the_contract_whatever_the_measures_and_the_durability() {
    let here = Tuning { background: false, ..SMALL };
    for (tuning, durability) in [
        (SMALL, Durability::Full),
        (SMALL, Durability::Relaxed),
        (here, Durability::Full),
        (Tuning::default(), Durability::Relaxed),
    ] {
        eprintln!("{tuning:?} {durability:?}");
        let make = || -> Box<dyn StoreFixture> { Box::new(Tuned(Folder::new(), tuning, durability)) };
        store_contract::run_all(&make, |promise| eprintln!("promise: {promise}"));
    }
}

fn commit(store: &RedbStore, number: u32, len: usize) {
    let mut txn = store.begin_write().unwrap();
    txn.put(Space::Record, &number.to_be_bytes(), &vec![b'r'; len]).unwrap();
    txn.put(Space::Meta, b"newest", &number.to_be_bytes()).unwrap();
    txn.commit().unwrap();
}

/// The parts of a long commit are written by two threads, in one transaction of redb: all of it is there, in order, or none.
#[test]
fn a_commit_of_megabytes_is_there_whole_in_every_space() {
    let folder = Folder::new();
    let store = open_tuned(&folder.path(), &at_once(), SMALL).unwrap();
    let mut expected: Vec<Vec<(Vec<u8>, Vec<u8>)>> = vec![Vec::new(); Space::ALL.len()];
    let mut txn = store.begin_write().unwrap();
    for number in 0..30_000_u32 {
        let space = Space::ALL[number as usize % 7];
        // Odd factors make every number another, so the keys come in no order.
        let key = number.wrapping_mul(0x9e37_79b1).to_be_bytes();
        txn.put(space, &key, &[7; 60]).unwrap();
        expected[space.index()].push((key.to_vec(), vec![7; 60]));
    }
    txn.commit().unwrap();
    expected.iter_mut().for_each(|pairs| pairs.sort());
    assert_eq!(dump(&store), expected);
    store.close().unwrap();
    assert_eq!(dump(&open(&folder.path()).unwrap()), expected);
}

fn count(store: &RedbStore) -> usize {
    dump(store)[Space::Record.index()].len()
}

/// The files as a crash would leave them: copied while the store is open.
fn crashed(folder: &Folder) -> Folder {
    let copy = Folder::new();
    for name in ["crm.db", "crm.db-wal"] {
        let from = folder.path().with_file_name(name);
        if from.exists() {
            fs::copy(from, copy.path().with_file_name(name)).unwrap();
        }
    }
    copy
}

/// Where the receipt of the last batch begins, with the batch before it.
fn receipt_at(log: &[u8]) -> usize {
    let found = (0..log.len()).rev().find(|at| log[*at..].starts_with(b"CKR1"));
    found.expect("a log of synced batches ends with a receipt")
}

fn wal(folder: &Folder) -> std::path::PathBuf {
    folder.path().with_file_name("crm.db-wal")
}

/// A database with `count` records that are in the log alone, as a crash leaves it.
fn crashed_with(count: u32) -> Folder {
    let folder = Folder::new();
    let store = open(&folder.path()).unwrap();
    (0..count).for_each(|number| commit(&store, number, 100));
    crashed(&folder)
}

#[test]
fn a_crash_loses_nothing_and_the_next_open_needs_no_log() {
    let copy = crashed_with(10);
    let store = open(&copy.path()).unwrap();
    assert_eq!(count(&store), 10);
    assert!(!wal(&copy).exists(), "what it held is in the file");
    commit(&store, 10, 100);
    assert!(wal(&copy).exists());
    store.close().unwrap();
    assert_eq!(copy.names(), ["crm.db"]);
    assert_eq!(count(&open(&copy.path()).unwrap()), 11);
}

#[test]
fn a_crash_after_any_number_of_flushes_loses_nothing() {
    for background in [true, false] {
        let folder = Folder::new();
        let store = open_tuned(&folder.path(), &at_once(), Tuning { background, ..SMALL }).unwrap();
        for number in 0..60_u32 {
            // Some are longer than the log takes.
            commit(&store, number, if number % 17 == 16 { 5000 } else { 200 });
            // A copy of a file that a flush is being written to is not what a crash leaves.
            if !background {
                let copy = crashed(&folder);
                assert_eq!(count(&open(&copy.path()).unwrap()), number as usize + 1);
            }
        }
        assert_eq!(count(&store), 60);
        store.close().unwrap();
        assert_eq!(count(&open(&folder.path()).unwrap()), 60);
    }
}

/// A loss of power while the last batch is written. Its receipt comes after the sync, so there is none.
#[test]
fn a_torn_end_of_the_log_is_cut_off() {
    let copy = crashed_with(3);
    let whole = fs::read(wal(&copy)).unwrap();
    let database = fs::read(copy.path()).unwrap();
    let end = receipt_at(&whole);
    for lost in 8..150 {
        let mut torn = whole.clone();
        torn[end - lost..].fill(0);
        fs::write(copy.path(), &database).unwrap();
        fs::write(wal(&copy), torn).unwrap();
        assert_eq!(count(&open(&copy.path()).unwrap()), 2, "{lost} bytes were not written");
    }
}

/// Damage of the last batch once looked like a torn write, and a commit that had been acknowledged was dropped without a
/// word. Its receipt now tells the two apart, wherever the slot ends.
#[test]
fn damage_of_the_last_batch_is_no_torn_write() {
    let copy = crashed_with(3);
    let whole = fs::read(wal(&copy)).unwrap();
    let database = fs::read(copy.path()).unwrap();
    let end = receipt_at(&whole);
    for at in (HEADER..end).step_by(5) {
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        fs::write(wal(&copy), damaged).unwrap();
        let error = refusal(&copy.path());
        assert!(error.message().contains("is unreadable, though it was acknowledged"), "byte {at}: {error}");
    }
    for at in end..end + 24 {
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        fs::write(copy.path(), &database).unwrap();
        fs::write(wal(&copy), damaged).unwrap();
        assert_eq!(count(&open(&copy.path()).unwrap()), 3, "of the receipt alone nothing is lost");
    }
}

/// Both copies of the header lay in one page: a bad page there cost every commit that the log held.
#[test]
fn a_bad_page_of_the_header_of_the_log_costs_nothing() {
    for copy in 0..2 {
        let damaged = crashed_with(3);
        let mut bytes = fs::read(wal(&damaged)).unwrap();
        bytes[copy * HEADER / 2..][..HEADER / 2].fill(0);
        fs::write(wal(&damaged), bytes).unwrap();
        assert_eq!(count(&open(&damaged.path()).unwrap()), 3);
    }
}

#[test]
fn a_log_that_lost_its_middle_is_damaged_not_torn() {
    let copy = crashed_with(3);
    let mut bytes = fs::read(wal(&copy)).unwrap();
    bytes[HEADER + 50] ^= 1;
    fs::write(wal(&copy), bytes).unwrap();
    let error = refusal(&copy.path());
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.message().contains("commit 1 is unreadable"), "{error}");
}

#[test]
fn a_file_whose_log_is_missing_is_corrupt() {
    let copy = crashed_with(1);
    fs::remove_file(wal(&copy)).unwrap();
    let error = refusal(&copy.path());
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.message().contains("crm.db-wal is missing"), "{error}");
}

#[test]
fn a_log_of_another_database_is_refused_and_left_alone() {
    let (ours, theirs) = (crashed_with(1), crashed_with(2));
    fs::copy(wal(&theirs), wal(&ours)).unwrap();
    let before = fs::read(wal(&ours)).unwrap();
    assert!(refusal(&ours.path()).message().contains("another database"));
    let closed = Folder::new();
    drop(open(&closed.path()).unwrap());
    for content in [before.as_slice(), b"", b"notes of somebody"] {
        fs::write(wal(&closed), content).unwrap();
        let error = refusal(&closed.path());
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains("move it away"), "{error}");
        assert_eq!(fs::read(wal(&closed)).unwrap(), content);
    }
}

#[test]
fn a_log_without_its_database_is_refused_before_a_new_one_is_made() {
    let copy = crashed_with(1);
    fs::remove_file(copy.path()).unwrap();
    assert_eq!(refusal(&copy.path()).kind(), ErrorKind::Corrupt);
    assert_eq!(copy.names(), ["crm.db-wal"]);
}

/// A file that was copied while its log was in use, put back beside a later log of the same database.
#[test]
fn a_log_of_another_time_is_refused() {
    let folder = Folder::new();
    let store = open(&folder.path()).unwrap();
    commit(&store, 1, 10);
    let early = crashed(&folder);
    store.close().unwrap();
    let store = open(&folder.path()).unwrap();
    commit(&store, 2, 10);
    let late = crashed(&folder);
    fs::copy(wal(&late), wal(&early)).unwrap();
    let error = refusal(&early.path());
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.message().contains("is log 2"), "{error}");
}

/// Whatever becomes of the log, the store opens with a state that was, or not at all.
#[test]
fn damage_of_the_log_is_found_or_ends_it() {
    let copy = crashed_with(4);
    let (database, whole) = (fs::read(copy.path()).unwrap(), fs::read(wal(&copy)).unwrap());
    let end = receipt_at(&whole) + 24;
    let mut counts = [0; 6];
    for at in (0..72).chain(4096..end).step_by(3) {
        for cut in [false, true] {
            let mut damaged = whole.clone();
            if cut {
                damaged.truncate(at);
            } else {
                damaged[at] ^= 0x10;
            }
            fs::write(copy.path(), &database).unwrap();
            fs::write(wal(&copy), damaged).unwrap();
            match open(&copy.path()) {
                Ok(store) => {
                    let state = dump(&store);
                    let expected: Vec<_> = (0..4_u32).map(|n| (n.to_be_bytes().to_vec(), vec![b'r'; 100])).collect();
                    let there = state[Space::Record.index()].len();
                    assert_eq!(state[Space::Record.index()], expected[..there], "byte {at}");
                    counts[there] += 1;
                }
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::Corrupt, "byte {at}: {e}");
                    counts[5] += 1;
                }
            }
        }
    }
    assert!(counts[5] > 100 && counts[4] >= 8, "refused {}, opened {:?}", counts[5], &counts[..5]);
}

/// Batches follow each other like the links of a chain: one that follows another than the file holds is of another history,
/// though its sequence and its salt are right.
#[test]
fn a_batch_that_follows_another_one_is_refused() {
    let copy = crashed_with(3);
    let log = RealDisk::beside(&copy.path()).open().unwrap().unwrap();
    let header = log::read_header(&*log).unwrap().unwrap();
    let last = |checksum| log::LastBatch { checksum, ..log::LastBatch::default() };
    let found = |last| log::read(&*log, &header, 0, last).unwrap();
    assert!(matches!(found(last(0)), log::Found::Batches(held) if held.batches.len() == 3));
    assert!(matches!(found(last(1)), log::Found::Unlinked(1)));
    let held = |sequence| log::LastBatch { sequence, checksum: 7, note: header.note.number };
    assert!(matches!(found(held(2)), log::Found::Earlier), "the file holds a batch that the log does not");
    let noted = log::LastBatch { note: header.note.number + 1, ..log::LastBatch::default() };
    assert!(matches!(found(noted), log::Found::Earlier), "the file knows of a later note");
}

/// A loss of power took a batch from the middle of a relaxed log, and another one came before the log was gone. The recovery
/// counted one batch more than it had taken as flushed, and the next opening then took the batches behind the gap for
/// commits that were acknowledged and lost. What a recovery leaves out of a log is nothing to the next one.
#[test]
fn a_relaxed_log_with_a_gap_opens_again_when_it_outlives_its_recovery() {
    let folder = Folder::new();
    let relaxed = RedbOptions { durability: Durability::Relaxed, ..at_once() };
    let store = RedbStore::open(folder.path(), &relaxed).unwrap();
    (0..8).for_each(|number| commit(&store, number, 100));
    let whole = fs::read(wal(&folder)).unwrap();
    let batches: Vec<usize> = (0..whole.len()).filter(|at| whole[*at..].starts_with(b"CKB2")).collect();
    for (lost, left) in [(1, 1), (5, 5), (7, 7)] {
        let (copy, mut log) = (crashed(&folder), whole.clone());
        log[batches[lost]..][..32].fill(0);
        fs::write(wal(&copy), &log).unwrap();
        assert_eq!(count(&open(&copy.path()).unwrap()), left);
        for _ in 0..2 {
            fs::write(wal(&copy), &log).unwrap();
            assert_eq!(count(&open(&copy.path()).unwrap()), left);
            assert!(!wal(&copy).exists());
        }
    }
}
