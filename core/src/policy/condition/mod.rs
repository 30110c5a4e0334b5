//! Conditions as text: a subset of the Common Expression Language, read, and checked against an entity's fields.
//!
//! ```text
//! names       status, builder.cooperation_count, today
//! values      'text', "text", 12, true, false, [1, 2]
//! operators   || && ! == != < <= > >= in + - * / % ? : ( )
//! functions   has(field), date('2026-01-31'), money(100000, 'CNY'), days_since(date), months_since(date),
//!             size(text), text.startsWith(text), text.endsWith(text), text.contains(text)
//! ```
//! There are no floats, no maps and no comprehensions: what a regulation says can be said without them, and what is left
//! has a type that is known when the policy is read.

mod check;
mod parse;
mod token;

use crate::domain::{Condition, FieldType};

/// The greatest length of a condition. Unit: bytes.
pub const CONDITION_LEN_MAX: usize = 4_000;
/// The greatest number of words of a condition: names, values, signs.
pub const CONDITION_WORDS_MAX: usize = 1_000;
/// How deep the parts of a condition may lie in each other.
pub const CONDITION_DEPTH_MAX: usize = 50;

/// What is wrong with a condition, and where. Unit of the place: bytes from the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) at: usize,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// What a condition can know about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldFacts {
    /// The id.
    pub id: u16,
    /// The type.
    pub kind: FieldType,
    /// Whether it is personal or secret.
    pub sensitive: bool,
}

/// The fields that conditions may name.
pub(crate) trait Names {
    /// The field of a name.
    fn find(&self, name: &str) -> Option<FieldFacts>;
    /// Every name, for a message.
    fn all(&self) -> Vec<String>;
}

/// Reads and checks a condition.
pub(crate) fn compile(text: &str, names: &dyn Names) -> Result<Condition, Wrong> {
    if text.len() > CONDITION_LEN_MAX {
        let message = format!("the condition has {} bytes, at most {CONDITION_LEN_MAX} are allowed", text.len());
        return Err(Wrong { at: 0, code: "too_long", message });
    }
    let tokens = token::tokens(text)?;
    if let Some(beyond) = tokens.get(CONDITION_WORDS_MAX) {
        let message = format!("the condition has {} words, at most {CONDITION_WORDS_MAX} are allowed", tokens.len());
        return Err(Wrong { at: beyond.at, code: "too_long", message });
    }
    let raw = parse::parse(&tokens, text.len())?;
    check::check(text, &raw, names)
}

#[cfg(test)]
mod tests;
