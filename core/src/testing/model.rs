//! A naive reference model: the same commands on plain maps, everything found by looking at everything.
//!
//! It knows no index, no journal and no bytes, so that a kernel that agrees with it is right about those. It takes
//! well-formed commands of an actor who may do everything.

use std::collections::BTreeMap;

use crate::domain::{
    Changes, Command, ComplaintGrade, ComplaintState, Date, EntityKind, FieldType, Instant, InvestigationState,
    PersonRelationKind, Policy, Required, SourceLevel, Target, Value, Verb, VisitState, action, complaint, customer,
    customer_plan, information_item, investigation, person_relation, review, survey, visit,
};
use crate::error::ErrorKind;

/// A record of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRecord {
    /// How often it was written.
    pub revision: u64,
    /// The values that are there.
    pub values: BTreeMap<u16, Value>,
}

/// The model: every record by entity and id.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// The records.
    pub records: BTreeMap<(EntityKind, u64), ModelRecord>,
    /// How many commands changed something.
    pub sequence: u64,
}

/// A command on a record, taken apart.
struct About<'c> {
    entity: EntityKind,
    id: Option<u64>,
    revision: Option<u64>,
    verb: Option<&'static Verb>,
    changes: &'c Changes,
}

/// What a command did: the entity and id of the record, or the kind of the refusal.
pub type Answer = Result<(EntityKind, u64), ErrorKind>;

const GRANTED: u16 = customer::field::granted_class;
const NUMBER: u16 = customer::field::key_customer_number;

impl Model {
    /// Does a command of `actor` at `now`.
    pub fn apply(&mut self, command: &Command, actor: &str, now: Instant) -> Answer {
        let About { entity, id, revision, verb, changes } = self.about(command)?;
        let before = match id {
            None => None,
            Some(id) => Some(self.records.get(&(entity, id)).cloned().ok_or(ErrorKind::NotFound)?),
        };
        if before.as_ref().is_some_and(|b| revision.is_some_and(|r| r != b.revision)) {
            return Err(ErrorKind::Conflict);
        }
        let mut after = before.clone().unwrap_or(ModelRecord { revision: 0, values: BTreeMap::new() });
        for (field, value) in changes {
            match value {
                Some(value) => after.values.insert(*field, value.clone()),
                None => after.values.remove(field),
            };
        }
        self.enter_state(entity, &mut after, verb, actor, now)?;
        if let (Command::Put { .. }, EntityKind::Complaint, Some(before)) = (command, entity, &before) {
            leave_state(before, &mut after)?;
        }
        match verb.map(|verb| verb.name) {
            // The built-in policy grants no class.
            Some("grant") => return Err(ErrorKind::Rejected),
            Some("revoke") => {
                for field in [GRANTED, customer::field::grant_approver, customer::field::granted_at, NUMBER] {
                    after.values.remove(&field);
                }
            }
            _ => {}
        }
        if verb.is_none() && before.as_ref() == Some(&after) {
            return Ok((entity, id.unwrap_or_default()));
        }
        self.check(entity, id, &after, verb, changes)?;
        let is_put = matches!(command, Command::Put { .. }) && entity == EntityKind::Complaint;
        if is_put && is_without_facts(before.as_ref(), &after) {
            return Err(ErrorKind::Rejected);
        }
        if self.is_refused(entity, id, before.as_ref(), &after, now.date_in(chrono_tz::Asia::Shanghai)) {
            return Err(ErrorKind::Rejected);
        }
        self.grade(entity, id, before.as_ref(), &mut after);
        if entity == EntityKind::Visit {
            in_window(before.as_ref(), &mut after);
        }
        if let Some(verb) = verb.filter(|verb| verb.entity == EntityKind::Complaint) {
            refuse_step(verb.name, before.as_ref(), &after)?;
        }
        if entity == EntityKind::Complaint
            && (is_special_by_itself(before.as_ref(), &after, verb) || self.is_unguarded(before.as_ref(), &after, verb))
        {
            return Err(ErrorKind::Rejected);
        }
        // The default policy plans no visits, and the sequences of the model report no event that it knows.
        if entity == EntityKind::Customer && verb.is_some_and(|v| ["plan_visits", "report_event"].contains(&v.name)) {
            return Err(ErrorKind::Rejected);
        }
        if entity == EntityKind::Review && verb.is_none() && !self.is_about_settled(&after) {
            return Err(ErrorKind::Rejected);
        }
        self.check_unique(entity, id, &after)?;
        let id = id.unwrap_or_else(|| {
            self.records.keys().filter(|(e, _)| *e == entity).map(|(_, id)| *id).max().unwrap_or(0) + 1
        });
        after.revision += 1;
        self.sequence += 1;
        let applied = newly_applied(entity, before.as_ref(), &after);
        self.records.insert((entity, id), after);
        if let Some((customer, day)) = applied {
            self.remember_application(customer, day);
        }
        Ok((entity, id))
    }

