//! The rules of reviews by a superior unit: until when one may be asked for, by when it is decided, and by whom.

use crate::domain::review::field;
use crate::domain::{ComplaintState, Decision, Fields, Limit, ReviewState, Value, complaint};
use crate::error::{Result, Violation};

use super::complaint::is_settled;
use super::limit::{Pause, last_instant};
use super::shape::{is_same_user, violation};
use super::{Context, Effects};

/// Decides by when a review is decided. Source: L-BNK-5, whose 30 days are not verified.
///
/// # Errors
/// `CalendarYearMissing` when the limit needs a year that the calendar has not; `InvalidArgument` when the figure is
/// out of bounds. There are no others.
pub fn deadline(review: &dyn Fields, context: &Context<'_>) -> Result<(Effects, Vec<Decision>)> {
    let (limit, start) = (&context.policy.complaint.review_decide, review.instant(field::requested_at));
    let is_open = review.enumeration(field::state) == Some(ReviewState::Requested.number());
    let is_due = is_open || review.get(field::decide_on).is_none();
    let (Some(limit), Some(start), true) = (limit, start, is_due) else { return Ok((Vec::new(), Vec::new())) };
    let (last, year) = context.calendar.noting(|| last_instant(start, limit, Pause::default(), 0, context.counting()));
    let (last, mark) = (last?.date_in(context.zone), year.map(|year| Value::Int(year.into())));
    let same_mark = review.get(field::provisional_year) == mark.as_ref().map(Value::as_ref);
    if review.date(field::decide_on) == Some(last) && same_mark {
        return Ok((Vec::new(), Vec::new()));
    }
    let decision =
        Decision::new("decide_on", last.to_string(), limit.rule.clone(), limit.source.clone(), context.policy)
            .input("start", start)
            .input("limit", limit.in_words())
            .because(
                format!("a review is decided within {}", limit.in_words()),
                format!("核查须在{}内作出决定", limit.in_words_zh()),
            )
            .provisional(year);
    Ok((vec![(field::decide_on, Some(Value::Date(last))), (field::provisional_year, mark)], vec![decision]))
}

/// Checks a review as it would be written, with the complaint that it is about.
///
/// It is about a settled complaint, is asked for in time, and is not decided by who handled the complaint.
///
/// # Errors
/// As [`deadline`].
pub fn check(
    review: &dyn Fields,
    about: Option<&dyn Fields>,
    is_new: bool,
    context: &Context<'_>,
) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    let requested = review.instant(field::requested_at);
    let Some(about) = about else { return Ok(found) };
    if is_new && !is_settled(about) {
        let message = "the complaint is not settled; a review is asked for behind its close";
        let state = about.enumeration(complaint::field::state).and_then(|number| ComplaintState::DEF.by_number(number));
        let early = violation("complaint", "not_settled", message, "原投诉尚未办结，不能申请核查");
        found.push(early.input("complaint_state", state.map_or("", |state| state.name)));
    }
    let closed = about.instant(complaint::field::closed_at).filter(|_| is_new);
    if let (Some(limit), Some(closed), Some(requested)) = (&context.policy.complaint.review_request, closed, requested)
        && last_instant(closed, limit, Pause::default(), 0, context.counting())? < requested
    {
        found.push(too_late(limit).input("closed_at", closed).input("requested_at", requested));
    }
    let decider = review.text(field::decided_by);
    if is_same_user(decider, about.text(complaint::field::owner)) {
        let message = "who handled the complaint decides on its review; another does";
        found.push(
            violation("decided_by", "own_complaint", message, "核查须由原经办人以外的人决定")
                .by("L-BNK-5", "CBIRC Order 2020 No. 3")
                .input("decided_by", decider.unwrap_or_default()),
        );
    }
    Ok(found)
}

fn too_late(limit: &Limit) -> Violation {
    let message = format!("a review is asked for within {} of the close", limit.in_words());
    let message_zh = format!("办结后{}内方可申请核查", limit.in_words_zh());
    violation("requested_at", "too_late", message, message_zh)
        .by(limit.rule.clone(), limit.source.clone())
        .input("limit", limit.in_words())
}
