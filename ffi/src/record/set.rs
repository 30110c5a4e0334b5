//! Setting the fields of a record: typed, by field id.

use crm_core::domain::{Instant, Value};

use crate::error::CRMK_OK;
use crate::guard;
use crate::record::{RecordState, check, crmk_record};
use crate::text::{crmk_money, crmk_text};
use crate::value;

/// Makes a field absent; sent by a command, that clears it. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_clear(record: *mut crmk_record, field: u32) -> i32 {
    guard::with::<RecordState>(record, |r| {
        let id = check(&r.shared, r.entity, field, None)?;
        r.changes.insert(id, None);
        Ok(CRMK_OK)
    })
}

/// Takes back what was set or cleared in a field: it is again as it was read. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_unset(record: *mut crmk_record, field: u32) -> i32 {
    guard::with::<RecordState>(record, |r| {
        let id = check(&r.shared, r.entity, field, None)?;
        r.changes.remove(&id);
        Ok(CRMK_OK)
    })
}

/// Sets a text field; the text is copied. [one-thread]
///
/// Its bounds are checked when it is written. NULL: not allowed, but for the data of an empty text.
/// Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_UTF8, INVALID_ARGUMENT for more than 16 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_set_text(record: *mut crmk_record, field: u32, value: crmk_text) -> i32 {
    guard::with::<RecordState>(record, |r| {
        // SAFETY: the caller's text lives for the call.
        let text = unsafe { guard::text(value, "value")? };
        r.set(field, Value::Text(text.to_owned()))
    })
}

/// Sets an integer field. [one-thread]
///
/// Its bounds are checked when it is written. NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_set_int(record: *mut crmk_record, field: u32, value: i64) -> i32 {
    guard::with::<RecordState>(record, |r| r.set(field, Value::Int(value)))
}

/// Sets a boolean field: 0 or 1. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT for another number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_set_bool(record: *mut crmk_record, field: u32, value: i32) -> i32 {
    guard::with::<RecordState>(record, |r| r.set(field, value::bool_of(value)?))
}

/// Sets a date field. Unit: days since 1970-01-01. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT outside of the years 1 to 9999.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_set_date(record: *mut crmk_record, field: u32, value: i32) -> i32 {
    guard::with::<RecordState>(record, |r| r.set(field, value::date_of(value)?))
}

/// Sets an instant field. Unit: microseconds since 1970-01-01T00:00:00Z. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT outside of the years 1 to 9999.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_set_instant(record: *mut crmk_record, field: u32, value: i64) -> i32 {
    guard::with::<RecordState>(record, |r| r.set(field, Value::Instant(Instant::from_us(value)?)))
}

/// Sets a money field. [one-thread]
///
/// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT when the currency is not three letters A-Z.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_set_money(record: *mut crmk_record, field: u32, value: crmk_money) -> i32 {
    guard::with::<RecordState>(record, |r| r.set(field, Value::Money(value.to_money()?)))
}

/// Sets a field of an enumeration to the number of a value, such as CRMK_VISIT_STATE_HELD. [one-thread]
///
/// Whether the enumeration has it is checked when it is written. NULL: not allowed.
/// Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT outside of 0 to 65535.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_set_enum(record: *mut crmk_record, field: u32, value: i32) -> i32 {
    guard::with::<RecordState>(record, |r| r.set(field, value::enum_of(value)?))
}

/// Sets a reference to the id of a record. [one-thread]
///
/// Whether there is one is checked when it is written. NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_set_ref(record: *mut crmk_record, field: u32, value: u64) -> i32 {
    guard::with::<RecordState>(record, |r| r.set(field, Value::Ref(value)))
}
