//! Errors of the disk at every call: what was acknowledged stays, what failed is not seen, and nothing is there in part.

use std::time::Duration;

use super::power::empty;
use super::story::{self, Contents, Story};
use crate::adapter::{RedbOptions, RedbStore};
use crate::port::Store;
use crate::testing::random::Random;
use crate::testing::{DiskFault, DiskPlan, Image, SimDisk};

/// Which calls fail.
#[derive(Debug, Clone, Copy)]
pub struct FaultCourse {
    /// Every how many calls one is made to fail, from a random one on; 1 for each.
    pub step: u64,
    /// Whether a thread of its own flushes; only without it does a seed repeat a run exactly.
    pub background: bool,
    /// Whether values are so long that the file has several groups of pages.
    pub long: bool,
}

const COMMITS: u64 = 45;
const LONG_COMMITS: u64 = 12;

/// What may be in the store.
struct Expected {
    acknowledged: Contents,
    /// What would be there with one of the commits that failed since the last one that did not.
    in_doubt: Vec<Contents>,
}

struct Run<'t> {
    course: FaultCourse,
    disk: SimDisk,
    random: Random,
    expected: Expected,
    context: &'t str,
}

/// Makes calls of the disk fail, each kind of failure once and from then on, and says how many runs there were.
///
/// # Panics
/// When a commit is lost, seen though it failed, or there in part, with the seed of the run.
pub fn run_faults(course: FaultCourse, seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let story_seed = random.any();
    let story = if course.long { Story::long(story_seed) } else { Story::new(story_seed) };
    let run_seed = random.any();
    let sound = SimDisk::new(empty());
    run(course, run_seed, sound.clone(), &story, "without a fault");
    let calls = sound.calls();
    let mut runs = 0;
    for fault in [DiskFault::Io, DiskFault::Full, DiskFault::Short, DiskFault::Panic, DiskFault::Flip] {
        // One that lasts is damage of the file.
        for lasting in [false, true].into_iter().filter(|lasting| !lasting || fault != DiskFault::Flip) {
            let mut call = 1 + random.below(course.step);
            while call <= calls {
                let plan = DiskPlan { call, fault, lasting };
                let disk = SimDisk::new(empty());
                disk.follow(Some(plan));
                run(course, run_seed, disk, &story, &format!("{plan:?}, {course:?}, SEED={seed}"));
                runs += 1;
                call += course.step;
            }
        }
    }
    runs
}

fn run(course: FaultCourse, seed: u64, disk: SimDisk, story: &Story, context: &str) {
    let expected = Expected { acknowledged: Contents::new(), in_doubt: Vec::new() };
    let mut run = Run { course, disk, random: Random::new(seed), expected, context };
    let mut store = run.open();
    let commits = if course.long { LONG_COMMITS } else { COMMITS };
    for number in 1..=commits {
        run.commit(store.as_ref(), &story.changes(number));
        if number == commits / 3 || number == commits {
            run.compact(store.as_ref());
            run.look_around(store.as_ref());
        }
        if number == commits / 2 {
            store = run.reopen(store);
        }
    }
    run.reopen(store);
}

impl Run<'_> {
    fn open(&mut self) -> Option<RedbStore> {
        self.disk.open(&RedbOptions::default(), self.course.background).ok()
    }

    fn commit(&mut self, store: Option<&RedbStore>, changes: &[story::Change]) {
        let Some(store) = store else { return };
        let mut after = self.expected.acknowledged.clone();
        story::apply(&mut after, changes);
        let is_in_service = self.disk.is_in_service();
        match story::commit(store, changes) {
            Ok(()) => self.expected = Expected { acknowledged: after, in_doubt: Vec::new() },
            Err(error) => {
                assert!(!is_in_service, "a sound disk takes a commit: {error}; {}", self.context);
                self.expected.in_doubt.push(after);
            }
        }
        self.read(store);
    }

    /// Readers see what is acknowledged. A disk that fails no more than once in a call keeps nobody from it.
    fn read(&self, store: &RedbStore) {
        let is_in_service = self.disk.is_in_service();
        match story::contents(store) {
            Ok(shown) => {
                assert!(shown == self.expected.acknowledged, "what is acknowledged is there; {}", self.context)
            }
            Err(error) => assert!(!is_in_service, "a sound disk is read: {error}; {}", self.context),
        }
    }

    /// Compacts, which may fail and changes nothing that is shown.
    fn compact(&mut self, store: Option<&RedbStore>) {
        let Some(store) = store else { return };
        let is_in_service = self.disk.is_in_service();
        if let Err(error) = store.compact(Duration::ZERO) {
            assert!(!is_in_service, "a sound disk is compacted: {error}; {}", self.context);
        }
        self.read(store);
    }

    /// Asks what else reads the file; it may fail, but no panic gets out.
    fn look_around(&self, store: Option<&RedbStore>) {
        let Some(store) = store else { return };
        let is_in_service = self.disk.is_in_service();
        let answers = [store.statistics(true).map(drop), store.check(Duration::ZERO).map(drop)];
        for answer in answers {
            assert!(!is_in_service || answer.is_ok(), "a sound disk is looked at: {answer:?}; {}", self.context);
        }
    }

    /// Ends the store in one way or another, mends the disk, and opens what is there then.
    fn reopen(&mut self, store: Option<RedbStore>) -> Option<RedbStore> {
        let killed = self.random.one_in(3).then(|| self.disk.written());
        if let Some(store) = store {
            if self.random.one_in(2) {
                // It may fail, and what is acknowledged is there nevertheless.
                let _ = store.close();
            }
            drop(store);
        }
        let image = self.left(killed);
        let fault_is_to_come = self.disk.is_sound();
        let (plan, calls) = self.disk.plan();
        self.disk = SimDisk::new(image);
        let store = match self.disk.open(&RedbOptions::default(), self.course.background) {
            Ok(store) => store,
            Err(error) => unreachable!("a mended disk is opened: {error}; {}", self.context),
        };
        self.compare(&store);
        if fault_is_to_come {
            self.disk.follow(plan.map(|plan| DiskPlan { call: plan.call - calls + self.disk.calls(), ..plan }));
        }
        Some(store)
    }

    /// What the process, or the loss of power, leaves. When a sync of the file itself failed it is only that the power is
    /// lost: the operating system may go on showing what never reaches the disk, and no program can tell.
    fn left(&mut self, killed: Option<Image>) -> Image {
        let file_is_sound = !self.disk.lost_a_sync_of_the_file();
        match killed {
            Some(image) if file_is_sound => image,
            None if file_is_sound && self.random.one_in(2) => self.disk.written(),
            _ => {
                let mut cuts = self.disk.cuts();
                while cuts.advance() {}
                cuts.cut(&mut self.random)
            }
        }
    }

    fn compare(&mut self, store: &dyn Store) {
        let found = story::contents(store).expect("a mended disk is read");
        let is_expected = found == self.expected.acknowledged || self.expected.in_doubt.contains(&found);
        assert!(
            is_expected,
            "commit {} is there, {} is acknowledged, {} are in doubt; {}",
            story::newest(&found),
            story::newest(&self.expected.acknowledged),
            self.expected.in_doubt.len(),
            self.context
        );
        self.expected = Expected { acknowledged: found, in_doubt: Vec::new() };
    }
}
