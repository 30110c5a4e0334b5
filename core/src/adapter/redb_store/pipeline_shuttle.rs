//! The way of layers into the file under shuttle, which tries the orders in which threads can take their steps. `SEED=n`
//! repeats a run.
//!
//! A writer fills slots, seals them and takes the next, as the store's does; a thread flushes to a database that may fail or
//! panic; readers look. Whoever waits for ever is found by shuttle, as a deadlock.

use std::collections::BTreeMap;
use std::path::PathBuf;

use shuttle::scheduler::RandomScheduler;
use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::{Config, Runner, thread};
use std::sync::Arc;

use super::log::{Batch, Identity, LastBatch};
use super::state::LogState;
use super::{Durability, closed, failure, guard, layer, log, named, plant, state, statistics};
use crate::error::Result;
use crate::port::{Overlay, ReadTxn, Space};

/// Shuttle's in the place of those of the standard library.
mod sync {
    pub(super) use shuttle::sync::{Condvar, Mutex, MutexGuard};
    pub(super) use shuttle::thread;
    pub(super) use std::sync::PoisonError;
}

/// A snapshot of a database in memory.
mod base {
    use std::collections::BTreeMap;

    use super::layer::{Layer, Newest};
    use crate::error::Result;
    use crate::port::{Gap, Order, Space, Visitor};

    pub(super) type Pairs = BTreeMap<(Space, Vec<u8>), Vec<u8>>;

    pub(super) struct Base(pub(super) Pairs);

    impl Base {
        #[expect(clippy::unused_self, reason = "as the store's own")]
        pub(super) fn aside(&self) -> Option<&Layer> {
            None
        }

        #[expect(clippy::unnecessary_wraps, reason = "as the store's own")]
        pub(super) fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
            let value = self.0.get(&(space, key.to_vec()));
            if let Some(value) = value {
                visit(value);
            }
            Ok(value.is_some())
        }

        #[expect(clippy::unused_self, reason = "as the store's own")]
        pub(super) fn gaps(&self, _: Space) -> Result<Vec<Gap>> {
            unreachable!("the database of this test is not damaged")
        }

        pub(super) fn scan<'l>(
            &self,
            _: Space,
            _: (&'l [u8], Option<&'l [u8]>),
            _: Order,
            _: &dyn Fn() -> Newest<'l>,
            _: &mut Visitor<'_>,
        ) -> Result<()> {
            unreachable!("readers of this test look by key")
        }
    }
}

/// A database in memory: what is committed is there at once, whole, or the commit fails and nothing is.
mod engine {
    use std::sync::Arc;

    use super::base::{Base, Pairs};
    use super::layer::{Layer, Newest};
    use super::sync::Mutex;
    use crate::adapter::redb_store::block::Change;
    use crate::adapter::redb_store::state::LogState;
    use crate::error::{Error, ErrorKind, Result};
    use crate::port::{Order, Overlay, Space};

    #[derive(Default)]
    pub(super) struct File {
        pub(super) pairs: Pairs,
        pub(super) flushed: u64,
        pub(super) log: Option<LogState>,
        commits: u32,
    }

    #[derive(Clone)]
    pub(super) struct Engine {
        pub(super) file: Arc<Mutex<File>>,
        /// Of how many commits one fails, and every second time panics; 0 for none.
        pub(super) fails: u32,
    }

    impl Engine {
        #[expect(clippy::unnecessary_wraps, reason = "as the store's own")]
        pub(super) fn begin(&self) -> Result<Base> {
            Ok(Base(self.file.lock().unwrap().pairs.clone()))
        }

        pub(super) fn write_layers(&self, layers: &[Layer], log: LogState) -> Result<Base> {
            let newest = |space| Newest::new(layers.iter(), space, b"", None, Order::Ascending);
            let changes = Space::ALL
                .into_iter()
                .flat_map(|space| newest(space).map(move |entry| (space, (entry.key(), entry.value()))));
            self.commit(log, changes)
        }

        pub(super) fn write_overlay(&self, overlay: &Overlay, _parted: bool, log: LogState) -> Result<Base> {
            let changes =
                Space::ALL.into_iter().flat_map(|space| overlay.iter(space).map(move |change| (space, change)));
            self.commit(log, changes)
        }

