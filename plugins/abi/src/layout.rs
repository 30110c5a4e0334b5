//! The layout of the structs, for the assertions of the header.

use core::mem::offset_of;

use crate::*;

/// A struct: its name, its size, and the name and offset of each of its fields. Unit: bytes.
pub type Layout = (&'static str, usize, &'static [(&'static str, usize)]);

macro_rules! layouts {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {
        &[$((
            stringify!($name),
            size_of::<$name>(),
            {
                // A field that is missing here fails to compile.
                const fn _every(s: &$name) { let $name { $($field: _),+ } = s; }
                &[$((stringify!($field), offset_of!($name, $field))),+]
            },
        )),+]
    };
}

/// Every struct that the other side can look into.
pub const LAYOUTS: &[Layout] = layouts! {
    crmk_plugin_str { data, len }
    crmk_plugin_money { amount_minor, currency, reserved }
    crmk_plugin_value { r#type, reserved, number, denominator, text, currency, reserved_end }
    crmk_plugin_input { name, value }
    crmk_host_info { size, abi_major, abi_minor, reserved, kernel_version }
    crmk_plugin_host { size, reserved, context, field_id, enum_number, setting, setting_at, fail, get_extension }
    crmk_plugin_access {
        size, reserved, get_text, get_int, get_bool, get_date, get_instant, get_money, get_enum, get_ref,
        calendar_is_rest_day, calendar_roll, calendar_after_workdays, calendar_after_months, date_of_instant, figure,
        follow, referring, log, cancelled, fail
    }
    crmk_plugin_change { size, today, now, entity, command, actor, before, after, customer, access, context }
    crmk_plugin_computation { size, today, now, name, arguments, argument_count, access, context }
    crmk_plugin_field { size, r#type, flags, reserved, entity, name, label, label_zh, min, max, target }
    crmk_plugin_parameter { name, label, label_zh, r#type, flags }
    crmk_plugin_calculator { size, reserved, name, label, label_zh, parameters, parameter_count }
    crmk_plugin_violation { size, reserved, field, code, message, message_zh, rule, source, inputs, input_count }
    crmk_plugin_decision {
        size, flags, subject, value, rule, source, reason, reason_zh, inputs, input_count
    }
    crmk_plugin_sink { size, reserved, context, violation, decision, mask, field, calculator }
    crmk_plugin_hook { size, reserved, ask }
    crmk_plugin_fields { size, reserved, fields }
    crmk_plugin_policy { size, reserved, text }
    crmk_plugin_compute { size, reserved, calculators, compute }
    crmk_plugin { size, magic, abi_major, abi_minor, id, version, init, deinit, get_extension }
};
