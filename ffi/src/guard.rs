//! The one guard that every exported function passes: panics, NULL, lengths, UTF-8, sizes of structs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{ptr, slice, str};

use crm_core::port::Callback;
use crm_core::{Error, ErrorKind, Result};

use crate::error::{self, CRMK_OK};
use crate::handle::{self, Entered, Kind};
use crate::layout::LaidOut;
use crate::session::Shared;
use crate::text::crmk_text;

/// The greatest length of a text that a caller gives. Unit: bytes. It is that of a record.
pub(crate) const TEXT_LEN_MAX: usize = 16 << 20;
/// The greatest size that a size-headed struct may claim. Unit: bytes.
const STRUCT_LEN_MAX: usize = 4096;

/// What stands behind a handle and was made from a session, where its errors go.
pub(crate) trait FromSession: Kind {
    /// What the session shares with what was made from it.
    fn shared(&self) -> &Shared;
}

/// Runs a function that has no session; a failure is left on the thread.
pub(crate) fn alone(body: impl FnOnce() -> Result<i32>) -> i32 {
    caught(body).unwrap_or_else(error::leave_on_thread)
}

/// As [`alone`], for what may not be called from within a callback.
pub(crate) fn outside(body: impl FnOnce() -> Result<i32>) -> i32 {
    alone(|| Callback::refuse().and_then(|()| body()))
}

/// Enters a handle and runs a function on it; a failure is left on its session, or on the thread when the handle
/// leads nowhere.
pub(crate) fn with<K: FromSession>(handle: *const K::C, body: impl FnOnce(&mut Entered<K>) -> Result<i32>) -> i32 {
    match handle::enter::<K>(handle) {
        Ok(mut entered) => caught(|| body(&mut entered)).unwrap_or_else(|failed| entered.shared().leave(failed)),
        Err(failed) => error::leave_on_thread(failed),
    }
}

/// Frees a handle; NULL does nothing. One that leads nowhere or that a call is inside of stays as it is, and the code says so.
pub(crate) fn free<K: Kind>(handle: *mut K::C) -> i32 {
    if handle.is_null() {
        return CRMK_OK;
    }
    outside(|| handle::remove::<K>(handle).map(|_| CRMK_OK))
}

fn caught(body: impl FnOnce() -> Result<i32>) -> Result<i32> {
    catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Bug, "a call panicked inside the library; please report it")))
}

pub(crate) fn null(name: &str) -> Error {
    Error::new(ErrorKind::NullArgument, format!("{name} is NULL"))
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

/// Where a function writes an answer, seen before the work begins.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// Writes the answer.
    pub(crate) fn put(self, value: T) {
        if !self.0.is_null() {
            // SAFETY: the caller of the C function guarantees that a pointer for an answer, when not NULL, can be
            // written to during the call.
            unsafe { self.0.write(value) };
        }
    }

    /// Whether the caller wants no answer.
    pub(crate) fn is_unwanted(&self) -> bool {
        self.0.is_null()
    }
}

/// A place for an answer that must be there.
pub(crate) fn out<T>(pointer: *mut T, name: &str) -> Result<Out<T>> {
    if pointer.is_null() { Err(null(name)) } else { Ok(Out(pointer)) }
}

/// A place for an answer that may be NULL.
pub(crate) fn out_optional<T>(pointer: *mut T) -> Out<T> {
    Out(pointer)
}

/// A struct that begins with its size.
///
/// # Safety
/// The type is `repr(C)`, begins with a `u32`, and is valid for all bytes zero and for any bytes in its fields.
pub(crate) unsafe trait SizeHeaded: LaidOut {
    /// The name in messages.
    const NAME: &'static str;
}

/// Reads a struct of the caller's: a short one is filled up with zeros, one with an unknown tail is refused.
///
/// # Safety
/// The pointer, when not NULL, leads to as many readable bytes as the number at its beginning says.
pub(crate) unsafe fn read_struct<T: SizeHeaded>(pointer: *const T) -> Result<T> {
    // SAFETY: passed on to the caller.
    let size = unsafe { claimed_size(pointer)? };
    let known = size.min(size_of::<T>());
    // SAFETY: `SizeHeaded` is valid for zeros; `known` bytes can be read and fit.
    let value = unsafe {
        let mut value = std::mem::zeroed::<T>();
        ptr::copy_nonoverlapping(pointer.cast::<u8>(), (&raw mut value).cast::<u8>(), known);
        value
    };
    // SAFETY: the bytes from `known` to `size` belong to the struct of the caller.
    let tail = unsafe { slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known) };
    if tail.iter().any(|byte| *byte != 0) {
        let message = format!(
            "{} has {size} bytes with values behind the {} that this version knows; leave them zero",
            T::NAME,
            size_of::<T>()
        );
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Ok(value)
}

/// The place of a struct for an answer, seen before the work begins.
pub(crate) struct OutStruct<T> {
    pointer: *mut T,
    size: usize,
}

