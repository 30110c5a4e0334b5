//! Opening after a kill: a child process writes until it is killed, then the time to the first answer is measured.

use std::env;
use std::io::{BufRead, BufReader, Write, stdout};
use std::path::Path;
use std::process::{Command, Stdio};

use crm_core::adapter::RedbOptions;

use crate::base::{Base, remove};
use crate::kernel::Kernel;
use crate::measure::{Contender, Operation, Result, Turn, compare, timed};
use crate::options::Options;
use crate::rows::{code, customers};
use crate::sqlite::Sqlite;
use crate::sqlite_write::Writer;

/// How many creates are acknowledged before the kill.
const CREATES: u64 = 200;
const MORE: u64 = 10_000;

pub(crate) fn run(options: &Options, base: &Base) -> Result<()> {
    let operation = Operation { title: "open after a kill, to the first read".into(), per_turn: 1, warm_up: true };
    let last = [code(base.rows + CREATES - 1)];
    let whole = RedbOptions { check_integrity: true, ..RedbOptions::default() };
    let contenders = vec![
        Contender::new("crmkernel", |_| kernel_turn(base, |path| Kernel::open(path)?.get_by_code_each(&last))),
        Contender::new("SQLite, nothing checked", |_| {
            sqlite_turn(base, |path| Sqlite::open(path)?.get_by_code_each(&last))
        }),
        Contender::new("SQLite, PRAGMA quick_check", |_| {
            sqlite_turn(base, |path| {
                let sqlite = Sqlite::open(path)?;
                let answer: String = sqlite.connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
                if answer == "ok" { sqlite.get_by_code_each(&last) } else { Err(answer.into()) }
            })
        }),
        Contender::new("(crmkernel, check_integrity on)", |_| {
            kernel_turn(base, |path| Kernel::open_with(path, &whole)?.get_by_code_each(&last))
        }),
    ];
    compare(options.runs, &operation, contenders)?;
    after_a_close(options, base)
}

/// Opening what was closed, to the first answer.
fn after_a_close(options: &Options, base: &Base) -> Result<()> {
    let operation = Operation { title: "open after a close, to the first read".into(), per_turn: 1, warm_up: true };
    let first = [code(0)];
    let (ours, theirs) = (base.kernel_copy("closed.crm")?, base.sqlite_copy("closed.sqlite")?);
    let contenders = vec![
        Contender::new("crmkernel", |_| {
            let mut kernel = None;
            let turn = timed(|| kernel.insert(Kernel::open(&ours)?).get_by_code_each(&first))?;
            kernel.map_or(Ok(()), Kernel::close)?;
            Ok(turn)
        }),
        Contender::new("SQLite, nothing checked", |_| {
            let mut sqlite = None;
            timed(|| sqlite.insert(Sqlite::open(&theirs)?).get_by_code_each(&first))
        }),
    ];
    compare(options.runs, &operation, contenders)?;
    remove(&ours)?;
    remove(&theirs)
}

fn kernel_turn(base: &Base, open: impl FnOnce(&Path) -> Result<crate::measure::Sum>) -> Result<Turn> {
    let path = base.kernel_copy("killed.crm")?;
    write_and_kill("kernel", &path, base.rows)?;
    let turn = timed(|| open(&path))?;
    remove(&path)?;
    Ok(turn)
}

fn sqlite_turn(base: &Base, open: impl FnOnce(&Path) -> Result<crate::measure::Sum>) -> Result<Turn> {
    let path = base.sqlite_copy("killed.sqlite")?;
    write_and_kill("sqlite", &path, base.rows)?;
    let turn = timed(|| open(&path))?;
    remove(&path)?;
    Ok(turn)
}

/// Lets a child create customers, and kills it in the midst of its work once enough are acknowledged.
fn write_and_kill(side: &str, path: &Path, rows: u64) -> Result<()> {
    let mut child = Command::new(env::current_exe()?)
        .args(["--child", side, "--rows", &rows.to_string(), "--dir"])
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().ok_or("the child has no output")?;
    let acknowledged = BufReader::new(output).lines().take(usize::try_from(CREATES)?).filter_map(std::io::Result::ok);
    let acknowledged = acknowledged.count() as u64;
    child.kill()?;
    child.wait()?;
    if acknowledged == CREATES { Ok(()) } else { Err(format!("the child ended after {acknowledged} creates").into()) }
}

/// The child's work: creates customers and says so, until it is killed.
pub(crate) fn child(side: &str, path: &Path, rows: u64) -> Result<()> {
    let customers = customers(rows, MORE, rows);
    let each = customers.chunks(1);
    if side == "kernel" {
        let kernel = Kernel::open(path)?;
        return each.into_iter().try_for_each(|one| acknowledge(kernel.create_each(one)));
    }
    let sqlite = Sqlite::open(path)?;
    let mut writer = Writer::new(&sqlite.connection)?;
    each.into_iter().try_for_each(|one| acknowledge(writer.create_each(one)))
}

fn acknowledge(done: Result<crate::measure::Sum>) -> Result<()> {
    done?;
    println!("ok");
    Ok(stdout().flush()?)
}
