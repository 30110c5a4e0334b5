//! Blocks: neighbouring pairs of a space lie together in the file, about a page of them, of the journal four, under one key of
//! redb.
//!
//! That key is the block's lower bound: at most its first key, above every key of the block before. A key that is in the
//! space is in the block of the greatest lower bound that is not above it.

mod bound;
mod build;
mod form;
mod pack;
mod rewrite;
mod source;

#[cfg(test)]
mod rewrite_tests;

pub(super) use bound::{Floor, LowerBound, bound_of, key_of};
pub(super) use form::Block;
pub(super) use pack::Packer;
pub(super) use rewrite::{Change, write};

use crate::port::Space;

/// What a block, its lower bound and what redb notes of the two take at most, unless one pair alone takes more: a page of
/// redb. Unit: bytes.
const PAGE_LEN: usize = 4096;

/// The same for the space that grows at its end alone, and of which more is read than one entry: the journal. With longer
/// blocks less of a page stays empty behind the last entry that fits.
const JOURNAL_PAGE_LEN: usize = 4 * PAGE_LEN;

/// What a block of a space takes at most, less what redb notes of it. Unit: bytes.
pub(super) fn room_of(space: Space) -> usize {
    let len = if space == Space::Journal { JOURNAL_PAGE_LEN } else { PAGE_LEN };
    len - LEAF_OVERHEAD_LEN
}

/// What redb notes of one pair in a leaf of its own, and the last byte of its key. Unit: bytes.
const LEAF_OVERHEAD_LEN: usize = 13;

/// The length of the shortest key that is above `before` and not above `key`; `before` is below `key`.
fn separator_len(before: &[u8], key: &[u8]) -> usize {
    common_len(before, key) + 1
}

/// How many bytes two keys begin with alike.
fn common_len(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
