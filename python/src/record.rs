//! Records as Python sees them: frozen, and lazy over the stored bytes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crm_core::domain::{CustomField, EntityKind, FIELD_ID, FieldType, Fields, Language, ValueRef};
use crm_core::{Catalog, Error, ErrorKind, FieldInfo, Result};
use pyo3::exceptions::{PyAttributeError, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::classes;
use crate::derived::Stay;
use crate::failure::OrRaise;
use crate::html;
use crate::journal;
use crate::reason::explained;
use crate::shared::Shared;
use crate::value::field_to_python;

/// The form of a pickled record. It goes before the stored bytes, which carry a version of their own.
const PICKLE_FORM: u8 = 1;
/// How many characters of a text a representation shows.
const SHOWN_MAX: usize = 40;

/// A record as it was when it was read. It never changes; a change gives a new record.
#[pyclass(frozen, subclass, module = "crmkernel")]
pub(crate) struct Record {
    pub(crate) inner: crm_core::Record,
    pub(crate) catalog: Arc<Catalog>,
    /// The database it came from; none when it was unpickled.
    pub(crate) shared: Option<Arc<Shared>>,
}

#[pymethods]
impl Record {
    /// The entity: customer, person, visit or complaint.
    #[getter]
    fn entity(&self) -> &'static str {
        self.inner.entity().def().name
    }

    /// The value of a field by its name, also of a custom one; `None` when it is absent.
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let info = self.catalog.require_named(self.inner.entity(), name).or_raise(py)?;
        field_to_python(py, &self.inner, info.id, info.kind)
    }

    /// The names of the fields that are there.
    fn keys(&self) -> Vec<&str> {
        self.infos().filter(|info| self.inner.get(info.id).is_some()).map(|info| info.name.as_str()).collect()
    }

    /// Every field by name, the absent ones as `None`. With `sensitive=False` personal fields are left out.
    #[pyo3(signature = (*, sensitive = true))]
    fn to_dict<'py>(&self, py: Python<'py>, sensitive: bool) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for info in self.infos().filter(|info| sensitive || !info.sensitive) {
            dict.set_item(&info.name, field_to_python(py, &self.inner, info.id, info.kind)?)?;
        }
        Ok(dict)
    }

    /// The journal entries that changed the record, the newest first.
    #[pyo3(signature = (*, limit = 100))]
    fn history<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyList>> {
        let (entity, id) = (self.inner.entity(), self.inner.id());
        let shared = self.bound().or_raise(py)?;
        let entries = shared.call(py, |session| session.history(entity, id, limit))?;
        journal::entries(py, &shared.catalog(), entries)
    }

    /// The decisions that stand for the record, with their reasons.
    #[pyo3(signature = (*, lang = "en"))]
    fn explain<'py>(&self, py: Python<'py>, lang: &str) -> PyResult<Bound<'py, PyAny>> {
        let (entity, id) = (self.inner.entity(), self.inner.id());
        let language = Language::from_code(lang).or_raise(py)?;
        let shared = self.bound().or_raise(py)?;
        let decisions = shared.call(py, |session| session.explain(entity, id))?;
        explained(py, decisions, language, &shared.catalog())
    }

    /// The states in which the record was, in their order; none for an entity without states.
    fn stays(&self, py: Python<'_>) -> PyResult<Vec<Stay>> {
        let (entity, id) = (self.inner.entity(), self.inner.id());
        let found = self.bound().or_raise(py)?.call(py, |session| session.stays(entity, id))?;
        Ok(found.into_iter().map(Stay).collect())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Record>().is_ok_and(|other| other.get().inner.as_bytes() == self.inner.as_bytes())
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.inner.entity().number(), self.inner.id(), self.inner.revision()).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let (py, record) = (slf.py(), slf.get());
        let mut parts = vec![format!("id={}, revision={}", record.inner.id(), record.inner.revision())];
        for info in record.infos().filter(|info| !info.sensitive && info.id < FIELD_ID) {
            if let Some(value) = record.inner.get(info.id) {
                parts.push(format!("{}={}", info.name, shown(py, info.kind, value)?));
            }
        }
        Ok(format!("{}({})", slf.get_type().name()?, parts.join(", ")))
    }

    fn _repr_html_(&self) -> String {
        html::record(self)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let load = py.import("crmkernel._native")?.getattr("load_record")?;
        let mut bytes = vec![PICKLE_FORM];
        bytes.extend_from_slice(self.inner.as_bytes());
        let custom = self.catalog.custom_fields().iter().filter(|field| field.entity == self.inner.entity());
        Ok((load, (PyBytes::new(py, &bytes), custom.map(pickled).collect())))
    }
}

