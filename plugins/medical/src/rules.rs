//! The rules of medical institutions as pure functions on plain values.

use crm_plugin_sdk::{Date, Violation};

/// What is wrong with a customer: an unknown kind, or health data without a separate consent.
///
/// Source: R-MED-01; R-MED-03, L-MED-8, Personal Information Protection Law Art. 28 and 29.
pub(crate) fn customer(kind: Option<&str>, health_data: bool, consented: bool) -> Vec<Violation> {
    let consent = (health_data && !consented).then(|| {
        let label = "the separate consent to health data";
        Violation::required("medical.consent_on", label, "健康信息单独同意", "R-MED-03, L-MED-8")
    });
    crate::kind(kind).into_iter().chain(consent).collect()
}

/// The day of the next follow-up: some days after the discharge, then some months after the last one.
///
/// Source: R-MED-08; the intervals are practice and not law (L-MED-7).
pub(crate) fn follow_up(
    discharged_on: Date,
    last: Option<Date>,
    first_days: u32,
    months: u32,
) -> (Date, String, String) {
    match last {
        None => (
            discharged_on + i32::try_from(first_days).unwrap_or(i32::MAX),
            format!("the first follow-up is within {first_days} days of the discharge"),
            format!("出院后{first_days}日内首次随访"),
        ),
        Some(last) => (
            last.plus_months(months),
            format!("the next follow-up is {months} months after the last, of {last}"),
            format!("上次随访（{last}）后{months}个月再次随访"),
        ),
    }
}
