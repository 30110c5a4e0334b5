//! The working days of mainland China, 2004 to 2026, and the statutory days of 2027 to 2036, which are not announced yet.
//!
//! Source: the yearly notices of the General Office of the State Council on the arrangement of public holidays, under
//! the Regulation on Public Holidays for National Annual Festivals and Memorial Days, Art. 2, 6 and 7 (L-HOL-1).

use std::sync::LazyLock;

use super::calendar::Calendar;
use super::calendar_year::{CalendarYear, is_weekend};
use super::value::Date;

/// A year of the table. A day is month times 100 plus day: 1001 is 1 October.
struct Row {
    year: i32,
    /// First and last day of each rest; the Saturdays and Sundays between them are left out of the rest days.
    rest: &'static [(u16, u16)],
    /// The Saturdays and Sundays that are worked.
    make_up: &'static [u16],
}

const ROWS: &[Row] = &[
    Row {
        year: 2004,
        rest: &[(101, 101), (122, 128), (503, 507), (1001, 1007)],
        make_up: &[117, 118, 508, 509, 1009, 1010],
    },
    Row {
        year: 2005,
        rest: &[(103, 103), (209, 215), (502, 506), (1003, 1007)],
        make_up: &[205, 206, 430, 508, 1008, 1009],
    },
    Row {
        year: 2006,
        rest: &[(102, 103), (130, 203), (501, 505), (1002, 1006)],
        make_up: &[128, 205, 429, 430, 930, 1008, 1230, 1231],
    },
    Row {
        year: 2007,
        rest: &[(101, 103), (219, 223), (501, 507), (1001, 1005), (1231, 1231)],
        make_up: &[217, 225, 428, 429, 929, 930, 1229],
    },
    Row {
        year: 2008,
        rest: &[(101, 101), (206, 212), (404, 404), (501, 502), (609, 609), (915, 915), (929, 1003)],
        make_up: &[202, 203, 504, 927, 928],
    },
    Row {
        year: 2009,
        rest: &[(101, 102), (126, 130), (406, 406), (501, 501), (528, 529), (1001, 1008)],
        make_up: &[104, 124, 201, 531, 927, 1010],
    },
    Row {
        year: 2010,
        rest: &[(101, 101), (215, 219), (405, 405), (503, 503), (614, 616), (922, 924), (1001, 1007)],
        make_up: &[220, 221, 612, 613, 919, 925, 926, 1009],
    },
    Row {
        year: 2011,
        rest: &[(103, 103), (202, 208), (404, 405), (502, 502), (606, 606), (912, 912), (1003, 1007)],
        make_up: &[130, 212, 402, 1008, 1009, 1231],
    },
    Row {
        year: 2012,
        rest: &[(102, 103), (123, 127), (402, 404), (430, 501), (622, 622), (1001, 1005)],
        make_up: &[121, 129, 331, 401, 428, 929],
    },
    Row {
        year: 2013,
        rest: &[(101, 103), (211, 215), (404, 405), (429, 501), (610, 612), (919, 920), (1001, 1007)],
        make_up: &[105, 106, 216, 217, 407, 427, 428, 608, 609, 922, 929, 1012],
    },
    Row {
        year: 2014,
        rest: &[(101, 101), (131, 206), (407, 407), (501, 502), (602, 602), (908, 908), (1001, 1007)],
        make_up: &[126, 208, 504, 928, 1011],
    },
    Row {
        year: 2015,
        rest: &[(101, 102), (218, 224), (406, 406), (501, 501), (622, 622), (903, 904), (1001, 1007)],
        make_up: &[104, 215, 228, 906, 1010],
    },
    Row {
        year: 2016,
        rest: &[(101, 101), (208, 212), (404, 404), (502, 502), (609, 610), (915, 916), (1003, 1007)],
        make_up: &[206, 214, 612, 918, 1008, 1009],
    },
    Row {
        year: 2017,
        rest: &[(102, 102), (127, 202), (403, 404), (501, 501), (529, 530), (1002, 1006)],
        make_up: &[122, 204, 401, 527, 930],
    },
    Row {
        year: 2018,
        rest: &[(101, 101), (215, 221), (405, 406), (430, 501), (618, 618), (924, 924), (1001, 1005), (1231, 1231)],
        make_up: &[211, 224, 408, 428, 929, 930, 1229],
    },
    Row {
        year: 2019,
        rest: &[(101, 101), (204, 208), (405, 405), (501, 503), (607, 607), (913, 913), (1001, 1007)],
        make_up: &[202, 203, 428, 505, 929, 1012],
    },
    Row {
        year: 2020,
        rest: &[(101, 101), (124, 131), (406, 406), (501, 505), (625, 626), (1001, 1008)],
        make_up: &[119, 426, 509, 628, 927, 1010],
    },
    Row {
        year: 2021,
        rest: &[(101, 101), (211, 217), (405, 405), (503, 505), (614, 614), (920, 921), (1001, 1007)],
        make_up: &[207, 220, 425, 508, 918, 926, 1009],
    },
    Row {
        year: 2022,
        rest: &[(103, 103), (131, 204), (404, 405), (502, 504), (603, 603), (912, 912), (1003, 1007)],
        make_up: &[129, 130, 402, 424, 507, 1008, 1009],
    },
    Row {
        year: 2023,
        rest: &[(102, 102), (123, 127), (405, 405), (501, 503), (622, 623), (929, 1006)],
        make_up: &[128, 129, 423, 506, 625, 1007, 1008],
    },
    Row {
        year: 2024,
        rest: &[(101, 101), (212, 216), (404, 405), (501, 503), (610, 610), (916, 917), (1001, 1007)],
        make_up: &[204, 218, 407, 428, 511, 914, 929, 1012],
    },
    Row {
        year: 2025,
        rest: &[(101, 101), (128, 204), (404, 404), (501, 505), (602, 602), (1001, 1008)],
        make_up: &[126, 208, 427, 928, 1011],
    },
    Row {
        year: 2026,
        rest: &[(101, 102), (216, 223), (406, 406), (501, 505), (619, 619), (925, 925), (1001, 1007)],
        make_up: &[104, 214, 228, 509, 920, 1010],
    },
];

