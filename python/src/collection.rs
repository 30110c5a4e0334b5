//! The records of one entity of a database: adding, reading, changing, finding.

use std::sync::Arc;

use crm_core::domain::{Command, EntityKind, Language, Verb};
use crm_core::{Error, ErrorKind, Moment, Result};
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyList, PyType};

use crate::bulk::Staged;
use crate::classes;
use crate::derived::{Related, Stay};
use crate::facts::FieldInfo;
use crate::failure::{OrRaise, invalid, wrong_type};
use crate::filter::{self, Form};
use crate::journal;
use crate::query::{Cursor, Query};
use crate::reason::explained;
use crate::record::Record;
use crate::shared::Shared;
use crate::table::{self, Table};
use crate::target::{Target, take_revision};
use crate::value::{Amount, instant_from, is_integer, type_of};

/// The records of one entity.
#[pyclass(frozen, subclass, module = "crmkernel")]
pub(crate) struct Collection {
    pub(crate) entity: EntityKind,
    pub(crate) shared: Arc<Shared>,
}

#[pymethods]
impl Collection {
    /// The entity: customer, person, visit or complaint.
    #[getter]
    fn entity(&self) -> &'static str {
        self.entity.def().name
    }

    /// The fields of the entity, the custom ones too.
    fn fields(&self, py: Python<'_>) -> PyResult<Vec<FieldInfo>> {
        let catalog = self.shared.open_catalog().or_raise(py)?;
        Ok(catalog.fields(self.entity).cloned().map(FieldInfo).collect())
    }

    /// Adds a record.
    #[pyo3(signature = (**fields))]
    fn add<'py>(&self, py: Python<'py>, fields: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        let changes = filter::changes(&*self.shared.open_catalog().or_raise(py)?, self.entity, fields).or_raise(py)?;
        self.apply(py, Command::Add { entity: self.entity, changes })
    }

    /// Adds a record, or brings the one with the same external reference or code up to these values.
    #[pyo3(signature = (**fields))]
    fn put<'py>(&self, py: Python<'py>, fields: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        let changes = filter::changes(&*self.shared.open_catalog().or_raise(py)?, self.entity, fields).or_raise(py)?;
        self.apply(py, Command::Put { entity: self.entity, changes })
    }

    /// The record with an id, a business code or an external reference `(system, id)`.
    #[pyo3(signature = (id = None, /, *, code = None, external_ref = None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        id: Option<Amount>,
        code: Option<&str>,
        external_ref: Option<(String, String)>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let entity = self.entity;
        let found = match (id, code, external_ref) {
            (Some(id), None, None) => self.shared.call(py, |session| session.get(entity, id.0))?,
            (None, Some(code), None) => self.shared.call(py, |session| session.get_by_code(entity, code))?,
            (None, None, Some((system, id))) => {
                self.shared.call(py, |session| session.get_by_external_ref(entity, &system, &id))?
            }
            _ => return Err(invalid("get takes one of id, code, external_ref")).or_raise(py),
        };
        match found {
            Some(record) => self.wrap(py, record),
            None => {
                let by = if id.is_some() {
                    "id"
                } else if code.is_some() {
                    "code"
                } else {
                    "external reference"
                };
                let message = format!("there is no {} with this {by}", entity.def().name);
                let error = Error::new(ErrorKind::NotFound, message);
                Err(match id {
                    Some(id) => error.with("id", id.0),
                    None => error,
                })
                .or_raise(py)
            }
        }
    }

    /// Changes fields of a record; `None` clears one. A record given names the revision that it was read at.
    #[pyo3(signature = (record, /, **fields))]
    fn update<'py>(
        &self,
        py: Python<'py>,
        record: &Bound<'py, PyAny>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (revision, fields) = take_revision(fields)?;
        let target = Target::of(self.entity, record, revision).or_raise(py)?;
        let catalog = self.shared.open_catalog().or_raise(py)?;
        let changes = filter::changes(&catalog, self.entity, fields.as_ref()).or_raise(py)?;
        self.apply(py, Command::Update { entity: self.entity, id: target.id, revision: target.revision, changes })
    }

    /// Does what a verb stands for.
    #[pyo3(signature = (verb, record, /, **inputs))]
    fn act<'py>(
        &self,
        py: Python<'py>,
        verb: &str,
        record: &Bound<'py, PyAny>,
        inputs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.act_with(py, verb_named(self.entity, verb).or_raise(py)?, record, inputs)
    }

    /// The records that meet conditions: `owner="u.li"`, `planned_on__lt=day`, `state__in=[...]`.
    #[pyo3(signature = (*, order = None, limit = None, **conditions))]
    fn find(
        &self,
        py: Python<'_>,
        order: Option<&str>,
        limit: Option<Amount>,
        conditions: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Query> {
        let query = Query::new(self.shared.clone(), self.entity).filter(py, conditions)?;
        let query = match order {
            Some(order) => query.order_by(py, order)?,
            None => query,
        };
        Ok(match limit {
            Some(limit) => query.limit(limit.0),
            None => query,
        })
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<Cursor> {
        Query::new(self.shared.clone(), self.entity).__iter__(py)
    }

    /// How many records there are.
    fn count(&self, py: Python<'_>) -> PyResult<u64> {
        Query::new(self.shared.clone(), self.entity).count(py)
    }

    /// The journal entries that changed a record, the newest first.
    #[pyo3(signature = (record, /, *, limit = Amount(100)), text_signature = "($self, record, /, *, limit=100)")]
    fn history<'py>(&self, py: Python<'py>, record: &Bound<'py, PyAny>, limit: Amount) -> PyResult<Bound<'py, PyList>> {
        let id = Target::of(self.entity, record, None).or_raise(py)?.id;
        let entries = self.shared.call(py, |session| session.history(self.entity, id, limit.len()))?;
        journal::entries(py, &self.shared.catalog(), entries)
    }

    /// A record as it was at a moment: an aware `datetime`, or the sequence of a journal entry; `None` before it was
    /// added.
    #[pyo3(signature = (record, moment, /))]
    fn as_of<'py>(
        &self,
        py: Python<'py>,
        record: &Bound<'py, PyAny>,
        moment: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let id = Target::of(self.entity, record, None).or_raise(py)?.id;
        let moment = moment_of(moment).or_raise(py)?;
        let found = self.shared.call(py, |session| session.as_of(self.entity, id, moment))?;
        found.map(|record| self.wrap(py, record)).transpose()
    }

    /// The decisions that stand for a record, with their reasons in a language.
    #[pyo3(signature = (record, /, *, lang = "en"))]
    fn explain<'py>(&self, py: Python<'py>, record: &Bound<'py, PyAny>, lang: &str) -> PyResult<Bound<'py, PyAny>> {
        let language = Language::from_code(lang).or_raise(py)?;
        let id = Target::of(self.entity, record, None).or_raise(py)?.id;
        let decisions = self.shared.call(py, |session| session.explain(self.entity, id))?;
        explained(py, decisions, language, &self.shared.catalog())
    }

    /// The states in which a record was, in their order; none for an entity without states.
    #[pyo3(signature = (record, /))]
    fn stays(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<Vec<Stay>> {
        let id = Target::of(self.entity, record, None).or_raise(py)?.id;
        let found = self.shared.call(py, |session| session.stays(self.entity, id))?;
        Ok(found.into_iter().map(Stay).collect())
    }

    /// The persons, or the parties, to whom relations of this entity lead from one of them: the nearest first, each once,
    /// at most 1,000. `depth` is how many relations lie between at most, 1 to 16; with `both_directions` relations that
    /// lead to one are gone along too.
    #[pyo3(signature = (record, /, *, depth = 16, both_directions = false))]
    fn related(
        &self,
        py: Python<'_>,
        record: &Bound<'_, PyAny>,
        depth: u32,
        both_directions: bool,
    ) -> PyResult<Vec<Related>> {
        let of = match self.entity {
            EntityKind::PersonRelation => EntityKind::Person,
            _ => EntityKind::Customer,
        };
        let id = Target::of(of, record, None).or_raise(py)?.id;
        let found = self.shared.call(py, |session| session.related(self.entity, id, depth, both_directions))?;
        Ok(found.into_iter().map(|reached| Related::new(self.entity, reached)).collect())
    }

    /// Adds or puts many records in one call and reports on them.
    #[pyo3(signature = (source, *, put = false, progress = None, on_error = "raise", batch_size = 5000, empty = "keep"))]
    fn add_many<'py>(
        slf: &Bound<'py, Self>,
        source: &Bound<'py, PyAny>,
        put: bool,
        progress: Option<&Bound<'py, PyAny>>,
        on_error: &str,
        batch_size: usize,
        empty: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let run = slf.py().import("crmkernel.bulk")?.getattr("add_many")?;
        run.call1((slf, source, put, progress, on_error, batch_size, empty))
    }

    /// Reads rows into commands: mappings by field name, or records. `texts` is for a source that holds texts only, which
    /// are parsed: `"keep"` lets an empty one say nothing about its field, `"clear"` lets it clear the field. What the kernel
    /// keeps is left aside, but for the id that names the record of a put.
    fn _stage_rows(
        &self,
        py: Python<'_>,
        rows: &Bound<'_, PyList>,
        texts: Option<&str>,
        put: bool,
    ) -> PyResult<Staged> {
        let catalog = self.shared.open_catalog().or_raise(py)?;
        let form = match texts {
            None => Form::Values,
            Some("clear") => Form::ClearingTexts,
            Some(_) => Form::Texts,
        };
        Staged::of_rows(&catalog, self.entity, rows, form, put)
    }

    /// Of these columns those that no row of a table or a file can set, for the kernel keeps them. A name that is no
    /// field is an `UnknownFieldError`.
    fn _aside(&self, py: Python<'_>, columns: Vec<String>, put: bool) -> PyResult<Vec<String>> {
        let catalog = self.shared.open_catalog().or_raise(py)?;
        filter::aside(&catalog, self.entity, columns, put).or_raise(py)
    }

    /// Opens a table, through its Arrow stream, to be read into commands `rows_max` rows at a time.
    fn _stage_table(&self, py: Python<'_>, source: &Bound<'_, PyAny>, rows_max: usize, put: bool) -> PyResult<Table> {
        let catalog = self.shared.open_catalog().or_raise(py)?;
        table::open(py, catalog, self.entity, source, rows_max, put)
    }

    /// Does what was staged. Gives added, changed, unchanged, ids, and the rejected as (index, error).
    #[pyo3(signature = (staged, *, put, atomic, tell))]
    fn _submit<'py>(
        &self,
        py: Python<'py>,
        staged: &Bound<'py, Staged>,
        put: bool,
        atomic: bool,
        tell: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        staged.get().submit(py, &self.shared, self.entity, put, atomic, tell)
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        let _ = item;
        class.clone()
    }

    fn __repr__(&self) -> String {
        format!("<{} of {}>", self.entity.def().plural, self.shared.actor().name)
    }
}

