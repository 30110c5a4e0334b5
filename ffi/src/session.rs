//! A session: what an actor does on a database, and where its errors are left.

use std::sync::{Arc, Mutex, PoisonError};

use crm_core::domain::{Actor, Decision, EntityKind, Level};
use crm_core::plugin::PluginStatus;
use crm_core::port::SpaceStatistics;
use crm_core::rules::relation::Reached;
use crm_core::{Catalog, Crm, Error, Problem, Report, Result, Session, Stay};

use crate::care::{crmk_copy_options, options_of};
use crate::db::{Database, DbState, Inside, crmk_db};
use crate::error::{self, CRMK_OK};
use crate::guard::{self, FromSession, SizeHeaded};
use crate::handle::{self, Kind};
use crate::text::crmk_text;

/// An actor's connection to a database. It and what is made from it belong to one thread at a time.
pub struct crmk_session {
    _opaque: (),
}

/// What a session shares with what is made from it.
pub(crate) struct Shared {
    pub(crate) db: Arc<Database>,
    pub(crate) session: Session,
    failed: Mutex<Option<Box<Error>>>,
}

impl Shared {
    /// The session, for the length of a call that touches the store.
    pub(crate) fn go_in(&self) -> Result<(Inside<'_>, &Session)> {
        Ok((self.db.go_in()?, &self.session))
    }

    /// The database, for what asks for no level, for the length of a call that touches the store.
    pub(crate) fn database(&self) -> Result<(Inside<'_>, &Crm)> {
        Ok((self.db.go_in()?, &self.db.crm))
    }

    /// The fields and indexes as they are now.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.db.crm.catalog()
    }

    /// Leaves an error on the session and gives its code.
    pub(crate) fn leave(&self, failed: Error) -> i32 {
        let code = error::code(&failed);
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(failed));
        code
    }

    /// Looks at the last error.
    pub(crate) fn look<T>(&self, look: impl FnOnce(Option<&Error>) -> T) -> T {
        look(self.failed.lock().unwrap_or_else(PoisonError::into_inner).as_deref())
    }
}

/// What the handle of a session stands for.
pub(crate) struct SessionState {
    pub(crate) shared: Arc<Shared>,
    /// The decisions of the last command or of the last crmk_record_explain.
    pub(crate) decisions: Vec<Decision>,
    /// The catalog that views of field names point into.
    pub(crate) catalog: Arc<Catalog>,
    /// The plugins that views point into.
    pub(crate) plugins: Vec<PluginStatus>,
    /// The calculators that views point into.
    pub(crate) calculators: Vec<crm_core::domain::Calculator>,
    /// The lines that the last crmk_plugin_log took.
    pub(crate) log: Vec<(String, crm_core::port::LogLine)>,
    /// What the last crmk_warning_count found.
    pub(crate) warnings: Vec<crm_core::Warning>,
    /// The keys that the last crmk_plugin_keys found.
    pub(crate) keys: Vec<String>,
    /// The results of the last computation, that views point into.
    pub(crate) computed: Vec<crm_core::domain::Decided>,
    /// The text of the last policy that was shown or tried.
    pub(crate) shown: String,
    /// The text of the last decision that was put in words.
    pub(crate) words: String,
    /// What the last crmk_record_stays found.
    pub(crate) stays: Vec<Stay>,
    /// What the last crmk_record_related found.
    pub(crate) related: Vec<Reached>,
    report: Report,
    /// What the last crmk_session_statistics found of the spaces.
    pub(crate) spaces: Vec<SpaceStatistics>,
}

impl SessionState {
    fn new(db: Arc<Database>, session: Session) -> Self {
        let catalog = db.crm.catalog();
        Self {
            shared: Arc::new(Shared { db, session, failed: Mutex::new(None) }),
            decisions: Vec::new(),
            catalog,
            plugins: Vec::new(),
            calculators: Vec::new(),
            log: Vec::new(),
            keys: Vec::new(),
            warnings: Vec::new(),
            computed: Vec::new(),
            shown: String::new(),
            words: String::new(),
            stays: Vec::new(),
            related: Vec::new(),
            report: Report::default(),
            spaces: Vec::new(),
        }
    }
}

impl Kind for SessionState {
    type C = crmk_session;
    const TAG: u8 = 0xC2;
    const NAME: &'static str = "crmk_session";
}

impl FromSession for SessionState {
    fn shared(&self) -> &Shared {
        &self.shared
    }
}

