//! Layers: what was committed and is not yet in the file, in memory, newest over oldest.

mod entry;
mod merge;
mod seen;
mod tree;

use std::sync::Arc;

pub(super) use entry::Entry;
pub(super) use merge::{Merge, Newest};
pub(super) use seen::hash;
pub(super) use tree::Tree;

use super::log::Batch;
use crate::port::{Order, Space};
use seen::Seen;

/// From how many entries on a sorted run is put at once.
const RUN_LEN_MIN: usize = 64;

/// The writes of the batches of one slot of the log, by space. A copy is cheap and never changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    spaces: [Tree; Space::ALL.len()],
    /// `None` as long as no key was noted.
    seen: Option<Arc<Seen>>,
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
                self.insert_run(run_space, &mut run);
            }
            run_space = space;
            run.push(entry);
        }
        self.insert_run(run_space, &mut run);
    }

    /// Enters a run and leaves it empty. A few entries are better put one by one: no node is made anew for them.
    fn insert_run(&mut self, space: Space, run: &mut Vec<Entry>) {
        if run.len() < RUN_LEN_MIN {
            return run.drain(..).for_each(|entry| self.insert(space, entry));
        }
        run.iter().for_each(|entry| self.note(space, entry));
        self.spaces[space.index()].insert_run(run.drain(..));
    }

    pub(super) fn insert(&mut self, space: Space, entry: Entry) {
        self.note(space, &entry);
        self.spaces[space.index()].insert(entry);
    }

    fn note(&mut self, space: Space, entry: &Entry) {
        if let Some(hash) = hash(space, entry.key()) {
            self.seen.get_or_insert_with(|| Arc::new(Seen::new())).note(hash);
        }
    }

    /// The entry of a key, whose hash is that of [`hash`].
    pub(super) fn get(&self, space: Space, key: &[u8], hash: Option<u64>) -> Option<&Entry> {
        let is_strange = hash.is_some_and(|hash| self.seen.as_ref().is_none_or(|seen| !seen.may_hold(hash)));
        if is_strange { None } else { self.spaces[space.index()].get(key) }
    }

    /// How long the keys and values are. Unit: bytes.
    pub(super) fn bytes(&self) -> usize {
        let len = |entry: &Entry| entry.key().len() + entry.value().map_or(0, <[u8]>::len);
        self.spaces.iter().flat_map(|tree| tree.range(b"", None, Order::Ascending)).map(len).sum()
    }

    pub(super) fn space(&self, space: Space) -> &Tree {
        &self.spaces[space.index()]
    }
}
