//! Values of cases: JSON by the type of its field or parameter.

use serde_json::Value as Json;

use crate::domain::{Date, FieldType, Instant, Money, Quantity, QuantityType, Value};

/// The value of a field.
pub(super) fn field(name: &str, kind: FieldType, json: &Json) -> Result<Value, String> {
    let wrong = || format!("{name} is {}, found {json}", kind.name());
    Ok(match kind {
        FieldType::Text { .. } => Value::Text(json.as_str().ok_or_else(wrong)?.to_owned()),
        FieldType::Int { .. } => Value::Int(json.as_i64().ok_or_else(wrong)?),
        FieldType::Bool => Value::Bool(json.as_bool().ok_or_else(wrong)?),
        FieldType::Date => Value::Date(date(json).ok_or_else(wrong)?),
        FieldType::Instant => Value::Instant(instant(json).ok_or_else(wrong)?),
        FieldType::Money => Value::Money(money(json).ok_or_else(wrong)?),
        FieldType::Enum(def) => {
            let value = json.as_str().and_then(|name| def.by_name(name));
            Value::Enum(value.ok_or_else(|| format!("{name} is one of {}, found {json}", def.allowed()))?.number)
        }
        FieldType::Ref(_) => Value::Ref(json.as_u64().ok_or_else(wrong)?),
    })
}

/// The value of an argument; `null` is one that is left out.
pub(super) fn quantity(name: &str, kind: QuantityType, json: Option<&Json>) -> Result<Option<Quantity>, String> {
    let Some(json) = json.filter(|json| !json.is_null()) else { return Ok(None) };
    let wrong = || format!("{name} is {}, found {json}", kind.name());
    Ok(Some(match kind {
        QuantityType::Text => Quantity::Text(json.as_str().ok_or_else(wrong)?.to_owned()),
        QuantityType::Int => Quantity::Int(json.as_i64().ok_or_else(wrong)?),
        QuantityType::Bool => Quantity::Bool(json.as_bool().ok_or_else(wrong)?),
        QuantityType::Date => Quantity::Date(date(json).ok_or_else(wrong)?),
        QuantityType::Instant => Quantity::Instant(instant(json).ok_or_else(wrong)?),
        QuantityType::Money => Quantity::Money(money(json).ok_or_else(wrong)?),
        QuantityType::Ratio => {
            let (numerator, denominator) = (json.get(0).and_then(Json::as_i64), json.get(1).and_then(Json::as_i64));
            let (numerator, denominator) = numerator.zip(denominator).filter(|(_, d)| *d > 0).ok_or_else(wrong)?;
            Quantity::Ratio { numerator, denominator }
        }
    }))
}

fn date(json: &Json) -> Option<Date> {
    json.as_str()?.parse().ok()
}

pub(super) fn instant(json: &Json) -> Option<Instant> {
    Instant::parse(json.as_str()?).ok()
}

/// Money is written as `[50000, "CNY"]`, in minor units.
fn money(json: &Json) -> Option<Money> {
    Money::new(json.get(0)?.as_i64()?, json.get(1)?.as_str()?).ok()
}
