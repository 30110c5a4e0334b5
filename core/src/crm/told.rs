//! What counts and trials may tell an actor from whom a plugin hides fields.
//!
//! A class, a plan or a deadline is decided from fields; so that it changes, or does not, tells of them. Counts of what a
//! run changed leave out the records of which the actor may not see a field that the rules read. A trial is of a policy
//! that the actor wrote, which could ask for a hidden field bit by bit: it is refused when there is such a record at all.

use std::collections::BTreeSet;

use crate::domain::{EntityKind, Policy, appeal, complaint, customer, review, visit};
use crate::error::Result;
use crate::port::ReadTxn;
use crate::record::{Record, table};

use super::follow;
use super::mask::Mask;
use super::snapshot::Snapshot;
use super::what_if::open_complaints;

/// What a refusal calls the trial.
const TRIAL: &str = "a trial of a policy";

/// What the plan of a customer goes by, whatever the policy is, and what its complaints are graded by.
const OF_CUSTOMER: [u16; 5] = {
    use customer::field::{class, granted_class, signed_on, status, visits_planned};
    [class, granted_class, signed_on, status, visits_planned]
};
/// What the grade and the limits of a complaint go by, and what they are.
const OF_COMPLAINT: [u16; 18] = {
    use complaint::field as f;
    [
        f::state,
        f::grade,
        f::issue,
        f::external_intent,
        f::escalated_to,
        f::escalation_level,
        f::escalated_at,
        f::received_at,
        f::reopened_at,
        f::paused_days,
        f::paused_workdays,
        f::paused_s,
        f::paused_work_s,
        f::extended_days,
        f::acknowledge_by,
        f::respond_by,
        f::deadline_on,
        f::escalate_by,
    ]
};
/// What a planned visit is known by.
const OF_VISIT: [u16; 6] = {
    use visit::field::{anchor_on, due_on, kind, occurrence, planned_on, state};
    [anchor_on, due_on, kind, occurrence, planned_on, state]
};

/// What the limits of an appeal and of a review go by, and what they are.
const OF_APPEAL: [u16; 3] = {
    use appeal::field::{answer_on, received_at, state};
    [answer_on, received_at, state]
};
const OF_REVIEW: [u16; 3] = {
    use review::field::{decide_on, requested_at, state};
    [decide_on, requested_at, state]
};

/// The fields of records that the rules of a policy read or decide.
pub(super) fn read_by(policy: &Policy, entity: EntityKind) -> BTreeSet<u16> {
    let own: &[u16] = match entity {
        EntityKind::Customer => &OF_CUSTOMER,
        EntityKind::Complaint => &OF_COMPLAINT,
        EntityKind::Visit => &OF_VISIT,
        EntityKind::Appeal => &OF_APPEAL,
        EntityKind::Review => &OF_REVIEW,
        _ => &[],
    };
    let mut found: BTreeSet<u16> = own.iter().copied().collect();
    let required = policy.required.iter().filter(|required| required.entity == entity);
    found.extend(required.flat_map(|required| &required.fields).map(|(field, _, _)| *field));
    for dimension in policy.dimensions.iter().filter(|_| entity == EntityKind::Customer) {
        found.insert(dimension.field);
        let conditions = dimension.classes.iter().filter_map(|class| class.when.as_ref());
        found.extend(conditions.flat_map(|condition| condition.fields()).map(|field| field.id));
    }
    found
}

impl Mask {
    /// Whether the actor sees all of these fields of a record.
    ///
    /// # Errors
    /// As [`Mask::apply`].
    pub(super) fn shows(&self, txn: &dyn ReadTxn, record: &Record, fields: &BTreeSet<u16>) -> Result<bool> {
        let may_be_hidden = fields.iter().any(|field| self.may_hide(record.entity(), *field));
        Ok(!may_be_hidden || self.hidden(txn, record)?.is_disjoint(fields))
    }
}

/// The fields that a trial of a policy would tell of.
pub(super) struct Trial<'m> {
    mask: &'m Mask,
    customer: BTreeSet<u16>,
    complaint: BTreeSet<u16>,
    visit: BTreeSet<u16>,
}

impl<'m> Trial<'m> {
    /// `None` when no plugin may hide any of them.
    pub(super) fn of(mask: &'m Mask, policy: &Policy) -> Option<Self> {
        let read = |entity| {
            let fields = read_by(policy, entity).into_iter();
            fields.filter(|field| mask.may_hide(entity, *field)).collect::<BTreeSet<u16>>()
        };
        let (customer, complaint, visit) =
            (read(EntityKind::Customer), read(EntityKind::Complaint), read(EntityKind::Visit));
        let is_told = !(customer.is_empty() && complaint.is_empty() && visit.is_empty());
        is_told.then_some(Self { mask, customer, complaint, visit })
    }

    /// That the actor sees what a trial reads of the customers from an id on and below another, and of what is theirs.
    ///
    /// # Errors
    /// `Forbidden`; else as [`Mask::apply`].
    pub(super) fn check(&self, snapshot: &Snapshot, from: u64, until: u64) -> Result<()> {
        for id in from..until {
            let Some(record) = table::load(snapshot, EntityKind::Customer, id)? else { continue };
            self.refuse(snapshot, &record, &self.customer)?;
            if !self.complaint.is_empty() {
                for id in open_complaints(snapshot, id)? {
                    if let Some(complaint) = table::load(snapshot, EntityKind::Complaint, id)? {
                        self.refuse(snapshot, &complaint, &self.complaint)?;
                    }
                }
            }
            if !self.visit.is_empty() && follow::is_planned(&record) {
                for visit in follow::visits_of(snapshot, id)? {
                    self.refuse(snapshot, &visit, &self.visit)?;
                }
            }
        }
        Ok(())
    }

    fn refuse(&self, txn: &dyn ReadTxn, record: &Record, fields: &BTreeSet<u16>) -> Result<()> {
        if fields.is_empty() {
            return Ok(());
        }
        match self.mask.hidden(txn, record)?.intersection(fields).next() {
            Some(field) => Err(self.mask.hides(record.entity(), *field, TRIAL)),
            None => Ok(()),
        }
    }
}
