//! The file of a customer by its sections: what is there, what is to be verified again, and who holds copies. Source:
//! R-TEL-06, R-TEL-13, R-TEL-15.

use crate::domain::{
    Cadence, Date, Decision, Fields, FileCopies, FileSection, PartyKind, PersonRole, Policy, ValueRef, customer, person,
};

use super::visit_plan;

/// The kind of contact in a policy's cadences that stands for verifying a file.
pub const VERIFICATION: &str = "file_verification";

/// What a section holds, summed up over its items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Section {
    /// How many items there are: information items, and the records of persons whom the section is about.
    pub items: u64,
    /// The day on which the item that was left alone longest was verified, or learned when it never was.
    pub verified_on: Option<Date>,
    /// Whether something that decides what the section is, is hidden from who asks.
    pub is_hidden: bool,
}

impl Section {
    /// The section with one more item, verified on a day, or learned on it.
    pub fn add(&mut self, day: Option<Date>) {
        self.items += 1;
        self.verified_on = match (self.verified_on, day) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

/// The sections that the record of a person belongs to: that of the key persons, that of those who decide. Source:
/// R-TEL-06, R-TEL-07.
pub fn sections_of(of: &dyn Fields) -> impl Iterator<Item = FileSection> {
    let is_key = of.get(person::field::is_key) == Some(ValueRef::Bool(true));
    let decides = of.enumeration(person::field::role) == Some(PersonRole::DecisionMaker.number());
    let sections = [is_key.then_some(FileSection::KeyPersons), decides.then_some(FileSection::DecisionMakers)];
    sections.into_iter().flatten()
}

/// How often the files of a class are verified again; that of the class goes before that of `any`.
pub fn cadence_of<'p>(policy: &'p Policy, class: &str) -> Option<&'p Cadence> {
    let of = |wanted: &str| policy.cadences.iter().find(|c| c.kind == VERIFICATION && c.class == wanted);
    of(class).or_else(|| of("any"))
}

/// What a section of the file of a customer of `class` is on `today`: `missing`, `current`, or `stale` when the day on
/// which it was to be verified again is past; `hidden` when what decides that is hidden from who asks.
pub fn decide(section: FileSection, found: &Section, class: &str, today: Date, policy: &Policy) -> Decision {
    let subject = section.name();
    let verification = cadence_of(policy, class);
    let until = |cadence: &Cadence| visit_plan::days(cadence, found.verified_on?, Date::MAX).next();
    let due = verification.and_then(until);
    let inputs = |decision: Decision| {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        decision.input("items", found.items).input("verified_on", day(found.verified_on)).input("verify_by", day(due))
    };
    let of_section = |value| Decision::new(subject, value, "R-TEL-06", "F0 §20 Art. 10.2", policy);
    let of_days = |value, cadence: &Cadence| {
        Decision::new(subject, value, cadence.basis.rule.clone(), cadence.basis.source.clone(), policy)
    };
    if found.is_hidden {
        return of_section("hidden").because("what the section goes by is hidden", "此部分的依据对查询人不可见");
    }
    match (found.items, due, verification) {
        (0, ..) => inputs(of_section("missing")).because("the section holds nothing", "此部分尚无资料"),
        (_, Some(due), Some(cadence)) if due < today => inputs(of_days("stale", cadence))
            .because(format!("it was to be verified again by {due}"), format!("应于{due}前重新核实")),
        (_, Some(due), Some(cadence)) => inputs(of_days("current", cadence))
            .because(format!("it is to be verified again by {due}"), format!("须于{due}前重新核实")),
        _ => inputs(of_section("current"))
            .because("the policy does not say how often it is verified", "制度未规定核实周期"),
    }
}

