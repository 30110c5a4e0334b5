//! Journal entries as Python sees them: who changed what, when, and what the rules decided.

use std::sync::Arc;

use crm_core::Catalog;
use crm_core::domain::Language;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::reason::Decision;
use crate::value::{instant_to, to_python};

/// One committed change: who asked for it, when, what changed, and what the rules decided.
#[pyclass(frozen, get_all, module = "crmkernel")]
pub(crate) struct JournalEntry {
    /// The position in the journal, from 1, without gaps.
    sequence: u64,
    /// The instant.
    at: Py<PyAny>,
    /// Who asked for it.
    actor: String,
    /// The command: add, update, put, declare_field or the name of a verb.
    command: String,
    /// The policy in force.
    policy_version: String,
    /// The records that changed.
    changes: Py<PyTuple>,
    /// What the rules decided.
    decisions: Py<PyTuple>,
    /// The name of the custom field that was declared.
    declared: Option<String>,
}

#[pymethods]
impl JournalEntry {
    fn __repr__(&self, py: Python<'_>) -> String {
        let changes: Vec<String> =
            self.changes.bind(py).iter().filter_map(|c| c.repr().ok()).map(|r| r.to_string()).collect();
        format!("JournalEntry({} {} by {}: {})", self.sequence, self.command, self.actor, changes.join(", "))
    }
}

/// What changed in one record.
#[pyclass(frozen, get_all, module = "crmkernel")]
pub(crate) struct RecordChange {
    /// The entity.
    entity: &'static str,
    /// The id.
    id: u64,
    /// The revision that the change made.
    revision: u64,
    /// The sequence of the entry before that changed this record; 0 when there is none.
    previous_sequence: u64,
    /// The fields that changed.
    values: Py<PyTuple>,
}

#[pymethods]
impl RecordChange {
    fn __repr__(&self) -> String {
        format!("{} {} r{}", self.entity, self.id, self.revision)
    }
}

/// What changed in one field.
#[pyclass(frozen, get_all, module = "crmkernel")]
pub(crate) struct ValueChange {
    /// The name of the field.
    field: String,
    /// The value before, `None` when it was absent.
    before: Py<PyAny>,
    /// The value after, `None` when it was cleared.
    after: Py<PyAny>,
    /// Whether the field is personal or secret.
    sensitive: bool,
}

#[pymethods]
impl ValueChange {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        if self.sensitive {
            return Ok(format!("ValueChange({}: changed)", self.field));
        }
        Ok(format!("ValueChange({}: {} -> {})", self.field, self.before.bind(py).repr()?, self.after.bind(py).repr()?))
    }
}

/// Journal entries as a list.
pub(crate) fn entries<'py>(
    py: Python<'py>,
    catalog: &Arc<Catalog>,
    entries: Vec<crm_core::JournalEntry>,
) -> PyResult<Bound<'py, PyList>> {
    let entries = entries.into_iter().map(|entry| of(py, catalog, entry)).collect::<PyResult<Vec<_>>>()?;
    PyList::new(py, entries)
}

fn of(py: Python<'_>, catalog: &Arc<Catalog>, entry: crm_core::JournalEntry) -> PyResult<Py<JournalEntry>> {
    let changes = entry.changes.iter().map(|c| change(py, catalog, c)).collect::<PyResult<Vec<_>>>()?;
    let decisions =
        entry.decisions.into_iter().map(|decision| Py::new(py, Decision::of(decision, Language::English, catalog)));
    let decisions = decisions.collect::<PyResult<Vec<_>>>()?;
    Py::new(
        py,
        JournalEntry {
            sequence: entry.sequence,
            at: instant_to(py, entry.at)?.unbind(),
            actor: entry.actor,
            command: entry.command,
            policy_version: entry.policy_version,
            changes: PyTuple::new(py, changes)?.unbind(),
            decisions: PyTuple::new(py, decisions)?.unbind(),
            declared: entry.declared.map(|field| field.name),
        },
    )
}

fn change(py: Python<'_>, catalog: &Catalog, change: &crm_core::RecordChange) -> PyResult<Py<RecordChange>> {
    let mut values = Vec::with_capacity(change.values.len());
    for value in &change.values {
        let info = catalog.field(change.entity, value.field);
        let given = |value: &Option<crm_core::domain::Value>| match value {
            Some(value) => to_python(py, info.map(|info| info.kind), value.as_ref()).map(Bound::unbind),
            None => Ok(py.None()),
        };
        let field = info.map_or_else(|| value.field.to_string(), |info| info.name.clone());
        let sensitive = info.is_none_or(|info| info.sensitive);
        values.push(Py::new(
            py,
            ValueChange { field, before: given(&value.before)?, after: given(&value.after)?, sensitive },
        )?);
    }
    Py::new(
        py,
        RecordChange {
            entity: change.entity.def().name,
            id: change.id,
            revision: change.revision,
            previous_sequence: change.previous_sequence,
            values: PyTuple::new(py, values)?.unbind(),
        },
    )
}
