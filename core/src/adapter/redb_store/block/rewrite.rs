//! Sorted changes brought into the blocks of a space: each block that they touch is read once and written once.
//!
//! Blocks that lie side by side and are touched make a run, whose pairs are dealt out anew. When that leaves the blocks of a
//! run too empty, the block behind joins it: after an overflow three full blocks become four and not two half empty ones, and
//! a block that has shrunk is merged with the one behind. The end of a space grows by full blocks.

use super::build::Pairs;
use super::separator_len;
use super::source::{Blocks, Held, Source, find, find_behind, insert, remove};
use crate::error::Result;

/// What is to become of a key: a value, or `None` for its removal.
pub(in super::super) type Change<'c> = (&'c [u8], Option<&'c [u8]>);

/// When pairs for so many blocks wait, the first half is written.
const WAITING_BLOCKS_MAX: usize = 8;

/// How many blocks behind a run join it at most.
const JOINING_MAX: usize = 4;

/// Brings changes, sorted by key, into the blocks of a space, which have this much room each.
///
/// # Errors
/// `Corrupt` when a block is damaged, and those of the file. The transaction must be dropped then.
pub(in super::super) fn write<'c>(
    table: &mut Blocks<'_>,
    room: usize,
    changes: impl Iterator<Item = Change<'c>>,
) -> Result<()> {
    let mut run: Option<Run> = None;
    for (key, value) in changes {
        let mut current = match run.take() {
            None => Run::begin(room, find(table, key)?)?,
            Some(mut current) => match current.step_to(table, key)? {
                Step::Stay => current,
                Step::Leave(found) => {
                    let has_joined = current.finish(table)?;
                    // What was found may have joined the run that ends, and is not there any more then.
                    Run::begin(room, if has_joined { find(table, key)? } else { Some(found) })?
                }
            },
        };
        current.change(table, key, value)?;
        run = Some(current);
    }
    if let Some(run) = run {
        run.finish(table)?;
    }
    Ok(())
}

/// What is known of where the last block of a run ends.
#[derive(Debug)]
enum End {
    Unknown,
    /// There is no block behind.
    Never,
    Before(Vec<u8>),
}

/// Where the next change belongs.
enum Step {
    Stay,
    Leave(Held),
}

/// Blocks side by side that are being written anew.
#[derive(Debug)]
struct Run {
    room: usize,
    /// The lower bound of the next block that is written, where it is not found from the keys on both sides.
    bound: Option<Vec<u8>>,
    /// The bounds of the blocks that were read, but for those that were written again or removed.
    stale: Vec<Vec<u8>>,
    source: Source,
    end: End,
    /// Where the run has got to: no block of another has a bound up to this.
    frontier: Vec<u8>,
    waiting: Pairs,
    /// The last key of what is written.
    written: Vec<u8>,
    changed: bool,
    /// Whether the last change came behind every pair of the last block.
    appends: bool,
}

impl Run {
    /// Begins with the block that was found, or before the first block of all.
    fn begin(room: usize, found: Option<Held>) -> Result<Self> {
        let mut run = Self {
            room,
            bound: Some(Vec::new()),
            stale: Vec::new(),
            source: Source::default(),
            end: End::Unknown,
            frontier: Vec::new(),
            waiting: Pairs::default(),
            written: Vec::new(),
            changed: false,
            appends: false,
        };
        if let Some(found) = found {
            run.bound = Some(found.bound.clone());
            run.read(found)?;
        }
        Ok(run)
    }

    /// Goes on with the block behind.
    fn read(&mut self, found: Held) -> Result<()> {
        self.source = Source::new(found.bytes)?;
        self.frontier.clone_from(&found.bound);
        self.stale.push(found.bound);
        self.end = End::Unknown;
        Ok(())
    }

    /// Goes on to where a change of `key` belongs, or says which block begins another run.
    fn step_to(&mut self, table: &mut Blocks<'_>, key: &[u8]) -> Result<Step> {
        let is_here = match &self.end {
            End::Never => true,
            End::Before(end) if key < end.as_slice() => true,
            End::Before(_) | End::Unknown => key <= self.source.last(),
        };
        if is_here {
            return Ok(Step::Stay);
        }
        let Some(found) = find(table, key)?.filter(|found| found.bound > self.frontier) else {
            self.find_end(table)?;
            return Ok(Step::Stay);
        };
        self.move_below(table, None)?;
        let is_next = find_behind(table, &self.frontier)?.is_some_and(|next| next.bound == found.bound);
        if !is_next {
            return Ok(Step::Leave(found));
        }
        self.read(found)?;
        Ok(Step::Stay)
    }

    fn find_end(&mut self, table: &Blocks<'_>) -> Result<Option<Held>> {
        let behind = find_behind(table, &self.frontier)?;
        self.end = behind.as_ref().map_or(End::Never, |behind| End::Before(behind.bound.clone()));
        Ok(behind)
    }

    fn change(&mut self, table: &mut Blocks<'_>, key: &[u8], value: Option<&[u8]>) -> Result<()> {
        let there = self.move_below(table, Some(key))?;
        self.changed |= there || value.is_some();
        self.appends = key > self.source.last();
        if let Some(value) = value {
            self.waiting.push([key, b""], value)?;
        }
        Ok(())
    }

