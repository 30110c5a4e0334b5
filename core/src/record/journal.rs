//! The form of a journal entry: one for every committed use case, each with the hash of the one before.
//!
//! The entry holds what changed, before and after, so that it is the audit log, the change feed, the history of a
//! record, and its past. Entries of one record are chained by their sequences, which needs no index.

use crate::domain::{CustomField, Decision, EntityKind, Instant, Value};
use crate::error::{Error, ErrorKind, Result};

use super::bytes::{Reader, Writer, decode_value};
use super::catalog::{decode_custom, encode_custom};
use super::layout::Record;
use super::record_ref::Stored;

const FORMAT: u8 = 1;

/// The hash of an entry: BLAKE3 over its stored bytes, which begin with the hash of the entry before.
pub(crate) type Hash = [u8; 32];

/// One committed use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The position in the journal, from 1, without gaps.
    pub sequence: u64,
    /// The instant of the use case.
    pub at: Instant,
    /// Who asked for it.
    pub actor: String,
    /// The command: `add`, `update`, `put`, `declare_field` or the name of a verb.
    pub command: String,
    /// The policy in force.
    pub policy_version: String,
    /// The records that changed.
    pub changes: Vec<RecordChange>,
    /// What the rules decided.
    pub decisions: Vec<Decision>,
    /// The custom field that was declared.
    pub declared: Option<CustomField>,
    /// The facts about the database itself that changed, so that a replay of the journal sets them again.
    pub(crate) facts: Vec<Fact>,
}

/// A fact about the database itself, by its key in the space `meta`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// What changed in one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChange {
    /// Which entity.
    pub entity: EntityKind,
    /// Which record.
    pub id: u64,
    /// The revision that the change made; 1 when the record was added.
    pub revision: u64,
    /// The sequence of the entry before that changed this record; 0 when there is none.
    pub previous_sequence: u64,
    /// The fields that changed.
    pub values: Vec<ValueChange>,
}

/// What changed in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueChange {
    /// Which field.
    pub field: u16,
    /// The value before, `None` when it was absent.
    pub before: Option<Value>,
    /// The value after, `None` when it was cleared.
    pub after: Option<Value>,
}

/// Most entries are shorter. Unit: bytes.
const LEN_USUAL: usize = 4 << 10;

/// The hash of stored bytes.
pub(crate) fn hash(stored: &[u8]) -> Hash {
    *blake3::hash(stored).as_bytes()
}

/// An entry on its way into the journal.
pub(crate) struct NewEntry<'e> {
    pub(crate) sequence: u64,
    pub(crate) at: Instant,
    pub(crate) actor: &'e str,
    pub(crate) command: &'e str,
    pub(crate) policy_version: &'e str,
    /// The record that was written, behind the one before it.
    pub(crate) written: Option<(Option<&'e Record>, &'e Record)>,
    pub(crate) decisions: &'e [Decision],
    pub(crate) declared: Option<&'e CustomField>,
    pub(crate) facts: &'e [Fact],
}

/// Appends the stored form of an entry. The values go straight from the records into it.
pub(crate) fn encode(buffer: &mut Vec<u8>, entry: &NewEntry<'_>, previous: &Hash) {
    let mut out = Writer(std::mem::take(buffer));
    out.0.reserve(LEN_USUAL);
    out.0.extend_from_slice(previous);
    out.0.push(FORMAT);
    out.number(entry.sequence);
    out.0.extend_from_slice(&entry.at.us().to_le_bytes());
    out.text(entry.actor);
    out.text(entry.command);
    out.text(entry.policy_version);
    out.number(u64::from(entry.written.is_some()));
    if let Some((before, after)) = entry.written {
        encode_change(&mut out, before, after);
    }
    out.number(entry.decisions.len() as u64);
    for decision in entry.decisions {
        encode_decision(&mut out, decision);
    }
    out.blob(&entry.declared.map(encode_custom).unwrap_or_default());
    out.number(entry.facts.len() as u64);
    for fact in entry.facts {
        out.blob(&fact.key);
        out.blob(&fact.value);
    }
    *buffer = out.0;
}

fn encode_change(out: &mut Writer, before: Option<&Record>, after: &Record) {
    out.0.push(after.entity().number());
    let previous_sequence = before.map_or(0, |record| record.header().sequence);
    let held = before.into_iter().chain([after]).map(|record| record.as_ref().field_count());
    let mut changed: Vec<Difference<'_>> = Vec::with_capacity(held.max().unwrap_or_default());
    changed.extend(differences(before, after));
    for number in [after.id(), after.revision(), previous_sequence, changed.len() as u64] {
        out.number(number);
    }
    for (field, before, after) in changed {
        out.number(u64::from(field));
        out.value(before);
        out.value(after);
    }
}

