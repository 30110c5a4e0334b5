//! Reasons: why a rule refuses a change, and what it decided.

use std::borrow::Cow;

use crm_core::domain;
use pyo3::prelude::*;

/// One reason why a rule refuses a change.
#[pyclass(frozen, eq, from_py_object, module = "crmkernel")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation(pub(crate) crm_core::Violation);

#[pymethods]
impl Violation {
    #[new]
    #[pyo3(signature = (field, code, message, message_zh = "", rule = "", plugin = ""))]
    fn new(field: String, code: String, message: String, message_zh: &str, rule: &str, plugin: &str) -> Self {
        Self(crm_core::Violation {
            field,
            code: Cow::Owned(code),
            message,
            message_zh: message_zh.to_owned(),
            rule: Cow::Owned(rule.to_owned()),
            plugin: plugin.to_owned(),
        })
    }

    /// The field at fault, empty when the whole record is.
    #[getter]
    fn field(&self) -> &str {
        &self.0.field
    }

    /// The stable code of the reason, in snake case.
    #[getter]
    fn code(&self) -> &str {
        &self.0.code
    }

    /// The reason in English.
    #[getter]
    fn message(&self) -> &str {
        &self.0.message
    }

    /// The reason in Chinese.
    #[getter]
    fn message_zh(&self) -> &str {
        &self.0.message_zh
    }

    /// The rule's id, empty for a rule of the kernel's own form.
    #[getter]
    fn rule(&self) -> &str {
        &self.0.rule
    }

    /// The plugin that refused, empty for the kernel.
    #[getter]
    fn plugin(&self) -> &str {
        &self.0.plugin
    }

    fn __repr__(&self) -> String {
        format!(
            "Violation(field={:?}, code={:?}, message={:?}, rule={:?})",
            self.0.field, self.0.code, self.0.message, self.0.rule
        )
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, [String; 6]) {
        let v = &slf.get().0;
        let parts = [&*v.field, &*v.code, &*v.message, &*v.message_zh, &*v.rule, &*v.plugin];
        (slf.get_type().into_any(), parts.map(str::to_owned))
    }
}

/// What a rule decided, and why.
#[pyclass(frozen, from_py_object, module = "crmkernel")]
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub(crate) decision: domain::Decision,
    /// Whether `str` speaks Chinese.
    pub(crate) zh: bool,
}

#[pymethods]
impl Decision {
    #[new]
    #[pyo3(signature = (subject, value, reason, reason_zh = "", *, rule = "", source = "", inputs = Vec::new(), policy_version = ""))]
    #[expect(clippy::too_many_arguments, reason = "the facts of a decision, all but three by name")]
    fn new(
        subject: String,
        value: String,
        reason: String,
        reason_zh: &str,
        rule: &str,
        source: &str,
        inputs: Vec<(String, String)>,
        policy_version: &str,
    ) -> Self {
        let decision = domain::Decision {
            subject: Cow::Owned(subject),
            value,
            rule: Cow::Owned(rule.to_owned()),
            source: Cow::Owned(source.to_owned()),
            inputs: inputs.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect(),
            reason,
            reason_zh: reason_zh.to_owned(),
            policy_version: Cow::Owned(policy_version.to_owned()),
            plugin: String::new(),
        };
        Self { decision, zh: false }
    }

    /// What is decided: a field's name or the name of a check.
    #[getter]
    fn subject(&self) -> &str {
        &self.decision.subject
    }

    /// The value decided, as text.
    #[getter]
    fn value(&self) -> &str {
        &self.decision.value
    }

    /// The id of the rule.
    #[getter]
    fn rule(&self) -> &str {
        &self.decision.rule
    }

    /// The regulation and article.
    #[getter]
    fn source(&self) -> &str {
        &self.decision.source
    }

    /// The inputs that the rule used.
    #[getter]
    fn inputs(&self) -> std::collections::BTreeMap<String, String> {
        self.decision.inputs.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
    }

    /// The reason in English.
    #[getter]
    fn reason(&self) -> &str {
        &self.decision.reason
    }

    /// The reason in Chinese.
    #[getter]
    fn reason_zh(&self) -> &str {
        &self.decision.reason_zh
    }

    /// The policy in force.
    #[getter]
    fn policy_version(&self) -> &str {
        &self.decision.policy_version
    }

    /// The plugin that decided, as `id version`; empty for the kernel.
    #[getter]
    fn plugin(&self) -> &str {
        &self.decision.plugin
    }

    fn __str__(&self) -> String {
        let d = &self.decision;
        let reason = if self.zh { &d.reason_zh } else { &d.reason };
        let basis: Vec<&str> = [&*d.rule, &*d.source].into_iter().filter(|part| !part.is_empty()).collect();
        format!("{} = {}: {reason} ({})", d.subject, d.value, basis.join(", "))
    }

    fn __repr__(&self) -> String {
        let d = &self.decision;
        format!("Decision(subject={:?}, value={:?}, rule={:?}, reason={:?})", d.subject, d.value, d.rule, d.reason)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().decision == self.decision)
    }
}
