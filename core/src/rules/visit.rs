//! What must hold of a visit beyond its form.

use crate::domain::visit::field;
use crate::domain::{Fields, Instant};
use crate::error::Violation;

use super::shape::violation;

/// Checks a visit as it would be written at `now`.
///
/// A visit is not held in the future, and nobody reviews the report of the own visit (R-MNT-05).
pub fn check(visit: &dyn Fields, now: Instant) -> Vec<Violation> {
    let mut found = Vec::new();
    if visit.instant(field::held_at).is_some_and(|at| at > now) {
        found.push(violation("held_at", "in_the_future", "held_at lies in the future", "拜访时间在将来"));
    }
    let (owner, reviewer) = (visit.text(field::owner), visit.text(field::reviewer));
    if reviewer.is_some() && reviewer == owner {
        let mut own = violation(
            "reviewer",
            "own_visit",
            "the reviewer is the visitor; a superior reviews the report",
            "审核人不能是拜访人，应由上级审核",
        );
        own.rule = "R-MNT-05".into();
        found.push(own);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Value;
    use std::collections::BTreeMap;

    #[test]
    fn nobody_reviews_the_own_visit() {
        let now = Instant::from_us(0).unwrap();
        let mut visit =
            BTreeMap::from([(field::owner, Value::Text("u.li".into())), (field::reviewer, Value::Text("u.li".into()))]);
        let found = check(&visit, now);
        assert_eq!((found[0].code.as_ref(), found[0].rule.as_ref()), ("own_visit", "R-MNT-05"));
        visit.insert(field::reviewer, Value::Text("u.wang".into()));
        assert_eq!(check(&visit, now), []);
    }

    #[test]
    fn a_visit_is_not_held_in_the_future() {
        let now = Instant::from_us(10).unwrap();
        let visit = |us| BTreeMap::from([(field::held_at, Value::Instant(Instant::from_us(us).unwrap()))]);
        assert_eq!(check(&visit(10), now), []);
        assert_eq!(check(&visit(11), now)[0].code, "in_the_future");
    }
}
