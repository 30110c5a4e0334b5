//! The regulations of banking: identity, deadlines of complaints, retention of records, the quality-customer list, the
//! organisation.
//!
//! The rules are in `rules.rs`, their figures in `policy.toml`; this file reads the fields and asks the rules.

#![forbid(unsafe_code)]

mod compute;
mod declared;
mod organisation;
mod rules;

use compute::ComputeFigures;
use crm_plugin_sdk::{
    Calculator, Change, Computation, CustomField, Date, Decision, Decisions, Enum, Failure, Field, Figures, Hook, Init,
    Instant, Masks, Plugin, Record, Ref, Term, Text, Violations, export_plugin, fields,
};
use organisation::Organisation;
use rules::{Complexity, Identity, IdentityFigures, IdentityKind, Party};

/// The quality-customer list of a county branch.
const LIST_SOURCE: &str = "县域支行名单制管理 (F3 §13)";

/// The plugin: its fields, the numbers of the values that it looks for, and its figures.
struct Banking {
    customer: CustomerFields,
    complaint: ComplaintFields,
    bank: BankFields,
    representatives: Field<i64>,
    identity: IdentityFigures,
    terms: [Term; 3],
    retention_months: u32,
    warning_days: i32,
    review_months: u32,
    representatives_max: i64,
    list: Option<(i64, i64)>,
    returns_months: u32,
    organisation: Organisation,
    access: Access,
    /// Whether what is protected is shown to those alone who recorded why they read it.
    access_needed: bool,
    compute: ComputeFigures,
}

fields! {
    /// What tells whether somebody recorded an access.
    struct Access {
        customer_id: i64 = "customer", "id";
        customer: Ref = "access_record", "customer";
        borrower: Text = "access_record", "borrower";
        until_on: Date = "access_record", "until_on";
    }
}

fields! {
    /// The custom fields of a bank's customer.
    struct BankFields {
        relation_ended_on: Date = "customer", "bank.relation_ended_on";
        risk_level: Text = "customer", "bank.risk_level";
        business_feature: Text = "customer", "bank.business_feature";
        returns_told_on: Date = "customer", "bank.returns_told_on";
        event: Text = "customer", "event";
        event_on: Date = "customer", "event_on";
        listed: bool = "customer", "bank.listed";
        vip_label: bool = "customer", "bank.vip_label";
        e_bank: bool = "customer", "bank.e_bank";
        notice_deposit: bool = "customer", "bank.notice_deposit";
        fund_auto_invest: bool = "customer", "bank.fund_auto_invest";
        wealth_products: i64 = "customer", "bank.wealth_products";
        transactions: i64 = "customer", "bank.transactions";
        self_service: i64 = "customer", "bank.self_service_transactions";
        id: i64 = "customer", "id";
        plan_of: Ref = "customer_plan", "customer";
    }
}

struct CustomerFields {
    status: Field<Enum>,
    active: u16,
    party_kind: Field<Enum>,
    organisation: u16,
    other_legal_person: u16,
    identity_kind: Field<Enum>,
    resident_card: u16,
    social_credit_code: u16,
    identity_number: Field<Text>,
    identity_valid_until: Field<Date>,
    identity_verified_on: Field<Date>,
    beneficial_owner: Field<Text>,
    relation_purpose: Field<Text>,
}

struct ComplaintFields {
    received_at: Field<Instant>,
    reopened_at: Field<Instant>,
    complexity: Field<Enum>,
    complex: u16,
    special: u16,
    extension_approver: Field<Text>,
    extended_days: Field<i64>,
}

impl Plugin for Banking {
    const ID: &'static str = "crmkernel.banking";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");

