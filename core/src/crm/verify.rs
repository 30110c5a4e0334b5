//! Checks that what is stored holds together: the hash chain, the records, and everything that is derived from them.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::domain::{EntityKind, FieldType, ValueRef};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{ReadTxn, Seen, Space, is_unreadable};
use crate::record::count::Tally;
use crate::record::{Catalog, Record, journal, key, meta, table};

use super::session::Session;
use super::unread;
use super::verify_derived::{check_counts, check_indexes, check_keys};
use super::warnings::Warning;

/// How many problems a report names at most.
const PROBLEMS_MAX: usize = 100;
/// How many entries, records and keys go by between two looks at the watch.
const READ_PER_LOOK: u64 = 1_024;
/// How long the check of the store waits for snapshots to end.
const STORE_CHECK_WAIT: Duration = Duration::from_millis(100);

/// What does not hold together. The number is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum ProblemKind {
    /// What the store keeps below its pairs, such as the pages of its file.
    Store = 1,
    /// The journal: an entry, the chain, its head.
    Journal = 2,
    /// A record: its form, its place, its last journal entry.
    Record = 3,
    /// A reference to a record that is not there.
    Reference = 4,
    /// An index: a record that is not in it, or a key of no record. `rebuild_indexes` mends it.
    Index = 5,
    /// A unique key: missing, of no record, or called for by two. `rebuild_indexes` mends it, but for the last.
    Unique = 6,
    /// A count of records by their values. `rebuild_indexes` mends it.
    Count = 7,
}

impl ProblemKind {
    /// Every kind, in the order of the numbers.
    pub const ALL: [ProblemKind; 7] =
        [Self::Store, Self::Journal, Self::Record, Self::Reference, Self::Index, Self::Unique, Self::Count];

    /// The number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Journal => "journal",
            Self::Record => "record",
            Self::Reference => "reference",
            Self::Index => "index",
            Self::Unique => "unique",
            Self::Count => "count",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// The entity, when it is about one.
    pub entity: Option<EntityKind>,
    /// The id of the record, or the sequence of the journal entry.
    pub id: Option<u64>,
    /// The name of the index, unique key or count.
    pub index: Option<String>,
    /// The whole of it as an English sentence, without stored values.
    pub text: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a check of the whole database found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many journal entries were read.
    pub entries: u64,
    /// How many records were read.
    pub records: u64,
    /// How many index entries, unique keys and counts were read.
    pub keys: u64,
    /// Whether the store's own check ran. It does not while cursors are alive, nor while the disk has no room for what is in
    /// the log: then everything above it was checked.
    pub store_checked: bool,
    /// How many problems there are; 0 means that all is well.
    pub problem_count: u64,
    /// The first 100 of them.
    pub problems: Vec<Problem>,
    /// What somebody should know besides, such as a plugin that is missing; these are no problems.
    pub warnings: Vec<Warning>,
}

impl Report {
    pub(super) fn add(
        &mut self,
        kind: ProblemKind,
        at: (Option<EntityKind>, Option<u64>),
        index: Option<&str>,
        text: String,
    ) {
        add_problem(
            (&mut self.problem_count, &mut self.problems),
            Problem { kind, entity: at.0, id: at.1, index: index.map(str::to_owned), text },
        );
    }
}

/// Counts a problem, and keeps it when it is among the first.
pub(super) fn add_problem((count, problems): (&mut u64, &mut Vec<Problem>), problem: Problem) {
    *count += 1;
    if problems.len() < PROBLEMS_MAX {
        problems.push(problem);
    }
}

/// Is told how many entries, records and keys were read, from time to time; `Break` cancels.
pub type VerifyWatch<'w> = dyn FnMut(u64) -> ControlFlow<()> + 'w;

/// Counts what was read and tells the watch.
pub(super) struct Progress<'w, 'v> {
    read: u64,
    watch: &'w mut VerifyWatch<'v>,
}

impl Progress<'_, '_> {
    pub(super) fn count(&mut self) -> Result<()> {
        self.read += 1;
        if self.read.is_multiple_of(READ_PER_LOOK) && (self.watch)(self.read).is_break() {
            let message = format!("cancelled after {} entries, records and keys", self.read);
            return Err(Error::new(ErrorKind::Cancelled, message));
        }
        Ok(())
    }
}

