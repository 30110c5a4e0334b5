//! A stored record read where it lies: nothing is copied, and every read is bounds-checked.

use crate::domain::{
    EntityKind, FIELD_CREATED_AT, FIELD_ID, FIELD_REVISION, FIELD_UPDATED_AT, Fields, Instant, ValueRef,
};
use crate::error::{Error, ErrorKind, Result};

use super::bytes::{decode_value, fits};
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
    pub(super) fn of_checked(bytes: &'a [u8]) -> Self {
        let head = bytes.first_chunk().expect("invariant: a record has a header");
        let entity = EntityKind::from_number(head[5]).expect("invariant: a record is of a known entity");
        Self { bytes, head, entity }
    }

    /// Checks every offset and every value but the UTF-8 of texts.
    ///
    /// # Errors
    /// `Corrupt` when a check fails. There are no others.
    pub(super) fn check_values(self) -> Result<()> {
        let values = self.bytes.get(self.values_at()..).unwrap_or_default();
        let (mut start, mut last) = (0, 0);
        for i in 0..self.field_count() {
            let Some((field, tag, end)) = self.entry(i) else { return Err(corrupt("its offset table is cut")) };
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
    pub fn value(self, field: u16) -> Option<ValueRef<'a>> {
        if matches!(field, FIELD_ID | FIELD_REVISION | FIELD_CREATED_AT | FIELD_UPDATED_AT) {
            return self.header().system(field);
        }
        let (at, tag, end) = self.find(field)?;
        let start = if at == 0 { 0 } else { self.entry(at - 1)?.2 };
        decode_value(tag, self.slice(start, end)?)
    }

    /// The fields that are there, with their values, in the order of their ids.
    pub fn iter(self) -> impl Iterator<Item = (u16, ValueRef<'a>)> {
        self.stored().filter_map(|(field, (tag, value))| decode_value(tag, value).map(|value| (field, value)))
    }

    /// The fields with the tags and bytes of their values, be they of their form or not.
    pub(super) fn stored(self) -> impl Iterator<Item = (u16, Stored<'a>)> {
        let mut start = 0;
        (0..self.field_count()).filter_map(move |i| {
            let (field, tag, end) = self.entry(i)?;
            let slice = self.slice(start, end);
            start = end;
            Some((field, (tag, slice?)))
        })
    }

    pub(super) fn field_count(self) -> usize {
        usize::from(u16::from_le_bytes([self.head[6], self.head[7]]))
    }

    /// The entry of a field: its place, tag and end. Ids ascend from 1, so a field does not lie behind the place of its
    /// number, and in a record that is full not far before it.
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
    fn entry(self, i: usize) -> Option<(u16, u8, usize)> {
        let at = HEADER_LEN + ENTRY_LEN * i;
        let e: &[u8; ENTRY_LEN] = self.bytes.get(at..)?.first_chunk()?;
        Some((u16::from_le_bytes([e[0], e[1]]), e[2], u32::from_le_bytes([e[4], e[5], e[6], e[7]]) as usize))
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

fn corrupt(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("a stored record is damaged: {what}"))
}
