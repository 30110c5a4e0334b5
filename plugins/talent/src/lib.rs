//! The regulations of recruitment: the grade of a prospect, a demand by urgency, importance and feasibility, and who serves it.
//!
//! The figures are in `policy.toml`; this file reads the fields and decides.

#![forbid(unsafe_code)]

use crm_plugin_sdk::{
    Calculator, Change, Computation, CustomField, Decision, Decisions, Failure, FieldKind, Figures, Hook, Init,
    Parameter, Plugin, QuantityType, Text, Violation, Violations, export_plugin, fields,
};

struct Talent {
    fields: Fields,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        employees: i64 = "customer", "employee_count";
        industry: Text = "customer", "industry";
        urgency: i64 = "customer", "talent.urgency";
        importance: i64 = "customer", "talent.importance";
        feasibility: i64 = "customer", "talent.feasibility";
        role: Text = "visit", "talent.role";
    }
}

const MARK: FieldKind = FieldKind::Int(1, 100);
const INT: QuantityType = QuantityType::Int;
const ROLES: [&str; 3] = ["hr_expert", "recruitment_consultant", "trainer"];

/// The product of the three marks, each of 1 to the greatest; `None` when one is not. Source: R-HR-05.
fn score(marks: [i64; 3], mark_max: i64) -> Option<i64> {
    marks.iter().all(|m| (1..=mark_max).contains(m)).then(|| marks.iter().product())
}

/// What a prospect is graded by.
#[derive(Debug, Clone, Copy)]
struct Prospect<'a> {
    employees: i64,
    industry: &'a str,
    urgency: i64,
}

/// The grade of a prospect by how many of size, industry and urgency speak for it: A by all, B by two, C else.
/// Source: R-HR-01.
fn grade(of: Prospect<'_>, employees_min: i64, industries: &str, urgent_min: i64) -> &'static str {
    let mut wanted = industries.split([',', '，', '、']).map(str::trim).filter(|name| !name.is_empty()).peekable();
    let is_wanted = wanted.peek().is_none() || wanted.any(|name| name == of.industry);
    let met = [of.employees >= employees_min, is_wanted, of.urgency >= urgent_min];
    match met.into_iter().filter(|met| *met).count() {
        3 => "A",
        2 => "B",
        _ => "C",
    }
}

impl Plugin for Talent {
    const ID: &'static str = "crmkernel.talent";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const SOURCES: &'static [(&'static str, &'static str)] = &[("R-HR-05", "F0 §2 2.3"), ("R-HR-07", "F0 §2 3.2")];
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Classify];
    const FIELDS: &'static [CustomField] = &[
        CustomField::new("customer", "talent.urgency", MARK, "Urgency", "紧急程度"),
        CustomField::new("customer", "talent.importance", MARK, "Importance", "重要性"),
        CustomField::new("customer", "talent.feasibility", MARK, "Feasibility", "可行性"),
        CustomField::new("customer", "talent.score", FieldKind::Int(0, 1_000_000), "Score of the demand", "需求评分")
            .indexed(),
        CustomField::new("customer", "talent.grade", FieldKind::Text(8), "Grade of the prospect", "客户分级").indexed(),
        CustomField::new("visit", "talent.role", FieldKind::Text(32), "Role in the service team", "服务团队角色"),
    ];
    const CALCULATORS: &'static [Calculator] = &[Calculator {
        name: "talent.demand_score",
        label: "Score of a demand",
        label_zh: "需求评分",
        parameters: &[
            Parameter::new("urgency", "Urgency", "紧急程度", INT),
            Parameter::new("importance", "Importance", "重要性", INT),
            Parameter::new("feasibility", "Feasibility", "可行性", INT),
            Parameter::new("score", "Score", "评分", INT).result(),
        ],
    }];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        Ok(Self { fields: Fields::new(init)?, figures: init.figures().clone() })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let record = change.after();
        if change.entity() == "visit" {
            out.extend(Violation::one_of("talent.role", record.get(self.fields.role), &ROLES, "R-HR-07"));
        }
        if change.entity() == "customer" {
            let max = self.figures.int("demand.mark_max")?;
            let of = &self.fields;
            for (field, name) in [
                (of.urgency, "talent.urgency"),
                (of.importance, "talent.importance"),
                (of.feasibility, "talent.feasibility"),
            ] {
                if record.get(field).is_some_and(|mark| mark > max) {
                    let message = format!("{name} is greater than {max}, the greatest mark");
                    out.push(Violation::new(name, "out_of_range", message, format!("评分最高为{max}"), "R-HR-05"));
                }
            }
        }
        Ok(())
    }

    fn classify(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let (record, of) = (change.after(), &self.fields);
        if change.entity() != "customer" {
            return Ok(());
        }
        let known = (record.get(of.employees), record.get(of.industry), record.get(of.urgency));
        if let (Some(employees), Some(industry), Some(urgency)) = known {
            let [employees_min, urgent_min] =
                [self.figures.int("grade.large_employees_min")?, self.figures.int("grade.urgent_min")?];
            let prospect = Prospect { employees, industry, urgency };
            let found = grade(prospect, employees_min, self.figures.text("grade.industries")?, urgent_min);
            let decision = Decision::new("talent.grade", found, "R-HR-01", "F0 §2 1.3")
                .because("by company size, industry and urgency", "按企业规模、行业、紧急程度分级");
            let decision = decision.input("employee_count", employees).input("industry", industry);
            out.push(decision.input("talent.urgency", urgency));
        }
        let marks = [of.urgency, of.importance, of.feasibility].map(|field| record.get(field).unwrap_or_default());
        let Some(score) = score(marks, self.figures.int("demand.mark_max")?) else { return Ok(()) };
        let decision = Decision::new("talent.score", score, "R-HR-05", "F0 §2 2.3");
        out.push(decision.because("urgency x importance x feasibility", "紧急程度×重要性×可行性"));
        Ok(())
    }

    fn compute(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let max = self.figures.int("demand.mark_max")?;
        let marks = ["urgency", "importance", "feasibility"].map(|name| call.int(name).unwrap_or_default());
        let score = score(marks, max).ok_or_else(|| Failure::not_allowed(format!("a mark is not of 1 to {max}")))?;
        let decision = Decision::new("score", score, "R-HR-05", "F0 §2 2.3");
        out.push(decision.because("urgency x importance x feasibility", "紧急程度×重要性×可行性"));
        Ok(())
    }
}

export_plugin!(Talent);
