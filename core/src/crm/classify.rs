//! Classes of customers: decided on every change, for the whole base at once, and tried under another policy.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::domain::{
    ClassRule, Command, Date, Decision, Dimension, EntityKind, Fields, Operation, Policy, Value, ValueRef, customer,
};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::policy;
use crate::port::{Order, Point, ReadTxn, Space};
use crate::record::journal::Fact;
use crate::record::{Catalog, Draft, IndexInfo, Record, key, meta, table};
use crate::rules::{Context, class, shape::violation};

use super::check;
use super::group::{self, Atomicity};
use super::judge::{self, Judged};
use super::mask::{Mask, about_stored};
use super::session::Session;
use super::told;
use super::write::{Request, Setting};

/// How many customers are sorted anew in one transaction at most.
const CHUNK: usize = 1_000;

/// Sorts a customer into its classes, and does what granting and revoking a class stand for.
///
/// # Errors
/// `Rejected` when a class was granted that is not there or does not fit, or a class was given by hand that the policy
/// decides.
pub(super) fn decide(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    draft: &mut Draft,
) -> Result<(Vec<Decision>, Vec<Fact>)> {
    if request.entity != EntityKind::Customer {
        return Ok((Vec::new(), Vec::new()));
    }
    let (mut decisions, facts) = match request.name {
        "revoke" => {
            for field in [GRANTED, customer::field::grant_approver, customer::field::granted_at, NUMBER] {
                draft.values.remove(&field);
            }
            (Vec::new(), Vec::new())
        }
        _ => grant(txn, catalog, setting, before, draft)?.into_iter().unzip(),
    };
    let mut refused = Vec::new();
    for dimension in &setting.policy.dimensions {
        let place = class::place_of(dimension, draft, setting.today);
        let class = place.map(|at| dimension.classes[at].name.as_str());
        let decision = || class::decision(dimension, place, draft, setting.today, &setting.policy.version);
        let given = request.changes.get(&dimension.field).and_then(Option::as_ref);
        if given.is_some_and(|given| given.as_ref() != ValueRef::Text(class.unwrap_or_default())) {
            refused.push(decided_by_policy(dimension, &decision()));
        }
        let was = before.and_then(|record| record.text(dimension.field)).unwrap_or_default();
        // What stays as it was is decided as it was, and needs no reasons anew.
        if was != class.unwrap_or_default() {
            decisions.push(decision());
        }
        match class {
            Some(class) => draft.values.insert(dimension.field, Value::Text(class.to_owned())),
            None => draft.values.remove(&dimension.field),
        };
    }
    check::refuse(refused)?;
    Ok((decisions, facts))
}

const GRANTED: u16 = customer::field::granted_class;
const NUMBER: u16 = customer::field::key_customer_number;

fn decided_by_policy(dimension: &Dimension, decision: &Decision) -> Violation {
    let (name, version) = (dimension.name, &decision.policy_version);
    let message = format!("{name} is decided by the policy {version}, which says {:?}", decision.value);
    let mut found = violation(name, "decided_by_policy", message, "分类由制度判定，不能直接填写")
        .by(decision.rule.clone(), decision.source.clone());
    found.inputs.clone_from(&decision.inputs);
    found
}

