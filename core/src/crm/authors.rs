//! Records that some units alone may write: whether the actor is of one of them. Source: R-TEL-22.

use crate::domain::{EntityKind, Fields, Value, org_unit, user};
use crate::error::{Error, ErrorKind, Result};
use crate::port::ReadTxn;
use crate::record::{Catalog, table};
use crate::rules;
use crate::rules::org_unit::LEVELS_MAX;

use super::write::{CLASSIFY, REASSESS, Request, Setting};

/// That the actor is of a unit that may do a command, when the policy keeps it to some. What follows from another command,
/// and what is decided anew, is nobody's writing.
///
/// # Errors
/// `Forbidden` when the actor is of none of them; `Corrupt` and what else the store answers.
pub(super) fn check(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    is_new: bool,
) -> Result<()> {
    let command = match request.name {
        "put" if is_new => "add",
        "put" => "update",
        name => name,
    };
    if !setting.has_rules || request.follows || [CLASSIFY, REASSESS].contains(&command) {
        return Ok(());
    }
    let Some(authors) = rules::authors::of(setting.policy, request.entity, command) else { return Ok(()) };
    let units = units_of(txn, catalog, &setting.actor.name)?;
    match rules::authors::check(authors, command, &units) {
        Some(found) => Err(Error::refused(ErrorKind::Forbidden, found).with("command", command)),
        None => Ok(()),
    }
}

/// The codes of the unit of a user and of those above it, the own first; none when there is no user of the name.
fn units_of(txn: &dyn ReadTxn, catalog: &Catalog, name: &str) -> Result<Vec<String>> {
    let wanted = std::collections::BTreeMap::from([(user::field::code, Value::Text(name.to_owned()))]);
    let mut keys = catalog.indexes(EntityKind::User).iter();
    let by_code = keys.find(|index| index.unique && index.fields == [user::field::code]);
    let by_code = by_code.expect("invariant: every entity declares its code as a unique key");
    let user = match table::find_unique(txn, EntityKind::User, by_code, &wanted)? {
        Some(id) => table::load(txn, EntityKind::User, id)?,
        None => None,
    };
    let (mut codes, mut next) = (Vec::new(), user.and_then(|user| user.reference(user::field::unit)));
    for _ in 0..=LEVELS_MAX {
        let Some(unit) = next.map(|id| table::load(txn, EntityKind::OrgUnit, id)).transpose()?.flatten() else { break };
        codes.extend(unit.text(org_unit::field::code).map(str::to_owned));
        next = unit.reference(org_unit::field::parent);
    }
    Ok(codes)
}
