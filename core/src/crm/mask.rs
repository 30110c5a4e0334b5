//! The fields that plugins, and the policy that lends the files of customers, hide from whoever reads, on every way out.
//!
//! To an actor from whom a field is hidden it reads as absent: in records, in what a query compares, orders, groups, counts
//! and sums by, in the past and in the journal. A decision about a record that has hidden fields keeps its value and its
//! rule and loses its inputs and its reason, which could tell them; a refusal loses its inputs, and its message when that could.
//! A trial of a policy that would tell one is `Forbidden`. A field that is made from a hidden one is hidden with it (`derived`).
//! A command that clears a hidden field is `Forbidden`, whatever its value is: who reads it as absent would send that back.
//! A unique key that a hidden value of another record takes is refused without naming it; a put that gives a hidden field is
//! written even when it changes nothing, so that nobody learns a value by giving it.
//! A copy of the whole database is for who may have the file, and is not masked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::{Command, Decision, EntityKind, Fields, Instant};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::plugin::Registry;
use crate::port::ReadTxn;
use crate::record::{Catalog, Draft, Header, JournalEntry, Record, table};
use crate::rules::shape::violation;

use super::change;
use super::check;
use super::derived::{HIDDEN, Hiding, Reader, hidden_of_cleared};
use super::query::{Condition, Op, Query};
use super::redact;
use super::session::Session;
use super::write::Outcome;

/// What the failure of a plugin is about that is asked about a record.
pub(super) fn about_stored(entity: EntityKind, id: u64) -> About {
    Some((entity, Which::Stored(id)))
}

const REASON_HIDDEN: &str = "the reason is not shown, for a plugin hides fields of the record from the reader";
const REASON_HIDDEN_ZH: &str = "该记录有字段对当前用户脱敏，不显示理由";

/// What plugins hide from the actor of a session.
#[derive(Clone)]
pub(super) struct Mask {
    session: Session,
    registry: Arc<Registry>,
}

impl Session {
    /// The mask of this session, when a plugin may hide fields from it.
    pub(super) fn mask(&self) -> Option<Mask> {
        let inner = &self.crm().inner;
        let may_hide = inner.masks.load(Ordering::Acquire) || inner.loans.load(Ordering::Acquire);
        may_hide.then(|| Mask { session: self.clone(), registry: inner.registry() })
    }

    /// What a command is about, when something may be hidden from this session.
    pub(super) fn about(&self, command: &Command) -> About {
        let inner = &self.crm().inner;
        let may_hide = inner.masks.load(Ordering::Acquire) || inner.loans.load(Ordering::Acquire);
        if may_hide { about(command) } else { None }
    }

    /// A record as this session may see it.
    pub(super) fn shown(&self, record: Option<Record>) -> Result<Option<Record>> {
        match (record, self.mask()) {
            (Some(record), Some(mask)) => mask.apply(&*self.crm().inner.snapshot()?, record).map(Some),
            (record, _) => Ok(record),
        }
    }

    /// What a command gives, as this session may see it. It is done, so a plugin that fails now hides all that it may.
    pub(super) fn seen(&self, mut outcome: Outcome) -> Outcome {
        let Some(mask) = self.mask() else { return outcome };
        let Some(record) = outcome.record.take() else { return outcome };
        let of_followed: usize = outcome.followed.iter().map(|(_, count)| count).sum();
        let mut rest = outcome.decisions.split_off(outcome.decisions.len() - of_followed);
        let (hidden, decisions) = self.told_of(&mask, &record, outcome.decisions);
        outcome.decisions = decisions;
        for (followed, count) in std::mem::take(&mut outcome.followed) {
            let of_record = rest.drain(..count).collect();
            outcome.decisions.extend(self.told_of(&mask, &followed, of_record).1);
        }
        outcome.record = without(record, &hidden).ok();
        outcome
    }

