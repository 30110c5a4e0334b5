//! Backups, the check and the mending of what is derived, compaction and statistics, on both stores.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Command, CustomField, EntityKind, FieldType, Instant, Level, Value, complaint, customer,
};
use crm_core::port::{Space, Store};
use crm_core::testing::store_contract::{dump, pairs};
use crm_core::testing::{FaultPlan, FaultStore, FixedClock};
use crm_core::{Atomicity, Config, Copied, Crm, ErrorKind, ProblemKind, Query, Session, restore_store};

fn config() -> Config {
    Config::new(Arc::new(FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap())))
}

fn open(store: impl Store) -> Session {
    session(&Crm::open(Arc::new(store), config()).unwrap(), Level::Manage)
}

fn session(crm: &Crm, level: Level) -> Session {
    crm.session(Actor { name: "u.wang".into(), level }).unwrap()
}

fn customer(name: &str, code: &str) -> Command {
    let text = |value: &str| Some(Value::Text(value.into()));
    let changes = BTreeMap::from([
        (customer::field::name, text(name)),
        (customer::field::code, text(code)),
        (customer::field::owner, text("u.li")),
    ]);
    Command::Add { entity: EntityKind::Customer, changes }
}

/// A custom field with an index, 40 customers, each with a code and every second with the field, and a complaint.
fn fill(session: &Session) {
    let field = CustomField {
        id: 0,
        entity: EntityKind::Customer,
        name: "acme.tier".into(),
        kind: FieldType::Int { min: 1, max: 5 },
        label: "tier".into(),
        label_zh: "等级".into(),
        sensitive: false,
        indexed: true,
    };
    let tier = session.apply(Command::DeclareField(field)).unwrap().declared.unwrap().id;
    for i in 1..=40 {
        let Command::Add { entity, mut changes } = customer(&format!("客户{i}"), &format!("C-{i:03}")) else {
            return;
        };
        if i % 2 == 0 {
            changes.insert(tier, Some(Value::Int(i % 5 + 1)));
        }
        session.apply(Command::Add { entity, changes }).unwrap();
    }
    let changes = BTreeMap::from([
        (complaint::field::customer, Some(Value::Ref(7))),
        (complaint::field::issue, Some(Value::Text("安装延误".into()))),
        (complaint::field::received_at, Some(Value::Instant(Instant::parse("2026-09-16T08:00:00+08:00").unwrap()))),
    ]);
    session.apply(Command::Add { entity: EntityKind::Complaint, changes }).unwrap();
}

fn go_on(_: Copied) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn filled() -> (MemoryStore, Session) {
    let store = MemoryStore::new();
    let session = open(store.clone());
    fill(&session);
    (store, session)
}

fn streamed(session: &Session) -> Vec<u8> {
    let mut stream = Vec::new();
    session.backup_stream(&mut stream, &mut go_on).unwrap();
    stream
}

#[test]
fn a_stream_brings_everything_back_and_depends_on_the_contents_alone() {
    let (store, session) = filled();
    let stream = streamed(&session);
    let back = MemoryStore::new();
    let copied = restore_store(&mut stream.as_slice(), &back, &mut go_on).unwrap();
    assert_eq!(copied.pairs, dump(&back).iter().map(Vec::len).sum::<usize>() as u64);
    assert_eq!(dump(&back), dump(&store));
    let again = open(back);
    assert_eq!(streamed(&again), stream);
    let report = again.verify().unwrap();
    assert_eq!((report.problem_count, report.entries, report.records), (0, 42, 41));
    assert!(report.store_checked);
    assert!(again.apply(customer("后来", "C-100")).unwrap().added);
}

#[test]
fn a_backup_is_one_snapshot_whatever_is_written_meanwhile() {
    let (store, session) = filled();
    let before = dump(&store);
    let (target, mut looks) = (MemoryStore::new(), 0);
    // The whole snapshot is smaller than the distance of two looks, so more is put in first.
    let more: Vec<Command> = (0..600).map(|i| customer(&format!("多{i}"), &format!("M-{i}"))).collect();
    session.apply_many(more, Atomicity::All).unwrap();
    let filled = dump(&store);
    assert_ne!(filled, before);
    let mut write = |copied: Copied| {
        looks += 1;
        session.apply(customer("同时", &format!("D-{}", copied.pairs))).unwrap();
        ControlFlow::Continue(())
    };
    session.backup_store(&target, &mut write).unwrap();
    assert!(looks > 2, "{looks} looks");
    assert_eq!(dump(&target), filled);
    assert_ne!(dump(&store), filled);
    assert_eq!(open(target).verify().unwrap().problem_count, 0);
}

