//! The journal of the new database: what of it is missing, and what it says of records that are lost or old.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::EntityKind;
use crate::error::Result;
use crate::port::Space;
use crate::record::catalog::encode_custom;
use crate::record::meta::{self, Head};
use crate::record::{JournalEntry, RecordChange, journal, key, table};

use super::super::replay::changed_by;
use super::super::verify::{ProblemKind, name_of};
use super::{Salvage, stretch};

impl Salvage<'_, '_, '_> {
    /// Of several entries with one sequence, takes the one whose hash the next holds, or which holds that of the one before.
    pub(super) fn choose_doubles(&mut self) -> Result<()> {
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
    pub(super) fn follow_journal(&mut self) -> Result<Head> {
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
}
