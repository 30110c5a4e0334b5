//! A batch as bytes of the log: one commit, whole under one checksum.
//!
//! All numbers are little-endian. A batch is a header, its operations, and zeros up to a multiple of 8:
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 4 | `CKB2` |
//! | 4 | 4 | CRC-32 of everything behind it, the zeros included |
//! | 8 | 8 | the salt of the log |
//! | 16 | 8 | the sequence, one more than that of the batch before |
//! | 24 | 4 | the length of the operations |
//! | 28 | 4 | the CRC-32 of the batch before it in the log, 0 for none: so batches follow each other like the links of a chain |
//!
//! An operation is the number of its space (1 byte; the highest bit says that the key is removed), the length of the key
//! (4), the length of the value (4; 0 for a removal), the key, the value.
//!
//! Where the next batch will begin lies, until it does, the receipt of a synced batch: it is written once the sync is done,
//! and tells damage of the last batch from one that was being written.
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 4 | `CKR1` |
//! | 4 | 4 | CRC-32 of everything behind it |
//! | 8 | 8 | the salt of the log |
//! | 16 | 8 | the sequence of the batch |

use std::ops::Range;
use std::sync::Arc;

use super::super::layer::Entry;
use crate::port::{Overlay, Space};

const MAGIC: [u8; 4] = *b"CKB2";
pub(super) const HEADER_LEN: usize = 32;
const OPERATION_HEADER_LEN: usize = 9;
const RECEIPT_MAGIC: [u8; 4] = *b"CKR1";
pub(super) const RECEIPT_LEN: usize = 24;
const REMOVED: u8 = 0x80;

/// Batches begin at multiples of this.
pub(super) const ALIGNMENT: usize = 8;

/// A batch that is in the log or on its way there.
#[derive(Debug, Clone)]
pub(in super::super) struct Batch {
    pub(in super::super) sequence: u64,
    /// The checksum of the batch that it follows.
    pub(in super::super) link: u32,
    pub(in super::super) bytes: Arc<[u8]>,
}

/// How long the batch of these writes is. Unit: bytes.
pub(in super::super) fn len_of(overlay: &Overlay) -> usize {
    let operations = overlay.len() * OPERATION_HEADER_LEN + overlay.bytes();
    (HEADER_LEN + operations).next_multiple_of(ALIGNMENT)
}

impl Batch {
    /// Encodes the writes, whose length the caller has found to be far below 4 GiB.
    pub(in super::super) fn encode(salt: u64, sequence: u64, link: u32, overlay: &Overlay) -> Self {
        let len = len_of(overlay);
        let mut bytes = Vec::with_capacity(len);
        bytes.resize(HEADER_LEN, 0);
        for space in Space::ALL {
            for (key, value) in overlay.iter(space) {
                bytes.push(space as u8 | if value.is_none() { REMOVED } else { 0 });
                bytes.extend(len_u32(key.len()).to_le_bytes());
                bytes.extend(len_u32(value.map_or(0, <[u8]>::len)).to_le_bytes());
                bytes.extend_from_slice(key);
                bytes.extend_from_slice(value.unwrap_or_default());
            }
        }
        let operations = len_u32(bytes.len() - HEADER_LEN);
        bytes.resize(len, 0);
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&salt.to_le_bytes());
        bytes[16..24].copy_from_slice(&sequence.to_le_bytes());
        bytes[24..28].copy_from_slice(&operations.to_le_bytes());
        bytes[28..32].copy_from_slice(&link.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[8..]);
        bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
        Self { sequence, link, bytes: bytes.into() }
    }

    /// A batch of no log.
    #[cfg(test)]
    pub(in super::super) fn unmarked(sequence: u64, overlay: &Overlay) -> Self {
        Self::encode(0, sequence, 0, overlay)
    }

    /// Its checksum, which the batch behind it names.
    pub(in super::super) fn checksum(&self) -> u32 {
        u32_at(&self.bytes, 4)
    }

    /// The batch at the beginning of `bytes`; `None` when there is no whole one of this log.
    pub(super) fn decode(salt: u64, bytes: &[u8]) -> Option<Self> {
        if !begins(salt, bytes) {
            return None;
        }
        let operations = u32_at(bytes, 24) as usize;
        let len = HEADER_LEN.checked_add(operations)?.next_multiple_of(ALIGNMENT);
        let whole = bytes.get(..len)?;
        if crc32fast::hash(&whole[8..]) != u32_at(whole, 4) {
            return None;
        }
        let batch = Self { sequence: u64_at(whole, 16), link: u32_at(whole, 28), bytes: Arc::from(whole) };
        // Under a good checksum this is only false when another version wrote the batch: then it is not understood.
        let understood = operations_of(&batch.bytes).all(|operation| operation.is_some());
        understood.then_some(batch)
    }

    /// The operations, sorted by space and key as the writes were.
    pub(in super::super) fn entries(&self) -> impl Iterator<Item = (Space, Entry)> {
        operations_of(&self.bytes).map(|operation| {
            let (space, key, value_len) = operation.expect("invariant: a batch is encoded or decoded whole");
            (space, Entry::new(&self.bytes, len_u32(key.start), len_u32(key.len()), value_len))
        })
    }
}

