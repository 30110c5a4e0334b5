//! Scores from the answers: of a survey, and of a customer in a period.

use std::ops::ControlFlow;

use crate::domain::{Date, Decision, EntityKind, Fields, Value, ValueRef, satisfaction_score, survey, survey_answer};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::{Draft, Record, key, table};
use crate::rules::satisfaction::{Share, score_hundredths};
use crate::rules::{Context, count_of};

use super::change;
use super::decide::each_under;
use super::mask::Mask;
use super::session::Session;

/// The score of a survey that is closed, in its draft. Source: R-KPI-07.
pub(super) fn decide_survey(txn: &dyn ReadTxn, context: &Context<'_>, draft: &mut Draft) -> Result<Vec<Decision>> {
    use survey::field;
    let max = count_of(draft, field::points_max).unsigned_abs();
    let mut share = Share::default();
    answers_under(txn, survey_answer::field::survey, draft.header.id, &mut |answer| {
        share = with_answer(share, answer, max);
        Ok(())
    })?;
    let score = share.hundredths();
    put(draft, [(field::points, share.part), (field::points_possible, share.whole)], field::score_hundredths, score);
    let value = score.map(|score| score.to_string()).unwrap_or_default();
    let decision = Decision::new("score_hundredths", value, "R-KPI-07", "R-DEP-06", context.policy)
        .input("points", share.part)
        .input("points_possible", share.whole)
        .because("the points of all answers of those that they could have got", "全部答复得分除以满分");
    Ok(vec![decision])
}

/// The score of a customer in a period, in its draft, when it changes. Source: R-ENG-14.
pub(super) fn decide_score(
    txn: &dyn ReadTxn,
    context: &Context<'_>,
    before: Option<&Record>,
    draft: &mut Draft,
) -> Result<Vec<Decision>> {
    use satisfaction_score::field;
    let of = draft.reference(field::customer).unwrap_or_default();
    let (Some(from), Some(until)) = (draft.date(field::period_from), draft.date(field::period_until)) else {
        return Ok(Vec::new());
    };
    let answered = answers_in(txn, None, of, from, until)?;
    let of_hundred = |f: u16| match draft.get(f) {
        Some(ValueRef::Int(points)) => Share::new(points.unsigned_abs(), 100),
        _ => Share::default(),
    };
    let parts = [of_hundred(field::contract_points), of_hundred(field::award_points), answered];
    let weights = context.policy.satisfaction.weights;
    let score = score_hundredths(weights, parts);
    let points = [(field::questionnaire_points, answered.part), (field::questionnaire_possible, answered.whole)];
    put(draft, points, field::score_hundredths, score);
    let value = score.map(|score| score.to_string()).unwrap_or_default();
    if before.is_some_and(|record| record.get(field::score_hundredths) == draft.get(field::score_hundredths)) {
        return Ok(Vec::new());
    }
    let basis = &context.policy.satisfaction;
    let mut decision =
        Decision::new("score_hundredths", value, basis.rule.clone(), basis.source.clone(), context.policy);
    for ((name, share), weight) in ["contract", "award", "questionnaire"].into_iter().zip(parts).zip(weights.parts()) {
        decision = decision.input(name, format!("{} of {} at {weight} %", share.part, share.whole));
    }
    let (reason, reason_zh) = match score {
        Some(_) => ("the three parts by their weights", "三部分得分加权"),
        None => ("a part that has a weight has no points", "有权重的部分缺少得分"),
    };
    Ok(vec![decision.because(reason, reason_zh)])
}

fn put(draft: &mut Draft, points: [(u16, u64); 2], field: u16, score: Option<u64>) {
    let value = |number: u64| i64::try_from(number).ok().map(Value::Int);
    change::put(draft, points.into_iter().map(|(field, number)| (field, value(number))).collect());
    change::put(draft, vec![(field, score.and_then(value))]);
}

