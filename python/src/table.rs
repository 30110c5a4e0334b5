//! Tables from elsewhere: any object with an Arrow stream, read into changes.
//!
//! Texts come as Utf8, LargeUtf8, Utf8View or a dictionary of any index; numbers of any width; dates and instants in
//! any unit, of which no digit is lost; money as a struct of `amount_minor` and `currency`. A column of another type than its
//! field takes is an error, as it is in rows. [`Foreign`] checks what came, and gives texts as bytes.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, TimeUnit};
use chrono::NaiveDate;
use crm_core::domain::{Changes, EntityKind, FIELD_ID, FieldType, Instant, Money, Value};
use crm_core::{Catalog, Error, ErrorKind, FieldInfo, Result};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::bulk::Staged;
use crate::failure::{OrRaise, invalid, wrong_type};
use crate::filter;
use crate::foreign::{self, Foreign};
use crate::interpreter::let_go;
use crate::value::enum_value;

/// Unit: microseconds.
const DAY_US: i64 = 86_400_000_000;

/// A table that is read a piece at a time: one batch of the producer is alive, and one piece of it.
#[pyclass(frozen, module = "crmkernel._native")]
pub(crate) struct Table {
    catalog: Arc<Catalog>,
    entity: EntityKind,
    /// How many rows a piece has at most.
    rows_max: usize,
    /// Whether the rows are to be put, so that an id names a record.
    put: bool,
    columns: Vec<String>,
    reading: Mutex<Reading>,
}

struct Reading {
    /// `None` behind the end, and after an error. The producer's own code runs in it, with the interpreter let go.
    reader: Option<Foreign>,
    /// What is left of the producer's batch.
    rest: Option<RecordBatch>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        let (reader, rest) = (self.reader.take(), self.rest.take());
        let_go(move || drop((reader, rest)));
    }
}

/// Opens the Arrow stream of a table, to be read `rows_max` rows at a time.
///
/// # Errors
/// `InvalidArgument` when the stream cannot be read, `UnknownField` and `WrongType` of columns, and what the table raises.
pub(crate) fn open(
    py: Python<'_>,
    catalog: Arc<Catalog>,
    entity: EntityKind,
    source: &Bound<'_, PyAny>,
    rows_max: usize,
    put: bool,
) -> PyResult<Table> {
    let stream = foreign::take(source)?;
    let reader = py.detach(move || Foreign::open(stream)).or_raise(py)?;
    let columns: Vec<String> = reader.fields().iter().map(|field| field.name().clone()).collect();
    let aside = filter::aside(&catalog, entity, columns.clone(), put).or_raise(py)?;
    let odd = reader.fields().iter().find(|field| !is_read(field) && !aside.contains(field.name()));
    if let Some(odd) = odd {
        return Err(unsupported(odd.name(), odd.data_type())).or_raise(py);
    }
    let reading = Mutex::new(Reading { reader: Some(reader), rest: None });
    Ok(Table { catalog, entity, rows_max, put, columns, reading })
}

/// Whether a column has a type of which fields take values.
fn is_read(field: &Field) -> bool {
    match field.data_type() {
        DataType::Struct(parts) => {
            let part = |name: &str| parts.iter().find(|part| part.name() == name);
            part("amount_minor").is_some_and(|part| is_plain(part.data_type()))
                && part("currency").is_some_and(|part| is_plain(part.data_type()))
        }
        other => is_plain(other),
    }
}

fn is_plain(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => !matches!(**values, DataType::Dictionary(..)) && is_plain(values),
        DataType::Null | DataType::Boolean | DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => true,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Float32 | DataType::Float64 => true,
        other => other.is_integer(),
    }
}

#[pymethods]
impl Table {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// The names of the columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    /// The next rows, at most as many as were asked for. The columns that the kernel keeps are left aside; a row that
    /// cannot be read keeps its error. A stream that fails is an `InvalidArgumentError`.
    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Staged>> {
        py.check_signals()?;
        let staged = py.detach(|| -> Result<Option<Staged>> {
            let Some(piece) = self.reading.lock().unwrap_or_else(PoisonError::into_inner).next(self.rows_max)? else {
                return Ok(None);
            };
            let rows = read(&self.catalog, self.entity, self.put, &piece)?;
            Ok(Some(Staged::of_table(rows, piece)))
        });
        staged.or_raise(py)
    }
}

impl Reading {
    fn next(&mut self, rows_max: usize) -> Result<Option<RecordBatch>> {
        loop {
            let batch = match self.rest.take() {
                Some(rest) => rest,
                None => match self.reader.as_mut().and_then(|reader| reader.next(is_read)) {
                    None => return Ok(None),
                    Some(Ok(batch)) => batch,
                    Some(Err(error)) => {
                        self.reader = None;
                        return Err(error);
                    }
                },
            };
            let len = batch.num_rows();
            if len > rows_max {
                self.rest = Some(batch.slice(rows_max, len - rows_max));
                return Ok(Some(batch.slice(0, rows_max)));
            }
            if len > 0 {
                return Ok(Some(batch));
            }
        }
    }
}

