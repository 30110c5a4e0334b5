//! Implementations of the ports.

mod memory_store;
#[cfg(feature = "redb")]
mod redb_store;
mod system_clock;

pub use memory_store::MemoryStore;
#[cfg(feature = "redb")]
pub use redb_store::{Durability, RedbOptions, RedbStore};
pub use system_clock::SystemClock;
