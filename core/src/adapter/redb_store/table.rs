//! The spaces as redb's tables of blocks: reading a snapshot of them, and writing sorted changes.

use std::ops::Bound;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread;

use redb::{
    Durability, Key, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition, WriteTransaction,
};

use super::block::{self, Block, Change, Floor, LowerBound};
use super::failure;
use super::guard::drop_quietly;
use super::layer::{Merge, Newest};
use crate::error::Result;
use crate::port::{Order, Space, SpaceStatistics, Visitor};

type Table<K = LowerBound> = ReadOnlyTable<K, &'static [u8]>;

/// A table of each space, open from its first use on: opening one costs as much as a point read.
type Tables<K> = [OnceLock<Table<K>>; Space::ALL.len()];

pub(super) fn table(space: Space) -> TableDefinition<'static, LowerBound, &'static [u8]> {
    TableDefinition::new(space.name())
}

/// The table that a space is packed into, before it takes the place of the old one within the same transaction.
pub(super) fn packed(space: Space) -> TableDefinition<'static, LowerBound, &'static [u8]> {
    const NAMES: [&str; Space::ALL.len()] = [
        "meta packed",
        "record packed",
        "index packed",
        "unique packed",
        "journal packed",
        "schema packed",
        "count packed",
    ];
    TableDefinition::new(NAMES[space.index()])
}

/// A snapshot of the file as redb reads it.
pub(super) struct Reading {
    tables: Tables<LowerBound>,
    /// The same tables for the quick way to a key.
    floors: Tables<Floor>,
    /// Always there, until the drop.
    transaction: Option<ReadTransaction>,
}

impl Drop for Reading {
    /// A snapshot ends in whatever thread has it last, often one that runs none but the caller's code.
    fn drop(&mut self) {
        drop_quietly(std::mem::take(&mut self.tables));
        drop_quietly(std::mem::take(&mut self.floors));
        drop_quietly(self.transaction.take());
    }
}

impl Reading {
    pub(super) fn begin(database: &impl ReadableDatabase) -> Result<Self> {
        let transaction = database.begin_read().map_err(failure::of_transaction)?;
        Ok(Self { tables: Default::default(), floors: Default::default(), transaction: Some(transaction) })
    }

    pub(super) fn transaction(&self) -> &ReadTransaction {
        self.transaction.as_ref().expect("invariant: it is taken by the drop alone")
    }

    fn table<'k, K: Key>(&self, kept: &'k Tables<K>, space: Space) -> Result<&'k Table<K>> {
        let kept = &kept[space.index()];
        match kept.get() {
            Some(table) => Ok(table),
            None => {
                let definition = TableDefinition::<K, &[u8]>::new(space.name());
                let opened = self.transaction().open_table(definition).map_err(failure::of_table)?;
                Ok(kept.get_or_init(|| opened))
            }
        }
    }

    pub(super) fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let found = self.table(&self.floors, space)?.get(key).map_err(failure::of_storage)?;
        if let Some(bytes) = found {
            let block = Block::read(bytes.value())?;
            match block.search(key)? {
                Ok(at) => {
                    visit(block.value(at)?);
                    return Ok(true);
                }
                // No other block has keys between those of one.
                Err(at) if 0 < at && at < block.count() => return Ok(false),
                Err(_) => {}
            }
        }
        self.get_between_blocks(space, key, visit)
    }

    /// Finds a key in the block of the greatest bound that is not above it, without fail.
    #[cold]
    fn get_between_blocks(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let bound = block::key_of(key);
        let table = self.table(&self.tables, space)?;
        let mut cursor = table.lower_bound(Bound::Included(bound.as_slice())).map_err(failure::of_storage)?;
        let Some((_, bytes)) = cursor.peek_next().map_err(failure::of_storage)? else { return Ok(false) };
        let value = Block::read(bytes.value())?.get(key)?;
        if let Some(value) = value {
            visit(value);
        }
        Ok(value.is_some())
    }

    /// Shows the pairs of a range, which is not a reversed one, with those of the layers woven in.
    pub(super) fn scan(
        &self,
        space: Space,
        range: (&[u8], Option<&[u8]>),
        order: Order,
        newer: Newest<'_>,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        let table = self.table(&self.tables, space)?;
        let mut merge = Merge::new(newer, range, visit);
        let done = match order {
            Order::Ascending => scan_up(table, range, &mut merge)?,
            Order::Descending => scan_down(table, range, &mut merge)?,
        };
        if done { Ok(()) } else { merge.finish() }
    }
}

