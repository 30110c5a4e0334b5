//! The one write path: load, rights, kernel invariants, policy rules, plugins, then the write with its journal entry.
//!
//! The order of the checks is the order of precedence of errors:
//!
//! 0. the actor: `Forbidden` when its user is suspended, whatever the command
//! 1. form of the command: `UnknownField`, `WrongType`, `InvalidArgument`
//! 2. load: `NotFound`, `Conflict`
//! 3. rights: `Forbidden`, by the level of the actor, then for values that a manager alone changes, then by the units to
//!    which the policy keeps the command, then for a field that is cleared and hidden from the actor
//! 4. state machine: `Transition`; references: `Reference`; form and invariants: `Rejected` with every violation
//! 5. policy rules: `Rejected`
//! 6. plugins in registry order: `PluginMissing`, `PluginFailed`, `PluginQuarantined`, `Rejected`
//! 7. write: `Duplicate`
//!
//! A use case is a pure function of the transaction, the command and the [`Setting`]; it can be run twice.

use std::sync::Arc;

use crate::domain::{
    Actor, Calendar, Changes, Command, CustomField, Date, Decision, EntityKind, FIELD_ID, Instant, Operation, Policy,
    Verb,
};
use crate::error::{Error, ErrorKind, Result};
use crate::plugin::Registry;
use crate::port::{Point, ReadTxn, Space, Stage};
use crate::record::journal::{Fact, NewEntry};
use crate::record::meta::{self, Head};
use crate::record::needs::COMPANY;
use crate::record::origin::{self, Origins};
use crate::record::{Catalog, Draft, Header, Record, Written, journal, key, table};
use crate::rules;

use super::adopt;
use super::ask::{self, Asked};
use super::authors;
use super::change;
use super::check;
use super::classify;
use super::dates;
use super::decide;
use super::derived;
use super::follow;
use super::managed;
use super::names;
use super::needs;
use super::reassess;
use super::suspended;
use super::trust;
use super::years;

/// The name of the command that sorts a customer anew.
pub(super) const CLASSIFY: &str = "classify";
/// The name of the command that decides a complaint anew.
pub(super) const REASSESS: &str = "reassess";

/// The name of the command that asks the plugins again.
pub(super) const REDECIDE: &str = "redecide";

/// Whether a command only decides anew what the rules and plugins decide.
pub(super) fn is_anew(request: &Request<'_>) -> bool {
    [CLASSIFY, REASSESS, REDECIDE].contains(&request.name)
}

/// What a use case runs under.
pub(crate) struct Setting<'a> {
    pub(crate) now: Instant,
    pub(crate) today: Date,
    pub(crate) zone: chrono_tz::Tz,
    pub(crate) actor: &'a Actor,
    pub(crate) policy: &'a Policy,
    pub(crate) calendar: &'a Calendar,
    pub(crate) registry: &'a Registry,
    /// Whether policies, rules that decide and plugins have a say.
    pub(crate) has_rules: bool,
    /// Whether records may be written without a plugin that rules them and is missing.
    pub(crate) allows_missing: bool,
}

impl<'a> Setting<'a> {
    /// What the rules decide under.
    pub(crate) fn context(&self) -> rules::Context<'a> {
        rules::Context {
            now: self.now,
            today: self.today,
            zone: self.zone,
            actor: &self.actor.name,
            policy: self.policy,
            calendar: self.calendar,
        }
    }
}

/// What a committed command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether anything was written; an update or put that changes nothing writes nothing.
    pub changed: bool,
    /// Whether a record was added.
    pub added: bool,
    /// The sequence of the journal entry; 0 when nothing was written.
    pub sequence: u64,
    /// The record as it is now, as its actor may see it; `None` for a declaration and for a policy.
    pub record: Option<Record>,
    /// The custom field that was declared.
    pub declared: Option<CustomField>,
    /// What the rules decided, for the record and then for what followed from the command.
    pub decisions: Vec<Decision>,
    /// The records that follow from the command, and how many of the last decisions are of each.
    pub(super) followed: Vec<(Record, usize)>,
    /// The records that were written, for what is derived from them; the commit takes them.
    pub(super) written: Vec<Written>,
}

/// A command on a record, taken apart.
pub(crate) struct Request<'c> {
    pub(crate) entity: EntityKind,
    pub(crate) name: &'static str,
    pub(crate) verb: Option<&'static Verb>,
    pub(crate) changes: &'c Changes,
    /// Whether the record may be one of the past: added or put in any state.
    pub(crate) records_past: bool,
    /// Whether it follows from another command, so that the kernel's own fields may be set.
    pub(crate) follows: bool,
    /// Whether dates that cannot be are recorded as they are.
    pub(crate) allows_impossible: bool,
}

