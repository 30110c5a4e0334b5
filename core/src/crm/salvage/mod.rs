//! Salvage: a new database of everything that can be read of a damaged one, or of one without its log.
//!
//! What is in force is taken over as it is. Where something is missing, pages that nothing leads to any more are searched for
//! it: of a record the highest revision is the newest, for revisions only grow and no record is ever deleted; of the entries
//! of the journal with one sequence the one that the chain names. Then the journal is gone through, and brings each record up
//! to what it says, as far as entries follow on from one another. Index entries, unique keys and counts are made anew.
//!
//! What is certain: nothing is taken over that its checksum does not vouch for, and what the report says is missing is. What
//! is not: without the journal's word nobody knows whether a record that was found on such a page is the last that there was.

mod derive;
mod follow;
mod take;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use crate::adapter::{LogFound, RedbOptions, RedbStore, Wreck};
use crate::domain::EntityKind;
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space, Store, WriteTxn};
use crate::record::meta::{self, Head};

use super::backup::{Copied, CopyWatch, Progress};
use super::verify::{Problem, ProblemKind, add_problem};

/// How much one transaction writes, but for a longer pair. Unit: bytes.
const TRANSACTION_BYTES: u64 = 8 << 20;
/// How many records or entries are looked at on one snapshot.
const STRETCH: usize = 1_000;
/// The time zone of a database of which it cannot be read.
const ZONE: &str = "Asia/Shanghai";

/// What a salvage brought into the new database, and what it did not find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// What became of the log of the old one.
    pub log: SalvagedLog,
    /// Records in the new database.
    pub records: u64,
    /// Of those, how many were made, or brought up to the journal, from its entries.
    pub records_restored: u64,
    /// How many are older than the journal says, because entries in between are missing.
    pub records_outdated: u64,
    /// How many ids were given out whose records are nowhere.
    pub records_missing: u64,
    /// Entries in the journal of the new database.
    pub entries: u64,
    /// How many entries are missing between those and before them.
    pub entries_missing: u64,
    /// Index entries, unique keys and counts that were made anew.
    pub keys: u64,
    /// How many things were missing, unreadable or in doubt; 0 when everything was found.
    pub problem_count: u64,
    /// The first 100 of them.
    pub problems: Vec<Problem>,
}

/// What became of the log of a database that was salvaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[repr(u8)]
pub enum SalvagedLog {
    /// The database needed none.
    #[default]
    NotNeeded = 0,
    /// All of it was read.
    Whole = 1,
    /// A part of it could not be read: the last commits may be missing.
    Damaged = 2,
    /// It was not there: the last commits are missing.
    Missing = 3,
    /// The one that was there is not of this database, or of another time: the last commits are missing.
    Foreign = 4,
}

impl SalvagedLog {
    /// Every answer, in the order of the numbers.
    pub const ALL: [Self; 5] = [Self::NotNeeded, Self::Whole, Self::Damaged, Self::Missing, Self::Foreign];

    /// The number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Whole => "whole",
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::Foreign => "foreign",
        }
    }
}

impl From<LogFound> for SalvagedLog {
    fn from(found: LogFound) -> Self {
        match found {
            LogFound::NotNeeded => Self::NotNeeded,
            LogFound::Whole => Self::Whole,
            LogFound::Damaged => Self::Damaged,
            LogFound::Missing => Self::Missing,
            LogFound::Foreign => Self::Foreign,
        }
    }
}

impl Salvaged {
    fn add(&mut self, kind: ProblemKind, at: (Option<EntityKind>, Option<u64>), text: String) {
        let problem = Problem { kind, entity: at.0, id: at.1, index: None, text };
        add_problem((&mut self.problem_count, &mut self.problems), problem);
    }
}

/// Writes everything that can be read of the database at `path`, with its log or without it, into a new database file at
/// `to`, which appears whole or not at all. The old one is only read, and may be open in a process.
///
/// # Errors
/// `NotFound` when there is none at `path`; `NotADatabase` when nothing of it is a database of this kernel;
/// `InvalidArgument` when both paths name one file; `Duplicate` when there is a file at `to`, and it is not to be replaced;
/// `Locked` when that file is open, or the old one is being compacted; `Busy` when another process writes faster than the old one
/// can be read; `Cancelled`; `ReadOnly`, `DiskFull` and `Io` of the new file, or of a log that is needed and cannot be opened.
/// What is damaged is in the report.
pub fn salvage_file(
    path: impl AsRef<Path>,
    to: impl AsRef<Path>,
    replace: bool,
    watch: &mut CopyWatch<'_>,
) -> Result<Salvaged> {
    let (path, to) = (path.as_ref(), to.as_ref());
    let wreck = Wreck::open(path, &RedbOptions { create: false, read_only: true, ..RedbOptions::default() })?;
    let is_same =
        |a: &Path, b: &Path| a == b || a.canonicalize().ok().is_some_and(|a| b.canonicalize().ok() == Some(a));
    if is_same(path, to) {
        let message = format!("{} is the database that is salvaged; name another file", to.display());
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    }
    let mut salvaged = Salvaged::default();
    RedbStore::create_filled(to, replace, Some(path), |store| {
        salvaged = salvage(&wreck, store, watch)?;
        Ok(())
    })?;
    Ok(salvaged)
}

