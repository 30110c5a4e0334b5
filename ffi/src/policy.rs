//! Policies: adopted, shown, checked, tried, and what they make of the customers.

use crm_core::domain::{Date, NewPolicy};
use crm_core::{Error, ErrorKind, policy};

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::session::{SessionState, crmk_session};
use crate::text::crmk_text;

/// Show a policy as TOML, which can be read again.
pub const CRMK_POLICY_TOML: i32 = 1;
/// Show a policy as JSON: version, layers, and figures by path, each with its origin.
pub const CRMK_POLICY_JSON: i32 = 2;

/// How a policy is adopted. What is zero is taken from the file.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct crmk_policy_options {
    /// Set to sizeof(crmk_policy_options) by the caller.
    pub size: u32,
    /// Not 0 when effective_on counts.
    pub has_effective_on: u32,
    /// The first day on which the policy is in force. Unit: days since 1970-01-01.
    pub effective_on: i32,
    /// Zero.
    pub reserved: u32,
    /// Who approved it. Bounds: 1 to 64 characters.
    pub approver: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_policy_options {
    const NAME: &'static str = "crmk_policy_options";
}

/// Adopts a policy file: from its effective date on, and no earlier than now, it decides. [one-thread]
///
/// The session's actor needs CRMK_LEVEL_MANAGE. The custom fields that the file declares are declared; all or nothing.
/// What was decided is seen with crmk_session_decision. NULL: options may be NULL, sequence too.
/// Errors: REJECTED with every problem of the file, each with line, column and what is allowed, or when the effective
/// date lies before a change of a record; DUPLICATE when the version is taken; CALENDAR_YEAR_MISSING; FORBIDDEN;
/// INVALID_UTF8; DISK_FULL, IO; MISUSE once the database is closed; FORKED. The policy in force stays in force then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_adopt(
    session: *mut crmk_session,
    text: crmk_text,
    options: *const crmk_policy_options,
    sequence: *mut u64,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out_optional(sequence);
        // SAFETY: the caller gives a text, and options with their size, that live for the call.
        let policy = unsafe { new_policy(guard::text(text, "text")?, options)? };
        let done = s.shared.go_in()?.1.adopt_policy(policy)?;
        s.decisions = done.decisions;
        out.put(done.sequence);
        Ok(CRMK_OK)
    })
}

/// # Safety
/// The options are NULL, or have their size and a text that can be read.
unsafe fn new_policy(text: &str, options: *const crmk_policy_options) -> crm_core::Result<NewPolicy> {
    let mut policy = NewPolicy { text: text.to_owned(), effective_on: None, approver: None };
    if options.is_null() {
        return Ok(policy);
    }
    // SAFETY: passed on to the caller.
    let (options, approver) = unsafe {
        let options = guard::read_struct(options)?;
        (options, guard::text(options.approver, "approver")?)
    };
    policy.approver = Some(approver.to_owned()).filter(|name| !name.is_empty());
    if options.has_effective_on != 0 {
        policy.effective_on = Some(date(options.effective_on)?);
    }
    Ok(policy)
}

pub(crate) fn date(days: i32) -> crm_core::Result<Date> {
    let message = || format!("there is no date {days} days from 1970-01-01");
    Date::from_epoch_days(days).ok_or_else(|| Error::new(ErrorKind::InvalidArgument, message()))
}

/// Says whether a policy file could be adopted in this database. [one-thread]
///
/// NULL: none allowed. Errors: REJECTED with every problem, each with line, column and what is allowed: see
/// crmk_session_violation; INVALID_UTF8; MISUSE once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_check(session: *mut crmk_session, text: crmk_text) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a text that lives for the call.
        let text = unsafe { guard::text(text, "text")? };
        s.shared.database()?.1.try_policy(text)?;
        Ok(CRMK_OK)
    })
}

