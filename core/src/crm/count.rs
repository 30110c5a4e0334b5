//! Counting: from an index alone where that answers, else by reading records.

use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::domain::{EntityKind, Fields, Required, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::{Catalog, IndexInfo, key, table};

use super::cursor::Cursor;
use super::plan;
use super::query::Query;
use super::session::Session;

/// How many records have each value of a field.
type Counts = Vec<(Option<Value>, u64)>;

impl Session {
    /// How many records a query would give, its limit left aside. From the index alone when that answers it.
    ///
    /// # Errors
    /// As [`Session::find`].
    pub fn count(&self, query: &Query) -> Result<u64> {
        let catalog = self.crm.catalog();
        if query.conditions.is_empty() && query.position.is_none() {
            plan::plan(&catalog, query)?;
            return count_all(&*self.crm.inner.snapshot()?, &catalog, query.entity);
        }
        // A position belongs to an order; without one, any order counts the same.
        let order = query.order.filter(|_| query.position.is_some());
        let unlimited = Query { limit: None, order, ..query.clone() };
        let plan = plan::plan(&catalog, &unlimited)?;
        Cursor::new(self.crm.inner.snapshot()?, unlimited, plan, None)?.count_rest()
    }

    /// How many records that a query gives have each value of a field, in the order of the values; absent comes first.
    /// Without conditions and limit, and on an indexed field, the index alone is read.
    ///
    /// # Errors
    /// As [`Session::find`], and `UnknownField` for the field.
    pub fn count_by(&self, query: &Query, field: u16) -> Result<Counts> {
        let catalog = self.crm.catalog();
        catalog.require(query.entity, field)?;
        let whole = query.conditions.is_empty() && query.limit.is_none() && query.position.is_none();
        match single_index(&catalog, query.entity, field).filter(|_| whole) {
            Some(index) => count_index(&*self.crm.inner.snapshot()?, &catalog, query.entity, index, field),
            None => self.count_records(query, field),
        }
    }

    fn count_records(&self, query: &Query, field: u16) -> Result<Counts> {
        let mut counts: HashMap<Vec<u8>, (Option<Value>, u64)> = HashMap::new();
        let mut cursor = self.find(query)?;
        let mut form = Vec::new();
        while let Some(record) = cursor.step()? {
            form.clear();
            key::push_value(&mut form, record.get(field));
            match counts.get_mut(&form) {
                Some((_, count)) => *count += 1,
                None => {
                    counts.insert(form.clone(), (record.get(field).map(|v| v.to_value()), 1));
                }
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(counts.into_iter().map(|(_, count)| count).collect())
    }
}

/// The index over one field alone, which holds every record that has it.
fn single_index(catalog: &Catalog, entity: EntityKind, field: u16) -> Option<&IndexInfo> {
    let alone = |index: &&IndexInfo| index.fields == [field] && !index.unique && index.states.is_none();
    catalog.indexes(entity).iter().find(alone)
}

/// Counts the records of an entity: by an index over a field that every record has, which is smaller than the records.
fn count_all(txn: &dyn ReadTxn, catalog: &Catalog, entity: EntityKind) -> Result<u64> {
    let always = catalog.fields(entity).filter(|info| info.required == Required::Always);
    match always.filter_map(|info| single_index(catalog, entity, info.id)).next() {
        Some(index) => count_keys(txn, Space::Index, &key::index(entity, index.id)),
        None => count_keys(txn, Space::Record, &[entity.number()]),
    }
}

fn count_keys(txn: &dyn ReadTxn, space: Space, prefix: &[u8]) -> Result<u64> {
    let mut count = 0;
    txn.scan(space, prefix, key::after_prefix(prefix).as_deref(), Order::Ascending, &mut |_, _| {
        count += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(count)
}

/// Counts the runs of keys with the same value; one record of each run is read for the value itself.
fn count_index(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    entity: EntityKind,
    index: &IndexInfo,
    field: u16,
) -> Result<Counts> {
    let prefix = key::index(entity, index.id);
    let mut runs: Vec<(u64, u64)> = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    txn.scan(Space::Index, &prefix, key::after_prefix(&prefix).as_deref(), Order::Ascending, &mut |found, _| {
        let (value, id) = found.split_last_chunk::<8>().ok_or_else(dangling)?;
        match runs.last_mut().filter(|_| value == last) {
            Some((_, count)) => *count += 1,
            None => {
                runs.push((u64::from_be_bytes(*id), 1));
                value.clone_into(&mut last);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let there: u64 = runs.iter().map(|(_, count)| count).sum();
    let absent = count_all(txn, catalog, entity)?.checked_sub(there).ok_or_else(dangling)?;
    let mut counts: Counts = Vec::with_capacity(runs.len() + 1);
    if absent > 0 {
        counts.push((None, absent));
    }
    for (id, count) in runs {
        let record = table::load(txn, entity, id)?.ok_or_else(dangling)?;
        counts.push((record.get(field).map(|value| value.to_value()), count));
    }
    Ok(counts)
}

fn dangling() -> Error {
    Error::new(ErrorKind::Corrupt, "an index does not agree with its records")
}
