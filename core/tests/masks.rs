//! What a plugin hides from an actor is hidden on every way out of the database: one test for each way.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, Complaint, Customer, Decision, EntityKind, FIELD_ID, Fields, FileSection, InformationItem,
    Instant, Level, Money, NewPolicy, PartnerRelation, PartnerRelationKind, SourceLevel, Survey, SurveyAnswer, Value,
    Verb, Visit, complaint, customer, information_item, partner_relation, survey_answer, visit,
};
use crm_core::port::{Answer, Computation, Hook, HookInput, Order, Point};
use crm_core::rules::satisfaction::Share;
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Config, Crm, ErrorKind, Moment, Op, Query, Result, Session};

/// Hides class, code, revenue and telephone of a customer, and something of other records, from guests; but nothing of the
/// customer whose name is `open`. It says which fields these are, as a loaded library does.
struct Discreet {
    fails: bool,
}

/// What is hidden of the records of an entity.
fn hidden(entity: EntityKind) -> &'static [u16] {
    match entity {
        EntityKind::Customer => &HIDDEN,
        EntityKind::Complaint => &[complaint::field::owner],
        EntityKind::Visit => &[visit::field::state],
        EntityKind::SurveyAnswer => &[survey_answer::field::points],
        EntityKind::InformationItem => &[information_item::field::section],
        EntityKind::PartnerRelation => &[partner_relation::field::other],
        _ => &[],
    }
}

/// A policy by which each customer is of the class `general`, with cadences.
const PACK: &str = include_str!("../../plugins/policies/commercial_fixtures.toml");
const HIDDEN: [u16; 4] = {
    use customer::field::{annual_revenue, class, code, phone};
    [class, code, annual_revenue, phone]
};

impl Hook for Discreet {
    fn id(&self) -> &str {
        "discreet"
    }

    fn version(&self) -> &str {
        "1.0.0"
    }

    fn offers(&self, point: Point) -> bool {
        point == Point::Rights
    }

    fn may_hide(&self, entity: EntityKind, field: u16) -> bool {
        hidden(entity).contains(&field)
    }

    fn ask(&self, _: Point, input: &HookInput<'_>) -> Result<Answer> {
        if self.fails {
            return Err(crm_core::Error::new(ErrorKind::PluginFailed, "it cannot say"));
        }
        let is_open = input.after.text(customer::field::name) == Some("open");
        let is_masked = input.actor == "u.guest" && !(input.entity == EntityKind::Customer && is_open);
        let masked = if is_masked { hidden(input.entity).to_vec() } else { Vec::new() };
        Ok(Answer { masked, ..Answer::default() })
    }

    fn compute(&self, _: &Computation<'_>) -> Result<Answer> {
        Ok(Answer { decided: vec![], ..Answer::default() })
    }
}

struct Fixture {
    li: Session,
    guest: Session,
    /// Three customers: one that is open, and two that are not.
    ids: [u64; 3],
}

fn customers() -> [Customer; 3] {
    let of = |name: &str, code: &str, revenue: i64, class: &str| Customer {
        name: Some(name.into()),
        code: Some(code.into()),
        class: Some(class.into()),
        phone: Some("13900001111".into()),
        annual_revenue: Some(Money::new(revenue, "CNY").unwrap()),
        ..Customer::default()
    };
    [of("open", "C-2", 200, "general"), of("first", "C-3", 300, "key"), of("last", "C-1", 100, "key")]
}

fn fixture() -> Fixture {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    crm.register(Arc::new(Discreet { fails: false })).unwrap();
    let session = |name: &str, level| crm.session(Actor { name: name.into(), level }).unwrap();
    let (li, guest) = (session("u.li", Level::Manage), session("u.guest", Level::Manage));
    let ids = customers().map(|customer| {
        let command = Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() };
        li.apply(command).unwrap().record.unwrap().id()
    });
    Fixture { li, guest, ids }
}

fn all() -> Query {
    Query::new(EntityKind::Customer)
}

