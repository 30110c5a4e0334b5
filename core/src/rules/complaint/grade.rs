//! How grave a complaint is.

use crate::domain::{ComplaintGrade, Decision, Policy};

/// What the grade of a complaint depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GradeInputs<'a> {
    /// The class of the customer.
    pub customer_class: Option<&'a str>,
    /// How many complaints about the same issue the customer has made, this one and its re-openings included.
    /// Bounds: from 1.
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
    let decision = Decision::new("grade", grade.name(), rule, source, policy)
        .input("customer_class", class)
        .input("same_issue_count", inputs.same_issue_count)
        .input("same_issue_count_major", policy.same_issue_count_major)
        .input("external_intent", inputs.external_intent)
        .input("escalated", inputs.escalated)
        .because(reason, reason_zh);
    (grade, decision)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
