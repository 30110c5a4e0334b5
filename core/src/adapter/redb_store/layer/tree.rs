//! An ordered map of bytes that only grows, whose copies cost nothing: changed nodes are copied, the others are shared.

use std::mem;
use std::sync::Arc;
use std::vec::Drain;

use super::entry::{Entry, Place};
use crate::port::Order;

/// How many entries or children a node holds at most. Wide enough to be shallow, narrow enough to be copied for one put.
const NODE_LEN_MAX: usize = 32;

/// The entries of one space, sorted by key, one for each key.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Tree {
    root: Option<Arc<Node>>,
}

#[derive(Debug, Clone)]
enum Node {
    Leaf(Vec<Entry>),
    /// `firsts[i]` is at most the least key of `children[i]` and above every key of `children[i - 1]`; the first one
    /// bounds nothing.
    Inner {
        firsts: Vec<Entry>,
        children: Vec<Arc<Node>>,
    },
}

impl Tree {
    pub(in super::super) fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Puts an entry in the place of the one of the same key.
    pub(in super::super) fn insert(&mut self, entry: Entry) {
        let Some(root) = &mut self.root else {
            self.root = Some(Arc::new(Node::Leaf(vec![entry])));
            return;
        };
        if let Some((first, right)) = insert(root, entry) {
            let left = mem::replace(root, Arc::clone(&right));
            // The first separator of a node bounds nothing, so any entry serves.
            *root = Arc::new(Node::Inner { firsts: vec![first.clone(), first], children: vec![left, right] });
        }
    }

    /// Puts many entries, in the order of their keys and one for each key: one pass over the nodes that they go to.
    pub(in super::super) fn insert_run(&mut self, mut run: Drain<'_, Entry>) {
        debug_assert!(run.as_slice().is_sorted_by(|a, b| a.key() < b.key()), "a run is sorted and has a key once");
        let root = self.root.get_or_insert_with(|| Arc::new(Node::Leaf(Vec::new())));
        let len = run.len();
        let mut right = insert_run(root, &mut run, len);
        while let Some((first, _)) = right.first() {
            let mut firsts = vec![first.clone()];
            let mut children = vec![Arc::clone(root)];
            for (first, child) in right {
                firsts.push(first);
                children.push(child);
            }
            let mut parts = inner_nodes(firsts, children).into_iter();
            let (_, left) = parts.next().expect("invariant: there are children, so there is a node of them");
            *root = left;
            right = parts.collect();
        }
    }

    pub(in super::super) fn get(&self, key: &[u8]) -> Option<&Entry> {
        let key = Place::of(key);
        let mut node = self.root.as_deref()?;
        loop {
            match node {
                Node::Inner { firsts, children } => node = &children[child_of(firsts, key)],
                Node::Leaf(entries) => {
                    return entries.binary_search_by(|held| held.place().cmp(&key)).ok().map(|at| &entries[at]);
                }
            }
        }
    }

    /// The entries with `from <= key < until`; the range is not a reversed one.
    pub(in super::super) fn range<'t>(&'t self, from: &'t [u8], until: Option<&'t [u8]>, order: Order) -> Range<'t> {
        let mut range = Range { levels: Vec::new(), leaf: &[], order, from, until };
        if let Some(root) = &self.root {
            range.descend(root, true);
        }
        range
    }
}

/// The child that holds `key` if any does.
fn child_of(firsts: &[Entry], key: Place<'_>) -> usize {
    firsts[1..].partition_point(|first| first.place() <= key)
}

/// Inserts below `node`. When it had to be split, the right part and its least key come back.
fn insert(node: &mut Arc<Node>, entry: Entry) -> Option<(Entry, Arc<Node>)> {
    match Arc::make_mut(node) {
        Node::Leaf(entries) => {
            match entries.binary_search_by(|held| held.place().cmp(&entry.place())) {
                Ok(at) => entries[at] = entry,
                Err(at) => entries.insert(at, entry),
            }
            let right = split(entries)?;
            Some((right[0].clone(), Arc::new(Node::Leaf(right))))
        }
        Node::Inner { firsts, children } => {
            let at = child_of(firsts, entry.place());
            let (first, right) = insert(&mut children[at], entry)?;
            firsts.insert(at + 1, first);
            children.insert(at + 1, right);
            let (firsts, children) = (split(firsts)?, split(children)?);
            Some((firsts[0].clone(), Arc::new(Node::Inner { firsts, children })))
        }
    }
}

