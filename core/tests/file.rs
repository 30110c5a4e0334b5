//! The facade on a database file: what is written is there after reopening, and a file that is not ours is left alone.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]
#![expect(clippy::disallowed_methods, reason = "a test makes the files that the kernel is to refuse")]
#![cfg(feature = "redb")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crm_core::adapter::{MemoryStore, RedbOptions, RedbStore};
use crm_core::domain::{Actor, Command, CustomField, EntityKind, FieldType, Fields, Instant, Level, Value, customer};
use crm_core::port::{Space, Store};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Op, Query, Session};

fn config() -> Config {
    Config::new(Arc::new(FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap())))
}

fn open(path: &Path) -> crm_core::Result<Session> {
    let options = RedbOptions { busy_timeout: Duration::ZERO, ..RedbOptions::default() };
    Crm::open_file(path, &options, config())?.session(Actor { name: "u.wang".into(), level: Level::Manage })
}

fn add(session: &Session, name: &str) -> u64 {
    let changes = BTreeMap::from([(customer::field::name, Some(Value::Text(name.into())))]);
    session.apply(Command::Add { entity: EntityKind::Customer, changes }).unwrap().record.unwrap().id()
}

#[test]
fn records_fields_and_the_journal_survive_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("公司.crm");
    let field = CustomField {
        id: 0,
        entity: EntityKind::Customer,
        name: "acme.tier".into(),
        kind: FieldType::Int { min: 1, max: 5 },
        label: "tier".into(),
        label_zh: "等级".into(),
        sensitive: false,
        indexed: true,
    };
    {
        let session = open(&path).unwrap();
        session.apply(Command::DeclareField(field)).unwrap();
        add(&session, "王五");
        session.crm().close().unwrap();
        assert_eq!(session.get(EntityKind::Customer, 1).unwrap_err().kind(), ErrorKind::Misuse);
    }
    let session = open(&path).unwrap();
    assert_eq!(add(&session, "赵六"), 2);
    let tier = session.crm().catalog().field_named(EntityKind::Customer, "acme.tier").unwrap().id;
    let changes = BTreeMap::from([(tier, Some(Value::Int(3)))]);
    session.apply(Command::Update { entity: EntityKind::Customer, id: 1, revision: Some(1), changes }).unwrap();
    assert_eq!(session.count(&Query::new(EntityKind::Customer).filter(tier, Op::Eq, Value::Int(3))).unwrap(), 1);
    let record = session.get(EntityKind::Customer, 1).unwrap().unwrap();
    assert_eq!(record.text(customer::field::name), Some("王五"));
    let report = session.verify().unwrap();
    assert_eq!((report.problems.len(), report.entries, report.records), (0, 4, 2));
}

#[test]
fn a_second_opening_is_told_that_the_file_is_locked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.crm");
    let first = open(&path).unwrap();
    let error = open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.message().contains("a.crm"), "{error}");
    drop(first);
    open(&path).unwrap();
}

#[test]
fn a_file_of_another_kind_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("letter.txt");
    let letter = "尊敬的客户".repeat(1000);
    std::fs::write(&path, &letter).unwrap();
    assert_eq!(open(&path).unwrap_err().kind(), ErrorKind::NotADatabase);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);
}

#[test]
fn a_database_of_a_newer_version_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.crm");
    drop(open(&path).unwrap());
    {
        let store = RedbStore::open(&path, &RedbOptions::default()).unwrap();
        let mut txn = store.begin_write().unwrap();
        txn.put(Space::Meta, b"format", &7_u32.to_be_bytes()).unwrap();
        txn.commit().unwrap();
    }
    let error = open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerVersion);
    assert_eq!(error.message(), "the database has format 7, this version reads up to 1");
}

#[test]
fn a_store_with_foreign_data_is_not_taken_over() {
    let store = MemoryStore::new();
    let mut txn = store.begin_write().unwrap();
    txn.put(Space::Record, b"somebody", b"else").unwrap();
    txn.commit().unwrap();
    assert_eq!(Crm::open(Arc::new(store), config()).unwrap_err().kind(), ErrorKind::NotADatabase);
}

