//! What a record of the past does not tell, though the verbs would have asked for it.

use crate::domain::{EntityKind, FieldDef, Fields, Verb, complaint, customer};
use crate::error::Violation;
use crate::record::{Draft, Record};
use crate::rules::{self, machine, shape};

use super::check::state_name;
use super::write::Request;

/// What is missing in a record that is added or put as one of the past.
pub(super) fn check(request: &Request<'_>, before: Option<&Record>, draft: &Draft) -> Vec<Violation> {
    if request.verb.is_some() || !request.records_past || request.follows {
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
    let was = before.map_or_else(|| machine::initial(entity), |before| resumed_state(entity, before));
    let (Some(from), Some(to)) = (was, state_name(entity, draft)) else { return Vec::new() };
    if from == to || (entity == EntityKind::Complaint && rules::complaint::has_unknown_facts(draft)) {
        return Vec::new();
    }
    // An archived complaint that was closed was closed the whole way; one that was not was withdrawn.
    let was_closed = entity == EntityKind::Complaint && to == "archived" && from != "withdrawn";
    let to = if was_closed && draft.get(complaint::field::closed_at).is_some() { "closed" } else { to };
    let mut found: Vec<Violation> = Vec::new();
    for verb in machine::way(entity, from, to).unwrap_or_default() {
        let (rule, source) = verb.basis.unwrap_or_default();
        for info in verb.required.iter().filter_map(|name| entity.def().field_named(name)) {
            if draft.get(info.id).is_none() && !found.iter().any(|known| known.field == info.name) {
                let why = format!("{} asks for it on the way to {to}", verb.name);
                found.push(missing(info, verb, &why).by(rule, source).input("state", to));
            }
        }
    }
    found
}

/// A class that is granted names who approved it, whatever the command. Source: R-FIX-05.
fn of_a_grant(before: Option<&Record>, draft: &Draft) -> Vec<Violation> {
    let granted = draft.get(customer::field::granted_class);
    let is_new = granted.is_some() && before.and_then(|before| before.get(customer::field::granted_class)) != granted;
    let Some(verb) = Verb::named(EntityKind::Customer, "grant").filter(|_| is_new) else { return Vec::new() };
    let (rule, source) = verb.basis.unwrap_or_default();
    let asked = verb.required.iter().filter_map(|name| EntityKind::Customer.def().field_named(name));
    let lacks = asked.filter(|info| draft.get(info.id).is_none());
    lacks.map(|info| missing(info, verb, "a class is granted with it").by(rule, source)).collect()
}

fn missing(info: &FieldDef, verb: &Verb, why: &str) -> Violation {
    let message = format!("{} is missing, {why}", info.name);
    let message_zh = format!("缺少{}，{}须填写", info.label_zh, verb.label_zh);
    shape::violation(info.name, "required", message, message_zh).input("command", verb.name)
}

/// The state of a record; of a suspended one that to which it returns.
fn resumed_state(entity: EntityKind, record: &Record) -> Option<&'static str> {
    let resumes_to =
        (entity == EntityKind::Complaint).then(|| record.enumeration(complaint::field::resumes_to)).flatten();
    let resumed = resumes_to.and_then(|number| entity.def().states()?.by_number(number)).map(|value| value.name);
    resumed.or_else(|| state_name(entity, record))
}
