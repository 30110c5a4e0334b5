//! A field that is made from a hidden one is hidden with it, on every way out; and what edit rights reveal is no more than the
//! trust page says.
//!
//! R4: hiding `birthday` left `birthday_month_day`, which says it but for the year. At the level edit, three answers told a hidden
//! value to whoever guessed it: the refusal of a unique key, which named the hidden field; `changed`, which was false when
//! the value given was the stored one; and the revision, which stood still then. Now fields declare what they are made from,
//! the refusal names no field, and a put that gives a hidden field is written whether it changes the value or not.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, Complaint, Customer, EntityKind, Fields, Instant, Level, Money, NewPolicy, Person,
    SatisfactionScore, Survey, SurveyAnswer, Value, Verb, Visit, complaint, customer, person, satisfaction_score,
    survey_answer, visit,
};
use crm_core::port::{Answer, Computation, Hook, HookInput, Order, Point};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Moment, Op, Outcome, Query, Record, Result, Session};

/// Hides the fields that others are made from, from guests.
struct Discreet;

fn hidden(entity: EntityKind) -> &'static [u16] {
    match entity {
        EntityKind::Customer => {
            use customer::field::{annual_revenue, birthday, code, name, signed_on};
            &[name, birthday, code, annual_revenue, signed_on]
        }
        EntityKind::Person => &[person::field::anniversary],
        EntityKind::Complaint => &[complaint::field::received_at],
        EntityKind::SurveyAnswer => &[survey_answer::field::points],
        _ => &[],
    }
}

impl Hook for Discreet {
    fn id(&self) -> &str {
        "discreet"
    }

    fn version(&self) -> &str {
        "1"
    }

    fn offers(&self, point: Point) -> bool {
        point == Point::Rights
    }

    fn may_hide(&self, entity: EntityKind, field: u16) -> bool {
        hidden(entity).contains(&field)
    }

    fn ask(&self, _: Point, input: &HookInput<'_>) -> Result<Answer> {
        let masked = match input.actor {
            "u.guest" => hidden(input.entity).to_vec(),
            "u.clerk" if input.entity == EntityKind::Customer => vec![customer::field::birthday],
            _ => Vec::new(),
        };
        Ok(Answer { masked, ..Answer::default() })
    }

    fn compute(&self, _: &Computation<'_>) -> Result<Answer> {
        Ok(Answer::default())
    }
}

