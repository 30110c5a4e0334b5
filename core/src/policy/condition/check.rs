//! The types of a condition: every part has one, and every field is there.

use crate::domain::{
    Comparison, Condition, ConditionField, Date, EnumDef, FieldType, Money, Node, Operator, Since, TextTest, Value,
};

use super::parse::{Part, Raw};
use super::{Names, Wrong};

/// The type of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Bool,
    Int,
    Text,
    Date,
    Instant,
    Money,
    Enum(&'static EnumDef),
}

impl Type {
    const fn name(self) -> &'static str {
        match self {
            Type::Bool => "a truth value",
            Type::Int => "an integer",
            Type::Text => "a text",
            Type::Date => "a date",
            Type::Instant => "an instant",
            Type::Money => "an amount of money",
            Type::Enum(_) => "an enumeration",
        }
    }
}

struct Checker<'n> {
    names: &'n dyn Names,
    used: Vec<ConditionField>,
}

type Checked = Result<(Node, Type), Wrong>;

/// Checks the parts of a condition, which is a truth value.
pub(super) fn check(text: &str, raw: &Raw, names: &dyn Names) -> Result<Condition, Wrong> {
    let mut checker = Checker { names, used: Vec::new() };
    let root = checker.of_type(raw, Type::Bool)?;
    Ok(Condition { text: text.to_owned(), root, fields: checker.used })
}

fn wrong<T>(at: usize, code: &'static str, message: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { at, code, message: message.into() })
}

