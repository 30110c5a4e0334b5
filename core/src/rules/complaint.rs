//! What must hold of a complaint beyond its form, and how grave it is.

use crate::domain::complaint::field;
use crate::domain::{ComplaintGrade, ComplaintState, Date, Decision, Fields, Instant, Policy, ValueRef};
use crate::error::Violation;

use super::shape::violation;

/// What the grade of a complaint depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GradeInputs<'a> {
    /// The class of the customer.
    pub customer_class: Option<&'a str>,
    /// How many complaints about the same issue the customer has made, this one included. Bounds: from 1.
    pub same_issue_count: u32,
    /// Whether the customer means to complain outside.
    pub external_intent: bool,
    /// Whether the complaint was escalated.
    pub escalated: bool,
}

/// Grades a complaint: major, of a key customer, or general; the first that fits.
///
/// Source: R-FIX-16 (major), R-FIX-15 (key customer), R-FIX-14 (general).
pub fn grade(inputs: GradeInputs<'_>, policy: &Policy) -> (ComplaintGrade, Decision) {
    let class = inputs.customer_class.unwrap_or("");
    let (grade, rule, source, reason, reason_zh) = if inputs.escalated {
        (ComplaintGrade::Major, "R-FIX-16", "F2 Art. 7.2.3", "the complaint was escalated", "投诉已升级")
    } else if inputs.external_intent {
        (ComplaintGrade::Major, "R-FIX-16", "F2 Art. 7.2.3", "the customer means to complain outside", "客户拟对外投诉")
    } else if inputs.same_issue_count >= policy.same_issue_count_major {
        (
            ComplaintGrade::Major,
            "R-FIX-16",
            "F2 Art. 7.2.3",
            "the same issue was complained of before",
            "同一事项多次投诉",
        )
    } else if policy.is_key_class(class) {
        (ComplaintGrade::KeyCustomer, "R-FIX-15", "F2 Art. 7.2.2", "the customer is a key customer", "重点客户的投诉")
    } else {
        (
            ComplaintGrade::General,
            "R-FIX-14",
            "F2 Art. 7.2.1",
            "a grievance about service or product",
            "一般的服务或产品投诉",
        )
    };
    let decision = Decision {
        subject: "grade".into(),
        value: grade.name().to_owned(),
        rule: rule.into(),
        source: source.into(),
        inputs: vec![
            ("customer_class".into(), class.to_owned()),
            ("same_issue_count".into(), inputs.same_issue_count.to_string()),
            ("same_issue_count_major".into(), policy.same_issue_count_major.to_string()),
            ("external_intent".into(), inputs.external_intent.to_string()),
            ("escalated".into(), inputs.escalated.to_string()),
        ],
        reason: reason.to_owned(),
        reason_zh: reason_zh.to_owned(),
        policy_version: policy.version.clone(),
        plugin: String::new(),
    };
    (grade, decision)
}

/// Checks a complaint as it would be written at `now`, which is the civil date `today`.
pub fn check(complaint: &dyn Fields, command: &str, now: Instant, today: Date) -> Vec<Violation> {
    let mut found = Vec::new();
    if complaint.instant(field::received_at).is_some_and(|at| at > now) {
        found.push(violation("received_at", "in_the_future", "received_at lies in the future", "受理时间在将来"));
    }
    if command == "propose" && complaint.date(field::promised_on).is_some_and(|day| day < today) {
        let mut past = violation("promised_on", "in_the_past", "promised_on lies in the past", "承诺日期已过");
        past.rule = "R-EDU-09".into();
        found.push(past);
    }
    if command == "close" {
        found.extend(unwritten_case(complaint));
    }
    found
}

/// A major complaint is written up as a case before it is closed. Source: R-FIX-18.
fn unwritten_case(complaint: &dyn Fields) -> Option<Violation> {
    let major = complaint.enumeration(field::grade) == Some(ComplaintGrade::Major.number());
    if !major || complaint.get(field::case_written) == Some(ValueRef::Bool(true)) {
        return None;
    }
    let mut case = violation(
        "case_written",
        "case_missing",
        "a major complaint is written up as a case before it is closed",
        "重大投诉须写成案例后方可办结",
    );
    case.rule = "R-FIX-18".into();
    Some(case)
}

/// Whether a complaint is settled: closed or withdrawn.
pub fn is_settled(complaint: &dyn Fields) -> bool {
    let state = complaint.enumeration(field::state).and_then(ComplaintState::from_number);
    matches!(state, Some(ComplaintState::Closed | ComplaintState::Withdrawn))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Value;
    use std::collections::BTreeMap;

    const FIRST: GradeInputs<'_> =
        GradeInputs { customer_class: None, same_issue_count: 1, external_intent: false, escalated: false };

    fn graded(inputs: GradeInputs<'_>) -> (ComplaintGrade, String) {
        let (grade, decision) = grade(inputs, &Policy::default());
        (grade, decision.rule.into_owned())
    }

    #[test]
    fn the_worked_grades_of_the_fixtures_company() {
        // rules.md §17: a key customer complains of "late install" once, then again; a general one threatens 12315.
        let key = GradeInputs { customer_class: Some("key"), ..FIRST };
        assert_eq!(graded(key), (ComplaintGrade::KeyCustomer, "R-FIX-15".into()));
        assert_eq!(graded(GradeInputs { same_issue_count: 2, ..key }), (ComplaintGrade::Major, "R-FIX-16".into()));
        let general = GradeInputs { customer_class: Some("general"), ..FIRST };
        assert_eq!(graded(general), (ComplaintGrade::General, "R-FIX-14".into()));
        assert_eq!(graded(GradeInputs { external_intent: true, ..general }).0, ComplaintGrade::Major);
        assert_eq!(graded(GradeInputs { escalated: true, ..general }).0, ComplaintGrade::Major);
    }

    #[test]
    fn a_major_complaint_is_not_closed_without_its_case() {
        let (now, today) = (Instant::from_us(0).unwrap(), Date::default());
        let mut complaint = BTreeMap::from([(field::grade, Value::Enum(ComplaintGrade::Major.number()))]);
        assert_eq!(check(&complaint, "close", now, today)[0].rule, "R-FIX-18");
        complaint.insert(field::case_written, Value::Bool(true));
        assert_eq!(check(&complaint, "close", now, today), []);
    }
}
