//! Why a file cannot be read as pages, carried through redb as an error of the operating system.

use std::fmt;
use std::io;

use super::bad::BadPage;

/// Why a file cannot be read as pages. Texts name the file and begin with its name.
#[derive(Debug)]
pub(in super::super) enum Damage {
    /// It does not begin as our files do.
    Foreign,
    /// A later version wrote it, with this number of its form.
    Newer(u32),
    /// What it holds is not what was written.
    Damaged(String),
    /// One page cannot be read.
    Page(BadPage),
    /// The process that writes published another transaction while a reader pinned the one before: the reader begins anew.
    Moved,
}

impl Damage {
    /// The damage that an error tells of, if it is one of ours.
    pub(in super::super) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("its first bytes are not those of a database"),
            Self::Newer(version) => write!(f, "its pages have format {version}"),
            Self::Damaged(what) => f.write_str(what),
            Self::Page(page) => f.write_str(&page.why),
            Self::Moved => f.write_str("the newest transaction is another one by now"),
        }
    }
}

impl std::error::Error for Damage {}

impl From<Damage> for io::Error {
    fn from(damage: Damage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}
