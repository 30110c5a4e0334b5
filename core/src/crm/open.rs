//! Opening a database, and what its sessions share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::domain::{Actor, Calendar, user_name};
use crate::error::{Error, ErrorKind, Result};
use crate::plugin::Registry;
use crate::policy::Shelf;
use crate::port::{Callback, Clock, Order, Point, ReadTxn, Space, Store, WriteTxn};
use crate::record::catalog::decode_custom;
use crate::record::hint::Hints;
use crate::record::{Cache, Catalog, meta};

use super::adopt;
use super::group::{self, Group};
use super::present::Present;
use super::session::Session;
use super::snapshot::Snapshot;
use super::sorted::Runs;
use super::statistics::Activity;
use super::suspended;
use super::years;

/// What a database is opened with, beside its store.
pub struct Config {
    /// The source of time.
    pub clock: Arc<dyn Clock>,
    /// The time zone of civil dates, used when the database is created; an existing one keeps its own.
    /// Bounds: a name of the IANA time zone database.
    pub time_zone: String,
    /// The working-day calendar, on which the work years of the database are put.
    pub calendar: Calendar,
    /// Whether records may be written without a plugin that rules them and is not loaded; each entry that is written so
    /// says which plugin was missing. Default: no, such a write is `PluginMissing`.
    pub allow_missing_plugins: bool,
    /// Whether a plugin may be loaded in an older version than the database has seen; the journal tells it. Default: no,
    /// it is `PluginOlder`.
    pub allow_older_plugins: bool,
    /// How much memory the cache of records takes at most, beside the store's own. Unit: bytes. Default: 64 MiB; 0 turns
    /// it off.
    pub record_cache_bytes: usize,
    /// Whether policies, the rules that decide, and plugins have a say; rights, form, state machine, references and unique
    /// keys always have. For the benchmark, which shows what they cost.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    pub rules: bool,
}

/// The default of [`Config::record_cache_bytes`].
const RECORD_CACHE_BYTES: usize = 64 << 20;

impl Config {
    /// The default: Asia/Shanghai, China's calendar, and this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            time_zone: "Asia/Shanghai".to_owned(),
            calendar: Calendar::china().clone(),
            allow_missing_plugins: false,
            allow_older_plugins: false,
            record_cache_bytes: RECORD_CACHE_BYTES,
            #[cfg(feature = "testing")]
            rules: true,
        }
    }

    /// Only the benchmark goes without.
    #[cfg(feature = "testing")]
    fn has_rules(&self) -> bool {
        self.rules
    }

    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "without the feature there is no choice")]
    fn has_rules(&self) -> bool {
        true
    }
}

/// An open database. Clones share it; threads may use it at once.
#[derive(Clone)]
pub struct Crm {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) present: Present,
    pub(crate) zone: chrono_tz::Tz,
    pub(crate) registry: RwLock<Arc<Registry>>,
    /// Whether a plugin may hide fields from who reads.
    pub(crate) masks: AtomicBool,
    /// Whether a policy lends the files of customers, so that items are hidden from who has no loan.
    pub(crate) loans: AtomicBool,
    /// Held while a plugin is registered, so that each one is checked against those before it.
    pub(crate) registering: Mutex<()>,
    pub(crate) catalog: RwLock<Arc<Catalog>>,
    pub(crate) group: Group,
    pub(crate) activity: Activity,
    pub(crate) cache: Arc<Cache>,
    pub(crate) hints: Hints,
    /// What is kept of orders that no index gives, for the next page.
    pub(crate) sorted: Arc<Runs>,
    /// Whether policies, rules that decide and plugins have a say.
    pub(crate) has_rules: bool,
    pub(crate) allows_missing: bool,
    pub(crate) allows_older: bool,
    /// The file, of a database that has one.
    #[cfg_attr(not(feature = "redb"), expect(dead_code, reason = "only a file has copies that are like it"))]
    pub(crate) path: Option<std::path::PathBuf>,
    /// Whether the store is only read: then what is shown stays the same until it is refreshed.
    is_only_read: bool,
    snapshot: Mutex<Kept>,
}

/// The newest snapshot, for those who read until the next commit.
#[derive(Default)]
struct Kept {
    snapshot: Option<Arc<Snapshot>>,
    /// How many wait for every snapshot to end; while there is any, none is kept.
    unwanted: u32,
}

impl std::fmt::Debug for Crm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crm").field("zone", &self.inner.zone).finish_non_exhaustive()
    }
}

impl Crm {
    /// Opens the database in a store, and makes one when the store is empty.
    ///
    /// # Errors
    /// `NewerVersion` when a newer kernel wrote it, `NotADatabase` when the store holds something else, `Corrupt`
    /// when its facts are damaged, `InvalidArgument` for an unknown time zone; what the store answers.
    pub fn open(store: Arc<dyn Store>, config: Config) -> Result<Self> {
        Self::open_at(None, store, false, config)
    }

