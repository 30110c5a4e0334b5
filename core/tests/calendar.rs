//! Work years of a database: kept over a reopening, and taken back when their command is refused.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Command, EntityKind, Fields, Instant, Level, NewPolicy, Value, complaint, customer, work_year,
};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Config, Crm, ErrorKind, Session};

const POLICY: &str = r#"
id = "test"
version = "test/1"
title = "Test"
[complaint.resolve]
general = { value = 5, unit = "working_days", rule = "T-1", source = "test" }
major = { value = 5, unit = "working_days", rule = "T-1", source = "test" }
[calendar]
company_rest_days = { value = [2026-12-24], rule = "T-2", source = "test" }
"#;

fn open(store: &MemoryStore) -> Session {
    let clock = FixedClock::new(Instant::parse("2026-12-30T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(store.clone()), Config::new(Arc::new(clock))).unwrap();
    crm.session(Actor { name: "u.chen".into(), level: Level::Manage }).unwrap()
}

fn year(number: i64, rest_days: &str) -> Command {
    use work_year::field;
    let text = |value: &str| Some(Value::Text(value.into()));
    let mut changes = BTreeMap::from([(field::year, Some(Value::Int(number))), (field::region, text("CN"))]);
    if !rest_days.is_empty() {
        changes.insert(field::rest_days, text(rest_days));
    }
    Command::Add { entity: EntityKind::WorkYear, changes }
}

fn complain() -> Command {
    use complaint::field;
    let received = Instant::parse("2026-12-23T08:00:00+08:00").unwrap();
    let changes = BTreeMap::from([
        (field::customer, Some(Value::Ref(1))),
        (field::issue, Some(Value::Text("漏水".into()))),
        (field::received_at, Some(Value::Instant(received))),
    ]);
    Command::Add { entity: EntityKind::Complaint, changes }
}

fn due(session: &Session) -> Result<String, ErrorKind> {
    let added = session.apply(complain()).map_err(|error| error.kind())?;
    Ok(added.record.unwrap().date(complaint::field::deadline_on).unwrap().to_string())
}

#[test]
fn a_year_stays_over_a_reopening_and_goes_with_the_days_of_a_policy() {
    let store = MemoryStore::new();
    let session = open(&store);
    let name = BTreeMap::from([(customer::field::name, Some(Value::Text("王五".into())))]);
    session.apply(Command::Add { entity: EntityKind::Customer, changes: name }).unwrap();
    let effective_on = Some("2026-12-30".parse().unwrap());
    let policy = NewPolicy { text: POLICY.into(), effective_on, approver: Some("u.gm".into()) };
    session.apply(Command::AdoptPolicy(policy)).unwrap();
    // 25, 28, 29, 30 and 31 December: the 24th is the company's own.
    assert_eq!(due(&session).unwrap(), "2026-12-31");
    // The notice for 2026 as another would have it: the 25th rests too, and no Saturday is worked.
    session.apply(year(2026, "2026-12-25")).unwrap();
    assert_eq!(due(&session), Err(ErrorKind::CalendarYearMissing));
    session.apply(year(2027, "2027-01-01")).unwrap();
    assert_eq!(due(&session).unwrap(), "2027-01-04");
    drop(session);
    assert_eq!(due(&open(&store)).unwrap(), "2027-01-04");
    assert_eq!(open(&store).verify().unwrap().problem_count, 0);
}

#[test]
fn a_year_whose_command_or_batch_is_refused_is_not_in_the_calendar() {
    let store = MemoryStore::new();
    let session = open(&store);
    assert_eq!(session.apply(year(2026, "2026-13-01")).unwrap_err().kind(), ErrorKind::Rejected);
    let refused = session.apply_many(vec![year(2027, ""), year(2027, "")], Atomicity::All);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Duplicate);
    let effective_on = Some("2027-01-01".parse().unwrap());
    let text = POLICY.replace("2026-12-24", "2027-01-04");
    let policy = || NewPolicy { text: text.clone(), effective_on, approver: Some("u.gm".into()) };
    let missing = session.apply(Command::AdoptPolicy(policy())).unwrap_err();
    assert_eq!((missing.kind(), missing.violations()[0].code.as_ref()), (ErrorKind::Rejected, "calendar_year_missing"));
    session.apply(year(2027, "2027-01-01")).unwrap();
    session.apply(Command::AdoptPolicy(policy())).unwrap();
    drop(session);
    // The year that the policy needs is there before the policy is read.
    assert!(open(&store).verify().unwrap().problems.is_empty());
    assert_eq!(open(&store).crm().catalog().custom_fields().len(), 0);
}
