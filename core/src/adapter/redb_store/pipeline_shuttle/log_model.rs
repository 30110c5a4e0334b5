//! A model of log, layers, flush and reset: the store's own log, writer and pairing over a disk that forgets and a database in
//! memory, under every order of steps that shuttle tries.
//!
//! A process opens the database, commits, closes and opens it again, so that logs are begun, filled, used again and removed; a
//! thread flushes; a reader of another process looks at file and log; and before and after every step of the log there is a
//! crash, with the power or without it, from which another process recovers. SQLite's log had such a race from 3.7.0 to 3.51.2: a checkpoint and a
//! reset of the log that met lost pages. What holds is said by the assertions below. Each of the bugs that are planted is
//! found; a model that found none of them would prove nothing.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use shuttle::rand::Rng;
use shuttle::scheduler::PctScheduler;

use super::super::log::{self, LogDisk, LogFile, Measures};
use super::super::pairing::{self, Names, Pair};
use super::super::plant::{self, Bug};
use super::super::settle::{self, Look};
use super::super::{layer::Layer, open};
use super::writer::{Tuning, Writer};
use super::*;

const NAMES: Names<'static> = Names { file: "file", log: "log" };
/// Slots of three commits or of one that is long, which grow once.
const TUNING: Tuning = Tuning {
    measures: Measures { slot_bytes: 264, slots: 2, chunk_bytes: 132 },
    batch_bytes_max: 264,
    background: true,
};
/// How many commits each opening makes.
const COMMITS: u64 = 11;
const OPENINGS: u64 = 2;

/// A log as the disk has it.
#[derive(Clone, Default)]
struct File {
    /// What whoever reads it sees.
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// What was written since the last sync.
    pending: Vec<(usize, Vec<u8>)>,
}

impl File {
    fn write(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
        let end = at + written.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[at..end].copy_from_slice(written);
    }

    /// What is left when the power fails: of what was not synced, some, and some of it in part.
    fn after_a_loss_of_power(&self) -> Vec<u8> {
        let (mut bytes, mut random) = (self.durable.clone(), shuttle::rand::thread_rng());
        for (at, written) in &self.pending {
            match random.gen_range(0..4_u8) {
                0 => {}
                1 => Self::write(&mut bytes, *at, &written[..random.gen_range(0..=written.len())]),
                _ => Self::write(&mut bytes, *at, written),
            }
        }
        bytes
    }
}

/// The place of the log. Every step is one that other threads may come before, and a crash before and after.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<Logs>>);

#[derive(Default)]
struct Logs {
    files: Vec<File>,
    named: Option<usize>,
    /// The machine that crashes at every step; none for what a crash left.
    machine: Option<std::sync::Weak<Machine>>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

#[derive(Debug)]
struct Handle {
    disk: Disk,
    file: usize,
}

impl Disk {
    fn with<T>(&self, work: impl FnOnce(&mut Logs) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }

    /// A step of the process that writes.
    fn step<T>(&self, work: impl FnOnce(&mut Logs) -> T) -> T {
        self.crash();
        let done = self.with(work);
        self.crash();
        done
    }

    fn crash(&self) {
        let machine = self.with(|logs| logs.machine.as_ref().and_then(std::sync::Weak::upgrade));
        if let Some(machine) = machine {
            machine.crash_and_recover(false);
            machine.crash_and_recover(true);
        }
    }

    fn of(log: Option<Vec<u8>>) -> Self {
        let disk = Self::default();
        if let Some(seen) = log {
            disk.with(|logs| {
                logs.files.push(File { durable: seen.clone(), seen, pending: Vec::new() });
                logs.named = Some(0);
            });
        }
        disk
    }
}

impl LogDisk for Disk {
    fn name(&self) -> String {
        NAMES.log.to_owned()
    }

    fn open(&self) -> io::Result<Option<Box<dyn LogFile>>> {
        let named = self.with(|logs| logs.named);
        Ok(named.map(|file| Box::new(Handle { disk: self.clone(), file }) as Box<dyn LogFile>))
    }

