//! Which record a change is for: the record itself, which names its revision, or an id.

use crm_core::Result;
use crm_core::domain::EntityKind;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::failure::{invalid, wrong_type};
use crate::record::Record;
use crate::value::{is_integer, type_of};

/// The id of a record, and the revision that the caller read.
pub(crate) struct Target {
    pub(crate) id: u64,
    pub(crate) revision: Option<u64>,
}

impl Target {
    /// Reads a record or an id; a revision that is given goes before that of the record.
    ///
    /// # Errors
    /// `WrongType` for something else or a record of another entity, `InvalidArgument` for an impossible id.
    pub(crate) fn of(entity: EntityKind, value: &Bound<'_, PyAny>, revision: Option<Option<u64>>) -> Result<Self> {
        let name = entity.def().name;
        if let Ok(record) = value.cast::<Record>() {
            let record = &record.get().inner;
            if record.entity() != entity {
                return Err(wrong_type("record", name, record.entity().def().name));
            }
            return Ok(Self { id: record.id(), revision: revision.unwrap_or(Some(record.revision())) });
        }
        if !is_integer(value) {
            return Err(wrong_type("record", &format!("a {name} or its id"), &type_of(value)));
        }
        let id = value.extract::<u64>().map_err(|_| invalid("an id is an integer from 1 to 2^64-1"))?;
        Ok(Self { id, revision: revision.flatten() })
    }
}

/// A revision given by name (`None` means any), and the other names.
pub(crate) type Revision = Option<Option<u64>>;

/// Takes `revision` out of the values given by name.
///
/// # Errors
/// `TypeError` or `OverflowError` when it is no revision.
pub(crate) fn take_revision<'py>(
    fields: Option<&Bound<'py, PyDict>>,
) -> PyResult<(Revision, Option<Bound<'py, PyDict>>)> {
    let Some(fields) = fields else { return Ok((None, None)) };
    match fields.get_item("revision")? {
        None => Ok((None, Some(fields.clone()))),
        Some(revision) => {
            let others = fields.copy()?;
            others.del_item("revision")?;
            Ok((Some(revision.extract()?), Some(others)))
        }
    }
}
