//! The locks of the file: what is locked for other processes, and what redb only believes to lock.
//!
//! redb locks bytes of the file that lie far behind its end. Three kinds of them keep processes apart, and are real:
//!
//! | byte | held by | what it says |
//! |---|---|---|
//! | [`WRITER`] | the process that writes, alone | nobody else writes |
//! | [`READERS`] | each process that reads, shared; a compaction, alone | somebody may begin a snapshot |
//! | [`PIN_BASE`] + t | whoever reads transaction t, shared | the pages that t needs are not used again |
//!
//! They belong to the one file description that the store has open, however many instances of redb work on it, so this counts
//! who holds each. None is ever waited for: a lock that another holds is refused, and the caller tries again for as long
//! as it has time, then says so.
//!
//! redb also locks its header, shared for each snapshot that begins and alone for each commit, and waits for that without end:
//! one reader that is stopped in between would stop the writer for good. That lock is granted here and never taken.
//!
//! # Why a snapshot is safe without the lock of the header
//!
//! A reader reads the header, which says that transaction t is the newest, pins t, and reads the header again. If that
//! still says t, the pin is good; otherwise the reader lets go and begins anew ([`super::Instance`]).
//!
//! Pages of t may be used again only by a commit that looked for pins and found none at t or below. The transaction
//! that follows t, s, frees only what t no longer needs. The first that may take pages of t is the one behind s, and it looks
//! for pins after the header of s was published. If the second look of the reader still found t, then the pin was there before
//! the header of s was, and so before that look: it was seen. `head.rs` says why no look at the header is an old one.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

/// Locked by the process that writes.
const WRITER: u64 = 1 << 62;
/// Locked by every process that reads. Not the byte of redb for it, which would also lock the file as a whole.
const READERS: u64 = (1 << 62) + 70;
/// The first byte of those that pin transactions, as redb has them.
pub(super) const PIN_BASE: u64 = (1 << 62) + 1024;

/// The pins of this process, and who it was. A child of fork shares its parent's locks and must not give them up.
#[derive(Debug)]
pub(super) struct Locks {
    pins: Mutex<BTreeMap<u64, usize>>,
    pid: u32,
}

impl Default for Locks {
    fn default() -> Self {
        Self { pins: Mutex::default(), pid: std::process::id() }
    }
}

impl Locks {
    fn pins(&self) -> MutexGuard<'_, BTreeMap<u64, usize>> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the right to write; false when another process has it.
    pub(super) fn try_write(file: &dyn StorageBackend) -> io::Result<bool> {
        granted(file.try_lock_range(byte(WRITER).0, byte(WRITER).1))
    }

    /// Takes a reader's share; false while a process compacts.
    pub(super) fn try_read(file: &dyn StorageBackend) -> io::Result<bool> {
        granted(file.try_lock_shared_range(byte(READERS).0, byte(READERS).1))
    }

    /// Keeps readers of other processes out; false when there are any.
    pub(super) fn try_shut_out(file: &dyn StorageBackend) -> io::Result<bool> {
        granted(file.try_lock_range(byte(READERS).0, byte(READERS).1))
    }

    /// Lets readers in again.
    pub(super) fn let_in(&self, file: &dyn StorageBackend) {
        if self.is_own() {
            // What is not unlocked here is when the file is closed.
            let _ = file.unlock_range(byte(READERS).0, byte(READERS).1);
        }
    }

    /// Pins a transaction once more; false when another process holds its byte alone, which none of ours does.
    pub(super) fn pin(&self, file: &dyn StorageBackend, id: u64) -> io::Result<bool> {
        let mut pins = self.pins();
        let count = pins.get(&id).copied().unwrap_or(0);
        if count == 0 && !granted(file.try_lock_shared_range(byte(PIN_BASE + id).0, byte(PIN_BASE + id).1))? {
            return Ok(false);
        }
        pins.insert(id, count + 1);
        Ok(true)
    }

    /// Gives up one pin of a transaction.
    pub(super) fn unpin(&self, file: &dyn StorageBackend, id: u64) {
        let mut pins = self.pins();
        match pins.get_mut(&id) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) => {
                pins.remove(&id);
                if self.is_own() {
                    let _ = file.unlock_range(byte(PIN_BASE + id).0, byte(PIN_BASE + id).1);
                }
            }
            None => {}
        }
    }

    /// Whether this process has pinned a transaction.
    pub(super) fn is_pinned(&self, id: u64) -> bool {
        self.pins().contains_key(&id)
    }

    /// Whether a transaction from `first` to `last` is pinned, by this process or another.
    pub(super) fn is_any_pinned(&self, file: &dyn StorageBackend, first: u64, last: u64) -> io::Result<bool> {
        if self.pins().range(first..=last).next().is_some() {
            return Ok(true);
        }
        Self::is_any_pinned_elsewhere(file, first, last)
    }

    /// Whether another process has pinned a transaction from `first` to `last`.
    pub(super) fn is_any_pinned_elsewhere(file: &dyn StorageBackend, first: u64, last: u64) -> io::Result<bool> {
        let (first, last) = (PIN_BASE.saturating_add(first), PIN_BASE.saturating_add(last));
        match file.query_lock_range(Bound::Included(first), Bound::Included(last)) {
            Err(BackendError::Unsupported) => Ok(false),
            answer => answer.map_err(io::Error::from),
        }
    }

    /// The oldest transaction up to `newest` that another process has pinned. Pins can only be asked for by ranges.
    pub(super) fn oldest_pinned_elsewhere(file: &dyn StorageBackend, newest: u64) -> io::Result<Option<u64>> {
        let (mut first, mut last) = (0, newest);
        if !Self::is_any_pinned_elsewhere(file, first, last)? {
            return Ok(None);
        }
        while first < last {
            let middle = first.midpoint(last);
            if Self::is_any_pinned_elsewhere(file, first, middle)? { last = middle } else { first = middle + 1 }
        }
        Ok(Some(first))
    }

    fn is_own(&self) -> bool {
        self.pid == std::process::id()
    }
}

fn byte(at: u64) -> (Bound<u64>, Bound<u64>) {
    (Bound::Included(at), Bound::Included(at))
}

/// What cannot be locked is not shared with other processes.
fn granted(answer: Result<bool, BackendError>) -> io::Result<bool> {
    match answer {
        Err(BackendError::Unsupported) => Ok(true),
        answer => answer.map_err(io::Error::from),
    }
}
