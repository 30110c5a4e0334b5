//! The registry: the hooks of a database in their order, asked one after the other and kept from doing harm.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result, Violation};
use crate::port::{ComplaintAnswer, Hook, HookInput};

/// The number of failures of a hook, one directly after the other, after which its plugin is not called any more.
pub const FAILURES_MAX: u32 = 3;

/// What is known about a registered plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginStatus {
    /// The id.
    pub id: String,
    /// The version.
    pub version: String,
    /// How many calls failed since it was registered.
    pub failures: u64,
    /// Whether it is in quarantine: every change that would call it is refused.
    pub quarantined: bool,
}

/// The hooks of a database, asked in the order in which they were added.
///
/// Cloning shares the hooks and what is known about their failures.
#[derive(Clone, Default)]
pub struct Registry {
    entries: Vec<Arc<Entry>>,
}

struct Entry {
    hook: Arc<dyn Hook>,
    /// Failures in a row, counted for each point so that a success at one does not excuse another.
    in_a_row: [AtomicU32; 2],
    failures: AtomicU64,
    quarantined: AtomicBool,
}

/// Where a hook is called.
#[derive(Clone, Copy)]
enum Point {
    Validate = 0,
    Complaint = 1,
}

impl Point {
    const fn name(self) -> &'static str {
        match self {
            Point::Validate => "validate",
            Point::Complaint => "complaint",
        }
    }
}

impl Registry {
    /// A registry without hooks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a hook behind the ones that are there.
    ///
    /// # Errors
    /// `Duplicate` when a plugin of that id is there. There are no others.
    pub fn add(&mut self, hook: Arc<dyn Hook>) -> Result<()> {
        if self.find(hook.id()).is_ok() {
            return Err(Error::new(ErrorKind::Duplicate, format!("plugin {} is registered already", hook.id()))
                .with("plugin", hook.id()));
        }
        self.entries.push(Arc::new(Entry {
            hook,
            in_a_row: [AtomicU32::new(0), AtomicU32::new(0)],
            failures: AtomicU64::new(0),
            quarantined: AtomicBool::new(false),
        }));
        Ok(())
    }

    /// Whether there are no hooks.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The registered plugins, in their order.
    pub fn plugins(&self) -> Vec<PluginStatus> {
        self.entries.iter().map(|entry| entry.status()).collect()
    }

    /// Ends the quarantine of a plugin.
    ///
    /// # Errors
    /// `PluginUnknown` when no plugin of that id is registered. There are no others.
    pub fn enable(&self, id: &str) -> Result<()> {
        let entry = self.find(id)?;
        entry.in_a_row.iter().for_each(|n| n.store(0, Ordering::Relaxed));
        entry.quarantined.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Asks every hook whether the change is allowed, and gives all their violations, each marked with its plugin.
    ///
    /// # Errors
    /// `PluginQuarantined` when a plugin is not called any more; `PluginFailed` when one fails; `CalendarYearMissing`
    /// when one needs a year that the calendar does not have. There are no others.
    pub fn validate(&self, input: &HookInput<'_>) -> Result<Vec<Violation>> {
        let mut all = Vec::new();
        for entry in &self.entries {
            let mut found = entry.call(Point::Validate, |hook| hook.validate(input))?;
            found.iter_mut().for_each(|v| entry.hook.id().clone_into(&mut v.plugin));
            all.append(&mut found);
        }
        Ok(all)
    }

    /// Asks every hook about a complaint. Of several deadlines the earliest counts, and all decisions are kept, each
    /// marked with its plugin.
    ///
    /// # Errors
    /// As [`Registry::validate`].
    pub fn complaint(&self, input: &HookInput<'_>) -> Result<Option<ComplaintAnswer>> {
        let mut merged: Option<ComplaintAnswer> = None;
        for entry in &self.entries {
            let Some(mut answer) = entry.call(Point::Complaint, |hook| hook.complaint(input))? else { continue };
            let mark = format!("{} {}", entry.hook.id(), entry.hook.version());
            answer.decisions.iter_mut().for_each(|d| d.plugin.clone_from(&mark));
            let merged = merged.get_or_insert_default();
            merged.deadline_on = merged.deadline_on.into_iter().chain(answer.deadline_on).min();
            merged.decisions.append(&mut answer.decisions);
        }
        Ok(merged)
    }

    fn find(&self, id: &str) -> Result<&Entry> {
        self.entries.iter().map(|e| &**e).find(|e| e.hook.id() == id).ok_or_else(|| {
            Error::new(ErrorKind::PluginUnknown, format!("no plugin {id} is registered")).with("plugin", id)
        })
    }
}

impl Entry {
    fn status(&self) -> PluginStatus {
        PluginStatus {
            id: self.hook.id().to_owned(),
            version: self.hook.version().to_owned(),
            failures: self.failures.load(Ordering::Relaxed),
            quarantined: self.quarantined.load(Ordering::Relaxed),
        }
    }

