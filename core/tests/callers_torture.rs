//! Callers who commit at once share a commit; the power fails, or the disk does, and none of them was told a wrong thing.
//!
//! `IMAGES` makes the runs longer. `SEED` repeats the choices, but not the order of the threads.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;

use crm_core::adapter::RedbOptions;
use crm_core::domain::{Actor, Command, EntityKind, Fields, Instant, Level, Value, customer};
use crm_core::testing::random::{Random, from_environment, seed};
use crm_core::testing::{DiskFault, DiskPlan, FixedClock, Image, SimDisk};
use crm_core::{Config, Crm, ErrorKind, Query, Session};

const CALLERS: u64 = 6;
const CREATES: u64 = 5;

fn open(disk: &SimDisk) -> Session {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let store = disk.open(&RedbOptions::default(), true).unwrap();
    let crm = Crm::open(Arc::new(store), Config::new(Arc::new(clock))).unwrap();
    crm.session(Actor { name: "u.wang".into(), level: Level::Manage }).unwrap()
}

/// A database of no records, made and closed.
fn empty() -> Image {
    let disk = SimDisk::default();
    open(&disk).crm().close().unwrap();
    disk.written()
}

fn add(code: &str) -> Command {
    let text = |value: &str| Some(Value::Text(value.into()));
    let changes = BTreeMap::from([(customer::field::name, text("王五")), (customer::field::code, text(code))]);
    Command::Add { entity: EntityKind::Customer, changes }
}

/// Every caller creates one customer after the other; gives the codes of those that were acknowledged, and of the others.
fn create_at_once(session: &Session, disk: &SimDisk) -> (BTreeSet<String>, BTreeSet<String>) {
    let call = |caller: u64| {
        let codes = (0..CREATES).map(|n| format!("{caller}-{n}"));
        codes.partition::<Vec<String>, _>(|code| match session.apply(add(code)) {
            Ok(outcome) => {
                disk.acknowledge(outcome.sequence);
                true
            }
            Err(error) => {
                assert!([ErrorKind::Io, ErrorKind::DiskFull].contains(&error.kind()), "{error}");
                false
            }
        })
    };
    let answers = thread::scope(|scope| {
        let threads: Vec<_> = (0..CALLERS).map(|caller| scope.spawn(move || call(caller))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let (done, failed): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
    (done.into_iter().flatten().collect(), failed.into_iter().flatten().collect())
}

fn codes(session: &Session) -> BTreeSet<String> {
    let mut cursor = session.find(&Query::new(EntityKind::Customer)).unwrap();
    let mut codes = BTreeSet::new();
    while let Some(record) = cursor.step().unwrap() {
        codes.insert(record.text(customer::field::code).unwrap().to_owned());
    }
    codes
}

#[test]
fn no_cut_of_the_power_takes_a_record_whose_caller_was_answered() {
    let (seed, images) = (seed(), from_environment("IMAGES").map_or(400, |all| all / 100));
    let (mut random, mut done, empty) = (Random::new(seed), 0, empty());
    while done < images {
        let disk = SimDisk::new(empty.clone());
        let session = open(&disk);
        assert_eq!(create_at_once(&session, &disk).0.len() as u64, CALLERS * CREATES);
        let mut cuts = disk.cuts();
        loop {
            let image = SimDisk::new(cuts.cut(&mut random));
            let left = open(&image);
            let last = left.last_sequence().unwrap();
            assert!(last >= cuts.acknowledged(), "{last} of {} are there; SEED={seed}", cuts.acknowledged());
            assert_eq!(left.count(&Query::new(EntityKind::Customer)).unwrap(), last, "SEED={seed}");
            if random.one_in(8) {
                left.apply(add("later")).unwrap();
                let report = left.verify().unwrap();
                assert_eq!((report.problems.len(), report.entries), (0, last + 1), "SEED={seed}");
            }
            done += 1;
            if !cuts.advance() {
                break;
            }
        }
    }
    eprintln!("{done} images");
}

#[test]
fn an_error_of_the_disk_is_told_to_those_whose_records_are_not_there() {
    let empty = empty();
    let faults = [DiskFault::Io, DiskFault::Full, DiskFault::Short];
    let mut failures = 0;
    for (call, fault) in (1..160).step_by(3).zip(faults.into_iter().cycle()) {
        let disk = SimDisk::new(empty.clone());
        let session = open(&disk);
        disk.follow(Some(DiskPlan { call: disk.calls() + call, fault, lasting: false }));
        let (mut done, failed) = create_at_once(&session, &disk);
        failures += failed.len();
        disk.follow(None);
        let goes_on = session.apply(add("later")).is_ok();
        if goes_on {
            done.insert("later".to_owned());
            // Where it was the database file that failed, commits go on in the log, and reads fail until it is opened again.
            match session.verify() {
                Ok(report) => {
                    assert_eq!(report.problems, [], "call {call}, {fault:?}");
                    assert_eq!(codes(&session), done, "call {call}, {fault:?}");
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::Io, "call {call}, {fault:?}"),
            }
        }
        // The process is killed; until another commit succeeded one that failed may be there.
        let left = open(&SimDisk::new(disk.written()));
        let there = codes(&left);
        assert!(there.is_superset(&done) && (!goes_on || there == done), "call {call}, {fault:?}");
        assert_eq!(left.verify().unwrap().problems, [], "call {call}, {fault:?}");
    }
    assert!(failures > 0, "no fault met a commit");
}
