//! A query page by page, each with the position behind it.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple, PyType};

use crate::classes;
use crate::query::Query;

/// A few records of a query, and the position behind them.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Page {
    records: Py<PyTuple>,
    position: Vec<u8>,
}

#[pymethods]
impl Page {
    /// The records.
    #[getter]
    fn records(&self, py: Python<'_>) -> Py<PyTuple> {
        self.records.clone_ref(py)
    }

    /// Where the same query goes on, now or after a restart: `query.after(position)`. It may hold personal data.
    #[getter]
    fn position<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.position)
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.records.bind(py).len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.records.bind(py).try_iter()?.into_any())
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        let _ = item;
        class.clone()
    }
}

/// The pages of a query.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Pages {
    query: Query,
    size: u64,
    next: Mutex<Next>,
}

#[derive(Clone)]
struct Next {
    position: Option<Vec<u8>>,
    left: Option<u64>,
}

impl Pages {
    /// The pages of a query from its position on; `size` is at least 1.
    pub(crate) fn new(query: Query, size: u64) -> Self {
        let next = Next { position: query.query.position.clone(), left: query.query.limit };
        Self { query, size, next: Mutex::new(next) }
    }
}

#[pymethods]
impl Pages {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Page>> {
        let at = self.next.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut query = self.query.query.clone();
        query.limit = Some(at.left.map_or(self.size, |left| left.min(self.size)));
        query.position = at.position;
        let (records, position) = self.query.shared.call(py, |session| {
            let mut cursor = session.find(&query)?;
            let mut records = Vec::new();
            while let Some(record) = cursor.step()? {
                records.push(record);
            }
            Ok((records, cursor.position()))
        })?;
        if records.is_empty() {
            return Ok(None);
        }
        let left = at.left.map(|left| left.saturating_sub(records.len() as u64));
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Next { position: Some(position.clone()), left };
        let catalog = self.query.shared.catalog();
        let wrapped = records.into_iter().map(|record| classes::wrap(py, record, &catalog, Some(&self.query.shared)));
        let wrapped = wrapped.collect::<PyResult<Vec<_>>>()?;
        Ok(Some(Page { records: PyTuple::new(py, wrapped)?.unbind(), position }))
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        let _ = item;
        class.clone()
    }
}
