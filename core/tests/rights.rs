//! Levels and names hold for everything that a session can ask for.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    AccessOperation, AccessRecord, Actor, Changes, Command, Complaint, CustomField, Customer, Date, EntityKind,
    FieldType, Fields, FileSection, InformationItem, Instant, Level, NewPolicy, Operation, OrgLevel, OrgUnit,
    SourceLevel, User, UserPosition, Value, Verb, Visit, WorkYear, access_record, customer, user,
};
use crm_core::port::{Answer, Computation, Hook, HookInput, Point};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Config, Crm, Error, ErrorKind, Moment, Op, PluginOptions, Query, Result, Session};

/// A key of minisign.
const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
/// A policy file that says nothing.
const POLICY: &str = "id = \"plain\"\nversion = \"plain/1\"\ntitle = \"Plain\"\n";

/// A plugin that sees every write, and refuses all when it is told to.
struct Spy {
    id: &'static str,
    fails: bool,
    fields: Vec<CustomField>,
}

impl Hook for Spy {
    fn id(&self) -> &str {
        self.id
    }

    fn version(&self) -> &str {
        "1"
    }

    fn fields(&self) -> &[CustomField] {
        &self.fields
    }

    fn offers(&self, point: Point) -> bool {
        point == Point::Validate
    }

    fn ask(&self, _: Point, _: &HookInput<'_>) -> Result<Answer> {
        if self.fails { Err(Error::new(ErrorKind::PluginFailed, "boom")) } else { Ok(Answer::default()) }
    }

    fn compute(&self, _: &Computation<'_>) -> Result<Answer> {
        Ok(Answer::default())
    }
}

fn open() -> Crm {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap()
}

fn session(crm: &Crm, name: &str, level: Level) -> Session {
    crm.session(Actor { name: name.into(), level }).unwrap()
}

fn add(session: &Session, entity: EntityKind, changes: Changes) -> Result<u64> {
    Ok(session.apply(Command::Add { entity, changes })?.record.unwrap().id())
}

fn named(name: &str) -> Changes {
    Customer { name: Some(name.into()), ..Customer::default() }.to_changes()
}

fn field(name: &str) -> CustomField {
    let (label, label_zh, kind) = (name.to_owned(), name.to_owned(), FieldType::Text { len_max: 10 });
    let entity = EntityKind::Customer;
    CustomField { id: 0, entity, name: name.into(), kind, label, label_zh, sensitive: false, indexed: false }
}

/// Asks for one operation of the table; one that has no line here fails the test.
fn ask(session: &Session, operation: Operation) -> Result<()> {
    let mut go_on = |_: u64| ControlFlow::Continue(());
    let day = |text: &str| text.parse::<Date>().unwrap();
    match operation {
        Operation::ReadRecords => session.count(&Query::new(EntityKind::Customer)).map(drop),
        Operation::ReadJournal => session
            .history(EntityKind::Customer, 1, 9)
            .and_then(|_| session.as_of(EntityKind::Customer, 1, Moment::Sequence(1)))
            .and_then(|_| session.explain(EntityKind::Customer, 1))
            .and_then(|_| session.changes_since(0, 9))
            .map(drop),
        Operation::Compute => match session.compute("none", &BTreeMap::new()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other.map(drop),
        },
        Operation::ShowPolicy => session.report_days(day("2026-01-01"), day("2026-02-01")).map(drop),
        Operation::WhatIf => session.what_if(POLICY, 10).map(drop),
        Operation::ListPlugins => session.crm().plugin_keys().map(drop),
        Operation::Verify => session.verify().map(drop),
        Operation::Statistics => session.statistics(false).map(drop),
        Operation::WriteRecords => add(session, EntityKind::Customer, named("王五")).map(drop),
        Operation::MarkMissed => session.mark_missed(&mut go_on).map(drop),
        Operation::Reclassify => session.reclassify(&mut go_on).map(drop),
        Operation::Reassess => session.reassess(&mut go_on).map(drop),
        Operation::Administer => {
            let year = WorkYear { year: Some(2028), ..WorkYear::default() };
            refused_by_level(add(session, EntityKind::WorkYear, year.to_changes()).map(drop))
        }
        Operation::DeclareField => session.apply(Command::DeclareField(field("own.tier"))).map(drop),
        Operation::AllowImpossibleDates => {
            add(&session.allowing_impossible_dates(), EntityKind::Customer, named("赵六")).map(drop)
        }
        Operation::AdoptPolicy => {
            let (text, effective_on) = (POLICY.to_owned(), Some(day("2027-01-01")));
            session.adopt_policy(NewPolicy { text, effective_on, approver: Some("u.gm".into()) }).map(drop)
        }
        Operation::LoadPlugin => match session.load_plugin("/absent/libx.so".as_ref(), &PluginOptions::default()) {
            Err(error) if error.kind() == ErrorKind::PluginUnknown => Ok(()),
            other => other,
        },
        Operation::RegisterPlugin => {
            session.register(Arc::new(Spy { id: "acme.spy", fails: false, fields: vec![field("acme.note")] }))
        }
        Operation::ForgetPlugin => match session.apply(Command::ForgetPlugin("acme.gone".into())) {
            Err(error) if error.kind() == ErrorKind::PluginUnknown => Ok(()),
            other => other.map(drop),
        },
        Operation::EnablePlugin => session.enable_plugin("acme.spy"),
        Operation::TakePluginLog => session.take_plugin_log().map(drop),
        Operation::TrustKey => session.apply(Command::TrustKey(KEY.into())).map(drop),
        Operation::DistrustKey => session.apply(Command::DistrustKey(KEY.into())).map(drop),
        Operation::Backup => session.backup_store(&MemoryStore::new(), &mut |_| ControlFlow::Continue(())).map(drop),
        Operation::Replay => session.replay(&MemoryStore::new(), &mut |_| ControlFlow::Continue(())).map(drop),
        Operation::RebuildIndexes => session.rebuild_indexes(&mut go_on).map(drop),
        Operation::Compact => session.compact(Duration::ZERO),
        Operation::StatisticsOfSpaces => session.statistics(true).map(drop),
        Operation::ActAs => session.as_actor(Actor { name: "u.other".into(), level: session.actor().level }).map(drop),
        other => Err(Error::new(ErrorKind::Bug, format!("{} is not asked for here", other.name()))),
    }
}

