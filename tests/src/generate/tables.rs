//! `core/src/domain/README.md`: the tables of fields, enumerations and verbs, from the declarations.

use std::fmt::Write as _;
use std::path::Path;

use crm_core::domain::{EntityDef, EntityKind, FieldDef, FieldType, Required, Target, VERBS, Writer};

use super::constants::used_enumerations;

pub(super) fn make(_root: &Path) -> Result<String, String> {
    let mut out = String::from(
        "# Entities\n\nWhat the kernel stores, generated from the declarations in this folder by `make generate`.\n",
    );
    for entity in EntityKind::ALL {
        fields(&mut out, entity.def());
        verbs(&mut out, *entity);
    }
    out.push_str("\n# Enumerations\n");
    for def in used_enumerations() {
        let _ = writeln!(out, "\n## {}\n\n| number | name | | meaning |\n|---|---|---|---|", def.name);
        for value in def.values {
            let _ = writeln!(out, "| {} | `{}` | {} | {} |", value.number, value.name, value.label_zh, value.doc);
        }
    }
    Ok(out)
}

fn fields(out: &mut String, def: &EntityDef) {
    let _ = writeln!(out, "\n## {} ({})\n\n{}\n", def.name, def.label_zh, def.doc);
    out.push_str("| id | name | | type | required | set by | | meaning |\n|---|---|---|---|---|---|---|---|\n");
    for field in def.fields {
        let marks: Vec<&str> = [(field.sensitive, "sensitive"), (field.indexed, "indexed"), (field.managed, "managed")]
            .into_iter()
            .filter_map(|(is, mark)| is.then_some(mark))
            .collect();
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {} | {} | {} | {}{} |",
            field.id,
            field.name,
            field.label_zh,
            kind(field),
            required(field),
            writer(field),
            marks.join(", "),
            field.doc,
            made_from(field)
        );
    }
    out.push_str("\nUnique keys and indexes over several fields:\n");
    for index in def.indexes {
        let names: Vec<&str> = index.fields.iter().filter_map(|id| def.field(*id)).map(|f| f.name).collect();
        let unique = if index.unique { ", unique" } else { "" };
        let states = if index.states.is_empty() { String::new() } else { format!(", of {}", index.states.join(", ")) };
        let _ = writeln!(out, "- `{}`: {}{unique}{states}", index.name, names.join(", "));
    }
    if def.counts.is_empty() {
        return;
    }
    out.push_str("\nCounts by values, kept with every write:\n");
    for count in def.counts {
        let names: Vec<&str> = count.fields.iter().filter_map(|id| def.field(*id)).map(|f| f.name).collect();
        let _ = writeln!(out, "- `{}`: {}", count.name, names.join(", "));
    }
}

fn kind(field: &FieldDef) -> String {
    match field.kind {
        FieldType::Text { len_max } => format!("text to {len_max}"),
        FieldType::Int { min: i64::MIN, max: i64::MAX } => "int".to_owned(),
        FieldType::Int { min, max } => format!("int {min} to {max}"),
        FieldType::Enum(def) => format!("[{}](#{})", def.name, def.name),
        FieldType::Ref(entity) => format!("ref to {}", entity.def().name),
        other => other.name().to_owned(),
    }
}

/// What a field is hidden with.
fn made_from(field: &FieldDef) -> String {
    let names: Vec<String> = field.made_from.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!(" Hidden with {}.", names.join(", ")) }
}

fn required(field: &FieldDef) -> String {
    match field.required {
        Required::No => String::new(),
        Required::Always => "always".to_owned(),
        Required::In(states) => states.join(", "),
    }
}

fn writer(field: &FieldDef) -> &'static str {
    match field.writer {
        Writer::Caller => "caller",
        Writer::Verb => "verb",
        Writer::Kernel => "kernel",
    }
}

fn verbs(out: &mut String, entity: EntityKind) {
    let own: Vec<_> = VERBS.iter().filter(|verb| verb.entity == entity).collect();
    if own.is_empty() {
        return;
    }
    out.push_str(
        "\n| number | verb | | from | to | takes | level | what it does |\n|---|---|---|---|---|---|---|---|\n",
    );
    for verb in own {
        let to = match verb.to {
            Target::State(to) => to,
            Target::Same => "(stays)",
            Target::Resumed => "(where it was)",
        };
        let optional = verb.optional.iter().map(|name| format!("{name}?"));
        let inputs: Vec<String> = verb.required.iter().map(|name| (*name).to_owned()).chain(optional).collect();
        let (number, name, label, from) = (verb.number, verb.name, verb.label_zh, verb.from.join(", "));
        let (inputs, level, doc) = (inputs.join(", "), verb.level.name(), verb.doc);
        let rests_on = match verb.rests_on {
            [] => String::new(),
            facts => format!(" Needs of earlier steps: {}.", facts.join(", ")),
        };
        let _ =
            writeln!(out, "| {number} | `{name}` | {label} | {from} | {to} | {inputs} | {level} | {doc}{rests_on} |");
    }
}
