//! The form of keys: big-endian, so that the order of bytes is the order of values.
//!
//! ```text
//! record  entity u8, id u64
//! index   entity u8, index u16, values, id u64     -> nothing
//! unique  entity u8, index u16, values             -> id u64
//! journal sequence u64
//! value   0 when absent; 1 and its ordered form when there
//! ```

use crate::domain::{EntityKind, ValueRef};

/// The key of a record.
pub(crate) fn record(entity: EntityKind, id: u64) -> [u8; 9] {
    let mut key = [0; 9];
    key[0] = entity.number();
    key[1..].copy_from_slice(&id.to_be_bytes());
    key
}

/// The beginning of every key of an index or unique key.
pub(crate) fn index(entity: EntityKind, index: u16) -> Vec<u8> {
    let mut key = Vec::with_capacity(48);
    key.push(entity.number());
    key.extend_from_slice(&index.to_be_bytes());
    key
}

/// The key of a journal entry.
pub(crate) fn journal(sequence: u64) -> [u8; 8] {
    sequence.to_be_bytes()
}

/// The id at the end of an index key.
pub(crate) fn id_at_end(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|id| u64::from_be_bytes(*id))
}

/// The least key that is greater than every key with this beginning; `None` when there is none.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

/// Appends the ordered form of a value, or of an absent one, which comes first.
pub(crate) fn push_value(key: &mut Vec<u8>, value: Option<ValueRef<'_>>) {
    let Some(value) = value else {
        key.push(0);
        return;
    };
    key.push(1);
    match value {
        ValueRef::Text(v) => {
            push_text(key, v);
            key.extend_from_slice(&[0, 1]);
        }
        ValueRef::Int(v) => key.extend_from_slice(&ordered_i64(v)),
        ValueRef::Bool(v) => key.push(u8::from(v)),
        ValueRef::Date(v) => key.extend_from_slice(&(v.to_epoch_days().cast_unsigned() ^ (1 << 31)).to_be_bytes()),
        ValueRef::Instant(v) => key.extend_from_slice(&ordered_i64(v.us())),
        ValueRef::Money(v) => {
            key.extend_from_slice(v.currency().as_bytes());
            key.extend_from_slice(&ordered_i64(v.amount_minor()));
        }
        ValueRef::Enum(v) => key.extend_from_slice(&v.to_be_bytes()),
        ValueRef::Ref(v) => key.extend_from_slice(&v.to_be_bytes()),
    }
}

/// Appends the beginning of every text that starts with `prefix`, without the end mark.
pub(crate) fn push_text_prefix(key: &mut Vec<u8>, prefix: &str) {
    key.push(1);
    push_text(key, prefix);
}

/// A zero byte becomes 0 255, so that the end mark 0 1 sorts before every longer text.
fn push_text(key: &mut Vec<u8>, text: &str) {
    for &byte in text.as_bytes() {
        key.push(byte);
        if byte == 0 {
            key.push(u8::MAX);
        }
    }
}

fn ordered_i64(value: i64) -> [u8; 8] {
    (value.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Date, Instant, Value};
    use proptest::prelude::*;

    fn key_of(value: Option<&Value>) -> Vec<u8> {
        let mut key = Vec::new();
        push_value(&mut key, value.map(Value::as_ref));
        key
    }

    proptest! {
        #[test]
        fn texts_sort_as_their_keys(a in "[\\x00-\\x02a玉-王]{0,6}", b in "[\\x00-\\x02a玉-王]{0,6}") {
            let order = a.as_bytes().cmp(b.as_bytes());
            prop_assert_eq!(key_of(Some(&Value::Text(a))).cmp(&key_of(Some(&Value::Text(b)))), order);
        }

        #[test]
        fn numbers_sort_as_their_keys(a: i64, b: i64, c: u64, d: u64) {
            prop_assert_eq!(key_of(Some(&Value::Int(a))).cmp(&key_of(Some(&Value::Int(b)))), a.cmp(&b));
            prop_assert_eq!(key_of(Some(&Value::Ref(c))).cmp(&key_of(Some(&Value::Ref(d)))), c.cmp(&d));
        }

        #[test]
        fn days_and_instants_sort_as_their_keys(a in -700_000_i32..2_900_000, b in -700_000_i32..2_900_000) {
            let day = |d| Value::Date(Date::from_epoch_days(d).unwrap());
            let instant = |d: i32| Value::Instant(Instant::from_us(i64::from(d) * 1_000).unwrap());
            prop_assert_eq!(key_of(Some(&day(a))).cmp(&key_of(Some(&day(b)))), a.cmp(&b));
            prop_assert_eq!(key_of(Some(&instant(a))).cmp(&key_of(Some(&instant(b)))), a.cmp(&b));
        }
    }

    #[test]
    fn an_absent_value_comes_first_and_a_prefix_ends_where_it_should() {
        assert!(key_of(None) < key_of(Some(&Value::Int(i64::MIN))));
        assert_eq!(after_prefix(&[1, 255, 255]), Some(vec![2]));
        assert_eq!(after_prefix(&[255]), None);
        let (mut prefix, word) = (Vec::new(), key_of(Some(&Value::Text("王五".into()))));
        push_text_prefix(&mut prefix, "王");
        assert!(word.starts_with(&prefix));
    }
}
