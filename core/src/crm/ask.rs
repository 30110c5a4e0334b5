//! Step 6 of the write path: what the plugins say to a change, and what of it is taken over.

use crate::domain::{
    Changes, ComplaintGrade, Decided, Decision, EntityKind, Fields, Quantity, Value, ValueRef, complaint, customer,
};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::port::{HookInput, Point, ReadTxn};
use crate::record::{Catalog, Draft, FieldInfo, Record};
use crate::rules::{self, shape};

use super::check;
use super::services::TxnServices;
use super::write::{Request, Setting};

/// Asks the plugins, takes over what they decide, and returns their decisions: refusals first, then the class, the next
/// due day, the complaint.
pub(crate) fn plugins(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    draft: &mut Draft,
    customer: Option<&Record>,
) -> Result<Vec<Decision>> {
    let registry = setting.registry;
    let mut decisions = Vec::new();
    if registry.is_empty() {
        return Ok(decisions);
    }
    let services = TxnServices { txn, catalog, clock: setting.clock };
    let input = |draft: &Draft, ask: &mut dyn FnMut(&HookInput<'_>) -> Result<()>| {
        ask(&HookInput {
            now: setting.now,
            today: setting.today,
            actor: &setting.actor.name,
            command: request.name,
            entity: request.entity,
            before: before.map(|record| record as &dyn Fields),
            after: draft,
            customer: customer.map(|record| record as &dyn Fields),
            calendar: setting.calendar,
            zone: setting.zone,
            services: &services,
        })
    };
    if registry.offers(Point::Validate) {
        input(draft, &mut |input| check::refuse(without_sensitive(registry.validate(input)?, input, catalog)))?;
    }
    let finish = |draft: &Draft, decided: Decided| match request.entity {
        EntityKind::Complaint => rules::complaint::lengthened(decided, draft, &setting.context()),
        _ => Ok(decided),
    };
    // One that is taken up again is not settled any more, and gets its deadline anew.
    let settled = before.is_some_and(|b| rules::complaint::is_settled(b)) && rules::complaint::is_settled(draft);
    for point in [Point::Classify, Point::Cadence, Point::Complaint, Point::Retention] {
        let concerns = match point {
            Point::Cadence | Point::Retention => request.entity == EntityKind::Customer,
            // Nothing is counted from an instant that cannot be.
            Point::Complaint => {
                request.entity == EntityKind::Complaint && !settled && !super::dates::has_doubtful_start(draft)
            }
            _ => true,
        };
        if !concerns || !registry.offers(point) {
            continue;
        }
        let mut decided = Vec::new();
        input(draft, &mut |input| {
            let merged = registry.decide(point, input, &|decided| finish(draft, decided))?;
            decided = merged.decided;
            check::refuse(without_sensitive(merged.violations, input, catalog))
        })?;
        decided.retain(|d| !is_of_the_policy(setting, request.entity, &d.decision.subject));
        let is_marked_anew = mark(point, before, draft, &decided);
        take_over(catalog, request.changes, draft, decided, is_marked_anew, &mut decisions)?;
    }
    decisions.iter_mut().for_each(|d| d.policy_version = setting.policy.version.clone());
    Ok(decisions)
}

/// The least length of a text that is looked for in what a plugin says; a shorter one may stand there for something else.
/// Unit: bytes.
const TELLING_LEN_MIN: usize = 4;

/// The violations of plugins without the values of sensitive fields, which a plugin may have been shown to judge by, but
/// not to tell. A value is known by its text.
fn without_sensitive(mut found: Vec<Violation>, input: &HookInput<'_>, catalog: &Catalog) -> Vec<Violation> {
    if found.is_empty() {
        return found;
    }
    let tells = |value: &ValueRef<'_>| !matches!(value, ValueRef::Bool(_) | ValueRef::Enum(_) | ValueRef::Ref(_));
    let mut values = Vec::new();
    let records =
        [(input.entity, Some(input.after)), (input.entity, input.before), (EntityKind::Customer, input.customer)];
    for (entity, record) in records.into_iter().filter_map(|(entity, record)| Some((entity, record?))) {
        let sensitive = catalog.fields(entity).filter(|info| info.sensitive);
        let value = |info: &FieldInfo| record.get(info.id).filter(tells).map(|value| value.to_string());
        values.extend(sensitive.filter_map(value));
    }
    values.retain(|value| value.len() >= TELLING_LEN_MIN);
    // The longest first, lest a part of one be taken out and the rest stay.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let veil = |text: &mut String| {
        for value in values.iter().filter(|value| text.contains(value.as_str())).collect::<Vec<_>>() {
            *text = text.replace(value.as_str(), shape::SENSITIVE);
        }
    };
    for violation in &mut found {
        veil(&mut violation.message);
        veil(&mut violation.message_zh);
        violation.inputs.iter_mut().for_each(|(_, value)| veil(value));
    }
    found
}

