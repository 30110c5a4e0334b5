//! The plugins of a database, in the order in which they are asked.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result, Violation};
use crate::port::{ComplaintAnswer, Hook, HookInput};

/// The plugins of a database, in the order in which they are asked.
#[derive(Clone, Default)]
pub struct Registry {
    hooks: Vec<Arc<dyn Hook>>,
}

impl Registry {
    /// Adds a plugin behind the others.
    pub fn add(&mut self, hook: Arc<dyn Hook>) -> Result<()> {
        if self.hooks.iter().any(|h| h.id() == hook.id()) {
            return Err(Error::new(ErrorKind::InvalidArgument, format!("a plugin {} is there already", hook.id())));
        }
        self.hooks.push(hook);
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hooks.is_empty()
    }

    /// Ids and versions.
    pub fn names(&self) -> Vec<(String, String)> {
        self.hooks.iter().map(|h| (h.id().to_owned(), h.version().to_owned())).collect()
    }

    /// All violations.
    pub fn validate(&self, input: &HookInput<'_>) -> Result<Vec<Violation>> {
        let mut all = Vec::new();
        for hook in &self.hooks {
            all.extend(hook.validate(input)?);
        }
        Ok(all)
    }

    /// The earliest deadline and all decisions.
    pub fn complaint(&self, input: &HookInput<'_>) -> Result<Option<ComplaintAnswer>> {
        let mut answer = None;
        for hook in &self.hooks {
            answer = hook.complaint(input)?.or(answer);
        }
        Ok(answer)
    }
}
