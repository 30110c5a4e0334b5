//! What follows from a change: visits that are planned, moved or called off, the complaint of a dissatisfied customer, the next
//! due day that plugins decide when a visit is held, and the day on which a certification is applied for.
//!
//! It is written in the same transaction, each record with a journal entry of its own. What follows is not followed
//! again, so that it ends.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::domain::{
    Cadence, Changes, CustomerStatus, Date, Decision, EntityKind, Fields, InvestigationState, Policy, Value, ValueRef,
    Verb, VisitState, complaint, customer, investigation, user_name, visit,
};
use crate::error::Result;
use crate::port::{Point, ReadTxn};
use crate::record::{Record, key, table};
use crate::rules::visit_plan::{self, Planned, Step, Turn};
use crate::rules::{self, Context};

use super::decide::each_under;
use super::write::{CLASSIFY, REDECIDE, Request, Setting};

/// A change that follows from another.
pub(super) struct FollowUp {
    pub(super) name: &'static str,
    pub(super) verb: Option<&'static Verb>,
    pub(super) entity: EntityKind,
    /// Which record; `None` adds one.
    pub(super) id: Option<u64>,
    pub(super) changes: Changes,
    /// Why it follows.
    pub(super) decisions: Vec<Decision>,
}

/// Whether anything can follow from a change of an entity.
pub(super) fn may_follow(entity: EntityKind) -> bool {
    matches!(entity, EntityKind::Customer | EntityKind::Visit | EntityKind::Investigation)
}

/// What follows from a change.
pub(super) fn of(
    txn: &dyn ReadTxn,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    after: &Record,
) -> Result<Vec<FollowUp>> {
    let context = setting.context();
    match request.entity {
        EntityKind::Customer => of_customer(txn, &context, request, before, after),
        EntityKind::Visit => {
            let mut found = of_visit(txn, &context, before, after)?;
            found.extend(due_anew(setting, before, after));
            Ok(found)
        }
        EntityKind::Investigation => Ok(of_investigation(&context, before, after).into_iter().collect()),
        _ => Ok(Vec::new()),
    }
}

/// A customer whose certification is applied for keeps the day of it, by which its class and its code go. Source: R-KA-03.
fn of_investigation(context: &Context<'_>, before: Option<&Record>, after: &Record) -> Option<FollowUp> {
    use investigation::field;
    let applied = Some(InvestigationState::Applied.number());
    let is_new = before.is_none_or(|before| before.enumeration(field::state) != applied);
    let id = after.reference(field::customer).filter(|_| is_new && after.enumeration(field::state) == applied)?;
    let day = after.instant(field::applied_at).map_or(context.today, |at| at.date_in(context.zone));
    Some(FollowUp {
        name: "update",
        verb: None,
        entity: EntityKind::Customer,
        id: Some(id),
        changes: BTreeMap::from([(customer::field::certification_applied_on, Some(Value::Date(day)))]),
        decisions: Vec::new(),
    })
}

/// The plan is brought up to the class, the anchor and the owner; an event asks for contacts.
fn of_customer(
    txn: &dyn ReadTxn,
    context: &Context<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    after: &Record,
) -> Result<Vec<FollowUp>> {
    use customer::field;
    let mut found = Vec::new();
    if request.name == "report_event" {
        found.extend(of_event(context, after)?);
    }
    if !is_planned(after) && !before.is_some_and(|before| is_planned(before)) {
        return Ok(found);
    }
    let same = |f: u16| before.is_some_and(|before| before.get(f) == after.get(f));
    let decides = [field::visits_planned, field::class, field::signed_on, field::status, field::owner];
    if !["plan_visits", CLASSIFY].contains(&request.name) && decides.into_iter().all(same) {
        return Ok(found);
    }
    let visits = visits_of(txn, after.id())?;
    found.extend(of_plan(context, after, &plan_of(&visits), true)?);
    if !same(field::owner) {
        found.extend(handed_over(before, after, &visits));
    }
    Ok(found)
}

/// What the plan of a customer goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'r> {
    pub(super) class: &'r str,
    pub(super) anchor: Date,
    /// Whether no visit is asked for.
    pub(super) ends: bool,
}

impl<'r> Terms<'r> {
    /// `None` when nothing can be planned: there is no contract yet.
    pub(super) fn of(record: &'r dyn Fields, today: Date) -> Option<Self> {
        use customer::field;
        let is_lost = record.enumeration(field::status) == Some(CustomerStatus::Lost.number());
        let ends = is_lost || !is_planned(record);
        let anchor = record.date(field::signed_on).or_else(|| ends.then_some(today))?;
        Some(Self { class: record.text(field::class).unwrap_or_default(), anchor, ends })
    }

    /// The cadences that ask for visits.
    pub(super) fn cadences<'p>(&self, policy: &'p Policy) -> Vec<&'p Cadence> {
        if self.ends { Vec::new() } else { visit_plan::cadences(policy, self.class) }
    }
}

