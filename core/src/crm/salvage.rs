//! Salvage: a new database of everything that can be read of a damaged one, or of one without its log.
//!
//! What is in force is taken over as it is. Where something is missing, pages that nothing leads to any more are searched for
//! it: of a record the highest revision is the newest, for revisions only grow and no record is ever deleted; of the entries
//! of the journal with one sequence the one that the chain names. Then the journal is gone through, and brings each record up
//! to what it says, as far as entries follow on from one another. Index entries, unique keys and counts are made anew.
//!
//! What is certain: nothing is taken over that its checksum does not vouch for, and what the report says is missing is. What
//! is not: without the journal's word nobody knows whether a record that was found on such a page is the last that there was.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use crate::adapter::{LogFound, Piece, RedbOptions, RedbStore, Wreck};
use crate::domain::EntityKind;
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Gap, Order, ReadTxn, Space, Store, WriteTxn};
use crate::record::catalog::{decode_custom, encode_custom};
use crate::record::count::Tally;
use crate::record::meta::{self, Head};
use crate::record::{Catalog, JournalEntry, Record, RecordChange, derived, journal, key, table};

use super::backup::{Copied, CopyWatch, Progress};
use super::replay::changed_by;
use super::unread;
use super::verify::{Problem, ProblemKind, add_problem, name_of};

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
/// `Locked` when that file is open, or the old one is being compacted; `Cancelled`; `ReadOnly`, `DiskFull` and `Io` of the
/// new file. What is damaged is in the report.
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
    RedbStore::create_filled(to, replace, |store| {
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

    fn take(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Gap(space, gap) => {
                self.note_gap(space, gap);
                Ok(())
            }
            Piece::Pair(space, key, value) => {
                self.progress.count(key, value)?;
                self.take_pair(space, key, value)
            }
            Piece::Loose(space, key, value) => {
                self.progress.count(key, value)?;
                self.take_loose(space, key, value)
            }
        }
    }

    /// What is derived from the records is made anew, whatever of it cannot be read.
    fn note_gap(&mut self, space: Space, gap: &Gap) {
        let kind = match space {
            Space::Index | Space::Unique | Space::Count => return,
            Space::Record => ProblemKind::Record,
            Space::Journal => ProblemKind::Journal,
            Space::Meta | Space::Schema => ProblemKind::Store,
        };
        let (at, what) = unread::name(space, gap);
        self.report.add(kind, at, format!("{what} cannot be read where they lay: {}", gap.error.message()));
    }

    fn take_pair(&mut self, space: Space, stored_key: &[u8], value: &[u8]) -> Result<()> {
        match space {
            Space::Record => match record_of(stored_key, value) {
                Some(_) => self.put(space, stored_key, value),
                None => {
                    let at = (stored_key.first().and_then(|n| EntityKind::from_number(*n)), key::id_at_end(stored_key));
                    self.report.add(ProblemKind::Record, at, format!("{} is damaged", name_of(at)));
                    Ok(())
                }
            },
            Space::Journal => match entry_of(stored_key, value) {
                Some(_) => self.put(space, stored_key, value),
                None => {
                    let sequence = meta::number(stored_key).ok();
                    let text = format!("journal entry {} is damaged", sequence.unwrap_or_default());
                    self.report.add(ProblemKind::Journal, (None, sequence), text);
                    Ok(())
                }
            },
            Space::Meta if stored_key == meta::KEY_FORMAT => Ok(()),
            Space::Meta => {
                self.certain.insert(stored_key.to_vec());
                self.put(space, stored_key, value)
            }
            Space::Schema => self.put(space, stored_key, value),
            Space::Index | Space::Unique | Space::Count => Ok(()),
        }
    }

    /// A pair of a page that nothing leads to: what it is shows in what it holds.
    fn take_loose(&mut self, space: Option<Space>, stored_key: &[u8], value: &[u8]) -> Result<()> {
        let may_be = |of: Space| space.is_none_or(|space| space == of);
        if may_be(Space::Record)
            && let Some(record) = record_of(stored_key, value)
        {
            let held = self.get(Space::Record, stored_key)?.and_then(|held| record_of(stored_key, &held));
            let is_newer = held.is_none_or(|held| held.revision() < record.revision());
            return if is_newer { self.put(Space::Record, stored_key, value) } else { Ok(()) };
        }
        if may_be(Space::Journal)
            && let Some(entry) = entry_of(stored_key, value)
        {
            return match self.get(Space::Journal, stored_key)? {
                None => self.put(Space::Journal, stored_key, value),
                Some(held) if held == value => Ok(()),
                Some(_) => {
                    let others = self.doubles.entry(entry.sequence).or_default();
                    if !others.iter().any(|other| other == value) {
                        others.push(value.to_vec());
                    }
                    Ok(())
                }
            };
        }
        let is_fact = may_be(Space::Meta) && [meta::KEY_ZONE, meta::KEY_PLUGIN_KEYS].contains(&stored_key);
        let is_field = may_be(Space::Schema)
            && stored_key.len() == 2
            && decode_custom(value).is_ok_and(|field| field.id.to_be_bytes() == stored_key);
        for (space, _) in [(Space::Meta, is_fact), (Space::Schema, is_field)].into_iter().filter(|(_, fits)| *fits) {
            if self.get(space, stored_key)?.is_none() {
                self.put(space, stored_key, value)?;
            }
        }
        Ok(())
    }

    /// Of several entries with one sequence, takes the one whose hash the next holds, or which holds that of the one before.
    fn choose_doubles(&mut self) -> Result<()> {
        for (sequence, others) in std::mem::take(&mut self.doubles) {
            let previous_of = |entry: Option<Vec<u8>>| {
                entry.as_deref().and_then(|entry| journal::decode(entry).ok()).map(|(_, previous)| previous)
            };
            let named = previous_of(self.get(Space::Journal, &key::journal(sequence + 1))?);
            let before = self.get(Space::Journal, &key::journal(sequence.saturating_sub(1)))?;
            let before = before.as_deref().map(journal::hash);
            let held = self.get(Space::Journal, &key::journal(sequence))?;
            let all: Vec<Vec<u8>> = held.into_iter().chain(others).collect();
            let chosen = all
                .iter()
                .find(|entry| named == Some(journal::hash(entry)))
                .or_else(|| all.iter().find(|entry| before.is_some() && previous_of(Some((*entry).clone())) == before));
            let (Some(chosen), is_known) = (chosen.or(all.first()), named.is_some() || before.is_some()) else {
                continue;
            };
            if !is_known {
                let text = format!("journal entry {sequence} was found in {} forms; one of them was taken", all.len());
                self.report.add(ProblemKind::Journal, (None, Some(sequence)), text);
            }
            self.put(Space::Journal, &key::journal(sequence), &chosen.clone())?;
        }
        self.commit()
    }

    /// Goes through the journal, says what of it is missing, and brings the records up to it.
    fn follow_journal(&mut self) -> Result<Head> {
        let mut head = Head::default();
        let mut behind: BTreeMap<(EntityKind, u64), u64> = BTreeMap::new();
        let mut restored = BTreeSet::new();
        loop {
            self.commit()?;
            let chunk = stretch(&*self.target.begin_read()?, Space::Journal, &key::journal(head.sequence + 1))?;
            if chunk.is_empty() {
                break;
            }
            for (_, stored) in chunk {
                let (entry, previous) = journal::decode(&stored)?;
                self.check_chain(&head, &entry, previous == head.hash);
                head = Head { sequence: entry.sequence, hash: journal::hash(&stored) };
                self.report.entries += 1;
                self.follow_facts(&entry)?;
                for change in &entry.changes {
                    self.follow_change(&entry, change, &mut behind, &mut restored)?;
                }
                self.progress.count(b"", &stored)?;
            }
        }
        self.commit()?;
        self.report.records_restored = restored.len() as u64;
        self.note_outdated(&behind)?;
        Ok(head)
    }

    fn check_chain(&mut self, head: &Head, entry: &JournalEntry, follows: bool) {
        let (expected, found) = (head.sequence + 1, entry.sequence);
        if found > expected {
            self.report.entries_missing += found - expected;
            let text = format!("the journal entries {expected} to {} were not found", found - 1);
            self.report.add(ProblemKind::Journal, (None, Some(expected)), text);
        } else if !follows {
            let text = format!("journal entry {found} does not follow from the one before");
            self.report.add(ProblemKind::Journal, (None, Some(found)), text);
        }
    }

    fn follow_facts(&mut self, entry: &JournalEntry) -> Result<()> {
        if let Some(field) = &entry.declared {
            let stored_key = field.id.to_be_bytes();
            if self.get(Space::Schema, &stored_key)?.is_none() {
                self.put(Space::Schema, &stored_key, &encode_custom(field))?;
            }
        }
        for fact in entry.facts.iter().filter(|fact| fact.key != meta::KEY_FORMAT) {
            if !self.certain.contains(&fact.key) {
                self.put(Space::Meta, &fact.key, &fact.value)?;
            }
        }
        Ok(())
    }

    fn follow_change(
        &mut self,
        entry: &JournalEntry,
        change: &RecordChange,
        behind: &mut BTreeMap<(EntityKind, u64), u64>,
        restored: &mut BTreeSet<(EntityKind, u64)>,
    ) -> Result<()> {
        let of = (change.entity, change.id);
        let last = self.last_ids.entry(change.entity).or_default();
        *last = change.id.max(*last);
        let held = table::load(self.txn()?, change.entity, change.id)?;
        if held.as_ref().is_some_and(|record| record.revision() >= change.revision) {
            return Ok(());
        }
        match changed_by(entry, change, held.as_ref()) {
            Ok(after) => {
                self.put(Space::Record, &key::record(change.entity, change.id), after.as_bytes())?;
                restored.insert(of);
            }
            Err(_) => drop(behind.insert(of, change.revision)),
        }
        Ok(())
    }

    /// Records that were left behind by entries that do not follow on from what was found.
    fn note_outdated(&mut self, behind: &BTreeMap<(EntityKind, u64), u64>) -> Result<()> {
        for ((entity, id), revision) in behind {
            let Some(held) = table::load(self.txn()?, *entity, *id)? else { continue };
            if held.revision() < *revision {
                self.report.records_outdated += 1;
                let at = (Some(*entity), Some(*id));
                let held = held.revision();
                let text =
                    format!("{} is of revision {held}, and the journal tells of revision {revision}", name_of(at));
                self.report.add(ProblemKind::Record, at, text);
            }
        }
        Ok(())
    }

    /// Makes index entries, unique keys and counts of the records, and says which ids have none.
    fn derive(&mut self) -> Result<()> {
        let catalog = self.catalog()?;
        let mut tally = Tally::default();
        let mut next: Vec<u8> = Vec::new();
        let mut before: Option<(EntityKind, u64)> = None;
        let mut found: BTreeMap<EntityKind, u64> = BTreeMap::new();
        loop {
            let chunk = stretch(&*self.target.begin_read()?, Space::Record, &next)?;
            let Some((last, _)) = chunk.last() else { break };
            next = [last.as_slice(), &[0]].concat();
            for (_, stored) in chunk {
                let record = Record::decode(&stored)?;
                let (entity, id) = (record.entity(), record.id());
                let expected = before.filter(|(of, _)| *of == entity).map_or(1, |(_, id)| id + 1);
                self.note_missing(entity, expected, id);
                before = Some((entity, id));
                found.insert(entity, id);
                tally.change(&catalog, entity, None, Some(&record));
                self.derive_keys(&catalog, &record)?;
                self.report.records += 1;
                self.progress.count(b"", &stored)?;
            }
            self.commit()?;
        }
        for entity in EntityKind::ALL.iter().copied() {
            self.count_ids(entity, found.get(&entity).copied().unwrap_or(0))?;
        }
        for (stored_key, number) in tally.into_numbers() {
            self.report.keys += 1;
            self.put(Space::Count, &stored_key, &number.to_be_bytes())?;
        }
        self.commit()
    }

    fn catalog(&self) -> Result<Catalog> {
        let mut custom = Vec::new();
        let read = self.target.begin_read()?;
        read.scan(Space::Schema, b"", None, Order::Ascending, &mut |_, value| {
            custom.push(decode_custom(value)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Catalog::new(custom))
    }

    fn derive_keys(&mut self, catalog: &Catalog, record: &Record) -> Result<()> {
        for wanted in derived::wanted(catalog, record) {
            self.report.keys += 1;
            if wanted.index.unique
                && let Some(holder) = self.get(wanted.space, &wanted.key)?
            {
                let holder = meta::number(&holder)?;
                let other = table::load(self.txn()?, record.entity(), holder)?;
                let at = (Some(record.entity()), Some(record.id()));
                let text = format!("{} calls for the key in {} that {} has", name_of(at), wanted.index.name, holder);
                self.report.add(ProblemKind::Unique, at, text);
                // The one that was written last is the likelier holder.
                if other.is_some_and(|other| other.header().sequence > record.header().sequence) {
                    continue;
                }
            }
            self.put(wanted.space, &wanted.key, &wanted.value)?;
        }
        Ok(())
    }

    /// Ids are given out one after the other, and no record is ever deleted.
    fn note_missing(&mut self, entity: EntityKind, expected: u64, found: u64) {
        if found > expected {
            self.report.records_missing += found - expected;
            let name = entity.def().name;
            let text = match found - expected {
                1 => format!("{name} {expected} was not found"),
                _ => format!("{name} {expected} to {} were not found", found - 1),
            };
            self.report.add(ProblemKind::Record, (Some(entity), Some(expected)), text);
        }
    }

    /// Sets the counter of an entity's ids to what was given out at least.
    fn count_ids(&mut self, entity: EntityKind, found: u64) -> Result<()> {
        let stored_key = meta::counter_key(entity);
        let counted = self.get(Space::Meta, &stored_key)?.and_then(|bytes| meta::number(&bytes).ok()).unwrap_or(0);
        let last = counted.max(found).max(self.last_ids.get(&entity).copied().unwrap_or(0));
        if last > 0 {
            self.note_missing(entity, found + 1, last + 1);
            self.put(Space::Meta, &stored_key, &last.to_be_bytes())?;
        }
        Ok(())
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

/// The record that a pair holds, if it is one.
fn record_of(stored_key: &[u8], value: &[u8]) -> Option<Record> {
    let record = Record::decode(value).ok()?;
    (key::record(record.entity(), record.id()) == stored_key).then_some(record)
}

/// The entry that a pair holds, if it is one.
fn entry_of(stored_key: &[u8], value: &[u8]) -> Option<JournalEntry> {
    let (entry, _) = journal::decode(value).ok()?;
    (key::journal(entry.sequence) == stored_key).then_some(entry)
}
