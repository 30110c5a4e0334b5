//! Damaged files: opened and read in full, each question is answered with an error or exactly as before the damage.
//!
//! `FILES` says how many, `SEED` repeats a run.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use crm_core::adapter::RedbOptions;
use crm_core::domain::{
    Actor, Changes, Command, CustomField, EntityKind, FieldType, Instant, Level, Value, Verb, complaint, customer,
    visit,
};
use crm_core::testing::random::{Random, from_environment, seed};
use crm_core::testing::torture::{Others, mutate, seal};
use crm_core::testing::{FixedClock, Image, SimDisk};
use crm_core::{Config, Crm, ErrorKind, Op, Query, Session};

/// How many files a run damages, unless it is told.
const FILES: u64 = 2000;
const FORGED: u64 = 500;
/// No file keeps a program busy for so long, unless for ever.
const PATIENCE: Duration = Duration::from_secs(300);
const RECORDS: u64 = 24;
const OWNERS: [&str; 3] = ["u.wang", "u.li", "u.chen"];

fn open(disk: &SimDisk) -> crm_core::Result<Session> {
    open_with(disk, &RedbOptions::default())
}

fn open_with(disk: &SimDisk, options: &RedbOptions) -> crm_core::Result<Session> {
    let store = disk.open(options, false)?;
    let clock = FixedClock::new(Instant::parse("2026-09-16T09:00:00+08:00").unwrap());
    Crm::open(Arc::new(store), Config::new(Arc::new(clock)))?
        .session(Actor { name: "u.wang".into(), level: Level::Manage })
}

fn text(value: impl Into<String>) -> Option<Value> {
    Some(Value::Text(value.into()))
}

fn owner(number: u64) -> Option<Value> {
    text(OWNERS[usize::try_from(number % 3).unwrap()])
}

fn customer(number: u64, note: &str) -> Changes {
    BTreeMap::from([
        (customer::field::name, text(format!("客户{number}"))),
        (customer::field::code, text(format!("C{number}"))),
        (customer::field::owner, owner(number)),
        (customer::field::class, text(if number.is_multiple_of(3) { "key" } else { "general" })),
        (customer::field::note, text(note.repeat(usize::try_from(1 + number % 7 * 40).unwrap()))),
    ])
}

fn visit(number: u64) -> Changes {
    BTreeMap::from([
        (visit::field::customer, Some(Value::Ref(number))),
        (visit::field::owner, owner(number + 1)),
        (visit::field::planned_on, Some(Value::Date("2026-09-20".parse().unwrap()))),
    ])
}

fn complaint(number: u64) -> Changes {
    BTreeMap::from([
        (complaint::field::customer, Some(Value::Ref(number))),
        (complaint::field::issue, text("安装延误")),
        (complaint::field::received_at, Some(Value::Instant(Instant::parse("2026-09-15T08:00:00+08:00").unwrap()))),
    ])
}

fn field() -> CustomField {
    CustomField {
        id: 0,
        entity: EntityKind::Customer,
        name: "acme.tier".into(),
        kind: FieldType::Int { min: 1, max: 5 },
        label: "tier".into(),
        label_zh: "等级".into(),
        sensitive: false,
        indexed: true,
    }
}

/// Every command of the story, one commit each.
fn commands(note: &str) -> Vec<Command> {
    let add = |entity, changes| Command::Add { entity, changes };
    let mut commands = vec![Command::DeclareField(field())];
    for number in 1..=RECORDS {
        commands.push(add(EntityKind::Customer, customer(number, note)));
        commands.push(add(EntityKind::Visit, visit(number)));
        if number.is_multiple_of(2) {
            commands.push(add(EntityKind::Complaint, complaint(number)));
        }
    }
    let hold = Verb::named(EntityKind::Visit, "hold").unwrap();
    for number in (1..=RECORDS).step_by(2) {
        commands.push(Command::Act { verb: hold, id: number, revision: None, changes: BTreeMap::new() });
        let changes = BTreeMap::from([(customer::field::owner, owner(number + 2)), (10_000, Some(Value::Int(3)))]);
        commands.push(Command::Update { entity: EntityKind::Customer, id: number, revision: None, changes });
    }
    commands
}

/// A question and its answer, as text; an error is its kind and message.
type Answers = BTreeMap<String, Result<String, (ErrorKind, String)>>;

