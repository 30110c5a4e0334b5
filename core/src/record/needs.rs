//! The plugins that a database needs and the owners of the prefixes of custom fields, as facts of the space `meta`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use crate::domain::{EntityKind, Hidden, NeededPlugin};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};

use super::bytes::{Reader, Writer};
use super::journal::Fact;
use super::key;

/// The beginning of the keys of needed plugins; behind it the id.
const KEY_PLUGIN: &[u8] = b"plugin/";
/// The beginning of the keys of prefixes; behind it the prefix.
const KEY_PREFIX: &[u8] = b"prefix/";
/// The version of the stored form of a needed plugin.
const FORM: u8 = 1;
/// The owner of the prefixes under which the company declares fields.
pub(crate) const COMPANY: &str = "company";

/// The plugins that a database needs, and whose the prefixes are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    plugins: BTreeMap<String, NeededPlugin>,
    prefixes: BTreeMap<String, String>,
    /// Whether any plugin was ever needed, so that values may have been decided by one.
    ever: bool,
}

impl Needs {
    /// Whether a plugin was ever registered in the database, also one that was forgotten since.
    pub(crate) fn ever(&self) -> bool {
        self.ever
    }

    /// The plugins that the database needs, by id.
    pub(crate) fn plugins(&self) -> impl Iterator<Item = &NeededPlugin> {
        self.plugins.values()
    }

    /// The plugin of an id, when the database needs it.
    pub(crate) fn plugin(&self, id: &str) -> Option<&NeededPlugin> {
        self.plugins.get(id)
    }

    /// The id of the plugin to which a prefix belongs, [`COMPANY`], or `None` when it is free.
    pub(crate) fn owner(&self, prefix: &str) -> Option<&str> {
        self.prefixes.get(prefix).map(String::as_str)
    }

    /// The facts that forget a plugin and free its prefixes.
    pub(crate) fn facts_to_forget(&self, id: &str) -> Vec<Fact> {
        let freed = self.prefixes.iter().filter(|(_, owner)| *owner == id);
        let plugin = Fact { key: [KEY_PLUGIN, id.as_bytes()].concat(), value: Vec::new() };
        std::iter::once(plugin).chain(freed.map(|(prefix, _)| prefix_fact(prefix, ""))).collect()
    }

    /// Takes in a fact, when it is one of these.
    ///
    /// # Errors
    /// `Corrupt` when it is damaged, `NewerVersion` when it is of a later form. There are no others.
    pub(crate) fn take(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        if let Some(id) = key.strip_prefix(KEY_PLUGIN) {
            self.ever = true;
            let id = String::from_utf8(id.to_vec()).map_err(|_| damaged())?;
            match value {
                [] => drop(self.plugins.remove(&id)),
                value => drop(self.plugins.insert(id.clone(), decode(id, value)?)),
            }
        } else if let Some(prefix) = key.strip_prefix(KEY_PREFIX) {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| damaged());
            match value {
                [] => drop(self.prefixes.remove(&text(prefix)?)),
                owner => drop(self.prefixes.insert(text(prefix)?, text(owner)?)),
            }
        }
        Ok(())
    }
}

