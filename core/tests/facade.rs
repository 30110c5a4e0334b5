//! The facade on the memory store: the write path, its errors in their order, reads, queries, history.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, CustomField, EntityKind, FieldType, Fields, Instant, Level, Value, ValueRef, Verb,
    complaint, customer, visit,
};
use crm_core::port::Order;
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Config, Crm, ErrorKind, Op, Query, Session};

fn open() -> Crm {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap()
}

fn session(crm: &Crm, level: Level) -> Session {
    crm.session(Actor { name: "u.wang".into(), level }).unwrap()
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.into()))
}

fn add(session: &Session, entity: EntityKind, changes: Changes) -> crm_core::Result<u64> {
    session.apply(Command::Add { entity, changes }).map(|o| o.record.unwrap().id())
}

fn a_customer(session: &Session, name: &str, class: &str) -> u64 {
    let changes = BTreeMap::from([
        (customer::field::name, text(name)),
        (customer::field::class, text(class)),
        (customer::field::owner, text("u.li")),
    ]);
    add(session, EntityKind::Customer, changes).unwrap()
}

fn act(
    session: &Session,
    entity: EntityKind,
    verb: &str,
    id: u64,
    changes: Changes,
) -> crm_core::Result<crm_core::Outcome> {
    session.apply(Command::Act { verb: Verb::named(entity, verb).unwrap(), id, revision: None, changes })
}

#[test]
fn a_customer_is_added_read_and_changed_under_its_revision() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    let id = a_customer(&session, "上海商业设施有限公司", "key");
    let record = session.get(EntityKind::Customer, id).unwrap().unwrap();
    assert_eq!(record.text(customer::field::name), Some("上海商业设施有限公司"));
    assert_eq!(record.enumeration(customer::field::status), Some(1));
    let update = |revision, region: &str| Command::Update {
        entity: EntityKind::Customer,
        id,
        revision: Some(revision),
        changes: BTreeMap::from([(customer::field::region, text(region))]),
    };
    let outcome = session.apply(update(1, "310000")).unwrap();
    assert_eq!((outcome.changed, outcome.record.unwrap().revision()), (true, 2));
    assert_eq!(session.apply(update(1, "110000")).unwrap_err().kind(), ErrorKind::Conflict);
    assert!(!session.apply(update(2, "310000")).unwrap().changed);
}

#[test]
fn a_complaint_is_graded_and_says_why() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    let customer = a_customer(&session, "王五", "key");
    let complaint = || {
        BTreeMap::from([
            (complaint::field::customer, Some(Value::Ref(customer))),
            (complaint::field::issue, text("安装延误")),
            (complaint::field::received_at, Some(Value::Instant(Instant::parse("2026-09-16T08:00:00+08:00").unwrap()))),
        ])
    };
    let first = add(&session, EntityKind::Complaint, complaint()).unwrap();
    let second = add(&session, EntityKind::Complaint, complaint()).unwrap();
    let rules = |id| session.explain(EntityKind::Complaint, id).unwrap()[0].rule.to_string();
    assert_eq!(rules(first), "R-FIX-15");
    assert_eq!(rules(second), "R-FIX-16");
}

#[test]
fn a_visit_follows_its_states_and_its_report_is_reviewed_by_another() {
    let crm = open();
    let session = session(&crm, Level::Manage);
    let customer = a_customer(&session, "王五", "general");
    let changes = BTreeMap::from([
        (visit::field::customer, Some(Value::Ref(customer))),
        (visit::field::owner, text("u.wang")),
        (visit::field::planned_on, Some(Value::Date("2026-09-20".parse().unwrap()))),
    ]);
    let id = add(&session, EntityKind::Visit, changes).unwrap();
    let none = BTreeMap::new;
    assert_eq!(act(&session, EntityKind::Visit, "report", id, none()).unwrap_err().kind(), ErrorKind::Transition);
    act(&session, EntityKind::Visit, "hold", id, none()).unwrap();
    let error = act(&session, EntityKind::Visit, "report", id, none()).unwrap_err();
    assert_eq!(error.violations()[0].field, "report");
    act(&session, EntityKind::Visit, "report", id, BTreeMap::from([(visit::field::report, text("谈了价格"))])).unwrap();
    let error = act(&session, EntityKind::Visit, "review", id, none()).unwrap_err();
    assert_eq!(error.violations()[0].rule, "R-MNT-05");
    let superior = crm.session(Actor { name: "u.chen".into(), level: Level::Manage }).unwrap();
    act(&superior, EntityKind::Visit, "review", id, none()).unwrap();
    let commands: Vec<String> =
        session.history(EntityKind::Visit, id, 10).unwrap().into_iter().map(|e| e.command).collect();
    assert_eq!(commands, ["review", "report", "hold", "add"]);
}

