//! Implementations of the ports.

mod memory_store;
mod system_clock;

pub use memory_store::MemoryStore;
pub use system_clock::SystemClock;
