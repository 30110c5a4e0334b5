//! Which fields of a record are hidden from who reads: those that plugins hide, and those that are made from them. What a
//! field is made from, its declaration says.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::domain::{
    Actor, Calendar, Changes, Date, EntityKind, FIELD_ID, FieldDef, FieldType, Fields, Instant, Level, MADE_FROM_DATES,
    Policy, ValueRef,
};
use crate::error::{Error, ErrorKind, Result};
use crate::plugin::{AnswerCheck, Registry};
use crate::port::{HookInput, Point, ReadTxn};
use crate::record::{Catalog, Record, key, table};
use crate::rules::shape::violation;

use super::decide::each_under;
use super::services::TxnServices;
use super::write::{Request, Setting};
use super::{answer, change, loans, needs};

/// Who may hide fields from an actor of a level: the plugins that are there, for an actor below manage those that the
/// database needs and that are missing, and a policy that lends the files of customers.
#[derive(Clone, Copy)]
pub(super) struct Hiding<'r> {
    pub(super) registry: &'r Registry,
    pub(super) catalog: &'r Catalog,
    pub(super) level: Level,
}

impl Hiding<'_> {
    /// Whether a field of any record may be hidden, or one that it is made from.
    pub(super) fn may_hide(self, entity: EntityKind, field: u16) -> bool {
        let is_made_from_hidden = |info: &FieldDef| {
            sources(entity, info).any(|source| match source {
                Source::Own(id) => self.may_hide(entity, id),
                Source::OfCustomer(id) => self.may_hide(EntityKind::Customer, id),
                Source::OfRecords(other, id) => self.may_hide(other, id),
            })
        };
        self.registry.may_hide(entity, field)
            || self.may_miss(entity, field)
            || (loans::may_hide(entity, field) && self.catalog.policies().lends_files())
            || entity.def().field(field).is_some_and(is_made_from_hidden)
    }

    /// Whether the field is hidden from the actor in the name of a plugin that is not asked: it is missing, in quarantine, or
    /// there in a version that says it hides less than the database has seen.
    fn may_miss(self, entity: EntityKind, field: u16) -> bool {
        self.level < Level::Manage
            && field < FIELD_ID
            && (needs::hides_unasked(self.catalog, self.registry, entity, field)
                || self.registry.may_hide_unasked(entity, field))
    }

    /// Whether anything may be hidden of any record.
    fn is_something(self) -> bool {
        let is_unasked = || self.catalog.needs().plugins().any(|plugin| !plugin.hides.is_empty());
        self.registry.offers(Point::Rights)
            || self.catalog.policies().lends_files()
            || (self.level < Level::Manage && is_unasked())
    }
}

/// Who reads, and under what the plugins are asked what to hide.
pub(super) struct Reader<'r> {
    pub(super) hiding: Hiding<'r>,
    pub(super) now: Instant,
    pub(super) today: Date,
    pub(super) zone: chrono_tz::Tz,
    pub(super) calendar: &'r Calendar,
    pub(super) actor: &'r Actor,
    pub(super) policy: &'r Policy,
    /// Whether fields that the record does not have are told too, as if it had them.
    pub(super) absent_too: bool,
}

impl Reader<'_> {
    /// The fields of a record that are hidden: by plugins, and because they are made from what is.
    ///
    /// # Errors
    /// `PluginFailed`, `PluginQuarantined`; what the store answers.
    pub(super) fn hidden(&self, txn: &dyn ReadTxn, record: &Record) -> Result<BTreeSet<u16>> {
        let mut hidden = self.hidden_by_plugins(txn, record)?;
        close(self, txn, record, &mut hidden)?;
        Ok(hidden)
    }

    /// The fields of a record that plugins hide, and the policy that lends the files of customers.
    ///
    /// # Errors
    /// As [`Reader::hidden`].
    fn hidden_by_plugins(&self, txn: &dyn ReadTxn, record: &Record) -> Result<BTreeSet<u16>> {
        let Hiding { registry, catalog, .. } = self.hiding;
        let customer = change::customer_of(txn, record.entity(), record)?;
        let input = HookInput {
            now: self.now,
            today: self.today,
            actor: &self.actor.name,
            command: "read",
            entity: record.entity(),
            before: None,
            after: record,
            customer: customer.as_ref().map(|c| c as &dyn Fields),
            calendar: self.calendar,
            zone: self.zone,
            services: &TxnServices { txn, catalog },
        };
        let check: AnswerCheck<'_> =
            &|point, hook, input, answer| answer::check(catalog, self.zone, point, hook, input, answer);
        let mut hidden = registry.masked(&input, check)?;
        let entity = record.entity();
        let there = || record.iter().map(|(field, _)| field);
        let absent = || catalog.fields(entity).map(|field| field.id).filter(|_| self.absent_too);
        hidden.extend(there().chain(absent()).filter(|field| self.hiding.may_miss(entity, *field)));
        let lent = there().chain(absent());
        hidden.extend(loans::hidden(txn, catalog, self.policy, self.actor, self.today, record, lent)?);
        Ok(hidden)
    }
}

