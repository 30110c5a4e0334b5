//! The layout of the structs of the header, for the assertions that hold it.

use std::mem::offset_of;

use crate::care::{crmk_copy_options, crmk_db_statistics, crmk_rebuilt, crmk_space};
use crate::command::{crmk_decision, crmk_outcome};
use crate::compute::{crmk_argument, crmk_calculator, crmk_computed, crmk_parameter};
use crate::db::crmk_open_options;
use crate::error::{crmk_error, crmk_violation};
use crate::facts::{crmk_related, crmk_share, crmk_stay};
use crate::field::{crmk_field, crmk_field_declaration};
use crate::journal::{crmk_change, crmk_entry};
use crate::plugin::{crmk_log_line, crmk_plugin_options, crmk_plugin_status, crmk_setting};
use crate::policy::crmk_policy_options;
use crate::query::crmk_plan;
use crate::salvage::crmk_salvaged;
use crate::session::{crmk_problem, crmk_report};
use crate::summary::crmk_summary;
use crate::text::{crmk_bytes, crmk_money, crmk_text};
use crate::value::crmk_value;
use crate::warning::crmk_warning;

/// A struct of the header: its name, its size, and the name and offset of each of its fields. Unit: bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The name.
    pub name: &'static str,
    /// The size.
    pub size: usize,
    /// The fields in their order.
    pub fields: Vec<(&'static str, usize)>,
}

/// A struct of the header whose fields are listed here.
pub(crate) trait LaidOut: Copy {
    /// The name, offset and length of each field, in their order. Unit: bytes.
    const FIELDS: &'static [(&'static str, usize, usize)];
}

/// The length of the field that a function gives.
const fn len_of<S, F>(_: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! layouts {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {
        $(impl LaidOut for $name {
            const FIELDS: &'static [(&'static str, usize, usize)] = &[
                $((stringify!($field), offset_of!($name, $field), len_of(|s: &$name| &s.$field))),+
            ];
        })+

        /// The layout of every struct of the header.
        pub fn layouts() -> Vec<Layout> {
            vec![$({
                // A field that is missing here fails to compile.
                let _ = |s: $name| { let $name { $($field: _),+ } = s; };
                Layout {
                    name: stringify!($name),
                    size: size_of::<$name>(),
                    fields: $name::FIELDS.iter().map(|(name, at, _)| (name.trim_start_matches("r#"), *at)).collect(),
                }
            }),+]
        }
    };
}

layouts! {
    crmk_text { data, len }
    crmk_bytes { data, len }
    crmk_money { amount_minor, currency }
    crmk_value { size, r#type, number, text, currency, reserved }
    crmk_error { size, code, message, field, rule, plugin, violation_count, context_count }
    crmk_violation {
        size, input_count, field, code, message, message_zh, rule, plugin, source, policy_version
    }
    crmk_stay { size, is_over, from, until, seconds, state }
    crmk_related { size, depth, id, from, relation, kind, leads_away }
    crmk_share { size, is_of_something, part, whole, hundredths }
    crmk_open_options { size, flags, path, busy_timeout_ms, cache_bytes, time_zone, clock, clock_context }
    crmk_report { size, problem_count, entries, records, keys, problem_total, store_checked, reserved }
    crmk_problem { size, kind, entity, reserved, id, index, text }
    crmk_copy_options { size, flags, progress, progress_context }
    crmk_salvaged {
        size, log, records, records_restored, records_outdated, records_missing, entries, entries_missing, keys,
        problem_total
    }
    crmk_rebuilt { size, reserved, records, keys, written, removed, problems }
    crmk_db_statistics {
        size, space_count, records, journal_entries, groups, batches, batches_per_group_max, commands, file_bytes,
        log_bytes, cache_bytes_max, commits, flushes, flushes_waiting, cached_records, cached_bytes,
        cached_bytes_max, cache_hits, cache_misses, clock_behind_us, may_lack_commits,
        oldest_reader_behind
    }
    crmk_space { size, reserved, name, entries, stored_bytes, metadata_bytes, fragmented_bytes }
    crmk_outcome { size, changed, added, decision_count, id, revision, sequence }
    crmk_decision { size, input_count, subject, value, rule, source, reason, reason_zh, policy_version, plugin }
    crmk_plan { size, fixed_fields, ranged, sorted, index, filtered, text, counted }
    crmk_summary { size, summed, count, sum_high, sum_low }
    crmk_entry {
        size, change_count, decision_count, declared_field, sequence, at, actor, command, policy_version
    }
    crmk_change { size, entity, id, revision, previous_sequence, value_count, reserved }
    crmk_field {
        size, id, r#type, flags, min, max, ref_entity, reserved, name, label, label_zh, enumeration
    }
    crmk_field_declaration {
        size, entity, r#type, flags, min, max, ref_entity, reserved, name, label, label_zh
    }
    crmk_setting { name, value }
    crmk_plugin_status { size, quarantined, failures, id, version, slow, slowest_us }
    crmk_argument { name, r#type, reserved, number, denominator, text, currency, reserved_end }
    crmk_computed {
        size, r#type, number, denominator, text, currency, reserved, name, rule, source, reason, reason_zh, plugin
    }
    crmk_calculator { size, argument_count, result_count, reserved, name, label, label_zh, plugin }
    crmk_parameter { size, r#type, is_optional, reserved, name, label, label_zh }
    crmk_log_line { size, is_warning, plugin, message }
    crmk_warning { size, reserved, code, subject, message, message_zh }
    crmk_plugin_options { size, allowed_count, allowed, settings, setting_count, flags }
    crmk_policy_options { size, has_effective_on, effective_on, reserved, approver }
}
