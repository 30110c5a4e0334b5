//! What a transaction reads, writes, keeps and forgets.

use std::time::Duration;

use super::{StoreFixture, delete, dump, keys, pairs, put, value, write};
use crate::error::ErrorKind;
use crate::port::{Order, Space};

const S: Space = Space::Record;

/// A get of a fresh store is none, and a scan shows nothing.
pub fn a_fresh_store_is_empty(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    let read = store.begin_read().expect("a sound store begins a snapshot");
    for space in Space::ALL {
        assert_eq!(value(read.as_ref(), space, b"key"), None);
        assert_eq!(value(read.as_ref(), space, b""), None);
    }
    assert!(dump(store.as_ref()).iter().all(Vec::is_empty));
}

/// The last put of a key wins, within a transaction and between two.
pub fn the_last_put_wins(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    write(store.as_ref(), |txn| {
        put(txn, S, b"key", b"a long first value");
        put(txn, S, b"key", b"short");
        assert_eq!(value(txn, S, b"key").as_deref(), Some(&b"short"[..]));
    });
    assert_eq!(dump(store.as_ref())[S.index()], [(b"key".to_vec(), b"short".to_vec())]);
    write(store.as_ref(), |txn| put(txn, S, b"key", b"of another transaction"));
    assert_eq!(dump(store.as_ref())[S.index()], [(b"key".to_vec(), b"of another transaction".to_vec())]);
}

/// A deleted key is gone, be it committed or written by the same transaction; to delete one that is not there is no error.
pub fn a_deleted_key_is_gone_and_one_that_was_never_there_no_error(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    write(store.as_ref(), |txn| put(txn, S, b"committed", b"1"));
    write(store.as_ref(), |txn| {
        delete(txn, S, b"never");
        delete(txn, S, b"committed");
        delete(txn, S, b"committed");
        put(txn, S, b"own", b"2");
        delete(txn, S, b"own");
        assert_eq!((value(txn, S, b"committed"), value(txn, S, b"own")), (None, None));
        put(txn, S, b"committed", b"again");
        delete(txn, S, b"committed");
        delete(txn, Space::Index, b"of an empty space");
    });
    assert!(dump(store.as_ref()).iter().all(Vec::is_empty));
}

/// A transaction that writes reads its own writes, by get and by scan in both orders, its deletes included.
pub fn own_writes_are_visible(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    write(store.as_ref(), |txn| [b"b", b"d", b"f"].iter().for_each(|key| put(txn, S, *key, b"old")));
    write(store.as_ref(), |txn| {
        for key in [b"a", b"d", b"e", b"g"] {
            put(txn, S, key, b"new");
        }
        delete(txn, S, b"b");
        delete(txn, S, b"e");
        let texts = |order| -> Vec<String> {
            let show = |(k, v): (Vec<u8>, Vec<u8>)| String::from_utf8_lossy(&[k, v].concat()).into_owned();
            pairs(&*txn, S, b"", None, order).into_iter().map(show).collect()
        };
        assert_eq!(texts(Order::Ascending), ["anew", "dnew", "fold", "gnew"]);
        assert_eq!(texts(Order::Descending), ["gnew", "fold", "dnew", "anew"]);
        assert_eq!(keys(&*txn, S, b"a", Some(b"g"), Order::Descending), [b"f", b"d", b"a"]);
        assert_eq!(value(&*txn, S, b"b"), None);
        assert_eq!(value(&*txn, S, b"d").as_deref(), Some(&b"new"[..]));
        assert_eq!(value(&*txn, S, b"f").as_deref(), Some(&b"old"[..]));
    });
    let read = store.begin_read().expect("a sound store begins a snapshot");
    assert_eq!(keys(read.as_ref(), S, b"", None, Order::Ascending), [b"a", b"d", b"f", b"g"]);
}

/// A snapshot shows what was committed when it began, whatever is committed after, and outlives its thread.
pub fn a_snapshot_never_changes(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    write(store.as_ref(), |txn| [b"a", b"b"].iter().for_each(|key| put(txn, S, *key, b"1")));
    let before = store.begin_read().expect("a sound store begins a snapshot");
    write(store.as_ref(), |txn| {
        put(txn, S, b"a", b"2");
        put(txn, S, b"c", b"2");
        delete(txn, S, b"b");
        assert_eq!(keys(before.as_ref(), S, b"", None, Order::Ascending), [b"a", b"b"]);
    });
    // A space that the snapshot first reads after the commit shows the old state, too.
    write(store.as_ref(), |txn| put(txn, Space::Index, b"late", b""));
    assert_eq!(value(before.as_ref(), Space::Index, b"late"), None);
    let after = store.begin_read().expect("a sound store begins a snapshot");
    let shown = std::thread::spawn(move || pairs(before.as_ref(), S, b"", None, Order::Ascending)).join();
    let old = [(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"1".to_vec())];
    assert_eq!(shown.expect("a snapshot may move to another thread"), old);
    assert_eq!(keys(after.as_ref(), S, b"", None, Order::Ascending), [b"a", b"c"]);
}

