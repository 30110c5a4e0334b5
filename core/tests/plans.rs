//! Plans of fifty years walked through the kernel, visit by visit, against the days that the cadence alone gives.
//! `SEED=n` repeats a run.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Days, Months};
use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Calendar, Changes, Command, Customer, Date, EntityKind, Fields, Instant, Level, NewPolicy, Value, Verb,
    VisitState, visit,
};
use crm_core::testing::FixedClock;
use crm_core::testing::random::{Random, from_environment};
use crm_core::{Config, Crm, Op, Query, Record, Session};

/// Two classes whose first kind of contact is the same, so that a change of the class leaves its days as they are.
fn policy(months: u64, weeks: u64, roll: &str) -> NewPolicy {
    let line = |kind: &str, value: u64, unit: &str| {
        format!("{kind} = {{ value = {value}, unit = \"{unit}\", rule = \"T-1\", source = \"test\" }}\n")
    };
    let class = |name: &str| {
        let (visits, calls) = (line("return_visit", months, "months"), line("call", weeks, "weeks"));
        format!("[cadence.{name}]\n{visits}{calls}")
    };
    let head = "id = \"test\"\nversion = \"test/1\"\ntitle = \"Test\"\n";
    let roll = format!("[visit]\nroll = {{ value = \"{roll}\", rule = \"T-1\", source = \"test\" }}\n");
    let text = [head.to_owned(), class("key"), class("general"), roll].concat();
    NewPolicy { text, effective_on: Some("1970-01-01".parse().unwrap()), approver: Some("u.gm".into()) }
}

fn noon(day: Date) -> Instant {
    Instant::parse(&format!("{day}T12:00:00+08:00")).unwrap()
}

struct Walk {
    clock: FixedClock,
    session: Session,
    random: Random,
    today: Date,
}

impl Walk {
    fn begin(seed: u64, policy: NewPolicy, anchor: Date) -> Self {
        let clock = FixedClock::new(noon(anchor));
        let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock.clone()))).unwrap();
        let session = crm.session(Actor { name: "u.gm".into(), level: Level::Manage }).unwrap();
        session.adopt_policy(policy).unwrap();
        let one = Customer {
            name: Some("王五".into()),
            owner: Some("u.li".into()),
            class: Some("general".into()),
            signed_on: Some(anchor),
            ..Customer::default()
        };
        session.apply(Command::Add { entity: EntityKind::Customer, changes: one.to_changes() }).unwrap();
        let walk = Self { clock, session, random: Random::new(seed), today: anchor };
        walk.act(EntityKind::Customer, "plan_visits", 1, Changes::new());
        walk
    }

    fn act(&self, entity: EntityKind, verb: &str, id: u64, changes: Changes) {
        let verb = Verb::named(entity, verb).unwrap();
        self.session.apply(Command::Act { verb, id, revision: None, changes }).unwrap();
    }

    fn visits(&self, filter: impl FnOnce(Query) -> Query) -> Vec<Record> {
        let mut cursor = self.session.find(&filter(Query::new(EntityKind::Visit))).unwrap();
        std::iter::from_fn(|| cursor.step().unwrap()).collect()
    }

    /// The visit of each kind that is ahead; there is one.
    fn ahead(&self) -> BTreeMap<String, Record> {
        let planned = Value::Enum(VisitState::Planned.number());
        let all = self.visits(|query| query.filter(visit::field::state, Op::Eq, planned));
        let count = all.len();
        let by_kind: BTreeMap<String, Record> =
            all.into_iter().map(|one| (one.text(visit::field::kind).unwrap().to_owned(), one)).collect();
        assert_eq!((count, by_kind.len()), (2, 2), "one of each kind is ahead, {}", self.today);
        by_kind
    }

    /// Settles the visit of the kind that is due first: early, on its day or late, held, missed or called off.
    fn settle(&mut self) {
        let ahead = self.ahead();
        let next = ahead.values().min_by_key(|one| one.date(visit::field::planned_on)).unwrap();
        let day = next.date(visit::field::planned_on).unwrap();
        // At times later than several turns of the plan.
        let late = Days::new(if self.random.one_in(3) { self.random.below(400) } else { 0 });
        self.today = self.today.max(day.checked_add_days(late).unwrap());
        self.clock.set(noon(self.today));
        let verb = match self.random.below(6) {
            0 if self.today > day => "miss",
            1 => "cancel",
            _ => "hold",
        };
        let reason = Changes::from([(visit::field::reason, Some(Value::Text("客户出差".into())))]);
        self.act(EntityKind::Visit, verb, next.id(), if verb == "cancel" { reason } else { Changes::new() });
        if self.random.one_in(20) {
            let class = if self.random.one_in(2) { "key" } else { "general" };
            let change = Customer { class: Some(class.into()), ..Customer::default() };
            let changes = change.to_changes();
            let update = Command::Update { entity: EntityKind::Customer, id: 1, revision: None, changes };
            self.session.apply(update).unwrap();
        }
    }
}

