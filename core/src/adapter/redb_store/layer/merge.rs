//! Reading several layers, and the blocks of the file below them, as one sorted map.

use std::cmp::Ordering;

use super::super::block::Block;
use super::tree::Range;
use super::{Entry, Layer};
use crate::error::Result;
use crate::port::{Order, Space, Visitor};

/// The entries of several layers in the order of a scan; of the same key the newest layer's alone.
pub(in super::super) struct Newest<'l> {
    /// What each layer still has, the newest first: its next entry and those behind. A layer without any is not kept.
    rows: Vec<(&'l Entry, Range<'l>)>,
    order: Order,
}

impl<'l> Newest<'l> {
    /// Merges a range of the layers, which are named newest first.
    pub(in super::super) fn new(
        layers: impl Iterator<Item = &'l Layer>,
        space: Space,
        from: &'l [u8],
        until: Option<&'l [u8]>,
        order: Order,
    ) -> Self {
        let trees = layers.map(|layer| layer.space(space)).filter(|tree| !tree.is_empty());
        let rows = trees.filter_map(|tree| {
            let mut range = tree.range(from, until, order);
            range.next().map(|first| (first, range))
        });
        Self { rows: rows.collect(), order }
    }

    /// Passes over the key in every layer.
    fn pass(&mut self, key: &[u8]) {
        self.rows.retain_mut(|(next, range)| {
            if next.key() == key {
                let Some(behind) = range.next() else { return false };
                *next = behind;
            }
            true
        });
    }
}

impl<'l> Iterator for Newest<'l> {
    type Item = &'l Entry;

    fn next(&mut self) -> Option<&'l Entry> {
        let order = self.order;
        if let [(next, range)] = self.rows.as_mut_slice() {
            let entry = *next;
            match range.next() {
                Some(behind) => *next = behind,
                None => self.rows.clear(),
            }
            return Some(entry);
        }
        // Of equal keys the first is the least, and that of the newest layer.
        let least = self.rows.iter().map(|(next, _)| *next).min_by(|a, b| compare(order, a.key(), b.key()))?;
        self.pass(least.key());
        Some(least)
    }
}

fn compare(order: Order, a: &[u8], b: &[u8]) -> Ordering {
    match order {
        Order::Ascending => a.cmp(b),
        Order::Descending => b.cmp(a),
    }
}

/// Blocks of the file on their way to a visitor, with the entries of the layers woven in. Both come in the order of the scan.
pub(in super::super) struct Merge<'l, 'v> {
    newer: Newest<'l>,
    next: Option<&'l Entry>,
    from: &'l [u8],
    until: Option<&'l [u8]>,
    visit: &'v mut Visitor<'v>,
    /// The key that is shown, whose beginning stays as long as the block has the same.
    key: Vec<u8>,
}

impl<'l, 'v> Merge<'l, 'v> {
    pub(in super::super) fn new(
        mut newer: Newest<'l>,
        (from, until): (&'l [u8], Option<&'l [u8]>),
        visit: &'v mut Visitor<'v>,
    ) -> Self {
        Self { next: newer.next(), newer, from, until, visit, key: Vec::new() }
    }

    /// Shows the pairs of a block that are in the range, and the entries of the layers before and between them. It is true
    /// when the visitor has enough.
    pub(in super::super) fn show(&mut self, block: &Block<'_>) -> Result<bool> {
        self.key.clear();
        self.key.extend_from_slice(block.prefix());
        let mut left = place(block, self.from)?..self.until.map_or(Ok(block.count()), |until| place(block, until))?;
        while let Some(entry) = self.next {
            let found = block.search(entry.key())?;
            let (now, later) = split(left, found, self.newer.order);
            if self.show_pairs(block, now)? {
                return Ok(true);
            }
            if later.is_empty() && found.is_err() {
                return Ok(false);
            }
            if self.show_entry(entry)? {
                return Ok(true);
            }
            left = later;
        }
        self.show_pairs(block, left)
    }

    fn show_pairs(&mut self, block: &Block<'_>, mut places: Places) -> Result<bool> {
        let prefix_len = block.prefix().len();
        let order = self.newer.order;
        while let Some(at) = if order == Order::Ascending { places.next() } else { places.next_back() } {
            let (rest, value) = block.pair(at)?;
            self.key.truncate(prefix_len);
            self.key.extend_from_slice(rest);
            if (self.visit)(&self.key, value)?.is_break() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Shows an entry that was not removed, and goes on to the next.
    fn show_entry(&mut self, entry: &Entry) -> Result<bool> {
        self.next = self.newer.next();
        match entry.value() {
            Some(value) => Ok((self.visit)(entry.key(), value)?.is_break()),
            None => Ok(false),
        }
    }

    /// Shows the entries that come after every block.
    pub(in super::super) fn finish(mut self) -> Result<()> {
        while let Some(entry) = self.next {
            if self.show_entry(entry)? {
                break;
            }
        }
        Ok(())
    }
}

/// Places of pairs in a block.
type Places = std::ops::Range<usize>;

/// The place of the first pair that is not below a key.
fn place(block: &Block<'_>, key: &[u8]) -> Result<usize> {
    let (Ok(at) | Err(at)) = block.search(key)?;
    Ok(at)
}

/// The places that come before an entry of the layers, and those that come after the pair that it hides.
fn split(left: Places, found: std::result::Result<usize, usize>, order: Order) -> (Places, Places) {
    let (Ok(at) | Err(at)) = found;
    let at = at.clamp(left.start, left.end);
    let behind = (at + usize::from(found.is_ok())).min(left.end);
    match order {
        Order::Ascending => (left.start..at, behind..left.end),
        Order::Descending => (behind..left.end, left.start..at),
    }
}
