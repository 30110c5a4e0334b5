//! Salvage: what can be read of a damaged database, or of one without its log, becomes a new one, and a report says the rest.
//!
//! Nothing opened a database whose log was lost, not even to read it, and nothing took out of a damaged one what was whole.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]
#![expect(clippy::disallowed_methods, reason = "the tests damage files")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crm_core::adapter::RedbOptions;
use crm_core::domain::{
    Actor, Command, CustomField, EntityKind, FieldType, Fields, Instant, Level, Value, ValueRef, customer,
};
use crm_core::testing::FixedClock;
use crm_core::testing::random::{Random, from_environment, seed};
use crm_core::{Atomicity, Config, Crm, ErrorKind, Salvaged, SalvagedLog, Session, salvage_file};

const BLOCK: usize = 4096;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn open(path: &Path) -> crm_core::Result<Session> {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    Crm::open_file(path, &RedbOptions::default(), Config::new(Arc::new(clock)))?
        .session(Actor { name: "u.wang".into(), level: Level::Manage })
}

fn customer(code: &str) -> Command {
    let changes = BTreeMap::from([
        (customer::field::name, Some(Value::Text("王五".into()))),
        (customer::field::code, Some(Value::Text(code.into()))),
        (customer::field::note, Some(Value::Text("n".repeat(200)))),
    ]);
    Command::Add { entity: EntityKind::Customer, changes }
}

fn rename(id: u64, name: &str) -> Command {
    let changes = BTreeMap::from([(customer::field::name, Some(Value::Text(name.into())))]);
    Command::Update { entity: EntityKind::Customer, id, revision: None, changes }
}

const CUSTOMERS: u64 = 1_500;

/// A database with customers, some of them changed, and a field of its own; closed.
fn filled(path: &Path) {
    let session = open(path).unwrap();
    session
        .apply(Command::DeclareField(CustomField {
            id: 0,
            entity: EntityKind::Customer,
            name: "acme.tier".into(),
            kind: FieldType::Text { len_max: 20 },
            label: "tier".into(),
            label_zh: "等级".into(),
            sensitive: false,
            indexed: true,
        }))
        .unwrap();
    let commands: Vec<Command> = (1..=CUSTOMERS).map(|n| customer(&format!("c{n}"))).collect();
    session.apply_many(commands, Atomicity::All).unwrap();
    let renames: Vec<Command> = (1..=CUSTOMERS).step_by(3).map(|id| rename(id, &format!("n{id}"))).collect();
    session.apply_many(renames, Atomicity::All).unwrap();
    session.crm().close().unwrap();
}

/// The facts that make a file a database were in its log alone until the log was brought into the file. Of a young database
/// whose log was lost, `without_log` then said that it was opened to be read alone, and `salvage` that it was none.
#[test]
fn a_young_database_that_lost_its_log_is_an_empty_one() {
    let folder = Folder::new();
    let (path, copy, saved) = (folder.path("a.crm"), folder.path("b.crm"), folder.path("c.crm"));
    let session = open(&path).unwrap();
    (0..20).for_each(|n| drop(session.apply(customer(&format!("c{n}"))).unwrap()));
    std::fs::copy(&path, &copy).unwrap();
    let without = RedbOptions { without_log: true, ..RedbOptions::default() };
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let lost = Crm::open_file(&copy, &without, Config::new(Arc::new(clock))).unwrap();
    let lost = lost.session(Actor { name: "u.wang".into(), level: Level::Read }).unwrap();
    assert!(lost.statistics(false).unwrap().store.may_lack_commits);
    let salvaged = salvage(&copy, &saved).unwrap();
    assert_eq!((salvaged.records, salvaged.log), (0, SalvagedLog::Missing));
    open(&saved).unwrap().apply(customer("c1")).unwrap();
}

/// The header of the log was needed to salvage what it holds, though the file knows whose log it is.
#[test]
fn a_log_without_its_header_is_salvaged() {
    let folder = Folder::new();
    let (path, copy, saved) = (folder.path("a.crm"), folder.path("b.crm"), folder.path("c.crm"));
    let session = open(&path).unwrap();
    (0..20).for_each(|n| drop(session.apply(customer(&format!("c{n}"))).unwrap()));
    std::fs::copy(&path, &copy).unwrap();
    let mut log = std::fs::read(folder.path("a.crm-wal")).unwrap();
    log[..2 * BLOCK].fill(0);
    std::fs::write(folder.path("b.crm-wal"), &log).unwrap();
    assert_eq!(open(&copy).unwrap_err().kind(), ErrorKind::Corrupt);
    let salvaged = salvage(&copy, &saved).unwrap();
    assert_eq!((salvaged.records, salvaged.entries, salvaged.log), (20, 20, SalvagedLog::Damaged));
    assert_eq!(open(&saved).unwrap().get_by_code(EntityKind::Customer, "c19").unwrap().unwrap().id(), 20);
}

