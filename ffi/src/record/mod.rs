//! A record: one mechanism for data. Typed getters and setters by field id, over what is stored and what is set.

pub mod get;
pub mod set;

use std::sync::Arc;

use crm_core::domain::{Changes, EntityKind, Fields, Instant, Value, ValueRef, type_name};
use crm_core::{Error, ErrorKind, FieldInfo, Moment, Record, Result};

use crate::error::{CRMK_ABSENT, CRMK_OK};
use crate::guard::{self, FromSession};
use crate::handle::{self, Kind};
use crate::session::{self, SessionState, Shared, crmk_session};
use crate::text::crmk_text;

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

/// Frees a record. [one-thread]
///
/// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE for the record of a cursor, which goes
/// with its cursor, when a call is inside it, or from within a callback; then it stays. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_free(record: *mut crmk_record) -> i32 {
    if handle::enter::<RecordState>(record).is_ok_and(|r| r.owned) {
        return guard::alone(|| {
            Err(Error::new(ErrorKind::Misuse, "the record is that of a cursor; it is freed with the cursor"))
        });
    }
    guard::free::<RecordState>(record)
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

/// Reads a record as it was at an instant; CRMK_ABSENT before it was added, and for one that never was. [one-thread]
///
/// It is the record behind the last change of it that was made at the instant or earlier, with the revision of then.
/// Unit: microseconds since the epoch. Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
/// Errors: as crmk_record_get, and INVALID_ARGUMENT for an instant outside of the years 1 to 9999.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_as_of(
    session: *mut crmk_session,
    entity: i32,
    id: u64,
    instant: i64,
    record: *mut *mut crmk_record,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(record, "record")?;
        let (entity, instant) = (session::entity(entity)?, Instant::from_us(instant)?);
        let found = s.shared.go_in()?.1.as_of(entity, id, Moment::Instant(instant))?;
        found_or_absent(out, &s.shared, found)
    })
}

/// Reads a record as it was behind the journal entry of a sequence, 0 for before the first one; CRMK_ABSENT before it was
/// added, and for one that never was. [one-thread]
///
/// Owner: the caller frees *record with crmk_record_free. NULL: none allowed. Errors: as crmk_record_get.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_as_of_sequence(
    session: *mut crmk_session,
    entity: i32,
    id: u64,
    sequence: u64,
    record: *mut *mut crmk_record,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(record, "record")?;
        let entity = session::entity(entity)?;
        let found = s.shared.go_in()?.1.as_of(entity, id, Moment::Sequence(sequence))?;
        found_or_absent(out, &s.shared, found)
    })
}

fn found_or_absent(out: guard::Out<*mut crmk_record>, shared: &Arc<Shared>, found: Option<Record>) -> Result<i32> {
    let absent = found.is_none();
    hand_out(out, shared, found)?;
    Ok(if absent { CRMK_ABSENT } else { CRMK_OK })
}