    fn call<T>(&self, point: Point, ask: impl FnOnce(&dyn Hook) -> Result<T>) -> Result<T> {
        let id = self.hook.id();
        if self.quarantined.load(Ordering::Relaxed) {
            let message = format!(
                "plugin {id} failed {FAILURES_MAX} times in a row and is in quarantine; changes that need it are \
                 refused until it is enabled again"
            );
            return Err(Error::new(ErrorKind::PluginQuarantined, message).with("plugin", id));
        }
        let error = match catch_unwind(AssertUnwindSafe(|| ask(&*self.hook))) {
            Ok(Ok(answer)) => {
                self.in_a_row[point as usize].store(0, Ordering::Relaxed);
                return Ok(answer);
            }
            // The calendar lacks a year: not the plugin's fault, and no reason to count.
            Ok(Err(e)) if e.kind() == ErrorKind::CalendarYearMissing => return Err(named(e, id)),
            Ok(Err(e)) if e.kind() == ErrorKind::PluginFailed => named(e, id),
            Ok(Err(e)) => failed(id, point, e.message()).caused_by(e),
            Err(_) => failed(id, point, "it panicked"),
        };
        self.count_failure(point);
        Err(error)
    }

    fn count_failure(&self, point: Point) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if self.in_a_row[point as usize].fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES_MAX {
            self.quarantined.store(true, Ordering::Relaxed);
        }
    }
}

fn failed(id: &str, point: Point, why: &str) -> Error {
    let message = format!("plugin {id} failed in {}: {why}", point.name());
    Error::new(ErrorKind::PluginFailed, message).with("plugin", id)
}

