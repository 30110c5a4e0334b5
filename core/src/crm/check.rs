//! The checks of the write path, in the order in which it makes them.

use std::ops::ControlFlow;

use crate::domain::{
    Actor, Changes, EntityKind, FieldType, Fields, InvestigationKind, Level, Operation, Value, ValueRef, Writer,
    access_record, appeal, complaint, investigation, review, type_name, visit,
};
use crate::error::{Error, ErrorKind, Result, Violation};
use crate::port::ReadTxn;
use crate::record::{Catalog, Draft, FieldInfo, Record, key, table};
use crate::rules::{self, machine, shape};

use super::untold;
use super::write::{Request, Setting, is_anew};

/// The index `investigation.by_customer_kind`.
const BY_CUSTOMER_KIND: u16 = 20_002;

/// Step 1: every field is known and every value is of its type.
pub(crate) fn form(catalog: &Catalog, request: &Request<'_>) -> Result<()> {
    for (field, value) in request.changes {
        let info = catalog.require(request.entity, *field)?;
        if let Some(value) = value
            && value.tag() != info.kind.tag()
        {
            return Err(crate::domain::wrong_type(&info.name, type_name(info.kind.tag()), value.as_ref()));
        }
    }
    Ok(())
}

/// That an actor has a level.
pub(crate) fn level(actor: &Actor, needed: Level, command: &str) -> Result<()> {
    if actor.level >= needed {
        return Ok(());
    }
    let (needs, has) = (needed.name(), actor.level.name());
    let found = shape::violation(
        "",
        "level",
        format!("{command} needs the level {needs}, the actor has {has}"),
        format!("权限不足：需要{}，当前为{}", label_zh(needed), label_zh(actor.level)),
    );
    let found = found.by("R-SYS-03", "F0 §6 2.2").input("command", command).input("needs", needs).input("has", has);
    Err(Error::refused(ErrorKind::Forbidden, found).with("command", command).with("level", needs))
}

/// That an actor has the level of an operation.
pub(crate) fn permitted(actor: &Actor, operation: Operation) -> Result<()> {
    level(actor, operation.level(), operation.name())
}

fn label_zh(level: Level) -> &'static str {
    Level::DEF.by_number(level.number()).map_or("", |value| value.label_zh)
}

/// Step 3: the actor's level allows the command. `hides` says whether a field of a record is hidden from the actor: whether it
/// changes would reveal it.
pub(crate) fn rights(
    catalog: &Catalog,
    actor: &Actor,
    request: &Request<'_>,
    before: Option<&Record>,
    hides: &dyn Fn(&Record, u16) -> bool,
) -> Result<()> {
    // The calendar moves the deadlines of everybody; the organisation is administered, not edited. Source: R-CBK-01.
    let is_administered = matches!(request.entity, EntityKind::WorkYear | EntityKind::OrgUnit | EntityKind::User);
    let administers = is_administered && !is_anew(request);
    let least = if administers { Operation::Administer } else { Operation::WriteRecords }.level();
    level(actor, request.verb.map_or(least, |verb| verb.level), request.name)?;
    let borrower = request.changes.get(&access_record::field::borrower).and_then(Option::as_ref);
    if request.entity == EntityKind::AccessRecord && borrower.is_some_and(|v| *v != Value::Text(actor.name.clone())) {
        level(actor, Operation::Administer.level(), "lending to another")?;
    }
    let past = request.records_past
        && actor.level < Operation::Administer.level()
        && request.changes.iter().any(|(field, value)| tells_past(catalog, request, before, (*field, value), hides));
    if past { level(actor, Operation::Administer.level(), "recording the past") } else { Ok(()) }
}