static CHINA: LazyLock<Calendar> = LazyLock::new(|| {
    Calendar::new("CN", ROWS.iter().map(Row::year)).with_provisional(PROVISIONAL.iter().map(Row::year))
});

impl Calendar {
    /// The built-in calendar of mainland China, region `CN`. Bounds: 2004 to 2026; with [`MissingYear::Provisional`] the
    /// statutory days of the years up to 2036, too.
    ///
    /// [`MissingYear::Provisional`]: super::MissingYear::Provisional
    ///
    /// # Example
    /// ```
    /// use crm_core::domain::{Calendar, Date};
    ///
    /// let sunday = Date::from_ymd_opt(2026, 9, 20).expect("a date");
    /// assert!(!Calendar::china().is_rest_day(sunday)?); // made up for the National Day week
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    pub fn china() -> &'static Calendar {
        &CHINA
    }
}

impl Row {
    fn year(&self) -> CalendarYear {
        let rest_days = self.rest.iter().flat_map(|&(first, last)| self.weekdays(first, last)).collect();
        let make_up = self.make_up.iter().map(|&d| self.day(d)).collect();
        CalendarYear::from_parts("CN", self.year, rest_days, make_up).expect("invariant: the tests read every row")
    }

    fn weekdays(&self, first: u16, last: u16) -> impl Iterator<Item = Date> {
        let last = self.day(last);
        self.day(first).iter_days().take_while(move |d| *d <= last).filter(|d| !is_weekend(*d))
    }

    fn day(&self, month_day: u16) -> Date {
        let (month, day) = (u32::from(month_day / 100), u32::from(month_day % 100));
        Date::from_ymd_opt(self.year, month, day).expect("invariant: the tests read every row")
    }
}

/// The statutory days of years that are not announced yet, with the days in lieu of those that fall on a weekend.
///
/// Source: the Regulation on Public Holidays for National Annual Festivals and Memorial Days as amended on 2024-11-10, Art. 2
/// and 6 (L-HOL-1), and the Chinese calendar for Spring Festival, Qingming, Dragon Boat and Mid-Autumn. What the yearly notice
/// adds is unknown: it moves rest days, and makes weekends workdays.
const PROVISIONAL: &[Row] = &[
    Row {
        year: 2027,
        rest: &[(101, 101), (205, 210), (405, 405), (503, 504), (609, 609), (915, 915), (1001, 1005)],
        make_up: &[],
    },
    Row { year: 2028, rest: &[(103, 103), (125, 128), (404, 404), (501, 502), (529, 529), (1002, 1004)], make_up: &[] },
    Row {
        year: 2029,
        rest: &[(101, 101), (212, 215), (404, 404), (501, 502), (618, 618), (924, 924), (1001, 1003)],
        make_up: &[],
    },
    Row {
        year: 2030,
        rest: &[(101, 101), (204, 207), (405, 405), (501, 502), (605, 605), (912, 912), (1001, 1003)],
        make_up: &[],
    },
    Row { year: 2031, rest: &[(101, 101), (122, 127), (407, 407), (501, 502), (624, 624), (1001, 1003)], make_up: &[] },
    Row {
        year: 2032,
        rest: &[(101, 101), (210, 213), (405, 405), (503, 504), (614, 614), (920, 920), (1001, 1005)],
        make_up: &[],
    },
    Row {
        year: 2033,
        rest: &[(103, 103), (131, 203), (404, 404), (502, 503), (601, 601), (908, 908), (1003, 1005)],
        make_up: &[],
    },
    Row {
        year: 2034,
        rest: &[(102, 102), (220, 223), (405, 405), (501, 502), (620, 620), (927, 927), (1002, 1004)],
        make_up: &[],
    },
    Row {
        year: 2035,
        rest: &[(101, 101), (207, 212), (405, 405), (501, 502), (611, 611), (917, 917), (1001, 1003)],
        make_up: &[],
    },
    Row { year: 2036, rest: &[(101, 101), (128, 131), (404, 404), (501, 502), (530, 530), (1001, 1006)], make_up: &[] },
];