/// Where a field is made from.
enum Source {
    /// From a field of the same record.
    Own(u16),
    /// From a field of the record's customer.
    OfCustomer(u16),
    /// From a field of the records of an entity that name the same customer.
    OfRecords(EntityKind, u16),
}

/// What a field is made from. A test of the domain holds that every name is declared.
fn sources(entity: EntityKind, field: &FieldDef) -> impl Iterator<Item = Source> {
    let is_date = |field: &&FieldDef| matches!(field.kind, FieldType::Date | FieldType::Instant);
    let dates = move || entity.def().fields.iter().filter(is_date).map(|field| Source::Own(field.id));
    let names_dates = field.made_from.contains(&MADE_FROM_DATES);
    let named = field.made_from.iter().filter(|name| **name != MADE_FROM_DATES);
    let named = named.filter_map(move |name| match name.split_once('.') {
        None => Some(Source::Own(entity.def().field_named(name)?.id)),
        Some((other, name)) => {
            let other = EntityKind::from_name(other)?;
            let id = other.def().field_named(name)?.id;
            Some(if other == EntityKind::Customer { Source::OfCustomer(id) } else { Source::OfRecords(other, id) })
        }
    });
    named.chain(names_dates.then(dates).into_iter().flatten())
}

/// The fields of an entity that are made from others.
fn made(entity: EntityKind) -> impl Iterator<Item = &'static FieldDef> {
    entity.def().fields.iter().filter(|field| !field.made_from.is_empty())
}

/// Adds the fields that are made from what is hidden.
///
/// # Errors
/// As [`Reader::hidden`].
fn close(reader: &Reader<'_>, txn: &dyn ReadTxn, record: &Record, hidden: &mut BTreeSet<u16>) -> Result<()> {
    let entity = record.entity();
    // A field may be made from one that is made itself; a chain ends, for there is no circle.
    loop {
        let before = hidden.len();
        for field in made(entity) {
            if hidden.contains(&field.id) || (!reader.absent_too && record.get(field.id).is_none()) {
                continue;
            }
            for source in sources(entity, field) {
                if is_hidden(reader, txn, record, &source, hidden)? {
                    hidden.insert(field.id);
                    break;
                }
            }
        }
        if hidden.len() == before {
            return Ok(());
        }
    }
}

fn is_hidden(
    reader: &Reader<'_>,
    txn: &dyn ReadTxn,
    record: &Record,
    source: &Source,
    hidden: &BTreeSet<u16>,
) -> Result<bool> {
    match *source {
        Source::Own(id) => Ok(hidden.contains(&id)),
        Source::OfCustomer(id) if reader.hiding.may_hide(EntityKind::Customer, id) => {
            let customer = change::customer_of(txn, record.entity(), record)?;
            customer.map_or(Ok(false), |customer| Ok(reader.hidden(txn, &customer)?.contains(&id)))
        }
        Source::OfRecords(other, id) if reader.hiding.may_hide(other, id) => hides_one(reader, txn, record, other, id),
        Source::OfCustomer(_) | Source::OfRecords(..) => Ok(false),
    }
}

