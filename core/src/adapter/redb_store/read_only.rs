//! The file for those who only read it: beside the process that writes, or after it.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redb::ReadOnlyDatabase;
use redb::backends::FileBackend;

use super::access;
use super::guard::{drop_quietly, guarded};
use super::layer::Layer;
use super::log::{self, LogDisk, RealDisk};
use super::named::Named;
use super::pages::CheckedPages;
use super::pairing::{self, Names, Pair};
use super::settle::{self, Look};
use super::state::LogState;
use super::table::Base;
use super::view::{Snapshot, View};
use super::{RedbOptions, closed, failure, file, open, statistics, table};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space, Store, StoreStatistics, WriteTxn};

/// A database file that is only read. Any number of processes may have it open so, beside one that writes it.
///
/// A snapshot shows every commit that was acknowledged when it began, those of the log among them; the newest may be one
/// whose writer is still waiting for the disk. It costs reading the log, at most 64 MiB of which are kept until the
/// snapshot ends. While it lives, the file keeps what it shows, and grows by that.
///
/// After a crash of the process that wrote, it shows what the next opening for writing will bring into the file.
///
/// Where the path no longer leads to the file that was opened, a new snapshot is `FileReplaced`; the next opening shows what
/// is there now. File and log must belong together as for who writes; [`RedbOptions::without_log`] leaves the log out.
pub struct RedbReader {
    path: PathBuf,
    named: Named,
    log: RealDisk,
    without_log: bool,
    /// The process that opened it.
    pid: u32,
    /// `None` once closed.
    database: RwLock<Option<ReadOnlyDatabase>>,
    closed: Arc<AtomicBool>,
    cache_bytes: usize,
}

impl std::fmt::Debug for RedbReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedbReader").field("path", &self.path).finish_non_exhaustive()
    }
}

impl RedbReader {
    /// Opens the database at `path`. Of the options, `cache_bytes`, `busy_timeout` and `without_log` are heeded.
    ///
    /// # Errors
    /// `NotFound` when there is none; `NotADatabase` when it is something else; `Corrupt` when it is damaged; `Locked` when
    /// a program that is not ours keeps every other out for longer than `busy_timeout`; `NewerVersion`; `Io` for all else.
    pub fn open(path: impl AsRef<Path>, options: &RedbOptions) -> Result<Self> {
        let path = file::resolve(path.as_ref())?;
        let (database, named) = file::waiting(&path, options, || open_once(&path, options))?;
        let reader = Self {
            log: RealDisk::only_read(&path),
            named,
            without_log: options.without_log,
            path,
            pid: std::process::id(),
            database: RwLock::new(Some(database)),
            closed: Arc::default(),
            cache_bytes: options.cache_bytes,
        };
        reader.check_spaces()?;
        drop(reader.snapshot()?);
        Ok(reader)
    }

    /// The absolute path of the file, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn check_spaces(&self) -> Result<()> {
        let path = &self.path;
        let spaces = guarded(|| self.with_database(|database| table::absent_spaces(database, path)))?;
        if spaces.contains(&Space::Meta) {
            return Err(failure::not_a_database(path, "it is the redb file of another program"));
        }
        if !spaces.is_empty() {
            let message = format!("{} is of an earlier version; open it once for writing", path.display());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(())
    }

