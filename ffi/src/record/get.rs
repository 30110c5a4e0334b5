//! Getting the fields of a record: typed, by field id, and one by one.

use crm_core::domain::ValueRef;

use crate::error::{CRMK_ABSENT, CRMK_OK};
use crate::guard;
use crate::record::{RecordState, check, crmk_record};
use crate::text::{crmk_money, crmk_text};
use crate::value::crmk_value;

/// How many fields of a record are there, those of its header left out. [one-thread]
///
/// NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_field_count(record: *const crmk_record, count: *mut u32) -> i32 {
    guard::with::<RecordState>(record, |r| {
        guard::out(count, "count")?.put(guard::count(r.fields().len()));
        Ok(CRMK_OK)
    })
}

/// A field that is there: its id and its type, CRMK_TYPE_, in the order of the ids. [one-thread]
///
/// Bounds: index from 0 to crmk_record_field_count. NULL: type may be NULL. Errors: INVALID_ARGUMENT past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_field_at(
    record: *const crmk_record,
    index: u32,
    field: *mut u32,
    r#type: *mut i32,
) -> i32 {
    guard::with::<RecordState>(record, |r| {
        let out = guard::out(field, "field")?;
        let id = *guard::item(&r.fields(), index, "field")?;
        out.put(u32::from(id));
        guard::out_optional(r#type).put(r.get(id).map_or(0, |value| i32::from(value.tag())));
        Ok(CRMK_OK)
    })
}

/// Whether a field is there: CRMK_OK, or CRMK_ABSENT. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_has(record: *const crmk_record, field: u32) -> i32 {
    guard::with::<RecordState>(record, |r| {
        let id = check(&r.shared, r.entity, field, None)?;
        Ok(if r.get(id).is_some() { CRMK_OK } else { CRMK_ABSENT })
    })
}

/// Gets a text field; CRMK_ABSENT when it is not there. [one-thread]
///
/// The text lives until the field is set, the record freed, or its cursor stepped or freed. NULL: none allowed.
/// Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_text(record: *const crmk_record, field: u32, value: *mut crmk_text) -> i32 {
    guard::with::<RecordState>(record, |r| {
        r.take(field, 1, guard::out(value, "value")?, |v| match v {
            ValueRef::Text(text) => Some(crmk_text::view(text)),
            _ => None,
        })
    })
}

/// Gets an integer field; CRMK_ABSENT when it is not there. [one-thread]
///
/// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_int(record: *const crmk_record, field: u32, value: *mut i64) -> i32 {
    guard::with::<RecordState>(record, |r| {
        r.take(field, 2, guard::out(value, "value")?, |v| match v {
            ValueRef::Int(number) => Some(number),
            _ => None,
        })
    })
}

/// Gets a boolean field as 0 or 1; CRMK_ABSENT when it is not there. [one-thread]
///
/// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_bool(record: *const crmk_record, field: u32, value: *mut i32) -> i32 {
    guard::with::<RecordState>(record, |r| {
        r.take(field, 3, guard::out(value, "value")?, |v| match v {
            ValueRef::Bool(flag) => Some(i32::from(flag)),
            _ => None,
        })
    })
}

/// Gets a date field; CRMK_ABSENT when it is not there. Unit: days since 1970-01-01. [one-thread]
///
/// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_date(record: *const crmk_record, field: u32, value: *mut i32) -> i32 {
    guard::with::<RecordState>(record, |r| {
        r.take(field, 4, guard::out(value, "value")?, |v| match v {
            ValueRef::Date(date) => Some(date.to_epoch_days()),
            _ => None,
        })
    })
}

/// Gets an instant field; CRMK_ABSENT when it is not there. Unit: microseconds since the epoch. [one-thread]
///
/// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_instant(record: *const crmk_record, field: u32, value: *mut i64) -> i32 {
    guard::with::<RecordState>(record, |r| {
        r.take(field, 5, guard::out(value, "value")?, |v| match v {
            ValueRef::Instant(instant) => Some(instant.us()),
            _ => None,
        })
    })
}

/// Gets a money field; CRMK_ABSENT when it is not there. [one-thread]
///
/// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_money(record: *const crmk_record, field: u32, value: *mut crmk_money) -> i32 {
    guard::with::<RecordState>(record, |r| {
        r.take(field, 6, guard::out(value, "value")?, |v| match v {
            ValueRef::Money(money) => Some(crmk_money::of(money)),
            _ => None,
        })
    })
}

/// Gets the number of a value of an enumeration; CRMK_ABSENT when it is not there. [one-thread]
///
/// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_enum(record: *const crmk_record, field: u32, value: *mut i32) -> i32 {
    guard::with::<RecordState>(record, |r| {
        r.take(field, 7, guard::out(value, "value")?, |v| match v {
            ValueRef::Enum(number) => Some(i32::from(number)),
            _ => None,
        })
    })
}

/// Gets the id of a reference; CRMK_ABSENT when it is not there. [one-thread]
///
/// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_ref(record: *const crmk_record, field: u32, value: *mut u64) -> i32 {
    guard::with::<RecordState>(record, |r| {
        r.take(field, 8, guard::out(value, "value")?, |v| match v {
            ValueRef::Ref(id) => Some(id),
            _ => None,
        })
    })
}

/// Gets a field of any type; CRMK_ABSENT when it is not there. [one-thread]
///
/// The text lives as with crmk_record_get_text. NULL: none allowed. Errors: UNKNOWN_FIELD.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_value(record: *const crmk_record, field: u32, value: *mut crmk_value) -> i32 {
    guard::with::<RecordState>(record, |r| {
        // SAFETY: the caller gives a crmk_value with its size.
        let out = unsafe { guard::out_struct(value)? };
        let id = check(&r.shared, r.entity, field, None)?;
        let Some(found) = r.get(id) else { return Ok(CRMK_ABSENT) };
        out.put(crmk_value::of(Some(found)));
        Ok(CRMK_OK)
    })
}
