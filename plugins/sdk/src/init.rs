//! What a plugin may ask while it is set up.

use std::fmt;
use std::marker::PhantomData;

use crm_plugin_abi as abi;

use crate::field::{Choice, Enum, Field, Kind};
use crate::figures::Figures;

/// Where the answers come from: the kernel, or a host for tests. Errors are codes of the ABI.
pub(crate) trait InitSource {
    fn field(&self, entity: &str, name: &str, tag: i32) -> Result<u32, i32>;
    fn enum_number(&self, field: u32, name: &str) -> Result<u16, i32>;
}

/// The host during the set-up of a plugin.
pub struct Init<'a> {
    source: &'a dyn InitSource,
    figures: Figures,
}

impl fmt::Debug for Init<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Init").field("figures", &self.figures).finish_non_exhaustive()
    }
}

impl<'a> Init<'a> {
    pub(crate) fn new(source: &'a dyn InitSource, figures: Figures) -> Self {
        Self { source, figures }
    }

    /// Resolves a field of an entity, built in or custom, by its name.
    ///
    /// # Errors
    /// When the host does not know it, or it has another type.
    pub fn field<K: Kind>(&self, entity: &str, name: &str) -> Result<Field<K>, String> {
        match self.source.field(entity, name, K::TAG) {
            Ok(id) => Ok(Field { id, kind: PhantomData }),
            Err(abi::CRMK_PLUGIN_E_WRONG_TYPE) => Err(format!("field {entity}.{name} has another type")),
            Err(abi::CRMK_PLUGIN_E_UNKNOWN) => Err(format!("the host knows no field {entity}.{name}")),
            Err(code) => Err(format!("field {entity}.{name} cannot be resolved (code {code})")),
        }
    }

    /// The number of an enumeration's value, by its name.
    ///
    /// # Errors
    /// When the enumeration has no such value.
    pub fn enum_number(&self, field: Field<Enum>, name: &str) -> Result<u16, String> {
        self.source
            .enum_number(field.id, name)
            .map_err(|code| format!("the host knows no value {name} of that enumeration (code {code})"))
    }

    /// A value of an enumeration, by the names of entity, field and value.
    ///
    /// # Errors
    /// When the host does not know it.
    pub fn choice(&self, entity: &str, name: &str, value: &str) -> Result<Choice, String> {
        let field = self.field(entity, name)?;
        Ok(Choice { field, number: self.enum_number(field, value)? })
    }

    /// The plugin's figures, with the settings of the database's owner in place of its own.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }
}
