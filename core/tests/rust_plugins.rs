//! Loads plugins written in Rust through the whole way: build, manifest, hash, C ABI, hook.
#![cfg(feature = "plugin")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use crm_core::adapter::{MemoryStore, SystemClock};
use crm_core::domain::{
    Actor, Calendar, Changes, Command as DomainCommand, Complexity, CustomField, CustomerStatus, Date, EntityKind,
    FieldType, Fields as _, IdentityKind, Instant, Level, PartyKind, Quantity, Value, Verb, complaint, customer,
};
use crm_core::plugin::{LoadOptions, load};
use crm_core::port::{Answer, Hook, HookInput, NoServices, Point};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, PluginOptions, Result};

type Record = BTreeMap<u16, Value>;

/// The folder of the libraries, built once for all tests of this file.
///
/// Cargo does not build a library of kind cdylib for the tests of another crate, so this asks it to.
fn libraries() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.ancestors().nth(2).unwrap();
        let target = folder.parent().unwrap();
        let plugins = ["-p", "crm-plugin-banking", "-p", "crm-test-plugin-panicking", "-p", "crm-plugin-sdk"];
        let status =
            Command::new(env!("CARGO")).args(["build", "-q", "--target-dir"]).arg(target).args(plugins).status();
        assert!(status.unwrap().success());
        folder.to_owned()
    })
}

/// A copy of a library of this workspace in a folder of its own, with its manifest written by the tool for that.
fn described(name: &str, crate_folder: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join(format!("lib{name}.so"));
    std::fs::copy(libraries().join(format!("lib{name}.so")), &library).unwrap();
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(crate_folder).join("plugin.toml");
    let tool = libraries().join("crmk-plugin-manifest");
    let written = Command::new(tool).arg(&library).arg(plugin).output().unwrap();
    assert!(written.status.success());
    assert!(String::from_utf8(written.stdout).unwrap().trim_end().ends_with(".so.toml"));
    (folder, library)
}

/// Loads a library of this workspace.
fn load_plugin(name: &str, crate_folder: &str, settings: &[(&str, &str)]) -> Result<Arc<dyn Hook>> {
    let (folder, library) = described(name, crate_folder);
    let settings = settings.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let allowed = [folder.path().to_owned()];
    let declared = RefCell::new(Vec::<CustomField>::new());
    load(
        &library,
        &LoadOptions {
            allowed: &allowed,
            settings: &settings,
            custom_field: &|entity, name| {
                declared.borrow().iter().find(|f| f.entity == entity && f.name == name).cloned()
            },
            declare: &|hook| {
                let numbered =
                    hook.fields().iter().enumerate().map(|(i, f)| CustomField { id: 10_000 + i as u16, ..f.clone() });
                declared.borrow_mut().extend(numbered);
                Ok(())
            },
            keys: &[],
            drafts: false,
            allow_writable: false,
            guarded: false,
        },
    )
}

fn banking(settings: &[(&str, &str)]) -> Result<Arc<dyn Hook>> {
    load_plugin("crm_plugin_banking", "plugins/banking", settings)
}

