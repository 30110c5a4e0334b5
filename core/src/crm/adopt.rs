//! Adopting a policy: a version with its effective date and approver, checked, and kept in the journal.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::{Date, Decision, Instant, NewPolicy, Operation, user_name};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::policy::{Adopted, Document, Shelf};
use crate::port::{Order, ReadTxn, Space, Stage};
use crate::record::journal::{Fact, NewEntry};
use crate::record::meta::{self, Head};
use crate::record::{Catalog, journal, key};
use crate::rules::shape::violation;

use super::check;
use super::write::{Outcome, Setting, append, entry, nothing_written};

/// The name of the command in the journal.
const ADOPT: &str = "adopt_policy";
/// What asks for an effective date and an approver: R-TEL-04.
const SOURCE: &str = "F0 §20 Art. 6";

/// Adopts a policy file. What is wrong with it is refused, and the policy in force stays in force.
pub(super) fn adopt(
    txn: &mut Stage<'_>,
    catalog: &mut Arc<Catalog>,
    setting: &Setting<'_>,
    new: &NewPolicy,
) -> Result<Outcome> {
    check::permitted(setting.actor, Operation::AdoptPolicy)?;
    let head = Head::read(txn)?;
    let document = Arc::new(Document::parse(&new.text).map_err(Error::rejected)?);
    let adopted = facts(setting, new, &document, head.sequence + 1)?;
    check_effective(txn, setting, &head, adopted.effective_on)?;
    if catalog.policies().is_taken(&adopted.version) {
        let message = format!("the version {} is taken; a policy that changes gets another version", adopted.version);
        return Err(Error::new(ErrorKind::Duplicate, message).with("version", &adopted.version));
    }
    let in_force = catalog.policies().with_document(&document, &**catalog).map_err(Error::rejected)?;
    in_force.check_year(adopted.effective_on)?;
    let decision = decision(setting, &adopted, &document);
    let shelf = catalog.policies().with_version(adopted, document, in_force);
    Arc::make_mut(catalog).set_policies(shelf);
    let decisions = vec![decision];
    let facts = [Fact { key: meta::policy_key(head.sequence + 1), value: Vec::new() }];
    let entry = NewEntry { decisions: &decisions, facts: &facts, ..entry(setting, &head, ADOPT) };
    append(txn, &head, &entry);
    Ok(Outcome { changed: true, sequence: head.sequence + 1, decisions, ..nothing_written() })
}

/// The facts of the version, from the command or else from the file.
fn facts(setting: &Setting<'_>, new: &NewPolicy, document: &Document, sequence: u64) -> Result<Adopted> {
    let missing = |name: &str, name_zh: &str| {
        let message = format!("{name} is missing; a policy is adopted with an effective date and an approver");
        violation(name, "required", message, format!("缺少{name_zh}"))
    };
    let mut found: Vec<Violation> = Vec::new();
    let effective_on = new.effective_on.or(document.effective_on);
    let approver = new.approver.clone().or_else(|| document.approver.clone()).unwrap_or_default();
    if effective_on.is_none() {
        found.push(missing("effective_on", "生效日期"));
    }
    let len = approver.chars().count();
    match len {
        0 => found.push(missing("approver", "审批人")),
        1..=64 => {}
        _ => found.push(
            violation(
                "approver",
                "too_long",
                format!("approver has {len} characters, at most 64 are allowed"),
                format!("审批人有{len}个字符，最多64个"),
            )
            .input("length", len)
            .input("length_max", 64),
        ),
    }
    check::refuse(found.into_iter().map(|wrong| wrong.by("R-TEL-04", SOURCE)).collect())?;
    user_name::normal(&approver, "approver").map_err(|refused| refused.with("field", "approver"))?;
    Ok(Adopted {
        version: document.version.clone(),
        effective_on: effective_on.unwrap_or(setting.today),
        approver,
        actor: setting.actor.name.clone(),
        at: setting.now,
        sequence,
    })
}

