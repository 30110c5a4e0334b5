//! Code of the host or of a plugin on this thread: while it runs, the database is not entered again.
//!
//! A clock, a hook or a watch may be asked while a transaction is held. If it wrote to the database it would wait for itself.

use std::cell::Cell;

use crate::error::{Error, ErrorKind, Result};

thread_local! {
    /// What runs on this thread, the innermost.
    static RUNS: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Marks this thread as running a callback until it is dropped.
#[derive(Debug)]
#[must_use = "the callback ends when this is dropped"]
pub struct Callback {
    outer: Option<&'static str>,
}

impl Callback {
    /// Begins a callback; `what` names it in errors, such as `the clock`.
    pub fn begin(what: &'static str) -> Self {
        Self { outer: RUNS.replace(Some(what)) }
    }

    /// That no callback runs on this thread.
    ///
    /// # Errors
    /// `Misuse` when one does. There are no others.
    pub fn refuse() -> Result<()> {
        match RUNS.get() {
            None => Ok(()),
            Some(what) => {
                let message = format!("the call comes from within {what}, which may not call the database");
                Err(Error::new(ErrorKind::Misuse, message).with("callback", what))
            }
        }
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        RUNS.set(self.outer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_refused_until_the_outermost_ends() {
        assert!(Callback::refuse().is_ok());
        let outer = Callback::begin("the clock");
        {
            let _inner = Callback::begin("a watch");
            assert_eq!(Callback::refuse().unwrap_err().context_value("callback"), Some("a watch"));
        }
        assert_eq!(Callback::refuse().unwrap_err().kind(), ErrorKind::Misuse);
        drop(outer);
        assert!(Callback::refuse().is_ok());
    }
}
