//! The file made sound and small: redb's own check, and the tables packed anew.

use std::ops::ControlFlow;

use redb::{CompactionError, Database, DatabaseError};

use super::block::{self, Packer};
use super::failure;
use super::layer::Newest;
use super::table::{self, Base};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, Space};

/// Has redb verify the checksum of every page and its list of free ones.
pub(super) fn check(database: &mut Database) -> Result<Vec<String>> {
    match database.check_integrity() {
        Ok(true) => Ok(Vec::new()),
        Ok(false) => Ok(vec!["the file's list of free pages was damaged; it has been rebuilt".to_owned()]),
        Err(DatabaseError::Storage(error)) => {
            let error = failure::of_storage(error);
            match error.kind() {
                ErrorKind::Corrupt => Ok(vec![error.message().to_owned()]),
                _ => Err(error),
            }
        }
        Err(DatabaseError::TransactionInProgress) => Err(in_use()),
        Err(other) => Err(Error::new(ErrorKind::Io, format!("{other}"))),
    }
}

/// Packs every table, then moves the pages to the front and cuts the file behind them.
pub(super) fn compact(database: &mut Database) -> Result<()> {
    for space in Space::ALL {
        repack(database, space)?;
    }
    match database.compact() {
        Ok(_) => Ok(()),
        Err(CompactionError::Storage(error)) => Err(failure::of_storage(error)),
        Err(CompactionError::TransactionInProgress) => Err(in_use()),
        Err(other) => Err(Error::new(ErrorKind::Io, format!("{other}"))),
    }
}

fn in_use() -> Error {
    Error::new(ErrorKind::Busy, "another process reads the database; compact it when that has ended")
}

/// Writes a space anew in the order of its keys, which fills its blocks, and puts it in the place of the old table.
fn repack(database: &Database, space: Space) -> Result<()> {
    let base = Base::begin(database)?;
    table::write_durably(database, |transaction| {
        let (old, new) = (table::table(space), table::packed(space));
        {
            let mut into = transaction.open_table(new).map_err(failure::of_table)?;
            let mut packer = Packer::new(block::room_of(space));
            let none = Newest::new(std::iter::empty(), space, b"", None, Order::Ascending);
            base.scan(space, (b"", None), Order::Ascending, none, &mut |key, value| {
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
