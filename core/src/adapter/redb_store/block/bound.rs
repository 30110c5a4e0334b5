//! The lower bound of a block as a key of redb, the greatest first.

use std::cmp::Ordering;

use redb::{Key, TypeName, Value};

/// A key of redb whose order is that of bytes reversed.
///
/// A look-up wants the greatest bound that is not above a key. In this order it is the first bound that is not below, which
/// redb finds without a look at the page beside, for the keys that it keeps in its branches are bounds themselves.
#[derive(Debug)]
pub(in super::super) struct LowerBound;

impl Value for LowerBound {
    type SelfType<'a> = &'a [u8];
    type AsBytes<'a> = &'a [u8];

    fn fixed_width() -> Option<usize> {
        None
    }

    fn from_bytes<'a>(bytes: &'a [u8]) -> &'a [u8]
    where
        Self: 'a,
    {
        bytes
    }

    fn as_bytes<'a, 'b: 'a>(value: &'a &'b [u8]) -> &'a [u8]
    where
        Self: 'b,
    {
        value
    }

    fn type_name() -> TypeName {
        TypeName::new("crmkernel::LowerBound")
    }
}

impl Key for LowerBound {
    fn compare(left: &[u8], right: &[u8]) -> Ordering {
        right.cmp(left)
    }
}
