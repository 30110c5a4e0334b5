//! The audit row of the SQLite side: the same content as the kernel's journal entry, in the same form, with the same
//! BLAKE3 chain.

use rusqlite::types::ValueRef;

/// The type tags of the kernel's journal.
pub(crate) const TEXT: u8 = 1;
pub(crate) const INT: u8 = 2;
pub(crate) const DATE: u8 = 4;
pub(crate) const INSTANT: u8 = 5;
pub(crate) const MONEY: u8 = 6;
pub(crate) const ENUM: u8 = 7;
pub(crate) const REF: u8 = 8;

/// A value as it goes into the entry.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'v> {
    Absent,
    Text(&'v str),
    Int(i64),
    Date(i64),
    Instant(i64),
    Cny(i64),
    Enum(i64),
    Ref(i64),
}

impl<'v> Seen<'v> {
    /// The value of a column that holds text or a number of the given type.
    pub(crate) fn of(tag: u8, value: ValueRef<'v>) -> Self {
        match (tag, value) {
            (TEXT, ValueRef::Text(bytes)) => Self::Text(std::str::from_utf8(bytes).unwrap_or_default()),
            (INT, ValueRef::Integer(number)) => Self::Int(number),
            (DATE, ValueRef::Integer(days)) => Self::Date(days),
            _ => Self::Absent,
        }
    }
}

/// What is known of a change beside its values.
pub(crate) struct Head<'h> {
    pub(crate) previous: &'h [u8; 32],
    pub(crate) sequence: u64,
    pub(crate) at_us: i64,
    pub(crate) command: &'h str,
    pub(crate) entity: u8,
    pub(crate) id: u64,
    pub(crate) revision: u64,
    pub(crate) previous_sequence: u64,
}

/// Writes an entry into a buffer that is kept, and gives its hash. A value is a field id, before and after.
pub(crate) fn encode(out: &mut Vec<u8>, head: &Head<'_>, values: &[(u16, Seen<'_>, Seen<'_>)]) -> [u8; 32] {
    out.clear();
    out.extend_from_slice(head.previous);
    out.push(1);
    number(out, head.sequence);
    out.extend_from_slice(&head.at_us.to_le_bytes());
    for part in ["u.bench", head.command, "default/1"] {
        text(out, part);
    }
    number(out, 1);
    out.push(head.entity);
    for part in [head.id, head.revision, head.previous_sequence, values.len() as u64] {
        number(out, part);
    }
    for (field, before, after) in values {
        number(out, u64::from(*field));
        value(out, *before);
        value(out, *after);
    }
    // No decisions, nothing declared.
    out.extend_from_slice(&[0, 0]);
    *blake3::hash(out).as_bytes()
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn value(out: &mut Vec<u8>, value: Seen<'_>) {
    match value {
        Seen::Absent => out.push(0),
        Seen::Text(v) => {
            out.push(TEXT);
            text(out, v);
        }
        Seen::Int(v) => fixed(out, INT, &v.to_le_bytes()),
        Seen::Date(v) => fixed(out, DATE, &v.to_le_bytes()[..4]),
        Seen::Instant(v) => fixed(out, INSTANT, &v.to_le_bytes()),
        Seen::Cny(v) => {
            fixed(out, MONEY, &v.to_le_bytes());
            out.extend_from_slice(b"CNY");
        }
        Seen::Enum(v) => fixed(out, ENUM, &v.to_le_bytes()[..2]),
        Seen::Ref(v) => fixed(out, REF, &v.to_le_bytes()),
    }
}

fn fixed(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend_from_slice(bytes);
}
