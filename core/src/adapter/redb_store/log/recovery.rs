//! What a log holds that the database file does not, read back after a crash.

use std::io;

use super::super::surely;
use super::LogFile;
use super::batch::{self, ALIGNMENT, Batch};
use super::header::{self, COPY_BYTES, HEADER_BYTES, Header, Identity};

/// The bounds of a slot that this version reads. Unit: bytes.
const SLOT_BYTES_MAX: u64 = 1 << 30;
const SLOTS_MAX: u32 = 64;

/// The last batch of a log that the file holds, as it holds every one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct LastBatch {
    /// Its sequence; 0 for none.
    pub(in super::super) sequence: u64,
    /// Its checksum, which the batch behind it names.
    pub(in super::super) checksum: u32,
    /// The last note of the log's header that was durable then.
    pub(in super::super) note: u64,
}

/// What a log holds that its file does not.
#[derive(Debug, Default)]
pub(in super::super) struct Held {
    /// Batches whose sequences follow on from what is flushed without a gap.
    pub(in super::super) batches: Vec<Batch>,
    /// The greatest sequence in the log, or that of what is flushed. It is greater than that of the last batch when a loss of
    /// power took one from the middle of a log that is not synced: those behind it are there and count for nothing.
    pub(in super::super) last_sequence: u64,
}

/// What a log holds for its database.
#[derive(Debug)]
pub(in super::super) enum Found {
    /// What follows the last batch, if anything, was being written when the process or the machine stopped.
    Batches(Held),
    /// The batch of this sequence was acknowledged and cannot be read any more.
    Damaged(u64),
    /// The batch of this sequence does not follow the one before it.
    Unlinked(u64),
    /// The file is that long, and was longer. Unit: bytes.
    Cut(u64, u64),
    /// The log is as it was before the file took something from it.
    Earlier,
}

/// Reads the header; `None` when the file has none of a log, or both copies are damaged.
pub(in super::super) fn read_header(file: &dyn LogFile) -> io::Result<Option<Header>> {
    Ok(Header::decode(&first_pages(file)?).filter(is_readable))
}

/// Whether a copy of the header begins as ours do.
pub(in super::super) fn is_one_of_ours(file: &dyn LogFile) -> io::Result<bool> {
    Ok(header::begins_as_ours(&first_pages(file)?))
}

/// A number for what the file begins with and how long it is, by which a log is known again that is damaged.
pub(in super::super) fn digest(file: &dyn LogFile) -> io::Result<[u8; 16]> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&file.len()?.to_le_bytes());
    hasher.update(&first_pages(file)?);
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok(digest)
}

/// The pages of the header, as far as the file has them. One that the disk cannot read is zeros, unless none can be read.
fn first_pages(file: &dyn LogFile) -> io::Result<Vec<u8>> {
    let len = file.len()?.min(HEADER_BYTES);
    let (mut pages, mut error, mut has_one) = (Vec::new(), None, false);
    for place in (0..len).step_by(COPY_BYTES) {
        let held = usize::try_from(len - place).map_or(COPY_BYTES, |held| held.min(COPY_BYTES));
        match surely::read(held, |page| file.read(place, page)) {
            Ok(page) => {
                has_one = true;
                pages.extend(page);
            }
            Err(failed) => {
                error = Some(failed);
                pages.resize(pages.len() + held, 0);
            }
        }
    }
    error.filter(|_| !has_one).map_or(Ok(pages), Err)
}

/// Reads every batch with a sequence above `flushed`. What seems to be torn will be dropped and the log removed, so a bit
/// that flips on its way here must not decide that.
pub(in super::super) fn read(file: &dyn LogFile, header: &Header, flushed: u64, last: LastBatch) -> io::Result<Found> {
    read_with(file, header, (flushed, last), |len, read| surely::read(len, read))
}

/// The same beside the process that writes the log: bytes may change while they are read.
pub(in super::super) fn read_once(
    file: &dyn LogFile,
    header: &Header,
    flushed: u64,
    last: LastBatch,
) -> io::Result<Found> {
    read_with(file, header, (flushed, last), |len, read| {
        let mut bytes = vec![0; len];
        read(&mut bytes)?;
        Ok(bytes)
    })
}

/// Every whole batch of this log with a sequence above `flushed`, in their order, whatever lies between them: for taking out of
/// a damaged log what can be read. Its header is not needed.
pub(in super::super) fn read_whole(file: &dyn LogFile, identity: Identity, flushed: u64) -> Vec<Batch> {
    let mut bytes = vec![0; file.len().ok().and_then(|len| usize::try_from(len).ok()).unwrap_or(0)];
    for (place, page) in (0..).step_by(COPY_BYTES).zip(bytes.chunks_mut(COPY_BYTES)) {
        if file.read(place, page).is_err() {
            page.fill(0);
        }
    }
    let (mut batches, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        match Batch::decode(identity.salt, &bytes[at..]).filter(|batch| batch.sequence > flushed) {
            Some(batch) => {
                at += batch.bytes.len();
                batches.push(batch);
            }
            None => at += ALIGNMENT,
        }
    }
    batches.sort_by_key(|batch: &Batch| batch.sequence);
    batches
}

