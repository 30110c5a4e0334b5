//! The registry with scripted hooks: order, merge, failures, quarantine, slowness.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Mutex;

use super::*;
use crate::domain::{Calendar, Date, Decision, EntityKind, Fields, Instant, Parameter, Quantity, QuantityType, Value};

/// Answers what it is told to, in order, and then lets everything pass.
#[derive(Default)]
struct Scripted {
    id: &'static str,
    script: Mutex<Vec<Step>>,
    decides: Vec<(&'static str, Quantity)>,
    calculators: Vec<Calculator>,
}

#[derive(Clone, Copy)]
enum Step {
    Refuse,
    Fail(ErrorKind),
    Panic,
    Pass,
}

impl Scripted {
    fn step(&self) -> Result<Answer> {
        let step = self.script.lock().expect("invariant: not poisoned").pop().unwrap_or(Step::Pass);
        match step {
            Step::Pass => Ok(Answer::default()),
            Step::Refuse => Ok(Answer { violations: vec![violation("required")], ..Answer::default() }),
            Step::Fail(kind) => Err(Error::new(kind, "scripted")),
            Step::Panic => panic!("scripted panic"),
        }
    }
}

impl Hook for Scripted {
    fn id(&self) -> &str {
        self.id
    }

    fn version(&self) -> &str {
        "1.0.0"
    }

    fn offers(&self, point: Point) -> bool {
        point != Point::Rights
    }

    fn ask(&self, point: Point, _: &HookInput<'_>) -> Result<Answer> {
        if point == Point::Validate {
            return self.step();
        }
        Ok(Answer { decided: self.decides.iter().map(|(s, v)| decided(s, v.clone())).collect(), ..Answer::default() })
    }

    fn compute(&self, _: &Computation<'_>) -> Result<Answer> {
        self.step()
    }

    fn calculators(&self) -> &[Calculator] {
        &self.calculators
    }
}

fn violation(code: &'static str) -> Violation {
    Violation {
        field: "name".into(),
        code: code.into(),
        message: "refused".into(),
        message_zh: "拒绝".into(),
        rule: "R".into(),
        source: "".into(),
        inputs: Vec::new(),
        policy_version: "".into(),
        plugin: String::new(),
    }
}

fn decided(subject: &'static str, value: Quantity) -> Decided {
    let decision = Decision {
        subject: subject.into(),
        value: value.to_string(),
        rule: "R".into(),
        source: "a test".into(),
        inputs: Vec::new(),
        reason: "because".into(),
        reason_zh: "因为".into(),
        policy_version: "".into(),
        plugin: String::new(),
    };
    Decided { value, decision }
}

fn hook(id: &'static str, script: &[Step]) -> Arc<dyn Hook> {
    let script = Mutex::new(script.iter().rev().copied().collect());
    Arc::new(Scripted { id, script, ..Scripted::default() })
}

fn deciding(id: &'static str, decides: &[(&'static str, Quantity)]) -> Arc<dyn Hook> {
    Arc::new(Scripted { id, decides: decides.to_vec(), ..Scripted::default() })
}

/// A clock that moves on by so much each time that it is looked at.
struct Ticking(Mutex<i64>, i64);

impl Services for Ticking {
    fn record(&self, _: EntityKind, _: u64) -> Result<Option<Box<dyn Fields>>> {
        Ok(None)
    }

    fn referring(
        &self,
        _: EntityKind,
        _: u16,
        _: u64,
        _: &mut dyn FnMut(&dyn Fields) -> ControlFlow<()>,
    ) -> Result<()> {
        Ok(())
    }

    fn ticks_us(&self) -> i64 {
        let mut now = self.0.lock().expect("invariant: not poisoned");
        *now += self.1;
        *now
    }
}

