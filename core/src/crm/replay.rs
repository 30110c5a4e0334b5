//! Replay: the whole database made anew from its journal, the same bit for bit.
//!
//! No rule runs again: an entry holds what it changed. So a replay needs neither the plugins nor the clock of then, and
//! shows that the journal holds everything that the database holds.

use std::ops::ControlFlow;

use crate::domain::{CUSTOM_FIELD_ID_MIN, EntityKind, Operation};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space, Stage, Store};
use crate::record::count::Tally;
use crate::record::journal::Hash;
use crate::record::meta::{self, Head};
use crate::record::{Catalog, Draft, Header, JournalEntry, Record, RecordChange, Written, journal, key, table};

use super::backup::refuse_filled;
use super::past::disagrees;
use super::session::Session;

/// How many entries one transaction of a replay does.
const CHUNK: usize = 1_000;

/// Is told how many entries are done, from time to time and at the end; `Break` cancels the replay.
pub type ReplayWatch<'w> = dyn FnMut(u64) -> ControlFlow<()> + 'w;

impl Session {
    /// Does every entry of the journal again in an empty store, 1,000 in a transaction, and says how many there were. What
    /// comes out is this database as it was when the replay began: each record, index, unique key, count, fact and
    /// journal entry. The chain of hashes is checked on the way.
    ///
    /// # Errors
    /// `Forbidden` below the level manage; `Duplicate` when the store is not empty; `Corrupt` when the chain is broken or
    /// an entry does not go with those before it; `Cancelled`; what the stores answer. What was written until then is not
    /// taken for a database.
    pub fn replay(&self, target: &dyn Store, watch: &mut ReplayWatch<'_>) -> Result<u64> {
        self.permit(Operation::Replay)?;
        let source = self.crm.inner.store.begin_read()?;
        refuse_filled(target)?;
        let mut replay = Replay { catalog: Catalog::new(Vec::new()), head: Head::default() };
        loop {
            let chunk = entries_behind(&*source, replay.head.sequence)?;
            let ends = chunk.len() < CHUNK;
            replay.chunk(target, &chunk)?;
            let done = replay.head.sequence;
            if ends {
                break;
            }
            if watch(done).is_break() {
                return Err(Error::new(ErrorKind::Cancelled, format!("cancelled after {done} entries")));
            }
        }
        if Head::read(&*source)? != replay.head {
            return Err(Error::new(ErrorKind::Corrupt, "the journal does not end where the database says"));
        }
        finish(&*source, target)?;
        let _ = watch(replay.head.sequence);
        Ok(replay.head.sequence)
    }

    /// Replays the journal into a new database file, which appears whole or not at all, with the access of the database, and
    /// says how many entries there were.
    ///
    /// # Errors
    /// As [`Session::replay`]; `Duplicate` when there is a file and it is not to be replaced; `Locked` when that file is
    /// open; `NotFound`, `ReadOnly`, `DiskFull` and `Io` of the file.
    #[cfg(feature = "redb")]
    pub fn replay_file(
        &self,
        path: impl AsRef<std::path::Path>,
        replace: bool,
        watch: &mut ReplayWatch<'_>,
    ) -> Result<u64> {
        self.permit(Operation::Replay)?;
        let mut entries = 0;
        let own = self.crm.inner.path.as_deref();
        crate::adapter::RedbStore::create_filled(path.as_ref(), replace, own, |store| {
            entries = self.replay(store, watch)?;
            Ok(())
        })?;
        Ok(entries)
    }
}

