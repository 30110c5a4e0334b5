//! Step 6 of the write path: what the plugins say to a change, and what of it is taken over.

use crate::domain::{
    Changes, ComplaintGrade, Decided, Decision, EntityKind, Fields, Quantity, Value, complaint, customer,
};
use crate::error::Result;
use crate::plugin::{AnswerCheck, Merged};
use crate::port::{HookInput, Point, ReadTxn};
use crate::record::origin::{self, Origin, Origins};
use crate::record::{Catalog, Draft, Record};
use crate::rules;

use super::answer;
use super::change;
use super::check;
use super::needs;
use super::redact::Redaction;
use super::services::TxnServices;
use super::write::{Request, Setting, is_anew};

/// What the plugins decided about a change.
pub(crate) struct Asked {
    /// Their decisions: which plugins were missing, then the class and custom fields, the next due day, the complaint.
    pub(crate) decisions: Vec<Decision>,
    /// Who decided what the record holds, when that is another than before.
    pub(crate) origins: Option<Origins>,
}

/// Asks the plugins, and takes over what they decide.
///
/// The rule of who decides a field: what a caller gives stands until a caller clears it, and no plugin decides over it.
/// What a plugin decides is its own: the plugin decides it anew with every change of the record, and when it decides it no
/// longer, or decides it to be absent, the value is withdrawn, unless the plugin said that it is kept. A caller who gives
/// the value that is there already has given nothing. Of a complaint the deadline and the grade are the kernel's, which the
/// plugin decides over: a deadline that is withdrawn is the kernel's again, and a grade only rises.
pub(crate) fn plugins(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    draft: &mut Draft,
    customer: Option<&Record>,
) -> Result<Asked> {
    let registry = setting.registry;
    let mut decisions = needs::require(catalog, setting, request.entity)?;
    if registry.is_empty() && !catalog.needs().ever() {
        return Ok(Asked { decisions, origins: None });
    }
    if !is_anew(request) {
        registry.refuse_quarantined(request.entity)?;
    }
    let services = TxnServices { txn, catalog };
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
    let check: AnswerCheck<'_> =
        &|point, hook, input, answer| answer::check(catalog, setting.zone, point, hook, input, answer);
    // What is decided anew is nobody's change, and cannot be refused: time alone may have made the record such.
    if !is_anew(request) && registry.asks(Point::Validate, request.entity) {
        input(draft, &mut |input| {
            let found = registry.validate(input, check);
            let found = found.map_err(|failed| Redaction::of(input, catalog).failure(failed))?;
            if found.is_empty() {
                return Ok(());
            }
            check::refuse(Redaction::of(input, catalog).violations(found))
        })?;
    }
    let mut taker = Taker::new(txn, catalog, setting, request, before)?;
    let finish = |draft: &Draft, decided: Decided| match request.entity {
        EntityKind::Complaint => rules::complaint::lengthened(decided, draft, &setting.context()),
        _ => Ok(decided),
    };
    // One that is taken up again is not settled any more, and gets its deadline anew.
    let settled = before.is_some_and(|b| rules::complaint::is_settled(b)) && rules::complaint::is_settled(draft);
    for point in [Point::Classify, Point::Cadence, Point::Complaint, Point::Retention] {
        // Nothing is counted from an instant that cannot be.
        let is_over = point == Point::Complaint && (settled || super::dates::has_doubtful_start(draft));
        if is_over || !registry.asks(point, request.entity) {
            continue;
        }
        let mut merged = Merged::default();
        input(draft, &mut |input| {
            let decided = registry.decide(point, input, check, &|decided| finish(draft, decided));
            merged = decided.map_err(|failed| Redaction::of(input, catalog).failure(failed))?;
            if merged.violations.is_empty() {
                return Ok(());
            }
            check::refuse(Redaction::of(input, catalog).violations(std::mem::take(&mut merged.violations)))
        })?;
        taker.take_over(point, draft, merged, &mut decisions)?;
    }
    decisions.iter_mut().for_each(|d| d.policy_version = setting.policy.version.clone());
    Ok(Asked { decisions, origins: taker.changed() })
}

/// Takes decisions over into a draft, and knows who decided what is there.
struct Taker<'a> {
    catalog: &'a Catalog,
    setting: &'a Setting<'a>,
    changes: &'a Changes,
    before: Option<&'a Record>,
    /// The origins as they are stored.
    stored: Origins,
    origins: Origins,
}

impl<'a> Taker<'a> {
    fn new(
        txn: &dyn ReadTxn,
        catalog: &'a Catalog,
        setting: &'a Setting<'a>,
        request: &'a Request<'a>,
        before: Option<&'a Record>,
    ) -> Result<Self> {
        let stored = match before {
            Some(record) if catalog.needs().ever() => origin::load(txn, record.entity(), record.id())?,
            _ => Origins::new(),
        };
        let mut taker = Self { catalog, setting, changes: request.changes, before, origins: stored.clone(), stored };
        if !request.follows {
            let given: Vec<u16> = taker.changes.keys().copied().filter(|field| taker.is_given(*field)).collect();
            given.iter().for_each(|field| drop(taker.origins.remove(field)));
        }
        Ok(taker)
    }

    /// Whether the caller gives or clears a field now; the value that is there already is not given.
    fn is_given(&self, field: u16) -> bool {
        let given = self.changes.get(&field).map(|value| value.as_ref().map(Value::as_ref));
        given.is_some_and(|given| given != self.before.and_then(|before| before.get(field)))
    }

    /// The origins, when they are others than those that are stored.
    fn changed(self) -> Option<Origins> {
        (self.origins != self.stored).then_some(self.origins)
    }

