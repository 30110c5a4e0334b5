//! The clock of the operating system, kept from running backwards.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::Instant;
use crate::port::Clock;

/// The system's clock. It never gives an instant before the last one it gave, also when the system's clock is set back.
#[derive(Debug)]
pub struct SystemClock {
    /// Unit: microseconds since the epoch.
    last_us: AtomicI64,
}

impl SystemClock {
    /// Makes a clock that has given no instant yet.
    pub fn new() -> Self {
        Self { last_us: AtomicI64::new(Instant::MIN.us()) }
    }

    fn give(&self, system_us: i64) -> Instant {
        let bounded_us = system_us.clamp(Instant::MIN.us(), Instant::MAX.us());
        let last_us = self.last_us.fetch_max(bounded_us, Ordering::AcqRel);
        Instant::from_us(bounded_us.max(last_us)).expect("invariant: both lie within the bounds of an instant")
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter that the ban points to")]
        let system = SystemTime::now();
        self.give(since_epoch_us(system))
    }
}

fn since_epoch_us(system: SystemTime) -> i64 {
    match system.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_set_back_gives_the_last_instant_again() {
        let clock = SystemClock::new();
        assert_eq!(clock.give(1_000).us(), 1_000);
        assert_eq!(clock.give(999).us(), 1_000);
        assert_eq!(clock.give(-5).us(), 1_000);
        assert_eq!(clock.give(1_001).us(), 1_001);
    }

    #[test]
    fn instants_out_of_bounds_are_clamped() {
        let clock = SystemClock::new();
        assert_eq!(clock.give(i64::MIN), Instant::MIN);
        assert_eq!(clock.give(i64::MAX), Instant::MAX);
    }

    #[test]
    fn system_times_before_the_epoch_are_negative() {
        assert_eq!(since_epoch_us(UNIX_EPOCH - Duration::from_micros(7)), -7);
        assert_eq!(since_epoch_us(UNIX_EPOCH + Duration::from_micros(7)), 7);
    }

    #[test]
    fn consecutive_instants_do_not_fall() {
        let clock = SystemClock::new();
        let first = clock.now();
        assert!(first.us() > 1_700_000_000_000_000);
        assert!(clock.now() >= first);
    }
}
