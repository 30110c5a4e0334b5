//! Seeded sequences of commands against the naive reference model, on memory, on a file, and on stores and disks that
//! fail, with reopenings, crashes and losses of power between.
//! `SEED=n` repeats a run. `STEPS=n` makes so many steps on each ground, in runs with one seed after the other.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test whose set-up fails is to fail")]
#![expect(clippy::print_stdout, reason = "a random test prints its seed")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, ComplaintState, EntityKind, FieldType, Fields, Instant, Level, Money, Target, VERBS,
    Value, Verb, action, appeal, complaint, customer, customer_plan, information_item, investigation, person,
    person_relation, review, survey, visit,
};
use crm_core::port::{Order, Space, Store};
use crm_core::testing::{Answer, FaultPlan, FaultStore, FixedClock, Model};
use crm_core::{Condition, Config, Crm, ErrorKind, Moment, Op, Problem, Query, Record, Session};
#[cfg(feature = "redb")]
use crm_core::{
    adapter::RedbOptions,
    testing::{DiskFault, DiskPlan, Image, SimDisk},
};

/// A small generator (splitmix64), so that a seed gives the same run on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn chance(&mut self, in_hundred: u64) -> bool {
        self.below(100) < in_hundred
    }
}

const NOW: &str = "2026-09-16T09:00:00+08:00";
const USERS: [&str; 3] = ["u.wang", "u.li", "u.chen"];

fn open(store: Arc<dyn Store>, user: &str) -> Session {
    let clock = FixedClock::new(Instant::parse(NOW).unwrap());
    let crm = Crm::open(store, Config::new(Arc::new(clock))).unwrap();
    crm.session(Actor { name: user.into(), level: Level::Manage }).unwrap()
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.into()))
}

fn new_customer(random: &mut Random) -> Changes {
    let mut changes = BTreeMap::from([(customer::field::name, text(random.one(&["王五", "李四", "万  科Ａ"])))]);
    if random.chance(60) {
        changes.insert(customer::field::code, text(&format!("C{}", random.below(12))));
    }
    if random.chance(50) {
        changes.insert(customer::field::class, text(random.one(&["key", "general"])));
    }
    if random.chance(50) {
        changes.insert(customer::field::owner, text(random.one(&USERS)));
    }
    changes
}

fn new_visit(random: &mut Random) -> Changes {
    let (month, day) = (if random.chance(50) { 8 } else { 10 }, 1 + random.below(28));
    let mut changes = BTreeMap::from([
        (visit::field::customer, Some(Value::Ref(1 + random.below(12)))),
        (visit::field::planned_on, Some(Value::Date(format!("2026-{month:02}-{day:02}").parse().unwrap()))),
    ]);
    if random.chance(90) {
        changes.insert(visit::field::owner, text(random.one(&USERS)));
    }
    changes
}

fn new_complaint(random: &mut Random) -> Changes {
    let mut changes = BTreeMap::from([
        (complaint::field::customer, Some(Value::Ref(1 + random.below(12)))),
        (complaint::field::issue, text(&format!("{}{}", random.one(&["安装延误", "质量"]), random.below(30)))),
        (complaint::field::received_at, Some(Value::Instant(Instant::parse(NOW).unwrap()))),
    ]);
    if random.chance(20) {
        changes.insert(complaint::field::external_intent, Some(Value::Bool(random.chance(50))));
    }
    if random.chance(20) {
        changes.insert(complaint::field::number, text(&format!("K{}", random.below(20))));
    }
    changes
}

