//! What must have been done before a complaint is closed, by whatever command it gets there.

use crate::domain::complaint::field;
use crate::domain::{CloseGuard, ComplaintGrade, ComplaintState, Fields, GuardedStep, ValueRef};
use crate::error::{Result, Violation};

use super::super::shape::violation;
use super::super::{Context, count_of};

/// What the actions of a complaint come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Actions {
    /// How many there are, without those called off.
    pub count: u32,
    /// How many of them are not yet verified to work.
    pub open: u32,
}

/// Whether a record of the past says that its source does not tell what the verbs would have asked for.
pub fn has_unknown_facts(complaint: &dyn Fields) -> bool {
    complaint.get(field::facts_unknown) == Some(ValueRef::Bool(true))
}

/// What the policy asks to be done before this complaint is closed, and is not done, when it becomes closed, or when a closed
/// one does not say any more that its facts are unknown; all at once.
///
/// A record of the past, which is put into that state, is asked for the same, unless it says that its facts are unknown.
pub(super) fn unguarded(
    before: Option<&dyn Fields>,
    complaint: &dyn Fields,
    customer_class: Option<&str>,
    command: &str,
    context: &Context<'_>,
    actions: &dyn Fn() -> Result<Actions>,
) -> Result<Vec<Violation>> {
    let is_closed = |complaint: &dyn Fields| {
        let state = complaint.enumeration(field::state).and_then(ComplaintState::from_number);
        match state {
            Some(ComplaintState::Closed) => true,
            Some(ComplaintState::Archived) => complaint.get(field::closed_at).is_some(),
            _ => false,
        }
    };
    // What the mark freed is owed when it goes.
    let is_freed = |before: &dyn Fields| has_unknown_facts(before) && !has_unknown_facts(complaint);
    let becomes_closed = is_closed(complaint) && before.is_none_or(|before| !is_closed(before) || is_freed(before));
    if !becomes_closed || (command != "close" && has_unknown_facts(complaint)) {
        return Ok(Vec::new());
    }
    let grade = complaint.enumeration(field::grade).and_then(ComplaintGrade::from_number);
    let is_key = customer_class.is_some_and(|class| context.policy.is_key_class(class));
    let asks = |guard: &&CloseGuard| {
        guard.of.iter().any(|of| of.fits(grade, is_key))
            && guard.when.as_ref().is_none_or(|when| when.holds(complaint, context.today))
    };
    let mut found = Vec::new();
    for guard in context.policy.complaint.close_guards.iter().filter(asks) {
        if let Some(missing) = undone(guard.step, complaint, actions)? {
            let missing = missing.by(guard.rule.clone(), guard.source.clone()).input("step", guard.step.name());
            let missing = missing.input("grade", grade.map_or("", ComplaintGrade::name));
            found.push(missing.input("customer_class", customer_class.unwrap_or_default()));
        }
    }
    Ok(found)
}

/// A step that is not done: the field, the code, and the message in both languages.
type Undone = (&'static str, &'static str, &'static str, &'static str);

fn undone(
    step: GuardedStep,
    complaint: &dyn Fields,
    actions: &dyn Fn() -> Result<Actions>,
) -> Result<Option<Violation>> {
    let absent = |field: u16| complaint.get(field).is_none();
    let is_undone = match step {
        GuardedStep::ResultFedBack => absent(field::outcome),
        GuardedStep::SatisfactionAsked => absent(field::satisfaction),
        GuardedStep::LessonRecorded => absent(field::lesson),
        GuardedStep::CompanyReported => absent(field::company_report),
        GuardedStep::CaseWritten => complaint.get(field::case_written) != Some(ValueRef::Bool(true)),
        GuardedStep::ActionsDone => {
            let actions = actions()?;
            actions.count == 0 || actions.open > 0
        }
        // A record of the past names to whom it went up; the level is the kernel's own.
        GuardedStep::Escalated => count_of(complaint, field::escalation_level) == 0 && absent(field::escalated_to),
        GuardedStep::CustomerReplied => absent(field::written_reply),
    };
    let (field, code, message, message_zh) = words(step);
    Ok(is_undone.then(|| violation(field, code, message, message_zh)))
}

const fn words(step: GuardedStep) -> Undone {
    match step {
        GuardedStep::ResultFedBack => (
            "outcome",
            "result_not_told",
            "the result is told to the customer before the complaint is closed",
            "办结前须将处理结果告知客户",
        ),
        GuardedStep::SatisfactionAsked => (
            "satisfaction",
            "satisfaction_not_asked",
            "the customer is asked whether satisfied before the complaint is closed",
            "办结前须询问客户是否满意",
        ),
        GuardedStep::LessonRecorded => {
            ("lesson", "lesson_missing", "the lesson is recorded before the complaint is closed", "办结前须总结")
        }
        GuardedStep::CompanyReported => (
            "company_report",
            "report_missing",
            "a written report goes to the company before the complaint is closed",
            "重点客户投诉须向公司书面报告后方可办结",
        ),
        GuardedStep::CaseWritten => (
            "case_written",
            "case_missing",
            "a major complaint is written up as a case before it is closed",
            "重大投诉须写成案例后方可办结",
        ),
        GuardedStep::ActionsDone => (
            "",
            "actions_open",
            "a corrective or preventive action is recorded, and all work, before the complaint is closed",
            "须有纠正或预防措施且全部验证有效后方可办结",
        ),
        GuardedStep::Escalated => (
            "escalated_to",
            "not_escalated",
            "the complaint goes up to the next level before it is closed",
            "重大投诉须上报后方可办结",
        ),
        GuardedStep::CustomerReplied => (
            "written_reply",
            "reply_missing",
            "a written reply goes to the customer before the complaint is closed",
            "须向客户书面答复后方可办结",
        ),
    }
}
