//! Whether a file shows any sign that it was a database, however damaged: what is not may be somebody's letter.

use std::io;

use redb::StorageBackend;

use super::head::{HEAD_BLOCKS, MAGIC};
use super::places::{GROUP_BLOCKS, pages_block, sums_block};
use super::{GROUP, PAGE, SUMS_BLOCKS, as_usize, sums};

/// How many pages of each group are compared with their checksums.
const PAGES_TRIED: u64 = 64;

/// Whether a copy of the header begins as ours do, or a page matches its checksum; or the file is empty.
///
/// # Errors
/// Those of reading the file, when what can be read shows no sign.
pub(in super::super) fn is_one_of_ours(file: &impl StorageBackend) -> io::Result<bool> {
    let mut blocks = Blocks { file, len: file.len()?, unread: None };
    let is_ours = blocks.len == 0 || blocks.has_head() || blocks.has_page();
    match blocks.unread {
        Some(error) if !is_ours => Err(error),
        _ => Ok(is_ours),
    }
}

/// The blocks of a file, some of which the disk may not be able to read.
struct Blocks<'f, F> {
    file: &'f F,
    len: u64,
    /// Why the last that could not be read could not.
    unread: Option<io::Error>,
}

impl<F: StorageBackend> Blocks<'_, F> {
    fn has_head(&mut self) -> bool {
        (0..HEAD_BLOCKS).any(|block| self.read(block).is_some_and(|bytes| bytes.starts_with(&MAGIC)))
    }

    /// Whether one of the first pages of a group matches. Unless the database was compacted, the groups lie in their order.
    fn has_page(&mut self) -> bool {
        (0..(self.len / PAGE).div_ceil(GROUP_BLOCKS)).any(|place| {
            (0..SUMS_BLOCKS).any(|copy| {
                let expected = self.read(sums_block(place) + copy);
                expected.is_some_and(|expected| self.matches_a_page(place, &expected))
            })
        })
    }

    fn matches_a_page(&mut self, place: u64, expected: &[u8]) -> bool {
        (0..PAGES_TRIED).any(|index| {
            let at = as_usize(index) * 4;
            let sum = u32::from_le_bytes(expected[at..at + 4].try_into().expect("invariant: four bytes"));
            let page = if sum == 0 { None } else { self.read(pages_block(place) + index) };
            page.is_some_and(|bytes| sum == sums::of_page(1 + place * GROUP + index, &bytes))
        })
    }

    /// A block of the file; `None` when it ends before, or the block cannot be read.
    fn read(&mut self, block: u64) -> Option<Vec<u8>> {
        if (block + 1) * PAGE > self.len {
            return None;
        }
        let mut bytes = vec![0; as_usize(PAGE)];
        self.file.read(block * PAGE, &mut bytes).map_err(|error| self.unread = Some(error)).ok()?;
        Some(bytes)
    }
}
