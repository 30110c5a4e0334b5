//! The texts of an answer: what nobody may put into a message that people read or a terminal shows.

use crate::domain::Decision;
use crate::error::Violation;

/// That a text holds no control character, which a terminal would obey, and none that turns the direction of writing.
pub(crate) fn plain(what: &str, text: &str) -> Result<(), String> {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match text.chars().find(|c| c.is_control() || turns(*c)) {
        None => Ok(()),
        Some(found) => {
            Err(format!("{what} holds the character U+{:04X}, allowed are printable ones", u32::from(found)))
        }
    }
}

/// That the texts of a violation are plain and that it names its rule.
pub(crate) fn violation(found: &Violation) -> Result<(), String> {
    let texts = [
        ("the code of a violation", &*found.code),
        ("the message of a violation", &found.message),
        ("the Chinese message of a violation", &found.message_zh),
        ("the rule of a violation", &*found.rule),
        ("the source of a violation", &*found.source),
    ];
    texts.iter().try_for_each(|(what, text)| plain(what, text))?;
    found.inputs.iter().try_for_each(|(name, value)| plain("an input of a violation", &format!("{name}{value}")))?;
    for (what, text) in [("code", &*found.code), ("message", &found.message), ("rule", &*found.rule)] {
        if text.is_empty() {
            return Err(format!("a violation has no {what}"));
        }
    }
    Ok(())
}

/// That the texts of a decision are plain and that it names its rule.
pub(crate) fn decision(decision: &Decision) -> Result<(), String> {
    let what = format!("the decision about {}", decision.subject.escape_debug());
    for text in [&*decision.rule, &decision.source, &decision.reason, &decision.reason_zh] {
        plain(&what, text)?;
    }
    decision.inputs.iter().try_for_each(|(name, value)| plain(&what, &format!("{name}{value}")))?;
    if decision.rule.is_empty() {
        return Err(format!("{what} has no rule"));
    }
    Ok(())
}
