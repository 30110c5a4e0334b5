//! No panic of redb leaves the store: over bytes that it did not write, such as a forged page, it may panic.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::error::{Error, ErrorKind, Result};

/// Runs work of redb; a panic is `Corrupt`.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged()))
}

/// The same for work that calls back, whose own panics go on: [`Outside::call`] marks them.
pub(super) fn guarded_with<T>(outside: &Outside, work: impl FnOnce() -> Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done,
        Err(panic) if outside.is_running() => resume_unwind(panic),
        Err(_) => Err(damaged()),
    }
}

/// Drops what redb made. After a panic within it, its drop may panic, too, and nobody waits for its word.
pub(super) fn drop_quietly<T>(held: T) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(held)));
}

/// The calls of the caller's own code: whether one is running, how many there were, and whether one answered an error.
#[derive(Default)]
pub(super) struct Outside {
    /// Two for each call: it is odd while one is running.
    steps: Cell<u64>,
    refused: Cell<bool>,
}

impl Outside {
    /// Runs the caller's code.
    #[inline]
    pub(super) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        let steps = self.steps.get();
        self.steps.set(steps + 1);
        let done = work();
        self.steps.set(steps + 2);
        done
    }

    /// Runs the caller's code and notes when it does not want to go on.
    #[inline]
    pub(super) fn ask<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.call(work).inspect_err(|_| self.refused.set(true))
    }

    fn is_running(&self) -> bool {
        self.steps.get() % 2 == 1
    }

    /// How many calls ended.
    pub(super) fn calls(&self) -> u64 {
        self.steps.get() / 2
    }

    /// Whether an error is the caller's own.
    pub(super) fn has_refused(&self) -> bool {
        self.refused.get()
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the database is damaged: reading or writing its file panicked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_within_is_an_error_and_one_of_the_caller_goes_on() {
        assert_eq!(guarded(|| Ok(1)).unwrap(), 1);
        assert_eq!(guarded::<()>(|| panic!("within")).unwrap_err().kind(), ErrorKind::Corrupt);
        let outside = Outside::default();
        let within = guarded_with::<()>(&outside, || {
            outside.call(|| {});
            panic!("within")
        });
        assert_eq!(within.unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!((outside.calls(), outside.has_refused()), (1, false));
        assert!(outside.ask::<()>(|| Err(damaged())).is_err());
        assert_eq!((outside.calls(), outside.has_refused()), (2, true));
        let of_caller = || guarded_with::<()>(&outside, || outside.call(|| panic!("the caller's")));
        assert!(catch_unwind(AssertUnwindSafe(of_caller)).is_err());
    }

    /// A second panic that leaves a drop while the first is on its way would end the process.
    #[test]
    fn a_drop_that_panics_is_not_heard_of_even_while_a_panic_is_on_its_way() {
        struct Bad;
        impl Drop for Bad {
            fn drop(&mut self) {
                panic!("the drop");
            }
        }
        struct Holder(Option<Bad>);
        impl Drop for Holder {
            fn drop(&mut self) {
                drop_quietly(self.0.take());
            }
        }
        drop(Holder(Some(Bad)));
        let error = guarded::<()>(|| {
            let _held = Holder(Some(Bad));
            panic!("within")
        });
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
