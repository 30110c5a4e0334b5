//! The commands: what an actor can ask the kernel to change.

use std::collections::BTreeMap;

use super::entity::{EntityKind, enumeration};
use super::needed_plugin::Registration;
use super::value::{Date, FieldType, Value};
use super::verb::Verb;

enumeration! {
    /// What an actor may do. A higher level includes the lower ones. Source: R-SYS-03.
    Level, "level" {
        /// Read records.
        Read = 1, "read", "只读";
        /// Add and change records.
        Edit = 2, "edit", "编辑";
        /// Review reports, record the past, declare fields.
        Manage = 3, "manage", "管理";
    }
}

/// Who asks for a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user's name, as the journal keeps it. Bounds: 1 to 64 characters.
    pub name: String,
    /// What the user may do.
    pub level: Level,
}

/// Values to set (`Some`) or to clear (`None`), by field id.
pub type Changes = BTreeMap<u16, Option<Value>>;

/// A change that an actor asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Add a record.
    Add {
        /// Which entity.
        entity: EntityKind,
        /// The values.
        changes: Changes,
    },
    /// Change the fields of a record that callers may set.
    Update {
        /// Which entity.
        entity: EntityKind,
        /// Which record.
        id: u64,
        /// The revision that the caller read; `None` changes whatever is there.
        revision: Option<u64>,
        /// The values.
        changes: Changes,
    },
    /// Add a record, or bring the one with the same external reference or code up to these values.
    Put {
        /// Which entity.
        entity: EntityKind,
        /// The values; they hold an external reference or a code.
        changes: Changes,
    },
    /// Do what a verb of the entity stands for.
    Act {
        /// The verb.
        verb: &'static Verb,
        /// Which record.
        id: u64,
        /// The revision that the caller read; `None` changes whatever is there.
        revision: Option<u64>,
        /// The inputs of the verb.
        changes: Changes,
    },
    /// Sort a customer into its classes anew, under the policy in force now.
    Classify {
        /// Which customer.
        id: u64,
    },
    /// Decide the grade and the deadlines of a complaint anew, under the policy in force now; one that is settled or
    /// suspended stays as it is. Of a visit, an appeal or a review, the day that was decided by a year that was not announced and
    /// is now; of no other entity.
    Reassess {
        /// The entity.
        entity: EntityKind,
        /// Which record.
        id: u64,
    },
    /// Ask the plugins again what they decide about a record, and change nothing else.
    Redecide {
        /// Which entity.
        entity: EntityKind,
        /// Which record.
        id: u64,
    },
    /// Do a command on a record, and record dates that cannot be as they are, with the mark `date_doubt`. For data of the past
    /// that are to be kept as their source has them; it takes a manager.
    AllowingImpossibleDates(Box<Command>),
    /// Declare a custom field of the company.
    DeclareField(CustomField),
    /// Keep that the database needs a plugin, with the custom fields that it declares; made by `Crm::register` alone.
    RegisterPlugin(Registration),
    /// Need a plugin no longer.
    ForgetPlugin(String),
    /// Trust a public key of minisign: from then on plugins must be signed by a key that the database trusts.
    TrustKey(String),
    /// Trust a key no longer.
    DistrustKey(String),
    /// Adopt a version of the company's policy.
    AdoptPolicy(NewPolicy),
}

/// A policy file that is to be adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPolicy {
    /// The text of the file.
    pub text: String,
    /// The first day on which it is in force; `None` takes that of the file.
    pub effective_on: Option<Date>,
    /// Who approved it; `None` takes that of the file. Bounds: 1 to 64 characters.
    pub approver: Option<String>,
}

/// A field that a company or a plugin adds to an entity of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// The id, given by the kernel; 0 when asking for the declaration.
    pub id: u16,
    /// Which entity.
    pub entity: EntityKind,
    /// The name: lower-case letters, digits and `_`, with one `.` after a prefix: `acme.tier`.
    pub name: String,
    /// The type. Enumerations are not available to custom fields.
    pub kind: FieldType,
    /// The English label.
    pub label: String,
    /// The Chinese label.
    pub label_zh: String,
    /// Whether it is personal or secret.
    pub sensitive: bool,
    /// Whether an index is kept.
    pub indexed: bool,
}
