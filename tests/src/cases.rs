//! Cases: stories as JSON (tests/cases/README.md) that every face must tell alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crm_core::domain::Instant;
use serde_json::Value as Json;

use crate::face::{Answer, As, Face, Setup};
use crate::library;

/// A case: its file and what is in it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The file's name without its ending.
    pub name: String,
    content: Json,
}

/// Every case of the folder `tests/cases`, by name.
///
/// # Errors
/// A message that names the file that is not of the form.
pub fn all() -> Result<Vec<Case>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

impl Case {
    fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let content: Json = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        for part in ["title", "now", "steps"] {
            if content[part].is_null() {
                return Err(format!("{name}: {part} is missing"));
            }
        }
        Ok(Self { name, content })
    }

    /// The ids of the rules that the case shows.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.content["rules"].as_array().into_iter().flatten().filter_map(Json::as_str)
    }

    /// What the database of the case is opened with.
    ///
    /// # Errors
    /// A message when the case is not of the form or a plugin cannot be built.
    pub fn setup(&self) -> Result<Setup, String> {
        let plugins = self.content["plugins"].as_array().map_or(&[] as &[Json], Vec::as_slice);
        let plugin = |given: &Json| {
            let settings = given["settings"].as_object().into_iter().flatten();
            let settings = settings.map(|(name, value)| (name.clone(), text_of(value))).collect();
            Ok((library::plugin(given["name"].as_str().unwrap_or_default())?, settings))
        };
        Ok(Setup {
            now_us: instant(&self.content["now"])?,
            plugins: plugins.iter().map(plugin).collect::<Result<_, String>>()?,
        })
    }

    /// Runs the case on a face and gives what each step answered.
    ///
    /// # Errors
    /// A message for the first step that did not go as the case says.
    pub fn run(&self, face: &mut dyn Face) -> Result<Vec<Answer>, String> {
        let (mut saved, mut answers) = (BTreeMap::new(), Vec::new());
        for (i, step) in self.content["steps"].as_array().into_iter().flatten().enumerate() {
            let step = resolve(step, &saved);
            if !step["now"].is_null() {
                face.set_now(instant(&step["now"])?);
            }
            let answer = face.step(&actor(&step), &step);
            let failed =
                |what: String| format!("{} on {}, step {} ({}): {what}", self.name, face.name(), i + 1, step["do"]);
            save(&step, &answer, &mut saved);
            let expected = resolve(&step, &saved);
            check(&expected, &answer).map_err(failed)?;
            answers.push(answer);
        }
        Ok(answers)
    }
}

fn instant(value: &Json) -> Result<i64, String> {
    Instant::parse(value.as_str().unwrap_or_default()).map(Instant::us).map_err(|e| format!("now {value}: {e}"))
}

fn text_of(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn actor(step: &Json) -> As {
    let part = |name: &str, default: &str| step["as"][name].as_str().unwrap_or(default).to_owned();
    let allows_impossible_dates = step["allow_impossible_dates"] == true;
    As { name: part("name", "u.test"), level: part("level", "manage"), allows_impossible_dates }
}

/// Puts the ids that earlier steps saved in the place of their names.
fn resolve(value: &Json, saved: &BTreeMap<String, Json>) -> Json {
    match value {
        Json::String(text) => {
            let id = text.strip_prefix('$').and_then(|name| saved.get(name));
            id.cloned().unwrap_or_else(|| value.clone())
        }
        Json::Array(items) => items.iter().map(|item| resolve(item, saved)).collect(),
        Json::Object(parts) => parts.iter().map(|(name, part)| (name.clone(), resolve(part, saved))).collect(),
        other => other.clone(),
    }
}

fn save(step: &Json, answer: &Answer, saved: &mut BTreeMap<String, Json>) {
    let Ok(answer) = answer else { return };
    if let Some(name) = step["save"].as_str() {
        saved.insert(name.to_owned(), answer["id"].clone());
    }
    for (command, answer) in step["commands"].as_array().into_iter().flatten().zip(answers_of(answer)) {
        if let Some(name) = command["save"].as_str() {
            saved.insert(name.to_owned(), answer["id"].clone());
        }
    }
}

fn answers_of(answer: &Json) -> impl Iterator<Item = &Json> {
    answer["answers"].as_array().into_iter().flatten()
}

fn check(step: &Json, answer: &Answer) -> Result<(), String> {
    match (answer, &step["error"]) {
        (Ok(found), Json::Null) => holds("expect", &step["expect"], found),
        (Ok(found), wanted) => Err(format!("wanted the error {wanted}, found {found}")),
        (Err(found), Json::Null) => Err(format!("failed with {found}")),
        (Err(found), wanted) => holds("error", wanted, found),
    }
}

/// That everything wanted is so in what was found. A list is complete; an object may hold more.
fn holds(path: &str, wanted: &Json, found: &Json) -> Result<(), String> {
    match (wanted, found) {
        (Json::Object(parts), _) => {
            for (name, part) in parts {
                holds(&format!("{path}.{name}"), part, &found[name.as_str()])?;
            }
            Ok(())
        }
        (Json::Array(wanted), Json::Array(found)) if wanted.len() == found.len() => {
            for (i, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                holds(&format!("{path}[{i}]"), wanted, found)?;
            }
            Ok(())
        }
        (Json::Null, Json::Null) => Ok(()),
        (Json::Null, _) if path == "expect" => Ok(()),
        _ if wanted == found || same_instant(wanted, found) => Ok(()),
        _ => Err(format!("{path}: wanted {wanted}, found {found}")),
    }
}

fn same_instant(a: &Json, b: &Json) -> bool {
    let at = |value: &Json| value.as_str().and_then(|text| Instant::parse(text).ok());
    matches!((at(a), at(b)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wanted_must_hold_and_what_is_left_out_is_not_looked_at() {
        let found = json!({"a": 1, "b": [{"c": 2, "d": 3}], "at": "2026-09-16T01:00:00Z"});
        assert_eq!(holds("expect", &json!({"b": [{"c": 2}], "at": "2026-09-16T09:00:00+08:00"}), &found), Ok(()));
        assert_eq!(holds("expect", &json!({"x": null}), &found), Ok(()));
        assert!(holds("expect", &json!({"a": null}), &found).is_err());
        assert!(holds("expect", &json!({"b": []}), &found).is_err());
        assert!(holds("expect", &json!({"b": [{"c": 3}]}), &found).is_err());
        assert!(check(&json!({"error": {"kind": "x"}}), &Ok(found.clone())).is_err());
        assert!(check(&json!({"expect": {}}), &Err(found)).is_err());
    }

    #[test]
    fn names_of_saved_ids_are_put_in_everywhere() {
        let saved = BTreeMap::from([("wang".to_owned(), json!(7))]);
        let step = json!({"set": {"customer": "$wang"}, "expect": {"ids": ["$wang", "$li"]}});
        assert_eq!(resolve(&step, &saved), json!({"set": {"customer": 7}, "expect": {"ids": [7, "$li"]}}));
    }
}
