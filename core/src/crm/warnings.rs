//! What somebody should know about a database that is open: a list of warnings, each with a code and a sentence.

use crate::domain::compare_versions;

use super::calendar_warning;
use super::needs;
use super::open::Crm;

/// One thing that somebody should know about an open database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The stable code in snake case: `plugin_missing`, `plugin_older`, `calendar_year_not_announced`.
    pub code: &'static str,
    /// What it is about: the id of the plugin, the year.
    pub subject: String,
    /// The warning as an English sentence, without personal data.
    pub message: String,
    /// The warning as a Chinese sentence.
    pub message_zh: String,
}

impl Crm {
    /// What somebody should know about the database as it is open now, in a fixed order: the plugins that it needs and that
    /// are not loaded, those that are loaded in an older version than it has seen, each by id, then the years of the calendar
    /// that are not announced. Empty when all is well.
    ///
    /// Ask after the plugins are loaded: right after opening, every plugin is missing.
    pub fn warnings(&self) -> Vec<Warning> {
        let (catalog, registry) = (self.catalog(), self.inner.registry());
        let mut found: Vec<Warning> = needs::absent(&catalog, &registry).map(missing).collect();
        for status in registry.plugins() {
            let seen = catalog.needs().plugin(&status.id).map(|plugin| plugin.version.clone());
            if let Some(seen) = seen.filter(|seen| compare_versions(&status.version, seen).is_lt()) {
                found.push(older(&status.id, &status.version, &seen));
            }
        }
        found.extend(calendar_warning::of(&self.in_force().calendar, self.today()));
        found
    }
}

fn missing(plugin: &crate::domain::NeededPlugin) -> Warning {
    let (id, version) = (&plugin.id, &plugin.version);
    Warning {
        code: "plugin_missing",
        subject: id.clone(),
        message: format!(
            "the database needs the plugin {id} {version}, which is not loaded: records that it rules are not written, and \
             fields that it may hide are hidden below the level manage"
        ),
        message_zh: format!(
            "数据库需要插件{id} {version}，但未加载：其管辖的记录不能写入，其可能脱敏的字段对管理级以下隐藏"
        ),
    }
}

fn older(id: &str, version: &str, seen: &str) -> Warning {
    Warning {
        code: "plugin_older",
        subject: id.to_owned(),
        message: format!("the plugin {id} is loaded in version {version}, the database has seen {seen}"),
        message_zh: format!("插件{id}以版本{version}加载，数据库已用过版本{seen}"),
    }
}
