//! Complaints under a policy with limits: deadlines, pauses, extensions, the chain, re-opening, guards, appeals.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, ComplaintState, EntityKind, Fields, Instant, Level, NewPolicy, Value, Verb, action,
    appeal, complaint, customer, review,
};
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Outcome, Record, Result, Session};

use complaint::field;

struct Office {
    clock: FixedClock,
    session: Session,
}

fn at(text: &str) -> Instant {
    Instant::parse(&format!("{text}:00+08:00")).unwrap()
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.into()))
}

/// Acknowledged in 2 working hours, answered in 5 working days, settled in 15 days rolled on; the chain has two levels.
fn policy(more: &str) -> NewPolicy {
    let grades = ["general", "key_customer", "major"];
    let limits = |step: &str, value: u32, rest: &str| {
        let line = |grade| format!("{grade} = {{ value = {value}, {rest}, rule = \"T-1\", source = \"test\" }}\n");
        format!("[complaint.{step}]\n{}", grades.map(line).concat())
    };
    let one = |name: &str, rest: &str| format!("{name} = {{ {rest}, rule = \"T-1\", source = \"test\" }}\n");
    let single = [
        one("reopen", "value = 1, unit = \"months\""),
        one("extensions_max", "value = 2"),
        one("extension_days_max", "value = 20"),
        one("appeal_answer", "value = 15, unit = \"days\""),
        one("review_request", "value = 30, unit = \"days\""),
        one("review_decide", "value = 30, unit = \"days\""),
        more.to_owned(),
    ];
    let text = [
        "id = \"test\"\nversion = \"test/1\"\ntitle = \"Test\"\n[complaint]\n".to_owned(),
        single.concat(),
        limits("acknowledge", 2, "unit = \"working_hours\""),
        limits("respond", 5, "unit = \"working_days\""),
        limits("resolve", 15, "unit = \"days\", roll = \"next\""),
        limits("escalation_after.1", 3, "unit = \"days\""),
        limits("escalation_after.2", 2, "unit = \"days\""),
    ];
    let effective_on = Some("2026-01-01".parse().unwrap());
    NewPolicy { text: text.concat(), effective_on, approver: Some("u.gm".into()) }
}

impl Office {
    fn open(policy: NewPolicy, now: &str) -> Self {
        Self::begin(Some(policy), now)
    }

    /// Without a policy the default one is in force.
    fn begin(policy: Option<NewPolicy>, now: &str) -> Self {
        let clock = FixedClock::new(at(now));
        let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock.clone()))).unwrap();
        let session = crm.session(Actor { name: "u.chen".into(), level: Level::Manage }).unwrap();
        policy.into_iter().for_each(|policy| drop(session.apply(Command::AdoptPolicy(policy)).unwrap()));
        let office = Self { clock, session };
        office.add(EntityKind::Customer, BTreeMap::from([(customer::field::name, text("王五"))])).unwrap();
        office
    }

    fn now(&self, now: &str) -> &Self {
        self.clock.set(at(now));
        self
    }

    fn add(&self, entity: EntityKind, changes: Changes) -> Result<Outcome> {
        self.session.apply(Command::Add { entity, changes })
    }

    fn complain(&self, received: &str) -> Record {
        let changes = BTreeMap::from([
            (field::customer, Some(Value::Ref(1))),
            (field::issue, text("漏水")),
            (field::received_at, Some(Value::Instant(at(received)))),
        ]);
        self.add(EntityKind::Complaint, changes).unwrap().record.unwrap()
    }

    fn act_on(&self, entity: EntityKind, verb: &str, inputs: &[(u16, Option<Value>)]) -> Result<Outcome> {
        let verb = Verb::named(entity, verb).unwrap();
        self.session.apply(Command::Act { verb, id: 1, revision: None, changes: inputs.iter().cloned().collect() })
    }

    fn act(&self, verb: &str, inputs: &[(u16, Option<Value>)]) -> Result<Outcome> {
        self.act_on(EntityKind::Complaint, verb, inputs)
    }

    fn with_reason(&self, verb: &str) -> Record {
        self.act(verb, &[(field::reason, text("r"))]).unwrap().record.unwrap()
    }

    /// Hands the complaint up, as a major one is before it is closed.
    fn go_up(&self) {
        self.act("escalate", &[(field::escalated_to, text("u.head")), (field::reason, text("r"))]).unwrap();
    }

    /// From received to followed up.
    fn handle(&self) {
        let day = Some(Value::Date("2026-12-31".parse().unwrap()));
        self.act("clarify", &[(field::cause, text("c"))]).unwrap();
        let offer = [(field::solution, text("s")), (field::promised_on, day), (field::promise_reason, text("p"))];
        self.act("propose", &offer).unwrap();
        self.act("accept", &[]).unwrap();
        let told = [(field::outcome, text("o")), (field::satisfaction, Some(Value::Enum(1)))];
        self.act("follow_up", &told).unwrap();
    }
}

