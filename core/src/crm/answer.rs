//! What a plugin may answer: checked once, whoever the plugin is, before anything of it is taken over.
//!
//! A plugin decides its own custom fields and those fields of the kernel that its hook is for, each within its bounds and
//! with a rule; it refuses only where it is asked whether to refuse. Anything else fails the change, and the plugin.

use crate::domain::{
    ComplaintGrade, Date, Decided, Decision, EntityKind, FieldType, Quantity, QuantityType, Roll, ValueRef, complaint,
};
use crate::plugin::text;
use crate::port::{Answer, Hook, HookInput, Point};
use crate::record::{Catalog, FieldInfo};
use crate::rules::deadline::DAYS_MAX;
use crate::rules::{self, dates, shape};

type Outcome = Result<(), String>;

/// The subject that is no field: the day until which a customer's records are kept.
pub(super) const KEEP_UNTIL: &str = "keep_until";

/// The inputs by which the kernel makes a deadline longer.
const LENGTHENED_BY: [&str; 3] = ["workdays", "due_on", "roll"];
/// The greatest distance between a deadline and the last day before it was rolled; the longest holidays take nine days.
const ROLLED_DAYS_MAX: i64 = 31;

/// Whether an answer can be taken.
///
/// # Errors
/// Why it cannot: what was found and what is allowed, without stored values.
pub(crate) fn check(
    catalog: &Catalog,
    zone: chrono_tz::Tz,
    point: Point,
    hook: &dyn Hook,
    input: &HookInput<'_>,
    answer: &Answer,
) -> Outcome {
    let asked = Asked { catalog, zone, point, hook, input };
    if !answer.violations.is_empty() {
        asked.may_refuse()?;
    }
    text::amounts(answer)?;
    answer.violations.iter().try_for_each(|violation| {
        text::violation(violation)?;
        asked.names_a_field(&violation.field)
    })?;
    for (at, decided) in answer.decided.iter().enumerate() {
        let Decided { value, decision } = decided;
        let subject = &*decision.subject;
        if answer.decided[..at].iter().any(|other| other.decision.subject == subject) {
            return Err(format!("it decides {subject} twice"));
        }
        asked.value(subject, value)?;
        text::decided(decided).or_else(|why| if asked.copies(value) { Ok(()) } else { Err(why) })?;
        asked.reasons(decision)?;
        if let ("deadline_on", Quantity::Date(deadline)) = (subject, value) {
            LENGTHENED_BY.iter().try_for_each(|name| asked.lengthens(decision, name, *deadline))?;
        }
    }
    for decision in &answer.withdrawn {
        asked.subject(&decision.subject)?;
        asked.reasons(decision)?;
    }
    answer.masked.iter().try_for_each(|field| asked.may_hide(*field))
}

/// A question to a plugin.
struct Asked<'a> {
    catalog: &'a Catalog,
    zone: chrono_tz::Tz,
    point: Point,
    hook: &'a dyn Hook,
    input: &'a HookInput<'a>,
}

impl<'a> Asked<'a> {
    /// That a refusal is asked for: by `validate`, and by `complaint` when one is about to be closed.
    fn may_refuse(&self) -> Outcome {
        let closes = || {
            let was_open = self.input.before.is_some_and(|before| !rules::complaint::is_settled(before));
            was_open && rules::complaint::is_settled(self.input.after)
        };
        match self.point {
            Point::Validate => Ok(()),
            Point::Complaint if closes() => Ok(()),
            Point::Complaint => Err(format!(
                "it refuses in complaint on {}; only the closing of a complaint is refused there, other changes in validate",
                self.input.command
            )),
            point => Err(format!("it refuses in {}, which only decides", point.name())),
        }
    }

    /// That a violation is about the whole record, a field of it, or its state.
    fn names_a_field(&self, field: &str) -> Outcome {
        let entity = self.input.entity;
        if field.is_empty() || field == "state" || self.catalog.field_named(entity, field).is_some() {
            return Ok(());
        }
        let name = entity.def().name;
        Err(format!("a violation names the field {:?}, which a {name} does not have", field.escape_debug().to_string()))
    }

