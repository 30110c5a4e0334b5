//! The typed stubs `crmkernel/_native.pyi`, made from the declarations.

use std::fmt::Write;

use crm_core::domain::{
    EntityDef, EntityKind, EnumDef, FieldDef, FieldType, Required, SYSTEM_FIELDS, VERBS, Verb, Writer,
};

/// What does not depend on the declarations, with what is in braces left open.
const HEAD: &str = include_str!("stubs/head.pyi");

/// The text of `crmkernel/_native.pyi`.
pub(crate) fn stubs() -> String {
    let defs: Vec<&EntityDef> = EntityKind::ALL.iter().map(|entity| entity.def()).collect();
    let entities: Vec<String> = defs.iter().map(|def| format!("\"{}\"", def.name)).collect();
    let collections: String = defs.iter().map(|def| collection_property(def)).collect();
    let system: String = SYSTEM_FIELDS.iter().map(property).collect();
    let mut text = HEAD
        .replace("{all}", &exported(&defs))
        .replace("{entities}", &entities.join(", "))
        .replace("{collections}", &collections)
        .replace("{system}", &system);
    for def in enumerations(&defs) {
        let names: Vec<String> = def.values.iter().map(|value| format!("\"{}\"", value.name)).collect();
        text.push_str(&format!("\n_{} = Literal[{}]", camel(def.name), names.join(", ")));
    }
    text.push('\n');
    for def in defs {
        inputs(&mut text, def);
        record(&mut text, def);
        collection(&mut text, def);
    }
    text
}

/// The names that the module exports: those that [`HEAD`] defines, and two classes for each entity.
fn exported(defs: &[&EntityDef]) -> String {
    let defined = |line: &'static str| {
        let rest = line.strip_prefix("class ").or_else(|| line.strip_prefix("def "))?;
        rest.split(['(', ':']).next().filter(|name| !name.starts_with('_'))
    };
    let classes = defs.iter().flat_map(|def| [camel(def.name), camel(def.plural)]);
    let names = HEAD.lines().filter_map(defined).map(str::to_owned).chain(classes);
    let mut names: Vec<String> = names.chain(["__version__".to_owned()]).map(|name| format!("\"{name}\"")).collect();
    names.sort_unstable();
    names.join(", ")
}

/// The enumerations of the fields, each once, in the order of their first use.
fn enumerations(defs: &[&EntityDef]) -> Vec<&'static EnumDef> {
    let mut found: Vec<&'static EnumDef> = Vec::new();
    for field in defs.iter().flat_map(|def| def.fields) {
        if let FieldType::Enum(def) = field.kind
            && !found.iter().any(|seen| seen.name == def.name)
        {
            found.push(def);
        }
    }
    found
}

fn collection_property(def: &EntityDef) -> String {
    let (name, class) = (def.plural, camel(def.plural));
    format!("\n    @property\n    def {name}(self) -> {class}:\n        \"\"\"The {name}.\"\"\"\n")
}

/// The type that a field has in a record.
fn type_out(field: &FieldDef) -> String {
    let plain = match field.kind {
        FieldType::Text { .. } => "str".to_owned(),
        FieldType::Int { .. } | FieldType::Ref(_) => "int".to_owned(),
        FieldType::Bool => "bool".to_owned(),
        FieldType::Date => "datetime.date".to_owned(),
        FieldType::Instant => "datetime.datetime".to_owned(),
        FieldType::Money => "Money".to_owned(),
        FieldType::Enum(def) => format!("_{}", camel(def.name)),
    };
    if field.required == Required::Always { plain } else { format!("{plain} | None") }
}

/// The type that a field takes.
fn type_in(field: &FieldDef) -> String {
    match field.kind {
        FieldType::Text { .. } => "str".to_owned(),
        FieldType::Int { .. } => "int".to_owned(),
        FieldType::Bool => "bool".to_owned(),
        FieldType::Date => "datetime.date".to_owned(),
        FieldType::Instant => "datetime.datetime".to_owned(),
        FieldType::Money => "Money".to_owned(),
        FieldType::Enum(def) => format!("_{} | str", camel(def.name)),
        FieldType::Ref(entity) => format!("{} | int", camel(entity.def().name)),
    }
}

fn property(field: &FieldDef) -> String {
    let (name, kind) = (attribute(field.name), type_out(field));
    let doc = format!("{} {}", field.label_zh, field.doc);
    format!("\n    @property\n    def {name}(self) -> {kind}:\n        \"\"\"{doc}\"\"\"\n")
}

