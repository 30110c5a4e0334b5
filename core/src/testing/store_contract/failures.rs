//! What is left when a call fails.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::{StoreFixture, dump, put, write};
use crate::error::{ErrorKind, Result};
use crate::port::{Order, Space, Store};
use crate::testing::{FaultPlan, FaultStore};

/// A transaction with every call of the port.
fn change(store: &dyn Store) -> Result<()> {
    let mut txn = store.begin_write()?;
    txn.get(Space::Meta, b"counter", &mut |_| ())?;
    txn.put(Space::Meta, b"counter", b"2")?;
    txn.delete(Space::Record, b"old")?;
    txn.put(Space::Record, b"new", b"record")?;
    txn.scan(Space::Record, b"", None, Order::Ascending, &mut |_, _| Ok(ControlFlow::Continue(())))?;
    txn.put(Space::Journal, b"2", b"entry")?;
    txn.commit()?;
    store.begin_read().map(drop)
}

fn prepared(fixture: &dyn StoreFixture) -> FaultStore {
    let store = FaultStore::new(fixture.open());
    write(&store, |txn| {
        put(txn, Space::Meta, b"counter", b"1");
        put(txn, Space::Record, b"old", b"record");
        put(txn, Space::Journal, b"1", b"entry");
    });
    store
}

/// Whichever call fails, the committed state stays as it was, and the store works on.
pub fn a_failed_call_leaves_the_committed_state(fixture: &dyn StoreFixture) {
    let store = prepared(fixture);
    let before = dump(&store);
    for call in 1..=8 {
        for plan in [
            FaultPlan::FailOnce { call, kind: ErrorKind::Io },
            FaultPlan::FailFrom { call, kind: ErrorKind::DiskFull },
            FaultPlan::Busy { commit: 1, times: 1 },
        ] {
            store.follow(plan);
            assert!(change(&store).is_err(), "{plan:?}");
            store.heal();
            assert_eq!(dump(&store), before, "{plan:?}");
        }
    }
    store.heal();
    change(&store).expect("a healed store works");
    assert_eq!(store.calls(), 9, "each call of the change was made to fail, but for the read after it");
    assert_ne!(dump(&store), before);
}

/// A commit that is cut lands as a whole or not at all, and what landed survives.
pub fn a_cut_commit_lands_whole_or_not_at_all(fixture: &dyn StoreFixture) {
    let store = prepared(fixture);
    let before = dump(&store);
    store.follow(FaultPlan::CutBefore { commit: 1 });
    assert_eq!(change(&store).err().map(|e| e.kind()), Some(ErrorKind::Io));
    drop(store);
    let store = FaultStore::new(fixture.open());
    assert_eq!(dump(&store), before);

    store.follow(FaultPlan::CutAfter { commit: 1 });
    assert_eq!(change(&store).err().map(|e| e.kind()), Some(ErrorKind::Io));
    drop(store);
    let store: Arc<dyn Store> = fixture.open();
    let after = dump(store.as_ref());
    assert_eq!(after[Space::Meta.index()], [(b"counter".to_vec(), b"2".to_vec())]);
    assert_eq!(after[Space::Record.index()], [(b"new".to_vec(), b"record".to_vec())]);
    assert_eq!(after[Space::Journal.index()].len(), 2);
}
