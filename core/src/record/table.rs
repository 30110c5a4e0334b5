//! Records with their indexes and unique keys, read and written together.

use std::ops::ControlFlow;

use crate::domain::{CustomField, EntityKind, Fields};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space, Stage};

use super::catalog::{Catalog, IndexInfo, encode_custom};
use super::layout::Record;
use super::record_ref::RecordRef;
use super::{key, meta};

/// The record of an entity with an id.
///
/// # Errors
/// `Corrupt` when the stored record is damaged or is not the one asked for; what the store answers.
pub(crate) fn load(txn: &dyn ReadTxn, entity: EntityKind, id: u64) -> Result<Option<Record>> {
    let mut out = None;
    show(txn, entity, id, &mut |record| {
        out = Some(record.to_record()?);
        Ok(())
    })?;
    Ok(out)
}

/// Shows the record of an entity with an id where it lies, and says whether there is one.
///
/// # Errors
/// `Corrupt` when the stored record is damaged or is not the one asked for; what the store and `visit` answer.
pub(crate) fn show(
    txn: &dyn ReadTxn,
    entity: EntityKind,
    id: u64,
    visit: &mut dyn FnMut(RecordRef<'_>) -> Result<()>,
) -> Result<bool> {
    let mut seen = Ok(());
    let there = txn.get(Space::Record, &key::record(entity, id), &mut |bytes| {
        seen = RecordRef::open(bytes).and_then(|record| {
            if record.entity() != entity || record.id() != id {
                return Err(Error::new(ErrorKind::Corrupt, "a stored record lies under the key of another"));
            }
            visit(record)
        });
    })?;
    seen.map(|()| there)
}

/// Whether a record exists.
pub(crate) fn exists(txn: &dyn ReadTxn, entity: EntityKind, id: u64) -> Result<bool> {
    txn.get(Space::Record, &key::record(entity, id), &mut |_| {})
}

/// The id under a unique key with the values of `record`; `None` when a value is missing or the key is free.
pub(crate) fn find_unique(
    txn: &dyn ReadTxn,
    entity: EntityKind,
    index: &IndexInfo,
    record: &dyn Fields,
) -> Result<Option<u64>> {
    let Some(key) = index.key_of(entity, 0, record) else { return Ok(None) };
    meta::get(txn, Space::Unique, &key)?.map(|bytes| meta::number(&bytes)).transpose()
}

/// Writes a record over the one before it, and brings its index entries and unique keys up to it.
///
/// # Errors
/// `Duplicate` when a unique key is held by another record; what the store answers.
pub(crate) fn store(txn: &mut Stage<'_>, catalog: &Catalog, before: Option<&Record>, after: &Record) -> Result<()> {
    let (entity, id) = (after.entity(), after.id());
    let (mut old, mut new) = (Vec::new(), Vec::with_capacity(key::LEN_MOST));
    for index in catalog.indexes(entity) {
        if before.is_some_and(|record| index.is_same(record, after)) {
            continue;
        }
        let had_key = before.is_some_and(|record| index.write_key(&mut old, entity, id, record));
        let has_key = index.write_key(&mut new, entity, id, after);
        if had_key && has_key && old == new {
            continue;
        }
        let space = if index.unique { Space::Unique } else { Space::Index };
        if had_key {
            txn.delete(space, &old);
        }
        if !has_key {
            continue;
        }
        if !index.unique {
            txn.put(space, &new, &[]);
            continue;
        }
        if let Some(holder) = meta::get(&*txn, space, &new)? {
            return Err(duplicate(catalog, entity, index, meta::number(&holder)?));
        }
        txn.put(space, &new, &id.to_be_bytes());
    }
    txn.put(Space::Record, &key::record(entity, id), after.as_bytes());
    Ok(())
}

/// Puts the declaration of a custom field into the store, and brings its index up to the flag: one that was added is built
/// over the records that are there, one that was taken away is removed. The catalog has the field as it is now.
///
/// # Errors
/// `Corrupt` and what else the store answers.
pub(crate) fn store_field(
    txn: &mut Stage<'_>,
    catalog: &Catalog,
    before: Option<&CustomField>,
    field: &CustomField,
) -> Result<()> {
    txn.put(Space::Schema, &field.id.to_be_bytes(), &encode_custom(field));
    let was_indexed = before.is_some_and(|before| before.indexed);
    if before.is_none() || was_indexed == field.indexed {
        return Ok(());
    }
    let (space, begin) = match field.indexed {
        true => (Space::Record, vec![field.entity.number()]),
        false => (Space::Index, key::index(field.entity, field.id)),
    };
    let index = catalog.indexes(field.entity).iter().find(|index| index.id == field.id);
    let (mut keys, until) = (Vec::new(), key::after_prefix(&begin));
    txn.scan(space, &begin, until.as_deref(), Order::Ascending, &mut |found, stored| {
        match index {
            Some(index) => {
                let record = RecordRef::open(stored)?;
                keys.extend(index.key_of(field.entity, record.id(), &record));
            }
            None => keys.push(found.to_vec()),
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for key in keys {
        match field.indexed {
            true => txn.put(Space::Index, &key, &[]),
            false => txn.delete(Space::Index, &key),
        }
    }
    Ok(())
}

fn duplicate(catalog: &Catalog, entity: EntityKind, index: &IndexInfo, holder: u64) -> Error {
    let names: Vec<&str> =
        index.fields.iter().filter_map(|f| catalog.field(entity, *f)).map(|f| f.name.as_str()).collect();
    let (entity, names) = (entity.def().name, names.join(" and "));
    Error::new(ErrorKind::Duplicate, format!("another {entity} has the same {names}, which must be unique"))
        .with("entity", entity)
        .with("field", names)
        .with("id", holder)
}
