//! What comes from the other side, checked before it is believed: structs by their size, texts by length and UTF-8.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crm_plugin_abi as abi;

/// A struct of the ABI that begins with its size and may be all zeros.
///
/// # Safety
/// The type is `repr(C)`, its first field is a `u32` that holds its size, and zeros are a valid value of it.
pub(super) unsafe trait Sized32: Copy {
    /// The size in each version of the ABI; a later version only adds fields. A size between two of them cuts a field. Unit: bytes.
    const SIZES: &'static [usize] = &[size_of::<Self>()];
}

// SAFETY: a repr(C) struct of integers, raw pointers, function pointers in Option and structs of these, size first.
unsafe impl Sized32 for abi::crmk_plugin {}
// SAFETY: as above.
unsafe impl Sized32 for abi::crmk_plugin_hook {}
// SAFETY: as above.
unsafe impl Sized32 for abi::crmk_plugin_fields {}
// SAFETY: as above.
unsafe impl Sized32 for abi::crmk_plugin_policy {}
// SAFETY: as above.
unsafe impl Sized32 for abi::crmk_plugin_compute {}
// SAFETY: as above.
unsafe impl Sized32 for abi::crmk_plugin_violation {
    const SIZES: &'static [usize] = &[std::mem::offset_of!(abi::crmk_plugin_violation, source), size_of::<Self>()];
}
// SAFETY: as above.
unsafe impl Sized32 for abi::crmk_plugin_decision {}
// SAFETY: as above.
unsafe impl Sized32 for abi::crmk_plugin_field {}
// SAFETY: as above.
unsafe impl Sized32 for abi::crmk_plugin_calculator {}

/// The greatest size that a struct may say of itself. Unit: bytes. What says more is no struct of this ABI.
const SIZE_MAX: u32 = 65_536;

/// Copies a struct of the plugin's, as much as both sides know, into a zeroed one.
///
/// Gives `None` when the pointer is NULL or misaligned, or the size is neither that of a version nor greater than ours.
///
/// # Safety
/// `from` is NULL or points to a struct that begins with its size and has that many bytes.
pub(super) unsafe fn copy<T: Sized32>(from: *const T) -> Option<T> {
    if from.is_null() || !from.is_aligned() {
        return None;
    }
    // SAFETY: not NULL and aligned for T, which is at least as aligned as the u32 that it begins with.
    let size = unsafe { from.cast::<u32>().read() };
    let is_known = T::SIZES.contains(&(size as usize));
    if !is_known && ((size as usize) < size_of::<T>() || size > SIZE_MAX) {
        return None;
    }
    // SAFETY: zeros are a valid T.
    let mut out: T = unsafe { std::mem::zeroed() };
    let len = (size as usize).min(size_of::<T>());
    // SAFETY: `from` has `size` bytes by the caller's promise, `out` has size_of::<T>(), and they do not overlap.
    unsafe { std::ptr::copy_nonoverlapping(from.cast::<u8>(), (&raw mut out).cast::<u8>(), len) };
    Some(out)
}

/// The text of the other side.
///
/// # Errors
/// The code that the other side gets: E_NULL, E_RANGE when it is longer than `len_max` bytes, E_UTF8.
///
/// # Safety
/// `from.data` points to `from.len` bytes that live and do not change during `'a`, or is NULL.
pub(super) unsafe fn text<'a>(from: abi::crmk_plugin_str, len_max: usize) -> Result<&'a str, i32> {
    if from.len == 0 {
        return Ok("");
    }
    if from.data.is_null() {
        return Err(abi::CRMK_PLUGIN_E_NULL);
    }
    if from.len > len_max {
        return Err(abi::CRMK_PLUGIN_E_RANGE);
    }
    // SAFETY: not NULL, and `len` bytes live during 'a by the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(from.data, from.len) };
    std::str::from_utf8(bytes).map_err(|_| abi::CRMK_PLUGIN_E_UTF8)
}

/// A text of the other side that only explains: what is wrong with it is mended, and control characters are made visible.
///
/// # Safety
/// As [`text`].
pub(super) unsafe fn text_lossy(from: abi::crmk_plugin_str) -> String {
    if from.data.is_null() {
        return String::new();
    }
    // SAFETY: not NULL, and `len` bytes live by the caller's promise; fewer are read.
    let bytes = unsafe { std::slice::from_raw_parts(from.data, from.len.min(abi::CRMK_PLUGIN_TEXT_LEN_MAX)) };
    crate::plugin::text::visible(&String::from_utf8_lossy(bytes)).into_owned()
}

