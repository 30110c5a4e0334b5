//! The database as a file: its creation, its lock, and the note of who holds it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{process, thread};

use redb::backends::FileBackend;
use redb::{BackendError, Builder, ConcurrencyMode, DatabaseError, StorageBackend};

use super::access::{self, Access};
use super::engine::Engine;
use super::named::{Named, leads_nowhere};
use super::pages::{self, CheckedPages};
use super::state::LogState;
use super::temporary::Temporary;
use super::{RedbOptions, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Space;

/// The first and the longest pause between two tries of a file that another process holds.
pub(super) const PAUSE_FIRST: Duration = Duration::from_millis(1);
pub(super) const PAUSE_MAX: Duration = Duration::from_millis(50);

/// The byte that redb locks for the one process that writes.
const WRITER: (Bound<u64>, Bound<u64>) = (Bound::Included(1 << 62), Bound::Included(1 << 62));

/// No note of a holder is as long. Unit: bytes.
const NOTE_LEN_MAX: u64 = 16;

/// The path without links, so that every name of a file leads to one log and one lock; and with the folder of today, for
/// the process may change its own. Where files have no such links (Windows) it is the path as it was given.
pub(super) fn resolve(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().filter(|_| !path.as_os_str().as_encoded_bytes().contains(&0));
    let Some(name) = name else {
        let shown = path.display().to_string();
        return Err(Error::new(ErrorKind::InvalidArgument, format!("{shown:?} does not name a file")));
    };
    let failed = |e| failure::at(failure::of_io(e), path);
    let whole = std::path::absolute(path).map_err(failed)?;
    if cfg!(not(unix)) {
        return Ok(whole);
    }
    match fs::canonicalize(&whole) {
        Err(e) if e.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(&whole).is_ok() => {
            let message = format!("{} is a link to a file that does not exist", path.display());
            Err(Error::new(ErrorKind::NotFound, message))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let folder = whole.parent().unwrap_or(&whole);
            Ok(fs::canonicalize(folder).map_err(failed)?.join(name))
        }
        resolved => resolved.map_err(failed),
    }
}

/// Creates the database when there is none and the options allow it.
pub(super) fn ensure_exists(path: &Path, options: &RedbOptions) -> Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(failure::not_a_database(path, "it is not a file")),
        Err(e) if e.kind() == io::ErrorKind::NotFound && options.create => create(path, options),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            Err(Error::new(ErrorKind::NotFound, format!("{} does not exist", path.display())))
        }
        Err(e) => Err(failure::at(failure::of_io(e), path)),
    }
}

/// Opens the file for writing, waiting for another holder to let it go.
pub(super) fn open_waiting(path: &Path, options: &RedbOptions) -> Result<(Engine, Named)> {
    waiting(path, options, || open_once(path, options))
}

