//! The queue of jobs and the lead: of the callers that wait, one does the jobs of all.
//!
//! A caller queues its job. When nobody leads it takes the lead and does every job in the queue; otherwise it waits, and
//! is woken when its job is answered or when it is its turn to lead. What is queued while one leads is done by the next.

use super::sync::{Arc, Mutex, MutexGuard, PoisonError, Thread, current, park};

/// A job, its answer, and who waits for it.
pub(super) struct Queued<J, A> {
    pub(super) job: J,
    answer: Mutex<Option<A>>,
    caller: Thread,
}

impl<J, A> Queued<J, A> {
    /// Answers the job and wakes its caller.
    pub(super) fn answer(&self, answer: A) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        self.caller.unpark();
    }

    fn take(&self) -> Option<A> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The jobs that nobody does yet, and the right to do them.
pub(super) struct Queue<J, A> {
    state: Mutex<State<J, A>>,
}

pub(super) struct State<J, A> {
    pub(super) waiting: Vec<Arc<Queued<J, A>>>,
    /// Whether somebody leads.
    pub(super) led: bool,
}

impl<J, A> Default for Queue<J, A> {
    fn default() -> Self {
        Self { state: Mutex::new(State { waiting: Vec::new(), led: false }) }
    }
}

impl<J, A> Queue<J, A> {
    /// Every change under this lock is a few assignments, so a poisoned lock is as good as any.
    pub(super) fn lock(&self) -> MutexGuard<'_, State<J, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a job and returns its answer. `lead` is called, on one thread at a time, with at most `jobs_max` jobs,
    /// and answers every one of them; it must not panic.
    pub(super) fn submit(&self, job: J, jobs_max: usize, lead: impl Fn(&[Arc<Queued<J, A>>])) -> A {
        let queued = Arc::new(Queued { job, answer: Mutex::new(None), caller: current() });
        self.lock().waiting.push(Arc::clone(&queued));
        loop {
            if let Some(answer) = queued.take() {
                return answer;
            }
            match self.take_lead(jobs_max) {
                Some(jobs) => {
                    lead(&jobs);
                    self.give_lead();
                }
                // A wake-up that came since the last look makes this return at once.
                None => park(),
            }
        }
    }

    /// Takes the lead with the jobs at the head of the queue, unless somebody leads or nothing is queued.
    fn take_lead(&self, jobs_max: usize) -> Option<Vec<Arc<Queued<J, A>>>> {
        let mut state = self.lock();
        if state.led || state.waiting.is_empty() {
            return None;
        }
        state.led = true;
        let n = state.waiting.len().min(jobs_max);
        Some(state.waiting.drain(..n).collect())
    }

    /// Gives the lead up and wakes the caller who waits longest, to take it.
    pub(super) fn give_lead(&self) {
        let mut state = self.lock();
        state.led = false;
        if let Some(next) = state.waiting.first() {
            next.caller.unpark();
        }
    }
}
