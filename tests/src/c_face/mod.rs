//! The C face: cases through libcrmkernel.so, with a database file. It calls nothing but the C ABI.

mod api;
mod facts;
mod policy;
mod read;
mod sums;
mod values;
mod write;

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_void};
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};

use crmkernel::db::{CRMK_OPEN_CREATE, crmk_db, crmk_open_options};
use crmkernel::error::{crmk_error, crmk_violation};
use crmkernel::plugin::{crmk_plugin_options, crmk_setting};
use crmkernel::session::crmk_session;
use crmkernel::text::crmk_text;
use serde_json::{Map, Value as Json, json};

use crate::face::{self, Answer, As, Face, Setup, bad_case, what};
use api::Api;

/// Cases through the C ABI.
pub struct CFace {
    api: Api,
    db: *mut crmk_db,
    sessions: BTreeMap<(String, String, bool), *mut crmk_session>,
    now_us: Box<AtomicI64>,
    _folder: tempfile::TempDir,
}

/// One actor's session with the functions to work on it.
#[derive(Clone, Copy)]
struct Session {
    api: Api,
    session: *mut crmk_session,
}

/// A struct for an answer, with its size set.
macro_rules! sized {
    ($name:ty) => {{
        // SAFETY: every struct of the C header is valid for zeros.
        let mut value = unsafe { std::mem::zeroed::<$name>() };
        value.size = u32::try_from(size_of::<$name>()).unwrap_or(u32::MAX);
        value
    }};
}
use sized;

fn text(given: &str) -> crmk_text {
    crmk_text { data: given.as_ptr(), len: given.len() }
}

/// A copy of a view; an empty one may have no data.
fn owned(view: crmk_text) -> String {
    if view.len == 0 {
        return String::new();
    }
    // SAFETY: the library gives views that live until a later call than this one.
    let bytes = unsafe { std::slice::from_raw_parts(view.data, view.len) };
    String::from_utf8(bytes.to_vec()).unwrap_or_else(|e| format!("(a view that is not UTF-8: {e})"))
}

/// Opens a database through the C ABI: the handle, or the name of the error's code and the message.
///
/// # Errors
/// The kind and message of the error, as JSON.
pub fn open_file(library: &Path, path: &Path, create: bool) -> Result<Opened, Json> {
    let api = Api::load(library).map_err(bad_case)?;
    let path = path.to_string_lossy().into_owned();
    let mut options = sized!(crmk_open_options);
    options.flags = if create { CRMK_OPEN_CREATE } else { 0 };
    options.path = text(&path);
    options.busy_timeout_ms = -1;
    open(api, &options).map(|db| Opened { api, db })
}

/// A database that was opened through the C ABI, and is freed when this is dropped.
pub struct Opened {
    api: Api,
    db: *mut crmk_db,
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: the handle is this struct's own.
        unsafe { (self.api.crmk_db_free)(self.db) };
    }
}

fn open(api: Api, options: &crmk_open_options) -> Result<*mut crmk_db, Json> {
    let mut db = ptr::null_mut();
    let mut message = [0 as c_char; 512];
    // SAFETY: the options have their size and live for the call; the buffer has the capacity given.
    let code = unsafe { (api.crmk_db_open)(options, &raw mut db, message.as_mut_ptr(), message.len()) };
    if code == 0 {
        return Ok(db);
    }
    // SAFETY: the message ends with a zero.
    let message = unsafe { CStr::from_ptr(message.as_ptr()) }.to_string_lossy().into_owned();
    // SAFETY: the function takes a number.
    let kind = owned(unsafe { (api.crmk_error_name)(code) });
    Err(face::error(&kind, &message, Vec::new(), Vec::new()))
}

