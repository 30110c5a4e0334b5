//! Readers at work while a writer commits without pause: how much both do, and how long the slowest of them take.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::base::Base;
use crate::kernel::Kernel;
use crate::measure::{Result, now, show_ns};
use crate::options::Options;
use crate::rows::{Random, customers};
use crate::sqlite::Sqlite;
use crate::sqlite_write::Writer;

const READERS: u64 = 4;
/// How long each side is watched, first idle and then written to. It lasts over several flushes.
const WATCHED: Duration = Duration::from_secs(8);
/// Customers made ahead of the writer, so that it does nothing but write.
const AHEAD: u64 = 400_000;

/// What one thread did: how long each of its operations took. Unit: nanoseconds.
type Times = Vec<u64>;

/// What a side did while it was watched.
struct Watched {
    reads: Times,
    writes: Times,
}

pub(crate) fn run(_: &Options, base: &Base) -> Result<()> {
    let rows = base.rows;
    let kernel = Kernel::open(&base.kernel_copy("mixed.crm")?)?;
    let sqlite = base.sqlite_copy("mixed.sqlite")?;
    let kernel_read = |thread: u64| -> Result<Reader<'_>> {
        let (session, mut random) = (&kernel, Random::of("mixed", thread));
        Ok(Box::new(move || session.get_each(&[1 + random.below(rows)]).map(drop)))
    };
    let sqlite_read = |thread: u64| -> Result<Reader<'_>> {
        let (connection, mut random) = (Sqlite::open(&sqlite)?, Random::of("mixed", thread));
        Ok(Box::new(move || connection.get_cached(1 + random.below(rows)).map(drop)))
    };
    println!(
        "\n| {READERS} readers by id, {} s | who | reads/s | read p99 | writes/s | write p50 | write p99 | write max |",
        WATCHED.as_secs()
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    print("nobody writes", "crmkernel", watch(kernel_read, None)?);
    print("nobody writes", "SQLite", watch(sqlite_read, None)?);
    for (from, group) in [(rows, 1), (rows + AHEAD, 100)] {
        let title = format!("a writer, {group} creates a commit");
        let customers = customers(from, AHEAD, rows);
        let mut parts = customers.chunks(group);
        let write = || parts.next().map_or_else(gone, |part| kernel.load(part, group).map(drop));
        print(&title, "crmkernel", watch(kernel_read, Some(Box::new(write)))?);
        let writing = Sqlite::open(&sqlite)?;
        let mut writer = Writer::new(&writing.connection)?;
        let mut parts = customers.chunks(group);
        let write = || parts.next().map_or_else(gone, |part| writer.load(part, group).map(drop));
        print(&title, "SQLite", watch(sqlite_read, Some(Box::new(write)))?);
    }
    kernel.close()
}

fn gone() -> Result<()> {
    Err("the writer ran out of customers".into())
}

type Reader<'r> = Box<dyn FnMut() -> Result<()> + 'r>;
type Writes<'w> = Box<dyn FnMut() -> Result<()> + 'w>;

/// Lets the readers read, and the caller's thread write or wait, for the time that each is watched.
fn watch<'r>(reader: impl Fn(u64) -> Result<Reader<'r>> + Sync, write: Option<Writes<'_>>) -> Result<Watched> {
    let (start, over) = (Barrier::new(usize::try_from(READERS)? + 1), AtomicBool::new(false));
    thread::scope(|scope| {
        let (start, over, reader) = (&start, &over, &reader);
        let readers: Vec<_> = (0..READERS)
            .map(|thread| {
                scope.spawn(move || -> Result<Times> {
                    let made = reader(thread);
                    start.wait();
                    let mut read = made?;
                    let mut times = Times::new();
                    while !over.load(Ordering::Relaxed) {
                        times.push(time(&mut *read)?);
                    }
                    Ok(times)
                })
            })
            .collect();
        start.wait();
        let written = write_until_over(write);
        over.store(true, Ordering::Relaxed);
        let mut reads = Times::new();
        for thread in readers {
            reads.extend(thread.join().map_err(|_| "a reader panicked")??);
        }
        Ok(Watched { reads, writes: written? })
    })
}

fn write_until_over(write: Option<Writes<'_>>) -> Result<Times> {
    let begun = now();
    let Some(mut write) = write else {
        thread::sleep(WATCHED);
        return Ok(Times::new());
    };
    let mut times = Times::new();
    while begun.elapsed() < WATCHED {
        times.push(time(&mut *write)?);
    }
    Ok(times)
}

fn time(work: &mut dyn FnMut() -> Result<()>) -> Result<u64> {
    let begun = now();
    work()?;
    Ok(u64::try_from(begun.elapsed().as_nanos())?)
}

fn print(title: &str, who: &str, mut watched: Watched) {
    let seconds = WATCHED.as_secs();
    let Watched { reads, writes } = &mut watched;
    reads.sort_unstable();
    writes.sort_unstable();
    let per_second = |times: &Times| times.len() as u64 / seconds;
    let part = |times: &Times, hundredths: usize| {
        times.get(times.len() * hundredths / 100).copied().map_or("".into(), show_ns)
    };
    println!(
        "| {title} | {who} | {} | {} | {} | {} | {} | {} |",
        per_second(reads),
        part(reads, 99),
        per_second(writes),
        part(writes, 50),
        part(writes, 99),
        writes.last().copied().map_or(String::new(), show_ns),
    );
}
