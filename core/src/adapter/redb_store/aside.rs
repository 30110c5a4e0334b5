//! Changes whose place in the file cannot be read: they lie in a table of their own, and over the file for whoever reads.
//!
//! A change is brought into the block of its key, which must be read for it. When a page on the way is damaged the change goes
//! aside, so that commits go on and the log is emptied. What lies aside stays so until the file is packed anew, which needs
//! every page.
//!
//! A key of the table is the number of the space and the key; the value is 0 for a key that is removed, or 1 and its value.

use std::sync::Arc;

use redb::{ReadTransaction, ReadableTable, TableDefinition, TableError, TableHandle, WriteTransaction};

use super::base::Base;
use super::block::Change;
use super::engine::Engine;
use super::failure;
use super::layer::{Entry, Layer};
use super::raw::{Probe, Trees};
use super::table::{self, Changes};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Space;

const TABLE: TableDefinition<'static, &'static [u8], &'static [u8]> = TableDefinition::new("aside");

/// How much may lie aside; it is kept in memory. Unit: bytes.
const BYTES_MAX: usize = 64 << 20;

const REMOVED: u8 = 0;
const PRESENT: u8 = 1;

/// What lies aside, as redb shows it.
pub(super) fn read(transaction: &ReadTransaction) -> Result<Option<Layer>> {
    let table = match transaction.open_table(TABLE) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(e) => return Err(failure::of_table(e)),
    };
    let mut held = Held::default();
    for pair in table.iter().map_err(failure::of_storage)? {
        let (key, value) = pair.map_err(failure::of_storage)?;
        held.push(key.value(), value.value())?;
    }
    held.into_layer()
}

/// The same from the trees themselves.
pub(super) fn read_apart(trees: &Trees) -> Result<Option<Layer>> {
    let mut held = Held::default();
    trees.each(TABLE.name(), &mut |key, value| held.push(key, value))?;
    held.into_layer()
}

/// Removes the table, when its changes have their place.
pub(super) fn remove(transaction: &WriteTransaction) -> Result<()> {
    transaction.delete_table(TABLE).map(drop).map_err(failure::of_table)
}

/// The change that a pair of the table holds, when it gives a value.
pub(super) fn in_pair<'p>(key: &'p [u8], value: &'p [u8]) -> Option<(Space, &'p [u8], &'p [u8])> {
    let (space, key) = key.split_first()?;
    let (tag, value) = value.split_first()?;
    Some((*Space::ALL.get(usize::from(*space))?, key, value)).filter(|_| *tag == PRESENT)
}

/// Pairs of the table, one behind the other.
#[derive(Default)]
struct Held {
    bytes: Vec<u8>,
    entries: Vec<(Space, u32, u32, Option<u32>)>,
}

impl Held {
    fn push(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let space = key.split_first().and_then(|(space, key)| Some((*Space::ALL.get(usize::from(*space))?, key)));
        let (Some((space, key)), Some((tag, value))) = (space, value.split_first()) else { return Err(damaged()) };
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| damaged());
        let at = len(&self.bytes)?;
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        let value_len = if *tag == PRESENT { Some(len(value)?) } else { None };
        self.entries.push((space, at, len(key)?, value_len));
        Ok(())
    }

    fn into_layer(self) -> Result<Option<Layer>> {
        if self.entries.is_empty() {
            return Ok(None);
        }
        let bytes: Arc<[u8]> = self.bytes.into();
        let mut layer = Layer::default();
        for (space, at, key_len, value_len) in self.entries {
            layer.insert(space, Entry::new(&bytes, at, key_len, value_len));
        }
        Ok(Some(layer))
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the database is damaged: a change that lies aside is unreadable")
}

/// Which changes go aside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Those of keys that lie aside already.
    Held,
    /// Those, too, whose place cannot be read.
    Unreadable,
    /// Every change of a space in which some change has no readable place.
    Spaces,
    /// All.
    Everything,
}

