//! A snapshot of the file: read by redb, and by the store itself where redb has given up.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use redb::ReadableDatabase;

use super::guard::{Outside, guarded, guarded_with};
use super::layer::{Layer, Newest};
use super::pages::{CheckedPages, Header, Pin, published};
use super::raw::Trees;
use super::state::{self, LogState};
use super::table::{self, Reading};
use super::{aside, failure};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Gap, Order, Space, SpaceStatistics, Visitor};

/// A snapshot of the file. It stays readable whatever becomes of the instance of redb that it began on, but for pages that
/// cannot be read.
pub(super) struct Base {
    /// The snapshot of redb; `None` when it was begun without.
    usual: Option<Reading>,
    /// Whether redb has given up. It answers nothing more after the first error of the file.
    is_left: AtomicBool,
    pages: Arc<CheckedPages>,
    header: Header,
    cache_bytes: usize,
    trees: OnceLock<Trees>,
    /// Changes whose place in the file cannot be read.
    aside: Option<Layer>,
    /// Dropped last.
    _pin: Pin,
}

impl Base {
    /// Begins on an instance of redb; `header` is the one whose transaction that takes up.
    pub(super) fn begin(
        pages: &Arc<CheckedPages>,
        header: impl FnOnce() -> Header,
        database: &impl ReadableDatabase,
        cache_bytes: usize,
    ) -> Result<Self> {
        let reading = Reading::begin(database)?;
        let header = header();
        let transaction = published(&header).transaction;
        if !pages.is_pinned(transaction) {
            return Err(Error::new(
                ErrorKind::Bug,
                format!("the header names transaction {transaction}, redb another"),
            ));
        }
        let pin = pages.pin(transaction).map_err(failure::of_io)?;
        Self::with(Some(reading), pages, header, pin, cache_bytes)
    }

    /// Begins without redb on the header of a pinned transaction.
    pub(super) fn apart(pages: &Arc<CheckedPages>, header: Header, pin: Pin, cache_bytes: usize) -> Result<Self> {
        Self::with(None, pages, header, pin, cache_bytes)
    }

    fn with(
        usual: Option<Reading>,
        pages: &Arc<CheckedPages>,
        header: Header,
        pin: Pin,
        cache_bytes: usize,
    ) -> Result<Self> {
        let mut base = Self {
            usual,
            is_left: AtomicBool::new(false),
            pages: Arc::clone(pages),
            header,
            cache_bytes,
            trees: OnceLock::new(),
            aside: None,
            _pin: pin,
        };
        base.aside = base.read(|reading| aside::read(reading.transaction()), aside::read_apart)?;
        Ok(base)
    }

    /// The trees of the snapshot, for reading them without redb.
    pub(super) fn trees(&self) -> &Trees {
        self.trees.get_or_init(|| Trees::new(&self.pages, self.header, self.cache_bytes))
    }

    /// Changes that lie over the file, because their place in it cannot be read.
    pub(super) fn aside(&self) -> Option<&Layer> {
        self.aside.as_ref()
    }

    /// How the file and its log stood to each other when the snapshot began.
    pub(super) fn log_state(&self) -> Result<Option<LogState>> {
        self.read(|reading| state::read_in(reading.transaction()), state::read_apart)
    }

    /// The spaces that the file has no table for.
    pub(super) fn absent_spaces(&self) -> Result<Vec<Space>> {
        let tables = self.trees().tables()?;
        Ok(Space::ALL.into_iter().filter(|space| !tables.contains_key(space.name())).collect())
    }

    /// The size of every space.
    pub(super) fn statistics(&self) -> Result<Vec<SpaceStatistics>> {
        self.read(|reading| table::statistics(reading.transaction()), Trees::statistics)
    }

    /// The keys of a space that cannot be read, in their order.
    pub(super) fn gaps(&self, space: Space) -> Result<Vec<Gap>> {
        let mut gaps = guarded(|| self.trees().gaps(space))?;
        gaps.reverse();
        Ok(gaps)
    }

    pub(super) fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let outside = Outside::default();
        let show = &mut |value: &[u8]| outside.call(|| visit(value));
        if let Some(reading) = self.usual() {
            match guarded_with(&outside, || reading.get(space, key, show)) {
                Err(_) => self.leave(),
                found => return found,
            }
        }
        guarded_with(&outside, || self.trees().get(space, key, show))
    }

    /// Shows the pairs of a range, which is not a reversed one, with those of the layers woven in.
    pub(super) fn scan<'l>(
        &self,
        space: Space,
        range: (&'l [u8], Option<&'l [u8]>),
        order: Order,
        newer: &dyn Fn() -> Newest<'l>,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        let outside = Outside::default();
        let ask = &mut |key: &[u8], value: &[u8]| outside.ask(|| visit(key, value));
        if let Some(reading) = self.usual() {
            match guarded_with(&outside, || reading.scan(space, range, order, newer(), ask)) {
                Err(_) if !outside.has_refused() => self.leave(),
                done => return done,
            }
        }
        // The same pairs come again, and those that were shown are passed over.
        let mut shown = outside.calls();
        guarded_with(&outside, || {
            self.trees().scan(space, range, order, newer(), &mut |key, value| {
                if shown > 0 {
                    shown -= 1;
                    return Ok(ControlFlow::Continue(()));
                }
                ask(key, value)
            })
        })
    }

    /// Reads by redb, and without it when it fails.
    fn read<T>(&self, usual: impl FnOnce(&Reading) -> Result<T>, apart: impl FnOnce(&Trees) -> Result<T>) -> Result<T> {
        if let Some(reading) = self.usual() {
            match guarded(|| usual(reading)) {
                Err(_) => self.leave(),
                done => return done,
            }
        }
        guarded(|| apart(self.trees()))
    }

    /// Whether redb answers.
    #[cfg(test)]
    pub(super) fn is_usual(&self) -> bool {
        self.usual().is_some()
    }

    #[inline]
    fn usual(&self) -> Option<&Reading> {
        self.usual.as_ref().filter(|_| !self.is_left.load(Ordering::Relaxed))
    }

    #[cold]
    fn leave(&self) {
        self.is_left.store(true, Ordering::Relaxed);
    }
}
