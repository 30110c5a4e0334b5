//! A decision as people read it, in English or in Chinese.

use std::fmt;

use crate::domain::{Decision, FieldType, FileSection, Instant, Language, LimitUnit, PeriodUnit};

use super::catalog::Catalog;

/// How many characters of a value are shown; a policy's whole text is the value of an input, too.
const VALUE_LEN_MAX: usize = 80;

/// The length of an instant such as `2026-09-16T01:00:00Z`.
const INSTANT_LEN_MIN: usize = 20;

/// The Chinese words for values of no enumeration.
const VALUES: &[(&str, &str)] = &[
    ("complete", "齐全"),
    ("current", "有效"),
    ("false", "否"),
    ("hidden", "不可见"),
    ("incomplete", "不齐全"),
    ("missing", "缺失"),
    ("next", "向后顺延"),
    ("none", "不顺延"),
    ("previous", "向前顺延"),
    ("stale", "过期"),
    ("true", "是"),
];

/// The Chinese words for subjects and inputs that are no fields.
const WORDS: &[(&str, &str)] = &[
    ("acknowledged_in_time", "按期确认受理"),
    ("approver", "审批人"),
    ("award", "获奖"),
    ("by", "截止时间"),
    ("closed_in_time", "按期办结"),
    ("completeness", "章节完整性"),
    ("contract", "合同履约"),
    ("copies", "档案份数"),
    ("customer_class", "客户分类"),
    ("day", "日期规则"),
    ("days", "天数"),
    ("due_on", "应到日期"),
    ("done", "完成时间"),
    ("effective_on", "生效日期"),
    ("escalated", "已升级"),
    ("every", "周期"),
    ("held_on", "拜访日期"),
    ("holder", "保存方"),
    ("items", "资料条数"),
    ("kind", "类型"),
    ("level", "级别"),
    ("limit", "期限"),
    ("maintenance", "维护拜访"),
    ("missing", "缺少的章节"),
    ("opened", "转为投诉"),
    ("paused_days", "暂停天数"),
    ("paused_s", "暂停秒数"),
    ("paused_work_s", "暂停工作秒数"),
    ("paused_workdays", "暂停工作日数"),
    ("plugin_key", "插件密钥"),
    ("points_possible", "满分"),
    ("policy", "制度"),
    ("provisional_year", "暂用日历年度"),
    ("questionnaire", "问卷"),
    ("received_on", "受理日期"),
    ("responded_in_time", "按期答复"),
    ("return_visit", "回访"),
    ("roll", "节假日顺延"),
    ("same_issue_count", "同一问题次数"),
    ("same_issue_count_major", "重大投诉的同一问题次数"),
    ("sections", "应有章节数"),
    ("start", "起算时间"),
    ("text", "全文"),
    ("time", "时刻"),
    ("to", "升级至"),
    ("today", "当日"),
    ("verify_by", "应核实日期"),
    ("window_from", "计划时间起"),
    ("window_until", "计划时间止"),
];

/// A decision in the words of a language, part by part; as text it is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The language.
    pub language: Language,
    /// What is decided.
    pub subject: String,
    /// The value decided; a word for none when there is none.
    pub value: String,
    /// The reason, a sentence.
    pub reason: String,
    /// The id of the rule, empty when it has none.
    pub rule: String,
    /// The regulation and article.
    pub source: String,
    /// The inputs that have a value, as name and value.
    pub inputs: Vec<(String, String)>,
    /// The policy in force.
    pub policy_version: String,
    /// The plugin that decided, as `id version`; empty for the kernel.
    pub plugin: String,
}

impl Catalog {
    /// A decision in words. In Chinese, fields and values of enumerations have their labels; a name without a label
    /// stays as it is. Instants are those of the database's time zone, with its offset. Bounds: of each value at most 80 characters of its first line are shown.
    pub fn words_of(&self, decision: &Decision, language: Language) -> Words {
        let is_chinese = language == Language::Chinese;
        let name = |name: &str| if is_chinese { self.label_zh(name) } else { name.to_owned() };
        let value = |name: &str, value: &str| match value {
            value if is_chinese => self.value_zh(name, value),
            value => self.shown(value),
        };
        let inputs = decision.inputs.iter().filter(|(_, value)| !value.is_empty());
        let none = if is_chinese { "无" } else { "none" };
        Words {
            language,
            subject: name(&decision.subject),
            value: if decision.value.is_empty() { none.to_owned() } else { value(&decision.subject, &decision.value) },
            reason: if is_chinese { decision.reason_zh.clone() } else { decision.reason.clone() },
            rule: decision.rule.clone().into_owned(),
            source: decision.source.clone().into_owned(),
            inputs: inputs.map(|(input, given)| (name(input), value(input, given))).collect(),
            policy_version: decision.policy_version.clone().into_owned(),
            plugin: decision.plugin.clone(),
        }
    }

    fn label_zh(&self, name: &str) -> String {
        let section = || FileSection::DEF.by_name(name).map(|section| section.label_zh);
        let label = word_of(WORDS, name).or_else(section).map(str::to_owned);
        label.or_else(|| self.field_of_any(name).map(|field| field.label_zh.clone())).unwrap_or_else(|| name.to_owned())
    }

