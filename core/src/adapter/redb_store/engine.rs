//! redb at the file that this process writes. It gives up a file after the first error; then another instance takes its
//! place, on the same locked file, at the next write.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use redb::{Database, WriteTransaction};

use super::base::Base;
use super::guard::{drop_quietly, guarded};
use super::layer::{Layer, Newest};
use super::pages::{CheckedPages, Instance, published};
use super::state::{self, LogState};
use super::table::{self, Changes};
use super::{RedbOptions, aside, closed, failure, file};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, Overlay, Space};

/// The file, and redb at it.
pub(super) struct Engine {
    path: PathBuf,
    pages: Arc<CheckedPages>,
    options: RedbOptions,
    /// `None` when it has failed, or is closed.
    main: RwLock<Option<Main>>,
    closed: AtomicBool,
    /// Whether changes lie aside in the file.
    has_aside: AtomicBool,
    /// Whether the last transaction was written and no snapshot of it could be begun.
    is_ahead: AtomicBool,
    /// Taken by whoever writes or begins a snapshot, so that a snapshot knows its header.
    turn: Mutex<()>,
}

/// The instance of redb that writes.
struct Main {
    database: Database,
    instance: Instance,
}

impl Engine {
    /// Opens the database in pages that this process has locked for writing.
    pub(super) fn open(path: PathBuf, pages: Arc<CheckedPages>, options: &RedbOptions) -> Result<Self> {
        let main = open_main(&path, &pages, options)?;
        // Later instances take up what this one has checked.
        let options = RedbOptions { check_integrity: false, ..options.clone() };
        Ok(Self {
            path,
            pages,
            options,
            main: RwLock::new(Some(main)),
            closed: AtomicBool::new(false),
            has_aside: AtomicBool::new(false),
            is_ahead: AtomicBool::new(false),
            turn: Mutex::default(),
        })
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether some page of the file cannot be read.
    pub(super) fn has_bad_pages(&self) -> bool {
        self.pages.has_bad_pages()
    }

    /// Begins a snapshot of the newest state.
    pub(super) fn begin(&self) -> Result<Base> {
        let _turn = self.turn();
        self.begin_now()
    }

    /// Begins a snapshot if something lies aside, or if it is `wanted` for what might have to.
    pub(super) fn begin_if_damaged(&self, wanted: bool) -> Result<Option<Base>> {
        if wanted || self.has_aside.load(Ordering::Acquire) { self.begin().map(Some) } else { Ok(None) }
    }

    /// The turn is taken, so that the newest state stays the one of the header.
    fn begin_now(&self) -> Result<Base> {
        if self.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        let header = self.pages.decided().map_err(failure::of_io)?;
        let header = header.ok_or_else(|| Error::new(ErrorKind::Bug, "the database has no header"))?;
        let usual = if self.pages.has_bad_pages() {
            None
        } else {
            let main = self.main.read().unwrap_or_else(PoisonError::into_inner);
            let cache_bytes = self.cache_bytes_apart();
            main.as_ref()
                .and_then(|main| guarded(|| Base::begin(&self.pages, || header, &main.database, cache_bytes)).ok())
        };
        let base = match usual {
            Some(base) => base,
            None => {
                let pin = self.pages.pin(published(&header).transaction).map_err(failure::of_io)?;
                Base::apart(&self.pages, header, pin, self.cache_bytes_apart())?
            }
        };
        self.has_aside.store(base.aside().is_some(), Ordering::Release);
        Ok(base)
    }

    fn cache_bytes_apart(&self) -> usize {
        self.options.cache_bytes / 4
    }

    /// Runs `work` in a transaction of redb that is on the disk when this returns, and begins a snapshot of what is there then.
    /// After an error nothing of it is there, unless [`Engine::is_ahead`].
    pub(super) fn write(&self, work: impl Fn(&WriteTransaction) -> Result<()>) -> Result<Base> {
        let _turn = self.turn();
        self.write_now(&work)?;
        let begun = self.begin_now();
        self.is_ahead.store(begun.is_err(), Ordering::Release);
        begun
    }

    /// Whether the file holds the last transaction though its writing failed: no snapshot of it could be begun.
    pub(super) fn is_ahead(&self) -> bool {
        self.is_ahead.load(Ordering::Acquire)
    }

    /// Writes what layers hold, named newest first, and the state of the log, in one sorted transaction.
    pub(super) fn write_layers(&self, layers: &[Layer], log: LogState) -> Result<Base> {
        let changes = |space: Space| -> Changes<'_> {
            let newest = Newest::new(layers.iter(), space, b"", None, Order::Ascending);
            Box::new(newest.map(|entry| (entry.key(), entry.value())))
        };
        aside::bring(self, &changes, false, &|transaction| state::write(transaction, log))
    }