impl<'c> Request<'c> {
    /// One without a verb, of now, that an actor asked for.
    fn new(entity: EntityKind, name: &'static str, changes: &'c Changes) -> Self {
        Self { entity, name, verb: None, changes, records_past: false, follows: false, allows_impossible: false }
    }
}

impl Request<'_> {
    /// Whether a value names the record that is put, rather than a change of it.
    pub(crate) fn is_name(&self, field: u16) -> bool {
        field == FIELD_ID && self.name == PUT
    }
}

/// The name of a put in the journal.
const PUT: &str = "put";

/// Runs one command on a staged transaction.
pub(crate) fn run(
    txn: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    setting: &Setting<'_>,
    command: &Command,
) -> Result<Outcome> {
    let allowed = suspended::refuse(catalog, setting.actor);
    let outcome = allowed
        .and_then(|()| names::in_normal_form(command))
        .and_then(|command| run_command(txn, catalog, setting, &command))
        .map_err(|refused| refused.under_policy(&setting.policy.version))?;
    suspended::note(catalog, &outcome.written);
    if outcome.changed && outcome.record.as_ref().is_some_and(|record| record.entity() == EntityKind::WorkYear) {
        years::refresh(txn, catalog)?;
    }
    Ok(outcome)
}

fn run_command(
    txn: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    setting: &Setting<'_>,
    command: &Command,
) -> Result<Outcome> {
    let (command, allows_impossible) = match command {
        Command::AllowingImpossibleDates(command) => {
            check::permitted(setting.actor, Operation::AllowImpossibleDates)?;
            (&**command, true)
        }
        command => (command, false),
    };
    let request = |entity, name, changes| Request { allows_impossible, ..Request::new(entity, name, changes) };
    let none = Changes::new();
    match command {
        Command::AllowingImpossibleDates(_) => {
            Err(Error::new(ErrorKind::InvalidArgument, "impossible dates are allowed twice, once is enough"))
        }
        Command::DeclareField(field) => declare(txn, catalog, setting, field),
        Command::RegisterPlugin(registration) => needs::register(txn, catalog, setting, registration),
        Command::ForgetPlugin(id) => needs::forget(txn, catalog, setting, id),
        Command::TrustKey(key) => trust::change(txn, setting, key, true),
        Command::DistrustKey(key) => trust::change(txn, setting, key, false),
        Command::AdoptPolicy(policy) => adopt::adopt(txn, catalog, setting, policy),
        Command::Classify { id } => {
            let before = load(txn, EntityKind::Customer, *id, None)?;
            write(txn, catalog, setting, &request(EntityKind::Customer, CLASSIFY, &none), Some(before))
        }
        Command::Reassess { entity, id } => {
            reassess::check(*entity)?;
            let before = load(txn, *entity, *id, None)?;
            write(txn, catalog, setting, &request(*entity, REASSESS, &none), Some(before))
        }
        Command::Redecide { entity, id } => {
            let before = load(txn, *entity, *id, None)?;
            write(txn, catalog, setting, &request(*entity, REDECIDE, &none), Some(before))
        }
        Command::Add { entity, changes } => {
            let request = Request { records_past: true, ..request(*entity, "add", changes) };
            check::form(catalog, &request)?;
            write(txn, catalog, setting, &request, None)
        }
        Command::Put { entity, changes } => {
            let request = Request { records_past: true, ..request(*entity, PUT, changes) };
            check::form(catalog, &request)?;
            let before = change::find_by_key(txn, catalog, *entity, changes)?;
            write(txn, catalog, setting, &request, before)
        }
        Command::Update { entity, id, revision, changes } => {
            let request = request(*entity, "update", changes);
            check::form(catalog, &request)?;
            let before = load(txn, *entity, *id, *revision)?;
            write(txn, catalog, setting, &request, Some(before))
        }
        Command::Act { verb, id, revision, changes } => {
            let request = Request { verb: Some(verb), ..request(verb.entity, verb.name, changes) };
            check::form(catalog, &request)?;
            let before = load(txn, verb.entity, *id, *revision)?;
            write(txn, catalog, setting, &request, Some(before))
        }
    }
}