/// How many copies of the file of a customer each of its holders has, as the policy says; an individual's is not copied.
pub fn copies<'p>(of: &dyn Fields, policy: &'p Policy) -> impl Iterator<Item = Decision> + use<'p> {
    let kind = of.enumeration(customer::field::party_kind).and_then(PartyKind::from_number);
    let copied = policy.copies.iter().filter(move |_| kind != Some(PartyKind::Individual));
    copied.map(move |FileCopies { holder, count, basis }| {
        let (rule, source) = (basis.rule.clone(), basis.source.clone());
        Decision::new("copies", count.to_string(), rule, source, policy)
            .input("holder", holder)
            .input("party_kind", kind.map_or("", PartyKind::name))
            .because(format!("{holder} holds {count} of the copies"), format!("{holder}保存{count}份"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Basis, PeriodUnit, Value};
    use std::collections::BTreeMap;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn quarterly() -> Policy {
        let basis = Basis { rule: "R-TEL-15".into(), source: "F0".into() };
        let cadence =
            Cadence { class: "any".into(), kind: VERIFICATION.into(), count: 3, unit: PeriodUnit::Month, basis };
        Policy { cadences: vec![cadence], ..Policy::default() }
    }

    fn section(days: &[&str]) -> Section {
        let mut found = Section::default();
        days.iter().for_each(|verified| found.add(Some(day(verified))));
        found
    }

    #[test]
    fn a_section_is_missing_current_or_stale() {
        let value = |found: &Section, today: &str, policy: &Policy| {
            decide(FileSection::Strategy, found, "key", day(today), policy).value
        };
        assert_eq!(value(&Section::default(), "2026-09-16", &quarterly()), "missing");
        let learned = section(&["2025-11-30"]);
        assert_eq!(value(&learned, "2026-02-28", &quarterly()), "current", "three months end on the last of February");
        assert_eq!(value(&learned, "2026-03-01", &quarterly()), "stale");
        assert_eq!(value(&learned, "2036-03-01", &Policy::default()), "current");
    }

    /// It was called current, and was stale: the day of the verification was hidden from who asked.
    #[test]
    fn a_section_whose_days_are_hidden_is_neither_current_nor_stale() {
        let found = Section { is_hidden: true, ..section(&["2020-01-01"]) };
        let decision = decide(FileSection::Strategy, &found, "key", day("2026-09-16"), &quarterly());
        assert_eq!((decision.value.as_str(), decision.inputs.len()), ("hidden", 0));
    }

    #[test]
    fn the_item_left_alone_longest_decides() {
        let two = section(&["2026-09-01", "2026-05-01"]);
        assert_eq!((two.items, two.verified_on), (2, Some(day("2026-05-01"))));
        let decision = decide(FileSection::Strategy, &two, "key", day("2026-09-16"), &quarterly());
        assert_eq!((decision.value.as_str(), decision.rule.as_ref()), ("stale", "R-TEL-15"));
        assert_eq!(decision.inputs[2], ("verify_by".into(), "2026-08-01".to_owned()));
    }

    #[test]
    fn the_file_of_an_institution_is_copied_and_that_of_an_individual_is_not() {
        let basis = Basis { rule: "R-TEL-13".into(), source: "F0 §20 Art. 12.2".into() };
        let copies = vec![FileCopies { holder: "business_department".into(), count: 1, basis }];
        let policy = Policy { copies, ..Policy::default() };
        let of = |kind: PartyKind| BTreeMap::from([(customer::field::party_kind, Value::Enum(kind.number()))]);
        let found: Vec<Decision> = super::copies(&of(PartyKind::Organisation), &policy).collect();
        assert_eq!((found[0].value.as_str(), found[0].rule.as_ref(), found.len()), ("1", "R-TEL-13", 1));
        assert_eq!(super::copies(&of(PartyKind::Individual), &policy).count(), 0);
    }

    #[test]
    fn a_person_belongs_to_the_sections_of_key_persons_and_of_those_who_decide() {
        let of = |is_key: bool, role: PersonRole| {
            let it = BTreeMap::from([
                (person::field::is_key, Value::Bool(is_key)),
                (person::field::role, Value::Enum(role.number())),
            ]);
            sections_of(&it).collect::<Vec<_>>()
        };
        assert_eq!(of(true, PersonRole::Influencer), [FileSection::KeyPersons]);
        assert_eq!(of(true, PersonRole::DecisionMaker), [FileSection::KeyPersons, FileSection::DecisionMakers]);
        assert_eq!(of(false, PersonRole::Contact), []);
    }
}
