//! Users who are suspended: what they ask for is refused until they are resumed. Source: R-X-07, R-CBK-11, R-CBK-12.
//!
//! An actor is tied to a user by the name, which is the user's code. Who has no user of that code is the host's own.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::{Actor, EntityKind, Fields, Level, UserState, user};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Callback, Order, ReadTxn, Space};
use crate::record::{Catalog, Record, Written, key};
use crate::rules::shape;

use super::check;
use super::session::Session;

/// That the actor is no user who is suspended.
///
/// # Errors
/// `Forbidden` when it is. There are no others.
pub(super) fn refuse(catalog: &Catalog, actor: &Actor) -> Result<()> {
    if !catalog.is_suspended(&actor.name) {
        return Ok(());
    }
    let message = "the user is suspended and changes nothing until a manager resumes the user";
    let found = shape::violation("", "suspended", message, "该用户已停用，恢复后方可操作");
    let found = found.by("R-X-07", "F0 §9 Art. 11").input("state", UserState::Suspended.name());
    Err(Error::refused(ErrorKind::Forbidden, found))
}

impl Session {
    /// That the actor has a level for what is no command, and is not suspended.
    ///
    /// # Errors
    /// `Forbidden`; `Misuse` from within a callback. There are no others.
    pub(super) fn require(&self, needed: Level, command: &str) -> Result<()> {
        Callback::refuse()?;
        let catalog = self.crm().catalog();
        let allowed = refuse(&catalog, self.actor()).and_then(|()| check::level(self.actor(), needed, command));
        allowed.map_err(|refused| refused.under_policy(&self.crm().in_force().policy.version))
    }
}

/// Brings the catalog up to the users that a command wrote.
pub(super) fn note(catalog: &mut Arc<Catalog>, written: &[Written]) {
    for Written { before, after } in written.iter().filter(|written| written.after.entity() == EntityKind::User) {
        if let Some(code) = before.as_ref().and_then(|before| before.text(user::field::code)) {
            set(catalog, code, false);
        }
        if let Some(code) = after.text(user::field::code) {
            set(catalog, code, is_suspended(after));
        }
    }
}

fn set(catalog: &mut Arc<Catalog>, code: &str, is_suspended: bool) {
    if catalog.is_suspended(code) != is_suspended {
        Arc::make_mut(catalog).set_suspended(code, is_suspended);
    }
}

fn is_suspended(user: &Record) -> bool {
    user.enumeration(user::field::state) == Some(UserState::Suspended.number())
}

/// Notes the stored users who are suspended, in a catalog that is read anew.
///
/// # Errors
/// `Corrupt` and what else the store answers.
pub(super) fn load(txn: &dyn ReadTxn, catalog: &mut Catalog) -> Result<()> {
    let prefix = [EntityKind::User.number()];
    let until = key::after_prefix(&prefix);
    txn.scan(Space::Record, &prefix, until.as_deref(), Order::Ascending, &mut |_, stored| {
        let user = Record::decode(stored)?;
        if let Some(code) = user.text(user::field::code).filter(|_| is_suspended(&user)) {
            catalog.set_suspended(code, true);
        }
        Ok(ControlFlow::Continue(()))
    })
}
