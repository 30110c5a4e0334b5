//! What a record of the past does not tell, though the verbs would have asked for it, and what a verb rests on that is not there.

use crate::domain::{EntityKind, FieldDef, Fields, Verb, complaint, customer};
use crate::error::Violation;
use crate::record::{Draft, Record};
use crate::rules::{self, machine, shape};

use super::check::state_name;
use super::write::Request;

/// What is missing in a record that is added or put as one of the past, and what earlier steps have not recorded on which a
/// verb rests.
pub(super) fn check(request: &Request<'_>, before: Option<&Record>, draft: &Draft) -> Vec<Violation> {
    if let Some(verb) = request.verb.filter(|_| !request.follows) {
        return owed(verb, verb.rests_on.iter(), draft, || format!("{} rests on it", verb.name));
    }
    if !request.records_past || request.follows {
        return Vec::new();
    }
    let mut found = on_the_way(request.entity, before, draft);
    if request.entity == EntityKind::Customer {
        found.extend(of_a_grant(before, draft));
    }
    found
}

/// What the verbs would have asked for that lead to the state into which a record of the past is put, and is not there.
/// A complaint may say that this is unknown.
fn on_the_way(entity: EntityKind, before: Option<&Record>, draft: &Draft) -> Vec<Violation> {
    let initial = machine::initial(entity);
    let was = before.map_or(initial, |before| resumed_state(entity, before));
    let (Some(from), Some(to), Some(initial)) = (was, resumed_state(entity, draft), initial) else { return Vec::new() };
    let mut found: Vec<Violation> = Vec::new();
    let (mut from, mut to) = (from, to);
    if entity == EntityKind::Complaint {
        let was_unknown = before.is_some_and(|before| rules::complaint::has_unknown_facts(before));
        match (rules::complaint::has_unknown_facts(draft), was_unknown) {
            (true, true) => return found,
            (true, false) if before.is_none() => return found,
            (true, false) => found.push(too_late_to_be_unknown()),
            // What the mark freed is owed when it goes.
            (false, true) => from = initial,
            (false, false) => {}
        }
        (from, to) = close_before_archive(before, draft, from, to);
    }
    // What was asked for on the way to where it is settled is not taken away there.
    let stays =
        from == to && before.is_some() && rules::complaint::is_settled(draft) && entity == EntityKind::Complaint;
    if stays {
        (from, to) = close_before_archive(None, draft, initial, to);
    }
    if from == to {
        return found;
    }
    let had = |info: &str| {
        let field = entity.def().field_named(info).map(|info| info.id);
        before.zip(field).is_some_and(|(before, field)| before.get(field).is_some())
    };
    for &verb in machine::way(entity, from, to).unwrap_or_default() {
        let facts = verb.rests_on.iter().chain(verb.required).chain(verb.put_owes);
        for missing in owed(verb, facts, draft, || format!("{} asks for it on the way to {to}", verb.name)) {
            if (!stays || had(&missing.field)) && !found.iter().any(|known| known.field == missing.field) {
                found.push(missing.input("state", to));
            }
        }
    }
    found
}

/// An archived complaint that was closed was closed the whole way, whatever it was before that was known; one that was not was
/// withdrawn. Gives from where to where it went.
fn close_before_archive<'s>(before: Option<&Record>, draft: &Draft, from: &'s str, to: &'s str) -> (&'s str, &'s str) {
    let closed_at = complaint::field::closed_at;
    let was_closed = before.is_some_and(|before| before.get(closed_at).is_some());
    let begins_anew = Some(from) == machine::initial(EntityKind::Complaint);
    if to != "archived" || draft.get(closed_at).is_none() || (was_closed && !begins_anew) {
        return (from, to);
    }
    let goes_on = machine::reachable(EntityKind::Complaint, from, "closed");
    (if goes_on { from } else { "received" }, "closed")
}

fn too_late_to_be_unknown() -> Violation {
    let message = "facts_unknown is of a record of the past, and is set when that is added";
    let message_zh = "“经过无从查考”仅可在补录时填写";
    shape::violation("facts_unknown", "not_added", message, message_zh).by("R-FIX-19", "F2 Art. 7.3")
}

/// Which of some facts a record lacks that a verb asks for.
fn owed<'n>(
    verb: &Verb,
    facts: impl Iterator<Item = &'n &'static str>,
    draft: &Draft,
    why: impl Fn() -> String,
) -> Vec<Violation> {
    let (rule, source) = verb.basis.unwrap_or_default();
    let asked = facts.filter_map(|name| verb.entity.def().field_named(name));
    let lacks = asked.filter(|info| draft.get(info.id).is_none());
    lacks.map(|info| missing(info, verb, &why()).by(rule, source)).collect()
}

/// A class that is granted names who approved it, whatever the command. Source: R-FIX-05.
fn of_a_grant(before: Option<&Record>, draft: &Draft) -> Vec<Violation> {
    let granted = draft.get(customer::field::granted_class);
    let is_new = granted.is_some() && before.and_then(|before| before.get(customer::field::granted_class)) != granted;
    if !is_new {
        return Vec::new();
    }
    let Some(verb) = Verb::named(EntityKind::Customer, "grant") else { return Vec::new() };
    owed(verb, verb.required.iter(), draft, || "a class is granted with it".to_owned())
}

fn missing(info: &FieldDef, verb: &Verb, why: &str) -> Violation {
    let message = format!("{} is missing, {why}", info.name);
    let message_zh = format!("缺少{}，{}须填写", info.label_zh, verb.label_zh);
    shape::violation(info.name, "required", message, message_zh).input("command", verb.name)
}

/// The state of a record; of a suspended one that to which it returns.
fn resumed_state(entity: EntityKind, record: &dyn Fields) -> Option<&'static str> {
    let resumes_to =
        (entity == EntityKind::Complaint).then(|| record.enumeration(complaint::field::resumes_to)).flatten();
    let resumed = resumes_to.and_then(|number| entity.def().states()?.by_number(number)).map(|value| value.name);
    resumed.or_else(|| state_name(entity, record))
}