fn load(txn: &dyn ReadTxn, entity: EntityKind, id: u64, revision: Option<u64>) -> Result<Record> {
    let name = entity.def().name;
    let record = table::load(txn, entity, id)?.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("there is no {name} with the id {id}")).with("id", id)
    })?;
    match revision {
        Some(read) if read != record.revision() => Err(Error::new(
            ErrorKind::Conflict,
            format!("the {name} {id} has revision {}, the change was made from revision {read}", record.revision()),
        )
        .with("id", id)
        .with("revision", record.revision())),
        _ => Ok(record),
    }
}

/// Steps 3 to 7 for a command on a record, and then for what follows from it.
fn write(
    txn: &mut Stage<'_>,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<Record>,
) -> Result<Outcome> {
    if !setting.has_rules || !follow::may_follow(request.entity) {
        return write_one(txn, catalog, setting, request, before, Vec::new());
    }
    let mut outcome = write_one(txn, catalog, setting, request, before.clone(), Vec::new())?;
    // A customer that stays in its class may be visited by another plan.
    let may_follow = outcome.changed || request.name == CLASSIFY;
    let Some(after) = outcome.record.clone().filter(|_| may_follow) else { return Ok(outcome) };
    for next in follow::of(txn, setting, request, before.as_ref(), &after)? {
        let (name, verb, changes) = (next.name, next.verb, &next.changes);
        let allows_impossible = request.allows_impossible;
        let request = Request { verb, follows: true, allows_impossible, ..Request::new(next.entity, name, changes) };
        let before = next.id.map(|id| load(txn, next.entity, id, None)).transpose()?;
        let followed = write_one(txn, catalog, setting, &request, before, next.decisions)?;
        if followed.changed && !outcome.changed {
            (outcome.changed, outcome.sequence) = (true, followed.sequence);
        }
        outcome.written.extend(followed.written);
        outcome.followed.extend(followed.record.map(|record| (record, followed.decisions.len())));
        outcome.decisions.extend(followed.decisions);
    }
    Ok(outcome)
}

/// Steps 3 to 7 for one record; `because` is why it follows from another.
fn write_one(
    txn: &mut Stage<'_>,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<Record>,
    because: Vec<Decision>,
) -> Result<Outcome> {
    let hides = |record: &Record, field| derived::hides_from_writer(txn, catalog, setting, record, field);
    check::rights(catalog, setting.actor, request, before.as_ref(), &hides)?;
    managed::check(txn, catalog, setting, request, before.as_ref())?;
    authors::check(txn, catalog, setting, request, before.as_ref())?;
    derived::refuse_clearing(txn, catalog, setting, request, before.as_ref())?;
    let mut draft = change::apply(catalog, setting, request, before.as_ref())?;
    let impossible = dates::check(txn, catalog, setting, request, before.as_ref(), &mut draft)?;
    let is_anew = is_anew(request);
    let same = |draft: &Draft| before.as_ref().filter(|before| change::is_same(before, draft)).cloned();
    if request.verb.is_none()
        && !is_anew
        && let Some(before) = same(&draft)
        && !derived::gives_hidden(txn, catalog, setting, request, &before)
    {
        return Ok(unchanged(before));
    }
    check::references(txn, catalog, before.as_ref(), &draft)?;
    check::invariants(txn, catalog, setting, request, before.as_ref(), &draft, impossible)?;
    if !setting.has_rules {
        let decided = Decided { draft, decisions: because, facts: Vec::new(), origins: None };
        return commit_record(txn, catalog, setting, request, before, decided);
    }
    let customer = change::customer_of(txn, draft.header.entity, &draft)?;
    let mut decisions = because;
    let (of_classes, facts) = classify::decide(txn, catalog, setting, request, before.as_ref(), &mut draft)?;
    decisions.extend(of_classes);
    // Plugins may decide otherwise as time goes by, though the policy does not.
    let asks = [Point::Classify, Point::Cadence].iter().any(|point| setting.registry.asks(*point, request.entity));
    if request.name == CLASSIFY
        && !asks
        && let Some(before) = same(&draft)
    {
        return Ok(unchanged(before));
    }
    decisions.extend(decide::decide(txn, setting, request, before.as_ref(), &mut draft, customer.as_ref())?);
    // What plugins decide anew because of another record is no change of this one that the policy could refuse.
    if !(request.follows && request.name == REDECIDE) {
        check::policy(txn, catalog, setting, request, before.as_ref(), &draft, customer.as_ref())?;
    }
    let Asked { decisions: of_plugins, origins } =
        ask::plugins(txn, catalog, setting, request, before.as_ref(), &mut draft, customer.as_ref())?;
    decisions.retain(|decision| !of_plugins.iter().any(|other| other.subject == decision.subject));
    decisions.extend(of_plugins);
    if is_anew && let Some(before) = same(&draft) {
        return Ok(unchanged(before));
    }
    commit_record(txn, catalog, setting, request, before, Decided { draft, decisions, facts, origins })
}

