//! Counts: how many records have the same values in some fields, kept in the transaction of every write.
//!
//! ```text
//! entity u8, count u16, values -> number u64, never 0
//! ```
//!
//! An absent value counts like any other, so the numbers of one count add up to the number of records.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::domain::{EntityKind, Fields, Value, ValueRef};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space, WriteTxn};

use super::catalog::Catalog;
use super::written::Written;
use super::{key, meta};

/// The number in keys of the count of all records of an entity.
pub(crate) const COUNT_ALL: u16 = 0;

/// A count: the records with the same values in these fields, or all records when there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CountInfo {
    /// The number in keys.
    pub(crate) id: u16,
    /// The name, such as `customer.by_class`.
    pub(crate) name: String,
    /// The fields in the order of the key.
    pub(crate) fields: Vec<u16>,
}

impl CountInfo {
    /// Puts the key under which a record is counted in the place of what `key` holds.
    fn write_key(&self, key: &mut Vec<u8>, entity: EntityKind, record: &dyn Fields) {
        key.clear();
        key::push_index(key, entity, self.id);
        for field in &self.fields {
            key::push_value(key, record.get(*field));
        }
    }

    fn is_same(&self, a: &dyn Fields, b: &dyn Fields) -> bool {
        self.fields.iter().all(|field| a.get(*field) == b.get(*field))
    }
}

/// By how much the counts change: in a transaction, or from nothing when they are made anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally(BTreeMap<Vec<u8>, i64>);

impl Tally {
    /// What the records that were written change.
    pub(crate) fn of(catalog: &Catalog, written: &[Written]) -> Self {
        let mut tally = Self::default();
        for Written { before, after } in written {
            tally.change(catalog, after.entity(), before.as_ref().map(|record| record as _), Some(after));
        }
        tally
    }

    /// Notes that a record became another one; `None` before stands for an added one, `None` after for one that is gone.
    pub(crate) fn change(
        &mut self,
        catalog: &Catalog,
        entity: EntityKind,
        before: Option<&dyn Fields>,
        after: Option<&dyn Fields>,
    ) {
        let mut key = Vec::with_capacity(key::LEN_MOST);
        for count in catalog.counts(entity) {
            if before.zip(after).is_some_and(|(before, after)| count.is_same(before, after)) {
                continue;
            }
            for (record, delta) in [(before, -1), (after, 1)] {
                if let Some(record) = record {
                    count.write_key(&mut key, entity, record);
                    self.add(&key, delta);
                }
            }
        }
    }

    fn add(&mut self, key: &[u8], delta: i64) {
        match self.0.get_mut(key) {
            Some(sum) => *sum += delta,
            None => drop(self.0.insert(key.to_vec(), delta)),
        }
    }

    /// Writes the counts as they are after the changes.
    ///
    /// # Errors
    /// `Corrupt` when a stored count is damaged or would fall below 0; what the store answers.
    pub(crate) fn apply(self, txn: &mut (dyn WriteTxn + '_)) -> Result<()> {
        for (key, delta) in self.0.into_iter().filter(|(_, delta)| *delta != 0) {
            let before = meta::get(&*txn, Space::Count, &key)?.map_or(Ok(0), |bytes| meta::number(&bytes))?;
            match before.checked_add_signed(delta).ok_or_else(disagrees)? {
                0 => txn.delete(Space::Count, &key)?,
                after => txn.put(Space::Count, &key, &after.to_be_bytes())?,
            }
        }
        Ok(())
    }

    /// The keys with their numbers, of a tally of everything.
    pub(crate) fn into_numbers(self) -> impl Iterator<Item = (Vec<u8>, u64)> {
        self.0.into_iter().filter_map(|(key, delta)| Some((key, u64::try_from(delta).ok().filter(|n| *n > 0)?)))
    }
}

/// The values under which a number of records is counted, as fields.
pub(crate) struct Cell<'c> {
    fields: &'c [u16],
    values: Vec<Option<Value>>,
}

impl Fields for Cell<'_> {
    fn get(&self, field: u16) -> Option<ValueRef<'_>> {
        let at = self.fields.iter().position(|f| *f == field)?;
        self.values.get(at)?.as_ref().map(Value::as_ref)
    }
}

/// Shows every number of a count whose key begins with the values of `fixed`, with the values that it stands for.
///
/// # Errors
/// `Corrupt` when a stored count is damaged; what the store answers.
pub(crate) fn read(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    entity: EntityKind,
    count: &CountInfo,
    fixed: &[ValueRef<'_>],
    visit: &mut dyn FnMut(&Cell<'_>, u64),
) -> Result<()> {
    let tags: Vec<u8> =
        count.fields.iter().filter_map(|field| catalog.field(entity, *field)).map(|info| info.kind.tag()).collect();
    let mut prefix = key::index(entity, count.id);
    let head = prefix.len();
    fixed.iter().for_each(|value| key::push_value(&mut prefix, Some(*value)));
    let until = key::after_prefix(&prefix);
    txn.scan(Space::Count, &prefix, until.as_deref(), Order::Ascending, &mut |found, number| {
        let mut rest = found.get(head..).ok_or_else(damaged)?;
        let values: Option<Vec<_>> = tags.iter().map(|tag| key::take_value(&mut rest, *tag)).collect();
        let values = values.filter(|_| rest.is_empty()).ok_or_else(damaged)?;
        visit(&Cell { fields: &count.fields, values }, meta::number(number)?);
        Ok(ControlFlow::Continue(()))
    })
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "a stored count is damaged")
}

fn disagrees() -> Error {
    Error::new(ErrorKind::Corrupt, "a stored count does not agree with the records")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::MemoryStore;
    use crate::domain::customer;
    use crate::port::Store;

    fn class(class: &str) -> BTreeMap<u16, Value> {
        BTreeMap::from([(customer::field::class, Value::Text(class.into()))])
    }

    fn by_class(store: &MemoryStore, catalog: &Catalog) -> Vec<(Option<String>, u64)> {
        let counts = catalog.counts(EntityKind::Customer);
        let count = counts.iter().find(|count| count.fields == [customer::field::class]).unwrap();
        let mut found = Vec::new();
        let txn = store.begin_read().unwrap();
        read(&*txn, catalog, EntityKind::Customer, count, &[], &mut |cell, n| {
            found.push((cell.text(customer::field::class).map(str::to_owned), n));
        })
        .unwrap();
        found
    }

    #[test]
    fn counts_follow_their_records_and_vanish_at_zero() {
        let (store, catalog) = (MemoryStore::new(), Catalog::new(Vec::new()));
        let (key, general, none) = (class("key"), class("general\0x"), BTreeMap::new());
        type Fielded<'f> = Option<&'f dyn Fields>;
        let commit = |changes: &[(Fielded<'_>, Fielded<'_>)]| {
            let mut whole = Tally::default();
            for (before, after) in changes {
                whole.change(&catalog, EntityKind::Customer, *before, *after);
            }
            let mut txn = store.begin_write().unwrap();
            whole.apply(&mut *txn)?;
            txn.commit()
        };
        commit(&[(None, Some(&key)), (None, Some(&key)), (None, Some(&general)), (None, Some(&none))]).unwrap();
        let text = |t: &str| Some(t.to_owned());
        assert_eq!(by_class(&store, &catalog), [(None, 1), (text("general\0x"), 1), (text("key"), 2)]);
        commit(&[(Some(&general), Some(&key)), (Some(&none), None)]).unwrap();
        assert_eq!(by_class(&store, &catalog), [(text("key"), 3)]);
        let refused = commit(&[(Some(&general), None)]).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Corrupt);
    }
}
