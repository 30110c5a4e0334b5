//! Reading what has no second chance: bytes that decide what is kept, and are gone or written back afterwards.

use std::io;

/// How often bytes are read until they come twice the same.
const READS_MAX: usize = 4;

/// Reads bytes until they come twice the same, for a bit may flip on its way here.
pub(super) fn read(len: usize, read: impl Fn(&mut [u8]) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let (mut bytes, mut again) = (vec![0; len], vec![0; len]);
    read(&mut bytes)?;
    for _ in 1..READS_MAX {
        read(&mut again)?;
        if again == bytes {
            return Ok(bytes);
        }
        std::mem::swap(&mut bytes, &mut again);
    }
    Err(io::Error::other("the disk reads the same bytes differently each time"))
}
