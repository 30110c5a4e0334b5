//! What a process leaves that was killed, again and again: after syncs that failed, within the same boot, and within recoveries.

use super::power::empty;
use super::story::{self, Contents, Story};
use crate::adapter::{RedbOptions, RedbStore};
use crate::port::Space;
use crate::testing::random::Random;
use crate::testing::{DiskFault, DiskPlan, Image, SimDisk};

const COMMITS: u64 = 45;
/// How many recoveries in a row are broken off.
const DEPTH: u32 = 3;

/// Lets syncs fail, one or some in a row, loses what they had to write at times, and kills, opens and goes on within the same
/// boot; at the end the power is cut. Says how many images were opened.
///
/// # Panics
/// When a commit is lost or there in part, or a store does not work after its disk does, with the seed.
pub fn run_failing_syncs(seed: u64, rounds: u64) -> u64 {
    let mut random = Random::new(seed);
    (0..rounds).map(|round| Boot::new(random.any(), format!("round {round}, SEED={seed}")).run()).sum()
}

struct Boot {
    disk: SimDisk,
    random: Random,
    /// The contents after each commit that succeeded, and before the first.
    history: Vec<Contents>,
    /// What would be there with one of the commits that failed after each of those.
    doubts: Vec<Vec<Contents>>,
    context: String,
}

impl Boot {
    fn new(seed: u64, context: String) -> Self {
        let (history, doubts) = (vec![Contents::new()], vec![Vec::new()]);
        Self { disk: SimDisk::new(empty()), random: Random::new(seed), history, doubts, context }
    }

    fn run(mut self) -> u64 {
        let mut store = self.open(&self.disk);
        for _ in 0..COMMITS {
            if self.random.one_in(3) {
                let call = self.disk.calls() + 1 + self.random.below(30);
                let lasting = self.random.one_in(4);
                self.disk.follow(Some(DiskPlan { call, fault: DiskFault::Sync, lasting }));
            }
            self.commit(&store);
            if self.random.one_in(2) {
                self.disk.evict(&mut self.random);
                let found = story::contents(&store).expect("reads go on");
                assert!(found == *self.newest(), "{}; {}", self.told(&found), self.context);
            }
            if self.random.one_in(3) {
                self.disk.follow(None);
            }
            if self.random.one_in(5) {
                self.disk.follow(None);
                // A kill: nothing of the process does anything any more, and the system goes on.
                std::mem::forget(store);
                self.disk.evict(&mut self.random);
                store = self.open(&self.disk);
                self.decide(&store);
            }
        }
        std::mem::forget(store);
        self.cut()
    }

    fn newest(&self) -> &Contents {
        self.history.last().expect("invariant: it begins with what was there before the first commit")
    }

    fn open(&self, disk: &SimDisk) -> RedbStore {
        match disk.open(&RedbOptions::default(), false) {
            Ok(store) => store,
            Err(error) => unreachable!("what is left opens: {error}; {}", self.context),
        }
    }

    fn succeeded(&mut self, contents: Contents) {
        self.history.push(contents);
        self.doubts.push(Vec::new());
        self.disk.acknowledge(self.history.len() as u64 - 1);
    }

    fn commit(&mut self, store: &RedbStore) {
        let random = &mut self.random;
        let mut changes: Vec<story::Change> = Vec::new();
        for _ in 0..=random.below(3) {
            // At times more than the log takes, so that it goes to the file at once.
            let len = if random.one_in(8) { 5_000 } else { random.index(300) };
            let key = format!("key {}", random.below(20)).into_bytes();
            changes.push((Space::ALL[random.index(Space::ALL.len())], key, Some(vec![7; len])));
        }
        let newest = (self.history.len() + self.doubts.last().map_or(0, Vec::len)) as u64;
        changes.push((Space::Meta, b"newest".to_vec(), Some(newest.to_le_bytes().to_vec())));
        let mut after = self.newest().clone();
        story::apply(&mut after, &changes);
        let is_in_service = self.disk.is_in_service();
        match story::commit(store, &changes) {
            Ok(()) => self.succeeded(after),
            Err(error) => {
                assert!(!is_in_service, "a sound disk takes a commit: {error}; {}", self.context);
                self.doubts.last_mut().expect("invariant: as many as commits").push(after);
            }
        }
    }

