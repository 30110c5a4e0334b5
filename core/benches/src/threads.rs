//! Many threads that each create a customer at a time, durably.

use std::path::Path;
use std::sync::Barrier;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::base::{Base, same_journal};
use crate::kernel::{Kernel, add};
use crate::measure::{Contender, Operation, Result, Sum, Turn, compare, now};
use crate::options::Options;
use crate::rows::{Customer, customers};
use crate::sqlite::Sqlite;
use crate::sqlite_write::Writer;

/// How many threads, and how many creates of each in a turn.
const CROWDS: [(u64, u64); 2] = [(8, 100), (64, 20)];
/// The most creates in one of the committer's transactions, as in the kernel's group commit.
const GROUP_MAX: usize = 256;

pub(crate) fn run(options: &Options, base: &Base) -> Result<()> {
    let rows = base.rows;
    let kernel = Kernel::open(&base.kernel_copy("threads.crm")?)?;
    let alone = Sqlite::open(&base.sqlite_copy("threads-alone.sqlite")?)?;
    let grouped = Sqlite::open(&base.sqlite_copy("threads-grouped.sqlite")?)?;
    let mut from = rows;
    for (threads, creates) in CROWDS {
        let new = |run| -> Vec<Vec<Customer>> {
            (0..threads).map(|thread| customers(from + (run * threads + thread) * creates, creates, rows)).collect()
        };
        let title = format!("{threads} threads, one durable create at a time each");
        let operation = Operation { title, per_turn: threads * creates, warm_up: true };
        let contenders = vec![
            Contender::new("crmkernel", |run| kernel_turn(&kernel, &new(run))),
            Contender::new("SQLite, a connection each", |run| connections_turn(alone.path(), &new(run))),
            Contender::new("SQLite, a group committer", |run| committer_turn(grouped.path(), &new(run))),
        ];
        compare(options.runs, &operation, contenders)?;
        from += (options.runs + 1) * threads * creates;
    }
    same_journal(&kernel, &alone)?;
    same_journal(&kernel, &grouped)?;
    kernel.close()
}

/// Starts a thread for each part, waits until all are ready, and times them to the end of the last.
fn race<T: Send>(parts: Vec<T>, rows: u64, work: impl Fn(T, &Barrier) -> Result<()> + Sync) -> Result<Turn> {
    let start = Barrier::new(parts.len() + 1);
    thread::scope(|scope| {
        let (start, work) = (&start, &work);
        let threads: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || work(part, start))).collect();
        start.wait();
        let begun = now();
        for thread in threads {
            thread.join().map_err(|_| "a thread panicked")??;
        }
        Ok(Turn { elapsed: begun.elapsed(), sum: Sum::of_rows(rows) })
    })
}

fn rows_of(parts: &[Vec<Customer>]) -> u64 {
    parts.iter().map(|rows| rows.len() as u64).sum()
}

fn kernel_turn(kernel: &Kernel, parts: &[Vec<Customer>]) -> Result<Turn> {
    race(parts.iter().collect(), rows_of(parts), |rows: &Vec<Customer>, start| {
        let session = kernel.session();
        start.wait();
        for row in rows {
            session.apply(add(row))?;
        }
        Ok(())
    })
}

fn connections_turn(path: &Path, parts: &[Vec<Customer>]) -> Result<Turn> {
    race(parts.iter().collect(), rows_of(parts), |rows: &Vec<Customer>, start| {
        let opened = Sqlite::open(path);
        start.wait();
        Writer::new(&opened?.connection)?.create_each(rows)?;
        Ok(())
    })
}

type Job<'j> = (&'j Customer, Sender<std::result::Result<(), String>>);

/// One thread that writes for all: it takes what has come in while it committed, and commits that at once.
fn committer_turn(path: &Path, parts: &[Vec<Customer>]) -> Result<Turn> {
    let sqlite = Sqlite::open(path)?;
    let (jobs, queue) = channel::<Job<'_>>();
    thread::scope(|scope| {
        let committer = scope.spawn(move || commit_groups(&sqlite, &queue));
        let count = rows_of(parts);
        let parts = parts.iter().map(|rows| (rows, jobs.clone())).collect();
        drop(jobs);
        let turn = race(parts, count, |(rows, jobs): (&Vec<Customer>, Sender<Job<'_>>), start| {
            let (done, answers) = channel();
            start.wait();
            for row in rows {
                jobs.send((row, done.clone())).map_err(|_| "the committer is gone")?;
                answers.recv()??;
            }
            Ok(())
        });
        committer.join().map_err(|_| "the committer panicked")??;
        turn
    })
}

fn commit_groups(sqlite: &Sqlite, queue: &Receiver<Job<'_>>) -> Result<()> {
    let mut writer = Writer::new(&sqlite.connection)?;
    while let Ok(first) = queue.recv() {
        let group: Vec<Job<'_>> = std::iter::once(first).chain(queue.try_iter().take(GROUP_MAX - 1)).collect();
        let written = writer.transaction(|writer| group.iter().try_for_each(|(row, _)| writer.add_customer(row)));
        let answer = written.map_err(|error| error.to_string());
        for (_, done) in group {
            // A caller that is gone needs no answer.
            let _ = done.send(answer.clone());
        }
    }
    Ok(())
}
