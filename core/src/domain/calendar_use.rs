//! Which provisional years of a calendar were looked at, so that what was decided by one can be marked.

use std::sync::atomic::{AtomicI32, Ordering};

/// The latest provisional year that was looked at, 0 for none. It says nothing of the calendar itself: two calendars are alike
/// whatever was looked at, and a copy begins with nothing.
#[derive(Debug, Default)]
pub(super) struct ProvisionalUse(AtomicI32);

impl ProvisionalUse {
    /// Notes that a provisional year was looked at.
    pub(super) fn note(&self, year: i32) {
        self.0.fetch_max(year, Ordering::Relaxed);
    }

    /// Runs something, and gives with what it gives the latest provisional year that it looked at. What was noted before stays.
    pub(super) fn during<T>(&self, run: impl FnOnce() -> T) -> (T, Option<i32>) {
        let before = self.0.swap(0, Ordering::Relaxed);
        let done = run();
        let during = self.0.fetch_max(before, Ordering::Relaxed);
        (done, (during != 0).then_some(during))
    }
}

impl Clone for ProvisionalUse {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for ProvisionalUse {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ProvisionalUse {}
