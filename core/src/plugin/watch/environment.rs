//! A trap in the place of `environ`: a plugin that walks through the environment reads a page that cannot be read, is noted, and
//! finds an environment without variables.

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The size of the page. Unit: bytes.
const PAGE: usize = 65_536;

static AT: AtomicUsize = AtomicUsize::new(0);
static IS_READ: AtomicBool = AtomicBool::new(false);
static BEFORE: AtomicUsize = AtomicUsize::new(0);

/// The address of a variable that nobody reads unnoticed; `None` when there is no room for it.
pub(super) fn trap() -> Option<usize> {
    if AT.load(Ordering::Relaxed) == 0 {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping, which takes the place of none.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), PAGE, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
        if at == libc::MAP_FAILED || !catch() {
            return None;
        }
        // SAFETY: the page is the trap's own and long enough: the variable leads to the end of a list, which is a zero.
        unsafe {
            at.cast::<*mut c_void>().write(at.cast::<u8>().add(size_of::<usize>()).cast());
            libc::mprotect(at, PAGE, libc::PROT_NONE);
        }
        AT.store(at as usize, Ordering::Relaxed);
    }
    Some(AT.load(Ordering::Relaxed))
}

/// Whether the variable was read since this was asked last.
pub(super) fn take_read() -> bool {
    let is_read = IS_READ.swap(false, Ordering::Relaxed);
    if is_read {
        // SAFETY: the page is the trap's own.
        unsafe { libc::mprotect(AT.load(Ordering::Relaxed) as *mut c_void, PAGE, libc::PROT_NONE) };
    }
    is_read
}

/// Has faults of memory come here first.
fn catch() -> bool {
    // SAFETY: zeros are a valid action; the handler is of the type that the flag says, and `before` is a place to write to.
    unsafe {
        let (mut own, mut before): (libc::sigaction, libc::sigaction) = (std::mem::zeroed(), std::mem::zeroed());
        own.sa_sigaction = fault as *const () as usize;
        own.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        if libc::sigaction(libc::SIGSEGV, &raw const own, &raw mut before) != 0 {
            return false;
        }
        BEFORE.store(Box::into_raw(Box::new(before)) as usize, Ordering::Relaxed);
    }
    true
}

/// Notes a read of the trap and lets it find nothing; any other fault is left to who was asked before.
unsafe extern "C" fn fault(signal: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    let at = AT.load(Ordering::Relaxed);
    // SAFETY: the system gives the facts of the fault; both calls may be made in a handler; BEFORE is what `catch` kept.
    unsafe {
        let place = (*info).si_addr() as usize;
        if at != 0 && (at..at + PAGE).contains(&place) {
            IS_READ.store(true, Ordering::Relaxed);
            libc::mprotect(at as *mut c_void, PAGE, libc::PROT_READ);
            return;
        }
        // It faults again when this returns.
        let before = BEFORE.load(Ordering::Relaxed) as *const libc::sigaction;
        libc::sigaction(signal, before, std::ptr::null_mut());
    }
}
