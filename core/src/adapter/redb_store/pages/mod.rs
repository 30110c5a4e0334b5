//! The database file as checked pages: redb does not check what it reads, so that what lies under it does.
//!
//! redb's page `p` of 4 KiB (its page 0, the header, apart) has a CRC-32 of its number and its bytes. 1023 pages and,
//! before them, two copies of a block of their checksums make a group; the groups follow three copies of the header:
//!
//! | block of 4 KiB | what |
//! |---|---|
//! | 0, 1, 2 | a copy of the header each (`head.rs`) |
//! | 3 + 1025 p, 3 + 1025 p + 1 | a copy each of the checksums of the group g at place p (`places.rs`, `sums.rs`) |
//! | 3 + 1025 p + 2 + i | page 1 + 1023 g + i |
//!
//! A page lies where a block of the disk does, and its checksum elsewhere, so that a page which the disk wrote to the wrong
//! place, or not at all, does not match. redb never overwrites a page that a committed state needs, and syncs pages before
//! the header that names them; checksums are written before the same sync. So what a crash leaves of both is of no account
//! for pages that are in use: their checksums are rewritten in place as they were. The header is all that redb overwrites.

mod bad;
#[cfg(test)]
mod crash_tests;
mod damage;
mod head;
mod instance;
mod locks;
mod places;
mod redb_header;
mod runs;
mod scan;
#[cfg(any(test, feature = "testing"))]
mod seal;
mod sign;
mod sums;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use redb::StorageBackend;

pub(super) use bad::BadPage;
use bad::BadPages;
pub(super) use damage::Damage;
#[cfg(any(test, feature = "testing"))]
pub(super) use head::read_forged as read_head;
use head::{HEAD_BLOCKS, Heads};
pub(super) use instance::Instance;
use locks::Locks;
use places::{GROUP_BLOCKS, PLACES_MAX, Places, sums_block};
pub(super) use redb_header::{Header, published};
pub(super) use scan::Group;
#[cfg(any(test, feature = "testing"))]
pub(crate) use seal::seal;
pub(super) use sign::is_one_of_ours;
use sums::Sums;

/// The page of redb, and the block of the file. Unit: bytes.
pub(super) const PAGE: u64 = 4096;
/// How many pages share a block of checksums, which has one of its own at its end.
const GROUP: u64 = PAGE / 4 - 1;
/// How many copies of that block lie before the pages of a group.
const SUMS_BLOCKS: u64 = 2;
/// How many pages that could not be read are tried again at a time.
const BAD_TRIED_MAX: usize = 8;

/// A file, or what stands for one, as pages with checksums. Any number of instances of redb work on it
/// ([`Instance`]), one of which writes.
pub(super) struct CheckedPages {
    file: Box<dyn StorageBackend>,
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
    bad: BadPages,
    locks: Locks,
    begun: OnceLock<()>,
}

impl fmt::Debug for CheckedPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedPages").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A transaction whose pages are not used again until this is dropped.
#[derive(Debug)]
pub(super) struct Pin {
    pages: Arc<CheckedPages>,
    id: u64,
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.pages.locks.unpin(&*self.pages.file, self.id);
    }
}

impl CheckedPages {
    /// Pages of a file that this process may write; `name` is for messages. An empty file becomes a database.
    pub(super) fn writable(file: impl StorageBackend, name: String) -> Arc<Self> {
        Self::new(Box::new(file), name, true)
    }

    /// Pages of a file that another process may be writing.
    pub(super) fn read_only(file: impl StorageBackend, name: String) -> Arc<Self> {
        Self::new(Box::new(file), name, false)
    }

    fn new(file: Box<dyn StorageBackend>, name: String, writable: bool) -> Arc<Self> {
        Arc::new(Self {
            file,
            name,
            writable,
            len: AtomicU64::new(0),
            heads: Mutex::default(),
            places: RwLock::default(),
            has_grown: AtomicBool::new(false),
            sums: Sums::default(),
            bad: BadPages::default(),
            locks: Locks::default(),
            begun: OnceLock::new(),
        })
    }

    /// Takes the file for this process, to write or to read it; false when another process is in the way.
    pub(super) fn try_lock(&self) -> io::Result<bool> {
        if self.writable { Locks::try_write(&*self.file) } else { Locks::try_read(&*self.file) }
    }

    /// Keeps readers of other processes out until [`CheckedPages::let_readers_in`]; false when there are any.
    pub(super) fn try_shut_readers_out(&self) -> io::Result<bool> {
        if !Locks::try_shut_out(&*self.file)? {
            return Ok(false);
        }
        let pinned = Locks::is_any_pinned_elsewhere(&*self.file, 0, self.decided_transaction());
        if !matches!(pinned, Ok(false)) {
            self.let_readers_in();
        }
        pinned.map(|is_pinned| !is_pinned)
    }

    /// How many transactions the oldest snapshot of another process is behind the newest; 0 when there is none.
    pub(super) fn oldest_reader_behind(&self) -> io::Result<u64> {
        let newest = self.decided_transaction();
        Ok(Locks::oldest_pinned_elsewhere(&*self.file, newest)?.map_or(0, |oldest| newest - oldest))
    }

    pub(super) fn let_readers_in(&self) {
        self.locks.let_in(&*self.file);
    }

    /// Keeps the pages of a transaction that is pinned already, or the newest.
    pub(super) fn pin(self: &Arc<Self>, id: u64) -> io::Result<Pin> {
        if self.locks.pin(&*self.file, id)? {
            return Ok(Pin { pages: Arc::clone(self), id });
        }
        Err(io::Error::other("another process holds the mark of the newest transaction for itself"))
    }

