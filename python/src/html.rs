//! Records and queries as HTML for notebooks: labels in English and Chinese, sensitive values hidden.

use crm_core::domain::{EntityKind, FIELD_ID, Fields};
use crm_core::{Catalog, FieldInfo};

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
