//! Plugins of a database: loading, registering, their fields, their calculators, and the keys that sign them.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use crate::domain::{Actor, Calculator, Command, CustomField, Decided, Level, Quantity};
use crate::error::{Error, ErrorKind, Result};
use crate::plugin::{PluginStatus, Registry};
use crate::policy::Document;
use crate::port::{Computation, Hook, LogLine, Point};
use crate::record::meta;

use super::group::{self, Atomicity};
use super::open::Crm;
use super::services::TxnServices;

/// What the owner of a database allows a plugin that is loaded from a library.
#[derive(Debug, Clone, Default)]
pub struct PluginOptions {
    /// The libraries that may be loaded, or the folders that they lie in: absolute paths.
    pub allowed: Vec<std::path::PathBuf>,
    /// Overrides of the plugin's figures, by their dotted names.
    pub settings: BTreeMap<String, String>,
    /// Whether its draft extensions are used, which may change with any version.
    pub drafts: bool,
}

impl Crm {
    /// Adds the rules of a plugin behind those that are there and its policy above the ones that are there, and declares
    /// the custom fields that it needs.
    ///
    /// # Errors
    /// `Duplicate` when a plugin of the same id, a calculator of the same name or a policy of the same version is there;
    /// `Rejected` with what is wrong with its policy; `PluginField` when it needs a field that the database does not take;
    /// what the store answers.
    pub fn register(&self, hook: Arc<dyn Hook>) -> Result<()> {
        self.admit(&*hook)?;
        let policy = hook.policy().map(str::to_owned);
        let mut registry = self.inner.registry.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Registry::clone(&registry);
        next.add(hook)?;
        if let Some(text) = policy {
            group::exclusively(&self.inner, || self.add_layer(&text))?;
        }
        self.inner.masks.store(next.offers(Point::Rights), Ordering::Release);
        *registry = Arc::new(next);
        Ok(())
    }

    /// Declares the fields of a plugin when nothing else stands against it, so that one that is refused leaves none.
    fn admit(&self, hook: &dyn Hook) -> Result<()> {
        self.inner.registry().check(hook)?;
        if let Some(text) = hook.policy() {
            self.check_layer(&Document::parse(text).map_err(Error::rejected)?)?;
        }
        self.declare_fields(hook.id(), hook.fields()).map_err(|e| {
            let message = format!("plugin {} declares a field that is not taken: {}", hook.id(), e.message());
            Error::new(ErrorKind::PluginField, message).with("plugin", hook.id()).caused_by(e)
        })
    }

    fn check_layer(&self, document: &Document) -> Result<()> {
        match self.catalog().policies().is_taken(&document.version) {
            false => Ok(()),
            true => {
                let message = format!("the policy version {} is taken", document.version);
                Err(Error::new(ErrorKind::Duplicate, message).with("version", &document.version))
            }
        }
    }

    /// Puts the policy of a plugin below that of the company.
    fn add_layer(&self, text: &str) -> Result<()> {
        let document = Document::parse(text).map_err(Error::rejected)?;
        self.check_layer(&document)?;
        let mut catalog = self.inner.catalog.write().unwrap_or_else(PoisonError::into_inner);
        let shelf = catalog.policies().with_layer(document, &**catalog).map_err(Error::rejected)?;
        Arc::make_mut(&mut catalog).set_policies(shelf);
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
        let custom_field = |entity: crate::domain::EntityKind, name: &str| {
            self.catalog().custom_fields().iter().find(|f| f.entity == entity && f.name == name).cloned()
        };
        let options = crate::plugin::LoadOptions {
            allowed: &options.allowed,
            settings: &options.settings,
            custom_field: &custom_field,
            declare: &|hook| self.admit(hook),
            keys: &self.plugin_keys()?,
            drafts: options.drafts,
        };
        self.register(crate::plugin::load(path, &options)?)
    }

    /// Declares those of a plugin's fields that the database does not have, in its name: all of them or none.
    fn declare_fields(&self, plugin: &str, fields: &[CustomField]) -> Result<()> {
        let mut missing = Vec::new();
        for field in fields {
            match self.catalog().field_named(field.entity, &field.name) {
                Some(there) if there.kind != field.kind => {
                    let (entity, name, kind) = (field.entity.def().name, &field.name, there.kind.name());
                    let message = format!("{entity} has a field {name} of another type or bounds, {kind}");
                    return Err(Error::new(ErrorKind::Duplicate, message).with("field", name));
                }
                Some(_) => {}
                None => missing.push(Command::DeclareField(field.clone())),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let actor = Actor { name: plugin.chars().take(64).collect(), level: Level::Manage };
        let outcomes = self.session(actor)?.apply_many(missing, Atomicity::All)?;
        outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))
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

    /// Computes by name: a decision for each result, typed and with its reason.
    ///
    /// # Errors
    /// `NotFound` when no plugin has the calculator; `InvalidArgument` for an argument that is unknown, missing or not
    /// allowed; `WrongType`; `PluginFailed`, `PluginQuarantined`, `CalendarYearMissing`; what the store answers.
    pub fn compute(&self, name: &str, arguments: &BTreeMap<String, Quantity>) -> Result<Vec<Decided>> {
        let registry = self.inner.registry();
        let known = registry.calculators();
        let ordered = match known.iter().find(|c| c.name == name) {
            Some(calculator) => in_order(calculator, arguments)?,
            None => Vec::new(),
        };
        let (snapshot, catalog) = (self.inner.snapshot()?, self.catalog());
        let now = self.inner.clock.now();
        let today = now.date_in(self.inner.zone);
        let in_force = catalog.policies().in_force(today);
        registry.compute(&Computation {
            now,
            today,
            name,
            arguments: &ordered,
            calendar: &in_force.calendar,
            zone: self.inner.zone,
            services: &TxnServices { txn: &*snapshot, catalog: &catalog, clock: &*self.inner.clock },
        })
    }

    /// The public keys of minisign that the database trusts; with none, plugins need not be signed.
    ///
    /// # Errors
    /// `Corrupt` and what else the store answers.
    pub fn plugin_keys(&self) -> Result<Vec<String>> {
        meta::plugin_keys(&*self.inner.snapshot()?)
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
