//! Amounts of money as text: `12.50 CNY`, with the decimals of the currency.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

use super::value::Money;

/// The currencies whose minor unit has other than two digits. Source: ISO 4217, list one.
const DIGITS: [(u32, &[&[u8; 3]]); 3] = [
    (
        0,
        &[
            b"BIF", b"CLP", b"DJF", b"GNF", b"ISK", b"JPY", b"KMF", b"KRW", b"PYG", b"RWF", b"UGX", b"UYI", b"VND",
            b"VUV", b"XAF", b"XOF", b"XPF",
        ],
    ),
    (3, &[b"BHD", b"IQD", b"JOD", b"KWD", b"LYD", b"OMR", b"TND"]),
    (4, &[b"CLF", b"UYW"]),
];

impl Money {
    /// How many decimals the currency has: 2 for CNY, 0 for JPY.
    pub fn decimals(self) -> u32 {
        let currency = self.currency().as_bytes();
        DIGITS.iter().find(|(_, all)| all.iter().any(|known| known.as_slice() == currency)).map_or(2, |(n, _)| *n)
    }
}

/// The amount in units of the currency, with all of its decimals: 1250 minor units are `12.50 CNY`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, sign) = (self.decimals(), if self.amount_minor() < 0 { "-" } else { "" });
        let (amount, unit) = (self.amount_minor().unsigned_abs(), 10_u64.pow(digits));
        write!(f, "{sign}{}", amount / unit)?;
        if digits > 0 {
            write!(f, ".{:0width$}", amount % unit, width = digits as usize)?;
        }
        write!(f, " {}", self.currency())
    }
}

/// Reads what [`Display`](fmt::Display) writes; decimals may be left out: `12.5 CNY` and `12 CNY` are amounts too.
///
/// # Errors
/// `InvalidArgument` for another form, for more decimals than the currency has, and beyond 64 bits of minor units.
impl FromStr for Money {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refused = || {
            let message = "an amount is a number and a currency, such as 12.50 CNY, with no more decimals than it has";
            Error::new(ErrorKind::InvalidArgument, message)
        };
        let (number, currency) = text.trim().split_once(' ').ok_or_else(refused)?;
        let digits = Self::new(0, currency.trim_start())?.decimals() as usize;
        let (negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(part) || part.len() > digits || number.ends_with('.') {
            return Err(refused());
        }
        let minor: i128 = format!("{whole}{part:0<digits$}").parse().map_err(|_| refused())?;
        let amount = i64::try_from(if negative { -minor } else { minor }).map_err(|_| refused())?;
        Self::new(amount, currency.trim_start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        let texts = [
            (1250, "CNY", "12.50 CNY"),
            (-5, "USD", "-0.05 USD"),
            (700, "JPY", "700 JPY"),
            (1, "KWD", "0.001 KWD"),
            (0, "CNY", "0.00 CNY"),
            (i64::MIN, "CNY", "-92233720368547758.08 CNY"),
            (i64::MAX, "CLF", "922337203685477.5807 CLF"),
        ];
        for (amount, currency, text) in texts {
            let money = Money::new(amount, currency).unwrap();
            assert_eq!(money.to_string(), text);
            assert_eq!(text.parse::<Money>().unwrap(), money);
        }
        assert_eq!("12.5 CNY".parse::<Money>().unwrap().amount_minor(), 1250);
        assert_eq!("12 CNY".parse::<Money>().unwrap().amount_minor(), 1200);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let texts =
            ["", "12", "CNY", "12.505 CNY", "1.5 JPY", "12. CNY", ".5 CNY", "1e3 CNY", "1,250 CNY", "12 cny", "- CNY"];
        for text in texts.iter().chain(&["--1 CNY", "92233720368547758.08 CNY", "１２ CNY", "+1 CNY"]) {
            assert_eq!(text.parse::<Money>().unwrap_err().kind(), ErrorKind::InvalidArgument, "{text:?}");
        }
    }
}
