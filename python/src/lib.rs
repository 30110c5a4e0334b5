//! The extension module `crmkernel._native`: the kernel's facade as Python sees it.

mod bulk;
mod classes;
mod clock;
mod collection;
mod command;
mod database;
mod declared;
mod derived;
mod facts;
mod failure;
mod filter;
mod foreign;
mod hook;
mod html;
mod interpreter;
mod journal;
mod money;
mod operations;
mod pages;
mod policies;
mod quantity;
mod query;
mod reason;
mod record;
mod salvage;
mod sdk;
mod shared;
mod stream;
mod summary;
mod table;
mod target;
mod validator;
mod value;

/// The kernel of crmkernel. Import `crmkernel`, not this module.
#[pyo3::pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::bulk::Staged;
    #[pymodule_export]
    use crate::classes::{
        AccessRecord, AccessRecords, Action, Actions, Appeal, Appeals, Complaint, Complaints, Customer, CustomerPlan,
        CustomerPlans, Customers, InformationItem, InformationItems, Investigation, Investigations, OrgUnit, OrgUnits,
        PartnerRelation, PartnerRelations, Person, PersonRelation, PersonRelations, Persons, Review, Reviews,
        SatisfactionScore, SatisfactionScores, Survey, SurveyAnswer, SurveyAnswers, Surveys, User, Users, Visit,
        Visits, WorkYear, WorkYears,
    };
    #[pymodule_export]
    use crate::clock::FixedClock;
    #[pymodule_export]
    use crate::collection::Collection;
    #[pymodule_export]
    use crate::command::{Command, Outcome};
    #[pymodule_export]
    use crate::database::{Database, open};
    #[pymodule_export]
    use crate::derived::{Related, Share, Stay};
    #[pymodule_export]
    use crate::facts::{FieldInfo, Plan, PluginStatus, VerifyReport, Warning, operations};
    #[pymodule_export]
    use crate::failure::error_kinds;
    #[pymodule_export]
    use crate::hook::{Change, Values};
    #[pymodule_export]
    use crate::journal::{JournalEntry, RecordChange, ValueChange};
    #[pymodule_export]
    use crate::money::Money;
    #[pymodule_export]
    use crate::operations::{Copied, Problem, Rebuilt, SpaceStatistics, Statistics, restore};
    #[pymodule_export]
    use crate::pages::{Page, Pages};
    #[pymodule_export]
    use crate::policies::{FigureDifference, Policies, PolicyVersion, WhatIf, check_policy};
    #[pymodule_export]
    use crate::query::{Cursor, Query};
    #[pymodule_export]
    use crate::reason::{Decision, Violation, decisions_html};
    #[pymodule_export]
    use crate::record::{Record, load_record};
    #[pymodule_export]
    use crate::salvage::{Salvaged, salvage};
    #[pymodule_export]
    use crate::summary::Summary;
    #[pymodule_export]
    use crate::table::Table;
    #[pymodule_export]
    use crate::validator::{check_plugin, plugin_checks, plugin_docs, plugin_header, plugin_manifest, plugin_sdk};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::interpreter::register(module)?;
        crate::classes::describe(module.py())
    }
}
