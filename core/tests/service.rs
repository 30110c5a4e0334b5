//! The store stays in service: after a full disk, beside a page that is damaged, beside readers that are stopped.
//!
//! One flipped bit, one full disk or one reader that was stopped had taken a whole database out of service: after the first
//! error of its file redb answers nothing any more, and its header was locked without a limit of time. The stories of
//! these tests are those that showed it. `ROUNDS` makes them longer.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]
#![expect(
    clippy::disallowed_methods,
    reason = "the tests damage files, and tell their children by the environment what to do"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command as Process, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crm_core::adapter::RedbOptions;
use crm_core::domain::{Actor, Command, EntityKind, FIELD_ID, Fields, Instant, Level, Value, ValueRef, customer};
use crm_core::port::{Order, Store};
use crm_core::testing::random::from_environment;
use crm_core::testing::{DiskFault, DiskPlan, FixedClock, SimDisk};
use crm_core::{Atomicity, Config, Crm, Error, ErrorKind, Op, Query, Session};

const READ_PATH: &str = "CRMKERNEL_TEST_STOPPED_READER";

fn config() -> Config {
    Config::new(Arc::new(FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap())))
}

fn manager(crm: &Crm) -> Session {
    crm.session(Actor { name: "u.wang".into(), level: Level::Manage }).unwrap()
}

fn options(read_only: bool) -> RedbOptions {
    RedbOptions { busy_timeout: Duration::from_secs(1), read_only, ..RedbOptions::default() }
}

fn open(path: &Path, read_only: bool) -> Session {
    manager(&Crm::open_file(path, &options(read_only), config()).unwrap())
}

fn customer(code: &str, note_len: usize) -> Command {
    let changes = BTreeMap::from([
        (customer::field::name, Some(Value::Text("王五".into()))),
        (customer::field::code, Some(Value::Text(code.into()))),
        (customer::field::note, Some(Value::Text("n".repeat(note_len)))),
    ]);
    Command::Add { entity: EntityKind::Customer, changes }
}

fn add(session: &Session, code: &str, note_len: usize) -> crm_core::Result<u64> {
    Ok(session.apply(customer(code, note_len))?.record.unwrap().id())
}

fn add_many(session: &Session, codes: impl Iterator<Item = String>, note_len: usize) -> crm_core::Result<()> {
    let commands = codes.map(|code| customer(&code, note_len)).collect();
    session.apply_many(commands, Atomicity::All).map(drop)
}

fn code_of(session: &Session, id: u64) -> crm_core::Result<Option<String>> {
    let record = session.get(EntityKind::Customer, id)?;
    Ok(record.and_then(|record| match record.get(customer::field::code) {
        Some(ValueRef::Text(code)) => Some(code.to_owned()),
        _ => None,
    }))
}

fn count(session: &Session) -> u64 {
    session.count(&Query::new(EntityKind::Customer)).unwrap()
}

/// The ids of the customers from one on that a list gives, which goes on after each error.
fn listed(session: &Session, field: u16, order: Order, from: u64) -> Vec<u64> {
    let query = Query::new(EntityKind::Customer).order_by(field, order);
    let query = if from > 1 { query.filter(FIELD_ID, Op::Ge, Value::Int(i64::try_from(from).unwrap())) } else { query };
    let (mut cursor, mut ids, mut errors) = (session.find(&query).unwrap(), Vec::new(), 0);
    loop {
        match cursor.step() {
            Ok(Some(record)) => ids.push(record.id()),
            Ok(None) => break,
            Err(error) => {
                errors += 1;
                assert!(error.kind() == ErrorKind::Corrupt && errors < 100, "{error}");
            }
        }
    }
    assert!(errors > 0, "the page is met");
    ids.sort_unstable();
    ids
}

