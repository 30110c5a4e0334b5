//! The store port: an ordered map of bytes with transactions.
//!
//! Entities, codecs, uniqueness, references, indexes and the journal live above it, in `record`, and hold on every
//! store that passes the contract suite (`testing::store_contract`).

use std::ops::ControlFlow;
use std::time::Duration;

use super::Mark;
use super::statistics::StoreStatistics;
use crate::error::{Error, Result};

/// A disjoint key space of a store. The number is stored and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Space {
    /// Facts about the database itself: format version, time zone, counters.
    Meta = 0,
    /// Records by entity and id.
    Record = 1,
    /// Index entries: index, values, id.
    Index = 2,
    /// Unique values to the id that holds them.
    Unique = 3,
    /// Journal entries by sequence.
    Journal = 4,
    /// Declarations of custom fields.
    Schema = 5,
    /// How many records have the same values: count, values to the number.
    Count = 6,
}

impl Space {
    /// Every space, in the order of its number.
    pub const ALL: [Space; 7] =
        [Space::Meta, Space::Record, Space::Index, Space::Unique, Space::Journal, Space::Schema, Space::Count];

    /// The name under which a store that names its tables keeps the space.
    pub const fn name(self) -> &'static str {
        match self {
            Space::Meta => "meta",
            Space::Record => "record",
            Space::Index => "index",
            Space::Unique => "unique",
            Space::Journal => "journal",
            Space::Schema => "schema",
            Space::Count => "count",
        }
    }

    /// The position in [`Space::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The direction of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the least key to the greatest.
    Ascending,
    /// From the greatest key to the least.
    Descending,
}

/// What a scan shows each pair to: key, value. `Break` ends the scan, an error ends it and is returned.
pub type Visitor<'v> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>> + 'v;

/// Keys of a space that cannot be read.
#[derive(Debug)]
pub struct Gap {
    /// The least key that may be missing.
    pub from: Vec<u8>,
    /// The first key behind it that is not; `None` when all to the end of the space may be missing.
    pub until: Option<Vec<u8>>,
    /// Why they cannot be read.
    pub error: Error,
}

/// What a reading of all that can be read comes to.
#[derive(Debug)]
pub enum Seen<'s> {
    /// A key and its value.
    Pair(&'s [u8], &'s [u8]),
    /// Keys that cannot be read. Pairs with such keys may have been shown before it, when the store knows some.
    Gap(&'s Gap),
}

/// Whether an error says that a part of the store cannot be read, while others can.
pub fn is_unreadable(error: &Error) -> bool {
    error.context_value("page").is_some()
}

/// Shows every pair of a space, as [`ReadTxn::read_through`] does where nothing is damaged.
///
/// # Errors
/// Those of the transaction and of `visit`.
pub fn scan_through<T: ReadTxn + ?Sized>(
    txn: &T,
    space: Space,
    visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    txn.scan(space, b"", None, Order::Ascending, &mut |key, value| visit(Seen::Pair(key, value)))
}

/// A snapshot: it shows the state committed when it began and never changes.
pub trait ReadTxn: Send + Sync {
    /// Shows the value of `key` to `visit` without copying it, and says whether there was one.
    /// `visit` is not called when the key is absent.
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool>;

    /// Shows the pairs with `from <= key < until` in the order of unsigned bytes, or its reverse.
    /// `until` of `None` means to the end of the space. An empty or reversed range shows nothing.
    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()>;

    /// Shows every pair of a space in the order of its key, and goes on behind what cannot be read. A store where a part of a
    /// space cannot be damaged by itself shows a [`Seen::Pair`] each, and so does a transaction that writes.
    ///
    /// # Errors
    /// What keeps from the space as a whole; those of `visit`.
    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()>;
}

/// A transaction that writes. It reads its own writes. Dropping it aborts, and leaves no trace.
///
/// An error from any call leaves the committed state as it was.
pub trait WriteTxn: ReadTxn {
    /// Sets the value of `key`; the last put wins.
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()>;

    /// Removes `key`; that it is not there is no error. It does not look, for who removes an index entry knows that it is
    /// there, and a look costs more than the removal.
    fn delete(&mut self, space: Space, key: &[u8]) -> Result<()>;

    /// Notes the state of the transaction, to go back to with [`WriteTxn::undo_to`].
    ///
    /// # Errors
    /// What the store answers.
    fn mark(&mut self) -> Result<Mark>;

    /// Undoes every write since a mark that this transaction gave. Marks noted after it are void then; it stays valid.
    ///
    /// # Errors
    /// What the store answers. The transaction may hold some of the writes then, and is to be dropped.
    fn undo_to(&mut self, mark: Mark) -> Result<()>;

    /// Makes every write of the transaction visible and durable, or none.
    ///
    /// # Errors
    /// `Busy` when another writer committed first: the caller may run its work again on a new transaction.
    /// `Io`, `DiskFull`, `ReadOnly`, `Corrupt` when the store failed. `FileReplaced` when others would not find the commit:
    /// the name of the file leads to another file or to none; so it is for every commit from then on.
    fn commit(self: Box<Self>) -> Result<()>;
}

/// An ordered map of bytes with transactions, shared by threads.
pub trait Store: Send + Sync + 'static {
    /// Begins a snapshot. It does not wait for writers. It is owned: a cursor may keep it.
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>>;

    /// Begins a transaction that writes. Whether a second one waits here or fails at its commit is the store's choice.
    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>>;

    /// Reads what the store keeps below its pairs, such as the pages of its file, and says what is damaged, a sentence
    /// each; none when all is sound. Reads and writes wait meanwhile. A store with nothing below its pairs finds nothing.
    ///
    /// # Errors
    /// `Busy` when snapshots are alive for longer than `wait`; `Io` when it cannot be read.
    fn check(&self, wait: Duration) -> Result<Vec<String>>;

    /// Gives back the room that is not used any more. Reads and writes wait meanwhile; a crash on the way loses nothing.
    /// A store without such room does nothing.
    ///
    /// # Errors
    /// `Busy` when snapshots are alive for longer than `wait`, then nothing is done; `Io`, `DiskFull`, `Corrupt` when the
    /// store failed.
    fn compact(&self, wait: Duration) -> Result<()>;

    /// What the store holds and has done since it was opened. With `spaces` it counts the bytes of each space, for which
    /// it may read everything.
    fn statistics(&self, spaces: bool) -> Result<StoreStatistics>;

    /// Ends the store's work: everything committed is on disk when it returns. Calls after it fail with `Misuse`.
    fn close(&self) -> Result<()>;
}
