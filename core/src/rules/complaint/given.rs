//! The deadline that a plugin gave, longer by the time in which the clock of the complaint stood and by its extensions.

use chrono::Datelike as _;

use crate::domain::complaint::field;
use crate::domain::{Date, Decided, Fields, Quantity, Roll};
use crate::error::{Error, ErrorKind, Result};

use super::super::dates::YEAR_MAX;
use super::super::deadline::{after_days, after_workdays};
use super::super::limit::Pause;
use super::super::{Context, small_count_of};
use super::step::pauses;

/// Makes the deadline that a plugin gave longer by the pauses of the complaint and by the days of its extensions; what is
/// no deadline stays.
///
/// A plugin gives the last day as if the clock had never stood and nothing had been extended. How it counted is read off
/// the inputs that it names: with `workdays` it gets longer by the working days of the pauses, else by their days, from
/// `due_on` (the last day before it was rolled) or the day given, and rolled by `roll` when it names one. The days of an
/// extension are of the same kind. Where the deadline lies in a year that cannot be announced yet, later than the next, days
/// of the calendar are counted and nothing is rolled: a complaint can be taken up again whatever deadline it got.
///
/// # Errors
/// `CalendarYearMissing` when a year is needed that the calendar has not; `InvalidArgument` out of the years 1 to 9999.
/// There are no others.
pub fn lengthened(given: Decided, complaint: &dyn Fields, context: &Context<'_>) -> Result<Decided> {
    let (pause, extended) = (pauses(complaint), small_count_of(complaint, field::extended_days));
    let is_longer = pause.days > 0 || extended > 0;
    let ("deadline_on", Quantity::Date(day), true) = (&*given.decision.subject, &given.value, is_longer) else {
        return Ok(given);
    };
    let counts_workdays = input(&given, "workdays").is_some();
    let stood = match (pause.days, counts_workdays) {
        (0, _) => 0,
        (_, true) => workdays(complaint, pause)?,
        (days, false) => days,
    };
    let by = stood.saturating_add(extended);
    let due_on = input(&given, "due_on").and_then(|due_on| due_on.parse().ok()).unwrap_or(*day);
    let roll = input(&given, "roll").and_then(|roll| Roll::parse(roll).ok()).unwrap_or(Roll::None);
    let last = match counts_workdays {
        true => after_workdays(*day, by, context.calendar),
        false => after_days(due_on, by, roll, context.calendar),
    };
    let last = match last {
        // Nobody can add a year that is not announced for long, and the complaint must go on: its days are counted.
        Err(_) if day.year().max(due_on.year()) > context.today.year() + 1 => {
            after_days(*day, by, Roll::None, context.calendar)?
        }
        last => last?,
    };
    let last = Date::from_ymd_opt(YEAR_MAX, 12, 31).map_or(last, |latest| last.min(latest));
    let stood = (pause.days > 0).then_some(stood);
    Ok(moved(given, last, stood, (extended > 0).then_some(extended), counts_workdays))
}

fn input<'d>(given: &'d Decided, name: &str) -> Option<&'d str> {
    given.decision.inputs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The working days of the pauses, which are not known when the calendar lacked a year as one of them ended.
fn workdays(complaint: &dyn Fields, pause: Pause) -> Result<u32> {
    match complaint.get(field::paused_workdays) {
        Some(_) => Ok(pause.workdays),
        None => Err(Error::new(
            ErrorKind::CalendarYearMissing,
            "the deadline counts working days, but the calendar had no data for a year of the pause",
        )),
    }
}

