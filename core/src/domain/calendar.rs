//! The working-day calendar: which days are worked, from data, never by guess.

use std::collections::BTreeMap;

use chrono::{Datelike, Weekday};

use super::value::Date;
use crate::error::{Error, ErrorKind, Result};

/// What to do with a last day that is a rest day. Source: Civil Code Art. 203 and 204 (L-CIV-3, L-CIV-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// It stays.
    None,
    /// It moves to the next working day.
    Next,
    /// It moves to the working day before.
    Previous,
}

impl Roll {
    /// Every way, in the order of the declaration.
    pub const ALL: [Roll; 3] = [Roll::None, Roll::Next, Roll::Previous];

    /// The name, as a policy spells it: `none`, `next`, `previous`.
    pub const fn name(self) -> &'static str {
        match self {
            Roll::None => "none",
            Roll::Next => "next",
            Roll::Previous => "previous",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// `InvalidArgument` when it is not `none`, `next` or `previous`. There are no others.
    pub fn parse(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|r| r.name() == name);
        found.ok_or_else(|| invalid(format!("roll {name:?} is not known, it is none, next or previous")))
    }
}

/// One year of one region: the days on which it differs from Monday to Friday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarYear {
    region: String,
    year: i32,
    rest_days: Vec<Date>,
    make_up_workdays: Vec<Date>,
}

impl CalendarYear {
    /// The greatest number of bytes of a region's name.
    pub const REGION_LEN_MAX: usize = 32;
    /// The greatest number of bytes of a year's JSON form.
    pub const JSON_LEN_MAX: usize = 65_536;

    /// Makes a year of its rest days on Monday to Friday and its worked Saturdays and Sundays, both in order.
    ///
    /// Bounds: years 1 to 9999; a region of 1 to 32 letters A to Z or a to z, digits, `-` or `_`.
    ///
    /// # Errors
    /// `InvalidArgument` when the region or the year is out of bounds, a day is not of the year, a rest day is on a
    /// weekend, a make-up workday is not, or the days are not in order or not unique. There are no others.
    pub fn from_parts(
        region: impl Into<String>,
        year: i32,
        rest_days: Vec<Date>,
        make_up_workdays: Vec<Date>,
    ) -> Result<Self> {
        let region = region.into();
        check_region(&region)?;
        if !(1..=9999).contains(&year) {
            return Err(invalid(format!("year {year} is outside of 1 to 9999")));
        }
        check_days("rest day", "Monday to Friday", year, &rest_days, |d| !is_weekend(d))?;
        check_days("make-up workday", "a Saturday or a Sunday", year, &make_up_workdays, is_weekend)?;
        Ok(Self { region, year, rest_days, make_up_workdays })
    }

    /// Reads the JSON form: an object of `region`, `year`, `rest_days` and `make_up_workdays`, days as `2026-10-01`.
    ///
    /// Other keys are ignored. Bounds: 65,536 bytes.
    ///
    /// # Errors
    /// `InvalidArgument` when the text is too long or not of that form, and as [`CalendarYear::from_parts`]. There are
    /// no others.
    ///
    /// # Example
    /// ```
    /// use crm_core::domain::CalendarYear;
    ///
    /// let text = r#"{"region": "CN", "year": 2026, "rest_days": ["2026-01-01"], "make_up_workdays": ["2026-01-04"]}"#;
    /// let year = CalendarYear::parse_json(text)?;
    /// assert_eq!((year.region(), year.year(), year.workdays()), ("CN", 2026, 261));
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    pub fn parse_json(text: &str) -> Result<Self> {
        if text.len() > Self::JSON_LEN_MAX {
            let (found, max) = (text.len(), Self::JSON_LEN_MAX);
            return Err(invalid(format!("the calendar year has {found} bytes, at most {max} are allowed")));
        }
        let form: YearForm = serde_json::from_str(text)
            .map_err(|e| invalid(format!("the calendar year is not of the JSON form: {e}")).caused_by(e))?;
        let rest_days = parse_days(&form.rest_days)?;
        let make_up_workdays = parse_days(&form.make_up_workdays)?;
        Self::from_parts(form.region, form.year, rest_days, make_up_workdays)
    }

