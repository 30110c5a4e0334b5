//! The regulations of real estate: what a customer looks for, the life of a contract, no disclosure without consent.
//!
//! The figures are in `policy.toml`; this file reads the fields and decides.

#![forbid(unsafe_code)]

use crm_plugin_sdk::{
    Calculator, Change, Choice, Computation, CustomField, Date, Decision, Decisions, Failure, FieldKind, Figures, Hook,
    Init, Parameter, Plugin, QuantityType, Text, Violation, Violations, export_plugin, fields,
};

struct RealEstate {
    fields: Fields,
    active: Choice,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        requirement: Text = "customer", "home.requirement";
        contract: Text = "customer", "home.contract";
        disclosed_to: Text = "customer", "home.disclosed_to";
        disclosure_consent_on: Date = "customer", "home.disclosure_consent_on";
    }
}

const REQUIREMENTS: [&str; 2] = ["purchase", "rent"];
/// The life of a contract, in its order.
const CONTRACT: [&str; 3] = ["signed", "performing", "terminated"];

impl Plugin for RealEstate {
    const ID: &'static str = "crmkernel.realestate";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const SOURCES: &'static [(&'static str, &'static str)] = &[
        ("R-RE-01", "F4 §2 Art. 2"),
        ("R-RE-02", "F4 §2 Art. 10"),
        ("R-RE-03", "F4 §2 Art. 11"),
        ("R-RE-06", "F4 §2 Art. 19, 20"),
    ];
    const HOOKS: &'static [Hook] = &[Hook::Validate];
    const FIELDS: &'static [CustomField] = &[
        CustomField::new("customer", "home.requirement", FieldKind::Text(16), "Looks for", "购租需求").indexed(),
        CustomField::new("customer", "home.contract", FieldKind::Text(16), "Contract", "合同状态").indexed(),
        CustomField::new("customer", "home.disclosed_to", FieldKind::Text(200), "Disclosed to", "信息披露对象"),
        CustomField::new(
            "customer",
            "home.disclosure_consent_on",
            FieldKind::Date,
            "Consent to disclosure",
            "披露同意日期",
        ),
    ];
    const CALCULATORS: &'static [Calculator] = &[Calculator {
        name: "realestate.burden_of_proof",
        label: "Until when the seller bears the burden of proof",
        label_zh: "举证责任倒置期限",
        parameters: &[
            Parameter::new("received_on", "Received on", "接受商品或服务之日", QuantityType::Date),
            Parameter::new("until", "Until", "期限", QuantityType::Date).result(),
        ],
    }];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        let active = init.choice("customer", "status", "active")?;
        Ok(Self { fields: Fields::new(init)?, active, figures: init.figures().clone() })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let (record, of) = (change.after(), &self.fields);
        if change.entity() != "customer" {
            return Ok(());
        }
        out.extend(Violation::one_of("home.requirement", record.get(of.requirement), &REQUIREMENTS, "R-RE-01"));
        if record.is(self.active) && record.get(of.requirement).is_none() {
            out.push(Violation::required("home.requirement", "what the customer looks for", "购租需求", "R-RE-02"));
        }
        let contract = record.get(of.contract);
        out.extend(Violation::one_of("home.contract", contract, &CONTRACT, "R-RE-06"));
        let place = |state: Option<&str>| state.and_then(|s| CONTRACT.iter().position(|c| *c == s));
        let before = change.before().and_then(|b| place(b.get(of.contract)));
        // A terminated contract may be followed by a new one; nothing else goes back, and no step is left out.
        let goes_on = match (before, place(contract)) {
            (None | Some(2), Some(0)) | (None, None) => true,
            (Some(before), Some(after)) => after == before || after == before + 1 || (before == 0 && after == 2),
            (Some(2), None) => true,
            _ => contract.is_some_and(|c| !CONTRACT.contains(&c)),
        };
        if !goes_on {
            let message = "home.contract does not follow: signed, performing, terminated, and then signed anew";
            let message_zh = "合同状态应依次为签订、履行、终止";
            out.push(Violation::new("home.contract", "contract_order", message, message_zh, "R-RE-06"));
        }
        if record.get(of.disclosed_to).is_some() && record.get(of.disclosure_consent_on).is_none() {
            let label = "the customer's consent to a disclosure";
            out.push(Violation::required("home.disclosure_consent_on", label, "客户对披露的同意", "R-RE-03"));
        }
        Ok(())
    }

    fn compute(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let months = self.figures.count("proof.reversed_months")?;
        let until = call.date("received_on").ok_or("received_on is missing")?.plus_months(months);
        let decision = Decision::new("until", until, "L-RE-1", "消费者权益保护法 Art. 23");
        out.push(decision.because(format!("{months} months from receipt"), format!("自接受之日起{months}个月内")));
        Ok(())
    }
}

export_plugin!(RealEstate);