    fn with_database<T>(&self, work: impl FnOnce(&ReadOnlyDatabase) -> Result<T>) -> Result<T> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        work(database.as_ref().ok_or_else(closed)?)
    }

    fn begin(&self) -> Result<Base> {
        self.with_database(Base::begin)
    }

    fn snapshot(&self) -> Result<Snapshot> {
        let snapshot = guarded(|| self.settled_snapshot());
        // What lies at the name now may have another log beside it, so this comes first of what may be wrong.
        self.refuse_replaced()?;
        snapshot.map_err(|e| failure::at(e, &self.path))
    }

    fn refuse_replaced(&self) -> Result<()> {
        if self.named.is_there().map_err(|e| failure::at(failure::of_io(e), &self.path))? {
            return Ok(());
        }
        let message =
            format!("{} was replaced, moved or removed while it was being read; open it again", self.path.display());
        Err(Error::new(ErrorKind::FileReplaced, message))
    }

    fn settled_snapshot(&self) -> Result<Snapshot> {
        let begin = || {
            let base = self.begin()?;
            let state = base.log_state()?;
            Ok((base, state))
        };
        let (base, active) = settle::settled(begin, |state| self.look(state))?;
        let view = View { base: Arc::new(base), sealed: Arc::default(), active };
        Ok(Snapshot::new(Arc::new(view), Arc::clone(&self.closed), Arc::default()))
    }

    /// Reads what the log holds behind what the file has.
    fn look(&self, state: Option<LogState>) -> Result<Look> {
        if self.without_log {
            return Ok(Look::Whole(Layer::default()));
        }
        let log = self.log.open().map_err(failure::of_io)?;
        let (file_name, log_name) = (self.path.display().to_string(), self.log.name());
        let names = Names { file: &file_name, log: &log_name };
        match pairing::pair(state, log.as_deref(), names, log::read_once) {
            Ok(Pair::Alone | Pair::Spent) => Ok(Look::Whole(Layer::default())),
            Ok(Pair::Holds(batches)) => Ok(Look::Whole(open::layer_of(&batches))),
            Err(error) if error.kind() == ErrorKind::Corrupt => Ok(Look::Wrong(error)),
            Err(error) => Err(error),
        }
    }

    /// Whether the log was left out though the file says that it was in use.
    fn may_lack_commits(&self) -> Result<bool> {
        Ok(self.without_log && self.begin()?.log_state()?.is_some_and(|state| state.in_use))
    }

    fn refuse_write(&self) -> Error {
        let message = format!("{} was opened for reading alone", self.path.display());
        Error::new(ErrorKind::ReadOnly, message)
    }

    fn refuse_fork(&self) -> Result<()> {
        if self.pid == std::process::id() {
            return Ok(());
        }
        let message = format!("the database was opened in process {}, a fork of it must open its own", self.pid);
        Err(Error::new(ErrorKind::Forked, message))
    }
}

fn open_once(path: &Path, options: &RedbOptions) -> Result<(ReadOnlyDatabase, Named)> {
    let at = |e| failure::at(failure::of_io(e), path);
    if fs::symlink_metadata(path).map_err(at)?.is_dir() {
        return Err(failure::not_a_database(path, "it is not a file"));
    }
    let file = access::open(path, false).map_err(at)?;
    if file.metadata().map_err(at)?.len() == 0 {
        return Err(failure::not_a_database(path, "it is empty"));
    }
    let named = Named::new(path, &file).map_err(at)?;
    let database = file::guarded(path, || {
        let pages = CheckedPages::read_only(FileBackend::new(file)?, path.display().to_string());
        file::builder(options).open_read_only_with_backend(pages)
    })?;
    Ok((database, named))
}

impl Store for RedbReader {
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        self.refuse_fork()?;
        Ok(Box::new(self.snapshot()?))
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>> {
        Err(self.refuse_write())
    }

    /// Reads every pair of a snapshot, and with it every page that holds one. The list of free pages is the writer's.
    fn check(&self, _: Duration) -> Result<Vec<String>> {
        let snapshot = self.begin_read()?;
        let mut damaged = Vec::new();
        for space in Space::ALL {
            let all = &mut |_: &[u8], _: &[u8]| Ok(ControlFlow::Continue(()));
            match snapshot.scan(space, b"", None, Order::Ascending, all) {
                Err(error) if error.kind() == ErrorKind::Corrupt => {
                    damaged.push(error.message().to_owned());
                    // redb reads nothing more of a file in which a read failed.
                    return Ok(damaged);
                }
                other => other?,
            }
        }
        Ok(damaged)
    }

    /// # Errors
    /// `ReadOnly`: the room is the writer's.
    fn compact(&self, _: Duration) -> Result<()> {
        Err(self.refuse_write())
    }

    fn statistics(&self, spaces_wanted: bool) -> Result<StoreStatistics> {
        self.refuse_fork()?;
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = database.as_ref().ok_or_else(closed)?;
        let len = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        let spaces = || guarded(|| statistics::of_spaces(database)).map_err(|e| failure::at(e, &self.path));
        Ok(StoreStatistics {
            file_bytes: len(&self.path),
            log_bytes: len(&file::beside(&self.path, "-wal")),
            cache_bytes_max: self.cache_bytes as u64,
            may_lack_commits: guarded(|| self.may_lack_commits())?,
            spaces: if spaces_wanted { spaces()? } else { Vec::new() },
            ..StoreStatistics::default()
        })
    }

    /// Lets the file go. Snapshots that are alive fail with `Misuse` from then on.
    ///
    /// # Errors
    /// `Misuse` when it is closed already.
    fn close(&self) -> Result<()> {
        self.refuse_fork()?;
        let database = self.database.write().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(closed)?;
        self.closed.store(true, Ordering::Release);
        guarded(|| database.close().map_err(|e| failure::of_database(e, &self.path)))
    }
}

impl Drop for RedbReader {
    fn drop(&mut self) {
        let database = self.database.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if self.pid != std::process::id() {
            // The locks are the parent's.
            std::mem::forget(database);
        } else {
            drop_quietly(database);
        }
    }
}
