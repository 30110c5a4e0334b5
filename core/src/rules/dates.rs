//! Dates that cannot be: out of the years, in the future, out of order, or of a state that the record is not in.
//!
//! The bounds are of the form of data, not of a regulation: what lies outside of them is a slip of the pen or of an export.

use chrono::Datelike as _;
use chrono_tz::Tz;

use crate::domain::{
    Date, EntityKind, Fields, Instant, ValueRef, action, appeal, complaint, customer, customer_plan, investigation,
    org_unit, person, review, survey, user, visit,
};
use crate::error::Violation;

use super::shape::{SENSITIVE, violation};

/// The first year of a date, such as a birthday or the day of a contract.
pub const DATE_YEAR_MIN: i32 = 1900;
/// The first year of an instant, which is that of an event.
pub const INSTANT_YEAR_MIN: i32 = 1990;
/// The last year of both.
pub const YEAR_MAX: i32 = 2200;
/// By how much the clocks of two machines may differ: an event may lie so far in the future, or before one that it follows.
/// Unit: seconds.
pub const TOLERANCE_S: i64 = 300;

/// A date or instant of a record.
#[derive(Debug, Clone, Copy)]
pub struct Dated<'a> {
    /// The id of the field.
    pub field: u16,
    /// The name of the field.
    pub name: &'a str,
    /// The Chinese label.
    pub label_zh: &'a str,
    /// Whether the value is personal, and stays out of messages.
    pub is_sensitive: bool,
    /// Whether it tells of an event that happened, so that it does not lie in the future.
    pub is_event: bool,
}

/// A date that cannot be.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// The fields that it comes from.
    pub fields: Vec<u16>,
    /// What is wrong.
    pub violation: Violation,
}

/// What comes first and what follows, by entity. Both may be dates or instants.
const ORDERS: &[(EntityKind, u16, u16)] = {
    use EntityKind::{Action, Appeal, Complaint, Investigation, OrgUnit, Review, Survey, Visit};
    use complaint::field as c;
    &[
        (Complaint, c::received_at, c::acknowledged_at),
        (Complaint, c::received_at, c::responded_at),
        (Complaint, c::received_at, c::promised_on),
        (Complaint, c::received_at, c::company_reported_at),
        (Complaint, c::received_at, c::replied_at),
        (Complaint, c::received_at, c::closed_at),
        (Complaint, c::received_at, c::archived_at),
        (Complaint, c::reopened_at, c::acknowledged_at),
        (Complaint, c::reopened_at, c::responded_at),
        (Complaint, c::reopened_at, c::closed_at),
        (Complaint, c::acknowledged_at, c::closed_at),
        (Complaint, c::responded_at, c::closed_at),
        (Complaint, c::company_reported_at, c::closed_at),
        (Complaint, c::replied_at, c::closed_at),
        (Complaint, c::closed_at, c::archived_at),
        (Visit, visit::field::held_at, visit::field::reported_at),
        (Visit, visit::field::reported_at, visit::field::reviewed_at),
        (Action, action::field::done_at, action::field::verified_at),
        (Appeal, appeal::field::received_at, appeal::field::answered_at),
        (Appeal, appeal::field::received_at, appeal::field::decided_at),
        (Appeal, appeal::field::answered_at, appeal::field::decided_at),
        (Review, review::field::requested_at, review::field::decided_at),
        (Survey, survey::field::period_from, survey::field::closed_at),
        (Investigation, investigation::field::settled_at, investigation::field::applied_at),
        (OrgUnit, org_unit::field::founded_on, org_unit::field::level_since),
        (OrgUnit, org_unit::field::founded_on, org_unit::field::closed_on),
    ]
};