impl Collection {
    fn apply<'py>(&self, py: Python<'py>, command: Command) -> PyResult<Bound<'py, PyAny>> {
        apply(py, &self.shared, command)
    }

    fn wrap<'py>(&self, py: Python<'py>, record: crm_core::Record) -> PyResult<Bound<'py, PyAny>> {
        classes::wrap(py, record, &self.shared.catalog(), Some(&self.shared))
    }

    fn act_with<'py>(
        &self,
        py: Python<'py>,
        verb: &'static Verb,
        record: &Bound<'py, PyAny>,
        inputs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        act(py, &self.shared, verb, record, inputs)
    }
}

/// The verb of an entity with a name.
///
/// # Errors
/// `InvalidArgument` when there is none, with the names that there are.
/// The sequence of a journal entry, or an instant.
fn moment_of(given: &Bound<'_, PyAny>) -> Result<Moment> {
    if is_integer(given) {
        let sequence = given.extract::<u64>();
        return sequence.map(Moment::Sequence).map_err(|_| invalid("a sequence is an integer from 0 to 2^64-1"));
    }
    if !given.is_instance_of::<PyDateTime>() {
        return Err(wrong_type("moment", "an aware datetime or a sequence", &type_of(given)));
    }
    instant_from("moment", given).map(Moment::Instant)
}

