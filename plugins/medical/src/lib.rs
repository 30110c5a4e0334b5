//! The regulations of medical institutions: separate consent, complaints, follow-up after discharge, first contact.
//!
//! The figures are in `policy.toml`; this file reads the fields and asks the rules.

#![forbid(unsafe_code)]

mod rules;

use crm_plugin_sdk::{
    Calculator, Change, Computation, CustomField, Date, Decision, Decisions, Failure, FieldKind, Figures, Hook, Init,
    Instant, Masks, Parameter, Plugin, Quantity, QuantityType, Ref, Term, Text, Violation, Violations, export_plugin,
    fields,
};

struct Medical {
    fields: Fields,
    one: Term,
    several: Term,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        customer_id: i64 = "customer", "id";
        owner: Text = "customer", "owner";
        kind: Text = "customer", "medical.kind";
        record_number: Text = "customer", "medical.record_number";
        condition: Text = "customer", "medical.condition";
        consent_on: Date = "customer", "medical.consent_on";
        discharged_on: Date = "customer", "medical.discharged_on";
        visit_customer: Ref = "visit", "customer";
        visit_held_at: Instant = "visit", "held_at";
        received_at: Instant = "complaint", "received_at";
        reopened_at: Instant = "complaint", "reopened_at";
        complaint_owner: Text = "complaint", "owner";
        departments: i64 = "complaint", "medical.departments";
    }
}

