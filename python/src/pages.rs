//! A query page by page, each with the position behind it.

use std::sync::{Mutex, PoisonError};

use crm_core::{Record, Result, Session};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple, PyType};

use crate::classes;
use crate::query::Query;

/// Some records of a query, and the position behind them.
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

/// The pages of a query, read on in the snapshot of the first one.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Pages {
    query: Query,
    size: u64,
    reading: Mutex<Reading>,
}

enum Reading {
    /// No page was asked for.
    Before,
    /// The cursor, boxed because it is long, and the records of a page that an error broke off: the next one begins with them.
    On(Box<crm_core::Cursor>, Vec<Record>),
    /// The snapshot is let go.
    Ended,
}

impl Pages {
    /// The pages of a query from its position on; `size` is at least 1.
    pub(crate) fn new(query: Query, size: u64) -> Self {
        Self { query, size, reading: Mutex::new(Reading::Before) }
    }

    /// The next page and the position behind it; `None` behind the last one.
    fn read(&self, session: &Session) -> Result<Option<(Vec<Record>, Vec<u8>)>> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Reading::Before = *reading {
            *reading = Reading::On(Box::new(session.find(&self.query.query)?), Vec::new());
        }
        let Reading::On(cursor, records) = &mut *reading else { return Ok(None) };
        while (records.len() as u64) < self.size {
            match cursor.step()? {
                Some(record) => records.push(record),
                None => break,
            }
        }
        let (records, position) = (std::mem::take(records), cursor.position());
        if (records.len() as u64) < self.size {
            *reading = Reading::Ended;
        }
        Ok((!records.is_empty()).then_some((records, position)))
    }
}

#[pymethods]
impl Pages {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Page>> {
        let Some((records, position)) = self.query.shared.call(py, |session| self.read(session))? else {
            return Ok(None);
        };
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
