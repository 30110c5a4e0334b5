//! The open database: its collections, the journal, plugins, custom fields.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crm_core::adapter::{Durability, MemoryStore, RedbOptions, SystemClock};
use crm_core::domain::{self, Actor, CustomField, EntityKind, FieldType, Level};
use crm_core::port::Clock;
use crm_core::{Atomicity, Config, Crm, Error, ErrorKind, PluginOptions, Result};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::bulk;
use crate::classes;
use crate::clock::{FixedClock, Still};
use crate::command::{Command, Outcome, outcome};
use crate::derived::Share;
use crate::facts::{FieldInfo, PluginStatus, VerifyReport, Warning};
use crate::failure::{OrRaise, exception, invalid};
use crate::hook::PythonHook;
use crate::journal;
use crate::operations::{self, Copied, Rebuilt, Statistics};
use crate::policies::Policies;
use crate::quantity;
use crate::shared::Shared;
use crate::target::Target;
use crate::value::{Amount, date_from, instant_from};

/// The path that stands for a database in memory.
const MEMORY: &str = ":memory:";
/// The longest busy timeout. Unit: seconds.
const BUSY_TIMEOUT_S_MAX: f64 = 86_400.0;

/// An open database, as one actor uses it.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Database {
    shared: Arc<Shared>,
    path: PathBuf,
}

/// Opens a database file, and creates it when it does not exist; `:memory:` is one that lives as long as it is open.
///
/// `level` is what the actor may do: read, edit or manage. `busy_timeout` (seconds) is how long to wait for another
/// process to let the file go. `durability` is what a commit outlives: with `full` the loss of power, with `relaxed` the
/// end of the process, while a loss of power may take the last commits. `time_zone` is used when the database is created.
/// `read_only` opens a file beside the process that writes it, or after it: nothing is changed, and `refresh` brings what was
/// committed since.
/// `without_log` does the same and leaves out the log of the file, be it missing, damaged or another's: commits that only the
/// log holds are missing then, which `statistics` tells. It is for a file that opens in no other way.
/// `now` stops the clock, for tests. `allow_missing_plugins` lets records be written without a plugin that rules them and is
/// not loaded, `allow_older_plugins` lets a plugin be loaded in an older version than the database has seen; the journal
/// tells both.
#[pyfunction]
#[pyo3(signature = (path, *, actor, level = "manage", create = true, read_only = false, without_log = false, busy_timeout = 5.0, durability = "full", time_zone = "Asia/Shanghai", now = None, allow_missing_plugins = false, allow_older_plugins = false))]
#[expect(clippy::too_many_arguments, reason = "the options of opening, all by name")]
pub(crate) fn open(
    py: Python<'_>,
    path: PathBuf,
    actor: &str,
    level: &str,
    create: bool,
    read_only: bool,
    without_log: bool,
    busy_timeout: f64,
    durability: &str,
    time_zone: &str,
    now: Option<&Bound<'_, PyAny>>,
    allow_missing_plugins: bool,
    allow_older_plugins: bool,
) -> PyResult<Database> {
    let actor = actor_of(actor, level).or_raise(py)?;
    let clock = clock_of(now).or_raise(py)?;
    if !(0.0..=BUSY_TIMEOUT_S_MAX).contains(&busy_timeout) {
        let message = format!("busy_timeout is {busy_timeout} s, allowed are 0 to {BUSY_TIMEOUT_S_MAX} s");
        return Err(invalid(message)).or_raise(py);
    }
    let durability = durability_of(durability).or_raise(py)?;
    let busy_timeout = Duration::from_secs_f64(busy_timeout);
    let options = RedbOptions { create, read_only, without_log, busy_timeout, durability, ..RedbOptions::default() };
    let time_zone = time_zone.to_owned();
    let config = Config { time_zone, allow_missing_plugins, allow_older_plugins, ..Config::new(clock) };
    let shared = py.detach(|| {
        let crm = match path.as_path() == Path::new(MEMORY) {
            true => Crm::open(Arc::new(MemoryStore::new()), config)?,
            false => Crm::open_file(&path, &options, config)?,
        };
        Shared::open(crm, actor)
    });
    Ok(Database { shared: shared.or_raise(py)?, path })
}

