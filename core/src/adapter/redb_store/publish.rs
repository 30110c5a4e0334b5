//! A new database file out of a work that fills it: it appears whole, under its name, or not at all.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::file::{self, absolute, beside};
use super::log::RealDisk;
use super::writer::Tuning;
use super::{RedbOptions, RedbStore, failure, open};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Store;

impl RedbStore {
    /// Makes a database file at `path` of what `fill` writes to the store that it is given.
    ///
    /// The file is written under another name in the same folder, synced, and named `path` at the end. A crash on the way
    /// leaves at most the file of the other name, which may be deleted. With `replace` a file that is there is replaced
    /// in that moment; without it is left as it is.
    ///
    /// # Errors
    /// `Duplicate` when there is a file at `path` and it is not to be replaced; `Locked` when the file to be replaced is
    /// open; what `fill` answers; `NotFound`, `ReadOnly`, `DiskFull`, `Io` of the file.
    pub fn create_filled(path: &Path, replace: bool, fill: impl FnOnce(&dyn Store) -> Result<()>) -> Result<()> {
        let path = absolute(path)?;
        let _held = if replace { hold(&path)? } else { refuse_existing(&path).map(|()| None)? };
        let (temporary, file) = file::new_beside(&path).map_err(|e| failure::at(failure::of_io(e), &path))?;
        let options = RedbOptions { check_integrity: false, ..RedbOptions::default() };
        let made = file::fill(file, &temporary, &options)
            .and_then(|()| write(&temporary, &options, fill))
            .and_then(|()| name(&temporary, &path, replace));
        // The file has its own name by now, or is rubbish.
        let _ = fs::remove_file(&temporary);
        made
    }
}

/// Opens the file to be replaced, lest it is replaced under whoever has it open.
fn hold(path: &Path) -> Result<Option<RedbStore>> {
    if !path.exists() {
        return Ok(None);
    }
    let options = RedbOptions { create: false, busy_timeout: Duration::ZERO, ..RedbOptions::default() };
    RedbStore::open(path, &options).map(Some)
}

fn refuse_existing(path: &Path) -> Result<()> {
    let log = beside(path, "-wal");
    match [path, &log].into_iter().find(|name| fs::symlink_metadata(name).is_ok()) {
        Some(there) => Err(exists(there)),
        None => Ok(()),
    }
}

fn exists(path: &Path) -> Error {
    Error::new(ErrorKind::Duplicate, format!("{} exists; name another file, or ask to replace it", path.display()))
        .with("path", path.display())
}

/// Fills the store and makes its file small. Every commit goes to the file at once, so that there is no log.
fn write(temporary: &Path, options: &RedbOptions, fill: impl FnOnce(&dyn Store) -> Result<()>) -> Result<()> {
    let engine = file::open_waiting(temporary, options)?;
    let disk = Box::new(RealDisk::beside(temporary));
    let tuning = Tuning { batch_bytes_max: 0, ..Tuning::default() };
    let store = open::assemble(temporary.to_owned(), engine, disk, options, tuning)?;
    fill(&store)?;
    store.compact(Duration::ZERO)?;
    store.close()?;
    file::sync(temporary).map_err(|e| failure::at(failure::of_io(e), temporary))
}

fn name(temporary: &Path, path: &Path, replace: bool) -> Result<()> {
    let named = if replace { fs::rename(temporary, path) } else { fs::hard_link(temporary, path) };
    match named {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(path)),
        named => named.and_then(|()| file::sync_folder(path)).map_err(|e| failure::at(failure::of_io(e), path)),
    }
}
