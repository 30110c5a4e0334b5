//! A clock that goes back, or one that is ahead: instants of changes never go back, and who asks is told.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{Actor, Changes, Command, EntityKind, Instant, Level, Value, Verb, complaint, customer};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, Session};

fn day(day: u32) -> Instant {
    Instant::parse(&format!("2026-09-{day:02}T09:00:00Z")).unwrap()
}

fn open(store: &MemoryStore, clock: &FixedClock) -> Session {
    let crm = Crm::open(Arc::new(store.clone()), Config::new(Arc::new(clock.clone()))).unwrap();
    crm.session(Actor { name: "u.wang".into(), level: Level::Manage }).unwrap()
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.into()))
}

fn rename(session: &Session, name: &str) {
    let changes: Changes = BTreeMap::from([(customer::field::name, text(name))]);
    session.apply(Command::Update { entity: EntityKind::Customer, id: 1, revision: None, changes }).unwrap();
}

fn act(session: &Session, verb: &str, changes: Changes) {
    let verb = Verb::named(EntityKind::Complaint, verb).unwrap();
    session.apply(Command::Act { verb, id: 1, revision: None, changes }).unwrap();
}

/// A clock that was set back gave records that were changed before they were made, and complaints that had been in a state
/// for a negative time. The instant of a change is the clock's or that of the last journal entry, whichever is later; so it
/// is in the process that opens the database next, too, and in one that only reads it.
#[test]
fn no_change_is_before_the_one_before_it() {
    let (store, clock) = (MemoryStore::new(), FixedClock::new(day(20)));
    let session = open(&store, &clock);
    let changes = BTreeMap::from([(customer::field::name, text("made on the 20th"))]);
    session.apply(Command::Add { entity: EntityKind::Customer, changes }).unwrap();
    clock.set(day(10));
    rename(&session, "changed later, at a clock that was set back");
    let record = session.get(EntityKind::Customer, 1).unwrap().unwrap();
    assert_eq!((record.header().created_at, record.header().updated_at), (day(20), day(20)));
    assert_eq!(session.statistics(false).unwrap().clock_behind_us, 10 * 86_400 * 1_000_000);

    let session = open(&store, &clock);
    rename(&session, "changed by another process");
    assert_eq!(session.get(EntityKind::Customer, 1).unwrap().unwrap().header().updated_at, day(20));
    clock.set(day(25));
    rename(&session, "changed when the clock had gone on");
    assert_eq!(session.get(EntityKind::Customer, 1).unwrap().unwrap().header().updated_at, day(25));
    assert_eq!(session.statistics(false).unwrap().clock_behind_us, 0);

    let received = BTreeMap::from([
        (complaint::field::customer, Some(Value::Ref(1))),
        (complaint::field::issue, text("安装延误")),
        (complaint::field::received_at, Some(Value::Instant(day(24)))),
    ]);
    session.apply(Command::Add { entity: EntityKind::Complaint, changes: received }).unwrap();
    clock.set(day(12));
    act(&session, "clarify", BTreeMap::from([(complaint::field::cause, text("配件缺货"))]));
    act(&session, "suspend", BTreeMap::from([(complaint::field::reason, text("客户出差"))]));
    clock.set(day(5));
    act(&session, "resume", BTreeMap::new());
    let stays = session.stays(EntityKind::Complaint, 1).unwrap();
    assert!(stays.len() >= 3, "{stays:?}");
    for stay in &stays {
        assert!(stay.until.is_none_or(|until| until >= stay.from), "{stay:?}");
    }
    let entries = session.changes_since(0, 100).unwrap();
    assert!(entries.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert_eq!(session.verify().unwrap().problem_count, 0);
}

/// An instant at which nothing was written moves nothing: who reads at a clock that is ahead does no harm.
#[test]
fn a_clock_that_was_ahead_while_nothing_was_written_leaves_no_trace() {
    let (store, clock) = (MemoryStore::new(), FixedClock::new(day(20)));
    let session = open(&store, &clock);
    let changes = || BTreeMap::from([(customer::field::name, text("王五"))]);
    session.apply(Command::Add { entity: EntityKind::Customer, changes: changes() }).unwrap();
    clock.set(day(28));
    session.statistics(false).unwrap();
    rename(&session, "王五");
    clock.set(day(21));
    session.apply(Command::Add { entity: EntityKind::Customer, changes: changes() }).unwrap();
    assert_eq!(session.get(EntityKind::Customer, 2).unwrap().unwrap().header().created_at, day(21));
}
