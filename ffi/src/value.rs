//! Values as C passes them, dates and instants, and the names of entities, verbs and enumerations.

use std::ffi::c_char;

use crm_core::domain::{Date, EntityKind, EnumDef, FieldType, Instant, Value, ValueRef, Verb};
use crm_core::{Error, ErrorKind, Result};

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::session;
use crate::text::{self, crmk_text};

/// A value of any type, as histories, groups and crmk_record_value give it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_value {
    /// Set to sizeof(crmk_value) by the caller.
    pub size: u32,
    /// CRMK_TYPE_TEXT and the like; CRMK_TYPE_NONE when there is no value.
    pub r#type: i32,
    /// The value, of every type but text: the integer, 0 or 1, days, microseconds, minor units, the enumeration's
    /// number, the id.
    pub number: i64,
    /// The text, empty for other types.
    pub text: crmk_text,
    /// The currency of money, and a zero.
    pub currency: [c_char; 4],
    /// Zero.
    pub reserved: u32,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_value {
    const NAME: &'static str = "crmk_value";
}

impl crmk_value {
    pub(crate) fn of(value: Option<ValueRef<'_>>) -> Self {
        let mut out = Self { size: 0, r#type: 0, number: 0, text: crmk_text::EMPTY, currency: [0; 4], reserved: 0 };
        let Some(value) = value else { return out };
        out.r#type = i32::from(value.tag());
        match value {
            ValueRef::Text(text) => out.text = crmk_text::view(text),
            ValueRef::Int(v) => out.number = v,
            ValueRef::Bool(v) => out.number = i64::from(v),
            ValueRef::Date(v) => out.number = i64::from(v.to_epoch_days()),
            ValueRef::Instant(v) => out.number = v.us(),
            ValueRef::Money(v) => (out.number, out.currency) = (v.amount_minor(), text::currency_of(v)),
            ValueRef::Enum(v) => out.number = i64::from(v),
            ValueRef::Ref(v) => out.number = v.cast_signed(),
        }
        out
    }
}

/// The boolean of a C number.
pub(crate) fn bool_of(value: i32) -> Result<Value> {
    match value {
        0 => Ok(Value::Bool(false)),
        1 => Ok(Value::Bool(true)),
        other => Err(guard::invalid(format!("a boolean is 0 or 1, found {other}"))),
    }
}

/// The date of days since 1970-01-01.
pub(crate) fn date_of(days: i32) -> Result<Value> {
    let date = Date::from_epoch_days(days).filter(|date| (1..=9999).contains(&chrono::Datelike::year(date)));
    date.map(Value::Date).ok_or_else(|| {
        guard::invalid(format!("the date {days} (days since 1970-01-01) is outside of the years 1 to 9999"))
    })
}

/// The value of an enumeration of a C number; whether the field has it is seen when it is written.
pub(crate) fn enum_of(value: i32) -> Result<Value> {
    u16::try_from(value)
        .map(Value::Enum)
        .map_err(|_| guard::invalid(format!("the number of an enumeration's value is 0 to 65535, found {value}")))
}

/// The days since 1970-01-01 of a year, a month and a day. [any-thread]
///
/// NULL: none allowed. Errors: INVALID_ARGUMENT when there is no such day or the year is not 1 to 9999; left on the
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_date_of(year: i32, month: u32, day: u32, date: *mut i32) -> i32 {
    guard::alone(|| {
        let out = guard::out(date, "date")?;
        let found = Date::from_ymd_opt(year, month, day).filter(|_| (1..=9999).contains(&year));
        let found = found.ok_or_else(|| guard::invalid(format!("there is no day {year}-{month}-{day}")))?;
        out.put(found.to_epoch_days());
        Ok(CRMK_OK)
    })
}

/// The year, month and day of days since 1970-01-01. [any-thread]
///
/// NULL: none allowed. Errors: INVALID_ARGUMENT outside of the years 1 to 9999; left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_date_split(date: i32, year: *mut i32, month: *mut u32, day: *mut u32) -> i32 {
    guard::alone(|| {
        let outs = (guard::out(year, "year")?, guard::out(month, "month")?, guard::out(day, "day")?);
        let Value::Date(found) = date_of(date)? else { return Err(guard::invalid("not a date")) };
        outs.0.put(chrono::Datelike::year(&found));
        outs.1.put(chrono::Datelike::month(&found));
        outs.2.put(chrono::Datelike::day(&found));
        Ok(CRMK_OK)
    })
}

/// The days since 1970-01-01 of a text such as 2026-09-30. [any-thread]
///
/// NULL: none allowed. Errors: INVALID_ARGUMENT, INVALID_UTF8; left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_date_parse(text: crmk_text, date: *mut i32) -> i32 {
    guard::alone(|| {
        let out = guard::out(date, "date")?;
        // SAFETY: the caller's text lives for the call.
        let text = unsafe { guard::text(text, "text")? };
        let refused = || guard::invalid("the date is not of the form 2026-09-30");
        let found: Date = text.parse().ok().filter(|_| text.len() == 10).ok_or_else(refused)?;
        out.put(found.to_epoch_days());
        Ok(CRMK_OK)
    })
}

