//! Salvage: what can be read of a damaged database, in a new one.

use std::ffi::c_void;

use crm_core::port::Callback;
use crm_core::{Problem, Result, salvage_file};

use crate::care::{crmk_copy_options, options_of, path_of};
use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::session::crmk_problem;
use crate::text::crmk_text;

/// The database needed no log.
pub const CRMK_LOG_NOT_NEEDED: i32 = 0;
/// All of the log was read.
pub const CRMK_LOG_WHOLE: i32 = 1;
/// A part of the log could not be read: the last commits may be missing.
pub const CRMK_LOG_DAMAGED: i32 = 2;
/// The log was not there: the last commits are missing.
pub const CRMK_LOG_MISSING: i32 = 3;
/// The log that was there is not of this database, or of another time: the last commits are missing.
pub const CRMK_LOG_FOREIGN: i32 = 4;

/// What a salvage brought into the new database, and what it did not find.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_salvaged {
    /// Set to sizeof(crmk_salvaged) by the caller.
    pub size: u32,
    /// What became of the log, one of CRMK_LOG_.
    pub log: i32,
    /// Records in the new database.
    pub records: u64,
    /// Of those, how many were made, or brought up to the journal, from its entries.
    pub records_restored: u64,
    /// How many are older than the journal says, because entries in between are missing.
    pub records_outdated: u64,
    /// How many ids were given out whose records are nowhere.
    pub records_missing: u64,
    /// Entries in the journal of the new database.
    pub entries: u64,
    /// How many entries are missing between those and before them.
    pub entries_missing: u64,
    /// Index entries, unique keys and counts that were made anew.
    pub keys: u64,
    /// How many things were missing, unreadable or in doubt; 0 when everything was found.
    pub problem_total: u64,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_salvaged {
    const NAME: &'static str = "crmk_salvaged";
}

/// Is shown a problem, which lives until it returns.
pub type crmk_problem_visitor = Option<unsafe extern "C" fn(context: *mut c_void, problem: *const crmk_problem)>;

/// Writes everything that can be read of the database at `path`, with its log or without it, into a new database file at
/// `to`. [any-thread]
///
/// The old file is only read, and may be open in a process; the new one appears whole or not at all. Records and journal
/// entries are taken over as they are; a record that is lost or old is made from the journal as far as its entries follow
/// on from one another; index entries, unique keys and counts are made anew. What is missing is counted, and the first 100
/// problems are shown to problem, on this thread, when the new file is there. Of the options, progress is told how many
/// pairs were read. NULL: options, problem and problem_context may be NULL.
/// Errors: NOT_FOUND when there is none at path; NOT_A_DATABASE when nothing of it is one; INVALID_ARGUMENT when both are
/// the same file or one is empty; DUPLICATE when there is a file at to, without CRMK_COPY_REPLACE; LOCKED when that file is
/// open, or the old one is being compacted; BUSY when another process writes faster than it can be read; CANCELLED; READ_ONLY,
/// DISK_FULL, IO; UNSUPPORTED for unknown flags;
/// INVALID_UTF8; MISUSE from within a callback. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_salvage(
    path: crmk_text,
    to: crmk_text,
    options: *const crmk_copy_options,
    problem: crmk_problem_visitor,
    problem_context: *mut c_void,
    salvaged: *mut crmk_salvaged,
) -> i32 {
    guard::outside(|| {
        // SAFETY: the caller gives texts that live for the call, NULL or options with their size, and a crmk_salvaged.
        let (path, to, options, out) =
            unsafe { (path_of(path, "path")?, path_of(to, "to")?, options_of(options)?, guard::out_struct(salvaged)?) };
        let done = salvage_file(path, to, options.replaces(), &mut options.watch())?;
        show(&done.problems, problem, problem_context);
        out.put(crmk_salvaged {
            size: 0,
            log: i32::from(done.log.number()),
            records: done.records,
            records_restored: done.records_restored,
            records_outdated: done.records_outdated,
            records_missing: done.records_missing,
            entries: done.entries,
            entries_missing: done.entries_missing,
            keys: done.keys,
            problem_total: done.problem_count,
        });
        Result::Ok(CRMK_OK)
    })
}

fn show(problems: &[Problem], visitor: crmk_problem_visitor, context: *mut c_void) {
    let Some(visitor) = visitor else { return };
    for found in problems {
        let problem = crmk_problem::of(found);
        let _callback = Callback::begin("a visitor of problems");
        // SAFETY: the caller answers for the function and its context; the problem lives for the call.
        unsafe { visitor(context, &raw const problem) };
    }
}
