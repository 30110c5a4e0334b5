//! What the log needs from a disk, and the real one.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::super::access::{self, Access};
use super::super::file::{beside, sync_folder};
use super::super::named::{Named, leads_nowhere};
use super::super::temporary::Temporary;

/// The place of the one log file of a database. Tests put a simulated disk here.
pub(crate) trait LogDisk: Debug + Send + Sync {
    /// The name of the file, for messages.
    fn name(&self) -> String;

    /// Opens the file; `None` when there is none.
    fn open(&self) -> io::Result<Option<Box<dyn LogFile>>>;

    /// Makes the file with this content. It is durable, name and all, when this returns, and after a crash it is whole
    /// or not there. `AlreadyExists` when there is one, which stays as it is.
    fn create(&self, content: &[u8]) -> io::Result<Box<dyn LogFile>>;
}

/// The log file. Only one thread calls at a time.
pub(crate) trait LogFile: Debug + Send + Sync {
    /// How long it is. Unit: bytes.
    fn len(&self) -> io::Result<u64>;

    /// Reads exactly these bytes.
    fn read(&self, at: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes all of the bytes, beyond the end if need be. They are durable after the next sync.
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes every write so far durable, and the length.
    fn sync(&self) -> io::Result<()>;

    /// Whether the name leads to this file, and not to another or to none, and it has at least so many bytes.
    fn is_named(&self, bytes: u64) -> io::Result<bool>;

    /// Removes the file for good, if its name leads to it; otherwise that is left as it is.
    fn remove(&self) -> io::Result<()>;
}

/// `<database>-wal` in the folder of the database.
#[derive(Debug)]
pub(in super::super) struct RealDisk {
    database: PathBuf,
    path: PathBuf,
    writable: bool,
}

impl RealDisk {
    /// The log of a database that this process writes.
    pub(in super::super) fn beside(database: &Path) -> Self {
        Self { database: database.to_owned(), path: beside(database, "-wal"), writable: true }
    }

    /// The log of a database that is only read.
    pub(in super::super) fn only_read(database: &Path) -> Self {
        Self { writable: false, ..Self::beside(database) }
    }
}

impl LogDisk for RealDisk {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn open(&self) -> io::Result<Option<Box<dyn LogFile>>> {
        match access::open(&self.path, self.writable) {
            Ok(file) => Ok(Some(Box::new(RealFile { named: Named::new(&self.path, &file)?, file }))),
            Err(e) if leads_nowhere(&e) => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn create(&self, content: &[u8]) -> io::Result<Box<dyn LogFile>> {
        let access = Access::of(&fs::symlink_metadata(&self.database)?);
        let temporary = Temporary::beside(&self.path, Some(access))?;
        let file = temporary.open()?;
        write_at(&file, 0, content)?;
        file.sync_all()?;
        let named = temporary.link(&self.path)?.ok_or(io::ErrorKind::AlreadyExists)?;
        drop(temporary);
        // A log whose name may not last is none: the next commit makes another.
        sync_folder(&self.path).inspect_err(|_| _ = named.remove())?;
        Ok(Box::new(RealFile { file, named }))
    }
}

/// The log as a file of the system.
#[derive(Debug)]
struct RealFile {
    file: File,
    named: Named,
}

impl LogFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        self.file.metadata().map(|found| found.len())
    }

    fn read(&self, at: u64, out: &mut [u8]) -> io::Result<()> {
        read_at(&self.file, at, out)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        write_at(&self.file, at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn is_named(&self, bytes: u64) -> io::Result<bool> {
        self.named.is_there_whole(bytes)
    }

    fn remove(&self) -> io::Result<()> {
        if self.named.remove()? { sync_folder(self.named.path()) } else { Ok(()) }
    }
}

#[cfg(unix)]
fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_at(file: &File, at: u64, out: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, at)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Seek, Write};
    file.seek(io::SeekFrom::Start(at))?;
    file.write_all(bytes)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, at: u64, out: &mut [u8]) -> io::Result<()> {
    use std::io::{Read, Seek};
    file.seek(io::SeekFrom::Start(at))?;
    file.read_exact(out)
}
