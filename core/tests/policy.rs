//! Policies through the facade: adopted, refused, in force by date, and what they make of customers.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Command, Customer, EntityKind, Fields, Instant, Level, NewPolicy, Value, Verb, customer,
};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Outcome, Session};

struct World {
    store: Arc<MemoryStore>,
    clock: Arc<FixedClock>,
    crm: Crm,
}

fn world() -> World {
    let clock = Arc::new(FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap()));
    let store = Arc::new(MemoryStore::new());
    let crm = Crm::open(store.clone(), Config::new(clock.clone())).unwrap();
    World { store, clock, crm }
}

impl World {
    fn session(&self) -> Session {
        self.crm.session(Actor { name: "u.gm".into(), level: Level::Manage }).unwrap()
    }

    fn set(&self, now: &str) {
        self.clock.set(Instant::parse(now).unwrap());
    }
}

fn pack(name: &str) -> String {
    let path = format!("{}/../plugins/policies/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap()
}

fn policy(text: impl Into<String>, effective_on: &str) -> NewPolicy {
    NewPolicy {
        text: text.into(),
        effective_on: Some(effective_on.parse().unwrap()),
        approver: Some("general manager".into()),
    }
}

/// The benchmark shows what rules cost: without them nothing is decided or refused by a policy, and all else holds.
#[test]
fn without_rules_only_the_kernel_itself_refuses() {
    let clock = Arc::new(FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap()));
    let config = Config { rules: false, ..Config::new(clock) };
    let crm = Crm::open(Arc::new(MemoryStore::new()), config).unwrap();
    let session = crm.session(Actor { name: "u.gm".into(), level: Level::Manage }).unwrap();
    session.adopt_policy(policy(pack("commercial_fixtures"), "2026-01-01")).unwrap();
    let customer = || Customer {
        code: Some("C-1".into()),
        name: Some("上海商业设施有限公司".into()),
        class: Some("key".into()),
        ..Customer::default()
    };
    let put = |customer: Customer| {
        session.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() })
    };
    let added = put(customer()).unwrap();
    assert!(added.decisions.is_empty());
    assert_eq!(added.record.unwrap().text(customer::field::class), Some("key"), "a policy would decide it");
    assert_eq!(put(customer()).unwrap_err().kind(), ErrorKind::Duplicate);
    assert_eq!(put(Customer { name: None, code: None, ..customer() }).unwrap_err().kind(), ErrorKind::Rejected);
    assert!(session.verify().unwrap().problems.is_empty());
}

fn add(session: &Session, customer: Customer) -> Outcome {
    let customer = Customer { name: Some("上海商业设施有限公司".into()), ..customer };
    session.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() }).unwrap()
}

fn act(session: &Session, verb: &str, id: u64, changes: Customer) -> crm_core::Result<Outcome> {
    let verb = Verb::named(EntityKind::Customer, verb).unwrap();
    session.apply(Command::Act { verb, id, revision: None, changes: changes.to_changes() })
}

fn class(session: &Session, id: u64) -> Option<String> {
    session.get(EntityKind::Customer, id).unwrap().unwrap().text(customer::field::class).map(str::to_owned)
}

#[test]
fn every_pack_of_the_repository_is_adopted_on_an_empty_database() {
    let names = [
        "commercial_fixtures",
        "construction_group",
        "abc",
        "tiering",
        "telecom_vendor",
        "quality_customers",
        "key_accounts",
        "new_customers",
    ];
    let folder = format!("{}/../plugins/policies", env!("CARGO_MANIFEST_DIR"));
    let count =
        std::fs::read_dir(folder).unwrap().filter(|e| e.as_ref().unwrap().path().extension() == Some("toml".as_ref()));
    assert_eq!(count.count(), names.len() + 1, "a pack is not in this test");
    for name in names {
        assert_eq!(crm_core::policy::check(&pack(name)), [], "{name}");
        let world = world();
        world.session().adopt_policy(policy(pack(name), "2026-01-01")).unwrap();
        assert_eq!(world.crm.policy().version, format!("{name}/1"));
        let shown = world.crm.policy().to_toml();
        let head = format!("id = \"x\"\nversion = \"again/1\"\ntitle = \"x\"\n{shown}");
        let again = world.crm.try_policy(&head).unwrap();
        assert_eq!(crm_core::policy::difference(&world.crm.policy(), &again), [], "{name}: what is shown can be read");
    }
}

