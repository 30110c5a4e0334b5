//! Working time: hours that run within the windows of working days alone.

use chrono::{Duration, LocalResult, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use crate::domain::{Calendar, Date, Instant, WorkingHours};
use crate::error::{Error, ErrorKind, Result};

/// The greatest number of days that a working time may stretch over.
const DAYS_MAX: u32 = 36_500;
const SECOND_US: i64 = 1_000_000;

/// Gives the instant at which `seconds` of working time after `start` are over.
///
/// A time that is over just when a window ends is over at that end and not when the next window begins.
///
/// # Errors
/// `CalendarYearMissing` when the calendar has no data for a year that is needed; `InvalidArgument` when it stretches
/// over more than 36,500 days or out of the years 1 to 9999. There are no others.
pub fn after_work_time(
    start: Instant,
    seconds: i64,
    hours: &WorkingHours,
    zone: Tz,
    calendar: &Calendar,
) -> Result<Instant> {
    let mut left = seconds.saturating_mul(SECOND_US);
    let mut day = start.date_in(zone);
    let mut last = start;
    for _ in 0..DAYS_MAX {
        if left <= 0 {
            return Ok(last);
        }
        for (from, until) in windows_of(day, hours, zone, calendar)? {
            let from = from.max(start);
            let length = (until.us() - from.us()).max(0);
            if length >= left {
                return Instant::from_us(from.us() + left);
            }
            left -= length;
            last = last.max(until);
        }
        day = day.succ_opt().ok_or_else(|| too_long(seconds))?;
    }
    Err(too_long(seconds))
}

/// Counts the seconds of working time from one instant to another, whole ones; none when the end is not later.
///
/// # Errors
/// `CalendarYearMissing` when the calendar has no data for a year that is needed. There are no others.
pub fn work_time_between(
    start: Instant,
    end: Instant,
    hours: &WorkingHours,
    zone: Tz,
    calendar: &Calendar,
) -> Result<i64> {
    let mut sum = 0;
    let last = end.date_in(zone);
    for day in start.date_in(zone).iter_days().take_while(|day| *day <= last) {
        for (from, until) in windows_of(day, hours, zone, calendar)? {
            sum += (until.min(end).us() - from.max(start).us()).max(0);
        }
    }
    Ok(sum / SECOND_US)
}

/// The first instant of a civil day at a minute of it. A minute that the zone leaves out is the first one behind.
pub(crate) fn instant_at(day: Date, minute: u16, zone: Tz) -> Result<Instant> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let mut local: NaiveDateTime = midnight + Duration::minutes(i64::from(minute));
    // Zones leave out three hours at the most, and a whole day where the date line moved.
    for _ in 0..=24 * 4 {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return Instant::from_us(at.timestamp_micros()),
            LocalResult::None => local += Duration::minutes(15),
        }
    }
    Err(Error::new(ErrorKind::InvalidArgument, format!("the time zone {zone} has no minute {minute} on {day}")))
}

/// The windows of a day; none when it is a rest day.
fn windows_of(day: Date, hours: &WorkingHours, zone: Tz, calendar: &Calendar) -> Result<Vec<(Instant, Instant)>> {
    if calendar.is_rest_day(day)? {
        return Ok(Vec::new());
    }
    let at = |minute| instant_at(day, minute, zone);
    hours.windows().iter().map(|(from, until)| Ok((at(*from)?, at(*until)?))).collect()
}

fn too_long(seconds: i64) -> Error {
    let message = format!("{seconds} s of working time stretch over more than {DAYS_MAX} days");
    Error::new(ErrorKind::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZONE: Tz = chrono_tz::Asia::Shanghai;

    fn at(text: &str) -> Instant {
        Instant::parse(&format!("{text}:00+08:00")).unwrap()
    }

    fn after(start: &str, hours: i64) -> Instant {
        after_work_time(at(start), hours * 3600, &WorkingHours::default(), ZONE, Calendar::china()).unwrap()
    }

    #[test]
    fn hours_run_in_the_windows_of_working_days_alone() {
        assert_eq!(after("2026-09-16T09:00", 2), at("2026-09-16T11:00"));
        assert_eq!(after("2026-09-16T11:00", 2), at("2026-09-16T14:30"), "over noon");
        assert_eq!(after("2026-09-16T07:00", 1), at("2026-09-16T09:30"), "before work");
        assert_eq!(after("2026-09-16T09:00", 3), at("2026-09-16T12:00"), "to the end of a window");
        assert_eq!(after("2026-09-30T17:00", 2), at("2026-10-08T09:30"), "over the national holiday");
        assert_eq!(after("2026-09-19T10:00", 1), at("2026-09-20T09:30"), "a Sunday that is worked");
        assert_eq!(after("2026-09-16T23:00", 0), at("2026-09-16T23:00"));
        assert_eq!(after("2026-09-16T08:30", 8), at("2026-09-16T18:00"));
    }

    #[test]
    fn a_missing_year_is_an_error_only_when_it_is_reached() {
        let run = |seconds| {
            let start = at("2026-12-31T17:00");
            after_work_time(start, seconds, &WorkingHours::default(), ZONE, Calendar::china())
        };
        assert_eq!(run(3600).unwrap(), at("2026-12-31T18:00"));
        assert_eq!(run(3601).unwrap_err().kind(), ErrorKind::CalendarYearMissing);
    }

    #[test]
    fn a_minute_that_the_clocks_leave_out_is_the_first_one_behind() {
        let berlin = chrono_tz::Europe::Berlin;
        let day: Date = "2026-03-29".parse().unwrap();
        assert_eq!(instant_at(day, 150, berlin).unwrap(), Instant::parse("2026-03-29T03:00:00+02:00").unwrap());
        assert_eq!(instant_at(day, 119, berlin).unwrap(), Instant::parse("2026-03-29T01:59:00+01:00").unwrap());
    }

    proptest! {
        #[test]
        fn what_was_added_is_what_lies_between(minute in 0_i64..300 * 1440, seconds in 0_i64..200 * 3600) {
            let start = Instant::from_us(at("2025-01-01T00:00").us() + minute * 60 * SECOND_US).unwrap();
            let (hours, china) = (WorkingHours::default(), Calendar::china());
            let end = after_work_time(start, seconds, &hours, ZONE, china).unwrap();
            prop_assert_eq!(work_time_between(start, end, &hours, ZONE, china).unwrap(), seconds);
            prop_assert!(seconds == 0 || !china.is_rest_day(end.date_in(ZONE)).unwrap());
        }
    }
}
