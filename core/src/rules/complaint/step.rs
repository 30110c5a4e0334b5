//! What the steps of a complaint do beside leading to a state: the stopped clock, the level, the extension, the new round.

use chrono::Datelike;

use crate::domain::complaint::field;
use crate::domain::{Changes, Fields, Instant, Value};
use crate::error::Result;

use super::super::limit::Pause;
use super::super::{Context, Effects, count_of, small_count_of};

/// What a verb sets and clears in a complaint, which still is in its old state and has the inputs of the verb in it.
///
/// # Errors
/// `CalendarYearMissing` when a pause begins or ends in a year that the calendar has not, or spans one. There are no others.
pub fn step(verb: &str, complaint: &dyn Fields, inputs: &Changes, context: &Context<'_>) -> Result<Effects> {
    Ok(match verb {
        "suspend" => suspended(complaint, context)?,
        "resume" => resumed(complaint, context)?,
        // It was a rejection of another solution.
        "propose" => vec![(field::rejection_reason, None)],
        "withdraw" => vec![(field::resumes_to, None), (field::suspended_at, None)],
        "escalate" => [
            (field::escalation_level, Some(Value::Int(count_of(complaint, field::escalation_level) + 1))),
            (field::escalated_at, Some(Value::Instant(context.now))),
        ]
        .into_iter()
        .chain(OF_LEVEL.cleared())
        .collect(),
        "request_extension" => vec![(field::extension_requested_by, text(context.actor))],
        "refuse_extension" => vec![(field::extension_days, None), (field::extension_requested_by, None)],
        "extend" => extended(complaint, inputs, context),
        "reopen" => reopened(complaint, context),
        _ => Effects::new(),
    })
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.to_owned()))
}

/// Where a sum of pauses is kept: in seconds, days, working days and seconds of working time.
struct Sum([u16; 4]);

/// The pauses of the whole round.
const OF_ALL: Sum = Sum([field::paused_s, field::paused_days, field::paused_workdays, field::paused_work_s]);
/// The pauses on the present level of the chain above the first.
const OF_LEVEL: Sum =
    Sum([field::level_paused_s, field::level_paused_days, field::level_paused_workdays, field::level_paused_work_s]);

impl Sum {
    fn of(&self, complaint: &dyn Fields) -> Pause {
        let [seconds, days, workdays, work_seconds] = self.0;
        Pause {
            seconds: count_of(complaint, seconds),
            days: small_count_of(complaint, days),
            workdays: small_count_of(complaint, workdays),
            work_seconds: count_of(complaint, work_seconds),
        }
    }

    fn with(&self, complaint: &dyn Fields, pause: Pause) -> Effects {
        self.set(self.of(complaint).and(pause))
    }

    fn set(&self, all: Pause) -> Effects {
        let sums = [all.seconds, i64::from(all.days), i64::from(all.workdays), all.work_seconds];
        self.0.into_iter().zip(sums).map(|(field, sum)| (field, Some(Value::Int(sum)))).collect()
    }

    fn cleared(&self) -> Effects {
        self.0.map(|field| (field, None)).into()
    }
}

/// A pause begins. It is counted in working time when it ends, whatever the limits count today: a plugin or a later policy
/// may ask for it. So it begins only in a year that the calendar has; one that is not announced is marked.
fn suspended(complaint: &dyn Fields, context: &Context<'_>) -> Result<Effects> {
    let (year, provisional) = context.calendar.noting(|| context.calendar.year(context.today.year()));
    year?;
    let mut effects = vec![
        (field::resumes_to, complaint.get(field::state).map(crate::domain::ValueRef::to_value)),
        (field::suspended_at, Some(Value::Instant(context.now))),
    ];
    effects.extend(marked(complaint, field::provisional_year, provisional));
    Ok(effects)
}

/// The pause that ends is added to those before, in all and on the present level.
fn resumed(complaint: &dyn Fields, context: &Context<'_>) -> Result<Effects> {
    let mut effects = vec![(field::resumes_to, None), (field::suspended_at, None)];
    // A suspended record of the past may not say since when.
    let Some(since) = complaint.instant(field::suspended_at) else { return Ok(effects) };
    let (pause, provisional) = counted(since, context.now, context);
    let pause = pause?;
    effects.extend(OF_ALL.with(complaint, pause));
    if count_of(complaint, field::escalation_level) > 0 {
        effects.extend(OF_LEVEL.with(complaint, pause));
    }
    effects.extend(marked(complaint, field::pauses_provisional_year, provisional));
    Ok(effects)
}

