//! Fields: what is known about them, and the declaration of custom ones.

use crm_core::domain::{Command, CustomField, FieldType, Writer};
use crm_core::{FieldInfo, Result};

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::session::{self, SessionState, crmk_session};
use crate::text::crmk_text;

/// Personal or secret: kept out of messages.
pub const CRMK_FIELD_IS_SENSITIVE: u32 = 1;
/// An index of its own is kept.
pub const CRMK_FIELD_IS_INDEXED: u32 = 2;
/// Set by verbs, or when recording the past; not by a plain update.
pub const CRMK_FIELD_IS_BY_VERB: u32 = 4;
/// Kept by the kernel alone.
pub const CRMK_FIELD_IS_BY_KERNEL: u32 = 8;
/// Declared by the company or a plugin for this database.
pub const CRMK_FIELD_IS_CUSTOM: u32 = 16;

/// What is known about a field.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_field {
    /// Set to sizeof(crmk_field) by the caller.
    pub size: u32,
    /// The id.
    pub id: u32,
    /// The type, CRMK_TYPE_.
    pub r#type: i32,
    /// CRMK_FIELD_ flags, added up.
    pub flags: u32,
    /// The least value of an integer.
    pub min: i64,
    /// The greatest value of an integer; the greatest number of characters of a text.
    pub max: i64,
    /// The entity that a reference leads to, CRMK_ENTITY_; 0 for other types.
    pub ref_entity: i32,
    /// Zero.
    pub reserved: u32,
    /// The name.
    pub name: crmk_text,
    /// The English label.
    pub label: crmk_text,
    /// The Chinese label.
    pub label_zh: crmk_text,
    /// The name of the enumeration; empty for other types.
    pub enumeration: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_field {
    const NAME: &'static str = "crmk_field";
}

/// The declaration of a custom field.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_field_declaration {
    /// Set to sizeof(crmk_field_declaration) by the caller.
    pub size: u32,
    /// The entity, CRMK_ENTITY_.
    pub entity: i32,
    /// The type, CRMK_TYPE_, but no enumeration.
    pub r#type: i32,
    /// CRMK_FIELD_IS_SENSITIVE and CRMK_FIELD_IS_INDEXED, added up.
    pub flags: u32,
    /// The least value of an integer.
    pub min: i64,
    /// The greatest value of an integer, or the greatest number of characters of a text. An integer with both 0 has no
    /// bounds. Bounds of a text: 1 to 100000, indexed 1000.
    pub max: i64,
    /// The entity that a reference leads to, CRMK_ENTITY_.
    pub ref_entity: i32,
    /// Zero.
    pub reserved: u32,
    /// The name: prefix.name in lower-case letters, digits and underscores.
    pub name: crmk_text,
    /// The English label.
    pub label: crmk_text,
    /// The Chinese label.
    pub label_zh: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_field_declaration {
    const NAME: &'static str = "crmk_field_declaration";
}

/// The id of a field by its name, declared or custom. [one-thread]
///
/// NULL: none allowed. Errors: UNKNOWN_FIELD, INVALID_ARGUMENT for an unknown entity, INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_field_find(
    session: *mut crmk_session,
    entity: i32,
    name: crmk_text,
    field: *mut u32,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(field, "field")?;
        // SAFETY: the caller's text lives for the call.
        let name = unsafe { guard::text(name, "name")? };
        out.put(u32::from(s.shared.catalog().require_named(session::entity(entity)?, name)?.id));
        Ok(CRMK_OK)
    })
}

/// How many fields an entity has: declared, custom, and those of the header. [one-thread]
///
/// NULL: none allowed. Errors: INVALID_ARGUMENT for an unknown entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_field_count(session: *mut crmk_session, entity: i32, count: *mut u32) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(count, "count")?;
        out.put(guard::count(s.shared.catalog().fields(session::entity(entity)?).count()));
        Ok(CRMK_OK)
    })
}

/// What is known about a field, named by its place from 0 to crmk_field_count. [one-thread]
///
/// The texts live until the next crmk_field_at or crmk_field_info on the session. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an unknown entity or an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_field_at(
    session: *mut crmk_session,
    entity: i32,
    index: u32,
    field: *mut crmk_field,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_field with its size.
        let out = unsafe { guard::out_struct(field)? };
        s.catalog = s.shared.catalog();
        let all: Vec<&FieldInfo> = s.catalog.fields(session::entity(entity)?).collect();
        out.put(view_of(guard::item(&all, index, "field")?));
        Ok(CRMK_OK)
    })
}