/// A complaint of the past: closed, with all that was done, some of it, or the mark that it is unknown.
fn past_complaint(random: &mut Random) -> Command {
    use complaint::field as f;
    let mut changes = new_complaint(random);
    changes.insert(f::number, text(&format!("K{}", random.below(20))));
    changes.insert(f::state, Some(Value::Enum(ComplaintState::Closed.number())));
    changes.insert(f::closed_at, Some(Value::Instant(Instant::parse(NOW).unwrap())));
    if random.chance(30) {
        changes.insert(f::facts_unknown, Some(Value::Bool(true)));
    }
    let facts = [f::cause, f::solution, f::promise_reason, f::outcome, f::lesson, f::company_report, f::escalated_to];
    for field in facts.into_iter().filter(|_| random.chance(95)) {
        changes.insert(field, text("事实"));
    }
    changes.insert(f::promised_on, Some(Value::Date("2026-12-01".parse().unwrap())));
    changes.insert(f::satisfaction, Some(Value::Enum(1)));
    changes.insert(f::case_written, Some(Value::Bool(random.chance(70))));
    if random.chance(20) {
        changes.insert(f::recourse, text("12315"));
    }
    Command::Put { entity: EntityKind::Complaint, changes }
}

fn other_complexity(random: &mut Random) -> Command {
    let complexity = Value::Enum(1 + u16::try_from(random.below(3)).unwrap());
    let changes = BTreeMap::from([(complaint::field::complexity, Some(complexity))]);
    Command::Update { entity: EntityKind::Complaint, id: 1 + random.below(30), revision: None, changes }
}

fn new_action(random: &mut Random) -> Changes {
    use action::field;
    let mut changes = BTreeMap::from([
        (field::complaint, Some(Value::Ref(1 + random.below(30)))),
        (field::kind, Some(Value::Enum(1))),
        (field::content, text("培训安装队")),
    ]);
    if random.chance(90) {
        changes.insert(field::owner, text(random.one(&USERS)));
    }
    changes
}

fn new_review(random: &mut Random) -> Changes {
    use review::field;
    BTreeMap::from([
        (field::complaint, Some(Value::Ref(1 + random.below(30)))),
        (field::unit, text("总行")),
        (field::requested_at, Some(Value::Instant(Instant::parse(NOW).unwrap()))),
    ])
}

fn new_appeal(random: &mut Random) -> Changes {
    use appeal::field;
    BTreeMap::from([
        (field::customer, Some(Value::Ref(1 + random.below(12)))),
        (field::authority, text("市邮政管理局")),
        (field::received_at, Some(Value::Instant(Instant::parse(NOW).unwrap()))),
    ])
}

fn new_survey() -> Changes {
    use survey::field;
    let day = |text: &str| Some(Value::Date(text.parse().unwrap()));
    BTreeMap::from([
        (field::title, text("季度满意度")),
        (field::period_from, day("2026-07-01")),
        (field::period_until, day("2026-09-30")),
        (field::questions, text("质量如何\n服务如何")),
        (field::points_max, Some(Value::Int(5))),
    ])
}

fn new_person(random: &mut Random) -> Changes {
    use person::field;
    BTreeMap::from([(field::customer, Some(Value::Ref(1 + random.below(12)))), (field::name, text("赵六"))])
}

fn new_relation(random: &mut Random) -> Changes {
    use person_relation::field;
    BTreeMap::from([
        (field::person, Some(Value::Ref(1 + random.below(6)))),
        (field::other, Some(Value::Ref(1 + random.below(6)))),
        (field::kind, Some(Value::Enum(random.one(&[1, 1, 2, 4])))),
    ])
}

fn new_item(random: &mut Random) -> Changes {
    use information_item::field;
    let day = |text: &str| Some(Value::Date(text.parse().unwrap()));
    let mut changes = BTreeMap::from([
        (field::customer, Some(Value::Ref(1 + random.below(12)))),
        (field::section, Some(Value::Enum(random.one(&[1, 2, 7])))),
        (field::level, Some(Value::Enum(random.one(&[1, 2, 3, 4])))),
        (field::title, text("年报")),
        (field::obtained_on, day(random.one(&["2026-09-01", "2026-09-16", "2026-09-17"]))),
        (field::owner, text(random.one(&USERS))),
    ]);
    if random.chance(50) {
        changes.insert(field::origin, text("行业年报"));
    }
    if random.chance(50) {
        changes.insert(field::person, Some(Value::Ref(1 + random.below(6))));
    }
    if random.chance(50) {
        changes.insert(field::compliance_reviewer, text(random.one(&USERS)));
    }
    if random.chance(30) {
        changes.insert(field::verified_on, day(random.one(&["2026-08-31", "2026-09-16"])));
    }
    changes
}