fn ids(session: &Session, query: &Query) -> Vec<u64> {
    let mut cursor = session.find(query).unwrap();
    std::iter::from_fn(|| cursor.step().unwrap()).map(|record| record.id()).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn a_record_that_a_command_gives_back_is_masked() {
    let Fixture { li, guest, ids } = fixture();
    let update = |name: &str| Command::Update {
        entity: EntityKind::Customer,
        id: ids[1],
        revision: None,
        changes: BTreeMap::from([(customer::field::industry, Some(text(name)))]),
    };
    let seen = guest.apply(update("steel")).unwrap();
    let record = seen.record.unwrap();
    assert_eq!((record.text(customer::field::industry), record.text(customer::field::phone)), (Some("steel"), None));
    let many = guest.apply_many(vec![update("glass")], Atomicity::All).unwrap().pop().unwrap().unwrap();
    assert_eq!(many.record.unwrap().text(customer::field::phone), None);
    assert!(li.apply(update("coal")).unwrap().record.unwrap().text(customer::field::phone).is_some());
}

#[test]
fn a_refusal_keeps_its_inputs_from_whom_the_fields_are_hidden() {
    let Fixture { li, guest, ids } = fixture();
    let refused = |session: &Session, id: u64, in_batch: bool| {
        let verb = Verb::named(EntityKind::Customer, "plan_visits").unwrap();
        let command = Command::Act { verb, id, revision: None, changes: Changes::new() };
        let error = match in_batch {
            true => session.apply_many(vec![command], Atomicity::All).unwrap_err(),
            false => session.apply(command).unwrap_err(),
        };
        let violation = error.violations()[0].clone();
        assert_eq!((violation.rule.as_ref(), violation.source.as_ref()), ("R-MNT-06", "F0 §15 Art. 3.2"));
        violation.inputs.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
    };
    for in_batch in [false, true] {
        assert_eq!(refused(&li, ids[1], in_batch), ["key"]);
        assert_eq!(refused(&guest, ids[1], in_batch), [""; 0]);
        assert_eq!(refused(&guest, ids[0], in_batch), ["general"], "nothing of it is hidden");
    }
}

/// An editor from whom a field is hidden reads it as absent. One who put back what was read wiped the values of others.
#[test]
fn a_hidden_field_is_not_cleared_and_the_refusal_does_not_tell_whether_it_has_a_value() {
    let Fixture { li, guest, ids } = fixture();
    let clear = |id, field| {
        let changes = BTreeMap::from([(field, None)]);
        Command::Update { entity: EntityKind::Customer, id, revision: None, changes }
    };
    let told = |id| guest.apply(clear(id, customer::field::phone)).unwrap_err();
    let there = told(ids[1]);
    assert!(li.get(EntityKind::Customer, ids[1]).unwrap().unwrap().text(customer::field::phone).is_some());
    li.apply(clear(ids[1], customer::field::phone)).unwrap();
    let absent = told(ids[1]);
    assert_eq!((there.kind(), there.violations()), (ErrorKind::Forbidden, absent.violations()));
    assert_eq!(there.message(), absent.message());
    assert!(there.message().contains("phone of a customer is hidden from u.guest"), "{}", there.message());
    assert_eq!((there.violations()[0].code.as_ref(), there.context_value("field")), ("hidden", Some("phone")));
    guest.apply(clear(ids[1], customer::field::industry)).expect("what is not hidden is cleared");
    guest.apply(clear(ids[0], customer::field::phone)).expect("nothing of this one is hidden");
    let changes =
        BTreeMap::from([(FIELD_ID, Some(Value::Int(i64::try_from(ids[2]).unwrap()))), (customer::field::phone, None)]);
    let put = Command::Put { entity: EntityKind::Customer, changes };
    assert_eq!(guest.apply(put.clone()).unwrap_err().kind(), ErrorKind::Forbidden);
    let many = guest.apply_many(vec![put.clone()], Atomicity::Each).unwrap().pop().unwrap();
    assert_eq!(many.unwrap_err().violations()[0].code, "hidden");
    let kept = guest.apply(guest.leaving_hidden(put.clone()).unwrap()).unwrap();
    assert!(!kept.changed);
    assert_eq!(li.leaving_hidden(put.clone()).unwrap(), put);
}

#[test]
fn a_hidden_code_finds_nothing() {
    let Fixture { li, guest, ids } = fixture();
    let by_code = |session: &Session, code: &str| {
        session.get_by_code(EntityKind::Customer, code).unwrap().map(|record| record.id())
    };
    assert_eq!(
        (by_code(&li, "C-3"), by_code(&guest, "C-3"), by_code(&guest, "C-2")),
        (Some(ids[1]), None, Some(ids[0]))
    );
    assert_eq!(by_code(&guest, "C-3"), None, "nor when it was looked up before");
}

#[test]
fn a_hidden_field_meets_no_condition_but_that_it_is_absent() {
    let Fixture { li, guest, ids: [open, first, last], .. } = fixture();
    let by_class = |op, values: Vec<Value>| {
        let condition = crm_core::Condition { field: customer::field::class, op, values };
        Query { conditions: vec![condition], ..all() }
    };
    let key = by_class(Op::Eq, vec![text("key")]);
    assert_eq!((ids(&li, &key), ids(&guest, &key)), (vec![first, last], vec![]));
    let set = by_class(Op::IsSet, vec![]);
    assert_eq!((ids(&li, &set), ids(&guest, &set)), (vec![open, first, last], vec![open]));
    let absent = by_class(Op::IsAbsent, vec![]);
    assert_eq!((ids(&li, &absent), ids(&guest, &absent)), (vec![], vec![first, last]));
    let range = by_class(Op::Ge, vec![text("a")]);
    assert_eq!(guest.explain_query(&range).unwrap().index, None, "places of an index would tell what lies between");
    assert_eq!(li.count(&range).unwrap(), 3);
    assert_eq!(guest.count(&range).unwrap(), 1);
}

#[test]
fn a_hidden_field_orders_as_absent_and_positions_do_not_tell_it() {
    let Fixture { li, guest, ids: [open, first, last], .. } = fixture();
    let by_code = all().order_by(customer::field::code, Order::Ascending);
    assert_eq!((ids(&li, &by_code), ids(&guest, &by_code)), (vec![last, open, first], vec![first, last, open]));
    let mut page = Query { limit: Some(1), ..by_code };
    let mut seen = Vec::new();
    loop {
        let mut cursor = guest.find(&page).unwrap();
        let Some(record) = cursor.step().unwrap() else { break };
        seen.push(record.id());
        let position = cursor.position();
        let tells = |code: &str| position.windows(code.len()).any(|bytes| bytes == code.as_bytes());
        assert!(!tells("C-1") && !tells("C-3"));
        page.position = Some(position);
    }
    assert_eq!(seen, [first, last, open]);
}

#[test]
fn a_hidden_field_is_neither_counted_by_nor_summed_up() {
    let Fixture { li, guest, .. } = fixture();
    let class = customer::field::class;
    let groups = |session: &Session| session.count_by(&all(), class).unwrap();
    assert_eq!(groups(&li), [(Some(text("general")), 1), (Some(text("key")), 2)]);
    assert_eq!(groups(&guest), [(None, 2), (Some(text("general")), 1)]);
    let limited = guest.count_by(&all().limit(2), class).unwrap();
    assert_eq!(limited, [(None, 1), (Some(text("general")), 1)]);
    let sum = |session: &Session, by| -> Vec<_> {
        let summaries = session.aggregate(&all(), customer::field::annual_revenue, by).unwrap();
        summaries.into_iter().map(|one| (one.group, one.count, one.sum)).collect()
    };
    assert_eq!(sum(&li, None), [(None, 3, Some(600))]);
    assert_eq!(sum(&guest, None), [(None, 1, Some(200))]);
    assert_eq!(sum(&guest, Some(class)), [(Some(text("general")), 1, Some(200))]);
    let names = guest.aggregate(&all(), customer::field::name, Some(class)).unwrap();
    assert_eq!(
        names.iter().map(|one| (one.group.clone(), one.count)).collect::<Vec<_>>(),
        [(None, 2), (Some(text("general")), 1)]
    );
    let counted = |field, value| guest.explain_query(&all().filter(field, Op::Eq, value)).unwrap().counted;
    assert_eq!(counted(customer::field::region, text("north")).as_deref(), Some("customer.by_region"));
    assert_eq!(counted(class, text("key")), None, "the kept count knows what is hidden");
}

#[test]
#[cfg(feature = "arrow")]
fn a_data_frame_has_no_hidden_value() {
    let Fixture { li, guest, .. } = fixture();
    let nulls = |session: &Session| {
        let columns = [customer::field::phone, customer::field::annual_revenue, customer::field::name];
        let mut batches = session.arrow(&all(), Some(&columns)).unwrap();
        let batch = batches.next().unwrap().unwrap();
        (0..3).map(|column| batch.column(column).null_count()).collect::<Vec<_>>()
    };
    assert_eq!((nulls(&li), nulls(&guest)), (vec![0, 0, 0], vec![2, 2, 0]));
}

#[test]
fn the_past_of_a_record_is_masked() {
    let Fixture { li, guest, ids } = fixture();
    let past = |session: &Session, id| {
        let record = session.as_of(EntityKind::Customer, id, Moment::Sequence(3)).unwrap().unwrap();
        record.text(customer::field::phone).map(str::to_owned)
    };
    assert!(past(&li, ids[1]).is_some() && past(&guest, ids[0]).is_some());
    assert_eq!(past(&guest, ids[1]), None);
    let rename = |name: &str| Command::Update {
        entity: EntityKind::Customer,
        id: ids[1],
        revision: None,
        changes: BTreeMap::from([(customer::field::name, Some(text(name)))]),
    };
    li.apply(rename("open")).unwrap();
    assert_eq!(past(&guest, ids[1]), None, "it was hidden then, though it is not now");
}

#[test]
fn the_journal_tells_no_hidden_value() {
    let Fixture { li, guest, ids } = fixture();
    let fields = |session: &Session, id| {
        let entries = session.history(EntityKind::Customer, id, 10).unwrap();
        entries.iter().flat_map(|e| &e.changes).flat_map(|c| &c.values).map(|v| v.field).collect::<Vec<_>>()
    };
    let tells = |fields: &[u16]| HIDDEN.iter().filter(|field| fields.contains(field)).count();
    assert_eq!(
        (tells(&fields(&li, ids[1])), tells(&fields(&guest, ids[1])), tells(&fields(&guest, ids[0]))),
        (4, 0, 4)
    );
    let fed = |session: &Session| {
        let entries = session.changes_since(0, 10).unwrap();
        entries
            .iter()
            .flat_map(|e| &e.changes)
            .flat_map(|c| &c.values)
            .map(|v| v.field)
            .filter(|f| HIDDEN.contains(f))
            .count()
    };
    assert_eq!((fed(&li), fed(&guest)), (12, 4));
}

fn complain(session: &Session, customer: u64) -> u64 {
    let complaint = Complaint {
        customer: Some(customer),
        issue: Some("late".into()),
        received_at: Some(Instant::parse("2026-09-16T08:00:00+08:00").unwrap()),
        ..Complaint::default()
    };
    let command = Command::Add { entity: EntityKind::Complaint, changes: complaint.to_changes() };
    session.apply(command).unwrap().record.unwrap().id()
}

#[test]
fn a_decision_on_what_is_hidden_is_left_out_and_the_others_lose_their_inputs_and_reasons() {
    let Fixture { li, guest, ids } = fixture();
    adopt(&li);
    let complaint = complain(&li, ids[1]);
    let told = |session: &Session, entity, id| session.explain(entity, id).unwrap();
    let whole = told(&li, EntityKind::Complaint, complaint);
    assert!(whole.iter().any(|d| d.subject == "grade" && !d.inputs.is_empty()));
    let veiled = told(&guest, EntityKind::Complaint, complaint);
    assert_eq!(veiled.len(), whole.len());
    for (veiled, whole) in veiled.iter().zip(&whole) {
        assert_eq!((&veiled.subject, &veiled.value, &veiled.rule), (&whole.subject, &whole.value, &whole.rule));
        assert!(veiled.inputs.is_empty());
        assert_eq!(veiled.reason, "the reason is not shown, for a plugin hides fields of the record from the reader");
        assert_eq!(veiled.reason_zh, "该记录有字段对当前用户脱敏，不显示理由");
    }
    let customer = Customer { name: Some("new".into()), ..Customer::default() };
    let add = Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() };
    let added = li.apply(add).unwrap();
    let id = added.record.unwrap().id();
    let on_class = |decisions: &[Decision]| decisions.iter().any(|d| d.subject == "class");
    assert!(on_class(&added.decisions) && on_class(&told(&li, EntityKind::Customer, id)));
    assert!(!on_class(&told(&guest, EntityKind::Customer, id)));
    let fed = guest.changes_since(0, 100).unwrap();
    let of_records = fed.iter().filter(|entry| !entry.changes.is_empty());
    assert!(of_records.flat_map(|entry| &entry.decisions).all(|d| d.inputs.is_empty() && d.subject != "class"));
}

