//! The hook port: what a plugin may add to a change. Hooks are pure; they never see the store.

use std::ops::ControlFlow;

use crate::domain::{
    Calculator, Calendar, CustomField, Date, Decided, Decision, EntityKind, Fields, Instant, Quantity,
};
use crate::error::{Result, Violation};

/// What a hook may look at: the change, the records around it, and the calendar.
pub struct HookInput<'a> {
    /// The instant of the use case.
    pub now: Instant,
    /// The civil date of that instant in the database's time zone.
    pub today: Date,
    /// The name of the actor.
    pub actor: &'a str,
    /// The command: `add`, `update`, `put`, the name of a verb, or `read`.
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
    /// Whatever else the kernel answers.
    pub services: &'a dyn Services,
}

/// What a calculator is called with.
pub struct Computation<'a> {
    /// The instant of the call.
    pub now: Instant,
    /// The civil date of that instant in the database's time zone.
    pub today: Date,
    /// The name of the calculator.
    pub name: &'a str,
    /// The arguments in the order of their declaration, of the types declared; `None` for one that was left out.
    pub arguments: &'a [Option<Quantity>],
    /// The working-day calendar of the database.
    pub calendar: &'a Calendar,
    /// The database's time zone.
    pub zone: chrono_tz::Tz,
    /// Whatever else the kernel answers.
    pub services: &'a dyn Services,
}

/// What a hook may ask the kernel beside the calendar. Answers are those of the transaction that the change is part of.
pub trait Services {
    /// The stored record of an entity with an id.
    ///
    /// # Errors
    /// What the store answers.
    fn record(&self, entity: EntityKind, id: u64) -> Result<Option<Box<dyn Fields>>>;

    /// Shows the stored records whose reference `field` names the record `id`, from the newest, until `Break`.
    ///
    /// # Errors
    /// `InvalidArgument` when the field has no index; what the store answers.
    fn referring(
        &self,
        entity: EntityKind,
        field: u16,
        id: u64,
        visit: &mut dyn FnMut(&dyn Fields) -> ControlFlow<()>,
    ) -> Result<()>;

    /// A clock for how long a hook takes, never for what it decides. Unit: microseconds since any instant.
    fn ticks_us(&self) -> i64;
}

/// Services that know no record and whose clock stands still, for calls outside of a database.
#[derive(Debug, Clone, Copy)]
pub struct NoServices;

impl Services for NoServices {
    fn record(&self, _: EntityKind, _: u64) -> Result<Option<Box<dyn Fields>>> {
        Ok(None)
    }

    fn referring(
        &self,
        _: EntityKind,
        _: u16,
        _: u64,
        _: &mut dyn FnMut(&dyn Fields) -> ControlFlow<()>,
    ) -> Result<()> {
        Ok(())
    }

    fn ticks_us(&self) -> i64 {
        0
    }
}

/// A question to a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    /// May refuse a change.
    Validate = 0,
    /// Decides `class` of a customer, and the plugin's custom fields of any record. As with `cadence` and `complaint`, what
    /// the plugin decided and no longer decides is withdrawn, unless it is kept; what a caller gave stands.
    Classify = 1,
    /// Decides `next_due_on` of a customer.
    Cadence = 2,
    /// Decides `deadline_on`, `grade` and `owner` of a complaint; it may refuse to close it. The deadline is given as if
    /// the complaint had never been suspended nor extended by days; the kernel makes it longer by both.
    Complaint = 3,
    /// Hides fields of a record from who reads it.
    Rights = 4,
    /// Computes.
    Compute = 5,
    /// Draft: decides `keep_until`, the day until which a customer's records must be kept.
    Retention = 6,
}

impl Point {
    /// Every point.
    pub const ALL: [Point; 7] = [
        Point::Validate,
        Point::Classify,
        Point::Cadence,
        Point::Complaint,
        Point::Rights,
        Point::Compute,
        Point::Retention,
    ];

    /// The name, as messages spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Point::Validate => "validate",
            Point::Classify => "classify",
            Point::Cadence => "cadence",
            Point::Complaint => "complaint",
            Point::Rights => "rights",
            Point::Compute => "compute",
            Point::Retention => "retention",
        }
    }
}