    /// Writes what an overlay holds, `parted` on two threads, and the state of the log, in one transaction.
    pub(super) fn write_overlay(&self, overlay: &Overlay, parted: bool, log: LogState) -> Result<Base> {
        let changes = |space: Space| -> Changes<'_> { Box::new(overlay.iter(space)) };
        self.is_ahead.store(false, Ordering::Release);
        aside::bring(self, &changes, parted, &|transaction| state::write(transaction, log))
    }

    /// Notes how the file and its log stand to each other.
    pub(super) fn write_state(&self, log: LogState) -> Result<()> {
        let _turn = self.turn();
        self.write_now(&|transaction| state::write(transaction, log))
    }

    /// Makes the tables of spaces.
    pub(super) fn create_tables(&self, spaces: &[Space]) -> Result<()> {
        let _turn = self.turn();
        self.write_now(&|transaction| table::create(transaction, spaces))
    }

    fn write_now(&self, work: &dyn Fn(&WriteTransaction) -> Result<()>) -> Result<()> {
        let error = match self.try_write(work) {
            // It had failed before, when somebody read, and nobody noticed.
            Err(error) if failure::has_failed_before(&error) => error,
            done => return done,
        };
        self.try_write(work).map_err(|later| failure::cause(later, error))
    }

    fn try_write(&self, work: &dyn Fn(&WriteTransaction) -> Result<()>) -> Result<()> {
        self.ready()?;
        let before = self.pages.decided_transaction();
        let written = {
            let main = self.main.read().unwrap_or_else(PoisonError::into_inner);
            let database = &main.as_ref().ok_or_else(closed)?.database;
            guarded(|| table::write_durably(database, work))
        };
        if let Err(error) = written {
            self.give_up();
            // What is on the disk is committed, though redb met an error behind it.
            if self.pages.decided_transaction() == before {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Opens redb again after it has failed.
    fn ready(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        let mut main = self.main.write().unwrap_or_else(PoisonError::into_inner);
        if main.is_none() {
            self.pages.restore().map_err(failure::of_io)?;
            *main = Some(open_main(&self.path, &self.pages, &self.options)?);
        }
        Ok(())
    }

    /// Lets an instance go that has failed. Snapshots that began on it go on without.
    fn give_up(&self) {
        if let Some(Main { database, instance }) = self.main.write().unwrap_or_else(PoisonError::into_inner).take() {
            // redb writes when it is dropped, unless it knows that the file has failed.
            instance.end();
            drop_quietly(database);
        }
    }

    /// Runs `work` on redb while nobody else has anything to do with it; once more on another instance when redb had failed
    /// before, when somebody read, and nobody noticed.
    pub(super) fn alone<T>(&self, mut work: impl FnMut(&mut Database) -> Result<T>) -> Result<T> {
        let _turn = self.turn();
        match self.alone_now(&mut work) {
            Err(error) if failure::has_failed_before(&error) => self.alone_now(&mut work),
            worked => worked,
        }
    }

    fn alone_now<T>(&self, work: &mut impl FnMut(&mut Database) -> Result<T>) -> Result<T> {
        self.ready()?;
        let worked = {
            let mut main = self.main.write().unwrap_or_else(PoisonError::into_inner);
            let database = &mut main.as_mut().ok_or_else(closed)?.database;
            guarded(|| work(database))
        };
        if worked.as_ref().is_err_and(|error| error.kind() != ErrorKind::Busy) {
            self.give_up();
        }
        worked
    }

    pub(super) fn pages(&self) -> &Arc<CheckedPages> {
        &self.pages
    }

    /// Closes redb and lets the file go.
    pub(super) fn close(&self) -> Result<()> {
        let _turn = self.turn();
        if self.closed.swap(true, Ordering::AcqRel) {
            return Err(closed());
        }
        let main = self.main.write().unwrap_or_else(PoisonError::into_inner).take();
        let ended = match main {
            Some(main) => guarded(|| main.database.close().map_err(|e| failure::of_database(e, &self.path))),
            // The log has what the file lacks.
            None => Ok(()),
        };
        let let_go = self.pages.close().map_err(failure::of_io);
        ended.and(let_go)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if !self.closed.load(Ordering::Acquire) {
            // Its drop may panic after a panic of redb.
            drop_quietly(self.main.get_mut().unwrap_or_else(PoisonError::into_inner).take());
            // Snapshots that are alive keep the file open, not locked.
            let _ = self.pages.close();
        }
    }
}

fn open_main(path: &std::path::Path, pages: &Arc<CheckedPages>, options: &RedbOptions) -> Result<Main> {
    let instance = Instance::main(pages);
    let storage = instance.clone();
    let database = file::guarded(path, || file::builder(options).create_with_backend(storage))?;
    Ok(Main { database, instance })
}
