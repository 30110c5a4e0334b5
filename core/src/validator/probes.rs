//! The checks that look for what a plugin does wrong without failing: it guesses, it remembers, it leaks, it tells.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::made;
use super::scene::{Change, Stored, Ticks, Values};
use super::try_out::{Outcome, Tried, borne, of, plain_change, told, whole};
use crate::crm::services::monotonic_us;
use crate::domain::{Date, EntityKind, FieldType, Quantity, Value};
use crate::error::{ErrorKind, Result as CoreResult};
use crate::plugin::{HOOK_LIMIT_US, misused, watch};
use crate::port::{Answer, Point};

/// What is asked: a hook about records of an entity.
type Question = (Point, EntityKind);

/// Runs a check by its name.
pub(super) fn run(name: &str, library: &Path) -> Outcome {
    match name {
        "absent" => absent(library),
        "days" => days(library),
        "deterministic" => deterministic(library),
        "stable" => stable(library),
        "related" => related(library),
        "threads" => threads(library),
        "system" => system(library),
        "time" => time(library),
        "cancelled" => cancelled(library),
        "memory" => memory(library),
        "personal" => personal(library),
        "lifetimes" => lifetimes(library),
        _ => Err("there is no such check".to_owned()),
    }
}

fn named((point, entity): Question) -> String {
    format!("{} of a {}", point.name(), entity.def().name)
}

/// Which fields a record has, for a message.
fn fields_of(tried: &Tried, entity: EntityKind, record: &Values) -> String {
    let all = tried.fields(entity);
    let names = |there: bool| {
        let found = all.iter().filter(|field| record.contains_key(&field.id) == there);
        found.map(|field| field.name.as_str()).collect::<Vec<_>>()
    };
    match (names(true), names(false)) {
        (there, _) if there.is_empty() => "without values".to_owned(),
        (_, missing) if missing.is_empty() => "with every value".to_owned(),
        (there, _) if there.len() == 1 => format!("with {} alone", there[0]),
        (_, missing) if missing.len() == 1 => format!("without {}", missing[0]),
        (there, _) => format!("with {}", there.join(", ")),
    }
}

/// A value that is absent leaves the output of the host's function as it was. A hook that reads it all the same answers by
/// what happened to lie there: on the stack, or in a static from the call before.
fn absent(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let mut asked = 0;
    for question in tried.questions() {
        let (_, entity) = question;
        let plain = || whole(&tried, entity, made::plain);
        let others = [whole(&tried, entity, made::greatest), plain(), Values::new(), plain()];
        for record in made::partial(tried.fields(entity)) {
            let mut first: Option<String> = None;
            // A number that was never set is nothing, small, great or negative by these.
            for (pattern, other) in [0x00, 0x01, 0x7F, 0xFF].into_iter().zip(&others) {
                watch::set_stack_pattern(pattern);
                tried.says(question, other);
                let said = tried.says(question, &record);
                asked += 2;
                if first.get_or_insert_with(|| said.clone()) != &said {
                    let which = fields_of(&tried, entity, &record);
                    return Err(format!(
                        "{} {which} is answered by what lay in memory before: a value that is absent is read all the same",
                        named(question)
                    ));
                }
            }
        }
    }
    Ok(format!("asked {asked} times"))
}

/// The days that are swept: each with the day after it.
fn swept() -> Vec<Date> {
    let day = |text: &str| text.parse::<Date>().expect("invariant: the text is a date");
    let stretches = [
        ("2023-12-20", "2024-03-10"),
        ("2025-02-20", "2025-03-05"),
        ("2025-12-25", "2026-03-05"),
        ("2026-04-25", "2026-05-10"),
        ("2026-09-20", "2026-10-15"),
        ("2026-12-20", "2027-01-10"),
        ("2028-02-25", "2028-03-05"),
    ];
    let days = |(from, until): (&str, &str)| {
        let until = day(until);
        day(from).iter_days().take_while(move |day| *day <= until)
    };
    stretches.into_iter().flat_map(days).collect()
}

