//! Reasons: why a rule refuses a change, and what it decided.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use crm_core::domain::{self, Language};
use crm_core::{Catalog, Words};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use crate::html;

/// One reason why a rule refuses a change.
#[pyclass(frozen, eq, from_py_object, module = "crmkernel")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation(pub(crate) crm_core::Violation);

#[pymethods]
impl Violation {
    #[new]
    #[pyo3(signature = (field, code, message, message_zh = "", rule = "", plugin = "", source = "", inputs = Vec::new(), policy_version = ""))]
    #[expect(clippy::too_many_arguments, reason = "the facts of a violation, all but three by name")]
    fn new(
        field: String,
        code: String,
        message: String,
        message_zh: &str,
        rule: &str,
        plugin: &str,
        source: &str,
        inputs: Inputs,
        policy_version: &str,
    ) -> Self {
        Self(crm_core::Violation {
            field,
            code: Cow::Owned(code),
            message,
            message_zh: message_zh.to_owned(),
            rule: Cow::Owned(rule.to_owned()),
            source: Cow::Owned(source.to_owned()),
            inputs: inputs.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect(),
            policy_version: Cow::Owned(policy_version.to_owned()),
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

    /// The regulation and article, empty for a rule of the kernel's own form.
    #[getter]
    fn source(&self) -> &str {
        &self.0.source
    }

    /// The inputs that the rule used, in its order; that of a sensitive field is `(sensitive)`.
    #[getter]
    fn inputs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        named(py, &self.0.inputs)
    }

    /// The policy in force; empty when a policy file was checked.
    #[getter]
    fn policy_version(&self) -> &str {
        &self.0.policy_version
    }

    /// The plugin that refused, as `id version`; empty for the kernel.
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

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let v = &slf.get().0;
        let parts = (&*v.field, &*v.code, &*v.message, &*v.message_zh, &*v.rule, &*v.plugin);
        let inputs: Vec<(&str, &str)> = v.inputs.iter().map(|(name, value)| (&**name, value.as_str())).collect();
        let (field, code, message, message_zh, rule, plugin) = parts;
        let facts = (field, code, message, message_zh, rule, plugin, &*v.source, inputs, &*v.policy_version);
        Ok((slf.get_type().into_any(), facts.into_pyobject(slf.py())?))
    }
}

/// Inputs as a caller gives them: names and values.
type Inputs = Vec<(String, String)>;

/// Inputs as a mapping, in their order.
fn named<'py>(py: Python<'py>, inputs: &[(Cow<'static, str>, String)]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in inputs {
        dict.set_item(&**name, value)?;
    }
    Ok(dict)
}

/// Decisions as an `Explanation` in a language.
pub(crate) fn explained<'py>(
    py: Python<'py>,
    decisions: impl IntoIterator<Item = domain::Decision>,
    language: Language,
    catalog: &Arc<Catalog>,
) -> PyResult<Bound<'py, PyAny>> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let decisions = decisions.into_iter().map(|decision| Py::new(py, Decision::of(decision, language, catalog)));
    let decisions = decisions.collect::<PyResult<Vec<_>>>()?;
    MAKE.import(py, "crmkernel.explanation", "Explanation")?.call1((decisions,))
}

/// Decisions as a table for a notebook.
#[pyfunction]
pub(crate) fn decisions_html(decisions: Vec<Decision>) -> String {
    let words: Vec<Words> = decisions.iter().map(Decision::words).collect();
    html::decisions(&words)
}

/// What a rule decided, and why.
#[pyclass(frozen, from_py_object, module = "crmkernel")]
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub(crate) decision: domain::Decision,
    /// The language that `str` speaks.
    language: Language,
    /// The labels of the database that it comes from; none when a plugin in Python made it.
    catalog: Option<Arc<Catalog>>,
}

impl Decision {
    pub(crate) fn of(decision: domain::Decision, language: Language, catalog: &Arc<Catalog>) -> Self {
        Self { decision, language, catalog: Some(Arc::clone(catalog)) }
    }

    fn words(&self) -> Words {
        static DECLARED: LazyLock<Catalog> = LazyLock::new(|| Catalog::new(Vec::new()));
        self.catalog.as_deref().unwrap_or(&DECLARED).words_of(&self.decision, self.language)
    }
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
        inputs: Inputs,
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
        Self { decision, language: Language::English, catalog: None }
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

    /// The inputs that the rule used, in its order.
    #[getter]
    fn inputs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        named(py, &self.decision.inputs)
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
        self.words().to_string()
    }

    fn _repr_html_(&self) -> String {
        html::decisions(&[self.words()])
    }

    fn __repr__(&self) -> String {
        let d = &self.decision;
        format!("Decision(subject={:?}, value={:?}, rule={:?}, reason={:?})", d.subject, d.value, d.rule, d.reason)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().decision == self.decision)
    }
}
