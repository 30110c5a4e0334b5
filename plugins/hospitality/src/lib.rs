//! The regulations of tourism and hotels: segments, special care, contact after the stay, birthdays, notices.
//!
//! The rules are in `rules.rs`, their figures in `policy.toml`; this file reads the fields and asks the rules.

#![forbid(unsafe_code)]

mod rules;

use crm_plugin_sdk::{
    Calculator, Change, Computation, CustomField, Date, Decision, Decisions, Failure, FieldKind, Figures, Hook, Init,
    Money, Parameter, Plugin, QuantityType, Text, Violation, Violations, export_plugin, fields,
};

struct Hospitality {
    fields: Fields,
    segments: rules::SegmentFigures,
    figures: Figures,
}

fields! {
    /// What the rules read.
    struct Fields {
        birthday: Date = "customer", "birthday";
        phone: Text = "customer", "phone";
        email: Text = "customer", "email";
        occupation: Text = "customer", "occupation";
        sex: Text = "customer", "stay.sex";
        preferences: Text = "customer", "stay.preferences";
        last_on: Date = "customer", "stay.last_on";
        count: i64 = "customer", "stay.count";
        spent: Money = "customer", "stay.spent";
        special_group: Text = "customer", "stay.special_group";
        checked_out_on: Date = "customer", "stay.checked_out_on";
    }
}

const DATE: QuantityType = QuantityType::Date;
const SPECIAL_GROUPS: [&str; 3] = ["elderly", "child", "disabled"];

