//! Files and plugins that cannot be opened: each has its own kind and says what was found, in Rust and through C.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "a test makes the files that it needs")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crm_core::adapter::{MemoryStore, RedbOptions, RedbStore, SystemClock};
use crm_core::port::{Space, Store};
use crm_core::{Config, Crm, PluginOptions};
use crm_tests::c_face::{self, CFace};
use crm_tests::face::Setup;
use crm_tests::library;
use crm_tests::rust_face::RustFace;
use serde_json::Value as Json;

fn config() -> Config {
    Config::new(Arc::new(SystemClock::new()))
}

fn options(create: bool) -> RedbOptions {
    RedbOptions { create, busy_timeout: Duration::ZERO, ..RedbOptions::default() }
}

/// Opens a file in Rust and through C; both refuse it with the kind and the words, and leave every byte as it was.
fn refused_and_untouched(path: &Path, create: bool, kind: &str, words: &str) {
    let before = std::fs::read(path).ok();
    refused(path, create, kind, words);
    assert!(std::fs::read(path).ok() == before, "{} was changed", path.display());
}

/// Opens a file in Rust and through C; both refuse it with the kind and the words.
fn refused(path: &Path, create: bool, kind: &str, words: &str) {
    let error = Crm::open_file(path, &options(create), config()).unwrap_err();
    assert_eq!(error.kind().name(), kind, "in Rust: {error}");
    assert!(error.message().contains(words), "in Rust: {error}");
    let error = c_face::open_file(&library::crmkernel(), path, create).err().unwrap();
    assert_eq!(error["kind"], kind, "through C: {error}");
    assert!(error["message"].as_str().unwrap().contains(words), "through C: {error}");
}

fn new_database(path: &Path) {
    Crm::open_file(path, &options(true), config()).unwrap().close().unwrap();
}

#[test]
fn what_is_not_a_database_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("letter.txt");
    std::fs::write(&text, "a letter, not a database\n".repeat(1000)).unwrap();
    refused_and_untouched(&text, true, "not_a_database", "letter.txt is not a database of crmkernel");
    refused_and_untouched(folder.path(), true, "not_a_database", "it is not a file");
    for only_read in [false, true] {
        let options = RedbOptions { read_only: only_read, ..options(true) };
        let error = Crm::open_file("/dev/null", &options, config()).unwrap_err();
        assert_eq!(error.kind().name(), "not_a_database", "{error}");
    }
    refused(&folder.path().join("a\0b"), true, "invalid_argument", "does not name a file");
}

#[test]
fn a_file_or_a_folder_that_is_missing_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    refused_and_untouched(&folder.path().join("none.crm"), false, "not_found", "none.crm does not exist");
    refused_and_untouched(&folder.path().join("no/folder.crm"), true, "not_found", "does not exist");
}

/// A database was made with an unknown time zone: the error left a file, and an opening without create made a database of it.
#[test]
fn a_database_that_cannot_be_made_leaves_no_file_and_one_that_holds_nothing_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.crm");
    let config = Config { time_zone: "Mars/Phobos".to_owned(), ..config() };
    let error = Crm::open_file(&path, &options(true), config).unwrap_err();
    assert_eq!(error.kind().name(), "invalid_argument", "{error}");
    assert!(!path.exists());

    RedbStore::open(&path, &options(true)).unwrap().close().unwrap();
    refused(&path, false, "not_a_database", "holds nothing yet");
    let only_read = RedbOptions { read_only: true, ..options(false) };
    let error = Crm::open_file(&path, &only_read, self::config()).unwrap_err();
    assert_eq!(error.kind().name(), "not_a_database", "{error}");
    new_database(&path);
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newer.crm");
    new_database(&path);
    let store = RedbStore::open(&path, &options(false)).unwrap();
    let mut txn = store.begin_write().unwrap();
    txn.put(Space::Meta, b"format", &99_u32.to_be_bytes()).unwrap();
    txn.commit().unwrap();
    store.close().unwrap();
    drop(store);
    refused(&path, true, "newer_version", "the database has format 99, this version reads up to");
    // The store's own bookkeeping may differ, the facts do not.
    let store = RedbStore::open(&path, &options(false)).unwrap();
    let mut format = Vec::new();
    store.begin_read().unwrap().get(Space::Meta, b"format", &mut |value| format = value.to_vec()).unwrap();
    assert_eq!(format, 99_u32.to_be_bytes());
}

#[test]
fn a_database_that_is_cut_short_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.crm");
    new_database(&path);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    refused(&path, true, "corrupt", "damaged");
}

