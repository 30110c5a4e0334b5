//! A decision: what a rule decided, and why.

use std::borrow::Cow;

use super::policy::Policy;
use crate::error::{Error, ErrorKind, Result};

/// A language in which people read what was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese.
    Chinese,
}

impl Language {
    /// The language with a code of ISO 639-1.
    ///
    /// # Errors
    /// `InvalidArgument` for another than `en` and `zh`. There are no others.
    pub fn from_code(code: &str) -> Result<Self> {
        match code {
            "en" => Ok(Language::English),
            "zh" => Ok(Language::Chinese),
            _ => Err(Error::new(ErrorKind::InvalidArgument, format!("lang is {code:?}, allowed are en, zh"))),
        }
    }
}

/// The input that says which provisional year a decision used.
const PROVISIONAL_YEAR: &str = "provisional_year";

/// What a rule decided: the value, the rule and its source, and the inputs that it used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is decided: a field's name, such as `deadline_on`, or the name of a check.
    pub subject: Cow<'static, str>,
    /// The value decided, as text.
    pub value: String,
    /// The id of the rule (`R-FIX-16`, `L-BNK-1`).
    pub rule: Cow<'static, str>,
    /// The regulation and article.
    pub source: Cow<'static, str>,
    /// The inputs that the rule used, as name and value.
    pub inputs: Vec<(Cow<'static, str>, String)>,
    /// The reason as an English sentence.
    pub reason: String,
    /// The reason as a Chinese sentence.
    pub reason_zh: String,
    /// The policy in force.
    pub policy_version: Cow<'static, str>,
    /// The plugin that decided, as `id version`; empty for the kernel.
    pub plugin: String,
}

impl Decision {
    /// A decision of the kernel under a policy, without inputs and reason.
    pub fn new(
        subject: &'static str,
        value: impl Into<String>,
        rule: impl Into<Cow<'static, str>>,
        source: impl Into<Cow<'static, str>>,
        policy: &Policy,
    ) -> Self {
        Self {
            subject: Cow::Borrowed(subject),
            value: value.into(),
            rule: rule.into(),
            source: source.into(),
            inputs: Vec::new(),
            reason: String::new(),
            reason_zh: String::new(),
            policy_version: policy.version.clone(),
            plugin: String::new(),
        }
    }

    /// Adds an input that the rule used.
    #[must_use]
    pub fn input(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.inputs.push((Cow::Borrowed(name), value.to_string()));
        self
    }

    /// Marks the decision when it used a year that is provisional: an input that says which, the latest of several.
    #[must_use]
    pub fn provisional(mut self, year: Option<i32>) -> Self {
        if let Some(year) = year.max(self.provisional_year()) {
            self.inputs.retain(|(name, _)| name != PROVISIONAL_YEAR);
            self.inputs.push((Cow::Borrowed(PROVISIONAL_YEAR), year.to_string()));
        }
        self
    }

    /// The year that the decision used and that was not announced then, the latest of several. Source: L-HOL-1.
    pub fn provisional_year(&self) -> Option<i32> {
        let (_, year) = self.inputs.iter().find(|(name, _)| name == PROVISIONAL_YEAR)?;
        year.parse().ok()
    }

    /// Sets the reason in English and Chinese.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>, reason_zh: impl Into<String>) -> Self {
        (self.reason, self.reason_zh) = (reason.into(), reason_zh.into());
        self
    }
}
