//! The check that nothing is left behind: by calls, and by states that are set up and freed.

use std::path::Path;

use super::made;
use super::question::Ask;
use super::scene::Field;
use super::try_out::{Outcome, Tried};
use crate::plugin::watch;

/// How many calls are measured of each hook about an entity and of each calculator.
const CALLS: usize = 10_000;
/// What so many calls may leave with the allocator, for what the process itself takes meanwhile. Unit: bytes.
const LEFT_MAX: u64 = 16 << 10;
/// What they may leave mapped. The allocator takes its room in pieces. Unit: bytes.
const MAPPED_MAX: u64 = 4 << 20;
/// How many states are set up and freed.
const STATES: usize = 6;
/// What each may leave, for what loading itself keeps. Unit: bytes.
const LEFT_BY_STATE_MAX: u64 = 16 << 10;

/// What the process holds.
struct Held {
    heap: u64,
    mapped: u64,
    files: u64,
}

impl Held {
    fn now() -> Self {
        let [heap, mapped, files] = [watch::heap_in_use(), watch::mapped(), watch::open_files()];
        Self { heap: heap.unwrap_or_default(), mapped: mapped.unwrap_or_default(), files: files.unwrap_or_default() }
    }

    /// What work leaves, of two times the less: what leaks does so each time, and what the process takes it takes once.
    fn left_by(work: &mut dyn FnMut()) -> Self {
        let mut once = || {
            let before = Self::now();
            work();
            let after = Self::now();
            Self {
                heap: after.heap.saturating_sub(before.heap),
                mapped: after.mapped.saturating_sub(before.mapped),
                files: after.files.saturating_sub(before.files),
            }
        };
        let (a, b) = (once(), once());
        Self { heap: a.heap.min(b.heap), mapped: a.mapped.min(b.mapped), files: a.files.min(b.files) }
    }
}

/// Runs the check.
pub(super) fn run(library: &Path) -> Outcome {
    if watch::heap_in_use().is_none() {
        return Ok("not looked at: the memory in use is known with glibc on Linux".to_owned());
    }
    let asked = calls(library)?;
    states(library)?;
    Ok(format!("asked {asked} times, set up {} times", 2 * STATES + 1))
}

fn calls(library: &Path) -> Result<usize, String> {
    let tried = Tried::new(library, false)?;
    let stored = tried.family(3);
    let [plain, great, marked] =
        [made::plain, made::great, made::marked].map(|make| move |of: &[Field]| made::record(of, make));
    let all = tried.every(&[&plain, &great, &marked]);
    let mut asked = 0;
    for some in all.chunk_by(|a, b| a.of_what() == b.of_what()) {
        let work = |calls: usize| {
            for ask in some.iter().cycle().take(calls) {
                drop(ask.of(&tried, &stored));
                drop(tried.hook.take_log());
            }
        };
        work(CALLS / 10);
        let left = Held::left_by(&mut || work(CALLS));
        asked += 2 * CALLS + CALLS / 10;
        let what = some.first().map(Ask::of_what).unwrap_or_default();
        if left.files > 0 {
            return Err(format!("{what}: {CALLS} calls left {} open files", left.files));
        }
        if left.heap > LEFT_MAX {
            return Err(format!("{what}: {CALLS} calls left {} bytes in memory", left.heap));
        }
        if left.mapped > MAPPED_MAX {
            return Err(format!("{what}: {CALLS} calls left {} bytes mapped", left.mapped));
        }
    }
    Ok(asked)
}

fn states(library: &Path) -> Outcome {
    let mut failed = None;
    let mut work = || {
        for _ in 0..STATES {
            failed = Tried::new(library, false).err().or(failed.take());
        }
    };
    drop(Tried::new(library, false)?);
    let left = Held::left_by(&mut work);
    match failed {
        Some(why) => Err(why),
        None if left.files > 0 => Err(format!("{STATES} states that were freed left {} open files", left.files)),
        None if left.heap > LEFT_BY_STATE_MAX * STATES as u64 => {
            Err(format!("{STATES} states that were freed left {} bytes in memory", left.heap))
        }
        None => Ok(String::new()),
    }
}
