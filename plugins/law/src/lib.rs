//! The regulations of law firms: conflicts of interest block a matter, service plans, confidentiality.
//!
//! The figures are in `policy.toml`; this file reads the fields and decides.

#![forbid(unsafe_code)]

use crm_plugin_sdk::{
    Change, Choice, CustomField, Date, Decision, Decisions, Failure, FieldKind, Figures, Hook, Init, Masks, Plugin,
    Ref, Text, Violation, Violations, export_plugin, fields,
};

struct Law {
    fields: Fields,
    active: Choice,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        id: i64 = "customer", "id";
        owner: Text = "customer", "owner";
        signed_on: Date = "customer", "signed_on";
        matter: Text = "customer", "law.matter";
        opponent: Ref = "customer", "law.opponent";
        conflict_checked_on: Date = "customer", "law.conflict_checked_on";
        relative_interest: bool = "customer", "law.relative_interest";
        service_plan: Text = "customer", "law.service_plan";
        last_newsletter_on: Date = "customer", "law.last_newsletter_on";
    }
}

impl Plugin for Law {
    const ID: &'static str = "crmkernel.law";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const SOURCES: &'static [(&'static str, &'static str)] = &[
        ("R-LAW-03, L-LAW-2", "F0 §1 Art. 7(2); Lawyers Law Art. 23"),
        ("L-LAW-1", "Lawyers Law Art. 39"),
        ("R-LAW-05", "F0 §1 Art. 8(2)"),
    ];
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Cadence, Hook::Rights];
    const FIELDS: &'static [CustomField] = &[
        CustomField::new("customer", "law.matter", FieldKind::Text(1000), "Matter", "案件").sensitive(),
        CustomField::new("customer", "law.opponent", FieldKind::Ref("customer"), "Opposing party", "对方当事人")
            .indexed(),
        CustomField::new(
            "customer",
            "law.conflict_checked_on",
            FieldKind::Date,
            "Conflict checked on",
            "利益冲突审查日期",
        ),
        CustomField::new(
            "customer",
            "law.relative_interest",
            FieldKind::Bool,
            "Own or near relative's interest",
            "本人或近亲属利益",
        ),
        CustomField::new("customer", "law.service_plan", FieldKind::Text(4000), "Service plan", "客户服务计划"),
        CustomField::new("customer", "law.last_newsletter_on", FieldKind::Date, "Last newsletter", "最近简报"),
    ];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        let active = init.choice("customer", "status", "active")?;
        Ok(Self { fields: Fields::new(init)?, active, figures: init.figures().clone() })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let (client, of) = (change.after(), &self.fields);
        if change.entity() != "customer" {
            return Ok(());
        }
        let becomes_active = client.is(self.active) && !change.before().is_some_and(|before| before.is(self.active));
        if client.get(of.matter).is_some() {
            if client.get(of.conflict_checked_on).is_none() {
                let label = "the check for conflicts before a matter is opened";
                out.push(Violation::required("law.conflict_checked_on", label, "利益冲突审查", "R-LAW-03, L-LAW-2"));
            }
            // A client who comes back, from dormant for one, may find the other side taken on meanwhile.
            let opens = becomes_active
                || change.before().is_none_or(|before| {
                    before.get(of.matter) != client.get(of.matter) || before.get(of.opponent) != client.get(of.opponent)
                });
            if opens && client.follow(of.opponent)?.is_some_and(|opponent| opponent.is(self.active)) {
                let message = "law.opponent is a client of the firm, which may not represent both sides";
                let message_zh = "对方当事人为本所客户，不得在同一案件中代理双方";
                out.push(Violation::new("law.opponent", "conflict_of_interest", message, message_zh, "L-LAW-1"));
            }
            if client.get(of.relative_interest) == Some(true) {
                let message = "law.relative_interest is true, a matter may not conflict with one's own or a near relative's interest";
                let message_zh = "不得代理与本人或近亲属有利益冲突的法律事务";
                out.push(Violation::new(
                    "law.relative_interest",
                    "conflict_of_interest",
                    message,
                    message_zh,
                    "L-LAW-1",
                ));
            }
        }
        if becomes_active {
            self.refuse_opponent(change, out)?;
        }
        if client.is(self.active) && client.get(of.service_plan).is_none() {
            out.push(Violation::required(
                "law.service_plan",
                "a service plan for each client",
                "客户服务计划",
                "R-LAW-05",
            ));
        }
        Ok(())
    }

    fn cadence(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let months = self.figures.count("newsletter.every_months")?;
        let since = change.after().get(self.fields.last_newsletter_on).or(change.after().get(self.fields.signed_on));
        if let Some(since) = since.filter(|_| months > 0) {
            let decision =
                Decision::new("next_due_on", since.plus_months(months), "R-LAW-07, R-LAW-08", "F0 §1 Art. 8");
            let reason = format!("a newsletter or an invitation every {months} months");
            out.push(decision.because(reason, format!("每{months}个月一次简报或培训邀请")));
        }
        Ok(())
    }

    fn rights(&self, change: &Change<'_>, out: &mut Masks) -> Result<(), Failure> {
        if change.entity() == "customer" && self.figures.bool("access.owner_only")? {
            let owner = change.after().get(self.fields.owner);
            if owner.is_none() || owner != change.actor() {
                out.hide(self.fields.matter);
            }
        }
        Ok(())
    }
}

impl Law {
    /// Who is the opponent in the matter of a client is not taken on as a client. Source: L-LAW-1.
    fn refuse_opponent(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let Some(id) = change.after().get(self.fields.id) else { return Ok(()) };
        let mut is_opponent = false;
        change.referring(self.fields.opponent, id.unsigned_abs(), |other| {
            is_opponent = other.is(self.active) && other.get(self.fields.matter).is_some();
            !is_opponent
        })?;
        if is_opponent {
            let message =
                "the customer is the opponent in the matter of a client, the firm may not represent both sides";
            let message_zh = "该客户为本所委托人案件的对方当事人，不得在同一案件中代理双方";
            out.push(Violation::new("status", "conflict_of_interest", message, message_zh, "L-LAW-1"));
        }
        Ok(())
    }
}

export_plugin!(Law);
