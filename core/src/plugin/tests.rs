//! Loads plugins written in C, whole ones and faulty ones, and looks at what the host makes of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{LoadOptions, Registry, load, platform};
use crate::domain::{
    Calendar, CustomField, CustomerStatus, Date, EntityKind, FIELD_CREATED_AT, FieldType, Instant, Money, Quantity,
    Value, complaint, customer,
};
use crate::error::{ErrorKind, Result};
use crate::port::{Answer, Computation, Hook, HookInput, NoServices, Point, Services};

type Record = BTreeMap<u16, Value>;

/// Takes any answer.
const PASS: super::AnswerCheck<'static> = &|_, _, _, _| Ok(());

/// A folder with one plugin in it.
struct Plugin {
    folder: tempfile::TempDir,
    library: PathBuf,
}

impl Plugin {
    /// Builds `tests/plugins/<name>.c`, with the faults of that number, and writes its manifest.
    fn build(name: &str, id: &str, fault: u32, capabilities: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let sources = if name == "example" { "plugins/examples" } else { "tests/plugins" };
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join(format!("lib{name}.so"));
        let status = Command::new("cc")
            .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-shared", "-fPIC", "-fvisibility=hidden"])
            .arg(format!("-DFAULT={fault}"))
            .arg("-I")
            .arg(root.join("include"))
            .arg("-o")
            .arg(&library)
            .arg(root.join(sources).join(format!("{name}.c")))
            .status()
            .expect("a C compiler named cc is needed: install gcc");
        assert!(status.success());
        let plugin = Self { folder, library };
        plugin.describe(id, capabilities);
        plugin
    }

    /// Writes the manifest.
    fn describe(&self, id: &str, capabilities: &str) {
        let hash = Sha256::digest(self.bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>();
        self.write_manifest(&format!(
            "id = {id:?}\nversion = \"1.0.0\"\nabi = {{ major = 1, minor = 0 }}\nplatform = {:?}\n\
             sha256 = {hash:?}\ncapabilities = [{capabilities}]\n",
            platform()
        ));
    }

    fn faulty(fault: u32) -> Self {
        Self::build("faulty", "test.faulty", fault, "")
    }

    fn manifest(&self) -> PathBuf {
        let mut path = self.library.clone().into_os_string();
        path.push(".toml");
        path.into()
    }

    #[expect(clippy::disallowed_methods, reason = "a test reads the library that it built")]
    fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.library).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "a test writes the manifest of the library that it built")]
    fn write_manifest(&self, text: &str) {
        std::fs::write(self.manifest(), text).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "a test changes the manifest of the library that it built")]
    fn edit_manifest(&self, from: &str, to: &str) {
        let text = String::from_utf8(std::fs::read(self.manifest()).unwrap()).unwrap();
        assert!(text.contains(from));
        self.write_manifest(&text.replace(from, to));
    }

    fn load(&self) -> Result<Arc<dyn Hook>> {
        self.load_with(&BTreeMap::new())
    }

    fn load_with(&self, settings: &BTreeMap<String, String>) -> Result<Arc<dyn Hook>> {
        load_from(&self.library, &[self.folder.path().to_owned()], settings)
    }

    fn load_kind(&self) -> Option<ErrorKind> {
        self.load().err().map(|e| e.kind())
    }
}

fn load_from(path: &Path, allowed: &[PathBuf], settings: &BTreeMap<String, String>) -> Result<Arc<dyn Hook>> {
    load_signed(path, allowed, settings, &[])
}

fn load_signed(
    path: &Path,
    allowed: &[PathBuf],
    settings: &BTreeMap<String, String>,
    keys: &[String],
) -> Result<Arc<dyn Hook>> {
    let declare = |_: &dyn Hook| Ok(());
    load(
        path,
        &LoadOptions {
            allowed,
            settings,
            custom_field: &custom_field,
            declare: &declare,
            keys,
            drafts: false,
            allow_writable: false,
            guarded: false,
        },
    )
}

