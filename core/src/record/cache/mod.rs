//! The newest committed records, kept in memory and checked once.
//!
//! The cache and a commit meet in three steps. Before a commit can be seen, [`Cache::begin`] takes out the records that it
//! changes, and refuses them from readers of older snapshots from then on; after it, [`Turn::end`] says that it is in
//! force. So what is in the cache is the newest version of a record in every snapshot that is not older than it, and a
//! reader whose snapshot has the journal's head at `h` may use an entry whose last change is at `h` or before. A commit
//! that failed, or of which nobody knows whether it failed, has done no harm by that.
//!
//! A store may have other writers. Their commits show in the head of a snapshot that is further than every commit known
//! here, and empty the cache; until that is settled, such a snapshot is not answered from it.

mod shard;

use shard::{SHARD_BYTES_MAX, Shard, key_of};

use crate::domain::EntityKind;

use super::layout::Record;
use super::record_ref::RecordRef;
use super::sync::{AtomicU64, Mutex, MutexGuard, Ordering, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How many parts there are at least, so that those who keep and take out seldom meet; who gets shares.
const SHARDS_MIN: usize = 8;

/// What the cache of records holds, and how often it had what was asked for since the opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheStatistics {
    /// The records in it.
    pub records: u64,
    /// What is set aside for them so far. Unit: bytes.
    pub bytes: u64,
    /// The most that they may take; 0 when there is no cache. Unit: bytes.
    pub bytes_max: u64,
    /// How often a record was asked for by its id and was there.
    pub hits: u64,
    /// How often it was not.
    pub misses: u64,
}

/// The records of one database that are kept in memory, bounded in bytes; threads share it.
pub(crate) struct Cache {
    shards: Vec<RwLock<Shard>>,
    /// The head of the journal up to which every commit is known here.
    known: AtomicU64,
    commits: Mutex<Commits>,
}

/// The commits that are under way.
#[derive(Default)]
struct Commits {
    count: u32,
    /// The head of the journal that the last of them makes.
    head: u64,
}

impl Cache {
    /// An empty cache over a journal whose head is `head`. 0 bytes turn it off.
    pub(crate) fn new(bytes: usize, head: u64) -> Self {
        let count = if bytes == 0 { 0 } else { bytes.div_ceil(SHARD_BYTES_MAX).next_power_of_two().max(SHARDS_MIN) };
        let shard = |_| RwLock::new(Shard::new(bytes / count));
        Self { shards: (0..count).map(shard).collect(), known: AtomicU64::new(head), commits: Mutex::default() }
    }

    fn shard(&self, key: u64) -> Option<&RwLock<Shard>> {
        let at = usize::try_from((key ^ (key >> 6)).checked_rem(self.shards.len() as u64)?).ok()?;
        self.shards.get(at)
    }

    /// The shard of a key, to look into it.
    fn shard_ref(&self, key: u64) -> Option<RwLockReadGuard<'_, Shard>> {
        Some(self.shard(key)?.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The shard of a key, to change it.
    fn shard_mut(&self, key: u64) -> Option<RwLockWriteGuard<'_, Shard>> {
        Some(self.shard(key)?.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// What it holds and has answered.
    pub(crate) fn statistics(&self) -> CacheStatistics {
        let mut whole = CacheStatistics::default();
        for shard in &self.shards {
            shard.read().unwrap_or_else(PoisonError::into_inner).add_to(&mut whole);
        }
        whole
    }

    /// The record as a snapshot with the journal's head at `head` shows it, when it is kept.
    pub(crate) fn get(&self, entity: EntityKind, id: u64, head: u64) -> Option<Record> {
        let mut found = None;
        self.show(entity, id, head, &mut |record| found = Some(Record::of_checked(record)));
        found
    }

    /// Shows that record where it lies, and says whether it is kept.
    pub(crate) fn show(&self, entity: EntityKind, id: u64, head: u64, visit: &mut dyn FnMut(RecordRef<'_>)) -> bool {
        if head > self.known.load(Ordering::Acquire) {
            return false;
        }
        let Some(key) = key_of(entity, id) else { return false };
        let Some(shard) = self.shard_ref(key) else { return false };
        let found = shard.get(key, head);
        found.map(visit).is_some()
    }

    /// The record as the last known commit left it, when it is kept. Who finds none asks [`Cache::get`].
    pub(crate) fn newest(&self, entity: EntityKind, id: u64) -> Option<Record> {
        let head = self.known.load(Ordering::Acquire);
        let key = key_of(entity, id)?;
        self.shard_ref(key)?.get_at_first(key, head).map(Record::of_checked)
    }

    /// Keeps a record that was read from a snapshot with the journal's head at `head`, unless it changed since.
    pub(crate) fn keep(&self, record: &Record, head: u64) {
        let Some(key) = key_of(record.entity(), record.id()) else { return };
        if let Some(mut shard) = self.shard_mut(key) {
            shard.keep(key, record, head);
        }
    }

    /// Tells the head of the journal in a snapshot that was just begun.
    pub(crate) fn see(&self, head: u64) {
        if head <= self.known.load(Ordering::Acquire) {
            return;
        }
        let commits = self.lock_commits();
        if commits.count == 0 && head > self.known.load(Ordering::Acquire) {
            self.forget(head);
            self.known.store(head, Ordering::Release);
        }
    }

    /// Begins a commit that moves the journal's head from `before` to `after` and changes these records. It must not be
    /// visible yet.
    pub(crate) fn begin(&self, before: u64, after: u64, changed: &[(EntityKind, u64)]) -> Turn<'_> {
        let mut commits = self.lock_commits();
        let expected = if commits.count > 0 { commits.head } else { self.known.load(Ordering::Acquire) };
        if before != expected {
            self.forget(before);
            if commits.count == 0 {
                self.known.store(before, Ordering::Release);
            }
        }
        *commits = Commits { count: commits.count + 1, head: after };
        for key in changed.iter().filter_map(|(entity, id)| key_of(*entity, *id)) {
            if let Some(mut shard) = self.shard_mut(key) {
                shard.remove(key, after);
            }
        }
        Turn { cache: self, after }
    }

    /// Forgets every record, and refuses what was read before `head`.
    pub(crate) fn forget(&self, head: u64) {
        for shard in &self.shards {
            shard.write().unwrap_or_else(PoisonError::into_inner).clear(head);
        }
    }

    /// Empties the cache for good.
    pub(crate) fn close(&self) {
        self.forget(u64::MAX);
    }

    fn lock_commits(&self) -> MutexGuard<'_, Commits> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A commit that is under way. Dropping it says that it failed, or that nobody knows.
pub(crate) struct Turn<'c> {
    cache: &'c Cache,
    after: u64,
}

impl Turn<'_> {
    /// Says that the commit is in force.
    pub(crate) fn end(self) {
        self.cache.known.fetch_max(self.after, Ordering::AcqRel);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.cache.lock_commits().count -= 1;
    }
}
