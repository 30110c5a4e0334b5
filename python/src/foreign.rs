//! Arrow streams of other libraries, checked before a value of them is read.
//!
//! A producer may hand over anything: text that is not UTF-8, offsets that run backwards, keys that no dictionary has. The
//! arrow crates believe what comes through the C interface. So every column is taken apart first: texts become bytes, which
//! are read as UTF-8 value by value, and the rest is built again by the checks of the arrow crates. What no consumer can see
//! is a buffer that is shorter than its array says: the interface has no place for its length.
//! Lengths from which slices are made before that are looked at first ([`prepare`]).

use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};
use crm_core::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::failure::invalid;

/// A stream of another library, moved out of its capsule.
pub(crate) struct Foreign {
    stream: FFI_ArrowArrayStream,
    fields: Fields,
    /// How many rows came before the next batch.
    rows: usize,
}

/// Moves the stream out of what an object gives by the Arrow PyCapsule protocol.
///
/// # Errors
/// What the object raises, and what Python raises when it gives another thing.
pub(crate) fn take(source: &Bound<'_, PyAny>) -> PyResult<FFI_ArrowArrayStream> {
    let capsule = source.call_method0("__arrow_c_stream__")?;
    let capsule = capsule.cast::<PyCapsule>()?;
    let pointer = capsule.pointer_checked(Some(c"arrow_array_stream"))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: a capsule of this name holds a valid ArrowArrayStream by the Arrow PyCapsule protocol, which the producer
    // guarantees; the interpreter is held, so nobody else moves the stream out while it is moved out here.
    Ok(unsafe { FFI_ArrowArrayStream::from_raw(pointer.as_ptr()) })
}

impl Foreign {
    /// Reads the schema of a stream. The producer's own code runs in it.
    ///
    /// # Errors
    /// `InvalidArgument` when the stream was read before, fails, or is no table.
    pub(crate) fn open(mut stream: FFI_ArrowArrayStream) -> Result<Self> {
        let failed = |cause: ArrowError| invalid("the table's stream cannot be read").caused_by(cause);
        let (Some(_), Some(get_schema)) = (stream.release(), stream.get_schema()) else {
            return Err(invalid("the table's stream was read before"));
        };
        let mut schema = FFI_ArrowSchema::empty();
        // SAFETY: the callback is the stream's own, which is not released, and writes a schema into ours.
        let code = unsafe { get_schema(&raw mut stream, &raw mut schema) };
        if code != 0 {
            return Err(failed(told(&mut stream, code)));
        }
        let field = unless_panic(|| Field::try_from(&schema)).map_err(failed)?;
        match field.data_type() {
            DataType::Struct(fields) => Ok(Self { stream, fields: fields.clone(), rows: 0 }),
            other => Err(invalid(format!("the stream is of {other}, a table is needed"))),
        }
    }

    /// The columns, as the producer declares them.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The next batch, checked, `None` at the end. Texts are columns of bytes; a column that `takes` refuses is left out. The
    /// producer's own code runs in it. After an error the stream is not to be read on.
    ///
    /// # Errors
    /// `InvalidArgument` when the stream fails, or with the column and the rows that are no Arrow data.
    pub(crate) fn next(&mut self, takes: impl Fn(&Field) -> bool) -> Option<Result<RecordBatch>> {
        let failed = |cause: ArrowError| invalid("the table's stream failed").caused_by(cause);
        let mut array = FFI_ArrowArray::empty();
        let get_next = self.stream.get_next()?;
        // SAFETY: the callback is the stream's own, which is not released, and writes an array into ours.
        let code = unsafe { get_next(&raw mut self.stream, &raw mut array) };
        if code != 0 {
            return Some(Err(failed(told(&mut self.stream, code))));
        }
        if array.is_released() {
            return None;
        }
        let kind = DataType::Struct(self.fields.clone());
        // SAFETY: both are the struct ArrowArray of the C data interface, of which `Head` names the first members. The array is
        // ours since the callback gave it, with its children.
        if let Err(cause) = unsafe { prepare(&mut *(&raw mut array).cast::<Head>(), &kind) } {
            return Some(Err(failed(cause)));
        }
        // SAFETY: the array is the producer's and whole, as far as the interface can say; what it says is checked below.
        let data = unless_panic(|| unsafe { from_ffi_and_data_type(array, kind) });
        Some(data.map_err(failed).and_then(|data| self.checked(&data, takes)))
    }