fn new_plan(random: &mut Random) -> Changes {
    use customer_plan::field;
    BTreeMap::from([
        (field::customer, Some(Value::Ref(1 + random.below(12)))),
        (field::owner, text(random.one(&USERS))),
        (field::summary, text("摘要")),
    ])
}

fn new_investigation(random: &mut Random) -> Changes {
    use investigation::field;
    BTreeMap::from([
        (field::customer, Some(Value::Ref(1 + random.below(12)))),
        (field::owner, text(random.one(&USERS))),
        (field::kind, Some(Value::Enum(random.one(&[1, 2, 2])))),
    ])
}

/// A change of a plan or an investigation, which may be one that stays as it is.
fn changed_document(random: &mut Random) -> Command {
    let (entity, field) = match random.below(2) {
        0 => (EntityKind::CustomerPlan, customer_plan::field::summary),
        _ => (EntityKind::Investigation, investigation::field::catalogue),
    };
    let changes = BTreeMap::from([(field, text(random.one(&["一", "二"])))]);
    Command::Update { entity, id: 1 + random.below(12), revision: None, changes }
}

/// A change of a relation, which may not make what adding it may not make.
fn turned_relation(random: &mut Random) -> Command {
    use person_relation::field;
    let (field, value) = match random.below(3) {
        0 => (field::person, Value::Ref(1 + random.below(6))),
        1 => (field::other, Value::Ref(1 + random.below(6))),
        _ => (field::kind, Value::Enum(random.one(&[1, 2, 4]))),
    };
    let changes = BTreeMap::from([(field, Some(value))]);
    Command::Update { entity: EntityKind::PersonRelation, id: 1 + random.below(12), revision: None, changes }
}

fn index(random: &mut Random, len: usize) -> usize {
    usize::try_from(random.below(len as u64)).unwrap()
}

/// The verbs of the entities that the model adds; those of units and users are walked in `states.rs`.
fn verbs() -> Vec<&'static Verb> {
    VERBS.iter().filter(|verb| !matches!(verb.entity, EntityKind::OrgUnit | EntityKind::User)).collect()
}

/// A verb and a record: mostly ones that fit, so that records go the whole way, sometimes any.
fn verb_and_id(random: &mut Random, model: &Model) -> (&'static Verb, u64) {
    let all = verbs();
    let any = (all[index(random, all.len())], 1 + random.below(40));
    let ending = ["withdraw", "suspend", "escalate", "cancel", "miss", "lose", "archive"];
    if model.records.is_empty() || random.chance(30) {
        return any;
    }
    // Complaints go the longest ways, so that they are taken more often than others.
    let is_long = random.chance(40);
    let taken = |(entity, _): &(EntityKind, u64)| !is_long || *entity == EntityKind::Complaint;
    let records: Vec<_> = model.records.iter().filter(|(key, _)| taken(key)).collect();
    if records.is_empty() {
        return any;
    }
    let ((entity, id), record) = records[index(random, records.len())];
    let state = entity.def().state.and_then(|field| record.values.get(&field));
    let fits = |verb: &&'static Verb| {
        let name = |v: &Value| match v {
            Value::Enum(n) => entity.def().states()?.by_number(*n).map(|v| v.name),
            _ => None,
        };
        verb.entity == *entity && state.and_then(name).is_some_and(|s| verb.from.contains(&s))
    };
    let mut fitting: Vec<&'static Verb> = all.into_iter().filter(fits).collect();
    if random.chance(85) {
        fitting.retain(|verb| !ending.contains(&verb.name));
    }
    if random.chance(70) && fitting.iter().any(|verb| verb.to != Target::Same) {
        fitting.retain(|verb| verb.to != Target::Same);
    }
    if fitting.is_empty() { any } else { (fitting[index(random, fitting.len())], *id) }
}

