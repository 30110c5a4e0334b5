//! Errors of the kernel as exceptions of `crmkernel.errors`.

use crm_core::{Error, ErrorKind, Result};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use crate::reason::Violation;

/// The exception of an error: its class derives from the kind, and it holds the context and every violation.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    // Ctrl-C in a hook ends the program, or whoever waits for it, as anywhere else.
    let interrupted = error.cause().and_then(|cause| cause.downcast_ref::<PyErr>());
    if let Some(interrupted) = interrupted.filter(|cause| cause.is_instance_of::<PyKeyboardInterrupt>(py)) {
        return interrupted.clone_ref(py);
    }
    exception(py, error).map_or_else(|failed| failed, PyErr::from_value)
}

/// The exception as an object, for results that hold errors beside values.
pub(crate) fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.import(py, "crmkernel.errors", "from_kernel")?;
    let violations =
        error.violations().iter().map(|v| Py::new(py, Violation(v.clone()))).collect::<PyResult<Vec<_>>>()?;
    let cause = error.cause();
    let python_cause = cause.and_then(|cause| cause.downcast_ref::<PyErr>());
    let cause_text = cause.filter(|_| python_cause.is_none()).map(ToString::to_string);
    let kind = error.kind();
    let made = make.call1((
        kind.name(),
        kind.number(),
        error.message(),
        error.context().to_vec(),
        PyTuple::new(py, violations)?,
        cause_text,
    ))?;
    if let Some(cause) = python_cause {
        made.setattr("__cause__", cause.value(py))?;
    }
    Ok(made)
}

/// Turns the kernel's result into Python's.
pub(crate) trait OrRaise<T> {
    /// The value, or the exception of the error.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raise(py, &error))
    }
}

/// The error of an argument that is not allowed.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

/// The error of a value of another type.
pub(crate) fn wrong_type(field: &str, wanted: &str, found: &str) -> Error {
    Error::new(ErrorKind::WrongType, format!("field {field} takes {wanted}, found {found}")).with("field", field)
}

/// Every kind of error: number, name and meaning.
#[pyfunction]
pub(crate) fn error_kinds() -> Vec<(i32, &'static str, &'static str)> {
    ErrorKind::ALL.iter().map(|kind| (kind.number(), kind.name(), kind.doc())).collect()
}
