//! The figures of a plugin: numbers and choices that a regulation sets and a company may set otherwise.

use std::collections::BTreeMap;

use toml::{Table, Value as Toml};

/// The figures of a policy, by their dotted names, with the settings that override them.
///
/// A policy is TOML. Each figure is a table with `value` and `source`; an integer has `min` and `max`, a text has the
/// list `allowed`, or `len_max` when any text of so many characters is allowed:
/// ```
/// # use crm_plugin_sdk::Figures;
/// let policy = r#"
/// [complaint]
/// days = { value = 15, min = 1, max = 365, source = "Order 2020 No. 3" }
/// roll = { value = "next", allowed = ["none", "next"], source = "Civil Code Art. 203" }
/// strict = { value = true, source = "the company" }
/// branches = { value = "", len_max = 200, source = "the company" }
/// "#;
/// let figures = Figures::parse(policy, [("complaint.days", "10")])?;
/// assert_eq!(figures.int("complaint.days")?, 10);
/// assert_eq!(figures.text("complaint.roll")?, "next");
/// let wrong = Figures::parse(policy, [("complaint.days", "soon")]).expect_err("not a number");
/// assert_eq!(wrong, "setting complaint.days: found \"soon\", allowed is an integer from 1 to 365");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Figures(BTreeMap<String, Figure>);

#[derive(Debug, Clone)]
struct Figure {
    value: Value,
    source: String,
}

#[derive(Debug, Clone)]
enum Value {
    Int { value: i64, min: i64, max: i64 },
    Bool(bool),
    Text { value: String, allowed: Allowed },
}

/// Which texts a figure may be.
#[derive(Debug, Clone)]
enum Allowed {
    OneOf(Vec<String>),
    Any { len_max: usize },
}

/// The greatest number of figures and groups of them.
const TABLES_MAX: usize = 10_000;

impl Figures {
    /// Reads a policy and puts the settings in place of its values.
    ///
    /// # Errors
    /// When the policy is not of the form above, or a setting names no figure or has a value that is not allowed. The
    /// message names the figure, what was found and what is allowed.
    pub fn parse<'s>(policy: &str, settings: impl IntoIterator<Item = (&'s str, &'s str)>) -> Result<Self, String> {
        let root: Table = policy.parse().map_err(|e: toml::de::Error| format!("the policy is not TOML: {e}"))?;
        let mut figures = Self::default();
        let mut groups = vec![(String::new(), root)];
        let mut seen = 0;
        while let Some((prefix, group)) = groups.pop() {
            for (key, entry) in group {
                seen += 1;
                let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
                match entry {
                    _ if seen > TABLES_MAX => return Err(format!("the policy has more than {TABLES_MAX} entries")),
                    Toml::Table(figure) if figure.contains_key("value") => {
                        let figure = Figure::parse(&figure).map_err(|why| format!("figure {name}: {why}"))?;
                        figures.0.insert(name, figure);
                    }
                    Toml::Table(group) => groups.push((name, group)),
                    _ => return Err(format!("figure {name}: it is a table with value and source")),
                }
            }
        }
        for (name, found) in settings {
            figures.set(name, found)?;
        }
        Ok(figures)
    }

    fn set(&mut self, name: &str, found: &str) -> Result<(), String> {
        let Some(figure) = self.0.get_mut(name) else {
            let known = self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(format!("setting {name}: there is no such figure, there are {known}"));
        };
        match figure.value.replaced(found) {
            Some(value) => figure.value = value,
            None => return Err(format!("setting {name}: found {found:?}, allowed is {}", figure.value.allowed())),
        }
        Ok(())
    }

    /// An integer.
    ///
    /// # Errors
    /// When the policy has no integer of that name.
    pub fn int(&self, name: &str) -> Result<i64, String> {
        match self.0.get(name).map(|f| &f.value) {
            Some(Value::Int { value, .. }) => Ok(*value),
            _ => Err(format!("the policy has no integer {name}")),
        }
    }

    /// An integer of 0 to 4,294,967,295: a number of days, months, years.
    ///
    /// # Errors
    /// When the policy has no integer of that name, or it is out of these bounds.
    pub fn count(&self, name: &str) -> Result<u32, String> {
        u32::try_from(self.int(name)?).map_err(|_| format!("{name} is less than 0 or too great"))
    }

    /// True or false.
    ///
    /// # Errors
    /// When the policy has no true or false of that name.
    pub fn bool(&self, name: &str) -> Result<bool, String> {
        match self.0.get(name).map(|f| &f.value) {
            Some(Value::Bool(value)) => Ok(*value),
            _ => Err(format!("the policy has no true or false {name}")),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// When the policy has no text of that name.
    pub fn text(&self, name: &str) -> Result<&str, String> {
        match self.0.get(name).map(|f| &f.value) {
            Some(Value::Text { value, .. }) => Ok(value),
            _ => Err(format!("the policy has no text {name}")),
        }
    }

    /// Where a figure comes from, as the policy says.
    pub fn source(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|f| f.source.as_str())
    }
}

