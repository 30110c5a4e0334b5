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

/// The functions of the system that hooks called on this thread since this was asked last: those that tell the time, the
/// environment, a random number, or open a file or a socket.
pub(crate) fn take_called() -> BTreeSet<&'static str> {
    CALLED.take()
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

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) use calls::see_calls;

/// Without a table that is known, nothing is seen.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(super) fn see_calls(_inside: *const std::ffi::c_void) {}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod calls {
    //! The table of a library's imports, with our functions in the place of some.

    use std::ffi::{CStr, c_char, c_int, c_long, c_void};

    use super::note;

    /// Declares a function that is noted and passed on to the system's own.
    macro_rules! noted {
        ($($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)+) => {
            $(unsafe extern "C" fn $name($($arg: $kind),*) -> $out {
                note(stringify!($name));
                // SAFETY: the plugin's own arguments, which are those of the system's function.
                unsafe { libc::$name($($arg),*) }
            })+

            /// The address of the function that takes the place of one.
            fn in_place_of(name: &CStr) -> Option<usize> {
                match name.to_bytes() {
                    $(found if found == stringify!($name).as_bytes() => Some($name as *const () as usize),)+
                    b"random" => Some(random as *const () as usize),
                    b"open64" => Some(open as *const () as usize),
                    b"fopen64" => Some(fopen as *const () as usize),
                    b"secure_getenv" => Some(getenv as *const () as usize),
                    _ => None,
                }
            }
        };
    }

    /// The other random number of the system; the plugin that asks for one is told of, whichever it gets.
    extern "C" fn random() -> c_long {
        note("random");
        // SAFETY: the function has no precondition.
        c_long::from(unsafe { libc::rand() })
    }

    noted! {
        time(out: *mut libc::time_t) -> libc::time_t;
        clock_gettime(id: libc::clockid_t, out: *mut libc::timespec) -> c_int;
        gettimeofday(out: *mut libc::timeval, zone: *mut libc::timezone) -> c_int;
        localtime(at: *const libc::time_t) -> *mut libc::tm;
        localtime_r(at: *const libc::time_t, out: *mut libc::tm) -> *mut libc::tm;
        getenv(name: *const c_char) -> *mut c_char;
        rand() -> c_int;
        fopen(path: *const c_char, mode: *const c_char) -> *mut libc::FILE;
        open(path: *const c_char, flags: c_int, mode: libc::mode_t) -> c_int;
        socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    }

    /// Has the calls of the library that an address lies in seen from now on.
    pub(in crate::plugin) fn see_calls(inside: *const c_void) {
        let mut wanted = inside.addr();
        // SAFETY: the visitor takes the address of a usize that lives for the call.
        unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut wanted).cast()) };
    }

    /// One of the libraries of the process; the one that holds the address is changed.
    unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _: usize, data: *mut c_void) -> c_int {
        // SAFETY: the linker gives a library's description, and `see_calls` the address.
        let (info, wanted) = unsafe { (&*info, *data.cast::<usize>()) };
        let base = info.dlpi_addr as usize;
        // SAFETY: the linker says that there are so many headers.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
        let is_inside = |header: &libc::Elf64_Phdr| {
            let from = base + header.p_vaddr as usize;
            header.p_type == libc::PT_LOAD && (from..from + header.p_memsz as usize).contains(&wanted)
        };
        if !headers.iter().any(is_inside) {
            return 0;
        }
        if let Some(header) = headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC) {
            let dynamic = (base + header.p_vaddr as usize) as *const Dynamic;
            // SAFETY: the header says that the table of the library lies there.
            unsafe { replace_all(base, dynamic) };
        }
        1
    }

    /// An entry of the dynamic section.
    #[repr(C)]
    struct Dynamic {
        tag: i64,
        value: u64,
    }

    /// A relocation with an addend.
    #[repr(C)]
    struct Relocation {
        offset: u64,
        info: u64,
        addend: i64,
    }

    const DT_PLTRELSZ: i64 = 2;
    const DT_STRTAB: i64 = 5;
    const DT_SYMTAB: i64 = 6;
    const DT_RELA: i64 = 7;
    const DT_RELASZ: i64 = 8;
    const DT_JMPREL: i64 = 23;
    /// The relocations that stand for the address of a function: of the procedure table, of the data table, as it is.
    #[cfg(target_arch = "x86_64")]
    const ADDRESSES: [u32; 3] = [7, 6, 1];
    #[cfg(target_arch = "aarch64")]
    const ADDRESSES: [u32; 3] = [1026, 1025, 257];

    /// # Safety
    /// `dynamic` is the dynamic section of the library that is mapped at `base`.
    unsafe fn replace_all(base: usize, dynamic: *const Dynamic) {
        let (mut tables, mut sizes, mut symbols, mut names) = ([0; 2], [0; 2], 0, 0);
        let absolute = |value: u64| if (value as usize) < base { base + value as usize } else { value as usize };
        for at in 0..1_000 {
            // SAFETY: the section ends with a zero, which ends the loop.
            let entry = unsafe { &*dynamic.add(at) };
            match entry.tag {
                0 => break,
                DT_RELA => tables[0] = absolute(entry.value),
                DT_RELASZ => sizes[0] = entry.value as usize,
                DT_JMPREL => tables[1] = absolute(entry.value),
                DT_PLTRELSZ => sizes[1] = entry.value as usize,
                DT_SYMTAB => symbols = absolute(entry.value),
                DT_STRTAB => names = absolute(entry.value),
                _ => {}
            }
        }
        if symbols == 0 || names == 0 {
            return;
        }
        for (table, size) in tables.into_iter().zip(sizes).filter(|(table, _)| *table != 0) {
            for at in 0..size / size_of::<Relocation>() {
                // SAFETY: the section says that so many relocations lie there, and where symbols and names are.
                unsafe {
                    let relocation = &*(table as *const Relocation).add(at);
                    let symbol = &*(symbols as *const libc::Elf64_Sym).add((relocation.info >> 32) as usize);
                    let name = CStr::from_ptr((names as *const c_char).add(symbol.st_name as usize));
                    let is_address = ADDRESSES.contains(&(relocation.info as u32));
                    if let Some(function) = in_place_of(name).filter(|_| is_address && relocation.addend == 0) {
                        replace(base + relocation.offset as usize, function);
                    }
                }
            }
        }
    }

    /// Puts an address into a place of the table, which may not be written until then.
    ///
    /// # Safety
    /// `place` is one of the library's table of addresses.
    unsafe fn replace(place: usize, function: usize) {
        // SAFETY: the function has no precondition.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4_096);
        let begin = place & !(page - 1);
        let len = place + size_of::<usize>() - begin;
        // SAFETY: the page is the library's; what it was for is not needed by anybody else while it is changed.
        unsafe {
            if libc::mprotect(begin as *mut c_void, len, libc::PROT_READ | libc::PROT_WRITE) == 0 {
                (place as *mut usize).write(function);
            }
        }
    }
}
