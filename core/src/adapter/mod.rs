//! Implementations of the ports.

mod memory_store;
#[cfg(feature = "redb")]
mod redb_store;
mod system_clock;

pub use memory_store::MemoryStore;
#[cfg(feature = "redb")]
pub use redb_store::{Durability, LogFound, PairSink, Piece, RedbOptions, RedbReader, RedbStore, Wreck};
#[cfg(feature = "redb")]
#[cfg(any(test, feature = "testing"))]
pub(crate) use redb_store::{LogDisk, LogFile, Measures, Tuning, readers, seal};
pub use system_clock::SystemClock;
