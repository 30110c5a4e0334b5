//! The way by JSON, which a bridge without an ABI takes: all fields of a record are written, parsed, and looked up.

use crm_core::Record;
use crm_core::domain::{CustomerStatus, ValueRef, customer::field};
use serde::Serializer as _;
use serde::ser::SerializeMap as _;

use crate::measure::Result;
use crate::plugins::{TEXTS, definition, refuses, refuses_with};

/// A parsed record.
pub(crate) type Json = serde_json::Value;

/// The record as a JSON object of its fields by name: enumerations, dates and instants as numbers, money as a pair.
pub(crate) fn text(record: &Record) -> Result<String> {
    let mut bytes = Vec::new();
    let mut writer = serde_json::Serializer::new(&mut bytes);
    let mut map = writer.serialize_map(None)?;
    for (id, value) in record.iter() {
        let Ok(field) = definition(id) else { continue };
        let name = field.name;
        match value {
            ValueRef::Text(text) => map.serialize_entry(name, text)?,
            ValueRef::Int(number) => map.serialize_entry(name, &number)?,
            ValueRef::Bool(flag) => map.serialize_entry(name, &flag)?,
            ValueRef::Date(date) => map.serialize_entry(name, &date.to_epoch_days())?,
            ValueRef::Instant(at) => map.serialize_entry(name, &at.us())?,
            ValueRef::Money(money) => map.serialize_entry(name, &(money.amount_minor(), money.currency()))?,
            ValueRef::Enum(number) => map.serialize_entry(name, &number)?,
            ValueRef::Ref(id) => map.serialize_entry(name, &id)?,
        }
    }
    map.end()?;
    Ok(String::from_utf8(bytes)?)
}

pub(crate) fn parse(text: &str) -> Result<Json> {
    Ok(serde_json::from_str(text)?)
}

/// The four values of the rule.
fn four(record: &Json) -> (bool, &str, i64, i32) {
    let number = |name: &str| record[name].as_i64().unwrap_or_default();
    (
        number("status") == i64::from(CustomerStatus::Active.number()),
        record["phone"].as_str().unwrap_or_default(),
        number("employee_count"),
        i32::try_from(number("next_due_on")).unwrap_or_default(),
    )
}

pub(crate) fn refuses_four(record: &Json) -> bool {
    let (active, phone, employee_count, next_due_on) = four(record);
    refuses(active, phone, employee_count, next_due_on)
}

pub(crate) fn refuses_fifteen(record: &Json) -> bool {
    let (active, phone, employee_count, next_due_on) = four(record);
    debug_assert_eq!(TEXTS[0], field::code, "the names below stand in the order of TEXTS");
    let texts = [
        "code",
        "name",
        "short_name",
        "pinyin",
        "owner",
        "org_unit",
        "region",
        "industry",
        "address",
        "email",
        "website",
    ];
    let texts = texts.map(|name| record[name].as_str().unwrap_or_default());
    refuses_with(active, phone, employee_count, next_due_on, texts)
}
