//! Layers: what was committed and is not yet in the file, in memory, newest over oldest.

mod entry;
mod merge;
mod tree;

pub(super) use entry::Entry;
pub(super) use merge::{Merge, Newest};
pub(super) use tree::Tree;

use super::log::Batch;
use crate::port::Space;

/// The writes of the batches of one slot of the log, by space. A copy is cheap and never changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    spaces: [Tree; Space::ALL.len()],
}

impl Layer {
    pub(super) fn is_empty(&self) -> bool {
        self.spaces.iter().all(Tree::is_empty)
    }

    /// Enters every operation of a batch, in their order.
    pub(super) fn insert_all(&mut self, batch: &Batch) {
        for (space, entry) in batch.entries() {
            self.insert(space, entry);
        }
    }

    pub(super) fn insert(&mut self, space: Space, entry: Entry) {
        self.spaces[space.index()].insert(entry);
    }

    pub(super) fn space(&self, space: Space) -> &Tree {
        &self.spaces[space.index()]
    }
}
