//! The care of a store: check, compact and statistics change nothing that is committed.

use std::time::Duration;

use super::{StoreFixture, delete, dump, put, value, write};
use crate::error::{ErrorKind, Result};
use crate::port::{Space, Store};

const S: Space = Space::Record;

/// Records that fill pages, and gaps among them.
fn fill(store: &dyn Store) {
    write(store, |txn| {
        for number in 0..200_u32 {
            put(txn, S, &number.to_be_bytes(), &vec![7; 100 + number as usize]);
            put(txn, Space::Index, &number.to_be_bytes(), b"");
        }
    });
    write(store, |txn| {
        for number in (0..200_u32).filter(|number| number % 3 > 0) {
            delete(txn, S, &number.to_be_bytes());
        }
    });
}

/// A check of a sound store finds nothing, changes nothing, and the store works on.
pub fn a_check_finds_nothing_in_a_sound_store(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    let sound = |store: &dyn Store| {
        assert_eq!(store.check(Duration::ZERO).expect("nobody is in the way"), Vec::<String>::new());
    };
    sound(store.as_ref());
    fill(store.as_ref());
    let before = dump(store.as_ref());
    sound(store.as_ref());
    assert_eq!(dump(store.as_ref()), before);
    write(store.as_ref(), |txn| put(txn, S, b"after", b"1"));
    sound(store.as_ref());
    drop(store);
    sound(fixture.open().as_ref());
}

/// Compacting, once or twice, changes nothing that is committed, now or after the next opening, and commits go on after it.
pub fn compacting_changes_nothing_that_is_committed(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    store.compact(Duration::ZERO).expect("an empty store is compacted");
    fill(store.as_ref());
    let before = dump(store.as_ref());
    for _ in 0..2 {
        store.compact(Duration::ZERO).expect("nobody is in the way");
        assert_eq!(dump(store.as_ref()), before);
    }
    drop(store);
    let store = fixture.open();
    assert_eq!(dump(store.as_ref()), before);
    write(store.as_ref(), |txn| put(txn, S, b"after", b"1"));
    store.compact(Duration::ZERO).expect("nobody is in the way");
    drop(store);
    let store = fixture.open();
    assert_eq!(dump(store.as_ref())[S.index()].len(), before[S.index()].len() + 1);
}

/// Beside a snapshot, check and compact either work or answer `Busy` and do nothing; the snapshot shows what it did. Once it
/// has ended they work.
pub fn a_snapshot_outlives_check_and_compact_or_keeps_them_off(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    fill(store.as_ref());
    let snapshot = store.begin_read().expect("a sound store begins a snapshot");
    let shown = value(snapshot.as_ref(), S, &3_u32.to_be_bytes());
    assert!(shown.is_some());
    let is_busy = |answer: Result<()>| {
        if let Err(error) = answer {
            assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
        }
    };
    is_busy(store.check(Duration::ZERO).map(drop));
    is_busy(store.compact(Duration::ZERO));
    is_busy(store.compact(Duration::from_millis(2)));
    assert_eq!(value(snapshot.as_ref(), S, &3_u32.to_be_bytes()), shown);
    write(store.as_ref(), |txn| put(txn, S, &3_u32.to_be_bytes(), b"newer"));
    assert_eq!(value(snapshot.as_ref(), S, &3_u32.to_be_bytes()), shown);
    drop(snapshot);
    store.compact(Duration::ZERO).expect("the snapshot has ended");
    assert_eq!(store.check(Duration::ZERO).expect("the snapshot has ended"), Vec::<String>::new());
    let read = store.begin_read().expect("a sound store begins a snapshot");
    assert_eq!(value(read.as_ref(), S, &3_u32.to_be_bytes()), Some(b"newer".to_vec()));
}

/// Statistics name every space in the order of the numbers when they are asked for, and only then; commits count up.
/// Asking changes nothing, and works beside a snapshot.
pub fn statistics_count_commits_and_name_the_spaces(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    let statistics = |spaces| store.statistics(spaces).expect("a sound store tells of itself");
    let before = statistics(false).commits;
    fill(store.as_ref());
    let _snapshot = store.begin_read().expect("a sound store begins a snapshot");
    let content = dump(store.as_ref());
    assert_eq!(statistics(false).commits, before + 2, "a commit each");
    assert!(statistics(false).spaces.is_empty());
    let spaces: Vec<Space> = statistics(true).spaces.iter().map(|found| found.space).collect();
    assert_eq!(spaces, Space::ALL);
    assert_eq!(dump(store.as_ref()), content);
    // An aborted transaction and one without writes are no commits.
    drop(store.begin_write().expect("a sound store begins a transaction"));
    assert_eq!(statistics(false).commits, before + 2);
}

/// After compact everything committed lies where statistics look: every space with pairs has entries and bytes, the others
/// have none.
pub fn statistics_of_a_compacted_store_find_what_is_there(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    fill(store.as_ref());
    store.compact(Duration::ZERO).expect("nobody is in the way");
    let content = dump(store.as_ref());
    let statistics = store.statistics(true).expect("a sound store tells of itself");
    for (found, pairs) in statistics.spaces.iter().zip(&content) {
        let bytes: u64 = pairs.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum();
        assert_eq!(found.entries > 0, !pairs.is_empty(), "{found:?}");
        assert!(found.entries <= pairs.len() as u64, "{found:?}: a pair lies in one entry");
        // Keys may share a prefix, and entries may have keys of their own.
        assert!(bytes == 0 || found.stored_bytes > bytes / 2, "{found:?}: {bytes} bytes of pairs");
    }
}