fn codes(result: Result<Outcome>) -> Vec<String> {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    error.violations().iter().map(|violation| violation.code.to_string()).collect()
}

fn on(record: &Record, field: u16) -> String {
    record.date(field).map_or_else(|| "-".to_owned(), |day| day.to_string())
}

#[test]
fn every_clock_has_its_own_limit_and_says_why() {
    let office = Office::open(policy(""), "2026-09-30T17:30");
    let added = office.add(EntityKind::Complaint, {
        BTreeMap::from([
            (field::customer, Some(Value::Ref(1))),
            (field::issue, text("漏水")),
            (field::received_at, Some(Value::Instant(at("2026-09-30T17:00")))),
        ])
    });
    let added = added.unwrap();
    let complaint = added.record.unwrap();
    assert_eq!(complaint.instant(field::acknowledge_by), Some(at("2026-10-08T09:30")), "an hour before the holiday");
    assert_eq!(complaint.instant(field::respond_by).unwrap().us() + 1, at("2026-10-14T00:00").us(), "13 October");
    assert_eq!(on(&complaint, field::deadline_on), "2026-10-15");
    assert_eq!(complaint.instant(field::escalate_by).unwrap().us() + 1, at("2026-10-04T00:00").us());
    let subjects: Vec<&str> = added.decisions.iter().map(|d| d.subject.as_ref()).collect();
    assert_eq!(subjects, ["grade", "acknowledge_by", "respond_by", "deadline_on", "escalate_by"]);
    let due = &added.decisions[3];
    assert_eq!((due.value.as_str(), due.rule.as_ref(), due.source.as_ref()), ("2026-10-15", "T-1", "test"));
    let inputs: Vec<(&str, &str)> = due.inputs.iter().map(|(n, v)| (n.as_ref(), v.as_str())).collect();
    let start = ("start", "2026-09-30T09:00:00Z");
    let rest = [("grade", "general"), ("limit", "15 days"), ("roll", "next"), ("extended_days", "0")];
    assert_eq!(inputs, [&[start], &rest[..]].concat());

    let told = office.now("2026-10-08T09:31").act("acknowledge", &[]).unwrap();
    assert_eq!(
        (told.decisions[0].subject.as_ref(), told.decisions[0].value.as_str()),
        ("acknowledged_in_time", "false")
    );
}

/// The clock stands while a complaint is suspended: each deadline moves by the pause in its own unit.
#[test]
fn a_pause_moves_every_deadline_in_its_own_unit() {
    let office = Office::open(policy(""), "2026-09-28T09:00");
    let before = office.complain("2026-09-28T09:00");
    assert_eq!(on(&before, field::deadline_on), "2026-10-13");
    let suspended = office.now("2026-09-28T10:00").with_reason("suspend");
    assert_eq!(on(&suspended, field::deadline_on), "2026-10-13", "it says how it was");
    let resumed = office.now("2026-10-09T11:00").act("resume", &[]).unwrap().record.unwrap();
    // 11 days, the working days 29 and 30 September, 8 and 9 October.
    assert_eq!(on(&resumed, field::deadline_on), "2026-10-26", "24 October is a Saturday");
    assert_eq!(
        resumed.instant(field::respond_by).unwrap().us() + 1,
        at("2026-10-16T00:00").us(),
        "10 October is worked"
    );
    assert_eq!(resumed.instant(field::acknowledge_by), Some(at("2026-10-09T12:00")), "the hour that was left");
    assert_eq!(resumed.instant(field::escalate_by).unwrap().us() + 1, at("2026-10-13T00:00").us());
    office.with_reason("suspend");
    let again = office.now("2026-10-10T11:00").act("resume", &[]).unwrap().record.unwrap();
    assert_eq!(on(&again, field::deadline_on), "2026-10-26", "25 October is a Sunday");
    assert_eq!(again.get(field::paused_days), Some(crm_core::domain::ValueRef::Int(12)));
}

