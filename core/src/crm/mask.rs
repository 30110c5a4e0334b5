//! The fields that plugins hide from whoever reads a record: in `get`, in queries and in all that is made of them.
//!
//! The journal is not masked: it is for those who may read it whole.

use crate::domain::Fields;
use crate::error::Result;
use crate::port::{HookInput, Point, ReadTxn};
use crate::record::Record;

use super::change;
use super::services::TxnServices;
use super::session::Session;

impl Session {
    /// This session, when a plugin may hide fields from it.
    pub(super) fn masking(&self) -> Option<Session> {
        self.crm().inner.registry().offers(Point::Rights).then(|| self.clone())
    }

    /// The record without what plugins hide from this session's actor.
    ///
    /// # Errors
    /// `PluginFailed`, `PluginQuarantined`: what may have to be hidden is not shown.
    pub(super) fn masked(&self, txn: &dyn ReadTxn, record: Record) -> Result<Record> {
        let inner = &self.crm().inner;
        let registry = inner.registry();
        if !registry.offers(Point::Rights) {
            return Ok(record);
        }
        let catalog = self.crm().catalog();
        let mut draft = record.to_draft();
        let customer = change::customer_of(txn, &draft)?;
        let now = inner.clock.now();
        let masked = registry.masked(&HookInput {
            now,
            today: now.date_in(inner.zone),
            actor: &self.actor().name,
            command: "read",
            entity: record.entity(),
            before: None,
            after: &record,
            customer: customer.as_ref().map(|c| c as &dyn Fields),
            calendar: &inner.calendar,
            zone: inner.zone,
            services: &TxnServices { txn, catalog: &catalog, clock: &*inner.clock },
        })?;
        if !draft.values.keys().any(|field| masked.contains(field)) {
            return Ok(record);
        }
        draft.values.retain(|field, _| !masked.contains(field));
        Record::encode(&draft)
    }
}
