//! Batches of 1,000 creates and of 1,000 updates, one after the other, so that the flushes and checkpoints behind them
//! are part of the time.

use crate::base::{Base, same_journal};
use crate::kernel::Kernel;
use crate::measure::{Contender, Operation, Result, Sum, compare, timed};
use crate::options::Options;
use crate::rows::{customers, edits};
use crate::sqlite::Sqlite;
use crate::sqlite_write::Writer;

/// Rows in a batch, and batches in a turn: about 100 MB of changes each turn, several times what either log holds.
const ROWS: u64 = 1_000;
const BATCHES: u64 = 60;

pub(crate) fn run(options: &Options, base: &Base) -> Result<()> {
    let rows = base.rows;
    let kernel = Kernel::open(&base.kernel_copy("batches.crm")?)?;
    let free = Kernel::open_without_rules(&base.kernel_copy("batches-free.crm")?)?;
    let sqlite = Sqlite::open(&base.sqlite_copy("batches.sqlite")?)?;
    let batch = usize::try_from(ROWS)?;
    let (per_turn, sum) = (ROWS * BATCHES, Sum::of_rows(ROWS * BATCHES));
    let new = |run| customers(rows + run * per_turn, per_turn, rows);
    let operation = Operation { title: "batches of 1000 creates, per create".into(), per_turn, warm_up: true };
    let contenders = vec![
        Contender::new("crmkernel", |run| {
            let rows = new(run);
            timed(|| kernel.load(&rows, batch))
        }),
        Contender::new("SQLite", |run| {
            let (rows, mut writer) = (new(run), Writer::new(&sqlite.connection)?);
            timed(|| writer.load(&rows, batch))
        }),
        Contender::new("(crmkernel, rules off)", |run| {
            let rows = new(run);
            timed(|| free.load(&rows, batch))
        }),
    ];
    compare(options.runs, &operation, contenders)?;
    let operation = Operation { title: "batches of 1000 updates, per update".into(), per_turn, warm_up: true };
    let contenders = vec![
        Contender::new("crmkernel", |run| {
            let edits = edits(run, per_turn, rows);
            timed(|| edits.chunks(batch).try_for_each(|part| kernel.update_together(part)).map(|()| sum))
        }),
        Contender::new("SQLite", |run| {
            let (edits, mut writer) = (edits(run, per_turn, rows), Writer::new(&sqlite.connection)?);
            timed(|| edits.chunks(batch).try_for_each(|part| writer.update_together(part)).map(|()| sum))
        }),
        Contender::new("(crmkernel, rules off)", |run| {
            let edits = edits(run, per_turn, rows);
            timed(|| edits.chunks(batch).try_for_each(|part| free.update_together(part)).map(|()| sum))
        }),
    ];
    compare(options.runs, &operation, contenders)?;
    same_journal(&kernel, &sqlite)?;
    same_journal(&free, &sqlite)?;
    free.close()?;
    kernel.close()
}
