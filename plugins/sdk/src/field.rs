//! Field handles: resolved once at set-up, typed by what they read.

use std::marker::PhantomData;

use crm_plugin_abi as abi;

use crate::date::{Date, Instant};

/// A field of an entity, resolved by [`crate::Init::field`]. `K` says what it reads: [`Text`], `i64`, `bool`,
/// [`Date`], [`Instant`], [`Money`], [`Enum`] or [`Ref`].
#[derive(Debug, Clone, Copy)]
pub struct Field<K: Kind> {
    pub(crate) id: u32,
    pub(crate) kind: PhantomData<K>,
}

/// A value of an enumeration, resolved by [`crate::Init::choice`]; see [`crate::Record::is`].
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    pub(crate) field: Field<Enum>,
    pub(crate) number: u16,
}

/// Text; reads as `&str`.
#[derive(Debug, Clone, Copy)]
pub enum Text {}

/// A value of an enumeration; reads as its number, see [`crate::Init::enum_number`].
#[derive(Debug, Clone, Copy)]
pub enum Enum {}

/// A reference to another record; reads as its id.
#[derive(Debug, Clone, Copy)]
pub enum Ref {}

/// An amount of money. Source: ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// The amount in minor units: fen for CNY.
    pub amount_minor: i64,
    /// The three letters of the currency.
    pub currency: [u8; 3],
}

impl Money {
    /// An amount in minor units of a currency, such as 100 fen of `CNY`.
    pub const fn new(amount_minor: i64, currency: [u8; 3]) -> Self {
        Self { amount_minor, currency }
    }

    /// The three letters of the currency as text.
    pub fn currency_text(&self) -> &str {
        std::str::from_utf8(&self.currency).unwrap_or("???")
    }
}

/// A value of any type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    Text(&'a str),
    Int(i64),
    Bool(bool),
    Date(Date),
    Instant(Instant),
    Money(Money),
    Enum(u16),
    Ref(u64),
}

/// What a [`Field`] reads. The types that implement it are all there are.
pub trait Kind: sealed::Sealed + Copy + 'static {
    /// The value that comes out.
    type Value<'a>;
    /// The type's number in the ABI.
    #[doc(hidden)]
    const TAG: i32;
    /// The value, when it is of this type.
    #[doc(hidden)]
    fn pick(value: Value<'_>) -> Option<Self::Value<'_>>;
}

mod sealed {
    /// Keeps the list of kinds closed, as the ABI's is.
    pub trait Sealed {}
}

/// Declares a kind: the type that stands for it, the type that it reads as, its number and its variant.
macro_rules! kind {
    ($kind:ty, $reads:ty, $tag:ident, $variant:ident) => {
        impl sealed::Sealed for $kind {}

        impl Kind for $kind {
            type Value<'a> = $reads;
            const TAG: i32 = abi::$tag;

            fn pick(value: Value<'_>) -> Option<Self::Value<'_>> {
                match value {
                    Value::$variant(v) => Some(v),
                    _ => None,
                }
            }
        }
    };
}

kind!(Text, &'a str, CRMK_PLUGIN_TYPE_TEXT, Text);
kind!(i64, i64, CRMK_PLUGIN_TYPE_INT, Int);
kind!(bool, bool, CRMK_PLUGIN_TYPE_BOOL, Bool);
kind!(Date, Date, CRMK_PLUGIN_TYPE_DATE, Date);
kind!(Instant, Instant, CRMK_PLUGIN_TYPE_INSTANT, Instant);
kind!(Money, Money, CRMK_PLUGIN_TYPE_MONEY, Money);
kind!(Enum, u16, CRMK_PLUGIN_TYPE_ENUM, Enum);
kind!(Ref, u64, CRMK_PLUGIN_TYPE_REF, Ref);
