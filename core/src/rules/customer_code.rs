//! The code of a customer: it is issued once what comes before it is there, such as its contracts. Source: R-KA-05, R-KA-06.

use crate::domain::customer::field;
use crate::domain::{Date, Decision, Fields, Policy, RequiredFields, ValueRef};
use crate::error::Violation;

use super::shape::{SENSITIVE, violation};

/// The code that a customer has of a policy that asks for something before it, with what it asks for.
fn issued<'r>(of: &'r dyn Fields, policy: &'r Policy) -> Option<(&'r str, &'r RequiredFields)> {
    of.text(field::code).zip(policy.code_after.as_ref())
}

/// Decides that a code is issued, when it is another than before.
pub fn decide(before: Option<&dyn Fields>, of: &dyn Fields, policy: &Policy) -> Option<Decision> {
    let (code, after) = issued(of, policy)?;
    if before.and_then(|before| before.text(field::code)) == Some(code) {
        return None;
    }
    let basis = &after.basis;
    let mut decision = Decision::new("code", code, basis.rule.clone(), basis.source.clone(), policy)
        .because("what comes before the code is there", "编号所需资料齐备");
    for (id, name, _) in &after.fields {
        let is_sensitive = crate::domain::Customer::DEF.field(*id).is_none_or(|info| info.sensitive);
        let shown = match of.get(*id) {
            Some(_) if is_sensitive => SENSITIVE.to_owned(),
            value => value.map(|value| value.to_string()).unwrap_or_default(),
        };
        decision.inputs.push((name.clone().into(), shown));
    }
    Some(decision)
}

/// Checks a customer as it would be written on `today`: what a code follows is there when the code is issued, and stays.
pub fn check(before: Option<&dyn Fields>, of: &dyn Fields, policy: &Policy, today: Date) -> Vec<Violation> {
    let Some((_, after)) = issued(of, policy) else { return Vec::new() };
    let is_changed = |id: u16| before.is_none_or(|before| before.get(id) != of.get(id));
    let is_issued_now = is_changed(field::code);
    let by = |found: Violation| found.by(after.basis.rule.clone(), after.basis.source.clone());
    let mut found = Vec::new();
    for (id, name, label_zh) in after.fields.iter().filter(|(id, ..)| is_issued_now || is_changed(*id)) {
        match of.get(*id) {
            None => {
                let message = format!("{name} is missing, a customer has it before its code is issued");
                found.push(by(violation(name, "required", message, format!("发放客户编号前须填写{label_zh}"))));
            }
            Some(ValueRef::Date(day)) if day > today => {
                let message = format!("{name} lies in the future, the code is issued behind it");
                let ahead = by(violation(name, "in_the_future", message, format!("{label_zh}在将来")));
                found.push(ahead.input(name.clone(), day).input("today", today));
            }
            Some(_) => {}
        }
    }
    let is_either_new =
        is_issued_now || is_changed(field::supply_contract_on) || is_changed(field::quality_contract_on);
    found.extend(apart(of, policy).filter(|_| is_either_new));
    found
}

/// Both contracts are signed together. Source: R-KA-05, R-SEL-03.
fn apart(of: &dyn Fields, policy: &Policy) -> Option<Violation> {
    let basis = policy.contracts_together.as_ref()?;
    let (supply, quality) = (of.date(field::supply_contract_on)?, of.date(field::quality_contract_on)?);
    (supply != quality).then(|| {
        let message = "quality_contract_on is another day than supply_contract_on; both contracts are signed together";
        violation("quality_contract_on", "not_together", message, "供货合同与质量保证合同须同时签订")
            .by(basis.rule.clone(), basis.source.clone())
            .input("supply_contract_on", supply)
            .input("quality_contract_on", quality)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Basis, EntityKind, Value};
    use std::collections::BTreeMap;

    fn policy() -> Policy {
        let named = |id, name: &str| (id, name.to_owned(), String::new());
        let code_after = RequiredFields {
            entity: EntityKind::Customer,
            state: None,
            fields: vec![
                named(field::quality_contract_on, "quality_contract_on"),
                named(field::supply_contract_signatories, "supply_contract_signatories"),
            ],
            basis: Basis { rule: "R-KA-06".into(), source: "F4 §15 Art. 11".into() },
        };
        Policy { code_after: Some(code_after), ..Policy::default() }
    }

    fn codes(before: Option<&dyn Fields>, of: &BTreeMap<u16, Value>) -> Vec<String> {
        let found = check(before, of, &policy(), "2026-09-16".parse().unwrap());
        found.into_iter().map(|one| format!("{} {} {}", one.field, one.code, one.rule)).collect()
    }

    #[test]
    fn a_code_is_issued_behind_what_it_follows_which_then_stays() {
        let text = |value: &str| Value::Text(value.to_owned());
        let mut of = BTreeMap::new();
        assert_eq!(codes(None, &of), [""; 0]);
        of.insert(field::code, text("K-1"));
        of.insert(field::quality_contract_on, Value::Date("2026-09-17".parse().unwrap()));
        let ahead = "quality_contract_on in_the_future R-KA-06";
        assert_eq!(codes(None, &of), [ahead, "supply_contract_signatories required R-KA-06"]);
        of.insert(field::quality_contract_on, Value::Date("2026-09-16".parse().unwrap()));
        of.insert(field::supply_contract_signatories, text("王五、赵六"));
        assert_eq!(codes(None, &of), [""; 0]);
        let decision = decide(None, &of, &policy()).unwrap();
        assert_eq!((decision.value.as_str(), decision.rule.as_ref()), ("K-1", "R-KA-06"));
        assert_eq!(decision.inputs[0].1, "2026-09-16");
        assert_eq!(decision.inputs[1].1, SENSITIVE);
        let before = of.clone();
        of.remove(&field::supply_contract_signatories);
        assert_eq!(codes(Some(&before), &of), ["supply_contract_signatories required R-KA-06"]);
        assert_eq!(decide(Some(&before), &of, &policy()), None);
        let old = BTreeMap::from([(field::code, text("K-1"))]);
        assert_eq!(codes(Some(&old), &old), [""; 0], "a code of before the policy stays");
    }
}
