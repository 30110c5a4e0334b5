//! Which units alone may write what. Source: R-TEL-22.

use crate::domain::{Authors, EntityKind, Policy};
use crate::error::Violation;

use super::shape::violation;

/// Who may do a command on records of an entity; `None` when the policy leaves it to all. What is said of the command goes
/// before what is said of `any`.
pub fn of<'p>(policy: &'p Policy, entity: EntityKind, command: &str) -> Option<&'p Authors> {
    let find = |wanted: Option<&str>| {
        policy.authors.iter().find(|authors| authors.entity == entity && authors.command.as_deref() == wanted)
    };
    find(Some(command)).or_else(|| find(None))
}

/// Checks that an actor is of one of the units. `units` are the codes of the actor's unit and of those above it, the own
/// first; none when the actor is no user of the company.
pub fn check(authors: &Authors, command: &str, units: &[String]) -> Option<Violation> {
    if units.iter().any(|unit| authors.units.contains(unit)) {
        return None;
    }
    let (name, label_zh) = (authors.entity.def().name, authors.entity.def().label_zh);
    let allowed = authors.units.join(", ");
    let own = units.first().map_or("none", String::as_str);
    let message = format!("{command} of a {name} is for the units {allowed}, the unit of the actor is {own}");
    let found = violation("", "unit", message, format!("{label_zh}只能由{allowed}处理，当前用户所属机构为{own}"));
    let (rule, source) = (authors.basis.rule.clone(), authors.basis.source.clone());
    let found = found.by(rule, source).input("command", command).input("units", allowed);
    Some(found.input("unit", units.join(" < ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Basis;

    fn authors(command: Option<&str>, unit: &str) -> Authors {
        let basis = Basis { rule: "R-TEL-22".into(), source: "F0 §20 Art. 13.1".into() };
        let units = vec![unit.to_owned()];
        Authors { entity: EntityKind::InformationItem, command: command.map(str::to_owned), units, basis }
    }

    #[test]
    fn what_is_said_of_a_command_goes_before_what_is_said_of_any() {
        let authors = vec![authors(None, "marketing"), authors(Some("update"), "business")];
        let policy = Policy { authors, ..Policy::default() };
        let units = |entity, command: &str| of(&policy, entity, command).map(|found| found.units.join(","));
        assert_eq!(units(EntityKind::InformationItem, "add").as_deref(), Some("marketing"));
        assert_eq!(units(EntityKind::InformationItem, "update").as_deref(), Some("business"));
        assert_eq!(units(EntityKind::Person, "add"), None);
    }

    #[test]
    fn a_unit_below_one_that_may_write_counts_as_of_it() {
        let marketing = authors(None, "marketing");
        let of_units = |units: &[&str]| {
            let units: Vec<String> = units.iter().map(|unit| (*unit).to_owned()).collect();
            check(&marketing, "add", &units).map(|found| (found.code.to_string(), found.rule.to_string()))
        };
        assert_eq!(of_units(&["marketing"]), None);
        assert_eq!(of_units(&["information", "marketing", "head_office"]), None);
        assert_eq!(of_units(&["head_office"]), Some(("unit".to_owned(), "R-TEL-22".to_owned())));
        assert_eq!(of_units(&[]), Some(("unit".to_owned(), "R-TEL-22".to_owned())));
    }
}
