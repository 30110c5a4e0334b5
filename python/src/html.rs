//! Records, queries and decisions as HTML for notebooks: labels in English and Chinese, sensitive values hidden.

use crm_core::domain::{EntityKind, FIELD_ID, Fields, Language};
use crm_core::{Catalog, FieldInfo, Words};

use crate::query::text_of;
use crate::record::Record;

/// How many records a table shows.
pub(crate) const ROWS_MAX: u64 = 10;
/// How many columns a table shows when none are chosen.
const COLUMNS_MAX: usize = 12;
/// How many characters of a value are shown.
const TEXT_MAX: usize = 80;
/// What stands for a sensitive value.
const HIDDEN: &str = "•••";

/// One record as a table of label, Chinese label and value.
pub(crate) fn record(record: &Record) -> String {
    let inner = &record.inner;
    let def = inner.entity().def();
    let mut html = format!(
        "<table><caption>{} {} · {} · revision {}</caption>",
        escaped(def.name),
        inner.id(),
        escaped(def.label_zh),
        inner.revision()
    );
    for info in record.infos() {
        if let Some(value) = cell(inner, info) {
            let (label, label_zh) = (escaped(&info.label), escaped(&info.label_zh));
            html.push_str(&format!("<tr><th>{label}</th><th>{label_zh}</th><td>{value}</td></tr>"));
        }
    }
    html.push_str("</table>");
    html
}

/// Some records as a table, of those fields that any of them has.
pub(crate) fn table(
    entity: EntityKind,
    catalog: &Catalog,
    columns: Option<&[u16]>,
    records: &[crm_core::Record],
    count: u64,
) -> String {
    let is_shown = |info: &&FieldInfo| match columns {
        Some(ids) => ids.contains(&info.id),
        None => info.id < FIELD_ID && records.iter().any(|record| record.get(info.id).is_some()),
    };
    let most = if columns.is_some() { usize::MAX } else { COLUMNS_MAX };
    let shown: Vec<&FieldInfo> = catalog.fields(entity).filter(is_shown).take(most).collect();
    let mut html = String::from("<table><thead><tr><th>id</th>");
    for info in &shown {
        html.push_str(&format!("<th>{}<br>{}</th>", escaped(&info.label), escaped(&info.label_zh)));
    }
    html.push_str("</tr></thead><tbody>");
    for record in records {
        html.push_str(&format!("<tr><td>{}</td>", record.id()));
        for info in &shown {
            html.push_str(&format!("<td>{}</td>", cell(record, info).unwrap_or_default()));
        }
        html.push_str("</tr>");
    }
    let def = entity.def();
    html.push_str(&format!("</tbody></table><p>{} of {count} {} · {}</p>", records.len(), def.plural, def.label_zh));
    html
}

/// Decisions as a table: what, value, why, rule with its source, inputs, policy and plugin.
pub(crate) fn decisions(decisions: &[Words]) -> String {
    let is_chinese = decisions.first().is_some_and(|words| words.language == Language::Chinese);
    let headings = if is_chinese {
        ["事项", "结果", "理由", "规则", "来源", "输入", "制度", "插件"]
    } else {
        ["what", "value", "why", "rule", "source", "inputs", "policy", "plugin"]
    };
    let mut html = String::from("<table><thead><tr>");
    headings.iter().for_each(|heading| html.push_str(&format!("<th>{heading}</th>")));
    html.push_str("</tr></thead><tbody>");
    for words in decisions {
        let inputs: Vec<String> = words.inputs.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let inputs = inputs.iter().map(|input| escaped(input)).collect::<Vec<_>>().join("<br>");
        html.push_str("<tr>");
        for text in [&words.subject, &words.value, &words.reason, &words.rule, &words.source] {
            html.push_str(&format!("<td>{}</td>", escaped(text)));
        }
        let (policy, plugin) = (escaped(&words.policy_version), escaped(&words.plugin));
        html.push_str(&format!("<td>{inputs}</td><td>{policy}</td><td>{plugin}</td></tr>"));
    }
    html.push_str("</tbody></table>");
    html
}

fn cell(record: &crm_core::Record, info: &FieldInfo) -> Option<String> {
    let text = text_of(record, info)?;
    if info.sensitive {
        return Some(HIDDEN.to_owned());
    }
    if text.chars().count() <= TEXT_MAX {
        return Some(escaped(&text));
    }
    let cut: String = text.chars().take(TEXT_MAX).collect();
    Some(format!("{}…", escaped(&cut)))
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
