//! The registry: the hooks of a database in their order, asked one after the other and kept from doing harm.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};

use crate::domain::{Calculator, Decided, EntityKind, FIELD_ID, Quantity};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::port::{Answer, Computation, Hook, HookInput, LogLine, Point, Services};

use super::merge;

/// The number of failures of a hook, one directly after the other, after which its plugin is not called any more.
pub const FAILURES_MAX: u32 = 3;
/// How long a hook may take before it is told to end and is counted as slow. Unit: microseconds.
pub const HOOK_LIMIT_US: i64 = 100_000;

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
    /// How many calls took longer than [`HOOK_LIMIT_US`].
    pub slow: u64,
    /// The longest call. Unit: microseconds.
    pub slowest_us: i64,
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
    in_a_row: [AtomicU32; Point::ALL.len()],
    failures: AtomicU64,
    quarantined: AtomicBool,
    slow: AtomicU64,
    slowest_us: AtomicI64,
}

impl Registry {
    /// A registry without hooks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a hook behind the ones that are there.
    ///
    /// # Errors
    /// `Duplicate` when a plugin of that id is there, or one that has a calculator of the same name. There are no
    /// others.
    pub fn add(&mut self, hook: Arc<dyn Hook>) -> Result<()> {
        self.check(&*hook)?;
        self.entries.push(Arc::new(Entry {
            hook,
            in_a_row: Default::default(),
            failures: AtomicU64::new(0),
            quarantined: AtomicBool::new(false),
            slow: AtomicU64::new(0),
            slowest_us: AtomicI64::new(0),
        }));
        Ok(())
    }

    /// Whether a hook can be added.
    ///
    /// # Errors
    /// As [`Registry::add`].
    pub fn check(&self, hook: &dyn Hook) -> Result<()> {
        let refused = |message: String| Err(Error::new(ErrorKind::Duplicate, message).with("plugin", hook.id()));
        if self.find(hook.id()).is_ok() {
            return refused(format!("plugin {} is registered already", hook.id()));
        }
        for calculator in hook.calculators() {
            if let Some(other) = self.calculators().into_iter().find(|c| c.name == calculator.name) {
                return refused(format!("the calculator {} is that of plugin {} already", other.name, other.plugin));
            }
        }
        Ok(())
    }

    /// Whether there are no hooks.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether any plugin has something to say to a question.
    pub fn offers(&self, point: Point) -> bool {
        self.entries.iter().any(|entry| entry.hook.offers(point))
    }

    /// Whether any plugin may hide a field of a record. The id of a record and the like are never hidden.
    pub fn may_hide(&self, entity: EntityKind, field: u16) -> bool {
        field < FIELD_ID && self.entries.iter().any(|entry| entry.hook.may_hide(entity, field))
    }

    /// The registered plugins, in their order.
    pub fn plugins(&self) -> Vec<PluginStatus> {
        self.entries.iter().map(|entry| entry.status()).collect()
    }

    /// Every calculator, in the order of the plugins.
    pub fn calculators(&self) -> Vec<Calculator> {
        self.entries.iter().flat_map(|entry| entry.hook.calculators().iter().cloned()).collect()
    }

    /// The default policies of the plugins that bring one, by plugin id, in the order of the plugins.
    pub fn policies(&self) -> Vec<(String, String)> {
        let policy = |entry: &Arc<Entry>| Some((entry.hook.id().to_owned(), entry.hook.policy()?.to_owned()));
        self.entries.iter().filter_map(policy).collect()
    }

    /// The lines that the plugins left since this was asked last, by plugin id.
    pub fn take_log(&self) -> Vec<(String, LogLine)> {
        let lines = |entry: &Arc<Entry>| {
            let id = entry.hook.id().to_owned();
            entry.hook.take_log().into_iter().map(move |line| (id.clone(), line)).collect::<Vec<_>>()
        };
        self.entries.iter().flat_map(lines).collect()
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
        self.ask(Point::Validate, input, |_, answer| all.extend(answer.violations))?;
        Ok(all)
    }

    /// Lets every hook decide, and merges what they say: violations in registry order, each marked with its plugin; of
    /// several deadlines and due days the earliest counts, of grades the gravest, of any other subject the first
    /// plugin's. Every decision is kept, the one that counts first. `finish` makes of each decision what the kernel takes
    /// it for, before they are compared.
    ///
    /// # Errors
    /// As [`Registry::validate`], and what `finish` answers.
    pub fn decide(
        &self,
        point: Point,
        input: &HookInput<'_>,
        finish: &dyn Fn(Decided) -> Result<Decided>,
    ) -> Result<Merged> {
        let mut decided = Vec::new();
        let mut merged = Merged::default();
        self.ask(point, input, |_, answer| {
            merged.violations.extend(answer.violations);
            decided.extend(answer.decided);
        })?;
        for decided in decided {
            let (finished, year) = input.calendar.noting(|| finish(decided));
            merge::add(&mut merged.decided, provisional(finished?, year));
        }
        Ok(merged)
    }

    /// The fields that any plugin hides from who reads.
    ///
    /// # Errors
    /// As [`Registry::validate`].
    pub fn masked(&self, input: &HookInput<'_>) -> Result<BTreeSet<u16>> {
        let mut all = BTreeSet::new();
        self.ask(Point::Rights, input, |_, answer| all.extend(answer.masked))?;
        Ok(all)
    }

