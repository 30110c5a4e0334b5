//! How large the files are: as loaded, and after `compact` against `VACUUM`.
#![expect(clippy::print_stdout, reason = "its output is its product")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use crm_core::adapter::{RedbOptions, RedbStore};
use crm_core::port::Store;
use rusqlite::Connection;

use crate::base::Base;
use crate::measure::{Result, now};
use crate::options::Options;

/// Compacts a copy of either file and prints the sizes.
pub(crate) fn run(_: &Options, base: &Base) -> Result<()> {
    let (ours, theirs) = (base.kernel_copy("size.crm")?, base.sqlite_copy("size.sqlite")?);
    let (ours_before, theirs_before) = (len(&ours)?, len(&theirs)?);
    let begun = now();
    let store = RedbStore::open(&ours, &RedbOptions::default())?;
    let opened = begun.elapsed();
    store.compact(Duration::ZERO)?;
    let compacted = begun.elapsed() - opened;
    for space in store.statistics(true)?.spaces {
        println!("{space:?}");
    }
    store.close()?;
    let begun = now();
    let connection = Connection::open(&theirs)?;
    connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
    drop(connection);
    let vacuumed = begun.elapsed();
    let (ours_after, theirs_after) = (len(&ours)?, len(&theirs)?);
    println!("| file size, bytes | crmkernel | SQLite | ratio in hundredths |");
    println!("|---|---|---|---|");
    println!("| as loaded | {ours_before} | {theirs_before} | {} |", ours_before * 100 / theirs_before);
    println!(
        "| after compact, {} ms, and VACUUM, {} ms | {ours_after} | {theirs_after} | {} |",
        compacted.as_millis(),
        vacuumed.as_millis(),
        ours_after * 100 / theirs_after
    );
    Ok(())
}

fn len(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path)?.len())
}
