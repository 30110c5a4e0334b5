//! Decisions and quantities between the ABI and the domain.

use crm_plugin_abi as abi;

use super::call::{Call, date_of};
use super::raw::copy;
use super::text_of;
use crate::domain::{
    ComplaintGrade, CustomField, Decided, Decision, EntityKind, Instant, Money, Quantity, QuantityType,
};
use crate::port::Point;

/// Takes a decision of a hook, when its subject is asked for and its value is of the right type.
///
/// # Errors
/// The code that the plugin gets.
///
/// # Safety
/// `from` is NULL or points to a struct with its size whose texts and inputs live for the call.
pub(super) unsafe fn take(call: &Call<'_>, from: *const abi::crmk_plugin_decision) -> Result<(), i32> {
    // SAFETY: by the caller's promise.
    let from = unsafe { copy(from) }.ok_or(abi::CRMK_PLUGIN_E_NULL)?;
    // SAFETY: by the caller's promise.
    let subject = unsafe { text_of::name(from.subject)? };
    let wanted = asked(call, &subject).ok_or(abi::CRMK_PLUGIN_E_UNKNOWN)?;
    if from.flags & !abi::CRMK_PLUGIN_DECISION_KEPT != 0 {
        return Err(abi::CRMK_PLUGIN_E_RANGE);
    }
    let takes_back = matches!(call.scene.point(), Point::Classify | Point::Cadence | Point::Complaint);
    let value = match from.value.r#type {
        abi::CRMK_PLUGIN_TYPE_NONE if takes_back => None,
        // SAFETY: by the caller's promise.
        _ => Some(unsafe { quantity(&from.value)? }),
    };
    if value.as_ref().is_some_and(|value| value.kind() != wanted) {
        return Err(abi::CRMK_PLUGIN_E_WRONG_TYPE);
    }
    if let ("grade", Some(Quantity::Text(grade))) = (subject.as_str(), &value)
        && ComplaintGrade::DEF.by_name(grade).is_none()
    {
        return Err(abi::CRMK_PLUGIN_E_UNKNOWN);
    }
    // SAFETY: by the caller's promise.
    let decision = unsafe {
        Decision {
            subject: subject.into(),
            value: value.as_ref().map(Quantity::to_string).unwrap_or_default(),
            rule: text_of::required(text_of::name(from.rule)?)?.into(),
            source: text_of::sentence(from.source)?.into(),
            inputs: text_of::inputs(from.inputs, from.input_count)?,
            reason: text_of::required(text_of::sentence(from.reason)?)?,
            reason_zh: text_of::sentence(from.reason_zh)?,
            policy_version: "".into(),
            plugin: String::new(),
        }
    };
    let answer = &mut *call.answer.borrow_mut();
    let mut given = answer.decided.iter().map(|d| &d.decision).chain(&answer.withdrawn);
    let again = given.any(|other| other.subject == decision.subject);
    if again || answer.decided.len() + answer.withdrawn.len() >= abi::CRMK_PLUGIN_DECISIONS_MAX {
        return Err(abi::CRMK_PLUGIN_E_LIMIT);
    }
    if from.flags & abi::CRMK_PLUGIN_DECISION_KEPT != 0 {
        answer.kept.push(decision.subject.to_string());
    }
    match value {
        Some(value) => answer.decided.push(Decided { value, decision }),
        None => answer.withdrawn.push(decision),
    }
    Ok(())
}

/// The type that a subject of a call has, `None` when the subject is not asked for.
fn asked(call: &Call<'_>, subject: &str) -> Option<QuantityType> {
    let scene = &call.scene;
    match (scene.point(), subject) {
        (Point::Complaint, "deadline_on") | (Point::Cadence, "next_due_on") | (Point::Retention, "keep_until") => {
            Some(QuantityType::Date)
        }
        (Point::Complaint, "grade" | "owner") => Some(QuantityType::Text),
        (Point::Classify, "class") => (scene.entity() == Some(EntityKind::Customer)).then_some(QuantityType::Text),
        (Point::Classify, _) => {
            let own = |field: &&CustomField| Some(field.entity) == scene.entity() && field.name == subject;
            let field = call.plugin.fields.iter().find(own)?;
            QuantityType::from_number(i32::from(field.kind.tag()))
        }
        (Point::Compute, _) => Some(scene.calculator()?.results.iter().find(|r| r.name == subject)?.kind),
        _ => None,
    }
}

/// A value of no type.
pub(super) const fn no_value() -> abi::crmk_plugin_value {
    abi::crmk_plugin_value {
        r#type: abi::CRMK_PLUGIN_TYPE_NONE,
        reserved: 0,
        number: 0,
        denominator: 0,
        text: abi::crmk_plugin_str { data: std::ptr::null(), len: 0 },
        currency: [0; 3],
        reserved_end: [0; 5],
    }
}

