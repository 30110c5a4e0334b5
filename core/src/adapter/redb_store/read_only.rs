//! The file for those who only read it: beside the process that writes, or after it.

use std::fs::File;
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
use super::log::{self, Found};
use super::pages::{CheckedPages, Instance};
use super::state::LogState;
use super::view::{Snapshot, View};
use super::{RedbOptions, closed, failure, file, open};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{ReadTxn, Space, Store, StoreStatistics, WriteTxn};

/// How often file and log are read until both are of one time, while another process writes.
pub(super) const TRIES_MAX: usize = 50;

/// A database file that is only read. Any number of processes may have it open so, beside one that writes it.
///
/// A snapshot shows every commit that was acknowledged when it began, those of the log among them; the newest may be one
/// whose writer is still waiting for the disk. It costs reading the log, at most 64 MiB of which are kept until the
/// snapshot ends. While it lives, the file keeps what it shows, and grows by that; while the reader is open, the file is not
/// compacted. It never makes the process that writes wait, not even when it is stopped or killed.
///
/// After a crash of the process that wrote, it shows what the next opening for writing will bring into the file.
pub struct RedbReader {
    path: PathBuf,
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

/// What reading the log has shown. It may be wrong because the file is not of the same time, or a batch was being written.
enum Look {
    Whole(Layer),
    Wrong(Error),
}

impl RedbReader {
    /// Opens the database at `path`. Of the options, `cache_bytes` and `busy_timeout` are heeded.
    ///
    /// # Errors
    /// `NotFound` when there is none; `NotADatabase` when it is something else; `Corrupt` when what leads to everything else
    /// is damaged; `Locked` while it is compacted, for longer than `busy_timeout`; `NewerVersion`; `Io` for all else.
    pub fn open(path: impl AsRef<Path>, options: &RedbOptions) -> Result<Self> {
        let path = file::absolute(path.as_ref())?;
        let pages = file::waiting(&path, options, || open_once(&path))?;
        let reader = Self {
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
                    let view = View { active, ..View::of(base) };
                    return Ok(Snapshot::new(Arc::new(view), Arc::clone(&self.closed), Arc::default()));
                }
                Look::Wrong(error) if settled => wrong = Some(error),
                Look::Whole(_) | Look::Wrong(_) => wrong = None,
            }
            std::thread::yield_now();
        }
        Err(wrong.unwrap_or_else(too_fast))
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

pub(super) fn too_fast() -> Error {
    Error::new(ErrorKind::Busy, "the process that writes is faster than its file is read; try again")
}

pub(super) fn open_once(path: &Path) -> Result<Arc<CheckedPages>> {
    let of_io = |e| failure::at(failure::of_io(e), path);
    #[expect(clippy::disallowed_methods, reason = "the store's file is the adapter's business")]
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (found, file) = opened.map_err(of_io)?;
    if !found.is_file() {
        return Err(failure::not_a_database(path, "it is not a file"));
    }
    if found.len() == 0 {
        return Err(failure::not_a_database(path, "it is empty"));
    }
    let file = FileBackend::new(file).map_err(|e| failure::of_database(e, path))?;
    let pages = CheckedPages::read_only(file, path.display().to_string());
    if pages.try_lock().map_err(of_io)? {
        return Ok(pages);
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
        let len = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
        let spaces = || guarded(|| self.begin()?.statistics()).map_err(|e| failure::at(e, &self.path));
        Ok(StoreStatistics {
            file_bytes: len(&self.path),
            log_bytes: len(&file::beside(&self.path, "-wal")),
            cache_bytes_max: self.options.cache_bytes as u64,
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
