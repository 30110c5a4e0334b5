//! Values and records that the checks make up, by the types of the fields.

use super::scene::{Field, Values};
use crate::crm::redact::{date_forms, squeeze};
use crate::domain::{Date, FieldType, Instant, Money, Quantity, QuantityType, Value};
use crate::port::TEXT_LEN_MAX;
use crate::rules::dates::{DATE_YEAR_MIN, INSTANT_YEAR_MIN, YEAR_MAX};

/// The year of the greatest day: a hook can count a century from it and still decide a day that a record may hold.
const GREATEST_YEAR: i32 = YEAR_MAX - 100;

/// How a field gets its value.
pub(super) type Make = fn(&Field) -> Value;

/// A record with a value for each of these fields.
pub(super) fn record<'f>(fields: impl IntoIterator<Item = &'f Field>, make: Make) -> Values {
    fields.into_iter().map(|field| (field.id, make(field))).collect()
}

/// The records that show whether a hook looks if a value is there: none, each field alone, all but one, all.
pub(super) fn partial(fields: &[Field]) -> Vec<Values> {
    let all = record(fields, plain);
    let alone = fields.iter().map(|field| record([field], plain));
    let without = fields.iter().map(|field| {
        let mut rest = all.clone();
        rest.remove(&field.id);
        rest
    });
    std::iter::once(Values::new()).chain(alone).chain(without).chain([all.clone()]).collect()
}

/// A value as it may well be.
pub(super) fn plain(field: &Field) -> Value {
    made(field.kind, 1, 4, day(2026), noon())
}

/// The least value.
pub(super) fn least(field: &Field) -> Value {
    made(field.kind, i64::MIN, 0, day(DATE_YEAR_MIN), instant(&format!("{INSTANT_YEAR_MIN}-01-31T12:00:00Z")))
}

/// The greatest value, and a text as long as the field takes.
pub(super) fn greatest(field: &Field) -> Value {
    made(field.kind, i64::MAX, u32::MAX, day(GREATEST_YEAR), instant(&format!("{GREATEST_YEAR}-01-31T12:00:00Z")))
}

/// The greatest value, and a long text.
pub(super) fn great(field: &Field) -> Value {
    made(field.kind, i64::MAX, 300, day(GREATEST_YEAR), instant(&format!("{GREATEST_YEAR}-01-31T12:00:00Z")))
}

/// A text as long as the field takes, of characters that formats, quotes and encodings trip over.
pub(super) fn odd(field: &Field) -> Value {
    match field.kind {
        FieldType::Text { len_max } => Value::Text(ODD.chars().cycle().take(len_max as usize).collect()),
        _ => plain(field),
    }
}

const ODD: &str = "%s%n\"\'`\n\r\t\\{}$😀𠮷é值; --";

/// A value that is nowhere else, so that it is known again in a text; empty for what has no such value.
pub(super) fn marked(field: &Field) -> Value {
    mark(field, 0)
}

/// Another one.
pub(super) fn marked_again(field: &Field) -> Value {
    mark(field, 1)
}

/// How a value is known again in a text.
#[derive(Debug)]
pub(super) enum Mark {
    /// By its letters and digits, wherever they stand.
    Squeezed(String),
    /// By digits with no digit before or after.
    Digits(String),
}

impl Mark {
    /// Whether a text tells the value.
    pub(super) fn is_in(&self, text: &str) -> bool {
        match self {
            Mark::Squeezed(value) => squeeze(text).contains(value.as_str()),
            Mark::Digits(value) => text.split(|c: char| !c.is_ascii_digit()).any(|run| run == value),
        }
    }
}

/// The marks by which a value is known again: the whole of it, the end of a number, and the forms of a day.
pub(super) fn marks(value: &Value) -> Vec<Mark> {
    let digits = |number: i64| Mark::Digits(number.unsigned_abs().to_string());
    match value {
        Value::Text(text) if text.len() == NUMBER_LEN && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let end = |len: usize| Mark::Digits(text[NUMBER_LEN - len..].to_owned());
            vec![Mark::Squeezed(text.clone()), end(4), end(6)]
        }
        Value::Text(text) if text.len() >= 6 => vec![Mark::Squeezed(squeeze(text))],
        Value::Int(number) if *number >= 100 => vec![digits(*number)],
        Value::Date(day) => {
            let forms = date_forms(*day).into_iter().map(|form| Mark::Squeezed(squeeze(&form)));
            forms.chain([digits(day.to_epoch_days().into())]).collect()
        }
        Value::Money(money) => vec![digits(money.amount_minor())],
        _ => Vec::new(),
    }
}

