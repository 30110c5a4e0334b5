//! The one writer: appends each commit to the log, shows it, and seals what a slot holds when the slot is full.

use std::io;
use std::sync::Arc;

use super::log::{self, AppendError, Batch, LastBatch, Log, LogDisk, Measures};
use super::named::Named;
use super::pipeline::Shared;
use super::plant::{self, Bug};
use super::state::LogState;
use super::sync::thread::{self, JoinHandle};
use super::{Durability, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::port::Overlay;

/// How the write path works: measures that tests make small.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tuning {
    pub(crate) measures: Measures,
    /// A longer batch goes to the file at once. At most the length of a slot. Unit: bytes.
    pub(crate) batch_bytes_max: usize,
    /// Whether a thread of its own flushes, and another helps with a batch that goes to the file at once; otherwise the
    /// writer does all.
    pub(crate) background: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            measures: Measures { slot_bytes: 16 << 20, slots: 4, chunk_bytes: 1 << 20 },
            batch_bytes_max: 8 << 20,
            background: true,
        }
    }
}

#[derive(Debug)]
pub(super) struct Writer {
    disk: Box<dyn LogDisk>,
    /// The database file; a simulated disk has no names.
    named: Option<Named>,
    tuning: Tuning,
    durability: Durability,
    log: Option<Log>,
    /// A log that was made and that the file may or may not name: writing that failed.
    unnamed: Option<Log>,
    /// A log that the file does not need any more and that could not be removed.
    spent: Option<Log>,
    /// Whether the log's slot is the writer's to fill.
    has_slot: bool,
    /// The sequence of the last batch, be it committed or in doubt.
    sequence: u64,
    /// Whether the last batch may or may not be on the disk, though its commit failed.
    in_doubt: bool,
    /// Why no commit is taken any more: the file or its log has lost its name, or the file holds a refused commit, on whose state
    /// another must not be built.
    replaced: Option<Error>,
    flusher: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn new(
        disk: Box<dyn LogDisk>,
        named: Option<Named>,
        tuning: Tuning,
        durability: Durability,
        sequence: u64,
    ) -> Self {
        Self {
            disk,
            named,
            tuning,
            durability,
            log: None,
            unnamed: None,
            spent: None,
            has_slot: false,
            sequence,
            in_doubt: false,
            replaced: None,
            flusher: None,
        }
    }

    /// Makes the writes durable and then visible, or fails and leaves the committed state as it was.
    pub(super) fn commit(&mut self, shared: &Arc<Shared>, overlay: &Overlay) -> Result<()> {
        self.refuse_replaced()?;
        if self.in_doubt {
            self.start_over(shared)?;
        }
        let len = log::len_of(overlay);
        if len > self.tuning.batch_bytes_max {
            return self.commit_past_the_log(shared, overlay);
        }
        self.make_room(shared, len)?;
        let batch = self.append(overlay)?;
        if plant::is(Bug::LogNamedLate) && !shared.log_state().in_use {
            let identity = self.log.as_ref().map_or(shared.log_state().identity, Log::identity);
            shared.write_log_state(LogState { identity, in_use: true, ..shared.log_state() })?;
        }
        self.sequence = batch.sequence;
        shared.show(&batch);
        Ok(())
    }

    /// Writes a batch to the log, and acknowledges it when whoever opens the database by its name will find it there.
    fn append(&mut self, overlay: &Overlay) -> Result<Batch> {
        let log = self.log.as_mut().expect("invariant: room was made in a log");
        let appended = match log.append(self.sequence + 1, overlay) {
            Ok(appended) => appended,
            Err(AppendError::Refused(error)) => return Err(failure::of_io(error)),
            Err(AppendError::InDoubt(error)) => {
                self.doubt();
                return Err(failure::of_io(error));
            }
        };
        if let Err(error) = self.confirm_names() {
            self.doubt();
            if let Some(log) = &self.log {
                log.withdraw();
            }
            return Err(error);
        }
        let log = self.log.as_mut().expect("invariant: a batch has just been appended to it");
        log.acknowledge(&appended);
        Ok(appended.batch)
    }