/// Whether a batch of the log seems to begin here.
pub(super) fn begins(salt: u64, bytes: &[u8]) -> bool {
    bytes.len() >= HEADER_LEN && bytes[..4] == MAGIC && u64_at(bytes, 8) == salt
}

/// The receipt of the batch of this sequence.
pub(super) fn receipt(salt: u64, sequence: u64) -> [u8; RECEIPT_LEN] {
    let mut bytes = [0; RECEIPT_LEN];
    bytes[..4].copy_from_slice(&RECEIPT_MAGIC);
    bytes[8..16].copy_from_slice(&salt.to_le_bytes());
    bytes[16..].copy_from_slice(&sequence.to_le_bytes());
    let checksum = crc32fast::hash(&bytes[8..]);
    bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The sequence of which a receipt of this log lies at the beginning of `bytes`.
pub(super) fn receipt_in(salt: u64, bytes: &[u8]) -> Option<u64> {
    let bytes = bytes.get(..RECEIPT_LEN).filter(|bytes| bytes[..4] == RECEIPT_MAGIC)?;
    let sequence = u64_at(bytes, 16);
    (bytes == receipt(salt, sequence)).then_some(sequence)
}

type Operation = (Space, Range<usize>, Option<u32>);

/// Walks over the operations; one that does not fit is `None` and the last.
fn operations_of(bytes: &[u8]) -> impl Iterator<Item = Option<Operation>> {
    let end = HEADER_LEN + u32_at(bytes, 24) as usize;
    let mut at = Some(HEADER_LEN);
    std::iter::from_fn(move || {
        let start = at.filter(|&at| at < end)?;
        let operation = operation_at(&bytes[..end], start);
        at = operation.as_ref().map(|(_, key, value_len)| key.end + value_len.unwrap_or(0) as usize);
        Some(operation)
    })
}

fn operation_at(bytes: &[u8], at: usize) -> Option<Operation> {
    let header = bytes.get(at..at + OPERATION_HEADER_LEN)?;
    let space = *Space::ALL.get(usize::from(header[0] & !REMOVED))?;
    let (key_len, value_len) = (u32_at(header, 1), u32_at(header, 5));
    let key_at = at + OPERATION_HEADER_LEN;
    let key_end = key_at.checked_add(key_len as usize)?;
    let value_end = key_end.checked_add(value_len as usize)?;
    let removed = header[0] & REMOVED != 0;
    let fits = value_end <= bytes.len() && !(removed && value_len != 0);
    fits.then_some((space, key_at..key_end, (!removed).then_some(value_len)))
}

/// For the fuzzers: makes a chain of batches of the bytes. Sequences and lengths are those that they say, made small.
#[cfg(any(test, feature = "testing"))]
pub(super) fn seal(bytes: &mut [u8], salt: u64) {
    let (mut rest, mut link) = (bytes, 0);
    while rest.len() >= HEADER_LEN {
        let operations = (u32_at(rest, 24) % 256).min(len_u32(rest.len() - HEADER_LEN));
        let len = (HEADER_LEN + operations as usize).next_multiple_of(ALIGNMENT);
        if len > rest.len() {
            return;
        }
        let sequence = u64_at(rest, 16) % 256;
        let (batch, behind) = rest.split_at_mut(len);
        batch[..4].copy_from_slice(&MAGIC);
        batch[8..16].copy_from_slice(&salt.to_le_bytes());
        batch[16..24].copy_from_slice(&sequence.to_le_bytes());
        batch[24..28].copy_from_slice(&operations.to_le_bytes());
        batch[28..32].copy_from_slice(&u32::to_le_bytes(link));
        link = crc32fast::hash(&batch[8..]);
        batch[4..8].copy_from_slice(&link.to_le_bytes());
        rest = behind;
    }
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("invariant: four bytes"))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("invariant: eight bytes"))
}

