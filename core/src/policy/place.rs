//! Where in a policy file something is wrong.

use std::borrow::Cow;

use crate::error::Violation;

/// How many problems of a policy are reported one by one; the rest are counted.
pub(super) const PROBLEMS_MAX: usize = 100;

/// That there are more problems than those that are reported.
pub(super) fn and_more(count: usize) -> Violation {
    let message = format!("{count} more problems are not listed, at most {PROBLEMS_MAX} are");
    let message_zh = format!("另有{count}个问题未列出，最多列出{PROBLEMS_MAX}个");
    violation("", "more_problems", message, message_zh, vec![("more".into(), count.to_string())])
}

fn violation(
    path: &str,
    code: &'static str,
    message: String,
    message_zh: String,
    inputs: Vec<(Cow<'static, str>, String)>,
) -> Violation {
    Violation {
        field: path.to_owned(),
        code: Cow::Borrowed(code),
        message,
        message_zh,
        rule: Cow::Borrowed(""),
        source: Cow::Borrowed(""),
        inputs,
        policy_version: Cow::Borrowed(""),
        plugin: String::new(),
    }
}

/// The text of a policy, to turn places into lines and columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'t>(pub(super) &'t str);

impl Source<'_> {
    /// Line and column from 1, the column in characters.
    pub(super) fn line_and_column(self, at: usize) -> (usize, usize) {
        let before = self.0.get(..at).unwrap_or(self.0);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// What is wrong with the figure or section at a path.
    pub(super) fn problem(
        self,
        at: usize,
        path: &str,
        code: &'static str,
        message: &str,
        message_zh: &str,
    ) -> Violation {
        let (line, column) = self.line_and_column(at);
        let what = if path.is_empty() { String::new() } else { format!("{path}: ") };
        let message = format!("line {line}, column {column}: {what}{message}");
        let message_zh = format!("第{line}行第{column}列：{what}{message_zh}");
        let inputs = vec![("line".into(), line.to_string()), ("column".into(), column.to_string())];
        violation(path, code, message, message_zh, inputs)
    }
}
