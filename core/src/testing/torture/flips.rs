//! Bits that flip on their way from the disk: an error or the right answer, and nothing of it stays.

use super::power::empty;
use super::story::{self, Story};
use crate::adapter::RedbOptions;
use crate::error::{ErrorKind, Result};
use crate::testing::random::Random;
use crate::testing::{DiskFault, DiskPlan, Image, SimDisk};

const COMMITS: u64 = 45;

/// Flips a bit in each read of an opening and of reading everything, once and for good, and says how many runs there were. The
/// story differs from round to round.
///
/// # Panics
/// When what is read is wrong, or stays so, with the seed of the run.
pub fn run_flips(seed: u64, rounds: u64) -> u64 {
    let mut random = Random::new(seed);
    (0..rounds).map(|_| run_round(random.any(), &format!("SEED={seed}"))).sum()
}

fn run_round(round: u64, seed: &str) -> u64 {
    let mut story = Story::new(round);
    let mut runs = 0;
    for (name, image) in [("killed", written(&story, false)), ("closed", written(&story, true))] {
        let sound = SimDisk::new(image.clone());
        open_and_read(&sound).expect("a sound disk is read");
        for call in 1..=sound.calls() {
            for lasting in [false, true] {
                let disk = SimDisk::new(image.clone());
                disk.follow(Some(DiskPlan { call, fault: DiskFault::Flip, lasting }));
                check(&disk, lasting, &mut story, &format!("call {call}, lasting {lasting}, {name}, {seed}"));
                runs += 1;
            }
        }
    }
    runs
}

fn written(story: &Story, close: bool) -> Image {
    let disk = SimDisk::new(empty());
    let store = disk.open(&RedbOptions::default(), false).expect("a sound disk is opened");
    for number in 1..=COMMITS {
        story::commit(&store, &story.changes(number)).expect("a sound disk takes a commit");
    }
    let killed = disk.written();
    drop(store);
    if close { disk.written() } else { killed }
}

fn open_and_read(disk: &SimDisk) -> Result<story::Contents> {
    let store = disk.open(&RedbOptions::default(), false)?;
    story::contents(&store)
}

fn check(disk: &SimDisk, lasting: bool, story: &mut Story, context: &str) {
    match open_and_read(disk) {
        Ok(found) => {
            assert!(found == *story.after(COMMITS), "commit {} is there; {context}", story::newest(&found));
        }
        Err(error) => {
            let allowed = [ErrorKind::Corrupt, ErrorKind::NotADatabase, ErrorKind::NewerVersion, ErrorKind::Io];
            assert!(allowed.contains(&error.kind()), "{:?}: {error}; {context}", error.kind());
        }
    }
    if !lasting {
        let found = open_and_read(&SimDisk::new(disk.written()));
        assert!(found.is_ok_and(|found| found == *story.after(COMMITS)), "it was once, and did harm; {context}");
    }
}
