//! Records that some units alone may write: whether the actor is of one of them. Source: R-TEL-22.

use crate::domain::{EntityKind, Fields, Value, Verb, complaint, org_unit, user};
use crate::error::{Error, ErrorKind, Result};
use crate::port::ReadTxn;
use crate::record::{Catalog, Record, table};
use crate::rules::org_unit::LEVELS_MAX;
use crate::rules::{self, machine};

use super::check::{self, Set};
use super::write::{Request, Setting, is_anew};

/// That the actor is of a unit that may do a command, when the policy keeps it to some. A record that is put into a state is
/// of the units, too, that may use the verbs on the way there. What follows from another command, and what is decided again,
/// is nobody's writing.
///
/// # Errors
/// `Forbidden` when the actor is of none of them; `Corrupt` and what else the store answers.
pub(super) fn check(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
) -> Result<()> {
    if !setting.has_rules || setting.policy.authors.is_empty() || request.follows || is_anew(request) {
        return Ok(());
    }
    let command = match request.name {
        "put" if before.is_none() => "add",
        "put" => "update",
        name => name,
    };
    let is_kept = |command: &&str| rules::authors::of(setting.policy, request.entity, command).is_some();
    let mut commands = std::iter::once(command).chain(ways_to_state(request, before)).filter(is_kept).peekable();
    if commands.peek().is_none() {
        return Ok(());
    }
    let units = units_of(txn, catalog, &setting.actor.name)?;
    for command in commands {
        let authors = rules::authors::of(setting.policy, request.entity, command);
        if let Some(found) = authors.and_then(|authors| rules::authors::check(authors, command, &units)) {
            return Err(Error::refused(ErrorKind::Forbidden, found).with("command", command));
        }
    }
    Ok(())
}

/// The verbs on the way to the state into which a record is put without one; none when it begins there or stays.
fn ways_to_state(request: &Request<'_>, before: Option<&Record>) -> impl Iterator<Item = &'static str> {
    let (entity, def, set) = (request.entity, request.entity.def(), Set(request.changes));
    let put = def.state.filter(|_| request.verb.is_none()).and_then(|state| set.enumeration(state));
    let to = put.and_then(|number| def.states()?.by_number(number)).map(|value| value.name);
    let was = before.map_or_else(|| machine::initial(entity), |before| check::state_name(entity, before));
    let way = |from, to| machine::way(entity, from, to).unwrap_or_default();
    let (first, then): (&[&Verb], &[&Verb]) = match (was, to) {
        (Some(was), Some("archived")) if entity == EntityKind::Complaint && is_closed(request, before) => {
            (way(was, "closed"), way("closed", "archived"))
        }
        (Some(was), Some(to)) => (way(was, to), &[]),
        _ => (&[], &[]),
    };
    first.iter().chain(then).map(|verb| verb.name)
}

/// Whether a complaint that is put into the archive was closed and not withdrawn.
fn is_closed(request: &Request<'_>, before: Option<&Record>) -> bool {
    let closed_at = complaint::field::closed_at;
    match request.changes.get(&closed_at) {
        Some(given) => given.is_some(),
        None => before.is_some_and(|before| before.get(closed_at).is_some()),
    }
}

/// The user whose code is the name of an actor.
///
/// # Errors
/// `Corrupt` and what else the store answers.
pub(super) fn user_named(txn: &dyn ReadTxn, catalog: &Catalog, name: &str) -> Result<Option<Record>> {
    let wanted = std::collections::BTreeMap::from([(user::field::code, Value::Text(name.to_owned()))]);
    let mut keys = catalog.indexes(EntityKind::User).iter();
    let by_code = keys.find(|index| index.unique && index.fields == [user::field::code]);
    let by_code = by_code.expect("invariant: every entity declares its code as a unique key");
    match table::find_unique(txn, EntityKind::User, by_code, &wanted)? {
        Some(id) => table::load(txn, EntityKind::User, id),
        None => Ok(None),
    }
}

/// The codes of the unit of a user and of those above it, the own first; none when there is no user of the name.
///
/// # Errors
/// `Corrupt` and what else the store answers.
pub(super) fn units_of(txn: &dyn ReadTxn, catalog: &Catalog, name: &str) -> Result<Vec<String>> {
    let user = user_named(txn, catalog, name)?;
    let (mut codes, mut next) = (Vec::new(), user.and_then(|user| user.reference(user::field::unit)));
    for _ in 0..=LEVELS_MAX {
        let Some(unit) = next.map(|id| table::load(txn, EntityKind::OrgUnit, id)).transpose()?.flatten() else { break };
        codes.extend(unit.text(org_unit::field::code).map(str::to_owned));
        next = unit.reference(org_unit::field::parent);
    }
    Ok(codes)
}