    fn checked(&mut self, data: &ArrayData, takes: impl Fn(&Field) -> bool) -> Result<RecordBatch> {
        let (offset, len) = (data.offset(), data.len());
        let first = self.rows + 1;
        self.rows += len;
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        for (field, column) in self.fields.iter().zip(data.child_data()).filter(|(field, _)| takes(field)) {
            let found = unless_panic(|| part(column, offset, len).and_then(as_bytes).map(make_array));
            let column: ArrayRef = found.map_err(|cause| damaged(field.name(), first, self.rows, &cause))?;
            fields.push(Field::new(field.name(), column.data_type().clone(), true));
            columns.push(column);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(len));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options);
        batch.map_err(|cause| invalid("the table's stream gave a batch that is none").caused_by(cause))
    }
}

fn damaged(column: &str, first: usize, last: usize, cause: &ArrowError) -> Error {
    let message = format!("column {column} is no valid Arrow data in rows {first} to {last}: {cause}");
    invalid(message).with("field", column)
}

/// A part of a column that has all of its rows.
fn part(column: &ArrayData, offset: usize, len: usize) -> std::result::Result<ArrayData, ArrowError> {
    if offset.checked_add(len).is_none_or(|end| end > column.len()) {
        let message = format!("it has {} rows, the table has {offset} and {len} more", column.len());
        return Err(ArrowError::CDataInterface(message));
    }
    Ok(column.slice(offset, len))
}

/// The same data with texts as bytes, checked: lengths, offsets, views, keys, nulls.
fn as_bytes(data: ArrayData) -> std::result::Result<ArrayData, ArrowError> {
    let children = data.child_data().iter().cloned().map(as_bytes).collect::<std::result::Result<Vec<_>, _>>()?;
    let kind = match (data.data_type(), children.as_slice()) {
        (DataType::Utf8, _) => DataType::Binary,
        (DataType::LargeUtf8, _) => DataType::LargeBinary,
        (DataType::Utf8View, _) => DataType::BinaryView,
        (DataType::Dictionary(key, _), [values]) => {
            DataType::Dictionary(key.clone(), Box::new(values.data_type().clone()))
        }
        (DataType::Struct(fields), children) => {
            let field =
                |(field, child): (&Arc<Field>, &ArrayData)| Field::new(field.name(), child.data_type().clone(), true);
            DataType::Struct(fields.iter().zip(children).map(field).collect())
        }
        (other, _) => other.clone(),
    };
    data.into_builder().data_type(kind).child_data(children).build()
}

/// The arrow crates panic on some arrays that cannot be.
fn unless_panic<T>(work: impl FnOnce() -> std::result::Result<T, ArrowError>) -> std::result::Result<T, ArrowError> {
    let panicked = |_| Err(ArrowError::CDataInterface("the producer's array contradicts its schema".to_owned()));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(panicked)
}

