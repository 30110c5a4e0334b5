//! Maps the bytes of a library that were checked, and no others, and keeps them for the life of the process.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use libloading::os::unix::Library;

use crate::error::{Error, ErrorKind, Result};

/// The libraries of this process by their SHA-256.
///
/// They are never unloaded: a Rust library that is closed crashes the process when a thread that used it ends. And a
/// library is mapped once, because the dynamic linker would take a second one of the same path for the first.
static LOADED: Mutex<BTreeMap<[u8; 32], &'static Library>> = Mutex::new(BTreeMap::new());

/// Maps a library whose SHA-256 the caller has checked, or gives the one that is mapped already.
///
/// # Errors
/// `PluginAbi` when the dynamic linker refuses it; `Io` when no copy can be made. There are no others.
pub(super) fn map(bytes: &[u8], sha256: [u8; 32]) -> Result<&'static Library> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = loaded.get(&sha256) {
        return Ok(library);
    }
    let library = Box::leak(Box::new(open(bytes)?));
    loaded.insert(sha256, library);
    Ok(library)
}

fn open(bytes: &[u8]) -> Result<Library> {
    let copy = PrivateCopy::new(bytes).map_err(|e| {
        Error::new(ErrorKind::Io, format!("a private copy of the plugin cannot be made: {e}")).caused_by(e)
    })?;
    let flags = libc::RTLD_NOW | libc::RTLD_LOCAL | libc::RTLD_NODELETE;
    // SAFETY: the library's initialisers run. The caller has checked that the file is the one that the manifest beside
    // it names, in a place that the owner of the database allows, who thereby vouches for its code.
    let opened = unsafe { Library::open(Some(copy.path()), flags) };
    let library = opened.map_err(|e| {
        Error::new(
            ErrorKind::PluginAbi,
            "the dynamic linker cannot load the plugin: it is not a library for this \
                                          platform, or needs symbols that are not there",
        )
        .caused_by(e)
    })?;
    copy.keep();
    Ok(library)
}

/// A file of memory that nobody can change any more.
#[cfg(target_os = "linux")]
struct PrivateCopy(std::fs::File);

#[cfg(target_os = "linux")]
impl PrivateCopy {
    fn new(bytes: &[u8]) -> io::Result<Self> {
        use std::io::Write as _;
        use std::os::fd::{AsRawFd as _, FromRawFd as _};

        let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
        // SAFETY: the name is a C string that lives for the call; memfd_create has no other precondition.
        let fd = unsafe { libc::memfd_create(c"crmkernel-plugin".as_ptr(), flags) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just made and has no other owner.
        let mut file = unsafe { std::fs::File::from_raw_fd(fd) };
        file.write_all(bytes)?;
        let seals = libc::F_SEAL_WRITE | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        // SAFETY: the descriptor is open; F_ADD_SEALS takes an integer.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(file))
    }

    fn path(&self) -> std::path::PathBuf {
        use std::os::fd::AsRawFd as _;
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }

    /// Leaves the descriptor open for ever: were its number given to another library, the dynamic linker would take
    /// that one for this one, for their paths would be the same.
    fn keep(self) {
        use std::os::fd::IntoRawFd as _;
        let _ = self.0.into_raw_fd();
    }
}

/// A file in a folder of its own that only this user can enter.
#[cfg(not(target_os = "linux"))]
struct PrivateCopy(std::path::PathBuf);

#[cfg(not(target_os = "linux"))]
impl PrivateCopy {
    fn new(bytes: &[u8]) -> io::Result<Self> {
        use std::io::Write as _;
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        use std::sync::atomic::{AtomicU32, Ordering};

        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("crmkernel-plugin-{}-{number}", std::process::id()));
        // `create` fails when the folder is there, so nobody else can have put anything into it.
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let path = folder.join("plugin");
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o500).open(&path)?;
        file.write_all(bytes)?;
        Ok(Self(path))
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.clone()
    }

    /// Removes the names; the mapped file itself stays as long as the process. A name left behind does no harm.
    fn keep(self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = self.0.parent().map(std::fs::remove_dir);
    }
}
