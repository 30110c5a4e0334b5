//! The past: the history of a record, the changes since a position, and the decisions that stand.

use std::ops::ControlFlow;

use crate::domain::{Decision, EntityKind, Instant, Language, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::{JournalEntry, journal, key, meta, table};

use super::mask::Veil;
use super::session::Session;

/// A stay of a record in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// The name of the state.
    pub state: &'static str,
    /// When the record came into it.
    pub from: Instant,
    /// When it left it; `None` while it is there.
    pub until: Option<Instant>,
    /// How long it lasted, up to now when it lasts. Unit: whole seconds.
    pub seconds: i64,
}

impl Session {
    /// The states in which a record was, in their order, from the journal; none for an entity without states.
    ///
    /// # Errors
    /// `NotFound` when there is no such record, `Corrupt` and what else the store answers.
    pub fn stays(&self, entity: EntityKind, id: u64) -> Result<Vec<Stay>> {
        let snapshot = self.crm.inner.snapshot()?;
        let (mut stays, mut until): (Vec<Stay>, Option<Instant>) = (Vec::new(), None);
        let (def, now) = (entity.def(), self.crm.inner.present.now());
        let mut veil = self.mask().map(|mask| Veil::new(mask, &*snapshot));
        walk(&*snapshot, veil.as_mut(), entity, id, &mut |entry| {
            let changes = entry.changes.iter().filter(|change| change.entity == entity && change.id == id);
            let state = changes.flat_map(|change| &change.values).find(|value| Some(value.field) == def.state);
            if let Some(Value::Enum(number)) = state.and_then(|value| value.after.as_ref())
                && let Some(state) = def.states().and_then(|states| states.by_number(*number))
            {
                let seconds = (until.unwrap_or(now).us() - entry.at.us()) / 1_000_000;
                stays.push(Stay { state: state.name, from: entry.at, until, seconds });
                until = Some(entry.at);
            }
            ControlFlow::Continue(())
        })?;
        stays.reverse();
        Ok(stays)
    }

    /// The journal entries that changed a record, the newest first, at most `limit`. What a plugin hides of a record now is
    /// left out of its changes and decisions, here and wherever else the journal is read.
    ///
    /// # Errors
    /// `NotFound` when there is no such record, `Corrupt` and what else the store answers.
    pub fn history(&self, entity: EntityKind, id: u64, limit: usize) -> Result<Vec<JournalEntry>> {
        let snapshot = self.crm.inner.snapshot()?;
        let mut entries = Vec::new();
        let mut veil = self.mask().map(|mask| Veil::new(mask, &*snapshot));
        walk(&*snapshot, veil.as_mut(), entity, id, &mut |entry| {
            if entries.len() < limit {
                entries.push(entry);
            }
            if entries.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(entries)
    }

    /// The decisions that stand for a record: the newest of each subject, in the order in which they were made.
    ///
    /// # Errors
    /// `NotFound` when there is no such record, `Corrupt` and what else the store answers.
    pub fn explain(&self, entity: EntityKind, id: u64) -> Result<Vec<Decision>> {
        let snapshot = self.crm.inner.snapshot()?;
        let mut standing: Vec<Decision> = Vec::new();
        let mut veil = self.mask().map(|mask| Veil::new(mask, &*snapshot));
        walk(&*snapshot, veil.as_mut(), entity, id, &mut |entry| {
            let newer: Vec<String> = standing.iter().map(|d| d.subject.to_string()).collect();
            let fresh = entry.decisions.into_iter().rev().filter(|d| !newer.iter().any(|s| *s == d.subject));
            standing.extend(fresh);
            ControlFlow::Continue(())
        })?;
        standing.reverse();
        Ok(standing)
    }

    /// The decisions that stand for a record as lines that people read, in the order of [`Session::explain`].
    ///
    /// # Errors
    /// As [`Session::explain`].
    pub fn explain_in_words(&self, entity: EntityKind, id: u64, language: Language) -> Result<Vec<String>> {
        let catalog = self.crm.catalog();
        Ok(self.explain(entity, id)?.iter().map(|decision| catalog.words_of(decision, language).to_string()).collect())
    }

    /// The journal entries behind a position, in their order, at most `limit`. A reader keeps the sequence of the
    /// last entry that it has worked through and asks from there, now or after a restart; 0 is the beginning.
    ///
    /// # Errors
    /// `Corrupt` and what else the store answers.
    pub fn changes_since(&self, sequence: u64, limit: usize) -> Result<Vec<JournalEntry>> {
        let mut entries = Vec::new();
        if limit == 0 || sequence == u64::MAX {
            return Ok(entries);
        }
        let snapshot = self.crm.inner.snapshot()?;
        let mut veil = self.mask().map(|mask| Veil::new(mask, &*snapshot));
        let from = key::journal(sequence + 1);
        snapshot.scan(Space::Journal, &from, None, Order::Ascending, &mut |_, stored| {
            entries.push(seen(veil.as_mut(), journal::decode(stored)?.0)?);
            Ok(if entries.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(entries)
    }

    /// The sequence of the last journal entry; 0 when there is none.
    ///
    /// # Errors
    /// `Corrupt` and what else the store answers.
    pub fn last_sequence(&self) -> Result<u64> {
        Ok(meta::Head::read(&*self.crm.inner.snapshot()?)?.sequence)
    }
}

/// An entry as its reader may see it.
fn seen(veil: Option<&mut Veil<'_>>, entry: JournalEntry) -> Result<JournalEntry> {
    match veil {
        Some(veil) => veil.entry(entry),
        None => Ok(entry),
    }
}

/// Follows a record's entries from the newest back, under a veil or whole.
pub(super) fn walk(
    txn: &dyn ReadTxn,
    mut veil: Option<&mut Veil<'_>>,
    entity: EntityKind,
    id: u64,
    visit: &mut dyn FnMut(JournalEntry) -> ControlFlow<()>,
) -> Result<()> {
    let name = entity.def().name;
    let record = table::load(txn, entity, id)?.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("there is no {name} with the id {id}")).with("id", id)
    })?;
    let mut next = record.header().sequence;
    while next != 0 {
        let broken = || Error::new(ErrorKind::Corrupt, format!("the history of the {name} {id} breaks at {next}"));
        let stored = meta::get(txn, Space::Journal, &key::journal(next))?.ok_or_else(broken)?;
        let (entry, _) = journal::decode(&stored)?;
        let change = entry.changes.iter().find(|c| c.entity == entity && c.id == id).ok_or_else(broken)?;
        let previous = change.previous_sequence;
        if previous >= next {
            return Err(broken());
        }
        if visit(seen(veil.as_deref_mut(), entry)?).is_break() {
            return Ok(());
        }
        next = previous;
    }
    Ok(())
}