fn with_services<T>(services: &dyn Services, ask: impl FnOnce(&HookInput<'_>) -> T) -> T {
    with_record(services, &BTreeMap::new(), ask)
}

fn with_record<T>(services: &dyn Services, record: &BTreeMap<u16, Value>, ask: impl FnOnce(&HookInput<'_>) -> T) -> T {
    let calendar = Calendar::new("CN", []);
    ask(&HookInput {
        now: Instant::parse("2026-09-16T09:00:00+08:00").unwrap(),
        today: Date::from_ymd_opt(2026, 9, 16).unwrap(),
        actor: "li",
        command: "add",
        entity: EntityKind::Complaint,
        before: None,
        after: record,
        customer: None,
        calendar: &calendar,
        zone: chrono_tz::Asia::Shanghai,
        services,
    })
}

fn with_input<T>(ask: impl FnOnce(&HookInput<'_>) -> T) -> T {
    with_services(&crate::port::NoServices, ask)
}

/// Takes any answer.
const PASS: AnswerCheck<'static> = &|_, _, _, _| Ok(());

fn registry(hooks: impl IntoIterator<Item = Arc<dyn Hook>>) -> Registry {
    let mut registry = Registry::new();
    hooks.into_iter().for_each(|h| registry.add(h).unwrap());
    registry
}

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|e| e.kind())
}

#[test]
fn violations_come_in_registry_order_and_name_their_plugin() {
    let registry = registry([hook("a", &[Step::Refuse]), hook("b", &[]), hook("c", &[Step::Refuse])]);
    let found = with_input(|i| registry.validate(i, PASS)).unwrap();
    assert_eq!(found.iter().map(|v| v.plugin.as_str()).collect::<Vec<_>>(), ["a 1.0.0", "c 1.0.0"]);
}

#[test]
fn of_contradictory_decisions_one_counts_by_a_stated_rule_and_all_are_kept() {
    let day = |d| Quantity::Date(Date::from_ymd_opt(2026, 10, d).unwrap());
    let text = |t: &str| Quantity::Text(t.to_owned());
    let registry = registry([
        deciding("a", &[("deadline_on", day(8)), ("grade", text("general")), ("owner", text("li"))]),
        deciding("b", &[]),
        deciding(
            "c",
            &[("deadline_on", day(1)), ("grade", text("major")), ("owner", text("wu")), ("keep_until", day(1))],
        ),
        deciding("d", &[("deadline_on", day(5)), ("grade", text("key_customer")), ("keep_until", day(2))]),
    ]);
    let merged = with_input(|i| registry.decide(Point::Complaint, i, PASS, &Ok)).unwrap();
    let kept: Vec<_> = merged.decided.iter().map(|d| (&*d.decision.subject, d.decision.plugin.as_str())).collect();
    let expected = [
        ("deadline_on", "c 1.0.0"),
        ("deadline_on", "a 1.0.0"),
        ("deadline_on", "d 1.0.0"),
        ("grade", "c 1.0.0"),
        ("grade", "a 1.0.0"),
        ("grade", "d 1.0.0"),
        ("owner", "a 1.0.0"),
        ("owner", "c 1.0.0"),
        ("keep_until", "d 1.0.0"),
        ("keep_until", "c 1.0.0"),
    ];
    assert_eq!(kept, expected);
}

#[test]
fn a_panic_and_an_error_become_plugin_failed_and_name_the_plugin() {
    let registry = registry([hook("a", &[Step::Panic, Step::Fail(ErrorKind::Bug)])]);
    for _ in 0..2 {
        let error = with_input(|i| registry.validate(i, PASS)).unwrap_err();
        assert_eq!((error.kind(), error.context_value("plugin")), (ErrorKind::PluginFailed, Some("a")));
    }
    assert_eq!(registry.plugins()[0].failures, 2);
}

/// A complaint that is new, told from others by its issue.
fn on<T>(issue: &str, ask: impl FnOnce(&HookInput<'_>) -> T) -> T {
    let record = BTreeMap::from([(crate::domain::complaint::field::issue, Value::Text(issue.into()))]);
    with_record(&crate::port::NoServices, &record, ask)
}

#[test]
fn a_success_in_between_starts_the_count_again() {
    let fail = Step::Fail(ErrorKind::PluginFailed);
    let registry = registry([hook("a", &[fail, fail, Step::Pass, fail, fail])]);
    let kinds: Vec<_> = (0..6).map(|n| kind(on(&n.to_string(), |i| registry.validate(i, PASS)))).collect();
    let failed = Some(ErrorKind::PluginFailed);
    assert_eq!(kinds, [failed, failed, None, failed, failed, None]);
    assert!(!registry.plugins()[0].quarantined);
}

/// One bad record that somebody tried three times used to put the plugin into quarantine, and all writes stopped. Records
/// are counted now, not calls.
#[test]
fn failures_on_one_record_alone_do_not_end_in_quarantine() {
    let registry = registry([hook("a", &[Step::Panic; 9])]);
    for _ in 0..9 {
        assert_eq!(kind(on("one", |i| registry.validate(i, PASS))), Some(ErrorKind::PluginFailed));
    }
    assert_eq!((registry.plugins()[0].failures, registry.plugins()[0].quarantined), (9, false));
}

/// An answer that a field did not take failed the change and was not counted, because the hook had returned well.
#[test]
fn an_answer_that_is_not_taken_counts_as_a_failure() {
    let registry = registry([deciding("a", &[("grade", Quantity::Text("terrible".into()))])]);
    let check: AnswerCheck<'_> = &|_, _, _, _| Err("there is no such grade".into());
    for n in 0..3 {
        let error = on(&n.to_string(), |i| registry.decide(Point::Complaint, i, check, &Ok)).unwrap_err();
        assert_eq!(error.message(), "plugin a failed in complaint: its answer is not taken: there is no such grade");
    }
    assert!(registry.plugins()[0].quarantined);
}

#[test]
fn three_failures_in_a_row_end_in_quarantine_until_enabled() {
    let registry = registry([hook("a", &[Step::Panic, Step::Panic, Step::Panic])]);
    for n in 0..3 {
        assert_eq!(kind(on(&n.to_string(), |i| registry.validate(i, PASS))), Some(ErrorKind::PluginFailed));
    }
    assert_eq!(kind(with_input(|i| registry.validate(i, PASS))), Some(ErrorKind::PluginQuarantined));
    let error = with_input(|i| registry.decide(Point::Complaint, i, PASS, &Ok)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PluginQuarantined);
    assert_eq!(
        with_input(|i| registry.masked(i, PASS)).unwrap(),
        BTreeSet::new(),
        "a hook that is not offered is not asked"
    );
    registry.enable("a").unwrap();
    assert_eq!(kind(with_input(|i| registry.validate(i, PASS))), None);
    assert_eq!(registry.enable("b").unwrap_err().kind(), ErrorKind::PluginUnknown);
}

#[test]
fn a_missing_calendar_year_is_not_the_plugins_fault() {
    let step = Step::Fail(ErrorKind::CalendarYearMissing);
    let registry = registry([hook("a", &[step; 5])]);
    for _ in 0..5 {
        assert_eq!(kind(with_input(|i| registry.validate(i, PASS))), Some(ErrorKind::CalendarYearMissing));
    }
    assert_eq!(registry.plugins()[0].failures, 0);
}

#[test]
fn a_slow_hook_is_counted_with_its_time_and_its_answer_stands() {
    let registry = registry([hook("quick", &[]), hook("slow", &[Step::Refuse])]);
    let ask = |step_us| with_services(&Ticking(Mutex::new(0), step_us), |i| registry.validate(i, PASS).unwrap().len());
    assert_eq!(ask(HOOK_LIMIT_US), 1, "the limit itself is not slow");
    assert!(registry.plugins().iter().all(|p| p.slow == 0 && p.slowest_us == HOOK_LIMIT_US));
    assert_eq!(ask(HOOK_LIMIT_US + 7), 0);
    assert!(registry.plugins().iter().all(|p| p.slow == 1 && p.slowest_us == HOOK_LIMIT_US + 7));
}

#[test]
fn an_id_and_a_calculators_name_are_registered_once() {
    let parameter = Parameter {
        name: "n".into(),
        label: "n".into(),
        label_zh: "数".into(),
        kind: QuantityType::Int,
        optional: false,
    };
    let calculator = |plugin: &str| Calculator {
        name: "a.twice".into(),
        label: "twice".into(),
        label_zh: "两倍".into(),
        arguments: vec![parameter.clone()],
        results: vec![parameter.clone()],
        plugin: plugin.to_owned(),
    };
    let with = |id: &'static str, script: &[Step]| {
        let script = Mutex::new(script.iter().rev().copied().collect());
        Arc::new(Scripted { id, script, calculators: vec![calculator(id)], ..Scripted::default() }) as Arc<dyn Hook>
    };
    let wrong = Step::Fail(ErrorKind::InvalidArgument);
    let mut registry = registry([with("a", &[wrong; 5])]);
    assert_eq!(registry.add(hook("a", &[])).unwrap_err().kind(), ErrorKind::Duplicate);
    let error = registry.add(with("b", &[])).unwrap_err();
    assert_eq!(error.message(), "the calculator a.twice is that of plugin a already");
    let compute = |name| {
        let calendar = Calendar::new("CN", []);
        kind(registry.compute(&Computation {
            now: Instant::from_us(0).unwrap(),
            today: Date::default(),
            name,
            arguments: &[],
            calendar: &calendar,
            zone: chrono_tz::UTC,
            services: &crate::port::NoServices,
        }))
    };
    assert_eq!(compute("a.thrice"), Some(ErrorKind::NotFound));
    let kinds: Vec<_> = (0..5).map(|_| compute("a.twice")).collect();
    let refused = Some(ErrorKind::InvalidArgument);
    assert_eq!(kinds, [refused; 5], "wrong arguments do not end in quarantine");
    assert_eq!(compute("a.twice"), Some(ErrorKind::PluginFailed), "it gave no result");
}
