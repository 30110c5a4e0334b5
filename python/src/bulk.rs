//! Many rows at once: read into commands under the interpreter, done in one transaction without it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use crm_core::domain::{Changes, Command, EntityKind, FIELD_ID, Value};
use crm_core::{Atomicity, Catalog, Error, ErrorKind, Outcome, Result};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyTuple};

use crate::failure::{exception, wrong_type};
use crate::filter::{self, Form};
use crate::record::Record;
use crate::shared::Shared;
use crate::table;
use crate::value::type_of;

/// Rows that were read into changes, each with the error that it had.
#[pyclass(frozen, module = "crmkernel._native")]
pub(crate) struct Staged {
    /// Taken by the first submit.
    rows: Mutex<Vec<Result<Changes>>>,
    len: AtomicUsize,
    /// The table that the rows came from.
    batch: Option<RecordBatch>,
    /// The names in rows that were left aside, for the kernel keeps their fields.
    aside: BTreeSet<String>,
}

#[pymethods]
impl Staged {
    fn __len__(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// A row of the table as texts by column, for a report of rejected rows; `None` when the rows were no table.
    fn original<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.batch.as_ref().map(|batch| table::row(py, batch, index)).transpose()
    }

    /// The first row that could not be read, with its error.
    fn first_error<'py>(&self, py: Python<'py>) -> PyResult<Option<(usize, Bound<'py, PyAny>)>> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let first = rows.iter().enumerate().find_map(|(i, row)| row.as_ref().err().map(|error| (i, error.duplicate())));
        drop(rows);
        first.map(|(i, error)| Ok((i, exception(py, &error)?))).transpose()
    }

    /// Takes the rows without the table that they came from.
    fn alone(&self) -> Staged {
        let rows = self.take();
        Staged { len: AtomicUsize::new(rows.len()), rows: Mutex::new(rows), batch: None, aside: BTreeSet::new() }
    }

    /// The names in rows that were left aside, for the kernel keeps their fields.
    #[getter]
    fn aside(&self) -> Vec<String> {
        self.aside.iter().cloned().collect()
    }

    /// Takes the rows of another and puts them behind these.
    fn extend(&self, other: &Bound<'_, Staged>) {
        let more = other.get().take();
        self.len.fetch_add(more.len(), Ordering::Relaxed);
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
    }
}

impl Staged {
    /// Rows of a table.
    pub(crate) fn of_table(rows: Vec<Result<Changes>>, batch: RecordBatch) -> Self {
        Self { len: AtomicUsize::new(rows.len()), rows: Mutex::new(rows), batch: Some(batch), aside: BTreeSet::new() }
    }

