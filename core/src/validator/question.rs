//! What the checks ask: each hook with each command that a database asks it about, and each calculator.

use super::made::{self, Make};
use super::scene::{Change, Field, Stored, Values, computation};
use super::try_out::{Tried, asked, plain_change};
use crate::domain::{Calculator, EntityKind, FIELD_ID, Quantity, QuantityType, Target, VERBS, Value};
use crate::error::{Error, ErrorKind, Result as CoreResult};
use crate::plugin::{check_results, text};
use crate::port::{Answer, Point};

/// A hook about records of an entity.
pub(super) type Question = (Point, EntityKind);

/// One thing that a database asks a plugin.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    /// A hook, about a record that changes by a command, or is read.
    Change { question: Question, command: &'static str, before: Option<Values>, after: Values },
    /// A calculator, with its arguments in the order of their declaration.
    Computation { calculator: Calculator, arguments: Vec<Option<Quantity>> },
}

/// How a record is made of the fields of its entity.
pub(super) type MakeRecord<'m> = &'m dyn Fn(&[Field]) -> Values;

/// The id of a record that is there before it changes.
const ID: i64 = 1;

/// The entities of which `reassess` decides something anew.
const REASSESSED: [EntityKind; 4] = [EntityKind::Complaint, EntityKind::Appeal, EntityKind::Review, EntityKind::Visit];

impl Ask {
    /// What is asked, for a message.
    pub(super) fn named(&self) -> String {
        match self {
            Ask::Change { question: (point, entity), command, .. } => {
                format!("{} of a {} at {command}", point.name(), entity.def().name)
            }
            Ask::Computation { calculator, .. } => format!("the calculator {}", calculator.name),
        }
    }

    /// What is asked with its record or its arguments, for a message.
    pub(super) fn in_full(&self, tried: &Tried) -> String {
        match self {
            Ask::Change { question, after, .. } => format!("{} {}", self.named(), fields_of(tried, question.1, after)),
            Ask::Computation { arguments, .. } => {
                let given = arguments.iter().filter(|argument| argument.is_some()).count();
                format!("{} with {given} arguments", self.named())
            }
        }
    }

    /// Asks as a database does: what it would not take is an error, arguments that are not allowed are an empty answer.
    pub(super) fn of(&self, tried: &Tried, stored: &Stored) -> CoreResult<Answer> {
        match self {
            Ask::Change { question: (point, entity), command, before, after } => {
                let refers = entity.def().customer().is_none_or(|field| after.contains_key(&field));
                let customer = tried.customer.as_ref().filter(|_| *entity != EntityKind::Customer && refers);
                let change =
                    Change { command, before: before.as_ref(), customer, ..plain_change(*entity, after, stored) };
                change.ask(|input| asked(&tried.catalog, &*tried.hook, *point, input))
            }
            Ask::Computation { calculator, arguments } => {
                let computation =
                    computation(stored.now.unwrap_or_else(made::noon), &calculator.name, arguments, stored);
                let answer = match tried.hook.compute(&computation) {
                    Err(error) if error.kind() == ErrorKind::InvalidArgument => return Ok(Answer::default()),
                    answer => answer?,
                };
                let mut answer = answer;
                text::settle(&mut answer);
                let not_taken = |why| Error::new(ErrorKind::PluginFailed, format!("its answer is not taken: {why}"));
                check_results(calculator, &answer).map_err(not_taken).map(|()| answer)
            }
        }
    }

    /// What the plugin says, as text.
    pub(super) fn says(&self, tried: &Tried, stored: &Stored) -> String {
        format!("{:?}", self.of(tried, stored).map_err(|e| (e.kind(), e.message().to_owned())))
    }

    /// The hook with its entity, or the calculator.
    pub(super) fn of_what(&self) -> String {
        match self {
            Ask::Change { question: (point, entity), .. } => format!("{} of a {}", point.name(), entity.def().name),
            Ask::Computation { calculator, .. } => calculator.name.clone(),
        }
    }
}

