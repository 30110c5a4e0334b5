//! A disk in memory that forgets: what is written lasts only once it is synced. It is put under the redb file and its log.
//!
//! Everything that reaches the disk is recorded, so that a run can be cut at every point afterwards (`Cuts`).

mod cuts;
mod files;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use cuts::Cuts;
use files::{Backend, Place};

use crate::adapter::{Measures, RedbOptions, RedbStore, Tuning};
use crate::error::Result;
use crate::testing::random::Random;

/// What the system forgets at a time. Unit: bytes.
const EVICTED_BYTES: usize = 4096;

/// The number of the database file; logs get the numbers after it.
const DATABASE: u32 = 0;

/// One step of the disk, as the programs above see it.
#[derive(Debug, Clone)]
enum Step {
    Write {
        file: u32,
        at: u64,
        bytes: Arc<[u8]>,
    },
    SetLen {
        file: u32,
        len: u64,
    },
    Sync {
        file: u32,
    },
    /// A sync that failed: what was pending has reached the disk, as this is then, or never will.
    SyncFailed {
        file: u32,
        durable: Arc<[u8]>,
    },
    CreateLog {
        file: u32,
        content: Arc<[u8]>,
    },
    RemoveLog,
    /// A commit of this number returned Ok.
    Acknowledged(u64),
}

/// What the disk holds at one moment: the database file, and its log if there is one.
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// The bytes of the database file.
    pub database: Vec<u8>,
    /// The bytes of the log.
    pub log: Option<Vec<u8>>,
}

/// How the disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskFault {
    /// Reading, writing or syncing fails.
    Io,
    /// What needs space fails; reading and syncing work.
    Full,
    /// Half of what is written is, then writing fails; reading works.
    Short,
    /// Reading, writing or syncing the database file panics and does nothing, as redb may over bytes that it did not
    /// write.
    Panic,
    /// Syncing fails; what was to be synced has reached the disk, or never will.
    Sync,
    /// One bit of what is read is the other way round, and nothing fails. When it lasts, that bit of the file is so from
    /// then on, until it is written.
    Flip,
}

impl DiskFault {
    fn into_error(self) -> io::Error {
        match self {
            Self::Full => io::ErrorKind::StorageFull.into(),
            Self::Panic => unreachable!("a simulated panic of the disk"),
            _ => io::Error::other("a simulated fault of the disk"),
        }
    }
}

/// When the disk fails. Calls are counted from 1.
#[derive(Debug, Clone, Copy)]
pub struct DiskPlan {
    /// The call that fails first.
    pub call: u64,
    /// How.
    pub fault: DiskFault,
    /// Whether the calls after it fail, too.
    pub lasting: bool,
}

/// The disk. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct SimDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What programs see.
    files: BTreeMap<u32, Vec<u8>>,
    /// What is on the disk, and what was written to each file since its last sync.
    durable: BTreeMap<u32, Vec<u8>>,
    pending: BTreeMap<u32, Vec<Step>>,
    log: Option<u32>,
    files_made: u32,
    began_with: Image,
    steps: Vec<Step>,
    calls: u64,
    plan: Option<DiskPlan>,
}

/// What a call is about to do, for the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Read,
    Write,
    Sync,
}

impl Step {
    /// A number that is another for another write, so that what fails is not lost in the same way each time.
    fn hash(&self) -> u64 {
        // Of what ends with its own checksum the checksum of all is always the same.
        if let Self::Write { bytes, .. } = self { crc32fast::hash(&bytes[..bytes.len() / 2]).into() } else { 0 }
    }

    /// Whether it writes any of these bytes.
    fn touches(&self, from: u64, len: u64) -> bool {
        matches!(self, Self::Write { at, bytes, .. } if *at < from + len && from < at + bytes.len() as u64)
    }
}

impl SimDisk {
    /// A disk that holds an image, all of it durable.
    pub fn new(image: Image) -> Self {
        let mut state = State { began_with: image.clone(), ..State::default() };
        state.begin_file(DATABASE, image.database);
        if let Some(log) = image.log {
            state.files_made = 1;
            state.begin_file(1, log);
            state.log = Some(1);
        }
        Self(Arc::new(Mutex::new(state)))
    }

