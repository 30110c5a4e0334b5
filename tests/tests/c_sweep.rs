//! Every function of the C ABI, called with everything that it should refuse, in a program that is made from the header.
//!
//! F14: comments of the header left out errors that functions gave, calls from within a clock hung, and a refused free said
//! nothing. F3: a size that cut a function pointer was taken, and half a pointer called. Now the sweep calls each function with
//! each argument in turn NULL, freed, of another type, of a closed database, too long, not UTF-8 and out of range, with each
//! size of each struct, in a child of fork, from within the clock, and from four threads on the same handles. It must end, and every code that it sees must stand in
//! the comment of its function or in the rules of the header's beginning.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "a test makes the files that it needs")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use crm_core::ErrorKind;
use crm_tests::generate::root;
use crm_tests::library::{self, run};

/// A function of the header: its name, its parameters as type and name, and what its comment says.
struct Function {
    name: String,
    parameters: Vec<(String, String)>,
    comment: String,
}

/// The functions whose answer is the code of another failure.
const REPORTING: [&str; 2] = ["crmk_thread_error", "crmk_batch_answer"];

fn functions(header: &str) -> Vec<Function> {
    let (mut found, mut comment, mut open) = (Vec::new(), String::new(), String::new());
    for line in header.lines() {
        if let Some(text) = line.strip_prefix("//") {
            comment.push_str(text.trim());
            comment.push(' ');
            continue;
        }
        if !open.is_empty() || line.starts_with("int32_t crmk_") {
            open.push_str(line);
        }
        if open.ends_with(';') {
            found.push(function(&open, &comment));
            open.clear();
        }
        if open.is_empty() {
            comment.clear();
        }
    }
    found
}

fn function(prototype: &str, comment: &str) -> Function {
    let (name, rest) = prototype.trim_start_matches("int32_t ").split_once('(').unwrap();
    let parameters = rest.trim_end_matches(");").split(',').filter(|parameter| parameter.trim() != "void");
    let parameter = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let at = text.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap() + 1;
        (text[..at].trim().replace("const ", "").replace("struct ", "").replace(' ', ""), text[at..].to_owned())
    };
    let parameters = parameters.map(parameter).collect();
    Function { name: name.to_owned(), parameters, comment: comment.to_owned() }
}

fn texts(name: &str) -> Vec<String> {
    let good = match name {
        "path" => "path(\"copy.crm\")",
        "to" => "path(\"salvaged.crm\")",
        "backup" => "path(\"absent.crm\")",
        "actor" => "T(\"u.li\")",
        "text" | "other" => "T(\"id = \\\"x\\\"\\nversion = \\\"x/1\\\"\\ntitle = \\\"X\\\"\\n\")",
        "version" | "base" => "T(\"\")",
        _ => "T(\"name\")",
    };
    let odd = [
        "T(\"\")",
        "T(\"no such thing\")",
        "raw(\"\\xff\\xfe\", 2)",
        "raw(NULL, 5)",
        "raw(\"x\", SIZE_MAX)",
        "too_long()",
        "path(\"text.txt\")",
        "T(\"a\\nb\\033\")",
        "T(\"/absent/folder/x.crm\")",
        "T(\"2026-09-16\")",
        "T(\"9999-99-99\")",
        "T(\"a\\nb = 1\")",
    ];
    std::iter::once(good).chain(odd).map(str::to_owned).collect()
}

/// What a database is opened with, the ordinary one first.
const OPENINGS: [&str; 14] = [
    "opening(sizeof(crmk_open_options))",
    "NULL",
    "with_tail(sizeof(crmk_open_options))",
    "opening_of(path(\"absent.crm\"), 0, T(\"\"))",
    "opening_of(path(\"absent.crm\"), CRMK_OPEN_READ_ONLY, T(\"\"))",
    "opening_of(path(\"new.crm\"), CRMK_OPEN_CREATE, T(\"Mars/Olympus\"))",
    "opening_of(path(\"absent/new.crm\"), CRMK_OPEN_CREATE, T(\"\"))",
    "opening_of(path(\"text.txt\"), 0, T(\"\"))",
    "opening_of(path(\"\"), 0, T(\"\"))",
    "opening_of(T(\"\"), 0, T(\"\"))",
    "opening_of(raw(\"\\xff\", 1), 0, T(\"\"))",
    "opening_of(too_long(), 0, T(\"\"))",
    "opening_of(T(\"\"), 0x80000000u, T(\"\"))",
    "opening_of(T(\"\"), CRMK_OPEN_MEMORY, raw(NULL, 3))",
];

