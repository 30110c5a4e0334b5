//! What an error of redb or of the operating system means in terms of the port.

use std::io;
use std::path::Path;

use redb::{CommitError, DatabaseError, StorageError, TableError, TransactionError};

use super::pages::{BadPage, Damage};
use crate::error::{Error, ErrorKind};

const FAILED_BEFORE: &str = "an earlier read or write of the database file failed";

/// Of the errors of two threads at one file the one that says why: when the file fails one of them, the other may only meet
/// that it did.
pub(super) fn cause(one: Error, other: Error) -> Error {
    if one.message() == FAILED_BEFORE { other } else { one }
}

/// Whether redb only says that it has met an error before.
pub(super) fn has_failed_before(error: &Error) -> bool {
    error.message() == FAILED_BEFORE
}

/// The error of opening, creating or closing the file at `path`.
pub(super) fn of_database(error: DatabaseError, path: &Path) -> Error {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            Error::new(ErrorKind::Locked, format!("{} is open elsewhere", path.display()))
        }
        DatabaseError::UpgradeRequired(found) => not_a_database(path, &format!("its redb file format is {found}")),
        DatabaseError::Storage(StorageError::Io(e)) if is_foreign(&e) => not_a_database(path, &e.to_string()),
        DatabaseError::Storage(e) => at(of_storage(e), path),
        DatabaseError::TransactionInProgress => Error::new(ErrorKind::Misuse, "a transaction is still alive"),
        other => at(Error::new(ErrorKind::Io, format!("{other}")), path),
    }
}

pub(super) fn of_transaction(error: TransactionError) -> Error {
    match error {
        TransactionError::Storage(e) => of_storage(e),
        other => Error::new(ErrorKind::Io, format!("{other}")),
    }
}

pub(super) fn of_commit(error: CommitError) -> Error {
    match error {
        CommitError::Storage(e) => of_storage(e),
        other => Error::new(ErrorKind::Io, format!("{other}")),
    }
}

/// The tables were seen when the file was opened, so one that is absent or of another type is damage.
pub(super) fn of_table(error: TableError) -> Error {
    match error {
        TableError::Storage(e) => of_storage(e),
        other => Error::new(ErrorKind::Corrupt, format!("the database is damaged: {other}")),
    }
}

pub(super) fn of_storage(error: StorageError) -> Error {
    match error {
        StorageError::Corrupted(what) => Error::new(ErrorKind::Corrupt, format!("the database is damaged: {what}")),
        StorageError::ValueTooLarge(len) => {
            Error::new(ErrorKind::InvalidArgument, format!("a value of {len} bytes is too large; 3 GiB are allowed"))
        }
        StorageError::Io(e) => of_io(e),
        StorageError::PreviousIo => Error::new(ErrorKind::Io, FAILED_BEFORE),
        StorageError::DatabaseClosed => super::closed(),
        other => Error::new(ErrorKind::Io, format!("{other}")),
    }
}

/// The kind of an error of the operating system. A read past the end is damage: the file was cut short.
pub(super) fn of_io(error: io::Error) -> Error {
    if let Some(damage) = Damage::of(&error) {
        return of_damage(damage).caused_by(error);
    }
    let (kind, message) = match error.kind() {
        io::ErrorKind::StorageFull => (ErrorKind::DiskFull, "the disk is full"),
        io::ErrorKind::QuotaExceeded => (ErrorKind::DiskFull, "the quota on the disk is used up"),
        io::ErrorKind::FileTooLarge => (ErrorKind::DiskFull, "the file has the greatest size that is allowed to it"),
        io::ErrorKind::ReadOnlyFilesystem => (ErrorKind::ReadOnly, "the file system is read-only"),
        io::ErrorKind::PermissionDenied => (ErrorKind::ReadOnly, "the file or its folder does not allow writing"),
        io::ErrorKind::NotFound => (ErrorKind::NotFound, "the file or its folder does not exist"),
        io::ErrorKind::UnexpectedEof => (ErrorKind::Corrupt, "the database is damaged: the file is cut short"),
        _ => (ErrorKind::Io, "reading or writing the file failed"),
    };
    Error::new(kind, format!("{message} ({error})")).caused_by(error)
}

fn is_foreign(error: &io::Error) -> bool {
    matches!(Damage::of(error), Some(Damage::Foreign))
}

fn of_damage(damage: &Damage) -> Error {
    match damage {
        Damage::Foreign => Error::new(ErrorKind::NotADatabase, damage.to_string()),
        Damage::Newer(version) => {
            let message = format!("the database file has format {version}, this version reads 1");
            Error::new(ErrorKind::NewerVersion, message).with("format", version)
        }
        Damage::Damaged(what) => Error::new(ErrorKind::Corrupt, what.as_str()),
        Damage::Page(page) => of_page(page),
        Damage::Moved => Error::new(ErrorKind::Busy, damage.to_string()).with(MOVED, true),
    }
}

/// What says that a snapshot must begin anew.
const MOVED: &str = "moved";

/// The error of a page that cannot be read.
pub(super) fn of_page(page: &BadPage) -> Error {
    let kind = if page.is_unread { ErrorKind::Io } else { ErrorKind::Corrupt };
    Error::new(kind, page.why.as_str()).with("page", page.page)
}

/// The page that an error names.
pub(super) fn page_in(error: &Error) -> Option<u64> {
    error.context_value("page").and_then(|page| page.parse().ok())
}

/// Whether a snapshot met that the newest transaction is another one by now.
pub(super) fn has_moved(error: &Error) -> bool {
    error.context_value(MOVED).is_some()
}

pub(super) fn not_a_database(path: &Path, why: &str) -> Error {
    Error::new(ErrorKind::NotADatabase, format!("{} is not a database of crmkernel: {why}", path.display()))
}

/// Says what is left to do when a damaged file cannot be opened.
pub(super) fn at_opening(error: Error) -> Error {
    if error.kind() != ErrorKind::Corrupt {
        return error;
    }
    let message = format!("{}; salvage writes what can be read of it into a new database", error.message());
    let told =
        error.context().iter().fold(Error::new(error.kind(), message), |told, (name, value)| told.with(name, value));
    told.caused_by(error)
}

/// Names the file, once, where the error leaves the store's own calls.
pub(super) fn at(error: Error, path: &Path) -> Error {
    error.with("path", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk that was full once answered a long commit with "an earlier read or write failed", when the thread of the
    /// indexes was the first to meet it.
    #[test]
    fn of_two_errors_the_one_that_says_why_is_told() {
        let full = || of_io(io::Error::from(io::ErrorKind::StorageFull));
        let failed_before = || of_storage(StorageError::PreviousIo);
        assert_eq!(cause(full(), failed_before()).kind(), ErrorKind::DiskFull);
        assert_eq!(cause(failed_before(), full()).kind(), ErrorKind::DiskFull);
        assert_eq!(cause(failed_before(), failed_before()).kind(), ErrorKind::Io);
    }
}
