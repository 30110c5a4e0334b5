//! The regulations of logistics: complaints in 7 days, liability, priority, sender identity. Appeals are records of the kernel,
//! whose answer in 15 days the plugin's default policy asks for.
//!
//! The rules are in `rules.rs`, their figures in `policy.toml`; this file reads the fields and asks the rules.

#![forbid(unsafe_code)]

mod rules;

use crm_plugin_sdk::{
    Calculator, Change, Choice, Computation, CustomField, Date, Decision, Decisions, Failure, FieldKind, Figures, Hook,
    Init, Instant, Money, Parameter, Plugin, Quantity, QuantityType, Record, Term, Text, Violation, Violations,
    export_plugin, fields,
};

struct Logistics {
    fields: Fields,
    active: Choice,
    settle: Term,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        address: Text = "customer", "address";
        business_type: Text = "customer", "logistics.business_type";
        transport_needs: Text = "customer", "logistics.transport_needs";
        identity_checked_on: Date = "customer", "logistics.identity_checked_on";
        monthly_orders: i64 = "customer", "logistics.monthly_orders";
        monthly_volume: i64 = "customer", "logistics.monthly_volume";
        received_at: Instant = "complaint", "received_at";
        reopened_at: Instant = "complaint", "reopened_at";
        liable_party: Text = "complaint", "liable_party";
        extended_days: i64 = "complaint", "extended_days";
    }
}

const COUNT: FieldKind = FieldKind::Int(0, 1_000_000_000);

