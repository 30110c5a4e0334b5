//! Which keys a layer may hold: a filter that spares most layers the search for a key that they do not have.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::FixedState;

use crate::port::Space;

/// For some 25,000 keys, which a slot of the log takes of these spaces, one key in a hundred seems to be there and is not.
const WORDS: usize = 1 << 13;

/// The spaces that use cases read by key; the keys of others are not noted.
const READ_BY_KEY: [Space; 2] = [Space::Record, Space::Unique];

/// A Bloom filter of two bits a key, both in one word. Copies of a layer share it: a key of a later copy seems to be in an
/// earlier one, too, which costs that a search and is no error.
#[derive(Debug)]
pub(super) struct Seen(Box<[AtomicU64]>);

/// The hash of a key of one of the spaces that are noted.
pub(in super::super) fn hash(space: Space, key: &[u8]) -> Option<u64> {
    // Fixed, unlike that of a map: whoever makes keys collide makes searches as slow as they were without a filter.
    READ_BY_KEY.contains(&space).then(|| FixedState::default().hash_one((space, key)))
}

impl Seen {
    pub(super) fn new() -> Self {
        Self((0..WORDS).map(|_| AtomicU64::new(0)).collect())
    }

    /// Notes a key. Whoever is given the layer later sees it: the lock that hands the layer over orders the two.
    pub(super) fn note(&self, hash: u64) {
        let (word, bits) = self.place(hash);
        word.fetch_or(bits, Ordering::Relaxed);
    }

    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let (word, bits) = self.place(hash);
        word.load(Ordering::Relaxed) & bits == bits
    }

    fn place(&self, hash: u64) -> (&AtomicU64, u64) {
        let bits = 1 << (hash >> 32 & 63) | 1 << (hash >> 38 & 63);
        (&self.0[hash as usize % WORDS], bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_was_noted_may_be_held_and_few_others() {
        let seen = Seen::new();
        let hash = |n: u32| hash(Space::Record, &n.to_be_bytes()).unwrap();
        (0..25_000).for_each(|n| seen.note(hash(n)));
        assert!((0..25_000).all(|n| seen.may_hold(hash(n))));
        let strangers = (25_000..125_000).filter(|n| seen.may_hold(hash(*n))).count();
        assert!(strangers < 3_000, "{strangers} of 100000 keys seem to be there");
        assert_ne!(super::hash(Space::Unique, b"a"), super::hash(Space::Record, b"a"));
        assert_eq!(super::hash(Space::Index, b"a"), None);
    }
}
