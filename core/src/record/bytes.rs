//! The stored form of single values, and a bounded reader and writer for entries made of many.

use crate::domain::{Date, Instant, Money, Value, ValueRef};
use crate::error::{Error, ErrorKind, Result};

/// The tag of a text, the one value whose length its type does not say.
pub(super) const TEXT: u8 = 1;

/// The tag of a date.
pub(super) const DATE: u8 = 4;

/// The tag of a value of an enumeration.
pub(super) const ENUM: u8 = 7;

/// What a date can be. Unit: days since 1970-01-01.
const DATES: std::ops::RangeInclusive<i32> = Date::MIN.to_epoch_days()..=Date::MAX.to_epoch_days();

/// Appends the stored form of a value, without its tag.
pub(crate) fn encode_value(out: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Text(v) => out.extend_from_slice(v.as_bytes()),
        ValueRef::Int(v) => out.extend_from_slice(&v.to_le_bytes()),
        ValueRef::Bool(v) => out.push(u8::from(v)),
        ValueRef::Date(v) => out.extend_from_slice(&v.to_epoch_days().to_le_bytes()),
        ValueRef::Instant(v) => out.extend_from_slice(&v.us().to_le_bytes()),
        ValueRef::Money(v) => {
            out.extend_from_slice(&v.amount_minor().to_le_bytes());
            out.extend_from_slice(v.currency().as_bytes());
        }
        ValueRef::Enum(v) => out.extend_from_slice(&v.to_le_bytes()),
        ValueRef::Ref(v) => out.extend_from_slice(&v.to_le_bytes()),
    }
}

/// The value of a stored form and its tag, `None` when they do not fit.
#[inline(always)]
pub(crate) fn decode_value(tag: u8, bytes: &[u8]) -> Option<ValueRef<'_>> {
    Some(match tag {
        TEXT => ValueRef::Text(std::str::from_utf8(bytes).ok()?),
        2 => ValueRef::Int(i64::from_le_bytes(bytes.try_into().ok()?)),
        3 => match bytes {
            [0] => ValueRef::Bool(false),
            [1] => ValueRef::Bool(true),
            _ => return None,
        },
        DATE => ValueRef::Date(Date::from_epoch_days(i32::from_le_bytes(bytes.try_into().ok()?))?),
        5 => ValueRef::Instant(Instant::from_us(i64::from_le_bytes(bytes.try_into().ok()?)).ok()?),
        6 => {
            let (amount, currency) = bytes.split_first_chunk::<8>()?;
            ValueRef::Money(Money::of(i64::from_le_bytes(*amount), currency.try_into().ok()?)?)
        }
        ENUM => ValueRef::Enum(u16::from_le_bytes(bytes.try_into().ok()?)),
        8 => ValueRef::Ref(u64::from_le_bytes(bytes.try_into().ok()?)),
        _ => return None,
    })
}

/// The days since 1970-01-01 of a stored date, without working out the year and the day.
pub(super) fn days(bytes: &[u8]) -> Option<i32> {
    Some(i32::from_le_bytes(bytes.try_into().ok()?)).filter(|days| DATES.contains(days))
}

/// Whether [`decode_value`] gives a value; a text counts without a look at its UTF-8.
#[inline]
pub(crate) fn fits(tag: u8, bytes: &[u8]) -> bool {
    match tag {
        TEXT => true,
        2 | 8 => bytes.len() == 8,
        DATE => days(bytes).is_some(),
        ENUM => bytes.len() == 2,
        _ => decode_value(tag, bytes).is_some(),
    }
}

/// Writes an entry of many parts: numbers as LEB128, texts with their length before them.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.blob(text.as_bytes());
    }

    pub(crate) fn blob(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// The tag and the stored form of a value; tag 0 stands for an absent one.
    pub(crate) fn value(&mut self, value: Option<(u8, &[u8])>) {
        match value {
            None => self.0.push(0),
            Some((TEXT, bytes)) => {
                self.0.push(TEXT);
                self.blob(bytes);
            }
            Some((tag, bytes)) => {
                self.0.push(tag);
                self.0.extend_from_slice(bytes);
            }
        }
    }
}

/// Reads what [`Writer`] wrote; every read is bounds-checked.
#[derive(Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n).ok_or_else(cut)?;
        self.0 = tail;
        Ok(head)
    }

    pub(crate) fn number(&mut self) -> Result<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                break;
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(cut())
    }

    /// A count of things that take at least one byte each, so that a damaged one cannot ask for endless memory.
    pub(crate) fn count(&mut self) -> Result<usize> {
        let n = usize::try_from(self.number()?).map_err(|_| cut())?;
        if n > self.0.len() { Err(cut()) } else { Ok(n) }
    }

    pub(crate) fn blob(&mut self) -> Result<&'a [u8]> {
        let n = self.count()?;
        self.take(n)
    }

    pub(crate) fn text(&mut self) -> Result<String> {
        Ok(std::str::from_utf8(self.blob()?).map_err(|_| cut())?.to_owned())
    }

    pub(crate) fn value(&mut self) -> Result<Option<Value>> {
        let tag = self.byte()?;
        let len = match tag {
            0 => return Ok(None),
            1 => self.count()?,
            2 | 5 | 8 => 8,
            3 => 1,
            4 => 4,
            6 => 11,
            7 => 2,
            _ => return Err(cut()),
        };
        decode_value(tag, self.take(len)?).map(|v| Some(v.to_value())).ok_or_else(cut)
    }
}

fn cut() -> Error {
    Error::new(ErrorKind::Corrupt, "a stored entry is damaged: it does not have the form that it should")
}
