//! The stored form of a record: a header, a table of offsets, and the values.
//!
//! A field is read in place (`record_ref`): find its entry, take the slice between two offsets. Little-endian.
//!
//! ```text
//!  0  u32  CRC-32 of everything after it
//!  4  u8   version of the form, 1
//!  5  u8   entity
//!  6  u16  number of fields, n
//!  8  u64  id
//! 16  u64  revision
//! 24  u64  sequence of the last journal entry that changed the record
//! 32  i64  created at, microseconds since the epoch
//! 40  i64  updated at
//! 48  n x { u16 field, u8 type tag, u8 zero, u32 end of the value }   fields ascending
//! 48 + 8n  the values, one after the other
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    EntityKind, FIELD_CREATED_AT, FIELD_ID, FIELD_REVISION, FIELD_UPDATED_AT, Fields, Instant, Value, ValueRef,
};
use crate::error::{Error, ErrorKind, Result};

use super::bytes::encode_value;
use super::record_ref::RecordRef;

pub(super) const FORMAT: u8 = 1;
pub(super) const HEADER_LEN: usize = 48;
pub(super) const ENTRY_LEN: usize = 8;
/// The greatest length of a stored record, in bytes.
pub(crate) const RECORD_LEN_MAX: usize = 16 * 1024 * 1024;

/// What every record has beside its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Which entity.
    pub entity: EntityKind,
    /// The id, from 1.
    pub id: u64,
    /// How often the record was written, from 1.
    pub revision: u64,
    /// The sequence of the last journal entry that changed the record.
    pub sequence: u64,
    /// When the record was added.
    pub created_at: Instant,
    /// When the record was last changed.
    pub updated_at: Instant,
}

/// A record being worked on: its header and its values, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The header.
    pub header: Header,
    /// The values that are there.
    pub values: BTreeMap<u16, Value>,
}

impl Fields for Draft {
    fn get(&self, field: u16) -> Option<ValueRef<'_>> {
        match self.values.get(&field) {
            Some(value) => Some(value.as_ref()),
            None => self.header.system(field),
        }
    }
}

impl Header {
    pub(super) fn system(&self, field: u16) -> Option<ValueRef<'static>> {
        Some(match field {
            FIELD_ID => ValueRef::Int(i64::try_from(self.id).ok()?),
            FIELD_REVISION => ValueRef::Int(i64::try_from(self.revision).ok()?),
            FIELD_CREATED_AT => ValueRef::Instant(self.created_at),
            FIELD_UPDATED_AT => ValueRef::Instant(self.updated_at),
            _ => return None,
        })
    }
}

/// A record as it is stored, checked once, whose fields are read in place. Cloning shares the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    bytes: Arc<[u8]>,
}

impl std::fmt::Debug for Record {
    /// Names the record; values stay out, they may be personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record({} {} r{})", self.entity().def().name, self.id(), self.revision())
    }
}

impl Fields for Record {
    fn get(&self, field: u16) -> Option<ValueRef<'_>> {
        self.as_ref().value(field)
    }

    fn text(&self, field: u16) -> Option<&str> {
        self.as_ref().text_of(field)
    }

    fn enumeration(&self, field: u16) -> Option<u16> {
        self.as_ref().enumeration_of(field)
    }

    fn days(&self, field: u16) -> Option<i32> {
        self.as_ref().days_of(field)
    }
}

impl Record {
    /// Encodes a draft.
    ///
    /// # Errors
    /// `InvalidArgument` when the record would be longer than 16 MiB. There are no others.
    pub fn encode(draft: &Draft) -> Result<Self> {
        let n = draft.values.len();
        let texts = draft.values.values().map(|value| if let Value::Text(text) = value { text.len() } else { 16 });
        let mut bytes = Vec::with_capacity(HEADER_LEN + ENTRY_LEN * n + texts.sum::<usize>());
        bytes.resize(HEADER_LEN + ENTRY_LEN * n, 0_u8);
        let values_at = bytes.len();
        for (i, (field, value)) in draft.values.iter().enumerate() {
            encode_value(&mut bytes, value.as_ref());
            let end = u32::try_from(bytes.len() - values_at).unwrap_or(u32::MAX);
            let at = HEADER_LEN + ENTRY_LEN * i;
            bytes[at..at + 2].copy_from_slice(&field.to_le_bytes());
            bytes[at + 2] = value.tag();
            bytes[at + 4..at + 8].copy_from_slice(&end.to_le_bytes());
        }
        if bytes.len() > RECORD_LEN_MAX || n > usize::from(u16::MAX) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the record takes {} bytes, at most {RECORD_LEN_MAX} are allowed", bytes.len()),
            ));
        }
        write_header(&mut bytes, &draft.header, u16::try_from(n).unwrap_or(u16::MAX));
        Ok(Self { bytes: bytes.into() })
    }

    /// Takes a copy of a record that was checked before.
    pub(crate) fn of_checked(record: RecordRef<'_>) -> Self {
        Self { bytes: record.as_bytes().into() }
    }

    /// Takes stored bytes, and checks their checksum, every offset and every value but the UTF-8 of texts, which is
    /// checked when one is read: one that is not, behind a checksum that fits, reads as absent, and
    /// [`crate::Session::verify`] tells.
    ///
    /// # Errors
    /// `Corrupt` when a check fails, `NewerVersion` when the form is of a later version. There are no others.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        RecordRef::open(bytes)?.to_record()
    }

    /// The record, borrowed.
    #[inline]
    pub fn as_ref(&self) -> RecordRef<'_> {
        RecordRef::of_checked(&self.bytes)
    }

    /// Whether every text is valid UTF-8.
    pub(crate) fn texts_are_whole(&self) -> bool {
        self.iter().count() == self.as_ref().field_count()
    }

    /// The header.
    pub fn header(&self) -> Header {
        self.as_ref().header()
    }

    /// Which entity.
    pub fn entity(&self) -> EntityKind {
        self.as_ref().entity()
    }

    /// The id.
    pub fn id(&self) -> u64 {
        self.as_ref().id()
    }

    /// The revision.
    pub fn revision(&self) -> u64 {
        self.as_ref().revision()
    }

    /// The stored bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The fields that are there, with their values, in the order of their ids.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (u16, ValueRef<'_>)> {
        self.as_ref().iter()
    }

    /// The record, decoded for work on it.
    pub fn to_draft(&self) -> Draft {
        Draft { header: self.header(), values: self.iter().map(|(f, v)| (f, v.to_value())).collect() }
    }
}

