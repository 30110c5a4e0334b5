//! Brings everything that is derived from the records up to them: index entries, unique keys and counts.
//!
//! What is wrong is found on a snapshot, a stretch at a time, and mended in a transaction that looks again. Every
//! transaction leaves the indexes nearer to the records than before and none farther, so that others read and write
//! meanwhile, and work that a crash or a cancel ends is taken up by beginning again. Counts are made anew in one transaction
//! that reads the records once; who writes waits for it, and it is left out when they are right.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::domain::{EntityKind, Operation};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space, WriteTxn};
use crate::record::count::Tally;
use crate::record::derived::{self, Claim, Wanted};
use crate::record::{Catalog, Record, key, meta, table};

use super::session::Session;
use super::verify::{Problem, ProblemKind, add_problem, name_of};

/// How many records, or keys, are looked at on one snapshot, and so mended at most in one transaction.
const STRETCH: usize = 10_000;
/// How often a transaction is run again after another writer committed first.
const TRIES_MAX: u32 = 8;

/// What a rebuild of the indexes did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many records were read.
    pub records: u64,
    /// How many index entries, unique keys and counts were read.
    pub keys: u64,
    /// How many keys and counts were missing or wrong, and were written.
    pub written: u64,
    /// How many keys and counts no record called for, which were removed.
    pub removed: u64,
    /// How many problems are left, which a rebuild cannot mend.
    pub problem_count: u64,
    /// The first 100 of them: records that cannot be read, and unique keys that two records call for. Of those the key
    /// leads to the one that held it, or else to the one of the lowest id.
    pub problems: Vec<Problem>,
}

/// Is told how many records and keys were read, from time to time; `Break` cancels.
pub type RebuildWatch<'w> = dyn FnMut(u64) -> ControlFlow<()> + 'w;

/// Something that was found on a snapshot.
enum Finding {
    /// A record without one of its keys.
    Lacking(EntityKind, u64),
    /// A record that cannot be read.
    Damaged(Problem),
    /// A key that no record calls for.
    Stray(Space, Vec<u8>),
}

/// A stretch of a space: what was found in it, and where the next begins.
struct Stretch {
    findings: Vec<Finding>,
    read: u64,
    next: Option<Vec<u8>>,
}

impl Session {
    /// Brings every index, unique key and count up to the records, while others read and write. Memory is bounded by
    /// the number of counts, beside a stretch of keys.
    ///
    /// # Errors
    /// `Forbidden` below the level manage; `Cancelled`; what the store answers. What was mended until then stays.
    pub fn rebuild_indexes(&self, watch: &mut RebuildWatch<'_>) -> Result<Rebuilt> {
        self.permit(Operation::RebuildIndexes)?;
        let mut rebuilt = Rebuilt::default();
        for space in [Space::Record, Space::Index, Space::Unique] {
            self.rebuild_space(space, &mut rebuilt, watch)?;
        }
        self.rebuild_counts(&mut rebuilt)?;
        Ok(rebuilt)
    }

    fn rebuild_counts(&self, rebuilt: &mut Rebuilt) -> Result<()> {
        let wrong = {
            let snapshot = self.crm.inner.store.begin_read()?;
            let (changes, read) = look_at_counts(&*snapshot, &self.crm.catalog())?;
            rebuilt.keys += read;
            !changes.is_empty()
        };
        if !wrong {
            return Ok(());
        }
        self.in_transaction(rebuilt, |txn, rebuilt| {
            for (key, number) in look_at_counts(txn, &self.crm.catalog())?.0 {
                match number {
                    Some(number) => {
                        txn.put(Space::Count, &key, &number.to_be_bytes())?;
                        rebuilt.written += 1;
                    }
                    None => {
                        txn.delete(Space::Count, &key)?;
                        rebuilt.removed += 1;
                    }
                }
            }
            Ok(())
        })
    }

