//! `include/crmkernel.h`: types and functions by cbindgen, constants from the domain, assertions from the layout.

use std::fmt::Write as _;
use std::path::Path;

use cbindgen::{Builder, Config};
use crmkernel::layout::layouts;

use super::constants;

/// The sources in the order in which their items come; cbindgen follows `mod` into folders by itself.
const SOURCES: [&str; 22] = [
    "error.rs",
    "text.rs",
    "value.rs",
    "version.rs",
    "db.rs",
    "session.rs",
    "record/mod.rs",
    "command.rs",
    "batch.rs",
    "query.rs",
    "summary.rs",
    "cursor.rs",
    "arrow.rs",
    "journal.rs",
    "facts.rs",
    "care.rs",
    "salvage.rs",
    "field.rs",
    "plugin.rs",
    "warning.rs",
    "compute.rs",
    "policy.rs",
];

/// The struct of the Arrow C stream interface, which has a header of its own.
const STREAM: &str =
    "\n// The stream of the Arrow C stream interface: see crmk_query_stream.\nstruct ArrowArrayStream;\n";

pub(super) fn make(root: &Path) -> Result<String, String> {
    let ffi = root.join("ffi");
    let config = Config::from_file(ffi.join("cbindgen.toml")).map_err(|e| format!("ffi/cbindgen.toml: {e}"))?;
    let mut builder = Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(ffi.join("src").join(source));
    }
    let bindings = builder
        .with_after_include(format!("{}{STREAM}", constants::make()))
        .with_trailer(assertions())
        .generate()
        .map_err(|e| format!("cbindgen cannot read ffi/src: {e}"))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).map_err(|e| format!("the header is not UTF-8: {e}"))?;
    refuse_traps(&text)?;
    Ok(text)
}

/// What cbindgen copies or makes up without being asked.
fn refuse_traps(header: &str) -> Result<(), String> {
    for trap in ["# Safety", "# Errors", "_opaque", "_private", "[`", "extern \"Rust\""] {
        if let Some(line) = header.lines().find(|line| line.contains(trap)) {
            return Err(format!("the header holds {trap:?}, which is Rust's business: {line}"));
        }
    }
    Ok(())
}

fn assertions() -> String {
    let mut out = String::from(
        "\n// The layout, held on platforms with pointers of 64 bits by compilers that can.\n\
         #if defined(__cplusplus) && __cplusplus >= 201103L\n\
         #define CRMK_ASSERT(holds) static_assert(holds, #holds)\n\
         #elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L\n\
         #define CRMK_ASSERT(holds) _Static_assert(holds, #holds)\n\
         #endif\n\
         #if defined(CRMK_ASSERT) && UINTPTR_MAX == 0xffffffffffffffffu\n",
    );
    for layout in layouts() {
        let _ = writeln!(out, "CRMK_ASSERT(sizeof({}) == {});", layout.name, layout.size);
        for (field, offset) in layout.fields {
            let _ = writeln!(out, "CRMK_ASSERT(offsetof({}, {field}) == {offset});", layout.name);
        }
    }
    out.push_str("#endif\n\n#endif // CRMKERNEL_H\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_says_its_thread_what_null_does_and_its_errors() {
        let header = make(&super::super::root()).unwrap();
        let mut comment = String::new();
        let mut functions = 0;
        for line in header.lines() {
            if line.starts_with("//") {
                comment.push_str(line);
                continue;
            }
            if line.contains(" crmk_") && line.contains('(') && !line.starts_with([' ', '#', 't']) {
                functions += 1;
                assert!(comment.contains("[any-thread]") || comment.contains("[one-thread]"), "{line}: {comment}");
                assert!(comment.contains("Errors: ") || comment.contains("Errors, "), "{line}: {comment}");
                assert!(comment.contains("NULL") || !line.contains('*'), "{line}: {comment}");
            }
            comment.clear();
        }
        assert_eq!(functions, include_str!("../../../ffi/symbols.txt").lines().count());
    }
}
