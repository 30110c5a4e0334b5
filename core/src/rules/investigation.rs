//! The rules of investigations: what each kind needs, who takes part, and which follows which.

use crate::domain::investigation::field;
use crate::domain::{
    Date, FieldDef, Fields, Investigation, InvestigationKind, InvestigationNeeds, InvestigationOutcome,
    InvestigationState, Maximum, Policy, ValueRef,
};
use crate::error::Violation;

use super::count_of;
use super::shape::violation;

/// What the policy says of the kind of an investigation.
fn needs_of<'p>(policy: &'p Policy, of: &dyn Fields) -> Option<&'p InvestigationNeeds> {
    let kind = of.enumeration(field::kind).and_then(InvestigationKind::from_number)?;
    policy.investigations.iter().find(|needs| needs.kind == kind)
}

/// Whether an investigation is one to ask for a general one that was settled before it: the policy says so, and it is of
/// another kind or customer than before.
pub fn asks_for_general(before: Option<&dyn Fields>, of: &dyn Fields, policy: &Policy) -> bool {
    let same = |field| before.is_some_and(|before| before.get(field) == of.get(field));
    let follows = needs_of(policy, of).is_some_and(|needs| needs.after_general.is_some());
    follows && !(same(field::kind) && same(field::customer))
}

/// Whether an investigation is a general one that was settled and found the customer suitable.
pub fn is_passed_general(of: &dyn Fields) -> bool {
    of.enumeration(field::kind) == Some(InvestigationKind::General.number())
        && of.enumeration(field::state) == Some(InvestigationState::Settled.number())
        && of.enumeration(field::outcome) == Some(InvestigationOutcome::Suitable.number())
}

/// Checks an investigation of a customer as it would be written on `today`. `has_general` says whether the customer passed a
/// general one.
///
/// A settled one has what its kind needs, and its departments took part (R-KA-02, R-KA-03, R-SEL-02). One on site follows a
/// general one. It is applied on what was found suitable on site (R-KA-03).
///
/// What was found stays once it is settled.
pub fn check(
    before: Option<&dyn Fields>,
    of: &dyn Fields,
    has_general: bool,
    customer: Option<&dyn Fields>,
    policy: &Policy,
    today: Date,
) -> Vec<Violation> {
    let mut found: Vec<Violation> = accounts_ahead(of, today).into_iter().collect();
    found.extend(before.filter(|before| is_settled(*before)).into_iter().flat_map(|before| changed(before, of)));
    let needs = needs_of(policy, of);
    if let Some(basis) = needs.and_then(|needs| needs.after_general.as_ref()).filter(|_| !has_general) {
        let message = "no general investigation of the customer is settled as suitable; one on site follows it";
        let early = violation("kind", "too_early", message, "尚无合格的一般调查，不能进行实地调查");
        found.push(early.by(basis.rule.clone(), basis.source.clone()).input("kind", InvestigationKind::OnSite.name()));
    }
    if !is_settled(of) {
        return found;
    }
    if let Some(needs) = needs {
        found.extend(lacking(of, needs));
    }
    let is_new = |is_so: fn(&dyn Fields) -> bool| is_so(of) && !before.is_some_and(is_so);
    found.extend(outdated(of, policy, today).filter(|_| is_new(is_settled)));
    if is_applied(of) {
        found.extend(unfit(of));
    }
    if is_new(is_applied) {
        found.extend(closed_gates(customer, policy));
    }
    found
}

fn is_applied(of: &dyn Fields) -> bool {
    of.enumeration(field::state) == Some(InvestigationState::Applied.number())
}

/// The annual accounts are the latest, as the policy has it. Source: R-KA-02, R-SEL-02.
fn outdated(of: &dyn Fields, policy: &Policy, today: Date) -> Option<Violation> {
    use chrono::Datelike as _;
    let Maximum { value: max, basis } = policy.accounts_years_max.as_ref()?;
    let (year, least) = (of.get(field::accounts_year).map(|_| count_of(of, field::accounts_year))?, today.year());
    let least = i64::from(least) - i64::from(*max);
    (year < least).then(|| {
        let message = format!("accounts_year is {year}, the latest accounts are asked for, of {least} or later");
        let old = violation("accounts_year", "outdated", message, format!("须提供{least}年度以后的最近年度决算"));
        let old = old.by(basis.rule.clone(), basis.source.clone());
        old.input("accounts_year", year).input("accounts_years_max", max)
    })
}

