//! A calculator: a named computation of a plugin, its typed arguments and results.

use std::fmt;

use super::decision::Decision;
use super::value::{Date, Instant, Money, Value};

/// What a calculator takes and gives: no number has a fraction of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Quantity {
    /// Text.
    Text(String),
    /// An integer.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A civil date.
    Date(Date),
    /// An instant.
    Instant(Instant),
    /// Money.
    Money(Money),
    /// A ratio of two integers. Bounds: the denominator is greater than 0.
    Ratio {
        /// What is divided.
        numerator: i64,
        /// What it is divided by.
        denominator: i64,
    },
}

/// The type of a [`Quantity`]. The numbers are those of the plugin ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuantityType {
    /// Text.
    Text = 1,
    /// A signed 64-bit integer.
    Int = 2,
    /// True or false.
    Bool = 3,
    /// A civil date.
    Date = 4,
    /// An instant.
    Instant = 5,
    /// An amount of money.
    Money = 6,
    /// A ratio of two integers.
    Ratio = 9,
}

impl QuantityType {
    /// Every type.
    pub const ALL: [QuantityType; 7] =
        [Self::Text, Self::Int, Self::Bool, Self::Date, Self::Instant, Self::Money, Self::Ratio];

    /// The number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The type with a number.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| i32::from(kind.number()) == number)
    }

    /// The name in messages and docs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::Instant => "instant",
            Self::Money => "money",
            Self::Ratio => "ratio",
        }
    }
}

impl Quantity {
    /// The type.
    pub const fn kind(&self) -> QuantityType {
        match self {
            Quantity::Text(_) => QuantityType::Text,
            Quantity::Int(_) => QuantityType::Int,
            Quantity::Bool(_) => QuantityType::Bool,
            Quantity::Date(_) => QuantityType::Date,
            Quantity::Instant(_) => QuantityType::Instant,
            Quantity::Money(_) => QuantityType::Money,
            Quantity::Ratio { .. } => QuantityType::Ratio,
        }
    }

    /// The value of a field; `None` for a ratio, which no field holds.
    pub fn to_value(&self) -> Option<Value> {
        Some(match self {
            Quantity::Text(v) => Value::Text(v.clone()),
            Quantity::Int(v) => Value::Int(*v),
            Quantity::Bool(v) => Value::Bool(*v),
            Quantity::Date(v) => Value::Date(*v),
            Quantity::Instant(v) => Value::Instant(*v),
            Quantity::Money(v) => Value::Money(*v),
            Quantity::Ratio { .. } => return None,
        })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Text(v) => f.write_str(v),
            Quantity::Int(v) => write!(f, "{v}"),
            Quantity::Bool(v) => write!(f, "{v}"),
            Quantity::Date(v) => write!(f, "{v}"),
            Quantity::Instant(v) => write!(f, "{v}"),
            Quantity::Money(v) => write!(f, "{v}"),
            Quantity::Ratio { numerator, denominator } => write!(f, "{numerator}/{denominator}"),
        }
    }
}

/// An argument or a result of a calculator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name in snake case.
    pub name: String,
    /// The English label.
    pub label: String,
    /// The Chinese label.
    pub label_zh: String,
    /// The type.
    pub kind: QuantityType,
    /// Whether an argument may be left out.
    pub optional: bool,
}

/// A calculator as its plugin declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calculator {
    /// The name: a prefix of the plugin's and a name, such as `bank.fine_range`.
    pub name: String,
    /// The English label.
    pub label: String,
    /// The Chinese label.
    pub label_zh: String,
    /// The arguments in their order.
    pub arguments: Vec<Parameter>,
    /// The results in their order.
    pub results: Vec<Parameter>,
    /// The id of the plugin.
    pub plugin: String,
}

/// What was decided about a subject, and why: a result of a calculator, or a field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The value, typed.
    pub value: Quantity,
    /// The subject, the value as text, and why.
    pub decision: Decision,
}
