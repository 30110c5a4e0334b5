//! The plugins that a database needs: kept when one is registered, missed when it is not there, forgotten on command.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::{
    CustomField, Decision, EntityKind, Hidden, NeededPlugin, Operation, Registration, SYSTEM_FIELDS, compare_versions,
};
use crate::error::{Error, ErrorKind, Result};
use crate::plugin::Registry;
use crate::port::Stage;
use crate::record::journal::{Fact, NewEntry};
use crate::record::meta::Head;
use crate::record::{Catalog, needs, table};

use super::check;
use super::write::{self, Outcome, Setting};

/// The commands in the journal.
const REGISTER: &str = "register_plugin";
const FORGET: &str = "forget_plugin";
const DECLARE: &str = "declare_field";

/// The plugins that a database needs and that are not there.
pub(super) fn absent<'c>(catalog: &'c Catalog, registry: &'c Registry) -> impl Iterator<Item = &'c NeededPlugin> {
    catalog.needs().plugins().filter(|needed| !registry.has(&needed.id))
}

/// Whether a field is hidden below manage in the name of a plugin that the database needs: the plugin is not there, or it is
/// there in an older version than the database has seen, or it says now that it hides less than that version.
pub(super) fn hides_unasked(catalog: &Catalog, registry: &Registry, entity: EntityKind, field: u16) -> bool {
    catalog.needs().plugins().filter(|needed| needed.may_hide(entity, field)).any(|needed| {
        let Some(version) = registry.version(&needed.id) else { return true };
        let is_said = || {
            let name = catalog.field(entity, field).map(|info| info.name.as_str());
            name.is_some_and(|name| registry.says_it_hides(&needed.id, entity, name))
        };
        compare_versions(version, &needed.version).is_lt() || !is_said()
    })
}

/// Step 6 before any plugin is asked: no plugin that rules the record is missing. Gives the decisions that say which are,
/// when the database was opened so that it may be written without them.
///
/// # Errors
/// `PluginMissing`. There are no others.
pub(super) fn require(catalog: &Catalog, setting: &Setting<'_>, entity: EntityKind) -> Result<Vec<Decision>> {
    let mut overridden = Vec::new();
    for missing in absent(catalog, setting.registry).filter(|needed| needed.rules(entity)) {
        let NeededPlugin { id, version, .. } = missing;
        if !setting.allows_missing {
            let entity = entity.def().name;
            let message = format!(
                "the plugin {id} {version} is not loaded, and its rules hold for a {entity}; load it, or forget it, or \
                 open the database so that it may be written without"
            );
            return Err(Error::new(ErrorKind::PluginMissing, message).with("plugin", id).with("version", version));
        }
        let reason = format!("written without the plugin {id} {version}, as the database was opened to allow");
        let decision = Decision::new("plugin_missing", format!("{id} {version}"), "", "", setting.policy);
        overridden.push(decision.because(reason, format!("未加载插件{id} {version}，按打开数据库时的许可写入")));
    }
    Ok(overridden)
}

/// Keeps that a plugin is needed, and declares its fields; when nothing is new, nothing is written.
///
/// # Errors
/// `Forbidden`; `PluginOlder` when the database has seen a newer version; `InvalidArgument` and `Duplicate` when a field
/// is not taken.
pub(super) fn register(
    txn: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    setting: &Setting<'_>,
    registration: &Registration,
) -> Result<Outcome> {
    check::permitted(setting.actor, Operation::RegisterPlugin)?;
    let Registration { need, fields, calculators, .. } = registration;
    let is_older = check_age(catalog, registration)?;
    let mut outcome = write::nothing_written();
    calculators.iter().try_for_each(|name| catalog.check_calculator(name, &need.id))?;
    for field in fields {
        if let Some(sequence) = declare(txn, catalog, setting, &need.id, field, is_older)? {
            (outcome.changed, outcome.sequence) = (true, sequence);
        }
    }
    let need = settled(catalog, registration);
    let bound = calculators.iter().filter_map(|name| catalog.bound_to(name, &need.id));
    let mut facts: Vec<Fact> = bound.collect();
    facts.dedup_by(|a, b| a.key == b.key);
    if catalog.needs().plugin(&need.id) == Some(&need) && facts.is_empty() {
        return Ok(outcome);
    }
    if !is_older {
        facts.push(needs::plugin_fact(&need));
    }
    let (reason, reason_zh) = match is_older {
        true => {
            ("an older version than the database has seen, as the opener allows", "版本低于数据库已用版本，经许可使用")
        }
        false => ("the database needs this plugin from now on", "数据库此后需要此插件"),
    };
    let decision = Decision::new("plugin", format!("{} {}", need.id, need.version), "", "", setting.policy)
        .input("abi", &need.abi)
        .input("manifest_sha256", &need.manifest_sha256)
        .because(reason, reason_zh);
    finish(txn, catalog, setting, REGISTER, decision, facts)
}

