//! The database as a file: its creation, its lock, and the note of who holds it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{process, thread};

use redb::backends::FileBackend;
use redb::{Builder, ConcurrencyMode, DatabaseError};

use super::engine::Engine;
use super::pages::CheckedPages;
use super::{RedbOptions, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Space;

/// The first and the longest pause between two tries of a file that another process holds.
pub(super) const PAUSE_FIRST: Duration = Duration::from_millis(1);
pub(super) const PAUSE_MAX: Duration = Duration::from_millis(50);

/// How many names are tried for a file that is being created; earlier crashes of a process of the same id took some.
const NAMES_MAX: u32 = 10_000;

/// The path with the folder of today, for the process may change its own.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    if path.file_name().is_none() {
        return Err(Error::new(ErrorKind::InvalidArgument, format!("\"{}\" does not name a file", path.display())));
    }
    std::path::absolute(path).map_err(|e| failure::at(failure::of_io(e), path))
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
pub(super) fn open_waiting(path: &Path, options: &RedbOptions) -> Result<Engine> {
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

fn open_once(path: &Path, options: &RedbOptions) -> Result<Engine> {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    take(opened.map_err(|e| failure::at(failure::of_io(e), path))?, path, options)
}

/// Locks a file that was opened by this name and makes a database of it. Between the two, another may have taken its place:
/// whoever did that held its lock and let it go behind the exchange, so that what is locked now has no name any more.
pub(super) fn take(file: File, path: &Path, options: &RedbOptions) -> Result<Engine> {
    let found = file.metadata().map_err(|e| failure::at(failure::of_io(e), path))?;
    if found.len() == 0 {
        return Err(failure::not_a_database(path, "it is empty"));
    }
    let pages = pages_of(file, path)?;
    if fs::metadata(path).is_ok_and(|named| is_the_same(&named, &found)) {
        return Engine::open(path.to_owned(), pages, options);
    }
    drop(pages);
    Err(Error::new(ErrorKind::Locked, format!("{} was replaced while it was being opened", path.display())))
}

#[cfg(unix)]
fn is_the_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// A file that is open keeps its name elsewhere.
#[cfg(not(unix))]
fn is_the_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
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

fn locked(path: &Path) -> Error {
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
    let (temporary, file) = new_beside(path).map_err(|e| failure::at(failure::of_io(e), path))?;
    let created = fill(file, &temporary, options).and_then(|()| publish(&temporary, path));
    // The database has its own name by now, or does not exist; the other name is rubbish in both cases.
    let _ = fs::remove_file(&temporary);
    created
}

/// Makes an empty file beside `path`. It is never one that exists: that could be a second name of a database, left by
/// a crash.
pub(super) fn new_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut number = 0;
    loop {
        let temporary = beside(path, &format!("-new-{}-{number}", process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && number < NAMES_MAX => number += 1,
            Err(e) => return Err(e),
        }
    }
}

/// Writes an empty database with every table to the file and to the disk.
pub(super) fn fill(file: File, temporary: &Path, options: &RedbOptions) -> Result<()> {
    let engine = Engine::open(temporary.to_owned(), pages_of(file, temporary)?, options)?;
    engine.create_tables(&Space::ALL)?;
    engine.close()?;
    sync(temporary).map_err(|e| failure::at(failure::of_io(e), temporary))
}

/// Gives the finished file its name. When another process was faster, its file stays and is the database.
fn publish(temporary: &Path, path: &Path) -> Result<()> {
    let named = match fs::hard_link(temporary, path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        // A file system without links; `rename` alone would replace the file of a process that was faster.
        Err(_) if !path.exists() => fs::rename(temporary, path),
        Err(e) => Err(e),
    };
    named.and_then(|()| sync_folder(path)).map_err(|e| failure::at(failure::of_io(e), path))
}

pub(super) fn sync(path: &Path) -> io::Result<()> {
    OpenOptions::new().read(true).write(true).open(path)?.sync_all()
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

/// Notes this process as the holder. The note serves a message alone, so its failure is none of the store's.
pub(super) fn write_holder(path: &Path) {
    #[expect(clippy::disallowed_methods, reason = "the store's file is the adapter's business")]
    let _ = fs::write(holder_path(path), format!("{}\n", process::id()));
}

/// Removes the note. To be called while the lock is held, lest it removes the next holder's.
pub(super) fn remove_holder(path: &Path) {
    if holder(path) == Some(process::id()) {
        let _ = fs::remove_file(holder_path(path));
    }
}

fn holder(path: &Path) -> Option<u32> {
    #[expect(clippy::disallowed_methods, reason = "the store's file is the adapter's business")]
    let file = File::open(holder_path(path)).ok()?;
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok()
}

fn holder_path(path: &Path) -> PathBuf {
    beside(path, "-lock")
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
