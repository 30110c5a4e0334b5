//! The one writer: appends each commit to the log, shows it, and seals what a slot holds when the slot is full.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::log::{self, AppendError, Identity, Log, LogDisk, Measures};
use super::pipeline::Shared;
use super::state::LogState;
use super::{Durability, failure};
use crate::error::Result;
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
    tuning: Tuning,
    durability: Durability,
    log: Option<Log>,
    /// Whether the log's slot is the writer's to fill.
    has_slot: bool,
    /// The sequence of the last batch, be it committed or in doubt.
    sequence: u64,
    /// Whether the last batch may or may not be on the disk, though its commit failed.
    in_doubt: bool,
    flusher: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn new(disk: Box<dyn LogDisk>, tuning: Tuning, durability: Durability, sequence: u64) -> Self {
        Self { disk, tuning, durability, log: None, has_slot: false, sequence, in_doubt: false, flusher: None }
    }

    /// Makes the writes durable and then visible, or fails and leaves the committed state as it was.
    pub(super) fn commit(&mut self, shared: &Arc<Shared>, overlay: &Overlay) -> Result<()> {
        if self.in_doubt {
            self.start_over(shared)?;
        }
        let len = log::len_of(overlay);
        if len > self.tuning.batch_bytes_max {
            return self.commit_past_the_log(shared, overlay);
        }
        self.make_room(shared, len)?;
        let log = self.log.as_mut().expect("invariant: room was made in a log");
        let batch = log.append(self.sequence + 1, overlay).map_err(|error| match error {
            AppendError::Refused(error) => failure::of_io(error),
            AppendError::InDoubt(error) => {
                self.sequence += 1;
                self.in_doubt = true;
                failure::of_io(error)
            }
        })?;
        self.sequence = batch.sequence;
        shared.show(&batch);
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
        let before = shared.log_state();
        let identity = Identity { generation: before.identity.generation + 1, ..before.identity };
        let synced = self.durability == Durability::Full;
        let log = Log::create(&*self.disk, identity, synced, self.tuning.measures).map_err(failure::of_io)?;
        shared.write_log_state(LogState { identity, in_use: true, flushed: self.sequence })?;
        self.log = Some(log);
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
        shared.seal(self.sequence, log.slot());
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
        if self.in_doubt { self.start_over(shared) } else { self.drain(shared) }
    }

    /// How long the log is. Unit: bytes.
    pub(super) fn log_bytes(&self) -> u64 {
        self.log.as_ref().map_or(0, Log::bytes)
    }

    /// Commits more than the log takes: once all before it is in the file, it follows in a transaction of redb.
    fn commit_past_the_log(&mut self, shared: &Arc<Shared>, overlay: &Overlay) -> Result<()> {
        self.drain(shared)?;
        self.sequence += 1;
        // Its sequence may be in the file even when this fails, or panics, and must not be given to another batch.
        self.in_doubt = true;
        shared.write_through(self.sequence, overlay, self.tuning.background)?;
        self.in_doubt = false;
        Ok(())
    }

    /// After a commit in doubt: brings what is acknowledged into the file, and with it that the batch in doubt is none,
    /// before anything else is acknowledged, in a new log. A sync that failed once says nothing when it is repeated.
    fn start_over(&mut self, shared: &Shared) -> Result<()> {
        self.drain(shared)?;
        shared.write_log_state(LogState { in_use: false, flushed: self.sequence, ..shared.log_state() })?;
        self.log = None;
        self.in_doubt = false;
        self.disk.remove().map_err(failure::of_io)
    }

    /// Ends the background thread, brings everything into the file and removes the log. When that fails the log stays,
    /// and the next open does it.
    pub(super) fn finish(&mut self, shared: &Shared) -> Result<()> {
        shared.end();
        if let Some(flusher) = self.flusher.take() {
            // It catches its panics, and there is nothing else that it could say.
            let _ = flusher.join();
        }
        if self.log.is_none() {
            return Ok(());
        }
        self.seal(shared);
        shared.flush_sealed(Some(self.sequence))?;
        self.log = None;
        self.disk.remove().map_err(failure::of_io)
    }
}
