//! What both sides pass by value: texts, money, values of any type, views.

/// A UTF-8 text that belongs to whoever gives it; the other side copies what it wants to keep. It does not end with a
/// zero byte. `data` may be NULL when `len` is 0. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_str {
    /// The first byte.
    pub data: *const u8,
    /// The number of bytes.
    pub len: usize,
}

/// An amount of money. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct crmk_plugin_money {
    /// The amount in minor units of the currency: fen for CNY.
    pub amount_minor: i64,
    /// The three letters of the currency (ISO 4217), without an ending zero byte.
    pub currency: [u8; 3],
    /// Zero.
    pub reserved: [u8; 5],
}

/// A value of any type. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_value {
    /// One of CRMK_PLUGIN_TYPE_...; it says which of the fields below count.
    pub r#type: i32,
    /// Zero.
    pub reserved: u32,
    /// The integer, 0 or 1, days since 1970-01-01, microseconds since the epoch, minor units, or the numerator.
    pub number: i64,
    /// The denominator of a ratio, greater than 0.
    pub denominator: i64,
    /// The text.
    pub text: crmk_plugin_str,
    /// The three letters of the currency of money.
    pub currency: [u8; 3],
    /// Zero.
    pub reserved_end: [u8; 5],
}

/// A name and its value: an input of a decision. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crmk_plugin_input {
    /// The name, such as `received_on`.
    pub name: crmk_plugin_str,
    /// The value as text. No personal data.
    pub value: crmk_plugin_str,
}

/// The values of one record, lent by the kernel. It is only ever named by a pointer, which is a number of the kernel's and
/// leads nowhere.
#[repr(C)]
#[derive(Debug)]
pub struct crmk_plugin_view {
    _private: [u8; 0],
}