/// An anchor of any day of the month, the last ones more often than others, 29 February among them.
fn anchor(random: &mut Random) -> Date {
    let year = 1992 + i32::try_from(random.below(20)).unwrap();
    if random.one_in(4) {
        return Date::from_ymd_opt(1992 + 4 * i32::try_from(random.below(5)).unwrap(), 2, 29).unwrap();
    }
    let month = 1 + u32::try_from(random.below(12)).unwrap();
    let day = if random.one_in(2) { 31 } else { 1 + u32::try_from(random.below(31)).unwrap() };
    (0..4).find_map(|less| Date::from_ymd_opt(year, month, day - less.min(day - 1))).unwrap()
}

#[test]
fn a_plan_of_fifty_years_makes_just_the_visits_of_its_days_each_once() {
    let seeds = from_environment("SEED").map_or(1..=4, |seed| seed..=seed);
    for seed in seeds {
        let mut random = Random::new(seed);
        let anchor = anchor(&mut random);
        let (months, weeks) = (2 + random.below(11), 13 + random.below(40));
        println!("SEED={seed}: every {months} months, every {weeks} weeks from {anchor} on");
        let mut walk = Walk::begin(seed, policy(months, weeks, "none"), anchor);
        let until = anchor + Months::new(12 * 50);
        while walk.ahead().values().any(|one| one.date(visit::field::due_on).unwrap() <= until) {
            walk.settle();
        }
        let mut wanted: BTreeMap<String, Vec<Date>> = BTreeMap::new();
        for due in walk.session.due_days(1, until).unwrap() {
            wanted.entry(due.kind).or_default().push(due.day);
        }
        assert_eq!(wanted["return_visit"].len() as u64, 600 / months);
        assert!(wanted["call"].len() as u64 > 2_500 / weeks);
        for (kind, days) in wanted {
            let of_kind = Value::Text(kind.clone());
            let made = walk.visits(|query| query.filter(visit::field::kind, Op::Eq, of_kind));
            let mut made: Vec<Date> = made.iter().map(|one| one.date(visit::field::due_on).unwrap()).collect();
            made.sort_unstable();
            made.retain(|day| *day <= until);
            assert_eq!(made, days, "{kind}");
        }
        assert!(walk.session.verify().unwrap().problems.is_empty());
    }
}

/// The calendar knows the years from 2004 on, so this plan is as long as they are.
#[test]
fn a_plan_that_rolls_meets_on_working_days_alone_and_its_days_stay_those_of_the_anchor() {
    for (seed, roll) in [(1, "next"), (2, "previous"), (3, "next")] {
        println!("SEED={seed}");
        let anchor: Date = if seed == 3 { "2004-02-29" } else { "2004-01-31" }.parse().unwrap();
        let mut walk = Walk::begin(seed, policy(1, 5, roll), anchor);
        let until = "2025-12-31".parse().unwrap();
        while walk.ahead().values().all(|one| one.date(visit::field::due_on).unwrap() <= until) {
            walk.settle();
        }
        let mut rolled = 0;
        for one in walk.visits(|query| query) {
            let day = |field| one.date(field).unwrap();
            let (planned, due) = (day(visit::field::planned_on), day(visit::field::due_on));
            assert!(!Calendar::china().is_rest_day(planned).unwrap(), "{planned}");
            assert_eq!(planned == due, !Calendar::china().is_rest_day(due).unwrap());
            assert!(if roll == "next" { planned >= due } else { planned <= due });
            rolled += u64::from(planned != due);
        }
        assert!(rolled > 50, "{rolled} rolled");
    }
}
