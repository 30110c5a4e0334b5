//! The Rust face: cases on crm-core, with the memory store.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, CustomField, Decision, EntityKind, FieldType, Fields, Instant, Language, Level, Money,
    NewPolicy, Value, ValueRef, Verb,
};
use crm_core::port::{Clock, Order};
use crm_core::rules::relation::Reached;
use crm_core::rules::satisfaction::Share;
use crm_core::{
    Atomicity, Catalog, Condition, Config, Crm, Error, ErrorKind, JournalEntry, Moment, Op, Outcome, PluginOptions,
    Query, Record, Session, Stay, Summary, policy,
};
use serde_json::{Map, Value as Json, json};

use crate::face::{self, Answer, As, Face, Setup, bad_case, what};

struct Told(Arc<AtomicI64>);

impl Clock for Told {
    fn now(&self) -> Instant {
        Instant::from_us(self.0.load(Ordering::SeqCst)).unwrap_or(Instant::MIN)
    }
}

/// Cases on crm-core.
#[derive(Debug)]
pub struct RustFace {
    crm: Crm,
    now_us: Arc<AtomicI64>,
}

impl RustFace {
    /// A fresh database in memory.
    ///
    /// # Errors
    /// The error of opening it or of loading a plugin.
    pub fn open(setup: &Setup) -> Result<Self, Json> {
        let now_us = Arc::new(AtomicI64::new(setup.now_us));
        let config = Config::new(Arc::new(Told(now_us.clone())));
        let crm = Crm::open(Arc::new(MemoryStore::new()), config).map_err(failure)?;
        for (library, settings) in &setup.plugins {
            let settings = settings.iter().cloned().collect();
            let options = PluginOptions { allowed: vec![library.clone()], settings, ..PluginOptions::default() };
            crm.load_plugin(library, &options).map_err(failure)?;
        }
        Ok(Self { crm, now_us })
    }

    fn session(&self, actor: &As) -> Result<Session, Json> {
        let number = Level::DEF.by_name(&actor.level).map(|v| v.number);
        let level = number.and_then(Level::from_number).ok_or_else(|| bad_case("an unknown level"))?;
        let session = self.crm.session(Actor { name: actor.name.clone(), level }).map_err(failure)?;
        Ok(if actor.allows_impossible_dates { session.allowing_impossible_dates() } else { session })
    }
}

impl Face for RustFace {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn set_now(&mut self, now_us: i64) {
        self.now_us.store(now_us, Ordering::SeqCst);
    }

    fn step(&mut self, actor: &As, step: &Json) -> Answer {
        let session = self.session(actor)?;
        let catalog = self.crm.catalog();
        match what(step) {
            ("", "changes") => changes(&session, step),
            ("", "declare_field") => declare(&session, &step["field"]),
            ("", "verify") => verify(&session),
            ("", "batch") => batch(&session, &catalog, step),
            ("policy", verb) => policies(&self.crm, &session, verb, step),
            ("customer", "file") => customer_file(&session, step),
            ("customer", "due_days") => due_days(&session, step),
            ("customer", "satisfaction") => {
                let (from, until) = face::period(step, face::date)?;
                let found = session.satisfaction(step["id"].as_u64(), from, until).map_err(failure)?;
                Ok(face::share(found.part, found.whole, found.hundredths()))
            }
            ("complaint", "rate") => {
                let (from, until) = face::period(step, face::instant)?;
                let found = session.complaint_rate(from, until).map_err(failure)?;
                Ok(face::share(found.part, found.whole, found.hundredths()))
            }
            (entity, "get") => get(&session, &catalog, entity_named(entity)?, step),
            (entity, "find") => find(&session, &catalog, entity_named(entity)?, step),
            (entity, "count") => {
                let query = query(&catalog, entity_named(entity)?, step)?;
                let plan = session.explain_query(&query).map_err(failure)?;
                Ok(json!({"count": session.count(&query).map_err(failure)?, "counted": plan.counted}))
            }
            (entity, "count_by") => count_by(&session, &catalog, entity_named(entity)?, step),
            (entity, "aggregate") => aggregate(&session, &catalog, entity_named(entity)?, step),
            (entity, "history") => {
                let entries = session.history(entity_named(entity)?, id_of(step), usize::MAX).map_err(failure)?;
                let commands: Vec<&str> = entries.iter().map(|e| e.command.as_str()).collect();
                let decisions: Vec<&Decision> = entries.iter().flat_map(|entry| &entry.decisions).collect();
                let words = |language| decisions.iter().map(|d| catalog.words_of(d, language).to_string()).collect();
                let (en, zh): (Vec<String>, Vec<String>) = (words(Language::English), words(Language::Chinese));
                let decisions: Vec<Json> = decisions.iter().map(|decision| decision_json(decision)).collect();
                Ok(json!({"commands": commands, "value_counts": value_counts(&entries), "decisions": decisions,
                    "en": en, "zh": zh}))
            }
            (entity, "explain") => {
                let entity = entity_named(entity)?;
                let found = session.explain(entity, id_of(step)).map_err(failure)?;
                let words = |language| session.explain_in_words(entity, id_of(step), language).map_err(failure);
                Ok(json!({"decisions": found.iter().map(decision_json).collect::<Vec<_>>(),
                    "en": words(Language::English)?, "zh": words(Language::Chinese)?}))
            }
            (entity, "stays") => {
                let found = session.stays(entity_named(entity)?, id_of(step)).map_err(failure)?;
                Ok(json!({"stays": found.iter().map(stay_json).collect::<Vec<_>>()}))
            }
            (entity, "related") => related(&session, entity_named(entity)?, step),
            _ => {
                let done = session.apply(command(&catalog, step)?).map_err(failure)?;
                Ok(outcome_json(&catalog, &done))
            }
        }
    }
}

