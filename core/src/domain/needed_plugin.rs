//! A plugin that a database needs: what it declared, ruled and hid when it was registered last.
//!
//! The database keeps these facts, so that it can say which plugin is missing when it is opened without one.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::command::CustomField;
use super::entity::EntityKind;

/// The hook that hides fields; the other hooks rule records.
const RIGHTS: &str = "rights";

/// The fields of an entity that a plugin may hide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hidden {
    /// Every field but those of the header.
    All,
    /// These fields, by id.
    Fields(BTreeSet<u16>),
}

impl Hidden {
    /// Whether a field is among them.
    pub fn has(&self, field: u16) -> bool {
        match self {
            Hidden::All => true,
            Hidden::Fields(fields) => fields.contains(&field),
        }
    }
}

/// A plugin that a database needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededPlugin {
    /// The id.
    pub id: String,
    /// The newest version that was registered in this database.
    pub version: String,
    /// The version of the plugin ABI, such as `1.2`; empty for a plugin of the host's own process.
    pub abi: String,
    /// The SHA-256 of the manifest in hexadecimal digits; empty for a plugin of the host's own process.
    pub manifest_sha256: String,
    /// The hooks that it offers by name, each with the entities about which it is asked.
    pub hooks: BTreeMap<String, BTreeSet<EntityKind>>,
    /// The fields that it may hide, by entity.
    pub hides: BTreeMap<EntityKind, Hidden>,
}

impl NeededPlugin {
    /// Whether the plugin may refuse a write of an entity's record or decide something in it.
    pub fn rules(&self, entity: EntityKind) -> bool {
        self.hooks.iter().any(|(hook, entities)| hook != RIGHTS && entities.contains(&entity))
    }

    /// Whether the plugin may hide a field of an entity's record.
    pub fn may_hide(&self, entity: EntityKind, field: u16) -> bool {
        self.hides.get(&entity).is_some_and(|hidden| hidden.has(field))
    }
}

impl NeededPlugin {
    /// The plugin with what the same version ruled and hid before.
    #[must_use]
    pub(crate) fn with(mut self, seen: &Self) -> Self {
        for (hook, entities) in &seen.hooks {
            self.hooks.entry(hook.clone()).or_default().extend(entities);
        }
        for (entity, hidden) in &seen.hides {
            match (self.hides.get_mut(entity), hidden) {
                (Some(Hidden::Fields(own)), Hidden::Fields(fields)) => own.extend(fields),
                (Some(Hidden::All), _) => {}
                (_, hidden) => drop(self.hides.insert(*entity, hidden.clone())),
            }
        }
        self
    }
}

/// What a plugin asks of a database when it is registered. The kernel alone makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// What the database is to keep; `hides` is empty until the fields have their ids.
    pub(crate) need: NeededPlugin,
    /// The custom fields that it declares.
    pub(crate) fields: Vec<CustomField>,
    /// The names of its calculators.
    pub(crate) calculators: Vec<String>,
    /// The fields that it may hide by their names; `None` for every field of the entity.
    pub(crate) hides: BTreeMap<EntityKind, Option<BTreeSet<String>>>,
    /// Whether a version older than one that the database has seen is allowed.
    pub(crate) allow_older: bool,
}

/// That a version can be compared: numbers with dots between, then perhaps a suffix behind `-` and a build behind `+`.
///
/// # Errors
/// What was found and what is allowed, as a sentence. There are no others.
pub(crate) fn check_version(version: &str) -> Result<(), String> {
    let (counted, build) = version.split_once('+').unwrap_or((version, "0"));
    let (main, suffix) = counted.split_once('-').unwrap_or((counted, "0"));
    let is_number = |part: &str| (1..=18).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit());
    let is_word =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    if main.split('.').all(is_number) && is_word(suffix) && is_word(build) {
        return Ok(());
    }
    Err(format!(
        "the version of a plugin is numbers with dots between and perhaps a suffix behind -, such as 1.2.0 or 1.2.0-rc.1, \
         found {:?}",
        version.escape_debug().to_string()
    ))
}

/// Compares two versions by their parts between dots: numbers as numbers, other texts as texts, absent parts as 0. One
/// with a suffix behind `-` comes before the same without it; what stands behind `+` does not count.
pub(crate) fn compare_versions(a: &str, b: &str) -> Ordering {
    let halves = |version: &str| {
        let counted = version.split('+').next().unwrap_or_default().to_owned();
        match counted.split_once('-') {
            Some((main, suffix)) => (main.to_owned(), Some(suffix.to_owned())),
            None => (counted, None),
        }
    };
    let ((main_a, suffix_a), (main_b, suffix_b)) = (halves(a), halves(b));
    compare_parts(&main_a, &main_b).then_with(|| match (suffix_a, suffix_b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => compare_parts(&a, &b),
    })
}

fn compare_parts(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('.').collect(), b.split('.').collect());
    let parts = 0..a.len().max(b.len());
    let part = |of: &[&'_ str], at: usize| of.get(at).copied().unwrap_or("0").to_owned();
    let compared = parts.map(|at| {
        let (a, b) = (part(&a, at), part(&b, at));
        match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => a.cmp(&b),
        }
    });
    compared.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `v9.0.1` was taken, and came before 1.0: a text is not a number.
    #[test]
    fn a_version_is_of_numbers() {
        for version in ["1", "9.0", "1.10.0", "1.0.0-rc.1", "1.0.0+build7", "0.1.0-alpha+b"] {
            assert_eq!(check_version(version), Ok(()), "{version}");
        }
        for version in
            ["", "v9.0.1", "latest", "1.", ".1", "1..2", "1.x", "１.0", "1.0-", "1.0 ", "1.0\n", &"9".repeat(19)]
        {
            assert!(check_version(version).is_err(), "{version:?}");
        }
    }

    #[test]
    fn versions_are_compared_by_their_parts() {
        let sorted = ["0.9", "1.0.0-alpha", "1.0.0-rc.2", "1.0.0-rc.10", "1.0", "1.0.1", "1.2", "1.10", "2.0.0"];
        for pair in sorted.windows(2) {
            assert_eq!(compare_versions(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare_versions(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(compare_versions("1.0", "1.0.0+build7"), Ordering::Equal);
    }
}
