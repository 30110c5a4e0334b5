//! Random numbers of the operating system, for what must not be the same in two places.

use std::io;

/// A number that no other process, no other opening and no copy draws. A seed that a process keeps would not do: the
/// children of a fork have it in common.
pub(super) fn draw() -> io::Result<u64> {
    getrandom::u64().map_err(io::Error::other)
}
