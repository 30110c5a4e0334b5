//! The plan of recurring visits: one visit ahead for each kind of contact that the customer's class asks for.
//!
//! A day is counted from the anchor, the customer's first contract. The visit of a day is planned when the one before
//! it is settled, so that no day is skipped or doubled however late a visit is held. Source: R-FIX-03, R-FIX-04,
//! R-FIX-07, R-FIX-26, R-FIX-27, R-MNT-06.

use chrono::{Datelike, Days, Months};

use crate::domain::{Cadence, Date, Decision, PeriodUnit, Policy};

/// How far ahead of the anchor a plan looks. Unit: months.
const MONTHS_MAX: u32 = 12 * 400;

/// A recurring visit as the plan sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The id of the visit.
    pub id: u64,
    /// The kind of contact.
    pub kind: String,
    /// The day that it stands for, before any roll.
    pub due_on: Date,
    /// Which day behind the anchor that is, from 1.
    pub occurrence: i64,
    /// Whether it is still planned: neither held nor missed nor called off.
    pub is_ahead: bool,
}

/// A day of a cadence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The day, before any roll.
    pub due_on: Date,
    /// Which day behind the anchor it is, from 1.
    pub occurrence: i64,
}

/// A step that brings the visits ahead to what the class asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'p> {
    /// Plan a visit.
    Add(&'p Cadence, Turn),
    /// Move the visit with this id to another turn.
    Move(u64, &'p Cadence, Turn),
    /// Call the visit with this id off: the class does not ask for its kind.
    Cancel(u64),
}

/// The days of a cadence behind its anchor, up to and with `until`, in order.
///
/// Each is counted from the anchor and never from the day before it: the 30th stays the 30th behind a February.
/// Source: R-FIX-03, R-FIX-04, R-FIX-07, R-FIX-26, R-FIX-27; Civil Code Art. 202 (L-CIV-2).
pub fn days(cadence: &Cadence, anchor: Date, until: Date) -> impl Iterator<Item = Date> + use<> {
    let (count, unit) = (cadence.count, cadence.unit);
    (1_u32..).map_while(move |n| nth(count, unit, anchor, n)).take_while(move |day| *day <= until)
}

/// The nth day of a cadence behind its anchor.
fn nth(count: u32, unit: PeriodUnit, anchor: Date, n: u32) -> Option<Date> {
    let units = count.checked_mul(n)?;
    match unit {
        PeriodUnit::Day => anchor.checked_add_days(Days::new(u64::from(units))),
        PeriodUnit::Week => anchor.checked_add_days(Days::new(u64::from(units) * 7)),
        PeriodUnit::Month => anchor.checked_add_months(Months::new(units)),
        PeriodUnit::Year => anchor.checked_add_months(Months::new(units.checked_mul(12)?)),
    }
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

/// The first turn of a cadence behind a day; `None` when it lies 400 years behind the anchor.
pub fn turn_after(cadence: &Cadence, anchor: Date, after: Date) -> Option<Turn> {
    let until = anchor.checked_add_months(Months::new(MONTHS_MAX))?;
    let mut turns = (not_behind(cadence, anchor, after)..).map_while(|n| {
        let due_on = nth(cadence.count, cadence.unit, anchor, n).filter(|day| *day <= until)?;
        Some(Turn { due_on, occurrence: n.into() })
    });
    turns.find(|turn| turn.due_on > after)
}

/// The number of a day of a cadence that is the first, or not behind another day and near to it.
fn not_behind(cadence: &Cadence, anchor: Date, day: Date) -> u32 {
    let month = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
    let days = day.signed_duration_since(anchor).num_days();
    // A day of an earlier month lies before the day, whatever the days of the month are.
    let months = month(day) - month(anchor) - 1;
    let passed = match cadence.unit {
        PeriodUnit::Day => days,
        PeriodUnit::Week => days / 7,
        PeriodUnit::Month => months,
        PeriodUnit::Year => months / 12,
    };
    u32::try_from(passed / i64::from(cadence.count.max(1))).unwrap_or(0).max(1)
}

/// The cadences of a class, one for each kind: those of the class go before those of `any`.
pub fn cadences<'p>(policy: &'p Policy, class: &str) -> Vec<&'p Cadence> {
    let of = |name: &str| policy.cadences.iter().filter(move |c| c.class == name).collect::<Vec<_>>();
    let mut found =
        if class == "any" { Vec::new() } else { policy.cadences.iter().filter(|c| c.class == class).collect() };
    for general in of("any") {
        if !found.iter().any(|own: &&Cadence| own.kind == general.kind) {
            found.push(general);
        }
    }
    found
}

