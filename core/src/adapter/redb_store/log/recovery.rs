//! What a log holds that the database file does not, read back after a crash.

use std::io;

use super::super::surely;
use super::LogFile;
use super::batch::{self, ALIGNMENT, Batch};
use super::header::{HEADER_BYTES, Header};

/// The bounds of a slot that this version reads. Unit: bytes.
const SLOT_BYTES_MAX: u64 = 1 << 30;
const SLOTS_MAX: u32 = 64;

/// What a log holds for its database.
#[derive(Debug)]
pub(in super::super) enum Found {
    /// Batches whose sequences follow on from what is flushed without a gap. What comes behind the last one, if anything,
    /// is a batch that was being written when the process or the machine stopped.
    Batches(Vec<Batch>),
    /// The batch of this sequence was acknowledged and cannot be read any more.
    Damaged(u64),
}

/// Reads the first page; `None` when it is not that of a log, or is damaged.
pub(in super::super) fn read_header(file: &dyn LogFile) -> io::Result<Option<Header>> {
    let len = file.len()?.min(HEADER_BYTES);
    let page = surely::read(usize::try_from(len).expect("invariant: at most a page"), |page| file.read(0, page))?;
    Ok(Header::decode(&page).filter(is_readable))
}

/// What the slots hold beyond what is flushed.
#[derive(Default)]
struct Slots {
    batches: Vec<Batch>,
    /// The sequences of batches that are not where the chain of their slot leads.
    strays: Vec<u64>,
    /// The last sequence that a receipt, or a synced batch behind it, shows to be acknowledged.
    acknowledged: u64,
}

/// Reads every batch with a sequence above `flushed`. What seems to be torn will be dropped and the log removed, so a bit
/// that flips on its way here must not decide that.
pub(in super::super) fn read(file: &dyn LogFile, header: &Header, flushed: u64) -> io::Result<Found> {
    read_with(file, header, flushed, |len, read| surely::read(len, read))
}

/// The same beside the process that writes the log: bytes may change while they are read.
pub(in super::super) fn read_once(file: &dyn LogFile, header: &Header, flushed: u64) -> io::Result<Found> {
    read_with(file, header, flushed, |len, read| {
        let mut bytes = vec![0; len];
        read(&mut bytes)?;
        Ok(bytes)
    })
}

/// Every whole batch of the log with a sequence above `flushed`, in their order, whatever lies between them: for taking out of
/// a damaged log what can be read.
pub(in super::super) fn read_whole(file: &dyn LogFile, header: &Header, flushed: u64) -> io::Result<Vec<Batch>> {
    let len = usize::try_from(file.len()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    file.read(0, &mut bytes)?;
    let (mut batches, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        match Batch::decode(header.salt, &bytes[at..]).filter(|batch| batch.sequence > flushed) {
            Some(batch) => {
                at += batch.bytes.len();
                batches.push(batch);
            }
            None => at += ALIGNMENT,
        }
    }
    batches.sort_by_key(|batch: &Batch| batch.sequence);
    Ok(batches)
}

type Read<'r> = &'r dyn Fn(&mut [u8]) -> io::Result<()>;

fn read_with(
    file: &dyn LogFile,
    header: &Header,
    flushed: u64,
    bytes_of: impl Fn(usize, Read<'_>) -> io::Result<Vec<u8>>,
) -> io::Result<Found> {
    let len = file.len()?;
    let mut slots = Slots::default();
    for slot in 0..u64::from(header.slots) {
        let begin = HEADER_BYTES + slot * header.slot_bytes;
        let held = len.min(begin + header.slot_bytes).saturating_sub(begin);
        let held = usize::try_from(held).expect("invariant: a slot is at most a gibibyte");
        let bytes = if held == 0 { Vec::new() } else { bytes_of(held, &|bytes| file.read(begin, bytes))? };
        slots.read(header.salt, &bytes, flushed);
    }
    Ok(slots.in_sequence(flushed))
}

fn is_readable(header: &Header) -> bool {
    (1..=SLOTS_MAX).contains(&header.slots) && (ALIGNMENT as u64..=SLOT_BYTES_MAX).contains(&header.slot_bytes)
}

impl Slots {
    /// Follows the chain of batches from the beginning of the slot, then looks for any that it does not lead to.
    fn read(&mut self, salt: u64, bytes: &[u8], flushed: u64) {
        let mut at = 0;
        let mut last = None;
        while let Some(batch) = Batch::decode(salt, &bytes[at..])
            && last.is_none_or(|last| batch.sequence == last + 1)
        {
            at += batch.bytes.len();
            last = Some(batch.sequence);
            if batch.sequence > flushed {
                self.note(&batch);
                self.batches.push(batch);
            }
        }
        while at < bytes.len() {
            let rest = &bytes[at..];
            if let Some(sequence) = batch::receipt_in(salt, rest) {
                self.acknowledged = self.acknowledged.max(sequence);
            }
            match batch::begins(salt, rest).then(|| Batch::decode(salt, rest)).flatten() {
                Some(batch) => {
                    at += batch.bytes.len();
                    if batch.sequence > flushed {
                        self.note(&batch);
                        self.strays.push(batch.sequence);
                    }
                }
                None => at += ALIGNMENT,
            }
        }
    }

    /// A synced batch was only written once the one before it had been acknowledged.
    fn note(&mut self, batch: &Batch) {
        if batch.synced {
            self.acknowledged = self.acknowledged.max(batch.sequence.saturating_sub(1));
        }
    }

    /// Keeps the batches up to the first that is missing, unless that one was acknowledged.
    fn in_sequence(mut self, flushed: u64) -> Found {
        self.batches.sort_unstable_by_key(|batch| batch.sequence);
        let sequences = self.batches.iter().zip(flushed + 1..);
        let follow_on = sequences.take_while(|(batch, expected)| batch.sequence == *expected).count();
        let missing = flushed + 1 + follow_on as u64;
        // A stray that is itself the missing one, at a place where nothing leads to, was moved there by damage.
        if self.acknowledged >= missing || self.strays.contains(&missing) {
            return Found::Damaged(missing);
        }
        self.batches.truncate(follow_on);
        Found::Batches(self.batches)
    }
}
