//! What must hold of a complaint beyond its form: the past, the promise, the chain, the extension, and closing.

use crate::domain::complaint::field;
use crate::domain::{ComplaintGrade, Fields, GuardedStep, Maximum, ValueRef};
use crate::error::{Result, Violation};

use super::super::limit::{Pause, last_instant};
use super::super::shape::{is_same_user, violation};
use super::super::{Context, count_of, small_count_of};

/// What the actions of a complaint come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Actions {
    /// How many there are, without those called off.
    pub count: u32,
    /// How many of them are not yet verified to work.
    pub open: u32,
}

/// Checks a complaint as it would be written. `actions` is asked for when closing it looks at its actions.
///
/// # Errors
/// What `actions` answers; `CalendarYearMissing` and `InvalidArgument` of the limit for re-opening.
pub fn check(
    before: Option<&dyn Fields>,
    complaint: &dyn Fields,
    command: &str,
    context: &Context<'_>,
    actions: &dyn Fn() -> Result<Actions>,
) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    if let Some(at) = complaint.instant(field::received_at).filter(|at| *at > context.now) {
        let late = violation("received_at", "in_the_future", "received_at lies in the future", "受理时间在将来");
        found.push(late.input("received_at", at).input("now", context.now));
    }
    match command {
        "propose" => found.extend(promised_in_the_past(complaint, context)),
        "escalate" => found.extend(past_the_chain(complaint, context)),
        "extend" => found.extend(extension(before, complaint, context)),
        "refuse_extension" if before.is_none_or(|b| b.get(field::extension_requested_by).is_none()) => {
            let message = "no extension was asked for, there is nothing to refuse";
            found.push(violation("extension_days", "not_requested", message, "没有待审批的延期申请"));
        }
        "reopen" => found.extend(reopened_too_late(before, context)?),
        "close" => found.extend(unguarded(complaint, context, actions)?),
        _ => {}
    }
    Ok(found)
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

/// An extension gives days or a higher complexity, keeps to the policy's bounds, and another approves it.
fn extension(before: Option<&dyn Fields>, complaint: &dyn Fields, context: &Context<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let policy = &context.policy.complaint;
    let same = |f| before.is_some_and(|before| before.get(f) == complaint.get(f));
    if same(field::extended_days) && same(field::complexity) {
        let message = "extension_days is missing, an extension gives days or another complexity";
        found.push(violation("extension_days", "required", message, "延期须填写天数或变更复杂程度"));
    }
    let (count, days) = (count_of(complaint, field::extension_count), count_of(complaint, field::extended_days));
    if let Some(Maximum { value: max, basis }) = policy.extensions_max.as_ref().filter(|max| count > max.value.into()) {
        let message = format!("the complaint was extended {} times, at most {max} are allowed", count - 1);
        let often = violation("extension_count", "out_of_range", message, format!("延期最多{max}次"));
        let often = often.by(basis.rule.clone(), basis.source.clone());
        found.push(often.input("extension_count", count).input("extensions_max", max));
    }
    if let Some(Maximum { value: max, basis }) =
        policy.extension_days_max.as_ref().filter(|max| days > max.value.into())
    {
        let message = format!("the extensions sum up to {days} days, at most {max} are allowed");
        let long = violation("extension_days", "out_of_range", message, format!("累计延期最多{max}天"));
        let long = long.by(basis.rule.clone(), basis.source.clone());
        found.push(long.input("extended_days", days).input("extension_days_max", max));
    }
    let approver = complaint.text(field::extension_approver);
    let asked = before.and_then(|before| before.text(field::extension_requested_by));
    let is_own = is_same_user(approver, complaint.text(field::owner)) || is_same_user(approver, asked);
    if let (Some(basis), Some(approver)) = (&policy.extension_needs_another, approver)
        && is_own
    {
        let message = "the approver is who handles the complaint or asked for the extension; another approves it";
        let message_zh = "延期须由经办人和申请人以外的人审批";
        found.push(
            violation("extension_approver", "own_complaint", message, message_zh)
                .by(basis.rule.clone(), basis.source.clone())
                .input("owner", complaint.text(field::owner).unwrap_or_default())
                .input("extension_requested_by", asked.unwrap_or_default())
                .input("extension_approver", approver),
        );
    }
    found
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

/// What the policy asks to be done before a complaint of this grade is closed, and is not done; all at once.
fn unguarded(
    complaint: &dyn Fields,
    context: &Context<'_>,
    actions: &dyn Fn() -> Result<Actions>,
) -> Result<Vec<Violation>> {
    let grade = complaint.enumeration(field::grade).and_then(ComplaintGrade::from_number);
    let guards = context.policy.complaint.close_guards.iter();
    let asked = guards.filter(|guard| guard.grades.is_empty() || grade.is_some_and(|g| guard.grades.contains(&g)));
    let mut found = Vec::new();
    for guard in asked {
        if let Some(missing) = undone(guard.step, complaint, actions)? {
            let missing = missing.by(guard.rule.clone(), guard.source.clone()).input("step", guard.step.name());
            found.push(missing.input("grade", grade.map_or("", ComplaintGrade::name)));
        }
    }
    Ok(found)
}

fn undone(
    step: GuardedStep,
    complaint: &dyn Fields,
    actions: &dyn Fn() -> Result<Actions>,
) -> Result<Option<Violation>> {
    let absent = |field: u16| complaint.get(field).is_none();
    let (is_undone, field, code, message, message_zh) = match step {
        GuardedStep::ResultFedBack => (
            absent(field::outcome),
            "outcome",
            "result_not_told",
            "the result is told to the customer before the complaint is closed",
            "办结前须将处理结果告知客户",
        ),
        GuardedStep::SatisfactionAsked => (
            absent(field::satisfaction),
            "satisfaction",
            "satisfaction_not_asked",
            "the customer is asked whether satisfied before the complaint is closed",
            "办结前须询问客户是否满意",
        ),
        GuardedStep::LessonRecorded => (
            absent(field::lesson),
            "lesson",
            "lesson_missing",
            "the lesson is recorded before the complaint is closed",
            "办结前须总结",
        ),
        GuardedStep::CompanyReported => (
            absent(field::company_report),
            "company_report",
            "report_missing",
            "a written report goes to the company before the complaint is closed",
            "重点客户投诉须向公司书面报告后方可办结",
        ),
        GuardedStep::CaseWritten => (
            complaint.get(field::case_written) != Some(ValueRef::Bool(true)),
            "case_written",
            "case_missing",
            "a major complaint is written up as a case before it is closed",
            "重大投诉须写成案例后方可办结",
        ),
        GuardedStep::ActionsDone => {
            let actions = actions()?;
            (
                actions.count == 0 || actions.open > 0,
                "",
                "actions_open",
                "a corrective or preventive action is recorded, and all work, before the complaint is closed",
                "须有纠正或预防措施且全部验证有效后方可办结",
            )
        }
    };
    Ok(is_undone.then(|| violation(field, code, message, message_zh)))
}

/// The count of the same issue: earlier complaints, and how often this one was re-opened.
pub(crate) fn with_reopenings(same_issue_count: u32, complaint: &dyn Fields) -> u32 {
    same_issue_count.saturating_add(small_count_of(complaint, field::reopen_count))
}
