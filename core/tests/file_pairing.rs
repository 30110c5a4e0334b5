//! A file is what it says: which log goes with it, when it was replaced, who may use what lies beside it, and what killed
//! processes leave. Each test tells of the attack that found the defect.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]
#![expect(clippy::disallowed_methods, reason = "the tests copy and damage files, and tell children what to do")]

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crm_core::adapter::{Durability, RedbOptions};
use crm_core::domain::{Actor, Command, EntityKind, Instant, Level, Value, customer};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Config, Copied, Crm, Error, ErrorKind, Query, Result, Session, restore_file};

const PATH: &str = "CRMKERNEL_TEST_PAIRED_PATH";
const RELAXED: &str = "CRMKERNEL_TEST_PAIRED_RELAXED";

/// How a session is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum As {
    Writer,
    Relaxed,
    Reader,
    WithoutLog,
}

fn open_as(path: &Path, how: As) -> Result<Session> {
    let options = RedbOptions {
        busy_timeout: Duration::ZERO,
        read_only: how == As::Reader,
        without_log: how == As::WithoutLog,
        durability: if how == As::Relaxed { Durability::Relaxed } else { Durability::Full },
        ..RedbOptions::default()
    };
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00")?);
    Crm::open_file(path, &options, Config::new(Arc::new(clock)))?
        .session(Actor { name: "u.wang".into(), level: Level::Manage })
}

fn open(path: &Path) -> Session {
    open_as(path, As::Writer).unwrap()
}

fn refusal(path: &Path, how: As) -> Error {
    open_as(path, how).map(drop).unwrap_err()
}

fn add(session: &Session, name: &str) -> Result<()> {
    let changes = BTreeMap::from([(customer::field::name, Some(Value::Text(name.into())))]);
    session.apply(Command::Add { entity: EntityKind::Customer, changes }).map(drop)
}

