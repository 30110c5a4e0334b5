//! The care of a database: backups, restoring, rebuilding, statistics.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crm_core::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::facts::VerifyReport;
use crate::failure::{OrRaise, invalid};
use crate::html::escaped;
use crate::interpreter::attached;
use crate::shared::{Progress, Shared, run_long};

/// How much is asked of a Python file at a time. Unit: bytes.
const CHUNK_LEN: usize = 256 << 10;

/// How much a backup or a restore copied.
#[pyclass(frozen, eq, get_all, module = "crmkernel")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Copied {
    /// How many pairs of a key and a value.
    pairs: u64,
    /// How long they are, in bytes.
    bytes: u64,
}

#[pymethods]
impl Copied {
    fn __repr__(&self) -> String {
        format!("Copied(pairs={}, bytes={})", self.pairs, self.bytes)
    }
}

impl From<crm_core::Copied> for Copied {
    fn from(copied: crm_core::Copied) -> Self {
        Self { pairs: copied.pairs, bytes: copied.bytes }
    }
}

/// One thing that is wrong with a database.
#[pyclass(frozen, eq, module = "crmkernel")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem(pub(crate) crm_core::Problem);

#[pymethods]
impl Problem {
    /// What it is: store, journal, record, reference, index, unique or count.
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind.name()
    }

    /// The entity, when it is about one.
    #[getter]
    fn entity(&self) -> Option<&'static str> {
        self.0.entity.map(|entity| entity.def().name)
    }

    /// The id of the record, or the sequence of the journal entry.
    #[getter]
    fn id(&self) -> Option<u64> {
        self.0.id
    }

    /// The name of the index, unique key or count.
    #[getter]
    fn index(&self) -> Option<&str> {
        self.0.index.as_deref()
    }

    /// The whole of it as an English sentence.
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    fn __str__(&self) -> &str {
        &self.0.text
    }

    fn __repr__(&self) -> String {
        format!("Problem(kind={:?}, text={:?})", self.0.kind.name(), self.0.text)
    }
}

/// What a rebuild of the indexes did.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Rebuilt(crm_core::Rebuilt);

#[pymethods]
impl Rebuilt {
    /// How many records were read.
    #[getter]
    fn records(&self) -> u64 {
        self.0.records
    }

    /// How many index entries, unique keys and counts were read.
    #[getter]
    fn keys(&self) -> u64 {
        self.0.keys
    }

    /// How many of them were missing or wrong, and were written.
    #[getter]
    fn written(&self) -> u64 {
        self.0.written
    }

    /// How many no record called for, which were removed.
    #[getter]
    fn removed(&self) -> u64 {
        self.0.removed
    }

    /// How many problems are left, which a rebuild cannot mend.
    #[getter]
    fn problem_count(&self) -> u64 {
        self.0.problem_count
    }

    /// The first 100 of them.
    #[getter]
    fn problems(&self) -> Vec<Problem> {
        self.0.problems.iter().cloned().map(Problem).collect()
    }

    fn __repr__(&self) -> String {
        let r = &self.0;
        format!("Rebuilt(written={}, removed={}, problem_count={})", r.written, r.removed, r.problem_count)
    }
}

/// What one space of the store takes.
#[pyclass(frozen, eq, get_all, module = "crmkernel")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpaceStatistics {
    /// The name: meta, record, index, unique, journal, schema or count.
    name: &'static str,
    /// How many entries its tables have. A store may keep several pairs in one.
    entries: u64,
    /// Keys and values, in bytes.
    stored_bytes: u64,
    /// What leads to them, in bytes.
    metadata_bytes: u64,
    /// Room in its pages that holds nothing, in bytes.
    fragmented_bytes: u64,
}

#[pymethods]
impl SpaceStatistics {
    fn __repr__(&self) -> String {
        format!("SpaceStatistics({}: {} entries, {} bytes)", self.name, self.entries, self.stored_bytes)
    }
}

/// What a database holds, and what was done with it since it was opened.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Statistics(crm_core::Statistics);

