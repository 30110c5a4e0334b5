//! Pairs on their way into blocks: where one block ends and the next begins, and the bytes of each.

use super::common_len;
use super::form::{HEADER_LEN, OFFSET_LEN, VERSION, damaged};
use crate::error::{Error, ErrorKind, Result};

/// Sorted pairs that wait for their block.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    key_len: usize,
    value_len: usize,
}

impl Pairs {
    /// Adds a pair, whose key comes in two parts.
    ///
    /// # Errors
    /// `Corrupt` when the key is not above the others: a block that was read is not sorted. `InvalidArgument` when the key
    /// is longer than a block can note.
    pub(super) fn push(&mut self, key: [&[u8]; 2], value: &[u8]) -> Result<()> {
        let key_len = key[0].len() + key[1].len();
        if u32::try_from(key_len).is_err() {
            let message = format!("a key of {key_len} bytes is too long; 4 GiB are allowed");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let is_sorted = self.last_key().is_none_or(|last| is_below(last, key));
        if !is_sorted {
            return Err(damaged());
        }
        let at = self.bytes.len();
        self.bytes.extend_from_slice(key[0]);
        self.bytes.extend_from_slice(key[1]);
        self.bytes.extend_from_slice(value);
        self.places.push(Place { at, key_len, value_len: value.len() });
        Ok(())
    }

    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// What the pairs take in memory. Unit: bytes.
    pub(super) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn key(&self, at: usize) -> &[u8] {
        let place = self.places[at];
        &self.bytes[place.at..][..place.key_len]
    }

    fn last_key(&self) -> Option<&[u8]> {
        self.count().checked_sub(1).map(|last| self.key(last))
    }

    fn pair(&self, at: usize) -> (&[u8], &[u8]) {
        let place = self.places[at];
        self.bytes[place.at..][..place.key_len + place.value_len].split_at(place.key_len)
    }

    /// Forgets the first pairs.
    pub(super) fn drop_front(&mut self, count: usize) {
        let start = self.places.get(count).map_or(self.bytes.len(), |place| place.at);
        self.bytes.drain(..start);
        self.places.drain(..count);
        for place in &mut self.places {
            place.at -= start;
        }
    }

    /// How many pairs from `from` on make the next block, and its length together with its lower bound. It takes pairs until
    /// it has `goal` bytes or no `room`; one pair it takes however long that is.
    pub(super) fn cut(&self, from: usize, bound_len: usize, goal: usize, room: usize) -> (usize, usize) {
        let first = self.key(from);
        let mut taken = Measure { prefix_len: first.len(), ..Measure::default() };
        for at in from..self.count() {
            let longer = taken.with(first, self.key(at), self.places[at].value_len);
            let is_enough = taken.count > 0 && (taken.len() >= goal || bound_len + longer.len() > room);
            if is_enough {
                break;
            }
            taken = longer;
        }
        (taken.count, bound_len + taken.len())
    }

    /// Writes the block of `count` pairs from `from` on into `block`.
    pub(super) fn encode(&self, from: usize, count: usize, block: &mut Vec<u8>) {
        let (first, last) = (self.key(from), self.key(from + count - 1));
        // One pair alone may have a key of any length, so its prefix is none.
        let prefix_len = if count == 1 { 0 } else { common_len(first, last) };
        let pairs = || (from..from + count).map(|at| self.pair(at));
        let keys = || pairs().map(|(key, _)| &key[prefix_len..]);
        let values = || pairs().map(|(_, value)| value);
        let has_values = values().any(|value| !value.is_empty());
        let keys_len = keys().map(<[u8]>::len).sum::<usize>();
        block.clear();
        block.extend_from_slice(&[VERSION, u8::from(has_values)]);
        block.extend_from_slice(&u16_of(count).to_le_bytes());
        block.extend_from_slice(&u16_of(prefix_len).to_le_bytes());
        block.extend_from_slice(
            &u32::try_from(keys_len).expect("invariant: one key is below 4 GiB, several below a page").to_le_bytes(),
        );
        write_offsets(keys(), block);
        if has_values {
            write_offsets(values(), block);
        }
        block.extend_from_slice(&first[..prefix_len]);
        keys().for_each(|key| block.extend_from_slice(key));
        values().for_each(|value| block.extend_from_slice(value));
    }
}

/// Writes where each part begins.
fn write_offsets<'p>(parts: impl Iterator<Item = &'p [u8]>, block: &mut Vec<u8>) {
    let mut at = 0;
    for part in parts {
        block.extend_from_slice(&u16_of(at).to_le_bytes());
        at += part.len();
    }
}

/// Whether `key` is below the key of two parts.
fn is_below(key: &[u8], [prefix, rest]: [&[u8]; 2]) -> bool {
    match key.split_at_checked(prefix.len()) {
        Some((begin, end)) => (begin, end) < (prefix, rest),
        None => key < prefix,
    }
}

fn u16_of(number: usize) -> u16 {
    u16::try_from(number).expect("invariant: a block of several pairs is no longer than a page")
}

/// What a block of some pairs would take.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    count: usize,
    prefix_len: usize,
    bytes: usize,
    has_values: bool,
}

impl Measure {
    /// With another pair, whose key is above the others.
    fn with(self, first: &[u8], key: &[u8], value_len: usize) -> Self {
        Self {
            count: self.count + 1,
            prefix_len: common_len(&first[..self.prefix_len], key),
            bytes: self.bytes + key.len() + value_len,
            has_values: self.has_values || value_len > 0,
        }
    }

    /// The length of the block; that of one pair has no prefix, and is as long. Unit: bytes.
    fn len(self) -> usize {
        let saved = self.prefix_len * self.count.saturating_sub(1);
        let offsets = self.count * (1 + usize::from(self.has_values));
        HEADER_LEN + OFFSET_LEN * offsets + self.bytes - saved
    }
}
