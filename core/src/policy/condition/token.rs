//! The words of a condition.

use super::Wrong;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Name(String),
    Text(String),
    Int(i64),
    /// An operator or a bracket.
    Sign(&'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// The signs, longer ones before those that they begin with.
const SIGNS: [&str; 21] =
    ["||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", "(", ")", "[", "]", ","];

/// The words of a text, in order. A name holds its dots: `builder.cooperation_count`, `name.startsWith`.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or_default();
        let (kind, len) = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            'a'..='z' | 'A'..='Z' | '_' => name(rest),
            '0'..='9' => int(rest, at)?,
            '\'' | '"' => quoted(rest, at)?,
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Kind::Sign(sign), sign.len()),
                None => {
                    let message = format!("found {first:?}, which no condition holds; texts stand in quotes");
                    return Err(Wrong { at, code: "syntax", message });
                }
            },
        };
        found.push(Token { at, kind });
        at += len;
    }
    Ok(found)
}

fn name(rest: &str) -> (Kind, usize) {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let len = rest.find(|c| !part(c)).unwrap_or(rest.len());
    (Kind::Name(rest[..len].to_owned()), len)
}

fn int(rest: &str, at: usize) -> Result<(Kind, usize), Wrong> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    let len = rest.find(|c| !part(c)).unwrap_or(rest.len());
    let digits = &rest[..len];
    let value = digits.parse().map_err(|_| {
        let message = format!("{digits} is not an integer of 64 bits; there are no other numbers");
        Wrong { at, code: "syntax", message }
    })?;
    Ok((Kind::Int(value), len))
}

fn quoted(rest: &str, at: usize) -> Result<(Kind, usize), Wrong> {
    let mut chars = rest.char_indices();
    let quote = chars.next().map_or('\'', |(_, c)| c);
    let (mut text, mut escaped) = (String::new(), false);
    for (i, c) in chars {
        match c {
            _ if escaped => {
                text.push(match c {
                    '\\' | '\'' | '"' => c,
                    'n' => '\n',
                    _ => {
                        let message = format!("\\{c} is not known in a text, there are \\\\ \\' \\\" \\n");
                        return Err(Wrong { at: at + i - 1, code: "syntax", message });
                    }
                });
                escaped = false;
            }
            '\\' => escaped = true,
            _ if c == quote => return Ok((Kind::Text(text), i + 1)),
            _ => text.push(c),
        }
    }
    Err(Wrong { at, code: "syntax", message: "the text that begins here does not end".to_owned() })
}
