//! The rules of tourism and hotels as pure functions on plain values.

use crm_plugin_sdk::Date;

/// What is known of a guest's stays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stays {
    pub(crate) last_on: Option<Date>,
    pub(crate) count: i64,
    pub(crate) spent_minor: i64,
}

/// The figures of the segments; 0 is not set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentFigures {
    pub(crate) lost_after_days: i64,
    pub(crate) stays_min: i64,
    pub(crate) spend_min_minor: i64,
}

/// The segment of a guest by recency, frequency and money; `None` while no figure is set. Source: R-TRV-01.
pub(crate) fn segment(of: Stays, today: Date, figures: SegmentFigures) -> Option<&'static str> {
    let SegmentFigures { lost_after_days, stays_min, spend_min_minor } = figures;
    if lost_after_days == 0 && stays_min == 0 && spend_min_minor == 0 {
        return None;
    }
    let days_since = of.last_on.map(|last| i64::from(today.days()) - i64::from(last.days()));
    if lost_after_days > 0 && days_since.is_some_and(|days| days > lost_after_days) {
        return Some("lost");
    }
    let reaches = |found: i64, min: i64| min > 0 && found >= min;
    let valued = reaches(of.count, stays_min) || reaches(of.spent_minor, spend_min_minor);
    Some(if valued { "high_value" } else { "potential" })
}

/// The next birthday from a day on; that of 29 February is kept on the 28th in other years.
pub(crate) fn next_birthday(birthday: Date, today: Date) -> Option<Date> {
    let (_, month, day) = birthday.parts();
    let (year, ..) = today.parts();
    let of_year = |year| Date::new(year, month, day).or_else(|| Date::new(year, month, day - 1));
    of_year(year).filter(|d| *d >= today).or_else(|| of_year(year + 1))
}

/// What a guest's file lacks, by name; `nothing` when it is whole. Source: R-TRV-02.
pub(crate) fn missing(parts: &[(&str, bool)]) -> String {
    let lacking: Vec<&str> = parts.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
    if lacking.is_empty() { "nothing".to_owned() } else { lacking.join(", ") }
}
