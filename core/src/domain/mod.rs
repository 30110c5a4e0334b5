//! Pure data: what a CRM is. No I/O, no clock, no bytes.

mod calendar;
mod calendar_china;
mod command;
pub mod complaint;
pub mod customer;
mod decision;
mod entity;
pub mod person;
mod policy;
mod value;
mod verb;
pub mod visit;

pub use calendar::{Calendar, CalendarYear, Roll};
pub use command::{Actor, Changes, Command, CustomField, Level};
pub use complaint::{Complaint, ComplaintGrade, ComplaintState, Complexity, Satisfaction};
pub use customer::{Customer, CustomerStatus, IdentityKind, PartyKind};
pub use decision::Decision;
pub use entity::{
    CUSTOM_FIELD_ID_MAX, CUSTOM_FIELD_ID_MIN, EntityDef, EntityKind, EnumDef, EnumValue, FIELD_CREATED_AT, FIELD_ID,
    FIELD_REVISION, FIELD_UPDATED_AT, FieldDef, INDEX_ID_MIN, IndexDef, Required, SYSTEM_FIELDS, Writer,
};
pub use person::{Person, PersonRole};
pub use policy::Policy;
pub use value::{Date, FieldType, Instant, Money, Value, ValueRef, type_name};
pub use verb::{Target, VERBS, Verb};
pub use visit::{Channel, Visit, VisitState};

use crate::error::{Error, ErrorKind};

/// The error of a value whose type is not that of its field.
pub(crate) fn wrong_type(field: &str, wanted: &str, found: ValueRef<'_>) -> Error {
    let found = type_name(found.tag());
    Error::new(ErrorKind::WrongType, format!("field {field} takes {wanted}, found {found}")).with("field", field)
}

/// Gives the values of a record by field id, wherever they lie.
pub trait Fields {
    /// The value of a field, `None` when it is absent.
    fn get(&self, field: u16) -> Option<ValueRef<'_>>;

    /// The text of a text field, `None` when it is absent or of another type.
    fn text(&self, field: u16) -> Option<&str> {
        match self.get(field) {
            Some(ValueRef::Text(v)) => Some(v),
            _ => None,
        }
    }

    /// The number of an enumeration's value, `None` when it is absent or of another type.
    fn enumeration(&self, field: u16) -> Option<u16> {
        match self.get(field) {
            Some(ValueRef::Enum(v)) => Some(v),
            _ => None,
        }
    }

    /// The date of a date field, `None` when it is absent or of another type.
    fn date(&self, field: u16) -> Option<Date> {
        match self.get(field) {
            Some(ValueRef::Date(v)) => Some(v),
            _ => None,
        }
    }

    /// The instant of an instant field, `None` when it is absent or of another type.
    fn instant(&self, field: u16) -> Option<Instant> {
        match self.get(field) {
            Some(ValueRef::Instant(v)) => Some(v),
            _ => None,
        }
    }

    /// The id of a reference, `None` when it is absent or of another type.
    fn reference(&self, field: u16) -> Option<u64> {
        match self.get(field) {
            Some(ValueRef::Ref(v)) => Some(v),
            _ => None,
        }
    }
}

impl Fields for std::collections::BTreeMap<u16, Value> {
    fn get(&self, field: u16) -> Option<ValueRef<'_>> {
        self.get(&field).map(Value::as_ref)
    }
}
