//! The default store: one redb file, written by one process at a time, with a write-ahead log before it.
//!
//! A commit is one batch in the log and one sync; readers see it in a layer over the file. When a slot of the log is full,
//! its layer is written to the file as one sorted transaction, and the slot is used again.

mod access;
mod aside;
mod base;
mod block;
mod check;
mod compact;
mod engine;
mod exclusive;
mod failure;
mod file;
mod guard;
mod layer;
mod log;
mod named;
mod open;
mod packing;
mod pages;
mod pairing;
#[cfg(test)]
mod pin_shuttle;
mod pipeline;
#[cfg(test)]
mod pipeline_shuttle;
mod plant;
mod publish;
mod random;
mod raw;
mod read_only;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod readers;
mod settle;
mod state;
mod statistics;
mod surely;
mod table;
mod temporary;
mod transaction;
mod view;
mod wreck;
mod writer;

#[cfg(test)]
#[cfg(unix)]
mod log_tests;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::port::{Overlay, ReadTxn, Store, StoreStatistics, WriteTxn};
use pipeline::Shared;
use transaction::Write;
use writer::Writer;

#[cfg(any(test, feature = "testing"))]
pub(crate) use log::{LogDisk, LogFile, Measures};
pub use packing::PairSink;
#[cfg(any(test, feature = "testing"))]
pub(crate) use pages::seal;
pub use read_only::RedbReader;
pub use wreck::{LogFound, Piece, Wreck};
pub(crate) use writer::Tuning;

/// What a commit that returns has outlived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The end of the process and the loss of power: each commit is synced to the disk.
    #[default]
    Full,
    /// The end of the process. A loss of power may take the last commits, from some commit on, all of them.
    Relaxed,
}

/// How a database file is opened.
#[derive(Debug, Clone)]
pub struct RedbOptions {
    /// Whether a file that does not exist is created; otherwise it is `NotFound`. Default: true.
    pub create: bool,
    /// How long to wait for another process to let the file go before the open fails with `Locked`. Default: 5 s.
    pub busy_timeout: Duration,
    /// Memory for pages of the file, of which a half at most holds those to be written. Unit: bytes. Default: 128 MiB.
    pub cache_bytes: usize,
    /// Whether the open reads the whole file and checks how its pages hang together. Each page is checked against its
    /// checksum whenever it is read, with or without. Default: false.
    pub check_integrity: bool,
    /// Whether the file is only read, beside the process that writes it or after it ([`RedbReader`]). Nothing is created or
    /// changed then, and what is written is `ReadOnly`. Default: false.
    pub read_only: bool,
    /// Whether the file is only read, and its log left out, be it missing, damaged or another's. The commits that the log
    /// holds and the file does not are missing then; the statistics tell that. For a file that opens in no other way.
    /// Default: false.
    pub without_log: bool,
    /// What a commit outlives. Default: [`Durability::Full`].
    pub durability: Durability,
}

impl Default for RedbOptions {
    fn default() -> Self {
        Self {
            create: true,
            busy_timeout: Duration::from_secs(5),
            cache_bytes: 128 << 20,
            check_integrity: false,
            read_only: false,
            without_log: false,
            durability: Durability::Full,
        }
    }
}