fn adopt(session: &Session) {
    let (effective_on, approver) = (Some("2026-09-16".parse().unwrap()), Some("u.wang".into()));
    session.adopt_policy(NewPolicy { text: PACK.into(), effective_on, approver }).unwrap();
}

#[test]
fn a_plan_by_a_hidden_class_is_not_told() {
    let Fixture { guest, ids, li } = fixture();
    adopt(&li);
    let changes = BTreeMap::from([(customer::field::signed_on, Some(Value::Date("2026-01-15".parse().unwrap())))]);
    li.apply(Command::Update { entity: EntityKind::Customer, id: ids[1], revision: None, changes }).unwrap();
    let until = "2026-12-31".parse().unwrap();
    let days = |session: &Session| session.due_days(ids[1], until).unwrap().len();
    assert_ne!(days(&li), 0);
    assert_eq!(days(&guest), 0);
}

#[test]
fn a_trial_that_would_tell_a_hidden_class_is_refused() {
    let Fixture { guest, li, .. } = fixture();
    assert_ne!(li.what_if(PACK, 10).unwrap().counts.changed, 0);
    let error = guest.what_if(PACK, 10).unwrap_err();
    let expected = "a trial of a policy tells class of a customer, which a plugin hides from u.guest";
    assert_eq!((error.kind(), error.message()), (ErrorKind::Forbidden, expected));
}

