//! The generated files: one list, each with the function that makes it.

mod constants;
mod coverage;
mod figures;
mod header;
mod plugin_fields;
mod plugin_header;
mod sdk_files;
// The text of the stubs is made from the declarations alone, so that the generator needs no Python.
#[path = "../../../python/src/stubs.rs"]
mod stubs;
mod tables;
mod trust;

use std::fmt;
use std::path::{Path, PathBuf};

/// A generated file: where it lies in the repository, and what makes it.
struct Generated {
    path: &'static str,
    make: fn(&Path) -> Result<String, String>,
}

/// Every generated file.
const FILES: &[Generated] = &[
    Generated { path: "include/crmkernel.h", make: header::make },
    Generated { path: "include/crmkernel_plugin.h", make: plugin_header::make },
    Generated { path: "core/src/domain/README.md", make: tables::make },
    Generated { path: "core/TRUST.md", make: trust::make },
    Generated { path: "plugins/FIELDS.md", make: plugin_fields::make },
    Generated { path: "python/src/sdk.rs", make: sdk_files::make },
    Generated { path: "plugins/policies/README.md", make: figures::make },
    Generated { path: "tests/cases/COVERAGE.md", make: coverage::make },
    Generated { path: "python/crmkernel/_native.pyi", make: |_| Ok(stubs::stubs()) },
];

/// A generated file that is not as it would be generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The path in the repository.
    pub path: &'static str,
    /// The first line that differs, from 1.
    pub line: usize,
    /// That line as it is.
    pub found: String,
    /// That line as it would be.
    pub wanted: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, found, wanted } = self;
        write!(f, "{path}:{line} differs from what is generated\n  found:  {found}\n  wanted: {wanted}")
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The generated files that differ from what would be generated.
///
/// # Errors
/// A message when a file cannot be made.
pub fn check() -> Result<Vec<Difference>, String> {
    each(|_, _| Ok(()))
}

/// Writes the generated files that differ, and names them.
///
/// # Errors
/// A message when a file cannot be made or written.
pub fn write() -> Result<Vec<Difference>, String> {
    each(|path, wanted| {
        #[expect(clippy::disallowed_methods, reason = "a tool of its own, not a part of the kernel")]
        std::fs::write(path, wanted).map_err(|e| format!("{} cannot be written: {e}", path.display()))
    })
}

fn each(differs: impl Fn(&Path, &str) -> Result<(), String>) -> Result<Vec<Difference>, String> {
    let root = root();
    let mut differences = Vec::new();
    for file in FILES {
        let wanted = (file.make)(&root)?;
        let path = root.join(file.path);
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(difference) = difference(file.path, &found, &wanted) {
            differs(&path, &wanted)?;
            differences.push(difference);
        }
    }
    Ok(differences)
}

fn difference(path: &'static str, found: &str, wanted: &str) -> Option<Difference> {
    if found == wanted {
        return None;
    }
    let same = found.lines().zip(wanted.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
    Some(Difference { path, line: same + 1, found: line(found), wanted: line(wanted) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_files_are_as_they_are_generated() {
        let differences = check().unwrap();
        let lines: Vec<String> = differences.iter().map(Difference::to_string).collect();
        assert!(lines.is_empty(), "{}\nrun `make generate`", lines.join("\n"));
    }

    #[test]
    fn a_difference_names_the_first_line_that_differs() {
        let found = difference("x", "a\nb\nc\n", "a\nb\nd\n").unwrap();
        assert_eq!((found.line, found.found.as_str(), found.wanted.as_str()), (3, "c", "d"));
        assert_eq!(difference("x", "a\n", "a\nb\n").unwrap().found, "(the end)");
    }
}
