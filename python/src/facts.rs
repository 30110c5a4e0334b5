//! Small frozen facts: violations, decisions, fields, plans, reports, the state of plugins.

use std::borrow::Cow;

use crm_core::domain::{self, FieldType, Required, Writer};
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

/// What is known about a field.
#[pyclass(frozen, eq, module = "crmkernel")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldInfo(pub(crate) crm_core::FieldInfo);

#[pymethods]
impl FieldInfo {
    /// The stable number.
    #[getter]
    fn id(&self) -> u16 {
        self.0.id
    }

    /// The name.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// The type: text, int, bool, date, instant, money, enum or ref.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.0.kind.name()
    }

    /// The English label.
    #[getter]
    fn label(&self) -> &str {
        &self.0.label
    }

    /// The Chinese label.
    #[getter]
    fn label_zh(&self) -> &str {
        &self.0.label_zh
    }

    /// Whether it is personal or secret.
    #[getter]
    fn sensitive(&self) -> bool {
        self.0.sensitive
    }

    /// Whether an index of its own is kept.
    #[getter]
    fn indexed(&self) -> bool {
        self.0.indexed
    }

    /// Whether every record has it.
    #[getter]
    fn required(&self) -> bool {
        self.0.required == Required::Always
    }

    /// Who may set it: caller, verb or kernel.
    #[getter]
    fn writer(&self) -> &'static str {
        match self.0.writer {
            Writer::Caller => "caller",
            Writer::Verb => "verb",
            Writer::Kernel => "kernel",
        }
    }

    /// The names that an enumeration takes; empty for other types.
    #[getter]
    fn values(&self) -> Vec<&'static str> {
        match self.0.kind {
            FieldType::Enum(def) => def.values.iter().map(|value| value.name).collect(),
            _ => Vec::new(),
        }
    }

    /// The greatest number of characters of a text; `None` for other types.
    #[getter]
    fn len_max(&self) -> Option<u32> {
        match self.0.kind {
            FieldType::Text { len_max } => Some(len_max),
            _ => None,
        }
    }

    /// The entity that a reference names; `None` for other types.
    #[getter]
    fn references(&self) -> Option<&'static str> {
        match self.0.kind {
            FieldType::Ref(entity) => Some(entity.def().name),
            _ => None,
        }
    }

    fn __repr__(&self) -> String {
        format!("FieldInfo(name={:?}, type={:?})", self.0.name, self.0.kind.name())
    }
}

/// How a query is answered.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct Plan(pub(crate) crm_core::Plan);

#[pymethods]
impl Plan {
    /// The index that is read; `None` when every record of the entity is.
    #[getter]
    fn index(&self) -> Option<&str> {
        self.0.index.as_deref()
    }

    /// How many of the index's fields are fixed by the conditions.
    #[getter]
    fn fixed_fields(&self) -> usize {
        self.0.fixed_fields
    }

    /// Whether the conditions bound the field after those to a range.
    #[getter]
    fn ranged(&self) -> bool {
        self.0.ranged
    }

    /// Whether the records come in the order asked for without sorting.
    #[getter]
    fn sorted(&self) -> bool {
        self.0.sorted
    }

    /// The fields whose conditions are checked on each record.
    #[getter]
    fn filtered(&self) -> Vec<String> {
        self.0.filtered.clone()
    }

    fn __repr__(&self) -> String {
        let p = &self.0;
        let index = p.index.as_deref().unwrap_or("every record");
        format!(
            "Plan(index={index:?}, fixed_fields={}, ranged={}, sorted={}, filtered={:?})",
            p.fixed_fields,
            named(p.ranged),
            named(p.sorted),
            p.filtered
        )
    }
}

fn named(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// What a check of the whole database found.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct VerifyReport(pub(crate) crm_core::Report);

#[pymethods]
impl VerifyReport {
    /// How many journal entries were read.
    #[getter]
    fn entries(&self) -> u64 {
        self.0.entries
    }

    /// How many records were read.
    #[getter]
    fn records(&self) -> u64 {
        self.0.records
    }

    /// How many index entries and unique keys were read.
    #[getter]
    fn keys(&self) -> u64 {
        self.0.keys
    }

    /// What is wrong; none means that all is well.
    #[getter]
    fn problems(&self) -> Vec<String> {
        self.0.problems.clone()
    }

    /// Whether all is well.
    #[getter]
    fn ok(&self) -> bool {
        self.0.problems.is_empty()
    }

    fn __repr__(&self) -> String {
        let r = &self.0;
        format!(
            "VerifyReport(entries={}, records={}, keys={}, problems={:?})",
            r.entries, r.records, r.keys, r.problems
        )
    }
}

/// What is known about a registered plugin.
#[pyclass(frozen, module = "crmkernel")]
pub(crate) struct PluginStatus(pub(crate) crm_core::plugin::PluginStatus);

#[pymethods]
impl PluginStatus {
    /// The id.
    #[getter]
    fn id(&self) -> &str {
        &self.0.id
    }

    /// The version.
    #[getter]
    fn version(&self) -> &str {
        &self.0.version
    }

    /// How many calls failed.
    #[getter]
    fn failures(&self) -> u64 {
        self.0.failures
    }

    /// Whether it is not called any more.
    #[getter]
    fn quarantined(&self) -> bool {
        self.0.quarantined
    }

    fn __repr__(&self) -> String {
        let p = &self.0;
        format!(
            "PluginStatus(id={:?}, version={:?}, failures={}, quarantined={})",
            p.id,
            p.version,
            p.failures,
            named(p.quarantined)
        )
    }
}
