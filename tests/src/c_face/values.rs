//! JSON values to C values and back, by the field's type.

use std::ffi::c_char;
use std::ptr;

use crmkernel::field::crmk_field;
use crmkernel::query::crmk_query;
use crmkernel::record::crmk_record;
use crmkernel::text::{crmk_money, crmk_text};
use crmkernel::value::crmk_value;
use serde_json::{Map, Value as Json, json};

use super::{Session, owned, sized, text};
use crate::face;

/// The stored tags of types, as the header names them.
const TEXT: i32 = 1;
const DATE: i32 = 4;
const INSTANT: i32 = 5;
const MONEY: i32 = 6;
const ENUM: i32 = 7;
const REF: i32 = 8;

/// A value on its way to a typed setter; a text points into the JSON that it came from.
pub(super) enum Given {
    Absent,
    Text(crmk_text),
    Int(i64),
    Bool(i32),
    Date(i32),
    Instant(i64),
    Money(crmk_money),
    Enum(i32),
    Ref(u64),
}

impl Session {
    /// The id and type of a field by its name.
    pub(super) fn field(self, entity: i32, name: &str) -> Result<(u32, i32), Json> {
        let mut id = 0;
        // SAFETY: the handle is the face's own, texts and structs live for the calls.
        self.ok(unsafe { (self.api.crmk_field_find)(self.session, entity, text(name), &raw mut id) })?;
        let mut info = sized!(crmk_field);
        // SAFETY: as above.
        self.ok(unsafe { (self.api.crmk_field_info)(self.session, entity, id, &raw mut info) })?;
        Ok((id, info.r#type))
    }

    /// The value of a JSON for a field; one of another type is given as it is.
    pub(super) fn given(self, entity: i32, (field, kind): (u32, i32), json: &Json) -> Given {
        match (kind, json) {
            (_, Json::Null) => Given::Absent,
            (ENUM, Json::String(name)) => Given::Enum(self.enum_value(entity, field, name)),
            (DATE, Json::String(date)) => self.date(date),
            (INSTANT, Json::String(at)) => self.instant(at),
            (REF, Json::Number(id)) => Given::Ref(id.as_u64().unwrap_or_default()),
            (_, Json::String(given)) => Given::Text(text(given)),
            (_, Json::Number(number)) => Given::Int(number.as_i64().unwrap_or_default()),
            (_, Json::Bool(flag)) => Given::Bool(i32::from(*flag)),
            _ => {
                let (amount_minor, letters) = face::money(json);
                let mut currency = [0; 4];
                for (place, letter) in currency.iter_mut().take(3).zip(letters.bytes()) {
                    *place = letter as c_char;
                }
                Given::Money(crmk_money { amount_minor, currency })
            }
        }
    }

    fn enum_value(self, entity: i32, field: u32, name: &str) -> i32 {
        let mut value = i32::from(u16::MAX);
        // SAFETY: the text lives for the call; the value stays when there is none of the name.
        unsafe { (self.api.crmk_enum_value)(entity, field, text(name), &raw mut value) };
        value
    }

    fn date(self, given: &str) -> Given {
        let mut days = 0;
        // SAFETY: the text lives for the call.
        match unsafe { (self.api.crmk_date_parse)(text(given), &raw mut days) } {
            0 => Given::Date(days),
            _ => Given::Text(text(given)),
        }
    }

    fn instant(self, given: &str) -> Given {
        let mut us = 0;
        // SAFETY: the text lives for the call.
        match unsafe { (self.api.crmk_instant_parse)(text(given), &raw mut us) } {
            0 => Given::Instant(us),
            _ => Given::Text(text(given)),
        }
    }

    /// Sets a field of a record.
    pub(super) fn set(self, record: *mut crmk_record, field: u32, value: &Given) -> Result<i32, Json> {
        let api = self.api;
        // SAFETY: the handle is the caller's own and texts live for the call.
        self.ok(unsafe {
            match *value {
                Given::Absent => (api.crmk_record_clear)(record, field),
                Given::Text(v) => (api.crmk_record_set_text)(record, field, v),
                Given::Int(v) => (api.crmk_record_set_int)(record, field, v),
                Given::Bool(v) => (api.crmk_record_set_bool)(record, field, v),
                Given::Date(v) => (api.crmk_record_set_date)(record, field, v),
                Given::Instant(v) => (api.crmk_record_set_instant)(record, field, v),
                Given::Money(v) => (api.crmk_record_set_money)(record, field, v),
                Given::Enum(v) => (api.crmk_record_set_enum)(record, field, v),
                Given::Ref(v) => (api.crmk_record_set_ref)(record, field, v),
            }
        })
    }

    /// Adds a condition to a query.
    pub(super) fn add_where(self, query: *mut crmk_query, field: u32, op: i32, value: &Given) -> Result<i32, Json> {
        let api = self.api;
        // SAFETY: the handle is the caller's own and texts live for the call.
        self.ok(unsafe {
            match *value {
                Given::Absent => (api.crmk_query_where)(query, field, op),
                Given::Text(v) => (api.crmk_query_where_text)(query, field, op, v),
                Given::Int(v) => (api.crmk_query_where_int)(query, field, op, v),
                Given::Bool(v) => (api.crmk_query_where_bool)(query, field, op, v),
                Given::Date(v) => (api.crmk_query_where_date)(query, field, op, v),
                Given::Instant(v) => (api.crmk_query_where_instant)(query, field, op, v),
                Given::Money(v) => (api.crmk_query_where_money)(query, field, op, v),
                Given::Enum(v) => (api.crmk_query_where_enum)(query, field, op, v),
                Given::Ref(v) => (api.crmk_query_where_ref)(query, field, op, v),
            }
        })
    }

    /// Every field of a record that is there, by name.
    pub(super) fn record_json(self, entity: i32, record: *const crmk_record) -> Result<Json, Json> {
        let mut out = Map::new();
        let mut count = 0;
        // SAFETY: the handles are the face's own, and structs have their sizes; here and below.
        self.ok(unsafe { (self.api.crmk_field_count)(self.session, entity, &raw mut count) })?;
        for index in 0..count {
            let mut info = sized!(crmk_field);
            // SAFETY: as above.
            self.ok(unsafe { (self.api.crmk_field_at)(self.session, entity, index, &raw mut info) })?;
            let mut value = sized!(crmk_value);
            // SAFETY: as above.
            if self.ok(unsafe { (self.api.crmk_record_value)(record, info.id, &raw mut value) })? == 0 {
                out.insert(owned(info.name), self.value_json(entity, info.id, &value)?);
            }
        }
        Ok(Json::Object(out))
    }

    /// The name of a value of an enumeration.
    pub(super) fn enum_name(self, entity: i32, field: u32, number: i32) -> Result<String, Json> {
        let mut name = text("");
        // SAFETY: the place for the text is a local.
        let code = unsafe { (self.api.crmk_enum_name)(entity, field, number, &raw mut name, ptr::null_mut()) };
        self.ok_alone(code)?;
        Ok(owned(name))
    }

    pub(super) fn value_json(self, entity: i32, field: u32, value: &crmk_value) -> Result<Json, Json> {
        Ok(match value.r#type {
            TEXT => json!(owned(value.text)),
            3 => json!(value.number == 1),
            DATE => face::date_json(i32::try_from(value.number).unwrap_or_default()),
            INSTANT => face::instant_json(value.number),
            MONEY => {
                let letters: String = value.currency.iter().take(3).map(|c| char::from(*c as u8)).collect();
                json!({"amount_minor": value.number, "currency": letters})
            }
            ENUM => {
                let number = i32::try_from(value.number).unwrap_or_default();
                json!(self.enum_name(entity, field, number)?)
            }
            _ => json!(value.number),
        })
    }
}