#[test]
fn when_the_plugin_fails_nothing_that_it_may_hide_is_shown() {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    crm.register(Arc::new(Discreet { fails: true })).unwrap();
    let session = crm.session(Actor { name: "u.li".into(), level: Level::Manage }).unwrap();
    let [customer, ..] = customers();
    let done = session.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() }).unwrap();
    let record = done.record.unwrap();
    assert_eq!((record.text(customer::field::name), record.text(customer::field::phone)), (Some("open"), None));
    let kind = |result: Result<()>| result.unwrap_err().kind();
    assert_eq!(kind(session.get(EntityKind::Customer, record.id()).map(drop)), ErrorKind::PluginFailed);
    assert_eq!(kind(session.history(EntityKind::Customer, record.id(), 1).map(drop)), ErrorKind::PluginFailed);
    let by_phone = all().filter(customer::field::phone, Op::Eq, text("13900001111"));
    let refused = || kind(session.count(&by_phone).map(drop));
    assert_eq!(refused(), ErrorKind::PluginFailed, "one record alone puts no plugin into quarantine");
    for customer in customers().into_iter().skip(1) {
        session.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() }).unwrap();
    }
    let [customer, ..] = customers();
    let add = Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() };
    assert_eq!(kind(session.apply(add).map(drop)), ErrorKind::PluginQuarantined, "it failed after three commands");
}

