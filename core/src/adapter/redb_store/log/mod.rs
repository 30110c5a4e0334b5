//! The write-ahead log: `<database>-wal`, a header and slots of batches.
//!
//! Batches fill one slot after the other; a slot is written again once everything in it is in the database file. So the
//! blocks of the file stay what they are and a sync has no metadata to write, and no slot changes that is still needed.
//!
//! The header notes how long the file is and what was acknowledged (`header.rs`), whenever the file has grown and, with full
//! durability, whenever a slot is begun. No note costs a sync of its own: one says only what a sync before it made durable,
//! and becomes durable with the next. So a log that was cut short is told from one whose last batch was being written, and
//! an earlier copy of a log from the log itself.
//!
//! The log relies on what databases rely on: bytes that were synced stay when their neighbours in the same sector are
//! written later and the power fails.

mod batch;
mod disk;
mod header;
mod recovery;

use std::io;

use super::plant::{self, Bug};
use crate::port::Overlay;

pub(super) use batch::{Batch, len_of};
pub(super) use disk::RealDisk;
pub(crate) use disk::{LogDisk, LogFile};
pub(super) use header::{Header, Identity};
pub(super) use recovery::{Found, Held, LastBatch, digest, is_one_of_ours, read, read_header, read_once, read_whole};

/// The measures of a log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measures {
    /// The length of a slot. It bounds what one flush writes. Unit: bytes.
    pub(crate) slot_bytes: u64,
    /// How many slots there are, at least two; with their length they bound what is not yet in the file.
    pub(crate) slots: u32,
    /// By how much the file grows at a time. Unit: bytes.
    pub(crate) chunk_bytes: u64,
}

/// A log that is open for appending.
#[derive(Debug)]
pub(super) struct Log {
    file: Box<dyn LogFile>,
    measures: Measures,
    /// As it was written last.
    header: Header,
    /// Which copy of the header is durable, and the number of its note.
    durable: (u64, u64),
    slot: u32,
    /// Whether the slot was begun and no note says so.
    is_begun: bool,
    /// Where the next batch goes, from the beginning of the slot.
    at: u64,
    /// How much of each slot has blocks on the disk.
    allocated: Vec<u64>,
    /// The sequence and the checksum of the last batch that was acknowledged.
    last: (u64, u32),
}

/// Why a batch is not in the log.
pub(super) enum AppendError {
    /// Nothing of it was written.
    Refused(io::Error),
    /// Whether it is on the disk is not known, and no later sync of these bytes would tell.
    InDoubt(io::Error),
}

/// A batch that is in the log and not yet acknowledged.
pub(super) struct Appended {
    pub(super) batch: Batch,
    end: u64,
    has_grown: bool,
}

impl Log {
    /// Makes the file of a new log, durably, with the blocks of its first batches. There must be none.
    pub(super) fn create(disk: &dyn LogDisk, identity: Identity, synced: bool, measures: Measures) -> io::Result<Self> {
        let header = Header::new(identity, synced, measures);
        let mut allocated = vec![0; measures.slots as usize];
        allocated[0] = measures.chunk_bytes.min(measures.slot_bytes);
        let mut content = header.page();
        content.resize(content.len() + in_memory(allocated[0]), 0);
        let file = disk.create(&content)?;
        let (durable, last) = ((0, 0), (0, 0));
        Ok(Self { file, measures, header, durable, slot: 0, is_begun: false, at: 0, allocated, last })
    }

    pub(super) fn identity(&self) -> Identity {
        self.header.identity
    }

    /// The slot that is being filled.
    pub(super) fn slot(&self) -> u32 {
        self.slot
    }

    /// How far the log has come: what the file knows once it holds all of it.
    pub(super) fn last_batch(&self) -> LastBatch {
        let (sequence, checksum) = self.last;
        LastBatch { sequence, checksum, note: self.durable.1 }
    }

    /// How long the file is. Unit: bytes.
    pub(super) fn bytes(&self) -> u64 {
        let end_of = |(slot, bytes): (usize, &u64)| slot as u64 * self.measures.slot_bytes + bytes;
        let end = self.allocated.iter().enumerate().filter(|(_, bytes)| **bytes > 0).map(end_of).max();
        header::HEADER_BYTES + end.unwrap_or(0)
    }

    /// Whether the file has its name, and the length that it was given.
    pub(super) fn is_named(&self) -> io::Result<bool> {
        self.file.is_named(self.bytes())
    }

    /// Removes the file, unless its name is that of another by now.
    pub(super) fn remove(&self) -> io::Result<()> {
        self.file.remove()
    }

    /// Whether a batch of this length goes into the slot.
    pub(super) fn fits(&self, len: usize) -> bool {
        self.at + len as u64 <= self.measures.slot_bytes
    }

    /// Goes on at the beginning of another slot, all of which is in the database file. It is not the one filled before
    /// with anything.
    pub(super) fn begin_slot(&mut self, slot: u32) {
        // The first slot of a new log was begun with it.
        self.is_begun |= self.slot != slot || self.at > 0;
        self.slot = slot;
        self.at = 0;
    }

