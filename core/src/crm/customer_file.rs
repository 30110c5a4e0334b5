//! The file of a customer as its users see it, and the relations of persons and parties.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use crate::domain::{
    Date, Decision, EntityKind, Fields, FileSection, Policy, ValueRef, customer, information_item, partner_relation,
    person, person_relation,
};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::port::ReadTxn;
use crate::record::{Record, key, table};
use crate::rules::customer_file::{self, Section};
use crate::rules::relation::{self, DEPTH_MAX, Edge, Known, Reached};

use super::decide::each_under;
use super::mask::{Mask, without};
use super::session::Session;

/// How many relations of one person or party are looked at, in each direction.
const EDGES_MAX: usize = 1_000;

/// An entity of relations: its two ends and its kind.
struct Relations {
    entity: EntityKind,
    from: u16,
    to: u16,
    kind: u16,
    goes_both_ways: fn(u16) -> bool,
}

const OF_PERSONS: Relations = Relations {
    entity: EntityKind::PersonRelation,
    from: person_relation::field::person,
    to: person_relation::field::other,
    kind: person_relation::field::kind,
    goes_both_ways: |kind| {
        crate::domain::PersonRelationKind::from_number(kind)
            .is_some_and(crate::domain::PersonRelationKind::goes_both_ways)
    },
};

const OF_PARTIES: Relations = Relations {
    entity: EntityKind::PartnerRelation,
    from: partner_relation::field::customer,
    to: partner_relation::field::other,
    kind: partner_relation::field::kind,
    goes_both_ways: |kind| {
        crate::domain::PartnerRelationKind::from_number(kind)
            .is_some_and(crate::domain::PartnerRelationKind::goes_both_ways)
    },
};

