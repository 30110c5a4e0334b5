//! The reports of a regulation: on which days each is due.

use std::borrow::Cow;

use chrono::Weekday;

use super::Basis;
use crate::domain::Roll;

/// A day on which a report is due, before it is rolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportDay {
    /// A day of every month, or the month's end when it has no such day. Bounds: 1 to 31.
    OfMonth(u32),
    /// The day before a day of every month: what is due before the 15th is due on the 14th. Bounds: 1 to 31.
    BeforeOfMonth(u32),
    /// A day of every year: month and day, or the month's end when it has no such day.
    OfYear(u32, u32),
    /// The first day of the week in every month, such as its first Monday.
    FirstOfMonth(Weekday),
    /// A day of every week.
    OfWeek(Weekday),
    /// Every working day.
    Workday,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

impl ReportDay {
    /// What a policy may write, for messages.
    pub const ALLOWED: &'static str = "a day of the month (`15`), before one (`before_15`), a day of the year (`03-31`), `first_monday`, `monday`, `workday`";

    /// Reads a day as a policy spells it; `None` when it is none of [`ReportDay::ALLOWED`].
    pub fn parse(text: &str) -> Option<Self> {
        let weekday = |name: &str| WEEKDAYS.iter().find(|(known, _)| *known == name).map(|(_, day)| *day);
        let number = |text: &str, max: u32| text.parse().ok().filter(|n| (1..=max).contains(n));
        if text == "workday" {
            return Some(Self::Workday);
        }
        if let Some(day) = text.strip_prefix("before_") {
            return number(day, 31).map(Self::BeforeOfMonth);
        }
        if let Some(name) = text.strip_prefix("first_") {
            return weekday(name).map(Self::FirstOfMonth);
        }
        if let Some((month, day)) = text.split_once('-') {
            return Some(Self::OfYear(number(month, 12)?, number(day, 31)?));
        }
        number(text, 31).map(Self::OfMonth).or_else(|| weekday(text).map(Self::OfWeek))
    }
}

/// When a report is due. Source: R-RPT-01 to R-RPT-15.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRule {
    /// The name, such as `customer_analysis`.
    pub name: String,
    /// The days, each as the policy spells it.
    pub days: Vec<(ReportDay, String)>,
    /// What happens to a day that is a rest day.
    pub roll: Roll,
    /// By when on the day, such as `12:00`; empty for its end.
    pub time: Cow<'static, str>,
    /// Where it comes from.
    pub basis: Basis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_spelled_and_nothing_else_is() {
        for (text, day) in [
            ("3", ReportDay::OfMonth(3)),
            ("31", ReportDay::OfMonth(31)),
            ("before_15", ReportDay::BeforeOfMonth(15)),
            ("03-31", ReportDay::OfYear(3, 31)),
            ("first_monday", ReportDay::FirstOfMonth(Weekday::Mon)),
            ("sunday", ReportDay::OfWeek(Weekday::Sun)),
            ("workday", ReportDay::Workday),
        ] {
            assert_eq!(ReportDay::parse(text), Some(day));
        }
        for wrong in [
            "",
            "0",
            "32",
            "13-01",
            "1-0",
            "first_day",
            "Monday",
            "-1",
            "quarterly",
            "before_",
            "before_32",
            "before_03-31",
        ] {
            assert_eq!(ReportDay::parse(wrong), None, "{wrong}");
        }
    }
}
