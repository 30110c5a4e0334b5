//! When the reports of a regulation are due. Source: R-RPT-01 to R-RPT-15.

use chrono::{Datelike, Days};

use crate::domain::{Calendar, Date, Decision, Policy, ReportDay, ReportRule, Roll};
use crate::error::{Error, ErrorKind, Result};

use super::deadline::{day_of_month, first_weekday};

/// The greatest number of days from the first to the last that are asked for.
pub const DAYS_MAX: i64 = 36_525;
/// How far a day may roll: longer than any holiday.
const ROLL_DAYS: Days = Days::new(31);

/// The days from `from` to `until` on which reports are due, rolled, in order, each with why.
///
/// A report whose days have no year in the calendar is an error only when it rolls or is due on working days.
///
/// # Errors
/// `InvalidArgument` when `until` lies before `from` or over 100 years behind it; `CalendarYearMissing`. There are no
/// others.
pub fn due(policy: &Policy, from: Date, until: Date, calendar: &Calendar) -> Result<Vec<(Date, Decision)>> {
    let length = until.signed_duration_since(from).num_days();
    if !(0..=DAYS_MAX).contains(&length) {
        let message = format!("until is {until}, allowed is {from} to {DAYS_MAX} days behind it");
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    }
    let mut found = Vec::new();
    for report in &policy.reports {
        let first = if report.roll == Roll::Next { from.checked_sub_days(ROLL_DAYS).unwrap_or(from) } else { from };
        let last =
            if report.roll == Roll::Previous { until.checked_add_days(ROLL_DAYS).unwrap_or(until) } else { until };
        for due_on in first.iter_days().take_while(|day| *day <= last) {
            let (day, year) = calendar.noting(|| -> Result<_> {
                let spelled = day_of(report, due_on, calendar)?;
                spelled.map(|spelled| Ok((calendar.rolled(due_on, report.roll)?, spelled))).transpose()
            });
            if let Some((day, spelled)) = day?.filter(|(day, _)| (from..=until).contains(day)) {
                found.push((day, decision(report, spelled, due_on, day, policy).provisional(year)));
            }
        }
    }
    found.sort_by(|a, b| (a.0, &a.1.subject).cmp(&(b.0, &b.1.subject)));
    Ok(found)
}

/// The day of a report that a date is, as the policy spells it; the first of several.
fn day_of<'r>(report: &'r ReportRule, date: Date, calendar: &Calendar) -> Result<Option<&'r str>> {
    for (day, spelled) in &report.days {
        let (year, month) = (date.year(), date.month());
        let is_it = match *day {
            ReportDay::OfMonth(day) => day_of_month(year, month, day)? == date,
            ReportDay::BeforeOfMonth(day) => is_before_day(date, day)?,
            ReportDay::OfYear(of, day) => of == month && day_of_month(year, month, day)? == date,
            ReportDay::FirstOfMonth(weekday) => first_weekday(year, month, weekday)? == date,
            ReportDay::OfWeek(weekday) => date.weekday() == weekday,
            ReportDay::Workday => !calendar.is_rest_day(date)?,
        };
        if is_it {
            return Ok(Some(spelled));
        }
    }
    Ok(None)
}

/// Whether a date is the day before a day of its month or of the next.
fn is_before_day(date: Date, day: u32) -> Result<bool> {
    match date.succ_opt() {
        Some(next) => Ok(day_of_month(next.year(), next.month(), day)? == next),
        None => Ok(false),
    }
}

