//! Deadlines: the last day of a period, and repeating dates.
//!
//! Source: Civil Code Art. 201 to 204 (L-CIV-1 to L-CIV-4).

use chrono::{Datelike, Days, Months, Weekday};

use crate::domain::{Calendar, Date, Roll};
use crate::error::{Error, ErrorKind, Result};

/// The greatest number of days or working days of a period.
pub const DAYS_MAX: u32 = 36_500;
/// The greatest number of months of a period, and from an anchor to a repeated date.
pub const MONTHS_MAX: u32 = 1_200;

/// Gives the last day of a period of days; the start day is not counted.
///
/// Bounds: at most 36,500 days; years 1 to 9999. Source: Civil Code Art. 201 and 203 (L-CIV-1, L-CIV-3).
///
/// # Errors
/// `InvalidArgument` out of the bounds; `CalendarYearMissing` when the last day is rolled and the calendar has no
/// data for its year, which [`Roll::None`] never needs. There are no others.
///
/// # Example
/// ```
/// use crm_core::domain::{Calendar, Date, Roll};
/// use crm_core::rules::deadline::after_days;
///
/// let received = Date::from_ymd_opt(2026, 9, 16).expect("a date");
/// let due = after_days(received, 15, Roll::Next, Calendar::china())?;
/// assert_eq!(due.to_string(), "2026-10-08"); // 1 October is a rest day
/// # Ok::<(), crm_core::Error>(())
/// ```
pub fn after_days(start: Date, days: u32, roll: Roll, calendar: &Calendar) -> Result<Date> {
    check_bound("days", days, DAYS_MAX)?;
    let last = start.checked_add_days(Days::new(u64::from(days)));
    calendar.rolled(within_years(last, || format!("{days} days after {start}"))?, roll)
}

/// Gives the last day of a period of working days; the start day is not counted, whether it is worked or not.
///
/// No days give the start day. Bounds: at most 36,500 days; years 1 to 9999. Source: Civil Code Art. 201 (L-CIV-1).
///
/// # Errors
/// `InvalidArgument` out of the bounds; `CalendarYearMissing` when the calendar has no data for a year between the
/// day after the start and the last day. There are no others.
pub fn after_workdays(start: Date, days: u32, calendar: &Calendar) -> Result<Date> {
    check_bound("working days", days, DAYS_MAX)?;
    let mut last = start;
    for _ in 0..days {
        last = next_workday(last, calendar)?;
    }
    Ok(last)
}

/// Gives the last day of a period of months: the day of the start's number, or the month's end when it has no such day.
///
/// A year is 12 months. Bounds: at most 1,200 months; years 1 to 9999. Source: Civil Code Art. 202 and 203 (L-CIV-2,
/// L-CIV-3).
///
/// # Errors
/// `InvalidArgument` out of the bounds; `CalendarYearMissing` when the last day is rolled and the calendar has no
/// data for its year, which [`Roll::None`] never needs. There are no others.
pub fn after_months(start: Date, months: u32, roll: Roll, calendar: &Calendar) -> Result<Date> {
    calendar.rolled(months_after(start, u64::from(months))?, roll)
}

/// Gives the `n`-th date of a repetition: `n` times `every_months` months after the anchor, not rolled.
///
/// It is computed from the anchor and never from a date before, so that the end of a short month does not move the
/// dates that follow; the 0th date is the anchor. Bounds: `every_months` from 1; at most 1,200 months from the anchor;
/// years 1 to 9999. Source: Civil Code Art. 202 (L-CIV-2); R-FIX-03, R-FIX-26.
///
/// # Errors
/// `InvalidArgument` out of the bounds. There are no others.
///
/// # Example
/// ```
/// use crm_core::domain::Date;
/// use crm_core::rules::deadline::repeated;
///
/// let signed = Date::from_ymd_opt(2025, 11, 30).expect("a date");
/// assert_eq!(repeated(signed, 3, 1)?.to_string(), "2026-02-28");
/// assert_eq!(repeated(signed, 3, 2)?.to_string(), "2026-05-30");
/// # Ok::<(), crm_core::Error>(())
/// ```
pub fn repeated(anchor: Date, every_months: u32, n: u32) -> Result<Date> {
    if every_months == 0 {
        return Err(invalid("a date that repeats every 0 months is not allowed, the least is 1".to_owned()));
    }
    months_after(anchor, u64::from(every_months) * u64::from(n))
}

