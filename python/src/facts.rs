//! Small frozen facts: fields, plans, reports, the state of plugins.

use std::collections::BTreeMap;

use crm_core::domain::{FieldType, Operation, Required, Writer};
use pyo3::prelude::*;

use crate::operations::Problem;

/// What a session can ask for, by name: the least level, and what it does. A verb has a level of its own.
#[pyfunction]
pub(crate) fn operations() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    Operation::ALL.iter().map(|found| (found.name(), (found.level().name(), found.doc()))).collect()
}

/// What is known about a field.
#[pyclass(frozen, eq, module = "crmkernel")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldInfo(pub(crate) crm_core::FieldInfo);

#[pymethods]
impl FieldInfo {
    /// The stable number.
    #[getter]
    fn id(&self) -> u16 {
        self.0.id
    }

    /// The name.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// The type: text, int, bool, date, instant, money, enum or ref.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.0.kind.name()
    }

    /// The English label.
    #[getter]
    fn label(&self) -> &str {
        &self.0.label
    }

    /// The Chinese label.
    #[getter]
    fn label_zh(&self) -> &str {
        &self.0.label_zh
    }

    /// Whether it is personal or secret.
    #[getter]
    fn sensitive(&self) -> bool {
        self.0.sensitive
    }

    /// Whether an index of its own is kept.
    #[getter]
    fn indexed(&self) -> bool {
        self.0.indexed
    }

    /// Whether every record has it.
    #[getter]
    fn required(&self) -> bool {
        self.0.required == Required::Always
    }

    /// Who may set it: caller, verb or kernel.
    #[getter]
    fn writer(&self) -> &'static str {
        match self.0.writer {
            Writer::Caller => "caller",
            Writer::Verb => "verb",
            Writer::Kernel => "kernel",
        }
    }

    /// The names that an enumeration takes; empty for other types.
    #[getter]
    fn values(&self) -> Vec<&'static str> {
        match self.0.kind {
            FieldType::Enum(def) => def.values.iter().map(|value| value.name).collect(),
            _ => Vec::new(),
        }
    }

    /// The Chinese label of each name that an enumeration takes; empty for other types.
    #[getter]
    fn value_labels(&self) -> BTreeMap<&'static str, &'static str> {
        match self.0.kind {
            FieldType::Enum(def) => def.values.iter().map(|value| (value.name, value.label_zh)).collect(),
            _ => BTreeMap::new(),
        }
    }

    /// The greatest number of characters of a text; `None` for other types.
    #[getter]
    fn len_max(&self) -> Option<u32> {
        match self.0.kind {
            FieldType::Text { len_max } => Some(len_max),
            _ => None,
        }
    }

    /// The entity that a reference names; `None` for other types.
    #[getter]
    fn references(&self) -> Option<&'static str> {
        match self.0.kind {
            FieldType::Ref(entity) => Some(entity.def().name),
            _ => None,
        }
    }

    fn __repr__(&self) -> String {
        format!("FieldInfo(name={:?}, type={:?})", self.0.name, self.0.kind.name())
    }
}

/// How a query is answered.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Plan(pub(crate) crm_core::Plan);

#[pymethods]
impl Plan {
    /// The index that is read; `None` when every record of the entity is.
    #[getter]
    fn index(&self) -> Option<&str> {
        self.0.index.as_deref()
    }

    /// How many of the index's fields are fixed by the conditions.
    #[getter]
    fn fixed_fields(&self) -> usize {
        self.0.fixed_fields
    }

    /// Whether the conditions bound the field after those to a range.
    #[getter]
    fn ranged(&self) -> bool {
        self.0.ranged
    }

    /// Whether the records come in the order asked for without sorting.
    #[getter]
    fn sorted(&self) -> bool {
        self.0.sorted
    }

    /// The fields whose conditions are checked on each record.
    #[getter]
    fn filtered(&self) -> Vec<String> {
        self.0.filtered.clone()
    }

    /// The count, kept with every write, from which `count()` answers instead; `None` when there is none.
    #[getter]
    fn counted(&self) -> Option<&str> {
        self.0.counted.as_deref()
    }