    /// Leaves out the sequence of the batch that failed, which may be on the disk.
    fn doubt(&mut self) {
        self.sequence += 1;
        self.in_doubt = true;
    }

    fn refuse_replaced(&self) -> Result<()> {
        self.replaced.as_ref().map_or(Ok(()), |error| Err(error.duplicate()))
    }

    /// Sees whether the file and its log have their names. If not, others take another file for the database, and no
    /// commit is taken from then on.
    fn confirm_names(&mut self) -> Result<()> {
        let found = self.look_at_names();
        self.remember(found)
    }

    fn remember(&mut self, found: Result<()>) -> Result<()> {
        if let Err(error) = &found
            && error.kind() == ErrorKind::FileReplaced
        {
            self.replaced = Some(error.duplicate());
        }
        found
    }

    fn look_at_names(&self) -> Result<()> {
        if let Some(named) = &self.named {
            confirm(named.is_there(), || named.path().display().to_string())?;
        }
        if let Some(log) = &self.log {
            confirm(log.is_named(), || self.disk.name())?;
        }
        Ok(())
    }

    /// Sees to it that a batch of this length fits into the slot of the log, which may mean to wait for a flush.
    fn make_room(&mut self, shared: &Arc<Shared>, len: usize) -> Result<()> {
        if self.log.is_none() {
            self.begin_log(shared)?;
        }
        let log = self.log.as_ref().expect("invariant: the log has just been begun");
        if self.has_slot && !log.fits(len) {
            self.seal(shared);
        }
        if !self.has_slot {
            self.flush_here(shared);
            let slot = shared.take_slot(!self.tuning.background)?;
            self.log.as_mut().expect("invariant: a log is open").begin_slot(slot);
            self.has_slot = true;
        }
        Ok(())
    }

    /// Makes the log of this opening. The file learns of it before the first batch goes there, and only then.
    fn begin_log(&mut self, shared: &Arc<Shared>) -> Result<()> {
        self.start_flusher(shared)?;
        self.confirm_names()?;
        self.remove_spent()?;
        let before = shared.log_state();
        let log = match self.unnamed.take() {
            Some(log) => log,
            None => self.create_log(before)?,
        };
        let identity = log.identity();
        self.unnamed = Some(log);
        let last = LastBatch::default();
        if plant::is(Bug::LogNamedLate) {
            self.log = self.unnamed.take();
            return Ok(());
        }
        shared.write_log_state(LogState {
            identity,
            in_use: true,
            flushed: self.sequence,
            last,
            superseded: [0; 16],
        })?;
        self.log = self.unnamed.take();
        Ok(())
    }

