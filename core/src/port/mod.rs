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
pub use hook::{Answer, Computation, Hook, HookInput, LogLine, NoServices, Point, Services};
pub use overlay::{Mark, Overlay, is_empty_range};
#[cfg(any(test, feature = "testing"))]
pub(crate) use pending::look;
pub use stage::Stage;
pub use statistics::{SpaceStatistics, StoreStatistics};
pub use store::{Gap, Order, ReadTxn, Seen, Space, Store, Visitor, WriteTxn, is_unreadable, scan_through};
