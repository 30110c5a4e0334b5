//! What the store must know of the header that redb writes: which transaction it shows, and where its trees begin.
//!
//! The form is that of redb's file format 3; a test holds it against redb itself.

use super::head::HEADER_BYTES;

/// Where the flags are.
const FLAGS_AT: usize = 9;
/// Which of the two slots is the newer.
const SECOND_IS_PRIMARY: u8 = 1;
/// The primary slot is written, and not yet known to be on the disk: other processes see the slot before.
const UNFLUSHED: u8 = 8;

const SLOTS_AT: usize = 64;
const SLOT_BYTES: usize = 128;

pub(in super::super) type Header = [u8; HEADER_BYTES];

/// One of the two states that a header names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Slot {
    /// The transaction that made it.
    pub(in super::super) transaction: u64,
    /// The root page of the tree of tables, as redb numbers pages; `None` when there is no table.
    pub(in super::super) tables: Option<u64>,
    /// The same of redb's own tables.
    pub(in super::super) system: Option<u64>,
}

/// The state that a reader of another process sees.
pub(in super::super) fn published(header: &Header) -> Slot {
    slot(header, usize::from(header[FLAGS_AT] & SECOND_IS_PRIMARY != 0) ^ usize::from(is_unflushed(header)))
}

/// The state that redb takes up when it is opened for writing.
pub(super) fn primary(header: &Header) -> Slot {
    slot(header, usize::from(header[FLAGS_AT] & SECOND_IS_PRIMARY != 0))
}

/// The header once the state that it names as the newest is on the disk.
pub(super) fn flushed(mut header: Header) -> Header {
    header[FLAGS_AT] &= !UNFLUSHED;
    header
}

fn is_unflushed(header: &Header) -> bool {
    header[FLAGS_AT] & UNFLUSHED != 0
}

fn slot(header: &Header, which: usize) -> Slot {
    let at = SLOTS_AT + which * SLOT_BYTES;
    let number = |offset: usize| {
        let bytes = &header[at + offset..][..8];
        u64::from_le_bytes(bytes.try_into().expect("invariant: eight bytes"))
    };
    let root = |flag: usize, offset: usize| (header[at + flag] != 0).then(|| number(offset));
    Slot { transaction: number(104), tables: root(1, 8), system: root(2, 40) }
}
