//! The header of a log: whose it is, which of its logs, how its slots lie, and how far it had come.
//!
//! It has two copies in pages of their own, so that one bad page costs none of the batches, and the one with the greater
//! number counts. When the log notes how far it has come it writes the copy that is not known to be durable, so a crash leaves
//! a whole one.

use std::io;

use super::super::plant::{self, Bug};
use super::super::random;
use super::Measures;
use super::batch::{u32_at, u64_at};

/// How long the header is, so that the slots begin at a page. Unit: bytes.
pub(super) const HEADER_BYTES: u64 = 8192;

const MAGIC: [u8; 16] = *b"crmkernel log 2\n";
/// Each copy has a page of its own. Unit: bytes.
pub(super) const COPY_BYTES: usize = 4096;
const CHECKSUM_AT: usize = 104;

/// Which log of which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Identity {
    /// Drawn when the database was made. A copy of the file keeps it.
    pub(in super::super) database: [u64; 2],
    /// How many logs the database has had, this one included.
    pub(in super::super) generation: u64,
    /// Drawn when the log was made, so that no log of a copy passes for it.
    pub(in super::super) salt: u64,
}

/// How far a log had come when it noted that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Note {
    /// How many notes there were before.
    pub(in super::super) number: u64,
    /// How long the file is at least. Unit: bytes.
    pub(super) bytes: u64,
    /// The last batch that was acknowledged; 0 for none.
    pub(super) acknowledged: u64,
}

/// What a copy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Header {
    pub(in super::super) identity: Identity,
    /// Whether each batch is synced before the next is written.
    pub(in super::super) synced: bool,
    pub(super) slot_bytes: u64,
    pub(super) slots: u32,
    pub(in super::super) note: Note,
}

impl Identity {
    /// The next log of the database.
    pub(in super::super) fn next(self) -> io::Result<Self> {
        let salt = if plant::is(Bug::SaltKept) { self.salt } else { random::draw()? };
        Ok(Self { generation: self.generation + 1, salt, ..self })
    }
}

impl Header {
    pub(super) fn new(identity: Identity, synced: bool, measures: Measures) -> Self {
        let bytes = HEADER_BYTES + measures.chunk_bytes.min(measures.slot_bytes);
        let note = Note { number: 0, bytes, acknowledged: 0 };
        Self { identity, synced, slot_bytes: measures.slot_bytes, slots: measures.slots, note }
    }

    /// Both copies, for a new log.
    pub(super) fn page(&self) -> Vec<u8> {
        self.encode().repeat(2)
    }

    /// A copy. Numbers are little-endian; the CRC-32 at its place covers what is before it.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let Identity { database, generation, salt } = self.identity;
        let Note { number, bytes: noted, acknowledged } = self.note;
        let (slots, synced) = (u64::from(self.slots), u64::from(self.synced));
        let numbers =
            [database[0], database[1], generation, salt, self.slot_bytes, slots, synced, number, noted, acknowledged];
        for value in numbers {
            bytes.extend(value.to_le_bytes());
        }
        bytes.resize(CHECKSUM_AT, 0);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes.resize(COPY_BYTES, 0);
        bytes
    }

    /// What both pages say: the newest whole copy. `None` when none is whole, or they are of two logs.
    pub(super) fn decode(page: &[u8]) -> Option<Self> {
        let mut copies = page.chunks(COPY_BYTES).filter_map(Self::decode_copy);
        let one = copies.next()?;
        let Some(other) = copies.next() else { return Some(one) };
        let is_of_the_same = Self { note: other.note, ..one } == other;
        is_of_the_same.then_some(if other.note.number > one.note.number { other } else { one })
    }

    fn decode_copy(bytes: &[u8]) -> Option<Self> {
        let sound = bytes.len() >= CHECKSUM_AT + 4
            && bytes[..16] == MAGIC
            && crc32fast::hash(&bytes[..CHECKSUM_AT]) == u32_at(bytes, CHECKSUM_AT);
        sound.then(|| {
            let number = |at: usize| u64_at(bytes, 16 + at * 8);
            let identity = Identity { database: [number(0), number(1)], generation: number(2), salt: number(3) };
            Self {
                identity,
                slot_bytes: number(4),
                slots: u32::try_from(number(5)).unwrap_or(u32::MAX),
                synced: number(6) != 0,
                note: Note { number: number(7), bytes: number(8), acknowledged: number(9) },
            }
        })
    }
}

/// Whether a page has the beginning of a copy, be it as damaged as it may behind that.
pub(super) fn begins_as_ours(page: &[u8]) -> bool {
    page.chunks(COPY_BYTES).any(|copy| copy.starts_with(&MAGIC))
}

/// Where a copy begins, the first or the second. Unit: bytes.
pub(super) fn place_of_copy(copy: u64) -> u64 {
    copy * COPY_BYTES as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURES: Measures = Measures { slot_bytes: 1 << 20, slots: 3, chunk_bytes: 4096 };

    fn header() -> Header {
        let identity = Identity { database: [5, u64::MAX], generation: 7, salt: 0x1234 };
        Header::new(identity, true, MEASURES)
    }

    #[test]
    fn comes_back_and_no_byte_of_both_copies_may_change() {
        let header = header();
        let page = header.page();
        assert_eq!(page.len() as u64, HEADER_BYTES);
        assert_eq!(Header::decode(&page), Some(header));
        for at in 0..CHECKSUM_AT + 4 {
            let mut damaged = page.clone();
            damaged[at] ^= 0x40;
            assert_eq!(Header::decode(&damaged), Some(header), "byte {at} of one copy");
            damaged[at + COPY_BYTES] ^= 0x40;
            assert_eq!(Header::decode(&damaged), None, "byte {at} of both");
            assert_eq!(Header::decode(&page[..at]), None, "cut to {at}");
        }
    }

    #[test]
    fn the_newest_note_counts_and_a_torn_one_leaves_the_one_before() {
        let mut header = header();
        let mut page = header.page();
        for number in 1..5 {
            header.note = Note { number, bytes: 4096 * number, acknowledged: number };
            let (at, copy) = (usize::try_from(place_of_copy(number % 2)).unwrap(), header.encode());
            let before = Header::decode(&page).unwrap();
            let mut torn = page.clone();
            torn[at..at + 60].copy_from_slice(&copy[..60]);
            torn[at + 100] ^= 1;
            assert_eq!(Header::decode(&torn), Some(before));
            page[at..at + COPY_BYTES].copy_from_slice(&copy);
            assert_eq!(Header::decode(&page), Some(header));
        }
    }

    #[test]
    fn copies_of_two_logs_make_no_header() {
        let other = Header { identity: Identity { salt: 9, ..header().identity }, ..header() };
        let page = [header().encode(), other.encode()].concat();
        assert_eq!(Header::decode(&page), None);
    }
}
