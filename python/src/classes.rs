//! One class per entity for records and one for collections, with the fields and verbs of the declarations.

use std::sync::Arc;

use crm_core::Catalog;
use crm_core::domain::{EntityKind, FieldDef, SYSTEM_FIELDS, VERBS};
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use crate::collection::{Collection, VerbOf};
use crate::record::{Field, Record};
use crate::shared::Shared;

macro_rules! classes {
    ($($(#[doc = $doc:literal])+ $record:ident, $collection:ident;)+) => {
        $(
            $(#[doc = $doc])+
            #[pyclass(frozen, extends = Record, module = "crmkernel")]
            pub(crate) struct $record;

            #[doc = concat!("The records of the entity ", stringify!($record), " of a database.")]
            #[pyclass(frozen, extends = Collection, module = "crmkernel")]
            pub(crate) struct $collection;
        )+

        /// The record as an object of its class.
        pub(crate) fn wrap<'py>(
            py: Python<'py>,
            inner: crm_core::Record,
            catalog: &Arc<Catalog>,
            shared: Option<&Arc<Shared>>,
        ) -> PyResult<Bound<'py, PyAny>> {
            let entity = inner.entity();
            let base = PyClassInitializer::from(Record { inner, catalog: catalog.clone(), shared: shared.cloned() });
            Ok(match entity {
                $(EntityKind::$record => Bound::new(py, base.add_subclass($record))?.into_any(),)+
                _ => Bound::new(py, base)?.into_any(),
            })
        }

        /// The collection of an entity as an object of its class.
        pub(crate) fn collection<'py>(
            py: Python<'py>,
            entity: EntityKind,
            shared: Arc<Shared>,
        ) -> PyResult<Bound<'py, PyAny>> {
            let base = PyClassInitializer::from(Collection { entity, shared });
            Ok(match entity {
                $(EntityKind::$record => Bound::new(py, base.add_subclass($collection))?.into_any(),)+
                _ => Bound::new(py, base)?.into_any(),
            })
        }

        fn types<'py>(py: Python<'py>) -> Vec<(EntityKind, Bound<'py, PyType>, Bound<'py, PyType>)> {
            vec![$((EntityKind::$record, py.get_type::<$record>(), py.get_type::<$collection>())),+]
        }
    };
}

classes! {
    /// A customer: a party that buys, bought or may buy.
    Customer, Customers;
    /// A natural person at a customer: a contact or a key person.
    Person, Persons;
    /// A visit: a planned or held contact with a customer.
    Visit, Visits;
    /// A complaint of a customer to the company.
    Complaint, Complaints;
    /// A corrective or preventive action.
    Action, Actions;
    /// An appeal of a customer to an authority.
    Appeal, Appeals;
    /// A review of a settled complaint by a superior unit.
    Review, Reviews;
    /// One year of the working-day calendar.
    WorkYear, WorkYears;
    /// A satisfaction survey.
    Survey, Surveys;
    /// The answer of a customer to a question of a survey.
    SurveyAnswer, SurveyAnswers;
    /// The satisfaction of a customer in a period.
    SatisfactionScore, SatisfactionScores;
    /// One thing that the file of a customer holds, with the level of its source.
    InformationItem, InformationItems;
    /// The relation of a person to another.
    PersonRelation, PersonRelations;
    /// The relation of a party to another.
    PartnerRelation, PartnerRelations;
    /// A unit of the company itself: the head office, a branch, an outlet, a department.
    OrgUnit, OrgUnits;
    /// A person of the company who works with the system.
    User, Users;
    /// Who reads or uses what is protected of a customer, for which purpose.
    AccessRecord, AccessRecords;
    /// What the company means to do at a customer.
    CustomerPlan, CustomerPlans;
    /// What is found out about a customer before it is taken on.
    Investigation, Investigations;
}

/// Gives every class the fields and verbs that its entity declares.
pub(crate) fn describe(py: Python<'_>) -> PyResult<()> {
    let base = py.get_type::<Record>();
    for def in SYSTEM_FIELDS {
        base.setattr(def.name, field(def))?;
    }
    for (entity, record, collection) in types(py) {
        let fields = entity.def().fields;
        for def in fields {
            record.setattr(attribute(def.name), field(def))?;
        }
        let names = std::iter::once("id").chain(fields.iter().map(|def| attribute(def.name)));
        record.setattr("__match_args__", PyTuple::new(py, names.collect::<Vec<_>>())?)?;
        for verb in VERBS.iter().filter(|verb| verb.entity == entity) {
            let shadowed = fields.iter().any(|def| def.name == verb.name);
            if !shadowed {
                record.setattr(verb.name, VerbOf { verb })?;
            }
            collection.setattr(verb.name, VerbOf { verb })?;
        }
    }
    Ok(())
}

/// The attribute of a field: `class` is a word of Python and becomes `class_`.
fn attribute(name: &'static str) -> &'static str {
    if name == "class" { "class_" } else { name }
}

fn field(def: &FieldDef) -> Field {
    let source = if def.sensitive { " Sensitive." } else { "" };
    Field { id: def.id, kind: def.kind, name: def.name, doc: format!("{} {}{source}", def.label_zh, def.doc) }
}
