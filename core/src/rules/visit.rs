//! What must hold of a visit beyond its form, and the complaint that a customer opens who is dissatisfied or remarks on it.

use chrono::Days;

use crate::domain::visit::field;
use crate::domain::{
    Basis, Changes, Date, Decision, FIELD_DATE_DOUBT, Fields, Satisfaction, Value, VisitState, complaint as to,
    customer,
};
use crate::error::{Result, Violation};

use super::deadline::after_days;
use super::shape::{is_same_user, violation};
use super::{Context, Effects, announced_since, visit_plan};

/// What can be talked about in a visit. Source: R-GEN-07.
pub const TOPICS: [&str; 4] = ["business", "stock", "feedback", "market"];

/// The issue of a complaint when a dissatisfied customer names none.
const ISSUE: &str = "回访不满意";

/// Checks a visit as it would be written on the day `today`.
///
/// A day that is not past is not missed yet (R-FIX-29), its topics are known (R-GEN-07), and nobody reviews the report of the
/// own visit (R-MNT-05).
pub fn check(visit: &dyn Fields, today: Date) -> Vec<Violation> {
    let mut found = Vec::new();
    let is_missed = visit.enumeration(field::state) == Some(VisitState::Missed.number());
    if let Some(day) = visit.date(field::planned_on).filter(|day| is_missed && *day >= today) {
        let message = format!("the visit is planned for {day}, it can be held until that day is past");
        let early = violation("planned_on", "not_past", message, "计划日期未过，不能记为未访");
        found.push(early.by("R-FIX-29", "F2 Art. 8.2").input("planned_on", day).input("today", today));
    }
    let mut topics = visit.text(field::topics).into_iter().flat_map(|text| text.split(',').map(str::trim));
    if let Some(unknown) = topics.find(|topic| !TOPICS.contains(topic)) {
        let message =
            format!("topic {unknown:.32?} is not known, topics are {} with commas between", TOPICS.join(", "));
        let none = violation("topics", "unknown_value", message, "话题不在允许范围内");
        found.push(none.by("R-GEN-07", "F0 §12 pt. 5(3)").input("topics", TOPICS.join(",")));
    }
    let (owner, reviewer) = (visit.text(field::owner), visit.text(field::reviewer));
    if is_same_user(reviewer, owner) {
        let message = "the reviewer is the visitor; a superior reviews the report";
        found.push(
            violation("reviewer", "own_visit", message, "审核人不能是拜访人，应由上级审核")
                .by("R-MNT-05", "F0 §15 Art. 2.5")
                .input("owner", owner.unwrap_or_default())
                .input("reviewer", reviewer.unwrap_or_default()),
        );
    }
    found
}

/// Whether a visit was held in the time of its plan: the days from, until, and that of the visit; `None` without a plan or
/// before it is held.
fn window(visit: &dyn Fields, context: &Context<'_>) -> Option<(Date, Date, Date)> {
    let held_on = visit.instant(field::held_at)?.date_in(context.zone);
    let planned_on = visit.date(field::planned_on)?;
    let window = &context.policy.visit.window;
    let from = planned_on.checked_sub_days(Days::new(window.before.into())).unwrap_or(planned_on);
    let until = planned_on.checked_add_days(Days::new(window.after.into())).unwrap_or(planned_on);
    Some((from, until, held_on))
}

/// Whether nothing changed that the window goes by.
fn same_window(before: Option<&dyn Fields>, visit: &dyn Fields) -> bool {
    let same = |f| before.is_some_and(|before| before.get(f) == visit.get(f));
    same(field::held_at) && same(field::planned_on)
}

/// Decides whether a visit was held in the time of its plan, when it is held. Source: R-FIX-29, R-KPI-15.
pub fn held_in_window(
    before: Option<&dyn Fields>,
    visit: &dyn Fields,
    context: &Context<'_>,
) -> (Effects, Option<Decision>) {
    if same_window(before, visit) {
        return (Vec::new(), None);
    }
    let Some((from, until, held_on)) = window(visit, context) else {
        return (vec![(field::in_window, None)], None);
    };
    let kept = (from..=until).contains(&held_on);
    let Basis { rule, source } = context.policy.visit.window.basis.clone();
    let (reason, reason_zh) = match kept {
        true => ("held in the time of the plan", "在计划时间内拜访"),
        false => ("held outside of the time of the plan", "未在计划时间内拜访"),
    };
    let decision = Decision::new("in_window", kept.to_string(), rule, source, context.policy)
        .input("held_on", held_on)
        .input("window_from", from)
        .input("window_until", until)
        .because(reason, reason_zh);
    (vec![(field::in_window, Some(Value::Bool(kept)))], Some(decision))
}

