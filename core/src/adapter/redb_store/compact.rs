//! The file made small: the tables packed anew, and the file cut behind them.

use std::ops::ControlFlow;
use std::time::Duration;

use redb::{CompactionError, Database};

use super::block::{self, Change};
use super::layer::{Layer, Newest};
use super::table::{self, Reading};
use super::{RedbStore, aside, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, Space};

/// How much is written to a table at a time. Unit: bytes.
const WAITING_LEN_MAX: usize = 1 << 20;

impl RedbStore {
    pub(super) fn compact_alone(&self, wait: Duration) -> Result<()> {
        self.alone_of_all(wait, |engine| {
            // redb forgets what is free while it moves pages; to find that anew it reads every page.
            if let Some(damage) = engine.begin()?.damage().into_iter().next() {
                return Err(damage);
            }
            let packed = engine.alone(pack);
            // What was packed has left holes where it was, and the file long, also when the rest failed.
            let shrunk = engine.alone(shrink);
            packed.and(shrunk)
        })
    }
}

/// Packs every table, and gives what lies aside its place.
fn pack(database: &mut Database) -> Result<()> {
    let held = aside::read(Reading::begin(database)?.transaction())?;
    for space in Space::ALL {
        repack(database, space, held.as_ref())?;
    }
    if held.is_some() { table::write_durably(database, aside::remove) } else { Ok(()) }
}

/// Moves the pages to the front and cuts the file behind them.
fn shrink(database: &mut Database) -> Result<()> {
    match database.compact() {
        Ok(_) => Ok(()),
        Err(CompactionError::Storage(error)) => Err(failure::of_storage(error)),
        Err(CompactionError::TransactionInProgress) => Err(in_use()),
        Err(other) => Err(Error::new(ErrorKind::Io, format!("{other}"))),
    }
}

pub(super) fn in_use() -> Error {
    Error::new(ErrorKind::Busy, "another process reads the database; do it when that has ended")
}

/// Writes a space anew in the order of its keys, which fills its blocks, and puts it in the place of the old table.
fn repack(database: &Database, space: Space, held: Option<&Layer>) -> Result<()> {
    let reading = Reading::begin(database)?;
    table::write_durably(database, |transaction| {
        let (old, new) = (table::table(space), table::packed(space));
        {
            let mut into = transaction.open_table(new).map_err(failure::of_table)?;
            let (mut waiting, room) = (Waiting::default(), block::room_of(space));
            let newer = Newest::new(held.into_iter(), space, b"", None, Order::Ascending);
            reading.scan(space, (b"", None), Order::Ascending, newer, &mut |key, value| {
                waiting.push(key, value);
                if waiting.bytes.len() >= WAITING_LEN_MAX {
                    block::write(&mut into, room, waiting.changes())?;
                    waiting = Waiting::default();
                }
                Ok(ControlFlow::Continue(()))
            })?;
            block::write(&mut into, room, waiting.changes())?;
        }
        transaction.delete_table(old).map_err(failure::of_table)?;
        transaction.rename_table(new, old).map_err(failure::of_table)
    })
}

/// Pairs that are written together.
#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Where each key ends, and each value behind it.
    ends: Vec<(usize, usize)>,
}

impl Waiting {
    fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(key);
        let key_end = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.ends.push((key_end, self.bytes.len()));
    }

    fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let begins = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        begins
            .zip(&self.ends)
            .map(|(begin, &(key_end, end))| (&self.bytes[begin..key_end], Some(&self.bytes[key_end..end])))
    }
}
