//! Codes and what they mean; the error of a session; the error of a thread that had no session.

use std::cell::RefCell;

use crm_core::{Error, ErrorKind};

use crate::guard::{self, FromSession as _, SizeHeaded};
use crate::session::{SessionState, crmk_session};
use crate::text::crmk_text;

/// Done.
pub const CRMK_OK: i32 = 0;
/// A step gave an item.
pub const CRMK_ROW: i32 = 1;
/// A step found the end.
pub const CRMK_DONE: i32 = 2;
/// There is no such value or record, which is no error; outputs are untouched.
pub const CRMK_ABSENT: i32 = 3;

const STATUSES: [(i32, &str, &str); 4] = [
    (CRMK_OK, "ok", "Done."),
    (CRMK_ROW, "row", "A step gave an item."),
    (CRMK_DONE, "done", "A step found the end."),
    (CRMK_ABSENT, "absent", "There is no such value or record."),
];

thread_local! {
    static OF_THREAD: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// The code of an error.
pub(crate) fn code(error: &Error) -> i32 {
    -error.kind().number()
}

/// Leaves an error on the thread and gives its code.
pub(crate) fn leave_on_thread(error: Error) -> i32 {
    let code = code(&error);
    // A thread that is ending has no place left for an error; the code says enough then.
    let _ = OF_THREAD.try_with(|place| place.replace(Some(error)));
    code
}

fn kind_of(code: i32) -> Option<ErrorKind> {
    ErrorKind::ALL.iter().copied().find(|kind| Some(kind.number()) == code.checked_neg())
}

/// The stable name of a code: "not_found" for CRMK_E_NOT_FOUND, "row" for CRMK_ROW. [any-thread]
///
/// The text lives for ever; it is empty for a code that the library does not know. Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn crmk_error_name(code: i32) -> crmk_text {
    let status = STATUSES.iter().find(|s| s.0 == code).map(|s| s.1);
    status.or_else(|| kind_of(code).map(ErrorKind::name)).map_or(crmk_text::EMPTY, crmk_text::view)
}

/// What a code means, in one English sentence. [any-thread]
///
/// The text lives for ever; it is empty for a code that the library does not know. Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn crmk_error_doc(code: i32) -> crmk_text {
    let status = STATUSES.iter().find(|s| s.0 == code).map(|s| s.2);
    status.or_else(|| kind_of(code).map(ErrorKind::doc)).map_or(crmk_text::EMPTY, crmk_text::view)
}

/// The last failure of this thread that had no session to be left on. [any-thread]
///
/// Such are the failures of functions on a database, of functions without a handle, and of a handle that is NULL, was
/// freed, is of another type or is in use. All others are on the session: crmk_session_error.
///
/// Gives the code, CRMK_OK when there was none. The message lives until the next such failure of the thread.
/// NULL: message may be NULL. Errors: none of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_thread_error(message: *mut crmk_text) -> i32 {
    OF_THREAD
        .try_with(|place| match &*place.borrow() {
            Some(error) => {
                guard::out_optional(message).put(crmk_text::view(error.message()));
                code(error)
            }
            None => {
                guard::out_optional(message).put(crmk_text::EMPTY);
                CRMK_OK
            }
        })
        .unwrap_or(CRMK_OK)
}

/// The last failure of a session.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_error {
    /// Set to sizeof(crmk_error) by the caller.
    pub size: u32,
    /// The code, CRMK_OK when nothing failed yet.
    pub code: i32,
    /// What was found and what is allowed, in English, without personal data.
    pub message: crmk_text,
    /// The name of the field at fault, the first one of several; empty for none.
    pub field: crmk_text,
    /// The rule that refused first, such as R-FIX-18; empty for none.
    pub rule: crmk_text,
    /// The plugin that refused first, with its version, or the id of the one that failed; empty for none.
    pub plugin: crmk_text,
    /// How many violations there are: see crmk_session_violation.
    pub violation_count: u32,
    /// How many named values there are: see crmk_session_context.
    pub context_count: u32,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_error {
    const NAME: &'static str = "crmk_error";
}

/// One reason why a rule refuses a change.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_violation {
    /// Set to sizeof(crmk_violation) by the caller.
    pub size: u32,
    /// How many inputs the rule used: see crmk_session_violation_input.
    pub input_count: u32,
    /// The name of the field at fault; empty when the whole record is.
    pub field: crmk_text,
    /// The stable code of the reason, such as required or too_long.
    pub code: crmk_text,
    /// The reason in English.
    pub message: crmk_text,
    /// The reason in Chinese.
    pub message_zh: crmk_text,
    /// The rule, such as R-BNK-03; empty for the kernel's own form.
    pub rule: crmk_text,
    /// The plugin, with its version; empty for the kernel.
    pub plugin: crmk_text,
    /// The regulation and article; empty for the kernel's own form.
    pub source: crmk_text,
    /// The policy in force; empty when a policy file was checked.
    pub policy_version: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_violation {
    const NAME: &'static str = "crmk_violation";
}