/// A node, and an entry that is at most its least key and above every key on its left.
type Part = (Entry, Arc<Node>);

/// Inserts the next `len` entries of a sorted run below `node`. What has become too long comes back as the nodes on its right.
fn insert_run(node: &mut Arc<Node>, run: &mut Drain<'_, Entry>, len: usize) -> Vec<Part> {
    let parts = match Arc::make_mut(node) {
        Node::Leaf(entries) if entries.len() + len <= NODE_LEN_MAX => {
            insert_few(entries, run.take(len));
            return Vec::new();
        }
        Node::Leaf(entries) => leaves(merged(mem::take(entries), run, len)),
        Node::Inner { firsts, children } => {
            insert_run_below(firsts, children, run, len);
            if children.len() <= NODE_LEN_MAX {
                return Vec::new();
            }
            inner_nodes(mem::take(firsts), mem::take(children))
        }
    };
    let mut parts = parts.into_iter();
    let (_, left) = parts.next().expect("invariant: a node that is too long has entries or children");
    *node = left;
    parts.collect()
}

/// Inserts the next `len` entries of a run below the children that they belong to, and looks at no others: the keys of a few
/// records lie far apart.
fn insert_run_below(
    firsts: &mut Vec<Entry>,
    children: &mut Vec<Arc<Node>>,
    run: &mut Drain<'_, Entry>,
    mut len: usize,
) {
    let mut at = 0;
    while let Some(next) = run.as_slice()[..len].first() {
        at += child_of(&firsts[at..], next.place());
        let end = firsts.get(at + 1);
        let below = |entry: &&Entry| end.is_none_or(|end| entry.place() < end.place());
        let count = run.as_slice()[..len].iter().take_while(below).count();
        let (right_firsts, right): (Vec<_>, Vec<_>) = insert_run(&mut children[at], run, count).into_iter().unzip();
        len -= count;
        at += 1;
        let behind = at + right.len();
        firsts.splice(at..at, right_firsts);
        children.splice(at..at, right);
        at = behind;
    }
}

/// Puts sorted entries into a leaf that has room for them.
fn insert_few(entries: &mut Vec<Entry>, few: impl Iterator<Item = Entry>) {
    let mut from = 0;
    for entry in few {
        match entries[from..].binary_search_by(|held| held.place().cmp(&entry.place())) {
            Ok(at) => {
                entries[from + at] = entry;
                from += at + 1;
            }
            Err(at) => {
                entries.insert(from + at, entry);
                from += at + 1;
            }
        }
    }
}

/// Two sorted runs as one, the newer of them the next `len` entries; of the same key that of the newer.
fn merged(older: Vec<Entry>, newer: &mut Drain<'_, Entry>, len: usize) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(older.len() + len);
    let mut newer = newer.take(len).peekable();
    for held in older {
        while let Some(entry) = newer.next_if(|entry| entry.place() < held.place()) {
            merged.push(entry);
        }
        if newer.peek().is_none_or(|entry| entry.place() != held.place()) {
            merged.push(held);
        }
    }
    merged.extend(newer);
    merged
}

/// How many entries or children each node gets, when so many have to be spread over nodes. They are left some room.
fn spread(len: usize) -> usize {
    if len <= NODE_LEN_MAX { len } else { NODE_LEN_MAX * 3 / 4 }
}

fn leaves(entries: Vec<Entry>) -> Vec<Part> {
    let size = spread(entries.len());
    let mut entries = entries.into_iter();
    let mut parts = Vec::with_capacity(entries.len().div_ceil(size));
    while entries.len() > 0 {
        let own: Vec<Entry> = entries.by_ref().take(size).collect();
        parts.push((own[0].clone(), Arc::new(Node::Leaf(own))));
    }
    parts
}