/// Every hook is asked on every day that is swept, about records of that day; a deadline does not go back as the day on
/// which a complaint comes in goes on.
fn days(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let swept = swept();
    let mut asked = 0;
    for question in tried.questions() {
        let (point, entity) = question;
        let mut last: Option<(Date, Date)> = None;
        for day in &swept {
            let (record, customer) =
                (made::on(tried.fields(entity), *day), made::on(tried.fields(EntityKind::Customer), *day));
            let stored = Stored::default();
            let change = Change {
                now: made::instant(&format!("{day}T12:00:00+08:00")),
                command: "add",
                before: None,
                customer: of(entity, &customer),
                ..plain_change(entity, &record, &stored)
            };
            asked += 1;
            let found = deadline(&tried.ask(point, &change));
            borne(tried.ask(point, &change), &[ErrorKind::CalendarYearMissing])
                .map_err(|why| format!("{} on {day}: {why}", named(question)))?;
            if let Some((before, due)) = last
                && let Some(found) = found
                && before.succ_opt() == Some(*day)
                && found < due
            {
                return Err(format!(
                    "{}: one of {before} is due on {due}, one of the day after on {found}, which is sooner",
                    named(question)
                ));
            }
            last = found.map(|found| (*day, found));
        }
    }
    Ok(format!("asked {asked} times on {} days", swept.len()))
}

/// The deadline that an answer gives.
fn deadline(answer: &CoreResult<Answer>) -> Option<Date> {
    let decided = answer.as_ref().ok()?.decided.iter().find(|d| d.decision.subject == "deadline_on")?;
    match decided.value {
        Quantity::Date(day) => Some(day),
        _ => None,
    }
}

fn deterministic(library: &Path) -> Outcome {
    let tried = Tried::new(library, false)?;
    let scenes = scenes(&tried);
    let first: Vec<String> = scenes.iter().map(|(question, record)| tried.says(*question, record)).collect();
    for round in 0..3 {
        // What counts its calls comes out of step.
        for (question, record) in scenes.iter().take(round + 1) {
            tried.says(*question, record);
        }
        for ((question, record), wanted) in scenes.iter().zip(&first) {
            if tried.says(*question, record) != *wanted {
                let which = fields_of(&tried, question.1, record);
                return Err(format!("{} {which}: the same change got another answer", named(*question)));
            }
        }
    }
    Ok(format!("{} answers, four times", first.len()))
}

/// Every question with every record that lacks something, and with the extremes.
fn scenes(tried: &Tried) -> Vec<(Question, Values)> {
    let of = |question: Question| {
        let fields = tried.fields(question.1);
        let extremes = [made::record(fields, made::greatest), made::record(fields, made::marked)];
        made::partial(fields).into_iter().chain(extremes).map(move |record| (question, record))
    };
    tried.questions().into_iter().flat_map(of).collect()
}

/// What a hook decides is put into the record, and it is asked again: what it then decides no longer would be withdrawn.
fn stable(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let decides = [Point::Classify, Point::Cadence, Point::Complaint];
    let mut asked = 0;
    for (question, record) in scenes(&tried).into_iter().filter(|((point, _), _)| decides.contains(point)) {
        let (point, entity) = question;
        let (customer, stored) = (whole(&tried, EntityKind::Customer, made::plain), Stored::default());
        let added = Change {
            command: "add",
            before: None,
            customer: of(entity, &customer),
            ..plain_change(entity, &record, &stored)
        };
        let Ok(first) = tried.ask(point, &added) else { continue };
        let mut after = record.clone();
        for decided in &first.decided {
            let subject = &*decided.decision.subject;
            let field = tried.fields(entity).iter().find(|field| field.name == subject);
            if let Some((field, value)) = field.zip(decided.value.to_value())
                && !matches!(field.kind, FieldType::Enum(_))
            {
                after.insert(field.id, value);
            }
        }
        let changed = Change { customer: of(entity, &customer), ..plain_change(entity, &after, &stored) };
        let Ok(second) = tried.ask(point, &changed) else { continue };
        asked += 1;
        let lost = first.decided.iter().map(|d| &*d.decision.subject).find(|subject| {
            let again = second.decided.iter().any(|d| d.decision.subject == **subject);
            !again && !first.kept.iter().any(|kept| kept == subject)
        });
        if let Some(lost) = lost {
            let which = fields_of(&tried, entity, &record);
            return Err(format!(
                "{} {which}: {lost} is decided as long as it is absent and not any more when it is there, so that it comes \
                 and goes; decide it always, or mark the decision as kept",
                named(question)
            ));
        }
    }
    Ok(format!("asked {asked} times"))
}

/// Records that refer to each other: some of each entity, or many.
fn family(tried: &Tried, many: u64) -> Stored {
    let mut stored = Stored::default();
    for (entity, fields) in &tried.fields {
        let indexed = fields.iter().filter(|field| field.indexed).map(|field| (*entity, field.id));
        stored.indexed.extend(indexed);
        let record = made::record(fields, made::plain);
        stored.records.extend((1..=many).rev().map(|id| (*entity, id, record.clone())));
    }
    stored
}