    /// What is hidden of a record, and what may be told of the decisions about it.
    fn told_of(&self, mask: &Mask, record: &Record, decisions: Vec<Decision>) -> (BTreeSet<u16>, Vec<Decision>) {
        let asked = self.crm().inner.snapshot().and_then(|snapshot| {
            let is_veiled = mask.is_veiled(&*snapshot, record)?;
            Ok((mask.hidden(&*snapshot, record)?, is_veiled))
        });
        let (hidden, is_veiled) = asked.unwrap_or_else(|_| (mask.all_that_may_be_hidden(record), true));
        let told = match is_veiled {
            true => veiled(&self.crm().catalog(), record.entity(), &hidden, decisions),
            false => decisions,
        };
        (hidden, told)
    }

    /// The same of many, and of their refusals.
    pub(super) fn all_seen(&self, answers: Vec<Result<Outcome>>, about: &[About]) -> Vec<Result<Outcome>> {
        let about = about.iter().copied().chain(std::iter::repeat(None));
        let seen = |(answer, about): (Result<Outcome>, About)| match answer {
            Ok(outcome) => Ok(self.seen(outcome)),
            Err(refused) => Err(self.refused(refused, about)),
        };
        answers.into_iter().zip(about).map(seen).collect()
    }

    /// A put without the nulls of fields that are hidden from this session, for rows out of a table that was read here: in it a
    /// hidden field is null like an absent one. What is not left out, the write refuses. Errors: what the store answers.
    pub fn leaving_hidden(&self, command: Command) -> Result<Command> {
        let Some(mask) = self.mask() else { return Ok(command) };
        let Command::Put { entity, mut changes } = command else { return Ok(command) };
        let (snapshot, catalog) = (self.crm().inner.snapshot()?, self.crm().catalog());
        // A put that finds no record says so when it is done.
        if let Ok(Some(record)) = change::find_by_key(&*snapshot, &catalog, entity, &changes) {
            let hidden = mask.reading(true, |reader| hidden_of_cleared(reader, &*snapshot, &record, &changes));
            changes.retain(|field, _| !hidden.contains(field));
        }
        Ok(Command::Put { entity, changes })
    }

    /// A refusal, as this session may see it: without inputs when they could tell what is hidden, and without the message
    /// of what is about a hidden field, uses one, or comes from a plugin, which may write of any. What a plugin writes
    /// freely, in its refusal or its failure, is not shown at all.
    pub(super) fn refused(&self, refused: Error, about: About) -> Error {
        let (Some((entity, which)), Some(mask)) = (about, self.mask()) else { return refused };
        if refused.kind() == ErrorKind::Duplicate {
            return self.duplicate_seen(refused, entity, &mask);
        }
        // The refusal to clear a hidden field says nothing of it; no other refusal without violations does.
        let has_failed = refused.kind() == ErrorKind::PluginFailed;
        let is_silent = refused.violations().iter().all(|found| found.code == HIDDEN && found.plugin.is_empty());
        if is_silent && !has_failed {
            return refused;
        }
        let known = || {
            let snapshot = self.crm().inner.snapshot()?;
            let named = |entity, id| match table::load(&*snapshot, entity, id)? {
                Some(record) => mask.names_hidden(&*snapshot, &record),
                None => Ok(BTreeSet::new()),
            };
            match which {
                Which::Stored(id) => named(entity, id),
                Which::New(customer) => {
                    let of_customer = customer.map(|id| named(EntityKind::Customer, id)).transpose()?;
                    let mut hidden = mask.names_hidden(&*snapshot, &nothing_yet(entity)?)?;
                    hidden.extend(of_customer.into_iter().flatten());
                    Ok(hidden)
                }
                Which::Unknown => Ok(mask.names_that_may_be_hidden(entity)),
            }
        };
        let hidden = known().unwrap_or_else(|_: Error| mask.names_that_may_be_hidden(entity));
        match hidden.is_empty() {
            true => refused,
            false if has_failed => redact::veil_failure(refused),
            false => veiled_refusal(refused, &hidden),
        }
    }
}

