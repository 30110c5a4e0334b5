//! What tests of this and of other crates share: the store contract, a store that fails on demand, a clock that stands, a disk
//! that forgets.

mod fault_store;
mod fixed_clock;
mod model;
pub mod random;
pub mod readers;
#[cfg(feature = "redb")]
mod sim_disk;
pub mod store_contract;
#[cfg(feature = "redb")]
pub mod torture;

pub use fault_store::{FaultPlan, FaultStore};
pub use fixed_clock::FixedClock;
pub use model::{Answer, Model, ModelRecord};
/// How many keys of their own pending writes the scans of transactions looked at on this thread, since it began.
pub fn pending_keys_looked_at() -> u64 {
    crate::port::look::count()
}

#[cfg(feature = "redb")]
pub use sim_disk::{Cuts, DiskFault, DiskPlan, Image, SimDisk};
