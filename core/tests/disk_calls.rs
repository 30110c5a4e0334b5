//! Every call of the operating system on the files of a database fails, in every operation, once and from then on: the
//! operation fails or not, and what was there before, or was acknowledged, is there afterwards.
//!
//! This program runs again as its own child with `disk_calls.c` preloaded, which makes calls fail. `FAULT_STEP` says every how
//! many, 1 for each; `SEED` repeats a run.
#![cfg(all(target_os = "linux", target_env = "gnu", feature = "redb"))]
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]
#![expect(clippy::disallowed_methods, reason = "the child is told what to do by its environment, and copies files")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crm_core::adapter::{RedbOptions, RedbStore};
use crm_core::domain::{Actor, Command, EntityKind, Instant, Level, Value, customer};
use crm_core::port::{Space, Store};
use crm_core::testing::FixedClock;
use crm_core::testing::random::{Random, from_environment, seed};
use crm_core::testing::store_contract::dump;
use crm_core::{Config, Crm, ErrorKind, Query, Result, Session, restore_file, salvage_file};

const CHILD: &str = "CRMKERNEL_TEST_FAILING_DISK";
const CONTROL: &str = "/failing-disk-control";
const STEP: u64 = 31;
const CUSTOMERS: u64 = 25;
/// The copies of the header of a file. Unit: bytes.
const HEADS: usize = 3 * 4096;

/// How calls fail, by the numbers of `disk_calls.c`.
const FAULTS: [(&str, u32); 3] = [("EIO", 1), ("ENOSPC", 2), ("half of it is written", 3)];

/// Files to work on, and copies of them to begin from.
struct Place {
    originals: PathBuf,
    files: PathBuf,
    /// What the databases `a` and `old` hold, as a backup.
    backup: Vec<u8>,
    old: Vec<u8>,
}

/// An operation, and what may be there after it: whether it succeeded is known then.
struct Operation {
    name: &'static str,
    run: fn(&Place) -> Result<()>,
    check: fn(&Place, bool),
}

const OPERATIONS: [Operation; 14] = [
    Operation { name: "create", run: |place| close(&open(&place.path("new"))?), check: check_created },
    Operation { name: "open and close", run: |place| close(&open(&place.path("a"))?), check: check_unchanged },
    Operation { name: "commit", run: commit, check: check_committed },
    Operation {
        name: "backup",
        run: |place| backup(place, "b", false),
        check: |place, done| check_copy(place, "b", done),
    },
    Operation { name: "backup in place of another", run: |place| backup(place, "old", true), check: check_replaced },
    Operation { name: "backup to a stream", run: stream, check: check_stream },
    Operation { name: "restore", run: restore, check: |place, done| check_copy(place, "b", done) },
    Operation { name: "restore in place of a damaged one", run: restore_damaged, check: check_restored },
    Operation { name: "rebuild", run: rebuild, check: check_rebuilt },
    Operation { name: "compact", run: |place| open(&place.path("a"))?.compact(Duration::ZERO), check: check_unchanged },
    Operation { name: "verify", run: |place| open(&place.path("a"))?.verify().map(drop), check: check_unchanged },
    Operation { name: "statistics", run: |p| open(&p.path("a"))?.statistics(true).map(drop), check: check_unchanged },
    Operation { name: "go on", run: go_on, check: check_gone_on },
    Operation { name: "salvage", run: salvage, check: |place, done| check_copy(place, "b", done) },
];

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.files.join(name)
    }

    /// Makes the files what they were.
    fn restore(&self) {
        let _ = fs::remove_dir_all(&self.files);
        fs::create_dir(&self.files).unwrap();
        for entry in fs::read_dir(&self.originals).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), self.files.join(entry.file_name())).unwrap();
        }
    }
}

fn open(path: &Path) -> Result<Session> {
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    let options = RedbOptions { busy_timeout: Duration::ZERO, ..RedbOptions::default() };
    let crm = Crm::open_file(path, &options, Config::new(Arc::new(clock)))?;
    crm.session(Actor { name: "u.wang".into(), level: Level::Manage })
}

fn close(session: &Session) -> Result<()> {
    session.crm().close()
}

