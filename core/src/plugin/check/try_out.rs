//! The checks that need no case: what every plugin must bear.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::scene::{Change, Scene, Stored, Values, computation};
use crate::domain::{Calendar, Date, EntityKind, FieldType, Instant, Money, Quantity, QuantityType, Value};
use crate::error::ErrorKind;
use crate::port::{Hook, Point};

type Outcome = Result<String, String>;

/// Runs a check by its name.
pub(super) fn run(name: &str, library: &Path) -> Outcome {
    match name {
        "manifest" | "load" => load(library),
        "declarations" => declarations(library),
        "twice" => twice(library),
        "settings" => settings(library),
        "empty" => ask_all(library, |_, _| Values::new(), Calendar::china(), &[]),
        "extremes" => extremes(library),
        "calendar" => calendar(library),
        "deterministic" => deterministic(library),
        "threads" => threads(library),
        _ => Err("there is no such check".to_owned()),
    }
}

fn set_up(library: &Path) -> Result<(Scene, Arc<dyn Hook>), String> {
    let scene = Scene::default();
    let hook = scene.load(library, &BTreeMap::new()).map_err(|e| format!("{}: {}", e.kind(), e.message()))?;
    Ok((scene, hook))
}

fn load(library: &Path) -> Outcome {
    let (_, hook) = set_up(library)?;
    let offered: Vec<&str> = Point::ALL.into_iter().filter(|p| hook.offers(*p)).map(Point::name).collect();
    Ok(format!("{} {} offers {}", hook.id(), hook.version(), offered.join(", ")))
}

fn declarations(library: &Path) -> Outcome {
    let (_, hook) = set_up(library)?;
    let labels = hook
        .calculators()
        .iter()
        .flat_map(|c| {
            let parameters = c.arguments.iter().chain(&c.results).map(|p| (&p.name, &p.label, &p.label_zh));
            parameters.chain([(&c.name, &c.label, &c.label_zh)])
        })
        .chain(hook.fields().iter().map(|f| (&f.name, &f.label, &f.label_zh)));
    for (name, label, label_zh) in labels {
        if label.is_empty() || label_zh.is_empty() {
            return Err(format!("{name} has no label in both languages"));
        }
    }
    Ok(format!("{} fields, {} calculators", hook.fields().len(), hook.calculators().len()))
}

fn twice(library: &Path) -> Outcome {
    let (scene, first) = set_up(library)?;
    let (_, second) = set_up(library)?;
    let before = answers(&scene, &*first, default_values)?;
    drop(second);
    let (_, third) = set_up(library)?;
    let same =
        answers(&scene, &*first, default_values)? == before && answers(&scene, &*third, default_values)? == before;
    if same { Ok(String::new()) } else { Err("another state changes the answers".to_owned()) }
}

fn settings(library: &Path) -> Outcome {
    let unknown = BTreeMap::from([("crmkernel.no_such_figure".to_owned(), "1".to_owned())]);
    match Scene::default().load(library, &unknown) {
        Err(e) if e.kind() == ErrorKind::PluginFailed => Ok(e.message().to_owned()),
        Err(e) => Err(e.message().to_owned()),
        Ok(_) => {
            Err("the setting crmkernel.no_such_figure was let pass; a slip of the pen would go unnoticed".to_owned())
        }
    }
}

fn extremes(library: &Path) -> Outcome {
    ask_all(library, least, Calendar::china(), &[ErrorKind::CalendarYearMissing])?;
    ask_all(library, greatest, Calendar::china(), &[ErrorKind::CalendarYearMissing])
}

fn calendar(library: &Path) -> Outcome {
    let none = Calendar::new("CN", []);
    ask_all(library, default_values, &none, &[ErrorKind::CalendarYearMissing])
}

fn deterministic(library: &Path) -> Outcome {
    let (scene, hook) = set_up(library)?;
    let first = answers(&scene, &*hook, default_values)?;
    for _ in 0..20 {
        if answers(&scene, &*hook, default_values)? != first {
            return Err("the same change got other answers".to_owned());
        }
    }
    Ok(format!("{} answers, twenty times", first.len()))
}

fn threads(library: &Path) -> Outcome {
    let (scene, hook) = set_up(library)?;
    let expected = answers(&scene, &*hook, default_values)?;
    let fields: Vec<_> = EntityKind::ALL.iter().map(|e| (*e, scene.fields(*e))).collect();
    let one = || (0..50).all(|_| answers_of(&fields, &*hook, default_values).as_ref() == Ok(&expected));
    let all_same = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        threads.into_iter().all(|thread| thread.join().unwrap_or(false))
    });
    if all_same { Ok(String::new()) } else { Err("a thread got other answers, or panicked".to_owned()) }
}

/// Asks every hook about every entity with made-up values; only the errors that are named may come.
fn ask_all(library: &Path, values: fn(u16, FieldType) -> Values, calendar: &Calendar, may: &[ErrorKind]) -> Outcome {
    let (scene, hook) = set_up(library)?;
    let mut asked = 0;
    for entity in EntityKind::ALL.iter().copied() {
        let record = scene.fields(entity).into_iter().flat_map(|(id, kind)| values(id, kind)).collect();
        let customer = scene.fields(EntityKind::Customer).into_iter().flat_map(|(id, kind)| values(id, kind)).collect();
        for point in Point::ALL.into_iter().filter(|p| concerns(*p, entity) && hook.offers(*p)) {
            for command in ["add", "update", "close", "read"] {
                let stored = Stored::default();
                let change = change(entity, command, &record, &customer, &stored, calendar);
                match change.ask(|input| hook.ask(point, input)) {
                    Err(e) if !may.contains(&e.kind()) => {
                        return Err(format!("{} of a {}: {}", point.name(), entity.def().name, e.message()));
                    }
                    _ => asked += 1,
                }
            }
        }
    }
    asked += compute_all(&*hook, may)?;
    Ok(format!("asked {asked} times"))
}

