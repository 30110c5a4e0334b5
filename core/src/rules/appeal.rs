//! The rules of appeals to an authority: by when the company answers, and what must hold.

use crate::domain::appeal::field;
use crate::domain::complaint::field as of_complaint;
use crate::domain::{AppealState, Decision, Fields, Value};
use crate::error::{Result, Violation};

use super::limit::{Pause, last_instant};
use super::shape::violation;
use super::{Context, Effects, announced_since};

/// Decides by when an appeal is answered, when the authority set no day itself; anew when it was decided by a year that was not
/// announced and is now. Source: L-LOG-8, L-HOL-1.
///
/// # Errors
/// `CalendarYearMissing` when the limit needs a year that the calendar has not; `InvalidArgument` when the figure is
/// out of bounds. There are no others.
pub fn deadline(
    before: Option<&dyn Fields>,
    appeal: &dyn Fields,
    context: &Context<'_>,
) -> Result<(Effects, Vec<Decision>)> {
    let is_given = before.is_none_or(|before| before.get(field::answer_on) != appeal.get(field::answer_on));
    if appeal.get(field::answer_on).is_some() && is_given {
        return Ok((vec![(field::provisional_year, None)], Vec::new()));
    }
    let is_open = appeal.enumeration(field::state) == Some(AppealState::Received.number());
    let is_due = appeal.get(field::answer_on).is_none()
        || (is_open && announced_since(appeal, field::provisional_year, context));
    let (limit, received) = (&context.policy.complaint.appeal_answer, appeal.instant(field::received_at));
    let (Some(limit), Some(received), true) = (limit, received, is_due) else { return Ok((Vec::new(), Vec::new())) };
    let count = || last_instant(received, limit, Pause::default(), 0, context.counting());
    let (last, year) = context.calendar.noting(count);
    let last = last?.date_in(context.zone);
    let decision =
        Decision::new("answer_on", last.to_string(), limit.rule.clone(), limit.source.clone(), context.policy)
            .input("start", received)
            .input("limit", limit.in_words())
            .because(
                format!("an appeal is answered within {}", limit.in_words()),
                format!("申诉须在{}内答复", limit.in_words_zh()),
            )
            .provisional(year);
    let mark = year.map(|year| Value::Int(year.into()));
    Ok((vec![(field::answer_on, Some(Value::Date(last))), (field::provisional_year, mark)], vec![decision]))
}

/// That an appeal was received before its complaint was. Source: L-LOG-8.
pub fn before_its_complaint(appeal: &dyn Fields, complaint: &dyn Fields) -> Option<Violation> {
    let (first, then) = (complaint.instant(of_complaint::received_at)?, appeal.instant(field::received_at)?);
    (then < first).then(|| {
        let message = "received_at lies before that of the complaint that the appeal is about";
        let turned = violation("received_at", "out_of_order", message, "申诉转办时间早于原投诉受理时间");
        turned.input("complaint_received_at", first).input("received_at", then)
    })
}

/// Checks an appeal as it would be written; `complainant` is the customer of the complaint before it.
pub fn check(appeal: &dyn Fields, complainant: Option<u64>) -> Option<Violation> {
    if complainant.is_some_and(|customer| appeal.reference(field::customer) != Some(customer)) {
        let message = "the complaint is that of another customer";
        return Some(violation("complaint", "other_customer", message, "原投诉属于其他客户"));
    }
    None
}