fn named(error: Error, id: &str) -> Error {
    match error.context_value("plugin") {
        Some(_) => error,
        None => error.with("plugin", id),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;
    use crate::domain::{Calendar, Date, Decision, EntityKind, Instant, Value};

    /// Answers what it is told to, in order, and then lets everything pass.
    struct Scripted {
        id: &'static str,
        script: Mutex<Vec<Step>>,
        deadline: Option<Date>,
    }

    #[derive(Clone, Copy)]
    enum Step {
        Refuse,
        Fail(ErrorKind),
        Panic,
        Pass,
    }

    impl Hook for Scripted {
        fn id(&self) -> &str {
            self.id
        }

        fn version(&self) -> &str {
            "1.0.0"
        }

        fn validate(&self, _: &HookInput<'_>) -> Result<Vec<Violation>> {
            let step = self.script.lock().expect("invariant: not poisoned").pop().unwrap_or(Step::Pass);
            match step {
                Step::Pass => Ok(Vec::new()),
                Step::Refuse => Ok(vec![violation("required")]),
                Step::Fail(kind) => Err(Error::new(kind, "scripted")),
                Step::Panic => panic!("scripted panic"),
            }
        }

        fn complaint(&self, _: &HookInput<'_>) -> Result<Option<ComplaintAnswer>> {
            Ok(self.deadline.map(|date| ComplaintAnswer { deadline_on: Some(date), decisions: vec![decision(date)] }))
        }
    }

    fn violation(code: &'static str) -> Violation {
        Violation {
            field: "name".into(),
            code: code.into(),
            message: "refused".into(),
            message_zh: "拒绝".into(),
            rule: "R".into(),
            plugin: String::new(),
        }
    }

    fn decision(date: Date) -> Decision {
        Decision {
            subject: "deadline_on".into(),
            value: date.to_string(),
            rule: "R".into(),
            source: "a test".into(),
            inputs: Vec::new(),
            reason: "because".into(),
            reason_zh: "因为".into(),
            policy_version: "".into(),
            plugin: String::new(),
        }
    }

    fn hook(id: &'static str, script: &[Step]) -> Arc<dyn Hook> {
        let script = Mutex::new(script.iter().rev().copied().collect());
        Arc::new(Scripted { id, script, deadline: None })
    }

    fn with_input<T>(ask: impl FnOnce(&HookInput<'_>) -> T) -> T {
        let record: BTreeMap<u16, Value> = BTreeMap::new();
        let calendar = Calendar::new("CN", []);
        ask(&HookInput {
            now: Instant::parse("2026-09-16T09:00:00+08:00").unwrap(),
            today: Date::from_ymd_opt(2026, 9, 16).unwrap(),
            actor: "li",
            command: "add",
            entity: EntityKind::Complaint,
            before: None,
            after: &record,
            customer: None,
            calendar: &calendar,
            zone: chrono_tz::Asia::Shanghai,
        })
    }

    fn registry(hooks: impl IntoIterator<Item = Arc<dyn Hook>>) -> Registry {
        let mut registry = Registry::new();
        hooks.into_iter().for_each(|h| registry.add(h).unwrap());
        registry
    }

    fn kind(result: Result<Vec<Violation>>) -> Option<ErrorKind> {
        result.err().map(|e| e.kind())
    }

    #[test]
    fn violations_come_in_registry_order_and_name_their_plugin() {
        let registry = registry([hook("a", &[Step::Refuse]), hook("b", &[]), hook("c", &[Step::Refuse])]);
        let found = with_input(|i| registry.validate(i)).unwrap();
        assert_eq!(found.iter().map(|v| v.plugin.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn the_earliest_deadline_counts_and_every_decision_is_kept() {
        let day = |d| Date::from_ymd_opt(2026, 10, d).unwrap();
        let deadline = |id, date| Arc::new(Scripted { id, script: Mutex::default(), deadline: date }) as Arc<dyn Hook>;
        let registry = registry([deadline("a", Some(day(8))), deadline("b", None), deadline("c", Some(day(1)))]);
        let answer = with_input(|i| registry.complaint(i)).unwrap().unwrap();
        assert_eq!(answer.deadline_on, Some(day(1)));
        let kept: Vec<_> = answer.decisions.iter().map(|d| (d.plugin.as_str(), d.value.as_str())).collect();
        assert_eq!(kept, [("a 1.0.0", "2026-10-08"), ("c 1.0.0", "2026-10-01")]);
    }

    #[test]
    fn no_opinion_of_any_plugin_is_no_answer() {
        let registry = registry([hook("a", &[])]);
        assert!(with_input(|i| registry.complaint(i)).unwrap().is_none());
    }

    #[test]
    fn a_panic_and_an_error_become_plugin_failed_and_name_the_plugin() {
        let registry = registry([hook("a", &[Step::Panic, Step::Fail(ErrorKind::Bug)])]);
        for _ in 0..2 {
            let error = with_input(|i| registry.validate(i)).unwrap_err();
            assert_eq!((error.kind(), error.context_value("plugin")), (ErrorKind::PluginFailed, Some("a")));
        }
        assert_eq!(registry.plugins()[0].failures, 2);
    }

    #[test]
    fn a_success_in_between_starts_the_count_again() {
        let fail = Step::Fail(ErrorKind::PluginFailed);
        let registry = registry([hook("a", &[fail, fail, Step::Pass, fail, fail])]);
        let kinds: Vec<_> = (0..6).map(|_| kind(with_input(|i| registry.validate(i)))).collect();
        let failed = Some(ErrorKind::PluginFailed);
        assert_eq!(kinds, [failed, failed, None, failed, failed, None]);
        assert!(!registry.plugins()[0].quarantined);
    }

    #[test]
    fn three_failures_in_a_row_end_in_quarantine_until_enabled() {
        let registry = registry([hook("a", &[Step::Panic, Step::Panic, Step::Panic])]);
        for _ in 0..3 {
            assert_eq!(kind(with_input(|i| registry.validate(i))), Some(ErrorKind::PluginFailed));
        }
        assert_eq!(kind(with_input(|i| registry.validate(i))), Some(ErrorKind::PluginQuarantined));
        let error = with_input(|i| registry.complaint(i)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PluginQuarantined);
        registry.enable("a").unwrap();
        assert_eq!(kind(with_input(|i| registry.validate(i))), None);
        assert_eq!(registry.enable("b").unwrap_err().kind(), ErrorKind::PluginUnknown);
    }

    #[test]
    fn a_missing_calendar_year_is_not_the_plugins_fault() {
        let step = Step::Fail(ErrorKind::CalendarYearMissing);
        let registry = registry([hook("a", &[step; 5])]);
        for _ in 0..5 {
            assert_eq!(kind(with_input(|i| registry.validate(i))), Some(ErrorKind::CalendarYearMissing));
        }
        assert_eq!(registry.plugins()[0].failures, 0);
    }

    #[test]
    fn an_id_is_registered_once() {
        let mut registry = registry([hook("a", &[])]);
        assert_eq!(registry.add(hook("a", &[])).unwrap_err().kind(), ErrorKind::Duplicate);
    }
}
