//! What a use case wrote, for everything that is derived from records.

use crate::domain::EntityKind;

use super::layout::Record;

/// A record that was written, and the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) before: Option<Record>,
    pub(crate) after: Record,
}

impl Written {
    /// The record that was there before and is another now.
    pub(crate) fn overwritten(&self) -> Option<(EntityKind, u64)> {
        self.before.as_ref().map(|record| (record.entity(), record.id()))
    }
}
