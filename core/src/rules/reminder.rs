//! Yearly reminders: birthdays and other days that come back every year, found by month and day.

use chrono::Datelike;

use crate::domain::Date;
use crate::error::Result;

use super::deadline::repeated;

/// The month and day of a date as one number, such as 229 for 29 February, for finding whose day is near.
pub fn month_day(date: Date) -> i64 {
    i64::from(date.month() * 100 + date.day())
}

/// The day on which a date is remembered in a year: 29 February on the 28th when the year has none. Source: R-GEN-11.
///
/// # Errors
/// `InvalidArgument` when the year lies before the date's or out of the bounds of [`repeated`]. There are no others.
pub fn in_year(date: Date, year: i32) -> Result<Date> {
    repeated(date, 12, u32::try_from(i64::from(year) - i64::from(date.year())).unwrap_or(u32::MAX))
}

/// The months and days, as [`month_day`], whose reminders fall on a day: on 28 February of a common year the 29th too.
pub fn remembered_on(day: Date) -> Vec<i64> {
    let mut found = vec![month_day(day)];
    if month_day(day) == 228 && !day.leap_year() {
        found.push(229);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_that_a_year_does_not_have_is_remembered_the_day_before() {
        assert_eq!(in_year(day("1992-02-29"), 2026).unwrap(), day("2026-02-28"));
        assert_eq!(in_year(day("1992-02-29"), 2028).unwrap(), day("2028-02-29"));
        assert_eq!(in_year(day("1990-10-01"), 2026).unwrap(), day("2026-10-01"));
        assert_eq!(remembered_on(day("2026-02-28")), [228, 229]);
        assert_eq!(remembered_on(day("2028-02-28")), [228]);
        assert!(in_year(day("1990-10-01"), 1989).is_err());
    }

    proptest! {
        #[test]
        fn every_date_is_remembered_once_a_year(born in 0_i32..20_000, years in 1_i32..60) {
            let born = Date::from_epoch_days(born).unwrap();
            let year = born.year() + years;
            let first = Date::from_ymd_opt(year, 1, 1).unwrap();
            let days: Vec<Date> = first.iter_days().take_while(|d| d.year() == year)
                .filter(|d| remembered_on(*d).contains(&month_day(born))).collect();
            prop_assert_eq!(days, vec![in_year(born, year).unwrap()]);
        }
    }
}
