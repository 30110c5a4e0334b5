//! The rules of telecom as pure functions on plain values. All are of 电信条例 Art. 31 to 34.

use crm_plugin_sdk::{Date, Violation};

/// The late fee in minor units: per mille a day, the fraction of a minor unit dropped; `None` when it is too great.
///
/// Source: L-TEL-1, Art. 34.
pub(crate) fn late_fee(owed: i64, days: i64, permille: i64) -> Option<i64> {
    let fee = i128::from(owed) * i128::from(days) * i128::from(permille) / 1000;
    i64::try_from(fee).ok()
}

/// Where a service stands on a day, with the first days on which it may be suspended and terminated.
///
/// Source: L-TEL-1, Art. 34: more than 30 days late may be suspended; still unpaid 60 days after that, terminated. The day of
/// the suspension is not counted (L-CIV-1), and a payment on the 60th day is in time.
pub(crate) fn service(due_on: Date, on: Date, suspend_after: i32, terminate_after: i32) -> (&'static str, Date, Date) {
    let suspend_from = due_on + suspend_after + 1;
    let terminate_from = suspend_from + terminate_after + 1;
    let state = if on >= terminate_from {
        "may_terminate"
    } else if on >= suspend_from {
        "may_suspend"
    } else if on > due_on {
        "late"
    } else {
        "in_order"
    };
    (state, suspend_from, terminate_from)
}

/// Whether a charge is more than so many times the mean of three months. Source: L-TEL-3, Art. 33.
pub(crate) fn is_abnormal(charge: i64, months: [i64; 3], times: i64) -> bool {
    let sum: i128 = months.iter().map(|m| i128::from(*m)).sum();
    i128::from(charge) * 3 > i128::from(times) * sum
}

/// The extensions of a user's complaint sum up to no more days than the operator's contracts say. Source: L-TEL-6.
pub(crate) fn extension(extended: i64, max: i64) -> Option<Violation> {
    (extended > max).then(|| {
        let message = format!("the extensions sum up to {extended} days, an operator has at most {max}");
        let message_zh = format!("累计延期{extended}天，电信运营商最多{max}天");
        let long = Violation::new("extension_days", "out_of_range", message, message_zh, "L-TEL-6");
        long.input("extended_days", extended).input("extension_days_max", max)
    })
}
