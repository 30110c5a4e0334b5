//! The redb store: the contract, and what only a file can suffer.

#![expect(clippy::disallowed_methods, reason = "the tests damage files and talk to a child by its environment")]

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use redb::backends::FileBackend;
use redb::{Database, TableDefinition};

use super::pages::CheckedPages;
use super::*;
use crate::port::{Order, Space};
use crate::testing::store_contract::{self, StoreFixture, dump, keys};
use crate::testing::torture::contents;

const HELD_PATH: &str = "CRMKERNEL_TEST_HELD_PATH";

pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.path().join("crm.db")
    }

    pub(super) fn names(&self) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = fs::read_dir(self.0.path()).unwrap().map(name).collect();
        names.sort();
        names
    }
}

impl StoreFixture for Folder {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(open(&self.path()).unwrap())
    }
}

pub(super) fn at_once() -> RedbOptions {
    RedbOptions { busy_timeout: Duration::ZERO, ..RedbOptions::default() }
}

pub(super) fn open(path: &Path) -> Result<RedbStore> {
    RedbStore::open(path, &at_once())
}

pub(super) fn refusal(path: &Path) -> Error {
    open(path).expect_err("the open is refused")
}

/// Makes a database of 500 records and closes it.
fn filled(folder: &Folder) {
    let store = open(&folder.path()).unwrap();
    let mut txn = store.begin_write().unwrap();
    for number in 0..500_u32 {
        txn.put(Space::Record, &number.to_be_bytes(), &[b'v'; 300]).unwrap();
    }
    txn.commit().unwrap();
    store.close().unwrap();
}

#[test]
fn keeps_the_contract() {
    store_contract::run_all(&|| Box::new(Folder::new()), |promise| eprintln!("promise: {promise}"));
}

#[test]
fn a_second_open_in_this_process_is_locked_until_the_first_closes() {
    let folder = Folder::new();
    let store = open(&folder.path()).unwrap();
    let error = refusal(&folder.path());
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.message().contains("crm.db is open in this process"), "{error}");
    assert!(error.message().ends_with("close it there, or wait longer for it"), "it says what to do: {error}");
    store.close().unwrap();
    assert_eq!(folder.names(), ["crm.db"], "the note of the holder is gone");
    assert!(open(&folder.path()).is_ok());
}

#[test]
fn an_open_waits_for_the_holder_to_let_go() {
    let folder = Folder::new();
    let store = open(&folder.path()).unwrap();
    let path = folder.path();
    let waiting = RedbOptions { busy_timeout: Duration::from_secs(60), ..RedbOptions::default() };
    let (tell, told) = std::sync::mpsc::channel();
    let waiter = std::thread::spawn(move || {
        tell.send(()).unwrap();
        RedbStore::open(path, &waiting).map(drop)
    });
    told.recv().unwrap();
    store.close().unwrap();
    waiter.join().unwrap().expect("the file was let go within the timeout");
}

/// A process that had opened the file when a backup took its place, and locked it when the backup had let go, wrote to a file
/// that no longer had a name: every commit of it was acknowledged and lost. It opens the new one now.
#[test]
fn a_file_that_is_replaced_between_its_opening_and_its_lock_is_not_taken() {
    let folder = Folder::new();
    let path = folder.path();
    open(&path).unwrap().close().unwrap();
    let early = OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let fill = |store: &dyn Store| {
        let mut txn = store.begin_write()?;
        txn.put(Space::Meta, b"backup", b"1")?;
        txn.commit()
    };
    RedbStore::create_filled(&path, true, None, fill).unwrap();
    // A child that another test starts holds the lock of the backup, too, until it runs its own program.
    let error = loop {
        let error = file::take(early.try_clone().unwrap(), &path, &at_once()).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Locked);
        if !error.message().ends_with("is open elsewhere") {
            break error;
        }
        std::thread::yield_now();
    };
    assert!(error.message().ends_with("was replaced while it was being opened"), "{error}");
    assert_eq!(dump(&open(&path).unwrap())[Space::Meta.index()].len(), 1);
    fs::remove_file(&path).unwrap();
    assert_eq!(file::open_waiting(&path, &at_once()).map(drop).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_stale_or_broken_note_of_the_holder_does_no_harm() {
    let folder = Folder::new();
    let note = folder.0.path().join("crm.db-lock");
    fs::create_dir(&note).unwrap();
    let store = open(&folder.path()).unwrap();
    assert!(refusal(&folder.path()).message().contains("open in another process"));
    drop(store);
    fs::remove_dir(&note).unwrap();
    fs::write(&note, "not a number, and longer than any").unwrap();
    drop(open(&folder.path()).unwrap());
}

/// Not a test of its own: the child process of those below. It holds the file until its input ends.
#[test]
fn child_holds_the_file() {
    let Ok(path) = std::env::var(HELD_PATH) else { return };
    let store = open(Path::new(&path)).unwrap();
    let mut txn = store.begin_write().unwrap();
    txn.put(Space::Meta, b"child", b"committed").unwrap();
    txn.commit().unwrap();
    let mut lost = store.begin_write().unwrap();
    lost.put(Space::Meta, b"lost", b"not committed").unwrap();
    println!("\nheld");
    io::stdin().lock().read_line(&mut String::new()).unwrap();
}

/// A child that holds the file, and its output, which must stay open for the test runner in it.
struct Holder(Child, BufReader<ChildStdout>);

fn child_holding(path: &Path) -> Holder {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "adapter::redb_store::tests::child_holds_the_file", "--nocapture"])
        .env(HELD_PATH, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    assert!(output.by_ref().lines().any(|line| line.unwrap() == "held"), "the child opened the file");
    Holder(child, output)
}

