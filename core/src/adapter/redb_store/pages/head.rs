//! The header of redb in three copies, written so that a crash leaves a whole one and damage of one copy changes nothing.
//!
//! redb overwrites its header in place and has no checksum over all of it. Here one copy, the kept one, stays as it was synced
//! last while the two others take the newer header. Once that is synced, one of those is the kept one, and the third takes
//! the header, too. So a crash leaves the header that was synced last or a later one, and at rest all three are the same.
//!
//! A copy, each at the beginning of a block of its own, numbers little-endian:
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 12 | `crmkernel db` |
//! | 12 | 4 | the version of the form of the file: 1 |
//! | 16 | 8 | how many headers were written before |
//! | 24 | 8 | the length of redb's storage |
//! | 32 | 320 | redb's header |
//! | 352 | 4 | how many groups of pages have a number in the next row |
//! | 356 | 2 each | the place of each group (`places.rs`) |
//! | 4092 | 4 | the CRC-32 of all that, the zeros before it included |

use std::io;

use redb::StorageBackend;

use super::places::Places;
use super::redb_header::{self, Header};
use super::{Damage, PAGE};

/// How long the header is that redb writes. Unit: bytes.
pub(super) const HEADER_BYTES: usize = 320;
/// How many blocks at the beginning of the file have a copy.
pub(super) const HEAD_BLOCKS: u64 = 3;
/// How often the copies are read until enough of them are whole, while another process writes them.
const LOOKS_MAX: usize = 1000;

pub(super) const MAGIC: [u8; 12] = *b"crmkernel db";
const VERSION: u32 = 1;
/// The greatest length of redb's storage. Unit: bytes.
const LEN_MAX: u64 = 1 << 52;

const COPY_BYTES: usize = 4096;
const PLACES_AT: usize = 356;
const CHECKSUM_AT: usize = COPY_BYTES - 4;

/// What a copy says.
#[derive(Debug, Clone)]
pub(super) struct Head {
    number: u64,
    /// How long redb takes its storage to be. Unit: bytes.
    pub(super) len: u64,
    pub(super) header: Header,
    /// Where the groups of pages lie.
    pub(super) places: Places,
}

/// The newest header, and where it is.
#[derive(Default)]
pub(super) struct Heads {
    newest: Option<Head>,
    /// The newest that is on the disk, as it is once that is said in it, too: what this process goes back to when the disk
    /// failed. Whatever it names is on the disk, and nothing that was written later is needed.
    decided: Option<Head>,
    /// The block of the newest that was read, or of one that is synced.
    kept: Option<u64>,
    /// Whether the kept one is known to be on the disk, and not only in the system's memory.
    kept_is_synced: bool,
    /// Whether the newest is not yet synced.
    pending: bool,
}

/// The blocks of the copies as they are in the file.
type Copies = [[u8; COPY_BYTES]; HEAD_BLOCKS as usize];

impl Heads {
    /// How long redb takes its storage to be. Unit: bytes.
    pub(super) fn len(&self) -> u64 {
        self.newest.as_ref().map_or(0, |head| head.len)
    }

    /// Where the groups of pages lie.
    pub(super) fn places(&self) -> Places {
        self.newest.as_ref().map(|head| head.places.clone()).unwrap_or_default()
    }

    /// Whether there is a header.
    pub(super) fn is_there(&self) -> bool {
        self.newest.is_some()
    }

    /// redb's header; `None` when there is none.
    pub(super) fn header(&self) -> Option<&Header> {
        self.newest.as_ref().map(|head| &head.header)
    }

    /// What the disk is known to hold.
    pub(super) fn decided(&self) -> Option<&Head> {
        self.decided.as_ref()
    }