/// The gates that the customer does not pass. Source: R-KA-01, R-SEL-01.
fn closed_gates(customer: Option<&dyn Fields>, policy: &Policy) -> Vec<Violation> {
    let (Some(customer), Some(gates)) = (customer, &policy.application_gates) else { return Vec::new() };
    let is_closed = |id: u16| customer.get(id) != Some(ValueRef::Bool(true));
    let closed = gates.fields.iter().filter(|(id, ..)| is_closed(*id));
    closed
        .map(|(_, name, label_zh)| {
            let message = format!("{name} is not true, the customer passes it before its certification is applied for");
            let gate = violation(name, "gate", message, format!("申请前客户须符合：{label_zh}"));
            gate.by(gates.basis.rule.clone(), gates.basis.source.clone())
        })
        .collect()
}

fn is_settled(of: &dyn Fields) -> bool {
    let state = of.enumeration(field::state).and_then(InvestigationState::from_number);
    matches!(state, Some(InvestigationState::Settled | InvestigationState::Applied))
}

/// Whom and what a settled one was about, and what was found, when it differs from before.
fn changed(before: &dyn Fields, of: &dyn Fields) -> Vec<Violation> {
    let is_found = |id: u16| {
        [field::customer, field::kind].contains(&id) || (field::company_history..=field::outcome).contains(&id)
    };
    let differs = |id: u16| is_found(id) && before.get(id) != of.get(id);
    let fields = Investigation::DEF.fields.iter().filter(|info| differs(info.id));
    let stays = |info: &FieldDef| {
        let message = format!("{} stays as it was settled; open another investigation", info.name);
        violation(info.name, "settled", message, "已完成的调查不得更改，请另行调查")
    };
    fields.map(stays).collect()
}

fn accounts_ahead(of: &dyn Fields, today: Date) -> Option<Violation> {
    use chrono::Datelike as _;
    let (year, this) = (count_of(of, field::accounts_year), i64::from(today.year()));
    (year > this).then(|| {
        let message = format!("accounts_year is {year}, the year {this} has not ended yet");
        violation("accounts_year", "in_the_future", message, "决算年度在将来").input("accounts_year", year)
    })
}

/// The fields and departments that a settled one lacks.
fn lacking(of: &dyn Fields, needs: &InvestigationNeeds) -> Vec<Violation> {
    let mut found = Vec::new();
    let kind = needs.kind.name();
    for required in needs.fields.iter() {
        for (_, name, label_zh) in required.fields.iter().filter(|(id, ..)| of.get(*id).is_none()) {
            let message = format!("{name} is missing, the {kind} investigation needs it");
            let missing = violation(name, "required", message, format!("调查须有{label_zh}"));
            found.push(missing.by(required.basis.rule.clone(), required.basis.source.clone()).input("kind", kind));
        }
    }
    let Some((departments, basis)) = &needs.departments else { return found };
    let took_part = of.text(field::departments).unwrap_or_default();
    let is_there = |name: &str| took_part.split([',', '，', '、']).any(|one| one.trim() == name);
    let absent: Vec<&str> = departments.iter().map(String::as_str).filter(|name| !is_there(name)).collect();
    if !absent.is_empty() {
        let absent = absent.join(", ");
        let message = format!("departments lacks {absent}; in the {kind} investigation they take part");
        let missing = violation("departments", "missing_department", message, format!("{absent}须参加调查"));
        let missing = missing.by(basis.rule.clone(), basis.source.clone()).input("kind", kind);
        found.push(missing.input("departments", took_part).input("missing", absent));
    }
    found
}

