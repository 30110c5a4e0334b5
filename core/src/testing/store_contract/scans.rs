//! What a scan shows, on a snapshot and on a transaction that wrote half of it.

use std::ops::ControlFlow;

use super::{StoreFixture, keys, put, write};
use crate::error::{Error, ErrorKind};
use crate::port::{Order, ReadTxn, Space};

const S: Space = Space::Index;
const UP: Order = Order::Ascending;
const DOWN: Order = Order::Descending;

/// Shows `check` the pairs twice: all committed, and every second one as the transaction's own write.
fn on_both(fixture: &dyn StoreFixture, keys: &[&[u8]], check: &dyn Fn(&dyn ReadTxn)) {
    let store = fixture.open();
    write(store.as_ref(), |txn| keys.iter().step_by(2).for_each(|key| put(txn, S, key, b"v")));
    write(store.as_ref(), |txn| {
        keys.iter().skip(1).step_by(2).for_each(|key| put(txn, S, key, b"v"));
        check(txn);
    });
    check(store.begin_read().expect("a sound store begins a snapshot").as_ref());
}

/// A scan shows `from <= key < until`.
pub fn a_scan_is_half_open(fixture: &dyn StoreFixture) {
    on_both(fixture, &[b"a", b"b", b"bb", b"c", b"d"], &|txn| {
        assert_eq!(keys(txn, S, b"b", Some(b"d"), UP), [&b"b"[..], b"bb", b"c"]);
        assert_eq!(keys(txn, S, b"b", Some(b"d"), DOWN), [&b"c"[..], b"bb", b"b"]);
        assert_eq!(keys(txn, S, b"b", Some(b"b\0"), UP), [b"b"]);
        assert_eq!(keys(txn, S, b"b\0", Some(b"c"), DOWN), [b"bb"]);
        assert_eq!(keys(txn, S, b"bb", None, UP), [&b"bb"[..], b"c", b"d"]);
        assert_eq!(keys(txn, S, b"", Some(b"bb"), DOWN), [b"b", b"a"]);
        assert_eq!(keys(txn, S, b"e", None, UP).len(), 0);
    });
}

/// Keys are in the order of unsigned bytes, a prefix before what it begins, or in the reverse of that.
pub fn a_scan_goes_by_unsigned_bytes_in_both_orders(fixture: &dyn StoreFixture) {
    let sorted: [&[u8]; 9] = [b"", b"\0", b"\0\0", b"\0\xff", b"a", b"\x7f", b"\x80", b"\xff", b"\xff\xff"];
    on_both(fixture, &sorted, &|txn| {
        assert_eq!(keys(txn, S, b"", None, UP), sorted);
        let reversed: Vec<&[u8]> = sorted.iter().rev().copied().collect();
        assert_eq!(keys(txn, S, b"", None, DOWN), reversed);
        assert_eq!(keys(txn, S, b"\x7f", Some(b"\xff"), DOWN), [b"\x80", b"\x7f"]);
    });
}

/// A scan shows nothing more once its visitor breaks, wherever that is.
pub fn a_scan_stops_on_break(fixture: &dyn StoreFixture) {
    let all: [&[u8]; 5] = [b"a", b"b", b"c", b"d", b"e"];
    on_both(fixture, &all, &|txn| {
        for (order, limit) in [UP, DOWN].into_iter().flat_map(|order| (1..=5).map(move |limit| (order, limit))) {
            let mut shown = 0;
            let result = txn.scan(S, b"", None, order, &mut |_, _| {
                shown += 1;
                Ok(if shown == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            });
            assert!(result.is_ok(), "a break is not an error");
            assert_eq!(shown, limit);
        }
    });
}

/// An error of the visitor ends the scan and comes back as it is.
pub fn a_scan_returns_the_error_of_its_visitor(fixture: &dyn StoreFixture) {
    on_both(fixture, &[b"a", b"b", b"c", b"d"], &|txn| {
        for (order, at) in [UP, DOWN].into_iter().flat_map(|order| (1..=4).map(move |at| (order, at))) {
            let mut shown = 0;
            let result = txn.scan(S, b"", None, order, &mut |_, _| {
                shown += 1;
                if shown == at {
                    Err(Error::new(ErrorKind::Cancelled, "enough"))
                } else {
                    Ok(ControlFlow::Continue(()))
                }
            });
            assert_eq!(result.err().map(|e| (e.kind(), e.message().to_owned())), {
                Some((ErrorKind::Cancelled, "enough".to_owned()))
            });
            assert_eq!(shown, at);
        }
    });
}

/// A range whose end is not after its beginning shows nothing.
pub fn empty_and_reversed_ranges_show_nothing(fixture: &dyn StoreFixture) {
    on_both(fixture, &[b"", b"a", b"b", b"c"], &|txn| {
        for order in [UP, DOWN] {
            for (from, until) in [(&b"a"[..], &b"a"[..]), (b"c", b"a"), (b"", b""), (b"aa", b"ab"), (b"b", b"")] {
                assert!(keys(txn, S, from, Some(until), order).is_empty());
            }
            assert!(keys(txn, Space::Unique, b"", None, order).is_empty());
        }
    });
}