/// A field and its values before and after.
type Difference<'r> = (u16, Option<Stored<'r>>, Option<Stored<'r>>);

/// The fields that differ, in the order of their ids. A text of the record before that is no UTF-8 is absent, as it was
/// for whoever made the record after of it.
fn differences<'r>(before: Option<&'r Record>, after: &'r Record) -> impl Iterator<Item = Difference<'r>> {
    let mut old = before.into_iter().flat_map(|record| record.as_ref().stored()).peekable();
    let mut new = after.as_ref().stored().peekable();
    let is_there = |(tag, value): &Stored<'_>| decode_value(*tag, value).is_some();
    std::iter::from_fn(move || {
        loop {
            if let Some((field, gone)) = old.next_if(|(held, _)| new.peek().is_none_or(|(field, _)| held < field)) {
                if is_there(&gone) {
                    return Some((field, Some(gone), None));
                }
                continue;
            }
            let (field, value) = new.next()?;
            let held = old.next_if(|(held, _)| *held == field).map(|(_, value)| value);
            if held != Some(value) {
                return Some((field, held.filter(is_there), Some(value)));
            }
        }
    })
}

fn encode_decision(out: &mut Writer, decision: &Decision) {
    for text in [
        decision.subject.as_ref(),
        &decision.value,
        &decision.rule,
        &decision.source,
        &decision.reason,
        &decision.reason_zh,
        &decision.policy_version,
        &decision.plugin,
    ] {
        out.text(text);
    }
    out.number(decision.inputs.len() as u64);
    for (name, value) in &decision.inputs {
        out.text(name);
        out.text(value);
    }
}

/// Reads a stored entry, and gives the hash of the one before.
///
/// # Errors
/// `Corrupt` when it is damaged, `NewerVersion` when its form is of a later version. There are no others.
pub(crate) fn decode(stored: &[u8]) -> Result<(JournalEntry, Hash)> {
    let mut reader = Reader(stored);
    let mut previous = [0; 32];
    previous.copy_from_slice(reader.take(32)?);
    let format = reader.byte()?;
    if format != FORMAT {
        let message = format!("a journal entry has form {format}, this version reads form {FORMAT}");
        return Err(Error::new(ErrorKind::NewerVersion, message));
    }
    let entry = JournalEntry {
        sequence: reader.number()?,
        at: decode_instant(&mut reader)?,
        actor: reader.text()?,
        command: reader.text()?,
        policy_version: reader.text()?,
        changes: (0..reader.count()?).map(|_| decode_change(&mut reader)).collect::<Result<_>>()?,
        decisions: (0..reader.count()?).map(|_| decode_decision(&mut reader)).collect::<Result<_>>()?,
        declared: match reader.blob()? {
            [] => None,
            bytes => Some(decode_custom(bytes)?),
        },
        facts: (0..reader.count()?)
            .map(|_| Ok(Fact { key: reader.blob()?.to_vec(), value: reader.blob()?.to_vec() }))
            .collect::<Result<_>>()?,
    };
    if !reader.0.is_empty() {
        return Err(damaged());
    }
    Ok((entry, previous))
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "a journal entry is damaged")
}

fn decode_instant(reader: &mut Reader<'_>) -> Result<Instant> {
    let mut raw = [0; 8];
    raw.copy_from_slice(reader.take(8)?);
    Instant::from_us(i64::from_le_bytes(raw)).map_err(|_| damaged())
}

fn decode_change(reader: &mut Reader<'_>) -> Result<RecordChange> {
    let entity = EntityKind::from_number(reader.byte()?).ok_or_else(damaged)?;
    let (id, revision, previous_sequence) = (reader.number()?, reader.number()?, reader.number()?);
    let values = (0..reader.count()?)
        .map(|_| {
            let field = u16::try_from(reader.number()?).map_err(|_| damaged())?;
            Ok(ValueChange { field, before: reader.value()?, after: reader.value()? })
        })
        .collect::<Result<_>>()?;
    Ok(RecordChange { entity, id, revision, previous_sequence, values })
}

