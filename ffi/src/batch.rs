//! A batch: many commands in one transaction, with an answer each.

use std::sync::Arc;

use crm_core::domain::Command;
use crm_core::{Atomicity, Error, Outcome, Result};

use crate::command::{self, crmk_outcome};
use crate::error::CRMK_OK;
use crate::guard::{self, FromSession};
use crate::handle::{self, Kind};
use crate::record::{self, crmk_record};
use crate::session::{SessionState, Shared, crmk_session};

/// Commands to be done in one transaction.
pub struct crmk_batch {
    _opaque: (),
}

/// The commands that are refused leave no trace, the others are committed.
pub const CRMK_EACH: i32 = 1;
/// When one command is refused, none is committed.
pub const CRMK_ALL: i32 = 2;

/// What the handle of a batch stands for.
pub(crate) struct BatchState {
    shared: Arc<Shared>,
    commands: Vec<Command>,
    answers: Vec<Result<Outcome>>,
}

impl Kind for BatchState {
    type C = crmk_batch;
    const TAG: u8 = 0xC6;
    const NAME: &'static str = "crmk_batch";
}

impl FromSession for BatchState {
    fn shared(&self) -> &Shared {
        &self.shared
    }
}

/// Makes an empty batch. [one-thread]
///
/// Owner: the caller frees *batch with crmk_batch_free. NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_new(session: *mut crmk_session, batch: *mut *mut crmk_batch) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(batch, "batch")?;
        let shared = s.shared.clone();
        out.put(handle::insert(BatchState { shared, commands: Vec::new(), answers: Vec::new() })?);
        Ok(CRMK_OK)
    })
}

/// Frees a batch; what was not applied is not done. [one-thread]
///
/// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
/// callback, then it stays. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_free(batch: *mut crmk_batch) -> i32 {
    guard::free::<BatchState>(batch)
}

fn push(batch: *mut crmk_batch, command: impl FnOnce() -> Result<Command>) -> i32 {
    guard::with::<BatchState>(batch, |b| {
        b.commands.push(command()?);
        Ok(CRMK_OK)
    })
}

/// Puts crmk_record_add into a batch; the record is copied and can be used again. [one-thread]
///
/// NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_add(batch: *mut crmk_batch, record: *const crmk_record) -> i32 {
    push(batch, || command::changes_of(record).map(|r| Command::Add { entity: r.entity, changes: r.changes }))
}

/// Puts crmk_record_put into a batch; the record is copied and can be used again. [one-thread]
///
/// NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_put(batch: *mut crmk_batch, record: *const crmk_record) -> i32 {
    push(batch, || command::changes_of(record).map(|r| Command::Put { entity: r.entity, changes: r.changes }))
}

/// Puts crmk_record_update into a batch; the record is copied and can be used again. [one-thread]
///
/// NULL: none allowed. Errors: INVALID_ARGUMENT when neither the id nor the record names what to update.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_update(
    batch: *mut crmk_batch,
    id: u64,
    revision: u64,
    changes: *const crmk_record,
) -> i32 {
    push(batch, || command::update(id, revision, command::changes_of(changes)?))
}

/// Puts crmk_record_act into a batch; the inputs are copied. [one-thread]
///
/// NULL: inputs may be NULL. Errors: UNSUPPORTED for an unknown verb, INVALID_ARGUMENT for inputs of another entity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_act(
    batch: *mut crmk_batch,
    verb: i32,
    id: u64,
    revision: u64,
    inputs: *const crmk_record,
) -> i32 {
    push(batch, || command::act(verb, id, revision, inputs))
}

/// Does the commands of a batch in one transaction, durable when the call returns; the batch is empty then. [one-thread]
///
/// CRMK_EACH or CRMK_ALL says what becomes of the others when one is refused. The answers are seen with
/// crmk_batch_answer until the next crmk_batch_apply. Gives how many were refused. NULL: refused may be NULL.
/// Errors: INVALID_ARGUMENT for an unknown atomicity; with CRMK_ALL that of the first refused command, whose context holds
/// command_index; otherwise DISK_FULL,
/// IO, CORRUPT, BUSY, MISUSE once the database is closed, FORKED. The commands stay in the batch and nothing is
/// written then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_apply(batch: *mut crmk_batch, atomicity: i32, refused: *mut u32) -> i32 {
    guard::with::<BatchState>(batch, |b| {
        let out = guard::out_optional(refused);
        let atomicity = match atomicity {
            CRMK_EACH => Atomicity::Each,
            CRMK_ALL => Atomicity::All,
            other => return Err(guard::invalid(format!("an atomicity is 1, each, or 2, all, found {other}"))),
        };
        let answers = b.shared.go_in()?.1.apply_many(b.commands.clone(), atomicity)?;
        b.commands.clear();
        b.answers = answers;
        out.put(guard::count(b.answers.iter().filter(|answer| answer.is_err()).count()));
        Ok(CRMK_OK)
    })
}

/// How many commands wait in a batch. [one-thread]
///
/// NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_count(batch: *const crmk_batch, count: *mut u32) -> i32 {
    guard::with::<BatchState>(batch, |b| {
        guard::out(count, "count")?.put(guard::count(b.commands.len()));
        Ok(CRMK_OK)
    })
}

/// Takes all commands and answers out of a batch. [one-thread]
///
/// NULL: not allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_clear(batch: *mut crmk_batch) -> i32 {
    guard::with::<BatchState>(batch, |b| {
        b.commands.clear();
        b.answers.clear();
        Ok(CRMK_OK)
    })
}

/// The answer to one command of the last crmk_batch_apply, in the order in which they were put in. [one-thread]
///
/// Gives the code of a refused command, and leaves its error on the session, so that all violations can be seen.
/// Owner: the caller frees *result with crmk_record_free. NULL: outcome and result may be NULL.
/// Errors: that of the command; INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_batch_answer(
    batch: *mut crmk_batch,
    index: u32,
    outcome: *mut crmk_outcome,
    result: *mut *mut crmk_record,
) -> i32 {
    guard::with::<BatchState>(batch, |b| {
        // SAFETY: the caller gives NULL or a crmk_outcome with its size.
        let out = unsafe { guard::out_struct_optional(outcome)? };
        let result = guard::out_optional(result);
        let done = guard::item(&b.answers, index, "answer")?.as_ref().map_err(Error::duplicate)?;
        record::hand_out(result, &b.shared, done.record.clone())?;
        out.put(crmk_outcome::of(done));
        Ok(CRMK_OK)
    })
}
