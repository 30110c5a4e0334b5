//! What the validator sees of a plugin's native code: what it calls of the system, what it leaves in memory, what it reads
//! of a stack that nobody wrote. Nothing of it is used when a database loads a plugin.
//!
//! Calls of the system are seen by putting functions of our own into the table through which the library calls them
//! (on Linux, for x86-64 and aarch64; elsewhere nothing is seen, and [`sees_calls`] says so).

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::atomic::{AtomicU8, Ordering};

/// How much of the stack is overwritten before a hook is called. Unit: bytes.
const STACK: usize = 64 << 10;

static PATTERN: AtomicU8 = AtomicU8::new(0);

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static CALLED: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

/// Sets what the stack holds when a hook is called.
pub(crate) fn set_stack_pattern(pattern: u8) {
    PATTERN.store(pattern, Ordering::Relaxed);
}

/// Overwrites the stack below this call, so that a value that a hook never wrote is not by chance the same.
#[inline(never)]
pub(super) fn poison_stack() {
    let mut room = [0_u8; STACK];
    room.fill(PATTERN.load(Ordering::Relaxed));
    black_box(&mut room);
}

/// How much of the stack lies between the caller of a hook and the hook. Unit: bytes.
const PAD: usize = 1_024;

/// Calls further down the stack, where [`poison_stack`] wrote, and not where its own frame lay.
#[inline(never)]
pub(super) fn deeper<T>(call: impl FnOnce() -> T) -> T {
    let mut pad = [0_u8; PAD];
    black_box(&mut pad);
    let answer = call();
    black_box(&mut pad);
    answer
}

/// Notes calls of the system by the plugin while this is alive, on this thread.
pub(super) struct Inside(bool);

impl Inside {
    pub(super) fn enter() -> Self {
        Self(INSIDE.replace(true))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}

/// The functions of the system that the plugin called on this thread since this was asked last: those that tell the time, the
/// environment, a random number or the process, that wait, or that open a file, a socket or a program.
pub(crate) fn take_called() -> BTreeSet<&'static str> {
    let mut called = CALLED.take();
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    called.extend(environment::take_read().then_some("environ"));
    called
}

#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "calls are seen on Linux"))]
fn note(name: &'static str) {
    if INSIDE.get() {
        CALLED.with_borrow_mut(|called| called.insert(name));
    }
}

/// Whether calls of the system can be seen here.
pub(crate) const fn sees_calls() -> bool {
    cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))
}

/// The memory that the process has from its allocator and did not give back; `None` where that is not known. Unit: bytes.
pub(crate) fn heap_in_use() -> Option<u64> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: the function has no precondition.
        let found = unsafe { libc::mallinfo2() };
        Some((found.uordblks + found.hblkhd) as u64)
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    None
}

/// What the process has mapped, whether or not by its allocator; `None` where that is not known. Unit: bytes.
pub(crate) fn mapped() -> Option<u64> {
    let pages: u64 = of_the_process("statm")?.split(' ').next()?.parse().ok()?;
    Some(pages * 4_096)
}

/// How many files and sockets the process has open; `None` where that is not known.
pub(crate) fn open_files() -> Option<u64> {
    let found = std::fs::read_dir("/proc/self/fd").ok()?.count();
    u64::try_from(found).ok()
}

/// What Linux tells of this process under a name.
fn of_the_process(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "it is no file: the system tells what the process uses")]
    let told = std::fs::read(format!("/proc/self/{name}")).ok()?;
    String::from_utf8(told).ok()
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod calls;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod environment;
mod printed;

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) use calls::see_calls;
pub(crate) use printed::Printed;

/// Without a table that is known, nothing is seen.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(super) fn see_calls(_inside: *const std::ffi::c_void) {}
