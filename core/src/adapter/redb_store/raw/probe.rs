//! What of the trees cannot be read: the ranges of keys, and the keys that a change must keep away from.

use std::collections::HashMap;

use super::cursor::Cursor;
use super::{Table, Trees};
use crate::adapter::redb_store::block::bound_of;
use crate::adapter::redb_store::failure;
use crate::error::{Error, Result};
use crate::port::{Gap, Space};

/// How many leaves before and behind the one of a key a change of it may read: blocks join those behind, and redb merges a leaf
/// with its neighbours.
const LEAVES_BEFORE: usize = 2;
const LEAVES_BEHIND: usize = 7;

impl Trees {
    /// The keys of a space that cannot be read, the greatest first.
    ///
    /// # Errors
    /// Those of the pages that lead to the space.
    pub(in super::super) fn gaps(&self, space: Space) -> Result<Vec<Gap>> {
        let mut gaps = Vec::new();
        let mut cursor = Cursor::before_all(self, self.table(space.name())?);
        // Leaves come with falling bounds: what is missing ends where the last one that could be read begins.
        let mut end: Option<Vec<u8>> = None;
        loop {
            match cursor.next_leaf() {
                Ok(false) => return Ok(gaps),
                Ok(true) => end = cursor.last_key().map(|key| bound_of(key).to_vec()).or(end),
                Err(error) => {
                    let from = cursor.key_behind().map_or_else(Vec::new, |key| bound_of(key).to_vec());
                    gaps.push(Gap { from: from.clone(), until: end.replace(from), error });
                }
            }
        }
    }

    /// The errors of all pages of a table that cannot be read.
    pub(in super::super) fn errors(&self, table: Table) -> Vec<Error> {
        let mut errors = Vec::new();
        let mut cursor = Cursor::before_all(self, table);
        loop {
            match cursor.next_leaf() {
                Ok(false) => return errors,
                Ok(true) => {}
                Err(error) => errors.push(error),
            }
        }
    }
}

/// Says of keys, which come in their order, whether a change may be brought to their place in the trees.
pub(in super::super) struct Probe<'t> {
    trees: &'t Trees,
    /// What was found of each leaf.
    leaves: HashMap<(Space, u64), bool>,
}

impl<'t> Probe<'t> {
    pub(in super::super) fn new(trees: &'t Trees) -> Self {
        Self { trees, leaves: HashMap::new() }
    }

    /// Whether the place of a key and those beside it can be read.
    ///
    /// # Errors
    /// Those that are not of one page.
    pub(in super::super) fn is_sound(&mut self, space: Space, key: &[u8]) -> Result<bool> {
        let cursor = match self.trees.seek(space, key, false) {
            Ok(cursor) => cursor,
            Err(error) => return of_page(error),
        };
        let Some(leaf) = cursor.leaf_number() else { return Ok(true) };
        if let Some(known) = self.leaves.get(&(space, leaf)) {
            return Ok(*known);
        }
        let sound = is_sound_around(&cursor).map_or_else(of_page, |()| Ok(true))?;
        self.leaves.insert((space, leaf), sound);
        Ok(sound)
    }
}

/// Reads the leaves beside that of a cursor. The keys before a leaf in redb's order are the greater ones.
fn is_sound_around(cursor: &Cursor<'_>) -> Result<()> {
    let mut behind = cursor.fork();
    for _ in 0..LEAVES_BEHIND {
        if !behind.leaf_before(&|_| false)? {
            break;
        }
    }
    let mut before = cursor.fork();
    for _ in 0..LEAVES_BEFORE {
        if !before.next_leaf()? {
            break;
        }
    }
    Ok(())
}

/// A page that cannot be read makes a place unsound; any other error is one of the caller.
fn of_page(error: Error) -> Result<bool> {
    if failure::page_in(&error).is_some() { Ok(false) } else { Err(error) }
}
