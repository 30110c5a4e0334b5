//! Layers: what was committed and is not yet in the file, in memory, newest over oldest.

mod entry;
mod merge;
mod tree;

pub(super) use entry::Entry;
pub(super) use merge::{Merge, Newest};
pub(super) use tree::Tree;

use super::log::Batch;
use crate::port::Space;

/// From how many entries on a sorted run is put at once.
const RUN_LEN_MIN: usize = 64;

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
        let mut run: Vec<Entry> = Vec::new();
        let mut run_space = Space::Meta;
        for (space, entry) in batch.entries() {
            let follows = space == run_space && run.last().is_none_or(|last| last.key() < entry.key());
            if !follows {
                self.insert_run(run_space, &run);
                run.clear();
            }
            run_space = space;
            run.push(entry);
        }
        self.insert_run(run_space, &run);
    }

    /// A few entries are better put one by one: no node is made anew for them.
    fn insert_run(&mut self, space: Space, run: &[Entry]) {
        match run.len() {
            0..RUN_LEN_MIN => run.iter().for_each(|entry| self.insert(space, entry.clone())),
            _ => self.spaces[space.index()].insert_run(run),
        }
    }

    pub(super) fn insert(&mut self, space: Space, entry: Entry) {
        self.spaces[space.index()].insert(entry);
    }

    pub(super) fn space(&self, space: Space) -> &Tree {
        &self.spaces[space.index()]
    }
}
