//! The rules of construction as pure functions on plain values.

/// What is watched of a class. Source: R-ENG-10, R-ENG-12; the texts for key and general are lost.
pub(crate) fn watched(class: &str) -> Option<&'static str> {
    match class {
        "strategic" => Some("cooperation mode, resource allocation, quality, price, service"),
        "potential" => Some("company profile, project progress"),
        _ => None,
    }
}

/// The place of a customer in the order of priority, the greater the earlier: value and influence count alike, for the
/// source weighs neither. Source: R-PRJ-01.
pub(crate) fn priority(value_points: i64, influence_points: i64) -> i64 {
    value_points + influence_points
}