fn act(random: &mut Random, model: &Model) -> Command {
    let (verb, id) = verb_and_id(random, model);
    let def = verb.entity.def();
    let mut changes = Changes::new();
    for name in verb.required {
        if random.chance(3) {
            continue;
        }
        let field = def.field_named(name).unwrap();
        let value = match field.kind {
            FieldType::Text { .. } => Value::Text("理由".into()),
            FieldType::Date => Value::Date("2026-12-01".parse().unwrap()),
            FieldType::Enum(values) => Value::Enum(values.values[index(random, values.values.len())].number),
            FieldType::Money => Value::Money(Money::new(100, "CNY").unwrap()),
            FieldType::Int { .. } => Value::Int(1 + i64::try_from(random.below(9)).unwrap()),
            other => panic!("no value for {name} of {other:?}"),
        };
        changes.insert(field.id, Some(value));
    }
    if verb.number == 407 && random.chance(80) {
        changes.insert(complaint::field::case_written, Some(Value::Bool(true)));
    }
    if verb.name == "extend" && random.chance(70) {
        changes.insert(complaint::field::extension_days, Some(Value::Int(5)));
    }
    if verb.name == "extend" && random.chance(30) {
        let complexity = Value::Enum(1 + u16::try_from(random.below(3)).unwrap());
        changes.insert(complaint::field::complexity, Some(complexity));
    }
    let revision = random.chance(20).then(|| 1 + random.below(3));
    Command::Act { verb, id, revision, changes }
}

fn command(random: &mut Random, model: &Model) -> Command {
    match random.below(43) {
        0 => Command::Add { entity: EntityKind::Customer, changes: new_customer(random) },
        1 => {
            let mut changes = new_customer(random);
            changes.insert(customer::field::code, text(&format!("C{}", random.below(12))));
            Command::Put { entity: EntityKind::Customer, changes }
        }
        2 => {
            let owner = if random.chance(30) { None } else { text(random.one(&USERS)) };
            let revision = random.chance(50).then(|| 1 + random.below(3));
            let changes = BTreeMap::from([(customer::field::owner, owner)]);
            Command::Update { entity: EntityKind::Customer, id: 1 + random.below(14), revision, changes }
        }
        3 => Command::Add { entity: EntityKind::Visit, changes: new_visit(random) },
        4 => Command::Add { entity: EntityKind::Complaint, changes: new_complaint(random) },
        5 => Command::Add { entity: EntityKind::Action, changes: new_action(random) },
        6 => Command::Add { entity: EntityKind::Review, changes: new_review(random) },
        8 => Command::Add { entity: EntityKind::Survey, changes: new_survey() },
        7 => Command::Add { entity: EntityKind::Appeal, changes: new_appeal(random) },
        9 => Command::Add { entity: EntityKind::Person, changes: new_person(random) },
        10 | 11 => Command::Add { entity: EntityKind::PersonRelation, changes: new_relation(random) },
        12 => turned_relation(random),
        13 => Command::Add { entity: EntityKind::InformationItem, changes: new_item(random) },
        14 => Command::Add { entity: EntityKind::CustomerPlan, changes: new_plan(random) },
        15 => Command::Add { entity: EntityKind::Investigation, changes: new_investigation(random) },
        16 => changed_document(random),
        17 => past_complaint(random),
        18 => other_complexity(random),
        _ => act(random, model),
    }
}

