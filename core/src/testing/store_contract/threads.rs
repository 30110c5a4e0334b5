//! What threads that share a store see of each other.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{StoreFixture, put, value, write};
use crate::error::{ErrorKind, Result};
use crate::port::{Space, Store};

const READERS: u8 = 3;
const COMMITS: u8 = 30;
const WRITERS: u8 = 3;
const YIELDS: u32 = 20;
const TRIES_MAX: u32 = 100_000;

/// Readers see each commit whole or not at all, and never an older state after a newer one.
pub fn readers_see_whole_commits_while_a_writer_works(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    write(store.as_ref(), |txn| write_round(txn, 0));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(Ordering::Acquire) {
                    last = read_round(store.as_ref(), last);
                }
                assert_eq!(read_round(store.as_ref(), last), COMMITS, "the last commit is seen at the end");
            });
        }
        // Set however the writer ends, for a panic here must not leave the readers running.
        let _done = SetOnDrop(&done);
        (1..=COMMITS).for_each(|round| write(store.as_ref(), |txn| write_round(txn, round)));
    });
}

struct SetOnDrop<'d>(&'d AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn write_round(txn: &mut dyn crate::port::WriteTxn, round: u8) {
    for space in Space::ALL {
        put(txn, space, b"round", &[round]);
    }
}

fn read_round(store: &dyn Store, last: u8) -> u8 {
    let read = store.begin_read().expect("a sound store begins a snapshot");
    let seen = value(read.as_ref(), Space::Meta, b"round");
    for space in Space::ALL {
        assert_eq!(value(read.as_ref(), space, b"round"), seen, "a commit is seen whole");
    }
    let round = seen.and_then(|bytes| bytes.first().copied()).expect("the first round was committed before");
    assert!(round >= last, "time does not run backwards: round {round} after {last}");
    round
}

/// Writers that read, add one and write, again when they are told `Busy`, add up.
pub fn no_update_of_two_writers_is_lost(fixture: &dyn StoreFixture) {
    let store = fixture.open();
    let start = Barrier::new(usize::from(WRITERS));
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                start.wait();
                (0..COMMITS).for_each(|_| add_one_until_it_lands(store.as_ref()));
            });
        }
    });
    let read = store.begin_read().expect("a sound store begins a snapshot");
    assert_eq!(value(read.as_ref(), Space::Meta, b"sum"), Some(vec![WRITERS * COMMITS]));
}

fn add_one_until_it_lands(store: &dyn Store) {
    for _ in 0..TRIES_MAX {
        match add_one(store) {
            Ok(()) => return,
            Err(e) => assert_eq!(e.kind(), ErrorKind::Busy, "{e}"),
        }
        thread::yield_now();
    }
    unreachable!("{TRIES_MAX} tries were all busy, though each is because another writer landed");
}

fn add_one(store: &dyn Store) -> Result<()> {
    let mut txn = store.begin_write()?;
    let sum = value(txn.as_ref(), Space::Meta, b"sum").map_or(0, |bytes| bytes[0]);
    // Lets another writer come between the read and the write, if the store does.
    for _ in 0..YIELDS {
        thread::yield_now();
    }
    txn.put(Space::Meta, b"sum", &[sum + 1])?;
    txn.commit()
}
