//! Sorted pairs packed into full blocks of an empty table: nothing is looked for, read again or split.

use std::ops::Bound;

use redb::CursorError;

use super::super::failure;
use super::build::Pairs;
use super::form::damaged;
use super::source::Blocks;
use super::{key_of, separator_len};
use crate::error::{Error, Result};

/// When so much waits, it is written. Unit: bytes.
const WAITING_LEN_MAX: usize = 1 << 20;

/// The pairs of one space on their way into its blocks.
#[derive(Debug, Default)]
pub(in super::super) struct Packer {
    /// How much room a block has. Unit: bytes.
    room: usize,
    waiting: Pairs,
    /// The last key that is written.
    written: Option<Vec<u8>>,
}

impl Packer {
    /// Begins a space whose blocks have this much room.
    pub(in super::super) fn new(room: usize) -> Self {
        Self { room, ..Self::default() }
    }

    /// Adds a pair, and says whether enough wait to be written.
    ///
    /// # Errors
    /// `Corrupt` when the key is not above the one before.
    pub(in super::super) fn push(&mut self, key: &[u8], value: &[u8]) -> Result<bool> {
        self.waiting.push([key, b""], value)?;
        Ok(self.waiting.bytes_len() >= WAITING_LEN_MAX)
    }

    /// Writes the blocks that are full; at the end, all.
    pub(in super::super) fn write(&mut self, table: &mut Blocks<'_>, is_end: bool) -> Result<()> {
        // redb has the greatest bound first, so each block comes before all others.
        let mut cursor = table.lower_bound_mut(Bound::<&[u8]>::Unbounded).map_err(failure::of_storage)?;
        let (mut at, mut block) = (0, Vec::with_capacity(self.room));
        while at < self.waiting.count() {
            let bound = self.bound(at);
            let (count, _) = self.waiting.cut(at, bound.len(), usize::MAX, self.room);
            let may_be_longer = at + count == self.waiting.count();
            if may_be_longer && !is_end {
                break;
            }
            self.waiting.encode(at, count, &mut block);
            cursor.insert_after(key_of(bound).as_slice(), block.as_slice()).map_err(of_cursor)?;
            at += count;
        }
        cursor.close().map_err(failure::of_storage)?;
        if at > 0 {
            self.written = Some(self.waiting.key(at - 1).to_vec());
            self.waiting.drop_front(at);
        }
        Ok(())
    }

    /// The lower bound of the block that begins with a pair; that of the first is below every key.
    fn bound(&self, at: usize) -> &[u8] {
        let key = self.waiting.key(at);
        let before = if at == 0 { self.written.as_deref() } else { Some(self.waiting.key(at - 1)) };
        before.map_or(&[], |before| &key[..separator_len(before, key)])
    }
}

fn of_cursor(error: CursorError) -> Error {
    match error {
        CursorError::UnorderedKey => damaged(),
        CursorError::Storage(error) => failure::of_storage(error),
        other => Error::new(crate::error::ErrorKind::Io, format!("{other}")),
    }
}
