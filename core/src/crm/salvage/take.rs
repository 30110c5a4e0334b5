//! The pieces of a wreck, each to its place in the new database.

use crate::adapter::Piece;
use crate::domain::EntityKind;
use crate::error::Result;
use crate::port::{Gap, Space};
use crate::record::catalog::decode_custom;
use crate::record::{JournalEntry, Record, journal, key, meta};

use super::super::unread;
use super::super::verify::{ProblemKind, name_of};
use super::Salvage;

impl Salvage<'_, '_, '_> {
    pub(super) fn take(&mut self, piece: Piece<'_>) -> Result<()> {
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
