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

pub(super) fn too_fast() -> Error {
    Error::new(ErrorKind::Busy, "the process that writes is faster than its file is read; try again")
}
