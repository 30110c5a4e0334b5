//! What tests of this and of other crates share: the store contract, a store that fails on demand, a clock that stands.

mod fault_store;
mod fixed_clock;
mod model;
pub mod store_contract;

pub use fault_store::{FaultPlan, FaultStore};
pub use fixed_clock::FixedClock;
pub use model::{Answer, Model, ModelRecord};
