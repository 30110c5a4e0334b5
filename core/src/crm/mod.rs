//! The facade: the only door to the kernel. One use case is one method.

mod adopt;
mod aggregate;
#[cfg(feature = "arrow")]
mod arrow;
mod batch;
mod change;
mod check;
mod classify;
mod count;
mod cursor;
mod decide;
mod follow;
mod group;
mod history;
mod open;
mod plan;
mod policy;
mod query;
mod satisfaction;
mod session;
mod snapshot;
mod verify;
mod write;
mod years;

pub use aggregate::Summary;
pub use classify::{ClassChange, Reclassified, WhatIf};
pub use cursor::Cursor;
pub use group::{Atomicity, Watch};
pub use history::Stay;
pub use open::{Config, Crm};
pub use plan::Plan;
pub use policy::Due;
pub use query::{Condition, Op, Query};
pub use session::Session;
pub use verify::Report;
pub use write::Outcome;
