//! Snapshots and the one transaction that writes.

use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{
    AccessGuard, Database, Durability, ReadOnlyTable, ReadTransaction, ReadableDatabase, StorageError, TableError,
    WriteTransaction,
};

use super::{RedbStore, closed, failure, table};
use crate::error::Result;
use crate::port::{Order, Overlay, ReadTxn, Space, Visitor, WriteTxn, is_empty_range};

type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;
type Guard<'t> = AccessGuard<'t, &'static [u8]>;
type Shown<'t> = std::result::Result<(Guard<'t>, Guard<'t>), StorageError>;

/// A read transaction that keeps each table open from its first use on: opening one costs as much as a point read.
pub(super) struct Snapshot {
    tables: [OnceLock<Table>; Space::ALL.len()],
    transaction: ReadTransaction,
    closed: Arc<AtomicBool>,
}

impl Snapshot {
    pub(super) fn begin(database: &Database, closed: Arc<AtomicBool>) -> Result<Self> {
        let transaction = database.begin_read().map_err(failure::of_transaction)?;
        Ok(Self { tables: Default::default(), transaction, closed })
    }

    /// redb may still answer from memory after its close, so the store's own flag decides.
    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(closed()) } else { Ok(()) }
    }

    fn table(&self, space: Space) -> Result<&Table> {
        self.check_open()?;
        let kept = &self.tables[space.index()];
        match kept.get() {
            Some(table) => Ok(table),
            None => {
                let opened = self.transaction.open_table(table(space)).map_err(failure::of_table)?;
                Ok(kept.get_or_init(|| opened))
            }
        }
    }
}

impl ReadTxn for Snapshot {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let value = self.table(space)?.get(key).map_err(failure::of_storage)?;
        if let Some(value) = &value {
            visit(value.value());
        }
        Ok(value.is_some())
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        let table = self.table(space)?;
        if is_empty_range(from, until) {
            return Ok(());
        }
        let end = until.map_or(Bound::Unbounded, Bound::Excluded);
        let range = table.range::<&[u8]>((Bound::Included(from), end)).map_err(failure::of_storage)?;
        match order {
            Order::Ascending => show(range, visit),
            Order::Descending => show(range.rev(), visit),
        }
    }
}

fn show<'t>(pairs: impl Iterator<Item = Shown<'t>>, visit: &mut Visitor<'_>) -> Result<()> {
    for pair in pairs {
        let (key, value) = pair.map_err(failure::of_storage)?;
        if visit(key.value(), value.value())?.is_break() {
            break;
        }
    }
    Ok(())
}

/// The right to write; giving it up wakes the next transaction that waits for it.
pub(super) struct WriterSlot<'s> {
    pub(super) store: &'s RedbStore,
}

impl Drop for WriterSlot<'_> {
    fn drop(&mut self) {
        *self.store.lock_writing() = false;
        self.store.writing_ended.notify_one();
    }
}

/// The transaction that writes. The slot makes it the only one of the process and the file's lock that of all processes,
/// so the snapshot stays the newest state until the commit, which alone begins redb's own transaction.
pub(super) struct Write<'s> {
    snapshot: Snapshot,
    overlay: Overlay,
    slot: WriterSlot<'s>,
}

impl<'s> Write<'s> {
    pub(super) fn new(snapshot: Snapshot, slot: WriterSlot<'s>) -> Self {
        Self { snapshot, overlay: Overlay::new(), slot }
    }
}

impl ReadTxn for Write<'_> {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.overlay.get(&self.snapshot, space, key, visit)
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.overlay.scan(&self.snapshot, space, from, until, order, visit)
    }
}

impl WriteTxn for Write<'_> {
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        self.overlay.put(space, key, value);
        Ok(())
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<bool> {
        self.overlay.delete(&self.snapshot, space, key)
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let Self { snapshot, overlay, slot } = *self;
        // Pages that only this snapshot still sees are free for the commit.
        drop(snapshot);
        if overlay.is_empty() {
            return Ok(());
        }
        slot.store.with_database(|database| write_durably(database, |transaction| write(transaction, &overlay)))
    }
}

/// Writes the overlay in the order of its keys, each table opened once.
fn write(transaction: &WriteTransaction, overlay: &Overlay) -> Result<()> {
    for space in Space::ALL.into_iter().filter(|&space| !overlay.is_empty_in(space)) {
        let mut table = transaction.open_table(table(space)).map_err(failure::of_table)?;
        for (key, value) in overlay.iter(space) {
            match value {
                Some(value) => drop(table.insert(key, value).map_err(failure::of_storage)?),
                None => drop(table.remove(key).map_err(failure::of_storage)?),
            }
        }
    }
    Ok(())
}

fn write_durably(database: &Database, work: impl FnOnce(&WriteTransaction) -> Result<()>) -> Result<()> {
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
