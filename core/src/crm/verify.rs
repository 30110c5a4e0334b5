//! Checks that what is stored holds together: the hash chain, the records, their indexes, unique keys and counts.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::domain::EntityKind;
use crate::error::Result;
use crate::port::{Order, ReadTxn, Space};
use crate::record::count::Tally;
use crate::record::{Catalog, Record, journal, key, meta};

use super::session::Session;

/// How many problems a report names at most.
const PROBLEMS_MAX: usize = 100;

/// What a check of the whole database found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many journal entries were read.
    pub entries: u64,
    /// How many records were read.
    pub records: u64,
    /// How many index entries, unique keys and counts were read.
    pub keys: u64,
    /// What is wrong, at most 100 sentences; none means that all is well.
    pub problems: Vec<String>,
}

impl Report {
    fn problem(&mut self, text: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(text);
        }
    }
}

impl Session {
    /// Reads everything on one snapshot and says what does not hold together. Changes nothing.
    ///
    /// # Errors
    /// What the store answers; damage that can be read over is in the report.
    pub fn verify(&self) -> Result<Report> {
        let snapshot = self.crm.inner.snapshot()?;
        let catalog = self.crm.catalog();
        let mut report = Report::default();
        check_journal(&*snapshot, &mut report)?;
        let wanted = check_records(&*snapshot, &catalog, &mut report)?;
        check_keys(&*snapshot, wanted.keys, &mut report)?;
        check_counts(&*snapshot, &catalog, wanted.counts, &mut report)?;
        Ok(report)
    }
}

/// The chain: no gap, and each entry holds the hash of the one before; the head is that of the last.
fn check_journal(txn: &dyn ReadTxn, report: &mut Report) -> Result<()> {
    let mut head = meta::Head::default();
    txn.scan(Space::Journal, &[], None, Order::Ascending, &mut |stored_key, stored| {
        report.entries += 1;
        let wanted = head.sequence + 1;
        match journal::decode(stored) {
            Err(error) => report.problem(format!("journal entry {wanted}: {error}")),
            Ok((entry, previous)) => {
                if entry.sequence != wanted || stored_key != key::journal(wanted) {
                    report.problem(format!("journal entry {wanted} is missing, found {}", entry.sequence));
                }
                if previous != head.hash {
                    report.problem(format!("journal entry {} does not follow from the one before", entry.sequence));
                }
            }
        }
        let sequence = meta::number(stored_key).unwrap_or(wanted);
        head = meta::Head { sequence, hash: journal::hash(stored) };
        Ok(ControlFlow::Continue(()))
    })?;
    if meta::Head::read(txn)? != head {
        report.problem(format!("the journal ends at {}, not where its head says", head.sequence));
    }
    Ok(())
}

/// What the records call for.
#[derive(Default)]
struct Wanted {
    /// How many index entries and how many unique keys.
    keys: [u64; 2],
    counts: Tally,
}

fn check_records(txn: &dyn ReadTxn, catalog: &Catalog, report: &mut Report) -> Result<Wanted> {
    let mut wanted = Wanted::default();
    txn.scan(Space::Record, &[], None, Order::Ascending, &mut |stored_key, stored| {
        report.records += 1;
        match Record::decode(stored) {
            Err(error) => report.problem(format!("record {}: {error}", name_key(stored_key))),
            Ok(record) if key::record(record.entity(), record.id()) != stored_key => {
                report.problem(format!("record {} lies under the key of another", name_key(stored_key)));
            }
            Ok(record) if !record.texts_are_whole() => {
                report.problem(format!("record {}: a text is not valid UTF-8", name_key(stored_key)));
            }
            Ok(record) => check_record(txn, catalog, &record, &mut wanted, report)?,
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(wanted)
}

fn check_record(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    record: &Record,
    wanted: &mut Wanted,
    report: &mut Report,
) -> Result<()> {
    let (entity, id) = (record.entity(), record.id());
    if record.header().sequence > meta::Head::read(txn)?.sequence {
        report.problem(format!("{} {id} is newer than the journal", entity.def().name));
    }
    wanted.counts.change(catalog, entity, None, Some(record));
    for index in catalog.indexes(entity) {
        let Some(index_key) = index.key_of(entity, id, record) else { continue };
        let space = if index.unique { Space::Unique } else { Space::Index };
        wanted.keys[usize::from(index.unique)] += 1;
        let mut holds = false;
        let found = txn.get(space, &index_key, &mut |value| holds = !index.unique || value == id.to_be_bytes())?;
        if !found || !holds {
            report.problem(format!("{} {id} is not in the index {}", entity.def().name, index.name));
        }
    }
    Ok(())
}

/// Every record has its keys; here, that there are no more keys than those.
fn check_keys(txn: &dyn ReadTxn, wanted: [u64; 2], report: &mut Report) -> Result<()> {
    for (space, wanted) in [(Space::Index, wanted[0]), (Space::Unique, wanted[1])] {
        let mut found = 0_u64;
        txn.scan(space, &[], None, Order::Ascending, &mut |_, _| {
            found += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        report.keys += found;
        if found != wanted {
            report.problem(format!("the space {} holds {found} keys, its records call for {wanted}", space.name()));
        }
    }
    Ok(())
}

/// Every count is the number of its records, and there are no others.
fn check_counts(txn: &dyn ReadTxn, catalog: &Catalog, wanted: Tally, report: &mut Report) -> Result<()> {
    let mut wanted: BTreeMap<Vec<u8>, u64> = wanted.into_numbers().collect();
    txn.scan(Space::Count, &[], None, Order::Ascending, &mut |stored_key, stored| {
        report.keys += 1;
        let (found, wanted) = (meta::number(stored).ok(), wanted.remove(stored_key));
        if found != wanted {
            let said = found.map_or_else(|| "cannot be read".to_owned(), |n| format!("is {n}"));
            let name = name_count(catalog, stored_key);
            report.problem(format!("the count {name} of some value {said}, its records are {}", wanted.unwrap_or(0)));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for (missing, number) in wanted {
        let name = name_count(catalog, &missing);
        report.problem(format!("the count {name} lacks a value that {number} records have"));
    }
    Ok(())
}

fn name_count(catalog: &Catalog, stored: &[u8]) -> String {
    let number = stored.get(1..3).map(|id| u16::from_be_bytes([id[0], id[1]]));
    let entity = stored.first().and_then(|n| EntityKind::from_number(*n));
    let counts = entity.map_or(&[] as &[_], |entity| catalog.counts(entity));
    let known = counts.iter().find(|count| Some(count.id) == number);
    known.map_or_else(|| "of an unknown number".to_owned(), |count| count.name.clone())
}

fn name_key(stored: &[u8]) -> String {
    let entity = stored.first().and_then(|n| EntityKind::from_number(*n)).map_or("unknown", |e| e.def().name);
    format!("{entity} {}", key::id_at_end(stored).unwrap_or_default())
}