pub(crate) fn verb_named(entity: EntityKind, name: &str) -> Result<&'static Verb> {
    Verb::named(entity, name).ok_or_else(|| {
        let names = crm_core::domain::VERBS.iter().filter(|verb| verb.entity == entity).map(|verb| verb.name);
        let names = names.collect::<Vec<_>>().join(", ");
        invalid(format!("{} has no verb {name:?}; allowed are {names}", entity.def().name))
    })
}

fn apply<'py>(py: Python<'py>, shared: &Arc<Shared>, command: Command) -> PyResult<Bound<'py, PyAny>> {
    let outcome = shared.call(py, move |session| session.apply(command))?;
    match outcome.record {
        Some(record) => classes::wrap(py, record, &shared.catalog(), Some(shared)),
        None => Err(Error::new(ErrorKind::Bug, "a command on a record gave no record")).or_raise(py),
    }
}

fn act<'py>(
    py: Python<'py>,
    shared: &Arc<Shared>,
    verb: &'static Verb,
    record: &Bound<'py, PyAny>,
    inputs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (revision, inputs) = take_revision(inputs)?;
    let target = Target::of(verb.entity, record, revision).or_raise(py)?;
    let changes = filter::changes(&*shared.open_catalog().or_raise(py)?, verb.entity, inputs.as_ref()).or_raise(py)?;
    apply(py, shared, Command::Act { verb, id: target.id, revision: target.revision, changes })
}

