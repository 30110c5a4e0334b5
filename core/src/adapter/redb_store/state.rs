//! What the database file knows of its log: one value in a table of its own, written with what it speaks of.

use redb::{ReadTransaction, TableDefinition, TableError, TableHandle, WriteTransaction};

use super::failure;
use super::log::Identity;
use super::raw::Trees;
use crate::error::{Error, ErrorKind, Result};

const TABLE: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("log");
const KEY: &str = "state";
const VERSION: u8 = 1;
const LEN: usize = 34;

/// How the file and its log stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogState {
    /// The database, and its newest log.
    pub(super) identity: Identity,
    /// Whether that log may hold batches that the file does not: then it must be there.
    pub(super) in_use: bool,
    /// The sequence of the last batch that the file holds, as it holds every one before.
    pub(super) flushed: u64,
}

impl LogState {
    fn encode(self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        bytes[0] = VERSION;
        bytes[1] = u8::from(self.in_use);
        let Identity { database, generation } = self.identity;
        for (number, at) in [database[0], database[1], generation, self.flushed].into_iter().zip((2..).step_by(8)) {
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// The state that a pair of the table holds.
    pub(super) fn in_pair(key: &[u8], value: &[u8]) -> Option<Self> {
        if key == KEY.as_bytes() { Self::decode(value).ok() } else { None }
    }

    /// Of two states of one database the later has the greater place.
    pub(super) fn place(&self) -> (u64, u64) {
        (self.identity.generation, self.flushed)
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        if let Some(&version) = bytes.first()
            && version > VERSION
        {
            let message = format!("the log has format {version}, this version reads up to {VERSION}");
            return Err(Error::new(ErrorKind::NewerVersion, message).with("format", version));
        }
        let sound = bytes.len() == LEN && bytes[0] == VERSION && bytes[1] <= 1;
        if !sound {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "the database is damaged: what it knows of its log is unreadable",
            ));
        }
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("invariant: eight bytes"));
        Ok(Self {
            identity: Identity { database: [number(2), number(10)], generation: number(18) },
            in_use: bytes[1] == 1,
            flushed: number(26),
        })
    }
}

/// Reads the state as a transaction shows it; `None` when the file has never had a log.
pub(super) fn read_in(transaction: &ReadTransaction) -> Result<Option<LogState>> {
    let table = match transaction.open_table(TABLE) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(e) => return Err(failure::of_table(e)),
    };
    let held = table.get(KEY).map_err(failure::of_storage)?;
    held.map(|bytes| LogState::decode(bytes.value())).transpose()
}

/// Reads the state from the trees themselves.
pub(super) fn read_apart(trees: &Trees) -> Result<Option<LogState>> {
    trees.value(TABLE.name(), KEY.as_bytes())?.map(|bytes| LogState::decode(&bytes)).transpose()
}

/// Writes the state as part of a transaction.
pub(super) fn write(transaction: &WriteTransaction, state: LogState) -> Result<()> {
    let mut table = transaction.open_table(TABLE).map_err(failure::of_table)?;
    table.insert(KEY, state.encode().as_slice()).map_err(failure::of_storage)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_and_what_is_not_understood_is_refused() {
        let state = LogState {
            identity: Identity { database: [1, u64::MAX], generation: 3 },
            in_use: true,
            flushed: 0x0102_0304_0506_0708,
        };
        let bytes = state.encode();
        assert_eq!(LogState::decode(&bytes).unwrap(), state);
        assert_eq!(LogState::decode(&bytes[..33]).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(LogState::decode(b"").unwrap_err().kind(), ErrorKind::Corrupt);
        let mut newer = bytes;
        newer[0] = 2;
        assert_eq!(LogState::decode(&newer).unwrap_err().kind(), ErrorKind::NewerVersion);
    }
}