/// Every record is what the model says, and indexed queries find what the model finds by looking at everything.
fn compare(session: &Session, model: &Model) {
    for ((entity, id), wanted) in &model.records {
        let record = session.get(*entity, *id).unwrap().unwrap();
        let values: BTreeMap<u16, Value> = record.iter().map(|(f, v)| (f, v.to_value())).collect();
        assert_eq!((record.revision(), &values), (wanted.revision, &wanted.values), "{entity:?} {id}");
    }
    let probes = [
        (EntityKind::Customer, customer::field::owner, Value::Text("u.li".into())),
        (EntityKind::Customer, customer::field::class, Value::Text("key".into())),
        (EntityKind::Visit, visit::field::state, Value::Enum(1)),
        (EntityKind::Visit, visit::field::owner, Value::Text("u.wang".into())),
        (EntityKind::Complaint, complaint::field::customer, Value::Ref(1)),
        (EntityKind::PersonRelation, person_relation::field::other, Value::Ref(1)),
        (EntityKind::InformationItem, information_item::field::level, Value::Enum(4)),
        (EntityKind::CustomerPlan, customer_plan::field::state, Value::Enum(2)),
        (EntityKind::Investigation, investigation::field::kind, Value::Enum(2)),
        (EntityKind::Complaint, complaint::field::grade, Value::Enum(3)),
    ];
    for (entity, field, value) in probes {
        let query = Query::new(entity).filter(field, Op::Eq, value.clone());
        let mut cursor = session.find(&query).unwrap();
        let mut ids = Vec::new();
        while let Some(record) = cursor.step().unwrap() {
            assert_eq!(record.get(field), Some(value.as_ref()));
            ids.push(record.id());
        }
        ids.sort_unstable();
        assert_eq!(ids, model.ids_where(entity, field, &value), "{entity:?} {field}");
        assert_eq!(session.count(&query).unwrap(), ids.len() as u64);
    }
    compare_counts(session, model);
    let report = session.verify().unwrap();
    assert_eq!((report.problems.as_slice(), report.entries), (&[] as &[Problem], model.sequence));
}

/// What the kernel counts, by values that it keeps counts of and by others, is what the model finds by looking.
fn compare_counts(session: &Session, model: &Model) {
    for entity in EntityKind::ALL {
        let all = model.records.keys().filter(|(e, _)| e == entity).count();
        assert_eq!(session.count(&Query::new(*entity)).unwrap(), all as u64, "{entity:?}");
    }
    let open = [1, 2, 3, 4, 5, 7, 9].map(Value::Enum).to_vec();
    let open = Condition { field: complaint::field::state, op: Op::In, values: open };
    let probes = [
        (EntityKind::Customer, None, customer::field::class),
        (EntityKind::Customer, None, customer::field::name),
        (
            EntityKind::Customer,
            Some(Condition::new(customer::field::class, Op::Eq, Value::Text("key".into()))),
            customer::field::owner,
        ),
        (EntityKind::Visit, Some(Condition::new(visit::field::state, Op::Ne, Value::Enum(1))), visit::field::owner),
        (EntityKind::Complaint, Some(open), complaint::field::grade),
        (EntityKind::Complaint, None, complaint::field::state),
    ];
    for (entity, condition, by) in probes {
        let mut wanted: BTreeMap<Option<Value>, u64> = BTreeMap::new();
        let meets = |values: &BTreeMap<u16, Value>| {
            condition.as_ref().is_none_or(|c| match (c.op, values.get(&c.field)) {
                (Op::Ne, Some(value)) => !c.values.contains(value),
                (_, Some(value)) => c.values.contains(value),
                (_, None) => false,
            })
        };
        for (_, record) in model.records.iter().filter(|((e, _), record)| *e == entity && meets(&record.values)) {
            *wanted.entry(record.values.get(&by).cloned()).or_default() += 1;
        }
        let query = Query { conditions: condition.into_iter().collect(), ..Query::new(entity) };
        let total: u64 = wanted.values().sum();
        assert_eq!(session.count_by(&query, by).unwrap(), Vec::from_iter(wanted), "{entity:?} by {by}");
        assert_eq!(session.count(&query).unwrap(), total, "{entity:?} {:?}", query.conditions);
    }
}