/// Checks a class that is granted now, and gives its number when the policy says so and history brings none.
fn grant(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    before: Option<&Record>,
    draft: &mut Draft,
) -> Result<Option<(Decision, Fact)>> {
    let Some(name) = draft.text(GRANTED).map(str::to_owned) else { return Ok(None) };
    if before.is_some_and(|record| record.text(GRANTED) == Some(&name) && record.get(NUMBER) == draft.get(NUMBER)) {
        return Ok(None);
    }
    let dimension = setting.policy.dimension(customer::field::class);
    let granted: Vec<&ClassRule> =
        dimension.into_iter().flat_map(|dimension| &dimension.classes).filter(|class| class.granted).collect();
    let Some(rule) = granted.iter().find(|class| class.name == name) else {
        let names: Vec<&str> = granted.iter().map(|class| class.name.as_str()).collect();
        let allowed = if names.is_empty() { "no class".to_owned() } else { names.join(", ") };
        let message = format!("granted_class is {name:?}; the policy {} grants {allowed}", setting.policy.version);
        let basis = dimension.map(|dimension| dimension.basis.clone()).unwrap_or_default();
        let found = violation("granted_class", "unknown_class", message, "制度没有可认定的此分类")
            .by(basis.rule, basis.source)
            .input("granted_class", &name)
            .input("classes", names.join(","));
        return check::refuse(vec![found]).map(|()| None);
    };
    if !class::is_met(rule, draft, setting.today) {
        let text = rule.when.as_ref().map_or("", |condition| condition.text());
        let message = format!("{name} cannot be granted, its condition does not hold: {text}");
        let mut found = violation("granted_class", "not_eligible", message, "不符合认定条件")
            .by(rule.basis.rule.clone(), rule.basis.source.clone());
        found.inputs = class::inputs(std::slice::from_ref(*rule), draft, setting.today);
        return check::refuse(vec![found]).map(|()| None);
    }
    match &rule.number_prefix {
        Some(prefix) if draft.get(NUMBER).is_none() => {
            give_number(txn, catalog, setting, rule, prefix, draft).map(Some)
        }
        _ => Ok(None),
    }
}

/// Gives the next key-customer number that nobody has, and the counter behind it; a number is never given twice. Those that came
/// with history are passed over. Source: R-FIX-05.
fn give_number(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    rule: &ClassRule,
    prefix: &str,
    draft: &mut Draft,
) -> Result<(Decision, Fact)> {
    let last = meta::get(txn, Space::Meta, meta::KEY_KEY_CUSTOMER)?.map_or(Ok(0), |bytes| meta::number(&bytes))?;
    let is_key = |index: &&IndexInfo| index.unique && index.fields == [NUMBER];
    let by_number = catalog.indexes(EntityKind::Customer).iter().find(is_key);
    let by_number = by_number.expect("invariant: the number is a unique key");
    let mut next = last + 1;
    let number = loop {
        let number = format!("{prefix}{next:06}");
        draft.values.insert(NUMBER, Value::Text(number.clone()));
        if table::find_unique(txn, EntityKind::Customer, by_number, draft)?.is_none() {
            break number;
        }
        next += 1;
    };
    let fact = Fact { key: meta::KEY_KEY_CUSTOMER.to_vec(), value: next.to_be_bytes().to_vec() };
    let decision = Decision {
        subject: "key_customer_number".into(),
        value: number,
        rule: rule.basis.rule.clone().into(),
        source: rule.basis.source.clone().into(),
        inputs: vec![
            ("granted_class".into(), rule.name.clone()),
            ("grant_approver".into(), draft.text(customer::field::grant_approver).unwrap_or_default().to_owned()),
        ],
        reason: "a granted customer gets the next number".to_owned(),
        reason_zh: "认定后编发客户编号".to_owned(),
        policy_version: setting.policy.version.clone(),
        plugin: String::new(),
    };
    Ok((decision, fact))
}

/// What sorting the whole base anew did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reclassified {
    /// How many customers were looked at.
    pub customers: u64,
    /// How many changed: their class in at least one dimension, or what a plugin decides of them.
    pub changed: u64,
    /// How many went from one class to another, by dimension, class before and class after; empty for none.
    pub moves: BTreeMap<(String, String, String), u64>,
    /// How many records of other entities plugins were asked about.
    pub records: u64,
    /// How many of those changed.
    pub records_changed: u64,
    /// How many customers and records stayed as they are, because a rule refuses them.
    pub refused: u64,
}

/// A customer whose class would be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassChange {
    /// The customer.
    pub customer: u64,
    /// The dimension.
    pub dimension: String,
    /// The class as it is; empty for none.
    pub before: String,
    /// The class as it would be; empty for none.
    pub after: String,
    /// The rule by which.
    pub rule: String,
}

/// The dimensions in which a customer is of another class under a policy: the class before and after.
pub(super) fn resort<'p>(
    policy: &'p Policy,
    record: &dyn Fields,
    today: Date,
) -> Vec<(&'p Dimension, String, Option<&'p str>)> {
    let mut sorted = Sorted { record, classes: Vec::new() };
    let mut changes = Vec::new();
    for dimension in &policy.dimensions {
        let class = class::class_of(dimension, &sorted, today);
        let before = record.text(dimension.field);
        if before != class {
            changes.push((dimension, before.unwrap_or_default().to_owned(), class));
            sorted.classes.push((dimension.field, class));
        }
    }
    changes
}

