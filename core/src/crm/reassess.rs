//! Complaints under another policy: the grade and the deadlines of those that are worked on, decided anew.

use std::ops::ControlFlow;

use crate::domain::{Command, EntityKind, Operation};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::{Record, key};

use super::change;
use super::group::{self, Atomicity};
use super::session::Session;
use super::told;
use super::what_if::is_worked_on;

/// How many complaints are decided anew in one transaction.
const CHUNK: usize = 1_000;

impl Session {
    /// Decides the grade and the deadlines of every complaint anew that is neither settled nor suspended, under the policy
    /// in force, 1,000 in a transaction, and says how many there were and how many changed. Adopting a policy does not do
    /// this by itself: a deadline stays as it was decided. Complaints of which a plugin hides something that decides are left
    /// out of how many changed. `watch` is told how many were looked at; `Break` ends the work,
    /// and what is written stays.
    ///
    /// # Errors
    /// `Forbidden`, `Cancelled`, and what else a change of a complaint answers.
    pub fn reassess(&self, watch: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<(u64, u64)> {
        self.permit(Operation::Reassess)?;
        let (mut seen, mut changed, mut from) = (0, 0, 0);
        loop {
            let (ids, next) = worked_on(&*self.crm.inner.snapshot()?, from)?;
            seen += ids.len() as u64;
            let commands: Vec<Command> = ids.into_iter().map(|id| Command::Reassess { id }).collect();
            if !commands.is_empty() {
                for answer in group::submit(&self.crm.inner, self.actor(), commands, Atomicity::Each, None)? {
                    let outcome = answer?;
                    if outcome.changed && self.is_told(outcome.record.as_ref())? {
                        changed += 1;
                    }
                }
            }
            if watch(seen).is_break() {
                return Err(Error::new(ErrorKind::Cancelled, format!("cancelled after {seen} complaints")));
            }
            match next {
                Some(next) => from = next,
                None => return Ok((seen, changed)),
            }
        }
    }
}

impl Session {
    /// Whether the actor may be told that a record changed: sees all that the rules read of it and of its customer.
    ///
    /// # Errors
    /// `PluginFailed`, `PluginQuarantined`; what the store answers.
    pub(super) fn is_told(&self, record: Option<&Record>) -> Result<bool> {
        let (Some(mask), Some(record)) = (self.mask(), record) else { return Ok(true) };
        let (snapshot, in_force) = (self.crm.inner.snapshot()?, self.crm.in_force());
        let shows = |record: &Record| mask.shows(&*snapshot, record, &told::read_by(&in_force.policy, record.entity()));
        let customer = change::customer_of(&*snapshot, record.entity(), record)?;
        Ok(shows(record)? && customer.as_ref().map_or(Ok(true), shows)?)
    }
}

/// The next complaints that are worked on, from an id on, and the id at which to go on.
fn worked_on(txn: &dyn ReadTxn, from: u64) -> Result<(Vec<u64>, Option<u64>)> {
    let (mut found, mut next) = (Vec::new(), None);
    let from = key::record(EntityKind::Complaint, from);
    let until = [EntityKind::Complaint.number() + 1];
    txn.scan(Space::Record, &from, Some(&until), Order::Ascending, &mut |_, stored| {
        let record = Record::decode(stored)?;
        if found.len() == CHUNK {
            next = Some(record.id());
            return Ok(ControlFlow::Break(()));
        }
        if is_worked_on(&record) {
            found.push(record.id());
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((found, next))
}
