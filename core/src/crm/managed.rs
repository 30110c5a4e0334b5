//! What of a record a manager alone changes, though its fields are a caller's: what decides deadlines and guards, what was
//! settled, and the day of a visit that is overdue.
//!
//! Verbs are not asked: each has a level of its own. Nor is what follows from another command, or is decided anew.

use crate::domain::{EntityKind, FieldDef, Fields, Level, Value, VisitState, Writer, visit};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::port::ReadTxn;
use crate::record::{Catalog, Record};
use crate::rules::{self, shape};

use super::derived;
use super::write::{Request, Setting, is_anew};

/// Remarks are no facts: they may be added to what is settled.
const REMARKS: &str = "note";

/// That the actor may change the values that a command changes. A value that is hidden from the actor counts as changed: whether it
/// is would reveal it.
///
/// # Errors
/// `Forbidden` below the level manage, with every value that a manager alone changes. There are no others.
pub(super) fn check(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
) -> Result<()> {
    let is_plain = request.verb.is_none() && !request.follows && !is_anew(request);
    let Some(before) = before.filter(|_| is_plain && setting.actor.level < Level::Manage) else { return Ok(()) };
    let mut found = Vec::new();
    for (field, value) in request.changes {
        let info = request.entity.def().field(*field).filter(|info| info.writer == Writer::Caller);
        let Some((info, why)) = info.and_then(|info| Some((info, why(setting, before, info)?))) else { continue };
        let is_same = before.get(*field) == value.as_ref().map(Value::as_ref);
        if !is_same || derived::hides_from_writer(txn, catalog, setting, before, *field) {
            found.push(refused(setting, request, info, why));
        }
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(Error::of_violations(ErrorKind::Forbidden, found)
            .with("command", request.name)
            .with("level", Level::Manage.name())),
    }
}

/// Why a change of a field is a manager's: the rule, its source, and the reason in both languages.
type Why = (&'static str, &'static str, &'static str, &'static str);

fn why(setting: &Setting<'_>, before: &Record, info: &FieldDef) -> Option<Why> {
    if info.managed {
        let (reason, reason_zh) = ("it decides deadlines and guards", "该项决定期限和办结条件");
        return Some(("R-SYS-03", "F0 §6 2.2", reason, reason_zh));
    }
    match before.entity() {
        EntityKind::Complaint if rules::complaint::is_settled(before) && info.name != REMARKS => {
            Some(("R-SYS-03", "F0 §6 2.2", "the complaint is settled", "投诉已了结"))
        }
        EntityKind::Visit if info.id == visit::field::planned_on && is_overdue(setting, before) => {
            let reason = "its planned day is past: hold, miss or cancel the visit";
            Some(("R-FIX-29", "F2 Art. 8.2", reason, "计划日期已过，应拜访、记为未访或取消"))
        }
        _ => None,
    }
}

fn is_overdue(setting: &Setting<'_>, visit: &Record) -> bool {
    let is_planned = visit.enumeration(visit::field::state) == Some(VisitState::Planned.number());
    is_planned && visit.date(visit::field::planned_on).is_some_and(|day| day < setting.today)
}

fn refused(
    setting: &Setting<'_>,
    request: &Request<'_>,
    info: &FieldDef,
    (rule, source, reason, reason_zh): Why,
) -> Violation {
    let (needs, has) = (Level::Manage.name(), setting.actor.level.name());
    let message = format!("changing {} needs the level {needs}, the actor has {has}: {reason}", info.name);
    let message_zh = format!("修改{}须有管理权限：{reason_zh}", info.label_zh);
    let found = shape::violation(info.name, "level", message, message_zh).by(rule, source);
    found.input("command", request.name).input("needs", needs).input("has", has)
}