impl Session {
    /// The refusal of a unique key: without its name and the record that has it, when that record's are hidden or nobody can say.
    fn duplicate_seen(&self, refused: Error, entity: EntityKind, mask: &Mask) -> Error {
        let Some(holder) = refused.context_value("id").and_then(|id| id.parse().ok()) else { return refused };
        let fields = refused.context_value("field").unwrap_or_default();
        let is_hidden = || {
            let snapshot = self.crm().inner.snapshot()?;
            let Some(record) = table::load(&*snapshot, entity, holder)? else { return Ok(false) };
            let catalog = self.crm().catalog();
            let hidden = names(&catalog, entity, mask.hidden(&*snapshot, &record)?);
            Ok(fields.split(" and ").any(|name| hidden.contains(name)))
        };
        match is_hidden() {
            Ok(false) => refused,
            Ok(true) | Err(Error { .. }) => {
                let name = entity.def().name;
                let message = format!("another {name} has a unique key of the record; which one is not shown");
                Error::new(ErrorKind::Duplicate, message).with("entity", name)
            }
        }
    }
}

/// A record of which nothing is known but what its caller says.
fn nothing_yet(entity: EntityKind) -> Result<Record> {
    let header = Header { entity, id: 0, revision: 0, sequence: 0, created_at: Instant::MIN, updated_at: Instant::MIN };
    Record::encode(&Draft { header, values: BTreeMap::new() })
}

/// A refusal without what could tell the fields of these names.
fn veiled_refusal(refused: Error, hidden: &BTreeSet<String>) -> Error {
    let is_hidden = |name: &str| hidden.contains(name);
    let veil = |violation: &mut Violation| {
        let tells = !violation.plugin.is_empty()
            || is_hidden(&violation.field)
            || violation.inputs.iter().any(|(name, _)| is_hidden(name));
        violation.inputs.clear();
        if !violation.plugin.is_empty() {
            redact::veil(violation);
        }
        if tells {
            violation.message = format!("{}: {REASON_HIDDEN}", violation.code);
            violation.message_zh = REASON_HIDDEN_ZH.to_owned();
        }
    };
    refused.veiled(veil, is_hidden)
}

/// The record that a command is about.
pub(super) type About = Option<(EntityKind, Which)>;

/// Which record of an entity.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    /// The one with an id.
    Stored(u64),
    /// One that is new, of a customer or of none.
    New(Option<u64>),
    /// One that is found by its key, or is new.
    Unknown,
}

/// What a command is about.
fn about(command: &Command) -> About {
    match command {
        Command::AllowingImpossibleDates(command) => about(command),
        Command::Add { entity, changes } => {
            let customer = entity.def().customer().and_then(|field| check::Set(changes).reference(field));
            Some((*entity, Which::New(customer)))
        }
        Command::Put { entity, .. } => Some((*entity, Which::Unknown)),
        Command::Update { entity, id, .. } => Some((*entity, Which::Stored(*id))),
        Command::Act { verb, id, .. } => Some((verb.entity, Which::Stored(*id))),
        Command::Classify { id } => Some((EntityKind::Customer, Which::Stored(*id))),
        Command::Reassess { entity, id } | Command::Redecide { entity, id } => Some((*entity, Which::Stored(*id))),
        Command::DeclareField(_)
        | Command::RegisterPlugin(_)
        | Command::ForgetPlugin(_)
        | Command::TrustKey(_)
        | Command::DistrustKey(_)
        | Command::AdoptPolicy(_) => None,
    }
}

impl Mask {
    /// Whether a field of any record may be hidden: by a plugin, or because one that it is made from may be. Of fields of which
    /// none may, indexes and kept counts tell nothing that is hidden.
    pub(super) fn may_hide(&self, entity: EntityKind, field: u16) -> bool {
        let catalog = self.session.crm().catalog();
        self.hiding(&catalog).may_hide(entity, field)
    }

    /// Who may hide fields from the actor.
    fn hiding<'h>(&'h self, catalog: &'h Catalog) -> Hiding<'h> {
        Hiding { registry: &self.registry, catalog, level: self.session.actor().level }
    }

    /// The names of the fields of an entity's records and of their customer that a plugin may hide.
    fn names_that_may_be_hidden(&self, entity: EntityKind) -> BTreeSet<String> {
        let catalog = self.session.crm().catalog();
        let of = |entity| {
            let may_be = catalog.fields(entity).map(|field| field.id).filter(|field| self.may_hide(entity, *field));
            names(&catalog, entity, may_be)
        };
        let of_customer = entity.def().customer().map(|_| of(EntityKind::Customer));
        of(entity).into_iter().chain(of_customer.into_iter().flatten()).collect()
    }