/// Whether the policy decides the class itself: the company's regulation goes before a plugin's.
fn is_of_the_policy(setting: &Setting<'_>, entity: EntityKind, subject: &str) -> bool {
    entity == EntityKind::Customer
        && subject == "class"
        && setting.policy.dimensions.iter().any(|dimension| dimension.field == customer::field::class)
}

/// Keeps in the record the provisional year by which a plugin decided a day, beside the kernel's own; says whether it is another
/// than before. Source: L-HOL-1.
fn mark(point: Point, before: Option<&Record>, draft: &mut Draft, decided: &[Decided]) -> bool {
    let entity = draft.header.entity;
    let Some(field) = entity.def().field_named("provisional_year").map(|info| info.id) else { return false };
    let of_plugins = decided.iter().filter_map(|decided| decided.decision.provisional_year()).max();
    let of_plugins = of_plugins.map(|year| Value::Int(year.into()));
    match (entity, point, of_plugins) {
        (EntityKind::Complaint, Point::Complaint, Some(year)) if draft.values.get(&field) < Some(&year) => {
            draft.values.insert(field, year);
        }
        (EntityKind::Customer, Point::Cadence, Some(year)) => drop(draft.values.insert(field, year)),
        (EntityKind::Customer, Point::Cadence, None) => drop(draft.values.remove(&field)),
        _ => {}
    }
    before.and_then(|before| before.get(field)) != draft.get(field)
}

/// Puts the decision that counts of each subject into the record; keeps all about a subject that changes it, and those that
/// come to the same by another calendar.
fn take_over(
    catalog: &Catalog,
    given: &Changes,
    draft: &mut Draft,
    decided: Vec<Decided>,
    is_marked_anew: bool,
    decisions: &mut Vec<Decision>,
) -> Result<()> {
    let mut subject = String::new();
    let mut kept = false;
    for Decided { value, decision } in decided {
        if *decision.subject != *subject {
            subject = decision.subject.to_string();
            kept = set(catalog, given, draft, &subject, &value, &decision.plugin, is_marked_anew)?;
        }
        if kept {
            decisions.push(decision);
        }
    }
    Ok(())
}

/// Whether a decision changes the record, after it did, or is to be kept when it does not.
fn set(
    catalog: &Catalog,
    given: &Changes,
    draft: &mut Draft,
    subject: &str,
    value: &Quantity,
    plugin: &str,
    keeps_same: bool,
) -> Result<bool> {
    let entity = draft.header.entity;
    let Some(value) = value.to_value() else { return Ok(false) };
    let (field, value) = match (entity, subject) {
        (_, "keep_until") => return Ok(true),
        (EntityKind::Complaint, "grade") => {
            let Value::Text(name) = &value else { return Ok(false) };
            let graver = ComplaintGrade::DEF.by_name(name).map(|v| v.number);
            if graver <= draft.enumeration(complaint::field::grade) {
                return Ok(false);
            }
            (complaint::field::grade, graver.map_or(value, Value::Enum))
        }
        // What the caller or an earlier decision says stands.
        (EntityKind::Complaint, "owner") if draft.get(complaint::field::owner).is_some() => return Ok(false),
        (EntityKind::Customer, "class") if given.contains_key(&customer::field::class) => return Ok(false),
        _ => match catalog.field_named(entity, subject) {
            Some(info) => (info.id, value),
            None => return Ok(false),
        },
    };
    if draft.values.get(&field) == Some(&value) {
        return Ok(keeps_same);
    }
    let info = catalog.require(entity, field)?;
    if let Some(wrong) = shape::bounds(&info.name, &info.label_zh, info.kind, info.sensitive, &value) {
        let message = format!("plugin {plugin} decided what the field does not take: {}", wrong.message);
        return Err(Error::new(ErrorKind::PluginFailed, message).with("plugin", plugin));
    }
    draft.values.insert(field, value);
    Ok(true)
}
