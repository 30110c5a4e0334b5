//! The database file as checked pages: redb does not check what it reads, so that what lies under it does.
//!
//! redb's page `p` of 4 KiB (its page 0, the header, apart) has a CRC-32 of its number and its bytes. 1024 pages and,
//! before them, one block of their checksums make a group; the groups follow three copies of the header:
//!
//! | block of 4 KiB | what |
//! |---|---|
//! | 0, 1, 2 | a copy of the header each (`head.rs`) |
//! | 3 + 1025 p | the checksums of the group g at place p (`places.rs`, `sums.rs`) |
//! | 3 + 1025 p + 1 + i | page 1 + 1024 g + i |
//!
//! A page lies where a block of the disk does, and its checksum elsewhere, so that a page which the disk wrote to the wrong
//! place, or not at all, does not match. redb never overwrites a page that a committed state needs, and syncs pages before
//! the header that names them; checksums are written before the same sync. So what a crash leaves of both is of no account
//! for pages that are in use: their checksums are rewritten in place as they were. The header is all that redb overwrites.

#[cfg(test)]
mod crash_tests;
mod damage;
mod head;
mod places;
#[cfg(any(test, feature = "testing"))]
mod seal;
mod sign;
mod sums;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use redb::{BackendError, StorageBackend};

pub(super) use damage::Damage;
#[cfg(any(test, feature = "testing"))]
pub(super) use head::read_forged as read_head;
use head::{HEAD_BLOCKS, HEADER_BYTES, Heads};
use places::{Places, sums_block};
#[cfg(any(test, feature = "testing"))]
pub(crate) use seal::seal;
pub(super) use sign::is_one_of_ours;
use sums::Sums;

/// The page of redb, and the block of the file. Unit: bytes.
const PAGE: u64 = 4096;
/// How many pages share a block of checksums.
const GROUP: u64 = PAGE / 4;

/// The byte by which redb asks whether the file is consistent, though nobody closed it: so while a process writes. Here it
/// always is, because every commit is synced before the header that names it, and that is never torn.
const CONSISTENT_BYTE: u64 = (1 << 62) + 4;

/// A file, or what stands for one, as redb's storage with checksums. Nothing is read or written before redb holds its lock.
pub(super) struct CheckedPages<B> {
    file: B,
    name: String,
    writable: bool,
    /// How long redb takes the storage to be. Unit: bytes.
    len: AtomicU64,
    heads: Mutex<Heads>,
    /// Changed by the one thread that writes.
    places: RwLock<Places>,
    /// Whether the file has grown for a new place and that was not synced.
    has_grown: AtomicBool,
    sums: Sums,
    begun: OnceLock<()>,
}

impl<B> fmt::Debug for CheckedPages<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedPages").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Pages that lie one behind the other in the file, in one group.
struct Run {
    group: usize,
    /// The first of them within the group.
    index: usize,
    pages: usize,
}

impl Run {
    /// Where they are in the file, when the checksums of their group are in this block. Unit: bytes.
    fn at(&self, sums_block: u64) -> u64 {
        (sums_block + 1 + self.index as u64) * PAGE
    }
}

impl<B: StorageBackend> CheckedPages<B> {
    /// Pages of a file that this process may write; `name` is for messages. An empty file becomes a database.
    pub(super) fn writable(file: B, name: String) -> Self {
        Self::new(file, name, true)
    }

    /// Pages of a file that another process may be writing.
    pub(super) fn read_only(file: B, name: String) -> Self {
        Self::new(file, name, false)
    }

    fn new(file: B, name: String, writable: bool) -> Self {
        Self {
            file,
            name,
            writable,
            len: AtomicU64::new(0),
            heads: Mutex::default(),
            places: RwLock::default(),
            has_grown: AtomicBool::new(false),
            sums: Sums::default(),
            begun: OnceLock::new(),
        }
    }

