//! What somebody should know about an open database: a list of warnings.

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::session::{SessionState, crmk_session};
use crate::text::crmk_text;

/// One thing that somebody should know about an open database.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_warning {
    /// Set to sizeof(crmk_warning) by the caller.
    pub size: u32,
    /// Zero.
    pub reserved: u32,
    /// The stable code in snake case: plugin_missing, plugin_older, calendar_year_not_announced. More may come.
    pub code: crmk_text,
    /// What it is about: the id of the plugin, or the year.
    pub subject: crmk_text,
    /// The warning as an English sentence, without personal data.
    pub message: crmk_text,
    /// The warning as a Chinese sentence.
    pub message_zh: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_warning {
    const NAME: &'static str = "crmk_warning";
}

/// Finds what somebody should know about the database as it is open now; 0 when all is well. [one-thread]
///
/// Ask after the plugins are loaded: right after opening, every plugin that the database needs is missing. They are seen
/// with crmk_warning_at. NULL: none allowed. Errors: MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_warning_count(session: *mut crmk_session, count: *mut u32) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(count, "count")?;
        let found = s.shared.go_in()?.1.warnings();
        s.warnings = found;
        out.put(guard::count(s.warnings.len()));
        Ok(CRMK_OK)
    })
}

/// A warning that the last crmk_warning_count found. [one-thread]
///
/// Bounds: index from 0 to its count. The texts live until the next crmk_warning_count on the session or until
/// crmk_session_free; nothing is to be freed. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_warning_at(session: *mut crmk_session, index: u32, warning: *mut crmk_warning) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_warning with its size.
        let out = unsafe { guard::out_struct(warning)? };
        let found = guard::item(&s.warnings, index, "warning")?;
        out.put(crmk_warning {
            size: 0,
            reserved: 0,
            code: crmk_text::view(found.code),
            subject: crmk_text::view(&found.subject),
            message: crmk_text::view(&found.message),
            message_zh: crmk_text::view(&found.message_zh),
        });
        Ok(CRMK_OK)
    })
}
