//! What merged figures come to: the policy that the rules use, with every name and condition checked.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::{
    Basis, Cadence, ComplaintGrade, ComplaintPolicy, CustomField, EntityKind, EscalationLevel, EventContact, FieldType,
    GradeLimits, Limit, LimitUnit, Maximum, PeriodUnit, Policy, ReportDay, ReportRule, RequiredFields, Roll,
    SatisfactionPolicy, VisitPolicy, VisitWindow, Weights, WorkingHours,
};
use crate::error::Violation;

use super::condition::{FieldFacts, Names};
use super::document::Datum;
use super::merge::{Merged, MergedFigure};
use super::place::{self, PROBLEMS_MAX, Source};

/// The fields that a policy can name.
pub(crate) trait KnownFields {
    /// The field of an entity with a name, and its Chinese label.
    fn field(&self, entity: EntityKind, name: &str) -> Option<(FieldFacts, String)>;
    /// The names of the fields of an entity.
    fn names(&self, entity: EntityKind) -> Vec<String>;
}

/// The declared fields alone, without those of a database.
pub(crate) struct DeclaredFields;

impl KnownFields for DeclaredFields {
    fn field(&self, entity: EntityKind, name: &str) -> Option<(FieldFacts, String)> {
        let def = entity.def().fields.iter().find(|field| field.name == name)?;
        Some((FieldFacts { id: def.id, kind: def.kind, sensitive: def.sensitive }, def.label_zh.to_owned()))
    }

    fn names(&self, entity: EntityKind) -> Vec<String> {
        entity.def().fields.iter().map(|field| field.name.to_owned()).collect()
    }
}

/// The fields of an entity as conditions name them.
pub(super) struct NamesOf<'k>(pub(super) EntityKind, pub(super) &'k dyn KnownFields);

impl Names for NamesOf<'_> {
    fn find(&self, name: &str) -> Option<FieldFacts> {
        self.1.field(self.0, name).map(|(facts, _)| facts)
    }

    fn all(&self) -> Vec<String> {
        self.1.names(self.0)
    }
}

/// The fields of a database, and those that the policy itself declares, which may not be there yet.
pub(super) struct WithOwn<'k> {
    pub(super) known: &'k dyn KnownFields,
    pub(super) own: &'k [CustomField],
}

impl KnownFields for WithOwn<'_> {
    fn field(&self, entity: EntityKind, name: &str) -> Option<(FieldFacts, String)> {
        let own = || {
            let field = self.own.iter().find(|field| field.entity == entity && field.name == name)?;
            Some((FieldFacts { id: 0, kind: field.kind, sensitive: field.sensitive }, field.label_zh.clone()))
        };
        self.known.field(entity, name).or_else(own)
    }

    fn names(&self, entity: EntityKind) -> Vec<String> {
        let own = self.own.iter().filter(|field| field.entity == entity).map(|field| field.name.clone());
        let mut names: Vec<String> = self.known.names(entity).into_iter().chain(own).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// What is wrong with merged figures: the first problems, and how many more there are.
pub(super) struct Problems<'m> {
    found: Vec<Violation>,
    more: usize,
    /// The version that the places in messages belong to when they name none.
    version: &'m str,
}

impl<'m> Problems<'m> {
    /// No problems with merged figures yet.
    pub(super) fn of(merged: &'m Merged) -> Self {
        Self { found: Vec::new(), more: 0, version: &merged.version }
    }

    pub(super) fn add(&mut self, at: usize, merged: &MergedFigure, code: &'static str, message: &str, zh: &str) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        let figure = &merged.figure;
        let mut problem = Source(&merged.text).problem(at, &figure.path, code, message, zh);
        if merged.origin != self.version {
            problem.message = format!("in {}, {}", merged.origin, problem.message);
        }
        problem.rule = Cow::Owned(figure.text("rule").to_owned());
        problem.source = Cow::Owned(figure.text("source").to_owned());
        self.found.push(problem);
    }

