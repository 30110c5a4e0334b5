//! What a hook answers: violations, a deadline with its reason, or a failure.

use std::borrow::Cow;
use std::fmt;

use crm_plugin_abi as abi;

use crate::field::{Field, Kind};
use crate::quantity::Quantity;

/// One reason to refuse a change. No text of it holds personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The name of the field at fault, empty for the whole record.
    pub field: Cow<'static, str>,
    /// The stable code of the reason in snake case.
    pub code: Cow<'static, str>,
    /// The reason in English: what was found and what is allowed.
    pub message: Cow<'static, str>,
    /// The reason in Chinese.
    pub message_zh: Cow<'static, str>,
    /// The id of the rule.
    pub rule: Cow<'static, str>,
    /// The regulation and article.
    pub source: Cow<'static, str>,
    /// The inputs that the rule used, as name and value. No personal data.
    pub inputs: Vec<(Cow<'static, str>, String)>,
}

impl Violation {
    /// A violation of a field, with code, English and Chinese message, and rule.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
        message_zh: impl Into<Cow<'static, str>>,
        rule: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
            message_zh: message_zh.into(),
            rule: rule.into(),
            source: Cow::Borrowed(""),
            inputs: Vec::new(),
        }
    }

    /// Names the regulation and article of the rule.
    #[must_use]
    pub fn source(mut self, source: impl Into<Cow<'static, str>>) -> Self {
        self.source = source.into();
        self
    }

    /// Names an input that the rule used. No personal data.
    #[must_use]
    pub fn input(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        self.inputs.push((name.into(), value.to_string()));
        self
    }

    /// The violation of a field that is absent and must be there; the labels name it in both languages.
    pub fn required(field: &'static str, label: &str, label_zh: &str, rule: &'static str) -> Self {
        let message = format!("{field} is absent, {label} is needed");
        Self::new(field, "required", message, format!("缺少{label_zh}"), rule)
    }

    /// The violation of a text that is there and is none of those allowed.
    pub fn one_of(field: &'static str, found: Option<&str>, allowed: &[&str], rule: &'static str) -> Option<Self> {
        let found = found.filter(|found| !allowed.contains(found))?;
        let allowed = allowed.join(", ");
        let message = format!("{field} has {} characters that are none of {allowed}", found.chars().count());
        Some(Self::new(field, "not_allowed", message, format!("取值应为{allowed}之一"), rule))
    }
}

/// Names the sources of violations whose rule has one.
fn name_sources(violations: &mut [Violation], sources: &'static [(&'static str, &'static str)]) {
    for violation in violations.iter_mut().filter(|violation| violation.source.is_empty()) {
        if let Some((_, source)) = sources.iter().find(|(rule, _)| *rule == violation.rule) {
            violation.source = Cow::Borrowed(source);
        }
    }
}

/// Where a hook puts the reasons to refuse a change.
#[derive(Debug, Default)]
pub struct Violations(pub(crate) Vec<Violation>);

impl Violations {
    /// Adds a reason.
    pub fn push(&mut self, violation: Violation) {
        self.0.push(violation);
    }

    /// Adds several reasons.
    pub fn extend(&mut self, violations: impl IntoIterator<Item = Violation>) {
        self.0.extend(violations);
    }

    pub(crate) fn name_sources(&mut self, sources: &'static [(&'static str, &'static str)]) {
        name_sources(&mut self.0, sources);
    }
}

/// What a rule decided, and why. No text of it holds personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is decided: a subject of the hook such as `deadline_on`, or the name of a result.
    pub subject: Cow<'static, str>,
    /// The value.
    pub value: Quantity,
    /// The id of the rule.
    pub rule: Cow<'static, str>,
    /// The regulation and article.
    pub source: Cow<'static, str>,
    /// The reason as an English sentence that names the inputs.
    pub reason: String,
    /// The reason as a Chinese sentence.
    pub reason_zh: String,
    /// The inputs that the rule used, as name and value.
    pub inputs: Vec<(Cow<'static, str>, String)>,
    /// Whether the value stays when the plugin decides it no longer; without it the value is withdrawn then.
    pub is_kept: bool,
}

