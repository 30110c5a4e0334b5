//! Snapshots of a file that another process writes, under shuttle: whatever the order of steps, no page that a snapshot shows
//! is used again while it lives, though nobody locks the header. `SEED=n` repeats a run.
//!
//! The header, its three copies and the locks are the store's own source. The writer stands for redb: it writes a page for each
//! transaction, frees that of the one before, and uses a free page again when no pin says otherwise. Writes are torn: half of
//! the bytes are there before the other half.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex as StdMutex};

use redb::{BackendError, StorageBackend};
use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, Runner, thread};

use super::failure;
use super::pages::{CheckedPages, Header, Instance, PAGE, published};
use crate::error::Result;

const TRANSACTIONS: u64 = 6;
const LEN: u64 = 64 * PAGE;

/// The file, and who holds which byte of it. No lock of it is held while another thread may run.
#[derive(Debug, Default)]
struct Shared {
    bytes: StdMutex<Vec<u8>>,
    /// Of each byte the processes that have it locked.
    locks: StdMutex<BTreeMap<u64, Vec<u32>>>,
}

/// The file as one process has it open.
#[derive(Debug, Clone)]
struct Opened {
    shared: Arc<Shared>,
    process: u32,
}

impl Opened {
    fn write_part(&self, at: usize, data: &[u8]) {
        let mut bytes = self.shared.bytes.lock().unwrap();
        let len = bytes.len().max(at + data.len());
        bytes.resize(len, 0);
        bytes[at..at + data.len()].copy_from_slice(data);
    }
}

fn place(bound: Bound<u64>) -> u64 {
    match bound {
        Bound::Included(at) => at,
        other => unreachable!("the store names the bytes that it locks, not {other:?}"),
    }
}