fn ask<T>(entity: EntityKind, after: &Record, ask: impl FnOnce(&HookInput<'_>) -> T) -> T {
    let calendar = Calendar::new("CN", []);
    ask(&HookInput {
        now: Instant::parse("2026-09-16T09:00:00+08:00").unwrap(),
        today: Date::from_ymd_opt(2026, 9, 16).unwrap(),
        actor: "li",
        command: "add",
        entity,
        before: None,
        after,
        customer: None,
        calendar: &calendar,
        zone: chrono_tz::Asia::Shanghai,
        services: &NoServices,
    })
}

fn complaint(received_at: &str, complexity: Complexity) -> Record {
    use complaint::field;
    [
        (field::received_at, Value::Instant(Instant::parse(received_at).unwrap())),
        (field::complexity, Value::Enum(complexity.number())),
    ]
    .into()
}

fn deadline(answer: &Answer) -> &str {
    &answer.decided[0].decision.value
}

#[test]
fn banking_refuses_an_active_customer_of_unknown_identity() {
    use customer::field;
    let hook = banking(&[]).unwrap();
    assert_eq!((hook.id(), hook.version()), ("crmkernel.banking", env!("CARGO_PKG_VERSION")));
    let day = |y, m, d| Value::Date(Date::from_ymd_opt(y, m, d).unwrap());
    let mut record: Record = [
        (field::status, Value::Enum(CustomerStatus::Active.number())),
        (field::party_kind, Value::Enum(PartyKind::Organisation.number())),
    ]
    .into();
    let found = ask(EntityKind::Customer, &record, |i| hook.ask(Point::Validate, i)).unwrap().violations;
    let fields: Vec<_> = found.iter().map(|v| v.field.as_str()).collect();
    let expected = ["identity_kind", "identity_number", "identity_verified_on", "relation_purpose", "beneficial_owner"];
    assert_eq!(fields, expected);
    assert!(found.iter().all(|v| v.code == "required" && !v.message_zh.is_empty()));

    record.extend([
        (field::identity_kind, Value::Enum(IdentityKind::SocialCreditCode.number())),
        (field::identity_number, Value::Text("91350100M000100Y43".into())),
        (field::identity_verified_on, day(2026, 9, 1)),
        (field::identity_valid_until, day(2026, 9, 15)),
        (field::relation_purpose, Value::Text("loans".into())),
        (field::beneficial_owner, Value::Text("the owner".into())),
    ]);
    let found = ask(EntityKind::Customer, &record, |i| hook.ask(Point::Validate, i)).unwrap().violations;
    let found: Vec<_> = found.iter().map(|v| (v.field.as_str(), &*v.code, &*v.rule)).collect();
    assert_eq!(found, [("identity_valid_until", "identity_expired", "R-BNK-03, L-BNK-7")]);

    record.insert(field::identity_valid_until, day(2026, 9, 16));
    assert_eq!(ask(EntityKind::Customer, &record, |i| hook.ask(Point::Validate, i)).unwrap().violations, []);
}

#[test]
fn banking_decides_the_deadline_of_a_complaint_by_its_civil_date() {
    let hook = banking(&[("complaint.roll", "none")]).unwrap();
    // 20 January in Shanghai, still the 19th in UTC.
    for (complexity, due) in
        [(Complexity::Simple, "2026-02-04"), (Complexity::Complex, "2026-02-19"), (Complexity::Special, "2026-03-21")]
    {
        let record = complaint("2026-01-19T20:00:00Z", complexity);
        let answer = ask(EntityKind::Complaint, &record, |i| hook.ask(Point::Complaint, i)).unwrap();
        let decision = &answer.decided[0].decision;
        assert_eq!((&*decision.subject, &*decision.value, &*decision.rule), ("deadline_on", due, "L-BNK-1"));
        assert!(decision.inputs.contains(&("received_on".into(), "2026-01-20".to_owned())));
        let refused = ask(EntityKind::Complaint, &record, |i| hook.ask(Point::Validate, i)).unwrap().violations.len();
        assert_eq!(refused, usize::from(complexity == Complexity::Special));
    }
}

#[test]
fn banking_says_which_year_the_calendar_lacks() {
    let hook = banking(&[]).unwrap();
    let record = complaint("2026-01-20T09:00:00+08:00", Complexity::Simple);
    let error = ask(EntityKind::Complaint, &record, |i| hook.ask(Point::Complaint, i)).err().unwrap();
    assert_eq!((error.kind(), error.context_value("year")), (ErrorKind::CalendarYearMissing, Some("2026")));
}

#[test]
fn a_wrong_setting_names_the_figure_what_was_found_and_what_is_allowed() {
    let error = banking(&[("complaint.roll", "later")]).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PluginFailed);
    let expected = "setting complaint.roll: found \"later\", allowed is one of none, next, previous";
    assert!(error.message().contains(expected), "{error}");
    let error = banking(&[("complaint.simpel_days", "9")]).err().unwrap();
    assert!(error.message().contains("there is no such figure"), "{error}");
}