fn count(session: &Session) -> u64 {
    session.count(&Query::new(EntityKind::Customer)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o777
}

fn go_on(_: Copied) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn stream_of(session: &Session) -> Vec<u8> {
    let mut stream = Vec::new();
    session.backup_stream(&mut stream, &mut go_on).unwrap();
    stream
}

/// A folder with a database of so many customers, closed.
fn folder_with(customers: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.crm");
    let session = open(&path);
    (0..customers).for_each(|number| add(&session, &format!("closed {number}")).unwrap());
    session.crm().close().unwrap();
    (folder, path)
}

/// The log beside a database.
fn log(path: &Path) -> PathBuf {
    path.with_file_name(format!("{}-wal", path.file_name().unwrap().to_str().unwrap()))
}

/// A process that has a database open and writes to it when told.
struct Writer {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Writer {
    fn start(path: &Path) -> Self {
        Self::start_with(path, false)
    }

    fn start_with(path: &Path, relaxed: bool) -> Self {
        let mut command = Process::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child_writes_as_told", "--nocapture"]).env(PATH, path);
        if relaxed {
            command.env(RELAXED, "");
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (orders, answers) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut writer = Self { process, orders, answers };
        assert_eq!(writer.answer(), "opened");
        writer
    }

    /// The answer to an order: how many customers there are, or the name of the error.
    fn tell(&mut self, order: &str) -> String {
        writeln!(self.orders, "{order}").unwrap();
        self.answer()
    }

    fn answer(&mut self) -> String {
        let said = self.answers.by_ref().lines().map_while(std::io::Result::ok);
        said.filter_map(|line| line.strip_prefix("answer ").map(str::to_owned)).next().unwrap_or_default()
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Adds this many customers in another process, which is killed then.
fn add_and_be_killed(path: &Path, customers: usize) {
    let mut writer = Writer::start(path);
    writer.tell(&format!("add {customers}"));
    writer.kill();
}

/// Not a test of its own: the child process of those below.
#[test]
fn child_writes_as_told() {
    let Ok(path) = std::env::var(PATH) else { return };
    let how = if std::env::var(RELAXED).is_ok() { As::Relaxed } else { As::Writer };
    let session = open_as(Path::new(&path), how).unwrap();
    println!("\nanswer opened");
    for line in std::io::stdin().lines() {
        let done = match line.unwrap().split_once(' ') {
            Some(("add", count)) => (0..count.parse::<u32>().unwrap()).try_for_each(|n| add(&session, &n.to_string())),
            Some(("long", count)) => long(&session, count.parse().unwrap()),
            Some(("backup", target)) => session.backup_file(target, false, &mut go_on).map(drop),
            _ => session.crm().close(),
        };
        match done {
            Ok(()) => println!("\nanswer {}", session.count(&Query::new(EntityKind::Customer)).unwrap_or_default()),
            Err(error) => println!("\nanswer {}", error.kind()),
        }
    }
}

/// One commit that is longer than the log takes.
fn long(session: &Session, customers: u32) -> Result<()> {
    let note = "很长的备注".repeat(780);
    let commands = (0..customers).map(|_| Command::Add {
        entity: EntityKind::Customer,
        changes: BTreeMap::from([
            (customer::field::name, Some(Value::Text("long".into()))),
            (customer::field::note, Some(Value::Text(note.clone()))),
        ]),
    });
    session.apply_many(commands.collect(), Atomicity::All).map(drop)
}

/// Two processes that were forked from one took the same numbers for their databases and logs, because the seed of those
/// numbers was drawn once in the parent: a log that was exchanged between the two was replayed, and `verify` found nothing.
/// Numbers come from the system now. Here, as many databases as there are in no order, from one process that never seeds
/// anything, and none has a number of another; the test in Python forks.
#[test]
fn no_two_databases_have_a_number_in_common() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..8 {
        let path = folder.path().join(format!("{number}.crm"));
        add_and_be_killed(&path, 1);
        let header = fs::read(log(&path)).unwrap();
        for at in [16, 24, 40] {
            assert!(seen.insert(header[at..at + 8].to_vec()), "the number at {at} of {number} is another's");
        }
    }
}

/// A database file was copied while it was closed, which is a proper copy; both were used and both crashed. The log of the
/// copy beside the original was taken for its own: five commits were lost and eight of another history appeared, and
/// `verify` said that all was well. The file now names its log by a number that was drawn for that log.
#[test]
fn the_log_of_a_copy_is_refused_by_reader_and_writer() {
    let (folder, live) = folder_with(3);
    let copy = folder.path().join("copy.crm");
    fs::copy(&live, &copy).unwrap();
    add_and_be_killed(&live, 5);
    add_and_be_killed(&copy, 8);
    let own = fs::read(log(&live)).unwrap();
    fs::copy(log(&copy), log(&live)).unwrap();
    for how in [As::Writer, As::Reader] {
        let error = refusal(&live, how);
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{how:?}");
        for said in
            ["a.crm-wal is log 2 (", "of this database or of a copy of it", "a.crm goes with log 2 (", "without_log"]
        {
            assert!(error.message().contains(said), "{how:?}: {error}");
        }
    }
    assert!(fs::read(log(&live)).unwrap() != own, "the log of the copy is left alone");
    fs::write(log(&live), own).unwrap();
    assert_eq!(count(&open_as(&live, As::Reader).unwrap()), 8);
    assert_eq!(count(&open(&live)), 8);
    assert_eq!(count(&open(&copy)), 11);
}

/// The windows in which a log is there and the file does not name it, or names it no more: a log of the copy's is refused in
/// each, unless it holds nothing.
#[test]
fn the_log_of_a_copy_is_refused_beside_a_closed_file_too() {
    let (folder, live) = folder_with(3);
    let copy = folder.path().join("copy.crm");
    fs::copy(&live, &copy).unwrap();
    add_and_be_killed(&copy, 2);
    fs::copy(log(&copy), log(&live)).unwrap();
    for how in [As::Writer, As::Reader] {
        let error = refusal(&live, how);
        assert!(error.message().contains("a.crm, of database") && error.message().contains("needs no log"), "{error}");
    }
    // A log of the next number without a batch is what a crash leaves between making and naming it.
    let mut made = fs::read(log(&copy)).unwrap();
    made[4096..].fill(0);
    fs::write(log(&live), &made).unwrap();
    assert_eq!(count(&open_as(&live, As::Reader).unwrap()), 3);
    assert!(log(&live).exists(), "a reader removes nothing");
    let session = open(&live);
    assert!(!log(&live).exists());
    add(&session, "more").unwrap();
    session.crm().close().unwrap();
    assert_eq!(count(&open(&live)), 4);
}

/// The file of one moment beside the log of another: an older file with a newer log showed the old state to a reader where
/// a writer was refused; a newer file with an older log lost what lay between for both.
#[test]
fn a_file_and_a_log_of_two_moments_are_refused_by_both() {
    let (folder, path) = folder_with(1);
    let at = |name: &str| folder.path().join(name);
    let both = |file: &str, log_name: &str| {
        fs::copy(at(file), at("b.crm")).unwrap();
        fs::copy(at(log_name), at("b.crm-wal")).unwrap();
        [As::Reader, As::Writer].map(|how| refusal(&at("b.crm"), how))
    };
    fs::copy(&path, at("closed")).unwrap();
    let mut writer = Writer::start(&path);
    writer.tell("add 3");
    fs::copy(&path, at("early")).unwrap();
    fs::copy(log(&path), at("early-log")).unwrap();
    for error in both("closed", "early-log") {
        assert!(error.message().contains("needs no log"), "an older file: {error}");
    }
    // A commit past the log, before which the file takes over what the log holds.
    for order in ["add 5", "long 400", "add 1"] {
        writer.tell(order);
    }
    fs::copy(&path, at("late")).unwrap();
    for error in both("late", "early-log") {
        assert!(error.message().contains("is an earlier copy"), "an older log: {error}");
    }
    writer.kill();
    fs::copy(log(&path), at("late-log")).unwrap();
    assert_eq!(count(&open(&path)), 1 + 3 + 5 + 400 + 1);
}

/// A log that was cut short lost every commit behind the cut, 300 of 300 where only its first page was left, and `verify`
/// found nothing: it looked like a log whose last batch was being written. The log notes how long it is, and is refused.
#[test]
fn a_log_that_was_cut_short_is_not_one_that_was_being_written() {
    for relaxed in [false, true] {
        let (_folder, path) = folder_with(0);
        let mut writer = Writer::start_with(&path, relaxed);
        // So much that the log has grown.
        for order in ["add 200", "long 60", "long 60", "add 10"] {
            writer.tell(order);
        }
        writer.kill();
        let (file, whole) = (fs::read(&path).unwrap(), fs::read(log(&path)).unwrap());
        assert!(whole.len() > 2 << 20, "{} bytes", whole.len());
        for keep in [0, 100, 4096, 64_096, 204_097, 1 << 20, (1 << 20) + 4096, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &file).unwrap();
            fs::write(log(&path), &whole[..keep]).unwrap();
            for how in [As::Reader, As::Writer] {
                let error = refusal(&path, how);
                assert_eq!(error.kind(), ErrorKind::Corrupt, "cut to {keep}");
                let cut = format!("is cut short to {keep} of {} bytes", whole.len());
                assert!(keep < 4096 || error.message().contains(&cut), "{error}");
            }
            let session = open_as(&path, As::WithoutLog).unwrap();
            assert!(session.statistics(false).unwrap().store.may_lack_commits);
        }
        fs::write(log(&path), &whole).unwrap();
        assert_eq!(count(&open(&path)), 330);
    }
}

/// A process whose file had been deleted or replaced went on acknowledging commits that nobody would ever find, put its log
/// in the place of that of the process with the new file, and removed it at its end: what the other had acknowledged was
/// gone. Before a commit is acknowledged the writer now sees whether its names lead to its files.
#[test]
fn a_process_whose_file_was_replaced_acknowledges_nothing_and_touches_nothing() {
    for (commits_before, order) in [(0, "add 1"), (3, "add 1"), (0, "long 400"), (3, "long 400")] {
        let (folder, path) = folder_with(3);
        let mut first = Writer::start(&path);
        if commits_before > 0 {
            first.tell(&format!("add {commits_before}"));
        }
        // The new file and its log are moved in, as whoever restores by hand does.
        let new = folder.path().join("new.crm");
        add_and_be_killed(&new, 5);
        fs::rename(&new, &path).unwrap();
        fs::rename(log(&new), log(&path)).unwrap();
        let mut second = Writer::start(&path);
        assert_eq!(second.tell("add 5"), "10");
        let before = [fs::read(&path).unwrap(), fs::read(log(&path)).unwrap()];
        for _ in 0..2 {
            assert_eq!(first.tell(order), "file_replaced", "{commits_before} commits before, {order}");
        }
        let closed = first.tell("close");
        assert!(commits_before == 0 || closed == "file_replaced", "{closed}");
        assert!(
            [fs::read(&path).unwrap(), fs::read(log(&path)).unwrap()] == before,
            "the other's files are as they were"
        );
        assert_eq!(second.tell("add 5"), "15");
        second.kill();
        assert_eq!(count(&open(&path)), 15);
        first.kill();
    }
}

#[test]
fn what_was_acknowledged_before_the_file_was_replaced_stays_readable_and_can_be_backed_up() {
    let (folder, path) = folder_with(3);
    let session = open(&path);
    add(&session, "acknowledged").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::remove_file(&path).unwrap();
    let error = add(&session, "refused").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileReplaced);
    assert!(
        error.message().contains("a.crm was replaced, moved, removed or cut short while the database was open"),
        "{error}"
    );
    assert_eq!(count(&session), 4);
    assert_eq!(session.compact(Duration::ZERO).unwrap_err().kind(), ErrorKind::FileReplaced);
    let saved = folder.path().join("saved.crm");
    session.backup_file(&saved, false, &mut go_on).unwrap();
    assert_eq!(mode(&saved), 0o600, "nobody knows any more who may read it");
    assert_eq!(session.crm().close().unwrap_err().kind(), ErrorKind::FileReplaced);
    assert_eq!(names(folder.path()), ["a.crm-wal", "saved.crm"], "its log is left to whoever has a copy of the file");
    assert_eq!(count(&open(&saved)), 4);
}

/// A file that was moved away keeps what was acknowledged: its process brings it there when it closes.
#[test]
fn a_file_that_was_moved_away_has_everything_after_the_close() {
    let (folder, path) = folder_with(3);
    let session = open(&path);
    add(&session, "acknowledged").unwrap();
    let moved = folder.path().join("moved.crm");
    fs::rename(&path, &moved).unwrap();
    assert_eq!(add(&session, "refused").unwrap_err().kind(), ErrorKind::FileReplaced);
    assert_eq!(session.crm().close().unwrap_err().kind(), ErrorKind::FileReplaced);
    assert_eq!(count(&open(&moved)), 4);
}

/// A log that was cut short in place took its commits with it, and those that followed were acknowledged behind a hole: a kill
/// lost 48 of 55. The look at the name sees the length, too; what was acknowledged is in memory, and the close brings it into the file.
#[test]
fn a_log_that_is_cut_short_in_place_ends_the_commits_and_loses_none() {
    for len in [0, 20_000] {
        let (_folder, path) = folder_with(3);
        let session = open(&path);
        (0..20).for_each(|_| add(&session, "acknowledged").unwrap());
        OpenOptions::new().write(true).open(log(&path)).unwrap().set_len(len).unwrap();
        assert_eq!(add(&session, "refused").unwrap_err().kind(), ErrorKind::FileReplaced);
        assert_eq!(add(&session, "refused").unwrap_err().kind(), ErrorKind::FileReplaced);
        session.crm().close().unwrap();
        assert_eq!(count(&open(&path)), 23);
    }
}

/// A log that was deleted under a running process: every commit went into the deleted file. Now none is acknowledged, and
/// what was is brought into the database file.
#[test]
fn a_log_that_was_removed_or_replaced_ends_the_commits_and_loses_none() {
    for replaced in [false, true] {
        let (_folder, path) = folder_with(3);
        let session = open(&path);
        add(&session, "acknowledged").unwrap();
        fs::remove_file(log(&path)).unwrap();
        if replaced {
            fs::write(log(&path), "the log of somebody").unwrap();
        }
        let error = add(&session, "refused").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileReplaced);
        assert!(error.message().contains("a.crm-wal was replaced"), "{error}");
        session.crm().close().unwrap();
        if replaced {
            assert_eq!(fs::read(log(&path)).unwrap(), b"the log of somebody");
            fs::remove_file(log(&path)).unwrap();
        }
        assert_eq!(count(&open(&path)), 4);
    }
}

/// A file that somebody put where the log is to be made was replaced by the log.
#[test]
fn a_log_is_never_made_in_the_place_of_a_file() {
    let (_folder, path) = folder_with(3);
    let session = open(&path);
    fs::write(log(&path), "precious").unwrap();
    let error = add(&session, "refused").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileReplaced);
    assert!(error.message().contains("a.crm-wal was put there by another"), "{error}");
    assert_eq!(fs::read(log(&path)).unwrap(), b"precious");
    fs::remove_file(log(&path)).unwrap();
    add(&session, "goes on").unwrap();
}

