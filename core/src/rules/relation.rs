//! The relations of persons and of parties: what must hold of one, and a bounded walk over many.

use std::collections::{BTreeSet, VecDeque};

use crate::domain::{Fields, PartnerRelationKind, PersonRelationKind, partner_relation, person_relation};
use crate::error::{Result, Violation};

use super::shape::violation;

/// How many relations lie at most between the first and the last of a walk that a caller asks for.
pub const DEPTH_MAX: u32 = 16;
/// How many a walk reaches at most, the first not counted.
pub const REACHED_MAX: usize = 1_000;

/// A relation as it is seen from one of its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The relation.
    pub relation: u64,
    /// Who is at its other end.
    pub other: u64,
    /// The number of its kind.
    pub kind: u16,
    /// Whether it leads away from this end; one that goes both ways always does.
    pub leads_away: bool,
}

/// One who was reached by a walk, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Who.
    pub id: u64,
    /// By how many relations, from 1.
    pub depth: u32,
    /// From whom.
    pub from: u64,
    /// By which relation.
    pub edge: Edge,
}

/// Everybody to whom relations lead from `start`, the nearest first and each once, so that cycles end.
///
/// `edges_of` gives the relations of one in a fixed order; `goes` says which are gone along. Bounds:
/// [`REACHED_MAX`] are reached, and no more are looked for.
///
/// # Errors
/// What `edges_of` answers. There are no others.
pub fn walk(
    start: u64,
    depth: u32,
    edges_of: &mut dyn FnMut(u64) -> Result<Vec<Edge>>,
    goes: &dyn Fn(&Edge) -> bool,
) -> Result<Vec<Reached>> {
    let mut seen = BTreeSet::from([start]);
    let mut open = VecDeque::from([(start, 0)]);
    let mut reached = Vec::new();
    while let Some((from, far)) = open.pop_front() {
        if far == depth {
            break;
        }
        for edge in edges_of(from)?.into_iter().filter(goes) {
            if reached.len() == REACHED_MAX {
                return Ok(reached);
            }
            if seen.insert(edge.other) {
                reached.push(Reached { id: edge.other, depth: far + 1, from, edge });
                open.push_back((edge.other, far + 1));
            }
        }
    }
    Ok(reached)
}

/// What is known of the two ends of a relation that would be written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// The relation of the same kind that leads the other way, when there is one.
    pub opposite: Option<u64>,
    /// Whether the second already works under the first, directly or over others.
    pub is_superior: bool,
}

/// Checks the relation of two persons as it would be written.
///
/// Nobody is related to oneself; what goes both ways is written down once; nobody is the superior of the own superior.
pub fn check_persons(relation: &dyn Fields, known: Known) -> Vec<Violation> {
    use person_relation::field;
    let kind = relation.enumeration(field::kind).and_then(PersonRelationKind::from_number);
    let ends = (relation.reference(field::person), relation.reference(field::other));
    let mut found = check_ends(ends, kind.is_some_and(PersonRelationKind::goes_both_ways), known);
    if found.is_empty() && known.is_superior && kind == Some(PersonRelationKind::ReportsTo) {
        let message = "the other already works under this person; nobody is the superior of the own superior";
        let circle = violation("other", "cycle", message, "上下级关系不能成环").by("R-TEL-07", "F0 §20 Art. 10.3");
        let (person, other) = (ends.0.unwrap_or_default(), ends.1.unwrap_or_default());
        found.push(circle.input("person", person).input("other", other));
    }
    found
}

/// Checks the relation of two parties as it would be written.
pub fn check_parties(relation: &dyn Fields, known: Known) -> Vec<Violation> {
    use partner_relation::field;
    let kind = relation.enumeration(field::kind).and_then(PartnerRelationKind::from_number);
    let ends = (relation.reference(field::customer), relation.reference(field::other));
    check_ends(ends, kind.is_some_and(PartnerRelationKind::goes_both_ways), known)
}

fn check_ends(ends: (Option<u64>, Option<u64>), goes_both_ways: bool, known: Known) -> Vec<Violation> {
    if ends.0.is_some() && ends.0 == ends.1 {
        let message = "both ends of the relation are the same record, it leads to another";
        return vec![violation("other", "same_record", message, "关系两端不能相同")];
    }
    match known.opposite {
        Some(id) if goes_both_ways => {
            let message = format!("the relation {id} says this the other way round, it goes both ways");
            vec![violation("other", "known_other_way", message, "此关系已登记（双向）").input("relation", id)]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Value;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn relation(person: u64, other: u64, kind: PersonRelationKind) -> BTreeMap<u16, Value> {
        use person_relation::field;
        BTreeMap::from([
            (field::person, Value::Ref(person)),
            (field::other, Value::Ref(other)),
            (field::kind, Value::Enum(kind.number())),
        ])
    }

    #[test]
    fn a_relation_leads_to_another_is_said_once_and_makes_no_circle_of_superiors() {
        use PersonRelationKind::{CloseTo, Influences, ReportsTo};
        let code = |relation: BTreeMap<u16, Value>, known| {
            check_persons(&relation, known).first().map(|one| one.code.to_string())
        };
        let told = Known { opposite: Some(7), ..Known::default() };
        let above = Known { is_superior: true, ..Known::default() };
        assert_eq!(code(relation(1, 1, Influences), Known::default()).as_deref(), Some("same_record"));
        assert_eq!(code(relation(1, 2, CloseTo), told).as_deref(), Some("known_other_way"));
        assert_eq!(code(relation(1, 2, Influences), told), None, "two may have influence on each other");
        assert_eq!(code(relation(1, 2, ReportsTo), above).as_deref(), Some("cycle"));
        assert_eq!(code(relation(1, 2, Influences), above), None);
    }

    fn reach(edges: &[(u64, u64)], depth: u32) -> Vec<(u64, u32)> {
        let mut of = |id| {
            let out = edges.iter().filter(|(from, _)| *from == id);
            Ok(out.map(|(_, to)| Edge { relation: 1, other: *to, kind: 1, leads_away: true }).collect())
        };
        walk(1, depth, &mut of, &|_| true).unwrap().into_iter().map(|one| (one.id, one.depth)).collect()
    }

    #[test]
    fn a_walk_goes_round_a_circle_once_and_stops_at_its_depth() {
        let circle = [(1, 2), (2, 3), (3, 1), (2, 4)];
        assert_eq!(reach(&circle, 9), [(2, 1), (3, 2), (4, 2)]);
        assert_eq!(reach(&circle, 1), [(2, 1)]);
        assert_eq!(reach(&circle, 0), []);
        let star: Vec<(u64, u64)> = (2..3_000).map(|id| (1, id)).collect();
        assert_eq!(reach(&star, 1).len(), REACHED_MAX);
    }

    proptest! {
        #[test]
        fn a_walk_reaches_each_once_by_the_shortest_way(edges in prop::collection::vec((1_u64..12, 1_u64..12), 0..40)) {
            let found: BTreeMap<u64, u32> = reach(&edges, DEPTH_MAX).into_iter().collect();
            prop_assert_eq!(found.len(), reach(&edges, DEPTH_MAX).len());
            // The distances by relaxing every edge until nothing changes.
            let mut far: BTreeMap<u64, u32> = BTreeMap::from([(1, 0)]);
            for _ in 0..12 {
                for (from, to) in &edges {
                    if let Some(near) = far.get(from).copied() {
                        let best = far.entry(*to).or_insert(near + 1);
                        *best = (*best).min(near + 1);
                    }
                }
            }
            far.remove(&1);
            prop_assert_eq!(found, far);
        }
    }
}
