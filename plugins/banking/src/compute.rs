//! The calculators of banking: fines, windows of the organisation, quotas and targets, deadlines of objections.

use crm_plugin_sdk::{Computation, Decision, Decisions, Failure, Figures, Money, Quantity, Term};

use super::rules;

/// The figures of the calculators.
pub(crate) struct ComputeFigures(Figures);

const FINE_SOURCE: &str = "商业银行法 Art. 74";
const LIST_SOURCE: &str = "优质客户维护方案 (F3 §10)";

impl ComputeFigures {
    pub(crate) fn new(figures: &Figures) -> Self {
        Self(figures.clone())
    }

    pub(crate) fn run(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        match call.name() {
            "bank.fine_range" => self.fine_range(call, out),
            "bank.organisation_window" => organisation_window(call, out),
            "bank.list_quota" => self.list_quota(call, out),
            "bank.list_target" => self.list_target(call, out),
            "bank.report_deadline" => self.report_deadline(call, out),
            _ => self.objection_deadline(call, out),
        }
    }

    fn fine_range(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let gains = call.money("gains").unwrap_or(Money::new(0, *b"CNY"));
        if gains.currency != *b"CNY" {
            return Err(Failure::not_allowed("gains are not in CNY, the law's figures are"));
        }
        let [threshold, times_max, fixed_max] = [
            self.0.int("fine.gains_threshold_minor")?,
            self.0.int("fine.times_max")?,
            self.0.int("fine.fixed_max_minor")?,
        ];
        let (least, greatest, multiple) = rules::fine_range(gains.amount_minor, threshold, times_max, fixed_max)
            .ok_or_else(|| Failure::not_allowed("gains are less than 0 or too great"))?;
        let (reason, reason_zh) = match multiple {
            true => (
                format!("gains of 500,000 yuan or more: 1 to {times_max} times the gains"),
                "违法所得五十万元以上：一倍以上五倍以下",
            ),
            false => (
                "no gains, or less than 500,000 yuan: a fixed range".to_owned(),
                "没有违法所得或不足五十万元：固定区间",
            ),
        };
        for (subject, amount) in [("minimum", least), ("maximum", greatest), ("confiscated", gains.amount_minor)] {
            let decision = Decision::new(subject, Money::new(amount, *b"CNY"), "R-BNK-09", FINE_SOURCE)
                .because(&*reason, reason_zh)
                .input("gains_minor", gains.amount_minor);
            out.push(decision);
        }
        Ok(())
    }

    fn list_quota(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let role = call.text("role").unwrap_or_default();
        let rule = match role {
            "outlet_head" | "lobby_manager" => "R-ABC-05",
            "accounting_supervisor" => "R-ABC-06",
            "teller" | "back_office_manager" => "R-ABC-07",
            "agricultural_manager" => "R-ABC-08",
            _ => {
                return Err(Failure::not_allowed(
                    "role is none of outlet_head, lobby_manager, accounting_supervisor, teller, back_office_manager, \
                     agricultural_manager",
                ));
            }
        };
        let quota = self.0.int(&format!("list.{role}_quota"))?;
        let because = format!("the {role} maintains at least {quota} listed customers");
        let decision = Decision::new("quota", quota, rule, LIST_SOURCE);
        out.push(decision.because(because, format!("该岗位至少维护{quota}户")).input("role", role));
        Ok(())
    }

