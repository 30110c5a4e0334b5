//! Real kills: a process that commits without pause is killed at random, and what it said to be committed is there.
//!
//! `ROUNDS` says how often; `SEED` repeats the choice of the moments, as far as the machine does.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]
#![expect(clippy::disallowed_methods, reason = "the child is told what to do by its environment")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crm_core::adapter::{RedbOptions, RedbStore};
use crm_core::port::{Space, Store};
use crm_core::testing::random::{Random, from_environment, seed};
use crm_core::testing::store_contract::value;

const PATH: &str = "CRMKERNEL_TEST_KILLED_PATH";
const DURABILITY: &str = "CRMKERNEL_TEST_KILLED_RELAXED";
const ROUNDS: u64 = 20;
/// The commit of a number overwrites that of so many before, so the last ones are all there to be compared.
const KEYS: u64 = 200;

fn open(path: &Path) -> RedbStore {
    let durability = match std::env::var(DURABILITY) {
        Ok(_) => crm_core::adapter::Durability::Relaxed,
        Err(_) => crm_core::adapter::Durability::Full,
    };
    RedbStore::open(path, &RedbOptions { durability, ..RedbOptions::default() }).unwrap()
}

/// The value of a commit: its length and bytes are of its number. Some are longer than the log takes.
fn value_of(number: u64) -> Vec<u8> {
    let mut random = Random::new(number);
    let len = if number % 997 == 996 { 9 << 20 } else { random.index(60_000) };
    (0_u64..).zip(0..len).map(|(at, _)| (number.wrapping_mul(31).wrapping_add(at) % 251).to_le_bytes()[0]).collect()
}

fn try_commit(store: &RedbStore, number: u64) -> crm_core::Result<()> {
    let mut txn = store.begin_write()?;
    txn.put(Space::Record, &(number % KEYS).to_be_bytes(), &value_of(number))?;
    txn.put(Space::Meta, b"newest", &number.to_be_bytes())?;
    txn.delete(Space::Index, &(number.wrapping_sub(1)).to_be_bytes())?;
    txn.put(Space::Index, &number.to_be_bytes(), b"")?;
    txn.commit()
}

fn commit(store: &RedbStore, number: u64) {
    try_commit(store, number).unwrap();
}

fn newest(store: &RedbStore) -> u64 {
    let read = store.begin_read().unwrap();
    value(read.as_ref(), Space::Meta, b"newest").map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()))
}

/// Commits until the process is killed, or its file is replaced.
fn commit_until_killed(path: &Path) {
    let store = open(path);
    let mut out = std::io::stdout().lock();
    for number in newest(&store) + 1.. {
        if let Err(error) = try_commit(&store, number) {
            assert_eq!(error.kind(), crm_core::ErrorKind::FileReplaced, "{error}");
            assert_eq!(try_commit(&store, number).unwrap_err().kind(), crm_core::ErrorKind::FileReplaced);
            // As a kill would end it.
            std::process::exit(0);
        }
        writeln!(out, "\nacknowledged {number}").unwrap();
        out.flush().unwrap();
    }
}

/// Runs a child, kills it after so many commits, and says which was the last that it told of.
fn run_and_kill(path: &Path, commits: usize, relaxed: bool) -> Option<u64> {
    run(path, commits, relaxed, |child| child.kill().unwrap())
}

/// Runs a child, has it ended after so many commits, and says which was the last that it told of.
fn run(path: &Path, commits: usize, relaxed: bool, end: impl FnOnce(&mut std::process::Child)) -> Option<u64> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "what_a_killed_process_acknowledged_is_there", "--nocapture"]).env(PATH, path);
    if relaxed {
        command.env(DURABILITY, "");
    }
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut told = lines.filter_map(|line| line.strip_prefix("acknowledged ").map(|number| number.parse().unwrap()));
    let mut last = None;
    for number in told.by_ref().take(commits) {
        last = Some(number);
    }
    end(&mut child);
    let last = told.last().or(last);
    child.wait().unwrap();
    last
}