#[test]
fn another_process_that_holds_the_file_is_named() {
    let folder = Folder::new();
    let Holder(mut child, _output) = child_holding(&folder.path());
    let error = refusal(&folder.path());
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.message().contains(&format!("open in process {}", child.id())), "{error}");
    assert_eq!(error.context_value("pid"), Some(child.id().to_string().as_str()));
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(open(&folder.path()).is_ok());
}

#[test]
fn what_a_killed_process_committed_is_there_and_its_lock_is_not() {
    let folder = Folder::new();
    let Holder(mut child, _output) = child_holding(&folder.path());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(folder.names(), ["crm.db", "crm.db-lock", "crm.db-wal"], "the note is stale");
    let store = open(&folder.path()).unwrap();
    let read = store.begin_read().unwrap();
    assert_eq!(keys(read.as_ref(), Space::Meta, b"", None, Order::Ascending), [b"child"]);
}

#[test]
fn what_is_not_a_database_is_refused_untouched() {
    let folder = Folder::new();
    let path = folder.path();
    for content in [&b""[..], b"redb", b"SQLite format 3\0", &[0; 5000], b"name,phone\n"] {
        fs::write(&path, content).unwrap();
        assert_eq!(refusal(&path).kind(), ErrorKind::NotADatabase, "{content:?}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    assert_eq!(refusal(folder.0.path()).kind(), ErrorKind::NotADatabase, "a folder");
    assert_eq!(refusal(Path::new("/")).kind(), ErrorKind::InvalidArgument);
}

/// The file as redb sees it, without the store.
fn redb_in(path: &Path) -> Database {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap();
    let pages = CheckedPages::writable(FileBackend::new(file).unwrap(), "crm.db".to_owned());
    file::builder(&at_once()).create_with_backend(pages::Instance::main(&pages)).unwrap()
}

#[test]
fn the_redb_file_of_another_program_is_not_a_database() {
    let folder = Folder::new();
    let plain = Database::create(folder.path()).unwrap();
    plain.close().unwrap();
    assert_eq!(refusal(&folder.path()).kind(), ErrorKind::NotADatabase);
    fs::remove_file(folder.path()).unwrap();
    let other = redb_in(&folder.path());
    let txn = other.begin_write().unwrap();
    txn.open_table(TableDefinition::<u64, u64>::new("theirs")).unwrap();
    txn.commit().unwrap();
    other.close().unwrap();
    let error = refusal(&folder.path());
    assert_eq!(error.kind(), ErrorKind::NotADatabase);
    assert!(error.message().contains("another program"), "{error}");
}

#[test]
fn a_space_that_is_newer_than_the_file_is_added() {
    let folder = Folder::new();
    filled(&folder);
    let older = redb_in(&folder.path());
    let txn = older.begin_write().unwrap();
    assert!(txn.delete_table(table::table(Space::Schema)).unwrap());
    txn.commit().unwrap();
    older.close().unwrap();
    let store = open(&folder.path()).unwrap();
    assert_eq!(dump(&store)[Space::Record.index()].len(), 500);
    assert!(dump(&store)[Space::Schema.index()].is_empty());
}

#[test]
fn what_does_not_exist_is_not_found() {
    let folder = Folder::new();
    let keep = RedbOptions { create: false, ..at_once() };
    assert_eq!(RedbStore::open(folder.path(), &keep).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(refusal(&folder.0.path().join("no folder/crm.db")).kind(), ErrorKind::NotFound);
    assert!(folder.names().is_empty());
}

#[test]
fn a_truncated_file_is_corrupt_or_not_a_database() {
    let folder = Folder::new();
    filled(&folder);
    let whole = fs::read(folder.path()).unwrap();
    for len in [1, 8, 9, 63, 64, 319, 320, 4095, 4096, 4097, 9000, whole.len() / 2] {
        fs::write(folder.path(), &whole[..len]).unwrap();
        let kind = refusal(&folder.path()).kind();
        let expected = if len < 12 { ErrorKind::NotADatabase } else { ErrorKind::Corrupt };
        assert_eq!(kind, expected, "cut to {len} bytes of {}", whole.len());
    }
}

/// The file has three copies of its header: any one of them is enough, and without them it is refused.
#[test]
fn a_tampered_header_is_mended_or_refused() {
    let folder = Folder::new();
    filled(&folder);
    let expected = dump(folder.open().as_ref());
    let whole = fs::read(folder.path()).unwrap();
    let damage = |copies: &[usize], range: std::ops::Range<usize>| {
        let mut damaged = whole.clone();
        copies.iter().for_each(|copy| damaged[copy * 4096..][range.clone()].fill(0xa5));
        fs::write(folder.path(), damaged).unwrap();
    };
    for range in [0..12, 12..352, 40..41, 352..356] {
        for copies in [[0, 1], [1, 2], [0, 2]] {
            damage(&copies, range.clone());
            assert_eq!(dump(&open(&folder.path()).unwrap()), expected, "bytes {range:?} of {copies:?}");
        }
        damage(&[0, 1, 2], range.clone());
        let refused = if range.start == 0 { ErrorKind::NotADatabase } else { ErrorKind::Corrupt };
        assert_eq!(refusal(&folder.path()).kind(), refused, "bytes {range:?}");
    }
}

/// Wherever 16 bytes are overwritten, opening or reading fails as `Corrupt`, or everything reads as it was.
#[test]
fn damage_is_found_or_harmless() {
    let folder = Folder::new();
    filled(&folder);
    let expected = contents(folder.open().as_ref()).unwrap();
    let whole = fs::read(folder.path()).unwrap();
    let (mut found, mut harmless) = (0, 0);
    for offset in (9..400_usize).step_by(23).chain((4096..whole.len()).step_by(whole.len() / 150)) {
        fs::write(folder.path(), &whole).unwrap();
        let file = OpenOptions::new().write(true).open(folder.path()).unwrap();
        file.write_all_at(&[0x5a; 16], offset as u64).unwrap();
        drop(file);
        match open(&folder.path()).and_then(|store| contents(&store)) {
            Ok(read) => {
                assert_eq!(read, expected, "damage at {offset}");
                harmless += 1;
            }
            Err(e) => {
                assert_eq!(e.kind(), ErrorKind::Corrupt, "damage at {offset}: {e}");
                assert!(e.message().contains("crm.db is damaged"), "{e}");
                found += 1;
            }
        }
    }
    assert!(found > 10, "{found} found, {harmless} harmless");
}

/// Tells the child that is nobody which file to meet.
const READ_ONLY_PATH: &str = "CRMKERNEL_TEST_READ_ONLY_PATH";

/// What somebody meets who may write neither the file nor the folder, though another file in it.
fn meet_read_only(path: &Path) {
    assert_eq!(refusal(path).kind(), ErrorKind::ReadOnly);
    assert_eq!(refusal(&path.with_file_name("new.db")).kind(), ErrorKind::ReadOnly);
    let store = open(&path.with_file_name("writable.db")).unwrap();
    let mut txn = store.begin_write().unwrap();
    txn.put(Space::Record, b"new", b"1").unwrap();
    // There is no place for a log.
    assert_eq!(txn.commit().unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(keys(&*store.begin_read().unwrap(), Space::Record, b"", None, Order::Ascending).len(), 500);
}

/// Runs this program again as nobody, for root may write everywhere; `None` when that is not allowed here.
fn as_nobody(path: &Path) -> Option<std::process::Output> {
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let run = |program: &Path| {
        let mut command = Command::new(program);
        command
            .args(["--exact", "adapter::redb_store::tests::a_folder_or_file_that_does_not_allow_writing_is_read_only"]);
        command.env(READ_ONLY_PATH, path).current_dir("/").uid(NOBODY).gid(NOBODY).output()
    };
    let program = std::env::current_exe().unwrap();
    run(&program).ok().or_else(|| {
        // It lies where nobody may go.
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let copy = folder.path().join("test");
        fs::copy(program, &copy).unwrap();
        run(&copy).ok()
    })
}

#[test]
fn a_folder_or_file_that_does_not_allow_writing_is_read_only() {
    if let Some(path) = std::env::var_os(READ_ONLY_PATH) {
        return meet_read_only(Path::new(&path));
    }
    let folder = Folder::new();
    filled(&folder);
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let writable = folder.path().with_file_name("writable.db");
    fs::copy(folder.path(), &writable).unwrap();
    allow(&folder.path(), 0o444);
    allow(&writable, 0o666);
    allow(folder.0.path(), 0o555);
    if OpenOptions::new().write(true).open(folder.path()).is_err() {
        meet_read_only(&folder.path());
    } else if let Some(child) = as_nobody(&folder.path()) {
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("1 passed"), "as nobody: {said}");
    } else {
        eprintln!("this root may not become anybody else; the errors of the operating system stand in for the file");
    }
    allow(folder.0.path(), 0o755);
    for (kind, expected) in [
        (io::ErrorKind::ReadOnlyFilesystem, ErrorKind::ReadOnly),
        (io::ErrorKind::PermissionDenied, ErrorKind::ReadOnly),
        (io::ErrorKind::StorageFull, ErrorKind::DiskFull),
        (io::ErrorKind::QuotaExceeded, ErrorKind::DiskFull),
        (io::ErrorKind::NotFound, ErrorKind::NotFound),
        (io::ErrorKind::UnexpectedEof, ErrorKind::Corrupt),
        (io::ErrorKind::Interrupted, ErrorKind::Io),
    ] {
        assert_eq!(failure::of_io(kind.into()).kind(), expected, "{kind}");
        let storage = redb::StorageError::Io(kind.into());
        assert_eq!(failure::of_database(storage.into(), &folder.path()).kind(), expected, "{kind}");
    }
}

#[test]
fn a_crash_during_creation_leaves_no_database_and_the_next_open_makes_one() {
    let folder = Folder::new();
    // The steps of a creation up to the crash: a file that is begun, and one that is finished but has no name yet.
    let begun = temporary::Temporary::beside(&folder.path(), None).unwrap();
    begun.open().unwrap().set_len(1000).unwrap();
    let finished = temporary::Temporary::beside(&folder.path(), None).unwrap();
    file::fill(&finished, &at_once()).unwrap();
    let left = |number: u32| folder.path().with_file_name(format!("crm.db-new-7-{number:016x}"));
    fs::copy(begun.path(), left(1)).unwrap();
    fs::rename(finished.path(), left(2)).unwrap();
    drop(finished);
    assert!(!folder.path().exists());
    let store = open(&folder.path()).unwrap();
    assert!(dump(&store).iter().all(Vec::is_empty));
    store.close().unwrap();
    assert_eq!(fs::metadata(begun.path()).unwrap().len(), 1000, "what another is creating is left alone");
    drop(begun);
    assert_eq!(folder.names(), ["crm.db"], "what a killed process left is removed");
}

#[test]
fn a_creation_leaves_the_database_alone_in_its_folder() {
    let folder = Folder::new();
    drop(open(&folder.path()).unwrap());
    assert_eq!(folder.names(), ["crm.db"]);
}

#[test]
fn processes_that_create_at_once_get_one_database() {
    let folder = Folder::new();
    let waiting = RedbOptions { busy_timeout: Duration::from_secs(60), ..RedbOptions::default() };
    std::thread::scope(|scope| {
        for number in 0..4_u8 {
            let (waiting, path) = (&waiting, folder.path());
            scope.spawn(move || {
                let store = RedbStore::open(path, waiting).unwrap();
                let mut txn = store.begin_write().unwrap();
                txn.put(Space::Record, &[number], b"").unwrap();
                txn.commit().unwrap();
                store.close().unwrap();
            });
        }
    });
    assert_eq!(dump(folder.open().as_ref())[Space::Record.index()].len(), 4, "no commit went to a file that was lost");
}

#[test]
fn close_is_refused_while_a_transaction_that_writes_is_alive() {
    let folder = Folder::new();
    let store = open(&folder.path()).unwrap();
    let mut txn = store.begin_write().unwrap();
    txn.put(Space::Meta, b"k", b"v").unwrap();
    assert_eq!(store.close().unwrap_err().kind(), ErrorKind::Misuse);
    txn.commit().expect("the store stayed open");
    store.close().unwrap();
    assert_eq!(dump(folder.open().as_ref())[Space::Meta.index()].len(), 1);
}

#[test]
fn writers_that_wait_when_the_store_closes_are_told() {
    let folder = Folder::new();
    let store = open(&folder.path()).unwrap();
    let txn = store.begin_write().unwrap();
    std::thread::scope(|scope| {
        let waiters: Vec<_> = (0..4).map(|_| scope.spawn(|| store.begin_write().map(drop))).collect();
        drop(txn);
        while store.close().is_err() {
            std::thread::yield_now();
        }
        for waiter in waiters {
            let ended = waiter.join().unwrap();
            assert!(ended.is_ok() || ended.is_err_and(|e| e.kind() == ErrorKind::Misuse));
        }
    });
}

#[test]
fn a_path_keeps_its_meaning_and_may_be_anything_that_names_a_file() {
    let folder = Folder::new();
    let path = folder.0.path().join("客户 数据.db");
    let store = open(&path).unwrap();
    assert_eq!(store.path(), path);
    assert!(store.path().is_absolute());
    assert_eq!(open(Path::new("")).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

/// Anybody who may read the file could lock its first bytes, which redb locks for its header: the next opening for writing
/// hung, whatever its timeout, and a writer that was open stopped when its log was full, without an error. Whatever a
/// reader locks, nobody waits for it now; one that pins every transaction makes the file grow, and no more.
#[test]
fn whatever_a_reader_locks_nobody_waits_for_it() {
    use redb::StorageBackend;
    use std::ops::Bound;

    let folder = Folder::new();
    filled(&folder);
    let hostile = FileBackend::new(fs::File::open(folder.path()).unwrap()).unwrap();
    let header = (Bound::Included(0), Bound::Excluded(320));
    let pins = (Bound::Included((1 << 62) + 1024), Bound::Included((1 << 62) + 2_000_000));
    for (start, end) in [header, pins] {
        assert!(hostile.try_lock_shared_range(start, end).unwrap());
    }
    let tuning = Tuning { measures: Measures { slot_bytes: 8192, slots: 3, chunk_bytes: 2048 }, ..Tuning::default() };
    for _ in 0..2 {
        let (engine, named) = file::open_waiting(&folder.path(), &at_once()).unwrap();
        let disk = Box::new(log::RealDisk::beside(&folder.path()));
        let place = open::Place { path: folder.path(), named: Some(named) };
        let store = open::assemble(place, engine, disk, &at_once(), tuning).unwrap();
        for number in 0..200_u32 {
            let mut txn = store.begin_write().unwrap();
            txn.put(Space::Record, &number.to_be_bytes(), &[7; 500]).unwrap();
            txn.commit().unwrap();
        }
        let reader = RedbReader::open(folder.path(), &RedbOptions { read_only: true, ..at_once() }).unwrap();
        assert_eq!(dump(&reader)[Space::Record.index()].len(), 500);
        assert!(store.statistics(false).unwrap().flushes > 5, "the log was emptied more than once");
        drop(reader);
        assert!(store.statistics(false).unwrap().oldest_reader_behind > 5, "the pins of the hostile one");
        while store.statistics(false).unwrap().flushes_waiting > 0 {
            std::thread::yield_now();
        }
        let bytes = fs::read(folder.path()).unwrap();
        assert_eq!(store.compact(Duration::ZERO).unwrap_err().kind(), ErrorKind::Busy, "pages are pinned");
        assert!(fs::read(folder.path()).unwrap() == bytes, "not a byte was written");
        store.close().unwrap();
    }
    drop(hostile);
    let store = open(&folder.path()).unwrap();
    assert_eq!(store.statistics(false).unwrap().oldest_reader_behind, 0);
    store.compact(Duration::ZERO).unwrap();
}