fn inner_nodes(firsts: Vec<Entry>, children: Vec<Arc<Node>>) -> Vec<Part> {
    let size = spread(children.len());
    let (mut firsts, mut children) = (firsts.into_iter(), children.into_iter());
    let mut parts = Vec::new();
    while children.len() > 0 {
        let own: Vec<Entry> = firsts.by_ref().take(size).collect();
        let first = own[0].clone();
        parts.push((first, Arc::new(Node::Inner { firsts: own, children: children.by_ref().take(size).collect() })));
    }
    parts
}

/// The right half of what has become too long. Keys often come in order, so the left half keeps more.
fn split<T>(held: &mut Vec<T>) -> Option<Vec<T>> {
    (held.len() > NODE_LEN_MAX).then(|| held.split_off(NODE_LEN_MAX * 3 / 4))
}

/// The entries of a range in the order of the scan.
pub(in super::super) struct Range<'t> {
    /// What is left of each inner node on the way, the root's first.
    levels: Vec<&'t [Arc<Node>]>,
    leaf: &'t [Entry],
    order: Order,
    from: &'t [u8],
    until: Option<&'t [u8]>,
}

impl<'t> Range<'t> {
    /// Goes down to a leaf: to the one where the range begins, or to the first that there is.
    fn descend(&mut self, mut node: &'t Node, seek: bool) {
        loop {
            match node {
                Node::Leaf(entries) => {
                    self.leaf = if seek { self.begin(entries) } else { entries };
                    return;
                }
                Node::Inner { firsts, children } => {
                    let left = if seek { self.begin_children(firsts, children) } else { children };
                    node = self.step_level(left);
                }
            }
        }
    }

