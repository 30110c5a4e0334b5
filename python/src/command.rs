//! Commands as values, for batches, and what became of them.

use std::sync::Arc;

use crm_core::domain::{self, EntityKind, Language};
use crm_core::{Catalog, Result};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::classes;
use crate::collection::verb_named;
use crate::failure::invalid;
use crate::filter;
use crate::reason::Decision;
use crate::shared::Shared;

/// A change to ask for: `Command("visit.hold", id=7, values={...})`.
#[pyclass(frozen, get_all, module = "crmkernel")]
pub(crate) struct Command {
    /// What to do: the entity and `add`, `put`, `update` or a verb, as in `customer.add`.
    r#do: String,
    /// Which record, for `update` and verbs.
    id: Option<u64>,
    /// The revision that was read; `None` changes whatever is there.
    revision: Option<u64>,
    /// The values by field name; `None` clears.
    values: Py<PyDict>,
}

#[pymethods]
impl Command {
    #[new]
    #[pyo3(signature = (r#do, values = None, *, id = None, revision = None))]
    fn new(
        py: Python<'_>,
        r#do: String,
        values: Option<Bound<'_, PyDict>>,
        id: Option<u64>,
        revision: Option<u64>,
    ) -> Self {
        let values = values.unwrap_or_else(|| PyDict::new(py)).unbind();
        Self { r#do, id, revision, values }
    }

    fn __repr__(&self) -> String {
        let id = self.id.map_or(String::new(), |id| format!(", id={id}"));
        format!("Command({:?}{id})", self.r#do)
    }
}

impl Command {
    /// The kernel's command.
    ///
    /// # Errors
    /// `InvalidArgument` for an unknown command or a missing id; as [`filter::changes`].
    pub(crate) fn to_kernel(&self, py: Python<'_>, catalog: &Catalog) -> Result<domain::Command> {
        let parts = self.r#do.split_once('.').and_then(|(entity, name)| Some((EntityKind::from_name(entity)?, name)));
        let (entity, name) = parts.ok_or_else(|| {
            invalid(format!("{:?} is no command; it is an entity and what to do, as in customer.add", self.r#do))
        })?;
        let changes = filter::changes(catalog, entity, Some(self.values.bind(py)))?;
        let id = || self.id.ok_or_else(|| invalid(format!("{} needs the id of the record", self.r#do)));
        Ok(match name {
            "add" => domain::Command::Add { entity, changes },
            "put" => domain::Command::Put { entity, changes },
            "update" => domain::Command::Update { entity, id: id()?, revision: self.revision, changes },
            verb => {
                domain::Command::Act { verb: verb_named(entity, verb)?, id: id()?, revision: self.revision, changes }
            }
        })
    }
}

/// What a committed command did.
#[pyclass(frozen, get_all, module = "crmkernel")]
pub(crate) struct Outcome {
    /// Whether anything was written.
    changed: bool,
    /// Whether a record was added.
    added: bool,
    /// The sequence of the journal entry; 0 when nothing was written.
    sequence: u64,
    /// The record as it is now.
    record: Py<PyAny>,
    /// What the rules decided.
    decisions: Py<PyTuple>,
}

#[pymethods]
impl Outcome {
    fn __repr__(&self) -> String {
        let name = |value: bool| if value { "True" } else { "False" };
        format!("Outcome(changed={}, added={}, sequence={})", name(self.changed), name(self.added), self.sequence)
    }
}

/// The outcome as an object.
pub(crate) fn outcome<'py>(
    py: Python<'py>,
    shared: &Arc<Shared>,
    catalog: &Arc<Catalog>,
    outcome: crm_core::Outcome,
) -> PyResult<Bound<'py, Outcome>> {
    let record = match outcome.record {
        Some(record) => classes::wrap(py, record, catalog, Some(shared))?.unbind(),
        None => py.None(),
    };
    let decisions =
        outcome.decisions.into_iter().map(|decision| Py::new(py, Decision::of(decision, Language::English, catalog)));
    let decisions = PyTuple::new(py, decisions.collect::<PyResult<Vec<_>>>()?)?.unbind();
    let (changed, added, sequence) = (outcome.changed, outcome.added, outcome.sequence);
    Bound::new(py, Outcome { changed, added, sequence, record, decisions })
}
