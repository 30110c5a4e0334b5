//! Files of a passing name: what is to become a file is written beside it first, and what a killed process left is removed.
//!
//! The name is that of the file, `-new-`, the id of the process, `-` and 16 hexadecimal digits that nobody can guess. As
//! long as the process works on it, it holds a lock of the file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Bound;
use std::path::Path;
use std::process;

use redb::StorageBackend;
use redb::backends::FileBackend;

use super::access::{self, Access};
use super::file::beside;
use super::named::Named;
use super::random;

const MARK: &str = "-new-";
const DIGITS: usize = 16;
/// How often a name is drawn when it is taken.
const TRIES_MAX: usize = 8;
/// What a file of ours begins with: a database, a log, or nothing yet.
const BEGINNINGS: [&[u8]; 3] = [b"crmkernel db", b"crmkernel log", &[0; 12]];
const BEGINNING_LEN_MAX: u64 = 13;
/// The byte whose lock says that somebody works on the file. redb locks others (from 2^62 on), and none is there.
const AT_WORK: (Bound<u64>, Bound<u64>) = (Bound::Included(1 << 61), Bound::Included(1 << 61));

/// A file that is being made. Its name is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    named: Named,
    /// What it has once it is named; until then its owner may write it.
    access: Option<Access>,
    /// Keeps the lock.
    _at_work: FileBackend,
}

impl Temporary {
    /// Makes an empty file beside `path`, with this access or what the process gives its new files.
    pub(super) fn beside(path: &Path, access: Option<Access>) -> io::Result<Self> {
        for _ in 0..TRIES_MAX {
            let name = beside(path, &format!("{MARK}{}-{:016x}", process::id(), random::draw()?));
            let file = match access::create_new(&name, access.map(Access::while_made)) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            };
            let named = Named::new(&name, &file)?;
            let at_work = lock_of(file)?;
            // Without locks nobody removes it, either.
            let _ = at_work.try_lock_range(AT_WORK.0, AT_WORK.1);
            // Before it was locked, another process may have taken it for a left-over.
            if named.is_there()? {
                return Ok(Self { named, access, _at_work: at_work });
            }
        }
        Err(io::Error::other("no name is free for a new file"))
    }

    pub(super) fn path(&self) -> &Path {
        self.named.path()
    }

    /// Opens it once more.
    pub(super) fn open(&self) -> io::Result<File> {
        access::open(self.path(), true)
    }

    /// Gives a file that not even its owner may write its access, durably.
    fn give_access(&self) -> io::Result<()> {
        let Some(access) = self.access.filter(|access| access.while_made() != *access) else { return Ok(()) };
        let file = self.open()?;
        access.give(&file)?;
        file.sync_all()
    }

    /// Gives the file another name that nothing has, and keeps this one until the drop. `None` when the name is taken.
    pub(super) fn link(&self, path: &Path) -> io::Result<Option<Named>> {
        self.give_access()?;
        match fs::hard_link(self.path(), path) {
            Ok(()) => Ok(Some(self.named.at(path))),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            // A file system without links: a name that is given between the two is lost, which nothing here can prevent.
            Err(_) if fs::symlink_metadata(path).is_err() => self.move_to(path).map(Some),
            Err(e) => Err(e),
        }
    }

    /// Gives the file the name in the place of whatever has it.
    pub(super) fn rename(&self, path: &Path) -> io::Result<Named> {
        self.give_access()?;
        self.move_to(path)
    }

    fn move_to(&self, path: &Path) -> io::Result<Named> {
        fs::rename(self.path(), path)?;
        Ok(self.named.at(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = self.named.remove();
    }
}

fn lock_of(file: File) -> io::Result<FileBackend> {
    FileBackend::new(file).map_err(io::Error::other)
}

/// Removes what killed processes left beside `path`: files of a passing name that nobody works on and that hold what we
/// write, be it a second name of the file itself. What cannot be removed stays; it is only in the way.
pub(super) fn clear(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if is_passing_name(&entry.file_name(), name) {
            let _ = clear_one(&entry.path());
        }
    }
}

