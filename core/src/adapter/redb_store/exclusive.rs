//! The file for one alone: no writer, no snapshot, nothing left in the log.

use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use redb::Database;

use super::file::{PAUSE_FIRST, PAUSE_MAX};
use super::guard::guarded;
use super::layer::Layer;
use super::pipeline::Shared;
use super::table::Base;
use super::view::View;
use super::{RedbStore, closed};
use crate::error::{Error, ErrorKind, Result};

impl RedbStore {
    /// Runs `work` on the database while nobody else has anything to do with it. Who begins a transaction waits.
    ///
    /// # Errors
    /// `Busy` when snapshots are alive for longer than `wait`; what the work answers.
    pub(super) fn alone<T>(&self, wait: Duration, work: impl FnOnce(&mut Database) -> Result<T>) -> Result<T> {
        let _slot = self.wait_for_slot()?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        guarded(|| writer.settle(&self.shared))?;
        let view = self.shared.shut()?;
        if let Err(busy) = self.shared.wait_for_snapshots(wait) {
            self.shared.reopen(Ok(view));
            return Err(busy);
        }
        drop(view);
        let worked = self.shared.work(work);
        self.shared.reopen(self.shared.fresh_view());
        worked
    }
}

impl Shared {
    /// Waits until no snapshot is alive but the store's own.
    fn wait_for_snapshots(&self, wait: Duration) -> Result<()> {
        let (mut left, mut pause) = (wait, PAUSE_FIRST);
        loop {
            let alive = Arc::strong_count(&self.alive) - 1;
            if alive == 0 {
                return Ok(());
            }
            if left.is_zero() {
                let message =
                    format!("snapshots of the database are alive, {alive}: end its cursors and queries first");
                return Err(Error::new(ErrorKind::Busy, message).with("snapshots", alive));
            }
            pause = pause.min(left);
            thread::sleep(pause);
            left -= pause;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// redb may panic over bytes that it did not write.
    fn work<T>(&self, work: impl FnOnce(&mut Database) -> Result<T>) -> Result<T> {
        let mut held = self.database.write().unwrap_or_else(PoisonError::into_inner);
        let database = held.as_mut().ok_or_else(closed)?;
        guarded(|| work(database))
    }

    fn fresh_view(&self) -> Result<Arc<View>> {
        let base = Arc::new(guarded(|| self.with_database(Base::begin))?);
        Ok(Arc::new(View { base, sealed: Arc::default(), active: Layer::default() }))
    }
}