#[test]
fn extensions_add_days_within_the_bounds_of_the_policy() {
    let office = Office::open(policy(""), "2026-09-16T09:00");
    office.complain("2026-09-16T09:00");
    let extend =
        |days| office.act("extend", &[(field::reason, text("r")), (field::extension_days, Some(Value::Int(days)))]);
    let extended = extend(15).unwrap().record.unwrap();
    assert_eq!(on(&extended, field::deadline_on), "2026-10-16");
    assert_eq!(codes(extend(6)), ["out_of_range"]);
    assert_eq!(on(&extend(5).unwrap().record.unwrap(), field::deadline_on), "2026-10-21");
    assert_eq!(codes(extend(1)), ["out_of_range", "out_of_range"]);
}

/// A pause gave the level of the chain its whole limit again, so that a complaint that was suspended now and then never
/// had to go up. The clock of the level stands while the complaint is suspended, and goes on with what was left of it.
#[test]
fn every_level_of_the_chain_has_its_own_limit_and_goes_on_behind_a_pause_with_what_was_left() {
    let office = Office::open(policy(""), "2026-09-16T09:00");
    let by = |record: &Record| record.instant(field::escalate_by).map(|at| at.us() + 1);
    assert_eq!(by(&office.complain("2026-09-16T09:00")), Some(at("2026-09-20T00:00").us()));
    let up = |now: &str| {
        let inputs = [(field::escalated_to, text("u.head")), (field::reason, text("r"))];
        office.now(now).act("escalate", &inputs)
    };
    assert_eq!(by(&up("2026-09-19T10:00").unwrap().record.unwrap()), Some(at("2026-09-22T00:00").us()));
    let suspended = office.now("2026-09-20T10:00").with_reason("suspend");
    assert_eq!(by(&suspended), Some(at("2026-09-22T00:00").us()), "the second of two days is left");
    let resumed = office.now("2026-09-25T10:00").act("resume", &[]).unwrap().record.unwrap();
    assert_eq!(by(&resumed), Some(at("2026-09-27T00:00").us()), "five days later");
    assert_eq!(resumed.instant(field::escalated_at), Some(at("2026-09-19T10:00")), "when it went up stays known");
    office.now("2026-09-25T11:00").with_reason("suspend");
    let again = office.now("2026-09-26T11:00").act("resume", &[]).unwrap().record.unwrap();
    assert_eq!(by(&again), Some(at("2026-09-28T00:00").us()), "six days later");
    assert_eq!(by(&up("2026-09-26T12:00").unwrap().record.unwrap()), None, "there is no level above");
    assert_eq!(codes(up("2026-09-26T13:00")), ["chain_end"]);
}

#[test]
fn a_complaint_is_reopened_within_its_limit_and_its_deadlines_begin_anew() {
    let office = Office::open(policy(""), "2026-09-16T09:00");
    office.complain("2026-09-16T09:00");
    office.handle();
    let close = [(field::lesson, text("l")), (field::case_written, Some(Value::Bool(true)))];
    let closed = office.now("2026-09-30T09:00").act("close", &close).unwrap();
    let kept = &closed.decisions[0];
    assert_eq!((kept.subject.as_ref(), kept.value.as_str()), ("closed_in_time", "true"));
    office.now("2026-10-31T00:00");
    assert_eq!(codes(office.act("reopen", &[(field::reason, text("r"))])), ["too_late"]);
    let reopened = office.now("2026-10-30T23:59").with_reason("reopen");
    assert_eq!(on(&reopened, field::deadline_on), "2026-11-16", "14 November is a Saturday");
    assert_eq!(reopened.enumeration(field::state), Some(ComplaintState::Received.number()));
    office.go_up();
    office.handle();
    let closed = office.now("2026-11-17T00:00").act("close", &close).unwrap();
    assert_eq!((closed.decisions[0].subject.as_ref(), closed.decisions[0].value.as_str()), ("closed_in_time", "false"));
}

