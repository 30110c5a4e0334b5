//! The parts of a condition, as they lie in each other, with their places.

use super::token::{Kind, Token};
use super::{CONDITION_DEPTH_MAX, Wrong};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) at: usize,
    pub(super) part: Part,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Bool(bool),
    Int(i64),
    Text(String),
    Name(String),
    List(Vec<Raw>),
    Call(String, Vec<Raw>),
    Unary(&'static str, Box<Raw>),
    Binary(&'static str, Box<[Raw; 2]>),
    Choose(Box<[Raw; 3]>),
}

/// The binary operators, the weakest first.
const LEVELS: [&[&str]; 5] =
    [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "/", "%"]];

struct Parser<'t> {
    tokens: &'t [Token],
    next: usize,
    end: usize,
    depth: usize,
}

/// Reads a whole condition.
pub(super) fn parse(tokens: &[Token], end: usize) -> Result<Raw, Wrong> {
    let mut parser = Parser { tokens, next: 0, end, depth: 0 };
    let raw = parser.whole()?;
    match parser.tokens.get(parser.next) {
        None => Ok(raw),
        Some(token) => Err(parser.unexpected(token.at, "an operator or the end")),
    }
}

impl Parser<'_> {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.at)
    }

    fn unexpected(&self, at: usize, wanted: &str) -> Wrong {
        let found = match self.tokens.get(self.next).map(|token| &token.kind) {
            None => "the end".to_owned(),
            Some(Kind::Name(name)) => name.clone(),
            Some(Kind::Text(_)) => "a text".to_owned(),
            Some(Kind::Int(value)) => value.to_string(),
            Some(Kind::Sign(sign)) => (*sign).to_owned(),
        };
        Wrong { at, code: "syntax", message: format!("found {found}, allowed is {wanted}") }
    }

    /// Takes one of these signs when it is next; the word `in` counts as one.
    fn take(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        let sign = match &self.tokens.get(self.next)?.kind {
            Kind::Sign(sign) => signs.iter().find(|s| *s == sign),
            Kind::Name(name) => signs.iter().find(|s| **s == "in" && name == "in"),
            _ => None,
        }?;
        self.next += 1;
        Some(sign)
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Wrong> {
        if self.take(&[sign]).is_some() { Ok(()) } else { Err(self.unexpected(self.at(), sign)) }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Wrong>) -> Result<T, Wrong> {
        if self.depth == CONDITION_DEPTH_MAX {
            let message = format!("the parts lie deeper than {CONDITION_DEPTH_MAX} in each other");
            return Err(Wrong { at: self.at(), code: "too_deep", message });
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn whole(&mut self) -> Result<Raw, Wrong> {
        self.deeper(|p| {
            let condition = p.binary(0)?;
            let at = p.at();
            if p.take(&["?"]).is_none() {
                return Ok(condition);
            }
            let yes = p.whole()?;
            p.expect(":")?;
            let no = p.whole()?;
            Ok(Raw { at, part: Part::Choose(Box::new([condition, yes, no])) })
        })
    }

    fn binary(&mut self, level: usize) -> Result<Raw, Wrong> {
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        let mut at = self.at();
        while let Some(sign) = self.take(signs) {
            let right = self.binary(level + 1)?;
            left = Raw { at, part: Part::Binary(sign, Box::new([left, right])) };
            at = self.at();
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Raw, Wrong> {
        let at = self.at();
        match self.take(&["!", "-"]) {
            Some(sign) => {
                let part = self.deeper(Self::unary)?;
                Ok(Raw { at, part: Part::Unary(sign, Box::new(part)) })
            }
            None => self.primary(),
        }
    }

    fn primary(&mut self) -> Result<Raw, Wrong> {
        let at = self.at();
        let wanted = "a field, a value, a function or (";
        let token = self.tokens.get(self.next).ok_or_else(|| self.unexpected(at, wanted))?;
        let part = match &token.kind {
            Kind::Text(text) => Part::Text(text.clone()),
            Kind::Int(value) => Part::Int(*value),
            Kind::Name(name) if name == "true" => Part::Bool(true),
            Kind::Name(name) if name == "false" => Part::Bool(false),
            Kind::Name(name) if name == "in" => return Err(self.unexpected(at, wanted)),
            Kind::Name(name) => {
                let name = name.clone();
                self.next += 1;
                if self.take(&["("]).is_none() {
                    return Ok(Raw { at, part: Part::Name(name) });
                }
                return Ok(Raw { at, part: Part::Call(name, self.list(")")?) });
            }
            Kind::Sign("(") => {
                self.next += 1;
                let inner = self.whole()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Kind::Sign("[") => {
                self.next += 1;
                return Ok(Raw { at, part: Part::List(self.list("]")?) });
            }
            Kind::Sign(_) => return Err(self.unexpected(at, wanted)),
        };
        self.next += 1;
        Ok(Raw { at, part })
    }

    /// The items up to a closing bracket, which is taken.
    fn list(&mut self, end: &'static str) -> Result<Vec<Raw>, Wrong> {
        let mut items = Vec::new();
        if self.take(&[end]).is_some() {
            return Ok(items);
        }
        loop {
            items.push(self.whole()?);
            if self.take(&[end]).is_some() {
                return Ok(items);
            }
            if self.take(&[","]).is_none() {
                return Err(self.unexpected(self.at(), if end == ")" { ", or )" } else { ", or ]" }));
            }
        }
    }
}