    /// Calls the calculator of a name with its arguments in the order of their declaration.
    ///
    /// # Errors
    /// `NotFound` when no plugin has it; `InvalidArgument` when the plugin does not allow the arguments; else as
    /// [`Registry::validate`].
    pub fn compute(&self, computation: &Computation<'_>) -> Result<Vec<Decided>> {
        let name = computation.name;
        let has = |entry: &&Arc<Entry>| entry.hook.calculators().iter().any(|c| c.name == name);
        let entry = self.entries.iter().find(has).ok_or_else(|| {
            let known = self.calculators().into_iter().map(|c| c.name).collect::<Vec<_>>().join(", ");
            let message = format!("no plugin has a calculator {name}; there are {known}");
            Error::new(ErrorKind::NotFound, message).with("calculator", name)
        })?;
        let compute = || entry.call(Point::Compute, computation.services, |hook| hook.compute(computation));
        let (answer, year) = computation.calendar.noting(compute);
        let mut answer = answer?;
        entry.mark(&mut answer);
        Ok(answer.decided.into_iter().map(|decided| provisional(decided, year)).collect())
    }

    fn ask(&self, point: Point, input: &HookInput<'_>, mut take: impl FnMut(&Entry, Answer)) -> Result<()> {
        for entry in self.entries.iter().filter(|entry| entry.hook.offers(point)) {
            let ask = || entry.call(point, input.services, |hook| hook.ask(point, input));
            let (answer, year) = input.calendar.noting(ask);
            let mut answer = answer?;
            entry.mark(&mut answer);
            answer.decided = answer.decided.into_iter().map(|decided| provisional(decided, year)).collect();
            take(entry, answer);
        }
        Ok(())
    }

    fn find(&self, id: &str) -> Result<&Entry> {
        self.entries.iter().map(|e| &**e).find(|e| e.hook.id() == id).ok_or_else(|| {
            Error::new(ErrorKind::PluginUnknown, format!("no plugin {id} is registered")).with("plugin", id)
        })
    }
}

/// What all plugins answer together.
#[derive(Debug, Default)]
pub struct Merged {
    /// Reasons to refuse.
    pub violations: Vec<Violation>,
    /// The decisions, grouped by subject, the one that counts first.
    pub decided: Vec<Decided>,
}

impl Entry {
    fn status(&self) -> PluginStatus {
        PluginStatus {
            id: self.hook.id().to_owned(),
            version: self.hook.version().to_owned(),
            failures: self.failures.load(Ordering::Relaxed),
            quarantined: self.quarantined.load(Ordering::Relaxed),
            slow: self.slow.load(Ordering::Relaxed),
            slowest_us: self.slowest_us.load(Ordering::Relaxed),
        }
    }

    /// Names the plugin in everything that it answers.
    fn mark(&self, answer: &mut Answer) {
        if !answer.decided.is_empty() || !answer.violations.is_empty() {
            let mark = format!("{} {}", self.hook.id(), self.hook.version());
            answer.violations.iter_mut().for_each(|v| v.plugin.clone_from(&mark));
            answer.decided.iter_mut().for_each(|d| d.decision.plugin.clone_from(&mark));
        }
    }

    fn call<T>(&self, point: Point, services: &dyn Services, ask: impl FnOnce(&dyn Hook) -> Result<T>) -> Result<T> {
        let id = self.hook.id();
        if self.quarantined.load(Ordering::Relaxed) {
            let message = format!(
                "plugin {id} failed {FAILURES_MAX} times in a row and is in quarantine; changes that need it are \
                 refused until it is enabled again"
            );
            return Err(Error::new(ErrorKind::PluginQuarantined, message).with("plugin", id));
        }
        let began = services.ticks_us();
        let outcome = catch_unwind(AssertUnwindSafe(|| ask(&*self.hook)));
        self.measure(services.ticks_us().saturating_sub(began));
        let error = match outcome {
            Ok(Ok(answer)) => {
                self.in_a_row[point as usize].store(0, Ordering::Relaxed);
                return Ok(answer);
            }
            // The calendar lacks a year, or a calculator refuses its arguments: not the plugin's fault.
            Ok(Err(e)) if e.kind() == ErrorKind::CalendarYearMissing => return Err(named(e, id)),
            Ok(Err(e)) if point == Point::Compute && e.kind() == ErrorKind::InvalidArgument => {
                return Err(named(e, id));
            }
            Ok(Err(e)) if e.kind() == ErrorKind::PluginFailed => named(e, id),
            Ok(Err(e)) => failed(id, point, e.message()).caused_by(e),
            Err(_) => failed(id, point, "it panicked"),
        };
        self.count_failure(point);
        Err(error)
    }

    fn measure(&self, took_us: i64) {
        if took_us > HOOK_LIMIT_US {
            self.slow.fetch_add(1, Ordering::Relaxed);
        }
        if took_us > self.slowest_us.load(Ordering::Relaxed) {
            self.slowest_us.fetch_max(took_us, Ordering::Relaxed);
        }
    }

    fn count_failure(&self, point: Point) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if self.in_a_row[point as usize].fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES_MAX {
            self.quarantined.store(true, Ordering::Relaxed);
        }
    }
}

/// What was decided, marked when it is a day and a year was looked at that is not announced. Source: L-HOL-1.
fn provisional(mut decided: Decided, year: Option<i32>) -> Decided {
    if matches!(decided.value, Quantity::Date(_) | Quantity::Instant(_)) {
        decided.decision = decided.decision.provisional(year);
    }
    decided
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
mod tests;