struct Fixture {
    manager: Session,
    guest: Session,
    customer: u64,
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn add(session: &Session, entity: EntityKind, changes: Changes) -> u64 {
    session.apply(Command::Add { entity, changes }).unwrap().record.unwrap().id()
}

fn act(session: &Session, entity: EntityKind, verb: &str, id: u64, changes: Changes) -> Outcome {
    let verb = Verb::named(entity, verb).unwrap();
    session.apply(Command::Act { verb, id, revision: None, changes }).unwrap()
}

fn fixture() -> Fixture {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    crm.register(Arc::new(Discreet)).unwrap();
    let session = |name: &str| crm.session(Actor { name: name.into(), level: Level::Manage }).unwrap();
    let (manager, guest) = (session("u.li"), session("u.guest"));
    let wang = Customer {
        name: Some("王五".into()),
        pinyin: Some("wang wu".into()),
        code: Some("C-1".into()),
        birthday: Some("1980-02-29".parse().unwrap()),
        signed_on: Some("2025-11-30".parse().unwrap()),
        annual_revenue: Some(Money::new(987_654_321, "CNY").unwrap()),
        owner: Some("u.li".into()),
        ..Customer::default()
    };
    let customer = add(&manager, EntityKind::Customer, wang.to_changes());
    Fixture { manager, guest, customer }
}

/// A policy with cadences for visits.
const CADENCES: &str = include_str!("../../plugins/policies/commercial_fixtures.toml");
/// A policy with a limit for complaints.
const LIMITS: &str = "id = \"x\"\nversion = \"x/1\"\ntitle = \"X\"\n[complaint.resolve]\n\
                      general = { value = 15, unit = \"days\", rule = \"R\" }\n";

fn adopt(manager: &Session, text: &str) {
    let text = text.to_owned();
    let (effective_on, approver) = (Some("2026-09-16".parse().unwrap()), Some("u.gm".to_owned()));
    manager.adopt_policy(NewPolicy { text, effective_on, approver }).unwrap();
    manager.reclassify(&mut |_| std::ops::ControlFlow::Continue(())).unwrap();
}

fn query() -> Query {
    Query::new(EntityKind::Customer)
}

const MONTH_DAY: u16 = customer::field::birthday_month_day;

#[test]
fn the_month_and_day_of_a_hidden_birthday_are_hidden_on_every_way_out() {
    let Fixture { manager, guest, customer } = fixture();
    let update = |name: &str| Command::Update {
        entity: EntityKind::Customer,
        id: customer,
        revision: None,
        changes: BTreeMap::from([(customer::field::industry, Some(text(name)))]),
    };
    // Every record that a session gives out, by each way.
    let records = |session: &Session| -> Vec<Record> {
        let found = session.find(&query()).unwrap().step().unwrap().unwrap();
        let last = session.last_sequence().unwrap();
        let past = session.as_of(EntityKind::Customer, customer, Moment::Sequence(last)).unwrap().unwrap();
        let got = session.get(EntityKind::Customer, customer).unwrap().unwrap();
        vec![got, found, past, session.apply(update(&format!("{last}"))).unwrap().record.unwrap()]
    };
    assert!(records(&manager).iter().all(|record| record.get(MONTH_DAY).is_some()));
    for record in records(&guest) {
        assert_eq!((record.get(MONTH_DAY), record.get(customer::field::pinyin)), (None, None));
    }
    for (session, seen) in [(&manager, 1), (&guest, 0)] {
        let by = query().filter(MONTH_DAY, Op::Eq, Value::Int(229));
        assert_eq!(session.count(&by).unwrap(), seen);
        assert_eq!(session.find(&by).unwrap().step().unwrap().is_some(), seen == 1);
        let above = query().filter(MONTH_DAY, Op::Gt, Value::Int(101));
        assert_eq!(session.count(&above).unwrap(), seen);
        assert_eq!(session.aggregate(&query(), MONTH_DAY, None).unwrap().len() as u64, seen);
        let groups = session.count_by(&query(), MONTH_DAY).unwrap();
        assert_eq!(groups.iter().filter(|(value, _)| value.is_some()).count() as u64, seen);
        let history = session.history(EntityKind::Customer, customer, 99).unwrap();
        let feed = session.changes_since(0, 99).unwrap();
        let values = |entries: &[crm_core::JournalEntry]| {
            let changes = entries.iter().flat_map(|entry| &entry.changes).flat_map(|change| &change.values);
            changes.filter(|value| value.field == MONTH_DAY).count() as u64
        };
        assert_eq!((values(&history), values(&feed)), (seen, seen));
        let explained = session.explain(EntityKind::Customer, customer).unwrap();
        assert!(explained.iter().all(|decision| decision.subject != "birthday_month_day"));
        // Neither order nor the place at which a query goes on tells it.
        let ordered = query().order_by(MONTH_DAY, Order::Ascending);
        let mut cursor = session.find(&ordered).unwrap();
        cursor.step().unwrap();
        let holds_it = cursor.position().windows(2).any(|pair| pair == 229_u16.to_be_bytes());
        assert_eq!(holds_it, seen == 1, "{:?}", cursor.position());
        assert_eq!(session.explain_query(&by).unwrap().counted, None);
    }
    let policy = "id = \"x\"\nversion = \"x/1\"\ntitle = \"X\"\n[classes.class]\norder = { value = [\"key\"], rule = \"R\" }\n[classes.class.key]\nwhen = \"birthday_month_day == 229\"\n\
                  label_zh = \"近\"\nreason = \"near\"\nreason_zh = \"近\"\nrule = \"R\"\n";
    assert_eq!(manager.what_if(policy, 10).unwrap().counts.customers, 1);
    let clerk = manager.as_actor(Actor { name: "u.clerk".into(), level: Level::Edit }).unwrap();
    let refused = clerk.what_if(policy, 10).unwrap_err();
    assert_eq!((refused.kind(), refused.context_value("field")), (ErrorKind::Forbidden, Some("birthday_month_day")));
}

#[cfg(feature = "arrow")]
#[test]
fn the_month_and_day_of_a_hidden_birthday_are_not_in_a_data_frame() {
    let Fixture { manager, guest, .. } = fixture();
    let nulls = |session: &Session| {
        let reader = session.arrow(&query(), Some(&[MONTH_DAY])).unwrap();
        reader.map(|batch| batch.unwrap().column(0).null_count()).sum::<usize>()
    };
    assert_eq!((nulls(&manager), nulls(&guest)), (0, 1));
}

#[test]
fn what_is_made_from_a_field_of_the_customer_or_of_its_answers_is_hidden_too() {
    let Fixture { manager, guest, customer } = fixture();
    let seen = |session: &Session, entity, id, field| {
        session.get(entity, id).unwrap().and_then(|record| record.get(field).map(|value| value.to_value()))
    };
    let wang = Person {
        customer: Some(customer),
        name: Some("王五".into()),
        anniversary: Some("2001-05-01".parse().unwrap()),
        birthday: Some("1980-02-29".parse().unwrap()),
        ..Person::default()
    };
    let wang = add(&manager, EntityKind::Person, wang.to_changes());
    assert_eq!(seen(&guest, EntityKind::Person, wang, person::field::anniversary_month_day), None);
    assert_eq!(seen(&guest, EntityKind::Person, wang, person::field::birthday_month_day), Some(Value::Int(229)));

    adopt(&manager, LIMITS);
    let received_at = Some(Instant::parse("2026-09-16T08:00:00+08:00").unwrap());
    let issue = Some("价格".into());
    let complaint = Complaint { customer: Some(customer), issue, received_at, ..Complaint::default() };
    let complaint = add(&manager, EntityKind::Complaint, complaint.to_changes());
    let limits = {
        use complaint::field::{acknowledge_by, deadline_on, escalate_by, respond_by};
        [acknowledge_by, respond_by, escalate_by, deadline_on]
    };
    assert!(limits.iter().any(|limit| seen(&manager, EntityKind::Complaint, complaint, *limit).is_some()));
    assert!(limits.iter().all(|limit| seen(&guest, EntityKind::Complaint, complaint, *limit).is_none()));

    let planned_on = Some("2026-09-20".parse().unwrap());
    let plain = Visit { customer: Some(customer), owner: Some("u.li".into()), planned_on, ..Visit::default() };
    let plain = add(&manager, EntityKind::Visit, plain.to_changes());
    assert_eq!(seen(&guest, EntityKind::Visit, plain, visit::field::anchor_on), None);

    let survey = Survey {
        title: Some("季度".into()),
        period_from: Some("2026-07-01".parse().unwrap()),
        period_until: Some("2026-09-30".parse().unwrap()),
        questions: Some("服务".into()),
        points_max: Some(10),
        ..Survey::default()
    };
    let survey = add(&manager, EntityKind::Survey, survey.to_changes());
    let (of, question, points) = (Some(customer), Some(1), Some(7));
    let answer = SurveyAnswer { survey: Some(survey), customer: of, question, points, ..SurveyAnswer::default() };
    add(&manager, EntityKind::SurveyAnswer, answer.to_changes());
    act(&manager, EntityKind::Survey, "close", survey, Changes::new());
    let score = SatisfactionScore {
        customer: Some(customer),
        period_from: Some("2026-07-01".parse().unwrap()),
        period_until: Some("2026-09-30".parse().unwrap()),
        contract_points: Some(100),
        award_points: Some(100),
        ..SatisfactionScore::default()
    };
    let score = add(&manager, EntityKind::SatisfactionScore, score.to_changes());
    for field in [satisfaction_score::field::questionnaire_points, satisfaction_score::field::score_hundredths] {
        assert!(seen(&manager, EntityKind::SatisfactionScore, score, field).is_some());
        assert_eq!(seen(&guest, EntityKind::SatisfactionScore, score, field), None);
    }
}

#[test]
fn a_plan_tells_nothing_of_a_hidden_first_contract() {
    let Fixture { manager, guest, customer } = fixture();
    adopt(&manager, CADENCES);
    act(&manager, EntityKind::Customer, "plan_visits", customer, Changes::new());
    let visits = |session: &Session| {
        let mut cursor = session.find(&Query::new(EntityKind::Visit)).unwrap();
        std::iter::from_fn(|| cursor.step().unwrap()).collect::<Vec<Record>>()
    };
    assert!(visits(&manager).iter().any(|visit| visit.get(visit::field::anchor_on).is_some()));
    for visit in visits(&guest) {
        let made = [visit::field::anchor_on, visit::field::due_on, visit::field::occurrence];
        assert!(made.iter().all(|field| visit.get(*field).is_none()));
    }
}

fn put_revenue(guest: &Session, customer: u64, amount: i64) -> Outcome {
    let value = Value::Money(Money::new(amount, "CNY").unwrap());
    let changes = BTreeMap::from([(customer::field::annual_revenue, Some(value))]);
    guest.apply(Command::Update { entity: EntityKind::Customer, id: customer, revision: None, changes }).unwrap()
}

#[test]
fn a_guess_of_a_hidden_value_is_answered_as_any_other_value() {
    let answer = |amount: i64| {
        let Fixture { guest, customer, .. } = fixture();
        let before = guest.get(EntityKind::Customer, customer).unwrap().unwrap().revision();
        let outcome = put_revenue(&guest, customer, amount);
        let record = outcome.record.unwrap();
        let history = guest.history(EntityKind::Customer, customer, 99).unwrap();
        let entries: Vec<_> =
            history.iter().map(|entry| (entry.command.clone(), entry.changes[0].values.clone())).collect();
        (outcome.changed, outcome.sequence, record.revision() - before, outcome.decisions.len(), entries)
    };
    assert_eq!(answer(987_654_321), answer(5));
    let Fixture { manager, customer, .. } = fixture();
    let unchanged = put_revenue(&manager, customer, 987_654_321);
    assert!(!unchanged.changed, "to whom it is shown an update that changes nothing writes nothing");
    assert!(manager.verify().unwrap().problems.is_empty());
}

#[test]
fn a_unique_key_that_a_hidden_value_takes_is_not_named() {
    let Fixture { manager, guest, .. } = fixture();
    let coded = |code: &str, external: &str| Customer {
        name: Some("赵六".into()),
        code: Some(code.into()),
        external_system: Some("erp".into()),
        external_id: Some(external.into()),
        ..Customer::default()
    };
    let add = |session: &Session, customer: Customer| {
        session.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() })
    };
    let hidden = add(&guest, coded("C-1", "7")).unwrap_err();
    assert_eq!((hidden.kind(), hidden.context_value("field")), (ErrorKind::Duplicate, None));
    assert_eq!(hidden.context_value("id"), None);
    assert!(!hidden.message().contains("code") && !hidden.message().contains("C-1"), "{hidden}");
    let many = guest
        .apply_many(
            vec![Command::Add { entity: EntityKind::Customer, changes: coded("C-1", "7").to_changes() }],
            crm_core::Atomicity::All,
        )
        .unwrap_err();
    assert_eq!((many.kind(), many.message()), (ErrorKind::Duplicate, hidden.message()));
    let shown = add(&manager, coded("C-1", "7")).unwrap_err();
    assert_eq!((shown.context_value("field"), shown.context_value("id")), (Some("code"), Some("1")));
    add(&manager, coded("C-2", "8")).unwrap();
    let reference = add(&guest, coded("C-3", "8")).unwrap_err();
    assert_eq!(
        reference.context_value("field"),
        Some("external_system and external_id"),
        "what is not hidden is named"
    );
}

