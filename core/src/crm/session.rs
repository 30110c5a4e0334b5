//! A session: an actor's way to change and to read.

use crate::domain::{Actor, Command, EntityKind, Fields, user_name};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{IndexInfo, Record, hint, table};

use super::check;
use super::count;
use super::cursor::Cursor;
use super::group::{self, Atomicity, Watch};
use super::mask;
use super::names;
use super::open::Crm;
use super::plan::{self, Plan};
use super::query::Query;
use super::write::Outcome;

/// What an actor does on a database. Threads may share it; every call stands for itself.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) crm: Crm,
    actor: Actor,
    /// Whether its commands record dates that cannot be as they are.
    allows_impossible_dates: bool,
}

impl Session {
    pub(super) fn new(crm: Crm, actor: Actor) -> Self {
        Self { crm, actor, allows_impossible_dates: false }
    }

    /// The actor.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The same session, whose commands record dates that cannot be as they are, with the mark `date_doubt`: closed before it
    /// was received, a year before 1900. For data of the past that are to be kept as their source has them; its actor must be a
    /// manager, or its commands on records are `Forbidden`.
    #[must_use]
    pub fn allowing_impossible_dates(&self) -> Self {
        Self { allows_impossible_dates: true, ..self.clone() }
    }

    /// A command as this session does it.
    fn as_asked(&self, command: Command) -> Command {
        use Command::{Act, Add, Put, Update};
        let is_on_record = matches!(command, Add { .. } | Put { .. } | Update { .. } | Act { .. });
        match self.allows_impossible_dates && is_on_record {
            true => Command::AllowingImpossibleDates(Box::new(command)),
            false => command,
        }
    }

    /// The database, for tests. Outside of them a session does not hand it out: whoever holds the database opens sessions
    /// of any level.
    #[cfg(any(test, feature = "testing"))]
    pub fn crm(&self) -> &Crm {
        &self.crm
    }

    #[cfg(not(any(test, feature = "testing")))]
    pub(super) fn crm(&self) -> &Crm {
        &self.crm
    }

    /// Does one command, and returns when it is durable.
    ///
    /// # Errors
    /// In this order of precedence: `UnknownField`, `WrongType`, `InvalidArgument`; `NotFound`, `Conflict`;
    /// `Forbidden`; `Transition`, `Reference`, `Rejected`; `PluginFailed`, `PluginQuarantined`;
    /// `CalendarYearMissing`; `Duplicate`; then what the store answers. After an error nothing is written.
    pub fn apply(&self, command: Command) -> Result<Outcome> {
        let command = self.as_asked(command);
        let about = self.about(&command);
        let mut answers = group::submit(&self.crm.inner, &self.actor, vec![command], Atomicity::Each, None)?;
        let answer = answers.pop().unwrap_or_else(|| Err(Error::new(ErrorKind::Bug, "a command got no answer")));
        answer.map(|outcome| self.seen(outcome)).map_err(|refused| self.refused(refused, about))
    }

