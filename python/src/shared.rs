//! What the objects of one open database share: the session, whether it is closed, and the process that opened it.
//!
//! Every call into the kernel lets the interpreter go, for it may touch the disk or wait for another thread. A child
//! that was forked shares the file's lock and its pages with the parent, so it may neither use nor close the database.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crm_core::domain::Actor;
use crm_core::port::Callback;
use crm_core::{Catalog, Crm, Error, ErrorKind, Result, Session, Watch};
use pyo3::prelude::*;

use crate::failure::OrRaise;

/// How often long work looks for Ctrl-C and tells its progress.
const TICK: Duration = Duration::from_millis(50);

thread_local! {
    /// Whether this thread is inside of a plugin's hook.
    static IN_HOOK: Cell<bool> = const { Cell::new(false) };
}

/// An open database. Dropping it in a forked child leaks it: closing it there would write to the parent's file.
pub(crate) struct Opened {
    crm: Option<Crm>,
    pid: u32,
    closed: AtomicBool,
    /// Held by who closes it.
    closing: Mutex<()>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        if self.pid != std::process::id() {
            std::mem::forget(self.crm.take());
        }
    }
}

impl Opened {
    fn crm(&self) -> &Crm {
        self.crm.as_ref().expect("invariant: the database is taken by drop alone")
    }

    /// The fields as they are now, for a hook that must not keep the database open.
    pub(crate) fn catalog_of(opened: &Weak<Self>) -> Option<Arc<Catalog>> {
        opened.upgrade()?.crm.as_ref().map(Crm::catalog)
    }
}

/// A session of an actor on an open database.
pub(crate) struct Shared {
    session: Option<Session>,
    opened: Arc<Opened>,
    /// Whether closing this closes the database: it was opened with it.
    owns: bool,
    /// Whether this was closed and the database was not.
    closed: AtomicBool,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.opened.pid != std::process::id() {
            std::mem::forget(self.session.take());
        }
    }
}

/// Marks this thread as being inside of a hook until it is dropped. Whether it was so before is kept.
pub(crate) struct InHook(bool);

impl InHook {
    /// Enters before the interpreter is taken: taking it may run the `__del__` of any object, which must not wait for the
    /// change that the hook is part of.
    pub(crate) fn enter() -> Self {
        Self(IN_HOOK.replace(true))
    }
}

impl Drop for InHook {
    fn drop(&mut self) {
        IN_HOOK.set(self.0);
    }
}

/// How far long work is, and whether it shall stop.
#[derive(Default)]
pub(crate) struct Progress {
    done: AtomicUsize,
    cancelled: AtomicBool,
}