/// Shows a policy merged with the layers below it, each figure with the layer that it comes from. [one-thread]
///
/// An empty version is the policy in force now. The form is CRMK_POLICY_TOML or CRMK_POLICY_JSON. The text lives until
/// the next crmk_policy_ call of the session. NULL: none allowed.
/// Errors: NOT_FOUND for a version that was not adopted; INVALID_ARGUMENT for an unknown form; INVALID_UTF8; MISUSE once
/// the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_show(
    session: *mut crmk_session,
    version: crmk_text,
    form: i32,
    shown: *mut crmk_text,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(shown, "shown")?;
        // SAFETY: the caller gives a text that lives for the call.
        let version = unsafe { guard::text(version, "version")? };
        let merged = {
            let (_inside, crm) = s.shared.database()?;
            if version.is_empty() { crm.policy() } else { crm.policy_of(version)? }
        };
        s.shown = match form {
            CRMK_POLICY_TOML => merged.to_toml(),
            CRMK_POLICY_JSON => merged.to_json(),
            _ => return Err(guard::invalid(format!("there is no form {form}; there are 1 TOML and 2 JSON"))),
        };
        out.put(crmk_text::view(&s.shown));
        Ok(CRMK_OK)
    })
}

/// Compares two policies, each merged with the layers below it. [one-thread]
///
/// Each is a version, or the text of a policy file, which has more than one line; an empty base is the policy in force.
/// The answer is JSON: a list of the figures that differ, each with path, before and after as policy files spell them,
/// null where there is none. The text lives until the next crmk_policy_ call of the session. NULL: none allowed.
/// Errors: NOT_FOUND for a version that was not adopted; REJECTED with what is wrong with a text; INVALID_UTF8; MISUSE
/// once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_diff(
    session: *mut crmk_session,
    base: crmk_text,
    other: crmk_text,
    answer: *mut crmk_text,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(answer, "answer")?;
        // SAFETY: the caller gives texts that live for the call.
        let (base, other) = unsafe { (guard::text(base, "base")?, guard::text(other, "other")?) };
        let found = {
            let (_inside, crm) = s.shared.database()?;
            let before = if base.is_empty() { crm.policy() } else { crm.policy_by(base)? };
            policy::difference(&before, &crm.policy_by(other)?)
        };
        s.shown = policy::differences_to_json(&found);
        out.put(crmk_text::view(&s.shown));
        Ok(CRMK_OK)
    })
}

/// Lists the policies that were adopted, in the order of their adoption. [one-thread]
///
/// The answer is JSON: a list, each with version, effective_on, approver, actor, at, and sequence: that of the journal
/// entry that holds its text. The text lives until the next crmk_policy_ call of the session. NULL: none allowed.
/// Errors: MISUSE once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_versions(session: *mut crmk_session, answer: *mut crmk_text) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(answer, "answer")?;
        let found = s.shared.database()?.1.policies();
        s.shown = policy::versions_to_json(&found);
        out.put(crmk_text::view(&s.shown));
        Ok(CRMK_OK)
    })
}

/// Tries a policy file on every customer, its planned visits and its open complaints, as if it were in force today and
/// crmk_policy_reclassify and crmk_policy_reassess were called; changes nothing. [one-thread]
///
/// The answer is JSON: version, customers, changed, moves with their counts, at most `limit` changes of classes, due with
/// the counts of visits and deadlines by field, at most `limit` due_changes, and refused. The text lives
/// until the next crmk_policy_ call of the session. NULL: none allowed.
/// Errors: REJECTED with what is wrong with the file; INVALID_UTF8; FORBIDDEN when it reads or decides a field that is hidden
/// from the actor; CALENDAR_YEAR_MISSING; CORRUPT, IO; MISUSE once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_what_if(
    session: *mut crmk_session,
    text: crmk_text,
    limit: u64,
    answer: *mut crmk_text,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(answer, "answer")?;
        // SAFETY: the caller gives a text that lives for the call.
        let text = unsafe { guard::text(text, "text")? };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let found = s.shared.go_in()?.1.what_if(text, limit)?;
        s.shown = found.to_json();
        out.put(crmk_text::view(&s.shown));
        Ok(CRMK_OK)
    })
}

/// Sorts every customer anew under the policy in force and brings its planned visits up to it, 1,000 in a transaction.
/// [one-thread]
///
/// NULL: customers and changed may be NULL. Errors: FORBIDDEN below CRMK_LEVEL_EDIT, and as
/// crmk_record_update; what was written before it stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_reclassify(
    session: *mut crmk_session,
    customers: *mut u64,
    changed: *mut u64,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let outs = (guard::out_optional(customers), guard::out_optional(changed));
        let done = s.shared.go_in()?.1.reclassify(&mut |_| std::ops::ControlFlow::Continue(()))?;
        outs.0.put(done.customers);
        outs.1.put(done.changed);
        Ok(CRMK_OK)
    })
}