    fn rebuild_space(&self, space: Space, rebuilt: &mut Rebuilt, watch: &mut RebuildWatch<'_>) -> Result<()> {
        let mut from = Some(Vec::new());
        while let Some(begin) = from {
            let catalog = self.crm.catalog();
            let stretch = {
                let snapshot = self.crm.inner.store.begin_read()?;
                look(&*snapshot, &catalog, space, &begin)?
            };
            from = stretch.next;
            match space {
                Space::Record => rebuilt.records += stretch.read,
                _ => rebuilt.keys += stretch.read,
            }
            self.mend(&catalog, stretch.findings, rebuilt)?;
            let read = rebuilt.records + rebuilt.keys;
            if watch(read).is_break() {
                return Err(Error::new(ErrorKind::Cancelled, format!("cancelled after {read} records and keys")));
            }
        }
        Ok(())
    }

    /// Mends what was found in one transaction, on the state of that transaction.
    fn mend(&self, catalog: &Catalog, findings: Vec<Finding>, rebuilt: &mut Rebuilt) -> Result<()> {
        if findings.is_empty() {
            return Ok(());
        }
        self.in_transaction(rebuilt, |txn, rebuilt| {
            findings.iter().try_for_each(|finding| mend_one(txn, catalog, finding, rebuilt))
        })
    }

    /// Runs work in a transaction, again when another writer was faster, and counts what it did once.
    fn in_transaction(
        &self,
        rebuilt: &mut Rebuilt,
        work: impl Fn(&mut dyn WriteTxn, &mut Rebuilt) -> Result<()>,
    ) -> Result<()> {
        for _ in 0..TRIES_MAX {
            let mut tried = rebuilt.clone();
            let mut txn = self.crm.inner.store.begin_write()?;
            work(&mut *txn, &mut tried)?;
            let committed = txn.commit();
            self.crm.inner.forget_snapshot();
            match committed {
                Err(error) if error.kind() == ErrorKind::Busy => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    *rebuilt = tried;
                    return Ok(());
                }
            }
        }
        Err(Error::new(ErrorKind::Busy, format!("another writer committed first {TRIES_MAX} times in a row")))
    }
}

/// Counts that are wrong, with the number that is right, `None` for one that has to go.
type CountChanges = Vec<(Vec<u8>, Option<u64>)>;

