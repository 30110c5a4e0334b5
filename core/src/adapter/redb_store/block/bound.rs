//! The lower bound of a block as a key of redb, the greatest first, and the quick way to the block of a key.

use std::borrow::Cow;
use std::cmp::Ordering;

use redb::{Key, TypeName, Value};

/// What the last byte of a key says: it is that of a block, or it stands in a branch of redb's tree.
const OF_BLOCK: u8 = 1;
const OF_BRANCH: u8 = 0;

/// The key of redb for a block of this bound.
pub(in super::super) fn key_of(bound: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(bound.len() + 1);
    key.extend_from_slice(bound);
    key.push(OF_BLOCK);
    key
}

/// The bound that a key of redb stands for.
pub(in super::super) fn bound_of(key: &[u8]) -> &[u8] {
    key.split_last().map_or(&[], |(_, bound)| bound)
}

/// A key of redb, whose order is that of its bound reversed.
///
/// A look-up wants the greatest bound that is not above a key. In this order it is the first bound that is not below, which
/// redb finds without a look at the page beside, for the keys that it keeps in its branches are bounds themselves.
#[derive(Debug)]
pub(in super::super) struct LowerBound;

/// A key that is looked up as if it were the bound of the block that may hold it.
///
/// redb compares what is looked up with keys of branches, where this goes to the child of the greatest bound that is not above
/// it, and with those of leaves, where it is the same as any bound that is not above it. That a leaf has one block is likely and
/// not certain, so what is found is right only if the key lies between the keys of the block that was found. It serves
/// [`redb::ReadOnlyTable::get`], which is cheaper than a cursor by a fourth, and nothing else.
#[derive(Debug)]
pub(in super::super) struct Floor;

impl Key for LowerBound {
    fn compare(left: &[u8], right: &[u8]) -> Ordering {
        bound_of(right).cmp(bound_of(left))
    }

    fn separator<'a>(left: &'a [u8], _: &'a [u8]) -> Cow<'a, [u8]> {
        let mut separator = left.to_vec();
        if let Some(last) = separator.last_mut() {
            *last = OF_BRANCH;
        }
        Cow::Owned(separator)
    }
}

impl Key for Floor {
    fn compare(key: &[u8], stored: &[u8]) -> Ordering {
        let Some((&mark, bound)) = stored.split_last() else { return Ordering::Less };
        match (key < bound, mark) {
            (true, _) => Ordering::Greater,
            (false, OF_BLOCK) => Ordering::Equal,
            (false, _) => Ordering::Less,
        }
    }
}

/// Both are bytes of any length under one name, so that either opens the same table.
macro_rules! bytes_of_redb {
    ($($name:ident),*) => {$(
        impl Value for $name {
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
    )*};
}

bytes_of_redb!(LowerBound, Floor);
