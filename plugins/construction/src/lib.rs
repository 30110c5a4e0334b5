//! The regulations of construction: the four classes, satisfaction of three parts, phases, warranty.
//!
//! The rules are in `rules.rs`, their figures in `policy.toml`; this file reads the fields and asks the rules.

#![forbid(unsafe_code)]

mod rules;

use crm_plugin_sdk::{
    Calculator, Change, Computation, CustomField, Decision, Decisions, Failure, FieldKind, Figures, Hook, Init,
    Parameter, Plugin, Quantity, QuantityType, Text, Violation, Violations, export_plugin, fields,
};

struct Construction {
    fields: Fields,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        phase: Text = "customer", "project.phase";
        cooperations: i64 = "customer", "project.cooperations";
        smooth: bool = "customer", "project.smooth";
        follow_up: bool = "customer", "project.follow_up";
        fundamentals_good: bool = "customer", "project.fundamentals_good";
        both_willing: bool = "customer", "project.both_willing";
        strategic_agreement: bool = "customer", "project.strategic_agreement";
        major_effect: bool = "customer", "project.major_effect";
        near_term: bool = "customer", "project.near_term";
        known: bool = "customer", "project.known";
        value_points: i64 = "customer", "project.value_points";
        influence_points: i64 = "customer", "project.influence_points";
    }
}

const BOOL: FieldKind = FieldKind::Bool;
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
        CustomField::new("customer", "project.cooperations", FieldKind::Int(0, 100_000), "Cooperations", "合作次数"),
        CustomField::new("customer", "project.smooth", BOOL, "Cooperation smooth", "合作顺利"),
        CustomField::new("customer", "project.follow_up", BOOL, "Follow-up project", "有后续项目"),
        CustomField::new("customer", "project.fundamentals_good", BOOL, "Fundamentals good", "基本面良好"),
        CustomField::new("customer", "project.both_willing", BOOL, "Both willing", "双方有意愿"),
        CustomField::new("customer", "project.strategic_agreement", BOOL, "Strategic agreement", "战略协议"),
        CustomField::new(
            "customer",
            "project.major_effect",
            BOOL,
            "Major effect on the stage's goals",
            "对阶段目标影响重大",
        ),
        CustomField::new("customer", "project.near_term", BOOL, "Near-term project", "近期有项目"),
        CustomField::new("customer", "project.known", BOOL, "Known to some degree", "有一定了解"),
        CustomField::new("customer", "project.value_points", FieldKind::Int(0, 100), "Value contributed", "价值贡献"),
        CustomField::new("customer", "project.influence_points", FieldKind::Int(0, 100), "Influence", "对项目影响力"),
        CustomField::new("customer", "project.priority", FieldKind::Int(0, 200), "Priority", "优先级").indexed(),
        CustomField::new("customer", "project.watched", FieldKind::Text(200), "What is watched", "关注内容"),
    ];
    const CALCULATORS: &'static [Calculator] = &[
        Calculator {
            name: "construction.satisfaction",
            label: "Satisfaction of three parts",
            label_zh: "满意度测评",
            parameters: &[
                Parameter::new("performance", "Contract performance, 0 to 100", "合同履约", QuantityType::Int),
                Parameter::new("awards", "Awards, 0 to 100", "获奖", QuantityType::Int),
                Parameter::new("questionnaire", "Questionnaire, 0 to 100", "问卷", QuantityType::Int),
                Parameter::new("score", "Score", "得分", QuantityType::Ratio).result(),
            ],
        },
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
        let figures = init.figures().clone();
        let weights: [i64; 3] = weights(&figures)?;
        if !matches!(weights.iter().sum(), 0 | 100) {
            return Err("the three weights of satisfaction do not add up to 100".to_owned());
        }
        Ok(Self { fields: Fields::new(init)?, figures })
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
        let is = |field| customer.get(field).unwrap_or_default();
        let relation = rules::Relation {
            cooperations: customer.get(self.fields.cooperations).unwrap_or_default(),
            smooth: is(self.fields.smooth),
            follow_up_project: customer.get(self.fields.follow_up),
            fundamentals_good: is(self.fields.fundamentals_good),
            both_willing: is(self.fields.both_willing),
            strategic_agreement: is(self.fields.strategic_agreement),
            major_effect: is(self.fields.major_effect),
            near_term_project: is(self.fields.near_term),
            known: is(self.fields.known),
        };
        let Some((class, rule)) = rules::class(relation, self.figures.int("class.strategic_cooperations_min")?) else {
            return Ok(());
        };
        let decision = Decision::new("class", class, rule, "F0 §5 Art. 5");
        let reason = format!("{} cooperations and what is known of the relation", relation.cooperations);
        out.push(decision.because(reason, format!("合作{}次及合作关系情况", relation.cooperations)));
        if let Some(watched) = rules::watched(class) {
            let decision = Decision::new("project.watched", watched, "R-ENG-10, R-ENG-12", "F0 §5 Art. 5");
            out.push(decision.because("what is watched of the class", "该类客户的关注内容"));
        }
        Ok(())
    }

    fn compute(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        match call.name() {
            "construction.satisfaction" => {
                let part = |name: &str| call.int(name).unwrap_or(-1);
                let parts = [part("performance"), part("awards"), part("questionnaire")];
                let score = rules::satisfaction(parts, weights(&self.figures)?).ok_or_else(|| {
                    Failure::not_allowed(
                        "a part is not 0 to 100, or the three weights satisfaction.*_weight are not set",
                    )
                })?;
                let decision = Decision::new("score", Quantity::Ratio(score, 100), "R-ENG-14", "F0 §5 Art. 7");
                out.push(decision.because("the three parts by their weights", "三项加权"));
            }
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

fn weights(figures: &Figures) -> Result<[i64; 3], String> {
    Ok([
        figures.int("satisfaction.performance_weight")?,
        figures.int("satisfaction.awards_weight")?,
        figures.int("satisfaction.questionnaire_weight")?,
    ])
}

export_plugin!(Construction);