    /// Whether what is added now is counted alone.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() == PROBLEMS_MAX
    }

    /// Adds a problem that is of no one figure.
    pub(super) fn push(&mut self, problem: Violation) {
        if self.is_full() { self.more += 1 } else { self.found.push(problem) }
    }

    /// The value when there are no problems, else the problems.
    pub(super) fn or<T>(mut self, value: T) -> Result<T, Vec<Violation>> {
        if self.found.is_empty() {
            return Ok(value);
        }
        self.found.extend((self.more > 0).then(|| place::and_more(self.more)));
        Err(self.found)
    }

    pub(super) fn of_value(&mut self, merged: &MergedFigure, code: &'static str, message: &str, zh: &str) {
        self.add(merged.figure.place_of("value"), merged, code, message, zh);
    }
}

/// Where a figure comes from.
pub(super) fn basis(merged: &MergedFigure) -> Basis {
    Basis { rule: merged.figure.text("rule").to_owned(), source: merged.figure.text("source").to_owned() }
}

pub(super) fn int(merged: &MergedFigure, name: &str) -> Option<i64> {
    match merged.figure.get(name) {
        Some(Datum::Int(n)) => Some(*n),
        _ => None,
    }
}

pub(super) fn flag(merged: &MergedFigure, name: &str) -> bool {
    merged.figure.get(name) == Some(&Datum::Bool(true))
}

pub(super) fn texts(merged: &MergedFigure) -> Vec<String> {
    merged.figure.get("value").map(Datum::texts).unwrap_or_default()
}

/// The custom fields that merged policies declare.
pub(super) fn own_fields(merged: &Merged) -> Vec<CustomField> {
    let field = |(path, merged): (&str, &MergedFigure)| {
        let (entity, name) = path.split_once('.')?;
        let figure = &merged.figure;
        let bound = |name: &str, default: i64| int(merged, name).unwrap_or(default);
        let kind = match figure.text("type") {
            "text" => FieldType::Text { len_max: u32::try_from(bound("len_max", 200)).ok()? },
            "int" => FieldType::Int { min: bound("min", i64::MIN), max: bound("max", i64::MAX) },
            "bool" => FieldType::Bool,
            "date" => FieldType::Date,
            "instant" => FieldType::Instant,
            _ => FieldType::Money,
        };
        Some(CustomField {
            id: 0,
            entity: EntityKind::from_name(entity)?,
            name: name.to_owned(),
            kind,
            label: figure.text("label").to_owned(),
            label_zh: figure.text("label_zh").to_owned(),
            sensitive: flag(merged, "sensitive"),
            indexed: flag(merged, "indexed"),
        })
    };
    merged.under("fields.").filter_map(field).collect()
}

/// Makes the policy of merged figures.
pub(super) fn compile(merged: &Merged, known: &dyn KnownFields) -> Result<Policy, Vec<Violation>> {
    let mut problems = Problems::of(merged);
    check_own_fields(merged, known, &mut problems);
    let dimensions = super::classes::dimensions(merged, known, &mut problems);
    let classes = merged.figures.get("classes.class.order").map(texts).filter(|classes| !classes.is_empty());
    let policy = Policy {
        version: Cow::Owned(merged.version.clone()),
        key_classes: key_classes(merged, classes.as_deref(), &mut problems),
        same_issue_count_major: merged
            .figures
            .get("complaint.same_issue_count_major")
            .and_then(|found| u32::try_from(int(found, "value")?).ok())
            .unwrap_or(u32::MAX),
        dimensions,
        cadences: cadences(merged, classes.as_deref(), &mut problems),
        required: required(merged, known, &mut problems),
        working_hours: working_hours(merged, &mut problems),
        complaint: complaint(merged, known, &mut problems),
        visit: visit(merged, &mut problems),
        satisfaction: satisfaction(merged, &mut problems),
        reports: reports(merged, &mut problems),
        authors: super::customers::authors(merged, &mut problems),
        copies: super::customers::copies(merged),
        file_loans: super::customers::loans(merged, &mut problems),
        investigations: super::customers::investigations(merged, known, &mut problems),
        application_gates: super::customers::gates(merged, known, &mut problems),
        accounts_years_max: maximum(merged, "investigation.accounts_years_max"),
        code_after: super::customers::code_after(merged, known, &mut problems),
        contracts_together: merged
            .figures
            .get("customer.contracts_together")
            .filter(|found| flag(found, "value"))
            .map(basis),
    };
    problems.or(policy)
}