/// A customer as it is stored, with the classes decided anew that are others.
struct Sorted<'r> {
    record: &'r dyn Fields,
    classes: Vec<(u16, Option<&'r str>)>,
}

impl Fields for Sorted<'_> {
    fn get(&self, field: u16) -> Option<ValueRef<'_>> {
        match self.classes.iter().find(|(f, _)| *f == field) {
            Some((_, class)) => class.map(ValueRef::Text),
            None => self.record.get(field),
        }
    }
}

impl Reclassified {
    /// Takes in what was counted of other customers.
    pub(super) fn absorb(&mut self, others: Self) {
        self.customers += others.customers;
        self.changed += others.changed;
        self.records += others.records;
        self.records_changed += others.records_changed;
        self.refused += others.refused;
        for (between, count) in others.moves {
            *self.moves.entry(between).or_default() += count;
        }
    }

    pub(super) fn count(&mut self, changes: &[(&Dimension, String, Option<&str>)]) {
        self.customers += 1;
        self.changed += u64::from(!changes.is_empty());
        for (dimension, before, after) in changes {
            let after = after.unwrap_or_default().to_owned();
            *self.moves.entry((dimension.name.to_owned(), before.clone(), after)).or_default() += 1;
        }
    }
}

impl Session {
    /// Sorts every customer anew under the policy in force, and brings the plans of visits up to it; writes those whose
    /// class or plan changes, 1,000 in a transaction. A second thread helps to look at them. Where plugins decide something
    /// of customers (`classify`, `cadence`) they are asked about each, so that what time alone moves is decided too; then
    /// about each record of another entity of which a plugin decides custom fields. Customers of whom a plugin hides
    /// something that they are sorted by are sorted too, and left out of `changed` and `moves`. `watch` is told how many
    /// customers and records were looked at; `Break` ends the work, and what is written stays.
    ///
    /// # Errors
    /// `Forbidden`, `Cancelled`, and what else a change of a customer answers.
    pub fn reclassify(&self, watch: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<Reclassified> {
        self.permit(Operation::Reclassify)?;
        let mut done = Reclassified::default();
        let asks = |entity| {
            let registry = self.crm.inner.registry();
            [Point::Classify, Point::Cadence].iter().any(|point| registry.asks(*point, entity))
        };
        if asks(EntityKind::Customer) {
            self.ask_again(EntityKind::Customer, &mut done, watch)?;
        } else {
            self.sort_anew(&mut done, watch)?;
        }
        for entity in EntityKind::ALL.iter().filter(|entity| **entity != EntityKind::Customer && asks(**entity)) {
            self.ask_again(*entity, &mut done, watch)?;
        }
        Ok(done)
    }

    /// Sorts the customers whose class or plan is another.
    fn sort_anew(&self, done: &mut Reclassified, watch: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<()> {
        let mut from = 0;
        loop {
            let judged = self.judge(from)?;
            done.absorb(self.told(&judged)?.unwrap_or(judged.counts));
            for due in judged.due.chunks(CHUNK) {
                let commands = due.iter().map(|id| Command::Classify { id: *id }).collect();
                let answers = group::submit(&self.crm.inner, self.actor(), commands, Atomicity::Each, None)?;
                for (id, answer) in due.iter().zip(answers) {
                    match answer {
                        Err(error) if error.kind() == ErrorKind::Rejected => done.refused += 1,
                        answer => {
                            answer.map_err(|error| self.refused(error, about_stored(EntityKind::Customer, *id)))?;
                        }
                    }
                }
                go_on(watch, done)?;
            }
            if judged.due.is_empty() {
                go_on(watch, done)?;
            }
            match judged.next {
                Some(next) => from = next,
                None => return Ok(()),
            }
        }
    }

    /// Has every record of an entity decided anew, plugins included, and counts what changed.
    fn ask_again(
        &self,
        entity: EntityKind,
        done: &mut Reclassified,
        watch: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut from = 0;
        while let Some(before) = Some(self.chunk_of(entity, from)?).filter(|chunk| !chunk.is_empty()) {
            from = before.last().map_or(u64::MAX, |last| last.id() + 1);
            let commands = before.iter().map(|record| match entity {
                EntityKind::Customer => Command::Classify { id: record.id() },
                entity => Command::Redecide { entity, id: record.id() },
            });
            let answers = group::submit(&self.crm.inner, self.actor(), commands.collect(), Atomicity::Each, None)?;
            for (before, answer) in before.iter().zip(answers) {
                match answer {
                    Ok(outcome) => self.count_asked(before, outcome.record.as_ref(), done)?,
                    // The rule refuses the next change of the record, and says why then.
                    Err(error) if error.kind() == ErrorKind::Rejected => done.refused += 1,
                    Err(error) => return Err(self.refused(error, about_stored(entity, before.id()))),
                }
            }
            match entity {
                EntityKind::Customer => done.customers += before.len() as u64,
                _ => done.records += before.len() as u64,
            }
            go_on(watch, done)?;
        }
        go_on(watch, done)
    }

    /// The next records of an entity from an id on, as many as are decided in one transaction.
    fn chunk_of(&self, entity: EntityKind, from: u64) -> Result<Vec<Record>> {
        let mut found = Vec::new();
        let (begin, until) = (key::record(entity, from), [entity.number() + 1]);
        self.crm.inner.snapshot()?.scan(Space::Record, &begin, Some(&until), Order::Ascending, &mut |_, stored| {
            found.push(Record::decode(stored)?);
            Ok(if found.len() < CHUNK { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(found)
    }

    /// Counts a record that was decided anew, when the actor sees all of it.
    fn count_asked(&self, before: &Record, after: Option<&Record>, done: &mut Reclassified) -> Result<()> {
        let Some(after) = after.filter(|after| !before.iter().eq(after.iter())) else { return Ok(()) };
        if let Some(mask) = self.mask()
            && !mask.hidden(&*self.crm.inner.snapshot()?, after)?.is_empty()
        {
            return Ok(());
        }
        if before.entity() != EntityKind::Customer {
            done.records_changed += 1;
            return Ok(());
        }
        done.changed += 1;
        for dimension in policy::DIMENSIONS {
            let field = EntityKind::Customer.def().field_named(dimension).map_or(0, |field| field.id);
            let class = |record: &Record| record.text(field).unwrap_or_default().to_owned();
            if class(before) != class(after) {
                *done.moves.entry((dimension.to_owned(), class(before), class(after))).or_default() += 1;
            }
        }
        Ok(())
    }

    /// What was counted, without the customers of whom the actor may not see what they are sorted by; `None` when a plugin
    /// hides nothing of it.
    fn told(&self, judged: &Judged) -> Result<Option<Reclassified>> {
        let (in_force, today) = (self.crm.in_force(), self.crm.today());
        let read = told::read_by(&in_force.policy, EntityKind::Customer);
        let hides = |mask: &Mask| read.iter().any(|field| mask.may_hide(EntityKind::Customer, *field));
        let Some(mask) = self.mask().filter(hides) else { return Ok(None) };
        let snapshot = self.crm.inner.snapshot()?;
        let mut counts = Reclassified::default();
        for id in &judged.due {
            let Some(record) = table::load(&*snapshot, EntityKind::Customer, *id)? else { continue };
            let changes = resort(&in_force.policy, &record, today);
            if !changes.is_empty() && mask.shows(&*snapshot, &record, &read)? {
                counts.count(&changes);
            }
        }
        Ok(Some(Reclassified { customers: judged.counts.customers, ..counts }))
    }

    /// The next customers, judged as they are now.
    fn judge(&self, from: u64) -> Result<Judged> {
        let (now, zone, in_force) = (self.crm.inner.present.now(), self.crm.inner.zone, self.crm.in_force());
        let (policy, calendar, today) = (&in_force.policy, &in_force.calendar, now.date_in(zone));
        let context = Context { now, today, zone, actor: &self.actor().name, policy, calendar };
        judge::judge(&*self.crm.inner.snapshot()?, &context, from)
    }
}

fn go_on(watch: &mut dyn FnMut(u64) -> ControlFlow<()>, done: &Reclassified) -> Result<()> {
    let looked_at = done.customers + done.records;
    match watch(looked_at) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => {
            Err(Error::new(ErrorKind::Cancelled, format!("cancelled after {looked_at} customers and records")))
        }
    }
}
