//! The fields that name users, written in the normal form of names: so every later comparison is of equal texts.

use std::borrow::Cow;

use crate::domain::{Changes, Command, EntityKind, Value, user_name};
use crate::error::Result;

use super::query::{Condition, Query};

/// A command with the names of users in their normal form.
///
/// # Errors
/// `InvalidArgument` for a name that is not allowed. There are no others.
pub(super) fn in_normal_form(whole: &Command) -> Result<Cow<'_, Command>> {
    let command = whole;
    let (entity, changes) = match command {
        Command::Add { entity, changes } | Command::Put { entity, changes } => (*entity, changes),
        Command::Update { entity, changes, .. } => (*entity, changes),
        Command::Act { verb, changes, .. } => (verb.entity, changes),
        Command::AllowingImpossibleDates(command) => {
            return in_normal_form(command).map(|command| match command {
                Cow::Borrowed(_) => Cow::Borrowed(whole),
                Cow::Owned(command) => Cow::Owned(Command::AllowingImpossibleDates(Box::new(command))),
            });
        }
        _ => return Ok(Cow::Borrowed(command)),
    };
    let found = differing(entity, changes)?;
    if found.is_empty() {
        return Ok(Cow::Borrowed(command));
    }
    let mut command = command.clone();
    if let Command::Add { changes, .. }
    | Command::Put { changes, .. }
    | Command::Update { changes, .. }
    | Command::Act { changes, .. } = &mut command
    {
        changes.extend(found);
    }
    Ok(Cow::Owned(command))
}

/// A query with the names of users in its conditions in their normal form: what is stored is, so no other is found. What is not
/// allowed in names stays as it is, and finds nothing.
pub(super) fn of_query(query: &Query) -> Cow<'_, Query> {
    let def = query.entity.def();
    let named = |condition: &Condition| def.field(condition.field).filter(|info| info.names_user);
    let normal = |value: &Value, what: &str| match value {
        Value::Text(given) => user_name::normal(given, what).ok().filter(|name| *name != **given).map(Cow::into_owned),
        _ => None,
    };
    let differs = |condition: &Condition| {
        named(condition).is_some_and(|info| condition.values.iter().any(|value| normal(value, info.name).is_some()))
    };
    if def.names_users.is_empty() || !query.conditions.iter().any(differs) {
        return Cow::Borrowed(query);
    }
    let mut query = query.clone();
    for condition in &mut query.conditions {
        let Some(info) = named(condition) else { continue };
        for value in &mut condition.values {
            if let Some(name) = normal(value, info.name) {
                *value = Value::Text(name);
            }
        }
    }
    Cow::Owned(query)
}

/// The names among the changes that are not in their normal form, in it.
fn differing(entity: EntityKind, changes: &Changes) -> Result<Vec<(u16, Option<Value>)>> {
    let mut found = Vec::new();
    for info in entity.def().names_users {
        let Some(Some(Value::Text(given))) = changes.get(&info.id) else { continue };
        let name = user_name::normal(given, info.name).map_err(|refused| refused.with("field", info.name))?;
        if name != *given {
            found.push((info.id, Some(Value::Text(name.into_owned()))));
        }
    }
    Ok(found)
}
