//! The cache of records through the facade: whatever commits do, readers see what they would see without it.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{Actor, Changes, Command, EntityKind, Fields, Instant, Level, Value, customer};
use crm_core::port::Store;
use crm_core::testing::{FaultPlan, FaultStore, FixedClock};
use crm_core::{Config, Crm, ErrorKind, Op, Query, Record, Session};

const CUSTOMER: EntityKind = EntityKind::Customer;

fn open(store: Arc<dyn Store>, record_cache_bytes: usize) -> Session {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(store, Config { record_cache_bytes, ..Config::new(Arc::new(clock)) }).unwrap();
    crm.session(Actor { name: "u.wang".into(), level: Level::Manage }).unwrap()
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.into()))
}

fn add(session: &Session, code: &str) -> u64 {
    let changes = Changes::from([(customer::field::name, text("王五")), (customer::field::code, text(code))]);
    session.apply(Command::Add { entity: CUSTOMER, changes }).unwrap().record.unwrap().id()
}

/// Sets two fields to the same text.
fn update(id: u64, revision: Option<u64>, value: &str) -> Command {
    let changes = BTreeMap::from([(customer::field::region, text(value)), (customer::field::note, text(value))]);
    Command::Update { entity: CUSTOMER, id, revision, changes }
}

fn region(session: &Session, id: u64) -> Option<String> {
    let record = session.get(CUSTOMER, id).unwrap().unwrap();
    assert_eq!(record.text(customer::field::region), record.text(customer::field::note));
    record.text(customer::field::region).map(str::to_owned)
}

#[test]
fn a_change_is_seen_by_the_next_get_and_a_cursor_keeps_its_snapshot() {
    for cache in [0, 1 << 20] {
        let session = open(Arc::new(MemoryStore::new()), cache);
        let id = add(&session, "C1");
        session.apply(update(id, None, "310000")).unwrap();
        assert_eq!(region(&session, id).as_deref(), Some("310000"));
        let query = Query::new(CUSTOMER).filter(customer::field::region, Op::Eq, Value::Text("310000".into()));
        let mut cursor = session.find(&query).unwrap();
        session.apply(update(id, None, "110000")).unwrap();
        assert_eq!(region(&session, id).as_deref(), Some("110000"));
        let old = cursor.step().unwrap().unwrap();
        assert_eq!((old.revision(), old.text(customer::field::region)), (2, Some("310000")));
        assert_eq!(region(&session, id).as_deref(), Some("110000"));
        assert!(session.get(CUSTOMER, 99).unwrap().is_none());
        assert!(session.get(EntityKind::Visit, id).unwrap().is_none());
    }
}

#[test]
fn a_code_that_moves_to_another_record_leads_there() {
    let session = open(Arc::new(MemoryStore::new()), 1 << 20);
    let (first, second) = (add(&session, "C1"), add(&session, "C2"));
    let by_code = |code| session.get_by_code(CUSTOMER, code).unwrap().map(|record| record.id());
    assert_eq!((by_code("C1"), by_code("C1"), by_code("C2")), (Some(first), Some(first), Some(second)));
    let set = |id, code: &str| {
        let changes = BTreeMap::from([(customer::field::code, text(code))]);
        session.apply(Command::Update { entity: CUSTOMER, id, revision: None, changes }).unwrap();
    };
    set(first, "C3");
    assert_eq!((by_code("C1"), by_code("C3")), (None, Some(first)));
    set(second, "C1");
    assert_eq!((by_code("C1"), by_code("C2"), by_code("C1")), (Some(second), None, Some(second)));
}

#[test]
fn a_change_that_is_in_force_though_its_commit_failed_is_seen() {
    for in_force in [true, false] {
        let store = FaultStore::new(Arc::new(MemoryStore::new()));
        let session = open(Arc::new(store.clone()), 1 << 20);
        let (id, other) = (add(&session, "C1"), add(&session, "C2"));
        assert_eq!((region(&session, id), region(&session, other)), (None, None));
        store.follow(if in_force { FaultPlan::CutAfter { commit: 1 } } else { FaultPlan::CutBefore { commit: 1 } });
        assert_eq!(session.apply(update(id, None, "310000")).unwrap_err().kind(), ErrorKind::Io);
        store.heal();
        let wanted = in_force.then(|| "310000".to_owned());
        assert_eq!((region(&session, id), region(&session, id)), (wanted.clone(), wanted));
        session.apply(update(other, None, "110000")).unwrap();
        session.apply(update(id, None, "440300")).unwrap();
        assert_eq!(region(&session, id).as_deref(), Some("440300"));
        assert_eq!(region(&session, other).as_deref(), Some("110000"));
    }
}

