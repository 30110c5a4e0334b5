//! One page of a tree of redb, in its file format 3: reading it in place, with every access checked.
//!
//! All numbers are little-endian. A leaf:
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 1 | 1 |
//! | 2 | 2 | the number of pairs |
//! | 4 | 4 each | where each key ends, unless keys have a fixed length |
//! | then | 4 each | where each value ends, unless values have one |
//! | then | | the keys, then the values |
//!
//! A branch, which has one key fewer than children; a key is at most every key of the child behind it, and not below those of
//! the child before it:
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 1 | 2 |
//! | 2 | 2 | the number of keys |
//! | 8 | 16 each | redb's checksum of each child |
//! | then | 8 each | the number of each child's page |
//! | then | 4 each | where each key ends, unless keys have a fixed length |
//! | then | | the keys |

use std::sync::Arc;

const LEAF: u8 = 1;
const BRANCH: u8 = 2;
/// The greatest order of a page that redb uses.
const ORDER_MAX: u64 = 20;

/// How long the keys and values of a table are, where all are as long. Unit: bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Widths {
    pub(super) key: Option<usize>,
    pub(super) value: Option<usize>,
}

/// How the room of a page is used. Unit: bytes.
pub(super) struct Sizes {
    /// By keys and values.
    pub(super) stored: usize,
    /// By what redb notes.
    pub(super) noted: usize,
    pub(super) empty: usize,
}

/// A page, or several that are one to redb.
#[derive(Debug)]
pub(super) struct Node {
    bytes: Arc<[u8]>,
    widths: Widths,
    is_leaf: bool,
    keys: usize,
}

impl Node {
    /// Understands the bytes of a page; `None` when it is neither a leaf nor a branch.
    pub(super) fn new(bytes: Arc<[u8]>, widths: Widths) -> Option<Self> {
        let keys = usize::from(u16::from_le_bytes([*bytes.get(2)?, *bytes.get(3)?]));
        let is_leaf = match bytes[0] {
            LEAF => true,
            BRANCH => false,
            _ => return None,
        };
        Some(Self { bytes, widths, is_leaf, keys })
    }

    /// How long the page is. Unit: bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.is_leaf
    }

    /// How many pairs a leaf has, or how many children a branch.
    pub(super) fn count(&self) -> usize {
        if self.is_leaf { self.keys } else { self.keys + 1 }
    }

    /// The key of a pair, or the one behind a child.
    pub(super) fn key(&self, at: usize) -> Option<&[u8]> {
        if at >= self.keys {
            return None;
        }
        let start = if at == 0 { self.keys_at() } else { self.key_end(at - 1)? };
        self.bytes.get(start..self.key_end(at)?)
    }

    /// The value of a pair.
    pub(super) fn value(&self, at: usize) -> Option<&[u8]> {
        if !self.is_leaf || at >= self.keys {
            return None;
        }
        let start = if at == 0 { self.key_end(self.keys - 1)? } else { self.value_end(at - 1)? };
        self.bytes.get(start..self.value_end(at)?)
    }

    /// Where what the page holds ends, be that within the page or not; `None` when not even that can be read.
    pub(super) fn end(&self) -> Option<usize> {
        match (self.keys.checked_sub(1), self.is_leaf) {
            (Some(last), true) => self.value_end(last),
            (Some(last), false) => self.key_end(last),
            (None, _) => Some(self.keys_at()),
        }
    }

    /// How the room of the page is used.
    pub(super) fn sizes(&self) -> Option<Sizes> {
        let end = self.end()?;
        let stored = if self.is_leaf { end.checked_sub(self.keys_at())? } else { 0 };
        Some(Sizes { stored, noted: end - stored, empty: self.bytes.len().checked_sub(end)? })
    }

    /// The number of a child's page.
    pub(super) fn child(&self, at: usize) -> Option<u64> {
        if self.is_leaf || at >= self.count() {
            return None;
        }
        let at = 8 + 16 * self.count() + 8 * at;
        Some(u64::from_le_bytes(self.bytes.get(at..at + 8)?.try_into().ok()?))
    }

    /// Where the ends of the keys are noted.
    fn ends_at(&self) -> usize {
        if self.is_leaf { 4 } else { 8 + 24 * self.count() }
    }

    fn keys_at(&self) -> usize {
        let key_ends = if self.widths.key.is_none() { 4 * self.keys } else { 0 };
        let value_ends = if self.is_leaf && self.widths.value.is_none() { 4 * self.keys } else { 0 };
        self.ends_at() + key_ends + value_ends
    }

    fn key_end(&self, at: usize) -> Option<usize> {
        match self.widths.key {
            Some(width) => Some(self.keys_at() + width * (at + 1)),
            None => self.end_at(self.ends_at() + 4 * at),
        }
    }

    fn value_end(&self, at: usize) -> Option<usize> {
        match self.widths.value {
            Some(width) => Some(self.key_end(self.keys.checked_sub(1)?)? + width * (at + 1)),
            None => {
                let key_ends = if self.widths.key.is_none() { 4 * self.keys } else { 0 };
                self.end_at(self.ends_at() + key_ends + 4 * at)
            }
        }
    }

    fn end_at(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at + 4)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    }
}

/// Where redb's page of a number lies in its storage, and how long it is. Unit: bytes. `None` when there is no such page.
pub(super) fn place_of(number: u64, region_bytes: u64) -> Option<(u64, usize)> {
    let order = number >> 59;
    if order > ORDER_MAX {
        return None;
    }
    let (index, region) = (number & (0xf_ffff >> order), number >> 20 & 0xf_ffff);
    let len = super::super::pages::PAGE << order;
    let offset = super::super::pages::PAGE + region * region_bytes + index * len;
    Some((offset, usize::try_from(len).ok()?))
}