/// A second re-opening at the instant of the first took the deadlines away and set none: the instant, by which it was told
/// that they begin anew, was the same. The model found it after some hundred thousand steps on its standing clock.
#[test]
fn a_complaint_that_is_reopened_twice_at_one_instant_keeps_its_deadlines() {
    let office = Office::open(policy(""), "2026-09-16T09:00");
    office.complain("2026-09-16T09:00");
    let close = [(field::lesson, text("l")), (field::case_written, Some(Value::Bool(true)))];
    for round in 1..=2 {
        if round == 2 {
            office.go_up();
        }
        office.handle();
        office.act("close", &close).unwrap();
        let reopened = office.with_reason("reopen");
        let due = |field: u16| reopened.instant(field).map(|at| at.to_string());
        assert_eq!(on(&reopened, field::deadline_on), "2026-10-08", "round {round}: 1 to 7 October are holidays");
        let found = [field::acknowledge_by, field::respond_by, field::escalate_by].map(due);
        assert!(found.iter().all(Option::is_some), "round {round}: {found:?}");
    }
}

/// A complaint that became major while it was suspended got no limit of its new grade when it was taken up within the same
/// second, the second time: the pauses, by which it was told that the deadlines begin anew, were the same. The model found it.
#[test]
fn a_complaint_that_is_resumed_at_once_has_the_limits_of_the_grade_that_it_got_meanwhile() {
    let office = Office::begin(None, "2026-09-16T09:00");
    office.complain("2026-09-16T09:00");
    office.with_reason("suspend");
    let resumed = office.act("resume", &[]).unwrap().record.unwrap();
    assert_eq!(resumed.instant(field::escalate_by), None, "a general complaint goes up nowhere by itself");
    office.with_reason("suspend");
    let changes = BTreeMap::from([(field::external_intent, Some(Value::Bool(true)))]);
    office.session.apply(Command::Update { entity: EntityKind::Complaint, id: 1, revision: None, changes }).unwrap();
    let resumed = office.act("resume", &[]).unwrap().record.unwrap();
    assert_eq!(resumed.instant(field::escalate_by), Some(at("2026-09-16T09:00")), "a major one goes up at once");
}

#[test]
fn all_that_closing_asks_for_and_is_not_done_comes_back_at_once() {
    let policy = policy(concat!(
        "same_issue_count_major = { value = 1, rule = \"T-1\", source = \"test\" }\n",
        "[complaint.close_guards]\nactions_done = { value = [\"all\"], rule = \"R-FIX-24\", source = \"test\" }\n",
    ));
    let office = Office::open(policy, "2026-09-16T09:00");
    office.complain("2026-09-16T09:00");
    office.handle();
    let direct = [(field::lesson, text("l"))];
    assert_eq!(codes(office.act("close", &direct)), ["case_missing", "actions_open", "not_escalated"]);
    office.go_up();
    office.handle();
    let close = |written| office.act("close", &[(field::lesson, text("l")), (field::case_written, written)]);
    assert_eq!(codes(close(None)), ["case_missing", "actions_open"]);
    let action = BTreeMap::from([
        (action::field::complaint, Some(Value::Ref(1))),
        (action::field::kind, Some(Value::Enum(2))),
        (action::field::content, text("a")),
        (action::field::owner, text("u.li")),
    ]);
    office.add(EntityKind::Action, action).unwrap();
    assert_eq!(codes(close(Some(Value::Bool(true)))), ["actions_open"]);
    office.act_on(EntityKind::Action, "complete", &[(action::field::result, text("d"))]).unwrap();
    assert_eq!(codes(close(Some(Value::Bool(true)))), ["actions_open"], "done is not verified");
    office.act_on(EntityKind::Action, "verify", &[]).unwrap();
    assert!(close(Some(Value::Bool(true))).is_ok());
}

