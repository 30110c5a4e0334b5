//! A store that forgets records as soon as they are committed, for timing the use cases by themselves.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crm_core::Result;
use crm_core::port::{
    Mark, Order, Overlay, ReadTxn, Seen, Space, Store, StoreStatistics, Visitor, WriteTxn, scan_through,
};

type Facts = Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>;

/// Keeps what lies in the space of facts, and nothing else.
#[derive(Default)]
pub(crate) struct Void(Facts);

struct Read(Facts);

struct Write {
    read: Read,
    overlay: Overlay,
}

impl Store for Void {
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        Ok(Box::new(Read(Arc::clone(&self.0))))
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>> {
        Ok(Box::new(Write { read: Read(Arc::clone(&self.0)), overlay: Overlay::new() }))
    }

    fn check(&self, _wait: Duration) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn compact(&self, _wait: Duration) -> Result<()> {
        Ok(())
    }

    fn statistics(&self, _spaces: bool) -> Result<StoreStatistics> {
        Ok(StoreStatistics::default())
    }

    fn close(&self) -> Result<()> {
        Ok(())
    }
}

impl ReadTxn for Read {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        if space != Space::Meta {
            return Ok(false);
        }
        let facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = facts.get(key);
        if let Some(value) = value {
            visit(value);
        }
        Ok(value.is_some())
    }

    fn scan(&self, space: Space, _: &[u8], _: Option<&[u8]>, _: Order, visit: &mut Visitor<'_>) -> Result<()> {
        let facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in facts.iter().filter(|_| space == Space::Meta) {
            if let ControlFlow::Break(()) = visit(key, value)? {
                break;
            }
        }
        Ok(())
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        scan_through(self, space, visit)
    }
}

impl ReadTxn for Write {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.overlay.get(&self.read, space, key, visit)
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.overlay.scan(&self.read, space, from, until, order, visit)
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        scan_through(self, space, visit)
    }
}

impl WriteTxn for Write {
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
        let mut facts = self.read.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in self.overlay.iter(Space::Meta) {
            match value {
                Some(value) => drop(facts.insert(key.to_vec(), value.to_vec())),
                None => drop(facts.remove(key)),
            }
        }
        Ok(())
    }
}