    /// Notes what is left of a level after its next child, which is returned.
    fn step_level(&mut self, children: &'t [Arc<Node>]) -> &'t Node {
        let (next, left) = match self.order {
            Order::Ascending => children.split_first(),
            Order::Descending => children.split_last(),
        }
        .expect("invariant: an inner node has children, and a level is only stepped when some are left");
        self.levels.push(left);
        next
    }

    fn begin(&self, entries: &'t [Entry]) -> &'t [Entry] {
        match (self.order, self.until) {
            (Order::Ascending, _) => &entries[entries.partition_point(|held| held.key() < self.from)..],
            (Order::Descending, Some(until)) => &entries[..entries.partition_point(|held| held.key() < until)],
            (Order::Descending, None) => entries,
        }
    }

    fn begin_children(&self, firsts: &[Entry], children: &'t [Arc<Node>]) -> &'t [Arc<Node>] {
        match (self.order, self.until) {
            (Order::Ascending, _) => &children[child_of(firsts, Place::of(self.from))..],
            (Order::Descending, Some(until)) => &children[..=child_of(firsts, Place::of(until))],
            (Order::Descending, None) => children,
        }
    }

    fn within(&self, key: &[u8]) -> bool {
        match self.order {
            Order::Ascending => self.until.is_none_or(|until| key < until),
            Order::Descending => self.from <= key,
        }
    }
}

impl<'t> Iterator for Range<'t> {
    type Item = &'t Entry;

    fn next(&mut self) -> Option<&'t Entry> {
        while self.leaf.is_empty() {
            let level = self.levels.pop()?;
            if !level.is_empty() {
                let node = self.step_level(level);
                self.descend(node, false);
            }
        }
        let (next, left) = match self.order {
            Order::Ascending => self.leaf.split_first(),
            Order::Descending => self.leaf.split_last(),
        }?;
        if !self.within(next.key()) {
            self.levels.clear();
            self.leaf = &[];
            return None;
        }
        self.leaf = left;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn entry(key: &[u8], value: u32) -> Entry {
        Entry::alone(key, Some(&value.to_le_bytes()))
    }

    fn shown(tree: &Tree, from: &[u8], until: Option<&[u8]>, order: Order) -> Vec<(Vec<u8>, Vec<u8>)> {
        let pair = |e: &Entry| (e.key().to_vec(), e.value().unwrap().to_vec());
        tree.range(from, until, order).map(pair).collect()
    }

    #[test]
    fn behaves_like_a_sorted_map_and_its_copies_never_change() {
        let (mut tree, mut model) = (Tree::default(), BTreeMap::new());
        let mut copies = Vec::new();
        let mut random = 0x1234_5678_9abc_def1_u64;
        for step in 0..6000_u32 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Every third key ascends, so that full nodes at the right edge are split too.
            let number = if step % 3 == 0 { 0xff00_0000 + step } else { u32::try_from(random % 5000).unwrap() };
            let key = number.to_be_bytes();
            tree.insert(entry(&key, step));
            model.insert(key.to_vec(), step.to_le_bytes().to_vec());
            if step % 997 == 0 {
                copies.push((tree.clone(), model.clone()));
            }
        }
        copies.push((tree, model));
        for (tree, model) in &copies {
            let all: Vec<_> = model.clone().into_iter().collect();
            assert_eq!(shown(tree, b"", None, Order::Ascending), all);
            for number in (0..5100_u32).step_by(7) {
                let (from, until) = (number.to_be_bytes(), (number + 61).to_be_bytes());
                assert_eq!(tree.get(&from).map(|e| e.value().unwrap()), model.get(&from[..]).map(Vec::as_slice));
                let mut expected: Vec<_> =
                    model.range(from.to_vec()..until.to_vec()).map(|(k, v)| (k.clone(), v.clone())).collect();
                assert_eq!(shown(tree, &from, Some(&until), Order::Ascending), expected);
                expected.reverse();
                assert_eq!(shown(tree, &from, Some(&until), Order::Descending), expected);
            }
        }
    }

    /// Runs of every length, over trees of every height, leave what their entries one by one leave.
    #[test]
    fn a_run_of_entries_goes_where_they_would_go_one_by_one() {
        let (mut tree, mut model) = (Tree::default(), BTreeMap::new());
        let mut copies = Vec::new();
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for step in 0..300_u32 {
            let mut run = BTreeMap::new();
            for _ in 0..[1, 3, 40, 700][step as usize % 4] {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let number = if step % 5 == 0 { 0xff00_0000 + step * 800 } else { 0 };
                run.insert((number + u32::try_from(random % 9000).unwrap()).to_be_bytes(), step);
            }
            let mut entries: Vec<Entry> = run.iter().map(|(key, value)| entry(key, *value)).collect();
            tree.insert_run(entries.drain(..));
            model.extend(run.iter().map(|(key, value)| (key.to_vec(), value.to_le_bytes().to_vec())));
            // Single entries in between, for the two ways to insert share the nodes.
            tree.insert(entry(&step.to_be_bytes(), step));
            model.insert(step.to_be_bytes().to_vec(), step.to_le_bytes().to_vec());
            if step % 59 == 0 {
                copies.push((tree.clone(), model.clone()));
            }
        }
        copies.push((tree, model));
        for (tree, model) in &copies {
            let all: Vec<_> = model.clone().into_iter().collect();
            assert_eq!(shown(tree, b"", None, Order::Ascending), all);
            for number in (0..9100_u32).step_by(13) {
                let (from, until) = (number.to_be_bytes(), (number + 61).to_be_bytes());
                assert_eq!(tree.get(&from).map(|e| e.value().unwrap()), model.get(&from[..]).map(Vec::as_slice));
                let within = model.range(from.to_vec()..until.to_vec()).rev();
                let expected: Vec<_> = within.map(|(k, v)| (k.clone(), v.clone())).collect();
                assert_eq!(shown(tree, &from, Some(&until), Order::Descending), expected);
            }
        }
    }

    #[test]
    fn an_empty_tree_shows_nothing() {
        let tree = Tree::default();
        assert!(tree.is_empty());
        assert!(tree.get(b"").is_none());
        assert_eq!(tree.range(b"", None, Order::Descending).count(), 0);
    }
}