impl Plugin for Medical {
    const ID: &'static str = "crmkernel.medical";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const SOURCES: &'static [(&'static str, &'static str)] =
        &[("R-MED-01", "F0 §13"), ("R-MED-03, L-MED-8", "F0 §13 2.3; Personal Information Protection Law Art. 28, 29")];
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Cadence, Hook::Complaint, Hook::Rights];
    const FIELDS: &'static [CustomField] = &[
        CustomField::new("customer", "medical.kind", FieldKind::Text(16), "Kind of customer", "客户类别").indexed(),
        CustomField::new("customer", "medical.record_number", FieldKind::Text(64), "Medical record", "病历号")
            .sensitive(),
        CustomField::new("customer", "medical.condition", FieldKind::Text(200), "Condition", "病情").sensitive(),
        CustomField::new("customer", "medical.consent_on", FieldKind::Date, "Separate consent", "单独同意日期"),
        CustomField::new("customer", "medical.discharged_on", FieldKind::Date, "Discharged on", "出院日期"),
        CustomField::new("complaint", "medical.departments", FieldKind::Int(1, 100), "Departments", "涉及科室数"),
    ];
    const CALCULATORS: &'static [Calculator] = &[
        Calculator {
            name: "medical.mediation",
            label: "Deadlines of a mediation",
            label_zh: "调解期限",
            parameters: &[
                Parameter::new("applied_on", "Day of the application", "申请日期", QuantityType::Date),
                Parameter::new("accepted_by", "Decided whether accepted by", "受理决定期限", QuantityType::Date)
                    .result(),
                Parameter::new("ends_by", "Ends by", "调解期限", QuantityType::Date).result(),
            ],
        },
        Calculator {
            name: "medical.sealed_until",
            label: "Until when sealed records stay sealed",
            label_zh: "封存期限",
            parameters: &[
                Parameter::new("sealed_on", "Sealed on", "封存日期", QuantityType::Date),
                Parameter::new("until", "Until", "封存至", QuantityType::Date).result(),
            ],
        },
        Calculator {
            name: "medical.emergency_record_by",
            label: "When an emergency record is complete",
            label_zh: "抢救记录补记时限",
            parameters: &[
                Parameter::new("rescued_at", "End of the rescue", "抢救结束时间", QuantityType::Instant),
                Parameter::new("by", "Complete by", "补记截止", QuantityType::Instant).result(),
            ],
        },
    ];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        let figures = init.figures();
        Ok(Self {
            fields: Fields::new(init)?,
            one: Term::of(figures, "complaint.one_department", "")?,
            several: Term::of(figures, "complaint.several_departments", "")?,
            figures: figures.clone(),
        })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let record = change.after();
        if change.entity() == "customer" {
            let health = record.get(self.fields.record_number).is_some() || record.get(self.fields.condition).is_some();
            let consented = record.get(self.fields.consent_on).is_some();
            out.extend(rules::customer(record.get(self.fields.kind), health, consented));
        }
        Ok(())
    }

    fn cadence(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let patient = change.after();
        let Some(discharged_on) = patient.get(self.fields.discharged_on) else { return Ok(()) };
        let mut last: Option<Date> = None;
        let mut failed = None;
        // A patient who is being added has no id, and no visits yet.
        if let Some(id) =
            patient.get(self.fields.customer_id).and_then(|id| u64::try_from(id).ok()).filter(|id| *id > 0)
        {
            change.referring(self.fields.visit_customer, id, |visit| {
                let Some(held_at) = visit.get(self.fields.visit_held_at) else { return true };
                match change.date_of(held_at) {
                    Ok(held_on) if held_on >= discharged_on => last = last.max(Some(held_on)),
                    Ok(_) => {}
                    Err(failure) => failed = Some(failure),
                }
                failed.is_none()
            })?;
        }
        if let Some(failure) = failed {
            return Err(failure);
        }
        let (first_days, months) =
            (self.figures.count("follow_up.first_days")?, self.figures.count("follow_up.every_months")?);
        let (due, why, why_zh) = rules::follow_up(discharged_on, last, first_days, months);
        let decision = Decision::new("next_due_on", due, "R-MED-08, L-MED-7", "F0 §13 5.2; hospital practice");
        out.push(decision.because(why, why_zh).input("discharged_on", discharged_on));
        Ok(())
    }

    fn complaint(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let complaint = change.after();
        // A complaint that is taken up again is settled as if it had come in then.
        let reopened_at = complaint.get(self.fields.reopened_at);
        if let Some(received_at) = reopened_at.or(complaint.get(self.fields.received_at)) {
            let several = complaint.get(self.fields.departments).unwrap_or(1) > 1;
            let kind = if several {
                ("several departments'", "涉及多科室的")
            } else {
                ("one department's", "单科室")
            };
            let term = if several { self.several } else { self.one };
            let source = "医疗机构投诉管理办法 (NHC Order No. 3)";
            let received_on = change.date_of(received_at)?;
            out.push(term.complaint_deadline(change, received_on, kind, "L-MED-3, R-MED-06", source)?);
        }
        let nobodys = complaint.get(self.fields.complaint_owner).is_none();
        if let (true, true, Some(actor)) = (nobodys, self.figures.bool("complaint.first_contact_owns")?, change.actor())
        {
            let decision = Decision::new("owner", actor, "L-MED-2", "医疗机构投诉管理办法 (NHC Order No. 3)");
            let reason = "whoever receives a complaint is responsible";
            out.push(decision.because(reason, "首诉负责制：首位接待人负责").kept());
        }
        Ok(())
    }

    fn rights(&self, change: &Change<'_>, out: &mut Masks) -> Result<(), Failure> {
        if change.entity() == "customer" && self.figures.bool("access.owner_only")? {
            let owner = change.after().get(self.fields.owner);
            if owner.is_none() || owner != change.actor() {
                out.hide(self.fields.record_number);
                out.hide(self.fields.condition);
            }
        }
        Ok(())
    }

    fn compute(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        const SOURCE: &str = "医疗纠纷预防和处理条例 Art. 15, 24, 38, 40";
        match call.name() {
            "medical.mediation" => {
                let applied_on = call.date("applied_on").ok_or("applied_on is missing")?;
                for (subject, figure) in
                    [("accepted_by", "dispute.acceptance_workdays"), ("ends_by", "dispute.mediation_workdays")]
                {
                    let count = self.figures.count(figure)?;
                    let last = call.calendar().after_workdays(applied_on, count)?;
                    let decision = Decision::new(subject, last, "L-MED-6", SOURCE);
                    out.push(decision.because(format!("{count} working days"), format!("{count}个工作日")));
                }
            }
            "medical.sealed_until" => {
                let years = self.figures.count("dispute.seal_years")?;
                let until = call.date("sealed_on").ok_or("sealed_on is missing")?.plus_months(years * 12);
                let decision = Decision::new("until", until, "L-MED-5", SOURCE);
                out.push(
                    decision.because(format!("{years} years without a claim"), format!("{years}年未主张的可启封")),
                );
            }
            _ => {
                let Some(Quantity::Instant(at)) = call.get("rescued_at") else {
                    return Err("rescued_at is missing".into());
                };
                let hours = i64::from(self.figures.count("dispute.emergency_record_hours")?);
                let by =
                    at.0.checked_add(hours * 3_600_000_000)
                        .ok_or_else(|| Failure::not_allowed("rescued_at is too late"))?;
                let decision = Decision::new("by", Instant(by), "L-MED-4", SOURCE);
                out.push(decision.because(format!("within {hours} hours"), format!("抢救结束后{hours}小时内补记")));
            }
        }
        Ok(())
    }
}

/// Refused kinds are named here, so that the list stands once.
const KINDS: [&str; 3] = ["patient", "family", "insurer"];

fn kind(found: Option<&str>) -> Option<Violation> {
    Violation::one_of("medical.kind", found, &KINDS, "R-MED-01")
}

export_plugin!(Medical);
