//! Whether a file shows any sign that it was a database, however damaged: what is not may be somebody's letter.

use std::io;

use redb::StorageBackend;

use super::head::{HEAD_BLOCKS, MAGIC};
use super::places::{GROUP_BLOCKS, pages_block, sums_block};
use super::{GROUP, PAGE, SUMS_BLOCKS, as_usize, sums};

/// How many pages of each group are compared with their checksums.
const PAGES_TRIED: u64 = 64;

/// Whether a copy of the header begins as ours do, or a page matches its checksum; or the file is empty.
pub(in super::super) fn is_one_of_ours(file: &impl StorageBackend) -> io::Result<bool> {
    let len = file.len()?;
    if len == 0 {
        return Ok(true);
    }
    for block in 0..HEAD_BLOCKS {
        if block_of(file, len, block)?.is_some_and(|bytes| bytes.starts_with(&MAGIC)) {
            return Ok(true);
        }
    }
    for place in 0..(len / PAGE).div_ceil(GROUP_BLOCKS) {
        if has_page(file, len, place)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether one of the first pages of a group matches. Unless the database was compacted, the groups lie in their order.
fn has_page(file: &impl StorageBackend, len: u64, place: u64) -> io::Result<bool> {
    for copy in 0..SUMS_BLOCKS {
        let Some(expected) = block_of(file, len, sums_block(place) + copy)? else { return Ok(false) };
        if matches_a_page(file, len, place, &expected)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn matches_a_page(file: &impl StorageBackend, len: u64, place: u64, expected: &[u8]) -> io::Result<bool> {
    for index in 0..PAGES_TRIED {
        let at = as_usize(index) * 4;
        let sum = u32::from_le_bytes(expected[at..at + 4].try_into().expect("invariant: four bytes"));
        if let Some(bytes) = block_of(file, len, pages_block(place) + index)?.filter(|_| sum != 0)
            && sum == sums::of_page(1 + place * GROUP + index, &bytes)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A block of the file; `None` when it ends before.
fn block_of(file: &impl StorageBackend, len: u64, block: u64) -> io::Result<Option<Vec<u8>>> {
    if (block + 1) * PAGE > len {
        return Ok(None);
    }
    let mut bytes = vec![0; as_usize(PAGE)];
    file.read(block * PAGE, &mut bytes)?;
    Ok(Some(bytes))
}