/// Whether the kernel asks a question about records of an entity.
fn concerns(point: Point, entity: EntityKind) -> bool {
    match point {
        Point::Validate | Point::Classify | Point::Rights => true,
        Point::Cadence | Point::Retention => entity == EntityKind::Customer,
        Point::Complaint => entity == EntityKind::Complaint,
        Point::Compute => false,
    }
}

/// Calls every calculator with the values of the types; refusing them is allowed.
fn compute_all(hook: &dyn Hook, may: &[ErrorKind]) -> Result<usize, String> {
    let mut asked = 0;
    for calculator in hook.calculators() {
        for extreme in [i64::MIN, -1, 0, 1, i64::MAX] {
            let arguments: Vec<Option<Quantity>> =
                calculator.arguments.iter().map(|a| Some(quantity(a.kind, extreme))).collect();
            let stored = Stored::default();
            match hook.compute(&computation(noon(), &calculator.name, &arguments, &stored)) {
                Err(e)
                    if e.kind() != ErrorKind::InvalidArgument
                        && !may.contains(&e.kind())
                        && e.kind() != ErrorKind::CalendarYearMissing =>
                {
                    return Err(format!("{}: {}", calculator.name, e.message()));
                }
                _ => asked += 1,
            }
        }
    }
    Ok(asked)
}

fn change<'a>(
    entity: EntityKind,
    command: &'a str,
    record: &'a Values,
    customer: &'a Values,
    stored: &'a Stored,
    calendar: &'a Calendar,
) -> Change<'a> {
    let is_new = command == "add";
    Change {
        now: noon(),
        actor: "validator",
        command,
        entity,
        before: (!is_new).then_some(record),
        after: record,
        customer: (entity != EntityKind::Customer).then_some(customer),
        stored,
        calendar,
    }
}

/// What every hook says to records of every entity, as text.
fn answers(scene: &Scene, hook: &dyn Hook, values: fn(u16, FieldType) -> Values) -> Result<Vec<String>, String> {
    let fields: Vec<_> = EntityKind::ALL.iter().map(|e| (*e, scene.fields(*e))).collect();
    answers_of(&fields, hook, values)
}

fn answers_of(
    fields: &[(EntityKind, Vec<(u16, FieldType)>)],
    hook: &dyn Hook,
    values: fn(u16, FieldType) -> Values,
) -> Result<Vec<String>, String> {
    let made = |of: EntityKind| -> Values {
        let own = fields.iter().filter(|(e, _)| *e == of).flat_map(|(_, fields)| fields);
        own.flat_map(|(id, kind)| values(*id, *kind)).collect()
    };
    let customer = made(EntityKind::Customer);
    let mut all = Vec::new();
    for (entity, _) in fields {
        let record = made(*entity);
        for point in Point::ALL.into_iter().filter(|p| concerns(*p, *entity) && hook.offers(*p)) {
            let stored = Stored::default();
            let change = change(*entity, "update", &record, &customer, &stored, Calendar::china());
            let answer = change.ask(|input| hook.ask(point, input));
            all.push(format!("{:?}", answer.map_err(|e| (e.kind(), e.message().to_owned()))));
        }
    }
    Ok(all)
}

fn noon() -> Instant {
    instant("2026-09-16T12:00:00+08:00")
}

fn instant(text: &str) -> Instant {
    Instant::parse(text).expect("invariant: the text is an instant")
}

fn day(year: i32) -> Date {
    Date::from_ymd_opt(year, 1, 31).expect("invariant: every January has 31 days")
}

fn default_values(id: u16, kind: FieldType) -> Values {
    made(id, kind, 1, 4, day(2026), noon())
}

fn least(id: u16, kind: FieldType) -> Values {
    made(id, kind, i64::MIN, 0, day(1), instant("0001-01-31T12:00:00Z"))
}

fn greatest(id: u16, kind: FieldType) -> Values {
    made(id, kind, i64::MAX, 300, day(9999), instant("9999-01-31T12:00:00Z"))
}

fn made(id: u16, kind: FieldType, number: i64, len: u32, date: Date, instant: Instant) -> Values {
    let value = match kind {
        FieldType::Text { len_max } => Value::Text("值".repeat(len.min(len_max) as usize)),
        FieldType::Int { min, max } => Value::Int(number.clamp(min, max)),
        FieldType::Bool => Value::Bool(number > 0),
        FieldType::Date => Value::Date(date),
        FieldType::Instant => Value::Instant(instant),
        FieldType::Money => Value::Money(Money::new(number, "CNY").expect("invariant: three letters")),
        FieldType::Enum(def) => {
            let at = if number > 1 { def.values.len() - 1 } else { 0 };
            Value::Enum(def.values[at].number)
        }
        FieldType::Ref(_) => Value::Ref(1),
    };
    Values::from([(id, value)])
}

fn quantity(kind: QuantityType, number: i64) -> Quantity {
    let money = Money::new(number, "CNY").expect("invariant: three letters");
    match kind {
        QuantityType::Text => Quantity::Text("值".repeat(4)),
        QuantityType::Int => Quantity::Int(number),
        QuantityType::Bool => Quantity::Bool(number > 0),
        QuantityType::Date => Quantity::Date(match number {
            i64::MIN => day(1),
            i64::MAX => day(9999),
            _ => day(2026),
        }),
        QuantityType::Instant => Quantity::Instant(noon()),
        QuantityType::Money => Quantity::Money(money),
        QuantityType::Ratio => Quantity::Ratio { numerator: number, denominator: number.max(1) },
    }
}
