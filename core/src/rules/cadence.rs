//! On which days a customer is to be contacted: counted from the day of the first contract, by class and kind of contact.

use chrono::{Days, Months};

use crate::domain::{Cadence, Date, Decision, PeriodUnit};

/// The days of a cadence behind its anchor, up to and with `until`, in order.
///
/// Each is counted from the anchor and never from the day before it: the 30th stays the 30th behind a February.
/// Source: R-FIX-03, R-FIX-04, R-FIX-07, R-FIX-26, R-FIX-27; Civil Code Art. 202 (L-CIV-2).
pub fn days(cadence: &Cadence, anchor: Date, until: Date) -> impl Iterator<Item = Date> + use<> {
    let (count, unit) = (cadence.count, cadence.unit);
    let nth = move |n: u32| {
        let units = count.checked_mul(n)?;
        match unit {
            PeriodUnit::Day => anchor.checked_add_days(Days::new(u64::from(units))),
            PeriodUnit::Week => anchor.checked_add_days(Days::new(u64::from(units) * 7)),
            PeriodUnit::Month => anchor.checked_add_months(Months::new(units)),
            PeriodUnit::Year => anchor.checked_add_months(Months::new(units.checked_mul(12)?)),
        }
    };
    (1_u32..).map_while(nth).take_while(move |day| *day <= until)
}

/// Why a day is due.
pub fn decision(cadence: &Cadence, class: &str, anchor: Date, day: Date, policy_version: &str) -> Decision {
    let (count, unit) = (cadence.count, cadence.unit.name());
    Decision {
        subject: cadence.kind.clone().into(),
        value: day.to_string(),
        rule: cadence.basis.rule.clone().into(),
        source: cadence.basis.source.clone().into(),
        inputs: vec![
            ("class".into(), class.to_owned()),
            ("signed_on".into(), anchor.to_string()),
            ("every".into(), format!("{count} {unit}")),
        ],
        reason: format!("due every {count} {unit} from {anchor} on"),
        reason_zh: format!("自{anchor}起每{count}{}一次", cadence.unit.label_zh()),
        policy_version: policy_version.to_owned().into(),
        plugin: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Basis;
    use proptest::prelude::*;

    fn cadence(count: u32, unit: PeriodUnit) -> Cadence {
        Cadence { class: "key".into(), kind: "return_visit".into(), count, unit, basis: Basis::default() }
    }

    fn listed(count: u32, unit: PeriodUnit, anchor: &str, until: &str) -> Vec<String> {
        let found = days(&cadence(count, unit), anchor.parse().unwrap(), until.parse().unwrap());
        found.map(|day| day.to_string()).collect()
    }

    #[test]
    fn the_worked_days_of_the_fixtures_company() {
        // rules.md §17: signed on 2025-11-30; return visits of a key customer, on-site visits, those of a general one.
        let key = ["2026-02-28", "2026-05-30", "2026-08-30", "2026-11-30"];
        assert_eq!(listed(3, PeriodUnit::Month, "2025-11-30", "2026-11-30"), key);
        let on_site = ["2026-03-30", "2026-07-30", "2026-11-30"];
        assert_eq!(listed(4, PeriodUnit::Month, "2025-11-30", "2026-12-31"), on_site);
        assert_eq!(listed(6, PeriodUnit::Month, "2025-11-30", "2026-11-30"), ["2026-05-30", "2026-11-30"]);
        assert_eq!(
            listed(1, PeriodUnit::Year, "2024-02-29", "2028-03-01"),
            ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
        );
        assert_eq!(listed(1, PeriodUnit::Week, "2026-09-28", "2026-10-13"), ["2026-10-05", "2026-10-12"]);
    }

    proptest! {
        /// Over fifty years of any anchor no day is skipped or doubled, and the day of the month is the anchor's.
        #[test]
        fn no_day_is_skipped_or_doubled(anchor in 10_000_i32..20_000, count in 1_u32..24) {
            use chrono::Datelike;
            let anchor = Date::from_epoch_days(anchor).unwrap();
            let until = anchor.checked_add_months(Months::new(600)).unwrap();
            let found: Vec<Date> = days(&cadence(count, PeriodUnit::Month), anchor, until).collect();
            prop_assert_eq!(found.len(), usize::try_from(600 / count).unwrap());
            let month = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
            for (i, day) in (1_i64..).zip(&found) {
                prop_assert_eq!(month(*day), month(anchor) + i * i64::from(count));
                prop_assert!(day.day() == anchor.day() || (day.day() < anchor.day() && day.succ_opt().unwrap().day() == 1));
            }
        }
    }
}