/// Whether a value belongs to a record of the past: a verb's field, or another state than the first.
fn tells_past(
    catalog: &Catalog,
    request: &Request<'_>,
    before: Option<&Record>,
    (field, value): (u16, &Option<Value>),
    hides: &dyn Fn(&Record, u16) -> bool,
) -> bool {
    let def = request.entity.def();
    let Some(info) = catalog.field(request.entity, field).filter(|info| info.writer == Writer::Verb) else {
        return false;
    };
    let value = value.as_ref().map(Value::as_ref);
    if let Some(before) = before {
        return before.get(field) != value || hides(before, field);
    }
    let initial = machine::initial(request.entity).and_then(|name| def.states()?.by_name(name)).map(|v| v.number);
    let is_initial = def.state == Some(info.id) && value == initial.map(ValueRef::Enum);
    value.is_some() && !is_initial
}

/// Who may set a field: the violations of a command that sets what it may not.
pub(crate) fn writers(catalog: &Catalog, request: &Request<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for field in request.changes.keys().filter(|field| !request.is_name(**field)) {
        let Some(info) = catalog.field(request.entity, *field) else { continue };
        let allowed = request.follows
            || match request.verb {
                Some(verb) => {
                    verb.required.contains(&info.name.as_str()) || verb.optional.contains(&info.name.as_str())
                }
                None => info.writer == Writer::Caller || (info.writer == Writer::Verb && request.records_past),
            };
        if !allowed {
            found.push(not_writable(info, request));
        }
    }
    let missing = |name: &&&str| {
        let info = catalog.field_named(request.entity, name);
        info.is_none_or(|info| request.changes.get(&info.id).is_none_or(Option::is_none))
    };
    for name in request.verb.iter().flat_map(|verb| verb.required.iter()).filter(missing) {
        let label_zh = catalog.field_named(request.entity, name).map_or(*name, |info| info.label_zh.as_str());
        found.push(
            shape::violation(
                name,
                "required",
                format!("{name} is missing, {} needs it", request.name),
                format!("{}须填写{label_zh}", request.verb.map_or("", |v| v.label_zh)),
            )
            .input("command", request.name),
        );
    }
    found
}

fn not_writable(info: &FieldInfo, request: &Request<'_>) -> Violation {
    let (name, command) = (&info.name, request.name);
    let message = match (request.verb, info.writer) {
        (Some(verb), _) => {
            let inputs: Vec<&str> = verb.required.iter().chain(verb.optional).copied().collect();
            let inputs = if inputs.is_empty() { "no fields".to_owned() } else { inputs.join(", ") };
            format!("{name} is not an input of {command}, which takes {inputs}")
        }
        (None, Writer::Kernel) => format!("{name} is kept by the kernel and cannot be set"),
        (None, _) => format!("{name} is set by a verb of the {}, not by {command}", request.entity.def().name),
    };
    shape::violation(name, "not_writable", message, format!("{}不能由此操作填写", info.label_zh))
        .input("command", command)
}

/// Step 4: every reference that changes names a record that exists.
pub(crate) fn references(txn: &dyn ReadTxn, catalog: &Catalog, before: Option<&Record>, draft: &Draft) -> Result<()> {
    for (field, value) in &draft.values {
        let Value::Ref(id) = value else { continue };
        let Some(info) = catalog.field(draft.header.entity, *field) else { continue };
        let FieldType::Ref(target) = info.kind else { continue };
        if *id == 0 || before.is_some_and(|record| record.get(*field) == Some(ValueRef::Ref(*id))) {
            continue;
        }
        if !table::exists(txn, target, *id)? {
            let (name, target) = (&info.name, target.def().name);
            return Err(Error::new(
                ErrorKind::Reference,
                format!("{name} names the {target} {id}, which does not exist"),
            )
            .with("field", name)
            .with("id", id));
        }
    }
    Ok(())
}

