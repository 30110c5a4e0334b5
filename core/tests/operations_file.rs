//! Backups, restoring and compaction on files: what appears, what is refused, and what others see meanwhile.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]
#![expect(clippy::disallowed_methods, reason = "a test looks at the files and makes some")]
#![cfg(feature = "redb")]

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crm_core::adapter::RedbOptions;
use crm_core::domain::{Actor, Command, EntityKind, Instant, Level, Value, customer};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Config, Copied, Crm, ErrorKind, Query, Session, restore_file};

fn open(path: &Path) -> crm_core::Result<Session> {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let options = RedbOptions { busy_timeout: Duration::ZERO, ..RedbOptions::default() };
    Crm::open_file(path, &options, Config::new(Arc::new(clock)))?
        .session(Actor { name: "u.wang".into(), level: Level::Manage })
}

fn customers(session: &Session, prefix: &str, count: usize) {
    let text = |value: String| Some(Value::Text(value));
    let add = |i| {
        let changes = BTreeMap::from([
            (customer::field::name, text(format!("客户{i}"))),
            (customer::field::code, text(format!("{prefix}-{i}"))),
            (customer::field::owner, text(format!("u.{}", i % 17))),
        ]);
        Command::Add { entity: EntityKind::Customer, changes }
    };
    session.apply_many((0..count).map(add).collect(), Atomicity::All).unwrap();
}

fn go_on(_: Copied) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn stream_of(session: &Session) -> Vec<u8> {
    let mut stream = Vec::new();
    session.backup_stream(&mut stream, &mut go_on).unwrap();
    stream
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_file_is_a_database_of_its_own_and_smaller() {
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("a.crm"), dir.path().join("副本.crm"));
    let session = open(&path).unwrap();
    for i in 0..80 {
        customers(&session, &format!("A{i}"), 100);
    }
    let copied = session.backup_file(&copy, false, &mut go_on).unwrap();
    assert!(copied.pairs > 8_000, "{copied:?}");
    assert_eq!(names(dir.path()), ["a.crm", "a.crm-lock", "a.crm-wal", "副本.crm"]);
    let stream = stream_of(&session);
    customers(&session, "B", 100);
    session.crm().close().unwrap();
    let (small, large) = (fs::metadata(&copy).unwrap().len(), fs::metadata(&path).unwrap().len());
    assert!(small < large, "{small} of {large} bytes");
    let other = open(&copy).unwrap();
    assert_eq!(stream_of(&other), stream);
    let report = other.verify().unwrap();
    assert_eq!((report.problem_count, report.entries, report.store_checked), (0, 8_000, true));
    customers(&other, "B", 100);
    assert_eq!(other.count(&Query::new(EntityKind::Customer)).unwrap(), 8_100);
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_asked_and_never_while_it_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("a.crm"), dir.path().join("b.crm"));
    let session = open(&path).unwrap();
    customers(&session, "A", 10);
    session.backup_file(&copy, false, &mut go_on).unwrap();
    let before = fs::read(&copy).unwrap();
    let error = session.backup_file(&copy, false, &mut go_on).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Duplicate);
    assert!(error.message().contains("b.crm exists"), "{error}");
    assert_eq!(fs::read(&copy).unwrap(), before);
    customers(&session, "B", 10);
    let other = open(&copy).unwrap();
    let error = session.backup_file(&copy, true, &mut go_on).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked, "a database is not taken away under whoever has it open");
    let error = session.backup_file(&path, true, &mut go_on).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked, "a database does not replace itself");
    drop(other);
    session.backup_file(&copy, true, &mut go_on).unwrap();
    assert_eq!(open(&copy).unwrap().count(&Query::new(EntityKind::Customer)).unwrap(), 20);
    fs::write(&copy, "no database").unwrap();
    let error = session.backup_file(&copy, true, &mut go_on).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotADatabase, "what is no database is not replaced");
    assert_eq!(fs::read(&copy).unwrap(), b"no database");
}