fn salvage(wreck: &Wreck, target: &dyn Store, watch: &mut CopyWatch<'_>) -> Result<Salvaged> {
    let report = Salvaged { log: wreck.log().into(), ..Salvaged::default() };
    let mut salvage = Salvage {
        target,
        txn: None,
        bytes: 0,
        report,
        certain: BTreeSet::new(),
        doubles: BTreeMap::new(),
        last_ids: BTreeMap::new(),
        progress: Progress::new(watch),
    };
    salvage.note(wreck);
    wreck.read(&mut |piece| salvage.take(piece))?;
    salvage.commit()?;
    if salvage.is_empty()? {
        return Err(Error::new(ErrorKind::NotADatabase, "nothing in the file is of a database of crmkernel"));
    }
    salvage.choose_doubles()?;
    let head = salvage.follow_journal()?;
    salvage.derive()?;
    salvage.finish(head)
}

struct Salvage<'t, 'w, 'v> {
    target: &'t dyn Store,
    txn: Option<Box<dyn WriteTxn + 't>>,
    bytes: u64,
    report: Salvaged,
    /// The facts that are in force.
    certain: BTreeSet<Vec<u8>>,
    /// Entries of a sequence that has another, too.
    doubles: BTreeMap<u64, Vec<Vec<u8>>>,
    /// The highest id of each entity that something tells of.
    last_ids: BTreeMap<EntityKind, u64>,
    progress: Progress<'w, 'v>,
}

impl<'t> Salvage<'t, '_, '_> {
    fn note(&mut self, wreck: &Wreck) {
        if let Some(damage) = wreck.damage() {
            let text = format!("nothing leads to the newest state, every page was searched: {}", damage.message());
            self.report.add(ProblemKind::Store, (None, None), text);
        }
        let what = match self.report.log {
            SalvagedLog::NotNeeded | SalvagedLog::Whole => return,
            SalvagedLog::Damaged => "a part of the log cannot be read: the last commits may be missing",
            SalvagedLog::Missing => "the log is not there: the last commits are missing",
            SalvagedLog::Foreign => "the log does not go with the database: the last commits are missing",
        };
        self.report.add(ProblemKind::Store, (None, None), what.to_owned());
    }

    fn txn(&mut self) -> Result<&mut (dyn WriteTxn + 't)> {
        let txn = self.txn.take().map_or_else(|| self.target.begin_write(), Ok)?;
        Ok(&mut **self.txn.insert(txn))
    }

    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        self.txn()?.put(space, key, value)?;
        self.bytes += (key.len() + value.len()) as u64;
        if self.bytes >= TRANSACTION_BYTES { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<()> {
        self.bytes = 0;
        self.txn.take().map_or(Ok(()), |txn| txn.commit())
    }

    fn get(&mut self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        meta::get(self.txn()?, space, key)
    }

    fn is_empty(&self) -> Result<bool> {
        let read = self.target.begin_read()?;
        let mut is_empty = true;
        for space in [Space::Record, Space::Journal, Space::Meta] {
            read.scan(space, b"", None, Order::Ascending, &mut |_, _| {
                is_empty = false;
                Ok(ControlFlow::Break(()))
            })?;
        }
        Ok(is_empty)
    }

    /// Writes the facts without which a store is no database, the format last.
    fn finish(mut self, found: Head) -> Result<Salvaged> {
        let said = self.get(Space::Meta, meta::KEY_HEAD)?.filter(|bytes| bytes.len() == 40);
        let said = said.map(|_| Head::read(self.txn()?)).transpose()?.unwrap_or_default();
        let head = if said.sequence > found.sequence { said } else { found };
        if head.sequence > found.sequence {
            self.report.entries_missing += head.sequence - found.sequence;
            let text = format!("the journal entries {} to {} were not found", found.sequence + 1, head.sequence);
            self.report.add(ProblemKind::Journal, (None, Some(found.sequence + 1)), text);
        }
        self.put(Space::Meta, meta::KEY_HEAD, &head.encode())?;
        if self.get(Space::Meta, meta::KEY_ZONE)?.is_none() {
            let text = format!("the time zone was not found; it is {ZONE} now");
            self.report.add(ProblemKind::Store, (None, None), text);
            self.put(Space::Meta, meta::KEY_ZONE, ZONE.as_bytes())?;
        }
        self.commit()?;
        self.put(Space::Meta, meta::KEY_FORMAT, &meta::FORMAT_VERSION.to_be_bytes())?;
        self.commit()?;
        let Copied { .. } = self.progress.finish()?;
        Ok(self.report)
    }
}

/// The next pairs of a space, from a key on.
fn stretch(read: &dyn ReadTxn, space: Space, from: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut pairs = Vec::new();
    read.scan(space, from, None, Order::Ascending, &mut |key, value| {
        pairs.push((key.to_vec(), value.to_vec()));
        Ok(if pairs.len() < STRETCH { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(pairs)
}
