//! Which fields of a record are hidden from who reads: those that plugins hide, and those that are made from them. What a
//! field is made from, its declaration says.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::domain::{Calendar, Date, EntityKind, FieldDef, Fields, Instant, ValueRef};
use crate::error::Result;
use crate::plugin::Registry;
use crate::port::{Clock, HookInput, Point, ReadTxn};
use crate::record::{Catalog, Record, key, table};

use super::change;
use super::decide::each_under;
use super::services::TxnServices;
use super::write::{Request, Setting};

/// Who reads, and under what the plugins are asked what to hide.
pub(super) struct Reader<'r> {
    pub(super) registry: &'r Registry,
    pub(super) catalog: &'r Catalog,
    pub(super) now: Instant,
    pub(super) today: Date,
    pub(super) zone: chrono_tz::Tz,
    pub(super) calendar: &'r Calendar,
    pub(super) actor: &'r str,
    pub(super) clock: &'r dyn Clock,
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

    /// The fields of a record that plugins hide.
    ///
    /// # Errors
    /// As [`Reader::hidden`].
    fn hidden_by_plugins(&self, txn: &dyn ReadTxn, record: &Record) -> Result<BTreeSet<u16>> {
        let customer = change::customer_of(txn, record.entity(), record)?;
        self.registry.masked(&HookInput {
            now: self.now,
            today: self.today,
            actor: self.actor,
            command: "read",
            entity: record.entity(),
            before: None,
            after: record,
            customer: customer.as_ref().map(|c| c as &dyn Fields),
            calendar: self.calendar,
            zone: self.zone,
            services: &TxnServices { txn, catalog: self.catalog, clock: self.clock },
        })
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
    field.made_from.iter().filter_map(move |name| match name.split_once('.') {
        None => Some(Source::Own(entity.def().field_named(name)?.id)),
        Some((other, name)) => {
            let other = EntityKind::from_name(other)?;
            let id = other.def().field_named(name)?.id;
            Some(if other == EntityKind::Customer { Source::OfCustomer(id) } else { Source::OfRecords(other, id) })
        }
    })
}

/// The fields of an entity that are made from others.
fn made(entity: EntityKind) -> impl Iterator<Item = &'static FieldDef> {
    entity.def().fields.iter().filter(|field| !field.made_from.is_empty())
}

/// Whether a plugin may hide a field of any record, or one that it is made from.
pub(super) fn may_hide(registry: &Registry, entity: EntityKind, field: u16) -> bool {
    let is_made_from_hidden = |info: &FieldDef| {
        sources(entity, info).any(|source| match source {
            Source::Own(id) => may_hide(registry, entity, id),
            Source::OfCustomer(id) => may_hide(registry, EntityKind::Customer, id),
            Source::OfRecords(other, id) => may_hide(registry, other, id),
        })
    };
    registry.may_hide(entity, field) || entity.def().field(field).is_some_and(is_made_from_hidden)
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
            if hidden.contains(&field.id) || record.get(field.id).is_none() {
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
        Source::OfCustomer(id) if may_hide(reader.registry, EntityKind::Customer, id) => {
            let customer = change::customer_of(txn, record.entity(), record)?;
            customer.map_or(Ok(false), |customer| Ok(reader.hidden(txn, &customer)?.contains(&id)))
        }
        Source::OfRecords(other, id) if may_hide(reader.registry, other, id) => {
            hides_one(reader, txn, record, other, id)
        }
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
    if request.follows || !setting.registry.offers(Point::Rights) {
        return false;
    }
    let Setting { now, today, zone, registry, calendar, clock, .. } = *setting;
    let reader = Reader { registry, catalog, now, today, zone, calendar, actor: &setting.actor.name, clock };
    let given = || request.changes.keys();
    match reader.hidden(txn, before) {
        Ok(hidden) => given().any(|field| hidden.contains(field)),
        Err(_) => given().any(|field| may_hide(registry, request.entity, *field)),
    }
}