    const DEFAULT_POLICY: Option<&'static str> = Some(include_str!("../default_policy.toml"));
    const SOURCES: &'static [(&'static str, &'static str)] = &[
        ("R-BNK-03, L-BNK-7", "F0 §14 Art. 6; Anti-Money-Laundering Law Art. 28"),
        ("L-BNK-8", "Anti-Money-Laundering Law Art. 29"),
        ("L-BNK-1", rules::COMPLAINT_SOURCE),
        ("L-BNK-2", "银行业保险业消费投诉处理管理办法 (CBIRC Order 2020 No. 3) Art. 12"),
        ("R-ABC-11", LIST_SOURCE),
        ("R-CBK-03", organisation::SOURCE),
        ("R-CBK-04", organisation::SOURCE),
        ("R-CBK-06, R-CBK-07", organisation::SOURCE),
        ("R-CBK-08", organisation::SOURCE),
        ("R-CBK-09, R-CBK-01", organisation::SOURCE),
        ("R-CBK-10", organisation::SOURCE),
        ("R-CBK-13", organisation::SOURCE),
    ];
    const HOOKS: &'static [Hook] =
        &[Hook::Validate, Hook::Classify, Hook::Cadence, Hook::Complaint, Hook::Rights, Hook::Retention];
    const FIELDS: &'static [CustomField] = declared::FIELDS;
    const CALCULATORS: &'static [Calculator] = declared::CALCULATORS;

    fn new(init: &Init<'_>) -> Result<Self, String> {
        let figures = init.figures();
        let days = |name| i32::try_from(figures.int(name)?).map_err(|_| format!("{name} is too great"));
        let term = |name| Term::of(figures, name, "complaint.roll");
        Ok(Self {
            customer: CustomerFields::new(init)?,
            complaint: ComplaintFields::new(init)?,
            bank: BankFields::new(init)?,
            representatives: init.field("complaint", "bank.representatives")?,
            identity: IdentityFigures {
                check_expiry: figures.bool("identity.check_expiry")?,
                expiry_grace_days: days("identity.expiry_grace_days")?,
            },
            terms: [term("complaint.simple")?, term("complaint.complex")?, term("complaint.special")?],
            retention_months: figures.count("record.retention_years")? * 12,
            warning_days: days("risk.warning_days")?,
            review_months: figures.count("risk.review_months")?,
            representatives_max: figures.int("complaint.representatives_max")?,
            list: list_figures(figures)?,
            returns_months: figures.count("list.returns_months")?,
            organisation: Organisation::new(init, figures)?,
            access: Access::new(init)?,
            access_needed: figures.bool("access.record_needed")?,
            compute: ComputeFigures::new(figures),
        })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let record = change.after();
        match change.entity() {
            "customer" => {
                if record.get(self.customer.status) == Some(self.customer.active) {
                    out.extend(rules::identity(&self.customer.identity(record), change.today(), self.identity));
                }
                out.extend(rules::self_service(self.bank.holdings(record)));
            }
            "complaint" => {
                let approved = rules::is_there(record.get(self.complaint.extension_approver));
                let complexity = self.complaint.complexity(record);
                out.extend(rules::extension(complexity, approved));
                let extended = |of: Record<'_>| of.get(self.complaint.extended_days).unwrap_or_default();
                let was = change.before().map(|before| (self.complaint.complexity(before), extended(before)));
                if was != Some((complexity, extended(record))) {
                    let (term, longest) = (self.terms[complexity as usize], self.terms[Complexity::Special as usize]);
                    out.extend(rules::extended_days(term.count, extended(record), longest.count));
                }
                out.extend(rules::representatives(record.get(self.representatives), self.representatives_max));
            }
            _ => self.organisation.validate(change, out)?,
        }
        Ok(())
    }

    fn classify(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        if change.entity() != "customer" {
            return self.organisation.classify(change, out);
        }
        let customer = change.after();
        if let Some(ended_on) = customer.get(self.bank.relation_ended_on) {
            out.push(self.kept("bank.keep_until", ended_on));
        }
        if let Some((risk, feature)) = customer.get(self.bank.risk_level).zip(customer.get(self.bank.business_feature))
        {
            let segment = rules::segment(self.customer.party(customer), risk, feature);
            // What people wrote may have ends of lines; a value that is decided has none.
            let segment: String = segment.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let decision = Decision::new("bank.segment", segment, "R-BNK-01", "F0 §14 Art. 5");
            out.push(decision.because("by type of customer, risk and business", "按客户类型、风险状况、业务特征分类"));
        }
        if customer.get(self.bank.listed) == Some(true) {
            self.notices(customer, out);
            self.list_work(change, out)?;
        }
        let ends_on = customer.get(self.customer.identity_valid_until);
        if ends_on.is_some_and(|day| day <= change.today() + self.warning_days) {
            let decision = Decision::new("bank.risk_warning", "identity_expiring", "R-BNK-07", "F0 §14 Art. 12");
            let days = self.warning_days;
            let reason = format!("the identity document ends within {days} days or has ended");
            // The day is of the identity document, which nobody is told.
            let decision = decision.because(reason, format!("证件将于{days}日内到期或已到期"));
            out.push(decision.input("valid_until", "(sensitive)"));
        }
        Ok(())
    }

    fn cadence(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let customer = change.after();
        let highest = customer.get(self.bank.risk_level) == Some("high");
        let verified_on =
            customer.get(self.customer.identity_verified_on).filter(|_| highest && self.review_months > 0);
        if let Some(verified_on) = verified_on {
            let months = self.review_months;
            let due = change.after_months(verified_on, months)?;
            let decision = Decision::new("next_due_on", due, "L-BNK-13", "set by the company");
            let reason = format!("a customer of the highest risk is reviewed every {months} months");
            out.push(
                decision
                    .because(reason, format!("最高风险客户每{months}个月重新审核"))
                    .input("verified_on", verified_on),
            );
        }
        Ok(())
    }

    fn complaint(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        // A complaint that is taken up again is settled as if it had come in then.
        let reopened_at = change.after().get(self.complaint.reopened_at);
        let Some(received_at) = reopened_at.or(change.after().get(self.complaint.received_at)) else { return Ok(()) };
        let received_on = change.date_of(received_at)?;
        let complexity = self.complaint.complexity(change.after());
        let kind = (complexity.name(), complexity.name_zh());
        let term = self.terms[complexity as usize];
        out.push(term.complaint_deadline(change, received_on, kind, rules::COMPLAINT, rules::COMPLAINT_SOURCE)?);
        Ok(())
    }

    /// What the identification protects is shown to whoever recorded a purpose for it, until the last day of that.
    /// Source: R-BNK-04.
    fn rights(&self, change: &Change<'_>, out: &mut Masks) -> Result<(), Failure> {
        if !self.access_needed || change.entity() != "customer" {
            return Ok(());
        }
        let (actor, mut recorded) = (change.actor(), false);
        if let (Some(actor), Some(id)) = (actor, change.after().get(self.access.customer_id)) {
            change.referring(self.access.customer, id.unsigned_abs(), |access| {
                let is_theirs = access.get(self.access.borrower) == Some(actor);
                recorded = is_theirs && access.get(self.access.until_on).is_some_and(|last| last >= change.today());
                !recorded
            })?;
        }
        if !recorded {
            out.hide(self.customer.identity_kind);
            out.hide(self.customer.identity_number);
            out.hide(self.customer.identity_valid_until);
            out.hide(self.customer.beneficial_owner);
        }
        Ok(())
    }

    fn retention(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        if let Some(ended_on) = change.after().get(self.bank.relation_ended_on) {
            out.push(self.kept("keep_until", ended_on));
        }
        Ok(())
    }

    fn compute(&self, computation: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        self.compute.run(computation, out)
    }
}

