//! A limit: how long something may take, in which unit, and by which rule; and the hours in which work is done.

use std::borrow::Cow;

use super::calendar::Roll;
use crate::error::{Error, ErrorKind, Result};

/// In what a limit is counted. Source: Civil Code Art. 200 and 201 (L-CIV-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitUnit {
    /// Hours from the stated moment.
    Hours,
    /// Hours within the working time windows of working days.
    WorkingHours,
    /// Calendar days.
    Days,
    /// Working days.
    WorkingDays,
    /// Months, which end on the day of the same number or with the month (L-CIV-2).
    Months,
}

impl LimitUnit {
    /// Every unit, in the order of the declaration.
    pub const ALL: [LimitUnit; 5] =
        [LimitUnit::Hours, LimitUnit::WorkingHours, LimitUnit::Days, LimitUnit::WorkingDays, LimitUnit::Months];

    /// The name, as a policy spells it.
    pub const fn name(self) -> &'static str {
        match self {
            LimitUnit::Hours => "hours",
            LimitUnit::WorkingHours => "working_hours",
            LimitUnit::Days => "days",
            LimitUnit::WorkingDays => "working_days",
            LimitUnit::Months => "months",
        }
    }

    /// The Chinese name.
    pub const fn label_zh(self) -> &'static str {
        match self {
            LimitUnit::Hours => "小时",
            LimitUnit::WorkingHours => "工作小时",
            LimitUnit::Days => "日",
            LimitUnit::WorkingDays => "个工作日",
            LimitUnit::Months => "个月",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// `InvalidArgument` when it is not one of [`LimitUnit::ALL`]. There are no others.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name).ok_or_else(|| {
            let allowed = Self::ALL.map(Self::name).join(", ");
            Error::new(ErrorKind::InvalidArgument, format!("unit {name:?} is not known, it is one of {allowed}"))
        })
    }
}

/// How long something may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// How many of the unit. 0 is at once. Bounds: at most 36,500 days or hours, 1,200 months.
    pub count: u32,
    /// What is counted.
    pub unit: LimitUnit,
    /// What happens to a last day that is a rest day; days and months alone roll.
    pub roll: Roll,
    /// The id of the rule that states it.
    pub rule: Cow<'static, str>,
    /// The regulation and article.
    pub source: Cow<'static, str>,
}

impl Limit {
    /// A limit that does not roll, for tables of figures.
    pub const fn new(count: u32, unit: LimitUnit, rule: &'static str, source: &'static str) -> Self {
        Self { count, unit, roll: Roll::None, rule: Cow::Borrowed(rule), source: Cow::Borrowed(source) }
    }

    /// The limit in words: `5 working_days`, or `at once`.
    pub fn in_words(&self) -> String {
        if self.count == 0 { "at once".to_owned() } else { format!("{} {}", self.count, self.unit.name()) }
    }

    /// The limit in Chinese words.
    pub fn in_words_zh(&self) -> String {
        if self.count == 0 { "立即".to_owned() } else { format!("{}{}", self.count, self.unit.label_zh()) }
    }

    /// The limit, rolled.
    #[must_use]
    pub const fn rolled(mut self, roll: Roll) -> Self {
        self.roll = roll;
        self
    }
}

/// The windows of a working day in which working hours run, in minutes since midnight, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingHours {
    windows: Vec<(u16, u16)>,
}

impl WorkingHours {
    /// The begin of a day, in minutes since midnight.
    pub const MINUTE_MIN: u16 = 0;
    /// The end of a day, in minutes since midnight.
    pub const MINUTE_MAX: u16 = 24 * 60;

    /// Makes the hours of their windows, each from its first minute up to its last.
    ///
    /// # Errors
    /// `InvalidArgument` when there is no window, one is empty or past 24:00, or they are not in order and apart.
    /// There are no others.
    pub fn new(windows: Vec<(u16, u16)>) -> Result<Self> {
        let invalid = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        if windows.is_empty() {
            return invalid("working hours have at least one window, found none".to_owned());
        }
        let mut end = 0;
        for &(from, until) in &windows {
            if from < end || from >= until || until > Self::MINUTE_MAX {
                return invalid(format!(
                    "the window {} to {} is empty, past 24:00, or not behind the one before, which ends at {}",
                    clock(from),
                    clock(until),
                    clock(end)
                ));
            }
            end = until;
        }
        Ok(Self { windows })
    }

    /// The windows, in order.
    pub fn windows(&self) -> &[(u16, u16)] {
        &self.windows
    }

    /// How many seconds of a working day are worked.
    pub fn seconds_a_day(&self) -> i64 {
        self.windows.iter().map(|(from, until)| i64::from(until - from) * 60).sum()
    }
}

impl Default for WorkingHours {
    /// 8:30 to 12:00 and 13:30 to 18:00, the eight hours of Labour Law Art. 36; the sources state no windows, only
    /// that the morning ends at 12:00 (R-FIX-35).
    fn default() -> Self {
        Self { windows: vec![(510, 720), (810, 1080)] }
    }
}

fn clock(minute: u16) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_in_order_apart_and_within_the_day() {
        assert_eq!(WorkingHours::default().seconds_a_day(), 8 * 3600);
        assert_eq!(WorkingHours::new(WorkingHours::default().windows).unwrap(), WorkingHours::default());
        for wrong in [vec![], vec![(0, 0)], vec![(60, 30)], vec![(0, 1441)], vec![(0, 60), (59, 90)]] {
            assert_eq!(WorkingHours::new(wrong).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
        assert!(WorkingHours::new(vec![(0, 60), (60, 1440)]).is_ok());
    }

    #[test]
    fn every_unit_reads_its_own_name() {
        for unit in LimitUnit::ALL {
            assert_eq!(LimitUnit::parse(unit.name()).unwrap(), unit);
        }
        assert_eq!(LimitUnit::parse("weeks").unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
