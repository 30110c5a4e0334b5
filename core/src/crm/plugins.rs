//! Plugins of a database: loading, registering, their fields, their calculators, and the keys that sign them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use crate::domain::{
    Actor, Calculator, Command, CustomField, Decided, EntityKind, Level, NeededPlugin, Quantity, Registration,
    check_version, compare_versions,
};
use crate::error::{Error, ErrorKind, Result};
use crate::plugin::{self, PluginStatus, Registry};
use crate::policy::Document;
use crate::port::{Callback, Computation, Hook, LogLine, Point};
use crate::record::{Catalog, meta};

use super::group;
use super::needs;
use super::open::Crm;
use super::services::{SeenServices, TxnServices};
use super::session::Session;

/// The greatest length of an id or a version. Unit: bytes.
const NAME_LEN_MAX: usize = 64;

/// What the owner of a database allows a plugin that is loaded from a library.
#[derive(Debug, Clone, Default)]
pub struct PluginOptions {
    /// The libraries that may be loaded, or the folders that they lie in: absolute paths.
    pub allowed: Vec<std::path::PathBuf>,
    /// Overrides of the plugin's figures, by their dotted names.
    pub settings: BTreeMap<String, String>,
    /// Whether its draft extensions are used, which may change with any version.
    pub drafts: bool,
    /// Whether the library, its manifest or their folder may be writable for everybody.
    pub allow_writable: bool,
}

impl Crm {
    /// Adds the rules of a plugin behind those that are there and its policy above the ones that are there, and declares
    /// the custom fields that it needs.
    ///
    /// # Errors
    /// `Duplicate` when a plugin of the same id, a calculator of the same name or a policy of the same version is there;
    /// `Rejected` with what is wrong with its policy; `PluginManifest` when that has a condition on a sensitive field that the
    /// plugin may not see; `PluginField` when it needs a field that the database does not take;
    /// what the store answers.
    pub fn register(&self, hook: Arc<dyn Hook>) -> Result<()> {
        Callback::refuse()?;
        let _one_at_a_time = self.inner.registering.lock().unwrap_or_else(PoisonError::into_inner);
        self.admit(&*hook)?;
        self.add_admitted(hook)
    }

    /// Adds a plugin that was admitted by who still holds `registering`.
    fn add_admitted(&self, hook: Arc<dyn Hook>) -> Result<()> {
        let mut registry = self.inner.registry.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Registry::clone(&registry);
        next.add(hook)?;
        *registry = Arc::new(next);
        drop(registry);
        self.inner.note_masks();
        Ok(())
    }

    /// Declares the fields of a plugin and takes its policy when nothing stands against either, so that one that is
    /// refused leaves no fields. No command comes between; the caller holds `registering`, so no other plugin does.
    fn admit(&self, hook: &dyn Hook) -> Result<()> {
        self.inner.registry().check(hook)?;
        let registration = registration(hook, self.inner.allows_older)?;
        let rejected = |problems| named(Error::rejected(problems), hook.id());
        let document = hook.policy().map(Document::parse).transpose().map_err(rejected)?;
        let not_taken = |e: Error| {
            let message = format!("plugin {} declares what is not taken: {}", hook.id(), e.message());
            Error::new(ErrorKind::PluginField, message).with("plugin", hook.id()).caused_by(e)
        };
        group::exclusively(&self.inner, || {
            // Before anything, so that a database that is only read takes no older one either.
            needs::check_age(&self.catalog(), &registration)?;
            let catalog = self.trial(hook).map_err(not_taken)?;
            if let Some(document) = &document {
                self.check_layer(catalog, hook, document).map_err(|error| named(error, hook.id()))?;
            }
            self.keep(registration).map_err(|error| match error.kind() {
                ErrorKind::InvalidArgument | ErrorKind::Duplicate => not_taken(error),
                _ => error,
            })?;
            document.map_or(Ok(()), |document| self.add_layer(document).map_err(|error| named(error, hook.id())))
        })
    }

