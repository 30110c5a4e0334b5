//! The file for those who only read it: beside the process that writes, or after it.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redb::ReadOnlyDatabase;
use redb::backends::FileBackend;

use super::guard::{drop_quietly, guarded};
use super::layer::Layer;
use super::log::{self, Found};
use super::pages::CheckedPages;
use super::state::LogState;
use super::table::Base;
use super::view::{Snapshot, View};
use super::{RedbOptions, closed, failure, file, open, statistics, table};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space, Store, StoreStatistics, WriteTxn};

/// How often file and log are read until both are of one time, while another process writes.
const TRIES_MAX: usize = 50;

/// A database file that is only read. Any number of processes may have it open so, beside one that writes it.
///
/// A snapshot shows every commit that was acknowledged when it began, those of the log among them; the newest may be one
/// whose writer is still waiting for the disk. It costs reading the log, at most 64 MiB of which are kept until the
/// snapshot ends. While it lives, the file keeps what it shows, and grows by that.
///
/// After a crash of the process that wrote, it shows what the next opening for writing will bring into the file.
pub struct RedbReader {
    path: PathBuf,
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

/// What reading the log has shown. It may be wrong because the file is not of the same time, or a batch was being written.
enum Look {
    Whole(Layer),
    Wrong(Error),
}

impl RedbReader {
    /// Opens the database at `path`. Of the options, `cache_bytes` and `busy_timeout` are heeded.
    ///
    /// # Errors
    /// `NotFound` when there is none; `NotADatabase` when it is something else; `Corrupt` when it is damaged; `Locked` when
    /// a program that is not ours keeps every other out for longer than `busy_timeout`; `NewerVersion`; `Io` for all else.
    pub fn open(path: impl AsRef<Path>, options: &RedbOptions) -> Result<Self> {
        let path = file::absolute(path.as_ref())?;
        let database = file::waiting(&path, options, || open_once(&path, options))?;
        let reader = Self {
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
        guarded(|| self.settled_snapshot()).map_err(|e| failure::at(e, &self.path))
    }

    fn settled_snapshot(&self) -> Result<Snapshot> {
        let mut wrong = None;
        for _ in 0..TRIES_MAX {
            let base = self.begin()?;
            let state = base.log_state()?;
            let look = self.look(state)?;
            // Only when nothing was brought into the file meanwhile, no slot of the log was used again.
            let settled = self.begin()?.log_state()? == state;
            match look {
                Look::Whole(active) if settled => {
                    let view = View { base: Arc::new(base), sealed: Arc::default(), active };
                    return Ok(Snapshot::new(Arc::new(view), Arc::clone(&self.closed), Arc::default()));
                }
                Look::Wrong(error) if settled => wrong = Some(error),
                Look::Whole(_) | Look::Wrong(_) => wrong = None,
            }
            std::thread::yield_now();
        }
        Err(wrong.unwrap_or_else(|| {
            Error::new(ErrorKind::Busy, "the process that writes is faster than its log is read; try again")
        }))
    }

    /// Reads what the log holds behind what the file has.
    fn look(&self, state: Option<LogState>) -> Result<Look> {
        let Some(state) = state.filter(|state| state.in_use) else { return Ok(Look::Whole(Layer::default())) };
        let Some(file) = self.open_log()? else { return Ok(Look::Wrong(self.corrupt("is missing"))) };
        let Some(header) = log::read_header(&file).map_err(failure::of_io)? else {
            return Ok(Look::Wrong(self.corrupt("is damaged: its first bytes are not those of a log")));
        };
        if header.identity != state.identity {
            return Ok(Look::Wrong(self.corrupt("is not the log that goes with the database file")));
        }
        match log::read_once(&file, &header, state.flushed).map_err(failure::of_io)? {
            Found::Batches(batches) => Ok(Look::Whole(open::layer_of(&batches))),
            Found::Damaged(sequence) => {
                let what = format!("is damaged: commit {sequence} is unreadable, though it was acknowledged");
                Ok(Look::Wrong(self.corrupt(&what)))
            }
        }
    }

    fn open_log(&self) -> Result<Option<File>> {
        #[expect(clippy::disallowed_methods, reason = "the store's file is the adapter's business")]
        match File::open(file::beside(&self.path, "-wal")) {
            Ok(file) => Ok(Some(file)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failure::of_io(e)),
        }
    }

    fn corrupt(&self, what: &str) -> Error {
        let name = file::beside(&self.path, "-wal").display().to_string();
        Error::new(ErrorKind::Corrupt, format!("{name} {what}")).with("log", name)
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

fn open_once(path: &Path, options: &RedbOptions) -> Result<ReadOnlyDatabase> {
    #[expect(clippy::disallowed_methods, reason = "the store's file is the adapter's business")]
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (found, file) = opened.map_err(|e| failure::at(failure::of_io(e), path))?;
    if !found.is_file() {
        return Err(failure::not_a_database(path, "it is not a file"));
    }
    if found.len() == 0 {
        return Err(failure::not_a_database(path, "it is empty"));
    }
    file::guarded(path, || {
        let pages = CheckedPages::read_only(FileBackend::new(file)?, path.display().to_string());
        file::builder(options).open_read_only_with_backend(pages)
    })
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
        let len = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
        let spaces = || guarded(|| statistics::of_spaces(database)).map_err(|e| failure::at(e, &self.path));
        Ok(StoreStatistics {
            file_bytes: len(&self.path),
            log_bytes: len(&file::beside(&self.path, "-wal")),
            cache_bytes_max: self.cache_bytes as u64,
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