fn len_u32(len: usize) -> u32 {
    u32::try_from(len).expect("invariant: a batch of the log is bounded far below 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u64 = 0x1122_3344_5566_7788;
    const LINK: u32 = 0xfedc_ba98;

    fn overlay() -> Overlay {
        let mut overlay = Overlay::new();
        overlay.put(Space::Meta, b"", b"of the empty key");
        overlay.put(Space::Record, b"empty", b"");
        overlay.delete(Space::Record, b"gone");
        overlay.put(Space::Schema, &[0xff; 300], &[7; 1001]);
        overlay
    }

    #[test]
    fn comes_back_as_it_went() {
        let batch = Batch::encode(SALT, 42, LINK, &overlay());
        assert_eq!(batch.bytes.len(), len_of(&overlay()));
        assert_eq!(batch.bytes.len() % ALIGNMENT, 0);
        let longer = [&batch.bytes[..], b"what follows"].concat();
        let back = Batch::decode(SALT, &longer).unwrap();
        assert_eq!((back.sequence, back.link, back.checksum()), (42, LINK, batch.checksum()));
        assert_eq!(back.bytes, batch.bytes);
        let shown: Vec<_> = back.entries().map(|(s, e)| (s, e.key().to_vec(), e.value().map(<[u8]>::to_vec))).collect();
        assert_eq!(
            shown,
            [
                (Space::Meta, b"".to_vec(), Some(b"of the empty key".to_vec())),
                (Space::Record, b"empty".to_vec(), Some(Vec::new())),
                (Space::Record, b"gone".to_vec(), None),
                (Space::Schema, vec![0xff; 300], Some(vec![7; 1001])),
            ]
        );
    }

    #[test]
    fn any_changed_bit_any_cut_and_another_salt_are_refused() {
        let batch = Batch::encode(SALT, 42, LINK, &overlay());
        for at in 0..batch.bytes.len() {
            for bit in 0..8 {
                let mut damaged = batch.bytes.to_vec();
                damaged[at] ^= 1 << bit;
                assert!(Batch::decode(SALT, &damaged).is_none(), "bit {bit} of byte {at}");
            }
            assert!(Batch::decode(SALT, &batch.bytes[..at]).is_none(), "cut to {at} bytes");
        }
        assert!(Batch::decode(SALT + 1, &batch.bytes).is_none());
        assert!(Batch::decode(SALT, &[0; 4096]).is_none());
    }

    #[test]
    fn a_receipt_says_its_sequence_and_no_bit_of_it_may_change() {
        let bytes = receipt(7, 42);
        assert_eq!((receipt_in(7, &bytes), receipt_in(8, &bytes)), (Some(42), None));
        for at in 0..RECEIPT_LEN * 8 {
            let mut damaged = bytes;
            damaged[at / 8] ^= 1 << (at % 8);
            assert_eq!(receipt_in(7, &damaged), None, "bit {at}");
            assert_eq!(receipt_in(7, &bytes[..at / 8]), None);
        }
    }

    /// A checksum is no proof of sense: operations that do not fit their batch are refused under a good one, too.
    #[test]
    fn operations_that_do_not_fit_are_refused() {
        let good = Batch::encode(SALT, 42, LINK, &overlay());
        for (at, byte) in [(32, 9), (32, 0x80), (33, 0xff), (36, 0xff), (37, 0xff), (40, 0xff), (24, 1), (24, 9)] {
            let mut bytes = good.bytes.to_vec();
            bytes[at] = byte;
            let end = (HEADER_LEN + u32_at(&bytes, 24) as usize).next_multiple_of(ALIGNMENT).min(bytes.len());
            let checksum = crc32fast::hash(&bytes[8..end]);
            bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
            assert!(Batch::decode(SALT, &bytes).is_none(), "byte {at} = {byte}");
        }
    }
}
