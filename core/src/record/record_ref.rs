//! A stored record read where it lies: nothing is copied, and every read is bounds-checked.

use std::ops::Range;

use crate::domain::{
    EntityKind, FIELD_CREATED_AT, FIELD_ID, FIELD_REVISION, FIELD_UPDATED_AT, Fields, Instant, ValueRef,
};
use crate::error::{Error, ErrorKind, Result};

use super::bytes::{self, DATE, ENUM, TEXT, decode_value, fits};
use super::layout::{ENTRY_LEN, FORMAT, HEADER_LEN, Header, RECORD_LEN_MAX};

/// The tag and the bytes of a value.
pub(super) type Stored<'a> = (u8, &'a [u8]);

/// How many entries are looked at one after the other before the search halves what is left.
const STEPS_MAX: usize = 8;

/// A record in the bytes of a store or of a [`crate::Record`], its checksum and header checked. A field whose offset or
/// value is not of its form reads as absent.
#[derive(Clone, Copy)]
pub struct RecordRef<'a> {
    bytes: &'a [u8],
    /// The header's bytes, which are there.
    head: &'a [u8; HEADER_LEN],
    entity: EntityKind,
}

impl std::fmt::Debug for RecordRef<'_> {
    /// Names the record; values stay out, they may be personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecordRef({} {} r{})", self.entity.def().name, self.id(), self.revision())
    }
}

impl Fields for RecordRef<'_> {
    fn get(&self, field: u16) -> Option<ValueRef<'_>> {
        self.value(field)
    }

    fn text(&self, field: u16) -> Option<&str> {
        self.text_of(field)
    }

    fn enumeration(&self, field: u16) -> Option<u16> {
        self.enumeration_of(field)
    }

    fn days(&self, field: u16) -> Option<i32> {
        self.days_of(field)
    }
}