#[test]
fn a_folder_that_was_removed_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f/a.crm");
    fs::create_dir(path.parent().unwrap()).unwrap();
    let session = open(&path);
    add(&session, "acknowledged").unwrap();
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    assert_eq!(add(&session, "refused").unwrap_err().kind(), ErrorKind::FileReplaced);
    assert_eq!(count(&session), 1);
}

/// A reader stayed with the old file for ever after a restore over it, without an error.
#[test]
fn a_reader_of_a_file_that_was_replaced_is_told_at_its_next_snapshot() {
    let (folder, path) = folder_with(3);
    let reader = open_as(&path, As::Reader).unwrap();
    assert_eq!(count(&reader), 3);
    let other = open(&folder.path().join("other.crm"));
    add(&other, "the only one").unwrap();
    restore_file(&mut stream_of(&other).as_slice(), &path, true, &mut go_on).unwrap();
    assert_eq!(count(&reader), 3, "a snapshot stays");
    let error = reader.crm().refresh().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileReplaced);
    assert!(error.message().contains("a.crm was replaced"), "{error}");
    assert_eq!(count(&reader), 3, "and stays");
    assert_eq!(count(&open_as(&path, As::Reader).unwrap()), 1);
}

/// `verify` of a handle that only reads showed it the newest state, while every other call stayed with its snapshot.
#[test]
fn no_question_to_a_reader_moves_its_snapshot() {
    let (_folder, path) = folder_with(1);
    let (writer, reader) = (open(&path), open_as(&path, As::Reader).unwrap());
    let at = reader.last_sequence().unwrap();
    add(&writer, "later").unwrap();
    assert_eq!(reader.verify().unwrap().problem_count, 0);
    assert_eq!(reader.last_sequence().unwrap(), at, "verify");
    reader.statistics(true).unwrap();
    stream_of(&reader);
    assert_eq!((reader.last_sequence().unwrap(), count(&reader)), (at, 1));
    reader.crm().refresh().unwrap();
    assert_eq!(count(&reader), 2);
}

