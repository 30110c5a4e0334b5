//! What refusals, calculators, counts and trials tell somebody from whom a plugin hides fields.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Calculator, Changes, Command, Customer, Decided, Decision, EntityKind, Instant, Level, Money, NewPolicy,
    Parameter, Person, Policy, Quantity, QuantityType, Value, ValueRef, Verb, customer, person,
};
use crm_core::port::{Answer, Computation, Hook, HookInput, Point};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Config, Crm, Error, ErrorKind, Result, Session, Violation};

/// Hides status, revenue and birthday of customers, and the customer of persons, from guests; refuses a customer whose
/// region is `nowhere`, and tells in its message all that it was shown; sums up the revenue of a customer's persons.
struct Discreet(Vec<Calculator>);

const HIDDEN: [u16; 3] = [customer::field::status, customer::field::annual_revenue, customer::field::birthday];
const REVENUE_MINOR: i64 = 987_654_321;
const PHONE: &str = "13900001111";

impl Discreet {
    fn new() -> Self {
        let of = |name: &str| Parameter {
            name: name.into(),
            label: name.into(),
            label_zh: name.into(),
            kind: QuantityType::Int,
            optional: false,
        };
        let name = "discreet.worth".to_owned();
        Self(vec![Calculator {
            name,
            label: "Worth".into(),
            label_zh: "价值".into(),
            arguments: vec![of("customer")],
            results: vec![of("revenue_minor"), of("persons")],
            plugin: "discreet".into(),
        }])
    }
}

impl Hook for Discreet {
    fn id(&self) -> &str {
        "discreet"
    }

    fn version(&self) -> &str {
        "1.0.0"
    }

    fn offers(&self, point: Point) -> bool {
        matches!(point, Point::Rights | Point::Validate | Point::Compute)
    }

    fn may_hide(&self, entity: EntityKind, field: u16) -> bool {
        match entity {
            EntityKind::Customer => HIDDEN.contains(&field),
            EntityKind::Person => field == person::field::customer,
            _ => false,
        }
    }

    fn ask(&self, point: Point, input: &HookInput<'_>) -> Result<Answer> {
        if point == Point::Rights && input.actor == "u.guest" {
            let masked = match input.entity {
                EntityKind::Customer => HIDDEN.to_vec(),
                EntityKind::Person => vec![person::field::customer],
                _ => Vec::new(),
            };
            return Ok(Answer { masked, ..Answer::default() });
        }
        if point != Point::Validate || input.after.text(customer::field::region) != Some("nowhere") {
            return Ok(Answer::default());
        }
        let shown = |field| input.after.get(field).map(|value: ValueRef<'_>| value.to_string()).unwrap_or_default();
        let message = format!("{} {}", shown(customer::field::annual_revenue), shown(customer::field::phone));
        Ok(Answer { violations: vec![violation(message)], ..Answer::default() })
    }

    fn compute(&self, computation: &Computation<'_>) -> Result<Answer> {
        let Some(Some(Quantity::Int(id))) = computation.arguments.first() else { return Ok(Answer::default()) };
        let record = computation.services.record(EntityKind::Customer, id.unsigned_abs())?;
        let revenue = match record.as_ref().and_then(|record| record.get(customer::field::annual_revenue)) {
            Some(ValueRef::Money(money)) => money.amount_minor(),
            _ => 0,
        };
        let mut persons = 0;
        let (entity, field) = (EntityKind::Person, person::field::customer);
        computation.services.referring(entity, field, id.unsigned_abs(), &mut |_| {
            persons += 1;
            ControlFlow::Continue(())
        })?;
        let decided = |subject: &'static str, value: i64| Decided {
            value: Quantity::Int(value),
            decision: Decision::new(subject, value.to_string(), "T-1", "a test", &Policy::default()),
        };
        let decided = vec![decided("revenue_minor", revenue), decided("persons", persons)];
        Ok(Answer { decided, ..Answer::default() })
    }

    fn calculators(&self) -> &[Calculator] {
        &self.0
    }
}

fn violation(message: String) -> Violation {
    Violation {
        field: "region".into(),
        code: "nowhere".into(),
        message_zh: message.clone(),
        inputs: vec![("seen".into(), message.clone())],
        message,
        rule: "T-1".into(),
        source: "a test".into(),
        policy_version: "".into(),
        plugin: String::new(),
    }
}

struct Fixture {
    li: Session,
    guest: Session,
    id: u64,
}

fn fixture() -> Fixture {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    crm.register(Arc::new(Discreet::new())).unwrap();
    let session = |name: &str| crm.session(Actor { name: name.into(), level: Level::Manage }).unwrap();
    let (li, guest) = (session("u.li"), session("u.guest"));
    let record = Customer {
        name: Some("王五".into()),
        code: Some("C-1".into()),
        phone: Some(PHONE.into()),
        annual_revenue: Some(Money::new(REVENUE_MINOR, "CNY").unwrap()),
        ..Customer::default()
    };
    let add = |entity, changes| li.apply(Command::Add { entity, changes }).unwrap().record.unwrap().id();
    let id = add(EntityKind::Customer, record.to_changes());
    let colleague = Person { name: Some("赵六".into()), customer: Some(id), ..Person::default() };
    add(EntityKind::Person, colleague.to_changes());
    Fixture { li, guest, id }
}

fn update(id: u64, field: u16, value: Value) -> Command {
    Command::Update {
        entity: EntityKind::Customer,
        id,
        revision: None,
        changes: BTreeMap::from([(field, Some(value))]),
    }
}

