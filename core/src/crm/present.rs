//! The present instant of a database: never before its last change, whatever the clock shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::Instant;
use crate::error::Result;
use crate::port::{Callback, Clock, ReadTxn, Space};
use crate::record::{journal, key, meta};

/// A clock that is kept from going behind the last journal entry. A clock that is set back, or one of a machine that took
/// over the file, would otherwise give records that were changed before they were made, and negative times in a state.
pub(crate) struct Present {
    pub(crate) clock: Arc<dyn Clock>,
    /// The instant of the last entry. Unit: microseconds since the epoch.
    written_us: AtomicI64,
}

impl Present {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, written_us: AtomicI64::new(Instant::MIN.us()) }
    }

    /// What the clock shows, or the instant of the last entry when that is later.
    pub(crate) fn now(&self) -> Instant {
        self.shown().max(self.written())
    }

    /// An entry of this instant was written.
    pub(crate) fn wrote_at(&self, at: Instant) {
        self.written_us.fetch_max(at.us(), Ordering::AcqRel);
    }

    /// Takes note of the last entry that a snapshot shows. One that cannot be read is for `verify` to find.
    ///
    /// # Errors
    /// What the store answers.
    pub(crate) fn follow(&self, read: &dyn ReadTxn) -> Result<()> {
        let head = meta::Head::read(read)?;
        let stored = meta::get(read, Space::Journal, &key::journal(head.sequence))?;
        if let Some((entry, _)) = stored.and_then(|stored| journal::decode(&stored).ok()) {
            self.wrote_at(entry.at);
        }
        Ok(())
    }

    /// How far the clock is behind the last entry, 0 when it is not. Unit: microseconds.
    pub(crate) fn behind_us(&self) -> u64 {
        let behind = self.written().us().saturating_sub(self.shown().us());
        u64::try_from(behind).unwrap_or(0)
    }

    /// What the clock shows. It may be a function of the host's, which must not call back.
    fn shown(&self) -> Instant {
        let _callback = Callback::begin("the clock");
        self.clock.now()
    }

    fn written(&self) -> Instant {
        let us = self.written_us.load(Ordering::Acquire);
        Instant::from_us(us).expect("invariant: only what an instant gave is kept")
    }
}
