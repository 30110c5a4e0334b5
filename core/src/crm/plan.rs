//! How a query is answered: from which index, over which range of keys, and what is left to filter and to sort.

use crate::domain::{EntityKind, FIELD_ID, FieldType, Required, Value, ValueRef, type_name};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, Space};
use crate::record::{Catalog, FieldInfo, IndexInfo, key};

use super::mask::Mask;
use super::query::{Condition, Op, Query};

/// How a query is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The index that is read, such as `visit.due`; `None` when every record of the entity is.
    pub index: Option<String>,
    /// How many of the index's fields are fixed by the conditions.
    pub fixed_fields: usize,
    /// Whether the conditions bound the field after those to a range.
    pub ranged: bool,
    /// Whether the records come in the order asked for without sorting.
    pub sorted: bool,
    /// The names of the fields whose conditions are checked on each record.
    pub filtered: Vec<String>,
    /// The count, kept with every write, that answers [`crate::Session::count`] of the query by itself, such as
    /// `customer.by_class`; `None` when there is none, and in the plan of a cursor.
    pub counted: Option<String>,
    pub(super) space: Space,
    pub(super) from: Vec<u8>,
    pub(super) until: Option<Vec<u8>>,
    pub(super) order: Order,
    pub(super) covered: bool,
    /// The field by which the records come, when its index leaves out those that have no value. Those come first, or last
    /// when the order is descending, from a walk over the records.
    pub(super) absent_apart: Option<u16>,
}

/// Plans a query, for a reader from whom fields may be hidden or for one who sees everything.
///
/// # Errors
/// `UnknownField`, `WrongType` and `InvalidArgument` when the query is not of its form. There are no others.
pub(super) fn plan(catalog: &Catalog, query: &Query, mask: Option<&Mask>) -> Result<Plan> {
    validate(catalog, query)?;
    let candidates = catalog.indexes(query.entity).iter().filter(|index| tells_nothing_hidden(query, index, mask));
    let best = candidates
        .filter_map(|index| Candidate::of(catalog, query, index))
        .max_by_key(|candidate| (candidate.score(), std::cmp::Reverse(candidate.index.id)));
    let mut plan = match best {
        Some(candidate) => candidate.into_plan(catalog, query),
        None => by_order_alone(catalog, query, mask).unwrap_or_else(|| scan_all(catalog, query)),
    };
    if query.conditions.iter().any(Condition::is_met_by_none) {
        plan.until = Some(plan.from.clone());
    }
    Ok(plan)
}

/// Whether the places of records in an index tell no more of fields that may be hidden than the query says itself.
fn tells_nothing_hidden(query: &Query, index: &IndexInfo, mask: Option<&Mask>) -> bool {
    let Some(mask) = mask else { return true };
    let is_said = |field: u16| query.conditions.iter().any(|c| c.field == field && c.op == Op::Eq);
    index.fields.iter().all(|field| is_said(*field) || !mask.may_hide(query.entity, *field))
}

/// That a query is of its form.
///
/// # Errors
/// As [`plan`].
pub(super) fn validate(catalog: &Catalog, query: &Query) -> Result<()> {
    for condition in &query.conditions {
        check(catalog.require(query.entity, condition.field)?, condition)?;
    }
    if let Some((field, _)) = query.order {
        catalog.require(query.entity, field)?;
    }
    Ok(())
}

fn check(info: &FieldInfo, condition: &Condition) -> Result<()> {
    let wanted = match condition.op {
        Op::IsSet | Op::IsAbsent => 0..=0,
        Op::In => 0..=10_000,
        _ => 1..=1,
    };
    let (name, n) = (&info.name, condition.values.len());
    if !wanted.contains(&n) {
        let (op, least, most) = (condition.op.name(), wanted.start(), wanted.end());
        let message = format!("{op} on {name} takes {least} to {most} values, found {n}");
        return Err(Error::new(ErrorKind::InvalidArgument, message).with("field", name));
    }
    if let Some(value) = condition.values.iter().find(|value| value.tag() != info.kind.tag()) {
        return Err(crate::domain::wrong_type(name, type_name(info.kind.tag()), value.as_ref()));
    }
    if condition.op == Op::StartsWith && !matches!(info.kind, FieldType::Text { .. }) {
        let message = format!("starts_with is for text, {name} is {}", info.kind.name());
        return Err(Error::new(ErrorKind::WrongType, message).with("field", name));
    }
    Ok(())
}

