//! The care of a database: backups, restoring, rebuilding, compaction, statistics.

use std::ffi::c_void;
use std::fs::OpenOptions;
use std::io::{self, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use crm_core::port::Callback;
use crm_core::{Copied, Error, ErrorKind, Result, restore_file};

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::session::{SessionState, crmk_session};
use crate::text::crmk_text;

/// Replace a database that is there.
pub const CRMK_COPY_REPLACE: u32 = 1;

/// Count the bytes of each space too, for which the whole file may be read: see crmk_session_space.
pub const CRMK_STATISTICS_SPACES: u32 = 1;

/// Is told how much is done, from time to time; anything but 0 cancels the work.
pub type crmk_progress = Option<unsafe extern "C" fn(context: *mut c_void, done: u64) -> i32>;

/// Takes bytes of a backup, all of them; anything but 0 says that it failed.
pub type crmk_sink = Option<unsafe extern "C" fn(context: *mut c_void, data: *const u8, len: usize) -> i32>;

/// Gives bytes of a backup: writes at most `capacity` of them to data and says how many, 0 at the end; a negative number
/// says that it failed.
pub type crmk_source = Option<unsafe extern "C" fn(context: *mut c_void, data: *mut u8, capacity: usize) -> i64>;

/// How long work is done. What is zero has its default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct crmk_copy_options {
    /// Set to sizeof(crmk_copy_options) by the caller.
    pub size: u32,
    /// CRMK_COPY_ flags, added up.
    pub flags: u32,
    /// Is told how far the work is, on the thread of the call.
    pub progress: crmk_progress,
    /// What progress is called with.
    pub progress_context: *mut c_void,
}

// SAFETY: repr(C), begins with a u32, valid for zeros; the caller answers for the function that it gives.
unsafe impl SizeHeaded for crmk_copy_options {
    const NAME: &'static str = "crmk_copy_options";
}

/// What a rebuild of the indexes did.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_rebuilt {
    /// Set to sizeof(crmk_rebuilt) by the caller.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// How many records were read.
    pub records: u64,
    /// How many index entries, unique keys and counts were read.
    pub keys: u64,
    /// How many of them were missing or wrong, and were written.
    pub written: u64,
    /// How many no record called for, which were removed.
    pub removed: u64,
    /// How many problems are left, which a rebuild cannot mend; crmk_session_verify names them.
    pub problems: u64,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_rebuilt {
    const NAME: &'static str = "crmk_rebuilt";
}

/// What a database holds, and what was done with it since it was opened.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_db_statistics {
    /// Set to sizeof(crmk_db_statistics) by the caller.
    pub size: u32,
    /// How many spaces can be asked for with crmk_session_space; 0 without CRMK_STATISTICS_SPACES.
    pub space_count: u32,
    /// The records of all entities; crmk_query_count counts those of one.
    pub records: u64,
    /// The entries of the journal.
    pub journal_entries: u64,
    /// Transactions that wrote, since the opening. Callers that commit at once share one.
    pub groups: u64,
    /// Calls of callers that were in them.
    pub batches: u64,
    /// The most calls that shared one transaction.
    pub batches_per_group_max: u64,
    /// Commands that changed something.
    pub commands: u64,
    /// The length of the database file. Unit: bytes.
    pub file_bytes: u64,
    /// The length of the write-ahead log beside it. Unit: bytes.
    pub log_bytes: u64,
    /// The most memory that the cache of the file takes. Unit: bytes.
    pub cache_bytes_max: u64,
    /// Transactions that were committed since the opening.
    pub commits: u64,
    /// Times that commits were written from the log to the file since the opening.
    pub flushes: u64,
    /// Parts of the log that wait for that now.
    pub flushes_waiting: u64,
    /// The records in the cache of records.
    pub cached_records: u64,
    /// What is set aside for them so far. Unit: bytes.
    pub cached_bytes: u64,
    /// The most that they may take. Unit: bytes.
    pub cached_bytes_max: u64,
    /// How often a record was asked for by its id and was in that cache.
    pub cache_hits: u64,
    /// How often it was not.
    pub cache_misses: u64,
    /// How far the clock is behind the last journal entry, 0 when it is not: changes are written under the instant of that
    /// entry until the clock has passed it. Unit: microseconds.
    pub clock_behind_us: u64,
    /// 1 when commits may be missing: the file was opened with CRMK_OPEN_WITHOUT_LOG, and it says that its log was in use.
    /// What is there goes up to the last journal entry.
    pub may_lack_commits: u64,
    /// How many transactions of the file ago the oldest snapshot began that another process shows; 0 when there is none, or
    /// it shows the newest state. The file keeps what it shows, and grows by it, also when that process is stopped.
    pub oldest_reader_behind: u64,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_db_statistics {
    const NAME: &'static str = "crmk_db_statistics";
}

