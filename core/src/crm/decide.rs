//! What the kernel's own rules decide on a change, from the records around it.

use std::ops::ControlFlow;

use crate::domain::{
    ActionState, ComplaintState, Decision, EntityKind, Fields, Value, ValueRef, action, complaint, customer, person,
    visit,
};
use crate::error::{ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::{Draft, Record, key, table};
use crate::rules::complaint::{self as of_complaints, Actions, GradeInputs, Paused};
use crate::rules::{self, Context};

use super::change;
use super::dates;
use super::history;
use super::satisfaction;
use super::write::{REASSESS, Request, Setting};

/// The index `complaint.by_customer_issue`.
const BY_CUSTOMER_ISSUE: u16 = 20_003;

/// Lets the kernel's rules decide: what they decide goes into the draft, and comes back with its reasons.
pub(crate) fn decide(
    txn: &dyn ReadTxn,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    draft: &mut Draft,
    customer: Option<&Record>,
) -> Result<Vec<Decision>> {
    let context = setting.context();
    let old = before.map(|record| record as &dyn Fields);
    match draft.header.entity {
        EntityKind::Complaint => decide_complaint(txn, &context, request, before, draft, customer),
        EntityKind::Customer => {
            remember(draft, customer::field::birthday, customer::field::birthday_month_day);
            Ok(rules::customer_code::decide(old, draft, setting.policy).into_iter().collect())
        }
        EntityKind::Person => {
            remember(draft, person::field::birthday, person::field::birthday_month_day);
            remember(draft, person::field::anniversary, person::field::anniversary_month_day);
            Ok(Vec::new())
        }
        EntityKind::Visit => {
            let unit = customer.and_then(|c| c.get(customer::field::org_unit)).map(ValueRef::to_value);
            if let (None, None, Some(unit)) = (before, draft.get(visit::field::org_unit), unit) {
                draft.values.insert(visit::field::org_unit, unit);
            }
            if request.name == REASSESS {
                let of = customer.map(|customer| customer as &dyn Fields);
                return put(draft, rules::visit::planned_anew(draft, of, &context)?);
            }
            let is_moved =
                old.is_some_and(|old| old.get(visit::field::planned_on) != draft.get(visit::field::planned_on));
            if is_moved && !request.follows {
                draft.values.remove(&visit::field::provisional_year);
            }
            let (effects, decision) = rules::visit::held_in_window(old, draft, &context);
            put(draft, (effects, decision.into_iter().collect()))
        }
        EntityKind::Appeal => put(draft, rules::appeal::deadline(old, draft, &context)?),
        EntityKind::Survey if request.name == "close" => satisfaction::decide_survey(txn, &context, draft),
        EntityKind::SatisfactionScore => satisfaction::decide_score(txn, &context, before, draft),
        EntityKind::Review => put(draft, rules::review::deadline(draft, &context)?),
        EntityKind::CustomerPlan => put(draft, rules::customer_plan::completeness(old, draft, setting.policy)),
        _ => Ok(Vec::new()),
    }
}

/// Keeps the month and day of a date beside it.
fn remember(draft: &mut Draft, date: u16, month_day: u16) {
    match draft.date(date) {
        Some(day) => draft.values.insert(month_day, Value::Int(rules::reminder::month_day(day))),
        None => draft.values.remove(&month_day),
    };
}

fn put(draft: &mut Draft, (effects, decisions): (rules::Effects, Vec<Decision>)) -> Result<Vec<Decision>> {
    change::put(draft, effects);
    Ok(decisions)
}

/// The grade and the deadlines of a complaint that is worked on, and whether a step of it was in time.
fn decide_complaint(
    txn: &dyn ReadTxn,
    context: &Context<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    draft: &mut Draft,
    customer: Option<&Record>,
) -> Result<Vec<Decision>> {
    let old = before.map(|record| record as &dyn Fields);
    let mut decisions = Vec::new();
    let was_settled = old.is_some_and(of_complaints::is_settled);
    if was_settled && of_complaints::is_settled(draft) {
        return Ok(decisions);
    }
    decisions.extend(decide_grade(txn, context, draft, customer)?);
    let is_worked_on = |complaint: &dyn Fields| {
        let is_suspended = complaint.enumeration(complaint::field::state) == Some(ComplaintState::Suspended.number());
        !is_suspended && !of_complaints::is_settled(complaint) && !dates::has_doubtful_start(complaint)
    };
    if request.name == REASSESS
        && draft.get(complaint::field::pauses_provisional_year).is_some()
        && let Some(pauses) = pauses_of(txn, draft)?
    {
        change::put(draft, of_complaints::paused_anew(&pauses, context)?);
    }
    // What changed while nobody worked on it, its grade for one, changed no deadline then.
    let old_inputs = old.filter(|old| request.name != REASSESS && is_worked_on(*old));
    if is_worked_on(draft) {
        for (field, value, decision) in of_complaints::deadlines(old_inputs, draft, context)? {
            change::put(draft, vec![(field, value)]);
            decisions.extend(decision);
        }
    }
    if request.verb.is_some_and(|verb| stamps_now(verb.stamps, old, draft)) {
        decisions.extend(of_complaints::in_time(request.name, draft, context)?);
    }
    Ok(decisions)
}

/// The pauses of a complaint since it was received, or taken up again last, by its journal; `None` when the journal has a gap
/// there, as in a salvaged database: then the sums stay as they are, with their mark.
fn pauses_of(txn: &dyn ReadTxn, draft: &Draft) -> Result<Option<Vec<Paused>>> {
    use complaint::field;
    let (id, mut found) = (draft.header.id, Vec::new());
    let mut on_level = draft.get(field::escalation_level).is_some();
    let walked = history::walk(txn, None, EntityKind::Complaint, id, &mut |entry| {
        let changes = entry.changes.iter().filter(|c| c.entity == EntityKind::Complaint && c.id == id);
        for value in changes.flat_map(|change| &change.values) {
            match (value.field, &value.before, &value.after) {
                (field::suspended_at, Some(Value::Instant(since)), None) => {
                    found.push(Paused { since: *since, until: entry.at, on_level });
                }
                (field::escalated_at, ..) => on_level = false,
                (field::reopened_at, ..) => return ControlFlow::Break(()),
                _ => {}
            }
        }
        ControlFlow::Continue(())
    });
    match walked {
        Err(error) if error.kind() == ErrorKind::Corrupt => Ok(None),
        walked => walked.map(|()| Some(found)),
    }
}

/// Whether a verb set the instant that it stamps: a second proposal is no second answer.
fn stamps_now(stamp: &str, before: Option<&dyn Fields>, draft: &Draft) -> bool {
    let field = draft.header.entity.def().field_named(stamp).map(|field| field.id);
    field.is_some_and(|field| before.and_then(|before| before.get(field)) != draft.get(field))
}

/// The grade, when it changes. What is major stays so.
fn decide_grade(
    txn: &dyn ReadTxn,
    context: &Context<'_>,
    draft: &mut Draft,
    customer: Option<&Record>,
) -> Result<Option<Decision>> {
    use complaint::field;
    if draft.enumeration(field::grade) == Some(crate::domain::ComplaintGrade::Major.number()) {
        return Ok(None);
    }
    let escalated = draft.enumeration(field::state) == Some(ComplaintState::Escalated.number());
    let count = same_issue_count(txn, draft, context.policy.same_issue_count_major)?;
    let inputs = GradeInputs {
        customer_class: customer.and_then(|c| c.text(customer::field::class)),
        same_issue_count: of_complaints::with_reopenings(count, draft),
        external_intent: draft.get(field::external_intent) == Some(ValueRef::Bool(true)),
        escalated: escalated || draft.get(field::escalated_to).is_some(),
    };
    let (grade, decision) = of_complaints::grade(inputs, context.policy);
    if draft.enumeration(field::grade) == Some(grade.number()) {
        return Ok(None);
    }
    draft.values.insert(field::grade, Value::Enum(grade.number()));
    Ok(Some(decision))
}

/// How many complaints of the customer are about the same issue, this one included; counting stops at `enough`.
fn same_issue_count(txn: &dyn ReadTxn, draft: &Draft, enough: u32) -> Result<u32> {
    use complaint::field;
    let mut prefix = key::index(EntityKind::Complaint, BY_CUSTOMER_ISSUE);
    key::push_value(&mut prefix, draft.get(field::customer));
    key::push_value(&mut prefix, draft.get(field::issue));
    let mut count = 1;
    each_under(txn, &prefix, &mut |id| {
        if count >= enough {
            return Ok(ControlFlow::Break(()));
        }
        count += u32::from(id != draft.header.id);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(count)
}

/// What the actions of a complaint come to.
pub(crate) fn actions_of(txn: &dyn ReadTxn, complaint: u64) -> Result<Actions> {
    let mut prefix = key::index(EntityKind::Action, action::field::complaint);
    key::push_value(&mut prefix, Some(ValueRef::Ref(complaint)));
    let mut found = Actions::default();
    each_under(txn, &prefix, &mut |id| {
        let action = table::load(txn, EntityKind::Action, id)?;
        let state = action.and_then(|a| a.enumeration(action::field::state)).and_then(ActionState::from_number);
        found.count += u32::from(state.is_some_and(|state| state != ActionState::Cancelled));
        found.open += u32::from(!matches!(state, Some(ActionState::Effective | ActionState::Cancelled)));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Shows the ids under a prefix of an index, in its order.
pub(crate) fn each_under(
    txn: &dyn ReadTxn,
    prefix: &[u8],
    visit: &mut dyn FnMut(u64) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let until = key::after_prefix(prefix);
    txn.scan(Space::Index, prefix, until.as_deref(), Order::Ascending, &mut |key, _| {
        key::id_at_end(key).map_or(Ok(ControlFlow::Continue(())), &mut *visit)
    })
}