/// The name of the type of handle with a tag.
pub(crate) fn handle_name(tag: u8) -> Option<&'static str> {
    let names = [
        (DbState::TAG, DbState::NAME),
        (SessionState::TAG, SessionState::NAME),
        (crate::record::RecordState::TAG, crate::record::RecordState::NAME),
        (crate::query::QueryState::TAG, crate::query::QueryState::NAME),
        (crate::cursor::CursorState::TAG, crate::cursor::CursorState::NAME),
        (crate::batch::BatchState::TAG, crate::batch::BatchState::NAME),
        (crate::journal::JournalState::TAG, crate::journal::JournalState::NAME),
    ];
    names.into_iter().find(|(t, _)| *t == tag).map(|(_, name)| name)
}

/// The entity with a number.
pub(crate) fn entity(number: i32) -> Result<EntityKind> {
    u8::try_from(number).ok().and_then(EntityKind::from_number).ok_or_else(|| {
        let allowed: Vec<String> = EntityKind::ALL.iter().map(|e| format!("{} {}", e.number(), e.def().name)).collect();
        guard::invalid(format!("there is no entity {number}; there are {}", allowed.join(", ")))
    })
}

/// Begins a session of an actor. [any-thread]
///
/// Whoever has the database decides the level, one of CRMK_LEVEL_. The name goes into the journal, in one form: NFKC, case
/// folded, single spaces. Bounds: 1 to 64 characters, none of them invisible or the end of a line.
/// Owner: the caller frees *session with crmk_session_free. NULL: none allowed.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8, MISUSE once the database is closed, FORKED; left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_open(
    db: *const crmk_db,
    actor: crmk_text,
    level: i32,
    session: *mut *mut crmk_session,
) -> i32 {
    guard::alone(|| {
        let out = guard::out(session, "session")?;
        let db = handle::join::<DbState>(db)?.0.clone();
        // SAFETY: the caller's text lives for the call.
        let actor = unsafe { actor_of(actor, level)? };
        drop(db.go_in()?);
        let session = db.crm.session(actor)?;
        out.put(handle::insert(SessionState::new(db, session))?);
        Ok(CRMK_OK)
    })
}

/// Begins a session from another that may do no more than that one. [one-thread]
///
/// The level is at most that of the session. Only in a session of the level manage may the actor be another. The new session
/// stands for itself: each may be freed first, and each belongs to one thread at a time.
/// Owner: the caller frees *derived with crmk_session_free. NULL: none allowed.
/// Errors: FORBIDDEN for a higher level or another actor; INVALID_ARGUMENT, INVALID_UTF8, MISUSE once the database is closed,
/// FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_as(
    session: *mut crmk_session,
    actor: crmk_text,
    level: i32,
    derived: *mut *mut crmk_session,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(derived, "derived")?;
        // SAFETY: the caller's text lives for the call.
        let actor = unsafe { actor_of(actor, level)? };
        let session = s.shared.go_in()?.1.as_actor(actor)?;
        out.put(handle::insert(SessionState::new(s.shared.db.clone(), session))?);
        Ok(CRMK_OK)
    })
}

/// Begins a session of the same actor whose commands record dates that cannot be as they are, with the mark date_doubt: closed
/// before it was received, a date outside of 1900 to 2200, an instant outside of 1990 to 2200. For data of the past that are to be kept as their source has them. [one-thread]
///
/// Commands of a batch of that session do so too. Its actor must be a manager: the commands answer FORBIDDEN otherwise.
/// Owner: the caller frees *allowing with crmk_session_free; `session` stays as it is. NULL: none allowed.
/// Errors: MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_allowing_impossible_dates(
    session: *mut crmk_session,
    allowing: *mut *mut crmk_session,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(allowing, "allowing")?;
        let (_inside, session) = s.shared.go_in()?;
        let allowing = SessionState::new(s.shared.db.clone(), session.allowing_impossible_dates());
        out.put(handle::insert(allowing)?);
        Ok(CRMK_OK)
    })
}

/// # Safety
/// The text can be read during the call.
unsafe fn actor_of(name: crmk_text, level: i32) -> Result<Actor> {
    // SAFETY: passed on to the caller.
    let name = unsafe { guard::text(name, "actor")? }.to_owned();
    let found = u16::try_from(level).ok().and_then(Level::from_number);
    let level = found
        .ok_or_else(|| guard::invalid(format!("there is no level {level}; there are {}", Level::DEF.allowed())))?;
    Ok(Actor { name, level })
}

/// Ends a session. [one-thread]
///
/// What was made from it stays usable and is freed by itself; its errors are not to be seen any more.
/// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
/// callback, then it stays. They are left on the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_free(session: *mut crmk_session) -> i32 {
    guard::free::<SessionState>(session)
}

/// The sequence of the last journal entry, 0 when there is none. [one-thread]
///
/// NULL: none allowed. Errors: CORRUPT, IO, MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_last_sequence(session: *mut crmk_session, sequence: *mut u64) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out(sequence, "sequence")?;
        let (_inside, session) = s.shared.go_in()?;
        out.put(session.last_sequence()?);
        Ok(CRMK_OK)
    })
}

