//! Texts, bytes and money as C passes them.

use std::ffi::{CStr, c_char};

use crm_core::Result;
use crm_core::domain::Money;

/// A text: UTF-8, not terminated. Without bytes, data may be NULL.
///
/// A text that a function takes needs to live for the call alone. A text that a function gives is a view: the function
/// says until when it is good.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_text {
    /// The first byte.
    pub data: *const u8,
    /// The number of bytes.
    pub len: usize,
}

impl crmk_text {
    pub(crate) fn view(text: &str) -> Self {
        Self { data: text.as_ptr(), len: text.len() }
    }

    pub(crate) const EMPTY: Self = Self { data: std::ptr::null(), len: 0 };
}

/// Bytes that a function gives, a view like crmk_text.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_bytes {
    /// The first byte.
    pub data: *const u8,
    /// The number of bytes.
    pub len: usize,
}

/// An amount of money.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_money {
    /// The amount in the currency's minor unit: fen for CNY.
    pub amount_minor: i64,
    /// The three letters of the currency (ISO 4217) and a zero.
    pub currency: [c_char; 4],
}

impl crmk_money {
    pub(crate) fn of(money: Money) -> Self {
        Self { amount_minor: money.amount_minor(), currency: currency_of(money) }
    }

    pub(crate) fn to_money(self) -> Result<Money> {
        let letters: Vec<u8> = self.currency.iter().take_while(|c| **c != 0).map(|c| *c as u8).collect();
        Money::new(self.amount_minor, &String::from_utf8_lossy(&letters))
    }
}

pub(crate) fn currency_of(money: Money) -> [c_char; 4] {
    let mut letters = [0; 4];
    for (letter, byte) in letters.iter_mut().zip(money.currency().bytes()) {
        *letter = byte as c_char;
    }
    letters
}

/// The text of a C string, up to its zero. [any-thread]
///
/// Lives as long as the string. NULL gives the empty text. Errors: none; the text is checked where it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_text_of(string: *const c_char) -> crmk_text {
    if string.is_null() {
        return crmk_text::EMPTY;
    }
    // SAFETY: the caller gives a C string with its zero.
    let bytes = unsafe { CStr::from_ptr(string) }.to_bytes();
    crmk_text { data: bytes.as_ptr(), len: bytes.len() }
}