    /// The region, such as `CN`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The year.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The days of Monday to Friday that are not worked, in order.
    pub fn rest_days(&self) -> &[Date] {
        &self.rest_days
    }

    /// The Saturdays and Sundays that are worked, in order.
    pub fn make_up_workdays(&self) -> &[Date] {
        &self.make_up_workdays
    }

    /// Whether a day of the year is not worked.
    pub fn is_rest_day(&self, date: Date) -> bool {
        match is_weekend(date) {
            true => self.make_up_workdays.binary_search(&date).is_err(),
            false => self.rest_days.binary_search(&date).is_ok(),
        }
    }

    /// The number of working days of the year.
    pub fn workdays(&self) -> usize {
        let first = Date::from_ymd_opt(self.year, 1, 1).expect("invariant: from_parts lets only 1 to 9999 through");
        first.iter_days().take_while(|d| d.year() == self.year).filter(|d| !self.is_rest_day(*d)).count()
    }
}

/// The JSON form of a year.
#[derive(serde::Deserialize)]
struct YearForm {
    region: String,
    year: i32,
    rest_days: Vec<String>,
    make_up_workdays: Vec<String>,
}

/// The working days of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    region: String,
    years: BTreeMap<i32, CalendarYear>,
}

impl Calendar {
    /// A calendar of these years; of two of the same number the later one counts.
    pub fn new(region: impl Into<String>, years: impl IntoIterator<Item = CalendarYear>) -> Self {
        Self { region: region.into(), years: years.into_iter().map(|y| (y.year, y)).collect() }
    }

    /// The calendar with one more year, in the place of the one of that number, if there is one.
    ///
    /// The calendar keeps its region: a year of a company's own days may name another.
    #[must_use]
    pub fn with_year(mut self, year: CalendarYear) -> Self {
        self.years.insert(year.year, year);
        self
    }

    /// The calendar with one day on which the company rests, or works, unlike the day's year.
    ///
    /// # Errors
    /// `CalendarYearMissing` when the calendar has no data for its year; `InvalidArgument` when the day is rested, or
    /// worked, anyway. There are no others.
    pub fn with_company_day(self, day: Date, rests: bool) -> Result<Self> {
        let year = self.year(day.year())?;
        let (mut rest, mut work) = (year.rest_days().to_vec(), year.make_up_workdays().to_vec());
        if rests != is_weekend(day) {
            let list = if rests { &mut rest } else { &mut work };
            list.push(day);
            list.sort_unstable();
            list.dedup();
        } else {
            // A worked weekend is given free, or a rest day is worked.
            let list = if rests { &mut work } else { &mut rest };
            let before = list.len();
            list.retain(|other| *other != day);
            if list.len() == before {
                let (what, found) = if rests { ("rest day", "is a weekend") } else { ("workday", "is worked anyway") };
                return Err(invalid(format!("the company {what} {day} {found}")));
            }
        }
        let year = CalendarYear::from_parts(year.region(), day.year(), rest, work)?;
        Ok(self.with_year(year))
    }

    /// The region, such as `CN`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The years, in order.
    pub fn years(&self) -> impl Iterator<Item = &CalendarYear> {
        self.years.values()
    }

    /// The data of a year.
    ///
    /// # Errors
    /// `CalendarYearMissing` when the calendar has no data for the year. There are no others.
    pub fn year(&self, year: i32) -> Result<&CalendarYear> {
        self.years.get(&year).ok_or_else(|| {
            Error::new(
                ErrorKind::CalendarYearMissing,
                format!(
                    "the calendar {} has no year {year}, it has {}; a manager can add it as a work_year",
                    self.region,
                    self.range()
                ),
            )
            .with("year", year)
        })
    }