/// The length of a number that stands in a sensitive text, as a telephone number has it.
const NUMBER_LEN: usize = 11;

fn mark(field: &Field, variant: i64) -> Value {
    let id = i64::from(field.id);
    match field.kind {
        FieldType::Text { len_max } => {
            let text = match field.sensitive {
                true => (13_051_234_567 + id * 7_919_113 + variant * 41_234_579).to_string(),
                false => format!("zq{id}personal{variant}"),
            };
            Value::Text(text.chars().take(len_max as usize).collect())
        }
        FieldType::Int { min, max } if max < 74_000_000 => Value::Int(max.saturating_sub(7 * (variant + 1)).max(min)),
        FieldType::Int { min, max } => Value::Int((73_915_000 + id + 10_000 * variant).clamp(min, max)),
        FieldType::Date => {
            let first = Date::from_ymd_opt(1931, 1, 1).expect("invariant: every year has a first day");
            Value::Date(first + chrono::Days::new(u64::from(field.id % 9_000) + if variant == 0 { 0 } else { 411 }))
        }
        FieldType::Money => {
            let money = Money::new(73_915_000 + id + 10_000 * variant, "CNY");
            Value::Money(money.expect("invariant: three letters"))
        }
        kind => made(kind, 1, 4, day(2026), noon()),
    }
}

/// A record whose every date and instant is a day.
pub(super) fn on(fields: &[Field], day: Date) -> Values {
    let at = instant(&format!("{day}T12:00:00+08:00"));
    fields.iter().map(|field| (field.id, made(field.kind, 1, 4, day, at))).collect()
}

pub(super) fn noon() -> Instant {
    instant("2026-09-16T12:00:00+08:00")
}

pub(super) fn instant(text: &str) -> Instant {
    Instant::parse(text).expect("invariant: the text is an instant")
}

fn day(year: i32) -> Date {
    Date::from_ymd_opt(year, 1, 31).expect("invariant: every January has 31 days")
}

fn made(kind: FieldType, number: i64, len: u32, date: Date, instant: Instant) -> Value {
    match kind {
        FieldType::Text { len_max } => Value::Text("值".repeat(len.min(len_max) as usize)),
        FieldType::Int { min, max } => Value::Int(number.clamp(min, max)),
        FieldType::Bool => Value::Bool(number > 0),
        FieldType::Date => Value::Date(date),
        FieldType::Instant => Value::Instant(instant),
        FieldType::Money => Value::Money(Money::new(number, "CNY").expect("invariant: three letters")),
        FieldType::Enum(def) => {
            let at = if number > 1 { def.values.len() - 1 } else { 0 };
            Value::Enum(def.values[at].number)
        }
        FieldType::Ref(_) => Value::Ref(1),
    }
}

/// An argument of a calculator.
pub(super) fn quantity(kind: QuantityType, number: i64) -> Quantity {
    let money = Money::new(number, "CNY").expect("invariant: three letters");
    match kind {
        QuantityType::Text => Quantity::Text(match number {
            i64::MAX => ODD.chars().cycle().take(TEXT_LEN_MAX / 4).collect(),
            i64::MIN => String::new(),
            _ => "值".repeat(4),
        }),
        QuantityType::Int => Quantity::Int(number),
        QuantityType::Bool => Quantity::Bool(number > 0),
        QuantityType::Date => Quantity::Date(match number {
            i64::MIN => day(1),
            i64::MAX => day(9999),
            _ => day(2026),
        }),
        QuantityType::Instant => Quantity::Instant(noon()),
        QuantityType::Money => Quantity::Money(money),
        QuantityType::Ratio => Quantity::Ratio { numerator: number, denominator: number.max(1) },
    }
}
