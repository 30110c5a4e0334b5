//! The registry: the hooks of a database in their order, asked one after the other and kept from doing harm.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Calculator, Decided, Decision, EntityKind, FIELD_ID, Fields, Quantity, ValueRef};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::port::{Answer, Callback, Computation, Hook, HookInput, LogLine, Point, Services};

use super::{merge, text};

/// On how many different records a hook must fail, with no success between, before its plugin is not called any more. A
/// calculator must fail with as many different arguments.
pub const FAILURES_MAX: usize = 3;
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

/// Says why an answer of a hook cannot be taken, or lets it pass. What it refuses is a failure of the plugin.
pub type AnswerCheck<'c> = &'c dyn Fn(Point, &dyn Hook, &HookInput<'_>, &Answer) -> std::result::Result<(), String>;

/// The hooks of a database, asked in the order in which they were added.
///
/// Cloning shares the hooks and what is known about their failures.
#[derive(Clone, Default)]
pub struct Registry {
    entries: Vec<Arc<Entry>>,
}

struct Entry {
    hook: Arc<dyn Hook>,
    /// The entities about which it is asked, for each point a bit by the number of the entity.
    concerns: [u64; Point::ALL.len()],
    /// The records on which each point failed since it succeeded last, so that one bad record alone does not stop it.
    failed_on: Mutex<[BTreeSet<u64>; Point::ALL.len()]>,
    /// Whether [`Entry::failed_on`] holds any, so that a success need not take the lock.
    has_failed: AtomicBool,
    failures: AtomicU64,
    quarantined: AtomicBool,
    slow: AtomicU64,
    slowest_us: AtomicI64,
}

/// The entities about which a hook is asked a question, a bit each by number.
fn concerns(hook: &dyn Hook, point: Point) -> u64 {
    let is_its_own = |entity: EntityKind| match point {
        Point::Validate | Point::Rights => true,
        Point::Classify => entity == EntityKind::Customer || hook.fields().iter().any(|field| field.entity == entity),
        Point::Cadence | Point::Retention => entity == EntityKind::Customer,
        Point::Complaint => entity == EntityKind::Complaint,
        Point::Compute => false,
    };
    let ruled = |entity: EntityKind| hook.entities().is_none_or(|entities| entities.contains(&entity));
    let hidden = point.eq(&Point::Rights).then(|| hook.hides()).flatten();
    let may_hide = |of: EntityKind| hidden.is_none_or(|fields| fields.iter().any(|(entity, _)| *entity == of));
    let asked = EntityKind::ALL.iter().filter(|entity| is_its_own(**entity) && ruled(**entity) && may_hide(**entity));
    if hook.offers(point) { asked.fold(0, |bits, entity| bits | 1 << entity.number()) } else { 0 }
}

/// The entities about which a hook is asked a question.
pub(crate) fn entities_of(hook: &dyn Hook, point: Point) -> BTreeSet<EntityKind> {
    let bits = concerns(hook, point);
    EntityKind::ALL.iter().copied().filter(|entity| bits & 1 << entity.number() != 0).collect()
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
        let concerns = Point::ALL.map(|point| concerns(&*hook, point));
        self.entries.push(Arc::new(Entry {
            hook,
            concerns,
            failed_on: Mutex::default(),
            has_failed: AtomicBool::new(false),
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

    /// Whether a plugin of an id is registered.
    pub fn has(&self, id: &str) -> bool {
        self.entries.iter().any(|entry| entry.hook.id() == id)
    }

    /// Whether any plugin has something to say to a question.
    pub fn offers(&self, point: Point) -> bool {
        self.entries.iter().any(|entry| entry.hook.offers(point))
    }

    /// Whether any plugin is asked a question about records of an entity.
    pub fn asks(&self, point: Point, entity: EntityKind) -> bool {
        self.entries.iter().any(|entry| entry.is_asked(point, entity))
    }

    /// Whether the plugin of an id is asked a question about records of an entity.
    pub(crate) fn asks_plugin(&self, id: &str, point: Point, entity: EntityKind) -> bool {
        self.entries.iter().any(|entry| entry.hook.id() == id && entry.is_asked(point, entity))
    }

    /// The version of the plugin of an id, when it is registered.
    pub(crate) fn version(&self, id: &str) -> Option<&str> {
        self.find(id).ok().map(|entry| entry.hook.version())
    }

    /// Whether the plugin of an id says that it may hide a field of an entity, by its name.
    pub(crate) fn says_it_hides(&self, id: &str, entity: EntityKind, name: &str) -> bool {
        let says = |fields: &[(EntityKind, String)]| fields.iter().any(|(of, field)| *of == entity && field == name);
        self.find(id).is_ok_and(|entry| entry.is_asked(Point::Rights, entity) && entry.hook.hides().is_none_or(says))
    }

    /// Whether a plugin in quarantine, which is not asked, may hide a field of a record.
    pub(crate) fn may_hide_unasked(&self, entity: EntityKind, field: u16) -> bool {
        let may = |entry: &Arc<Entry>| {
            entry.is_quarantined() && entry.is_asked(Point::Rights, entity) && entry.hook.may_hide(entity, field)
        };
        self.entries.iter().any(may)
    }

    /// That no plugin in quarantine is asked about records of an entity, whatever it is asked: what it would refuse, decide or
    /// hide is not known.
    ///
    /// # Errors
    /// `PluginQuarantined`. There are no others.
    pub(crate) fn refuse_quarantined(&self, entity: EntityKind) -> Result<()> {
        let rules = |entry: &&Arc<Entry>| Point::ALL.iter().any(|point| entry.is_asked(*point, entity));
        match self.entries.iter().filter(rules).find(|entry| entry.is_quarantined()) {
            Some(entry) => Err(entry.quarantine()),
            None => Ok(()),
        }
    }

    /// Whether any plugin may hide a field of a record. The id of a record and the like are never hidden.
    pub fn may_hide(&self, entity: EntityKind, field: u16) -> bool {
        let may = |entry: &Arc<Entry>| entry.is_asked(Point::Rights, entity) && entry.hook.may_hide(entity, field);
        field < FIELD_ID && self.entries.iter().any(may)
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
            let shown = |line: LogLine| LogLine { message: text::visible(&line.message).into_owned(), ..line };
            entry.hook.take_log().into_iter().map(move |line| (id.clone(), shown(line))).collect::<Vec<_>>()
        };
        self.entries.iter().flat_map(lines).collect()
    }

    /// Ends the quarantine of a plugin.
    ///
    /// # Errors
    /// `PluginUnknown` when no plugin of that id is registered. There are no others.
    pub fn enable(&self, id: &str) -> Result<()> {
        let entry = self.find(id)?;
        *entry.failed_on.lock().unwrap_or_else(PoisonError::into_inner) = Default::default();
        entry.quarantined.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Asks every hook whether the change is allowed, and gives all their violations, each marked with its plugin.
    ///
    /// # Errors
    /// `PluginQuarantined` when a plugin is not called any more; `PluginFailed` when one fails or `check` does not take its
    /// answer; `CalendarYearMissing` when one needs a year that the calendar does not have. There are no others.
    pub fn validate(&self, input: &HookInput<'_>, check: AnswerCheck<'_>) -> Result<Vec<Violation>> {
        let mut all = Vec::new();
        self.ask(Point::Validate, input, check, |_, answer| all.extend(answer.violations))?;
        Ok(all)
    }

    /// Lets every hook decide, and merges what they say: violations in registry order, each marked with its plugin; of
    /// several deadlines and due days the earliest counts, of grades the gravest, of any other subject the first
    /// plugin's. Every decision is kept, the one that counts first. `finish` makes of each decision what the kernel takes
    /// it for, before they are compared. What one plugin decides to be absent counts when no other decides it.
    ///
    /// # Errors
    /// As [`Registry::validate`], and what `finish` answers.
    pub fn decide(
        &self,
        point: Point,
        input: &HookInput<'_>,
        check: AnswerCheck<'_>,
        finish: &dyn Fn(Decided) -> Result<Decided>,
    ) -> Result<Merged> {
        let (mut decided, mut merged) = (Vec::new(), Merged::default());
        self.ask(point, input, check, |entry, answer| {
            merged.violations.extend(answer.violations);
            merged.withdrawn.extend(answer.withdrawn);
            merged.kept.extend(answer.kept.into_iter().map(|subject| (entry.hook.id().to_owned(), subject)));
            decided.extend(answer.decided);
        })?;
        for decided in decided {
            let (finished, year) = input.calendar.noting(|| finish(decided));
            merge::add(&mut merged.decided, provisional(finished?, year));
        }
        merged.withdrawn.retain(|absent| !merged.decided.iter().any(|other| other.decision.subject == absent.subject));
        Ok(merged)
    }

    /// The fields that any plugin hides from who reads. One in quarantine is not asked: what it may hide is hidden by its
    /// caller.
    ///
    /// # Errors
    /// As [`Registry::validate`], but for `PluginQuarantined`.
    pub fn masked(&self, input: &HookInput<'_>, check: AnswerCheck<'_>) -> Result<BTreeSet<u16>> {
        let mut all = BTreeSet::new();
        self.ask(Point::Rights, input, check, |_, answer| all.extend(answer.masked))?;
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
        let calculator = entry.hook.calculators().iter().find(|c| c.name == name);
        let results = |answer: &Answer| calculator.map_or(Ok(()), |calculator| check_results(calculator, answer));
        let key = || {
            let mut hasher = DefaultHasher::new();
            (name, format!("{:?}", computation.arguments)).hash(&mut hasher);
            hasher.finish()
        };
        let ask = |hook: &dyn Hook| hook.compute(computation);
        let compute = || entry.call(Point::Compute, computation.services, &key, ask, results);
        let (answer, year) = computation.calendar.noting(compute);
        let mut answer = answer?;
        entry.mark(&mut answer);
        Ok(answer.decided.into_iter().map(|decided| provisional(decided, year)).collect())
    }

    fn ask(
        &self,
        point: Point,
        input: &HookInput<'_>,
        check: AnswerCheck<'_>,
        mut take: impl FnMut(&Entry, Answer),
    ) -> Result<()> {
        let unasked = |entry: &&Arc<Entry>| point == Point::Rights && entry.is_quarantined();
        let asked = self.entries.iter().filter(|entry| entry.is_asked(point, input.entity));
        for entry in asked.filter(|entry| !unasked(entry)) {
            let taken =
                |answer: &Answer| if answer.is_empty() { Ok(()) } else { check(point, &*entry.hook, input, answer) };
            let key = || record_key(input);
            let ask = || entry.call(point, input.services, &key, |hook| hook.ask(point, input), taken);
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
    /// What is decided to be absent, and by no plugin to be anything.
    pub withdrawn: Vec<Decision>,
    /// The plugins and their subjects whose value stays when it is decided no longer.
    pub kept: Vec<(String, String)>,
}

/// Which record a change is about: its entity and id, or the values of one that is new.
fn record_key(input: &HookInput<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    input.entity.hash(&mut hasher);
    let id = |record: &dyn Fields| match record.get(FIELD_ID) {
        Some(ValueRef::Int(id)) if id > 0 => Some(id),
        _ => None,
    };
    match input.before.and_then(id).or_else(|| id(input.after)) {
        Some(id) => id.hash(&mut hasher),
        None => input.entity.def().fields.iter().for_each(|field| input.after.get(field.id).hash(&mut hasher)),
    }
    hasher.finish()
}

/// That a calculator gave each of its results, of its type, and nothing else.
pub(crate) fn check_results(calculator: &Calculator, answer: &Answer) -> std::result::Result<(), String> {
    text::amounts(answer)?;
    for decided in &answer.decided {
        let Decided { value, decision } = decided;
        let (subject, found) = (&*decision.subject, value.kind().name());
        match calculator.results.iter().find(|result| result.name == subject) {
            None => return Err(format!("it gave {subject}, which is no result of {}", calculator.name)),
            Some(result) if result.kind != value.kind() => {
                return Err(format!("{subject} of {} is {}, it gave {found}", calculator.name, result.kind.name()));
            }
            Some(_) => text::decided(decided).and_then(|()| text::decision(decision))?,
        }
    }
    match calculator.results.iter().find(|r| !answer.decided.iter().any(|d| d.decision.subject == r.name)) {
        Some(missing) => Err(format!("it gave no {} of {}", missing.name, calculator.name)),
        None => Ok(()),
    }
}

impl Entry {
    fn is_asked(&self, point: Point, entity: EntityKind) -> bool {
        self.concerns[point as usize] & 1 << entity.number() != 0
    }

    fn is_quarantined(&self) -> bool {
        self.quarantined.load(Ordering::Relaxed)
    }

    fn quarantine(&self) -> Error {
        let id = self.hook.id();
        let message = format!(
            "plugin {id} failed on {FAILURES_MAX} records, one after the other, and is in quarantine; changes that need it \
             are refused until it is enabled again"
        );
        Error::new(ErrorKind::PluginQuarantined, message).with("plugin", id)
    }

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
        if !answer.is_empty() {
            let mark = format!("{} {}", self.hook.id(), self.hook.version());
            answer.violations.iter_mut().for_each(|v| v.plugin.clone_from(&mark));
            answer.decided.iter_mut().for_each(|d| d.decision.plugin.clone_from(&mark));
            answer.withdrawn.iter_mut().for_each(|d| d.plugin.clone_from(&mark));
        }
    }

    /// Calls the plugin and takes its answer, or counts the failure on the record that `key` stands for.
    fn call(
        &self,
        point: Point,
        services: &dyn Services,
        key: &dyn Fn() -> u64,
        ask: impl FnOnce(&dyn Hook) -> Result<Answer>,
        check: impl FnOnce(&Answer) -> std::result::Result<(), String>,
    ) -> Result<Answer> {
        let id = self.hook.id();
        if self.is_quarantined() {
            return Err(self.quarantine());
        }
        let began = services.ticks_us();
        let outcome = {
            let _callback = Callback::begin("a hook of a plugin");
            catch_unwind(AssertUnwindSafe(|| ask(&*self.hook)))
        };
        self.measure(services.ticks_us().saturating_sub(began));
        let error = match outcome {
            Ok(Ok(mut answer)) => {
                text::settle(&mut answer);
                match check(&answer) {
                    Ok(()) => {
                        self.count_success(point);
                        return Ok(answer);
                    }
                    Err(why) => failed(id, point, &format!("its answer is not taken: {why}")),
                }
            }
            // The calendar lacks a year, or a calculator refuses its arguments: not the plugin's fault.
            Ok(Err(e)) if e.kind() == ErrorKind::CalendarYearMissing => return Err(named(e, id)),
            // Whoever asked interrupted it.
            Ok(Err(e)) if e.kind() == ErrorKind::Cancelled => return Err(named(e, id)),
            Ok(Err(e)) if point == Point::Compute && e.kind() == ErrorKind::InvalidArgument => {
                return Err(named(e, id));
            }
            // What it says of a record of which it cannot say what to hide could be just that.
            Ok(Err(_)) if point == Point::Rights => {
                failed(id, point, "why is not shown, for it could tell what is hidden")
            }
            Ok(Err(e)) if e.kind() == ErrorKind::PluginFailed => named(e, id),
            Ok(Err(e)) => failed(id, point, &text::visible(e.message())).caused_by(e),
            Err(_) => failed(id, point, "it panicked"),
        };
        self.count_failure(point, key());
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

    fn count_success(&self, point: Point) {
        if self.has_failed.load(Ordering::Relaxed) {
            let mut failed_on = self.failed_on.lock().unwrap_or_else(PoisonError::into_inner);
            failed_on[point as usize].clear();
            self.has_failed.store(failed_on.iter().any(|records| !records.is_empty()), Ordering::Relaxed);
        }
    }

    fn count_failure(&self, point: Point, record: u64) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let mut failed_on = self.failed_on.lock().unwrap_or_else(PoisonError::into_inner);
        failed_on[point as usize].insert(record);
        self.has_failed.store(true, Ordering::Relaxed);
        if failed_on[point as usize].len() >= FAILURES_MAX {
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

/// The error with the plugin, in a text that a terminal can show.
fn named(error: Error, id: &str) -> Error {
    let error = match text::visible(error.message()).into_owned() {
        shown if shown == error.message() => error,
        shown => error.reworded(shown),
    };
    match error.context_value("plugin") {
        Some(_) => error,
        None => error.with("plugin", id),
    }
}

#[cfg(test)]
mod tests;
