//! An open database, shared by threads.

use std::ffi::{c_char, c_void};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crm_core::adapter::{Durability, MemoryStore, RedbOptions, SystemClock};
use crm_core::domain::Instant;
use crm_core::port::{Callback, Clock};
use crm_core::{Config, Crm, Error, ErrorKind, Result};

use crate::error::{self, CRMK_OK};
use crate::guard::{self, SizeHeaded};
use crate::handle::{self, Kind};
use crate::text::crmk_text;

/// An open database. Threads may share it.
pub struct crmk_db {
    _opaque: (),
}

/// Create the file when it does not exist.
pub const CRMK_OPEN_CREATE: u32 = 1;
/// Keep the database in memory alone; the path is not used.
pub const CRMK_OPEN_MEMORY: u32 = 2;
/// Read the whole file first and check how its pages hang together. Each page is checked when it is read in any case.
pub const CRMK_OPEN_CHECK: u32 = 4;
/// Do not sync each commit to the disk: it outlives the end of the process, but a loss of power may take the last ones.
pub const CRMK_OPEN_RELAXED: u32 = 8;
/// Only read the file, beside the process that writes it or after it. Nothing is created or changed; what is written is
/// READ_ONLY. What others commit is seen from the next crmk_db_refresh on.
pub const CRMK_OPEN_READ_ONLY: u32 = 16;
/// Only read the file, and leave out its log, be it missing, damaged or another's. Commits that only the log holds are
/// missing then: crmk_session_statistics tells. For a file that opens in no other way.
pub const CRMK_OPEN_WITHOUT_LOG: u32 = 32;

/// Let records be written without a plugin that rules them and is not loaded; each journal entry that is written so says
/// which plugin was missing. Without it such a write is PLUGIN_MISSING.
pub const CRMK_OPEN_ALLOW_MISSING_PLUGINS: u32 = 0x1_0000;
/// Let a plugin be loaded in an older version than the database has seen; the journal tells it. Without it that is
/// PLUGIN_OLDER.
pub const CRMK_OPEN_ALLOW_OLDER_PLUGINS: u32 = 0x2_0000;

/// A source of time: microseconds since 1970-01-01T00:00:00Z. Any thread may call it, several at once.
pub type crmk_clock = Option<unsafe extern "C" fn(context: *mut c_void) -> i64>;

/// How a database is opened. What is zero has its default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct crmk_open_options {
    /// Set to sizeof(crmk_open_options) by the caller.
    pub size: u32,
    /// CRMK_OPEN_ flags, added up.
    pub flags: u32,
    /// The path of the file.
    pub path: crmk_text,
    /// How long to wait for another process to let the file go. Unit: ms. Default: 5000; negative: do not wait.
    pub busy_timeout_ms: i64,
    /// Memory for pages of the file. Unit: bytes. Default: 128 MiB.
    pub cache_bytes: u64,
    /// The time zone of civil dates, used when the database is created. Default: Asia/Shanghai.
    pub time_zone: crmk_text,
    /// The source of time. Default: the system's clock. With it a past can be played again.
    pub clock: crmk_clock,
    /// What the clock is called with. It lives until crmk_db_free and the free of everything made from the database.
    pub clock_context: *mut c_void,
}

// SAFETY: repr(C), begins with a u32, valid for zeros; the caller answers for the function that it gives.
unsafe impl SizeHeaded for crmk_open_options {
    const NAME: &'static str = "crmk_open_options";
}

/// What the handle of a database stands for.
pub(crate) struct DbState(pub(crate) Arc<Database>);

impl Kind for DbState {
    type C = crmk_db;
    const TAG: u8 = 0xC1;
    const NAME: &'static str = "crmk_db";
}

/// A database with who is inside it.
pub(crate) struct Database {
    pub(crate) crm: Crm,
    pid: u32,
    /// How many calls are inside; [`CLOSED`] once it is closed.
    calls: AtomicU32,
}

const CLOSED: u32 = u32::MAX;

/// A call inside a database, which keeps it from being closed.
pub(crate) struct Inside<'d>(&'d Database);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Release);
    }
}