    /// Gives the day itself when it is worked or does not roll, else the nearest working day in the roll's direction.
    ///
    /// Source: Civil Code Art. 203 and 204 (L-CIV-3, L-CIV-4).
    ///
    /// # Errors
    /// `CalendarYearMissing` when the calendar has no data for a year that is needed, which [`Roll::None`] never is;
    /// `InvalidArgument` outside of the years 1 to 9999. There are no others.
    pub fn rolled(&self, date: Date, roll: Roll) -> Result<Date> {
        let mut day = date;
        while roll != Roll::None && self.is_rest_day(day)? {
            let moved = if roll == Roll::Previous { day.pred_opt() } else { day.succ_opt() };
            day = moved.filter(|day| (1..=9999).contains(&day.year())).ok_or_else(|| {
                Error::new(ErrorKind::InvalidArgument, format!("{date} rolls out of the years 1 to 9999"))
            })?;
        }
        Ok(day)
    }

    /// Whether a day is not worked: a weekend that is not made up, or a statutory rest day.
    ///
    /// # Errors
    /// `CalendarYearMissing` when the calendar has no data for the year. There are no others.
    pub fn is_rest_day(&self, date: Date) -> Result<bool> {
        Ok(self.year(date.year())?.is_rest_day(date))
    }

    fn range(&self) -> String {
        match (self.years.keys().next(), self.years.keys().next_back()) {
            (Some(first), Some(last)) => format!("{} of {first} to {last}", self.years.len()),
            _ => "none".to_owned(),
        }
    }
}

pub(super) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

fn check_region(region: &str) -> Result<()> {
    let max = CalendarYear::REGION_LEN_MAX;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if region.is_empty() || region.len() > max || !region.bytes().all(allowed) {
        let message = format!("a calendar's region has 1 to {max} letters A to Z or a to z, digits, - or _");
        return Err(invalid(format!("{message}, found {} bytes", region.len())));
    }
    Ok(())
}

/// Refuses days that are not of the year, not on the wanted days of the week, or not in strict order.
fn check_days(what: &str, wanted: &str, year: i32, days: &[Date], is_wanted: impl Fn(Date) -> bool) -> Result<()> {
    for (at, &day) in days.iter().enumerate() {
        if day.year() != year {
            return Err(invalid(format!("{what} {day} is not in the year {year}")));
        }
        if !is_wanted(day) {
            return Err(invalid(format!("{what} {day} is a {}, it must be {wanted}", day.format("%A"))));
        }
        if at > 0 && days[at - 1] >= day {
            let before = days[at - 1];
            return Err(invalid(format!("{what} {day} comes after {before}, days must be in order and unique")));
        }
    }
    Ok(())
}

fn parse_days(texts: &[String]) -> Result<Vec<Date>> {
    texts.iter().map(|text| parse_day(text)).collect()
}

