//! What a command makes of a record: the new values, the new state, and what plugins decide.

use crate::domain::{
    Changes, ComplaintState, EntityKind, FIELD_ID, Fields, Instant, Value, ValueRef, Verb, action, complaint, customer,
    customer_plan, review, visit,
};
use crate::error::{Error, ErrorKind, Result};
use crate::port::ReadTxn;
use crate::record::{Catalog, Draft, Header, Record, table};
use crate::rules::{self, machine};

use super::check::{self, Set};
use super::write::{Request, Setting};

/// The record that changes name: by its id, else by its external reference, else by its code.
///
/// # Errors
/// `NotFound` when there is no record with the id, `InvalidArgument` when they name none of the three.
pub(crate) fn find_by_key(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    entity: EntityKind,
    changes: &Changes,
) -> Result<Option<Record>> {
    let def = entity.def();
    let (system, external) = check::external_reference_fields(entity);
    let set = Set(changes);
    if let Some(ValueRef::Int(id)) = set.get(FIELD_ID) {
        let missing =
            || Error::new(ErrorKind::NotFound, format!("there is no {} with the id {id}", def.name)).with("id", id);
        let found = u64::try_from(id).ok().map(|id| table::load(txn, entity, id)).transpose()?.flatten();
        return found.ok_or_else(missing).map(Some);
    }
    let wanted: &[u16] = if set.get(system).is_some() && set.get(external).is_some() {
        &[system, external]
    } else if set.get(def.code).is_some() {
        &[def.code]
    } else {
        let code = def.field(def.code).map_or("code", |f| f.name);
        let message = format!("put needs an id, external_system and external_id, or {code}, to find the {}", def.name);
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    };
    let index = catalog.indexes(entity).iter().find(|index| index.unique && index.fields == wanted);
    let index = index.expect("invariant: every entity declares its code and its external reference as unique keys");
    match table::find_unique(txn, entity, index, &set)? {
        Some(id) => table::load(txn, entity, id)?.map_or_else(
            || Err(Error::new(ErrorKind::Corrupt, "a unique key names a record that is not there")),
            |record| Ok(Some(record)),
        ),
        None => Ok(None),
    }
}

/// The record with the changes made and the state set.
pub(crate) fn apply(
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
) -> Result<Draft> {
    let mut draft = before.map_or_else(|| empty(request.entity, setting.now), Record::to_draft);
    let state_before = check::state_name(request.entity, &draft);
    // The id of a put names the record, it changes nothing of it.
    for (field, value) in request.changes.iter().filter(|(field, _)| !request.is_name(**field)) {
        match value {
            Some(value) => draft.values.insert(*field, value.clone()),
            None => draft.values.remove(field),
        };
    }
    if request.entity == EntityKind::AccessRecord && before.is_none() {
        let own = rules::access::defaults(&draft, &setting.actor.name, setting.today);
        put(&mut draft, own);
    }
    let Some(state_field) = request.entity.def().state else { return Ok(draft) };
    match (request.verb, state_before) {
        (Some(verb), Some(state)) => act(catalog, setting, &mut draft, verb, state, request.changes)?,
        (None, None) if before.is_none() && !draft.values.contains_key(&state_field) => {
            set_state(&mut draft, machine::initial(request.entity).unwrap_or_default());
        }
        (None, Some(state)) => {
            keep_reachable(&draft, state)?;
            end_suspension(setting, request, &mut draft, state)?;
        }
        _ => {}
    }
    Ok(draft)
}

/// A put that leads out of a suspension ends it, as the verbs do that lead out of it.
fn end_suspension(setting: &Setting<'_>, request: &Request<'_>, draft: &mut Draft, from: &str) -> Result<()> {
    let suspended = ComplaintState::Suspended.name();
    let goes_on = check::state_name(request.entity, draft) != Some(suspended);
    if request.entity == EntityKind::Complaint && from == suspended && goes_on {
        let verb = if rules::complaint::is_settled(draft) { "withdraw" } else { "resume" };
        let effects = rules::complaint::step(verb, draft, request.changes, &setting.context())?;
        put(draft, effects);
    }
    Ok(())
}

