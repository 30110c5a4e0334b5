//! Money as Python sees it: frozen, an integer of minor units and a currency.

use std::hash::{DefaultHasher, Hash, Hasher};

use crm_core::domain;
use pyo3::prelude::*;

use crate::failure::raise;

/// An amount of money: minor units (fen for CNY) of an ISO 4217 currency.
#[pyclass(frozen, eq, ord, from_py_object, module = "crmkernel")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Money(pub(crate) domain::Money);

#[pymethods]
impl Money {
    #[new]
    fn new(py: Python<'_>, amount_minor: i64, currency: &str) -> PyResult<Self> {
        domain::Money::new(amount_minor, currency).map(Self).map_err(|e| raise(py, &e))
    }

    /// The amount in minor units.
    #[getter]
    fn amount_minor(&self) -> i64 {
        self.0.amount_minor()
    }

    /// The three letters of the currency.
    #[getter]
    fn currency(&self) -> String {
        self.0.currency().to_owned()
    }

    /// Reads an amount in units of its currency, as `str` of one is: `12.50 CNY`.
    #[staticmethod]
    fn parse(py: Python<'_>, text: &str) -> PyResult<Self> {
        text.parse().map(Self).map_err(|e| raise(py, &e))
    }

    /// The amount in units of the currency, with its decimals: `12.50 CNY`.
    fn __str__(&self) -> String {
        self.0.to_string()
    }

    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("amount_minor", "currency")
    }

    fn __repr__(&self) -> String {
        format!("Money({}, '{}')", self.0.amount_minor(), self.0.currency())
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (i64, String)) {
        let money = slf.get();
        (slf.get_type().into_any(), (money.amount_minor(), money.currency()))
    }
}
