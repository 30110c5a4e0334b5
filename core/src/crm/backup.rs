//! Backups: one snapshot of everything, as a database file, as a stream, or in another store; and the way back.

use std::io::{Read, Write};
use std::ops::ControlFlow;

use crate::domain::Operation;
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space, Store, WriteTxn};
use crate::record::archive::{ArchiveReader, ArchiveWriter, PairVisitor};
use crate::record::meta;

use super::session::Session;

/// How much one transaction of a copy writes, but for a longer pair. Unit: bytes.
const TRANSACTION_BYTES: u64 = 8 << 20;
/// How many pairs go by between two looks at the watch.
const PAIRS_PER_LOOK: u64 = 1_024;

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// How many pairs of a key and a value were copied.
    pub pairs: u64,
    /// How long they are. Unit: bytes.
    pub bytes: u64,
}

/// Is told how far a copy is, from time to time and at the end; `Break` cancels it.
pub type CopyWatch<'w> = dyn FnMut(Copied) -> ControlFlow<()> + 'w;

impl Session {
    /// Writes a snapshot of the whole database to a stream, while others read and write. The stream is checksummed and
    /// portable; [`restore_store`] and [`restore_file`] read it.
    ///
    /// # Errors
    /// `Forbidden` below the level manage; `Cancelled`; `Io` and `DiskFull` when the stream fails; what the store
    /// answers. What was written until then is no backup and is refused as one.
    pub fn backup_stream(&self, out: &mut dyn Write, watch: &mut CopyWatch<'_>) -> Result<Copied> {
        let snapshot = self.snapshot_for_backup()?;
        let mut writer = ArchiveWriter::begin(out)?;
        let mut progress = Progress::new(watch);
        each_pair(&*snapshot, &mut |space, key, value| {
            writer.push(space, key, value)?;
            progress.count(key, value)
        })?;
        writer.finish()?;
        progress.finish()
    }

    /// Writes a snapshot of the whole database into an empty store, while others read and write.
    ///
    /// # Errors
    /// `Forbidden` below the level manage; `Duplicate` when the store is not empty; `Cancelled`; what the stores answer.
    /// What was written until then is not taken for a database.
    pub fn backup_store(&self, target: &dyn Store, watch: &mut CopyWatch<'_>) -> Result<Copied> {
        let snapshot = self.snapshot_for_backup()?;
        let mut loader = Loader::begin(target)?;
        let mut progress = Progress::new(watch);
        each_pair(&*snapshot, &mut |space, key, value| {
            loader.push(space, key, value)?;
            progress.count(key, value)
        })?;
        loader.finish()?;
        progress.finish()
    }

    /// Writes a snapshot of the whole database into a new database file, while others read and write. The file is
    /// compact and stands for itself: it needs nothing beside it. It appears whole or not at all. It has the owner, the group
    /// and the permissions of the file that it replaces, or else of the file of this database.
    ///
    /// # Errors
    /// `Forbidden` below the level manage; `Duplicate` when there is a file and it is not to be replaced; `Locked` when
    /// that file is open; `NotADatabase` when what is to be replaced never was a database; `Cancelled`; `NotFound`, `ReadOnly`, `DiskFull` and `Io` of the file; what the store answers.
    #[cfg(feature = "redb")]
    pub fn backup_file(
        &self,
        path: impl AsRef<std::path::Path>,
        replace: bool,
        watch: &mut CopyWatch<'_>,
    ) -> Result<Copied> {
        self.permit(Operation::Backup)?;
        let mut copied = Copied::default();
        let own = self.crm.inner.path.as_deref();
        let snapshot = self.snapshot_for_backup()?;
        crate::adapter::RedbStore::create_packed(path.as_ref(), replace, own, |sink| {
            let mut copy = Copying::new(sink, watch);
            each_pair(&*snapshot, &mut |space, key, value| copy.push(space, key, value))?;
            copied = copy.finish()?;
            Ok(())
        })?;
        Ok(copied)
    }

    fn snapshot_for_backup(&self) -> Result<Box<dyn ReadTxn>> {
        self.permit(Operation::Backup)?;
        self.crm.inner.store.begin_read()
    }
}

/// Brings a backup from a stream into an empty store. The stream must end where the backup does.
///
/// # Errors
/// `NotADatabase` when the stream is no backup; `Corrupt` when it is cut short or damaged, or goes on behind the end of the
/// backup, with `offset` (bytes) and `frame` in the context; `NewerVersion`; `Duplicate` when the store is not empty; `Cancelled`; `Io` when the stream
/// fails; what the store answers. What was written until then is not taken for a database.
pub fn restore_store(input: &mut dyn Read, target: &dyn Store, watch: &mut CopyWatch<'_>) -> Result<Copied> {
    let mut reader = ArchiveReader::begin(input)?;
    let mut loader = Loader::begin(target)?;
    let mut progress = Progress::new(watch);
    while reader.next(&mut |space, key, value| {
        loader.push(space, key, value)?;
        progress.count(key, value)
    })? {}
    loader.finish()?;
    progress.finish()
}