/// Numbers for a parameter of a type, the ordinary one first.
fn numbers(kind: &str, name: &str) -> Option<&'static [&'static str]> {
    Some(match (kind, name) {
        ("int32_t", "level") => &["3", "1", "0", "4", "-1", "INT32_MIN", "INT32_MAX"],
        ("int32_t", "verb") => &["101", "0", "-1", "401", "INT32_MAX", "INT32_MIN"],
        ("int32_t", _) => &["1", "4", "0", "2", "-1", "99", "20000", "INT32_MIN", "INT32_MAX"],
        ("uint32_t", "field") => &["4", "1", "6", "0", "21", "60001", "9999", "UINT32_MAX"],
        ("uint32_t", "argument_count") => &["0", "1", "UINT32_MAX"],
        ("uint32_t", _) => &["0", "1", "2", "1000", "UINT32_MAX"],
        ("uint64_t", _) => &["1", "0", "2", "((uint64_t)1 << 63)", "UINT64_MAX"],
        ("int64_t", _) => &["0", "1789516800000000", "-1", "INT64_MIN", "INT64_MAX"],
        ("size_t", "message_capacity") => &["64", "0", "1"],
        ("size_t", _) => &["0", "1", "3", "SIZE_MAX"],
        _ => return None,
    })
}

/// What a parameter is called with in C, the ordinary one first.
fn candidates(kind: &str, name: &str, structs: &BTreeSet<String>) -> Vec<String> {
    let all = |found: &[&str]| found.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    if let Some(handle) = kind.strip_prefix("crmk_").and_then(|rest| rest.strip_suffix('*'))
        && ["db", "session", "record", "query", "cursor", "batch", "journal"].contains(&handle)
    {
        let member = handle;
        let mut found = match handle {
            "session" => all(&["good.session", "good.reader"]),
            "record" => all(&["good.record", "good.stored"]),
            _ => vec![format!("good.{member}")],
        };
        let other = if handle == "db" { "good.session" } else { "good.db" };
        found.push("NULL".to_owned());
        found.push(format!("freed.{member}"));
        found.push(format!("closed.{member}"));
        found.extend([other, "0x1234", "UINTPTR_MAX", "&good"].map(|odd| format!("(crmk_{handle} *)(uintptr_t){odd}")));
        return found;
    }
    if kind.ends_with("**") {
        return all(&["&made", "NULL"]).into_iter().map(|one| one.replace("&made", &format!("&made_{name}"))).collect();
    }
    if let Some(found) = numbers(kind, name) {
        return all(found);
    }
    match (kind, name) {
        ("crmk_open_options*", _) => all(&OPENINGS),
        ("crmk_text", _) => texts(name),
        ("crmk_copy_options*", _) => all(&[
            "place(sizeof(crmk_copy_options))",
            "NULL",
            "with_tail(sizeof(crmk_copy_options))",
            "copying(0, stop)",
            "copying(CRMK_COPY_REPLACE, go_on)",
            "copying(0x40, NULL)",
        ]),
        ("crmk_money", _) => all(&["money(100, \"CNY\")", "money(-1, \"???\")", "money(INT64_MIN, \"\\0\\0\")"]),
        ("crmk_sink", _) => all(&["take", "NULL", "take_none"]),
        ("crmk_problem_visitor", _) => all(&["see", "NULL"]),
        ("crmk_source", _) => all(&["give_none", "NULL", "give_too_much", "give_failure"]),
        ("void*", _) => all(&["NULL"]),
        ("char*", "string") => all(&["\"x\"", "NULL"]),
        _ => {
            let target = kind.strip_suffix('*').expect("a pointer, or a type that has candidates above");
            if structs.contains(target) {
                return vec![
                    format!("place(sizeof({target}))"),
                    "NULL".to_owned(),
                    format!("with_tail(sizeof({target}))"),
                ];
            }
            vec!["place(0)".to_owned(), "NULL".to_owned()]
        }
    }
}

