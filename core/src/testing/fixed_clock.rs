//! A clock that shows what it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::Instant;
use crate::port::Clock;

/// A clock that stands still until it is set or advanced. Clones show the same instant, so a test keeps one.
#[derive(Debug, Clone)]
pub struct FixedClock {
    /// Unit: microseconds since the epoch.
    now_us: Arc<AtomicI64>,
}

impl FixedClock {
    /// Makes a clock that shows `now`.
    pub fn new(now: Instant) -> Self {
        Self { now_us: Arc::new(AtomicI64::new(now.us())) }
    }

    /// Shows `now` from here on, which may lie before what was shown.
    pub fn set(&self, now: Instant) {
        self.now_us.store(now.us(), Ordering::SeqCst);
    }

    /// Moves forward and gives the new instant. It stops at [`Instant::MAX`].
    pub fn advance(&self, by: Duration) -> Instant {
        let by_us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let moved = |us: i64| us.saturating_add(by_us).min(Instant::MAX.us());
        let before = self.now_us.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |us| Some(moved(us)));
        instant(moved(before.unwrap_or_else(|us| us)))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        instant(self.now_us.load(Ordering::SeqCst))
    }
}

fn instant(us: i64) -> Instant {
    Instant::from_us(us).expect("invariant: only what an instant gave, moved within its bounds, is kept")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_what_one_of_them_was_told() {
        let clock = FixedClock::new(Instant::from_us(10).unwrap());
        let shared: Box<dyn Clock> = Box::new(clock.clone());
        assert_eq!(shared.now().us(), 10);
        assert_eq!(clock.advance(Duration::from_secs(1)).us(), 1_000_010);
        assert_eq!(shared.now().us(), 1_000_010);
        clock.set(Instant::MIN);
        assert_eq!(shared.now(), Instant::MIN);
        clock.advance(Duration::MAX);
        assert_eq!(shared.now(), Instant::MAX);
    }
}
