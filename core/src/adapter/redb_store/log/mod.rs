//! The write-ahead log: `<database>-wal`, a header and slots of batches.
//!
//! Batches fill one slot after the other; a slot is written again once everything in it is in the database file. So the
//! blocks of the file stay what they are and a sync has no metadata to write, and no slot changes that is still needed.
//!
//! The log relies on what databases rely on: bytes that were synced stay when their neighbours in the same sector are
//! written later and the power fails.

mod batch;
mod disk;
mod header;
mod recovery;

use std::io;

use crate::port::Overlay;

pub(super) use batch::{Batch, len_of};
pub(super) use disk::RealDisk;
pub(crate) use disk::{LogDisk, LogFile};
pub(super) use header::{Header, Identity, draw};
pub(super) use recovery::{Found, read, read_header, read_once, read_whole};

use batch::Mark;

/// The measures of a log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measures {
    /// The length of a slot. It bounds what one flush writes. Unit: bytes.
    pub(crate) slot_bytes: u64,
    /// How many slots there are; with their length they bound what is not yet in the file.
    pub(crate) slots: u32,
    /// By how much the file grows at a time. Unit: bytes.
    pub(crate) chunk_bytes: u64,
}

/// A log that is open for appending.
#[derive(Debug)]
pub(super) struct Log {
    file: Box<dyn LogFile>,
    mark: Mark,
    measures: Measures,
    slot: u32,
    /// Where the next batch goes, from the beginning of the slot.
    at: u64,
    /// How much of each slot has blocks on the disk.
    allocated: Vec<u64>,
}

/// Why a batch is not in the log.
pub(super) enum AppendError {
    /// Nothing of it was written.
    Refused(io::Error),
    /// Whether it is on the disk is not known, and no later sync of these bytes would tell.
    InDoubt(io::Error),
}

impl Log {
    /// Makes the file of a new log, durably.
    pub(super) fn create(disk: &dyn LogDisk, identity: Identity, synced: bool, measures: Measures) -> io::Result<Self> {
        let header = Header::new(identity, measures);
        let file = disk.create(&header.encode())?;
        let allocated = vec![0; measures.slots as usize];
        Ok(Self { file, mark: Mark { salt: header.salt, synced }, measures, slot: 0, at: 0, allocated })
    }

    /// The slot that is being filled.
    pub(super) fn slot(&self) -> u32 {
        self.slot
    }

    /// How long the file is. Unit: bytes.
    pub(super) fn bytes(&self) -> u64 {
        let end_of = |(slot, bytes): (usize, &u64)| slot as u64 * self.measures.slot_bytes + bytes;
        let end = self.allocated.iter().enumerate().filter(|(_, bytes)| **bytes > 0).map(end_of).max();
        header::HEADER_BYTES + end.unwrap_or(0)
    }

    /// Whether a batch of this length goes into the slot.
    pub(super) fn fits(&self, len: usize) -> bool {
        self.at + len as u64 <= self.measures.slot_bytes
    }

    /// Goes on at the beginning of another slot, all of which is in the database file.
    pub(super) fn begin_slot(&mut self, slot: u32) {
        self.slot = slot;
        self.at = 0;
    }

    /// Appends the writes as one batch, which must fit, and makes it durable unless the log is a relaxed one.
    pub(super) fn append(&mut self, sequence: u64, overlay: &Overlay) -> Result<Batch, AppendError> {
        let batch = Batch::encode(self.mark, sequence, overlay);
        let end = self.at + batch.bytes.len() as u64;
        assert!(end <= self.measures.slot_bytes, "invariant: a batch lies within its slot");
        let receipt_end = (end + batch::RECEIPT_LEN as u64).min(self.measures.slot_bytes);
        self.allocate(receipt_end).map_err(AppendError::Refused)?;
        let place = self.place_of(self.at);
        let written = self.file.write(place, &batch.bytes);
        let durable = written.and_then(|()| if self.mark.synced { self.file.sync() } else { Ok(()) });
        if let Err(error) = durable {
            // Without its header the batch is none, should this reach the disk; if not, nothing is worse.
            let _ = self.file.write(place, &[0; batch::HEADER_LEN]);
            return Err(AppendError::InDoubt(error));
        }
        self.at = end;
        self.acknowledge(sequence);
        Ok(batch)
    }

    /// Notes behind a synced batch that it is, where there is room. It costs no sync: it shows damage of the batch after the
    /// end of the process, and perhaps after a loss of power; should it fail, nothing is worse.
    fn acknowledge(&self, sequence: u64) {
        let receipt = batch::receipt(self.mark.salt, sequence);
        if self.mark.synced && self.at + receipt.len() as u64 <= self.measures.slot_bytes {
            let _ = self.file.write(self.place_of(self.at), &receipt);
        }
    }

    /// Writes zeros so that the slot has blocks up to `end`, in large steps: a sync is dear when the file has grown.
    fn allocate(&mut self, end: u64) -> io::Result<()> {
        let held = self.allocated[self.slot as usize];
        if end <= held {
            return Ok(());
        }
        let target = end.next_multiple_of(self.measures.chunk_bytes).min(self.measures.slot_bytes);
        let len = usize::try_from(target - held).expect("invariant: a slot fits into memory");
        self.file.write(self.place_of(held), &vec![0; len])?;
        self.allocated[self.slot as usize] = target;
        Ok(())
    }

    fn place_of(&self, at: u64) -> u64 {
        header::HEADER_BYTES + u64::from(self.slot) * self.measures.slot_bytes + at
    }
}