impl<'a> RecordRef<'a> {
    /// Takes stored bytes, and checks the checksum, the header and that the table of offsets is there.
    ///
    /// # Errors
    /// `Corrupt` when a check fails, `NewerVersion` when the form is of a later version. There are no others.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self> {
        let head = bytes.first_chunk::<HEADER_LEN>().filter(|_| bytes.len() <= RECORD_LEN_MAX);
        let head = head.ok_or_else(|| corrupt("its length is impossible"))?;
        if head[..4] != crc32fast::hash(&bytes[4..]).to_le_bytes() {
            return Err(corrupt("its checksum does not match"));
        }
        if head[4] != FORMAT {
            return Err(Error::new(
                ErrorKind::NewerVersion,
                format!("a record has form {}, this version reads form {FORMAT}", head[4]),
            ));
        }
        let entity = EntityKind::from_number(head[5]).ok_or_else(|| corrupt("its entity is unknown"))?;
        let record = Self { bytes, head, entity };
        if bytes.len() < record.values_at() {
            return Err(corrupt("its offset table is cut"));
        }
        let instant = |at| Instant::from_us(record.number(at).cast_signed());
        instant(32).and_then(|_| instant(40)).map_err(|_| corrupt("an instant is impossible"))?;
        Ok(record)
    }

    /// Takes the bytes of a record that was checked before.
    #[inline]
    pub(crate) fn of_checked(bytes: &'a [u8]) -> Self {
        let head = bytes.first_chunk().expect("invariant: a record has a header");
        let entity = EntityKind::from_number(head[5]).expect("invariant: a record is of a known entity");
        Self { bytes, head, entity }
    }

    /// Checks every offset and every value but the UTF-8 of texts.
    ///
    /// # Errors
    /// `Corrupt` when a check fails. There are no others.
    pub(crate) fn check_values(self) -> Result<()> {
        let (entries, values) = self.parts();
        let (mut start, mut last) = (0, 0);
        for (field, tag, end) in entries.iter().map(parsed) {
            if last >= field {
                return Err(corrupt("its fields are out of order"));
            }
            let value = values.get(start..end).ok_or_else(|| corrupt("an offset points outside"))?;
            if !fits(tag, value) {
                return Err(corrupt("a value does not fit its type"));
            }
            (start, last) = (end, field);
        }
        if start == values.len() { Ok(()) } else { Err(corrupt("bytes are left over")) }
    }

    /// The header.
    pub fn header(self) -> Header {
        Header {
            entity: self.entity,
            id: self.id(),
            revision: self.revision(),
            sequence: self.sequence(),
            created_at: self.instant(32),
            updated_at: self.instant(40),
        }
    }

    /// Which entity.
    pub fn entity(self) -> EntityKind {
        self.entity
    }

    /// The id.
    pub fn id(self) -> u64 {
        self.number(8)
    }

    /// The revision.
    pub fn revision(self) -> u64 {
        self.number(16)
    }

    /// The sequence of the last journal entry that changed the record.
    pub fn sequence(self) -> u64 {
        self.number(24)
    }

    /// The stored bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The value of a field, `None` when it is absent.
    #[inline(always)]
    pub fn value(self, field: u16) -> Option<ValueRef<'a>> {
        if matches!(field, FIELD_ID | FIELD_REVISION | FIELD_CREATED_AT | FIELD_UPDATED_AT) {
            return self.system(field);
        }
        let (tag, bytes) = self.held(field)?;
        decode_value(tag, bytes)
    }

    #[inline(always)]
    pub(super) fn text_of(self, field: u16) -> Option<&'a str> {
        std::str::from_utf8(self.held_as(TEXT, field)?).ok()
    }

    #[inline(always)]
    pub(super) fn enumeration_of(self, field: u16) -> Option<u16> {
        self.held_as(ENUM, field)?.try_into().ok().map(u16::from_le_bytes)
    }

    #[inline(always)]
    pub(super) fn days_of(self, field: u16) -> Option<i32> {
        bytes::days(self.held_as(DATE, field)?)
    }

    /// The bytes of a field that has this tag.
    #[inline(always)]
    fn held_as(self, tag: u8, field: u16) -> Option<&'a [u8]> {
        self.held(field).and_then(|(held, bytes)| (held == tag).then_some(bytes))
    }

    /// A field as it is stored.
    #[inline(always)]
    fn held(self, field: u16) -> Option<Stored<'a>> {
        let (at, tag, end) = self.find(field)?;
        let start = if at == 0 { 0 } else { self.entry(at - 1)?.2 };
        Some((tag, self.slice(start, end)?))
    }

    #[cold]
    fn system(self, field: u16) -> Option<ValueRef<'a>> {
        self.header().system(field)
    }

    /// The fields that are there, with their values, in the order of their ids.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = (u16, ValueRef<'a>)> {
        let (entries, values) = self.parts();
        Values { entries, values, start: 0, texts: 0..0, checked: None }
    }

    /// The fields with the tags and bytes of their values, be they of their form or not.
    pub(super) fn stored(self) -> impl Iterator<Item = (u16, Stored<'a>)> {
        let (entries, values) = self.parts();
        let mut start = 0;
        entries.iter().filter_map(move |entry| {
            let (field, tag, end) = parsed(entry);
            let place = std::mem::replace(&mut start, end)..end;
            Some((field, (tag, values.get(place)?)))
        })
    }

    pub(super) fn field_count(self) -> usize {
        usize::from(u16::from_le_bytes([self.head[6], self.head[7]]))
    }

    /// The entry of a field: its place, tag and end. Ids ascend from 1, so a field does not lie behind the place of its
    /// number, and in a record that is full not far before it.
    #[inline(always)]
    fn find(self, field: u16) -> Option<(usize, u8, usize)> {
        let mut high = self.field_count().min(usize::from(field));
        for _ in 0..STEPS_MAX {
            let at = high.checked_sub(1)?;
            let (found, tag, end) = self.entry(at)?;
            if found <= field {
                return (found == field).then_some((at, tag, end));
            }
            high = at;
        }
        let mut low = 0;
        while low < high {
            let middle = usize::midpoint(low, high);
            let (found, tag, end) = self.entry(middle)?;
            match found.cmp(&field) {
                std::cmp::Ordering::Equal => return Some((middle, tag, end)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// One entry of the table: field, tag, end of the value.
    #[inline]
    fn entry(self, i: usize) -> Option<(u16, u8, usize)> {
        let at = HEADER_LEN + ENTRY_LEN * i;
        self.bytes.get(at..)?.first_chunk().map(parsed)
    }

    /// The table, which is there, and the values.
    #[inline]
    fn parts(self) -> (&'a [[u8; ENTRY_LEN]], &'a [u8]) {
        let (table, values) = self.bytes.split_at_checked(self.values_at()).unwrap_or_default();
        (table.get(HEADER_LEN..).unwrap_or_default().as_chunks().0, values)
    }

    fn values_at(self) -> usize {
        HEADER_LEN + ENTRY_LEN * self.field_count()
    }

    fn slice(self, start: usize, end: usize) -> Option<&'a [u8]> {
        let values_at = self.values_at();
        self.bytes.get(values_at + start..values_at + end)
    }

    fn number(self, at: usize) -> u64 {
        let mut raw = [0; 8];
        raw.copy_from_slice(&self.head[at..at + 8]);
        u64::from_le_bytes(raw)
    }

    fn instant(self, at: usize) -> Instant {
        Instant::from_us(self.number(at).cast_signed()).expect("invariant: the instants of a record were checked")
    }
}

/// The fields of a record with their values. Texts that lie side by side are checked for UTF-8 together: that takes a
/// fraction of the time that one by one takes.
struct Values<'a> {
    entries: &'a [[u8; ENTRY_LEN]],
    values: &'a [u8],
    /// Where the next value begins.
    start: usize,
    /// Where the texts lie that were checked last.
    texts: Range<usize>,
    /// They, or `None` when one of them is not UTF-8.
    checked: Option<&'a str>,
}

impl<'a> Iterator for Values<'a> {
    type Item = (u16, ValueRef<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while let Some((entry, behind)) = self.entries.split_first() {
            self.entries = behind;
            let (field, tag, end) = parsed(entry);
            let place = std::mem::replace(&mut self.start, end)..end;
            let value = match tag {
                TEXT => self.text(place).map(ValueRef::Text),
                _ => self.values.get(place).and_then(|bytes| decode_value(tag, bytes)),
            };
            if let Some(value) = value {
                return Some((field, value));
            }
        }
        None
    }
}

impl<'a> Values<'a> {
    /// The text at a place; `None` when it is not UTF-8.
    #[inline]
    fn text(&mut self, place: Range<usize>) -> Option<&'a str> {
        if place.start < self.texts.start || self.texts.end < place.end {
            self.check_texts(place.clone());
        }
        let within = |texts: &'a str| {
            texts.get(place.start.checked_sub(self.texts.start)?..place.end.checked_sub(self.texts.start)?)
        };
        match self.checked.and_then(within) {
            // A damaged table may place it where a character of the others goes on.
            None => std::str::from_utf8(self.values.get(place)?).ok(),
            text => text,
        }
    }

    /// Checks a text and those behind it.
    fn check_texts(&mut self, mut place: Range<usize>) {
        for (_, _, end) in self.entries.iter().map(parsed).take_while(|(_, tag, _)| *tag == TEXT) {
            place.end = place.end.max(end);
        }
        self.checked = self.values.get(place.clone()).and_then(|bytes| simdutf8::basic::from_utf8(bytes).ok());
        self.texts = place;
    }
}

