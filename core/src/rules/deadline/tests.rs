//! The worked dates of the regulations, the edges of months and years, and the laws that hold for every date.

use chrono::Weekday;
use proptest::prelude::*;

use super::*;
use crate::domain::CalendarYear;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn china() -> &'static Calendar {
    Calendar::china()
}

/// Monday to Friday of 2026, without holidays: what a kernel without data would count.
fn naive() -> Calendar {
    Calendar::new("CN", [CalendarYear::from_parts("CN", 2026, vec![], vec![]).unwrap()])
}

fn kind<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn working_days_follow_the_notice_and_not_the_week() {
    let rows = [
        ("2026-09-30", 5, "2026-10-13", "2026-10-07"),
        ("2026-09-30", 10, "2026-10-20", "2026-10-14"),
        ("2026-02-13", 5, "2026-02-27", "2026-02-20"),
        ("2026-04-30", 5, "2026-05-11", "2026-05-07"),
        ("2026-09-18", 5, "2026-09-24", "2026-09-25"),
        ("2026-09-18", 10, "2026-10-09", "2026-10-02"),
    ];
    for (start, days, correct, week) in rows {
        assert_eq!(after_workdays(day(start), days, china()).unwrap(), day(correct), "{start} + {days}");
        assert_eq!(after_workdays(day(start), days, &naive()).unwrap(), day(week), "{start} + {days} Monday to Friday");
    }
}

#[test]
fn days_end_on_the_day_and_roll_over_rest_days() {
    let rows = [
        ("2026-09-20", 7, "2026-09-27", "2026-09-28", "2026-09-24"),
        ("2026-09-16", 15, "2026-10-01", "2026-10-08", "2026-09-30"),
        ("2026-01-20", 15, "2026-02-04", "2026-02-04", "2026-02-04"),
        ("2026-01-20", 30, "2026-02-19", "2026-02-24", "2026-02-14"),
        ("2026-01-20", 60, "2026-03-21", "2026-03-23", "2026-03-20"),
        ("2026-03-01", 30, "2026-03-31", "2026-03-31", "2026-03-31"),
        ("2026-02-13", 7, "2026-02-20", "2026-02-24", "2026-02-14"),
    ];
    for (start, days, none, next, previous) in rows {
        let last = |roll| after_days(day(start), days, roll, china()).unwrap();
        assert_eq!(last(Roll::None), day(none), "{start} + {days}");
        assert_eq!(last(Roll::Next), day(next), "{start} + {days} rolled on");
        assert_eq!(last(Roll::Previous), day(previous), "{start} + {days} rolled back");
    }
}

#[test]
fn first_mondays_on_rest_days_roll_on() {
    let rows = [(4, "2026-04-06", "2026-04-07"), (5, "2026-05-04", "2026-05-06"), (10, "2026-10-05", "2026-10-08")];
    for (month, monday, due) in rows {
        let found = first_weekday(2026, month, Weekday::Mon).unwrap();
        assert_eq!(found, day(monday));
        assert_eq!(china().rolled(found, Roll::Next).unwrap(), day(due));
    }
    for month in [1, 2, 3, 6, 7, 8, 9, 11, 12] {
        let found = first_weekday(2026, month, Weekday::Mon).unwrap();
        assert_eq!(china().rolled(found, Roll::Next).unwrap(), found, "month {month}");
    }
}

#[test]
fn report_days_end_with_the_month_and_roll_on() {
    assert_eq!(day_of_month(2026, 2, 15).unwrap(), day("2026-02-15"));
    assert_eq!(day_of_month(2026, 2, 30).unwrap(), day("2026-02-28"));
    assert_eq!(day_of_month(2028, 2, 30).unwrap(), day("2028-02-29"));
    for (month, due) in [(1, "2026-01-04"), (5, "2026-05-06"), (10, "2026-10-08")] {
        let third = day_of_month(2026, month, 3).unwrap();
        assert_eq!(china().rolled(third, Roll::Next).unwrap(), day(due));
    }
}