fn empty(entity: EntityKind, now: Instant) -> Draft {
    let header = Header { entity, id: 0, revision: 0, sequence: 0, created_at: now, updated_at: now };
    Draft { header, values: Default::default() }
}

fn set_state(draft: &mut Draft, name: &str) {
    let def = draft.header.entity.def();
    if let (Some(field), Some(value)) = (def.state, def.states().and_then(|states| states.by_name(name))) {
        draft.values.insert(field, Value::Enum(value.number));
    }
}

/// A put may move a record only to a state that verbs can reach from where it is.
fn keep_reachable(draft: &Draft, from: &str) -> Result<()> {
    let entity = draft.header.entity;
    match check::state_name(entity, draft) {
        Some(to) => machine::put(entity, from, to),
        None => Ok(()),
    }
}

/// Does what a verb stands for: the state, the stamp, and what the rules say that it sets and clears.
fn act(
    catalog: &Catalog,
    setting: &Setting<'_>,
    draft: &mut Draft,
    verb: &Verb,
    state: &str,
    inputs: &Changes,
) -> Result<()> {
    let entity = verb.entity;
    let resumes_to = (entity == EntityKind::Complaint)
        .then(|| draft.enumeration(complaint::field::resumes_to))
        .flatten()
        .and_then(ComplaintState::from_number)
        .map(ComplaintState::name);
    let to = machine::transition(verb, state, resumes_to)?.to_owned();
    // A second proposal is no second answer; what is done again otherwise, is done now.
    let keeps_first = entity == EntityKind::Complaint;
    if let Some(stamp) = catalog.field_named(entity, verb.stamps).filter(|stamp| !inputs.contains_key(&stamp.id))
        && !(keeps_first && draft.values.contains_key(&stamp.id))
    {
        draft.values.insert(stamp.id, Value::Instant(setting.now));
    }
    let actor = || Some(Value::Text(setting.actor.name.clone()));
    let effects = match (entity, verb.name) {
        (EntityKind::Complaint, name) => rules::complaint::step(name, draft, inputs, &setting.context())?,
        (EntityKind::Customer, "plan_visits") => vec![(customer::field::visits_planned, Some(Value::Bool(true)))],
        (EntityKind::Customer, "end_visits") => vec![(customer::field::visits_planned, None)],
        (EntityKind::Customer, "report_event") if !inputs.contains_key(&customer::field::event_on) => {
            vec![(customer::field::event_on, Some(Value::Date(setting.today)))]
        }
        (EntityKind::Visit, "review") => vec![(visit::field::reviewer, actor())],
        (EntityKind::Action, "verify" | "fail") => vec![(action::field::verifier, actor())],
        // What was found not to work is done again, and verified again.
        (EntityKind::Action, "complete") => vec![(action::field::verifier, None), (action::field::verified_at, None)],
        (EntityKind::Review, "decide") => vec![(review::field::decided_by, actor())],
        (EntityKind::CustomerPlan, "approve") => vec![(customer_plan::field::reviewer, actor())],
        (EntityKind::CustomerPlan, "revise") => {
            vec![(customer_plan::field::reviewer, None), (customer_plan::field::approved_at, None)]
        }
        _ => Vec::new(),
    };
    put(draft, effects);
    set_state(draft, &to);
    Ok(())
}

/// Sets and clears what a rule says.
pub(super) fn put(draft: &mut Draft, effects: rules::Effects) {
    for (field, value) in effects {
        match value {
            Some(value) => draft.values.insert(field, value),
            None => draft.values.remove(&field),
        };
    }
}

/// Whether a draft holds just what the record holds.
pub(crate) fn is_same(before: &Record, draft: &Draft) -> bool {
    before.iter().count() == draft.values.len()
        && before.iter().all(|(field, value)| draft.values.get(&field).map(Value::as_ref) == Some(value))
}

/// The customer that a record belongs to; `None` for a customer itself.
pub(crate) fn customer_of(txn: &dyn ReadTxn, entity: EntityKind, fields: &dyn Fields) -> Result<Option<Record>> {
    let Some(field) = entity.def().customer() else { return Ok(None) };
    fields.reference(field).map_or(Ok(None), |id| table::load(txn, EntityKind::Customer, id))
}