fn decode_decision(reader: &mut Reader<'_>) -> Result<Decision> {
    let mut text = || reader.text();
    let decision = Decision {
        subject: text()?.into(),
        value: text()?,
        rule: text()?.into(),
        source: text()?.into(),
        reason: text()?,
        reason_zh: text()?,
        policy_version: text()?.into(),
        plugin: text()?,
        inputs: Vec::new(),
    };
    let inputs =
        (0..reader.count()?).map(|_| Ok((reader.text()?.into(), reader.text()?))).collect::<Result<Vec<_>>>()?;
    Ok(Decision { inputs, ..decision })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Draft, Header};
    use proptest::prelude::*;

    fn entry() -> JournalEntry {
        JournalEntry {
            sequence: 12,
            at: Instant::from_us(1_790_000_000_000_000).unwrap(),
            actor: "u.wang".into(),
            command: "add".into(),
            policy_version: "default/1".into(),
            changes: vec![RecordChange {
                entity: EntityKind::Customer,
                id: 3,
                revision: 2,
                previous_sequence: 0,
                values: vec![ValueChange { field: 9, before: None, after: Some(Value::Int(5)) }],
            }],
            decisions: vec![Decision {
                subject: "grade".into(),
                value: "major".into(),
                rule: "R-FIX-16".into(),
                source: "F2 Art. 7.2.3".into(),
                inputs: vec![("external_intent".into(), "true".into())],
                reason: "the customer means to complain outside".into(),
                reason_zh: "客户拟对外投诉".into(),
                policy_version: "default/1".into(),
                plugin: String::new(),
            }],
            declared: None,
            facts: vec![Fact { key: b"key_customer".to_vec(), value: 7_u64.to_be_bytes().to_vec() }],
        }
    }

    /// The stored form of an entry whose change is that of the records.
    fn stored(entry: &JournalEntry, before: Option<&Record>, after: &Record) -> Vec<u8> {
        let JournalEntry { sequence, at, actor, command, policy_version, changes: _, decisions, declared, facts } =
            entry;
        let (sequence, at, declared, written) = (*sequence, *at, declared.as_ref(), Some((before, after)));
        let mut stored = Vec::new();
        let new = NewEntry { sequence, at, actor, command, policy_version, written, decisions, declared, facts };
        encode(&mut stored, &new, &[7; 32]);
        stored
    }

    #[test]
    fn an_entry_comes_back_whole_with_the_hash_before() {
        let stored = stored(&entry(), None, &record(&[(9, 5)]));
        assert_eq!(decode(&stored).unwrap(), (entry(), [7; 32]));
    }

    fn record(values: &[(u16, i64)]) -> Record {
        let at = Instant::from_us(1_790_000_000_000_000).unwrap();
        let header =
            Header { entity: EntityKind::Customer, id: 3, revision: 2, sequence: 8, created_at: at, updated_at: at };
        let values = values.iter().map(|(field, number)| (*field, Value::Int(*number))).collect();
        Record::encode(&Draft { header, values }).unwrap()
    }

    proptest! {
        /// What is encoded straight from two records is what a comparison of their fields one by one finds.
        #[test]
        fn the_change_of_a_record_is_encoded_as_its_fields_differ(
            old in proptest::collection::btree_map(1_u16..12, 0_i64..3, 0..10),
            new in proptest::collection::btree_map(1_u16..12, 0_i64..3, 0..10),
            added: bool,
        ) {
            let pairs = |map: &std::collections::BTreeMap<u16, i64>| map.iter().map(|(f, v)| (*f, *v)).collect::<Vec<_>>();
            let (before, after) = (record(&pairs(&old)), record(&pairs(&new)));
            let before = (!added).then_some(&before);
            let value = |map: &std::collections::BTreeMap<u16, i64>, field| map.get(&field).copied().map(Value::Int);
            let change = |field| ValueChange {
                field,
                before: if added { None } else { value(&old, field) },
                after: value(&new, field),
            };
            let values = (1..12).map(change).filter(|change| change.before != change.after).collect();
            let previous_sequence = if added { 0 } else { 8 };
            let expected = RecordChange { entity: EntityKind::Customer, id: 3, revision: 2, previous_sequence, values };
            let whole = JournalEntry { changes: vec![expected], ..entry() };
            prop_assert_eq!(decode(&stored(&entry(), before, &after)).unwrap(), (whole, [7; 32]));
        }

        #[test]
        fn a_cut_or_garbled_entry_is_an_error_or_another_entry_but_never_a_panic(at in 0_usize..300, byte: u8, cut: bool) {
            let mut stored = stored(&entry(), None, &record(&[(9, 5)]));
            if cut {
                stored.truncate(at.min(stored.len() - 1));
                prop_assert!(decode(&stored).is_err());
            } else {
                let at = at % stored.len();
                stored[at] = byte;
                let _ = decode(&stored);
            }
        }
    }
}
