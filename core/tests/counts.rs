//! The counts that every write keeps: which queries they answer, that refused commands leave no trace in them, and that
//! a wrong one is found.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, EntityKind, FIELD_REVISION, Instant, Level, Value, complaint, customer, visit,
};
use crm_core::port::{Order, Space, Store};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Condition, Config, Crm, ErrorKind, Op, Query, Session};

fn open(store: &MemoryStore) -> Session {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(store.clone()), Config::new(Arc::new(clock))).unwrap();
    crm.session(Actor { name: "u.wang".into(), level: Level::Manage }).unwrap()
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn customer(code: &str, class: Option<&str>) -> Command {
    let mut changes = Changes::from([
        (customer::field::name, Some(text("王五"))),
        (customer::field::code, Some(text(code))),
        (customer::field::owner, Some(text("u.li"))),
    ]);
    if let Some(class) = class {
        changes.insert(customer::field::class, Some(text(class)));
    }
    Command::Add { entity: EntityKind::Customer, changes }
}

fn by_class(session: &Session) -> Vec<(Option<Value>, u64)> {
    session.count_by(&Query::new(EntityKind::Customer), customer::field::class).unwrap()
}

fn counted(session: &Session, query: &Query) -> Option<String> {
    session.explain_query(query).unwrap().counted
}

#[test]
fn counts_follow_adding_changing_and_clearing() {
    let session = open(&MemoryStore::new());
    for (code, class) in [("C1", Some("key")), ("C2", Some("key")), ("C3", None)] {
        session.apply(customer(code, class)).unwrap();
    }
    assert_eq!(by_class(&session), [(None, 1), (Some(text("key")), 2)]);
    for (id, class) in [(1, Some(text("general"))), (2, None)] {
        let changes = BTreeMap::from([(customer::field::class, class)]);
        session.apply(Command::Update { entity: EntityKind::Customer, id, revision: None, changes }).unwrap();
    }
    assert_eq!(by_class(&session), [(None, 2), (Some(text("general")), 1)]);
    assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), 3);
}

