//! What a case asks of a face, and the JSON in which it answers.

use std::path::PathBuf;

use crm_core::domain::{Date, Instant};
use serde_json::{Value as Json, json};

/// What a step gives: its answer, or its error as `{kind, message, violations, context}`.
pub type Answer = Result<Json, Json>;

/// Who does a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct As {
    /// The actor's name.
    pub name: String,
    /// The level: `read`, `edit` or `manage`.
    pub level: String,
    /// Whether dates that cannot be are recorded as they are.
    pub allows_impossible_dates: bool,
}

/// What a database is opened with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What the clock says. Unit: microseconds since the epoch.
    pub now_us: i64,
    /// The plugins: the library, and the settings.
    pub plugins: Vec<(PathBuf, Vec<(String, String)>)>,
}

/// A face of the kernel with a fresh database.
pub trait Face {
    /// The name in messages.
    fn name(&self) -> &'static str;

    /// Sets what the clock says.
    fn set_now(&mut self, now_us: i64);

    /// Does a step of a case, whose references are ids already.
    ///
    /// # Errors
    /// The error of the step, as JSON.
    fn step(&mut self, actor: &As, step: &Json) -> Answer;
}

/// The parts of a step's `do`: what it is about, and what is done; the first is empty when there is no dot.
pub(crate) fn what(step: &Json) -> (&str, &str) {
    let text = step["do"].as_str().unwrap_or_default();
    text.split_once('.').unwrap_or(("", text))
}

/// The JSON of an error.
pub(crate) fn error(kind: &str, message: &str, violations: Vec<Json>, context: Vec<(String, String)>) -> Json {
    let context: serde_json::Map<String, Json> = context.into_iter().map(|(n, v)| (n, Json::String(v))).collect();
    json!({"kind": kind, "message": message, "violations": violations, "context": context})
}

/// The error of a case that is not of the form.
pub(crate) fn bad_case(message: impl Into<String>) -> Json {
    error("bad_case", &message.into(), Vec::new(), Vec::new())
}

/// The policy file of a step: `pack` names one of `plugins/policies`, `text` is one; `replace` changes parts of it.
pub(crate) fn policy_text(step: &Json) -> Result<String, Json> {
    let mut text = match (step["pack"].as_str(), step["text"].as_str()) {
        (Some(name), _) => {
            let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../plugins/policies/{name}.toml"));
            std::fs::read_to_string(&path).map_err(|e| bad_case(format!("{}: {e}", path.display())))?
        }
        (None, text) => text.unwrap_or_default().to_owned(),
    };
    for pair in step["replace"].as_array().into_iter().flatten() {
        let (old, new) = (pair[0].as_str().unwrap_or_default(), pair[1].as_str().unwrap_or_default());
        if !text.contains(old) {
            return Err(bad_case(format!("the policy does not hold {old:?}")));
        }
        text = text.replace(old, new);
    }
    Ok(text)
}

/// Decisions without the text of the policy that they hold, for answers that can be read.
pub(crate) fn without_text(decisions: impl Iterator<Item = Json>) -> Vec<Json> {
    let without = |mut decision: Json| {
        if let Some(inputs) = decision["inputs"].as_object_mut() {
            inputs.remove("text");
        }
        decision
    };
    decisions.map(without).collect()
}

/// The policy that a `diff` compares with: a version, or the file that the step gives.
pub(crate) fn other<'s>(step: &'s Json, text: &'s str) -> &'s str {
    step["version"].as_str().unwrap_or(text)
}

/// The beginning and the end of a step's period.
pub(crate) fn period<T>(step: &Json, read: fn(&Json) -> Option<T>) -> Result<(T, T), Json> {
    let part = |name: &str| read(&step[name]).ok_or_else(|| bad_case(format!("{name} is missing, or not of the form")));
    Ok((part("from")?, part("until")?))
}

/// How far a step walks over relations, and whether in both directions.
pub(crate) fn walk(step: &Json) -> (u32, bool) {
    let depth = step["depth"].as_u64().and_then(|depth| u32::try_from(depth).ok());
    (depth.unwrap_or(16), step["both_directions"] == true)
}

/// The JSON of a part of a whole.
pub(crate) fn share(part: u64, whole: u64, hundredths: Option<u64>) -> Json {
    json!({"part": part, "whole": whole, "hundredths": hundredths})
}

/// JSON that a face gave as a text.
pub(crate) fn json(text: &str) -> Answer {
    serde_json::from_str(text).map_err(|e| bad_case(format!("not JSON: {e}")))
}

/// The date of a JSON text, when it is one.
pub(crate) fn date(value: &Json) -> Option<Date> {
    value.as_str().filter(|text| text.len() == 10)?.parse().ok()
}

/// The instant of a JSON text, when it is one.
pub(crate) fn instant(value: &Json) -> Option<Instant> {
    Instant::parse(value.as_str()?).ok()
}

/// The amount and currency of a JSON object.
pub(crate) fn money(value: &Json) -> (i64, &str) {
    (value["amount_minor"].as_i64().unwrap_or_default(), value["currency"].as_str().unwrap_or_default())
}

/// The JSON of an instant.
pub(crate) fn instant_json(us: i64) -> Json {
    Instant::from_us(us).map_or(Json::Null, |at| json!(at.to_string()))
}

/// The JSON of a date.
pub(crate) fn date_json(days: i32) -> Json {
    Date::from_epoch_days(days).map_or(Json::Null, |date| json!(date.to_string()))
}
