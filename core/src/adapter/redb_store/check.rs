//! Whether the file is sound: redb's own check, and every page that cannot be read, by name.

use std::time::Duration;

use redb::{Database, DatabaseError};

use super::base::Base;
use super::compact::in_use;
use super::guard::guarded;
use super::{RedbStore, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Space;

impl RedbStore {
    /// Has redb verify every page and its list of free ones; when that fails, says what is damaged.
    pub(super) fn check_alone(&self, wait: Duration) -> Result<Vec<String>> {
        let checked = self.alone(wait, |engine| engine.alone(check));
        match checked {
            Err(error) if is_damage(&error) => {
                let mut damaged = guarded(|| Ok(self.shared.engine.begin()?.damage()))?;
                if damaged.is_empty() {
                    damaged.push(error.message().to_owned());
                }
                Ok(damaged)
            }
            checked => checked,
        }
    }
}

impl Base {
    /// What of the file cannot be read, a sentence for each page.
    pub(super) fn damage(&self) -> Vec<String> {
        let trees = self.trees();
        let mut damaged: Vec<String> = Vec::new();
        for space in Space::ALL {
            let gaps = self.gaps(space).unwrap_or_default();
            damaged.extend(gaps.iter().map(|gap| format!("{}, of the space {}", gap.error.message(), space.name())));
        }
        let tables = [trees.tables().cloned(), trees.system_tables()];
        for table in tables {
            match table {
                Ok(tables) => {
                    let others =
                        tables.iter().filter(|(name, _)| !Space::ALL.iter().any(|space| space.name() == *name));
                    for (name, table) in others {
                        let errors = trees.errors(*table);
                        damaged.extend(errors.iter().map(|e| format!("{}, of the table {name}", e.message())));
                    }
                }
                Err(error) => damaged.push(format!("{}, of the tree of tables", error.message())),
            }
        }
        damaged
    }
}

/// Whether an error is one of what the file holds.
pub(super) fn is_damage(error: &Error) -> bool {
    error.kind() == ErrorKind::Corrupt || failure::page_in(error).is_some()
}

fn check(database: &mut Database) -> Result<Vec<String>> {
    match database.check_integrity() {
        Ok(true) => Ok(Vec::new()),
        Ok(false) => Ok(vec!["the file's list of free pages was damaged; it has been rebuilt".to_owned()]),
        Err(DatabaseError::Storage(error)) => Err(failure::of_storage(error)),
        Err(DatabaseError::TransactionInProgress) => Err(in_use()),
        Err(other) => Err(Error::new(ErrorKind::Io, format!("{other}"))),
    }
}
