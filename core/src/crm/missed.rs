//! Visits that were not held in their time: found by their planned day and marked as missed, for the whole base.

use std::ops::ControlFlow;

use crate::domain::{Command, EntityKind, Operation, Value, Verb, VisitState, visit::field};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Order;

use super::group::{self, Atomicity};
use super::query::{Op, Query};
use super::session::Session;

/// How many visits are marked in one transaction.
const CHUNK: u64 = 1_000;

/// What marking the missed visits did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Missed {
    /// How many visits were marked.
    pub marked: u64,
    /// How many were left as they are: changed meanwhile, or refused by a rule.
    pub left: u64,
}

impl Session {
    /// Marks every visit that is still planned for a day before today as missed, the oldest first, 1,000 in a
    /// transaction; what follows from each, such as the next visit of a plan, is written with it, and is marked in its
    /// turn when its day is past too. Visits of which a plugin hides something that decides are marked, and left out of the
    /// counts. `watch` is told how many visits were looked at; `Break` ends the work, and what is
    /// written stays.
    ///
    /// # Errors
    /// `Forbidden`, `Cancelled`, and what a store answers.
    pub fn mark_missed(&self, watch: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<Missed> {
        self.permit(Operation::MarkMissed)?;
        let mut done = Missed::default();
        let mut query = Query::new(EntityKind::Visit)
            .filter(field::state, Op::Eq, Value::Enum(VisitState::Planned.number()))
            .filter(field::planned_on, Op::Lt, Value::Date(self.crm.today()))
            .order_by(field::planned_on, Order::Ascending)
            .limit(CHUNK);
        loop {
            let mut overdue = self.find_all(&query)?;
            let (mut commands, mut told) = (Vec::new(), Vec::new());
            while let Some(visit) = overdue.step()? {
                commands.push(miss(visit.id(), visit.revision())?);
                told.push(u64::from(self.is_told(Some(&visit))?));
            }
            if commands.is_empty() {
                return Ok(done);
            }
            // Behind those that were looked at: one that is left does not come again.
            query.position = Some(overdue.position());
            drop(overdue);
            let answers = group::submit(&self.crm.inner, self.actor(), commands, Atomicity::Each, None)?;
            for (answer, told) in answers.into_iter().zip(told) {
                match answer.map_err(|error| (error.kind(), error)) {
                    Ok(_) => done.marked += told,
                    Err((ErrorKind::Conflict | ErrorKind::Transition | ErrorKind::Rejected, _)) => done.left += told,
                    Err((_, error)) => return Err(error),
                }
            }
            let looked_at = done.marked + done.left;
            if watch(looked_at).is_break() {
                return Err(Error::new(ErrorKind::Cancelled, format!("cancelled after {looked_at} visits")));
            }
        }
    }
}

fn miss(id: u64, revision: u64) -> Result<Command> {
    let verb = Verb::named(EntityKind::Visit, "miss")
        .ok_or_else(|| Error::new(ErrorKind::Bug, "the verb miss is not declared"))?;
    Ok(Command::Act { verb, id, revision: Some(revision), changes: Default::default() })
}
