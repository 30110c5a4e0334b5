//! Group commit: callers that commit at once share one store transaction and one sync.
//!
//! The jobs of a group (`queue`) are done by one of their callers in one transaction. Each command runs on a stage of the
//! shared transaction, so that a refused one leaves no trace in it. What is queued while the commands run is taken along:
//! the sync is most of a small commit, and the more share it the less it costs each.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{Actor, Command};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Callback, Stage, WriteTxn};
use crate::record::count::Tally;
use crate::record::meta::Head;
use crate::record::{Catalog, Written};

use super::open::{Inner, load_catalog};
use super::queue::{self, Queue};
use super::write::{self, Outcome, Setting};

/// How often a transaction is run again after another writer committed first.
const TRIES_MAX: u32 = 8;
/// How many jobs share one transaction at most.
const JOBS_MAX: usize = 256;
/// A transaction with as many commands waits for no more jobs.
const COMMANDS_ENOUGH: usize = 256;
/// For how long a transaction waits at most for a caller who was answered just before, and may be back at once with the
/// next job: below what the sync costs that would otherwise be its own.
const PATIENCE: Duration = Duration::from_micros(50);

/// What becomes of a batch when one of its commands is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Atomicity {
    /// The others are committed.
    Each,
    /// None is committed.
    All,
}

/// Does work while no transaction runs that could put its own catalog in the place of the work's; within it [`alone`] is
/// the one way to write.
pub(crate) fn exclusively<T>(inner: &Inner, work: impl FnOnce() -> T) -> T {
    // That this spins is rare: a plugin that brings a policy is registered while somebody writes.
    inner.group.queue.take_lead_alone();
    let done = catch_unwind(AssertUnwindSafe(work));
    inner.group.queue.give_lead();
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

type Answers = Result<Vec<Result<Outcome>>>;

/// Looks at a batch while it runs: told how many commands are done, before each one. `Break` cancels what is left.
/// Another caller's thread may call it, and a try that is run again begins at 0 again.
pub type Watch = Arc<dyn Fn(usize) -> ControlFlow<()> + Send + Sync>;

struct Job {
    actor: Actor,
    commands: Vec<Command>,
    atomicity: Atomicity,
    watch: Option<Watch>,
}

impl Job {
    /// Asks the watch, when there is one, whether to go on behind `done` commands.
    fn go_on(&self, done: usize) -> Result<()> {
        let ask = |watch: &Watch| {
            let _callback = Callback::begin("a watch of a batch");
            watch(done)
        };
        match self.watch.as_ref().map(ask) {
            Some(ControlFlow::Break(())) => Err(Error::new(
                ErrorKind::Cancelled,
                format!("cancelled after {done} of {} commands", self.commands.len()),
            )),
            _ => Ok(()),
        }
    }
}

/// The jobs of every caller.
#[derive(Default)]
pub(crate) struct Group {
    queue: Queue<Job, Answers>,
    /// Whether a commit failed, so that what is committed may be more than what is known here.
    in_doubt: AtomicBool,
    /// When the last group was done.
    answered: Mutex<Option<Instant>>,
}

/// A job in the queue.
type Queued = queue::Queued<Job, Answers>;

/// Runs a batch of commands, together with those of other callers, and returns when it is durable.
pub(crate) fn submit(
    inner: &Inner,
    actor: &Actor,
    commands: Vec<Command>,
    atomicity: Atomicity,
    watch: Option<Watch>,
) -> Answers {
    Callback::refuse()?;
    let job = Job { actor: actor.clone(), commands, atomicity, watch };
    inner.group.queue.submit(job, JOBS_MAX, |jobs| lead(inner, jobs))
}

/// Runs a batch in a transaction of its own, all of it or nothing, for work that is done [`exclusively`].
pub(crate) fn alone(inner: &Inner, actor: &Actor, commands: Vec<Command>) -> Answers {
    let job = Job { actor: actor.clone(), commands, atomicity: Atomicity::All, watch: None };
    let mut answers = attempt_repeatedly(inner, &mut vec![Queued::new(job)], &mut |_| false)?;
    answers.pop().unwrap_or_else(|| Err(Error::new(ErrorKind::Bug, "a batch got no answer")))
}

/// Does jobs in one transaction, and more that come meanwhile, and returns the answer of each.
fn lead(inner: &Inner, jobs: &mut Vec<Arc<Queued>>) -> Vec<Answers> {
    let mut patience = Patience { since: *inner.group.answered() };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        attempt_repeatedly(inner, jobs, &mut |jobs| gather(inner, jobs, &mut patience))
    }));
    let failed = match outcome {
        Ok(Ok(answers)) => return inner.group.done(answers),
        Ok(Err(error)) => error,
        Err(_) => Error::new(ErrorKind::Bug, "a commit panicked; nothing of it was written"),
    };
    inner.group.done(jobs.iter().map(|_| Err(failed.duplicate())).collect())
}