fn view_of(failed: Option<&Error>) -> crmk_error {
    let violation = failed.and_then(|e| e.violations().first());
    let context = |name: &str| failed.and_then(|e| e.context_value(name)).unwrap_or("");
    crmk_error {
        size: 0,
        code: failed.map_or(CRMK_OK, code),
        message: crmk_text::view(failed.map_or("", Error::message)),
        field: crmk_text::view(violation.map_or(context("field"), |v| v.field.as_str())),
        rule: crmk_text::view(violation.map_or(context("rule"), |v| v.rule.as_ref())),
        plugin: crmk_text::view(violation.map_or(context("plugin"), |v| v.plugin.as_str())),
        violation_count: guard::count(failed.map_or(0, |e| e.violations().len())),
        context_count: guard::count(failed.map_or(0, |e| e.context().len())),
    }
}

/// The last failure of a session, or of what was made from it. [one-thread]
///
/// A call that succeeds leaves it as it is. The texts live until the next failure. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for a size that is not one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_error(session: *const crmk_session, error: *mut crmk_error) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_error with its size.
        let out = unsafe { guard::out_struct(error)? };
        s.shared().look(|failed| out.put(view_of(failed)));
        Ok(CRMK_OK)
    })
}

/// One violation of the last failure of a session. [one-thread]
///
/// Bounds: index from 0 to violation_count of crmk_session_error. The texts live until the next failure.
/// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end, which becomes the last failure itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_violation(
    session: *const crmk_session,
    index: u32,
    violation: *mut crmk_violation,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_violation with its size.
        let out = unsafe { guard::out_struct(violation)? };
        s.shared().look(|failed| {
            let v = guard::item(failed.map_or(&[], Error::violations), index, "violation")?;
            out.put(crmk_violation {
                size: 0,
                input_count: guard::count(v.inputs.len()),
                field: crmk_text::view(&v.field),
                code: crmk_text::view(&v.code),
                message: crmk_text::view(&v.message),
                message_zh: crmk_text::view(&v.message_zh),
                rule: crmk_text::view(&v.rule),
                plugin: crmk_text::view(&v.plugin),
                source: crmk_text::view(&v.source),
                policy_version: crmk_text::view(&v.policy_version),
            });
            Ok(CRMK_OK)
        })
    })
}

/// One input that the rule of a violation of the last failure used. [one-thread]
///
/// The value of a sensitive field is `(sensitive)`. Bounds: input from 0 to input_count of the violation. The texts live
/// until the next failure. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an index past the end, which becomes the last failure itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_violation_input(
    session: *const crmk_session,
    index: u32,
    input: u32,
    name: *mut crmk_text,
    value: *mut crmk_text,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let (out_name, out_value) = (guard::out(name, "name")?, guard::out(value, "value")?);
        s.shared().look(|failed| {
            let violation = guard::item(failed.map_or(&[], Error::violations), index, "violation")?;
            let (name, value) = guard::item(&violation.inputs, input, "input")?;
            out_name.put(crmk_text::view(name));
            out_value.put(crmk_text::view(value));
            Ok(CRMK_OK)
        })
    })
}

/// One named value of the last failure of a session, such as the revision found or the verb. [one-thread]
///
/// Bounds: index from 0 to context_count of crmk_session_error. The texts live until the next failure.
/// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end, which becomes the last failure itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_context(
    session: *const crmk_session,
    index: u32,
    name: *mut crmk_text,
    value: *mut crmk_text,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let (out_name, out_value) = (guard::out(name, "name")?, guard::out(value, "value")?);
        s.shared().look(|failed| {
            let (name, value) = guard::item(failed.map_or(&[], Error::context), index, "context value")?;
            out_name.put(crmk_text::view(name));
            out_value.put(crmk_text::view(value));
            Ok(CRMK_OK)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_code_with_its_name_and_meaning() {
        for kind in ErrorKind::ALL {
            let failed = Error::new(*kind, "x");
            assert_eq!(kind_of(code(&failed)), Some(*kind));
            assert!(crmk_error_name(code(&failed)).len > 0 && crmk_error_doc(code(&failed)).len > 0);
        }
        assert_eq!(crmk_error_name(-77).len, 0);
        assert_eq!(crmk_error_name(i32::MIN).len, 0);
        assert_eq!(crmk_error_name(CRMK_DONE).len, 4);
    }
}