/// Brings changes into the file in one transaction of redb, together with what `and` writes. What has no place goes aside.
///
/// # Errors
/// Those of the file. Nothing was written then.
pub(super) fn bring<'c>(
    engine: &Engine,
    changes: &(dyn Fn(Space) -> Changes<'c> + Sync),
    parted: bool,
    and: &dyn Fn(&WriteTransaction) -> Result<()>,
) -> Result<Base> {
    let mut extent = if engine.has_bad_pages() { Extent::Unreadable } else { Extent::Held };
    loop {
        let error = match bring_once(engine, changes, parted, and, extent) {
            Err(error) if failure::page_in(&error).is_some() => error,
            done => return done,
        };
        extent = match extent {
            Extent::Held => Extent::Unreadable,
            Extent::Unreadable => Extent::Spaces,
            Extent::Spaces => Extent::Everything,
            Extent::Everything => return Err(error),
        };
    }
}

fn bring_once<'c>(
    engine: &Engine,
    changes: &(dyn Fn(Space) -> Changes<'c> + Sync),
    parted: bool,
    and: &dyn Fn(&WriteTransaction) -> Result<()>,
    extent: Extent,
) -> Result<Base> {
    let aside = Aside::find(engine, changes, extent)?;
    engine.write(|transaction| {
        if aside.keys.is_none() {
            table::write_all(transaction, changes, parted)?;
        } else {
            table::write_all(transaction, &|space| aside.others(space, changes(space)), false)?;
            aside.write(transaction, changes)?;
        }
        and(transaction)
    })
}

/// The keys that lie aside, or go there.
struct Aside {
    /// `None` when there are none; the layer's values are of no account.
    keys: Option<Layer>,
    spaces: Vec<Space>,
    /// How long what lies aside is already. Unit: bytes.
    bytes: usize,
}

impl Aside {
    fn find<'c>(engine: &Engine, changes: &dyn Fn(Space) -> Changes<'c>, extent: Extent) -> Result<Self> {
        let Some(base) = engine.begin_if_damaged(extent != Extent::Held)? else {
            return Ok(Self { keys: None, spaces: Vec::new(), bytes: 0 });
        };
        let mut keys = base.aside().cloned().unwrap_or_default();
        let bytes = keys.bytes();
        let mut spaces = Vec::new();
        let mut probe = Probe::new(base.trees());
        for space in Space::ALL {
            if extent == Extent::Everything {
                spaces.push(space);
            }
            if extent == Extent::Held || extent == Extent::Everything {
                continue;
            }
            for (key, _) in changes(space) {
                if !probe.is_sound(space, key)? {
                    if extent == Extent::Spaces {
                        spaces.push(space);
                        break;
                    }
                    keys.insert(space, Entry::alone(key, None));
                }
            }
        }
        let any = !keys.is_empty() || !spaces.is_empty();
        Ok(Self { keys: any.then_some(keys), spaces, bytes })
    }

    fn has(&self, space: Space, key: &[u8]) -> bool {
        self.spaces.contains(&space) || self.keys.as_ref().is_some_and(|keys| keys.space(space).get(key).is_some())
    }

    fn others<'c>(&self, space: Space, changes: Changes<'c>) -> Changes<'c>
    where
        Self: 'c,
    {
        let keys = self.keys.clone();
        let all = self.spaces.contains(&space);
        let has = move |key: &[u8]| all || keys.as_ref().is_some_and(|keys| keys.space(space).get(key).is_some());
        Box::new(changes.filter(move |(key, _): &Change<'c>| !has(key)))
    }

    fn write<'c>(&self, transaction: &WriteTransaction, changes: &dyn Fn(Space) -> Changes<'c>) -> Result<()> {
        let mut table = transaction.open_table(TABLE).map_err(failure::of_table)?;
        let mut bytes = self.bytes;
        for space in Space::ALL {
            for (key, value) in changes(space).filter(|(key, _)| self.has(space, key)) {
                bytes += key.len() + value.map_or(0, <[u8]>::len);
                if bytes > BYTES_MAX {
                    let message = "the database is damaged, and more changes have no place in it than can lie aside; \
                                   salvage writes what can be read into a new one";
                    return Err(Error::new(ErrorKind::Corrupt, message));
                }
                let stored_key = [&[space as u8], key].concat();
                let stored = match value {
                    Some(value) => [&[PRESENT], value].concat(),
                    None => vec![REMOVED],
                };
                table.insert(stored_key.as_slice(), stored.as_slice()).map_err(failure::of_storage)?;
            }
        }
        Ok(())
    }
}
