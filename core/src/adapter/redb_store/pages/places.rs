//! Where the groups of pages lie in the file: in the order in which they were first written, so that no room is kept for
//! those that were not.
//!
//! redb doubles its storage when that is full, and uses pages at the new end first. A place is given to a group when its
//! first page is written, and is in each copy of the header, because it must become durable together with what needs it.
//! The groups behind the first [`PLACES_MAX`], which are 7 GiB of pages, lie in order.

use super::{GROUP, HEAD_BLOCKS, PAGE, SUMS_BLOCKS, groups_of};

/// How many groups have a place of their choice.
pub(super) const PLACES_MAX: usize = 1856;

/// A group that has none yet.
const NONE: u16 = u16::MAX;

/// The places of the first groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places(Vec<u16>);

impl Places {
    /// The place of a group: how many others lie before it. `None` when it was never written.
    pub(super) fn of(&self, group: usize) -> Option<u64> {
        match self.0.get(group) {
            Some(&NONE) => None,
            Some(&place) => Some(u64::from(place)),
            None => (group >= PLACES_MAX).then_some(group as u64),
        }
    }

    /// Gives a group that has none the first free place.
    pub(super) fn give(&mut self, group: usize) {
        let mut taken = vec![false; PLACES_MAX];
        for place in &self.0 {
            if let Some(taken) = taken.get_mut(usize::from(*place)) {
                *taken = true;
            }
        }
        if self.0.len() <= group {
            self.0.resize(group + 1, NONE);
        }
        let free = taken.iter().position(|taken| !taken).and_then(|place| u16::try_from(place).ok());
        self.0[group] = free.expect("invariant: a group without a place leaves one free");
    }

    /// Takes away the places of all groups but the first ones.
    pub(super) fn cut(&mut self, groups: usize) {
        self.0.truncate(groups);
    }

    /// How long the file is when redb's storage has this length. Unit: bytes.
    pub(super) fn file_bytes(&self, len: u64) -> u64 {
        let pages = (len / PAGE).saturating_sub(1);
        let groups = groups_of(len);
        let last = groups.checked_sub(1);
        let end_of = |group: usize| {
            let pages = if Some(group) == last { (pages - 1) % GROUP + 1 } else { GROUP };
            self.of(group).map_or(0, |place| pages_block(place) + pages)
        };
        // Of the groups that lie in order the last one is behind all others.
        let placed = 0..groups.min(PLACES_MAX);
        let blocks = placed.chain(last).map(end_of).max().unwrap_or(0);
        blocks.max(HEAD_BLOCKS) * PAGE
    }

    /// Numbers of two bytes, little-endian.
    pub(super) fn encode(&self) -> impl Iterator<Item = u8> {
        self.0.iter().flat_map(|place| place.to_le_bytes())
    }

    /// The places that these bytes are; `None` when there are too many.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let places = bytes.chunks_exact(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
        (bytes.len() <= PLACES_MAX * 2).then(|| Self(places.collect()))
    }
}

/// The first block of the checksums of the group at a place.
pub(super) fn sums_block(place: u64) -> u64 {
    HEAD_BLOCKS + place * GROUP_BLOCKS
}

/// The block of the first page of the group at a place.
pub(super) fn pages_block(place: u64) -> u64 {
    sums_block(place) + SUMS_BLOCKS
}

/// How many blocks a group takes.
pub(super) const GROUP_BLOCKS: u64 = SUMS_BLOCKS + GROUP;

#[cfg(test)]
mod tests {
    use super::*;

    fn len_of(pages: u64) -> u64 {
        (pages + 1) * PAGE
    }

    #[test]
    fn groups_lie_in_the_order_in_which_they_were_given_a_place() {
        let mut places = Places::default();
        assert_eq!(places.file_bytes(len_of(70_000)), HEAD_BLOCKS * PAGE);
        for group in [0, 64, 1] {
            places.give(group);
        }
        assert_eq!([0, 64, 1, 2].map(|group| places.of(group)), [Some(0), Some(1), Some(2), None]);
        // The last group has 100 pages, and a full one lies behind it.
        assert_eq!(places.file_bytes(len_of(64 * GROUP + 100)), (HEAD_BLOCKS + 3 * GROUP_BLOCKS) * PAGE);
        places.cut(64);
        places.give(5);
        assert_eq!((places.of(5), places.of(64)), (Some(1), None), "the place that was given up");
        let bytes: Vec<u8> = places.encode().collect();
        assert_eq!(Places::decode(&bytes), Some(places));
        assert_eq!(Places::decode(&[0; PLACES_MAX * 2 + 2]), None);
    }

    #[test]
    fn every_group_has_a_place_and_those_behind_the_table_lie_in_order() {
        let mut places = Places::default();
        (0..PLACES_MAX).rev().for_each(|group| places.give(group));
        assert_eq!(places.of(0), Some(PLACES_MAX as u64 - 1));
        assert_eq!(places.of(PLACES_MAX), Some(PLACES_MAX as u64));
        let blocks = HEAD_BLOCKS + (PLACES_MAX as u64 + 1) * GROUP_BLOCKS + SUMS_BLOCKS + 7;
        assert_eq!(places.file_bytes(len_of((PLACES_MAX as u64 + 1) * GROUP + 7)), blocks * PAGE);
    }
}
