//! The pairs of a database, which come sorted, packed into the tables of a new file.

use redb::{Database, WriteTransaction};

use super::block::{self, Packer};
use super::guard::guarded;
use super::{failure, table};
use crate::error::Result;
use crate::port::Space;

/// What takes the pairs of a database, by space and key in ascending order.
pub type PairSink<'s> = dyn FnMut(Space, &[u8], &[u8]) -> Result<()> + 's;

/// How much one transaction writes. It fits into what redb holds back of a transaction (half of its cache), so that redb
/// does not read its pages again for their checksums. Unit: bytes.
const TRANSACTION_LEN: u64 = 40 << 20;

/// A new database on its way.
struct Packing<'d> {
    database: &'d Database,
    transaction: Option<WriteTransaction>,
    /// How much the transaction was given. Unit: bytes.
    len: u64,
    current: Option<(Space, Packer)>,
}

/// Packs what `fill` gives into the tables of a new database. Until it is done the file may hold a part of them,
/// and is not to be used.
///
/// # Errors
/// `Corrupt` when the pairs are not sorted; what `fill` answers; those of the file.
pub(super) fn pack(database: &Database, fill: impl FnOnce(&mut PairSink<'_>) -> Result<()>) -> Result<()> {
    let mut packing = Packing { database, transaction: None, len: 0, current: None };
    fill(&mut |space, key, value| packing.push(space, key, value))?;
    guarded(|| packing.finish())
}

impl Packing<'_> {
    fn push(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        if self.current.as_ref().is_some_and(|(before, _)| *before != space) {
            guarded(|| self.write(true))?;
            self.current = None;
        }
        self.len += (key.len() + value.len()) as u64;
        let (_, packer) = self.current.get_or_insert_with(|| (space, Packer::new(block::room_of(space))));
        if packer.push(key, value)? { guarded(|| self.write(false)) } else { Ok(()) }
    }

    fn write(&mut self, is_end: bool) -> Result<()> {
        let Some((space, packer)) = &mut self.current else { return Ok(()) };
        let transaction = match &mut self.transaction {
            Some(transaction) => transaction,
            None => self.transaction.insert(table::begin_durable(self.database)?),
        };
        let mut table = transaction.open_table(table::table(*space)).map_err(failure::of_table)?;
        packer.write(&mut table, is_end)?;
        drop(table);
        if self.len >= TRANSACTION_LEN { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<()> {
        self.len = 0;
        self.transaction.take().map_or(Ok(()), |transaction| transaction.commit().map_err(failure::of_commit))
    }

    fn finish(&mut self) -> Result<()> {
        self.write(true)?;
        self.commit()
    }
}
