//! File and log of one moment, for a reader beside the process that writes both.

use super::layer::Layer;
use super::plant::{self, Bug};
use super::state::LogState;
use super::sync::thread;
use crate::error::{Error, ErrorKind, Result};

/// How often file and log are read until both are of one time, while another process writes.
pub(super) const TRIES_MAX: usize = 50;

/// What reading the log has shown. It may be wrong because the file is not of the same time, or a batch was being written.
pub(super) enum Look {
    Whole(Layer),
    Wrong(Error),
}

/// A snapshot of the file with what the log holds beyond it. `begin` begins a snapshot and reads the state of the log in
/// it, `look` reads the log for that state.
///
/// # Errors
/// What both answer; `Busy` when the two are never of one time.
pub(super) fn settled<B>(
    begin: impl Fn() -> Result<(B, Option<LogState>)>,
    look: impl Fn(Option<LogState>) -> Result<Look>,
) -> Result<(B, Layer)> {
    let mut wrong = None;
    for _ in 0..TRIES_MAX {
        let (base, state) = begin()?;
        let seen = look(state)?;
        let (later, state_later) = begin()?;
        if plant::is(Bug::FileReadAfterLog)
            && let Look::Whole(layer) = seen
        {
            return Ok((later, layer));
        }
        drop(later);
        // Only when nothing was brought into the file meanwhile, no slot of the log was used again.
        let is_settled = state_later == state;
        match seen {
            Look::Whole(layer) if is_settled => return Ok((base, layer)),
            Look::Wrong(error) if is_settled => wrong = Some(error),
            Look::Whole(_) | Look::Wrong(_) => wrong = None,
        }
        thread::yield_now();
    }
    Err(wrong.unwrap_or_else(too_fast))
}

/// How often a log that is not sound is looked at, because a batch may have been being written to it.
const LOOKS_MAX: usize = 3;

/// The same where file and log may be damaged: what `look` finds is taken as it is, once it is of the time of the file.
///
/// # Errors
/// What `begin` answers; `Busy` when the two are never of one time.
pub(super) fn settled_as_it_is<B, L>(
    begin: impl Fn() -> Result<(B, Option<LogState>)>,
    look: impl Fn(Option<LogState>) -> L,
    is_sound: impl Fn(&L) -> bool,
) -> Result<(B, L)> {
    let mut looks = 0;
    for _ in 0..TRIES_MAX {
        let (base, state) = begin()?;
        let seen = look(state);
        if begin()?.1 == state {
            looks += 1;
            if is_sound(&seen) || looks == LOOKS_MAX {
                return Ok((base, seen));
            }
        }
        thread::yield_now();
    }
    Err(too_fast())
}

pub(super) fn too_fast() -> Error {
    Error::new(ErrorKind::Busy, "the process that writes is faster than its file is read; try again")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A salvage of a database that another process was writing read the log once, after its snapshot of the file. Commits that the
    /// process flushed in between, and whose slots it used again, were missing from both.
    #[test]
    fn a_log_of_another_time_than_the_file_is_read_again() {
        let state = LogState::new().unwrap();
        let asked = Cell::new(0);
        let begin = || {
            let at = asked.replace(asked.get() + 1);
            Ok((at, Some(LogState { flushed: [1, 2, 2, 3, 3, 3][at], ..state })))
        };
        let (base, seen) = settled_as_it_is(begin, |state| state.map_or(0, |state| state.flushed), |_| true).unwrap();
        assert_eq!((base, seen), (4, 3), "the first two looks were of the states 1 and 2, which had passed");
    }

    #[test]
    fn damage_that_stays_is_taken_as_it_is_and_a_batch_being_written_is_not() {
        for (sound_at, expected) in [(2, 2), (9, 3)] {
            let looks = Cell::new(0);
            let look = |_| {
                looks.set(looks.get() + 1);
                looks.get()
            };
            let ((), seen) = settled_as_it_is(|| Ok(((), None)), look, |seen| *seen == sound_at).unwrap();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn a_file_that_never_rests_is_busy() {
        let asked = Cell::new(0);
        let state = LogState::new().unwrap();
        let begin = || Ok(((), Some(LogState { flushed: asked.replace(asked.get() + 1), ..state })));
        assert_eq!(settled_as_it_is(begin, |_| (), |()| true).unwrap_err().kind(), ErrorKind::Busy);
    }
}