/// The microseconds since the epoch of a text such as 2026-09-30T09:00:00+08:00 (RFC 3339). [any-thread]
///
/// NULL: none allowed. Errors: INVALID_ARGUMENT, INVALID_UTF8; left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_instant_parse(text: crmk_text, instant: *mut i64) -> i32 {
    guard::alone(|| {
        let out = guard::out(instant, "instant")?;
        // SAFETY: the caller's text lives for the call.
        let text = unsafe { guard::text(text, "text")? };
        out.put(Instant::parse(text)?.us());
        Ok(CRMK_OK)
    })
}

/// The number of an entity, CRMK_ENTITY_, by its name, singular or plural. [any-thread]
///
/// NULL: none allowed. Errors: INVALID_ARGUMENT when there is none, INVALID_UTF8; left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_entity_find(name: crmk_text, entity: *mut i32) -> i32 {
    guard::alone(|| {
        let out = guard::out(entity, "entity")?;
        // SAFETY: the caller's text lives for the call.
        let name = unsafe { guard::text(name, "name")? };
        let found = EntityKind::from_name(name).ok_or_else(|| {
            guard::invalid(format!("there is no entity of that name, found {} characters", name.len()))
        })?;
        out.put(i32::from(found.number()));
        Ok(CRMK_OK)
    })
}

/// The number of a verb, CRMK_VERB_, by its entity and its name. [any-thread]
///
/// NULL: none allowed. Errors: UNSUPPORTED when the entity has no such verb; INVALID_ARGUMENT for an unknown entity;
/// INVALID_UTF8; left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_verb_find(entity: i32, name: crmk_text, verb: *mut i32) -> i32 {
    guard::alone(|| {
        let out = guard::out(verb, "verb")?;
        let entity = session::entity(entity)?;
        // SAFETY: the caller's text lives for the call.
        let name = unsafe { guard::text(name, "name")? };
        let found = Verb::named(entity, name).ok_or_else(|| {
            let names: Vec<&str> =
                crm_core::domain::VERBS.iter().filter(|v| v.entity == entity).map(|v| v.name).collect();
            let message = format!("the {} has no such verb; it has {}", entity.def().name, names.join(", "));
            Error::new(ErrorKind::Unsupported, message)
        })?;
        out.put(found.number);
        Ok(CRMK_OK)
    })
}

fn enumeration(entity: i32, field: u32) -> Result<&'static EnumDef> {
    let entity = session::entity(entity)?;
    let name = entity.def().name;
    let info = u16::try_from(field).ok().and_then(|id| entity.def().field(id)).ok_or_else(|| {
        Error::new(ErrorKind::UnknownField, format!("{name} has no declared field with the id {field}"))
    })?;
    match info.kind {
        FieldType::Enum(def) => Ok(def),
        other => {
            let message = format!("field {} is {}, not an enumeration", info.name, other.name());
            Err(Error::new(ErrorKind::WrongType, message))
        }
    }
}

/// The name and the Chinese label of a value of an enumeration. [any-thread]
///
/// The texts live for ever. NULL: label_zh may be NULL. Errors: UNKNOWN_FIELD, WRONG_TYPE when the field is no
/// enumeration, NOT_FOUND for an unknown value, INVALID_ARGUMENT for an unknown entity; left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_enum_name(
    entity: i32,
    field: u32,
    value: i32,
    name: *mut crmk_text,
    label_zh: *mut crmk_text,
) -> i32 {
    guard::alone(|| {
        let out = guard::out(name, "name")?;
        let def = enumeration(entity, field)?;
        let found = u16::try_from(value).ok().and_then(|number| def.by_number(number)).ok_or_else(|| {
            let message = format!("{} has no value {value}; it has {}", def.name, def.allowed());
            Error::new(ErrorKind::NotFound, message)
        })?;
        out.put(crmk_text::view(found.name));
        guard::out_optional(label_zh).put(crmk_text::view(found.label_zh));
        Ok(CRMK_OK)
    })
}

/// The number of a value of an enumeration by its name. [any-thread]
///
/// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE when the field is no enumeration, NOT_FOUND for an unknown
/// name, INVALID_ARGUMENT for an unknown entity, INVALID_UTF8; left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_enum_value(entity: i32, field: u32, name: crmk_text, value: *mut i32) -> i32 {
    guard::alone(|| {
        let out = guard::out(value, "value")?;
        let def = enumeration(entity, field)?;
        // SAFETY: the caller's text lives for the call.
        let name = unsafe { guard::text(name, "name")? };
        let found = def.by_name(name).ok_or_else(|| {
            let message = format!("{} has no such value; it has {}", def.name, def.allowed());
            Error::new(ErrorKind::NotFound, message)
        })?;
        out.put(i32::from(found.number));
        Ok(CRMK_OK)
    })
}
