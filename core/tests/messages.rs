//! Refusals in Chinese name fields by their Chinese labels.
//!
//! F14: a verb without one of its inputs was refused in Chinese with the English name of the field, such as `认定须填写grant_approver`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{Actor, Changes, Command, Complaint, Customer, EntityKind, Instant, Level, VERBS, Visit};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, Error, ErrorKind, Result, Session};

fn session() -> Session {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    crm.session(Actor { name: "u.gm".into(), level: Level::Manage }).unwrap()
}

fn add(session: &Session, entity: EntityKind, changes: Changes) -> Result<u64> {
    Ok(session.apply(Command::Add { entity, changes })?.record.unwrap().id())
}

/// That no Chinese message of a refusal holds a word of an identifier.
fn is_chinese(error: &Error) {
    for violation in error.violations() {
        let word =
            violation.message_zh.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).find(|word| word.len() > 2);
        assert_eq!(word, None, "{}: {}", violation.field, violation.message_zh);
        assert!(!violation.message_zh.is_empty(), "{}", violation.message);
    }
}

#[test]
fn what_an_entity_lacks_is_named_by_its_chinese_label() {
    let session = session();
    for entity in EntityKind::ALL {
        match add(&session, *entity, Changes::new()) {
            Err(error) if error.kind() == ErrorKind::Rejected => is_chinese(&error),
            other => assert!(other.is_ok(), "{}: {other:?}", entity.def().name),
        }
    }
}

#[test]
fn what_a_verb_lacks_is_named_by_its_chinese_label() {
    let session = session();
    let customer = Customer { name: Some("王五".into()), ..Customer::default() };
    let customer = Some(add(&session, EntityKind::Customer, customer.to_changes()).unwrap());
    let received_at = Some(Instant::parse("2026-09-16T08:00:00+08:00").unwrap());
    let complaint = Complaint { customer, issue: Some("价格".into()), received_at, ..Complaint::default() };
    add(&session, EntityKind::Complaint, complaint.to_changes()).unwrap();
    let planned_on = Some("2026-09-20".parse().unwrap());
    let visit = Visit { customer, owner: Some("u.li".into()), planned_on, ..Visit::default() };
    add(&session, EntityKind::Visit, visit.to_changes()).unwrap();
    let mut refused = 0;
    for verb in VERBS.iter().filter(|verb| !verb.required.is_empty()) {
        let act = Command::Act { verb, id: 1, revision: None, changes: Changes::new() };
        if let Err(error) = session.apply(act) {
            is_chinese(&error);
            refused += usize::from(error.kind() == ErrorKind::Rejected);
        }
    }
    assert!(refused >= 6, "{refused} verbs were refused for what they lack");
}
