//! Where a query goes on: the place of a record, in bytes that a caller may keep.

use crate::error::{Error, ErrorKind, Result};

use super::plan::Plan;
use super::query::Query;

/// How a place begins where the index leaves out records without a value: with those, or with those of the index.
pub(super) const ABSENT: u8 = 0;
pub(super) const THERE: u8 = 1;

/// The place of a key, which is the key itself but where a part stands before it.
pub(super) fn place<'k>(part: Option<u8>, key: &'k [u8], room: &'k mut Vec<u8>) -> &'k [u8] {
    let Some(part) = part else { return key };
    room.clear();
    room.push(part);
    room.extend_from_slice(key);
    room
}

/// The position behind a place; `None` is before the first record.
pub(super) fn of(query: &Query, plan: &Plan, place: Option<&[u8]>) -> Vec<u8> {
    let mut position = fingerprint(query, plan).to_be_bytes().to_vec();
    if let Some(place) = place {
        position.push(1);
        position.extend_from_slice(place);
    }
    position
}

/// A number that tells queries apart, and what their places are keys of, so that a position is used with its own.
fn fingerprint(query: &Query, plan: &Plan) -> u32 {
    let (entity, order, conditions) = (query.entity, query.order, &query.conditions);
    crc32fast::hash(format!("{entity:?} {conditions:?} {order:?} {:?} {}", plan.index, plan.sorted).as_bytes())
}

pub(super) fn not_of_this_query() -> Error {
    Error::new(ErrorKind::InvalidArgument, "the position is not one of this query")
}

/// The place in a position; `None` for a position before the first record.
pub(super) fn open(query: &Query, plan: &Plan, position: &[u8]) -> Result<Option<Vec<u8>>> {
    let (found, rest) = position.split_first_chunk::<4>().ok_or_else(not_of_this_query)?;
    if u32::from_be_bytes(*found) != fingerprint(query, plan) {
        return Err(not_of_this_query());
    }
    match rest.split_first() {
        Some((1, place)) => Ok(Some(place.to_vec())),
        None => Ok(None),
        Some(_) => Err(not_of_this_query()),
    }
}
