//! Queries: immutable, and run afresh each time they are asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use crm_core::domain::{EntityKind, Fields};
use crm_core::{Catalog, Result};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyList, PyTuple, PyType};

use crate::classes;
use crate::facts::Plan;
use crate::failure::{OrRaise, invalid};
use crate::filter;
use crate::html;
use crate::shared::Shared;
use crate::value::to_python;

/// How many records a cursor reads while the interpreter is let go, at first and at most.
const READ_MIN: usize = 16;
const READ_MAX: usize = 512;

/// Which records of an entity, in which order and how many. It never changes: every method gives a new one.
#[pyclass(frozen, module = "crmkernel")]
#[derive(Clone)]
pub(crate) struct Query {
    shared: Arc<Shared>,
    query: crm_core::Query,
    columns: Option<Vec<u16>>,
}

#[pymethods]
impl Query {
    /// The entity.
    #[getter]
    fn entity(&self) -> &'static str {
        self.query.entity.def().name
    }

    /// Adds conditions: `owner="u.li"`, `planned_on__lt=day`, `state__in=[...]`.
    #[pyo3(signature = (**conditions))]
    pub(crate) fn filter(&self, py: Python<'_>, conditions: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut next = self.clone();
        let more = filter::conditions(&*self.catalog().or_raise(py)?, self.query.entity, conditions).or_raise(py)?;
        next.query.conditions.extend(more);
        Ok(next)
    }

    /// Adds one condition: a field, an operator, and its values.
    #[pyo3(name = "where", signature = (field, op, /, *values))]
    fn where_(&self, py: Python<'_>, field: &str, op: &str, values: Vec<Bound<'_, PyAny>>) -> PyResult<Self> {
        let more = || {
            let catalog = self.catalog()?;
            filter::condition_of(
                filter::field_named(&catalog, self.query.entity, field)?,
                filter::op_named(op)?,
                &values,
            )
        };
        let mut next = self.clone();
        next.query.conditions.push(more().or_raise(py)?);
        Ok(next)
    }

    /// Sets the order: a field's name, with `-` before it for descending.
    pub(crate) fn order_by(&self, py: Python<'_>, order: &str) -> PyResult<Self> {
        let mut next = self.clone();
        next.query.order = Some(filter::order(&*self.catalog().or_raise(py)?, self.query.entity, order).or_raise(py)?);
        Ok(next)
    }

    /// Sets the greatest number of records.
    pub(crate) fn limit(&self, limit: u64) -> Self {
        let mut next = self.clone();
        next.query.limit = Some(limit);
        next
    }

    /// Goes on behind a page's position.
    fn after(&self, position: &[u8]) -> Self {
        let mut next = self.clone();
        next.query.position = Some(position.to_vec());
        next
    }

    /// Takes these fields only, for tables.
    #[pyo3(signature = (*columns))]
    fn select(&self, py: Python<'_>, columns: Vec<String>) -> PyResult<Self> {
        let ids = || {
            let catalog = self.catalog()?;
            columns
                .iter()
                .map(|name| Ok(filter::field_named(&catalog, self.query.entity, name)?.id))
                .collect::<Result<Vec<_>>>()
        };
        let mut next = self.clone();
        next.columns = Some(ids().or_raise(py)?);
        Ok(next)
    }

    /// The records, read as they are asked for, from one snapshot.
    pub(crate) fn __iter__(&self, py: Python<'_>) -> PyResult<Cursor> {
        let query = &self.query;
        let cursor = self.shared.call(py, |session| session.find(query))?;
        Ok(Cursor {
            shared: self.shared.clone(),
            catalog: self.shared.catalog(),
            reading: Mutex::new(Reading::new(cursor)),
        })
    }

    /// The first record, `None` when there is none.
    fn first<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.limit(self.query.limit.unwrap_or(1).min(1)).__iter__(py)?.__next__(py)
    }

    /// All records as a list.
    fn to_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        let cursor = self.__iter__(py)?;
        while let Some(record) = cursor.__next__(py)? {
            list.append(record)?;
        }
        Ok(list)
    }

    /// How many records there are, the limit left aside.
    pub(crate) fn count(&self, py: Python<'_>) -> PyResult<u64> {
        let query = self.query.clone();
        self.shared.call_long(py, false, &|_| Ok(()), move |session, _| session.count(&query))
    }

    /// How many records have each value of a field; absent counts as `None`.
    fn count_by<'py>(&self, py: Python<'py>, field: &str) -> PyResult<Bound<'py, PyDict>> {
        let catalog = self.catalog().or_raise(py)?;
        let info = catalog.require_named(self.query.entity, field).or_raise(py)?;
        let (query, id) = (self.query.clone(), info.id);
        let counts = self.shared.call_long(py, false, &|_| Ok(()), move |session, _| session.count_by(&query, id))?;
        let dict = PyDict::new(py);
        for (value, count) in counts {
            match value {
                Some(value) => dict.set_item(to_python(py, Some(info.kind), value.as_ref())?, count)?,
                None => dict.set_item(py.None(), count)?,
            }
        }
        Ok(dict)
    }

    /// How the query is answered: from which index, and what is left to filter and to sort.
    fn plan(&self, py: Python<'_>) -> PyResult<Plan> {
        let query = &self.query;
        self.shared.call(py, |session| session.explain_query(query)).map(Plan)
    }

    /// The records page by page; each page knows the position behind it.
    fn pages(&self, py: Python<'_>, size: u64) -> PyResult<Pages> {
        if size == 0 {
            return Err(invalid("a page holds at least 1 record, found 0")).or_raise(py);
        }
        Ok(Pages {
            query: self.clone(),
            size,
            next: Mutex::new(Next { position: self.query.position.clone(), left: self.query.limit }),
        })
    }

    /// A fresh Arrow stream of the records, for any library that takes one.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The protocol lets a producer answer with its own schema.
        let _ = requested_schema;
        let (query, columns) = (&self.query, self.columns.as_deref());
        let reader = self.shared.call(py, |session| session.arrow(query, columns))?;
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), c"arrow_array_stream")
    }

    /// The records as a `pyarrow.Table`.
    fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("crmkernel.frames")?.call_method1("to_arrow", (slf,))
    }

    /// The records as a `polars.DataFrame`.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("crmkernel.frames")?.call_method1("to_polars", (slf,))
    }

    /// The records as a `pandas.DataFrame`.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("crmkernel.frames")?.call_method1("to_pandas", (slf,))
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let count = self.count(py)?;
        let shown = self.limit(self.query.limit.unwrap_or(u64::MAX).min(html::ROWS_MAX)).read(py)?;
        let columns = self.columns.as_deref();
        Ok(html::table(
            self.query.entity,
            &self.shared.catalog(),
            columns,
            &shown,
            self.query.limit.map_or(count, |l| l.min(count)),
        ))
    }

    fn __repr__(&self) -> String {
        let catalog = self.shared.catalog();
        let name = |id| catalog.field(self.query.entity, id).map_or("?", |info| info.name.as_str());
        let conditions: Vec<String> =
            self.query.conditions.iter().map(|c| format!("{} {}", name(c.field), c.op.name())).collect();
        let order =
            self.query.order.map_or(String::new(), |(field, order)| format!(" order {} {order:?}", name(field)));
        let limit = self.query.limit.map_or(String::new(), |limit| format!(" limit {limit}"));
        format!(
            "<Query of {}: {}{}{limit}>",
            self.query.entity.def().plural,
            conditions.join(", "),
            order.to_lowercase()
        )
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        let _ = item;
        class.clone()
    }
}