    fn create_log(&self, before: LogState) -> Result<Log> {
        let identity = before.identity.next().map_err(failure::of_io)?;
        let synced = self.durability == Durability::Full;
        Log::create(&*self.disk, identity, synced, self.tuning.measures).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => replaced(&self.disk.name(), "was put there by another"),
            _ => failure::of_io(error),
        })
    }

    fn remove_spent(&mut self) -> Result<()> {
        if let Some(log) = &self.spent {
            log.remove().map_err(failure::of_io)?;
        }
        self.spent = None;
        Ok(())
    }

    fn start_flusher(&mut self, shared: &Arc<Shared>) -> Result<()> {
        if self.tuning.background && self.flusher.is_none() {
            let shared = Arc::clone(shared);
            let work = move || shared.flush_until_the_end();
            let thread = thread::Builder::new().name("crmkernel-flush".to_owned()).spawn(work);
            self.flusher = Some(thread.map_err(failure::of_io)?);
        }
        Ok(())
    }

    /// Hands what the slot holds over to the flush.
    fn seal(&mut self, shared: &Shared) {
        let Some(log) = self.log.as_ref().filter(|_| self.has_slot) else { return };
        self.has_slot = false;
        shared.seal(log.last_batch(), log.slot());
    }

    /// Does the work of the background thread where there is none.
    fn flush_here(&self, shared: &Shared) {
        if !self.tuning.background {
            shared.flush();
        }
    }

    /// Brings everything into the file.
    fn drain(&mut self, shared: &Shared) -> Result<()> {
        self.seal(shared);
        self.flush_here(shared);
        shared.drain(!self.tuning.background)
    }

    /// Brings everything into the file, for whoever wants it alone. Nothing is in doubt then.
    pub(super) fn settle(&mut self, shared: &Shared) -> Result<()> {
        self.refuse_replaced()?;
        if self.in_doubt { self.start_over(shared) } else { self.drain(shared) }
    }

    /// How long the log is. Unit: bytes.
    pub(super) fn log_bytes(&self) -> u64 {
        self.log.as_ref().map_or(0, Log::bytes)
    }

    /// Commits more than the log takes: once all before it is in the file, it follows in a transaction of redb.
    fn commit_past_the_log(&mut self, shared: &Arc<Shared>, overlay: &Overlay) -> Result<()> {
        self.drain(shared)?;
        self.confirm_names()?;
        // Its sequence may be in the file even when this fails, or panics, and must not be given to another batch.
        self.doubt();
        let (sequence, parted) = (self.sequence, self.tuning.background);
        // The names were right before it was written. That they cannot be looked at now is no reason to refuse what is in the file.
        let confirm =
            || self.look_at_names().or_else(|e| if e.kind() == ErrorKind::FileReplaced { Err(e) } else { Ok(()) });
        let written = shared.write_through(sequence, overlay, parted, confirm);
        if let Err(error) = &written
            && shared.engine.is_ahead()
        {
            self.replaced = Some(error.duplicate());
        }
        self.remember(written)?;
        self.in_doubt = false;
        Ok(())
    }

    /// After a commit in doubt: brings what is acknowledged into the file, and notes there that the batch in doubt does not count,
    /// before anything else is acknowledged, in a new log. A sync that failed once says nothing when it is repeated.
    fn start_over(&mut self, shared: &Shared) -> Result<()> {
        self.confirm_names()?;
        self.drain(shared)?;
        shared.write_log_state(LogState { in_use: false, flushed: self.sequence, ..shared.log_state() })?;
        if let Some(log) = self.log.take() {
            self.spent = Some(log);
        }
        self.in_doubt = false;
        self.remove_spent()
    }

    /// Ends the background thread, brings everything into the file and removes the log. When that fails the log stays,
    /// and the next open does it. It stays, too, when the file has lost its name, for whoever puts the two together.
    pub(super) fn finish(&mut self, shared: &Shared) -> Result<()> {
        shared.end();
        if let Some(flusher) = self.flusher.take() {
            // It catches its panics, and there is nothing else that it could say.
            let _ = flusher.join();
        }
        if self.log.is_none() && self.unnamed.is_none() && self.spent.is_none() {
            return Ok(());
        }
        self.seal(shared);
        shared.flush_sealed(Some(self.sequence))?;
        if let Some(named) = &self.named {
            confirm(named.is_there(), || named.path().display().to_string())?;
        }
        let logs = [self.log.take(), self.unnamed.take(), self.spent.take()];
        logs.iter().flatten().try_for_each(Log::remove).map_err(failure::of_io)
    }
}

fn confirm(is_there: io::Result<bool>, name: impl FnOnce() -> String) -> Result<()> {
    match is_there {
        Ok(true) => Ok(()),
        Ok(false) => Err(replaced(&name(), "was replaced, moved, removed or cut short")),
        Err(error) => Err(failure::of_io(error)),
    }
}

fn replaced(name: &str, what: &str) -> Error {
    let message =
        format!("{name} {what} while the database was open; nothing more is written, close it and open it again");
    Error::new(ErrorKind::FileReplaced, message)
}
