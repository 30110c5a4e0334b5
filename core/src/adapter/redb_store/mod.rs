//! The default store: one redb file, written by one process at a time.

mod failure;
mod file;
mod transaction;

#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use redb::{Database, TableDefinition};

use crate::error::{Error, ErrorKind, Result};
use crate::port::{ReadTxn, Space, Store, WriteTxn};
use transaction::{Snapshot, Write, WriterSlot};

/// How a database file is opened.
#[derive(Debug, Clone)]
pub struct RedbOptions {
    /// Whether a file that does not exist is created; otherwise it is `NotFound`. Default: true.
    pub create: bool,
    /// How long to wait for another process to let the file go before the open fails with `Locked`. Default: 5 s.
    pub busy_timeout: Duration,
    /// Memory for pages of the file. Unit: bytes. Default: 64 MiB.
    pub cache_bytes: usize,
    /// Whether the open reads the whole file and verifies every checksum. Without it, damage that came about outside of
    /// the store can show as wrong data or a panic. Default: true.
    pub check_integrity: bool,
}

impl Default for RedbOptions {
    fn default() -> Self {
        Self { create: true, busy_timeout: Duration::from_secs(5), cache_bytes: 64 << 20, check_integrity: true }
    }
}

/// A store on one file. The process that opens it is the only one that writes, until it closes or ends.
///
/// A second transaction that writes waits for the first to end, so `commit` never answers `Busy`; one thread must not
/// begin two. A snapshot that is alive when the store closes fails with `Misuse` from then on.
///
/// A write that the disk refuses (`DiskFull`, `Io`) is not in the file, and reads and writes may fail with `Io` until the
/// store is closed and opened again: what was committed before is there then.
///
/// Beside the file lies `<file>-lock` with the process id of the holder, for the message of `Locked` alone: it may be
/// stale or deleted without harm.
#[derive(Debug)]
pub struct RedbStore {
    path: PathBuf,
    /// `None` once closed.
    database: RwLock<Option<Database>>,
    /// Whether a transaction that writes is alive. Taken before `database` where both are.
    writing: Mutex<bool>,
    writing_ended: Condvar,
    closed: Arc<AtomicBool>,
}

impl RedbStore {
    /// Opens the database at `path`, or creates it.
    ///
    /// A file is created whole or not at all: a crash on the way leaves at most a file of another name in the folder,
    /// which may be deleted.
    ///
    /// # Errors
    /// `NotFound` when the folder, or with `create` unset the file, does not exist; `Locked` when another process, or
    /// this one, has it open for longer than `busy_timeout`; `NotADatabase` when it is something else; `Corrupt` when it
    /// is damaged; `ReadOnly` when the file or the folder does not allow writing; `DiskFull`; `Io` for all else.
    pub fn open(path: impl AsRef<Path>, options: &RedbOptions) -> Result<Self> {
        let path = file::absolute(path.as_ref())?;
        file::ensure_exists(&path, options)?;
        let database = file::open_waiting(&path, options)?;
        ensure_tables(&database, &path)?;
        file::write_holder(&path);
        Ok(Self {
            path,
            database: RwLock::new(Some(database)),
            writing: Mutex::new(false),
            writing_ended: Condvar::new(),
            closed: Arc::default(),
        })
    }

    /// The absolute path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn snapshot(&self) -> Result<Snapshot> {
        self.with_database(|database| Snapshot::begin(database, Arc::clone(&self.closed)))
    }

    fn with_database<T>(&self, work: impl FnOnce(&Database) -> Result<T>) -> Result<T> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        work(database.as_ref().ok_or_else(closed)?)
    }

    /// A panic cannot leave a `bool` half written, so a poisoned lock is as good as any.
    fn lock_writing(&self) -> MutexGuard<'_, bool> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_slot(&self) -> Result<WriterSlot<'_>> {
        let mut writing = self.lock_writing();
        while *writing {
            writing = self.writing_ended.wait(writing).unwrap_or_else(PoisonError::into_inner);
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        *writing = true;
        Ok(WriterSlot { store: self })
    }
}

impl Store for RedbStore {
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        Ok(Box::new(self.snapshot()?))
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>> {
        let slot = self.wait_for_slot()?;
        Ok(Box::new(Write::new(self.snapshot()?, slot)))
    }

    /// Closes the file and lets other processes have it. Snapshots that are alive fail with `Misuse` from then on.
    ///
    /// # Errors
    /// `Misuse` when it is closed already, or while a transaction that writes is alive: then it stays open.
    /// `Io`, `DiskFull` when the last writes failed; it is closed nonetheless.
    fn close(&self) -> Result<()> {
        let writing = self.lock_writing();
        if *writing {
            return Err(Error::new(ErrorKind::Misuse, "a transaction that writes is alive; end it before closing"));
        }
        let mut held = self.database.write().unwrap_or_else(PoisonError::into_inner);
        let database = held.take().ok_or_else(closed)?;
        self.closed.store(true, Ordering::Release);
        // Whoever waits to write must hear that there is nothing to wait for.
        self.writing_ended.notify_all();
        file::remove_holder(&self.path);
        database.close().map_err(|e| failure::of_database(e, &self.path))
    }
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        let held = self.database.get_mut().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            file::remove_holder(&self.path);
        }
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Misuse, "the store is closed; open it again")
}

fn table(space: Space) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(space.name())
}

/// Adds the tables of spaces that are newer than the file, and refuses a redb file that is not ours.
fn ensure_tables(database: &Database, path: &Path) -> Result<()> {
    let absent = transaction::absent_spaces(database, path)?;
    if absent.contains(&Space::Meta) {
        return Err(failure::not_a_database(path, "it is the redb file of another program"));
    }
    if absent.is_empty() { Ok(()) } else { transaction::create_tables(database, &absent) }
}
