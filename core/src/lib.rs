//! The kernel of crmkernel: customers, visits and complaints with their regulations, in the caller's process.
//!
//! The only door is [`Crm`]. Everything else that is public is what passes through that door.

#[cfg(any(test, feature = "redb"))]
pub mod adapter;
pub mod domain;
mod error;
pub mod plugin;
pub mod port;

pub use error::{Error, ErrorKind, Result, Violation};
