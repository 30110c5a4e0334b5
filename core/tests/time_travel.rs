//! The past of a database: records as of a moment, and a replay that makes the same database from its journal.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::ops::ControlFlow;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, CustomField, Customer, EntityKind, FieldType, Fields, Instant, Level, NewPolicy, Value,
    Verb, customer, work_year,
};
use crm_core::port::{Order, Space, Store};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Moment, Session};

const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

struct World {
    store: MemoryStore,
    clock: FixedClock,
    session: Session,
}

impl World {
    fn open() -> Self {
        let (store, clock) = (MemoryStore::new(), FixedClock::new(at("2026-09-16T09:00:00+08:00")));
        let crm = Crm::open(Arc::new(store.clone()), Config::new(Arc::new(clock.clone()))).unwrap();
        let session = crm.session(Actor { name: "u.gm".into(), level: Level::Manage }).unwrap();
        Self { store, clock, session }
    }

    fn now(&self, now: &str) -> &Self {
        self.clock.set(at(now));
        self
    }

    fn done(&self, command: Command) -> u64 {
        self.session.apply(command).unwrap().record.map(|record| record.id()).unwrap_or_default()
    }

    fn add(&self, customer: Customer) -> u64 {
        let customer = Customer { name: Some("上海商业设施有限公司".into()), ..customer };
        self.done(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() })
    }

    fn act(&self, verb: &str, id: u64, inputs: Customer) {
        let verb = Verb::named(EntityKind::Customer, verb).unwrap();
        self.done(Command::Act { verb, id, revision: None, changes: inputs.to_changes() });
    }

    fn set(&self, id: u64, changes: Changes) {
        self.done(Command::Update { entity: EntityKind::Customer, id, revision: None, changes });
    }

    fn replay(&self) -> crm_core::Result<MemoryStore> {
        let target = MemoryStore::new();
        self.session.replay(&target, &mut |_| ControlFlow::Continue(())).map(|_| target)
    }
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn owner(name: Option<&str>) -> Changes {
    Changes::from([(customer::field::owner, name.map(|name| Value::Text(name.into())))])
}

fn pairs(store: &MemoryStore) -> Vec<(Space, Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    for space in Space::ALL {
        let mut note = |key: &[u8], value: &[u8]| {
            found.push((space, key.to_vec(), value.to_vec()));
            Ok(ControlFlow::Continue(()))
        };
        store.begin_read().unwrap().scan(space, &[], None, Order::Ascending, &mut note).unwrap();
    }
    found
}

/// Does something of every kind that writes anything but a record and its indexes.
fn live(world: &World) {
    let pack = format!("{}/../plugins/policies/commercial_fixtures.toml", env!("CARGO_MANIFEST_DIR"));
    let policy = |version: &str| NewPolicy {
        text: std::fs::read_to_string(&pack).unwrap().replace("commercial_fixtures/1", version),
        effective_on: Some("2026-09-16".parse().unwrap()),
        approver: Some("u.gm".into()),
    };
    let field = CustomField {
        id: 0,
        entity: EntityKind::Customer,
        name: "erp.account".into(),
        kind: FieldType::Text { len_max: 20 },
        label: "account".into(),
        label_zh: "账号".into(),
        sensitive: false,
        indexed: true,
    };
    world.done(Command::DeclareField(field));
    world.done(Command::AdoptPolicy(policy("commercial_fixtures/1")));
    world.done(Command::TrustKey(KEY.into()));
    let year = [(work_year::field::year, Some(Value::Int(2028))), (work_year::field::region, text("CN"))];
    world.done(Command::Add { entity: EntityKind::WorkYear, changes: Changes::from(year) });
    for name in ["u.li", "u.wang"] {
        let signed_on = Some("2026-06-30".parse().unwrap());
        let id = world.add(Customer { owner: Some(name.into()), signed_on, ..Customer::default() });
        world.act("plan_visits", id, Customer::default());
        let granted =
            Customer { granted_class: text_of("key"), grant_approver: text_of("u.branch"), ..Customer::default() };
        world.act("grant", id, granted);
        let custom = world.session.crm().catalog().custom_fields()[0].id;
        world.set(id, Changes::from([(custom, text(&format!("A-{id}")))]));
    }
    world.now("2026-10-08T09:00:00+08:00").done(Command::AdoptPolicy(NewPolicy {
        effective_on: Some("2026-10-08".parse().unwrap()),
        ..policy("commercial_fixtures/2")
    }));
    world.done(Command::DistrustKey(KEY.into()));
    world.act("revoke", 1, Customer::default());
}

fn text_of(value: &str) -> Option<String> {
    Some(value.into())
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.into()))
}