#[test]
fn a_policy_is_in_force_from_its_day_on_and_decisions_name_it() {
    let world = world();
    let session = world.session();
    session.adopt_policy(policy(pack("commercial_fixtures"), "2026-10-01")).unwrap();
    let before = add(&session, Customer { class: Some("gold".into()), ..Customer::default() });
    assert_eq!(before.decisions, [], "until October classes are given by hand");
    world.set("2026-10-01T00:00:00+08:00");
    let after = add(&session, Customer::default());
    let decision = &after.decisions[0];
    assert_eq!((&*decision.subject, decision.value.as_str(), &*decision.rule), ("class", "general", "R-FIX-01"));
    assert_eq!(decision.policy_version, "commercial_fixtures/1");
    let entry = session.changes_since(0, 9).unwrap();
    let versions: Vec<&str> = entry.iter().map(|entry| entry.policy_version.as_str()).collect();
    assert_eq!(versions, ["default/1", "default/1", "commercial_fixtures/1"]);
    assert_eq!(session.verify().unwrap().problem_count, 0);
}

#[test]
fn what_was_adopted_is_there_when_the_database_is_opened_again() {
    let world = world();
    world.session().adopt_policy(policy(pack("construction_group"), "2026-01-01")).unwrap();
    let again = Crm::open(world.store.clone(), Config::new(world.clock.clone())).unwrap();
    assert_eq!(again.policy(), world.crm.policy());
    assert_eq!(again.policies(), world.crm.policies());
    assert_eq!(again.catalog().custom_fields().len(), 10);
}

#[test]
fn what_is_wrong_is_refused_and_the_policy_in_force_stays() {
    let world = world();
    let session = world.session();
    session.adopt_policy(policy(pack("abc"), "2026-09-01")).unwrap();
    add(&session, Customer::default());
    let in_force = world.crm.policy();
    let refused = |new: NewPolicy| {
        let error = session.adopt_policy(new).unwrap_err();
        let code = error.violations().first().map(|v| v.code.clone().into_owned()).unwrap_or_default();
        (error.kind(), code)
    };
    let other = pack("abc").replace("abc/1", "abc/2");
    assert_eq!(refused(policy(other.clone(), "2026-09-15")), (ErrorKind::Rejected, "in_the_past".into()));
    assert_eq!(refused(policy(pack("abc"), "2026-09-16")), (ErrorKind::Duplicate, String::new()));
    let nobody = NewPolicy { approver: None, ..policy(other.clone(), "2026-10-01") };
    assert_eq!(refused(nobody), (ErrorKind::Rejected, "required".into()));
    let unknown = other.replace("status == 'prospect'", "colour == 'red'");
    assert_eq!(refused(policy(unknown, "2026-10-01")), (ErrorKind::Rejected, "unknown_field".into()));
    let later =
        other.clone() + "[complaint.resolve]\nmajor = { value = 5, unit = \"working_days\", source = \"ours\" }\n";
    assert_eq!(refused(policy(later, "2044-01-01")), (ErrorKind::CalendarYearMissing, String::new()));
    let reader = world.crm.session(Actor { name: "u.li".into(), level: Level::Edit }).unwrap();
    let forbidden = reader.adopt_policy(policy(other.clone(), "2026-10-01")).unwrap_err();
    assert_eq!(forbidden.kind(), ErrorKind::Forbidden);
    assert_eq!(world.crm.policy(), in_force);
    assert_eq!(session.last_sequence().unwrap(), 2, "nothing of what was refused is in the journal");
    session.adopt_policy(policy(other, "2026-09-16")).unwrap();
    assert_eq!(world.crm.policy().version, "abc/2");
}

#[test]
fn a_granted_class_carries_a_number_that_is_never_given_twice() {
    let world = world();
    let session = world.session();
    session.adopt_policy(policy(pack("commercial_fixtures"), "2026-01-01")).unwrap();
    let one = add(&session, Customer::default()).record.unwrap().id();
    let two = add(&session, Customer::default()).record.unwrap().id();
    let grant = || Customer {
        granted_class: Some("key".into()),
        grant_approver: Some("branch head".into()),
        ..Customer::default()
    };
    let granted = act(&session, "grant", one, grant()).unwrap();
    let record = granted.record.unwrap();
    assert_eq!(record.text(customer::field::key_customer_number), Some("KA-000001"));
    assert_eq!(record.text(customer::field::class), Some("key"));
    let subjects: Vec<&str> = granted.decisions.iter().map(|decision| &*decision.subject).collect();
    assert_eq!(subjects, ["key_customer_number", "class"]);
    act(&session, "revoke", one, Customer::default()).unwrap();
    assert_eq!(class(&session, one).as_deref(), Some("general"));
    let second = act(&session, "grant", two, grant()).unwrap().record.unwrap();
    assert_eq!(second.text(customer::field::key_customer_number), Some("KA-000002"));
    let wrong = Customer { granted_class: Some("gold".into()), ..grant() };
    let error = act(&session, "grant", one, wrong).unwrap_err();
    assert_eq!(error.message(), "granted_class is \"gold\"; the policy commercial_fixtures/1 grants key");
    let by_hand = Customer { class: Some("key".into()), ..Customer::default() };
    let changes = by_hand.to_changes();
    let by_hand = Command::Update { entity: EntityKind::Customer, id: one, revision: None, changes };
    let error = session.apply(by_hand).unwrap_err();
    assert_eq!(error.violations()[0].code, "decided_by_policy");
}