    fn list_target(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let count = |name: &str| match call.int(name) {
            Some(count) if (0..=1_000_000_000).contains(&count) => Ok(count),
            _ => Err(Failure::not_allowed(format!("{name} is not a number of 0 to 1,000,000,000"))),
        };
        let [before, now, customers, staff, listed] =
            [count("gold_before")?, count("gold_now")?, count("customers")?, count("staff")?, count("listed")?];
        let [growth, share, per_head] = [
            self.0.int("list.growth_percent_min")?,
            self.0.int("list.share_percent_min")?,
            self.0.int("list.per_head_min")?,
        ];
        let targets = [
            (
                "growth_met",
                (now - before) * 100 >= growth * before,
                "R-ABC-02",
                format!("the growth is at least {growth} %"),
                format!("年增长率不低于{growth}%"),
            ),
            (
                "share_met",
                now * 100 >= share * customers,
                "R-ABC-03",
                format!("the share is at least {share} %"),
                format!("占比不低于{share}%"),
            ),
            (
                "per_head_met",
                listed >= per_head * staff,
                "R-ABC-04",
                format!("a head maintains at least {per_head}"),
                format!("人均维护不少于{per_head}户"),
            ),
        ];
        for (subject, met, rule, reason, reason_zh) in targets {
            out.push(Decision::new(subject, met, rule, LIST_SOURCE).because(reason, reason_zh));
        }
        let growth = Quantity::Ratio(now - before, before.max(1));
        out.push(
            Decision::new("growth", growth, "R-ABC-02", LIST_SOURCE).because("more by so much of before", "增长率"),
        );
        Ok(())
    }

    fn report_deadline(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let (kind, days) = (call.text("kind").unwrap_or_default(), self.0.count("report.periodic_days")?);
        let on = call.date("on").ok_or("on is missing")?;
        let last = rules::reported_by(kind, on, days).ok_or_else(|| {
            Failure::not_allowed(
                "kind is none of major, periodic, or report.periodic_days is not set for a periodic one",
            )
        })?;
        let decision = Decision::new("last_on", last, "R-BNK-08", "F0 §14 Art. 13-14");
        let reason = format!("a {kind} report of {on} is given by {last}");
        out.push(decision.because(reason, format!("{on}的报告应于{last}前报送")).input("kind", kind).input("on", on));
        Ok(())
    }

    fn objection_deadline(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let kind = call.text("kind").unwrap_or_default();
        let (figure, rule, source) = match kind {
            "aml" => ("objection.aml", "L-BNK-11", "反洗钱法 Art. 39"),
            "credit" => ("objection.credit", "L-BNK-16", "征信业管理条例 Art. 25"),
            "credit_complaint" => ("objection.credit_complaint", "L-BNK-16", "征信业管理条例 Art. 26"),
            "review" => ("objection.review", "L-BNK-5", "set by the company"),
            _ => return Err(Failure::not_allowed("kind is none of aml, credit, credit_complaint, review")),
        };
        let term = Term::of(&self.0, figure, "complaint.roll")?;
        if term.count == 0 {
            return Err(Failure::not_allowed(
                "objection.review_days is not set: the regulation's figure was not verified",
            ));
        }
        let received_on = call.date("received_on").ok_or("received_on is missing")?;
        let (due, rolled) = term.end(call.calendar(), received_on)?;
        let reason = format!("an objection of {received_on} is answered within {} days, by {due}", term.count);
        let reason_zh = format!("{received_on}收到的异议应自次日起{}日内答复，期限至{due}", term.count);
        let decision = Decision::new("last_on", rolled, rule, source).because(reason, reason_zh);
        out.push(decision.input("received_on", received_on).input("days", term.count));
        Ok(())
    }
}

fn organisation_window(call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
    let event = call.text("event").unwrap_or_default();
    let (recorder, rule) = rules::recorder(event).ok_or_else(|| {
        Failure::not_allowed(
            "event is none of new_tier_1, new_tier_2, new_sub_branch, sub_branch_to_tier_2, tier_2_to_tier_1, \
             head_office_user_left, branch_user_left",
        )
    })?;
    let event_on = call.date("event_on").ok_or("event_on is missing")?;
    let (first, last) = rules::following_month(event_on).ok_or("the month after is out of range")?;
    let values: [(&'static str, Quantity); 3] =
        [("recorder", recorder.into()), ("first_on", first.into()), ("last_on", last.into())];
    for (subject, value) in values {
        let decision = Decision::new(subject, value, rule, "公司银行客户关系管理办法 (F0 §9), R-CBK-13").because(
            format!("{recorder} records it in the month after, from {first} to {last}"),
            format!("于次月（{first}至{last}）登记"),
        );
        out.push(decision.input("event", event).input("event_on", event_on));
    }
    Ok(())
}
