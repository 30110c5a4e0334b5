//! The one error type: what kind, what was found, what is allowed, and every violation of a rule.

use std::borrow::Cow;
use std::fmt;

/// The result of every fallible call of the kernel.
pub type Result<T> = std::result::Result<T, Error>;

/// Declares [`ErrorKind`] from one table, from which the C codes and the Python exceptions derive too.
macro_rules! error_kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal, $name:literal;)+) => {
        /// What went wrong. The number of a kind is fixed for ever and never given to another.
        ///
        /// Ranges: 1 caller, 100 rule, 200 store, 300 plugin, 400 rights, 900 a defect of the kernel.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[doc = $doc])+ $variant,)+ }

        impl ErrorKind {
            /// Every kind, in the order of their numbers.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$variant,)+];

            /// The fixed number. The C status is this number, negated.
            pub const fn number(self) -> i32 { match self { $(Self::$variant => $number,)+ } }

            /// The stable name in snake case, as case files, C constants and Python exceptions spell it.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name,)+ } }

            /// What the kind means, in one sentence.
            pub const fn doc(self) -> &'static str { match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ } }
        }
    };
}

error_kinds! {
    /// A handle was used by two threads at once, after its free, or in a state that does not allow the call.
    Misuse = 1, "misuse";
    /// An argument has a value that is not allowed.
    InvalidArgument = 2, "invalid_argument";
    /// A text is not valid UTF-8.
    InvalidUtf8 = 3, "invalid_utf8";
    /// A pointer that must not be NULL is NULL.
    NullArgument = 4, "null_argument";
    /// A value has another type than its field.
    WrongType = 5, "wrong_type";
    /// No field of that id or name is declared for the entity.
    UnknownField = 6, "unknown_field";
    /// No record, code or external reference of that value exists.
    NotFound = 7, "not_found";
    /// The call asks for something that this version does not know.
    Unsupported = 8, "unsupported";
    /// A handle is not one that the library gave out, was freed, or is of another type.
    BadHandle = 9, "bad_handle";
    /// The caller cancelled the work.
    Cancelled = 10, "cancelled";
    /// The database was opened in another process and carried over by fork.
    Forked = 11, "forked";

    /// One or more rules refuse the change; the violations say which.
    Rejected = 100, "rejected";
    /// The record's state does not allow the command.
    Transition = 101, "transition";
    /// A unique code or external reference is taken by another record.
    Duplicate = 102, "duplicate";
    /// The record was changed since the revision that the caller read.
    Conflict = 103, "conflict";
    /// A reference names a record that does not exist.
    Reference = 104, "reference";
    /// The working-day calendar has no data for a year that the rule needs.
    CalendarYearMissing = 105, "calendar_year_missing";

    /// Reading or writing the file failed.
    Io = 200, "io";
    /// Another process holds the database.
    Locked = 201, "locked";
    /// The file is not a database of this kernel.
    NotADatabase = 202, "not_a_database";
    /// The database was written by a newer version of the kernel.
    NewerVersion = 203, "newer_version";
    /// Stored bytes are damaged.
    Corrupt = 204, "corrupt";
    /// The disk is full.
    DiskFull = 205, "disk_full";
    /// The file or the folder does not allow writing.
    ReadOnly = 206, "read_only";
    /// Another writer committed first, and trying again did not help.
    Busy = 207, "busy";
    /// The file of the database, or its log, was replaced, moved or removed while it was open, or the log was cut short.
    FileReplaced = 208, "file_replaced";

    /// No plugin of that name or at that path.
    PluginUnknown = 300, "plugin_unknown";
    /// The plugin's manifest is missing or not valid.
    PluginManifest = 301, "plugin_manifest";
    /// The plugin was built for another plugin ABI.
    PluginAbi = 302, "plugin_abi";
    /// The plugin's file has another SHA-256 than its manifest says.
    PluginHash = 303, "plugin_hash";
    /// The plugin's path is not on the list of allowed paths.
    PluginNotAllowed = 304, "plugin_not_allowed";
    /// A hook of the plugin failed; the change was not committed.
    PluginFailed = 305, "plugin_failed";
    /// The plugin failed repeatedly and is not called any more.
    PluginQuarantined = 306, "plugin_quarantined";
    /// The plugin's manifest is not signed by a key that the database trusts.
    PluginSignature = 307, "plugin_signature";
    /// The plugin declares a custom field that the database does not take.
    PluginField = 308, "plugin_field";
    /// The database needs a plugin that is not loaded, and the plugin rules the record.
    PluginMissing = 309, "plugin_missing";
    /// The database has seen a newer version of the plugin.
    PluginOlder = 310, "plugin_older";

    /// The actor's level does not allow the command.
    Forbidden = 400, "forbidden";

    /// A defect of the kernel; nothing was written. Please report it.
    Bug = 900, "bug";
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One reason why a rule refuses a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field at fault, empty when the whole record is.
    pub field: String,
    /// The stable code of the reason, in snake case: `required`, `too_long`.
    pub code: Cow<'static, str>,
    /// The reason in English: what was found and what is allowed, no personal data.
    pub message: String,
    /// The reason in Chinese.
    pub message_zh: String,
    /// The rule's id (`R-BNK-03`, `L-BNK-7`), empty for a rule of the kernel's own form.
    pub rule: Cow<'static, str>,
    /// The regulation and article, empty for a rule of the kernel's own form.
    pub source: Cow<'static, str>,
    /// The inputs that the rule used, as name and value; that of a sensitive field is `(sensitive)`.
    pub inputs: Vec<(Cow<'static, str>, String)>,
    /// The policy in force; empty when a policy file was checked and nothing was to be written.
    pub policy_version: Cow<'static, str>,
    /// The plugin that refused, as `id version`; empty for the kernel.
    pub plugin: String,
}

impl Violation {
    /// Names the rule that refuses, and the regulation and article that it comes from.
    #[must_use]
    pub fn by(mut self, rule: impl Into<Cow<'static, str>>, source: impl Into<Cow<'static, str>>) -> Self {
        (self.rule, self.source) = (rule.into(), source.into());
        self
    }

    /// Adds an input that the rule used, of a field that is not sensitive.
    #[must_use]
    pub fn input(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        self.inputs.push((name.into(), value.to_string()));
        self
    }
}

/// An error: its kind, a message that says what was found and what is allowed, and what caused it.
///
/// Messages hold no personal data: they name fields, codes and limits, never a stored value of a sensitive field.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    context: Vec<(&'static str, String)>,
    violations: Vec<Violation>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Makes an error of a kind with its message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            context: Vec::new(),
            violations: Vec::new(),
            source: None,
        }))
    }

    /// Makes the error of a refused change out of all its violations; the message is that of the first.
    pub fn rejected(violations: Vec<Violation>) -> Self {
        Self::of_violations(ErrorKind::Rejected, violations)
    }

    /// Makes the error of a kind out of every violation.
    pub(crate) fn of_violations(kind: ErrorKind, violations: Vec<Violation>) -> Self {
        let first = violations.first().map_or("refused without a reason", |v| v.message.as_str());
        let message = match violations.len() {
            0 | 1 => first.to_owned(),
            n => format!("{first} (and {} more)", n - 1),
        };
        let mut error = Self::new(kind, message);
        error.0.violations = violations;
        error
    }

    /// Makes the error of a kind of its own out of the one violation that tells which rule stands behind it.
    pub(crate) fn refused(kind: ErrorKind, violation: Violation) -> Self {
        let mut error = Self::new(kind, violation.message.clone());
        error.0.violations = vec![violation];
        error
    }

    /// Names the policy in force in every violation.
    #[must_use]
    pub(crate) fn under_policy(mut self, version: &str) -> Self {
        self.0.violations.iter_mut().for_each(|violation| violation.policy_version = version.to_owned().into());
        self
    }

    /// The error as `veil` leaves its violations, for a reader from whom something is hidden: the message is that of the
    /// first again, and no value of the context is kept under a name that `is_hidden`.
    #[must_use]
    pub(crate) fn veiled(self, veil: impl FnMut(&mut Violation), is_hidden: impl Fn(&str) -> bool) -> Self {
        let Inner { kind, context, mut violations, .. } = *self.0;
        violations.iter_mut().for_each(veil);
        let mut error = Self::rejected(violations);
        error.0.kind = kind;
        error.0.context = context.into_iter().filter(|(name, _)| !is_hidden(name)).collect();
        error
    }

    /// The error with another message, without what caused it, which could tell what the message no longer does.
    #[must_use]
    pub(crate) fn reworded(mut self, message: impl Into<String>) -> Self {
        (self.0.message, self.0.source) = (message.into(), None);
        self
    }

    /// Adds a named value to the context.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((name, value.to_string()));
        self
    }

    /// Names what caused the error.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// Whether this, as the answer of a close, says that the database stays open as it is: it is closed already, or a
    /// transaction that writes is alive, or the caller is a callback or a forked child.
    #[doc(hidden)]
    pub fn refuses_to_close(&self) -> bool {
        matches!(self.kind(), ErrorKind::Misuse | ErrorKind::Forked)
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message: lower case, what was found and what is allowed.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The named values, in the order in which they were added.
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.0.context
    }

    /// The value of one name of the context.
    pub fn context_value(&self, name: &str) -> Option<&str> {
        self.0.context.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }

    /// Every violation when the kind is `Rejected`; the one that tells the rule when it is `Transition` or `Forbidden`.
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// What caused it, when something of another layer did.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }

    /// A copy without the cause, for handing one failed commit to every caller that shared it.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(Box::new(Inner {
            kind: self.0.kind,
            message: self.0.message.clone(),
            context: self.0.context.clone(),
            violations: self.0.violations.clone(),
            source: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique_and_within_their_range() {
        let mut numbers: Vec<i32> = ErrorKind::ALL.iter().map(|k| k.number()).collect();
        let sorted = numbers.clone();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers, sorted);
        let mut names: Vec<&str> = ErrorKind::ALL.iter().map(|k| k.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorKind::ALL.len());
        assert!(ErrorKind::ALL.iter().all(|k| !k.doc().is_empty()));
    }
}
