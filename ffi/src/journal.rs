//! The journal: the history of a record, and the changes since a position.

use std::sync::Arc;

use crm_core::domain::Value;
use crm_core::{Error, ErrorKind, JournalEntry, RecordChange, Result};

use crate::command::crmk_decision;
use crate::error::{CRMK_DONE, CRMK_OK, CRMK_ROW};
use crate::guard::{self, FromSession, SizeHeaded};
use crate::handle::{self, Kind};
use crate::session::{self, SessionState, Shared, crmk_session};
use crate::text::crmk_text;
use crate::value::crmk_value;

/// Entries of the journal, one at a time.
pub struct crmk_journal {
    _opaque: (),
}

/// What the handle of journal entries stands for.
pub(crate) struct JournalState {
    shared: Arc<Shared>,
    entries: Vec<JournalEntry>,
    /// The place behind the entry given last.
    next: usize,
    /// The text of the last decision that was put in words.
    words: String,
}

impl Kind for JournalState {
    type C = crmk_journal;
    const TAG: u8 = 0xC7;
    const NAME: &'static str = "crmk_journal";
}

impl FromSession for JournalState {
    fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl JournalState {
    fn entry(&self) -> Result<&JournalEntry> {
        let at = self.next.checked_sub(1);
        at.and_then(|at| self.entries.get(at))
            .ok_or_else(|| Error::new(ErrorKind::Misuse, "the journal stands at no entry; step it first"))
    }

    fn change(&self, index: u32) -> Result<&RecordChange> {
        guard::item(&self.entry()?.changes, index, "change")
    }
}

/// One committed command.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_entry {
    /// Set to sizeof(crmk_entry) by the caller.
    pub size: u32,
    /// How many records changed: see crmk_journal_change.
    pub change_count: u32,
    /// How many decisions the rules made: see crmk_journal_decision.
    pub decision_count: u32,
    /// The id of the custom field that was declared, 0 for none.
    pub declared_field: u32,
    /// The position in the journal, from 1, without gaps.
    pub sequence: u64,
    /// The instant of the command. Unit: microseconds since the epoch.
    pub at: i64,
    /// Who asked for it.
    pub actor: crmk_text,
    /// The command: add, update, put, declare_field or the name of a verb.
    pub command: crmk_text,
    /// The policy in force.
    pub policy_version: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_entry {
    const NAME: &'static str = "crmk_entry";
}

/// What changed in one record.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_change {
    /// Set to sizeof(crmk_change) by the caller.
    pub size: u32,
    /// The entity, one of CRMK_ENTITY_.
    pub entity: i32,
    /// The id of the record.
    pub id: u64,
    /// The revision that the change made; 1 when the record was added.
    pub revision: u64,
    /// The sequence of the entry before that changed this record; 0 when there is none.
    pub previous_sequence: u64,
    /// How many fields changed: see crmk_journal_value.
    pub value_count: u32,
    /// Zero.
    pub reserved: u32,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_change {
    const NAME: &'static str = "crmk_change";
}

fn limit_of(limit: u64) -> usize {
    if limit == 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) }
}

/// Reads the entries that changed a record, the newest first. [one-thread]
///
/// At most `limit`, 0 for all. Owner: the caller frees *journal with crmk_journal_free. NULL: none allowed.
/// Errors: NOT_FOUND when there is no such record, INVALID_ARGUMENT for an unknown entity, CORRUPT, IO, MISUSE once
/// the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_journal_history(
    session: *mut crmk_session,
    entity: i32,
    id: u64,
    limit: u64,
    journal: *mut *mut crmk_journal,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(journal, "journal")?;
        let entity = session::entity(entity)?;
        let entries = s.shared.go_in()?.1.history(entity, id, limit_of(limit))?;
        out.put(handle::insert(JournalState { shared: s.shared.clone(), entries, next: 0, words: String::new() })?);
        Ok(CRMK_OK)
    })
}

/// Reads the entries behind a sequence, the oldest first: the change feed. [one-thread]
///
/// A reader keeps the sequence of the last entry that it has worked through and asks from there, now or after a
/// restart; 0 is the beginning. At most `limit`, 0 for all. Owner: the caller frees *journal with crmk_journal_free.
/// NULL: none allowed. Errors: CORRUPT, IO, MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_journal_changes(
    session: *mut crmk_session,
    since: u64,
    limit: u64,
    journal: *mut *mut crmk_journal,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(journal, "journal")?;
        let entries = s.shared.go_in()?.1.changes_since(since, limit_of(limit))?;
        out.put(handle::insert(JournalState { shared: s.shared.clone(), entries, next: 0, words: String::new() })?);
        Ok(CRMK_OK)
    })
}

