//! What a stored work year comes to, and what is wrong with it.

use crate::domain::work_year::field;
use crate::domain::{Calendar, CalendarYear, Date, Fields, ValueRef};
use crate::error::{Error, ErrorKind, Result, Violation};

use super::count_of;
use super::shape::violation;

/// The year that a record holds, with the company's own days.
///
/// # Errors
/// `InvalidArgument` when a list is not one of dates, a day does not belong to it, or the region is not of its form.
/// There are no others.
pub fn year(record: &dyn Fields) -> Result<CalendarYear> {
    let number = i32::try_from(count_of(record, field::year)).unwrap_or(0);
    let region = record.text(field::region).unwrap_or_default();
    let days = |field| dates(record.text(field).unwrap_or_default());
    let year = CalendarYear::from_parts(region, number, days(field::rest_days)?, days(field::make_up_workdays)?)?;
    let mut calendar = Calendar::new(region, [year]);
    for (field, rests) in [(field::company_rest_days, true), (field::company_workdays, false)] {
        for day in days(field)? {
            calendar = calendar.with_company_day(day, rests).map_err(|error| match error.kind() {
                ErrorKind::CalendarYearMissing => invalid(format!("the company day {day} is not in the year {number}")),
                _ => error,
            })?;
        }
    }
    calendar.year(number).cloned()
}

/// Checks a work year as it would be written.
pub fn check(record: &dyn Fields) -> Option<Violation> {
    let complete = matches!(record.get(field::year), Some(ValueRef::Int(_))) && record.text(field::region).is_some();
    let error = year(record).err().filter(|_| complete)?;
    Some(violation("", "not_a_year", error.message(), "年度数据有误：日期须属于本年度、按规定落在工作日或周末"))
}

/// Dates with spaces or commas between them, in any order.
fn dates(text: &str) -> Result<Vec<Date>> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let mut days = words.map(date).collect::<Result<Vec<Date>>>()?;
    days.sort_unstable();
    Ok(days)
}

fn date(word: &str) -> Result<Date> {
    // chrono also takes 2027-1-1; one day has one spelling.
    let date = if word.len() == "2027-01-01".len() { word.parse().ok() } else { None };
    date.ok_or_else(|| invalid(format!("day {word:.32?} is not a date of the form 2027-01-01")))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Value;
    use std::collections::BTreeMap;

    fn record(rest: &str, company: &str) -> BTreeMap<u16, Value> {
        let text = |value: &str| Value::Text(value.into());
        BTreeMap::from([
            (field::year, Value::Int(2027)),
            (field::region, text("CN")),
            (field::rest_days, text(rest)),
            (field::company_rest_days, text(company)),
        ])
    }

    #[test]
    fn a_year_is_read_with_the_days_of_the_company() {
        let found = year(&record("2027-02-08, 2027-01-01", "2027-12-24")).unwrap();
        let days: Vec<String> = found.rest_days().iter().map(Date::to_string).collect();
        assert_eq!(days, ["2027-01-01", "2027-02-08", "2027-12-24"]);
        assert_eq!(check(&record("2027-01-01", "")), None);
        assert_eq!(check(&BTreeMap::new()), None, "what is missing is said elsewhere");
    }

    #[test]
    fn what_does_not_belong_is_refused_by_its_day() {
        let refused = |rest, company| check(&record(rest, company)).unwrap().message;
        assert_eq!(refused("2027-01-02", ""), "rest day 2027-01-02 is a Saturday, it must be Monday to Friday");
        assert_eq!(refused("2026-01-01", ""), "rest day 2026-01-01 is not in the year 2027");
        assert_eq!(refused("2027-1-1", ""), "day \"2027-1-1\" is not a date of the form 2027-01-01");
        assert_eq!(refused("", "2026-12-24"), "the company day 2026-12-24 is not in the year 2027");
        assert_eq!(refused("", "2027-01-02"), "the company rest day 2027-01-02 is a weekend");
        let twice = "rest day 2027-01-01 comes after 2027-01-01, days must be in order and unique";
        assert_eq!(refused("2027-01-01 2027-01-01", ""), twice);
    }
}