/// Asks everything, in an order of the random numbers: after a first damaged page, redb reads no other.
fn ask(session: &Session, random: &mut Random) -> Answers {
    let mut questions = questions();
    for last in (1..questions.len()).rev() {
        questions.swap(last, random.index(last + 1));
    }
    let answer = |(name, ask): (String, Question)| {
        (name, ask(session).map_err(|error| (error.kind(), error.message().to_owned())))
    };
    questions.into_iter().map(answer).collect()
}

type Question = Box<dyn Fn(&Session) -> crm_core::Result<String>>;

fn questions() -> Vec<(String, Question)> {
    let mut questions: Vec<(String, Question)> = Vec::new();
    let mut add = |name: String, question: Question| questions.push((name, question));
    for entity in [EntityKind::Customer, EntityKind::Visit, EntityKind::Complaint] {
        add(format!("all {entity:?}"), Box::new(move |session| found(session, &Query::new(entity))));
        for id in 1..=RECORDS + 1 {
            add(
                format!("{entity:?} {id}"),
                Box::new(move |s| Ok(format!("{:?}", s.get(entity, id)?.map(|r| r.to_draft())))),
            );
            add(
                format!("history of {entity:?} {id}"),
                Box::new(move |s| match s.history(entity, id, 100) {
                    Err(e) if e.kind() == ErrorKind::NotFound => Ok("none".to_owned()),
                    other => Ok(format!("{:?} {:?}", other?, s.explain(entity, id)?)),
                }),
            );
        }
    }
    for number in 1..=RECORDS {
        add(
            format!("code C{number}"),
            Box::new(move |session| {
                Ok(format!("{:?}", session.get_by_code(EntityKind::Customer, &format!("C{number}"))?.map(|r| r.id())))
            }),
        );
    }
    for name in OWNERS {
        let of = |entity, field| Query::new(entity).filter(field, Op::Eq, Value::Text(name.into()));
        for query in [of(EntityKind::Customer, customer::field::owner), of(EntityKind::Visit, visit::field::owner)] {
            let counted = query.clone();
            add(format!("{:?} of {name}", query.entity), Box::new(move |session| found(session, &query)));
            add(format!("count {:?} of {name}", counted.entity), Box::new(move |s| Ok(s.count(&counted)?.to_string())));
        }
    }
    let by = Query::new(EntityKind::Customer);
    add("by class".into(), Box::new(move |s| Ok(format!("{:?}", s.count_by(&by, customer::field::class)?))));
    add("changes".into(), Box::new(|session| Ok(format!("{:?}", session.changes_since(0, 10_000)?))));
    add(
        "verify".into(),
        Box::new(|session| {
            let report = session.verify()?;
            match report.problems.first() {
                // What it names is found, not taken for right.
                Some(problem) => Err(crm_core::Error::new(ErrorKind::Corrupt, problem.text.clone())),
                None => Ok(format!("{} entries, {} records, {} keys", report.entries, report.records, report.keys)),
            }
        }),
    );
    questions
}

fn found(session: &Session, query: &Query) -> crm_core::Result<String> {
    let mut cursor = session.find(query)?;
    let mut all = String::new();
    while let Some(record) = cursor.step()? {
        all.push_str(&format!("{:?}", record.to_draft()));
    }
    Ok(all)
}

/// An image to damage, with what it answers, and what it would with fewer commits.
struct Original {
    name: &'static str,
    image: Image,
    last: u64,
    /// By the sequence of the last journal entry.
    answers: BTreeMap<u64, Answers>,
    others: Others,
    /// Where the log holds the batch of each journal entry that the file may lack.
    batches: BTreeMap<u64, std::ops::Range<usize>>,
    /// Where the receipts of the log lie.
    receipts: Vec<std::ops::Range<usize>>,
}

fn written(note: &str) -> (Image, Image) {
    let disk = SimDisk::default();
    open(&disk).unwrap().crm().close().unwrap();
    let session = open(&disk).unwrap();
    let mut earlier = Image::default();
    for (number, command) in commands(note).into_iter().enumerate() {
        session.apply(command).unwrap();
        if number == 60 {
            earlier = disk.written();
        }
    }
    (earlier, disk.written())
}

