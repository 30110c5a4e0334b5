//! Every reader of foreign bytes as one function each, for the fuzzers of `make audit` and the corpora that they keep.
//!
//! A reader may refuse its input; it may not panic, and what it takes must hold what it says. Where a checksum guards
//! the form, the function reads the input as it is and once more with a checksum that fits, because no fuzzer finds one.

use crate::domain::{CalendarYear, EntityKind};
use crate::policy::condition::{self, FieldFacts, Names};
use crate::port::Space;
use crate::record::archive::{ArchiveReader, ArchiveWriter};
use crate::record::{Record, journal};
use crate::{error, policy};

/// A reader and its name, which is that of its corpus in `tests/fuzz/corpus`.
pub struct Reader {
    /// The name of its corpus.
    pub name: &'static str,
    /// Reads the bytes. A panic is a defect.
    pub read: fn(&[u8]),
}

/// All readers.
pub const READERS: &[Reader] = &[
    Reader { name: "archive", read: archive },
    #[cfg(feature = "redb")]
    Reader { name: "block", read: crate::adapter::readers::block },
    Reader { name: "calendar", read: calendar },
    Reader { name: "condition", read: condition },
    Reader { name: "journal_entry", read: journal_entry },
    #[cfg(feature = "redb")]
    Reader { name: "log", read: crate::adapter::readers::log },
    #[cfg(feature = "plugin")]
    Reader { name: "manifest", read: manifest },
    #[cfg(feature = "redb")]
    Reader { name: "page", read: crate::adapter::readers::page },
    #[cfg(feature = "plugin")]
    Reader { name: "plugin_table", read: crate::plugin::declare_from_bytes },
    Reader { name: "policy", read: policy },
    Reader { name: "record", read: record },
];

/// Reads with the reader of this name.
///
/// # Panics
/// When there is none, or when the reader has a defect.
pub fn read(name: &str, bytes: &[u8]) {
    let reader = READERS.iter().find(|reader| reader.name == name).expect("a reader of this name");
    (reader.read)(bytes);
}

/// A record that is taken is written again as the same bytes.
fn record(bytes: &[u8]) {
    let mut sealed = bytes.to_vec();
    if let Some((checksum, rest)) = sealed.split_first_chunk_mut::<4>() {
        *checksum = crc32fast::hash(rest).to_le_bytes();
    }
    for bytes in [bytes, &sealed] {
        let Ok(record) = Record::decode(bytes) else { continue };
        assert_eq!(record.as_bytes(), bytes);
        for (field, value) in record.iter() {
            assert_eq!(record.as_ref().value(field), Some(value));
        }
        if record.texts_are_whole() {
            let again = Record::encode(&record.to_draft()).expect("what was read can be written");
            assert_eq!(again.to_draft(), record.to_draft());
        }
    }
}

/// An entry that is taken names as many fields as it has bytes for.
fn journal_entry(bytes: &[u8]) {
    if let Ok((entry, _)) = journal::decode(bytes) {
        let values: usize = entry.changes.iter().map(|change| change.values.len()).sum();
        assert!(values + entry.decisions.len() + entry.facts.len() <= bytes.len());
    }
}

/// The input is a stream, and once more the pairs of one: each begins with its space and the lengths of key and value.
fn archive(bytes: &[u8]) {
    let _ = pairs_of(bytes);
    let mut pairs = Vec::new();
    let mut rest = bytes;
    while let Some(([space, key_len, value_len], after)) = rest.split_first_chunk::<3>() {
        let Some(space) = Space::ALL.get(usize::from(*space)) else { break };
        let (key, after) = after.split_at(after.len().min((*key_len).into()));
        let (value, after) = after.split_at(after.len().min((*value_len).into()));
        pairs.push((*space, key.to_vec(), value.to_vec()));
        rest = after;
    }
    let mut stream = Vec::new();
    let mut writer = ArchiveWriter::begin(&mut stream).expect("memory takes everything");
    for (space, key, value) in &pairs {
        writer.push(*space, key, value).expect("short pairs are taken");
    }
    writer.finish().expect("memory takes everything");
    let in_order = pairs.is_sorted_by(|one, other| (one.0, &one.1) < (other.0, &other.1));
    match pairs_of(&stream) {
        Ok(found) => assert!(in_order && found == pairs),
        Err(_) => assert!(!in_order),
    }
    // Whatever byte of a whole stream is another, the stream is none.
    if let (true, Some(at)) = (in_order, bytes.first()) {
        let at = usize::from(*at) % stream.len();
        stream[at] ^= 1;
        assert!(pairs_of(&stream).is_err());
    }
}

/// A pair of a space.
type Pair = (Space, Vec<u8>, Vec<u8>);

fn pairs_of(mut stream: &[u8]) -> error::Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    let mut reader = ArchiveReader::begin(&mut stream)?;
    while reader.next(&mut |space, key, value| {
        pairs.push((space, key.to_vec(), value.to_vec()));
        Ok(())
    })? {}
    Ok(pairs)
}

/// A policy that is wrong says so with a place in it.
fn policy(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for problem in policy::check(&text) {
        assert!(!problem.code.is_empty() && !problem.message.is_empty());
    }
}

/// The fields of a customer.
struct CustomerFields;

impl Names for CustomerFields {
    fn find(&self, name: &str) -> Option<FieldFacts> {
        let field = EntityKind::Customer.def().fields.iter().find(|field| field.name == name)?;
        Some(FieldFacts { id: field.id, kind: field.kind, sensitive: field.sensitive })
    }

    fn all(&self) -> Vec<String> {
        EntityKind::Customer.def().fields.iter().map(|field| field.name.to_owned()).collect()
    }
}

/// A condition that is wrong says at which byte of it.
fn condition(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(wrong) = condition::compile(&text, &CustomerFields) {
        assert!(wrong.at <= text.len() && text.is_char_boundary(wrong.at));
    }
}

fn calendar(bytes: &[u8]) {
    let _ = CalendarYear::parse_json(&String::from_utf8_lossy(bytes));
}

#[cfg(feature = "plugin")]
fn manifest(bytes: &[u8]) {
    let _ = crate::plugin::Manifest::parse(&String::from_utf8_lossy(bytes));
}
