//! The spaces as redb's tables: reading a snapshot of them, and writing sorted changes.

use std::ops::Bound;
use std::path::Path;
use std::sync::OnceLock;

use redb::{
    AccessGuard, Database, Durability, ReadOnlyTable, ReadTransaction, ReadableDatabase, TableDefinition, TableError,
    WriteTransaction,
};

use super::layer::Pair;
use super::{failure, state};
use crate::error::Result;
use crate::port::{Order, Space};

type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;
type Guard<'t> = AccessGuard<'t, &'static [u8]>;

pub(super) fn table(space: Space) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(space.name())
}

/// The table that a space is packed into, before it takes the place of the old one within the same transaction.
pub(super) fn packed(space: Space) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    const NAMES: [&str; Space::ALL.len()] =
        ["meta packed", "record packed", "index packed", "unique packed", "journal packed", "schema packed"];
    TableDefinition::new(NAMES[space.index()])
}

/// A snapshot of the file. It keeps each table open from its first use on: opening one costs as much as a point read.
pub(super) struct Base {
    tables: [OnceLock<Table>; Space::ALL.len()],
    transaction: ReadTransaction,
}

/// A pair as redb shows it.
pub(super) struct Shown<'t>(Guard<'t>, Guard<'t>);

impl Pair for Shown<'_> {
    fn key(&self) -> &[u8] {
        self.0.value()
    }

    fn value(&self) -> &[u8] {
        self.1.value()
    }
}

impl Base {
    pub(super) fn begin(database: &Database) -> Result<Self> {
        let transaction = database.begin_read().map_err(failure::of_transaction)?;
        Ok(Self { tables: Default::default(), transaction })
    }

    fn table(&self, space: Space) -> Result<&Table> {
        let kept = &self.tables[space.index()];
        match kept.get() {
            Some(table) => Ok(table),
            None => {
                let opened = self.transaction.open_table(table(space)).map_err(failure::of_table)?;
                Ok(kept.get_or_init(|| opened))
            }
        }
    }

    pub(super) fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let value = self.table(space)?.get(key).map_err(failure::of_storage)?;
        if let Some(value) = &value {
            visit(value.value());
        }
        Ok(value.is_some())
    }

    /// Hands the pairs of a range, which is not a reversed one, to `work` in the order asked for.
    pub(super) fn scan(
        &self,
        space: Space,
        (from, until): (&[u8], Option<&[u8]>),
        order: Order,
        work: impl FnOnce(&mut dyn Iterator<Item = Result<Shown<'_>>>) -> Result<()>,
    ) -> Result<()> {
        let end = until.map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.table(space)?.range::<&[u8]>((Bound::Included(from), end)).map_err(failure::of_storage)?;
        let shown = |pair: std::result::Result<(_, _), _>| {
            pair.map(|(key, value)| Shown(key, value)).map_err(failure::of_storage)
        };
        match order {
            Order::Ascending => work(&mut range.map(shown)),
            Order::Descending => work(&mut range.rev().map(shown)),
        }
    }
}

/// What is to become of a key: a value, or `None` for its removal.
pub(super) type Change<'c> = (&'c [u8], Option<&'c [u8]>);

/// Writes changes of one space in the order given, which is best that of their keys.
pub(super) fn write<'c>(
    transaction: &WriteTransaction,
    space: Space,
    changes: impl Iterator<Item = Change<'c>>,
) -> Result<()> {
    let mut changes = changes.peekable();
    if changes.peek().is_none() {
        return Ok(());
    }
    let mut table = transaction.open_table(table(space)).map_err(failure::of_table)?;
    for (key, value) in changes {
        match value {
            Some(value) => drop(table.insert(key, value).map_err(failure::of_storage)?),
            None => drop(table.remove(key).map_err(failure::of_storage)?),
        }
    }
    Ok(())
}

/// Runs `work` in a transaction of redb that is on the disk when this returns, or leaves no trace.
pub(super) fn write_durably(database: &Database, work: impl FnOnce(&WriteTransaction) -> Result<()>) -> Result<()> {
    let mut transaction = database.begin_write().map_err(failure::of_transaction)?;
    transaction.set_durability(Durability::Immediate).expect("invariant: every mode of redb allows durable commits");
    work(&transaction)?;
    transaction.commit().map_err(failure::of_commit)
}

/// The spaces that the file has no table for.
pub(super) fn absent_spaces(database: &Database, path: &Path) -> Result<Vec<Space>> {
    let transaction = database.begin_read().map_err(failure::of_transaction)?;
    let mut absent = Vec::new();
    for space in Space::ALL {
        match transaction.open_table(table(space)) {
            Ok(_) => {}
            Err(TableError::TableDoesNotExist(_)) => absent.push(space),
            Err(TableError::Storage(e)) => return Err(failure::at(failure::of_storage(e), path)),
            Err(other) => return Err(failure::not_a_database(path, &other.to_string())),
        }
    }
    Ok(absent)
}

pub(super) fn create_tables(database: &Database, spaces: &[Space]) -> Result<()> {
    write_durably(database, |transaction| {
        for &space in spaces {
            drop(transaction.open_table(table(space)).map_err(failure::of_table)?);
        }
        Ok(())
    })
}

/// Notes how the file and its log stand to each other.
pub(super) fn write_state(database: &Database, log: state::LogState) -> Result<()> {
    write_durably(database, |transaction| state::write(transaction, log))
}