/// A text of the kernel's, for the other side to read while it lives.
pub(super) fn str_of(text: &str) -> abi::crmk_plugin_str {
    abi::crmk_plugin_str { data: text.as_ptr(), len: text.len() }
}

/// Runs what the other side called, so that no panic crosses the boundary; the code is that of the result.
pub(super) fn guarded(call: impl FnOnce() -> Result<(), i32>) -> i32 {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => abi::CRMK_PLUGIN_OK,
        Ok(Err(code)) => code,
        Err(_) => abi::CRMK_PLUGIN_E_HOST,
    }
}

/// Runs what the other side called and expects no answer of.
pub(super) fn none(call: impl FnOnce() -> Result<(), i32>) {
    let _ = guarded(call);
}

/// Writes an output of a call.
///
/// # Errors
/// E_NULL when there is nowhere to write to.
///
/// # Safety
/// `to` is NULL or points to a `T` that the caller may write.
pub(super) unsafe fn write<T>(to: *mut T, value: T) -> Result<(), i32> {
    if to.is_null() {
        return Err(abi::CRMK_PLUGIN_E_NULL);
    }
    // SAFETY: not NULL, and writable by the caller's promise. The other side need not have aligned or initialised it.
    unsafe { to.write_unaligned(value) };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_struct_is_cut_and_a_short_or_absurd_one_is_refused() {
        #[repr(C)]
        struct Newer {
            known: abi::crmk_plugin_hook,
            added: u64,
        }
        let known = abi::crmk_plugin_hook { size: 24, reserved: 7, ask: None };
        let newer = Newer { known, added: 1 };
        assert_eq!(newer.added, 1);
        // SAFETY: Newer has 24 bytes, as it says.
        let copied = unsafe { copy((&raw const newer).cast::<abi::crmk_plugin_hook>()) };
        assert_eq!(copied.map(|c| (c.size, c.reserved)), Some((24, 7)));
        for size in [0, 4, 15, SIZE_MAX + 1, u32::MAX] {
            let short = abi::crmk_plugin_hook { size, ..known };
            // SAFETY: the sizes are refused before anything behind the size is read.
            assert!(unsafe { copy(&raw const short) }.is_none(), "{size}");
        }
        // SAFETY: NULL is refused.
        assert!(unsafe { copy(std::ptr::null::<abi::crmk_plugin>()) }.is_none());
    }

    /// A size between those of two versions was taken: the kernel then read a text of which it had half a pointer.
    #[test]
    fn a_size_that_cuts_a_field_is_refused() {
        // SAFETY: zeros are a valid violation.
        let mut violation: abi::crmk_plugin_violation = unsafe { std::mem::zeroed() };
        let (whole, first) = (size_of::<abi::crmk_plugin_violation>(), abi::crmk_plugin_violation::SIZES[0]);
        for size in 0..whole + 16 {
            violation.size = u32::try_from(size).unwrap();
            // SAFETY: only a size that is taken is read, and of a greater one no more than the struct has.
            let taken = unsafe { copy(&raw const violation) }.is_some();
            assert_eq!(taken, size == first || size >= whole, "{size}");
        }
    }

    #[test]
    fn texts_are_checked() {
        let read = |bytes: &[u8], len_max| {
            // SAFETY: the bytes live for the call.
            unsafe { text(abi::crmk_plugin_str { data: bytes.as_ptr(), len: bytes.len() }, len_max) }.map(str::to_owned)
        };
        assert_eq!(read("身份".as_bytes(), 6), Ok("身份".to_owned()));
        assert_eq!(read(b"", 0), Ok(String::new()));
        assert_eq!(read("身份".as_bytes(), 5), Err(abi::CRMK_PLUGIN_E_RANGE));
        assert_eq!(read(b"\xff", 9), Err(abi::CRMK_PLUGIN_E_UTF8));
        // SAFETY: NULL is refused when bytes are promised.
        let null = unsafe { text(abi::crmk_plugin_str { data: std::ptr::null(), len: 1 }, 9) };
        assert_eq!(null, Err(abi::CRMK_PLUGIN_E_NULL));
    }

    #[test]
    fn a_panic_becomes_a_code() {
        assert_eq!(guarded(|| panic!("a defect")), abi::CRMK_PLUGIN_E_HOST);
    }
}