/// The names that add, put, update and the verbs take.
fn inputs(text: &mut String, def: &EntityDef) {
    let class = camel(def.name);
    let settable = |field: &&FieldDef| field.writer != Writer::Kernel;
    let needed = |field: &FieldDef| field.required == Required::Always && field.writer == Writer::Caller;
    for (suffix, is_new) in [("New", true), ("Put", false)] {
        let lines = def.fields.iter().filter(settable).map(|field| {
            let kind = type_in(field);
            let kind = if is_new && needed(field) { format!("Required[{kind}]") } else { format!("{kind} | None") };
            (attribute(field.name), kind)
        });
        typed_dict(
            text,
            &format!("_{class}{suffix}"),
            lines.chain([CUSTOM].map(|(name, kind)| (name, kind.to_owned()))),
        );
    }
    let changes = def.fields.iter().filter(|field| field.writer == Writer::Caller);
    let lines = changes.map(|field| (attribute(field.name), format!("{} | None", type_in(field))));
    typed_dict(text, &format!("_{class}Changes"), lines.chain([CUSTOM, REVISION].map(|(n, k)| (n, k.to_owned()))));
    for verb in VERBS.iter().filter(|verb| verb.entity == def.kind) {
        verb_inputs(text, def, verb);
    }
}

/// Custom fields by name, and the revision that was read.
const CUSTOM: (&str, &str) = ("custom", "Mapping[str, Any]");
const REVISION: (&str, &str) = ("revision", "int | None");

fn verb_inputs(text: &mut String, def: &EntityDef, verb: &Verb) {
    let kind = |name: &str| def.field_named(name).map_or_else(|| "Any".to_owned(), type_in);
    let required = verb.required.iter().map(|name| (attribute(name), format!("Required[{}]", kind(name))));
    let optional = verb.optional.iter().map(|name| (attribute(name), format!("{} | None", kind(name))));
    let lines = required.chain(optional).chain([REVISION].map(|(name, kind)| (name, kind.to_owned())));
    typed_dict(text, &verb_class(def, verb), lines);
}

fn typed_dict(text: &mut String, name: &str, lines: impl Iterator<Item = (&'static str, String)>) {
    write(text, format_args!("\nclass {name}(TypedDict, total=False):\n"));
    for (field, kind) in lines {
        write(text, format_args!("    {field}: {kind}\n"));
    }
}

fn record(text: &mut String, def: &EntityDef) {
    let class = camel(def.name);
    write(text, format_args!("\n@final\nclass {class}(Record):\n    \"\"\"{} {}\"\"\"\n\n", def.label_zh, def.doc));
    text.push_str("    __match_args__: ClassVar[tuple[str, ...]]\n");
    for field in def.fields {
        text.push_str(&property(field));
    }
    for verb in VERBS.iter().filter(|verb| verb.entity == def.kind) {
        if def.field_named(verb.name).is_none() {
            let (name, inputs) = (verb.name, verb_class(def, verb));
            write(text, format_args!("\n    def {name}(self, **inputs: Unpack[{inputs}]) -> {class}:\n"));
            write(text, format_args!("        \"\"\"{} {}\"\"\"\n", verb.label_zh, verb.doc));
        }
    }
}

fn collection(text: &mut String, def: &EntityDef) {
    let (class, collection) = (camel(def.name), camel(def.plural));
    write(text, format_args!("\n@final\nclass {collection}(Collection[{class}]):\n"));
    write(text, format_args!("    \"\"\"The records of the entity {class} of a database.\"\"\"\n\n"));
    for (name, suffix, first) in [
        ("add", "New", String::new()),
        ("put", "Put", String::new()),
        ("update", "Changes", format!("record: {class} | int, /, ")),
    ] {
        let inputs = format!("**fields: Unpack[_{class}{suffix}]");
        write(text, format_args!("    def {name}(self, {first}{inputs}) -> {class}: ...  # type: ignore[override]\n"));
    }
    for verb in VERBS.iter().filter(|verb| verb.entity == def.kind) {
        let (name, inputs) = (verb.name, verb_class(def, verb));
        let signature = format!("self, record: {class} | int, /, **inputs: Unpack[{inputs}]");
        write(text, format_args!("    def {name}({signature}) -> {class}:\n"));
        write(text, format_args!("        \"\"\"{} {}\"\"\"\n\n", verb.label_zh, verb.doc));
    }
}

fn verb_class(def: &EntityDef, verb: &Verb) -> String {
    format!("_{}{}", camel(def.name), camel(verb.name))
}

/// The attribute of a field: `class` is a word of Python and becomes `class_`.
fn attribute(name: &'static str) -> &'static str {
    if name == "class" { "class_" } else { name }
}

fn camel(name: &str) -> String {
    let mut out = String::new();
    for part in name.split('_') {
        let mut letters = part.chars();
        out.extend(letters.next().into_iter().flat_map(char::to_uppercase).chain(letters));
    }
    out
}

fn write(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("invariant: writing to a String does not fail");
}
