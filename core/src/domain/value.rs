//! The values that a field can hold, and their types.

use std::fmt;

use chrono::{DateTime, NaiveDate};

use super::entity::EnumDef;
use crate::error::{Error, ErrorKind, Result};

/// A civil date. Bounds: years 1 to 9999.
pub type Date = NaiveDate;

/// An instant in microseconds since 1970-01-01T00:00:00Z. Bounds: years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The least instant: 0001-01-01T00:00:00Z.
    pub const MIN: Instant = Instant(-62_135_596_800_000_000);
    /// The greatest instant: 9999-12-31T23:59:59.999999Z.
    pub const MAX: Instant = Instant(253_402_300_799_999_999);

    /// Makes an instant of microseconds since the epoch.
    ///
    /// # Errors
    /// `InvalidArgument` outside of the years 1 to 9999. There are no others.
    pub fn from_us(us: i64) -> Result<Self> {
        if !(Self::MIN.0..=Self::MAX.0).contains(&us) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!(
                    "an instant is outside of the years 1 to 9999 in UTC: allowed are {} to {}, found {us} us since 1970",
                    Self::MIN,
                    Self::MAX
                ),
            ));
        }
        Ok(Self(us))
    }

    /// Microseconds since the epoch.
    pub const fn us(self) -> i64 {
        self.0
    }

    /// Reads an RFC 3339 text such as `2026-09-30T09:00:00+08:00`.
    ///
    /// # Errors
    /// `InvalidArgument` when the text is not of that form. There are no others.
    pub fn parse(text: &str) -> Result<Self> {
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|e| {
            Error::new(ErrorKind::InvalidArgument, "the instant is not of the form 2026-09-30T09:00:00+08:00")
                .caused_by(e)
        })?;
        Self::from_us(parsed.timestamp_micros())
    }

    /// The instant in UTC as a chrono value.
    pub fn to_utc(self) -> DateTime<chrono::Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// The civil date of the instant in a time zone.
    pub fn date_in(self, zone: chrono_tz::Tz) -> Date {
        self.to_utc().with_timezone(&zone).date_naive()
    }
}

impl Instant {
    /// The instant as the clock of a time zone shows it, with its offset: `2026-09-16T08:00:00+08:00`.
    pub fn spelled_in(self, zone: chrono_tz::Tz) -> String {
        self.to_utc().with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_utc().format("%Y-%m-%dT%H:%M:%S%.fZ"))
    }
}

/// An amount of money: minor units of a currency. Source: ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    currency: [u8; 3],
    amount_minor: i64,
}

impl Money {
    /// Makes an amount. Unit: the currency's minor unit (fen for CNY).
    ///
    /// # Errors
    /// `InvalidArgument` when the currency is not three letters A to Z. There are no others.
    pub fn new(amount_minor: i64, currency: &str) -> Result<Self> {
        currency.as_bytes().try_into().ok().and_then(|currency| Self::of(amount_minor, currency)).ok_or_else(|| {
            let message = "the currency is not three letters A to Z such as CNY (ISO 4217)";
            Error::new(ErrorKind::InvalidArgument, message)
        })
    }

    /// The same of the letters alone, `None` when they are not such.
    pub(crate) fn of(amount_minor: i64, currency: [u8; 3]) -> Option<Self> {
        currency.iter().all(u8::is_ascii_uppercase).then_some(Self { currency, amount_minor })
    }

    /// The amount in minor units.
    pub const fn amount_minor(self) -> i64 {
        self.amount_minor
    }

    /// The three letters of the currency.
    pub fn currency(&self) -> &str {
        std::str::from_utf8(&self.currency).expect("invariant: new() lets only A to Z through")
    }
}

