//! Pure functions on plain values: what must hold, what follows, and why.

pub mod access;
pub mod action;
pub mod appeal;
pub mod authors;
pub mod class;
pub mod complaint;
pub mod customer_code;
pub mod customer_file;
pub mod customer_number;
pub mod customer_plan;
pub mod dates;
pub mod deadline;
pub mod information;
pub mod investigation;
pub mod limit;
pub mod machine;
pub mod org_unit;
pub mod relation;
pub mod reminder;
pub mod report;
pub mod required;
pub mod review;
pub mod satisfaction;
pub mod shape;
pub mod visit;
pub mod visit_plan;
pub mod work_time;
pub mod work_year;

use crate::domain::{Calendar, Date, Fields, Instant, Policy, Value, ValueRef};

/// What a rule decides under: the moment, who asks, the figures and the calendar.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The instant of the use case.
    pub now: Instant,
    /// The civil date of that instant.
    pub today: Date,
    /// The time zone of civil dates.
    pub zone: chrono_tz::Tz,
    /// The name of the actor.
    pub actor: &'a str,
    /// The company's figures.
    pub policy: &'a Policy,
    /// The working-day calendar.
    pub calendar: &'a Calendar,
}

impl<'a> Context<'a> {
    /// What days and hours are counted by.
    pub fn counting(&self) -> limit::Counting<'a> {
        limit::Counting { calendar: self.calendar, zone: self.zone, hours: &self.policy.working_hours }
    }
}

/// The fields that a rule sets (`Some`) or clears (`None`).
pub type Effects = Vec<(u16, Option<Value>)>;

/// The number of an integer field, 0 when it is absent.
pub(crate) fn count_of(record: &dyn Fields, field: u16) -> i64 {
    match record.get(field) {
        Some(ValueRef::Int(number)) => number,
        _ => 0,
    }
}

/// Whether the year came, kept in a field, by which something was decided before it was announced. Source: L-HOL-1.
pub(crate) fn announced_since(record: &dyn Fields, field: u16, context: &Context<'_>) -> bool {
    let year = i32::try_from(count_of(record, field)).unwrap_or(0);
    year > 0 && context.calendar.announced(year).is_ok()
}

/// The number of an integer field that counts days or levels, 0 when it is absent or out of bounds.
pub(crate) fn small_count_of(record: &dyn Fields, field: u16) -> u32 {
    u32::try_from(count_of(record, field)).unwrap_or(0)
}