/// What is known about a field, named by its id. [one-thread]
///
/// The texts live until the next crmk_field_at or crmk_field_info on the session. NULL: none allowed.
/// Errors: UNKNOWN_FIELD, INVALID_ARGUMENT for an unknown entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_field_info(
    session: *mut crmk_session,
    entity: i32,
    id: u32,
    field: *mut crmk_field,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_field with its size.
        let out = unsafe { guard::out_struct(field)? };
        let entity = session::entity(entity)?;
        let id = crate::record::check(&s.shared, entity, id, None)?;
        s.catalog = s.shared.catalog();
        out.put(view_of(s.catalog.require(entity, id)?));
        Ok(CRMK_OK)
    })
}

fn view_of(info: &FieldInfo) -> crmk_field {
    let (min, max, ref_entity, enumeration) = match info.kind {
        FieldType::Text { len_max } => (0, i64::from(len_max), 0, ""),
        FieldType::Int { min, max } => (min, max, 0, ""),
        FieldType::Enum(def) => (0, 0, 0, def.name),
        FieldType::Ref(entity) => (0, 0, i32::from(entity.number()), ""),
        _ => (0, 0, 0, ""),
    };
    let custom = (crm_core::domain::CUSTOM_FIELD_ID_MIN..=crm_core::domain::CUSTOM_FIELD_ID_MAX).contains(&info.id);
    let flag = |is: bool, flag: u32| if is { flag } else { 0 };
    crmk_field {
        size: 0,
        id: u32::from(info.id),
        r#type: i32::from(info.kind.tag()),
        flags: flag(info.sensitive, CRMK_FIELD_IS_SENSITIVE)
            | flag(info.indexed, CRMK_FIELD_IS_INDEXED)
            | flag(info.writer == Writer::Verb, CRMK_FIELD_IS_BY_VERB)
            | flag(info.writer == Writer::Kernel, CRMK_FIELD_IS_BY_KERNEL)
            | flag(custom, CRMK_FIELD_IS_CUSTOM),
        min,
        max,
        ref_entity,
        reserved: 0,
        name: crmk_text::view(&info.name),
        label: crmk_text::view(&info.label),
        label_zh: crmk_text::view(&info.label_zh),
        enumeration: crmk_text::view(enumeration),
    }
}

/// Declares a custom field for the database and gives its id. [one-thread]
///
/// It is durable when the call returns; the session's actor needs CRMK_LEVEL_MANAGE. NULL: field may be NULL.
/// Errors: INVALID_ARGUMENT for a name or bounds that are not of the form, an enumeration, or too many fields;
/// DUPLICATE when the name is taken; FORBIDDEN; UNSUPPORTED for unknown options; INVALID_UTF8; DISK_FULL, IO; MISUSE
/// once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_field_declare(
    session: *mut crmk_session,
    declaration: *const crmk_field_declaration,
    field: *mut u32,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out_optional(field);
        // SAFETY: the caller gives a crmk_field_declaration with its size and texts that live for the call.
        let wanted = unsafe { declared(&guard::read_struct(declaration)?)? };
        let done = s.shared.go_in()?.1.apply(Command::DeclareField(wanted))?;
        out.put(done.declared.map_or(0, |declared| u32::from(declared.id)));
        Ok(CRMK_OK)
    })
}

/// # Safety
/// The texts of the declaration can be read.
unsafe fn declared(given: &crmk_field_declaration) -> Result<CustomField> {
    // SAFETY: passed on to the caller.
    let (name, label, label_zh) = unsafe {
        (guard::text(given.name, "name")?, guard::text(given.label, "label")?, guard::text(given.label_zh, "label_zh")?)
    };
    if given.flags & !(CRMK_FIELD_IS_SENSITIVE | CRMK_FIELD_IS_INDEXED) != 0 {
        return Err(guard::invalid(format!("the flags of a declaration are 1 and 2, found {:#x}", given.flags)));
    }
    Ok(CustomField {
        id: 0,
        entity: session::entity(given.entity)?,
        name: name.to_owned(),
        kind: type_of(given)?,
        label: label.to_owned(),
        label_zh: label_zh.to_owned(),
        sensitive: given.flags & CRMK_FIELD_IS_SENSITIVE != 0,
        indexed: given.flags & CRMK_FIELD_IS_INDEXED != 0,
    })
}

fn type_of(given: &crmk_field_declaration) -> Result<FieldType> {
    Ok(match given.r#type {
        1 => FieldType::Text { len_max: u32::try_from(given.max).unwrap_or(0) },
        2 if given.min == 0 && given.max == 0 => FieldType::Int { min: i64::MIN, max: i64::MAX },
        2 => FieldType::Int { min: given.min, max: given.max },
        3 => FieldType::Bool,
        4 => FieldType::Date,
        5 => FieldType::Instant,
        6 => FieldType::Money,
        8 => FieldType::Ref(session::entity(given.ref_entity)?),
        other => return Err(guard::invalid(format!("a custom field has the type 1 to 6 or 8, found {other}"))),
    })
}
