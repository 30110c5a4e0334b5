//! What a limit comes to: the last instant of it, with the pauses in which its clock stood.

use chrono_tz::Tz;

use crate::domain::{Calendar, Date, Instant, Limit, LimitUnit, WorkingHours};
use crate::error::{Error, ErrorKind, Result};

use super::deadline;
use super::work_time::{after_work_time, instant_at, work_time_between};

/// The greatest number of hours of a limit: 36,500 days.
const HOURS_MAX: u32 = 876_000;
const SECOND_US: i64 = 1_000_000;

/// What days and hours are counted by.
#[derive(Debug, Clone, Copy)]
pub struct Counting<'a> {
    /// The working-day calendar.
    pub calendar: &'a Calendar,
    /// The time zone of civil dates.
    pub zone: Tz,
    /// The windows of working hours.
    pub hours: &'a WorkingHours,
}

/// How long a clock stood, in every unit in which a limit may be counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pause {
    /// Unit: seconds.
    pub seconds: i64,
    /// Unit: civil days.
    pub days: u32,
    /// Unit: working days.
    pub workdays: u32,
    /// Unit: seconds of working time.
    pub work_seconds: i64,
}

impl Pause {
    /// The pause from one instant to another.
    ///
    /// A pause within one day stops no clock that counts days.
    ///
    /// # Errors
    /// `CalendarYearMissing` when a year of it is missing; `InvalidArgument` when the end lies before the start. There are
    /// no others.
    pub fn between(start: Instant, end: Instant, counting: Counting<'_>) -> Result<Self> {
        let (first, last) = (start.date_in(counting.zone), end.date_in(counting.zone));
        if end < start {
            return Err(Error::new(ErrorKind::InvalidArgument, format!("the end {end} is before the start {start}")));
        }
        let work_seconds = work_time_between(start, end, counting.hours, counting.zone, counting.calendar)?;
        let workdays = deadline::workdays_between(first, last, counting.calendar)?;
        let days = u32::try_from(last.signed_duration_since(first).num_days()).unwrap_or(u32::MAX);
        Ok(Self { seconds: (end.us() - start.us()) / SECOND_US, days, workdays, work_seconds })
    }

    /// Both pauses, one after the other.
    #[must_use]
    pub fn and(self, other: Pause) -> Self {
        Self {
            seconds: self.seconds.saturating_add(other.seconds),
            days: self.days.saturating_add(other.days),
            workdays: self.workdays.saturating_add(other.workdays),
            work_seconds: self.work_seconds.saturating_add(other.work_seconds),
        }
    }
}

/// Gives the last instant of a limit that began at `start`, longer by the time in which the clock stood and by `extra`
/// days, or working days when the limit counts those.
///
/// A limit in days or months lasts until its last day ends (Civil Code Art. 203). Hours run from the stated moment and
/// do not roll; no hours end at once.
///
/// # Errors
/// `InvalidArgument` out of the bounds of a limit; `CalendarYearMissing` when a year is needed that the calendar has
/// not. There are no others.
pub fn last_instant(
    start: Instant,
    limit: &Limit,
    pause: Pause,
    extra: u32,
    counting: Counting<'_>,
) -> Result<Instant> {
    if matches!(limit.unit, LimitUnit::Hours | LimitUnit::WorkingHours) {
        return last_hour(start, limit, pause, extra, counting);
    }
    end_of_day(last_day(start.date_in(counting.zone), limit, pause, extra, counting)?, counting.zone)
}

/// The last day of a limit in days, working days or months.
fn last_day(start: Date, limit: &Limit, pause: Pause, extra: u32, counting: Counting<'_>) -> Result<Date> {
    let Counting { calendar, .. } = counting;
    let longer = |by: u32| limit.count.saturating_add(by).saturating_add(extra);
    match limit.unit {
        LimitUnit::WorkingDays => deadline::after_workdays(start, longer(pause.workdays), calendar),
        LimitUnit::Months => {
            let months = deadline::after_months(start, limit.count, crate::domain::Roll::None, calendar)?;
            deadline::after_days(months, pause.days.saturating_add(extra), limit.roll, calendar)
        }
        _ => deadline::after_days(start, longer(pause.days), limit.roll, calendar),
    }
}