fn related(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let mut asked = 0;
    for many in [3, 0, 1_200] {
        let stored = family(&tried, many);
        for question in tried.questions() {
            let (point, entity) = question;
            let (record, customer) =
                (whole(&tried, entity, made::plain), whole(&tried, EntityKind::Customer, made::plain));
            let change = Change { customer: of(entity, &customer), ..plain_change(entity, &record, &stored) };
            asked += 1;
            borne(tried.ask(point, &change), &[])
                .map_err(|why| format!("{} among {many} records of each entity: {why}", named(question)))?;
        }
    }
    Ok(format!("asked {asked} times"))
}

/// Eight threads ask at once, each about other records at any moment; while a hook reads, the others are let in between.
fn threads(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let scenes = scenes(&tried);
    let expected: Vec<String> = scenes.iter().map(|(question, record)| tried.says(*question, record)).collect();
    let one = |thread: usize| {
        let begin = thread * scenes.len() / 8;
        let turn = (0..scenes.len()).map(|at| (begin + at) % scenes.len());
        let other = turn
            .map(|at| (&scenes[at], &expected[at]))
            .find(|((question, record), wanted)| tried.says(*question, record) != **wanted);
        other.map(|((question, _), _)| named(*question))
    };
    let found = std::thread::scope(|scope| {
        let started: Vec<_> = (0..8).map(|thread| scope.spawn(move || one(thread))).collect();
        started.into_iter().find_map(|thread| thread.join().unwrap_or_else(|_| Some("a hook that panicked".to_owned())))
    });
    match found {
        None => Ok(format!("{} answers in each of eight threads", scenes.len())),
        Some(question) => Err(format!("{question}: a thread got another answer than one alone")),
    }
}

fn system(library: &Path) -> Outcome {
    if !watch::sees_calls() {
        return Ok("not looked at: calls of the system are seen on Linux for x86-64 and aarch64".to_owned());
    }
    let tried = Tried::new(library, true)?;
    let scenes = scenes(&tried);
    watch::take_called();
    for (question, record) in &scenes {
        tried.says(*question, record);
        let called = watch::take_called();
        if !called.is_empty() {
            let called = called.into_iter().collect::<Vec<_>>().join(", ");
            return Err(format!(
                "{} calls {called}: a hook goes by the change, the calendar and the figures alone",
                named(*question)
            ));
        }
    }
    Ok(format!("asked {} times", scenes.len()))
}

fn time(library: &Path) -> Outcome {
    let tried = Tried::new(library, false)?;
    let stored = Stored { ticks: Ticks::Running, ..family(&tried, 1_000) };
    let mut slowest = (0, String::new());
    for question in tried.questions() {
        let (point, entity) = question;
        let customer = whole(&tried, EntityKind::Customer, made::plain);
        let records = [made::plain, made::greatest].map(|make| whole(&tried, entity, make));
        for record in records.iter().chain([&Values::new()]) {
            // What else runs on the machine makes a call slow now and then, and not three times.
            let took = (0..3).map(|_| {
                let began = monotonic_us();
                let change = Change { customer: of(entity, &customer), ..plain_change(entity, record, &stored) };
                let _ = tried.ask(point, &change);
                monotonic_us() - began
            });
            let took = took.min().unwrap_or_default();
            if took > slowest.0 {
                slowest = (took, named(question));
            }
        }
    }
    let (took, question) = slowest;
    let message = format!("the slowest call, {question}, took {took} us; a hook may take {HOOK_LIMIT_US} us");
    if took > HOOK_LIMIT_US { Err(message) } else { Ok(message) }
}

fn cancelled(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let mut asked = 0;
    for question in tried.questions() {
        let (point, entity) = question;
        let customer = whole(&tried, EntityKind::Customer, made::plain);
        for record in [Values::new(), whole(&tried, entity, made::plain)] {
            let stored = Stored { ticks: Ticks::Past(Cell::new(0)), ..family(&tried, 3) };
            let change = Change { customer: of(entity, &customer), ..plain_change(entity, &record, &stored) };
            asked += 1;
            match tried.ask(point, &change) {
                // It ended as it was told.
                Err(error) if error.message().contains("code -11") => {}
                other => borne(other, &[]).map_err(|why| format!("{}: {why}", named(question)))?,
            }
        }
    }
    Ok(format!("asked {asked} times"))
}

/// How many calls are measured.
const CALLS: u64 = 10_000;
/// What so many calls may leave, for what the process itself takes meanwhile. Unit: bytes.
const LEFT_MAX: u64 = 64 << 10;

