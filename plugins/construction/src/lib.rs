//! The regulations of construction beside the policy pack `construction_group`, which decides the four classes and weighs
//! satisfaction: phases, what is watched of a class, priority, warranty.
//!
//! The rules are in `rules.rs`, their figures in `policy.toml`; this file reads the fields and asks the rules.

#![forbid(unsafe_code)]

mod rules;

use crm_plugin_sdk::{
    Calculator, Change, Computation, CustomField, Decision, Decisions, Failure, FieldKind, Figures, Hook, Init,
    Parameter, Plugin, QuantityType, Text, Violation, Violations, export_plugin, fields,
};

struct Construction {
    fields: Fields,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        phase: Text = "customer", "project.phase";
        class: Text = "customer", "class";
        value_points: i64 = "customer", "project.value_points";
        influence_points: i64 = "customer", "project.influence_points";
    }
}

const PHASES: [&str; 4] = ["negotiation", "signing", "performance", "collection"];

impl Plugin for Construction {
    const ID: &'static str = "crmkernel.construction";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const DEFAULT_POLICY: Option<&'static str> = Some(include_str!("../default_policy.toml"));
    const SOURCES: &'static [(&'static str, &'static str)] = &[("R-ENG-13", "F0 §5 Art. 6")];
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Classify];
    const FIELDS: &'static [CustomField] = &[
        CustomField::new("customer", "project.phase", FieldKind::Text(16), "Phase", "项目阶段").indexed(),
        CustomField::new("customer", "project.value_points", FieldKind::Int(0, 100), "Value contributed", "价值贡献"),
        CustomField::new("customer", "project.influence_points", FieldKind::Int(0, 100), "Influence", "对项目影响力"),
        CustomField::new("customer", "project.priority", FieldKind::Int(0, 200), "Priority", "优先级").indexed(),
        CustomField::new("customer", "project.watched", FieldKind::Text(200), "What is watched", "关注内容"),
    ];
    const CALCULATORS: &'static [Calculator] = &[
        Calculator {
            name: "construction.warranty",
            label: "Least warranty",
            label_zh: "最低保修期",
            parameters: &[
                Parameter::new("part", "Part", "部位", QuantityType::Text),
                Parameter::new("accepted_on", "Accepted on", "竣工验收日期", QuantityType::Date),
                Parameter::new("until", "Until", "保修至", QuantityType::Date).result(),
            ],
        },
        Calculator {
            name: "construction.heating_warranty",
            label: "Least warranty of heating and cooling",
            label_zh: "供热供冷保修期",
            parameters: &[Parameter::new("seasons", "Seasons", "采暖期、供冷期", QuantityType::Int).result()],
        },
    ];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        Ok(Self { fields: Fields::new(init)?, figures: init.figures().clone() })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        if change.entity() == "customer" {
            out.extend(Violation::one_of("project.phase", change.after().get(self.fields.phase), &PHASES, "R-ENG-13"));
        }
        Ok(())
    }

    fn classify(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let customer = change.after();
        if change.entity() != "customer" {
            return Ok(());
        }
        let points = (customer.get(self.fields.value_points), customer.get(self.fields.influence_points));
        if let (Some(value), Some(influence)) = points {
            let decision = Decision::new("project.priority", rules::priority(value, influence), "R-PRJ-01", "F3 §3");
            let reason = format!("a value of {value} and an influence of {influence} on the project");
            let reason_zh = format!("价值贡献{value}，项目影响力{influence}");
            out.push(decision.because(reason, reason_zh).input("value", value).input("influence", influence));
        }
        if let Some(watched) = customer.get(self.fields.class).and_then(rules::watched) {
            let decision = Decision::new("project.watched", watched, "R-ENG-10, R-ENG-12", "F0 §5 Art. 5");
            out.push(decision.because("what is watched of the class", "该类客户的关注内容"));
        }
        Ok(())
    }

    fn compute(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        match call.name() {
            "construction.warranty" => {
                let figure = match call.text("part").unwrap_or_default() {
                    "waterproofing" => "warranty.waterproofing_years",
                    "installation" => "warranty.installation_years",
                    _ => return Err(Failure::not_allowed("part is none of waterproofing, installation")),
                };
                let years = self.figures.count(figure)?;
                let until = call.date("accepted_on").ok_or("accepted_on is missing")?.plus_months(years * 12);
                let decision = Decision::new("until", until, "L-CON-1", "建设工程质量管理条例 Art. 40");
                out.push(
                    decision
                        .because(format!("{years} years from acceptance"), format!("自竣工验收合格之日起{years}年")),
                );
            }
            _ => {
                let seasons = self.figures.int("warranty.heating_seasons")?;
                let decision = Decision::new("seasons", seasons, "L-CON-1", "建设工程质量管理条例 Art. 40");
                out.push(decision.because(format!("{seasons} seasons"), format!("{seasons}个采暖期、供冷期")));
            }
        }
        Ok(())
    }
}

export_plugin!(Construction);
