//! A new database file out of a work that fills it: it appears whole, under its name, or not at all.

use std::fs;
use std::path::Path;
use std::time::Duration;

use redb::Database;

use super::access::Access;
use super::file::{self, Held, beside};
use super::log::{self, LogDisk, LogFile, RealDisk};
use super::open::Place;
use super::packing::{self, PairSink};
use super::state::LogState;
use super::temporary::{self, Temporary};
use super::wreck::{LogFound, Wreck};
use super::writer::Tuning;
use super::{RedbOptions, RedbStore, failure, open};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Store;

/// What a new file takes the place of.
#[derive(Default)]
struct Before {
    held: Option<Held>,
    /// The log that lies beside it, with its digest.
    log: Option<(Box<dyn LogFile>, [u8; 16])>,
}

impl RedbStore {
    /// Makes a database file at `path` of what `fill` writes to the store that it is given.
    ///
    /// The file is written under another name in the same folder, synced, and named `path` at the end. A crash on the way
    /// leaves at most the file of the other name, which the next opening of `path` or the next call for it removes. With
    /// `replace` a file that is there is replaced in that moment, with its log; it may be damaged, and lack its log.
    /// Without, it is left as it is.
    ///
    /// The file gets the owner, the group and the permissions of the one that it replaces, or else of `like`, or else what
    /// the process gives its new files.
    ///
    /// # Errors
    /// `Duplicate` when there is a file at `path` and it is not to be replaced; `Locked` when the file to be replaced is
    /// open; `NotADatabase` when nothing shows that it ever was a database, or that what lies in the place of its log ever
    /// was one; what `fill` answers; `NotFound`, `ReadOnly`,
    /// `DiskFull`, `Io` of the file.
    pub fn create_filled(
        path: &Path,
        replace: bool,
        like: Option<&Path>,
        fill: impl FnOnce(&dyn Store) -> Result<()>,
    ) -> Result<()> {
        publish(path, replace, like, |temporary, options| {
            let store = open_temporary(temporary, options)?;
            fill(&store)?;
            store.compact(Duration::ZERO)?;
            store.close()
        })
    }