/// The states in which a record can hold a date, by entity.
const STATES: &[(EntityKind, u16, &[&str])] = {
    use EntityKind::{Action, Appeal, Complaint, CustomerPlan, Investigation, OrgUnit, Review, Survey, Visit};
    &[
        (Complaint, complaint::field::closed_at, &["closed", "archived"]),
        (Complaint, complaint::field::archived_at, &["archived"]),
        (Visit, visit::field::held_at, &["held", "reported", "reviewed"]),
        (Visit, visit::field::reported_at, &["reported", "reviewed"]),
        (Visit, visit::field::reviewed_at, &["reviewed"]),
        (Action, action::field::done_at, &["done", "effective", "ineffective", "cancelled"]),
        (Action, action::field::verified_at, &["effective", "ineffective", "cancelled"]),
        (Appeal, appeal::field::answered_at, &["answered", "decided", "withdrawn"]),
        (Appeal, appeal::field::decided_at, &["decided"]),
        (Review, review::field::decided_at, &["decided"]),
        (Survey, survey::field::closed_at, &["closed"]),
        (Investigation, investigation::field::settled_at, &["settled", "applied"]),
        (Investigation, investigation::field::applied_at, &["applied"]),
        (CustomerPlan, customer_plan::field::approved_at, &["in_force", "ended"]),
        (OrgUnit, org_unit::field::closed_on, &["closed"]),
    ]
};

/// The dates, and years, that are events: nobody is born in the future, founded, identified or moved.
const EVENTS: &[(EntityKind, u16)] = &[
    (EntityKind::Customer, customer::field::birthday),
    (EntityKind::Customer, customer::field::identity_verified_on),
    (EntityKind::Customer, FOUNDED_YEAR),
    (EntityKind::Person, person::field::birthday),
    (EntityKind::User, user::field::transferred_on),
];
const FOUNDED_YEAR: u16 = customer::field::founded_year;

/// The dates of what is reported now, from which visits are planned: in the years of events, and at most in the next one.
const REPORTED: &[(EntityKind, u16)] = &[(EntityKind::Customer, customer::field::event_on)];

/// Whether a value is a date, an instant, or a year that is judged as one.
pub fn is_dated(entity: EntityKind, field: u16, value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Date(_) | ValueRef::Instant(_)) || (entity, field) == (EntityKind::Customer, FOUNDED_YEAR)
}

