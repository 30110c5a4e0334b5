//! Ranges of keys that cannot be read, in the words of the kernel.

use crate::domain::EntityKind;
use crate::port::{Gap, Space};

use super::verify::name_of;

/// The entity and the id that a range begins with, as far as it has them, and its name: what of a space it takes in.
pub(super) fn name(space: Space, gap: &Gap) -> ((Option<EntityKind>, Option<u64>), String) {
    match space {
        Space::Record => {
            let first = record_at(&gap.from);
            let from = match first {
                (None, _) => "records".to_owned(),
                at => format!("records from {} on", name_of(at)),
            };
            let until = gap.until.as_deref().map_or_else(String::new, |key| match record_at(key) {
                (Some(entity), Some(0)) => format!(", before those of {}", entity.def().name),
                at => format!(", before {}", name_of(at)),
            });
            (first, from + &until)
        }
        Space::Journal => {
            let first = number_at(&gap.from).max(1);
            let until = gap.until.as_deref().map(|key| number_at(key).saturating_sub(1));
            let last = until.map_or_else(|| "the last".to_owned(), |last| last.to_string());
            ((None, Some(first)), format!("journal entries from {first} to {last}"))
        }
        other => ((None, None), format!("a part of the space {}", other.name())),
    }
}

/// The record at which a key begins; keys may be cut short.
fn record_at(key: &[u8]) -> (Option<EntityKind>, Option<u64>) {
    let Some((entity, id)) = key.split_first() else { return (None, None) };
    (EntityKind::from_number(*entity), Some(number_at(id)))
}

fn number_at(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let len = key.len().min(8);
    bytes[..len].copy_from_slice(&key[..len]);
    u64::from_be_bytes(bytes)
}
