//! What calculators take and give, as Python sees it: plain values, `Money`, and `Fraction` for a ratio.

use crm_core::Result;
use crm_core::domain::{Decided, Quantity};
use crm_core::port::{Answer, DECISIONS_MAX};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDateTime, PyString};

use crate::failure::{OrRaise, invalid};
use crate::money::Money;
use crate::reason::Decision;
use crate::value::{date_from, date_to, instant_from, instant_to, is_integer, text_from};

/// The Python value of a quantity.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Quantity) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Quantity::Text(v) => PyString::new(py, v).into_any(),
        Quantity::Int(v) => v.into_pyobject(py)?.into_any(),
        Quantity::Bool(v) => PyBool::new(py, *v).to_owned().into_any(),
        Quantity::Date(v) => date_to(py, *v)?,
        Quantity::Instant(v) => instant_to(py, *v)?,
        Quantity::Money(v) => Bound::new(py, Money(*v))?.into_any(),
        Quantity::Ratio { numerator, denominator } => {
            py.import("fractions")?.getattr("Fraction")?.call1((*numerator, *denominator))?
        }
        _ => return Err(invalid("a value of a type that this version does not know")).or_raise(py),
    })
}

/// The quantity of a Python value; a `float` is none.
pub(crate) fn from_python(name: &str, value: &Bound<'_, PyAny>) -> Result<Quantity> {
    let too_great = || invalid(format!("{name} is out of the range of 64 bits"));
    if value.is_instance_of::<PyBool>() {
        return Ok(Quantity::Bool(value.is_truthy().map_err(|_| too_great())?));
    }
    if is_integer(value) {
        return value.extract().map(Quantity::Int).map_err(|_| too_great());
    }
    if value.is_instance_of::<PyString>() {
        return text_from(name, value).map(Quantity::Text);
    }
    if value.is_instance_of::<PyDateTime>() {
        return instant_from(name, value).map(Quantity::Instant);
    }
    if value.is_instance_of::<PyDate>() {
        return date_from(name, value).map(Quantity::Date);
    }
    if let Ok(money) = value.extract::<Money>() {
        return Ok(Quantity::Money(money.0));
    }
    let part = |part: &str| value.getattr(part).ok().and_then(|n| n.extract::<i64>().ok());
    let is_fraction = value.get_type().name().is_ok_and(|n| n == "Fraction");
    match (is_fraction, part("numerator"), part("denominator")) {
        (true, Some(numerator), Some(denominator)) => Ok(Quantity::Ratio { numerator, denominator }),
        _ => Err(invalid(format!(
            "{name} is none of str, int, bool, date, datetime, Money, Fraction; a number with a fraction of its own is not taken"
        ))),
    }
}

/// What a hook decides: objects with `value`, `decision` and `kept`, as `crmkernel.Decided` has them. A value of `None`
/// decides that the subject is absent.
pub(crate) fn decided(answer: &Bound<'_, PyAny>) -> PyResult<Answer> {
    let mut found = Answer::default();
    for item in answer.try_iter()?.take(DECISIONS_MAX + 1) {
        let item = item?;
        let mut decision = item.getattr("decision")?.extract::<Decision>()?.decision;
        let value = item.getattr("value")?;
        if value.is_none() {
            decision.value.clear();
            found.withdrawn.push(decision);
            continue;
        }
        if item.getattr("kept")?.is_truthy()? {
            found.kept.push(decision.subject.to_string());
        }
        let value = from_python(&decision.subject, &value).or_raise(item.py())?;
        found.decided.push(Decided { value, decision });
    }
    Ok(found)
}
