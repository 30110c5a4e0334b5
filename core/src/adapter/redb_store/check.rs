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
                    damaged.push(error);
                }
                Ok(sentences(&damaged))
            }
            checked => checked,
        }
    }
}

impl Base {
    /// What of the file cannot be read, an error for each page.
    pub(super) fn damage(&self) -> Vec<Error> {
        let trees = self.trees();
        let mut damaged: Vec<Error> = Vec::new();
        for space in Space::ALL {
            let gaps = self.gaps(space).unwrap_or_default();
            damaged.extend(gaps.iter().map(|gap| of(&gap.error, &format!("of the space {}", space.name()))));
        }
        for tables in [trees.tables().cloned(), trees.system_tables()] {
            match tables {
                Ok(tables) => {
                    let is_space = |name: &str| Space::ALL.iter().any(|space| space.name() == name);
                    for (name, table) in tables.iter().filter(|(name, _)| !is_space(name)) {
                        damaged.extend(trees.errors(*table).iter().map(|e| of(e, &format!("of the table {name}"))));
                    }
                }
                Err(error) => damaged.push(of(&error, "of the tree of tables")),
            }
        }
        damaged
    }
}

/// An error that says where its page belongs.
fn of(error: &Error, place: &str) -> Error {
    let told = Error::new(error.kind(), format!("{}, {place}", error.message()));
    match failure::page_in(error) {
        Some(page) => told.with("page", page),
        None => told,
    }
}

/// What errors say.
pub(super) fn sentences(errors: &[Error]) -> Vec<String> {
    errors.iter().map(|error| error.message().to_owned()).collect()
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
