//! Calculators of plugins: called by name with typed arguments, with a typed result and its reason for each answer.

use std::collections::BTreeMap;
use std::ffi::c_char;

use crm_core::Result;
use crm_core::domain::{Date, Decided, Instant, Money, Parameter, Quantity, QuantityType};

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::session::{SessionState, crmk_session};
use crate::text::{self, crmk_text};

/// The type of a ratio of two integers, which only calculators take and give.
pub const CRMK_TYPE_RATIO: i32 = 9;

/// An argument of a calculator. This struct never grows.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_argument {
    /// The name.
    pub name: crmk_text,
    /// CRMK_TYPE_TEXT, INT, BOOL, DATE, INSTANT, MONEY or RATIO.
    pub r#type: i32,
    /// Zero.
    pub reserved: u32,
    /// The integer, 0 or 1, days, microseconds, minor units or numerator.
    pub number: i64,
    /// The denominator of a ratio, greater than 0.
    pub denominator: i64,
    /// The text.
    pub text: crmk_text,
    /// The currency of money, and a zero.
    pub currency: [c_char; 4],
    /// Zero.
    pub reserved_end: u32,
}

/// A result of a calculator, and why.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_computed {
    /// Set to sizeof(crmk_computed) by the caller.
    pub size: u32,
    /// CRMK_TYPE_TEXT, INT, BOOL, DATE, INSTANT, MONEY or RATIO.
    pub r#type: i32,
    /// The integer, 0 or 1, days, microseconds, minor units or numerator.
    pub number: i64,
    /// The denominator of a ratio.
    pub denominator: i64,
    /// The text, empty for other types.
    pub text: crmk_text,
    /// The currency of money, and a zero.
    pub currency: [c_char; 4],
    /// Zero.
    pub reserved: u32,
    /// The name of the result.
    pub name: crmk_text,
    /// The id of the rule.
    pub rule: crmk_text,
    /// The regulation and article.
    pub source: crmk_text,
    /// The reason in English.
    pub reason: crmk_text,
    /// The reason in Chinese.
    pub reason_zh: crmk_text,
    /// The plugin, as `id version`.
    pub plugin: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_computed {
    const NAME: &'static str = "crmk_computed";
}

/// A calculator of a plugin.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_calculator {
    /// Set to sizeof(crmk_calculator) by the caller.
    pub size: u32,
    /// How many arguments it takes.
    pub argument_count: u32,
    /// How many results it gives.
    pub result_count: u32,
    /// Zero.
    pub reserved: u32,
    /// The name by which crmk_compute calls it, such as bank.fine_range.
    pub name: crmk_text,
    /// The label in English.
    pub label: crmk_text,
    /// The label in Chinese.
    pub label_zh: crmk_text,
    /// The id of the plugin.
    pub plugin: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_calculator {
    const NAME: &'static str = "crmk_calculator";
}

/// An argument or a result of a calculator.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_parameter {
    /// Set to sizeof(crmk_parameter) by the caller.
    pub size: u32,
    /// CRMK_TYPE_TEXT, INT, BOOL, DATE, INSTANT, MONEY or RATIO.
    pub r#type: i32,
    /// 1 when an argument may be left out; 0 for one that must be given, and for a result.
    pub is_optional: i32,
    /// Zero.
    pub reserved: u32,
    /// The name.
    pub name: crmk_text,
    /// The label in English.
    pub label: crmk_text,
    /// The label in Chinese.
    pub label_zh: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_parameter {
    const NAME: &'static str = "crmk_parameter";
}

/// Finds the calculators of the plugins, in the order of the plugins. [one-thread]
///
/// They are seen with crmk_calculator_at. NULL: none allowed. Errors: MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_calculators(session: *mut crmk_session, count: *mut u32) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(count, "count")?;
        let found = s.shared.database()?.1.calculators();
        s.calculators = found;
        out.put(guard::count(s.calculators.len()));
        Ok(CRMK_OK)
    })
}

/// A calculator that the last crmk_calculators found. [one-thread]
///
/// Bounds: index from 0 to its count. The texts live until the next crmk_calculators on the session or until
/// crmk_session_free; nothing is to be freed. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_calculator_at(
    session: *mut crmk_session,
    index: u32,
    calculator: *mut crmk_calculator,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_calculator with its size.
        let out = unsafe { guard::out_struct(calculator)? };
        let found = guard::item(&s.calculators, index, "calculator")?;
        out.put(crmk_calculator {
            size: 0,
            argument_count: guard::count(found.arguments.len()),
            result_count: guard::count(found.results.len()),
            reserved: 0,
            name: crmk_text::view(&found.name),
            label: crmk_text::view(&found.label),
            label_zh: crmk_text::view(&found.label_zh),
            plugin: crmk_text::view(&found.plugin),
        });
        Ok(CRMK_OK)
    })
}

/// An argument of a calculator that the last crmk_calculators found, in the order of their declaration. [one-thread]
///
/// Bounds: argument from 0 to argument_count. Owner: as crmk_calculator_at. NULL: none allowed. Errors: INVALID_ARGUMENT
/// for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_calculator_argument(
    session: *mut crmk_session,
    index: u32,
    argument: u32,
    parameter: *mut crmk_parameter,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let found = guard::item(&s.calculators, index, "calculator")?;
        // SAFETY: the caller gives a crmk_parameter with its size.
        unsafe { put(guard::item(&found.arguments, argument, "argument")?, parameter) }
    })
}

/// A result of a calculator that the last crmk_calculators found, in the order of their declaration. [one-thread]
///
/// Bounds: result from 0 to result_count. Owner: as crmk_calculator_at. NULL: none allowed. Errors: INVALID_ARGUMENT for an
/// index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_calculator_result(
    session: *mut crmk_session,
    index: u32,
    result: u32,
    parameter: *mut crmk_parameter,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let found = guard::item(&s.calculators, index, "calculator")?;
        // SAFETY: the caller gives a crmk_parameter with its size.
        unsafe { put(guard::item(&found.results, result, "result")?, parameter) }
    })
}

