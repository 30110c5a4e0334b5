//! redb's trees read without redb: for a snapshot whose instance of redb has met an error, and for a damaged file.
//!
//! redb gives up a whole file after the first page that it cannot read. Here a page that cannot be read is an error of whoever
//! needs it, and of nobody else.

mod cursor;
mod node;
mod probe;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::block::{Block, LowerBound};
use super::failure;
use super::layer::{Merge, Newest};
use super::pages::{CheckedPages, Header, published};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, Space, SpaceStatistics, Visitor};
use cursor::Cursor;
use node::{Node, Widths};
pub(super) use probe::Probe;

/// Where redb's header says how many pages a region has.
const REGION_PAGES_AT: usize = 20;

/// What is kept at least of the pages that were read. Unit: bytes.
const KEPT_MIN: usize = 256 << 10;

/// Is shown a key and its value.
pub(super) type EachPair<'v> = dyn FnMut(&[u8], &[u8]) -> Result<()> + 'v;

/// A table of redb.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Table {
    root: Option<u64>,
    widths: Widths,
}

/// The trees that one header names. Whoever reads them keeps the header's transaction pinned.
pub(super) struct Trees {
    pages: Arc<CheckedPages>,
    header: Header,
    tables: OnceLock<BTreeMap<String, Table>>,
    kept: RwLock<Kept>,
}

/// Pages that were read, by their number.
struct Kept {
    nodes: HashMap<u64, Arc<Node>>,
    /// How long they are, and may be before all are let go. Unit: bytes.
    bytes: usize,
    bytes_max: usize,
}

impl Kept {
    fn new(bytes_max: usize) -> Self {
        Self { nodes: HashMap::new(), bytes: 0, bytes_max }
    }

    fn keep(&mut self, number: u64, node: &Arc<Node>) {
        if self.bytes + node.len() > self.bytes_max {
            self.nodes.clear();
            self.bytes = 0;
        }
        let before = self.nodes.insert(number, Arc::clone(node));
        self.bytes += node.len();
        self.bytes -= before.map_or(0, |before| before.len());
    }
}

impl Trees {
    /// The trees of a header; they keep pages of about `cache_bytes` in memory.
    pub(super) fn new(pages: &Arc<CheckedPages>, header: Header, cache_bytes: usize) -> Self {
        let kept = RwLock::new(Kept::new(cache_bytes.max(KEPT_MIN)));
        Self { pages: Arc::clone(pages), header, tables: OnceLock::new(), kept }
    }

    /// The tables of the store.
    pub(super) fn tables(&self) -> Result<&BTreeMap<String, Table>> {
        if let Some(tables) = self.tables.get() {
            return Ok(tables);
        }
        let tables = self.tables_below(published(&self.header).tables)?;
        Ok(self.tables.get_or_init(|| tables))
    }

    /// redb's own tables.
    pub(super) fn system_tables(&self) -> Result<BTreeMap<String, Table>> {
        self.tables_below(published(&self.header).system)
    }

    fn tables_below(&self, root: Option<u64>) -> Result<BTreeMap<String, Table>> {
        let mut found = BTreeMap::new();
        let mut cursor = Cursor::first(self, Table { root, widths: Widths::default() })?;
        while let Some((name, definition)) = cursor.pair()? {
            let name = String::from_utf8_lossy(name).into_owned();
            let table = table_of(definition).ok_or_else(|| self.damaged())?;
            found.insert(name, table);
            cursor.forward()?;
        }
        Ok(found)
    }

    /// The table of a name; an empty one when there is none.
    pub(super) fn table(&self, name: &str) -> Result<Table> {
        Ok(self.tables()?.get(name).copied().unwrap_or_default())
    }

    /// The value of a key in a table whose keys are in the order of their bytes.
    pub(super) fn value(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let cursor = Cursor::seek(self, self.table(table)?, &|stored| key > stored)?;
        Ok(cursor.pair()?.filter(|(found, _)| *found == key).map(|(_, value)| value.to_vec()))
    }

    /// Shows every pair of a table.
    pub(super) fn each(&self, table: &str, visit: &mut EachPair<'_>) -> Result<()> {
        let mut cursor = Cursor::first(self, self.table(table)?)?;
        while let Some((key, value)) = cursor.pair()? {
            visit(key, value)?;
            cursor.forward()?;
        }
        Ok(())
    }

