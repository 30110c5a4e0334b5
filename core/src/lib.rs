//! The kernel of crmkernel: customers, visits and complaints with their regulations, in the caller's process.
//!
//! The only door is [`Crm`]. Everything else that is public is what passes through that door.
//!
//! ```
//! use std::sync::Arc;
//! use crm_core::adapter::{MemoryStore, SystemClock};
//! use crm_core::domain::{Actor, Command, Complaint, Customer, EntityKind, Instant, Level};
//! use crm_core::{Config, Crm};
//!
//! # fn main() -> crm_core::Result<()> {
//! let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(SystemClock::new())))?;
//! let session = crm.session(Actor { name: "u.wang".into(), level: Level::Edit })?;
//!
//! let customer = Customer { name: Some("上海商业设施有限公司".into()), class: Some("key".into()), ..Customer::default() };
//! let outcome = session.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() })?;
//! let customer_id = outcome.record.map(|record| record.id());
//!
//! let complaint = Complaint {
//!     customer: customer_id,
//!     issue: Some("安装延误".into()),
//!     received_at: Some(Instant::parse("2026-09-16T08:00:00+08:00")?),
//!     ..Complaint::default()
//! };
//! let outcome = session.apply(Command::Add { entity: EntityKind::Complaint, changes: complaint.to_changes() })?;
//! assert_eq!(outcome.decisions[0].value, "key_customer");
//! assert_eq!(outcome.decisions[0].rule, "R-FIX-15");
//! # Ok(())
//! # }
//! ```

pub mod adapter;
mod crm;
pub mod domain;
mod error;
pub mod plugin;
pub mod policy;
pub mod port;
mod record;
pub mod rules;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(feature = "plugin")]
pub mod validator;

pub use crm::{
    Atomicity, ClassChange, Condition, Config, Copied, CopyWatch, Crm, Cursor, Due, DueChange, Missed, Moment, Op,
    Outcome, Plan, PluginOptions, Problem, ProblemKind, Query, RebuildWatch, Rebuilt, Reclassified, ReplayWatch,
    Report, Session, Statistics, Stay, Summary, VerifyWatch, Warning, Watch, WhatIf, restore_store,
};
#[cfg(feature = "redb")]
pub use crm::{Salvaged, SalvagedLog, restore_file, salvage_file};
pub use error::{Error, ErrorKind, Result, Violation};
pub use record::{
    CacheStatistics, Catalog, FieldInfo, IndexInfo, JournalEntry, Record, RecordChange, RecordRef, ValueChange, Words,
};
