//! A place in a tree, which goes from pair to pair. A page that cannot be read can be passed over.

use std::sync::Arc;

use super::node::Node;
use super::{Table, Trees};
use crate::error::{Error, Result};

/// No tree of redb is deeper; one that seems to be goes round in a circle.
const DEPTH_MAX: usize = 128;

/// A page on the way down, and where the way goes on: the child, or the pair.
#[derive(Debug, Clone)]
struct Step {
    node: Arc<Node>,
    at: usize,
}

/// Which way to go down from a page: to the first child or pair, to the last, or to the first that is not behind.
#[derive(Clone, Copy)]
enum Way<'w> {
    First,
    Last,
    To(&'w dyn Fn(&[u8]) -> bool),
}

/// A place among the pairs of a table, in the order in which redb keeps them.
pub(super) struct Cursor<'t> {
    trees: &'t Trees,
    table: Table,
    path: Vec<Step>,
    /// How many pages it may still read: it goes one way, so it reads each page of a tree once.
    left: u64,
}

impl<'t> Cursor<'t> {
    /// The first pair.
    pub(super) fn first(trees: &'t Trees, table: Table) -> Result<Self> {
        let mut cursor = Self { trees, table, path: Vec::new(), left: trees.pages_max() };
        cursor.begin(Way::First)?;
        Ok(cursor)
    }

    /// The first pair for which `is_before`, of what is sought before a stored key, is false. It is true up to some key.
    pub(super) fn seek(trees: &'t Trees, table: Table, is_before: &dyn Fn(&[u8]) -> bool) -> Result<Self> {
        let mut cursor = Self { trees, table, path: Vec::new(), left: trees.pages_max() };
        cursor.begin(Way::To(is_before))?;
        cursor.settle()?;
        Ok(cursor)
    }

    /// A place before the first leaf, for going over leaves whether they can be read or not.
    pub(super) fn before_all(trees: &'t Trees, table: Table) -> Self {
        Self { trees, table, path: Vec::new(), left: trees.pages_max() }
    }

    fn begin(&mut self, way: Way<'_>) -> Result<()> {
        match self.table.root {
            Some(root) => self.descend(root, way),
            None => Ok(()),
        }
    }

    /// Goes down to a leaf.
    fn descend(&mut self, mut number: u64, way: Way<'_>) -> Result<()> {
        loop {
            let Some(left) = self.left.checked_sub(1) else { return Err(self.end_of_circle()) };
            self.left = left;
            let node = self.trees.node(number, self.table.widths)?;
            let at = match way {
                Way::First => 0,
                Way::Last => node.count().saturating_sub(1),
                Way::To(is_before) => self.first_not_before(&node, is_before)?,
            };
            let child = node.child(at);
            let is_leaf = node.is_leaf();
            self.path.push(Step { node, at });
            if is_leaf {
                return Ok(());
            }
            number = child.filter(|_| self.path.len() < DEPTH_MAX).ok_or_else(|| self.trees.damaged())?;
        }
    }

    /// There is nothing behind pages that lead back to those before them.
    fn end_of_circle(&mut self) -> Error {
        self.table.root = None;
        self.path.clear();
        self.trees.damaged()
    }

    fn first_not_before(&self, node: &Node, is_before: &dyn Fn(&[u8]) -> bool) -> Result<usize> {
        let keys = if node.is_leaf() { node.count() } else { node.count() - 1 };
        let (mut low, mut high) = (0, keys);
        while low < high {
            let middle = low.midpoint(high);
            let key = node.key(middle).ok_or_else(|| self.trees.damaged())?;
            if is_before(key) { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    /// The pair here; `None` at the end.
    pub(super) fn pair(&self) -> Result<Option<(&[u8], &[u8])>> {
        let Some(Step { node, at }) = self.path.last() else { return Ok(None) };
        if *at >= node.count() {
            return Ok(None);
        }
        let pair = node.key(*at).zip(node.value(*at));
        pair.map(Some).ok_or_else(|| self.trees.damaged())
    }

    /// Goes to the next pair.
    pub(super) fn forward(&mut self) -> Result<()> {
        if let Some(step) = self.path.last_mut() {
            step.at += 1;
        }
        self.settle()
    }

    /// Behind the last pair of a leaf comes the first of the next one.
    fn settle(&mut self) -> Result<()> {
        while let Some(Step { node, at }) = self.path.last()
            && *at >= node.count()
        {
            let here = self.path.clone();
            if !self.next_leaf()? {
                self.path = here;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Goes to the pair before, and says whether there is one. No page is read when `is_enough` is true of the key that the
    /// tree has before this leaf: every key before is at most that.
    pub(super) fn back(&mut self, is_enough: &dyn Fn(&[u8]) -> bool) -> Result<bool> {
        if let Some(step) = self.path.last_mut()
            && step.at > 0
        {
            step.at = step.at.min(step.node.count()) - 1;
            return Ok(true);
        }
        self.leaf_before(is_enough)
    }

    pub(super) fn leaf_before(&mut self, is_enough: &dyn Fn(&[u8]) -> bool) -> Result<bool> {
        let above = self.path.len().saturating_sub(1);
        let Some(level) = (0..above).rev().find(|level| self.path[*level].at > 0) else { return Ok(false) };
        let step = &self.path[level];
        let (node, at) = (Arc::clone(&step.node), step.at - 1);
        if is_enough(node.key(at).ok_or_else(|| self.trees.damaged())?) {
            return Ok(false);
        }
        self.path.truncate(level + 1);
        self.path[level].at = at;
        let child = node.child(at).ok_or_else(|| self.trees.damaged())?;
        self.descend(child, Way::Last)?;
        Ok(true)
    }

    /// Goes to the first pair of the next leaf, or to the first leaf; false behind the last. After an error the next call
    /// passes over what could not be read.
    pub(super) fn next_leaf(&mut self) -> Result<bool> {
        if self.path.is_empty() {
            return match self.table.root.take() {
                Some(root) => self.descend(root, Way::First).map(|()| true),
                None => Ok(false),
            };
        }
        while let Some(step) = self.path.pop() {
            let behind = if step.node.is_leaf() { step.node.count() } else { step.at + 1 };
            if step.node.is_leaf() || behind >= step.node.count() {
                continue;
            }
            let child = step.node.child(behind).ok_or_else(|| self.trees.damaged())?;
            self.path.push(Step { at: behind, ..step });
            self.descend(child, Way::First)?;
            return Ok(true);
        }
        self.table.root = None;
        Ok(false)
    }

    /// The number of the leaf's page.
    pub(super) fn leaf_number(&self) -> Option<u64> {
        let above = self.path.len().checked_sub(2)?;
        self.path[above].node.child(self.path[above].at)
    }

    /// The greatest key of the leaf.
    pub(super) fn last_key(&self) -> Option<&[u8]> {
        let leaf = self.path.last().filter(|step| step.node.is_leaf())?;
        leaf.node.key(leaf.node.count().checked_sub(1)?)
    }

    /// The key that the tree has behind the child to which the way leads, or would if that could be read: the keys of the
    /// child are at most that. `None` when nothing comes behind it.
    pub(super) fn key_behind(&self) -> Option<&[u8]> {
        let branches = self.path.iter().rev().filter(|step| !step.node.is_leaf());
        branches.into_iter().find_map(|step| step.node.key(step.at))
    }

    /// A copy that goes its own way.
    pub(super) fn fork(&self) -> Self {
        Self { path: self.path.clone(), ..*self }
    }
}