    /// The same of pairs that come sorted, which are packed into the file as they come: that takes a fraction of the time.
    ///
    /// # Errors
    /// As [`RedbStore::create_filled`]; `Corrupt` when the pairs are not sorted.
    pub fn create_packed(
        path: &Path,
        replace: bool,
        like: Option<&Path>,
        fill: impl FnOnce(&mut PairSink<'_>) -> Result<()>,
    ) -> Result<()> {
        publish(path, replace, like, |temporary, options| {
            let (engine, _) = file::open_waiting(temporary.path(), options)?;
            engine.alone(once(|database: &mut Database| packing::pack(database, fill)))?;
            engine.close()
        })
    }
}

/// Work that cannot be tried again: what it was to write is gone with the first try.
fn once<D>(work: impl FnOnce(&mut D) -> Result<()>) -> impl FnMut(&mut D) -> Result<()> {
    let mut work = Some(work);
    move |given| {
        let again = || Error::new(ErrorKind::Io, "the new file failed while it was being filled; try again");
        work.take().ok_or_else(again)?(given)
    }
}

/// Makes a file of a passing name, has it filled, and names it.
fn publish(
    path: &Path,
    replace: bool,
    like: Option<&Path>,
    fill: impl FnOnce(&Temporary, &RedbOptions) -> Result<()>,
) -> Result<()> {
    let path = file::resolve(path)?;
    let at = |e| failure::at(failure::of_io(e), &path);
    let before = if replace { hold(&path)? } else { refuse_existing(&path).map(|()| Before::default())? };
    temporary::clear(&path);
    let access = match (&before.held, like) {
        (Some(held), _) => Some(held.access),
        // A file that has lost its name can still be backed up.
        (None, Some(like)) => Some(fs::metadata(like).map_or(Access::private(), |found| Access::of(&found))),
        (None, None) => None,
    };
    let temporary = Temporary::beside(&path, access).map_err(at)?;
    let options = RedbOptions { check_integrity: false, ..RedbOptions::default() };
    file::fill(&temporary, &options)?;
    fill(&temporary, &options)?;
    if let Some((_, digest)) = &before.log {
        note_superseded(&temporary, &options, *digest)?;
    }
    file::sync(temporary.path()).map_err(at)?;
    name(&temporary, &path, replace)?;
    // The new file knows it, so that it is removed by the next opening should this one be killed here.
    before.log.map_or(Ok(()), |(log, _)| log.remove()).map_err(at)
}

/// Locks the file to be replaced, so that it is not replaced under whoever has it open. Its content need not be readable.
fn hold(path: &Path) -> Result<Before> {
    let at = |e| failure::at(failure::of_io(e), path);
    let held = Held::take(path)?;
    let log = RealDisk::beside(path).open().map_err(at)?;
    let has_log = log.as_deref().map(log::is_one_of_ours).transpose().map_err(at)?.unwrap_or(false);
    if let Some(held) = &held
        && !has_log
        && !held.was_a_database().map_err(at)?
    {
        let why = "nothing shows that it ever was one, so it is not replaced; move it away";
        return Err(failure::not_a_database(path, why));
    }
    if log.is_some() && !has_log && !(held.is_some() && needs_log(path)) {
        let log = beside(path, "-wal");
        let message = format!("{} is not the log of a database, so it is not removed; move it away", log.display());
        return Err(Error::new(ErrorKind::NotADatabase, message));
    }
    let log = log.map(|log| log::digest(&*log).map(|digest| (log, digest))).transpose().map_err(at)?;
    Ok(Before { held, log })
}

/// Whether the database says that it needs a log, even when both are damaged. The file at the name of the log is then that log.
fn needs_log(path: &Path) -> bool {
    let options = RedbOptions { busy_timeout: Duration::ZERO, ..RedbOptions::default() };
    Wreck::open(path, &options).is_ok_and(|wreck| wreck.log() != LogFound::NotNeeded)
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

/// A store on the file of which every commit goes to the file at once, so that there is no log.
fn open_temporary(temporary: &Temporary, options: &RedbOptions) -> Result<RedbStore> {
    let path = temporary.path();
    let (engine, named) = file::open_waiting(path, options)?;
    let disk = Box::new(RealDisk::beside(path));
    let tuning = Tuning { batch_bytes_max: 0, ..Tuning::default() };
    let place = Place { path: path.to_owned(), named: Some(named) };
    open::assemble(place, engine, disk, options, tuning)
}

/// Has the new file know the log that lies where its own will be.
fn note_superseded(temporary: &Temporary, options: &RedbOptions, superseded: [u8; 16]) -> Result<()> {
    let (engine, _) = file::open_waiting(temporary.path(), options)?;
    let state = engine.begin()?.log_state()?.map_or_else(LogState::new, Ok)?;
    engine.write_state(LogState { superseded, ..state })?;
    engine.close()
}

fn name(temporary: &Temporary, path: &Path, replace: bool) -> Result<()> {
    let at = |e| failure::at(failure::of_io(e), path);
    if replace {
        temporary.rename(path).map_err(at)?;
    } else {
        temporary.link(path).map_err(at)?.ok_or_else(|| exists(path))?;
    }
    file::sync_folder(path).map_err(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packed file whose first try failed was packed again with nothing, and passed as whole.
    #[test]
    fn what_was_filled_once_is_not_taken_for_filled_a_second_time() {
        let mut fill = once(|seen: &mut u32| {
            *seen += 1;
            Err(Error::new(ErrorKind::Io, "the first try"))
        });
        let mut seen = 0;
        assert_eq!(fill(&mut seen).unwrap_err().message(), "the first try");
        assert_eq!(fill(&mut seen).unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(seen, 1);
    }
}