    /// The catalog as it would be with the fields of a plugin.
    fn trial(&self, hook: &dyn Hook) -> Result<Catalog> {
        let mut catalog = Catalog::clone(&self.catalog());
        hook.calculators().iter().try_for_each(|calculator| catalog.check_calculator(&calculator.name, hook.id()))?;
        for field in hook.fields() {
            catalog.check_owner(field, hook.id())?;
            let same = |known: &&CustomField| known.entity == field.entity && known.name == field.name;
            match catalog.custom_fields().iter().find(same).cloned() {
                Some(there) => {
                    // An older version changes nothing of what a newer one declared.
                    let next = if self.is_older(hook) { None } else { catalog.evolved(&there, field)? };
                    next.into_iter().for_each(|next| catalog.restore(next));
                }
                None => drop(catalog.declare(field.clone(), hook.id())?),
            }
        }
        Ok(catalog)
    }

    /// Whether the database has seen a newer version of a plugin.
    fn is_older(&self, hook: &dyn Hook) -> bool {
        let catalog = self.catalog();
        let seen = catalog.needs().plugin(hook.id()).map(|seen| seen.version.as_str());
        seen.is_some_and(|seen| compare_versions(hook.version(), seen).is_lt())
    }

    /// Keeps that the database needs a plugin, with its fields, in one transaction. On a database that is only read a
    /// plugin works as far as it needs no field that is not there.
    fn keep(&self, registration: Registration) -> Result<()> {
        let needs_fields = !registration.fields.iter().all(|field| {
            self.catalog()
                .custom_fields()
                .iter()
                .any(|known| known.entity == field.entity && known.name == field.name && known.kind == field.kind)
        });
        let actor = Actor { name: registration.need.id.chars().take(64).collect(), level: Level::Manage };
        match group::alone(&self.inner, &actor, vec![Command::RegisterPlugin(registration)]) {
            Err(error) if error.kind() == ErrorKind::ReadOnly && !needs_fields => Ok(()),
            Ok(answers) => answers.into_iter().try_for_each(|answer| answer.map(drop)),
            Err(error) => Err(error),
        }
    }

    /// Whether the policy of a plugin fits those that are there, once its fields are declared.
    #[expect(clippy::unused_self, reason = "one of the steps of admitting a plugin")]
    fn check_layer(&self, catalog: Catalog, hook: &dyn Hook, document: &Document) -> Result<()> {
        if catalog.policies().is_taken(&document.version) {
            let message = format!("the policy version {} is taken", document.version);
            return Err(Error::new(ErrorKind::Duplicate, message).with("version", &document.version));
        }
        catalog.policies().with_layer(document.clone(), &catalog).map_err(Error::rejected)?;
        // What a condition decides tells of the fields that it reads.
        let read = catalog.policies().sensitive_of(document, &catalog).map_err(Error::rejected)?;
        match read.iter().find(|(entity, field)| !hook.may_see(*entity, field)) {
            None => Ok(()),
            Some((entity, field)) => {
                let (id, entity) = (hook.id(), entity.def().name);
                let message = format!(
                    "the policy of plugin {id} has a condition on {entity}.{field}, which is sensitive and not among its \
                     capabilities"
                );
                Err(Error::new(ErrorKind::PluginManifest, message).with("plugin", id).with("field", field))
            }
        }
    }

    /// Puts the policy of a plugin below that of the company.
    fn add_layer(&self, document: Document) -> Result<()> {
        let mut catalog = self.catalog();
        let shelf = catalog.policies().with_layer(document, &*catalog).map_err(Error::rejected)?;
        Arc::make_mut(&mut catalog).set_policies(shelf);
        self.inner.publish(catalog);
        Ok(())
    }