/// What a check of the whole database found.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_report {
    /// Set to sizeof(crmk_report) by the caller.
    pub size: u32,
    /// How many problems can be asked for with crmk_session_problem, at most 100. None means that all is well.
    pub problem_count: u32,
    /// How many journal entries were read.
    pub entries: u64,
    /// How many records were read.
    pub records: u64,
    /// How many index entries, unique keys and counts were read.
    pub keys: u64,
    /// How many problems there are in all.
    pub problem_total: u64,
    /// 1 when the store checked itself, 0 when it did not, for cursors were alive.
    pub store_checked: u32,
    /// Zero.
    pub reserved: u32,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_report {
    const NAME: &'static str = "crmk_report";
}

/// Reads the whole database and says what does not hold together; changes nothing. [one-thread]
///
/// The options' progress is told how many entries, records and keys were read.
///
/// NULL: options may be NULL. Errors: CANCELLED, IO, DISK_FULL when the log cannot be written out first, UNSUPPORTED for unknown flags, MISUSE once
/// the database is closed, FORKED; damage that can be read over is in the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_verify(
    session: *mut crmk_session,
    options: *const crmk_copy_options,
    report: *mut crmk_report,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives NULL or options with their size, and a crmk_report with its size.
        let (options, out) = unsafe { (options_of(options)?, guard::out_struct(report)?) };
        let found = {
            let (_inside, session) = s.shared.go_in()?;
            session.verify_watched(&mut |read| options.tell(read))?
        };
        let Report { entries, records, keys, .. } = found;
        out.put(crmk_report {
            size: 0,
            problem_count: guard::count(found.problems.len()),
            entries,
            records,
            keys,
            problem_total: found.problem_count,
            store_checked: u32::from(found.store_checked),
            reserved: 0,
        });
        s.report = found;
        Ok(CRMK_OK)
    })
}

/// What the store keeps below its pairs is damaged, such as the pages of its file.
pub const CRMK_PROBLEM_STORE: i32 = 1;
/// A journal entry, the chain of them, or its head.
pub const CRMK_PROBLEM_JOURNAL: i32 = 2;
/// A record: its form, its place, its last journal entry.
pub const CRMK_PROBLEM_RECORD: i32 = 3;
/// A reference to a record that is not there.
pub const CRMK_PROBLEM_REFERENCE: i32 = 4;
/// A record that is not in an index, or a key of no record: crmk_session_rebuild mends it. Keys in a damaged page of the file
/// (the text names it) come back by crmk_salvage alone; the same holds for unique keys and counts.
pub const CRMK_PROBLEM_INDEX: i32 = 5;
/// A unique key that is missing or of no record, which crmk_session_rebuild mends, or of two records.
pub const CRMK_PROBLEM_UNIQUE: i32 = 6;
/// A count of records by their values: crmk_session_rebuild mends it.
pub const CRMK_PROBLEM_COUNT: i32 = 7;

/// One thing that is wrong.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_problem {
    /// Set to sizeof(crmk_problem) by the caller.
    pub size: u32,
    /// What it is, one of CRMK_PROBLEM_.
    pub kind: i32,
    /// The entity, one of CRMK_ENTITY_, 0 when it is about none.
    pub entity: i32,
    /// Zero.
    pub reserved: u32,
    /// The id of the record, or the sequence of the journal entry; 0 when it is about none.
    pub id: u64,
    /// The name of the index, unique key or count, empty when it is about none.
    pub index: crmk_text,
    /// The whole of it as an English sentence.
    pub text: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_problem {
    const NAME: &'static str = "crmk_problem";
}

impl crmk_problem {
    /// A problem as C sees it; its texts live as long as the problem.
    pub(crate) fn of(found: &Problem) -> Self {
        Self {
            size: u32::try_from(size_of::<Self>()).unwrap_or(0),
            kind: i32::from(found.kind.number()),
            entity: found.entity.map_or(0, |entity| i32::from(entity.number())),
            reserved: 0,
            id: found.id.unwrap_or(0),
            index: crmk_text::view(found.index.as_deref().unwrap_or_default()),
            text: crmk_text::view(&found.text),
        }
    }
}

/// One problem that the last crmk_session_verify found. [one-thread]
///
/// The texts live until the next crmk_session_verify. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past
/// the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_problem(
    session: *mut crmk_session,
    index: u32,
    problem: *mut crmk_problem,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_problem with its size.
        let out = unsafe { guard::out_struct(problem)? };
        out.put(crmk_problem::of(guard::item(&s.report.problems, index, "problem")?));
        Ok(CRMK_OK)
    })
}
