//! The relations of persons walked, and the missed visits of the whole base marked, through the facade.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, Customer, EntityKind, Instant, Level, Person, PersonRelation, PersonRelationKind, Value,
    Visit, VisitState, visit,
};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Op, Query, Session};

fn open() -> (FixedClock, Session) {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock.clone()))).unwrap();
    let session = crm.session(Actor { name: "u.wang".into(), level: Level::Edit }).unwrap();
    (clock, session)
}

fn add(session: &Session, entity: EntityKind, changes: Changes) -> Result<u64, ErrorKind> {
    let outcome = session.apply(Command::Add { entity, changes }).map_err(|error| error.kind())?;
    Ok(outcome.record.unwrap().id())
}

fn customer(session: &Session) -> u64 {
    let one = Customer { name: Some("王五".into()), ..Customer::default() };
    add(session, EntityKind::Customer, one.to_changes()).unwrap()
}

fn persons(session: &Session, count: usize) -> Vec<u64> {
    let of = customer(session);
    let one = || Person { customer: Some(of), name: Some("李四".into()), ..Person::default() };
    (0..count).map(|_| add(session, EntityKind::Person, one().to_changes()).unwrap()).collect()
}

fn relate(session: &Session, person: u64, kind: PersonRelationKind, other: u64) -> Result<u64, ErrorKind> {
    let one =
        PersonRelation { person: Some(person), other: Some(other), kind: Some(kind), ..PersonRelation::default() };
    add(session, EntityKind::PersonRelation, one.to_changes())
}

fn reached(session: &Session, from: u64, depth: u32, both: bool) -> Vec<(u64, u32)> {
    let found = session.related(EntityKind::PersonRelation, from, depth, both).unwrap();
    found.into_iter().map(|one| (one.id, one.depth)).collect()
}

#[test]
fn a_walk_follows_directions_goes_round_circles_once_and_keeps_its_depth() {
    use PersonRelationKind::{CloseTo, Influences, ReportsTo};
    let (_, session) = open();
    let p = persons(&session, 5);
    relate(&session, p[0], Influences, p[1]).unwrap();
    relate(&session, p[1], Influences, p[2]).unwrap();
    relate(&session, p[2], Influences, p[0]).unwrap();
    relate(&session, p[3], CloseTo, p[2]).unwrap();
    relate(&session, p[4], ReportsTo, p[0]).unwrap();
    assert_eq!(reached(&session, p[0], 16, false), [(p[1], 1), (p[2], 2), (p[3], 3)]);
    assert_eq!(reached(&session, p[0], 2, false), [(p[1], 1), (p[2], 2)]);
    assert_eq!(reached(&session, p[0], 1, true), [(p[1], 1), (p[2], 1), (p[4], 1)]);
    assert_eq!(reached(&session, p[3], 1, false), [(p[2], 1)], "close goes both ways");
    let refused = |entity, depth| session.related(entity, p[0], depth, false).unwrap_err().kind();
    assert_eq!(refused(EntityKind::PersonRelation, 0), ErrorKind::InvalidArgument);
    assert_eq!(refused(EntityKind::PersonRelation, 17), ErrorKind::InvalidArgument);
    assert_eq!(refused(EntityKind::Customer, 1), ErrorKind::InvalidArgument);
}

#[test]
fn a_long_chain_of_superiors_makes_no_circle_either() {
    let (_, session) = open();
    let p = persons(&session, 40);
    for pair in p.windows(2) {
        relate(&session, pair[0], PersonRelationKind::ReportsTo, pair[1]).unwrap();
    }
    assert_eq!(relate(&session, p[39], PersonRelationKind::ReportsTo, p[0]), Err(ErrorKind::Rejected));
    assert!(relate(&session, p[39], PersonRelationKind::Influences, p[0]).is_ok());
}

fn plan(session: &Session, of: u64, days: impl Iterator<Item = u64>) {
    let commands = days.map(|n| {
        let day = format!("2026-{:02}-{:02}", 1 + n / 28 % 8, 1 + n % 28);
        let one = Visit {
            customer: Some(of),
            owner: Some("u.li".into()),
            planned_on: Some(day.parse().unwrap()),
            ..Visit::default()
        };
        Command::Add { entity: EntityKind::Visit, changes: one.to_changes() }
    });
    for answer in session.apply_many(commands.collect(), crm_core::Atomicity::Each).unwrap() {
        answer.unwrap();
    }
}

fn in_state(session: &Session, state: VisitState) -> u64 {
    let query = Query::new(EntityKind::Visit).filter(visit::field::state, Op::Eq, Value::Enum(state.number()));
    session.count(&query).unwrap()
}

#[test]
fn missed_visits_are_marked_a_thousand_in_a_transaction_and_the_work_goes_on_where_it_was_cancelled() {
    let (_, session) = open();
    let of = customer(&session);
    plan(&session, of, 0..2_500);
    let ahead = BTreeMap::from([
        (visit::field::customer, Some(Value::Ref(of))),
        (visit::field::owner, Some(Value::Text("u.li".into()))),
        (visit::field::planned_on, Some(Value::Date("2026-09-16".parse().unwrap()))),
    ]);
    add(&session, EntityKind::Visit, ahead).unwrap();
    let mut told = Vec::new();
    let cancelled = session.mark_missed(&mut |visits| {
        told.push(visits);
        ControlFlow::Break(())
    });
    assert_eq!((cancelled.unwrap_err().kind(), told), (ErrorKind::Cancelled, vec![1_000]));
    assert_eq!(in_state(&session, VisitState::Missed), 1_000);
    let done = session.mark_missed(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((done.marked, done.left), (1_500, 0));
    assert_eq!((in_state(&session, VisitState::Missed), in_state(&session, VisitState::Planned)), (2_500, 1));
    let done = session.mark_missed(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((done.marked, done.left), (0, 0));
    assert!(session.verify().unwrap().problems.is_empty());
}

/// A rule that refuses to mark a visit must not make the batch look at it for ever.
#[test]
fn a_visit_that_cannot_be_marked_is_left_and_counted() {
    let (clock, session) = open();
    let of = customer(&session);
    plan(&session, of, 0..3);
    let policy = "id = \"ours\"\nversion = \"ours/1\"\ntitle = \"Ours\"\n[required.visit]\n\
                  missed = { value = [\"reason\"], source = \"our Art. 5\" }\n";
    let manager = session.crm().session(Actor { name: "u.chief".into(), level: Level::Manage }).unwrap();
    clock.set(Instant::parse("2026-09-17T09:00:00+08:00").unwrap());
    let policy = crm_core::domain::NewPolicy {
        text: policy.into(),
        effective_on: Some("2026-09-17".parse().unwrap()),
        approver: Some("u.chief".into()),
    };
    manager.adopt_policy(policy).unwrap();
    let done = session.mark_missed(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((done.marked, done.left), (0, 3));
}