        /// What fails here leaves no trace.
        pub(super) fn is_ahead(&self) -> bool {
            false
        }

        pub(super) fn write_state(&self, log: LogState) -> Result<()> {
            self.commit(log, std::iter::empty()).map(drop)
        }

        fn commit<'c>(&self, log: LogState, changes: impl Iterator<Item = (Space, Change<'c>)>) -> Result<Base> {
            let mut file = self.file.lock().unwrap();
            file.commits += 1;
            if self.fails != 0 && file.commits.is_multiple_of(self.fails) {
                let panics = file.commits.is_multiple_of(2 * self.fails);
                drop(file);
                assert!(!panics, "the database panics");
                return Err(Error::new(ErrorKind::Io, "the database fails"));
            }
            let held = file.flushed;
            assert!(held <= log.flushed, "commits {held} to {} would be replayed over later ones", log.flushed);
            file.flushed = log.flushed;
            file.log = Some(log);
            for (space, (key, value)) in changes {
                match value {
                    Some(value) => drop(file.pairs.insert((space, key.to_vec()), value.to_vec())),
                    None => drop(file.pairs.remove(&(space, key.to_vec()))),
                }
            }
            Ok(Base(file.pairs.clone()))
        }
    }
}

#[expect(clippy::duplicate_mod, reason = "the same source over another database")]
#[expect(dead_code, reason = "what has nothing to do with the hand-over is not called here")]
#[path = "pipeline.rs"]
mod pipeline;
#[expect(clippy::duplicate_mod, reason = "the same source over another database")]
#[path = "view.rs"]
mod view;
#[expect(clippy::duplicate_mod, reason = "the same source over another database")]
#[expect(dead_code, reason = "what has nothing to do with commits is not called here")]
#[path = "writer.rs"]
mod writer;

mod log_model;

use base::Base;
use engine::{Engine, File};
use pipeline::Shared;
use sync::Mutex;

const SLOTS: u32 = 2;
/// How many commits fill a slot.
const SLOT_COMMITS: usize = 2;
const COMMITS: u64 = 7;
/// How many keys the commits go round.
const KEYS: u64 = 3;

struct World {
    shared: Shared,
    /// What the log holds, by slot.
    log: Mutex<BTreeMap<u32, Vec<u64>>>,
    acknowledged: AtomicU64,
}

/// The key that a commit writes its number to.
fn key(number: u64) -> [u8; 1] {
    [u8::try_from(number % KEYS).unwrap()]
}

fn last_batch(sequence: u64) -> LastBatch {
    LastBatch { sequence, ..LastBatch::default() }
}

/// The newest commit up to `number` that wrote the same key as `of`.
fn newest_of(of: u64, number: u64) -> Option<u64> {
    (1..=number).rev().find(|other| key(*other) == key(of))
}

impl World {
    fn new(fails: u32) -> Self {
        let engine = Engine { file: Arc::new(Mutex::new(File::default())), fails };
        let base = Base(base::Pairs::new());
        let identity = Identity { database: [1, 2], generation: 1, salt: 3 };
        let (last, superseded) = (LastBatch::default(), [0; 16]);
        let state = LogState { identity, in_use: true, flushed: 0, last, superseded };
        let shared = Shared::new(PathBuf::from("shuttle"), engine, base, state, SLOTS);
        Self { shared, log: Mutex::default(), acknowledged: AtomicU64::new(0) }
    }

    fn file<T>(&self, look: impl FnOnce(&File) -> T) -> T {
        look(&self.shared.engine.file.lock().unwrap())
    }

    /// A failed flush is tried again when somebody asks again.
    fn until_done<T>(&self, ask: impl Fn(&Shared) -> Result<T>) -> T {
        loop {
            if let Ok(done) = ask(&self.shared) {
                return done;
            }
        }
    }

    fn take_slot(&self) -> u32 {
        let slot = self.until_done(|shared| shared.take_slot(false));
        let lost = self.log.lock().unwrap().insert(slot, Vec::new()).unwrap_or_default();
        let flushed = self.file(|file| file.flushed);
        assert!(lost.iter().all(|number| *number <= flushed), "slot {slot} is used again, commits {lost:?} are lost");
        slot
    }

