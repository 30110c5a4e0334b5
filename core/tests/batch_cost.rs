//! What a batch costs grows as the batch does.
//!
//! F7: complaints of one customer about one issue in one transaction took time that grew as the square of their number: 8,000
//! took 3.8 s where a loop of single adds took 0.15 s. Each counts those before it, up to the number that makes a complaint
//! major, and for that the transaction put all its own keys of the range together first. Now it looks at the keys that are
//! taken. The test counts keys, not time.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{Actor, Command, Complaint, Customer, EntityKind, Instant, Level};
use crm_core::testing::{FixedClock, pending_keys_looked_at};
use crm_core::{Atomicity, Config, Crm};

/// How many keys of its own writes a batch of complaints of one customer and issue looks at.
fn looked_at(complaints: usize) -> u64 {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    let session = crm.session(Actor { name: "u.li".into(), level: Level::Edit }).unwrap();
    let customer = Customer { name: Some("hotline".into()), ..Customer::default() };
    session.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() }).unwrap();
    let complaint = Complaint {
        customer: Some(1),
        issue: Some("price".into()),
        received_at: Some(Instant::parse("2026-09-16T08:00:00+08:00").unwrap()),
        ..Complaint::default()
    };
    let add = || Command::Add { entity: EntityKind::Complaint, changes: complaint.to_changes() };
    let before = pending_keys_looked_at();
    session.apply_many((0..complaints).map(|_| add()).collect(), Atomicity::All).unwrap();
    pending_keys_looked_at() - before
}

#[test]
fn a_batch_of_complaints_about_one_issue_looks_at_a_few_keys_for_each() {
    for complaints in [100, 400, 1_600] {
        let keys = looked_at(complaints);
        assert!(keys <= 8 * complaints as u64, "{complaints} complaints looked at {keys} keys");
    }
}