/// How long a transaction waits for more jobs. What is stored does not depend on it.
struct Patience {
    /// When the last group was answered, or the last jobs came.
    since: Option<Instant>,
}

impl Patience {
    #[expect(
        clippy::disallowed_methods,
        reason = "it bounds a wait, which a clock that stands still would make endless"
    )]
    fn now() -> Instant {
        Instant::now()
    }

    /// Whether to wait on; while some are still being answered it begins anew.
    fn lasts(&mut self, answering: bool) -> bool {
        let now = Self::now();
        let since = if answering { self.since.insert(now) } else { self.since.get_or_insert(now) };
        now.duration_since(*since) < PATIENCE
    }
}

/// Adds jobs that came since, unless the transaction has enough to do. False when there are none.
fn gather(inner: &Inner, jobs: &mut Vec<Arc<Queued>>, patience: &mut Patience) -> bool {
    let commands: usize = jobs.iter().map(|queued| queued.job.commands.len()).sum();
    let came =
        commands < COMMANDS_ENOUGH && inner.group.queue.gather(jobs, JOBS_MAX, |answering| patience.lasts(answering));
    if came {
        patience.since = Some(Patience::now());
    }
    came
}

impl Group {
    fn answered(&self) -> MutexGuard<'_, Option<Instant>> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn done(&self, answers: Vec<Answers>) -> Vec<Answers> {
        *self.answered() = Some(Patience::now());
        answers
    }
}

/// Adds jobs to those of a transaction that runs; false when there are no more.
type Gather<'g> = &'g mut dyn FnMut(&mut Vec<Arc<Queued>>) -> bool;

fn attempt_repeatedly(inner: &Inner, jobs: &mut Vec<Arc<Queued>>, gather: Gather<'_>) -> Result<Vec<Answers>> {
    for _ in 0..TRIES_MAX {
        match attempt(inner, jobs, gather) {
            Err(error) if error.kind() == ErrorKind::Busy => {}
            other => return other,
        }
    }
    Err(Error::new(ErrorKind::Busy, format!("another writer committed first {TRIES_MAX} times in a row")))
}

/// One try: every job on one transaction, then the commit.
fn attempt(inner: &Inner, jobs: &mut Vec<Arc<Queued>>, gather: Gather<'_>) -> Result<Vec<Answers>> {
    let before = inner.catalog.read().unwrap_or_else(PoisonError::into_inner).clone();
    let mut txn = inner.store.begin_write()?;
    let mut catalog = match inner.group.in_doubt.load(Ordering::Acquire) {
        true => Arc::new(load_catalog(&*txn, before.policies().emptied(), inner.zone)?),
        false => Arc::clone(&before),
    };
    let before_head = Head::read(&*txn)?.sequence;
    let mut answers: Vec<Answers> = Vec::with_capacity(jobs.len());
    while answers.len() < jobs.len() || gather(jobs) {
        let queued = Arc::clone(&jobs[answers.len()]);
        answers.push(run_job(inner, &mut *txn, &mut catalog, &queued.job)?);
    }
    let changed = answers.iter().flatten().flatten().filter(|o| matches!(o, Ok(outcome) if outcome.changed)).count();
    if changed > 0 {
        let written = take_written(&mut answers);
        Tally::of(&catalog, &written).apply(&mut *txn)?;
        let overwritten: Vec<_> = written.iter().filter_map(Written::overwritten).collect();
        let turn = inner.cache.begin(before_head, Head::read(&*txn)?.sequence, &overwritten);
        inner.group.in_doubt.store(true, Ordering::Release);
        let committed = txn.commit();
        inner.forget_snapshot();
        committed?;
        turn.end();
        inner.activity.committed(jobs.len(), changed);
    }
    inner.group.in_doubt.store(false, Ordering::Release);
    if !Arc::ptr_eq(&catalog, &before) {
        inner.publish(catalog);
    }
    Ok(answers)
}

/// What all the use cases of a transaction wrote, one after the other.
fn take_written(answers: &mut [Answers]) -> Vec<Written> {
    let outcomes = answers.iter_mut().flatten().flatten().flatten();
    outcomes.flat_map(|outcome| std::mem::take(&mut outcome.written)).collect()
}

/// Runs the commands of a job. An error out of this function ends the whole transaction.
fn run_job(inner: &Inner, txn: &mut dyn WriteTxn, catalog: &mut Arc<Catalog>, job: &Job) -> Result<Answers> {
    match job.atomicity {
        Atomicity::Each => {
            let mut answers = Vec::with_capacity(job.commands.len());
            let mut staged = Stage::begin(txn)?;
            for (i, command) in job.commands.iter().enumerate() {
                answers.push(match job.go_on(i) {
                    Ok(()) => run_alone(inner, &mut staged, catalog, &job.actor, command)?,
                    Err(cancelled) => Err(cancelled),
                });
            }
            Ok(Ok(answers))
        }
        Atomicity::All => run_together(inner, txn, catalog, job),
    }
}