/// The changes of each row: a null clears the field, as `None` does, but for the id, which names the record of a put.
fn read(catalog: &Catalog, entity: EntityKind, put: bool, batch: &RecordBatch) -> Result<Vec<Result<Changes>>> {
    let mut rows: Vec<Result<Changes>> = (0..batch.num_rows()).map(|_| Ok(Changes::new())).collect();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let info = filter::field_named(catalog, entity, field.name())?;
        if filter::is_aside(info, put) {
            continue;
        }
        for (i, row) in rows.iter_mut().enumerate() {
            let Ok(changes) = row else { continue };
            match cell(field.name(), array, i).map(|cell| cell.and_then(|cell| value(info, &cell))).transpose() {
                Ok(None) if info.id == FIELD_ID => {}
                Ok(value) => {
                    changes.insert(info.id, value);
                }
                Err(error) => *row = Err(error),
            }
        }
    }
    Ok(rows)
}

/// A value of a table.
#[derive(Debug, Clone, PartialEq)]
enum Cell<'a> {
    Text(&'a str),
    Int(i64),
    Float(f64),
    Bool(bool),
    Date(NaiveDate),
    /// Microseconds since the epoch, and whether the column has a time zone.
    Instant(i64, bool),
    Money(i64, &'a str),
}

/// The value in a row of a column, `None` when it is null. Errors name the column.
fn cell<'a>(name: &str, array: &'a dyn Array, row: usize) -> Option<Result<Cell<'a>>> {
    if array.is_null(row) {
        return None;
    }
    let of = |n: Option<i64>| n.map(Cell::Int).ok_or_else(|| bad(name, "a number beyond 64 bits"));
    Some(match array.data_type() {
        DataType::Null => return None,
        DataType::Binary => text_of(name, array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => text_of(name, array.as_binary::<i64>().value(row)),
        DataType::BinaryView => text_of(name, array.as_binary_view().value(row)),
        DataType::Boolean => Ok(Cell::Bool(array.as_boolean().value(row))),
        DataType::Int8 => Ok(Cell::Int(array.as_primitive::<Int8Type>().value(row).into())),
        DataType::Int16 => Ok(Cell::Int(array.as_primitive::<Int16Type>().value(row).into())),
        DataType::Int32 => Ok(Cell::Int(array.as_primitive::<Int32Type>().value(row).into())),
        DataType::Int64 => Ok(Cell::Int(array.as_primitive::<Int64Type>().value(row))),
        DataType::UInt8 => Ok(Cell::Int(array.as_primitive::<UInt8Type>().value(row).into())),
        DataType::UInt16 => Ok(Cell::Int(array.as_primitive::<UInt16Type>().value(row).into())),
        DataType::UInt32 => Ok(Cell::Int(array.as_primitive::<UInt32Type>().value(row).into())),
        DataType::UInt64 => of(array.as_primitive::<UInt64Type>().value(row).try_into().ok()),
        DataType::Float32 => Ok(Cell::Float(array.as_primitive::<Float32Type>().value(row).into())),
        DataType::Float64 => Ok(Cell::Float(array.as_primitive::<Float64Type>().value(row))),
        DataType::Date32 => date(name, array.as_primitive::<Date32Type>().value(row).into()),
        DataType::Date64 => whole_days(name, array.as_primitive::<Date64Type>().value(row)),
        DataType::Timestamp(unit, zone) => instant(name, array, row, *unit, zone.is_some()),
        DataType::Struct(_) => return money(name, array, row),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            return cell(name, dictionary.values().as_ref(), index(name, dictionary.keys(), row)?);
        }
        other => Err(unsupported(name, other)),
    })
}

/// The error of a value of a column.
fn bad(column: &str, found: &str) -> Error {
    invalid(format!("column {column} has {found}")).with("field", column)
}

fn unsupported(column: &str, found: &DataType) -> Error {
    let message = format!("column {column} has the Arrow type {found}, which no field takes");
    Error::new(ErrorKind::WrongType, message).with("field", column)
}

/// A text out of bytes that may be anything.
fn text_of<'a>(column: &str, bytes: &'a [u8]) -> Result<Cell<'a>> {
    std::str::from_utf8(bytes).map(Cell::Text).map_err(|e| {
        let message = format!("column {column} has a text that is not UTF-8: byte {} of it", e.valid_up_to() + 1);
        Error::new(ErrorKind::InvalidUtf8, message).with("field", column)
    })
}

/// The key of a dictionary, of whatever width.
fn index(column: &str, keys: &dyn Array, row: usize) -> Option<usize> {
    match cell(column, keys, row)? {
        Ok(Cell::Int(key)) => usize::try_from(key).ok(),
        _ => None,
    }
}

fn date(column: &str, days: i64) -> Result<Cell<'static>> {
    let date = i32::try_from(days).ok().and_then(NaiveDate::from_epoch_days);
    date.map(Cell::Date).ok_or_else(|| bad(column, "a date outside of the years 1 to 9999"))
}

fn whole_days(column: &str, ms: i64) -> Result<Cell<'static>> {
    let day_ms = DAY_US / 1000;
    match ms % day_ms {
        0 => date(column, ms / day_ms),
        _ => Err(bad(column, "a date with a time of day, which would be lost; allowed are whole days")),
    }
}