    fn __repr__(&self) -> String {
        let p = &self.0;
        let index = p.index.as_deref().unwrap_or("every record");
        format!(
            "Plan(index={index:?}, fixed_fields={}, ranged={}, sorted={}, filtered={:?})",
            p.fixed_fields,
            named(p.ranged),
            named(p.sorted),
            p.filtered
        )
    }
}

fn named(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// What a check of the whole database found.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct VerifyReport(pub(crate) crm_core::Report);

#[pymethods]
impl VerifyReport {
    /// How many journal entries were read.
    #[getter]
    fn entries(&self) -> u64 {
        self.0.entries
    }

    /// How many records were read.
    #[getter]
    fn records(&self) -> u64 {
        self.0.records
    }

    /// How many index entries, unique keys and counts were read.
    #[getter]
    fn keys(&self) -> u64 {
        self.0.keys
    }

    /// Whether the store's own check ran: it does not while cursors are alive, nor while the disk is full.
    #[getter]
    fn store_checked(&self) -> bool {
        self.0.store_checked
    }

    /// How many problems there are; 0 means that all is well.
    #[getter]
    fn problem_count(&self) -> u64 {
        self.0.problem_count
    }

    /// What is wrong, the first 100 of it.
    #[getter]
    fn problems(&self) -> Vec<Problem> {
        self.0.problems.iter().cloned().map(Problem).collect()
    }

    /// What somebody should know besides, such as a plugin that is missing; these are no problems.
    #[getter]
    fn warnings(&self) -> Vec<Warning> {
        self.0.warnings.iter().cloned().map(Warning).collect()
    }

    /// Whether all is well.
    #[getter]
    fn ok(&self) -> bool {
        self.0.problem_count == 0
    }

    fn __repr__(&self) -> String {
        let r = &self.0;
        format!(
            "VerifyReport(entries={}, records={}, keys={}, problem_count={})",
            r.entries, r.records, r.keys, r.problem_count
        )
    }
}

/// One thing that somebody should know about an open database.
#[pyclass(frozen, eq, module = "crmkernel")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning(pub(crate) crm_core::Warning);

#[pymethods]
impl Warning {
    /// The stable code in snake case: plugin_missing, plugin_older, calendar_year_not_announced.
    #[getter]
    fn code(&self) -> &'static str {
        self.0.code
    }

    /// What it is about: the id of a plugin, or the year of a calendar that is not announced.
    #[getter]
    fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The warning as an English sentence, without personal data.
    #[getter]
    fn message(&self) -> &str {
        &self.0.message
    }

    /// The warning as a Chinese sentence.
    #[getter]
    fn message_zh(&self) -> &str {
        &self.0.message_zh
    }

    fn __repr__(&self) -> String {
        format!("Warning(code={:?}, subject={:?})", self.0.code, self.0.subject)
    }

    fn __str__(&self) -> &str {
        &self.0.message
    }
}

/// What is known about a registered plugin.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct PluginStatus(pub(crate) crm_core::plugin::PluginStatus);

#[pymethods]
impl PluginStatus {
    /// The id.
    #[getter]
    fn id(&self) -> &str {
        &self.0.id
    }

    /// The version.
    #[getter]
    fn version(&self) -> &str {
        &self.0.version
    }

    /// How many calls failed.
    #[getter]
    fn failures(&self) -> u64 {
        self.0.failures
    }

    /// Whether it is not called any more.
    #[getter]
    fn quarantined(&self) -> bool {
        self.0.quarantined
    }

    /// How many calls took longer than a tenth of a second.
    #[getter]
    fn slow(&self) -> u64 {
        self.0.slow
    }

    /// The longest call. Unit: microseconds.
    #[getter]
    fn slowest_us(&self) -> i64 {
        self.0.slowest_us
    }

    fn __repr__(&self) -> String {
        let p = &self.0;
        format!(
            "PluginStatus(id={:?}, version={:?}, failures={}, quarantined={})",
            p.id,
            p.version,
            p.failures,
            named(p.quarantined)
        )
    }
}