/// Beside a database that only its owner could read lay a log that all could read, with every new record in it.
#[test]
fn what_lies_beside_a_database_has_its_permissions() {
    for permissions in [0o600, 0o640, 0o664, 0o666] {
        let (folder, path) = folder_with(1);
        let at = |name: &str| folder.path().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(permissions)).unwrap();
        let session = open(&path);
        add(&session, "more").unwrap();
        session.backup_file(at("new.crm"), false, &mut go_on).unwrap();
        for name in ["a.crm", "a.crm-wal", "a.crm-lock", "new.crm"] {
            assert_eq!(mode(&at(name)), permissions, "{name}");
        }
        for kept in [0o600, 0o660] {
            fs::set_permissions(at("new.crm"), fs::Permissions::from_mode(kept)).unwrap();
            session.backup_file(at("new.crm"), true, &mut go_on).unwrap();
            assert_eq!(mode(&at("new.crm")), kept, "a backup over it");
            restore_file(&mut stream_of(&session).as_slice(), at("new.crm"), true, &mut go_on).unwrap();
            assert_eq!(mode(&at("new.crm")), kept, "a restore over it");
        }
    }
}

/// A backup of a database that was made read-only failed for everybody but root: its copy was not to be written, either.
#[test]
fn a_database_that_was_made_read_only_is_backed_up_as_one() {
    let (folder, path) = folder_with(1);
    let session = open(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let target = folder.path().join("new.crm");
    session.backup_file(&target, false, &mut go_on).unwrap();
    assert_eq!(mode(&target), 0o444);
    assert_eq!(count(&open_as(&target, As::Reader).unwrap()), 1);
}

/// Who may give files away gives the log to the owner of the database, who could not open it otherwise.
#[test]
fn what_lies_beside_a_database_has_its_owner() {
    let (folder, path) = folder_with(1);
    if std::os::unix::fs::chown(&path, Some(1234), Some(4321)).is_err() {
        return eprintln!("only who may give files away can try this");
    }
    let at = |name: &str| folder.path().join(name);
    let session = open(&path);
    add(&session, "more").unwrap();
    session.backup_file(at("new.crm"), false, &mut go_on).unwrap();
    session.backup_file(at("new.crm"), true, &mut go_on).unwrap();
    for name in ["a.crm", "a.crm-wal", "a.crm-lock", "new.crm"] {
        let found = fs::metadata(at(name)).unwrap();
        assert_eq!((found.uid(), found.gid()), (1234, 4321), "{name}");
    }
}

/// Two names of one file had two logs, each with its own acknowledged commits.
#[test]
fn every_name_of_a_file_leads_to_one_log_and_one_lock() {
    let (folder, path) = folder_with(1);
    let links = folder.path().join("links");
    fs::create_dir(&links).unwrap();
    symlink(&path, links.join("file.crm")).unwrap();
    symlink(folder.path(), links.join("folder")).unwrap();
    let others = [links.join("file.crm"), links.join("folder/a.crm"), links.join("folder/links/file.crm")];
    add_and_be_killed(&others[0], 2);
    assert!(log(&path).exists());
    assert_eq!(names(&links), ["file.crm", "folder"]);
    let session = open(&others[2]);
    assert_eq!(count(&session), 3);
    for other in &others {
        assert_eq!(refusal(other, As::Writer).kind(), ErrorKind::Locked);
    }
    add(&session, "through a link").unwrap();
    assert_eq!(count(&open_as(&path, As::Reader).unwrap()), 4);
    assert_eq!(count(&open_as(&others[1], As::Reader).unwrap()), 4);
    symlink(links.join("nowhere"), links.join("dangling.crm")).unwrap();
    let error = refusal(&links.join("dangling.crm"), As::Writer);
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("is a link to a file that does not exist"), "{error}");
    // A backup over a link goes to the file that it leads to, and the link stays.
    let target = folder.path().join("target.crm");
    session.backup_file(&target, false, &mut go_on).unwrap();
    symlink(&target, links.join("target.crm")).unwrap();
    session.backup_file(links.join("target.crm"), true, &mut go_on).unwrap();
    assert!(fs::symlink_metadata(links.join("target.crm")).unwrap().is_symlink());
    session.crm().close().unwrap();
    assert_eq!(count(&open(&target)), 4);
}