    /// A panic leaves the copies of the header in a state that a crash could leave, too.
    fn heads(&self) -> MutexGuard<'_, Heads> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_places(&self, places: Places) {
        *self.places.write().unwrap_or_else(PoisonError::into_inner) = places;
    }

    fn places(&self) -> Places {
        self.places.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The block of the checksums of a group, behind which its pages are.
    fn block_of(&self, group: usize) -> Option<u64> {
        self.places.read().unwrap_or_else(PoisonError::into_inner).of(group).map(sums_block)
    }

    /// The same of a group that is written; it gets its place if it has none, and the file the length.
    fn block_for(&self, group: usize) -> io::Result<u64> {
        if let Some(block) = self.block_of(group) {
            return Ok(block);
        }
        let mut places = self.places();
        places.give(group);
        self.has_grown.store(true, Ordering::Release);
        self.file.set_len(places.file_bytes(self.len.load(Ordering::Acquire)))?;
        self.sums.begin_group(group);
        self.set_places(places);
        self.block_of(group).ok_or_else(|| io::Error::other("invariant: the group has just got its place"))
    }

    /// Writes a header that names the places. The file must be as long as it says, whatever of this reaches the disk.
    fn write_header(&self, heads: &mut Heads, header: Option<&[u8; HEADER_BYTES]>, len: u64) -> io::Result<()> {
        if self.has_grown.load(Ordering::Acquire) {
            self.file.sync_data()?;
            self.has_grown.store(false, Ordering::Release);
        }
        let mut places = self.places();
        places.cut(groups_of(len));
        heads.write(&self.file, header, len, &places)
    }

    /// Reads the header at the first use, when redb has its lock.
    fn begin(&self) -> io::Result<()> {
        if self.begun.get().is_some() {
            return Ok(());
        }
        let mut heads = self.heads();
        let actual = self.file.len()?;
        if actual > 0 || !self.writable {
            heads.read(&self.file, &self.name)?;
            if self.writable {
                self.check_length(&heads, actual)?;
            }
            self.sums.begin(groups_of(heads.len()));
            self.set_places(heads.places());
        }
        self.len.store(heads.len(), Ordering::Release);
        let _ = self.begun.set(());
        Ok(())
    }

    /// A file that is longer than its header says has grown before a crash; the rest of it is not used.
    fn check_length(&self, heads: &Heads, actual: u64) -> io::Result<()> {
        let expected = heads.places().file_bytes(heads.len());
        if actual >= expected {
            return Ok(());
        }
        Err(self.damaged(format!("is damaged: it is cut short to {actual} bytes of {expected}")))
    }

    fn damaged(&self, what: String) -> io::Error {
        Damage::Damaged(format!("{} {what}", self.name)).into()
    }

    /// Splits a range of redb's storage, which must be whole pages within it.
    fn runs(&self, offset: u64, len: usize) -> io::Result<impl Iterator<Item = Run>> {
        let end =
            offset.checked_add(len as u64).filter(|end| !self.writable || *end <= self.len.load(Ordering::Acquire));
        let sound = offset >= PAGE && offset.is_multiple_of(PAGE) && (len as u64).is_multiple_of(PAGE);
        let Some(end) = end.filter(|_| sound) else {
            return Err(self.damaged(format!("is damaged: it speaks of {len} bytes at {offset}, where no page is")));
        };
        let (mut page, last) = (offset / PAGE - 1, end / PAGE - 1);
        Ok(std::iter::from_fn(move || {
            let (group, index) = (page / GROUP, page % GROUP);
            let pages = (GROUP - index).min(last - page);
            page += pages;
            (pages > 0).then(|| Run { group: as_usize(group), index: as_usize(index), pages: as_usize(pages) })
        }))
    }

    /// Reads a run and checks it; once more when it does not match, for a bit may flip on its way here.
    fn read_run(&self, run: &Run, out: &mut [u8]) -> io::Result<()> {
        let Some(block) = self.block_of(run.group) else {
            return Err(self.damaged(format!("is damaged: page {} was never written", first_page(run))));
        };
        self.file.read(run.at(block), out)?;
        if self.first_that_differs(run, block, out)?.is_none() {
            return Ok(());
        }
        self.sums.read_again(run.group, self.sums_file(block))?;
        self.file.read(run.at(block), out)?;
        match self.first_that_differs(run, block, out)? {
            None => Ok(()),
            Some(page) => Err(self.damaged(format!("is damaged: page {page} does not match its checksum"))),
        }
    }

    fn first_that_differs(&self, run: &Run, block: u64, bytes: &[u8]) -> io::Result<Option<u64>> {
        let expected = self.sums.get(run.group, self.sums_file(block))?;
        let first = first_page(run);
        let mut pages = (first..).zip(bytes.chunks_exact(as_usize(PAGE)));
        let mut index = run.index;
        Ok(pages.find_map(|(page, bytes)| {
            let differs = expected.at(index) != sums::of_page(page, bytes);
            index += 1;
            differs.then_some(page)
        }))
    }

    fn sums_file(&self, block: u64) -> impl Fn(&mut [u8]) -> io::Result<()> {
        move |out| self.file.read(block * PAGE, out)
    }

    fn write_run(&self, run: &Run, bytes: &[u8]) -> io::Result<()> {
        let pages = (first_page(run)..).zip(bytes.chunks_exact(as_usize(PAGE)));
        let sums = pages.map(|(page, bytes)| sums::of_page(page, bytes));
        let block = self.block_for(run.group)?;
        self.sums.set(run.group, run.index, sums, self.sums_file(block))?;
        self.file.write(run.at(block), bytes)
    }

    fn write_sums(&self) -> io::Result<()> {
        self.sums.write(|group, bytes| self.block_for(group).and_then(|block| self.file.write(block * PAGE, bytes)))
    }
}