fn run_alone(
    inner: &Inner,
    staged: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    actor: &Actor,
    command: &Command,
) -> Result<Result<Outcome>> {
    let answer = guarded(inner, staged, catalog, actor, command);
    if answer.is_ok() {
        staged.keep()?
    } else {
        staged.undo()?
    }
    Ok(answer)
}

/// All commands of a job on one stage: the first refusal, with its place, ends the job and nothing of it stays.
fn run_together(inner: &Inner, txn: &mut dyn WriteTxn, catalog: &mut Arc<Catalog>, job: &Job) -> Result<Answers> {
    let mut trial = Arc::clone(catalog);
    let mut outcomes = Vec::with_capacity(job.commands.len());
    let mut staged = Stage::begin(txn)?;
    for (i, command) in job.commands.iter().enumerate() {
        match job.go_on(i).and_then(|()| guarded(inner, &mut staged, &mut trial, &job.actor, command)) {
            Ok(outcome) => outcomes.push(Ok(outcome)),
            Err(error) => {
                staged.undo()?;
                return Ok(Err(error.with("command_index", i)));
            }
        }
    }
    staged.keep()?;
    *catalog = trial;
    Ok(Ok(outcomes))
}

/// Runs one command; a panic in it is a `Bug` of its own caller alone.
fn guarded(
    inner: &Inner,
    staged: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    actor: &Actor,
    command: &Command,
) -> Result<Outcome> {
    let now = inner.present.now();
    let (registry, today) = (inner.registry(), now.date_in(inner.zone));
    let in_force = Arc::clone(catalog.policies().in_force(today));
    // A copy of its own notes which provisional years this command looks at, and no other.
    let calendar = in_force.calendar.clone();
    let setting = Setting {
        now,
        today,
        zone: inner.zone,
        actor,
        policy: &in_force.policy,
        calendar: &calendar,
        registry: &registry,
        has_rules: inner.has_rules,
        allows_missing: inner.allows_missing,
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| write::run(staged, catalog, &setting, command)))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Bug, "a command panicked; nothing of it was written")));
    if outcome.as_ref().is_ok_and(|outcome| outcome.changed) {
        inner.present.wrote_at(now);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::adapter::{MemoryStore, SystemClock};
    use crate::domain::{EntityKind, Level, Value, customer};
    use crate::{Config, Crm, Query};

    /// Waiting callers used to learn of their answers under the lock that the next leader held for its whole commit,
    /// so that groups of one followed each other. Now every caller is woken by its answer alone, and none is forgotten.
    #[test]
    fn every_one_of_many_callers_is_answered_once() {
        let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(SystemClock::new()))).unwrap();
        let session = crm.session(Actor { name: "u.li".into(), level: Level::Edit }).unwrap();
        let start = Barrier::new(16);
        thread::scope(|scope| {
            for thread in 0..16 {
                let (session, start) = (&session, &start);
                scope.spawn(move || {
                    start.wait();
                    for n in 0..50 {
                        let name = Some(Value::Text(format!("{thread}-{n}")));
                        let changes = BTreeMap::from([(customer::field::name, name)]);
                        let added = session.apply(Command::Add { entity: EntityKind::Customer, changes }).unwrap();
                        assert!(added.added);
                    }
                });
            }
        });
        assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), 800);
        assert_eq!(session.verify().unwrap().entries, 800);
        let state = crm.inner.group.queue.lock();
        assert!(!state.led && state.waiting.is_empty());
    }

    /// Callers who came while a group was being done used to have a sync of their own after it.
    #[test]
    fn who_comes_while_a_group_is_done_is_taken_along() {
        let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(SystemClock::new()))).unwrap();
        let session = crm.session(Actor { name: "u.li".into(), level: Level::Edit }).unwrap();
        let add = || {
            let changes = BTreeMap::from([(customer::field::name, Some(Value::Text("王五".into())))]);
            Command::Add { entity: EntityKind::Customer, changes }
        };
        thread::scope(|scope| {
            let (arrive, arrived) = std::sync::mpsc::channel::<()>();
            let other = session.clone();
            scope.spawn(move || {
                arrived.recv().unwrap();
                other.apply(add()).unwrap();
            });
            let inner = Arc::clone(&crm.inner);
            let watch: Watch = Arc::new(move |_| {
                arrive.send(()).unwrap();
                while inner.group.queue.lock().waiting.is_empty() {
                    thread::yield_now();
                }
                ControlFlow::Continue(())
            });
            submit(&crm.inner, session.actor(), vec![add()], Atomicity::Each, Some(watch)).unwrap();
        });
        let statistics = session.statistics(false).unwrap();
        assert_eq!((statistics.groups, statistics.batches), (1, 2));
    }
}