    fn write(&self, closing: Closing) {
        let mut slot = self.take_slot();
        for number in 1..=COMMITS {
            if self.log.lock().unwrap()[&slot].len() == SLOT_COMMITS {
                self.shared.seal(last_batch(number - 1), slot);
                slot = self.take_slot();
            }
            self.log.lock().unwrap().get_mut(&slot).unwrap().push(number);
            let mut overlay = Overlay::new();
            overlay.put(Space::Meta, b"newest", &number.to_le_bytes());
            overlay.put(Space::Record, &key(number), &number.to_le_bytes());
            self.shared.show(&Batch::unmarked(number, &overlay));
            self.acknowledged.store(number, Ordering::SeqCst);
        }
        if closing == Closing::Drained {
            self.shared.seal(last_batch(COMMITS), slot);
            self.until_done(|shared| shared.drain(false));
            assert_eq!(self.file(|file| file.flushed), COMMITS);
        }
        self.shared.end();
    }

    /// A snapshot shows what was acknowledged when it began, and nothing of it changes.
    fn look(&self) {
        let acknowledged = self.acknowledged.load(Ordering::SeqCst);
        let snapshot = self.shared.snapshot().unwrap();
        let newest = number_at(&snapshot, Space::Meta, b"newest").unwrap_or(0);
        assert!(newest >= acknowledged, "commit {newest} is shown, {acknowledged} was acknowledged");
        for of in 1..=KEYS {
            let found = number_at(&snapshot, Space::Record, &key(of));
            assert_eq!(found, newest_of(of, newest), "key of {of}, of commit {newest}");
        }
        assert_eq!(number_at(&snapshot, Space::Meta, b"newest").unwrap_or(0), newest);
    }

    /// What a crash would leave holds everything that was acknowledged before it.
    fn crash(&self) {
        let acknowledged = self.acknowledged.load(Ordering::SeqCst);
        let log: Vec<u64> = self.log.lock().unwrap().values().flatten().copied().collect();
        let flushed = self.file(|file| {
            let held = file.pairs.get(&(Space::Meta, b"newest".to_vec()));
            assert_eq!(held.map_or(0, |bytes| number_of(bytes)), file.flushed, "the file and what it says of itself");
            file.flushed
        });
        let lost: Vec<u64> = (flushed + 1..=acknowledged).filter(|number| !log.contains(number)).collect();
        assert!(lost.is_empty(), "commits {lost:?} are neither in the log nor in the file");
    }
}

fn number_of(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap())
}

fn number_at(snapshot: &view::Snapshot, space: Space, key: &[u8]) -> Option<u64> {
    let mut found = None;
    snapshot.get(space, key, &mut |bytes| found = Some(number_of(bytes))).unwrap();
    found
}

/// How the writer leaves off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    /// It waits until everything is in the file.
    Drained,
    /// It ends the thread at once; the log keeps the rest.
    Ended,
}

fn run(fails: u32, closing: Closing) {
    #[expect(clippy::disallowed_methods, reason = "a test takes its seed from its caller")]
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    eprintln!("SEED={seed}");
    Runner::new(RandomScheduler::new_from_seed(seed, 2_000), Config::default()).run(move || {
        let world = Arc::new(World::new(fails));
        let start = |work: Box<dyn FnOnce(&World) + Send>| {
            let world = Arc::clone(&world);
            thread::spawn(move || work(&world))
        };
        let threads = [
            start(Box::new(|world| world.shared.flush_until_the_end())),
            start(Box::new(move |world| world.write(closing))),
            start(Box::new(|world| (0..4).for_each(|_| world.look()))),
            start(Box::new(|world| (0..4).for_each(|_| world.crash()))),
        ];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        world.look();
        world.crash();
        if closing == Closing::Drained {
            assert_eq!(world.shared.flushes_waiting(), 0);
        }
    });
}

#[test]
fn no_order_of_steps_loses_a_commit_between_a_layer_and_the_file() {
    run(0, Closing::Drained);
    run(0, Closing::Ended);
}

#[test]
fn no_order_of_steps_loses_a_commit_when_flushes_fail() {
    run(2, Closing::Drained);
    run(3, Closing::Ended);
}