// A verb of a record class or of a collection class. A doc comment would hide the `__doc__` of each verb.
#[pyclass(frozen, module = "crmkernel._native")]
pub(crate) struct VerbOf {
    pub(crate) verb: &'static Verb,
}

#[pymethods]
impl VerbOf {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        owner: Option<&Bound<'py, PyAny>>,
        class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = class;
        match owner {
            None => Ok(slf.clone().into_any()),
            Some(owner) => {
                let bound = BoundVerb { verb: slf.get().verb, owner: owner.clone().unbind() };
                Ok(Bound::new(slf.py(), bound)?.into_any())
            }
        }
    }

    #[pyo3(signature = (owner, /, *args, **inputs))]
    fn __call__<'py>(
        &self,
        owner: &Bound<'py, PyAny>,
        args: Vec<Bound<'py, PyAny>>,
        inputs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        call_verb(self.verb, owner, &args, inputs)
    }

    #[getter]
    fn __name__(&self) -> &'static str {
        self.verb.name
    }

    #[getter]
    fn __doc__(&self) -> String {
        describe(self.verb)
    }
}

// A verb of one record or of one collection.
#[pyclass(frozen, module = "crmkernel._native")]
pub(crate) struct BoundVerb {
    verb: &'static Verb,
    owner: Py<PyAny>,
}

#[pymethods]
impl BoundVerb {
    #[pyo3(signature = (*args, **inputs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: Vec<Bound<'py, PyAny>>,
        inputs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        call_verb(self.verb, self.owner.bind(py), &args, inputs)
    }

    #[getter]
    fn __name__(&self) -> &'static str {
        self.verb.name
    }

    #[getter]
    fn __doc__(&self) -> String {
        describe(self.verb)
    }
}

fn describe(verb: &Verb) -> String {
    let list = |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    format!(
        "{} {}\n\nAllowed from {}; needs {}; may take {}.",
        verb.label_zh,
        verb.doc,
        verb.from.join(", "),
        list(verb.required),
        list(verb.optional)
    )
}

fn call_verb<'py>(
    verb: &'static Verb,
    owner: &Bound<'py, PyAny>,
    args: &[Bound<'py, PyAny>],
    inputs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = owner.py();
    match (owner.cast::<Record>(), args) {
        (Ok(record), []) => act(py, record.get().bound().or_raise(py)?, verb, owner, inputs),
        (Ok(_), _) => Err(invalid(format!("{} takes its inputs by name", verb.name))).or_raise(py),
        (Err(_), [record]) => owner.cast::<Collection>()?.get().act_with(py, verb, record, inputs),
        (Err(_), _) => {
            Err(invalid(format!("{} takes a record or its id, and its inputs by name", verb.name))).or_raise(py)
        }
    }
}
