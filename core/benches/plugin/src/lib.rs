//! A plugin for the benchmark: `validate` reads four fields of a customer, `complaint` fifteen.

#![forbid(unsafe_code)]

mod rules;

use crm_plugin_sdk::{
    Change, Choice, Date, Decisions, Failure, Hook, Init, Plugin, Record, Text, Violation, Violations, export_plugin,
    fields,
};
use rules::{Fifteen, Four};

struct Measured {
    fields: Fields,
    active: Choice,
}

fields! {
    /// What the rules read.
    struct Fields {
        phone: Text = "customer", "phone";
        employee_count: i64 = "customer", "employee_count";
        next_due_on: Date = "customer", "next_due_on";
        code: Text = "customer", "code";
        name: Text = "customer", "name";
        short_name: Text = "customer", "short_name";
        pinyin: Text = "customer", "pinyin";
        owner: Text = "customer", "owner";
        org_unit: Text = "customer", "org_unit";
        region: Text = "customer", "region";
        industry: Text = "customer", "industry";
        address: Text = "customer", "address";
        email: Text = "customer", "email";
        website: Text = "customer", "website";
    }
}

impl Measured {
    fn four<'a>(&self, customer: Record<'a>) -> Four<'a> {
        Four {
            active: customer.is(self.active),
            phone: customer.get(self.fields.phone).unwrap_or_default(),
            employee_count: customer.get(self.fields.employee_count).unwrap_or_default(),
            next_due_on: customer.get(self.fields.next_due_on).map_or(0, Date::days),
        }
    }

    fn fifteen<'a>(&self, customer: Record<'a>) -> Fifteen<'a> {
        let all = &self.fields;
        let texts = [
            all.code,
            all.name,
            all.short_name,
            all.pinyin,
            all.owner,
            all.org_unit,
            all.region,
            all.industry,
            all.address,
            all.email,
            all.website,
        ];
        Fifteen { four: self.four(customer), texts: texts.map(|field| customer.get(field).unwrap_or_default()) }
    }
}

impl Plugin for Measured {
    const ID: &'static str = "bench.measured";
    const VERSION: &'static str = "1.0.0";
    const HOOKS: &'static [Hook] = &[Hook::Validate, Hook::Complaint];

    fn new(init: &Init<'_>) -> Result<Self, String> {
        Ok(Self { fields: Fields::new(init)?, active: init.choice("customer", "status", "active")? })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        if rules::refuses_four(&self.four(change.after())) {
            out.push(refusal());
        }
        Ok(())
    }

    fn complaint(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        if rules::refuses_fifteen(&self.fifteen(change.after())) {
            out.refuse(refusal());
        }
        Ok(())
    }
}

fn refusal() -> Violation {
    Violation::required("phone", "the telephone of an active customer", "电话", "BENCH-1")
}

export_plugin!(Measured);