/// Step 4: form and invariants; every violation comes back, those of dates that cannot be among them.
pub(crate) fn invariants(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    draft: &Draft,
    impossible: Vec<Violation>,
) -> Result<()> {
    let entity = request.entity;
    let mut found = writers(catalog, request);
    for (field, value) in request.changes {
        if let (Some(value), Some(info)) = (value, catalog.field(entity, *field)) {
            found.extend(shape::bounds(&info.name, &info.label_zh, info.kind, info.sensitive, value));
        }
    }
    let state = state_name(entity, draft);
    for info in entity.def().required {
        let missing = shape::required(info.name, info.label_zh, info.required, state, draft.get(info.id));
        found.extend(missing.filter(|v| !found.iter().any(|f| f.field == v.field)));
    }
    let untold = untold::check(request, before, draft).into_iter();
    found.extend(untold.filter(|v| !found.iter().any(|f| f.field == v.field)).collect::<Vec<_>>());
    let (system, id) = external_reference_fields(entity);
    found.extend(shape::external_reference(draft, system, id));
    found.extend(impossible);
    if entity == EntityKind::Visit {
        found.extend(rules::visit::check(draft, setting.today));
    }
    if entity == EntityKind::InformationItem {
        found.extend(rules::information::check(draft, setting.today));
    }
    if entity == EntityKind::Person {
        found.extend(rules::information::check_person(draft, setting.today));
    }
    if matches!(entity, EntityKind::PersonRelation | EntityKind::PartnerRelation) {
        found.extend(super::customer_file::check_relation(txn, entity, draft, before.map_or(0, Record::id))?);
    }
    if entity == EntityKind::OrgUnit {
        use crate::domain::org_unit::field;
        let mut parent_of = |unit| Ok(table::load(txn, entity, unit)?.and_then(|unit| unit.reference(field::parent)));
        let (own, parent) = (before.map_or(0, Record::id), draft.reference(field::parent));
        found.extend(rules::org_unit::check_parent(own, parent, &mut parent_of)?);
    }
    if entity == EntityKind::WorkYear {
        found.extend(rules::work_year::check(draft));
    }
    if matches!(entity, EntityKind::Visit | EntityKind::Complaint | EntityKind::Investigation) {
        found.extend(person_elsewhere(txn, before, draft)?);
    }
    refuse(found)
}

/// Step 5: the policy rules that refuse.
pub(crate) fn policy(
    txn: &dyn ReadTxn,
    catalog: &Catalog,
    setting: &Setting<'_>,
    request: &Request<'_>,
    before: Option<&Record>,
    draft: &Draft,
    customer: Option<&Record>,
) -> Result<()> {
    let context = setting.context();
    let old = before.map(|record| record as &dyn Fields);
    let load = |entity, field| draft.reference(field).map_or(Ok(None), |id| table::load(txn, entity, id));
    let state = state_name(request.entity, draft);
    let mut found = rules::required::check(setting.policy, request.entity, state, draft);
    found.extend(match request.entity {
        EntityKind::Complaint => {
            let actions = || super::decide::actions_of(txn, draft.header.id);
            let class = customer.and_then(|customer| customer.text(crate::domain::customer::field::class));
            rules::complaint::check(old, draft, class, request.name, &context, &actions)?
        }
        EntityKind::Customer => {
            let mut of = rules::visit::check_customer(draft, request.name, &context);
            of.extend(rules::customer_number::check(old, request.changes));
            of.extend(rules::customer_code::check(old, draft, setting.policy, setting.today));
            of
        }
        EntityKind::Visit => rules::visit::check_plan(old, draft, &context),
        EntityKind::CustomerPlan => rules::customer_plan::check(old, draft, setting.policy),
        EntityKind::Investigation => {
            let asks = rules::investigation::asks_for_general(old, draft, setting.policy);
            let has_general = !asks || has_passed_general(txn, draft)?;
            let of = customer.map(|customer| customer as &dyn Fields);
            rules::investigation::check(old, draft, has_general, of, setting.policy, setting.today)
        }
        EntityKind::Survey => {
            use crate::domain::survey::field;
            rules::satisfaction::check_period(draft, field::period_from, field::period_until).into_iter().collect()
        }
        EntityKind::SurveyAnswer => {
            let of = load(EntityKind::Survey, crate::domain::survey_answer::field::survey)?;
            of.map_or_else(Vec::new, |of| rules::satisfaction::check_answer(draft, &of))
        }
        EntityKind::SatisfactionScore => {
            use crate::domain::satisfaction_score::field;
            rules::satisfaction::check_period(draft, field::period_from, field::period_until).into_iter().collect()
        }
        EntityKind::Action => rules::action::check(draft),
        EntityKind::AccessRecord => {
            let mut of = rules::access::check(old, draft, setting.today);
            if let (Some(loans), None) = (&setting.policy.file_loans, old) {
                let position = super::loans::position_of(txn, catalog, draft)?;
                of.extend(rules::access::check_borrower(loans, position));
            }
            of
        }
        EntityKind::Appeal => {
            let about = load(EntityKind::Complaint, appeal::field::complaint)?;
            let complainant = about.and_then(|about| about.reference(complaint::field::customer));
            rules::appeal::check(draft, complainant).into_iter().collect()
        }
        EntityKind::Review => {
            let about = load(EntityKind::Complaint, review::field::complaint)?;
            let about = about.as_ref().map(|record| record as &dyn Fields);
            rules::review::check(draft, about, before.is_none(), &context)?
        }
        _ => Vec::new(),
    });
    refuse(found)
}

