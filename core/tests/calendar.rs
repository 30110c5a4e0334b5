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
missing_year = { value = "refuse", source = "test" }
company_rest_days = { value = [2026-12-24], rule = "T-2", source = "test" }
"#;

fn open(store: &MemoryStore) -> Session {
    open_at(store, "2026-12-30T09:00:00+08:00")
}

fn open_at(store: &MemoryStore, now: &str) -> Session {
    let clock = FixedClock::new(Instant::parse(now).unwrap());
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

fn warned(session: &Session) -> Vec<(&'static str, String)> {
    session.warnings().into_iter().map(|warning| (warning.code, warning.subject)).collect()
}

/// The year that is not announced was found out of by the first complaint that needed it. F16 of the audit.
#[test]
fn from_october_on_a_database_warns_of_the_next_year_until_it_is_added() {
    let store = MemoryStore::new();
    assert_eq!(warned(&open_at(&store, "2026-09-30T23:59:59+08:00")), []);
    let session = open_at(&store, "2026-10-01T00:00:00+08:00");
    assert_eq!(warned(&session), [("calendar_year_not_announced", "2027".to_owned())]);
    let provisional = session.warnings().remove(0);
    assert!(provisional.message.contains("provisional_year"), "{}", provisional.message);
    assert_eq!(
        warned(&open_at(&store, "2027-01-04T09:00:00+08:00")),
        [("calendar_year_not_announced", "2027".to_owned())]
    );
    let both: Vec<String> =
        open_at(&store, "2027-10-04T09:00:00+08:00").warnings().into_iter().map(|w| w.subject).collect();
    assert_eq!(both, ["2027", "2028"]);
    let effective_on = Some("2026-10-01".parse().unwrap());
    session
        .apply(Command::AdoptPolicy(NewPolicy { text: POLICY.into(), effective_on, approver: Some("u.gm".into()) }))
        .unwrap();
    assert!(session.warnings()[0].message.contains("is refused until"), "{}", session.warnings()[0].message);
    assert!(session.warnings()[0].message_zh.contains("2027年"));
    session.apply(year(2027, "2027-01-01")).unwrap();
    assert_eq!(warned(&session), []);
}

/// Behind the years whose festivals are built in there is no guess.
#[test]
fn behind_the_provisional_years_a_year_is_missing_and_named() {
    let store = MemoryStore::new();
    let session = open_at(&store, "2036-12-30T09:00:00+08:00");
    let error = session.report_days("2037-01-01".parse().unwrap(), "2037-01-31".parse().unwrap());
    assert_eq!(error.map(|days| days.len()).map_err(|error| error.kind()), Ok(0), "no report, no year");
    let text = POLICY.replace("\"refuse\"", "\"provisional\"").replace("2026-12-24", "2026-12-23");
    let effective_on = Some("2036-12-30".parse().unwrap());
    session.apply(Command::AdoptPolicy(NewPolicy { text, effective_on, approver: Some("u.gm".into()) })).unwrap();
    let name = BTreeMap::from([(customer::field::name, Some(Value::Text("王五".into())))]);
    session.apply(Command::Add { entity: EntityKind::Customer, changes: name }).unwrap();
    let Command::Add { entity, mut changes } = complain() else { unreachable!() };
    let received = Instant::parse("2036-12-29T08:00:00+08:00").unwrap();
    changes.insert(complaint::field::received_at, Some(Value::Instant(received)));
    let error = session.apply(Command::Add { entity, changes }).unwrap_err();
    assert_eq!((error.kind(), error.context_value("year")), (ErrorKind::CalendarYearMissing, Some("2037")));
    assert!(error.message().ends_with("a manager can add it as a work_year"), "{}", error.message());
}
