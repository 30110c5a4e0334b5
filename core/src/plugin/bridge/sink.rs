//! The sinks: what a hook answers, checked and copied into the domain's own types.

use std::borrow::Cow;
use std::ffi::c_void;

use crm_plugin_abi as abi;

use super::call::{Call, call, date_of};
use super::raw::{copy, guarded, text};
use crate::domain::Decision;
use crate::error::Violation;
use crate::port::ComplaintAnswer;

/// The struct into which `validate` gives violations; valid as long as the call is borrowed.
pub(super) fn validate_sink(call: &Call<'_>) -> abi::crmk_plugin_validate_sink {
    abi::crmk_plugin_validate_sink {
        size: size_of::<abi::crmk_plugin_validate_sink>() as u32,
        reserved: 0,
        context: call.context(),
        violation: Some(violation),
    }
}

/// The struct into which `complaint` gives its decision; valid as long as the call is borrowed.
pub(super) fn complaint_sink(call: &Call<'_>) -> abi::crmk_plugin_complaint_sink {
    abi::crmk_plugin_complaint_sink {
        size: size_of::<abi::crmk_plugin_complaint_sink>() as u32,
        reserved: 0,
        context: call.context(),
        deadline: Some(deadline),
    }
}

unsafe extern "C" fn violation(context: *mut c_void, from: *const abi::crmk_plugin_violation) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        // SAFETY: the plugin gives a struct with its size and texts that live for the call, or NULL.
        call.taken(unsafe { take_violation(call, from) })
    })
}

/// # Safety
/// `from` is NULL or points to a struct with its size whose texts live for the call.
unsafe fn take_violation(call: &Call<'_>, from: *const abi::crmk_plugin_violation) -> Result<(), i32> {
    // SAFETY: by the caller's promise.
    let from = unsafe { copy(from) }.ok_or(abi::CRMK_PLUGIN_E_NULL)?;
    // SAFETY: by the caller's promise.
    let found = unsafe {
        Violation {
            field: name(from.field)?,
            code: required(name(from.code)?)?.into(),
            message: required(sentence(from.message)?)?,
            message_zh: sentence(from.message_zh)?,
            rule: name(from.rule)?.into(),
            plugin: String::new(),
        }
    };
    let mut violations = call.violations.borrow_mut();
    if violations.len() >= abi::CRMK_PLUGIN_VIOLATIONS_MAX {
        return Err(abi::CRMK_PLUGIN_E_LIMIT);
    }
    violations.push(found);
    Ok(())
}

unsafe extern "C" fn deadline(context: *mut c_void, from: *const abi::crmk_plugin_deadline) -> i32 {
    guarded(|| {
        // SAFETY: the plugin passes the context of this call on.
        let call = unsafe { call(context)? };
        // SAFETY: the plugin gives a struct with its size and texts that live for the call, or NULL.
        call.taken(unsafe { take_deadline(call, from) })
    })
}

/// # Safety
/// `from` is NULL or points to a struct with its size whose texts and inputs live for the call.
unsafe fn take_deadline(call: &Call<'_>, from: *const abi::crmk_plugin_deadline) -> Result<(), i32> {
    // SAFETY: by the caller's promise.
    let from = unsafe { copy(from) }.ok_or(abi::CRMK_PLUGIN_E_NULL)?;
    let date = date_of(from.date)?;
    // SAFETY: by the caller's promise.
    let decision = unsafe {
        Decision {
            subject: "deadline_on".into(),
            value: date.to_string(),
            rule: required(name(from.rule)?)?.into(),
            source: sentence(from.source)?.into(),
            inputs: inputs(from.inputs, from.input_count)?,
            reason: required(sentence(from.reason)?)?,
            reason_zh: sentence(from.reason_zh)?,
            policy_version: "".into(),
            plugin: String::new(),
        }
    };
    let mut answer = call.answer.borrow_mut();
    if answer.is_some() {
        return Err(abi::CRMK_PLUGIN_E_LIMIT);
    }
    *answer = Some(ComplaintAnswer { deadline_on: Some(date), decisions: vec![decision] });
    Ok(())
}

type Inputs = Vec<(Cow<'static, str>, String)>;

/// # Safety
/// `from` is NULL or points to `count` inputs whose texts live for the call.
unsafe fn inputs(from: *const abi::crmk_plugin_input, count: usize) -> Result<Inputs, i32> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if from.is_null() || !from.is_aligned() {
        return Err(abi::CRMK_PLUGIN_E_NULL);
    }
    if count > abi::CRMK_PLUGIN_INPUTS_MAX {
        return Err(abi::CRMK_PLUGIN_E_LIMIT);
    }
    // SAFETY: not NULL, aligned, and `count` elements by the caller's promise.
    let all = unsafe { std::slice::from_raw_parts(from, count) };
    // SAFETY: by the caller's promise.
    all.iter().map(|i| unsafe { Ok((required(name(i.name)?)?.into(), sentence(i.value)?)) }).collect()
}

/// # Safety
/// As [`text`].
unsafe fn name(from: abi::crmk_plugin_str) -> Result<String, i32> {
    // SAFETY: by the caller's promise.
    unsafe { text(from, abi::CRMK_PLUGIN_NAME_LEN_MAX) }.map(str::to_owned)
}

/// # Safety
/// As [`text`].
unsafe fn sentence(from: abi::crmk_plugin_str) -> Result<String, i32> {
    // SAFETY: by the caller's promise.
    unsafe { text(from, abi::CRMK_PLUGIN_TEXT_LEN_MAX) }.map(str::to_owned)
}

fn required(text: String) -> Result<String, i32> {
    if text.is_empty() { Err(abi::CRMK_PLUGIN_E_RANGE) } else { Ok(text) }
}