/// An entry of the table: field, tag, end of the value.
#[inline]
fn parsed(entry: &[u8; ENTRY_LEN]) -> (u16, u8, usize) {
    let &[f0, f1, tag, _, e0, e1, e2, e3] = entry;
    (u16::from_le_bytes([f0, f1]), tag, u32::from_le_bytes([e0, e1, e2, e3]) as usize)
}

fn corrupt(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("a stored record is damaged: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A record whose table is anything: ends that go back or outside, texts that are cut within a character.
    fn bytes_of(table: &[(u8, u8)], values: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_LEN];
        (bytes[4], bytes[5], bytes[6]) = (FORMAT, EntityKind::Customer.number(), u8::try_from(table.len()).unwrap());
        for (field, (tag, end)) in (1..).zip(table) {
            bytes.extend_from_slice(&[field, 0, *tag, 0, *end, 0, 0, 0]);
        }
        bytes.extend_from_slice(values);
        let crc = crc32fast::hash(&bytes[4..]);
        bytes[..4].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    proptest! {
        #[test]
        fn texts_checked_together_read_as_one_by_one(
            table in prop::collection::vec((prop_oneof![5 => Just(TEXT), 1 => 0_u8..10], 0_u8..40), 0..8),
            is_sorted in any::<bool>(),
            values in prop::collection::vec(prop::sample::select(vec!["a", "王", "é", "\u{1f600}"]), 0..16),
            wrong in proptest::option::of(0_usize..40),
        ) {
            let (mut table, mut values) = (table, values.concat().into_bytes());
            if is_sorted {
                table.sort_by_key(|(_, end)| *end);
            }
            if let Some(value) = wrong.and_then(|at| values.get_mut(at)) {
                *value = 0xff;
            }
            let bytes = bytes_of(&table, &values);
            let record = RecordRef::open(&bytes).unwrap();
            let alone: Vec<_> = record.stored().filter_map(|(f, (tag, v))| Some((f, decode_value(tag, v)?))).collect();
            prop_assert_eq!(record.iter().collect::<Vec<_>>(), alone.clone());
            for (field, value) in alone {
                prop_assert_eq!(record.value(field), Some(value));
                prop_assert_eq!(record.text_of(field), match value { ValueRef::Text(text) => Some(text), _ => None });
                prop_assert_eq!(record.enumeration_of(field), match value { ValueRef::Enum(n) => Some(n), _ => None });
                let days = match value { ValueRef::Date(day) => Some(day.to_epoch_days()), _ => None };
                prop_assert_eq!(record.days_of(field), days);
            }
        }
    }

    #[test]
    fn an_empty_text_within_a_character_of_its_neighbours_is_there_and_they_are_not() {
        let bytes = bytes_of(&[(TEXT, 1), (TEXT, 1), (TEXT, 2)], "é".as_bytes());
        let record = RecordRef::open(&bytes).unwrap();
        assert_eq!(record.iter().collect::<Vec<_>>(), [(2, ValueRef::Text(""))]);
    }
}