/// What edit rights reveal, as `core/TRUST.md` says: that some key is taken, and what follows from a hidden field.
#[test]
fn what_edit_rights_reveal_is_what_the_trust_page_says() {
    let Fixture { manager, guest, customer } = fixture();
    let taken = Customer { name: Some("赵六".into()), code: Some("C-1".into()), ..Customer::default() };
    let free = Customer { code: Some("C-9".into()), ..taken.clone() };
    let add = |customer: Customer| {
        guest.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() }).is_ok()
    };
    assert_eq!((add(taken), add(free)), (false, true), "a guessed key is told from a free one");
    let put = Command::Put {
        entity: EntityKind::Customer,
        changes: Customer { code: Some("C-1".into()), industry: Some("steel".into()), ..Customer::default() }
            .to_changes(),
    };
    assert!(!guest.apply(put).unwrap().added, "a put by a guessed key finds the record");
    // The grade says whether the customer complained about the same issue before, though the guest may not see when.
    let complain = |session: &Session, issue: &str| {
        let received_at = Some(Instant::parse("2026-09-16T08:00:00+08:00").unwrap());
        let (of, issue) = (Some(customer), Some(issue.to_owned()));
        let complaint = Complaint { customer: of, issue, received_at, ..Complaint::default() };
        let command = Command::Add { entity: EntityKind::Complaint, changes: complaint.to_changes() };
        let record = session.apply(command).unwrap().record.unwrap();
        record.enumeration(complaint::field::grade)
    };
    complain(&manager, "价格");
    assert_ne!(complain(&guest, "价格"), complain(&guest, "安装"), "what follows from other records is visible");
    assert!(manager.get(EntityKind::Customer, customer).unwrap().unwrap().text(customer::field::industry).is_some());
}