#[test]
fn the_whole_base_is_sorted_anew_and_what_if_says_before_what_it_does() {
    let world = world();
    let session = world.session();
    for status in 1..=4 {
        let past = Customer { lost_reason: (status == 4).then(|| "歇业".into()), ..Customer::default() };
        let mut changes = Customer { name: Some("王五".into()), ..past }.to_changes();
        changes.insert(customer::field::status, Some(Value::Enum(status)));
        session.apply(Command::Add { entity: EntityKind::Customer, changes }).unwrap();
    }
    let tried = session.what_if(&pack("abc"), 10).unwrap();
    assert_eq!((tried.counts.customers, tried.counts.changed), (4, 3));
    assert_eq!(class(&session, 1), None, "what-if changes nothing");
    session.adopt_policy(policy(pack("abc"), "2026-09-16")).unwrap();
    let mut told = 0;
    let done = session
        .reclassify(&mut |n| {
            told = n;
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(done, tried.counts);
    assert_eq!(told, 4);
    for change in &tried.changes {
        assert_eq!(class(&session, change.customer), Some(change.after.clone()));
    }
    let history = session.history(EntityKind::Customer, 2, 9).unwrap();
    assert_eq!((history[0].command.as_str(), history[0].decisions[0].value.as_str()), ("classify", "C"));
    let again = session.reclassify(&mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!((again.customers, again.changed), (4, 0));
}

#[test]
fn a_plugin_brings_a_policy_below_that_of_the_company() {
    struct Industry;
    impl crm_core::port::Hook for Industry {
        fn id(&self) -> &str {
            "industry"
        }
        fn version(&self) -> &str {
            "1"
        }
        fn policy(&self) -> Option<&str> {
            Some(
                "id = \"i\"\nversion = \"industry/1\"\ntitle = \"I\"\n[complaint]\n\
                 same_issue_count_major = { value = 4, rule = \"R-I\" }\nkey_classes = { value = [\"gold\"], rule = \"R-I\" }\n",
            )
        }
        fn offers(&self, _: crm_core::port::Point) -> bool {
            false
        }
        fn ask(
            &self,
            _: crm_core::port::Point,
            _: &crm_core::port::HookInput<'_>,
        ) -> crm_core::Result<crm_core::port::Answer> {
            Ok(crm_core::port::Answer::default())
        }
        fn compute(&self, _: &crm_core::port::Computation<'_>) -> crm_core::Result<crm_core::port::Answer> {
            Ok(crm_core::port::Answer::default())
        }
    }
    let world = world();
    world.crm.register(Arc::new(Industry)).unwrap();
    let ours = "id = \"o\"\nversion = \"ours/1\"\ntitle = \"O\"\n[complaint]\nkey_classes = { value = [\"A\"], source = \"ours\" }\n";
    world.session().adopt_policy(policy(ours, "2026-01-01")).unwrap();
    let merged = world.crm.policy();
    assert_eq!(merged.layers, ["default/1", "industry/1", "ours/1"]);
    let origin = |path: &str| merged.figures[path].origin.as_str();
    assert_eq!(origin("complaint.key_classes"), "ours/1");
    assert_eq!(origin("complaint.same_issue_count_major"), "industry/1");
    assert_eq!(origin("complaint.escalation.1"), "default/1");
}

proptest::proptest! {
    /// A policy that is cut or garbled anywhere is in order or has problems with their lines, and never panics.
    #[test]
    fn a_garbled_policy_is_told_off_and_never_panics(at in 0_usize..9_000, with in "[\\x00-\\x7f客]{0,3}", cut: bool) {
        let mut text = pack("tiering");
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        if cut {
            text.truncate(at);
        }
        text.insert_str(at, &with);
        for problem in crm_core::policy::check(&text) {
            proptest::prop_assert!(problem.message.contains("line "), "{}", problem.message);
        }
    }
}

#[test]
fn brackets_without_end_are_a_problem_and_not_the_end_of_the_process() {
    for text in ["[".repeat(100_000), "a = ".to_owned() + &"[".repeat(100_000), "a.".repeat(50_000) + "b = 1"] {
        assert!(!crm_core::policy::check(&text).is_empty());
    }
}
