//! The loaded databases: made once, equal on both sides, and copied for every group of operations.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use crate::kernel::Kernel;
use crate::measure::{Result, now};
use crate::rows::{self, Customer, Visit};
use crate::sqlite::Sqlite;
use crate::sqlite_write::Writer;

/// Rows in a batch of a load.
pub(crate) const BATCH: usize = 10_000;

/// The two closed files that copies are made of.
pub(crate) struct Base {
    dir: PathBuf,
    pub(crate) rows: u64,
}

impl Base {
    /// Loads `rows` customers and as many visits into both.
    pub(crate) fn load(dir: &Path, rows: u64) -> Result<Self> {
        let base = Self { dir: dir.to_owned(), rows };
        for path in [base.kernel_file(), base.sqlite_file()] {
            remove(&path)?;
        }
        let kernel = Kernel::open(&base.kernel_file())?;
        let sqlite = Sqlite::create(&base.sqlite_file(), true)?;
        let mut writer = Writer::new(&sqlite.connection)?;
        let begun = now();
        for from in (0..rows).step_by(BATCH) {
            let customers: Vec<Customer> = rows::customers(from, (rows - from).min(BATCH as u64), rows);
            kernel.load(&customers, BATCH)?;
            writer.load(&customers, BATCH)?;
        }
        for from in (0..rows).step_by(BATCH) {
            let visits: Vec<Visit> = (from..rows.min(from + BATCH as u64)).map(|n| rows::visit(n, rows)).collect();
            kernel.load_visits(&visits, BATCH)?;
            writer.load_visits(&visits, BATCH)?;
        }
        drop(writer);
        same_journal(&kernel, &sqlite)?;
        kernel.close()?;
        sqlite.settle()?;
        drop(sqlite);
        println!("loaded {rows} customers and {rows} visits on both sides in {} s", begun.elapsed().as_secs());
        println!(
            "file sizes: crmkernel {} MB, SQLite {} MB\n",
            base.size(&base.kernel_file())?,
            base.size(&base.sqlite_file())?
        );
        Ok(base)
    }

    /// A folder without loaded databases, for operations that begin with empty ones.
    pub(crate) fn unloaded(dir: &Path, rows: u64) -> Self {
        Self { dir: dir.to_owned(), rows }
    }

    fn size(&self, path: &Path) -> Result<u64> {
        Ok(fs::metadata(path)?.len() / 1_000_000)
    }

    fn kernel_file(&self) -> PathBuf {
        self.dir.join("base.crm")
    }

    fn sqlite_file(&self) -> PathBuf {
        self.dir.join("base.sqlite")
    }

    /// A path in the folder of the run.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A copy of the kernel's file, on disk.
    pub(crate) fn kernel_copy(&self, name: &str) -> Result<PathBuf> {
        copy(&self.kernel_file(), &self.path(name))
    }

    /// A copy of SQLite's file, on disk.
    pub(crate) fn sqlite_copy(&self, name: &str) -> Result<PathBuf> {
        copy(&self.sqlite_file(), &self.path(name))
    }
}

/// Fails unless both are whole and have as many journal entries.
pub(crate) fn same_journal(kernel: &Kernel, sqlite: &Sqlite) -> Result<()> {
    let (ours, theirs) = (kernel.verify()?, sqlite.verify()?);
    if ours == theirs { Ok(()) } else { Err(format!("the kernel has {ours} journal entries, SQLite {theirs}").into()) }
}

/// Copies and syncs, so that no write of the copy is left for the time that is measured.
fn copy(from: &Path, to: &Path) -> Result<PathBuf> {
    remove(to)?;
    fs::copy(from, to)?;
    OpenOptions::new().write(true).open(to)?.sync_all()?;
    Ok(to.to_owned())
}

/// Removes a database file and what lies beside it.
pub(crate) fn remove(path: &Path) -> Result<()> {
    for suffix in ["", "-lock", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(())
}
