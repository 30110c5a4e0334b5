//! The checks that need no case: what every plugin must bear.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::made::{self, Make, noon};
use super::question::{Ask, MakeRecord, numbered};
use super::scene::{Change, Field, Scene, Stored, Values, ZONE};
use super::{memory, personal, probes};
use crate::adapter::MemoryStore;
use crate::crm::answer;
use crate::domain::{Calendar, EntityKind, Instant};
use crate::error::{Error, ErrorKind, Result as CoreResult};
use crate::plugin::{entities_of, text};
use crate::port::{Answer, Clock, Hook, HookInput, Point};
use crate::record::Catalog;
use crate::{Config, Crm, PluginOptions};

pub(super) type Outcome = Result<String, String>;

/// Runs a check by its name.
pub(super) fn run(name: &str, library: &Path) -> Outcome {
    match name {
        "manifest" => manifest(library),
        "load" => load(library),
        "declarations" => declarations(library),
        "twice" => twice(library),
        "settings" => settings(library),
        "empty" => bears(library, &[&|_| Values::new()], Calendar::china(), &[]),
        "extremes" => {
            let record = |make: Make| move |of: &[Field]| made::record(of, make);
            let makes = (record(made::least), record(made::greatest), record(made::odd));
            bears(library, &[&makes.0, &makes.1, &makes.2], Calendar::china(), &[ErrorKind::CalendarYearMissing])
        }
        "calendar" => {
            let plain = |of: &[Field]| made::record(of, made::plain);
            bears(library, &[&plain], &Calendar::new("CN", []), &[ErrorKind::CalendarYearMissing])
        }
        "memory" => memory::run(library),
        "personal" => personal::run(library),
        _ => probes::run(name, library),
    }
}

/// A plugin that is set up, with what the checks know of it.
pub(super) struct Tried {
    pub(super) hook: Arc<dyn Hook>,
    pub(super) catalog: Catalog,
    pub(super) fields: BTreeMap<EntityKind, Vec<Field>>,
    /// The customer of a record that has one.
    pub(super) customer: Option<Values>,
}

impl Tried {
    /// Loads a plugin; `guarded` watches what it does.
    pub(super) fn new(library: &Path, guarded: bool) -> Result<Self, String> {
        let scene = Scene::default();
        let hook = scene.load(library, &BTreeMap::new(), guarded).map_err(|e| told(&e))?;
        let fields: BTreeMap<_, _> = EntityKind::ALL.iter().map(|entity| (*entity, scene.fields(*entity))).collect();
        let customer = fields.get(&EntityKind::Customer).map(|fields| numbered(made::record(fields, made::plain)));
        Ok(Self { hook, catalog: scene.catalog(), fields, customer })
    }

    /// The questions that a database asks the plugin: each hook with the entities that it is asked about.
    pub(super) fn questions(&self) -> Vec<(Point, EntityKind)> {
        let of = |point| entities_of(&*self.hook, point).into_iter().map(move |entity| (point, entity));
        Point::ALL.into_iter().flat_map(of).collect()
    }

    pub(super) fn fields(&self, entity: EntityKind) -> &[Field] {
        self.fields.get(&entity).map_or(&[], Vec::as_slice)
    }

    /// Asks as a database does: what it would not take is an error.
    pub(super) fn ask(&self, point: Point, change: &Change<'_>) -> CoreResult<Answer> {
        change.ask(|input| asked(&self.catalog, &*self.hook, point, input))
    }
}

/// Asks a hook and checks its answer, as a database does.
pub(super) fn asked(catalog: &Catalog, hook: &dyn Hook, point: Point, input: &HookInput<'_>) -> CoreResult<Answer> {
    let mut answer = hook.ask(point, input)?;
    text::settle(&mut answer);
    match answer::check(catalog, ZONE, point, hook, input, &answer) {
        Ok(()) => Ok(answer),
        Err(why) => Err(Error::new(ErrorKind::PluginFailed, format!("its answer is not taken: {why}"))),
    }
}

pub(super) fn told(error: &Error) -> String {
    format!("{}: {}", error.kind(), error.message())
}

/// An update that leaves the record as it is.
pub(super) fn plain_change<'a>(entity: EntityKind, record: &'a Values, stored: &'a Stored) -> Change<'a> {
    Change {
        now: stored.now.unwrap_or_else(noon),
        actor: "validator",
        command: "update",
        entity,
        before: Some(record),
        after: record,
        customer: None,
        stored,
        calendar: stored.calendar(),
    }
}

/// The customer of a record; a customer has none.
pub(super) fn of(entity: EntityKind, customer: &Values) -> Option<&Values> {
    (entity != EntityKind::Customer).then_some(customer)
}

