//! What a use case changed, for everything that is derived from records.

use crate::domain::EntityKind;

use super::catalog::Catalog;
use super::count::Tally;
use super::layout::Record;

/// What a use case, or a transaction of many, changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    /// By how much the counts change.
    pub(crate) tally: Tally,
    /// The records that were there before and are others now.
    pub(crate) records: Vec<(EntityKind, u64)>,
}

impl Changed {
    /// Notes that a record was written over the one before it.
    pub(crate) fn note(&mut self, catalog: &Catalog, before: Option<&Record>, after: &Record) {
        let entity = after.entity();
        self.tally.change(catalog, entity, before.map(|record| record as _), Some(after));
        if before.is_some() {
            self.records.push((entity, after.id()));
        }
    }

    /// Takes over what another use case of the same transaction changed.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.tally.absorb(other.tally);
        self.records.extend(other.records);
    }
}
