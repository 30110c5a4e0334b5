//! The kernel of crmkernel: customers, visits and complaints with their regulations, in the caller's process.
//!
//! The only door is [`Crm`]. Everything else that is public is what passes through that door.

pub mod adapter;
pub mod domain;
mod error;
pub mod port;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use error::{Error, ErrorKind, Result, Violation};