/// Plans a visit ahead anew that was planned by a year that was not announced and is now: its turn is rolled again, and the
/// contact that an event of the customer asks for is counted again. Source: L-HOL-1.
///
/// # Errors
/// `CalendarYearMissing`; `InvalidArgument` out of the years 1 to 9999. There are no others.
pub fn planned_anew(
    visit: &dyn Fields,
    customer: Option<&dyn Fields>,
    context: &Context<'_>,
) -> Result<(Effects, Vec<Decision>)> {
    let none = Ok((Vec::new(), Vec::new()));
    let is_ahead = visit.enumeration(field::state) == Some(VisitState::Planned.number());
    if !is_ahead || !announced_since(visit, field::provisional_year, context) {
        return none;
    }
    let (roll, calendar) = (context.policy.visit.roll, context.calendar);
    let of_event = || {
        let customer = customer.filter(|c| c.text(customer::field::event) == visit.text(field::event))?;
        let is_it = |contact: &&crate::domain::EventContact| {
            Some(&*contact.event) == visit.text(field::event) && Some(&*contact.kind) == visit.text(field::kind)
        };
        let days = context.policy.visit.events.iter().find(is_it)?.days;
        Some((customer.date(customer::field::event_on)?, days))
    };
    let Some((from, days)) = visit.date(field::due_on).map(|day| (day, 0)).or_else(of_event) else { return none };
    let (day, year) = calendar.noting(|| after_days(from, days, roll, calendar));
    let day = day?;
    let decision =
        Decision::new("planned_on", day.to_string(), "L-HOL-1", "State Council Order No. 795", context.policy)
            .input("start", from)
            .input("days", days)
            .input("roll", roll.name())
            .because("its year is announced, so the day is decided anew", "该年度放假安排已公布，重新确定日期")
            .provisional(year);
    let mark = year.map(|year| Value::Int(year.into()));
    Ok((vec![(field::planned_on, Some(Value::Date(day))), (field::provisional_year, mark)], vec![decision]))
}

/// Checks the plan of a visit: one that was held, or missed, keeps its day. Source: R-FIX-29.
pub fn check_plan(before: Option<&dyn Fields>, visit: &dyn Fields, context: &Context<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let basis = &context.policy.visit.window.basis;
    let by = |violation: Violation| violation.by(basis.rule.clone(), basis.source.clone());
    let is_planned = |visit: &dyn Fields| visit.enumeration(field::state) == Some(VisitState::Planned.number());
    if let Some(before) = before.filter(|before| !is_planned(*before))
        && before.get(field::planned_on) != visit.get(field::planned_on)
    {
        let message = "planned_on stays as it was when the visit was held or missed";
        found.push(by(violation("planned_on", "settled", message, "已拜访或未访的计划日期不得更改")));
    }
    found
}

/// That a visit was held outside of the time of its plan, where the policy refuses that. One that was held before stays as it was
/// judged then. Source: R-FIX-29.
pub fn outside_window(before: Option<&dyn Fields>, visit: &dyn Fields, context: &Context<'_>) -> Option<Violation> {
    let was_in_doubt = || before.and_then(|b| b.text(FIELD_DATE_DOUBT)).is_some_and(|names| names.contains("held_at"));
    if !context.policy.visit.window.refuses || (same_window(before, visit) && !was_in_doubt()) {
        return None;
    }
    let (from, until, held_on) = window(visit, context).filter(|(from, until, day)| day < from || day > until)?;
    let message = format!("the visit is held on {held_on}, in the time of its plan are the days {from} to {until}");
    let Basis { rule, source } = context.policy.visit.window.basis.clone();
    let outside = violation("held_at", "outside_window", message, "须在计划时间内拜访").by(rule, source);
    Some(outside.input("held_on", held_on).input("window_from", from).input("window_until", until))
}

/// Why a visit opens a complaint: of a customer who is dissatisfied in a kind of contact that asks (R-FIX-22, R-TRV-07), or
/// who remarked on what the policy takes up in any contact, such as schedule and quality (R-ENG-13).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Dissatisfied,
    Remarked,
}

fn cause(visit: &dyn Fields, context: &Context<'_>) -> Option<Cause> {
    let policy = &context.policy.visit;
    let kind = visit.text(field::kind).unwrap_or_default();
    let dissatisfied = visit.enumeration(field::satisfaction) == Some(Satisfaction::Dissatisfied.number());
    if dissatisfied && policy.complaint_kinds.iter().any(|asking| asking == kind) {
        return Some(Cause::Dissatisfied);
    }
    let issue = visit.text(field::complaint_issue).filter(|_| visit.get(field::held_at).is_some())?;
    policy.complaint_issues.iter().any(|taken_up| taken_up == issue).then_some(Cause::Remarked)
}

