//! What another policy would change: the run itself, on a transaction that is never committed, a customer at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::{
    Actor, Command, ComplaintState, EntityKind, FieldType, Fields, Level, Value, ValueRef, complaint, visit,
};
use crate::error::{Error, ErrorKind, Result};
use crate::policy::InForce;
use crate::port::{Mark, Order, Overlay, ReadTxn, Seen, Space, Stage, Visitor, WriteTxn, scan_through};
use crate::record::{Catalog, JournalEntry, Record, RecordChange, ValueChange, journal, key, meta, table};

use super::classify::{ClassChange, Reclassified, resort};
use super::decide::each_under;
use super::judge;
use super::session::Session;
use super::snapshot::Snapshot;
use super::told;
use super::write::{self, Setting};

/// A planned visit, or the grade or a deadline of a complaint, that would be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueChange {
    /// The customer.
    pub customer: u64,
    /// `Visit` or `Complaint`.
    pub entity: EntityKind,
    /// The visit or complaint; `None` for a visit that would be added.
    pub id: Option<u64>,
    /// The kind of contact of a visit; empty for a complaint.
    pub kind: String,
    /// The field: `planned_on`, `state`, `grade`, `acknowledge_by`, `respond_by`, `deadline_on` or `escalate_by`.
    pub what: &'static str,
    /// The value as it is; empty for none.
    pub before: String,
    /// The value as it would be; empty for none.
    pub after: String,
    /// The rule by which; empty when none decides it.
    pub rule: String,
}

/// What another policy would change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// The version that was tried.
    pub version: String,
    /// The counts, as those of sorting anew.
    pub counts: Reclassified,
    /// The changes of classes in the order of customers and dimensions, as many as were asked for.
    pub changes: Vec<ClassChange>,
    /// How many values of visits and complaints would be others, by entity and field.
    pub due_counts: BTreeMap<(&'static str, &'static str), u64>,
    /// These changes, in the order of customers, as many as were asked for.
    pub due_changes: Vec<DueChange>,
    /// How many customers and complaints a rule or a plugin would not let be changed, such as one that lacks a field
    /// that the policy requires. A real run leaves them as they are.
    pub refused: u64,
}

impl WhatIf {
    /// JSON: `version`, `customers`, `changed`, `moves` with `dimension`, `before`, `after`, `count`, `changes` with
    /// `customer`, `dimension`, `before`, `after`, `rule`, `due` with `entity`, `what`, `count`, `due_changes` with
    /// `customer`, `entity`, `id`, `kind`, `what`, `before`, `after`, `rule`, and `refused`.
    pub fn to_json(&self) -> String {
        let one = |((dimension, before, after), count): (&(String, String, String), &u64)| serde_json::json!({"dimension": dimension, "before": before, "after": after, "count": count});
        let change = |c: &ClassChange| {
            serde_json::json!({"customer": c.customer, "dimension": c.dimension, "before": c.before,
                "after": c.after, "rule": c.rule})
        };
        let due = |((entity, what), count): (&(&str, &str), &u64)| serde_json::json!({"entity": entity, "what": what, "count": count});
        let due_change = |c: &DueChange| {
            serde_json::json!({"customer": c.customer, "entity": c.entity.def().name, "id": c.id, "kind": c.kind,
                "what": c.what, "before": c.before, "after": c.after, "rule": c.rule})
        };
        serde_json::json!({
            "version": self.version,
            "customers": self.counts.customers,
            "changed": self.counts.changed,
            "moves": self.counts.moves.iter().map(one).collect::<Vec<_>>(),
            "changes": self.changes.iter().map(change).collect::<Vec<_>>(),
            "due": self.due_counts.iter().map(due).collect::<Vec<_>>(),
            "due_changes": self.due_changes.iter().map(due_change).collect::<Vec<_>>(),
            "refused": self.refused,
        })
        .to_string()
    }
}

