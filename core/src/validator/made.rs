//! Values and records that the checks make up, by the types of the fields.

use super::scene::{Field, Values};
use crate::domain::{Date, FieldType, Instant, Money, Quantity, QuantityType, Value};

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
    made(field.kind, i64::MIN, 0, day(1), instant("0001-01-31T12:00:00Z"))
}

/// The greatest value, and a long text.
pub(super) fn greatest(field: &Field) -> Value {
    made(field.kind, i64::MAX, 300, day(9999), instant("9999-01-31T12:00:00Z"))
}

/// A value that is nowhere else, so that it is known again in a text; empty for what has no such value.
pub(super) fn marked(field: &Field) -> Value {
    let id = i64::from(field.id);
    match field.kind {
        FieldType::Text { len_max } => Value::Text(mark(field).chars().take(len_max as usize).collect()),
        FieldType::Int { min, max } => Value::Int((73_915_000 + id).clamp(min, max)),
        FieldType::Date => Value::Date(marked_day(field)),
        FieldType::Money => Value::Money(Money::new(73_915_000 + id, "CNY").expect("invariant: three letters")),
        kind => made(kind, 1, 4, day(2026), noon()),
    }
}

/// The texts by which a marked value is known again.
pub(super) fn marks(field: &Field) -> Vec<String> {
    match marked(field) {
        Value::Text(text) if text.chars().count() >= 6 => vec![text],
        Value::Int(number) if number >= 73_915_000 => vec![number.to_string()],
        Value::Date(day) => vec![day.to_string(), day.format("%Y%m%d").to_string()],
        Value::Money(money) => vec![money.amount_minor().to_string()],
        _ => Vec::new(),
    }
}

fn mark(field: &Field) -> String {
    format!("zq{}personal", field.id)
}

fn marked_day(field: &Field) -> Date {
    let first = Date::from_ymd_opt(1931, 1, 1).expect("invariant: every year has a first day");
    first + chrono::Days::new(u64::from(field.id % 9_000))
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
        QuantityType::Text => Quantity::Text("值".repeat(4)),
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