/// Goes to the next entry: CRMK_ROW, or CRMK_DONE at the end. [one-thread]
///
/// The texts live until crmk_journal_free. NULL: entry may be NULL. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_journal_step(journal: *mut crmk_journal, entry: *mut crmk_entry) -> i32 {
    guard::with::<JournalState>(journal, |j| {
        // SAFETY: the caller gives NULL or a crmk_entry with its size.
        let out = unsafe { guard::out_struct_optional(entry)? };
        let Some(found) = j.entries.get(j.next) else { return Ok(CRMK_DONE) };
        out.put(crmk_entry {
            size: 0,
            change_count: guard::count(found.changes.len()),
            decision_count: guard::count(found.decisions.len()),
            declared_field: found.declared.as_ref().map_or(0, |field| u32::from(field.id)),
            sequence: found.sequence,
            at: found.at.us(),
            actor: crmk_text::view(&found.actor),
            command: crmk_text::view(&found.command),
            policy_version: crmk_text::view(&found.policy_version),
        });
        j.next += 1;
        Ok(CRMK_ROW)
    })
}

/// One record that the entry changed. [one-thread]
///
/// Bounds: index from 0 to change_count. NULL: none allowed.
/// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_journal_change(journal: *mut crmk_journal, index: u32, change: *mut crmk_change) -> i32 {
    guard::with::<JournalState>(journal, |j| {
        // SAFETY: the caller gives a crmk_change with its size.
        let out = unsafe { guard::out_struct(change)? };
        let found = j.change(index)?;
        out.put(crmk_change {
            size: 0,
            entity: i32::from(found.entity.number()),
            id: found.id,
            revision: found.revision,
            previous_sequence: found.previous_sequence,
            value_count: guard::count(found.values.len()),
            reserved: 0,
        });
        Ok(CRMK_OK)
    })
}

/// One field that a change of the entry changed: its id, and its value before and after. [one-thread]
///
/// Bounds: change from 0 to change_count, index from 0 to value_count. A value that was not there has CRMK_TYPE_NONE.
/// The texts live until crmk_journal_free. NULL: before and after may be NULL.
/// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_journal_value(
    journal: *mut crmk_journal,
    change: u32,
    index: u32,
    field: *mut u32,
    before: *mut crmk_value,
    after: *mut crmk_value,
) -> i32 {
    guard::with::<JournalState>(journal, |j| {
        let out = guard::out(field, "field")?;
        // SAFETY: the caller gives NULL or crmk_values with their sizes.
        let outs = unsafe { (guard::out_struct_optional(before)?, guard::out_struct_optional(after)?) };
        let found = guard::item(&j.change(change)?.values, index, "value")?;
        out.put(u32::from(found.field));
        outs.0.put(crmk_value::of(found.before.as_ref().map(Value::as_ref)));
        outs.1.put(crmk_value::of(found.after.as_ref().map(Value::as_ref)));
        Ok(CRMK_OK)
    })
}

/// One decision that the rules made with the entry. [one-thread]
///
/// Bounds: index from 0 to decision_count. The texts live until crmk_journal_free. NULL: none allowed.
/// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_journal_decision(
    journal: *mut crmk_journal,
    index: u32,
    decision: *mut crmk_decision,
) -> i32 {
    guard::with::<JournalState>(journal, |j| {
        // SAFETY: the caller gives a crmk_decision with its size.
        let out = unsafe { guard::out_struct(decision)? };
        out.put(crmk_decision::of(guard::item(&j.entry()?.decisions, index, "decision")?));
        Ok(CRMK_OK)
    })
}

/// One input that the rule of a decision of the entry used. [one-thread]
///
/// Bounds: input from 0 to input_count of the decision. The texts live until crmk_journal_free. NULL: none allowed.
/// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_journal_decision_input(
    journal: *mut crmk_journal,
    index: u32,
    input: u32,
    name: *mut crmk_text,
    value: *mut crmk_text,
) -> i32 {
    guard::with::<JournalState>(journal, |j| {
        let (out_name, out_value) = (guard::out(name, "name")?, guard::out(value, "value")?);
        let decision = guard::item(&j.entry()?.decisions, index, "decision")?;
        let (name, value) = guard::item(&decision.inputs, input, "input")?;
        out_name.put(crmk_text::view(name));
        out_value.put(crmk_text::view(value));
        Ok(CRMK_OK)
    })
}

/// One decision of the entry as a line that people read, as crmk_session_decision_text. [one-thread]
///
/// Bounds: index from 0 to decision_count. The language is one of CRMK_LANGUAGE_. The text lives until the next
/// crmk_journal_decision_text of the journal. NULL: none allowed.
/// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end and for an unknown language.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_journal_decision_text(
    journal: *mut crmk_journal,
    index: u32,
    language: i32,
    text: *mut crmk_text,
) -> i32 {
    guard::with::<JournalState>(journal, |j| {
        let out = guard::out(text, "text")?;
        let language = crate::command::language(language)?;
        let decision = guard::item(&j.entry()?.decisions, index, "decision")?;
        j.words = j.shared.catalog().words_of(decision, language).to_string();
        out.put(crmk_text::view(&j.words));
        Ok(CRMK_OK)
    })
}

/// Frees journal entries. [one-thread]
///
/// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
/// callback, then it stays. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_journal_free(journal: *mut crmk_journal) -> i32 {
    guard::free::<JournalState>(journal)
}
