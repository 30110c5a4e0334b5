//! The one transaction that writes.

use std::ops::ControlFlow;

use super::view::Snapshot;
use super::{RedbStore, WriterSlot};
use crate::error::Result;
use crate::port::{Mark, Order, Overlay, ReadTxn, Seen, Space, Visitor, WriteTxn, scan_through};

/// The transaction that writes. The slot makes it the only one of the process and the file's lock that of all processes,
/// so its snapshot stays the newest state until it commits.
pub(super) struct Write<'s> {
    snapshot: Snapshot,
    overlay: Overlay,
    slot: WriterSlot<'s>,
}

impl<'s> Write<'s> {
    pub(super) fn new(snapshot: Snapshot, slot: WriterSlot<'s>) -> Self {
        Self { snapshot, overlay: Overlay::new(), slot }
    }
}

impl ReadTxn for Write<'_> {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.overlay.get(&self.snapshot, space, key, visit)
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.overlay.scan(&self.snapshot, space, from, until, order, visit)
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        scan_through(self, space, visit)
    }
}

impl WriteTxn for Write<'_> {
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        self.overlay.put(space, key, value);
        Ok(())
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<()> {
        self.overlay.delete(space, key);
        Ok(())
    }

    fn mark(&mut self) -> Result<Mark> {
        Ok(self.overlay.mark())
    }

    fn undo_to(&mut self, mark: Mark) -> Result<()> {
        self.overlay.undo_to(mark);
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let Self { snapshot, overlay, slot } = *self;
        // What only this snapshot still sees need not be copied for the commit.
        drop(snapshot);
        if overlay.is_empty() { Ok(()) } else { RedbStore::commit(&slot, &overlay) }
    }
}
