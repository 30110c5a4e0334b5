//! The working-day calendar: which days are worked, from data, never by guess.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Datelike;

use super::calendar_use::ProvisionalUse;
use super::calendar_year::{CalendarYear, is_weekend};
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

/// What to do in a year that is not announced yet. Source: L-HOL-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingYear {
    /// What needs it is refused.
    Refuse,
    /// It has the statutory days and those in lieu of them, as far as they are known; what is decided by them is marked.
    Provisional,
}

impl MissingYear {
    /// Reads a name.
    ///
    /// # Errors
    /// `InvalidArgument` when it is not `provisional` or `refuse`. There are no others.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "provisional" => Ok(Self::Provisional),
            "refuse" => Ok(Self::Refuse),
            _ => Err(invalid(format!("missing_year {name:?} is not known, it is provisional or refuse"))),
        }
    }
}

/// The working days of a region.
///
/// A year that it has not may be there provisionally ([`Calendar::with_missing`]). Which of those are looked at it notes, for
/// [`Calendar::noting`]; whoever decides by it works on a copy of the own, which is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    region: Arc<str>,
    years: Arc<BTreeMap<i32, CalendarYear>>,
    /// The years that stand in for those that are not announced yet.
    provisional: Arc<BTreeMap<i32, CalendarYear>>,
    missing: MissingYear,
    noted: ProvisionalUse,
}

impl Calendar {
    /// A calendar of these years; of two of the same number the later one counts.
    pub fn new(region: impl Into<String>, years: impl IntoIterator<Item = CalendarYear>) -> Self {
        Self {
            region: region.into().into(),
            years: Arc::new(years.into_iter().map(|y| (y.year(), y)).collect()),
            provisional: Arc::default(),
            missing: MissingYear::Refuse,
            noted: ProvisionalUse::default(),
        }
    }

    /// The calendar with these years in the place of those that are not announced yet; they count when
    /// [`Calendar::with_missing`] says so.
    #[must_use]
    pub(super) fn with_provisional(mut self, years: impl IntoIterator<Item = CalendarYear>) -> Self {
        self.provisional = Arc::new(years.into_iter().map(|y| (y.year(), y.provisional())).collect());
        self
    }

    /// The calendar with another answer to what happens in a year that is not announced yet.
    #[must_use]
    pub fn with_missing(mut self, missing: MissingYear) -> Self {
        self.missing = missing;
        self
    }

    /// What happens in a year that is not announced yet.
    pub fn missing(&self) -> MissingYear {
        self.missing
    }

    /// Runs something, and gives with what it gives the latest provisional year of this calendar that it looked at.
    pub fn noting<T>(&self, run: impl FnOnce() -> T) -> (T, Option<i32>) {
        self.noted.during(run)
    }

    /// The calendar with one more year, in the place of the one of that number, if there is one. A provisional year takes the
    /// place of another provisional one alone.
    ///
    /// The calendar keeps its region: a year of a company's own days may name another.
    #[must_use]
    pub fn with_year(mut self, year: CalendarYear) -> Self {
        let years = if year.is_provisional() { &mut self.provisional } else { &mut self.years };
        Arc::make_mut(years).insert(year.year(), year);
        self
    }

    /// The calendar with one day on which the company rests, or works, unlike the day's year, which is announced: what differs
    /// from a provisional one may not differ from the real one.
    ///
    /// # Errors
    /// `CalendarYearMissing` when its year is not announced; `InvalidArgument` when the day is rested, or
    /// worked, anyway. There are no others.
    pub fn with_company_day(self, day: Date, rests: bool) -> Result<Self> {
        let year = self.announced(day.year())?;
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
        let changed = CalendarYear::from_parts(year.region(), day.year(), rest, work)?;
        Ok(self.with_year(changed))
    }

    /// The region, such as `CN`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The years, in order.
    pub fn years(&self) -> impl Iterator<Item = &CalendarYear> {
        self.years.values()
    }

    /// The data of a year; a provisional one where it is not announced yet and the calendar takes such.
    ///
    /// # Errors
    /// `CalendarYearMissing` when the calendar has no data for the year. There are no others.
    pub fn year(&self, year: i32) -> Result<&CalendarYear> {
        let takes = self.missing == MissingYear::Provisional;
        let found = self.years.get(&year).or_else(|| self.provisional.get(&year).filter(|_| takes));
        if let Some(found) = found.filter(|found| found.is_provisional()) {
            self.noted.note(found.year());
        }
        found.ok_or_else(|| {
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

    /// That a year is announced, and does not only stand in.
    ///
    /// # Errors
    /// `CalendarYearMissing` when it is not. There are no others.
    pub fn announced(&self, year: i32) -> Result<&CalendarYear> {
        self.year(year).and_then(|found| match found.is_provisional() {
            false => Ok(found),
            true => Err(Error::new(
                ErrorKind::CalendarYearMissing,
                format!(
                    "the calendar {} has year {year} provisionally; a manager can add it as a work_year",
                    self.region
                ),
            )
            .with("year", year)),
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
        let span = |years: &BTreeMap<i32, CalendarYear>| match (years.keys().next(), years.keys().next_back()) {
            (Some(first), Some(last)) => Some(format!("{} of {first} to {last}", years.len())),
            _ => None,
        };
        let own = span(&self.years).unwrap_or_else(|| "none".to_owned());
        match span(&self.provisional).filter(|_| self.missing == MissingYear::Provisional) {
            Some(provisional) => format!("{own}, and {provisional} provisionally"),
            None => own,
        }
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
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

    /// From December on complaints whose deadline falls in the next year were refused until somebody added the year.
    #[test]
    fn a_year_that_is_not_announced_stands_in_with_its_statutory_days_and_is_noted() {
        let calendar = Calendar::china().clone().with_missing(MissingYear::Provisional);
        let (rests, used) = calendar.noting(|| calendar.is_rest_day(day("2027-02-08")).unwrap());
        assert_eq!((rests, used), (true, Some(2027)));
        let (_, used) = calendar.noting(|| calendar.is_rest_day(day("2026-02-16")).unwrap());
        assert_eq!(used, None, "2026 is announced");
        assert_eq!(calendar.announced(2027).unwrap_err().kind(), ErrorKind::CalendarYearMissing);
        let own = CalendarYear::from_parts("CN", 2027, vec![day("2027-02-08")], vec![]).unwrap();
        let announced = calendar.clone().with_year(own);
        assert_eq!(announced.noting(|| announced.is_rest_day(day("2027-02-08")).unwrap()), (true, None));
        let company = announced.clone().with_company_day(day("2027-12-24"), true).unwrap();
        assert_eq!(company.noting(|| company.is_rest_day(day("2027-12-24")).unwrap()), (true, None));
        let early = calendar.with_company_day(day("2027-12-24"), true).unwrap_err();
        assert_eq!(early.kind(), ErrorKind::CalendarYearMissing, "the announcement may make it a rest day anyway");
        let error = company.is_rest_day(day("2037-01-02")).unwrap_err();
        assert_eq!(
            error.message(),
            "the calendar CN has no year 2037, it has 24 of 2004 to 2027, and 10 of 2027 to 2036 provisionally; a manager \
             can add it as a work_year"
        );
        let refuses = company.with_missing(MissingYear::Refuse);
        assert!(refuses.is_rest_day(day("2028-12-24")).is_err());
    }

    #[test]
    fn every_roll_reads_its_own_name() {
        for roll in Roll::ALL {
            assert_eq!(Roll::parse(roll.name()).unwrap(), roll);
        }
        assert_eq!(Roll::parse("Next").unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
