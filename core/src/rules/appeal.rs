//! The rules of appeals to an authority: by when the company answers, and what must hold.

use crate::domain::appeal::field;
use crate::domain::{Decision, Fields, Value};
use crate::error::{Result, Violation};

use super::limit::{Pause, last_instant};
use super::shape::violation;
use super::{Context, Effects};

/// Decides by when an appeal is answered, when the authority set no day itself. Source: L-LOG-8.
///
/// # Errors
/// `CalendarYearMissing` when the limit needs a year that the calendar has not; `InvalidArgument` when the figure is
/// out of bounds. There are no others.
pub fn deadline(appeal: &dyn Fields, context: &Context<'_>) -> Result<(Effects, Vec<Decision>)> {
    let (limit, received) = (&context.policy.complaint.appeal_answer, appeal.instant(field::received_at));
    let (Some(limit), Some(received), None) = (limit, received, appeal.get(field::answer_on)) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let last = last_instant(received, limit, Pause::default(), 0, context.counting())?.date_in(context.zone);
    let decision =
        Decision::new("answer_on", last.to_string(), limit.rule.clone(), limit.source.clone(), context.policy)
            .input("start", received)
            .input("limit", limit.in_words())
            .because(
                format!("an appeal is answered within {}", limit.in_words()),
                format!("申诉须在{}内答复", limit.in_words_zh()),
            );
    Ok((vec![(field::answer_on, Some(Value::Date(last)))], vec![decision]))
}

/// Checks an appeal as it would be written; `complainant` is the customer of the complaint before it.
pub fn check(appeal: &dyn Fields, complainant: Option<u64>) -> Option<Violation> {
    if complainant.is_some_and(|customer| appeal.reference(field::customer) != Some(customer)) {
        let message = "the complaint is that of another customer";
        return Some(violation("complaint", "other_customer", message, "原投诉属于其他客户"));
    }
    None
}
