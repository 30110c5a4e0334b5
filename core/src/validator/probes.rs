//! The checks that look for what a plugin does wrong without failing: it guesses, it remembers, it leaks, it tells.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use super::made::{self, Make};
use super::question::{Ask, Question, commands, fields_of, numbered};
use super::scene::{Change, Field, Stored, Ticks, Values};
use super::try_out::{Outcome, Tried, borne, of, plain_change, whole};
use crate::crm::services::monotonic_us;
use crate::domain::{Date, EntityKind, FieldType, Quantity};
use crate::error::ErrorKind;
use crate::plugin::{HOOK_LIMIT_US, misused, watch};
use crate::port::{Answer, Point};

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
        "lifetimes" => lifetimes(library),
        _ => Err("there is no such check".to_owned()),
    }
}

fn named((point, entity): Question) -> String {
    format!("{} of a {}", point.name(), entity.def().name)
}

/// A value that is absent leaves the output of the host's function as it was. A hook that reads it all the same answers by
/// what happened to lie there: on the stack, or in a static from the call before.
fn absent(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let stored = tried.family(3);
    let others = tried.others();
    let mut asked = 0;
    for ask in tried.scenes() {
        let mut first: Option<String> = None;
        // A number that was never set is nothing, small, great or negative by these.
        let before = others.get(&ask.of_what()).map(Vec::as_slice).unwrap_or_default();
        for (pattern, other) in [0x00, 0x01, 0x7F, 0xFF].into_iter().zip(before) {
            watch::set_stack_pattern(pattern);
            other.says(&tried, &stored);
            let said = ask.says(&tried, &stored);
            asked += 2;
            if first.get_or_insert_with(|| said.clone()) != &said {
                return Err(format!(
                    "{} is answered by what lay in memory before: a value that is absent is read all the same",
                    ask.in_full(&tried)
                ));
            }
        }
    }
    Ok(format!("asked {asked} times"))
}

impl Tried {
    /// What is asked before the same hook or calculator is asked again: four times, each time with other values.
    fn others(&self) -> BTreeMap<String, Vec<Ask>> {
        let record = |make: Make| move |fields: &[Field]| made::record(fields, make);
        let (great, plain, none) = (record(made::great), record(made::plain), |_: &[Field]| Values::new());
        let mut found: BTreeMap<String, Vec<Ask>> = BTreeMap::new();
        for ask in self.every(&[&great, &plain, &none, &plain]) {
            let is_one = match &ask {
                Ask::Change { command, .. } => ["update", "read"].contains(command),
                Ask::Computation { .. } => true,
            };
            let known = found.entry(ask.of_what()).or_default();
            if is_one && known.len() < 4 {
                known.push(ask);
            }
        }
        found
    }
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

/// Every hook is asked on every day that is swept, about records of that day that are added, changed and, in turn, taken on by
/// each verb; on the days that are odd by every verb. A deadline, and the next due day, do not go back as the day goes on.
fn days(library: &Path) -> Outcome {
    let mut tried = Tried::new(library, true)?;
    let swept = swept();
    let mut asked = 0;
    for question in tried.questions() {
        let entity = question.1;
        let mut last: Option<(Date, Vec<(&str, Date)>)> = None;
        for (turn, day) in swept.iter().enumerate() {
            let record = made::on(tried.fields(entity), *day);
            tried.customer = Some(numbered(made::on(tried.fields(EntityKind::Customer), *day)));
            let now = made::instant(&format!("{day}T12:00:00+08:00"));
            let stored = Stored { now: Some(now), ..Stored::default() };
            let found = days_of(&asks_on(question, &record, *day, turn, &tried, &stored, &mut asked)?);
            for (subject, due) in &found {
                let before = last.as_ref().filter(|(before, _)| before.succ_opt() == Some(*day));
                let earlier = before.and_then(|(_, all)| all.iter().find(|(of, _)| of == subject));
                if let Some((_, later)) = earlier.filter(|(_, later)| due < later) {
                    let before = last.as_ref().map_or(*day, |(before, _)| *before);
                    return Err(format!(
                        "{}: {subject} of one of {before} is {later}, that of the day after is {due}, which is sooner",
                        named(question)
                    ));
                }
            }
            last = Some((*day, found));
        }
    }
    Ok(format!("asked {asked} times on {} days", swept.len()))
}

/// Asks on a day, and gives the answer to a record that is added.
fn asks_on(
    question: Question,
    record: &Values,
    day: Date,
    turn: usize,
    tried: &Tried,
    stored: &Stored,
    asked: &mut usize,
) -> Result<Answer, String> {
    use chrono::Datelike as _;
    let is_odd = (day.month(), day.day()) == (2, 29) || day.ordinal() == 1;
    let all = commands(question, record);
    let rest = all.len().saturating_sub(2).max(1);
    let mut added = Answer::default();
    for (at, ask) in all.iter().enumerate() {
        if at >= 2 && !is_odd && (at - 2) % rest != turn % rest {
            continue;
        }
        *asked += 1;
        let answer = ask.of(tried, stored);
        if at == 0 && answer.is_ok() {
            added = answer.unwrap_or_default();
            continue;
        }
        borne(answer, &[ErrorKind::CalendarYearMissing]).map_err(|why| format!("{} on {day}: {why}", ask.named()))?;
    }
    Ok(added)
}

/// The days that an answer gives, by subject, of those that go on with the day.
fn days_of(answer: &Answer) -> Vec<(&'static str, Date)> {
    let of = |subject: &'static str| {
        let decided = answer.decided.iter().find(|d| d.decision.subject == subject)?;
        match decided.value {
            Quantity::Date(day) => Some((subject, day)),
            _ => None,
        }
    };
    ["deadline_on", "next_due_on"].into_iter().filter_map(of).collect()
}

