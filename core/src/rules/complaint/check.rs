//! What must hold of a complaint beyond its form: the past, the promise, the chain, the extension, and closing.

use crate::domain::Fields;
use crate::domain::complaint::field;
use crate::error::{Result, Violation};

use super::super::limit::{Pause, last_instant};
use super::super::shape::violation;
use super::super::{Context, count_of, small_count_of};
use super::extension;
use super::guard::{self, Actions};

/// Checks a complaint as it would be written. `customer_class` is that of its customer; `actions` is asked for when closing
/// it looks at its actions.
///
/// # Errors
/// What `actions` answers; `CalendarYearMissing` and `InvalidArgument` of the limit for re-opening.
pub fn check(
    before: Option<&dyn Fields>,
    complaint: &dyn Fields,
    customer_class: Option<&str>,
    command: &str,
    context: &Context<'_>,
    actions: &dyn Fn() -> Result<Actions>,
) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    match command {
        "propose" => found.extend(promised_in_the_past(complaint, context)),
        "escalate" => found.extend(past_the_chain(complaint, context)),
        "extend" => found.extend(extension::check(before, complaint, context)),
        "refuse_extension" if before.is_none_or(|b| b.get(field::extension_requested_by).is_none()) => {
            let message = "no extension was asked for, there is nothing to refuse";
            found.push(violation("extension_days", "not_requested", message, "没有待审批的延期申请"));
        }
        "reopen" => found.extend(reopened_too_late(before, context)?),
        "conclude" if complaint.get(field::rejection_reason).is_none() => found.push(nothing_rejected()),
        _ => {}
    }
    found.extend(extension::check_approval(before, complaint, command, context));
    found.extend(guard::unguarded(before, complaint, customer_class, command, context, actions)?);
    Ok(found)
}

/// The limits are explained to a customer who rejected a solution. Source: R-FIX-20.
fn nothing_rejected() -> Violation {
    let message =
        "rejection_reason is missing, the customer rejects a solution before the company's limits are explained";
    violation("rejection_reason", "required", message, "客户对方案不认可后方可说明限度并终结")
        .by("R-FIX-20", "F2 Art. 7.3.3")
}

fn promised_in_the_past(complaint: &dyn Fields, context: &Context<'_>) -> Option<Violation> {
    let day = complaint.date(field::promised_on).filter(|day| *day < context.today)?;
    let past = violation("promised_on", "in_the_past", "promised_on lies in the past", "承诺日期已过");
    Some(past.by("R-EDU-09", "F0 §3 4.2").input("promised_on", day).input("today", context.today))
}

/// The chain of escalation has an end. Source: R-FIX-17.
fn past_the_chain(complaint: &dyn Fields, context: &Context<'_>) -> Option<Violation> {
    let (level, top) = (count_of(complaint, field::escalation_level), context.policy.complaint.escalation.len());
    (usize::try_from(level).unwrap_or(usize::MAX) > top).then(|| {
        let message = format!("the complaint is at the top of the chain, which has {top} levels");
        violation("escalation_level", "chain_end", message, format!("已升级至最高层级，共{top}级"))
            .by("R-FIX-17", "F2 Art. 7.2.3")
            .input("escalation_level", level)
            .input("levels", top)
    })
}

fn reopened_too_late(before: Option<&dyn Fields>, context: &Context<'_>) -> Result<Option<Violation>> {
    let Some(limit) = &context.policy.complaint.reopen else { return Ok(None) };
    let Some(closed) = before.and_then(|before| before.instant(field::closed_at)) else { return Ok(None) };
    let last = last_instant(closed, limit, Pause::default(), 0, context.counting())?;
    Ok((last < context.now).then(|| {
        let message = format!("a complaint is re-opened within {} of its close", limit.in_words());
        let message_zh = format!("办结后{}内方可重新受理", limit.in_words_zh());
        violation("closed_at", "too_late", message, message_zh)
            .by(limit.rule.clone(), limit.source.clone())
            .input("closed_at", closed)
            .input("limit", limit.in_words())
            .input("last", last)
    }))
}

/// The count of the same issue: earlier complaints, and how often this one was re-opened.
pub(crate) fn with_reopenings(same_issue_count: u32, complaint: &dyn Fields) -> u32 {
    same_issue_count.saturating_add(small_count_of(complaint, field::reopen_count))
}
