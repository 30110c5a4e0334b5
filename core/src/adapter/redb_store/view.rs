//! What readers see: the layers over a snapshot of the file.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::base::Base;
use super::closed;
use super::layer::{self, Layer, Newest};
use crate::error::Result;
use crate::port::{Order, ReadTxn, Seen, Space, Visitor, is_empty_range, is_unreadable};

/// One committed state. It never changes; a commit or a flush makes another.
pub(super) struct View {
    pub(super) base: Arc<Base>,
    /// Layers that are on their way into the file, newest first.
    pub(super) sealed: Arc<Vec<Layer>>,
    /// The layer that commits go to.
    pub(super) active: Layer,
}

impl View {
    /// The view of the file alone.
    pub(super) fn of(base: Base) -> Self {
        Self { base: Arc::new(base), sealed: Arc::default(), active: Layer::default() }
    }

    /// The layers, newest first. The last are changes that have no place in the file.
    fn layers(&self) -> impl Iterator<Item = &Layer> {
        std::iter::once(&self.active).chain(self.sealed.iter()).chain(self.base.aside())
    }

    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let hash = layer::hash(space, key);
        match self.layers().find_map(|layer| layer.get(space, key, hash)) {
            Some(entry) => {
                let value = entry.value();
                if let Some(value) = value {
                    visit(value);
                }
                Ok(value.is_some())
            }
            None => self.base.get(space, key, visit),
        }
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        let newer = || Newest::new(self.layers(), space, from, until, order);
        self.base.scan(space, (from, until), order, &newer, visit)
    }
}

impl View {
    /// Shows what can be read of a space, and what cannot. Of the keys that cannot be read in the file, those that the layers
    /// have are shown.
    pub(super) fn read_through(
        &self,
        space: Space,
        visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let (mut shown, mut refused) = (0_u64, false);
        let whole = self.scan(space, b"", None, Order::Ascending, &mut |key, value| {
            shown += 1;
            visit(Seen::Pair(key, value)).inspect_err(|_| refused = true)
        });
        match whole {
            Err(error) if !refused && is_unreadable(&error) => self.read_parts(space, shown, visit),
            whole => whole,
        }
    }

    /// The same part by part, without the first pairs, which were shown.
    fn read_parts(
        &self,
        space: Space,
        mut shown: u64,
        visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let ended = Cell::new(false);
        let mut show = |seen: Seen<'_>| {
            if shown > 0 && matches!(seen, Seen::Pair(..)) {
                shown -= 1;
                return Ok(ControlFlow::Continue(()));
            }
            visit(seen).inspect(|flow| ended.set(flow.is_break()))
        };
        let mut from = Vec::new();
        let mut gaps = self.base.gaps(space)?.into_iter();
        loop {
            let gap = gaps.next();
            let until = gap.as_ref().map(|gap| gap.from.as_slice());
            if !is_empty_range(&from, until) {
                self.scan(space, &from, until, Order::Ascending, &mut |key, value| show(Seen::Pair(key, value)))?;
            }
            let Some(gap) = gap.filter(|_| !ended.get()) else { return Ok(()) };
            for entry in Newest::new(self.layers(), space, &gap.from, gap.until.as_deref(), Order::Ascending) {
                if let Some(value) = entry.value()
                    && show(Seen::Pair(entry.key(), value))?.is_break()
                {
                    return Ok(());
                }
            }
            if show(Seen::Gap(&gap))?.is_break() {
                return Ok(());
            }
            let Some(until) = gap.until else { return Ok(()) };
            from = until;
        }
    }
}

/// A snapshot of the store: a view, which ends with the store's close.
pub(super) struct Snapshot {
    view: Arc<View>,
    closed: Arc<AtomicBool>,
    /// Counts the snapshots that are alive. It is dropped behind the view.
    _alive: Arc<()>,
}

impl Snapshot {
    pub(super) fn new(view: Arc<View>, closed: Arc<AtomicBool>, alive: Arc<()>) -> Self {
        Self { view, closed, _alive: alive }
    }

    /// Memory would still answer after the close, so the store's own flag decides.
    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(closed()) } else { Ok(()) }
    }
}

impl ReadTxn for Snapshot {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.check_open()?;
        self.view.get(space, key, visit)
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
        self.view.scan(space, from, until, order, visit)
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        self.check_open()?;
        self.view.read_through(space, visit)
    }
}