#[test]
fn a_record_is_as_of_an_instant_and_as_of_a_sequence_what_it_was() {
    let world = World::open();
    let id = world.add(Customer { owner: Some("u.li".into()), ..Customer::default() });
    world.now("2026-09-17T09:00:00+08:00").set(id, owner(Some("u.wang")));
    world.now("2026-09-18T09:00:00+08:00").set(id, owner(None));
    let as_of = |moment| world.session.as_of(EntityKind::Customer, id, moment).unwrap();
    let owner_at =
        |text: &str| as_of(Moment::Instant(at(text))).map(|r| r.text(customer::field::owner).map(str::to_owned));
    assert_eq!(owner_at("2026-09-16T08:59:59.999999+08:00"), None, "before it was added");
    assert_eq!(owner_at("2026-09-16T09:00:00+08:00"), Some(text_of("u.li")));
    assert_eq!(owner_at("2026-09-18T08:00:00+08:00"), Some(text_of("u.wang")));
    assert_eq!(owner_at("2030-01-01T00:00:00Z"), Some(None));
    assert_eq!(as_of(Moment::Sequence(0)), None);
    assert_eq!(as_of(Moment::Sequence(2)).unwrap().revision(), 2);
    assert_eq!(as_of(Moment::Sequence(u64::MAX)), world.session.get(EntityKind::Customer, id).unwrap());
    assert_eq!(world.session.as_of(EntityKind::Customer, 99, Moment::Sequence(1)).unwrap(), None);
}

#[test]
fn a_replay_is_the_same_database_pair_by_pair_and_goes_on_as_it_would() {
    let world = World::open();
    live(&world);
    let replayed = world.replay().unwrap();
    assert!(pairs(&world.store) == pairs(&replayed), "a replay is another database");
    let crm = Crm::open(Arc::new(replayed.clone()), Config::new(Arc::new(world.clock.clone()))).unwrap();
    assert_eq!((crm.policies(), crm.policy()), (world.session.crm().policies(), world.session.crm().policy()));
    let other = crm.session(world.session.actor().clone()).unwrap();
    assert_eq!(other.verify().unwrap().problems, []);
    let granted =
        Customer { granted_class: text_of("key"), grant_approver: text_of("u.branch"), ..Customer::default() };
    let verb = Verb::named(EntityKind::Customer, "grant").unwrap();
    for session in [&world.session, &other] {
        session.apply(Command::Act { verb, id: 1, revision: None, changes: granted.to_changes() }).unwrap();
    }
    assert!(pairs(&world.store) == pairs(&replayed), "the same command does the same on both");
}

#[test]
fn a_replay_is_of_a_manager_into_an_empty_store_and_whole_or_no_database() {
    let world = World::open();
    let id = world.add(Customer::default());
    for n in 0..1_500 {
        world.set(id, owner(Some(if n % 2 == 0 { "u.li" } else { "u.wang" })));
    }
    let reader = world.session.crm().session(Actor { name: "u.li".into(), level: Level::Edit }).unwrap();
    let kind = |session: &Session, target: &MemoryStore, break_at: u64| {
        let mut watch = |done| if done >= break_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        session.replay(target, &mut watch).map_err(|error| error.kind())
    };
    assert_eq!(kind(&reader, &MemoryStore::new(), u64::MAX), Err(ErrorKind::Forbidden));
    assert_eq!(kind(&world.session, &world.store, u64::MAX), Err(ErrorKind::Duplicate));
    let target = MemoryStore::new();
    assert_eq!(kind(&world.session, &target, 1), Err(ErrorKind::Cancelled));
    let half = Crm::open(Arc::new(target), Config::new(Arc::new(world.clock.clone())));
    assert_eq!(half.unwrap_err().kind(), ErrorKind::NotADatabase);
    assert_eq!(kind(&world.session, &MemoryStore::new(), u64::MAX), Ok(1_501));
}

#[test]
fn a_journal_that_was_tampered_with_is_not_replayed() {
    for lost in [false, true] {
        let world = World::open();
        live(&world);
        let entries: Vec<_> = pairs(&world.store).into_iter().filter(|(space, ..)| *space == Space::Journal).collect();
        let (_, key, mut stored) = entries[entries.len() / 2].clone();
        let at = stored.len() - 1;
        stored[at] ^= 1;
        let mut txn = world.store.begin_write().unwrap();
        if lost {
            txn.delete(Space::Journal, &key).unwrap();
        } else {
            txn.put(Space::Journal, &key, &stored).unwrap();
        }
        txn.commit().unwrap();
        assert_eq!(world.replay().unwrap_err().kind(), ErrorKind::Corrupt, "lost: {lost}");
    }
}