/// What was written after a mark is undone by going back to it, and nothing else is; a mark can be gone back to again.
pub fn undoing_goes_back_to_the_mark(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    write(store.as_ref(), |txn| put(txn, Space::Record, b"held", b"before"));
    write(store.as_ref(), |txn| {
        put(txn, Space::Record, b"first", b"1");
        let mark = txn.mark().expect("a sound store gives a mark");
        for round in 0..3 {
            put(txn, Space::Record, b"first", b"2");
            put(txn, Space::Record, b"held", b"after");
            put(txn, Space::Meta, b"new", &[round]);
            delete(txn, Space::Record, b"held");
            txn.undo_to(mark).expect("a sound store undoes");
            assert_eq!(value(txn, Space::Record, b"first").as_deref(), Some(&b"1"[..]));
            assert_eq!(value(txn, Space::Record, b"held").as_deref(), Some(&b"before"[..]));
            assert_eq!(value(txn, Space::Meta, b"new"), None);
        }
        put(txn, Space::Record, b"last", b"3");
    });
    let read = store.begin_read().expect("a sound store begins a snapshot");
    let held = keys(read.as_ref(), Space::Record, b"", None, Order::Ascending);
    assert_eq!(held, [b"first".to_vec(), b"held".to_vec(), b"last".to_vec()]);
    assert_eq!(value(read.as_ref(), Space::Meta, b"new"), None);
}

/// A transaction that is dropped leaves no trace and does not stand in the way of the next.
pub fn drop_aborts(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    write(store.as_ref(), |txn| put(txn, S, b"kept", b"1"));
    let before = dump(store.as_ref());
    let mut txn = store.begin_write().expect("a sound store begins a transaction");
    put(txn.as_mut(), S, b"new", b"2");
    put(txn.as_mut(), Space::Meta, b"new", b"2");
    delete(txn.as_mut(), S, b"kept");
    drop(txn);
    assert_eq!(dump(store.as_ref()), before);
    write(store.as_ref(), |_| ());
    assert_eq!(dump(store.as_ref()), before, "a commit without writes changes nothing");
}

/// What is committed is there after the store was closed, or only dropped, and opened again; what is not, is not.
pub fn a_commit_survives_reopen(fixture: &dyn StoreFixture) {
    for (round, close) in [(0_u8, true), (1, false), (2, true), (3, false)] {
        let store = fixture.open();
        write(store.as_ref(), |txn| {
            put(txn, S, &[round], b"committed");
            put(txn, Space::Journal, &[round], &[round; 10_000]);
        });
        let mut lost = store.begin_write().expect("a sound store begins a transaction");
        put(lost.as_mut(), S, b"lost", b"never committed");
        drop(lost);
        if close {
            store.close().expect("a store without transactions closes");
        }
    }
    let store = fixture.open();
    let read = store.begin_read().expect("a sound store begins a snapshot");
    assert_eq!(keys(read.as_ref(), S, b"", None, Order::Ascending), [[0], [1], [2], [3]]);
    assert_eq!(value(read.as_ref(), Space::Journal, &[3]), Some(vec![3; 10_000]));
}

/// The same key has a value of its own in each space.
pub fn spaces_are_disjoint(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    write(store.as_ref(), |txn| {
        Space::ALL.iter().for_each(|&space| put(txn, space, b"key", space.name().as_bytes()));
        delete(txn, Space::Unique, b"key");
    });
    let read = store.begin_read().expect("a sound store begins a snapshot");
    for space in Space::ALL {
        let expected = (space != Space::Unique).then(|| space.name().as_bytes().to_vec());
        assert_eq!(value(read.as_ref(), space, b"key"), expected);
    }
}

/// An empty value is not an absent one; an empty key is a key; a value of 1 MB comes back byte for byte.
pub fn values_of_any_size_round_trip(fixture: &dyn StoreFixture) {
    let large: Vec<u8> = (0..1_000_000_u32).map(|i| i.to_le_bytes()[usize::from(i % 7 == 0)]).collect();
    let store = fixture.open();
    write(store.as_ref(), |txn| {
        put(txn, S, b"empty", b"");
        put(txn, S, b"large", &large);
        put(txn, S, b"", b"of the empty key");
        assert_eq!(value(&*txn, S, b"empty"), Some(Vec::new()));
        assert_eq!(value(&*txn, S, b"large").as_ref(), Some(&large));
    });
    drop(store);
    let store = fixture.open();
    let read = store.begin_read().expect("a sound store begins a snapshot");
    assert_eq!(value(read.as_ref(), S, b"empty"), Some(Vec::new()));
    assert_eq!(value(read.as_ref(), S, b""), Some(b"of the empty key".to_vec()));
    assert_eq!(value(read.as_ref(), S, b"large"), Some(large));
}

/// After close every call is `Misuse`, also one on a snapshot from before; a reopened store is sound.
pub fn calls_after_close_are_misuse(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    write(store.as_ref(), |txn| put(txn, S, b"key", b"1"));
    let snapshot = store.begin_read().expect("a sound store begins a snapshot");
    assert!(value(snapshot.as_ref(), S, b"key").is_some());
    store.close().expect("a store with a snapshot alive closes");
    let misuse = Some(ErrorKind::Misuse);
    assert_eq!(store.begin_read().err().map(|e| e.kind()), misuse);
    assert_eq!(store.begin_write().err().map(|e| e.kind()), misuse);
    assert_eq!(store.close().err().map(|e| e.kind()), misuse);
    assert_eq!(store.check(Duration::ZERO).err().map(|e| e.kind()), misuse);
    assert_eq!(store.compact(Duration::ZERO).err().map(|e| e.kind()), misuse);
    assert_eq!(store.statistics(true).err().map(|e| e.kind()), misuse);
    assert_eq!(snapshot.get(S, b"key", &mut |_| ()).err().map(|e| e.kind()), misuse);
    let scanned =
        snapshot.scan(S, b"", None, Order::Ascending, &mut |_, _| unreachable!("a closed store shows nothing"));
    assert_eq!(scanned.err().map(|e| e.kind()), misuse);
    drop(snapshot);
    drop(store);
    assert_eq!(dump(fixture.open().as_ref())[S.index()].len(), 1);
}