/// The complaint that a visit opens, without the visit's id, when it just became one that does.
pub fn complaint(
    before: Option<&dyn Fields>,
    visit: &dyn Fields,
    context: &Context<'_>,
) -> Option<(Changes, Decision)> {
    let cause = cause(visit, context)?;
    if before.is_some_and(|before| self::cause(before, context).is_some()) {
        return None;
    }
    let kind = visit.text(field::kind).unwrap_or_default();
    let issue = visit.text(field::complaint_issue).unwrap_or(ISSUE);
    let received = visit.instant(field::held_at).unwrap_or(context.now);
    let mut changes = Changes::from([
        (to::field::issue, Some(Value::Text(issue.to_owned()))),
        (to::field::received_at, Some(Value::Instant(received))),
    ]);
    let carried = [
        (field::customer, to::field::customer),
        (field::person, to::field::person),
        (field::channel, to::field::channel),
        (field::owner, to::field::owner),
    ];
    for (from, to) in carried {
        if let Some(value) = visit.get(from) {
            changes.insert(to, Some(value.to_value()));
        }
    }
    let decision = match cause {
        Cause::Dissatisfied => Decision::new("opened", "true", "R-FIX-22", "F2 Art. 8.1", context.policy)
            .input("kind", kind)
            .input("satisfaction", Satisfaction::Dissatisfied.name())
            .because("the customer is not satisfied in a return visit", "回访中客户不满意，转为投诉"),
        Cause::Remarked => {
            let Basis { rule, source } = context.policy.visit.complaint_issues_basis.clone();
            Decision::new("opened", "true", rule, source, context.policy)
                .input("kind", kind)
                .input("complaint_issue", issue)
                .because("the customer remarked on what is taken up as a complaint", "客户提出应按投诉处理的意见")
        }
    };
    Some((changes, decision))
}

/// Checks a customer whose visits are to be planned, or for whom an event is reported.
pub fn check_customer(of: &dyn Fields, command: &str, context: &Context<'_>) -> Vec<Violation> {
    match command {
        "plan_visits" => unplannable(of, context),
        "report_event" => unknown_event(of, context).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn unplannable(of: &dyn Fields, context: &Context<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let class = of.text(customer::field::class).unwrap_or_default();
    let of_plan = |found: Violation| found.by("R-MNT-06", "F0 §15 Art. 3.2").input("class", class);
    if visit_plan::cadences(context.policy, class).is_empty() {
        let message = format!("the policy {} plans no visits for the class {class:?}", context.policy.version);
        found.push(of_plan(violation("class", "no_cadence", message, "制度未规定此类客户的回访频率")));
    }
    for (field, name, message_zh) in [
        (customer::field::signed_on, "signed_on", "缺少签约日期，无法起算回访计划"),
        (customer::field::owner, "owner", "缺少负责人，无法安排回访计划"),
    ] {
        if of.get(field).is_none() {
            let message = format!("{name} is missing, a plan of visits needs it");
            found.push(of_plan(violation(name, "required", message, message_zh)));
        }
    }
    found
}

fn unknown_event(of: &dyn Fields, context: &Context<'_>) -> Option<Violation> {
    let event = of.text(customer::field::event).unwrap_or_default();
    let mut events: Vec<&str> = context.policy.visit.events.iter().map(|contact| contact.event.as_ref()).collect();
    events.dedup();
    (!events.contains(&event)).then(|| {
        let allowed = if events.is_empty() { "none".to_owned() } else { events.join(", ") };
        let message = format!("event {event:.64?} asks for no contact; events are {allowed}");
        violation("event", "unknown_value", message, "制度中没有此事件")
            .by("R-FIX-28", "F2 Art. 8.1")
            .input("events", events.join(","))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn nobody_reviews_the_own_visit() {
        let mut visit =
            BTreeMap::from([(field::owner, Value::Text("u.li".into())), (field::reviewer, Value::Text("u.li".into()))]);
        let found = check(&visit, Date::MIN);
        assert_eq!((found[0].code.as_ref(), found[0].rule.as_ref()), ("own_visit", "R-MNT-05"));
        visit.insert(field::reviewer, Value::Text("u.wang".into()));
        assert_eq!(check(&visit, Date::MIN), []);
    }

    /// It could be missed weeks ahead, and the plan went on as if it had not been held.
    #[test]
    fn a_visit_is_missed_when_its_day_is_past() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let visit = BTreeMap::from([
            (field::state, Value::Enum(VisitState::Missed.number())),
            (field::planned_on, Value::Date(day("2026-09-10"))),
        ]);
        assert_eq!(check(&visit, day("2026-09-10"))[0].code, "not_past");
        assert_eq!(check(&visit, day("2026-09-11")), []);
    }

    #[test]
    fn topics_are_those_of_the_tour_service() {
        let found = |topics: &str| check(&BTreeMap::from([(field::topics, Value::Text(topics.into()))]), Date::MIN);
        assert_eq!(found("business, market"), []);
        assert_eq!(found("business,weather")[0].code, "unknown_value");
    }
}
