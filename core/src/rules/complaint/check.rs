//! What must hold of a complaint beyond its form: the past, the promise, the chain, the extension, and closing.

use crate::domain::Fields;
use crate::domain::complaint::field;
use crate::error::{Result, Violation};

use super::super::limit::{Pause, last_instant};
use super::super::shape::{is_same_user, violation};
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
        _ => {}
    }
    found.extend(escalated_to_owner(before, complaint, command));
    found.extend(extension::check_approval(before, complaint, command, context));
    found.extend(guard::unguarded(before, complaint, customer_class, command, context, actions)?);
    Ok(found)
}

/// Who is responsible hands the complaint to another, whatever the command. Source: R-FIX-17.
fn escalated_to_owner(before: Option<&dyn Fields>, complaint: &dyn Fields, command: &str) -> Option<Violation> {
    let is_same = before.is_some_and(|before| before.get(field::escalated_to) == complaint.get(field::escalated_to));
    let (to, owner) = (complaint.text(field::escalated_to), complaint.text(field::owner));
    let is_handed = command == "escalate" || !is_same;
    (is_handed && is_same_user(to, owner)).then(|| {
        let message = "escalated_to is the owner of the complaint, it goes up to another";
        violation("escalated_to", "own_complaint", message, "升级对象不能是投诉负责人本人")
            .by("R-FIX-17", "F2 Art. 7.2.3")
            .input("owner", owner.unwrap_or_default())
    })
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
