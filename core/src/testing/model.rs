//! A naive reference model: the same commands on plain maps, everything found by looking at everything.
//!
//! It knows no index, no journal and no bytes, so that a kernel that agrees with it is right about those. It takes
//! well-formed commands of an actor who may do everything.

use std::collections::BTreeMap;

use crate::domain::{
    Changes, Command, ComplaintGrade, ComplaintState, EntityKind, Instant, Policy, Required, Target, Value, Verb,
    complaint, customer, visit,
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

/// What a command did: the entity and id of the record, or the kind of the refusal.
pub type Answer = Result<(EntityKind, u64), ErrorKind>;

const GRANTED: u16 = customer::field::granted_class;
const NUMBER: u16 = customer::field::key_customer_number;

impl Model {
    /// Does a command of `actor` at `now`.
    pub fn apply(&mut self, command: &Command, actor: &str, now: Instant) -> Answer {
        let (entity, id, revision, verb, changes) = match command {
            Command::Add { entity, changes } => (*entity, None, None, None, changes),
            Command::Put { entity, changes } => (*entity, self.by_code(*entity, changes), None, None, changes),
            Command::Update { entity, id, revision, changes } => (*entity, Some(*id), *revision, None, changes),
            Command::Act { verb, id, revision, changes } => (verb.entity, Some(*id), *revision, Some(*verb), changes),
            Command::DeclareField(_) | Command::AdoptPolicy(_) | Command::Classify { .. } => {
                return Err(ErrorKind::Unsupported);
            }
        };
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
        self.grade(entity, id, before.as_ref(), &mut after);
        if verb.is_some_and(|v| v.name == "close")
            && is_major(&after)
            && !after.values.contains_key(&complaint::field::case_written)
        {
            return Err(ErrorKind::Rejected);
        }
        self.check_unique(entity, id, &after)?;
        let id = id.unwrap_or_else(|| {
            self.records.keys().filter(|(e, _)| *e == entity).map(|(_, id)| *id).max().unwrap_or(0) + 1
        });
        after.revision += 1;
        self.sequence += 1;
        self.records.insert((entity, id), after);
        Ok((entity, id))
    }

    /// The ids of the records of an entity whose field holds just this value.
    pub fn ids_where(&self, entity: EntityKind, field: u16, value: &Value) -> Vec<u64> {
        let holds = |record: &ModelRecord| record.values.get(&field) == Some(value);
        self.records.iter().filter(|((e, _), r)| *e == entity && holds(r)).map(|((_, id), _)| *id).collect()
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
        if let Some(stamp) = def.field_named(verb.stamps) {
            after.values.entry(stamp.id).or_insert(Value::Instant(now));
        }
        let to = match verb.to {
            Target::State(to) => states.by_name(to).map(|v| Value::Enum(v.number)),
            Target::Same => Some(Value::Enum(number)),
            Target::Resumed => after.values.get(&complaint::field::resumes_to).cloned(),
        };
        match verb.name {
            "review" => {
                after.values.insert(visit::field::reviewer, Value::Text(actor.to_owned()));
            }
            "suspend" => {
                after.values.insert(complaint::field::resumes_to, Value::Enum(number));
                after.values.insert(complaint::field::suspended_at, Value::Instant(now));
            }
            "resume" | "withdraw" => {
                after.values.remove(&complaint::field::resumes_to);
                after.values.remove(&complaint::field::suspended_at);
            }
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
            if let (Value::Ref(to), false) = (value, same)
                && !self.records.contains_key(&(EntityKind::Customer, *to))
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
        let own = after.values.get(&visit::field::reviewer);
        let own = entity == EntityKind::Visit && own.is_some() && own == after.values.get(&visit::field::owner);
        if missing || unsaid || own { Err(ErrorKind::Rejected) } else { Ok(()) }
    }

    fn check_unique(&self, entity: EntityKind, id: Option<u64>, after: &ModelRecord) -> Result<(), ErrorKind> {
        let code = entity.def().code;
        let Some(value) = after.values.get(&code) else { return Ok(()) };
        let taken = self.ids_where(entity, code, value).iter().any(|other| Some(*other) != id);
        if taken { Err(ErrorKind::Duplicate) } else { Ok(()) }
    }

    fn grade(&self, entity: EntityKind, id: Option<u64>, before: Option<&ModelRecord>, after: &mut ModelRecord) {
        use complaint::field;
        let settled = [ComplaintState::Closed, ComplaintState::Withdrawn].map(|s| Value::Enum(s.number()));
        let was_settled = before.and_then(|b| b.values.get(&field::state)).is_some_and(|s| settled.contains(s));
        if entity != EntityKind::Complaint || was_settled || is_major(after) {
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
        let grade = if outside || escalated || same.count() + 1 >= policy.same_issue_count_major as usize {
            ComplaintGrade::Major
        } else if matches!(class, Some(Value::Text(class)) if policy.is_key_class(class)) {
            ComplaintGrade::KeyCustomer
        } else {
            ComplaintGrade::General
        };
        after.values.insert(field::grade, Value::Enum(grade.number()));
    }
}

fn is_major(record: &ModelRecord) -> bool {
    record.values.get(&complaint::field::grade) == Some(&Value::Enum(ComplaintGrade::Major.number()))
}