/// The steps that make `visits` what `cadences` ask for, in the order of the kinds, then the cancellations.
///
/// A kind without a visit ahead gets its next one: behind the last one that was settled, and not before `today` when
/// `from_today` says so, as it is when a plan begins or a class changes. A visit ahead whose day is none of its
/// cadence moves to the next one that is; one that is overdue stays, for it is owed.
pub fn steps<'p>(
    cadences: &[&'p Cadence],
    anchor: Date,
    visits: &[Planned],
    today: Date,
    from_today: bool,
) -> Vec<Step<'p>> {
    let mut steps = Vec::new();
    for cadence in cadences {
        let of_kind = || visits.iter().filter(|visit| visit.kind == cadence.kind);
        let settled = of_kind().filter(|visit| !visit.is_ahead).map(|visit| visit.due_on).max();
        let yesterday = today.pred_opt().unwrap_or(today);
        let after = match settled {
            Some(settled) if from_today => settled.max(yesterday),
            Some(settled) => settled,
            None => yesterday,
        };
        match of_kind().find(|visit| visit.is_ahead) {
            None => steps.extend(turn_after(cadence, anchor, after).map(|turn| Step::Add(cadence, turn))),
            Some(visit) if visit.due_on < today || is_turn(cadence, anchor, visit) => {}
            Some(visit) => {
                let next = turn_after(cadence, anchor, after.max(yesterday));
                steps.extend(next.map(|turn| Step::Move(visit.id, cadence, turn)));
            }
        }
    }
    let asked = |visit: &&Planned| cadences.iter().any(|cadence| cadence.kind == visit.kind);
    steps.extend(visits.iter().filter(|v| v.is_ahead && !asked(v)).map(|visit| Step::Cancel(visit.id)));
    steps
}