/// The needs that a database holds.
///
/// # Errors
/// `Corrupt`, `NewerVersion`, and what else the store answers.
pub(crate) fn load(read: &dyn ReadTxn) -> Result<Needs> {
    let mut needs = Needs::default();
    for begin in [KEY_PLUGIN, KEY_PREFIX] {
        let until = key::after_prefix(begin);
        read.scan(Space::Meta, begin, until.as_deref(), Order::Ascending, &mut |key, value| {
            needs.take(key, value)?;
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(needs)
}

/// The fact that the database needs a plugin.
pub(crate) fn plugin_fact(plugin: &NeededPlugin) -> Fact {
    Fact { key: [KEY_PLUGIN, plugin.id.as_bytes()].concat(), value: encode(plugin) }
}

/// The fact that a prefix belongs to an owner; an empty owner frees it.
pub(crate) fn prefix_fact(prefix: &str, owner: &str) -> Fact {
    Fact { key: [KEY_PREFIX, prefix.as_bytes()].concat(), value: owner.as_bytes().to_vec() }
}

/// The prefix of a custom field's name.
pub(crate) fn prefix_of(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

fn encode(plugin: &NeededPlugin) -> Vec<u8> {
    let mut out = Writer(vec![FORM]);
    for text in [&plugin.version, &plugin.abi, &plugin.manifest_sha256] {
        out.text(text);
    }
    out.number(plugin.hooks.len() as u64);
    for (hook, entities) in &plugin.hooks {
        out.text(hook);
        out.blob(&entities.iter().map(|entity| entity.number()).collect::<Vec<_>>());
    }
    out.number(plugin.hides.len() as u64);
    for (entity, hidden) in &plugin.hides {
        out.0.push(entity.number());
        match hidden {
            Hidden::All => out.0.push(1),
            Hidden::Fields(fields) => {
                out.0.push(0);
                out.number(fields.len() as u64);
                fields.iter().for_each(|field| out.number(u64::from(*field)));
            }
        }
    }
    out.0
}

fn decode(id: String, stored: &[u8]) -> Result<NeededPlugin> {
    let mut reader = Reader(stored);
    let form = reader.byte()?;
    if form != FORM {
        let message = format!("what the database keeps of plugin {id} has form {form}, this version reads form {FORM}");
        return Err(Error::new(ErrorKind::NewerVersion, message));
    }
    let (version, abi, manifest_sha256) = (reader.text()?, reader.text()?, reader.text()?);
    let mut hooks = BTreeMap::new();
    for _ in 0..reader.count()? {
        let hook = reader.text()?;
        // An entity of a later version is not one that this version writes.
        let entities = reader.blob()?.iter().filter_map(|number| EntityKind::from_number(*number)).collect();
        hooks.insert(hook, entities);
    }
    let mut hides = BTreeMap::new();
    for _ in 0..reader.count()? {
        let entity = EntityKind::from_number(reader.byte()?).ok_or_else(damaged)?;
        let hidden = match reader.byte()? {
            1 => Hidden::All,
            0 => Hidden::Fields(fields(&mut reader)?),
            _ => return Err(damaged()),
        };
        hides.insert(entity, hidden);
    }
    if !reader.0.is_empty() {
        return Err(damaged());
    }
    Ok(NeededPlugin { id, version, abi, manifest_sha256, hooks, hides })
}

fn fields(reader: &mut Reader<'_>) -> Result<BTreeSet<u16>> {
    (0..reader.count()?).map(|_| u16::try_from(reader.number()?).map_err(|_| damaged())).collect()
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "what the database keeps of its plugins is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plugin() -> NeededPlugin {
        let entities = BTreeSet::from([EntityKind::Customer, EntityKind::Visit]);
        NeededPlugin {
            id: "acme.rules".into(),
            version: "1.2.0".into(),
            abi: "1.2".into(),
            manifest_sha256: "0f".repeat(32),
            hooks: BTreeMap::from([("validate".into(), entities.clone()), ("rights".into(), entities)]),
            hides: BTreeMap::from([
                (EntityKind::Customer, Hidden::Fields(BTreeSet::from([16, 10_000]))),
                (EntityKind::Visit, Hidden::All),
            ]),
        }
    }

    #[test]
    fn a_need_comes_back_whole_and_is_forgotten_with_its_prefixes() {
        let mut needs = Needs::default();
        for fact in [plugin_fact(&plugin()), prefix_fact("acme", "acme.rules"), prefix_fact("own", COMPANY)] {
            needs.take(&fact.key, &fact.value).unwrap();
        }
        assert_eq!(needs.plugin("acme.rules"), Some(&plugin()));
        assert_eq!(
            (needs.owner("acme"), needs.owner("own"), needs.owner("x")),
            (Some("acme.rules"), Some(COMPANY), None)
        );
        for fact in needs.clone().facts_to_forget("acme.rules") {
            needs.take(&fact.key, &fact.value).unwrap();
        }
        assert_eq!((needs.plugins().count(), needs.owner("acme"), needs.owner("own")), (0, None, Some(COMPANY)));
        assert!(needs.ever(), "values of a forgotten plugin may be left");
    }

    proptest! {
        #[test]
        fn what_is_cut_or_garbled_is_an_error_or_another_need_but_never_a_panic(at in 0_usize..200, byte: u8, cut: bool) {
            let mut stored = encode(&plugin());
            let at = at % stored.len();
            if cut {
                stored.truncate(at);
                prop_assert!(decode("acme.rules".into(), &stored).is_err());
            } else {
                stored[at] = byte;
                let _ = decode("acme.rules".into(), &stored);
            }
        }
    }
}