    /// The customer keeps the day on which its certification was applied for last.
    fn remember_application(&mut self, customer: u64, day: Date) {
        let Some(customer) = self.records.get_mut(&(EntityKind::Customer, customer)) else { return };
        let day = Value::Date(day);
        if customer.values.insert(customer::field::certification_applied_on, day.clone()) != Some(day) {
            customer.revision += 1;
            self.sequence += 1;
        }
    }

    /// What a command is about; of the commands on records alone.
    fn about<'c>(&self, command: &'c Command) -> Result<About<'c>, ErrorKind> {
        let (entity, id, revision, verb, changes) = match command {
            Command::Add { entity, changes } => (*entity, None, None, None, changes),
            Command::Put { entity, changes } => (*entity, self.by_code(*entity, changes), None, None, changes),
            Command::Update { entity, id, revision, changes } => (*entity, Some(*id), *revision, None, changes),
            Command::Act { verb, id, revision, changes } => (verb.entity, Some(*id), *revision, Some(*verb), changes),
            Command::DeclareField(_)
            | Command::AllowingImpossibleDates(_)
            | Command::AdoptPolicy(_)
            | Command::Classify { .. }
            | Command::Reassess { .. }
            | Command::Redecide { .. }
            | Command::RegisterPlugin(_)
            | Command::ForgetPlugin(_)
            | Command::TrustKey(_)
            | Command::DistrustKey(_) => return Err(ErrorKind::Unsupported),
        };
        Ok(About { entity, id, revision, verb, changes })
    }

    /// The ids of the records of an entity whose field holds just this value.
    pub fn ids_where(&self, entity: EntityKind, field: u16, value: &Value) -> Vec<u64> {
        let holds = |record: &ModelRecord| record.values.get(&field) == Some(value);
        self.records.iter().filter(|((e, _), r)| *e == entity && holds(r)).map(|((_, id), _)| *id).collect()
    }

    /// Whether a rule of the entity's own refuses the record as it would be.
    fn is_refused(
        &self,
        entity: EntityKind,
        id: Option<u64>,
        before: Option<&ModelRecord>,
        after: &ModelRecord,
        today: Date,
    ) -> bool {
        match entity {
            EntityKind::Visit => is_missed_too_early(after, today),
            EntityKind::InformationItem => is_without_source(after, today),
            EntityKind::PersonRelation => self.makes_no_sense(id, after),
            EntityKind::CustomerPlan => is_changed_in_force(before, after),
            EntityKind::Investigation => is_changed_when_settled(before, after) || is_unfit(after),
            _ => false,
        }
    }

    fn by_code(&self, entity: EntityKind, changes: &Changes) -> Option<u64> {
        let code = entity.def().code;
        let value = changes.get(&code)?.as_ref()?;
        self.ids_where(entity, code, value).first().copied()
    }

    fn enter_state(
        &self,
        entity: EntityKind,
        after: &mut ModelRecord,
        verb: Option<&Verb>,
        actor: &str,
        now: Instant,
    ) -> Result<(), ErrorKind> {
        let def = entity.def();
        let (Some(field), Some(states)) = (def.state, def.states()) else { return Ok(()) };
        let Some(verb) = verb else {
            let first = Value::Enum(states.values[0].number);
            after.values.entry(field).or_insert(first);
            return Ok(());
        };
        let Some(Value::Enum(number)) = after.values.get(&field).cloned() else { return Err(ErrorKind::Bug) };
        let name = states.by_number(number).map_or("", |v| v.name);
        if !verb.from.contains(&name) {
            return Err(ErrorKind::Transition);
        }
        // The sequences of the model give no instant themselves, and all happens at one.
        if let Some(stamp) = def.field_named(verb.stamps) {
            after.values.entry(stamp.id).or_insert(Value::Instant(now));
        }
        let to = match verb.to {
            Target::State(to) => states.by_name(to).map(|v| Value::Enum(v.number)),
            Target::Same => Some(Value::Enum(number)),
            Target::Resumed => after.values.get(&complaint::field::resumes_to).cloned(),
        };
        let actor = Value::Text(actor.to_owned());
        match (entity, verb.name) {
            (EntityKind::Visit, "review") => set(after, visit::field::reviewer, actor),
            (EntityKind::Action, "verify" | "fail") => set(after, action::field::verifier, actor),
            (EntityKind::Action, "complete") => {
                after.values.remove(&action::field::verifier);
                after.values.remove(&action::field::verified_at);
            }
            (EntityKind::Review, "decide") => set(after, review::field::decided_by, actor),
            (EntityKind::CustomerPlan, "approve") => set(after, customer_plan::field::reviewer, actor),
            (EntityKind::CustomerPlan, "revise") => {
                after.values.remove(&customer_plan::field::reviewer);
                after.values.remove(&customer_plan::field::approved_at);
            }
            (EntityKind::Survey, _) => {
                set(after, survey::field::points, Value::Int(0)); // No sequence of the model answers one.
                set(after, survey::field::points_possible, Value::Int(0));
            }
            (EntityKind::Complaint, name) => step(name, number, after, actor, now),
            _ => {}
        }
        after.values.insert(field, to.ok_or(ErrorKind::Transition)?);
        Ok(())
    }

    fn check(
        &self,
        entity: EntityKind,
        id: Option<u64>,
        after: &ModelRecord,
        verb: Option<&Verb>,
        changes: &Changes,
    ) -> Result<(), ErrorKind> {
        let def = entity.def();
        let old = id.and_then(|id| self.records.get(&(entity, id)));
        for (field, value) in &after.values {
            let same = old.is_some_and(|o| o.values.get(field) == Some(value));
            let Some(FieldType::Ref(target)) = def.field(*field).map(|f| f.kind) else { continue };
            if let (Value::Ref(to), false) = (value, same)
                && !self.records.contains_key(&(target, *to))
            {
                return Err(ErrorKind::Reference);
            }
        }
        let state = def.state.and_then(|f| match after.values.get(&f) {
            Some(Value::Enum(n)) => def.states()?.by_number(*n).map(|v| v.name),
            _ => None,
        });
        let missing = def.fields.iter().any(|f| {
            let needed = match f.required {
                Required::No => false,
                Required::Always => true,
                Required::In(states) => state.is_some_and(|s| states.contains(&s)),
            };
            needed && !after.values.contains_key(&f.id)
        });
        let input =
            |name: &&&str| def.field_named(name).is_some_and(|f| changes.get(&f.id).is_none_or(Option::is_none));
        let unsaid = verb.is_some_and(|v| v.required.iter().any(|name| input(&name)));
        let same = |a: u16, b: u16| after.values.contains_key(&a) && after.values.get(&a) == after.values.get(&b);
        let own = match entity {
            EntityKind::Visit => same(visit::field::reviewer, visit::field::owner),
            EntityKind::Action => same(action::field::verifier, action::field::owner),
            EntityKind::CustomerPlan => {
                state == Some("in_force") && same(customer_plan::field::reviewer, customer_plan::field::owner)
            }
            _ => false,
        };
        if missing || unsaid || own { Err(ErrorKind::Rejected) } else { Ok(()) }
    }

    fn check_unique(&self, entity: EntityKind, id: Option<u64>, after: &ModelRecord) -> Result<(), ErrorKind> {
        if entity == EntityKind::PersonRelation && self.is_said(id, after, false) {
            return Err(ErrorKind::Duplicate);
        }
        let code = entity.def().code;
        let Some(value) = after.values.get(&code) else { return Ok(()) };
        let taken = self.ids_where(entity, code, value).iter().any(|other| Some(*other) != id);
        if taken { Err(ErrorKind::Duplicate) } else { Ok(()) }
    }

    fn grade(&self, entity: EntityKind, id: Option<u64>, before: Option<&ModelRecord>, after: &mut ModelRecord) {
        use complaint::field;
        if entity != EntityKind::Complaint || (before.is_some_and(is_settled) && is_settled(after)) {
            return;
        }
        if is_major(after) {
            escalate_by(after);
            return;
        }
        let policy = Policy::default();
        let same = self.records.iter().filter(|((e, other), r)| {
            let alike = |f| r.values.get(&f) == after.values.get(&f);
            *e == entity && Some(*other) != id && alike(field::customer) && alike(field::issue)
        });
        let Some(Value::Ref(of)) = after.values.get(&field::customer) else { return };
        let customer = self.records.get(&(EntityKind::Customer, *of));
        let class = customer.and_then(|c| c.values.get(&customer::field::class));
        let outside = after.values.get(&field::external_intent) == Some(&Value::Bool(true));
        let escalated = after.values.contains_key(&field::escalated_to);
        let again = usize::try_from(int(after, field::reopen_count)).unwrap_or_default();
        let grade = if outside || escalated || same.count() + again + 1 >= policy.same_issue_count_major as usize {
            ComplaintGrade::Major
        } else if matches!(class, Some(Value::Text(class)) if policy.is_key_class(class)) {
            ComplaintGrade::KeyCustomer
        } else {
            ComplaintGrade::General
        };
        after.values.insert(field::grade, Value::Enum(grade.number()));
        escalate_by(after);
    }

    /// Whether a complaint becomes closed without what the default policy asks for. The grade is that of the command.
    fn is_unguarded(&self, before: Option<&ModelRecord>, after: &ModelRecord, verb: Option<&Verb>) -> bool {
        use complaint::field as f;
        if !is_closed(after) || before.is_some_and(is_closed) || (verb.is_none() && is_true(after, f::facts_unknown)) {
            return false;
        }
        let has = |field: u16| after.values.contains_key(&field);
        let class = match after.values.get(&f::customer) {
            Some(Value::Ref(of)) => {
                self.records.get(&(EntityKind::Customer, *of)).and_then(|c| c.values.get(&customer::field::class))
            }
            _ => None,
        };
        let is_key = class == Some(&Value::Text("key".into()));
        let of_key = is_key && (!has(f::company_report) || (has(f::recourse) && !has(f::written_reply)));
        let of_major = is_major(after) && !(is_true(after, f::case_written) && has(f::escalated_to));
        let of_all = [f::outcome, f::satisfaction, f::lesson].into_iter().any(|field| !has(field));
        of_key || of_major || of_all
    }

    /// Whether a relation of the same kind has the same ends, in the same direction or the other.
    fn is_said(&self, id: Option<u64>, relation: &ModelRecord, other_way: bool) -> bool {
        use person_relation::field::{kind, other, person};
        let (from, to) = if other_way { (other, person) } else { (person, other) };
        let alike = |r: &ModelRecord, f: u16, own: u16| r.values.get(&f) == relation.values.get(&own);
        self.records.iter().any(|((entity, known), r)| {
            let another = *entity == EntityKind::PersonRelation && Some(*known) != id;
            another && alike(r, person, from) && alike(r, other, to) && alike(r, kind, kind)
        })
    }

    /// Whether a relation leads to its own beginning, says again what goes both ways, or makes a circle of superiors.
    fn makes_no_sense(&self, id: Option<u64>, relation: &ModelRecord) -> bool {
        use person_relation::field;
        let of = |r: &ModelRecord, f: u16| r.values.get(&f).cloned();
        let (from, to) = (of(relation, field::person), of(relation, field::other));
        let both_ways =
            [PersonRelationKind::CloseTo, PersonRelationKind::FamilyOf].map(|k| Some(Value::Enum(k.number())));
        let reports_to = Some(Value::Enum(PersonRelationKind::ReportsTo.number()));
        let kind = of(relation, field::kind);
        if from == to || (both_ways.contains(&kind) && self.is_said(id, relation, true)) {
            return true;
        }
        let above: Vec<(Option<Value>, Option<Value>)> = self
            .records
            .iter()
            .filter(|((e, known), r)| {
                *e == EntityKind::PersonRelation && Some(*known) != id && of(r, field::kind) == reports_to
            })
            .map(|(_, r)| (of(r, field::person), of(r, field::other)))
            .collect();
        // Everybody above the second, by going up once for each relation that there is.
        let mut superiors = vec![to];
        for _ in &above {
            let more = above.iter().filter(|(low, _)| superiors.contains(low)).map(|(_, high)| high.clone());
            superiors = superiors.iter().cloned().chain(more).collect();
            superiors.sort();
            superiors.dedup();
        }
        kind == reports_to && superiors.contains(&from)
    }

    fn is_about_settled(&self, review: &ModelRecord) -> bool {
        let Some(Value::Ref(id)) = review.values.get(&review::field::complaint) else { return false };
        self.records.get(&(EntityKind::Complaint, *id)).is_some_and(is_settled)
    }
}