    /// The names of the fields that are hidden of a record and of its customer.
    fn names_hidden(&self, txn: &dyn ReadTxn, record: &Record) -> Result<BTreeSet<String>> {
        let catalog = self.session.crm().catalog();
        let mut found = names(&catalog, record.entity(), self.hidden(txn, record)?);
        if let Some(customer) = change::customer_of(txn, record.entity(), record)? {
            found.extend(names(&catalog, EntityKind::Customer, self.hidden(txn, &customer)?));
        }
        Ok(found)
    }

    /// Whether a query compares or orders by a field that may be hidden, or one of `fields` may.
    pub(super) fn touches(&self, query: &Query, fields: impl IntoIterator<Item = u16>) -> bool {
        let conditions = query.conditions.iter().map(|condition| condition.field);
        let order = query.order.map(|(field, _)| field);
        conditions.chain(order).chain(fields).any(|field| self.may_hide(query.entity, field))
    }

    /// Whether a stored record can meet the condition when its reader does not see it as it is.
    pub(super) fn may_hold(&self, entity: EntityKind, condition: &Condition, record: &dyn Fields) -> bool {
        (condition.op == Op::IsAbsent && self.may_hide(entity, condition.field)) || condition.holds(record)
    }

    /// The record without what is hidden.
    ///
    /// # Errors
    /// `PluginFailed`, `PluginQuarantined`: what may have to be hidden is not shown.
    pub(super) fn apply(&self, txn: &dyn ReadTxn, record: Record) -> Result<Record> {
        let hidden = self.hidden(txn, &record)?;
        without(record, &hidden)
    }

    /// A record as it was, without what is hidden of it and of the record as it is now.
    ///
    /// # Errors
    /// As [`Mask::apply`].
    pub(super) fn apply_past(&self, txn: &dyn ReadTxn, now: &Record, past: Record) -> Result<Record> {
        let hidden = &self.hidden(txn, now)? | &self.hidden(txn, &past)?;
        without(past, &hidden)
    }

    /// The fields of a record that are hidden.
    ///
    /// # Errors
    /// As [`Mask::apply`].
    pub(super) fn hidden(&self, txn: &dyn ReadTxn, record: &Record) -> Result<BTreeSet<u16>> {
        self.reading(false, |reader| reader.hidden(txn, record))
    }

    /// Does something as the actor who reads. With `absent_too` fields that a record does not have are hidden as if it had.
    fn reading<T>(&self, absent_too: bool, read: impl FnOnce(&Reader<'_>) -> T) -> T {
        let inner = &self.session.crm().inner;
        let catalog = self.session.crm().catalog();
        let now = inner.present.now();
        let today = now.date_in(inner.zone);
        let in_force = catalog.policies().in_force(today);
        let (actor, policy) = (self.session.actor(), &in_force.policy);
        let (zone, calendar, hiding) = (inner.zone, &in_force.calendar, self.hiding(&catalog));
        read(&Reader { hiding, now, today, zone, calendar, actor, policy, absent_too })
    }

    /// Whether decisions about a record could tell what is hidden: of the record or of its customer.
    fn is_veiled(&self, txn: &dyn ReadTxn, record: &Record) -> Result<bool> {
        if !self.hidden(txn, record)?.is_empty() {
            return Ok(true);
        }
        match change::customer_of(txn, record.entity(), record)? {
            Some(customer) => Ok(!self.hidden(txn, &customer)?.is_empty()),
            None => Ok(false),
        }
    }

    fn all_that_may_be_hidden(&self, record: &Record) -> BTreeSet<u16> {
        record.iter().map(|(field, _)| field).filter(|field| self.may_hide(record.entity(), *field)).collect()
    }

    /// The refusal of what would tell a field that is hidden.
    pub(super) fn hides(&self, entity: EntityKind, field: u16, what: &str) -> Error {
        let catalog = self.session.crm().catalog();
        let (name, label_zh) =
            catalog.field(entity, field).map(|info| (info.name.clone(), info.label_zh.clone())).unwrap_or_default();
        let (entity, actor) = (entity.def().name, &self.session.actor().name);
        let message = format!("{what} tells {name} of a {entity}, which a plugin hides from {actor}");
        let found = violation(&name, HIDDEN, message, format!("{label_zh}对当前用户脱敏"));
        let refused = Error::refused(ErrorKind::Forbidden, found.by("R-MNT-09", "F0 §15 Art. 4.2"));
        refused.with("field", name).under_policy(&self.session.crm().in_force().policy.version)
    }
}

/// The journal as a reader may see it. What is hidden of a record now is hidden of its past.
pub(super) struct Veil<'t> {
    mask: Mask,
    txn: &'t dyn ReadTxn,
    /// What was asked: the hidden fields, and whether decisions could tell of any.
    known: BTreeMap<(EntityKind, u64), (BTreeSet<u16>, bool)>,
}

