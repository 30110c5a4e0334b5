//! A store that fails on demand, for showing that a failure leaves the committed state as it was.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::port::{Mark, Order, ReadTxn, Seen, Space, Store, StoreStatistics, Visitor, WriteTxn};

/// What goes wrong, and when. Calls and commits are counted from 1, anew with each plan.
///
/// A call is one of `begin_read`, `begin_write`, `check`, `compact`, `statistics`, `get`, `scan`, `put`, `delete` and
/// `commit`, on any transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FaultPlan {
    /// Nothing.
    #[default]
    Nothing,
    /// One call fails, without effect.
    FailOnce {
        /// The number of the call.
        call: u64,
        /// What it fails with.
        kind: ErrorKind,
    },
    /// A call and every one after it fail, without effect.
    FailFrom {
        /// The number of the first call that fails.
        call: u64,
        /// What they fail with.
        kind: ErrorKind,
    },
    /// Some commits answer `Busy`, as if another writer had been faster.
    Busy {
        /// The number of the first commit that does.
        commit: u64,
        /// How many do.
        times: u64,
    },
    /// The power is cut before a commit lands: the commit and every later call fail with `Io`.
    CutBefore {
        /// The number of the commit.
        commit: u64,
    },
    /// The power is cut after a commit has landed, and before its caller learns so: all of it is there, but the commit
    /// and every later call fail with `Io`.
    CutAfter {
        /// The number of the commit.
        commit: u64,
    },
}

/// A store that passes calls on to another one, but for those that its plan makes fail.
///
/// Clones share the plan and the counts, so a test keeps one and gives another away.
#[derive(Clone)]
pub struct FaultStore {
    inner: Arc<dyn Store>,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    plan: FaultPlan,
    calls: u64,
    commits: u64,
    cut: bool,
}

/// What becomes of a commit.
enum Fate {
    Lands,
    LandsUnseen(Error),
    Fails(Error),
}

impl FaultStore {
    /// Makes a store over `inner` to which nothing happens yet.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, script: Arc::default() }
    }

    /// Follows a plan from here on: the counts begin anew, and a power cut is over.
    pub fn follow(&self, plan: FaultPlan) {
        *lock(&self.script) = Script { plan, ..Script::default() };
    }

    /// Ends the plan and a power cut; the counts begin anew.
    pub fn heal(&self) {
        self.follow(FaultPlan::Nothing);
    }

    /// The number of calls since the plan began, those that failed included.
    pub fn calls(&self) -> u64 {
        lock(&self.script).calls
    }

    /// The number of commits since the plan began, those that failed included.
    pub fn commits(&self) -> u64 {
        lock(&self.script).commits
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fault(kind: ErrorKind, what: &str) -> Error {
    Error::new(kind, format!("injected fault: {what}"))
}

fn check_call(script: &Mutex<Script>) -> Result<()> {
    lock(script).count_call()
}

impl Script {
    fn count_call(&mut self) -> Result<()> {
        self.calls += 1;
        let error = |kind| Err(fault(kind, &format!("call {}", self.calls)));
        match self.plan {
            _ if self.cut => Err(fault(ErrorKind::Io, "the power is cut")),
            FaultPlan::FailOnce { call, kind } if self.calls == call => error(kind),
            FaultPlan::FailFrom { call, kind } if self.calls >= call => error(kind),
            _ => Ok(()),
        }
    }

    fn count_commit(&mut self) -> Fate {
        self.commits += 1;
        if let Err(error) = self.count_call() {
            return Fate::Fails(error);
        }
        match self.plan {
            FaultPlan::Busy { commit, times } if (commit..commit.saturating_add(times)).contains(&self.commits) => {
                Fate::Fails(fault(ErrorKind::Busy, "another writer committed first"))
            }
            FaultPlan::CutBefore { commit } if self.commits == commit => Fate::Fails(self.cut()),
            FaultPlan::CutAfter { commit } if self.commits == commit => Fate::LandsUnseen(self.cut()),
            _ => Fate::Lands,
        }
    }

    fn cut(&mut self) -> Error {
        self.cut = true;
        fault(ErrorKind::Io, "the power is cut")
    }
}

impl Store for FaultStore {
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        check_call(&self.script)?;
        let inner = self.inner.begin_read()?;
        Ok(Box::new(Faulty { inner, script: Arc::clone(&self.script) }))
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>> {
        check_call(&self.script)?;
        let inner = self.inner.begin_write()?;
        Ok(Box::new(Faulty { inner, script: Arc::clone(&self.script) }))
    }

    fn check(&self, wait: Duration) -> Result<Vec<String>> {
        check_call(&self.script)?;
        self.inner.check(wait)
    }

    fn compact(&self, wait: Duration) -> Result<()> {
        check_call(&self.script)?;
        self.inner.compact(wait)
    }

    fn statistics(&self, spaces: bool) -> Result<StoreStatistics> {
        check_call(&self.script)?;
        self.inner.statistics(spaces)
    }

    fn close(&self) -> Result<()> {
        self.inner.close()
    }
}

struct Faulty<T: ?Sized> {
    script: Arc<Mutex<Script>>,
    inner: Box<T>,
}

impl<T: ReadTxn + ?Sized> ReadTxn for Faulty<T> {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        check_call(&self.script)?;
        self.inner.get(space, key, visit)
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        check_call(&self.script)?;
        self.inner.scan(space, from, until, order, visit)
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        check_call(&self.script)?;
        self.inner.read_through(space, visit)
    }
}

