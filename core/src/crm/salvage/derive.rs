//! What is derived from the records of the new database, and which of them are missing.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::domain::EntityKind;
use crate::error::Result;
use crate::port::{Order, Space};
use crate::record::catalog::decode_custom;
use crate::record::count::Tally;
use crate::record::{Catalog, Record, derived, meta, table};

use super::super::verify::{ProblemKind, name_of};
use super::{Salvage, stretch};

impl Salvage<'_, '_, '_> {
    /// Makes index entries, unique keys and counts of the records, and says which ids have none.
    pub(super) fn derive(&mut self) -> Result<()> {
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
}
