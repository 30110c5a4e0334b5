//! Salvage: what can be read of a damaged database, in a new one.

use std::path::PathBuf;

use pyo3::prelude::*;

use crate::operations::{Problem, teller, watch_of};
use crate::shared::run_long;

/// What a salvage brought into the new database, and what it did not find.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Salvaged(crm_core::Salvaged);

#[pymethods]
impl Salvaged {
    /// Whether everything was found, and nothing is in doubt.
    #[getter]
    fn ok(&self) -> bool {
        self.0.problem_count == 0
    }

    /// What became of the log: not_needed, whole, damaged, missing or foreign. With the last three the last commits are, or
    /// may be, missing.
    #[getter]
    fn log(&self) -> &'static str {
        self.0.log.name()
    }

    /// Records in the new database.
    #[getter]
    fn records(&self) -> u64 {
        self.0.records
    }

    /// Of those, how many were made, or brought up to the journal, from its entries.
    #[getter]
    fn records_restored(&self) -> u64 {
        self.0.records_restored
    }

    /// How many are older than the journal says, because entries in between are missing.
    #[getter]
    fn records_outdated(&self) -> u64 {
        self.0.records_outdated
    }

    /// How many ids were given out whose records are nowhere.
    #[getter]
    fn records_missing(&self) -> u64 {
        self.0.records_missing
    }

    /// Entries in the journal of the new database.
    #[getter]
    fn entries(&self) -> u64 {
        self.0.entries
    }

    /// How many entries are missing between those and before them.
    #[getter]
    fn entries_missing(&self) -> u64 {
        self.0.entries_missing
    }

    /// Index entries, unique keys and counts that were made anew.
    #[getter]
    fn keys(&self) -> u64 {
        self.0.keys
    }

    /// How many things were missing, unreadable or in doubt.
    #[getter]
    fn problem_count(&self) -> u64 {
        self.0.problem_count
    }

    /// The first 100 of them.
    #[getter]
    fn problems(&self) -> Vec<Problem> {
        self.0.problems.iter().cloned().map(Problem).collect()
    }

    fn __repr__(&self) -> String {
        let s = &self.0;
        format!(
            "Salvaged(records={}, records_restored={}, records_missing={}, entries={}, entries_missing={}, problem_count={})",
            s.records, s.records_restored, s.records_missing, s.entries, s.entries_missing, s.problem_count
        )
    }
}

/// Writes everything that can be read of the database at `path`, with its log or without it, into a new one at `to`.
///
/// The old file is only read, and may be open in a process; the new one appears whole or not at all. A record that is lost or
/// old is made from the journal as far as its entries follow on from one another; index entries, unique keys and counts
/// are made anew. With `replace` a database at `to` is replaced. `progress` is called with how many pairs were read, and
/// `None` for how many there are.
#[pyfunction]
#[pyo3(signature = (path, to, *, replace = false, progress = None))]
pub(crate) fn salvage(
    py: Python<'_>,
    path: PathBuf,
    to: PathBuf,
    replace: bool,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Salvaged> {
    let salvaged = run_long(py, true, &teller(progress), move |progress| {
        crm_core::salvage_file(path, to, replace, &mut watch_of(progress))
    });
    salvaged.map(Salvaged)
}
