//! The hook port: what a plugin may add to a change. Hooks are pure; they never see the store.

use crate::domain::{Calendar, Date, Decision, EntityKind, Fields, Instant};
use crate::error::{Result, Violation};

/// What a hook may look at: the change, the records around it, and the calendar.
pub struct HookInput<'a> {
    /// The instant of the use case.
    pub now: Instant,
    /// The civil date of that instant in the database's time zone.
    pub today: Date,
    /// The name of the actor.
    pub actor: &'a str,
    /// The command: `add`, `update`, `put` or the name of a verb.
    pub command: &'a str,
    /// The entity of the record that changes.
    pub entity: EntityKind,
    /// The record before the change, `None` when it is new.
    pub before: Option<&'a dyn Fields>,
    /// The record as it would be written.
    pub after: &'a dyn Fields,
    /// The customer of a person, visit or complaint, when there is one.
    pub customer: Option<&'a dyn Fields>,
    /// The working-day calendar of the database.
    pub calendar: &'a Calendar,
    /// The database's time zone, for turning instants into civil dates.
    pub zone: chrono_tz::Tz,
}

/// What a plugin decides about a complaint; what it leaves out stays as the kernel decided.
#[derive(Debug, Default)]
pub struct ComplaintAnswer {
    /// The last day for settling the complaint.
    pub deadline_on: Option<Date>,
    /// Why; at least one decision whose subject is `deadline_on` when that is given.
    pub decisions: Vec<Decision>,
}

/// Rules that are added to the kernel's own: a loaded library's, or a face's.
///
/// Every function is pure: the same input gives the same answer. Any thread may call, several at once.
pub trait Hook: Send + Sync + 'static {
    /// The plugin's id, such as `crmkernel.banking`.
    fn id(&self) -> &str;

    /// The plugin's version.
    fn version(&self) -> &str;

    /// The text of a policy file with the figures of its industry; `None` when it brings none. It lies above the built-in
    /// policy and below that of the company. It declares no custom fields.
    fn policy(&self) -> Option<&str> {
        None
    }

    /// Refuses a change by naming violations; none lets it pass.
    ///
    /// # Errors
    /// Any error means that the plugin failed: the change is not committed.
    fn validate(&self, input: &HookInput<'_>) -> Result<Vec<Violation>>;

    /// Decides about a complaint that is added or changed; `None` has no opinion.
    ///
    /// # Errors
    /// Any error means that the plugin failed: the change is not committed.
    fn complaint(&self, input: &HookInput<'_>) -> Result<Option<ComplaintAnswer>>;
}