/// Forgets a plugin: its absence is missed no longer, and its prefixes are free. Its fields stay, with their values.
///
/// # Errors
/// `Forbidden`; `PluginUnknown` when the database does not need it; `InvalidArgument` while it is loaded.
pub(super) fn forget(
    txn: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    setting: &Setting<'_>,
    id: &str,
) -> Result<Outcome> {
    check::permitted(setting.actor, Operation::ForgetPlugin)?;
    let Some(need) = catalog.needs().plugin(id) else {
        let known: Vec<&str> = catalog.needs().plugins().map(|plugin| plugin.id.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let message = format!("the database needs no plugin {id}; it needs {known}");
        return Err(Error::new(ErrorKind::PluginUnknown, message).with("plugin", id));
    };
    if setting.registry.has(id) {
        let message = format!("the plugin {id} is loaded; open the database without it to forget it");
        return Err(Error::new(ErrorKind::InvalidArgument, message).with("plugin", id));
    }
    let decision = Decision::new("plugin", format!("{id} {}", need.version), "", "", setting.policy)
        .because("the database does not need this plugin any more", "数据库不再需要此插件");
    let facts = catalog.needs().facts_to_forget(id);
    finish(txn, catalog, setting, FORGET, decision, facts)
}

/// Whether a version is older than one that the database has seen, when that is allowed.
///
/// # Errors
/// `PluginOlder`. There are no others.
pub(super) fn check_age(catalog: &Catalog, registration: &Registration) -> Result<bool> {
    let NeededPlugin { id, version, .. } = &registration.need;
    let Some(seen) = catalog.needs().plugin(id) else { return Ok(false) };
    if compare_versions(version, &seen.version).is_ge() {
        return Ok(false);
    }
    if registration.allow_older {
        return Ok(true);
    }
    let message = format!(
        "plugin {id} is of version {version}, the database has seen {}; load that or a newer one, or open the database so \
         that an older one is allowed",
        seen.version
    );
    let error = Error::new(ErrorKind::PluginOlder, message).with("plugin", id);
    Err(error.with("found", version).with("allowed", &seen.version))
}

/// Declares a field of a plugin, or changes it; gives the sequence of the entry when something was written. An older
/// version changes nothing of what a newer one declared.
fn declare(
    txn: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    setting: &Setting<'_>,
    owner: &str,
    field: &CustomField,
    is_older: bool,
) -> Result<Option<u64>> {
    let head = Head::read(txn)?;
    catalog.check_owner(field, owner)?;
    let same = |known: &&CustomField| known.entity == field.entity && known.name == field.name;
    let there = catalog.custom_fields().iter().find(same).cloned();
    let (field, bound) = match &there {
        Some(_) if is_older => return Ok(None),
        Some(there) => match catalog.evolved(there, field)? {
            Some(next) => {
                Arc::make_mut(catalog).restore(next.clone());
                (next, catalog.bound_to(&field.name, owner))
            }
            None => match catalog.bound_to(&field.name, owner) {
                Some(bound) => (there.clone(), Some(bound)),
                None => return Ok(None),
            },
        },
        None => Arc::make_mut(catalog).declare(field.clone(), owner)?,
    };
    store_field(txn, catalog, setting, &head, there.as_ref(), &field, bound).map(Some)
}

/// Writes the declaration of a field that the catalog has, with its index and a journal entry behind the head. That of a new
/// field cannot fail.
pub(super) fn store_field(
    txn: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    setting: &Setting<'_>,
    head: &Head,
    before: Option<&CustomField>,
    field: &CustomField,
    bound: Option<Fact>,
) -> Result<u64> {
    table::store_field(txn, catalog, before, field)?;
    if before.is_some() {
        // Conditions of policies know the flags of the fields that they read.
        let shelf = catalog.policies().compiled_anew(&**catalog).map_err(Error::rejected)?;
        Arc::make_mut(catalog).set_policies(shelf);
    }
    let facts: Vec<Fact> = bound.into_iter().collect();
    Arc::make_mut(catalog).take_facts(&facts)?;
    let entry = NewEntry { declared: Some(field), facts: &facts, ..write::entry(setting, head, DECLARE) };
    write::append(txn, head, &entry);
    Ok(entry.sequence)
}

/// What the database is to keep, now that every field has its id.
fn settled(catalog: &Catalog, registration: &Registration) -> NeededPlugin {
    let ids = |entity: EntityKind, names: &BTreeSet<String>| {
        names.iter().filter_map(|name| Some(catalog.field_named(entity, name)?.id)).collect::<BTreeSet<u16>>()
    };
    let is_system = |id: &u16| SYSTEM_FIELDS.iter().any(|field| field.id == *id);
    let hides = registration.hides.iter().map(|(entity, names)| match names {
        None => (*entity, Hidden::All),
        Some(names) => (*entity, Hidden::Fields(ids(*entity, names).into_iter().filter(|id| !is_system(id)).collect())),
    });
    let need = NeededPlugin { hides: hides.collect(), ..registration.need.clone() };
    match catalog.needs().plugin(&need.id) {
        // Another plugin that says the same version takes nothing back of what this version ruled and hid.
        Some(seen) if compare_versions(&need.version, &seen.version).is_eq() => need.with(seen),
        _ => need,
    }
}

/// Writes the facts with the decision that tells them.
fn finish(
    txn: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    setting: &Setting<'_>,
    command: &str,
    decision: Decision,
    facts: Vec<Fact>,
) -> Result<Outcome> {
    let head = Head::read(txn)?;
    Arc::make_mut(catalog).take_facts(&facts)?;
    let decisions = vec![decision];
    let entry = NewEntry { decisions: &decisions, facts: &facts, ..write::entry(setting, &head, command) };
    write::append(txn, &head, &entry);
    Ok(Outcome { changed: true, sequence: entry.sequence, decisions, ..write::nothing_written() })
}
