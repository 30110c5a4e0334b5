//! Dates that cannot be: refused, or recorded as they are with a mark where the caller asks for that.

use crate::domain::{EntityKind, FIELD_DATE_DOUBT, Fields, Value, Writer, appeal, complaint, visit};
use crate::error::{Result, Violation};
use crate::port::ReadTxn;
use crate::record::{Catalog, Draft, Record, table};
use crate::rules;
use crate::rules::dates::{self, Dated, Doubt};

use super::check::state_name;
use super::write::{Request, Setting};

/// Marks the dates of a draft that cannot be, and gives what is to be refused of them: nothing when the command allows them,
/// and nothing that was there before.
///
/// The mark is made anew when a date or the state changes, so that it goes when the dates are mended and does not change with
/// time alone.
///
/// # Errors
/// `Corrupt` and what else the store answers.
pub(super) fn check(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    draft: &mut Draft,
) -> Result<Vec<Violation>> {
    let entity = draft.header.entity;
    let same = |field: u16| before.is_some_and(|before| before.get(field) == draft.get(field));
    let has_changed = entity.def().state.is_some_and(|state| !same(state))
        || draft.values.iter().any(|(field, value)| is_dated(entity, *field, value) && !same(*field))
        || before.is_some_and(|before| before.iter().any(|(field, _)| is_gone_date(before, draft, field)))
        || (entity == EntityKind::Appeal && !same(appeal::field::complaint));
    if !has_changed {
        return Ok(Vec::new());
    }
    let mut found = doubts(catalog, setting, entity, draft);
    found.extend(of_a_rule(txn, setting, before, draft)?);
    let refused = found.iter().filter(|doubt| !request.allows_impossible && !doubt.fields.iter().all(|f| same(*f)));
    let refused = refused.map(|doubt| doubt.violation.clone()).collect();
    match dates::mark(&found) {
        Some(names) => draft.values.insert(FIELD_DATE_DOUBT, Value::Text(names)),
        None => draft.values.remove(&FIELD_DATE_DOUBT),
    };
    Ok(refused)
}

/// The date of a record that cannot be by a rule: a visit that is held outside of the time of its plan, where the policy refuses
/// that, and an appeal that was received before its complaint.
fn of_a_rule(
    txn: &dyn ReadTxn,
    setting: &Setting<'_>,
    before: Option<&Record>,
    draft: &Draft,
) -> Result<Option<Doubt>> {
    let before = before.map(|record| record as &dyn Fields);
    Ok(match draft.header.entity {
        EntityKind::Visit if setting.has_rules => rules::visit::outside_window(before, draft, &setting.context())
            .map(|violation| Doubt { fields: vec![visit::field::held_at, visit::field::planned_on], violation }),
        EntityKind::Appeal => {
            use appeal::field;
            let about = draft.reference(field::complaint);
            let about = about.map_or(Ok(None), |id| table::load(txn, EntityKind::Complaint, id))?;
            let turned = about.and_then(|about| rules::appeal::before_its_complaint(draft, &about));
            turned.map(|violation| Doubt { fields: vec![field::received_at, field::complaint], violation })
        }
        _ => None,
    })
}

fn is_dated(entity: EntityKind, field: u16, value: &Value) -> bool {
    dates::is_dated(entity, field, value.as_ref())
}

/// Whether a date was taken out.
fn is_gone_date(before: &Record, draft: &Draft, field: u16) -> bool {
    draft.get(field).is_none() && before.get(field).is_some_and(|value| dates::is_dated(before.entity(), field, value))
}

fn doubts(catalog: &Catalog, setting: &Setting<'_>, entity: EntityKind, draft: &Draft) -> Vec<Doubt> {
    let dated: Vec<Dated<'_>> = draft
        .values
        .iter()
        .filter(|(field, value)| is_dated(entity, **field, value))
        .filter_map(|(field, value)| {
            let info = catalog.field(entity, *field).filter(|info| info.writer != Writer::Kernel)?;
            let is_declared = entity.def().field(*field).is_some();
            Some(Dated {
                field: *field,
                name: &info.name,
                label_zh: &info.label_zh,
                is_sensitive: info.sensitive,
                is_event: is_declared && matches!(value, Value::Instant(_)),
            })
        })
        .collect();
    dates::doubts(entity, draft, state_name(entity, draft), &dated, setting.now, setting.zone)
}

/// Whether nothing can be counted from the instant at which a complaint was received.
pub(super) fn has_doubtful_start(complaint: &dyn Fields) -> bool {
    let names = complaint.text(FIELD_DATE_DOUBT).unwrap_or_default();
    // One that was taken up again counts from then on.
    let counts = !rules::complaint::is_settled(complaint) && complaint.get(complaint::field::reopened_at).is_none();
    counts && names.split(", ").any(|name| name == "received_at")
}