#[cfg(test)]
mod tests {
    use chrono::Datelike;

    use super::*;
    use crate::domain::MissingYear;

    /// The number of working days of each year from 2004 on.
    const WORKDAYS: [usize; 23] = [
        252, 250, 251, 249, 251, 250, 250, 250, 249, 250, 250, 249, 250, 249, 250, 250, 249, 250, 249, 249, 251, 248,
        248,
    ];

    #[test]
    fn every_year_has_its_number_of_working_days() {
        let found: Vec<(i32, usize)> = Calendar::china().years().map(|y| (y.year(), y.workdays())).collect();
        let wanted: Vec<(i32, usize)> = (2004..).zip(WORKDAYS).collect();
        assert_eq!(found, wanted);
    }

    /// The days of the moon and the sun that the provisional years go by: New Year, Qingming, Dragon Boat, Mid-Autumn.
    const FESTIVALS: [(i32, [u16; 4]); 10] = [
        (2027, [206, 405, 609, 915]),
        (2028, [126, 404, 528, 1003]),
        (2029, [213, 404, 616, 922]),
        (2030, [203, 405, 605, 912]),
        (2031, [123, 405, 624, 1001]),
        (2032, [211, 404, 612, 919]),
        (2033, [131, 404, 601, 908]),
        (2034, [219, 405, 620, 927]),
        (2035, [208, 405, 610, 916]),
        (2036, [128, 404, 530, 1004]),
    ];

    /// The provisional years are counted a second time from the Regulation: thirteen days, and for each one that falls on a
    /// weekend the next working day behind its festival.
    #[test]
    fn the_provisional_years_are_the_statutory_days_and_those_in_lieu() {
        let calendar = Calendar::china().clone().with_missing(MissingYear::Provisional);
        for (year, [new_year, qingming, dragon_boat, mid_autumn]) in FESTIVALS {
            let day = |number: u16| Date::from_ymd_opt(year, u32::from(number / 100), u32::from(number % 100)).unwrap();
            let from = |first: Date, count: usize| first.iter_days().take(count).collect::<Vec<_>>();
            let festivals = [
                from(day(101), 1),
                from(day(new_year).pred_opt().unwrap(), 4),
                from(day(qingming), 1),
                from(day(501), 2),
                from(day(dragon_boat), 1),
                from(day(mid_autumn), 1),
                from(day(1001), 3),
            ];
            let statutory: Vec<Date> = festivals.iter().flatten().copied().collect();
            let mut rest: Vec<Date> = statutory.iter().copied().filter(|day| !is_weekend(*day)).collect();
            for festival in &festivals {
                let owed = festival.iter().filter(|day| is_weekend(**day)).count();
                let behind = festival.last().unwrap().iter_days().skip(1);
                let free = behind.filter(|day| !is_weekend(*day) && !rest.contains(day)).take(owed);
                rest.extend(free.collect::<Vec<_>>());
            }
            rest.sort_unstable();
            rest.dedup();
            let found = calendar.year(year).unwrap();
            assert_eq!((found.rest_days(), found.make_up_workdays()), (&*rest, &[][..]), "{year}");
            assert!(found.is_provisional());
        }
        assert!(calendar.year(2037).is_err());
    }

    #[test]
    fn the_rest_days_of_2026_are_those_of_the_notice() {
        let breaks = [(101, 103), (215, 223), (404, 406), (501, 505), (619, 621), (925, 927), (1001, 1007)];
        let worked = [104, 214, 228, 509, 920, 1010];
        let first = Date::from_ymd_opt(2026, 1, 1).unwrap();
        for date in first.iter_days().take_while(|d| d.year() == 2026) {
            let number = u16::try_from(date.month() * 100 + date.day()).unwrap();
            let in_break = breaks.iter().any(|&(from, to)| (from..=to).contains(&number));
            let weekend = date.weekday().number_from_monday() >= 6 && !worked.contains(&number);
            assert_eq!(Calendar::china().is_rest_day(date).unwrap(), in_break || weekend, "{date}");
        }
    }
}