/// Gives the first working day after a day.
///
/// # Errors
/// `CalendarYearMissing` when the calendar has no data for a year that is needed; `InvalidArgument` outside of the
/// years 1 to 9999. There are no others.
pub fn next_workday(date: Date, calendar: &Calendar) -> Result<Date> {
    calendar.rolled(day_after(date)?, Roll::Next)
}

/// Gives the last working day before a day.
///
/// # Errors
/// `CalendarYearMissing` when the calendar has no data for a year that is needed; `InvalidArgument` outside of the
/// years 1 to 9999. There are no others.
pub fn previous_workday(date: Date, calendar: &Calendar) -> Result<Date> {
    calendar.rolled(day_before(date)?, Roll::Previous)
}

/// Counts the working days after the start up to and with the end: `n` when the end is `after_workdays(start, n)`.
///
/// # Errors
/// `InvalidArgument` when the end is before the start; `CalendarYearMissing` when the calendar has no data for a year
/// that is needed. There are no others.
pub fn workdays_between(start: Date, end: Date, calendar: &Calendar) -> Result<u32> {
    if end < start {
        return Err(invalid(format!("the end {end} is before the start {start}")));
    }
    let mut count = 0;
    for day in start.iter_days().skip(1).take_while(|d| *d <= end) {
        count += u32::from(!calendar.is_rest_day(day)?);
    }
    Ok(count)
}

/// Gives the first day of the week of a month, such as its first Monday, not rolled. Source: R-TEL-12.
///
/// # Errors
/// `InvalidArgument` when the year is not 1 to 9999 or the month not 1 to 12. There are no others.
pub fn first_weekday(year: i32, month: u32, weekday: Weekday) -> Result<Date> {
    let date = Date::from_weekday_of_month_opt(year, month, weekday, 1);
    within_years(date, || format!("the first {weekday} of month {month} of year {year}"))
}

/// Gives the day of a month, or the month's end when it has no such day, not rolled. Source: R-FIX-30, R-FIX-35.
///
/// # Errors
/// `InvalidArgument` when the year is not 1 to 9999, the month not 1 to 12 or the day not 1 to 31. There are no others.
pub fn day_of_month(year: i32, month: u32, day: u32) -> Result<Date> {
    let first = Date::from_ymd_opt(year, month, 1).filter(|_| (1..=31).contains(&day));
    let date = first.and_then(|f| f.with_day(day.min(u32::from(f.num_days_in_month()))));
    within_years(date, || format!("day {day} of month {month} of year {year}"))
}

/// The walk ends, because a calendar has no year before 1 or after 9999 and a missing year is an error.
fn day_after(date: Date) -> Result<Date> {
    within_years(date.succ_opt(), || format!("the day after {date}"))
}

fn day_before(date: Date) -> Result<Date> {
    within_years(date.pred_opt(), || format!("the day before {date}"))
}

fn months_after(start: Date, months: u64) -> Result<Date> {
    let months = u32::try_from(months).unwrap_or(u32::MAX);
    check_bound("months", months, MONTHS_MAX)?;
    within_years(start.checked_add_months(Months::new(months)), || format!("{months} months after {start}"))
}

fn check_bound(what: &str, found: u32, max: u32) -> Result<()> {
    match found <= max {
        true => Ok(()),
        false => Err(invalid(format!("{found} {what} are too many, at most {max} are allowed"))),
    }
}

fn within_years(date: Option<Date>, what: impl FnOnce() -> String) -> Result<Date> {
    let within = date.filter(|d| (1..=9999).contains(&d.year()));
    within.ok_or_else(|| invalid(format!("{} is not a date of the years 1 to 9999", what())))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

#[cfg(test)]
mod tests;