fn originals() -> Vec<Original> {
    let disk = SimDisk::default();
    open(&disk).unwrap().crm().close().unwrap();
    let session = open(&disk).unwrap();
    let (mut answers, mut earlier, mut killed_early) = (BTreeMap::new(), Image::default(), None);
    let commands = commands("备注");
    let total = commands.len() as u64;
    for command in commands {
        session.apply(command).unwrap();
        let last = session.last_sequence().unwrap();
        answers.insert(last, ask(&session, &mut Random::new(last)));
        if last == total / 2 {
            earlier = disk.written();
        }
        if last == total - 5 {
            killed_early = Some(disk.written());
        }
    }
    let killed = disk.written();
    session.crm().close().unwrap();
    let (_, foreign) = written("别的");
    let original = |name, image: Image, last| Original {
        name,
        batches: batches(&image, last),
        receipts: receipts(&image),
        last,
        answers: answers.clone(),
        others: Others { earlier: earlier.clone(), foreign: foreign.clone() },
        image,
    };
    vec![
        original("closed", disk.written(), total),
        original("killed", killed, total),
        original("killed earlier", killed_early.unwrap(), total - 5),
    ]
}

/// Every batch of the log, by the journal entry that it holds: its bytes begin with `CKB2`, and have their sequence and
/// length behind it.
fn batches(image: &Image, last: u64) -> BTreeMap<u64, std::ops::Range<usize>> {
    let Some(log) = &image.log else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for at in (4096..log.len().saturating_sub(32)).step_by(8) {
        if log[at..].starts_with(b"CKB2") {
            let sequence = u64::from_le_bytes(log[at + 16..at + 24].try_into().unwrap());
            let len = 32 + u32::from_le_bytes(log[at + 24..at + 28].try_into().unwrap()) as usize;
            found.insert(sequence, at..at + len.next_multiple_of(8));
        }
    }
    let newest = found.keys().last().copied().unwrap_or_default();
    found.into_iter().filter_map(|(sequence, range)| Some(((last + sequence).checked_sub(newest)?, range))).collect()
}

/// Every receipt of the log: 24 bytes that begin with `CKR1`.
fn receipts(image: &Image) -> Vec<std::ops::Range<usize>> {
    let Some(log) = &image.log else { return Vec::new() };
    let places = (4096..log.len().saturating_sub(24)).step_by(8);
    places.filter(|at| log[*at..].starts_with(b"CKR1")).map(|at| at..at + 24).collect()
}

/// Opens a damaged image and compares every answer. Says whether the damage was found.
fn check(original: &Original, image: &Image, random: &mut Random, context: &str) -> bool {
    let disk = SimDisk::new(image.clone());
    let session = match open(&disk) {
        Ok(session) => session,
        Err(error) => {
            assert_is_of_damage(error.kind(), error.message(), context);
            return true;
        }
    };
    let answers = ask(&session, random);
    let last = session.last_sequence().ok();
    let wanted = last.map_or(original.last, |last| {
        assert!(last == original.last || is_end_of_log(original, image, last), "{last} commits are there; {context}");
        last
    });
    let mut damaged = false;
    for (question, answer) in answers {
        match answer {
            Ok(answer) => {
                let right = original.answers[&wanted][&question].as_ref();
                assert!(right == Ok(&answer), "{question}: {answer}, not {right:?}; {context}");
            }
            Err((kind, message)) => {
                assert_is_of_damage(kind, &message, context);
                damaged = true;
            }
        }
    }
    damaged
}

fn assert_is_of_damage(kind: ErrorKind, message: &str, context: &str) {
    let allowed = [ErrorKind::Corrupt, ErrorKind::NotADatabase, ErrorKind::NewerVersion, ErrorKind::Io];
    assert!(allowed.contains(&kind), "{kind:?}: {message}; {context}");
}

/// The end of the log is as a loss of power leaves it when every batch from some commit on is damaged, and with them the
/// receipt of the last: then nothing tells that it was acknowledged. A log that was cut short is never taken for one: once
/// such a cut lost 300 of 300 acknowledged commits, and `verify` found nothing.
fn is_end_of_log(original: &Original, image: &Image, last: u64) -> bool {
    let (Some(before), Some(after)) = (&original.image.log, &image.log) else { return false };
    let is_damaged = |range: &std::ops::Range<usize>| after.get(range.clone()) != Some(&before[range.clone()]);
    let end = original.batches.get(&original.last).map_or(0, |range| range.end);
    after.len() >= before.len()
        && (last + 1..=original.last).all(|entry| original.batches.get(&entry).is_some_and(is_damaged))
        && original.receipts.iter().filter(|range| range.start == end).all(is_damaged)
}

