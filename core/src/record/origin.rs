//! Who decided what a record holds: the fields that a plugin decided, as a fact of the space `meta` for each record.
//!
//! A field that is not among them was given by a caller or decided by the kernel.

use std::collections::BTreeMap;

use crate::domain::EntityKind;
use crate::error::{Error, ErrorKind, Result};
use crate::port::{ReadTxn, Space};

use super::bytes::{Reader, Writer};
use super::journal::Fact;
use super::meta;

/// The beginning of the keys; behind it the entity and the id.
const KEY_ORIGIN: &[u8] = b"by/";
/// The version of the stored form.
const FORM: u8 = 1;

/// Who decided a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The id of the plugin.
    pub(crate) plugin: String,
    /// Whether the value stays when the plugin decides it no longer.
    pub(crate) is_kept: bool,
}

/// The fields of a record that plugins decided.
pub(crate) type Origins = BTreeMap<u16, Origin>;

fn key_of(entity: EntityKind, id: u64) -> Vec<u8> {
    [KEY_ORIGIN, &[entity.number()], &id.to_be_bytes()].concat()
}

/// The origins of a record.
///
/// # Errors
/// `Corrupt`, `NewerVersion`, and what else the store answers.
pub(crate) fn load(txn: &dyn ReadTxn, entity: EntityKind, id: u64) -> Result<Origins> {
    meta::get(txn, Space::Meta, &key_of(entity, id))?.map_or_else(|| Ok(Origins::new()), |stored| decode(&stored))
}

/// The fact of a record's origins.
pub(crate) fn fact(entity: EntityKind, id: u64, origins: &Origins) -> Fact {
    let mut out = Writer(vec![FORM]);
    out.number(origins.len() as u64);
    for (field, origin) in origins {
        out.number(u64::from(*field));
        out.0.push(u8::from(origin.is_kept));
        out.text(&origin.plugin);
    }
    Fact { key: key_of(entity, id), value: out.0 }
}

fn decode(stored: &[u8]) -> Result<Origins> {
    let damaged = || Error::new(ErrorKind::Corrupt, "what plugins decided of a record is damaged");
    let mut reader = Reader(stored);
    let form = reader.byte()?;
    if form != FORM {
        let message = format!("what plugins decided of a record has form {form}, this version reads form {FORM}");
        return Err(Error::new(ErrorKind::NewerVersion, message));
    }
    let mut origins = Origins::new();
    for _ in 0..reader.count()? {
        let field = u16::try_from(reader.number()?).map_err(|_| damaged())?;
        let is_kept = reader.byte()? == 1;
        origins.insert(field, Origin { plugin: reader.text()?, is_kept });
    }
    if reader.0.is_empty() { Ok(origins) } else { Err(damaged()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_come_back_and_a_cut_form_is_an_error() {
        let origins = Origins::from([
            (9, Origin { plugin: "acme.rules".into(), is_kept: false }),
            (10_000, Origin { plugin: "acme.rules".into(), is_kept: true }),
        ]);
        let stored = fact(EntityKind::Customer, 7, &origins).value;
        assert_eq!(decode(&stored).unwrap(), origins);
        assert!((0..stored.len()).all(|cut| decode(&stored[..cut]).is_err()));
    }
}
