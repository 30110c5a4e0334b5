//! The state machines: whether a verb is allowed in a state, where it leads, and what can be reached.

use std::sync::LazyLock;

use crate::domain::{EntityKind, Target, VERBS, Verb};
use crate::error::{Error, ErrorKind, Result, Violation};

use super::shape::violation;

/// The state to which a verb leads from `state`; `resumes_to` is where a suspended record returns.
///
/// # Errors
/// `Transition`, with the rule that stands behind the verb, when it is not allowed in the state. There are no others.
pub fn transition<'s>(verb: &Verb, state: &'s str, resumes_to: Option<&'s str>) -> Result<&'s str> {
    let (entity, name) = (verb.entity, verb.name);
    let refuse = |why: String, why_zh: String| {
        let found = violation(state_field(entity), "transition", why, why_zh);
        let found = found.input("verb", name).input("state", state).input("allowed", verb.from.join(", "));
        refused(entity, state, verb.basis, found).with("verb", name)
    };
    if !verb.from.contains(&state) {
        let (of, allowed) = (entity.def().name, verb.from.join(", "));
        let why = format!("{name} is not allowed on a {of} that is {state}; allowed from {allowed}");
        return Err(refuse(why, format!("状态为{}，不能{}", label_zh(entity, state), verb.label_zh)));
    }
    match verb.to {
        Target::State(to) => Ok(to),
        Target::Same => Ok(state),
        Target::Resumed => resumes_to.ok_or_else(|| {
            refuse("the record does not say where it was suspended".to_owned(), "未记录暂停前的状态".to_owned())
        }),
    }
}

/// That a put may lead from `from` to `to`.
///
/// # Errors
/// `Transition`, with the rule of the entity's steps, when it may not. There are no others.
pub fn put(entity: EntityKind, from: &str, to: &str) -> Result<()> {
    if reachable(entity, from, to) {
        return Ok(());
    }
    let why = format!("a {} that is {from} cannot become {to}", entity.def().name);
    let why_zh = format!("状态不能由{}变为{}", label_zh(entity, from), label_zh(entity, to));
    let found = violation(state_field(entity), "transition", why, why_zh).input("state", from).input("to", to);
    Err(refused(entity, from, steps(entity), found))
}

fn refused(entity: EntityKind, state: &str, basis: Option<(&'static str, &'static str)>, found: Violation) -> Error {
    let (rule, source) = basis.unwrap_or_default();
    let error = Error::refused(ErrorKind::Transition, found.by(rule, source));
    error.with("entity", entity.def().name).with("state", state)
}

/// The rule that orders the steps of an entity, that of its first verb which leads to another state by a rule.
fn steps(entity: EntityKind) -> Option<(&'static str, &'static str)> {
    let leads = |verb: &&Verb| verb.entity == entity && matches!(verb.to, Target::State(_));
    VERBS.iter().filter(leads).find_map(|verb| verb.basis)
}

fn state_field(entity: EntityKind) -> &'static str {
    let def = entity.def();
    def.state.and_then(|state| def.field(state)).map_or("", |field| field.name)
}

fn label_zh(entity: EntityKind, state: &str) -> &'static str {
    entity.def().states().and_then(|states| states.by_name(state)).map_or("", |value| value.label_zh)
}

/// Whether a put may lead from `from` to `to`: by any number of verbs whose work a state can tell, none included.
pub fn reachable(entity: EntityKind, from: &str, to: &str) -> bool {
    way(entity, from, to).is_some()
}

/// The verbs that lead from `from` to `to`, as few as can be and of several ways the first of the table; `None` when none
/// do whose work a state can tell.
///
/// A record of the past that is put into a state has gone that way. A suspension on the way, which can end in any state, is
/// taken only where nothing else leads there.
pub fn way(entity: EntityKind, from: &str, to: &str) -> Option<&'static [&'static Verb]> {
    // Every record that is added asks, and the table of verbs is long.
    static WAYS: LazyLock<Vec<Way>> = LazyLock::new(ways);
    let place = WAYS.binary_search_by_key(&(entity, from, to), |way| (way.entity, way.from, way.to));
    place.ok().map(|place| WAYS[place].verbs.as_slice())
}

struct Way {
    entity: EntityKind,
    from: &'static str,
    to: &'static str,
    verbs: Vec<&'static Verb>,
}

/// The way from each state to each other, where there is one, in the order of their names.
fn ways() -> Vec<Way> {
    let mut found = Vec::new();
    for &entity in EntityKind::ALL {
        let states = || entity.def().states().into_iter().flat_map(|states| states.values).map(|state| state.name);
        for (from, to) in states().flat_map(|from| states().map(move |to| (from, to))) {
            let way = way_over(entity, from, to, false).or_else(|| way_over(entity, from, to, true));
            found.extend(way.map(|verbs| Way { entity, from, to, verbs }));
        }
    }
    found.sort_by_key(|way| (way.entity, way.from, way.to));
    found
}

