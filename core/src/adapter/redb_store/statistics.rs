//! What the store tells about its file, its log and its work.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use super::{RedbStore, failure};
use crate::error::Result;
use crate::port::StoreStatistics;

/// What was done since the opening.
#[derive(Debug, Default)]
pub(super) struct Activity {
    pub(super) commits: AtomicU64,
    pub(super) flushes: AtomicU64,
}

impl RedbStore {
    pub(super) fn statistics_now(&self, spaces: bool) -> Result<StoreStatistics> {
        let log_bytes = self.writer.lock().unwrap_or_else(PoisonError::into_inner).log_bytes();
        let activity = &self.shared.activity;
        let spaces = match spaces {
            true => {
                // As a snapshot is: who needs the file alone waits for it.
                let _alive = Arc::clone(&self.shared.alive);
                self.shared.engine.begin()?.statistics()?
            }
            false => Vec::new(),
        };
        Ok(StoreStatistics {
            // A simulated disk has no file.
            file_bytes: fs::metadata(self.path()).map_or(0, |found| found.len()),
            log_bytes,
            cache_bytes_max: self.cache_bytes as u64,
            commits: activity.commits.load(Ordering::Relaxed),
            flushes: activity.flushes.load(Ordering::Relaxed),
            flushes_waiting: self.shared.flushes_waiting(),
            may_lack_commits: false,
            oldest_reader_behind: self.shared.engine.pages().oldest_reader_behind().map_err(failure::of_io)?,
            spaces,
        })
    }
}
