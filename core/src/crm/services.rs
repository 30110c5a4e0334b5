//! What the kernel answers a hook beside the calendar: stored records, and how long the hook takes.

use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::time::Instant;

use crate::domain::{EntityKind, Fields, ValueRef};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Services, Space};
use crate::record::{Catalog, Record, key, table};

use super::mask::Mask;

/// The services of a transaction.
pub(crate) struct TxnServices<'a> {
    pub(crate) txn: &'a dyn ReadTxn,
    pub(crate) catalog: &'a Catalog,
}

/// How long the process has run, by a clock that goes on whatever the clock of the database says: a fixed one would let a
/// hook run for ever. Unit: microseconds.
#[expect(clippy::disallowed_methods, reason = "it bounds a hook, which a clock that stands still would make endless")]
pub(crate) fn monotonic_us() -> i64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    i64::try_from(BEGAN.elapsed().as_micros()).unwrap_or(i64::MAX)
}

impl Services for TxnServices<'_> {
    fn record(&self, entity: EntityKind, id: u64) -> Result<Option<Box<dyn Fields>>> {
        Ok(table::load(self.txn, entity, id)?.map(|record| Box::new(record) as Box<dyn Fields>))
    }

    fn referring(
        &self,
        entity: EntityKind,
        field: u16,
        id: u64,
        visit: &mut dyn FnMut(&dyn Fields) -> ControlFlow<()>,
    ) -> Result<()> {
        self.each_referring(entity, field, id, &mut |record| Ok(visit(&record)))
    }

    fn ticks_us(&self) -> i64 {
        monotonic_us()
    }
}

impl TxnServices<'_> {
    /// The stored records whose reference names a record, from the newest.
    fn each_referring(
        &self,
        entity: EntityKind,
        field: u16,
        id: u64,
        visit: &mut dyn FnMut(Record) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        if !self.catalog.indexes(entity).iter().any(|index| index.id == field) {
            let message = format!("the field {field} of {} has no index", entity.def().name);
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let mut prefix = key::index(entity, field);
        key::push_value(&mut prefix, Some(ValueRef::Ref(id)));
        let until = key::after_prefix(&prefix);
        self.txn.scan(Space::Index, &prefix, until.as_deref(), Order::Descending, &mut |key, _| {
            let damaged = || Error::new(ErrorKind::Corrupt, "an index names a record that is not there");
            let id = key::id_at_end(key).ok_or_else(damaged)?;
            visit(table::load(self.txn, entity, id)?.ok_or_else(damaged)?)
        })
    }
}

/// The services of a transaction for what somebody asks to be computed: records as the actor of a mask sees them.
pub(super) struct SeenServices<'a> {
    pub(super) all: TxnServices<'a>,
    pub(super) mask: Option<Mask>,
}

impl Services for SeenServices<'_> {
    fn record(&self, entity: EntityKind, id: u64) -> Result<Option<Box<dyn Fields>>> {
        let Some(mask) = &self.mask else { return self.all.record(entity, id) };
        let record = table::load(self.all.txn, entity, id)?;
        let seen = record.map(|record| mask.apply(self.all.txn, record)).transpose()?;
        Ok(seen.map(|record| Box::new(record) as Box<dyn Fields>))
    }

    fn referring(
        &self,
        entity: EntityKind,
        field: u16,
        id: u64,
        visit: &mut dyn FnMut(&dyn Fields) -> ControlFlow<()>,
    ) -> Result<()> {
        let Some(mask) = &self.mask else { return self.all.referring(entity, field, id, visit) };
        self.all.each_referring(entity, field, id, &mut |record| {
            let seen = mask.apply(self.all.txn, record)?;
            // One whose reference is hidden does not refer.
            Ok(if seen.get(field).is_some() { visit(&seen) } else { ControlFlow::Continue(()) })
        })
    }

    fn ticks_us(&self) -> i64 {
        self.all.ticks_us()
    }
}
