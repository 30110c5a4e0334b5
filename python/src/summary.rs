//! A field summed up over the records of one group.

use crm_core::domain::{FieldType, Value};
use pyo3::prelude::*;

use crate::value::to_python;

/// A field summed up over the records of one group that have it.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Summary {
    found: crm_core::Summary,
    kind: FieldType,
    /// The type of the field that groups.
    by: Option<FieldType>,
}

impl Summary {
    pub(crate) fn new(found: crm_core::Summary, kind: FieldType, by: Option<FieldType>) -> Self {
        Self { found, kind, by }
    }
}

#[pymethods]
impl Summary {
    /// The value of the field that groups; `None` when it is absent, and without one.
    #[getter]
    pub(crate) fn group<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.found.group {
            Some(value) => to_python(py, self.by, value.as_ref()),
            None => Ok(py.None().into_bound(py)),
        }
    }

    /// How many records of the group have the field.
    #[getter]
    fn count(&self) -> u64 {
        self.found.count
    }

    /// The sum, exact; of money in minor units; `None` for other types than int and money.
    #[getter]
    pub(crate) fn sum(&self) -> Option<i128> {
        self.found.sum
    }

    /// The currency of the amounts; `None` when the field is not money.
    #[getter]
    pub(crate) fn currency(&self) -> Option<String> {
        match &self.found.least {
            Value::Money(money) => Some(money.currency().to_owned()),
            _ => None,
        }
    }

    /// The least value.
    #[getter]
    fn least<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, Some(self.kind), self.found.least.as_ref())
    }

    /// The greatest value.
    #[getter]
    fn greatest<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, Some(self.kind), self.found.greatest.as_ref())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let group = self.group(py)?.repr()?.to_string();
        let sum = self.found.sum.map_or_else(|| "None".to_owned(), |sum| sum.to_string());
        Ok(format!("Summary(group={group}, count={}, sum={sum})", self.found.count))
    }
}