/// What one space of the store takes.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_space {
    /// Set to sizeof(crmk_space) by the caller.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The name: meta, record, index, unique, journal, schema or count.
    pub name: crmk_text,
    /// How many entries its tables have. A store may keep several pairs in one.
    pub entries: u64,
    /// Keys and values. Unit: bytes.
    pub stored_bytes: u64,
    /// What leads to them. Unit: bytes.
    pub metadata_bytes: u64,
    /// Room in its pages that holds nothing. Unit: bytes.
    pub fragmented_bytes: u64,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_space {
    const NAME: &'static str = "crmk_space";
}

/// # Safety
/// The options, when not NULL, have their size.
pub(crate) unsafe fn options_of(options: *const crmk_copy_options) -> Result<crmk_copy_options> {
    if options.is_null() {
        return Ok(crmk_copy_options { size: 0, flags: 0, progress: None, progress_context: std::ptr::null_mut() });
    }
    // SAFETY: passed on to the caller.
    let options = unsafe { guard::read_struct(options)? };
    match options.flags & !CRMK_COPY_REPLACE {
        0 => Ok(options),
        unknown => {
            let message = format!("the flags {unknown:#x} are unknown, known are {CRMK_COPY_REPLACE:#x}");
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}

impl crmk_copy_options {
    pub(crate) fn replaces(&self) -> bool {
        self.flags & CRMK_COPY_REPLACE != 0
    }

    pub(crate) fn tell(&self, done: u64) -> ControlFlow<()> {
        let Some(progress) = self.progress else { return ControlFlow::Continue(()) };
        let _callback = Callback::begin("a progress function");
        // SAFETY: the caller answers for the function and its context, for the length of the call.
        match unsafe { progress(self.progress_context, done) } {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }

    pub(crate) fn watch(self) -> impl FnMut(Copied) -> ControlFlow<()> {
        move |copied| self.tell(copied.pairs)
    }
}

/// The caller's place for a backup.
struct Sink {
    take: unsafe extern "C" fn(context: *mut c_void, data: *const u8, len: usize) -> i32,
    context: *mut c_void,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _callback = Callback::begin("a sink");
        // SAFETY: the caller answers for the function and its context; the bytes live for the call.
        match unsafe { (self.take)(self.context, bytes.as_ptr(), bytes.len()) } {
            0 => Ok(bytes.len()),
            code => Err(io::Error::other(format!("the sink answered {code}"))),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The caller's backup.
struct Source {
    give: unsafe extern "C" fn(context: *mut c_void, data: *mut u8, capacity: usize) -> i64,
    context: *mut c_void,
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let _callback = Callback::begin("a source");
        // SAFETY: the caller answers for the function and its context; the room lives for the call.
        let given = unsafe { (self.give)(self.context, out.as_mut_ptr(), out.len()) };
        match usize::try_from(given) {
            Ok(len) if len <= out.len() => Ok(len),
            _ => Err(io::Error::other(format!("the source answered {given}, with room for {}", out.len()))),
        }
    }
}

/// # Safety
/// The caller's text lives for the call.
pub(crate) unsafe fn path_of<'t>(text: crmk_text, name: &str) -> Result<&'t Path> {
    // SAFETY: passed on to the caller.
    match unsafe { guard::text(text, name)? } {
        "" => Err(guard::invalid(format!("{name} is empty; give the path of a file"))),
        path => Ok(Path::new(path)),
    }
}

/// Writes one snapshot of everything into a new database file, while others read and write. [one-thread]
///
/// The file stands for itself and appears whole or not at all. NULL: options may be NULL.
/// Errors: FORBIDDEN below the level manage; DUPLICATE when there is a file, without CRMK_COPY_REPLACE; LOCKED when the
/// file to be replaced is open, NOT_A_DATABASE when it is none; CANCELLED; INVALID_ARGUMENT for an empty path; NOT_FOUND, READ_ONLY, DISK_FULL, IO;
/// UNSUPPORTED for unknown flags; INVALID_UTF8; MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_backup(
    session: *mut crmk_session,
    path: crmk_text,
    options: *const crmk_copy_options,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a text that lives for the call, and NULL or options with their size.
        let (path, options) = unsafe { (path_of(path, "path")?, options_of(options)?) };
        s.shared.go_in()?.1.backup_file(path, options.replaces(), &mut options.watch())?;
        Ok(CRMK_OK)
    })
}

/// Writes one snapshot of everything to a sink, as a checksummed stream that crmk_restore reads, while others read and
/// write. [one-thread]
///
/// The sink is called on this thread. NULL: sink_context and options may be NULL.
/// Errors: FORBIDDEN below the level manage; CANCELLED; IO when the sink says that it failed; UNSUPPORTED for unknown
/// flags; MISUSE once the database is closed, FORKED. What the sink took until then is no backup.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_backup_stream(
    session: *mut crmk_session,
    sink: crmk_sink,
    sink_context: *mut c_void,
    options: *const crmk_copy_options,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let take = sink.ok_or_else(|| guard::null("sink"))?;
        // SAFETY: the caller gives NULL or options with their size.
        let options = unsafe { options_of(options)? };
        let mut sink = Sink { take, context: sink_context };
        s.shared.go_in()?.1.backup_stream(&mut sink, &mut options.watch())?;
        Ok(CRMK_OK)
    })
}

