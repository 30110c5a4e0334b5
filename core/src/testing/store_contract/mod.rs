//! The promises of the store port, one function each, for every store to keep.

mod basics;
mod failures;
mod model;
mod operations;
mod scans;
mod threads;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::port::{Order, ReadTxn, Space, Store, WriteTxn};

pub use basics::*;
pub use failures::*;
pub use model::*;
pub use operations::*;
pub use scans::*;
pub use threads::*;

/// A place for one store, empty at first, that can be opened again after the store was dropped.
pub trait StoreFixture {
    /// Opens the store of the place. The one opened before is dropped by then.
    fn open(&self) -> Arc<dyn Store>;
}

/// A function that panics when a store breaks its promise. The fixture is a fresh one.
pub type Promise = fn(&dyn StoreFixture);

/// Every promise by its name.
pub const PROMISES: &[(&str, Promise)] = &[
    ("a_fresh_store_is_empty", a_fresh_store_is_empty),
    ("the_last_put_wins", the_last_put_wins),
    (
        "a_deleted_key_is_gone_and_one_that_was_never_there_no_error",
        a_deleted_key_is_gone_and_one_that_was_never_there_no_error,
    ),
    ("own_writes_are_visible", own_writes_are_visible),
    ("a_snapshot_never_changes", a_snapshot_never_changes),
    ("undoing_goes_back_to_the_mark", undoing_goes_back_to_the_mark),
    ("drop_aborts", drop_aborts),
    ("a_commit_survives_reopen", a_commit_survives_reopen),
    ("spaces_are_disjoint", spaces_are_disjoint),
    ("values_of_any_size_round_trip", values_of_any_size_round_trip),
    ("calls_after_close_are_misuse", calls_after_close_are_misuse),
    ("a_check_finds_nothing_in_a_sound_store", a_check_finds_nothing_in_a_sound_store),
    ("compacting_changes_nothing_that_is_committed", compacting_changes_nothing_that_is_committed),
    (
        "a_snapshot_outlives_check_and_compact_or_keeps_them_off",
        a_snapshot_outlives_check_and_compact_or_keeps_them_off,
    ),
    ("statistics_count_commits_and_name_the_spaces", statistics_count_commits_and_name_the_spaces),
    ("statistics_of_a_compacted_store_find_what_is_there", statistics_of_a_compacted_store_find_what_is_there),
    ("a_scan_is_half_open", a_scan_is_half_open),
    ("a_scan_goes_by_unsigned_bytes_in_both_orders", a_scan_goes_by_unsigned_bytes_in_both_orders),
    ("a_scan_stops_on_break", a_scan_stops_on_break),
    ("a_scan_returns_the_error_of_its_visitor", a_scan_returns_the_error_of_its_visitor),
    ("empty_and_reversed_ranges_show_nothing", empty_and_reversed_ranges_show_nothing),
    ("a_failed_call_leaves_the_committed_state", a_failed_call_leaves_the_committed_state),
    ("a_cut_commit_lands_whole_or_not_at_all", a_cut_commit_lands_whole_or_not_at_all),
    ("readers_see_whole_commits_while_a_writer_works", readers_see_whole_commits_while_a_writer_works),
    ("no_update_of_two_writers_is_lost", no_update_of_two_writers_is_lost),
    ("a_store_behaves_like_a_sorted_map", a_store_behaves_like_a_sorted_map),
];

/// Holds a store to every promise, each on a fixture of its own. `started` hears each promise's name before it runs.
pub fn run_all(make: &dyn Fn() -> Box<dyn StoreFixture>, mut started: impl FnMut(&'static str)) {
    for (name, promise) in PROMISES {
        started(name);
        promise(make().as_ref());
    }
}

/// A pair of a key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// The value of a key, copied.
pub fn value(txn: &(impl ReadTxn + ?Sized), space: Space, key: &[u8]) -> Option<Vec<u8>> {
    let mut value = None;
    let there =
        txn.get(space, key, &mut |bytes| value = Some(bytes.to_vec())).expect("a get of a sound store succeeds");
    assert_eq!(there, value.is_some(), "get says whether it showed a value");
    value
}

/// The pairs that a scan shows, copied.
pub fn pairs(
    txn: &(impl ReadTxn + ?Sized),
    space: Space,
    from: &[u8],
    until: Option<&[u8]>,
    order: Order,
) -> Vec<Pair> {
    let mut pairs = Vec::new();
    txn.scan(space, from, until, order, &mut |key, value| {
        pairs.push((key.to_vec(), value.to_vec()));
        Ok(ControlFlow::Continue(()))
    })
    .expect("a scan of a sound store succeeds");
    pairs
}

/// Everything that is committed, by space.
pub fn dump(store: &dyn Store) -> Vec<Vec<Pair>> {
    let read = store.begin_read().expect("a sound store begins a snapshot");
    Space::ALL.iter().map(|&space| pairs(read.as_ref(), space, b"", None, Order::Ascending)).collect()
}

/// Runs `work` in a transaction and commits it.
pub(super) fn write(store: &dyn Store, work: impl FnOnce(&mut dyn WriteTxn)) {
    let mut txn = store.begin_write().expect("a sound store begins a transaction");
    work(txn.as_mut());
    txn.commit().expect("an undisturbed commit succeeds");
}

pub(super) fn put(txn: &mut dyn WriteTxn, space: Space, key: &[u8], value: &[u8]) {
    txn.put(space, key, value).expect("a put to a sound store succeeds");
}

pub(super) fn delete(txn: &mut dyn WriteTxn, space: Space, key: &[u8]) {
    txn.delete(space, key).expect("a delete from a sound store succeeds");
}

/// The keys that a scan shows, for comparison with literals.
pub fn keys(
    txn: &(impl ReadTxn + ?Sized),
    space: Space,
    from: &[u8],
    until: Option<&[u8]>,
    order: Order,
) -> Vec<Vec<u8>> {
    pairs(txn, space, from, until, order).into_iter().map(|(key, _)| key).collect()
}