    /// Writes one batch behind those before, which must fit, and makes it durable unless the log is a relaxed one. The
    /// caller acknowledges it or withdraws it.
    pub(super) fn append(&mut self, sequence: u64, overlay: &Overlay) -> Result<Appended, AppendError> {
        let batch = Batch::encode(self.header.identity.salt, sequence, self.last.1, overlay);
        let end = self.at + batch.bytes.len() as u64;
        assert!(end <= self.measures.slot_bytes, "invariant: a batch lies within its slot");
        let receipt_end = (end + batch::RECEIPT_LEN as u64).min(self.measures.slot_bytes);
        let has_grown = self.allocate(receipt_end).map_err(AppendError::Refused)?;
        self.note_slot().map_err(AppendError::Refused)?;
        let written = self.file.write(self.place_of(self.at), &batch.bytes);
        let is_synced = self.header.synced || has_grown;
        if let Err(error) = written.and_then(|()| if is_synced { self.file.sync() } else { Ok(()) }) {
            self.withdraw();
            return Err(AppendError::InDoubt(error));
        }
        if is_synced {
            self.durable = (self.copy_of_newest(), self.header.note.number);
        }
        Ok(Appended { batch, end, has_grown })
    }

    /// Takes the batch that was appended last for acknowledged.
    ///
    /// A receipt behind a synced batch says so, where there is room. It costs no sync: it shows damage of the batch after the
    /// end of the process, and perhaps after a loss of power; should it fail, nothing is worse. The same holds for the note.
    pub(super) fn acknowledge(&mut self, appended: &Appended) {
        let Appended { batch, end, has_grown } = appended;
        self.at = *end;
        self.last = (batch.sequence, batch.checksum());
        let receipt = batch::receipt(self.header.identity.salt, batch.sequence);
        if self.header.synced && self.at + receipt.len() as u64 <= self.measures.slot_bytes {
            let _ = self.file.write(self.place_of(self.at), &receipt);
        }
        if *has_grown {
            let _ = self.note(self.bytes());
        }
    }

    /// Makes the batch that was appended last unreadable, by taking its header away, should this reach the disk; if not,
    /// nothing is worse.
    pub(super) fn withdraw(&self) {
        let _ = self.file.write(self.place_of(self.at), &[0; batch::HEADER_LEN]);
    }

    /// Notes that a slot was begun, before its first batch and durable with it. The slot that was filled before stays as
    /// it is until then, so a log without the note holds the last batch of that one.
    fn note_slot(&mut self) -> io::Result<()> {
        if self.is_begun && self.header.synced {
            self.note(self.header.note.bytes)?;
        }
        if plant::is(Bug::LengthNotedEarly) {
            self.note(self.bytes())?;
        }
        self.is_begun = false;
        Ok(())
    }

    /// Notes how far the log has come, all of which is durable, in the copy of the header that is not the durable one.
    fn note(&mut self, bytes: u64) -> io::Result<()> {
        let number = self.header.note.number + 1;
        let note = header::Note { number, bytes, acknowledged: self.last.0 };
        let header = Header { note, ..self.header };
        self.file.write(header::place_of_copy(self.next_copy()), &header.encode())?;
        self.header = header;
        Ok(())
    }

    fn copy_of_newest(&self) -> u64 {
        if self.header.note.number == self.durable.1 { self.durable.0 } else { self.next_copy() }
    }

    fn next_copy(&self) -> u64 {
        if plant::is(Bug::DurableCopyOverwritten) { self.durable.0 } else { 1 - self.durable.0 }
    }

    /// Writes zeros so that the slot has blocks up to `end`, in large steps: a sync is dear when the file has grown. A
    /// relaxed log takes larger and larger ones, because only then is it synced. Says whether the file has grown.
    fn allocate(&mut self, end: u64) -> io::Result<bool> {
        let held = self.allocated[self.slot as usize];
        if end <= held {
            return Ok(false);
        }
        let step = if self.header.synced { self.measures.chunk_bytes } else { self.measures.chunk_bytes.max(held) };
        let target = end.next_multiple_of(step).min(self.measures.slot_bytes);
        self.file.write(self.place_of(held), &vec![0; in_memory(target - held)])?;
        self.allocated[self.slot as usize] = target;
        Ok(true)
    }

    fn place_of(&self, at: u64) -> u64 {
        header::HEADER_BYTES + u64::from(self.slot) * self.measures.slot_bytes + at
    }
}

fn in_memory(len: u64) -> usize {
    usize::try_from(len).expect("invariant: a slot fits into memory")
}

/// For the fuzzers: a log whose header and batches have the checksums of what the bytes hold. The bytes are batches.
#[cfg(any(test, feature = "testing"))]
pub(super) fn sealed(batches: &[u8]) -> Vec<u8> {
    let identity = Identity { database: [1, 2], generation: 3, salt: 4 };
    let measures = Measures { slot_bytes: 512, slots: 4, chunk_bytes: 512 };
    let mut bytes = Header::new(identity, batches.len().is_multiple_of(2), measures).page();
    let begin = bytes.len();
    bytes.extend_from_slice(batches);
    bytes.resize(bytes.len().max(begin + 512), 0);
    batch::seal(&mut bytes[begin..], identity.salt);
    bytes
}