fn deterministic(library: &Path) -> Outcome {
    let tried = Tried::new(library, false)?;
    let (scenes, stored) = (tried.scenes(), tried.family(3));
    let first: Vec<String> = scenes.iter().map(|ask| ask.says(&tried, &stored)).collect();
    // What counts its calls comes out of step when some are asked more often than others.
    for often in 1..=3 {
        for (ask, wanted) in scenes.iter().zip(&first) {
            for _ in 0..often {
                if ask.says(&tried, &stored) != *wanted {
                    return Err(format!("{}: the same change got another answer", ask.in_full(&tried)));
                }
            }
        }
    }
    Ok(format!("{} answers, seven times", first.len()))
}

/// Every question with every record that lacks something, and with the extremes.
fn scenes(tried: &Tried) -> Vec<(Question, Values)> {
    let of = |question: Question| {
        let fields = tried.fields(question.1);
        let extremes = [made::record(fields, made::great), made::record(fields, made::marked)];
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

impl Tried {
    /// Records that refer to each other: some of each entity, or many.
    pub(super) fn family(&self, many: u64) -> Stored {
        let mut stored = Stored::default();
        for (entity, fields) in &self.fields {
            let indexed = fields.iter().filter(|field| field.indexed).map(|field| (*entity, field.id));
            stored.indexed.extend(indexed);
            let record = made::record(fields, made::plain);
            stored.records.extend((1..=many).rev().map(|id| (*entity, id, record.clone())));
        }
        stored
    }
}

fn related(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let mut asked = 0;
    for many in [3, 0, 1_200] {
        let stored = tried.family(many);
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
    let (mut scenes, stored) = (tried.scenes(), tried.family(3));
    // A calculator reads no record while the others are let between, so it is asked more often.
    let computations = tried.computations();
    scenes.extend(computations.iter().cycle().take(computations.len() * 200).cloned());
    let expected: Vec<String> = scenes.iter().map(|ask| ask.says(&tried, &stored)).collect();
    let one = |thread: usize| {
        let stored = tried.family(3);
        let begin = thread * scenes.len() / 8;
        let turn = (0..scenes.len()).map(|at| (begin + at) % scenes.len());
        let other =
            turn.map(|at| (&scenes[at], &expected[at])).find(|(ask, wanted)| ask.says(&tried, &stored) != **wanted);
        other.map(|(ask, _)| ask.named())
    };
    let found = std::thread::scope(|scope| {
        let one = &one;
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
    watch::take_called();
    let calls = |what: String| {
        let called = watch::take_called().into_iter().collect::<Vec<_>>().join(", ");
        match called.is_empty() {
            true => Ok(()),
            false => {
                Err(format!("{what} calls {called}: a plugin goes by the change, the calendar and the figures alone"))
            }
        }
    };
    let tried = Tried::new(library, true)?;
    calls("its set-up".to_owned())?;
    let (scenes, stored) = (tried.scenes(), tried.family(3));
    for ask in &scenes {
        ask.says(&tried, &stored);
        calls(ask.named())?;
    }
    Ok(format!("asked {} times", scenes.len()))
}

fn time(library: &Path) -> Outcome {
    let tried = Tried::new(library, false)?;
    let stored = Stored { ticks: Ticks::Running, ..tried.family(1_000) };
    let record = |make: Make| move |fields: &[Field]| made::record(fields, make);
    let (plain, greatest, none) = (record(made::plain), record(made::greatest), |_: &[Field]| Values::new());
    let mut slowest = (0, String::new());
    for ask in tried.every(&[&plain, &greatest, &none]) {
        let once = || {
            let began = monotonic_us();
            let _ = ask.of(&tried, &stored);
            monotonic_us() - began
        };
        // What else runs on the machine makes a call slow now and then, and not three times.
        let mut took = once();
        for _ in 0..2 {
            took = if took > HOOK_LIMIT_US { took.min(once()) } else { took };
        }
        if took > slowest.0 {
            slowest = (took, ask.named());
        }
        if took > HOOK_LIMIT_US {
            break;
        }
    }
    let (took, question) = slowest;
    let message = format!("the slowest call, {question}, took {took} us; a hook may take {HOOK_LIMIT_US} us");
    if took > HOOK_LIMIT_US { Err(message) } else { Ok(message) }
}

fn cancelled(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let (plain, none) = (|fields: &[Field]| made::record(fields, made::plain), |_: &[Field]| Values::new());
    let all = tried.every(&[&plain, &none]);
    for ask in &all {
        let stored = Stored { ticks: Ticks::Past(Cell::new(0)), ..tried.family(3) };
        match ask.of(&tried, &stored) {
            // It ended as it was told.
            Err(error) if error.message().contains("code -11") => {}
            other => {
                borne(other, &[ErrorKind::CalendarYearMissing]).map_err(|why| format!("{}: {why}", ask.named()))?
            }
        }
    }
    Ok(format!("asked {} times", all.len()))
}

fn lifetimes(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let (scenes, stored) = (tried.scenes(), tried.family(3));
    let before = misused();
    for _ in 0..3 {
        for ask in &scenes {
            ask.says(&tried, &stored);
            if misused() != before {
                return Err(format!(
                    "{} used a context, a sink or a view that was kept from another call, or used one from another thread",
                    ask.named()
                ));
            }
        }
    }
    Ok(format!("asked {} times", 3 * scenes.len()))
}