impl<B: StorageBackend> StorageBackend for CheckedPages<B> {
    fn len(&self) -> io::Result<u64> {
        self.begin()?;
        Ok(self.len.load(Ordering::Acquire))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.begin()?;
        if offset < PAGE {
            let mut heads = self.heads();
            if !self.writable {
                heads.read(&self.file, &self.name)?;
                self.set_places(heads.places());
            }
            let at = as_usize(offset);
            let held = heads.header().get(at..at + out.len());
            let held = held.ok_or_else(|| self.damaged(format!("has no header of {} bytes", at + out.len())))?;
            out.copy_from_slice(held);
            return Ok(());
        }
        let mut rest = out;
        for run in self.runs(offset, rest.len())? {
            let (these, others) = rest.split_at_mut(run.pages * as_usize(PAGE));
            self.read_run(&run, these)?;
            rest = others;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.begin()?;
        let mut heads = self.heads();
        if len < self.len.load(Ordering::Acquire) && heads.is_there() {
            // The header must not speak of more than there is, whatever of this reaches the disk.
            self.write_header(&mut heads, None, len)?;
            heads.sync(&self.file)?;
        }
        let mut places = self.places();
        places.cut(groups_of(len));
        self.file.set_len(places.file_bytes(len))?;
        self.set_places(places);
        self.sums.resize(groups_of(len));
        self.len.store(len, Ordering::Release);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut heads = self.heads();
        self.write_sums()?;
        heads.sync(&self.file)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.begin()?;
        if offset < PAGE {
            let header = <&[u8; HEADER_BYTES]>::try_from(data).ok().filter(|_| offset == 0);
            let header = header.ok_or_else(|| io::Error::other("invariant: redb writes its header whole"))?;
            return self.write_header(&mut self.heads(), Some(header), self.len.load(Ordering::Acquire));
        }
        let mut rest = data;
        for run in self.runs(offset, rest.len())? {
            let (these, others) = rest.split_at(run.pages * as_usize(PAGE));
            self.write_run(&run, these)?;
            rest = others;
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if !self.writable && (start, end) == (Bound::Included(CONSISTENT_BYTE), Bound::Included(CONSISTENT_BYTE)) {
            return Ok(true);
        }
        self.file.query_lock_range(start, end)
    }
}

fn first_page(run: &Run) -> u64 {
    1 + run.group as u64 * GROUP + run.index as u64
}

/// How many groups redb's storage of this length has, the last perhaps in part.
fn groups_of(len: u64) -> usize {
    as_usize((len / PAGE).saturating_sub(1).div_ceil(GROUP))
}

fn as_usize(number: u64) -> usize {
    usize::try_from(number).expect("invariant: within a file that this platform addresses")
}