impl Session {
    /// What the classes, the planned visits and the open complaints of every customer would become under a policy file, in
    /// force today, if [`Session::reclassify`] and [`Session::reassess`] were run. Changes nothing. `limit` bounds each
    /// list of changes, not the counts.
    ///
    /// # Errors
    /// `Rejected` with what is wrong with the file; `Forbidden` when it reads or decides a field of any customer, open
    /// complaint or planned visit that a plugin hides from the actor, for that something changes would tell it;
    /// `CalendarYearMissing`; `Corrupt` and what else the store answers.
    pub fn what_if(&self, text: &str, limit: usize) -> Result<WhatIf> {
        let catalog = self.crm.catalog();
        let in_force = catalog.policies().try_text(text, &*catalog).map_err(Error::rejected)?;
        let snapshot = self.crm.inner.snapshot()?;
        let registry = self.crm.inner.registry();
        let now = self.crm.inner.present.now();
        let actor = Actor { name: self.actor().name.clone(), level: Level::Manage };
        let setting = Setting {
            now,
            today: now.date_in(self.crm.inner.zone),
            zone: self.crm.inner.zone,
            actor: &actor,
            policy: &in_force.policy,
            calendar: &in_force.calendar,
            registry: &registry,
            has_rules: self.crm.inner.has_rules,
            allows_missing: self.crm.inner.allows_missing,
        };
        let mask = self.mask();
        let mut trial = Trial { base: snapshot.clone(), overlay: Overlay::new(), catalog };
        let mut found = WhatIf { version: in_force.merged.version.clone(), ..WhatIf::default() };
        let told = mask.as_ref().and_then(|mask| told::Trial::of(mask, &in_force.policy));
        let end = meta::last_id(&*snapshot, EntityKind::Customer)? + 1;
        let (context, mut from) = (setting.context(), 0);
        loop {
            let judged = judge::judge(&snapshot, &context, from)?;
            if let Some(told) = &told {
                told.check(&snapshot, from, judged.next.unwrap_or(end))?;
            }
            found.counts.absorb(judged.counts);
            let due: BTreeSet<u64> = judged.due.into_iter().collect();
            let complaining = complaining(&*snapshot, from, judged.next)?;
            for id in due.union(&complaining) {
                let Some(record) = table::load(&*snapshot, EntityKind::Customer, *id)? else { continue };
                found.note_classes(&in_force, &setting, &record, limit);
                trial.run(&setting, *id, due.contains(id), &mut found.refused)?;
                for entry in trial.entries()? {
                    found.note_due(&*snapshot, *id, &entry, limit)?;
                }
                trial.overlay.clear();
            }
            match judged.next {
                Some(next) => from = next,
                None => return Ok(found),
            }
        }
    }
}

impl WhatIf {
    /// Notes the changes of a customer's classes.
    fn note_classes(&mut self, in_force: &InForce, setting: &Setting<'_>, record: &Record, limit: usize) {
        for (dimension, before, after) in resort(&in_force.policy, record, setting.today) {
            if self.changes.len() == limit {
                break;
            }
            let rule = dimension.classes.iter().find(|class| Some(class.name.as_str()) == after);
            self.changes.push(ClassChange {
                customer: record.id(),
                dimension: dimension.name.to_owned(),
                before,
                after: after.unwrap_or_default().to_owned(),
                rule: rule.map_or(&dimension.basis, |class| &class.basis).rule.clone(),
            });
        }
    }

    /// Notes what an entry of the run changed in a visit or a complaint.
    fn note_due(&mut self, base: &dyn ReadTxn, customer: u64, entry: &JournalEntry, limit: usize) -> Result<()> {
        for change in entry.changes.iter().filter(|change| change.entity != EntityKind::Customer) {
            for value in &change.values {
                let Some(what) = watched(change, value) else { continue };
                *self.due_counts.entry((change.entity.def().name, what)).or_default() += 1;
                if self.due_changes.len() == limit {
                    continue;
                }
                let decision = entry.decisions.iter().find(|decision| decision.subject == what);
                self.due_changes.push(DueChange {
                    customer,
                    entity: change.entity,
                    id: (change.revision > 1).then_some(change.id),
                    kind: kind_of(base, change)?,
                    what,
                    before: shown(change.entity, value.field, value.before.as_ref()),
                    after: shown(change.entity, value.field, value.after.as_ref()),
                    rule: decision.map(|decision| decision.rule.to_string()).unwrap_or_default(),
                });
            }
        }
        Ok(())
    }
}

/// The name of a field whose change is told; the state of a visit that is added is not.
fn watched(change: &RecordChange, value: &ValueChange) -> Option<&'static str> {
    let watched: &[u16] = match change.entity {
        EntityKind::Visit if change.revision == 1 => &[visit::field::planned_on],
        EntityKind::Visit => &[visit::field::planned_on, visit::field::state],
        EntityKind::Complaint => {
            use complaint::field;
            &[field::grade, field::acknowledge_by, field::respond_by, field::deadline_on, field::escalate_by]
        }
        _ => &[],
    };
    let field = change.entity.def().fields.iter().find(|field| field.id == value.field)?;
    watched.contains(&field.id).then_some(field.name)
}

/// The kind of contact of a visit, from the change that adds it or from the visit as it is.
fn kind_of(base: &dyn ReadTxn, change: &RecordChange) -> Result<String> {
    if change.entity != EntityKind::Visit {
        return Ok(String::new());
    }
    let given = change.values.iter().find(|value| value.field == visit::field::kind);
    if let Some(Value::Text(kind)) = given.and_then(|value| value.after.as_ref()) {
        return Ok(kind.clone());
    }
    let held = table::load(base, EntityKind::Visit, change.id)?;
    Ok(held.and_then(|visit| visit.text(visit::field::kind).map(str::to_owned)).unwrap_or_default())
}

