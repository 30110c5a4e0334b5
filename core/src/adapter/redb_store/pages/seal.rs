//! For tests: checksums that agree with whatever a file holds, as one who means harm would write them.

use super::places::{PLACES_MAX, sums_block};
use super::{GROUP, HEAD_BLOCKS, PAGE, SUMS_BLOCKS, as_usize, head, sums};

/// Gives every page and every copy of the header the checksum of what it holds now.
pub(crate) fn seal(file: &mut [u8]) {
    let block = as_usize(PAGE);
    for copy in file.chunks_exact_mut(block).take(as_usize(HEAD_BLOCKS)) {
        head::seal(copy);
    }
    let places = head::places_in(file);
    for group in 0..PLACES_MAX {
        let Some(place) = places.of(group) else { continue };
        let sums_at = as_usize(sums_block(place) * PAGE);
        for index in 0..as_usize(GROUP) {
            let at = sums_at + (as_usize(SUMS_BLOCKS) + index) * block;
            let Some(bytes) = file.get(at..at + block) else { break };
            let sum = sums::of_page(1 + (group * as_usize(GROUP) + index) as u64, bytes);
            file[sums_at + index * 4..][..4].copy_from_slice(&sum.to_le_bytes());
        }
        let Some(copies) = file.get_mut(sums_at..sums_at + as_usize(SUMS_BLOCKS) * block) else { continue };
        sums::seal(&mut copies[..block]);
        let (first, others) = copies.split_at_mut(block);
        others.chunks_exact_mut(block).for_each(|other| other.copy_from_slice(first));
    }
}
