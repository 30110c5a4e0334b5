//! The file made small: the tables packed anew, and the file cut behind them.

use std::ops::ControlFlow;
use std::time::Duration;

use redb::{CompactionError, Database};

use super::block::{self, Packer};
use super::layer::{Layer, Newest};
use super::table::{self, Reading};
use super::{RedbStore, aside, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, Space};

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
            let mut packer = Packer::new(block::room_of(space));
            let newer = Newest::new(held.into_iter(), space, b"", None, Order::Ascending);
            reading.scan(space, (b"", None), Order::Ascending, newer, &mut |key, value| {
                if packer.push(key, value)? {
                    packer.write(&mut into, false)?;
                }
                Ok(ControlFlow::Continue(()))
            })?;
            packer.write(&mut into, true)?;
        }
        transaction.delete_table(old).map_err(failure::of_table)?;
        transaction.rename_table(new, old).map_err(failure::of_table)
    })
}