/// # Safety
/// `to` is NULL or a crmk_parameter with its size.
unsafe fn put(from: &Parameter, to: *mut crmk_parameter) -> Result<i32> {
    // SAFETY: by the caller's promise.
    let out = unsafe { guard::out_struct(to)? };
    out.put(crmk_parameter {
        size: 0,
        r#type: i32::from(from.kind.number()),
        is_optional: i32::from(from.optional),
        reserved: 0,
        name: crmk_text::view(&from.name),
        label: crmk_text::view(&from.label),
        label_zh: crmk_text::view(&from.label_zh),
    });
    Ok(CRMK_OK)
}

/// Calls a calculator of a plugin by its name, such as bank.fine_range. [one-thread]
///
/// A calculator that looks at records sees them as the actor of the session does: what a plugin hides from the actor is
/// absent. Sets how many results there are; crmk_computed_at gives them, until the next crmk_compute on the session.
/// NULL: arguments may be NULL when there are none. Errors: NOT_FOUND when no plugin has the calculator;
/// INVALID_ARGUMENT for an argument that is unknown, missing or not allowed; WRONG_TYPE; PLUGIN_FAILED,
/// PLUGIN_QUARANTINED, CALENDAR_YEAR_MISSING; INVALID_UTF8; MISUSE once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_compute(
    session: *mut crmk_session,
    name: crmk_text,
    arguments: *const crmk_argument,
    argument_count: u32,
    result_count: *mut u32,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(result_count, "result_count")?;
        // SAFETY: the caller's text and array live for the call.
        let (name, given) =
            unsafe { (guard::text(name, "name")?, guard::items(arguments, argument_count as usize, "arguments")?) };
        // SAFETY: the texts of the array live for the call.
        let arguments = given.iter().map(|a| unsafe { argument(a) }).collect::<Result<BTreeMap<_, _>>>()?;
        let computed = s.shared.go_in()?.1.compute(name, &arguments)?;
        out.put(guard::count(computed.len()));
        s.computed = computed;
        Ok(CRMK_OK)
    })
}

/// # Safety
/// The texts live for the call.
unsafe fn argument(from: &crmk_argument) -> Result<(String, Quantity)> {
    // SAFETY: by the caller's promise.
    let name = unsafe { guard::text(from.name, "name of an argument")? }.to_owned();
    let wrong =
        || guard::invalid(format!("argument {name} has the type {}, which is not one of calculators", from.r#type));
    let range = || guard::invalid(format!("argument {name} is out of the range of its type"));
    let value = match QuantityType::from_number(from.r#type).ok_or_else(wrong)? {
        // SAFETY: by the caller's promise.
        QuantityType::Text => Quantity::Text(unsafe { guard::text(from.text, "text of an argument")? }.to_owned()),
        QuantityType::Int => Quantity::Int(from.number),
        QuantityType::Bool => match from.number {
            0 | 1 => Quantity::Bool(from.number == 1),
            _ => return Err(range()),
        },
        QuantityType::Date => {
            let date = i32::try_from(from.number).ok().and_then(Date::from_epoch_days);
            let within = |date: &Date| (1..=9999).contains(&chrono::Datelike::year(date));
            Quantity::Date(date.filter(within).ok_or_else(range)?)
        }
        QuantityType::Instant => Quantity::Instant(Instant::from_us(from.number)?),
        QuantityType::Money => {
            let letters: Vec<u8> = from.currency.iter().take_while(|c| **c != 0).map(|c| *c as u8).collect();
            Quantity::Money(Money::new(from.number, &String::from_utf8_lossy(&letters))?)
        }
        QuantityType::Ratio if from.denominator > 0 => {
            Quantity::Ratio { numerator: from.number, denominator: from.denominator }
        }
        _ => return Err(range()),
    };
    Ok((name, value))
}

/// A result of the last crmk_compute on the session. [one-thread]
///
/// The texts live until the next crmk_compute on the session. NULL: none allowed. Errors: INVALID_ARGUMENT for an index
/// past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_computed_at(session: *mut crmk_session, index: u32, result: *mut crmk_computed) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_computed with its size.
        let out = unsafe { guard::out_struct(result)? };
        out.put(view(guard::item(&s.computed, index, "result")?));
        Ok(CRMK_OK)
    })
}

fn view(from: &Decided) -> crmk_computed {
    let decision = &from.decision;
    let mut out = crmk_computed {
        size: 0,
        r#type: i32::from(from.value.kind().number()),
        number: 0,
        denominator: 0,
        text: crmk_text::EMPTY,
        currency: [0; 4],
        reserved: 0,
        name: crmk_text::view(&decision.subject),
        rule: crmk_text::view(&decision.rule),
        source: crmk_text::view(&decision.source),
        reason: crmk_text::view(&decision.reason),
        reason_zh: crmk_text::view(&decision.reason_zh),
        plugin: crmk_text::view(&decision.plugin),
    };
    match &from.value {
        Quantity::Text(v) => out.text = crmk_text::view(v),
        Quantity::Int(v) => out.number = *v,
        Quantity::Bool(v) => out.number = i64::from(*v),
        Quantity::Date(v) => out.number = i64::from(v.to_epoch_days()),
        Quantity::Instant(v) => out.number = v.us(),
        Quantity::Money(v) => (out.number, out.currency) = (v.amount_minor(), text::currency_of(*v)),
        Quantity::Ratio { numerator, denominator } => (out.number, out.denominator) = (*numerator, *denominator),
        _ => {}
    }
    out
}