fn instant(column: &str, array: &dyn Array, row: usize, unit: TimeUnit, zoned: bool) -> Result<Cell<'static>> {
    let us = match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(row).checked_mul(1_000_000),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row).checked_mul(1_000),
        TimeUnit::Microsecond => Some(array.as_primitive::<TimestampMicrosecondType>().value(row)),
        TimeUnit::Nanosecond => match array.as_primitive::<TimestampNanosecondType>().value(row) {
            ns if ns % 1_000 == 0 => Some(ns / 1_000),
            _ => return Err(bad(column, "nanoseconds, which would be lost; allowed are whole microseconds")),
        },
    };
    us.map(|us| Cell::Instant(us, zoned)).ok_or_else(|| bad(column, "an instant outside of the years 1 to 9999"))
}

fn money<'a>(column: &str, array: &'a dyn Array, row: usize) -> Option<Result<Cell<'a>>> {
    let parts = array.as_struct();
    let (amount, currency) = (parts.column_by_name("amount_minor"), parts.column_by_name("currency"));
    let (Some(amount), Some(currency)) = (amount, currency) else {
        return Some(Err(unsupported(column, array.data_type())));
    };
    match (cell(column, amount, row)?, cell(column, currency, row)?) {
        (Ok(Cell::Int(amount)), Ok(Cell::Text(currency))) => Some(Ok(Cell::Money(amount, currency))),
        (Err(error), _) | (_, Err(error)) => Some(Err(error)),
        _ => Some(Err(unsupported(column, array.data_type()))),
    }
}

/// The value of a field.
fn value(info: &FieldInfo, cell: &Cell<'_>) -> Result<Value> {
    let wrong = |found: &str| wrong_type(&info.name, info.kind.name(), found);
    Ok(match (info.kind, cell) {
        (FieldType::Text { .. }, Cell::Text(text)) => Value::Text((*text).to_owned()),
        (FieldType::Enum(def), Cell::Text(name)) => enum_value(info, def, name)?,
        (FieldType::Int { .. }, Cell::Int(n)) => Value::Int(*n),
        (FieldType::Int { .. }, Cell::Float(n)) => Value::Int(whole(*n).ok_or_else(|| wrong("a fraction"))?),
        (FieldType::Ref(_), Cell::Int(_) | Cell::Float(_)) => {
            let id = match cell {
                Cell::Float(n) => whole(*n),
                Cell::Int(n) => Some(*n),
                _ => None,
            };
            Value::Ref(id.and_then(|id| u64::try_from(id).ok()).ok_or_else(|| wrong("a number that is no id"))?)
        }
        (FieldType::Bool, Cell::Bool(v)) => Value::Bool(*v),
        (FieldType::Date, Cell::Date(v)) => Value::Date(*v),
        (FieldType::Date, Cell::Instant(us, false)) if us % DAY_US == 0 => match date(&info.name, us / DAY_US)? {
            Cell::Date(v) => Value::Date(v),
            _ => return Err(wrong("instant")),
        },
        (FieldType::Instant, Cell::Instant(us, true)) => {
            Value::Instant(Instant::from_us(*us).map_err(|e| e.with("field", &info.name))?)
        }
        (FieldType::Instant, Cell::Instant(_, false)) => return Err(wrong("a timestamp without a time zone")),
        (FieldType::Money, Cell::Money(amount, currency)) => {
            Value::Money(Money::new(*amount, currency).map_err(|e| e.with("field", &info.name))?)
        }
        (_, Cell::Text(_)) => return Err(wrong("text")),
        (_, Cell::Int(_)) => return Err(wrong("int")),
        (_, Cell::Float(_)) => return Err(wrong("float")),
        (_, Cell::Bool(_)) => return Err(wrong("bool")),
        (_, Cell::Date(_)) => return Err(wrong("date")),
        (_, Cell::Instant(..)) => return Err(wrong("instant")),
        (_, Cell::Money(..)) => return Err(wrong("money")),
    })
}

/// A whole number that a table holds as a float because other rows are null.
fn whole(n: f64) -> Option<i64> {
    let exact = n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most 2^53 is an i64")]
    exact.then_some(n as i64)
}

/// A row as texts by column, `None` where it is null.
pub(crate) fn row<'py>(py: Python<'py>, batch: &RecordBatch, index: usize) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let text = cell(field.name(), array, index).map(|cell| cell.map_or_else(|_| String::new(), |cell| text(&cell)));
        dict.set_item(field.name(), text)?;
    }
    Ok(dict)
}

fn text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Text(v) => (*v).to_owned(),
        Cell::Int(v) => v.to_string(),
        Cell::Float(v) => v.to_string(),
        Cell::Bool(v) => v.to_string(),
        Cell::Date(v) => v.to_string(),
        Cell::Instant(us, _) => Instant::from_us(*us).map_or_else(|_| us.to_string(), |instant| instant.to_string()),
        Cell::Money(amount, currency) => {
            Money::new(*amount, currency).map_or_else(|_| format!("{amount} {currency}"), |money| money.to_string())
        }
    }
}
