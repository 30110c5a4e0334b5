//! The regulations of telecom operators: late fees, suspension and restoration, repair, complaints of users. A vendor to
//! operators adopts the policy pack `telecom_vendor`, and sets `company.side` when it loads the plugin for its calculators.
//!
//! The rules are in `rules.rs`, their figures in `policy.toml`; this file reads the fields and asks the rules.

#![forbid(unsafe_code)]

mod rules;

use crm_plugin_sdk::{
    Calculator, Change, Computation, Decision, Decisions, Failure, Figures, Hook, Init, Instant, Money, Parameter,
    Plugin, Quantity, QuantityType, Record, Term, Violations, export_plugin, fields,
};

struct Telecom {
    fields: Fields,
    answer: Term,
    /// Whether the company is an operator, whose users complain; a vendor's customers are operators.
    is_operator: bool,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        received_at: Instant = "complaint", "received_at";
        reopened_at: Instant = "complaint", "reopened_at";
        extended_days: i64 = "complaint", "extended_days";
    }
}

const DATE: QuantityType = QuantityType::Date;
const MONEY: QuantityType = QuantityType::Money;
const INSTANT: QuantityType = QuantityType::Instant;
const SOURCE: &str = "电信条例 Art. 31-34";
const ANSWER_SOURCE: &str = "contracts of operators";

impl Plugin for Telecom {
    const ID: &'static str = "crmkernel.telecom";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const SOURCES: &'static [(&'static str, &'static str)] = &[("L-TEL-6", ANSWER_SOURCE)];
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Complaint];
    const CALCULATORS: &'static [Calculator] = &[
        Calculator {
            name: "telecom.late_fee",
            label: "Late fee",
            label_zh: "滞纳金",
            parameters: &[
                Parameter::new("owed", "What is owed", "欠费", MONEY),
                Parameter::new("due_on", "Due on", "缴费期限", DATE),
                Parameter::new("paid_on", "Paid on", "缴清日期", DATE),
                Parameter::new("fee", "Late fee", "滞纳金", MONEY).result(),
                Parameter::new("days", "Days late", "逾期天数", QuantityType::Int).result(),
            ],
        },
        Calculator {
            name: "telecom.service_state",
            label: "What may be done about a debt",
            label_zh: "欠费处置",
            parameters: &[
                Parameter::new("due_on", "Due on", "缴费期限", DATE),
                Parameter::new("on", "On", "日期", DATE),
                Parameter::new("state", "State", "状态", QuantityType::Text).result(),
                Parameter::new("suspend_from", "Suspension from", "可停机日", DATE).result(),
                Parameter::new("terminate_from", "Termination from", "可终止日", DATE).result(),
            ],
        },
        Calculator {
            name: "telecom.restore_by",
            label: "When a paid service is restored",
            label_zh: "恢复时限",
            parameters: &[
                Parameter::new("paid_at", "Paid at", "缴清时间", INSTANT),
                Parameter::new("by", "Restored by", "恢复截止", INSTANT).result(),
            ],
        },
        Calculator {
            name: "telecom.repair_by",
            label: "When a fault is repaired",
            label_zh: "修复时限",
            parameters: &[
                Parameter::new("reported_at", "Reported at", "申告时间", INSTANT),
                Parameter::new("rural", "Rural", "农村", QuantityType::Bool),
                Parameter::new("by", "Repaired by", "修复截止", INSTANT).result(),
            ],
        },
        Calculator {
            name: "telecom.is_abnormal",
            label: "Whether a charge is abnormal",
            label_zh: "费用异常",
            parameters: &[
                Parameter::new("charge", "Charge", "本月费用", MONEY),
                Parameter::new("month_1", "A month before", "前一个月", MONEY),
                Parameter::new("month_2", "Two months before", "前两个月", MONEY),
                Parameter::new("month_3", "Three months before", "前三个月", MONEY),
                Parameter::new("abnormal", "Abnormal", "异常", QuantityType::Bool).result(),
            ],
        },
        Calculator {
            name: "telecom.installation_late_fee",
            label: "What a late installation costs the operator",
            label_zh: "装移机逾期违约金",
            parameters: &[
                Parameter::new("fee", "Fee of the installation", "装移机费用", MONEY),
                Parameter::new("days", "Days late", "逾期天数", QuantityType::Int),
                Parameter::new("penalty", "Penalty", "违约金", MONEY).result(),
            ],
        },
    ];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        let figures = init.figures();
        let answer = Term::of(figures, "complaint.answer", "complaint.roll")?;
        let is_operator = figures.text("company.side")? == "operator";
        Ok(Self { fields: Fields::new(init)?, answer, is_operator, figures: figures.clone() })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        if change.entity() == "complaint" && self.is_operator {
            let days = |of: Record<'_>| of.get(self.fields.extended_days).unwrap_or_default();
            let (extended, max) = (days(change.after()), self.figures.int("complaint.extension_days_max")?);
            if extended > change.before().map_or(0, days) {
                out.extend(rules::extension(extended, max));
            }
        }
        Ok(())
    }

    fn complaint(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        // A complaint that is taken up again is settled as if it had come in then.
        let reopened_at = change.after().get(self.fields.reopened_at);
        let received_at = reopened_at.or(change.after().get(self.fields.received_at));
        if let Some(received_at) = received_at.filter(|_| self.is_operator) {
            let received_on = change.date_of(received_at)?;
            let kind = ("user's", "用户");
            out.push(self.answer.complaint_deadline(change, received_on, kind, "L-TEL-6", ANSWER_SOURCE)?);
        }
        Ok(())
    }

    fn compute(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        match call.name() {
            "telecom.late_fee" => self.late_fee(call, out),
            "telecom.service_state" => self.service_state(call, out),
            "telecom.restore_by" => self.by(call, out, "paid_at", "fee.restore_hours", "L-TEL-1"),
            "telecom.repair_by" => {
                let rural = call.bool("rural").unwrap_or_default();
                self.by(
                    call,
                    out,
                    "reported_at",
                    if rural { "repair.rural_hours" } else { "repair.city_hours" },
                    "L-TEL-2",
                )
            }
            "telecom.is_abnormal" => self.is_abnormal(call, out),
            _ => self.installation(call, out),
        }
    }
}

