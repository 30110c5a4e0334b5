//! What a command makes of a record: the new values, the new state, and what rules and plugins decide.

use crate::domain::{
    Changes, ComplaintState, Decision, EntityKind, Fields, Instant, Value, ValueRef, Verb, complaint, customer, visit,
};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::{Catalog, Draft, Header, Record, key, table};
use crate::rules::{self, machine};

use super::check::{self, Set};
use super::write::{Request, Setting};

/// The record with the external reference or the code that changes name; the reference goes first.
///
/// # Errors
/// `InvalidArgument` when they name neither.
pub(crate) fn find_by_key(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    entity: EntityKind,
    changes: &Changes,
) -> Result<Option<Record>> {
    let def = entity.def();
    let (system, external) = check::external_reference_fields(entity);
    let set = Set(changes);
    let wanted: &[u16] = if set.get(system).is_some() && set.get(external).is_some() {
        &[system, external]
    } else if set.get(def.code).is_some() {
        &[def.code]
    } else {
        let code = def.field(def.code).map_or("code", |f| f.name);
        let message = format!("put needs external_system and external_id, or {code}, to find the {}", def.name);
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
    for (field, value) in request.changes {
        match value {
            Some(value) => draft.values.insert(*field, value.clone()),
            None => draft.values.remove(field),
        };
    }
    let Some(state_field) = request.entity.def().state else { return Ok(draft) };
    match (request.verb, state_before) {
        (Some(verb), Some(state)) => act(catalog, setting, &mut draft, verb, state)?,
        (None, None) if before.is_none() && !draft.values.contains_key(&state_field) => {
            set_state(&mut draft, machine::initial(request.entity).unwrap_or_default());
        }
        (None, Some(state)) => keep_reachable(&draft, state)?,
        _ => {}
    }
    Ok(draft)
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
        Some(to) if !machine::reachable(entity, from, to) => {
            Err(Error::new(ErrorKind::Transition, format!("a {} that is {from} cannot become {to}", entity.def().name))
                .with("state", from))
        }
        _ => Ok(()),
    }
}

/// Does what a verb stands for: the state, the stamp, and what belongs to suspending and reviewing.
fn act(catalog: &Catalog, setting: &Setting<'_>, draft: &mut Draft, verb: &Verb, state: &str) -> Result<()> {
    let entity = verb.entity;
    let resumes_to = (entity == EntityKind::Complaint)
        .then(|| draft.enumeration(complaint::field::resumes_to))
        .flatten()
        .and_then(ComplaintState::from_number)
        .map(ComplaintState::name);
    let to = machine::transition(verb, state, resumes_to)?;
    if let Some(stamp) = catalog.field_named(entity, verb.stamps) {
        draft.values.entry(stamp.id).or_insert(Value::Instant(setting.now));
    }
    match (entity, verb.name) {
        (EntityKind::Visit, "review") => {
            draft.values.insert(visit::field::reviewer, Value::Text(setting.actor.name.clone()));
        }
        (EntityKind::Complaint, "suspend") => {
            let number = draft.enumeration(complaint::field::state).unwrap_or_default();
            draft.values.insert(complaint::field::resumes_to, Value::Enum(number));
            draft.values.insert(complaint::field::suspended_at, Value::Instant(setting.now));
        }
        (EntityKind::Complaint, "resume" | "withdraw") => {
            draft.values.remove(&complaint::field::resumes_to);
            draft.values.remove(&complaint::field::suspended_at);
        }
        _ => {}
    }
    let to = to.to_owned();
    set_state(draft, &to);
    Ok(())
}

/// Whether a draft holds just what the record holds.
pub(crate) fn is_same(before: &Record, draft: &Draft) -> bool {
    before.iter().count() == draft.values.len()
        && before.iter().all(|(field, value)| draft.values.get(&field).map(Value::as_ref) == Some(value))
}

/// The customer of a person, visit or complaint; `None` for a customer.
pub(crate) fn customer_of(txn: &dyn ReadTxn, draft: &Draft) -> Result<Option<Record>> {
    let field = match draft.header.entity {
        EntityKind::Customer => return Ok(None),
        EntityKind::Person => crate::domain::person::field::customer,
        EntityKind::Visit => visit::field::customer,
        EntityKind::Complaint => complaint::field::customer,
    };
    draft.reference(field).map_or(Ok(None), |id| table::load(txn, EntityKind::Customer, id))
}

/// Lets the kernel's own policy rules decide: the grade of a complaint that is not settled.
pub(crate) fn decide(
    txn: &dyn ReadTxn,
    setting: &Setting<'_>,
    before: Option<&Record>,
    draft: &mut Draft,
    customer: Option<&Record>,
) -> Result<Vec<Decision>> {
    use complaint::field;
    if draft.header.entity != EntityKind::Complaint || before.is_some_and(|b| rules::complaint::is_settled(b)) {
        return Ok(Vec::new());
    }
    let state = draft.enumeration(field::state).and_then(ComplaintState::from_number);
    let was_major = draft.enumeration(field::grade) == Some(crate::domain::ComplaintGrade::Major.number());
    let inputs = rules::complaint::GradeInputs {
        customer_class: customer.and_then(|c| c.text(customer::field::class)),
        same_issue_count: same_issue_count(txn, draft, setting.policy.same_issue_count_major)?,
        external_intent: draft.get(field::external_intent) == Some(ValueRef::Bool(true)),
        escalated: state == Some(ComplaintState::Escalated) || draft.get(field::escalated_to).is_some(),
    };
    let (grade, decision) = rules::complaint::grade(inputs, setting.policy);
    let changed = draft.enumeration(field::grade) != Some(grade.number());
    if !changed || was_major {
        return Ok(Vec::new());
    }
    draft.values.insert(field::grade, Value::Enum(grade.number()));
    Ok(vec![decision])
}

/// How many complaints of the customer are about the same issue, this one included; counting stops at `enough`.
fn same_issue_count(txn: &dyn ReadTxn, draft: &Draft, enough: u32) -> Result<u32> {
    use complaint::field;
    let mut prefix = key::index(EntityKind::Complaint, BY_CUSTOMER_ISSUE);
    key::push_value(&mut prefix, draft.get(field::customer));
    key::push_value(&mut prefix, draft.get(field::issue));
    let mut count = 1;
    let until = key::after_prefix(&prefix);
    txn.scan(Space::Index, &prefix, until.as_deref(), Order::Ascending, &mut |key, _| {
        if count >= enough {
            return Ok(std::ops::ControlFlow::Break(()));
        }
        count += u32::from(key::id_at_end(key) != Some(draft.header.id));
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    Ok(count)
}

/// The index `complaint.by_customer_issue`.
const BY_CUSTOMER_ISSUE: u16 = 20_003;