    /// Reads the newest whole copy. While another process writes it, that is one which was the newest at some moment of this
    /// call, or a later one.
    ///
    /// A header is written to two copies, one after the other, and lies whole in one of them at least while the next goes
    /// there. What is in a copy only gets newer. So of three copies, two of which are whole, one holds the header that was
    /// the newest when the reading began, or a later one. With fewer whole the copies are read again: they were caught while
    /// they were written, twice, or are damaged, and then they are the same the next time.
    pub(super) fn read(&mut self, file: &dyn StorageBackend, name: &str) -> io::Result<()> {
        let mut copies = read_copies(file)?;
        for _ in 0..LOOKS_MAX {
            let whole = copies.iter().filter(|copy| matches!(Head::decode(copy), Ok(Some(_)) | Err(_))).count();
            if whole >= 2 {
                break;
            }
            let again = read_copies(file)?;
            if again == copies {
                break;
            }
            copies = again;
            std::thread::yield_now();
        }
        self.take(&copies, name)
    }

    fn take(&mut self, copies: &Copies, name: &str) -> io::Result<()> {
        let mut newest: Option<(u64, Head)> = None;
        let mut damaged = None;
        for (block, copy) in (0..).zip(copies) {
            match Head::decode(copy)? {
                Some(head) if newest.as_ref().is_none_or(|(_, other)| head.number > other.number) => {
                    newest = Some((block, head));
                }
                Some(_) => {}
                None => damaged = Some(block),
            }
        }
        let Some((block, head)) = newest else {
            let what = format!("{name} is damaged: its header is unreadable");
            let is_ours = copies.iter().any(|copy| copy.starts_with(&MAGIC));
            return Err(if is_ours { Damage::Damaged(what) } else { Damage::Foreign }.into());
        };
        let decided = Some(Head { header: redb_header::flushed(head.header), ..head.clone() });
        let kept = Some(damaged.unwrap_or(block));
        *self = Self { newest: Some(head), decided, kept, kept_is_synced: false, pending: false };
        Ok(())
    }

    /// Writes a header, or the same once more, to every copy but the kept one.
    pub(super) fn write(
        &mut self,
        file: &dyn StorageBackend,
        header: Option<&Header>,
        len: u64,
        places: &Places,
    ) -> io::Result<()> {
        self.keep_one(file)?;
        let (number, before) = self.newest.as_ref().map_or((0, [0; HEADER_BYTES]), |head| (head.number, head.header));
        let header = header.copied().unwrap_or(before);
        let head = Head { number: number + 1, len, header, places: places.clone() };
        // Without a kept one, which is in a new file, the third is left for the time after the sync.
        let kept = self.kept.unwrap_or(HEAD_BLOCKS - 1);
        let copy = head.encode();
        self.newest = Some(head);
        self.pending = true;
        (0..HEAD_BLOCKS).filter(|block| *block != kept).try_for_each(|block| file.write(block * PAGE, &copy))
    }

    /// Puts the newest on the disk for certain, in one copy, before the others are overwritten.
    ///
    /// The system may show copies that never reach the disk: those of a process whose sync failed. A sync of ours would find
    /// nothing to write. So one copy is written again: a damaged one, or one of the newest, of which there is another, or an
    /// older one that is on the disk.
    fn keep_one(&mut self, file: &dyn StorageBackend) -> io::Result<()> {
        if let (Some(newest), Some(kept), false) = (&self.newest, self.kept, self.kept_is_synced) {
            file.write(kept * PAGE, &newest.encode())?;
            file.sync_data()?;
            self.kept_is_synced = true;
        }
        Ok(())
    }

    /// Syncs the file; a header that was written before is the kept one then.
    pub(super) fn sync(&mut self, file: &dyn StorageBackend) -> io::Result<()> {
        file.sync_data()?;
        let Some(head) = self.newest.as_ref().filter(|_| self.pending) else { return Ok(()) };
        let third = self.kept.unwrap_or(HEAD_BLOCKS - 1);
        self.decided = Some(Head { header: redb_header::flushed(head.header), ..head.clone() });
        self.kept = Some((third + 1) % HEAD_BLOCKS);
        self.kept_is_synced = true;
        self.pending = false;
        // Two copies are on the disk by now. Should the third fail, it is written with the next header.
        let _ = file.write(third * PAGE, &head.encode());
        Ok(())
    }