/// A store on one file. The process that opens it is the only one that writes, until it closes or ends.
///
/// A second transaction that writes waits for the first to end, so `commit` never answers `Busy`; one thread must not
/// begin two. A snapshot that is alive when the store closes fails with `Misuse` from then on.
///
/// Beside the file lies its log, `<file>-wal`, from the first commit until the store is closed or dropped. After a crash
/// the next open brings what it holds into the file; the two belong together, and a file whose log is missing, cut short,
/// another's or of another time is `Corrupt`. [`RedbOptions::without_log`] reads the file without it.
///
/// The path is followed once, when the store is opened: links to a file lead to the same file and log. Before a commit is
/// acknowledged the store sees whether the path still leads to its file and its log. If one was replaced, moved or removed
/// the commit and every later one is `FileReplaced`; what was acknowledged before stays readable, and what lies at the path
/// now is left alone. Where files have no inodes (Windows) only a name that leads nowhere is noticed.
///
/// The log, the note of the holder and backups over the file get its owner, group and permissions, as far as the process
/// may give them. Files that killed processes left beside it, `<file>-new-…`, are removed when it is opened for writing.
///
/// A commit that the disk refuses (`DiskFull`, `Io`) is not there, then or later, unless the process ends before another
/// commit succeeded: then it may be there whole. Everything works again at the next call once the disk does. Reads of what
/// can be read go on meanwhile, and so do commits, as long as the log has room: at most 64 MiB of them wait for the file.
///
/// A page of the file that cannot be read, because the disk fails or what it holds is not what was written, makes what lies
/// in it unreadable, `Corrupt` or `Io` with the number of the page: the pairs of a block, or all below it when the page is
/// one that leads to others. Everything else goes on. Changes whose place in the file cannot be read lie aside in it, at most
/// 64 MiB, and are shown like all others. `check` names each such page; salvage ([`Wreck`]) makes a new file of the rest.
///
/// Other processes read beside it ([`RedbReader`]). Nobody waits for them, be they stopped or not. As long as one shows a
/// snapshot, the file keeps what that shows, and grows by it.
///
/// Memory: what is not yet in the file, at most 64 MiB of batches and their index in memory, beside the cache; and what lies
/// aside.
///
/// `<file>-lock` holds the process id of the holder, for the message of `Locked` alone: it may be stale or deleted
/// without harm.
///
/// In a child of fork every call answers `Forked`, and dropping the store leaves the file and its log to the parent.
pub struct RedbStore {
    shared: Arc<Shared>,
    /// The process that opened it.
    pid: u32,
    cache_bytes: usize,
    writer: Mutex<Writer>,
    /// Whether a transaction that writes is alive. Taken before every other lock.
    writing: Mutex<Writing>,
    writing_ended: Condvar,
}

impl std::fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedbStore").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl RedbStore {
    /// Opens the database at `path`, or creates it.
    ///
    /// A file is created whole or not at all: a crash on the way leaves at most a file of another name in the folder,
    /// which the next opening removes.
    ///
    /// # Errors
    /// `NotFound` when the folder, or with `create` unset the file, does not exist; `Locked` when another process, or
    /// this one, has it open for longer than `busy_timeout`; `NotADatabase` when it is something else; `Corrupt` when it
    /// or its log is damaged, or its log is missing or of another database; `NewerVersion`; `ReadOnly` when the file or
    /// the folder does not allow writing; `DiskFull`; `Io` for all else.
    pub fn open(path: impl AsRef<Path>, options: &RedbOptions) -> Result<Self> {
        if options.read_only || options.without_log {
            let message = "a store that is only read is opened as a RedbReader";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let path = file::resolve(path.as_ref())?;
        let disk = Box::new(log::RealDisk::beside(&path));
        open::refuse_lone_log(&path, &*disk)?;
        file::ensure_exists(&path, options)?;
        let (engine, named) = file::open_waiting(&path, options).map_err(failure::at_opening)?;
        temporary::clear(&path);
        let place = open::Place { path, named: Some(named) };
        let assembled = open::assemble(place, engine, disk, options, Tuning::default());
        let store = assembled.map_err(failure::at_opening)?;
        file::write_holder(store.path());
        Ok(store)
    }

    /// The absolute path of the file, without links.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Commits for the transaction that holds the slot.
    fn commit(slot: &WriterSlot<'_>, overlay: &Overlay) -> Result<()> {
        let mut writer = slot.store.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = &slot.store.shared;
        guard::guarded(|| writer.commit(shared, overlay)).map_err(|e| shared.at(e))?;
        shared.activity.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Brings everything into the file and lets it go.
    fn finish(&self) -> Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let finished = guard::guarded(|| writer.finish(&self.shared));
        self.shared.end_views();
        self.shared.closed.store(true, Ordering::Release);
        file::remove_holder(&self.shared.path);
        let closed = self.shared.engine.close();
        finished.map_err(|e| self.shared.at(e)).and(closed)
    }

    /// A panic cannot leave it half written, so a poisoned lock is as good as any.
    fn lock_writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_forked(&self) -> bool {
        self.pid != std::process::id()
    }

    fn refuse_fork(&self) -> Result<()> {
        if !self.is_forked() {
            return Ok(());
        }
        let message = format!("the database was opened in process {}, a fork of it must open its own", self.pid);
        Err(Error::new(ErrorKind::Forked, message))
    }

    fn wait_for_slot(&self) -> Result<WriterSlot<'_>> {
        let mut writing = self.lock_writing();
        while writing.is_on {
            writing.waiting += 1;
            writing = self.writing_ended.wait(writing).unwrap_or_else(PoisonError::into_inner);
            writing.waiting -= 1;
        }
        if self.shared.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        writing.is_on = true;
        Ok(WriterSlot { store: self })
    }
}