impl Plugin for Hospitality {
    const ID: &'static str = "crmkernel.hospitality";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");
    const SOURCES: &'static [(&'static str, &'static str)] = &[("R-TRV-05", "F0 §7 3.2")];
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Classify, Hook::Cadence];
    const FIELDS: &'static [CustomField] = &[
        CustomField::new("customer", "stay.last_on", FieldKind::Date, "Last stay", "最近入住"),
        CustomField::new("customer", "stay.count", FieldKind::Int(0, 100_000), "Stays", "入住次数"),
        CustomField::new("customer", "stay.spent", FieldKind::Money, "Spent", "消费金额"),
        CustomField::new("customer", "stay.segment", FieldKind::Text(16), "Segment", "客户细分").indexed(),
        CustomField::new("customer", "stay.special_group", FieldKind::Text(16), "Special group", "特殊群体")
            .sensitive(),
        CustomField::new("customer", "stay.care", FieldKind::Bool, "Special care", "特别关怀"),
        CustomField::new("customer", "stay.checked_out_on", FieldKind::Date, "Checked out on", "离店日期"),
        CustomField::new("customer", "stay.preferences", FieldKind::Text(1000), "Preferences", "偏好"),
        CustomField::new("customer", "stay.sex", FieldKind::Text(8), "Sex", "性别").sensitive(),
        CustomField::new("customer", "stay.file_missing", FieldKind::Text(100), "Missing in the file", "档案缺项"),
    ];
    const CALCULATORS: &'static [Calculator] = &[
        Calculator {
            name: "hospitality.cancellation_notice",
            label: "Until when a tour that is not filled is cancelled",
            label_zh: "不成团通知期限",
            parameters: &[
                Parameter::new("starts_on", "Start of the tour", "出发日期", DATE),
                Parameter::new("outbound", "Outbound", "出境", QuantityType::Bool),
                Parameter::new("notice_by", "Notice by", "最迟通知日", DATE).result(),
            ],
        },
        Calculator {
            name: "hospitality.refund_until",
            label: "Until when forced shopping is refunded",
            label_zh: "退货退款期限",
            parameters: &[
                Parameter::new("ended_on", "End of the tour", "行程结束日", DATE),
                Parameter::new("until", "Until", "期限", DATE).result(),
            ],
        },
    ];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        let figures = init.figures();
        let segments = rules::SegmentFigures {
            lost_after_days: figures.int("segment.lost_after_days")?,
            stays_min: figures.int("segment.high_value_stays_min")?,
            spend_min_minor: figures.int("segment.high_value_spend_min_minor")?,
        };
        Ok(Self { fields: Fields::new(init)?, segments, figures: figures.clone() })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        if change.entity() == "customer" {
            let group = change.after().get(self.fields.special_group);
            out.extend(Violation::one_of("stay.special_group", group, &SPECIAL_GROUPS, "R-TRV-05"));
        }
        Ok(())
    }

    fn classify(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let guest = change.after();
        if change.entity() != "customer" {
            return Ok(());
        }
        let stays = rules::Stays {
            last_on: guest.get(self.fields.last_on),
            count: guest.get(self.fields.count).unwrap_or_default(),
            spent_minor: guest.get(self.fields.spent).map_or(0, |m| m.amount_minor),
        };
        if let Some(segment) = rules::segment(stays, change.today(), self.segments) {
            let decision = Decision::new("stay.segment", segment, "R-TRV-01", "F0 §7 1.2");
            let reason = "by the last stay, the number of stays and what was spent";
            out.push(decision.because(reason, "按最近入住、次数、金额").input("stays", stays.count));
        }
        let missing = rules::missing(&[
            ("contact", guest.get(self.fields.phone).or(guest.get(self.fields.email)).is_some()),
            ("sex", guest.get(self.fields.sex).is_some()),
            ("age", guest.get(self.fields.birthday).is_some()),
            ("occupation", guest.get(self.fields.occupation).is_some()),
            ("preferences", guest.get(self.fields.preferences).is_some()),
        ]);
        if guest.get(self.fields.checked_out_on).is_some() {
            let decision = Decision::new("stay.file_missing", missing, "R-TRV-02", "F0 §7 1.1");
            out.push(decision.because("what is collected at booking, check-in and use", "预订、入住、消费时收集"));
        }
        let cared = guest.get(self.fields.special_group).is_some();
        let decision = Decision::new("stay.care", cared, "R-TRV-05", "F0 §7 3.2");
        out.push(
            decision.because("elderly, children and disabled guests get special care", "老人、儿童、残障人士特别关怀"),
        );
        Ok(())
    }

    fn cadence(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let (guest, today) = (change.after(), change.today());
        let days = self.figures.count("contact.after_stay_days")?;
        let after_stay = guest.get(self.fields.checked_out_on).filter(|_| days > 0).map(|d| {
            (d + i32::try_from(days).unwrap_or(i32::MAX), "R-TRV-06", "the contact after the stay", "离店回访")
        });
        let greets = self.figures.bool("contact.birthday")?;
        let birthday = guest.get(self.fields.birthday).filter(|_| greets).and_then(|b| rules::next_birthday(b, today));
        let birthday = birthday.map(|d| (d, "R-TRV-05", "the greeting on the birthday", "生日问候"));
        // A contact of the past was made or missed; it is not due for ever.
        let next = [after_stay, birthday].into_iter().flatten().filter(|(day, ..)| *day >= today).min();
        if let Some((day, rule, reason, reason_zh)) = next {
            out.push(Decision::new("next_due_on", day, rule, "F0 §7 3.2, 3.3").because(reason, reason_zh));
        }
        Ok(())
    }

    fn compute(&self, call: &Computation<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let days = |name| Ok::<_, Failure>(i32::try_from(self.figures.count(name)?).unwrap_or(i32::MAX));
        if call.name() == "hospitality.refund_until" {
            let count = days("tour.refund_days")?;
            let until = call.date("ended_on").ok_or("ended_on is missing")? + count;
            let decision = Decision::new("until", until, "L-TRV-2", "旅游法 Art. 35");
            out.push(decision.because(format!("within {count} days of the end"), format!("行程结束后{count}日内")));
            return Ok(());
        }
        let outbound = call.bool("outbound").unwrap_or_default();
        let count = days(if outbound { "tour.outbound_notice_days" } else { "tour.domestic_notice_days" })?;
        let by = call.date("starts_on").ok_or("starts_on is missing")? + -count;
        if by.parts().0 < 1 {
            return Err(Failure::not_allowed("starts_on is too early"));
        }
        let decision = Decision::new("notice_by", by, "L-TRV-1", "旅游法 Art. 63");
        out.push(decision.because(format!("{count} days ahead"), format!("提前{count}日通知")));
        Ok(())
    }
}

export_plugin!(Hospitality);
