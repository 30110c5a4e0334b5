//! Reading many records: positions at every place, filters, sums by groups, against what looking at everything finds.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{Actor, Changes, Command, EntityKind, FIELD_ID, Fields, Instant, Level, Money, Value, customer};
use crm_core::port::{Order, Space, Store};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Condition, Config, Crm, ErrorKind, Op, Query, Session, Summary};

const CUSTOMER: EntityKind = EntityKind::Customer;
const ROWS: i64 = 300;

fn open(store: &MemoryStore) -> Session {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(store.clone()), Config::new(Arc::new(clock))).unwrap();
    crm.session(Actor { name: "u.wang".into(), level: Level::Manage }).unwrap()
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

/// Customer `n`: of one of 3 owners, of one of 40 regions or none, with a turnover in one of two currencies.
fn row(n: i64) -> Changes {
    let currency = if n % 7 == 0 { "USD" } else { "CNY" };
    let mut changes = Changes::from([
        (customer::field::name, Some(text(&format!("王五{n}")))),
        (customer::field::owner, Some(text(&format!("u.{}", n % 3)))),
        (customer::field::employee_count, Some(Value::Int(n))),
        (customer::field::annual_revenue, Some(Value::Money(Money::new(i64::MAX - n, currency).unwrap()))),
    ]);
    if n % 5 != 0 {
        changes.insert(customer::field::region, Some(text(&format!("{:02}", n % 40))));
    }
    if n % 2 == 0 {
        changes.remove(&customer::field::employee_count);
    }
    changes
}

fn filled(store: &MemoryStore) -> Session {
    filled_with(store, ROWS)
}

fn filled_with(store: &MemoryStore, rows: i64) -> Session {
    let session = open(store);
    let add = |n| Command::Add { entity: CUSTOMER, changes: row(n) };
    session.apply_many((0..rows).map(add).collect(), Atomicity::All).unwrap();
    session
}

/// Flips a bit of a stored record.
fn damage(store: &MemoryStore, id: u64) {
    let mut key = vec![CUSTOMER.number()];
    key.extend_from_slice(&id.to_be_bytes());
    let mut bytes = Vec::new();
    assert!(store.begin_read().unwrap().get(Space::Record, &key, &mut |value| bytes = value.to_vec()).unwrap());
    bytes[60] ^= 1;
    let mut txn = store.begin_write().unwrap();
    txn.put(Space::Record, &key, &bytes).unwrap();
    txn.commit().unwrap();
}

fn ids(session: &Session, query: &Query) -> Vec<u64> {
    let mut cursor = session.find(query).unwrap();
    let mut ids = Vec::new();
    while let Some(record) = cursor.step().unwrap() {
        ids.push(record.id());
    }
    ids
}

#[test]
fn a_query_goes_on_from_every_place_whatever_it_reads_at_a_time() {
    let session = filled(&MemoryStore::new());
    let owner = |op, value| Query::new(CUSTOMER).filter(customer::field::owner, op, text(value));
    let all = Query::new(CUSTOMER);
    let with_region = Condition { field: customer::field::region, op: Op::IsSet, values: Vec::new() };
    for query in [
        all.clone(),
        all.clone().order_by(FIELD_ID, Order::Descending),
        all.clone().filter(customer::field::employee_count, Op::Ge, Value::Int(40)),
        owner(Op::Eq, "u.1"),
        owner(Op::Ge, "u.1").filter(customer::field::employee_count, Op::Lt, Value::Int(250)),
        Query { conditions: vec![with_region], ..all.clone() }.order_by(customer::field::region, Order::Descending),
        all.clone().order_by(customer::field::name, Order::Descending),
    ] {
        let wanted = ids(&session, &query);
        assert!(wanted.len() > 50, "{query:?}");
        let mut cursor = session.find(&query).unwrap();
        for at in 0..=wanted.len() {
            let behind = Query { position: Some(cursor.position()), ..query.clone() };
            assert_eq!(session.count(&behind).unwrap(), (wanted.len() - at) as u64, "{at} {query:?}");
            assert_eq!(ids(&session, &behind.limit(3)), wanted[at..wanted.len().min(at + 3)], "{at} {query:?}");
            assert_eq!(cursor.step().unwrap().map(|record| record.id()), wanted.get(at).copied());
        }
    }
}

/// The same by looking at every record.
fn naive(session: &Session, query: &Query, field: u16, by: Option<u16>) -> Vec<Summary> {
    let mut groups: BTreeMap<(Option<Value>, String), Vec<Value>> = BTreeMap::new();
    let mut cursor = session.find(query).unwrap();
    while let Some(record) = cursor.step().unwrap() {
        let Some(value) = record.get(field).map(|v| v.to_value()) else { continue };
        let currency = if let Value::Money(money) = &value { money.currency().to_owned() } else { String::new() };
        let group = by.and_then(|by| record.get(by)).map(|v| v.to_value());
        groups.entry((group, currency)).or_default().push(value);
    }
    let summary = |((group, _), values): ((Option<Value>, String), Vec<Value>)| {
        let number = |value: &Value| match value {
            Value::Int(number) => Some(i128::from(*number)),
            Value::Money(money) => Some(i128::from(money.amount_minor())),
            _ => None,
        };
        Summary {
            group,
            count: values.len() as u64,
            sum: values.iter().map(number).sum(),
            least: values.iter().min().unwrap().clone(),
            greatest: values.iter().max().unwrap().clone(),
        }
    };
    groups.into_iter().map(summary).collect()
}