/// A refusal that is not for the level means that the level was enough.
fn refused_by_level(answer: Result<()>) -> Result<()> {
    answer.or_else(|error| if error.kind() == ErrorKind::Forbidden { Err(error) } else { Ok(()) })
}

/// R1: `load_plugin`, `register` and `enable_plugin` asked for no level. A session that might only read loaded native code into
/// the process, wrote `declare_field` in the name of its plugin, saw every write of others and refused them all. Now
/// each operation has its level in one table, the session asks for it, and this walks the whole table at every level.
#[test]
fn every_operation_of_the_table_asks_for_its_level() {
    for level in [Level::Read, Level::Edit, Level::Manage] {
        let crm = open();
        add(&session(&crm, "u.gm", Level::Manage), EntityKind::Customer, named("王五")).unwrap();
        let asking = session(&crm, "u.spy", level);
        let before = asking.last_sequence().unwrap();
        for operation in Operation::ALL {
            let answer = ask(&asking, *operation);
            match level >= operation.level() {
                true => assert!(answer.is_ok(), "{} at {}: {answer:?}", operation.name(), level.name()),
                false => {
                    let error = answer.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Forbidden, "{} at {}", operation.name(), level.name());
                    assert_eq!(error.violations()[0].rule, "R-SYS-03", "{}", operation.name());
                }
            }
        }
        if level == Level::Read {
            assert_eq!(asking.last_sequence().unwrap(), before, "a session that may read wrote nothing");
            assert!(crm.plugins().is_empty());
            assert!(crm.catalog().field_named(EntityKind::Customer, "acme.note").is_none());
        }
    }
}

/// R1: runs over the base asked for a level only when they found something to write, so that what they answered to a reader
/// told whether there was anything. Now they ask first.
#[test]
fn a_run_over_the_base_asks_for_its_level_when_there_is_nothing_to_do() {
    let crm = open();
    let reader = session(&crm, "u.spy", Level::Read);
    for operation in [Operation::MarkMissed, Operation::Reclassify, Operation::Reassess, Operation::AdoptPolicy] {
        assert_eq!(ask(&reader, operation).unwrap_err().kind(), ErrorKind::Forbidden, "{}", operation.name());
    }
}

/// R1: `as_actor` gave any level and any name to any session. Now a session makes sessions of its own level or below, and of
/// another actor only at the level manage.
#[test]
fn a_session_gives_no_more_than_it_has() {
    let crm = open();
    let levels = [Level::Read, Level::Edit, Level::Manage];
    for own in levels {
        let from = session(&crm, "u.spy", own);
        for wanted in levels {
            let same = from.as_actor(Actor { name: "U.Spy".into(), level: wanted });
            let other = from.as_actor(Actor { name: "boss".into(), level: wanted });
            assert_eq!(same.is_ok(), wanted <= own, "{} from {}", wanted.name(), own.name());
            assert_eq!(other.is_ok(), own == Level::Manage, "{} from {}", wanted.name(), own.name());
            for error in [same.err(), other.err()].into_iter().flatten() {
                assert_eq!(error.kind(), ErrorKind::Forbidden);
                assert_eq!(error.violations()[0].policy_version, "default/1");
            }
        }
    }
    let derived = session(&crm, "u.gm", Level::Manage).as_actor(Actor { name: "u.li".into(), level: Level::Read });
    let again = derived.unwrap().as_actor(Actor { name: "u.li".into(), level: Level::Edit });
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Forbidden);
}