/// Two kernels on one store do not tell each other of their commits.
#[test]
fn commits_of_another_kernel_on_the_store_are_seen_with_the_next_snapshot() {
    let store = MemoryStore::new();
    let (one, two) = (open(Arc::new(store.clone()), 1 << 20), open(Arc::new(store.clone()), 1 << 20));
    let (a, b) = (add(&one, "C1"), add(&one, "C2"));
    assert_eq!((region(&one, a), region(&one, b)), (None, None));
    for round in 0..3 {
        let value = format!("{round}");
        two.apply(update(a, None, &value)).unwrap();
        assert_eq!(region(&two, a), Some(value.clone()));
        one.apply(update(b, None, &value)).unwrap();
        assert_eq!((region(&one, a), region(&one, b)), (Some(value.clone()), Some(value)), "round {round}");
    }
    assert_eq!(one.verify().unwrap().problem_count, 0);
}

#[test]
fn a_closed_database_answers_nothing_from_memory() {
    let session = open(Arc::new(MemoryStore::new()), 1 << 20);
    let id = add(&session, "C1");
    assert!(session.get(CUSTOMER, id).unwrap().is_some());
    session.crm().close().unwrap();
    assert_eq!(session.get(CUSTOMER, id).unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(session.get_by_code(CUSTOMER, "C1").unwrap_err().kind(), ErrorKind::Misuse);
}

const RECORDS: u64 = 12;
const CHANGES: u64 = 150;

/// Writers change records and say how far they are; readers must never see less, nor go back, nor see half a change.
fn readers_and_writers(session: &Session) {
    for n in 0..RECORDS {
        add(session, &format!("C{n}"));
    }
    let told: Vec<AtomicU64> = (0..RECORDS).map(|_| AtomicU64::new(1)).collect();
    let done = AtomicU64::new(0);
    thread::scope(|scope| {
        for writer in 0..2 {
            let (session, told, done) = (session.clone(), &told, &done);
            scope.spawn(move || {
                for n in 0..CHANGES {
                    let at = (writer + 2 * (n % (RECORDS / 2))) % RECORDS;
                    let revision = told[usize::try_from(at).unwrap()].load(Ordering::SeqCst);
                    session.apply(update(at + 1, Some(revision), &format!("{}", revision + 1))).unwrap();
                    told[usize::try_from(at).unwrap()].store(revision + 1, Ordering::SeqCst);
                }
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        for reader in 0..2 {
            let (session, told, done) = (session.clone(), &told, &done);
            scope.spawn(move || {
                let mut seen = vec![1; told.len()];
                while done.load(Ordering::SeqCst) < 2 {
                    for (at, seen) in seen.iter_mut().enumerate() {
                        let least = told[at].load(Ordering::SeqCst).max(*seen);
                        let record = read_one(&session, reader, at);
                        assert!(record.revision() >= least, "saw revision {}, was told {least}", record.revision());
                        let number = (record.revision() > 1).then(|| record.revision().to_string());
                        assert_eq!(record.text(customer::field::region), number.as_deref());
                        assert_eq!(record.text(customer::field::note), number.as_deref());
                        *seen = record.revision();
                    }
                }
            });
        }
    });
    assert_eq!(session.verify().unwrap().problem_count, 0);
}

fn read_one(session: &Session, reader: u64, at: usize) -> Record {
    match reader {
        0 => session.get(CUSTOMER, at as u64 + 1).unwrap().unwrap(),
        _ => session.get_by_code(CUSTOMER, &format!("C{at}")).unwrap().unwrap(),
    }
}

#[test]
fn readers_see_every_told_change_while_writers_go_on_in_memory() {
    for cache in [0, 64 * 600, 1 << 20] {
        readers_and_writers(&open(Arc::new(MemoryStore::new()), cache));
    }
}

#[cfg(feature = "redb")]
#[test]
fn readers_see_every_told_change_while_writers_go_on_on_a_file() {
    use crm_core::adapter::{RedbOptions, RedbStore};
    let dir = tempfile::tempdir().unwrap();
    let store = RedbStore::open(dir.path().join("cache.crm"), &RedbOptions::default()).unwrap();
    readers_and_writers(&open(Arc::new(store), 1 << 20));
}
