//! SQLite's side: its file, its settings, and its reads, by prepared statements on one connection.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crm_core::domain::Date;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use crate::kernel::sum_of_classes;
use crate::measure::{Result, Sum};
use crate::rows::{CLASSES, OPEN_STATES};

const CUSTOMER_FIELDS: &str = "code, external_system, external_id, name, short_name, pinyin, party_kind, status, class, \
    owner, org_unit, region, industry, address, phone, email, website, employee_count, annual_revenue_minor, \
    annual_revenue_currency, next_due_on";
const VISIT_FIELDS: &str = "code, customer, channel, state, owner, planned_on, purpose, held_at";

/// How many milliseconds a connection waits for another's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(120);

/// An open database.
pub(crate) struct Sqlite {
    pub(crate) connection: Connection,
    path: PathBuf,
}

impl Sqlite {
    /// Creates a database; `indexed` says whether the indexes come now or are made after a load.
    pub(crate) fn create(path: &Path, indexed: bool) -> Result<Self> {
        let sqlite = Self::open(path)?;
        sqlite.connection.execute_batch(include_str!("schema.sql"))?;
        if indexed {
            sqlite.make_indexes()?;
        }
        Ok(sqlite)
    }

    /// Opens a database with the kernel's durability (a commit is on disk when it returns) and the size of both
    /// its caches.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "cache_size", -131_072)?;
        connection.pragma_update(None, "mmap_size", 4_i64 << 30)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        if (mode.as_str(), synchronous) != ("wal", 2) {
            return Err(format!("SQLite runs with journal_mode {mode} and synchronous {synchronous}").into());
        }
        Ok(Self { connection, path: path.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn make_indexes(&self) -> Result<()> {
        let indexes = include_str!("indexes.sql");
        Ok(self.connection.execute_batch(&format!("BEGIN IMMEDIATE; {indexes} COMMIT;"))?)
    }

    /// Moves everything from the log into the file, and lets the planner know how the values are spread.
    pub(crate) fn settle(&self) -> Result<()> {
        Ok(self.connection.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")?)
    }

    /// Runs reads in one transaction, so that they share a snapshot as the kernel's do.
    pub(crate) fn in_one_read(&self, work: impl FnOnce(&Self) -> Result<Sum>) -> Result<Sum> {
        self.connection.execute_batch("BEGIN")?;
        let sum = work(self);
        self.connection.execute_batch("COMMIT")?;
        sum
    }

    pub(crate) fn get_each(&self, ids: &[u64]) -> Result<Sum> {
        let mut statement =
            self.connection.prepare(&format!("SELECT {CUSTOMER_FIELDS} FROM customer WHERE id = ?1"))?;
        let mut sum = Sum::default();
        for id in ids {
            statement.query_row([id.cast_signed()], |row| see(&mut sum, row))?;
        }
        Ok(sum)
    }

    /// One get by id whose statement stays prepared.
    pub(crate) fn get_cached(&self, id: u64) -> Result<Sum> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {CUSTOMER_FIELDS} FROM customer WHERE id = ?1"))?;
        let mut sum = Sum::default();
        statement.query_row([id.cast_signed()], |row| see(&mut sum, row))?;
        Ok(sum)
    }

    pub(crate) fn get_two_fields_each(&self, ids: &[u64]) -> Result<Sum> {
        let mut statement = self.connection.prepare("SELECT name, employee_count FROM customer WHERE id = ?1")?;
        let mut sum = Sum::default();
        for id in ids {
            statement.query_row([id.cast_signed()], |row| see(&mut sum, row))?;
        }
        sum.rows = 0;
        Ok(sum)
    }

    pub(crate) fn get_by_code_each(&self, codes: &[String]) -> Result<Sum> {
        let mut statement =
            self.connection.prepare(&format!("SELECT {CUSTOMER_FIELDS} FROM customer WHERE code = ?1"))?;
        let mut sum = Sum::default();
        for code in codes {
            statement.query_row([code], |row| see(&mut sum, row))?;
        }
        Ok(sum)
    }

    /// The first 100 planned visits up to a day, by day.
    pub(crate) fn visits_due(&self, until: Date) -> Result<Sum> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {VISIT_FIELDS} FROM visit WHERE state = 1 AND planned_on <= ?1 ORDER BY planned_on, id LIMIT 100"
        ))?;
        read_all(statement.query([until.to_epoch_days()])?)
    }

    pub(crate) fn customers_of(&self, owner: &str) -> Result<Sum> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {CUSTOMER_FIELDS} FROM customer WHERE owner = ?1"))?;
        read_all(statement.query([owner])?)
    }

    /// Every field of every customer.
    pub(crate) fn scan(&self) -> Result<Sum> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {CUSTOMER_FIELDS} FROM customer NOT INDEXED"))?;
        read_all(statement.query([])?)
    }

    /// Counts by class; SQLite answers from the index on the class alone.
    pub(crate) fn count_by_class(&self) -> Result<Sum> {
        self.count_by("SELECT class, count(*) FROM customer GROUP BY class")
    }

    pub(crate) fn count_by_owner(&self) -> Result<Sum> {
        self.count_by("SELECT owner, count(*) FROM customer GROUP BY owner")
    }

    /// Adds complaints of these states and grades, with the index that answers the count of the open ones by itself.
    pub(crate) fn add_complaints(&self, complaints: &[(u16, u16)]) -> Result<()> {
        let open = OPEN_STATES.map(|state| state.to_string()).join(", ");
        self.connection.execute_batch(&format!(
            "BEGIN; CREATE TABLE complaint (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, grade INTEGER NOT NULL); \
             CREATE INDEX complaint_open ON complaint (grade) WHERE state IN ({open});"
        ))?;
        let mut add = self.connection.prepare("INSERT INTO complaint (state, grade) VALUES (?1, ?2)")?;
        for (state, grade) in complaints {
            add.execute([state, grade])?;
        }
        Ok(self.connection.execute_batch("COMMIT; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")?)
    }

    pub(crate) fn open_complaints_by_grade(&self) -> Result<Sum> {
        let open = OPEN_STATES.map(|state| state.to_string()).join(", ");
        self.count_by(&format!("SELECT grade, count(*) FROM complaint WHERE state IN ({open}) GROUP BY grade"))
    }

    fn count_by(&self, question: &str) -> Result<Sum> {
        let mut statement = self.connection.prepare_cached(question)?;
        let mut rows = statement.query([])?;
        let mut sum = Sum::default();
        while let Some(row) = rows.next()? {
            match row.get_ref(0)? {
                ValueRef::Integer(number) => sum.number(number),
                value => sum.text(value.as_str()?),
            }
            sum.number(row.get(1)?);
        }
        Ok(sum)
    }

    pub(crate) fn employees_by_class(&self) -> Result<Sum> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT class, count(*), sum(employee_count) FROM customer GROUP BY class")?;
        let mut rows = statement.query([])?;
        let mut by_class = [(0, 0); CLASSES.len()];
        while let Some(row) = rows.next()? {
            by_class[class_of(row)?] = (row.get(1)?, row.get(2)?);
        }
        Ok(sum_of_classes(&by_class))
    }

    /// The same by reading the rows in the order of the table and adding up outside of SQLite.
    pub(crate) fn employees_by_class_row_by_row(&self) -> Result<Sum> {
        let mut statement = self.connection.prepare_cached("SELECT class, employee_count FROM customer NOT INDEXED")?;
        let mut rows = statement.query([])?;
        let mut by_class = [(0, 0); CLASSES.len()];
        while let Some(row) = rows.next()? {
            let employees: i64 = row.get(1)?;
            let held = &mut by_class[class_of(row)?];
            *held = (held.0 + 1, held.1 + employees);
        }
        Ok(sum_of_classes(&by_class))
    }

    /// How many entries the journal has, after a check that the chain and the file are whole.
    pub(crate) fn verify(&self) -> Result<u64> {
        let answer: String = self.connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if answer != "ok" {
            return Err(format!("SQLite's database is wrong: {answer}").into());
        }
        let mut statement = self.connection.prepare("SELECT sequence, hash, entry FROM journal ORDER BY sequence")?;
        let mut rows = statement.query(params![])?;
        let (mut count, mut previous) = (0, [0; 32]);
        while let Some(row) = rows.next()? {
            count += 1;
            let (sequence, entry) = (row.get::<_, i64>(0)?, row.get_ref(2)?.as_blob()?);
            let hash = *blake3::hash(entry).as_bytes();
            if sequence != count || entry.get(..32) != Some(&previous) || row.get_ref(1)?.as_blob()? != hash {
                return Err(format!("SQLite's journal is wrong at {sequence}").into());
            }
            previous = hash;
        }
        Ok(count.cast_unsigned())
    }
}

fn class_of(row: &Row<'_>) -> Result<usize> {
    let class = row.get_ref(0)?.as_str()?;
    Ok(CLASSES.iter().position(|known| *known == class).ok_or("an unknown class")?)
}

fn read_all(mut rows: rusqlite::Rows<'_>) -> Result<Sum> {
    let mut sum = Sum::default();
    while let Some(row) = rows.next()? {
        see(&mut sum, row)?;
    }
    Ok(sum)
}

/// Reads every field in place.
fn see(sum: &mut Sum, row: &Row<'_>) -> rusqlite::Result<()> {
    sum.rows += 1;
    for at in 0..row.as_ref().column_count() {
        match row.get_ref(at)? {
            ValueRef::Text(bytes) => {
                sum.text(std::str::from_utf8(bytes).map_err(|e| rusqlite::Error::Utf8Error(at, e))?);
            }
            ValueRef::Integer(number) => sum.number(number),
            _ => {}
        }
    }
    Ok(())
}
