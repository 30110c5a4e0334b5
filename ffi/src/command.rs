//! Commands: add, put, update, and the one function for all verbs; what they did, and why.

use std::sync::Arc;

use crm_core::domain::{Changes, Command, Decision, Language, Verb};
use crm_core::{Error, ErrorKind, Outcome, Result};

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::handle;
use crate::record::{self, RecordState, crmk_record};
use crate::session::{self, SessionState, crmk_session};
use crate::text::crmk_text;

/// What a committed command did.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_outcome {
    /// Set to sizeof(crmk_outcome) by the caller.
    pub size: u32,
    /// 1 when something was written; an update or put that changes nothing writes nothing.
    pub changed: i32,
    /// 1 when a record was added.
    pub added: i32,
    /// How many decisions the rules made: see crmk_session_decision.
    pub decision_count: u32,
    /// The id of the record.
    pub id: u64,
    /// The revision of the record.
    pub revision: u64,
    /// The sequence of the journal entry; 0 when nothing was written.
    pub sequence: u64,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_outcome {
    const NAME: &'static str = "crmk_outcome";
}

impl crmk_outcome {
    pub(crate) fn of(outcome: &Outcome) -> Self {
        Self {
            size: 0,
            changed: i32::from(outcome.changed),
            added: i32::from(outcome.added),
            decision_count: guard::count(outcome.decisions.len()),
            id: outcome.record.as_ref().map_or(0, crm_core::Record::id),
            revision: outcome.record.as_ref().map_or(0, crm_core::Record::revision),
            sequence: outcome.sequence,
        }
    }
}

/// What a rule decided, and why.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_decision {
    /// Set to sizeof(crmk_decision) by the caller.
    pub size: u32,
    /// How many inputs the rule used: see crmk_session_decision_input.
    pub input_count: u32,
    /// What is decided: the name of a field, such as deadline_on, or of a check.
    pub subject: crmk_text,
    /// The value decided, as text.
    pub value: crmk_text,
    /// The rule, such as L-BNK-1.
    pub rule: crmk_text,
    /// The regulation and article.
    pub source: crmk_text,
    /// The reason as an English sentence.
    pub reason: crmk_text,
    /// The reason as a Chinese sentence.
    pub reason_zh: crmk_text,
    /// The policy in force.
    pub policy_version: crmk_text,
    /// The plugin that decided, with its version; empty for the kernel.
    pub plugin: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_decision {
    const NAME: &'static str = "crmk_decision";
}

impl crmk_decision {
    pub(crate) fn of(decision: &Decision) -> Self {
        Self {
            size: 0,
            input_count: guard::count(decision.inputs.len()),
            subject: crmk_text::view(&decision.subject),
            value: crmk_text::view(&decision.value),
            rule: crmk_text::view(&decision.rule),
            source: crmk_text::view(&decision.source),
            reason: crmk_text::view(&decision.reason),
            reason_zh: crmk_text::view(&decision.reason_zh),
            policy_version: crmk_text::view(&decision.policy_version),
            plugin: crmk_text::view(&decision.plugin),
        }
    }
}

/// What a caller sends with a command: the record's entity and what was set in it.
pub(crate) fn changes_of(record: *const crmk_record) -> Result<RecordState> {
    Ok(RecordState::clone(&*handle::enter::<RecordState>(record)?))
}

/// The command to update: id 0 names the record that the changes were made on, with its revision.
pub(crate) fn update(id: u64, revision: u64, record: RecordState) -> Result<Command> {
    let (id, revision) = match (id, &record.stored) {
        (0, Some(stored)) => (stored.id(), Some(stored.revision())),
        (0, None) => return Err(guard::invalid("the id is 0 and the record was not read; name the record to update")),
        _ => (id, (revision != 0).then_some(revision)),
    };
    Ok(Command::Update { entity: record.entity, id, revision, changes: record.changes })
}

/// The command to do a verb.
pub(crate) fn act(verb: i32, id: u64, revision: u64, inputs: *const crmk_record) -> Result<Command> {
    let found = Verb::numbered(verb)
        .ok_or_else(|| Error::new(ErrorKind::Unsupported, format!("there is no verb {verb}; see CRMK_VERB_")))?;
    let changes = if inputs.is_null() {
        Changes::new()
    } else {
        let record = changes_of(inputs)?;
        if record.entity != found.entity {
            let (given, wanted) = (record.entity.def().name, found.entity.def().name);
            return Err(guard::invalid(format!(
                "the inputs are of a {given}, the verb {} is of a {wanted}",
                found.name
            )));
        }
        record.changes
    };
    Ok(Command::Act { verb: found, id, revision: (revision != 0).then_some(revision), changes })
}

/// Does a command in a session and hands out what it did.
fn run(
    session: *mut crmk_session,
    outcome: *mut crmk_outcome,
    result: *mut *mut crmk_record,
    command: impl FnOnce() -> Result<Command>,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives NULL or a crmk_outcome with its size.
        let out = unsafe { guard::out_struct_optional(outcome)? };
        let result = guard::out_optional(result);
        let command = command()?;
        let done = s.shared.go_in()?.1.apply(command)?;
        out.put(crmk_outcome::of(&done));
        let shared = Arc::clone(&s.shared);
        s.decisions = done.decisions;
        record::hand_out(result, &shared, done.record)?;
        Ok(CRMK_OK)
    })
}