/// The greatest number of reasons to refuse in an answer.
pub const VIOLATIONS_MAX: usize = 256;
/// The greatest number of decisions in an answer.
pub const DECISIONS_MAX: usize = 64;
/// The greatest number of inputs of a violation or a decision.
pub const INPUTS_MAX: usize = 64;
/// The greatest length of a code, a rule and the name of an input. Unit: bytes of UTF-8.
pub const NAME_LEN_MAX: usize = 128;
/// The greatest length of any other text of an answer. Unit: bytes of UTF-8.
pub const TEXT_LEN_MAX: usize = 4_096;

/// What a hook answers.
#[derive(Debug, Default)]
pub struct Answer {
    /// Reasons to refuse the change; of `validate`, and of `complaint` as guards of closing.
    pub violations: Vec<Violation>,
    /// What it decides; of `classify`, `cadence`, `complaint`, `retention`, and the results of a computation.
    pub decided: Vec<Decided>,
    /// What it decides to be absent; of `classify`, `cadence` and `complaint`. The value of such a decision is empty.
    pub withdrawn: Vec<Decision>,
    /// The subjects, among those decided, whose value stays when the plugin decides it no longer.
    pub kept: Vec<String>,
    /// The fields to hide; of `rights`.
    pub masked: Vec<u16>,
}

impl Answer {
    /// Whether nothing is answered.
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty() && self.decided.is_empty() && self.withdrawn.is_empty() && self.masked.is_empty()
    }
}

/// A line that a plugin left for the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Whether somebody should look at it.
    pub warning: bool,
    /// The text.
    pub message: String,
}

/// Rules that are added to the kernel's own: a loaded library's, or a face's.
///
/// Every function is pure: the same input gives the same answer. Any thread may call, several at once.
pub trait Hook: Send + Sync + 'static {
    /// The plugin's id, such as `crmkernel.banking`.
    fn id(&self) -> &str;

    /// The plugin's version.
    fn version(&self) -> &str;

    /// Whether the plugin has anything to say to a question; what it does not offer it is not asked.
    fn offers(&self, point: Point) -> bool;

    /// Answers a question about a change. No answers let it pass and have no opinion.
    ///
    /// # Errors
    /// Any error means that the plugin failed: the change is not committed.
    fn ask(&self, point: Point, input: &HookInput<'_>) -> Result<Answer>;

    /// Computes: an answer with a decision for each result of the calculator.
    ///
    /// # Errors
    /// `InvalidArgument` when the arguments are not allowed; any other error means that the plugin failed.
    fn compute(&self, computation: &Computation<'_>) -> Result<Answer>;

    /// Whether the plugin is shown a sensitive field of an entity, in records and to the conditions of its policy.
    fn may_see(&self, _entity: EntityKind, _field: &str) -> bool {
        true
    }

    /// Whether `rights` may hide a field of any record. Of a field that no plugin may hide, queries, counts and sums go by
    /// the index; the others are read record by record.
    fn may_hide(&self, _entity: EntityKind, _field: u16) -> bool {
        self.offers(Point::Rights)
    }

    /// The entities about whose records the plugin is asked; `None` for all of them. It rules those, and no others.
    fn entities(&self) -> Option<&[EntityKind]> {
        None
    }

    /// The fields that `rights` may hide, by entity and name; `None` for every field of its entities.
    fn hides(&self) -> Option<&[(EntityKind, String)]> {
        None
    }

    /// The version of the plugin ABI, such as `1.2`; empty for a plugin of the host's own process.
    fn abi(&self) -> String {
        String::new()
    }

    /// The SHA-256 of the manifest in hexadecimal digits; empty for a plugin of the host's own process.
    fn manifest_sha256(&self) -> String {
        String::new()
    }

    /// The custom fields that the plugin needs; their ids are 0. They are declared before it is asked anything.
    fn fields(&self) -> &[CustomField] {
        &[]
    }

    /// The calculators that the plugin offers.
    fn calculators(&self) -> &[Calculator] {
        &[]
    }

    /// The text of a policy file with the figures of its industry; `None` when it brings none. It lies above the built-in
    /// policy and below that of the company. It declares no custom fields.
    fn policy(&self) -> Option<&str> {
        None
    }

    /// The lines that the plugin left since this was asked last, at most the newest thousand.
    fn take_log(&self) -> Vec<LogLine> {
        Vec::new()
    }
}
