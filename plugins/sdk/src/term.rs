//! Terms: how long something may take, and the last day of that with its reason.

use crate::answer::{Decision, Failure};
use crate::change::{Change, Roll};
use crate::date::Date;
use crate::figures::Figures;

/// How long something may take; the start day is not counted. Source: Civil Code Art. 201 to 203 (L-CIV-1 to L-CIV-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// How many units.
    pub count: u32,
    /// Days of the calendar, or working days.
    pub unit: Unit,
    /// What happens to a last day that is a rest day; a term of working days never ends on one.
    pub roll: Roll,
}

/// The unit of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Days of the calendar.
    Days,
    /// Working days.
    Workdays,
}

impl Term {
    /// A term of days of the calendar.
    pub const fn days(count: u32, roll: Roll) -> Self {
        Self { count, unit: Unit::Days, roll }
    }

    /// A term of working days.
    pub const fn workdays(count: u32) -> Self {
        Self { count, unit: Unit::Workdays, roll: Roll::None }
    }

    /// The term of figures: `<name>_days` rolled by `roll`, or `<name>_workdays`.
    ///
    /// # Errors
    /// When the policy has neither, or no such roll.
    pub fn of(figures: &Figures, name: &str, roll: &str) -> Result<Self, String> {
        let count = |v: i64| u32::try_from(v).map_err(|_| format!("{name} is less than 0 or too great"));
        if let Ok(days) = figures.int(&format!("{name}_workdays")) {
            return Ok(Self::workdays(count(days)?));
        }
        let days = figures.int(&format!("{name}_days"))?;
        let roll = Roll::named(figures.text(roll)?).ok_or_else(|| format!("{roll} is not a roll"))?;
        Ok(Self::days(count(days)?, roll))
    }

    /// The last day before it is rolled, and after.
    ///
    /// # Errors
    /// When the calendar has no data for the year.
    pub fn end(self, change: &Change<'_>, start: Date) -> Result<(Date, Date), Failure> {
        match self.unit {
            Unit::Days => {
                let due = start + i32::try_from(self.count).unwrap_or(i32::MAX);
                Ok((due, change.rolled(due, self.roll)?))
            }
            Unit::Workdays => change.after_workdays(start, self.count).map(|due| (due, due)),
        }
    }

    /// The decision `deadline_on` of a complaint of a kind that was received on a day.
    ///
    /// It is given as if the complaint had never been suspended nor extended by days. By the inputs `workdays`, `due_on` and
    /// `roll` the kernel knows how to make it longer by the time in which its clock stood and by the days of extensions.
    ///
    /// # Errors
    /// When the calendar has no data for the year.
    pub fn complaint_deadline(
        self,
        change: &Change<'_>,
        received_on: Date,
        kind: (&str, &str),
        rule: &'static str,
        source: &'static str,
    ) -> Result<Decision, Failure> {
        let (due, rolled) = self.end(change, received_on)?;
        let (days, days_zh) = match self.unit {
            Unit::Days => ("days", "日"),
            Unit::Workdays => ("working days", "个工作日"),
        };
        let count = self.count;
        let mut reason =
            format!("a {} complaint received on {received_on} is settled within {count} {days}, by {due}", kind.0);
        let mut reason_zh = format!("{received_on}收到的{}投诉应自次日起{count}{days_zh}内办结，期限至{due}", kind.1);
        if rolled != due {
            reason.push_str(&format!("; that is a rest day, so the last day is {rolled} (roll {})", self.roll.name()));
            let moved = if self.roll == Roll::Previous { "提前" } else { "顺延" };
            reason_zh.push_str(&format!("；该日为休息日，{moved}至{rolled}"));
        }
        let unit = if self.unit == Unit::Days { "days" } else { "workdays" };
        Ok(Decision::new("deadline_on", rolled, rule, source)
            .because(reason, reason_zh)
            .input("received_on", received_on)
            .input("kind", kind.0)
            .input(unit, count)
            .input("due_on", due)
            .input("roll", self.roll.name()))
    }
}
