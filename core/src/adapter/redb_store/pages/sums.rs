//! The checksums of pages: a block of them for each group, read when the group is first used, and kept.
//!
//! They take a thousandth of the file in memory. A block that was changed is written before the next sync, in two copies, each
//! with a checksum of its own at its end: a block that cannot be read any more would else cost all pages of its group. A crash
//! may tear both copies while they are written. Then the first counts as it is: a crash leaves the checksums of pages that are
//! in use as they were.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::super::surely;
use super::{GROUP, PAGE, SUMS_BLOCKS, as_usize};

/// The checksum of a page: never 0, which stands for a page that was not written.
pub(super) fn of_page(page: u64, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&page.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize().max(1)
}

/// The checksums of a group.
pub(super) struct Block(Box<[AtomicU32]>);

impl Block {
    fn zeros() -> Self {
        Self((0..GROUP).map(|_| AtomicU32::new(0)).collect())
    }

    fn decode(bytes: &[u8]) -> Self {
        let block = Self::zeros();
        block.take(bytes);
        block
    }

    fn take(&self, bytes: &[u8]) {
        for (sum, bytes) in self.0.iter().zip(bytes.chunks_exact(4)) {
            sum.store(u32::from_le_bytes(bytes.try_into().expect("invariant: four bytes")), Ordering::Relaxed);
        }
    }

    /// All copies, one behind the other.
    fn encode(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.0.iter().flat_map(|sum| sum.load(Ordering::Relaxed).to_le_bytes()).collect();
        bytes.resize(as_usize(PAGE), 0);
        seal(&mut bytes);
        bytes.repeat(as_usize(SUMS_BLOCKS))
    }

    /// The checksum of a page of the group.
    pub(super) fn at(&self, index: usize) -> u32 {
        self.0[index].load(Ordering::Relaxed)
    }
}

/// Gives a copy the checksum of what it holds.
pub(super) fn seal(copy: &mut [u8]) {
    if let Some((sums, own)) = copy.split_last_chunk_mut() {
        *own = crc32fast::hash(sums).to_le_bytes();
    }
}

/// Reads the checksums of a group: the first copy that is whole, or else the first that can be read.
pub(super) fn load(read: impl Fn(u64, &mut [u8]) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let copies: Vec<_> = (0..SUMS_BLOCKS).map(|copy| surely::read(as_usize(PAGE), |out| read(copy, out))).collect();
    let is_whole = |copy: &io::Result<Vec<u8>>| {
        copy.as_ref().is_ok_and(|copy| {
            copy.split_last_chunk().is_some_and(|(sums, own)| *own == crc32fast::hash(sums).to_le_bytes())
        })
    };
    let best = copies.iter().position(is_whole).or_else(|| copies.iter().position(Result::is_ok)).unwrap_or(0);
    copies.into_iter().nth(best).expect("invariant: a group has copies of its checksums")
}

/// The checksums of every group that was used so far.
#[derive(Default)]
pub(super) struct Sums {
    groups: RwLock<Vec<Arc<OnceLock<Block>>>>,
    /// The groups whose blocks are newer than those in the file.
    changed: Mutex<BTreeSet<usize>>,
}

impl Sums {
    /// The file has so many groups.
    pub(super) fn begin(&self, groups: usize) {
        let mut held = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        held.resize_with(groups, Arc::default);
    }

    /// The file has so many groups from now on; those that are new have no pages yet.
    pub(super) fn resize(&self, groups: usize) {
        let mut held = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        held.resize_with(groups, || Arc::new(OnceLock::from(Block::zeros())));
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).retain(|group| *group < groups);
    }

    /// The group has a place from now on and no page yet.
    pub(super) fn begin_group(&self, group: usize) {
        let mut held = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = held.get_mut(group) {
            *slot = Arc::new(OnceLock::from(Block::zeros()));
        }
    }

    fn slot(&self, group: usize) -> Arc<OnceLock<Block>> {
        if let Some(slot) = self.groups.read().unwrap_or_else(PoisonError::into_inner).get(group) {
            return Arc::clone(slot);
        }
        // The file has grown in the process that writes it.
        let mut held = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        let groups = held.len().max(group + 1);
        held.resize_with(groups, Arc::default);
        Arc::clone(&held[group])
    }

    /// The checksums of a group; `read` reads a copy of their block.
    pub(super) fn get(&self, group: usize, read: impl Fn(u64, &mut [u8]) -> io::Result<()>) -> io::Result<Loaded> {
        let slot = self.slot(group);
        if slot.get().is_none() {
            let bytes = load(read)?;
            slot.get_or_init(|| Block::decode(&bytes));
        }
        Ok(Loaded { slot })
    }

    /// Reads the block of a group again, unless this process has changed it.
    pub(super) fn read_again(&self, group: usize, read: impl Fn(u64, &mut [u8]) -> io::Result<()>) -> io::Result<()> {
        let block = self.get(group, &read)?;
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if !changed.contains(&group) {
            block.take(&load(read)?);
        }
        Ok(())
    }

    /// Notes the checksums of pages that are being written, from one of the group on.
    pub(super) fn set(
        &self,
        group: usize,
        first: usize,
        sums: impl Iterator<Item = u32>,
        read: impl Fn(u64, &mut [u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let block = self.get(group, read)?;
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.insert(group);
        for (held, sum) in block.0[first..].iter().zip(sums) {
            held.store(sum, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Writes the blocks that were changed, all copies of one at once.
    pub(super) fn write(&self, write: impl Fn(usize, &[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(group) = changed.first().copied() {
            if let Some(block) = self.slot(group).get() {
                write(group, &block.encode())?;
            }
            changed.remove(&group);
        }
        Ok(())
    }
}

/// The checksums of a group that are in memory.
pub(super) struct Loaded {
    slot: Arc<OnceLock<Block>>,
}

impl std::ops::Deref for Loaded {
    type Target = Block;

    fn deref(&self) -> &Block {
        self.slot.get().expect("invariant: a block is read before it is handed out")
    }
}
