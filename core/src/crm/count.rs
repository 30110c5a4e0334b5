//! Counting: from the counts that every write keeps where they answer, else from an index alone, else by reading records.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::domain::{EntityKind, Fields, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::count::{self, Cell, CountInfo};
use crate::record::{Catalog, IndexInfo, key, table};
use crate::rules::satisfaction::Share;

use super::cursor::Cursor;
use super::names;
use super::plan;
use super::query::{Op, Query};
use super::session::Session;

/// How many records have each value of a field.
type Counts = Vec<(Option<Value>, u64)>;

/// Numbers by the ordered form of a value, with the value.
type Groups = BTreeMap<Vec<u8>, (Option<Value>, u64)>;

impl Session {
    /// How many records a query would give, its limit left aside; what a plugin hides from the actor meets no condition. From a kept count or the index alone when one of
    /// them answers it; [`Session::explain_query`] says which.
    ///
    /// # Errors
    /// As [`Session::find`].
    pub fn count(&self, query: &Query) -> Result<u64> {
        let query = &*names::of_query(query);
        let catalog = self.crm.catalog();
        if self.mask().is_some_and(|mask| query.position.is_some() || mask.touches(query, [])) {
            let order = query.order.filter(|_| query.position.is_some());
            return self.find(&Query { limit: None, order, ..query.clone() })?.count_steps();
        }
        if let Some(kept) = kept_count(&catalog, query, None) {
            plan::validate(&catalog, query)?;
            let mut sum = 0;
            sum_kept(&*self.crm.inner.snapshot()?, &catalog, query, kept, &mut |_, number| sum += number)?;
            return Ok(sum);
        }
        // A position belongs to an order; without one, any order counts the same.
        let order = query.order.filter(|_| query.position.is_some());
        let unlimited = Query { limit: None, order, ..query.clone() };
        let plan = plan::plan(&catalog, &unlimited, None)?;
        Cursor::new(&self.crm.inner, unlimited, plan, None)?.count_rest()
    }

    /// How many records that a query gives have each value of a field, in the order of the values; absent comes first.
    /// Without a limit, a kept count over the field and those of the conditions answers by itself; without conditions
    /// and limit, and on an indexed field, the index alone is read.
    ///
    /// # Errors
    /// As [`Session::find`], and `UnknownField` for the field.
    pub fn count_by(&self, query: &Query, field: u16) -> Result<Counts> {
        let query = &*names::of_query(query);
        let catalog = self.crm.catalog();
        catalog.require(query.entity, field)?;
        if self.mask().is_some_and(|mask| mask.touches(query, [field])) {
            return self.count_records(query, field);
        }
        if let Some(kept) = kept_count(&catalog, query, Some(field)).filter(|_| query.limit.is_none()) {
            plan::validate(&catalog, query)?;
            let mut groups = Groups::new();
            let snapshot = self.crm.inner.snapshot()?;
            sum_kept(&*snapshot, &catalog, query, kept, &mut |cell, number| add(&mut groups, cell, field, number))?;
            return Ok(groups.into_values().collect());
        }
        let whole = query.conditions.is_empty() && query.limit.is_none() && query.position.is_none();
        match single_index(&catalog, query.entity, field).filter(|_| whole) {
            Some(index) => count_index(&*self.crm.inner.snapshot()?, &catalog, query.entity, index, field),
            None => self.count_records(query, field),
        }
    }

    /// Which part of the records that a query gives has each value of a field, exact, in the order of the values; absent
    /// comes first. So the rate of customers that cooperate is the share of one status, and the shares of the reasons of
    /// those that do not sum up to the whole. Source: R-FIX-31, R-KPI-01 to R-KPI-03.
    ///
    /// # Errors
    /// As [`Session::count_by`].
    pub fn shares_by(&self, query: &Query, field: u16) -> Result<Vec<(Option<Value>, Share)>> {
        let counts = self.count_by(query, field)?;
        let whole = counts.iter().map(|(_, count)| count).sum();
        Ok(counts.into_iter().map(|(value, part)| (value, Share::new(part, whole))).collect())
    }

    fn count_records(&self, query: &Query, field: u16) -> Result<Counts> {
        let mut groups = Groups::new();
        let mut cursor = self.find(query)?;
        while let Some(record) = cursor.step()? {
            add(&mut groups, &record, field, 1);
        }
        Ok(groups.into_values().collect())
    }
}

fn add(groups: &mut Groups, record: &dyn Fields, field: u16, number: u64) {
    let (value, mut form) = (record.get(field), Vec::new());
    key::push_value(&mut form, value);
    groups.entry(form).or_insert_with(|| (value.map(|v| v.to_value()), 0)).1 += number;
}

/// The count over all the fields that a query asks about, and the one to group by: the one of which the fewest numbers
/// are read. A query that goes on from a position is none for a count.
pub(super) fn kept_count(catalog: &Catalog, query: &Query, group: Option<u16>) -> Option<&'static CountInfo> {
    let asked = |count: &&CountInfo| {
        let mut asked = query.conditions.iter().map(|condition| condition.field).chain(group);
        asked.all(|field| count.fields.contains(&field))
    };
    let fixed = |count: &CountInfo| count.fields.iter().take_while(|field| equal_to(query, **field).is_some()).count();
    let counts = catalog.counts(query.entity).iter().filter(|_| query.position.is_none());
    counts.filter(asked).min_by_key(|count| (count.fields.len() - fixed(count), count.fields.len(), count.id))
}

fn equal_to(query: &Query, field: u16) -> Option<&Value> {
    query.conditions.iter().find(|c| c.field == field && c.op == Op::Eq)?.values.first()
}

/// Shows the numbers of a kept count that meet the conditions of a query on its fields.
fn sum_kept(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    query: &Query,
    kept: &CountInfo,
    visit: &mut dyn FnMut(&Cell<'_>, u64),
) -> Result<()> {
    let fixed: Vec<_> = kept.fields.iter().map_while(|field| equal_to(query, *field)).map(Value::as_ref).collect();
    count::read(txn, catalog, query.entity, kept, &fixed, &mut |cell, number| {
        if query.conditions.iter().all(|condition| condition.holds(cell)) {
            visit(cell, number);
        }
    })
}

/// The index over one field alone, which holds every record that has it.
fn single_index(catalog: &Catalog, entity: EntityKind, field: u16) -> Option<&IndexInfo> {
    let alone = |index: &&IndexInfo| index.fields == [field] && !index.unique && index.states.is_none();
    catalog.indexes(entity).iter().find(alone)
}

/// How many records an entity has, as its count says.
fn count_all(txn: &dyn ReadTxn, catalog: &Catalog, entity: EntityKind) -> Result<u64> {
    let mut all = 0;
    let of_all = catalog.counts(entity).iter().find(|count| count.fields.is_empty());
    let of_all = of_all.expect("invariant: every entity has a count of all its records");
    count::read(txn, catalog, entity, of_all, &[], &mut |_, number| all += number)?;
    Ok(all)
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