/// A struct for an answer that may be NULL.
///
/// # Safety
/// As for [`read_struct`], and the bytes can be written.
pub(crate) unsafe fn out_struct_optional<T: SizeHeaded>(pointer: *mut T) -> Result<OutStruct<T>> {
    // SAFETY: passed on to the caller.
    let size = if pointer.is_null() { 0 } else { unsafe { claimed_size(pointer)? } };
    Ok(OutStruct { pointer, size })
}

/// A struct for an answer that must be there.
///
/// # Safety
/// As for [`out_struct_optional`].
pub(crate) unsafe fn out_struct<T: SizeHeaded>(pointer: *mut T) -> Result<OutStruct<T>> {
    if pointer.is_null() {
        return Err(null(T::NAME));
    }
    // SAFETY: passed on to the caller.
    unsafe { out_struct_optional(pointer) }
}

impl<T: SizeHeaded> OutStruct<T> {
    /// Writes as much of the answer as the caller's struct holds; its size stays, and what it holds beyond becomes zero.
    pub(crate) fn put(self, value: T) {
        if self.pointer.is_null() {
            return;
        }
        let head = size_of::<u32>();
        let known = self.size.min(size_of::<T>());
        // SAFETY: `size` bytes from `pointer` on can be written, as the caller of the C function guarantees.
        unsafe {
            let to = self.pointer.cast::<u8>();
            ptr::copy_nonoverlapping((&raw const value).cast::<u8>().add(head), to.add(head), known - head);
            ptr::write_bytes(to.add(known), 0, self.size - known);
        }
    }
}

/// # Safety
/// The pointer is NULL or leads to a `u32`.
unsafe fn claimed_size<T: SizeHeaded>(pointer: *const T) -> Result<usize> {
    if pointer.is_null() {
        return Err(null(T::NAME));
    }
    // SAFETY: a size-headed struct begins with its size.
    let size = unsafe { pointer.cast::<u32>().read_unaligned() } as usize;
    let name = T::NAME;
    if !(size_of::<u32>()..=STRUCT_LEN_MAX).contains(&size) {
        let (least, own) = (size_of::<u32>(), size_of::<T>());
        let message = format!(
            "{name}.size is {size}; set it to sizeof({name}), {own}, or another of {least} to {STRUCT_LEN_MAX}"
        );
        return Err(invalid(message));
    }
    // Half a field is no value: half a pointer would be followed.
    let cut = |&&(_, offset, len): &&(&str, usize, usize)| offset < size && size < offset + len;
    if let Some((field, offset, len)) = T::FIELDS.iter().find(cut) {
        let end = offset + len;
        let message =
            format!("{name}.size is {size}, which cuts {field}; it may end before it, {offset}, or behind it, {end}");
        return Err(invalid(message));
    }
    Ok(size)
}

/// Takes a text of the caller's.
///
/// # Safety
/// The text's data can be read for its length during the call.
pub(crate) unsafe fn text<'a>(given: crmk_text, name: &str) -> Result<&'a str> {
    // SAFETY: passed on to the caller.
    let bytes = unsafe { bytes(given.data, given.len, name)? };
    str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        Error::new(ErrorKind::InvalidUtf8, format!("{name} is not valid UTF-8 at byte {at}")).with("argument", name)
    })
}

/// Takes bytes of the caller's.
///
/// # Safety
/// The data can be read for its length during the call.
pub(crate) unsafe fn bytes<'a>(data: *const u8, len: usize, name: &str) -> Result<&'a [u8]> {
    if len > TEXT_LEN_MAX {
        return Err(invalid(format!("{name} has a length of {len} bytes, at most {TEXT_LEN_MAX} are allowed")));
    }
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Error::new(ErrorKind::NullArgument, format!("{name} is NULL with a length of {len}")));
    }
    // SAFETY: not NULL; the caller guarantees that `len` bytes can be read.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

/// Takes an array of the caller's.
///
/// # Safety
/// The array holds `count` items that can be read during the call.
pub(crate) unsafe fn items<'a, T>(array: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    if count > 1 << 20 {
        return Err(invalid(format!("{name} has {count} items, at most 1048576 are allowed")));
    }
    if count == 0 {
        return Ok(&[]);
    }
    if array.is_null() {
        return Err(Error::new(ErrorKind::NullArgument, format!("{name} is NULL with {count} items")));
    }
    // SAFETY: not NULL; the caller guarantees that `count` items can be read.
    Ok(unsafe { slice::from_raw_parts(array, count) })
}

/// An item of a list that a caller names by its index.
pub(crate) fn item<'a, T>(list: &'a [T], index: u32, name: &str) -> Result<&'a T> {
    list.get(index as usize).ok_or_else(|| invalid(format!("{name} {index} is past the end, there are {}", list.len())))
}

/// A length as C counts it.
pub(crate) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
