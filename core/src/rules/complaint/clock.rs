//! The clocks of a complaint: by when it is acknowledged, answered, settled and handed up, and whether that was kept.

use crate::domain::complaint::field;
use crate::domain::{ComplaintGrade, Decision, Fields, GradeLimits, Instant, Limit, LimitUnit, Roll, Value};
use crate::error::Result;

use super::super::limit::{Pause, end_of_day, last_instant};
use super::super::{Context, announced_since, count_of, small_count_of};
use super::step::{pauses, pauses_on_level};

/// A deadline that the rules decide: the field, its value, and why.
pub type Deadline = (u16, Option<Value>, Option<Decision>);

/// What the deadlines depend on. They are decided anew when one of these changes, and stay otherwise, so that a
/// deadline that a plugin gave is not taken back by every later change.
const INPUTS: &[u16] = &[
    field::grade,
    field::received_at,
    field::reopened_at,
    field::paused_s,
    field::paused_days,
    field::paused_workdays,
    field::paused_work_s,
    field::extended_days,
    field::escalation_level,
    field::escalated_at,
];

/// Decides the deadlines of a complaint that is not settled and not suspended, and whose grade is known.
///
/// A limit runs from when the complaint was received, or was re-opened last. Its clock stands while the complaint is
/// suspended. A deadline without a limit stays as it is. When a deadline is counted by a year that is not announced, its
/// decision says so, and the complaint keeps the latest such year, that of its pauses among them: when that is announced, they
/// are decided anew.
/// Source: R-FIX-17, R-FIX-20, L-CIV-1 to L-CIV-4, L-HOL-1.
///
/// # Errors
/// `CalendarYearMissing` when a limit needs a year that the calendar has not; `InvalidArgument` when a figure of the
/// policy is out of bounds. There are no others.
pub fn deadlines(before: Option<&dyn Fields>, complaint: &dyn Fields, context: &Context<'_>) -> Result<Vec<Deadline>> {
    let grade = complaint.enumeration(field::grade).and_then(ComplaintGrade::from_number);
    let received = complaint.instant(field::reopened_at).or_else(|| complaint.instant(field::received_at));
    let (Some(grade), Some(received)) = (grade, received) else { return Ok(Vec::new()) };
    let is_same = |before: &dyn Fields| INPUTS.iter().all(|f| before.get(*f) == complaint.get(*f));
    if before.is_some_and(is_same) && !announced_since(complaint, field::provisional_year, context) {
        return Ok(Vec::new());
    }
    let policy = &context.policy.complaint;
    let case = Case { complaint, grade, received, context };
    let mut found = Vec::new();
    if complaint.get(field::acknowledged_at).is_none() {
        found.extend(case.by("acknowledge_by", field::acknowledge_by, &policy.acknowledge)?);
    }
    if complaint.get(field::responded_at).is_none() {
        found.extend(case.by("respond_by", field::respond_by, &policy.respond)?);
    }
    found.extend(case.settled_on(&policy.resolve)?);
    found.extend(case.escalated_by()?);
    let year = found.iter().filter_map(|(_, _, decision)| decision.as_ref()?.provisional_year()).max();
    let year = year.max(case.year_of_pauses());
    let mark = year.map(|year| Value::Int(year.into()));
    // What comes to the same under another calendar is decided anew all the same.
    if complaint.get(field::provisional_year) == mark.as_ref().map(Value::as_ref) {
        found.retain(|(field, value, _)| complaint.get(*field) != value.as_ref().map(Value::as_ref));
    } else {
        found.push((field::provisional_year, mark, None));
    }
    Ok(found)
}

/// A complaint whose deadlines are decided.
struct Case<'a> {
    complaint: &'a dyn Fields,
    grade: ComplaintGrade,
    received: Instant,
    context: &'a Context<'a>,
}