fn manifest(library: &Path) -> Outcome {
    let tried = Tried::new(library, false)?;
    Ok(format!("{} {}", tried.hook.id(), tried.hook.version()))
}

/// A clock that stands at noon.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Instant {
        noon()
    }
}

/// Loads the plugin into a database, which takes its policy and its figures or says why not.
fn load(library: &Path) -> Outcome {
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(Noon))).map_err(|e| told(&e))?;
    let allowed = vec![library.to_owned()];
    let options = PluginOptions { allowed, drafts: true, allow_writable: true, ..PluginOptions::default() };
    crm.load_plugin(library, &options).map_err(|error| {
        let violations: Vec<String> = error.violations().iter().map(|found| found.message.clone()).collect();
        let plugin = error.context_value("plugin").unwrap_or("unknown");
        match violations.is_empty() {
            true => told(&error),
            false => format!("the policy of plugin {plugin} is not taken: {}", violations.join("; ")),
        }
    })?;
    let hook = Tried::new(library, false)?.hook;
    let offered: Vec<&str> = Point::ALL.into_iter().filter(|p| hook.offers(*p)).map(Point::name).collect();
    Ok(format!("{} {} offers {}", hook.id(), hook.version(), offered.join(", ")))
}

fn declarations(library: &Path) -> Outcome {
    let hook = Tried::new(library, false)?.hook;
    let labels = hook
        .calculators()
        .iter()
        .flat_map(|c| {
            let parameters = c.arguments.iter().chain(&c.results).map(|p| (&p.name, &p.label, &p.label_zh));
            parameters.chain([(&c.name, &c.label, &c.label_zh)])
        })
        .chain(hook.fields().iter().map(|f| (&f.name, &f.label, &f.label_zh)));
    for (name, label, label_zh) in labels {
        if label.is_empty() || label_zh.is_empty() {
            return Err(format!("{name} has no label in both languages"));
        }
    }
    Ok(format!("{} fields, {} calculators", hook.fields().len(), hook.calculators().len()))
}

fn twice(library: &Path) -> Outcome {
    let first = Tried::new(library, false)?;
    let second = Tried::new(library, false)?;
    let plain = |fields: &[Field]| made::record(fields, made::plain);
    let all = |tried: &Tried| {
        let stored = Stored::default();
        tried.every(&[&plain]).iter().map(|ask| ask.says(tried, &stored)).collect::<Vec<_>>()
    };
    let before = all(&first);
    drop(second);
    let third = Tried::new(library, false)?;
    let same = all(&first) == before && all(&third) == before;
    if same { Ok(String::new()) } else { Err("another state changes the answers".to_owned()) }
}

fn settings(library: &Path) -> Outcome {
    let unknown = BTreeMap::from([("crmkernel.no_such_figure".to_owned(), "1".to_owned())]);
    match Scene::default().load(library, &unknown, false) {
        Err(e) if e.kind() == ErrorKind::PluginFailed => Ok(e.message().to_owned()),
        Err(e) => Err(e.message().to_owned()),
        Ok(_) => {
            Err("the setting crmkernel.no_such_figure was let pass; a slip of the pen would go unnoticed".to_owned())
        }
    }
}

/// Asks every hook about records that are made of the fields of their entity, and every calculator; only the errors that are
/// named may come.
fn bears(library: &Path, makes: &[MakeRecord<'_>], calendar: &Calendar, may: &[ErrorKind]) -> Outcome {
    let mut tried = Tried::new(library, true)?;
    let mut asked = 0;
    for make in makes {
        tried.customer = Some(numbered(make(tried.fields(EntityKind::Customer))));
        let stored = Stored { calendar: Some(calendar.clone()), ..Stored::default() };
        for ask in tried.every(&[*make]) {
            asked += 1;
            let may_too: &[ErrorKind] =
                if matches!(ask, Ask::Computation { .. }) { &[ErrorKind::CalendarYearMissing] } else { may };
            borne(ask.of(&tried, &stored), may_too).map_err(|why| format!("{}: {why}", ask.named()))?;
        }
    }
    Ok(format!("asked {asked} times"))
}

/// That an answer is none, one, or an error that may come.
pub(super) fn borne(answer: CoreResult<Answer>, may: &[ErrorKind]) -> Result<(), String> {
    match answer {
        Err(e) if !may.contains(&e.kind()) => Err(e.message().to_owned()),
        _ => Ok(()),
    }
}

/// A record of an entity made of all its fields.
pub(super) fn whole(tried: &Tried, entity: EntityKind, make: Make) -> Values {
    made::record(tried.fields(entity), make)
}