impl Progress {
    /// The watch of a batch.
    pub(crate) fn watch(self: &Arc<Self>) -> Watch {
        let progress = self.clone();
        Arc::new(move |done| {
            progress.done.store(done, Ordering::Relaxed);
            if progress.cancelled.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    }
}

impl Shared {
    /// Begins a session of an actor on a database that was just opened.
    pub(crate) fn open(crm: Crm, actor: Actor) -> Result<Arc<Self>> {
        let session = crm.session(actor)?;
        let opened = Opened {
            crm: Some(crm),
            pid: std::process::id(),
            closed: AtomicBool::new(false),
            closing: Mutex::default(),
        };
        Ok(Arc::new(Self::new(session, Arc::new(opened), true)))
    }

    /// Begins a session of an actor on the same database, which may do no more than this one.
    pub(crate) fn session_of(&self, actor: Actor) -> Result<Arc<Self>> {
        let session = self.enter()?.as_actor(actor)?;
        Ok(Arc::new(Self::new(session, self.opened.clone(), false)))
    }

    fn new(session: Session, opened: Arc<Opened>, owns: bool) -> Self {
        Self { session: Some(session), opened, owns, closed: AtomicBool::new(false) }
    }

    /// The same, whose commands record dates that cannot be as they are.
    ///
    /// # Errors
    /// As [`Shared::enter`].
    pub(crate) fn allowing_impossible_dates(&self) -> Result<Arc<Self>> {
        let session = self.enter()?.allowing_impossible_dates();
        Ok(Arc::new(Self::new(session, self.opened.clone(), false)))
    }

    /// The session, when this process, this thread and this moment may use it.
    ///
    /// # Errors
    /// `Forked` in a forked child, `Misuse` when closed or inside of a hook. There are no others.
    pub(crate) fn enter(&self) -> Result<&Session> {
        if self.is_forked() {
            let (opener, own) = (self.opened.pid, std::process::id());
            let message = format!(
                "the database was opened in process {opener} and carried over by fork into {own}; open it here"
            );
            return Err(Error::new(ErrorKind::Forked, message).with("pid", opener));
        }
        if IN_HOOK.get() {
            return Err(Error::new(
                ErrorKind::Misuse,
                "a plugin's hook may not use the database; it gets what it needs",
            ));
        }
        if self.opened.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Misuse, "the database is closed; open it again"));
        }
        if self.is_closed() {
            return Err(Error::new(
                ErrorKind::Misuse,
                "the session is closed, the database is not; call as_actor again",
            ));
        }
        Ok(self.session())
    }

    /// The database, for what asks for no level, when this process, this thread and this moment may use it.
    ///
    /// # Errors
    /// As [`Shared::enter`].
    pub(crate) fn database(&self) -> Result<&Crm> {
        self.enter()?;
        Ok(self.opened.crm())
    }

    fn session(&self) -> &Session {
        self.session.as_ref().expect("invariant: the session is taken by drop alone")
    }

    /// Whether this process is a forked child of the one that opened the database.
    pub(crate) fn is_forked(&self) -> bool {
        self.opened.pid != std::process::id()
    }

    /// Whether the database is closed, or this session of it.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire) || self.opened.closed.load(Ordering::Acquire)
    }

    /// The actor.
    pub(crate) fn actor(&self) -> &Actor {
        self.session().actor()
    }

    /// The database, for a hook that must not keep it open.
    pub(crate) fn weak(&self) -> Weak<Opened> {
        Arc::downgrade(&self.opened)
    }

    /// The fields as they are now.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.opened.crm().catalog()
    }

    /// The fields as they are now, when the database may be used.
    pub(crate) fn open_catalog(&self) -> Result<Arc<Catalog>> {
        Ok(self.database()?.catalog())
    }

    /// Closes the database when it was opened with this, else this session alone; a second time, and in a forked child, it
    /// does nothing.
    ///
    /// # Errors
    /// `Misuse` inside of a hook, a clock or a progress function, and while a transaction of another thread is alive: then it is
    /// as open as before. What else the store answers: then it is closed.
    pub(crate) fn close(&self) -> Result<()> {
        if self.is_forked() || self.is_closed() {
            return Ok(());
        }
        Callback::refuse()?;
        if IN_HOOK.get() {
            return Err(Error::new(ErrorKind::Misuse, "a plugin's hook may not close the database"));
        }
        if !self.owns {
            self.closed.store(true, Ordering::Release);
            return Ok(());
        }
        self.enter()?;
        let _alone = self.opened.closing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.opened.closed.load(Ordering::Acquire) {
            return Ok(());
        }
        let closed = self.opened.crm().close();
        if !closed.as_ref().is_err_and(Error::refuses_to_close) {
            self.opened.closed.store(true, Ordering::Release);
        }
        closed
    }

    /// Works on the session while the interpreter is let go.
    pub(crate) fn call<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&Session) -> Result<T> + Send) -> PyResult<T> {
        let session = self.enter().or_raise(py)?;
        py.detach(|| work(session)).or_raise(py)
    }

    /// Works on the session in a thread of its own, while this one looks for Ctrl-C and tells the progress.
    ///
    /// When Ctrl-C comes, work that watches is cancelled and waited for; other work is left to end by itself.
    pub(crate) fn call_long<T: Send + 'static>(
        self: &Arc<Self>,
        py: Python<'_>,
        watches: bool,
        tell: &dyn Fn(usize) -> PyResult<()>,
        work: impl FnOnce(&Session, &Arc<Progress>) -> Result<T> + Send + 'static,
    ) -> PyResult<T> {
        self.enter().or_raise(py)?;
        let shared = self.clone();
        run_long(py, watches, tell, move |progress| work(shared.session(), progress))
    }
}

/// Works in a thread of its own, as [`Shared::call_long`] does.
pub(crate) fn run_long<T: Send + 'static>(
    py: Python<'_>,
    watches: bool,
    tell: &dyn Fn(usize) -> PyResult<()>,
    work: impl FnOnce(&Arc<Progress>) -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let progress = Arc::new(Progress::default());
    let (sender, mut receiver) = mpsc::channel();
    let watched = progress.clone();
    let worker = move || {
        // The receiver is gone when Ctrl-C came and nobody waits for the answer.
        let _ = sender.send(work(&watched));
    };
    std::thread::Builder::new().name("crmkernel".to_owned()).spawn(worker)?;
    loop {
        let (back, answer) = py.detach(move || wait(receiver));
        receiver = back;
        if let Some(answer) = answer {
            let answer = answer.or_raise(py)?;
            tell(progress.done.load(Ordering::Relaxed))?;
            return Ok(answer);
        }
        let told = py.check_signals().and_then(|()| tell(progress.done.load(Ordering::Relaxed)));
        if let Err(interrupted) = told {
            progress.cancelled.store(true, Ordering::Relaxed);
            if watches {
                py.detach(move || receiver.recv().is_ok());
            }
            return Err(interrupted);
        }
    }
}

type Answer<T> = Result<T>;

/// Waits for one tick; gives the receiver back, for the interpreter is let go meanwhile.
fn wait<T>(receiver: Receiver<Answer<T>>) -> (Receiver<Answer<T>>, Option<Answer<T>>) {
    let answer = match receiver.recv_timeout(TICK) {
        Ok(answer) => Some(answer),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => {
            Some(Err(Error::new(ErrorKind::Bug, "long work ended without an answer")))
        }
    };
    (receiver, answer)
}
