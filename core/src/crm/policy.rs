//! The policies of a database as its users see them: adopt, show, compare, and what a cadence makes of a customer.

use std::sync::Arc;

use crate::domain::{Command, Date, Decision, EntityKind, Fields, NewPolicy, Operation, customer};
use crate::error::{Error, ErrorKind, Result};
use crate::policy::{Adopted, Document, InForce, Merged, Shelf};
use crate::record::table;
use crate::rules::{self, visit_plan};

use super::group::{self, Atomicity};
use super::open::Crm;
use super::session::Session;
use super::write::Outcome;

/// How many years behind the first contract days are listed.
const YEARS_MAX: u32 = 100;

/// A day on which a customer is to be contacted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The day.
    pub day: Date,
    /// The kind of contact.
    pub kind: String,
    /// Why on that day.
    pub decision: Decision,
}

impl Crm {
    pub(super) fn today(&self) -> Date {
        self.inner.present.now().date_in(self.inner.zone)
    }

    /// The policy in force now.
    pub(super) fn in_force(&self) -> Arc<InForce> {
        Arc::clone(self.catalog().policies().in_force(self.today()))
    }

    /// The policy in force now, merged, each figure with the layer that it comes from.
    pub fn policy(&self) -> Merged {
        self.in_force().merged.clone()
    }

    /// The policy of a version that was adopted, or the one that is built in, merged.
    ///
    /// # Errors
    /// `NotFound` when there is no such version. There are no others.
    pub fn policy_of(&self, version: &str) -> Result<Merged> {
        let catalog = self.catalog();
        let found = catalog.policies().named(version).map(|in_force| in_force.merged.clone());
        found.ok_or_else(|| {
            let known: Vec<String> = self.policies().into_iter().map(|adopted| adopted.version).collect();
            let known = if known.is_empty() { "none was adopted".to_owned() } else { known.join(", ") };
            Error::new(ErrorKind::NotFound, format!("there is no policy {version}; adopted: {known}"))
                .with("version", version)
        })
    }

    /// What a policy file comes to in this database, without adopting it.
    ///
    /// # Errors
    /// `Rejected` with everything that is wrong with it. There are no others.
    pub fn try_policy(&self, text: &str) -> Result<Merged> {
        let catalog = self.catalog();
        Ok(catalog.policies().try_text(text, &*catalog).map_err(Error::rejected)?.merged)
    }

    /// A policy by its version, or what the text of a policy file, which has more than one line, comes to.
    ///
    /// # Errors
    /// `NotFound` when there is no such version; `Rejected` with everything that is wrong with a text. There are no
    /// others.
    pub fn policy_by(&self, version_or_text: &str) -> Result<Merged> {
        match version_or_text.contains('\n') {
            true => self.try_policy(version_or_text),
            false => self.policy_of(version_or_text),
        }
    }

    /// The versions that the company adopted, in the order of their adoption.
    pub fn policies(&self) -> Vec<Adopted> {
        self.catalog().policies().versions().iter().map(|version| version.adopted.clone()).collect()
    }
}

impl Session {
    /// Adopts a policy file: declares the custom fields that it brings and the database lacks, and keeps the version.
    /// It is in force from its effective date on, and no earlier than now. All or nothing.
    ///
    /// # Errors
    /// `Forbidden` below the level manage; `Rejected` with every problem of the file, with line, column and what is
    /// allowed, or when the effective date lies before a change of a record; `Duplicate` when the version is taken;
    /// `CalendarYearMissing`; what the store answers. After an error the policy in force stays in force.
    pub fn adopt_policy(&self, policy: NewPolicy) -> Result<Outcome> {
        self.permit(Operation::AdoptPolicy)?;
        let catalog = self.crm.catalog();
        let document = Document::parse(&policy.text).map_err(Error::rejected)?;
        let missing = Shelf::missing_fields(&document, &*catalog);
        let mut commands: Vec<Command> = missing.into_iter().map(Command::DeclareField).collect();
        commands.push(Command::AdoptPolicy(policy));
        let mut answers = group::submit(&self.crm.inner, self.actor(), commands, Atomicity::All, None)?;
        answers.pop().unwrap_or_else(|| Err(Error::new(ErrorKind::Bug, "a policy got no answer")))
    }

    /// The days from `from` to `until` on which the reports of the policy in force are due, in order: decisions whose
    /// subject is the report and whose value is the day. Source: R-RPT-01 to R-RPT-15.
    ///
    /// # Errors
    /// `InvalidArgument` when `until` lies before `from` or over 100 years behind it; `CalendarYearMissing` when a day
    /// rolls in a year that the calendar has not. There are no others.
    pub fn report_days(&self, from: Date, until: Date) -> Result<Vec<Decision>> {
        let in_force = self.crm.in_force();
        let found = rules::report::due(&in_force.policy, from, until, &in_force.calendar.clone())?;
        Ok(found.into_iter().map(|(_, decision)| decision).collect())
    }

    /// The days up to and with `until` on which a customer is to be contacted, by the plan of its class: the turns
    /// that its recurring visits stand for one by one, before any roll, in order.
    ///
    /// # Errors
    /// `NotFound` when there is no such customer, `InvalidArgument` when it has no day of a first contract; `Corrupt`
    /// and what else the store answers.
    pub fn due_days(&self, id: u64, until: Date) -> Result<Vec<Due>> {
        let record =
            self.shown(table::load(&*self.crm.inner.snapshot()?, EntityKind::Customer, id)?)?.ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("there is no customer with the id {id}")).with("id", id)
            })?;
        let anchor = record.date(customer::field::signed_on).ok_or_else(|| {
            Error::new(ErrorKind::InvalidArgument, "the customer has no signed_on, from which cadences are counted")
                .with("id", id)
        })?;
        if until > anchor.checked_add_months(chrono::Months::new(YEARS_MAX * 12)).unwrap_or(Date::MAX) {
            let message = format!("until is {until}, at most {YEARS_MAX} years behind the first contract of {anchor}");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let class = record.text(customer::field::class).unwrap_or_default();
        let in_force = self.crm.in_force();
        let mut found = Vec::new();
        for cadence in visit_plan::cadences(&in_force.policy, class) {
            for day in visit_plan::days(cadence, anchor, until) {
                let decision = visit_plan::decision(cadence, class, anchor, day, &in_force.policy.version);
                found.push(Due { day, kind: cadence.kind.clone(), decision });
            }
        }
        found.sort_by(|a, b| (a.day, &a.kind).cmp(&(b.day, &b.kind)));
        Ok(found)
    }
}
