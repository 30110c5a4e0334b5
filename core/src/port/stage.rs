//! A use case on a transaction that it shares with others: it is kept, or undone without a trace.

use std::ops::ControlFlow;

use super::{Mark, Order, ReadTxn, Seen, Space, Visitor, WriteTxn, scan_through};
use crate::error::{Error, Result};

/// The writes of one use case, or of several that stand or fall together, on a shared transaction.
///
/// What is written ends with [`Stage::keep`] or [`Stage::undo`], and the next use case may begin; a stage that is dropped
/// without either leaves its writes where they are.
#[must_use = "its writes are to be kept or undone"]
pub struct Stage<'t> {
    txn: &'t mut dyn WriteTxn,
    begin: Mark,
    /// Memory for values that are made one after the other.
    buffer: Vec<u8>,
    /// The first write that the transaction refused: it is of no use any more.
    failed: Option<Error>,
}

impl<'t> Stage<'t> {
    /// Begins on what the transaction holds by now.
    ///
    /// # Errors
    /// Those of the transaction.
    pub fn begin(txn: &'t mut dyn WriteTxn) -> Result<Self> {
        let begin = txn.mark()?;
        Ok(Self { txn, begin, buffer: Vec::new(), failed: None })
    }

    /// Sets the value of `key`; the last put wins. Should the transaction refuse it, [`Stage::keep`] and [`Stage::undo`]
    /// say so: a use case has no answer to it.
    pub fn put(&mut self, space: Space, key: &[u8], value: &[u8]) {
        if let Err(error) = self.txn.put(space, key, value) {
            self.failed.get_or_insert(error);
        }
    }

    /// Removes `key`, with errors as [`Stage::put`] has them.
    pub fn delete(&mut self, space: Space, key: &[u8]) {
        if let Err(error) = self.txn.delete(space, key) {
            self.failed.get_or_insert(error);
        }
    }

    /// Sets the value of `key`, as [`Stage::put`] does, to what `make` appends to an empty buffer, and returns what `look`
    /// makes of it.
    pub fn put_made<T>(
        &mut self,
        space: Space,
        key: &[u8],
        make: impl FnOnce(&mut Vec<u8>),
        look: impl FnOnce(&[u8]) -> T,
    ) -> T {
        let mut value = std::mem::take(&mut self.buffer);
        value.clear();
        make(&mut value);
        self.put(space, key, &value);
        let looked = look(&value);
        self.buffer = value;
        looked
    }

    /// Leaves the writes in the transaction.
    ///
    /// # Errors
    /// Why the transaction refused a write; it may hold some of the others and is to be dropped.
    pub fn keep(&mut self) -> Result<()> {
        self.failed.take().map_or(Ok(()), Err)?;
        self.begin = self.txn.mark()?;
        Ok(())
    }

    /// Takes the writes out of the transaction again.
    ///
    /// # Errors
    /// As [`Stage::keep`], and those of the transaction.
    pub fn undo(&mut self) -> Result<()> {
        self.failed.take().map_or(Ok(()), Err)?;
        self.txn.undo_to(self.begin)
    }
}

impl ReadTxn for Stage<'_> {
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
        scan_through(self, space, visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::MemoryStore;
    use crate::error::ErrorKind;
    use crate::port::Store;
    use crate::testing::store_contract::{keys, value};
    use crate::testing::{FaultPlan, FaultStore};

    const S: Space = Space::Record;

    #[test]
    fn what_is_undone_leaves_no_trace_and_what_is_kept_stays() {
        let store = MemoryStore::new();
        let mut txn = store.begin_write().unwrap();
        txn.put(S, b"a", b"1").unwrap();
        let mut refused = Stage::begin(txn.as_mut()).unwrap();
        refused.put(S, b"a", b"2");
        refused.put(S, b"b", b"2");
        refused.delete(S, b"a");
        assert_eq!(keys(&refused, S, b"", None, Order::Ascending), [b"b".to_vec()]);
        refused.undo().unwrap();
        assert_eq!(value(txn.as_ref(), S, b"a").as_deref(), Some(&b"1"[..]));
        let mut kept = Stage::begin(txn.as_mut()).unwrap();
        kept.put(S, b"c", b"3");
        kept.keep().unwrap();
        txn.commit().unwrap();
        let read = store.begin_read().unwrap();
        assert_eq!(keys(read.as_ref(), S, b"", None, Order::Ascending), [b"a".to_vec(), b"c".to_vec()]);
    }

    #[test]
    fn a_write_that_the_transaction_refused_ends_it() {
        for keep in [true, false] {
            let store = FaultStore::new(std::sync::Arc::new(MemoryStore::new()));
            store.follow(FaultPlan::FailOnce { call: 2, kind: ErrorKind::Io });
            let mut txn = store.begin_write().unwrap();
            let mut stage = Stage::begin(txn.as_mut()).unwrap();
            stage.put(S, b"a", b"1");
            stage.put(S, b"b", b"1");
            let ended = if keep { stage.keep() } else { stage.undo() };
            assert_eq!(ended.unwrap_err().kind(), ErrorKind::Io);
        }
    }
}