impl<'t> Veil<'t> {
    pub(super) fn new(mask: Mask, txn: &'t dyn ReadTxn) -> Self {
        Self { mask, txn, known: BTreeMap::new() }
    }

    /// The hidden fields of a record, and whether decisions could tell of any.
    ///
    /// # Errors
    /// As [`Mask::apply`]; what the store answers.
    pub(super) fn of(&mut self, entity: EntityKind, id: u64) -> Result<&(BTreeSet<u16>, bool)> {
        use std::collections::btree_map::Entry;
        Ok(match self.known.entry((entity, id)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(match table::load(self.txn, entity, id)? {
                Some(record) => (self.mask.hidden(self.txn, &record)?, self.mask.is_veiled(self.txn, &record)?),
                None => Default::default(),
            }),
        })
    }

    /// An entry without the values and reasons that are hidden.
    ///
    /// # Errors
    /// As [`Veil::of`].
    pub(super) fn entry(&mut self, mut entry: JournalEntry) -> Result<JournalEntry> {
        let catalog = self.mask.session.crm().catalog();
        for change in &mut entry.changes {
            let (hidden, is_veiled) = self.of(change.entity, change.id)?;
            change.values.retain(|value| !hidden.contains(&value.field));
            if *is_veiled {
                entry.decisions = veiled(&catalog, change.entity, hidden, entry.decisions);
            }
        }
        Ok(entry)
    }
}

/// The names of fields, as refusals spell them: the state goes by `state` too, however its field is called.
fn names(catalog: &Catalog, entity: EntityKind, fields: impl IntoIterator<Item = u16>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for id in fields {
        found.extend(catalog.field(entity, id).map(|info| info.name.clone()));
        found.extend((entity.def().state == Some(id)).then(|| "state".to_owned()));
    }
    found
}

/// The record without some of its fields.
pub(super) fn without(record: Record, hidden: &BTreeSet<u16>) -> Result<Record> {
    if !record.iter().any(|(field, _)| hidden.contains(&field)) {
        return Ok(record);
    }
    let mut draft = record.to_draft();
    draft.values.retain(|field, _| !hidden.contains(field));
    Record::encode(&draft)
}

/// Decisions without what they say beyond the value and the rule, and without those about hidden fields.
fn veiled(catalog: &Catalog, entity: EntityKind, hidden: &BTreeSet<u16>, decisions: Vec<Decision>) -> Vec<Decision> {
    let names: Vec<&str> = hidden.iter().filter_map(|id| Some(&*catalog.field(entity, *id)?.name)).collect();
    let told = decisions.into_iter().filter(|decision| !names.contains(&&*decision.subject));
    let veil = |decision: Decision| {
        let is_free = !decision.plugin.is_empty();
        let mut veiled = Decision { inputs: Vec::new(), ..decision }.because(REASON_HIDDEN, REASON_HIDDEN_ZH);
        if is_free {
            veiled.source = "".into();
        }
        if is_free && !redact::names_rules(&veiled.rule) {
            veiled.rule = "".into();
        }
        veiled
    };
    told.map(veil).collect()
}
