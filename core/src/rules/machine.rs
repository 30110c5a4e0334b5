//! The state machines: whether a verb is allowed in a state, where it leads, and what can be reached.

use crate::domain::{EntityKind, Target, VERBS, Verb};
use crate::error::{Error, ErrorKind, Result};

/// The state to which a verb leads from `state`; `resumes_to` is where a suspended record returns.
///
/// # Errors
/// `Transition` when the verb is not allowed in the state. There are no others.
pub fn transition<'s>(verb: &Verb, state: &'s str, resumes_to: Option<&'s str>) -> Result<&'s str> {
    let refused = |why: String| {
        Error::new(ErrorKind::Transition, why)
            .with("entity", verb.entity.def().name)
            .with("verb", verb.name)
            .with("state", state)
    };
    if !verb.from.contains(&state) {
        let (entity, allowed) = (verb.entity.def().name, verb.from.join(", "));
        return Err(refused(format!(
            "{} is not allowed on a {entity} that is {state}; allowed from {allowed}",
            verb.name
        )));
    }
    match verb.to {
        Target::State(to) => Ok(to),
        Target::Same => Ok(state),
        Target::Resumed => {
            resumes_to.ok_or_else(|| refused("the record does not say where it was suspended".to_owned()))
        }
    }
}

/// Whether a put may lead from `from` to `to`: by any number of verbs whose work a state can tell, none included.
pub fn reachable(entity: EntityKind, from: &str, to: &str) -> bool {
    let mut seen = vec![from];
    let mut at = 0;
    while let Some(&state) = seen.get(at) {
        if state == to {
            return true;
        }
        for verb in VERBS.iter().filter(|v| v.entity == entity && !v.only_done && v.from.contains(&state)) {
            let leads: &[&'static str] = match &verb.to {
                Target::State(next) => std::slice::from_ref(next),
                Target::Same => &[],
                Target::Resumed => suspendable(entity),
            };
            for &next in leads {
                if !seen.contains(&next) {
                    seen.push(next);
                }
            }
        }
        at += 1;
    }
    false
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
        EntityKind::Survey | EntityKind::OrgUnit => Some("open"),
        EntityKind::User => Some("active"),
        EntityKind::Person
        | EntityKind::WorkYear
        | EntityKind::SurveyAnswer
        | EntityKind::SatisfactionScore
        | EntityKind::InformationItem
        | EntityKind::PersonRelation
        | EntityKind::PartnerRelation => None,
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
            for field in verb.required.iter().chain(verb.optional).copied().chain(stamp) {
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
