//! The C ABI of crmkernel. What a caller sees of it is `include/crmkernel.h`, which is generated from here.
//!
//! Every function passes one guard (`guard`), every handle is an entry of one table (`handle`), and every failure is
//! left on the session (`session`) or, where there is none, on the thread (`error`).

#![expect(non_camel_case_types, reason = "types are named as the C header names them")]
#![expect(clippy::missing_safety_doc, reason = "the contract of a function is its comment in the C header, in C terms")]

pub mod arrow;
pub mod batch;
pub mod care;
pub mod command;
pub mod compute;
pub mod cursor;
pub mod db;
pub mod error;
pub mod facts;
pub mod field;
mod guard;
mod handle;
pub mod journal;
pub mod layout;
pub mod plugin;
pub mod policy;
pub mod query;
pub mod record;
pub mod salvage;
pub mod session;
pub mod summary;
pub mod text;
pub mod value;
pub mod version;
pub mod warning;

pub use error::{CRMK_ABSENT, CRMK_DONE, CRMK_OK, CRMK_ROW};