impl Banking {
    /// What a customer on the list is told, and when. Source: R-ABC-13, R-ABC-14.
    fn notices(&self, customer: Record<'_>, out: &mut Decisions) {
        const SOURCE: &str = LIST_SOURCE;
        if let Some(told_on) = customer.get(self.bank.returns_told_on) {
            let (months, due) = (self.returns_months, rules::returns_told_by(told_on, self.returns_months));
            let reason = format!("a listed customer is told of the returns on holdings every {months} months");
            let decision = Decision::new("bank.returns_due_on", due, "R-ABC-13", SOURCE);
            out.push(decision.because(reason, format!("每{months}个月告知持有产品收益")).input("told_on", told_on));
        }
        let launched_on =
            customer.get(self.bank.event_on).filter(|_| customer.get(self.bank.event) == Some("new_product"));
        if let Some(launched_on) = launched_on {
            let decision = Decision::new("bank.product_push_on", launched_on, "R-ABC-14", SOURCE);
            let reason = "a new product is told to the listed customers at once";
            out.push(decision.because(reason, "新产品第一时间推送名单内客户").input("event_on", launched_on));
        }
    }

    /// What a customer on the list is still to get. Source: R-ABC-09, R-ABC-11, R-ABC-12.
    fn list_work(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let Some((products, percent)) = self.list else { return Ok(()) };
        let mut has_plan = false;
        if let Some(id) = change.after().get(self.bank.id) {
            change.referring(self.bank.plan_of, id.unsigned_abs(), |_| {
                has_plan = true;
                false
            })?;
        }
        let holdings = rules::Listed { has_plan, ..self.bank.holdings(change.after()) };
        let missing = rules::list_missing(holdings, products, percent);
        let count = i64::try_from(missing.len()).unwrap_or(i64::MAX);
        let (reason, reason_zh) = match count {
            0 => ("the customer has all that the scheme says".to_owned(), "名单内客户应具备的均已具备".to_owned()),
            _ => (format!("{count} of what the scheme says are still to be done"), format!("尚有{count}项待落实")),
        };
        let names = if missing.is_empty() { "none".to_owned() } else { missing.join(",") };
        const RULES: &str = "R-ABC-09, R-ABC-11, R-ABC-12";
        let open = Decision::new("bank.list_open", count, RULES, LIST_SOURCE).because(&*reason, &*reason_zh);
        out.push(open.input("transactions", holdings.transactions).input("self_service", holdings.self_service));
        out.push(Decision::new("bank.list_missing", names, RULES, LIST_SOURCE).because(reason, reason_zh));
        Ok(())
    }