/// What becomes of the damaged files of a run.
#[derive(Default)]
struct Tally {
    found: u64,
    harmless: u64,
}

/// Damages files and looks at each; `look` says whether the damage was found.
fn damage_files(
    seed: u64,
    files: u64,
    done: &mpsc::Sender<()>,
    look: fn(&Original, &mut Image, &mut Random, &str) -> bool,
) -> Tally {
    let originals = originals();
    let mut seeds = Random::new(seed);
    let mut tally = Tally::default();
    for number in 0..files {
        let mut random = Random::new(seeds.any());
        let original = &originals[random.index(originals.len())];
        let mut image = original.image.clone();
        let said = mutate(&mut image, &original.others, &mut random);
        let context = format!("{} file, {said}; file {number} of SEED={seed}", original.name);
        match catch_unwind(AssertUnwindSafe(|| look(original, &mut image, &mut random, &context))) {
            Ok(true) => tally.found += 1,
            Ok(false) => tally.harmless += 1,
            Err(_) => unreachable!("a check failed, or the kernel panicked: {context}"),
        }
        done.send(()).unwrap();
    }
    tally
}

/// Looks at as many files as asked for, or else at this many.
fn run(seed: u64, files: u64, look: fn(&Original, &mut Image, &mut Random, &str) -> bool) -> Tally {
    run_just(seed, from_environment("FILES").unwrap_or(files), look)
}

/// Looks at a number of files in a thread of their own, and fails when one of them takes for ever.
fn run_just(seed: u64, files: u64, look: fn(&Original, &mut Image, &mut Random, &str) -> bool) -> Tally {
    let (tell, told) = mpsc::channel();
    let worker = std::thread::spawn(move || damage_files(seed, files, &tell, look));
    loop {
        match told.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return worker.join().unwrap(),
            Err(mpsc::RecvTimeoutError::Timeout) => unreachable!("a damaged file keeps the kernel busy, SEED={seed}"),
        }
    }
}

#[test]
fn a_damaged_file_gives_an_error_or_the_right_answer() {
    let tally = run(seed(), FILES, |original, image, random, context| check(original, image, random, context));
    eprintln!("damaged files: {} found, {} harmless", tally.found, tally.harmless);
    assert!(tally.found > tally.harmless / 4, "the damage hits what is read");
}

/// Opens an image whose pages have the checksums of what they hold, and asks everything; the answers may be wrong.
fn forge(image: &mut Image, random: &mut Random, check_integrity: bool) -> bool {
    seal(image);
    let options = RedbOptions { check_integrity, ..RedbOptions::default() };
    let session = open_with(&SimDisk::new(image.clone()), &options);
    session.is_err() || session.is_ok_and(|session| ask(&session, random).values().any(Result::is_err))
}

/// A file whose checksums agree with the damage, as nobody but a forger would make it: redb meets what it never wrote. Who
/// opens it with `check_integrity` has redb compare every page with what leads to it before it takes any for true: no panic
/// gets out, and every question ends.
#[test]
fn a_forged_file_that_is_checked_neither_panics_nor_takes_for_ever() {
    let tally = run(seed(), FORGED, |_, image, random, _| forge(image, random, true));
    eprintln!("forged files, checked when opened: {} with errors, {} without", tally.found, tally.harmless);
    assert!(tally.found > tally.harmless / 4, "the damage hits what is read");
}

/// The same without the check. Seed and number are the same each time: on one such file in some ten thousand a value of redb is
/// dropped while a panic of redb is on its way, and its drop panics, too, over a lock that the first panic has poisoned
/// (`BtreeExtractIf`, which frees the pages that a transaction gave up). That ends the process, and since the value lies in
/// redb's own call nothing outside of redb can hold it up.
#[test]
fn a_forged_file_neither_panics_nor_takes_for_ever() {
    let seed = from_environment("SEED").unwrap_or(1);
    eprintln!("SEED={seed}");
    let tally = run_just(seed, FORGED, |_, image, random, _| forge(image, random, false));
    eprintln!("forged files: {} with errors, {} without", tally.found, tally.harmless);
    assert!(tally.found > 0);
}
