//! Cuts of the power: after each, the store opens with every acknowledged commit and none in part.

use std::time::Duration;

use super::story::{self, Story};
use crate::adapter::{Durability, RedbOptions};
use crate::port::Store;
use crate::testing::random::Random;
use crate::testing::{Image, SimDisk};

/// How the store under the cuts works.
#[derive(Debug, Clone, Copy)]
pub struct PowerCourse {
    /// Whether commits are synced one by one.
    pub durability: Durability,
    /// Whether a thread of its own flushes; only without it does a seed repeat a run exactly.
    pub background: bool,
    /// Whether values are so long that the file has several groups of pages.
    pub long: bool,
    /// One in how many points of a run is cut; 1 for each.
    pub one_in: u64,
}

/// How many commits a run has, and one that goes on after a cut; and how many of each when values are long.
const COMMITS: u64 = 40;
const COMMITS_AFTER: u64 = 12;
const LONG_COMMITS: u64 = 16;
const LONG_COMMITS_AFTER: u64 = 4;
/// How often a point is cut where the length of a file of several groups of pages is new.
const LENGTH_CUTS: u32 = 16;
/// The length of a file with two groups of pages and some of a third. Unit: bytes.
const GROUPS_BYTES: usize = 9 << 20;
/// How often the power fails in a row.
const DEPTH_MAX: u32 = 3;

struct Torture<'t> {
    course: PowerCourse,
    story: Story,
    random: Random,
    /// Says how to repeat the run.
    context: &'t str,
    images: u64,
    /// The longest database file of an image. Unit: bytes.
    bytes_max: usize,
}

/// Cuts runs at every point until so many images were opened, and says how many there were.
///
/// # Panics
/// When a commit is lost, or there in part, with the seed of the run.
pub fn run_power_cuts(course: PowerCourse, seed: u64, images: u64) -> u64 {
    let mut seeds = Random::new(seed);
    let mut done = 0;
    while done < images {
        let run = seeds.any();
        let context = format!("{course:?}, SEED={seed}, run {run}");
        let story = if course.long { Story::long(run) } else { Story::new(run) };
        let mut torture =
            Torture { course, story, random: Random::new(run), context: &context, images: 0, bytes_max: 0 };
        torture.cut_a_run(empty(), 0, if course.long { LONG_COMMITS } else { COMMITS }, 0);
        assert!(!course.long || torture.bytes_max > GROUPS_BYTES, "{} bytes; {context}", torture.bytes_max);
        done += torture.images;
    }
    done
}

/// A database that was made and closed.
pub(super) fn empty() -> Image {
    let disk = SimDisk::default();
    disk.open(&RedbOptions::default(), false).and_then(|store| store.close()).expect("a sound disk takes a database");
    disk.written()
}

impl Torture<'_> {
    /// Opens an image that holds `begun` commits at least, goes on with some, and cuts that run: everywhere when it is
    /// the first, else at one point.
    fn cut_a_run(&mut self, image: Image, begun: u64, commits: u64, depth: u32) {
        let disk = SimDisk::new(image);
        let end = self.write(&disk, begun, commits);
        let mut cuts = disk.cuts();
        let chosen = (depth > 0).then(|| self.random.index(cuts.len()));
        let mut point = 0;
        loop {
            if chosen.map_or_else(|| self.random.one_in(self.course.one_in), |chosen| chosen == point) {
                // Groups of pages come and go at few points, and what is harmful there takes several writes to be lost at once.
                let times = if self.course.long && cuts.length_is_pending() { LENGTH_CUTS } else { 1 };
                for _ in 0..times {
                    let image = cuts.cut(&mut self.random);
                    self.check(image, begun, cuts.acknowledged().max(begun), end, depth);
                }
            }
            point += 1;
            if !cuts.advance() {
                return;
            }
        }
    }

    /// Opens the disk, compares what is there, commits on from it, and compacts, closes or drops the store at times.
    fn write(&mut self, disk: &SimDisk, begun: u64, commits: u64) -> u64 {
        let mut store = self.open(disk);
        let mut number = self.compare(&store, begun, u64::MAX);
        for _ in 0..commits {
            number += 1;
            story::commit(&store, &self.story.changes(number)).expect("a sound disk takes a commit");
            disk.acknowledge(number);
            if self.random.one_in(if self.course.long { 8 } else { 80 }) {
                store.compact(Duration::ZERO).expect("a sound disk is compacted");
                assert_eq!(self.compare(&store, number, number), number, "{}", self.context);
            }
            if self.random.one_in(15) {
                if self.random.one_in(2) {
                    store.close().expect("a sound disk takes the close");
                }
                drop(store);
                store = self.open(disk);
                assert_eq!(self.compare(&store, number, number), number, "{}", self.context);
            }
        }
        number
    }

    fn open(&self, disk: &SimDisk) -> crate::adapter::RedbStore {
        let options = RedbOptions { durability: self.course.durability, ..RedbOptions::default() };
        match disk.open(&options, self.course.background) {
            Ok(store) => store,
            Err(error) => unreachable!("what a cut leaves opens: {error}; {}", self.context),
        }
    }

    /// The store shows the contents after some commit between the two, which is returned.
    fn compare(&mut self, store: &dyn Store, least: u64, most: u64) -> u64 {
        let found = story::contents(store).expect("a sound disk is read");
        let number = story::newest(&found);
        assert!((least..=most).contains(&number), "commit {number}, not {least} to {most}; {}", self.context);
        assert!(found == *self.story.after(number), "commit {number} is there in part; {}", self.context);
        number
    }

    fn check(&mut self, image: Image, begun: u64, acknowledged: u64, end: u64, depth: u32) {
        self.images += 1;
        self.bytes_max = self.bytes_max.max(image.database.len());
        let least = if self.course.durability == Durability::Full { acknowledged } else { begun };
        let disk = SimDisk::new(image.clone());
        let store = self.open(&disk);
        let number = self.compare(&store, least, end.min(acknowledged + 1));
        drop(store);
        if depth < DEPTH_MAX && self.random.one_in(4) {
            let commits = self.random.below(if self.course.long { LONG_COMMITS_AFTER } else { COMMITS_AFTER });
            self.cut_a_run(image, number, commits, depth + 1);
        }
    }
}
