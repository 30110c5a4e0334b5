//! Holds the committed header against the Rust types: every size, every offset, every constant, both ways.

extern crate std;

use std::collections::BTreeMap;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::layout::LAYOUTS;
use super::*;

const HEADER: &str = include_str!("../../../include/crmkernel_plugin.h");

#[test]
#[cfg(target_pointer_width = "64")]
fn the_header_asserts_the_layout_that_rust_has() {
    let found: Vec<&str> =
        HEADER.lines().map(str::trim).filter(|l| l.starts_with("CRMK_PLUGIN_ASSERT(") && l.ends_with(");")).collect();
    let mut expected = Vec::new();
    for (name, size, fields) in LAYOUTS {
        expected.push(format!("CRMK_PLUGIN_ASSERT(sizeof({name}) == {size});"));
        for (field, offset) in *fields {
            let field = field.trim_start_matches("r#");
            expected.push(format!("CRMK_PLUGIN_ASSERT(offsetof({name}, {field}) == {offset});"));
        }
    }
    assert!(found == expected, "run make generate");
}

#[test]
fn the_header_asserts_every_field_of_every_struct() {
    let asserted: usize = LAYOUTS.iter().map(|(_, _, fields)| fields.len()).sum();
    // Each field is one statement inside of a struct's braces; a function pointer may spread over lines.
    let declared: usize = HEADER
        .split("typedef struct ")
        .skip(1)
        .filter_map(|s| s.split_once('{')?.1.split_once("\n}")?.0.into())
        .map(|body: &str| body.lines().filter(|l| !l.trim_start().starts_with(['*', '/'])).collect::<String>())
        .map(|body| body.matches(';').count())
        .sum();
    assert_eq!(declared, asserted);
}

#[test]
fn the_header_defines_the_constants_that_rust_has() {
    let defines: BTreeMap<&str, &str> =
        HEADER.lines().filter_map(|l| l.strip_prefix("#define ")?.split_once(' ')).collect();
    let texts = [
        ("CRMK_PLUGIN_ENTRY", CRMK_PLUGIN_ENTRY),
        ("CRMK_PLUGIN_EXT_FIELDS", CRMK_PLUGIN_EXT_FIELDS),
        ("CRMK_PLUGIN_EXT_POLICY", CRMK_PLUGIN_EXT_POLICY),
        ("CRMK_PLUGIN_EXT_VALIDATE", CRMK_PLUGIN_EXT_VALIDATE),
        ("CRMK_PLUGIN_EXT_CLASSIFY", CRMK_PLUGIN_EXT_CLASSIFY),
        ("CRMK_PLUGIN_EXT_CADENCE", CRMK_PLUGIN_EXT_CADENCE),
        ("CRMK_PLUGIN_EXT_COMPLAINT", CRMK_PLUGIN_EXT_COMPLAINT),
        ("CRMK_PLUGIN_EXT_COMPUTE", CRMK_PLUGIN_EXT_COMPUTE),
        ("CRMK_PLUGIN_EXT_RIGHTS", CRMK_PLUGIN_EXT_RIGHTS),
    ];
    for (name, value) in texts {
        assert_eq!(defines.get(name).map(ToString::to_string), Some(format!("\"{value}\"")), "{name}");
    }
    assert_eq!(defines.keys().filter(|name| name.starts_with("CRMK_PLUGIN_EXT_")).count(), texts.len() - 1);
    assert_eq!(defines.get("CRMK_PLUGIN_E_FAILED"), Some(&"-1"));
    assert_eq!(defines.get("CRMK_PLUGIN_E_CANCELLED"), Some(&"-11"));
    assert!(HEADER.contains(&format!("#define CRMK_PLUGIN_DRAFT_RETENTION \"{CRMK_PLUGIN_DRAFT_RETENTION}\"")));
    assert!(HEADER.contains("crmk_plugin_entry_v1(const crmk_host_info *host);"));
}