/// Every record is as of each entry what it was then, by sequence, and a replay of the journal is the same, pair by pair.
fn compare_past(session: &Session, past: &[(u64, Record)]) {
    for (sequence, record) in past {
        let (entity, id) = (record.entity(), record.id());
        let as_of = |sequence| session.as_of(entity, id, Moment::Sequence(sequence)).unwrap();
        assert_eq!(as_of(*sequence).as_ref(), Some(record), "{entity:?} {id} as of {sequence}");
        let revision_before = as_of(sequence - 1).map_or(0, |record| record.revision());
        assert_eq!(revision_before, record.revision() - 1, "{entity:?} {id} before {sequence}");
    }
    let (copy, replayed) = (MemoryStore::new(), MemoryStore::new());
    session.backup_store(&copy, &mut |_| ControlFlow::Continue(())).unwrap();
    let entries = session.replay(&replayed, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(entries, session.last_sequence().unwrap());
    for space in Space::ALL {
        assert!(pairs(&copy, space) == pairs(&replayed, space), "the space {space:?} is another behind a replay");
    }
}

fn pairs(store: &MemoryStore, space: Space) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    let mut note = |key: &[u8], value: &[u8]| {
        found.push((key.to_vec(), value.to_vec()));
        Ok(ControlFlow::Continue(()))
    };
    store.begin_read().unwrap().scan(space, &[], None, Order::Ascending, &mut note).unwrap();
    found
}

fn number_from_env(name: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "a test takes its seed and length from its caller")]
    std::env::var(name).ok()?.parse().ok()
}

/// The longest run. The model looks at all its records, so that a run of twice the length takes four times as long.
const RUN_STEPS_MAX: u64 = 4_000;

/// The seeds of the runs on a ground, the first as said, and how many steps each has: together `STEPS`.
fn runs(first: u64, usual: u64) -> impl Iterator<Item = (u64, u64)> {
    let mut left = number_from_env("STEPS").unwrap_or(usual);
    (first..).map_while(move |seed| {
        let steps = left.min(RUN_STEPS_MAX);
        left -= steps;
        (steps > 0).then_some((seed, steps))
    })
}

/// Where the store of a run comes from, and what goes wrong with it.
trait Ground {
    /// Opens the store with what is left of it.
    fn open(&mut self) -> Arc<dyn Store>;
    /// Decides what the end of the process leaves, before it ends.
    fn leave(&mut self, _: &mut Random) {}
    /// Makes something go wrong from here on; false when it does not.
    fn trouble(&mut self, _: &mut Random) -> bool {
        false
    }
    /// Ends what goes wrong, and says whether the process ends with it.
    fn heal(&mut self) -> bool {
        false
    }
}

/// Nothing goes wrong.
struct Sound<F>(F);

impl<F: Fn() -> Arc<dyn Store>> Ground for Sound<F> {
    fn open(&mut self) -> Arc<dyn Store> {
        self.0()
    }
}

/// What a command answers when the store fails it. A panic of the disk is `Corrupt`.
const OF_FAULTS: [ErrorKind; 4] = [ErrorKind::Io, ErrorKind::DiskFull, ErrorKind::Busy, ErrorKind::Corrupt];

fn open_all(ground: &mut dyn Ground) -> Vec<Session> {
    let first = open(ground.open(), USERS[0]);
    let others = USERS[1..].iter().map(|user| {
        let actor = Actor { name: (*user).into(), level: Level::Manage };
        first.crm().session(actor).unwrap()
    });
    others.chain([first.clone()]).collect()
}

/// Does a command while something goes wrong: it is done, refused, or failed, and then it is there whole or not at all.
/// Returns whether it failed, and what the model answers.
fn apply_in_trouble(
    ground: &mut dyn Ground,
    sessions: &mut Vec<Session>,
    (at, command): (usize, &Command),
    (model, random): (&mut Model, &mut Random),
    context: &str,
) -> (bool, Answer) {
    let mut after = model.clone();
    let wanted = after.apply(command, &sessions[at].actor().name, Instant::parse(NOW).unwrap());
    let found = sessions[at].apply(command.clone());
    let found = found.map(|o| o.record.map(|r| (r.entity(), r.id())).unwrap()).map_err(|e| e.kind());
    let failed = found != wanted;
    let of_fault = found.as_ref().is_err_and(|kind| OF_FAULTS.contains(kind));
    assert!(!failed || of_fault, "{found:?}, not {wanted:?}: {context}");
    if ground.heal() {
        ground.leave(random);
        sessions.clear();
        *sessions = open_all(ground);
        let sequence = sessions[0].last_sequence().unwrap();
        // What failed may have landed when the process ended before it could tell.
        let landed = sequence == after.sequence;
        assert!(landed || failed && sequence == model.sequence, "commit {sequence} after a crash: {context}");
        if landed {
            *model = after;
        }
    } else if !failed {
        *model = after;
    } else {
        assert_eq!(sessions[at].last_sequence().unwrap(), model.sequence, "a failed command is not there: {context}");
    }
    (failed, wanted)
}