/// The stored entries behind a sequence, at most a chunk of them.
fn entries_behind(source: &dyn ReadTxn, sequence: u64) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    source.scan(Space::Journal, &key::journal(sequence + 1), None, Order::Ascending, &mut |_, stored| {
        found.push(stored.to_vec());
        Ok(if found.len() < CHUNK { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(found)
}

/// The facts that no entry holds, since the database was made with them. What makes a store a database comes last.
fn finish(source: &dyn ReadTxn, target: &dyn Store) -> Result<()> {
    let mut txn = target.begin_write()?;
    for key in [meta::KEY_ZONE, meta::KEY_FORMAT] {
        let value = meta::get(source, Space::Meta, key)?
            .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the database lacks its time zone or format version"))?;
        txn.put(Space::Meta, key, &value)?;
    }
    txn.commit()
}

/// How far a replay is: the fields that were declared, and the last entry that was done.
struct Replay {
    catalog: Catalog,
    head: Head,
}

impl Replay {
    /// Does some entries in one transaction.
    fn chunk(&mut self, target: &dyn Store, entries: &[Vec<u8>]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut txn = target.begin_write()?;
        let mut stage = Stage::begin(&mut *txn)?;
        let mut written = Vec::new();
        for stored in entries {
            self.entry(&mut stage, stored, &mut written)?;
        }
        stage.put(Space::Meta, meta::KEY_HEAD, &self.head.encode());
        stage.keep()?;
        Tally::of(&self.catalog, &written).apply(&mut *txn)?;
        txn.commit()
    }

    fn entry(&mut self, txn: &mut Stage<'_>, stored: &[u8], written: &mut Vec<Written>) -> Result<()> {
        let (entry, previous) = journal::decode(stored)?;
        self.check_chain(&entry, previous)?;
        if let Some(field) = &entry.declared {
            let known = self.catalog.custom_fields();
            let before = known.iter().find(|known| known.id == field.id).cloned();
            if before.is_none() && field.id != CUSTOM_FIELD_ID_MIN + u16::try_from(known.len()).unwrap_or(u16::MAX) {
                let message = format!("the journal entry {} declares a field out of its order", entry.sequence);
                return Err(Error::new(ErrorKind::Corrupt, message));
            }
            self.catalog.restore(field.clone());
            table::store_field(txn, &self.catalog, before.as_ref(), field)?;
        }
        for fact in &entry.facts {
            txn.put(Space::Meta, &fact.key, &fact.value);
        }
        for change in &entry.changes {
            let before = table::load(txn, change.entity, change.id)?;
            let after = changed_by(&entry, change, before.as_ref())?;
            table::store(txn, &self.catalog, before.as_ref(), &after)?;
            if before.is_none() {
                count_id(txn, change.entity, change.id)?;
            }
            written.push(Written { before, after });
        }
        txn.put(Space::Journal, &key::journal(entry.sequence), stored);
        self.head = Head { sequence: entry.sequence, hash: journal::hash(stored) };
        Ok(())
    }

    fn check_chain(&self, entry: &JournalEntry, previous: Hash) -> Result<()> {
        if entry.sequence == self.head.sequence + 1 && previous == self.head.hash {
            return Ok(());
        }
        let message = format!("the journal breaks behind the entry {}", self.head.sequence);
        Err(Error::new(ErrorKind::Corrupt, message).with("sequence", self.head.sequence))
    }
}

/// A record as a change makes it of the one before.
pub(super) fn changed_by(entry: &JournalEntry, change: &RecordChange, before: Option<&Record>) -> Result<Record> {
    let old = before.map(Record::header);
    let expected = (old.map_or(0, |old| old.revision) + 1, old.map_or(0, |old| old.sequence));
    if (change.revision, change.previous_sequence) != expected {
        return Err(disagrees(change));
    }
    let mut values = before.map(|record| record.to_draft().values).unwrap_or_default();
    for value in &change.values {
        let held = match &value.after {
            Some(after) => values.insert(value.field, after.clone()),
            None => values.remove(&value.field),
        };
        if held != value.before {
            return Err(disagrees(change));
        }
    }
    let header = Header {
        entity: change.entity,
        id: change.id,
        revision: change.revision,
        sequence: entry.sequence,
        created_at: old.map_or(entry.at, |old| old.created_at),
        updated_at: entry.at,
    };
    Record::encode(&Draft { header, values })
}

/// Notes that an id was given.
fn count_id(txn: &mut Stage<'_>, entity: EntityKind, id: u64) -> Result<()> {
    if id > meta::last_id(txn, entity)? {
        txn.put(Space::Meta, &meta::counter_key(entity), &id.to_be_bytes());
    }
    Ok(())
}