fn scan_all(catalog: &Catalog, query: &Query) -> Plan {
    let (from, until) = key::records(query.entity);
    let by_id = query.order.is_none_or(|(field, _)| field == FIELD_ID);
    Plan {
        index: None,
        fixed_fields: 0,
        ranged: false,
        sorted: by_id,
        filtered: names(catalog, query.entity, query.conditions.iter()),
        counted: None,
        space: Space::Record,
        from,
        until,
        order: if by_id { query.order.map_or(Order::Ascending, |(_, order)| order) } else { Order::Ascending },
        covered: query.conditions.is_empty(),
        absent_apart: None,
    }
}

/// The index over the field of the order, for a query that has no conditions.
fn by_order_alone(catalog: &Catalog, query: &Query, mask: Option<&Mask>) -> Option<Plan> {
    let (field, order) = query.order.filter(|_| query.conditions.is_empty())?;
    let fits = |index: &&IndexInfo| index.fields == [field] && index.states.is_none();
    let mut indexes = catalog.indexes(query.entity).iter().filter(fits);
    let index = indexes.find(|index| tells_nothing_hidden(query, index, mask))?;
    let prefix = key::index(query.entity, index.id);
    Some(Plan {
        index: Some(index.name.clone()),
        sorted: true,
        space: if index.unique { Space::Unique } else { Space::Index },
        until: key::after_prefix(&prefix),
        from: prefix,
        order,
        covered: true,
        absent_apart: (!always_there(catalog, query.entity, index, field)).then_some(field),
        ..scan_all(catalog, query)
    })
}

fn names<'c>(catalog: &Catalog, entity: EntityKind, conditions: impl Iterator<Item = &'c Condition>) -> Vec<String> {
    let mut names: Vec<String> =
        conditions.filter_map(|c| catalog.field(entity, c.field)).map(|info| info.name.clone()).collect();
    names.dedup();
    names
}

/// An index that could answer the query, and how well.
struct Candidate<'q> {
    index: &'q IndexInfo,
    fixed: Vec<&'q Condition>,
    range: Vec<&'q Condition>,
    sorted: bool,
    /// Whether the states whose records are in the index are just those that a condition asks for.
    states_met: bool,
}

