//! The simulated disk in the two forms in which the store asks for one.

use std::io;
use std::ops::Bound;

use redb::{BackendError, StorageBackend};

use super::{DATABASE, SimDisk};
use crate::adapter::{LogDisk, LogFile};

/// The database file. Nobody else has the disk, so every lock is granted.
#[derive(Debug)]
pub(super) struct Backend(pub(super) SimDisk);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().len(DATABASE))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.lock().read(DATABASE, offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.lock().set_len(DATABASE, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.lock().sync(DATABASE)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.lock().write(DATABASE, offset, data)
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}

/// The place of the log.
#[derive(Debug)]
pub(super) struct Place(pub(super) SimDisk);

#[derive(Debug)]
struct Log {
    disk: SimDisk,
    file: u32,
}

impl LogDisk for Place {
    fn name(&self) -> String {
        "simulated-wal".to_owned()
    }

    fn open(&self) -> io::Result<Option<Box<dyn LogFile>>> {
        let file = self.0.lock().log;
        Ok(file.map(|file| Box::new(Log { disk: self.0.clone(), file }) as Box<dyn LogFile>))
    }

    fn create(&self, content: &[u8]) -> io::Result<Box<dyn LogFile>> {
        let file = self.0.lock().create_log(content)?;
        Ok(Box::new(Log { disk: self.0.clone(), file }))
    }
}

impl LogFile for Log {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.lock().len(self.file))
    }

    fn read(&self, at: u64, out: &mut [u8]) -> io::Result<()> {
        self.disk.lock().read(self.file, at, out)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.lock().write(self.file, at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.lock().sync(self.file)
    }

    fn is_named(&self, _: u64) -> io::Result<bool> {
        Ok(self.disk.lock().log == Some(self.file))
    }

    fn remove(&self) -> io::Result<()> {
        self.disk.lock().remove_log(self.file)
    }
}