impl CFace {
    /// A fresh database in a file of its own.
    ///
    /// # Errors
    /// The error of opening it or of loading a plugin.
    pub fn open(library: &Path, setup: &Setup) -> Result<Self, Json> {
        let api = Api::load(library).map_err(bad_case)?;
        let folder = tempfile::tempdir().map_err(|e| bad_case(e.to_string()))?;
        let path = folder.path().join("case.crm").to_string_lossy().into_owned();
        let now_us = Box::new(AtomicI64::new(setup.now_us));
        let mut options = sized!(crmk_open_options);
        options.flags = CRMK_OPEN_CREATE;
        options.path = text(&path);
        options.clock = Some(api::tell);
        options.clock_context = (&raw const *now_us).cast_mut().cast::<c_void>();
        let db = open(api, &options)?;
        let mut face = Self { api, db, sessions: BTreeMap::new(), now_us, _folder: folder };
        let session =
            face.session(&As { name: "u.test".into(), level: "manage".into(), allows_impossible_dates: false })?;
        for (library, settings) in &setup.plugins {
            session.load_plugin(library, settings)?;
        }
        Ok(face)
    }

    fn session(&mut self, actor: &As) -> Result<Session, Json> {
        let api = self.api;
        let key = (actor.name.clone(), actor.level.clone(), actor.allows_impossible_dates);
        if let Some(session) = self.sessions.get(&key) {
            return Ok(Session { api, session: *session });
        }
        let level = ["", "read", "edit", "manage"].iter().position(|name| *name == actor.level).unwrap_or_default();
        let mut session = ptr::null_mut();
        // SAFETY: the handle is the face's own and the text lives for the call.
        let code = unsafe {
            (api.crmk_session_open)(self.db, text(&actor.name), i32::try_from(level).unwrap_or(0), &raw mut session)
        };
        if code < 0 {
            return Err(thread_failure(api));
        }
        if actor.allows_impossible_dates {
            let (plain, mut allowing) = (session, ptr::null_mut());
            // SAFETY: the session was just opened, and is freed once.
            let code = unsafe {
                let code = (api.crmk_session_allowing_impossible_dates)(plain, &raw mut allowing);
                (api.crmk_session_free)(plain);
                code
            };
            if code < 0 {
                return Err(thread_failure(api));
            }
            session = allowing;
        }
        self.sessions.insert(key, session);
        Ok(Session { api, session })
    }
}

impl Drop for CFace {
    fn drop(&mut self) {
        // SAFETY: the handles are the face's own; they are freed once.
        unsafe {
            for session in self.sessions.values() {
                (self.api.crmk_session_free)(*session);
            }
            (self.api.crmk_db_close)(self.db);
            (self.api.crmk_db_free)(self.db);
        }
    }
}

impl Face for CFace {
    fn name(&self) -> &'static str {
        "c"
    }

    fn set_now(&mut self, now_us: i64) {
        self.now_us.store(now_us, Ordering::SeqCst);
    }

    fn step(&mut self, actor: &As, step: &Json) -> Answer {
        let session = self.session(actor)?;
        match what(step) {
            ("", "changes") => session.changes(step),
            ("", "declare_field") => session.declare(&step["field"]),
            ("", "verify") => session.verify(),
            ("", "batch") => session.batch(step),
            ("policy", verb) => session.policy(verb, step),
            ("customer", "file") => session.customer_file(step),
            ("customer", "due_days") => session.due_days(step),
            ("customer", "satisfaction") => session.satisfaction(step),
            ("complaint", "rate") => session.complaint_rate(step),
            (entity, "get") => session.get(session.entity(entity)?, step),
            (entity, "find") => session.find(session.entity(entity)?, step),
            (entity, "count") => session.count(session.entity(entity)?, step),
            (entity, "count_by") => session.count_by(session.entity(entity)?, step),
            (entity, "aggregate") => session.aggregate(session.entity(entity)?, step),
            (entity, "history") => session.history(session.entity(entity)?, step),
            (entity, "explain") => session.explain(session.entity(entity)?, step),
            (entity, "stays") => session.stays(session.entity(entity)?, step),
            (entity, "related") => session.related(session.entity(entity)?, step),
            _ => session.command(step),
        }
    }
}

