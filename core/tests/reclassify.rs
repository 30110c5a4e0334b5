//! Sorting the whole base anew, which looks at customers where they lie and from two threads, against asking every customer.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::ops::ControlFlow;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, Customer, CustomerStatus, EntityKind, Instant, Level, NewPolicy, Verb, Visit,
};
use crm_core::port::Store;
use crm_core::testing::random::{Random, from_environment};
use crm_core::testing::{FaultPlan, FaultStore, FixedClock};
use crm_core::{Atomicity, Config, Crm, ErrorKind, Session};

/// More than one thread judges alone, and more than are judged at a time.
const CUSTOMERS: u64 = 9_000;

fn open(store: impl Store, now: &str) -> Session {
    let clock = FixedClock::new(Instant::parse(now).unwrap());
    let crm = Crm::open(Arc::new(store), Config::new(Arc::new(clock))).unwrap();
    crm.session(Actor { name: "u.gm".into(), level: Level::Manage }).unwrap()
}

fn pack() -> String {
    let path = format!("{}/../plugins/policies/abc.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// Other visits for those who buy, and no class for those who bought.
fn candidate() -> String {
    let mut text = pack();
    for (old, new) in [
        ("abc/1", "abc/2"),
        ("visit = { value = 6, unit", "visit = { value = 3, unit"),
        ("status in ['active', 'dormant']", "status == 'active' && employee_count > 40"),
    ] {
        assert!(text.contains(old), "the pack does not hold {old:?}");
        text = text.replace(old, new);
    }
    text
}

fn adopt(session: &Session, text: String, day: &str) {
    let policy = NewPolicy { text, effective_on: Some(day.parse().unwrap()), approver: Some("u.gm".into()) };
    session.adopt_policy(policy).unwrap();
}

fn all(session: &Session, commands: Vec<Command>) {
    for outcome in session.apply_many(commands, Atomicity::All).unwrap() {
        outcome.unwrap();
    }
}

fn plan(id: u64) -> Command {
    let verb = Verb::named(EntityKind::Customer, "plan_visits").unwrap();
    Command::Act { verb, id, revision: None, changes: Changes::new() }
}

/// Customers of every status, a few with a plan, and a few with more visits besides than a walk passes over; the plans begin
/// in any order, so that neighbours have visits far from each other.
fn base(session: &Session, seed: u64) {
    let mut random = Random::new(seed);
    let statuses = [CustomerStatus::Prospect, CustomerStatus::Active, CustomerStatus::Dormant];
    let customer = |random: &mut Random| {
        let new = Customer {
            name: Some("王五".into()),
            owner: Some("u.li".into()),
            status: Some(statuses[usize::try_from(random.below(3)).unwrap()]),
            employee_count: Some(random.below(100).cast_signed()),
            signed_on: Some(format!("202{}-0{}-30", random.below(6), 3 + random.below(6)).parse().unwrap()),
            ..Customer::default()
        };
        Command::Add { entity: EntityKind::Customer, changes: new.to_changes() }
    };
    all(session, (0..CUSTOMERS).map(|_| customer(&mut random)).collect());
    let mut planned: Vec<u64> = (1..=CUSTOMERS).filter(|id| id % 7 == 0 || (2_000..2_300).contains(id)).collect();
    for at in (1..planned.len()).rev() {
        planned.swap(at, usize::try_from(random.below(at as u64 + 1)).unwrap());
    }
    all(session, planned.into_iter().map(plan).collect());
    let visit = Visit {
        kind: Some("courtesy".into()),
        owner: Some("u.li".into()),
        planned_on: Some("2026-12-01".parse().unwrap()),
        ..Visit::default()
    };
    for id in (1..=CUSTOMERS).filter(|id| id % 900 == 1) {
        let changes = Visit { customer: Some(id), ..visit.clone() }.to_changes();
        all(session, (0..150).map(|_| Command::Add { entity: EntityKind::Visit, changes: changes.clone() }).collect());
    }
}

#[test]
fn sorting_all_anew_writes_what_asking_every_customer_writes() {
    let seed = from_environment("SEED").unwrap_or(20_261_122);
    println!("SEED={seed}");
    let (store, copy) = (MemoryStore::new(), MemoryStore::new());
    let past = open(store.clone(), "2026-09-16T09:00:00+08:00");
    adopt(&past, pack(), "2026-09-16");
    base(&past, seed);
    drop(past);
    let session = open(store, "2026-09-20T09:00:00+08:00");
    let tried = session.what_if(&candidate(), 0).unwrap();
    adopt(&session, candidate(), "2026-09-20");
    session.backup_store(&copy, &mut |_| ControlFlow::Continue(())).unwrap();
    let asked = open(copy, "2026-09-20T09:00:00+08:00");
    let before = session.last_sequence().unwrap();

    let mut told = Vec::new();
    let done = session
        .reclassify(&mut |customers| {
            told.push(customers);
            ControlFlow::Continue(())
        })
        .unwrap();
    all(&asked, (1..=CUSTOMERS).map(|id| Command::Classify { id }).collect());
    assert_eq!(tried.counts, done, "what_if counts the same");
    assert_eq!((done.customers, told.last()), (CUSTOMERS, Some(&CUSTOMERS)));
    assert!(told.is_sorted() && done.changed > 1_000 && done.changed < CUSTOMERS, "{done:?}, {told:?}");
    let (left, right) =
        (session.changes_since(before, usize::MAX).unwrap(), asked.changes_since(before, usize::MAX).unwrap());
    assert!(left == right, "SEED={seed}: {} and {} entries, or others", left.len(), right.len());
    assert!(left.len() as u64 > done.changed, "some are planned anew: {} entries", left.len());

    let again = session.reclassify(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((again.changed, session.changes_since(before, usize::MAX).unwrap().len()), (0, left.len()));
}

#[test]
fn sorting_anew_ends_when_it_is_told_to_and_keeps_what_is_written() {
    let store = MemoryStore::new();
    let session = open(store, "2026-09-20T09:00:00+08:00");
    let new = Customer { name: Some("王五".into()), ..Customer::default() }.to_changes();
    let add = || Command::Add { entity: EntityKind::Customer, changes: new.clone() };
    all(&session, (0..2_500).map(|_| add()).collect());
    adopt(&session, pack(), "2026-09-20");
    let before = session.last_sequence().unwrap();
    let mut asked = 0;
    let ended = session.reclassify(&mut |_| {
        asked += 1;
        if asked == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(session.last_sequence().unwrap() - before, 2_000);
    let rest = session.reclassify(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((rest.customers, rest.changed), (2_500, 500));
}

/// Customers without a class, as many as are judged at a time and some more, under a policy that gives each of them one.
fn unsorted(store: MemoryStore) {
    let session = open(store, "2026-09-20T09:00:00+08:00");
    let new = Customer { name: Some("王五".into()), ..Customer::default() }.to_changes();
    let add = || Command::Add { entity: EntityKind::Customer, changes: new.clone() };
    all(&session, (0..CUSTOMERS).map(|_| add()).collect());
    adopt(&session, pack(), "2026-09-20");
}

/// The next customers are judged while those before are written: what goes wrong in either of the two, or ends them, leaves
/// nothing that a second run does not bring to the same end.
#[test]
fn what_fails_or_is_cancelled_while_the_next_are_judged_is_made_good_by_another_run() {
    let seed = from_environment("SEED").unwrap_or(20_261_122);
    println!("SEED={seed}");
    let (base, whole) = (MemoryStore::new(), MemoryStore::new());
    unsorted(base.clone());
    let of = |store: &MemoryStore| open(store.clone(), "2026-09-20T09:00:00+08:00");
    of(&base).backup_store(&whole, &mut |_| ControlFlow::Continue(())).unwrap();
    let before = of(&whole).last_sequence().unwrap();
    let faulty = FaultStore::new(Arc::new(whole.clone()));
    let session = open(faulty.clone(), "2026-09-20T09:00:00+08:00");
    faulty.heal();
    session.reclassify(&mut |_| ControlFlow::Continue(())).unwrap();
    let calls = faulty.calls();
    let wanted = of(&whole).changes_since(before, usize::MAX).unwrap();
    assert_eq!(wanted.len() as u64, CUSTOMERS);
    let mut random = Random::new(seed);
    for round in 0..4 {
        let store = MemoryStore::new();
        of(&base).backup_store(&store, &mut |_| ControlFlow::Continue(())).unwrap();
        let faulty = FaultStore::new(Arc::new(store.clone()));
        let session = open(faulty.clone(), "2026-09-20T09:00:00+08:00");
        let mut left = random.below(8);
        let ended = if round == 0 {
            session.reclassify(&mut |_| {
                left = left.wrapping_sub(1);
                if left == u64::MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        } else {
            faulty.follow(FaultPlan::FailFrom { call: 1 + random.below(calls), kind: ErrorKind::Io });
            session.reclassify(&mut |_| ControlFlow::Continue(()))
        };
        let kind = if round == 0 { ErrorKind::Cancelled } else { ErrorKind::Io };
        assert_eq!(ended.unwrap_err().kind(), kind, "SEED={seed}, round {round}");
        faulty.heal();
        assert!(session.verify().unwrap().problems.is_empty(), "SEED={seed}, round {round}");
        session.reclassify(&mut |_| ControlFlow::Continue(())).unwrap();
        let found = session.changes_since(before, usize::MAX).unwrap();
        assert!(found == wanted, "SEED={seed}, round {round}: {} entries, or others", found.len());
    }
}
