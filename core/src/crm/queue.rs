//! The queue of jobs and the lead: of the callers that wait, one does the jobs of all.
//!
//! A caller queues its job. When nobody leads it takes the lead and does every job in the queue; otherwise it waits, and
//! is woken when its job is answered or when it is its turn to lead. Who leads may take along what is queued meanwhile
//! ([`Queue::gather`]); the rest is done by the next. The lead is passed on before the answers are given, so that the
//! next group is under way while one caller after the other is woken.

use super::sync::{Arc, Mutex, MutexGuard, PoisonError, Thread, current, park, yield_now};

/// A job, its answer, and who waits for it.
pub(super) struct Queued<J, A> {
    pub(super) job: J,
    answer: Mutex<Option<A>>,
    caller: Thread,
}

impl<J, A> Queued<J, A> {
    /// A job of the thread that calls.
    pub(super) fn new(job: J) -> Arc<Self> {
        Arc::new(Self { job, answer: Mutex::new(None), caller: current() })
    }

    /// Answers the job and wakes its caller.
    fn answer(&self, answer: A) {
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
    /// How many of the callers of the last group have not queued another job yet. One who does one job after the other
    /// is soon back; others may never be.
    returning: usize,
    /// How many groups are still being answered.
    pub(super) answering: usize,
}

impl<J, A> Default for Queue<J, A> {
    fn default() -> Self {
        Self { state: Mutex::new(State { waiting: Vec::new(), led: false, returning: 0, answering: 0 }) }
    }
}

impl<J, A> Queue<J, A> {
    /// Every change under this lock is a few assignments, so a poisoned lock is as good as any.
    pub(super) fn lock(&self) -> MutexGuard<'_, State<J, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a job and returns its answer. `lead` is called, on one thread at a time, with at most `jobs_max` jobs, may
    /// gather more, and returns the answer of each in their order; it must not panic.
    pub(super) fn submit(&self, job: J, jobs_max: usize, lead: impl Fn(&mut Vec<Arc<Queued<J, A>>>) -> Vec<A>) -> A {
        let own = Queued::new(job);
        {
            let mut state = self.lock();
            state.waiting.push(Arc::clone(&own));
            state.returning = state.returning.saturating_sub(1);
        }
        loop {
            if let Some(answer) = own.take() {
                return answer;
            }
            let Some(mut jobs) = self.take_lead(&own, jobs_max) else {
                park(); // A wake-up that came since the last look makes this return at once.
                continue;
            };
            let answers = lead(&mut jobs);
            self.pass_lead(jobs.len());
            let own_answer = answer_others(&own, &jobs, answers);
            self.lock().answering -= 1;
            if let Some(answer) = own_answer {
                return answer;
            }
        }
    }

    /// Takes the lead with the jobs at the head of the queue, unless somebody leads or the caller's own job is not in the
    /// queue any more: then it is answered soon, and another caller was woken to lead.
    fn take_lead(&self, own: &Arc<Queued<J, A>>, jobs_max: usize) -> Option<Vec<Arc<Queued<J, A>>>> {
        let mut state = self.lock();
        if state.led || !state.waiting.iter().any(|queued| Arc::ptr_eq(queued, own)) {
            return None;
        }
        state.led = true;
        let n = state.waiting.len().min(jobs_max);
        Some(state.waiting.drain(..n).collect())
    }

    /// For who leads: adds to `jobs`, up to `jobs_max`, what was queued since. When that is nothing, callers of the last
    /// group get to run who have not come back yet, as long as `patient` says so, which is told whether some are still
    /// being answered. False when nothing was added.
    pub(super) fn gather(
        &self,
        jobs: &mut Vec<Arc<Queued<J, A>>>,
        jobs_max: usize,
        mut patient: impl FnMut(bool) -> bool,
    ) -> bool {
        loop {
            let mut state = self.lock();
            let n = state.waiting.len().min(jobs_max.saturating_sub(jobs.len()));
            jobs.extend(state.waiting.drain(..n));
            if n > 0 {
                return true;
            }
            let (returning, answering) = (state.returning > 0 && state.waiting.is_empty(), state.answering > 0);
            drop(state);
            if !returning || !patient(answering) {
                return false;
            }
            yield_now();
        }
    }

    /// Takes the lead for work that is no job, once nobody has it.
    pub(super) fn take_lead_alone(&self) {
        while std::mem::replace(&mut self.lock().led, true) {
            yield_now();
        }
    }

    /// Gives the lead up after work that was no job.
    pub(super) fn give_lead(&self) {
        self.pass_lead(0);
        self.lock().answering -= 1;
    }

    /// Gives the lead up, with that many callers about to be answered, and wakes the caller who waits longest to take it.
    fn pass_lead(&self, answered: usize) {
        let next = {
            let mut state = self.lock();
            state.led = false;
            state.returning = answered;
            state.answering += 1;
            state.waiting.first().map(|queued| queued.caller.clone())
        };
        if let Some(next) = next {
            next.unpark();
        }
    }
}

/// Answers everybody's job but the caller's own, whose answer comes back.
fn answer_others<J, A>(own: &Arc<Queued<J, A>>, jobs: &[Arc<Queued<J, A>>], answers: Vec<A>) -> Option<A> {
    let mut own_answer = None;
    for (queued, answer) in jobs.iter().zip(answers) {
        if Arc::ptr_eq(queued, own) {
            own_answer = Some(answer);
        } else {
            queued.answer(answer);
        }
    }
    own_answer
}
