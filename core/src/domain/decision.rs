//! A decision: what a rule decided, and why.

use std::borrow::Cow;

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