impl Session {
    /// [`Session::verify_watched`] without a watch.
    ///
    /// # Errors
    /// What the store answers; damage that can be read over is in the report.
    pub fn verify(&self) -> Result<Report> {
        self.verify_watched(&mut |_| ControlFlow::Continue(()))
    }

    /// Reads everything on one snapshot and says what does not hold together. Changes nothing. Others read and write
    /// meanwhile, but wait while the store checks itself, which cannot be cancelled.
    ///
    /// # Errors
    /// `Cancelled`; what the store answers; damage that can be read over is in the report.
    pub fn verify_watched(&self, watch: &mut VerifyWatch<'_>) -> Result<Report> {
        let mut report = Report { warnings: self.crm.warnings(), ..Report::default() };
        let mut progress = Progress { read: 0, watch };
        self.check_store(&mut report)?;
        let snapshot = self.crm.inner.snapshot()?;
        let catalog = self.crm.catalog();
        check_journal(&*snapshot, &mut progress, &mut report)?;
        let wanted = check_records(&*snapshot, &catalog, &mut progress, &mut report)?;
        check_keys(&*snapshot, &catalog, wanted.keys, &mut progress, &mut report)?;
        check_counts(&*snapshot, &catalog, wanted, &mut progress, &mut report)?;
        // At the end there is nothing left to cancel.
        let _ = (progress.watch)(progress.read);
        Ok(report)
    }

    fn check_store(&self, report: &mut Report) -> Result<()> {
        let inner = &self.crm.inner;
        match inner.without_snapshot(|| inner.store.check(STORE_CHECK_WAIT)) {
            // The store's check begins with what the log holds, which it brings into the file. The rest is reading alone.
            Err(error) if matches!(error.kind(), ErrorKind::Busy | ErrorKind::DiskFull) => return Ok(()),
            Err(error) => return Err(error),
            Ok(found) => {
                for text in found {
                    report.add(ProblemKind::Store, (None, None), None, text);
                }
            }
        }
        report.store_checked = true;
        Ok(())
    }
}

/// Is shown each pair, or `None` for keys that cannot be read.
pub(super) type PairOrGap<'v> = dyn FnMut(Option<(&[u8], &[u8])>, &mut Report) -> Result<()> + 'v;

