//! The rules of construction as pure functions on plain values.

/// What the class of a customer depends on.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Relation {
    pub(crate) cooperations: i64,
    pub(crate) smooth: bool,
    pub(crate) follow_up_project: Option<bool>,
    pub(crate) fundamentals_good: bool,
    pub(crate) both_willing: bool,
    pub(crate) strategic_agreement: bool,
    pub(crate) major_effect: bool,
    pub(crate) near_term_project: bool,
    pub(crate) known: bool,
}

/// The class and its rule, the first that fits; `None` when none does. Source: R-ENG-02 to R-ENG-05.
pub(crate) fn class(of: Relation, cooperations_min: i64) -> Option<(&'static str, &'static str)> {
    let follows = of.follow_up_project == Some(true);
    let proven = of.cooperations >= cooperations_min && follows && of.fundamentals_good && of.both_willing;
    if proven || of.strategic_agreement || of.major_effect {
        return Some(("strategic", "R-ENG-02"));
    }
    if of.cooperations > 0 && of.smooth && follows && of.fundamentals_good && of.both_willing {
        return Some(("key", "R-ENG-03"));
    }
    if of.cooperations > 0 && of.smooth && !follows {
        return Some(("general", "R-ENG-04"));
    }
    (of.fundamentals_good && of.near_term_project && of.known).then_some(("potential", "R-ENG-05"))
}

/// What is watched of a class. Source: R-ENG-10, R-ENG-12; the texts for key and general are lost.
pub(crate) fn watched(class: &str) -> Option<&'static str> {
    match class {
        "strategic" => Some("cooperation mode, resource allocation, quality, price, service"),
        "potential" => Some("company profile, project progress"),
        _ => None,
    }
}

/// The satisfaction of 0 to 100 as hundredths of a point by weights that add up to 100. Source: R-ENG-14.
pub(crate) fn satisfaction(parts: [i64; 3], weights: [i64; 3]) -> Option<i64> {
    let valid = weights.iter().sum::<i64>() == 100 && parts.iter().all(|p| (0..=100).contains(p));
    valid.then(|| parts.iter().zip(weights).map(|(part, weight)| part * weight).sum())
}

/// The place of a customer in the order of priority, the greater the earlier: value and influence count alike, for the
/// source weighs neither. Source: R-PRJ-01.
pub(crate) fn priority(value_points: i64, influence_points: i64) -> i64 {
    value_points + influence_points
}
