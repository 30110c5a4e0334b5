//! Answers and arguments between the safe types and the structs of the ABI.

use std::borrow::Cow;

use crm_plugin_abi as abi;

use super::{str_of, text};
use crate::answer::{Decision, Decisions, Failure, Masks, Violation, Violations};
use crate::date::{Date, Instant};
use crate::field::Money;
use crate::quantity::Quantity;

pub(super) fn give_violations(sink: &abi::crmk_plugin_sink, out: &Violations) -> Result<(), Failure> {
    out.0.iter().try_for_each(|violation| give_violation(sink, violation))
}

pub(super) fn give_decisions(sink: &abi::crmk_plugin_sink, out: &Decisions) -> Result<(), Failure> {
    out.refused.iter().try_for_each(|violation| give_violation(sink, violation))?;
    out.decided.iter().try_for_each(|decision| give_decision(sink, decision))
}

pub(super) fn give_masks(sink: &abi::crmk_plugin_sink, out: &Masks) -> Result<(), Failure> {
    let give = sink.mask.ok_or("the host takes no masks")?;
    out.0.iter().try_for_each(|field| {
        // SAFETY: the sink's context belongs to its function.
        taken("a mask", unsafe { give(sink.context, *field) })
    })
}

fn give_violation(sink: &abi::crmk_plugin_sink, from: &Violation) -> Result<(), Failure> {
    let inputs = inputs_of(&from.inputs);
    let violation = abi::crmk_plugin_violation {
        size: size_of::<abi::crmk_plugin_violation>() as u32,
        reserved: 0,
        field: str_of(&from.field),
        code: str_of(&from.code),
        message: str_of(&from.message),
        message_zh: str_of(&from.message_zh),
        rule: str_of(&from.rule),
        source: str_of(&from.source),
        inputs: inputs.as_ptr(),
        input_count: inputs.len(),
    };
    let give = sink.violation.ok_or("the host takes no violations")?;
    // SAFETY: the sink's context belongs to its function; the struct, its texts and inputs live for the call.
    taken("a violation", unsafe { give(sink.context, &raw const violation) })
}

fn give_decision(sink: &abi::crmk_plugin_sink, from: &Decision) -> Result<(), Failure> {
    let inputs = inputs_of(&from.inputs);
    let decision = abi::crmk_plugin_decision {
        size: size_of::<abi::crmk_plugin_decision>() as u32,
        flags: if from.is_kept { abi::CRMK_PLUGIN_DECISION_KEPT } else { 0 },
        subject: str_of(&from.subject),
        value: value_of(&from.value),
        rule: str_of(&from.rule),
        source: str_of(&from.source),
        reason: str_of(&from.reason),
        reason_zh: str_of(&from.reason_zh),
        inputs: inputs.as_ptr(),
        input_count: inputs.len(),
    };
    let give = sink.decision.ok_or("the host takes no decision")?;
    // SAFETY: the sink's context belongs to its function; the struct, its texts and inputs live for the call.
    taken(&format!("the decision {}", from.subject), unsafe { give(sink.context, &raw const decision) })
}

fn inputs_of(inputs: &[(Cow<'static, str>, String)]) -> Vec<abi::crmk_plugin_input> {
    inputs.iter().map(|(name, value)| abi::crmk_plugin_input { name: str_of(name), value: str_of(value) }).collect()
}

fn taken(what: &str, code: i32) -> Result<(), Failure> {
    if code < 0 {
        Err(Failure {
            code: abi::CRMK_PLUGIN_E_FAILED,
            message: format!("the host does not take {what} (code {code})"),
        })
    } else {
        Ok(())
    }
}

fn value_of(from: &Quantity) -> abi::crmk_plugin_value {
    let empty = abi::crmk_plugin_value {
        r#type: abi::CRMK_PLUGIN_TYPE_NONE,
        reserved: 0,
        number: 0,
        denominator: 0,
        text: str_of(""),
        currency: [0; 3],
        reserved_end: [0; 5],
    };
    let number = |r#type, number| abi::crmk_plugin_value { r#type, number, ..empty };
    match from {
        Quantity::Text(v) => abi::crmk_plugin_value { r#type: abi::CRMK_PLUGIN_TYPE_TEXT, text: str_of(v), ..empty },
        Quantity::Int(v) => number(abi::CRMK_PLUGIN_TYPE_INT, *v),
        Quantity::Bool(v) => number(abi::CRMK_PLUGIN_TYPE_BOOL, i64::from(*v)),
        Quantity::Date(v) => number(abi::CRMK_PLUGIN_TYPE_DATE, i64::from(v.days())),
        Quantity::Instant(v) => number(abi::CRMK_PLUGIN_TYPE_INSTANT, v.0),
        Quantity::Money(v) => {
            abi::crmk_plugin_value { currency: v.currency, ..number(abi::CRMK_PLUGIN_TYPE_MONEY, v.amount_minor) }
        }
        Quantity::Absent => empty,
        Quantity::Ratio(numerator, denominator) => {
            abi::crmk_plugin_value { denominator: *denominator, ..number(abi::CRMK_PLUGIN_TYPE_RATIO, *numerator) }
        }
    }
}

/// The arguments of a computation.
///
/// # Safety
/// They are the host's and live for the call.
pub(super) unsafe fn arguments(given: &abi::crmk_plugin_computation) -> Result<Vec<Option<Quantity>>, Failure> {
    if given.argument_count == 0 {
        return Ok(Vec::new());
    }
    if given.arguments.is_null() {
        return Err("the host gives no arguments".into());
    }
    // SAFETY: not NULL, and so many elements by the caller's promise.
    let values = unsafe { std::slice::from_raw_parts(given.arguments, given.argument_count) };
    values
        .iter()
        .map(|value| {
            Ok(Some(match value.r#type {
                abi::CRMK_PLUGIN_TYPE_NONE => return Ok(None),
                abi::CRMK_PLUGIN_TYPE_TEXT => {
                    // SAFETY: by the caller's promise.
                    let text = unsafe { text(value.text) };
                    Quantity::Text(text.map_err(|_| "an argument is not valid UTF-8")?.to_owned())
                }
                abi::CRMK_PLUGIN_TYPE_INT => Quantity::Int(value.number),
                abi::CRMK_PLUGIN_TYPE_BOOL => Quantity::Bool(value.number != 0),
                abi::CRMK_PLUGIN_TYPE_DATE => {
                    Quantity::Date(Date::from_days(i32::try_from(value.number).map_err(|_| "a date is out of range")?))
                }
                abi::CRMK_PLUGIN_TYPE_INSTANT => Quantity::Instant(Instant(value.number)),
                abi::CRMK_PLUGIN_TYPE_MONEY => Quantity::Money(Money::new(value.number, value.currency)),
                abi::CRMK_PLUGIN_TYPE_RATIO => Quantity::Ratio(value.number, value.denominator),
                _ => return Err("an argument has a type that is not known".into()),
            }))
        })
        .collect()
}
