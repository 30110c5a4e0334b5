//! The numeric cases of a plugin: a change or a call in, what must come out.
//!
//! A file is `{"cases": [...]}`. A case has `name`, `rules` (the ids that it shows), `hook` (`validate`, `classify`,
//! `cadence`, `complaint`, `rights`, `retention`, `compute`), `now`, and for a change `entity`, `command`, `actor`,
//! `before`, `after`, `customer`, `stored` (`[{"entity", "id", "values"}]`, the newest first); for `compute`
//! `calculator` and `arguments`. `settings` overrides figures. `expect` has `violations` (`["field code"]`), `decided`
//! (subject to value), `masked` (fields), or `error` (a kind); what it does not name must be empty.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::scene::{Change, Scene, Stored, Values, computation};
use super::try_out::asked;
use super::value;
use crate::domain::{Calendar, EntityKind, Instant};
use crate::error::{Error, ErrorKind};
use crate::port::{Answer, Hook, Point};

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// The name of the case.
    pub name: String,
    /// The ids of the rules that it shows.
    pub rules: Vec<String>,
    /// Whether what came out is what was expected.
    pub passed: bool,
    /// What was expected and what came out, when they differ.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    rules: Vec<String>,
    hook: String,
    #[serde(default = "default_now")]
    now: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    entity: String,
    #[serde(default = "default_command")]
    command: String,
    #[serde(default)]
    actor: String,
    before: Option<Map<String, Json>>,
    #[serde(default)]
    after: Map<String, Json>,
    customer: Option<Map<String, Json>>,
    #[serde(default)]
    stored: Vec<StoredRecord>,
    #[serde(default)]
    calculator: String,
    #[serde(default)]
    arguments: Map<String, Json>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRecord {
    entity: String,
    id: u64,
    values: Map<String, Json>,
}

#[derive(Deserialize, Default, PartialEq, Eq, Debug)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    violations: Vec<String>,
    decided: BTreeMap<String, String>,
    masked: Vec<String>,
    error: Option<String>,
}

fn default_now() -> String {
    "2026-09-16T09:00:00+08:00".to_owned()
}

fn default_command() -> String {
    "add".to_owned()
}

/// The files of cases under a path: itself, or the `.json` files directly in the folder, in the order of their names.
///
/// # Errors
/// When the path cannot be read.
pub fn cases_of(path: &Path) -> Result<Vec<PathBuf>, String> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    Ok(files)
}

/// Runs the cases of a file against the library at an absolute path.
///
/// # Errors
/// When the file is not one of cases. A plugin that cannot be loaded fails its cases.
pub fn run_cases(library: &Path, file: &Path) -> Result<Vec<CaseResult>, String> {
    #[expect(clippy::disallowed_methods, reason = "the validator reads the vendor's own cases")]
    let bytes = std::fs::read(file).map_err(|e| format!("{} cannot be read: {e}", file.display()))?;
    let parsed: File =
        serde_json::from_slice(&bytes).map_err(|e| format!("{} is not a file of cases: {e}", file.display()))?;
    Ok(parsed.cases.into_iter().map(|case| run_case(library, case)).collect())
}

fn run_case(library: &Path, case: Case) -> CaseResult {
    let outcome = Scenario::new(library, &case).and_then(|scenario| scenario.run(&case));
    let message = match outcome {
        Ok(found) if found == case.expect => String::new(),
        Ok(found) => format!("expected {:?}, found {found:?}", case.expect),
        Err(message) => message,
    };
    CaseResult { name: case.name, rules: case.rules, passed: message.is_empty(), message }
}

/// A plugin set up for a case.
struct Scenario {
    scene: Scene,
    hook: Result<std::sync::Arc<dyn Hook>, Error>,
    now: Instant,
}

impl Scenario {
    fn new(library: &Path, case: &Case) -> Result<Self, String> {
        let scene = Scene::default();
        let hook = scene.load(library, &case.settings, false);
        let now = value::instant(&Json::String(case.now.clone()))
            .ok_or("now is an instant such as 2026-09-16T09:00:00+08:00")?;
        Ok(Self { scene, hook, now })
    }

