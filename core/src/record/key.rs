//! The form of keys: big-endian, so that the order of bytes is the order of values.
//!
//! ```text
//! record  entity u8, id u64
//! index   entity u8, index u16, values, id u64     -> nothing
//! unique  entity u8, index u16, values             -> id u64
//! count   entity u8, count u16, values             -> number u64
//! journal sequence u64
//! value   0 when absent; 1 and its ordered form when there
//! ```

use crate::domain::{Date, EntityKind, Instant, Money, Value, ValueRef};

/// The key of a record.
pub(crate) fn record(entity: EntityKind, id: u64) -> [u8; 9] {
    let mut key = [0; 9];
    key[0] = entity.number();
    key[1..].copy_from_slice(&id.to_be_bytes());
    key
}

/// The first key of the records of an entity, and the first behind them.
pub(crate) fn records(entity: EntityKind) -> (Vec<u8>, Option<Vec<u8>>) {
    let prefix = vec![entity.number()];
    let end = after_prefix(&prefix);
    (prefix, end)
}

/// Most keys are no longer. Unit: bytes.
pub(crate) const LEN_MOST: usize = 48;

/// The beginning of every key of an index or unique key.
pub(crate) fn index(entity: EntityKind, index: u16) -> Vec<u8> {
    let mut key = Vec::with_capacity(LEN_MOST);
    push_index(&mut key, entity, index);
    key
}

/// Appends the beginning of every key of an index or unique key.
pub(crate) fn push_index(key: &mut Vec<u8>, entity: EntityKind, index: u16) {
    key.push(entity.number());
    key.extend_from_slice(&index.to_be_bytes());
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

/// Takes a value, or an absent one, of the type with a stored tag off the beginning of a key; `None` when it does not
/// begin with one.
pub(crate) fn take_value(key: &mut &[u8], tag: u8) -> Option<Option<Value>> {
    let (there, rest) = key.split_first()?;
    *key = rest;
    match there {
        0 => return Some(None),
        1 => {}
        _ => return None,
    }
    Some(Some(match tag {
        1 => Value::Text(take_text(key)?),
        2 => Value::Int(take_i64(key)?),
        3 => match take(key)? {
            [0] => Value::Bool(false),
            [1] => Value::Bool(true),
            _ => return None,
        },
        4 => Value::Date(Date::from_epoch_days((u32::from_be_bytes(take(key)?) ^ (1 << 31)).cast_signed())?),
        5 => Value::Instant(Instant::from_us(take_i64(key)?).ok()?),
        6 => {
            let currency: [u8; 3] = take(key)?;
            Value::Money(Money::new(take_i64(key)?, std::str::from_utf8(&currency).ok()?).ok()?)
        }
        7 => Value::Enum(u16::from_be_bytes(take(key)?)),
        8 => Value::Ref(u64::from_be_bytes(take(key)?)),
        _ => return None,
    }))
}

fn take<const N: usize>(key: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = key.split_first_chunk()?;
    *key = rest;
    Some(*head)
}

fn take_i64(key: &mut &[u8]) -> Option<i64> {
    Some((u64::from_be_bytes(take(key)?) ^ (1 << 63)).cast_signed())
}

fn take_text(key: &mut &[u8]) -> Option<String> {
    let mut text = Vec::new();
    loop {
        match take(key)? {
            [0] => match take(key)? {
                [u8::MAX] => text.push(0),
                [1] => return String::from_utf8(text).ok(),
                _ => return None,
            },
            [byte] => text.push(byte),
        }
    }
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

    proptest! {
        #[test]
        fn a_key_gives_its_values_back(text in "[\\x00-\\x02a玉]{0,6}", int: i64, day in -700_000_i32..2_900_000, flag: bool) {
            let values = [
                Some(Value::Text(text)),
                None,
                Some(Value::Int(int)),
                Some(Value::Bool(flag)),
                Some(Value::Date(Date::from_epoch_days(day).unwrap())),
                Some(Value::Instant(Instant::from_us(i64::from(day) * 1_000).unwrap())),
                Some(Value::Money(Money::new(int, "CNY").unwrap())),
                Some(Value::Enum(7)),
                Some(Value::Ref(int.cast_unsigned())),
            ];
            let mut key = Vec::new();
            values.iter().for_each(|value| push_value(&mut key, value.as_ref().map(Value::as_ref)));
            let mut rest = key.as_slice();
            for value in &values {
                let tag = value.as_ref().map_or(1, Value::tag);
                prop_assert_eq!(take_value(&mut rest, tag).unwrap(), value.clone());
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn garbage_gives_no_value_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..20), tag in 0_u8..10) {
            let mut rest = bytes.as_slice();
            let _ = take_value(&mut rest, tag);
            prop_assert!(rest.len() <= bytes.len());
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
