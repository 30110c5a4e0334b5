//! Which class a customer is of in a dimension, and why.

use crate::domain::{
    ClassRule, ConditionField, Date, Decision, Dimension, EntityKind, FieldType, Fields, ValueRef, customer,
};

use super::shape;

/// The place of the class of a customer in the order of a dimension: the first whose grant is there and whose condition
/// holds. `None` when none fits.
pub fn place_of(dimension: &Dimension, record: &dyn Fields, today: Date) -> Option<usize> {
    dimension.classes.iter().position(|class| is_granted(class, record) && is_met(class, record, today))
}

/// Why the class at a place, as [`place_of`] gives it, is that of a customer. The decision names every field that was
/// looked at.
pub fn decision(
    dimension: &Dimension,
    place: Option<usize>,
    record: &dyn Fields,
    today: Date,
    policy_version: &str,
) -> Decision {
    let looked_at = place.map_or(&dimension.classes[..], |at| &dimension.classes[..=at]);
    let class = place.and_then(|at| dimension.classes.get(at));
    let basis = class.map_or(&dimension.basis, |class| &class.basis);
    let none = ("no class of the policy fits", "不符合任何分类条件");
    let (reason, reason_zh) = class.map_or(none, |class| (class.reason.as_str(), class.reason_zh.as_str()));
    Decision {
        subject: dimension.name.into(),
        value: class.map(|class| class.name.clone()).unwrap_or_default(),
        rule: basis.rule.clone().into(),
        source: basis.source.clone().into(),
        inputs: inputs(looked_at, record, today),
        reason: reason.to_owned(),
        reason_zh: reason_zh.to_owned(),
        policy_version: policy_version.to_owned().into(),
        plugin: String::new(),
    }
}

/// The name of the class of a customer in a dimension, without the reasons.
pub fn class_of<'d>(dimension: &'d Dimension, record: &dyn Fields, today: Date) -> Option<&'d str> {
    place_of(dimension, record, today).map(|at| dimension.classes[at].name.as_str())
}

/// Whether a class needs no grant or the customer has it.
pub fn is_granted(class: &ClassRule, record: &dyn Fields) -> bool {
    !class.granted || record.text(customer::field::granted_class) == Some(class.name.as_str())
}

/// Whether the condition of a class, when it has one, holds.
pub fn is_met(class: &ClassRule, record: &dyn Fields, today: Date) -> bool {
    class.when.as_ref().is_none_or(|condition| condition.holds(record, today))
}

/// An input of a decision: its name and its value.
pub type Input = (std::borrow::Cow<'static, str>, String);

/// What the conditions of classes read, each once; the value of a sensitive field is not shown.
pub fn inputs(classes: &[ClassRule], record: &dyn Fields, today: Date) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    let mut add = |name: &str, value: String| {
        if !inputs.iter().any(|(known, _)| known == name) {
            inputs.push((name.to_owned().into(), value));
        }
    };
    for class in classes {
        if class.granted {
            let granted = record.text(customer::field::granted_class).unwrap_or_default();
            add("granted_class", granted.to_owned());
        }
        let Some(condition) = &class.when else { continue };
        for field in condition.fields() {
            add(&field.name, shown(field, record.get(field.id)));
        }
        if condition.reads_today() {
            add("today", today.to_string());
        }
    }
    inputs
}

/// The value of a field in a decision: empty when it is absent, never that of a personal one.
fn shown(field: &ConditionField, value: Option<ValueRef<'_>>) -> String {
    match value {
        None => String::new(),
        Some(_) if field.sensitive => shape::SENSITIVE.to_owned(),
        Some(ValueRef::Enum(number)) => match EntityKind::Customer.def().field(field.id).map(|def| def.kind) {
            Some(FieldType::Enum(def)) => def.by_number(number).map(|value| value.name).unwrap_or_default().to_owned(),
            _ => number.to_string(),
        },
        Some(value) => value.to_string(),
    }
}
