//! The blocks of a space as a rewrite finds them in redb's table, and the pairs that it takes out of one.

use std::ops::Bound;

use redb::{AccessGuard, ReadableTable, Table};

use super::super::failure;
use super::build::Pairs;
use super::form::Block;
use super::{LowerBound, bound_of, key_of};
use crate::error::Result;

/// The table of a space.
pub(in super::super) type Blocks<'t> = Table<'t, LowerBound, &'static [u8]>;

/// A block as it is in the file.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bound: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

/// The block that holds `key` if any does.
pub(super) fn find(table: &Blocks<'_>, key: &[u8]) -> Result<Option<Held>> {
    let mut cursor = table.lower_bound(Bound::Included(key_of(key).as_slice())).map_err(failure::of_storage)?;
    Ok(cursor.peek_next().map_err(failure::of_storage)?.map(held))
}

/// The first block whose bound is above `bound`.
pub(super) fn find_behind(table: &Blocks<'_>, bound: &[u8]) -> Result<Option<Held>> {
    let mut cursor = table.upper_bound(Bound::Excluded(key_of(bound).as_slice())).map_err(failure::of_storage)?;
    Ok(cursor.peek_prev().map_err(failure::of_storage)?.map(held))
}

fn held((key, bytes): (AccessGuard<'_, LowerBound>, AccessGuard<'_, &'static [u8]>)) -> Held {
    Held { bound: bound_of(key.value()).to_vec(), bytes: bytes.value().to_vec() }
}

pub(super) fn insert(table: &mut Blocks<'_>, bound: &[u8], block: &[u8]) -> Result<()> {
    table.insert(key_of(bound).as_slice(), block).map(drop).map_err(failure::of_storage)
}

pub(super) fn remove(table: &mut Blocks<'_>, bound: &[u8]) -> Result<()> {
    table.remove(key_of(bound).as_slice()).map(drop).map_err(failure::of_storage)
}

/// The pairs of a block that is being read, as far as they are left.
#[derive(Debug, Default)]
pub(super) struct Source {
    bytes: Vec<u8>,
    at: usize,
    count: usize,
    last: Vec<u8>,
}

impl Source {
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self> {
        let block = Block::read(&bytes)?;
        let (count, mut last) = (block.count(), Vec::new());
        block.copy_key(count - 1, &mut last)?;
        Ok(Self { bytes, at: 0, count, last })
    }

    /// The greatest key of the block; it is empty without a block.
    pub(super) fn last(&self) -> &[u8] {
        &self.last
    }

    /// Moves the pairs below a key, or all that are left, and passes over that of the key; says whether there was one.
    pub(super) fn move_below(&mut self, key: Option<&[u8]>, waiting: &mut Pairs) -> Result<bool> {
        if self.at == self.count {
            return Ok(false);
        }
        let block = Block::read(&self.bytes)?;
        let place = key.map_or(Ok(Err(self.count)), |key| block.search(key))?;
        let (Ok(until) | Err(until)) = place;
        for at in self.at..until {
            let (rest, value) = block.pair(at)?;
            waiting.push([block.prefix(), rest], value)?;
        }
        self.at = self.at.max(until + usize::from(place.is_ok()));
        Ok(place.is_ok())
    }
}