    fn run(&self, case: &Case) -> Result<Expect, String> {
        let hook = match &self.hook {
            Ok(hook) => hook,
            Err(error) => return Ok(failed(error, &case.expect)),
        };
        let mut stored = Stored::default();
        for record in &case.stored {
            let entity = self.entity(&record.entity)?;
            stored.records.push((entity, record.id, self.values(entity, &record.values)?));
        }
        let (entity, answer) = match case.hook.as_str() {
            "compute" => (EntityKind::Customer, self.compute(&**hook, case, &stored)?),
            _ => self.ask(&**hook, case, &stored)?,
        };
        match answer {
            Ok(answer) => Ok(self.found(entity, answer)),
            Err(error) => Ok(failed(&error, &case.expect)),
        }
    }

    fn ask(
        &self,
        hook: &dyn Hook,
        case: &Case,
        stored: &Stored,
    ) -> Result<(EntityKind, Result<Answer, Error>), String> {
        let point = Point::ALL.into_iter().find(|p| p.name() == case.hook);
        let point = point.ok_or_else(|| format!("there is no hook {}", case.hook))?;
        if !hook.offers(point) {
            return Err(format!("the plugin does not offer {}", case.hook));
        }
        let entity = self.entity(&case.entity)?;
        let before = case.before.as_ref().map(|values| self.values(entity, values)).transpose()?;
        let customer = case.customer.as_ref().map(|values| self.values(EntityKind::Customer, values)).transpose()?;
        let change = Change {
            now: self.now,
            actor: &case.actor,
            command: &case.command,
            entity,
            before: before.as_ref(),
            after: &self.values(entity, &case.after)?,
            customer: customer.as_ref(),
            stored,
            calendar: Calendar::china(),
        };
        let catalog = self.scene.catalog();
        Ok((entity, change.ask(|input| asked(&catalog, hook, point, input))))
    }

    fn compute(&self, hook: &dyn Hook, case: &Case, stored: &Stored) -> Result<Result<Answer, Error>, String> {
        let calculator = hook.calculators().iter().find(|c| c.name == case.calculator);
        let calculator = calculator.ok_or_else(|| format!("the plugin has no calculator {:?}", case.calculator))?;
        if let Some(unknown) = case.arguments.keys().find(|n| !calculator.arguments.iter().any(|a| a.name == **n)) {
            return Err(format!("{} has no argument {unknown}", calculator.name));
        }
        let arguments: Result<Vec<_>, String> = calculator
            .arguments
            .iter()
            .map(|a| value::quantity(&a.name, a.kind, case.arguments.get(&a.name)))
            .collect();
        Ok(hook.compute(&computation(self.now, &calculator.name, &arguments?, stored)))
    }

    fn entity(&self, name: &str) -> Result<EntityKind, String> {
        EntityKind::from_name(name).ok_or_else(|| format!("there is no entity {name:?}"))
    }

    fn values(&self, entity: EntityKind, values: &Map<String, Json>) -> Result<Values, String> {
        let one = |(name, json): (&String, &Json)| {
            let field = self.scene.field(entity, name);
            let (id, kind) = field.ok_or_else(|| format!("{} has no field {name}", entity.def().name))?;
            Ok((id, value::field(name, kind, json)?))
        };
        values.iter().map(one).collect()
    }

    fn found(&self, entity: EntityKind, answer: Answer) -> Expect {
        Expect {
            violations: answer.violations.iter().map(|v| format!("{} {}", v.field, v.code)).collect(),
            decided: answer.decided.into_iter().map(|d| (d.decision.subject.into_owned(), d.decision.value)).collect(),
            masked: answer.masked.iter().map(|field| self.scene.name(entity, *field)).collect(),
            error: None,
        }
    }
}

/// An error is what was expected, or is told whole.
fn failed(error: &Error, expected: &Expect) -> Expect {
    let kind: ErrorKind = error.kind();
    let told = match expected.error.as_deref() == Some(kind.name()) {
        true => kind.name().to_owned(),
        false => format!("{}: {}", kind.name(), error.message()),
    };
    Expect { error: Some(told), ..Expect::default() }
}
