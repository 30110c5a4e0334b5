//! Loading many customers into an empty database.

use std::path::Path;

use crate::base::{Base, remove};
use crate::kernel::Kernel;
use crate::measure::{Contender, Operation, Result, Turn, compare, timed};
use crate::options::Options;
use crate::rows::{Customer, customers};
use crate::sqlite::Sqlite;
use crate::sqlite_write::Writer;

/// Rows in a batch: the best of 1,000, 10,000 and 100,000 for each side, as measured.
const KERNEL_BATCH: usize = 10_000;
const SQLITE_BATCH: usize = 100_000;

pub(crate) fn run(options: &Options, base: &Base) -> Result<()> {
    let rows = customers(0, base.rows, base.rows);
    let operation = Operation {
        title: format!("bulk import of {} customers, per customer", base.rows),
        per_turn: base.rows,
        warm_up: false,
    };
    let contenders = vec![
        Contender::new("crmkernel, apply_many", |_| kernel_turn(base, &rows, Kernel::open)),
        Contender::new("(crmkernel, rules off)", |_| kernel_turn(base, &rows, Kernel::open_without_rules)),
        Contender::new("(the use cases alone: rules, records, keys and journal entries made and forgotten)", |_| {
            let kernel = Kernel::forgetful()?;
            timed(|| kernel.load(&rows, KERNEL_BATCH))
        }),
        Contender::new("SQLite, batches", |_| sqlite_turn(base, &rows, true)),
        Contender::new("SQLite, load then index", |_| sqlite_turn(base, &rows, false)),
    ];
    compare(options.runs, &operation, contenders)
}

fn kernel_turn(base: &Base, rows: &[Customer], open: fn(&Path) -> Result<Kernel>) -> Result<Turn> {
    let path = base.path("bulk.crm");
    remove(&path)?;
    let kernel = open(&path)?;
    let turn = timed(|| kernel.load(rows, KERNEL_BATCH))?;
    expect_entries(kernel.verify()?, rows)?;
    kernel.close()?;
    remove(&path)?;
    Ok(turn)
}

fn sqlite_turn(base: &Base, rows: &[Customer], indexed: bool) -> Result<Turn> {
    let path = base.path("bulk.sqlite");
    remove(&path)?;
    let sqlite = Sqlite::create(&path, indexed)?;
    let turn = timed(|| {
        let sum = Writer::new(&sqlite.connection)?.load(rows, SQLITE_BATCH)?;
        if !indexed {
            sqlite.make_indexes()?;
        }
        Ok(sum)
    })?;
    expect_entries(sqlite.verify()?, rows)?;
    drop(sqlite);
    remove(&path)?;
    Ok(turn)
}

fn expect_entries(found: u64, rows: &[Customer]) -> Result<()> {
    if found == rows.len() as u64 { Ok(()) } else { Err(format!("{found} journal entries after a load").into()) }
}
