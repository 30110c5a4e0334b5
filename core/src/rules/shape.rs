//! The form of a record: types, bounds and required fields, as the entity's declaration says.

use crate::domain::{FieldType, Fields, Required, Value, ValueRef, user_name};
use crate::error::Violation;

/// What stands for the value of a sensitive field, in a decision as in a violation.
pub const SENSITIVE: &str = "(sensitive)";

/// A violation of the kernel's own form, which has no rule id.
pub fn violation(
    field: &str,
    code: &'static str,
    message: impl Into<String>,
    message_zh: impl Into<String>,
) -> Violation {
    Violation {
        field: field.to_owned(),
        code: code.into(),
        message: message.into(),
        message_zh: message_zh.into(),
        rule: "".into(),
        source: "".into(),
        inputs: Vec::new(),
        policy_version: "".into(),
        plugin: String::new(),
    }
}

/// Whether two fields name one user; nobody is no user.
pub(super) fn is_same_user(a: Option<&str>, b: Option<&str>) -> bool {
    a.zip(b).is_some_and(|(a, b)| user_name::is_same(a, b))
}

/// Checks a value against the bounds of its field's type; one that is sensitive is not shown. The type itself is checked
/// before.
pub fn bounds(name: &str, label_zh: &str, kind: FieldType, is_sensitive: bool, value: &Value) -> Option<Violation> {
    match (kind, value) {
        (FieldType::Text { len_max }, Value::Text(text)) => text_bounds(name, label_zh, len_max, text),
        (FieldType::Int { min, max }, Value::Int(v)) if *v < min || *v > max => {
            let v = if is_sensitive { SENSITIVE.to_owned() } else { v.to_string() };
            let message = format!("{name} is {v}, allowed are {min} to {max}");
            let wide = violation(name, "out_of_range", message, format!("{label_zh}为{v}，允许{min}至{max}"));
            Some(wide.input(name.to_owned(), v).input("min", min).input("max", max))
        }
        (FieldType::Enum(def), Value::Enum(v)) if def.by_number(*v).is_none() => Some(
            violation(
                name,
                "unknown_value",
                format!("{name} has the number {v}, allowed are {}", def.allowed()),
                format!("{label_zh}的取值{v}不在允许范围内"),
            )
            .input("number", v),
        ),
        (FieldType::Ref(_), Value::Ref(0)) => {
            Some(violation(name, "out_of_range", format!("{name} is 0, ids begin at 1"), format!("{label_zh}不能为0")))
        }
        _ => None,
    }
}

fn text_bounds(name: &str, label_zh: &str, len_max: u32, text: &str) -> Option<Violation> {
    let len = text.chars().count();
    if len > len_max as usize {
        let message = format!("{name} has {len} characters, at most {len_max} are allowed");
        let long = violation(name, "too_long", message, format!("{label_zh}有{len}个字符，最多{len_max}个"));
        return Some(long.input("length", len).input("length_max", len_max));
    }
    if text.trim().is_empty() {
        return Some(violation(
            name,
            "blank",
            format!("{name} is blank; leave it out instead"),
            format!("{label_zh}为空白，请不填"),
        ));
    }
    if text.contains('\0') {
        return Some(violation(
            name,
            "forbidden_character",
            format!("{name} holds a zero character, which is not allowed"),
            format!("{label_zh}含有不允许的零字符"),
        ));
    }
    None
}

/// Checks that a field is there when it must be. `state` is the name of the record's state, if it has one.
pub fn required(
    name: &str,
    label_zh: &str,
    required: Required,
    state: Option<&str>,
    value: Option<ValueRef<'_>>,
) -> Option<Violation> {
    if value.is_some() {
        return None;
    }
    match required {
        Required::No => None,
        Required::Always => {
            Some(violation(name, "required", format!("{name} is missing, it is required"), format!("缺少{label_zh}")))
        }
        Required::In(states) => {
            let state = state.filter(|state| states.contains(state))?;
            let message = format!("{name} is missing, it is required in the state {state}");
            Some(violation(name, "required", message, format!("当前状态须填写{label_zh}")).input("state", state))
        }
    }
}

/// Checks that an external reference has both its parts or none.
pub fn external_reference(record: &dyn Fields, system: u16, id: u16) -> Option<Violation> {
    match (record.get(system).is_some(), record.get(id).is_some()) {
        (true, false) => Some(violation(
            "external_id",
            "required",
            "external_id is missing, it goes with external_system",
            "有外部系统时须填写外部编号",
        )),
        (false, true) => Some(violation(
            "external_system",
            "required",
            "external_system is missing, it goes with external_id",
            "有外部编号时须填写外部系统",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PartyKind;

    #[test]
    fn a_value_at_its_bound_passes_and_one_beyond_is_named() {
        let kind = FieldType::Text { len_max: 3 };
        assert_eq!(bounds("name", "名称", kind, false, &Value::Text("王五六".into())), None);
        let found = bounds("name", "名称", kind, false, &Value::Text("王五六七".into())).unwrap();
        assert_eq!(
            (found.code.as_ref(), found.message.as_str()),
            ("too_long", "name has 4 characters, at most 3 are allowed")
        );
        let kind = FieldType::Int { min: 1, max: 9 };
        assert_eq!(bounds("n", "数", kind, false, &Value::Int(9)), None);
        assert_eq!(bounds("n", "数", kind, false, &Value::Int(10)).unwrap().code, "out_of_range");
        let hidden = bounds("n", "数", kind, true, &Value::Int(10)).unwrap();
        assert_eq!(hidden.message, "n is (sensitive), allowed are 1 to 9");
        assert_eq!(hidden.inputs[0], ("n".into(), "(sensitive)".to_owned()));
        let kind = FieldType::Enum(PartyKind::DEF);
        assert_eq!(bounds("party_kind", "主体", kind, false, &Value::Enum(9)).unwrap().code, "unknown_value");
    }

    #[test]
    fn blank_text_and_zero_characters_are_refused() {
        let kind = FieldType::Text { len_max: 9 };
        assert_eq!(bounds("name", "名称", kind, false, &Value::Text(" \u{3000}".into())).unwrap().code, "blank");
        assert_eq!(
            bounds("name", "名称", kind, false, &Value::Text("a\0b".into())).unwrap().code,
            "forbidden_character"
        );
    }

    #[test]
    fn a_field_is_required_in_the_states_that_name_it() {
        let states = Required::In(&["held"]);
        assert_eq!(required("held_at", "时间", states, Some("planned"), None), None);
        assert_eq!(required("held_at", "时间", states, Some("held"), None).unwrap().code, "required");
        assert_eq!(required("held_at", "时间", states, Some("held"), Some(ValueRef::Int(1))), None);
    }
}
