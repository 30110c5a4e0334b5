//! The table of a library's imports, with our functions in the place of some.

use std::ffi::{CStr, c_char, c_int, c_long, c_void};

use super::note;

/// Declares functions of the system, each with one that is noted and passed on to it.
macro_rules! noted {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)+) => {
        mod system {
            //! The functions themselves.
            use super::*;

            unsafe extern "C" {
                $(pub(super) fn $name($($arg: $kind),*) -> $out;)+
            }
        }

        $(unsafe extern "C" fn $name($($arg: $kind),*) -> $out {
            note(stringify!($name));
            // SAFETY: the plugin's own arguments, which are those of the system's function.
            unsafe { system::$name($($arg),*) }
        })+

        /// The address of the function that takes the place of one.
        fn in_place_of(name: &CStr) -> Option<usize> {
            match name.to_bytes() {
                $(found if found == stringify!($name).as_bytes() => Some($name as *const () as usize),)+
                b"openat64" => Some(openat as *const () as usize),
                b"creat64" => Some(creat as *const () as usize),
                b"open64" => Some(open as *const () as usize),
                b"fopen64" => Some(fopen as *const () as usize),
                b"secure_getenv" => Some(getenv as *const () as usize),
                b"environ" | b"__environ" => super::environment::trap(),
                _ => looking_in_place_of(name),
            }
        }
    };
}

noted! {
    time(out: *mut libc::time_t) -> libc::time_t;
    clock_gettime(id: libc::clockid_t, out: *mut libc::timespec) -> c_int;
    gettimeofday(out: *mut libc::timeval, zone: *mut c_void) -> c_int;
    timespec_get(out: *mut libc::timespec, base: c_int) -> c_int;
    clock() -> c_long;
    times(out: *mut c_void) -> c_long;
    localtime(at: *const libc::time_t) -> *mut libc::tm;
    localtime_r(at: *const libc::time_t, out: *mut libc::tm) -> *mut libc::tm;
    mktime(at: *mut libc::tm) -> libc::time_t;
    tzset() -> ();
    nanosleep(wait: *const libc::timespec, left: *mut libc::timespec) -> c_int;
    clock_nanosleep(id: libc::clockid_t, flags: c_int, wait: *const libc::timespec, left: *mut libc::timespec) -> c_int;
    usleep(wait: u32) -> c_int;
    sleep(wait: u32) -> u32;
    getenv(name: *const c_char) -> *mut c_char;
    setenv(name: *const c_char, value: *const c_char, over: c_int) -> c_int;
    setlocale(category: c_int, locale: *const c_char) -> *mut c_char;
    rand() -> c_int;
    random() -> c_long;
    rand_r(seed: *mut u32) -> c_int;
    lrand48() -> c_long;
    mrand48() -> c_long;
    drand48() -> f64;
    getrandom(out: *mut c_void, len: usize, flags: u32) -> isize;
    getentropy(out: *mut c_void, len: usize) -> c_int;
    getpid() -> c_int;
    getppid() -> c_int;
    gethostname(out: *mut c_char, len: usize) -> c_int;
    uname(out: *mut c_void) -> c_int;
    fopen(path: *const c_char, mode: *const c_char) -> *mut c_void;
    open(path: *const c_char, flags: c_int, mode: u32) -> c_int;
    openat(folder: c_int, path: *const c_char, flags: c_int, mode: u32) -> c_int;
    creat(path: *const c_char, mode: u32) -> c_int;
    access(path: *const c_char, mode: c_int) -> c_int;
    opendir(path: *const c_char) -> *mut c_void;
    readlink(path: *const c_char, out: *mut c_char, len: usize) -> isize;
    unlink(path: *const c_char) -> c_int;
    socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    popen(command: *const c_char, mode: *const c_char) -> *mut c_void;
    system(command: *const c_char) -> c_int;
    fork() -> c_int;
}

/// What looks at a file without opening it. Older libraries of C have these names under others alone, so they are looked up.
macro_rules! looked_up {
    ($($name:ident),+) => {
        $(unsafe extern "C" fn $name(path: *const c_char, out: *mut c_void) -> c_int {
            note(stringify!($name));
            // SAFETY: the name is a text of C, and the function that has it is of this type.
            unsafe {
                let found = libc::dlsym(libc::RTLD_DEFAULT, concat!(stringify!($name), "\0").as_ptr().cast());
                if found.is_null() {
                    return -1;
                }
                let own: unsafe extern "C" fn(*const c_char, *mut c_void) -> c_int = std::mem::transmute(found);
                own(path, out)
            }
        })+

        /// The address of the function that takes the place of one that looks at a file.
        fn looking_in_place_of(name: &CStr) -> Option<usize> {
            match name.to_bytes() {
                $(found if found == stringify!($name).as_bytes() => Some($name as *const () as usize),)+
                _ => None,
            }
        }
    };
}

looked_up!(stat, lstat, stat64, lstat64);

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
