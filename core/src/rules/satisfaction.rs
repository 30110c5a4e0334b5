//! Satisfaction in exact arithmetic: points of points, weighted parts, and rates; nothing is rounded but what is shown.

use crate::domain::{Fields, SurveyState, Weights, survey, survey_answer};
use crate::error::Violation;

use super::count_of;
use super::shape::violation;

/// A part of a whole, such as points of possible points, or complaints of customers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole.
    pub whole: u64,
}

impl Share {
    /// Makes a share.
    pub const fn new(part: u64, whole: u64) -> Self {
        Self { part, whole }
    }

    /// Whether it is at least so many percent, by cross-multiplication; nothing of nothing is not.
    pub fn is_at_least(self, percent: u64) -> bool {
        self.whole > 0 && u128::from(self.part) * 100 >= u128::from(self.whole) * u128::from(percent)
    }

    /// In hundredths of a percent, rounded half up; `None` of nothing.
    pub fn hundredths(self) -> Option<u64> {
        rounded(u128::from(self.part) * 10_000, u128::from(self.whole))
    }
}

/// A quotient, rounded half up; `None` when it is by nothing or too great.
fn rounded(part: u128, whole: u128) -> Option<u64> {
    let twice = part.checked_mul(2)?.checked_add(whole)?;
    u64::try_from(twice.checked_div(whole.checked_mul(2)?)?).ok()
}

/// The score of three parts in hundredths of a percent, rounded once and half up; `None` when a part that has a
/// weight is of nothing. Source: R-ENG-14, R-KPI-07.
pub fn score_hundredths(weights: Weights, parts: [Share; 3]) -> Option<u64> {
    let weighed: Vec<(u128, u128, u128)> = weights
        .parts()
        .into_iter()
        .zip(parts)
        .filter(|(weight, _)| *weight > 0)
        .map(|(weight, share)| (u128::from(weight), u128::from(share.part), u128::from(share.whole)))
        .collect();
    let whole = weighed.iter().try_fold(1_u128, |product, (_, _, whole)| product.checked_mul(*whole))?;
    let each = weighed.iter().map(|(weight, part, of)| {
        let others = whole.checked_div(*of)?;
        weight.checked_mul(*part)?.checked_mul(others)
    });
    let sum = each.into_iter().try_fold(0_u128, |sum, part| sum.checked_add(part?))?;
    rounded(sum.checked_mul(100)?, whole)
}

/// Checks an answer with its survey: one that is open has the question, and no answer gets more than all points.
pub fn check_answer(answer: &dyn Fields, of: &dyn Fields) -> Vec<Violation> {
    let mut found = Vec::new();
    if of.enumeration(survey::field::state) != Some(SurveyState::Open.number()) {
        found.push(violation(
            "survey",
            "closed",
            "the survey is closed and takes no answers",
            "调查已结束，不再接受答复",
        ));
    }
    let question = count_of(answer, survey_answer::field::question);
    let questions = of.text(survey::field::questions).unwrap_or_default();
    let count = questions.lines().filter(|line| !line.trim().is_empty()).count();
    if usize::try_from(question).is_ok_and(|question| question > count) {
        let message = format!("question is {question}, the survey has {count} questions");
        let none = violation("question", "out_of_range", message, format!("该调查只有{count}个问题"));
        found.push(none.input("question", question).input("questions", count));
    }
    let (points, max) = (count_of(answer, survey_answer::field::points), count_of(of, survey::field::points_max));
    if points > max {
        let message = format!("points is {points}, the survey gives at most {max}");
        let many = violation("points", "out_of_range", message, format!("得分最多{max}"));
        found.push(many.input("points", points).input("points_max", max));
    }
    found
}

/// Checks that a period does not end before it begins.
pub fn check_period(record: &dyn Fields, from: u16, until: u16) -> Option<Violation> {
    let (from, until) = (record.date(from)?, record.date(until)?);
    (until < from).then(|| {
        let message = format!("period_until {until} is before period_from {from}");
        violation("period_until", "out_of_range", message, "期间止早于期间起")
            .input("period_from", from)
            .input("period_until", until)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_three_parts_are_rounded_once() {
        // R-ENG-14: contract 90 of 100, awards 50 of 100, questionnaire 13 of 15; 36 + 10 + 34.666...
        let weights = Weights::new(40, 20, 40).unwrap();
        let parts = [Share::new(90, 100), Share::new(50, 100), Share::new(13, 15)];
        assert_eq!(score_hundredths(weights, parts), Some(8_067));
        assert_eq!(score_hundredths(weights, [Share::new(0, 1), Share::new(0, 1), Share::default()]), None);
        assert_eq!(
            score_hundredths(Weights::default(), [Share::default(), Share::default(), Share::new(1, 3)]),
            Some(3_333)
        );
        assert_eq!(
            score_hundredths(Weights::default(), [Share::default(), Share::default(), Share::new(2, 3)]),
            Some(6_667)
        );
    }

    #[test]
    fn shares_are_compared_without_rounding() {
        // rules.md §17 and §18: 10 of 40 enquiries; 1,380 of 138,000 and of 138,001.
        assert_eq!(Share::new(10, 40).hundredths(), Some(2_500));
        assert!(Share::new(1_380, 138_000).is_at_least(1) && !Share::new(1_380, 138_001).is_at_least(1));
        assert_eq!(Share::new(1_380, 138_001).hundredths(), Some(100), "shown, it looks like one percent");
        assert!(!Share::default().is_at_least(0) && Share::default().hundredths().is_none());
        assert_eq!(Share::new(u64::MAX, u64::MAX).hundredths(), Some(10_000));
    }

    proptest! {
        #[test]
        fn a_score_lies_between_its_least_and_its_greatest_part(
            a in 0_u64..=100, b in 0_u64..=100, part in 0_u64..=5_000, more in 0_u64..=5_000, w in 0_u32..=100, v in 0_u32..=100,
        ) {
            let (w, v) = (w.min(100 - v.min(100)), v);
            let weights = Weights::new(w, v, 100 - w - v).unwrap();
            let parts = [Share::new(a, 100), Share::new(b, 100), Share::new(part, part + more + 1)];
            let score = score_hundredths(weights, parts).unwrap();
            let each = parts.map(|share| share.hundredths().unwrap());
            prop_assert!(score <= *each.iter().max().unwrap() && score >= *each.iter().min().unwrap());
        }
    }
}
