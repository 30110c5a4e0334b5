//! What is read off the records and the journal: the time in each state, relations, satisfaction.

use crm_core::domain::{EntityKind, EnumDef, FieldType};
use crm_core::rules::{relation, satisfaction};
use pyo3::prelude::*;

use crate::value::instant_to;

/// A stay of a record in a state.
#[pyclass(frozen, eq, module = "crmkernel")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stay(pub(crate) crm_core::Stay);

#[pymethods]
impl Stay {
    /// The name of the state.
    #[getter]
    fn state(&self) -> &'static str {
        self.0.state
    }

    /// When the record came into it.
    #[getter]
    fn since<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        instant_to(py, self.0.from)
    }

    /// When it left it; `None` while it is there.
    #[getter]
    fn until<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.until.map(|until| instant_to(py, until)).transpose()
    }

    /// How long it lasted, up to now while it lasts, in whole seconds.
    #[getter]
    fn seconds(&self) -> i64 {
        self.0.seconds
    }

    fn __repr__(&self) -> String {
        format!("Stay(state={:?}, seconds={})", self.0.state, self.0.seconds)
    }
}

/// A person, or a party, to whom relations lead.
#[pyclass(frozen, eq, module = "crmkernel")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Related {
    reached: relation::Reached,
    kind: &'static str,
}

impl Related {
    /// One who was reached over relations of an entity.
    pub(crate) fn new(entity: EntityKind, reached: relation::Reached) -> Self {
        let kind = entity.def().field_named("kind").map(|field| field.kind);
        let name = |def: &'static EnumDef| def.by_number(reached.edge.kind).map_or("", |value| value.name);
        let kind = if let Some(FieldType::Enum(def)) = kind { name(def) } else { "" };
        Self { reached, kind }
    }
}

#[pymethods]
impl Related {
    /// The id of the person or party.
    #[getter]
    fn id(&self) -> u64 {
        self.reached.id
    }

    /// By how many relations, from 1.
    #[getter]
    fn depth(&self) -> u32 {
        self.reached.depth
    }

    /// The id of the one from whom the last of these relations led here.
    #[getter]
    fn via(&self) -> u64 {
        self.reached.from
    }

    /// The id of that relation.
    #[getter]
    fn relation(&self) -> u64 {
        self.reached.edge.relation
    }

    /// Its kind.
    #[getter]
    fn kind(&self) -> &'static str {
        self.kind
    }

    /// Whether it leads away from `via`, as one that goes both ways always does.
    #[getter]
    fn leads_away(&self) -> bool {
        self.reached.edge.leads_away
    }

    fn __repr__(&self) -> String {
        let r = &self.reached;
        format!("Related(id={}, depth={}, via={}, kind={:?})", r.id, r.depth, r.from, self.kind)
    }
}

/// A part of a whole, exact.
#[pyclass(frozen, eq, module = "crmkernel")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share(pub(crate) satisfaction::Share);

#[pymethods]
impl Share {
    /// The part.
    #[getter]
    fn part(&self) -> u64 {
        self.0.part
    }

    /// The whole.
    #[getter]
    fn whole(&self) -> u64 {
        self.0.whole
    }

    /// The part of the whole in hundredths of a percent, rounded half up; `None` of nothing.
    #[getter]
    fn hundredths(&self) -> Option<u64> {
        self.0.hundredths()
    }

    /// Whether it is at least so many percent, without rounding; nothing of nothing is not.
    fn is_at_least(&self, percent: u64) -> bool {
        self.0.is_at_least(percent)
    }

    fn __repr__(&self) -> String {
        format!("Share(part={}, whole={})", self.0.part, self.0.whole)
    }
}