#[test]
fn a_missing_folder_and_an_unknown_time_zone_are_named() {
    let error = open(Path::new("/no/such/folder/a.crm")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let wrong = Config { time_zone: "Asia/Peking".into(), ..config() };
    let error = Crm::open(Arc::new(MemoryStore::new()), wrong).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

/// A byte flipped in a stored record or journal entry is seen: by reading, by `verify`, or by opening.
#[test]
fn tampering_with_stored_bytes_shows() {
    for space in [Space::Record, Space::Journal] {
        let store = MemoryStore::new();
        let crm = Crm::open(Arc::new(store.clone()), config()).unwrap();
        let session = crm.session(Actor { name: "u.wang".into(), level: Level::Manage }).unwrap();
        (0..5).for_each(|i| {
            add(&session, &format!("客户{i}"));
        });
        let mut pairs = Vec::new();
        let read = store.begin_read().unwrap();
        let all = &mut |key: &[u8], value: &[u8]| {
            pairs.push((key.to_vec(), value.to_vec()));
            Ok(std::ops::ControlFlow::Continue(()))
        };
        read.scan(space, &[], None, crm_core::port::Order::Ascending, all).unwrap();
        let (key, mut value) = pairs.swap_remove(2);
        let at = value.len() - 2;
        value[at] ^= 1;
        let mut txn = store.begin_write().unwrap();
        txn.put(space, &key, &value).unwrap();
        txn.commit().unwrap();
        let session = Crm::open(Arc::new(store), config()).unwrap();
        let session = session.session(Actor { name: "u.wang".into(), level: Level::Read }).unwrap();
        let report = session.verify().unwrap();
        assert!(!report.problems.is_empty(), "{}", space.name());
        if space == Space::Record {
            assert_eq!(session.get(EntityKind::Customer, 3).unwrap_err().kind(), ErrorKind::Corrupt);
        }
    }
}

/// A limit on the size of files, which needs no right to mount a disk; and a small disk in memory, where that is allowed.
#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_what_was_committed_stays() {
    #[expect(clippy::disallowed_methods, reason = "the test tells its child by the environment what to do")]
    if let Ok(path) = std::env::var("FULL_DISK_CHILD") {
        return fill(Path::new(&path));
    }
    let dir = tempfile::tempdir().unwrap();
    let limit = ["-c", "trap '' XFSZ; ulimit -f 6000; exec \"$0\" a_full_disk_is_named --nocapture"];
    let acknowledged = fill_in_child("sh", &limit, &dir.path().join("full.crm")).unwrap();
    let report = open(&dir.path().join("full.crm")).unwrap().verify().unwrap();
    assert_eq!((report.problems.as_slice(), report.entries), (&[] as &[crm_core::Problem], acknowledged));
    // The disk is gone with the child, which therefore makes room again and looks itself.
    let mount = "disk=$(dirname \"$FULL_DISK_CHILD\"); mount -t tmpfs -o size=40m none \"$disk\" || exit 77; ";
    let room = "head -c 30000000 /dev/zero > \"$disk/room\"; ";
    let disk = ["--mount", "sh", "-c", &format!("{mount}{room}exec \"$0\" a_full_disk_is_named --nocapture")];
    match fill_in_child("unshare", &disk, &dir.path().join("full.crm")) {
        Some(acknowledged) => assert!(acknowledged > 0),
        None => eprintln!("no disk may be mounted here; the limit on the size of files stood in for it"),
    }
}

/// Lets this program fill a disk in a child, and says how much was acknowledged; `None` when there may be no such child.
#[cfg(unix)]
fn fill_in_child(program: &str, arguments: &[&str], path: &Path) -> Option<u64> {
    let own = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(program);
    let child = child.args(arguments).arg(own).env("FULL_DISK_CHILD", path).output().ok()?;
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    let may_not = program == "unshare" && !said.contains("running");
    if may_not && !child.status.success() {
        return None;
    }
    assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stderr));
    let number = said.lines().find_map(|line| line.split_once("acknowledged ")).unwrap().1;
    Some(number.trim().parse().unwrap())
}

/// Adds customers until there is no room left, then makes room and looks at what is there.
#[cfg(unix)]
#[expect(clippy::print_stdout, reason = "the child tells its parent what was acknowledged")]
fn fill(path: &Path) {
    let session = open(path).unwrap();
    let mut acknowledged = 0_u64;
    let error = loop {
        let commands = (0..20)
            .map(|i| {
                let note = format!("{i}").repeat(2_000);
                let changes = BTreeMap::from([
                    (customer::field::name, Some(Value::Text("王五".into()))),
                    (customer::field::note, Some(Value::Text(note))),
                ]);
                Command::Add { entity: EntityKind::Customer, changes }
            })
            .collect();
        match session.apply_many(commands, crm_core::Atomicity::All) {
            Ok(outcomes) => acknowledged += outcomes.len() as u64,
            Err(error) => break error,
        }
        assert!(acknowledged < 1_000_000, "the limit never shows");
    };
    assert_eq!(error.kind(), ErrorKind::DiskFull, "{error}");
    drop(session);
    let room = path.with_file_name("room");
    if room.exists() {
        std::fs::remove_file(room).unwrap();
        let report = open(path).unwrap().verify().unwrap();
        assert_eq!((report.problems.as_slice(), report.entries), (&[] as &[crm_core::Problem], acknowledged));
    }
    println!("acknowledged {acknowledged}");
}