/// A value as text: the name of an enumeration's value, a date, an instant.
fn shown(entity: EntityKind, field: u16, value: Option<&Value>) -> String {
    let def = entity.def().fields.iter().find(|def| def.id == field);
    match (value, def.map(|def| def.kind)) {
        (None, _) => String::new(),
        (Some(Value::Enum(number)), Some(FieldType::Enum(def))) => {
            def.by_number(*number).map_or_else(String::new, |value| value.name.to_owned())
        }
        (Some(value), _) => value.as_ref().to_string(),
    }
}

/// A transaction over a snapshot whose writes are looked at and forgotten.
struct Trial {
    base: Arc<Snapshot>,
    overlay: Overlay,
    catalog: Arc<Catalog>,
}

impl Trial {
    /// Does to a customer and its open complaints what a real run would do.
    fn run(&mut self, setting: &Setting<'_>, customer: u64, is_due: bool, refused: &mut u64) -> Result<()> {
        if is_due {
            self.apply(setting, &Command::Classify { id: customer }, refused)?;
        }
        for id in open_complaints(&*self.base, customer)? {
            self.apply(setting, &Command::Reassess { entity: EntityKind::Complaint, id }, refused)?;
        }
        Ok(())
    }

    fn apply(&mut self, setting: &Setting<'_>, command: &Command, refused: &mut u64) -> Result<()> {
        let mut catalog = Arc::clone(&self.catalog);
        let mut stage = Stage::begin(self)?;
        match write::run(&mut stage, &mut catalog, setting, command) {
            Ok(_) => stage.keep(),
            Err(error) if error.kind() == ErrorKind::Rejected => {
                *refused += 1;
                stage.undo()
            }
            Err(error) => Err(error),
        }
    }

    /// The journal entries that were written.
    fn entries(&self) -> Result<Vec<JournalEntry>> {
        let stored = self.overlay.iter(Space::Journal).filter_map(|(_, stored)| stored);
        stored.map(|stored| Ok(journal::decode(stored)?.0)).collect()
    }
}

/// The customers from an id on, and below another, who have a complaint.
fn complaining(txn: &dyn ReadTxn, from: u64, until: Option<u64>) -> Result<BTreeSet<u64>> {
    let index = key::index(EntityKind::Complaint, complaint::field::customer);
    let bound = |customer| {
        let mut key = index.clone();
        key::push_value(&mut key, Some(ValueRef::Ref(customer)));
        key
    };
    let until = until.map_or_else(|| key::after_prefix(&index), |until| Some(bound(until)));
    let mut found = BTreeSet::new();
    txn.scan(Space::Index, &bound(from), until.as_deref(), Order::Ascending, &mut |key, _| {
        found.extend(key.split_last_chunk::<8>().and_then(|(customer, _)| key::id_at_end(customer)));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// The complaints of a customer that are worked on.
pub(super) fn open_complaints(txn: &dyn ReadTxn, customer: u64) -> Result<Vec<u64>> {
    let mut prefix = key::index(EntityKind::Complaint, complaint::field::customer);
    key::push_value(&mut prefix, Some(ValueRef::Ref(customer)));
    let mut found = Vec::new();
    each_under(txn, &prefix, &mut |id| {
        let held = table::load(txn, EntityKind::Complaint, id)?;
        found.extend(held.filter(is_worked_on).map(|complaint| complaint.id()));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Whether the deadlines of a complaint can be decided anew: it is neither settled nor suspended.
pub(super) fn is_worked_on(complaint: &Record) -> bool {
    let is_suspended = complaint.enumeration(complaint::field::state) == Some(ComplaintState::Suspended.number());
    !is_suspended && !crate::rules::complaint::is_settled(complaint)
}

impl ReadTxn for Trial {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.overlay.get(&*self.base, space, key, visit)
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.overlay.scan(&*self.base, space, from, until, order, visit)
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        scan_through(self, space, visit)
    }
}

impl WriteTxn for Trial {
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        self.overlay.put(space, key, value);
        Ok(())
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<()> {
        self.overlay.delete(space, key);
        Ok(())
    }

    fn mark(&mut self) -> Result<Mark> {
        Ok(self.overlay.mark())
    }

    fn undo_to(&mut self, mark: Mark) -> Result<()> {
        self.overlay.undo_to(mark);
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<()> {
        Err(Error::new(ErrorKind::Bug, "what is tried is never committed"))
    }
}
