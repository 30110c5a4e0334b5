//! Values across the boundary: strict on the way in, plain Python values on the way out.
//!
//! A wrong type is an error, never a conversion. Sources that hold text only, such as CSV files, are read by
//! [`parse`].

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use crm_core::domain::{EnumDef, FieldType, Fields, Instant, Value, ValueRef};
use crm_core::{Error, ErrorKind, FieldInfo, Result};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDateTime, PyInt, PyString};

use crate::failure::{OrRaise, invalid, wrong_type};
use crate::money::Money;
use crate::record::Record;

/// The Python value of a stored one; `kind` names the values of an enumeration.
pub(crate) fn to_python<'py>(
    py: Python<'py>,
    kind: Option<FieldType>,
    value: ValueRef<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        ValueRef::Text(v) => PyString::new(py, v).into_any(),
        ValueRef::Int(v) => v.into_pyobject(py)?.into_any(),
        ValueRef::Bool(v) => PyBool::new(py, v).to_owned().into_any(),
        ValueRef::Date(v) => date_to(py, v)?,
        ValueRef::Instant(v) => instant_to(py, v)?,
        ValueRef::Money(v) => Bound::new(py, Money(v))?.into_any(),
        ValueRef::Enum(v) => match kind {
            Some(FieldType::Enum(def)) => match def.by_number(v) {
                Some(value) => PyString::intern(py, value.name).into_any(),
                None => v.into_pyobject(py)?.into_any(),
            },
            _ => v.into_pyobject(py)?.into_any(),
        },
        ValueRef::Ref(v) => v.into_pyobject(py)?.into_any(),
    })
}

/// The value of a field of a record, `None` when it is absent.
pub(crate) fn field_to_python<'py>(
    py: Python<'py>,
    fields: &dyn Fields,
    id: u16,
    kind: FieldType,
) -> PyResult<Bound<'py, PyAny>> {
    match fields.get(id) {
        Some(value) => to_python(py, Some(kind), value),
        None => Ok(py.None().into_bound(py)),
    }
}