impl Database {
    /// Goes in for the length of a call that touches the store.
    ///
    /// # Errors
    /// `Forked` in a child process; `Misuse` once it is closed, and from within a callback. There are no others.
    pub(crate) fn go_in(&self) -> Result<Inside<'_>> {
        Callback::refuse()?;
        self.refuse_fork()?;
        let counted = |calls: u32| (calls != CLOSED).then(|| calls + 1);
        match self.calls.fetch_update(Ordering::Acquire, Ordering::Acquire, counted) {
            Ok(_) => Ok(Inside(self)),
            Err(_) => Err(Error::new(ErrorKind::Misuse, "the database is closed; open it again")),
        }
    }

    fn refuse_fork(&self) -> Result<()> {
        if std::process::id() == self.pid {
            return Ok(());
        }
        let message = format!("the database was opened in process {}, a fork of it must open its own", self.pid);
        Err(Error::new(ErrorKind::Forked, message))
    }

    fn close(&self) -> Result<()> {
        Callback::refuse()?;
        self.refuse_fork()?;
        match self.calls.compare_exchange(0, CLOSED, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                let closed = self.crm.close();
                if closed.as_ref().is_err_and(Error::refuses_to_close) {
                    self.calls.store(0, Ordering::Release);
                }
                closed
            }
            Err(CLOSED) => Err(Error::new(ErrorKind::Misuse, "the database is closed already")),
            Err(calls) => Err(Error::new(ErrorKind::Misuse, format!("{calls} calls are inside the database"))),
        }
    }
}

/// The caller's source of time.
struct CallerClock {
    clock: unsafe extern "C" fn(context: *mut c_void) -> i64,
    context: *mut c_void,
}

// SAFETY: the header asks for a clock that any thread may call, several at once, and for a context that lives as long.
unsafe impl Send for CallerClock {}
// SAFETY: as for `Send`.
unsafe impl Sync for CallerClock {}

impl Clock for CallerClock {
    fn now(&self) -> Instant {
        let _callback = Callback::begin("the clock");
        // SAFETY: the caller of crmk_db_open answers for the function and its context.
        let us = unsafe { (self.clock)(self.context) };
        Instant::from_us(us.clamp(Instant::MIN.us(), Instant::MAX.us()))
            .expect("invariant: a clamped number lies within the bounds of an instant")
    }
}

/// Opens a database, or creates it. [any-thread]
///
/// Owner: the caller frees *db with crmk_db_free, and calls crmk_db_close before to learn whether all is on disk.
/// The message of a failure is written to `message` with a zero, cut to `message_capacity` bytes at a whole character.
/// NULL: options and db must not be NULL; message may be.
/// Errors: NOT_FOUND for a file or folder that does not exist, LOCKED, NOT_A_DATABASE, NEWER_VERSION, CORRUPT,
/// READ_ONLY, DISK_FULL, IO of the file, CORRUPT also for a log that is missing, cut short or another's; INVALID_ARGUMENT for
/// an unknown time zone or no path; UNSUPPORTED for unknown flags or options; INVALID_UTF8; MISUSE from within a callback.
/// They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_db_open(
    options: *const crmk_open_options,
    db: *mut *mut crmk_db,
    message: *mut c_char,
    message_capacity: usize,
) -> i32 {
    let code = guard::outside(|| {
        let out = guard::out(db, "db")?;
        // SAFETY: the caller gives crmk_open_options with its size and texts that live for the call.
        let crm = unsafe { open(&guard::read_struct(options)?)? };
        let database = Database { crm, pid: std::process::id(), calls: AtomicU32::new(0) };
        out.put(handle::insert(DbState(Arc::new(database)))?);
        Ok(CRMK_OK)
    });
    // SAFETY: the caller gives a buffer of that capacity.
    unsafe { write_message(code, message, message_capacity) };
    code
}