    /// Goes to the block of the greatest bound that is not above a key, or is below it.
    fn seek(&self, space: Space, key: &[u8], below: bool) -> Result<Cursor<'_>> {
        let is_behind = move |stored: &[u8]| {
            let bound = super::block::bound_of(stored);
            if below { bound >= key } else { bound > key }
        };
        Cursor::seek(self, self.table(space.name())?, &is_behind)
    }

    pub(super) fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let cursor = self.seek(space, key, false)?;
        let Some((_, bytes)) = cursor.pair()? else { return Ok(false) };
        let value = Block::read(bytes)?.get(key)?;
        if let Some(value) = value {
            visit(value);
        }
        Ok(value.is_some())
    }

    /// As the scan of a snapshot of redb.
    pub(super) fn scan(
        &self,
        space: Space,
        range: (&[u8], Option<&[u8]>),
        order: Order,
        newer: Newest<'_>,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        let mut merge = Merge::new(newer, range, visit);
        let done = match order {
            Order::Ascending => self.scan_up(space, range, &mut merge)?,
            Order::Descending => self.scan_down(space, range, &mut merge)?,
        };
        if done { Ok(()) } else { merge.finish() }
    }

    fn scan_up(&self, space: Space, (from, until): (&[u8], Option<&[u8]>), merge: &mut Merge<'_, '_>) -> Result<bool> {
        let mut cursor = self.seek(space, from, false)?;
        if cursor.pair()?.is_none() {
            cursor.back(&|_| false)?;
        }
        let is_beyond = |stored: &[u8]| until.is_some_and(|until| super::block::bound_of(stored) >= until);
        while let Some((key, bytes)) = cursor.pair()? {
            if is_beyond(key) {
                break;
            }
            if merge.show(&Block::read(bytes)?)? {
                return Ok(true);
            }
            if !cursor.back(&is_beyond)? {
                break;
            }
        }
        Ok(false)
    }

    fn scan_down(
        &self,
        space: Space,
        (from, until): (&[u8], Option<&[u8]>),
        merge: &mut Merge<'_, '_>,
    ) -> Result<bool> {
        let mut cursor = match until {
            Some(until) => self.seek(space, until, true)?,
            None => Cursor::first(self, self.table(space.name())?)?,
        };
        while let Some((key, bytes)) = cursor.pair()? {
            if merge.show(&Block::read(bytes)?)? {
                return Ok(true);
            }
            if super::block::bound_of(key) <= from {
                break;
            }
            cursor.forward()?;
        }
        Ok(false)
    }

    /// How large every space is.
    pub(super) fn statistics(&self) -> Result<Vec<SpaceStatistics>> {
        Space::ALL.into_iter().map(|space| self.size_of(space)).collect()
    }

    fn size_of(&self, space: Space) -> Result<SpaceStatistics> {
        let table = self.table(space.name())?;
        let mut size = SpaceStatistics { space, entries: 0, stored_bytes: 0, metadata_bytes: 0, fragmented_bytes: 0 };
        let (mut left, mut pages_left): (Vec<u64>, _) = (table.root.into_iter().collect(), self.pages_max());
        while let Some(number) = left.pop() {
            pages_left = pages_left.checked_sub(1).ok_or_else(|| self.damaged())?;
            let node = self.node(number, table.widths)?;
            let sizes = node.sizes().ok_or_else(|| self.damaged())?;
            size.stored_bytes += sizes.stored as u64;
            size.metadata_bytes += sizes.noted as u64;
            size.fragmented_bytes += sizes.empty as u64;
            if node.is_leaf() {
                size.entries += node.count() as u64;
            } else {
                left.extend((0..node.count()).filter_map(|at| node.child(at)));
            }
        }
        Ok(size)
    }

    /// No tree has more pages than the file has blocks.
    fn pages_max(&self) -> u64 {
        self.pages.blocks()
    }

    /// Reads redb's page of a number.
    fn node(&self, number: u64, widths: Widths) -> Result<Arc<Node>> {
        if let Some(node) = self.kept.read().unwrap_or_else(PoisonError::into_inner).nodes.get(&number) {
            return Ok(Arc::clone(node));
        }
        let region_pages = u32::from_le_bytes(self.header[REGION_PAGES_AT..][..4].try_into().expect("invariant: four"));
        let place = node::place_of(number, u64::from(region_pages) * super::pages::PAGE);
        let (offset, len) = place.ok_or_else(|| self.damaged())?;
        self.pages.check_place(offset, len).map_err(failure::of_io)?;
        let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, len).collect();
        let out = Arc::get_mut(&mut bytes).expect("invariant: nobody else has the bytes yet");
        self.pages.read(offset, out).map_err(failure::of_io)?;
        let node = Arc::new(Node::new(bytes, widths).ok_or_else(|| self.damaged())?);
        self.kept.write().unwrap_or_else(PoisonError::into_inner).keep(number, &node);
        Ok(node)
    }

    /// The pages are those that were written, but not what they should be.
    fn damaged(&self) -> Error {
        let what = format!("{} is damaged: a page is not one of a tree", self.pages.name());
        Error::new(ErrorKind::Corrupt, what)
    }
}

/// The pairs of a leaf that begins with these bytes; none when they are no leaf of a table with keys and values of any length.
pub(super) fn leaf_pairs(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut len = bytes.len().min(4096);
    let node = loop {
        let node = Node::new(Arc::from(&bytes[..len]), Widths::default()).filter(Node::is_leaf);
        let Some(node) = node else { return Vec::new() };
        len = match node.end() {
            Some(end) if end <= len => break node,
            Some(end) if end <= bytes.len() => end,
            None if len < bytes.len() => bytes.len().min(len * 4),
            _ => return Vec::new(),
        };
    };
    let pairs = (0..node.count()).map(|at| Some((node.key(at)?.to_vec(), node.value(at)?.to_vec())));
    pairs.collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// What the tree of tables says of one.
fn table_of(definition: &[u8]) -> Option<Table> {
    let number = |at: usize| Some(u64::from_le_bytes(definition.get(at..at + 8)?.try_into().ok()?));
    let width = |at: usize| -> Option<Option<usize>> {
        let bytes = definition.get(at + 1..at + 5)?.try_into().ok()?;
        Some((*definition.get(at)? != 0).then_some(u32::from_le_bytes(bytes) as usize))
    };
    let root = if *definition.get(9)? != 0 { Some(number(10)?) } else { None };
    Some(Table { root, widths: Widths { key: width(42)?, value: width(47)? } })
}

/// The order of the blocks in redb's table is that of their bounds reversed, and the cursor relies on it.
const _: fn(&[u8], &[u8]) -> std::cmp::Ordering = <LowerBound as redb::Key>::compare;
