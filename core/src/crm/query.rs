//! A query: which records of an entity, in which order, how many, and from where on.

use crate::domain::{EntityKind, Fields, Value, ValueRef};
use crate::port::Order;

/// How a field is compared with the values of a condition. The number crosses the C ABI and is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Is the value.
    Eq = 1,
    /// Is there and is not the value.
    Ne = 2,
    /// Is less than the value.
    Lt = 3,
    /// Is the value or less.
    Le = 4,
    /// Is greater than the value.
    Gt = 5,
    /// Is the value or greater.
    Ge = 6,
    /// Is one of the values.
    In = 7,
    /// Is a text that begins with the value.
    StartsWith = 8,
    /// Is there. Takes no value.
    IsSet = 9,
    /// Is absent. Takes no value.
    IsAbsent = 10,
}

impl Op {
    /// Every operator.
    pub const ALL: [Op; 10] =
        [Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::In, Op::StartsWith, Op::IsSet, Op::IsAbsent];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Op::Eq => "eq",
            Op::Ne => "ne",
            Op::Lt => "lt",
            Op::Le => "le",
            Op::Gt => "gt",
            Op::Ge => "ge",
            Op::In => "in",
            Op::StartsWith => "starts_with",
            Op::IsSet => "is_set",
            Op::IsAbsent => "is_absent",
        }
    }

    /// The stable number.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The operator with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.name() == name)
    }

    /// The operator with a number.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.number() == number)
    }
}

/// A condition on one field. An absent field meets `IsAbsent` and no other condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The field.
    pub field: u16,
    /// The comparison.
    pub op: Op,
    /// The values: one, none for `IsSet` and `IsAbsent`, 0 to 10,000 for `In`. `In` without values is met by no record.
    pub values: Vec<Value>,
}

impl Condition {
    /// A condition with one value.
    pub fn new(field: u16, op: Op, value: Value) -> Self {
        Self { field, op, values: vec![value] }
    }

    /// Whether no record can meet the condition.
    pub(super) fn is_met_by_none(&self) -> bool {
        self.op == Op::In && self.values.is_empty()
    }

    /// Whether a record meets the condition.
    pub(super) fn holds(&self, record: &dyn Fields) -> bool {
        let Some(found) = record.get(self.field) else { return self.op == Op::IsAbsent };
        let value = || self.values.first().map(Value::as_ref);
        match self.op {
            Op::Eq => Some(found) == value(),
            Op::Ne => Some(found) != value(),
            Op::Lt => Some(found) < value(),
            Op::Le => Some(found) <= value(),
            Op::Gt => Some(found) > value(),
            Op::Ge => Some(found) >= value(),
            Op::In => self.values.iter().any(|v| v.as_ref() == found),
            Op::StartsWith => match (found, value()) {
                (ValueRef::Text(text), Some(ValueRef::Text(prefix))) => text.starts_with(prefix),
                _ => false,
            },
            Op::IsSet => true,
            Op::IsAbsent => false,
        }
    }
}

/// Which records of an entity, in which order, how many, and from where on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The entity.
    pub entity: EntityKind,
    /// The conditions; a record meets all of them.
    pub conditions: Vec<Condition>,
    /// The field to order by, ties by id; absent values come first. `None` takes the order of the index used,
    /// by id when none is.
    pub order: Option<(u16, Order)>,
    /// How many records at most.
    pub limit: Option<u64>,
    /// Where to go on: what [`super::Cursor::position`] of the same query gave. Where no index gives the order, the first
    /// page and the second read every record that the conditions leave; the pages behind read their own alone, as long as
    /// nothing is committed, and every record again behind a commit. A cursor that is kept reads on without that.
    pub position: Option<Vec<u8>>,
}

impl Query {
    /// All records of an entity.
    pub fn new(entity: EntityKind) -> Self {
        Self { entity, conditions: Vec::new(), order: None, limit: None, position: None }
    }

    /// Adds a condition.
    #[must_use]
    pub fn filter(mut self, field: u16, op: Op, value: Value) -> Self {
        self.conditions.push(Condition::new(field, op, value));
        self
    }

    /// Sets the order.
    #[must_use]
    pub fn order_by(mut self, field: u16, order: Order) -> Self {
        self.order = Some((field, order));
        self
    }

    /// Sets the greatest number of records.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }
}
