//! Reading several layers, and the file below them, as one sorted map.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::tree::Range;
use super::{Entry, Layer};
use crate::error::Result;
use crate::port::{Order, Space, Visitor};

/// The entries of several layers in the order of a scan; of the same key the newest layer's alone.
pub(in super::super) struct Newest<'l> {
    /// The newest first.
    ranges: Vec<Peekable<Range<'l>>>,
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
        Self { ranges: trees.map(|tree| tree.range(from, until, order).peekable()).collect(), order }
    }

    fn peek(&mut self) -> Option<&'l Entry> {
        let order = self.order;
        let mut least: Option<&'l Entry> = None;
        for range in &mut self.ranges {
            if let Some(&entry) = range.peek()
                && least.is_none_or(|least| compare(order, entry.key(), least.key()).is_lt())
            {
                least = Some(entry);
            }
        }
        least
    }

    /// Passes over the key in every layer.
    fn pass(&mut self, key: &[u8]) {
        for range in &mut self.ranges {
            range.next_if(|entry| entry.key() == key);
        }
    }
}

impl<'l> Iterator for Newest<'l> {
    type Item = &'l Entry;

    fn next(&mut self) -> Option<&'l Entry> {
        let next = self.peek()?;
        self.pass(next.key());
        Some(next)
    }
}

fn compare(order: Order, a: &[u8], b: &[u8]) -> Ordering {
    match order {
        Order::Ascending => a.cmp(b),
        Order::Descending => b.cmp(a),
    }
}

/// A pair of the file below the layers.
pub(in super::super) trait Pair {
    fn key(&self) -> &[u8];
    fn value(&self) -> &[u8];
}

/// Shows the pairs of the file with those of the layers woven in, both in the same order.
pub(in super::super) fn scan<P: Pair>(
    mut newer: Newest<'_>,
    below: impl Iterator<Item = Result<P>>,
    visit: &mut Visitor<'_>,
) -> Result<()> {
    let order = newer.order;
    let mut next = newer.next();
    for pair in below {
        let pair = pair?;
        let mut hidden = false;
        while let Some(entry) = next {
            let place = compare(order, entry.key(), pair.key());
            if place.is_gt() {
                break;
            }
            hidden = place.is_eq();
            if show(entry, visit)? {
                return Ok(());
            }
            next = newer.next();
        }
        if !hidden && visit(pair.key(), pair.value())?.is_break() {
            return Ok(());
        }
    }
    for entry in next.into_iter().chain(newer) {
        if show(entry, visit)? {
            return Ok(());
        }
    }
    Ok(())
}

/// Shows an entry that was not removed, and says whether the visitor has enough.
fn show(entry: &Entry, visit: &mut Visitor<'_>) -> Result<bool> {
    match entry.value() {
        Some(value) => Ok(visit(entry.key(), value)?.is_break()),
        None => Ok(false),
    }
}
