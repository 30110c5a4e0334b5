//! Every industry's own cases, and every check of the validator, against the libraries as vendors would ship them.
#![cfg(feature = "plugin")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use crm_core::domain::{CUSTOM_FIELD_ID_MIN, CustomField, EntityKind};
use crm_core::plugin::{LoadOptions, load};
use crm_core::port::Hook;
use crm_core::validator::{CHECKS, CheckResult, check};

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

/// Tells the child which library to check.
const CHILD: &str = "CRMK_TEST_INDUSTRY";

/// Every check on one library, in a process that does nothing else, for the memory that is left is that of the process.
#[test]
fn a_child_that_checks_an_industry() {
    #[expect(clippy::disallowed_methods, reason = "the parent tells the child which library")]
    let Ok(library) = std::env::var(CHILD) else { return };
    for (name, _) in CHECKS.iter().filter(|(name, _)| *name != "cases") {
        let CheckResult { passed, message, .. } = check(name, Path::new(&library), &[]);
        println!("\n{} {name}: {message}", if passed { "passed" } else { "failed" });
    }
}

#[test]
fn every_industry_passes_every_check_of_the_validator() {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let checks = |industry: &str| {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_child_that_checks_an_industry", "--nocapture"])
            .env(CHILD, libraries().join(format!("lib{industry}.so")).canonicalize().unwrap())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        let passed = said.lines().filter(|line| line.starts_with("passed ")).count();
        if passed != CHECKS.len() - 1 {
            let wrong: Vec<&str> = said.lines().filter(|line| line.starts_with("failed ")).collect();
            let told = format!("{industry} ({}), {passed} passed: {}", child.status, wrong.join("; "));
            failed.lock().unwrap().push(told);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(industry) = INDUSTRIES.get(next.fetch_add(1, Ordering::Relaxed)) {
                    checks(industry);
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
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

/// The tables at the end of an industry's README: what it declares, its figures, and what it sees.
fn tables(industry: &str) -> String {
    use std::fmt::Write as _;
    let library = libraries().join(format!("lib{industry}.so")).canonicalize().unwrap();
    let (settings, allowed) = (BTreeMap::new(), [library.clone()]);
    let fields = RefCell::new(Vec::<CustomField>::new());
    let declare = |hook: &dyn Hook| -> crm_core::Result<()> {
        let ids = (0..).map(|n| CUSTOM_FIELD_ID_MIN + n);
        fields
            .borrow_mut()
            .extend(hook.fields().iter().cloned().zip(ids).map(|(field, id)| CustomField { id, ..field }));
        Ok(())
    };
    let custom_field = |entity: EntityKind, name: &str| {
        fields.borrow().iter().find(|field| field.entity == entity && field.name == name).cloned()
    };
    let options = LoadOptions {
        allowed: &allowed,
        settings: &settings,
        custom_field: &custom_field,
        declare: &declare,
        keys: &[],
        drafts: false,
        allow_writable: false,
        guarded: false,
    };
    let hook = load(&library, &options).unwrap();
    let mut out = String::from("| custom field | of | label | 标签 |\n| --- | --- | --- | --- |\n");
    for field in hook.fields() {
        let (name, of) = (&field.name, field.entity.def().name);
        writeln!(out, "| `{name}` | {of} | {} | {} |", field.label, field.label_zh).unwrap();
    }
    if !hook.calculators().is_empty() {
        out.push_str("\n| calculator | label | 标签 |\n| --- | --- | --- |\n");
    }
    for calculator in hook.calculators() {
        writeln!(out, "| `{}` | {} | {} |", calculator.name, calculator.label, calculator.label_zh).unwrap();
    }
    out.push_str("\n| figure | default | source |\n| --- | --- | --- |\n");
    let policy: toml::Table = read(industry, "policy.toml").parse().unwrap();
    for (section, figures) in &policy {
        for (name, figure) in figures.as_table().unwrap() {
            let source = figure["source"].as_str().unwrap();
            writeln!(out, "| `{section}.{name}` | {} | {source} |", figure["value"]).unwrap();
        }
    }
    let plugin: toml::Table = read(industry, "plugin.toml").parse().unwrap();
    let seen = plugin["capabilities"].as_array().unwrap();
    let seen: Vec<String> = seen.iter().map(|name| format!("`{}`", name.as_str().unwrap())).collect();
    out.push_str(match seen.is_empty() {
        true => "\nIt sees no sensitive field.\n",
        false => "\nOf what is sensitive it sees, by its manifest:\n",
    });
    if !seen.is_empty() {
        writeln!(out, "{}.", seen.join(", ")).unwrap();
    }
    out
}

fn read(industry: &str, file: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "a test reads the files that it holds")]
    let bytes = std::fs::read(plugins().join(industry).join(file)).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What a README tells its users is what the library declares and what the files beside it say.
#[test]
fn the_readme_of_every_industry_ends_with_the_tables_of_what_it_declares() {
    for industry in INDUSTRIES {
        let (readme, tables) = (read(industry, "README.md"), tables(industry));
        assert!(readme.starts_with(&format!("# {industry}\n\n")), "{industry}");
        assert!(readme.ends_with(&tables), "plugins/{industry}/README.md does not end with\n{tables}");
    }
}
