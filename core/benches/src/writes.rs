//! Writing one record at a time, each durable when the call returns.

use crate::base::{Base, same_journal};
use crate::kernel::Kernel;
use crate::measure::{Contender, Operation, Result, compare, timed};
use crate::options::Options;
use crate::rows::{customers, edits};
use crate::sqlite::Sqlite;
use crate::sqlite_write::Writer;

const WRITES: u64 = 300;

pub(crate) fn run(options: &Options, base: &Base) -> Result<()> {
    let rows = base.rows;
    let kernel = Kernel::open(&base.kernel_copy("writes.crm")?)?;
    let free = Kernel::open_without_rules(&base.kernel_copy("writes-free.crm")?)?;
    let sqlite = Sqlite::open(&base.sqlite_copy("writes.sqlite")?)?;
    let new = |run| customers(rows + run * WRITES, WRITES, rows);
    if options.wants("create") {
        let operation = Operation { title: "one durable create".into(), per_turn: WRITES, warm_up: true };
        let contenders = vec![
            Contender::new("crmkernel", |run| {
                let rows = new(run);
                timed(|| kernel.create_each(&rows))
            }),
            Contender::new("SQLite", |run| {
                let (rows, mut writer) = (new(run), Writer::new(&sqlite.connection)?);
                timed(|| writer.create_each(&rows))
            }),
            Contender::new("(crmkernel, rules off)", |run| {
                let rows = new(run);
                timed(|| free.create_each(&rows))
            }),
        ];
        compare(options.runs, &operation, contenders)?;
    }
    if options.wants("update") {
        let operation = Operation { title: "one durable update of 3 fields".into(), per_turn: WRITES, warm_up: true };
        let contenders = vec![
            Contender::new("crmkernel", |run| {
                let edits = edits(run, WRITES, rows);
                timed(|| kernel.update_each(&edits))
            }),
            Contender::new("SQLite", |run| {
                let (edits, mut writer) = (edits(run, WRITES, rows), Writer::new(&sqlite.connection)?);
                timed(|| writer.update_each(&edits))
            }),
            Contender::new("(crmkernel, rules off)", |run| {
                let edits = edits(run, WRITES, rows);
                timed(|| free.update_each(&edits))
            }),
        ];
        compare(options.runs, &operation, contenders)?;
    }
    same_journal(&kernel, &sqlite)?;
    same_journal(&free, &sqlite)?;
    free.close()?;
    kernel.close()
}