    /// Rows that are mappings by field name, or records.
    pub(crate) fn of_rows(
        catalog: &Catalog,
        entity: EntityKind,
        rows: &Bound<'_, PyList>,
        form: Form,
        put: bool,
    ) -> PyResult<Self> {
        let mut aside = BTreeSet::new();
        let mut read = |row: Bound<'_, PyAny>| -> Result<Changes> {
            if let Ok(record) = row.cast::<Record>() {
                return of_record(catalog, entity, record.get(), put, &mut aside);
            }
            let mapping = row.cast::<PyMapping>().map_err(|_| wrong_type("row", "a mapping", &type_of(&row)))?;
            let mut changes = Changes::new();
            filter::add_row(catalog, entity, mapping, (form, put), &mut changes, &mut aside)?;
            Ok(changes)
        };
        let rows: Vec<Result<Changes>> = rows.iter().map(&mut read).collect();
        Ok(Self { len: AtomicUsize::new(rows.len()), rows: Mutex::new(rows), batch: None, aside })
    }

    fn take(&self) -> Vec<Result<Changes>> {
        std::mem::take(&mut *self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does the rows in one transaction.
    ///
    /// # Errors
    /// What the store answers; with `atomic` the error of the first refused row, whose context holds `command_index`.
    pub(crate) fn submit<'py>(
        &self,
        py: Python<'py>,
        shared: &Arc<Shared>,
        entity: EntityKind,
        put: bool,
        atomic: bool,
        tell: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (mut commands, mut places, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
        for (index, row) in self.take().into_iter().enumerate() {
            match row {
                Ok(changes) if put => commands.push(Command::Put { entity, changes }),
                Ok(changes) => commands.push(Command::Add { entity, changes }),
                Err(error) => {
                    rejected.push((index, error));
                    continue;
                }
            }
            places.push(index);
        }
        let atomicity = if atomic { Atomicity::All } else { Atomicity::Each };
        let tell = |done: usize| tell.map_or(Ok(()), |tell| tell.call1((done,)).map(|_| ()));
        let answers = shared.call_long(py, true, &tell, move |session, progress| {
            let commands = commands.into_iter().map(|command| session.leaving_hidden(command));
            session.apply_many_watched(commands.collect::<Result<_>>()?, atomicity, progress.watch())
        })?;
        let mut tally = Tally { ids: vec![0; self.__len__()], ..Tally::default() };
        for (index, answer) in places.into_iter().zip(answers) {
            match answer {
                Ok(outcome) => tally.count(index, &outcome),
                Err(error) => rejected.push((index, error)),
            }
        }
        rejected.sort_by_key(|(index, _)| *index);
        tally.give(py, &rejected)
    }
}

/// The changes that make a record like this one, as far as a caller may set its fields; of a put the id names the record.
fn of_record(
    catalog: &Catalog,
    entity: EntityKind,
    record: &Record,
    put: bool,
    aside: &mut BTreeSet<String>,
) -> Result<Changes> {
    let found = record.inner.entity();
    if found != entity {
        return Err(Error::new(
            ErrorKind::WrongType,
            format!("the row is a {}, wanted is a {}", found.def().name, entity.def().name),
        ));
    }
    let mut changes = Changes::new();
    for (field, value) in record.inner.iter() {
        match catalog.field(entity, field).filter(|info| filter::is_aside(info, put)) {
            None => _ = changes.insert(field, Some(value.to_value())),
            Some(info) if !aside.contains(&info.name) => _ = aside.insert(info.name.clone()),
            Some(_) => {}
        }
    }
    let kept = catalog.fields(entity).filter(|info| info.id >= FIELD_ID && filter::is_aside(info, put));
    aside.extend(kept.map(|info| info.name.clone()));
    if put {
        changes.insert(FIELD_ID, i64::try_from(record.inner.id()).ok().map(Value::Int));
    }
    Ok(changes)
}

#[derive(Default)]
struct Tally {
    added: usize,
    changed: usize,
    unchanged: usize,
    /// The id of each row's record; 0 for a rejected one.
    ids: Vec<u64>,
}

impl Tally {
    fn count(&mut self, index: usize, outcome: &Outcome) {
        match (outcome.added, outcome.changed) {
            (true, _) => self.added += 1,
            (false, true) => self.changed += 1,
            (false, false) => self.unchanged += 1,
        }
        self.ids[index] = outcome.record.as_ref().map_or(0, crm_core::Record::id);
    }

    fn give<'py>(&self, py: Python<'py>, rejected: &[(usize, Error)]) -> PyResult<Bound<'py, PyAny>> {
        let rejected = rejected.iter().map(|(index, error)| Ok((*index, exception(py, error)?)));
        let rejected = PyList::new(py, rejected.collect::<PyResult<Vec<_>>>()?)?;
        let ids = PyList::new(py, &self.ids)?;
        let given = (self.added, self.changed, self.unchanged, ids, rejected);
        Ok(given.into_pyobject(py)?.cast_into::<PyTuple>()?.into_any())
    }
}

/// Many commands in one transaction: an answer each.
pub(crate) fn apply_many(
    py: Python<'_>,
    shared: &Arc<Shared>,
    commands: Vec<Command>,
    atomicity: Atomicity,
) -> PyResult<Vec<Result<Outcome>>> {
    shared.call_long(py, true, &|_| Ok(()), move |session, progress| {
        session.apply_many_watched(commands, atomicity, progress.watch())
    })
}
