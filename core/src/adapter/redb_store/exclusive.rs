//! The file for one alone: no writer, no snapshot, nothing left in the log.

use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use super::engine::Engine;
use super::file::{PAUSE_FIRST, PAUSE_MAX};
use super::guard::guarded;
use super::pages::CheckedPages;
use super::pipeline::Shared;
use super::view::View;
use super::{RedbStore, failure};
use crate::error::{Error, ErrorKind, Result};

impl RedbStore {
    /// Brings what the log holds into the file. Who begins a transaction that writes waits.
    ///
    /// # Errors
    /// `Misuse` when it is closed, `FileReplaced`, `DiskFull`, `Io`.
    pub(crate) fn settle(&self) -> Result<()> {
        let _slot = self.wait_for_slot()?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        guarded(|| writer.settle(&self.shared)).map_err(|e| self.shared.at(e))
    }

    /// Runs `work` while nobody else has anything to do with it. Who begins a transaction waits.
    ///
    /// # Errors
    /// `Busy` when snapshots are alive for longer than `wait`; what the work answers.
    pub(super) fn alone<T>(&self, wait: Duration, work: impl FnOnce(&Engine) -> Result<T>) -> Result<T> {
        let _slot = self.wait_for_slot()?;
        self.alone_in_slot(wait, work)
    }

    /// The same while no other process reads the file, or begins to. Nothing is written before that is so.
    ///
    /// # Errors
    /// `Busy`, too, when other processes read the file for longer than `wait`.
    pub(super) fn alone_of_all<T>(&self, wait: Duration, work: impl FnOnce(&Engine) -> Result<T>) -> Result<T> {
        let _slot = self.wait_for_slot()?;
        let _shut = ReadersOut::wait(self.shared.engine.pages(), wait)?;
        // What is alive now is as a rule alive later; then nothing was written yet.
        self.shared.wait_for_snapshots(wait)?;
        self.alone_in_slot(wait, work)
    }

    fn alone_in_slot<T>(&self, wait: Duration, work: impl FnOnce(&Engine) -> Result<T>) -> Result<T> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        guarded(|| writer.settle(&self.shared))?;
        let view = self.shared.shut()?;
        if let Err(busy) = self.shared.wait_for_snapshots(wait) {
            self.shared.reopen(Some(view));
            return Err(busy);
        }
        drop(view);
        let worked = guarded(|| work(&self.shared.engine));
        let view = guarded(|| self.shared.engine.begin());
        self.shared.reopen(view.ok().map(|base| Arc::new(View::of(base))));
        worked
    }
}

/// Keeps readers of other processes out while it lives.
struct ReadersOut(Arc<CheckedPages>);

impl ReadersOut {
    fn wait(pages: &Arc<CheckedPages>, wait: Duration) -> Result<Self> {
        let mut pauses = Pauses::new(wait);
        while !pages.try_shut_readers_out().map_err(failure::of_io)? {
            if !pauses.pause() {
                let message = "another process reads the database; do it when that has ended";
                return Err(Error::new(ErrorKind::Busy, message));
            }
        }
        Ok(Self(Arc::clone(pages)))
    }
}

impl Drop for ReadersOut {
    fn drop(&mut self) {
        self.0.let_readers_in();
    }
}

/// Pauses that get longer, as long as there is time.
struct Pauses {
    left: Duration,
    next: Duration,
}

impl Pauses {
    fn new(time: Duration) -> Self {
        Self { left: time, next: PAUSE_FIRST }
    }

    /// Waits a little; false when there is no time left.
    fn pause(&mut self) -> bool {
        if self.left.is_zero() {
            return false;
        }
        let pause = self.next.min(self.left);
        thread::sleep(pause);
        self.left -= pause;
        self.next = (pause * 2).min(PAUSE_MAX);
        true
    }
}

impl Shared {
    /// Waits until no snapshot is alive but the store's own.
    fn wait_for_snapshots(&self, wait: Duration) -> Result<()> {
        let mut pauses = Pauses::new(wait);
        loop {
            let alive = Arc::strong_count(&self.alive) - 1;
            if alive == 0 {
                return Ok(());
            }
            if !pauses.pause() {
                let message =
                    format!("snapshots of the database are alive, {alive}: end its cursors and queries first");
                return Err(Error::new(ErrorKind::Busy, message).with("snapshots", alive));
            }
        }
    }
}