    /// Does many commands in one transaction, and returns when they are durable: an answer each, in their order.
    ///
    /// # Errors
    /// With [`Atomicity::All`] the error of the first refused command, whose context holds `command_index`; nothing
    /// is written then. Otherwise only what the store answers.
    pub fn apply_many(&self, commands: Vec<Command>, atomicity: Atomicity) -> Result<Vec<Result<Outcome>>> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        self.submit(commands, atomicity, None)
    }

    /// As [`Session::apply_many`], with a watch that is told how far the batch is and can cancel it.
    ///
    /// # Errors
    /// As [`Session::apply_many`]; `Cancelled` when the watch breaks: of the whole batch with [`Atomicity::All`], of
    /// the commands that are left otherwise.
    pub fn apply_many_watched(
        &self,
        commands: Vec<Command>,
        atomicity: Atomicity,
        watch: Watch,
    ) -> Result<Vec<Result<Outcome>>> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        self.submit(commands, atomicity, Some(watch))
    }

    fn submit(
        &self,
        commands: Vec<Command>,
        atomicity: Atomicity,
        watch: Option<Watch>,
    ) -> Result<Vec<Result<Outcome>>> {
        let commands: Vec<Command> = match self.allows_impossible_dates {
            true => commands.into_iter().map(|command| self.as_asked(command)).collect(),
            false => commands,
        };
        let about: Vec<mask::About> = commands.iter().map(|command| self.about(command)).collect();
        match group::submit(&self.crm.inner, &self.actor, commands, atomicity, watch) {
            Ok(answers) => Ok(self.all_seen(answers, &about)),
            Err(refused) => {
                let index = refused.context_value("command_index").and_then(|index| index.parse::<usize>().ok());
                let about = index.and_then(|index| about.get(index).copied()).flatten();
                Err(self.refused(refused, about))
            }
        }
    }

    /// The record with an id; `None` when there is none.
    ///
    /// # Errors
    /// `Corrupt` and what else the store answers.
    pub fn get(&self, entity: EntityKind, id: u64) -> Result<Option<Record>> {
        self.shown(self.read(entity, id)?)
    }

    /// The record with an id, whole.
    fn read(&self, entity: EntityKind, id: u64) -> Result<Option<Record>> {
        match self.crm.inner.cache.newest(entity, id) {
            Some(record) => Ok(Some(record)),
            None => self.crm.inner.snapshot()?.record(entity, id),
        }
    }

    /// The record with a business code (the number, for a complaint); `None` when there is none.
    ///
    /// # Errors
    /// `Corrupt` and what else the store answers.
    pub fn get_by_code(&self, entity: EntityKind, code: &str) -> Result<Option<Record>> {
        let field = entity.def().code;
        if entity.def().field(field).is_some_and(|info| info.names_user) {
            let Ok(name) = user_name::normal(code, "a code") else { return Ok(None) };
            return self.get_unique(entity, &[(field, &*name)]);
        }
        self.get_unique(entity, &[(field, code)])
    }

    /// The record with an external reference; `None` when there is none.
    ///
    /// # Errors
    /// `Corrupt` and what else the store answers.
    pub fn get_by_external_ref(&self, entity: EntityKind, system: &str, id: &str) -> Result<Option<Record>> {
        let (system_field, id_field) = check::external_reference_fields(entity);
        self.get_unique(entity, &[(system_field, system), (id_field, id)])
    }

    fn get_unique(&self, entity: EntityKind, values: &[(u16, &str)]) -> Result<Option<Record>> {
        let (inner, hash) = (&self.crm.inner, hint::hash_of(entity, values));
        let holds = |record: &Record| values.iter().all(|(field, text)| record.text(*field) == Some(*text));
        for id in inner.hints.of(hash) {
            if let Some(record) = self.read(entity, id)?.filter(holds) {
                return Ok(self.shown(Some(record))?.filter(holds));
            }
        }
        let catalog = self.crm.catalog();
        let of_these =
            |index: &&IndexInfo| index.unique && index.fields.iter().eq(values.iter().map(|(field, _)| field));
        let index = catalog.indexes(entity).iter().find(of_these);
        let index = index.expect("invariant: codes and external references are unique keys of every entity");
        let snapshot = inner.snapshot()?;
        let Some(id) = table::find_unique(&*snapshot, entity, index, &Texts(values))? else { return Ok(None) };
        inner.hints.note(hash, id);
        Ok(self.shown(snapshot.record(entity, id)?)?.filter(holds))
    }

    /// Runs a query on a snapshot of its own. Names of users are compared in their normal form. A field that a plugin hides from the actor compares and orders as absent; such
    /// a query reads and sorts records where it would go by an index.
    ///
    /// # Errors
    /// `UnknownField`, `WrongType` and `InvalidArgument` when the query is not of its form; what the store answers.
    pub fn find(&self, query: &Query) -> Result<Cursor> {
        let query = &*names::of_query(query);
        let catalog = self.crm.catalog();
        let mask = self.mask();
        let plan = plan::plan(&catalog, query, mask.as_ref())?;
        Cursor::new(&self.crm.inner, query.clone(), plan, mask)
    }

    /// Runs a query for the kernel itself, which sees everything.
    pub(super) fn find_all(&self, query: &Query) -> Result<Cursor> {
        let plan = plan::plan(&self.crm.catalog(), query, None)?;
        Cursor::new(&self.crm.inner, query.clone(), plan, None)
    }

    /// How a query would be answered: by which index, what is left to filter and to sort, and from which count
    /// [`Session::count`] would answer it without reading any of those.
    ///
    /// # Errors
    /// `UnknownField`, `WrongType` and `InvalidArgument` when the query is not of its form. There are no others.
    pub fn explain_query(&self, query: &Query) -> Result<Plan> {
        let query = &*names::of_query(query);
        let catalog = self.crm.catalog();
        let mask = self.mask();
        let plan = plan::plan(&catalog, query, mask.as_ref())?;
        let kept = count::kept_count(&catalog, query, None).filter(|_| !mask.is_some_and(|m| m.touches(query, [])));
        Ok(Plan { counted: kept.map(|kept| kept.name.clone()), ..plan })
    }
}

/// A few text fields, to look a unique key up with.
struct Texts<'a>(&'a [(u16, &'a str)]);

impl Fields for Texts<'_> {
    fn get(&self, field: u16) -> Option<crate::domain::ValueRef<'_>> {
        self.0.iter().find(|(f, _)| *f == field).map(|(_, text)| crate::domain::ValueRef::Text(text))
    }
}
