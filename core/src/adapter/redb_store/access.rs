//! How files are opened and made so that nobody else has a say in it: no link is followed at the last step, nothing that
//! exists is cut or overwritten, and a new file has the owner, the group and the permissions of the one that it belongs to.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Who may do what with a file.
///
/// Where files have no such permissions (Windows) a new file has those of its folder. Access control lists are not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Access {
    #[cfg(unix)]
    mode: u32,
    /// The owner and the group; `None` for those that the process gives its files.
    #[cfg(unix)]
    ids: Option<(u32, u32)>,
}

/// The permissions alone, without the bits that have programs run as somebody else.
#[cfg(unix)]
const PERMISSIONS: u32 = 0o777;
#[cfg(unix)]
const OF_THE_GROUP: u32 = 0o070;

impl Access {
    #[cfg(unix)]
    pub(super) fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { mode: found.mode() & PERMISSIONS, ids: Some((found.uid(), found.gid())) }
    }

    /// For the owner alone.
    #[cfg(unix)]
    pub(super) fn private() -> Self {
        Self { mode: 0o600, ids: None }
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Self {
        Self {}
    }

    #[cfg(not(unix))]
    pub(super) fn private() -> Self {
        Self {}
    }

    /// The same for a file that its owner is still to fill.
    #[cfg(unix)]
    pub(super) fn while_made(self) -> Self {
        Self { mode: self.mode | 0o600, ..self }
    }

    #[cfg(not(unix))]
    pub(super) fn while_made(self) -> Self {
        self
    }

    /// Gives a file that nobody else can open yet this access. Who may not give it the owner keeps it; who may not give it
    /// the group leaves out what the group may do, because it would be another group.
    #[cfg(unix)]
    pub(super) fn give(self, file: &File) -> io::Result<()> {
        use std::os::unix::fs::{PermissionsExt, fchown};
        let found = Self::of(&file.metadata()?);
        let mut mode = self.mode;
        if let Some((owner, group)) = self.ids
            && found.ids != self.ids
        {
            let given = fchown(file, Some(owner), Some(group)).or_else(|_| fchown(file, None, Some(group)));
            mode &= if given.is_ok() { PERMISSIONS } else { !OF_THE_GROUP };
        }
        file.set_permissions(std::fs::Permissions::from_mode(mode))
    }

    #[cfg(not(unix))]
    pub(super) fn give(self, _: &File) -> io::Result<()> {
        Ok(())
    }
}

/// Makes a file that must not exist, with this access, or with what the process gives its new files.
pub(super) fn create_new(path: &Path, access: Option<Access>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    let Some(access) = access else { return options.open(path) };
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    access.give(&file).inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })?;
    Ok(file)
}

/// Opens a file that exists, to read or to read and write it. It is a file, not a link, a folder or anything that makes
/// the caller wait.
pub(super) fn open(path: &Path, writable: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(writable);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let opened = options.open(path).map_err(|error| match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => io::Error::other("it is a link, and is not followed"),
        _ => error,
    })?;
    if opened.metadata()?.is_file() { Ok(opened) } else { Err(io::Error::other("it is not a file")) }
}

#[cfg(test)]
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the tests make files")]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_new_file_has_the_access_that_it_is_given_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("model"), "").unwrap();
        for mode in [0o600, 0o640, 0o666, 0o400] {
            fs::set_permissions(at("model"), fs::Permissions::from_mode(mode)).unwrap();
            let access = Access::of(&fs::metadata(at("model")).unwrap());
            create_new(&at("new"), Some(access)).unwrap();
            assert_eq!(fs::metadata(at("new")).unwrap().mode() & PERMISSIONS, mode);
            assert_eq!(create_new(&at("new"), Some(access)).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            fs::remove_file(at("new")).unwrap();
        }
        symlink(at("nowhere"), at("link")).unwrap();
        assert_eq!(create_new(&at("link"), None).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(!at("nowhere").exists());
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").unwrap();
        symlink(at("file"), at("link")).unwrap();
        assert!(open(&at("file"), true).is_ok());
        assert!(open(&at("link"), false).unwrap_err().to_string().contains("it is a link"));
        assert!(open(folder.path(), false).unwrap_err().to_string().contains("it is not a file"));
        assert_eq!(open(&at("none"), false).unwrap_err().kind(), io::ErrorKind::NotFound);
        let made = std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap();
        assert!(made.success());
        assert!(open(&at("fifo"), false).unwrap_err().to_string().contains("it is not a file"));
    }
}
