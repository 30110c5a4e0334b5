//! Whether a name in a folder still leads to the file that is open.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// A file as the system knows it, whatever its name is. It is not given to another file while this one is open.
///
/// Where files have no inodes (Windows) every file counts as the same: there a name that was given to another file is not
/// noticed, one that leads nowhere is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(#[cfg(unix)] (u64, u64));

impl FileId {
    #[cfg(unix)]
    pub(super) fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self((found.dev(), found.ino()))
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Self {
        Self()
    }
}

/// The file to which a path leads, a link itself, and how long it is.
///
/// It must not ask for the times of the file: Linux then notes a new one at the next write, and the sync of that writes the inode, too,
/// which made a commit slower by almost a half.
#[cfg(target_os = "linux")]
fn look(path: &Path) -> io::Result<(FileId, u64)> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
    match statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::INO | StatxFlags::SIZE) {
        Ok(found) => Ok((FileId((makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino)), found.stx_size)),
        // An older kernel does not have the call, nor such times.
        Err(rustix::io::Errno::NOSYS) => look_at_all(path),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn look(path: &Path) -> io::Result<(FileId, u64)> {
    look_at_all(path)
}

fn look_at_all(path: &Path) -> io::Result<(FileId, u64)> {
    fs::symlink_metadata(path).map(|found| (FileId::of(&found), found.len()))
}

/// A file that was opened by a name.
#[derive(Debug, Clone)]
pub(super) struct Named {
    path: PathBuf,
    id: FileId,
}

impl Named {
    pub(super) fn new(path: &Path, file: &File) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), id: FileId::of(&file.metadata()?) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The same file by another name.
    pub(super) fn at(&self, path: &Path) -> Self {
        Self { path: path.to_owned(), id: self.id }
    }

    /// Whether the name leads to the file now. A link that was put in its place does not, wherever it points.
    pub(super) fn is_there(&self) -> io::Result<bool> {
        self.is_there_whole(0)
    }

    /// The same, and whether the file has at least so many bytes: another may have cut it short.
    pub(super) fn is_there_whole(&self, bytes: u64) -> io::Result<bool> {
        match look(&self.path) {
            Ok((found, len)) => Ok(found == self.id && len >= bytes),
            Err(e) if leads_nowhere(&e) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Removes the name if it leads to the file, and says whether it did.
    pub(super) fn remove(&self) -> io::Result<bool> {
        if !self.is_there()? {
            return Ok(false);
        }
        fs::remove_file(&self.path)?;
        Ok(true)
    }
}

/// Whether an error says that there is no file of the name.
pub(super) fn leads_nowhere(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
