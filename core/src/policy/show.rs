//! A merged policy as text: TOML that can be read again, or JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::document::{Datum, Figure};
use super::merge::{FigureDifference, Merged, MergedFigure};
use super::shelf::Adopted;

/// The order of attributes in a text; those that are not named here come between the two ends.
const FIRST: [&str; 3] = ["value", "unit", "when"];
const LAST: [&str; 3] = ["rule", "source", "note"];

impl Figure {
    /// The figure as a policy file spells it.
    pub fn shown(&self) -> String {
        let place = |name: &str| match FIRST.iter().position(|first| *first == name) {
            Some(at) => at,
            None => LAST.iter().position(|last| *last == name).map_or(10, |at| 20 + at),
        };
        let mut attributes: Vec<(&str, &Datum)> = self.attributes().collect();
        attributes.sort_by_key(|(name, _)| place(name));
        let parts: Vec<String> = attributes.iter().map(|(name, datum)| format!("{name} = {}", datum.shown())).collect();
        format!("{{ {} }}", parts.join(", "))
    }
}

impl Merged {
    /// TOML: every figure on a line, behind it as a comment the version that it comes from.
    pub fn to_toml(&self) -> String {
        let mut out = format!("# {} = {}\n", self.version, self.layers.join(" < "));
        // A section stands once, whatever comes between its figures in the order of paths.
        let mut sections: BTreeMap<&str, Vec<(&str, &MergedFigure)>> = BTreeMap::new();
        for (path, merged) in &self.figures {
            let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
            sections.entry(section).or_default().push((name, merged));
        }
        for (section, figures) in sections {
            let _ = write!(out, "\n[{section}]\n");
            for (name, merged) in figures {
                let _ = writeln!(out, "{name} = {} # {}", merged.figure.shown(), merged.origin);
            }
        }
        out
    }

    /// JSON: `version`, `layers`, and `figures` by path, each with `origin` and its attributes.
    pub fn to_json(&self) -> String {
        let figure = |(path, merged): (&String, &MergedFigure)| {
            let mut out = Map::new();
            out.insert("origin".to_owned(), json!(merged.origin));
            for (name, datum) in merged.figure.attributes() {
                out.insert(name.to_owned(), json_of(datum));
            }
            (path.clone(), Json::Object(out))
        };
        let figures: Map<String, Json> = self.figures.iter().map(figure).collect();
        json!({"version": self.version, "layers": self.layers, "figures": figures}).to_string()
    }
}

/// JSON: a list of the figures that differ, each with `path`, `before` and `after`, as policy files spell them.
pub fn differences_to_json(differences: &[FigureDifference]) -> String {
    let one = |d: &FigureDifference| json!({"path": d.path, "before": d.before, "after": d.after});
    differences.iter().map(one).collect::<Json>().to_string()
}

/// JSON: a list of versions, each with `version`, `effective_on`, `approver`, `actor`, `at` and `sequence`.
pub fn versions_to_json(versions: &[Adopted]) -> String {
    let one = |v: &Adopted| {
        json!({"version": v.version, "effective_on": v.effective_on.to_string(), "approver": v.approver,
            "actor": v.actor, "at": v.at.to_string(), "sequence": v.sequence})
    };
    versions.iter().map(one).collect::<Json>().to_string()
}

fn json_of(datum: &Datum) -> Json {
    match datum {
        Datum::Int(n) => json!(n),
        Datum::Bool(b) => json!(b),
        Datum::Text(text) => json!(text),
        Datum::Date(date) => json!(date.to_string()),
        Datum::List(list) => list.iter().map(json_of).collect(),
    }
}
