//! What plugins do to a database: fields declared, values decided, fields hidden, calculators called, keys trusted.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Calculator, Command, Complaint, CustomField, Customer, CustomerStatus, Decided, Decision, EntityKind,
    FieldType, Fields, Instant, Level, Money, Parameter, Quantity, QuantityType, complaint, customer,
};
use crm_core::port::{Answer, Computation, Hook, HookInput, Point, Services};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Query, Record, Result, Session};

/// A policy that says nothing but what it is.
const POLICY: &str = "id = \"retail\"\nversion = \"retail/1\"\ntitle = \"Retail\"\n";

/// Decides a class and a field of its own by what it finds, and hides telephone numbers from guests.
struct Retail {
    fields: Vec<CustomField>,
    calculators: Vec<Calculator>,
    tier: &'static str,
}

fn custom(name: &str, kind: FieldType) -> CustomField {
    let (label, label_zh) = ("A field".to_owned(), "字段".to_owned());
    let entity = EntityKind::Customer;
    CustomField { id: 0, entity, name: name.to_owned(), kind, label, label_zh, sensitive: false, indexed: true }
}

fn retail(tier: &'static str) -> Arc<Retail> {
    let parameter = |name: &str, kind, optional| Parameter {
        name: name.to_owned(),
        label: name.to_owned(),
        label_zh: "参数".to_owned(),
        kind,
        optional,
    };
    let calculator = Calculator {
        name: "retail.share".to_owned(),
        label: "Share".to_owned(),
        label_zh: "占比".to_owned(),
        arguments: vec![parameter("part", QuantityType::Int, false), parameter("whole", QuantityType::Int, true)],
        results: vec![parameter("share", QuantityType::Ratio, false)],
        plugin: "retail".to_owned(),
    };
    let fields = vec![custom("retail.tier", FieldType::Text { len_max: 8 })];
    Arc::new(Retail { fields, calculators: vec![calculator], tier })
}

fn decided(subject: &'static str, value: Quantity) -> Decided {
    let decision = Decision {
        subject: subject.into(),
        value: value.to_string(),
        rule: "T-1".into(),
        source: "a test".into(),
        inputs: Vec::new(),
        reason: "because".into(),
        reason_zh: "因为".into(),
        policy_version: "".into(),
        plugin: String::new(),
    };
    Decided { value, decision }
}

impl Hook for Retail {
    fn id(&self) -> &str {
        "retail"
    }

    fn version(&self) -> &str {
        "1.0.0"
    }

    fn offers(&self, point: Point) -> bool {
        !matches!(point, Point::Validate | Point::Retention)
    }

    fn ask(&self, point: Point, input: &HookInput<'_>) -> Result<Answer> {
        let mut answer = Answer::default();
        match point {
            Point::Classify if input.entity == EntityKind::Customer => {
                answer.decided.push(decided("class", Quantity::Text("key".into())));
                answer.decided.push(decided("retail.tier", Quantity::Text(self.tier.into())));
            }
            Point::Cadence => {
                let id = input.before.and_then(|b| match b.get(crm_core::domain::FIELD_ID) {
                    Some(crm_core::domain::ValueRef::Int(id)) => Some(id.cast_unsigned()),
                    _ => None,
                });
                let mut complaints = 0;
                if let Some(id) = id {
                    count(input.services, id, &mut complaints)?;
                }
                let due = input.today + chrono::Days::new(30 - complaints);
                answer.decided.push(decided("next_due_on", Quantity::Date(due)));
            }
            Point::Complaint => {
                answer.decided.push(decided("grade", Quantity::Text("major".into())));
                answer.decided.push(decided("owner", Quantity::Text("u.chief".into())));
            }
            Point::Rights if input.actor == "u.guest" => answer.masked.push(customer::field::phone),
            _ => {}
        }
        Ok(answer)
    }

    fn compute(&self, call: &Computation<'_>) -> Result<Answer> {
        let int = |value: &Option<Quantity>| match value {
            Some(Quantity::Int(v)) => *v,
            _ => 100,
        };
        let share = Quantity::Ratio { numerator: int(&call.arguments[0]), denominator: int(&call.arguments[1]) };
        Ok(Answer { decided: vec![decided("share", share)], ..Answer::default() })
    }

    fn fields(&self) -> &[CustomField] {
        &self.fields
    }

    fn calculators(&self) -> &[Calculator] {
        &self.calculators
    }

    fn policy(&self) -> Option<&str> {
        Some(POLICY)
    }
}

