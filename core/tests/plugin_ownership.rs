//! Whose fields are, which plugins a database needs, and what a later version of one may change.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Calculator, Changes, Command, CustomField, EntityKind, FieldType, Fields as _, Instant, Level, Parameter,
    Quantity, QuantityType, Value, customer,
};
use crm_core::port::{Answer, Computation, Hook, HookInput, Point, ReadTxn, Store, StoreStatistics, WriteTxn};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Query, Result, Session};

/// A plugin that is what a test says.
#[derive(Clone)]
struct Plugin {
    id: &'static str,
    version: &'static str,
    fields: Vec<CustomField>,
    points: Vec<Point>,
    entities: Option<Vec<EntityKind>>,
    hides: Option<Vec<(EntityKind, String)>>,
    policy: Option<&'static str>,
    calculators: Vec<Calculator>,
}

impl Hook for Plugin {
    fn id(&self) -> &str {
        self.id
    }

    fn version(&self) -> &str {
        self.version
    }

    fn offers(&self, point: Point) -> bool {
        self.points.contains(&point)
    }

    fn ask(&self, _: Point, _: &HookInput<'_>) -> Result<Answer> {
        Ok(Answer::default())
    }

    fn compute(&self, _: &Computation<'_>) -> Result<Answer> {
        Ok(Answer::default())
    }

    fn entities(&self) -> Option<&[EntityKind]> {
        self.entities.as_deref()
    }

    fn hides(&self) -> Option<&[(EntityKind, String)]> {
        self.hides.as_deref()
    }

    fn fields(&self) -> &[CustomField] {
        &self.fields
    }

    fn calculators(&self) -> &[Calculator] {
        &self.calculators
    }

    fn policy(&self) -> Option<&str> {
        self.policy
    }
}

fn plugin(id: &'static str, fields: Vec<CustomField>) -> Plugin {
    let points = vec![Point::Validate, Point::Classify];
    let entities = Some(vec![EntityKind::Customer]);
    Plugin { id, version: "1.0.0", fields, points, entities, hides: None, policy: None, calculators: vec![] }
}

fn field(name: &str, kind: FieldType) -> CustomField {
    CustomField {
        id: 0,
        entity: EntityKind::Customer,
        name: name.to_owned(),
        kind,
        label: name.to_owned(),
        label_zh: name.to_owned(),
        sensitive: false,
        indexed: false,
    }
}

fn text(len_max: u32) -> FieldType {
    FieldType::Text { len_max }
}

fn config() -> Config {
    Config::new(Arc::new(FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap())))
}

fn open(store: &MemoryStore) -> Crm {
    Crm::open(Arc::new(store.clone()), config()).unwrap()
}

fn fresh() -> Crm {
    open(&MemoryStore::new())
}

fn session(crm: &Crm, level: Level) -> Session {
    crm.session(Actor { name: "u.li".into(), level }).unwrap()
}

fn add(session: &Session, entity: EntityKind, values: &[(u16, Value)]) -> Result<u64> {
    let changes: Changes = values.iter().map(|(field, value)| (*field, Some(value.clone()))).collect();
    Ok(session.apply(Command::Add { entity, changes })?.record.unwrap().id())
}

fn named(name: &str) -> [(u16, Value); 1] {
    [(customer::field::name, Value::Text(name.into()))]
}

fn register(crm: &Crm, plugin: Plugin) -> Result<()> {
    crm.register(Arc::new(plugin))
}

