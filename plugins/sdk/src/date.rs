//! Civil dates and instants, as plain numbers with the little arithmetic that rules need.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;

/// A civil date. Bounds: years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// An instant. Unit: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Date {
    /// The date so many days after 1970-01-01.
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The date of a year, month and day, `None` when there is none.
    ///
    /// # Example
    /// ```
    /// # use crm_plugin_sdk::Date;
    /// assert_eq!(Date::new(2026, 1, 20).map(|d| (d + 15).to_string()).as_deref(), Some("2026-02-04"));
    /// assert_eq!(Date::new(2026, 2, 29), None);
    /// ```
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let date = Self(days_before_year(year) + day_of_year(year, month, day as i32));
        (date.parts() == (year, month, day)).then_some(date)
    }

    /// Year, month and day.
    pub fn parts(self) -> (i32, u32, u32) {
        // The estimate is at most one year too late or too early, and the loops mend it.
        let mut year = 1970 + self.0.div_euclid(365);
        while days_before_year(year) > self.0 {
            year -= 1;
        }
        while days_before_year(year + 1) <= self.0 {
            year += 1;
        }
        let in_year = self.0 - days_before_year(year);
        let month = (1..=12).rev().find(|m| day_of_year(year, *m, 1) <= in_year).unwrap_or(1);
        (year, month, (in_year - day_of_year(year, month, 1) + 1) as u32)
    }

    /// So many months later: the day of the same number, or the month's end. Source: Civil Code Art. 202 (L-CIV-2).
    ///
    /// # Example
    /// ```
    /// # use crm_plugin_sdk::Date;
    /// let end_of_january = Date::new(2028, 1, 31).ok_or("no such day")?;
    /// assert_eq!(end_of_january.plus_months(1).to_string(), "2028-02-29");
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        let (year, month, day) = self.parts();
        let months = i64::from(year) * 12 + i64::from(month) - 1 + i64::from(months);
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        let (year, month) = (i32::try_from(year).unwrap_or(9999).min(9999), u32::try_from(month).unwrap_or(12));
        (1..=day).rev().find_map(|day| Date::new(year, month, day)).unwrap_or(self)
    }

    /// The day of the week, from 1 for Monday to 7 for Sunday.
    pub const fn weekday(self) -> u32 {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7) as u32 + 1
    }
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1970-01-01 to the first day of a year.
const fn days_before_year(year: i32) -> i32 {
    let y = year - 1;
    365 * (year - 1970) + (y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400)) - 477
}

/// Days from the first day of the year.
fn day_of_year(year: i32, month: u32, day: i32) -> i32 {
    const BEFORE: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    BEFORE[month as usize - 1] + i32::from(month > 2 && is_leap(year)) + day - 1
}

/// So many days later, or earlier when negative.
impl Add<i32> for Date {
    type Output = Date;

    fn add(self, days: i32) -> Date {
        Date(self.0.saturating_add(days))
    }
}

/// Writes `2026-09-16`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Reads `2026-09-16`.
impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = |from: usize, to: usize| {
            let part = text.get(from..to).filter(|p| p.bytes().all(|b| b.is_ascii_digit()))?;
            part.parse::<u32>().ok()
        };
        let parts = || {
            let separated = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
            let parts = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
            separated.then_some(parts)
        };
        parts()
            .and_then(|(y, m, d)| Date::new(y as i32, m, d))
            .ok_or_else(|| format!("found {text:?}, a date is of the form 2026-09-16"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_years_1_to_9999_comes_back() {
        let (first, last) = (Date::new(1, 1, 1).unwrap(), Date::new(9999, 12, 31).unwrap());
        assert_eq!((first.days(), last.days()), (-719_162, 2_932_896));
        let mut before = (0, 0, 0);
        for days in first.days()..=last.days() {
            let parts = Date::from_days(days).parts();
            assert!(parts > before, "{days}");
            assert_eq!(Date::new(parts.0, parts.1, parts.2), Some(Date::from_days(days)));
            before = parts;
        }
    }

    #[test]
    fn dates_that_are_none_are_refused() {
        for text in
            ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "2026-01-1", "26-01-01", "+026-01-01", "２026-01"]
        {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert_eq!("2024-02-29".parse::<Date>().unwrap().to_string(), "2024-02-29");
    }

    #[test]
    fn weekdays_count_from_monday() {
        assert_eq!(Date::new(2026, 9, 16).unwrap().weekday(), 3);
        assert_eq!(Date::new(1969, 12, 28).unwrap().weekday(), 7);
    }
}
