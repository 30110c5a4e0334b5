//! How the decisions of several plugins about one subject become one: which of them counts.

use crate::domain::{ComplaintGrade, Decided, Quantity};

/// Adds a decision behind those about other subjects; among those about its own it goes first when it counts.
pub(super) fn add(all: &mut Vec<Decided>, new: Decided) {
    let subject = new.decision.subject.clone();
    match all.iter().position(|d| d.decision.subject == subject) {
        None => all.push(new),
        Some(first) if counts_before(&subject, &new.value, &all[first].value) => all.insert(first, new),
        Some(first) => {
            let behind = all[first..].iter().position(|d| d.decision.subject != subject);
            all.insert(behind.map_or(all.len(), |n| first + n), new);
        }
    }
}

/// Whether a later plugin's value counts before the value that counts so far.
fn counts_before(subject: &str, new: &Quantity, so_far: &Quantity) -> bool {
    match (subject, new, so_far) {
        ("deadline_on" | "next_due_on", Quantity::Date(new), Quantity::Date(so_far)) => new < so_far,
        // Of days until which records must be kept the latest counts.
        ("keep_until", Quantity::Date(new), Quantity::Date(so_far)) => new > so_far,
        ("grade", Quantity::Text(new), Quantity::Text(so_far)) => gravity(new) > gravity(so_far),
        _ => false,
    }
}

fn gravity(grade: &str) -> u16 {
    ComplaintGrade::DEF.by_name(grade).map_or(0, |value| value.number)
}