fn add(session: &Session, prefix: &str, count: u64) -> Result<()> {
    let text = |value: String| Some(Value::Text(value));
    for number in 0..count {
        let changes = BTreeMap::from([
            (customer::field::name, text(format!("客户{number}"))),
            (customer::field::code, text(format!("{prefix}-{number}"))),
            (customer::field::owner, text(format!("u.{}", number % 5))),
        ]);
        session.apply(Command::Add { entity: EntityKind::Customer, changes })?;
    }
    Ok(())
}

fn backup_of(session: &Session) -> Vec<u8> {
    let mut stream = Vec::new();
    session.backup_stream(&mut stream, &mut |_| ControlFlow::Continue(())).unwrap();
    stream
}

/// What a database holds, which is sound.
fn held(path: &Path) -> Vec<u8> {
    let session = open(path).unwrap();
    assert_eq!(session.verify().unwrap().problems, []);
    let held = backup_of(&session);
    close(&session).unwrap();
    held
}

fn commit(place: &Place) -> Result<()> {
    let session = open(&place.path("a"))?;
    let added = add(&session, "B", 4);
    // How many there are is what was acknowledged, and what others see.
    fs::write(place.originals.with_file_name("acknowledged"), session.last_sequence()?.to_string()).unwrap();
    added
}

/// Commits as long as the disk does it, and then, when nothing fails any more, works on without opening the database again:
/// everything is possible at once.
fn go_on(place: &Place) -> Result<()> {
    let session = open(&place.path("a"))?;
    let mut failed = Ok(());
    for number in 0..3 {
        failed = failed.and(add(&session, &format!("C{number}"), 2));
        failed = failed.and(session.statistics(true).map(drop));
        // Past the log, into the file.
        failed = failed.and(session.compact(Duration::ZERO));
    }
    MADE.store(calls(), Ordering::SeqCst);
    arm(0, 0, false);
    let before = session.count(&Query::new(EntityKind::Customer)).unwrap();
    add(&session, "D", 3).unwrap();
    assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), before + 3);
    assert_eq!(session.verify().unwrap().problems, []);
    session.compact(Duration::ZERO).unwrap();
    session.statistics(true).unwrap();
    backup_of(&session);
    close(&session).unwrap();
    fs::write(place.originals.with_file_name("acknowledged"), (before + 3).to_string()).unwrap();
    failed
}

/// How many calls an operation made until it let them succeed; 0 when it left that to whoever runs it.
static MADE: AtomicU64 = AtomicU64::new(0);

fn check_gone_on(place: &Place, _: bool) {
    let note = place.originals.with_file_name("acknowledged");
    let Ok(expected) = fs::read_to_string(&note) else { return check_unchanged(place, false) };
    fs::remove_file(note).unwrap();
    let session = open(&place.path("a")).unwrap();
    assert_eq!(session.verify().unwrap().problems, []);
    assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), expected.parse::<u64>().unwrap());
}

fn salvage(place: &Place) -> Result<()> {
    let report = salvage_file(place.path("a"), place.path("b"), false, &mut |_| ControlFlow::Continue(()))?;
    // A call that fails while the old one is read is one page that could not be, or none: then the report says so.
    if report.problem_count > 0 {
        fs::remove_file(place.path("b")).unwrap();
        return Err(crm_core::Error::new(ErrorKind::Io, report.problems[0].text.clone()));
    }
    Ok(())
}

fn backup(place: &Place, name: &str, replace: bool) -> Result<()> {
    open(&place.path("a"))?.backup_file(place.path(name), replace, &mut |_| ControlFlow::Continue(())).map(drop)
}

fn stream(place: &Place) -> Result<()> {
    let session = open(&place.path("a"))?;
    let file = File::create(place.path("stream"));
    let mut file = file.map_err(|error| crm_core::Error::new(ErrorKind::Io, error.to_string()))?;
    session.backup_stream(&mut file, &mut |_| ControlFlow::Continue(())).map(drop)
}

fn restore(place: &Place) -> Result<()> {
    restore_file(&mut &place.backup[..], place.path("b"), false, &mut |_| ControlFlow::Continue(())).map(drop)
}

