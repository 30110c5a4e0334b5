//! From files to a store: whether the file and its log belong together, and what the log still has for the file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use super::engine::Engine;
use super::guard::guarded;
use super::layer::Layer;
use super::log::{self, Batch, Held, LogDisk};
use super::named::Named;
#[cfg(any(test, feature = "testing"))]
use super::pages::CheckedPages;
use super::pairing::{self, Names, Pair};
use super::pipeline::Shared;
use super::state::LogState;
use super::writer::{Tuning, Writer};
use super::{RedbOptions, RedbStore, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Space;

/// Refuses a log whose database is not there, lest a new one is made in the place of what was lost.
pub(super) fn refuse_lone_log(path: &Path, disk: &dyn LogDisk) -> Result<()> {
    let at = |e| failure::at(failure::of_io(e), path);
    if disk.open().map_err(at)?.is_none() || path.try_exists().map_err(at)? {
        return Ok(());
    }
    let name = disk.name();
    let message =
        format!("{name} is the log of a database that is not there; put the database beside it, or move it away");
    Err(Error::new(ErrorKind::Corrupt, message).with("log", name))
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
        assemble(Place { path, named: None }, engine, disk, options, tuning)
    }
}

/// Where a database is.
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// The file that was opened there; a simulated disk has none.
    pub(super) named: Option<Named>,
}

/// Makes a store of an open database and the place of its log, after bringing what the log holds into the file.
pub(super) fn assemble(
    Place { path, named }: Place,
    engine: Engine,
    disk: Box<dyn LogDisk>,
    options: &RedbOptions,
    tuning: Tuning,
) -> Result<RedbStore> {
    let (state, base) = guarded(|| {
        ensure_tables(&engine, &path)?;
        let state = recover(&engine, &*disk, &path).map_err(|e| failure::at(e, &path))?;
        Ok((state, engine.begin().map_err(|e| failure::at(e, &path))?))
    })?;
    let shared = Shared::new(path, engine, base, state, tuning.measures.slots);
    Ok(RedbStore {
        shared: Arc::new(shared),
        pid: std::process::id(),
        cache_bytes: options.cache_bytes,
        writer: Mutex::new(Writer::new(disk, named, tuning, options.durability, state.flushed)),
        writing: Mutex::default(),
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
fn recover(engine: &Engine, disk: &dyn LogDisk, path: &Path) -> Result<LogState> {
    let state = engine.begin()?.log_state()?;
    let log = disk.open().map_err(failure::of_io)?;
    let (file_name, log_name) = (path.display().to_string(), disk.name());
    let names = Names { file: &file_name, log: &log_name };
    let found = pairing::pair(state, log.as_deref(), names, log::read)?;
    // Before it has any log: one that is found beside a file without a number is not its own.
    let state = state.map_or_else(|| begin(engine), Ok)?;
    let held = match found {
        Pair::Alone => return Ok(state),
        Pair::Spent => Held { last_sequence: state.flushed, ..Held::default() },
        Pair::Holds(held) => held,
    };
    let recovered = replay(engine, state, &held)?;
    if let Some(log) = log {
        log.remove().map_err(failure::of_io)?;
    }
    Ok(recovered)
}

/// Gives the database its number.
fn begin(engine: &Engine) -> Result<LogState> {
    let state = LogState::new()?;
    engine.write_state(state)?;
    Ok(state)
}

/// Writes the batches to the file in one transaction, and with them that the log is not needed any more.
fn replay(engine: &Engine, state: LogState, held: &Held) -> Result<LogState> {
    // All that is in the log counts as flushed, also what is not taken, so that it is not found again when the power fails before
    // the log is gone. The disk may hold one batch more than the system shows: one whose sync failed, and whose header was then
    // overwritten in memory and not on the disk.
    let flushed = held.last_sequence + u64::from(state.in_use);
    let recovered = LogState { in_use: false, flushed, ..state };
    if recovered != state {
        engine.write_layers(&[layer_of(&held.batches)], recovered)?;
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