fn parse_day(text: &str) -> Result<Date> {
    // chrono also takes 2026-1-1; the form has two digits, so that one day has one spelling.
    let day = if text.len() == "2026-01-01".len() { text.parse().ok() } else { None };
    day.ok_or_else(|| invalid(format!("day {text:.32?} is not a date of the form 2026-01-01")))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        parse_day(text).unwrap()
    }

    fn refused(rest: &[&str], make_up: &[&str]) -> String {
        let days = |texts: &[&str]| texts.iter().map(|t| day(t)).collect();
        let error = CalendarYear::from_parts("CN", 2026, days(rest), days(make_up)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.message().to_owned()
    }

    #[test]
    fn a_year_refuses_days_that_do_not_belong_and_says_which() {
        assert_eq!(refused(&["2026-01-03"], &[]), "rest day 2026-01-03 is a Saturday, it must be Monday to Friday");
        assert_eq!(refused(&["2025-01-01"], &[]), "rest day 2025-01-01 is not in the year 2026");
        let workday = "make-up workday 2026-01-05 is a Monday, it must be a Saturday or a Sunday";
        assert_eq!(refused(&[], &["2026-01-05"]), workday);
        let order = "rest day 2026-01-01 comes after 2026-01-02, days must be in order and unique";
        assert_eq!(refused(&["2026-01-02", "2026-01-01"], &[]), order);
        let twice = "make-up workday 2026-01-04 comes after 2026-01-04, days must be in order and unique";
        assert_eq!(refused(&[], &["2026-01-04", "2026-01-04"]), twice);
    }

    #[test]
    fn a_year_refuses_a_region_and_a_year_out_of_bounds() {
        for (region, year) in [("", 2026), ("C N", 2026), (&*"C".repeat(33), 2026), ("CN", 0), ("CN", 10_000)] {
            let error = CalendarYear::from_parts(region, year, vec![], vec![]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{region} {year}");
        }
        assert!(CalendarYear::from_parts("C".repeat(32), 9999, vec![], vec![]).is_ok());
    }

    #[test]
    fn the_json_form_gives_the_year_and_ignores_other_keys() {
        let text = r#"{"region": "CN", "year": 2027, "weekend": ["Sat", "Sun"], "rest_days": ["2027-01-01"],
            "make_up_workdays": ["2027-01-02"], "workdays_in_year": 261}"#;
        let wanted = CalendarYear::from_parts("CN", 2027, vec![day("2027-01-01")], vec![day("2027-01-02")]).unwrap();
        assert_eq!(CalendarYear::parse_json(text).unwrap(), wanted);
        assert_eq!(wanted.workdays(), 261);
    }

    #[test]
    fn the_json_form_refuses_what_is_not_of_it() {
        let year = |rest: &str| format!(r#"{{"region":"CN","year":2026,"rest_days":[{rest}],"make_up_workdays":[]}}"#);
        let long = " ".repeat(CalendarYear::JSON_LEN_MAX) + "{}";
        let texts = ["", "[]", r#"{"region": "CN", "year": 2026, "rest_days": []}"#, &long];
        let days = [r#""2026-1-1""#, r#""2026-02-30""#, "7", r#""2026-01-03""#, r#""2026-01-01T""#, r#""二〇二六""#];
        for text in texts.map(str::to_owned).into_iter().chain(days.map(year)) {
            assert_eq!(CalendarYear::parse_json(&text).unwrap_err().kind(), ErrorKind::InvalidArgument, "{text:.80}");
        }
        assert!(CalendarYear::parse_json(&year(r#""2026-01-01""#)).is_ok());
    }

    #[test]
    fn a_year_takes_the_place_of_the_one_of_its_number() {
        let own = CalendarYear::from_parts("CN", 2026, vec![day("2026-12-24")], vec![]).unwrap();
        let calendar = Calendar::china().clone().with_year(own);
        assert!(calendar.is_rest_day(day("2026-12-24")).unwrap());
        assert!(!calendar.is_rest_day(day("2026-10-01")).unwrap());
        assert!(calendar.is_rest_day(day("2025-10-01")).unwrap());
        assert_eq!((calendar.years().count(), calendar.region()), (23, "CN"));
    }

    #[test]
    fn a_missing_year_is_an_error_and_never_monday_to_friday() {
        let error = Calendar::china().is_rest_day(day("2027-01-02")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CalendarYearMissing);
        assert_eq!(
            error.message(),
            "the calendar CN has no year 2027, it has 23 of 2004 to 2026; a manager can add it as a work_year"
        );
        assert_eq!(error.context_value("year"), Some("2027"));
    }

    #[test]
    fn every_roll_reads_its_own_name() {
        for roll in Roll::ALL {
            assert_eq!(Roll::parse(roll.name()).unwrap(), roll);
        }
        assert_eq!(Roll::parse("Next").unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