impl Statistics {
    fn facts(&self) -> Vec<(String, u64)> {
        let (own, store) = (&self.0, &self.0.store);
        let records = own.records.iter().map(|(entity, count)| (format!("records.{}", entity.def().name), *count));
        let facts = [
            ("journal_entries", own.journal_entries),
            ("groups", own.groups),
            ("batches", own.batches),
            ("batches_per_group_max", own.batches_per_group_max),
            ("commands", own.commands),
            ("file_bytes", store.file_bytes),
            ("log_bytes", store.log_bytes),
            ("cache_bytes_max", store.cache_bytes_max),
            ("commits", store.commits),
            ("flushes", store.flushes),
            ("flushes_waiting", store.flushes_waiting),
            ("oldest_reader_behind", store.oldest_reader_behind),
            ("cached_records", own.cache.records),
            ("cached_bytes", own.cache.bytes),
            ("cached_bytes_max", own.cache.bytes_max),
            ("cache_hits", own.cache.hits),
            ("cache_misses", own.cache.misses),
            ("clock_behind_us", own.clock_behind_us),
            ("may_lack_commits", u64::from(store.may_lack_commits)),
        ];
        let mut all: Vec<(String, u64)> = records.collect();
        all.extend(facts.map(|(name, value)| (name.to_owned(), value)));
        for space in &store.spaces {
            let name = space.space.name();
            all.push((format!("space.{name}.entries"), space.entries));
            all.push((format!("space.{name}.stored_bytes"), space.stored_bytes));
            all.push((format!("space.{name}.metadata_bytes"), space.metadata_bytes));
            all.push((format!("space.{name}.fragmented_bytes"), space.fragmented_bytes));
        }
        all
    }
}

#[pymethods]
impl Statistics {
    /// The number of records of each entity.
    #[getter]
    fn records(&self) -> std::collections::BTreeMap<&'static str, u64> {
        self.0.records.iter().map(|(entity, count)| (entity.def().name, *count)).collect()
    }

    /// The entries of the journal.
    #[getter]
    fn journal_entries(&self) -> u64 {
        self.0.journal_entries
    }

    /// Transactions that wrote, since the opening. Callers that commit at once share one.
    #[getter]
    fn groups(&self) -> u64 {
        self.0.groups
    }

    /// Calls of callers that were in them.
    #[getter]
    fn batches(&self) -> u64 {
        self.0.batches
    }

    /// The most calls that shared one transaction.
    #[getter]
    fn batches_per_group_max(&self) -> u64 {
        self.0.batches_per_group_max
    }

    /// Commands that changed something.
    #[getter]
    fn commands(&self) -> u64 {
        self.0.commands
    }

    /// The length of the database file, in bytes.
    #[getter]
    fn file_bytes(&self) -> u64 {
        self.0.store.file_bytes
    }

    /// The length of the write-ahead log beside it, in bytes.
    #[getter]
    fn log_bytes(&self) -> u64 {
        self.0.store.log_bytes
    }

    /// The most memory that the cache of the file takes, in bytes.
    #[getter]
    fn cache_bytes_max(&self) -> u64 {
        self.0.store.cache_bytes_max
    }

    /// Transactions that were committed since the opening.
    #[getter]
    fn commits(&self) -> u64 {
        self.0.store.commits
    }

    /// Times that commits were written from the log to the file since the opening.
    #[getter]
    fn flushes(&self) -> u64 {
        self.0.store.flushes
    }

    /// Parts of the log that wait for that now.
    #[getter]
    fn flushes_waiting(&self) -> u64 {
        self.0.store.flushes_waiting
    }

    /// How many transactions of the file ago the oldest snapshot began that another process shows; 0 when there is none, or
    /// it shows the newest state. The file keeps what it shows, and grows by it, also when that process is stopped.
    #[getter]
    fn oldest_reader_behind(&self) -> u64 {
        self.0.store.oldest_reader_behind
    }

    /// The records in the cache of records.
    #[getter]
    fn cached_records(&self) -> u64 {
        self.0.cache.records
    }

    /// What is set aside for them so far, in bytes.
    #[getter]
    fn cached_bytes(&self) -> u64 {
        self.0.cache.bytes
    }

    /// The most that they may take, in bytes.
    #[getter]
    fn cached_bytes_max(&self) -> u64 {
        self.0.cache.bytes_max
    }

    /// How often a record was asked for by its id and was in that cache, since the opening.
    #[getter]
    fn cache_hits(&self) -> u64 {
        self.0.cache.hits
    }

    /// How often it was not.
    #[getter]
    fn cache_misses(&self) -> u64 {
        self.0.cache.misses
    }

    /// How far the clock is behind the last journal entry, in microseconds, 0 when it is not.
    #[getter]
    fn clock_behind_us(&self) -> u64 {
        self.0.clock_behind_us
    }

    /// Whether commits may be missing: the file was opened without its log, which it says was in use.
    #[getter]
    fn may_lack_commits(&self) -> bool {
        self.0.store.may_lack_commits
    }

    /// The spaces of the store; empty unless they were asked for.
    #[getter]
    fn spaces(&self) -> Vec<SpaceStatistics> {
        let of = |space: &crm_core::port::SpaceStatistics| SpaceStatistics {
            name: space.space.name(),
            entries: space.entries,
            stored_bytes: space.stored_bytes,
            metadata_bytes: space.metadata_bytes,
            fragmented_bytes: space.fragmented_bytes,
        };
        self.0.store.spaces.iter().map(of).collect()
    }

    /// Everything by name, flat.
    fn to_dict(&self) -> std::collections::BTreeMap<String, u64> {
        self.facts().into_iter().collect()
    }

    fn __repr__(&self) -> String {
        let rows: u64 = self.0.records.iter().map(|(_, count)| count).sum();
        let store = &self.0.store;
        format!(
            "Statistics(records={rows}, journal_entries={}, file_bytes={})",
            self.0.journal_entries, store.file_bytes
        )
    }

    fn _repr_html_(&self) -> String {
        let row = |(name, value): (String, u64)| format!("<tr><th>{}</th><td>{value}</td></tr>", escaped(&name));
        let rows: String = self.facts().into_iter().map(row).collect();
        format!("<table><caption>statistics</caption>{rows}</table>")
    }
}

