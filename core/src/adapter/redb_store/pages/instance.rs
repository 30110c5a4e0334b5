//! The pages as the storage of one instance of redb: what it is shown of the header, and what it believes to lock.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

use super::head::HEADER_BYTES;
use super::locks::PIN_BASE;
use super::{CheckedPages, Header, PAGE, as_usize};

/// The byte by which redb asks whether the file is consistent, though nobody closed it: so while a process writes. Here it
/// always is, because every commit is synced before the header that names it, and that is never torn.
const CONSISTENT: u64 = (1 << 62) + 4;

/// What an instance is for.
#[derive(Debug)]
enum Kind {
    /// The one that writes.
    Main,
    /// It reads what another process writes, and sees each header as it is.
    Following,
}

/// The storage of one instance of redb. Clones are the same one.
#[derive(Debug, Clone)]
pub(in super::super) struct Instance(Arc<Seat>);

#[derive(Debug)]
struct Seat {
    pages: Arc<CheckedPages>,
    kind: Kind,
    /// The transactions that it has pinned.
    pins: Mutex<Vec<u64>>,
    /// The header that it was shown last.
    shown: Mutex<Header>,
    /// Whether it was given up: then nothing of it reaches the file any more.
    ended: AtomicBool,
}

impl Instance {
    /// For the instance that writes, of which there is one at a time.
    pub(in super::super) fn main(pages: &Arc<CheckedPages>) -> Self {
        Self::new(pages, Kind::Main)
    }

    /// For one that reads what another process writes.
    pub(in super::super) fn following(pages: &Arc<CheckedPages>) -> Self {
        Self::new(pages, Kind::Following)
    }

    fn new(pages: &Arc<CheckedPages>, kind: Kind) -> Self {
        let (pins, shown) = (Mutex::default(), Mutex::new([0; HEADER_BYTES]));
        Self(Arc::new(Seat { pages: Arc::clone(pages), kind, pins, shown, ended: AtomicBool::new(false) }))
    }

    /// The header that redb was shown last.
    pub(in super::super) fn shown(&self) -> Header {
        *self.0.shown()
    }

    /// Ends what it may do to the file.
    pub(in super::super) fn end(&self) {
        self.0.ended.store(true, Ordering::Release);
    }

    fn pages(&self) -> &CheckedPages {
        &self.0.pages
    }

    fn check_alive(&self) -> io::Result<()> {
        if self.0.ended.load(Ordering::Acquire) { Err(io::Error::other("it was given up")) } else { Ok(()) }
    }
}

impl Seat {
    fn pins(&self) -> MutexGuard<'_, Vec<u64>> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> MutexGuard<'_, Header> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn header(&self) -> io::Result<Header> {
        match self.kind {
            Kind::Main => self.pages.header(),
            Kind::Following => self.pages.newest_header(),
        }
    }

    fn read_header(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let header = self.header()?;
        let at = as_usize(offset);
        let held = header.get(at..at + out.len());
        let held = held.ok_or_else(|| self.pages.damaged(format!("has no header of {} bytes", at + out.len())))?;
        out.copy_from_slice(held);
        *self.shown() = header;
        Ok(())
    }

    /// Pins a transaction. In a file that another process writes, it must still be the newest afterwards.
    fn pin(&self, id: u64) -> io::Result<bool> {
        let pages = &self.pages;
        if !pages.locks.pin(&*pages.file, id)? {
            return Ok(false);
        }
        let shown = *self.shown();
        if matches!(self.kind, Kind::Following)
            && let Err(error) = pages.check_newest(&shown)
        {
            pages.locks.unpin(&*pages.file, id);
            return Err(error);
        }
        self.pins().push(id);
        Ok(true)
    }

    fn unpin(&self, id: u64) {
        let mut pins = self.pins();
        if let Some(at) = pins.iter().position(|pinned| *pinned == id) {
            pins.swap_remove(at);
            self.pages.locks.unpin(&*self.pages.file, id);
        }
    }
}

/// The transactions that a range of bytes pins.
fn pinned_by(start: Bound<u64>, end: Bound<u64>) -> Option<(u64, u64)> {
    let first = match start {
        Bound::Included(first) => first,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => return None,
    };
    let last = match end {
        Bound::Included(last) => last,
        Bound::Excluded(behind) => behind.checked_sub(1)?,
        Bound::Unbounded => u64::MAX,
    };
    (first >= PIN_BASE && first <= last).then(|| (first - PIN_BASE, last - PIN_BASE))
}

impl StorageBackend for Instance {
    fn len(&self) -> io::Result<u64> {
        self.pages().begin()?;
        Ok(self.pages().len.load(Ordering::Acquire))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.pages().begin()?;
        if offset < PAGE {
            return self.0.read_header(offset, out);
        }
        self.pages().read_pages(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check_alive()?;
        self.pages().begin()?;
        self.pages().set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check_alive()?;
        self.pages().sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check_alive()?;
        self.pages().begin()?;
        self.pages().write_pages(offset, data)
    }

    /// The file is the store's. What this instance has pinned is let go; a snapshot that goes on apart has its own pin.
    fn close(&self) -> io::Result<()> {
        let pages = self.pages();
        self.0.pins().drain(..).for_each(|id| pages.locks.unpin(&*pages.file, id));
        Ok(())
    }

    /// The store has the right to write before it makes an instance that does.
    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match pinned_by(start, end) {
            Some((id, _)) => Ok(self.0.pin(id)?),
            None => Ok(true),
        }
    }

    /// The header is never locked (`locks.rs`), and nothing else is waited for.
    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        if let Some((id, _)) = pinned_by(start, end) {
            self.0.unpin(id);
        }
        Ok(())
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match pinned_by(start, end) {
            Some((first, last)) => Ok(self.pages().locks.is_any_pinned(&*self.pages().file, first, last)?),
            None => Ok((start, end) == (Bound::Included(CONSISTENT), Bound::Included(CONSISTENT))),
        }
    }
}