#[test]
fn sums_by_groups_are_those_of_looking_at_everything() {
    use customer::field;
    let session = filled(&MemoryStore::new());
    let all = Query::new(CUSTOMER);
    let owner = all.clone().filter(field::owner, Op::Eq, text("u.1"));
    let behind = |query: &Query| {
        let mut cursor = session.find(query).unwrap();
        (0..100).for_each(|_| drop(cursor.step().unwrap()));
        Query { position: Some(cursor.position()), ..query.clone() }
    };
    let by_name = all.clone().order_by(field::name, Order::Descending);
    for query in [
        &all,
        &owner,
        &all.clone().filter(field::region, Op::StartsWith, text("1")).filter(field::owner, Op::Ne, text("u.0")),
        &owner.clone().limit(17),
        &behind(&all),
        &behind(&by_name),
        &all.clone().filter(field::owner, Op::Eq, text("nobody")),
    ] {
        for of in [field::employee_count, field::annual_revenue, field::name, FIELD_ID] {
            for by in [None, Some(field::owner), Some(field::region), Some(field::name)] {
                let found = session.aggregate(query, of, by).unwrap();
                assert_eq!(found, naive(&session, query, of, by), "{of} by {by:?} of {query:?}");
            }
        }
    }
    let sums = session.aggregate(&all, field::annual_revenue, None).unwrap();
    assert_eq!(sums.len(), 2);
    assert!(sums[0].sum.unwrap() > i128::from(i64::MAX), "a sum of money goes beyond 64 bits");
}

/// Many records are summed up in two halves. What both have, what one has alone, and a damaged record in either count.
#[test]
fn sums_of_two_halves_are_those_of_looking_at_everything() {
    use customer::field;
    let store = MemoryStore::new();
    let session = filled_with(&store, 4_200);
    let all = Query::new(CUSTOMER);
    let some = all.clone().filter(field::employee_count, Op::Ge, Value::Int(1_000));
    for query in [&all, &some] {
        for (of, by) in [
            (field::employee_count, Some(field::region)),
            (field::annual_revenue, Some(field::owner)),
            (field::name, None),
            (FIELD_ID, Some(field::name)),
        ] {
            assert_eq!(session.aggregate(query, of, by).unwrap(), naive(&session, query, of, by), "{of} by {by:?}");
        }
    }
    for id in [4_190, 10] {
        damage(&store, id);
        let found = open(&store).aggregate(&all, FIELD_ID, None);
        assert_eq!(found.map_err(|error| error.kind()), Err(ErrorKind::Corrupt), "{id}");
    }
}

#[test]
fn a_sum_over_what_is_not_there_is_refused() {
    let session = filled(&MemoryStore::new());
    let all = Query::new(CUSTOMER);
    assert_eq!(session.aggregate(&all, 9_999, None).unwrap_err().kind(), ErrorKind::UnknownField);
    assert_eq!(session.aggregate(&all, FIELD_ID, Some(9_999)).unwrap_err().kind(), ErrorKind::UnknownField);
    let wrong = all.filter(customer::field::owner, Op::Eq, Value::Int(1));
    assert_eq!(session.aggregate(&wrong, FIELD_ID, None).unwrap_err().kind(), ErrorKind::WrongType);
}

/// What needs every record ends at one that is damaged. A list says so once, after what comes before it, and goes on with what follows.
#[test]
fn a_damaged_record_ends_every_sum_and_no_list() {
    let store = MemoryStore::new();
    filled(&store);
    let session = open(&store);
    let all = Query::new(CUSTOMER);
    let owner = all.clone().filter(customer::field::owner, Op::Eq, text("u.0"));
    let kind = |error: crm_core::Error| error.kind();
    let expected: Vec<Vec<u64>> = [&all, &owner].map(|query| listed(&session, query).0).into();
    damage(&store, 7);
    let session = open(&store);
    assert_eq!(session.get(CUSTOMER, 7).map_err(kind), Err(ErrorKind::Corrupt));
    for (query, expected) in [&all, &owner].into_iter().zip(expected) {
        assert!(expected.contains(&7));
        assert_eq!(session.aggregate(query, FIELD_ID, None).map_err(kind), Err(ErrorKind::Corrupt));
        let rest: Vec<u64> = expected.into_iter().filter(|id| *id != 7).collect();
        assert_eq!(listed(&session, query), (rest, vec![ErrorKind::Corrupt]));
    }
}

/// The ids that a list gives, and its errors.
fn listed(session: &Session, query: &Query) -> (Vec<u64>, Vec<ErrorKind>) {
    let (mut cursor, mut ids, mut errors) = (session.find(query).unwrap(), Vec::new(), Vec::new());
    loop {
        match cursor.step() {
            Ok(Some(record)) => ids.push(record.id()),
            Ok(None) => return (ids, errors),
            Err(error) => errors.push(error.kind()),
        }
        assert!(errors.len() < 10, "it goes on");
    }
}

/// A batch ends before its number of records when they are long.
#[test]
fn long_records_come_all_and_in_order() {
    let store = MemoryStore::new();
    let session = open(&store);
    let note = "注".repeat(4_000);
    let add = |n| {
        let mut changes = row(n);
        changes.insert(customer::field::note, Some(text(&note)));
        Command::Add { entity: CUSTOMER, changes }
    };
    session.apply_many((0..ROWS).map(add).collect(), Atomicity::All).unwrap();
    for order in [Order::Ascending, Order::Descending] {
        let mut cursor = session.find(&Query::new(CUSTOMER).order_by(FIELD_ID, order)).unwrap();
        let mut ids = Vec::new();
        while let Some(record) = cursor.step().unwrap() {
            assert_eq!(record.text(customer::field::note), Some(note.as_str()));
            ids.push(record.id());
        }
        let mut expected: Vec<u64> = (1..=ROWS.unsigned_abs()).collect();
        if order == Order::Descending {
            expected.reverse();
        }
        assert_eq!(ids, expected);
    }
}
