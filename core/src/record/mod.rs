//! Bytes to domain and back: the one place that knows the stored form.
//!
//! `layout` is the form of a record, `key` the form of keys, `catalog` says which fields and indexes there are,
//! `journal` is the form of a journal entry, `table` keeps records, indexes and unique keys in step, `derived` says whether
//! they are, and `archive` is the form of a backup as a stream.

pub(crate) mod archive;
pub(crate) mod bytes;
pub(crate) mod catalog;
pub(crate) mod derived;
pub(crate) mod journal;
pub(crate) mod key;
mod layout;
pub(crate) mod meta;
pub(crate) mod table;

pub use catalog::{Catalog, FieldInfo, IndexInfo};
pub use journal::{JournalEntry, RecordChange, ValueChange};
pub use layout::Record;
pub(crate) use layout::{Draft, Header};