fn decision(report: &ReportRule, spelled: &str, due_on: Date, day: Date, policy: &Policy) -> Decision {
    let mut inputs = vec![
        ("day".into(), spelled.to_owned()),
        ("due_on".into(), due_on.to_string()),
        ("roll".into(), report.roll.name().to_owned()),
    ];
    if !report.time.is_empty() {
        inputs.push(("time".into(), report.time.to_string()));
    }
    let moved = if day == due_on { String::new() } else { format!("; that is a rest day, so it is due on {day}") };
    let moved_zh = if day == due_on { String::new() } else { format!("，因休息日调整至{day}") };
    Decision {
        subject: report.name.clone().into(),
        value: day.to_string(),
        rule: report.basis.rule.clone().into(),
        source: report.basis.source.clone().into(),
        inputs,
        reason: format!("the report falls on {spelled}: {due_on}{moved}"),
        reason_zh: format!("报告期限为{spelled}，即{due_on}{moved_zh}"),
        policy_version: policy.version.clone(),
        plugin: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Basis;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn policy(days: &[&str], roll: Roll) -> Policy {
        let days = days.iter().map(|text| (ReportDay::parse(text).unwrap(), (*text).to_owned())).collect();
        let report = ReportRule { name: "r".into(), days, roll, time: "12:00".into(), basis: Basis::default() };
        Policy { reports: vec![report], ..Policy::default() }
    }

    fn listed(days: &[&str], roll: Roll, from: &str, until: &str) -> Vec<String> {
        let found = due(&policy(days, roll), day(from), day(until), Calendar::china()).unwrap();
        found.into_iter().map(|(day, _)| day.to_string()).collect()
    }

    #[test]
    fn the_worked_days_of_the_sources() {
        // rules.md §15: first Mondays; §17: the 3rd, and the 15th and 30th in February 2026.
        let mondays = listed(&["first_monday"], Roll::Next, "2026-04-01", "2026-05-31");
        assert_eq!(mondays, ["2026-04-07", "2026-05-06"]);
        assert_eq!(listed(&["first_monday"], Roll::Next, "2026-10-08", "2026-10-08"), ["2026-10-08"]);
        assert_eq!(listed(&["first_monday"], Roll::None, "2026-10-01", "2026-10-31"), ["2026-10-05"]);
        assert_eq!(listed(&["15", "30"], Roll::None, "2026-02-01", "2026-02-28"), ["2026-02-15", "2026-02-28"]);
        let third = listed(&["3"], Roll::Next, "2026-01-01", "2026-01-31");
        assert_eq!(third, ["2026-01-04"], "a Sunday that is worked");
    }

    /// What is due before the 15th and the 30th was due on them. In February the 30th is the last day of the month.
    #[test]
    fn before_a_day_is_the_day_before_it() {
        let before = |from, until| listed(&["before_15", "before_30"], Roll::None, from, until);
        assert_eq!(before("2026-01-01", "2026-01-31"), ["2026-01-14", "2026-01-29"]);
        assert_eq!(before("2026-02-01", "2026-03-01"), ["2026-02-14", "2026-02-27"]);
        assert_eq!(before("2028-02-01", "2028-02-29"), ["2028-02-14", "2028-02-28"]);
        assert_eq!(listed(&["before_1"], Roll::None, "2026-01-15", "2026-02-28"), ["2026-01-31", "2026-02-28"]);
    }

    #[test]
    fn a_day_counts_where_it_is_rolled_to() {
        assert_eq!(listed(&["1"], Roll::Previous, "2026-09-30", "2026-09-30"), ["2026-09-30"]);
        assert_eq!(listed(&["03-31", "12-31"], Roll::None, "2026-01-01", "2026-12-31"), ["2026-03-31", "2026-12-31"]);
        assert_eq!(listed(&["workday"], Roll::None, "2026-09-19", "2026-09-21"), ["2026-09-20", "2026-09-21"]);
        assert_eq!(listed(&["monday"], Roll::None, "2030-01-01", "2030-01-08"), ["2030-01-07"], "no calendar needed");
    }

    #[test]
    fn what_cannot_be_told_is_an_error() {
        let ask = |roll, from: &str, until: &str| {
            due(&policy(&["3"], roll), day(from), day(until), Calendar::china()).unwrap_err().kind()
        };
        assert_eq!(ask(Roll::None, "2026-01-02", "2026-01-01"), ErrorKind::InvalidArgument);
        assert_eq!(ask(Roll::None, "1926-01-01", "2026-12-31"), ErrorKind::InvalidArgument);
        assert_eq!(ask(Roll::Next, "2027-01-01", "2027-01-31"), ErrorKind::CalendarYearMissing);
    }
}