    /// Loads a plugin from a shared library and adds its rules behind those that are there.
    ///
    /// When the database trusts keys, the manifest must be signed by one of them.
    ///
    /// # Errors
    /// `PluginUnknown`, `PluginManifest`, `PluginSignature`, `PluginAbi`, `PluginHash`, `PluginNotAllowed`,
    /// `PluginField`, `PluginFailed` and `Io` of the library; `Duplicate` when a plugin of the same id is there.
    #[cfg(feature = "plugin")]
    pub fn load_plugin(&self, path: &std::path::Path, options: &PluginOptions) -> Result<()> {
        Callback::refuse()?;
        let custom_field = |entity: EntityKind, name: &str| {
            self.catalog().custom_fields().iter().find(|f| f.entity == entity && f.name == name).cloned()
        };
        let options = plugin::LoadOptions {
            allowed: &options.allowed,
            settings: &options.settings,
            custom_field: &custom_field,
            declare: &|hook| self.admit(hook),
            keys: &self.plugin_keys()?,
            drafts: options.drafts,
            allow_writable: options.allow_writable,
            guarded: false,
        };
        let _one_at_a_time = self.inner.registering.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = {
            let _callback = Callback::begin("a plugin that is loaded");
            plugin::load(path, &options)?
        };
        self.add_admitted(loaded)
    }

    /// The plugins in the order in which they are asked, with their failures.
    pub fn plugins(&self) -> Vec<PluginStatus> {
        self.inner.registry().plugins()
    }

    /// Ends the quarantine of a plugin.
    ///
    /// # Errors
    /// `PluginUnknown` when no plugin of that id is there. There are no others.
    pub fn enable_plugin(&self, id: &str) -> Result<()> {
        self.inner.registry().enable(id)
    }

    /// The lines that the plugins left since this was asked last, by plugin id.
    pub fn take_plugin_log(&self) -> Vec<(String, LogLine)> {
        self.inner.registry().take_log()
    }

    /// The default policies that the plugins bring, as TOML by plugin id, in the order of the plugins.
    pub fn plugin_policies(&self) -> Vec<(String, String)> {
        self.inner.registry().policies()
    }

    /// The calculators of the plugins, in their order.
    pub fn calculators(&self) -> Vec<Calculator> {
        self.inner.registry().calculators()
    }

    /// The public keys of minisign that the database trusts; with none, plugins need not be signed.
    ///
    /// # Errors
    /// `Corrupt` and what else the store answers.
    pub fn plugin_keys(&self) -> Result<Vec<String>> {
        meta::plugin_keys(&*self.inner.snapshot()?)
    }
}

impl Session {
    /// Computes by name: a decision for each result, typed and with its reason. A calculator that looks at records sees them
    /// as the actor does: what a plugin hides from the actor is absent.
    ///
    /// # Errors
    /// `NotFound` when no plugin has the calculator; `InvalidArgument` for an argument that is unknown, missing or not
    /// allowed; `WrongType`; `PluginFailed`, `PluginQuarantined`, `CalendarYearMissing`; what the store answers.
    pub fn compute(&self, name: &str, arguments: &BTreeMap<String, Quantity>) -> Result<Vec<Decided>> {
        let registry = self.crm().inner.registry();
        let known = registry.calculators();
        let ordered = match known.iter().find(|c| c.name == name) {
            Some(calculator) => in_order(calculator, arguments)?,
            None => Vec::new(),
        };
        let (snapshot, catalog) = (self.crm().inner.snapshot()?, self.crm().catalog());
        let now = self.crm().inner.present.now();
        let today = now.date_in(self.crm().inner.zone);
        let in_force = catalog.policies().in_force(today);
        let all = TxnServices { txn: &*snapshot, catalog: &catalog };
        registry.compute(&Computation {
            now,
            today,
            name,
            arguments: &ordered,
            calendar: &in_force.calendar.clone(),
            zone: self.crm().inner.zone,
            services: &SeenServices { all, mask: self.mask() },
        })
    }
}

