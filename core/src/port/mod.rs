//! What the kernel needs from outside, as traits with their contract in prose.

mod callback;
mod clock;
mod hook;
mod overlay;
mod pending;
mod stage;
mod statistics;
mod store;

pub use callback::Callback;
pub use clock::Clock;
pub use hook::{
    Answer, Computation, DECISIONS_MAX, Hook, HookInput, INPUTS_MAX, LogLine, NAME_LEN_MAX, NoServices, Point,
    Services, TEXT_LEN_MAX, VIOLATIONS_MAX,
};
pub use overlay::{Mark, Overlay, is_empty_range};
#[cfg(any(test, feature = "testing"))]
pub(crate) use pending::look;
pub use stage::Stage;
pub use statistics::{SpaceStatistics, StoreStatistics};
pub use store::{Gap, Order, ReadTxn, Seen, Space, Store, Visitor, WriteTxn, is_unreadable, scan_through};