/// Shows every pair of a space that can be read, and notes what cannot; false when something cannot.
pub(super) fn read_through(
    txn: &dyn ReadTxn,
    space: Space,
    (kind, report): (ProblemKind, &mut Report),
    visit: &mut PairOrGap<'_>,
) -> Result<bool> {
    let mut is_whole = true;
    txn.read_through(space, &mut |seen| {
        match seen {
            Seen::Pair(key, value) => visit(Some((key, value)), report)?,
            Seen::Gap(gap) => {
                is_whole = false;
                let (at, what) = unread::name(space, gap);
                report.add(kind, at, None, format!("{what} cannot be read: {}", gap.error.message()));
                visit(None, report)?;
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(is_whole)
}

/// What is read by its key; `None` when it lies where nothing can be read, which is noted with its space.
pub(super) fn if_readable<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Err(error) if is_unreadable(&error) => Ok(None),
        read => read.map(Some),
    }
}

/// The chain: no gap, and each entry holds the hash of the one before; the head is that of the last. Behind entries that
/// cannot be read the chain begins anew.
fn check_journal(txn: &dyn ReadTxn, progress: &mut Progress<'_, '_>, report: &mut Report) -> Result<()> {
    let mut head = Some(meta::Head::default());
    read_through(txn, Space::Journal, (ProblemKind::Journal, report), &mut |pair, report| {
        let Some((stored_key, stored)) = pair else {
            head = None;
            return Ok(());
        };
        progress.count()?;
        report.entries += 1;
        check_entry(head, stored_key, stored, report);
        let wanted = head.map_or(0, |head| head.sequence + 1);
        let sequence = meta::number(stored_key).unwrap_or(wanted);
        head = Some(meta::Head { sequence, hash: journal::hash(stored) });
        Ok(())
    })?;
    if let Some(head) = head
        && if_readable(meta::Head::read(txn)).ok().is_none_or(|found| found.is_some_and(|found| found != head))
    {
        let text = format!("the journal ends at {}, not where its head says", head.sequence);
        report.add(ProblemKind::Journal, (None, Some(head.sequence)), None, text);
    }
    Ok(())
}

/// One entry behind those up to the head, where that is known.
fn check_entry(head: Option<meta::Head>, stored_key: &[u8], stored: &[u8], report: &mut Report) {
    let wanted = head.map_or_else(|| meta::number(stored_key).unwrap_or(0), |head| head.sequence + 1);
    let mut problem = |id, text| report.add(ProblemKind::Journal, (None, Some(id)), None, text);
    match journal::decode(stored) {
        Err(error) => problem(wanted, format!("journal entry {wanted}: {error}")),
        Ok((entry, previous)) => {
            if entry.sequence != wanted || stored_key != key::journal(wanted) {
                problem(wanted, format!("journal entry {wanted} is missing, found {}", entry.sequence));
            }
            if head.is_some_and(|head| previous != head.hash) {
                let text = format!("journal entry {} does not follow from the one before", entry.sequence);
                problem(entry.sequence, text);
            }
        }
    }
}

/// What the records call for.
#[derive(Default)]
pub(super) struct Wanted {
    /// How many index entries and how many unique keys.
    pub(super) keys: [u64; 2],
    pub(super) counts: Tally,
    /// Whether every record could be read.
    pub(super) is_whole: bool,
}

fn check_records(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    progress: &mut Progress<'_, '_>,
    report: &mut Report,
) -> Result<Wanted> {
    let mut wanted = Wanted::default();
    wanted.is_whole = read_through(txn, Space::Record, (ProblemKind::Record, report), &mut |pair, report| {
        let Some((stored_key, stored)) = pair else { return Ok(()) };
        progress.count()?;
        report.records += 1;
        let at = (stored_key.first().and_then(|n| EntityKind::from_number(*n)), key::id_at_end(stored_key));
        let name = name_of(at);
        let mut problem = |text| report.add(ProblemKind::Record, at, None, text);
        match Record::decode(stored) {
            Err(error) => problem(format!("{name}: {error}")),
            Ok(record) if key::record(record.entity(), record.id()) != stored_key => {
                problem(format!("{name} lies under the key of another"));
            }
            Ok(record) if !record.texts_are_whole() => problem(format!("{name}: a text is not valid UTF-8")),
            Ok(record) => {
                check_history(txn, &record, report)?;
                check_references(txn, catalog, &record, report)?;
                wanted.counts.change(catalog, record.entity(), None, Some(&record));
                check_indexes(txn, catalog, &record, &mut wanted.keys, report)?;
            }
        }
        Ok(())
    })?;
    Ok(wanted)
}

/// The record's id was given out, and the journal entry that it names made the revision that it has.
fn check_history(txn: &dyn ReadTxn, record: &Record, report: &mut Report) -> Result<()> {
    let (entity, id, header) = (record.entity(), record.id(), record.header());
    let at = (Some(entity), Some(id));
    let name = name_of(at);
    if meta::last_id(txn, entity).is_ok_and(|last| id > last) {
        report.add(ProblemKind::Record, at, None, format!("{name} has an id that was not given out yet"));
    }
    let entry = meta::get(txn, Space::Journal, &key::journal(header.sequence));
    let Some(entry) = if_readable(entry)? else { return Ok(()) };
    let changed = entry.as_deref().map(journal::decode).transpose().map(|entry| {
        entry.is_some_and(|(entry, _)| {
            entry.changes.iter().any(|c| c.entity == entity && c.id == id && c.revision == header.revision)
        })
    });
    // An entry that cannot be read has been reported with the journal.
    if matches!(changed, Ok(false)) {
        let text = format!("{name} was last changed by journal entry {}, which does not say so", header.sequence);
        report.add(ProblemKind::Record, at, None, text);
    }
    Ok(())
}

fn check_references(txn: &dyn ReadTxn, catalog: &Catalog, record: &Record, report: &mut Report) -> Result<()> {
    let at = (Some(record.entity()), Some(record.id()));
    for (field, value) in record.iter() {
        let Some(info) = catalog.field(record.entity(), field) else { continue };
        if let (FieldType::Ref(other), ValueRef::Ref(id)) = (info.kind, value)
            && if_readable(table::exists(txn, other, id))? == Some(false)
        {
            let text =
                format!("{} names the {} {id} in {}, which is not there", name_of(at), other.def().name, info.name);
            report.add(ProblemKind::Reference, at, None, text);
        }
    }
    Ok(())
}

pub(super) fn name_of((entity, id): (Option<EntityKind>, Option<u64>)) -> String {
    let entity = entity.map_or("record of an unknown entity", |e| e.def().name);
    format!("{entity} {}", id.unwrap_or_default())
}