/// The customer of an investigation that becomes applied for, and the day.
fn newly_applied(entity: EntityKind, before: Option<&ModelRecord>, of: &ModelRecord) -> Option<(u64, Date)> {
    use investigation::field::{applied_at, customer, state};
    let is_applied =
        |of: &ModelRecord| of.values.get(&state) == Some(&Value::Enum(InvestigationState::Applied.number()));
    let is_new = entity == EntityKind::Investigation && is_applied(of) && !before.is_some_and(is_applied);
    match (of.values.get(&customer), of.values.get(&applied_at)) {
        (Some(Value::Ref(id)), Some(Value::Instant(at))) if is_new => {
            Some((*id, at.date_in(chrono_tz::Asia::Shanghai)))
        }
        _ => None,
    }
}

/// A visit is held in the time of its plan on the planned day alone, by the default policy.
fn in_window(before: Option<&ModelRecord>, visit: &mut ModelRecord) {
    use visit::field::{held_at, in_window, planned_on};
    let same = |field: &u16| before.is_some_and(|before| before.values.get(field) == visit.values.get(field));
    if [held_at, planned_on].iter().all(same) {
        return;
    }
    match (visit.values.get(&held_at), visit.values.get(&planned_on)) {
        (Some(Value::Instant(at)), Some(Value::Date(day))) => {
            let kept = at.date_in(chrono_tz::Asia::Shanghai) == *day;
            set(visit, in_window, Value::Bool(kept));
        }
        _ => drop(visit.values.remove(&in_window)),
    }
}

