//! A condition of a policy: checked once against the fields of an entity, then asked of records.
//!
//! It is what an expression of the Common Expression Language becomes (`policy::condition` reads the text). A field that
//! is absent is an error in the sense of that language: `&&` and `||` absorb it where the other side decides, and a
//! condition that ends in it does not hold.

use chrono::{Datelike, Months};

use super::Fields;
use super::value::{Date, Value, ValueRef};

/// A field that a condition reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionField {
    /// The id.
    pub id: u16,
    /// The name.
    pub name: String,
    /// Whether it is personal or secret: its value stays out of decisions.
    pub sensitive: bool,
}

/// A condition on the fields of a record and on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub(crate) text: String,
    pub(crate) root: Node,
    pub(crate) fields: Vec<ConditionField>,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How two integers are calculated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Plus,
    Minus,
    Times,
    DividedBy,
    Modulo,
}

/// How two texts are compared by their parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

/// The unit of the time that passed since a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    Days,
    Months,
}

/// A part of a condition whose types are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Value(Value),
    Field(u16),
    Has(u16),
    Today,
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Compare(Comparison, Box<[Node; 2]>),
    OneOf(Box<Node>, Vec<Node>),
    Choose(Box<[Node; 3]>),
    Calculate(Operator, Box<[Node; 2]>),
    TextTest(TextTest, Box<[Node; 2]>),
    Size(Box<Node>),
    Since(Since, Box<Node>),
}

impl Condition {
    /// The condition that a field is there, for tables of figures.
    pub(crate) fn has(id: u16, name: &str) -> Self {
        let fields = vec![ConditionField { id, name: name.to_owned(), sensitive: false }];
        Self { text: format!("has({name})"), root: Node::Has(id), fields }
    }

    /// The text as the policy has it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The fields that it reads, in the order in which it names them first.
    pub fn fields(&self) -> &[ConditionField] {
        &self.fields
    }

    /// Whether what it says depends on the day.
    pub fn reads_today(&self) -> bool {
        self.root.reads_today()
    }

    /// Whether it holds for a record on a day.
    pub fn holds(&self, record: &dyn Fields, today: Date) -> bool {
        self.root.value(record, today) == Some(ValueRef::Bool(true))
    }
}

impl Node {
    fn reads_today(&self) -> bool {
        match self {
            Node::Today | Node::Since(..) => true,
            Node::Value(_) | Node::Field(_) | Node::Has(_) => false,
            Node::Not(part) | Node::Size(part) => part.reads_today(),
            Node::All(parts) | Node::Any(parts) => parts.iter().any(Node::reads_today),
            Node::OneOf(part, list) => part.reads_today() || list.iter().any(Node::reads_today),
            Node::Compare(_, parts) | Node::Calculate(_, parts) | Node::TextTest(_, parts) => {
                parts.iter().any(Node::reads_today)
            }
            Node::Choose(parts) => parts.iter().any(Node::reads_today),
        }
    }

    /// The value of a part; `None` when it needs a field that is absent, or cannot be calculated.
    fn value<'a>(&'a self, record: &'a dyn Fields, today: Date) -> Option<ValueRef<'a>> {
        let of = |node: &'a Node| node.value(record, today);
        match self {
            Node::Value(value) => Some(value.as_ref()),
            Node::Field(field) => record.get(*field),
            Node::Has(field) => Some(ValueRef::Bool(record.get(*field).is_some())),
            Node::Today => Some(ValueRef::Date(today)),
            Node::Not(part) => bool_of(of(part)).map(|b| ValueRef::Bool(!b)),
            Node::All(parts) => decided(parts, false, of),
            Node::Any(parts) => decided(parts, true, of),
            Node::Compare(comparison, parts) => compare(*comparison, of(&parts[0])?, of(&parts[1])?),
            Node::OneOf(part, list) => {
                let value = of(part)?;
                Some(ValueRef::Bool(list.iter().any(|item| of(item) == Some(value))))
            }
            Node::Choose(parts) => of(if bool_of(of(&parts[0]))? { &parts[1] } else { &parts[2] }),
            Node::Calculate(operator, parts) => calculate(*operator, of(&parts[0])?, of(&parts[1])?),
            Node::TextTest(test, parts) => text_test(*test, of(&parts[0])?, of(&parts[1])?),
            Node::Size(part) => match of(part)? {
                ValueRef::Text(text) => i64::try_from(text.chars().count()).ok().map(ValueRef::Int),
                _ => None,
            },
            Node::Since(unit, part) => match of(part)? {
                ValueRef::Date(date) => Some(ValueRef::Int(since(*unit, date, today))),
                _ => None,
            },
        }
    }
}