/// Whether a field is hidden of any record of an entity that names the customer of a record.
fn hides_one(reader: &Reader<'_>, txn: &dyn ReadTxn, record: &Record, other: EntityKind, id: u16) -> Result<bool> {
    let of = |entity: EntityKind| entity.def().customer();
    let (Some(own), Some(theirs)) = (of(record.entity()), of(other)) else { return Ok(false) };
    let Some(customer) = record.reference(own) else { return Ok(false) };
    let mut prefix = key::index(other, theirs);
    key::push_value(&mut prefix, Some(ValueRef::Ref(customer)));
    let mut found = false;
    each_under(txn, &prefix, &mut |at| {
        if let Some(record) = table::load(txn, other, at)? {
            found = reader.hidden_by_plugins(txn, &record)?.contains(&id);
        }
        Ok(if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}

/// Whether a command gives a value for a field that is hidden from its actor. Such a command is written even when it changes
/// nothing: else whoever guesses the value would learn that it is the one. When nobody can say, it is hidden.
pub(super) fn gives_hidden(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: &Record,
) -> bool {
    let reader = reader_of(setting, catalog, false);
    let hiding = reader.hiding;
    if request.follows || !hiding.is_something() {
        return false;
    }
    let given = || request.changes.keys();
    match reader.hidden(txn, before) {
        Ok(hidden) => given().any(|field| hidden.contains(field)),
        Err(_) => given().any(|field| hiding.may_hide(request.entity, *field)),
    }
}

/// Whether a field of a record is hidden from the actor of a command, be it there or not; also when that cannot be said.
pub(super) fn hides_from_writer(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    record: &Record,
    field: u16,
) -> bool {
    let reader = reader_of(setting, catalog, true);
    reader.hiding.may_hide(record.entity(), field)
        && reader.hidden(txn, record).map_or(true, |hidden| hidden.contains(&field))
}

/// The actor of a command as one who reads.
fn reader_of<'r>(setting: &'r Setting<'_>, catalog: &'r Catalog, absent_too: bool) -> Reader<'r> {
    let Setting { now, today, zone, calendar, actor, policy, .. } = *setting;
    let hiding = Hiding { registry: setting.registry, catalog, level: actor.level };
    Reader { hiding, now, today, zone, calendar, actor, policy, absent_too }
}

/// Refuses a command that clears a field which is hidden from its actor, who reads it as absent and may have sent that back.
/// It is refused whether the field has a value or not, so that nobody learns of one. When nobody can say, it is hidden.
///
/// # Errors
/// `Forbidden`, with the field.
pub(super) fn refuse_clearing(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
) -> Result<()> {
    let Some(before) = before.filter(|_| !request.follows) else { return Ok(()) };
    let hidden = hidden_of_cleared(&reader_of(setting, catalog, true), txn, before, request.changes);
    let Some(info) = hidden.first().and_then(|field| catalog.field(request.entity, *field)) else { return Ok(()) };
    let (name, entity, actor) = (&info.name, request.entity.def().name, &setting.actor.name);
    let message =
        format!("{name} of a {entity} is hidden from {actor} and cannot be cleared; leave it out, or give a value");
    let zh = format!("{}对当前用户脱敏，不能清空；请不要提交该字段，或填写新值", info.label_zh);
    let found = violation(name, HIDDEN, message, zh).by("R-MNT-09", "F0 §15 Art. 4.2");
    Err(Error::refused(ErrorKind::Forbidden, found).with("field", name))
}

/// The code of a refusal that is about a field because it is hidden: it says nothing of the value.
pub(super) const HIDDEN: &str = "hidden";

/// Of the fields that changes clear, those that are hidden of a record. When nobody can say, those that may be.
pub(super) fn hidden_of_cleared(
    reader: &Reader<'_>,
    txn: &dyn ReadTxn,
    record: &Record,
    changes: &Changes,
) -> BTreeSet<u16> {
    let cleared = || changes.iter().filter(|(_, value)| value.is_none()).map(|(field, _)| *field);
    if cleared().next().is_none() || !reader.hiding.is_something() {
        return BTreeSet::new();
    }
    match reader.hidden(txn, record) {
        Ok(hidden) => cleared().filter(|field| hidden.contains(field)).collect(),
        Err(_) => cleared().filter(|field| reader.hiding.may_hide(record.entity(), *field)).collect(),
    }
}