/// Whether the customer of an investigation passed a general one.
fn has_passed_general(txn: &dyn ReadTxn, draft: &Draft) -> Result<bool> {
    use investigation::field;
    let mut prefix = key::index(EntityKind::Investigation, BY_CUSTOMER_KIND);
    key::push_value(&mut prefix, draft.get(field::customer));
    key::push_value(&mut prefix, Some(ValueRef::Enum(InvestigationKind::General.number())));
    let mut found = false;
    super::decide::each_under(txn, &prefix, &mut |id| {
        let general = table::load(txn, EntityKind::Investigation, id)?;
        found = general.is_some_and(|general| rules::investigation::is_passed_general(&general));
        Ok(if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}

/// An error of the violations, when there are any.
pub(crate) fn refuse(found: Vec<Violation>) -> Result<()> {
    if found.is_empty() { Ok(()) } else { Err(Error::rejected(found)) }
}

/// The name of the state of a record.
pub(crate) fn state_name(entity: EntityKind, record: &dyn Fields) -> Option<&'static str> {
    let def = entity.def();
    let number = record.enumeration(def.state?)?;
    def.states()?.by_number(number).map(|value| value.name)
}

/// The two fields of the external reference; every entity declares them.
pub(crate) fn external_reference_fields(entity: EntityKind) -> (u16, u16) {
    let index = entity.def().indexes.iter().find(|index| index.name == "by_external_ref");
    match index.map(|index| index.fields) {
        Some([system, id]) => (*system, *id),
        _ => unreachable!("invariant: every entity declares by_external_ref over two fields"),
    }
}

/// The person of a visit, complaint or investigation belongs to its customer.
fn person_elsewhere(txn: &dyn ReadTxn, before: Option<&Record>, draft: &Draft) -> Result<Option<Violation>> {
    let (person, customer) = match draft.header.entity {
        EntityKind::Visit => (visit::field::person, visit::field::customer),
        EntityKind::Investigation => (investigation::field::head, investigation::field::customer),
        _ => (complaint::field::person, complaint::field::customer),
    };
    let Some(id) = draft.reference(person) else { return Ok(None) };
    if before.is_some_and(|b| b.reference(person) == Some(id) && b.get(customer) == draft.get(customer)) {
        return Ok(None);
    }
    let Some(found) = table::load(txn, EntityKind::Person, id)? else { return Ok(None) };
    if found.reference(crate::domain::person::field::customer) == draft.reference(customer) {
        return Ok(None);
    }
    Ok(Some(
        shape::violation(
            draft.header.entity.def().field(person).map_or("", |info| info.name),
            "other_customer",
            format!("the person {id} belongs to another customer"),
            "联系人属于其他客户",
        )
        .input("person", id),
    ))
}

/// The values that changes set, as fields to look keys up with.
pub(crate) struct Set<'a>(pub(crate) &'a Changes);

impl Fields for Set<'_> {
    fn get(&self, field: u16) -> Option<ValueRef<'_>> {
        self.0.get(&field)?.as_ref().map(Value::as_ref)
    }
}