    /// Goes back to what the disk is known to hold, after writing or syncing failed: of what was written since, nobody knows
    /// what is on the disk, and a sync that succeeds later does not say.
    pub(super) fn restore(&mut self, file: &dyn StorageBackend) -> io::Result<()> {
        let Some(decided) = self.decided.clone() else { return Ok(()) };
        self.write(file, Some(&decided.header), decided.len, &decided.places)?;
        self.sync(file)
    }
}

fn read_copies(file: &dyn StorageBackend) -> io::Result<Box<Copies>> {
    let len = file.len()?;
    let mut copies = Box::new([[0; COPY_BYTES]; HEAD_BLOCKS as usize]);
    for (block, bytes) in (0..).zip(copies.iter_mut()) {
        let there = len.saturating_sub(block * PAGE).min(COPY_BYTES as u64);
        let there = usize::try_from(there).unwrap_or(COPY_BYTES);
        if there > 0 {
            file.read(block * PAGE, &mut bytes[..there])?;
        }
    }
    Ok(copies)
}

impl Head {
    fn encode(&self) -> [u8; COPY_BYTES] {
        let mut bytes = [0; COPY_BYTES];
        bytes[..12].copy_from_slice(&MAGIC);
        bytes[12..16].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.number.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.len.to_le_bytes());
        bytes[32..352].copy_from_slice(&self.header);
        let mut places = 0_u32;
        for (at, byte) in bytes[PLACES_AT..CHECKSUM_AT].iter_mut().zip(self.places.encode()) {
            *at = byte;
            places += 1;
        }
        bytes[352..PLACES_AT].copy_from_slice(&(places / 2).to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..CHECKSUM_AT]);
        bytes[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// What a copy says; `None` when it is not whole.
    fn decode(bytes: &[u8; COPY_BYTES]) -> Result<Option<Self>, Damage> {
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("invariant: eight bytes"));
        let short = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("invariant: four bytes"));
        if !bytes.starts_with(&MAGIC) || crc32fast::hash(&bytes[..CHECKSUM_AT]) != short(CHECKSUM_AT) {
            return Ok(None);
        }
        if short(12) != VERSION {
            return Err(Damage::Newer(short(12)));
        }
        let header = bytes[32..352].try_into().expect("invariant: the length of a header");
        let places_len = usize::try_from(short(352)).unwrap_or(usize::MAX).saturating_mul(2);
        let places = bytes[PLACES_AT..CHECKSUM_AT].get(..places_len).and_then(Places::decode);
        // Nobody who means well writes such a length, and no sum of it may overflow.
        let places = places.filter(|_| number(24) <= LEN_MAX);
        Ok(places.map(|places| Self { number: number(16), len: number(24), header, places }))
    }
}

/// For tests: gives a copy the checksum of what it holds.
#[cfg(any(test, feature = "testing"))]
pub(super) fn seal(copy: &mut [u8]) {
    let checksum = crc32fast::hash(&copy[..CHECKSUM_AT]);
    copy[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
}

/// For tests: the places that the newest whole copy of a file says.
#[cfg(any(test, feature = "testing"))]
pub(super) fn places_in(file: &[u8]) -> Places {
    let copies = file.chunks_exact(COPY_BYTES).take(HEAD_BLOCKS as usize);
    let heads = copies.filter_map(|copy| Head::decode(copy.try_into().ok()?).ok().flatten());
    heads.max_by_key(|head| head.number).map(|head| head.places).unwrap_or_default()
}

/// For tests: reads bytes as a copy of the header, as they are and with a checksum that fits. What is taken comes back.
#[cfg(any(test, feature = "testing"))]
pub(in super::super) fn read_forged(bytes: &[u8]) {
    let mut copy = [0; COPY_BYTES];
    let held = bytes.len().min(COPY_BYTES);
    copy[..held].copy_from_slice(&bytes[..held]);
    for _ in 0..2 {
        if let Ok(Some(head)) = Head::decode(&copy) {
            let _ = head.places.file_bytes(head.len);
            let again = Head::decode(&head.encode()).ok().flatten().expect("what was read can be written");
            assert_eq!((again.number, again.len, again.header), (head.number, head.len, head.header));
            assert_eq!(again.places, head.places);
        }
        copy[..MAGIC.len()].copy_from_slice(&MAGIC);
        seal(&mut copy);
    }
}
