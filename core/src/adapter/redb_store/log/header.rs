//! The first page of a log: whose it is, which of its logs, and how its slots lie.

use std::hash::{BuildHasher, Hasher, RandomState};

use super::Measures;
use super::batch::{u32_at, u64_at};

/// How long the header is, so that the slots begin at a page. Unit: bytes.
pub(super) const HEADER_BYTES: u64 = 4096;

const MAGIC: [u8; 16] = *b"crmkernel log 1\n";
const LEN: usize = 72;

/// Which log of which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Identity {
    /// Drawn when the database was made.
    pub(in super::super) database: [u64; 2],
    /// How many logs the database has had, this one included.
    pub(in super::super) generation: u64,
}

/// What the first page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Header {
    pub(in super::super) identity: Identity,
    pub(super) salt: u64,
    pub(super) slot_bytes: u64,
    pub(super) slots: u32,
}

impl Header {
    pub(super) fn new(identity: Identity, measures: Measures) -> Self {
        Self { identity, salt: draw(), slot_bytes: measures.slot_bytes, slots: measures.slots }
    }

    /// The whole page. Numbers are little-endian; the CRC-32 at its place covers what is before it.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let Identity { database, generation } = self.identity;
        for number in [database[0], database[1], generation, self.salt, self.slot_bytes, u64::from(self.slots)] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes.resize(usize::try_from(HEADER_BYTES).expect("invariant: a page"), 0);
        bytes
    }

    /// What a page says; `None` when it is not the header of a log, or a damaged one.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let sound = bytes.len() >= LEN && bytes[..16] == MAGIC && crc32fast::hash(&bytes[..64]) == u32_at(bytes, 64);
        sound.then(|| {
            let identity = Identity { database: [u64_at(bytes, 16), u64_at(bytes, 24)], generation: u64_at(bytes, 32) };
            Self {
                identity,
                salt: u64_at(bytes, 40),
                slot_bytes: u64_at(bytes, 48),
                slots: u32::try_from(u64_at(bytes, 56)).unwrap_or(u32::MAX),
            }
        })
    }
}

/// A number that no other log is likely to have. It keeps things apart; it is no secret.
pub(in super::super) fn draw() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_and_no_byte_of_it_may_change() {
        let identity = Identity { database: [draw(), draw()], generation: 7 };
        let header = Header::new(identity, Measures { slot_bytes: 1 << 20, slots: 3, chunk_bytes: 4096 });
        let bytes = header.encode();
        assert_eq!(bytes.len() as u64, HEADER_BYTES);
        assert_eq!(Header::decode(&bytes), Some(header));
        for at in 0..68 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            assert_eq!(Header::decode(&damaged), None, "byte {at}");
            assert_eq!(Header::decode(&bytes[..at]), None, "cut to {at}");
        }
        assert_ne!(Header::new(identity, Measures { slot_bytes: 1, slots: 1, chunk_bytes: 1 }).salt, header.salt);
    }
}