fn policies(crm: &Crm, session: &Session, verb: &str, step: &Json) -> Answer {
    let text = face::policy_text(step)?;
    match verb {
        "adopt" => {
            let effective_on = face::date(&step["effective_on"]);
            let approver = step["approver"].as_str().map(str::to_owned);
            let done = session.adopt_policy(NewPolicy { text, effective_on, approver }).map_err(failure)?;
            Ok(
                json!({"sequence": done.sequence, "decisions": face::without_text(done.decisions.iter().map(decision_json))}),
            )
        }
        "check" => {
            crm.try_policy(&text).map_err(failure)?;
            Ok(json!({}))
        }
        "show" => {
            let merged = match step["version"].as_str() {
                Some(version) => crm.policy_of(version).map_err(failure)?,
                None => crm.policy(),
            };
            face::json(&merged.to_json())
        }
        "diff" => {
            let base = step["base"].as_str().map_or_else(|| Ok(crm.policy()), |base| crm.policy_by(base));
            let found =
                policy::difference(&base.map_err(failure)?, &crm.policy_by(face::other(step, &text)).map_err(failure)?);
            Ok(json!({"figures": face::json(&policy::differences_to_json(&found))?}))
        }
        "versions" => Ok(json!({"versions": face::json(&policy::versions_to_json(&crm.policies()))?})),
        "what_if" => face::json(&session.what_if(&text, 1_000).map_err(failure)?.to_json()),
        "report_days" => {
            let day = |name: &str| face::date(&step[name]).ok_or_else(|| bad_case(format!("{name} is a date")));
            let found = session.report_days(day("since")?, day("until")?).map_err(failure)?;
            Ok(json!({"decisions": found.iter().map(decision_json).collect::<Vec<_>>()}))
        }
        "reclassify" => {
            let done = session.reclassify(&mut |_| std::ops::ControlFlow::Continue(())).map_err(failure)?;
            Ok(json!({"customers": done.customers, "changed": done.changed}))
        }
        "reassess" => {
            let done = session.reassess(&mut |_| std::ops::ControlFlow::Continue(())).map_err(failure)?;
            Ok(json!({"complaints": done.0, "changed": done.1}))
        }
        "mark_missed" => {
            let done = session.mark_missed(&mut |_| std::ops::ControlFlow::Continue(())).map_err(failure)?;
            Ok(json!({"marked": done.marked, "left": done.left}))
        }
        other => Err(bad_case(format!("no verb {other} of policies"))),
    }
}

fn due_days(session: &Session, step: &Json) -> Answer {
    let until = face::date(&step["until"]).ok_or_else(|| bad_case("until is a date"))?;
    let found = session.due_days(id_of(step), until).map_err(failure)?;
    Ok(json!({"decisions": found.iter().map(|due| decision_json(&due.decision)).collect::<Vec<_>>()}))
}

fn customer_file(session: &Session, step: &Json) -> Answer {
    let found = session.customer_file(id_of(step)).map_err(failure)?;
    Ok(json!({"decisions": found.iter().map(decision_json).collect::<Vec<_>>()}))
}

fn entity_named(name: &str) -> Result<EntityKind, Json> {
    EntityKind::from_name(name).ok_or_else(|| bad_case(format!("no entity {name}")))
}