fn is_missed_too_early(visit: &ModelRecord, today: Date) -> bool {
    let missed = Value::Enum(VisitState::Missed.number());
    let is_past = matches!(visit.values.get(&visit::field::planned_on), Some(Value::Date(day)) if *day < today);
    visit.values.get(&visit::field::state) == Some(&missed) && !is_past
}

/// Whether an item lacks what its level asks for, or has a day that does not fit.
fn is_without_source(item: &ModelRecord, today: Date) -> bool {
    use information_item::field;
    let get = |f: u16| item.values.get(&f);
    let is = |level: SourceLevel| get(field::level) == Some(&Value::Enum(level.number()));
    let (origin, person) = (get(field::origin).is_some(), get(field::person).is_some());
    let reviewer = get(field::compliance_reviewer);
    let no_source = (is(SourceLevel::ExternalReport) && !origin)
        || (is(SourceLevel::Contact) && !origin && !person)
        || (is(SourceLevel::Insider) && (!person || reviewer.is_none() || reviewer == get(field::owner)));
    let future = |f: u16| matches!(get(f), Some(Value::Date(day)) if *day > today);
    let turned = get(field::verified_on).is_some_and(|verified| Some(verified) < get(field::obtained_on));
    no_source || future(field::obtained_on) || future(field::verified_on) || turned
}

