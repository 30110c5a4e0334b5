//! The fields that plugins hide from whoever reads a record: in `get`, in queries and in all that is made of them.
//!
//! The journal, counts and summaries are not masked: they are for those who may read everything.

use std::sync::atomic::Ordering;

use crate::domain::Fields;
use crate::error::Result;
use crate::port::{HookInput, ReadTxn};
use crate::record::Record;

use super::change;
use super::services::TxnServices;
use super::session::Session;

impl Session {
    /// This session, when a plugin may hide fields from it.
    pub(super) fn masking(&self) -> Option<Session> {
        self.crm().inner.masks.load(Ordering::Acquire).then(|| self.clone())
    }

    /// A record as this session may see it.
    pub(super) fn shown(&self, record: Option<Record>) -> Result<Option<Record>> {
        match record {
            Some(record) if self.crm().inner.masks.load(Ordering::Acquire) => {
                self.masked(&*self.crm().inner.snapshot()?, record).map(Some)
            }
            record => Ok(record),
        }
    }

    /// The record without what plugins hide from this session's actor.
    ///
    /// # Errors
    /// `PluginFailed`, `PluginQuarantined`: what may have to be hidden is not shown.
    pub(super) fn masked(&self, txn: &dyn ReadTxn, record: Record) -> Result<Record> {
        let inner = &self.crm().inner;
        let registry = inner.registry();
        let catalog = self.crm().catalog();
        let mut draft = record.to_draft();
        let customer = change::customer_of(txn, &draft)?;
        let now = inner.clock.now();
        let today = now.date_in(inner.zone);
        let in_force = catalog.policies().in_force(today);
        let masked = registry.masked(&HookInput {
            now,
            today,
            actor: &self.actor().name,
            command: "read",
            entity: record.entity(),
            before: None,
            after: &record,
            customer: customer.as_ref().map(|c| c as &dyn Fields),
            calendar: &in_force.calendar,
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
