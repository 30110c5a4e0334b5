//! The work years of a database: read from its records, and put into the calendar that every command runs under.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::{CalendarYear, EntityKind};
use crate::error::{Error, ErrorKind, Result};
use crate::policy::Shelf;
use crate::port::{Order, ReadTxn, Space};
use crate::record::{Catalog, Record, key};
use crate::rules::work_year;

/// Puts the stored years in the place of those that the catalog knows.
///
/// # Errors
/// `Rejected` when a policy names a company day that a year does not allow; `Corrupt` and what else the store answers.
/// The catalog is as it was then.
pub(super) fn refresh(txn: &dyn ReadTxn, catalog: &mut Arc<Catalog>) -> Result<()> {
    let shelf = catalog.policies().with_years(stored(txn)?, &**catalog).map_err(Error::rejected)?;
    Arc::make_mut(catalog).set_policies(shelf);
    Ok(())
}

/// The shelf with the stored years, for a catalog that is read anew.
pub(super) fn load(txn: &dyn ReadTxn, catalog: &Catalog, shelf: &Shelf) -> Result<Shelf> {
    let years = stored(txn)?;
    if years.is_empty() {
        return Ok(shelf.clone());
    }
    shelf
        .with_years(years, catalog)
        .map_err(|_| Error::new(ErrorKind::Corrupt, "the work years of the database do not go with its policies"))
}

fn stored(txn: &dyn ReadTxn) -> Result<Vec<CalendarYear>> {
    let prefix = [EntityKind::WorkYear.number()];
    let mut years = Vec::new();
    let until = key::after_prefix(&prefix);
    txn.scan(Space::Record, &prefix, until.as_deref(), Order::Ascending, &mut |_, stored| {
        let record = Record::decode(stored)?;
        years.push(work_year::year(&record).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a stored work year is not of its form").caused_by(error)
        })?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(years)
}