fn id_of(step: &Json) -> u64 {
    step["id"].as_u64().unwrap_or_default()
}

fn command(catalog: &Catalog, step: &Json) -> Result<Command, Json> {
    let (entity, verb) = what(step);
    let entity = entity_named(entity)?;
    let changes = set(catalog, entity, &step["set"])?;
    let (id, revision) = (id_of(step), step["revision"].as_u64());
    Ok(match verb {
        "add" => Command::Add { entity, changes },
        "put" => Command::Put { entity, changes },
        "update" => Command::Update { entity, id, revision, changes },
        verb => {
            let verb = Verb::named(entity, verb).ok_or_else(|| bad_case(format!("no verb {verb}")))?;
            Command::Act { verb, id, revision, changes }
        }
    })
}

fn set(catalog: &Catalog, entity: EntityKind, given: &Json) -> Result<Changes, Json> {
    let mut changes = Changes::new();
    for (name, value) in given.as_object().into_iter().flatten() {
        let field = catalog.require_named(entity, name).map_err(failure)?;
        changes.insert(field.id, value_of(field.kind, value).map_err(failure)?);
    }
    Ok(changes)
}

/// The value of a JSON for a field; one of another type is given as it is.
fn value_of(kind: FieldType, given: &Json) -> Result<Option<Value>, Error> {
    let by_field = match kind {
        FieldType::Enum(def) => {
            given.as_str().map(|name| Value::Enum(def.by_name(name).map_or(u16::MAX, |v| v.number)))
        }
        FieldType::Date => face::date(given).map(Value::Date),
        FieldType::Instant => face::instant(given).map(Value::Instant),
        FieldType::Ref(_) => given.as_u64().map(Value::Ref),
        _ => None,
    };
    if by_field.is_some() {
        return Ok(by_field);
    }
    Ok(match given {
        Json::Null => None,
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Bool(flag) => Some(Value::Bool(*flag)),
        Json::Number(number) => Some(Value::Int(number.as_i64().unwrap_or_default())),
        _ => {
            let (amount, currency) = face::money(given);
            Some(Value::Money(Money::new(amount, currency)?))
        }
    })
}

fn get(session: &Session, catalog: &Catalog, entity: EntityKind, step: &Json) -> Answer {
    let found = if let Some(code) = step["code"].as_str() {
        session.get_by_code(entity, code)
    } else if let Some(reference) = step["external_ref"].as_array() {
        let part = |i: usize| reference.get(i).and_then(Json::as_str).unwrap_or_default();
        session.get_by_external_ref(entity, part(0), part(1))
    } else if let Some(sequence) = step["as_of"].as_u64() {
        session.as_of(entity, id_of(step), Moment::Sequence(sequence))
    } else if let Some(instant) = face::instant(&step["as_of"]) {
        session.as_of(entity, id_of(step), Moment::Instant(instant))
    } else {
        session.get(entity, id_of(step))
    };
    Ok(match found.map_err(failure)? {
        Some(record) => json!({"found": true, "id": record.id(), "revision": record.revision(),
            "record": record_json(catalog, &record)}),
        None => json!({"found": false}),
    })
}

fn query(catalog: &Catalog, entity: EntityKind, step: &Json) -> Result<Query, Json> {
    let mut query = Query::new(entity);
    for condition in step["where"].as_array().into_iter().flatten() {
        let part = |i: usize| condition[i].as_str().unwrap_or_default();
        let field = catalog.require_named(entity, part(0)).map_err(failure)?;
        let op = Op::from_name(part(1)).ok_or_else(|| bad_case(format!("no operator {}", part(1))))?;
        let given = condition.as_array().into_iter().flatten().skip(2);
        let values: Result<Vec<Option<Value>>, Error> = given.map(|value| value_of(field.kind, value)).collect();
        let values = values.map_err(failure)?.into_iter().flatten().collect();
        query.conditions.push(Condition { field: field.id, op, values });
    }
    if let Some(field) = step["order"][0].as_str() {
        let field = catalog.require_named(entity, field).map_err(failure)?.id;
        let order = if step["order"][1] == "desc" { Order::Descending } else { Order::Ascending };
        query.order = Some((field, order));
    }
    query.limit = step["limit"].as_u64();
    Ok(query)
}