/// Whether recurring visits of a customer are planned.
pub(super) fn is_planned(customer: &dyn Fields) -> bool {
    customer.get(customer::field::visits_planned) == Some(ValueRef::Bool(true))
}

/// The steps of the plan of a customer as changes.
fn of_plan(context: &Context<'_>, of: &Record, visits: &[Planned], from_today: bool) -> Result<Vec<FollowUp>> {
    let Some(terms) = Terms::of(of, context.today) else { return Ok(Vec::new()) };
    let cadences = terms.cadences(context.policy);
    let steps = visit_plan::steps(&cadences, terms.anchor, visits, context.today, from_today);
    steps.into_iter().map(|step| follow_up(context, of, terms.class, terms.anchor, step)).collect()
}

fn follow_up(context: &Context<'_>, of: &Record, class: &str, anchor: Date, step: Step<'_>) -> Result<FollowUp> {
    use visit::field;
    let (name, id, cadence, turn) = match step {
        Step::Cancel(id) => return Ok(called_off(id, class)),
        Step::Add(cadence, turn) => ("add", None, cadence, turn),
        Step::Move(id, cadence, turn) => ("update", Some(id), cadence, turn),
    };
    let (planned_on, year) =
        context.calendar.noting(|| context.calendar.rolled(turn.due_on, context.policy.visit.roll));
    let planned_on = planned_on?;
    let mut changes: Changes = BTreeMap::from([
        (field::planned_on, Some(Value::Date(planned_on))),
        (field::due_on, Some(Value::Date(turn.due_on))),
        (field::occurrence, Some(Value::Int(turn.occurrence))),
        (field::anchor_on, Some(Value::Date(anchor))),
        (field::provisional_year, year.map(|year| Value::Int(year.into()))),
    ]);
    if id.is_none() {
        let owner = of.text(customer::field::owner).unwrap_or(context.actor);
        changes.extend([
            (field::customer, Some(Value::Ref(of.id()))),
            (field::kind, Some(Value::Text(cadence.kind.clone()))),
            (field::owner, Some(Value::Text(owner.to_owned()))),
        ]);
    }
    let decisions = vec![turn_decision(context, cadence, class, anchor, turn, planned_on).provisional(year)];
    Ok(FollowUp { name, verb: None, entity: EntityKind::Visit, id, changes, decisions })
}

fn turn_decision(
    context: &Context<'_>,
    cadence: &Cadence,
    class: &str,
    anchor: Date,
    turn: Turn,
    planned_on: Date,
) -> Decision {
    let version = &context.policy.version;
    let mut decision = visit_plan::decision(cadence, class, anchor, planned_on, version);
    decision.subject = "planned_on".into();
    decision
        .input("kind", &cadence.kind)
        .input("due_on", turn.due_on)
        .input("occurrence", turn.occurrence)
        .input("roll", context.policy.visit.roll.name())
}

fn called_off(id: u64, class: &str) -> FollowUp {
    let reason = if class.is_empty() {
        "the plan of visits ended".to_owned()
    } else {
        format!("no such visit is planned for the class {class}")
    };
    // It stands for no turn of the plan any more, so that the turn can be planned again.
    let changes = BTreeMap::from([
        (visit::field::reason, Some(Value::Text(reason))),
        (visit::field::due_on, None),
        (visit::field::occurrence, None),
        (visit::field::anchor_on, None),
    ]);
    let verb = Verb::named(EntityKind::Visit, "cancel");
    FollowUp { name: "cancel", verb, entity: EntityKind::Visit, id: Some(id), changes, decisions: Vec::new() }
}

/// The visits ahead go over to the customer's new owner, where they were the old one's.
fn handed_over(before: Option<&Record>, after: &Record, visits: &[Record]) -> Vec<FollowUp> {
    let (old, new) = (before.and_then(|b| b.text(customer::field::owner)), after.text(customer::field::owner));
    let (Some(old), Some(new)) = (old, new) else { return Vec::new() };
    let theirs = |visit: &&Record| {
        is_ahead(*visit)
            && visit.get(visit::field::due_on).is_some()
            && visit.text(visit::field::owner).is_some_and(|owner| user_name::is_same(owner, old))
    };
    let to_new = |visit: &Record| FollowUp {
        name: "update",
        verb: None,
        entity: EntityKind::Visit,
        id: Some(visit.id()),
        changes: BTreeMap::from([(visit::field::owner, Some(Value::Text(new.to_owned())))]),
        decisions: Vec::new(),
    };
    visits.iter().filter(theirs).map(to_new).collect()
}