/// The dates of a record that cannot be, of those that `dated` lists. `state` is the name of its state.
pub fn doubts(
    entity: EntityKind,
    record: &dyn Fields,
    state: Option<&str>,
    dated: &[Dated<'_>],
    now: Instant,
    zone: Tz,
) -> Vec<Doubt> {
    let mut found = Vec::new();
    for of in dated {
        let Some(value) = record.get(of.field) else { continue };
        let is_event = of.is_event || EVENTS.contains(&(entity, of.field));
        let reported = REPORTED.contains(&(entity, of.field));
        let years = if reported { (INSTANT_YEAR_MIN, now.date_in(zone).year() + 1) } else { years_of(value) };
        let ahead = || if is_event { ahead(of, value, now, zone) } else { None };
        let doubt = out_of_years(of, value, years, zone).or_else(ahead);
        found.extend(doubt.map(|violation| Doubt { fields: vec![of.field], violation }));
    }
    let named = |field: u16| dated.iter().find(|of| of.field == field);
    for (_, first, then) in ORDERS.iter().filter(|(of, ..)| *of == entity) {
        let (Some(before), Some(after)) = (record.get(*first), record.get(*then)) else { continue };
        // What the kernel keeps may come first, and is never what is wrong.
        if let Some(of) = named(*then).filter(|_| !in_order(before, after, zone)) {
            let first_name = entity.def().field(*first).map_or("", |info| info.name);
            found.push(Doubt { fields: vec![*first, *then], violation: out_of_order(of, first_name, before, after) });
        }
    }
    let state_field = entity.def().state;
    for (_, field, states) in STATES.iter().filter(|(of, ..)| *of == entity) {
        if let (Some(of), Some(_), Some(state)) = (named(*field), record.get(*field), state)
            && !states.contains(&state)
        {
            let fields = state_field.into_iter().chain([*field]).collect();
            found.push(Doubt { fields, violation: of_another_state(of, state, states) });
        }
    }
    found
}

/// The names of the fields that are in doubt, as a record keeps them; `None` when none is.
pub fn mark(doubts: &[Doubt]) -> Option<String> {
    let mut names: Vec<&str> = doubts.iter().map(|doubt| doubt.violation.field.as_str()).collect();
    names.dedup();
    (!names.is_empty()).then(|| names.join(", "))
}

fn shown(of: &Dated<'_>, value: ValueRef<'_>) -> String {
    if of.is_sensitive { SENSITIVE.to_owned() } else { value.to_string() }
}

/// The years in which a value can lie.
fn years_of(value: ValueRef<'_>) -> (i32, i32) {
    (if matches!(value, ValueRef::Instant(_)) { INSTANT_YEAR_MIN } else { DATE_YEAR_MIN }, YEAR_MAX)
}

/// The year of a date or of an instant.
fn year(value: ValueRef<'_>, zone: Tz) -> Option<i32> {
    match value {
        ValueRef::Date(day) => Some(day.year()),
        ValueRef::Instant(at) => Some(at.date_in(zone).year()),
        _ => None,
    }
}

/// Why a date or an instant is out of the years that a record may hold; `None` when it is within them, or no date.
pub fn outside(value: ValueRef<'_>, zone: Tz) -> Option<String> {
    let (min, max) = years_of(value);
    let found = year(value, zone).filter(|year| !(min..=max).contains(year))?;
    Some(format!("of the year {found}, allowed are the years {min} to {max}"))
}

fn out_of_years(of: &Dated<'_>, value: ValueRef<'_>, (min, max): (i32, i32), zone: Tz) -> Option<Violation> {
    let year = year(value, zone)?;
    (!(min..=max).contains(&year)).then(|| {
        let (name, shown) = (of.name, shown(of, value));
        let message = format!("{name} is {shown}, allowed are the years {min} to {max}");
        let message_zh = format!("{}须在{min}年至{max}年之间", of.label_zh);
        let wide = violation(name, "out_of_years", message, message_zh);
        wide.input(name.to_owned(), shown).input("year_min", min).input("year_max", max)
    })
}

/// Whether a value lies in the future, by more than the clocks of two machines may differ.
fn ahead(of: &Dated<'_>, value: ValueRef<'_>, now: Instant, zone: Tz) -> Option<Violation> {
    let is_ahead = match value {
        ValueRef::Instant(at) => at.us() > now.us().saturating_add(TOLERANCE_S * 1_000_000),
        ValueRef::Date(day) => day > now.date_in(zone),
        // A year behind the last is out of the bounds of its field.
        ValueRef::Int(year) => (i64::from(now.date_in(zone).year()) + 1..=i64::from(YEAR_MAX)).contains(&year),
        _ => false,
    };
    is_ahead.then(|| {
        let late = violation(
            of.name,
            "in_the_future",
            format!("{} lies in the future", of.name),
            format!("{}在将来", of.label_zh),
        );
        late.input(of.name.to_owned(), shown(of, value)).input("now", now)
    })
}

/// Whether one comes not before the other: instants but for the tolerance, an instant and a date by the day.
fn in_order(first: ValueRef<'_>, then: ValueRef<'_>, zone: Tz) -> bool {
    if let (ValueRef::Instant(first), ValueRef::Instant(then)) = (first, then) {
        return first.us() <= then.us().saturating_add(TOLERANCE_S * 1_000_000);
    }
    let day = |value: ValueRef<'_>| -> Option<Date> {
        match value {
            ValueRef::Date(day) => Some(day),
            ValueRef::Instant(at) => Some(at.date_in(zone)),
            _ => None,
        }
    };
    day(first) <= day(then)
}

