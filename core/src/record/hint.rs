//! Hints from a unique key to the id that had it when it was last looked up.
//!
//! A hint is no answer: the record that it leads to must hold the values that were asked for. As they are unique, it is
//! then the one. So hints need no care when records change, and none is wrong in any snapshot.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::EntityKind;

/// One hint for so many bytes of the cache of records.
const CACHE_BYTES_PER_HINT: usize = 256;
const HINTS_MAX: usize = 1 << 22;

/// Ids by the hash of a unique key, two to a place, with eight bits of the hash above each.
pub(crate) struct Hints {
    slots: Box<[AtomicU64]>,
}

impl Hints {
    /// Hints that fit a cache of records of this size. 0 bytes turn them off.
    pub(crate) fn new(cache_bytes: usize) -> Self {
        let count = (cache_bytes / CACHE_BYTES_PER_HINT).min(HINTS_MAX);
        let count = if count < 2 { 0 } else { 1 << count.ilog2() };
        Self { slots: (0..count).map(|_| AtomicU64::new(0)).collect() }
    }

    /// The ids to which a key may lead.
    pub(crate) fn of(&self, hash: u64) -> impl Iterator<Item = u64> {
        let slots = self.place(hash).into_iter().flatten();
        slots
            .map(|slot| slot.load(Ordering::Relaxed))
            .filter(move |held| *held != 0 && held >> 56 == hash >> 56)
            .map(id_of)
    }

    /// Notes the id that a key led to; the older hint of the place makes room.
    pub(crate) fn note(&self, hash: u64, id: u64) {
        let Some([first, second]) = self.place(hash) else { return };
        let held = (hash >> 56) << 56 | id_of(id);
        let before = first.swap(held, Ordering::Relaxed);
        if before != held {
            second.store(before, Ordering::Relaxed);
        }
    }

    fn place(&self, hash: u64) -> Option<&[AtomicU64; 2]> {
        let places = self.slots.len() / 2;
        let at = 2 * usize::try_from(hash).ok()?.checked_rem(places)?;
        self.slots.get(at..)?.first_chunk()
    }
}

fn id_of(held: u64) -> u64 {
    held & ((1 << 56) - 1)
}

/// The hash of a unique key. Whoever finds keys that meet makes hints useless, and answers no less right.
pub(crate) fn hash_of(entity: EntityKind, values: &[(u16, &str)]) -> u64 {
    let mix = |hash: u64, word: u64| {
        let mixed = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    };
    values.iter().fold(u64::from(entity.number()), |hash, (field, text)| {
        let hash = mix(hash, u64::from(*field) << 32 | text.len() as u64);
        text.as_bytes().chunks(8).fold(hash, |hash, chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            mix(hash, u64::from_le_bytes(word))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_to_the_id_noted_last_and_two_keys_share_a_place() {
        let hints = Hints::new(2 * CACHE_BYTES_PER_HINT);
        let found = |hash| hints.of(hash).collect::<Vec<_>>();
        assert!(found(5).is_empty());
        hints.note(5, 70);
        hints.note(6, 71);
        assert_eq!(found(5), [71, 70]);
        hints.note(5 | 9 << 56, 72);
        assert_eq!((found(5), found(9 << 56)), (vec![71], vec![72]));
        Hints::new(0).note(5, 70);
        assert_eq!(Hints::new(0).of(5).count(), 0);
    }

    #[test]
    fn hashes_differ_by_entity_field_and_text() {
        let of = |entity, field, text| hash_of(entity, &[(field, text)]);
        let first = of(EntityKind::Customer, 1, "C000000001");
        assert_eq!(first, of(EntityKind::Customer, 1, "C000000001"));
        for other in [
            of(EntityKind::Visit, 1, "C000000001"),
            of(EntityKind::Customer, 2, "C000000001"),
            of(EntityKind::Customer, 1, "C000000002"),
            of(EntityKind::Customer, 1, "C000000001\0"),
        ] {
            assert_ne!(first, other);
        }
    }
}