fn moved(mut given: Decided, last: Date, stood: Option<u32>, extended: Option<u32>, counts_workdays: bool) -> Decided {
    let (name, unit, unit_zh) = match counts_workdays {
        true => ("paused_workdays", "working days", "个工作日"),
        false => ("paused_days", "days", "天"),
    };
    let decision = &mut given.decision;
    if let Some(stood) = stood {
        decision.inputs.push((name.into(), stood.to_string()));
        decision.reason.push_str(&format!("; its clock stood for {stood} {unit}"));
        decision.reason_zh.push_str(&format!("；期间暂停{stood}{unit_zh}"));
    }
    if let Some(extended) = extended {
        decision.inputs.push(("extended_days".into(), extended.to_string()));
        decision.reason.push_str(&format!("; it was extended by {extended} {unit}"));
        decision.reason_zh.push_str(&format!("；经批准延期{extended}{unit_zh}"));
    }
    decision.reason.push_str(&format!(", so the last day is {last}"));
    decision.reason_zh.push_str(&format!("，期限顺延至{last}"));
    decision.value = last.to_string();
    given.value = Quantity::Date(last);
    given
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Calendar, Decision, Instant, Policy, Value};

    fn given(day: Date, inputs: &[(&'static str, String)]) -> Decided {
        let mut decision = Decision::new("deadline_on", day.to_string(), "R", "a test", &Policy::default());
        decision.inputs = inputs.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
        Decided { value: Quantity::Date(day), decision }
    }

    fn paused(days: i64, workdays: Option<i64>) -> BTreeMap<u16, Value> {
        let workdays = workdays.map(|n| (field::paused_workdays, Value::Int(n)));
        BTreeMap::from_iter([(field::paused_days, Value::Int(days))].into_iter().chain(workdays))
    }

    fn moved(day: &str, inputs: &[(&'static str, &str)], complaint: &BTreeMap<u16, Value>) -> Result<Decided> {
        let inputs: Vec<(&'static str, String)> = inputs.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        in_context(given(day.parse().unwrap(), &inputs), complaint)
    }

    fn in_context(given: Decided, complaint: &BTreeMap<u16, Value>) -> Result<Decided> {
        let (policy, now) = (Policy::default(), Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
        let zone = chrono_tz::Asia::Shanghai;
        let context =
            Context { now, today: now.date_in(zone), zone, actor: "li", policy: &policy, calendar: Calendar::china() };
        lengthened(given, complaint, &context)
    }

    /// A plugin gave the same last day however long the complaint was suspended, so that a bank's 15 days ran on while
    /// it waited for the customer. The kernel adds the pauses now, whoever the plugin is and however it counted.
    #[test]
    fn a_given_deadline_gets_longer_by_the_pause_in_its_own_unit() {
        let last = |inputs: &[(&'static str, &str)], complaint: &BTreeMap<u16, Value>| {
            moved("2026-10-08", inputs, complaint).unwrap().decision.value
        };
        let banking = [("days", "15"), ("due_on", "2026-10-01"), ("roll", "next")];
        assert_eq!(last(&banking, &BTreeMap::new()), "2026-10-08");
        assert_eq!(last(&banking, &paused(6, Some(0))), "2026-10-08", "7 October is a rest day");
        assert_eq!(last(&banking, &paused(9, Some(2))), "2026-10-10", "a Saturday that is worked");
        assert_eq!(last(&[("workdays", "5")], &paused(9, Some(2))), "2026-10-10");
        assert_eq!(last(&[], &paused(9, Some(2))), "2026-10-17", "of an unknown unit, by the days of the calendar");
        assert_eq!(last(&[("due_on", "soon"), ("roll", "x")], &paused(9, None)), "2026-10-17");
    }

    #[test]
    fn the_pause_is_told_and_what_is_no_deadline_stays() {
        let told = moved("2026-10-08", &[("workdays", "5")], &paused(9, Some(2))).unwrap();
        assert_eq!(told.value, Quantity::Date("2026-10-10".parse().unwrap()));
        assert_eq!(told.decision.inputs.last().unwrap(), &("paused_workdays".into(), "2".to_owned()));
        assert_eq!(told.decision.reason, "; its clock stood for 2 working days, so the last day is 2026-10-10");
        let mut owner = given("2026-10-08".parse().unwrap(), &[]);
        (owner.decision.subject, owner.value) = ("owner".into(), Quantity::Text("u.li".into()));
        assert_eq!(in_context(owner.clone(), &paused(9, Some(2))).unwrap(), owner);
    }

    /// An extension by days left the deadline of a plugin as it was, though the record said that it was extended.
    #[test]
    fn a_given_deadline_gets_longer_by_the_days_of_an_extension() {
        let extended = |days: i64| BTreeMap::from([(field::extended_days, Value::Int(days))]);
        let banking = [("days", "15"), ("due_on", "2026-10-01"), ("roll", "next")];
        let told = moved("2026-10-08", &banking, &extended(10)).unwrap();
        assert_eq!(told.decision.value, "2026-10-12", "11 October is a Sunday");
        assert_eq!(told.decision.inputs.last().unwrap(), &("extended_days".into(), "10".to_owned()));
        assert_eq!(told.decision.reason, "; it was extended by 10 days, so the last day is 2026-10-12");
        assert_eq!(moved("2026-10-08", &[("workdays", "5")], &extended(2)).unwrap().decision.value, "2026-10-10");
        let mut both = paused(9, Some(2));
        both.extend(extended(3));
        let told = moved("2026-10-08", &banking, &both).unwrap();
        assert_eq!(told.decision.value, "2026-10-13");
        assert_eq!(told.decision.reason_zh, "；期间暂停9天；经批准延期3天，期限顺延至2026-10-13");
    }

    #[test]
    fn working_days_that_were_not_counted_are_no_guess() {
        let error = moved("2026-10-08", &[("workdays", "5")], &paused(9, None)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CalendarYearMissing);
    }

    proptest! {
        #[test]
        fn a_given_deadline_never_falls_on_a_rest_day_when_its_roll_says_so(
            day in 12_500_i32..20_000, days in 1_i64..60, previous: bool, workdays: bool,
        ) {
            let due_on = Date::from_epoch_days(day).unwrap();
            let roll = if previous { Roll::Previous } else { Roll::Next };
            let last = Calendar::china().rolled(due_on, roll).unwrap();
            let by_days = vec![("due_on", due_on.to_string()), ("roll", roll.name().to_owned())];
            let inputs = if workdays { vec![("workdays", "5".to_owned())] } else { by_days };
            let found = in_context(given(last, &inputs), &paused(days, Some(days))).unwrap();
            let Quantity::Date(found) = found.value else { unreachable!() };
            prop_assert!(!Calendar::china().is_rest_day(found).unwrap());
            prop_assert!(found >= last);
        }
    }
}
