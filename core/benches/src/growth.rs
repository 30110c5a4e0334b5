//! How the cost of a point operation and the memory grow with the database: a process of its own for every size.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::base::{BATCH, remove};
use crate::kernel::Kernel;
use crate::measure::{Result, Sum, median, now, show_ns};
use crate::options::Options;
use crate::rows::{Random, code, customers, edits};

const SIZES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
const GETS: u64 = 20_000;
const WRITES: u64 = 300;
const TURNS: u64 = 5;

/// Sizes up to `--rows`, but at least the first.
pub(crate) fn run(options: &Options, dir: &Path) -> Result<()> {
    println!(
        "| customers | load, per row | file | get by id | get by code | durable update | durable create | peak memory |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    for rows in SIZES.into_iter().filter(|rows| *rows <= options.rows.max(SIZES[0])) {
        let path = dir.join(format!("growth-{rows}.crm"));
        let child = Command::new(env::current_exe()?)
            .args(["--child", "growth", "--rows", &rows.to_string(), "--dir"])
            .arg(&path)
            .status()?;
        remove(&path)?;
        if !child.success() {
            return Err(format!("the run with {rows} customers failed").into());
        }
    }
    Ok(())
}

/// The child's work: loads, closes, opens again, measures and prints its line.
pub(crate) fn child(path: &Path, rows: u64) -> Result<()> {
    remove(path)?;
    let kernel = Kernel::open(path)?;
    let mut load_ns = 0;
    for from in (0..rows).step_by(BATCH) {
        let part = customers(from, (rows - from).min(BATCH as u64), rows);
        load_ns += time(|| kernel.load(&part, BATCH))?;
    }
    kernel.close()?;
    let size = fs::metadata(path)?.len() / 1_000_000;
    let kernel = Kernel::open(path)?;
    let mut random = Random::of("growth", rows);
    let mut ids = || -> Vec<u64> { (0..GETS).map(|_| random.below(rows)).collect() };
    let get = turns(GETS, |_| {
        let ids: Vec<u64> = ids().into_iter().map(|id| id + 1).collect();
        time(|| kernel.get_each(&ids))
    })?;
    let by_code = turns(GETS, |_| {
        let codes: Vec<String> = ids().into_iter().map(code).collect();
        time(|| kernel.get_by_code_each(&codes))
    })?;
    let update = turns(WRITES, |turn| {
        let edits = edits(turn, WRITES, rows);
        time(|| kernel.update_each(&edits))
    })?;
    let create = turns(WRITES, |turn| {
        let rows = customers(rows + turn * WRITES, WRITES, rows);
        time(|| kernel.create_each(&rows))
    })?;
    kernel.close()?;
    let peak = peak_memory_mb().map_or("unknown".to_owned(), |mb| format!("{mb} MB"));
    println!(
        "| {rows} | {} | {size} MB | {} | {} | {} | {} | {peak} |",
        show_ns(load_ns / rows),
        show_ns(get),
        show_ns(by_code),
        show_ns(update),
        show_ns(create),
    );
    Ok(())
}

/// The median of the turns, for one operation. A first turn goes uncounted.
fn turns(per_turn: u64, mut work: impl FnMut(u64) -> Result<u64>) -> Result<u64> {
    work(0)?;
    let times = (1..=TURNS).map(&mut work).collect::<Result<Vec<u64>>>()?;
    Ok(median(&times) / per_turn)
}

fn time(work: impl FnOnce() -> Result<Sum>) -> Result<u64> {
    let begun = now();
    work()?;
    Ok(u64::try_from(begun.elapsed().as_nanos())?)
}

/// The most memory that the process ever held; `None` where the system does not say.
pub(crate) fn peak_memory_mb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb / 1_000)
}
