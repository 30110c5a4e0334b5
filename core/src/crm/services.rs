//! What the kernel answers a hook beside the calendar: stored records, and how long the hook takes.

use std::ops::ControlFlow;

use crate::domain::{EntityKind, Fields, ValueRef};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Clock, Order, ReadTxn, Services, Space};
use crate::record::{Catalog, key, table};

/// The services of a transaction.
pub(crate) struct TxnServices<'a> {
    pub(crate) txn: &'a dyn ReadTxn,
    pub(crate) catalog: &'a Catalog,
    pub(crate) clock: &'a dyn Clock,
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
            let record = table::load(self.txn, entity, id)?.ok_or_else(damaged)?;
            Ok(visit(&record))
        })
    }

    fn ticks_us(&self) -> i64 {
        self.clock.now().us()
    }
}