/// P1: a plugin declared `credit_limit` or `granted_class`, fields of the kernel of the same type, as its own; it was
/// accepted, and its `classify` then overwrote them. A field of a plugin has a dot and a prefix of the plugin's own.
#[test]
fn a_field_of_the_kernel_cannot_be_declared_by_a_plugin() {
    let crm = fresh();
    let before = session(&crm, Level::Manage).last_sequence().unwrap();
    for name in ["credit_limit", "owner", "phone", "granted_class", "closed_at", ".x", "a.b.c", "A.b"] {
        let kind = EntityKind::Customer.def().field_named(name).map_or(text(10), |def| def.kind);
        let error = register(&crm, plugin("acme.greedy", vec![field(name, kind)])).unwrap_err();
        assert_eq!(
            (error.kind(), error.context_value("plugin")),
            (ErrorKind::PluginField, Some("acme.greedy")),
            "{name}"
        );
        assert!(error.message().contains("prefix.name") && error.message().contains(name), "{error}");
    }
    assert!(crm.plugins().is_empty() && crm.catalog().custom_fields().is_empty());
    assert_eq!(session(&crm, Level::Manage).last_sequence().unwrap(), before, "nothing is left of it");
}

/// P10: a prefix was nobody's: a plugin that declared `bank.risk_level` kept banking from loading, or shared its field. It
/// belongs to whom declares under it first, and another is refused with owner, name, found and allowed.
#[test]
fn a_prefix_belongs_to_one_plugin_or_to_the_company() {
    let store = MemoryStore::new();
    let crm = open(&store);
    register(&crm, plugin("crmkernel.banking", vec![field("bank.risk_level", text(16))])).unwrap();
    let own = vec![field("acme.tier", text(10)), field("bank.risk_level", text(16))];
    for attempt in [own, vec![field("bank.other", FieldType::Bool)]] {
        let error = register(&crm, plugin("acme.bank", attempt)).unwrap_err();
        let told = |name| error.context_value(name).unwrap_or_default().to_owned();
        assert_eq!((error.kind(), told("plugin").as_str()), (ErrorKind::PluginField, "acme.bank"));
        assert!(
            error.message().contains("the prefix bank") && error.message().contains("crmkernel.banking"),
            "{error}"
        );
    }
    assert!(crm.catalog().field_named(EntityKind::Customer, "acme.tier").is_none(), "all or nothing");

    let manager = session(&crm, Level::Manage);
    let error = manager.apply(Command::DeclareField(field("bank.mine", FieldType::Bool))).unwrap_err();
    assert_eq!((error.kind(), error.context_value("owner")), (ErrorKind::Duplicate, Some("crmkernel.banking")));
    manager.apply(Command::DeclareField(field("ours.rank", text(10)))).unwrap();
    let error = register(&crm, plugin("acme.ours", vec![field("ours.rank", text(10))])).unwrap_err();
    assert!(error.message().contains("belongs to the company"), "{error}");

    // It stays so when the database is opened again, and in a replay of its journal.
    let replayed = MemoryStore::new();
    manager.replay(&replayed, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    for store in [store, replayed] {
        let crm = open(&store);
        let error = register(&crm, plugin("acme.bank", vec![field("bank.other", FieldType::Bool)])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PluginField);
        register(&crm, plugin("crmkernel.banking", vec![field("bank.risk_level", text(16))])).unwrap();
        assert!(session(&crm, Level::Manage).verify().unwrap().problems.is_empty());
    }
}

/// P2, F2: nothing in the file said that it needs a plugin. Reopened without it, nothing warned, its rules were gone, and
/// `verify` found nothing. Now the database says which plugin is missing, and does not write what that plugin rules.
#[test]
fn a_database_without_a_plugin_that_it_needs_says_so_and_keeps_what_it_rules() {
    let store = MemoryStore::new();
    let rules = || plugin("acme.rules", vec![field("acme.tier", text(10))]);
    let id = {
        let crm = open(&store);
        register(&crm, rules()).unwrap();
        assert_eq!(crm.warnings(), []);
        add(&session(&crm, Level::Edit), EntityKind::Customer, &named("A")).unwrap()
    };
    let crm = open(&store);
    let warnings: Vec<_> = crm.warnings().into_iter().map(|w| (w.code, w.subject)).collect();
    assert_eq!(warnings, [("plugin_missing", "acme.rules".to_owned())]);
    let manager = session(&crm, Level::Manage);
    let report = manager.verify().unwrap();
    assert_eq!((report.problem_count, report.warnings.len()), (0, 1), "it is whole, and verify says what is missing");
    let error = add(&manager, EntityKind::Customer, &named("B")).unwrap_err();
    let told = |name| error.context_value(name).map(str::to_owned);
    assert_eq!(error.kind(), ErrorKind::PluginMissing);
    assert_eq!((told("plugin").unwrap(), told("version").unwrap()), ("acme.rules".to_owned(), "1.0.0".to_owned()));
    assert!(manager.get(EntityKind::Customer, id).unwrap().is_some(), "what is there is read");
    let person = [
        (crm_core::domain::person::field::customer, Value::Ref(id)),
        (crm_core::domain::person::field::name, Value::Text("P".into())),
    ];
    add(&manager, EntityKind::Person, &person).unwrap();
    register(&crm, rules()).unwrap();
    assert_eq!(crm.warnings(), []);
    add(&manager, EntityKind::Customer, &named("B")).unwrap();
}

/// The owner can write without the plugin; each entry that is written so says which one was missing.
#[test]
fn an_override_writes_without_a_missing_plugin_and_the_journal_says_so() {
    let store = MemoryStore::new();
    register(&open(&store), plugin("acme.rules", vec![])).unwrap();
    let crm = Crm::open(Arc::new(store.clone()), Config { allow_missing_plugins: true, ..config() }).unwrap();
    let editor = session(&crm, Level::Edit);
    let id = add(&editor, EntityKind::Customer, &named("A")).unwrap();
    let entry = editor.history(EntityKind::Customer, id, 1).unwrap().remove(0);
    let told: Vec<_> = entry.decisions.iter().map(|d| (&*d.subject, d.value.as_str())).collect();
    assert_eq!(told, [("plugin_missing", "acme.rules 1.0.0")]);
    assert_eq!(crm.warnings().len(), 1);
}

/// Fields that a missing plugin may hide were readable by everybody. They are hidden below the level manage, on every way
/// out; the rest is read as before.
#[test]
fn what_a_missing_plugin_may_hide_stays_hidden_below_managers() {
    let store = MemoryStore::new();
    let id = {
        let crm = open(&store);
        let hides =
            Some(vec![(EntityKind::Customer, "phone".to_owned()), (EntityKind::Customer, "acme.tier".to_owned())]);
        let fields = vec![field("acme.tier", text(10))];
        register(&crm, Plugin { points: vec![Point::Rights], hides, ..plugin("acme.discreet", fields) }).unwrap();
        let tier = crm.catalog().field_named(EntityKind::Customer, "acme.tier").unwrap().id;
        let values = [
            (customer::field::name, Value::Text("A".into())),
            (customer::field::phone, Value::Text("13900001111".into())),
            (tier, Value::Text("gold".into())),
        ];
        add(&session(&crm, Level::Manage), EntityKind::Customer, &values).unwrap()
    };
    let crm = open(&store);
    let tier = crm.catalog().field_named(EntityKind::Customer, "acme.tier").unwrap().id;
    let seen = |level| {
        let session = session(&crm, level);
        let record = session.get(EntityKind::Customer, id).unwrap().unwrap();
        let by_phone = Query::new(EntityKind::Customer).filter(
            customer::field::phone,
            crm_core::Op::Eq,
            Value::Text("13900001111".into()),
        );
        let found = session.count(&by_phone).unwrap();
        let entry = session.history(EntityKind::Customer, id, 1).unwrap().remove(0);
        let in_journal = entry.changes[0].values.iter().any(|value| value.field == customer::field::phone);
        (
            record.text(customer::field::name).is_some(),
            record.text(customer::field::phone).is_some(),
            record.text(tier).is_some(),
            found,
            in_journal,
        )
    };
    assert_eq!(seen(Level::Edit), (true, false, false, 0, false));
    assert_eq!(seen(Level::Manage), (true, true, true, 1, true));
}

/// A manager forgets a plugin: nothing is missed any more, its prefix is free, its fields and their values stay.
#[test]
fn a_manager_forgets_a_plugin_and_the_journal_keeps_it() {
    let store = MemoryStore::new();
    register(&open(&store), plugin("acme.rules", vec![field("acme.tier", text(10))])).unwrap();
    let crm = open(&store);
    let (manager, editor) = (session(&crm, Level::Manage), session(&crm, Level::Edit));
    let forget = |session: &Session, id: &str| session.apply(Command::ForgetPlugin(id.into())).err().map(|e| e.kind());
    assert_eq!(forget(&editor, "acme.rules"), Some(ErrorKind::Forbidden));
    assert_eq!(forget(&manager, "acme.other"), Some(ErrorKind::PluginUnknown));
    assert_eq!(forget(&manager, "acme.rules"), None);
    assert_eq!(crm.warnings(), []);
    let entry = manager.changes_since(0, 100).unwrap().pop().unwrap();
    assert_eq!((entry.command.as_str(), entry.decisions[0].value.as_str()), ("forget_plugin", "acme.rules 1.0.0"));
    add(&editor, EntityKind::Customer, &named("A")).unwrap();
    assert!(open(&store).catalog().field_named(EntityKind::Customer, "acme.tier").is_some());
    register(&crm, plugin("acme.successor", vec![field("acme.tier", text(10))])).unwrap();
    assert_eq!(forget(&manager, "acme.successor"), Some(ErrorKind::InvalidArgument), "it is loaded");
}

/// P5: the version was not kept, so that a downgrade loaded silently.
#[test]
fn an_older_version_than_the_database_has_seen_is_refused_unless_it_is_allowed() {
    let store = MemoryStore::new();
    let of = |version| Plugin { version, ..plugin("acme.rules", vec![field("acme.tier", text(10))]) };
    register(&open(&store), Plugin { fields: vec![field("acme.tier", text(20))], ..of("1.10.0") }).unwrap();
    let error = register(&open(&store), of("1.9.0")).unwrap_err();
    let told = |name| error.context_value(name).unwrap_or_default().to_owned();
    assert_eq!(error.kind(), ErrorKind::PluginOlder);
    assert_eq!(
        (told("plugin"), told("found"), told("allowed")),
        ("acme.rules".into(), "1.9.0".into(), "1.10.0".into())
    );
    let crm = Crm::open(Arc::new(store.clone()), Config { allow_older_plugins: true, ..config() }).unwrap();
    register(&crm, of("1.9.0")).unwrap();
    let warnings: Vec<_> = crm.warnings().into_iter().map(|w| (w.code, w.subject)).collect();
    assert_eq!(warnings, [("plugin_older", "acme.rules".to_owned())]);
    let entry = session(&crm, Level::Manage).changes_since(0, 100).unwrap().pop().unwrap();
    assert!(entry.decisions[0].reason.contains("older"), "{}", entry.decisions[0].reason);
    let info = crm.catalog().field_named(EntityKind::Customer, "acme.tier").unwrap().kind;
    assert_eq!(info, text(20), "it takes back nothing of what the newer one declared");
    register(&open(&store), of("1.10.0")).unwrap_err();
}

/// P5: SENSITIVE in a later version was not applied, INDEXED and labels neither, and wider bounds kept the plugin out.
#[test]
fn a_later_version_changes_its_fields_or_is_refused_with_old_and_new() {
    let store = MemoryStore::new();
    let of = |version, field: CustomField| Plugin { version, ..plugin("acme.rules", vec![field]) };
    let first = field("acme.tier", text(10));
    let ids: Vec<u64> = {
        let crm = open(&store);
        register(&crm, of("1.0.0", first.clone())).unwrap();
        let tier = crm.catalog().field_named(EntityKind::Customer, "acme.tier").unwrap().id;
        let editor = session(&crm, Level::Edit);
        let one = |n: u32| {
            let values = [(customer::field::name, Value::Text("A".into())), (tier, Value::Text(format!("t{}", n % 3)))];
            add(&editor, EntityKind::Customer, &values).unwrap()
        };
        (0..30).map(one).collect()
    };
    let second = CustomField {
        label: "Level".into(),
        label_zh: "层级".into(),
        sensitive: true,
        indexed: true,
        ..field("acme.tier", text(40))
    };
    let crm = open(&store);
    register(&crm, of("1.1.0", second.clone())).unwrap();
    let info = crm.catalog().field_named(EntityKind::Customer, "acme.tier").unwrap().clone();
    assert_eq!((info.label.as_str(), info.label_zh.as_str()), ("Level", "层级"));
    assert_eq!((info.kind, info.sensitive, info.indexed), (text(40), true, true));
    let manager = session(&crm, Level::Manage);
    let found = |session: &Session| {
        let query = Query::new(EntityKind::Customer).filter(info.id, crm_core::Op::Eq, Value::Text("t1".into()));
        (session.explain_query(&query).unwrap().index, session.count(&query).unwrap())
    };
    assert_eq!(found(&manager), (Some("customer.acme.tier".to_owned()), 10), "the index holds what was there before");
    assert_eq!((manager.verify().unwrap().problem_count, ids.len()), (0, 30));

    let replayed = MemoryStore::new();
    manager.replay(&replayed, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!(session(&open(&replayed), Level::Manage).verify().unwrap().problem_count, 0);

    let narrower = CustomField { kind: text(39), ..second.clone() };
    let other_type = CustomField { kind: FieldType::Bool, ..second.clone() };
    let open_again = CustomField { sensitive: false, ..second.clone() };
    for (wrong, found, allowed) in [
        (narrower, "text of at most 39 characters", "text of at most 40 characters"),
        (other_type, "bool", "text of at most 40 characters"),
        (open_again, "not sensitive", "sensitive"),
    ] {
        let crm = open(&store);
        let error = register(&crm, of("1.2.0", wrong)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PluginField);
        assert!(error.message().contains(found) && error.message().contains(allowed), "{error}");
        assert_eq!(crm.warnings()[0].subject, "acme.rules", "it is not there");
    }
    let unindexed = CustomField { indexed: false, ..second };
    let crm = open(&store);
    register(&crm, of("1.2.0", unindexed)).unwrap();
    assert_eq!(found(&session(&crm, Level::Manage)), (None, 10));
    assert_eq!(session(&crm, Level::Manage).verify().unwrap().problem_count, 0);
}

/// P4: the refusal of a plugin's policy did not name the plugin.
#[test]
fn a_policy_that_is_refused_names_its_plugin() {
    for policy in ["not TOML [", "id = \"x\"\nversion = \"x/1\"\ntitle = \"X\"\n[complaint]\nno_such_figure = 1\n"] {
        let error = register(&fresh(), Plugin { policy: Some(policy), ..plugin("acme.rules", vec![]) }).unwrap_err();
        assert_eq!((error.kind(), error.context_value("plugin")), (ErrorKind::Rejected, Some("acme.rules")));
    }
}

/// What is kept of a plugin is kept once: loading the same again writes nothing.
#[test]
fn loading_the_same_plugin_again_writes_nothing() {
    let store = MemoryStore::new();
    let rules = || plugin("acme.rules", vec![field("acme.tier", text(10))]);
    register(&open(&store), rules()).unwrap();
    let crm = open(&store);
    let before = session(&crm, Level::Read).last_sequence().unwrap();
    register(&crm, rules()).unwrap();
    assert_eq!(session(&crm, Level::Read).last_sequence().unwrap(), before);
    let computed = session(&crm, Level::Read).compute("acme.none", &BTreeMap::<String, Quantity>::new());
    assert_eq!(computed.unwrap_err().kind(), ErrorKind::NotFound);
}

fn calculator(name: &str) -> Calculator {
    let result = Parameter {
        name: "n".into(),
        label: "n".into(),
        label_zh: "n".into(),
        kind: QuantityType::Int,
        optional: false,
    };
    let (label, plugin) = (name.to_owned(), String::new());
    Calculator { name: name.into(), label_zh: label.clone(), label, arguments: vec![], results: vec![result], plugin }
}

/// A missing plugin that brought only a policy, only fields or only a calculator was missed in a warning, and nothing else: a
/// complaint then got the kernel's deadline instead of the company's.
#[test]
fn a_missing_plugin_that_only_declares_is_needed_as_any_other() {
    const POLICY: &str = "id = \"acme\"\nversion = \"acme/1\"\ntitle = \"Acme\"\n";
    let bare = |fields| Plugin { points: vec![], entities: None, ..plugin("acme.bare", fields) };
    let only: [Plugin; 3] = [
        Plugin { policy: Some(POLICY), ..bare(vec![]) },
        bare(vec![field("acme.tier", text(10))]),
        Plugin { calculators: vec![calculator("acme.sum")], ..bare(vec![]) },
    ];
    for brings in only {
        for entities in [None, Some(vec![EntityKind::Complaint])] {
            let store = MemoryStore::new();
            register(&open(&store), Plugin { entities: entities.clone(), ..brings.clone() }).unwrap();
            let editor = session(&open(&store), Level::Edit);
            let kind = |entity, values: &[(u16, Value)]| add(&editor, entity, values).err().map(|error| error.kind());
            let of_customers = kind(EntityKind::Customer, &named("A"));
            assert_eq!(of_customers, entities.is_none().then_some(ErrorKind::PluginMissing), "{entities:?}");
            if entities.is_some() {
                let complaint = [
                    (crm_core::domain::complaint::field::customer, Value::Ref(1)),
                    (crm_core::domain::complaint::field::issue, Value::Text("late".into())),
                    (
                        crm_core::domain::complaint::field::received_at,
                        Value::Instant(Instant::parse("2026-09-16T08:00:00+08:00").unwrap()),
                    ),
                ];
                assert_eq!(kind(EntityKind::Complaint, &complaint), Some(ErrorKind::PluginMissing));
            }
        }
    }
}

/// A database that is only read.
struct ReadOnly(MemoryStore);

impl Store for ReadOnly {
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        self.0.begin_read()
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>> {
        Err(crm_core::Error::new(ErrorKind::ReadOnly, "the database is only read"))
    }

    fn check(&self, wait: std::time::Duration) -> Result<Vec<String>> {
        self.0.check(wait)
    }

    fn compact(&self, wait: std::time::Duration) -> Result<()> {
        self.0.compact(wait)
    }

    fn statistics(&self, spaces: bool) -> Result<StoreStatistics> {
        self.0.statistics(spaces)
    }

    fn close(&self) -> Result<()> {
        self.0.close()
    }
}

/// Whether a reader sees the telephone number of the customer.
fn sees_phone(crm: &Crm, level: Level) -> bool {
    let record = session(crm, level).get(EntityKind::Customer, 1).unwrap().unwrap();
    record.text(customer::field::phone).is_some()
}

/// An older version, or another plugin that said the same version, was registered with fewer fields to hide, and from then on
/// everybody read what the newest version had hidden. On a database that is only read an older version was not even refused.
#[test]
fn what_the_newest_version_may_hide_stays_hidden_below_manage() {
    let hides = |field: &str| Some(vec![(EntityKind::Customer, field.to_owned())]);
    let of = |version, field| Plugin {
        version,
        points: vec![Point::Rights],
        hides: hides(field),
        ..plugin("acme.r", vec![])
    };
    let store = MemoryStore::new();
    {
        let crm = open(&store);
        register(&crm, of("9.0", "phone")).unwrap();
        let values = [named("A").to_vec(), vec![(customer::field::phone, Value::Text("13912345678".into()))]].concat();
        add(&session(&crm, Level::Manage), EntityKind::Customer, &values).unwrap();
        assert!(sees_phone(&crm, Level::Read), "the hook that is there hides nothing");
    }
    let read_only = Crm::open(Arc::new(ReadOnly(store.clone())), config()).unwrap();
    assert_eq!(register(&read_only, of("1.0", "email")).unwrap_err().kind(), ErrorKind::PluginOlder);
    register(&read_only, of("9.0", "phone")).unwrap();

    for store in [Arc::new(store.clone()) as Arc<dyn Store>, Arc::new(ReadOnly(store.clone()))] {
        let crm = Crm::open(store, Config { allow_older_plugins: true, ..config() }).unwrap();
        register(&crm, of("1.0", "email")).unwrap();
        assert_eq!((sees_phone(&crm, Level::Edit), sees_phone(&crm, Level::Manage)), (false, true), "older");
    }
    let crm = open(&store);
    register(&crm, of("9.0", "email")).unwrap();
    assert_eq!((sees_phone(&crm, Level::Edit), sees_phone(&crm, Level::Manage)), (false, true), "the same version");
    assert_eq!((sees_phone(&open(&store), Level::Edit), crm.warnings().len()), (false, 0), "and when it is missing");
    let crm = open(&store);
    register(&crm, of("9.1", "email")).unwrap();
    assert!(sees_phone(&crm, Level::Edit), "a newer version says what is hidden");
    assert!(sees_phone(&open(&store), Level::Edit), "and when it is missing");
}

/// A calculator stood under the prefix of any other plugin, took its names and kept it out.
#[test]
fn a_calculator_has_the_prefix_of_its_plugin() {
    let store = MemoryStore::new();
    let offers = |id, names: &[&str]| Plugin {
        calculators: names.iter().map(|name| calculator(name)).collect(),
        ..plugin(id, vec![])
    };
    register(&open(&store), offers("acme.rules", &["acme.sum", "acme.product"])).unwrap();
    let crm = open(&store);
    for (wrong, wanted) in
        [("acme.other", "belongs to plugin acme.rules"), ("customer.sum", "an entity"), ("sum", "prefix.name")]
    {
        let error = register(&crm, offers("bad.squatter", &[wrong])).unwrap_err();
        assert_eq!((error.kind(), error.context_value("plugin")), (ErrorKind::PluginField, Some("bad.squatter")));
        assert!(error.message().contains(wanted), "{error}");
    }
    let error = register(&crm, plugin("bad.squatter", vec![field("acme.tier", text(10))])).unwrap_err();
    assert!(error.message().contains("belongs to plugin acme.rules"), "{error}");
    assert!(crm.plugins().is_empty() && crm.calculators().is_empty());
    register(&crm, offers("acme.rules", &["acme.sum", "acme.product"])).unwrap();
}

/// `customer.phone` as a custom field of a visit looked like the field of the customer.
#[test]
fn a_prefix_is_no_name_of_an_entity_and_a_version_is_of_numbers() {
    let error = register(&fresh(), plugin("acme.rules", vec![field("visit.tier", text(10))])).unwrap_err();
    assert!(error.message().contains("is visit, which is an entity"), "{error}");
    for version in ["v9.0.1", "latest", "1.x"] {
        let error = register(&fresh(), Plugin { version, ..plugin("acme.rules", vec![]) }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains("numbers with dots") && error.message().contains(version), "{error}");
    }
    let label = CustomField { label: "T\u{1b}[31m".into(), ..field("acme.tier", text(10)) };
    let error = register(&fresh(), plugin("acme.rules", vec![label])).unwrap_err();
    assert!(error.message().contains("U+001B"), "{error}");
}
