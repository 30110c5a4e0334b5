//! Code of the host or of a plugin that runs within a call does not call the database again.
//!
//! F14: a clock that wrote to the database hung for ever: it was asked within a transaction, and waited for that transaction to
//! end. A hook and a watch that wrote did the same. Now such a call is `Misuse`, and the call around it goes on.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{Actor, Command, EntityKind, Instant, Level, Value, customer};
use crm_core::port::{Answer, Clock, Computation, Hook, HookInput, Point};
use crm_core::{Atomicity, Config, Crm, ErrorKind, Result, Session, Watch};

/// What calls the database from within, and what it was answered.
#[derive(Default)]
struct Nested {
    session: OnceLock<Session>,
    found: Mutex<Vec<Option<ErrorKind>>>,
}

fn add() -> Command {
    let changes = BTreeMap::from([(customer::field::name, Some(Value::Text("王五".into())))]);
    Command::Add { entity: EntityKind::Customer, changes }
}

impl Nested {
    /// Tries all that would wait for the transaction around it.
    fn call(&self) {
        let Some(session) = self.session.get() else { return };
        let kind = |answer: Result<()>| answer.err().map(|error| error.kind());
        let crm = session.crm();
        let answers = [
            kind(session.apply(add()).map(drop)),
            kind(session.apply_many(vec![add()], Atomicity::Each).map(drop)),
            kind(session.compact(Duration::ZERO)),
            kind(session.rebuild_indexes(&mut |_| ControlFlow::Continue(())).map(drop)),
            kind(session.reclassify(&mut |_| ControlFlow::Continue(())).map(drop)),
            kind(session.enable_plugin("nested")),
            kind(crm.register(Arc::new(Calls(Arc::default())))),
            kind(crm.refresh()),
            kind(crm.close()),
        ];
        self.found.lock().unwrap().extend(answers);
    }

    fn all_were_misuse(&self) {
        let found = std::mem::take(&mut *self.found.lock().unwrap());
        assert!(!found.is_empty() && found.iter().all(|kind| *kind == Some(ErrorKind::Misuse)), "{found:?}");
    }
}

struct Calls(Arc<Nested>);

impl Clock for Calls {
    fn now(&self) -> Instant {
        self.0.call();
        Instant::parse("2026-09-16T09:00:00+08:00").unwrap()
    }
}

impl Hook for Calls {
    fn id(&self) -> &str {
        "nested"
    }

    fn version(&self) -> &str {
        "1"
    }

    fn offers(&self, point: Point) -> bool {
        matches!(point, Point::Validate | Point::Rights)
    }

    fn ask(&self, _: Point, _: &HookInput<'_>) -> Result<Answer> {
        self.0.call();
        Ok(Answer::default())
    }

    fn compute(&self, _: &Computation<'_>) -> Result<Answer> {
        Ok(Answer::default())
    }
}

/// A clock that stands.
struct Stands;

impl Clock for Stands {
    fn now(&self) -> Instant {
        Instant::parse("2026-09-16T09:00:00+08:00").unwrap()
    }
}

fn session(clock: Arc<dyn Clock>) -> Session {
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(clock)).unwrap();
    crm.session(Actor { name: "u.gm".into(), level: Level::Manage }).unwrap()
}

#[test]
fn a_clock_that_calls_the_database_is_refused_and_the_write_goes_on() {
    let nested = Arc::new(Nested::default());
    let session = session(Arc::new(Calls(nested.clone())));
    nested.session.set(session.clone()).ok().unwrap();
    assert!(session.apply(add()).unwrap().added);
    nested.all_were_misuse();
    assert_eq!(session.last_sequence().unwrap(), 1);
}

#[test]
fn a_hook_that_calls_the_database_is_refused_when_it_is_asked_to_validate_and_to_hide() {
    let nested = Arc::new(Nested::default());
    let session = session(Arc::new(Stands));
    session.register(Arc::new(Calls(nested.clone()))).unwrap();
    nested.session.set(session.clone()).ok().unwrap();
    assert!(session.apply(add()).unwrap().added);
    nested.all_were_misuse();
    assert!(session.get(EntityKind::Customer, 1).unwrap().is_some());
    nested.all_were_misuse();
}

#[test]
fn a_watch_of_a_batch_that_calls_the_database_is_refused() {
    let nested = Arc::new(Nested::default());
    let session = session(Arc::new(Stands));
    nested.session.set(session.clone()).ok().unwrap();
    let within = nested.clone();
    let watch: Watch = Arc::new(move |_| {
        within.call();
        ControlFlow::Continue(())
    });
    let answers = session.apply_many_watched(vec![add(), add()], Atomicity::All, watch).unwrap();
    assert_eq!(answers.len(), 2);
    nested.all_were_misuse();
}
