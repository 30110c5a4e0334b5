//! Reading beside the process that writes: what it committed is seen, nothing of it is changed, and a crash changes nothing.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]
#![expect(clippy::disallowed_methods, reason = "the child is told what to do by its environment")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crm_core::adapter::{RedbOptions, RedbReader, RedbStore};
use crm_core::domain::{
    Actor, Command, CustomField, EntityKind, FieldType, Fields, Instant, Level, Value, ValueRef, customer,
};
use crm_core::port::{Order, Space, Store};
use crm_core::testing::FixedClock;
use crm_core::testing::store_contract::{keys, value};
use crm_core::{Config, Crm, ErrorKind, Query, Session};

const PATH: &str = "CRMKERNEL_TEST_WRITTEN_PATH";

fn options(read_only: bool) -> RedbOptions {
    RedbOptions { busy_timeout: Duration::ZERO, read_only, ..RedbOptions::default() }
}

fn open(path: &Path, read_only: bool) -> crm_core::Result<Session> {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    Crm::open_file(path, &options(read_only), Config::new(Arc::new(clock)))?
        .session(Actor { name: "u.wang".into(), level: Level::Manage })
}

fn add(session: &Session, name: &str) -> crm_core::Result<u64> {
    let changes = BTreeMap::from([(customer::field::name, Some(Value::Text(name.into())))]);
    Ok(session.apply(Command::Add { entity: EntityKind::Customer, changes })?.record.unwrap().id())
}

fn rename(session: &Session, id: u64, name: &str) {
    let changes = BTreeMap::from([(customer::field::name, Some(Value::Text(name.into())))]);
    session.apply(Command::Update { entity: EntityKind::Customer, id, revision: None, changes }).unwrap();
}

fn name_of(session: &Session, id: u64) -> Option<String> {
    let record = session.get(EntityKind::Customer, id).unwrap()?;
    record.get(customer::field::name).map(|name| match name {
        ValueRef::Text(text) => text.to_owned(),
        other => unreachable!("a name is a text, not {other:?}"),
    })
}

fn count(session: &Session) -> u64 {
    session.count(&Query::new(EntityKind::Customer)).unwrap()
}

fn field(name: &str) -> Command {
    Command::DeclareField(CustomField {
        id: 0,
        entity: EntityKind::Customer,
        name: name.into(),
        kind: FieldType::Bool,
        label: name.into(),
        label_zh: name.into(),
        sensitive: false,
        indexed: false,
    })
}

/// The process that writes: it does what each line says, and says when it is done.
struct Writer {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Writer {
    fn start(path: &Path) -> Self {
        let mut process = Process::new(std::env::current_exe().unwrap())
            .args(["--exact", "readers_follow_the_process_that_writes", "--nocapture"])
            .env(PATH, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, answers) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut writer = Self { process, orders, answers };
        writer.wait();
        writer
    }

    fn tell(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        self.wait();
    }

