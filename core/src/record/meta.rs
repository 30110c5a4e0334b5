//! The facts about the database itself: format version, time zone, counters, the head of the journal.

use crate::domain::EntityKind;
use crate::error::{Error, ErrorKind, Result};
use crate::port::{ReadTxn, Space};

use super::journal::Hash;

/// The version of the stored form that this kernel writes and reads.
pub(crate) const FORMAT_VERSION: u32 = 1;
pub(crate) const KEY_FORMAT: &[u8] = b"format";
pub(crate) const KEY_ZONE: &[u8] = b"zone";
pub(crate) const KEY_HEAD: &[u8] = b"head";
/// The public keys that sign plugins, one a line.
pub(crate) const KEY_PLUGIN_KEYS: &[u8] = b"plugin_keys";

/// The end of the journal: the sequence of the last entry and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    pub(crate) sequence: u64,
    pub(crate) hash: Hash,
}

impl Head {
    pub(crate) fn encode(&self) -> [u8; 40] {
        let mut out = [0; 40];
        out[..8].copy_from_slice(&self.sequence.to_be_bytes());
        out[8..].copy_from_slice(&self.hash);
        out
    }

    pub(crate) fn read(txn: &dyn ReadTxn) -> Result<Self> {
        match get(txn, Space::Meta, KEY_HEAD)? {
            None => Ok(Self::default()),
            Some(bytes) if bytes.len() == 40 => {
                let mut head = Self { sequence: number(&bytes[..8])?, hash: [0; 32] };
                head.hash.copy_from_slice(&bytes[8..]);
                Ok(head)
            }
            Some(_) => Err(damaged("head of the journal")),
        }
    }
}

/// The public keys of minisign that the database trusts.
pub(crate) fn plugin_keys(txn: &dyn ReadTxn) -> Result<Vec<String>> {
    let Some(stored) = get(txn, Space::Meta, KEY_PLUGIN_KEYS)? else { return Ok(Vec::new()) };
    let text = String::from_utf8(stored).map_err(|_| damaged("list of plugin keys"))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The beginning of the keys of adopted policies; behind it the sequence of the entry that holds the text.
pub(crate) const KEY_POLICY: &[u8] = b"policy";
/// The key of the counter of key-customer numbers.
pub(crate) const KEY_KEY_CUSTOMER: &[u8] = b"key_customer";

/// The key of the policy that the journal entry of a sequence holds.
pub(crate) fn policy_key(sequence: u64) -> Vec<u8> {
    [KEY_POLICY, &sequence.to_be_bytes()].concat()
}

/// The key of the counter of an entity's ids.
pub(crate) fn counter_key(entity: EntityKind) -> [u8; 3] {
    [b'i', b'd', entity.number()]
}

/// The last id given to an entity; 0 when none was.
pub(crate) fn last_id(txn: &dyn ReadTxn, entity: EntityKind) -> Result<u64> {
    get(txn, Space::Meta, &counter_key(entity))?.map_or(Ok(0), |bytes| number(&bytes))
}

/// A copy of the value of a key.
pub(crate) fn get(txn: &dyn ReadTxn, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut out = None;
    txn.get(space, key, &mut |value| out = Some(value.to_vec()))?;
    Ok(out)
}

/// A stored number, big-endian.
pub(crate) fn number(bytes: &[u8]) -> Result<u64> {
    bytes.try_into().map(u64::from_be_bytes).map_err(|_| damaged("a counter"))
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("the database is damaged: {what} is not of its form"))
}