fn salvage(path: &Path, to: &Path) -> crm_core::Result<Salvaged> {
    salvage_file(path, to, true, &mut |_| ControlFlow::Continue(()))
}

/// The name that each customer has.
fn names(session: &Session) -> BTreeMap<u64, String> {
    let name = |id| {
        let record = session.get(EntityKind::Customer, id).unwrap()?;
        match record.get(customer::field::name) {
            Some(ValueRef::Text(name)) => Some((id, name.to_owned())),
            _ => None,
        }
    };
    (1..=CUSTOMERS + 200).filter_map(name).collect()
}

fn expected() -> BTreeMap<u64, String> {
    (1..=CUSTOMERS).map(|id| (id, if id % 3 == 1 { format!("n{id}") } else { "王五".to_owned() })).collect()
}

/// Every problem of a database that was salvaged is one of the journal, which keeps the gaps that the report names.
fn assert_sound(session: &Session, report: &Salvaged) {
    let problems = session.verify().unwrap().problems;
    if report.entries_missing == 0 && report.records_outdated == 0 {
        assert_eq!(problems, []);
    }
    session.apply(customer("a new one")).unwrap();
}

#[test]
fn a_sound_database_is_copied_whole() {
    let folder = Folder::new();
    let (from, to) = (folder.path("a.crm"), folder.path("b.crm"));
    filled(&from);
    let report = salvage(&from, &to).unwrap();
    assert_eq!((report.problem_count, report.log), (0, SalvagedLog::NotNeeded), "{:#?}", report.problems);
    assert_eq!((report.records, report.records_restored), (CUSTOMERS, 0));
    assert_eq!(report.entries, CUSTOMERS + CUSTOMERS / 3 + 1);
    let session = open(&to).unwrap();
    assert_eq!(names(&session), expected());
    assert!(session.crm().catalog().field_named(EntityKind::Customer, "acme.tier").is_some());
    assert_eq!(session.get_by_code(EntityKind::Customer, "c77").unwrap().unwrap().id(), 77);
    assert_sound(&session, &report);
    assert_eq!(salvage(&from, &from).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let refused = salvage_file(&from, &to, false, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Duplicate);
    assert_eq!(salvage(&folder.path("none"), &to).unwrap_err().kind(), ErrorKind::NotFound);
    std::fs::write(folder.path("text"), "name,phone\n".repeat(3_000)).unwrap();
    assert_eq!(salvage(&folder.path("text"), &folder.path("c.crm")).unwrap_err().kind(), ErrorKind::NotADatabase);
    assert!(!folder.path("c.crm").exists());
}

/// A process was killed, and the log beside its file was lost: all that the file has is there, and the report says that the
/// last commits are missing. With the log they are there.
#[test]
fn a_database_is_salvaged_with_its_log_and_without_it() {
    let folder = Folder::new();
    let (from, to) = (folder.path("a.crm"), folder.path("b.crm"));
    filled(&from);
    let session = open(&from).unwrap();
    for n in 0..50 {
        session.apply(customer(&format!("late {n}"))).unwrap();
    }
    // As a kill leaves it: the log holds what the file does not.
    let (killed, log) = (folder.path("k.crm"), folder.path("k.crm-wal"));
    std::fs::copy(&from, &killed).unwrap();
    std::fs::copy(folder.path("a.crm-wal"), &log).unwrap();
    let report = salvage(&killed, &to).unwrap();
    assert_eq!((report.log, report.problem_count, report.records), (SalvagedLog::Whole, 0, CUSTOMERS + 50));
    assert_sound(&open(&to).unwrap(), &report);

    let whole = std::fs::read(&log).unwrap();
    let mut damaged = whole.clone();
    let at = damaged.windows(7).position(|bytes| bytes == b"late 20").unwrap();
    damaged[at] ^= 1;
    std::fs::write(&log, damaged).unwrap();
    let report = salvage(&killed, &to).unwrap();
    assert_eq!(report.log, SalvagedLog::Damaged);
    assert_eq!((report.records, report.records_missing, report.entries_missing), (CUSTOMERS + 49, 1, 1), "{report:#?}");
    assert_sound(&open(&to).unwrap(), &report);

    std::fs::remove_file(&log).unwrap();
    let report = salvage(&killed, &to).unwrap();
    assert_eq!((report.log, report.problem_count, report.records), (SalvagedLog::Missing, 1, CUSTOMERS));
    assert!(report.problems[0].text.contains("the log is not there"), "{:#?}", report.problems);
    assert_sound(&open(&to).unwrap(), &report);

    let other = folder.path("other.crm");
    let session = open(&other).unwrap();
    session.apply(customer("of another")).unwrap();
    std::fs::copy(folder.path("other.crm-wal"), &log).unwrap();
    let report = salvage(&killed, &to).unwrap();
    assert_eq!((report.log, report.records), (SalvagedLog::Foreign, CUSTOMERS));
}

/// A log that was there and could not be opened, because a link led to it, was reported as one that is not there, and what it
/// holds was left out without a word of why.
#[test]
fn a_log_that_cannot_be_opened_is_not_a_missing_one() {
    let folder = Folder::new();
    let (path, copy, saved) = (folder.path("a.crm"), folder.path("b.crm"), folder.path("c.crm"));
    let session = open(&path).unwrap();
    session.apply(customer("c1")).unwrap();
    std::fs::copy(&path, &copy).unwrap();
    std::os::unix::fs::symlink(folder.path("a.crm-wal"), folder.path("b.crm-wal")).unwrap();
    let error = salvage(&copy, &saved).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    let said = format!("{error:?}");
    assert!(said.contains("b.crm-wal") && said.contains("it is a link"), "{said}");
    assert!(!saved.exists());
    std::fs::remove_file(folder.path("b.crm-wal")).unwrap();
    assert_eq!(salvage(&copy, &saved).unwrap().log, SalvagedLog::Missing);
}

/// Records in a page that is damaged come back from the journal, entry for entry as it holds them.
#[test]
fn records_of_a_damaged_page_are_restored_from_the_journal() {
    let folder = Folder::new();
    let (from, to) = (folder.path("a.crm"), folder.path("b.crm"));
    filled(&from);
    let mut bytes = std::fs::read(&from).unwrap();
    // The block of records: a code with its note behind it, as records hold them and journal entries do not.
    let session = open(&from).unwrap();
    let record = session.get(EntityKind::Customer, 700).unwrap().unwrap();
    let needle = &record.as_bytes()[..40];
    session.crm().close().unwrap();
    drop(session);
    let at = bytes.windows(needle.len()).position(|found| found == needle).unwrap();
    bytes[at + 1] ^= 0x10;
    std::fs::write(&from, bytes).unwrap();
    let report = salvage(&from, &to).unwrap();
    assert!((1..40).contains(&report.records_restored), "{report:#?}");
    assert_eq!((report.records, report.records_missing, report.records_outdated), (CUSTOMERS, 0, 0), "{report:#?}");
    assert_eq!(report.problems.len(), 1, "the range that cannot be read: {:#?}", report.problems);
    let session = open(&to).unwrap();
    assert_eq!(names(&session), expected());
    assert_sound(&session, &report);
}

/// The header of the file, or the pages at the top of its trees, are gone: every page of the file is searched.
#[test]
fn without_its_header_every_page_of_a_file_is_searched() {
    let folder = Folder::new();
    let (from, to) = (folder.path("a.crm"), folder.path("b.crm"));
    filled(&from);
    let mut bytes = std::fs::read(&from).unwrap();
    bytes[..3 * BLOCK].fill(0);
    std::fs::write(&from, bytes).unwrap();
    assert!(open(&from).is_err());
    let report = salvage(&from, &to).unwrap();
    assert_eq!((report.records, report.records_missing, report.entries_missing), (CUSTOMERS, 0, 0), "{report:#?}");
    let session = open(&to).unwrap();
    assert_eq!(names(&session), expected());
    assert!(session.crm().catalog().field_named(EntityKind::Customer, "acme.tier").is_some());
    assert_sound(&session, &report);
}

/// Whatever is damaged, what comes out is sound, every name is one that the record had, and what is not the last or is not
/// there is counted.
#[test]
fn whatever_is_damaged_the_report_says_what_is_missing() {
    let folder = Folder::new();
    let (from, to) = (folder.path("a.crm"), folder.path("b.crm"));
    filled(&from);
    let whole = std::fs::read(&from).unwrap();
    let mut random = Random::new(seed());
    for round in 0..from_environment("ROUNDS").unwrap_or(6) {
        let mut bytes = whole.clone();
        let mut places = Vec::new();
        for _ in 0..=random.below(if round % 3 == 0 { 60 } else { 3 }) {
            let block = random.index(bytes.len() / BLOCK);
            bytes[block * BLOCK..][..BLOCK].fill(0xa5);
            places.push(block);
        }
        std::fs::write(&from, bytes).unwrap();
        let report = match salvage(&from, &to) {
            Ok(report) => report,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::NotADatabase, "blocks {places:?}: {error}");
                continue;
            }
        };
        let session = open(&to).unwrap();
        let (found, expected) = (names(&session), expected());
        let wrong = found.iter().filter(|(id, name)| expected[id] != **name && **name != "王五").count();
        assert_eq!(wrong, 0, "blocks {places:?}");
        let lost = expected.iter().filter(|(id, name)| found.get(id) != Some(name)).count() as u64;
        // Where the journal's word is missing, too, nobody knows that a record is older than another was.
        let told = report.records_missing + report.records_outdated + report.entries_missing;
        assert!(lost <= told, "blocks {places:?}: {lost} lost, {report:#?}");
        assert_sound(&session, &report);
    }
}