impl Case<'_> {
    /// The last instant of a limit, and the provisional year that it was counted by.
    fn last(&self, start: Instant, limit: &Limit, pause: Pause, extra: u32) -> Result<(Instant, Option<i32>)> {
        let count = || last_instant(start, limit, pause, extra, self.context.counting());
        let (last, year) = self.context.calendar.noting(count);
        let counts_work = matches!(limit.unit, LimitUnit::WorkingDays | LimitUnit::WorkingHours);
        Ok((last?, year.max(self.year_of_pauses().filter(|_| counts_work && pause != Pause::default()))))
    }

    /// The year that was not announced by which the pauses were counted.
    fn year_of_pauses(&self) -> Option<i32> {
        let year = i32::try_from(count_of(self.complaint, field::pauses_provisional_year)).ok();
        year.filter(|year| *year > 0)
    }

    fn by(&self, subject: &'static str, field: u16, limits: &GradeLimits) -> Result<Option<Deadline>> {
        let Some(limit) = limits.of(self.grade) else { return Ok(None) };
        let pause = pauses(self.complaint);
        let (last, year) = self.last(self.received, limit, pause, 0)?;
        let decision = self.decision(subject, last.to_string(), self.received, limit, pause);
        Ok(Some((field, Some(Value::Instant(last)), Some(decision.provisional(year)))))
    }

    /// The last day for settling it, longer by its extensions.
    fn settled_on(&self, limits: &GradeLimits) -> Result<Option<Deadline>> {
        let Some(limit) = limits.of(self.grade) else { return Ok(None) };
        let (pause, extended) = (pauses(self.complaint), small_count_of(self.complaint, field::extended_days));
        let (last, year) = self.last(self.received, limit, pause, extended)?;
        let day = last.date_in(self.context.zone);
        let decision = self.decision("deadline_on", day.to_string(), self.received, limit, pause);
        let decision = decision.input("extended_days", extended).provisional(year);
        Ok(Some((field::deadline_on, Some(Value::Date(day)), Some(decision))))
    }

    /// When it goes up to the next level: never, when the chain ends or its grade has no limit there.
    fn escalated_by(&self) -> Result<Option<Deadline>> {
        let level = small_count_of(self.complaint, field::escalation_level);
        let next = self.context.policy.complaint.escalation.get(usize::try_from(level).unwrap_or(usize::MAX));
        let limit = next.and_then(|next| next.after.of(self.grade));
        let (Some(next), Some(limit)) = (next, limit) else { return Ok(Some((field::escalate_by, None, None))) };
        let reached = self.complaint.instant(field::escalated_at).filter(|_| level > 0);
        let (start, pause) = match reached {
            Some(at) => (at, pauses_on_level(self.complaint)),
            None => (self.received, pauses(self.complaint)),
        };
        let (last, year) = self.last(start, limit, pause, 0)?;
        let decision = self.decision("escalate_by", last.to_string(), start, limit, pause);
        let decision = decision.input("level", level + 1).input("to", &next.to).provisional(year);
        Ok(Some((field::escalate_by, Some(Value::Instant(last)), Some(decision))))
    }

    fn decision(&self, subject: &'static str, value: String, start: Instant, limit: &Limit, pause: Pause) -> Decision {
        let grade = self.grade;
        let mut decision = Decision::new(subject, value, limit.rule.clone(), limit.source.clone(), self.context.policy)
            .input("start", start)
            .input("grade", grade.name())
            .input("limit", limit.in_words());
        if limit.roll != Roll::None {
            decision = decision.input("roll", limit.roll.name());
        }
        if pause != Pause::default() {
            decision = decision.input("paused_s", pause.seconds).input("paused_days", pause.days);
        }
        if pause.workdays > 0 || pause.work_seconds > 0 {
            decision = decision.input("paused_workdays", pause.workdays).input("paused_work_s", pause.work_seconds);
        }
        let label = ComplaintGrade::DEF.by_number(grade.number()).map_or("", |v| v.label_zh);
        decision.because(
            format!("the limit of a complaint of the grade {} is {}", grade.name(), limit.in_words()),
            format!("{label}的期限为{}", limit.in_words_zh()),
        )
    }
}

/// Decides on a step whose deadline the policy gives whether it was kept; `None` when there is no such deadline.
///
/// # Errors
/// `InvalidArgument` out of the years 1 to 9999. There are no others.
pub fn in_time(command: &str, complaint: &dyn Fields, context: &Context<'_>) -> Result<Option<Decision>> {
    let policy = &context.policy.complaint;
    let by_day = |day| end_of_day(day, context.zone);
    let (subject, done, by, limits) = match command {
        "acknowledge" => (
            "acknowledged_in_time",
            complaint.instant(field::acknowledged_at),
            complaint.instant(field::acknowledge_by),
            &policy.acknowledge,
        ),
        "propose" => (
            "responded_in_time",
            complaint.instant(field::responded_at),
            complaint.instant(field::respond_by),
            &policy.respond,
        ),
        "close" => (
            "closed_in_time",
            complaint.instant(field::closed_at),
            complaint.date(field::deadline_on).map(by_day).transpose()?,
            &policy.resolve,
        ),
        _ => return Ok(None),
    };
    let grade = complaint.enumeration(field::grade).and_then(ComplaintGrade::from_number);
    let (Some(done), Some(by), Some(limit)) = (done, by, grade.and_then(|grade| limits.of(grade))) else {
        return Ok(None);
    };
    let (rule, source) = (limit.rule.clone(), limit.source.clone());
    let kept = done <= by;
    let (reason, reason_zh) = if kept { ("done in time", "按期完成") } else { ("done too late", "逾期完成") };
    let decision = Decision::new(subject, kept.to_string(), rule, source, context.policy);
    // The deadline may have been counted by a year that was not announced.
    let year = i32::try_from(count_of(complaint, field::provisional_year)).ok().filter(|year| *year > 0);
    Ok(Some(decision.input("done", done).input("by", by).because(reason, reason_zh).provisional(year)))
}
