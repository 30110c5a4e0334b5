//! What is decided anew: the grade and the deadlines of the complaints that are worked on, under another policy, and what was
//! decided by a year of the calendar that was not announced and is now.

use std::ops::ControlFlow;

use crate::domain::{Command, EntityKind, Fields, Operation, ValueRef};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::{Record, key};

use super::change;
use super::group::{self, Atomicity};
use super::mask::about_stored;
use super::session::Session;
use super::told;
use super::what_if::is_worked_on;

/// How many complaints are decided anew in one transaction.
const CHUNK: usize = 1_000;

/// The entities of which something is decided anew, the complaints first.
const ENTITIES: [EntityKind; 4] = [EntityKind::Complaint, EntityKind::Appeal, EntityKind::Review, EntityKind::Visit];

/// Whether anything of an entity can be decided anew.
///
/// # Errors
/// `InvalidArgument` when not. There are no others.
pub(super) fn check(entity: EntityKind) -> Result<()> {
    if ENTITIES.contains(&entity) {
        return Ok(());
    }
    let (name, known) = (entity.def().name, ENTITIES.map(|entity| entity.def().name).join(", "));
    Err(Error::new(ErrorKind::InvalidArgument, format!("nothing of a {name} is decided anew; it is of {known}")))
}

impl Session {
    /// Decides the grade and the deadlines of every complaint anew that is neither settled nor suspended, under the policy
    /// in force, after it counts the pauses anew that were counted by a year that was not announced, and the days of appeals,
    /// reviews and visits that were decided by a year that was not announced and is now; 1,000 in a transaction. Says how many
    /// complaints there were, and how many records changed. Neither adopting a policy nor adding a year does this by itself: a
    /// deadline stays as it was decided. A record that a rule refuses stays as it is. Records of which a plugin hides something
    /// that decides are left out of how many changed. `watch` gets how many records were decided again; `Break` ends the work,
    /// and what is written stays.
    ///
    /// # Errors
    /// `Forbidden`, `Cancelled`, and what else a change of a complaint answers.
    pub fn reassess(&self, watch: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<(u64, u64)> {
        self.permit(Operation::Reassess)?;
        let (mut complaints, mut seen, mut changed) = (0, 0, 0);
        for entity in ENTITIES {
            let mut from = Some(0);
            while let Some(start) = from {
                let (ids, next) = self.due_anew(entity, start)?;
                seen += ids.len() as u64;
                complaints += if entity == EntityKind::Complaint { ids.len() as u64 } else { 0 };
                changed += self.decide_anew(entity, ids)?;
                if watch(seen).is_break() {
                    return Err(Error::new(ErrorKind::Cancelled, format!("cancelled after {seen} records")));
                }
                from = next;
            }
        }
        Ok((complaints, changed))
    }

    /// Decides records anew in one transaction, and says of how many the actor may be told that they changed.
    fn decide_anew(&self, entity: EntityKind, ids: Vec<u64>) -> Result<u64> {
        let commands: Vec<Command> = ids.iter().map(|id| Command::Reassess { entity, id: *id }).collect();
        if commands.is_empty() {
            return Ok(0);
        }
        let mut changed = 0;
        let answers = group::submit(&self.crm.inner, self.actor(), commands, Atomicity::Each, None)?;
        for (id, answer) in ids.into_iter().zip(answers) {
            let outcome = match answer {
                // The rule refuses the next change of the record, and says why then.
                Err(error) if error.kind() == ErrorKind::Rejected => continue,
                answer => answer.map_err(|error| self.refused(error, about_stored(entity, id)))?,
            };
            changed += u64::from(outcome.changed && self.is_told(outcome.record.as_ref())?);
        }
        Ok(changed)
    }

    /// The next records that are decided anew, from an id on, and the id at which to go on.
    fn due_anew(&self, entity: EntityKind, from: u64) -> Result<(Vec<u64>, Option<u64>)> {
        let (snapshot, in_force) = (self.crm.inner.snapshot()?, self.crm.in_force());
        let mark = entity.def().field_named("provisional_year").map_or(0, |info| info.id);
        let is_due = |record: &Record| match record.get(mark) {
            _ if entity == EntityKind::Complaint => is_worked_on(record),
            Some(ValueRef::Int(year)) => {
                i32::try_from(year).is_ok_and(|year| in_force.calendar.announced(year).is_ok())
            }
            _ => false,
        };
        let (mut found, mut next) = (Vec::new(), None);
        let until = [entity.number() + 1];
        snapshot.scan(
            Space::Record,
            &key::record(entity, from),
            Some(&until),
            Order::Ascending,
            &mut |_, stored| {
                let record = Record::decode(stored)?;
                if found.len() == CHUNK {
                    next = Some(record.id());
                    return Ok(ControlFlow::Break(()));
                }
                if is_due(&record) {
                    found.push(record.id());
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok((found, next))
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