impl Decision {
    /// A decision about a subject, by a rule of a source.
    pub fn new(
        subject: impl Into<Cow<'static, str>>,
        value: impl Into<Quantity>,
        rule: impl Into<Cow<'static, str>>,
        source: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            subject: subject.into(),
            value: value.into(),
            rule: rule.into(),
            source: source.into(),
            reason: String::new(),
            reason_zh: String::new(),
            inputs: Vec::new(),
            is_kept: false,
        }
    }

    /// A decision that a field is absent, which takes back what the plugin decided before.
    pub fn absent(
        subject: impl Into<Cow<'static, str>>,
        rule: impl Into<Cow<'static, str>>,
        source: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(subject, Quantity::Absent, rule, source)
    }

    /// Keeps the value when the plugin decides it no longer: for what is decided once, such as who received a complaint
    /// first.
    #[must_use]
    pub fn kept(mut self) -> Self {
        self.is_kept = true;
        self
    }

    /// Says why, in English and in Chinese.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>, reason_zh: impl Into<String>) -> Self {
        (self.reason, self.reason_zh) = (reason.into(), reason_zh.into());
        self
    }

    /// Names an input that the rule used.
    #[must_use]
    pub fn input(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        self.inputs.push((name.into(), value.to_string()));
        self
    }
}

/// Where a hook puts its decisions; once for each subject.
#[derive(Debug, Default)]
pub struct Decisions {
    pub(crate) decided: Vec<Decision>,
    pub(crate) refused: Vec<Violation>,
}

impl Decisions {
    /// Adds a decision.
    pub fn push(&mut self, decision: Decision) {
        self.decided.push(decision);
    }

    /// Refuses the change; only the hook `complaint` may, and only when a complaint that is open is settled.
    pub fn refuse(&mut self, violation: Violation) {
        self.refused.push(violation);
    }

    pub(crate) fn name_sources(&mut self, sources: &'static [(&'static str, &'static str)]) {
        name_sources(&mut self.refused, sources);
    }
}

/// Where the hook `rights` names the fields that it hides.
#[derive(Debug, Default)]
pub struct Masks(pub(crate) Vec<u32>);

impl Masks {
    /// A field that is hidden has no source.
    pub(crate) fn name_sources(&mut self, _: &'static [(&'static str, &'static str)]) {}

    /// Hides a field of the record that is read.
    pub fn hide<K: Kind>(&mut self, field: Field<K>) {
        self.0.push(field.id);
    }
}

/// Why a hook cannot answer: the change is not committed. Use `?` on texts and on calls of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) code: i32,
    pub(crate) message: String,
}

impl Failure {
    /// The failure of a call to the host.
    pub(crate) fn host(code: i32, what: &str) -> Self {
        let why = match code {
            abi::CRMK_PLUGIN_E_WRONG_TYPE => "the field has another type",
            abi::CRMK_PLUGIN_E_UNKNOWN => "the host does not know it",
            abi::CRMK_PLUGIN_E_WRONG_ENTITY => "the field belongs to another entity than the record",
            abi::CRMK_PLUGIN_E_RANGE => "out of the years 1 to 9999",
            abi::CRMK_PLUGIN_E_CALENDAR_YEAR => "the calendar has no data for the year",
            abi::CRMK_PLUGIN_E_STATE => "the call is over, or belongs to another thread",
            _ => "the host failed",
        };
        Self { code, message: format!("{what}: {why}") }
    }

    /// The failure of a calculator whose arguments are not allowed, which is the caller's and not the plugin's.
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self { code: abi::CRMK_PLUGIN_E_RANGE, message: message.into() }
    }

    /// The end of a hook that [`crate::Change::is_cancelled`].
    pub fn cancelled() -> Self {
        Self { code: abi::CRMK_PLUGIN_E_CANCELLED, message: "it took longer than its limit".to_owned() }
    }

    /// Whether the cause is a year that the calendar does not have, which is not the plugin's fault.
    pub fn is_calendar_year_missing(&self) -> bool {
        self.code == abi::CRMK_PLUGIN_E_CALENDAR_YEAR
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { code: abi::CRMK_PLUGIN_E_FAILED, message }
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