/// The database `damaged` has no header, and a log that is in use.
fn restore_damaged(place: &Place) -> Result<()> {
    restore_file(&mut &place.backup[..], place.path("damaged"), true, &mut |_| ControlFlow::Continue(())).map(drop)
}

fn check_restored(place: &Place, done: bool) {
    let damaged = fs::read(place.path("damaged")).unwrap()[..HEADS].iter().all(|byte| *byte == 0);
    assert!(!done || !damaged);
    match damaged {
        // As it was, with its log, and a restore that does not fail replaces both.
        true => {
            for name in ["damaged", "damaged-wal"] {
                assert!(fs::read(place.path(name)).unwrap() == fs::read(place.originals.join(name)).unwrap(), "{name}");
            }
            restore_damaged(place).unwrap();
        }
        // What is left of the old log when its removal failed goes at the next opening.
        false => assert!(held(&place.path("damaged")) == place.backup),
    }
    assert!(held(&place.path("damaged")) == place.backup);
    assert!(!place.path("damaged-wal").exists());
}

/// The database `lost` lacks index entries.
fn rebuild(place: &Place) -> Result<()> {
    open(&place.path("lost"))?.rebuild_indexes(&mut |_| ControlFlow::Continue(())).map(drop)
}

fn check_created(place: &Place, done: bool) {
    assert!(!done || place.path("new").exists());
    let session = open(&place.path("new")).unwrap();
    assert_eq!(session.verify().unwrap().problems, []);
    assert_eq!(session.last_sequence().unwrap(), 0);
}

fn check_unchanged(place: &Place, _: bool) {
    assert!(held(&place.path("a")) == place.backup);
}

fn check_committed(place: &Place, done: bool) {
    let session = open(&place.path("a")).unwrap();
    assert_eq!(session.verify().unwrap().problems, []);
    let last = session.last_sequence().unwrap();
    assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), last);
    assert!(!done || last == CUSTOMERS + 4, "{last}");
    let note = place.originals.with_file_name("acknowledged");
    if let Ok(acknowledged) = fs::read_to_string(&note) {
        let acknowledged: u64 = acknowledged.parse().unwrap();
        // One whose commit failed may be there when nothing was committed after it.
        assert!((acknowledged..=acknowledged + 1).contains(&last), "{last}, not {acknowledged}");
        fs::remove_file(note).unwrap();
    }
}

fn check_copy(place: &Place, name: &str, done: bool) {
    check_unchanged(place, done);
    assert!(!done || place.path(name).exists());
    if place.path(name).exists() {
        assert!(held(&place.path(name)) == place.backup, "a copy is there whole or not at all");
    }
}

fn check_replaced(place: &Place, done: bool) {
    check_unchanged(place, done);
    let held = held(&place.path("old"));
    assert!(held == place.backup || !done && held == place.old, "the old one or the new one, whole");
}

fn check_stream(place: &Place, done: bool) {
    check_unchanged(place, done);
    if done {
        assert!(fs::read(place.path("stream")).unwrap() == place.backup);
    }
}

fn check_rebuilt(place: &Place, done: bool) {
    if !done {
        rebuild(place).unwrap();
    }
    assert!(held(&place.path("lost")) == place.backup);
}

/// Makes calls fail from now on, or none.
fn arm(how: u32, call: u64, lasting: bool) {
    assert!(File::open(format!("{CONTROL}/{how} {call} {}", u8::from(lasting))).is_err());
}

fn calls() -> u64 {
    fs::read_link(format!("{CONTROL}/calls")).unwrap().to_str().unwrap().parse().unwrap()
}

/// Runs an operation with a call that fails, and says how many calls it made and whether it failed.
fn try_once(place: &Place, operation: &Operation, (how, call, lasting): (u32, u64, bool)) -> (u64, bool) {
    place.restore();
    arm(how, call, lasting);
    let answer = (operation.run)(place);
    let made = Some(MADE.swap(0, Ordering::SeqCst)).filter(|made| *made > 0).unwrap_or_else(calls);
    arm(0, 0, false);
    if let Err(error) = &answer {
        assert!([ErrorKind::Io, ErrorKind::DiskFull].contains(&error.kind()), "{:?}: {error}", error.kind());
    }
    (operation.check)(place, answer.is_ok());
    (made, answer.is_err())
}