/// Runs a sequence of commands, and gives the numbers of the verbs that were done.
fn run(seed: u64, steps: u64, ground: &mut dyn Ground) -> BTreeSet<i32> {
    println!("SEED={seed} STEPS={steps}");
    let mut random = Random(seed);
    let mut model = Model::default();
    let mut sessions: Vec<Session> = Vec::new();
    let (mut done, mut failed) = (BTreeSet::new(), 0);
    let mut past = Vec::new();
    for step in 0..steps {
        if sessions.is_empty() || random.chance(1) {
            ground.leave(&mut random);
            sessions.clear();
            sessions = open_all(ground);
        }
        let at = index(&mut random, sessions.len());
        let command = command(&mut random, &model);
        if ground.trouble(&mut random) {
            let context = format!("SEED={seed}, step {step}: {command:?}");
            let parts = (&mut model, &mut random);
            let before = parts.0.sequence;
            let (fails, answer) = apply_in_trouble(ground, &mut sessions, (at, &command), parts, &context);
            failed += u64::from(fails);
            if let Ok((entity, id)) = answer
                && model.sequence > before
            {
                // What follows from a command comes behind its own entry.
                let record = sessions[0].get(entity, id).unwrap().unwrap();
                past.push((record.header().sequence, record));
            }
            continue;
        }
        let session = sessions[at].clone();
        let wanted = model.apply(&command, &session.actor().name, Instant::parse(NOW).unwrap());
        let found = session.apply(command.clone());
        past.extend(found.iter().filter(|o| o.changed).map(|o| (o.sequence, o.record.clone().unwrap())));
        let found = found.map(|o| o.record.map(|r| (r.entity(), r.id())).unwrap()).map_err(|e| e.kind());
        assert_eq!(found, wanted, "SEED={seed}, step {step}: {command:?}");
        if let (Command::Act { verb, .. }, Ok(_)) = (&command, &found) {
            done.insert(verb.number);
        }
        if step % 97 == 0 || step + 1 == steps {
            compare(&session, &model);
        }
    }
    if let Some(session) = sessions.first() {
        compare(session, &model);
        compare_past(session, &past);
    }
    println!("{failed} of {steps} commands failed by a fault");
    done
}

#[test]
fn the_kernel_agrees_with_the_model_on_memory() {
    let seed = number_from_env("SEED");
    let mut done = BTreeSet::new();
    for (seed, steps) in runs(seed.unwrap_or(1), 16_000) {
        let store = MemoryStore::new();
        done.extend(run(seed, steps, &mut Sound(move || Arc::new(store.clone()) as Arc<dyn Store>)));
    }
    // The default policy grants no class and plans no visits, and no sequence reports an event that it knows.
    let refused = ["grant", "plan_visits", "report_event"];
    let all = verbs();
    let possible = all.iter().filter(|verb| !refused.contains(&verb.name));
    let never: Vec<&str> = possible.filter(|verb| !done.contains(&verb.number)).map(|verb| verb.name).collect();
    assert!(never.is_empty() || seed.is_some(), "no run came to do {never:?}");
}

#[cfg(feature = "redb")]
#[test]
fn the_kernel_agrees_with_the_model_on_a_file() {
    use crm_core::adapter::RedbStore;
    for (seed, steps) in runs(number_from_env("SEED").unwrap_or(5), 600) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.crm");
        let open = move || Arc::new(RedbStore::open(&path, &RedbOptions::default()).unwrap()) as Arc<dyn Store>;
        run(seed, steps, &mut Sound(open));
    }
}