/// # Safety
/// The texts of the options can be read.
unsafe fn open(options: &crmk_open_options) -> Result<Crm> {
    let known = CRMK_OPEN_CREATE
        | CRMK_OPEN_MEMORY
        | CRMK_OPEN_CHECK
        | CRMK_OPEN_RELAXED
        | CRMK_OPEN_READ_ONLY
        | CRMK_OPEN_ALLOW_MISSING_PLUGINS
        | CRMK_OPEN_ALLOW_OLDER_PLUGINS
        | CRMK_OPEN_WITHOUT_LOG;
    if options.flags & !known != 0 {
        let message = format!("the flags {:#x} are unknown, known are {known:#x}", options.flags & !known);
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    // SAFETY: passed on to the caller.
    let (path, zone) = unsafe { (guard::text(options.path, "path")?, guard::text(options.time_zone, "time_zone")?) };
    let mut config = Config::new(match options.clock {
        Some(clock) => Arc::new(CallerClock { clock, context: options.clock_context }),
        None => Arc::new(SystemClock::new()),
    });
    config.allow_missing_plugins = options.flags & CRMK_OPEN_ALLOW_MISSING_PLUGINS != 0;
    config.allow_older_plugins = options.flags & CRMK_OPEN_ALLOW_OLDER_PLUGINS != 0;
    if !zone.is_empty() {
        zone.clone_into(&mut config.time_zone);
    }
    if options.flags & CRMK_OPEN_MEMORY != 0 {
        return Crm::open(Arc::new(MemoryStore::new()), config);
    }
    if path.is_empty() {
        return Err(guard::invalid("the path is empty; give the path of a file, or CRMK_OPEN_MEMORY"));
    }
    Crm::open_file(Path::new(path), &file_options(options), config)
}

fn file_options(options: &crmk_open_options) -> RedbOptions {
    let default = RedbOptions::default();
    RedbOptions {
        create: options.flags & CRMK_OPEN_CREATE != 0,
        busy_timeout: match options.busy_timeout_ms {
            0 => default.busy_timeout,
            ms => Duration::from_millis(u64::try_from(ms).unwrap_or(0)),
        },
        cache_bytes: match options.cache_bytes {
            0 => default.cache_bytes,
            bytes => usize::try_from(bytes).unwrap_or(usize::MAX),
        },
        check_integrity: options.flags & CRMK_OPEN_CHECK != 0,
        read_only: options.flags & CRMK_OPEN_READ_ONLY != 0,
        without_log: options.flags & CRMK_OPEN_WITHOUT_LOG != 0,
        durability: match options.flags & CRMK_OPEN_RELAXED {
            0 => Durability::Full,
            _ => Durability::Relaxed,
        },
    }
}

/// # Safety
/// The buffer, when not NULL, has room for `capacity` bytes.
unsafe fn write_message(code: i32, buffer: *mut c_char, capacity: usize) {
    if buffer.is_null() || capacity == 0 {
        return;
    }
    let mut view = crmk_text::EMPTY;
    // SAFETY: the text is written to a local; it lives until the next failure of this thread.
    let text = unsafe {
        error::crmk_thread_error(&raw mut view);
        guard::text(view, "message").unwrap_or_default()
    };
    let text = if code == CRMK_OK { "" } else { text };
    let len = (0..=text.len().min(capacity - 1)).rev().find(|len| text.is_char_boundary(*len)).unwrap_or(0);
    // SAFETY: `len` is less than `capacity`.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer, len);
        buffer.add(len).write(0);
    }
}

/// Reads the newest committed state from now on, where another process writes the file. [any-thread]
///
/// Cursors go on with the state that they began with. In a database that is not opened with CRMK_OPEN_READ_ONLY there is
/// no need for it. NULL: not allowed.
/// Errors: MISUSE when it is closed; FORKED; BUSY when the process that writes is too fast, call it again; FILE_REPLACED when
/// the path leads to another file or to none, open it again; CORRUPT, IO.
/// They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_db_refresh(db: *mut crmk_db) -> i32 {
    guard::alone(|| {
        let state = handle::join::<DbState>(db)?;
        let _inside = state.0.go_in()?;
        state.0.crm.refresh()?;
        Ok(CRMK_OK)
    })
}

/// Closes the file: everything committed is on disk, and other processes may open it. [any-thread]
///
/// The handle stays and is freed with crmk_db_free; later calls on it and on what was made from it are MISUSE.
/// NULL: not allowed. Errors: MISUSE when it is closed already, while a call is inside it or a transaction of it writes, and
/// from within a callback, then it stays as it is; FORKED; IO and DISK_FULL when the last writes failed, and FILE_REPLACED when the path leads to another
/// file or to none by now, closed nonetheless. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_db_close(db: *mut crmk_db) -> i32 {
    guard::alone(|| {
        handle::join::<DbState>(db)?.0.close()?;
        Ok(CRMK_OK)
    })
}

/// Frees the handle of a database. [any-thread]
///
/// What was made from the database stays usable; without crmk_db_close the file is let go when the last of it is
/// freed. NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
/// callback, then it stays. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_db_free(db: *mut crmk_db) -> i32 {
    guard::free::<DbState>(db)
}

/// The time zone of civil dates, a name of the IANA time zone database. [any-thread]
///
/// The text lives for ever. NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_db_time_zone(db: *const crmk_db, zone: *mut crmk_text) -> i32 {
    guard::alone(|| {
        let out = guard::out(zone, "zone")?;
        out.put(crmk_text::view(handle::join::<DbState>(db)?.0.crm.time_zone().name()));
        Ok(CRMK_OK)
    })
}

/// The civil date of an instant in the time zone of the database. [any-thread]
///
/// Unit: microseconds since the epoch; days since 1970-01-01. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an instant outside of the years 1 to 9999.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_db_date_of(db: *const crmk_db, instant: i64, date: *mut i32) -> i32 {
    guard::alone(|| {
        let out = guard::out(date, "date")?;
        let zone = handle::join::<DbState>(db)?.0.crm.time_zone();
        out.put(Instant::from_us(instant)?.date_in(zone).to_epoch_days());
        Ok(CRMK_OK)
    })
}
