//! The working-day calendar: which days are worked, from data, never by guess.

use std::collections::BTreeMap;

use chrono::Datelike;

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

/// One year of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarYear {
    /// The year.
    pub year: i32,
    /// Days of Monday to Friday that are not worked, in order.
    pub rest_days: Vec<Date>,
    /// Saturdays and Sundays that are worked, in order.
    pub make_up_workdays: Vec<Date>,
}

/// The working days of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    region: String,
    years: BTreeMap<i32, CalendarYear>,
}

impl Calendar {
    /// A calendar of these years.
    pub fn new(region: impl Into<String>, years: impl IntoIterator<Item = CalendarYear>) -> Self {
        Self { region: region.into(), years: years.into_iter().map(|y| (y.year, y)).collect() }
    }

    /// The region, such as `CN`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether a day is not worked: a weekend that is not made up, or a statutory rest day.
    ///
    /// # Errors
    /// `CalendarYearMissing` when the calendar has no data for the year. There are no others.
    pub fn is_rest_day(&self, date: Date) -> Result<bool> {
        let year = self.years.get(&date.year()).ok_or_else(|| {
            Error::new(
                ErrorKind::CalendarYearMissing,
                format!("the calendar {} has no year {}, it has {}", self.region, date.year(), self.range()),
            )
            .with("year", date.year())
        })?;
        let weekend = date.weekday().number_from_monday() >= 6;
        Ok(match weekend {
            true => year.make_up_workdays.binary_search(&date).is_err(),
            false => year.rest_days.binary_search(&date).is_ok(),
        })
    }

    fn range(&self) -> String {
        match (self.years.keys().next(), self.years.keys().next_back()) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => "none".to_owned(),
        }
    }
}
