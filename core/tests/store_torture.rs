//! The store loses nothing: power cuts and errors of the disk, simulated, and real kills.
//!
//! `IMAGES`, `FAULT_STEP` and `ROUNDS` make the runs longer, `SEED` repeats one.
#![expect(clippy::print_stderr, reason = "a long run says how long it was")]

use crm_core::adapter::{Durability, RedbOptions};
use crm_core::port::Store;
use crm_core::testing::random::{from_environment, seed};
use crm_core::testing::torture::{
    FaultCourse, PowerCourse, Story, commit, contents, run_bad_pages, run_broken_recoveries, run_failing_syncs,
    run_faults, run_flips, run_power_cuts,
};
use crm_core::testing::{DiskFault, DiskPlan, SimDisk};

/// How a file of several groups of pages costs more to copy and compare than one of a few pages.
const LONG: u64 = 100;

fn cut(durability: Durability, background: bool, images: u64) {
    let course = PowerCourse { durability, background, long: false, one_in: 1 };
    run(course, from_environment("IMAGES").map_or(images, |all| all / 4));
}

fn cut_long(durability: Durability, images: u64) {
    let images = from_environment("IMAGES").map(|all| all / LONG).unwrap_or(images);
    // A run has some 700 points.
    let one_in = (700 / images.max(1)).max(1);
    run(PowerCourse { durability, background: false, long: true, one_in }, images);
}

fn run(course: PowerCourse, images: u64) {
    eprintln!("{course:?}: {} images", run_power_cuts(course, seed(), images));
}

#[test]
fn no_cut_of_the_power_loses_an_acknowledged_commit() {
    cut(Durability::Full, false, 1500);
}

#[test]
fn no_cut_of_the_power_loses_an_acknowledged_commit_while_a_thread_flushes() {
    cut(Durability::Full, true, 1500);
}

#[test]
fn a_cut_of_the_power_takes_the_last_relaxed_commits_at_most() {
    cut(Durability::Relaxed, false, 500);
    cut(Durability::Relaxed, true, 500);
}

/// Groups of pages get their places, give them up in compactions, and get others.
#[test]
fn no_cut_of_the_power_loses_a_group_of_pages() {
    cut_long(Durability::Full, 25);
    cut_long(Durability::Relaxed, 10);
}

#[test]
fn no_error_of_the_disk_loses_an_acknowledged_commit() {
    for (background, long, step) in [(false, false, 5), (true, false, 9), (false, true, 120)] {
        // Every call of the long story takes as long as many of the other.
        let step = from_environment("FAULT_STEP").map_or(step, |step| if long { step * 10 } else { step });
        eprintln!("{} runs with a fault", run_faults(FaultCourse { step, background, long }, seed()));
    }
}

#[test]
fn a_bit_that_flips_on_its_way_from_the_disk_is_noticed_or_does_nothing() {
    eprintln!("{} runs with a flipped bit", run_flips(seed(), 4));
}

/// A sync of the log that fails once: its commit is not there, then or later, those before are, and the next one works.
#[test]
fn a_log_that_fails_once_costs_one_commit() {
    for (fault, call) in [(DiskFault::Io, 1), (DiskFault::Io, 2), (DiskFault::Full, 1), (DiskFault::Short, 1)] {
        for background in [false, true] {
            let (mut story, disk) = (Story::new(7), SimDisk::default());
            let store = disk.open(&RedbOptions::default(), background).expect("a sound disk takes a database");
            (1..=3).for_each(|number| commit(&store, &story.changes(number)).expect("a sound disk takes a commit"));
            let (_, calls) = disk.plan();
            disk.follow(Some(DiskPlan { call: calls + call, fault, lasting: false }));
            let failed = commit(&store, &[(crm_core::port::Space::Meta, b"lost".to_vec(), Some(b"1".to_vec()))]);
            assert!(failed.is_err(), "{fault:?} of call {call}");
            assert!(contents(&store).expect("readers go on") == *story.after(3));
            (4..=30).for_each(|number| commit(&store, &story.changes(number)).expect("commits go on"));
            let killed = SimDisk::new(disk.written());
            store.close().expect("a mended disk takes the close");
            for disk in [SimDisk::new(disk.written()), killed] {
                let store = disk.open(&RedbOptions::default(), background).expect("what is left opens");
                assert!(contents(&store).expect("it is read") == *story.after(30));
            }
        }
    }
}

/// A sync that fails leaves a system that shows what is not on the disk, until it forgets it: a process that is killed and
/// opened again within the same boot may not build on it, nor may one that goes on.
#[test]
fn no_sync_that_fails_loses_an_acknowledged_commit_in_the_same_boot() {
    let rounds = from_environment("IMAGES").map_or(20, |images| images / 500);
    eprintln!("{} images", run_failing_syncs(seed(), rounds));
}

/// A recovery that is broken off is taken up by the next, however often.
#[test]
fn no_recovery_that_is_broken_off_loses_an_acknowledged_commit() {
    let rounds = from_environment("IMAGES").map_or(60, |images| images / 100);
    eprintln!("{} recoveries were broken off", run_broken_recoveries(seed(), rounds));
}

/// A page that is damaged under a store that is written and read, opened and closed: what is in it is an error, everything
/// else goes on, and what was written since is there, be its place readable or not.
#[test]
fn a_damaged_page_costs_what_lies_in_it() {
    let done = run_bad_pages(seed(), from_environment("PAGES").unwrap_or(15));
    eprintln!("{done:?}");
    assert!(done.gapped > 0 && done.unopened < done.rounds / 2, "{done:?}");
}