impl StorageBackend for Opened {
    fn len(&self) -> io::Result<u64> {
        Ok(self.shared.bytes.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let at = usize::try_from(offset).unwrap();
        let half = out.len() / 2;
        for range in [0..half, half..out.len()] {
            thread::yield_now();
            let bytes = self.shared.bytes.lock().unwrap();
            out[range.clone()].copy_from_slice(&bytes[at..][range]);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.shared.bytes.lock().unwrap().resize(usize::try_from(len).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let at = usize::try_from(offset).unwrap();
        let half = data.len() / 2;
        for range in [0..half, half..data.len()] {
            thread::yield_now();
            self.write_part(at + range.start, &data[range]);
        }
        Ok(())
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, _: Bound<u64>) -> std::result::Result<bool, BackendError> {
        thread::yield_now();
        self.shared.locks.lock().unwrap().entry(place(start)).or_default().push(self.process);
        Ok(true)
    }

    fn unlock_range(&self, start: Bound<u64>, _: Bound<u64>) -> std::result::Result<(), BackendError> {
        let mut locks = self.shared.locks.lock().unwrap();
        locks.entry(place(start)).or_default().retain(|process| *process != self.process);
        Ok(())
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> std::result::Result<bool, BackendError> {
        thread::yield_now();
        let locks = self.shared.locks.lock().unwrap();
        let held = locks.range(place(start)..=place(end)).flat_map(|(_, held)| held);
        Ok(held.into_iter().any(|process| *process != self.process))
    }
}

/// A header of redb: the two transactions, the newer of them in one of two slots, and whether it is known to be on the disk.
fn header(newer: u64, older: u64, is_unflushed: bool) -> Header {
    let mut header = [0; 320];
    let primary = newer % 2;
    header[9] = u8::try_from(primary).unwrap() | if is_unflushed { 8 } else { 0 };
    for (slot, transaction) in [(primary, newer), (1 - primary, older)] {
        let at = usize::try_from(64 + 128 * slot + 104).unwrap();
        header[at..at + 8].copy_from_slice(&transaction.to_le_bytes());
    }
    header
}

/// The page that a transaction is read from, kept in the header where redb has a root.
fn with_page(mut header: Header, pages: [u64; 2]) -> Header {
    for (slot, page) in pages.into_iter().enumerate() {
        let at = 64 + 128 * slot;
        header[at + 1] = 1;
        header[at + 8..at + 16].copy_from_slice(&page.to_le_bytes());
    }
    header
}

fn content(transaction: u64) -> Vec<u8> {
    transaction.to_le_bytes().repeat(usize::try_from(PAGE).unwrap() / 8)
}

/// Writes transactions as redb does, each in the order of its steps.
struct Writer {
    instance: Instance,
    /// The pages of the newest two transactions, by their slot.
    roots: [u64; 2],
    /// Pages that a transaction freed.
    freed: Vec<(u64, u64)>,
    free: Vec<u64>,
    next_page: u64,
}

impl Writer {
    fn new(shared: &Arc<Shared>) -> Self {
        let pages = CheckedPages::writable(Opened { shared: Arc::clone(shared), process: 0 }, "m".to_owned());
        let instance = Instance::main(&pages);
        instance.set_len(LEN).unwrap();
        let mut writer = Self { instance, roots: [1, 1], freed: Vec::new(), free: Vec::new(), next_page: 2 };
        writer.instance.write(PAGE, &content(1)).unwrap();
        writer.publish(1, 0);
        writer
    }

    fn publish(&mut self, newer: u64, older: u64) {
        for (header, is_synced) in [
            (header(older, newer, false), true),
            (header(newer, older, true), true),
            (header(newer, older, false), false),
        ] {
            self.instance.write(0, &with_page(header, self.roots)).unwrap();
            if is_synced {
                self.instance.sync_data().unwrap();
            }
        }
    }

    fn commit(&mut self, transaction: u64) {
        // The oldest pin decides what is freed; without any it is all that was freed before this transaction.
        let pin = |id: u64| Bound::Included((1 << 62) + 1024 + id);
        let oldest = (0..transaction).find(|id| self.instance.query_lock_range(pin(*id), pin(*id)).unwrap());
        let free_until = oldest.map_or(transaction, |id| id + 1);
        let (freed, kept) = self.freed.iter().partition(|(by, _)| *by < free_until);
        self.freed = kept;
        self.free.extend(Vec::<(u64, u64)>::into_iter(freed).map(|(_, page)| page));
        let page = self.free.pop().unwrap_or_else(|| {
            self.next_page += 1;
            self.next_page - 1
        });
        self.instance.write(page * PAGE, &content(transaction)).unwrap();
        let before = usize::try_from((transaction - 1) % 2).unwrap();
        self.freed.push((transaction, self.roots[before]));
        self.roots[1 - before] = page;
        self.publish(transaction, transaction - 1);
    }
}

/// Takes snapshots, and finds in each the page of its transaction as long as it lives.
fn read(shared: &Arc<Shared>, process: u32) {
    let pages = CheckedPages::read_only(Opened { shared: Arc::clone(shared), process }, "m".to_owned());
    for _ in 0..3 {
        let pinned: Result<_> = pages.pin_newest().map_err(failure::of_io);
        let (header, _pin) = match pinned {
            Ok(pinned) => pinned,
            Err(error) => {
                assert!(failure::has_moved(&error), "{error}");
                continue;
            }
        };
        let slot = published(&header);
        for _ in 0..3 {
            let mut found = content(0);
            pages.read(slot.tables.unwrap() * PAGE, &mut found).expect("what a snapshot shows is there");
            assert_eq!(found, content(slot.transaction), "the page of transaction {} was used again", slot.transaction);
        }
    }
}

#[test]
fn no_order_of_steps_takes_a_page_from_a_snapshot() {
    #[expect(clippy::disallowed_methods, reason = "a test takes its seed from its caller")]
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_201);
    eprintln!("SEED={seed}");
    let rounds = crate::testing::random::from_environment("ORDERS").unwrap_or(1_500);
    let scheduler = RandomScheduler::new_from_seed(seed, usize::try_from(rounds).unwrap());
    Runner::new(scheduler, Config::default()).run(|| {
        let shared = Arc::new(Shared::default());
        let mut writer = Writer::new(&shared);
        let readers: Vec<_> = (1..3)
            .map(|process| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || read(&shared, process))
            })
            .collect();
        (2..=TRANSACTIONS).for_each(|transaction| writer.commit(transaction));
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}
