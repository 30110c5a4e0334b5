//! The warning that a year of the calendar is needed and not announced. Source: L-HOL-1.

use chrono::Datelike;

use crate::domain::{Calendar, Date, MissingYear};

use super::warnings::Warning;

/// The month from which on the next year is asked for: the notice of the State Council comes by then or soon after, and limits of
/// one and two months begin to end in that year.
const FROM_MONTH: u32 = 10;

/// The warnings of a day: of its year, and from 1 October on of the next, when it is not announced.
pub(super) fn of(calendar: &Calendar, today: Date) -> Vec<Warning> {
    let next = (today.month() >= FROM_MONTH).then_some(today.year() + 1);
    let years = [Some(today.year()), next].into_iter().flatten();
    years.filter(|year| calendar.announced(*year).is_err()).map(|year| warning(calendar, year)).collect()
}

fn warning(calendar: &Calendar, year: i32) -> Warning {
    let region = calendar.region();
    // A copy, lest the year be noted as one that was decided by.
    let stands_in = calendar.missing() == MissingYear::Provisional && calendar.clone().year(year).is_ok();
    let (what, what_zh) = if stands_in {
        (
            "what needs it is decided by its statutory days and marked with provisional_year; add it as a work_year when it is \
             announced, and reassess",
            "涉及该年度的期限暂按法定节假日确定并标注暂用年度；公布后请添加工作日历年度并重新评估",
        )
    } else {
        (
            "what needs it is refused until a manager adds it as a work_year",
            "在管理级用户添加该年度的工作日历之前，涉及该年度的操作将被拒绝",
        )
    };
    Warning {
        code: "calendar_year_not_announced",
        subject: year.to_string(),
        message: format!("the calendar {region} has no announced year {year}: {what}"),
        message_zh: format!("日历{region}尚无{year}年的放假安排：{what_zh}"),
    }
}