impl<'q> Candidate<'q> {
    fn of(catalog: &Catalog, query: &'q Query, index: &'q IndexInfo) -> Option<Self> {
        if !states_fit(query, index) {
            return None;
        }
        let with = |field: u16, ops: &'static [Op]| {
            query.conditions.iter().filter(move |c| c.field == field && ops.contains(&c.op))
        };
        let fixed: Vec<&Condition> = index.fields.iter().map_while(|f| with(*f, &[Op::Eq]).next()).collect();
        let next = index.fields.get(fixed.len()).copied();
        let ranged = [Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::StartsWith, Op::IsSet];
        let range: Vec<&Condition> = next.map_or_else(Vec::new, |field| {
            query.conditions.iter().filter(|c| c.field == field && ranged.contains(&c.op)).collect()
        });
        if index.unique && fixed.len() + usize::from(!range.is_empty()) < index.fields.len() {
            return None; // A unique key holds only the records that have all its fields.
        }
        let first = *index.fields.first()?;
        if fixed.is_empty() && range.is_empty() && !always_there(catalog, query.entity, index, first) {
            return None;
        }
        let by_rest = |(field, _): (u16, Order)| match next {
            Some(next) => field == next,
            None => field == FIELD_ID || index.unique,
        };
        let state = index.states.as_ref().map(|(field, _)| *field);
        let states_met = query.conditions.iter().any(|c| covers_states(index, state, c));
        let candidate = Self { index, fixed, range, sorted: query.order.is_none_or(by_rest), states_met };
        (candidate.score() > 0).then_some(candidate)
    }

    /// Conditions met count first, then the order. States met count with the bonus for having states like a fixed field.
    fn score(&self) -> usize {
        let useful_order =
            self.sorted && !(self.fixed.is_empty() && self.range.is_empty() && self.index.states.is_none());
        self.fixed.len() * 10
            + usize::from(!self.range.is_empty()) * 6
            + usize::from(useful_order) * 4
            + usize::from(self.index.states.is_some()) * 3
            + usize::from(self.states_met) * 7
    }

    fn into_plan(self, catalog: &Catalog, query: &Query) -> Plan {
        let mut prefix = key::index(query.entity, self.index.id);
        for condition in &self.fixed {
            key::push_value(&mut prefix, condition.values.first().map(Value::as_ref));
        }
        let (mut from, mut until) = (prefix.clone(), key::after_prefix(&prefix));
        for condition in &self.range {
            let (low, high) = bounds(&prefix, condition);
            from = from.max(low);
            until = match (until, high) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        let state = self.index.states.as_ref().map(|(field, _)| *field);
        let met = |c: &Condition| {
            self.fixed.iter().chain(&self.range).any(|used| std::ptr::eq(*used, c))
                || covers_states(self.index, state, c)
        };
        let left: Vec<&Condition> = query.conditions.iter().filter(|c| !met(c)).collect();
        let order = query.order.filter(|_| self.sorted).map_or(Order::Ascending, |(_, order)| order);
        Plan {
            index: Some(self.index.name.clone()),
            fixed_fields: self.fixed.len(),
            ranged: !self.range.is_empty(),
            sorted: self.sorted,
            filtered: names(catalog, query.entity, left.iter().copied()),
            counted: None,
            space: if self.index.unique { Space::Unique } else { Space::Index },
            from,
            until,
            order,
            covered: left.is_empty(),
            absent_apart: None,
        }
    }
}

/// The range of keys behind `prefix` whose value meets a condition.
fn bounds(prefix: &[u8], condition: &Condition) -> (Vec<u8>, Option<Vec<u8>>) {
    let at = |value: Option<ValueRef<'_>>| {
        let mut key = prefix.to_vec();
        key::push_value(&mut key, value);
        key
    };
    let value = condition.values.first().map(Value::as_ref);
    let there = {
        let mut key = prefix.to_vec();
        key.push(1);
        key
    };
    let end = key::after_prefix(prefix);
    match (condition.op, value) {
        (Op::Lt, value) => (there, Some(at(value))),
        (Op::Le, value) => (there, key::after_prefix(&at(value))),
        (Op::Gt, value) => (key::after_prefix(&at(value)).unwrap_or_else(|| at(value)), end),
        (Op::Ge, value) => (at(value), end),
        (Op::StartsWith, Some(ValueRef::Text(text))) => {
            let mut key = prefix.to_vec();
            key::push_text_prefix(&mut key, text);
            let until = key::after_prefix(&key);
            (key, until)
        }
        _ => (there, end),
    }
}

/// Whether an index over some states holds every record that the query can give.
fn states_fit(query: &Query, index: &IndexInfo) -> bool {
    let Some((field, _)) = &index.states else { return true };
    query.conditions.iter().any(|c| narrows_to(index, *field, c))
}

fn narrows_to(index: &IndexInfo, field: u16, condition: &Condition) -> bool {
    let Some((_, states)) = &index.states else { return false };
    let within = |value: &Value| matches!(value, Value::Enum(state) if states.contains(state));
    condition.field == field && matches!(condition.op, Op::Eq | Op::In) && condition.values.iter().all(within)
}

/// Whether the index holds just the records that meet a condition on the state.
fn covers_states(index: &IndexInfo, state: Option<u16>, condition: &Condition) -> bool {
    let (Some(field), Some((_, states))) = (state, &index.states) else { return false };
    narrows_to(index, field, condition) && states.iter().all(|s| condition.values.contains(&Value::Enum(*s)))
}

/// Whether the index leaves out no record because its first field is absent.
fn always_there(catalog: &Catalog, entity: EntityKind, index: &IndexInfo, field: u16) -> bool {
    index.states.is_some() || catalog.field(entity, field).is_some_and(|info| info.required == Required::Always)
}