    /// After the end of a process one commit that failed may be there; then it stays.
    fn decide(&mut self, store: &RedbStore) {
        let found = story::contents(store).expect("what is left is read");
        if found != *self.newest() {
            let is_expected = self.doubts.last().is_some_and(|doubts| doubts.contains(&found));
            assert!(is_expected, "{}; {}", self.told(&found), self.context);
            self.succeeded(found);
        }
    }

    /// Cuts the power at some of all points of the run.
    fn cut(&mut self) -> u64 {
        let mut cuts = self.disk.cuts();
        let mut images = 0;
        loop {
            if self.random.one_in(12) {
                let disk = SimDisk::new(cuts.cut(&mut self.random));
                let found = story::contents(&self.open(&disk)).expect("what is left is read");
                let at = usize::try_from(cuts.acknowledged()).expect("invariant: a run in memory");
                let mut expected = self.doubts[at].iter().chain(&self.history[at..(at + 2).min(self.history.len())]);
                assert!(
                    expected.any(|contents| *contents == found),
                    "commit {} is there, {} is acknowledged; {}",
                    story::newest(&found),
                    story::newest(&self.history[at]),
                    self.context
                );
                images += 1;
            }
            if !cuts.advance() {
                return images;
            }
        }
    }

    fn told(&self, found: &Contents) -> String {
        format!("commit {} is there, {} is acknowledged", story::newest(found), story::newest(self.newest()))
    }
}

/// Breaks recoveries off, by kills and by cuts of the power, three deep and anywhere, and says how many there were.
///
/// # Panics
/// When what is recovered at last is not what was acknowledged, with the seed.
pub fn run_broken_recoveries(seed: u64, rounds: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut recoveries = 0;
    for round in 0..rounds {
        let context = format!("round {round}, SEED={seed}");
        let mut story = Story::new(random.any());
        let disk = SimDisk::new(empty());
        let store = open(&disk, &context);
        let commits = 1 + random.below(COMMITS);
        for number in 1..=commits {
            story::commit(&store, &story.changes(number)).expect("a sound disk takes a commit");
        }
        // What the store does when it is dropped, a killed process does not: the image is taken before.
        let mut image = left(&disk, &mut random);
        drop(store);
        for _ in 0..DEPTH {
            let calls = calls_of_a_recovery(&image);
            let disk = SimDisk::new(image);
            disk.follow(Some(DiskPlan { call: 1 + random.below(calls), fault: DiskFault::Io, lasting: true }));
            let opened = disk.open(&RedbOptions::default(), false);
            recoveries += 1;
            image = left(&disk, &mut random);
            drop(opened);
        }
        let found = story::contents(&open(&SimDisk::new(image), &context)).expect("it is read");
        assert!(found == *story.after(commits), "commit {} of {commits} is there; {context}", story::newest(&found));
    }
    recoveries
}

fn open(disk: &SimDisk, context: &str) -> RedbStore {
    match disk.open(&RedbOptions::default(), false) {
        Ok(store) => store,
        Err(error) => unreachable!("what is left opens: {error}; {context}"),
    }
}

fn calls_of_a_recovery(image: &Image) -> u64 {
    let disk = SimDisk::new(image.clone());
    let store = disk.open(&RedbOptions::default(), false).expect("a sound disk is opened");
    let calls = disk.calls();
    drop(store);
    calls
}

/// What a kill leaves, or a cut of the power.
fn left(disk: &SimDisk, random: &mut Random) -> Image {
    if random.one_in(2) {
        return disk.written();
    }
    let mut cuts = disk.cuts();
    while cuts.advance() {}
    cuts.cut(random)
}
