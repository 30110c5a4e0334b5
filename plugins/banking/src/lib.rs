//! The regulations of banking: a customer is active only with a full identity, and a complaint has a statutory deadline.
//!
//! The rules are in `rules.rs`, their figures in `policy.toml`; this file reads the fields and asks the rules.

#![forbid(unsafe_code)]

mod rules;

use crm_plugin_sdk::{
    Change, Date, Deadline, Enum, Failure, Field, Init, Instant, Plugin, Record, Roll, Text, Violations, export_plugin,
};
use rules::{Complexity, Identity, IdentityFigures, IdentityKind, Party};

/// The plugin: its fields, the numbers of the values that it looks for, and its figures.
struct Banking {
    customer: CustomerFields,
    complaint: ComplaintFields,
    identity: IdentityFigures,
    days: [i32; 3],
    roll: Roll,
}

struct CustomerFields {
    status: Field<Enum>,
    active: u16,
    party_kind: Field<Enum>,
    organisation: u16,
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
    complexity: Field<Enum>,
    complex: u16,
    special: u16,
    extension_approver: Field<Text>,
}

impl Plugin for Banking {
    const ID: &'static str = "crmkernel.banking";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const POLICY: &'static str = include_str!("../policy.toml");

    fn new(init: &Init<'_>) -> Result<Self, String> {
        let figures = init.figures();
        let days = |name| i32::try_from(figures.int(name)?).map_err(|_| format!("{name} is too great"));
        Ok(Self {
            customer: CustomerFields::new(init)?,
            complaint: ComplaintFields::new(init)?,
            identity: IdentityFigures {
                check_expiry: figures.bool("identity.check_expiry")?,
                expiry_grace_days: days("identity.expiry_grace_days")?,
            },
            days: [days("complaint.simple_days")?, days("complaint.complex_days")?, days("complaint.special_days")?],
            roll: Roll::named(figures.text("complaint.roll")?).ok_or("complaint.roll is not a roll")?,
        })
    }

    fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        match change.entity() {
            "customer" if change.after().get(self.customer.status) == Some(self.customer.active) => {
                out.extend(rules::identity(&self.customer.identity(change.after()), change.today(), self.identity));
            }
            "complaint" => {
                let approved = rules::is_there(change.after().get(self.complaint.extension_approver));
                out.extend(rules::extension(self.complaint.complexity(change.after()), approved));
            }
            _ => {}
        }
        Ok(())
    }

    fn complaint(&self, change: &Change<'_>) -> Result<Option<Deadline>, Failure> {
        let Some(received_at) = change.after().get(self.complaint.received_at) else { return Ok(None) };
        let received_on = change.date_of(received_at)?;
        let complexity = self.complaint.complexity(change.after());
        let days = self.days[complexity as usize];
        let due = rules::due(received_on, days);
        let rolled = change.rolled(due, self.roll)?;
        Ok(Some(rules::deadline(received_on, complexity, days, self.roll, rolled)))
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

    fn identity<'a>(&self, customer: Record<'a>) -> Identity<'a> {
        Identity {
            party: match customer.get(self.party_kind) {
                Some(n) if n == self.organisation => Party::Organisation,
                _ => Party::Other,
            },
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
            complexity,
            complex: init.enum_number(complexity, "complex")?,
            special: init.enum_number(complexity, "special")?,
            extension_approver: init.field("complaint", "extension_approver")?,
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