/// A disk that was full answered an import with `DiskFull`; afterwards, with room on it, none of 330 reads and none of 2,000
/// commits worked, no check and no backup, until the database was opened again. Now each works at the next call.
#[test]
fn a_disk_that_was_full_and_has_room_again_is_as_if_it_had_never_been() {
    for background in [false, true] {
        let disk = SimDisk::default();
        let store = Arc::new(disk.open(&RedbOptions::default(), background).unwrap());
        let session = manager(&Crm::open(Arc::clone(&store) as Arc<dyn Store>, config()).unwrap());
        let mut codes: Vec<String> = (0..60).map(|n| format!("c{n}")).collect();
        for code in &codes {
            add(&session, code, 200).unwrap();
        }
        for round in 0..3 {
            let (_, calls) = disk.plan();
            disk.follow(Some(DiskPlan { call: calls + 1, fault: DiskFault::Full, lasting: true }));
            let batch = |n: usize| (0..8).map(move |m| format!("full {round} {n} {m}"));
            let refused: Vec<Error> = (0..6).filter_map(|n| add_many(&session, batch(n), 900).err()).collect();
            assert_eq!(refused.len(), 6, "each is longer than the log takes, and there is no room in the file");
            assert!(refused.iter().all(|error| error.kind() == ErrorKind::DiskFull), "{refused:?}");
            assert!((1..60).all(|id| code_of(&session, id).unwrap().is_some()), "reads go on while it is full");
            // The check of the store brings the log into the file, for which there is no room; the rest of it reads alone.
            let report = session.verify().unwrap();
            assert_eq!((report.problems, report.store_checked), (vec![], false));
            disk.follow(None);

            let code = format!("after {round}");
            add(&session, &code, 200).unwrap();
            codes.push(code);
            add_many(&session, batch(9), 900).unwrap();
            codes.extend(batch(9));
            assert_eq!(count(&session), codes.len() as u64, "what was refused is not there");
            let report = session.verify().unwrap();
            assert_eq!((report.problems, report.store_checked), (vec![], true));
            session.compact(Duration::ZERO).unwrap();
            session.statistics(true).unwrap();
            session.backup_stream(&mut Vec::new(), &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        }
        session.crm().close().unwrap();
        let again = disk.open(&RedbOptions::default(), background).unwrap();
        let session = manager(&Crm::open(Arc::new(again), config()).unwrap());
        assert_eq!(count(&session), codes.len() as u64);
        assert_eq!(session.verify().unwrap().problems, []);
    }
}

/// Makes a database of customers c1 to c5000, and closes it.
fn filled(path: &Path) {
    let session = open(path, false);
    add_many(&session, (1..=5_000).map(|n| format!("c{n}")), 400).unwrap();
    session.crm().close().unwrap();
}

/// Flips a bit of the page that has the record of a customer: the block where its code lies beside its note.
fn damage(path: &Path, code: &str) {
    let mut bytes = std::fs::read(path).unwrap();
    let needle = code.as_bytes();
    let is_record = |at: usize| {
        bytes[at..].starts_with(needle) && bytes[at..].iter().take(600).filter(|b| **b == b'n').count() > 300
    };
    let at = (0..bytes.len() - 600).find(|at| is_record(*at)).expect("the record lies in the file");
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// One flipped bit in one page: its first read was `Corrupt`, and from then on 342 of 342 other reads and every write failed,
/// and again after every opening. Now the records of that page are `Corrupt`, by its number, and all else goes on.
#[test]
fn one_damaged_page_costs_its_own_records_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    filled(&path);
    damage(&path, "c2500");
    let mut added: Vec<(u64, String)> = Vec::new();
    for round in 0..3 {
        let session = open(&path, false);
        let error = session.get(EntityKind::Customer, 2_500).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains("crm.db is damaged: page "), "it is named: {error}");
        let page = error.context_value("page").unwrap().to_owned();
        let unread: Vec<u64> = (1..=5_000).filter(|id| code_of(&session, *id).is_err()).collect();
        assert!((1..30).contains(&unread.len()) && unread.contains(&2_500), "{unread:?} of 5000 are lost");
        assert_eq!(unread.len() as u64, unread.last().unwrap() - unread[0] + 1, "they are those of one page");

        // A list ended at the page, and one that began in it gave nothing. Now it says so, and goes on with what follows.
        let readable: Vec<u64> =
            (1..=5_000 + 10_000 * round).filter(|id| matches!(code_of(&session, *id), Ok(Some(_)))).collect();
        for (field, order) in
            [(FIELD_ID, Order::Ascending), (FIELD_ID, Order::Descending), (customer::field::code, Order::Ascending)]
        {
            assert_eq!(listed(&session, field, order, 1), readable, "{field} {order:?}");
        }
        let after: Vec<u64> = readable.iter().copied().filter(|id| *id >= 2_500).collect();
        assert_eq!(listed(&session, FIELD_ID, Order::Ascending, 2_500), after);

        // Right after an error, when redb has given the file up: it said that an earlier read failed, and listed nothing.
        let found = session.verify().unwrap();
        assert!(found.problems.iter().any(|problem| problem.text.contains(&format!("page {page} "))), "{found:#?}");

        // More than the log takes, so that layers go to the file.
        for n in 0..6 {
            let batch = |m: usize| format!("new {round} {n} {m}");
            add_many(&session, (0..1_500).map(batch), 3_000).unwrap();
            let id = session.get_by_code(EntityKind::Customer, &batch(7)).unwrap().unwrap().id();
            added.push((id, batch(7)));
        }
        let report = session.verify().unwrap();
        assert!(report.problem_count > 0 && report.problems.len() < 20, "{:#?}", report.problems);
        let names_page = report.problems.iter().any(|problem| problem.text.contains(&format!("page {page} ")));
        assert!(names_page, "{:#?}", report.problems);
        let names_records = report
            .problems
            .iter()
            .any(|p| p.text.contains("records from customer") && p.text.contains("cannot be read"));
        assert!(names_records, "{:#?}", report.problems);
        assert!(added.iter().all(|(id, code)| code_of(&session, *id).unwrap().as_ref() == Some(code)));
        let len = std::fs::metadata(&path).unwrap().len();
        assert_eq!(session.compact(Duration::ZERO).unwrap_err().kind(), ErrorKind::Corrupt);
        assert!(std::fs::metadata(&path).unwrap().len() <= len, "an attempt to compact costs no room");
        add(&session, &format!("last {round}"), 10).unwrap();

        let reader = open(&path, true);
        assert_eq!(reader.get(EntityKind::Customer, 2_500).unwrap_err().kind(), ErrorKind::Corrupt);
        assert!(added.iter().all(|(id, code)| code_of(&reader, *id).unwrap().as_ref() == Some(code)));
        assert!(reader.verify().unwrap().problems.iter().any(|p| p.text.contains("records from customer")));
        if round == 1 {
            session.crm().close().unwrap();
        }
        // In the other rounds it is dropped, and what the log holds is brought in by the next opening.
    }
}