/// In a folder that others may write to, a link at the name of the lock note or of the log emptied the file that it led to.
#[test]
fn no_link_that_somebody_lays_is_followed_and_nothing_is_overwritten() {
    let (folder, path) = folder_with(1);
    let at = |name: &str| folder.path().join(name);
    fs::write(at("victim"), "precious").unwrap();
    for name in ["a.crm-lock", "a.crm-wal", "a.crm-wal-new", "a.crm-new"] {
        symlink(at("victim"), at(name)).unwrap();
    }
    let error = refusal(&path, As::Writer);
    assert!(error.message().contains("it is a link, and is not followed"), "{error}");
    fs::remove_file(at("a.crm-wal")).unwrap();
    let session = open(&path);
    add(&session, "more").unwrap();
    assert!(!fs::symlink_metadata(log(&path)).unwrap().is_symlink());
    session.crm().close().unwrap();
    assert_eq!(fs::read(at("victim")).unwrap(), b"precious");
    assert!(fs::symlink_metadata(at("a.crm-lock")).unwrap().is_symlink(), "what is no note of ours stays");
    fs::remove_file(at("a.crm-lock")).unwrap();
    fs::write(at("a.crm-lock"), "a letter of somebody").unwrap();
    drop(open(&path));
    assert_eq!(fs::read(at("a.crm-lock")).unwrap(), b"a letter of somebody");
}