/// A pause in every unit, and the latest year that is not announced of those that it was counted by.
fn counted(since: Instant, until: Instant, context: &Context<'_>) -> (Result<Pause>, Option<i32>) {
    let since = since.min(until);
    context.calendar.noting(|| {
        for year in since.date_in(context.zone).year()..=until.date_in(context.zone).year() {
            context.calendar.year(year)?;
        }
        Pause::between(since, until, context.counting())
    })
}

/// The mark of a year, when it is later than the one that is there.
fn marked(complaint: &dyn Fields, mark: u16, year: Option<i32>) -> Option<(u16, Option<Value>)> {
    let year = year.map(i64::from).filter(|year| *year > count_of(complaint, mark))?;
    Some((mark, Some(Value::Int(year))))
}

/// A pause that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paused {
    /// When it began.
    pub since: Instant,
    /// When it ended.
    pub until: Instant,
    /// Whether it was on the present level of the chain, above the first.
    pub on_level: bool,
}

/// Counts the pauses of a round anew, after a year came by which they were counted before it was announced. Source: L-HOL-1.
///
/// # Errors
/// `CalendarYearMissing`. There are no others.
pub fn paused_anew(pauses: &[Paused], context: &Context<'_>) -> Result<Effects> {
    let (mut all, mut level, mut mark) = (Pause::default(), None, None);
    for of in pauses {
        let (pause, provisional) = counted(of.since, of.until, context);
        let pause = pause?;
        (all, mark) = (all.and(pause), mark.max(provisional));
        if of.on_level {
            level = Some(level.unwrap_or(Pause::default()).and(pause));
        }
    }
    let mut effects = OF_ALL.set(all);
    effects.extend(level.map(|level| OF_LEVEL.set(level)).into_iter().flatten());
    effects.push((field::pauses_provisional_year, mark.map(|year| Value::Int(year.into()))));
    Ok(effects)
}

/// How long the clocks of a complaint stood so far.
pub(super) fn pauses(complaint: &dyn Fields) -> Pause {
    OF_ALL.of(complaint)
}

/// How long they stood since it went up to its present level.
pub(super) fn pauses_on_level(complaint: &dyn Fields) -> Pause {
    OF_LEVEL.of(complaint)
}

/// The days granted are the ones given, else the ones asked for. Who extends approves, unless another is named.
fn extended(complaint: &dyn Fields, inputs: &Changes, context: &Context<'_>) -> Effects {
    let days = count_of(complaint, field::extension_days);
    let approver = match inputs.get(&field::extension_approver) {
        Some(Some(named)) => Some(named.clone()),
        _ => text(context.actor),
    };
    let all = count_of(complaint, field::extended_days) + days;
    vec![
        (field::extended_days, (all > 0).then_some(Value::Int(all))),
        (field::extension_count, Some(Value::Int(count_of(complaint, field::extension_count) + 1))),
        (field::extension_approver, approver),
        (field::extension_days, None),
        (field::extension_requested_by, None),
    ]
}

/// What a round of handling leaves behind, which a new round is to do again.
const OF_A_ROUND: &[u16] = &[
    field::acknowledged_at,
    field::acknowledge_by,
    field::deadline_on,
    field::escalate_by,
    field::pauses_provisional_year,
    field::solution,
    field::promised_on,
    field::promise_reason,
    field::rejection_reason,
    field::limits_explained,
    field::recourse,
    field::company_report,
    field::company_reported_at,
    field::written_reply,
    field::replied_at,
    field::facts_unknown,
    field::responded_at,
    field::respond_by,
    field::satisfaction,
    field::outcome,
    field::lesson,
    field::case_written,
    field::closed_at,
    field::escalated_to,
    field::escalation_level,
    field::escalated_at,
    field::extension_days,
    field::extended_days,
    field::extension_count,
    field::extension_requested_by,
    field::extension_approver,
];

fn reopened(complaint: &dyn Fields, context: &Context<'_>) -> Effects {
    let cleared = OF_A_ROUND.iter().map(|field| (*field, None)).chain(OF_ALL.cleared()).chain(OF_LEVEL.cleared());
    let count = count_of(complaint, field::reopen_count) + 1;
    let set = [(field::reopened_at, Some(Value::Instant(context.now))), (field::reopen_count, Some(Value::Int(count)))];
    cleared.chain(set).collect()
}
