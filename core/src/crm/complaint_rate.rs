//! The rate of complaints: those of a period of the customers who were active in it, of all who were. Source: R-KPI-08.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::domain::{
    CustomerStatus, Date, EntityKind, Fields, Instant, Value, ValueRef, WorkingHours, complaint, customer,
};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn as _, Space};
use crate::record::{RecordRef, key, table};
use crate::rules::satisfaction::Share;
use crate::rules::work_time::instant_at;

use super::history;
use super::mask::Mask;
use super::query::{Op, Query};
use super::satisfaction::in_order;
use super::session::Session;
use super::snapshot::Snapshot;

impl Session {
    /// The complaints received from an instant up to another, which does not belong to the period, of the customers who were
    /// active in it, of all customers who were.
    ///
    /// Who was active when, the journal tells. A customer who came into the database as active was so from the day of the first
    /// contract on (`signed_on`), when that is known.
    ///
    /// # Errors
    /// `InvalidArgument` when `until` is before `from`; `NotFound` when no customer was active in the period, for then there is
    /// no rate; `Corrupt` and what else the store answers.
    pub fn complaint_rate(&self, from: Instant, until: Instant) -> Result<Share> {
        in_order(from, until)?;
        let snapshot = self.crm.inner.snapshot()?;
        let complaints = self.complaints_by_customer(from, until)?;
        let period = Period { from, until, zone: self.crm.inner.zone };
        let mask = self.mask().filter(|mask| mask.may_hide(EntityKind::Customer, customer::field::status));
        let (mut part, mut whole) = (0_u64, 0_u64);
        let mut count = |id: u64| {
            whole += 1;
            part += complaints.get(&id).copied().unwrap_or_default();
        };
        for id in decided_by_record(&snapshot, &period, mask.is_some(), &mut count)? {
            if was_active(&snapshot, &period, id, mask.as_ref())? {
                count(id);
            }
        }
        if whole == 0 {
            let message =
                format!("no customer was active from {from} until {until}, so there is no rate of complaints");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        Ok(Share::new(part, whole))
    }

    /// How many complaints each customer made in a period.
    fn complaints_by_customer(&self, from: Instant, until: Instant) -> Result<BTreeMap<u64, u64>> {
        let received = Query::new(EntityKind::Complaint)
            .filter(complaint::field::received_at, Op::Ge, Value::Instant(from))
            .filter(complaint::field::received_at, Op::Lt, Value::Instant(until));
        let (mut found, mut cursor) = (BTreeMap::new(), self.find(&received)?);
        while let Some(record) = cursor.step()? {
            if let Some(id) = record.reference(complaint::field::customer) {
                *found.entry(id).or_default() += 1;
            }
        }
        Ok(found)
    }
}

/// From an instant up to another; one of no length is that instant.
struct Period {
    from: Instant,
    until: Instant,
    zone: chrono_tz::Tz,
}

impl Period {
    /// Whether a stay from an instant up to another, or for ever, lies in the period in part.
    fn meets(&self, since: Instant, end: Option<Instant>) -> bool {
        let begins = since < self.until || since == self.from;
        begins && end.is_none_or(|end| end > self.from)
    }

    fn start_of(&self, day: Date) -> Option<Instant> {
        instant_at(day, WorkingHours::MINUTE_MIN, self.zone).ok()
    }
}

/// Counts the customers of whom the record alone tells that they were active, for it did not change since before the period;
/// gives those of whom the journal must tell.
fn decided_by_record(
    snapshot: &Snapshot,
    period: &Period,
    is_masked: bool,
    count: &mut dyn FnMut(u64),
) -> Result<Vec<u64>> {
    let mut left = Vec::new();
    let (begin, end) = (key::record(EntityKind::Customer, 0), [EntityKind::Customer.number() + 1]);
    snapshot.scan(Space::Record, &begin, Some(&end), Order::Ascending, &mut |_, stored| {
        let record = RecordRef::open(stored)?;
        if is_masked || record.header().updated_at >= period.from {
            left.push(record.id());
        } else if record.enumeration(customer::field::status) == Some(CustomerStatus::Active.number()) {
            count(record.id());
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(left)
}

/// Whether a customer was active in a period, as the journal tells it to who may see its status.
fn was_active(snapshot: &Snapshot, period: &Period, id: u64, mask: Option<&Mask>) -> Result<bool> {
    let Some(record) = table::load(snapshot, EntityKind::Customer, id)? else { return Ok(false) };
    if let Some(mask) = mask
        && mask.hidden(snapshot, &record)?.contains(&customer::field::status)
    {
        return Ok(false);
    }
    let (mut end, mut found): (Option<Instant>, bool) = (None, false);
    let active = ValueRef::Enum(CustomerStatus::Active.number());
    history::walk(snapshot, None, EntityKind::Customer, id, &mut |entry| {
        let change = entry.changes.iter().find(|change| change.entity == EntityKind::Customer && change.id == id);
        let status = change.into_iter().flat_map(|c| &c.values).find(|v| v.field == customer::field::status);
        let Some(status) = status else { return ControlFlow::Continue(()) };
        let is_first = change.is_some_and(|change| change.previous_sequence == 0);
        let signed = record.date(customer::field::signed_on).filter(|_| is_first).and_then(|day| period.start_of(day));
        let since = signed.map_or(entry.at, |signed| signed.min(entry.at));
        found = status.after.as_ref().map(Value::as_ref) == Some(active) && period.meets(since, end);
        end = Some(entry.at);
        let is_settled = found || entry.at <= period.from;
        if is_settled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(found)
}
