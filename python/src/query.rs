//! Queries: immutable, and run afresh each time they are asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crm_core::domain::{EntityKind, FieldType, Fields};
use crm_core::{Catalog, Result};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList, PyType};

use crate::classes;
use crate::derived::Share;
use crate::facts::Plan;
use crate::failure::{OrRaise, invalid, wrong_type};
use crate::filter;
use crate::html;
use crate::pages::Pages;
use crate::shared::Shared;
use crate::stream;
use crate::summary::Summary;
use crate::value::{Amount, to_python};

/// How many records a cursor reads while the interpreter is let go, at first and at most.
const READ_MIN: usize = 16;
const READ_MAX: usize = 512;

/// Which records of an entity, in which order and how many. It never changes: every method gives a new one.
#[pyclass(frozen, module = "crmkernel")]
#[derive(Clone)]
pub(crate) struct Query {
    pub(crate) shared: Arc<Shared>,
    pub(crate) query: crm_core::Query,
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
    #[pyo3(name = "limit")]
    pub(crate) fn limited(&self, limit: Amount) -> Self {
        self.limit(limit.0)
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

    /// Which part of the records has each value of a field, exact; absent counts as `None`. So the rate of customers that
    /// cooperate is the share of one status.
    fn shares_by<'py>(&self, py: Python<'py>, field: &str) -> PyResult<Bound<'py, PyDict>> {
        let catalog = self.catalog().or_raise(py)?;
        let info = catalog.require_named(self.query.entity, field).or_raise(py)?;
        let (query, id) = (self.query.clone(), info.id);
        let shares = self.shared.call_long(py, false, &|_| Ok(()), move |session, _| session.shares_by(&query, id))?;
        let dict = PyDict::new(py);
        for (value, share) in shares {
            let value = value.map(|value| to_python(py, Some(info.kind), value.as_ref())).transpose()?;
            dict.set_item(value, Share(share))?;
        }
        Ok(dict)
    }

    /// A field summed up over the records: count, sum, least and greatest value, by the values of another field or all
    /// together. Money has a summary for each currency.
    #[pyo3(signature = (field, by = None))]
    fn aggregate(&self, py: Python<'_>, field: &str, by: Option<&str>) -> PyResult<Vec<Summary>> {
        let catalog = self.catalog().or_raise(py)?;
        let entity = self.query.entity;
        let info = catalog.require_named(entity, field).or_raise(py)?;
        let by = by.map(|by| catalog.require_named(entity, by)).transpose().or_raise(py)?;
        let (query, id, by_id) = (self.query.clone(), info.id, by.map(|by| by.id));
        let found =
            self.shared.call_long(py, false, &|_| Ok(()), move |session, _| session.aggregate(&query, id, by_id))?;
        let by = by.map(|by| by.kind);
        Ok(found.into_iter().map(|summary| Summary::new(summary, info.kind, by)).collect())
    }

    /// The exact sum of an integer field: a number, or a dict by the values of another field. The sums of money are dicts
    /// by currency, in minor units. A group in which no record has the field is left out.
    #[pyo3(signature = (field, by = None))]
    fn sum<'py>(&self, py: Python<'py>, field: &str, by: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let kind = self.catalog().and_then(|catalog| Ok(catalog.require_named(self.query.entity, field)?.kind));
        let kind = kind.or_raise(py)?;
        if !matches!(kind, FieldType::Int { .. } | FieldType::Money) {
            return Err(wrong_type(field, "int or money", kind.name())).or_raise(py);
        }
        let groups = PyDict::new(py);
        for summary in self.aggregate(py, field, by)? {
            let (group, sum) = (summary.group(py)?, summary.sum());
            match summary.currency() {
                None => groups.set_item(group, sum)?,
                Some(currency) => match groups.get_item(&group)? {
                    Some(sums) => sums.set_item(currency, sum)?,
                    None => {
                        let sums = PyDict::new(py);
                        sums.set_item(currency, sum)?;
                        groups.set_item(group, sums)?;
                    }
                },
            }
        }
        match (by, groups.get_item(py.None())?, kind) {
            (Some(_), _, _) => Ok(groups.into_any()),
            (None, Some(sum), _) => Ok(sum),
            (None, None, FieldType::Money) => Ok(PyDict::new(py).into_any()),
            (None, None, _) => Ok(0_u64.into_pyobject(py)?.into_any()),
        }
    }

    /// How the query is answered: from which index, and what is left to filter and to sort.
    fn plan(&self, py: Python<'_>) -> PyResult<Plan> {
        let query = &self.query;
        self.shared.call(py, |session| session.explain_query(query)).map(Plan)
    }

    /// The records page by page; each page knows the position behind it.
    fn pages(&self, py: Python<'_>, size: Amount) -> PyResult<Pages> {
        if size.0 == 0 {
            return Err(invalid("a page holds at least 1 record, found 0")).or_raise(py);
        }
        Ok(Pages::new(self.clone(), size.0))
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
        PyCapsule::new_with_value(py, stream::export(self.shared.clone(), reader), c"arrow_array_stream")
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

    pub(crate) fn limit(&self, limit: u64) -> Self {
        let mut next = self.clone();
        next.query.limit = Some(limit);
        next
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
    /// What went wrong behind the records that are ready, raised when they are given.
    failed: Option<crm_core::Error>,
    batch: usize,
}

impl Reading {
    fn new(cursor: crm_core::Cursor) -> Self {
        Self { cursor, ready: VecDeque::new(), failed: None, batch: READ_MIN }
    }

    fn fill(&mut self) -> Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        while self.ready.len() < self.batch {
            match self.cursor.step() {
                Ok(Some(record)) => self.ready.push_back(record),
                Ok(None) => break,
                Err(error) if self.ready.is_empty() => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
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