impl Tried {
    /// Every question that a database asks, with every command, about records that are made so; then every calculator.
    pub(super) fn every(&self, makes: &[MakeRecord<'_>]) -> Vec<Ask> {
        let of = |question: Question| {
            let fields = self.fields(question.1);
            makes.iter().flat_map(move |make| commands(question, &make(fields))).collect::<Vec<_>>()
        };
        self.questions().into_iter().flat_map(of).chain(self.computations()).collect()
    }

    /// Every question with every command, and added and changed with every record that lacks something.
    pub(super) fn scenes(&self) -> Vec<Ask> {
        let whole = |make: Make| move |fields: &[Field]| made::record(fields, make);
        let (plain, great, marked) = (whole(made::plain), whole(made::great), whole(made::marked));
        let none = |_: &[Field]| Values::new();
        let mut all = self.every(&[&plain, &great, &marked, &none]);
        for question in self.questions() {
            let partial = made::partial(self.fields(question.1));
            let added_and_changed = partial.iter().flat_map(|record| {
                let is_plain = |ask: &Ask| match ask {
                    Ask::Change { command, .. } => ["add", "update", "read"].contains(command),
                    Ask::Computation { .. } => false,
                };
                commands(question, record).into_iter().filter(is_plain).collect::<Vec<_>>()
            });
            all.extend(added_and_changed);
        }
        all
    }

    /// Every calculator: with plain, least, greatest and odd values, without each argument that may be left out, and without
    /// all of them.
    pub(super) fn computations(&self) -> Vec<Ask> {
        let mut all = Vec::new();
        for calculator in self.hook.calculators() {
            let with = |make: &dyn Fn(usize, QuantityType) -> Option<Quantity>| {
                let arguments = calculator.arguments.iter().enumerate().map(|(at, of)| make(at, of.kind)).collect();
                Ask::Computation { calculator: calculator.clone(), arguments }
            };
            let optional = |at: usize| calculator.arguments[at].optional;
            for number in [1, i64::MIN, -1, 0, i64::MAX] {
                all.push(with(&|_, kind| Some(made::quantity(kind, number))));
            }
            for (at, of) in calculator.arguments.iter().enumerate() {
                for number in [i64::MIN, i64::MAX] {
                    all.push(with(&|n, kind| Some(made::quantity(kind, if n == at { number } else { 1 }))));
                }
                if of.optional {
                    all.push(with(&|n, kind| (n != at).then(|| made::quantity(kind, 1))));
                }
            }
            all.push(with(&|at, kind| (!optional(at)).then(|| made::quantity(kind, 1))));
            all.push(with(&|at, kind| (!optional(at)).then(|| made::quantity(kind, 0))));
        }
        all
    }
}

/// The commands by which a record may change, each with the record before and after: added, put, changed, by each verb in the
/// state to which it leads, and in the runs over the base; of `rights` the reading alone.
pub(super) fn commands(question: Question, record: &Values) -> Vec<Ask> {
    let (point, entity) = question;
    let there = numbered(record.clone());
    let ask = |command, before, after| Ask::Change { question, command, before, after };
    if point == Point::Rights {
        return vec![ask("read", None, there)];
    }
    let mut all = vec![
        ask("add", None, record.clone()),
        ask("update", Some(there.clone()), there.clone()),
        ask("put", None, record.clone()),
        ask("put", Some(there.clone()), there.clone()),
    ];
    all.extend(verbs(entity).map(|verb| {
        let from = verb.from.first().map_or_else(|| there.clone(), |name| in_state(entity, &there, name));
        let to = match verb.to {
            Target::State(name) => in_state(entity, &there, name),
            _ => from.clone(),
        };
        ask(verb.name, Some(from), to)
    }));
    // Nobody changes the record in a run, so nobody is asked whether it may change.
    if point != Point::Validate {
        let run = match entity {
            EntityKind::Customer => "classify",
            _ => "redecide",
        };
        all.push(ask(run, Some(there.clone()), there.clone()));
        if REASSESSED.contains(&entity) {
            all.push(ask("reassess", Some(there.clone()), there));
        }
    }
    all
}

/// The verbs of an entity.
fn verbs(entity: EntityKind) -> impl Iterator<Item = &'static crate::domain::Verb> {
    VERBS.iter().filter(move |verb| verb.entity == entity)
}

/// A record that is stored.
pub(super) fn numbered(mut record: Values) -> Values {
    record.insert(FIELD_ID, Value::Int(ID));
    record
}

/// The record in a state.
fn in_state(entity: EntityKind, record: &Values, name: &str) -> Values {
    let (def, mut values) = (entity.def(), record.clone());
    if let (Some(field), Some(state)) = (def.state, def.states().and_then(|states| states.by_name(name))) {
        values.insert(field, Value::Enum(state.number));
    }
    values
}

/// Which fields a record has, for a message.
pub(super) fn fields_of(tried: &Tried, entity: EntityKind, record: &Values) -> String {
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
