//! One year of a calendar: its days, checked, and the JSON form of it.

use chrono::{Datelike, Weekday};

use super::value::Date;
use crate::error::{Error, ErrorKind, Result};

/// One year of one region: the days on which it differs from Monday to Friday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarYear {
    region: String,
    year: i32,
    rest_days: Vec<Date>,
    make_up_workdays: Vec<Date>,
    is_provisional: bool,
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
        Ok(Self { region, year, rest_days, make_up_workdays, is_provisional: false })
    }

    /// The same year as one that is not announced yet: its make-up workdays are unknown.
    #[must_use]
    pub fn provisional(mut self) -> Self {
        self.is_provisional = true;
        self
    }

    /// Whether the year is not announced yet.
    pub fn is_provisional(&self) -> bool {
        self.is_provisional
    }

    /// Reads the JSON form: an object of `region`, `year`, `rest_days` and `make_up_workdays`, days as `2026-10-01`.
    ///
    /// With `provisional` true it is a year that is not announced yet. Other keys are ignored. Bounds: 65,536 bytes.
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
        let year = Self::from_parts(form.region, form.year, rest_days, make_up_workdays)?;
        Ok(if form.provisional { year.provisional() } else { year })
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
    #[serde(default)]
    provisional: bool,
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
}
