//! What is derived from the records: which keys they call for, and whether a key is called for.

use crate::domain::EntityKind;
use crate::error::{ErrorKind, Result};
use crate::port::{ReadTxn, Space, is_unreadable};

use super::catalog::{Catalog, IndexInfo};
use super::layout::Record;
use super::{key, meta, table};

/// A key that a record calls for in an index, or as a unique key.
pub(crate) struct Wanted<'c> {
    pub(crate) index: &'c IndexInfo,
    pub(crate) space: Space,
    pub(crate) key: Vec<u8>,
    /// The value under the key.
    pub(crate) value: Vec<u8>,
}

/// Whether a key is there for a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The record calls for it.
    Called,
    /// No record calls for it.
    Stray,
    /// The record that it names cannot be read, so it must stay.
    Unknown,
}

/// The keys that a record calls for.
pub(crate) fn wanted<'c>(catalog: &'c Catalog, record: &Record) -> impl Iterator<Item = Wanted<'c>> {
    let (entity, id) = (record.entity(), record.id());
    catalog.indexes(entity).iter().filter_map(move |index| {
        let key = index.key_of(entity, id, record)?;
        let (space, value) = match index.unique {
            true => (Space::Unique, id.to_be_bytes().to_vec()),
            false => (Space::Index, Vec::new()),
        };
        Some(Wanted { index, space, key, value })
    })
}

/// The index that a key belongs to, and the record that it names.
pub(crate) fn parts<'c>(
    catalog: &'c Catalog,
    space: Space,
    found: &[u8],
    value: &[u8],
) -> Option<(EntityKind, &'c IndexInfo, u64)> {
    let ([entity, a, b], _) = found.split_first_chunk::<3>()?;
    let entity = EntityKind::from_number(*entity)?;
    let number = u16::from_be_bytes([*a, *b]);
    let unique = space == Space::Unique;
    let index = catalog.indexes(entity).iter().find(|index| index.id == number && index.unique == unique)?;
    let id = if unique { meta::number(value).ok()? } else { key::id_at_end(found)? };
    Some((entity, index, id))
}

/// Whether a record calls for a key with its value.
pub(crate) fn claim(txn: &dyn ReadTxn, catalog: &Catalog, space: Space, found: &[u8], value: &[u8]) -> Result<Claim> {
    let Some((entity, index, id)) = parts(catalog, space, found, value) else { return Ok(Claim::Stray) };
    let record = match table::load(txn, entity, id) {
        Ok(Some(record)) => record,
        Ok(None) => return Ok(Claim::Stray),
        Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerVersion) || is_unreadable(&error) => {
            return Ok(Claim::Unknown);
        }
        Err(error) => return Err(error),
    };
    let called = index.key_of(entity, id, &record).is_some_and(|wanted| wanted == found);
    let value_fits = index.unique || value.is_empty();
    Ok(if called && value_fits { Claim::Called } else { Claim::Stray })
}
