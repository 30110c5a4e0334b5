//! Every industry's own cases, and every check of the validator, against the libraries as vendors would ship them.
#![cfg(feature = "plugin")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crm_core::plugin::check::{CHECKS, CheckResult, check};

const INDUSTRIES: [&str; 11] = [
    "agriculture",
    "banking",
    "construction",
    "education",
    "hospitality",
    "law",
    "logistics",
    "medical",
    "realestate",
    "talent",
    "telecom",
];

fn plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").canonicalize().unwrap()
}

/// The libraries with their manifests, built once for all tests of this file, in a folder of their own.
fn libraries() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let test = std::env::current_exe().unwrap();
            let built = test.ancestors().nth(2).unwrap();
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "-q", "-p", "crm-plugin-sdk", "--target-dir"]).arg(built.parent().unwrap());
            for name in INDUSTRIES {
                cargo.arg("-p").arg(format!("crm-plugin-{name}"));
            }
            assert!(cargo.status().unwrap().success());
            let folder = tempfile::tempdir().unwrap();
            for name in INDUSTRIES {
                let library = folder.path().join(format!("lib{name}.so"));
                std::fs::copy(built.join(format!("libcrm_plugin_{name}.so")), &library).unwrap();
                let describe = plugins().join(name).join("plugin.toml");
                let tool = Command::new(built.join("crmk-plugin-manifest")).arg(&library).arg(describe).output();
                assert!(tool.unwrap().status.success(), "{name}");
            }
            folder
        })
        .path()
}

fn run(industry: &str, name: &str) -> CheckResult {
    let library = libraries().join(format!("lib{industry}.so")).canonicalize().unwrap();
    check(name, &library, &[plugins().join(industry).join("cases")])
}

#[test]
fn every_industry_passes_every_check_of_the_validator() {
    let mut failed = Vec::new();
    for industry in INDUSTRIES {
        for (name, _) in CHECKS.iter().filter(|(name, _)| *name != "cases") {
            let result = run(industry, name);
            if !result.passed {
                failed.push(format!("{industry} {name}: {}", result.message));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_case_of_every_industry_gives_what_it_expects() {
    let mut failed = Vec::new();
    for industry in INDUSTRIES {
        let result = run(industry, "cases");
        assert!(result.cases.len() >= 7, "{industry} has {} cases: {}", result.cases.len(), result.message);
        for case in result.cases.iter().filter(|case| !case.passed) {
            failed.push(format!("{industry}, {}: {}", case.name, case.message));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The table of `plugins/COVERAGE.md`: each rule with its plugin, and how it is shown.
fn coverage() -> BTreeMap<String, (String, String)> {
    #[expect(clippy::disallowed_methods, reason = "a test reads the table that it holds")]
    let text = String::from_utf8(std::fs::read(plugins().join("COVERAGE.md")).unwrap()).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| R-") || line.starts_with("| L-"));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
        let mut next = || cells.next().unwrap_or_default();
        (next(), (next(), next()))
    })
    .collect()
}

#[test]
fn every_rule_in_the_table_of_coverage_has_a_case_and_every_case_is_in_the_table() {
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for industry in INDUSTRIES {
        for case in run(industry, "cases").cases {
            for rule in case.rules {
                shown.entry(rule).or_default().push(industry.to_owned());
            }
        }
    }
    let table = coverage();
    assert!(table.len() > 80, "{} rules", table.len());
    for (rule, (plugin, how)) in &table {
        match how.as_str() {
            "case" => {
                let by = shown.get(rule).is_some_and(|by| by.contains(plugin));
                assert!(by, "{rule} has no case in plugins/{plugin}/cases");
            }
            other => assert!(other.len() > 10, "{rule} is neither shown by a case nor explained"),
        }
    }
    for rule in shown.keys() {
        assert!(table.contains_key(rule), "{rule} is not in plugins/COVERAGE.md");
    }
}
