//! The figures of customers' files: who writes what, who holds copies, what investigations need, and what a code follows.

use super::{Basis, RequiredFields};
use crate::domain::{EntityKind, InvestigationKind, UserPosition};

/// Which units alone may write the records of an entity. Source: R-TEL-22.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authors {
    /// The entity.
    pub entity: EntityKind,
    /// The command: `add`, `update` or a verb; `None` for every one that has none of its own.
    pub command: Option<String>,
    /// The codes of the units. Whoever belongs to a unit below one of them counts as of it.
    pub units: Vec<String>,
    /// Where it comes from.
    pub basis: Basis,
}

/// How many copies of a customer's file somebody holds. Source: R-TEL-13.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCopies {
    /// Who holds them, such as `business_department`.
    pub holder: String,
    /// How many. Bounds: from 1.
    pub count: u32,
    /// Where it comes from.
    pub basis: Basis,
}

/// Who borrows the file of a customer; without a loan nobody but its keepers reads it. Source: R-TEL-16.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLoans {
    /// The positions of those who may borrow.
    pub positions: Vec<UserPosition>,
    /// Where it comes from.
    pub basis: Basis,
}

/// What the investigations of a kind need. Source: R-KA-02, R-KA-03, R-SEL-02.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvestigationNeeds {
    /// The kind.
    pub kind: InvestigationKind,
    /// The fields that a settled one has.
    pub fields: Option<RequiredFields>,
    /// The departments that take part.
    pub departments: Option<(Vec<String>, Basis)>,
    /// Whether it follows a settled general investigation that found the customer suitable, and what says so.
    pub after_general: Option<Basis>,
}