    fn create(&self, content: &[u8]) -> io::Result<Box<dyn LogFile>> {
        let file = self.step(|logs| {
            assert!(logs.named.is_none(), "a log is made in the place of another");
            logs.files.push(File { seen: content.to_vec(), durable: content.to_vec(), pending: Vec::new() });
            logs.named = Some(logs.files.len() - 1);
            logs.files.len() - 1
        });
        Ok(Box::new(Handle { disk: self.clone(), file }))
    }
}

impl LogFile for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.with(|logs| logs.files[self.file].seen.len() as u64))
    }

    fn read(&self, at: u64, out: &mut [u8]) -> io::Result<()> {
        let at = usize::try_from(at).unwrap();
        self.disk.with(|logs| {
            let held = logs.files[self.file].seen.get(at..at + out.len());
            out.copy_from_slice(held.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let at = usize::try_from(at).unwrap();
        self.disk.step(|logs| {
            let file = &mut logs.files[self.file];
            File::write(&mut file.seen, at, bytes);
            file.pending.push((at, bytes.to_vec()));
        });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.step(|logs| {
            let file = &mut logs.files[self.file];
            for (at, bytes) in std::mem::take(&mut file.pending) {
                File::write(&mut file.durable, at, &bytes);
            }
        });
        Ok(())
    }

    fn is_named(&self, _: u64) -> io::Result<bool> {
        Ok(self.disk.with(|logs| logs.named == Some(self.file)))
    }

    fn remove(&self) -> io::Result<()> {
        self.disk.step(|logs| logs.named = logs.named.filter(|named| *named != self.file));
        Ok(())
    }
}

/// The machine: one database, its log, and how far the commits are.
struct Machine {
    database: Engine,
    disk: Disk,
    synced: bool,
    begun: AtomicU64,
    acknowledged: AtomicU64,
}

/// What a crash leaves.
struct Left {
    pairs: base::Pairs,
    state: Option<LogState>,
    log: Option<Vec<u8>>,
}

impl Machine {
    /// One that crashes at every step of its log, or none that does.
    fn new(synced: bool, crashes: bool) -> Arc<Self> {
        let database = Engine { file: Arc::default(), fails: 0 };
        let (last, superseded) = (LastBatch::default(), [0; 16]);
        let identity = Identity { database: [1, 2], generation: 0, salt: 0 };
        let state = LogState { identity, in_use: false, flushed: 0, last, superseded };
        database.write_state(state).unwrap();
        let (begun, acknowledged) = (AtomicU64::new(0), AtomicU64::new(0));
        let machine = Arc::new(Self { database, disk: Disk::default(), synced, begun, acknowledged });
        if crashes {
            machine.disk.with(|logs| logs.machine = Some(Arc::downgrade(&machine)));
        }
        machine
    }

    /// The process that writes: an opening after the other, each with a log of its own.
    fn write(&self) {
        let mut number = 0;
        for _ in 0..OPENINGS {
            let state = self.database.file.lock().unwrap().log.unwrap();
            let base = self.database.begin().unwrap();
            let database = self.database.clone();
            let shared = Shared::new(PathBuf::from(NAMES.file), database, base, state, TUNING.measures.slots);
            let shared = Arc::new(shared);
            let durability = if self.synced { Durability::Full } else { Durability::Relaxed };
            let mut writer = Writer::new(Box::new(self.disk.clone()), None, TUNING, durability, state.flushed);
            for _ in 0..COMMITS {
                number += 1;
                self.begun.store(number, Ordering::SeqCst);
                let mut overlay = Overlay::new();
                overlay.put(Space::Meta, b"newest", &number.to_le_bytes());
                overlay.put(Space::Record, &key(number), &number.to_le_bytes());
                if number % 4 == 1 {
                    // So long that it has a slot of its own.
                    overlay.put(Space::Schema, b"long", &[7; 120]);
                }
                writer.commit(&shared, &overlay).unwrap();
                self.acknowledged.store(number, Ordering::SeqCst);
            }
            writer.finish(&shared).unwrap();
        }
    }

    /// Another process reads: what it sees is a state after some commit, none older than what was acknowledged before.
    fn look(&self) {
        let acknowledged = self.acknowledged.load(Ordering::SeqCst);
        let begin = || {
            let file = self.database.file.lock().unwrap();
            Ok((file.pairs.clone(), file.log))
        };
        let look = |state| {
            let log = self.disk.open().unwrap();
            match pairing::pair(state, log.as_deref(), NAMES, log::read_once) {
                Ok(Pair::Alone | Pair::Spent) => Ok(Look::Whole(Layer::default())),
                Ok(Pair::Holds(held)) => Ok(Look::Whole(open::layer_of(&held.batches))),
                Err(error) => Ok(Look::Wrong(error)),
            }
        };
        // One that is too slow is told so, and asks again.
        let Ok((pairs, layer)) = settle::settled(begin, look) else { return };
        let pairs = with_layer(pairs, &layer);
        let newest = check(&pairs);
        let begun = self.begun.load(Ordering::SeqCst);
        assert!(
            (acknowledged..=begun).contains(&newest),
            "a reader sees commit {newest}, not {acknowledged} to {begun}"
        );
    }

    /// What is left when the process is killed now, or the power fails.
    fn crash(&self, power_fails: bool) -> Left {
        // The log first: what the file takes from it later is in both.
        let file = self.database.file.lock().unwrap();
        let log = self.disk.with(|logs| {
            let file = logs.named.map(|named| logs.files[named].clone());
            file.map(|file| if power_fails { file.after_a_loss_of_power() } else { file.seen })
        });
        Left { pairs: file.pairs.clone(), state: file.log, log }
    }

    /// A crash loses nothing that was acknowledged, and what it leaves opens.
    fn crash_and_recover(&self, power_fails: bool) {
        let acknowledged = self.acknowledged.load(Ordering::SeqCst);
        let left = self.crash(power_fails);
        let begun = self.begun.load(Ordering::SeqCst);
        let newest = check(&recovered(&left));
        let least = if self.synced || !power_fails { acknowledged } else { 0 };
        assert!((least..=begun).contains(&newest), "commit {newest} is there, not {least} to {begun}");
    }
}

/// The pairs of a file with those of a log over them.
fn with_layer(mut pairs: base::Pairs, layer: &Layer) -> base::Pairs {
    for space in Space::ALL {
        let newest = layer::Newest::new([layer].into_iter(), space, b"", None, crate::port::Order::Ascending);
        for entry in newest {
            match entry.value() {
                Some(value) => drop(pairs.insert((space, entry.key().to_vec()), value.to_vec())),
                None => drop(pairs.remove(&(space, entry.key().to_vec()))),
            }
        }
    }
    pairs
}

/// What the next opening makes of what a crash left.
fn recovered(left: &Left) -> base::Pairs {
    let disk = Disk::of(left.log.clone());
    let log = disk.open().unwrap();
    match pairing::pair(left.state, log.as_deref(), NAMES, log::read) {
        Ok(Pair::Alone | Pair::Spent) => left.pairs.clone(),
        Ok(Pair::Holds(held)) => with_layer(left.pairs.clone(), &open::layer_of(&held.batches)),
        Err(error) => unreachable!("what a crash leaves opens: {error}"),
    }
}

/// Whether the pairs are those after one commit, which is returned.
fn check(pairs: &base::Pairs) -> u64 {
    let held = |space, key: &[u8]| pairs.get(&(space, key.to_vec())).map(|bytes| number_of(bytes));
    let newest = held(Space::Meta, b"newest").unwrap_or(0);
    for of in 1..=KEYS {
        assert_eq!(held(Space::Record, &key(of)), newest_of(of, newest), "key of {of}, of commit {newest}");
    }
    newest
}

/// A bug is found long before, or not at all.
const PLANTED_ITERATIONS: usize = 1_000;
/// How often in a run the thread that goes first changes.
const DEPTH: usize = 5;

fn iterations() -> usize {
    #[expect(clippy::disallowed_methods, reason = "a long run says how long it is")]
    std::env::var("ITERATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(100)
}

/// Runs the model with a bug planted, or none.
fn run(bug: Option<Bug>, synced: bool) {
    #[expect(clippy::disallowed_methods, reason = "a test takes its seed from its caller")]
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_130);
    eprintln!("SEED={seed}, {bug:?}, synced {synced}");
    plant::plant(bug);
    let model = move || {
        let machine = Machine::new(synced, true);
        let start = |work: fn(&Machine)| {
            let machine = Arc::clone(&machine);
            thread::spawn(move || work(&machine))
        };
        let threads = [start(Machine::write), start(|machine| (0..8).for_each(|_| machine.look()))];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        machine.look();
        assert_eq!(check(&recovered(&machine.crash(true))), COMMITS * OPENINGS, "all of it is in the file at the end");
    };
    let iterations = if bug.is_some() { PLANTED_ITERATIONS } else { iterations() };
    let run = || {
        // One lets a thread stand still for long, as most of the bugs need; the other mixes all steps.
        Runner::new(PctScheduler::new_from_seed(seed, DEPTH, iterations), Config::default()).run(model);
        Runner::new(RandomScheduler::new_from_seed(seed, iterations / 4), Config::default()).run(model);
    };
    let outcome = catch_unwind(AssertUnwindSafe(run));
    plant::plant(None);
    match (bug, outcome) {
        (None, Err(panic)) => std::panic::resume_unwind(panic),
        (Some(bug), Ok(_)) => unreachable!("{bug:?} is not found"),
        _ => {}
    }
}

#[test]
fn no_order_of_commit_flush_reset_reader_and_crash_loses_or_mixes_commits() {
    run(None, true);
    run(None, false);
}

#[test]
fn a_slot_that_is_used_again_before_the_file_holds_its_layer_is_found() {
    run(Some(Bug::SlotFreedEarly), true);
}

#[test]
fn a_reader_that_takes_the_file_as_it_is_behind_the_log_is_found() {
    run(Some(Bug::FileReadAfterLog), true);
}

#[test]
fn a_log_that_the_file_names_after_its_first_batch_is_found() {
    run(Some(Bug::LogNamedLate), true);
}

#[test]
fn a_length_that_is_noted_before_it_is_durable_is_found() {
    run(Some(Bug::LengthNotedEarly), true);
}

#[test]
fn a_note_over_the_durable_copy_of_the_header_is_found() {
    run(Some(Bug::DurableCopyOverwritten), true);
}

#[test]
fn a_slot_that_is_filled_twice_in_a_row_is_found() {
    run(Some(Bug::LastSlotReused), true);
}

/// Two machines go on from one closed file, as a copy does; at every moment of a run, what one crash leaves is offered the
/// log of the other.
fn exchange_logs(bug: Option<Bug>) {
    plant::plant(bug);
    let model = || {
        let (one, other) = (Machine::new(true, false), Machine::new(true, false));
        let writers = [&one, &other].map(|machine| {
            let machine = Arc::clone(machine);
            thread::spawn(move || machine.write())
        });
        for _ in 0..6 {
            let (own, foreign) = (one.crash(false), other.crash(false));
            let disk = Disk::of(foreign.log);
            let log = disk.open().unwrap();
            if let Ok(Pair::Holds(held)) = pairing::pair(own.state, log.as_deref(), NAMES, log::read) {
                unreachable!("the log of a copy is taken, with {} commits", held.batches.len());
            }
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    };
    let run = || Runner::new(RandomScheduler::new_from_seed(20_261_130, iterations()), Config::default()).run(model);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    plant::plant(None);
    assert_eq!(outcome.is_err(), bug.is_some(), "{bug:?}");
}

#[test]
fn the_log_of_a_copy_is_taken_at_no_moment() {
    exchange_logs(None);
}

#[test]
fn a_salt_that_stays_when_a_log_is_begun_is_found() {
    exchange_logs(Some(Bug::SaltKept));
}