    /// Whether this process has pinned a transaction.
    pub(super) fn is_pinned(&self, id: u64) -> bool {
        self.locks.is_pinned(id)
    }

    /// Pins the newest transaction of a file that another process writes, and gives its header.
    ///
    /// # Errors
    /// [`Damage::Moved`] when that process published another one in between.
    pub(super) fn pin_newest(self: &Arc<Self>) -> io::Result<(Header, Pin)> {
        let header = self.newest_header()?;
        let pin = self.pin(published(&header).transaction)?;
        self.check_newest(&header)?;
        Ok((header, pin))
    }

    /// Whether a header still shows the newest transaction. Then a pin that was taken before is good (`locks.rs`).
    fn check_newest(&self, header: &Header) -> io::Result<()> {
        if self.newest_header()? == *header { Ok(()) } else { Err(Damage::Moved.into()) }
    }

    /// The newest header of a file that another process may be writing.
    fn newest_header(&self) -> io::Result<Header> {
        let mut heads = self.heads();
        heads.read(&*self.file, &self.name)?;
        self.set_places(heads.places());
        drop(heads);
        self.header()
    }

    /// The newest header that this process has read or written.
    fn header(&self) -> io::Result<Header> {
        self.heads().header().copied().ok_or_else(|| self.damaged("has no header".to_owned()))
    }

    /// Whether some page cannot be read. Those that could not be are tried again.
    pub(super) fn has_bad_pages(&self) -> bool {
        if self.bad.any() {
            for page in self.bad.numbers().into_iter().take(BAD_TRIED_MAX) {
                // It heals when it is read.
                let _ = self.read(page * PAGE, &mut [0; PAGE as usize]);
            }
        }
        self.bad.any()
    }

    /// Reads pages of the file, a range of redb's storage, and checks them.
    ///
    /// # Errors
    /// [`Damage::Page`] names the first that cannot be read.
    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.begin()?;
        self.read_pages(offset, out)
    }

    /// Refuses pages that lie beyond the end of the file, so that no room is made for them.
    ///
    /// # Errors
    /// As [`CheckedPages::read`].
    pub(super) fn check_place(&self, offset: u64, len: usize) -> io::Result<()> {
        self.begin()?;
        self.check_pages(offset, len)
    }

    /// How many blocks the file has.
    pub(super) fn blocks(&self) -> u64 {
        self.file.len().map_or(u64::MAX, |len| len.div_ceil(PAGE))
    }

    /// The name of the file, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Goes back to what the disk is known to hold, after an instance that wrote has failed and was given up.
    pub(super) fn restore(&self) -> io::Result<()> {
        self.begin()?;
        let mut heads = self.heads();
        heads.restore(&*self.file)?;
        let (len, places) = (heads.len(), heads.places());
        self.sums.resize(groups_of(len));
        // What the failed one has added is cut off. Should that fail, it is not in the way.
        if self.file.set_len(places.file_bytes(len)).is_ok() {
            self.has_grown.store(false, Ordering::Release);
        }
        self.set_places(places);
        self.len.store(len, Ordering::Release);
        Ok(())
    }

    /// The header of the newest transaction that the disk is known to hold.
    pub(super) fn decided(&self) -> io::Result<Option<Header>> {
        self.begin()?;
        Ok(self.heads().decided().map(|head| head.header))
    }

    /// The number of that transaction; 0 when there is none.
    pub(super) fn decided_transaction(&self) -> u64 {
        self.heads().decided().map_or(0, |head| redb_header::primary(&head.header).transaction)
    }

    /// Lets the file and its locks go.
    pub(super) fn close(&self) -> io::Result<()> {
        self.file.close()
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
    fn write_header(&self, heads: &mut Heads, header: Option<&Header>, len: u64) -> io::Result<()> {
        if self.has_grown.load(Ordering::Acquire) {
            self.file.sync_data()?;
            self.has_grown.store(false, Ordering::Release);
        }
        let mut places = self.places();
        places.cut(groups_of(len));
        heads.write(&*self.file, header, len, &places)
    }

    /// Reads the header at the first use, when the file is locked.
    fn begin(&self) -> io::Result<()> {
        if self.begun.get().is_some() {
            return Ok(());
        }
        let mut heads = self.heads();
        let actual = self.file.len()?;
        if actual > 0 || !self.writable {
            heads.read(&*self.file, &self.name)?;
            if self.writable {
                self.check_length(&heads, actual)?;
            }
            // The length that the header says may be forged, and no room is made for it before the file is as long.
            self.sums.begin(groups_of(heads.len()).min(groups_max(actual)));
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

    fn write_sums(&self) -> io::Result<()> {
        self.sums.write(|group, copies| self.block_for(group).and_then(|block| self.file.write(block * PAGE, copies)))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut heads = self.heads();
        if len < self.len.load(Ordering::Acquire) && heads.is_there() {
            // The header must not speak of more than there is, whatever of this reaches the disk.
            self.write_header(&mut heads, None, len)?;
            heads.sync(&*self.file)?;
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
        heads.sync(&*self.file)
    }
}

/// How many groups redb's storage of this length has, the last perhaps in part.
fn groups_of(len: u64) -> usize {
    as_usize((len / PAGE).saturating_sub(1).div_ceil(GROUP))
}

/// How many groups a file of this length has at most: those with a place of their choice, and those that lie in order.
fn groups_max(file_len: u64) -> usize {
    PLACES_MAX.max(as_usize((file_len / PAGE).div_ceil(GROUP_BLOCKS)))
}

fn as_usize(number: u64) -> usize {
    usize::try_from(number).expect("invariant: within a file that this platform addresses")
}