impl<T: WriteTxn + ?Sized> WriteTxn for Faulty<T> {
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        check_call(&self.script)?;
        self.inner.put(space, key, value)
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<()> {
        check_call(&self.script)?;
        self.inner.delete(space, key)
    }

    fn mark(&mut self) -> Result<Mark> {
        self.inner.mark()
    }

    fn undo_to(&mut self, mark: Mark) -> Result<()> {
        self.inner.undo_to(mark)
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let fate = lock(&self.script).count_commit();
        match fate {
            Fate::Lands => self.inner.commit(),
            Fate::LandsUnseen(error) => self.inner.commit().and(Err(error)),
            Fate::Fails(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::MemoryStore;

    fn put(store: &FaultStore, value: &str) -> Result<()> {
        let mut txn = store.begin_write()?;
        txn.put(Space::Meta, b"k", value.as_bytes())?;
        txn.commit()
    }

    fn held(store: &MemoryStore) -> String {
        let mut held = String::new();
        let read = store.begin_read().unwrap();
        read.get(Space::Meta, b"k", &mut |v| held = String::from_utf8_lossy(v).into_owned()).unwrap();
        held
    }

    fn kind(result: Result<()>) -> Option<ErrorKind> {
        result.err().map(|e| e.kind())
    }

    #[test]
    fn fails_the_calls_that_the_plan_names() {
        let memory = MemoryStore::new();
        let store = FaultStore::new(Arc::new(memory.clone()));
        put(&store, "first").unwrap();
        assert_eq!((store.calls(), store.commits()), (3, 1));
        for call in 1..=3 {
            store.follow(FaultPlan::FailOnce { call, kind: ErrorKind::DiskFull });
            assert_eq!(kind(put(&store, "lost")), Some(ErrorKind::DiskFull));
            assert_eq!(store.calls(), call);
            assert_eq!(held(&memory), "first");
        }
        store.follow(FaultPlan::FailFrom { call: 4, kind: ErrorKind::Io });
        put(&store, "second").unwrap();
        assert_eq!(kind(put(&store, "lost")), Some(ErrorKind::Io));
        assert_eq!(kind(put(&store, "lost")), Some(ErrorKind::Io));
        store.heal();
        put(&store, "third").unwrap();
        assert_eq!(held(&memory), "third");
    }

    #[test]
    fn answers_busy_as_often_as_the_plan_says() {
        let memory = MemoryStore::new();
        let store = FaultStore::new(Arc::new(memory.clone()));
        store.follow(FaultPlan::Busy { commit: 2, times: 2 });
        let kinds: Vec<_> = ["a", "b", "c", "d"].iter().map(|v| kind(put(&store, v))).collect();
        assert_eq!(kinds, [None, Some(ErrorKind::Busy), Some(ErrorKind::Busy), None]);
        assert_eq!(held(&memory), "d");
    }

    #[test]
    fn a_cut_lands_nothing_or_everything_and_lasts_until_it_is_healed() {
        let memory = MemoryStore::new();
        let store = FaultStore::new(Arc::new(memory.clone()));
        for (plan, landed) in [(FaultPlan::CutBefore { commit: 1 }, ""), (FaultPlan::CutAfter { commit: 1 }, "v")] {
            store.follow(plan);
            assert_eq!(kind(put(&store, "v")), Some(ErrorKind::Io));
            assert_eq!(held(&memory), landed);
            assert_eq!(store.begin_read().err().map(|e| e.kind()), Some(ErrorKind::Io));
            store.heal();
            assert!(store.begin_read().is_ok());
        }
    }
}