/// A plugin's fields were declared before its `init` ran, so that one that then failed left its fields in the database
/// for ever, under the name of a plugin that was never there. They are declared now when all else went well.
#[test]
fn a_plugin_that_is_refused_leaves_no_fields_behind() {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    let (folder, library) = described("crm_plugin_banking", "plugins/banking");
    let load = |roll: &str| {
        let settings = [("complaint.roll".to_owned(), roll.to_owned())].into();
        crm.load_plugin(
            &library,
            &PluginOptions { allowed: vec![folder.path().to_owned()], settings, ..PluginOptions::default() },
        )
    };
    assert_eq!(load("later").unwrap_err().kind(), ErrorKind::PluginFailed);
    let session = crm.session(Actor { name: "u.li".into(), level: Level::Edit }).unwrap();
    assert_eq!((crm.catalog().custom_fields().len(), session.changes_since(0, 10).unwrap().len()), (0, 0));

    load("none").unwrap();
    let fields = crm.catalog().custom_fields().len();
    let entries = session.changes_since(0, 100).unwrap();
    assert_eq!(entries.len(), fields + 1, "each is in the journal, and that the database needs the plugin");
    assert_eq!(load("none").unwrap_err().kind(), ErrorKind::Duplicate);
    assert_eq!(crm.catalog().custom_fields().len(), fields);

    // What was resolved before the database gave it an id is read and written under that id.
    let catalog = crm.catalog();
    let id = |name| catalog.field_named(EntityKind::Customer, name).unwrap().id;
    let day = |y, m, d| Value::Date(Date::from_ymd_opt(y, m, d).unwrap());
    let changes = Changes::from([
        (customer::field::name, Some(Value::Text("A".into()))),
        (id("bank.relation_ended_on"), Some(day(2026, 9, 16))),
    ]);
    let added = session.apply(DomainCommand::Add { entity: EntityKind::Customer, changes }).unwrap().record.unwrap();
    assert_eq!(added.date(id("bank.keep_until")), Date::from_ymd_opt(2036, 9, 16));
}

/// A field of the plugin's that the database has with another type refuses it, and none of its others is declared.
#[test]
fn a_field_of_another_type_keeps_all_the_others_out() {
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(SystemClock::new()))).unwrap();
    let taken = CustomField {
        id: 0,
        entity: EntityKind::Complaint,
        name: "bank.representatives".to_owned(),
        kind: FieldType::Bool,
        label: "Representatives".to_owned(),
        label_zh: "代表".to_owned(),
        sensitive: false,
        indexed: false,
    };
    let session = crm.session(Actor { name: "u.wang".into(), level: Level::Manage }).unwrap();
    session.apply(DomainCommand::DeclareField(taken)).unwrap();
    let (folder, library) = described("crm_plugin_banking", "plugins/banking");
    let options = PluginOptions { allowed: vec![folder.path().to_owned()], ..PluginOptions::default() };
    let error = crm.load_plugin(&library, &options).unwrap_err();
    assert_eq!(error.context_value("plugin"), Some("crmkernel.banking"));
    assert_eq!((crm.catalog().custom_fields().len(), crm.plugins().len()), (1, 0));
}

