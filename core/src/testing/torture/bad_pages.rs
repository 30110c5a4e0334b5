//! Damaged pages under load: they cost what lies in them, commits go on, and nothing that is written later is lost.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use super::story::{self, Change, Contents};
use crate::adapter::{RedbOptions, RedbStore};
use crate::error::ErrorKind;
use crate::port::{Gap, ReadTxn, Seen, Space, Store, is_unreadable};
use crate::testing::random::Random;
use crate::testing::{Image, SimDisk};

/// The spaces that are filled, and how many keys each has.
const FILLED: [Space; 4] = [Space::Record, Space::Index, Space::Journal, Space::Unique];
const KEYS: u64 = 2_500;
const COMMITS: u64 = 60;
const BLOCK: usize = 4096;
/// Where the first group of pages begins.
const HEAD_BLOCKS: usize = 3;

/// What came of the rounds.
#[derive(Debug, Default, Clone, Copy)]
pub struct BadPages {
    /// How many databases were damaged.
    pub rounds: u64,
    /// How many of those could not be opened: what redb needs for that is damaged.
    pub unopened: u64,
    /// How many had pairs that could not be read.
    pub gapped: u64,
}

struct Round<'t> {
    disk: SimDisk,
    contents: Contents,
    /// Keys that were written since the damage.
    touched: BTreeSet<(Space, Vec<u8>)>,
    random: Random,
    context: &'t str,
    gapped: bool,
}

/// Damages a page or two of a database, and writes and reads on; so often.
///
/// # Panics
/// When a commit fails that need not, when something is lost or wrong that is not in a damaged page, with the seed.
pub fn run_bad_pages(seed: u64, rounds: u64) -> BadPages {
    let mut random = Random::new(seed);
    let (image, contents) = filled(random.any());
    let mut done = BadPages::default();
    for number in 0..rounds {
        let mut image = image.clone();
        let places = damage(&mut image.database, &mut random);
        let context = format!("blocks {places:?}, round {number}, SEED={seed}");
        let (disk, touched) = (SimDisk::new(image), BTreeSet::new());
        let contents = contents.clone();
        let random = Random::new(random.any());
        let mut round = Round { disk, contents, touched, random, context: &context, gapped: false };
        done.rounds += 1;
        done.unopened += u64::from(!round.run());
        done.gapped += u64::from(round.gapped);
    }
    done
}

fn filled(seed: u64) -> (Image, Contents) {
    let (disk, mut random, mut contents) = (SimDisk::default(), Random::new(seed), Contents::new());
    let store = disk.open(&RedbOptions::default(), false).expect("a sound disk takes a database");
    let changes: Vec<Change> = FILLED
        .into_iter()
        .flat_map(|space| (0..KEYS).map(move |number| (space, key(number))))
        .map(|(space, key)| (space, key, Some(vec![7; random.index(250)])))
        .collect();
    for part in changes.chunks(400) {
        story::commit(&store, part).expect("a sound disk takes a commit");
        story::apply(&mut contents, part);
    }
    store.close().expect("a sound disk takes the close");
    (disk.written(), contents)
}

fn key(number: u64) -> Vec<u8> {
    format!("key {number:05}").into_bytes()
}

/// Flips a bit in each of one or two pages.
fn damage(file: &mut [u8], random: &mut Random) -> Vec<usize> {
    let blocks = file.len() / BLOCK;
    let mut places = Vec::new();
    for _ in 0..=random.below(2) {
        let block = HEAD_BLOCKS + random.index(blocks - HEAD_BLOCKS);
        file[block * BLOCK + random.index(BLOCK)] ^= 1 << random.below(8);
        places.push(block);
    }
    places
}