#[test]
fn what_a_killed_process_acknowledged_is_there() {
    // The process that is killed is this program again, told by the environment which database to write to.
    if let Ok(path) = std::env::var(PATH) {
        return commit_until_killed(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    let mut random = Random::new(seed());
    let mut before = 0;
    for round in 0..from_environment("ROUNDS").unwrap_or(ROUNDS) {
        let relaxed = random.one_in(4);
        let commits = if random.one_in(4) { random.index(4) } else { random.index(700) };
        let told = run_and_kill(&path, commits, relaxed).unwrap_or(before);
        let store = open(&path);
        let found = newest(&store);
        assert!(found == told || found == told + 1, "round {round}: commit {found} is there, {told} was told");
        assert_eq!(
            value(store.begin_read().unwrap().as_ref(), Space::Index, &found.to_be_bytes()).is_some(),
            found > 0
        );
        let read = store.begin_read().unwrap();
        for number in found.saturating_sub(KEYS - 1).max(1)..=found {
            let held = value(read.as_ref(), Space::Record, &(number % KEYS).to_be_bytes());
            assert!(held == Some(value_of(number)), "round {round}: commit {number} of {found} is whole");
        }
        drop(read);
        if random.one_in(3) {
            commit(&store, found + 1);
        }
        if random.one_in(2) {
            store.close().unwrap();
        }
        before = newest(&open_after(store, &path));
    }
    eprintln!("{before} commits");
}

/// The log beside a database.
fn log(path: &Path) -> std::path::PathBuf {
    path.with_extension("db-wal")
}

fn refused(path: &Path, why: &str) {
    let error = RedbStore::open(path, &RedbOptions::default()).map(drop).unwrap_err();
    assert_eq!(error.kind(), crm_core::ErrorKind::Corrupt, "{why}: {error}");
}

/// What a process acknowledged until it found out that its file had been moved away and another put in its place is in the
/// file that was moved, with its log; the other is as it was.
fn replace_under_a_running_process(folder: &Path, path: &Path, relaxed: bool, random: &mut Random) {
    let (moved, other) = (folder.join("moved.db"), folder.join("other.db"));
    let before = newest(&open(path));
    let store = open(&other);
    commit(&store, 1);
    store.close().unwrap();
    let there = std::fs::read(&other).unwrap();
    let told = run(path, random.index(60), relaxed, |_| {
        std::fs::rename(path, &moved).unwrap();
        std::fs::rename(&other, path).unwrap();
    });
    assert!(std::fs::read(path).unwrap() == there, "nothing of the other file was touched");
    if log(path).exists() {
        refused(path, "another's log");
        std::fs::rename(log(path), log(&moved)).unwrap();
    }
    assert_eq!(newest(&open(path)), 1);
    let told = told.unwrap_or(before);
    let found = newest(&open(&moved));
    assert!(found == told || found == told + 1, "commit {found} is there, {told} was told");
    std::fs::rename(&moved, path).unwrap();
}

/// A file and its log, copied as a kill left them, go on by themselves, and neither takes the log of the other.
fn go_on_with_a_copy(folder: &Path, path: &Path, relaxed: bool, random: &mut Random) {
    let copy = folder.join("copy.db");
    run_and_kill(path, 5, relaxed);
    for (from, to) in [(path, copy.as_path()), (&log(path), &log(&copy))] {
        std::fs::copy(from, to).unwrap();
    }
    let told = [path, copy.as_path()].map(|path| run_and_kill(path, 1 + random.index(40), relaxed).unwrap());
    let logs = [path, copy.as_path()].map(|path| std::fs::read(log(path)).unwrap());
    std::fs::write(log(path), &logs[1]).unwrap();
    std::fs::write(log(&copy), &logs[0]).unwrap();
    refused(path, "the log of the copy");
    refused(&copy, "the log of the original");
    std::fs::write(log(path), &logs[0]).unwrap();
    std::fs::write(log(&copy), &logs[1]).unwrap();
    for (path, told) in [path, copy.as_path()].into_iter().zip(told) {
        let found = newest(&open(path));
        assert!(found == told || found == told + 1, "commit {found} is there, {told} was told");
    }
}

/// However short the log of a killed process is cut, it is refused. What may be cut away is room that the process had begun to add
/// when it was killed: nothing of it was acknowledged.
fn cut_the_log(folder: &Path, path: &Path, relaxed: bool, random: &mut Random) {
    let told = run_and_kill(path, 1 + random.index(100), relaxed).unwrap();
    let cut = folder.join("cut.db");
    let whole = std::fs::read(log(path)).unwrap();
    for _ in 0..5 {
        std::fs::copy(path, &cut).unwrap();
        let len = random.index(whole.len());
        std::fs::write(log(&cut), &whole[..len]).unwrap();
        match RedbStore::open(&cut, &RedbOptions::default()) {
            Err(error) => assert_eq!(error.kind(), crm_core::ErrorKind::Corrupt, "a log that is cut short: {error}"),
            Ok(store) => {
                let (found, all) = (newest(&store), whole.len());
                assert!((told..=told + 1).contains(&found), "commit {found} of {told} is there, of {all} bytes {len}");
            }
        }
        let _ = std::fs::remove_file(log(&cut));
    }
}

/// Files are moved, replaced, copied and cut under processes that are killed: what was acknowledged is there, or an error says
/// why not, and never is it mixed with another's.
#[test]
fn what_was_acknowledged_outlives_files_that_are_replaced_copied_and_cut() {
    let mut random = Random::new(seed());
    for round in 0..from_environment("ROUNDS").unwrap_or(ROUNDS).div_ceil(2) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crm.db");
        let relaxed = random.one_in(4);
        run_and_kill(&path, random.index(50), relaxed);
        let work = [replace_under_a_running_process, go_on_with_a_copy, cut_the_log][random.index(3)];
        eprintln!("round {round}");
        work(folder.path(), &path, relaxed, &mut random);
        run_and_kill(&path, random.index(20), relaxed);
        open(&path).close().unwrap();
    }
}

/// The store, opened again when it was closed.
fn open_after(store: RedbStore, path: &Path) -> RedbStore {
    drop(store);
    open(path)
}
