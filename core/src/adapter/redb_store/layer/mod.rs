//! Layers: what was committed and is not yet in the file, in memory, newest over oldest.

mod entry;
mod merge;
mod tree;

pub(super) use entry::Entry;
pub(super) use merge::{Merge, Newest};
pub(super) use tree::Tree;

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

    pub(super) fn insert(&mut self, space: Space, entry: Entry) {
        self.spaces[space.index()].insert(entry);
    }

    pub(super) fn space(&self, space: Space) -> &Tree {
        &self.spaces[space.index()]
    }
}
