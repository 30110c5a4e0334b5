//! The file made sound and small: redb's own check, and the tables packed anew.

use std::ops::Bound;

use redb::{CompactionError, Database, DatabaseError, ReadableTable, WriteTransaction};

use super::{failure, table};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Space;

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
        table::write_durably(database, |transaction| repack(transaction, space))?;
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

/// Writes a table anew in the order of its keys, which fills its pages, and puts it in the place of the old one.
fn repack(transaction: &WriteTransaction, space: Space) -> Result<()> {
    let (old, new) = (table::table(space), table::packed(space));
    {
        let from = transaction.open_table(old).map_err(failure::of_table)?;
        let mut into = transaction.open_table(new).map_err(failure::of_table)?;
        let mut cursor = into.upper_bound_mut(Bound::<&[u8]>::Unbounded).map_err(failure::of_storage)?;
        for pair in from.iter().map_err(failure::of_storage)? {
            let (key, value) = pair.map_err(failure::of_storage)?;
            cursor.insert_before(key.value(), value.value()).map_err(failure::of_cursor)?;
        }
        cursor.close().map_err(failure::of_storage)?;
    }
    transaction.delete_table(old).map_err(failure::of_table)?;
    transaction.rename_table(new, old).map_err(failure::of_table)
}