    fn open_at(
        path: Option<std::path::PathBuf>,
        store: Arc<dyn Store>,
        is_only_read: bool,
        config: Config,
    ) -> Result<Self> {
        let has_rules = config.has_rules();
        let (wanted, shelf) = (parse_zone(&config.time_zone)?, Shelf::new(config.calendar));
        let (read, present) = (store.begin_read()?, Present::new(config.clock));
        let (zone, catalog) = match meta::get(&*read, Space::Meta, meta::KEY_FORMAT)? {
            Some(version) => {
                let zone = existing_zone(&*read, &version)?;
                present.follow(&*read)?;
                (zone, load_catalog(&*read, shelf, zone)?)
            }
            None => {
                refuse_foreign(&*read)?;
                drop(read);
                create(&*store, wanted)?;
                (wanted, Catalog::new(Vec::new()).with_policies(shelf).in_zone(wanted))
            }
        };
        let crm = Self {
            inner: Arc::new(Inner {
                store,
                present,
                zone,
                registry: RwLock::default(),
                masks: AtomicBool::new(false),
                loans: AtomicBool::new(catalog.policies().lends_files()),
                registering: Mutex::default(),
                catalog: RwLock::new(Arc::new(catalog)),
                group: Group::default(),
                activity: Activity::default(),
                cache: Arc::new(Cache::new(config.record_cache_bytes, 0)),
                hints: Hints::new(config.record_cache_bytes),
                sorted: Arc::default(),
                has_rules,
                allows_missing: config.allow_missing_plugins,
                allows_older: config.allow_older_plugins,
                path,
                is_only_read,
                snapshot: Mutex::default(),
            }),
        };
        crm.inner.note_masks();
        Ok(crm)
    }

    /// Opens or creates a database file.
    ///
    /// # Errors
    /// As [`Crm::open`], and `Locked`, `NotADatabase`, `NotFound`, `Corrupt`, `ReadOnly`, `DiskFull` and `Io` of the file.
    #[cfg(feature = "redb")]
    pub fn open_file(
        path: impl AsRef<std::path::Path>,
        options: &crate::adapter::RedbOptions,
        config: Config,
    ) -> Result<Self> {
        use crate::adapter::{RedbReader, RedbStore};
        // Before a file is made.
        parse_zone(&config.time_zone)?;
        let is_empty = |store: &dyn Store| -> Result<bool> {
            let read = store.begin_read()?;
            Ok(meta::get(&*read, Space::Meta, meta::KEY_FORMAT)?.is_none() && refuse_foreign(&*read).is_ok())
        };
        let unmade = |path: &std::path::Path| {
            let message =
                format!("{} holds nothing yet, its making was broken off; open it with create", path.display());
            Error::new(ErrorKind::NotADatabase, message)
        };
        if options.read_only || options.without_log {
            let reader = RedbReader::open(path.as_ref(), options)?;
            if is_empty(&reader)? {
                return Err(unmade(reader.path()));
            }
            return Self::open_at(Some(reader.path().to_owned()), Arc::new(reader), true, config);
        }
        let store = Arc::new(RedbStore::open(path.as_ref(), options)?);
        let is_new = is_empty(&*store)?;
        if is_new && !options.create {
            return Err(unmade(store.path()));
        }
        let crm = Self::open_at(Some(store.path().to_owned()), store.clone(), false, config)?;
        if is_new {
            // The facts that make it a database are in the file from the beginning, so that it can be read without its log.
            store.settle()?;
        }
        Ok(crm)
    }

    /// Reads from the newest committed state from now on, where another process writes the database. Cursors go on with
    /// the state that they began with.
    ///
    /// # Errors
    /// `FileReplaced` when the path leads to another file or to none by now: open it again. What else the store answers; then
    /// all stays as it was.
    pub fn refresh(&self) -> Result<()> {
        Callback::refuse()?;
        // No commit of this process, and no plugin that brings a policy, comes between.
        group::exclusively(&self.inner, || {
            let snapshot = Snapshot::new(self.inner.store.begin_read()?, self.inner.cache.clone())?;
            self.inner.present.follow(&snapshot)?;
            let catalog = Arc::new(load_catalog(&snapshot, self.catalog().policies().emptied(), self.inner.zone)?);
            self.inner.publish(catalog);
            self.inner.forget_snapshot();
            Ok(())
        })
    }

    /// Begins a session of an actor. The caller decides the level: it is the host. The name is kept in the normal form of names
    /// ([`crate::domain::user_name`]), in the journal too.
    ///
    /// # Errors
    /// `InvalidArgument` when the name is empty, longer than 64 characters, or has one that nobody sees; the message says
    /// which. There are no others.
    pub fn session(&self, actor: Actor) -> Result<Session> {
        let name = user_name::normal(&actor.name, "an actor's name")?.into_owned();
        Ok(Session::new(self.clone(), Actor { name, level: actor.level }))
    }

    /// The fields and indexes as they are now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.inner.catalog.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The time zone of civil dates.
    pub fn time_zone(&self) -> chrono_tz::Tz {
        self.inner.zone
    }

