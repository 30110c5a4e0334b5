//! Whether a file and the log beside it belong together: one rule for who writes and who only reads.
//!
//! The file names its log by the identity of the database, the number of the log and the salt that was drawn for it, before
//! the first batch goes there. A log of another name is none of the file's, unless it holds nothing: a crash may leave one
//! that was made and not yet named. The file also knows the last batch that it took from the log, so that an earlier copy
//! of the log, or a log that went on from another copy, does not pass.

use std::io;

use super::failure;
use super::log::{self, Batch, Found, Header, Identity, LastBatch, LogFile};
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
    Holds(Vec<Batch>),
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
        // Once the file says that it needs this log no more, it holds all that counts. What lies beyond is a batch in doubt,
        // or, with relaxed durability, some that came after one that a loss of power took.
        if !in_use {
            return Ok(Pair::Spent);
        }
        let found = read(log, &header, state.flushed, state.last).map_err(failure::of_io)?;
        return Ok(Pair::Holds(names.batches(found)?));
    }
    let is_next = header.identity.database == state.identity.database
        && header.identity.generation == state.identity.generation + 1;
    if !in_use && is_next {
        let found = read(log, &header, 0, LastBatch::default()).map_err(failure::of_io)?;
        if matches!(found, Found::Batches(batches) if batches.is_empty()) {
            return Ok(Pair::Spent);
        }
    }
    Err(names.of_another(state, header.identity))
}

impl Names<'_> {
    fn batches(self, found: Found) -> Result<Vec<Batch>> {
        let what = match found {
            Found::Batches(batches) => return Ok(batches),
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

#[cfg(test)]
mod tests {
    use super::super::readers::Bytes;
    use super::*;

    /// With relaxed durability a loss of power may take a batch and leave the one after it. The recovery counts up to the gap,
    /// and one more that may be in doubt, and says in the file that the log is needed no more. When it was broken off there,
    /// before the log was removed, the next opening took the batch after the gap for one that the file lacked, and refused the
    /// two as copies of each other. Now a log that the file says it does not need is not looked into.
    #[test]
    fn a_log_that_the_file_needs_no_more_may_hold_batches_after_a_gap() {
        let state = LogState::new().unwrap();
        let identity = Identity { salt: 5, generation: 1, ..state.identity };
        let log = Bytes(log::with_batches(identity, &[1, 2, 4]));
        let names = Names { file: "a", log: "a-wal" };
        let in_use = LogState { identity, in_use: true, ..state };
        let Pair::Holds(batches) = pair(Some(in_use), Some(&log), names, log::read).unwrap() else {
            unreachable!("the file needs the log")
        };
        assert_eq!(batches.iter().map(|batch| batch.sequence).collect::<Vec<_>>(), [1, 2]);
        let recovered = LogState { in_use: false, flushed: 3, ..in_use };
        assert!(matches!(pair(Some(recovered), Some(&log), names, log::read).unwrap(), Pair::Spent));
    }
}
