//! The deadline that a plugin gave, longer by the time in which the clock of the complaint stood.

use crate::domain::complaint::field;
use crate::domain::{Date, Decided, Fields, Quantity, Roll};
use crate::error::{Error, ErrorKind, Result};

use super::super::Context;
use super::super::deadline::{after_days, after_workdays};
use super::super::limit::Pause;
use super::step::pauses;

/// Makes the deadline that a plugin gave longer by the pauses of the complaint; what is no deadline stays.
///
/// A plugin gives the last day as if the clock had never stood. How it counted is read off the inputs that it names:
/// with `workdays` it gets longer by the working days of the pauses, else by their days, from `due_on` (the last day
/// before it was rolled) or the day given, and rolled by `roll` when it names one.
///
/// # Errors
/// `CalendarYearMissing` when a year is needed that the calendar has not, now or when a pause ended; `InvalidArgument`
/// out of the years 1 to 9999. There are no others.
pub fn with_pauses(given: Decided, complaint: &dyn Fields, context: &Context<'_>) -> Result<Decided> {
    let pause = pauses(complaint);
    let ("deadline_on", Quantity::Date(day), true) = (&*given.decision.subject, &given.value, pause.days > 0) else {
        return Ok(given);
    };
    let counts_workdays = input(&given, "workdays").is_some();
    let last = if counts_workdays {
        after_workdays(*day, workdays(complaint, pause)?, context.calendar)?
    } else {
        let due_on = input(&given, "due_on").and_then(|due_on| due_on.parse().ok());
        let roll = input(&given, "roll").and_then(|roll| Roll::parse(roll).ok());
        after_days(due_on.unwrap_or(*day), pause.days, roll.unwrap_or(Roll::None), context.calendar)?
    };
    Ok(moved(given, last, pause, counts_workdays))
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

fn moved(mut given: Decided, last: Date, pause: Pause, counts_workdays: bool) -> Decided {
    let (name, stood, unit, unit_zh) = if counts_workdays {
        ("paused_workdays", pause.workdays, "working days", "个工作日")
    } else {
        ("paused_days", pause.days, "days", "天")
    };
    let decision = &mut given.decision;
    decision.inputs.push((name.into(), stood.to_string()));
    decision.reason.push_str(&format!("; its clock stood for {stood} {unit}, so the last day is {last}"));
    decision.reason_zh.push_str(&format!("；期间暂停{stood}{unit_zh}，期限顺延至{last}"));
    decision.value = last.to_string();
    given.value = Quantity::Date(last);
    given
}
