//! Holds the committed header against the Rust types: every size, every offset, every constant, both ways.

extern crate std;

use core::mem::{offset_of, size_of};
use std::collections::BTreeMap;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::*;

const HEADER: &str = include_str!("../../../include/crmkernel_plugin.h");

/// The assertions that the header must hold, for a platform with pointers of 64 bits.
macro_rules! layout {
    ($($name:ident { $($field:ident),+ })+) => {{
        let mut lines = Vec::new();
        $(
            lines.push(format!("CRMK_PLUGIN_ASSERT(sizeof({}) == {});", stringify!($name), size_of::<$name>()));
            $(lines.push(format!(
                "CRMK_PLUGIN_ASSERT(offsetof({}, {}) == {});",
                stringify!($name), stringify!($field).trim_start_matches("r#"), offset_of!($name, $field)
            ));)+
        )+
        lines
    }};
}

fn expected_layout() -> Vec<String> {
    layout! {
        crmk_plugin_str { data, len }
        crmk_plugin_money { amount_minor, currency, reserved }
        crmk_plugin_input { name, value }
        crmk_host_info { size, abi_major, abi_minor, reserved, kernel_version }
        crmk_plugin_host { size, reserved, context, field_id, enum_number, setting, setting_at, fail, get_extension }
        crmk_plugin_access {
            size, reserved, get_text, get_int, get_bool, get_date, get_instant, get_money, get_enum, get_ref,
            calendar_is_rest_day, calendar_roll, date_of_instant, fail
        }
        crmk_plugin_change {
            size, today, now, entity, command, actor, before, after, customer, access, context
        }
        crmk_plugin_violation { size, reserved, field, code, message, message_zh, rule }
        crmk_plugin_validate_sink { size, reserved, context, violation }
        crmk_plugin_validate { size, reserved, validate }
        crmk_plugin_deadline { size, date, rule, source, reason, reason_zh, inputs, input_count }
        crmk_plugin_complaint_sink { size, reserved, context, deadline }
        crmk_plugin_complaint { size, reserved, complaint }
        crmk_plugin { size, magic, abi_major, abi_minor, id, version, init, deinit, get_extension }
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn the_header_asserts_the_layout_that_rust_has() {
    let found: Vec<&str> =
        HEADER.lines().map(str::trim).filter(|l| l.starts_with("CRMK_PLUGIN_ASSERT(") && l.ends_with(");")).collect();
    let expected = expected_layout();
    assert!(found == expected, "the trailer of cbindgen.toml must hold:\n{}", expected.join("\n"));
}

#[test]
fn the_header_asserts_every_field_of_every_struct() {
    let asserted = expected_layout().iter().filter(|l| l.contains("offsetof")).count();
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
    let defines: BTreeMap<&str, &str> = HEADER
        .lines()
        .filter_map(|l| l.strip_prefix("#define ")?.split_once(' '))
        .filter(|(name, _)| name.starts_with("CRMK_PLUGIN_E"))
        .collect();
    let texts = [
        ("CRMK_PLUGIN_ENTRY", CRMK_PLUGIN_ENTRY),
        ("CRMK_PLUGIN_EXT_VALIDATE", CRMK_PLUGIN_EXT_VALIDATE),
        ("CRMK_PLUGIN_EXT_COMPLAINT", CRMK_PLUGIN_EXT_COMPLAINT),
    ];
    for (name, value) in texts {
        assert_eq!(defines.get(name).map(ToString::to_string), Some(format!("\"{value}\"")), "{name}");
    }
    assert_eq!(defines.get("CRMK_PLUGIN_E_FAILED"), Some(&"-1"));
    assert_eq!(defines.get("CRMK_PLUGIN_E_HOST"), Some(&"-10"));
    assert!(HEADER.contains("crmk_plugin_entry_v1(const crmk_host_info *host);"));
}