fn custom_field(entity: EntityKind, name: &str) -> Option<CustomField> {
    let (id, sensitive) = match (entity, name) {
        (EntityKind::Customer, "acme.tier") => (10_000, false),
        (EntityKind::Customer, "acme.secret") => (10_001, true),
        _ => return None,
    };
    let kind = FieldType::Text { len_max: 10 };
    let (name, label, label_zh) = (name.to_owned(), String::new(), String::new());
    Some(CustomField { id, entity, name, kind, label, label_zh, sensitive, indexed: false })
}

/// Three children of customer 7, which is called "the parent".
struct Family;

impl Services for Family {
    fn record(&self, entity: EntityKind, id: u64) -> Result<Option<Box<dyn crate::domain::Fields>>> {
        let text = |text: &str| Value::Text(text.into());
        let parent = Record::from([(customer::field::name, text("the parent")), (customer::field::phone, text("111"))]);
        Ok((entity == EntityKind::Customer && id == u64::MAX).then(|| Box::new(parent) as _))
    }

    fn referring(
        &self,
        entity: EntityKind,
        field: u16,
        id: u64,
        visit: &mut dyn FnMut(&dyn crate::domain::Fields) -> std::ops::ControlFlow<()>,
    ) -> Result<()> {
        assert_eq!((entity, field, id), (EntityKind::Customer, customer::field::parent, 7));
        for _ in 0..3 {
            if visit(&customer()).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn ticks_us(&self) -> i64 {
        0
    }
}

/// Asks with a change of 2026-09-30 23:30 UTC, which is the day after in Shanghai, and a calendar without years.
fn ask<T>(entity: EntityKind, before: Option<&Record>, after: &Record, ask: impl FnOnce(&HookInput<'_>) -> T) -> T {
    ask_with(&NoServices, entity, before, after, ask)
}

fn ask_with<T>(
    services: &dyn Services,
    entity: EntityKind,
    before: Option<&Record>,
    after: &Record,
    ask: impl FnOnce(&HookInput<'_>) -> T,
) -> T {
    let calendar = Calendar::new("CN", []);
    ask(&HookInput {
        now: Instant::parse("2026-09-30T23:30:00Z").unwrap(),
        today: Date::from_ymd_opt(2026, 10, 1).unwrap(),
        actor: "li.ming",
        command: "update",
        entity,
        before: before.map(|b| b as _),
        after,
        customer: None,
        calendar: &calendar,
        zone: chrono_tz::Asia::Shanghai,
        services,
    })
}

fn validate_kind(hook: &Arc<dyn Hook>) -> Option<ErrorKind> {
    let record = Record::new();
    ask(EntityKind::Customer, None, &record, |i| hook.ask(Point::Validate, i)).err().map(|e| e.kind())
}

fn complaint() -> Record {
    let received_at = Value::Instant(Instant::parse("2026-09-30T20:00:00Z").unwrap());
    [(complaint::field::received_at, received_at)].into()
}

#[test]
fn a_whole_plugin_in_c_refuses_and_decides() {
    let hook = Plugin::build("example", "example.c", 0, "").load().unwrap();
    assert_eq!((hook.id(), hook.version()), ("example.c", "1.0.0"));
    let mut record = complaint();
    let found = ask(EntityKind::Complaint, None, &record, |i| hook.ask(Point::Validate, i)).unwrap();
    let found: Vec<_> =
        found.violations.iter().map(|v| (v.field.as_str(), &*v.code, &*v.rule, v.message_zh.as_str())).collect();
    assert_eq!(found, [("request", "required", "EXAMPLE-1", "缺少诉求")]);
    record.insert(complaint::field::request, Value::Text("a refund".into()));
    assert_eq!(ask(EntityKind::Complaint, None, &record, |i| hook.ask(Point::Validate, i)).unwrap().violations, []);
    let answer = ask(EntityKind::Complaint, None, &record, |i| hook.ask(Point::Complaint, i)).unwrap();
    assert_eq!(answer.decided[0].value, Quantity::Date(day(8)), "seven days after 1 October in Shanghai");
    let decision = &answer.decided[0].decision;
    assert_eq!(
        (&*decision.subject, decision.value.as_str(), &*decision.rule),
        ("deadline_on", "2026-10-08", "EXAMPLE-2")
    );
    assert_eq!(decision.inputs, [("roll".into(), "none".to_owned())]);
    let customer = Record::from([(customer::field::employee_count, Value::Int(1001))]);
    let answer = ask(EntityKind::Customer, None, &customer, |i| hook.ask(Point::Classify, i)).unwrap();
    assert_eq!(decided(&answer), [("acme.tier", "large")]);
    let field = &hook.fields()[0];
    assert_eq!((field.name.as_str(), field.indexed, field.label.as_str()), ("acme.tier", true, "Tier"));
    assert_eq!(hook.calculators()[0].arguments[0].name, "number");
    assert!(hook.policy().is_some_and(|policy| policy.contains("version = \"example/1\"")));
    assert_eq!(decided(&compute(&hook, "acme.twice", Some(Quantity::Int(21))).unwrap()), [("doubled", "42")]);
    let error = compute(&hook, "acme.twice", Some(Quantity::Int(i64::MAX))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("number is too great to be doubled"), "{error}");
    assert_eq!(compute(&hook, "acme.thrice", None).unwrap_err().kind(), ErrorKind::NotFound);
}

fn day(day: u32) -> Date {
    Date::from_ymd_opt(2026, 10, day).unwrap()
}

fn decided(answer: &Answer) -> Vec<(&str, &str)> {
    answer.decided.iter().map(|d| (&*d.decision.subject, d.decision.value.as_str())).collect()
}

fn compute(hook: &Arc<dyn Hook>, name: &str, argument: Option<Quantity>) -> Result<Answer> {
    hook.compute(&Computation {
        now: Instant::parse("2026-09-30T23:30:00Z").unwrap(),
        today: day(1),
        name,
        arguments: &[argument],
        calendar: &Calendar::new("CN", []),
        zone: chrono_tz::Asia::Shanghai,
        services: &NoServices,
    })
}

/// Builds a plugin in C++, and loads it.
fn build_cpp(source: &Path, id: &str) -> Plugin {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().unwrap();
    // A folder that sees nothing but the header.
    std::fs::copy(root.join("include/crmkernel_plugin.h"), folder.path().join("crmkernel_plugin.h")).unwrap();
    let library = folder.path().join("libcpp.so");
    let status = Command::new("c++")
        .args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", "-shared", "-fPIC", "-fvisibility=hidden"])
        .arg("-I")
        .arg(folder.path())
        .arg("-o")
        .arg(&library)
        .arg(source)
        .status()
        .expect("a C++ compiler named c++ is needed: install g++");
    assert!(status.success());
    let plugin = Plugin { folder, library };
    plugin.describe(id, "");
    plugin
}

#[test]
fn a_whole_plugin_in_cpp_gives_the_same_answers_and_lets_no_exception_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let plugin = build_cpp(&root.join("plugins/examples/example.cpp"), "example.cpp");
    let hook = plugin.load().unwrap();
    let record = complaint();
    let found = ask(EntityKind::Complaint, None, &record, |i| hook.ask(Point::Validate, i)).unwrap();
    assert_eq!((found.violations[0].field.as_str(), found.violations[0].message_zh.as_str()), ("request", "缺少诉求"));
    let answer = ask(EntityKind::Complaint, None, &record, |i| hook.ask(Point::Complaint, i)).unwrap();
    assert_eq!(decided(&answer), [("deadline_on", "2026-10-08")]);
    let error = plugin.load_with(&BTreeMap::from([("days".to_owned(), "soon".to_owned())])).err().unwrap();
    assert!(error.message().contains("setting days is not a number of 1 to 365"), "{error}");
}

#[test]
fn settings_reach_the_plugin_and_a_wrong_one_says_why() {
    let plugin = Plugin::build("example", "example.c", 0, "");
    let settings = |days: &str| BTreeMap::from([("days".to_owned(), days.to_owned())]);
    // Two states of one library live side by side.
    let (seven, nine) = (plugin.load().unwrap(), plugin.load_with(&settings("9")).unwrap());
    for (hook, day) in [(seven, 8), (nine, 10)] {
        let answer = ask(EntityKind::Complaint, None, &complaint(), |i| hook.ask(Point::Complaint, i)).unwrap();
        assert_eq!(answer.decided[0].value, Quantity::Date(self::day(day)));
    }
    let error = plugin.load_with(&settings("soon")).err().unwrap();
    assert_eq!((error.kind(), error.context_value("plugin")), (ErrorKind::PluginFailed, Some("example.c")));
    assert!(error.message().contains("setting days is not a number of 1 to 365"), "{error}");
}

#[test]
fn a_file_that_is_not_there_or_not_allowed_is_not_loaded() {
    let plugin = Plugin::faulty(0);
    let kind = |path: &Path, allowed: &[&Path]| {
        let allowed: Vec<PathBuf> = allowed.iter().map(|p| (*p).to_owned()).collect();
        load_from(path, &allowed, &BTreeMap::new()).err().map(|e| e.kind())
    };
    let folder = plugin.folder.path();
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(kind(&folder.join("libnone.so"), &[folder]), Some(ErrorKind::PluginUnknown));
    assert_eq!(kind(folder, &[folder]), Some(ErrorKind::PluginUnknown));
    assert_eq!(kind(&plugin.library, &[]), Some(ErrorKind::PluginNotAllowed));
    assert_eq!(kind(&plugin.library, &[elsewhere.path()]), Some(ErrorKind::PluginNotAllowed));
    assert_eq!(kind(&plugin.library, &[folder.parent().unwrap()]), Some(ErrorKind::PluginNotAllowed));
    assert_eq!(kind(Path::new("libfaulty.so"), &[folder]), Some(ErrorKind::PluginNotAllowed));
    assert_eq!(kind(&plugin.library, &[&plugin.library]), None);
    // A link in an allowed folder does not make what it leads to allowed.
    let link = elsewhere.path().join("liblink.so");
    std::os::unix::fs::symlink(&plugin.library, &link).unwrap();
    assert_eq!(kind(&link, &[elsewhere.path()]), Some(ErrorKind::PluginNotAllowed));
}

#[test]
fn the_manifest_must_be_there_and_agree_with_the_library() {
    let plugin = Plugin::faulty(0);
    assert_eq!(plugin.load_kind(), None);
    for (from, to, kind) in [
        ("id = \"test.faulty\"", "id = \"test.other\"", ErrorKind::PluginManifest),
        (
            "id = \"test.other\"\nversion = \"1.0.0\"",
            "id = \"test.faulty\"\nversion = \"1.0.1\"",
            ErrorKind::PluginManifest,
        ),
        ("capabilities = []", "capabilities = [\"customer.fone\"]", ErrorKind::PluginManifest),
        ("major = 1", "major = 2", ErrorKind::PluginAbi),
        ("major = 2", "major = true", ErrorKind::PluginManifest),
    ] {
        plugin.edit_manifest(from, to);
        assert_eq!(plugin.load_kind(), Some(kind), "{to}");
    }
    std::fs::remove_file(plugin.manifest()).unwrap();
    assert_eq!(plugin.load_kind(), Some(ErrorKind::PluginManifest));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test tampers with the library that it built")]
fn a_library_that_was_changed_is_not_loaded() {
    let plugin = Plugin::faulty(0);
    let mut bytes = plugin.bytes();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&plugin.library, &bytes).unwrap();
    assert_eq!(plugin.load_kind(), Some(ErrorKind::PluginHash));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test writes what is no library")]
fn what_is_no_plugin_of_this_abi_is_refused() {
    for fault in [1, 2, 3, 4, 5, 9, 10, 15, 25, 28] {
        assert_eq!(Plugin::faulty(fault).load_kind(), Some(ErrorKind::PluginAbi), "fault {fault}");
    }
    let plugin = Plugin::faulty(0);
    let old = Sha256::digest(plugin.bytes());
    std::fs::write(&plugin.library, "no library").unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    plugin.edit_manifest(&hex(&old), &hex(&Sha256::digest("no library")));
    assert_eq!(plugin.load_kind(), Some(ErrorKind::PluginAbi));
}

#[test]
fn a_plugin_of_a_later_minor_version_runs() {
    let hook = Plugin::faulty(14).load().unwrap();
    assert_eq!(validate_kind(&hook), None);
}

#[test]
fn an_init_that_fails_names_plugin_and_reason() {
    let error = Plugin::faulty(6).load().err().unwrap();
    assert_eq!((error.kind(), error.context_value("plugin")), (ErrorKind::PluginFailed, Some("test.faulty")));
    assert!(error.message().contains("no licence"), "{error}");
}

#[test]
fn a_hook_that_fails_is_named_and_ends_in_quarantine() {
    let mut registry = Registry::new();
    registry.add(Plugin::faulty(7).load().unwrap()).unwrap();
    let validate = |name: &str| {
        let record = Record::from([(customer::field::name, Value::Text(name.into()))]);
        ask(EntityKind::Customer, None, &record, |i| registry.validate(i, PASS)).unwrap_err()
    };
    for name in ["A", "B", "B", "C"] {
        let error = validate(name);
        assert_eq!((error.kind(), error.context_value("plugin")), (ErrorKind::PluginFailed, Some("test.faulty")));
        assert_eq!(error.message(), "plugin test.faulty 1.0.0 failed in validate: broken \u{fffd} text (code -1)");
    }
    assert_eq!(validate("D").kind(), ErrorKind::PluginQuarantined);
    registry.enable("test.faulty").unwrap();
    assert_eq!(validate("D").kind(), ErrorKind::PluginFailed);
}

#[test]
fn an_answer_that_is_not_taken_fails_the_call_whatever_the_hook_returns() {
    for fault in [8, 11] {
        assert_eq!(validate_kind(&Plugin::faulty(fault).load().unwrap()), Some(ErrorKind::PluginFailed), "{fault}");
    }
    for (fault, code) in [(12, "-9"), (16, "-5"), (17, "-4"), (20, "-5")] {
        let hook = Plugin::faulty(fault).load().unwrap();
        let error = ask(EntityKind::Complaint, None, &complaint(), |i| hook.ask(Point::Complaint, i)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::PluginFailed);
        assert!(
            error.message().ends_with(&format!("its answer was not taken (code {code})")),
            "fault {fault}: {error}"
        );
    }
    let why = |fault| compute(&Plugin::faulty(fault).load().unwrap(), "fault.compute", None).unwrap_err().to_string();
    assert!(why(24).ends_with("its answer was not taken (code -7)"), "{}", why(24));
    assert!(why(7).ends_with("it gave code -1 and no reason"), "{}", why(7));
    let error = Plugin::faulty(27).load().err().unwrap();
    assert_eq!(error.message(), "plugin test.faulty cannot be set up: its fields gave code -1");
    let error = Plugin::faulty(18).load().err().unwrap();
    assert!(error.message().ends_with("a field that it declares was not taken (code -5)"), "{error}");
}

#[test]
fn every_hook_that_fails_names_itself() {
    let plugin = Plugin::faulty(7);
    let (settings, allowed, declare) = (BTreeMap::new(), [plugin.folder.path().to_owned()], |_: &dyn Hook| Ok(()));
    let with_drafts = |drafts| {
        let (allowed, settings, declare) = (&allowed, &settings, &declare);
        let options = LoadOptions {
            allowed,
            settings,
            custom_field: &custom_field,
            declare,
            keys: &[],
            drafts,
            allow_writable: false,
            guarded: false,
        };
        load(&plugin.library, &options).unwrap()
    };
    let hook = with_drafts(true);
    for point in Point::ALL.into_iter().filter(|point| *point != Point::Compute) {
        let error = ask(EntityKind::Complaint, None, &complaint(), |i| hook.ask(point, i)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::PluginFailed);
        assert!(error.message().contains(&format!("failed in {}", point.name())), "{error}");
    }
    assert!(!with_drafts(false).offers(Point::Retention), "a draft is asked only when its owner says so");
}

/// A clock that moves on by a millisecond each time that it is looked at.
struct Ticking(std::cell::Cell<i64>);

impl Services for Ticking {
    fn record(&self, _: EntityKind, _: u64) -> Result<Option<Box<dyn crate::domain::Fields>>> {
        Ok(None)
    }

    fn referring(
        &self,
        _: EntityKind,
        _: u16,
        _: u64,
        _: &mut dyn FnMut(&dyn crate::domain::Fields) -> std::ops::ControlFlow<()>,
    ) -> Result<()> {
        Ok(())
    }

    fn ticks_us(&self) -> i64 {
        self.0.set(self.0.get() + 1000);
        self.0.get()
    }
}

#[test]
fn a_slow_hook_is_told_to_end_and_is_reported_with_its_time() {
    let mut registry = Registry::new();
    registry.add(Plugin::faulty(21).load().unwrap()).unwrap();
    let (record, clock) = (Record::new(), Ticking(std::cell::Cell::new(0)));
    let error = ask_with(&clock, EntityKind::Customer, None, &record, |i| registry.validate(i, PASS)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PluginFailed);
    assert!(error.message().ends_with("it gave code -11 and no reason"), "{error}");
    let status = &registry.plugins()[0];
    assert_eq!(status.slow, 1);
    assert!(status.slowest_us > super::HOOK_LIMIT_US, "{}", status.slowest_us);
    let log = registry.take_log();
    assert_eq!(log.len(), 100, "one line a round, a millisecond each");
    assert!(log.iter().all(|(id, line)| id == "test.faulty" && line.warning && line.message == "round"));
    assert_eq!(registry.take_log(), []);
}

#[test]
fn a_missing_calendar_year_comes_through_as_such() {
    let hook = Plugin::faulty(13).load().unwrap();
    let record = Record::new();
    let error = ask(EntityKind::Customer, None, &record, |i| hook.ask(Point::Validate, i)).unwrap_err();
    assert_eq!((error.kind(), error.context_value("year")), (ErrorKind::CalendarYearMissing, Some("2026")));
    assert_eq!(error.context_value("plugin"), Some("test.faulty"));
}

fn customer() -> Record {
    use customer::field::*;
    [
        (name, Value::Text("远山".into())),
        (phone, Value::Text("000".into())),
        (status, Value::Enum(CustomerStatus::Dormant.number())),
        (parent, Value::Ref(u64::MAX)),
        (employee_count, Value::Int(-7)),
        (annual_revenue, Value::Money(Money::new(1_000_000, "CNY").unwrap())),
        (signed_on, Value::Date(Date::from_ymd_opt(1969, 12, 31).unwrap())),
        (10_000, Value::Text("gold".into())),
        (10_001, Value::Text("hidden".into())),
        (FIELD_CREATED_AT, Value::Instant(Instant::from_us(-1).unwrap())),
    ]
    .into()
}

/// What the probe tells about a customer, by the name of its question.
fn probe(capabilities: &str) -> BTreeMap<String, String> {
    let settings = BTreeMap::from([("b".to_owned(), "2".to_owned()), ("a".to_owned(), "一".to_owned())]);
    let hook = Plugin::build("probe", "test.probe", 0, capabilities).load_with(&settings).unwrap();
    let text = |text: &str| Value::Text(text.into());
    let (before, after) =
        ([(customer::field::name, text("旧")), (customer::field::phone, text("222"))].into(), customer());
    let whose = Record::from([(customer::field::name, text("其")), (customer::field::phone, text("333"))]);
    let seen = ask_with(&Family, EntityKind::Customer, Some(&before), &after, |i| {
        hook.ask(Point::Validate, &HookInput { customer: Some(&whose), ..*i })
    });
    let seen = seen.unwrap();
    let log = hook.take_log();
    assert_eq!((log.len(), log[0].message.as_str()), (1, "looked"));
    seen.violations.into_iter().map(|v| (v.code.into_owned(), v.message)).collect()
}

#[test]
fn every_type_is_read_and_every_wrong_question_gets_its_code() {
    let now = Instant::parse("2026-09-30T23:30:00Z").unwrap().us().to_string();
    let today = Date::from_ymd_opt(2026, 10, 1).unwrap().to_epoch_days().to_string();
    let expected = [
        ("name", "0 远山"),
        ("name_before", "0 旧"),
        ("name_customer", "0 其"),
        ("custom", "0 gold"),
        ("unknown_id", "-5 "),
        ("id_zero", "-5 "),
        ("wrong_type", "-4 "),
        ("null_out", "-2 "),
        ("status", "0 3"),
        ("active", "0 2"),
        ("enum_name_unknown", "-5 "),
        ("enum_of_text", "-4 "),
        ("parent", "0 -1"),
        ("count", "0 -7"),
        ("signed_on", "0 -1"),
        ("revenue", "0 1000000 CNY"),
        ("intent", "-6 "),
        ("received_at", "-6 "),
        ("created_at", "0 -1"),
        ("today", &format!("0 {today}")),
        ("now", &format!("0 {now}")),
        ("date_of_now", &format!("0 {today}")),
        ("date_of_far", "-7 "),
        ("roll_none", "0 0"),
        ("roll_mode", "-7 "),
        ("roll_far", "-7 "),
        ("settings", "0 a=一;b=2;"),
        ("workdays", "-8 "),
        ("months", "0 19782"),
        ("months_far", "-7 "),
        ("cancelled", "0 0"),
        ("figure", "0 2"),
        ("figure_none", "1 "),
        ("parent_name", "0 the parent"),
        ("follow_no_reference", "-4 "),
        ("follow_nothing", "1 "),
        ("children", "0 3"),
        ("children_stopped", "-1 "),
        ("children_seen", "-1 "),
        ("children_null", "-2 "),
    ];
    let seen = probe("");
    for (question, answer) in expected {
        assert_eq!(seen.get(question).map(String::as_str), Some(answer), "{question}");
    }
}

#[test]
fn what_is_sensitive_is_seen_only_with_a_capability_wherever_the_record_comes_from() {
    let closed = probe("");
    let open = probe("\"customer.phone\", \"customer.acme.secret\", \"actor\"");
    for (question, hidden, shown) in [
        ("phone", "1 ", "0 000"),
        ("phone_before", "1 ", "0 222"),
        ("phone_customer", "1 ", "0 333"),
        ("phone_parent", "1 ", "0 111"),
        ("phone_child", "1 ", "0 000"),
        ("secret", "1 ", "0 hidden"),
        ("secret_child", "1 ", "0 hidden"),
        ("change", "0 customer/update/", "0 customer/update/li.ming"),
    ] {
        assert_eq!((closed[question].as_str(), open[question].as_str()), (hidden, shown), "{question}");
    }
}

/// The plugin that was kept: a library, its manifest, its signature and the key that made it.
fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/plugins/kept").canonicalize().unwrap()
}

const KEPT_KEY: &str = include_str!("../../../tests/plugins/kept/minisign.pub");

fn kept_key() -> String {
    KEPT_KEY.lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_plugin_that_was_built_long_ago_still_loads_and_decides() {
    let library = kept().join("libexample.so");
    let hook = load_signed(&library, &[kept()], &BTreeMap::new(), &[kept_key()]).unwrap();
    let answer = ask(EntityKind::Complaint, None, &complaint(), |i| hook.ask(Point::Complaint, i)).unwrap();
    assert_eq!(decided(&answer), [("deadline_on", "2026-10-08")]);
    assert_eq!(decided(&compute(&hook, "acme.twice", Some(Quantity::Int(4))).unwrap()), [("doubled", "8")]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test tampers with what is signed")]
fn a_database_that_trusts_keys_loads_what_they_signed_and_nothing_else() {
    use super::signature::{check, check_key};
    let manifest = std::fs::read(kept().join("libexample.so.toml")).unwrap();
    let signature = String::from_utf8(std::fs::read(kept().join("libexample.so.toml.minisig")).unwrap()).unwrap();
    check_key(&kept_key()).unwrap();
    check(&manifest, &signature, &[kept_key()]).unwrap();
    let kind =
        |manifest: &[u8], signature: &str, keys: &[String]| check(manifest, signature, keys).err().map(|e| e.kind());
    let refused = Some(ErrorKind::PluginSignature);
    let mut changed = manifest.clone();
    *changed.last_mut().unwrap() ^= 1;
    let other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".to_owned();
    check_key(&other).unwrap();
    assert_eq!(kind(&changed, &signature, &[kept_key()]), refused, "it was changed since");
    assert_eq!(kind(&manifest, &signature, &[other]), refused, "another key signed it");
    assert_eq!(kind(&manifest, "no signature", &[kept_key()]), refused);
    assert_eq!(check_key("RWQnonsense").unwrap_err().kind(), ErrorKind::InvalidArgument);
    // A plugin without a signature beside it is refused before any of its code runs.
    let plugin = Plugin::faulty(0);
    let allowed = [plugin.folder.path().to_owned()];
    let load = || load_signed(&plugin.library, &allowed, &BTreeMap::new(), &[kept_key()]).err().map(|e| e.kind());
    assert_eq!(load(), refused);
    let mut path = plugin.manifest().into_os_string();
    path.push(".minisig");
    std::fs::write(&path, &signature).unwrap();
    assert_eq!(load(), refused, "the signature of another manifest");
}

/// Loads a faulty plugin and asks it, in a process of its own that may die.
const CHILD: &str = "CRMK_TEST_FAULTY_LIBRARY";

#[test]
fn a_child_that_asks_a_deadly_plugin() {
    #[expect(clippy::disallowed_methods, reason = "the parent tells the child which library")]
    let Ok(library) = std::env::var(CHILD) else { return };
    let library = PathBuf::from(library);
    let allowed = [library.parent().unwrap().to_owned()];
    let hook = load_from(&library, &allowed, &BTreeMap::new()).unwrap();
    println!("asking");
    let _ = validate_kind(&hook);
    println!("survived");
}

#[test]
fn a_plugin_that_crashes_aborts_or_lets_an_exception_out_takes_its_process_along() {
    let throwing =
        build_cpp(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/plugins/throwing.cpp"), "test.throwing");
    for (plugin, what) in [(Plugin::faulty(22), "crash"), (Plugin::faulty(23), "abort"), (throwing, "exception")] {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "plugin::tests::a_child_that_asks_a_deadly_plugin", "--nocapture"])
            .env(CHILD, &plugin.library)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(said.contains("asking") && !said.contains("survived"), "{what}: {said}");
        assert!(!child.status.success(), "{what}");
    }
}
