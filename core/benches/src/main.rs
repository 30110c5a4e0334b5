//! The benchmark: the same logical work on crmkernel and on SQLite, in one run, and the ratios of their medians.
#![expect(clippy::print_stdout, reason = "its output is its product")]

mod audit;
mod base;
mod batches;
mod bulk;
mod classes;
mod floors;
mod growth;
mod json;
mod kernel;
mod kill;
mod measure;
mod mixed;
mod options;
mod plugins;
mod reads;
mod rows;
mod size;
mod sqlite;
mod sqlite_write;
mod threads;
mod void;
mod writes;

use std::env;
use std::fs;
use std::path::Path;

use base::Base;
use measure::Result;
use options::{Options, USAGE};

/// A group of operations that makes its own copies.
type Group = fn(&Options, &Base) -> Result<()>;

fn main() -> Result<()> {
    let options = Options::parse(env::args().skip(1))?;
    if options.help {
        println!("{USAGE}");
        return Ok(());
    }
    match (&options.child, &options.dir) {
        (Some(side), Some(path)) if side == "growth" => growth::child(path, options.rows),
        (Some(side), Some(path)) if side.starts_with("classes ") => {
            classes::child(side.trim_start_matches("classes "), path, &options)
        }
        (Some(side), Some(path)) => kill::child(side, path, options.rows),
        (Some(_), None) => Err("--child needs --dir, the database file".into()),
        (None, Some(dir)) => {
            fs::create_dir_all(dir)?;
            run(&options, dir)
        }
        (None, None) => run(&options, tempfile::tempdir()?.path()),
    }
}

fn run(options: &Options, dir: &Path) -> Result<()> {
    let syncs = if option_env!("LIBSQLITE3_FLAGS").is_some_and(|flags| flags.contains("HAVE_FDATASYNC")) {
        "fdatasync"
    } else {
        "fsync"
    };
    println!(
        "crmkernel {} and SQLite {} (WAL, synchronous=FULL, {syncs}), seed {}, {} runs{}",
        env!("CARGO_PKG_VERSION"),
        rusqlite::version(),
        rows::SEED,
        options.runs,
        if cfg!(debug_assertions) { ", NOT OPTIMISED: build with --release" } else { "" },
    );
    if options.only.as_deref() == Some("growth") {
        return growth::run(options, dir);
    }
    if options.only.as_deref() == Some("classes") {
        return classes::run(options, &Base::unloaded(dir, options.rows));
    }
    if options.only.as_deref() == Some("bulk") {
        measure::print_head();
        return bulk::run(options, &Base::unloaded(dir, options.rows));
    }
    if options.only.as_deref() == Some("plugins") {
        measure::print_head();
        return plugins::run(options, &Base::unloaded(dir, options.rows));
    }
    let base = Base::load(dir, options.rows)?;
    measure::print_head();
    if ["get", "due", "owner", "count", "scan"].iter().any(|name| options.wants(name)) {
        reads::run(options, &base)?;
    }
    if ["create", "update"].iter().any(|name| options.wants(name)) {
        writes::run(options, &base)?;
    }
    let groups: [(&str, Group); 9] = [
        ("floors", floors::run),
        ("threads", threads::run),
        ("batches", batches::run),
        ("kill", kill::run),
        ("bulk", bulk::run),
        ("mixed", mixed::run),
        ("size", size::run),
        ("plugins", plugins::run),
        ("classes", classes::run),
    ];
    groups.iter().filter(|(name, _)| options.wants(name)).try_for_each(|(_, group)| group(options, &base))
}
