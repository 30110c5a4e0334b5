//! The kernel of crmkernel: customers, visits and complaints with their regulations, in the caller's process.
//!
//! The only door is [`Crm`]. Everything else that is public is what passes through that door.

pub mod adapter;
mod crm;
pub mod domain;
mod error;
pub mod plugin;
pub mod port;
mod record;
pub mod rules;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use crm::{Atomicity, Condition, Config, Crm, Cursor, Op, Outcome, Plan, Query, Report, Session, Watch};
pub use error::{Error, ErrorKind, Result, Violation};
pub use record::{Catalog, FieldInfo, IndexInfo, JournalEntry, Record, RecordChange, ValueChange};
