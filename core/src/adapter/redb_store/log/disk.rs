//! What the log needs from a disk, and the real one.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::super::file::{beside, sync_folder};

/// The place of the one log file of a database. Tests put a simulated disk here.
pub(crate) trait LogDisk: Debug + Send + Sync {
    /// The name of the file, for messages.
    fn name(&self) -> String;

    /// Opens the file; `None` when there is none.
    fn open(&self) -> io::Result<Option<Box<dyn LogFile>>>;

    /// Makes the file with this content. It is durable, name and all, when this returns, and after a crash it is whole
    /// or not there. One that existed is replaced.
    fn create(&self, content: &[u8]) -> io::Result<Box<dyn LogFile>>;

    /// Removes the file for good; that there is none is no error.
    fn remove(&self) -> io::Result<()>;
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
}

/// `<database>-wal` in its folder.
#[derive(Debug)]
pub(in super::super) struct RealDisk {
    path: PathBuf,
}

impl RealDisk {
    pub(in super::super) fn beside(database: &Path) -> Self {
        Self { path: beside(database, "-wal") }
    }
}

impl LogDisk for RealDisk {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn open(&self) -> io::Result<Option<Box<dyn LogFile>>> {
        match OpenOptions::new().read(true).write(true).open(&self.path) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn create(&self, content: &[u8]) -> io::Result<Box<dyn LogFile>> {
        let temporary = beside(&self.path, "-new");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&temporary)?;
        write_at(&file, 0, content)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        sync_folder(&self.path)?;
        Ok(Box::new(file))
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Ok(()) => sync_folder(&self.path),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(e),
        }
    }
}

impl LogFile for File {
    fn len(&self) -> io::Result<u64> {
        self.metadata().map(|found| found.len())
    }

    fn read(&self, at: u64, out: &mut [u8]) -> io::Result<()> {
        read_at(self, at, out)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        write_at(self, at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
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
