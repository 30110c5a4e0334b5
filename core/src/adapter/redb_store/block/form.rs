//! The form of a block: reading and searching it in place, with every access checked.
//!
//! All numbers are little-endian:
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 1 | the version of the form, 1 |
//! | 1 | 1 | 1 when a value is not empty, else 0 |
//! | 2 | 2 | the number of pairs, at least 1 |
//! | 4 | 2 | the length of the prefix |
//! | 6 | 4 | the length of the keys together, without the prefix |
//! | 10 | 2 each | where each key begins among the keys |
//! | then | 2 each | where each value begins among the values, unless all are empty |
//! | then | | the prefix, which every key begins with |
//! | then | | the rests of the keys, sorted |
//! | then | | the values, in the order of their keys |
//!
//! A key or value ends where the next begins, the last where all end, so that a pair alone may be of any length. The keys lie
//! together, for a search looks at several and at no value.

use crate::error::{Error, ErrorKind, Result};

pub(super) const VERSION: u8 = 1;
pub(super) const HEADER_LEN: usize = 10;
pub(super) const OFFSET_LEN: usize = 2;

/// A block that was read from the file. It may hold anything: what does not fit is `Corrupt`, never a panic.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Block<'b> {
    prefix: &'b [u8],
    keys: Parts<'b>,
    /// Without any when all values are empty.
    values: Parts<'b>,
}

/// Parts of some bytes, one behind the other.
#[derive(Debug, Clone, Copy)]
struct Parts<'b> {
    offsets: &'b [[u8; OFFSET_LEN]],
    bytes: &'b [u8],
}

impl<'b> Parts<'b> {
    #[inline]
    fn get(&self, at: usize) -> Option<&'b [u8]> {
        let offset = |at: usize| self.offsets.get(at).map(|&offset| usize::from(u16::from_le_bytes(offset)));
        let start = offset(at)?;
        let end = offset(at + 1).unwrap_or(self.bytes.len());
        self.bytes.get(start..end)
    }
}

impl<'b> Block<'b> {
    /// Understands the bytes of a block.
    ///
    /// # Errors
    /// `Corrupt`; `NewerVersion` when the form is one that a later version writes.
    #[inline]
    pub(in super::super) fn read(bytes: &'b [u8]) -> Result<Self> {
        let Some((header, rest)) = bytes.split_first_chunk::<HEADER_LEN>() else { return Err(damaged()) };
        let &[version, has_values, c0, c1, p0, p1, k0, k1, k2, k3] = header;
        if version != VERSION || has_values > 1 {
            return Err(not_understood(version));
        }
        let (count, prefix_len) = (u16::from_le_bytes([c0, c1]), u16::from_le_bytes([p0, p1]));
        let keys_len = u32::from_le_bytes([k0, k1, k2, k3]);
        let cut = |rest: &'b [u8], len: usize| rest.split_at_checked(len).ok_or_else(damaged);
        let offsets_len = usize::from(count) * OFFSET_LEN;
        let (key_offsets, rest) = cut(rest, offsets_len)?;
        let (value_offsets, rest) = cut(rest, offsets_len * usize::from(has_values))?;
        let (prefix, rest) = cut(rest, prefix_len.into())?;
        let (keys, values) = cut(rest, keys_len as usize)?;
        if count == 0 {
            return Err(damaged());
        }
        Ok(Self {
            prefix,
            keys: Parts { offsets: key_offsets.as_chunks().0, bytes: keys },
            values: Parts { offsets: value_offsets.as_chunks().0, bytes: values },
        })
    }

    /// How many pairs there are, at least one.
    #[inline]
    pub(in super::super) fn count(&self) -> usize {
        self.keys.offsets.len()
    }