fn actor_of(name: &str, level: &str) -> Result<Actor> {
    let found = Level::DEF.by_name(level).and_then(|value| Level::from_number(value.number));
    let level = found.ok_or_else(|| invalid(format!("level is {level:?}, allowed are {}", Level::DEF.allowed())))?;
    Ok(Actor { name: name.to_owned(), level })
}

fn durability_of(name: &str) -> Result<Durability> {
    match name {
        "full" => Ok(Durability::Full),
        "relaxed" => Ok(Durability::Relaxed),
        _ => Err(invalid(format!("durability is {name:?}, allowed are full, relaxed"))),
    }
}

fn clock_of(now: Option<&Bound<'_, PyAny>>) -> Result<Arc<dyn Clock>> {
    Ok(match now {
        None => Arc::new(SystemClock::new()),
        Some(now) => match now.cast::<FixedClock>() {
            Ok(clock) => clock.get().0.clone(),
            Err(_) => Arc::new(Still::new(instant_from("now", now)?)),
        },
    })
}

fn entity_named(name: &str) -> Result<EntityKind> {
    EntityKind::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = EntityKind::ALL.iter().map(|entity| entity.def().name).collect();
        invalid(format!("there is no entity {name:?}; allowed are {}", names.join(", ")))
    })
}

#[pymethods]
impl Database {
    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        kind: &Bound<'_, PyAny>,
        error: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let _ = (kind, error, traceback);
        self.close(py)
    }

    /// Reads the newest committed state from now on, where another process writes the file.
    fn refresh(&self, py: Python<'_>) -> PyResult<()> {
        let shared = &self.shared;
        py.detach(|| shared.database()?.refresh()).or_raise(py)
    }

    /// Ends the work on the file: everything committed is on disk. A second time it does nothing. On what `as_actor` gave it
    /// ends that session alone.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let shared = &self.shared;
        py.detach(|| shared.close()).or_raise(py)
    }

    /// Whether the database is closed, or this session of it.
    #[getter]
    fn closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// The path as it was given.
    #[getter]
    fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// The name of the actor.
    #[getter]
    fn actor(&self) -> &str {
        &self.shared.actor().name
    }

    /// What the actor may do: read, edit or manage.
    #[getter]
    fn level(&self) -> &'static str {
        self.shared.actor().level.name()
    }

    /// The time zone of civil dates.
    #[getter]
    fn time_zone(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.shared.database().or_raise(py)?.time_zone().name())
    }

    /// The customers.
    #[getter]
    fn customers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::Customer, self.shared.clone())
    }

    /// The persons.
    #[getter]
    fn persons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::Person, self.shared.clone())
    }

    /// The visits.
    #[getter]
    fn visits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::Visit, self.shared.clone())
    }

    /// The complaints.
    #[getter]
    fn complaints<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::Complaint, self.shared.clone())
    }

    /// The corrective and preventive actions.
    #[getter]
    fn actions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::Action, self.shared.clone())
    }

    /// The appeals to authorities.
    #[getter]
    fn appeals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::Appeal, self.shared.clone())
    }

    /// The reviews by superior units.
    #[getter]
    fn reviews<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::Review, self.shared.clone())
    }

    /// The policies: adopt, show, compare and try the company's regulation.
    #[getter]
    fn policy(&self) -> Policies {
        Policies(self.shared.clone())
    }

    /// The work years.
    #[getter]
    fn work_years<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::WorkYear, self.shared.clone())
    }

    /// The satisfaction surveys.
    #[getter]
    fn surveys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::Survey, self.shared.clone())
    }

    /// The answers to surveys.
    #[getter]
    fn survey_answers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::SurveyAnswer, self.shared.clone())
    }

    /// The satisfaction scores.
    #[getter]
    fn satisfaction_scores<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::SatisfactionScore, self.shared.clone())
    }

    /// What the files of customers hold.
    #[getter]
    fn information_items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::InformationItem, self.shared.clone())
    }

    /// The relations of persons.
    #[getter]
    fn person_relations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::PersonRelation, self.shared.clone())
    }

    /// The relations of parties.
    #[getter]
    fn partner_relations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::PartnerRelation, self.shared.clone())
    }

    /// The units of the company itself.
    #[getter]
    fn org_units<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::OrgUnit, self.shared.clone())
    }

    /// The persons of the company who work with the system.
    #[getter]
    fn users<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::User, self.shared.clone())
    }

    /// Who reads or uses what is protected of a customer, for which purpose.
    #[getter]
    fn access_records<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::AccessRecord, self.shared.clone())
    }

    /// What the company means to do at its customers.
    #[getter]
    fn customer_plans<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::CustomerPlan, self.shared.clone())
    }

    /// What is found out about customers before they are taken on.
    #[getter]
    fn investigations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, EntityKind::Investigation, self.shared.clone())
    }

    /// The records of an entity by its name.
    fn collection<'py>(&self, py: Python<'py>, entity: &str) -> PyResult<Bound<'py, PyAny>> {
        classes::collection(py, entity_named(entity).or_raise(py)?, self.shared.clone())
    }

    /// The same database as an actor uses it who may do no more than this one: `level` is at most the own level, which it is
    /// when left out. Only at the level manage may the actor be another. Closing it closes it alone; closing the database is for
    /// what `open` gave, and ends all.
    #[pyo3(signature = (actor, *, level = None))]
    fn as_actor(&self, py: Python<'_>, actor: &str, level: Option<&str>) -> PyResult<Self> {
        let level = level.unwrap_or_else(|| self.level());
        let actor = actor_of(actor, level).or_raise(py)?;
        let shared = py.detach(|| self.shared.session_of(actor)).or_raise(py)?;
        Ok(Self { shared, path: self.path.clone() })
    }

    /// The same database, whose commands record dates that cannot be as they are, with the mark `date_doubt`: closed before it
    /// was received, a year before 1900. For data of the past that are to be kept as their source has them, in `add_many` too;
    /// it takes a manager. Closing it closes it alone; closing the database is for what `open` gave, and ends all.
    fn allowing_impossible_dates(&self, py: Python<'_>) -> PyResult<Self> {
        let shared = self.shared.allowing_impossible_dates().or_raise(py)?;
        Ok(Self { shared, path: self.path.clone() })
    }

    /// Does one command.
    fn apply<'py>(&self, py: Python<'py>, command: &Bound<'py, Command>) -> PyResult<Bound<'py, Outcome>> {
        let catalog = self.shared.open_catalog().or_raise(py)?;
        let command = command.get().to_kernel(py, &catalog).or_raise(py)?;
        let done = self.shared.call(py, move |session| session.apply(command))?;
        outcome(py, &self.shared, &self.shared.catalog(), done)
    }

    /// Does many commands in one transaction. With `atomic` all or none; otherwise an outcome or an error for each.
    #[pyo3(signature = (commands, *, atomic = true))]
    fn apply_many<'py>(
        &self,
        py: Python<'py>,
        commands: Vec<Bound<'py, Command>>,
        atomic: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let catalog = self.shared.open_catalog().or_raise(py)?;
        let (mut ready, mut answers) = (Vec::new(), Vec::new());
        for (i, command) in commands.iter().enumerate() {
            match command.get().to_kernel(py, &catalog) {
                Ok(command) => {
                    ready.push(command);
                    answers.push(None);
                }
                Err(error) if atomic => return Err(error.with("command_index", i)).or_raise(py),
                Err(error) => answers.push(Some(error)),
            }
        }
        let atomicity = if atomic { Atomicity::All } else { Atomicity::Each };
        let mut done = bulk::apply_many(py, &self.shared, ready, atomicity)?.into_iter();
        let catalog = self.shared.catalog();
        let list = PyList::empty(py);
        for refused in answers {
            let answer = match refused {
                Some(error) => Err(error),
                None => done.next().unwrap_or_else(|| Err(Error::new(ErrorKind::Bug, "a command got no answer"))),
            };
            match answer {
                Ok(answer) => list.append(outcome(py, &self.shared, &catalog, answer)?)?,
                Err(error) => list.append(exception(py, &error)?)?,
            }
        }
        Ok(list)
    }

    /// The journal entries behind a position, in their order.
    #[pyo3(signature = (since = Amount(0), *, limit = Amount(1000)), text_signature = "($self, since=0, *, limit=1000)")]
    fn changes<'py>(&self, py: Python<'py>, since: Amount, limit: Amount) -> PyResult<Bound<'py, PyList>> {
        let entries = self.shared.call(py, |session| session.changes_since(since.0, limit.len()))?;
        journal::entries(py, &self.shared.catalog(), entries)
    }

    /// The sequence of the last journal entry; 0 when there is none.
    #[getter]
    fn last_sequence(&self, py: Python<'_>) -> PyResult<u64> {
        self.shared.call(py, |session| session.last_sequence())
    }

    /// What the answers of a customer, or without one of all customers, got of what they could have got, in the surveys
    /// that lie within a period; both days belong to it.
    #[pyo3(signature = (since, until, /, *, customer = None))]
    fn satisfaction(
        &self,
        py: Python<'_>,
        since: &Bound<'_, PyAny>,
        until: &Bound<'_, PyAny>,
        customer: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Share> {
        let id = |customer: &Bound<'_, PyAny>| Target::of(EntityKind::Customer, customer, None).map(|of| of.id);
        let customer = customer.map(id).transpose().or_raise(py)?;
        let since = date_from("since", since).or_raise(py)?;
        let until = date_from("until", until).or_raise(py)?;
        self.shared.call(py, |session| session.satisfaction(customer, since, until)).map(Share)
    }

    /// The complaints received from an instant up to another, which does not belong to the period, of the customers who were
    /// active in it, of all customers who were. Who was active when, the journal tells; a customer who was added as active was
    /// so from `signed_on` on. `NotFoundError` when no customer was active in the period.
    #[pyo3(signature = (since, until, /))]
    fn complaint_rate(&self, py: Python<'_>, since: &Bound<'_, PyAny>, until: &Bound<'_, PyAny>) -> PyResult<Share> {
        let since = instant_from("since", since).or_raise(py)?;
        let until = instant_from("until", until).or_raise(py)?;
        self.shared.call(py, |session| session.complaint_rate(since, until)).map(Share)
    }

    /// Reads everything and says what does not hold together. Changes nothing. `progress` is called with how many entries,
    /// records and keys were read.
    #[pyo3(signature = (*, progress = None))]
    fn verify(&self, py: Python<'_>, progress: Option<&Bound<'_, PyAny>>) -> PyResult<VerifyReport> {
        operations::verify(py, &self.shared, progress)
    }

    /// Writes one snapshot of everything, while others read and write.
    ///
    /// To a path it is a database file of its own, which `replace` allows to take the place of another; to a binary file
    /// it is a stream that `crmkernel.restore` reads. `progress` is called with how many pairs are done.
    #[pyo3(signature = (target, *, replace = false, progress = None))]
    fn backup(
        &self,
        py: Python<'_>,
        target: &Bound<'_, PyAny>,
        replace: bool,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Copied> {
        operations::backup(py, &self.shared, target, replace, progress)
    }

    /// Does every entry of the journal again in a new database file, which becomes this database as it was when the call
    /// began, bit for bit; gives the sequence of the last entry. No rule runs again. `replace` allows it to take the place
    /// of another file; `progress` is called with how many entries are done.
    #[pyo3(signature = (path, *, replace = false, progress = None))]
    fn replay(
        &self,
        py: Python<'_>,
        path: PathBuf,
        replace: bool,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        operations::replay(py, &self.shared, path, replace, progress)
    }

    /// Brings indexes, unique keys and counts up to the records, while others read and write.
    #[pyo3(signature = (*, progress = None))]
    fn rebuild_indexes(&self, py: Python<'_>, progress: Option<&Bound<'_, PyAny>>) -> PyResult<Rebuilt> {
        operations::rebuild(py, &self.shared, progress)
    }

    /// Makes the file small again. Others wait meanwhile; cursors that are alive are waited for, at most `wait` seconds.
    #[pyo3(signature = (*, wait = 5.0))]
    fn compact(&self, py: Python<'_>, wait: f64) -> PyResult<()> {
        let wait = operations::wait_of(wait).or_raise(py)?;
        self.shared.call_long(py, false, &|_| Ok(()), move |session, _| session.compact(wait))
    }

    /// Counts what the database holds and says what was done since it was opened. With `spaces` it counts the bytes of
    /// each space of the store too, for which it may read the whole file.
    #[pyo3(signature = (*, spaces = false))]
    fn statistics(&self, py: Python<'_>, spaces: bool) -> PyResult<Statistics> {
        operations::statistics(py, &self.shared, spaces)
    }

    /// The fields of an entity, the custom ones too.
    fn fields(&self, py: Python<'_>, entity: &str) -> PyResult<Vec<FieldInfo>> {
        let entity = entity_named(entity).or_raise(py)?;
        Ok(self.shared.open_catalog().or_raise(py)?.fields(entity).cloned().map(FieldInfo).collect())
    }

    /// Declares a custom field, named `prefix.name`.
    #[pyo3(signature = (entity, name, r#type, *, len_max = 200, min = i64::MIN, max = i64::MAX, references = None, label = "", label_zh = "", sensitive = false, indexed = false))]
    #[expect(clippy::too_many_arguments, reason = "everything that is known about a field, by name")]
    fn declare_field(
        &self,
        py: Python<'_>,
        entity: &str,
        name: &str,
        r#type: &str,
        len_max: u32,
        min: i64,
        max: i64,
        references: Option<&str>,
        label: &str,
        label_zh: &str,
        sensitive: bool,
        indexed: bool,
    ) -> PyResult<FieldInfo> {
        let declared = || {
            let entity = entity_named(entity)?;
            let kind = type_named(r#type, len_max, (min, max), references)?;
            let or_name = |label: &str| if label.is_empty() { name.to_owned() } else { label.to_owned() };
            let (label, label_zh) = (or_name(label), or_name(label_zh));
            Ok(CustomField { id: 0, entity, name: name.to_owned(), kind, label, label_zh, sensitive, indexed })
        };
        let field = declared().or_raise(py)?;
        let entity = field.entity;
        self.shared.call(py, move |session| session.apply(domain::Command::DeclareField(field)))?;
        let catalog = self.shared.catalog();
        catalog.require_named(entity, name).cloned().map(FieldInfo).or_raise(py)
    }

    /// The plugins, in the order in which they are asked.
    fn plugins(&self, py: Python<'_>) -> PyResult<Vec<PluginStatus>> {
        let plugins = py.detach(|| Ok(self.shared.database()?.plugins())).or_raise(py)?;
        Ok(plugins.into_iter().map(PluginStatus).collect())
    }

    /// Loads a plugin from a shared library with its manifest beside it. `allow` lists the libraries, or folders of
    /// libraries, that may be loaded; left out it is this one path. `settings` overrides figures of the plugin.
    /// Where the database trusts keys, the manifest must be signed. `drafts` uses its draft extensions too.
    /// `allow_writable` loads it although everybody may write the library, its manifest or their folder.
    #[pyo3(signature = (path, *, allow = None, settings = None, drafts = false, allow_writable = false))]
    fn load_plugin(
        &self,
        py: Python<'_>,
        path: PathBuf,
        allow: Option<Vec<PathBuf>>,
        settings: Option<BTreeMap<String, String>>,
        drafts: bool,
        allow_writable: bool,
    ) -> PyResult<()> {
        let absolute = |path: &Path| std::path::absolute(path);
        let path = absolute(&path)?;
        let allowed = match allow {
            None => vec![path.clone()],
            Some(paths) => paths.iter().map(|path| absolute(path)).collect::<std::io::Result<Vec<_>>>()?,
        };
        let options = PluginOptions { allowed, settings: settings.unwrap_or_default(), drafts, allow_writable };
        self.shared.call(py, |session| session.load_plugin(&path, &options))
    }

    /// Adds the rules of a Python object behind those that are there: see `crmkernel.Plugin`.
    fn register(&self, py: Python<'_>, plugin: &Bound<'_, PyAny>) -> PyResult<()> {
        self.shared.enter().and_then(crm_core::Session::may_register).or_raise(py)?;
        let hook = PythonHook::new(plugin, &self.shared)?;
        self.shared.call(py, move |session| session.register(Arc::new(hook)))
    }

    /// What somebody should know about the database as it is open now, such as a plugin that it needs and that is not
    /// loaded. Ask after the plugins are loaded: right after opening, every plugin is missing.
    #[getter]
    fn warnings(&self, py: Python<'_>) -> PyResult<Vec<Warning>> {
        let found = self.shared.call(py, |session| Ok(session.warnings()))?;
        Ok(found.into_iter().map(Warning).collect())
    }

    /// Forgets a plugin that the database needs: its absence is missed no longer, its prefixes are free, its fields and
    /// their values stay. The journal keeps it.
    fn forget_plugin(&self, py: Python<'_>, id: String) -> PyResult<()> {
        self.shared.call(py, move |session| session.apply(domain::Command::ForgetPlugin(id)).map(drop))
    }

    /// Ends the quarantine of a plugin.
    fn enable_plugin(&self, py: Python<'_>, id: &str) -> PyResult<()> {
        self.shared.call(py, |session| session.enable_plugin(id))
    }

    /// Trusts a public key of minisign: from then on plugins must be signed by a key that the database trusts.
    fn trust_plugin_key(&self, py: Python<'_>, key: String) -> PyResult<()> {
        self.shared.call(py, move |session| session.apply(domain::Command::TrustKey(key)).map(drop))
    }

    /// Trusts a key no longer. Plugins that are loaded stay.
    fn distrust_plugin_key(&self, py: Python<'_>, key: String) -> PyResult<()> {
        self.shared.call(py, move |session| session.apply(domain::Command::DistrustKey(key)).map(drop))
    }

    /// The public keys that the database trusts.
    fn plugin_keys(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let crm = self.shared.database().or_raise(py)?;
        py.detach(|| crm.plugin_keys()).or_raise(py)
    }

    /// The lines that plugins left since this was asked last: plugin, whether somebody should look at it, text.
    fn plugin_log(&self, py: Python<'_>) -> PyResult<Vec<(String, bool, String)>> {
        let lines = self.shared.call(py, crm_core::Session::take_plugin_log)?;
        Ok(lines.into_iter().map(|(id, line)| (id, line.warning, line.message)).collect())
    }

    /// The names of the calculators that the plugins offer.
    fn calculators(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let calculators = py.detach(|| Ok(self.shared.database()?.calculators())).or_raise(py)?;
        Ok(calculators.into_iter().map(|c| c.name).collect())
    }

    /// Calls a calculator of a plugin: `compute("bank.fine_range", gains=Money(100_000_000, "CNY"))` gives its results by
    /// name. A ratio is a `Fraction`; a `float` is not taken.
    #[pyo3(signature = (name, /, **arguments))]
    fn compute<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        arguments: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let mut given = BTreeMap::new();
        for (argument, value) in arguments.into_iter().flatten().filter(|(_, value)| !value.is_none()) {
            let argument: String = argument.extract()?;
            let value = quantity::from_python(&argument, &value).or_raise(py)?;
            given.insert(argument, value);
        }
        let computed = self.shared.call(py, |session| session.compute(name, &given))?;
        let results = PyDict::new(py);
        for decided in &computed {
            results.set_item(&*decided.decision.subject, quantity::to_python(py, &decided.value)?)?;
        }
        Ok(results)
    }

    fn __repr__(&self) -> String {
        let state = if self.shared.is_closed() { "closed " } else { "" };
        format!("<{state}Database {} of {}>", self.path.display(), self.shared.actor().name)
    }
}

pub(crate) fn type_named(
    name: &str,
    len_max: u32,
    (min, max): (i64, i64),
    references: Option<&str>,
) -> Result<FieldType> {
    Ok(match name {
        "text" => FieldType::Text { len_max },
        "int" => FieldType::Int { min, max },
        "bool" => FieldType::Bool,
        "date" => FieldType::Date,
        "instant" => FieldType::Instant,
        "money" => FieldType::Money,
        "ref" => {
            let entity =
                references.ok_or_else(|| invalid("a field of type ref needs references, the entity that it names"))?;
            FieldType::Ref(entity_named(entity)?)
        }
        "enum" => return Err(invalid("a custom field cannot be an enumeration; use text")),
        _ => {
            let allowed = "text, int, bool, date, instant, money, ref";
            return Err(invalid(format!("the type is {name:?}, allowed are {allowed}")));
        }
    })
}