#[test]
fn errors_come_in_their_order_and_violations_all_at_once() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    let kind = |changes| add(&session, EntityKind::Customer, changes).unwrap_err().kind();
    assert_eq!(kind(BTreeMap::from([(999, text("x"))])), ErrorKind::UnknownField);
    assert_eq!(kind(BTreeMap::from([(customer::field::name, Some(Value::Int(1)))])), ErrorKind::WrongType);
    assert_eq!(kind(BTreeMap::from([(customer::field::status, Some(Value::Enum(2)))])), ErrorKind::Forbidden);
    let parent = BTreeMap::from([(customer::field::name, text("x")), (customer::field::parent, Some(Value::Ref(77)))]);
    assert_eq!(kind(parent), ErrorKind::Reference);
    let long = "长".repeat(101);
    let bad = BTreeMap::from([(customer::field::short_name, text(&long)), (customer::field::external_id, text("7"))]);
    let error = add(&session, EntityKind::Customer, bad).unwrap_err();
    let codes: Vec<(&str, &str)> = error.violations().iter().map(|v| (v.field.as_str(), v.code.as_ref())).collect();
    assert_eq!(codes, [("short_name", "too_long"), ("name", "required"), ("external_system", "required")]);
    let reader = crm.session(Actor { name: "u.r".into(), level: Level::Read }).unwrap();
    let changes = BTreeMap::from([(customer::field::name, text("x"))]);
    assert_eq!(add(&reader, EntityKind::Customer, changes).unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(session.last_sequence().unwrap(), 0);
}

#[test]
fn put_adds_then_finds_by_the_external_reference_and_changes_nothing_twice() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    let put = |name: &str| {
        let changes = BTreeMap::from([
            (customer::field::external_system, text("erp")),
            (customer::field::external_id, text("C-7")),
            (customer::field::name, text(name)),
        ]);
        session.apply(Command::Put { entity: EntityKind::Customer, changes }).unwrap()
    };
    assert!(put("旧名").added);
    assert!(!put("旧名").changed);
    let renamed = put("新名");
    assert_eq!((renamed.added, renamed.changed, renamed.record.unwrap().revision()), (false, true, 2));
    let found = session.get_by_external_ref(EntityKind::Customer, "erp", "C-7").unwrap().unwrap();
    assert_eq!(found.text(customer::field::name), Some("新名"));
    assert_eq!(session.last_sequence().unwrap(), 2);
}

#[test]
fn a_code_is_unique_and_a_batch_is_all_or_each() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    let coded = |code: &str| Command::Add {
        entity: EntityKind::Customer,
        changes: BTreeMap::from([(customer::field::code, text(code)), (customer::field::name, text("x"))]),
    };
    let error = session.apply_many(vec![coded("A"), coded("A")], Atomicity::All).unwrap_err();
    assert_eq!((error.kind(), error.context_value("command_index")), (ErrorKind::Duplicate, Some("1")));
    assert_eq!(session.get_by_code(EntityKind::Customer, "A").unwrap(), None);
    let answers = session.apply_many(vec![coded("A"), coded("A"), coded("B")], Atomicity::Each).unwrap();
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(session.last_sequence().unwrap(), 2);
}

