//! A user who was suspended: what is refused, in the same batch, in a database that is opened again, and beside commands.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, EntityKind, Instant, Level, OrgLevel, OrgUnit, User, UserPosition, Value, Verb, customer,
};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Config, Crm, ErrorKind, Session};

fn open(store: &Arc<MemoryStore>) -> Crm {
    let clock = FixedClock::new(Instant::parse("2026-03-01T09:00:00+08:00").unwrap());
    Crm::open(store.clone(), Config::new(Arc::new(clock))).unwrap()
}

fn session(crm: &Crm, name: &str) -> Session {
    crm.session(Actor { name: name.into(), level: Level::Manage }).unwrap()
}

fn add_customer() -> Command {
    let changes = BTreeMap::from([(customer::field::name, Some(Value::Text("王五".into())))]);
    Command::Add { entity: EntityKind::Customer, changes }
}

fn user(name: &str, id: u64) -> Command {
    let verb = Verb::named(EntityKind::User, name).unwrap();
    Command::Act { verb, id, revision: None, changes: Changes::new() }
}

/// The id of the user `u.chen`.
fn employed(session: &Session) -> u64 {
    let add = |entity, changes| session.apply(Command::Add { entity, changes }).unwrap().record.unwrap().id();
    let office = OrgUnit { name: Some("总行".into()), level: Some(OrgLevel::HeadOffice), ..OrgUnit::default() };
    let unit = Some(add(EntityKind::OrgUnit, office.to_changes()));
    let (code, name) = (Some("u.chen".into()), Some("陈一".into()));
    let chen = User { code, name, unit, position: Some(UserPosition::Staff), ..User::default() };
    add(EntityKind::User, chen.to_changes())
}

#[test]
fn who_suspends_the_own_user_does_no_more_in_the_same_batch() {
    let crm = open(&Arc::new(MemoryStore::new()));
    let (li, chen) = (session(&crm, "u.li"), session(&crm, "u.chen"));
    let id = employed(&li);
    let commands = vec![add_customer(), user("suspend", id), add_customer()];
    let kinds = |answers: Vec<crm_core::Result<crm_core::Outcome>>| -> Vec<Option<ErrorKind>> {
        answers.into_iter().map(|answer| answer.err().map(|error| error.kind())).collect()
    };
    let answers = chen.apply_many(commands, Atomicity::Each).unwrap();
    assert_eq!(kinds(answers), [None, None, Some(ErrorKind::Forbidden)]);
    assert!(li.apply(user("resume", id)).unwrap().changed);
    let commands = vec![user("suspend", id), add_customer()];
    assert_eq!(chen.apply_many(commands, Atomicity::All).unwrap_err().kind(), ErrorKind::Forbidden);
    assert!(chen.apply(add_customer()).is_ok(), "nothing of the batch stays, the suspension neither");
}

#[test]
fn a_database_that_is_opened_again_knows_who_is_suspended() {
    let store = Arc::new(MemoryStore::new());
    let id = {
        let crm = open(&store);
        let li = session(&crm, "u.li");
        let id = employed(&li);
        li.apply(user("suspend", id)).unwrap();
        id
    };
    let crm = open(&store);
    let error = session(&crm, "u.chen").apply(add_customer()).unwrap_err();
    assert_eq!((error.kind(), error.violations()[0].code.as_ref()), (ErrorKind::Forbidden, "suspended"));
    session(&crm, "u.li").apply(user("resume", id)).unwrap();
    assert!(session(&crm, "u.chen").apply(add_customer()).is_ok());
}

#[test]
fn what_is_no_command_but_changes_or_copies_the_database_is_refused_too() {
    let crm = open(&Arc::new(MemoryStore::new()));
    let (li, chen) = (session(&crm, "u.li"), session(&crm, "u.chen"));
    let id = employed(&li);
    assert!(chen.compact(Duration::ZERO).is_ok());
    li.apply(user("suspend", id)).unwrap();
    let error = chen.compact(Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert_eq!(error.violations()[0].policy_version, "default/1");
    let rebuilt = chen.rebuild_indexes(&mut |_| ControlFlow::Continue(()));
    assert_eq!(rebuilt.unwrap_err().kind(), ErrorKind::Forbidden);
}