/// A civil date as `datetime.date`.
pub(crate) fn date_to(py: Python<'_>, date: NaiveDate) -> PyResult<Bound<'_, PyAny>> {
    let part = |n: u32| u8::try_from(n).expect("invariant: months and days are below 32");
    Ok(PyDate::new(py, date.year(), part(date.month()), part(date.day()))?.into_any())
}

/// An instant as an aware `datetime.datetime` in UTC.
pub(crate) fn instant_to(py: Python<'_>, instant: Instant) -> PyResult<Bound<'_, PyAny>> {
    Ok(instant.to_utc().into_pyobject(py)?.into_any())
}

/// An instant out of an aware `datetime.datetime`.
///
/// # Errors
/// `WrongType` when it is something else, or has no time zone; `InvalidArgument` outside of the years 1 to 9999.
pub(crate) fn instant_from(name: &str, value: &Bound<'_, PyAny>) -> Result<Instant> {
    let wanted = "an aware datetime";
    let datetime = value.cast::<PyDateTime>().map_err(|_| wrong_type(name, wanted, &type_of(value)))?;
    let naive = datetime.call_method0("utcoffset").is_ok_and(|offset| offset.is_none());
    if naive {
        return Err(wrong_type(name, wanted, "a datetime without a time zone"));
    }
    let parsed = datetime.extract::<DateTime<chrono::FixedOffset>>();
    let beyond = || invalid(format!("field {name} {}", outside_of_years())).with("field", name);
    let utc = parsed.map_err(|_| beyond())?.with_timezone(&Utc);
    Instant::from_us(utc.timestamp_micros()).map_err(|_| beyond())
}

/// What is said of an instant that cannot be kept.
fn outside_of_years() -> String {
    format!("is outside of the years 1 to 9999 in UTC; allowed are {} to {}", Instant::MIN, Instant::MAX)
}

/// A civil date out of a `datetime.date` that is no `datetime.datetime`.
pub(crate) fn date_from(name: &str, value: &Bound<'_, PyAny>) -> Result<NaiveDate> {
    if value.is_instance_of::<PyDateTime>() {
        return Err(wrong_type(name, "date", &type_of(value)));
    }
    value
        .cast::<PyDate>()
        .ok()
        .and_then(|date| date.extract().ok())
        .ok_or_else(|| wrong_type(name, "date", &type_of(value)))
}

/// A text out of a `str`.
pub(crate) fn text_from(name: &str, value: &Bound<'_, PyAny>) -> Result<String> {
    let text = value.cast::<PyString>().map_err(|_| wrong_type(name, "text", &type_of(value)))?;
    text.extract::<String>().map_err(|_| {
        Error::new(ErrorKind::InvalidUtf8, format!("field {name} holds a lone surrogate, which is not UTF-8"))
            .with("field", name)
    })
}

/// The value of a field, of exactly the field's type.
///
/// # Errors
/// `WrongType`, `InvalidUtf8`, and `InvalidArgument` for a number that no field can hold or a name that the enumeration
/// does not have.
pub(crate) fn from_python(info: &FieldInfo, value: &Bound<'_, PyAny>) -> Result<Value> {
    let name = &info.name;
    let wrong = |wanted: &str| wrong_type(name, wanted, &type_of(value));
    Ok(match info.kind {
        FieldType::Text { .. } => Value::Text(text_from(name, value)?),
        FieldType::Int { .. } => Value::Int(integer(value).ok_or_else(|| wrong("int"))?.map_err(|()| beyond(name))?),
        FieldType::Bool => Value::Bool(value.cast::<PyBool>().map_err(|_| wrong("bool"))?.is_true()),
        FieldType::Date => Value::Date(date_from(name, value)?),
        FieldType::Instant => Value::Instant(instant_from(name, value)?),
        FieldType::Money => Value::Money(value.cast::<Money>().map_err(|_| wrong("Money"))?.get().0),
        FieldType::Enum(def) => {
            let text = value.cast::<PyString>().map_err(|_| wrong(&one_of(def)))?;
            enum_value(info, def, &text.to_cow().map_err(|_| wrong(&one_of(def)))?)?
        }
        FieldType::Ref(target) => match value.cast::<Record>() {
            Ok(record) if record.get().inner.entity() == target => Value::Ref(record.get().inner.id()),
            Ok(_) => return Err(wrong(target.def().name)),
            Err(_) => {
                let id = integer(value).ok_or_else(|| wrong("ref"))?.map_err(|()| beyond(name))?;
                Value::Ref(u64::try_from(id).map_err(|_| beyond(name))?)
            }
        },
    })
}

/// Whether a value stands for an integer: an `int`, or what has `__index__`, as the integers of numpy; no `bool` of either.
pub(crate) fn is_integer(value: &Bound<'_, PyAny>) -> bool {
    !value.is_instance_of::<PyBool>()
        && (value.is_instance_of::<PyInt>()
            || value.get_type().hasattr("__index__").is_ok_and(|has| has) && value.call_method0("__index__").is_ok())
}

/// An integer that is no `bool`: `None` for another type, `Err` when 64 bits do not hold it.
fn integer(value: &Bound<'_, PyAny>) -> Option<std::result::Result<i64, ()>> {
    is_integer(value).then(|| value.extract::<i64>().map_err(|_| ()))
}

/// How many of something: an integer from 0 on, or an `InvalidArgumentError` that says so.
#[derive(Clone, Copy)]
pub(crate) struct Amount(pub(crate) u64);

impl<'a, 'py> FromPyObject<'a, 'py> for Amount {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if !is_integer(&value) {
            let message = format!("found {}, allowed is an integer from 0 on", type_of(&value));
            return Err(Error::new(ErrorKind::WrongType, message)).or_raise(value.py());
        }
        let found = value.extract::<u64>();
        found
            .map(Self)
            .map_err(|_| invalid("found a number below 0 or beyond 64 bits, allowed is an integer from 0 on"))
            .or_raise(value.py())
    }
}

impl Amount {
    /// The same as a `usize`.
    pub(crate) fn len(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

fn beyond(name: &str) -> Error {
    invalid(format!("field {name} has a number outside of what it can hold")).with("field", name)
}

fn one_of(def: &EnumDef) -> String {
    format!("one of {}", def.allowed())
}

/// The value of an enumeration with a name.
pub(crate) fn enum_value(info: &FieldInfo, def: &'static EnumDef, name: &str) -> Result<Value> {
    match def.by_name(name) {
        Some(value) => Ok(Value::Enum(value.number)),
        None => {
            let found = if info.sensitive { "another name".to_owned() } else { format!("{:?}", shortened(name)) };
            Err(invalid(format!("field {} takes {}, found {found}", info.name, one_of(def))).with("field", &info.name))
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The name of a value's Python type, with its module when it is none of Python's own: `numpy.bool` is another than `bool`.
pub(crate) fn type_of(value: &Bound<'_, PyAny>) -> String {
    let kind = value.get_type();
    let Ok(name) = kind.name() else { return "an object".to_owned() };
    let module = kind.module().map(|module| module.to_string()).unwrap_or_default();
    match module.as_str() {
        "" | "builtins" | "datetime" => name.to_string(),
        module => format!("{module}.{name}"),
    }
}

/// Reads a value from text: dates as 2026-09-16, instants as RFC 3339, money as `12.50 CNY`, booleans as
/// true or false.
///
/// # Errors
/// `WrongType` when the text is not of the form, `InvalidArgument` for an unknown name of an enumeration.
pub(crate) fn parse(info: &FieldInfo, text: &str) -> Result<Value> {
    let name = &info.name;
    let wrong = |form: &str| wrong_type(name, form, "text of another form");
    let trimmed = text.trim();
    Ok(match info.kind {
        FieldType::Text { .. } => Value::Text(text.to_owned()),
        FieldType::Int { .. } => Value::Int(trimmed.parse().map_err(|_| wrong("int"))?),
        FieldType::Bool => Value::Bool(match trimmed.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => true,
            "false" | "no" | "0" => false,
            _ => return Err(wrong("bool (true or false)")),
        }),
        FieldType::Date => Value::Date(trimmed.parse().map_err(|_| wrong("date (2026-09-16)"))?),
        FieldType::Instant => {
            let text = trimmed.replacen(' ', "T", 1);
            let instant = match Instant::parse(&text) {
                // The form is right, the year is not.
                Err(_) if DateTime::parse_from_rfc3339(&text).is_ok() => {
                    Err(invalid(format!("field {name} {}", outside_of_years())).with("field", name))
                }
                instant => instant.map_err(|_| wrong("instant (2026-09-16T09:00:00+08:00)")),
            };
            Value::Instant(instant?)
        }
        FieldType::Money => Value::Money(trimmed.parse().map_err(|_| wrong("money (12.50 CNY)"))?),
        FieldType::Enum(def) => enum_value(info, def, trimmed)?,
        FieldType::Ref(_) => Value::Ref(trimmed.parse().map_err(|_| wrong("ref (an id)"))?),
    })
}