#[test]
fn a_database_that_another_process_holds_is_locked_and_says_by_whom() {
    // The other process is this program again, told by the environment which database to hold.
    if let Ok(path) = std::env::var("CRM_TEST_HELD") {
        return hold(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("held.crm");
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "a_database_that_another_process_holds_is_locked_and_says_by_whom"])
        .env("CRM_TEST_HELD", &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(told.any(|line| line.unwrap().ends_with("holding")), "the other process did not open the database");
    refused(&path, true, "locked", &format!("is open in process {}", holder.id()));
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    new_database(&path);
}

/// Holds a database open until the standard input ends.
#[expect(clippy::print_stdout, reason = "the other process tells this one that it is ready")]
fn hold(path: &Path) {
    let crm = Crm::open_file(path, &options(true), config()).unwrap();
    println!("holding");
    std::io::stdin().lines().for_each(drop);
    crm.close().unwrap();
}

/// Loads a plugin in Rust and through C; both refuse it with the kind and the words.
fn plugin_refused(library: &Path, settings: &[(&str, &str)], kind: &str, words: &str) {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let setup = Setup { now_us: 0, plugins: vec![(library.to_owned(), settings)] };
    let in_rust = RustFace::open(&setup).unwrap_err();
    let through_c = CFace::open(&library::crmkernel(), &setup).err().unwrap();
    for error in [in_rust, through_c] {
        assert_eq!(error["kind"], kind, "{error}");
        assert!(error["message"].as_str().unwrap().contains(words), "{error}");
    }
}

/// A copy of the banking plugin with its manifest, changed.
fn changed_plugin(folder: &Path, change: impl FnOnce(&str) -> String) -> PathBuf {
    let original = library::plugin("banking").unwrap();
    let beside = |path: &Path| PathBuf::from(format!("{}.toml", path.display()));
    let copy = folder.join("libbanking.so");
    std::fs::copy(&original, &copy).unwrap();
    std::fs::write(beside(&copy), change(&std::fs::read_to_string(beside(&original)).unwrap())).unwrap();
    copy
}

#[test]
fn an_unknown_plugin_and_one_that_is_not_allowed_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    plugin_refused(&folder.path().join("none.so"), &[], "plugin_unknown", "");
    plugin_refused(Path::new("relative.so"), &[], "plugin_not_allowed", "only an absolute one is allowed");
    let crm = Crm::open(Arc::new(MemoryStore::new()), config()).unwrap();
    let elsewhere = PluginOptions { allowed: vec![folder.path().to_owned()], ..PluginOptions::default() };
    let error = crm.load_plugin(&library::plugin("banking").unwrap(), &elsewhere).unwrap_err();
    assert_eq!(error.kind().name(), "plugin_not_allowed");
}

#[test]
fn a_plugin_without_a_manifest_of_another_hash_or_of_another_abi_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("libalone.so");
    std::fs::copy(library::plugin("banking").unwrap(), &alone).unwrap();
    plugin_refused(&alone, &[], "plugin_manifest", "manifest");
    let garbled = changed_plugin(folder.path(), |_| "id = 7".to_owned());
    plugin_refused(&garbled, &[], "plugin_manifest", "the manifest is not valid");
    let other_abi = changed_plugin(folder.path(), |text| text.replace("major = 1", "major = 9"));
    plugin_refused(&other_abi, &[], "plugin_abi", "9");
    let other_hash = changed_plugin(folder.path(), |text| {
        let (before, hash) = text.split_once("sha256 = \"").unwrap();
        format!("{before}sha256 = \"{}{}", "0".repeat(64), &hash[64..])
    });
    plugin_refused(&other_hash, &[], "plugin_hash", "crmkernel.banking");
}

#[test]
fn a_setting_that_a_plugin_does_not_have_or_allow_fails_it() {
    let banking = library::plugin("banking").unwrap();
    plugin_refused(&banking, &[("complaint.simple_days", "16")], "plugin_failed", "");
    plugin_refused(&banking, &[("complaint.colour", "red")], "plugin_failed", "");
}

#[test]
fn a_plugin_is_not_added_twice() {
    let banking = library::plugin("banking").unwrap();
    let setup = Setup { now_us: 0, plugins: vec![(banking.clone(), Vec::new()), (banking, Vec::new())] };
    let errors: [Json; 2] =
        [RustFace::open(&setup).unwrap_err(), CFace::open(&library::crmkernel(), &setup).err().unwrap()];
    assert!(errors.iter().all(|error| error["kind"] == "duplicate"), "{errors:?}");
}
