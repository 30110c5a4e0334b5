//! Damage to files: a mutation of what a disk holds, as a failing disk, a bad copy or a careless program leaves it.

use std::ops::Range;

use crate::testing::Image;
use crate::testing::random::Random;

/// What programs and disks treat as one. Unit: bytes.
const BLOCK: usize = 4096;

/// Other files that parts may be mixed up with.
#[derive(Debug)]
pub struct Others {
    /// The same database at an earlier time.
    pub earlier: Image,
    /// Another database.
    pub foreign: Image,
}

/// Damages an image in one way, or in a few, and says in which. It may happen to be the same afterwards.
pub fn mutate(image: &mut Image, others: &Others, random: &mut Random) -> String {
    let mut said = Vec::new();
    loop {
        let log = image.log.is_some() && random.one_in(3);
        said.push(match &mut image.log {
            Some(_) if log && random.one_in(8) => exchange_log(image, others, random),
            Some(bytes) if log => format!("log: {}", damage(bytes, others.earlier.log.as_deref(), random)),
            _ => format!("database: {}", damage(&mut image.database, Some(&others.earlier.database), random)),
        });
        if !random.one_in(4) {
            return said.join("; ");
        }
    }
}

/// Gives every page the checksum of what it holds, so that no damage of the database file shows by checksums.
pub fn seal(image: &mut Image) {
    crate::adapter::seal(&mut image.database);
}

fn exchange_log(image: &mut Image, others: &Others, random: &mut Random) -> String {
    let (log, what) = match random.below(3) {
        0 => (None, "removed"),
        1 => (others.earlier.log.clone(), "an earlier one"),
        _ => (others.foreign.log.clone(), "that of another database"),
    };
    image.log = log;
    format!("log: {what}")
}

fn damage(bytes: &mut Vec<u8>, earlier: Option<&[u8]>, random: &mut Random) -> String {
    match random.below(11) {
        0..=3 => flip(bytes, random),
        4 => fill(bytes, random),
        5 => truncate(bytes, random),
        6 => extend(bytes, random),
        7 => swap_blocks(bytes, random),
        8 => copy_range(bytes, random),
        9 => overwrite(bytes, random),
        _ => take_back(bytes, earlier.unwrap_or_default(), random),
    }
}

/// A place, mostly one that is not empty.
fn place(bytes: &[u8], random: &mut Random) -> usize {
    let any = random.index(bytes.len());
    (0..64).map(|_| random.index(bytes.len())).find(|at| bytes[*at] != 0).filter(|_| !random.one_in(8)).unwrap_or(any)
}

fn range(bytes: &[u8], random: &mut Random) -> Range<usize> {
    let mut begin = place(bytes, random);
    let mut len = match random.below(3) {
        0 => 1 + random.index(64),
        1 => 1 + random.index(5000),
        _ => BLOCK * (1 + random.index(6)),
    };
    if random.one_in(2) {
        begin -= begin % 512;
        len = len.next_multiple_of(512);
    }
    begin..(begin + len).min(bytes.len())
}

fn flip(bytes: &mut [u8], random: &mut Random) -> String {
    let mut places = Vec::new();
    for _ in 0..=random.below(3) {
        let at = place(bytes, random);
        bytes[at] ^= 1 << random.below(8);
        places.push(at);
    }
    format!("bits flipped at {places:?}")
}

fn fill(bytes: &mut [u8], random: &mut Random) -> String {
    let range = range(bytes, random);
    let byte = if random.one_in(2) { 0 } else { 0xff };
    bytes[range.clone()].fill(byte);
    format!("{range:?} filled with {byte}")
}

fn overwrite(bytes: &mut [u8], random: &mut Random) -> String {
    let range = range(bytes, random);
    bytes[range.clone()].iter_mut().for_each(|byte| *byte = random.any().to_le_bytes()[0]);
    format!("{range:?} overwritten")
}

fn truncate(bytes: &mut Vec<u8>, random: &mut Random) -> String {
    let len = match random.below(3) {
        0 => random.index(bytes.len()),
        1 => random.index(bytes.len() / BLOCK + 1) * BLOCK,
        _ => bytes.len().saturating_sub(1 + random.index(3 * BLOCK)),
    };
    // An empty one is a new file to the simulated disk.
    bytes.truncate(len.max(1));
    format!("cut to {}", bytes.len())
}

fn extend(bytes: &mut Vec<u8>, random: &mut Random) -> String {
    let more = if random.one_in(2) { BLOCK * (1 + random.index(8)) } else { 1 + random.index(9000) };
    let len = bytes.len() + more;
    if random.one_in(2) {
        bytes.resize(len, 0);
    } else {
        let again: Vec<u8> = bytes.iter().copied().cycle().take(more).collect();
        bytes.extend(again);
    }
    format!("extended to {len}")
}

fn swap_blocks(bytes: &mut [u8], random: &mut Random) -> String {
    let (one, other) = (place(bytes, random) / BLOCK, place(bytes, random) / BLOCK);
    let whole = |block: usize| (block + 1) * BLOCK <= bytes.len();
    if one != other && whole(one) && whole(other) {
        let (low, high) = (one.min(other) * BLOCK, one.max(other) * BLOCK);
        let (before, behind) = bytes.split_at_mut(high);
        before[low..low + BLOCK].swap_with_slice(&mut behind[..BLOCK]);
    }
    format!("blocks {one} and {other} swapped")
}

fn copy_range(bytes: &mut [u8], random: &mut Random) -> String {
    let range = range(bytes, random);
    let mut to = random.index(bytes.len() - range.len() + 1);
    if random.one_in(2) {
        to -= to % BLOCK;
    }
    bytes.copy_within(range.clone(), to);
    format!("{range:?} copied to {to}")
}

/// A block as it was at an earlier time: one that the disk did not write. (All of a group with its checksums could be
/// told by nothing.)
fn take_back(bytes: &mut [u8], earlier: &[u8], random: &mut Random) -> String {
    let block = place(bytes, random) / BLOCK;
    let range = block * BLOCK..((block + 1) * BLOCK).min(bytes.len());
    if let Some(before) = earlier.get(range.clone()) {
        bytes[range].copy_from_slice(before);
    }
    format!("block {block} as it was before")
}