#[test]
fn a_count_answers_any_condition_on_its_fields_and_no_other() {
    let session = open(&MemoryStore::new());
    for n in 0..4 {
        session.apply(customer(&format!("C{n}"), (n > 0).then_some("key"))).unwrap();
    }
    let all = Query::new(EntityKind::Customer);
    let class = |op, values: &[&str]| {
        let values = values.iter().map(|v| text(v)).collect();
        let conditions = vec![Condition { field: customer::field::class, op, values }];
        Query { conditions, ..all.clone() }
    };
    let name = Some("customer.by_class".to_owned());
    for (query, wanted) in [
        (class(Op::Eq, &["key"]), 3),
        (class(Op::Ne, &["key"]), 0),
        (class(Op::In, &["key", "general"]), 3),
        (class(Op::StartsWith, &["k"]), 3),
        (class(Op::Lt, &["key"]), 0),
        (class(Op::IsSet, &[]), 3),
        (class(Op::IsAbsent, &[]), 1),
    ] {
        assert_eq!((session.count(&query).unwrap(), counted(&session, &query)), (wanted, name.clone()), "{query:?}");
    }
    let two = class(Op::Eq, &["key"]).filter(customer::field::owner, Op::Eq, text("u.li"));
    assert_eq!((session.count(&two).unwrap(), counted(&session, &two)), (3, None));
    assert_eq!(counted(&session, &all), Some("customer.all".into()));
    let cursor = session.find(&all).unwrap();
    let behind = Query { position: Some(cursor.position()), ..all.clone() };
    assert_eq!((session.count(&behind).unwrap(), counted(&session, &behind)), (4, None));
    assert_eq!(session.count(&class(Op::Eq, &[])).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let unknown = Query { order: Some((9_999, Order::Ascending)), ..all.clone() };
    assert_eq!(session.count(&unknown).unwrap_err().kind(), ErrorKind::UnknownField);
    assert_eq!(session.count_by(&all.limit(2), customer::field::class).unwrap().iter().map(|g| g.1).sum::<u64>(), 2);
    assert_eq!(
        session.count_by(&Query::new(EntityKind::Customer), FIELD_REVISION).unwrap(),
        [(Some(Value::Int(1)), 4)]
    );
}

#[test]
fn open_complaints_are_counted_by_grade_and_planned_visits_by_owner() {
    let session = open(&MemoryStore::new());
    session.apply(customer("C1", Some("key"))).unwrap();
    let received = Instant::parse("2026-09-16T08:00:00+08:00").unwrap();
    for n in 0..3 {
        let changes = Changes::from([
            (complaint::field::customer, Some(Value::Ref(1))),
            (complaint::field::issue, Some(text(&format!("安装延误 {n}")))),
            (complaint::field::received_at, Some(Value::Instant(received))),
            (complaint::field::external_intent, Some(Value::Bool(n == 0))),
        ]);
        session.apply(Command::Add { entity: EntityKind::Complaint, changes }).unwrap();
    }
    let changes = Changes::from([
        (visit::field::customer, Some(Value::Ref(1))),
        (visit::field::owner, Some(text("u.li"))),
        (visit::field::planned_on, Some(Value::Date("2026-10-08".parse().unwrap()))),
    ]);
    session.apply(Command::Add { entity: EntityKind::Visit, changes }).unwrap();
    let open = Condition {
        field: complaint::field::state,
        op: Op::In,
        values: [1, 2, 3, 4, 5, 7, 9].map(Value::Enum).to_vec(),
    };
    let query = Query { conditions: vec![open], ..Query::new(EntityKind::Complaint) };
    let grades = [(Some(Value::Enum(2)), 2), (Some(Value::Enum(3)), 1)];
    assert_eq!(session.count_by(&query, complaint::field::grade).unwrap(), grades);
    let planned = Query::new(EntityKind::Visit).filter(visit::field::state, Op::Eq, Value::Enum(1));
    assert_eq!(session.count_by(&planned, visit::field::owner).unwrap(), [(Some(text("u.li")), 1)]);
}

#[test]
fn a_refused_command_leaves_no_trace_in_the_counts() {
    let session = open(&MemoryStore::new());
    session.apply(customer("C1", Some("key"))).unwrap();
    assert_eq!(session.apply(customer("C1", Some("general"))).unwrap_err().kind(), ErrorKind::Duplicate);
    let batch = || vec![customer("C2", Some("key")), customer("C3", Some("general")), customer("C1", Some("key"))];
    assert!(session.apply_many(batch(), Atomicity::All).is_err());
    assert_eq!(by_class(&session), [(Some(text("key")), 1)]);
    let answers = session.apply_many(batch(), Atomicity::Each).unwrap();
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2);
    assert_eq!(by_class(&session), [(Some(text("general")), 1), (Some(text("key")), 2)]);
    assert_eq!(session.verify().unwrap().problem_count, 0);
}

#[test]
fn verify_finds_a_count_that_is_wrong_missing_or_without_records() {
    let store = MemoryStore::new();
    let session = open(&store);
    session.apply(customer("C1", Some("key"))).unwrap();
    let mut keys = Vec::new();
    let read = store.begin_read().unwrap();
    read.scan(Space::Count, &[], None, Order::Ascending, &mut |key, _| {
        keys.push(key.to_vec());
        Ok(std::ops::ControlFlow::Continue(()))
    })
    .unwrap();
    assert_eq!(keys.len(), 5);
    let mut extra = keys[2].clone();
    extra.insert(5, b'x');
    let mut txn = store.begin_write().unwrap();
    txn.delete(Space::Count, &keys[0]).unwrap();
    txn.put(Space::Count, &keys[1], &7_u64.to_be_bytes()).unwrap();
    txn.put(Space::Count, &extra, &1_u64.to_be_bytes()).unwrap();
    txn.put(Space::Count, &keys[3], &[1]).unwrap();
    txn.commit().unwrap();
    let problems: Vec<String> = open(&store).verify().unwrap().problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "the count customer.by_status of some value is 7, its records are 1",
            "the count customer.by_class of some value is 1, its records are 0",
            "the count customer.by_owner of some value cannot be read, its records are 1",
            "the count customer.all lacks a value that 1 records have",
        ]
    );
}
