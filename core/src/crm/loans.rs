//! The file of a customer that is lent: who may read its items, when the policy says that it is read on a loan alone.
//! Source: R-TEL-16.
//!
//! The units that write the items keep the file and read it. Everybody else reads an item with a loan that has not ended, an
//! access record of its customer that reads (query, use or transfer), as long as they have a position of those to whom the
//! policy lends it and are not suspended; without one what the item says is hidden, whatever the level of the session.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::domain::{
    AccessOperation, AccessRecord, Actor, CUSTOM_FIELD_ID_MAX, CUSTOM_FIELD_ID_MIN, Date, EntityKind, Fields,
    InformationItem, Policy, UserPosition, UserState, ValueRef, access_record, information_item, user,
};
use crate::error::Result;
use crate::port::ReadTxn;
use crate::record::{Catalog, Record, key, table};
use crate::rules;

use super::authors;
use super::decide::each_under;

/// What stays to be seen of an item: that it is there, of whom and of which section.
const SHOWN: [u16; 5] = {
    use information_item::field::{code, customer, external_id, external_system, section};
    [code, customer, external_id, external_system, section]
};

/// Whether a field can be hidden from somebody who has no loan.
pub(super) fn may_hide(entity: EntityKind, field: u16) -> bool {
    let is_own = InformationItem::DEF.fields.iter().any(|info| info.id == field);
    let is_custom = (CUSTOM_FIELD_ID_MIN..=CUSTOM_FIELD_ID_MAX).contains(&field);
    entity == EntityKind::InformationItem && (is_own || is_custom) && !SHOWN.contains(&field)
}

/// Which of `fields` of a record an actor does not see for want of a loan.
///
/// # Errors
/// `Corrupt` and what else the store answers.
pub(super) fn hidden(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    policy: &Policy,
    actor: &Actor,
    today: Date,
    record: &Record,
    fields: impl Iterator<Item = u16>,
) -> Result<BTreeSet<u16>> {
    let is_lent = record.entity() == EntityKind::InformationItem && policy.file_loans.is_some();
    let reads = || Ok(may_borrow(txn, catalog, policy, actor)? && has_loan(txn, actor, today, record)?);
    if !is_lent || keeps_the_file(txn, catalog, policy, actor)? || reads()? {
        return Ok(BTreeSet::new());
    }
    Ok(fields.filter(|field| may_hide(record.entity(), *field)).collect())
}

/// Whether the actor is of a unit that writes the items.
fn keeps_the_file(txn: &dyn ReadTxn, catalog: &Catalog, policy: &Policy, actor: &Actor) -> Result<bool> {
    let Some(keepers) = rules::authors::of(policy, EntityKind::InformationItem, "add") else { return Ok(false) };
    let units = authors::units_of(txn, catalog, &actor.name)?;
    Ok(rules::authors::check(keepers, "add", &units).is_none())
}

/// Whether the actor still has a position of those to whom the file is lent, and is not suspended.
fn may_borrow(txn: &dyn ReadTxn, catalog: &Catalog, policy: &Policy, actor: &Actor) -> Result<bool> {
    let (Some(loans), Some(user)) = (&policy.file_loans, authors::user_named(txn, catalog, &actor.name)?) else {
        return Ok(false);
    };
    let is_active = user.enumeration(user::field::state) == Some(UserState::Active.number());
    Ok(is_active && position(&user).is_some_and(|position| loans.positions.contains(&position)))
}

/// Whether there is a record of an access that reads, of the actor, and not ended.
fn has_loan(txn: &dyn ReadTxn, actor: &Actor, today: Date, record: &Record) -> Result<bool> {
    use access_record::field;
    let Some(customer) = record.reference(information_item::field::customer) else { return Ok(false) };
    let mut prefix = key::index(AccessRecord::DEF.kind, field::customer);
    key::push_value(&mut prefix, Some(ValueRef::Ref(customer)));
    let mut found = false;
    each_under(txn, &prefix, &mut |id| {
        let loan = table::load(txn, EntityKind::AccessRecord, id)?;
        found = loan.is_some_and(|loan| {
            reads(&loan)
                && loan.text(field::borrower) == Some(&actor.name)
                && loan.date(field::until_on).is_some_and(|last| last >= today)
        });
        Ok(if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}

/// The position of who borrows.
///
/// # Errors
/// `Corrupt` and what else the store answers.
pub(super) fn position_of(txn: &dyn ReadTxn, catalog: &Catalog, loan: &dyn Fields) -> Result<Option<UserPosition>> {
    let Some(name) = loan.text(access_record::field::borrower) else { return Ok(None) };
    Ok(authors::user_named(txn, catalog, name)?.as_ref().and_then(position))
}

fn position(user: &Record) -> Option<UserPosition> {
    user.enumeration(user::field::position).and_then(UserPosition::from_number)
}

/// Whether what an access record allows is to read: data that are kept elsewhere or deleted are not read here.
fn reads(loan: &Record) -> bool {
    let operation = loan.enumeration(access_record::field::operation).and_then(AccessOperation::from_number);
    matches!(operation, Some(AccessOperation::Query | AccessOperation::Use | AccessOperation::Transfer))
}