/// The type of a field. The tag of a type is stored and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// UTF-8 text of at most `len_max` characters.
    Text {
        /// The greatest number of characters (Unicode scalar values).
        len_max: u32,
    },
    /// A signed 64-bit integer.
    Int {
        /// The least value allowed.
        min: i64,
        /// The greatest value allowed.
        max: i64,
    },
    /// True or false.
    Bool,
    /// A civil date.
    Date,
    /// An instant.
    Instant,
    /// An amount of money.
    Money,
    /// One of the values of an enumeration.
    Enum(&'static EnumDef),
    /// The id of a record of an entity.
    Ref(super::entity::EntityKind),
}

impl FieldType {
    /// The stored tag of the type.
    pub const fn tag(self) -> u8 {
        match self {
            FieldType::Text { .. } => 1,
            FieldType::Int { .. } => 2,
            FieldType::Bool => 3,
            FieldType::Date => 4,
            FieldType::Instant => 5,
            FieldType::Money => 6,
            FieldType::Enum(_) => 7,
            FieldType::Ref(_) => 8,
        }
    }

    /// The name of the type in messages and docs.
    pub const fn name(self) -> &'static str {
        type_name(self.tag())
    }
}

/// The name of the type with a stored tag.
pub const fn type_name(tag: u8) -> &'static str {
    match tag {
        1 => "text",
        2 => "int",
        3 => "bool",
        4 => "date",
        5 => "instant",
        6 => "money",
        7 => "enum",
        8 => "ref",
        _ => "unknown",
    }
}

/// A value of a field, owned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
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
    /// The number of an enumeration's value.
    Enum(u16),
    /// The id of a record.
    Ref(u64),
}

/// A value of a field, borrowed from where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueRef<'a> {
    /// Text.
    Text(&'a str),
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
    /// The number of an enumeration's value.
    Enum(u16),
    /// The id of a record.
    Ref(u64),
}

impl Value {
    /// The value, borrowed.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Value::Text(v) => ValueRef::Text(v),
            Value::Int(v) => ValueRef::Int(*v),
            Value::Bool(v) => ValueRef::Bool(*v),
            Value::Date(v) => ValueRef::Date(*v),
            Value::Instant(v) => ValueRef::Instant(*v),
            Value::Money(v) => ValueRef::Money(*v),
            Value::Enum(v) => ValueRef::Enum(*v),
            Value::Ref(v) => ValueRef::Ref(*v),
        }
    }

    /// The stored tag of the value's type.
    pub fn tag(&self) -> u8 {
        self.as_ref().tag()
    }
}

impl ValueRef<'_> {
    /// The stored tag of the value's type.
    pub const fn tag(&self) -> u8 {
        match self {
            ValueRef::Text(_) => 1,
            ValueRef::Int(_) => 2,
            ValueRef::Bool(_) => 3,
            ValueRef::Date(_) => 4,
            ValueRef::Instant(_) => 5,
            ValueRef::Money(_) => 6,
            ValueRef::Enum(_) => 7,
            ValueRef::Ref(_) => 8,
        }
    }

    /// The value, owned.
    pub fn to_value(self) -> Value {
        match self {
            ValueRef::Text(v) => Value::Text(v.to_owned()),
            ValueRef::Int(v) => Value::Int(v),
            ValueRef::Bool(v) => Value::Bool(v),
            ValueRef::Date(v) => Value::Date(v),
            ValueRef::Instant(v) => Value::Instant(v),
            ValueRef::Money(v) => Value::Money(v),
            ValueRef::Enum(v) => Value::Enum(v),
            ValueRef::Ref(v) => Value::Ref(v),
        }
    }
}

impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueRef::Text(v) => f.write_str(v),
            ValueRef::Int(v) => write!(f, "{v}"),
            ValueRef::Bool(v) => write!(f, "{v}"),
            ValueRef::Date(v) => write!(f, "{v}"),
            ValueRef::Instant(v) => write!(f, "{v}"),
            ValueRef::Money(v) => write!(f, "{v}"),
            ValueRef::Enum(v) => write!(f, "{v}"),
            ValueRef::Ref(v) => write!(f, "{v}"),
        }
    }
}
