//! The form of a block: reading and searching it in place, with every access checked.
//!
//! All numbers are little-endian:
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 1 | the version of the form, 1 |
//! | 1 | 1 | 0 |
//! | 2 | 2 | the number of pairs, at least 1 |
//! | 4 | 2 | the length of the prefix |
//! | 6 | 2 each | where each pair begins behind the prefix |
//! | then | | the prefix, which every key begins with |
//! | then | | the pairs, sorted by key |
//!
//! A pair is the length of the rest of its key (7 bits a byte, the lowest first, the highest bit says that more follow), that
//! rest, and the value, which ends where the next pair begins or the block ends. So a pair alone may be of any length.

use crate::error::{Error, ErrorKind, Result};

pub(super) const VERSION: u8 = 1;
pub(super) const HEADER_LEN: usize = 6;
pub(super) const OFFSET_LEN: usize = 2;

/// A block that was read from the file. It may hold anything: what does not fit is `Corrupt`, never a panic.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Block<'b> {
    offsets: &'b [[u8; OFFSET_LEN]],
    prefix: &'b [u8],
    pairs: &'b [u8],
}

impl<'b> Block<'b> {
    /// Understands the bytes of a block.
    ///
    /// # Errors
    /// `Corrupt`; `NewerVersion` when the form is one that a later version writes.
    #[inline]
    pub(in super::super) fn read(bytes: &'b [u8]) -> Result<Self> {
        let Some((header, rest)) = bytes.split_first_chunk::<HEADER_LEN>() else { return Err(damaged()) };
        if header[0] != VERSION || header[1] != 0 {
            return Err(not_understood(header[0]));
        }
        let number = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let (count, prefix_len) = (number(2), number(4));
        let (offsets, rest) = rest.split_at_checked(count * OFFSET_LEN).ok_or_else(damaged)?;
        let (prefix, pairs) = rest.split_at_checked(prefix_len).ok_or_else(damaged)?;
        if count == 0 {
            return Err(damaged());
        }
        Ok(Self { offsets: offsets.as_chunks().0, prefix, pairs })
    }

    /// How many pairs there are, at least one.
    #[inline]
    pub(in super::super) fn count(&self) -> usize {
        self.offsets.len()
    }

    /// What every key begins with.
    #[inline]
    pub(in super::super) fn prefix(&self) -> &'b [u8] {
        self.prefix
    }

    /// What the key of a pair has behind the prefix, and the value.
    #[inline]
    pub(in super::super) fn pair(&self, at: usize) -> Result<(&'b [u8], &'b [u8])> {
        let offset = |at: usize| self.offsets.get(at).map(|&offset| usize::from(u16::from_le_bytes(offset)));
        let start = offset(at).ok_or_else(damaged)?;
        let end = offset(at + 1).unwrap_or(self.pairs.len());
        let pair = self.pairs.get(start..end).ok_or_else(damaged)?;
        let (len, pair) = read_len(pair).ok_or_else(damaged)?;
        pair.split_at_checked(len).ok_or_else(damaged)
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
            match self.pair(middle)?.0.cmp(rest) {
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
            Ok(at) => Ok(Some(self.pair(at)?.1)),
            Err(_) => Ok(None),
        }
    }

    /// Puts the whole key of a pair into `key` and returns its value.
    pub(super) fn copy_key(&self, at: usize, key: &mut Vec<u8>) -> Result<&'b [u8]> {
        let (rest, value) = self.pair(at)?;
        key.clear();
        key.extend_from_slice(self.prefix);
        key.extend_from_slice(rest);
        Ok(value)
    }
}

/// A length and what follows it.
#[inline]
fn read_len(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 { Some((usize::from(first), rest)) } else { read_long_len(bytes) }
}

#[cold]
fn read_long_len(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut len = 0;
    for (at, &byte) in bytes.iter().enumerate().take(LEN_BYTES_MAX) {
        len |= usize::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            return Some((len, &bytes[at + 1..]));
        }
    }
    None
}

/// No length takes more bytes: a key is shorter than 4 GiB.
const LEN_BYTES_MAX: usize = 5;

/// How many bytes a length takes.
pub(super) fn width_of_len(len: usize) -> usize {
    let bits = usize::BITS - (len | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

pub(super) fn write_len(mut len: usize, bytes: &mut Vec<u8>) {
    loop {
        let low = len.to_le_bytes()[0] & 0x7f;
        len >>= 7;
        if len == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
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
        fn any_bytes_are_an_error_or_a_block_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), key in a_key()) {
            read_all(&bytes, &key);
            read_all(&[&[VERSION, 0, 3, 0, 1, 0], bytes.as_slice()].concat(), &key);
        }

        #[test]
        fn a_changed_byte_is_an_error_or_a_block_and_never_a_panic(
            model in a_model(), at in any::<prop::sample::Index>(), byte in any::<u8>(), key in a_key(), end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = encoded(&model);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            read_all(&bytes, &key);
            read_all(&bytes[..end.index(bytes.len())], &key);
        }

        #[test]
        fn lengths_come_back(len in prop_oneof![0..300_usize, any::<u32>().prop_map(|len| len as usize)]) {
            let mut bytes = Vec::new();
            write_len(len, &mut bytes);
            prop_assert_eq!(bytes.len(), width_of_len(len));
            bytes.push(7);
            prop_assert_eq!(read_len(&bytes), Some((len, &[7_u8][..])));
        }
    }

    #[test]
    fn a_newer_form_is_named_and_an_empty_block_refused() {
        assert_eq!(Block::read(&[2, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap_err().kind(), ErrorKind::NewerVersion);
        assert_eq!(Block::read(&[1, 0, 0, 0, 0, 0]).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(Block::read(&[0; 20]).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(Block::read(b"").unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
