//! The facade: the only door to the kernel. One use case is one method.

mod adopt;
mod aggregate;
pub(crate) mod answer;
#[cfg(feature = "arrow")]
mod arrow;
mod ask;
mod authors;
mod backup;
mod batch;
mod calendar_warning;
mod change;
mod check;
mod classify;
mod complaint_rate;
mod count;
mod cursor;
mod customer_file;
mod dates;
mod decide;
mod derived;
mod follow;
mod group;
mod history;
mod judge;
mod loans;
mod managed;
mod mask;
mod missed;
mod names;
mod needs;
mod open;
mod past;
mod permit;
mod plan;
mod plugins;
mod policy;
mod position;
mod present;
mod query;
mod queue;
#[cfg(test)]
mod queue_shuttle;
mod reassess;
mod rebuild;
pub(crate) mod redact;
mod replay;
#[cfg(feature = "redb")]
mod salvage;
mod satisfaction;
pub(crate) mod services;
mod session;
mod snapshot;
mod sorted;
mod statistics;
mod suspended;
mod told;
mod trust;
mod unread;
mod untold;
mod verify;
mod verify_derived;
mod warnings;
mod what_if;
mod write;
mod years;

pub use aggregate::Summary;
#[cfg(feature = "redb")]
pub use backup::restore_file;
pub use backup::{Copied, CopyWatch, restore_store};
pub use classify::{ClassChange, Reclassified};
pub use cursor::Cursor;
pub use group::{Atomicity, Watch};
pub use history::Stay;
pub use missed::Missed;
pub use open::{Config, Crm};
pub use past::Moment;
pub use plan::Plan;
pub use plugins::PluginOptions;
pub use policy::Due;
pub use query::{Condition, Op, Query};
pub use rebuild::{RebuildWatch, Rebuilt};
pub use replay::ReplayWatch;
#[cfg(feature = "redb")]
pub use salvage::{Salvaged, SalvagedLog, salvage_file};
pub use session::Session;
pub use statistics::Statistics;
pub use verify::{Problem, ProblemKind, Report, VerifyWatch};
pub use warnings::Warning;
pub use what_if::{DueChange, WhatIf};
pub use write::Outcome;

/// What the queue works with; a test puts a scheduler's in their place.
mod sync {
    pub(super) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    pub(super) use std::thread::{Thread, current, park, yield_now};
}