#[test]
fn appeals_and_reviews_have_deadlines_of_their_own() {
    let office = Office::open(policy(""), "2026-09-16T09:00");
    office.complain("2026-09-16T08:00");
    let appeal = |answer_on: Option<&str>| {
        let mut changes = BTreeMap::from([
            (appeal::field::customer, Some(Value::Ref(1))),
            (appeal::field::authority, text("邮政管理局")),
            (appeal::field::received_at, Some(Value::Instant(at("2026-09-16T09:00")))),
        ]);
        if let Some(day) = answer_on {
            changes.insert(appeal::field::answer_on, Some(Value::Date(day.parse().unwrap())));
        }
        office.add(EntityKind::Appeal, changes).unwrap()
    };
    let decided = appeal(None);
    assert_eq!(on(&decided.record.unwrap(), appeal::field::answer_on), "2026-10-01");
    assert_eq!(decided.decisions[0].subject, "answer_on");
    assert_eq!(on(&appeal(Some("2026-09-20")).record.unwrap(), appeal::field::answer_on), "2026-09-20");

    office.handle();
    let close = [(field::lesson, text("l"))];
    office.act("close", &close).unwrap();
    let review = |now: &str| {
        let changes = BTreeMap::from([
            (review::field::complaint, Some(Value::Ref(1))),
            (review::field::unit, text("总行")),
            (review::field::requested_at, Some(Value::Instant(at(now)))),
        ]);
        office.now(now).add(EntityKind::Review, changes)
    };
    let asked = review("2026-10-16T23:59").unwrap();
    assert_eq!(on(&asked.record.unwrap(), review::field::decide_on), "2026-11-15");
    assert_eq!(codes(review("2026-10-17T00:00")), ["too_late"]);
}

/// The journal holds every change of the state with its instant, so that the time in each state can be had from it.
#[test]
fn the_time_in_each_state_comes_from_the_journal() {
    let office = Office::open(policy(""), "2026-09-16T09:00");
    office.complain("2026-09-16T08:00");
    office.now("2026-09-16T10:00").act("clarify", &[(field::cause, text("c"))]).unwrap();
    office.now("2026-09-16T11:00").act("acknowledge", &[]).unwrap();
    office.now("2026-09-16T12:00").with_reason("suspend");
    office.now("2026-09-18T12:00").act("resume", &[]).unwrap();
    office.now("2026-09-18T13:00");
    let stays = office.session.stays(EntityKind::Complaint, 1).unwrap();
    let found: Vec<(&str, i64)> = stays.iter().map(|stay| (stay.state, stay.seconds)).collect();
    let wanted = [("received", 3_600), ("clarified", 7_200), ("suspended", 172_800), ("clarified", 3_600)];
    assert_eq!(found, wanted);
    assert_eq!((stays[0].until, stays[3].until), (Some(at("2026-09-16T10:00")), None));
    assert_eq!(office.session.stays(EntityKind::Complaint, 9).unwrap_err().kind(), ErrorKind::NotFound);
}

/// One that was imported with an impossible instant and then taken up again never got a deadline, though its limits run from
/// the re-opening.
#[test]
fn a_reopened_complaint_has_deadlines_whatever_its_old_dates_are() {
    let office = Office::open(policy(""), "2026-09-16T09:00");
    let closed = BTreeMap::from([
        (field::customer, Some(Value::Ref(1))),
        (field::issue, text("漏水")),
        (field::received_at, Some(Value::Instant(at("1985-01-05T09:00")))),
        (field::closed_at, Some(Value::Instant(at("2026-09-10T09:00")))),
        (field::state, Some(Value::Enum(ComplaintState::Closed.number()))),
        (field::facts_unknown, Some(Value::Bool(true))),
    ]);
    let add = Command::Add { entity: EntityKind::Complaint, changes: closed };
    office.session.apply(Command::AllowingImpossibleDates(Box::new(add))).unwrap();
    let reopened = office.with_reason("reopen");
    assert_eq!(on(&reopened, field::deadline_on), "2026-10-08");
}

