//! Summing up: the count, sum, least and greatest value of a field over a query, by groups, without making records.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::thread;

use crate::domain::{Fields, Value, ValueRef};
use crate::error::Result;
use crate::record::key;

use super::cursor::{Cursor, Range};
use super::names;
use super::plan;
use super::query::Query;
use super::session::Session;

/// How many groups are told apart by comparing; of more, the place is looked up.
const COMPARED_MAX: usize = 16;

/// A field summed up over the records of one group that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The value of the field that groups; `None` when it is absent, and without one.
    pub group: Option<Value>,
    /// How many records of the group have the field; at least 1.
    pub count: u64,
    /// The sum: of the numbers, or of the amounts of money of one currency in minor units; `None` for other types. Exact.
    pub sum: Option<i128>,
    /// The least value.
    pub least: Value,
    /// The greatest value.
    pub greatest: Value,
}

impl Session {
    /// Sums a field up over the records that a query gives, by the values of another field, or all together. Groups come
    /// in the order of their values, absent first; a group in which no record has the field is left out. Money is summed
    /// by currency: a group has one summary for each, in the order of their letters.
    ///
    /// Records are read where they lie, but for fields that a plugin may hide from the actor: what is hidden is absent, and
    /// counts for nothing. A query without a limit is read in no particular order, so that sorting costs
    /// nothing; when it reads through all records of an entity and these are many, a thread that it starts for that reads
    /// one half.
    ///
    /// # Errors
    /// As [`Session::find`], and `UnknownField` for the fields.
    pub fn aggregate(&self, query: &Query, field: u16, by: Option<u16>) -> Result<Vec<Summary>> {
        let query = &*names::of_query(query);
        let catalog = self.crm.catalog();
        for asked in by.into_iter().chain([field]) {
            catalog.require(query.entity, asked)?;
        }
        let take = |groups: &mut Groups, record: &dyn Fields| {
            if let Some(value) = record.get(field) {
                groups.take(by.and_then(|by| record.get(by)), value);
            }
        };
        let is_hidden = self.mask().is_some_and(|mask| mask.touches(query, by.into_iter().chain([field])));
        if query.limit.is_some() || query.position.is_some() || is_hidden {
            let (mut cursor, mut groups) = (self.find(query)?, Groups::default());
            while let Some(record) = cursor.step()? {
                take(&mut groups, &record);
            }
            return Ok(groups.into_sorted());
        }
        plan::validate(&catalog, query)?;
        let unordered = Query { order: None, ..query.clone() };
        let plan = plan::plan(&catalog, &unordered, None)?;
        let cursor = Cursor::new(&self.crm.inner, unordered, plan, None)?;
        Ok(sum_up(&cursor, take)?.into_sorted())
    }
}

/// Shows every record of a cursor to `take`, the two halves of many to two groups on two threads.
fn sum_up(cursor: &Cursor, take: impl Fn(&mut Groups, &dyn Fields) + Sync) -> Result<Groups> {
    let sum = |range: Range| {
        let mut groups = Groups::default();
        cursor.each_in(range, &mut |record| {
            take(&mut groups, &record);
            Ok(())
        })?;
        Ok(groups)
    };
    let Some([near, far]) = cursor.halves()? else { return sum(cursor.range()) };
    thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, || sum(far.clone()));
        let mut groups = sum(near)?;
        groups.absorb(match started {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => sum(far.clone()),
        }?);
        Ok(groups)
    })
}

#[derive(Default)]
struct Groups {
    rows: Vec<Summary>,
    /// The place of each row beyond those that are compared, by the form of its group and currency.
    places: HashMap<Vec<u8>, usize>,
}

impl Groups {
    fn take(&mut self, group: Option<ValueRef<'_>>, value: ValueRef<'_>) {
        match self.row_of(group, value) {
            Some(row) => row.take(value),
            None => self.add(Summary::of(group, value)),
        }
    }

    /// Takes in what was summed up of other records.
    fn absorb(&mut self, others: Self) {
        for other in others.rows {
            match self.row_of(other.group.as_ref().map(Value::as_ref), other.least.as_ref()) {
                Some(row) => row.absorb(other),
                None => self.add(other),
            }
        }
    }

    fn row_of(&mut self, group: Option<ValueRef<'_>>, value: ValueRef<'_>) -> Option<&mut Summary> {
        let compared = self.rows.iter().take(COMPARED_MAX).position(|row| row.is_of(group, value));
        let place = compared.or_else(|| match self.rows.len() {
            ..COMPARED_MAX => None,
            _ => self.places.get(&form(group, value)).copied(),
        });
        self.rows.get_mut(place?)
    }

    fn add(&mut self, row: Summary) {
        if self.rows.len() >= COMPARED_MAX {
            self.places.insert(row.form(), self.rows.len());
        }
        self.rows.push(row);
    }

    fn into_sorted(mut self) -> Vec<Summary> {
        self.rows.sort_by_cached_key(Summary::form);
        self.rows
    }
}

impl Summary {
    fn of(group: Option<ValueRef<'_>>, value: ValueRef<'_>) -> Self {
        let (group, least) = (group.map(ValueRef::to_value), value.to_value());
        Self { group, count: 1, sum: number(value), greatest: least.clone(), least }
    }

    fn form(&self) -> Vec<u8> {
        form(self.group.as_ref().map(Value::as_ref), self.least.as_ref())
    }

    fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.sum = self.sum.zip(other.sum).map(|(sum, other)| sum + other);
        if other.least < self.least {
            self.least = other.least;
        }
        if other.greatest > self.greatest {
            self.greatest = other.greatest;
        }
    }

    fn is_of(&self, group: Option<ValueRef<'_>>, value: ValueRef<'_>) -> bool {
        let same_currency = match (&self.least, value) {
            (Value::Money(own), ValueRef::Money(other)) => own.currency() == other.currency(),
            _ => true,
        };
        same_currency && self.group.as_ref().map(Value::as_ref) == group
    }

    fn take(&mut self, value: ValueRef<'_>) {
        self.count += 1;
        // 2^64 numbers of 63 bits fit into 127.
        self.sum = self.sum.zip(number(value)).map(|(sum, number)| sum + number);
        if value < self.least.as_ref() {
            self.least = value.to_value();
        }
        if value > self.greatest.as_ref() {
            self.greatest = value.to_value();
        }
    }
}

fn number(value: ValueRef<'_>) -> Option<i128> {
    match value {
        ValueRef::Int(number) => Some(number.into()),
        ValueRef::Money(money) => Some(money.amount_minor().into()),
        _ => None,
    }
}

/// What groups are told apart and ordered by.
fn form(group: Option<ValueRef<'_>>, value: ValueRef<'_>) -> Vec<u8> {
    let mut form = Vec::new();
    key::push_value(&mut form, group);
    if let ValueRef::Money(money) = value {
        form.extend_from_slice(money.currency().as_bytes());
    }
    form
}
