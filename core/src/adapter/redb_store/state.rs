//! What the database file knows of its log: one value in a table of its own, written with what it speaks of.

use redb::{ReadTransaction, TableDefinition, TableError, TableHandle, WriteTransaction};

use super::log::{Identity, LastBatch};
use super::raw::Trees;
use super::{failure, random};
use crate::error::{Error, ErrorKind, Result};

const TABLE: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("log");
const KEY: &str = "state";
const VERSION: u8 = 2;
const LEN: usize = 78;

/// How the file and its log stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogState {
    /// The database, and its newest log: no other log goes with the file.
    pub(super) identity: Identity,
    /// Whether that log may hold batches that the file does not: then it must be there.
    pub(super) in_use: bool,
    /// The sequence of the last batch that the file holds, as it holds every one before.
    pub(super) flushed: u64,
    /// The last of those that came by the log.
    pub(super) last: LastBatch,
    /// A log that lay here when the file took the place of another, and that may be there yet after a crash
    /// (`log::digest`); zeros for none.
    pub(super) superseded: [u8; 16],
}

impl LogState {
    /// That of a new database.
    pub(super) fn new() -> Result<Self> {
        let draw = || random::draw().map_err(failure::of_io);
        let identity = Identity { database: [draw()?, draw()?], generation: 0, salt: 0 };
        Ok(Self { identity, in_use: false, flushed: 0, last: LastBatch::default(), superseded: [0; 16] })
    }

    fn encode(self) -> Vec<u8> {
        let Identity { database, generation, salt } = self.identity;
        let LastBatch { sequence, checksum, note } = self.last;
        let mut bytes = vec![VERSION, u8::from(self.in_use)];
        for number in [database[0], database[1], generation, salt, self.flushed, sequence, note] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(checksum.to_le_bytes());
        bytes.extend(self.superseded);
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
        let number = |at: usize| {
            let at = 2 + at * 8;
            u64::from_le_bytes(bytes[at..at + 8].try_into().expect("invariant: eight bytes"))
        };
        let checksum = u32::from_le_bytes(bytes[58..62].try_into().expect("invariant: four bytes"));
        Ok(Self {
            identity: Identity { database: [number(0), number(1)], generation: number(2), salt: number(3) },
            in_use: bytes[1] == 1,
            flushed: number(4),
            last: LastBatch { sequence: number(5), checksum, note: number(6) },
            superseded: bytes[62..].try_into().expect("invariant: sixteen bytes"),
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
            identity: Identity { database: [1, u64::MAX], generation: 3, salt: 0xfedc_ba98_7654_3210 },
            in_use: true,
            flushed: 0x0102_0304_0506_0708,
            last: LastBatch { sequence: 0x1112_1314, checksum: 0x2122_2324, note: 0x3132 },
            superseded: *b"a digest of log.",
        };
        let bytes = state.encode();
        assert_eq!(bytes.len(), LEN);
        assert_eq!(LogState::decode(&bytes).unwrap(), state);
        assert_eq!(LogState::decode(&bytes[..LEN - 1]).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(LogState::decode(b"").unwrap_err().kind(), ErrorKind::Corrupt);
        let mut newer = bytes;
        newer[0] = VERSION + 1;
        assert_eq!(LogState::decode(&newer).unwrap_err().kind(), ErrorKind::NewerVersion);
    }
}