fn clear_one(path: &Path) -> io::Result<()> {
    let mut file = access::open(path, true)?;
    let named = Named::new(path, &file)?;
    let mut begins = Vec::new();
    Read::by_ref(&mut file).take(BEGINNING_LEN_MAX).read_to_end(&mut begins)?;
    let is_ours = begins.is_empty() || BEGINNINGS.iter().any(|beginning| begins.starts_with(beginning));
    let lock = lock_of(file)?;
    if is_ours && lock.try_lock_range(AT_WORK.0, AT_WORK.1).map_err(io::Error::other)? {
        named.remove()?;
    }
    Ok(())
}

/// Whether a name is a passing one of the file of the other name, or of its log.
fn is_passing_name(found: &OsString, name: &std::ffi::OsStr) -> bool {
    let (found, name) = (found.as_encoded_bytes(), name.as_encoded_bytes());
    let Some(rest) = found.strip_prefix(name) else { return false };
    let rest = rest.strip_prefix(b"-wal").unwrap_or(rest);
    let Some(rest) = rest.strip_prefix(MARK.as_bytes()) else { return false };
    let mut parts = rest.splitn(2, |byte| *byte == b'-');
    let (Some(id), Some(digits)) = (parts.next(), parts.next()) else { return false };
    let is_id = !id.is_empty() && id.iter().all(u8::is_ascii_digit);
    is_id && digits.len() == DIGITS && digits.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the tests make files")]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A copy of a file that not even its owner may write got those permissions at once, and could then be opened by nobody
    /// but root to be filled.
    #[test]
    fn a_file_that_nobody_may_write_can_be_written_until_it_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        fs::write(at("model"), "").unwrap();
        fs::set_permissions(at("model"), fs::Permissions::from_mode(0o444)).unwrap();
        let access = Some(Access::of(&fs::metadata(at("model")).unwrap()));
        for name in ["linked", "renamed"] {
            let temporary = Temporary::beside(&at(name), access).unwrap();
            assert_eq!(mode(temporary.path()), 0o644);
            let given = if name == "linked" {
                temporary.link(&at(name)).map(drop)
            } else {
                temporary.rename(&at(name)).map(drop)
            };
            given.unwrap();
            assert_eq!(mode(&at(name)), 0o444);
        }
    }

    #[test]
    fn what_is_left_is_removed_and_what_is_in_use_or_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let path = at("a.crm");
        fs::write(&path, "crmkernel db").unwrap();
        fs::hard_link(&path, at("a.crm-new-7-0000000000000001")).unwrap();
        fs::write(at("a.crm-new-7-0000000000000002"), "").unwrap();
        fs::write(at("a.crm-new-7-0000000000000003"), "crmkernel db and more").unwrap();
        fs::write(at("a.crm-wal-new-7-0000000000000004"), "crmkernel log 2\n").unwrap();
        let stays = [
            ("a.crm-new-7-0000000000000005", "a letter of somebody"),
            ("a.crm-new-7-12", ""),
            ("a.crm-new-x-0000000000000006", ""),
            ("a.crm-news", ""),
            ("b.crm-new-7-0000000000000007", ""),
        ];
        for (name, content) in stays {
            fs::write(at(name), content).unwrap();
        }
        let working = Temporary::beside(&path, None).unwrap();
        clear(&path);
        let mut expected: Vec<String> = stays.iter().map(|(name, _)| (*name).to_owned()).collect();
        expected.push("a.crm".to_owned());
        expected.push(working.path().file_name().unwrap().to_str().unwrap().to_owned());
        expected.sort();
        assert_eq!(names(folder.path()), expected);
        drop(working);
        assert_eq!(names(folder.path()).len(), stays.len() + 1);
    }
}
