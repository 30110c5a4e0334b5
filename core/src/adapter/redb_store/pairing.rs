//! Whether a file and the log beside it belong together: one rule for who writes and who only reads.
//!
//! The file names its log by the identity of the database, the number of the log and the salt that was drawn for it, before
//! the first batch goes there. A log of another name is none of the file's, unless it holds nothing: a crash may leave one
//! that was made and not yet named. The file also knows the last batch that it took from the log, so that an earlier copy
//! of the log, or a log that went on from another copy, does not pass.

use std::io;

use super::failure;
use super::log::{self, Found, Header, Held, Identity, LastBatch, LogFile};
use super::state::LogState;
use crate::error::{Error, ErrorKind, Result};

/// What whoever cannot open the file with its log may do.
const WAY_OUT: &str = "or open the database with without_log, which reads what the file holds by itself";

/// What the log beside a file has for it.
#[derive(Debug)]
pub(super) enum Pair {
    /// There is no log, and none is needed.
    Alone,
    /// The file holds everything of the log that is there.
    Spent,
    /// The log holds batches that the file does not; perhaps none yet.
    Holds(Held),
}

/// A file and the name of its log, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'n> {
    pub(super) file: &'n str,
    pub(super) log: &'n str,
}

/// How the batches of a log are read: `log::read` or `log::read_once`.
pub(super) type ReadBatches = fn(&dyn LogFile, &Header, u64, LastBatch) -> io::Result<Found>;

/// Looks at the log beside a file.
///
/// # Errors
/// `Corrupt` when the two do not belong together, or the log is missing, damaged or cut short; what reading answers.
pub(super) fn pair(
    state: Option<LogState>,
    log: Option<&dyn LogFile>,
    names: Names<'_>,
    read: ReadBatches,
) -> Result<Pair> {
    let in_use = state.is_some_and(|state| state.in_use);
    let Some(log) = log else {
        let missing = format!("is missing; it holds commits that {} lacks; put it back, {WAY_OUT}", names.file);
        return if in_use { Err(names.corrupt(&missing)) } else { Ok(Pair::Alone) };
    };
    let Some(state) = state else { return Err(names.foreign()) };
    if !in_use && state.superseded != [0; 16] && state.superseded == log::digest(log).map_err(failure::of_io)? {
        return Ok(Pair::Spent);
    }
    let Some(header) = log::read_header(log).map_err(failure::of_io)? else {
        let damaged = format!("is damaged: its first bytes are not those of a log; put back a whole one, {WAY_OUT}");
        return Err(if in_use { names.corrupt(&damaged) } else { names.foreign() });
    };
    if header.identity == state.identity {
        let held = names.held(read(log, &header, state.flushed, state.last).map_err(failure::of_io)?)?;
        return match (in_use, held.batches.is_empty()) {
            (true, _) => Ok(Pair::Holds(held)),
            (false, true) => Ok(Pair::Spent),
            (false, false) => Err(names.of_another(state, header.identity)),
        };
    }
    let is_next = header.identity.database == state.identity.database
        && header.identity.generation == state.identity.generation + 1;
    if !in_use && is_next {
        let found = read(log, &header, 0, LastBatch::default()).map_err(failure::of_io)?;
        if matches!(found, Found::Batches(held) if held.batches.is_empty()) {
            return Ok(Pair::Spent);
        }
    }
    Err(names.of_another(state, header.identity))
}

impl Names<'_> {
    fn held(self, found: Found) -> Result<Held> {
        let what = match found {
            Found::Batches(held) => return Ok(held),
            Found::Damaged(sequence) => {
                format!(
                    "is damaged: commit {sequence} is unreadable, though it was acknowledged; put back a whole one, \
                     {WAY_OUT}"
                )
            }
            Found::Unlinked(sequence) => format!(
                "does not go on from {}: its commit {sequence} follows another than the file holds, so one of the two is \
                 a copy of another time; put back the one that goes with the other, {WAY_OUT}",
                self.file
            ),
            Found::Cut(bytes, expected) => {
                format!("is cut short to {bytes} of {expected} bytes; put back a whole one, {WAY_OUT}")
            }
            Found::Earlier => format!(
                "is an earlier copy: {} holds commits that it lacks, and may lack some that the log held later; put back \
                 the last one, {WAY_OUT}",
                self.file
            ),
        };
        Err(self.corrupt(&what))
    }

    fn foreign(self) -> Error {
        self.corrupt("is not the log of this database; move it away")
    }

    /// The error that says which log goes with which file.
    fn of_another(self, state: LogState, found: Identity) -> Error {
        let named = state.identity;
        let of = if found.database == named.database {
            "of this database or of a copy of it"
        } else {
            "of another database"
        };
        let (it, file) = (name_of(found), self.file);
        self.corrupt(&if state.in_use {
            let goes_with = name_of(named);
            format!("is {it}, a log {of}, and {file} goes with {goes_with}; put back that one, {WAY_OUT}")
        } else {
            let number = number_of(named);
            format!("is {it}, a log {of}, and {file}, of database {number}, needs no log; move it away")
        })
    }

    fn corrupt(self, what: &str) -> Error {
        Error::new(ErrorKind::Corrupt, format!("{} {what}", self.log)).with("log", self.log)
    }
}

/// How a log is named in a message: its number, its salt, and the database.
fn name_of(log: Identity) -> String {
    format!("log {} ({:016x}) of database {}", log.generation, log.salt, number_of(log))
}

fn number_of(log: Identity) -> String {
    format!("{:016x}", log.database[0])
}
