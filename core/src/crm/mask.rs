//! The fields that plugins hide from whoever reads, on every way out.
//!
//! To an actor from whom a field is hidden it reads as absent: in records, in what a query compares, orders, groups, counts
//! and sums by, in the past and in the journal. A decision about a record that has hidden fields keeps its value and its
//! rule and loses its inputs and its reason, which could tell them; a refusal loses its inputs. A trial of a policy that would tell one is `Forbidden`.
//! A copy of the whole database is for who may have the file, and is not masked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::{Command, Decision, EntityKind, Fields};
use crate::error::{Error, ErrorKind, Result};
use crate::plugin::Registry;
use crate::port::{HookInput, ReadTxn};
use crate::record::{Catalog, JournalEntry, Record, table};

use super::change;
use super::query::{Condition, Op, Query};
use super::services::TxnServices;
use super::session::Session;
use super::write::Outcome;

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
        inner.masks.load(Ordering::Acquire).then(|| Mask { session: self.clone(), registry: inner.registry() })
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
        let asked = self.crm().inner.snapshot().and_then(|snapshot| {
            let is_veiled = mask.is_veiled(&*snapshot, &record)?;
            Ok((mask.hidden(&*snapshot, &record)?, is_veiled))
        });
        let (hidden, is_veiled) = asked.unwrap_or_else(|_| (mask.all_that_may_be_hidden(&record), true));
        if is_veiled {
            outcome.decisions = veiled(&self.crm().catalog(), record.entity(), &hidden, outcome.decisions);
        }
        outcome.record = without(record, &hidden).ok();
        outcome
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

    /// A refusal, as this session may see it: without inputs when they could tell what is hidden.
    pub(super) fn refused(&self, refused: Error, about: About) -> Error {
        let (Some((entity, id)), Some(mask)) = (about, self.mask()) else { return refused };
        if refused.violations().is_empty() {
            return refused;
        }
        let is_veiled = || {
            let snapshot = self.crm().inner.snapshot()?;
            match id.map(|id| table::load(&*snapshot, entity, id)).transpose()?.flatten() {
                Some(record) => mask.is_veiled(&*snapshot, &record),
                None => Ok(mask.may_hide_any(entity)),
            }
        };
        if is_veiled().unwrap_or(true) { refused.without_inputs() } else { refused }
    }
}

/// The record that a command is about: its entity, and its id as far as the command names it.
pub(super) type About = Option<(EntityKind, Option<u64>)>;

/// What a command is about.
pub(super) fn about(command: &Command) -> About {
    match command {
        Command::Add { entity, .. } | Command::Put { entity, .. } => Some((*entity, None)),
        Command::Update { entity, id, .. } => Some((*entity, Some(*id))),
        Command::Act { verb, id, .. } => Some((verb.entity, Some(*id))),
        Command::Classify { id } => Some((EntityKind::Customer, Some(*id))),
        Command::Reassess { id } => Some((EntityKind::Complaint, Some(*id))),
        Command::DeclareField(_) | Command::TrustKey(_) | Command::DistrustKey(_) | Command::AdoptPolicy(_) => None,
    }
}

impl Mask {
    /// Whether a plugin may hide a field of any record. Of fields of which none may, indexes and kept counts tell nothing
    /// that is hidden.
    pub(super) fn may_hide(&self, entity: EntityKind, field: u16) -> bool {
        self.registry.may_hide(entity, field)
    }

    /// Whether a plugin may hide any field of the records of an entity, or of their customer.
    fn may_hide_any(&self, entity: EntityKind) -> bool {
        let catalog = self.session.crm().catalog();
        let of = |entity| catalog.fields(entity).any(|field| self.may_hide(entity, field.id));
        of(entity) || (entity.def().customer().is_some() && of(EntityKind::Customer))
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
        let inner = &self.session.crm().inner;
        let catalog = self.session.crm().catalog();
        let customer = change::customer_of(txn, record.entity(), record)?;
        let now = inner.clock.now();
        let today = now.date_in(inner.zone);
        let in_force = catalog.policies().in_force(today);
        self.registry.masked(&HookInput {
            now,
            today,
            actor: &self.session.actor().name,
            command: "read",
            entity: record.entity(),
            before: None,
            after: record,
            customer: customer.as_ref().map(|c| c as &dyn Fields),
            calendar: &in_force.calendar,
            zone: inner.zone,
            services: &TxnServices { txn, catalog: &catalog, clock: &*inner.clock },
        })
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

    /// Refuses when a field that is to be told is hidden.
    ///
    /// # Errors
    /// `Forbidden`; else as [`Mask::apply`].
    pub(super) fn refuse_hidden(&self, txn: &dyn ReadTxn, record: &Record, field: u16, what: &str) -> Result<()> {
        if !self.may_hide(record.entity(), field) || !self.hidden(txn, record)?.contains(&field) {
            return Ok(());
        }
        let (entity, catalog) = (record.entity(), self.session.crm().catalog());
        let name = catalog.field(entity, field).map(|info| info.name.clone()).unwrap_or_default();
        let (entity, actor) = (entity.def().name, &self.session.actor().name);
        let message = format!("{what} tells {name} of a {entity}, which a plugin hides from {actor}");
        Err(Error::new(ErrorKind::Forbidden, message).with("field", name))
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

/// The record without some of its fields.
fn without(record: Record, hidden: &BTreeSet<u16>) -> Result<Record> {
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
    let veil =
        |decision: Decision| Decision { inputs: Vec::new(), ..decision }.because(REASON_HIDDEN, REASON_HIDDEN_ZH);
    told.map(veil).collect()
}
