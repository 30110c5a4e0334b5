//! The store loses nothing: power cuts and errors of the disk, simulated, and real kills.
//!
//! `IMAGES`, `FAULT_STEP` and `ROUNDS` make the runs longer, `SEED` repeats one.
#![expect(clippy::print_stderr, reason = "a long run says how long it was")]

use crm_core::adapter::Durability;
use crm_core::testing::random::{from_environment, seed};
use crm_core::testing::torture::{FaultCourse, PowerCourse, run_faults, run_power_cuts};

fn cut(durability: Durability, background: bool, images: u64) {
    let images = from_environment("IMAGES").map_or(images, |all| all / 4);
    let done = run_power_cuts(PowerCourse { durability, background }, seed(), images);
    eprintln!("{done} images");
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

#[test]
fn no_error_of_the_disk_loses_an_acknowledged_commit() {
    for (background, step) in [(false, 5), (true, 9)] {
        let step = from_environment("FAULT_STEP").unwrap_or(step);
        eprintln!("{} runs with a fault", run_faults(FaultCourse { step, background }, seed()));
    }
}
