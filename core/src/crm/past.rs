//! Time travel: a record as it was, taken back from what it is by the journal's values before each change.

use std::ops::ControlFlow;

use crate::domain::{EntityKind, Instant};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Draft, JournalEntry, Record, RecordChange, table};

use super::history::walk;
use super::session::Session;

/// A place in the past of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Behind the journal entry of this sequence; 0 is before the first one.
    Sequence(u64),
    /// At this instant: behind the last change of the record that was made then or earlier.
    Instant(Instant),
}

impl Moment {
    /// Whether an entry was in the journal at this moment.
    fn knows(self, entry: &JournalEntry) -> bool {
        match self {
            Self::Sequence(sequence) => entry.sequence <= sequence,
            Self::Instant(instant) => entry.at <= instant,
        }
    }
}

impl Session {
    /// A record as it was at a moment, with the revision of then; `None` before it was added, and for one that never was.
    ///
    /// What a plugin hides of the record as it is, or of the record as it was, is absent.
    ///
    /// # Errors
    /// `Corrupt` when the history of the record breaks or does not agree with it, and what else the store answers.
    pub fn as_of(&self, entity: EntityKind, id: u64, moment: Moment) -> Result<Option<Record>> {
        let snapshot = self.crm.inner.snapshot()?;
        let Some(record) = table::load(&*snapshot, entity, id)? else { return Ok(None) };
        let mut draft = record.to_draft();
        let mut there = Ok(false);
        walk(&*snapshot, None, entity, id, &mut |entry| {
            let change = entry.changes.iter().find(|change| change.entity == entity && change.id == id);
            let Some(change) = change else { return ControlFlow::Continue(()) };
            if moment.knows(&entry) {
                let header = &mut draft.header;
                (header.revision, header.sequence, header.updated_at) = (change.revision, entry.sequence, entry.at);
                there = Ok(true);
                return ControlFlow::Break(());
            }
            there = take_back(&mut draft, change).map(|()| false);
            if there.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if !there? {
            return Ok(None);
        }
        let past = Record::encode(&draft)?;
        match self.mask() {
            Some(mask) => mask.apply_past(&*snapshot, &record, past).map(Some),
            None => Ok(Some(past)),
        }
    }
}

/// Puts the values before a change in the place of those behind it.
fn take_back(draft: &mut Draft, change: &RecordChange) -> Result<()> {
    for value in &change.values {
        let after = match &value.before {
            Some(before) => draft.values.insert(value.field, before.clone()),
            None => draft.values.remove(&value.field),
        };
        if after != value.after {
            return Err(disagrees(change));
        }
    }
    Ok(())
}

/// The error of a journal entry that does not go with its record.
pub(super) fn disagrees(change: &RecordChange) -> Error {
    let (name, id, revision) = (change.entity.def().name, change.id, change.revision);
    let message = format!("the journal does not agree with the {name} {id} about its revision {revision}");
    Error::new(ErrorKind::Corrupt, message).with("id", id)
}
