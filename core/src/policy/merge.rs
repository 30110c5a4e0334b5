//! Layers of policies put on each other, figure by figure, each figure with the layer that it comes from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Document, Figure};

/// A figure with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedFigure {
    /// The figure.
    pub figure: Figure,
    /// The version of the policy that has it.
    pub origin: String,
    /// The text of that policy, for the places of problems.
    pub(super) text: Arc<str>,
}

/// Policies put on each other: a figure of a later one counts in place of the same figure of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The version of the last policy.
    pub version: String,
    /// The versions, the first below.
    pub layers: Vec<String>,
    /// The figures by path.
    pub figures: BTreeMap<String, MergedFigure>,
}

impl Merged {
    /// Puts policies on each other, the first below.
    pub fn of(layers: &[&Document]) -> Self {
        let mut figures = BTreeMap::new();
        for layer in layers {
            for (path, figure) in &layer.figures {
                if figure.is_none() {
                    figures.remove(path);
                    continue;
                }
                let (origin, text) = (layer.version.clone(), layer.text.clone());
                figures.insert(path.clone(), MergedFigure { figure: figure.clone(), origin, text });
            }
        }
        let layers: Vec<String> = layers.iter().map(|layer| layer.version.clone()).collect();
        Self { version: layers.last().cloned().unwrap_or_default(), layers, figures }
    }

    /// The figures whose path begins with `prefix`, with the rest of their path.
    pub(super) fn under<'m>(&'m self, prefix: &'m str) -> impl Iterator<Item = (&'m str, &'m MergedFigure)> {
        self.figures.iter().filter_map(move |(path, figure)| Some((path.strip_prefix(prefix)?, figure)))
    }
}

/// A figure that two merged policies do not have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureDifference {
    /// The path.
    pub path: String,
    /// The figure in the first, as a policy file spells it; `None` when it has none.
    pub before: Option<String>,
    /// The figure in the second.
    pub after: Option<String>,
}

/// The figures that two merged policies do not have alike, by path. Where a figure comes from makes no difference.
pub fn difference(before: &Merged, after: &Merged) -> Vec<FigureDifference> {
    let mut paths: Vec<&String> = before.figures.keys().chain(after.figures.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let shown = |merged: &Merged, path: &str| merged.figures.get(path).map(|found| found.figure.shown());
    paths
        .into_iter()
        .map(|path| FigureDifference { path: path.clone(), before: shown(before, path), after: shown(after, path) })
        .filter(|difference| difference.before != difference.after)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(version: &str, figures: &str) -> Document {
        let text = format!("id = \"x\"\nversion = \"{version}\"\ntitle = \"X\"\n[complaint]\n{figures}");
        Document::parse(&text).unwrap()
    }

    #[test]
    fn a_later_layer_overrides_figure_by_figure_and_can_take_one_away() {
        let low = document(
            "low/1",
            "key_classes = { value = [\"key\"], rule = \"R\" }\nsame_issue_count_major = { value = 2, rule = \"R\" }\n\
             reopen = { value = 30, unit = \"days\", rule = \"R\" }",
        );
        let high = document(
            "high/1",
            "same_issue_count_major = { value = 3, rule = \"R\" }\nreopen = { none = true, source = \"ours\" }",
        );
        let merged = Merged::of(&[&low, &high]);
        let origins: Vec<(&str, &str)> =
            merged.figures.iter().map(|(path, figure)| (path.as_str(), figure.origin.as_str())).collect();
        assert_eq!(origins, [("complaint.key_classes", "low/1"), ("complaint.same_issue_count_major", "high/1")]);
        let found = difference(&Merged::of(&[&low]), &merged);
        let paths: Vec<&str> = found.iter().map(|difference| difference.path.as_str()).collect();
        assert_eq!(paths, ["complaint.reopen", "complaint.same_issue_count_major"]);
        assert_eq!(found[1].after.as_deref(), Some("{ value = 3, rule = \"R\" }"));
        assert_eq!(found[0].after, None);
    }
}
