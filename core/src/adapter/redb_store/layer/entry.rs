//! One operation of a batch, as a view into the batch's bytes: the log and the layers share one copy.

use std::sync::Arc;

/// A key and what became of it.
#[derive(Debug, Clone)]
pub(in super::super) struct Entry {
    batch: Arc<[u8]>,
    /// The beginning of the key, so that most comparisons touch no batch.
    prefix: u128,
    key_at: u32,
    key_len: u32,
    /// The value follows the key; `REMOVED` says that there is none.
    value_len: u32,
}

/// No value is as long as this, for a batch of the log is far smaller.
const REMOVED: u32 = u32::MAX;

impl Entry {
    /// Points at a key of the batch and at the value behind it; `None` removes the key.
    ///
    /// The batch must hold them: the caller has just encoded or checked it.
    pub(in super::super) fn new(batch: &Arc<[u8]>, key_at: u32, key_len: u32, value_len: Option<u32>) -> Self {
        debug_assert!(
            key_at as usize + key_len as usize + value_len.unwrap_or(0) as usize <= batch.len(),
            "an entry lies within its batch"
        );
        let key = &batch[key_at as usize..][..key_len as usize];
        let prefix = Place::of(key).prefix;
        Self { batch: Arc::clone(batch), prefix, key_at, key_len, value_len: value_len.unwrap_or(REMOVED) }
    }

    /// An entry with bytes of its own.
    ///
    /// Key and value must be shorter than 4 GiB: the caller has them from a batch, or from a file that takes no longer ones.
    pub(in super::super) fn alone(key: &[u8], value: Option<&[u8]>) -> Self {
        let batch: Arc<[u8]> = [key, value.unwrap_or_default()].concat().into();
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).expect("invariant: below 4 GiB");
        Self::new(&batch, 0, len(key), value.map(len))
    }

    pub(in super::super) fn key(&self) -> &[u8] {
        &self.batch[self.key_at as usize..][..self.key_len as usize]
    }

    /// Where the key stands among others.
    pub(in super::super) fn place(&self) -> Place<'_> {
        Place { prefix: self.prefix, key: self.key() }
    }

    /// The value, `None` when the key was removed.
    pub(in super::super) fn value(&self) -> Option<&[u8]> {
        let value_at = self.key_at as usize + self.key_len as usize;
        (self.value_len != REMOVED).then(|| &self.batch[value_at..][..self.value_len as usize])
    }
}

/// A key with its first bytes as a number: places have the order of their keys, and mostly the numbers decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Place<'k> {
    /// The first 16 bytes, big-endian, with zeros behind a shorter key.
    prefix: u128,
    key: &'k [u8],
}

impl<'k> Place<'k> {
    pub(in super::super) fn of(key: &'k [u8]) -> Self {
        let mut first = [0; 16];
        let len = key.len().min(16);
        first[..len].copy_from_slice(&key[..len]);
        Self { prefix: u128::from_be_bytes(first), key }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Zeros are what a shorter key is filled with, and most keys begin alike.
        #[test]
        fn places_have_the_order_of_their_keys(
            same in 0_usize..20,
            a in proptest::collection::vec(0_u8..3, 0..20),
            b in proptest::collection::vec(0_u8..3, 0..20),
        ) {
            let keys = [&a, &b].map(|rest| [&vec![7; same][..], rest].concat());
            let entries = keys.each_ref().map(|key| Entry::alone(key, None));
            prop_assert_eq!(entries[0].place().cmp(&entries[1].place()), keys[0].cmp(&keys[1]));
            prop_assert_eq!(Place::of(&keys[0]), entries[0].place());
        }
    }
}