/// Files of killed backups stayed for ever, 276 MB after 25 of them.
#[test]
fn what_killed_backups_leave_is_removed_and_what_runs_is_not() {
    let (folder, path) = folder_with(30);
    let target = folder.path().join("target.crm");
    // Copies of what a killed backup leaves: a file that is begun, one that is whole, and a log.
    let left =
        ["target.crm-new-1-0123456789abcdef", "a.crm-new-77-00000000000000ff", "a.crm-wal-new-77-00000000000000aa"];
    for name in left {
        fs::copy(&path, folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("a.crm-new-77-00000000000000ab"), "a letter of somebody").unwrap();
    let session = open(&path);
    assert_eq!(
        names(folder.path()),
        ["a.crm", "a.crm-lock", "a.crm-new-77-00000000000000ab", left[0]],
        "an opening removes its own"
    );
    // A backup that runs, seen from its own watch, is left alone by another to the same place and by an opening.
    let mut seen = 0;
    let watch = &mut |_| {
        seen += 1;
        let running = names(folder.path()).into_iter().filter(|name| name.starts_with("target.crm-new-")).count();
        assert_eq!(running, 1, "the left-over of before is gone, and this one is there");
        if seen == 1 {
            session.backup_file(&target, false, &mut go_on).unwrap();
        }
        ControlFlow::Continue(())
    };
    let error = session.backup_file(&target, false, watch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Duplicate, "the other was faster");
    assert!(seen > 0);
    session.crm().close().unwrap();
    assert_eq!(count(&open(&target)), 30);
    assert_eq!(names(folder.path()), ["a.crm", "a.crm-new-77-00000000000000ab", "target.crm"]);
}

/// Nothing opened a database whose log was lost, not even to read it, and a restore refused to replace it.
#[test]
fn a_file_without_its_log_is_read_when_asked_and_says_what_may_be_missing() {
    let (_folder, path) = folder_with(3);
    add_and_be_killed(&path, 5);
    let whole = fs::read(log(&path)).unwrap();
    let mut damaged = whole.clone();
    damaged[8192 + 60] ^= 1;
    let contents: [Option<&[u8]>; 4] = [None, Some(&damaged), Some(b"no log"), Some(&whole)];
    for content in contents {
        match content {
            Some(content) => fs::write(log(&path), content).unwrap(),
            None => fs::remove_file(log(&path)).unwrap(),
        }
        if content != Some(&whole) {
            for how in [As::Writer, As::Reader] {
                let error = refusal(&path, how);
                assert!(error.message().contains("open the database with without_log"), "{error}");
            }
        }
        let session = open_as(&path, As::WithoutLog).unwrap();
        assert_eq!((count(&session), session.last_sequence().unwrap()), (3, 3));
        let statistics = session.statistics(false).unwrap();
        assert!(statistics.store.may_lack_commits);
        assert_eq!(statistics.journal_entries, 3);
        assert_eq!(add(&session, "refused").unwrap_err().kind(), ErrorKind::ReadOnly);
        assert_eq!(session.verify().unwrap().problem_count, 0);
        assert_eq!(content, fs::read(log(&path)).ok().as_deref(), "the log is left alone");
    }
    assert_eq!(count(&open(&path)), 8);
    let session = open_as(&path, As::WithoutLog).unwrap();
    assert!(!session.statistics(false).unwrap().store.may_lack_commits, "nothing is missing from a closed file");
}

type Damage = fn(&Path);

/// `restore` with `replace` opened the file that it was to replace, and so refused one that was damaged.
#[test]
fn a_damaged_database_is_replaced_and_its_log_with_it() {
    let (folder, source) = folder_with(3);
    let stream = stream_of(&open(&source));
    let path = folder.path().join("damaged.crm");
    let replace = || restore_file(&mut stream.as_slice(), &path, true, &mut go_on);
    let damages: [(&str, Damage); 5] = [
        ("its header is zeros", |path| overwrite(path, 0, &[0; 3 * 4096])),
        ("its header is noise", |path| overwrite(path, 0, &[0xa5; 3 * 4096])),
        ("it is cut short", |path| OpenOptions::new().write(true).open(path).unwrap().set_len(9_000).unwrap()),
        ("its log is lost", |path| fs::remove_file(log(path)).unwrap()),
        ("its log is damaged", |path| overwrite(&log(path), 0, &[0; 8192])),
    ];
    for (damage, work) in damages {
        add_and_be_killed(&path, 5);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o620)).unwrap();
        work(&path);
        assert!(open_as(&path, As::Writer).is_err(), "{damage}");
        replace().unwrap_or_else(|error| unreachable!("{damage}: {error}"));
        assert!(!log(&path).exists(), "{damage}");
        assert_eq!(mode(&path), 0o620, "{damage}");
        assert_eq!(count(&open(&path)), 3, "{damage}");
    }
    let session = open(&path);
    assert_eq!(replace().unwrap_err().kind(), ErrorKind::Locked, "it needs the lock");
    session.crm().close().unwrap();
    fs::write(&path, "尊敬的客户".repeat(1000)).unwrap();
    assert_eq!(replace().unwrap_err().kind(), ErrorKind::NotADatabase, "a letter never was a database");
    // The log of another program's database is not ours to remove.
    fs::write(log(&path), [0x37, 0x7f, 0x06, 0x82]).unwrap();
    assert_eq!(replace().unwrap_err().kind(), ErrorKind::NotADatabase);
}