#[test]
fn queries_use_an_index_where_one_fits_and_go_on_from_a_position() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    let customer = a_customer(&session, "王五", "general");
    for day in [3, 1, 2, 5, 4, 1, 9] {
        let changes = BTreeMap::from([
            (visit::field::customer, Some(Value::Ref(customer))),
            (visit::field::owner, text(if day == 9 { "u.li" } else { "u.wang" })),
            (visit::field::planned_on, Some(Value::Date(format!("2026-10-0{day}").parse().unwrap()))),
        ]);
        add(&session, EntityKind::Visit, changes).unwrap();
    }
    let due = Query::new(EntityKind::Visit)
        .filter(visit::field::state, Op::Eq, Value::Enum(1))
        .filter(visit::field::owner, Op::Eq, Value::Text("u.wang".into()))
        .filter(visit::field::planned_on, Op::Le, Value::Date("2026-10-04".parse().unwrap()))
        .order_by(visit::field::planned_on, Order::Ascending)
        .limit(2);
    let plan = session.explain_query(&due).unwrap();
    assert_eq!((plan.index.as_deref(), plan.sorted, plan.filtered.len()), (Some("visit.due_by_owner"), true, 0));
    let mut days = Vec::new();
    let mut query = due.clone();
    loop {
        let mut cursor = session.find(&query).unwrap();
        let before = days.len();
        while let Some(record) = cursor.step().unwrap() {
            days.push((record.date(visit::field::planned_on).unwrap().to_string(), record.id()));
        }
        if days.len() == before {
            break;
        }
        query.position = Some(cursor.position());
    }
    let wanted = [("2026-10-01", 2), ("2026-10-01", 6), ("2026-10-02", 3), ("2026-10-03", 1), ("2026-10-04", 5)];
    assert_eq!(days, wanted.map(|(day, id)| (day.to_owned(), id)));
    assert_eq!(session.count(&due).unwrap(), 5);
    let other = Query::new(EntityKind::Visit);
    assert_eq!(session.count(&other).unwrap(), 7);
    let wrong = Query { position: query.position, ..other };
    assert_eq!(session.find(&wrong).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn every_order_and_access_path_gives_the_same_records() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    for i in 0..50_i64 {
        let mut changes = BTreeMap::from([(customer::field::name, text(&format!("客户{:02}", (i * 7) % 50)))]);
        if i % 3 != 0 {
            changes.insert(customer::field::region, text(["310000", "110000"][usize::try_from(i % 2).unwrap()]));
        }
        add(&session, EntityKind::Customer, changes).unwrap();
    }
    for (field, order) in [
        (customer::field::region, Order::Ascending),
        (customer::field::region, Order::Descending),
        (customer::field::name, Order::Descending),
        (crm_core::domain::FIELD_ID, Order::Descending),
    ] {
        let query = Query::new(EntityKind::Customer).order_by(field, order).limit(7);
        let (mut seen, mut position) = (Vec::new(), None);
        loop {
            let page = Query { position: position.take(), ..query.clone() };
            let mut cursor = session.find(&page).unwrap();
            let start = seen.len();
            while let Some(record) = cursor.step().unwrap() {
                seen.push((record.get(field).map(ValueRef::to_value), record.id()));
            }
            if seen.len() == start {
                break;
            }
            position = Some(cursor.position());
        }
        let mut sorted = seen.clone();
        sorted.sort();
        if order == Order::Descending {
            sorted.reverse();
        }
        assert_eq!(seen.len(), 50);
        assert_eq!(seen, sorted);
    }
}

#[test]
fn a_custom_field_is_declared_set_indexed_and_found() {
    let crm = open();
    let session = session(&crm, Level::Manage);
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
    let declared = session.apply(Command::DeclareField(field.clone())).unwrap().declared.unwrap();
    assert_eq!(session.apply(Command::DeclareField(field)).unwrap_err().kind(), ErrorKind::Duplicate);
    let id = a_customer(&session, "王五", "key");
    let set = |tier| Command::Update {
        entity: EntityKind::Customer,
        id,
        revision: None,
        changes: BTreeMap::from([(declared.id, Some(Value::Int(tier)))]),
    };
    assert_eq!(session.apply(set(6)).unwrap_err().violations()[0].code, "out_of_range");
    session.apply(set(5)).unwrap();
    let query = Query::new(EntityKind::Customer).filter(declared.id, Op::Ge, Value::Int(5));
    assert_eq!(session.explain_query(&query).unwrap().index.as_deref(), Some("customer.acme.tier"));
    assert_eq!(session.count(&query).unwrap(), 1);
    let report = session.verify().unwrap();
    assert_eq!((report.problems.len(), report.entries, report.records), (0, 3, 1));
}

#[test]
fn sixty_four_threads_commit_together_and_the_chain_holds() {
    let crm = open();
    std::thread::scope(|scope| {
        for t in 0..64 {
            let session = session(&crm, Level::Edit);
            scope.spawn(move || {
                for i in 0..10 {
                    a_customer(&session, &format!("客户 {t}/{i}"), "general");
                }
            });
        }
    });
    let session = session(&crm, Level::Read);
    let report = session.verify().unwrap();
    assert_eq!((report.problems.len(), report.entries, report.records), (0, 640, 640));
    assert_eq!(session.changes_since(630, 100).unwrap().len(), 10);
}

