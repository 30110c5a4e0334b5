//! The validator: what any vendor can try on a plugin, and the plugin's own numeric cases.
//!
//! Whoever runs it gives each check a process of its own, for a plugin may take that along: one that writes through a view
//! ends it, because what a view shows lies on pages that cannot be written.

mod case;
mod made;
mod memory;
mod personal;
mod probes;
mod question;
mod scene;
mod try_out;
mod value;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use case::{CaseResult, cases_of, run_cases};

/// The checks in their order: the name, and what holds when it passes.
pub const CHECKS: &[(&str, &str)] = &[
    ("manifest", "the manifest is there, is valid and names this library by its SHA-256"),
    ("load", "a database loads the plugin, with its fields, its figures and its policy"),
    ("declarations", "fields and calculators have labels in both languages and are taken by a database"),
    ("twice", "two states live side by side and do not disturb each other"),
    ("settings", "a setting that the plugin does not know is refused"),
    ("empty", "every hook bears records without values"),
    ("extremes", "every hook bears the least, the greatest and the longest values"),
    ("absent", "every hook looks whether a value is there: each field alone, all but one, over a stack nobody wrote"),
    ("days", "every hook bears every day: 29 February, holidays, the ends of years"),
    ("calendar", "a year that the calendar does not have is passed on as that"),
    ("deterministic", "the same change gets the same answers"),
    ("stable", "what is decided once is decided again when it is there, or kept"),
    ("related", "follow and referring are borne with records, without them, and with many"),
    ("threads", "eight threads at once get the answers of one, each on records of its own"),
    ("system", "neither set-up nor hook asks the system for the time, the environment, chance or a file"),
    ("time", "no call takes longer than a hook may"),
    ("cancelled", "a hook that is told by `cancelled` to end ends"),
    ("memory", "neither calls nor states leave memory or open files behind"),
    ("personal", "no text, log line or print tells a personal value, whole, in part or in another form"),
    ("lifetimes", "no context, sink or view is used after its call or from another thread"),
    ("cases", "the plugin's own cases give what they expect"),
];

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckResult {
    /// The name of the check.
    pub check: String,
    /// What holds when it passes.
    pub what: String,
    /// Whether it passed.
    pub passed: bool,
    /// Why it did not, or what it saw.
    pub message: String,
    /// The plugin's own cases, of the check `cases`.
    pub cases: Vec<CaseResult>,
}

impl CheckResult {
    /// The result as a line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("invariant: texts, truths and lists have a form in JSON")
    }
}

/// Runs one check on the library at an absolute path; `cases` are the files or folders of its cases.
///
/// A name that is no check fails. The plugin's code runs in this process and may end it.
pub fn check(name: &str, library: &Path, cases: &[PathBuf]) -> CheckResult {
    let what = CHECKS.iter().find(|(check, _)| *check == name).map_or("", |(_, what)| *what);
    let mut result = CheckResult {
        check: name.to_owned(),
        what: what.to_owned(),
        passed: false,
        message: String::new(),
        cases: Vec::new(),
    };
    let outcome = match name {
        "cases" => run_all(library, cases).and_then(|all| {
            let failed = all.iter().filter(|case| !case.passed).count();
            let message = format!("{} of {} cases passed", all.len() - failed, all.len());
            result.cases = all;
            if failed == 0 { Ok(message) } else { Err(message) }
        }),
        _ => try_out::run(name, library),
    };
    (result.passed, result.message) = match outcome {
        Ok(message) => (true, message),
        Err(message) => (false, message),
    };
    result
}

fn run_all(library: &Path, cases: &[PathBuf]) -> Result<Vec<CaseResult>, String> {
    let mut all = Vec::new();
    for path in cases {
        for file in cases_of(path)? {
            all.extend(run_cases(library, &file)?);
        }
    }
    Ok(all)
}
