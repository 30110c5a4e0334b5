//! From files to a store: whether the file and its log belong together, and what the log still has for the file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use super::engine::Engine;
use super::guard::guarded;
use super::layer::Layer;
use super::log::{self, Batch, Found, Header, Identity, LogDisk, draw};
#[cfg(any(test, feature = "testing"))]
use super::pages::CheckedPages;
use super::pipeline::Shared;
use super::state::LogState;
use super::writer::{Tuning, Writer};
use super::{RedbOptions, RedbStore, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Space;

/// Refuses a log whose database is not there, lest a new one is made in the place of what was lost.
pub(super) fn refuse_lone_log(path: &Path, disk: &dyn LogDisk) -> Result<()> {
    let log = disk.open().map_err(|e| failure::at(failure::of_io(e), path))?;
    if log.is_some() && !path.exists() {
        return Err(corrupt(
            disk,
            "is the log of a database that is not there; put the database beside it, or move it away",
        ));
    }
    Ok(())
}

#[cfg(any(test, feature = "testing"))]
impl RedbStore {
    /// Opens the store on a disk that is none: a backend for the file, which is made when it is empty, and a place for
    /// the log.
    ///
    /// # Errors
    /// As [`RedbStore::open`].
    pub(crate) fn open_on(
        backend: impl redb::StorageBackend,
        disk: Box<dyn LogDisk>,
        options: &RedbOptions,
        tuning: Tuning,
    ) -> Result<Self> {
        let path = PathBuf::from("simulated");
        let is_new = backend.len().map_err(failure::of_io)? == 0;
        let pages = CheckedPages::writable(backend, path.display().to_string());
        let engine = Engine::open(path.clone(), pages, options)?;
        if is_new {
            guarded(|| engine.create_tables(&Space::ALL))?;
        }
        assemble(path, engine, disk, options, tuning)
    }
}

/// Makes a store of an open database and the place of its log, after bringing what the log holds into the file.
pub(crate) fn assemble(
    path: PathBuf,
    engine: Engine,
    disk: Box<dyn LogDisk>,
    options: &RedbOptions,
    tuning: Tuning,
) -> Result<RedbStore> {
    let (state, base) = guarded(|| {
        ensure_tables(&engine, &path)?;
        let state = recover(&engine, &*disk).map_err(|e| failure::at(e, &path))?;
        Ok((state, engine.begin().map_err(|e| failure::at(e, &path))?))
    })?;
    let shared = Shared::new(path, engine, base, state, tuning.measures.slots);
    Ok(RedbStore {
        shared: Arc::new(shared),
        pid: std::process::id(),
        cache_bytes: options.cache_bytes,
        writer: Mutex::new(Writer::new(disk, tuning, options.durability, state.flushed)),
        writing: Mutex::new(false),
        writing_ended: Condvar::new(),
    })
}

/// Adds the tables of spaces that are newer than the file, and refuses a redb file that is not ours.
fn ensure_tables(engine: &Engine, path: &Path) -> Result<()> {
    let absent = engine.begin().and_then(|base| base.absent_spaces()).map_err(|e| failure::at(e, path))?;
    if absent.contains(&Space::Meta) {
        return Err(failure::not_a_database(path, "it is the redb file of another program"));
    }
    if absent.is_empty() { Ok(()) } else { engine.create_tables(&absent) }
}

/// Brings the file up to its log and says how the two stand then: everything is in the file, and no log is in use.
fn recover(engine: &Engine, disk: &dyn LogDisk) -> Result<LogState> {
    let state = engine.begin()?.log_state()?;
    let Some(file) = disk.open().map_err(failure::of_io)? else {
        return match state {
            Some(state) if state.in_use => {
                Err(corrupt(disk, "is missing; it holds commits that the database file lacks"))
            }
            Some(state) => Ok(state),
            None => begin(engine),
        };
    };
    let foreign = || corrupt(disk, "is not the log of this database; move it away");
    let state = state.ok_or_else(foreign)?;
    let header = match log::read_header(&*file).map_err(failure::of_io)? {
        Some(header) => header,
        None if state.in_use => return Err(corrupt(disk, "is damaged: its first bytes are not those of a log")),
        None => return Err(foreign()),
    };
    check_pair(state, &header, disk)?;
    let batches = match log::read(&*file, &header, state.flushed).map_err(failure::of_io)? {
        Found::Batches(batches) if state.in_use || batches.is_empty() => batches,
        Found::Batches(_) => return Err(of_another_time(state, &header, disk)),
        Found::Damaged(sequence) => {
            return Err(corrupt(
                disk,
                &format!("is damaged: commit {sequence} is unreadable, though it was acknowledged"),
            ));
        }
    };
    drop(file);
    let recovered = replay(engine, state, &batches)?;
    disk.remove().map_err(failure::of_io)?;
    Ok(recovered)
}

/// Gives the database its number, before it has any log: a log that is found beside a file without one is not its own.
fn begin(engine: &Engine) -> Result<LogState> {
    let identity = Identity { database: [draw(), draw()], generation: 0 };
    let state = LogState { identity, in_use: false, flushed: 0 };
    engine.write_state(state)?;
    Ok(state)
}

/// Whether the log is the one that the file names, or may be one that holds nothing for it: left by a crash before its
/// first batch, or after its last flush.
fn check_pair(state: LogState, header: &Header, disk: &dyn LogDisk) -> Result<()> {
    if header.identity.database != state.identity.database {
        return Err(corrupt(disk, "is the log of another database; move it away"));
    }
    let (found, named) = (header.identity.generation, state.identity.generation);
    let fits = if state.in_use { found == named } else { found <= named + 1 };
    if fits { Ok(()) } else { Err(of_another_time(state, header, disk)) }
}

fn of_another_time(state: LogState, header: &Header, disk: &dyn LogDisk) -> Error {
    let (found, named) = (header.identity.generation, state.identity.generation);
    corrupt(disk, &format!("is log {found} of this database, whose file goes with log {named}: one of them is a copy"))
}

/// Writes the batches to the file in one transaction, and with them that the log is not needed any more.
fn replay(engine: &Engine, state: LogState, batches: &[Batch]) -> Result<LogState> {
    let last = batches.last().map_or(state.flushed, |batch| batch.sequence);
    // One batch more may be on the disk: one whose sync failed and whose header was overwritten, which the system shows and the
    // disk does not have. It counts as one that the file has, so that it is none when the power fails before the log is gone.
    let flushed = last + u64::from(state.in_use);
    let recovered = LogState { in_use: false, flushed, ..state };
    if recovered != state {
        engine.write_layers(&[layer_of(batches)], recovered)?;
    }
    Ok(recovered)
}

/// What batches hold together.
pub(super) fn layer_of(batches: &[Batch]) -> Layer {
    let mut layer = Layer::default();
    for (space, entry) in batches.iter().flat_map(Batch::entries) {
        layer.insert(space, entry);
    }
    layer
}

fn corrupt(disk: &dyn LogDisk, what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{} {what}", disk.name())).with("log", disk.name())
}