/// Whether another summary is there than that of the plan in force; the sequences of the model change no other section.
fn is_changed_in_force(before: Option<&ModelRecord>, plan: &ModelRecord) -> bool {
    use customer_plan::field::{state, summary};
    let in_force = |plan: &ModelRecord| plan.values.get(&state) == Some(&Value::Enum(2));
    before.is_some_and(|b| in_force(b) && in_force(plan) && b.values.get(&summary) != plan.values.get(&summary))
}

/// Whether another catalogue is there than when the investigation was settled.
fn is_changed_when_settled(before: Option<&ModelRecord>, of: &ModelRecord) -> bool {
    use investigation::field::{catalogue, state};
    let settled = |of: &ModelRecord| matches!(of.values.get(&state), Some(Value::Enum(2 | 3)));
    before.is_some_and(|before| settled(before) && before.values.get(&catalogue) != of.values.get(&catalogue))
}

/// Whether it is applied on what is not on site, or was found unsuitable.
fn is_unfit(of: &ModelRecord) -> bool {
    use investigation::field::{kind, outcome, state};
    let is = |field: u16, number: u16| of.values.get(&field) == Some(&Value::Enum(number));
    is(state, 3) && !(is(kind, 2) && is(outcome, 1))
}

fn set(record: &mut ModelRecord, field: u16, value: Value) {
    record.values.insert(field, value);
}

