//! The policy: the company's figures and conditions that the rules use, checked and ready.

use std::borrow::Cow;

mod complaint;
mod customer;
mod report;
mod satisfaction;
mod visit;

pub use complaint::{CloseGuard, ComplaintPolicy, EscalationLevel, GradeLimits, GuardedOf, GuardedStep, Maximum};
pub use customer::{Authors, FileCopies, FileLoans, InvestigationNeeds};
pub use report::{ReportDay, ReportRule};
pub use satisfaction::{SatisfactionPolicy, Weights};
pub use visit::{EventContact, VisitPolicy, VisitWindow};

use super::condition::Condition;
use super::entity::EntityKind;
use super::limit::WorkingHours;

/// What a regulation of a company comes to: read from policy files and merged (`crate::policy`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The version, as decisions and the journal name it.
    pub version: Cow<'static, str>,
    /// The classes whose customers are key customers. Source: R-FIX-01, R-FIX-15.
    pub key_classes: Vec<Cow<'static, str>>,
    /// How many complaints of one customer about the same issue make it major, the present one included.
    /// Source: R-FIX-16 says "several times" and states no count; 2 is the proposed reading.
    pub same_issue_count_major: u32,
    /// The dimensions of classes, those that others read first.
    pub dimensions: Vec<Dimension>,
    /// How often a customer of a class is contacted.
    pub cadences: Vec<Cadence>,
    /// Which fields a record must have in which state, beyond what the entity declares.
    pub required: Vec<RequiredFields>,
    /// The hours in which limits in working hours run.
    pub working_hours: WorkingHours,
    /// The figures of complaints.
    pub complaint: ComplaintPolicy,
    /// The figures of visits.
    pub visit: VisitPolicy,
    /// The figures of satisfaction.
    pub satisfaction: SatisfactionPolicy,
    /// When the reports are due.
    pub reports: Vec<ReportRule>,
    /// Which units alone may write what.
    pub authors: Vec<Authors>,
    /// Who holds copies of a customer's file.
    pub copies: Vec<FileCopies>,
    /// Who borrows the file of a customer; `None` when it is read without a loan.
    pub file_loans: Option<FileLoans>,
    /// What investigations need, by kind; none of a kind of which nothing is said.
    pub investigations: Vec<InvestigationNeeds>,
    /// The fields of the customer that hold before its certification is applied for. Source: R-KA-01, R-SEL-01.
    pub application_gates: Option<RequiredFields>,
    /// How many years back the accounts of a settled investigation may be, at most. Source: R-KA-02, R-SEL-02.
    pub accounts_years_max: Option<Maximum>,
    /// The fields that a customer has before its code is issued. Source: R-KA-06.
    pub code_after: Option<RequiredFields>,
    /// By what rule both contracts are of one day before the code is issued. Source: R-KA-05, R-SEL-03.
    pub contracts_together: Option<Basis>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: Cow::Borrowed("default/1"),
            key_classes: vec![Cow::Borrowed("key")],
            same_issue_count_major: 2,
            dimensions: Vec::new(),
            cadences: Vec::new(),
            required: Vec::new(),
            working_hours: WorkingHours::default(),
            complaint: ComplaintPolicy::default(),
            visit: VisitPolicy::default(),
            satisfaction: SatisfactionPolicy::default(),
            reports: Vec::new(),
            authors: Vec::new(),
            copies: Vec::new(),
            file_loans: None,
            investigations: Vec::new(),
            application_gates: None,
            accounts_years_max: None,
            code_after: None,
            contracts_together: None,
        }
    }
}

impl Policy {
    /// Whether the customers of a class are key customers.
    pub fn is_key_class(&self, class: &str) -> bool {
        self.key_classes.iter().any(|key| key == class)
    }

    /// The dimension whose class a field of the customer holds.
    pub fn dimension(&self, field: u16) -> Option<&Dimension> {
        self.dimensions.iter().find(|dimension| dimension.field == field)
    }
}

/// Where a figure or condition comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Basis {
    /// The id of the rule, such as `R-FIX-03`; empty when it has none.
    pub rule: String,
    /// The regulation and article.
    pub source: String,
}

/// One way of sorting customers into classes, whose result a field of the customer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// The name, which is that of the field.
    pub name: &'static str,
    /// The field of the customer.
    pub field: u16,
    /// The classes in the order in which they are tried; the first that fits counts.
    pub classes: Vec<ClassRule>,
    /// Where the order comes from.
    pub basis: Basis,
}

/// When a customer is of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRule {
    /// The name, as the field holds it.
    pub name: String,
    /// The Chinese label.
    pub label_zh: String,
    /// What must hold; `None` when the grant alone decides.
    pub when: Option<Condition>,
    /// Whether the class must have been granted.
    pub granted: bool,
    /// What the key-customer number of a granted customer begins with; `None` when no number is given.
    pub number_prefix: Option<String>,
    /// The reason as an English sentence.
    pub reason: String,
    /// The reason as a Chinese sentence.
    pub reason_zh: String,
    /// Where it comes from.
    pub basis: Basis,
}

/// A unit of time in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodUnit {
    /// Calendar days.
    Day,
    /// Weeks.
    Week,
    /// Calendar months, which clamp at the end of a month.
    Month,
    /// Calendar years, which clamp on 29 February.
    Year,
}

impl PeriodUnit {
    /// Every unit with its name in a policy.
    pub const ALL: [(&'static str, PeriodUnit); 4] = [
        ("days", PeriodUnit::Day),
        ("weeks", PeriodUnit::Week),
        ("months", PeriodUnit::Month),
        ("years", PeriodUnit::Year),
    ];

    /// The name, as a policy spells it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, unit)| *unit == self).map_or("", |(name, _)| name)
    }

    /// The Chinese name.
    pub const fn label_zh(self) -> &'static str {
        match self {
            PeriodUnit::Day => "天",
            PeriodUnit::Week => "周",
            PeriodUnit::Month => "个月",
            PeriodUnit::Year => "年",
        }
    }
}

/// How often the customers of a class are contacted in one kind of contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cadence {
    /// The class; `any` for every class.
    pub class: String,
    /// The kind of contact, such as `maintenance` or `return_visit`.
    pub kind: String,
    /// How many units lie between two contacts. Bounds: from 1.
    pub count: u32,
    /// The unit.
    pub unit: PeriodUnit,
    /// Where it comes from.
    pub basis: Basis,
}

/// The fields that a record must have in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredFields {
    /// The entity.
    pub entity: EntityKind,
    /// The name of the state; `None` for every one.
    pub state: Option<&'static str>,
    /// The fields: id, name, Chinese label.
    pub fields: Vec<(u16, String, String)>,
    /// Where it comes from.
    pub basis: Basis,
}