fn memory(library: &Path) -> Outcome {
    if watch::heap_in_use().is_none() {
        return Ok("not looked at: the memory in use is known with glibc on Linux".to_owned());
    }
    let tried = Tried::new(library, false)?;
    let mut asked = 0;
    for question in tried.questions() {
        let entity = question.1;
        let records = [made::plain, made::greatest, made::marked].map(|make| whole(&tried, entity, make));
        let left_by = |calls: u64| {
            let before = watch::heap_in_use().unwrap_or_default();
            for n in 0..calls {
                tried.says(question, &records[(n % 3) as usize]);
                drop(tried.hook.take_log());
            }
            watch::heap_in_use().unwrap_or_default().saturating_sub(before)
        };
        left_by(CALLS / 10);
        // What leaks does so each time; what the process itself takes meanwhile it takes once.
        let left = left_by(CALLS).min(left_by(CALLS));
        asked += 2 * CALLS;
        if left > LEFT_MAX {
            return Err(format!("{}: {CALLS} calls left {left} bytes in memory", named(question)));
        }
    }
    Ok(format!("asked {asked} times"))
}

/// Every personal field holds a value that is nowhere else; no text may hold it.
fn personal(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let is_personal = |entity: EntityKind, name: &str| {
        let is_name = matches!((entity, name), (EntityKind::Customer, "name" | "short_name" | "pinyin" | "address"));
        is_name || tried.fields(entity).iter().any(|field| field.name == name && field.sensitive)
    };
    let marks = |entity: EntityKind| {
        let personal = tried.fields(entity).iter().filter(move |field| is_personal(entity, &field.name));
        personal.flat_map(|field| made::marks(field).into_iter().map(|mark| (mark, field.name.clone()))).collect()
    };
    let customer = whole(&tried, EntityKind::Customer, made::marked);
    let mut stored = Stored::default();
    for entity in EntityKind::ALL {
        stored.records.push((*entity, 1, whole(&tried, *entity, made::marked)));
    }
    for question in tried.questions() {
        let (point, entity) = question;
        let mut wanted: BTreeMap<String, String> = marks(entity);
        wanted.extend(marks(EntityKind::Customer));
        for record in personal_records(&tried, entity) {
            for command in ["add", "update"] {
                let before = (command == "update").then_some(&record);
                let change = Change {
                    command,
                    before,
                    customer: of(entity, &customer),
                    ..plain_change(entity, &record, &stored)
                };
                let texts = texts(&tried, &tried.ask(point, &change));
                let told = texts.iter().find_map(|text| wanted.iter().find(|(mark, _)| text.contains(mark.as_str())));
                if let Some((_, field)) = told {
                    return Err(format!("{} tells the value of {field} in a text", named(question)));
                }
            }
        }
    }
    Ok(String::new())
}

/// Records whose personal values are marked: all there, and each other field missing or as the extremes have it.
fn personal_records(tried: &Tried, entity: EntityKind) -> Vec<Values> {
    let all = whole(tried, entity, made::marked);
    let fields = tried.fields(entity);
    let without = fields.iter().map(|field| {
        let mut rest = all.clone();
        rest.remove(&field.id);
        rest
    });
    let plain = fields.iter().filter(|field| !field.sensitive).map(|field| {
        let mut other = all.clone();
        other.insert(field.id, made::plain(field));
        other
    });
    let states = fields.iter().filter_map(|field| match field.kind {
        FieldType::Enum(def) => Some(def.values.iter().map(|value| {
            let mut other = all.clone();
            other.insert(field.id, Value::Enum(value.number));
            other
        })),
        _ => None,
    });
    std::iter::once(all.clone()).chain(without).chain(plain).chain(states.flatten()).collect()
}

/// Every text of an answer, of a failure and of the log.
fn texts(tried: &Tried, answer: &CoreResult<Answer>) -> Vec<String> {
    let mut found: Vec<String> = tried.hook.take_log().into_iter().map(|line| line.message).collect();
    match answer {
        Err(error) => found.push(told(error)),
        Ok(answer) => {
            for violation in &answer.violations {
                found.extend([violation.message.clone(), violation.message_zh.clone(), violation.code.to_string()]);
                found.extend(violation.inputs.iter().map(|(_, value)| value.clone()));
            }
            for decision in answer.decided.iter().map(|d| &d.decision).chain(&answer.withdrawn) {
                found.extend([decision.reason.clone(), decision.reason_zh.clone()]);
                found.extend(decision.inputs.iter().map(|(_, value)| value.clone()));
            }
        }
    }
    found
}

fn lifetimes(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let before = misused();
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        for (question, record) in scenes(&tried) {
            tried.says(question, &record);
            if misused() != before {
                return Err(format!(
                    "{} used a context, a sink or a view that was kept from another call, or used one from another thread",
                    named(question)
                ));
            }
            seen.insert(question.0.name());
        }
    }
    Ok(format!("{} hooks", seen.len()))
}