fn int(record: &ModelRecord, field: u16) -> i64 {
    match record.values.get(&field) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    }
}

fn is_settled(record: &ModelRecord) -> bool {
    let settled = [ComplaintState::Closed, ComplaintState::Withdrawn, ComplaintState::Archived];
    settled.iter().any(|s| record.values.get(&complaint::field::state) == Some(&Value::Enum(s.number())))
}

/// How long the clocks of a complaint stood on the present level of the chain.
const ON_LEVEL: [u16; 4] = [
    complaint::field::level_paused_s,
    complaint::field::level_paused_days,
    complaint::field::level_paused_workdays,
    complaint::field::level_paused_work_s,
];

/// What a verb of a complaint does beside leading to a state. All happens in one moment, so every pause is none.
fn step(verb: &str, state: u16, after: &mut ModelRecord, actor: Value, now: Instant) {
    use complaint::field;
    // The sequences of the model never name another approver.
    let approver = actor.clone();
    match verb {
        "suspend" => {
            set(after, field::resumes_to, Value::Enum(state));
            set(after, field::suspended_at, Value::Instant(now));
        }
        "resume" | "withdraw" => {
            after.values.remove(&field::resumes_to);
            if after.values.remove(&field::suspended_at).is_some() && verb == "resume" {
                let all = [field::paused_s, field::paused_days, field::paused_workdays, field::paused_work_s];
                all.into_iter().for_each(|field| set(after, field, Value::Int(0)));
                let is_up = int(after, field::escalation_level) > 0;
                ON_LEVEL.into_iter().filter(|_| is_up).for_each(|field| set(after, field, Value::Int(0)));
            }
        }
        "escalate" => {
            let level = int(after, field::escalation_level) + 1;
            set(after, field::escalation_level, Value::Int(level));
            set(after, field::escalated_at, Value::Instant(now));
            after.values.retain(|field, _| !ON_LEVEL.contains(field));
        }
        "propose" => drop(after.values.remove(&field::rejection_reason)),
        "request_extension" => set(after, field::extension_requested_by, actor),
        "refuse_extension" => {
            after.values.remove(&field::extension_days);
            after.values.remove(&field::extension_requested_by);
        }
        "reopen" => reopen(after, now),
        _ => {}
    }
    if verb == "extend" {
        let days = int(after, field::extended_days) + int(after, field::extension_days);
        if days > 0 {
            set(after, field::extended_days, Value::Int(days));
        }
        let count = int(after, field::extension_count) + 1;
        set(after, field::extension_count, Value::Int(count));
        set(after, field::extension_approver, approver);
        after.values.remove(&field::extension_days);
        after.values.remove(&field::extension_requested_by);
    }
}

/// Only what was said about the complaint itself stays; the handling begins anew.
fn reopen(after: &mut ModelRecord, now: Instant) {
    use complaint::field as f;
    let about = [f::number, f::external_system, f::external_id, f::customer, f::person, f::channel, f::issue];
    let facts = [f::sub_issue, f::product, f::narrative, f::request, f::grade, f::complexity, f::external_intent];
    let office = [f::owner, f::region, f::amount, f::received_at, f::state, f::note, f::visit, f::reopen_count];
    let found = [f::cause, f::liable_party, f::reason];
    let stays = [&about[..], &facts, &office, &found].concat();
    after.values.retain(|field, _| stays.contains(field));
    let count = int(after, f::reopen_count) + 1;
    set(after, f::reopen_count, Value::Int(count));
    set(after, f::reopened_at, Value::Instant(now));
}

