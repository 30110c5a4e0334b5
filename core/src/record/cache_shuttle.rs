//! The cache under shuttle, which tries the orders in which threads can take their steps. `SEED=n` repeats a run.
//!
//! One writer tells the cache of its commits, of which some fail and some answer an error though they are in force;
//! another writer tells nobody. Readers take snapshots and compare what the cache says with what the snapshot holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use shuttle::scheduler::RandomScheduler;
use shuttle::sync::Mutex;
use shuttle::{Config, Runner, thread};

use super::{Draft, Header, Record, layout, record_ref};
use crate::domain::{EntityKind, Instant};

/// Shuttle's in the place of those of the standard library.
mod sync {
    pub(super) use shuttle::sync::atomic::{AtomicU64, Ordering};
    pub(super) use shuttle::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
    pub(super) use std::sync::PoisonError;
}

#[expect(clippy::duplicate_mod, unreachable_pub, reason = "the same source over other locks")]
#[path = "cache/mod.rs"]
mod cache;

use cache::Cache;

const CUSTOMER: EntityKind = EntityKind::Customer;
const IDS: [u64; 2] = [1, 2];

/// What is committed: the head of the journal, and the head behind the last change of each record.
#[derive(Clone)]
struct State {
    head: u64,
    records: BTreeMap<u64, u64>,
}

impl State {
    fn change(&mut self, id: u64) {
        self.head += 1;
        self.records.insert(id, self.head);
    }
}

struct World {
    cache: Cache,
    state: Mutex<State>,
    /// The head behind the last change of each record of which the writer that tells was told that it is in force.
    told: Mutex<BTreeMap<u64, u64>>,
}

fn record(id: u64, sequence: u64) -> Record {
    let at = Instant::from_us(0).unwrap();
    let header = Header { entity: CUSTOMER, id, revision: 1, sequence, created_at: at, updated_at: at };
    Record::encode(&Draft { header, values: BTreeMap::new() }).unwrap()
}

#[derive(Clone, Copy)]
enum Fate {
    InForce,
    Failed,
    /// It is in force, but its caller gets an error.
    InDoubt,
}

/// Commits change after change, as the kernel does.
fn write(world: &World, changes: &[(u64, Fate)]) {
    for (id, fate) in changes {
        let before = world.state.lock().unwrap().head;
        let turn = world.cache.begin(before, before + 1, &[(CUSTOMER, *id)]);
        let committed = {
            let mut state = world.state.lock().unwrap();
            let first = state.head == before; // Otherwise the store answers `Busy`.
            if first && !matches!(fate, Fate::Failed) {
                state.change(*id);
            }
            first
        };
        if committed && matches!(fate, Fate::InForce) {
            turn.end();
            world.told.lock().unwrap().insert(*id, before + 1);
        }
    }
}

fn read(world: &World, times: usize) {
    for _ in 0..times {
        let told = world.told.lock().unwrap().clone();
        for id in IDS {
            if let Some(newest) = world.cache.newest(CUSTOMER, id) {
                assert!(newest.header().sequence >= told.get(&id).copied().unwrap_or(0), "a change was lost");
            }
        }
        let snapshot = world.state.lock().unwrap().clone();
        world.cache.see(snapshot.head);
        for id in IDS {
            let wanted = snapshot.records[&id];
            match world.cache.get(CUSTOMER, id, snapshot.head) {
                Some(found) => assert_eq!(found.header().sequence, wanted, "the cache shows another version"),
                None => world.cache.keep(&record(id, wanted), snapshot.head),
            }
        }
    }
}

fn run(iterations: usize, scenario: impl Fn(&Arc<World>) + Send + Sync + 'static) {
    #[expect(clippy::disallowed_methods, reason = "a test takes its seed from its caller")]
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    eprintln!("SEED={seed}");
    let scheduler = RandomScheduler::new_from_seed(seed, iterations);
    Runner::new(scheduler, Config::default()).run(move || {
        let records = IDS.iter().map(|id| (*id, 1)).collect();
        let state = Mutex::new(State { head: 1, records });
        scenario(&Arc::new(World { cache: Cache::new(1 << 20, 1), state, told: Mutex::default() }));
    });
}

fn spawn(world: &Arc<World>, work: impl FnOnce(&World) + Send + 'static) -> thread::JoinHandle<()> {
    let world = Arc::clone(world);
    thread::spawn(move || work(&world))
}

#[test]
fn a_reader_sees_what_its_snapshot_holds_while_commits_land_and_fail() {
    run(3_000, |world| {
        let threads = [
            spawn(world, |w| {
                write(w, &[(1, Fate::InForce), (2, Fate::Failed), (1, Fate::InDoubt), (2, Fate::InForce)]);
            }),
            spawn(world, |w| read(w, 3)),
            spawn(world, |w| read(w, 3)),
        ];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        read(world, 2);
    });
}

#[test]
fn commits_of_a_writer_that_tells_nobody_are_noticed() {
    run(3_000, |world| {
        let threads = [
            spawn(world, |w| write(w, &[(1, Fate::InForce), (2, Fate::InDoubt), (1, Fate::InForce)])),
            spawn(world, |w| {
                for id in [2, 1] {
                    w.state.lock().unwrap().change(id);
                }
            }),
            spawn(world, |w| read(w, 3)),
            spawn(world, |w| read(w, 2)),
        ];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        read(world, 2);
    });
}

#[test]
fn what_is_forgotten_or_turned_off_is_not_found() {
    run(1, |world| {
        let off = Cache::new(0, 1);
        off.keep(&record(1, 1), 1);
        assert!(off.newest(CUSTOMER, 1).is_none());
        world.cache.keep(&record(1, 1), 1);
        assert!(world.cache.newest(CUSTOMER, 1).is_some());
        let kept = world.cache.statistics();
        assert!((kept.records, kept.hits, kept.misses) == (1, 1, 0) && kept.bytes > 0 && kept.bytes <= kept.bytes_max);
        world.cache.close();
        world.cache.keep(&record(1, 1), 1);
        assert!(world.cache.newest(CUSTOMER, 1).is_none());
    });
}
