//! A recorded run, cut at any point: what the disk may hold when the power fails there.

use std::collections::BTreeMap;
use std::mem;

use super::{DATABASE, Image, Step, write_into};
use crate::testing::random::Random;

/// What a device writes whole or not at all. Unit: bytes.
const SECTOR: usize = 512;

/// A file on its way through the run: what is durable, and what was written since its last sync.
#[derive(Debug, Clone, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Step>,
}

/// Goes through the steps of a run; at each point the power can be cut any number of times.
#[derive(Debug)]
pub struct Cuts {
    steps: Vec<Step>,
    at: usize,
    files: BTreeMap<u32, File>,
    log: Option<u32>,
    acknowledged: u64,
}

impl Cuts {
    pub(super) fn new(began_with: Image, steps: Vec<Step>) -> Self {
        let durable = |bytes| File { durable: bytes, pending: Vec::new() };
        let mut files = BTreeMap::from([(DATABASE, durable(began_with.database))]);
        let log = began_with.log.map(|log| {
            files.insert(1, durable(log));
            1
        });
        Self { steps, at: 0, files, log, acknowledged: 0 }
    }

    /// How many points there are: before each step, and after the last.
    pub fn len(&self) -> usize {
        self.steps.len() + 1
    }

    /// Whether there is no point; there always is one.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The highest number of a commit that had returned Ok here, 0 for none.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Whether a file has a new length here that may be lost or may outlive what was written before it.
    pub fn length_is_pending(&self) -> bool {
        let is_length = |step: &Step| matches!(step, Step::SetLen { .. });
        self.files.values().any(|file| file.pending.iter().any(is_length))
    }

    /// Goes over the next step, and says whether there was one.
    pub fn advance(&mut self) -> bool {
        let Some(step) = self.steps.get(self.at).cloned() else { return false };
        self.at += 1;
        match step {
            Step::Write { file, .. } | Step::SetLen { file, .. } => {
                self.files.entry(file).or_default().pending.push(step);
            }
            Step::Sync { file } => {
                let held = self.files.entry(file).or_default();
                mem::take(&mut held.pending).iter().for_each(|step| apply(&mut held.durable, step));
            }
            Step::SyncFailed { file, durable } => {
                self.files.insert(file, File { durable: durable.to_vec(), pending: Vec::new() });
            }
            Step::CreateLog { file, content } => {
                self.files.insert(file, File { durable: content.to_vec(), pending: Vec::new() });
                self.log = Some(file);
            }
            Step::RemoveLog => self.log = None,
            // Callers who commit at once learn so in any order.
            Step::Acknowledged(commit) => self.acknowledged = self.acknowledged.max(commit),
        }
        true
    }

    /// What may be there when the power fails while the next step is on its way: of what is not synced, anything.
    pub fn cut(&self, random: &mut Random) -> Image {
        let under_way = self.steps.get(self.at);
        let mut log = self.log;
        let mut created = None;
        match under_way {
            Some(Step::CreateLog { content, .. }) if random.one_in(2) => created = Some(content.to_vec()),
            Some(Step::RemoveLog) if random.one_in(2) => log = None,
            _ => {}
        }
        let mut survived = |file: u32| {
            let held = &self.files[&file];
            let mut bytes = held.durable.clone();
            let next = under_way.filter(|step| matches!(step, Step::Write { file: f, .. } if *f == file));
            let steps: Vec<&Step> = held.pending.iter().chain(next).collect();
            // What is the rarest when each step is on its own is drawn often: all, nothing, all but one, one alone. The
            // last is often that one, for it tends to speak of those before.
            let luck = random.below(10);
            let chosen = match steps.len() {
                0 => 0,
                len if random.one_in(2) => len - 1,
                len => random.index(len),
            };
            for (number, step) in steps.into_iter().enumerate() {
                match luck {
                    0 => {}
                    1 => apply(&mut bytes, step),
                    2 if number == chosen => apply(&mut bytes, step),
                    2 => {}
                    3 if number == chosen => {}
                    3 => apply(&mut bytes, step),
                    _ => apply_perhaps(&mut bytes, step, random),
                }
            }
            bytes
        };
        Image { database: survived(DATABASE), log: created.or_else(|| log.map(&mut survived)) }
    }
}

pub(super) fn apply(held: &mut Vec<u8>, step: &Step) {
    match step {
        Step::Write { at, bytes, .. } => write_into(held, *at, bytes),
        Step::SetLen { len, .. } => {
            held.resize(usize::try_from(*len).expect("invariant: a simulated file is in memory"), 0);
        }
        _ => {}
    }
}

/// Writes all of it, nothing, or some sectors, and the one at the end perhaps in part.
pub(super) fn apply_perhaps(held: &mut Vec<u8>, step: &Step, random: &mut Random) {
    let Step::Write { at, bytes, .. } = step else {
        if random.one_in(2) {
            apply(held, step);
        }
        return;
    };
    match random.below(4) {
        0 => {}
        1 | 2 => apply(held, step),
        _ => {
            let kept = 1 + random.below(3);
            let mut begin = 0;
            while begin < bytes.len() {
                let place = usize::try_from(*at).expect("invariant: a simulated file is in memory") + begin;
                let end = (begin + SECTOR - place % SECTOR).min(bytes.len());
                if random.below(4) < kept {
                    let torn = if random.one_in(8) { begin + random.index(end - begin) } else { end };
                    write_into(held, place as u64, &bytes[begin..torn]);
                }
                begin = end;
            }
        }
    }
}
