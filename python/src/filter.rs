//! Names with values, as changes of a record or as conditions of a query.

use std::collections::{BTreeMap, BTreeSet};

use crm_core::domain::{Changes, EntityKind, FIELD_ID, Value, Writer};
use crm_core::port::Order;
use crm_core::{Catalog, Condition, Error, ErrorKind, FieldInfo, Op, Result};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyMapping, PyString};

use crate::failure::{invalid, wrong_type};
use crate::value::{from_python, parse, text_from, type_of};

/// The name under which custom fields come as a mapping of their own.
const CUSTOM: &str = "custom";

/// Values to set or to clear, by field id.
///
/// # Errors
/// `UnknownField`, `WrongType`, `InvalidUtf8`, `InvalidArgument`.
pub(crate) fn changes(catalog: &Catalog, entity: EntityKind, fields: Option<&Bound<'_, PyDict>>) -> Result<Changes> {
    let mut changes = Changes::new();
    for (name, value) in fields.into_iter().flat_map(|fields| fields.iter()) {
        let name = text_from("name", &name)?;
        if name == CUSTOM {
            let custom = value.cast::<PyMapping>().map_err(|_| wrong_type(CUSTOM, "a mapping", &type_of(&value)))?;
            add_mapping(catalog, entity, custom, Form::Values, &mut changes)?;
        } else {
            set(catalog, entity, &name, &value, Form::Values, &mut changes)?;
        }
    }
    Ok(changes)
}

/// How the values of a mapping are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As values of Python.
    Values,
    /// Texts are parsed; an empty one says nothing about its field.
    Texts,
    /// Texts are parsed; an empty one clears its field.
    ClearingTexts,
}

/// Whether a column of a table or a file is left aside: what the kernel keeps, but for the id that names the record of a put.
pub(crate) fn is_aside(info: &FieldInfo, put: bool) -> bool {
    info.writer == Writer::Kernel && !(put && info.id == FIELD_ID)
}

/// Of these columns those that are left aside.
///
/// # Errors
/// `UnknownField` with every name that is no field, and the names that there are; `InvalidArgument` for a field that two
/// columns name.
pub(crate) fn aside(catalog: &Catalog, entity: EntityKind, columns: Vec<String>, put: bool) -> Result<Vec<String>> {
    let (known, unknown): (Vec<String>, Vec<String>) =
        columns.into_iter().partition(|name| field_named(catalog, entity, name).is_ok());
    if let Some(first) = unknown.first() {
        let fields: Vec<&str> = catalog.fields(entity).map(|info| info.name.as_str()).collect();
        let (of, fields) = (entity.def().name, fields.join(", "));
        let message = format!("a {of} has no field {}; there are {fields}", unknown.join(", "));
        return Err(Error::new(ErrorKind::UnknownField, message).with("field", first));
    }
    let mut named = BTreeMap::new();
    for name in &known {
        let other = field_named(catalog, entity, name).ok().and_then(|info| named.insert(info.id, name));
        if let Some(other) = other {
            return Err(twice(other, name));
        }
    }
    let is = |name: &String| field_named(catalog, entity, name).is_ok_and(|info| is_aside(info, put));
    Ok(known.into_iter().filter(is).collect())
}

/// The error of a field that is given two values.
fn twice(first: &str, second: &str) -> Error {
    let message = match first == second {
        true => format!("{first} is given twice; a field is given once"),
        false => format!("{first} and {second} are one field; it is given once"),
    };
    invalid(message).with("field", first)
}

/// Adds the values of a mapping by field name.
pub(crate) fn add_mapping(
    catalog: &Catalog,
    entity: EntityKind,
    fields: &Bound<'_, PyMapping>,
    form: Form,
    changes: &mut Changes,
) -> Result<()> {
    each_item(fields, &mut |name, value| set(catalog, entity, name, value, form, changes))
}

/// Adds the values of a row by field name, but for those that the kernel keeps, whose names it notes.
pub(crate) fn add_row(
    catalog: &Catalog,
    entity: EntityKind,
    fields: &Bound<'_, PyMapping>,
    (form, put): (Form, bool),
    changes: &mut Changes,
    aside: &mut BTreeSet<String>,
) -> Result<()> {
    each_item(fields, &mut |name, value| {
        let info = field_named(catalog, entity, name)?;
        if !is_aside(info, put) {
            return set(catalog, entity, name, value, form, changes);
        }
        if !aside.contains(name) {
            aside.insert(name.to_owned());
        }
        Ok(())
    })
}

