//! The constants of the C header, from the declarations of the domain.

use std::fmt::Write as _;

use crm_core::domain::{EntityDef, EntityKind, EnumDef, FieldDef, FieldType, Level, Operation, SYSTEM_FIELDS, VERBS};
use crm_core::{ErrorKind, Op};
use crmkernel::version::{VERSION, VERSION_NUMBER, VERSION_PARTS};

/// All of them.
pub(super) fn make() -> String {
    let mut out = String::new();
    versions(&mut out);
    errors(&mut out);
    section(&mut out, "Who may do what.");
    for value in Level::DEF.values {
        define(&mut out, &format!("CRMK_LEVEL_{}", upper(value.name)), i64::from(value.number), value.doc);
    }
    operations(&mut out);
    section(&mut out, "How a condition compares a field with its value.");
    for op in Op::ALL {
        define(&mut out, &format!("CRMK_OP_{}", upper(op.name())), i64::from(op.number()), op_doc(op));
    }
    types(&mut out);
    section(&mut out, "The entities.");
    for entity in EntityKind::ALL {
        let def = entity.def();
        define(&mut out, &format!("CRMK_ENTITY_{}", upper(def.name)), i64::from(entity.number()), def.doc);
    }
    section(&mut out, "The fields that every record has.");
    for field in SYSTEM_FIELDS {
        define(&mut out, &format!("CRMK_FIELD_{}", upper(field.name)), i64::from(field.id), &field_doc(field));
    }
    for entity in EntityKind::ALL {
        fields(&mut out, entity.def());
    }
    enumerations(&mut out);
    verbs(&mut out);
    out
}

/// What each level allows, as a comment: the names are those in errors of kind FORBIDDEN.
fn operations(out: &mut String) {
    section(
        out,
        "The least level of what a session asks for. A verb has a level of its own; a higher level includes the lower.",
    );
    for operation in Operation::ALL {
        let (level, name, doc) = (operation.level().name(), operation.name(), operation.doc());
        let _ = writeln!(out, "//   {level:<7} {name:<20} {doc}");
    }
}

fn versions(out: &mut String) {
    section(out, "The version that a program is compiled with; crmk_version_number gives the one that runs.");
    let [major, minor, patch] = VERSION_PARTS;
    for (name, value) in [("MAJOR", major), ("MINOR", minor), ("PATCH", patch), ("NUMBER", VERSION_NUMBER)] {
        let _ = writeln!(out, "#define CRMK_VERSION_{name} {value}");
    }
    let _ = writeln!(out, "#define CRMK_VERSION \"{VERSION}\"");
}

fn errors(out: &mut String) {
    section(out, "The codes of errors. A number is fixed for ever; an unknown one is an error all the same.");
    for kind in ErrorKind::ALL {
        define(out, &format!("CRMK_E_{}", upper(kind.name())), i64::from(-kind.number()), kind.doc());
    }
}

fn types(out: &mut String) {
    section(out, "The types of values.");
    let names = ["none", "text", "int", "bool", "date", "instant", "money", "enum", "ref"];
    let docs = [
        "No value.",
        "A text.",
        "A signed integer of 64 bits.",
        "0 or 1.",
        "Days since 1970-01-01.",
        "Microseconds since 1970-01-01T00:00:00Z.",
        "An amount of money.",
        "The number of a value of an enumeration.",
        "The id of a record.",
    ];
    for (i, (name, doc)) in (0..).zip(names.into_iter().zip(docs)) {
        define(out, &format!("CRMK_TYPE_{}", upper(name)), i, doc);
    }
}

fn fields(out: &mut String, def: &EntityDef) {
    section(out, &format!("The fields of {} ({}). {}", def.name, def.label_zh, def.doc));
    for field in def.fields {
        define(out, &format!("CRMK_{}_{}", upper(def.name), upper(field.name)), i64::from(field.id), &field_doc(field));
    }
}

fn field_doc(field: &FieldDef) -> String {
    let kind = match field.kind {
        FieldType::Text { len_max } => format!("text, at most {len_max}"),
        FieldType::Int { min, max } if (min, max) != (i64::MIN, i64::MAX) => match max {
            i64::MAX => format!("int from {min}"),
            _ => format!("int {min} to {max}"),
        },
        FieldType::Enum(def) => format!("enum CRMK_{}_", upper(def.name)),
        FieldType::Ref(entity) => format!("ref to {}", entity.def().name),
        other => other.name().to_owned(),
    };
    format!("{} ({kind}; {})", field.doc, field.label_zh)
}

/// The enumerations that fields use, each once, in the order of their first use.
pub(super) fn used_enumerations() -> Vec<&'static EnumDef> {
    let mut found: Vec<&'static EnumDef> = Vec::new();
    for field in EntityKind::ALL.iter().flat_map(|entity| entity.def().fields) {
        if let FieldType::Enum(def) = field.kind
            && !found.iter().any(|f| f.name == def.name)
        {
            found.push(def);
        }
    }
    found
}

fn enumerations(out: &mut String) {
    for def in used_enumerations() {
        section(out, &format!("The values of {}.", def.name));
        for value in def.values {
            let name = format!("CRMK_{}_{}", upper(def.name), upper(value.name));
            define(out, &name, i64::from(value.number), &format!("{} ({})", value.doc, value.label_zh));
        }
    }
}

fn verbs(out: &mut String) {
    section(out, "The verbs, for crmk_record_act: what each takes stands in brackets, optional inputs with a ?.");
    for verb in VERBS {
        let optional = verb.optional.iter().map(|name| format!("{name}?"));
        let inputs: Vec<String> = verb.required.iter().map(|name| (*name).to_owned()).chain(optional).collect();
        let name = format!("CRMK_VERB_{}_{}", upper(verb.entity.def().name), upper(verb.name));
        let doc = format!("{} ({}) [{}]", verb.doc, verb.label_zh, inputs.join(", "));
        define(out, &name, i64::from(verb.number), &doc);
    }
}

fn op_doc(op: Op) -> &'static str {
    match op {
        Op::Eq => "Is the value.",
        Op::Ne => "Is there and is not the value.",
        Op::Lt => "Is less than the value.",
        Op::Le => "Is the value or less.",
        Op::Gt => "Is greater than the value.",
        Op::Ge => "Is the value or greater.",
        Op::In => "Is one of the values; each is given by a call.",
        Op::StartsWith => "Is a text that begins with the value.",
        Op::IsSet => "Is there; takes no value.",
        Op::IsAbsent => "Is absent; takes no value.",
    }
}

fn section(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n// {title}");
}

fn define(out: &mut String, name: &str, value: i64, doc: &str) {
    let doc = doc.replace('\n', " ");
    let _ = match doc.is_empty() {
        true => writeln!(out, "#define {name} {}", literal(value)),
        false => writeln!(out, "#define {name} {} // {doc}", literal(value)),
    };
}

fn literal(value: i64) -> String {
    if value < 0 { format!("({value})") } else { value.to_string() }
}

fn upper(name: &str) -> String {
    name.to_ascii_uppercase()
}
