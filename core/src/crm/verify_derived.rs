//! Checks that what is derived from the records is what they call for: index entries, unique keys and counts.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::domain::EntityKind;
use crate::error::Result;
use crate::port::{ReadTxn, Seen, Space};
use crate::record::derived::{self, Claim};
use crate::record::{Catalog, Record, meta};

use super::verify::{Problem, ProblemKind, Progress, Report, Wanted, if_readable, name_of, read_through};

pub(super) fn check_indexes(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    record: &Record,
    wanted: &mut [u64; 2],
    report: &mut Report,
) -> Result<()> {
    let at = (Some(record.entity()), Some(record.id()));
    for key in derived::wanted(catalog, record) {
        wanted[usize::from(key.index.unique)] += 1;
        let mut holds = false;
        let found = if_readable(txn.get(key.space, &key.key, &mut |value| holds = value == key.value))?;
        let (kind, what) = match (key.index.unique, found) {
            (_, None) => continue,
            (_, Some(true)) if holds => continue,
            (false, Some(false)) => (ProblemKind::Index, "is not in the index"),
            (false, Some(true)) => (ProblemKind::Index, "has a value in the index"),
            (true, Some(false)) => (ProblemKind::Unique, "lacks its unique key"),
            (true, Some(true)) => (ProblemKind::Unique, "finds another under its unique key"),
        };
        let text = format!("{} {what} {}", name_of(at), key.index.name);
        report.add(kind, at, Some(&key.index.name), text);
    }
    Ok(())
}

/// Every record has its keys; here, that there are no more keys than those.
pub(super) fn check_keys(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    wanted: [u64; 2],
    progress: &mut Progress<'_, '_>,
    report: &mut Report,
) -> Result<()> {
    for (space, kind, wanted) in
        [(Space::Index, ProblemKind::Index, wanted[0]), (Space::Unique, ProblemKind::Unique, wanted[1])]
    {
        let mut found = 0_u64;
        read_through(txn, space, (kind, report), &mut |pair, _| {
            found += u64::from(pair.is_some());
            if pair.is_some() { progress.count() } else { Ok(()) }
        })?;
        report.keys += found;
        if found != wanted || report.problem_count > 0 {
            name_stray_keys(txn, catalog, (space, kind), report)?;
        }
    }
    Ok(())
}

fn name_stray_keys(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    (space, kind): (Space, ProblemKind),
    report: &mut Report,
) -> Result<()> {
    txn.read_through(space, &mut |seen| {
        let Seen::Pair(found, value) = seen else { return Ok(ControlFlow::Continue(())) };
        if derived::claim(txn, catalog, space, found, value)? == Claim::Stray {
            let problem = stray(catalog, space, found, value);
            report.add(kind, (problem.entity, problem.id), problem.index.as_deref(), problem.text);
        }
        Ok(ControlFlow::Continue(()))
    })
}

fn stray(catalog: &Catalog, space: Space, found: &[u8], value: &[u8]) -> Problem {
    let kind = if space == Space::Unique { ProblemKind::Unique } else { ProblemKind::Index };
    match derived::parts(catalog, space, found, value) {
        Some((entity, index, id)) => {
            let (entity, id) = (Some(entity), Some(id));
            let text = format!("{} has a key in {} that it does not call for", name_of((entity, id)), index.name);
            Problem { kind, entity, id, index: Some(index.name.clone()), text }
        }
        None => {
            let text = format!("the space {} holds a key of no index", space.name());
            Problem { kind, entity: None, id: None, index: None, text }
        }
    }
}

/// Every count is the number of its records, and there are no others. Where records cannot be read, that is not known.
pub(super) fn check_counts(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    wanted: Wanted,
    progress: &mut Progress<'_, '_>,
    report: &mut Report,
) -> Result<()> {
    let Wanted { counts, is_whole, .. } = wanted;
    let mut wanted: BTreeMap<Vec<u8>, u64> = counts.into_numbers().collect();
    let all = read_through(txn, Space::Count, (ProblemKind::Count, report), &mut |pair, report| {
        let Some((stored_key, stored)) = pair else { return Ok(()) };
        progress.count()?;
        report.keys += 1;
        let (found, wanted) = (meta::number(stored).ok(), wanted.remove(stored_key));
        if found != wanted && is_whole {
            let said = found.map_or_else(|| "cannot be read".to_owned(), |n| format!("is {n}"));
            let (entity, name) = name_count(catalog, stored_key);
            let text = format!("the count {name} of some value {said}, its records are {}", wanted.unwrap_or(0));
            report.add(ProblemKind::Count, (entity, None), Some(&name), text);
        }
        Ok(())
    })?;
    for (missing, number) in wanted.into_iter().filter(|_| all) {
        let (entity, name) = name_count(catalog, &missing);
        let text = format!("the count {name} lacks a value that {number} records have");
        report.add(ProblemKind::Count, (entity, None), Some(&name), text);
    }
    Ok(())
}

fn name_count(catalog: &Catalog, stored: &[u8]) -> (Option<EntityKind>, String) {
    let number = stored.get(1..3).map(|id| u16::from_be_bytes([id[0], id[1]]));
    let entity = stored.first().and_then(|n| EntityKind::from_number(*n));
    let counts = entity.map_or(&[] as &[_], |entity| catalog.counts(entity));
    let known = counts.iter().find(|count| Some(count.id) == number);
    (entity, known.map_or_else(|| "of an unknown number".to_owned(), |count| count.name.clone()))
}
