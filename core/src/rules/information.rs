//! What must hold of an information item beyond its form: its days, and what the level of its source asks for.

use crate::domain::information_item::field;
use crate::domain::{Date, Fields, SourceLevel, person};
use crate::error::Violation;

use super::shape::{is_same_user, violation};

/// Checks an item as it would be written on `today`.
///
/// It is neither learned nor verified in the future, nor verified before it was learned (R-TEL-15). A report of others
/// is named (R-TEL-09), a contact too (R-TEL-10); what an insider tells has its person, and another than its owner
/// found that it may be used (R-TEL-11).
pub fn check(item: &dyn Fields, today: Date) -> Vec<Violation> {
    let mut found = days(item, today);
    let (origin, person) = (item.text(field::origin), item.reference(field::person));
    let level = item.enumeration(field::level).and_then(SourceLevel::from_number);
    match level {
        Some(SourceLevel::ExternalReport) if origin.is_none() => {
            let message = "origin is missing, information of level 2 names the report that it comes from";
            let missing = violation("origin", "required", message, "二级信息须注明来源");
            found.push(missing.by("R-TEL-09", "F0 §20 Art. 11.2").input("level", SourceLevel::ExternalReport.name()));
        }
        Some(SourceLevel::Contact) if origin.is_none() && person.is_none() => {
            let message = "person is missing, information of level 3 names the contact by person or origin";
            let missing = violation("person", "required", message, "三级信息须注明提供人或来源");
            found.push(missing.by("R-TEL-10", "F0 §20 Art. 11.2").input("level", SourceLevel::Contact.name()));
        }
        Some(SourceLevel::Insider) => found.extend(of_insider(item)),
        _ => {}
    }
    found
}

fn days(item: &dyn Fields, today: Date) -> Vec<Violation> {
    let mut found = Vec::new();
    let (obtained, verified) = (item.date(field::obtained_on), item.date(field::verified_on));
    for (day, name, message_zh) in
        [(obtained, "obtained_on", "获取日期在将来"), (verified, "verified_on", "核实日期在将来")]
    {
        found.extend(in_the_future(day, name, message_zh, today));
    }
    if let (Some(obtained), Some(verified)) = (obtained, verified)
        && verified < obtained
    {
        let message = "verified_on lies before obtained_on";
        found.push(
            violation("verified_on", "before_start", message, "核实日期早于获取日期")
                .by("R-TEL-15", "F0 §20 Art. 12.5, 13.3")
                .input("obtained_on", obtained)
                .input("verified_on", verified),
        );
    }
    found
}

fn in_the_future(day: Option<Date>, name: &str, message_zh: &str, today: Date) -> Option<Violation> {
    let day = day.filter(|day| *day > today)?;
    let late = violation(name, "in_the_future", format!("{name} lies in the future"), message_zh);
    Some(late.input(name.to_owned(), day).input("today", today))
}

/// Checks a person as it would be written on `today`: the record is not verified in the future (R-TEL-15).
pub fn check_person(one: &dyn Fields, today: Date) -> Option<Violation> {
    in_the_future(one.date(person::field::verified_on), "verified_on", "核实日期在将来", today)
}

fn of_insider(item: &dyn Fields) -> Vec<Violation> {
    let of_level =
        |found: Violation| found.by("R-TEL-11", "F0 §20 Art. 11.2").input("level", SourceLevel::Insider.name());
    let mut found = Vec::new();
    if item.reference(field::person).is_none() {
        let message = "person is missing, information of level 4 names the insider";
        found.push(of_level(violation("person", "required", message, "四级信息须注明提供人")));
    }
    let (owner, reviewer) = (item.text(field::owner), item.text(field::compliance_reviewer));
    if reviewer.is_none() {
        let message = "compliance_reviewer is missing, information of level 4 is reviewed before it is kept";
        found.push(of_level(violation("compliance_reviewer", "required", message, "四级信息须经合规审核")));
    } else if is_same_user(reviewer, owner) {
        let message = "the compliance reviewer is the owner; another reviews information of level 4";
        let own = violation("compliance_reviewer", "own_item", message, "合规审核人不能是负责人");
        let (owner, reviewer) = (owner.unwrap_or_default(), reviewer.unwrap_or_default());
        found.push(of_level(own).input("owner", owner).input("compliance_reviewer", reviewer));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Value;
    use std::collections::BTreeMap;

    fn item(level: SourceLevel) -> BTreeMap<u16, Value> {
        BTreeMap::from([
            (field::level, Value::Enum(level.number())),
            (field::owner, Value::Text("u.li".into())),
            (field::obtained_on, Value::Date(day("2026-09-01"))),
        ])
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn codes(item: &BTreeMap<u16, Value>) -> Vec<(String, String)> {
        let found = check(item, day("2026-09-16"));
        found.into_iter().map(|one| (one.field.to_string(), one.rule.to_string())).collect()
    }

    fn named(field: &str, rule: &str) -> (String, String) {
        (field.to_owned(), rule.to_owned())
    }

    #[test]
    fn each_level_asks_for_its_source() {
        assert_eq!(codes(&item(SourceLevel::PublicMaterial)), []);
        let mut report = item(SourceLevel::ExternalReport);
        assert_eq!(codes(&report), [named("origin", "R-TEL-09")]);
        report.insert(field::origin, Value::Text("行业年报".into()));
        assert_eq!(codes(&report), []);
        let mut contact = item(SourceLevel::Contact);
        assert_eq!(codes(&contact), [named("person", "R-TEL-10")]);
        contact.insert(field::person, Value::Ref(1));
        assert_eq!(codes(&contact), []);
    }

    #[test]
    fn what_an_insider_tells_is_reviewed_by_another() {
        let mut told = item(SourceLevel::Insider);
        assert_eq!(codes(&told), [named("person", "R-TEL-11"), named("compliance_reviewer", "R-TEL-11")]);
        told.insert(field::person, Value::Ref(1));
        told.insert(field::compliance_reviewer, Value::Text("u.li".into()));
        assert_eq!(check(&told, day("2026-09-16"))[0].code, "own_item");
        told.insert(field::compliance_reviewer, Value::Text("u.zhao".into()));
        assert_eq!(codes(&told), []);
    }

    #[test]
    fn days_lie_in_the_past_and_in_order() {
        let mut item = item(SourceLevel::PublicMaterial);
        item.insert(field::verified_on, Value::Date(day("2026-08-31")));
        assert_eq!(codes(&item), [named("verified_on", "R-TEL-15")]);
        item.insert(field::verified_on, Value::Date(day("2026-09-17")));
        assert_eq!(check(&item, day("2026-09-16"))[0].code, "in_the_future");
        item.insert(field::verified_on, Value::Date(day("2026-09-16")));
        assert_eq!(codes(&item), []);
    }
}
