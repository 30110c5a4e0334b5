//! Bytes to domain and back: the one place that knows the stored form.
//!
//! `layout` is the form of a record, `record_ref` reads one where it lies, `key` the form of keys, `catalog` says which
//! fields and indexes there are, `journal` is the form of a journal entry, `table` keeps records, indexes and unique keys in
//! step, `count` keeps counts of them, `derived` says whether keys are those of their records, `archive` is the form of a
//! backup as a stream, and `words` says a decision in the labels of the catalog. `needs` are the plugins that the database
//! needs, `origin` says which plugin decided a value, and `evolution` how a declared field may change.

pub(crate) mod archive;
pub(crate) mod bytes;
mod cache;
#[cfg(test)]
mod cache_shuttle;
pub(crate) mod catalog;
pub(crate) mod count;
pub(crate) mod derived;
mod evolution;
pub(crate) mod hint;
pub(crate) mod journal;
pub(crate) mod key;
mod layout;
pub(crate) mod meta;
pub(crate) mod needs;
pub(crate) mod origin;
mod record_ref;
pub(crate) mod table;
mod words;
mod written;

pub(crate) use cache::Cache;
pub use cache::CacheStatistics;
pub use catalog::{Catalog, FieldInfo, IndexInfo};
pub use journal::{JournalEntry, RecordChange, ValueChange};
pub use layout::Record;
pub(crate) use layout::{Draft, Header};
pub use record_ref::RecordRef;
pub use words::Words;
pub(crate) use written::Written;

/// What the cache is built from; its test puts others in their place, whose every order of steps can be tried.
mod sync {
    pub(super) use std::sync::atomic::{AtomicU64, Ordering};
    pub(super) use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
}
