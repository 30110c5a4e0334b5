//! The texts of an answer: names, sentences, inputs, each within its bound.

use std::borrow::Cow;

use crm_plugin_abi as abi;

use super::raw::text;

/// # Safety
/// As [`text`].
pub(super) unsafe fn name(from: abi::crmk_plugin_str) -> Result<String, i32> {
    // SAFETY: by the caller's promise.
    unsafe { text(from, abi::CRMK_PLUGIN_NAME_LEN_MAX) }.map(str::to_owned)
}

/// # Safety
/// As [`text`].
pub(super) unsafe fn sentence(from: abi::crmk_plugin_str) -> Result<String, i32> {
    // SAFETY: by the caller's promise.
    unsafe { text(from, abi::CRMK_PLUGIN_TEXT_LEN_MAX) }.map(str::to_owned)
}

/// The text, which must say something.
pub(super) fn required(text: String) -> Result<String, i32> {
    if text.is_empty() { Err(abi::CRMK_PLUGIN_E_RANGE) } else { Ok(text) }
}

/// The inputs of a decision, as name and value.
pub(super) type Inputs = Vec<(Cow<'static, str>, String)>;

/// # Safety
/// `from` is NULL or points to `count` inputs whose texts live for the call.
pub(super) unsafe fn inputs(from: *const abi::crmk_plugin_input, count: usize) -> Result<Inputs, i32> {
    // SAFETY: by the caller's promise.
    let all = unsafe { slice(from, count)? };
    // SAFETY: by the caller's promise.
    all.iter().map(|i| unsafe { Ok((required(name(i.name)?)?.into(), sentence(i.value)?)) }).collect()
}

/// The elements of an array of the other side. Bounds: at most CRMK_PLUGIN_INPUTS_MAX.
///
/// # Safety
/// `from` is NULL or points to `count` elements that live during `'a`.
pub(super) unsafe fn slice<'a, T>(from: *const T, count: usize) -> Result<&'a [T], i32> {
    if count == 0 {
        return Ok(&[]);
    }
    if from.is_null() || !from.is_aligned() {
        return Err(abi::CRMK_PLUGIN_E_NULL);
    }
    if count > abi::CRMK_PLUGIN_INPUTS_MAX {
        return Err(abi::CRMK_PLUGIN_E_LIMIT);
    }
    // SAFETY: not NULL, aligned, and `count` elements by the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(from, count) })
}
