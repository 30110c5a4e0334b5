//! What a database holds, and what was done with it since it was opened.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::{EntityKind, Operation};
use crate::error::Result;
use crate::port::StoreStatistics;
use crate::record::CacheStatistics;

use super::query::Query;
use super::session::Session;

/// What a database holds, and what was done with it since it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// The records of each entity, in the order of the entities' numbers.
    pub records: Vec<(EntityKind, u64)>,
    /// The entries of the journal.
    pub journal_entries: u64,
    /// Transactions that wrote, since the opening. Callers that commit at once share one.
    pub groups: u64,
    /// Calls of callers that were in them.
    pub batches: u64,
    /// The most calls that shared one transaction.
    pub batches_per_group_max: u64,
    /// Commands that changed something.
    pub commands: u64,
    /// How far the clock is behind the last journal entry, 0 when it is not: changes are written under the instant of that
    /// entry until the clock has passed it. More than a few minutes say that a clock is or was wrong. Unit: microseconds.
    pub clock_behind_us: u64,
    /// The cache of records.
    pub cache: CacheStatistics,
    /// What the store tells.
    pub store: StoreStatistics,
}

/// Counts what is committed.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    groups: AtomicU64,
    batches: AtomicU64,
    batches_per_group_max: AtomicU64,
    commands: AtomicU64,
}

impl Activity {
    /// A transaction was committed with these batches and commands that changed something.
    pub(crate) fn committed(&self, batches: usize, commands: usize) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.batches.fetch_add(batches as u64, Ordering::Relaxed);
        self.batches_per_group_max.fetch_max(batches as u64, Ordering::Relaxed);
        self.commands.fetch_add(commands as u64, Ordering::Relaxed);
    }
}

impl Session {
    /// Counts what the database holds and says what was done since it was opened. With `spaces` the store counts the
    /// bytes of each of its spaces too, for which it may read the whole file.
    ///
    /// # Errors
    /// `Forbidden` with `spaces` below the level manage; what the store answers.
    pub fn statistics(&self, spaces: bool) -> Result<Statistics> {
        if spaces {
            self.permit(Operation::StatisticsOfSpaces)?;
        }
        let inner = &self.crm.inner;
        let count = |&entity: &EntityKind| Ok((entity, self.count(&Query::new(entity))?));
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Ok(Statistics {
            records: EntityKind::ALL.iter().map(count).collect::<Result<_>>()?,
            journal_entries: self.last_sequence()?,
            groups: read(&inner.activity.groups),
            batches: read(&inner.activity.batches),
            batches_per_group_max: read(&inner.activity.batches_per_group_max),
            commands: read(&inner.activity.commands),
            clock_behind_us: inner.present.behind_us(),
            cache: inner.cache.statistics(),
            store: inner.store.statistics(spaces)?,
        })
    }

    /// Makes the file of the database small again. Everything is as it was, though others wait meanwhile: whoever
    /// writes, and whoever begins to read. Cursors and snapshots that are alive are waited for, at most `wait`.
    ///
    /// # Errors
    /// `Forbidden` below the level manage; `Busy` when cursors are alive for longer than `wait`, then nothing is done;
    /// `DiskFull` when there is no room for the copy of the largest space that is made on the way, `Io`, `Corrupt`.
    pub fn compact(&self, wait: Duration) -> Result<()> {
        self.permit(Operation::Compact)?;
        let inner = &self.crm.inner;
        inner.without_snapshot(|| inner.store.compact(wait))
    }
}