fn last_hour(start: Instant, limit: &Limit, pause: Pause, extra: u32, counting: Counting<'_>) -> Result<Instant> {
    if limit.count > HOURS_MAX {
        let found = limit.count;
        let message = format!("{found} hours are too many, at most {HOURS_MAX} are allowed");
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    }
    let seconds = i64::from(limit.count) * 3600;
    if limit.unit == LimitUnit::WorkingHours {
        let extra = i64::from(extra) * counting.hours.seconds_a_day();
        let all = seconds.saturating_add(pause.work_seconds).saturating_add(extra);
        return after_work_time(start, all, counting.hours, counting.zone, counting.calendar);
    }
    let all = seconds.saturating_add(pause.seconds).saturating_add(i64::from(extra) * 86_400);
    Instant::from_us(start.us().saturating_add(all.saturating_mul(SECOND_US)))
}

/// The last instant of a civil day.
///
/// # Errors
/// `InvalidArgument` out of the years 1 to 9999. There are no others.
pub fn end_of_day(day: Date, zone: Tz) -> Result<Instant> {
    Instant::from_us(instant_at(day, WorkingHours::MINUTE_MAX, zone)?.us() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Roll;
    use proptest::prelude::*;

    const ZONE: Tz = chrono_tz::Asia::Shanghai;

    fn limit(count: u32, unit: LimitUnit, roll: Roll) -> Limit {
        Limit::new(count, unit, "R", "").rolled(roll)
    }

    fn at(text: &str) -> Instant {
        Instant::parse(&format!("{text}:00+08:00")).unwrap()
    }

    fn last(start: &str, limit: &Limit, pause: Pause) -> Result<Instant> {
        let hours = WorkingHours::default();
        let counting = Counting { calendar: Calendar::china(), zone: ZONE, hours: &hours };
        last_instant(at(start), limit, pause, 0, counting)
    }

    fn day(start: &str, limit: &Limit) -> String {
        last(start, limit, Pause::default()).unwrap().date_in(ZONE).to_string()
    }

    #[test]
    fn the_worked_deadlines_of_the_regulations() {
        // regulations.md, the table of working-day calendars; a start at any hour of the day counts alike.
        let workdays = |n| limit(n, LimitUnit::WorkingDays, Roll::None);
        for hour in ["00:00", "09:00", "23:59"] {
            let start = |day: &str| format!("{day}T{hour}");
            assert_eq!(day(&start("2026-09-30"), &workdays(5)), "2026-10-13");
            assert_eq!(day(&start("2026-09-30"), &workdays(10)), "2026-10-20");
            assert_eq!(day(&start("2026-02-13"), &workdays(5)), "2026-02-27");
            assert_eq!(day(&start("2026-04-30"), &workdays(5)), "2026-05-11");
            assert_eq!(day(&start("2026-09-18"), &workdays(5)), "2026-09-24");
            assert_eq!(day(&start("2026-09-18"), &workdays(10)), "2026-10-09");
            for (from, n, none, next) in [
                ("2026-09-20", 7, "2026-09-27", "2026-09-28"),
                ("2026-09-16", 15, "2026-10-01", "2026-10-08"),
                ("2026-01-20", 15, "2026-02-04", "2026-02-04"),
                ("2026-01-20", 30, "2026-02-19", "2026-02-24"),
                ("2026-01-20", 60, "2026-03-21", "2026-03-23"),
            ] {
                assert_eq!(day(&start(from), &limit(n, LimitUnit::Days, Roll::None)), none);
                assert_eq!(day(&start(from), &limit(n, LimitUnit::Days, Roll::Next)), next);
            }
        }
    }

    #[test]
    fn a_day_ends_with_its_last_instant_and_hours_run_from_the_moment() {
        let end = last("2026-09-16T09:00", &limit(1, LimitUnit::Days, Roll::None), Pause::default()).unwrap();
        assert_eq!(end.us() + 1, at("2026-09-18T00:00").us());
        let hours = limit(48, LimitUnit::Hours, Roll::Next);
        assert_eq!(last("2026-09-30T09:17", &hours, Pause::default()).unwrap(), at("2026-10-02T09:17"), "L-TEL-2");
        let at_once = limit(0, LimitUnit::Hours, Roll::None);
        assert_eq!(last("2026-10-01T09:17", &at_once, Pause::default()).unwrap(), at("2026-10-01T09:17"), "R-FIX-17");
    }

    #[test]
    fn months_end_on_the_day_of_their_number_or_with_the_month() {
        assert_eq!(day("2026-01-31T12:00", &limit(1, LimitUnit::Months, Roll::None)), "2026-02-28");
        assert_eq!(day("2024-02-29T12:00", &limit(12, LimitUnit::Months, Roll::None)), "2025-02-28");
        assert_eq!(day("2026-09-03T12:00", &limit(1, LimitUnit::Months, Roll::Next)), "2026-10-08");
    }

    #[test]
    fn a_pause_moves_the_end_in_the_unit_of_the_limit() {
        let hours = WorkingHours::default();
        let counting = Counting { calendar: Calendar::china(), zone: ZONE, hours: &hours };
        // From Wednesday evening before the national holiday to Thursday morning behind it: 8 days, 1 working day.
        let pause = Pause::between(at("2026-09-30T17:00"), at("2026-10-08T09:30"), counting).unwrap();
        assert_eq!((pause.days, pause.workdays, pause.work_seconds), (8, 1, 2 * 3600));
        let moved = |unit| last("2026-09-28T09:00", &limit(5, unit, Roll::None), pause).unwrap();
        assert_eq!(moved(LimitUnit::Days).date_in(ZONE).to_string(), "2026-10-11");
        assert_eq!(moved(LimitUnit::WorkingDays).date_in(ZONE).to_string(), "2026-10-12");
        assert_eq!(moved(LimitUnit::WorkingHours), at("2026-09-28T17:30"));
        let short = Pause::between(at("2026-09-16T09:00"), at("2026-09-16T17:00"), counting).unwrap();
        assert_eq!((short.days, short.workdays, short.seconds), (0, 0, 8 * 3600));
    }

    #[test]
    fn a_year_that_is_missing_is_an_error_only_when_it_is_needed() {
        let error = |unit, roll| last("2026-12-30T09:00", &limit(5, unit, roll), Pause::default());
        assert!(error(LimitUnit::Days, Roll::None).is_ok());
        let missing = [error(LimitUnit::Days, Roll::Next), error(LimitUnit::WorkingDays, Roll::None)];
        for found in missing {
            assert_eq!(found.unwrap_err().kind(), ErrorKind::CalendarYearMissing);
        }
    }

    proptest! {
        #[test]
        fn a_deadline_never_falls_on_a_rest_day_when_the_roll_says_so(
            minute in 0_i64..(22 * 365 * 1440), count in 0_u32..200, months: bool, previous: bool, pause in 0_u32..30,
            extra in 0_u32..20,
        ) {
            let start = Instant::from_us(at("2004-02-01T00:00").us() + minute * 60 * SECOND_US).unwrap();
            let roll = if previous { Roll::Previous } else { Roll::Next };
            let unit = if months { LimitUnit::Months } else { LimitUnit::Days };
            let count = if months { count % 6 } else { count };
            let hours = WorkingHours::default();
            let counting = Counting { calendar: Calendar::china(), zone: ZONE, hours: &hours };
            let pause = Pause { days: pause, workdays: pause, ..Pause::default() };
            for unit in [unit, LimitUnit::WorkingDays] {
                match last_instant(start, &limit(count, unit, roll), pause, extra, counting) {
                    Ok(end) => {
                        let counted = unit != LimitUnit::WorkingDays || count + pause.workdays + extra > 0;
                        prop_assert!(!counted || !Calendar::china().is_rest_day(end.date_in(ZONE)).unwrap());
                    }
                    Err(error) => prop_assert_eq!(error.kind(), ErrorKind::CalendarYearMissing),
                }
            }
        }
    }
}