type Read<'r> = &'r dyn Fn(&mut [u8]) -> io::Result<()>;

fn read_with(
    file: &dyn LogFile,
    header: &Header,
    (flushed, last): (u64, LastBatch),
    bytes_of: impl Fn(usize, Read<'_>) -> io::Result<Vec<u8>>,
) -> io::Result<Found> {
    let len = file.len()?;
    if len < header.note.bytes {
        return Ok(Found::Cut(len, header.note.bytes));
    }
    if header.note.number < last.note {
        return Ok(Found::Earlier);
    }
    let mut slots = Slots { flushed, last, acknowledged: header.note.acknowledged, ..Slots::default() };
    slots.held.last_sequence = flushed;
    for slot in 0..u64::from(header.slots) {
        let begin = HEADER_BYTES + slot * header.slot_bytes;
        let held = len.min(begin + header.slot_bytes).saturating_sub(begin);
        let held = usize::try_from(held).expect("invariant: a slot is at most a gibibyte");
        let bytes = if held == 0 { Vec::new() } else { bytes_of(held, &|bytes| file.read(begin, bytes))? };
        slots.read(header, &bytes);
    }
    // No slot was begun since, so the one of that batch is as it was.
    let must_be_there = header.synced && header.note.number == last.note && last.sequence > 0;
    if must_be_there && !slots.has_last {
        return Ok(Found::Earlier);
    }
    Ok(slots.in_sequence())
}

fn is_readable(header: &Header) -> bool {
    (1..=SLOTS_MAX).contains(&header.slots) && (ALIGNMENT as u64..=SLOT_BYTES_MAX).contains(&header.slot_bytes)
}

/// What the slots hold beyond what is flushed.
#[derive(Default)]
struct Slots {
    flushed: u64,
    /// The last batch of the log that is flushed, and whether it was found.
    last: LastBatch,
    has_last: bool,
    held: Held,
    /// The sequences of batches that are not where the chain of their slot leads.
    strays: Vec<u64>,
    /// The last sequence that a receipt, a note or a synced batch behind it shows to be acknowledged.
    acknowledged: u64,
}

impl Slots {
    /// Follows the batches from the beginning of the slot, then looks for any that are not behind each other.
    fn read(&mut self, header: &Header, bytes: &[u8]) {
        let salt = header.identity.salt;
        let (mut at, mut before) = (0, None);
        while let Some(batch) = Batch::decode(salt, &bytes[at..])
            && before.is_none_or(|before| batch.sequence == before + 1)
        {
            at += batch.bytes.len();
            before = Some(batch.sequence);
            if self.is_new(header, &batch) {
                self.held.batches.push(batch);
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
                    if self.is_new(header, &batch) {
                        self.strays.push(batch.sequence);
                    }
                }
                None => at += ALIGNMENT,
            }
        }
    }

    /// Takes note of a batch, and says whether the file lacks it.
    fn is_new(&mut self, header: &Header, batch: &Batch) -> bool {
        self.has_last |= (batch.sequence, batch.checksum()) == (self.last.sequence, self.last.checksum);
        let is_new = batch.sequence > self.flushed;
        self.held.last_sequence = self.held.last_sequence.max(batch.sequence);
        if is_new && header.synced {
            // It was only written once the one before it had been acknowledged.
            self.acknowledged = self.acknowledged.max(batch.sequence.saturating_sub(1));
        }
        is_new
    }

    /// Keeps the batches up to the first that is missing, unless that one was acknowledged.
    fn in_sequence(mut self) -> Found {
        let batches = &mut self.held.batches;
        batches.sort_unstable_by_key(|batch| batch.sequence);
        let sequences = batches.iter().zip(self.flushed + 1..);
        let follow_on = sequences.take_while(|(batch, expected)| batch.sequence == *expected).count();
        let missing = self.flushed + 1 + follow_on as u64;
        // A stray that is itself the missing one, at a place where nothing leads to, was moved there by damage.
        if self.acknowledged >= missing || self.strays.contains(&missing) {
            return Found::Damaged(missing);
        }
        batches.truncate(follow_on);
        let mut checksum = self.last.checksum;
        for batch in batches.iter() {
            if batch.link != checksum {
                return Found::Unlinked(batch.sequence);
            }
            checksum = batch.checksum();
        }
        Found::Batches(self.held)
    }
}
