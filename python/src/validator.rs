//! The validator of plugins: one check a call, so that the command line gives each a process of its own.

use std::path::PathBuf;

use crm_core::plugin::Manifest;
use crm_core::validator as check;
use crm_plugin_sdk::manifest;
use pyo3::prelude::*;

use crate::failure::{OrRaise, invalid};
use crate::sdk;

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

/// The sources of the SDK for plugins in Rust, and its manifests, by their paths.
#[pyfunction]
pub(crate) fn plugin_sdk() -> Vec<(&'static str, &'static str)> {
    sdk::FILES.to_vec()
}

/// What a vendor reads: the fields, enumerations and commands of the kernel, and the syntax of cases, by file name.
#[pyfunction]
pub(crate) fn plugin_docs() -> Vec<(&'static str, &'static str)> {
    vec![("FIELDS.md", include_str!("../../plugins/FIELDS.md")), ("CASES.md", include_str!("../../plugins/CASES.md"))]
}

/// The text of the manifest of a library: from its bytes, the text of its `plugin.toml`, and the platform that it was built
/// for; left out, this one.
#[pyfunction]
#[pyo3(signature = (library, description, platform = None))]
pub(crate) fn plugin_manifest(
    py: Python<'_>,
    library: &[u8],
    description: &str,
    platform: Option<&str>,
) -> PyResult<String> {
    let platform = platform.map_or_else(manifest::platform, str::to_owned);
    let text = manifest::of(library, description, &platform).map_err(invalid).or_raise(py)?;
    // What no kernel would load is not written.
    let not_taken = |error: crm_core::Error| invalid(error.message().to_owned());
    Manifest::parse_for(&text, &platform).map_err(not_taken).or_raise(py)?;
    Ok(text)
}