    /// Opens the store on this disk, with slots so small that a few commits fill one. `background` says whether a thread
    /// of its own flushes; without it a run is the same each time.
    ///
    /// # Errors
    /// As [`RedbStore::open`].
    pub fn open(&self, options: &RedbOptions, background: bool) -> Result<RedbStore> {
        let measures = Measures { slot_bytes: 8192, slots: 3, chunk_bytes: 2048 };
        let tuning = Tuning { measures, batch_bytes_max: 4096, background };
        RedbStore::open_on(Backend(self.clone()), Box::new(Place(self.clone())), options, tuning)
    }

    /// The database file by itself, for what lies below the store.
    #[cfg(test)]
    pub(crate) fn backend(&self) -> impl redb::StorageBackend + use<> {
        Backend(self.clone())
    }

    /// Notes that the commit of this number returned Ok.
    pub fn acknowledge(&self, commit: u64) {
        self.lock().steps.push(Step::Acknowledged(commit));
    }

    /// Fails from now on as planned, or not at all. The count of calls goes on.
    pub fn follow(&self, plan: Option<DiskPlan>) {
        self.lock().plan = plan;
    }

    /// The plan, and how many calls there were.
    pub fn plan(&self) -> (Option<DiskPlan>, u64) {
        let state = self.lock();
        (state.plan, state.calls)
    }

    /// Whether the plan, if there is one, has made no call fail so far.
    pub fn is_sound(&self) -> bool {
        let state = self.lock();
        state.plan.is_none_or(|plan| state.calls < plan.call)
    }

    /// Whether no call fails from now on: there is no plan, or one that made a single call fail, which has been.
    pub fn is_in_service(&self) -> bool {
        let state = self.lock();
        state.plan.is_none_or(|plan| !plan.lasting && state.calls >= plan.call)
    }

    /// Whether a sync of the database file has failed.
    pub fn lost_a_sync_of_the_file(&self) -> bool {
        self.lock().steps.iter().any(|step| matches!(step, Step::SyncFailed { file: DATABASE, .. }))
    }

    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// Has the system forget some of what it holds in memory, and read it from the disk again. After a sync that failed that is
    /// what was there before: the system takes what it could not write for written.
    pub fn evict(&self, random: &mut Random) {
        self.lock().evict(random);
    }

    /// What is there when the process is killed and the power stays: every write so far.
    pub fn written(&self) -> Image {
        let state = self.lock();
        let log = state.log.map(|file| state.files[&file].clone());
        Image { database: state.files[&DATABASE].clone(), log }
    }