/// A plugin in quarantine that only hides fields refused the reads of everybody, while records went on to be added. Now what
/// it may hide stays hidden below manage, everything else is read, and changes of its entities are refused.
#[test]
fn what_a_plugin_in_quarantine_may_hide_is_hidden_below_manage_and_its_entities_are_not_changed() {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    crm.register(Arc::new(Discreet { fails: true })).unwrap();
    let session = |name: &str, level| crm.session(Actor { name: name.into(), level }).unwrap();
    let (li, low) = (session("u.li", Level::Manage), session("u.low", Level::Edit));
    let add =
        |customer: &Customer| li.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() });
    let ids: Vec<u64> = customers().iter().map(|customer| add(customer).unwrap().record.unwrap().id()).collect();
    assert!(crm.plugins()[0].quarantined, "it failed about three records");
    let phone = |session: &Session| {
        let record = session.get(EntityKind::Customer, ids[1]).unwrap().unwrap();
        assert_eq!(record.text(customer::field::name), Some("first"));
        record.text(customer::field::phone).map(str::to_owned)
    };
    assert_eq!((phone(&li).as_deref(), phone(&low)), (Some("13900001111"), None));
    let by_phone = all().filter(customer::field::phone, Op::Eq, text("13900001111"));
    assert_eq!((li.count(&by_phone).unwrap(), low.count(&by_phone).unwrap()), (3, 0));
    assert_eq!(add(&customers()[0]).unwrap_err().kind(), ErrorKind::PluginQuarantined);
    crm.enable_plugin("discreet").unwrap();
    assert_eq!(low.get(EntityKind::Customer, ids[1]).unwrap_err().kind(), ErrorKind::PluginFailed);
}