impl RecordRef<'_> {
    /// The record, owned, with every offset and value checked but the UTF-8 of texts.
    pub(crate) fn to_record(self) -> Result<Record> {
        self.check_values()?;
        Ok(Record { bytes: self.as_bytes().into() })
    }
}

fn write_header(bytes: &mut [u8], header: &Header, n: u16) {
    bytes[4] = FORMAT;
    bytes[5] = header.entity.number();
    bytes[6..8].copy_from_slice(&n.to_le_bytes());
    bytes[8..16].copy_from_slice(&header.id.to_le_bytes());
    bytes[16..24].copy_from_slice(&header.revision.to_le_bytes());
    bytes[24..32].copy_from_slice(&header.sequence.to_le_bytes());
    bytes[32..40].copy_from_slice(&header.created_at.us().to_le_bytes());
    bytes[40..48].copy_from_slice(&header.updated_at.us().to_le_bytes());
    let crc = crc32fast::hash(&bytes[4..]);
    bytes[0..4].copy_from_slice(&crc.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Date, Money};
    use proptest::prelude::*;

    fn header() -> Header {
        let at = Instant::from_us(1_790_000_000_000_000).unwrap();
        Header { entity: EntityKind::Customer, id: 7, revision: 3, sequence: 9, created_at: at, updated_at: at }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            ".{0,40}".prop_map(Value::Text),
            any::<i64>().prop_map(Value::Int),
            any::<bool>().prop_map(Value::Bool),
            (-700_000_i32..2_900_000).prop_map(|d| Value::Date(Date::from_epoch_days(d).unwrap())),
            (Instant::MIN.us()..=Instant::MAX.us()).prop_map(|us| Value::Instant(Instant::from_us(us).unwrap())),
            any::<i64>().prop_map(|m| Value::Money(Money::new(m, "CNY").unwrap())),
            any::<u16>().prop_map(Value::Enum),
            any::<u64>().prop_map(Value::Ref),
        ]
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(values in proptest::collection::btree_map(1_u16..20_000, any_value(), 0..40)) {
            let draft = Draft { header: header(), values };
            let record = Record::encode(&draft).unwrap();
            let read = Record::decode(record.as_bytes()).unwrap();
            prop_assert_eq!(read.to_draft(), draft.clone());
            for (field, value) in &draft.values {
                prop_assert_eq!(Fields::get(&read, *field), Some(value.as_ref()));
            }
            prop_assert_eq!(Fields::get(&read, 20_001), None);
        }

        #[test]
        fn a_flipped_bit_is_an_error(at in 0_usize..200, bit in 0_u8..8) {
            let values = BTreeMap::from([(4, Value::Text("王".repeat(60))), (9, Value::Int(5))]);
            let mut bytes = Record::encode(&Draft { header: header(), values }).unwrap().as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(Record::decode(&bytes).unwrap_err().kind(), ErrorKind::Corrupt);
        }

        #[test]
        fn garbage_with_a_good_checksum_never_panics(mut bytes in proptest::collection::vec(any::<u8>(), 48..300), n in 0_u8..30) {
            bytes[4] = FORMAT;
            bytes[5] = 1;
            bytes[6] = n;
            bytes[7] = 0;
            let crc = crc32fast::hash(&bytes[4..]);
            bytes[0..4].copy_from_slice(&crc.to_le_bytes());
            if let Ok(record) = Record::decode(&bytes) {
                prop_assert_eq!(record.iter().count() == usize::from(n), record.texts_are_whole());
            }
        }
    }

    #[test]
    fn a_text_that_is_not_utf8_behind_a_good_checksum_reads_as_absent_and_shows() {
        let values = BTreeMap::from([(4, Value::Text("abc".into())), (9, Value::Int(5))]);
        let mut bytes = Record::encode(&Draft { header: header(), values }).unwrap().as_bytes().to_vec();
        let at = HEADER_LEN + 2 * ENTRY_LEN;
        bytes[at] = 0xff;
        let crc = crc32fast::hash(&bytes[4..]);
        bytes[0..4].copy_from_slice(&crc.to_le_bytes());
        let record = Record::decode(&bytes).unwrap();
        assert_eq!((Fields::get(&record, 4), Fields::get(&record, 9)), (None, Some(ValueRef::Int(5))));
        assert!(!record.texts_are_whole());
    }

    #[test]
    fn a_later_form_is_refused_as_newer() {
        let mut bytes =
            Record::encode(&Draft { header: header(), values: BTreeMap::new() }).unwrap().as_bytes().to_vec();
        bytes[4] = FORMAT + 1;
        let crc = crc32fast::hash(&bytes[4..]);
        bytes[0..4].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(Record::decode(&bytes).unwrap_err().kind(), ErrorKind::NewerVersion);
    }
}
