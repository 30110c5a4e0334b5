//! The queue of group commit under shuttle, which tries the orders in which threads can take their steps. `SEED=n`
//! repeats a run.
//!
//! Callers add numbers to a store of which a commit is first written and then synced, and may fail in between, as a log
//! does. Readers look at what is shown meanwhile. A caller that waits for ever is found by shuttle, as a deadlock.

use std::collections::BTreeSet;

use shuttle::scheduler::RandomScheduler;
use shuttle::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use shuttle::{Config, Runner, thread};

/// Shuttle's in the place of those of the standard library.
mod sync {
    pub(super) use shuttle::sync::{Arc, Mutex, MutexGuard};
    pub(super) use shuttle::thread::yield_now;
    pub(super) use std::sync::PoisonError;

    /// A thread that parks until it is woken. Shuttle's own wake up by themselves, too, as those of the standard library may,
    /// and so a wake-up that is missing was never found.
    #[derive(Clone, Default)]
    pub(super) struct Thread(Arc<(Mutex<bool>, shuttle::sync::Condvar)>);

    shuttle::thread_local! {
        static OWN: Thread = Thread::default();
    }

    impl Thread {
        pub(super) fn unpark(&self) {
            *self.0.0.lock().unwrap() = true;
            self.0.1.notify_one();
        }
    }

    pub(super) fn current() -> Thread {
        OWN.with(Thread::clone)
    }

    pub(super) fn park() {
        let own = current();
        let mut woken = own.0.1.wait_while(own.0.0.lock().unwrap(), |woken| !*woken).unwrap();
        *woken = false;
    }
}

#[expect(clippy::duplicate_mod, reason = "the same source over other locks")]
#[path = "queue.rs"]
mod queue;

use queue::{Queue, Queued};
use sync::{Arc, Mutex};

/// How many jobs are taken with the lead at most, and done together at most; fewer than there are callers.
const TAKEN_MAX: usize = 2;
const JOBS_MAX: usize = 3;
/// How often a commit lets others run that may come back.
const PATIENCE: usize = 2;

/// The number of the job that was done.
type Answer = Result<u32, ()>;

#[derive(Default)]
struct World {
    queue: Queue<u32, Answer>,
    /// Whether somebody writes.
    writing: AtomicBool,
    /// How many jobs the largest commit had.
    largest: AtomicUsize,
    /// What a power cut would leave.
    durable: Mutex<BTreeSet<u32>>,
    /// What readers see.
    shown: Mutex<BTreeSet<u32>>,
}

impl World {
    /// One commit: the numbers of the group, of which those divisible by 5 make it fail. Whoever comes back while it runs
    /// is taken along; readers see nothing before it is durable.
    fn commit(&self, jobs: &mut Vec<Arc<Queued<u32, Answer>>>) -> Vec<Answer> {
        assert!(jobs.len() <= TAKEN_MAX && !jobs.is_empty());
        assert!(!self.writing.swap(true, Ordering::SeqCst), "two lead at once");
        let mut patience = 0..PATIENCE;
        while self.queue.gather(jobs, JOBS_MAX, |answering| answering || patience.next().is_some()) {
            assert!(jobs.len() <= JOBS_MAX);
        }
        let numbers: Vec<u32> = jobs.iter().map(|queued| queued.job).collect();
        let fails = numbers.iter().any(|number| number % 5 == 0);
        if !fails {
            self.durable.lock().unwrap().extend(&numbers);
            self.shown.lock().unwrap().extend(&numbers);
        }
        self.largest.fetch_max(numbers.len(), Ordering::SeqCst);
        assert!(self.writing.swap(false, Ordering::SeqCst));
        numbers.into_iter().map(|number| if fails { Err(()) } else { Ok(number) }).collect()
    }

    fn call(&self, number: u32) {
        let answer = self.queue.submit(number, TAKEN_MAX, |jobs| self.commit(jobs));
        let held = self.durable.lock().unwrap().contains(&number) && self.shown.lock().unwrap().contains(&number);
        assert_eq!(answer.is_ok(), held, "an answer says another thing than the store");
        assert!(!number.is_multiple_of(5) || answer.is_err());
        assert!(answer.is_err() || answer == Ok(number), "the answer is that of another job");
    }

    /// Work that is no job, while nobody commits.
    fn work_alone(&self) {
        self.queue.take_lead_alone();
        assert!(!self.writing.swap(true, Ordering::SeqCst), "somebody leads beside");
        assert!(self.writing.swap(false, Ordering::SeqCst));
        self.queue.give_lead();
    }

    fn look(&self) {
        let shown = self.shown.lock().unwrap().clone();
        assert!(shown.is_subset(&self.durable.lock().unwrap()), "what is shown is not durable");
    }
}

/// Runs the callers in many orders, and gives the length of the largest group.
fn run(iterations: usize, callers: &'static [&'static [u32]]) -> usize {
    #[expect(clippy::disallowed_methods, reason = "a test takes its seed from its caller")]
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    eprintln!("SEED={seed}");
    let largest = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let of_all = Arc::clone(&largest);
    Runner::new(RandomScheduler::new_from_seed(seed, iterations), Config::default()).run(move || {
        let world = Arc::new(World::default());
        let mut threads: Vec<_> = callers
            .iter()
            .map(|numbers| {
                let world = Arc::clone(&world);
                thread::spawn(move || numbers.iter().for_each(|number| world.call(*number)))
            })
            .collect();
        let reader = Arc::clone(&world);
        threads.push(thread::spawn(move || (0..3).for_each(|_| reader.look())));
        let worker = Arc::clone(&world);
        threads.push(thread::spawn(move || worker.work_alone()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let state = world.queue.lock();
        assert!(!state.led && state.waiting.is_empty() && state.answering == 0);
        of_all.fetch_max(world.largest.load(Ordering::SeqCst), Ordering::SeqCst);
    });
    largest.load(Ordering::SeqCst)
}

#[test]
fn every_caller_is_answered_what_became_of_its_job() {
    let largest = run(3_000, &[&[1, 2, 3], &[11, 12], &[21, 22]]);
    assert_eq!(largest, JOBS_MAX, "who comes back while a group is under way is taken along");
}

#[test]
fn a_commit_that_fails_is_an_error_of_its_own_group_alone() {
    run(3_000, &[&[1, 5, 2], &[11, 12], &[21, 25], &[31]]);
}