#[test]
fn a_cancelled_copy_is_not_taken_for_a_database() {
    let (_, session) = filled();
    let more: Vec<Command> = (0..400).map(|i| customer(&format!("多{i}"), &format!("M-{i}"))).collect();
    session.apply_many(more, Atomicity::All).unwrap();
    let target = MemoryStore::new();
    let error = session.backup_store(&target, &mut |_| ControlFlow::Break(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let mut stream = Vec::new();
    let error = session.backup_stream(&mut stream, &mut |_| ControlFlow::Break(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let back = MemoryStore::new();
    let error = restore_store(&mut stream.as_slice(), &back, &mut go_on).unwrap_err();
    assert!([ErrorKind::Corrupt, ErrorKind::NotADatabase].contains(&error.kind()), "{error}");
}

/// A copy that ends in between leaves pairs without the fact that makes them a database.
#[test]
fn what_a_broken_restore_leaves_is_refused() {
    let (_, session) = filled();
    let stream = streamed(&session);
    let half = MemoryStore::new();
    let damaged = [&stream[..stream.len() - 1], &[stream[stream.len() - 1] ^ 1]].concat();
    assert_eq!(restore_store(&mut damaged.as_slice(), &half, &mut go_on).unwrap_err().kind(), ErrorKind::Corrupt);
    // Nothing of a database this small was committed; a pair stands for what a larger one would have left.
    let mut txn = half.begin_write().unwrap();
    txn.put(Space::Record, b"pair", b"of a copy that broke").unwrap();
    txn.commit().unwrap();
    assert_eq!(Crm::open(Arc::new(half.clone()), config()).unwrap_err().kind(), ErrorKind::NotADatabase);
    let error = restore_store(&mut stream.as_slice(), &half, &mut go_on).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Duplicate, "a store that is not empty is left alone");
}

#[test]
fn copies_rebuilds_and_compaction_are_for_managers() {
    let (_, manager) = filled();
    let reader = session(manager.crm(), Level::Edit);
    let refused = [
        reader.backup_stream(&mut Vec::new(), &mut go_on).unwrap_err(),
        reader.backup_store(&MemoryStore::new(), &mut go_on).unwrap_err(),
        reader.rebuild_indexes(&mut |_| ControlFlow::Continue(())).unwrap_err(),
        reader.compact(Duration::ZERO).unwrap_err(),
        reader.statistics(true).unwrap_err(),
    ];
    assert!(refused.iter().all(|error| error.kind() == ErrorKind::Forbidden));
    assert_eq!(reader.verify().unwrap().problem_count, 0);
    assert_eq!(reader.statistics(false).unwrap().journal_entries, 42);
}

/// Writes to the store past the kernel.
fn tamper(store: &MemoryStore, change: impl FnOnce(&mut dyn crm_core::port::WriteTxn)) {
    let mut txn = store.begin_write().unwrap();
    change(&mut *txn);
    txn.commit().unwrap();
}

fn remove(txn: &mut dyn crm_core::port::WriteTxn, space: Space, key: &[u8]) {
    txn.delete(space, key).unwrap();
}

fn all(store: &MemoryStore, space: Space) -> Vec<(Vec<u8>, Vec<u8>)> {
    pairs(&*store.begin_read().unwrap(), space, b"", None, crm_core::port::Order::Ascending)
}

fn kinds(session: &Session) -> Vec<ProblemKind> {
    let report = session.verify().unwrap();
    assert_eq!(report.problem_count, report.problems.len() as u64);
    assert!(report.problems.iter().all(|problem| !problem.text.is_empty() && problem.text == problem.to_string()));
    report.problems.iter().map(|problem| problem.kind).collect()
}

#[test]
fn every_index_that_is_lost_or_full_of_strays_is_found_and_rebuilt() {
    let (store, _) = filled();
    let (indexes, uniques) = (all(&store, Space::Index), all(&store, Space::Unique));
    let counts = all(&store, Space::Count);
    assert!(
        counts.len() > 5 && indexes.len() > 100 && uniques.len() >= 40,
        "{} and {} keys",
        indexes.len(),
        uniques.len()
    );
    tamper(&store, |txn| {
        for (key, _) in indexes.iter().step_by(3) {
            remove(txn, Space::Index, key);
            txn.put(Space::Index, &[&key[..3], b"stray", &7_u64.to_be_bytes()[..]].concat(), &[]).unwrap();
        }
        txn.put(Space::Index, b"of nobody", &[]).unwrap();
        for (i, (key, _)) in uniques.iter().enumerate() {
            match i % 3 {
                0 => remove(txn, Space::Unique, key),
                1 => txn.put(Space::Unique, key, &999_u64.to_be_bytes()).unwrap(),
                _ => {}
            }
        }
        for (i, (key, _)) in counts.iter().enumerate() {
            match i % 3 {
                0 => remove(txn, Space::Count, key),
                1 => txn.put(Space::Count, key, &999_u64.to_be_bytes()).unwrap(),
                _ => txn.put(Space::Count, &[key, &b"stray"[..]].concat(), &1_u64.to_be_bytes()).unwrap(),
            }
        }
    });
    let session = open(store.clone());
    let found: Vec<ProblemKind> = session.verify().unwrap().problems.iter().map(|problem| problem.kind).collect();
    assert!(found.contains(&ProblemKind::Index) && found.contains(&ProblemKind::Unique), "{found:?}");
    assert!(!found.contains(&ProblemKind::Record), "{found:?}");
    let rebuilt = session.rebuild_indexes(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((rebuilt.records, rebuilt.problem_count), (41, 0));
    assert!(rebuilt.written >= 40 && rebuilt.removed >= 2, "{rebuilt:?}");
    assert_eq!(kinds(&session), []);
    assert_eq!((all(&store, Space::Index), all(&store, Space::Unique)), (indexes, uniques));
    assert_eq!(all(&store, Space::Count), counts);
    let rebuilt = session.rebuild_indexes(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((rebuilt.written, rebuilt.removed), (0, 0), "what is right stays as it is");
}

#[test]
fn an_empty_index_space_is_built_from_the_records_alone() {
    let (store, _) = filled();
    let whole = dump(&store);
    tamper(&store, |txn| {
        for space in [Space::Index, Space::Unique, Space::Count] {
            for (key, _) in all(&store, space) {
                remove(txn, space, &key);
            }
        }
    });
    let session = open(store.clone());
    session.rebuild_indexes(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(dump(&store), whole);
}

/// Two records with one code cannot come about through the kernel; after damage the key stays with one of them, and the
/// other is named, for a person to decide.
#[test]
fn a_unique_key_of_two_records_is_reported_and_not_guessed() {
    let (store, session) = filled();
    let records = all(&store, Space::Record);
    let ids = |session: &Session| session.get_by_code(EntityKind::Customer, "C-003").unwrap().map(|record| record.id());
    assert_eq!(ids(&session), Some(3));
    // The record 4 as it would be with the code of the record 3: another database in which it has that code.
    let other = MemoryStore::new();
    let twin = open(other.clone());
    fill(&twin);
    let renamed = BTreeMap::from([(customer::field::code, Some(Value::Text("X".into())))]);
    let update = |id, changes| Command::Update { entity: EntityKind::Customer, id, revision: None, changes };
    twin.apply(update(3, renamed)).unwrap();
    let taken = BTreeMap::from([(customer::field::code, Some(Value::Text("C-003".into())))]);
    twin.apply(update(4, taken)).unwrap();
    let forged = all(&other, Space::Record).into_iter().nth(3).unwrap();
    assert_eq!(forged.0, records[3].0);
    tamper(&store, |txn| txn.put(Space::Record, &forged.0, &forged.1).unwrap());
    let session = open(store);
    let found = session.verify().unwrap();
    let unique = found.problems.iter().find(|problem| problem.kind == ProblemKind::Unique).unwrap();
    assert_eq!((unique.entity, unique.id), (Some(EntityKind::Customer), Some(4)));
    assert_eq!(unique.index.as_deref(), Some("customer.by_code"));
    assert!(found.problems.iter().any(|problem| problem.kind == ProblemKind::Record), "its history does not fit");
    let rebuilt = session.rebuild_indexes(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(rebuilt.problem_count, 1);
    assert!(rebuilt.problems[0].text.contains("4 and 3"), "{}", rebuilt.problems[0]);
    assert_eq!(ids(&session), Some(3));
}

#[test]
fn a_record_that_cannot_be_read_keeps_its_keys() {
    let (store, _) = filled();
    let (records, indexes) = (all(&store, Space::Record), all(&store, Space::Index));
    let (key, mut value) = records[5].clone();
    value[60] ^= 1;
    tamper(&store, |txn| txn.put(Space::Record, &key, &value).unwrap());
    let session = open(store.clone());
    let report = session.verify().unwrap();
    assert!(report.problems.iter().any(|p| p.kind == ProblemKind::Record && p.id == Some(6)), "{:?}", report.problems);
    let rebuilt = session.rebuild_indexes(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((rebuilt.problem_count, rebuilt.removed), (1, 0));
    assert_eq!(all(&store, Space::Index), indexes);
    // Brought back from elsewhere, it is whole again.
    tamper(&store, |txn| txn.put(Space::Record, &key, &records[5].1).unwrap());
    assert_eq!(kinds(&open(store)), []);
}

#[test]
fn a_lost_record_shows_in_its_keys_in_references_and_nowhere_else() {
    let (store, _) = filled();
    let key = all(&store, Space::Record)[6].0.clone();
    tamper(&store, |txn| remove(txn, Space::Record, &key));
    let session = open(store);
    let report = session.verify().unwrap();
    let of = |kind| report.problems.iter().filter(|problem| problem.kind == kind).count();
    assert_eq!(of(ProblemKind::Reference), 1, "the complaint names the customer 7");
    assert!(of(ProblemKind::Index) >= 2 && of(ProblemKind::Unique) == 1, "{:?}", report.problems);
    session.rebuild_indexes(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(kinds(&session), [ProblemKind::Reference]);
}

#[test]
fn a_long_list_of_problems_is_counted_in_full() {
    let (store, _) = filled();
    let uniques = all(&store, Space::Unique);
    let indexes = all(&store, Space::Index);
    tamper(&store, |txn| {
        indexes.iter().for_each(|(key, _)| remove(txn, Space::Index, key));
        uniques.iter().for_each(|(key, _)| remove(txn, Space::Unique, key));
    });
    let report = open(store).verify().unwrap();
    assert_eq!(report.problems.len(), 100);
    assert_eq!(report.problem_count, (indexes.len() + uniques.len()) as u64);
}

#[test]
fn a_check_tells_how_far_it_is_and_can_be_cancelled() {
    let session = open(MemoryStore::new());
    let add = |number| customer("王五", &format!("V-{number}"));
    session.apply_many((0..600).map(add).collect(), Atomicity::All).unwrap();
    let mut told = Vec::new();
    let report = session
        .verify_watched(&mut |read| {
            told.push(read);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(told.is_sorted() && told.len() > 2, "{told:?}");
    assert_eq!(told.last(), Some(&(report.entries + report.records + report.keys)));
    let error = session.verify_watched(&mut |_| ControlFlow::Break(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(session.verify().unwrap(), report);
}

#[test]
fn a_cancelled_rebuild_is_taken_up_by_the_next() {
    let (store, _) = filled();
    let indexes = all(&store, Space::Index);
    tamper(&store, |txn| indexes.iter().for_each(|(key, _)| remove(txn, Space::Index, key)));
    let session = open(store.clone());
    assert_eq!(session.rebuild_indexes(&mut |_| ControlFlow::Break(())).unwrap_err().kind(), ErrorKind::Cancelled);
    session.rebuild_indexes(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(all(&store, Space::Index), indexes);
    assert_eq!(kinds(&session), []);
}

/// Whatever call of the store fails, and wherever the power is cut, what a rebuild leaves is taken up by the next.
#[test]
fn a_rebuild_that_fails_anywhere_is_taken_up_by_the_next() {
    let (sound, _) = filled();
    let whole = dump(&sound);
    let (indexes, uniques) = (all(&sound, Space::Index), all(&sound, Space::Unique));
    let damaged = || {
        let store = MemoryStore::new();
        tamper(&store, |txn| {
            for (space, pairs) in Space::ALL.iter().zip(&whole) {
                pairs.iter().for_each(|(key, value)| txn.put(*space, key, value).unwrap());
            }
            indexes.iter().step_by(2).for_each(|(key, _)| remove(txn, Space::Index, key));
            uniques.iter().step_by(2).for_each(|(key, _)| remove(txn, Space::Unique, key));
            txn.put(Space::Unique, &[&uniques[0].0[..3], b"stray"].concat(), &7_u64.to_be_bytes()).unwrap();
        });
        store
    };
    let rebuild = |session: &Session| session.rebuild_indexes(&mut |_| ControlFlow::Continue(()));
    let faulty = FaultStore::new(Arc::new(damaged()));
    let session = open(faulty.clone());
    faulty.heal();
    rebuild(&session).unwrap();
    let (calls, commits) = (faulty.calls(), faulty.commits());
    assert_eq!(commits, 2, "one for the records, one for the unique keys");
    let mut plans: Vec<FaultPlan> =
        (1..=calls).step_by(7).map(|call| FaultPlan::FailOnce { call, kind: ErrorKind::Io }).collect();
    plans.extend((1..=commits).flat_map(|commit| [FaultPlan::CutBefore { commit }, FaultPlan::CutAfter { commit }]));
    for plan in plans {
        let store = damaged();
        let faulty = FaultStore::new(Arc::new(store.clone()));
        let session = open(faulty.clone());
        faulty.follow(plan);
        assert!(rebuild(&session).is_err(), "{plan:?}");
        faulty.heal();
        rebuild(&session).unwrap();
        assert_eq!(dump(&store), whole, "{plan:?}");
    }
    let faulty = FaultStore::new(Arc::new(damaged()));
    let session = open(faulty.clone());
    faulty.follow(FaultPlan::Busy { commit: 1, times: 3 });
    let rebuilt = rebuild(&session).unwrap();
    assert_eq!(rebuilt.written, (indexes.len().div_ceil(2) + uniques.len().div_ceil(2)) as u64, "counted once");
}

#[test]
fn statistics_count_what_is_there_and_what_was_done() {
    let (_, session) = filled();
    let batch = (0..5).map(|i| customer("批", &format!("B-{i}"))).collect();
    session.apply_many(batch, Atomicity::All).unwrap();
    let found = session.statistics(true).unwrap();
    let records: Vec<(&str, u64)> = found.records.iter().map(|(entity, n)| (entity.def().name, *n)).collect();
    assert_eq!(records.len(), EntityKind::ALL.len());
    assert!(records.contains(&("customer", 45)) && records.contains(&("complaint", 1)), "{records:?}");
    assert_eq!(records.iter().map(|(_, n)| n).sum::<u64>(), 46);
    assert_eq!((found.journal_entries, found.groups, found.batches, found.commands), (47, 43, 43, 47));
    assert_eq!(found.batches_per_group_max, 1);
    assert_eq!(found.store.spaces.len(), Space::ALL.len());
    assert_eq!(found.store.spaces[Space::Journal.index()].entries, 47);
    assert!(session.statistics(false).unwrap().store.spaces.is_empty());
    assert_eq!(session.count(&Query::new(EntityKind::Customer)).unwrap(), 45);
}

#[test]
fn statistics_count_what_the_cache_of_records_had() {
    let (_, session) = filled();
    let before = session.statistics(false).unwrap().cache;
    for _ in 0..3 {
        assert!(session.get(EntityKind::Customer, 7).unwrap().is_some());
    }
    let after = session.statistics(false).unwrap().cache;
    assert_eq!(after.hits + after.misses, before.hits + before.misses + 3);
    assert!(after.hits >= before.hits + 2 && after.records > 0, "{before:?} {after:?}");
    assert!(after.records <= after.bytes && after.bytes <= after.bytes_max, "{after:?}");
}
