//! Whether the store loses anything: runs of commits on a simulated disk, cut or made to fail at every point.

mod bad_pages;
mod faults;
mod flips;
mod mutation;
mod power;
mod recoveries;
mod story;

pub use bad_pages::{BadPages, run_bad_pages};
pub use faults::{FaultCourse, run_faults};
pub use flips::run_flips;
pub use mutation::{Others, mutate, seal};
pub use power::{PowerCourse, run_power_cuts};
pub use recoveries::{run_broken_recoveries, run_failing_syncs};
pub use story::{Change, Contents, Story, commit, contents};