/// A quantity of the kernel's, for the other side to read; `keep` keeps a copy of its text.
pub(super) fn value_of(
    quantity: Option<&Quantity>,
    keep: impl FnOnce(&str) -> abi::crmk_plugin_str,
) -> abi::crmk_plugin_value {
    let Some(quantity) = quantity else { return no_value() };
    let mut out = abi::crmk_plugin_value { r#type: i32::from(quantity.kind().number()), ..no_value() };
    match quantity {
        Quantity::Text(v) => out.text = keep(v),
        Quantity::Int(v) => out.number = *v,
        Quantity::Bool(v) => out.number = i64::from(*v),
        Quantity::Date(v) => out.number = i64::from(v.to_epoch_days()),
        Quantity::Instant(v) => out.number = v.us(),
        Quantity::Money(v) => {
            out.number = v.amount_minor();
            out.currency.copy_from_slice(v.currency().as_bytes());
        }
        Quantity::Ratio { numerator, denominator } => (out.number, out.denominator) = (*numerator, *denominator),
    }
    out
}

/// The quantity that a value of the other side stands for.
///
/// # Safety
/// A text lives for the call.
unsafe fn quantity(from: &abi::crmk_plugin_value) -> Result<Quantity, i32> {
    let out_of_range = |_| abi::CRMK_PLUGIN_E_RANGE;
    let kind = QuantityType::from_number(from.r#type).ok_or(abi::CRMK_PLUGIN_E_WRONG_TYPE)?;
    Ok(match kind {
        // SAFETY: by the caller's promise.
        QuantityType::Text => Quantity::Text(unsafe { text_of::sentence(from.text)? }),
        QuantityType::Int => Quantity::Int(from.number),
        QuantityType::Bool => match from.number {
            0 | 1 => Quantity::Bool(from.number == 1),
            _ => return Err(abi::CRMK_PLUGIN_E_RANGE),
        },
        QuantityType::Date => {
            Quantity::Date(date_of(i32::try_from(from.number).map_err(|_| abi::CRMK_PLUGIN_E_RANGE)?)?)
        }
        QuantityType::Instant => Quantity::Instant(Instant::from_us(from.number).map_err(out_of_range)?),
        QuantityType::Money => {
            let currency = std::str::from_utf8(&from.currency).map_err(|_| abi::CRMK_PLUGIN_E_RANGE)?;
            Quantity::Money(Money::new(from.number, currency).map_err(out_of_range)?)
        }
        QuantityType::Ratio if from.denominator > 0 => {
            Quantity::Ratio { numerator: from.number, denominator: from.denominator }
        }
        QuantityType::Ratio => return Err(abi::CRMK_PLUGIN_E_RANGE),
    })
}

#[cfg(test)]
mod tests {
    use super::super::raw::str_of;
    use super::*;

    #[test]
    fn every_quantity_comes_back_and_wrong_ones_are_refused() {
        let money = Money::new(-5, "CNY").unwrap();
        for quantity in [
            Quantity::Text("身".into()),
            Quantity::Int(i64::MIN),
            Quantity::Bool(true),
            Quantity::Date(date_of(20_000).unwrap()),
            Quantity::Instant(Instant::from_us(-1).unwrap()),
            Quantity::Money(money),
            Quantity::Ratio { numerator: -3, denominator: 1000 },
        ] {
            // SAFETY: the text lives in the quantity.
            assert_eq!(unsafe { super::quantity(&value_of(Some(&quantity), str_of)) }, Ok(quantity));
        }
        let wrong = |r#type, number, denominator, currency| {
            let value = abi::crmk_plugin_value { r#type, number, denominator, currency, ..no_value() };
            // SAFETY: the text is empty.
            unsafe { quantity(&value) }.unwrap_err()
        };
        for r#type in [0, 7, 8, 10, -1] {
            assert_eq!(wrong(r#type, 1, 1, *b"CNY"), abi::CRMK_PLUGIN_E_WRONG_TYPE, "{type}");
        }
        for (r#type, number, denominator, currency) in [
            (3, 2, 1, *b"CNY"),
            (4, i64::MAX, 1, *b"CNY"),
            (5, i64::MAX, 1, *b"CNY"),
            (6, 1, 1, *b"cn\0"),
            (9, 1, 0, *b"CNY"),
        ] {
            assert_eq!(wrong(r#type, number, denominator, currency), abi::CRMK_PLUGIN_E_RANGE, "{type}");
        }
    }
}