/// The error that a producer tells.
fn told(stream: &mut FFI_ArrowArrayStream, code: i32) -> ArrowError {
    let text = stream.get_last_error().map(|get| {
        // SAFETY: the callback is the stream's own, and its last call failed, which is when it may be asked.
        let text = unsafe { get(&raw mut *stream) };
        if text.is_null() {
            return String::new();
        }
        // SAFETY: by the C stream interface the text ends with NUL and lives until the next call of the stream.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    });
    ArrowError::CDataInterface(format!("the producer answers {code}: {}", text.unwrap_or_default()))
}

/// The beginning of an array of the C data interface.
#[repr(C)]
struct Head {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut Head,
    dictionary: *mut Head,
}

/// Looks at the lengths from which the arrow crates make slices before anything can be checked: rows, the ends of texts, the
/// parts of views. An array of nulls has no buffer by the interface; polars gives it one, which is taken away here, for the
/// arrow crates refuse it. A producer frees by its private data, not by that count.
///
/// # Safety
/// `head` is an array that a producer gave, not released, and its children are too.
unsafe fn prepare(head: &mut Head, kind: &DataType) -> std::result::Result<(), ArrowError> {
    let impossible = |what: &str| ArrowError::CDataInterface(format!("an array of {kind} has {what}"));
    let rows = usize::try_from(head.length).ok().zip(usize::try_from(head.offset).ok());
    let end = rows.and_then(|(length, offset)| length.checked_add(offset)).filter(|end| *end <= ROWS_MAX);
    let end = end.ok_or_else(|| impossible("a length that cannot be"))?;
    let buffers = usize::try_from(head.n_buffers).map_err(|_| impossible("less than no buffers"))?;
    let buffer = |i: usize| match head.buffers.is_null() || i >= buffers {
        true => std::ptr::null(),
        // SAFETY: by the caller's promise there are as many pointers as the array says.
        false => unsafe { *head.buffers.add(i) },
    };
    let last = match kind {
        DataType::Null => {
            head.n_buffers = 0;
            return Ok(());
        }
        DataType::Utf8 | DataType::Binary if end > 0 && !buffer(1).is_null() => {
            // SAFETY: an array of texts has one more offset than rows.
            i64::from(unsafe { buffer(1).cast::<i32>().add(end).read_unaligned() })
        }
        DataType::LargeUtf8 | DataType::LargeBinary if end > 0 && !buffer(1).is_null() => {
            // SAFETY: as above.
            unsafe { buffer(1).cast::<i64>().add(end).read_unaligned() }
        }
        DataType::Utf8View | DataType::BinaryView if !buffer(buffers.wrapping_sub(1)).is_null() => {
            let lengths = buffer(buffers - 1).cast::<i64>();
            // SAFETY: the last buffer of an array of views has the length of each buffer but itself, nulls and views.
            let length = |i: usize| unsafe { lengths.add(i).read_unaligned() };
            (0..buffers.saturating_sub(3)).map(length).min().unwrap_or(0)
        }
        _ => 0,
    };
    if last < 0 {
        return Err(impossible("texts that end below 0"));
    }
    // SAFETY: by the caller's promise.
    unsafe { prepare_children(head, kind) }
}

/// How many rows an array may have, so that no product of a width with it is beyond a machine word.
const ROWS_MAX: usize = 1 << 48;

/// The same for the columns of a table or a struct, and for the values of a dictionary.
///
/// # Safety
/// As [`prepare`].
unsafe fn prepare_children(head: &Head, kind: &DataType) -> std::result::Result<(), ArrowError> {
    let none = || ArrowError::CDataInterface(format!("an array of {kind} lacks a part"));
    match kind {
        DataType::Dictionary(_, values) => {
            // SAFETY: the dictionary of an array is null or an array of its own.
            let dictionary = unsafe { head.dictionary.as_mut() };
            // SAFETY: by the caller's promise.
            unsafe { prepare(dictionary.ok_or_else(none)?, values) }
        }
        DataType::Struct(fields) => {
            let is_whole = fields.is_empty() || !head.children.is_null();
            if usize::try_from(head.n_children).ok() != Some(fields.len()) || !is_whole {
                return Err(none());
            }
            for (i, field) in fields.iter().enumerate() {
                // SAFETY: there are as many children as the array says, and `i` is below that.
                let child = unsafe { (*head.children.add(i)).as_mut() };
                // SAFETY: by the caller's promise.
                unsafe { prepare(child.ok_or_else(none)?, field.data_type())? };
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