/// Brings a backup from a stream into a new database file. It appears whole or not at all.
///
/// With `replace` it takes the place of the file that is there and of its log, be they damaged, and has its owner, group and
/// permissions. A crash leaves the old file with its log, or the new one.
///
/// # Errors
/// As [`restore_store`]; `Duplicate` when there is a file and it is not to be replaced; `Locked` when that file is open;
/// `NotADatabase`, too, when what is to be replaced never was a database;
/// `NotFound`, `ReadOnly`, `DiskFull` and `Io` of the file.
#[cfg(feature = "redb")]
pub fn restore_file(
    input: &mut dyn Read,
    path: impl AsRef<std::path::Path>,
    replace: bool,
    watch: &mut CopyWatch<'_>,
) -> Result<Copied> {
    let mut copied = Copied::default();
    crate::adapter::RedbStore::create_packed(path.as_ref(), replace, None, |sink| {
        let mut reader = ArchiveReader::begin(input)?;
        let mut copy = Copying::new(sink, watch);
        while reader.next(&mut |space, key, value| copy.push(space, key, value))? {}
        copied = copy.finish()?;
        Ok(())
    })?;
    Ok(copied)
}

/// Shows every pair of a snapshot, by space and key.
fn each_pair(txn: &dyn ReadTxn, visit: &mut PairVisitor<'_>) -> Result<()> {
    for space in Space::ALL {
        txn.scan(space, &[], None, Order::Ascending, &mut |key, value| {
            visit(space, key, value)?;
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(())
}

/// Counts what was copied and tells the watch.
pub(super) struct Progress<'w, 'v> {
    copied: Copied,
    watch: &'w mut CopyWatch<'v>,
}

impl<'w, 'v> Progress<'w, 'v> {
    pub(super) fn new(watch: &'w mut CopyWatch<'v>) -> Self {
        Self { copied: Copied::default(), watch }
    }

    pub(super) fn count(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.copied.pairs += 1;
        self.copied.bytes += (key.len() + value.len()) as u64;
        let looks = self.copied.pairs.is_multiple_of(PAIRS_PER_LOOK);
        if looks && (self.watch)(self.copied).is_break() {
            let message = format!("cancelled after {} pairs", self.copied.pairs);
            return Err(Error::new(ErrorKind::Cancelled, message));
        }
        Ok(())
    }

    /// At the end there is nothing left to cancel.
    pub(super) fn finish(self) -> Result<Copied> {
        let _ = (self.watch)(self.copied);
        Ok(self.copied)
    }
}

/// A copy on its way into a file, which appears when it is whole: so it need only be seen that it is a database.
#[cfg(feature = "redb")]
struct Copying<'s, 'k, 'w, 'v> {
    sink: &'s mut crate::adapter::PairSink<'k>,
    progress: Progress<'w, 'v>,
    has_format: bool,
}

#[cfg(feature = "redb")]
impl<'s, 'k, 'w, 'v> Copying<'s, 'k, 'w, 'v> {
    fn new(sink: &'s mut crate::adapter::PairSink<'k>, watch: &'w mut CopyWatch<'v>) -> Self {
        Self { sink, progress: Progress::new(watch), has_format: false }
    }

    fn push(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        self.has_format |= space == Space::Meta && key == meta::KEY_FORMAT;
        (self.sink)(space, key, value)?;
        self.progress.count(key, value)
    }

    fn finish(self) -> Result<Copied> {
        if self.has_format { self.progress.finish() } else { Err(no_database()) }
    }
}

fn no_database() -> Error {
    Error::new(ErrorKind::NotADatabase, "what was copied is not a database: it lacks its format version")
}

/// A database is copied into an empty store alone.
///
/// # Errors
/// `Duplicate` when the store holds anything; what the store answers.
pub(super) fn refuse_filled(target: &dyn Store) -> Result<()> {
    let read = target.begin_read()?;
    for space in Space::ALL {
        read.scan(space, &[], None, Order::Ascending, &mut |_, _| {
            Err(Error::new(ErrorKind::Duplicate, "the store is not empty; name one that is"))
        })?;
    }
    Ok(())
}

/// Writes pairs to a store in transactions of bounded size. The fact that makes a store a database comes last.
struct Loader<'t> {
    target: &'t dyn Store,
    txn: Option<Box<dyn WriteTxn + 't>>,
    bytes: u64,
    format: Option<Vec<u8>>,
}

impl<'t> Loader<'t> {
    fn begin(target: &'t dyn Store) -> Result<Self> {
        refuse_filled(target)?;
        Ok(Self { target, txn: None, bytes: 0, format: None })
    }

    fn push(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        if space == Space::Meta && key == meta::KEY_FORMAT {
            self.format = Some(value.to_vec());
            return Ok(());
        }
        self.put(space, key, value)
    }

    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        let txn = match &mut self.txn {
            Some(txn) => txn,
            None => self.txn.insert(self.target.begin_write()?),
        };
        txn.put(space, key, value)?;
        self.bytes += (key.len() + value.len()) as u64;
        if self.bytes >= TRANSACTION_BYTES { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<()> {
        self.bytes = 0;
        self.txn.take().map_or(Ok(()), |txn| txn.commit())
    }

    fn finish(mut self) -> Result<()> {
        self.commit()?;
        let format = self.format.take().ok_or_else(no_database)?;
        self.put(Space::Meta, meta::KEY_FORMAT, &format)?;
        self.commit()
    }
}