/// The contacts that an event asks for. Source: R-FIX-28.
fn of_event(context: &Context<'_>, of: &Record) -> Result<Vec<FollowUp>> {
    use visit::field;
    let event = of.text(customer::field::event).unwrap_or_default();
    let on = of.date(customer::field::event_on).unwrap_or(context.today);
    let asked = context.policy.visit.events.iter().filter(|contact| contact.event == event);
    let contacts = asked.map(|contact| {
        let calendar = context.calendar;
        let roll = context.policy.visit.roll;
        let (day, year) = calendar.noting(|| rules::deadline::after_days(on, contact.days, roll, calendar));
        let day = day?;
        let text = |value: &str| Some(Value::Text(value.to_owned()));
        let decision =
            Decision::new("planned_on", day.to_string(), contact.rule.clone(), contact.source.clone(), context.policy)
                .input("event", event)
                .input("event_on", on)
                .input("days", contact.days)
                .because(
                    format!("{event} asks for a {} within {} days", contact.kind, contact.days),
                    format!("发生{event}后{}天内须{}", contact.days, contact.kind),
                )
                .provisional(year);
        Ok(FollowUp {
            name: "add",
            verb: None,
            entity: EntityKind::Visit,
            id: None,
            changes: BTreeMap::from([
                (field::customer, Some(Value::Ref(of.id()))),
                (field::kind, text(&contact.kind)),
                (field::owner, text(of.text(customer::field::owner).unwrap_or(context.actor))),
                (field::planned_on, Some(Value::Date(day))),
                (field::event, text(event)),
                (field::provisional_year, year.map(|year| Value::Int(year.into()))),
            ]),
            decisions: vec![decision],
        })
    });
    contacts.collect()
}

/// The customers of a visit that was held, or held otherwise: plugins decide their next due day by what was held. Source:
/// R-MED-08.
fn due_anew(setting: &Setting<'_>, before: Option<&Record>, after: &Record) -> Vec<FollowUp> {
    use visit::field;
    let same = |f: u16| before.and_then(|before| before.get(f)) == after.get(f);
    let was_held = before.is_some_and(|before| before.get(field::held_at).is_some());
    let is_same = [field::held_at, field::customer, field::kind].into_iter().all(same);
    let concerns = (was_held || after.get(field::held_at).is_some()) && !is_same;
    if !concerns || !setting.registry.asks(Point::Cadence, EntityKind::Customer) {
        return Vec::new();
    }
    let mut of: Vec<u64> = before.into_iter().chain([after]).filter_map(|v| v.reference(field::customer)).collect();
    of.dedup();
    let anew = |id| FollowUp {
        name: REDECIDE,
        verb: None,
        entity: EntityKind::Customer,
        id: Some(id),
        changes: Changes::new(),
        decisions: Vec::new(),
    };
    of.into_iter().map(anew).collect()
}

/// The next turn of a recurring visit that is settled, and the complaint of a dissatisfied customer.
fn of_visit(
    txn: &dyn ReadTxn,
    context: &Context<'_>,
    before: Option<&Record>,
    after: &Record,
) -> Result<Vec<FollowUp>> {
    let old = before.map(|record| record as &dyn Fields);
    let mut found: Vec<FollowUp> = rules::visit::complaint(old, after, context)
        .map(|(mut changes, decision)| {
            changes.insert(complaint::field::visit, Some(Value::Ref(after.id())));
            FollowUp {
                name: "add",
                verb: None,
                entity: EntityKind::Complaint,
                id: None,
                changes,
                decisions: vec![decision.input("visit", after.id())],
            }
        })
        .into_iter()
        .collect();
    let is_settled =
        before.is_some_and(|before| is_ahead(before)) && !is_ahead(after) && after.get(visit::field::due_on).is_some();
    let of = after.reference(visit::field::customer).filter(|_| is_settled);
    let of = of.map_or(Ok(None), |id| table::load(txn, EntityKind::Customer, id))?;
    if let Some(of) = of.filter(|of| is_planned(of)) {
        found.extend(of_plan(context, &of, &plan_of(&visits_of(txn, of.id())?), false)?);
    }
    Ok(found)
}

fn is_ahead(visit: &dyn Fields) -> bool {
    visit.enumeration(visit::field::state) == Some(VisitState::Planned.number())
}

/// Every visit of a customer, in the order of their ids.
pub(super) fn visits_of(txn: &dyn ReadTxn, customer: u64) -> Result<Vec<Record>> {
    let mut prefix = key::index(EntityKind::Visit, visit::field::customer);
    key::push_value(&mut prefix, Some(ValueRef::Ref(customer)));
    let mut found = Vec::new();
    each_under(txn, &prefix, &mut |id| {
        found.extend(table::load(txn, EntityKind::Visit, id)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// The recurring ones of them as the plan sees them.
fn plan_of(visits: &[Record]) -> Vec<Planned> {
    visits.iter().filter_map(|visit| planned(visit.id(), visit)).collect()
}

/// A visit as the plan sees it; `None` when it is not a recurring one.
pub(super) fn planned(id: u64, visit: &dyn Fields) -> Option<Planned> {
    Some(Planned {
        id,
        kind: visit.text(visit::field::kind)?.to_owned(),
        due_on: visit.date(visit::field::due_on)?,
        occurrence: rules::count_of(visit, visit::field::occurrence),
        is_ahead: is_ahead(visit),
    })
}
