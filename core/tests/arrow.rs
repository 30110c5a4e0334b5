//! Query results as Arrow: the schema, the values, the batches.
#![cfg(feature = "arrow")]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int64Type};
use crm_core::adapter::MemoryStore;
use crm_core::domain::{Actor, Command, Customer, EntityKind, Instant, Level, Money, SYSTEM_FIELDS, Value, customer};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Query};

#[test]
fn values_arrive_in_columns_of_their_types() {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    let session = crm.session(Actor { name: "u.wang".into(), level: Level::Edit }).unwrap();
    for i in 0..3_i64 {
        let mut changes = BTreeMap::from([(customer::field::name, Some(Value::Text(format!("客户{i}"))))]);
        if i == 1 {
            changes.insert(customer::field::credit_limit, Some(Value::Money(Money::new(125_000, "CNY").unwrap())));
        }
        session.apply(Command::Add { entity: EntityKind::Customer, changes }).unwrap();
    }
    let query = Query::new(EntityKind::Customer);
    let columns = [customer::field::name, customer::field::status, customer::field::credit_limit];
    let mut reader = session.arrow(&query, Some(&columns)).unwrap();
    assert_eq!(reader.schema().field(0).metadata()["label_zh"], "客户名称");
    let batch = reader.next().unwrap().unwrap();
    assert!(reader.next().is_none());
    assert_eq!((batch.num_rows(), batch.num_columns()), (3, 3));
    assert_eq!(batch.column(0).as_string_view().value(2), "客户2");
    let status = batch.column(1).as_dictionary::<Int8Type>();
    assert_eq!(status.values().as_string::<i32>().value(usize::try_from(status.keys().value(0)).unwrap()), "prospect");
    let money = batch.column(2).as_struct();
    assert_eq!(money.column(0).as_primitive::<Int64Type>().value(1), 125_000);
    assert_eq!(arrow_array::Array::null_count(money), 2);
    let all = Customer::DEF.fields.len() + SYSTEM_FIELDS.len();
    assert_eq!(session.arrow(&query, None).unwrap().schema().fields().len(), all);
    assert_eq!(session.arrow(&query, Some(&[9_999])).map(|_| ()).unwrap_err().kind(), ErrorKind::UnknownField);
}