fn is_turn(cadence: &Cadence, anchor: Date, visit: &Planned) -> bool {
    let before = visit.due_on.pred_opt().unwrap_or(visit.due_on);
    turn_after(cadence, anchor, before) == Some(Turn { due_on: visit.due_on, occurrence: visit.occurrence })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Basis;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn cadence(kind: &str, count: u32, unit: PeriodUnit) -> Cadence {
        Cadence { class: "key".into(), kind: kind.into(), count, unit, basis: Basis::default() }
    }

    /// What a kernel that does the steps would have afterwards.
    fn done(visits: &mut Vec<Planned>, steps: &[Step<'_>]) {
        for step in steps {
            let id = visits.len() as u64 + 1;
            match step {
                Step::Add(cadence, turn) => visits.push(Planned {
                    id,
                    kind: cadence.kind.clone(),
                    due_on: turn.due_on,
                    occurrence: turn.occurrence,
                    is_ahead: true,
                }),
                Step::Move(id, _, turn) => {
                    let visit = visits.iter_mut().find(|visit| visit.id == *id).unwrap();
                    (visit.due_on, visit.occurrence) = (turn.due_on, turn.occurrence);
                }
                Step::Cancel(id) => visits.iter_mut().find(|visit| visit.id == *id).unwrap().is_ahead = false,
            }
        }
    }

    #[test]
    fn the_worked_plan_of_a_key_customer_goes_on_from_turn_to_turn() {
        // rules.md §17: signed on 2025-11-30, return visits every 3 months, on-site visits every 4.
        let (back, on_site) = (cadence("return_visit", 3, PeriodUnit::Month), cadence("on_site", 4, PeriodUnit::Month));
        let (anchor, mut visits) = (day("2025-11-30"), Vec::new());
        let begun = steps(&[&back, &on_site], anchor, &visits, day("2025-12-01"), true);
        done(&mut visits, &begun);
        let mut seen = Vec::new();
        for _ in 0..4 {
            let visit = visits.iter_mut().find(|v| v.is_ahead && v.kind == "return_visit").unwrap();
            visit.is_ahead = false;
            seen.push(visit.due_on.to_string());
            // Every visit is held a year late.
            let next = steps(&[&back, &on_site], anchor, &visits, day("2027-03-01"), false);
            done(&mut visits, &next);
        }
        assert_eq!(seen, ["2026-02-28", "2026-05-30", "2026-08-30", "2026-11-30"]);
        assert_eq!(visits.iter().filter(|v| v.kind == "on_site").count(), 1);
    }

    #[test]
    fn another_class_moves_what_is_ahead_keeps_what_is_owed_and_calls_off_what_is_not_asked_for() {
        let (three, six) =
            (cadence("return_visit", 3, PeriodUnit::Month), cadence("return_visit", 6, PeriodUnit::Month));
        let on_site = cadence("on_site", 4, PeriodUnit::Month);
        let (anchor, mut visits) = (day("2025-11-30"), Vec::new());
        let begun = steps(&[&three, &on_site], anchor, &visits, day("2025-12-01"), true);
        done(&mut visits, &begun);
        let turn = Turn { due_on: day("2026-05-30"), occurrence: 1 };
        let changed = steps(&[&six], anchor, &visits, day("2026-01-05"), true);
        assert_eq!(changed, [Step::Move(1, &six, turn), Step::Cancel(2)]);
        let overdue = steps(&[&six], anchor, &visits, day("2026-03-05"), true);
        assert_eq!(overdue, [Step::Cancel(2)], "the visit of 28 February is owed");
        assert_eq!(steps(&[&three, &on_site], anchor, &visits, day("2026-01-05"), true), []);
    }

    fn listed(count: u32, unit: PeriodUnit, anchor: &str, until: &str) -> Vec<String> {
        let found = days(&cadence("return_visit", count, unit), day(anchor), day(until));
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
            let anchor = Date::from_epoch_days(anchor).unwrap();
            let until = anchor.checked_add_months(Months::new(600)).unwrap();
            let found: Vec<Date> = days(&cadence("return_visit", count, PeriodUnit::Month), anchor, until).collect();
            prop_assert_eq!(found.len(), usize::try_from(600 / count).unwrap());
            let month = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
            for (i, day) in (1_i64..).zip(&found) {
                prop_assert_eq!(month(*day), month(anchor) + i * i64::from(count));
                prop_assert!(day.day() == anchor.day() || (day.day() < anchor.day() && day.succ_opt().unwrap().day() == 1));
            }
        }

        /// The first turn behind a day is found near it, and is the one that counting from the anchor gives.
        #[test]
        fn the_first_turn_behind_a_day_is_that_of_counting(
            anchor in 10_000_i32..20_000, away in -800_i32..40_000, count in 1_u32..40, unit in 0_usize..4,
        ) {
            let unit = [PeriodUnit::Day, PeriodUnit::Week, PeriodUnit::Month, PeriodUnit::Year][unit];
            let cadence = cadence("return_visit", count, unit);
            let (anchor, after) = (Date::from_epoch_days(anchor).unwrap(), Date::from_epoch_days(anchor + away).unwrap());
            let until = anchor + Months::new(MONTHS_MAX);
            let counted = (1_i64..).zip(days(&cadence, anchor, until)).find(|(_, day)| *day > after);
            let found = turn_after(&cadence, anchor, after);
            prop_assert_eq!(found.map(|turn| (turn.occurrence, turn.due_on)), counted);
        }

        /// Over fifty years of any anchor, whenever a visit is settled, each turn comes once and none is left out.
        #[test]
        fn no_turn_is_skipped_or_doubled(
            anchor in 10_000_i32..25_000, count in 1_u32..13, weeks: bool, late in proptest::collection::vec(0_u64..400, 60),
        ) {
            let cadence = cadence("return_visit", count, if weeks { PeriodUnit::Week } else { PeriodUnit::Month });
            let anchor = Date::from_epoch_days(anchor).unwrap();
            let (mut today, mut visits) = (anchor, Vec::new());
            let begun = steps(&[&cadence], anchor, &visits, today, true);
            done(&mut visits, &begun);
            let mut seen = Vec::new();
            for days in late {
                let ahead: Vec<usize> = (0..visits.len()).filter(|i| visits[*i].is_ahead).collect();
                prop_assert_eq!(ahead.len(), 1);
                let visit: &mut Planned = &mut visits[ahead[0]];
                visit.is_ahead = false;
                seen.push((visit.occurrence, visit.due_on));
                today = today.max(visit.due_on) + Days::new(days);
                let next = steps(&[&cadence], anchor, &visits, today, false);
                done(&mut visits, &next);
            }
            let until = anchor + Months::new(12 * 100);
            let wanted: Vec<(i64, Date)> = (1_i64..).zip(days(&cadence, anchor, until)).take(seen.len()).collect();
            prop_assert_eq!(seen, wanted);
        }
    }
}