#[test]
fn what_is_gathered_from_records_leaves_out_what_is_hidden() {
    let Fixture { li, guest, ids } = fixture();
    let add = |entity, changes| li.apply(Command::Add { entity, changes }).unwrap().record.unwrap().id();
    let day = |text: &str| Some(text.parse().unwrap());
    let survey = Survey {
        title: Some("Q3".into()),
        period_from: day("2026-07-01"),
        period_until: day("2026-09-30"),
        questions: Some("quality".into()),
        points_max: Some(5),
        ..Survey::default()
    };
    let survey = add(EntityKind::Survey, survey.to_changes());
    let (customer, question, points) = (Some(ids[0]), Some(1), Some(4));
    let answer = SurveyAnswer { survey: Some(survey), customer, question, points, ..SurveyAnswer::default() };
    add(EntityKind::SurveyAnswer, answer.to_changes());
    let share = |session: &Session| {
        session.satisfaction(Some(ids[0]), "2026-07-01".parse().unwrap(), "2026-09-30".parse().unwrap()).unwrap()
    };
    assert_eq!((share(&li), share(&guest)), (Share::new(4, 5), Share::default()));

    let item = InformationItem {
        customer,
        section: Some(FileSection::Basics),
        level: Some(SourceLevel::PublicMaterial),
        title: Some("report".into()),
        obtained_on: day("2026-09-01"),
        owner: Some("u.li".into()),
        ..InformationItem::default()
    };
    add(EntityKind::InformationItem, item.to_changes());
    let filed = |session: &Session, value: &str| {
        let sections = session.customer_file(ids[0]).unwrap();
        sections.iter().filter(|section| section.value == value).count()
    };
    assert_eq!((filed(&li, "current"), filed(&li, "missing")), (1, 8));
    // Of which section the item is, is hidden: none can be said to be missing, or anything else.
    assert_eq!(filed(&guest, "hidden"), 9);

    let kind = Some(PartnerRelationKind::AgentOf);
    let relation = PartnerRelation { customer, other: Some(ids[1]), kind, ..PartnerRelation::default() };
    add(EntityKind::PartnerRelation, relation.to_changes());
    let related =
        |session: &Session, id, both| session.related(EntityKind::PartnerRelation, id, 1, both).unwrap().len();
    assert_eq!((related(&li, ids[0], false), related(&guest, ids[0], false)), (1, 0));
    assert_eq!((related(&li, ids[1], true), related(&guest, ids[1], true)), (1, 0), "nor from the other end");

    let visit = Visit { customer, planned_on: day("2026-09-20"), owner: Some("u.li".into()), ..Visit::default() };
    let visit = add(EntityKind::Visit, visit.to_changes());
    let stays = |session: &Session| session.stays(EntityKind::Visit, visit).unwrap().len();
    assert_eq!((stays(&li), stays(&guest)), (1, 0));
}