/// A file of Python, used by the thread that works. The first exception that it raises is kept.
struct File {
    file: Py<PyAny>,
    raised: Arc<Mutex<Option<PyErr>>>,
}

impl File {
    fn call<T>(&self, call: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> io::Result<T> {
        let called = attached(|py| call(self.file.bind(py)));
        called.ok_or_else(|| io::Error::other("the interpreter has ended"))?.map_err(|raised| {
            let message = raised.to_string();
            self.raised.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(raised);
            io::Error::other(message)
        })
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.call(|file| file.call_method1("write", (PyBytes::new(file.py(), bytes),))?.extract())?;
        match written {
            Some(written) if written > bytes.len() => Err(io::Error::other("the file says that it wrote too much")),
            Some(written) => Ok(written),
            None => Err(io::Error::other("the file does not take bytes now: it must block")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call(|file| if file.hasattr("flush")? { file.call_method0("flush").map(drop) } else { Ok(()) })
    }
}

impl Read for File {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read: Vec<u8> = self.call(|file| {
            let read = file.call_method1("read", (out.len(),))?;
            Ok(read.cast_into::<PyBytes>()?.as_bytes().to_vec())
        })?;
        let len = read.len();
        let room = out.get_mut(..len).ok_or_else(|| io::Error::other("the file gave more than was asked for"))?;
        room.copy_from_slice(&read);
        Ok(len)
    }
}

/// Where a backup goes, or comes from.
enum Place {
    Path(PathBuf),
    File(File),
}

fn place_of(given: &Bound<'_, PyAny>, method: &str, raised: &Arc<Mutex<Option<PyErr>>>) -> PyResult<Result<Place>> {
    if given.hasattr(method)? {
        return Ok(Ok(Place::File(File { file: given.clone().unbind(), raised: raised.clone() })));
    }
    Ok(match given.extract::<PathBuf>() {
        Ok(path) => Ok(Place::Path(path)),
        Err(_) => Err(invalid(format!("a path or a binary file with {method} is needed"))),
    })
}

/// The exception of the file where there is one, for it says more than that reading or writing failed.
fn or_raised<T>(answer: PyResult<T>, raised: &Mutex<Option<PyErr>>) -> PyResult<T> {
    answer.map_err(|error| raised.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or(error))
}

pub(crate) fn watch_of(progress: &Arc<Progress>) -> impl FnMut(crm_core::Copied) -> ControlFlow<()> + use<> {
    let watch = progress.watch();
    move |copied| watch(usize::try_from(copied.pairs).unwrap_or(usize::MAX))
}

pub(crate) fn teller<'p>(progress: Option<&'p Bound<'p, PyAny>>) -> impl Fn(usize) -> PyResult<()> + use<'p> {
    move |done| progress.map_or(Ok(()), |progress| progress.call1((done, None::<u64>)).map(drop))
}

pub(crate) fn backup(
    py: Python<'_>,
    shared: &Arc<Shared>,
    target: &Bound<'_, PyAny>,
    replace: bool,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Copied> {
    let raised = Arc::default();
    let place = place_of(target, "write", &raised)?.or_raise(py)?;
    let tell = teller(progress);
    let copied = shared.call_long(py, true, &tell, move |session, progress| {
        let mut watch = watch_of(progress);
        match place {
            Place::Path(path) => session.backup_file(path, replace, &mut watch),
            Place::File(mut file) => session.backup_stream(&mut file, &mut watch),
        }
    });
    or_raised(copied, &raised).map(Copied::from).and_then(|copied| {
        tell(usize::try_from(copied.pairs).unwrap_or(usize::MAX))?;
        Ok(copied)
    })
}

/// Replays the journal into a new database file.
pub(crate) fn replay(
    py: Python<'_>,
    shared: &Arc<Shared>,
    path: PathBuf,
    replace: bool,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<u64> {
    let tell = teller(progress);
    let sequence = shared.call_long(py, true, &tell, move |session, progress| {
        let watch = progress.watch();
        session.replay_file(path, replace, &mut |done| watch(usize::try_from(done).unwrap_or(usize::MAX)))
    })?;
    tell(usize::try_from(sequence).unwrap_or(usize::MAX))?;
    Ok(sequence)
}

/// Makes a database file of a backup that `Database.backup` wrote to a file of Python.
///
/// `source` is a path or a binary file. The database appears whole or not at all. With `replace` a database that is there
/// is replaced. `progress` is called with how many pairs are done, and `None` for how many there are.
#[pyfunction]
#[pyo3(signature = (source, path, *, replace = false, progress = None))]
pub(crate) fn restore(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    path: PathBuf,
    replace: bool,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Copied> {
    let raised = Arc::default();
    let file = match place_of(source, "read", &raised)?.or_raise(py)? {
        Place::File(file) => file,
        Place::Path(path) => {
            let opened = py.import("builtins")?.call_method1("open", (path, "rb"))?;
            File { file: opened.unbind(), raised: Arc::clone(&raised) }
        }
    };
    let tell = teller(progress);
    let copied = run_long(py, true, &tell, move |progress| {
        let mut input = io::BufReader::with_capacity(CHUNK_LEN, file);
        crm_core::restore_file(&mut input, path, replace, &mut watch_of(progress))
    });
    or_raised(copied, &raised).map(Copied::from)
}

pub(crate) fn rebuild(py: Python<'_>, shared: &Arc<Shared>, progress: Option<&Bound<'_, PyAny>>) -> PyResult<Rebuilt> {
    let rebuilt = shared.call_long(py, true, &teller(progress), |session, progress| {
        let watch = progress.watch();
        session.rebuild_indexes(&mut |read| watch(usize::try_from(read).unwrap_or(usize::MAX)))
    });
    rebuilt.map(Rebuilt)
}

pub(crate) fn verify(
    py: Python<'_>,
    shared: &Arc<Shared>,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<VerifyReport> {
    let report = shared.call_long(py, true, &teller(progress), |session, progress| {
        let watch = progress.watch();
        session.verify_watched(&mut |read| watch(usize::try_from(read).unwrap_or(usize::MAX)))
    });
    report.map(VerifyReport)
}

pub(crate) fn statistics(py: Python<'_>, shared: &Arc<Shared>, spaces: bool) -> PyResult<Statistics> {
    shared.call(py, |session| session.statistics(spaces)).map(Statistics)
}

/// The error of a wait that is no number of seconds.
pub(crate) fn wait_of(seconds: f64) -> Result<std::time::Duration> {
    std::time::Duration::try_from_secs_f64(seconds)
        .map_err(|_| -> Error { invalid(format!("wait is {seconds} s, allowed are 0 and more")) })
}