/// An amount of money of a call that is not less than 0.
fn amount(call: &Computation<'_>, name: &str) -> Result<Money, Failure> {
    call.money(name)
        .filter(|m| m.amount_minor >= 0)
        .ok_or_else(|| Failure::not_allowed(format!("{name} is less than 0")))
}

impl Telecom {
    fn late_fee(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let owed = amount(call, "owed")?;
        let (due_on, paid_on) = call.date("due_on").zip(call.date("paid_on")).ok_or("a date is missing")?;
        let days = i64::from((paid_on.days() - due_on.days()).max(0));
        let permille = self.figures.int("fee.late_permille")?;
        let fee = rules::late_fee(owed.amount_minor, days, permille);
        let fee = Money::new(fee.ok_or_else(|| Failure::not_allowed("owed is too great"))?, owed.currency);
        let (reason, reason_zh) =
            (format!("{permille} per mille a day for {days} days"), format!("每日千分之{permille}，逾期{days}日"));
        out.push(Decision::new("fee", fee, "L-TEL-1", SOURCE).because(&*reason, &*reason_zh).input("days", days));
        out.push(Decision::new("days", days, "L-TEL-1", SOURCE).because(reason, reason_zh));
        Ok(())
    }

    fn service_state(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let (due_on, on) = call.date("due_on").zip(call.date("on")).ok_or("a date is missing")?;
        let days = |name| Ok::<_, Failure>(i32::try_from(self.figures.count(name)?).unwrap_or(i32::MAX));
        let (suspend, terminate) = (days("fee.suspend_after_days")?, days("fee.terminate_after_days")?);
        let (state, suspend_from, terminate_from) = rules::service(due_on, on, suspend, terminate);
        let values: [(&'static str, Quantity); 3] =
            [("state", state.into()), ("suspend_from", suspend_from.into()), ("terminate_from", terminate_from.into())];
        for (subject, value) in values {
            let decision = Decision::new(subject, value, "L-TEL-1", SOURCE);
            let reason = format!("more than {suspend} days late, and {terminate} days after that");
            out.push(decision.because(reason, format!("逾期超过{suspend}日，停机后{terminate}日")));
        }
        Ok(())
    }

    fn by(
        &self,
        call: &Computation<'_>,
        out: &mut Decisions,
        from: &str,
        hours: &str,
        rule: &'static str,
    ) -> Result<(), Failure> {
        let Some(Quantity::Instant(at)) = call.get(from) else { return Err("an instant is missing".into()) };
        let hours = i64::from(self.figures.count(hours)?);
        let by =
            at.0.checked_add(hours * 3_600_000_000)
                .ok_or_else(|| Failure::not_allowed(format!("{from} is too late")))?;
        let decision = Decision::new("by", Instant(by), rule, SOURCE);
        out.push(decision.because(format!("within {hours} hours"), format!("{hours}小时内")));
        Ok(())
    }

    fn is_abnormal(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let all =
            [amount(call, "charge")?, amount(call, "month_1")?, amount(call, "month_2")?, amount(call, "month_3")?];
        if all.iter().any(|m| m.currency != all[0].currency) {
            return Err(Failure::not_allowed("the amounts are of different currencies"));
        }
        let times = self.figures.int("fee.abnormal_times")?;
        let months = [all[1].amount_minor, all[2].amount_minor, all[3].amount_minor];
        let abnormal = rules::is_abnormal(all[0].amount_minor, months, times);
        let decision = Decision::new("abnormal", abnormal, "L-TEL-3", SOURCE);
        out.push(decision.because(
            format!("against {times} times the mean of three months"),
            format!("与前三个月平均额的{times}倍相比"),
        ));
        Ok(())
    }

    fn installation(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let fee = amount(call, "fee")?;
        let days = call.int("days").filter(|d| (0..=100_000).contains(d));
        let days = days.ok_or_else(|| Failure::not_allowed("days is not a number of 0 to 100,000"))?;
        let percent = self.figures.int("fee.installation_percent")?;
        let penalty = rules::late_fee(fee.amount_minor, days, percent * 10);
        let penalty = Money::new(penalty.ok_or_else(|| Failure::not_allowed("fee is too great"))?, fee.currency);
        let decision = Decision::new("penalty", penalty, "L-TEL-4", SOURCE);
        out.push(decision.because(format!("{percent} % a day for {days} days"), format!("每日{percent}%，{days}日")));
        Ok(())
    }
}

export_plugin!(Telecom);