/// A field that a policy declares is in the database as it is declared, or not at all.
fn check_own_fields(merged: &Merged, known: &dyn KnownFields, problems: &mut Problems<'_>) {
    let declared = own_fields(merged);
    let path_of = |field: &CustomField| format!("{}.{}", field.entity.def().name, field.name);
    let declared: BTreeMap<String, &CustomField> = declared.iter().map(|field| (path_of(field), field)).collect();
    for (path, figure) in merged.under("fields.") {
        let Some(own) = declared.get(path) else { continue };
        if known.field(own.entity, &own.name).is_some_and(|(facts, _)| facts.kind != own.kind) {
            let message = format!("the database has {} with another type or other bounds", own.name);
            problems.add(figure.figure.at, figure, "wrong_type", &message, "字段类型不一致");
        }
    }
}

/// That a class is one of those of the policy; where classes are given by hand any may be.
fn check_class(class: &str, classes: Option<&[String]>, merged: &MergedFigure, problems: &mut Problems<'_>) {
    if let Some(classes) = classes
        && !classes.iter().any(|known| known == class)
    {
        let message = format!("there is no class {class}; there are {}", classes.join(", "));
        problems.of_value(merged, "unknown_class", &message, "没有此分类");
    }
}

fn key_classes(merged: &Merged, classes: Option<&[String]>, problems: &mut Problems<'_>) -> Vec<Cow<'static, str>> {
    let Some(found) = merged.figures.get("complaint.key_classes") else { return Vec::new() };
    let names = texts(found);
    for name in &names {
        check_class(name, classes, found, problems);
    }
    names.into_iter().map(Cow::Owned).collect()
}

fn cadences(merged: &Merged, classes: Option<&[String]>, problems: &mut Problems<'_>) -> Vec<Cadence> {
    let mut cadences = Vec::new();
    for (path, found) in merged.under("cadence.") {
        let (class, kind) = path.split_once('.').unwrap_or((path, ""));
        if class != "any" {
            check_class(class, classes, found, problems);
        }
        let unit = PeriodUnit::ALL.iter().find(|(name, _)| *name == found.figure.text("unit"));
        if let (Some(count), Some((_, unit))) = (int(found, "value").and_then(|n| u32::try_from(n).ok()), unit) {
            let (class, kind) = (class.to_owned(), kind.to_owned());
            cadences.push(Cadence { class, kind, count, unit: *unit, basis: basis(found) });
        }
    }
    cadences
}

fn required(merged: &Merged, known: &dyn KnownFields, problems: &mut Problems<'_>) -> Vec<RequiredFields> {
    let mut all = Vec::new();
    for (path, found) in merged.under("required.") {
        let (entity, state) = path.split_once('.').unwrap_or((path, ""));
        let Some(entity) = EntityKind::from_name(entity) else { continue };
        let states = entity.def().states();
        let name = states.and_then(|states| states.by_name(state)).map(|value| value.name);
        if state != "any" && name.is_none() {
            let allowed = states.map(|states| states.allowed()).unwrap_or_default();
            let message = format!("there is no state {state}; allowed are any, {allowed}");
            problems.add(found.figure.at, found, "unknown_state", &message, "没有此状态");
        }
        all.push(fields_of(entity, name, found, known, problems));
    }
    all
}

/// The fields of an entity that a figure lists.
pub(super) fn fields_of(
    entity: EntityKind,
    state: Option<&'static str>,
    found: &MergedFigure,
    known: &dyn KnownFields,
    problems: &mut Problems<'_>,
) -> RequiredFields {
    let mut fields = Vec::new();
    for name in texts(found) {
        match known.field(entity, &name) {
            Some((facts, label_zh)) => fields.push((facts.id, name, label_zh)),
            None => {
                let names = if problems.is_full() { String::new() } else { known.names(entity).join(", ") };
                let message = format!("there is no field {name}; there are {names}");
                problems.of_value(found, "unknown_field", &message, "没有此字段");
            }
        }
    }
    RequiredFields { entity, state, fields, basis: basis(found) }
}

/// The minute of the day that a time such as `12:00` is.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

fn reports(merged: &Merged, problems: &mut Problems<'_>) -> Vec<ReportRule> {
    let mut all = Vec::new();
    for (name, found) in merged.under("report.") {
        let mut days = Vec::new();
        for spelled in texts(found) {
            match ReportDay::parse(&spelled) {
                Some(day) => days.push((day, spelled)),
                None => {
                    let message = format!("found {spelled:?}, allowed is {}", ReportDay::ALLOWED);
                    problems.of_value(found, "unknown_value", &message, "报告期限不在允许范围内");
                }
            }
        }
        if days.is_empty() {
            let message = format!("the list of days is empty; allowed is {}", ReportDay::ALLOWED);
            problems.of_value(found, "empty", &message, "报告期限为空");
        }
        let time = found.figure.text("time").to_owned();
        if !time.is_empty() && minute(&time).is_none_or(|minute| minute > WorkingHours::MINUTE_MAX) {
            let at = found.figure.place_of("time");
            problems.add(at, found, "wrong_type", "time is not of the form 12:00", "时间格式应为12:00");
        }
        let roll = Roll::parse(found.figure.text("roll")).unwrap_or(Roll::None);
        all.push(ReportRule { name: name.to_owned(), days, roll, time: Cow::Owned(time), basis: basis(found) });
    }
    all
}

fn working_hours(merged: &Merged, problems: &mut Problems<'_>) -> WorkingHours {
    let Some(found) = merged.figures.get("calendar.working_hours") else { return WorkingHours::default() };
    let window = |text: &String| {
        let (from, until) = text.split_once('-')?;
        Some((minute(from.trim())?, minute(until.trim())?))
    };
    let windows: Option<Vec<(u16, u16)>> = texts(found).iter().map(window).collect();
    let Some(windows) = windows else {
        problems.of_value(found, "wrong_type", "a window is not of the form 08:30-12:00", "时段格式应为08:30-12:00");
        return WorkingHours::default();
    };
    WorkingHours::new(windows).unwrap_or_else(|error| {
        problems.of_value(found, "wrong_type", error.message(), "工作时段不正确");
        WorkingHours::default()
    })
}

fn visit(merged: &Merged, problems: &mut Problems<'_>) -> VisitPolicy {
    let names = |path: &str| merged.figures.get(path).map(texts).unwrap_or_default();
    let mut policy = VisitPolicy {
        roll: Roll::None,
        window: window(merged, problems),
        events: Vec::new(),
        complaint_kinds: names("visit.complaint_kinds").into_iter().map(Cow::Owned).collect(),
        complaint_issues: names("visit.complaint_issues").into_iter().map(Cow::Owned).collect(),
        complaint_issues_basis: merged.figures.get("visit.complaint_issues").map(basis).unwrap_or_default(),
    };
    if let Some(found) = merged.figures.get("visit.roll") {
        match Roll::parse(found.figure.text("value")) {
            Ok(roll) => policy.roll = roll,
            Err(error) => {
                problems.of_value(found, "unknown_value", error.message(), "顺延方式应为none、next或previous")
            }
        }
    }
    for (path, found) in merged.under("visit.events.") {
        let Some((event, kind)) = path.split_once('.') else { continue };
        let Some(limit) = limit(found) else { continue };
        if limit.unit != LimitUnit::Days || limit.roll != Roll::None {
            let message = "a contact is due some days behind its event; it rolls as visit.roll says";
            problems.of_value(found, "wrong_type", message, "回访期限以天为单位，顺延由visit.roll规定");
        }
        let (event, kind) = (Cow::Owned(event.to_owned()), Cow::Owned(kind.to_owned()));
        policy.events.push(EventContact { event, kind, days: limit.count, rule: limit.rule, source: limit.source });
    }
    policy
}

/// When a visit is held in its time; the last of the figures names the rule.
fn window(merged: &Merged, problems: &mut Problems<'_>) -> VisitWindow {
    let given = |name: &str| merged.figures.get(&format!("visit.{name}"));
    let days = |name: &str| given(name).and_then(|found| u32::try_from(int(found, "value")?).ok()).unwrap_or(0);
    let outside = given("outside_window");
    let refuses = outside.is_some_and(|found| match found.figure.text("value") {
        "refuse" => true,
        "late" => false,
        other => {
            let message = format!("found {other:?}, allowed are late, refuse");
            problems.of_value(found, "unknown_value", &message, "应为late或refuse");
            false
        }
    });
    let source = outside.or_else(|| given("window_after")).or_else(|| given("window_before"));
    let basis = source.map(basis).unwrap_or_default();
    VisitWindow { before: days("window_before"), after: days("window_after"), refuses, basis }
}

/// The weights of the parts of a score; one that is not given is 0. The last of them names the rule.
fn satisfaction(merged: &Merged, problems: &mut Problems<'_>) -> SatisfactionPolicy {
    let given = |part: &str| merged.figures.get(&format!("satisfaction.weights.{part}"));
    let weight = |part: &str| given(part).and_then(|found| u32::try_from(int(found, "value")?).ok()).unwrap_or(0);
    let Some(found) = ["questionnaire", "award", "contract"].into_iter().find_map(given) else {
        return SatisfactionPolicy::default();
    };
    match Weights::new(weight("contract"), weight("award"), weight("questionnaire")) {
        Ok(weights) => {
            let basis = basis(found);
            SatisfactionPolicy { weights, rule: Cow::Owned(basis.rule), source: Cow::Owned(basis.source) }
        }
        Err(error) => {
            problems.of_value(found, "wrong_sum", error.message(), "三部分权重之和须为100");
            SatisfactionPolicy::default()
        }
    }
}

fn limit(merged: &MergedFigure) -> Option<Limit> {
    let basis = basis(merged);
    Some(Limit {
        count: u32::try_from(int(merged, "value")?).ok()?,
        unit: LimitUnit::parse(merged.figure.text("unit")).ok()?,
        roll: Roll::parse(merged.figure.text("roll")).unwrap_or(Roll::None),
        rule: Cow::Owned(basis.rule),
        source: Cow::Owned(basis.source),
    })
}

fn grade_limits(merged: &Merged, prefix: &str) -> GradeLimits {
    let of = |grade: ComplaintGrade| merged.figures.get(&format!("{prefix}.{}", grade.name())).and_then(limit);
    GradeLimits {
        general: of(ComplaintGrade::General),
        key_customer: of(ComplaintGrade::KeyCustomer),
        major: of(ComplaintGrade::Major),
    }
}

fn maximum(merged: &Merged, path: &str) -> Option<Maximum> {
    let found = merged.figures.get(path)?;
    Some(Maximum { value: u32::try_from(int(found, "value")?).ok()?, basis: basis(found) })
}

fn complaint(merged: &Merged, known: &dyn KnownFields, problems: &mut Problems<'_>) -> ComplaintPolicy {
    let figure = |path: &str| merged.figures.get(path);
    ComplaintPolicy {
        acknowledge: grade_limits(merged, "complaint.acknowledge"),
        respond: grade_limits(merged, "complaint.respond"),
        resolve: grade_limits(merged, "complaint.resolve"),
        escalation: escalation(merged, problems),
        close_guards: super::guards::close_guards(merged, known, problems),
        extensions_max: maximum(merged, "complaint.extensions_max"),
        extension_days_max: maximum(merged, "complaint.extension_days_max"),
        extension_needs_another: figure("complaint.extension_needs_another")
            .filter(|found| flag(found, "value"))
            .map(basis),
        reopen: figure("complaint.reopen").and_then(limit),
        appeal_answer: figure("complaint.appeal_answer").and_then(limit),
        review_request: figure("complaint.review_request").and_then(limit),
        review_decide: figure("complaint.review_decide").and_then(limit),
    }
}

/// The levels of the escalation, which follow each other from 1.
fn escalation(merged: &Merged, problems: &mut Problems<'_>) -> Vec<EscalationLevel> {
    let mut levels = Vec::new();
    for (path, found) in merged.under("complaint.escalation.") {
        let number = levels.len() + 1;
        if path != number.to_string() {
            let message = format!("level {path} has no level {number} below it");
            problems.add(found.figure.at, found, "missing_level", &message, "升级层级不连续");
        }
        let after = grade_limits(merged, &format!("complaint.escalation_after.{path}"));
        levels.push(EscalationLevel { to: Cow::Owned(found.figure.text("value").to_owned()), after });
    }
    levels
}
