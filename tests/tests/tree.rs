//! Which part of the tree may use which: what the compiler does not hold by itself.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use crm_tests::generate::root;

/// A module of the core and the modules that it must not name.
const FORBIDDEN: [(&str, &[&str]); 6] = [
    ("domain", &["policy", "rules", "port", "record", "adapter", "plugin", "crm", "testing"]),
    ("policy", &["rules", "port", "record", "adapter", "plugin", "crm", "testing"]),
    ("rules", &["policy", "port", "record", "adapter", "plugin", "crm", "testing"]),
    ("port", &["policy", "rules", "record", "adapter", "plugin", "crm", "testing"]),
    ("record", &["rules", "adapter", "plugin", "crm", "testing"]),
    ("adapter", &["domain::customer", "policy", "rules", "record", "plugin", "crm"]),
];

/// Where `unsafe` may stand. The tests call the C ABI as a program in C does; a table of another Python library comes as
/// a pointer in a capsule, and such a library calls back in whatever state it has left the interpreter.
const UNSAFE: [&str; 8] = [
    "ffi/src",
    "plugins/abi",
    "plugins/sdk",
    "core/src/plugin",
    "python/src/interpreter.rs",
    "python/src/foreign.rs",
    "tests/src/c_face",
    "tests/plugins",
];

/// Every Rust source of the repository with its path from the root.
fn sources() -> Vec<(String, String)> {
    let (root, mut found) = (root(), Vec::new());
    let mut folders: Vec<PathBuf> = ["core", "ffi", "plugins", "python", "tests"].map(|name| root.join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() && !path.ends_with("target") && !path.ends_with(".venv") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 50, "found {} sources", found.len());
    found
}

/// The lines of code of a source, from 1, without comments, up to its tests.
fn code(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let before_tests = source.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
    before_tests
        .lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn assert_none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn no_module_of_the_core_names_one_that_it_may_not() {
    let mut found = Vec::new();
    for (name, source) in sources() {
        for (module, forbidden) in FORBIDDEN {
            let inside = name.starts_with(&format!("core/src/{module}/"));
            if !inside || name.ends_with("/tests.rs") {
                continue;
            }
            for (line, text) in code(&source) {
                if forbidden.iter().any(|other| text.contains(&format!("crate::{other}::"))) {
                    found.push(format!("{name}:{line}: {}", text.trim()));
                }
            }
        }
    }
    assert_none(&found, "domain <- policy, rules, port <- record, adapter <- plugin <- crm");
}

#[test]
fn only_the_redb_store_and_the_disk_that_is_simulated_under_it_say_redb() {
    let may = ["core/src/adapter/redb_store", "core/src/testing/sim_disk"];
    let inside = |name: &str| may.iter().any(|folder| name.starts_with(folder));
    let mut found = Vec::new();
    for (name, source) in sources().iter().filter(|(name, _)| !inside(name) && !name.starts_with("tests/tests/tree")) {
        found
            .extend(code(source).filter(|(_, text)| text.contains("redb::")).map(|(line, _)| format!("{name}:{line}")));
    }
    assert_none(&found, &format!("redb:: stands in {} alone", may.join(" and ")));
}

#[test]
fn unsafe_stands_where_it_may() {
    let allowed = |name: &str| UNSAFE.iter().any(|folder| name.starts_with(folder)) || name.contains("tests/tree.rs");
    let mut found = Vec::new();
    for (name, source) in sources().iter().filter(|(name, _)| !allowed(name)) {
        let says =
            |text: &str| ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"].iter().any(|u| text.contains(u));
        found.extend(code(source).filter(|(_, text)| says(text)).map(|(line, _)| format!("{name}:{line}")));
    }
    assert_none(&found, "unsafe stands in the places of this list alone");
}

/// A text of the host's within a plugin is the one exception: it is looked at first.
#[test]
fn texts_from_outside_are_checked_wherever_they_come_in() {
    let may = ["plugins/sdk/src/export.rs", "tests/tests/tree.rs"];
    let mut found = Vec::new();
    for (name, source) in sources().iter().filter(|(name, _)| !may.contains(&&**name)) {
        let says =
            |text: &str| ["from_utf8_unchecked", "skip_validation", "build_unchecked"].iter().any(|u| text.contains(u));
        found.extend(code(source).filter(|(_, text)| says(text)).map(|(line, _)| format!("{name}:{line}")));
    }
    assert_none(&found, "no text is taken for UTF-8, and no array for valid, unless it was checked");
}

/// The dependencies of a crate, by the names in its manifest, those for tests left out.
fn dependencies(manifest: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(manifest).unwrap();
    let (_, rest) = text.split_once("[dependencies]\n").unwrap_or(("", ""));
    let own = rest.split("\n[").next().unwrap_or_default();
    own.lines()
        .filter_map(|line| Some(line.split(['.', ' ', '=']).next()?.to_owned()))
        .filter(|n| !n.is_empty())
        .collect()
}

#[test]
fn a_plugin_depends_on_the_sdk_and_never_on_the_core() {
    for folder in std::fs::read_dir(root().join("plugins")).unwrap().map(|entry| entry.unwrap().path()) {
        let manifest = folder.join("Cargo.toml");
        if !manifest.exists() {
            continue;
        }
        let found = dependencies(&manifest);
        assert!(!found.iter().any(|name| name == "crm-core"), "{} depends on crm-core", manifest.display());
        if !folder.ends_with("abi") && !folder.ends_with("sdk") {
            assert!(found.iter().any(|name| name == "crm-plugin-sdk"), "{} is no plugin", manifest.display());
            assert!(!found.iter().any(|name| name == "crm-plugin-abi"), "{} goes past the SDK", manifest.display());
        }
    }
    assert_eq!(dependencies(&root().join("plugins/abi/Cargo.toml")), Vec::<String>::new());
}

#[test]
fn faces_use_nothing_of_the_core_but_its_public_names() {
    // The compiler holds that; here, that they bring no store and no codec of their own.
    for face in ["ffi", "python"] {
        let manifest = root().join(face).join("Cargo.toml");
        if !manifest.exists() {
            continue;
        }
        let found = dependencies(&manifest);
        for foreign in ["redb", "rusqlite", "blake3", "crc32fast", "libloading"] {
            assert!(!found.iter().any(|name| name == foreign), "{face} depends on {foreign}");
        }
    }
}