/// Compares the counts with the records, and says how many there are. While a record cannot be read, what it
/// counts for is not known, so all stay as they are.
fn look_at_counts(txn: &dyn ReadTxn, catalog: &Catalog) -> Result<(CountChanges, u64)> {
    let (mut tally, mut whole) = (Tally::default(), true);
    txn.scan(Space::Record, &[], None, Order::Ascending, &mut |_, stored| {
        let Ok(record) = Record::decode(stored) else {
            whole = false;
            return Ok(ControlFlow::Break(()));
        };
        tally.change(catalog, record.entity(), None, Some(&record));
        Ok(ControlFlow::Continue(()))
    })?;
    let mut wanted: BTreeMap<Vec<u8>, u64> = tally.into_numbers().collect();
    let (mut changes, mut read) = (CountChanges::new(), 0);
    txn.scan(Space::Count, &[], None, Order::Ascending, &mut |found, stored| {
        read += 1;
        let number = wanted.remove(found);
        if number.is_none() || meta::number(stored).ok() != number {
            changes.push((found.to_vec(), number));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    changes.extend(wanted.into_iter().map(|(key, number)| (key, Some(number))));
    if !whole {
        changes.clear();
    }
    Ok((changes, read))
}

/// Looks at a stretch of a space on a snapshot.
fn look(txn: &dyn ReadTxn, catalog: &Catalog, space: Space, begin: &[u8]) -> Result<Stretch> {
    let mut stretch = Stretch { findings: Vec::new(), read: 0, next: None };
    txn.scan(space, begin, None, Order::Ascending, &mut |found, value| {
        if stretch.read == STRETCH as u64 {
            stretch.next = Some(found.to_vec());
            return Ok(ControlFlow::Break(()));
        }
        stretch.read += 1;
        let finding = match space {
            Space::Record => look_at_record(txn, catalog, found, value)?,
            _ => match derived::claim(txn, catalog, space, found, value)? {
                Claim::Stray => Some(Finding::Stray(space, found.to_vec())),
                Claim::Called | Claim::Unknown => None,
            },
        };
        stretch.findings.extend(finding);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(stretch)
}

fn look_at_record(txn: &dyn ReadTxn, catalog: &Catalog, found: &[u8], stored: &[u8]) -> Result<Option<Finding>> {
    let record = match Record::decode(stored) {
        Ok(record) if key::record(record.entity(), record.id()) == found => record,
        _ => {
            let (entity, id) = (found.first().and_then(|n| EntityKind::from_number(*n)), key::id_at_end(found));
            let text = format!("{} cannot be read; its keys stay as they are", name_of((entity, id)));
            let problem = Problem { kind: ProblemKind::Record, entity, id, index: None, text };
            return Ok(Some(Finding::Damaged(problem)));
        }
    };
    for wanted in derived::wanted(catalog, &record) {
        if !holds(txn, &wanted)? {
            return Ok(Some(Finding::Lacking(record.entity(), record.id())));
        }
    }
    Ok(None)
}

fn holds(txn: &dyn ReadTxn, wanted: &Wanted<'_>) -> Result<bool> {
    let mut holds = false;
    txn.get(wanted.space, &wanted.key, &mut |value| holds = value == wanted.value)?;
    Ok(holds)
}

fn mend_one(txn: &mut dyn WriteTxn, catalog: &Catalog, finding: &Finding, rebuilt: &mut Rebuilt) -> Result<()> {
    match finding {
        Finding::Damaged(problem) => {
            add_problem((&mut rebuilt.problem_count, &mut rebuilt.problems), problem.clone());
            Ok(())
        }
        Finding::Stray(space, found) => {
            let Some(value) = meta::get(txn, *space, found)? else { return Ok(()) };
            if derived::claim(txn, catalog, *space, found, &value)? == Claim::Stray {
                txn.delete(*space, found)?;
                rebuilt.removed += 1;
            }
            Ok(())
        }
        Finding::Lacking(entity, id) => match table::load(txn, *entity, *id)? {
            Some(record) => write_keys(txn, catalog, &record, rebuilt),
            None => Ok(()),
        },
    }
}

fn write_keys(txn: &mut dyn WriteTxn, catalog: &Catalog, record: &Record, rebuilt: &mut Rebuilt) -> Result<()> {
    for wanted in derived::wanted(catalog, record) {
        if holds(txn, &wanted)? {
            continue;
        }
        let held = meta::get(txn, wanted.space, &wanted.key)?;
        let claim = match &held {
            Some(value) => derived::claim(txn, catalog, wanted.space, &wanted.key, value)?,
            None => Claim::Stray,
        };
        if claim == Claim::Stray {
            txn.put(wanted.space, &wanted.key, &wanted.value)?;
            rebuilt.written += 1;
        } else {
            let other = held.and_then(|value| meta::number(&value).ok()).unwrap_or_default();
            let duplicate = duplicate(record, &wanted, other);
            add_problem((&mut rebuilt.problem_count, &mut rebuilt.problems), duplicate);
        }
    }
    Ok(())
}

fn duplicate(record: &Record, wanted: &Wanted<'_>, other: u64) -> Problem {
    let (entity, id, index) = (record.entity(), record.id(), &wanted.index.name);
    let text = format!(
        "{} {id} and {other} have the same unique key {index}, which leads to {other}; change one of them",
        entity.def().name
    );
    Problem { kind: ProblemKind::Unique, entity: Some(entity), id: Some(id), index: Some(index.clone()), text }
}
