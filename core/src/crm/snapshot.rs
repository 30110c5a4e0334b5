//! A snapshot of the store together with where the journal stands in it, by which records come from the cache.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::EntityKind;
use crate::error::Result;
use crate::port::{Order, ReadTxn, Seen, Space, Visitor};
use crate::record::meta::Head;
use crate::record::{Cache, Record, RecordRef, table};

/// One committed state.
pub(crate) struct Snapshot {
    txn: Box<dyn ReadTxn>,
    /// The sequence of the last journal entry in it.
    head: u64,
    cache: Arc<Cache>,
}

impl Snapshot {
    /// Takes a snapshot of the store that was just begun.
    pub(super) fn new(txn: Box<dyn ReadTxn>, cache: Arc<Cache>) -> Result<Self> {
        let head = Head::read(&*txn)?.sequence;
        cache.see(head);
        Ok(Self { txn, head, cache })
    }

    /// The sequence of the last journal entry in it, which names the committed state.
    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// The record with an id, when it is in the cache.
    pub(super) fn cached(&self, entity: EntityKind, id: u64) -> Option<Record> {
        self.cache.get(entity, id, self.head)
    }

    /// Shows the record with an id when it is in the cache, and says whether it is.
    pub(super) fn show_cached(&self, entity: EntityKind, id: u64, visit: &mut dyn FnMut(RecordRef<'_>)) -> bool {
        self.cache.show(entity, id, self.head, visit)
    }

    /// The record with an id, from the cache or from the store; in the latter case it is kept.
    ///
    /// # Errors
    /// As [`table::load`].
    pub(super) fn record(&self, entity: EntityKind, id: u64) -> Result<Option<Record>> {
        if let Some(record) = self.cached(entity, id) {
            return Ok(Some(record));
        }
        let record = table::load(&*self.txn, entity, id)?;
        if let Some(record) = &record {
            self.cache.keep(record, self.head);
        }
        Ok(record)
    }

    /// Shows the record with an id where it lies, in the cache or in the store, and says whether there is one. It is not
    /// kept: whoever reads like that reads many.
    ///
    /// # Errors
    /// As [`table::show`], and those of `visit`.
    pub(super) fn show(
        &self,
        entity: EntityKind,
        id: u64,
        visit: &mut dyn FnMut(RecordRef<'_>) -> Result<()>,
    ) -> Result<bool> {
        match self.cached(entity, id) {
            Some(record) => visit(record.as_ref()).map(|()| true),
            None => table::show(&*self.txn, entity, id, visit),
        }
    }
}

impl ReadTxn for Snapshot {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.txn.get(space, key, visit)
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.txn.scan(space, from, until, order, visit)
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        self.txn.read_through(space, visit)
    }
}
