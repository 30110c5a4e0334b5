//! The reference store: everything in memory, shared by its clones.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::port::{
    Mark, Order, Overlay, ReadTxn, Seen, Space, SpaceStatistics, Store, StoreStatistics, Visitor, WriteTxn,
    is_empty_range, scan_through,
};

type Map = BTreeMap<Arc<[u8]>, Arc<[u8]>>;
type Spaces = [Arc<Map>; Space::ALL.len()];

/// A store in memory. Clones share what is committed, so a clone stands for opening the same database again.
///
/// Transactions that write do not wait for each other: the one that commits second gets `Busy`.
#[derive(Debug, Default)]
pub struct MemoryStore {
    committed: Arc<Mutex<Committed>>,
    /// Of this handle alone; a clone is open.
    closed: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Committed {
    version: u64,
    spaces: Spaces,
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn snapshot(&self) -> Result<(u64, Snapshot)> {
        let snapshot = |state: MutexGuard<'_, Committed>| (state.version, state.spaces.clone());
        let (version, spaces) = snapshot(lock(&self.committed));
        let snapshot = Snapshot { spaces, closed: Arc::clone(&self.closed) };
        snapshot.check_open()?;
        Ok((version, snapshot))
    }
}

impl Clone for MemoryStore {
    fn clone(&self) -> Self {
        Self { committed: Arc::clone(&self.committed), closed: Arc::default() }
    }
}

impl Store for MemoryStore {
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        Ok(Box::new(self.snapshot()?.1))
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>> {
        let (version, snapshot) = self.snapshot()?;
        Ok(Box::new(Write { store: self, version, snapshot, overlay: Overlay::new() }))
    }

    fn check(&self, _wait: Duration) -> Result<Vec<String>> {
        self.snapshot().map(|_| Vec::new())
    }

    fn compact(&self, _wait: Duration) -> Result<()> {
        self.snapshot().map(drop)
    }

    fn statistics(&self, spaces: bool) -> Result<StoreStatistics> {
        let (commits, snapshot) = self.snapshot()?;
        let counted = Space::ALL.into_iter().zip(&snapshot.spaces).filter(|_| spaces);
        Ok(StoreStatistics {
            commits,
            spaces: counted.map(|(space, map)| statistics_of(space, map)).collect(),
            ..StoreStatistics::default()
        })
    }

    fn close(&self) -> Result<()> {
        if self.closed.swap(true, Ordering::AcqRel) { Err(closed()) } else { Ok(()) }
    }
}

/// A writer that panicked cannot have left the state half changed: nothing between lock and unlock can panic.
fn lock(state: &Mutex<Committed>) -> MutexGuard<'_, Committed> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn statistics_of(space: Space, map: &Map) -> SpaceStatistics {
    let stored_bytes = map.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum();
    SpaceStatistics { space, entries: map.len() as u64, stored_bytes, metadata_bytes: 0, fragmented_bytes: 0 }
}

fn closed() -> Error {
    Error::new(ErrorKind::Misuse, "the store is closed; open it again")
}

struct Snapshot {
    spaces: Spaces,
    closed: Arc<AtomicBool>,
}

impl Snapshot {
    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(closed()) } else { Ok(()) }
    }
}

impl ReadTxn for Snapshot {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.check_open()?;
        let value = self.spaces[space.index()].get(key);
        if let Some(value) = value {
            visit(value);
        }
        Ok(value.is_some())
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.check_open()?;
        if is_empty_range(from, until) {
            return Ok(());
        }
        let end = until.map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.spaces[space.index()].range::<[u8], _>((Bound::Included(from), end));
        match order {
            Order::Ascending => show(range, visit),
            Order::Descending => show(range.rev(), visit),
        }
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        scan_through(self, space, visit)
    }
}

fn show<'m>(pairs: impl Iterator<Item = (&'m Arc<[u8]>, &'m Arc<[u8]>)>, visit: &mut Visitor<'_>) -> Result<()> {
    for (key, value) in pairs {
        if let ControlFlow::Break(()) = visit(key, value)? {
            break;
        }
    }
    Ok(())
}

struct Write<'s> {
    store: &'s MemoryStore,
    version: u64,
    snapshot: Snapshot,
    overlay: Overlay,
}

impl ReadTxn for Write<'_> {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.snapshot.check_open()?;
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
        self.snapshot.check_open()?;
        self.overlay.scan(&self.snapshot, space, from, until, order, visit)
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        scan_through(self, space, visit)
    }
}

impl WriteTxn for Write<'_> {
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        self.snapshot.check_open()?;
        self.overlay.put(space, key, value);
        Ok(())
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<()> {
        self.snapshot.check_open()?;
        self.overlay.delete(space, key);
        Ok(())
    }

    fn mark(&mut self) -> Result<Mark> {
        self.snapshot.check_open()?;
        Ok(self.overlay.mark())
    }

    fn undo_to(&mut self, mark: Mark) -> Result<()> {
        self.snapshot.check_open()?;
        self.overlay.undo_to(mark);
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<()> {
        self.snapshot.check_open()?;
        let Self { store, version, snapshot, overlay } = *self;
        // Its own snapshot must not be what makes `Arc::make_mut` copy a whole space.
        drop(snapshot);
        if overlay.is_empty() {
            return Ok(());
        }
        let mut state = lock(&store.committed);
        if state.version != version {
            return Err(Error::new(ErrorKind::Busy, "another writer committed first; run the work again"));
        }
        for space in Space::ALL.into_iter().filter(|&space| !overlay.is_empty_in(space)) {
            let map = Arc::make_mut(&mut state.spaces[space.index()]);
            for (key, value) in overlay.iter(space) {
                match value {
                    Some(value) => drop(map.insert(key.into(), value.into())),
                    None => drop(map.remove(key)),
                }
            }
        }
        state.version += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::store_contract::{StoreFixture, dump, run_all};

    impl StoreFixture for MemoryStore {
        fn open(&self) -> Arc<dyn Store> {
            Arc::new(self.clone())
        }
    }

    #[test]
    fn keeps_the_contract() {
        run_all(&|| Box::new(MemoryStore::new()), |promise| eprintln!("promise: {promise}"));
    }

    #[test]
    fn the_second_of_two_writers_is_busy() {
        let store = MemoryStore::new();
        let mut first = store.begin_write().unwrap();
        let mut second = store.begin_write().unwrap();
        let idle = store.begin_write().unwrap();
        first.put(Space::Meta, b"k", b"first").unwrap();
        second.put(Space::Record, b"k", b"second").unwrap();
        first.commit().unwrap();
        assert_eq!(second.commit().unwrap_err().kind(), ErrorKind::Busy);
        idle.commit().expect("a commit without writes cannot conflict");
        assert!(dump(&store)[Space::Record.index()].is_empty());
    }

    #[test]
    fn closing_one_handle_leaves_its_clones_open() {
        let store = MemoryStore::new();
        let clone = store.clone();
        let pending = store.begin_write().unwrap();
        store.close().unwrap();
        assert_eq!(pending.commit().unwrap_err().kind(), ErrorKind::Misuse);
        clone.begin_write().unwrap().commit().unwrap();
    }
}
