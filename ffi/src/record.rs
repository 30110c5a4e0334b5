//! A record: one mechanism for data. Typed getters and setters by field id, over what is stored and what is set.

use std::sync::Arc;

use crm_core::domain::{Changes, EntityKind, Fields, Instant, Value, ValueRef, type_name};
use crm_core::{Error, ErrorKind, FieldInfo, Record, Result};

use crate::error::{CRMK_ABSENT, CRMK_OK};
use crate::guard::{self, FromSession};
use crate::handle::{self, Kind};
use crate::session::{self, SessionState, Shared, crmk_session};
use crate::text::{crmk_money, crmk_text};
use crate::value::{self, crmk_value};

/// A record: as it is stored, as it shall be, or the inputs of a verb.
///
/// It holds what a read gave, if it comes from one, and over it what was set. Getters see both; commands send what was
/// set. A custom field is set and got by the id that crmk_field_find gives.
pub struct crmk_record {
    _opaque: (),
}

/// What the handle of a record stands for.
#[derive(Clone)]
pub(crate) struct RecordState {
    shared: Arc<Shared>,
    pub(crate) entity: EntityKind,
    /// What a read gave.
    pub(crate) stored: Option<Record>,
    /// What was set and cleared since.
    pub(crate) changes: Changes,
    /// Whether a cursor or a batch owns it, so that it is not the caller's to free.
    owned: bool,
}

impl Kind for RecordState {
    type C = crmk_record;
    const TAG: u8 = 0xC3;
    const NAME: &'static str = "crmk_record";
}

impl FromSession for RecordState {
    fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl RecordState {
    pub(crate) fn stored(shared: Arc<Shared>, record: Record) -> Self {
        Self { shared, entity: record.entity(), stored: Some(record), changes: Changes::new(), owned: false }
    }

    /// The same, to be freed by what owns it alone.
    pub(crate) fn owned(mut self) -> Self {
        self.owned = true;
        self
    }

    /// Takes another record's place, for the step of a cursor.
    pub(crate) fn replace(&mut self, record: Record) {
        self.entity = record.entity();
        self.stored = Some(record);
        self.changes.clear();
    }

    fn get(&self, field: u16) -> Option<ValueRef<'_>> {
        match self.changes.get(&field) {
            Some(change) => change.as_ref().map(Value::as_ref),
            None => self.stored.as_ref().and_then(|record| record.get(field)),
        }
    }

    /// The fields that are there, in the order of their ids.
    fn fields(&self) -> Vec<u16> {
        let stored = self.stored.iter().flat_map(Record::iter).map(|(field, _)| field);
        let mut fields: Vec<u16> = stored.filter(|field| !self.changes.contains_key(field)).collect();
        fields.extend(self.changes.iter().filter(|(_, value)| value.is_some()).map(|(field, _)| *field));
        fields.sort_unstable();
        fields
    }

    fn set(&mut self, field: u32, value: Value) -> Result<i32> {
        let id = check(&self.shared, self.entity, field, Some(value.tag()))?;
        self.changes.insert(id, Some(value));
        Ok(CRMK_OK)
    }

    /// A value of a type; [`CRMK_ABSENT`] when it is not there.
    fn take<T>(
        &self,
        field: u32,
        tag: u8,
        out: guard::Out<T>,
        unwrap: impl FnOnce(ValueRef<'_>) -> Option<T>,
    ) -> Result<i32> {
        let Some(found) = u16::try_from(field).ok().and_then(|id| self.get(id)) else {
            check(&self.shared, self.entity, field, Some(tag))?;
            return Ok(CRMK_ABSENT);
        };
        match unwrap(found) {
            Some(value) => {
                out.put(value);
                Ok(CRMK_OK)
            }
            None => check(&self.shared, self.entity, field, Some(tag)).map(|_| CRMK_ABSENT),
        }
    }
}

/// The id of a field that the entity has, of the type when one is given.
pub(crate) fn check(shared: &Shared, entity: EntityKind, field: u32, tag: Option<u8>) -> Result<u16> {
    let catalog = shared.catalog();
    let id = u16::try_from(field).map_err(|_| {
        let message = format!("{} has no field with the id {field}", entity.def().name);
        Error::new(ErrorKind::UnknownField, message).with("field", field).with("entity", entity.def().name)
    })?;
    let FieldInfo { name, kind, .. } = catalog.require(entity, id)?;
    match tag {
        Some(tag) if tag != kind.tag() => {
            let message = format!("field {name} takes {}, found {}", kind.name(), type_name(tag));
            Err(Error::new(ErrorKind::WrongType, message).with("field", name))
        }
        _ => Ok(id),
    }
}

/// Hands a record out, when the caller wants it.
pub(crate) fn hand_out(out: guard::Out<*mut crmk_record>, shared: &Arc<Shared>, record: Option<Record>) -> Result<()> {
    if let Some(record) = record.filter(|_| !out.is_unwanted()) {
        out.put(handle::insert(RecordState::stored(shared.clone(), record))?);
    }
    Ok(())
}

/// Makes an empty record: for a new one, for changes, or for the inputs of a verb. [one-thread]
///
/// The entity is one of CRMK_ENTITY_. Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an unknown entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_new(
    session: *mut crmk_session,
    entity: i32,
    record: *mut *mut crmk_record,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(record, "record")?;
        let entity = session::entity(entity)?;
        let shared = s.shared.clone();
        let state = RecordState { shared, entity, stored: None, changes: Changes::new(), owned: false };
        out.put(handle::insert(state)?);
        Ok(CRMK_OK)
    })
}