/// R1: what a plugin does with writes of others does not depend on who registered it; the trust page says so, and this holds
/// it: a plugin of one manager sees and refuses the writes of another.
#[test]
fn a_plugin_sees_every_write_whatever_the_level_of_who_registered_it() {
    let crm = open();
    session(&crm, "u.gm", Level::Manage)
        .register(Arc::new(Spy { id: "acme.no", fails: true, fields: vec![] }))
        .unwrap();
    let refused = add(&session(&crm, "u.li", Level::Edit), EntityKind::Customer, named("王五")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PluginFailed);
}

/// The manager and the user `u.evil`, who is suspended.
fn with_suspended(crm: &Crm) -> Session {
    let manager = session(crm, "u.gm", Level::Manage);
    let office = OrgUnit { name: Some("总行".into()), level: Some(OrgLevel::HeadOffice), ..OrgUnit::default() };
    let unit = Some(add(&manager, EntityKind::OrgUnit, office.to_changes()).unwrap());
    let (code, name) = (Some("U.Evil".into()), Some("坏一".into()));
    let evil = User { code, name, unit, position: Some(UserPosition::Staff), ..User::default() };
    let id = add(&manager, EntityKind::User, evil.to_changes()).unwrap();
    let verb = Verb::named(EntityKind::User, "suspend").unwrap();
    manager.apply(Command::Act { verb, id, revision: None, changes: Changes::new() }).unwrap();
    manager
}

/// R3: a suspended `u.evil` wrote on as `U.evil`, `u.evil ` or with a zero-width space, for names were compared byte by byte.
/// Now a session keeps its actor's name, and a user its code, in one normal form; what nobody sees is no part of a name.
#[test]
fn a_suspended_user_is_suspended_under_every_spelling() {
    let crm = open();
    with_suspended(&crm);
    for spelling in ["u.evil", "U.evil", "U.EVIL", "u.evil ", " u.evil", "\u{ff55}.evil"] {
        for level in [Level::Edit, Level::Manage] {
            let refused = add(&session(&crm, spelling, level), EntityKind::Customer, named("王五")).unwrap_err();
            let code = refused.violations()[0].code.clone();
            assert_eq!((refused.kind(), code.as_ref()), (ErrorKind::Forbidden, "suspended"), "{spelling:?}");
        }
    }
    for spelling in ["u.evil\u{200b}", "u.ev\u{ad}il", "u.evil\n", "\u{1b}[31mred", "a\nb", "\u{202e}live.u"] {
        let refused = crm.session(Actor { name: spelling.into(), level: Level::Edit }).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidArgument, "{spelling:?}");
        assert!(refused.message().contains("U+"), "{}", refused.message());
    }
}

/// A declared field made the catalog anew, and with it the list of suspended users was lost until the database was opened
/// again: whoever was suspended wrote on. The time zone of explanations went the same way.
#[test]
fn a_suspended_user_stays_suspended_when_a_field_is_declared() {
    let crm = open();
    let manager = with_suspended(&crm);
    manager.apply(Command::DeclareField(field("acme.tier"))).unwrap();
    let refused = add(&session(&crm, "u.evil", Level::Edit), EntityKind::Customer, named("王五")).unwrap_err();
    assert_eq!(refused.violations()[0].code, "suspended");
}

