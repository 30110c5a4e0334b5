//! The rules of telecom as pure functions on plain values. All are of 电信条例 Art. 31 to 34.

use crm_plugin_sdk::Date;

/// The late fee in minor units: per mille a day, the fraction of a minor unit dropped; `None` when it is too great.
///
/// Source: L-TEL-1, Art. 34.
pub(crate) fn late_fee(owed: i64, days: i64, permille: i64) -> Option<i64> {
    let fee = i128::from(owed) * i128::from(days) * i128::from(permille) / 1000;
    i64::try_from(fee).ok()
}

/// Where a service stands on a day, with the first days on which it may be suspended and terminated.
///
/// Source: L-TEL-1, Art. 34: more than 30 days late may be suspended, 60 days after that terminated.
pub(crate) fn service(due_on: Date, on: Date, suspend_after: i32, terminate_after: i32) -> (&'static str, Date, Date) {
    let suspend_from = due_on + suspend_after + 1;
    let terminate_from = suspend_from + terminate_after;
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