/// The databases: one as a killed process leaves it, one that is closed, and one that has lost index entries.
fn prepare(folder: &Path) -> Place {
    let place = |name: &str| folder.join(name);
    let (originals, files) = (place("originals"), place("failing-disk"));
    fs::create_dir(&originals).unwrap();
    let old = open(&originals.join("old")).unwrap();
    add(&old, "OLD", 3).unwrap();
    let old_backup = backup_of(&old);
    close(&old).unwrap();
    let session = open(&place("a")).unwrap();
    add(&session, "A", CUSTOMERS).unwrap();
    for name in ["a", "a-wal"] {
        fs::copy(place(name), originals.join(name)).unwrap();
    }
    let backup = backup_of(&session);
    let mut damaged = fs::read(originals.join("a")).unwrap();
    damaged[..HEADS].fill(0);
    fs::write(originals.join("damaged"), damaged).unwrap();
    fs::copy(originals.join("a-wal"), originals.join("damaged-wal")).unwrap();
    close(&session).unwrap();
    fs::rename(place("a"), originals.join("lost")).unwrap();
    let store = RedbStore::open(originals.join("lost"), &RedbOptions::default()).unwrap();
    let indexes = dump(&store)[Space::Index.index()].clone();
    let mut txn = store.begin_write().unwrap();
    for (key, _) in indexes.iter().step_by(2) {
        txn.delete(Space::Index, key).unwrap();
    }
    txn.commit().unwrap();
    store.close().unwrap();
    Place { originals, files, backup, old: old_backup }
}

#[expect(clippy::print_stderr, reason = "a long run says how long it was")]
fn fail_every_call(folder: &Path) {
    let place = prepare(folder);
    let seed = seed();
    let step = from_environment("FAULT_STEP").unwrap_or(STEP);
    let mut random = Random::new(seed);
    let (mut all_runs, mut all_failed) = (0, 0);
    for operation in &OPERATIONS {
        let (mut runs, mut failed) = (0, 0);
        for (said, how) in FAULTS {
            for lasting in [false, true] {
                let mut call = 1 + random.below(step);
                loop {
                    let (made, fails) = try_once_told(&place, operation, (said, how, call, lasting), seed);
                    // The number of calls differs from run to run a little, as a thread flushes.
                    if call > made {
                        break;
                    }
                    runs += 1;
                    failed += u64::from(fails);
                    call += step;
                }
            }
        }
        eprintln!("{}: {runs} runs with a fault, {failed} of which failed", operation.name);
        (all_runs, all_failed) = (all_runs + runs, all_failed + failed);
    }
    // Of one operation only a few are tried, and some faults do not matter to it.
    assert!(all_failed > all_runs / 5, "{all_failed} of {all_runs} runs failed");
}

fn try_once_told(
    place: &Place,
    operation: &Operation,
    (said, how, call, lasting): (&str, u32, u64, bool),
    seed: u64,
) -> (u64, bool) {
    let tried = || try_once(place, operation, (how, call, lasting));
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(tried)) {
        Ok(calls) => calls,
        Err(_) => unreachable!("{}: call {call}, {said}, lasting {lasting}; SEED={seed}", operation.name),
    }
}

#[test]
fn no_call_that_fails_costs_more_than_its_operation() {
    if let Ok(folder) = std::env::var(CHILD) {
        return fail_every_call(Path::new(&folder));
    }
    // In memory where there is such a place: the disk's own time is not what is tried.
    let shared = Path::new("/dev/shm");
    let folder = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() }.unwrap();
    let library = folder.path().join("disk_calls.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk_calls.c");
    let compiled =
        Process::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    assert!(compiled.unwrap().success());
    let mut child = Process::new(std::env::current_exe().unwrap());
    child.args(["no_call_that_fails_costs", "--nocapture"]).env("LD_PRELOAD", &library).env(CHILD, folder.path());
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("statistics: "), "it ran to the end: {said}");
    eprintln!("{said}");
}