#[test]
fn a_query_by_code_is_answered_from_the_unique_key() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    for code in ["A-1", "A-2", "B-1"] {
        let changes = BTreeMap::from([(customer::field::code, text(code)), (customer::field::name, text("x"))]);
        add(&session, EntityKind::Customer, changes).unwrap();
    }
    a_customer(&session, "没有编号", "general");
    let ids = |query: &Query| {
        let mut cursor = session.find(query).unwrap();
        let mut ids = Vec::new();
        while let Some(record) = cursor.step().unwrap() {
            ids.push(record.id());
        }
        (cursor.plan().index.clone(), ids)
    };
    let by =
        |op, code: &str| Query::new(EntityKind::Customer).filter(customer::field::code, op, Value::Text(code.into()));
    let index = Some("customer.by_code".to_owned());
    assert_eq!(ids(&by(Op::Eq, "A-2")), (index.clone(), vec![2]));
    assert_eq!(
        ids(&by(Op::StartsWith, "A-").order_by(customer::field::code, Order::Descending)),
        (index.clone(), vec![2, 1])
    );
    assert_eq!(ids(&by(Op::Gt, "A-1")), (index, vec![2, 3]));
    let system =
        Query::new(EntityKind::Customer).filter(customer::field::external_system, Op::Eq, Value::Text("erp".into()));
    assert_eq!(ids(&system), (None, vec![]));
}

/// The index of open complaints by deadline used to leave out those without one, so that the list of open complaints
/// in that order could not use it and read and sorted every complaint.
#[test]
fn open_complaints_by_deadline_come_from_their_index_even_without_a_deadline() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    let customer = a_customer(&session, "王五", "general");
    for issue in ["安装延误", "质量"] {
        let changes = BTreeMap::from([
            (complaint::field::customer, Some(Value::Ref(customer))),
            (complaint::field::issue, text(issue)),
            (complaint::field::received_at, Some(Value::Instant(Instant::parse("2026-09-16T08:00:00+08:00").unwrap()))),
        ]);
        add(&session, EntityKind::Complaint, changes).unwrap();
    }
    act(&session, EntityKind::Complaint, "withdraw", 1, BTreeMap::new()).unwrap();
    let open = [1, 2, 3, 4, 5, 7, 9, 11].map(Value::Enum).to_vec();
    let mut query = Query::new(EntityKind::Complaint).order_by(complaint::field::deadline_on, Order::Ascending);
    query.conditions.push(crm_core::Condition { field: complaint::field::state, op: Op::In, values: open });
    let plan = session.explain_query(&query).unwrap();
    let filtered: &[String] = &[];
    assert_eq!((plan.index.as_deref(), plan.sorted), (Some("complaint.open_by_deadline"), true));
    assert_eq!(plan.filtered, filtered);
    assert_eq!(session.find(&query).unwrap().step().unwrap().unwrap().id(), 2);
    assert_eq!(session.count(&query).unwrap(), 1);
}

#[test]
fn a_batch_tells_how_far_it_is_and_can_be_cancelled() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    let commands = || {
        (0..10)
            .map(|i| Command::Add {
                entity: EntityKind::Customer,
                changes: BTreeMap::from([(customer::field::name, text(&format!("c{i}")))]),
            })
            .collect::<Vec<_>>()
    };
    let stop_at = |at: usize| -> crm_core::Watch {
        Arc::new(
            move |done| if done == at { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) },
        )
    };
    let error = session.apply_many_watched(commands(), Atomicity::All, stop_at(5)).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Cancelled, "cancelled after 5 of 10 commands"));
    assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), 0);
    let each = session.apply_many_watched(commands(), Atomicity::Each, stop_at(9)).unwrap();
    assert_eq!(each.iter().filter(|answer| answer.is_ok()).count(), 9);
    assert_eq!(each[9].as_ref().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), 9);
}

#[test]
fn counts_by_value_are_the_same_from_an_index_and_from_the_records() {
    let crm = open();
    let session = session(&crm, Level::Edit);
    for i in 0..30_u32 {
        let mut changes = BTreeMap::from([(customer::field::name, text("x"))]);
        if i % 3 > 0 {
            let region = ["", "310000", "110000"][(i % 3) as usize];
            changes.insert(customer::field::region, text(region));
            changes.insert(customer::field::industry, text(region));
        }
        add(&session, EntityKind::Customer, changes).unwrap();
    }
    let query = Query::new(EntityKind::Customer);
    let wanted = vec![(None, 10), (text("110000"), 10), (text("310000"), 10)];
    assert_eq!(session.count_by(&query, customer::field::region).unwrap(), wanted);
    assert_eq!(session.count_by(&query, customer::field::industry).unwrap(), wanted);
    let half = query.clone().filter(crm_core::domain::FIELD_ID, Op::Le, Value::Int(15));
    assert_eq!(session.count_by(&half, customer::field::region).unwrap().iter().map(|c| c.1).sum::<u64>(), 15);
    assert_eq!((session.count(&query).unwrap(), session.count(&half).unwrap()), (30, 15));
    assert_eq!(session.count_by(&query, customer::field::status).unwrap(), [(Some(Value::Enum(1)), 30)]);
}
