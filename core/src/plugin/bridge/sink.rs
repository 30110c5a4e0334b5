//! The sink of a call: what a hook answers, checked and copied into the domain's own types.

use std::ffi::c_void;

use crm_plugin_abi as abi;

use super::call::{Call, call};
use super::raw::{copy, guarded};
use super::setup::slot;
use super::{decision, text_of};
use crate::error::Violation;
use crate::port::Point;

/// The struct into which a hook gives its answers; valid as long as the call is borrowed.
pub(super) fn sink(call: &Call<'_>) -> abi::crmk_plugin_sink {
    abi::crmk_plugin_sink {
        size: size_of::<abi::crmk_plugin_sink>() as u32,
        reserved: 0,
        context: call.context(),
        violation: Some(violation),
        decision: Some(decision),
        mask: Some(mask),
        field: Some(no_field),
        calculator: Some(no_calculator),
    }
}

unsafe extern "C" fn violation(context: *mut c_void, from: *const abi::crmk_plugin_violation) -> i32 {
    guarded(|| {
        let call = call(context)?;
        // SAFETY: the plugin gives a struct with its size and texts that live for the call, or NULL.
        call.taken(unsafe { take_violation(call, from) })
    })
}

/// # Safety
/// `from` is NULL or points to a struct with its size whose texts live for the call.
unsafe fn take_violation(call: &Call<'_>, from: *const abi::crmk_plugin_violation) -> Result<(), i32> {
    if !matches!(call.scene.point(), Point::Validate | Point::Complaint) {
        return Err(abi::CRMK_PLUGIN_E_UNKNOWN);
    }
    // SAFETY: by the caller's promise.
    let from = unsafe { copy(from) }.ok_or(abi::CRMK_PLUGIN_E_NULL)?;
    // SAFETY: by the caller's promise.
    let found = unsafe {
        Violation {
            field: text_of::name(from.field)?,
            code: text_of::required(text_of::name(from.code)?)?.into(),
            message: text_of::required(text_of::sentence(from.message)?)?,
            message_zh: text_of::sentence(from.message_zh)?,
            rule: text_of::name(from.rule)?.into(),
            source: text_of::sentence(from.source)?.into(),
            inputs: text_of::inputs(from.inputs, from.input_count)?,
            policy_version: "".into(),
            plugin: String::new(),
        }
    };
    let violations = &mut call.answer.borrow_mut().violations;
    if violations.len() >= abi::CRMK_PLUGIN_VIOLATIONS_MAX {
        return Err(abi::CRMK_PLUGIN_E_LIMIT);
    }
    violations.push(found);
    Ok(())
}

unsafe extern "C" fn decision(context: *mut c_void, from: *const abi::crmk_plugin_decision) -> i32 {
    guarded(|| {
        let call = call(context)?;
        // SAFETY: the plugin gives a struct with its size and texts that live for the call, or NULL.
        call.taken(unsafe { decision::take(call, from) })
    })
}

unsafe extern "C" fn mask(context: *mut c_void, field: u32) -> i32 {
    guarded(|| {
        let call = call(context)?;
        call.taken(take_mask(call, field))
    })
}

fn take_mask(call: &Call<'_>, field: u32) -> Result<(), i32> {
    if call.scene.point() != Point::Rights {
        return Err(abi::CRMK_PLUGIN_E_UNKNOWN);
    }
    let slot = slot(&call.plugin.slots, field)?;
    if Some(slot.entity) != call.scene.entity() {
        return Err(abi::CRMK_PLUGIN_E_WRONG_ENTITY);
    }
    call.answer.borrow_mut().masked.push(slot.field);
    Ok(())
}

/// Declarations belong to the set-up, not to a call.
unsafe extern "C" fn no_field(context: *mut c_void, _: *const abi::crmk_plugin_field) -> i32 {
    guarded(|| call(context)?.taken(Err(abi::CRMK_PLUGIN_E_UNKNOWN)))
}

unsafe extern "C" fn no_calculator(context: *mut c_void, _: *const abi::crmk_plugin_calculator) -> i32 {
    guarded(|| call(context)?.taken(Err(abi::CRMK_PLUGIN_E_UNKNOWN)))
}
