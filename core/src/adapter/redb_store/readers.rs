//! The readers of the store's own forms as functions of bytes, for `testing::readers`.

use std::io;

use super::block::Block;
use super::log::{self, Found, LastBatch, LogFile};
use super::pages;

/// A block that is taken gives each of its keys back where a search finds it.
pub(crate) fn block(bytes: &[u8]) {
    let Ok(block) = Block::read(bytes) else { return };
    let mut key = Vec::new();
    for at in 0..block.count() {
        if block.copy_key(at, &mut key).is_err() {
            continue;
        }
        // The keys of a forged block come in any order, so the search may miss; it must end and not panic.
        let _ = block.search(&key);
        let _ = block.get(&key);
    }
}

/// A log in memory, which nobody writes.
#[derive(Debug)]
struct Bytes(Vec<u8>);

impl LogFile for Bytes {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read(&self, at: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(at).map_err(io::Error::other)?;
        let held = start.checked_add(out.len()).and_then(|end| self.0.get(start..end));
        out.copy_from_slice(held.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn is_named(&self, _: u64) -> io::Result<bool> {
        Ok(true)
    }

    fn remove(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A log: the first byte says what the file holds of it. It is read as it is, and with a header and checksums that fit. The
/// batches that it holds follow on from there without a gap.
pub(crate) fn log(bytes: &[u8]) {
    let Some((flushed, rest)) = bytes.split_first() else { return };
    let flushed = u64::from(*flushed);
    for file in [Bytes(rest.to_vec()), Bytes(log::sealed(rest))] {
        let _ = log::digest(&file);
        let Ok(Some(header)) = log::read_header(&file) else { continue };
        for read in [log::read, log::read_once] {
            if let Ok(Found::Batches(held)) = read(&file, &header, flushed, LastBatch::default()) {
                for (batch, expected) in held.batches.iter().zip(flushed + 1..) {
                    assert_eq!(batch.sequence, expected);
                    assert!(batch.entries().count() <= file.0.len());
                }
            }
        }
        let whole = log::read_whole(&file, header.identity, flushed);
        assert!(whole.iter().all(|batch| batch.sequence > flushed));
    }
}

/// A copy of the header: as it is, and with a checksum that fits.
pub(crate) fn page(bytes: &[u8]) {
    pages::read_head(bytes);
}