/// Adds a record. [one-thread]
///
/// It is durable when the call returns. The record given is not changed; the one added, with what the rules decided,
/// comes as *result. Owner: the caller frees *result with crmk_record_free. NULL: outcome and result may be NULL.
/// Errors, the first that applies, and nothing is written: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT; FORBIDDEN;
/// REFERENCE; REJECTED with all violations; PLUGIN_FAILED, PLUGIN_QUARANTINED; CALENDAR_YEAR_MISSING; DUPLICATE;
/// DISK_FULL, IO, CORRUPT; MISUSE once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_add(
    session: *mut crmk_session,
    record: *const crmk_record,
    outcome: *mut crmk_outcome,
    result: *mut *mut crmk_record,
) -> i32 {
    run(session, outcome, result, || changes_of(record).map(|r| Command::Add { entity: r.entity, changes: r.changes }))
}

/// Brings the record with the same id up to it; else the one with the same external reference or code, or adds one.
/// [one-thread]
///
/// What is not set in the record stays. Owner and NULL: as crmk_record_add.
/// Errors: as crmk_record_add, and TRANSITION, NOT_FOUND for an id, and INVALID_ARGUMENT when it names neither id,
/// reference nor code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_put(
    session: *mut crmk_session,
    record: *const crmk_record,
    outcome: *mut crmk_outcome,
    result: *mut *mut crmk_record,
) -> i32 {
    run(session, outcome, result, || changes_of(record).map(|r| Command::Put { entity: r.entity, changes: r.changes }))
}

/// Changes fields of a record that callers may set. [one-thread]
///
/// Revision is the one that the caller read, 0 changes whatever is there. With id 0 the record to change is the one
/// that was read into `changes`, with its revision. Owner and NULL: as crmk_record_add.
/// Errors: as crmk_record_add, and NOT_FOUND, CONFLICT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_update(
    session: *mut crmk_session,
    id: u64,
    revision: u64,
    changes: *const crmk_record,
    outcome: *mut crmk_outcome,
    result: *mut *mut crmk_record,
) -> i32 {
    run(session, outcome, result, || update(id, revision, changes_of(changes)?))
}

/// Does a verb, one of CRMK_VERB_, on a record. [one-thread]
///
/// Revision is the one that the caller read, 0 acts on whatever is there. The inputs are a record of the same entity
/// with the verb's fields set. Owner: as crmk_record_add. NULL: inputs, outcome and result may be NULL.
/// Errors: as crmk_record_add, and NOT_FOUND, CONFLICT, TRANSITION, UNSUPPORTED for an unknown verb.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_act(
    session: *mut crmk_session,
    verb: i32,
    id: u64,
    revision: u64,
    inputs: *const crmk_record,
    outcome: *mut crmk_outcome,
    result: *mut *mut crmk_record,
) -> i32 {
    run(session, outcome, result, || act(verb, id, revision, inputs))
}

/// Finds the decisions that stand for a record, the newest of each subject. [one-thread]
///
/// They are seen with crmk_session_decision, in place of those of the last command. NULL: count may be NULL.
/// Errors: NOT_FOUND, INVALID_ARGUMENT for an unknown entity, CORRUPT, IO, MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_explain(session: *mut crmk_session, entity: i32, id: u64, count: *mut u32) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out_optional(count);
        let entity = session::entity(entity)?;
        let found = s.shared.go_in()?.1.explain(entity, id)?;
        s.decisions = found;
        out.put(guard::count(s.decisions.len()));
        Ok(CRMK_OK)
    })
}

/// One decision of the last command that was done, or of the last crmk_record_explain. [one-thread]
///
/// Bounds: index from 0 to the count given there. The texts live until the next command or crmk_record_explain.
/// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_decision(
    session: *mut crmk_session,
    index: u32,
    decision: *mut crmk_decision,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_decision with its size.
        let out = unsafe { guard::out_struct(decision)? };
        out.put(crmk_decision::of(guard::item(&s.decisions, index, "decision")?));
        Ok(CRMK_OK)
    })
}

/// English.
pub const CRMK_LANGUAGE_EN: i32 = 1;
/// Chinese.
pub const CRMK_LANGUAGE_ZH: i32 = 2;

/// The language with a number.
pub(crate) fn language(number: i32) -> Result<Language> {
    match number {
        CRMK_LANGUAGE_EN => Ok(Language::English),
        CRMK_LANGUAGE_ZH => Ok(Language::Chinese),
        _ => Err(guard::invalid(format!("there is no language {number}; there are 1 EN and 2 ZH"))),
    }
}

/// One decision as a line that people read: what was decided, why, by which rule of which source, from which inputs, under
/// which policy and by which plugin. [one-thread]
///
/// Bounds: index as with crmk_session_decision. The language is one of CRMK_LANGUAGE_. The text lives until the next
/// crmk_session_decision_text of the session. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an index past the end and for an unknown language.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_decision_text(
    session: *mut crmk_session,
    index: u32,
    language: i32,
    text: *mut crmk_text,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(text, "text")?;
        let language = self::language(language)?;
        s.words = s.shared.catalog().words_of(guard::item(&s.decisions, index, "decision")?, language).to_string();
        out.put(crmk_text::view(&s.words));
        Ok(CRMK_OK)
    })
}

/// One input that the rule of a decision used. [one-thread]
///
/// Bounds: input from 0 to input_count of the decision. The texts live as with crmk_session_decision.
/// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_decision_input(
    session: *mut crmk_session,
    index: u32,
    input: u32,
    name: *mut crmk_text,
    value: *mut crmk_text,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let (out_name, out_value) = (guard::out(name, "name")?, guard::out(value, "value")?);
        let (name, value) = guard::item(&guard::item(&s.decisions, index, "decision")?.inputs, input, "input")?;
        out_name.put(crmk_text::view(name));
        out_value.put(crmk_text::view(value));
        Ok(CRMK_OK)
    })
}
