//! The texts of an answer: what nobody may put into a message that people read or a terminal shows, and how long it may be.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::domain::{Decided, Decision, Quantity};
use crate::error::Violation;
use crate::port::{Answer, DECISIONS_MAX, INPUTS_MAX, NAME_LEN_MAX, TEXT_LEN_MAX, VIOLATIONS_MAX};

/// Why a text is not taken.
type Outcome = Result<(), String>;

/// Whether a character is one that a terminal obeys, that ends a line, or that turns the direction of writing.
fn is_control(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

/// That a text holds no control character, which a terminal would obey, no end of a line, and none that turns the direction
/// of writing.
pub(crate) fn plain(what: &str, text: &str) -> Outcome {
    match text.chars().find(|c| is_control(*c)) {
        None => Ok(()),
        Some(found) => {
            Err(format!("{what} holds the character U+{:04X}, allowed are printable ones", u32::from(found)))
        }
    }
}

/// A text that only explains, such as that of a failure or a line of a log, with its control characters made visible.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_control(c) {
            true => write!(shown, "<U+{:04X}>", u32::from(c)).expect("invariant: a text takes every text"),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

fn bounded(what: &str, text: &str, len_max: usize) -> Outcome {
    if text.len() > len_max {
        return Err(format!("{what} has {} bytes, at most {len_max} are allowed", text.len()));
    }
    plain(what, text)
}

fn inputs(what: &str, inputs: &[(Cow<'static, str>, String)]) -> Outcome {
    if inputs.len() > INPUTS_MAX {
        return Err(format!("{what} has {} inputs, at most {INPUTS_MAX} are allowed", inputs.len()));
    }
    inputs.iter().try_for_each(|(name, value)| {
        bounded(&format!("the name of an input of {what}"), name, NAME_LEN_MAX)?;
        bounded(&format!("an input of {what}"), value, TEXT_LEN_MAX)
    })
}

/// Brings an answer into the form in which it is kept: a decision says what is decided, and the value of an input, which may
/// come from a record, shows its control characters.
pub(crate) fn settle(answer: &mut Answer) {
    for decided in &mut answer.decided {
        decided.decision.value = decided.value.to_string();
    }
    let of_violations = answer.violations.iter_mut().map(|violation| &mut violation.inputs);
    let decisions = answer.decided.iter_mut().map(|decided| &mut decided.decision).chain(&mut answer.withdrawn);
    for (_, value) in of_violations.chain(decisions.map(|decision| &mut decision.inputs)).flatten() {
        if let Cow::Owned(shown) = visible(value) {
            *value = shown;
        }
    }
}

/// That an answer says no more than is read.
pub(crate) fn amounts(answer: &Answer) -> Outcome {
    let decisions = answer.decided.len() + answer.withdrawn.len();
    for (what, found, max) in
        [("violations", answer.violations.len(), VIOLATIONS_MAX), ("decisions", decisions, DECISIONS_MAX)]
    {
        if found > max {
            return Err(format!("it gives more than {max} {what}"));
        }
    }
    Ok(())
}

/// That the texts of a violation are plain and that it names its rule.
pub(crate) fn violation(found: &Violation) -> Outcome {
    let texts = [
        ("the code of a violation", &*found.code, NAME_LEN_MAX),
        ("the message of a violation", &found.message, TEXT_LEN_MAX),
        ("the Chinese message of a violation", &found.message_zh, TEXT_LEN_MAX),
        ("the rule of a violation", &*found.rule, NAME_LEN_MAX),
        ("the source of a violation", &*found.source, TEXT_LEN_MAX),
    ];
    texts.iter().try_for_each(|(what, text, len_max)| bounded(what, text, *len_max))?;
    inputs("a violation", &found.inputs)?;
    for (what, text) in [("code", &*found.code), ("message", &found.message), ("rule", &*found.rule)] {
        if text.is_empty() {
            return Err(format!("a violation has no {what}"));
        }
    }
    Ok(())
}

/// That the texts of a decision are plain and that it names its rule.
pub(crate) fn decision(decision: &Decision) -> Outcome {
    let what = format!("the decision about {}", decision.subject.escape_debug());
    bounded(&what, &decision.rule, NAME_LEN_MAX)?;
    for text in [&*decision.source, &decision.reason, &decision.reason_zh] {
        bounded(&what, text, TEXT_LEN_MAX)?;
    }
    inputs(&what, &decision.inputs)?;
    if decision.rule.is_empty() {
        return Err(format!("{what} has no rule"));
    }
    Ok(())
}

/// That what is decided, when it is a text, is a plain one: a class, a name, a value of a custom field.
pub(crate) fn decided(decided: &Decided) -> Outcome {
    match &decided.value {
        Quantity::Text(text) => plain(&format!("the value of {}", decided.decision.subject.escape_debug()), text),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A failure, or a line of a log, with ESC, the end of a line or a character that turns the writing went to the terminal.
    #[test]
    fn control_characters_are_refused_in_answers_and_made_visible_in_what_explains() {
        for (text, shown) in [
            ("a\u{1b}[31mb", "a<U+001B>[31mb"),
            ("a\nb", "a<U+000A>b"),
            ("a\u{9b}b", "a<U+009B>b"),
            ("a\u{202e}b", "a<U+202E>b"),
            ("a\u{2028}b", "a<U+2028>b"),
            ("a\u{61c}b", "a<U+061C>b"),
        ] {
            assert!(plain("it", text).is_err(), "{text:?}");
            assert_eq!(visible(text), shown);
        }
        assert_eq!((plain("it", "身份 100%"), &*visible("身份 100%")), (Ok(()), "身份 100%"));
    }
}
