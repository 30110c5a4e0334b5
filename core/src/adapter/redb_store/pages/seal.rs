//! For tests: checksums that agree with whatever a file holds, as one who means harm would write them.

use super::{HEAD_BLOCKS, PAGE, as_usize, head, place_of, sums};

/// Gives every page and every copy of the header the checksum of what it holds now.
pub(crate) fn seal(file: &mut [u8]) {
    let block = as_usize(PAGE);
    for copy in file.chunks_exact_mut(block).take(as_usize(HEAD_BLOCKS)) {
        head::seal(copy);
    }
    for page in 1.. {
        let (sum_at, place) = place_of(page);
        let (sum_at, place) = (as_usize(sum_at), as_usize(place));
        let Some(bytes) = file.get(place..place + block) else { return };
        let sum = sums::of_page(page, bytes);
        file[sum_at..sum_at + 4].copy_from_slice(&sum.to_le_bytes());
    }
}