impl Checker<'_> {
    fn part(&mut self, raw: &Raw) -> Checked {
        Ok(match &raw.part {
            Part::Bool(value) => (Node::Value(Value::Bool(*value)), Type::Bool),
            Part::Int(value) => (Node::Value(Value::Int(*value)), Type::Int),
            Part::Text(text) => (Node::Value(Value::Text(text.clone())), Type::Text),
            Part::Name(name) if name == "today" => (Node::Today, Type::Date),
            Part::Name(name) => return self.field(raw.at, name),
            Part::List(_) => return wrong(raw.at, "wrong_type", "a list stands behind in alone"),
            Part::Call(name, arguments) => return self.call(raw.at, name, arguments),
            Part::Unary("!", part) => (Node::Not(Box::new(self.of_type(part, Type::Bool)?)), Type::Bool),
            Part::Unary(_, part) => {
                let parts = [Node::Value(Value::Int(0)), self.of_type(part, Type::Int)?];
                (Node::Calculate(Operator::Minus, Box::new(parts)), Type::Int)
            }
            Part::Binary(sign, parts) => return self.binary(raw.at, sign, parts),
            Part::Choose(parts) => {
                let condition = self.of_type(&parts[0], Type::Bool)?;
                let (yes, kind) = self.part(&parts[1])?;
                let no = self.of_type(&parts[2], kind)?;
                (Node::Choose(Box::new([condition, yes, no])), kind)
            }
        })
    }

    fn of_type(&mut self, raw: &Raw, wanted: Type) -> Result<Node, Wrong> {
        let (node, found) = self.part(raw)?;
        if found == wanted {
            return Ok(node);
        }
        if let (Type::Enum(def), Node::Value(Value::Text(name))) = (wanted, &node) {
            return enum_value(raw.at, def, name);
        }
        wrong(raw.at, "wrong_type", format!("found {}, allowed is {}", found.name(), wanted.name()))
    }

    fn field(&mut self, at: usize, name: &str) -> Checked {
        let facts = self.facts(at, name)?;
        let kind = match facts.kind {
            FieldType::Text { .. } => Type::Text,
            FieldType::Int { .. } => Type::Int,
            FieldType::Bool => Type::Bool,
            FieldType::Date => Type::Date,
            FieldType::Instant => Type::Instant,
            FieldType::Money => Type::Money,
            FieldType::Enum(def) => Type::Enum(def),
            FieldType::Ref(_) => {
                return wrong(at, "wrong_type", format!("{name} names another record; it can be asked for with has()"));
            }
        };
        Ok((Node::Field(facts.id), kind))
    }

    fn facts(&mut self, at: usize, name: &str) -> Result<super::FieldFacts, Wrong> {
        let Some(facts) = self.names.find(name) else {
            let mut all = self.names.all();
            all.sort_unstable();
            return wrong(at, "unknown_field", format!("there is no field {name}; there are {}", all.join(", ")));
        };
        if !self.used.iter().any(|used| used.id == facts.id && used.name == name) {
            self.used.push(ConditionField { id: facts.id, name: name.to_owned(), sensitive: facts.sensitive });
        }
        Ok(facts)
    }

    fn binary(&mut self, at: usize, sign: &str, parts: &[Raw; 2]) -> Checked {
        let [left, right] = parts;
        if let Some(operator) = operator_of(sign) {
            let parts = [self.of_type(left, Type::Int)?, self.of_type(right, Type::Int)?];
            return Ok((Node::Calculate(operator, Box::new(parts)), Type::Int));
        }
        Ok((
            match sign {
                "&&" => Node::All(self.flat(sign, parts)?),
                "||" => Node::Any(self.flat(sign, parts)?),
                "in" => self.one_of(left, right)?,
                _ => self.comparison(at, sign, left, right)?,
            },
            Type::Bool,
        ))
    }

    /// The parts of a chain of the same operator.
    fn flat(&mut self, sign: &str, parts: &[Raw; 2]) -> Result<Vec<Node>, Wrong> {
        let mut nodes = match &parts[0].part {
            Part::Binary(same, inner) if *same == sign => self.flat(sign, inner)?,
            _ => vec![self.of_type(&parts[0], Type::Bool)?],
        };
        nodes.push(self.of_type(&parts[1], Type::Bool)?);
        Ok(nodes)
    }

    fn comparison(&mut self, at: usize, sign: &str, left: &Raw, right: &Raw) -> Result<Node, Wrong> {
        let (first, kind) = self.part(left)?;
        let (second, other) = self.part(right)?;
        let (first, second) = match (kind, other) {
            (a, b) if a == b => (first, second),
            (Type::Enum(_), Type::Text) => (first, self.of_type(right, kind)?),
            (Type::Text, Type::Enum(_)) => (self.of_type(left, other)?, second),
            (a, b) => {
                return wrong(at, "wrong_type", format!("{} is not compared with {}", a.name(), b.name()));
            }
        };
        let ordered = !matches!(kind, Type::Bool | Type::Enum(_)) && !matches!(other, Type::Enum(_));
        let comparison = match sign {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            _ if !ordered => {
                return wrong(at, "wrong_type", format!("{} has no order; allowed are == and !=", kind.name()));
            }
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            _ => Comparison::GreaterOrEqual,
        };
        Ok(Node::Compare(comparison, Box::new([first, second])))
    }

    fn one_of(&mut self, left: &Raw, right: &Raw) -> Result<Node, Wrong> {
        let (value, kind) = self.part(left)?;
        let Part::List(items) = &right.part else {
            return wrong(right.at, "wrong_type", "behind in stands a list, such as ['a', 'b']");
        };
        let items = items.iter().map(|item| self.of_type(item, kind)).collect::<Result<Vec<_>, Wrong>>()?;
        Ok(Node::OneOf(Box::new(value), items))
    }

    fn call(&mut self, at: usize, name: &str, arguments: &[Raw]) -> Checked {
        match (name, arguments) {
            ("has", [Raw { at, part: Part::Name(field) }]) => Ok((Node::Has(self.facts(*at, field)?.id), Type::Bool)),
            ("date", [Raw { at, part: Part::Text(text) }]) => {
                let date: Date = text.parse().map_err(|_| Wrong {
                    at: *at,
                    code: "wrong_type",
                    message: "the date is not of the form 2026-01-31".to_owned(),
                })?;
                Ok((Node::Value(Value::Date(date)), Type::Date))
            }
            ("money", [Raw { part: Part::Int(amount), .. }, Raw { at, part: Part::Text(currency) }]) => {
                let money = Money::new(*amount, currency).map_err(|e| Wrong {
                    at: *at,
                    code: "wrong_type",
                    message: e.message().to_owned(),
                })?;
                Ok((Node::Value(Value::Money(money)), Type::Money))
            }
            ("days_since" | "months_since", [date]) => {
                let unit = if name == "days_since" { Since::Days } else { Since::Months };
                Ok((Node::Since(unit, Box::new(self.of_type(date, Type::Date)?)), Type::Int))
            }
            ("size", [text]) => Ok((Node::Size(Box::new(self.of_type(text, Type::Text)?)), Type::Int)),
            (name, [argument]) if name.contains('.') => self.text_test(at, name, argument),
            _ => wrong(
                at,
                "unknown_function",
                format!(
                    "there is no function {name} that takes these {} arguments; there are has(field), \
                     date('2026-01-31'), money(100, 'CNY'), days_since(date), months_since(date), size(text), \
                     text.startsWith(text), text.endsWith(text), text.contains(text)",
                    arguments.len()
                ),
            ),
        }
    }

    /// `field.startsWith(text)` and its like.
    fn text_test(&mut self, at: usize, name: &str, argument: &Raw) -> Checked {
        let (field, method) = name.rsplit_once('.').unwrap_or((name, ""));
        let test = match method {
            "startsWith" => TextTest::StartsWith,
            "endsWith" => TextTest::EndsWith,
            "contains" => TextTest::Contains,
            _ => {
                let message = format!("there is no method {method}; there are startsWith, endsWith, contains");
                return wrong(at, "unknown_function", message);
            }
        };
        let (field, kind) = self.field(at, field)?;
        if kind != Type::Text {
            return wrong(at, "wrong_type", format!("{method} is asked of a text, found {}", kind.name()));
        }
        let parts = [field, self.of_type(argument, Type::Text)?];
        Ok((Node::TextTest(test, Box::new(parts)), Type::Bool))
    }
}

fn operator_of(sign: &str) -> Option<Operator> {
    Some(match sign {
        "+" => Operator::Plus,
        "-" => Operator::Minus,
        "*" => Operator::Times,
        "/" => Operator::DividedBy,
        "%" => Operator::Modulo,
        _ => return None,
    })
}

fn enum_value(at: usize, def: &'static EnumDef, name: &str) -> Result<Node, Wrong> {
    match def.by_name(name) {
        Some(value) => Ok(Node::Value(Value::Enum(value.number))),
        None => wrong(at, "unknown_value", format!("{} is never {name:?}; it is {}", def.name, def.allowed())),
    }
}