/// What a plugin asks of the database.
///
/// # Errors
/// `InvalidArgument` for an id, a version or a label that is not of its form. There are no others.
fn registration(hook: &dyn Hook, allow_older: bool) -> Result<Registration> {
    check_words(hook)?;
    let offered = Point::ALL.into_iter().filter(|point| *point != Point::Compute && hook.offers(*point));
    let mut hooks: BTreeMap<String, BTreeSet<EntityKind>> =
        offered.map(|point| (point.name().to_owned(), plugin::entities_of(hook, point))).collect();
    // A policy decides as a hook does; whoever brings nothing else rules by its fields or its calculators.
    let own = || {
        hook.entities().map_or_else(|| EntityKind::ALL.iter().copied().collect(), |own| own.iter().copied().collect())
    };
    if hook.policy().is_some() {
        hooks.insert("policy".to_owned(), own());
    }
    if hooks.is_empty() && !(hook.fields().is_empty() && hook.calculators().is_empty()) {
        hooks.insert("declarations".to_owned(), own());
    }
    let mut hides: BTreeMap<EntityKind, Option<BTreeSet<String>>> = BTreeMap::new();
    for entity in hooks.get(Point::Rights.name()).into_iter().flatten() {
        let names = hook.hides().map(|fields| {
            fields.iter().filter(|(of, _)| of == entity).map(|(_, name)| name.clone()).collect::<BTreeSet<String>>()
        });
        hides.insert(*entity, names);
    }
    let need = NeededPlugin {
        id: hook.id().to_owned(),
        version: hook.version().to_owned(),
        abi: hook.abi(),
        manifest_sha256: hook.manifest_sha256(),
        hooks,
        hides: BTreeMap::new(),
    };
    let calculators = hook.calculators().iter().map(|calculator| calculator.name.clone()).collect();
    Ok(Registration { need, fields: hook.fields().to_vec(), calculators, hides, allow_older })
}

/// That id, version and labels of a plugin are of their form.
fn check_words(hook: &dyn Hook) -> Result<()> {
    let refused = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
    for (what, text) in [("id", hook.id()), ("version", hook.version())] {
        let is_plain = text.chars().all(|c| c.is_ascii_graphic());
        if text.is_empty() || text.len() > NAME_LEN_MAX || !is_plain {
            return refused(format!(
                "the {what} of a plugin is 1 to {NAME_LEN_MAX} printable ASCII characters without spaces, found {:?}",
                text.escape_debug().to_string()
            ));
        }
    }
    let of_fields = hook.fields().iter().flat_map(|field| [&field.label, &field.label_zh]);
    let of_calculators = hook.calculators().iter().flat_map(|calculator| {
        let parameters = calculator.arguments.iter().chain(&calculator.results);
        let labels = parameters.flat_map(|parameter| [&parameter.label, &parameter.label_zh]);
        labels.chain([&calculator.label, &calculator.label_zh])
    });
    let labels =
        || of_fields.chain(of_calculators).try_for_each(|label| plugin::text::plain("a label of a plugin", label));
    check_version(hook.version()).and_then(|()| labels()).or_else(refused)
}

/// The error with the plugin that it is about.
fn named(error: Error, id: &str) -> Error {
    match error.context_value("plugin") {
        Some(_) => error,
        None => error.with("plugin", id),
    }
}

/// The arguments in the order of their declaration.
fn in_order(calculator: &Calculator, arguments: &BTreeMap<String, Quantity>) -> Result<Vec<Option<Quantity>>> {
    let name = &calculator.name;
    let refused = |kind, message: String| Error::new(kind, message).with("calculator", name);
    let takes = || calculator.arguments.iter().map(|a| a.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(unknown) = arguments.keys().find(|given| !calculator.arguments.iter().any(|a| a.name == **given)) {
        let message = format!("{name} has no argument {unknown}; it takes {}", takes());
        return Err(refused(ErrorKind::InvalidArgument, message));
    }
    let one = |parameter: &crate::domain::Parameter| match arguments.get(&parameter.name) {
        Some(value) if value.kind() == parameter.kind => Ok(Some(value.clone())),
        Some(value) => {
            let (wanted, found) = (parameter.kind.name(), value.kind().name());
            Err(refused(ErrorKind::WrongType, format!("{} of {name} is {wanted}, found {found}", parameter.name)))
        }
        None if parameter.optional => Ok(None),
        None => {
            let message = format!("{} is missing; {name} takes {}", parameter.name, takes());
            Err(refused(ErrorKind::InvalidArgument, message))
        }
    };
    calculator.arguments.iter().map(one).collect()
}