    fn value_zh(&self, name: &str, value: &str) -> String {
        // A section of a file is no field, though one of another entity may have its name.
        let field = self.field_of_any(name).filter(|_| FileSection::DEF.by_name(name).is_none());
        let label = match field.map(|field| field.kind) {
            Some(FieldType::Enum(def)) => def.by_name(value).map(|value| value.label_zh),
            Some(FieldType::Bool) | None => word_of(VALUES, value),
            Some(_) => None,
        };
        label.map(str::to_owned).or_else(|| period_zh(name, value)).unwrap_or_else(|| self.shown(value))
    }

    /// A value as it is shown: an instant in the time zone of the database.
    fn shown(&self, value: &str) -> String {
        // Instants are stored as `Instant` spells them, in UTC.
        let is_instant = value.len() >= INSTANT_LEN_MIN && value.as_bytes()[10] == b'T' && value.ends_with('Z');
        match Instant::parse(value) {
            Ok(instant) if is_instant => instant.spelled_in(self.zone()),
            _ => shown(value),
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs: Vec<String> = self.inputs.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let (subject, value, reason) = (&self.subject, &self.value, &self.reason);
        let (rule, source, policy, plugin) = (&self.rule, &self.source, &self.policy_version, &self.plugin);
        match self.language {
            Language::English => {
                let basis = joined(", ", &[&titled("rule", rule), source]);
                let under = [&basis, &joined(", ", &inputs), &titled("policy", policy), &titled("plugin", plugin)];
                write!(f, "{subject} = {value}: {reason} ({})", joined("; ", &under.map(String::as_str)))
            }
            Language::Chinese => {
                let basis = joined("，", &[&titled("规则", rule), source]);
                let under = [&basis, &joined("，", &inputs), &titled("制度", policy), &titled("插件", plugin)];
                write!(f, "{subject} = {value}：{reason}（{}）", joined("；", &under.map(String::as_str)))
            }
        }
    }
}

fn word_of(words: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    words.iter().find(|(known, _)| *known == name).map(|(_, word)| *word)
}

/// A period such as `3 working_days`, which a limit or a cadence has.
fn period_zh(name: &str, value: &str) -> Option<String> {
    let (count, unit) = value.split_once(' ').filter(|_| ["limit", "every"].contains(&name))?;
    let of_limit = LimitUnit::ALL.iter().find(|known| known.name() == unit).map(|unit| unit.label_zh());
    let label = of_limit.or_else(|| {
        let known = PeriodUnit::ALL.iter().find(|(name, _)| *name == unit);
        known.map(|(_, unit)| unit.label_zh())
    });
    Some(format!("{count}{}", label?))
}

/// The parts that hold something, with a separator between.
fn joined(separator: &str, parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(separator)
}

fn titled(title: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{title} {text}") }
}

fn shown(value: &str) -> String {
    let line = value.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(VALUE_LEN_MAX).collect();
    if cut.len() < value.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Policy;

    #[test]
    fn a_decision_is_a_line_in_both_languages() {
        let decision = Decision::new("grade", "key_customer", "R-FIX-15", "F2 Art. 7.2.2", &Policy::default())
            .input("customer_class", "key")
            .input("external_intent", false)
            .because("the customer is a key customer", "重点客户投诉");
        let catalog = Catalog::new(Vec::new());
        assert_eq!(
            catalog.words_of(&decision, Language::English).to_string(),
            "grade = key_customer: the customer is a key customer (rule R-FIX-15, F2 Art. 7.2.2; customer_class key, \
             external_intent false; policy default/1)"
        );
        assert_eq!(
            catalog.words_of(&decision, Language::Chinese).to_string(),
            "投诉等级 = 重点客户投诉：重点客户投诉（规则 R-FIX-15，F2 Art. 7.2.2；客户分类 key，拟对外投诉 否；制度 default/1）"
        );
    }

    /// F14: explanations showed instants in UTC, eight hours before the clock of the readers.
    #[test]
    fn an_instant_is_that_of_the_time_zone_of_the_database() {
        let start = Instant::parse("2026-09-16T08:00:00+08:00").unwrap();
        let decision =
            Decision::new("respond_by", start.to_string(), "R", "", &Policy::default()).input("start", start);
        let catalog = Catalog::new(Vec::new()).in_zone(chrono_tz::Tz::Asia__Shanghai);
        let (en, zh) = (catalog.words_of(&decision, Language::English), catalog.words_of(&decision, Language::Chinese));
        assert_eq!((&*en.value, &*zh.value), ("2026-09-16T08:00:00+08:00", "2026-09-16T08:00:00+08:00"));
        assert_eq!(en.inputs, [("start".to_owned(), "2026-09-16T08:00:00+08:00".to_owned())]);
        for text in ["2026-09-16", "Z", "T-1 Z", "2026-09-16T is no instant Z", "一二三四五六七八Z"] {
            let decision = Decision::new("class", text, "R", "", &Policy::default());
            assert_eq!(catalog.words_of(&decision, Language::English).value, text);
        }
    }

    #[test]
    fn a_long_value_is_cut_and_an_empty_one_is_said() {
        let text = format!("{}\nmore", "字".repeat(90));
        let decision = Decision { value: String::new(), ..Decision::new("class", "", "", "", &Policy::default()) };
        let decision = Decision { inputs: vec![("text".into(), text)], ..decision.because("adopted", "批准") };
        let words = Catalog::new(Vec::new()).words_of(&decision, Language::English);
        assert_eq!(words.to_string(), format!("class = none: adopted (text {}…; policy default/1)", "字".repeat(80)));
    }
}