/// A backup with `replace` to a name that no file had removed what lay in the place of the log: the `-wal` of a database of
/// another program, whose own file was elsewhere at that moment. It did the same next to a sound database that needs no log.
#[test]
fn a_log_of_another_program_is_never_removed() {
    let (folder, source) = folder_with(3);
    let session = open(&source);
    let target = folder.path().join("x.crm");
    let foreign = [0x37, 0x7f, 0x06, 0x82, 0, 0x2d, 0xe2, 0x18].repeat(700);
    for is_there in [false, true] {
        if is_there {
            session.backup_file(&target, false, &mut go_on).unwrap();
        }
        fs::write(log(&target), &foreign).unwrap();
        let error = session.backup_file(&target, true, &mut go_on).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotADatabase, "{error}");
        assert!(error.message().contains("x.crm-wal") && error.message().contains("move it away"), "{error}");
        assert_eq!(fs::read(log(&target)).unwrap(), foreign);
        assert_eq!(target.exists(), is_there);
        fs::remove_file(log(&target)).unwrap();
    }
    session.backup_file(&target, true, &mut go_on).unwrap();
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    OpenOptions::new().write(true).open(path).unwrap().write_all_at(bytes, at).unwrap();
}

/// A crash between the exchange of the file and the removal of the old log leaves the new file beside it: that is the new
/// one, and the old log is taken away by whoever opens it.
#[test]
fn a_crash_behind_the_exchange_leaves_the_new_file() {
    let (folder, source) = folder_with(3);
    let stream = stream_of(&open(&source));
    for damaged in [false, true] {
        let path = folder.path().join(format!("replaced {damaged}.crm"));
        add_and_be_killed(&path, 5);
        if damaged {
            overwrite(&log(&path), 0, &[0; 8192]);
        }
        let old_log = fs::read(log(&path)).unwrap();
        restore_file(&mut stream.as_slice(), &path, true, &mut go_on).unwrap();
        // As the crash leaves it.
        fs::write(log(&path), &old_log).unwrap();
        assert_eq!(count(&open_as(&path, As::Reader).unwrap()), 3);
        assert_eq!(count(&open(&path)), 3);
        assert!(!log(&path).exists());
        // Any other log is none of its business.
        let mut other = old_log.clone();
        other[50] ^= 1;
        fs::write(log(&path), &other).unwrap();
        assert_eq!(refusal(&path, As::Writer).kind(), ErrorKind::Corrupt);
    }
}

/// A crash between naming a new database and removing its passing name leaves the file with two names; it is the database,
/// and only the passing name goes.
#[test]
fn an_open_file_is_never_taken_for_a_left_over() {
    let (folder, path) = folder_with(1);
    let second = folder.path().join("a.crm-new-5-00000000000000cd");
    fs::hard_link(&path, &second).unwrap();
    let session = open(&path);
    assert!(!second.exists());
    add(&session, "goes on").unwrap();
    session.crm().close().unwrap();
    assert_eq!(count(&open(&path)), 2);
}