fn bool_of(value: Option<ValueRef<'_>>) -> Option<bool> {
    match value {
        Some(ValueRef::Bool(b)) => Some(b),
        _ => None,
    }
}

/// `&&` and `||`: one part that is `by` decides, whatever the others are; an absent one decides when none is.
fn decided<'a>(parts: &'a [Node], by: bool, of: impl Fn(&'a Node) -> Option<ValueRef<'a>>) -> Option<ValueRef<'a>> {
    let mut answer = Some(ValueRef::Bool(!by));
    for part in parts {
        match bool_of(of(part)) {
            Some(b) if b == by => return Some(ValueRef::Bool(by)),
            Some(_) => {}
            None => answer = None,
        }
    }
    answer
}

fn compare<'a>(comparison: Comparison, a: ValueRef<'_>, b: ValueRef<'_>) -> Option<ValueRef<'a>> {
    if let (ValueRef::Money(a), ValueRef::Money(b)) = (a, b)
        && a.currency() != b.currency()
    {
        return None; // Amounts of two currencies are not compared, not even for equality.
    }
    let order = (a.tag() == b.tag()).then(|| a.cmp(&b))?;
    Some(ValueRef::Bool(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }))
}

fn calculate<'a>(operator: Operator, a: ValueRef<'_>, b: ValueRef<'_>) -> Option<ValueRef<'a>> {
    let (ValueRef::Int(a), ValueRef::Int(b)) = (a, b) else { return None };
    let result = match operator {
        Operator::Plus => a.checked_add(b),
        Operator::Minus => a.checked_sub(b),
        Operator::Times => a.checked_mul(b),
        Operator::DividedBy => a.checked_div(b),
        Operator::Modulo => a.checked_rem(b),
    };
    result.map(ValueRef::Int)
}

fn text_test<'a>(test: TextTest, a: ValueRef<'_>, b: ValueRef<'_>) -> Option<ValueRef<'a>> {
    let (ValueRef::Text(text), ValueRef::Text(part)) = (a, b) else { return None };
    Some(ValueRef::Bool(match test {
        TextTest::StartsWith => text.starts_with(part),
        TextTest::EndsWith => text.ends_with(part),
        TextTest::Contains => text.contains(part),
    }))
}

/// The whole days or months from a date to today; less than 0 when the date is to come.
fn since(unit: Since, date: Date, today: Date) -> i64 {
    if unit == Since::Days {
        return today.signed_duration_since(date).num_days();
    }
    let months_of = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
    let months = months_of(today) - months_of(date);
    let count = Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(u32::MAX));
    let day = if months < 0 { date.checked_sub_months(count) } else { date.checked_add_months(count) };
    months - i64::from(day.is_none_or(|day| day > today))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_whole_and_clamp_at_the_end_of_a_month() {
        let months = |from: &str, to: &str| since(Since::Months, from.parse().unwrap(), to.parse().unwrap());
        assert_eq!(months("2024-10-31", "2025-10-30"), 11);
        assert_eq!(months("2024-10-31", "2025-10-31"), 12);
        assert_eq!(months("2024-02-29", "2025-02-28"), 12);
        assert_eq!(months("2025-11-30", "2026-02-28"), 3);
        assert_eq!(months("2026-03-31", "2026-03-30"), -1);
        assert_eq!(since(Since::Days, "2024-10-31".parse().unwrap(), "2025-10-31".parse().unwrap()), 365);
    }
}