/// One call in C, which frees what it is given.
fn call(function: &Function, arguments: &[String]) -> String {
    let mut out = String::from("{");
    let made = function.parameters.iter().filter(|(kind, _)| kind.ends_with("**"));
    for (kind, name) in made.clone() {
        let _ = write!(out, " {} made_{name} = NULL;", kind.trim_end_matches('*').to_owned() + " *");
    }
    let cast = function.parameters.iter().zip(arguments).map(|((kind, _), argument)| match kind.ends_with('*') {
        true if !kind.ends_with("**") => {
            format!("({kind}){argument}").replace("(ArrowArrayStream*)", "(struct ArrowArrayStream *)")
        }
        _ => argument.clone(),
    });
    let name = &function.name;
    let _ = write!(out, " said(\"{name}\", {name}({}));", cast.collect::<Vec<_>>().join(", "));
    for (kind, name) in made {
        let handle = kind.trim_end_matches('*');
        let _ = write!(out, " if (made_{name} != NULL) {handle}_free(made_{name});");
    }
    out + " }\n"
}

/// The calls of one function: the ordinary one, and each with one argument that is not.
fn calls(function: &Function, structs: &BTreeSet<String>) -> (String, Vec<String>) {
    let of: Vec<Vec<String>> = function.parameters.iter().map(|(kind, name)| candidates(kind, name, structs)).collect();
    let ordinary: Vec<String> = of.iter().map(|found| found[0].clone()).collect();
    let base = call(function, &ordinary);
    let mut all = vec![base.clone()];
    for (at, found) in of.iter().enumerate() {
        for odd in &found[1..] {
            let mut arguments = ordinary.clone();
            arguments[at].clone_from(odd);
            all.push(call(function, &arguments));
        }
        let target = function.parameters[at].0.trim_end_matches('*').to_owned();
        if structs.contains(&target) && function.parameters[at].0.ends_with('*') {
            let mut arguments = ordinary.clone();
            arguments[at] = if target == "crmk_open_options" { "opening(n)".to_owned() } else { "place(n)".to_owned() };
            let one = call(function, &arguments).replace(
                &format!("said(\"{}\",", function.name),
                &format!("sized(\"{}\", n, cuts_{target}(n),", function.name),
            );
            all.push(format!("for (size_t n = 0; n <= sizeof({target}) + 16; n++) {one}"));
        }
    }
    // A file that is there is looked at when it is to be replaced.
    if let [.., (kind, _)] = function.parameters.as_slice()
        && kind == "crmk_copy_options*"
    {
        for (at, found) in of.iter().enumerate() {
            for odd in found {
                let mut arguments = ordinary.clone();
                *arguments.last_mut().unwrap() = "copying(CRMK_COPY_REPLACE, NULL)".to_owned();
                arguments[at].clone_from(odd);
                all.push(call(function, &arguments));
            }
        }
    }
    (base, all)
}