/// Copies a record, with what was read and what was set. [one-thread]
///
/// So the record of a cursor is kept over its step. Owner: the caller frees *copy with crmk_record_free.
/// NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_copy(record: *const crmk_record, copy: *mut *mut crmk_record) -> i32 {
    guard::with::<RecordState>(record, |r| {
        let out = guard::out(copy, "copy")?;
        let state = RecordState { owned: false, ..RecordState::clone(r) };
        out.put(handle::insert(state)?);
        Ok(CRMK_OK)
    })
}

/// Frees a record; the record of a cursor stays with its cursor. [one-thread]
///
/// NULL: does nothing. Errors: none; a handle that leads nowhere is left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_free(record: *mut crmk_record) {
    let owned = handle::enter::<RecordState>(record).is_ok_and(|r| r.owned);
    if !owned {
        guard::free::<RecordState>(record);
    }
}

/// The id of a record that was read; CRMK_ABSENT for one that was not. [one-thread]
///
/// NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_id(record: *const crmk_record, id: *mut u64) -> i32 {
    guard::with::<RecordState>(record, |r| {
        let out = guard::out(id, "id")?;
        let Some(stored) = &r.stored else { return Ok(CRMK_ABSENT) };
        out.put(stored.id());
        Ok(CRMK_OK)
    })
}

/// The revision of a record that was read; CRMK_ABSENT for one that was not. [one-thread]
///
/// NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_revision(record: *const crmk_record, revision: *mut u64) -> i32 {
    guard::with::<RecordState>(record, |r| {
        let out = guard::out(revision, "revision")?;
        let Some(stored) = &r.stored else { return Ok(CRMK_ABSENT) };
        out.put(stored.revision());
        Ok(CRMK_OK)
    })
}

/// The entity of a record, one of CRMK_ENTITY_. [one-thread]
///
/// NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_entity(record: *const crmk_record, entity: *mut i32) -> i32 {
    guard::with::<RecordState>(record, |r| {
        guard::out(entity, "entity")?.put(i32::from(r.entity.number()));
        Ok(CRMK_OK)
    })
}

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

/// Reads the record with an id; CRMK_ABSENT when there is none. [one-thread]
///
/// Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an unknown entity, CORRUPT, IO, MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get(
    session: *mut crmk_session,
    entity: i32,
    id: u64,
    record: *mut *mut crmk_record,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(record, "record")?;
        let entity = session::entity(entity)?;
        let found = s.shared.go_in()?.1.get(entity, id)?;
        found_or_absent(out, &s.shared, found)
    })
}

/// Reads the record with a business code, the number for a complaint; CRMK_ABSENT when there is none. [one-thread]
///
/// Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
/// Errors: as crmk_record_get, and INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_by_code(
    session: *mut crmk_session,
    entity: i32,
    code: crmk_text,
    record: *mut *mut crmk_record,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(record, "record")?;
        let entity = session::entity(entity)?;
        // SAFETY: the caller's text lives for the call.
        let code = unsafe { guard::text(code, "code")? };
        let found = s.shared.go_in()?.1.get_by_code(entity, code)?;
        found_or_absent(out, &s.shared, found)
    })
}

/// Reads the record with an external reference; CRMK_ABSENT when there is none. [one-thread]
///
/// Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
/// Errors: as crmk_record_get, and INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_get_by_external_ref(
    session: *mut crmk_session,
    entity: i32,
    external_system: crmk_text,
    external_id: crmk_text,
    record: *mut *mut crmk_record,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(record, "record")?;
        let entity = session::entity(entity)?;
        // SAFETY: the caller's texts live for the call.
        let (system, id) =
            unsafe { (guard::text(external_system, "external_system")?, guard::text(external_id, "external_id")?) };
        let found = s.shared.go_in()?.1.get_by_external_ref(entity, system, id)?;
        found_or_absent(out, &s.shared, found)
    })
}

fn found_or_absent(out: guard::Out<*mut crmk_record>, shared: &Arc<Shared>, found: Option<Record>) -> Result<i32> {
    let absent = found.is_none();
    hand_out(out, shared, found)?;
    Ok(if absent { CRMK_ABSENT } else { CRMK_OK })
}
