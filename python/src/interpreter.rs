//! The interpreter, let go for real, however a call came in.
//!
//! pyo3 counts for each thread how often it attached it, and believes that count: while it is above zero, `attach` takes
//! no lock and a dropped `Py` is freed at once. Libraries that let the interpreter go by themselves do not change the
//! count. pyarrow does so while it reads a stream, `ctypes` while it calls a function. When such a library calls back on a
//! thread that has a method of ours further up its stack, the count says that the thread is attached, and it is not.
//!
//! So every function that foreign native code can call runs its work in [`let_go`], which brings thread and count
//! together first. Those functions are the callbacks of an Arrow stream (`stream.rs`). Everything else comes in from
//! Python, which holds the interpreter.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use pyo3::ffi;
use pyo3::prelude::*;

/// Runs work that needs no interpreter, called from any thread: one that holds the interpreter, one that has let it go,
/// and one that Python does not know. Inside of it [`attached`] attaches the thread and a `Py` may be dropped.
///
/// On a thread that Python knows this waits until the interpreter is free, for a moment.
pub(crate) fn let_go<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    // SAFETY: both may be called at any time on any thread; they read a flag and a thread-local.
    let is_known = unsafe { ffi::Py_IsInitialized() != 0 && !ffi::PyGILState_GetThisThreadState().is_null() };
    if !is_known {
        // pyo3 counts no attachment on a thread that Python does not know. When the interpreter is gone there is nothing
        // to hold: a `Py` that is dropped now is put by, or leaked with the rest of the process.
        return work();
    }
    let _held = Held::take();
    Python::attach(|py| py.detach(work))
}

/// The interpreter, held by this thread until it is dropped; it may be taken by a thread that holds it.
struct Held(ffi::PyGILState_STATE);

impl Held {
    fn take() -> Self {
        // SAFETY: the interpreter is initialised and knows this thread, as the caller saw. The call attaches the thread
        // if it is not attached, whatever pyo3 believes; `drop` makes the call that belongs to it.
        Self(unsafe { ffi::PyGILState_Ensure() })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the value came from the `PyGILState_Ensure` of this thread, and pyo3 has given back what it took since.
        unsafe { ffi::PyGILState_Release(self.0) }
    }
}

/// How many calls from the kernel into Python are under way, and whether the interpreter is about to end.
static CALLS: Mutex<(usize, bool)> = Mutex::new((0, false));
static CALL_ENDED: Condvar = Condvar::new();
/// How long the end of the interpreter waits for them.
const CALLS_WAIT: Duration = Duration::from_secs(5);

thread_local! {
    /// Whether this thread ends the interpreter; it may call into it until it is gone.
    static IS_LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// Calls into Python from the kernel, on any thread that the kernel runs; `None` when the interpreter ends.
pub(crate) fn attached<T>(call: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    let _under_way = UnderWay::begin()?;
    Python::try_attach(call)
}

struct UnderWay(());

impl UnderWay {
    fn begin() -> Option<Self> {
        let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.1 && !IS_LEAVING.get() {
            return None;
        }
        calls.0 += 1;
        Some(Self(()))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        CALLS.lock().unwrap_or_else(PoisonError::into_inner).0 -= 1;
        CALL_ENDED.notify_all();
    }
}

/// Begins the end of the interpreter: the kernel calls it no more, and what it has called is waited for.
///
/// Before Python 3.14 an interpreter that ends unwinds the stack of every other thread that asks for it, and a stack with
/// Rust on it aborts the process. Long work that was left behind at Ctrl-C is such a thread when a hook is part of it.
#[pyfunction]
fn _leave(py: Python<'_>, pid: u32) {
    if pid != std::process::id() {
        return; // A forked child has none of those threads; the lock may be held by one of them.
    }
    IS_LEAVING.set(true);
    py.detach(|| {
        let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
        calls.1 = true;
        drop(CALL_ENDED.wait_timeout_while(calls, CALLS_WAIT, |calls| calls.0 > 0));
    });
}

/// Has Python begin its end with [`_leave`].
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let leave = wrap_pyfunction!(_leave, module)?;
    module.py().import("atexit")?.call_method1("register", (leave, std::process::id())).map(drop)
}
