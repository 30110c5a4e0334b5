//! Every page of a file that is what was written there, whether something leads to it or not.
//!
//! A page knows its number by its checksum alone, and the places of groups stand in the header. Where that is unreadable, the
//! number of a group is found by trying: it is the one under which a page matches its checksum.

use std::io;

use super::places::{GROUP_BLOCKS, PLACES_MAX, Places, pages_block, sums_block};
use super::{CheckedPages, GROUP, HEAD_BLOCKS, PAGE, as_usize, sums};

/// The pages of a group that lies at one place.
pub(in super::super) struct Group {
    /// Which of them are whole, by their place in the group.
    pub(in super::super) whole: Vec<bool>,
    /// All of them, one behind the other.
    pub(in super::super) bytes: Vec<u8>,
}

impl CheckedPages {
    /// Shows the pages of every group of the file.
    ///
    /// # Errors
    /// Those of the file's length, and of `visit`. What cannot be read is not whole.
    pub(in super::super) fn each_group<E: From<io::Error>>(
        &self,
        visit: &mut dyn FnMut(Group) -> Result<(), E>,
    ) -> Result<(), E> {
        let blocks = self.file.len()?.div_ceil(PAGE);
        let places = self.begin().is_ok().then(|| self.places());
        for place in 0..blocks.saturating_sub(HEAD_BLOCKS).div_ceil(GROUP_BLOCKS) {
            let first = pages_block(place);
            let count = as_usize(blocks.saturating_sub(first).min(GROUP));
            let Ok(sums) = sums::load(self.sums_file(sums_block(place))) else { continue };
            let mut group = Group { whole: Vec::new(), bytes: vec![0; count * as_usize(PAGE)] };
            let sums: Vec<u32> = sums.as_chunks().0.iter().map(|sum| u32::from_le_bytes(*sum)).collect();
            let read: Vec<bool> = (first..)
                .zip(group.bytes.chunks_exact_mut(as_usize(PAGE)))
                .map(|(block, out)| {
                    self.block(block).is_some_and(|bytes| {
                        out.copy_from_slice(&bytes);
                        true
                    })
                })
                .collect();
            let pages = || read.iter().zip(&sums).zip(group.bytes.chunks_exact(as_usize(PAGE)));
            let matches = |number: u64, at: usize, sum: u32, bytes: &[u8]| {
                sum != 0 && sum == sums::of_page(1 + number * GROUP + at as u64, bytes)
            };
            let first_used = pages().enumerate().filter(|(_, ((read, sum), _))| **read && **sum != 0);
            let named = places.as_ref().and_then(|places| number_at(places, place, blocks));
            let number = named.or_else(|| {
                // A page or two may be damaged; all of the first ones are not.
                first_used.take(NUMBERS_TRIED).find_map(|(at, ((_, sum), bytes))| {
                    (0..PLACES_MAX as u64 + place + 1).find(|number| matches(*number, at, *sum, bytes))
                })
            });
            let Some(number) = number else { continue };
            group.whole = pages()
                .enumerate()
                .map(|(at, ((read, sum), bytes))| *read && matches(number, at, *sum, bytes))
                .collect();
            visit(group)?;
        }
        Ok(())
    }

    /// A block of the file; the last may be cut short.
    fn block(&self, block: u64) -> Option<Vec<u8>> {
        let mut bytes = vec![0; as_usize(PAGE)];
        let there = as_usize(self.file.len().ok()?.saturating_sub(block * PAGE).min(PAGE));
        self.file.read(block * PAGE, &mut bytes[..there]).ok()?;
        Some(bytes)
    }
}

/// With how many pages of a group its number is looked for.
const NUMBERS_TRIED: usize = 4;

/// The number of the group at a place.
fn number_at(places: &Places, place: u64, blocks: u64) -> Option<u64> {
    (0..blocks).take(PLACES_MAX).chain([place]).find(|number| places.of(as_usize(*number)) == Some(place))
}