/// What is done with each name and value of a mapping.
type Visit<'v> = &'v mut dyn FnMut(&str, &Bound<'_, PyAny>) -> Result<()>;

fn each_item(fields: &Bound<'_, PyMapping>, visit: Visit<'_>) -> Result<()> {
    if let Ok(dict) = fields.cast::<PyDict>() {
        for (name, value) in dict.iter() {
            visit_named(&name, &value, visit)?;
        }
        return Ok(());
    }
    let items = fields.items().map_err(|e| invalid("the mapping cannot be read").caused_by(e))?;
    for item in items.iter() {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
            item.extract().map_err(|e| invalid("the mapping cannot be read").caused_by(e))?;
        visit_named(&name, &value, visit)?;
    }
    Ok(())
}

fn visit_named(name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>, visit: Visit<'_>) -> Result<()> {
    match name.cast::<PyString>().ok().and_then(|name| name.to_cow().ok()) {
        Some(name) => visit(&name, value),
        None => visit(&text_from("name", name)?, value),
    }
}

fn set(
    catalog: &Catalog,
    entity: EntityKind,
    name: &str,
    value: &Bound<'_, PyAny>,
    form: Form,
    changes: &mut Changes,
) -> Result<()> {
    let info = field_named(catalog, entity, name)?;
    let value = if value.is_none() {
        None
    } else if form != Form::Values
        && let Ok(text) = value.cast::<PyString>()
    {
        let text = text.to_cow().map_err(|e| invalid(format!("field {name} is not UTF-8")).caused_by(e))?;
        match (text.is_empty(), form) {
            (false, _) => Some(parse(info, &text)?),
            (true, Form::ClearingTexts) if info.id != FIELD_ID => None,
            (true, _) => return Ok(()),
        }
    } else {
        Some(from_python(info, value)?)
    };
    match changes.insert(info.id, value) {
        None => Ok(()),
        Some(_) => Err(twice(&info.name, name)),
    }
}

/// The field with a name; `class_` stands for `class`, which is a word of Python.
///
/// # Errors
/// `UnknownField`.
pub(crate) fn field_named<'c>(catalog: &'c Catalog, entity: EntityKind, name: &str) -> Result<&'c FieldInfo> {
    let plain = name.strip_suffix('_').and_then(|plain| catalog.field_named(entity, plain));
    plain.map_or_else(|| catalog.require_named(entity, name), Ok)
}

/// Conditions given by name: `field`, or `field__op`.
///
/// # Errors
/// `UnknownField`, `WrongType`, `InvalidArgument`.
pub(crate) fn conditions(
    catalog: &Catalog,
    entity: EntityKind,
    given: Option<&Bound<'_, PyDict>>,
) -> Result<Vec<Condition>> {
    let mut conditions = Vec::new();
    for (name, value) in given.into_iter().flat_map(|given| given.iter()) {
        let name = text_from("name", &name)?;
        let (field, op) = split(&name)?;
        let info = field_named(catalog, entity, field)?;
        conditions.push(condition(info, op, &value)?);
    }
    Ok(conditions)
}

fn split(name: &str) -> Result<(&str, Op)> {
    match name.rsplit_once("__") {
        None => Ok((name, Op::Eq)),
        Some((field, op)) => Ok((field, op_named(op)?)),
    }
}

/// The operator with a name.
///
/// # Errors
/// `InvalidArgument` when there is none, with the names that there are.
pub(crate) fn op_named(name: &str) -> Result<Op> {
    Op::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Op::ALL.iter().map(|op| op.name()).collect();
        invalid(format!("there is no operator {name:?}; allowed are {}", names.join(", ")))
    })
}

fn condition(info: &FieldInfo, op: Op, value: &Bound<'_, PyAny>) -> Result<Condition> {
    let field = info.id;
    match op {
        Op::IsSet | Op::IsAbsent => {
            let wanted =
                value.cast::<PyBool>().map_err(|_| wrong_type(&info.name, "True or False", &type_of(value)))?;
            let op = match (op, wanted.is_true()) {
                (Op::IsSet, true) | (Op::IsAbsent, false) => Op::IsSet,
                _ => Op::IsAbsent,
            };
            Ok(Condition { field, op, values: Vec::new() })
        }
        Op::In => {
            let items = value.try_iter().ok().filter(|_| !value.is_instance_of::<PyString>());
            let items = items.ok_or_else(|| wrong_type(&info.name, "a list of values", &type_of(value)))?;
            let mut values = Vec::new();
            for item in items {
                let item = item.map_err(|e| invalid("the list of values cannot be read").caused_by(e))?;
                values.push(from_python(info, &item)?);
            }
            Ok(Condition { field, op, values })
        }
        Op::Eq if value.is_none() => Ok(Condition { field, op: Op::IsAbsent, values: Vec::new() }),
        Op::Ne if value.is_none() => Ok(Condition { field, op: Op::IsSet, values: Vec::new() }),
        _ => Ok(Condition { field, op, values: vec![from_python(info, value)?] }),
    }
}

/// A condition with its values as they are given.
///
/// # Errors
/// `WrongType`, `InvalidUtf8`, `InvalidArgument`.
pub(crate) fn condition_of(info: &FieldInfo, op: Op, values: &[Bound<'_, PyAny>]) -> Result<Condition> {
    let values = values.iter().map(|value| from_python(info, value)).collect::<Result<Vec<Value>>>()?;
    Ok(Condition { field: info.id, op, values })
}

/// The order `field` or `-field`.
///
/// # Errors
/// `UnknownField`.
pub(crate) fn order(catalog: &Catalog, entity: EntityKind, text: &str) -> Result<(u16, Order)> {
    let (name, order) = match text.strip_prefix('-') {
        Some(name) => (name, Order::Descending),
        None => (text, Order::Ascending),
    };
    Ok((field_named(catalog, entity, name)?.id, order))
}
