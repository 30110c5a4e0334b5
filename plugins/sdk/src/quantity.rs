//! What calculators take and give, and what decisions decide: values without fractions.

use std::fmt;

use crm_plugin_abi as abi;

use crate::date::{Date, Instant};
use crate::field::Money;

/// A value of a decision, an argument or a result.
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
    /// An amount of money.
    Money(Money),
    /// A ratio of two integers, the second greater than 0.
    Ratio(i64, i64),
    /// Nothing: the field is absent, which takes back what the plugin decided before.
    Absent,
}

/// Declares how a type becomes a quantity.
macro_rules! quantity {
    ($($from:ty => $variant:ident),+) => {
        $(impl From<$from> for Quantity {
            fn from(value: $from) -> Self {
                Quantity::$variant(value.into())
            }
        })+
    };
}

quantity! { &str => Text, String => Text, i64 => Int, bool => Bool, Date => Date, Instant => Instant, Money => Money }

/// Writes the value as text, as the journal keeps it.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Text(v) => f.write_str(v),
            Quantity::Int(v) => write!(f, "{v}"),
            Quantity::Bool(v) => write!(f, "{v}"),
            Quantity::Date(v) => write!(f, "{v}"),
            Quantity::Instant(v) => write!(f, "{}us", v.0),
            Quantity::Money(v) => write!(f, "{} {}", v.amount_minor, v.currency_text()),
            Quantity::Ratio(n, d) => write!(f, "{n}/{d}"),
            Quantity::Absent => Ok(()),
        }
    }
}

/// The type of an argument or a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuantityType {
    /// Text.
    Text = 1,
    /// An integer.
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

/// An argument or a result of a calculator.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) label_zh: &'static str,
    pub(crate) kind: QuantityType,
    pub(crate) flags: u32,
}

impl Parameter {
    /// An argument, or with [`Parameter::result`] a result: its name, its labels in both languages, its type.
    pub const fn new(name: &'static str, label: &'static str, label_zh: &'static str, kind: QuantityType) -> Self {
        Self { name, label, label_zh, kind, flags: 0 }
    }

    /// The argument may be left out.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.flags |= abi::CRMK_PLUGIN_PARAMETER_OPTIONAL;
        self
    }

    /// It is a result.
    #[must_use]
    pub const fn result(mut self) -> Self {
        self.flags |= abi::CRMK_PLUGIN_PARAMETER_RESULT;
        self
    }

    pub(crate) const fn is_result(&self) -> bool {
        self.flags & abi::CRMK_PLUGIN_PARAMETER_RESULT != 0
    }
}

/// A calculator that a plugin offers.
#[derive(Debug, Clone, Copy)]
pub struct Calculator {
    /// The name: a prefix of the plugin's and a name, such as `bank.fine_range`.
    pub name: &'static str,
    /// The English label.
    pub label: &'static str,
    /// The Chinese label.
    pub label_zh: &'static str,
    /// The arguments and the results.
    pub parameters: &'static [Parameter],
}

/// The type of a custom field, with its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A text of at most so many characters.
    Text(u32),
    /// An integer from the first to the second.
    Int(i64, i64),
    /// True or false.
    Bool,
    /// A civil date.
    Date,
    /// An instant.
    Instant,
    /// An amount of money.
    Money,
    /// The id of a record of an entity.
    Ref(&'static str),
}

/// A custom field that a plugin needs.
#[derive(Debug, Clone, Copy)]
pub struct CustomField {
    pub(crate) entity: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: FieldKind,
    pub(crate) label: &'static str,
    pub(crate) label_zh: &'static str,
    pub(crate) flags: u32,
}

impl CustomField {
    /// A field of an entity: its name with the plugin's prefix, its type, its labels in both languages.
    pub const fn new(
        entity: &'static str,
        name: &'static str,
        kind: FieldKind,
        label: &'static str,
        label_zh: &'static str,
    ) -> Self {
        Self { entity, name, kind, label, label_zh, flags: 0 }
    }

    /// The field is personal or secret: only plugins whose manifest names it may read it.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.flags |= abi::CRMK_PLUGIN_FIELD_SENSITIVE;
        self
    }

    /// An index is kept for the field.
    #[must_use]
    pub const fn indexed(mut self) -> Self {
        self.flags |= abi::CRMK_PLUGIN_FIELD_INDEXED;
        self
    }
}

/// A call of a calculator.
#[derive(Debug)]
pub struct Computation<'a> {
    pub(crate) call: crate::change::Change<'a>,
    pub(crate) calculator: &'static Calculator,
    pub(crate) arguments: Vec<Option<Quantity>>,
}

impl Computation<'_> {
    /// The name of the calculator.
    pub fn name(&self) -> &'static str {
        self.calculator.name
    }

    /// The day of the call.
    pub fn today(&self) -> Date {
        self.call.today()
    }

    /// The calendar, as a change has it.
    pub fn calendar(&self) -> &crate::change::Change<'_> {
        &self.call
    }

    /// An argument by its name; `None` when it was left out.
    pub fn get(&self, name: &str) -> Option<&Quantity> {
        let arguments = self.calculator.parameters.iter().filter(|p| !p.is_result());
        let at = arguments.into_iter().position(|p| p.name == name)?;
        self.arguments.get(at)?.as_ref()
    }

    /// An integer argument; `None` when it was left out.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Quantity::Int(v)) => Some(*v),
            _ => None,
        }
    }

    /// An amount of money; `None` when it was left out.
    pub fn money(&self, name: &str) -> Option<Money> {
        match self.get(name) {
            Some(Quantity::Money(v)) => Some(*v),
            _ => None,
        }
    }

    /// A date; `None` when it was left out.
    pub fn date(&self, name: &str) -> Option<Date> {
        match self.get(name) {
            Some(Quantity::Date(v)) => Some(*v),
            _ => None,
        }
    }

    /// A text; `None` when it was left out.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Quantity::Text(v)) => Some(v),
            _ => None,
        }
    }

    /// True or false; `None` when it was left out.
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(Quantity::Bool(v)) => Some(*v),
            _ => None,
        }
    }
}
