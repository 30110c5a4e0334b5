//! What must hold of a longer deadline: it gets longer, keeps to the policy's bounds, and another approves each of them.

use crate::domain::complaint::field;
use crate::domain::{Basis, Complexity, Fields, Maximum};
use crate::error::Violation;

use super::super::shape::{is_same_user, violation};
use super::super::{Context, count_of};

/// How hard a complaint is to settle; simple unless it says otherwise.
fn complexity(complaint: &dyn Fields) -> Complexity {
    complaint.enumeration(field::complexity).and_then(Complexity::from_number).unwrap_or(Complexity::Simple)
}

/// Checks a complaint that the verb `extend` was used on: it gives days or a higher complexity, and keeps to the bounds.
pub(super) fn check(before: Option<&dyn Fields>, complaint: &dyn Fields, context: &Context<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let was = before.map_or(Complexity::Simple, complexity);
    if complexity(complaint) < was {
        found.push(shorter(was, complexity(complaint)));
    } else if complexity(complaint) == was
        && before.is_some_and(|before| before.get(field::extended_days) == complaint.get(field::extended_days))
    {
        let message = "extension_days is missing, an extension gives days or a higher complexity";
        found.push(violation("extension_days", "required", message, "延期须填写天数或提高复杂程度"));
    }
    let policy = &context.policy.complaint;
    let (count, days) = (count_of(complaint, field::extension_count), count_of(complaint, field::extended_days));
    if let Some(Maximum { value: max, basis }) = policy.extensions_max.as_ref().filter(|max| count > max.value.into()) {
        let message = format!("the complaint was extended {} times, at most {max} are allowed", count - 1);
        let often = violation("extension_count", "out_of_range", message, format!("延期最多{max}次"));
        let often = often.by(basis.rule.clone(), basis.source.clone());
        found.push(often.input("extension_count", count).input("extensions_max", max));
    }
    if let Some(Maximum { value: max, basis }) =
        policy.extension_days_max.as_ref().filter(|max| days > max.value.into())
    {
        let message = format!("the extensions sum up to {days} days, at most {max} are allowed");
        let long = violation("extension_days", "out_of_range", message, format!("累计延期最多{max}天"));
        let long = long.by(basis.rule.clone(), basis.source.clone());
        found.push(long.input("extended_days", days).input("extension_days_max", max));
    }
    found
}

fn shorter(was: Complexity, now: Complexity) -> Violation {
    let message =
        format!("complexity is {}, it was {}; an extension does not shorten a deadline", now.name(), was.name());
    violation("complexity", "lower", message, "延期不得降低复杂程度")
        .by("L-BNK-1", "CBIRC Order 2020 No. 3: after approval")
        .input("complexity", now.name())
        .input("complexity_before", was.name())
}

/// Checks the approval of a longer deadline, whatever the command: each has its own, by another than who handles the
/// complaint or asked for it.
///
/// A complaint becomes special by an extension. One that is recorded as special names who approved that. So nobody makes a
/// deadline longer by changing the complexity alone.
pub(super) fn check_approval(
    before: Option<&dyn Fields>,
    complaint: &dyn Fields,
    command: &str,
    context: &Context<'_>,
) -> Vec<Violation> {
    let Some(basis) = &context.policy.complaint.extension_needs_another else { return Vec::new() };
    let mut found = Vec::new();
    let approver = complaint.text(field::extension_approver);
    let is_named_now = approver.is_some() && before.and_then(|b| b.text(field::extension_approver)) != approver;
    let is_special = |complaint: &dyn Fields| complexity(complaint) == Complexity::Special;
    let becomes_special = is_special(complaint) && !before.is_some_and(is_special);
    if becomes_special && command != "extend" && !is_named_now {
        found.push(unapproved(basis));
    }
    let asked = before.and_then(|before| before.text(field::extension_requested_by));
    if (command == "extend" || is_named_now)
        && let Some(approver) = approver
        && (is_same_user(Some(approver), complaint.text(field::owner)) || is_same_user(Some(approver), asked))
    {
        let message = "the approver is who handles the complaint or asked for the extension; another approves it";
        let message_zh = "延期须由经办人和申请人以外的人审批";
        found.push(
            violation("extension_approver", "own_complaint", message, message_zh)
                .by(basis.rule.clone(), basis.source.clone())
                .input("owner", complaint.text(field::owner).unwrap_or_default())
                .input("extension_requested_by", asked.unwrap_or_default())
                .input("extension_approver", approver),
        );
    }
    found
}

fn unapproved(basis: &Basis) -> Violation {
    let message =
        "extension_approver is missing, a complaint becomes special by an extension that another approves; use extend";
    violation("extension_approver", "required", message, "变更为特殊投诉须经审批延期")
        .by(basis.rule.clone(), basis.source.clone())
        .input("complexity", Complexity::Special.name())
}