fn thread_failure(api: Api) -> Json {
    let mut message = crmk_text { data: ptr::null(), len: 0 };
    // SAFETY: the place for the text is a local.
    let code = unsafe { (api.crmk_thread_error)(&raw mut message) };
    // SAFETY: the function takes a number.
    let kind = owned(unsafe { (api.crmk_error_name)(code) });
    face::error(&kind, &owned(message), Vec::new(), Vec::new())
}

impl Session {
    /// The code of a call, or the error that it left on the session.
    fn ok(self, code: i32) -> Result<i32, Json> {
        if code >= 0 { Ok(code) } else { Err(self.failure()) }
    }

    /// The code of a call without a session, or the error that it left on the thread.
    fn ok_alone(self, code: i32) -> Result<i32, Json> {
        if code >= 0 { Ok(code) } else { Err(thread_failure(self.api)) }
    }

    fn failure(self) -> Json {
        let mut error = sized!(crmk_error);
        // SAFETY: the handle is the face's own and the struct has its size; here and below.
        unsafe { (self.api.crmk_session_error)(self.session, &raw mut error) };
        let violations = (0..error.violation_count).map(|i| self.violation(i)).collect();
        let context = (0..error.context_count).map(|i| self.context(i)).collect();
        // SAFETY: the function takes a number.
        let kind = owned(unsafe { (self.api.crmk_error_name)(error.code) });
        face::error(&kind, &owned(error.message), violations, context)
    }

    fn violation(self, index: u32) -> Json {
        let mut v = sized!(crmk_violation);
        // SAFETY: as in `failure`.
        unsafe { (self.api.crmk_session_violation)(self.session, index, &raw mut v) };
        let inputs: Map<String, Json> = (0..v.input_count).map(|input| self.violation_input(index, input)).collect();
        json!({"field": owned(v.field), "code": owned(v.code), "message": owned(v.message),
            "message_zh": owned(v.message_zh), "rule": owned(v.rule), "plugin": owned(v.plugin),
            "source": owned(v.source), "inputs": inputs, "policy_version": owned(v.policy_version)})
    }

    fn violation_input(self, index: u32, input: u32) -> (String, Json) {
        let (mut name, mut value) = (text(""), text(""));
        // SAFETY: as in `failure`.
        unsafe {
            (self.api.crmk_session_violation_input)(self.session, index, input, &raw mut name, &raw mut value);
        }
        (owned(name), json!(owned(value)))
    }

    fn context(self, index: u32) -> (String, String) {
        let (mut name, mut value) = (text(""), text(""));
        // SAFETY: as in `failure`.
        unsafe { (self.api.crmk_session_context)(self.session, index, &raw mut name, &raw mut value) };
        (owned(name), owned(value))
    }

    fn entity(self, name: &str) -> Result<i32, Json> {
        let mut entity = 0;
        // SAFETY: the text lives for the call.
        self.ok_alone(unsafe { (self.api.crmk_entity_find)(text(name), &raw mut entity) })?;
        Ok(entity)
    }

    fn load_plugin(self, library: &Path, settings: &[(String, String)]) -> Result<(), Json> {
        let path = library.to_string_lossy().into_owned();
        let allowed = [text(&path)];
        let settings: Vec<crmk_setting> =
            settings.iter().map(|(name, value)| crmk_setting { name: text(name), value: text(value) }).collect();
        let mut options = sized!(crmk_plugin_options);
        (options.allowed, options.allowed_count) = (allowed.as_ptr(), 1);
        (options.settings, options.setting_count) =
            (settings.as_ptr(), u32::try_from(settings.len()).unwrap_or(u32::MAX));
        // SAFETY: the options, arrays and texts live for the call.
        self.ok(unsafe { (self.api.crmk_plugin_load)(self.session, text(&path), &raw const options) }).map(|_| ())
    }
}