/// R3: codes of users, borrowers of files and whoever verifies were compared as they were spelt, so that a second user, an
/// own approval or a loan to another were only a capital letter away.
#[test]
fn names_are_compared_by_one_form_wherever_they_are() {
    let crm = open();
    let manager = with_suspended(&crm);
    let unit = Some(1);
    let user = |code: &str| {
        let (code, name) = (Some(code.to_owned()), Some("某".to_owned()));
        User { code, name, unit, position: Some(UserPosition::Staff), ..User::default() }.to_changes()
    };
    let twice = add(&manager, EntityKind::User, user("u.EVIL ")).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::Duplicate);
    let unseen = add(&manager, EntityKind::User, user("u.new\u{200b}")).unwrap_err();
    assert_eq!((unseen.kind(), unseen.context_value("field")), (ErrorKind::InvalidArgument, Some("code")));
    let found = manager.get_by_code(EntityKind::User, "u.eVil").unwrap().unwrap();
    assert_eq!(found.text(user::field::code), Some("u.evil"));
    assert_eq!(manager.get_by_code(EntityKind::User, "u.evil\u{200b}").unwrap(), None);
    let put = Command::Put { entity: EntityKind::User, changes: user("U.EVIL") };
    assert!(!manager.apply(put).unwrap().added, "a put finds the user by any spelling");
    let by_code = Query::new(EntityKind::User).filter(user::field::code, Op::Eq, Value::Text("Ｕ.EVIL".into()));
    assert_eq!(
        manager.find(&by_code).unwrap().step().unwrap().map(|user| user.id()),
        Some(found.id()),
        "so does a query"
    );
    assert_eq!(
        (manager.count(&by_code).unwrap(), manager.count_by(&by_code, user::field::code).unwrap().len()),
        (1, 1)
    );

    let customer = add(&manager, EntityKind::Customer, named("王五")).unwrap();
    let clerk = session(&crm, "U.Li", Level::Edit);
    let access = |borrower: &str| AccessRecord {
        customer: Some(customer),
        operation: Some(AccessOperation::Query),
        purpose: Some("贷后检查".into()),
        borrower: Some(borrower.into()),
        ..AccessRecord::default()
    };
    let own =
        clerk.apply(Command::Add { entity: EntityKind::AccessRecord, changes: access("u.LI").to_changes() }).unwrap();
    assert_eq!(own.record.unwrap().text(access_record::field::borrower), Some("u.li"));
    let other = add(&clerk, EntityKind::AccessRecord, access("u.zhao").to_changes()).unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Forbidden);

    let item = InformationItem {
        customer: Some(customer),
        section: Some(FileSection::Basics),
        level: Some(SourceLevel::Insider),
        title: Some("内部消息".into()),
        obtained_on: Some("2026-09-01".parse().unwrap()),
        owner: Some("u.li".into()),
        compliance_reviewer: Some("U.Li ".into()),
        ..InformationItem::default()
    };
    let own = add(&clerk, EntityKind::InformationItem, item.to_changes()).unwrap_err();
    assert!(own.violations().iter().any(|v| v.code == "own_item"), "{own}");
    assert_eq!(clerk.history(EntityKind::AccessRecord, 1, 1).unwrap()[0].actor, "u.li", "the journal has the form");
}

/// R3: nobody reviews the own visit by a capital letter, nor after a put of a reviewer with a space behind.
#[test]
fn nobody_reviews_the_own_visit_under_another_spelling() {
    let crm = open();
    let manager = session(&crm, "u.gm", Level::Manage);
    let customer = Some(add(&manager, EntityKind::Customer, named("王五")).unwrap());
    let planned_on = Some("2026-09-16".parse().unwrap());
    let visit = Visit { customer, owner: Some("U.GM".into()), planned_on, ..Visit::default() };
    let id = add(&manager, EntityKind::Visit, visit.to_changes()).unwrap();
    let act = |name: &str, changes: Changes| {
        let verb = Verb::named(EntityKind::Visit, name).unwrap();
        manager.apply(Command::Act { verb, id, revision: None, changes })
    };
    act("hold", Changes::new()).unwrap();
    let report = crm_core::domain::visit::field::report;
    act("report", Changes::from([(report, Some(Value::Text("去过了".into())))])).unwrap();
    let refused = act("review", Changes::new()).unwrap_err();
    assert_eq!(refused.violations()[0].code, "own_visit");
}

/// Levels hold in batches as in single commands.
#[test]
fn a_batch_asks_for_the_level_of_each_command() {
    let crm = open();
    let reader = session(&crm, "u.spy", Level::Read);
    let commands = || vec![Command::TrustKey(KEY.into()), Command::DeclareField(field("acme.tier"))];
    let each = reader.apply_many(commands(), Atomicity::Each).unwrap();
    assert!(each.into_iter().all(|answer| answer.unwrap_err().kind() == ErrorKind::Forbidden));
    assert_eq!(reader.apply_many(commands(), Atomicity::All).unwrap_err().kind(), ErrorKind::Forbidden);
    let complaint = Complaint { issue: Some("价格".into()), ..Complaint::default() };
    assert_eq!(add(&reader, EntityKind::Complaint, complaint.to_changes()).unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(reader.get(EntityKind::Customer, 1).unwrap().map(|r| r.get(customer::field::name).is_some()), None);
}