#[test]
fn repeated_dates_come_from_the_anchor_and_not_from_a_month_end() {
    let rows: [(u32, &[&str]); 4] = [
        (3, &["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30", "2026-11-30"]),
        (4, &["2025-11-30", "2026-03-30", "2026-07-30", "2026-11-30"]),
        (6, &["2025-11-30", "2026-05-30", "2026-11-30"]),
        (12, &["2025-11-30", "2026-11-30"]),
    ];
    for (every, wanted) in rows {
        for (n, date) in (0..).zip(wanted) {
            assert_eq!(repeated(day("2025-11-30"), every, n).unwrap(), day(date), "every {every}, {n}");
        }
    }
    let leap: Vec<Date> = (0..=4).map(|n| repeated(day("2024-02-29"), 12, n).unwrap()).collect();
    assert_eq!(leap, ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"].map(day));
}

#[test]
fn months_end_on_the_day_of_the_same_number_or_with_the_month() {
    let rows = [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-02-28", 1, "2026-03-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-10-31", 12, "2025-10-31"),
        ("2025-12-31", 2, "2026-02-28"),
        ("2026-09-30", 0, "2026-09-30"),
    ];
    for (start, months, last) in rows {
        assert_eq!(after_months(day(start), months, Roll::None, china()).unwrap(), day(last), "{start} + {months}");
    }
    assert_eq!(after_months(day("2026-09-03"), 1, Roll::Next, china()).unwrap(), day("2026-10-08"));
    assert_eq!(after_months(day("2026-09-03"), 1, Roll::Previous, china()).unwrap(), day("2026-09-30"));
}

#[test]
fn the_neighbouring_working_day_is_found_over_weekends_year_ends_and_the_spring_festival() {
    let rows = [
        ("2025-12-31", "2025-12-30", "2026-01-04"),
        ("2026-01-04", "2025-12-31", "2026-01-05"),
        ("2026-02-14", "2026-02-13", "2026-02-24"),
        ("2026-02-24", "2026-02-14", "2026-02-25"),
        ("2026-10-03", "2026-09-30", "2026-10-08"),
        ("2026-10-09", "2026-10-08", "2026-10-10"),
    ];
    for (date, before, after) in rows {
        assert_eq!(previous_workday(day(date), china()).unwrap(), day(before), "before {date}");
        assert_eq!(next_workday(day(date), china()).unwrap(), day(after), "after {date}");
    }
    assert_eq!(after_workdays(day("2025-12-31"), 1, china()).unwrap(), day("2026-01-04"));
}

#[test]
fn working_days_are_counted_without_the_start_and_with_the_end() {
    assert_eq!(workdays_between(day("2025-12-31"), day("2026-12-31"), china()).unwrap(), 248);
    assert_eq!(workdays_between(day("2026-09-30"), day("2026-10-13"), china()).unwrap(), 5);
    assert_eq!(workdays_between(day("2026-09-30"), day("2026-09-30"), china()).unwrap(), 0);
    assert_eq!(kind(workdays_between(day("2026-09-30"), day("2026-09-29"), china())), ErrorKind::InvalidArgument);
}

#[test]
fn a_missing_year_is_an_error_only_when_it_is_needed() {
    let (eve, missing) = (day("2026-12-25"), ErrorKind::CalendarYearMissing);
    assert_eq!(after_days(eve, 10, Roll::None, china()).unwrap(), day("2027-01-04"));
    assert_eq!(after_months(eve, 1, Roll::None, china()).unwrap(), day("2027-01-25"));
    assert_eq!(after_days(eve, 6, Roll::Next, china()).unwrap(), day("2026-12-31"));
    assert_eq!(after_workdays(eve, 4, china()).unwrap(), day("2026-12-31"));
    assert_eq!(after_workdays(day("2027-03-01"), 0, china()).unwrap(), day("2027-03-01"));
    assert_eq!(after_workdays(day("2003-12-31"), 1, china()).unwrap(), day("2004-01-02"));
    assert_eq!(kind(after_days(eve, 10, Roll::Next, china())), missing);
    assert_eq!(kind(after_days(eve, 10, Roll::Previous, china())), missing);
    assert_eq!(kind(after_months(eve, 1, Roll::Next, china())), missing);
    assert_eq!(kind(after_workdays(eve, 5, china())), missing);
    assert_eq!(kind(china().rolled(day("2004-01-01"), Roll::Previous)), missing);
    assert_eq!(kind(workdays_between(eve, day("2027-01-01"), china())), missing);
}

#[test]
fn the_bounds_are_allowed_and_one_more_is_not() {
    let (start, invalid) = (day("2026-01-01"), ErrorKind::InvalidArgument);
    assert!(after_days(start, DAYS_MAX, Roll::None, china()).is_ok());
    assert!(after_months(start, MONTHS_MAX, Roll::None, china()).is_ok());
    assert!(repeated(start, MONTHS_MAX / 100, 100).is_ok());
    let error = after_days(start, DAYS_MAX + 1, Roll::None, china()).unwrap_err();
    assert_eq!(error.message(), "36501 days are too many, at most 36500 are allowed");
    assert_eq!(kind(after_workdays(start, DAYS_MAX + 1, china())), invalid);
    assert_eq!(kind(after_months(start, MONTHS_MAX + 1, Roll::None, china())), invalid);
    assert_eq!(kind(repeated(start, MONTHS_MAX / 100, 101)), invalid);
    assert_eq!(kind(repeated(start, u32::MAX, u32::MAX)), invalid);
    assert_eq!(kind(repeated(start, 0, 1)), invalid);
    assert_eq!(kind(after_days(day("9999-12-31"), 1, Roll::None, china())), invalid);
    assert_eq!(kind(after_months(day("9999-12-31"), 1, Roll::None, china())), invalid);
    assert_eq!(kind(next_workday(Date::MAX, china())), invalid);
    assert_eq!(kind(previous_workday(Date::MIN, china())), invalid);
}

#[test]
fn a_day_of_a_month_that_is_not_there_is_refused() {
    for (year, month, date) in [(2026, 0, 1), (2026, 13, 1), (2026, 2, 0), (2026, 2, 32), (0, 1, 1), (10_000, 1, 1)] {
        assert_eq!(kind(day_of_month(year, month, date)), ErrorKind::InvalidArgument, "{year} {month} {date}");
    }
    for (year, month) in [(2026, 0), (2026, 13), (0, 1), (10_000, 1)] {
        assert_eq!(kind(first_weekday(year, month, Weekday::Mon)), ErrorKind::InvalidArgument, "{year} {month}");
    }
}

/// Days from 2004-01-09 to 2025-12-31, far enough from both ends of the data for the periods below.
fn start() -> impl Strategy<Value = Date> {
    (8u64..8_036).prop_map(|n| day("2004-01-01") + Days::new(n))
}

proptest! {
    #[test]
    fn a_rolled_day_is_a_working_day_and_the_nearest(date in start()) {
        let next = china().rolled(date, Roll::Next).unwrap();
        let previous = china().rolled(date, Roll::Previous).unwrap();
        prop_assert_eq!(china().rolled(date, Roll::None).unwrap(), date);
        prop_assert!(!china().is_rest_day(next).unwrap() && !china().is_rest_day(previous).unwrap());
        prop_assert!(previous <= date && date <= next);
        let between = previous.iter_days().skip(1).take_while(|d| *d < next);
        prop_assert!(previous == next || between.into_iter().all(|d| china().is_rest_day(d).unwrap()));
    }

    #[test]
    fn the_working_days_up_to_the_last_day_are_those_of_the_period(date in start(), n in 1u32..240) {
        let last = after_workdays(date, n, china()).unwrap();
        prop_assert!(!china().is_rest_day(last).unwrap());
        prop_assert_eq!(workdays_between(date, last, china()).unwrap(), n);
        prop_assert!(after_workdays(date, n - 1, china()).unwrap() < last);
    }

    #[test]
    fn a_later_start_or_a_longer_period_never_ends_sooner(a in start(), b in start(), m in 0u32..180, n in 0u32..180) {
        let (a, b, m, n) = (a.min(b), a.max(b), m.min(n), m.max(n));
        prop_assert!(after_workdays(a, m, china()).unwrap() <= after_workdays(b, n, china()).unwrap());
        for roll in Roll::ALL {
            prop_assert!(after_days(a, m, roll, china()).unwrap() <= after_days(b, n, roll, china()).unwrap());
            let months = (m / 16, n / 16);
            let ends = [(a, months.0), (b, months.1)].map(|(d, k)| after_months(d, k, roll, china()).unwrap());
            prop_assert!(ends[0] <= ends[1]);
        }
    }

    #[test]
    fn days_are_counted_from_the_day_after_the_start(date in start(), n in 0u32..DAYS_MAX) {
        let last = after_days(date, n, Roll::None, china()).unwrap();
        prop_assert_eq!((last - date).num_days(), i64::from(n));
    }

    #[test]
    fn a_repeated_date_is_the_anchors_day_or_the_months_end(date in start(), every in 1u32..=24, n in 0u32..50) {
        let found = repeated(date, every, n).unwrap();
        let months = (found.year() - date.year()) * 12 + found.month() as i32 - date.month() as i32;
        prop_assert_eq!(months, (every * n) as i32);
        prop_assert_eq!(found.day(), date.day().min(u32::from(found.num_days_in_month())));
    }
}
