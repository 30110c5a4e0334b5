//! What a plugin writes freely when it refuses or fails, without the values that it may not tell.
//!
//! Of sensitive fields nobody is told the value: texts are compared with the values of the record, in any common form. To a
//! session from whom fields are hidden only what holds no value is shown: the plugin, the field, a code of letters, ids of rules.

use chrono::Datelike as _;

use crate::domain::{Date, EntityKind, Fields, ValueRef};
use crate::error::{Error, ErrorKind, Violation};
use crate::port::HookInput;
use crate::record::{Catalog, FieldInfo};
use crate::rules::shape::SENSITIVE;

/// The least length of a text that is looked for in what a plugin says; a shorter one may stand there for something else.
/// Unit: bytes.
const TELLING_LEN_MIN: usize = 4;
/// The least length of a value of which only letters and digits are compared, so that blanks and dashes do not hide it.
/// Unit: characters.
const SQUEEZED_LEN_MIN: usize = 6;
/// The greatest length of a code that is shown to a session from whom fields are hidden. Unit: bytes.
const CODE_LEN_MAX: usize = 32;
/// The code that stands for one that is not shown.
const REFUSED: &str = "refused";

/// The sensitive values of a change, in the forms in which a text may hold them.
pub(super) struct Redaction {
    /// The values as texts, the longest first, so that no part of one stays.
    values: Vec<String>,
    /// Their letters and digits alone.
    squeezed: Vec<String>,
}

impl Redaction {
    /// The sensitive values that a plugin may have been shown to judge by.
    pub(super) fn of(input: &HookInput<'_>, catalog: &Catalog) -> Self {
        let mut values = Vec::new();
        let records =
            [(input.entity, Some(input.after)), (input.entity, input.before), (EntityKind::Customer, input.customer)];
        for (entity, record) in records.into_iter().filter_map(|(entity, record)| Some((entity, record?))) {
            let sensitive = catalog.fields(entity).filter(|info| info.sensitive);
            values.extend(sensitive.flat_map(|info| forms(info, record)));
        }
        values.retain(|value| value.len() >= TELLING_LEN_MIN);
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        let mut squeezed: Vec<String> = values.iter().map(|value| squeeze(value)).collect();
        squeezed.retain(|value| value.chars().count() >= SQUEEZED_LEN_MIN);
        squeezed.sort();
        squeezed.dedup();
        Self { values, squeezed }
    }

    /// The text with `(sensitive)` for each value; for the whole of it when a value stands there in pieces.
    fn text(&self, text: &str) -> Option<String> {
        let mut told = text.to_owned();
        for value in self.values.iter().filter(|value| text.contains(value.as_str())) {
            told = told.replace(value.as_str(), SENSITIVE);
        }
        let rest = squeeze(&told);
        if self.squeezed.iter().any(|value| rest.contains(value.as_str())) {
            told = SENSITIVE.to_owned();
        }
        (told != text).then_some(told)
    }

    /// The violations without sensitive values, in whatever text of them.
    pub(super) fn violations(&self, mut found: Vec<Violation>) -> Vec<Violation> {
        for violation in &mut found {
            for text in [&mut violation.message, &mut violation.message_zh] {
                if let Some(told) = self.text(text) {
                    *text = told;
                }
            }
            for text in [&mut violation.code, &mut violation.rule, &mut violation.source] {
                if let Some(told) = self.text(text) {
                    *text = told.into();
                }
            }
            for (name, value) in &mut violation.inputs {
                if let Some(told) = self.text(name) {
                    *name = told.into();
                }
                if let Some(told) = self.text(value) {
                    *value = told;
                }
            }
        }
        found
    }

    /// The failure of a plugin without sensitive values; what caused it goes with them.
    pub(super) fn failure(&self, error: Error) -> Error {
        match (error.kind() == ErrorKind::PluginFailed).then(|| self.text(error.message())).flatten() {
            Some(told) if told == SENSITIVE => {
                let plugin = error.context_value("plugin").unwrap_or("unknown").to_owned();
                error.reworded(format!("plugin {plugin} failed: {SENSITIVE}"))
            }
            Some(told) => error.reworded(told),
            None => error,
        }
    }
}

/// The forms in which a text may hold the value of a field; none for what many records have, such as a truth.
fn forms(info: &FieldInfo, record: &dyn Fields) -> Vec<String> {
    match record.get(info.id) {
        None | Some(ValueRef::Bool(_) | ValueRef::Enum(_) | ValueRef::Ref(_)) => Vec::new(),
        Some(ValueRef::Date(day)) => date_forms(day),
        Some(value) => vec![value.to_string()],
    }
}

/// The forms in which people write a day.
pub(crate) fn date_forms(day: Date) -> Vec<String> {
    let (year, month, day) = (day.year(), day.month(), day.day());
    let mut found = Vec::new();
    for (month, day) in [(format!("{month:02}"), format!("{day:02}")), (month.to_string(), day.to_string())] {
        found.push(format!("{year}年{month}月{day}日"));
        for parts in
            [[&year.to_string(), &month, &day], [&day, &month, &year.to_string()], [&month, &day, &year.to_string()]]
        {
            found.extend(["-", "/", ".", " ", ""].map(|between| parts.map(String::as_str).join(between)));
        }
    }
    found
}

/// The letters and digits of a text, in lower case.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A violation of a plugin as a session may see it from whom fields are hidden: field, plugin, and code and rule as far as they
/// are of a form that holds no value.
pub(super) fn veil(violation: &mut Violation) {
    let is_plain =
        violation.code.len() <= CODE_LEN_MAX && violation.code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if !is_plain {
        violation.code = REFUSED.into();
    }
    if !names_rules(&violation.rule) {
        violation.rule = "".into();
    }
    violation.source = "".into();
}

/// Whether a text is of ids of rules, such as `L-MED-3, R-MED-06`: capitals and numbers of three digits at most, so that it tells
/// no name, no day and no end of a number.
pub(super) fn names_rules(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_number = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        !part.is_empty() && (is_number || part.bytes().all(|byte| byte.is_ascii_uppercase()))
    };
    let is_id = |id: &str| {
        let mut numbers = id.split('-').filter(|part| part.bytes().any(|byte| byte.is_ascii_digit()));
        id.split('-').all(is_part) && numbers.next().is_some() && numbers.next().is_none()
    };
    text.len() <= 2 * CODE_LEN_MAX && text.split(", ").all(is_id)
}

/// The failure of a plugin as a session may see it from whom fields are hidden: which plugin it was.
pub(super) fn veil_failure(error: Error) -> Error {
    let plugin = error.context_value("plugin").unwrap_or("unknown").to_owned();
    error.reworded(format!("plugin {plugin} failed; what it said is not shown, for it could tell what is hidden"))
}