/// Decides the grade and the deadlines of every complaint anew that is neither settled nor suspended, under the policy in
/// force, and the days of appeals, reviews and visits that were decided by a calendar year that was not announced and is
/// now; 1,000 in a transaction. Gives the number of the complaints, and of the records that changed. [one-thread]
///
/// Neither adopting a policy nor adding a work_year does this by itself: a deadline stays as it was decided. NULL: complaints
/// and changed may be NULL. Errors: FORBIDDEN below CRMK_LEVEL_EDIT, and as crmk_record_update; what was written before it
/// stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_reassess(
    session: *mut crmk_session,
    complaints: *mut u64,
    changed: *mut u64,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let outs = (guard::out_optional(complaints), guard::out_optional(changed));
        let done = s.shared.go_in()?.1.reassess(&mut |_| std::ops::ControlFlow::Continue(()))?;
        outs.0.put(done.0);
        outs.1.put(done.1);
        Ok(CRMK_OK)
    })
}

/// Marks every visit that is still planned for a day before today as missed, 1,000 in a transaction. [one-thread]
///
/// `left` counts those that were changed meanwhile or that a rule refused. NULL: marked and left may be NULL.
/// Errors: FORBIDDEN below CRMK_LEVEL_EDIT, and as crmk_record_update; what was written before it stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_mark_missed(session: *mut crmk_session, marked: *mut u64, left: *mut u64) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let outs = (guard::out_optional(marked), guard::out_optional(left));
        let done = s.shared.go_in()?.1.mark_missed(&mut |_| std::ops::ControlFlow::Continue(()))?;
        outs.0.put(done.marked);
        outs.1.put(done.left);
        Ok(CRMK_OK)
    })
}

/// Finds what each section of a customer's file is, in the order of the sections. [one-thread]
///
/// Each is a decision of its own, seen with crmk_session_decision: the subject is the section, the value `missing`,
/// `current` or `stale`, or `hidden` when what decides that is hidden from the session's actor. NULL: count may be NULL. Errors: NOT_FOUND; CORRUPT, IO; MISUSE once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_customer_file(session: *mut crmk_session, customer: u64, count: *mut u32) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out_optional(count);
        let found = s.shared.go_in()?.1.customer_file(customer)?;
        s.decisions = found;
        out.put(guard::count(s.decisions.len()));
        Ok(CRMK_OK)
    })
}

/// Finds the days from `from` to `until` on which the reports of the policy in force are due, in order. [one-thread]
///
/// Each is a decision of its own, seen with crmk_session_decision: the subject is the report, the value the day.
/// Unit: days since 1970-01-01. NULL: count may be NULL.
/// Errors: INVALID_ARGUMENT when `until` lies before `from` or over 100 years behind it; CALENDAR_YEAR_MISSING; MISUSE
/// once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_report_days(
    session: *mut crmk_session,
    from: i32,
    until: i32,
    count: *mut u32,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out_optional(count);
        let found = s.shared.go_in()?.1.report_days(date(from)?, date(until)?)?;
        s.decisions = found;
        out.put(guard::count(s.decisions.len()));
        Ok(CRMK_OK)
    })
}

/// Finds the days up to and with `until` on which a customer is to be contacted, in order. [one-thread]
///
/// Each is a decision of its own, seen with crmk_session_decision: the subject is the kind of contact, the value the
/// day. Unit: days since 1970-01-01. NULL: count may be NULL.
/// Errors: NOT_FOUND; INVALID_ARGUMENT for a customer without the day of its first contract, or a day over 100 years
/// behind it; CORRUPT, IO; MISUSE once the database is closed; FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_policy_due_days(
    session: *mut crmk_session,
    customer: u64,
    until: i32,
    count: *mut u32,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out_optional(count);
        let until = date(until)?;
        let found = s.shared.go_in()?.1.due_days(customer, until)?;
        s.decisions = found.into_iter().map(|due| due.decision).collect();
        out.put(guard::count(s.decisions.len()));
        Ok(CRMK_OK)
    })
}