impl Plugin for Logistics {
    const ID: &'static str = "crmkernel.logistics";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const DEFAULT_POLICY: Option<&'static str> = Some(include_str!("../default_policy.toml"));
    const SOURCES: &'static [(&'static str, &'static str)] = &[
        ("R-LOG-02", "F0 §17 1.1"),
        ("L-LOG-1", "快递暂行条例 Art. 28"),
        ("L-LOG-4", "快递市场管理办法 Art. 26"),
        ("R-LOG-09", "F0 §17 3.2"),
    ];
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Classify, Hook::Complaint];
    const FIELDS: &'static [CustomField] = &[
        CustomField::new("customer", "logistics.business_type", FieldKind::Text(64), "Business type", "业务类型"),
        CustomField::new("customer", "logistics.transport_needs", FieldKind::Text(400), "Transport needs", "运输需求"),
        CustomField::new(
            "customer",
            "logistics.identity_checked_on",
            FieldKind::Date,
            "Identity checked",
            "实名核验日期",
        ),
        CustomField::new("customer", "logistics.monthly_orders", COUNT, "Orders a month", "月单量"),
        CustomField::new("customer", "logistics.monthly_volume", COUNT, "Volume a month", "月业务量"),
        CustomField::new("customer", "logistics.priority", FieldKind::Bool, "Priority transport", "优先运输").indexed(),
    ];
    const CALCULATORS: &'static [Calculator] = &[
        Calculator {
            name: "logistics.appeal_window",
            label: "From when an appeal is admissible",
            label_zh: "申诉受理时间",
            parameters: &[
                Parameter::new("complained_on", "Day of the complaint", "投诉日期", QuantityType::Date),
                Parameter::new("from_on", "Admissible from", "可申诉起始日", QuantityType::Date).result(),
            ],
        },
        Calculator {
            name: "logistics.fine",
            label: "Range of a fine",
            label_zh: "罚款区间",
            parameters: &[
                Parameter::new("kind", "Kind", "类型", QuantityType::Text),
                Parameter::new("serious", "Serious", "情节严重", QuantityType::Bool),
                Parameter::new("minimum", "Least fine", "罚款下限", QuantityType::Money).result(),
                Parameter::new("maximum", "Greatest fine", "罚款上限", QuantityType::Money).result(),
            ],
        },
    ];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        let figures = init.figures();
        Ok(Self {
            fields: Fields::new(init)?,
            active: init.choice("customer", "status", "active")?,
            settle: Term::of(figures, "complaint.settle", "complaint.roll")?,
            figures: figures.clone(),
        })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let customer = change.after();
        if change.entity() == "customer" && customer.is(self.active) {
            let sender = rules::Sender {
                address: customer.get(self.fields.address),
                business_type: customer.get(self.fields.business_type),
                transport_needs: customer.get(self.fields.transport_needs),
                identified: customer.get(self.fields.identity_checked_on).is_some(),
            };
            out.extend(rules::file(sender, self.figures.bool("sender.check_identity")?));
        }
        if change.entity() == "complaint" {
            let days = |of: Record<'_>| of.get(self.fields.extended_days).unwrap_or_default();
            let (extended, max) = (days(change.after()), self.figures.int("complaint.extension_days_max")?);
            if extended > change.before().map_or(0, days) {
                out.extend(rules::extension(extended, max));
            }
        }
        Ok(())
    }

    fn classify(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let record = change.after();
        if change.entity() == "customer" {
            let orders = record.get(self.fields.monthly_orders).unwrap_or_default();
            let volume = record.get(self.fields.monthly_volume).unwrap_or_default();
            let [orders_min, volume_min] =
                [self.figures.int("class.important_orders_min")?, self.figures.int("class.important_volume_min")?];
            if let Some(class) = rules::class(orders, volume, orders_min, volume_min) {
                let because = format!("{orders} orders and a volume of {volume} a month");
                let because_zh = format!("月单量{orders}，月业务量{volume}");
                let decision = Decision::new("class", class, "R-LOG-01", "F0 §17 1.2");
                out.push(decision.because(because, because_zh).input("orders", orders).input("volume", volume));
                let priority = Decision::new("logistics.priority", class == "important", "R-LOG-06", "F0 §17 2.3");
                out.push(priority.because("important customers are transported first", "重要客户优先运输"));
            }
        }
        Ok(())
    }

    fn complaint(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let complaint = change.after();
        // A complaint that is taken up again is settled as if it had come in then.
        let reopened_at = complaint.get(self.fields.reopened_at);
        if let Some(received_at) = reopened_at.or(complaint.get(self.fields.received_at)) {
            let kind = ("user's", "用户");
            let received_on = change.date_of(received_at)?;
            out.push(self.settle.complaint_deadline(change, received_on, kind, "L-LOG-1", "快递暂行条例 Art. 28")?);
        }
        let unclear = change.command() == "close" && complaint.get(self.fields.liable_party).is_none();
        if unclear && self.figures.bool("complaint.needs_liability")? {
            out.refuse(Violation::required(
                "liable_party",
                "the liable party of a closed complaint",
                "责任方",
                "R-LOG-09",
            ));
        }
        Ok(())
    }

    fn compute(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        if call.name() == "logistics.appeal_window" {
            let complained_on = call.date("complained_on").ok_or("complained_on is missing")?;
            let count = i32::try_from(self.settle.count).unwrap_or(i32::MAX);
            let from =
                Decision::new("from_on", complained_on + count + 1, "L-LOG-8", "邮政业消费者申诉处理办法 Art. 10");
            out.push(from.because(format!("after {count} days without an answer"), format!("投诉{count}日未答复后")));
            return Ok(());
        }
        let serious = call.bool("serious").unwrap_or_default();
        let (rule, minimum, maximum) = match (call.text("kind").unwrap_or_default(), serious) {
            ("appeal", true) => ("L-LOG-3", 0, self.figures.int("fine.appeal_max_minor")?),
            ("appeal", false) => ("L-LOG-3", 0, 0),
            ("delivery", false) => ("L-LOG-5", 0, self.figures.int("fine.delivery_max_minor")?),
            ("delivery", true) => (
                "L-LOG-5",
                self.figures.int("fine.delivery_max_minor")?,
                self.figures.int("fine.delivery_serious_max_minor")?,
            ),
            _ => return Err(Failure::not_allowed("kind is none of appeal, delivery")),
        };
        for (subject, amount) in [("minimum", minimum), ("maximum", maximum)] {
            let amount: Quantity = Money::new(amount, *b"CNY").into();
            let decision = Decision::new(subject, amount, rule, "快递市场管理办法 Art. 54, 55");
            out.push(decision.because("the range of the regulation", "依办法规定").input("serious", serious));
        }
        Ok(())
    }
}

export_plugin!(Logistics);