    fn wait(&mut self) {
        assert!(self.answers.by_ref().lines().any(|line| line.unwrap() == "done"), "the writer did as it was told");
    }
}

#[expect(clippy::print_stdout, reason = "the child answers its parent")]
fn write_as_told(path: &Path) {
    let session = open(path, false).unwrap();
    println!("\ndone");
    for line in std::io::stdin().lines() {
        match line.unwrap().split_once(' ') {
            Some(("add", name)) => assert!(add(&session, name).is_ok()),
            Some(("many", name)) => (0..3_000).for_each(|_| {
                add(&session, name).unwrap();
            }),
            Some(("field", name)) => drop(session.apply(field(name)).unwrap()),
            Some(("rename", name)) => rename(&session, 1, name),
            _ => session.crm().close().unwrap(),
        }
        println!("\ndone");
    }
}

#[test]
fn readers_follow_the_process_that_writes() {
    // The process that writes is this program again, told by the environment which database to write to.
    if let Ok(path) = std::env::var(PATH) {
        return write_as_told(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    let mut writer = Writer::start(&path);
    writer.tell("add 王五");
    let reader = open(&path, true).unwrap();
    assert_eq!(name_of(&reader, 1).as_deref(), Some("王五"), "it is in the log alone");
    writer.tell("rename 赵六");
    writer.tell("field acme.tier");
    assert_eq!(name_of(&reader, 1).as_deref(), Some("王五"), "a snapshot stays");
    assert!(reader.crm().catalog().field_named(EntityKind::Customer, "acme.tier").is_none());
    reader.crm().refresh().unwrap();
    assert_eq!(name_of(&reader, 1).as_deref(), Some("赵六"));
    assert!(reader.crm().catalog().field_named(EntityKind::Customer, "acme.tier").is_some());

    // Further than the log reaches, with the old snapshot in use.
    let old = open(&path, true).unwrap();
    let mut began_before = old.find(&Query::new(EntityKind::Customer)).unwrap();
    assert_eq!(count(&old), 1);
    writer.tell("many 李四");
    assert_eq!(count(&old), 1);
    reader.crm().refresh().unwrap();
    assert_eq!((count(&reader), reader.verify().unwrap().problems.len()), (3_001, 0));

    let error = open(&path, false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.message().contains(&format!("process {}", writer.process.id())), "{error}");

    writer.process.kill().unwrap();
    writer.process.wait().unwrap();
    assert_eq!(count(&open(&path, true).unwrap()), 3_001, "after a kill, before any recovery");
    assert_eq!(count(&old), 1);
    assert_eq!(began_before.step().unwrap().map(|record| record.id()), Some(1));
    assert!(began_before.step().unwrap().is_none(), "a cursor goes on with the state that it began with");
    let recovered = open(&path, false).unwrap();
    assert_eq!((count(&recovered), count(&reader)), (3_001, 3_001));
    recovered.crm().close().unwrap();
    reader.crm().refresh().unwrap();
    assert_eq!(count(&reader), 3_001);
    reader.crm().close().unwrap();
    assert_eq!(reader.crm().refresh().unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(reader.get(EntityKind::Customer, 1).unwrap_err().kind(), ErrorKind::Misuse);
}

/// Every snapshot that a reader takes beside a writer that never rests is a state after some commit, none older than before.
#[test]
fn a_reader_beside_a_writer_that_never_rests_sees_whole_commits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    let store = RedbStore::open(&path, &options(false)).unwrap();
    let write = |number: u64| {
        let mut txn = store.begin_write().unwrap();
        txn.put(Space::Meta, b"newest", &number.to_be_bytes()).unwrap();
        txn.put(Space::Record, &(number % 40).to_be_bytes(), &number.to_be_bytes().repeat(8_000)).unwrap();
        if number >= 10 {
            txn.delete(Space::Index, &(number - 10).to_be_bytes()).unwrap();
        }
        txn.put(Space::Index, &number.to_be_bytes(), b"").unwrap();
        txn.commit().unwrap();
    };
    write(1);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let reader = RedbReader::open(&path, &options(true)).unwrap();
            let (mut before, mut looks) = (0, 0);
            while !done.load(std::sync::atomic::Ordering::Acquire) || looks < 5 {
                let read = reader.begin_read().unwrap();
                let newest = value(&*read, Space::Meta, b"newest").unwrap();
                let number = u64::from_be_bytes(newest.try_into().unwrap());
                assert!(number >= before);
                (before, looks) = (number, looks + 1);
                let expected: Vec<[u8; 8]> = (number.saturating_sub(9).max(1)..=number).map(u64::to_be_bytes).collect();
                assert_eq!(keys(&*read, Space::Index, b"", None, Order::Ascending), expected, "after commit {number}");
                let held = value(&*read, Space::Record, &(number % 40).to_be_bytes());
                assert_eq!(held, Some(number.to_be_bytes().repeat(8_000)));
            }
            looks
        });
        (2..1_500).for_each(write);
        done.store(true, std::sync::atomic::Ordering::Release);
        assert!(looking.join().unwrap() >= 5);
    });
}

#[test]
fn a_reader_changes_and_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    assert_eq!(open(&path, true).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    let writer = open(&path, false).unwrap();
    add(&writer, "王五").unwrap();
    writer.crm().close().unwrap();
    let before = std::fs::read(&path).unwrap();
    let reader = open(&path, true).unwrap();
    let error = add(&reader, "赵六").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
    assert!(error.message().contains("crm.db was opened for reading alone"), "{error}");
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["crm.db"]);
    let second = open(&path, true).unwrap();
    assert_eq!((count(&reader), count(&second)), (1, 1));
    // One that writes may come and go, and readers follow it.
    let writer = open(&path, false).unwrap();
    add(&writer, "李四").unwrap();
    second.crm().refresh().unwrap();
    assert_eq!((count(&reader), count(&second)), (1, 2));
    drop((writer, reader, second));
    assert_ne!(std::fs::read(&path).unwrap(), before, "the writer's commit");
    assert_eq!(RedbStore::open(&path, &options(true)).unwrap_err().kind(), ErrorKind::InvalidArgument);
    std::fs::write(&path, b"").unwrap();
    assert_eq!(open(&path, true).unwrap_err().kind(), ErrorKind::NotADatabase);
}
