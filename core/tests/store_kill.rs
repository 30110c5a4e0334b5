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

fn commit(store: &RedbStore, number: u64) {
    let mut txn = store.begin_write().unwrap();
    txn.put(Space::Record, &(number % KEYS).to_be_bytes(), &value_of(number)).unwrap();
    txn.put(Space::Meta, b"newest", &number.to_be_bytes()).unwrap();
    txn.delete(Space::Index, &(number.wrapping_sub(1)).to_be_bytes()).unwrap();
    txn.put(Space::Index, &number.to_be_bytes(), b"").unwrap();
    txn.commit().unwrap();
}

fn newest(store: &RedbStore) -> u64 {
    let read = store.begin_read().unwrap();
    value(read.as_ref(), Space::Meta, b"newest").map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()))
}

/// Commits until the process is killed.
fn commit_until_killed(path: &Path) {
    let store = open(path);
    let mut out = std::io::stdout().lock();
    for number in newest(&store) + 1.. {
        commit(&store, number);
        writeln!(out, "\nacknowledged {number}").unwrap();
        out.flush().unwrap();
    }
}

/// Runs a child, kills it after so many commits, and says which was the last that it told of.
fn run_and_kill(path: &Path, commits: usize, relaxed: bool) -> Option<u64> {
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
    child.kill().unwrap();
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

/// The store, opened again when it was closed.
fn open_after(store: RedbStore, path: &Path) -> RedbStore {
    drop(store);
    open(path)
}
