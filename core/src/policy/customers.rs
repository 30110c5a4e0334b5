//! The figures of customers' files as the rules use them: authors, copies, investigations and codes.

use crate::domain::{
    Authors, EntityKind, FieldType, FileCopies, FileLoans, InvestigationKind, InvestigationNeeds, RequiredFields,
    UserPosition, VERBS,
};

use super::compile::{KnownFields, Problems, basis, fields_of, flag, int, texts};
use super::merge::{Merged, MergedFigure};

/// Refuses an empty list.
fn filled(found: &MergedFigure, problems: &mut Problems<'_>) -> Vec<String> {
    let names = texts(found);
    if names.is_empty() {
        problems.of_value(found, "empty", "the list is empty; take the figure away with none = true", "列表为空");
    }
    names
}

pub(super) fn authors(merged: &Merged, problems: &mut Problems<'_>) -> Vec<Authors> {
    let mut all = Vec::new();
    for (path, found) in merged.under("authors.") {
        let (entity, command) = path.split_once('.').unwrap_or((path, ""));
        let Some(entity) = EntityKind::from_name(entity) else { continue };
        let verbs = VERBS.iter().filter(|verb| verb.entity == entity).map(|verb| verb.name);
        let commands: Vec<&str> = ["any", "add", "update"].into_iter().chain(verbs).collect();
        if !commands.contains(&command) {
            let message = format!("there is no command {command}; allowed are {}", commands.join(", "));
            problems.add(found.figure.at, found, "unknown_command", &message, "没有此操作");
        }
        let command = (command != "any").then(|| command.to_owned());
        all.push(Authors { entity, command, units: filled(found, problems), basis: basis(found) });
    }
    all
}

pub(super) fn copies(merged: &Merged) -> Vec<FileCopies> {
    let copies = |(holder, found): (&str, &MergedFigure)| {
        let count = u32::try_from(int(found, "value")?).ok()?;
        Some(FileCopies { holder: holder.to_owned(), count, basis: basis(found) })
    };
    merged.under("file.copies.").filter_map(copies).collect()
}

pub(super) fn loans(merged: &Merged, problems: &mut Problems<'_>) -> Option<FileLoans> {
    let found = merged.figures.get("file.loan_positions")?;
    let mut positions = Vec::new();
    for name in filled(found, problems) {
        let number = UserPosition::DEF.by_name(&name).map(|value| value.number);
        match number.and_then(UserPosition::from_number) {
            Some(position) => positions.push(position),
            None => {
                let message = format!("there is no position {name}; allowed are {}", UserPosition::DEF.allowed());
                problems.of_value(found, "unknown_value", &message, "没有此岗位");
            }
        }
    }
    Some(FileLoans { positions, basis: basis(found) })
}

pub(super) fn investigations(
    merged: &Merged,
    known: &dyn KnownFields,
    problems: &mut Problems<'_>,
) -> Vec<InvestigationNeeds> {
    let of_kind = |kind: InvestigationKind| {
        let figure = |of: &str| merged.figures.get(&format!("investigation.{of}.{}", kind.name()));
        let fields = figure("needs").map(|found| {
            filled(found, problems);
            fields_of(EntityKind::Investigation, None, found, known, problems)
        });
        let departments = figure("departments").map(|found| (filled(found, problems), basis(found)));
        let order = merged.figures.get("investigation.on_site_after_general");
        let after_general = order.filter(|found| kind == InvestigationKind::OnSite && flag(found, "value")).map(basis);
        let is_said = fields.is_some() || departments.is_some() || after_general.is_some();
        is_said.then_some(InvestigationNeeds { kind, fields, departments, after_general })
    };
    [InvestigationKind::General, InvestigationKind::OnSite].into_iter().filter_map(of_kind).collect()
}

pub(super) fn code_after(
    merged: &Merged,
    known: &dyn KnownFields,
    problems: &mut Problems<'_>,
) -> Option<RequiredFields> {
    let found = merged.figures.get("customer.code_after")?;
    filled(found, problems);
    Some(fields_of(EntityKind::Customer, None, found, known, problems))
}

/// The fields of the customer that hold before its certification is applied for; each is true or false.
pub(super) fn gates(merged: &Merged, known: &dyn KnownFields, problems: &mut Problems<'_>) -> Option<RequiredFields> {
    let found = merged.figures.get("investigation.gates")?;
    for name in filled(found, problems) {
        let kind = known.field(EntityKind::Customer, &name).map(|(facts, _)| facts.kind);
        if kind.is_some_and(|kind| kind != FieldType::Bool) {
            problems.of_value(found, "wrong_type", &format!("{name} is not true or false"), "应为是否字段");
        }
    }
    Some(fields_of(EntityKind::Customer, None, found, known, problems))
}
