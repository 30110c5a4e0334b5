//! The file for those who only read it: beside the process that writes, or after it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redb::ReadOnlyDatabase;
use redb::backends::FileBackend;

use super::base::Base;
use super::check::sentences;
use super::guard::{drop_quietly, guarded};
use super::layer::Layer;
use super::log::{self, LogDisk, RealDisk};
use super::named::Named;
use super::pages::{CheckedPages, Instance};
use super::pairing::{self, Names, Pair};
use super::settle::{self, Look, TRIES_MAX, too_fast};
use super::state::LogState;
use super::view::{Snapshot, View};
use super::{RedbOptions, access, closed, failure, file, open};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{ReadTxn, Space, Store, StoreStatistics, WriteTxn};

/// A database file that is only read. Any number of processes may have it open so, beside one that writes it.
///
/// A snapshot shows every commit that was acknowledged when it began, those of the log among them; the newest may be one
/// whose writer is still waiting for the disk. It costs reading the log, at most 64 MiB of which are kept until the
/// snapshot ends. While it lives, the file keeps what it shows, and grows by that; while the reader is open, the file is not
/// compacted. It never makes the process that writes wait, not even when it is stopped or killed.
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
    pages: Arc<CheckedPages>,
    /// redb at the file, and its storage; `None` once closed, or when redb has met an error. Its lock is held by whoever begins
    /// a snapshot.
    following: Mutex<Option<Following>>,
    closed: Arc<AtomicBool>,
    options: RedbOptions,
}

struct Following {
    database: ReadOnlyDatabase,
    instance: Instance,
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
    /// `NotFound` when there is none; `NotADatabase` when it is something else; `Corrupt` when what leads to everything else
    /// is damaged; `Locked` while it is compacted, for longer than `busy_timeout`; `NewerVersion`; `Io` for all else.
    pub fn open(path: impl AsRef<Path>, options: &RedbOptions) -> Result<Self> {
        let path = file::resolve(path.as_ref())?;
        let (pages, named) = file::waiting(&path, options, || open_once(&path))?;
        let reader = Self {
            log: RealDisk::only_read(&path),
            named,
            without_log: options.without_log,
            path,
            pid: std::process::id(),
            pages,
            following: Mutex::default(),
            closed: Arc::default(),
            options: RedbOptions { check_integrity: false, ..options.clone() },
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
        let spaces = guarded(|| self.begin()?.absent_spaces()).map_err(|e| failure::at(e, path))?;
        if spaces.contains(&Space::Meta) {
            return Err(failure::not_a_database(path, "it is the redb file of another program"));
        }
        if !spaces.is_empty() {
            let message = format!("{} is of an earlier version; open it once for writing", path.display());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(())
    }

    /// Begins a snapshot of the file. The process that writes may publish a transaction in between; then it begins anew.
    pub(super) fn begin(&self) -> Result<Base> {
        for _ in 0..TRIES_MAX {
            match self.begin_once() {
                Err(error) if failure::has_moved(&error) => std::thread::yield_now(),
                begun => return begun,
            }
        }
        Err(too_fast())
    }

    fn begin_once(&self) -> Result<Base> {
        let mut following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        if self.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        let cache_bytes = self.options.cache_bytes;
        if !self.pages.has_bad_pages() {
            match self.begin_by_redb(&mut following) {
                Err(error) if !failure::has_moved(&error) && error.kind() != ErrorKind::NotADatabase => {
                    drop_quietly(following.take());
                }
                begun => return begun,
            }
        }
        let (header, pin) = self.pages.pin_newest().map_err(failure::of_io)?;
        Base::apart(&self.pages, header, pin, cache_bytes / 4)
    }

    fn begin_by_redb(&self, held: &mut Option<Following>) -> Result<Base> {
        let following = match held {
            Some(following) => following,
            None => held.insert(follow(&self.path, &self.pages, &self.options)?),
        };
        let Following { database, instance } = following;
        guarded(|| {
            let cache_bytes = self.options.cache_bytes / 4;
            Base::begin(&self.pages, || instance.shown(), database, cache_bytes)
        })
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
        let view = View { active, ..View::of(base) };
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
            Ok(Pair::Holds(held)) => Ok(Look::Whole(open::layer_of(&held.batches))),
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

/// Opens a file to read it, and locks it as one who reads.
pub(super) fn open_once(path: &Path) -> Result<(Arc<CheckedPages>, Named)> {
    let at = |e| failure::at(failure::of_io(e), path);
    if !fs::symlink_metadata(path).map_err(at)?.is_file() {
        return Err(failure::not_a_database(path, "it is not a file"));
    }
    let file = access::open(path, false).map_err(at)?;
    if file.metadata().map_err(at)?.len() == 0 {
        return Err(failure::not_a_database(path, "it is empty"));
    }
    let named = Named::new(path, &file).map_err(at)?;
    let file = FileBackend::new(file).map_err(|e| failure::of_database(e, path))?;
    let pages = CheckedPages::read_only(file, path.display().to_string());
    if pages.try_lock().map_err(at)? {
        return Ok((pages, named));
    }
    Err(Error::new(ErrorKind::Locked, format!("{} is being compacted", path.display())))
}

fn follow(path: &Path, pages: &Arc<CheckedPages>, options: &RedbOptions) -> Result<Following> {
    let instance = Instance::following(pages);
    let storage = instance.clone();
    let database = file::guarded(path, || file::builder(options).open_read_only_with_backend(storage))?;
    Ok(Following { database, instance })
}

impl Store for RedbReader {
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        self.refuse_fork()?;
        Ok(Box::new(self.snapshot()?))
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>> {
        Err(self.refuse_write())
    }

    /// Reads every page that the newest snapshot needs. The list of free pages is the writer's.
    fn check(&self, _: Duration) -> Result<Vec<String>> {
        self.refuse_fork()?;
        guarded(|| Ok(sentences(&self.begin()?.damage())))
    }

    /// # Errors
    /// `ReadOnly`: the room is the writer's.
    fn compact(&self, _: Duration) -> Result<()> {
        Err(self.refuse_write())
    }

    fn statistics(&self, spaces_wanted: bool) -> Result<StoreStatistics> {
        self.refuse_fork()?;
        let len = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        let spaces = || guarded(|| self.begin()?.statistics()).map_err(|e| failure::at(e, &self.path));
        Ok(StoreStatistics {
            file_bytes: len(&self.path),
            log_bytes: len(&file::beside(&self.path, "-wal")),
            cache_bytes_max: self.options.cache_bytes as u64,
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
        let following = self.following.lock().unwrap_or_else(PoisonError::into_inner).take();
        if self.closed.swap(true, Ordering::AcqRel) {
            return Err(closed());
        }
        let ended = following.map_or(Ok(()), |following| {
            guarded(|| following.database.close().map_err(|e| failure::of_database(e, &self.path)))
        });
        ended.and(self.pages.close().map_err(failure::of_io))
    }
}

impl Drop for RedbReader {
    fn drop(&mut self) {
        let following = self.following.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if self.pid != std::process::id() {
            // The locks are the parent's, and so is the file description that they belong to.
            std::mem::forget((following, Arc::clone(&self.pages)));
        } else if !self.closed.load(Ordering::Acquire) {
            drop_quietly(following);
            let _ = self.pages.close();
        }
    }
}