/// The place at which a query goes on was that of a record that met a condition on a hidden field and was not shown: it told the
/// value, a bit at a time.
#[test]
fn a_position_does_not_tell_of_a_record_that_the_reader_is_not_shown() {
    let Fixture { li, guest, .. } = fixture();
    let place_after = |session: &Session, amount: i64| {
        let above = Value::Money(Money::new(amount, "CNY").unwrap());
        let mut cursor = session.find(&all().filter(customer::field::annual_revenue, Op::Gt, above)).unwrap();
        while cursor.step().unwrap().is_some() {}
        // The first bytes are of the query itself.
        cursor.position().split_off(4)
    };
    assert_eq!(place_after(&guest, 250), place_after(&guest, 999), "one customer has 300");
    assert_ne!(place_after(&li, 250), place_after(&li, 999));
}

/// A cursor passed over the record of which a plugin could not say what it hides.
#[test]
fn a_cursor_stays_where_it_is_when_a_plugin_fails() {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    let session = |name: &str, level| crm.session(Actor { name: name.into(), level }).unwrap();
    let (li, low) = (session("u.li", Level::Manage), session("u.low", Level::Edit));
    for customer in customers() {
        li.apply(Command::Add { entity: EntityKind::Customer, changes: customer.to_changes() }).unwrap();
    }
    crm.register(Arc::new(Discreet { fails: true })).unwrap();
    let mut cursor = low.find(&all()).unwrap();
    for _ in 0..2 {
        assert_eq!(cursor.step().unwrap_err().kind(), ErrorKind::PluginFailed);
    }
    for id in [2, 3] {
        assert_eq!(low.get(EntityKind::Customer, id).unwrap_err().kind(), ErrorKind::PluginFailed);
    }
    let seen: Vec<u64> = std::iter::from_fn(|| cursor.step().unwrap()).map(|record| record.id()).collect();
    assert_eq!(seen, [1, 2, 3], "in quarantine it hides all that it may, and the first is still the first");
}

/// What followed from a command was told by what is hidden of the record that it was about.
#[test]
fn decisions_about_what_follows_are_told_by_what_is_hidden_of_it() {
    let Fixture { li, guest, ids: [open, ..] } = fixture();
    adopt(&li);
    let changes = BTreeMap::from([
        (customer::field::signed_on, Some(Value::Date("2026-01-05".parse().unwrap()))),
        (customer::field::owner, Some(text("u.li"))),
    ]);
    li.apply(Command::Update { entity: EntityKind::Customer, id: open, revision: None, changes }).unwrap();
    let verb = Verb::named(EntityKind::Customer, "plan_visits").unwrap();
    let plan = Command::Act { verb, id: open, revision: None, changes: BTreeMap::new() };
    let planned = guest.apply(plan).unwrap();
    assert_eq!(planned.record.as_ref().and_then(|r| r.text(customer::field::code)), Some("C-2"), "it is open");
    let of_visits: Vec<&Decision> = planned.decisions.iter().filter(|d| d.subject == "planned_on").collect();
    assert!(!of_visits.is_empty());
    for decision in of_visits {
        assert!(decision.inputs.is_empty(), "the state of visits is hidden: {decision:?}");
    }
}

/// A put of the hidden value of a verb's field was taken, and of any other was refused as a record of the past.
#[test]
fn a_put_does_not_tell_whether_it_guessed_the_hidden_field_of_a_verb() {
    let Fixture { li, ids: [open, ..], .. } = fixture();
    let planned = Visit {
        code: Some("V-1".into()),
        customer: Some(open),
        owner: Some("u.li".into()),
        planned_on: Some("2026-09-20".parse().unwrap()),
        ..Visit::default()
    };
    li.apply(Command::Add { entity: EntityKind::Visit, changes: planned.to_changes() }).unwrap();
    let guest = li.as_actor(Actor { name: "u.guest".into(), level: Level::Edit }).unwrap();
    let put = |state: u16| {
        let changes =
            BTreeMap::from([(visit::field::code, Some(text("V-1"))), (visit::field::state, Some(Value::Enum(state)))]);
        let refused = guest.apply(Command::Put { entity: EntityKind::Visit, changes }).unwrap_err();
        (refused.kind(), refused.message().to_owned())
    };
    assert_eq!(put(1).0, ErrorKind::Forbidden);
    assert_eq!(put(1), put(2));
}