    /// Puts the decision that counts of each subject into the record; keeps all about a subject that changes it, and those that
    /// come to the same by another calendar. Then withdraws what is decided no longer.
    fn take_over(
        &mut self,
        point: Point,
        draft: &mut Draft,
        merged: Merged,
        decisions: &mut Vec<Decision>,
    ) -> Result<()> {
        let entity = draft.header.entity;
        let Merged { decided, withdrawn, kept, .. } = merged;
        let is_marked_anew = mark(point, self.before, draft, &decided);
        let (mut subject, mut changes, mut decides) = (String::new(), false, Vec::new());
        for Decided { value, decision } in decided {
            if *decision.subject != *subject {
                subject = decision.subject.to_string();
                let plugin = decision.plugin.split(' ').next().unwrap_or_default().to_owned();
                let is_kept = kept.contains(&(plugin.clone(), subject.clone()));
                changes = self.set(draft, &subject, &value, Origin { plugin, is_kept }, is_marked_anew);
                decides.extend(self.catalog.field_named(entity, &subject).map(|info| info.id));
            }
            if changes {
                decisions.push(decision);
            }
        }
        let no_longer = self.decided_no_longer(point, entity, &decides);
        for decision in withdrawn {
            let field = self.catalog.field_named(entity, &decision.subject).map(|info| info.id);
            if let Some(field) = field.filter(|field| self.origins.contains_key(field)) {
                self.withdraw(draft, field, decision, decisions)?;
            }
        }
        for (field, plugin) in no_longer {
            if !self.origins.contains_key(&field) {
                continue;
            }
            let name = self.catalog.field(entity, field).map(|info| info.name.clone()).unwrap_or_default();
            let decision = no_longer_decided(self.setting, name, &plugin);
            self.withdraw(draft, field, decision, decisions)?;
        }
        Ok(())
    }

    /// The fields that plugins decided before, were asked about now, and decide no longer.
    fn decided_no_longer(&self, point: Point, entity: EntityKind, decides: &[u16]) -> Vec<(u16, String)> {
        let registry = self.setting.registry;
        let concerns = |field: u16| point_of(entity, field) == point && !decides.contains(&field);
        let is_asked = |origin: &Origin| !origin.is_kept && registry.asks_plugin(&origin.plugin, point, entity);
        let found = self.origins.iter().filter(|(field, origin)| concerns(**field) && is_asked(origin));
        found.map(|(field, origin)| (*field, origin.plugin.clone())).collect()
    }

    /// Takes a value back that a plugin decided; a deadline becomes the kernel's again.
    fn withdraw(
        &mut self,
        draft: &mut Draft,
        field: u16,
        decision: Decision,
        decisions: &mut Vec<Decision>,
    ) -> Result<()> {
        self.origins.remove(&field);
        if self.is_given(field) || draft.values.remove(&field).is_none() {
            return Ok(());
        }
        decisions.push(decision);
        if (draft.header.entity, field) == (EntityKind::Complaint, complaint::field::deadline_on) {
            for (of, value, decision) in rules::complaint::deadlines(None, draft, &self.setting.context())? {
                if of == field {
                    change::put(draft, vec![(of, value)]);
                    decisions.extend(decision);
                }
            }
        }
        Ok(())
    }

    /// Whether a decision changes the record, after it did, or is to be kept when it does not.
    fn set(&mut self, draft: &mut Draft, subject: &str, value: &Quantity, origin: Origin, keeps_same: bool) -> bool {
        let entity = draft.header.entity;
        let Some(value) = value.to_value() else { return false };
        if subject == answer::KEEP_UNTIL && entity == EntityKind::Customer {
            return true;
        }
        let Some(field) = self.catalog.field_named(entity, subject).map(|info| info.id) else { return false };
        if is_of_the_policy(self.setting, entity, subject) {
            self.origins.remove(&field);
            return false;
        }
        if let (EntityKind::Complaint, "grade", Value::Text(name)) = (entity, subject, &value) {
            let graver = ComplaintGrade::DEF.by_name(name).map(|v| v.number);
            let rises = graver > draft.enumeration(field);
            draft.values.extend(graver.filter(|_| rises).map(|graver| (field, Value::Enum(graver))));
            return rises;
        }
        let is_the_kernels = (entity, subject) == (EntityKind::Complaint, "deadline_on");
        let is_there = draft.values.contains_key(&field);
        if is_there && !is_the_kernels && !self.origins.contains_key(&field) {
            return false; // A caller gave it.
        }
        self.origins.insert(field, origin);
        if draft.values.get(&field) == Some(&value) {
            return keeps_same;
        }
        draft.values.insert(field, value);
        true
    }
}

/// The hook that decides a field.
fn point_of(entity: EntityKind, field: u16) -> Point {
    match (entity, field) {
        (EntityKind::Complaint, complaint::field::deadline_on | complaint::field::owner) => Point::Complaint,
        (EntityKind::Customer, customer::field::next_due_on) => Point::Cadence,
        _ => Point::Classify,
    }
}

/// The decision that a plugin decides a field no longer.
fn no_longer_decided(setting: &Setting<'_>, field: String, plugin: &str) -> Decision {
    let status = setting.registry.plugins().into_iter().find(|status| status.id == plugin);
    Decision {
        subject: field.into(),
        plugin: status.map_or_else(|| plugin.to_owned(), |status| format!("{} {}", status.id, status.version)),
        ..Decision::new("", "", "", "", setting.policy)
            .because("the plugin decides it no longer", "插件不再作此判定，予以撤销")
    }
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