impl Query {
    pub(crate) fn new(shared: Arc<Shared>, entity: EntityKind) -> Self {
        Self { shared, query: crm_core::Query::new(entity), columns: None }
    }

    fn catalog(&self) -> Result<Arc<Catalog>> {
        self.shared.open_catalog()
    }

    /// Reads all records of a query that is limited.
    fn read(&self, py: Python<'_>) -> PyResult<Vec<crm_core::Record>> {
        let query = &self.query;
        self.shared.call(py, |session| {
            let mut cursor = session.find(query)?;
            let mut records = Vec::new();
            while let Some(record) = cursor.step()? {
                records.push(record);
            }
            Ok(records)
        })
    }
}

/// The records of a query, one at a time.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Cursor {
    shared: Arc<Shared>,
    catalog: Arc<Catalog>,
    reading: Mutex<Reading>,
}

struct Reading {
    cursor: crm_core::Cursor,
    ready: VecDeque<crm_core::Record>,
    batch: usize,
}

impl Reading {
    fn new(cursor: crm_core::Cursor) -> Self {
        Self { cursor, ready: VecDeque::new(), batch: READ_MIN }
    }

    fn fill(&mut self) -> Result<()> {
        while self.ready.len() < self.batch {
            match self.cursor.step()? {
                Some(record) => self.ready.push_back(record),
                None => break,
            }
        }
        self.batch = (self.batch * 2).min(READ_MAX);
        Ok(())
    }
}

#[pymethods]
impl Cursor {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    pub(crate) fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let ready = self.try_ready();
        let record = match ready {
            Some(record) => Some(record),
            None => self.shared.call(py, |_| {
                let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
                if reading.ready.is_empty() {
                    reading.fill()?;
                }
                Ok(reading.ready.pop_front())
            })?,
        };
        record.map(|record| classes::wrap(py, record, &self.catalog, Some(&self.shared))).transpose()
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        let _ = item;
        class.clone()
    }
}

impl Cursor {
    /// A record that is read already. Never waits, for the interpreter is held.
    fn try_ready(&self) -> Option<crm_core::Record> {
        self.reading.try_lock().ok()?.ready.pop_front()
    }
}

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

/// The text of a field for a page of HTML, `None` when it is absent.
pub(crate) fn text_of(record: &dyn Fields, info: &crm_core::FieldInfo) -> Option<String> {
    use crm_core::domain::{FieldType, ValueRef};
    Some(match (record.get(info.id)?, info.kind) {
        (ValueRef::Enum(number), FieldType::Enum(def)) => {
            def.by_number(number).map_or_else(|| number.to_string(), |value| value.name.to_owned())
        }
        (value, _) => value.to_string(),
    })
}
