//! The one source of time.

use crate::domain::Instant;

/// Tells the present instant. Rules never ask it: the facade asks once for a use case and passes the answer on.
pub trait Clock: Send + Sync + 'static {
    /// The present instant, in microseconds since the epoch, UTC.
    fn now(&self) -> Instant;
}
