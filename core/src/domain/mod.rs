//! Pure data: what a CRM is. No I/O, no clock, no bytes.

pub mod access_record;
pub mod action;
pub mod appeal;
mod calculator;
mod calendar;
mod calendar_china;
mod calendar_use;
mod calendar_year;
mod command;
pub mod complaint;
mod condition;
mod currency;
pub mod customer;
pub mod customer_plan;
mod decision;
mod entity;
pub mod information_item;
pub mod investigation;
mod limit;
mod needed_plugin;
mod operation;
pub mod org_unit;
pub mod partner_relation;
pub mod person;
pub mod person_relation;
mod policy;
pub mod review;
pub mod satisfaction_score;
pub mod survey;
pub mod survey_answer;
pub mod user;
pub mod user_name;
mod value;
mod verb;
pub mod visit;
pub mod work_year;

pub use access_record::{AccessOperation, AccessRecord};
pub use action::{Action, ActionKind, ActionState};
pub use appeal::{Appeal, AppealOutcome, AppealState};
pub use calculator::{Calculator, Decided, Parameter, Quantity, QuantityType};
pub use calendar::{Calendar, MissingYear, Roll};
pub use calendar_year::CalendarYear;
pub use command::{Actor, Changes, Command, CustomField, Level, NewPolicy};
pub use complaint::{Complaint, ComplaintGrade, ComplaintState, Complexity, Satisfaction};
pub(crate) use condition::{Comparison, Node, Operator, Since, TextTest};
pub use condition::{Condition, ConditionField};
pub use customer::{Customer, CustomerKind, CustomerStatus, IdentityKind, PartyKind};
pub use customer_plan::{CustomerPlan, CustomerPlanState};
pub use decision::{Decision, Language};
pub use entity::{
    COUNT_ID_MIN, CUSTOM_FIELD_ID_MAX, CUSTOM_FIELD_ID_MIN, CountDef, EntityDef, EntityKind, EnumDef, EnumValue,
    FIELD_CREATED_AT, FIELD_DATE_DOUBT, FIELD_ID, FIELD_REVISION, FIELD_UPDATED_AT, FieldDef, INDEX_ID_MIN, IndexDef,
    MADE_FROM_DATES, Required, SYSTEM_FIELDS, Writer,
};
pub use information_item::{FileSection, InformationItem, SourceLevel};
pub use investigation::{Investigation, InvestigationKind, InvestigationOutcome, InvestigationState};
pub use limit::{Limit, LimitUnit, WorkingHours};
pub use needed_plugin::{Hidden, NeededPlugin, Registration};
pub(crate) use needed_plugin::{check_version, compare_versions};
pub use operation::Operation;
pub use org_unit::{OrgLevel, OrgUnit, OrgUnitState};
pub use partner_relation::{PartnerRelation, PartnerRelationKind};
pub use person::{Person, PersonRole};
pub use person_relation::{PersonRelation, PersonRelationKind};
pub use policy::{
    Authors, Basis, Cadence, ClassRule, CloseGuard, ComplaintPolicy, Dimension, EscalationLevel, EventContact,
    FileCopies, FileLoans, GradeLimits, GuardedOf, GuardedStep, InvestigationNeeds, Maximum, PeriodUnit, Policy,
    ReportDay, ReportRule, RequiredFields, SatisfactionPolicy, VisitPolicy, VisitWindow, Weights,
};
pub use review::{Review, ReviewState};
pub use satisfaction_score::SatisfactionScore;
pub use survey::{Survey, SurveyState};
pub use survey_answer::SurveyAnswer;
pub use user::{User, UserPosition, UserState};
pub use value::{Date, FieldType, Instant, Money, Value, ValueRef, type_name};
pub use verb::{Target, VERBS, Verb};
pub use visit::{Channel, Visit, VisitState};
pub use work_year::WorkYear;

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

    /// The date of a date field in days since 1970-01-01, `None` as for [`Fields::date`]. For whoever hands it on so: no
    /// year and day are worked out.
    fn days(&self, field: u16) -> Option<i32> {
        self.date(field).map(|day| day.to_epoch_days())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_names_and_labels_are_unique_within_an_entity() {
        for entity in EntityKind::ALL {
            let def = entity.def();
            assert!(def.fields.is_sorted_by(|a, b| a.id < b.id), "{}", def.name);
            let mut names: Vec<&str> = def.fields.iter().chain(SYSTEM_FIELDS).map(|f| f.name).collect();
            let n = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), n, "{}", def.name);
            assert!(
                def.fields.iter().all(|f| f.id < CUSTOM_FIELD_ID_MIN && !f.label_zh.is_empty() && !f.doc.is_empty())
            );
            assert!(
                def.indexes.iter().all(|i| i.id >= INDEX_ID_MIN && i.fields.iter().all(|f| def.field(*f).is_some()))
            );
            assert!(
                def.counts.iter().all(|c| c.id >= COUNT_ID_MIN && c.fields.iter().all(|f| def.field(*f).is_some()))
            );
            let states = def.states();
            let known = |name: &str| states.is_some_and(|s| s.by_name(name).is_some());
            assert!(def.indexes.iter().flat_map(|i| i.states).all(|name| known(name)));
            for field in def.fields {
                if let Required::In(names) = field.required {
                    assert!(names.iter().all(|name| known(name)), "{}.{}", def.name, field.name);
                }
            }
        }
    }

    #[test]
    fn what_a_field_is_made_from_is_declared_and_leads_to_no_circle() {
        for entity in EntityKind::ALL {
            let def = entity.def();
            for field in def.fields {
                for source in field.made_from.iter().filter(|source| **source != MADE_FROM_DATES) {
                    let (other, name) = source.split_once('.').unwrap_or((def.name, source));
                    let other = EntityKind::from_name(other).unwrap().def();
                    let found =
                        other.field_named(name).unwrap_or_else(|| panic!("{}.{}: {source}", def.name, field.name));
                    let is_own = other.name == def.name;
                    assert!(is_own || def.customer().is_some(), "{}.{}", def.name, field.name);
                    assert!(!is_own || !found.made_from.contains(&field.name), "{}.{}", def.name, field.name);
                }
            }
        }
    }

    #[test]
    fn a_struct_comes_back_from_its_values() {
        let customer = Customer {
            name: Some("王五".into()),
            party_kind: Some(PartyKind::Individual),
            parent: Some(3),
            signed_on: Some("2025-11-30".parse().unwrap()),
            custom: std::collections::BTreeMap::from([(10_000, Value::Bool(true))]),
            ..Customer::default()
        };
        let values = customer.to_values();
        let back = Customer::from_values(values.iter().map(|(f, v)| (*f, v.as_ref()))).unwrap();
        assert_eq!(back, customer);
        let wrong = Customer::from_values([(customer::field::name, ValueRef::Int(1))].into_iter());
        assert_eq!(wrong.unwrap_err().message(), "field name takes text, found int");
    }
}
