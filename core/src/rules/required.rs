//! The fields that the policy asks for in a state, beyond what the entity declares. Source: R-SYS-05.

use crate::domain::{EntityKind, Fields, Policy};
use crate::error::Violation;

use super::shape::violation;

/// Checks that a record in a state has the fields that the policy asks for there.
pub fn check(policy: &Policy, entity: EntityKind, state: Option<&str>, record: &dyn Fields) -> Vec<Violation> {
    let mut found: Vec<Violation> = Vec::new();
    let here = |wanted: Option<&str>| wanted.is_none() || wanted == state;
    for required in policy.required.iter().filter(|required| required.entity == entity && here(required.state)) {
        for (field, name, label_zh) in &required.fields {
            if record.get(*field).is_some() || found.iter().any(|known| known.field == *name) {
                continue;
            }
            let place = required.state.map_or_else(String::new, |state| format!(" in the state {state}"));
            let message = format!("{name} is missing, the policy {} requires it{place}", policy.version);
            let missing = violation(name, "required", message, format!("按制度须填写{label_zh}"));
            let (rule, source) = (required.basis.rule.clone(), required.basis.source.clone());
            found.push(missing.by(rule, source).input("state", state.unwrap_or_default()));
        }
    }
    found
}