/// Everything that an error says.
fn said(error: &Error) -> String {
    format!("{} {:?} {:?}", error.message(), error.context(), error.violations())
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// A refusal lost its inputs before the reader from whom fields are hidden, and kept the message that held their values.
#[test]
fn the_message_of_a_plugin_tells_no_hidden_and_no_sensitive_value() {
    let Fixture { li, guest, id } = fixture();
    for in_batch in [false, true] {
        let refused = |session: &Session| {
            let command = update(id, customer::field::region, text("nowhere"));
            match in_batch {
                true => session.apply_many(vec![command], Atomicity::All).unwrap_err(),
                false => session.apply(command).unwrap_err(),
            }
        };
        let (told, untold) = (said(&refused(&li)), refused(&guest));
        assert!(told.contains("9876543.21 CNY (sensitive)") && !told.contains(PHONE), "{told}");
        assert!(!said(&untold).contains("987654321") && !said(&untold).contains(PHONE), "{}", said(&untold));
        let violation = &untold.violations()[0];
        let said = (violation.code.as_ref(), violation.rule.as_ref(), violation.source.as_ref());
        assert_eq!(said, ("nowhere", "T-1", ""), "a plugin writes its source freely");
        let expected = "nowhere: the reason is not shown, for a plugin hides fields of the record from the reader";
        assert_eq!((untold.message(), violation.message.as_str()), (expected, expected));
        assert_eq!(violation.message_zh, "该记录有字段对当前用户脱敏，不显示理由");
    }
}

#[test]
fn a_state_that_is_hidden_is_not_told_by_what_it_does_not_allow() {
    let Fixture { li, guest, id } = fixture();
    let rest = || Command::Act {
        verb: Verb::named(EntityKind::Customer, "rest").unwrap(),
        id,
        revision: None,
        changes: Changes::new(),
    };
    let (told, untold) = (li.apply(rest()).unwrap_err(), guest.apply(rest()).unwrap_err());
    assert_eq!(told.message(), "rest is not allowed on a customer that is prospect; allowed from active");
    assert_eq!((untold.kind(), untold.context_value("verb")), (ErrorKind::Transition, Some("rest")));
    assert!(!said(&untold).contains("prospect"), "{}", said(&untold));
}

#[test]
fn the_form_and_unique_keys_tell_no_value_of_another() {
    let Fixture { li, guest, id } = fixture();
    let long = update(id, customer::field::birthday, text("soon"));
    assert_eq!(guest.apply(long).unwrap_err().kind(), ErrorKind::WrongType);
    let taken = Customer { name: Some("钱七".into()), code: Some("C-1".into()), ..Customer::default() };
    let add = || Command::Add { entity: EntityKind::Customer, changes: taken.to_changes() };
    for session in [&li, &guest] {
        let error = session.apply(add()).unwrap_err();
        assert_eq!(error.message(), "another customer has the same code, which must be unique");
        assert!(!said(&error).contains("C-1"), "{}", said(&error));
    }
}

#[test]
fn a_calculator_sees_records_as_who_asks_does() {
    let Fixture { li, guest, id } = fixture();
    let worth = |session: &Session| {
        let arguments = BTreeMap::from([("customer".to_owned(), Quantity::Int(i64::try_from(id).unwrap()))]);
        let found = session.compute("discreet.worth", &arguments).unwrap();
        found.iter().map(|decided| decided.decision.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(worth(&li), [REVENUE_MINOR.to_string(), "1".to_owned()]);
    assert_eq!(worth(&guest), ["0", "0"]);
}

/// A policy that asks whether the hidden revenue is at least so much, by which a trial would find it in thirty tries.
fn asking(minor: i64) -> String {
    format!(
        "id = \"ask\"\nversion = \"ask/{minor}\"\ntitle = \"Ask\"\n[classes.class]\norder = {{ value = [\"key\"], source = \"t\" }}\n[classes.class.key]\n\
         when = \"has(annual_revenue) && annual_revenue >= money({minor}, 'CNY')\"\nlabel_zh = \"x\"\nreason = \"x\"\nreason_zh = \"x\"\nrule = \"T\"\nsource = \"t\"\n"
    )
}

#[test]
fn a_trial_of_a_policy_that_reads_a_hidden_field_is_refused_whatever_it_would_change() {
    let Fixture { li, guest, .. } = fixture();
    for (minor, changed) in [(REVENUE_MINOR, 1), (REVENUE_MINOR + 1, 0)] {
        assert_eq!(li.what_if(&asking(minor), 9).unwrap().counts.changed, changed);
        let error = guest.what_if(&asking(minor), 9).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        assert_eq!((error.violations()[0].code.as_ref(), error.violations()[0].rule.as_ref()), ("hidden", "R-MNT-09"));
    }
}

#[test]
fn a_run_over_the_base_counts_no_customer_of_whom_something_that_decides_is_hidden() {
    let Fixture { li, guest, .. } = fixture();
    let adopt = |minor| {
        let (effective_on, approver) = (Some("2026-09-16".parse().unwrap()), Some("u.wang".into()));
        li.adopt_policy(NewPolicy { text: asking(minor), effective_on, approver }).unwrap();
    };
    let run = |session: &Session| session.reclassify(&mut |_| ControlFlow::Continue(())).unwrap();
    adopt(REVENUE_MINOR);
    let done = run(&guest);
    assert_eq!((done.customers, done.changed, done.moves.len()), (1, 0, 0), "it is sorted, and not told");
    adopt(REVENUE_MINOR + 1);
    let done = run(&li);
    assert_eq!(
        (done.customers, done.changed, done.moves.len()),
        (1, 1, 1),
        "out of the class that the guest's run gave"
    );
}