impl Record {
    /// The fields of the record's entity.
    pub(crate) fn infos(&self) -> impl Iterator<Item = &FieldInfo> {
        self.catalog.fields(self.inner.entity())
    }

    /// The database that the record came from.
    pub(crate) fn bound(&self) -> Result<&Arc<Shared>> {
        self.shared.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Misuse, "the record was unpickled and belongs to no open database; get it from one")
        })
    }
}

/// A value in a representation: long texts are cut.
fn shown(py: Python<'_>, kind: FieldType, value: ValueRef<'_>) -> PyResult<String> {
    if let ValueRef::Text(text) = value
        && text.chars().count() > SHOWN_MAX
    {
        let cut: String = text.chars().take(SHOWN_MAX).chain(std::iter::once('…')).collect();
        return crate::value::to_python(py, None, ValueRef::Text(&cut))?.repr()?.extract();
    }
    crate::value::to_python(py, Some(kind), value)?.repr()?.extract()
}

/// The function that unpickles, and what it takes.
type Reduced<'py> = (Bound<'py, PyAny>, (Bound<'py, PyBytes>, Vec<PickledField>));

/// A custom field in a pickle: id, name, type, labels, whether it is sensitive.
type PickledField = (u16, String, (u8, u8), String, String, bool);

fn pickled(field: &CustomField) -> PickledField {
    let target = match field.kind {
        FieldType::Ref(entity) => entity.number(),
        _ => 0,
    };
    let kind = (field.kind.tag(), target);
    (field.id, field.name.clone(), kind, field.label.clone(), field.label_zh.clone(), field.sensitive)
}

fn unpickled(entity: EntityKind, field: PickledField) -> Result<CustomField> {
    let (id, name, (tag, target), label, label_zh, sensitive) = field;
    let damaged = || Error::new(ErrorKind::Corrupt, "a pickled record is damaged: a custom field has an unknown type");
    let kind = match tag {
        1 => FieldType::Text { len_max: u32::MAX },
        2 => FieldType::Int { min: i64::MIN, max: i64::MAX },
        3 => FieldType::Bool,
        4 => FieldType::Date,
        5 => FieldType::Instant,
        6 => FieldType::Money,
        8 => FieldType::Ref(EntityKind::from_number(target).ok_or_else(damaged)?),
        _ => return Err(damaged()),
    };
    Ok(CustomField { id, entity, name, kind, label, label_zh, sensitive, indexed: false })
}

/// The record in a pickle. It belongs to no open database.
#[pyfunction]
pub(crate) fn load_record<'py>(py: Python<'py>, data: &[u8], custom: Vec<PickledField>) -> PyResult<Bound<'py, PyAny>> {
    let read = || {
        let (form, bytes) =
            data.split_first().ok_or_else(|| Error::new(ErrorKind::Corrupt, "a pickled record is empty"))?;
        if *form != PICKLE_FORM {
            let message = format!("a pickled record has form {form}, this version reads form {PICKLE_FORM}");
            return Err(Error::new(ErrorKind::NewerVersion, message));
        }
        let record = crm_core::Record::decode(bytes)?;
        let fields = custom.into_iter().map(|field| unpickled(record.entity(), field)).collect::<Result<Vec<_>>>()?;
        Ok((record, Catalog::new(fields)))
    };
    let (record, catalog) = read().or_raise(py)?;
    classes::wrap(py, record, &Arc::new(catalog), None)
}

// A field of a record class: gives the field's value, and refuses to set it. A doc comment would hide each `__doc__`.
#[pyclass(frozen, module = "crmkernel._native")]
pub(crate) struct Field {
    pub(crate) id: u16,
    pub(crate) kind: FieldType,
    pub(crate) name: &'static str,
    pub(crate) doc: String,
}

#[pymethods]
impl Field {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        record: Option<&Bound<'py, PyAny>>,
        owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = owner;
        match record {
            None => Ok(slf.clone().into_any()),
            Some(record) => {
                let field = slf.get();
                field_to_python(slf.py(), &record.cast::<Record>()?.get().inner, field.id, field.kind)
            }
        }
    }

    fn __set__(&self, _record: &Bound<'_, PyAny>, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyAttributeError::new_err(format!("{} cannot be set: records are frozen, use update", self.name)))
    }

    #[getter]
    fn __doc__(&self) -> &str {
        &self.doc
    }

    #[getter]
    fn __name__(&self) -> &'static str {
        self.name
    }

    fn __repr__(&self) -> String {
        format!("<field {}: {}>", self.name, self.kind.name())
    }
}

/// The error of a subscript that names no field, for mappings that are no records.
pub(crate) fn no_such_key(name: &str) -> PyErr {
    PyKeyError::new_err(name.to_owned())
}
