//! A cursor: the records of a query, one at a time, through one record handle.

use std::sync::Arc;

use crm_core::Cursor;

use crate::error::{CRMK_DONE, CRMK_OK, CRMK_ROW};
use crate::guard::{self, FromSession};
use crate::handle::{self, Kind};
use crate::record::{RecordState, crmk_record};
use crate::session::Shared;
use crate::text::crmk_bytes;

/// The records of a query in their order, from the snapshot at which it was asked.
pub struct crmk_cursor {
    _opaque: (),
}

/// What the handle of a cursor stands for.
pub(crate) struct CursorState {
    shared: Arc<Shared>,
    cursor: Cursor,
    /// The handle of the record that steps fill, NULL before the first.
    record: *mut crmk_record,
    position: Vec<u8>,
}

// SAFETY: the pointer is the handle of a record, a number that any thread may hold.
unsafe impl Send for CursorState {}

impl Kind for CursorState {
    type C = crmk_cursor;
    const TAG: u8 = 0xC5;
    const NAME: &'static str = "crmk_cursor";
}

impl FromSession for CursorState {
    fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl CursorState {
    pub(crate) fn new(shared: Arc<Shared>, cursor: Cursor) -> Self {
        Self { shared, cursor, record: std::ptr::null_mut(), position: Vec::new() }
    }
}

impl Drop for CursorState {
    fn drop(&mut self) {
        if !self.record.is_null() {
            guard::free::<RecordState>(self.record);
        }
    }
}

/// Goes to the next record: CRMK_ROW, or CRMK_DONE at the end. [one-thread]
///
/// The record belongs to the cursor: it is the same handle at every step, filled anew, and is gone with the cursor;
/// crmk_record_copy keeps one. Its texts live until the next step. NULL: record may be NULL.
/// Errors: PLUGIN_FAILED, PLUGIN_QUARANTINED from a plugin that hides fields; CORRUPT, IO, MISUSE once the database is closed,
/// FORKED. After CORRUPT the next step goes on with the records that follow those that cannot be read, where an index or the
/// ids give the order; after any other the cursor stays where it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_cursor_step(cursor: *mut crmk_cursor, record: *mut *mut crmk_record) -> i32 {
    guard::with::<CursorState>(cursor, |c| {
        let out = guard::out_optional(record);
        let state = &mut **c;
        let mut filled = if state.record.is_null() { None } else { Some(handle::enter::<RecordState>(state.record)?) };
        let next = {
            let _inside = state.shared.db.go_in()?;
            state.cursor.step()?
        };
        let Some(next) = next else { return Ok(CRMK_DONE) };
        match &mut filled {
            Some(record) => record.replace(next),
            None => state.record = handle::insert(RecordState::stored(state.shared.clone(), next).owned())?,
        }
        out.put(state.record);
        Ok(CRMK_ROW)
    })
}

/// Where the same query goes on behind the record given last, in this process or another. [one-thread]
///
/// It is for crmk_query_position. It holds the values of the fields that the query orders by. The bytes live until the
/// next crmk_cursor_position or crmk_cursor_free. NULL: none allowed. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_cursor_position(cursor: *mut crmk_cursor, position: *mut crmk_bytes) -> i32 {
    guard::with::<CursorState>(cursor, |c| {
        let out = guard::out(position, "position")?;
        c.position = c.cursor.position();
        out.put(crmk_bytes { data: c.position.as_ptr(), len: c.position.len() });
        Ok(CRMK_OK)
    })
}

/// Frees a cursor and its record. [one-thread]
///
/// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
/// callback, then it stays. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_cursor_free(cursor: *mut crmk_cursor) -> i32 {
    guard::free::<CursorState>(cursor)
}