/// A policy takes effect on no day on which another one has decided already.
fn check_effective(txn: &dyn ReadTxn, setting: &Setting<'_>, head: &Head, effective_on: Date) -> Result<()> {
    let Some(last) = last_change(txn, head)? else { return Ok(()) };
    let last = last.date_in(setting.zone);
    if effective_on >= last {
        return Ok(());
    }
    let past = violation(
        "effective_on",
        "in_the_past",
        format!("effective_on is {effective_on}, but records were changed under another policy up to {last}"),
        format!("生效日期{effective_on}早于已有记录的{last}"),
    );
    let past = past.by("R-DEP-08", "F1 §8");
    check::refuse(vec![past.input("effective_on", effective_on).input("last_change_on", last)])
}

/// When a record was changed last; declarations and policies decide nothing about records.
fn last_change(txn: &dyn ReadTxn, head: &Head) -> Result<Option<Instant>> {
    let mut last = None;
    let until = key::after_prefix(&key::journal(head.sequence));
    txn.scan(Space::Journal, &[], until.as_deref(), Order::Descending, &mut |_, stored| {
        let (entry, _) = journal::decode(stored)?;
        if entry.changes.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        last = Some(entry.at);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(last)
}

/// The decision that is the record of the adoption: its inputs hold all that is needed to load the policy again.
fn decision(setting: &Setting<'_>, adopted: &Adopted, document: &Document) -> Decision {
    let (version, from, approver) = (&adopted.version, adopted.effective_on, &adopted.approver);
    Decision {
        subject: "policy".into(),
        value: version.clone(),
        rule: "R-TEL-04".into(),
        source: SOURCE.into(),
        inputs: vec![
            ("effective_on".into(), from.to_string()),
            ("approver".into(), approver.clone()),
            ("text".into(), document.text().to_owned()),
        ],
        reason: format!("the policy {version}, approved by {approver}, is in force from {from} on"),
        reason_zh: format!("制度{version}经{approver}批准，自{from}起施行"),
        policy_version: setting.policy.version.clone(),
        plugin: String::new(),
    }
}

/// The catalog with the policies that a database holds.
///
/// # Errors
/// `Corrupt` when one cannot be found, `Unsupported` when one has figures that this version or its plugins do not know;
/// what the store answers.
pub(super) fn load(read: &dyn ReadTxn, mut catalog: Catalog) -> Result<Catalog> {
    let mut sequences = Vec::new();
    let until = key::after_prefix(meta::KEY_POLICY);
    read.scan(Space::Meta, meta::KEY_POLICY, until.as_deref(), Order::Ascending, &mut |key, _| {
        sequences.extend(key::id_at_end(key));
        Ok(ControlFlow::Continue(()))
    })?;
    for sequence in sequences {
        let shelf = load_one(read, &catalog, sequence)?;
        catalog.set_policies(shelf);
    }
    Ok(catalog)
}

fn load_one(read: &dyn ReadTxn, catalog: &Catalog, sequence: u64) -> Result<Shelf> {
    let damaged = || Error::new(ErrorKind::Corrupt, format!("the policy of the journal entry {sequence} is damaged"));
    let stored = meta::get(read, Space::Journal, &key::journal(sequence))?.ok_or_else(damaged)?;
    let (entry, _) = journal::decode(&stored)?;
    let decision = entry.decisions.first().filter(|_| entry.command == ADOPT).ok_or_else(damaged)?;
    let input = |name: &str| decision.inputs.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let adopted = Adopted {
        version: decision.value.clone(),
        effective_on: input("effective_on").and_then(|date| date.parse().ok()).ok_or_else(damaged)?,
        approver: input("approver").ok_or_else(damaged)?,
        actor: entry.actor.clone(),
        at: entry.at,
        sequence,
    };
    let unknown = |problems: Vec<Violation>| {
        let first = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
        let message = format!("the adopted policy {} cannot be used any more: {first}", decision.value);
        Error::new(ErrorKind::Unsupported, message).with("version", &decision.value)
    };
    let text = input("text").ok_or_else(damaged)?;
    let document = Arc::new(Document::parse(&text).map_err(unknown)?);
    let in_force = catalog.policies().with_document(&document, catalog).map_err(unknown)?;
    Ok(catalog.policies().with_version(adopted, document, in_force))
}