    /// Ends the work on the store: everything committed is on disk when it returns. Later calls fail with `Misuse`.
    ///
    /// # Errors
    /// `Misuse` when it is closed already, from within a callback, and while a transaction that writes is alive; `Forked`: then
    /// nothing has changed. `Io`, `DiskFull`, `FileReplaced`: it is closed nonetheless.
    pub fn close(&self) -> Result<()> {
        Callback::refuse()?;
        self.inner.forget_snapshot();
        let closed = self.inner.store.close();
        if !closed.as_ref().is_err_and(Error::refuses_to_close) {
            self.inner.cache.close();
        }
        closed
    }
}

impl Inner {
    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts fields, indexes and policies in the place of those before.
    pub(crate) fn publish(&self, catalog: Arc<Catalog>) {
        self.loans.store(catalog.policies().lends_files(), Ordering::Release);
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = catalog;
        self.note_masks();
    }

    /// Notes whether fields may have to be hidden: by a plugin that is there, or in the name of one that is missing.
    pub(crate) fn note_masks(&self) {
        let catalog = self.catalog.read().unwrap_or_else(PoisonError::into_inner).clone();
        let registry = self.registry();
        let missing = catalog.needs().plugins().any(|plugin| !plugin.hides.is_empty());
        self.masks.store(missing || registry.offers(Point::Rights), Ordering::Release);
    }

    /// The newest snapshot. It is kept until the next commit, so that reads do not begin one each.
    pub(crate) fn snapshot(&self) -> Result<Arc<Snapshot>> {
        let mut kept = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = &kept.snapshot {
            return Ok(snapshot.clone());
        }
        let snapshot = Arc::new(Snapshot::new(self.store.begin_read()?, self.cache.clone())?);
        if kept.unwanted == 0 {
            kept.snapshot = Some(snapshot.clone());
        }
        Ok(snapshot)
    }

    pub(crate) fn forget_snapshot(&self) {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner).snapshot = None;
    }

    /// Runs work that waits for snapshots to end, while none is kept. Nothing of a store that is only read waits for that.
    pub(crate) fn without_snapshot<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.is_only_read {
            return work();
        }
        let count = |change: fn(u32) -> u32| {
            let mut kept = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
            kept.unwanted = change(kept.unwanted);
            kept.snapshot = None;
        };
        count(|unwanted| unwanted + 1);
        let done = work();
        count(|unwanted| unwanted - 1);
        done
    }
}

fn parse_zone(name: &str) -> Result<chrono_tz::Tz> {
    name.parse().map_err(|_| {
        let message = format!("{name:?} is not a name of the IANA time zone database, such as Asia/Shanghai");
        Error::new(ErrorKind::InvalidArgument, message)
    })
}

fn existing_zone(read: &dyn ReadTxn, version: &[u8]) -> Result<chrono_tz::Tz> {
    let version = version.try_into().map(u32::from_be_bytes).map_err(|_| facts_damaged("format version"))?;
    if version > meta::FORMAT_VERSION {
        return Err(Error::new(
            ErrorKind::NewerVersion,
            format!("the database has format {version}, this version reads up to {}", meta::FORMAT_VERSION),
        )
        .with("format", version));
    }
    let zone = meta::get(read, Space::Meta, meta::KEY_ZONE)?.and_then(|bytes| String::from_utf8(bytes).ok());
    parse_zone(&zone.ok_or_else(|| facts_damaged("time zone"))?).map_err(|_| facts_damaged("time zone"))
}

fn facts_damaged(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("the database is damaged: its {what} cannot be read"))
}

/// A store without our facts must be empty, or it is not ours to write to.
fn refuse_foreign(read: &dyn ReadTxn) -> Result<()> {
    for space in Space::ALL {
        let mut found = false;
        read.scan(space, &[], None, Order::Ascending, &mut |_, _| {
            found = true;
            Ok(std::ops::ControlFlow::Break(()))
        })?;
        if found {
            return Err(Error::new(ErrorKind::NotADatabase, "the store holds data, but not a database of crmkernel"));
        }
    }
    Ok(())
}

fn create(store: &dyn Store, zone: chrono_tz::Tz) -> Result<()> {
    let mut txn: Box<dyn WriteTxn + '_> = store.begin_write()?;
    txn.put(Space::Meta, meta::KEY_FORMAT, &meta::FORMAT_VERSION.to_be_bytes())?;
    txn.put(Space::Meta, meta::KEY_ZONE, zone.name().as_bytes())?;
    txn.commit()
}

/// The fields and policies that a database holds, on top of the policies that it is opened with.
pub(super) fn load_catalog(read: &dyn ReadTxn, shelf: Shelf, zone: chrono_tz::Tz) -> Result<Catalog> {
    let mut custom = Vec::new();
    read.scan(Space::Schema, &[], None, Order::Ascending, &mut |_, value| {
        custom.push(decode_custom(value)?);
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    let catalog = Catalog::new(custom).in_zone(zone);
    let shelf = years::load(read, &catalog, &shelf)?;
    let mut catalog = adopt::load(read, catalog.with_policies(shelf))?;
    catalog.set_needs(crate::record::needs::load(read)?);
    suspended::load(read, &mut catalog)?;
    Ok(catalog)
}