/// One more answer; a question that was left open counts for nothing.
fn with_answer(share: Share, answer: &Record, max: u64) -> Share {
    match answer.get(survey_answer::field::points) {
        Some(ValueRef::Int(points)) => {
            Share::new(share.part.saturating_add(points.unsigned_abs()), share.whole.saturating_add(max))
        }
        _ => share,
    }
}

/// What a customer answered in the surveys that lie within a period.
fn answers_in(txn: &dyn ReadTxn, mask: Option<&Mask>, customer: u64, from: Date, until: Date) -> Result<Share> {
    let mut share = Share::default();
    answers_under(txn, survey_answer::field::customer, customer, &mut |answer| {
        let seen = mask.map(|mask| mask.apply(txn, answer.clone())).transpose()?;
        let answer = seen.as_ref().unwrap_or(answer);
        if answer.reference(survey_answer::field::customer).is_none() {
            return Ok(());
        }
        let Some(id) = answer.reference(survey_answer::field::survey) else { return Ok(()) };
        let Some(of) = table::load(txn, EntityKind::Survey, id)? else { return Ok(()) };
        if lies_within(&of, from, until) {
            share = with_answer(share, answer, count_of(&of, survey::field::points_max).unsigned_abs());
        }
        Ok(())
    })?;
    Ok(share)
}

fn answers_under(txn: &dyn ReadTxn, field: u16, id: u64, visit: &mut dyn FnMut(&Record) -> Result<()>) -> Result<()> {
    let mut prefix = key::index(EntityKind::SurveyAnswer, field);
    key::push_value(&mut prefix, Some(ValueRef::Ref(id)));
    each_under(txn, &prefix, &mut |id| {
        if let Some(answer) = table::load(txn, EntityKind::SurveyAnswer, id)? {
            visit(&answer)?;
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// What all customers answered in the surveys that lie within a period.
fn all_answers_in(txn: &dyn ReadTxn, mask: Option<&Mask>, from: Date, until: Date) -> Result<Share> {
    let mut share = Share::default();
    let begin = key::record(EntityKind::Survey, 0);
    let end = [EntityKind::Survey.number() + 1];
    txn.scan(Space::Record, &begin, Some(&end), Order::Ascending, &mut |_, stored| {
        let of = Record::decode(stored)?;
        if lies_within(&of, from, until) {
            let max = count_of(&of, survey::field::points_max).unsigned_abs();
            answers_under(txn, survey_answer::field::survey, of.id(), &mut |answer| {
                let seen = mask.map(|mask| mask.apply(txn, answer.clone())).transpose()?;
                share = with_answer(share, seen.as_ref().unwrap_or(answer), max);
                Ok(())
            })?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(share)
}

fn lies_within(of: &Record, from: Date, until: Date) -> bool {
    of.date(survey::field::period_from).is_some_and(|day| day >= from)
        && of.date(survey::field::period_until).is_some_and(|day| day <= until)
}

pub(super) fn in_order<T: PartialOrd + std::fmt::Display>(from: T, until: T) -> Result<()> {
    if until < from {
        return Err(Error::new(ErrorKind::InvalidArgument, format!("until is {until}, it is not before from, {from}")));
    }
    Ok(())
}

impl Session {
    /// What the answers of a customer, or without one of all customers, got of what they could have got, in the surveys
    /// that lie within a period. Both days belong to it. Source: R-KPI-07.
    ///
    /// # Errors
    /// `NotFound` when there is no such customer; `InvalidArgument` when `until` is before `from`; `Corrupt` and what else
    /// the store answers.
    pub fn satisfaction(&self, customer: Option<u64>, from: Date, until: Date) -> Result<Share> {
        in_order(from, until)?;
        let snapshot = self.crm.inner.snapshot()?;
        let mask = self.mask();
        let Some(id) = customer else { return all_answers_in(&*snapshot, mask.as_ref(), from, until) };
        if !table::exists(&*snapshot, EntityKind::Customer, id)? {
            let message = format!("there is no customer with the id {id}");
            return Err(Error::new(ErrorKind::NotFound, message).with("id", id));
        }
        answers_in(&*snapshot, mask.as_ref(), id, from, until)
    }
}