impl Round<'_> {
    /// False when the database could not be opened.
    fn run(&mut self) -> bool {
        let background = self.random.one_in(2);
        let mut store = match self.disk.open(&RedbOptions::default(), background) {
            Ok(store) => store,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}; {}", self.context);
                return false;
            }
        };
        let damaged = store.check(Duration::ZERO).expect("the check says what is damaged");
        let takes_commits = damaged.iter().all(|text| text.contains("of the space"));
        for number in 1..=COMMITS {
            let changes = self.changes();
            match story::commit(&store, &changes) {
                Ok(()) => {
                    story::apply(&mut self.contents, &changes);
                    self.touched.extend(changes.into_iter().map(|(space, key, _)| (space, key)));
                }
                Err(error) => {
                    assert!(!takes_commits, "a commit goes on: {error}; {damaged:?}, {}", self.context);
                    return true;
                }
            }
            if number % 15 == 0 {
                self.compare(&store);
                if self.random.one_in(2) {
                    let closed = store.close();
                    assert!(closed.is_ok() || !takes_commits, "{closed:?}; {}", self.context);
                }
                drop(store);
                store = match self.disk.open(&RedbOptions::default(), background) {
                    Ok(store) => store,
                    Err(error) => {
                        assert!(!takes_commits, "it opens again: {error}; {damaged:?}, {}", self.context);
                        return true;
                    }
                };
                self.compare(&store);
            }
        }
        true
    }

    fn changes(&mut self) -> Vec<Change> {
        let random = &mut self.random;
        // At times more than goes through the log.
        let count = if random.one_in(8) { 40 } else { 1 + random.below(6) };
        let beside = random.below(KEYS);
        let mut changes: Vec<Change> = Vec::new();
        for _ in 0..count {
            let space = FILLED[random.index(FILLED.len())];
            let number = if random.one_in(2) { beside + random.below(20) } else { random.below(KEYS + 200) };
            let mut key = key(number);
            if random.one_in(3) {
                key.push(b'+');
            }
            let value = (!random.one_in(3)).then(|| vec![9; random.index(250)]);
            changes.push((space, key, value));
        }
        changes
    }

    /// What is shown is what was written, and what is not lies in a gap, unless it was written since.
    fn compare(&mut self, store: &RedbStore) {
        let read = store.begin_read().expect("a snapshot is begun");
        for space in FILLED {
            let (seen, gaps) = read_through(&*read, space);
            self.gapped |= !gaps.is_empty();
            let held = self.contents.range((space, Vec::new())..).take_while(|((of, _), _)| *of == space);
            for ((_, key), value) in held {
                match seen.get(&(space, key.clone())) {
                    Some(found) => assert!(found == value, "{space:?} {key:?} is another; {}", self.context),
                    None => {
                        let is_touched = self.touched.contains(&(space, key.clone()));
                        let lies_in =
                            |gap: &Gap| gap.from <= *key && gap.until.as_ref().is_none_or(|until| key < until);
                        let is_excused = !is_touched && gaps.iter().any(lies_in);
                        assert!(is_excused, "{space:?} {key:?} is lost, touched {is_touched}; {}", self.context);
                    }
                }
                let got = read.get(space, key, &mut |found| assert!(found == value, "{}", self.context));
                match got {
                    Ok(there) => assert!(there, "{space:?} {key:?} is not there; {}", self.context),
                    Err(error) => assert!(is_unreadable(&error), "{error}; {}", self.context),
                }
            }
            let stranger = seen.keys().find(|key| !self.contents.contains_key(*key));
            assert!(stranger.is_none(), "{stranger:?} was removed; {}", self.context);
        }
    }
}

fn read_through(read: &dyn ReadTxn, space: Space) -> (Contents, Vec<Gap>) {
    let (mut pairs, mut gaps) = (Contents::new(), Vec::new());
    read.read_through(space, &mut |seen| {
        match seen {
            Seen::Pair(key, value) => drop(pairs.insert((space, key.to_vec()), value.to_vec())),
            Seen::Gap(gap) => {
                let error = gap.error.duplicate();
                gaps.push(Gap { from: gap.from.clone(), until: gap.until.clone(), error });
            }
        }
        Ok(ControlFlow::Continue(()))
    })
    .expect("a space is read");
    (pairs, gaps)
}