fn way_over(entity: EntityKind, from: &str, to: &str, suspends: bool) -> Option<Vec<&'static Verb>> {
    // A state, the verb that leads to it, and the place of the state before.
    let mut seen: Vec<(&str, Option<(&'static Verb, usize)>)> = vec![(from, None)];
    let mut at = 0;
    while let Some(&(state, _)) = seen.get(at) {
        if state == to {
            let step = |place: &usize| seen[*place].1.map(|(_, before)| before);
            let places = std::iter::successors(Some(at), step);
            let mut verbs: Vec<&'static Verb> = places.filter_map(|place| Some(seen[place].1?.0)).collect();
            verbs.reverse();
            return Some(verbs);
        }
        let goes = |verb: &&Verb| !verb.only_done && (!verb.is_aside || leads_to(verb, to));
        for verb in VERBS.iter().filter(|v| v.entity == entity && v.from.contains(&state)).filter(goes) {
            let leads: &[&'static str] = match &verb.to {
                Target::State(next) => std::slice::from_ref(next),
                Target::Same => &[],
                Target::Resumed if suspends || at == 0 => suspendable(entity),
                Target::Resumed => &[],
            };
            for &next in leads {
                if !seen.iter().any(|(known, _)| *known == next) {
                    seen.push((next, Some((verb, at))));
                }
            }
        }
        at += 1;
    }
    None
}

fn leads_to(verb: &Verb, state: &str) -> bool {
    matches!(verb.to, Target::State(to) if to == state)
}

/// The states from which a record can be suspended.
fn suspendable(entity: EntityKind) -> &'static [&'static str] {
    VERBS.iter().find(|v| v.entity == entity && v.to == Target::State("suspended")).map_or(&[], |v| v.from)
}

/// The state in which a record begins when the caller names none.
pub fn initial(entity: EntityKind) -> Option<&'static str> {
    match entity {
        EntityKind::Customer => Some("prospect"),
        EntityKind::Visit => Some("planned"),
        EntityKind::Complaint | EntityKind::Appeal => Some("received"),
        EntityKind::Action => Some("planned"),
        EntityKind::Review => Some("requested"),
        EntityKind::Survey | EntityKind::OrgUnit | EntityKind::Investigation => Some("open"),
        EntityKind::CustomerPlan => Some("draft"),
        EntityKind::User => Some("active"),
        EntityKind::Person
        | EntityKind::WorkYear
        | EntityKind::SurveyAnswer
        | EntityKind::SatisfactionScore
        | EntityKind::InformationItem
        | EntityKind::PersonRelation
        | EntityKind::PartnerRelation
        | EntityKind::AccessRecord => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verb(entity: EntityKind, name: &str) -> &'static Verb {
        Verb::named(entity, name).unwrap()
    }

    #[test]
    fn every_name_in_the_table_is_a_state_or_a_field_of_its_entity() {
        for verb in VERBS {
            let def = verb.entity.def();
            let states = def.states().unwrap();
            let to = match &verb.to {
                Target::State(to) => Some(*to),
                _ => None,
            };
            for state in verb.from.iter().copied().chain(to) {
                assert!(states.by_name(state).is_some(), "{}: state {state}", verb.name);
            }
            let stamp = Some(verb.stamps).filter(|s| !s.is_empty());
            let earlier = verb.rests_on.iter().chain(verb.put_owes);
            for field in verb.required.iter().chain(verb.optional).chain(earlier).copied().chain(stamp) {
                assert!(def.field_named(field).is_some(), "{}: field {field}", verb.name);
            }
            assert_eq!(verb.number / 100, i32::from(verb.entity.number()));
        }
    }

    #[test]
    fn a_visit_goes_from_planned_over_held_and_reported_to_reviewed() {
        let steps = [("hold", "planned", "held"), ("report", "held", "reported"), ("review", "reported", "reviewed")];
        for (name, from, to) in steps {
            assert_eq!(transition(verb(EntityKind::Visit, name), from, None).unwrap(), to);
        }
        let error = transition(verb(EntityKind::Visit, "report"), "planned", None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transition);
        assert_eq!(error.message(), "report is not allowed on a visit that is planned; allowed from held");
    }

    #[test]
    fn a_rejected_solution_leads_back_to_clarified_and_a_suspension_to_where_it_was() {
        assert_eq!(transition(verb(EntityKind::Complaint, "reject"), "solution_proposed", None).unwrap(), "clarified");
        let resume = verb(EntityKind::Complaint, "resume");
        assert_eq!(transition(resume, "suspended", Some("clarified")).unwrap(), "clarified");
        assert_eq!(transition(resume, "suspended", None).unwrap_err().kind(), ErrorKind::Transition);
    }

    /// A put closed a received complaint with no more than the instant of its close: the guards were those of verbs.
    #[test]
    fn a_put_goes_the_way_that_the_verbs_go() {
        let names = |from, to| -> Vec<&str> {
            way(EntityKind::Complaint, from, to).unwrap().iter().map(|verb| verb.name).collect()
        };
        assert_eq!(names("received", "closed"), ["clarify", "propose", "accept", "follow_up", "close"]);
        assert_eq!(names("received", "received"), [""; 0]);
        assert_eq!(names("received", "unaccepted"), ["clarify", "conclude"]);
        assert_eq!(names("received", "withdrawn"), ["withdraw"]);
        assert_eq!(names("closed", "archived"), ["archive"]);
        assert!(way(EntityKind::Complaint, "archived", "closed").is_none());
    }

    #[test]
    fn what_is_closed_is_taken_up_again_by_the_verb_alone_and_what_is_withdrawn_or_archived_never() {
        assert!(reachable(EntityKind::Complaint, "received", "closed"));
        assert!(reachable(EntityKind::Complaint, "suspended", "closed"));
        let reopen = verb(EntityKind::Complaint, "reopen");
        assert_eq!(transition(reopen, "closed", None).unwrap(), "received");
        assert!(!reachable(EntityKind::Complaint, "closed", "received"));
        assert!(transition(reopen, "withdrawn", None).is_err() && transition(reopen, "archived", None).is_err());
        assert!(!reachable(EntityKind::Complaint, "archived", "closed"));
        assert!(reachable(EntityKind::Visit, "held", "held"));
        assert!(!reachable(EntityKind::Visit, "missed", "held"));
    }
}