/// Tries to open up to the busy timeout.
pub(super) fn waiting<D>(path: &Path, options: &RedbOptions, open: impl Fn() -> Result<D>) -> Result<D> {
    let mut left = options.busy_timeout;
    let mut pause = PAUSE_FIRST;
    loop {
        match open() {
            Err(e) if e.kind() != ErrorKind::Locked => return Err(e),
            Err(_) if left.is_zero() => return Err(locked(path)),
            Err(_) => {}
            Ok(database) => return Ok(database),
        }
        pause = pause.min(left);
        thread::sleep(pause);
        left -= pause;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

fn open_once(path: &Path, options: &RedbOptions) -> Result<(Engine, Named)> {
    take(access::open(path, true).map_err(|e| failure::at(failure::of_io(e), path))?, path, options)
}

/// Locks a file that was opened by this name and makes a database of it. Between the two, another may have taken its place:
/// whoever did that held its lock and let it go behind the exchange, so that what is locked now has no name any more.
pub(super) fn take(file: File, path: &Path, options: &RedbOptions) -> Result<(Engine, Named)> {
    let at = |e| failure::at(failure::of_io(e), path);
    let named = Named::new(path, &file).map_err(at)?;
    if file.metadata().map_err(at)?.len() == 0 {
        return Err(failure::not_a_database(path, "it is empty"));
    }
    let pages = pages_of(file, path)?;
    if named.is_there().map_err(at)? {
        return Ok((Engine::open(path.to_owned(), pages, options)?, named));
    }
    Err(exchanged(path))
}

fn exchanged(path: &Path) -> Error {
    Error::new(ErrorKind::Locked, format!("{} was replaced while it was being opened", path.display()))
}

/// A database file that nobody else writes as long as this lives; its content does not matter.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) access: Access,
    lock: FileBackend,
}

impl Held {
    /// Locks the file at `path` as one that writes it does, without waiting. `None` when there is none.
    pub(super) fn take(path: &Path) -> Result<Option<Self>> {
        let at = |e| failure::at(failure::of_io(e), path);
        let file = match access::open(path, true) {
            Err(e) if leads_nowhere(&e) => return Ok(None),
            opened => opened.map_err(at)?,
        };
        let access = Access::of(&file.metadata().map_err(at)?);
        let named = Named::new(path, &file).map_err(at)?;
        let lock = FileBackend::new(file).map_err(|e| failure::of_database(e, path))?;
        match lock.try_lock_range(WRITER.0, WRITER.1) {
            Ok(true) | Err(BackendError::Unsupported) if named.is_there().map_err(at)? => {
                Ok(Some(Self { access, lock }))
            }
            Ok(true) | Err(BackendError::Unsupported) => Err(exchanged(path)),
            Ok(false) => Err(locked(path)),
            Err(e) => Err(at(io::Error::other(e))),
        }
    }

    /// Whether the file shows any sign that it was a database, be it as damaged as it may.
    pub(super) fn was_a_database(&self) -> io::Result<bool> {
        pages::is_one_of_ours(&self.lock)
    }
}

/// The file as pages, locked for writing.
fn pages_of(file: File, path: &Path) -> Result<Arc<CheckedPages>> {
    let file = FileBackend::new(file).map_err(|e| failure::of_database(e, path))?;
    let pages = CheckedPages::writable(file, path.display().to_string());
    if pages.try_lock().map_err(|e| failure::at(failure::of_io(e), path))? {
        return Ok(pages);
    }
    Err(Error::new(ErrorKind::Locked, format!("{} is open elsewhere", path.display())))
}

pub(super) fn builder(options: &RedbOptions) -> Builder {
    let mut builder = Builder::new();
    builder
        .set_cache_size(options.cache_bytes)
        .set_concurrency_mode(ConcurrencyMode::SingleWriter)
        .set_check_integrity_on_open(options.check_integrity);
    builder
}

/// redb may panic over bytes that it did not write.
pub(super) fn guarded<D>(path: &Path, open: impl FnOnce() -> std::result::Result<D, DatabaseError>) -> Result<D> {
    match catch_unwind(AssertUnwindSafe(open)) {
        Ok(opened) => opened.map_err(|e| failure::of_database(e, path)),
        Err(_) => {
            Err(failure::at(Error::new(ErrorKind::Corrupt, "the database is damaged: opening it panicked"), path))
        }
    }
}

pub(super) fn locked(path: &Path) -> Error {
    let error = |who: String| {
        let message = format!("{} is open in {who}; close it there, or wait longer for it", path.display());
        Error::new(ErrorKind::Locked, message)
    };
    match holder(path) {
        Some(pid) if pid == process::id() => error(format!("this process ({pid})")).with("pid", pid),
        Some(pid) => error(format!("process {pid}")).with("pid", pid),
        None => error("another process".to_owned()),
    }
}

/// Creates the database whole, under another name first, so that a crash never leaves a file that will not open.
fn create(path: &Path, options: &RedbOptions) -> Result<()> {
    let temporary = Temporary::beside(path, None).map_err(|e| failure::at(failure::of_io(e), path))?;
    fill(&temporary, options)?;
    // When another process was faster, its file stays and is the database.
    let named = temporary.link(path).and_then(|_| sync_folder(path));
    named.map_err(|e| failure::at(failure::of_io(e), path))
}

/// Writes an empty database with every table to the file and to the disk.
pub(super) fn fill(temporary: &Temporary, options: &RedbOptions) -> Result<()> {
    let path = temporary.path();
    let at = |e| failure::at(failure::of_io(e), path);
    let file = temporary.open().map_err(at)?;
    let engine = Engine::open(path.to_owned(), pages_of(file, path)?, options)?;
    engine.create_tables(&Space::ALL)?;
    engine.write_state(LogState::new()?)?;
    engine.close()?;
    sync(path).map_err(at)
}

pub(super) fn sync(path: &Path) -> io::Result<()> {
    access::open(path, true)?.sync_all()
}

/// Makes the name of the file durable, where folders can be synced.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        #[expect(clippy::disallowed_methods, reason = "the store's file is the adapter's business")]
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Notes this process as the holder. The note serves a message alone, so its failure is none of the store's. What lies at
/// its name and is no note stays.
pub(super) fn write_holder(path: &Path) {
    let note = holder_path(path);
    if read_note(&note).is_some() {
        let _ = fs::remove_file(&note);
    }
    let access = fs::symlink_metadata(path).map(|found| Access::of(&found));
    let made = access.and_then(|access| access::create_new(&note, Some(access)));
    let _ = made.and_then(|mut file| file.write_all(format!("{}\n", process::id()).as_bytes()));
}

/// Removes the note. To be called while the lock is held, so that it is not the next holder's.
pub(super) fn remove_holder(path: &Path) {
    if holder(path) == Some(process::id()) {
        let _ = fs::remove_file(holder_path(path));
    }
}

fn holder(path: &Path) -> Option<u32> {
    read_note(&holder_path(path))?.trim_end().parse().ok()
}

/// What a note says, a number, or nothing when it was being written.
fn read_note(note: &Path) -> Option<String> {
    let mut text = String::new();
    access::open(note, false).ok()?.take(NOTE_LEN_MAX).read_to_string(&mut text).ok()?;
    let is_note = text.is_empty() || text.trim_end().parse::<u32>().is_ok();
    is_note.then_some(text)
}

fn holder_path(path: &Path) -> PathBuf {
    beside(path, "-lock")
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
