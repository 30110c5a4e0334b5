//! The validator of plugins: one check a call, so that the command line gives each a process of its own.

use std::path::PathBuf;

use crm_core::validator as check;
use pyo3::prelude::*;

/// The checks in their order: name and what holds.
#[pyfunction]
pub(crate) fn plugin_checks() -> Vec<(&'static str, &'static str)> {
    check::CHECKS.to_vec()
}

/// Runs one check on a library and gives its result as JSON. The plugin's code runs in this process and may end it.
#[pyfunction]
pub(crate) fn check_plugin(check: &str, path: PathBuf, cases: Vec<PathBuf>) -> PyResult<String> {
    let path = path.canonicalize()?;
    Ok(check::check(check, &path, &cases).to_json())
}

/// The header that a plugin in C or C++ includes.
#[pyfunction]
pub(crate) fn plugin_header() -> &'static str {
    include_str!("../../include/crmkernel_plugin.h")
}
