//! The regulations of education: guardians and their consent, contact with families, triggers of contact.
//!
//! The figures are in `policy.toml`; this file reads the fields and decides.

#![forbid(unsafe_code)]

use crm_plugin_sdk::{
    Change, CustomField, Date, Decision, Decisions, Failure, FieldKind, Figures, Hook, Init, Plugin, Ref, Text,
    Violation, Violations, export_plugin, fields,
};

struct Education {
    fields: Fields,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        birthday: Date = "customer", "birthday";
        kind: Text = "customer", "edu.kind";
        guardian: Ref = "customer", "edu.guardian";
        guardian_consent_on: Date = "customer", "edu.guardian_consent_on";
        goals: Text = "customer", "edu.learning_goals";
        plan: Text = "customer", "edu.teaching_plan";
        enrolled_on: Date = "customer", "edu.enrolled_on";
        trigger: Text = "customer", "edu.trigger";
    }
}

const KINDS: [&str; 2] = ["student", "parent"];
const TRIGGERS: [&str; 3] = ["learning_problem", "mood_swing", "progress"];

impl Plugin for Education {
    const ID: &'static str = "crmkernel.education";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const DEFAULT_POLICY: Option<&'static str> = Some(include_str!("../default_policy.toml"));
    const SOURCES: &'static [(&'static str, &'static str)] = &[
        ("R-EDU-01", "F0 §3"),
        ("R-EDU-02", "F0 §3 1.1"),
        ("R-EDU-07", "F0 §3 2.3"),
        ("R-EDU-08", "F0 §3 3.2"),
        ("L-EDU-1", "Personal Information Protection Law Art. 31"),
    ];
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Cadence];
    const FIELDS: &'static [CustomField] = &[
        CustomField::new("customer", "edu.kind", FieldKind::Text(16), "Kind of customer", "客户类别").indexed(),
        CustomField::new("customer", "edu.guardian", FieldKind::Ref("customer"), "Guardian", "监护人"),
        CustomField::new(
            "customer",
            "edu.guardian_consent_on",
            FieldKind::Date,
            "Guardian's consent",
            "监护人同意日期",
        ),
        CustomField::new("customer", "edu.learning_goals", FieldKind::Text(1000), "Learning goals", "学习目标"),
        CustomField::new("customer", "edu.teaching_plan", FieldKind::Text(4000), "Teaching plan", "个性化教学计划"),
        CustomField::new("customer", "edu.enrolled_on", FieldKind::Date, "Enrolled on", "入学日期"),
        CustomField::new("customer", "edu.trigger", FieldKind::Text(32), "Trigger of contact", "主动沟通事由"),
    ];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        Ok(Self { fields: Fields::new(init)?, figures: init.figures().clone() })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let record = change.after();
        if change.entity() != "customer" {
            return Ok(());
        }
        let of = &self.fields;
        out.extend(Violation::one_of("edu.kind", record.get(of.kind), &KINDS, "R-EDU-01"));
        out.extend(Violation::one_of("edu.trigger", record.get(of.trigger), &TRIGGERS, "R-EDU-07"));
        if record.get(of.kind) != Some("student") {
            return Ok(());
        }
        if record.get(of.guardian).is_none() {
            out.push(Violation::required("edu.guardian", "the guardian of a student", "监护人", "R-EDU-01"));
        }
        if record.get(of.enrolled_on).is_some() {
            if record.get(of.goals).is_none() {
                out.push(Violation::required(
                    "edu.learning_goals",
                    "the goals of an enrolled student",
                    "学习目标",
                    "R-EDU-02",
                ));
            }
            if record.get(of.plan).is_none() {
                out.push(Violation::required("edu.teaching_plan", "an individual plan", "个性化教学计划", "R-EDU-08"));
            }
        }
        let months = self.figures.count("consent.age")? * 12;
        let young = record.get(of.birthday).is_some_and(|born| change.today() < born.plus_months(months));
        if young && record.get(of.guardian_consent_on).is_none() {
            let label = "the guardian's consent to data of a child";
            out.push(Violation::required("edu.guardian_consent_on", label, "监护人同意", "L-EDU-1"));
        }
        Ok(())
    }

    fn cadence(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let (record, of) = (change.after(), &self.fields);
        // Calls and meetings are visits of the plan, by the cadences of the default policy.
        if record.get(of.enrolled_on).is_some() && record.get(of.trigger).is_some() {
            let decision = Decision::new("next_due_on", change.today(), "R-EDU-07", "F0 §3 2.3");
            out.push(decision.because("there is a reason to contact the family at once", "应主动联系家长"));
        }
        Ok(())
    }
}

export_plugin!(Education);
