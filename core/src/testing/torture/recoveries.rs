//! What a process leaves that was killed, again and again: after syncs that failed, within the same boot, and within recoveries.

use super::power::empty;
use super::story::{self, Contents, Story};
use crate::adapter::{RedbOptions, RedbStore};
use crate::port::Store;
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
    story: Story,
    random: Random,
    acknowledged: Contents,
    in_doubt: Vec<Contents>,
    /// The number of the last commit that was tried.
    number: u64,
    context: String,
}

impl Boot {
    fn new(seed: u64, context: String) -> Self {
        Self {
            disk: SimDisk::new(empty()),
            story: Story::new(seed),
            random: Random::new(seed ^ 1),
            acknowledged: Contents::new(),
            in_doubt: Vec::new(),
            number: 0,
            context,
        }
    }

    fn run(mut self) -> u64 {
        let mut store = self.open();
        for _ in 0..COMMITS {
            self.commit(&store);
            if self.random.one_in(4) {
                self.disk.evict(&mut self.random);
                self.compare(&store);
            }
            if self.random.one_in(6) {
                let call = self.disk.calls() + 1 + self.random.below(25);
                let lasting = self.random.one_in(3);
                self.disk.follow(Some(DiskPlan { call, fault: DiskFault::Sync, lasting }));
            }
            if self.random.one_in(5) {
                self.disk.follow(None);
            }
            if self.random.one_in(9) {
                self.disk.follow(None);
                // A kill: nothing of the process does anything any more, and the system goes on.
                std::mem::forget(store);
                self.disk.evict(&mut self.random);
                store = self.open();
                // What was in doubt is decided now.
                self.acknowledged = self.compare_left(&store);
                self.in_doubt.clear();
            }
        }
        std::mem::forget(store);
        let mut cuts = self.disk.cuts();
        while cuts.advance() {}
        let mut images = 0;
        for _ in 0..3 {
            let disk = SimDisk::new(cuts.cut(&mut self.random));
            let store = self.open_on(&disk);
            self.compare_left(&store);
            images += 1;
        }
        images
    }

    fn open(&self) -> RedbStore {
        self.open_on(&self.disk)
    }

    fn open_on(&self, disk: &SimDisk) -> RedbStore {
        match disk.open(&RedbOptions::default(), false) {
            Ok(store) => store,
            Err(error) => unreachable!("what is left opens: {error}; {}", self.context),
        }
    }

    fn commit(&mut self, store: &RedbStore) {
        self.number += 1;
        let changes = self.story.changes(self.number);
        let mut after = self.acknowledged.clone();
        story::apply(&mut after, &changes);
        let is_in_service = self.disk.is_in_service();
        match story::commit(store, &changes) {
            Ok(()) => {
                self.acknowledged = after;
                self.in_doubt.clear();
            }
            Err(error) => {
                assert!(!is_in_service, "a sound disk takes a commit: {error}; {}", self.context);
                self.in_doubt.push(after);
            }
        }
    }

    fn compare(&self, store: &RedbStore) {
        let found = story::contents(store).expect("reads go on");
        assert!(found == self.acknowledged, "{}; {}", self.told(&found), self.context);
    }

    /// After the end of a process a commit that failed may be there.
    fn compare_left(&self, store: &RedbStore) -> Contents {
        let found = story::contents(store).expect("what is left is read");
        let is_expected = found == self.acknowledged || self.in_doubt.contains(&found);
        assert!(is_expected, "{}; {}", self.told(&found), self.context);
        found
    }

    fn told(&self, found: &Contents) -> String {
        format!("commit {} is there, {} is acknowledged", story::newest(found), story::newest(&self.acknowledged))
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
        std::mem::forget(store);
        let mut image = left(&disk, &mut random);
        for _ in 0..DEPTH {
            let calls = calls_of_a_recovery(&image);
            let disk = SimDisk::new(image);
            disk.follow(Some(DiskPlan { call: 1 + random.below(calls), fault: DiskFault::Io, lasting: true }));
            if let Ok(store) = disk.open(&RedbOptions::default(), false) {
                std::mem::forget(store);
            }
            recoveries += 1;
            image = left(&disk, &mut random);
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
    std::mem::forget(store);
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