/// The complaint that follows from a visit was refused for a date that the command allowed.
#[test]
fn what_follows_from_a_command_may_have_the_dates_that_the_command_allows() {
    use crm_core::domain::visit::field as of;
    let office = Office::open(policy(""), "2026-09-16T09:00");
    let held = BTreeMap::from([
        (of::customer, Some(Value::Ref(1))),
        (of::kind, text("return_visit")),
        (of::owner, text("u.chen")),
        (of::planned_on, Some(Value::Date("2026-09-16".parse().unwrap()))),
    ]);
    office.add(EntityKind::Visit, held).unwrap();
    let inputs =
        [(of::held_at, Some(Value::Instant(at("1985-01-05T09:00")))), (of::satisfaction, Some(Value::Enum(2)))];
    let verb = Verb::named(EntityKind::Visit, "hold").unwrap();
    let hold = Command::Act { verb, id: 1, revision: None, changes: inputs.into_iter().collect() };
    office.session.apply(Command::AllowingImpossibleDates(Box::new(hold))).unwrap();
    let opened = office.session.get(EntityKind::Complaint, 1).unwrap().unwrap();
    assert_eq!(opened.text(crm_core::domain::FIELD_DATE_DOUBT), Some("received_at"));
}

/// A put went over several verbs, and the units were asked for that may use the last one alone.
#[test]
fn a_put_is_written_by_the_units_that_may_use_each_verb_on_its_way() {
    let kept = "[authors.complaint]\nclose = { value = [\"quality\"], rule = \"T-1\", source = \"test\" }\n";
    let text_of = format!("id = \"x\"\nversion = \"x/1\"\ntitle = \"X\"\n{kept}");
    let effective_on = Some("2026-01-01".parse().unwrap());
    let only = NewPolicy { text: text_of, effective_on, approver: Some("u.gm".into()) };
    let office = Office::open(only, "2026-09-16T09:00");
    office.complain("2026-09-15T09:00");
    office.handle();
    let put = |state: ComplaintState| {
        let changes = BTreeMap::from([
            (field::number, text("N-1")),
            (field::state, Some(Value::Enum(state.number()))),
            (field::closed_at, Some(Value::Instant(at("2026-09-16T08:00")))),
        ]);
        office.session.apply(Command::Put { entity: EntityKind::Complaint, changes }).unwrap_err()
    };
    let number = BTreeMap::from([(field::number, text("N-1"))]);
    let update = Command::Update { entity: EntityKind::Complaint, id: 1, revision: None, changes: number };
    office.session.apply(update).unwrap();
    for state in [ComplaintState::Closed, ComplaintState::Archived] {
        let refused = put(state);
        assert_eq!(
            (refused.kind(), refused.context_value("command")),
            (ErrorKind::Forbidden, Some("close")),
            "{state:?}"
        );
    }
}

/// Of a closed complaint a put took away what closing had asked for.
#[test]
fn what_a_closed_complaint_was_asked_for_stays() {
    let office = Office::open(policy(""), "2026-09-16T09:00");
    office.complain("2026-09-15T09:00");
    office.handle();
    office.act("close", &[(field::lesson, text("l"))]).unwrap();
    let number = BTreeMap::from([(field::number, text("N-1"))]);
    let update = Command::Update { entity: EntityKind::Complaint, id: 1, revision: None, changes: number.clone() };
    office.session.apply(update).unwrap();
    let put = |gone: u16| {
        let changes = number.clone().into_iter().chain([(gone, None)]).collect();
        codes(office.session.apply(Command::Put { entity: EntityKind::Complaint, changes }))
    };
    assert_eq!(put(field::outcome), ["required"]);
    assert_eq!(put(field::cause), ["required"]);
}

/// The first complaint that a rule refuses ended the run, so that those after it were never decided again.
#[test]
fn a_complaint_that_a_rule_refuses_does_not_end_the_run() {
    let office = Office::begin(None, "2026-09-16T09:00");
    office.complain("2026-09-15T09:00");
    let second = BTreeMap::from([
        (field::customer, Some(Value::Ref(1))),
        (field::issue, text("漏气")),
        (field::channel, Some(Value::Enum(1))),
        (field::received_at, Some(Value::Instant(at("2026-09-15T09:00")))),
    ]);
    office.add(EntityKind::Complaint, second).unwrap();
    let required = "[required.complaint]\nreceived = { value = [\"channel\"], rule = \"T-1\", source = \"test\" }\n";
    let mut asked = policy("");
    asked.text.push_str(required);
    asked.effective_on = Some("2026-09-17".parse().unwrap());
    office.now("2026-09-17T09:00");
    office.session.apply(Command::AdoptPolicy(asked)).unwrap();
    let (complaints, changed) = office.session.reassess(&mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!((complaints, changed), (2, 1));
}