fn count(services: &dyn Services, id: u64, complaints: &mut u64) -> Result<()> {
    services.referring(EntityKind::Complaint, complaint::field::customer, id, &mut |_| {
        *complaints += 1;
        std::ops::ControlFlow::Continue(())
    })
}

fn open() -> Crm {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap()
}

fn session(crm: &Crm, name: &str, level: Level) -> Session {
    crm.session(Actor { name: name.into(), level }).unwrap()
}

fn add(session: &Session, customer: Customer) -> Record {
    let changes = customer.to_changes();
    session.apply(Command::Add { entity: EntityKind::Customer, changes }).unwrap().record.unwrap()
}

fn named(name: &str) -> Customer {
    Customer { name: Some(name.into()), phone: Some("000".into()), ..Customer::default() }
}

#[test]
fn a_plugin_declares_its_fields_once_and_decides_them_with_the_class() {
    let crm = open();
    crm.register(retail("gold")).unwrap();
    assert_eq!(crm.register(retail("gold")).unwrap_err().kind(), ErrorKind::Duplicate);
    let session = session(&crm, "u.li", Level::Edit);
    let tier = crm.catalog().field_named(EntityKind::Customer, "retail.tier").unwrap().id;
    let entry = &session.changes_since(0, 10).unwrap()[0];
    assert_eq!((entry.actor.as_str(), entry.command.as_str()), ("retail", "declare_field"), "the journal tells who");
    let record = add(&session, named("A"));
    assert_eq!((record.text(customer::field::class), record.text(tier)), (Some("key"), Some("gold")));
    let subjects: Vec<_> = session.explain(EntityKind::Customer, record.id()).unwrap();
    let subjects: Vec<_> = subjects.iter().map(|d| (&*d.subject, d.plugin.as_str())).collect();
    assert_eq!(subjects, [("class", "retail 1.0.0"), ("retail.tier", "retail 1.0.0"), ("next_due_on", "retail 1.0.0")]);
    let given = add(&session, Customer { class: Some("general".into()), ..named("B") });
    assert_eq!(given.text(customer::field::class), Some("general"), "what the caller says stands");
}

#[test]
fn a_field_that_is_there_with_another_type_refuses_the_plugin() {
    let crm = open();
    let manager = session(&crm, "u.wang", Level::Manage);
    manager.apply(Command::DeclareField(custom("retail.tier", FieldType::Bool))).unwrap();
    let error = crm.register(retail("gold")).unwrap_err();
    assert_eq!((error.kind(), error.context_value("plugin")), (ErrorKind::PluginField, Some("retail")));
    assert!(crm.plugins().is_empty());
}

#[test]
fn a_decision_that_the_field_does_not_take_fails_the_plugin_and_writes_nothing() {
    let crm = open();
    crm.register(retail("too long for it")).unwrap();
    let session = session(&crm, "u.li", Level::Edit);
    let command = Command::Add { entity: EntityKind::Customer, changes: named("A").to_changes() };
    let error = session.apply(command).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PluginFailed);
    assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), 0);
}

#[test]
fn a_complaint_gets_the_graver_grade_and_an_owner_when_it_has_none() {
    let crm = open();
    crm.register(retail("gold")).unwrap();
    let session = session(&crm, "u.li", Level::Manage);
    let customer = add(&session, named("A")).id();
    let complaint = |owner: Option<&str>| {
        let complaint = Complaint {
            customer: Some(customer),
            issue: Some("late".into()),
            received_at: Some(Instant::parse("2026-09-16T08:00:00+08:00").unwrap()),
            owner: owner.map(str::to_owned),
            ..Complaint::default()
        };
        let command = Command::Add { entity: EntityKind::Complaint, changes: complaint.to_changes() };
        session.apply(command).unwrap().record.unwrap()
    };
    let (first, second) = (complaint(None), complaint(Some("u.wu")));
    assert_eq!(first.enumeration(complaint::field::grade), Some(3), "major");
    assert_eq!(
        (first.text(complaint::field::owner), second.text(complaint::field::owner)),
        (Some("u.chief"), Some("u.wu"))
    );
    // The next due day counts the two complaints, which it finds by their reference.
    let status = Some(crm_core::domain::Value::Text("retail".into()));
    let changes = BTreeMap::from([(customer::field::industry, status)]);
    let update = Command::Update { entity: EntityKind::Customer, id: customer, revision: None, changes };
    let record = session.apply(update).unwrap().record.unwrap();
    assert_eq!(record.date(customer::field::next_due_on).unwrap().to_string(), "2026-10-14");
    assert_ne!(record.enumeration(customer::field::status), Some(CustomerStatus::Lost.number()));
}

