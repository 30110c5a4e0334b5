//! The check that nothing personal is told: every personal field holds a value that is nowhere else, and no text, line of the
//! log or print may tell it, whole, squeezed together, by its last digits, or as another form of a day.
//!
//! Everything is asked twice, with two values for each field: what is told both times is no chance.

use std::collections::BTreeSet;
use std::path::Path;

use super::made::{self, Make, Mark};
use super::question::{Ask, Question};
use super::scene::{Change, Stored, Values};
use super::try_out::{Outcome, Tried, of, plain_change, told, whole};
use crate::domain::{EntityKind, FieldType, Quantity, Value};
use crate::error::Result as CoreResult;
use crate::plugin::watch::Printed;
use crate::port::{Answer, Point};

/// What was told: by what, of which field, and where it came out.
type Told = (String, String, &'static str);

/// Runs the check.
pub(super) fn run(library: &Path) -> Outcome {
    let tried = Tried::new(library, true)?;
    let makes: [Make; 2] = [made::marked, made::marked_again];
    let [first, second] = makes.map(|make| tell(&tried, make));
    let both = &first? & &second?;
    match both.first() {
        Some((asked, field, place)) => Err(format!("{asked} tells the value of {field} in {place}")),
        None => Ok(String::new()),
    }
}

/// A personal field: its name, whether it is sensitive, and how its value is known again.
struct Personal {
    name: String,
    is_sensitive: bool,
    marks: Vec<Mark>,
}

/// The personal fields of an entity with the values that are made for them.
fn personal(tried: &Tried, entity: EntityKind, make: Make) -> Vec<Personal> {
    let is_name =
        |name: &str| matches!((entity, name), (EntityKind::Customer, "name" | "short_name" | "pinyin" | "address"));
    let fields = tried.fields(entity).iter().filter(|field| field.sensitive || is_name(&field.name));
    let of = |field: &super::scene::Field| Personal {
        name: field.name.clone(),
        is_sensitive: field.sensitive,
        marks: made::marks(&make(field)),
    };
    fields.map(of).collect()
}

/// What is told of values that are made so.
fn tell(tried: &Tried, make: Make) -> Result<BTreeSet<Told>, String> {
    let mut printed = Printed::gather().map_err(|error| format!("what it prints cannot be seen: {error}"))?;
    let customer = whole(tried, EntityKind::Customer, make);
    let mut stored = Stored::default();
    for entity in EntityKind::ALL {
        stored.records.push((*entity, 1, whole(tried, *entity, make)));
    }
    let mut told = BTreeSet::new();
    let mut everybody = Vec::new();
    for question in tried.questions() {
        let (point, entity) = question;
        let mut known = personal(tried, entity, make);
        known.extend(personal(tried, EntityKind::Customer, make));
        for (command, before, after) in changes(tried, question, make) {
            let change = Change {
                command,
                before: before.as_ref(),
                customer: of(entity, &customer),
                ..plain_change(entity, &after, &stored)
            };
            let asked = format!("{} of a {}", point.name(), entity.def().name);
            let answer = tried.ask(point, &change);
            note(&mut told, &known, &asked, "a text", &texts(tried, &answer), |_| true);
            note(&mut told, &known, &asked, "a field that is not sensitive", &values(tried, question, &answer), |of| {
                of.is_sensitive
            });
        }
        everybody.extend(known);
    }
    let prints = [printed.text()];
    drop(printed);
    note(&mut told, &everybody, "a hook", "what it prints", &prints, |_| true);
    Ok(told)
}

fn note(
    told: &mut BTreeSet<Told>,
    known: &[Personal],
    asked: &str,
    place: &'static str,
    texts: &[String],
    counts: impl Fn(&Personal) -> bool,
) {
    for text in texts.iter().filter(|text| !text.is_empty()) {
        for field in known.iter().filter(|field| counts(field)) {
            if field.marks.iter().any(|mark| mark.is_in(text)) {
                told.insert((asked.to_owned(), field.name.clone(), place));
            }
        }
    }
}

/// The changes that are asked about: every command with every personal value, and added and changed with each other field
/// missing, plain, or in another state.
fn changes(tried: &Tried, question: Question, make: Make) -> Vec<(&'static str, Option<Values>, Values)> {
    let all = |fields: &[super::scene::Field]| made::record(fields, make);
    let every = tried.every(&[&all]).into_iter().filter_map(|ask| match ask {
        Ask::Change { question: of, command, before, after } if of == question => Some((command, before, after)),
        _ => None,
    });
    let mut found: Vec<_> = every.collect();
    if question.0 == Point::Rights {
        return found;
    }
    for record in records(tried, question.1, make) {
        found.push(("add", None, record.clone()));
        found.push(("update", Some(record.clone()), record));
    }
    found
}

/// Records whose personal values are marked: each other field missing or as it may well be, each state.
fn records(tried: &Tried, entity: EntityKind, make: Make) -> Vec<Values> {
    let all = whole(tried, entity, make);
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
    without.chain(plain).chain(states.flatten()).collect()
}

/// Every text of an answer, of a failure and of the log.
fn texts(tried: &Tried, answer: &CoreResult<Answer>) -> Vec<String> {
    let mut found: Vec<String> = tried.hook.take_log().into_iter().map(|line| line.message).collect();
    match answer {
        Err(error) => found.push(told(error)),
        Ok(answer) => {
            for violation in &answer.violations {
                found.extend([violation.message.clone(), violation.message_zh.clone(), violation.code.to_string()]);
                found.extend([violation.rule.to_string(), violation.source.to_string()]);
                found.extend(violation.inputs.iter().flat_map(|(name, value)| [name.to_string(), value.clone()]));
            }
            for decision in answer.decided.iter().map(|d| &d.decision).chain(&answer.withdrawn) {
                found.extend([decision.reason.clone(), decision.reason_zh.clone()]);
                found.extend([decision.rule.to_string(), decision.source.to_string()]);
                found.extend(decision.inputs.iter().flat_map(|(name, value)| [name.to_string(), value.clone()]));
            }
        }
    }
    found
}

/// The texts that are decided for fields that are not sensitive.
fn values(tried: &Tried, (_, entity): Question, answer: &CoreResult<Answer>) -> Vec<String> {
    let Ok(answer) = answer else { return Vec::new() };
    let is_sensitive = |name: &str| tried.fields(entity).iter().any(|field| field.name == name && field.sensitive);
    let plain = answer.decided.iter().filter(|decided| !is_sensitive(&decided.decision.subject));
    plain
        .filter_map(|decided| match &decided.value {
            Quantity::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}