    /// The recorded run, for cutting it.
    pub fn cuts(&self) -> Cuts {
        let mut state = self.lock();
        Cuts::new(std::mem::take(&mut state.began_with), std::mem::take(&mut state.steps))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts a call and says how it fails, if it does.
    fn begin(&mut self, call: Call, file: u32) -> io::Result<()> {
        match self.fault_of(call, file) {
            Some(fault) => Err(fault.into_error()),
            None => Ok(()),
        }
    }

    fn fault_of(&mut self, call: Call, file: u32) -> Option<DiskFault> {
        self.calls += 1;
        let plan = self.plan?;
        let now = if plan.lasting { self.calls >= plan.call } else { self.calls == plan.call };
        let hits = match plan.fault {
            DiskFault::Io => true,
            DiskFault::Sync => call == Call::Sync,
            DiskFault::Panic => file == DATABASE,
            DiskFault::Full | DiskFault::Short => call == Call::Write,
            DiskFault::Flip => call == Call::Read,
        };
        (now && hits).then_some(plan.fault)
    }

    fn begin_file(&mut self, file: u32, bytes: Vec<u8>) {
        self.durable.insert(file, bytes.clone());
        self.files.insert(file, bytes);
        self.pending.remove(&file);
    }

    /// Notes a step that the disk does not have yet.
    fn note(&mut self, file: u32, step: Step) {
        self.pending.entry(file).or_default().push(step.clone());
        self.steps.push(step);
    }

    fn evict(&mut self, random: &mut Random) {
        for (file, durable) in &self.durable {
            let Some(held) = self.files.get_mut(file) else { continue };
            let pending = self.pending.get(file).map_or(&[] as &[Step], Vec::as_slice);
            let is_dirty = |at: usize| pending.iter().any(|step| step.touches(at as u64, EVICTED_BYTES as u64));
            for at in (0..held.len().min(durable.len())).step_by(EVICTED_BYTES) {
                let end = (at + EVICTED_BYTES).min(held.len()).min(durable.len());
                if held[at..end] != durable[at..end] && random.one_in(2) && !is_dirty(at) {
                    held[at..end].copy_from_slice(&durable[at..end]);
                }
            }
        }
    }

    fn file(&mut self, file: u32) -> &mut Vec<u8> {
        self.files.entry(file).or_default()
    }

    fn len(&mut self, file: u32) -> u64 {
        self.file(file).len() as u64
    }

    fn read(&mut self, file: u32, at: u64, out: &mut [u8]) -> io::Result<()> {
        let fault = self.fault_of(Call::Read, file);
        let at = usize::try_from(at).map_err(io::Error::other)?;
        let end = at + out.len();
        match fault {
            Some(DiskFault::Flip) if !out.is_empty() => self.flip(file, at..end, out),
            None | Some(DiskFault::Flip) => self.copy(file, at..end, out),
            Some(fault) => Err(fault.into_error()),
        }
    }

    fn copy(&mut self, file: u32, range: Range<usize>, out: &mut [u8]) -> io::Result<()> {
        out.copy_from_slice(self.file(file).get(range).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    /// Reads with one bit flipped, somewhere.
    fn flip(&mut self, file: u32, range: Range<usize>, out: &mut [u8]) -> io::Result<()> {
        self.copy(file, range.clone(), out)?;
        let mut random = Random::new(self.calls);
        let (at, bit) = (random.index(out.len()), 1 << random.below(8));
        out[at] ^= bit;
        if let Some(plan) = self.plan.as_mut().filter(|plan| plan.lasting) {
            self.files.entry(file).or_default()[range.start + at] ^= bit;
            // It is this bit that stays flipped; no others follow.
            plan.lasting = false;
        }
        Ok(())
    }

    fn write(&mut self, file: u32, at: u64, bytes: &[u8]) -> io::Result<()> {
        let fault = self.fault_of(Call::Write, file);
        let done = match fault {
            None => bytes,
            Some(DiskFault::Short) => &bytes[..bytes.len() / 2],
            Some(_) => &[],
        };
        if !done.is_empty() {
            write_into(self.file(file), at, done);
            self.note(file, Step::Write { file, at, bytes: done.into() });
        }
        match fault {
            None => Ok(()),
            Some(fault) => Err(fault.into_error()),
        }
    }

    fn set_len(&mut self, file: u32, len: u64) -> io::Result<()> {
        self.begin(Call::Write, file)?;
        self.file(file).resize(usize::try_from(len).map_err(io::Error::other)?, 0);
        self.note(file, Step::SetLen { file, len });
        Ok(())
    }

    fn sync(&mut self, file: u32) -> io::Result<()> {
        let fault = self.fault_of(Call::Sync, file);
        let pending = self.pending.remove(&file).unwrap_or_default();
        let durable = self.durable.entry(file).or_default();
        if let Some(fault) = fault {
            let mut random = Random::new(self.calls ^ pending.iter().map(Step::hash).sum::<u64>());
            pending.iter().for_each(|step| cuts::apply_perhaps(durable, step, &mut random));
            self.steps.push(Step::SyncFailed { file, durable: durable.as_slice().into() });
            return Err(fault.into_error());
        }
        pending.iter().for_each(|step| cuts::apply(durable, step));
        self.steps.push(Step::Sync { file });
        Ok(())
    }

    fn create_log(&mut self, content: &[u8]) -> io::Result<u32> {
        self.begin(Call::Write, self.files_made + 1)?;
        if self.log.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.files_made += 1;
        let file = self.files_made;
        self.begin_file(file, content.to_vec());
        self.log = Some(file);
        self.steps.push(Step::CreateLog { file, content: content.into() });
        Ok(file)
    }

    fn remove_log(&mut self, file: u32) -> io::Result<()> {
        self.begin(Call::Sync, file)?;
        if self.log == Some(file) {
            self.log = None;
            self.steps.push(Step::RemoveLog);
        }
        Ok(())
    }
}

fn write_into(held: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let at = usize::try_from(at).expect("invariant: a simulated file is in memory");
    let end = at + bytes.len();
    if held.len() < end {
        held.resize(end, 0);
    }
    held[at..end].copy_from_slice(bytes);
}