#[test]
fn a_copy_that_fails_leaves_nothing_and_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let session = open(&dir.path().join("a.crm")).unwrap();
    customers(&session, "A", 500);
    let there = names(dir.path());
    let copy = dir.path().join("b.crm");
    let error = session.backup_file(&copy, false, &mut |_| ControlFlow::Break(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let error = session.backup_file(dir.path().join("none/b.crm"), false, &mut go_on).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.context_value("path").unwrap().contains("none"), "{error:?}");
    let stream = stream_of(&session);
    for end in [0, 10, 30, stream.len() / 2, stream.len() - 1] {
        let error = restore_file(&mut &stream[..end], &copy, false, &mut go_on).unwrap_err();
        assert!([ErrorKind::Corrupt, ErrorKind::NotADatabase].contains(&error.kind()), "{error}");
    }
    assert_eq!(names(dir.path()), there);
    restore_file(&mut stream.as_slice(), &copy, false, &mut go_on).unwrap();
    assert_eq!(stream_of(&open(&copy).unwrap()), stream);
}

#[test]
fn compacting_gives_room_back_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.crm");
    let session = open(&path).unwrap();
    for i in 0..20 {
        customers(&session, &format!("A{i}"), 100);
    }
    let (stream, before) = (stream_of(&session), session.statistics(true).unwrap().store);
    assert!(before.commits > 0 && before.log_bytes > 0 && before.cache_bytes_max == 128 << 20, "{before:?}");
    session.compact(Duration::ZERO).unwrap();
    let after = session.statistics(true).unwrap().store;
    assert_eq!(stream_of(&session), stream);
    let stored: u64 = after.spaces.iter().map(|space| space.stored_bytes).sum();
    assert!(stored > 0 && after.file_bytes < stored * 3 / 2 + (1 << 20), "{stored} bytes in {}", after.file_bytes);
    customers(&session, "B", 10);
    assert_eq!(session.verify().unwrap().problem_count, 0);
    session.crm().close().unwrap();
    assert_eq!(open(&path).unwrap().count(&Query::new(EntityKind::Customer)).unwrap(), 2_010);
}

#[test]
fn compacting_while_a_cursor_is_alive_is_busy_and_does_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let session = open(&dir.path().join("a.crm")).unwrap();
    customers(&session, "A", 10);
    let mut cursor = session.find(&Query::new(EntityKind::Customer)).unwrap();
    assert!(cursor.step().unwrap().is_some());
    let error = session.compact(Duration::from_millis(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    let report = session.verify().unwrap();
    assert_eq!((report.problem_count, report.store_checked), (0, false), "the store cannot check itself meanwhile");
    assert!(cursor.step().unwrap().is_some(), "the cursor goes on");
    customers(&session, "B", 10);
    drop(cursor);
    session.compact(Duration::ZERO).unwrap();
    assert!(session.verify().unwrap().store_checked);
    assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), 20);
}

/// Threads that read and write while another compacts again and again: they wait, and see nothing of it.
#[test]
fn others_wait_for_a_compaction_and_see_nothing_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let session = open(&dir.path().join("a.crm")).unwrap();
    customers(&session, "A", 200);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (session, done) = (&session, &done);
            scope.spawn(move || {
                for i in 0.. {
                    if done.load(Ordering::Acquire) {
                        break;
                    }
                    let record = session.get_by_code(EntityKind::Customer, "A-7").unwrap().unwrap();
                    assert_eq!(record.id(), 8);
                    if thread == 0 {
                        customers(session, &format!("T{i}"), 3);
                    }
                }
            });
        }
        for _ in 0..5 {
            session.compact(Duration::from_secs(60)).unwrap();
        }
        done.store(true, Ordering::Release);
    });
    assert_eq!(session.verify().unwrap().problem_count, 0);
}

#[test]
fn a_closed_database_answers_so_to_every_operation() {
    let dir = tempfile::tempdir().unwrap();
    let session = open(&dir.path().join("a.crm")).unwrap();
    session.crm().close().unwrap();
    let errors = [
        session.backup_stream(&mut Vec::new(), &mut go_on).unwrap_err(),
        session.backup_file(dir.path().join("b.crm"), false, &mut go_on).unwrap_err(),
        session.rebuild_indexes(&mut |_| ControlFlow::Continue(())).unwrap_err(),
        session.compact(Duration::ZERO).unwrap_err(),
        session.verify().unwrap_err(),
        session.statistics(true).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Misuse, "{error}");
    }
    assert_eq!(names(dir.path()), ["a.crm"]);
}