/// A major complaint that went up nowhere goes up at once; of no other does the default policy say when.
fn escalate_by(after: &mut ModelRecord) {
    use complaint::field;
    if is_settled(after) || after.values.get(&field::state) == Some(&Value::Enum(ComplaintState::Suspended.number())) {
        return;
    }
    let since = after.values.get(&field::reopened_at).or(after.values.get(&field::received_at)).cloned();
    after.values.remove(&field::escalate_by);
    if let Some(since) = since.filter(|_| is_major(after) && int(after, field::escalation_level) == 0) {
        set(after, field::escalate_by, since);
    }
}

/// Whether a step of a complaint is refused for what it leads to.
fn refuse_step(verb: &str, before: Option<&ModelRecord>, after: &ModelRecord) -> Result<(), ErrorKind> {
    use complaint::field;
    let has = |field: u16| after.values.contains_key(&field);
    let refused = match verb {
        "conclude" => [field::cause, field::solution, field::rejection_reason].into_iter().any(|field| !has(field)),
        "close" => ON_THE_WAY.iter().any(|field| !has(*field)),
        "escalate" => {
            let (to, owner) = (after.values.get(&field::escalated_to), after.values.get(&field::owner));
            int(after, field::escalation_level) > 2 || (owner.is_some() && to == owner)
        }
        "refuse_extension" => before.is_none_or(|b| !b.values.contains_key(&field::extension_requested_by)),
        "extend" => {
            let same = |f: u16| before.is_some_and(|b| b.values.get(&f) == after.values.get(&f));
            let asked = before.and_then(|b| b.values.get(&field::extension_requested_by));
            let own = asked.is_some() && asked == after.values.get(&field::extension_approver);
            let (was, now) = (before.map_or(1, complexity), complexity(after));
            now < was || (same(field::extended_days) && now == was) || own
        }
        _ => false,
    };
    if refused { Err(ErrorKind::Rejected) } else { Ok(()) }
}

/// How hard it is to settle, from 1; simple unless it says otherwise.
fn complexity(of: &ModelRecord) -> u16 {
    match of.values.get(&complaint::field::complexity) {
        Some(Value::Enum(number)) => *number,
        _ => 1,
    }
}

/// Whether a complaint is made special without its approval.
fn is_special_by_itself(before: Option<&ModelRecord>, after: &ModelRecord, verb: Option<&Verb>) -> bool {
    verb.is_none_or(|verb| verb.name != "extend") && complexity(after) == 3 && before.is_none_or(|b| complexity(b) != 3)
}

fn is_closed(of: &ModelRecord) -> bool {
    of.values.get(&complaint::field::state) == Some(&Value::Enum(ComplaintState::Closed.number()))
}

fn is_true(of: &ModelRecord, field: u16) -> bool {
    of.values.get(&field) == Some(&Value::Bool(true))
}

/// A put of the sequences leads to closed, but not from where a complaint ended; it ends a suspension.
fn leave_state(before: &ModelRecord, after: &mut ModelRecord) -> Result<(), ErrorKind> {
    use complaint::field as f;
    let ended = [ComplaintState::Withdrawn, ComplaintState::Archived].map(|s| Value::Enum(s.number()));
    if before.values.get(&f::state).is_some_and(|state| ended.contains(state)) {
        return Err(ErrorKind::Transition);
    }
    after.values.remove(&f::resumes_to);
    after.values.remove(&f::suspended_at);
    Ok(())
}

/// What is recorded on the way to closed, before the lesson.
const ON_THE_WAY: [u16; 6] = {
    use complaint::field as f;
    [f::cause, f::solution, f::promised_on, f::promise_reason, f::outcome, f::satisfaction]
};

/// Whether a complaint is put as closed without what was done on the way, or is said to be unknown when it is not added.
fn is_without_facts(before: Option<&ModelRecord>, after: &ModelRecord) -> bool {
    use complaint::field as f;
    let may_be_unknown = before.is_none_or(|before| is_true(before, f::facts_unknown));
    if is_true(after, f::facts_unknown) {
        return !may_be_unknown;
    }
    let becomes_closed = is_closed(after) && !before.is_some_and(is_closed);
    becomes_closed && ON_THE_WAY.iter().chain(&[f::lesson]).any(|field| !after.values.contains_key(field))
}

fn is_major(record: &ModelRecord) -> bool {
    record.values.get(&complaint::field::grade) == Some(&Value::Enum(ComplaintGrade::Major.number()))
}