    /// The day until which records are kept. Source: L-BNK-9, Anti-Money-Laundering Law Art. 34.
    fn kept(&self, subject: &'static str, ended_on: Date) -> Decision {
        let years = self.retention_months / 12;
        let until = ended_on.plus_months(self.retention_months);
        let reason = format!("records are kept {years} years after the end of the relation on {ended_on}");
        let reason_zh = format!("业务关系于{ended_on}结束，资料保存{years}年");
        Decision::new(subject, until, "L-BNK-9", "反洗钱法 Art. 34")
            .because(reason, reason_zh)
            .input("ended_on", ended_on)
    }
}

/// How many wealth products and what share of self-service a listed customer is to have; `None` when that is not reported.
fn list_figures(figures: &Figures) -> Result<Option<(i64, i64)>, String> {
    let list = (figures.int("list.wealth_products_min")?, figures.int("list.self_service_percent_min")?);
    Ok(figures.bool("list.report")?.then_some(list))
}

impl BankFields {
    fn holdings(&self, customer: Record<'_>) -> rules::Listed {
        let is = |field| customer.get(field).unwrap_or_default();
        rules::Listed {
            has_plan: false,
            vip_label: is(self.vip_label),
            e_bank: is(self.e_bank),
            notice_deposit: is(self.notice_deposit),
            fund_auto_invest: is(self.fund_auto_invest),
            wealth_products: customer.get(self.wealth_products).unwrap_or_default(),
            transactions: customer.get(self.transactions).unwrap_or_default(),
            self_service: customer.get(self.self_service).unwrap_or_default(),
        }
    }
}

impl CustomerFields {
    fn new(init: &Init<'_>) -> Result<Self, String> {
        let status = init.field("customer", "status")?;
        let party_kind = init.field("customer", "party_kind")?;
        let identity_kind = init.field("customer", "identity_kind")?;
        Ok(Self {
            status,
            active: init.enum_number(status, "active")?,
            party_kind,
            organisation: init.enum_number(party_kind, "organisation")?,
            other_legal_person: init.enum_number(party_kind, "other_legal_person")?,
            identity_kind,
            resident_card: init.enum_number(identity_kind, "resident_card")?,
            social_credit_code: init.enum_number(identity_kind, "social_credit_code")?,
            identity_number: init.field("customer", "identity_number")?,
            identity_valid_until: init.field("customer", "identity_valid_until")?,
            identity_verified_on: init.field("customer", "identity_verified_on")?,
            beneficial_owner: init.field("customer", "beneficial_owner")?,
            relation_purpose: init.field("customer", "relation_purpose")?,
        })
    }

    fn party(&self, customer: Record<'_>) -> Party {
        match customer.get(self.party_kind) {
            Some(n) if n == self.organisation => Party::Organisation,
            Some(n) if n == self.other_legal_person => Party::OtherLegalPerson,
            _ => Party::Person,
        }
    }

    fn identity<'a>(&self, customer: Record<'a>) -> Identity<'a> {
        Identity {
            party: self.party(customer),
            kind: customer.get(self.identity_kind).map(|n| match n {
                n if n == self.resident_card => IdentityKind::ResidentCard,
                n if n == self.social_credit_code => IdentityKind::SocialCreditCode,
                _ => IdentityKind::Other,
            }),
            number: customer.get(self.identity_number),
            valid_until: customer.get(self.identity_valid_until),
            verified_on: customer.get(self.identity_verified_on),
            beneficial_owner: customer.get(self.beneficial_owner),
            relation_purpose: customer.get(self.relation_purpose),
        }
    }
}

impl ComplaintFields {
    fn new(init: &Init<'_>) -> Result<Self, String> {
        let complexity = init.field("complaint", "complexity")?;
        Ok(Self {
            received_at: init.field("complaint", "received_at")?,
            reopened_at: init.field("complaint", "reopened_at")?,
            complexity,
            complex: init.enum_number(complexity, "complex")?,
            special: init.enum_number(complexity, "special")?,
            extension_approver: init.field("complaint", "extension_approver")?,
            extended_days: init.field("complaint", "extended_days")?,
        })
    }

    /// How hard a complaint is to settle; simple unless it says otherwise.
    fn complexity(&self, complaint: Record<'_>) -> Complexity {
        match complaint.get(self.complexity) {
            Some(n) if n == self.special => Complexity::Special,
            Some(n) if n == self.complex => Complexity::Complex,
            _ => Complexity::Simple,
        }
    }
}

export_plugin!(Banking);

#[cfg(test)]
mod tests;