    /// Moves pairs of the block that is being read, and writes blocks when many pairs wait.
    fn move_below(&mut self, table: &mut Blocks<'_>, key: Option<&[u8]>) -> Result<bool> {
        let there = self.source.move_below(key, &mut self.waiting)?;
        if self.waiting.bytes_len() > WAITING_BLOCKS_MAX * self.room {
            let all = self.waiting.bytes_len();
            self.write_blocks(table, |waiting| (waiting > all / 2).then_some(usize::MAX))?;
        }
        Ok(there)
    }

    /// Writes what is left of the run, and says whether blocks behind joined it.
    fn finish(mut self, table: &mut Blocks<'_>) -> Result<bool> {
        self.move_below(table, None)?;
        let is_as_it_was = !self.changed && self.bound.is_some();
        if is_as_it_was {
            return Ok(false);
        }
        let has_joined = self.join_behind(table)?;
        let (mut blocks, mut bytes) = self.plan();
        if self.appends_at_the_end(table)? {
            blocks = 0;
        }
        self.write_blocks(table, |_| {
            if blocks <= 1 {
                return Some(usize::MAX);
            }
            let goal = bytes.div_ceil(blocks);
            bytes = bytes.saturating_sub(goal);
            blocks -= 1;
            Some(goal)
        })?;
        for bound in self.stale.drain(..) {
            remove(table, &bound)?;
        }
        Ok(has_joined)
    }

    /// Whether the space grows at its end: then its blocks are to be full, for nothing more comes between their pairs.
    fn appends_at_the_end(&mut self, table: &Blocks<'_>) -> Result<bool> {
        if self.appends && matches!(self.end, End::Unknown) {
            self.find_end(table)?;
        }
        Ok(self.appends && matches!(self.end, End::Never))
    }

    /// Takes in blocks behind the run as long as its own would be too empty, and says whether there were any.
    fn join_behind(&mut self, table: &mut Blocks<'_>) -> Result<bool> {
        for joined in 0..JOINING_MAX {
            let (blocks, bytes) = self.plan();
            let room = self.room;
            let is_full_enough = if blocks > 1 { bytes >= blocks * room * 2 / 3 } else { bytes >= room / 3 };
            if is_full_enough || matches!(self.end, End::Never) {
                return Ok(joined > 0);
            }
            let behind = self.find_end(table)?.filter(|behind| behind.bytes.len() <= room);
            let Some(behind) = behind else { return Ok(joined > 0) };
            self.read(behind)?;
            self.move_below(table, None)?;
            self.appends = false;
        }
        Ok(true)
    }

    /// How many blocks the pairs that wait fill, and how much they take in them; a long block counts as a full one.
    fn plan(&self) -> (usize, usize) {
        let (mut blocks, mut bytes, mut at) = (0, 0, 0);
        while at < self.waiting.count() {
            let bound_len = self.bound_len(at);
            let (count, len) = self.waiting.cut(at, bound_len, usize::MAX, self.room);
            at += count;
            blocks += 1;
            bytes += len.min(self.room);
        }
        (blocks, bytes)
    }

    /// The length of the lower bound of a block that begins with the pair at `at`.
    fn bound_len(&self, at: usize) -> usize {
        match &self.bound {
            Some(bound) if at == 0 => bound.len(),
            _ => separator_len(self.key_before(at), self.waiting.key(at)),
        }
    }

    fn key_before(&self, at: usize) -> &[u8] {
        if at == 0 { &self.written } else { self.waiting.key(at - 1) }
    }

    /// Writes blocks of what waits. `goal` says from the bytes that wait how long the next one is to be, or that it is
    /// enough; when the goals are done, the pairs that are left fill blocks.
    fn write_blocks(&mut self, table: &mut Blocks<'_>, mut goal: impl FnMut(usize) -> Option<usize>) -> Result<()> {
        let (mut at, mut waiting) = (0, self.waiting.bytes_len());
        let mut block = Vec::with_capacity(self.room);
        while at < self.waiting.count() {
            let Some(goal) = goal(waiting) else { break };
            let bound_len = self.bound_len(at);
            let (count, len) = self.waiting.cut(at, bound_len, goal, self.room);
            waiting = waiting.saturating_sub(len);
            self.waiting.encode(at, count, &mut block);
            let bound = match self.bound.take() {
                Some(bound) => bound,
                None => self.waiting.key(at)[..bound_len].to_vec(),
            };
            self.put(table, bound, &block)?;
            at += count;
        }
        if at > 0 {
            self.written.clear();
            self.written.extend_from_slice(self.waiting.key(at - 1));
            self.waiting.drop_front(at);
        }
        Ok(())
    }

    /// Puts a block into the file, and removes those of before that lie below it.
    fn put(&mut self, table: &mut Blocks<'_>, bound: Vec<u8>, block: &[u8]) -> Result<()> {
        insert(table, &bound, block)?;
        let below = self.stale.partition_point(|stale| *stale <= bound);
        for stale in self.stale.drain(..below) {
            if stale != bound {
                remove(table, &stale)?;
            }
        }
        if self.frontier < bound {
            self.frontier = bound;
        }
        Ok(())
    }
}