fn find(session: &Session, catalog: &Catalog, entity: EntityKind, step: &Json) -> Answer {
    let mut query = query(catalog, entity, step)?;
    let plan = session.explain_query(&query).map_err(failure)?;
    let mut ids = Vec::new();
    loop {
        let mut cursor = session.find(&query).map_err(failure)?;
        let before = ids.len();
        while let Some(record) = cursor.step().map_err(failure)? {
            ids.push(record.id());
        }
        if step["pages"] != true || ids.len() == before {
            break;
        }
        query.position = Some(cursor.position());
    }
    let plan = json!({"index": plan.index, "fixed_fields": plan.fixed_fields, "ranged": plan.ranged,
        "sorted": plan.sorted, "filtered": plan.filtered});
    Ok(json!({"ids": ids, "plan": plan}))
}

fn count_by(session: &Session, catalog: &Catalog, entity: EntityKind, step: &Json) -> Answer {
    let query = query(catalog, entity, step)?;
    let by = catalog.require_named(entity, step["by"].as_str().unwrap_or_default()).map_err(failure)?;
    let json = |value: Option<Value>| value.map_or(Json::Null, |value| value_json(by.kind, value.as_ref()));
    let groups = session.count_by(&query, by.id).map_err(failure)?;
    let groups: Vec<Json> = groups.into_iter().map(|(value, count)| json!([json(value), count])).collect();
    let shares = session.shares_by(&query, by.id).map_err(failure)?;
    let share = |(value, share): (_, Share)| json!([json(value), share.part, share.whole, share.hundredths()]);
    Ok(json!({"groups": groups, "shares": shares.into_iter().map(share).collect::<Vec<_>>()}))
}

fn aggregate(session: &Session, catalog: &Catalog, entity: EntityKind, step: &Json) -> Answer {
    let query = query(catalog, entity, step)?;
    let named = |name: &str| catalog.require_named(entity, name).map_err(failure);
    let field = named(step["field"].as_str().unwrap_or_default())?;
    let by = step["by"].as_str().map(named).transpose()?;
    let found = session.aggregate(&query, field.id, by.map(|by| by.id)).map_err(failure)?;
    let summary = |summary: &Summary| {
        let group = summary.group.as_ref().zip(by).map(|(value, by)| value_json(by.kind, value.as_ref()));
        json!({"group": group, "count": summary.count, "sum": summary.sum.map(|sum| sum.to_string()),
            "least": value_json(field.kind, summary.least.as_ref()),
            "greatest": value_json(field.kind, summary.greatest.as_ref())})
    };
    Ok(json!({"summaries": found.iter().map(summary).collect::<Vec<_>>()}))
}

fn stay_json(stay: &Stay) -> Json {
    let until = stay.until.map(|until| face::instant_json(until.us()));
    json!({"state": stay.state, "from": face::instant_json(stay.from.us()), "until": until, "seconds": stay.seconds})
}

fn related(session: &Session, entity: EntityKind, step: &Json) -> Answer {
    let (depth, both) = face::walk(step);
    let found = session.related(entity, id_of(step), depth, both).map_err(failure)?;
    let kind = entity.def().field_named("kind").map(|field| field.kind);
    let one = |one: &Reached| {
        let kind = kind.map(|kind| value_json(kind, ValueRef::Enum(one.edge.kind)));
        json!({"id": one.id, "depth": one.depth, "via": one.from, "relation": one.edge.relation, "kind": kind,
            "leads_away": one.edge.leads_away})
    };
    Ok(json!({"related": found.iter().map(one).collect::<Vec<_>>()}))
}

fn changes(session: &Session, step: &Json) -> Answer {
    let limit = step["limit"].as_u64().map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let entries = session.changes_since(step["since"].as_u64().unwrap_or_default(), limit).map_err(failure)?;
    let sequences: Vec<u64> = entries.iter().map(|e| e.sequence).collect();
    let commands: Vec<&str> = entries.iter().map(|e| e.command.as_str()).collect();
    Ok(json!({"sequences": sequences, "commands": commands, "value_counts": value_counts(&entries)}))
}

/// How many values each entry changed.
fn value_counts(entries: &[JournalEntry]) -> Vec<usize> {
    entries.iter().map(|entry| entry.changes.iter().map(|change| change.values.len()).sum()).collect()
}

