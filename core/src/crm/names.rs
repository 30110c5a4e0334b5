//! The fields that name users, written in the normal form of names: so every later comparison is of equal texts.

use std::borrow::Cow;

use crate::domain::{Changes, Command, EntityKind, Value, user_name};
use crate::error::Result;

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
    let found = if entity.def().names_users { differing(entity, changes)? } else { Vec::new() };
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

/// The names among the changes that are not in their normal form, in it.
fn differing(entity: EntityKind, changes: &Changes) -> Result<Vec<(u16, Option<Value>)>> {
    let mut found = Vec::new();
    for info in entity.def().fields.iter().filter(|info| info.names_user) {
        let Some(Some(Value::Text(given))) = changes.get(&info.id) else { continue };
        let name = user_name::normal(given, info.name).map_err(|refused| refused.with("field", info.name))?;
        if name != *given {
            found.push((info.id, Some(Value::Text(name.into_owned()))));
        }
    }
    Ok(found)
}