/// Calls of the store fail, commits meet a faster writer, and the process ends before or after a commit lands.
fn follow_a_plan(store: &FaultStore, random: &mut Random) -> bool {
    let kind = random.one(&[ErrorKind::Io, ErrorKind::DiskFull]);
    let call = 1 + random.below(30);
    let (plan, ends) = match random.below(5) {
        0 => (FaultPlan::FailOnce { call, kind }, false),
        1 => (FaultPlan::FailFrom { call, kind }, false),
        2 => (FaultPlan::Busy { commit: 1, times: 1 + random.below(5) }, false),
        3 => (FaultPlan::CutBefore { commit: 1 }, true),
        _ => (FaultPlan::CutAfter { commit: 1 }, true),
    };
    store.follow(plan);
    ends
}

/// A store in memory whose calls fail at times.
struct FaultyMemory {
    store: FaultStore,
    ends: bool,
}

impl Ground for FaultyMemory {
    fn open(&mut self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }

    fn trouble(&mut self, random: &mut Random) -> bool {
        let comes = random.chance(15);
        if comes {
            self.ends = follow_a_plan(&self.store, random);
        }
        comes
    }

    fn heal(&mut self) -> bool {
        self.store.heal();
        std::mem::take(&mut self.ends)
    }
}

#[test]
fn the_kernel_agrees_with_the_model_on_a_store_that_fails() {
    for (seed, steps) in runs(number_from_env("SEED").unwrap_or(6), 3_000) {
        let store = FaultStore::new(Arc::new(MemoryStore::new()));
        run(seed, steps, &mut FaultyMemory { store, ends: false });
    }
}

/// A disk that fails under the file and its log, and processes on it that are killed or lose power.
#[cfg(feature = "redb")]
struct FaultyDisk {
    disk: SimDisk,
    store: Option<FaultStore>,
    /// What the end of the process leaves, unless it closes its store.
    left: Option<Image>,
    background: bool,
    ends: bool,
}

#[cfg(feature = "redb")]
impl Ground for FaultyDisk {
    fn open(&mut self) -> Arc<dyn Store> {
        let image = self.left.take().unwrap_or_else(|| self.disk.written());
        self.disk = SimDisk::new(image);
        let store = self.disk.open(&RedbOptions::default(), self.background).unwrap();
        let store = FaultStore::new(Arc::new(store));
        self.store = Some(store.clone());
        Arc::new(store)
    }

    fn leave(&mut self, random: &mut Random) {
        // A disk that failed to sync the file may show what is not there: then only the loss of power tells.
        let lost_a_sync = self.disk.lost_a_sync_of_the_file();
        self.left = match random.below(3) {
            0 if !lost_a_sync => None,
            1 if !lost_a_sync => Some(self.disk.written()),
            _ => {
                let mut random = crm_core::testing::random::Random::new(random.next());
                let mut cuts = self.disk.cuts();
                while cuts.advance() {}
                Some(cuts.cut(&mut random))
            }
        };
        self.store = None;
    }

    fn trouble(&mut self, random: &mut Random) -> bool {
        let Some(store) = self.store.as_ref().filter(|_| random.chance(10)) else { return false };
        if random.chance(40) {
            self.ends = follow_a_plan(store, random);
        } else {
            let call = self.disk.calls() + 1 + random.below(8);
            let fault = random.one(&[DiskFault::Io, DiskFault::Full, DiskFault::Short, DiskFault::Panic]);
            self.disk.follow(Some(DiskPlan { call, fault, lasting: random.chance(50) }));
            self.ends = true;
        }
        true
    }

    fn heal(&mut self) -> bool {
        self.disk.follow(None);
        self.store.iter().for_each(FaultStore::heal);
        std::mem::take(&mut self.ends)
    }
}

#[cfg(feature = "redb")]
#[test]
fn the_kernel_agrees_with_the_model_on_a_disk_that_fails_and_forgets() {
    for (seed, steps) in runs(number_from_env("SEED").unwrap_or(7), 1_500) {
        for background in [false, true] {
            let disk = SimDisk::new(Image::default());
            let ground = FaultyDisk { disk, store: None, left: None, background, ends: false };
            run(seed, steps, &mut { ground });
        }
    }
}
