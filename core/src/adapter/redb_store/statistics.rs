//! What the store tells about its file, its log and its work.

use std::fs;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{ReadableDatabase, ReadableTableMetadata};

use super::{RedbStore, failure, table};
use crate::error::Result;
use crate::port::{Space, SpaceStatistics, StoreStatistics};

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
        Ok(StoreStatistics {
            // A simulated disk has no file.
            file_bytes: fs::metadata(self.path()).map_or(0, |found| found.len()),
            log_bytes,
            cache_bytes_max: self.cache_bytes as u64,
            commits: activity.commits.load(Ordering::Relaxed),
            flushes: activity.flushes.load(Ordering::Relaxed),
            flushes_waiting: self.shared.flushes_waiting(),
            may_lack_commits: false,
            spaces: if spaces { self.shared.with_database(of_spaces)? } else { Vec::new() },
        })
    }
}

/// The bytes of every space, which redb counts by visiting its pages.
pub(super) fn of_spaces(database: &impl ReadableDatabase) -> Result<Vec<SpaceStatistics>> {
    let transaction = database.begin_read().map_err(failure::of_transaction)?;
    let of = |space: Space| {
        let table = transaction.open_table(table::table(space)).map_err(failure::of_table)?;
        let stats = table.stats().map_err(failure::of_storage)?;
        Ok(SpaceStatistics {
            space,
            entries: table.len().map_err(failure::of_storage)?,
            stored_bytes: stats.stored_bytes(),
            metadata_bytes: stats.metadata_bytes(),
            fragmented_bytes: stats.fragmented_bytes(),
        })
    };
    Space::ALL.into_iter().map(of).collect()
}
