//! What a session may do: the level of each operation, sessions made from a session, and plugins.

use std::sync::Arc;

use crate::domain::{Actor, Operation};
use crate::error::Result;
use crate::port::{Hook, LogLine};

use super::check;
#[cfg(feature = "plugin")]
use super::plugins::PluginOptions;
use super::session::Session;
use super::warnings::Warning;

impl Session {
    /// That the actor may ask for an operation.
    ///
    /// # Errors
    /// `Forbidden` below the level of the operation, or when the actor is a user who is suspended. There are no others.
    pub(super) fn permit(&self, operation: Operation) -> Result<()> {
        self.require(operation.level(), operation.name())
    }

    /// Begins a session of an actor that may do no more than this one: at this level or below. Only at the level manage
    /// may the actor be another, because what plugins hide and what the journal says go by the name.
    ///
    /// # Errors
    /// `InvalidArgument` as [`crate::Crm::session`]; `Forbidden` for a higher level, or for another actor below the level
    /// manage. There are no others.
    pub fn as_actor(&self, actor: Actor) -> Result<Session> {
        let derived = self.crm.session(actor)?;
        if derived.actor().name != self.actor().name {
            self.permit(Operation::ActAs)?;
        }
        check::level(self.actor(), derived.actor().level, Operation::ActAs.name())
            .map_err(|refused| refused.under_policy(&self.crm.in_force().policy.version))?;
        Ok(derived)
    }

    /// Adds the rules of a plugin, as [`crate::Crm::register`] does. The plugin sees every write whatever this session's level
    /// is, and can refuse all of them.
    ///
    /// # Errors
    /// `Forbidden` below the level manage; else as [`crate::Crm::register`].
    pub fn register(&self, hook: Arc<dyn Hook>) -> Result<()> {
        self.may_register()?;
        self.crm.register(hook)
    }

    /// That the actor may register a plugin, for a face that runs the plugin's code to read what it declares.
    ///
    /// # Errors
    /// `Forbidden` below the level manage. There are no others.
    pub fn may_register(&self) -> Result<()> {
        self.permit(Operation::RegisterPlugin)
    }

    /// Loads a plugin from a shared library, as [`crate::Crm::load_plugin`] does: native code that can do whatever this process
    /// can.
    ///
    /// # Errors
    /// `Forbidden` below the level manage, before anything of the library is read; else as [`crate::Crm::load_plugin`].
    #[cfg(feature = "plugin")]
    pub fn load_plugin(&self, path: &std::path::Path, options: &PluginOptions) -> Result<()> {
        self.permit(Operation::LoadPlugin)?;
        self.crm.load_plugin(path, options)
    }

    /// Ends the quarantine of a plugin.
    ///
    /// # Errors
    /// `Forbidden` below the level manage; `PluginUnknown` when no plugin of that id is there. There are no others.
    pub fn enable_plugin(&self, id: &str) -> Result<()> {
        self.permit(Operation::EnablePlugin)?;
        self.crm.enable_plugin(id)
    }

    /// The lines that the plugins left since this was asked last, by plugin id. They may tell of any record.
    ///
    /// # Errors
    /// `Forbidden` below the level manage. There are no others.
    pub fn take_plugin_log(&self) -> Result<Vec<(String, LogLine)>> {
        self.permit(Operation::TakePluginLog)?;
        Ok(self.crm.take_plugin_log())
    }

    /// What somebody should know about the database, as [`crate::Crm::warnings`] says it. Every session may ask.
    pub fn warnings(&self) -> Vec<Warning> {
        self.crm.warnings()
    }
}