/// The plugin in Rust that was kept: whatever this version is, it loads, declares its fields, refuses, decides and computes.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_rust_plugin_that_was_built_long_ago_still_loads_and_decides() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/plugins/kept").canonicalize().unwrap();
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    let options = PluginOptions { allowed: vec![folder.clone()], ..PluginOptions::default() };
    crm.load_plugin(&folder.join("liblogistics.so"), &options).unwrap();
    assert_eq!(crm.catalog().custom_fields().len(), 8);

    let session = crm.session(Actor { name: "u.li".into(), level: Level::Edit }).unwrap();
    let add = |entity, changes| session.apply(DomainCommand::Add { entity, changes });
    let name = (customer::field::name, Some(Value::Text("A".into())));
    let customer = add(EntityKind::Customer, Changes::from([name])).unwrap().record.unwrap();
    let changes = Changes::from([
        (complaint::field::customer, Some(Value::Ref(customer.id()))),
        (complaint::field::issue, Some(Value::Text("late".into()))),
        (complaint::field::received_at, Some(Value::Instant(Instant::parse("2026-09-16T08:00:00+08:00").unwrap()))),
    ]);
    let complaint = add(EntityKind::Complaint, changes).unwrap().record.unwrap();
    assert_eq!(complaint.date(complaint::field::deadline_on), Date::from_ymd_opt(2026, 9, 23));

    let activate = || DomainCommand::Act {
        verb: Verb::named(EntityKind::Customer, "activate").unwrap(),
        id: customer.id(),
        revision: None,
        changes: Changes::new(),
    };
    let refused = session.apply(activate()).unwrap_err();
    let reasons: Vec<_> = refused.violations().iter().map(|v| (&*v.field, &*v.code, &*v.rule, &*v.plugin)).collect();
    let missing = |field, rule| (field, "required", rule, "crmkernel.logistics 0.1.0");
    let expected = [
        missing("address", "R-LOG-02"),
        missing("logistics.business_type", "R-LOG-02"),
        missing("logistics.transport_needs", "R-LOG-02"),
        missing("logistics.identity_checked_on", "L-LOG-4"),
    ];
    assert_eq!((refused.kind(), reasons), (ErrorKind::Rejected, expected.to_vec()));
    assert!(refused.violations().iter().all(|v| !v.message.is_empty() && !v.message_zh.is_empty()));
    let custom = |name| crm.catalog().field_named(EntityKind::Customer, name).unwrap().id;
    let text = |text: &str| Some(Value::Text(text.into()));
    let whole = Changes::from([
        (customer::field::address, text("Road 1")),
        (custom("logistics.business_type"), text("retail")),
        (custom("logistics.transport_needs"), text("cold")),
        (custom("logistics.identity_checked_on"), Some(Value::Date(Date::from_ymd_opt(2026, 9, 1).unwrap()))),
    ]);
    let entity = EntityKind::Customer;
    session.apply(DomainCommand::Update { entity, id: customer.id(), revision: None, changes: whole }).unwrap();
    assert!(session.apply(activate()).unwrap().changed);

    let complained_on = Quantity::Date(Date::from_ymd_opt(2026, 9, 16).unwrap());
    let arguments = [("complained_on".to_owned(), complained_on)].into();
    let computed = session.compute("logistics.appeal_window", &arguments).unwrap();
    assert_eq!(computed[0].decision.value, "2026-09-24");
}

#[test]
fn a_panic_is_caught_on_the_plugins_side_and_told_with_its_text() {
    let panicking = |settings| load_plugin("crm_test_plugin_panicking", "tests/plugins/panicking", settings);
    let hook = panicking(&[]).unwrap();
    let record = Record::new();
    let failed = |entity| ask(entity, &record, |i| hook.ask(Point::Validate, i)).err().unwrap();
    let error = failed(EntityKind::Customer);
    assert_eq!((error.kind(), error.context_value("plugin")), (ErrorKind::PluginFailed, Some("test.panicking")));
    assert!(error.message().contains("it panicked: panicked over a customer"), "{error}");
    let error = ask(EntityKind::Complaint, &record, |i| hook.ask(Point::Complaint, i)).err().unwrap();
    assert!(error.message().contains("it panicked: panicked over a deadline"), "{error}");
    assert_eq!(
        ask(EntityKind::Complaint, &record, |i| hook.ask(Point::Validate, i)).unwrap().violations,
        [],
        "it still answers"
    );
    let error = failed(EntityKind::Visit);
    assert!(error.message().contains("the field belongs to another entity than the record"), "{error}");
    let error = panicking(&[("in_new", "true")]).err().unwrap();
    assert!(error.message().contains("it panicked: panicked in new"), "{error}");
}

#[test]
fn many_threads_ask_one_hook_at_once() {
    let hook = banking(&[("complaint.roll", "none")]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let record = complaint("2026-01-20T09:00:00+08:00", Complexity::Complex);
                    let answer = ask(EntityKind::Complaint, &record, |i| hook.ask(Point::Complaint, i)).unwrap();
                    assert_eq!(deadline(&answer), "2026-02-19");
                }
            });
        }
    });
    // The hook may end on another thread than the one that made it.
    std::thread::spawn(move || drop(hook)).join().unwrap();
}