/// Makes a database file of a backup that a source gives. [any-thread]
///
/// The file appears whole or not at all. The source is called on this thread and asked for nothing behind the end of the
/// backup but what it gives with it. NULL: source_context and options may be NULL.
/// Errors: NOT_A_DATABASE when it is no backup; CORRUPT when it is cut short or damaged, the message says where;
/// NEWER_VERSION; DUPLICATE when there is a file, without CRMK_COPY_REPLACE; LOCKED when that file is open; CANCELLED;
/// NOT_FOUND, READ_ONLY, DISK_FULL, IO; UNSUPPORTED for unknown flags; INVALID_ARGUMENT for an empty path;
/// INVALID_UTF8; MISUSE from within a callback. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_restore(
    path: crmk_text,
    source: crmk_source,
    source_context: *mut c_void,
    options: *const crmk_copy_options,
) -> i32 {
    guard::outside(|| {
        let give = source.ok_or_else(|| guard::null("source"))?;
        // SAFETY: the caller gives a text that lives for the call, and NULL or options with their size.
        let (path, options) = unsafe { (path_of(path, "path")?, options_of(options)?) };
        restore_from(Source { give, context: source_context }, path, options)
    })
}

/// Makes a database file of a backup in a file that crmk_session_backup_stream wrote. [any-thread]
///
/// As crmk_restore. NULL: options may be NULL. Errors: as crmk_restore; NOT_FOUND and IO of the backup, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_restore_file(
    path: crmk_text,
    backup: crmk_text,
    options: *const crmk_copy_options,
) -> i32 {
    guard::outside(|| {
        // SAFETY: the caller gives texts that live for the call, and NULL or options with their size.
        let (path, backup, options) =
            unsafe { (path_of(path, "path")?, path_of(backup, "backup")?, options_of(options)?) };
        let opened = OpenOptions::new().read(true).open(backup).map_err(|error| {
            let kind = if error.kind() == io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::Io };
            Error::new(kind, format!("{} cannot be read ({error})", backup.display())).caused_by(error)
        })?;
        restore_from(opened, path, options)
    })
}

fn restore_from(input: impl Read, path: &Path, options: crmk_copy_options) -> Result<i32> {
    let mut input = BufReader::with_capacity(256 << 10, input);
    restore_file(&mut input, path, options.replaces(), &mut options.watch())?;
    Ok(CRMK_OK)
}

/// Does every entry of the journal again in a new database file, which becomes this database as it was when the call began:
/// each record, index, unique key, count and journal entry. [one-thread]
///
/// No rule runs again, and the chain of hashes is checked on the way. The file appears whole or not at all. Of the
/// options, progress is told how many entries are done; the sequence is that of the last one.
/// NULL: options and sequence may be NULL.
/// Errors: FORBIDDEN below the level manage; CORRUPT when the chain is broken or an entry does not go with those before
/// it; DUPLICATE when there is a file, without CRMK_COPY_REPLACE; LOCKED when the file to be replaced is open, NOT_A_DATABASE when it is none; CANCELLED;
/// INVALID_ARGUMENT for an empty path; NOT_FOUND, READ_ONLY, DISK_FULL, IO; UNSUPPORTED for unknown flags; INVALID_UTF8;
/// MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_replay(
    session: *mut crmk_session,
    path: crmk_text,
    options: *const crmk_copy_options,
    sequence: *mut u64,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out_optional(sequence);
        // SAFETY: the caller gives a text that lives for the call, and NULL or options with their size.
        let (path, options) = unsafe { (path_of(path, "path")?, options_of(options)?) };
        out.put(s.shared.go_in()?.1.replay_file(path, options.replaces(), &mut |done| options.tell(done))?);
        Ok(CRMK_OK)
    })
}