impl Store for RedbStore {
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        self.refuse_fork()?;
        Ok(Box::new(self.shared.snapshot()?))
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>> {
        self.refuse_fork()?;
        let slot = self.wait_for_slot()?;
        Ok(Box::new(Write::new(self.shared.snapshot()?, slot)))
    }

    /// Brings what the log holds into the file and has redb verify every page of it.
    fn check(&self, wait: Duration) -> Result<Vec<String>> {
        self.refuse_fork()?;
        self.check_alone(wait).map_err(|e| self.shared.at(e))
    }

    /// Brings what the log holds into the file, packs every table anew and cuts the file behind the last page in use.
    /// On the way the file grows by the size of its largest table.
    ///
    /// While another process has the file open to read, it is `Busy`, and nothing is written.
    fn compact(&self, wait: Duration) -> Result<()> {
        self.refuse_fork()?;
        self.compact_alone(wait).map_err(|e| self.shared.at(e))
    }

    fn statistics(&self, spaces: bool) -> Result<StoreStatistics> {
        self.refuse_fork()?;
        guard::guarded(|| self.statistics_now(spaces)).map_err(|e| self.shared.at(e))
    }

    /// Closes the file and lets other processes have it. Snapshots that are alive fail with `Misuse` from then on.
    ///
    /// # Errors
    /// `Misuse` when it is closed already, or while a transaction that writes is alive: then it stays open.
    /// `Io`, `DiskFull` when the last writes failed; `FileReplaced` when the path leads to another file or to none: what was
    /// committed is in the file that was opened, and its log stays where it is. It is closed nonetheless.
    fn close(&self) -> Result<()> {
        self.refuse_fork()?;
        let writing = self.lock_writing();
        if writing.is_on {
            return Err(Error::new(ErrorKind::Misuse, "a transaction that writes is alive; end it before closing"));
        }
        if self.shared.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        let finished = self.finish();
        // Whoever waits to write must hear that there is nothing to wait for.
        self.writing_ended.notify_all();
        finished
    }
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        if self.is_forked() {
            // The thread that flushes is the parent's, and so are the file and its log: nothing of them may be touched.
            std::mem::forget(Arc::clone(&self.shared));
            return;
        }
        if !self.shared.closed.load(Ordering::Acquire) {
            // What fails here is in the log, and the next open brings it into the file.
            let _ = self.finish();
        }
    }
}

/// Whether a transaction that writes is alive, and how many threads wait for its end.
#[derive(Debug, Default)]
struct Writing {
    is_on: bool,
    waiting: usize,
}

/// The right to write; giving it up wakes the next transaction that waits for it.
struct WriterSlot<'s> {
    store: &'s RedbStore,
}

impl Drop for WriterSlot<'_> {
    fn drop(&mut self) {
        let is_waited_for = {
            let mut writing = self.store.lock_writing();
            writing.is_on = false;
            writing.waiting > 0
        };
        // To wake nobody is a call of the system all the same.
        if is_waited_for {
            self.store.writing_ended.notify_one();
        }
    }
}

/// What the layers' way to the file is synchronized with; a test puts a scheduler's in their place.
mod sync {
    pub(super) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
    pub(super) use std::thread;
}

fn closed() -> Error {
    Error::new(ErrorKind::Misuse, "the store is closed; open it again")
}