/// What keeps an investigation from being applied on.
fn unfit(of: &dyn Fields) -> Option<Violation> {
    let name = |number: Option<u16>, def: &crate::domain::EnumDef| {
        number.and_then(|number| def.by_number(number)).map_or("", |value| value.name)
    };
    let kind = name(of.enumeration(field::kind), InvestigationKind::DEF);
    let outcome = name(of.enumeration(field::outcome), InvestigationOutcome::DEF);
    let fits = kind == InvestigationKind::OnSite.name() && outcome == InvestigationOutcome::Suitable.name();
    (!fits).then(|| {
        let message =
            format!("the investigation is {kind} and {outcome}; on one on_site that is suitable it is applied");
        violation("state", "not_applicable", message, "须在实地调查合格后申请")
            .by("R-KA-03", "F4 §15 Art. 7")
            .input("kind", kind)
            .input("outcome", outcome)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Basis, EntityKind, RequiredFields, Value};
    use std::collections::BTreeMap;

    fn policy() -> Policy {
        let basis = |rule: &str| Basis { rule: rule.into(), source: "F4 §15".into() };
        let fields = RequiredFields {
            entity: EntityKind::Investigation,
            state: None,
            fields: vec![(field::catalogue, "catalogue".to_owned(), "产品目录".to_owned())],
            basis: basis("R-KA-02"),
        };
        let (general, on_site) = (InvestigationKind::General, InvestigationKind::OnSite);
        let departments = Some((vec!["technical".to_owned(), "quality".to_owned()], basis("R-KA-03")));
        let after_general = Some(basis("R-SEL-02"));
        let investigations = vec![
            InvestigationNeeds { kind: general, fields: Some(fields), departments: None, after_general: None },
            InvestigationNeeds { kind: on_site, fields: None, departments, after_general },
        ];
        Policy { investigations, ..Policy::default() }
    }

    fn of(kind: InvestigationKind, state: InvestigationState) -> BTreeMap<u16, Value> {
        let outcome = Value::Enum(InvestigationOutcome::Suitable.number());
        let (kind, state) = (Value::Enum(kind.number()), Value::Enum(state.number()));
        BTreeMap::from([(field::kind, kind), (field::state, state), (field::outcome, outcome)])
    }

    fn codes(of: &BTreeMap<u16, Value>, has_general: bool) -> Vec<(String, String)> {
        let found = check(None, of, has_general, None, &policy(), "2026-09-16".parse().unwrap());
        found.into_iter().map(|one| (one.code.to_string(), one.rule.to_string())).collect()
    }

    fn named(code: &str, rule: &str) -> (String, String) {
        (code.to_owned(), rule.to_owned())
    }

    #[test]
    fn a_settled_one_has_what_its_kind_needs() {
        let mut general = of(InvestigationKind::General, InvestigationState::Open);
        assert_eq!(codes(&general, false), []);
        general.insert(field::state, Value::Enum(InvestigationState::Settled.number()));
        assert_eq!(codes(&general, false), [named("required", "R-KA-02")]);
        general.insert(field::catalogue, Value::Text("目录".into()));
        general.insert(field::accounts_year, Value::Int(2026));
        assert_eq!(codes(&general, false), []);
        general.insert(field::accounts_year, Value::Int(2027));
        assert_eq!(codes(&general, false), [named("in_the_future", "")]);
    }

    #[test]
    fn one_on_site_follows_a_general_one_with_its_departments() {
        let mut on_site = of(InvestigationKind::OnSite, InvestigationState::Settled);
        assert_eq!(codes(&on_site, false), [named("too_early", "R-SEL-02"), named("missing_department", "R-KA-03")]);
        on_site.insert(field::departments, Value::Text("quality、 technical".into()));
        assert_eq!(codes(&on_site, true), []);
        assert!(asks_for_general(None, &on_site, &policy()));
        assert!(!asks_for_general(Some(&on_site), &on_site, &policy()));
        assert!(!asks_for_general(None, &on_site, &Policy::default()));
    }

    #[test]
    fn it_is_applied_on_what_was_found_suitable_on_site() {
        let mut general = of(InvestigationKind::General, InvestigationState::Applied);
        general.insert(field::catalogue, Value::Text("目录".into()));
        assert_eq!(codes(&general, true), [named("not_applicable", "R-KA-03")]);
        let mut on_site = of(InvestigationKind::OnSite, InvestigationState::Applied);
        on_site.insert(field::departments, Value::Text("technical,quality".into()));
        assert_eq!(codes(&on_site, true), []);
        on_site.insert(field::outcome, Value::Enum(InvestigationOutcome::Unsuitable.number()));
        assert_eq!(codes(&on_site, true), [named("not_applicable", "R-KA-03")]);
    }

    #[test]
    fn what_was_found_stays_once_it_is_settled() {
        let before = of(InvestigationKind::General, InvestigationState::Settled);
        let mut after = before.clone();
        after.insert(field::catalogue, Value::Text("目录".into()));
        after.insert(field::note, Value::Text("备注".into()));
        let found = |before: &BTreeMap<u16, Value>| {
            let found = check(Some(before), &after, true, None, &Policy::default(), "2026-09-16".parse().unwrap());
            found.into_iter().map(|one| format!("{} {}", one.field, one.code)).collect::<Vec<_>>()
        };
        assert_eq!(found(&before), ["catalogue settled"]);
        assert_eq!(found(&of(InvestigationKind::General, InvestigationState::Open)), [""; 0]);
    }

    #[test]
    fn what_was_passed_is_general_settled_and_suitable() {
        assert!(is_passed_general(&of(InvestigationKind::General, InvestigationState::Settled)));
        assert!(!is_passed_general(&of(InvestigationKind::General, InvestigationState::Open)));
        assert!(!is_passed_general(&of(InvestigationKind::OnSite, InvestigationState::Settled)));
    }
}
