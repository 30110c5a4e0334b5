//! What closing a complaint asks for, as the rules use it: the steps, of which complaints, and under which condition.

use std::borrow::Cow;

use crate::domain::{Basis, CloseGuard, ComplaintGrade, Condition, EntityKind, GuardedOf, GuardedStep};

use super::compile::{KnownFields, NamesOf, Problems, basis, texts};
use super::condition;
use super::merge::{Merged, MergedFigure};

/// The guards, in the order of the steps.
pub(super) fn close_guards(merged: &Merged, known: &dyn KnownFields, problems: &mut Problems<'_>) -> Vec<CloseGuard> {
    let mut guards = Vec::new();
    for step in GuardedStep::ALL {
        let Some(found) = merged.figures.get(&format!("complaint.close_guards.{}", step.name())) else { continue };
        let (of, when) = (guarded(found, problems), condition_of(found, known, problems));
        let Basis { rule, source } = basis(found);
        guards.push(CloseGuard { step, of, when, rule: Cow::Owned(rule), source: Cow::Owned(source) });
    }
    guards
}

/// The complaints that a step is asked of.
fn guarded(found: &MergedFigure, problems: &mut Problems<'_>) -> Vec<GuardedOf> {
    let names = texts(found);
    let allowed = format!("{}, {}, {}", GuardedOf::ALL, GuardedOf::KEY_CLASS, ComplaintGrade::DEF.allowed());
    if names.is_empty() {
        let message = format!("the list of complaints is empty; allowed are {allowed}");
        problems.of_value(found, "empty", &message, "等级为空");
    }
    let mut of = Vec::new();
    for name in &names {
        match GuardedOf::parse(name) {
            Some(one) => of.push(one),
            None => {
                let message = format!("there is no grade {name}; allowed are {allowed}");
                problems.of_value(found, "unknown_grade", &message, "没有此等级");
            }
        }
    }
    of
}

fn condition_of(found: &MergedFigure, known: &dyn KnownFields, problems: &mut Problems<'_>) -> Option<Condition> {
    let text = Some(found.figure.text("when")).filter(|text| !text.is_empty())?;
    match condition::compile(text, &NamesOf(EntityKind::Complaint, known)) {
        Ok(condition) => Some(condition),
        Err(wrong) => {
            let at = found.figure.place_of("when") + wrong.at;
            problems.add(at, found, wrong.code, &wrong.message, "条件不正确");
            None
        }
    }
}