    /// The field that a subject stands for, when the plugin may decide it; `None` for [`KEEP_UNTIL`].
    fn subject(&self, subject: &str) -> Result<Option<&'a FieldInfo>, String> {
        let entity = self.input.entity;
        let of_the_kernel: &[&str] = match (self.point, entity) {
            (Point::Classify, EntityKind::Customer) => &["class"],
            (Point::Cadence, EntityKind::Customer) => &["next_due_on"],
            (Point::Complaint, EntityKind::Complaint) => &["deadline_on", "grade", "owner"],
            (Point::Retention, EntityKind::Customer) => &[KEEP_UNTIL],
            _ => &[],
        };
        let is_own = self.point == Point::Classify
            && self.hook.fields().iter().any(|field| field.entity == entity && field.name == subject);
        if !is_own && !of_the_kernel.contains(&subject) {
            let own = if self.point == Point::Classify { "its own custom fields" } else { "nothing else" };
            return Err(format!(
                "it decides {:?} of a {} in {}, allowed are {} and {own}",
                subject.escape_debug().to_string(),
                entity.def().name,
                self.point.name(),
                if of_the_kernel.is_empty() { "no field of the kernel".to_owned() } else { of_the_kernel.join(", ") },
            ));
        }
        Ok(self.catalog.field_named(entity, subject))
    }

    /// That a value is of the type of what it decides and within its bounds.
    fn value(&self, subject: &str, value: &Quantity) -> Outcome {
        let info = self.subject(subject)?;
        let wanted = match info.map(|info| info.kind) {
            None => Some(QuantityType::Date),
            Some(FieldType::Enum(_)) => Some(QuantityType::Text),
            Some(kind) => QuantityType::from_number(i32::from(kind.tag())),
        };
        if wanted != Some(value.kind()) {
            let wanted = wanted.map_or("of no type that can be decided", QuantityType::name);
            return Err(format!("{subject} is {wanted}, it decides {}", value.kind().name()));
        }
        if let (Some(FieldType::Enum(_)), Quantity::Text(name)) = (info.map(|info| info.kind), value) {
            return match ComplaintGrade::DEF.by_name(name) {
                Some(_) => Ok(()),
                None => Err(format!("it decides a {subject} that is not one of {}", ComplaintGrade::DEF.allowed())),
            };
        }
        let years = value.to_value().and_then(|value| dates::outside(value.as_ref(), self.zone));
        if let Some(years) = years {
            return Err(format!("it decides a {subject} {years}"));
        }
        if let ("deadline_on", Quantity::Date(deadline)) = (subject, value) {
            self.not_early("deadline", *deadline)?;
        }
        let wrong = info
            .zip(value.to_value())
            .and_then(|(info, value)| shape::bounds(&info.name, &info.label_zh, info.kind, info.sensitive, &value));
        wrong.map_or(Ok(()), |wrong| Err(wrong.message))
    }

    /// That a day does not lie before the complaint came in.
    fn not_early(&self, what: &str, day: Date) -> Outcome {
        let received = self.input.after.instant(complaint::field::received_at).map(|at| at.date_in(self.zone));
        match received {
            Some(received) if day < received => {
                Err(format!("it decides the {what} {day}, before the complaint was received on {received}"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a text is one that the record, or its customer, holds already, whatever characters it is of.
    fn copies(&self, value: &Quantity) -> bool {
        let Quantity::Text(text) = value else { return false };
        let records = [(self.input.entity, Some(self.input.after)), (EntityKind::Customer, self.input.customer)];
        let mut there = records.into_iter().filter_map(|(entity, record)| Some((entity, record?)));
        there.any(|(entity, record)| self.catalog.fields(entity).any(|info| record.text(info.id) == Some(text)))
    }

    /// That a decision says why.
    fn reasons(&self, decision: &Decision) -> Outcome {
        text::decision(decision)?;
        if decision.reason.is_empty() {
            return Err(format!("the decision about {} has no reason", decision.subject));
        }
        Ok(())
    }

    /// That an input by which the kernel makes a deadline longer is given once at most, and is what it can count from.
    fn lengthens(&self, decision: &Decision, name: &str, deadline: Date) -> Outcome {
        let mut given = decision.inputs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let (Some(value), again) = (given.next(), given.next()) else { return Ok(()) };
        let refused = |allowed: &str| {
            let found = value.escape_debug().to_string();
            Err(format!("the input {name} of deadline_on is {found:?}, allowed is {allowed}"))
        };
        if again.is_some() {
            return Err(format!("the input {name} of deadline_on is given twice, allowed is once"));
        }
        match name {
            "workdays" => {
                let is_number = value.len() <= 5 && value.bytes().all(|digit| digit.is_ascii_digit());
                match value.parse::<u32>() {
                    Ok(days) if is_number && days <= DAYS_MAX => Ok(()),
                    _ => refused(&format!("a number of working days, from 0 to {DAYS_MAX}")),
                }
            }
            "roll" if Roll::parse(value).is_err() => refused("one of none, next, previous"),
            "due_on" => match value.parse::<Date>() {
                Ok(day) => self.due_on(day, deadline),
                Err(_) => refused("a date such as 2026-10-01"),
            },
            _ => Ok(()),
        }
    }

    /// That the last day before it was rolled is near the deadline.
    fn due_on(&self, due_on: Date, deadline: Date) -> Outcome {
        if let Some(years) = dates::outside(ValueRef::Date(due_on), self.zone) {
            return Err(format!("the input due_on of deadline_on is {years}"));
        }
        self.not_early("input due_on", due_on)?;
        if deadline.signed_duration_since(due_on).num_days().abs() > ROLLED_DAYS_MAX {
            return Err(format!(
                "the input due_on of deadline_on is {due_on}, more than {ROLLED_DAYS_MAX} days from the deadline {deadline}"
            ));
        }
        Ok(())
    }

    /// That a field is one of the record and one that the plugin said it may hide.
    fn may_hide(&self, field: u16) -> Outcome {
        let entity = self.input.entity;
        let Some(info) = self.catalog.field(entity, field) else {
            return Err(format!("it hides the field {field}, which a {} does not have", entity.def().name));
        };
        let declared = self.hook.hides();
        let is_declared = |(of, name): &(EntityKind, String)| *of == entity && *name == info.name;
        match declared.is_none_or(|fields| fields.iter().any(is_declared)) {
            true => Ok(()),
            false => Err(format!("it hides {}, which is not among the fields that it may hide", info.name)),
        }
    }
}