/// A reader of this program, run again. It takes one snapshot after the other until it is ended.
struct Reader {
    process: Child,
    /// It must stay open for the test runner in the child.
    _output: BufReader<ChildStdout>,
}

impl Reader {
    fn start(path: &Path) -> Self {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_reader_that_is_stopped_or_killed_delays_nobody", "--nocapture"])
            .env(READ_PATH, path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        assert!(output.by_ref().lines().any(|line| line.unwrap() == "reading"), "the reader began");
        Self { process: child, _output: output }
    }

    fn signal(&self, signal: &str) {
        let sent = Process::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[expect(clippy::print_stdout, reason = "the child tells its parent that it has begun")]
fn read_on(path: &Path) {
    let session = open(path, true);
    println!("\nreading");
    loop {
        session.crm().refresh().unwrap();
        assert!(count(&session) > 0);
    }
}

/// Of 60 readers that were stopped while they refreshed, 5 made the next opening for writing hang without end, whatever its
/// timeout; a writer that was open stopped at 64 MB without an error. Readers lock nothing now that a writer waits for.
#[test]
fn a_reader_that_is_stopped_or_killed_delays_nobody() {
    if let Ok(path) = std::env::var(READ_PATH) {
        return read_on(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("crm.db");
    let session = open(&path, false);
    add(&session, "first", 10).unwrap();
    session.crm().close().unwrap();
    let mut stopped = Vec::new();
    for round in 0..from_environment("ROUNDS").unwrap_or(8) {
        let reader = Reader::start(&path);
        reader.signal("-STOP");
        if round % 4 != 3 {
            stopped.push(reader);
        }
        let session = open(&path, false);
        for n in 0..4 {
            add_many(&session, (0..1_500).map(|m| format!("{round} {n} {m}")), 3_000).unwrap();
        }
        assert_eq!(count(&open(&path, true)), count(&session), "a reader beside the stopped ones");
        session.crm().close().unwrap();
    }
    // What they show has stayed, and they go on when they are let.
    stopped.iter().for_each(|reader| reader.signal("-CONT"));
    drop(stopped);
    let session = open(&path, false);
    assert_eq!(session.verify().unwrap().problems, []);
    session.compact(Duration::ZERO).unwrap();
}

/// While any reader was attached, `compact` was always `Busy`, and made the file longer by the whole database each time: from 80
/// to 532 MB in six tries. It looks for readers before it writes a byte now.
#[test]
fn compacting_beside_a_reader_is_busy_and_costs_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    filled(&path);
    let session = open(&path, false);
    session.compact(Duration::ZERO).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let reader = open(&path, true);
    for wait in [Duration::ZERO, Duration::from_millis(20), Duration::ZERO] {
        let error = session.compact(wait).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Busy);
        assert!(error.message().contains("another process reads the database"), "{error}");
        assert!(std::fs::read(&path).unwrap() == bytes, "not a byte was written");
    }
    assert_eq!(count(&reader), 5_000);
    reader.crm().close().unwrap();
    let cursor = session.find(&Query::new(EntityKind::Customer)).unwrap();
    let error = session.compact(Duration::ZERO).unwrap_err();
    assert!(
        error.kind() == ErrorKind::Busy && error.message().contains("snapshots of the database are alive"),
        "{error}"
    );
    assert!(std::fs::read(&path).unwrap() == bytes, "not a byte was written");
    drop(cursor);
    session.compact(Duration::ZERO).unwrap();
    let len = std::fs::metadata(&path).unwrap().len();
    assert!(len <= bytes.len() as u64 * 11 / 10, "{len} of {}", bytes.len());
    // A store that was compacted lets readers in again.
    assert_eq!(count(&open(&path, true)), 5_000);
}