#[test]
fn what_a_plugin_hides_is_not_read_by_get_nor_by_queries() {
    let crm = open();
    crm.register(retail("gold")).unwrap();
    let (li, guest) = (session(&crm, "u.li", Level::Edit), session(&crm, "u.guest", Level::Read));
    let id = add(&li, named("A")).id();
    let phone = |session: &Session| {
        let got = session.get(EntityKind::Customer, id).unwrap().unwrap();
        let found = session.find(&Query::new(EntityKind::Customer)).unwrap().step().unwrap().unwrap();
        assert_eq!(got.text(customer::field::phone), found.text(customer::field::phone));
        assert_eq!(got.text(customer::field::name), Some("A"));
        got.text(customer::field::phone).map(str::to_owned)
    };
    assert_eq!((phone(&li).as_deref(), phone(&guest)), (Some("000"), None));
}

#[test]
fn a_calculator_takes_its_arguments_by_name_and_type() {
    let crm = open();
    crm.register(retail("gold")).unwrap();
    let session = crm.session(Actor { name: "u.li".into(), level: Level::Read }).unwrap();
    let compute = |arguments: &[(&str, Quantity)]| {
        let arguments = arguments.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        session.compute("retail.share", &arguments)
    };
    let kind = |arguments: &[(&str, Quantity)]| compute(arguments).err().map(|e| e.kind());
    let results = compute(&[("whole", Quantity::Int(8)), ("part", Quantity::Int(3))]).unwrap();
    assert_eq!(results[0].value, Quantity::Ratio { numerator: 3, denominator: 8 });
    assert_eq!(results[0].decision.plugin, "retail 1.0.0");
    let results = compute(&[("part", Quantity::Int(3))]).unwrap();
    assert_eq!(results[0].decision.value, "3/100", "an argument that may be left out");
    assert_eq!(kind(&[]), Some(ErrorKind::InvalidArgument));
    assert_eq!(kind(&[("part", Quantity::Int(1)), ("hole", Quantity::Int(1))]), Some(ErrorKind::InvalidArgument));
    assert_eq!(kind(&[("part", Quantity::Money(Money::new(1, "CNY").unwrap()))]), Some(ErrorKind::WrongType));
    assert_eq!(session.compute("retail.none", &BTreeMap::new()).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(crm.calculators()[0].name, "retail.share");
    assert_eq!(crm.plugin_policies(), [("retail".to_owned(), POLICY.to_owned())]);
}

#[test]
#[cfg(feature = "plugin")]
fn keys_are_trusted_by_commands_that_the_journal_keeps() {
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let crm = open();
    let (manager, editor) = (session(&crm, "u.wang", Level::Manage), session(&crm, "u.li", Level::Edit));
    let trust = |session: &Session, key: &str| session.apply(Command::TrustKey(key.into())).err().map(|e| e.kind());
    assert_eq!(trust(&editor, KEY), Some(ErrorKind::Forbidden));
    assert_eq!(trust(&manager, "no key"), Some(ErrorKind::InvalidArgument));
    assert_eq!(trust(&manager, KEY), None);
    assert_eq!(trust(&manager, KEY), Some(ErrorKind::Duplicate));
    assert_eq!(crm.plugin_keys().unwrap(), [KEY]);
    manager.apply(Command::DistrustKey(KEY.into())).unwrap();
    let again = manager.apply(Command::DistrustKey(KEY.into())).unwrap_err();
    assert_eq!((again.kind(), crm.plugin_keys().unwrap().len()), (ErrorKind::NotFound, 0));
    let entries = manager.changes_since(0, 10).unwrap();
    let told: Vec<_> = entries.iter().map(|e| (e.command.as_str(), e.decisions[0].value.as_str())).collect();
    assert_eq!(told, [("trust_plugin_key", KEY), ("distrust_plugin_key", KEY)]);
    assert!(manager.verify().unwrap().problems.is_empty());
}

/// A plugin that is refused while another of the same id is registered. It lets the other go first between the look at
/// those that are there and the declaration of its fields, if it can.
struct Late {
    fields: Vec<CustomField>,
    go: std::sync::mpsc::Sender<()>,
    is_registered: Arc<std::sync::atomic::AtomicBool>,
    policy: &'static str,
}

impl Hook for Late {
    fn id(&self) -> &str {
        "retail"
    }

    fn version(&self) -> &str {
        "2.0.0"
    }

    fn offers(&self, _: Point) -> bool {
        false
    }

    fn ask(&self, _: Point, _: &HookInput<'_>) -> Result<Answer> {
        Ok(Answer::default())
    }

    fn compute(&self, _: &Computation<'_>) -> Result<Answer> {
        Ok(Answer::default())
    }

    fn fields(&self) -> &[CustomField] {
        let _ = self.go.send(());
        // As long as the other may come between, it is waited for; when it may not, this ends all the same.
        for _ in 0..100_000 {
            if self.is_registered.load(std::sync::atomic::Ordering::SeqCst) {
                break;
            }
            std::thread::yield_now();
        }
        &self.fields
    }

    fn policy(&self) -> Option<&str> {
        Some(self.policy)
    }

    fn may_see(&self, _: EntityKind, field: &str) -> bool {
        field == "email"
    }
}

/// Two registrations at once each looked at the plugins that were there before either was, so that the one that was refused
/// had declared its fields. Now each is checked against those before it, and one of the two leaves nothing.
#[test]
fn a_plugin_that_is_refused_beside_another_leaves_no_field() {
    let crm = open();
    let (go, told) = std::sync::mpsc::channel();
    let is_registered = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let late = Late {
        fields: vec![custom("retail.late", FieldType::Bool)],
        go,
        is_registered: is_registered.clone(),
        policy: "id = \"late\"\nversion = \"late/1\"\ntitle = \"Late\"\n",
    };
    let (late, other) = std::thread::scope(|scope| {
        let (crm, is_registered) = (&crm, &is_registered);
        let other = scope.spawn(move || {
            told.recv().unwrap();
            let done = crm.register(retail("gold"));
            is_registered.store(true, std::sync::atomic::Ordering::SeqCst);
            done
        });
        (crm.register(Arc::new(late)), other.join().unwrap())
    });
    let has = |name: &str| crm.catalog().field_named(EntityKind::Customer, name).is_some();
    assert_eq!((has("retail.late"), has("retail.tier")), (late.is_ok(), other.is_ok()));
    assert_eq!((late.is_ok(), crm.plugins().len()), (other.is_err(), 1));
}

#[test]
fn a_plugin_whose_policy_is_refused_leaves_no_field_and_a_policy_reads_what_its_plugin_may_see() {
    let crm = open();
    let of = |policy: &'static str| {
        let (go, _) = std::sync::mpsc::channel();
        let is_registered = Arc::new(std::sync::atomic::AtomicBool::new(true));
        Late { fields: vec![custom("retail.late", FieldType::Bool)], go, is_registered, policy }
    };
    let unknown = "id = \"late\"\nversion = \"late/1\"\ntitle = \"Late\"\n[classes.value_class]\norder = { value = [\"a\"], rule = \"R\", source = \"S\" }\n\
                   [classes.value_class.a]\nwhen = \"no_such_field == 1\"\nlabel_zh = \"甲\"\nreason = \"r\"\nreason_zh = \"理由\"\nrule = \"R\"\nsource = \"S\"\n";
    assert_eq!(crm.register(Arc::new(of(unknown))).unwrap_err().kind(), ErrorKind::Rejected);
    assert!(crm.catalog().field_named(EntityKind::Customer, "retail.late").is_none());
    let sensitive = unknown.replace("no_such_field == 1", "phone == '1'");
    let error = crm.register(Arc::new(of(sensitive.leak()))).unwrap_err();
    assert_eq!((error.kind(), error.context_value("field")), (ErrorKind::PluginManifest, Some("phone")));
    let told = "the policy of plugin retail has a condition on customer.phone, which is sensitive and not among its \
                capabilities";
    assert_eq!(error.message(), told);
    assert!(crm.catalog().field_named(EntityKind::Customer, "retail.late").is_none());
    let own = "id = \"late\"\nversion = \"late/1\"\ntitle = \"Late\"\n[classes.value_class]\norder = { value = [\"a\"], rule = \"R\", source = \"S\" }\n\
               [classes.value_class.a]\nwhen = \"retail.late\"\nlabel_zh = \"甲\"\nreason = \"r\"\nreason_zh = \"理由\"\nrule = \"R\"\nsource = \"S\"\n";
    crm.register(Arc::new(of(own))).unwrap();
    assert!(
        crm.catalog().field_named(EntityKind::Customer, "retail.late").is_some(),
        "its policy may name its own fields"
    );
}
