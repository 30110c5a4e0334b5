//! The regulations of agriculture: kinds of producers, technical service and training, production records.
//!
//! The figures are in `policy.toml`; this file reads the fields and decides.

#![forbid(unsafe_code)]

use crm_plugin_sdk::{
    Change, CustomField, Date, Decision, Decisions, Failure, FieldKind, Figures, Hook, Init, Plugin, Text, Violation,
    Violations, export_plugin, fields,
};

struct Agriculture {
    fields: Fields,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        kind: Text = "customer", "farm.kind";
        record_on: Date = "customer", "farm.production_record_on";
        last_service_on: Date = "customer", "farm.last_service_on";
        service: Text = "visit", "farm.service";
    }
}

const KINDS: [&str; 5] = ["grower", "breeder", "wholesaler", "retailer", "consumer"];
const SERVICES: [&str; 4] = ["technical_guidance", "market_analysis", "product_innovation", "training"];

impl Plugin for Agriculture {
    const ID: &'static str = "crmkernel.agriculture";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const SOURCES: &'static [(&'static str, &'static str)] =
        &[("R-AGR-01", "F0 §4 2"), ("R-AGR-04, R-AGR-05", "F0 §4 4, 5")];
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Classify, Hook::Cadence];
    const FIELDS: &'static [CustomField] = &[
        CustomField::new("customer", "farm.kind", FieldKind::Text(16), "Kind of customer", "客户类型").indexed(),
        CustomField::new(
            "customer",
            "farm.production_record_on",
            FieldKind::Date,
            "Production record of",
            "生产记录日期",
        ),
        CustomField::new("customer", "farm.record_keep_until", FieldKind::Date, "Record kept until", "生产记录保存至"),
        CustomField::new("customer", "farm.last_service_on", FieldKind::Date, "Last service", "最近技术服务"),
        CustomField::new("visit", "farm.service", FieldKind::Text(32), "Service", "服务类型"),
    ];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        Ok(Self { fields: Fields::new(init)?, figures: init.figures().clone() })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        match change.entity() {
            "customer" => {
                out.extend(Violation::one_of("farm.kind", change.after().get(self.fields.kind), &KINDS, "R-AGR-01"));
            }
            "visit" => {
                let service = change.after().get(self.fields.service);
                out.extend(Violation::one_of("farm.service", service, &SERVICES, "R-AGR-04, R-AGR-05"));
            }
            _ => {}
        }
        Ok(())
    }

    fn classify(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        if change.entity() != "customer" {
            return Ok(());
        }
        if let Some(record_on) = change.after().get(self.fields.record_on) {
            let years = self.figures.count("record.keep_years")?;
            let until = record_on.plus_months(years * 12);
            let decision = Decision::new("farm.record_keep_until", until, "L-AGR-1", "农产品质量安全法 Art. 27");
            let reason = format!("production records are kept {years} years");
            out.push(decision.because(reason, format!("生产记录保存{years}年")).input("record_on", record_on));
        }
        Ok(())
    }

    fn cadence(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let months = self.figures.count("service.visit_months")?;
        if let Some(last) = change.after().get(self.fields.last_service_on).filter(|_| months > 0) {
            let decision = Decision::new("next_due_on", last.plus_months(months), "R-AGR-03", "F0 §4 3");
            let reason = format!("a visit with technical service every {months} months");
            out.push(decision.because(reason, format!("每{months}个月回访并提供技术支持")));
        }
        Ok(())
    }
}

export_plugin!(Agriculture);
