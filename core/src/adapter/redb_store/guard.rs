//! No panic of redb leaves the store: over bytes that it did not write, such as a forged page, it may panic.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::error::{Error, ErrorKind, Result};

/// Runs work of redb; a panic is `Corrupt`.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged()))
}

/// The same for work that calls back, whose own panics go on: [`Outside::call`] marks them.
pub(super) fn guarded_with<T>(work: impl FnOnce(&Outside) -> Result<T>) -> Result<T> {
    let outside = Outside(Cell::new(false));
    match catch_unwind(AssertUnwindSafe(|| work(&outside))) {
        Ok(done) => done,
        Err(panic) if outside.0.get() => resume_unwind(panic),
        Err(_) => Err(damaged()),
    }
}

/// Drops what redb made. After a panic within it, its drop may panic, too, and nobody waits for its word.
pub(super) fn drop_quietly<T>(held: T) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(held)));
}

/// Whether the caller's own code is running.
pub(super) struct Outside(Cell<bool>);

impl Outside {
    /// Runs the caller's code.
    pub(super) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.set(true);
        let done = work();
        self.0.set(false);
        done
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
        let within = guarded_with::<()>(|outside| {
            outside.call(|| {});
            panic!("within")
        });
        assert_eq!(within.unwrap_err().kind(), ErrorKind::Corrupt);
        let of_caller = || guarded_with::<()>(|outside| outside.call(|| panic!("the caller's")));
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