impl Figure {
    fn parse(table: &Table) -> Result<Self, String> {
        let source = table.get("source").and_then(Toml::as_str).ok_or("it has no text source")?.to_owned();
        let bound = |name| table.get(name).and_then(Toml::as_integer);
        let value = match table.get("value") {
            Some(Toml::Integer(value)) => {
                let (min, max) = bound("min").zip(bound("max")).ok_or("an integer has the integers min and max")?;
                Value::Int { value: *value, min, max }
            }
            Some(Toml::Boolean(value)) => Value::Bool(*value),
            Some(Toml::String(value)) => Value::Text { value: value.clone(), allowed: allowed(table)? },
            _ => return Err("its value is an integer, a text, true or false".to_owned()),
        };
        match value.replaced(&value.to_text()) {
            Some(value) => Ok(Self { value, source }),
            None => Err(format!("found {:?}, allowed is {}", value.to_text(), value.allowed())),
        }
    }
}

fn allowed(table: &Table) -> Result<Allowed, String> {
    let len_max = table.get("len_max").and_then(Toml::as_integer).and_then(|len| usize::try_from(len).ok());
    match (table.get("allowed").and_then(Toml::as_array), len_max) {
        (Some(list), None) => {
            let texts: Option<Vec<String>> = list.iter().map(|v| v.as_str().map(str::to_owned)).collect();
            texts.map(Allowed::OneOf).ok_or_else(|| "the list allowed has texts only".to_owned())
        }
        (None, Some(len_max)) => Ok(Allowed::Any { len_max }),
        _ => Err("a text has the list allowed, or the integer len_max".to_owned()),
    }
}

impl Value {
    /// The value of the same type and bounds that a text stands for, `None` when that is not allowed.
    fn replaced(&self, found: &str) -> Option<Value> {
        match self {
            Value::Int { min, max, .. } => {
                let value = found.parse().ok().filter(|v| (min..=max).contains(&v))?;
                Some(Value::Int { value, min: *min, max: *max })
            }
            Value::Bool(_) => found.parse().ok().map(Value::Bool),
            Value::Text { allowed, .. } => {
                let fits = match allowed {
                    Allowed::OneOf(texts) => texts.iter().any(|text| text == found),
                    Allowed::Any { len_max } => found.chars().count() <= *len_max,
                };
                fits.then(|| Value::Text { value: found.to_owned(), allowed: allowed.clone() })
            }
        }
    }

    fn to_text(&self) -> String {
        match self {
            Value::Int { value, .. } => value.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Text { value, .. } => value.clone(),
        }
    }

    fn allowed(&self) -> String {
        match self {
            Value::Int { min, max, .. } => format!("an integer from {min} to {max}"),
            Value::Bool(_) => "true or false".to_owned(),
            Value::Text { allowed: Allowed::OneOf(texts), .. } => format!("one of {}", texts.join(", ")),
            Value::Text { allowed: Allowed::Any { len_max }, .. } => format!("a text of at most {len_max} characters"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [a.b]
        days = { value = 15, min = 1, max = 60, source = "S1" }
        roll = { value = "next", allowed = ["none", "next"], source = "S2" }
        [c]
        on = { value = true, source = "S3" }
        names = { value = "", len_max = 4, source = "S4" }
    "#;

    fn error(settings: &[(&str, &str)]) -> String {
        Figures::parse(POLICY, settings.iter().copied()).unwrap_err()
    }

    #[test]
    fn settings_override_figure_by_figure() {
        let figures = Figures::parse(POLICY, [("a.b.days", "60"), ("c.on", "false")]).unwrap();
        assert_eq!((figures.int("a.b.days"), figures.bool("c.on")), (Ok(60), Ok(false)));
        assert_eq!((figures.text("a.b.roll"), figures.source("a.b.roll")), (Ok("next"), Some("S2")));
        assert!(figures.int("a.b.roll").is_err());
        let named = Figures::parse(POLICY, [("c.names", "金融,制造")]);
        assert_eq!(
            named.unwrap_err(),
            "setting c.names: found \"金融,制造\", allowed is a text of at most 4 characters"
        );
        assert_eq!(Figures::parse(POLICY, [("c.names", "金融")]).unwrap().text("c.names"), Ok("金融"));
    }

    #[test]
    fn a_wrong_setting_is_named_with_what_was_found_and_what_is_allowed() {
        assert_eq!(error(&[("a.b.days", "61")]), "setting a.b.days: found \"61\", allowed is an integer from 1 to 60");
        assert_eq!(error(&[("a.b.roll", "back")]), "setting a.b.roll: found \"back\", allowed is one of none, next");
        assert_eq!(error(&[("c.on", "1")]), "setting c.on: found \"1\", allowed is true or false");
        assert_eq!(
            error(&[("c.off", "1")]),
            "setting c.off: there is no such figure, there are a.b.days, a.b.roll, c.names, c.on"
        );
    }

    #[test]
    fn a_policy_of_another_form_is_refused() {
        for policy in [
            "a = 1",
            "a = { value = 1, source = \"s\" }",
            "a = { value = 9, min = 1, max = 2, source = \"s\" }",
            "a = { value = 1, min = 1, max = 2 }",
            "a = { value = \"x\", source = \"s\" }",
            "a = { value = \"x\", allowed = [\"y\"], source = \"s\" }",
            "a = { value = \"x\", allowed = [1], source = \"s\" }",
            "a = { value = 1.5, source = \"s\" }",
            "a = [",
        ] {
            assert!(Figures::parse(policy, []).is_err(), "{policy}");
        }
    }
}
