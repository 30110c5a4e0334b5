//! What the kernel needs from outside, as traits with their contract in prose.

mod clock;
mod hook;
mod overlay;
mod statistics;
mod store;

pub use clock::Clock;
pub use hook::{ComplaintAnswer, Hook, HookInput};
pub use overlay::{Overlay, Staged, is_empty_range};

/// A use case staged on a shared transaction.
pub type Stage<'t> = Staged<'t, dyn WriteTxn + 't>;
pub use statistics::{SpaceStatistics, StoreStatistics};
pub use store::{Order, ReadTxn, Space, Store, Visitor, WriteTxn};
