//! The policy: the company's figures that the rules use.

use std::borrow::Cow;

mod complaint;

pub use complaint::{CloseGuard, ComplaintPolicy, EscalationLevel, GradeLimits, GuardedStep};

use super::limit::WorkingHours;

/// The figures of a company's regulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The version, as decisions and the journal name it.
    pub version: Cow<'static, str>,
    /// The class whose customers are key customers. Source: R-FIX-01, R-FIX-15.
    pub key_class: Cow<'static, str>,
    /// How many complaints of one customer about the same issue make it major, the present one included.
    /// Source: R-FIX-16 says "several times" and states no count; 2 is the proposed reading.
    pub same_issue_count_major: u32,
    /// The hours in which limits in working hours run.
    pub working_hours: WorkingHours,
    /// The figures of complaints.
    pub complaint: ComplaintPolicy,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: Cow::Borrowed("default/1"),
            key_class: Cow::Borrowed("key"),
            same_issue_count_major: 2,
            working_hours: WorkingHours::default(),
            complaint: ComplaintPolicy::default(),
        }
    }
}