/// Brings indexes, unique keys and counts up to the records, while others read and write. [one-thread]
///
/// NULL: options and rebuilt may be NULL. Errors: FORBIDDEN below the level manage; CANCELLED; BUSY, CORRUPT, IO,
/// DISK_FULL, UNSUPPORTED for unknown flags, MISUSE once the database is closed, FORKED. What was mended until then stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_rebuild(
    session: *mut crmk_session,
    options: *const crmk_copy_options,
    rebuilt: *mut crmk_rebuilt,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives NULL or structs with their size.
        let (options, out) = unsafe { (options_of(options)?, guard::out_struct_optional(rebuilt)?) };
        let found = s.shared.go_in()?.1.rebuild_indexes(&mut |read| options.tell(read))?;
        out.put(crmk_rebuilt {
            size: 0,
            reserved: 0,
            records: found.records,
            keys: found.keys,
            written: found.written,
            removed: found.removed,
            problems: found.problem_count,
        });
        Ok(CRMK_OK)
    })
}

/// Makes the file of the database small again. [one-thread]
///
/// Others wait meanwhile: who writes, and who begins to read. Cursors that are alive, and other processes that have the file
/// open to read, are waited for, at most wait_ms; free your own first. Unit: ms; a negative one does not wait. NULL: none
/// allowed.
/// Errors: FORBIDDEN below the level manage; BUSY when there are such for longer, then nothing is done; DISK_FULL when there
/// is no room for the copy that is made on the way, IO; CORRUPT when a page is damaged, then nothing is done; MISUSE once
/// the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_compact(session: *mut crmk_session, wait_ms: i64) -> i32 {
    guard::with::<SessionState>(session, |s| {
        s.shared.go_in()?.1.compact(Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0)))?;
        Ok(CRMK_OK)
    })
}

/// Counts what the database holds and says what was done since it was opened. [one-thread]
///
/// Flags: 0 or CRMK_STATISTICS_SPACES. NULL: none allowed. Errors: UNSUPPORTED for unknown flags; FORBIDDEN for
/// CRMK_STATISTICS_SPACES below the level manage; CORRUPT, IO, MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_statistics(
    session: *mut crmk_session,
    flags: u32,
    statistics: *mut crmk_db_statistics,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_db_statistics with its size.
        let out = unsafe { guard::out_struct(statistics)? };
        if flags & !CRMK_STATISTICS_SPACES != 0 {
            let message = format!("the flags {flags:#x} are unknown, known are {CRMK_STATISTICS_SPACES:#x}");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let found = s.shared.go_in()?.1.statistics(flags & CRMK_STATISTICS_SPACES != 0)?;
        out.put(crmk_db_statistics {
            size: 0,
            space_count: guard::count(found.store.spaces.len()),
            records: found.records.iter().map(|(_, count)| count).sum(),
            journal_entries: found.journal_entries,
            groups: found.groups,
            batches: found.batches,
            batches_per_group_max: found.batches_per_group_max,
            commands: found.commands,
            file_bytes: found.store.file_bytes,
            log_bytes: found.store.log_bytes,
            cache_bytes_max: found.store.cache_bytes_max,
            commits: found.store.commits,
            flushes: found.store.flushes,
            flushes_waiting: found.store.flushes_waiting,
            cached_records: found.cache.records,
            cached_bytes: found.cache.bytes,
            cached_bytes_max: found.cache.bytes_max,
            cache_hits: found.cache.hits,
            cache_misses: found.cache.misses,
            clock_behind_us: found.clock_behind_us,
            may_lack_commits: u64::from(found.store.may_lack_commits),
            oldest_reader_behind: found.store.oldest_reader_behind,
        });
        s.spaces = found.store.spaces;
        Ok(CRMK_OK)
    })
}

/// What one space of the store took at the last crmk_session_statistics. [one-thread]
///
/// The name lives for ever. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_space(session: *mut crmk_session, index: u32, space: *mut crmk_space) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_space with its size.
        let out = unsafe { guard::out_struct(space)? };
        let found = guard::item(&s.spaces, index, "space")?;
        out.put(crmk_space {
            size: 0,
            reserved: 0,
            name: crmk_text::view(found.space.name()),
            entries: found.entries,
            stored_bytes: found.stored_bytes,
            metadata_bytes: found.metadata_bytes,
            fragmented_bytes: found.fragmented_bytes,
        });
        Ok(CRMK_OK)
    })
}