impl Relations {
    /// The relations of one end, those that lead away first, each in the order of ids.
    fn of(&self, txn: &dyn ReadTxn, mask: Option<&Mask>, id: u64) -> Result<Vec<Edge>> {
        let mut found = Vec::new();
        for (here, there, leads_away) in [(self.from, self.to, true), (self.to, self.from, false)] {
            let mut some = 0;
            each_reference(txn, mask, self.entity, here, id, &mut |record| {
                let (Some(other), Some(kind)) = (record.reference(there), record.enumeration(self.kind)) else {
                    return Ok(ControlFlow::Continue(()));
                };
                let leads_away = leads_away || (self.goes_both_ways)(kind);
                found.push(Edge { relation: record.id(), other, kind, leads_away });
                some += 1;
                Ok(if some == EDGES_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
        }
        Ok(found)
    }
}

/// Shows the records of an entity whose reference leads to one, in the order of their ids; under a mask as their reader
/// sees them, and without those of which that reference is hidden.
fn each_reference(
    txn: &dyn ReadTxn,
    mask: Option<&Mask>,
    entity: EntityKind,
    field: u16,
    to: u64,
    visit: &mut dyn FnMut(&Record) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut prefix = key::index(entity, field);
    key::push_value(&mut prefix, Some(ValueRef::Ref(to)));
    each_under(txn, &prefix, &mut |id| match table::load(txn, entity, id)? {
        Some(record) => match mask {
            None => visit(&record),
            Some(mask) => match mask.apply(txn, record)? {
                record if record.reference(field) == Some(to) => visit(&record),
                _ => Ok(ControlFlow::Continue(())),
            },
        },
        None => Ok(ControlFlow::Continue(())),
    })
}

/// Checks a relation as it would be written against those that are there.
pub(super) fn check_relation(
    txn: &dyn ReadTxn,
    entity: EntityKind,
    draft: &dyn Fields,
    own: u64,
) -> Result<Vec<Violation>> {
    let of_persons = entity == EntityKind::PersonRelation;
    let relations = if of_persons { &OF_PERSONS } else { &OF_PARTIES };
    let ends = (draft.reference(relations.from), draft.reference(relations.to), draft.enumeration(relations.kind));
    let (Some(from), Some(to), Some(kind)) = ends else { return Ok(Vec::new()) };
    let mut known = Known::default();
    each_reference(txn, None, entity, relations.from, to, &mut |record| {
        let is_opposite =
            record.reference(relations.to) == Some(from) && record.enumeration(relations.kind) == Some(kind);
        if is_opposite && record.id() != own {
            known.opposite = Some(record.id());
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if !of_persons {
        return Ok(relation::check_parties(draft, known));
    }
    let reports_to = crate::domain::PersonRelationKind::ReportsTo.number();
    if kind == reports_to {
        let up = |edge: &Edge| edge.leads_away && edge.kind == reports_to && edge.relation != own;
        let superiors = relation::walk(to, u32::MAX, &mut |id| relations.of(txn, None, id), &up)?;
        known.is_superior = superiors.iter().any(|one| one.id == from);
    }
    Ok(relation::check_persons(draft, known))
}

/// Shows the records of an entity that belong to a customer, whole, with what is hidden of each from the reader of a mask.
/// Those are left out of which it is hidden to whom they belong: that there is one would tell it.
fn each_with_hidden(
    txn: &dyn ReadTxn,
    mask: Option<&Mask>,
    (entity, field): (EntityKind, u16),
    of: u64,
    visit: &mut dyn FnMut(&Record, &BTreeSet<u16>),
) -> Result<()> {
    each_reference(txn, None, entity, field, of, &mut |record| {
        let hidden = mask.map_or_else(|| Ok(BTreeSet::new()), |mask| mask.hidden(txn, record))?;
        if !hidden.contains(&field) {
            visit(record, &hidden);
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// What the sections of a customer's file hold: the information items, and the records of its persons. What cannot be said of
/// a section without what is hidden is said to be hidden, of every section when it could belong to any.
fn holdings(txn: &dyn ReadTxn, mask: Option<&Mask>, of: u64, zone: chrono_tz::Tz) -> Result<BTreeMap<u16, Section>> {
    use information_item::field;
    let mut found: BTreeMap<u16, Section> = BTreeMap::new();
    let items = (EntityKind::InformationItem, field::customer);
    each_with_hidden(txn, mask, items, of, &mut |item, hidden| {
        let hides = |fields: &[u16]| fields.iter().any(|field| hidden.contains(field));
        if hides(&[field::section]) {
            FileSection::DEF.values.iter().for_each(|any| found.entry(any.number).or_default().is_hidden = true);
        } else if let Some(section) = item.enumeration(field::section) {
            let section = found.entry(section).or_default();
            section.add(item.date(field::verified_on).or(item.date(field::obtained_on)));
            section.is_hidden |= hides(&[field::verified_on, field::obtained_on]);
        }
    })?;
    let persons = (EntityKind::Person, person::field::customer);
    each_with_hidden(txn, mask, persons, of, &mut |one, hidden| {
        use person::field::{is_key, role, verified_on};
        let day = one.date(verified_on).unwrap_or_else(|| one.header().created_at.date_in(zone));
        for section in customer_file::sections_of(one) {
            let section = found.entry(section.number()).or_default();
            section.add(Some(day));
            section.is_hidden |= hidden.contains(&verified_on);
        }
        for (field, section) in [(is_key, FileSection::KeyPersons), (role, FileSection::DecisionMakers)] {
            if hidden.contains(&field) {
                found.entry(section.number()).or_default().is_hidden = true;
            }
        }
    })?;
    Ok(found)
}

/// The sections of a customer's file in their order, each with a decision on what it is.
fn sections(
    txn: &dyn ReadTxn,
    mask: Option<&Mask>,
    of: &Record,
    today: Date,
    zone: chrono_tz::Tz,
    policy: &Policy,
) -> Result<Vec<Decision>> {
    let found = holdings(txn, mask, of.id(), zone)?;
    let hidden = mask.map_or_else(|| Ok(BTreeSet::new()), |mask| mask.hidden(txn, of))?;
    // By the class goes how often it is verified.
    let has_hidden_class = hidden.contains(&customer::field::class);
    let of = &without(of.clone(), &hidden)?;
    let class = of.text(customer::field::class).unwrap_or_default();
    let all = FileSection::DEF.values.iter().filter_map(|value| FileSection::from_number(value.number));
    Ok(all
        .map(|section| {
            let mut holds = found.get(&section.number()).copied().unwrap_or_default();
            holds.is_hidden |= has_hidden_class && holds.items > 0;
            customer_file::decide(section, &holds, class, today, policy)
        })
        .chain(customer_file::copies(of, policy))
        .collect())
}

impl Session {
    /// The sections of a customer's file: for each a decision whose subject is the section and whose value is
    /// `missing`, `current` or `stale`, or `hidden` when what decides that is hidden from the actor; in the order of the
    /// sections. Behind them who holds how many copies of it, where the
    /// policy says so. Beside the information items the records of key
    /// persons and of those who decide count as items of their sections, verified on `person.verified_on`, or learned when
    /// they were added. Source: R-TEL-06, R-TEL-07, R-TEL-13, R-TEL-15, R-SYS-06.
    ///
    /// # Errors
    /// `NotFound` when there is no such customer; `Corrupt` and what else the store answers.
    pub fn customer_file(&self, id: u64) -> Result<Vec<Decision>> {
        let snapshot = self.crm.inner.snapshot()?;
        let of = table::load(&*snapshot, EntityKind::Customer, id)?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no customer with the id {id}")).with("id", id)
        })?;
        let mask = self.mask();
        sections(&*snapshot, mask.as_ref(), &of, self.crm.today(), self.crm.inner.zone, &self.crm.in_force().policy)
    }

    /// The persons, or the parties, whom relations lead to from one of them: the nearest first, each once, however the
    /// relations go round. With `both_directions` relations that lead to one are gone along too.
    ///
    /// `entity` is that of the relations. Bounds: `depth` from 1 to [`DEPTH_MAX`]; at most
    /// [`relation::REACHED_MAX`] are reached, over at most 1,000 relations of each in each direction.
    ///
    /// # Errors
    /// `InvalidArgument` when the entity has no relations or `depth` is out of bounds; `NotFound` when there is no such
    /// person or party; `Corrupt` and what else the store answers.
    pub fn related(&self, entity: EntityKind, id: u64, depth: u32, both_directions: bool) -> Result<Vec<Reached>> {
        let (relations, of) = match entity {
            EntityKind::PersonRelation => (&OF_PERSONS, EntityKind::Person),
            EntityKind::PartnerRelation => (&OF_PARTIES, EntityKind::Customer),
            other => {
                let message =
                    format!("{} is no relation; allowed are person_relation, partner_relation", other.def().name);
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
        };
        if depth == 0 || depth > DEPTH_MAX {
            let message = format!("depth is {depth}, allowed is 1 to {DEPTH_MAX}");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let snapshot = self.crm.inner.snapshot()?;
        if !table::exists(&*snapshot, of, id)? {
            let message = format!("there is no {} with the id {id}", of.def().name);
            return Err(Error::new(ErrorKind::NotFound, message).with("id", id));
        }
        let mask = self.mask();
        let mut edges = |id| relations.of(&*snapshot, mask.as_ref(), id);
        relation::walk(id, depth, &mut edges, &|edge| both_directions || edge.leads_away)
    }
}