fn out_of_order(of: &Dated<'_>, first: &str, before: ValueRef<'_>, after: ValueRef<'_>) -> Violation {
    let message = format!("{} lies before {first}", of.name);
    let turned = violation(of.name, "out_of_order", message, format!("{}早于应在其前的时间", of.label_zh));
    turned.input(first.to_owned(), before).input(of.name.to_owned(), after)
}

fn of_another_state(of: &Dated<'_>, state: &str, states: &[&str]) -> Violation {
    let allowed = states.join(", ");
    let message = format!("{} is there in the state {state}, a record has it in {allowed}", of.name);
    let stray = violation(of.name, "other_state", message, format!("当前状态不应填写{}", of.label_zh));
    stray.input("state", state).input("allowed", allowed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::Value;

    const ZONE: Tz = chrono_tz::Asia::Shanghai;

    fn at(text: &str) -> Value {
        Value::Instant(Instant::parse(text).unwrap())
    }

    fn dated(entity: EntityKind, values: &BTreeMap<u16, Value>) -> Vec<Dated<'static>> {
        let info = |field: &u16| entity.def().field(*field).unwrap();
        let of = |info: &'static crate::domain::FieldDef| Dated {
            field: info.id,
            name: info.name,
            label_zh: info.label_zh,
            is_sensitive: info.sensitive,
            is_event: matches!(info.kind, crate::domain::FieldType::Instant),
        };
        values.keys().map(info).map(of).collect()
    }

    fn found(entity: EntityKind, state: Option<&str>, values: &[(u16, Value)]) -> Vec<String> {
        let values: BTreeMap<u16, Value> = values.iter().cloned().collect();
        let now = Instant::parse("2026-09-16T09:00:00+08:00").unwrap();
        let all = doubts(entity, &values, state, &dated(entity, &values), now, ZONE);
        all.into_iter().map(|doubt| format!("{} {}", doubt.violation.field, doubt.violation.code)).collect()
    }

    /// A complaint was closed before it was received, by verb, put and import; one that is received held the instant of
    /// its close; and the year 1 was taken.
    #[test]
    fn what_cannot_be_is_named_by_its_field() {
        use complaint::field as f;
        let of = |state, values: &[(u16, Value)]| found(EntityKind::Complaint, Some(state), values);
        let received = (f::received_at, at("2026-01-05T08:00:00+08:00"));
        let closed = |text| (f::closed_at, at(text));
        assert_eq!(of("closed", &[received.clone(), closed("2026-01-05T08:00:00+08:00")]), [""; 0]);
        let early = of("closed", &[received.clone(), closed("2026-01-03T08:00:00+08:00")]);
        assert_eq!(early, ["closed_at out_of_order"]);
        let stray = of("received", &[received.clone(), closed("2026-01-06T08:00:00+08:00")]);
        assert_eq!(stray, ["closed_at other_state"]);
        assert_eq!(of("received", &[(f::received_at, at("0001-01-05T08:00:00+08:00"))]), ["received_at out_of_years"]);
        assert_eq!(of("received", &[(f::received_at, at("1989-12-31T23:59:59+08:00"))]), ["received_at out_of_years"]);
        assert_eq!(of("received", &[(f::received_at, at("1990-01-01T00:00:00+08:00"))]), [""; 0]);
        let promise = (f::promised_on, Value::Date("2026-01-04".parse().unwrap()));
        assert_eq!(of("solution_proposed", &[received.clone(), promise]), ["promised_on out_of_order"]);
        let same_day = (f::promised_on, Value::Date("2026-01-05".parse().unwrap()));
        assert_eq!(of("solution_proposed", &[received, same_day]), [""; 0]);
    }

    #[test]
    fn clocks_of_two_machines_may_differ_by_five_minutes() {
        use visit::field as f;
        let of = |text| found(EntityKind::Visit, Some("held"), &[(f::held_at, at(text))]);
        assert_eq!(of("2026-09-16T09:05:00+08:00"), [""; 0]);
        assert_eq!(of("2026-09-16T09:05:01+08:00"), ["held_at in_the_future"]);
        let pair = |reported| {
            found(
                EntityKind::Visit,
                Some("reported"),
                &[(f::held_at, at("2026-09-16T08:00:00+08:00")), (f::reported_at, at(reported))],
            )
        };
        assert_eq!(pair("2026-09-16T07:55:00+08:00"), [""; 0]);
        assert_eq!(pair("2026-09-16T07:54:59+08:00"), ["reported_at out_of_order"]);
    }

    #[test]
    fn a_birthday_is_of_this_century_or_the_last_and_stays_out_of_the_message() {
        use customer::field::birthday;
        let of = |text: &str| found(EntityKind::Customer, None, &[(birthday, Value::Date(text.parse().unwrap()))]);
        assert_eq!(of("1900-01-01"), [""; 0]);
        assert_eq!(of("1899-12-31"), ["birthday out_of_years"]);
        assert_eq!(of("2026-09-17"), ["birthday in_the_future"]);
        let values = BTreeMap::from([(birthday, Value::Date("0985-05-17".parse().unwrap()))]);
        let dated = dated(EntityKind::Customer, &values);
        let all = doubts(EntityKind::Customer, &values, None, &dated, Instant::MAX, ZONE);
        assert!(!all[0].violation.message.contains("0985"), "{}", all[0].violation.message);
        assert_eq!(mark(&all).as_deref(), Some("birthday"));
        assert_eq!(mark(&[]), None);
    }

    /// They were taken: an identity that is verified tomorrow, a company of next year, an event of the year 1900, a move of next
    /// week, and a survey that ended before its period began.
    #[test]
    fn what_tells_of_something_that_happened_is_not_ahead() {
        let day = |text: &str| Value::Date(text.parse().unwrap());
        let of = |field, value| found(EntityKind::Customer, Some("prospect"), &[(field, value)]);
        use customer::field as f;
        assert_eq!(of(f::identity_verified_on, day("2026-09-16")), [""; 0]);
        assert_eq!(of(f::identity_verified_on, day("2026-09-17")), ["identity_verified_on in_the_future"]);
        assert_eq!(of(f::founded_year, Value::Int(2026)), [""; 0]);
        assert_eq!(of(f::founded_year, Value::Int(2027)), ["founded_year in_the_future"]);
        assert_eq!(of(f::event_on, day("2027-12-31")), [""; 0]);
        assert_eq!(of(f::event_on, day("2028-01-01")), ["event_on out_of_years"]);
        assert_eq!(of(f::event_on, day("1989-12-31")), ["event_on out_of_years"]);
        let moved = |text| found(EntityKind::User, Some("active"), &[(user::field::transferred_on, day(text))]);
        assert_eq!(moved("2026-09-16"), [""; 0]);
        assert_eq!(moved("2026-09-17"), ["transferred_on in_the_future"]);
        let survey = |from| {
            let closed = (survey::field::closed_at, at("2026-09-15T09:00:00+08:00"));
            found(EntityKind::Survey, Some("closed"), &[(survey::field::period_from, day(from)), closed])
        };
        assert_eq!(survey("2026-09-15"), [""; 0]);
        assert_eq!(survey("2026-09-16"), ["closed_at out_of_order"]);
    }

    #[test]
    fn every_field_and_state_of_the_tables_is_declared() {
        for (entity, first, then) in ORDERS {
            for field in [first, then] {
                assert!(entity.def().field(*field).is_some(), "{entity:?} {field}");
            }
        }
        for (entity, field, states) in STATES {
            assert!(entity.def().field(*field).is_some(), "{entity:?} {field}");
            assert!(states.iter().all(|state| entity.def().states().unwrap().by_name(state).is_some()), "{entity:?}");
        }
    }
}