/// Shows the blocks of a range from the least on, until there is enough: then it is true.
fn scan_up(table: &Table, (from, until): (&[u8], Option<&[u8]>), merge: &mut Merge<'_, '_>) -> Result<bool> {
    let mut cursor = table.lower_bound(Bound::Included(block::key_of(from).as_slice())).map_err(failure::of_storage)?;
    let mut block = cursor.peek_next().map_err(failure::of_storage)?;
    if block.is_none() {
        block = cursor.prev().map_err(failure::of_storage)?;
    }
    while let Some((key, bytes)) = block {
        if until.is_some_and(|until| block::bound_of(key.value()) >= until) {
            break;
        }
        if merge.show(&Block::read(bytes.value())?)? {
            return Ok(true);
        }
        block = cursor.prev().map_err(failure::of_storage)?;
    }
    Ok(false)
}

/// Shows the blocks of a range from the greatest on, until there is enough: then it is true.
fn scan_down(table: &Table, (from, until): (&[u8], Option<&[u8]>), merge: &mut Merge<'_, '_>) -> Result<bool> {
    let start = until.map(block::key_of);
    let start = start.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let mut cursor = table.lower_bound(start).map_err(failure::of_storage)?;
    while let Some((key, bytes)) = cursor.next().map_err(failure::of_storage)? {
        if merge.show(&Block::read(bytes.value())?)? {
            return Ok(true);
        }
        if block::bound_of(key.value()) <= from {
            break;
        }
    }
    Ok(false)
}

/// Writes changes of one space, sorted by key.
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
    block::write(&mut table, block::room_of(space), changes)
}

/// Brings changes into the spaces, `parted` on two threads: the keys of the indexes, which come in any order, take about as
/// long as all else.
pub(super) fn write_all<'c>(
    transaction: &WriteTransaction,
    changes: &(dyn Fn(Space) -> Changes<'c> + Sync),
    parted: bool,
) -> Result<()> {
    let write_one = |space| write(transaction, space, changes(space));
    let index = || write_one(Space::Index);
    let others = || Space::ALL.into_iter().filter(|space| *space != Space::Index).try_for_each(write_one);
    if !parted {
        return index().and_then(|()| others());
    }
    thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, index);
        let others = others();
        let index = match started {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => index(),
        };
        match (index, others) {
            (Err(one), Err(other)) => Err(failure::cause(one, other)),
            (index, others) => index.and(others),
        }
    })
}

/// The changes of a space, in the order of their keys.
pub(super) type Changes<'c> = Box<dyn Iterator<Item = Change<'c>> + 'c>;

/// Runs `work` in a transaction of redb that is on the disk when this returns, or leaves no trace.
pub(super) fn write_durably(
    database: &redb::Database,
    work: impl FnOnce(&WriteTransaction) -> Result<()>,
) -> Result<()> {
    let transaction = begin_durable(database)?;
    work(&transaction)?;
    transaction.commit().map_err(failure::of_commit)
}

/// Begins a transaction of redb whose commit is on the disk when it returns.
pub(super) fn begin_durable(database: &redb::Database) -> Result<WriteTransaction> {
    let mut transaction = database.begin_write().map_err(failure::of_transaction)?;
    // So that an opening after a crash need not walk the file.
    transaction.set_quick_repair(true);
    transaction.set_durability(Durability::Immediate).expect("invariant: every mode of redb allows durable commits");
    Ok(transaction)
}

/// Makes the tables of spaces.
pub(super) fn create(transaction: &WriteTransaction, spaces: &[Space]) -> Result<()> {
    spaces.iter().try_for_each(|&space| transaction.open_table(table(space)).map(drop).map_err(failure::of_table))
}

/// What redb says of the size of every space, for which it visits its pages.
pub(super) fn statistics(transaction: &ReadTransaction) -> Result<Vec<SpaceStatistics>> {
    let of = |space: Space| {
        let table = transaction.open_table(table(space)).map_err(failure::of_table)?;
        let stats = table.stats().map_err(failure::of_storage)?;
        Ok(SpaceStatistics {
            space,
            entries: table.len().map_err(failure::of_storage)?,
            stored_bytes: stats.stored_bytes(),
            metadata_bytes: stats.metadata_bytes(),
            fragmented_bytes: stats.fragmented_bytes(),
        })
    };
    Space::ALL.into_iter().map(of).collect()
}
