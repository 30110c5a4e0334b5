//! The rules of customer plans: which sections are missing, who reviews a plan, and that what is in force stays.

use crate::domain::customer_plan::field;
use crate::domain::{CustomerPlan, CustomerPlanState, Decision, EntityKind, Fields, Policy, RequiredFields, Value};
use crate::error::Violation;

use super::Effects;
use super::satisfaction;
use super::shape::{is_same_user, violation};

const RULE: &str = "R-TEL-03";
const SOURCE: &str = "F0 §20 Art. 5";

/// What the policy asks for of a plan in force.
fn asked(policy: &Policy) -> impl Iterator<Item = &RequiredFields> {
    let in_force = CustomerPlanState::InForce.name();
    let here = move |required: &&RequiredFields| {
        required.entity == EntityKind::CustomerPlan && required.state.is_none_or(|state| state == in_force)
    };
    policy.required.iter().filter(here)
}

/// The names of the sections that a plan lacks of those that the policy asks for, in the order of the policy.
fn missing<'p>(policy: &'p Policy, plan: &dyn Fields) -> Vec<&'p str> {
    let fields = asked(policy).flat_map(|required| &required.fields);
    fields.filter(|(id, ..)| plan.get(*id).is_none()).map(|(_, name, _)| name.as_str()).collect()
}

/// Decides whether a plan is complete, when it is added or another section is there than before. Source: R-TEL-20.
pub fn completeness(before: Option<&dyn Fields>, plan: &dyn Fields, policy: &Policy) -> (Effects, Vec<Decision>) {
    let Some(basis) = asked(policy).next().map(|required| &required.basis) else {
        return (vec![(field::missing_sections, None)], Vec::new());
    };
    let missing_now = missing(policy, plan);
    let count = Some(Value::Int(i64::try_from(missing_now.len()).unwrap_or(i64::MAX)));
    let effects = vec![(field::missing_sections, count)];
    let is_known = |before: &dyn Fields| before.get(field::missing_sections).is_some();
    if before.is_some_and(|before| is_known(before) && missing(policy, before) == missing_now) {
        return (effects, Vec::new());
    }
    let asked_for = asked(policy).map(|required| required.fields.len()).sum::<usize>();
    let there = asked_for - missing_now.len();
    let value = if missing_now.is_empty() { "complete" } else { "incomplete" };
    let decision = Decision::new("completeness", value, basis.rule.clone(), basis.source.clone(), policy)
        .input("sections", asked_for)
        .input("missing", missing_now.join(","))
        .because(format!("{there} of {asked_for} sections are there"), format!("{asked_for}个章节中已有{there}个"));
    (effects, vec![decision])
}

/// Checks a plan as it would be written.
///
/// Its period ends behind its begin; it is reviewed by another than its owner; what was put in force stays until it is taken
/// back to be revised (R-TEL-03).
pub fn check(before: Option<&dyn Fields>, plan: &dyn Fields, policy: &Policy) -> Vec<Violation> {
    let mut found: Vec<Violation> =
        satisfaction::check_period(plan, field::period_from, field::period_until).into_iter().collect();
    let is_in_force = |plan: &dyn Fields| plan.enumeration(field::state) == Some(CustomerPlanState::InForce.number());
    let (owner, reviewer) = (plan.text(field::owner), plan.text(field::reviewer));
    if is_in_force(plan) && is_same_user(reviewer, owner) {
        let message = "the reviewer is the owner of the plan; another reviews it";
        let own = violation("reviewer", "own_plan", message, "客户计划须由负责人以外的人审核").by(RULE, SOURCE);
        found.push(own.input("owner", owner.unwrap_or_default()).input("reviewer", reviewer.unwrap_or_default()));
    }
    let Some(before) = before.filter(|before| is_in_force(*before) && is_in_force(plan)) else { return found };
    let is_section =
        |id: u16| id == field::customer || (field::period_from..=field::key_person_relations).contains(&id);
    let declared = CustomerPlan::DEF.fields.iter().filter(|info| is_section(info.id)).map(|info| (info.id, info.name));
    let own = asked(policy).flat_map(|required| &required.fields).filter(|(id, ..)| !is_section(*id));
    for (id, name) in declared.chain(own.map(|(id, name, _)| (*id, name.as_str()))) {
        if before.get(id) != plan.get(id) {
            let message = format!("{name} stays as it was put in force; revise the plan first");
            found.push(violation(name, "in_force", message, "执行中的计划不得更改，请先修订").by(RULE, SOURCE));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Basis;
    use std::collections::BTreeMap;

    fn policy() -> Policy {
        let named = |id, name: &str| (id, name.to_owned(), String::new());
        let required = RequiredFields {
            entity: EntityKind::CustomerPlan,
            state: Some("in_force"),
            fields: vec![named(field::summary, "summary"), named(field::needs, "needs")],
            basis: Basis { rule: "R-TEL-20".into(), source: "F0 §20 Art. 15".into() },
        };
        Policy { required: vec![required], ..Policy::default() }
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn the_sections_that_are_missing_are_named_when_others_are_missing_than_before() {
        let mut plan = BTreeMap::from([(field::summary, text("摘要"))]);
        let (effects, decisions) = completeness(None, &plan, &policy());
        assert_eq!(effects, [(field::missing_sections, Some(Value::Int(1)))]);
        assert_eq!((decisions[0].value.as_str(), decisions[0].rule.as_ref()), ("incomplete", "R-TEL-20"));
        assert_eq!(decisions[0].inputs, [("sections".into(), "2".to_owned()), ("missing".into(), "needs".to_owned())]);
        plan.insert(field::missing_sections, Value::Int(1));
        let before = plan.clone();
        plan.insert(field::market, text("市场"));
        assert_eq!(completeness(Some(&before), &plan, &policy()).1, [], "the same is missing as before");
        plan.insert(field::needs, text("需求"));
        assert_eq!(completeness(Some(&before), &plan, &policy()).1[0].value, "complete");
        assert_eq!(completeness(None, &plan, &Policy::default()), (vec![(field::missing_sections, None)], vec![]));
    }

    #[test]
    fn what_is_in_force_stays_and_was_reviewed_by_another() {
        let state = |state: CustomerPlanState| Value::Enum(state.number());
        let mut plan = BTreeMap::from([
            (field::state, state(CustomerPlanState::InForce)),
            (field::owner, text("u.li")),
            (field::reviewer, text("u.li")),
            (field::summary, text("摘要")),
        ]);
        assert_eq!(check(None, &plan, &policy())[0].code, "own_plan");
        plan.insert(field::reviewer, text("u.zhao"));
        assert_eq!(check(None, &plan, &policy()), []);
        let before = plan.clone();
        plan.insert(field::summary, text("另一摘要"));
        plan.insert(field::note, text("备注"));
        let found = check(Some(&before), &plan, &policy());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].field.as_str(), found[0].code.as_ref()), ("summary", "in_force"));
        plan.insert(field::state, state(CustomerPlanState::Draft));
        assert_eq!(check(Some(&before), &plan, &policy()), []);
    }
}
