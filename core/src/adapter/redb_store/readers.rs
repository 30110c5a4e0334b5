//! The readers of the store's own forms as functions of bytes, for `testing::readers`.

use super::block::Block;
use super::pages;

/// A block that is taken gives each of its keys back where a search finds it.
pub(crate) fn block(bytes: &[u8]) {
    let Ok(block) = Block::read(bytes) else { return };
    let mut key = Vec::new();
    for at in 0..block.count() {
        if block.copy_key(at, &mut key).is_err() {
            continue;
        }
        // The keys of a forged block come in any order, so the search may miss; it must end and not panic.
        let _ = block.search(&key);
        let _ = block.get(&key);
    }
}

/// A copy of the header: as it is, and with a checksum that fits.
pub(crate) fn page(bytes: &[u8]) {
    pages::read_head(bytes);
}