    /// What every key begins with.
    #[inline]
    pub(in super::super) fn prefix(&self) -> &'b [u8] {
        self.prefix
    }

    #[inline]
    fn rest_of_key(&self, at: usize) -> Result<&'b [u8]> {
        self.keys.get(at).ok_or_else(damaged)
    }

    #[inline]
    pub(in super::super) fn value(&self, at: usize) -> Result<&'b [u8]> {
        if self.values.offsets.is_empty() { Ok(&[]) } else { self.values.get(at).ok_or_else(damaged) }
    }

    /// What the key of a pair has behind the prefix, and the value.
    #[inline]
    pub(in super::super) fn pair(&self, at: usize) -> Result<(&'b [u8], &'b [u8])> {
        Ok((self.rest_of_key(at)?, self.value(at)?))
    }

    /// Where the key is, or else where it would be.
    #[inline]
    pub(in super::super) fn search(&self, key: &[u8]) -> Result<std::result::Result<usize, usize>> {
        let (begin, rest) = key.split_at(key.len().min(self.prefix.len()));
        match begin.cmp(self.prefix) {
            std::cmp::Ordering::Less => return Ok(Err(0)),
            std::cmp::Ordering::Greater => return Ok(Err(self.count())),
            std::cmp::Ordering::Equal => {}
        }
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = low.midpoint(high);
            match self.rest_of_key(middle)?.cmp(rest) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(Ok(middle)),
            }
        }
        Ok(Err(low))
    }

    /// The value of a key.
    #[inline]
    pub(in super::super) fn get(&self, key: &[u8]) -> Result<Option<&'b [u8]>> {
        match self.search(key)? {
            Ok(at) => Ok(Some(self.value(at)?)),
            Err(_) => Ok(None),
        }
    }

    /// Puts the whole key of a pair into `key` and returns its value.
    pub(in super::super) fn copy_key(&self, at: usize, key: &mut Vec<u8>) -> Result<&'b [u8]> {
        let (rest, value) = self.pair(at)?;
        key.clear();
        key.extend_from_slice(self.prefix);
        key.extend_from_slice(rest);
        Ok(value)
    }
}

#[cold]
pub(super) fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the database is damaged: a block of it is unreadable")
}

#[cold]
fn not_understood(version: u8) -> Error {
    if version <= VERSION {
        return damaged();
    }
    let message = format!("a block has format {version}, this version reads up to {VERSION}");
    Error::new(ErrorKind::NewerVersion, message).with("format", version)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::build::Pairs;
    use super::*;

    type Model = BTreeMap<Vec<u8>, Vec<u8>>;

    fn encoded(model: &Model) -> Vec<u8> {
        let (mut pairs, mut block) = (Pairs::default(), Vec::new());
        for (key, value) in model {
            pairs.push([key, b""], value).unwrap();
        }
        pairs.encode(0, model.len(), &mut block);
        block
    }

    fn decoded(block: &Block<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut key = Vec::new();
        (0..block.count())
            .map(|at| {
                let value = block.copy_key(at, &mut key).unwrap().to_vec();
                (key.clone(), value)
            })
            .collect()
    }

    fn a_key() -> impl Strategy<Value = Vec<u8>> {
        (prop::sample::select(vec![&b""[..], b"a", b"abcdefgh"]), prop::collection::vec(0..4_u8, 0..5), 0..3_usize)
            .prop_map(|(begin, rest, long)| [begin, &rest, &vec![9; long * 90]].concat())
    }

    fn a_model() -> impl Strategy<Value = Model> {
        prop::collection::btree_map(a_key(), prop::collection::vec(any::<u8>(), 0..40), 1..60)
    }

    /// Reads everything that there is to read; what is wrong may be an error and nothing else.
    fn read_all(bytes: &[u8], key: &[u8]) {
        let Ok(block) = Block::read(bytes) else { return };
        let _ = block.get(key);
        for at in 0..block.count().min(100) {
            if let Err(error) = block.pair(at) {
                assert_eq!(error.kind(), ErrorKind::Corrupt);
            }
        }
    }

    proptest! {
        #[test]
        fn comes_back_and_is_searched_as_a_sorted_map(model in a_model(), asked in prop::collection::vec(a_key(), 0..30)) {
            let bytes = encoded(&model);
            let block = Block::read(&bytes).unwrap();
            prop_assert_eq!(decoded(&block), model.clone().into_iter().collect::<Vec<_>>());
            for key in asked.iter().chain(model.keys()) {
                let before = model.keys().filter(|held| *held < key).count();
                let place = if model.contains_key(key) { Ok(before) } else { Err(before) };
                prop_assert_eq!(block.search(key).unwrap(), place);
                prop_assert_eq!(block.get(key).unwrap(), model.get(key).map(Vec::as_slice));
            }
        }

        #[test]
        fn any_bytes_are_an_error_or_a_block_and_never_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300), key in a_key(),
        ) {
            read_all(&bytes, &key);
            read_all(&[&[VERSION, bytes.len().to_le_bytes()[0] & 1, 3, 0, 1, 0, 9, 0, 0, 0], bytes.as_slice()].concat(), &key);
        }

        #[test]
        fn a_changed_byte_is_an_error_or_a_block_and_never_a_panic(
            model in a_model(), at in any::<prop::sample::Index>(), byte in any::<u8>(), key in a_key(),
            end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = encoded(&model);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            read_all(&bytes, &key);
            read_all(&bytes[..end.index(bytes.len())], &key);
        }
    }

    #[test]
    fn a_newer_form_is_named_and_an_empty_block_refused() {
        assert_eq!(Block::read(&[2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap_err().kind(), ErrorKind::NewerVersion);
        assert_eq!(Block::read(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(Block::read(&[0; 20]).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(Block::read(&[1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(Block::read(b"").unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