/// Whether a size cuts a field of a struct, as C sees its fields.
fn cuts(name: &str, fields: &[&'static str]) -> String {
    let one = |field: &&str| {
        let field = if *field == "type" { "type" } else { field };
        format!("(n > offsetof({name}, {field}) && n < offsetof({name}, {field}) + sizeof((({name} *)0)->{field}))")
    };
    let all: Vec<String> = fields.iter().map(one).collect();
    format!("static int cuts_{name}(size_t n) {{ return n < 4 || {}; }}\n", all.join(" || "))
}

fn program(functions: &[Function]) -> String {
    let layouts = crmkernel::layout::layouts();
    let headed = layouts.iter().filter(|layout| layout.fields[0].0 == "size");
    let structs: BTreeSet<String> = headed.clone().map(|layout| layout.name.to_owned()).collect();
    let mut out = String::from("#include \"sweep.h\"\n");
    out.push_str(
        "static void sized(const char *name, size_t n, int cut, int32_t code) {\n  said(name, code);\n  \
         if (cut && code != CRMK_E_INVALID_ARGUMENT) { fprintf(stderr, \"%s took the size %zu: %d\\n\", name, n, (int)code); \
         exit(1); }\n}\n",
    );
    for layout in headed {
        let fields: Vec<&'static str> = layout.fields.iter().map(|(field, _)| *field).collect();
        out.push_str(&cuts(layout.name, &fields));
    }
    let (mut main, mut ordinary) = (String::new(), String::new());
    for function in functions.iter().filter(|function| !REPORTING.contains(&function.name.as_str())) {
        let (base, all) = calls(function, &structs);
        let name = &function.name;
        let ends = name.ends_with("_free") || name.ends_with("_close");
        let each = if ends { "set_up(); " } else { "" };
        let after = if ends { " tear_down();" } else { "" };
        let body: String = all.iter().map(|one| format!("  {each}{one}{after}\n")).collect();
        let _ = writeln!(out, "static void of_{name}(void) {{\n{body}}}");
        let (begin, end) = if ends { ("", "") } else { ("set_up(); ", " tear_down();") };
        let _ = writeln!(main, "  printf(\"at %s\\n\", \"{name}\"); fflush(stdout); {begin}of_{name}();{end}");
        // A handle that its owner frees is gone for the calls after it.
        if !ends || name == "crmk_db_close" {
            ordinary.push_str(&base);
        }
    }
    let frees: String = functions
        .iter()
        .filter(|function| function.name.ends_with("_free"))
        .map(|function| {
            let (name, handle) = (&function.name, function.name.trim_start_matches("crmk_").trim_end_matches("_free"));
            format!("{{ int32_t code = {name}(good.{handle}); said(\"{name}\", code); if (code != CRMK_E_MISUSE) exit(3); }}\n")
        })
        .collect();
    let _ = write!(
        out,
        "static void ordinary(void) {{\n{ordinary}}}\nstatic void frees(void) {{\n{frees}}}\n\
         int main(int argc, char **argv) {{\n  (void)argc;\n  folder = argv[1];\n  alarm(300);\n{main}\
         \n  printf(\"at the clock\\n\"); fflush(stdout); set_up(); within_the_clock(frees); within_the_clock(ordinary); tear_down();\
         \n  printf(\"at a fork\\n\"); set_up(); within_a_fork(ordinary); tear_down();\
         \n  printf(\"at threads\\n\"); set_up(); within_threads(ordinary); tear_down();\
         \n  printf(\"done\\n\");\n  return 0;\n}}\n"
    );
    out
}

/// The errors that a comment names, with those of the functions to which it refers.
fn documented(function: &Function, all: &BTreeMap<&str, &Function>, kinds: &BTreeSet<String>) -> BTreeSet<String> {
    let at = function.comment.find("Errors").unwrap_or(function.comment.len());
    let errors = &function.comment[at..];
    let mut found: BTreeSet<String> = errors
        .split(|c: char| !(c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()))
        .filter(|word| kinds.contains(*word))
        .map(str::to_owned)
        .collect();
    for (at, _) in errors.match_indices("s crmk_") {
        let referred: String =
            errors[at + 2..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let is_reference = errors[..=at].ends_with("as") || errors[..=at].ends_with("As");
        if let Some(other) = all.get(referred.as_str()).filter(|other| is_reference && other.name != function.name) {
            found.extend(documented(other, all, kinds));
        }
    }
    found
}

/// The errors that come by what a function takes, as the beginning of the header says.
fn by_parameters(function: &Function, structs: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = ["BUG".to_owned()].into();
    let mut add = |names: &[&str]| found.extend(names.iter().map(|name| (*name).to_owned()));
    for (kind, name) in &function.parameters {
        let target = kind.trim_end_matches('*');
        match kind.as_str() {
            "crmk_text" => add(&["NULL_ARGUMENT", "INVALID_ARGUMENT", "INVALID_UTF8"]),
            _ if structs.contains(target) => add(&["NULL_ARGUMENT", "INVALID_ARGUMENT", "UNSUPPORTED"]),
            _ if name.ends_with("_count") || name == "len" => add(&["NULL_ARGUMENT", "INVALID_ARGUMENT"]),
            _ if kind.ends_with("**") || !target.starts_with("crmk_") => add(&["NULL_ARGUMENT"]),
            "crmk_sink" | "crmk_source" => add(&["NULL_ARGUMENT"]),
            _ => add(&["NULL_ARGUMENT", "BAD_HANDLE", "MISUSE"]),
        }
    }
    found
}

#[test]
fn every_function_refuses_what_is_odd_with_an_error_that_its_comment_names() {
    let header = std::fs::read_to_string(root().join("include/crmkernel.h")).unwrap();
    let functions = functions(&header);
    let listed = std::fs::read_to_string(root().join("ffi/symbols.txt")).unwrap();
    let coded = listed.lines().filter(|name| header.contains(&format!("\nint32_t {name}("))).count();
    assert_eq!(functions.len(), coded, "every function that gives a code is called");

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("text.txt"), "no database, but long enough to be looked at\n".repeat(200))
        .unwrap();
    let (source, swept) = (folder.path().join("sweep.c"), folder.path().join("sweep"));
    std::fs::write(&source, program(&functions)).unwrap();
    let linked = folder.path().join("linked");
    std::fs::create_dir(&linked).unwrap();
    for name in ["libcrmkernel.so", "libcrmkernel.so.1"] {
        std::os::unix::fs::symlink(library::crmkernel(), linked.join(name)).unwrap();
    }
    let mut compile = Command::new("cc");
    compile
        .args(["-std=gnu99", "-g", "-w", "-I"])
        .arg(root().join("include"))
        .arg("-I")
        .arg(root().join("tests/hosts/c"));
    compile.arg(&source).arg("-o").arg(&swept).arg("-L").arg(&linked).args(["-lcrmkernel", "-lpthread"]);
    run(compile.arg(format!("-Wl,-rpath,{}", linked.display()))).unwrap();
    // Some of the odd texts are paths of files that can be made: they land in the folder, too.
    let said = run(Command::new(&swept).arg(folder.path()).current_dir(folder.path())).unwrap();
    assert!(said.ends_with("done\n"), "{said}");

    let kinds: BTreeSet<String> = ErrorKind::ALL.iter().map(|kind| kind.name().to_uppercase()).collect();
    let structs: BTreeSet<String> = crmkernel::layout::layouts()
        .iter()
        .filter(|layout| layout.fields[0].0 == "size")
        .map(|layout| layout.name.to_owned())
        .collect();
    let by_name: BTreeMap<&str, &Function> = functions.iter().map(|one| (one.name.as_str(), one)).collect();
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for line in said.lines().filter(|line| line.starts_with("crmk_")) {
        let (name, code) = line.split_once(' ').unwrap();
        let code: i32 = code.parse().unwrap();
        let kind = ErrorKind::ALL.iter().find(|kind| -kind.number() == code);
        if code < 0 {
            seen.entry(name).or_default().insert(kind.unwrap().name().to_uppercase());
        }
    }
    let mut missing = String::new();
    for (name, errors) in &seen {
        let function = by_name[name];
        let known = &documented(function, &by_name, &kinds) | &by_parameters(function, &structs);
        let unknown: Vec<&String> = errors.difference(&known).collect();
        if !unknown.is_empty() {
            let _ = writeln!(missing, "{name}: {unknown:?}");
        }
    }
    assert!(missing.is_empty(), "errors that the comments of the header do not name:\n{missing}");
    assert!(!seen.values().any(|errors| errors.contains("BUG")), "{seen:?}");
    assert!(seen.len() > 120, "the sweep reached {} functions", seen.len());
}