fn declare(session: &Session, field: &Json) -> Answer {
    let text = |name: &str| field[name].as_str().unwrap_or_default().to_owned();
    let int = |name: &str| field[name].as_i64();
    let kind = match field["type"].as_str().unwrap_or_default() {
        "text" => FieldType::Text { len_max: int("len_max").and_then(|n| u32::try_from(n).ok()).unwrap_or_default() },
        "int" => FieldType::Int { min: int("min").unwrap_or(i64::MIN), max: int("max").unwrap_or(i64::MAX) },
        "bool" => FieldType::Bool,
        "date" => FieldType::Date,
        "instant" => FieldType::Instant,
        "money" => FieldType::Money,
        other => return Err(bad_case(format!("no type {other} for a custom field"))),
    };
    let field = CustomField {
        id: 0,
        entity: entity_named(&text("entity"))?,
        name: text("name"),
        kind,
        label: text("label"),
        label_zh: text("label_zh"),
        sensitive: field["sensitive"] == true,
        indexed: field["indexed"] == true,
    };
    let done = session.apply(Command::DeclareField(field)).map_err(failure)?;
    Ok(json!({"changed": done.changed}))
}

fn verify(session: &Session) -> Answer {
    let report = session.verify().map_err(failure)?;
    let problems: Vec<String> = report.problems.into_iter().map(|problem| problem.text).collect();
    Ok(json!({"entries": report.entries, "records": report.records, "problems": problems}))
}

fn batch(session: &Session, catalog: &Catalog, step: &Json) -> Answer {
    let given = step["commands"].as_array().into_iter().flatten();
    let commands = given.map(|step| command(catalog, step)).collect::<Result<Vec<_>, Json>>()?;
    let atomicity = if step["atomicity"] == "all" { Atomicity::All } else { Atomicity::Each };
    let answers = session.apply_many(commands, atomicity).map_err(failure)?;
    let answer = |answer: Result<Outcome, Error>| match answer {
        Ok(done) => outcome_json(catalog, &done),
        Err(error) => json!({"error": failure(error)}),
    };
    Ok(json!({"answers": answers.into_iter().map(answer).collect::<Vec<_>>()}))
}

fn outcome_json(catalog: &Catalog, done: &Outcome) -> Json {
    json!({
        "changed": done.changed,
        "added": done.added,
        "sequence": done.sequence,
        "id": done.record.as_ref().map(Record::id),
        "revision": done.record.as_ref().map(Record::revision),
        "record": done.record.as_ref().map(|record| record_json(catalog, record)),
        "decisions": done.decisions.iter().map(decision_json).collect::<Vec<_>>(),
    })
}

fn record_json(catalog: &Catalog, record: &Record) -> Json {
    let mut out = Map::new();
    for field in catalog.fields(record.entity()) {
        if let Some(value) = record.get(field.id) {
            out.insert(field.name.clone(), value_json(field.kind, value));
        }
    }
    Json::Object(out)
}

fn value_json(kind: FieldType, value: ValueRef<'_>) -> Json {
    match (value, kind) {
        (ValueRef::Text(v), _) => json!(v),
        (ValueRef::Int(v), _) => json!(v),
        (ValueRef::Bool(v), _) => json!(v),
        (ValueRef::Date(v), _) => face::date_json(v.to_epoch_days()),
        (ValueRef::Instant(v), _) => face::instant_json(v.us()),
        (ValueRef::Money(v), _) => json!({"amount_minor": v.amount_minor(), "currency": v.currency()}),
        (ValueRef::Enum(v), FieldType::Enum(def)) => json!(def.by_number(v).map(|value| value.name)),
        (ValueRef::Enum(v), _) => json!(v),
        (ValueRef::Ref(v), _) => json!(v),
    }
}

fn decision_json(decision: &Decision) -> Json {
    json!({
        "subject": decision.subject, "value": decision.value, "rule": decision.rule, "source": decision.source,
        "inputs": inputs_json(&decision.inputs), "reason": decision.reason, "reason_zh": decision.reason_zh,
        "policy_version": decision.policy_version, "plugin": decision.plugin,
    })
}

fn inputs_json(inputs: &[(Cow<'static, str>, String)]) -> Json {
    Json::Object(inputs.iter().map(|(name, value)| (name.to_string(), json!(value))).collect())
}

/// The JSON of an error.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err takes")]
fn failure(error: Error) -> Json {
    let violation = |v: &crm_core::Violation| {
        json!({"field": v.field, "code": v.code, "message": v.message, "message_zh": v.message_zh, "rule": v.rule,
            "plugin": v.plugin, "source": v.source, "inputs": inputs_json(&v.inputs),
            "policy_version": v.policy_version})
    };
    let context = error.context().iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let violations = error.violations().iter().map(violation).collect();
    debug_assert!(error.kind() != ErrorKind::Bug, "{}", error.message());
    face::error(error.kind().name(), error.message(), violations, context)
}