/// What the rules made of a command.
struct Decided {
    draft: Draft,
    decisions: Vec<Decision>,
    facts: Vec<Fact>,
    /// Who decided what the record holds, when that is another than before.
    origins: Option<Origins>,
}

fn unchanged(record: Record) -> Outcome {
    Outcome { record: Some(record), ..nothing_written() }
}

/// Step 7: the record, its indexes and the journal entry.
fn commit_record(
    txn: &mut Stage<'_>,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<Record>,
    decided: Decided,
) -> Result<Outcome> {
    let Decided { mut draft, decisions, mut facts, origins } = decided;
    let head = Head::read(txn)?;
    draft.header = Header {
        entity: request.entity,
        id: match &before {
            Some(record) => record.id(),
            None => next_id(txn, request.entity)?,
        },
        revision: before.as_ref().map_or(1, |record| record.revision() + 1),
        sequence: head.sequence + 1,
        created_at: before.as_ref().map_or(setting.now, |record| record.header().created_at),
        updated_at: setting.now,
    };
    facts.extend(origins.map(|origins| origin::fact(request.entity, draft.header.id, &origins)));
    let record = Record::encode(&draft)?;
    table::store(txn, catalog, before.as_ref(), &record)?;
    let entry = NewEntry {
        written: Some((before.as_ref(), &record)),
        decisions: &decisions,
        facts: &facts,
        ..entry(setting, &head, request.name)
    };
    append(txn, &head, &entry);
    Ok(Outcome {
        changed: true,
        added: before.is_none(),
        sequence: entry.sequence,
        record: Some(record.clone()),
        declared: None,
        decisions,
        followed: Vec::new(),
        written: vec![Written { before, after: record }],
    })
}

/// Declares a custom field.
fn declare(
    txn: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    setting: &Setting<'_>,
    field: &CustomField,
) -> Result<Outcome> {
    check::permitted(setting.actor, Operation::DeclareField)?;
    // Nothing may fail once the field is in the catalog, or the catalog would know a field that is not stored.
    let head = Head::read(txn)?;
    let (field, bound) = Arc::make_mut(catalog).declare(field.clone(), COMPANY)?;
    let sequence = needs::store_field(txn, catalog, setting, &head, None, &field, bound)?;
    Ok(Outcome { changed: true, sequence, declared: Some(field), ..nothing_written() })
}

/// The outcome of a command that wrote nothing and is about no record.
pub(super) fn nothing_written() -> Outcome {
    Outcome {
        changed: false,
        added: false,
        sequence: 0,
        record: None,
        declared: None,
        decisions: Vec::new(),
        followed: Vec::new(),
        written: Vec::new(),
    }
}

/// The entry behind the head for a command that writes no record and decides nothing.
pub(super) fn entry<'e>(setting: &Setting<'e>, head: &Head, command: &'e str) -> NewEntry<'e> {
    NewEntry {
        sequence: head.sequence + 1,
        at: setting.now,
        actor: &setting.actor.name,
        command,
        policy_version: &setting.policy.version,
        written: None,
        decisions: &[],
        declared: None,
        facts: &[],
    }
}

/// Appends an entry, and sets the facts that it holds.
pub(super) fn append(txn: &mut Stage<'_>, head: &Head, entry: &NewEntry<'_>) {
    let encode = |buffer: &mut Vec<u8>| journal::encode(buffer, entry, &head.hash);
    let hash = txn.put_made(Space::Journal, &key::journal(entry.sequence), encode, journal::hash);
    for fact in entry.facts {
        txn.put(Space::Meta, &fact.key, &fact.value);
    }
    let head = Head { sequence: entry.sequence, hash };
    txn.put(Space::Meta, meta::KEY_HEAD, &head.encode());
}

fn next_id(txn: &mut Stage<'_>, entity: EntityKind) -> Result<u64> {
    let id = meta::last_id(txn, entity)? + 1;
    txn.put(Space::Meta, &meta::counter_key(entity), &id.to_be_bytes());
    Ok(id)
}
